# SPDX-License-Identifier: MIT
mien_test(test-prover-cnn-functional SOURCES cnn/functional.c LINK mien_prover_cnn LABELS property)
mien_test(test-prover-cnn-argument SOURCES cnn/argument.c LINK mien_inference LABELS soundness)
mien_test(test-prover-cnn-statement SOURCES cnn/statement.c LINK mien_inference LABELS soundness)
mien_test(test-prover-cnn-cheats SOURCES cnn/cheats.c LINK mien_inference LABELS soundness)
