# SPDX-License-Identifier: MIT
mien_test(test-prover-cnn-functional SOURCES cnn/functional.c LINK mien_prover_cnn LABELS property)
