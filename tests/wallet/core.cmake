# SPDX-License-Identifier: MIT
# Tests of mien_wallet_core.
mien_test(test-wallet-hash SOURCES hash.c LINK mien_wallet_core LABELS unit vectors property)
mien_test(test-wallet-keys SOURCES keys.c LINK mien_wallet_core LABELS unit vectors property)
mien_test(test-wallet-bitcoin SOURCES bitcoin.c LINK mien_wallet_core LABELS unit vectors property)
mien_test(test-wallet-ethereum SOURCES ethereum.c LINK mien_wallet_core LABELS unit vectors property)
mien_test(test-wallet-signing SOURCES signing.c LINK mien_wallet_core LABELS unit property soundness)

# Independent implementations from npm: their answers to fixed questions are stored in vectors.jsonl and
# replayed without them; with them, random questions are asked anew.
mien_test(wallet-tool SOURCES tool_main.c tool.c LINK mien_wallet_core LABELS vectors
  ARGS ${PROJECT_SOURCE_DIR}/tests/wallet/vectors.jsonl)
find_program(NODE node)
if(NODE)
  add_test(NAME wallet-npm COMMAND ${NODE} ${PROJECT_SOURCE_DIR}/tests/npm/wallet.mjs
    $<TARGET_FILE:wallet-tool> ${PROJECT_SOURCE_DIR})
  set_tests_properties(wallet-npm PROPERTIES LABELS "property;npm" TIMEOUT 600)
endif()

foreach(fuzzed psbt transaction ethereum)
  mien_fuzzer(fuzz-${fuzzed} SOURCES fuzz/${fuzzed}.c LINK mien_wallet_core
    CORPUS ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${fuzzed})
endforeach()
mien_test(test-wallet-ethereum-review SOURCES ethereum_review.c LINK mien_wallet_core LABELS unit property)
mien_test(test-wallet-message SOURCES message.c LINK mien_wallet_core LABELS unit vectors property)
mien_test(test-wallet-ethereum-message SOURCES ethereum_message.c LINK mien_wallet_core LABELS unit vectors property)
mien_test(test-wallet-slip39 SOURCES slip39.c LINK mien_wallet_core LABELS unit vectors property)
