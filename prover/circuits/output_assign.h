/* SPDX-License-Identifier: MIT */
/* The witness side of prover/circuits/output.h. */
#ifndef MIEN_PROVER_CIRCUITS_OUTPUT_ASSIGN_H
#define MIEN_PROVER_CIRCUITS_OUTPUT_ASSIGN_H

#include "prover/circuits/output.h"

/* C for n values and a blinding of canonical elements (mien_match_blinding makes one); values and
 * blinding are secret. MIEN_ARGUMENT when n or the blinding is out of range. */
MIEN_MUST_CHECK mien_status mien_output_commit(uint8_t commitment[MIEN_DIGEST_SIZE],
                                               const uint8_t context[32], const int8_t *values,
                                               uint32_t count,
                                               const uint8_t blinding[MIEN_DIGEST_SIZE]);
/* Fill rows, mien_output_rows times 2^log2_slots elements (all of them), and `digest` with what
 * this opening gives. Constant time. */
void mien_output_assign(mien_f *rows, mien_f digest[MIEN_POSEIDON2_DIGEST],
                        const mien_output_circuit *circuit, const int8_t *values,
                        const mien_f blinding[MIEN_POSEIDON2_DIGEST]);

#endif
