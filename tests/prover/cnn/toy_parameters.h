/* SPDX-License-Identifier: MIT */
/* Sets of parameters far too weak for use, with which a proof has a few thousand bytes and takes a
 * fraction of a millisecond: verifier and prover take them like any others. */
#ifndef MIEN_TESTS_PROVER_CNN_TOY_PARAMETERS_H
#define MIEN_TESTS_PROVER_CNN_TOY_PARAMETERS_H

#include "prover/statement/inference_protocol.h"

/* Outputs that are public or committed to; the circuit of match has rows of 256. */
static const mien_inference_parameters toy_parameters = {.id = 97,
                                                         .bits = 6,
                                                         .log2_inverse_rate = 2,
                                                         .grinding_bits = 2,
                                                         .ligero = {.id = 97,
                                                                    .log2_slots = 4,
                                                                    .log2_length = 7,
                                                                    .queries = 6,
                                                                    .grinding_bits = 2,
                                                                    .short_salts = 1}};
static const mien_inference_parameters toy_match_parameters = {.id = 98,
                                                               .bits = 6,
                                                               .log2_inverse_rate = 2,
                                                               .grinding_bits = 2,
                                                               .ligero = {.id = 98,
                                                                          .log2_slots = 8,
                                                                          .log2_length = 10,
                                                                          .queries = 6,
                                                                          .grinding_bits = 2,
                                                                          .short_salts = 1}};

static inline const mien_inference_parameters *toy_parameters_for(mien_output_binding output) {
    return output == MIEN_OUTPUT_MATCHED ? &toy_match_parameters : &toy_parameters;
}

#endif
