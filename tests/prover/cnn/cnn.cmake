# SPDX-License-Identifier: MIT
mien_test(test-prover-cnn-functional SOURCES cnn/functional.c LINK mien_prover_cnn LABELS property)
mien_test(test-prover-cnn-argument SOURCES cnn/argument.c LINK mien_inference LABELS soundness)
mien_test(test-prover-cnn-statement SOURCES cnn/statement.c LINK mien_inference LABELS soundness)
mien_test(test-prover-cnn-cheats SOURCES cnn/cheats.c LINK mien_inference LABELS soundness)
# With the transcript under control (tests/prover/oracle.h).
mien_test(test-prover-cnn-sweep SOURCES cnn/sweep.c oracle.c LINK mien_inference LABELS soundness TIMEOUT 900 COST 35)
mien_test(test-prover-cnn-exhaustive SOURCES cnn/exhaustive.c LINK mien_inference LABELS exhaustive COST 10)
mien_test(test-prover-cnn-zero-knowledge SOURCES cnn/zero_knowledge.c oracle.c LINK mien_inference
          LABELS soundness COST 20)
mien_fuzzer(fuzz-inference SOURCES cnn/fuzz_inference.c oracle.c LINK mien_inference
            CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/corpus/inference)
mien_test(test-prover-cnn-weights SOURCES cnn/weights.c LINK mien_inference LABELS property)
mien_test(test-prover-cnn-private SOURCES cnn/private.c LINK mien_inference LABELS soundness)
mien_test(test-prover-cnn-registration SOURCES cnn/registration.c LINK mien_inference LABELS soundness)
