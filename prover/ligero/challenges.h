/* SPDX-License-Identifier: MIT */
/* The steps of the transcript that prover and verifier share.
 *
 *   prover:  commitment (Merkle root of all columns)
 *   verifier: proximity, linear, products
 *   prover:  three responses, then a nonce
 *   verifier: columns */
#ifndef MIEN_PROVER_LIGERO_CHALLENGES_H
#define MIEN_PROVER_LIGERO_CHALLENGES_H

#include "prover/ligero/parameters.h"
#include "prover/ligero/system.h"
#include "prover/transcript/transcript.h"

/* Upper limits of what one proof may hold; no array has these sizes, but sizes computed from them
 * do not overflow. */
#define MIEN_LIGERO_MAX_ROWS 4096
#define MIEN_LIGERO_MAX_PRODUCTS 4096
/* The tree's number in leaves and nodes (prover/hash/merkle.h). */
#define MIEN_LIGERO_TREE_NUMBER 0u

/* In the caller's arrays, mien_ligero_proximity_count() and product_count elements. */
typedef struct mien_ligero_challenges {
    /* Coefficient of each row in the proximity test, then of each mask but the first, whose
     * coefficient is 1. */
    mien_k *proximity;
    mien_k linear; /* alpha */
    mien_k *products;
} mien_ligero_challenges;

static inline size_t mien_ligero_proximity_count(const mien_ligero_system *system) {
    return system->rows + MIEN_LIGERO_MASKS - 1;
}

/* MIEN_ARGUMENT when parameters or system exceed the limits, do not fit each other, or a product
 * names a row that is not there. */
MIEN_MUST_CHECK mien_status mien_ligero_check_shape(const mien_proof_parameters *parameters,
                                                    const mien_ligero_system *system);
/* Absorb parameters and the system's size: part of the public input. */
void mien_ligero_absorb_parameters(mien_transcript *transcript,
                                   const mien_proof_parameters *parameters,
                                   const mien_ligero_system *system);
void mien_ligero_absorb_commitment(mien_transcript *transcript, const uint8_t root[32]);
void mien_ligero_draw_challenges(mien_ligero_challenges *challenges, mien_transcript *transcript,
                                 const mien_ligero_system *system);
/* The three encoded responses, one behind the other. */
void mien_ligero_absorb_responses(mien_transcript *transcript, const uint8_t *encoded,
                                  const mien_proof_parameters *parameters);
/* Bytes of the three encoded responses. */
size_t mien_ligero_responses_size(const mien_proof_parameters *parameters);
int mien_ligero_grind_check(mien_transcript *transcript, uint64_t nonce,
                            const mien_proof_parameters *parameters);
void mien_ligero_draw_columns(mien_transcript *transcript, uint32_t *columns,
                              const mien_proof_parameters *parameters);

#endif
