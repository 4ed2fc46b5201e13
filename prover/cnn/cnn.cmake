# SPDX-License-Identifier: MIT
# Networks as statements: where values stand in the witness, and what a lookup's leaves say about it.
mien_library(mien_prover_cnn
  SOURCES
    cnn/plan.c
    cnn/functional.c
    cnn/witness.c
  LINK mien_argument_verifier)
