/* SPDX-License-Identifier: MIT */
/* The witness side of match: filling the slots. */
#ifndef MIEN_PROVER_CIRCUITS_MATCH_ASSIGN_H
#define MIEN_PROVER_CIRCUITS_MATCH_ASSIGN_H

#include "prover/circuits/match.h"

/* The openings, as elements of F where the circuit has elements. Secret. */
typedef struct mien_match_opening {
    int8_t embedding[MIEN_EMBEDDING_SIZE];
    int8_t template_vector[MIEN_EMBEDDING_SIZE];
    mien_f key_z[MIEN_MATCH_KEY_Z_ELEMENTS];
    mien_f blinding[MIEN_POSEIDON2_DIGEST]; /* r_e */
} mien_match_opening;

/* Entries + 128, three to an element. */
void mien_match_pack_vector(mien_f out[MIEN_MATCH_PACKED_ELEMENTS],
                            const int8_t vector[MIEN_EMBEDDING_SIZE]);

/* The integers of the comparison. Secret. */
typedef struct mien_match_cosine {
    int32_t dot, embedding_square, template_square; /* D, A, B */
    int64_t excess;                                 /* 2^16 D^2 - T A B, at most 2^58 in size */
} mien_match_cosine;
/* threshold: T, 1..65535. The statement's inequality holds when dot >= 1 and excess >= 0. */
mien_match_cosine mien_match_cosine_of(const int8_t embedding[MIEN_EMBEDDING_SIZE],
                                       const int8_t template_vector[MIEN_EMBEDDING_SIZE],
                                       uint32_t threshold);

/* The comparison's part of mien_match_assign with C_e: numbers, limbs and the products of limbs. */
void mien_match_assign_comparison(mien_f *rows, const mien_match_cosine *cosine,
                                  uint32_t threshold);

/* Fill rows, MIEN_MATCH_ROWS (bare: MIEN_MATCH_BARE_ROWS) times MIEN_MATCH_SLOTS elements (all of
 * them), and `digest` with the chains' digests of this opening; a bare circuit has none of the
 * embedding (zeros) and does not read the blinding. Where the inequality does not hold, the numbers
 * of the comparison are those bits of the true values that fit, and constraints fail. Constant
 * time. */
void mien_match_assign(mien_f *rows, mien_f digest[MIEN_MATCH_CHAINS][MIEN_POSEIDON2_DIGEST],
                       const mien_match_circuit *circuit, const mien_match_opening *opening,
                       uint32_t threshold);

#endif
