# SPDX-License-Identifier: MIT
mien_test(test-wallet-policy SOURCES policy/policy.c LINK mien_wallet_policy LABELS unit property)
mien_test(test-wallet-policy-store SOURCES policy/store.c LINK mien_wallet_policy LABELS fault)
mien_fuzzer(fuzz-policy SOURCES fuzz/policy.c LINK mien_wallet_policy
  CORPUS ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/policy)
mien_fuzzer(fuzz-slip39 SOURCES fuzz/slip39.c LINK mien_wallet_core
  CORPUS ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/slip39)
