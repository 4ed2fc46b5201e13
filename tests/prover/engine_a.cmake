# SPDX-License-Identifier: MIT
# zk-Ligero and the match statement.
mien_test(test-prover-statement SOURCES statement.c LINK mien_prover LABELS property TIMEOUT 900)
mien_test(test-prover-circuits SOURCES circuits.c match_constraints.c LINK mien_prover LABELS exhaustive)
mien_test(test-prover-soundness SOURCES soundness.c cheats_witness.c cheats_ligero.c match_constraints.c
          LINK mien_prover LABELS soundness COST 26)
mien_bench(pads SOURCES bench_pads.c LINK mien_argument mien_prover)
mien_bench(match SOURCES bench_match.c LINK mien_prover)
mien_test(test-prover-sweep SOURCES sweep.c LINK mien_prover LABELS soundness TIMEOUT 1200 COST 85)
mien_test(test-prover-ligero SOURCES ligero.c LINK mien_prover LABELS exhaustive COST 10)
mien_test(test-prover-padded-argument SOURCES padded_argument.c LINK mien_argument mien_prover LABELS soundness)
mien_test(test-prover-zero-knowledge-pads SOURCES zero_knowledge_pads.c LINK mien_argument mien_prover
          LABELS soundness)
mien_test(test-prover-output SOURCES output.c LINK mien_prover LABELS exhaustive)
mien_test(test-prover-pads SOURCES pads.c LINK mien_argument mien_prover LABELS soundness)
mien_test(test-prover-zero-knowledge SOURCES zero_knowledge.c LINK mien_prover LABELS soundness)
add_test(NAME test-prover-verifier-freestanding
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/verifier_freestanding.sh ${PROJECT_SOURCE_DIR}
                 ${CMAKE_C_COMPILER} $<TARGET_FILE:mien_verifier> $<TARGET_FILE:mien_prover_base>)
set_tests_properties(test-prover-verifier-freestanding PROPERTIES LABELS "unit;build" TIMEOUT 120 COST 8)
mien_fuzzer(fuzz-proof SOURCES fuzz_proof.c LINK mien_prover
            CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus/proof)
mien_test(test-prover-constant-time SOURCES constant_time.c LINK mien_argument mien_prover LABELS ct)
# valgrind cannot read clang's debug information.
target_link_options(test-prover-constant-time PRIVATE -Wl,--strip-debug)
