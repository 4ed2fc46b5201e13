/* SPDX-License-Identifier: MIT */
/* The sets of parameters that proofs may use. `mien proof security` prints what they give. */
#include "prover/statement/match_protocol.h"

static const mien_proof_parameters default_set = {
    .id = 1, .log2_slots = 8, .log2_length = 12, .queries = 145, .grinding_bits = 10};

const mien_proof_parameters *mien_proof_parameters_default(void) {
    return &default_set;
}
