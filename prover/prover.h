/* SPDX-License-Identifier: MIT */
/* Public face of the prover: statements, proofs, security figures.
 *
 * match: "C_t opens to an int8 vector t and C_e to an int8 vector e, both under commitments I know
 * the openings of, cos(e, t) >= sqrt(T / 2^16) in exact integers, and KC and C_t come from the same
 * K_z", bound to ctx. What binds e to a camera is not part of this statement: docs/SOUNDNESS.md.
 *
 * The verifier (prover/verifier.h) is a library of its own without allocation or I/O. */
#ifndef MIEN_PROVER_PROVER_H
#define MIEN_PROVER_PROVER_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/progress.h"
#include "platform/base/random.h"
#include "platform/base/status.h"
#include "platform/threads/pool.h"
#include "prover/verifier.h"

/* Everything in here is secret. Caller keeps it in guarded memory and wipes it. */
typedef struct mien_match_witness {
    int8_t template_vector[MIEN_EMBEDDING_SIZE];  /* t, -128..127 */
    int8_t embedding[MIEN_EMBEDDING_SIZE];        /* e, -128..127 */
    uint8_t key_z[MIEN_KEY_Z_SIZE];               /* K_z, uniform bits made at enrolment */
    uint8_t embedding_blinding[MIEN_DIGEST_SIZE]; /* r_e: canonical field elements, fresh for each
                                                     proof; mien_match_blinding makes one */
} mien_match_witness;

/* A fresh uniform r_e. */
MIEN_MUST_CHECK mien_status mien_match_blinding(uint8_t blinding[MIEN_DIGEST_SIZE],
                                                const mien_random *random);

/* C_t and KC for a template, at enrolment. service: 32-byte name of who checks the proofs. */
MIEN_MUST_CHECK mien_status mien_match_commit_template(
    uint8_t template_commitment[MIEN_DIGEST_SIZE], uint8_t key_check[MIEN_DIGEST_SIZE],
    const uint8_t service[32], uint32_t epoch, uint32_t slot,
    const int8_t template_vector[MIEN_EMBEDDING_SIZE], const uint8_t key_z[MIEN_KEY_Z_SIZE]);
/* C_e = H("emb", ctx, pack3(e), r_e). */
MIEN_MUST_CHECK mien_status mien_match_commit_embedding(
    uint8_t embedding_commitment[MIEN_DIGEST_SIZE], const uint8_t context[32],
    const int8_t embedding[MIEN_EMBEDDING_SIZE], const uint8_t blinding[MIEN_DIGEST_SIZE]);

/* Upper bound of a proof's bytes. */
size_t mien_match_proof_max_size(const mien_proof_parameters *parameters);
/* Bytes of scratch memory mien_match_prove needs (64-byte aligned); it holds secrets and is wiped
 * before return. */
size_t mien_match_prove_workspace_size(const mien_proof_parameters *parameters);

/* Write a proof. A witness that does not satisfy the statement gives MIEN_NO_MATCH (cosine below
 * the threshold) or MIEN_ARGUMENT (commitments do not open), and no proof. */
MIEN_MUST_CHECK mien_status mien_match_prove(uint8_t *proof, size_t capacity, size_t *length,
                                             const mien_proof_parameters *parameters,
                                             const mien_match_statement *statement,
                                             const mien_match_witness *witness, void *workspace,
                                             size_t workspace_size, const mien_random *random,
                                             mien_pool *pool, const mien_progress *progress);

#endif
