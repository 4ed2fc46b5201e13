# SPDX-License-Identifier: MIT
mien_test(test-wallet-polar SOURCES key/polar.c LINK mien_wallet_key LABELS unit property exhaustive)
mien_test(test-wallet-sketch SOURCES key/sketch.c LINK mien_wallet_key LABELS unit property COST 18)
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
mien_test(test-wallet-derive SOURCES key/derive.c LINK mien_wallet_key
  LABELS unit vectors)
mien_test(test-wallet-power-cut SOURCES vault/power_cut.c LINK mien_wallet_key LABELS fault
  TIMEOUT 900 COST 22)
mien_test(test-wallet-secrets SOURCES vault/secrets.c LINK mien_wallet_key LABELS unit)

# Constant time: the sources once more at each level of optimisation, run under valgrind.
find_program(VALGRIND valgrind)
if(VALGRIND AND NOT MIEN_ASAN)
  set(key ${PROJECT_SOURCE_DIR}/wallet/key)
  foreach(optimisation O0 O1 O2 O3 Os)
    set(name test-wallet-constant-time-${optimisation})
    add_executable(${name} key/constant_time.c
      ${key}/derive.c ${key}/gaussian.c ${key}/polar.c ${key}/sketch.c)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_definitions(${name} PRIVATE MIEN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_compile_options(${name} PRIVATE -${optimisation} -g0)
    target_link_libraries(${name} PRIVATE mien_platform)
    target_link_options(${name} PRIVATE -Wl,--strip-debug) # valgrind 3.19 fails on clang's DWARF 5
    add_test(NAME ${name} COMMAND ${VALGRIND} -q --run-libc-freeres=no $<TARGET_FILE:${name}>)
    set_tests_properties(${name} PROPERTIES LABELS ct TIMEOUT 300)
  endforeach()
endif()
mien_bench(unlock SOURCES bench_unlock.c LINK mien_wallet_key mien_face)
