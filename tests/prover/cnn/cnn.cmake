# SPDX-License-Identifier: MIT
mien_test(test-prover-cnn-functional SOURCES cnn/functional.c LINK mien_prover_cnn LABELS property)
mien_test(test-prover-cnn-argument SOURCES cnn/argument.c LINK mien_inference LABELS soundness)
mien_test(test-prover-cnn-statement SOURCES cnn/statement.c LINK mien_inference LABELS soundness)
mien_test(test-prover-cnn-cheats SOURCES cnn/cheats.c LINK mien_inference LABELS soundness)
# With the transcript under control (tests/prover/oracle.h).
mien_test(test-prover-cnn-sweep SOURCES cnn/sweep.c oracle.c LINK mien_inference LABELS soundness TIMEOUT 900 COST 35)
