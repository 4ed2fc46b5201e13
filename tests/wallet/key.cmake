# SPDX-License-Identifier: MIT
mien_test(test-wallet-polar SOURCES key/polar.c LINK mien_wallet_key LABELS unit property exhaustive)
mien_test(test-wallet-sketch SOURCES key/sketch.c LINK mien_wallet_key LABELS unit property)
mien_test(test-wallet-record SOURCES record/record.c LINK mien_wallet_record LABELS unit property)
mien_fuzzer(fuzz-record SOURCES fuzz/record.c LINK mien_wallet_record
  CORPUS ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/record)
mien_fuzzer(fuzz-proof-file SOURCES fuzz/proof.c LINK mien_wallet_record
  CORPUS ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/proof-file)
mien_test(test-wallet-life SOURCES vault/life.c LINK mien_wallet_key LABELS unit property)
mien_test(test-wallet-damage SOURCES vault/damage.c LINK mien_wallet_key LABELS fault)
mien_fuzzer(fuzz-vault SOURCES fuzz/vault.c LINK mien_wallet_key
  CORPUS ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/vault)
mien_fuzzer(fuzz-wallet-state SOURCES fuzz/state.c LINK mien_wallet_key
  CORPUS ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/wallet-state)
