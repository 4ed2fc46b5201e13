# SPDX-License-Identifier: MIT
# Tests of mien_wallet_core.
mien_test(test-wallet-hash SOURCES hash.c LINK mien_wallet_core LABELS unit vectors property)
mien_test(test-wallet-keys SOURCES keys.c LINK mien_wallet_core LABELS unit vectors property)
mien_test(test-wallet-bitcoin SOURCES bitcoin.c LINK mien_wallet_core LABELS unit vectors property)
mien_test(test-wallet-ethereum SOURCES ethereum.c LINK mien_wallet_core LABELS unit vectors property COST 5)
mien_test(test-wallet-signing SOURCES signing.c LINK mien_wallet_core LABELS unit property soundness)

# Independent implementations from npm: their answers to fixed questions are stored in vectors.jsonl and
# replayed without them; with them, random questions are asked anew.
mien_test(wallet-tool SOURCES tool_main.c tool.c LINK mien_wallet_core LABELS vectors
  ARGS ${PROJECT_SOURCE_DIR}/tests/wallet/vectors.jsonl)
find_program(NODE node)
if(NODE)
  add_test(NAME wallet-npm COMMAND ${NODE} ${PROJECT_SOURCE_DIR}/tests/npm/wallet.mjs
    $<TARGET_FILE:wallet-tool> ${PROJECT_SOURCE_DIR})
  set_tests_properties(wallet-npm PROPERTIES LABELS "property;npm" TIMEOUT 600 COST 35)
endif()

mien_test(test-wallet-descriptors SOURCES descriptors.c LINK mien_wallet_core LABELS unit property)

foreach(fuzzed psbt transaction ethereum)
  mien_fuzzer(fuzz-${fuzzed} SOURCES fuzz/${fuzzed}.c LINK mien_wallet_core
    CORPUS ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${fuzzed})
endforeach()
mien_fuzzer(fuzz-rpc SOURCES fuzz/rpc.c LINK mien_wallet_rpc CORPUS ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/rpc)
mien_test(test-wallet-ethereum-review SOURCES ethereum_review.c LINK mien_wallet_core LABELS unit property)
mien_test(test-wallet-message SOURCES message.c LINK mien_wallet_core LABELS unit vectors property)
mien_test(test-wallet-ethereum-message SOURCES ethereum_message.c LINK mien_wallet_core LABELS unit vectors property)
mien_test(test-wallet-slip39 SOURCES slip39.c LINK mien_wallet_core LABELS unit vectors property)

# Constant time: the sources once more at each level of optimisation, run under valgrind.
find_program(VALGRIND valgrind)
if(VALGRIND AND NOT MIEN_ASAN)
  set(core ${PROJECT_SOURCE_DIR}/wallet)
  foreach(optimisation O0 O1 O2 O3 Os)
    set(name test-wallet-core-constant-time-${optimisation})
    add_executable(${name} core_constant_time.c ${core}/hash/hash.c ${core}/hash/hmac.c
      ${core}/hash/keccak256.c ${core}/hash/ripemd160.c ${core}/encoding/hex.c
      ${core}/slip39/words.c)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_definitions(${name} PRIVATE MIEN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_compile_options(${name} PRIVATE -${optimisation} -g0)
    target_link_libraries(${name} PRIVATE mien_platform)
    target_link_options(${name} PRIVATE -Wl,--strip-debug) # valgrind 3.19 fails on clang's DWARF 5
    add_test(NAME ${name} COMMAND ${VALGRIND} -q --run-libc-freeres=no $<TARGET_FILE:${name}>)
    set_tests_properties(${name} PROPERTIES LABELS ct TIMEOUT 300)
  endforeach()
endif()

mien_bench(wallet SOURCES core_bench.c LINK mien_wallet_core)

find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  add_test(NAME wallet-electrum COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tests/wallet/electrum.py
    $<TARGET_FILE:wallet-tool>)
  set_tests_properties(wallet-electrum PROPERTIES LABELS e2e TIMEOUT 600)
endif()
