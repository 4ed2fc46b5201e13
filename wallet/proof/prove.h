/* SPDX-License-Identifier: MIT */
/* Proofs about a network from frames: memory, run and proof in one place.
 *
 * A prover holds all the memory that proofs about one network with one way of binding frame and
 * output need, so that only the first proof pays for getting it. What it holds is secret: guarded,
 * wiped after each proof. One proof at a time. */
#ifndef MIEN_WALLET_PROOF_PROVE_H
#define MIEN_WALLET_PROOF_PROVE_H

#include "platform/threads/pool.h"
#include "prover/statement/inference_prove.h"
#include "wallet/proof/private.h"
#include "wallet/proof/run.h"

typedef struct mien_proof_prover mien_proof_prover;

/* network, parameters and pool (NULL: one thread) outlive the prover. The caller frees *out, NULL
 * on error: MIEN_UNSUPPORTED when the network's output cannot be bound this way or is too large,
 * MIEN_MEMORY. */
MIEN_MUST_CHECK mien_status mien_proof_prover_create(mien_proof_prover **out,
                                                     const mien_proof_network *network,
                                                     const mien_inference_parameters *parameters,
                                                     mien_frame_binding frame,
                                                     mien_output_binding output, mien_pool *pool,
                                                     mien_error *error);
void mien_proof_prover_free(mien_proof_prover *prover); /* NULL is fine */
/* From now on weights are hidden: proofs are about statements that mien_proof_private_statement
 * made of this private model, which outlives the prover. On error the prover can only be freed. */
MIEN_MUST_CHECK mien_status mien_proof_prover_hide(mien_proof_prover *prover,
                                                   mien_proof_private *private_model,
                                                   mien_error *error);
/* Bytes that the prover holds, network's weights not counted. */
size_t mien_proof_prover_memory(const mien_proof_prover *prover);
mien_proof_run *mien_proof_prover_run(mien_proof_prover *prover);

/* What the statement says about the network; everything else is zero. */
void mien_proof_statement_start(mien_inference_statement *statement,
                                const mien_proof_network *network, mien_frame_binding frame,
                                mien_output_binding output);

/* Tensor 0 of a frame: what a public frame is to the verifier. values: the input's elements. */
void mien_proof_frame_values(int16_t *values, const mien_proof_network *network,
                             const uint8_t *frame);

/* What a proof needs beside the frame. */
typedef struct mien_proof_secrets {
    uint8_t frame_seed[32];                      /* C_x: as it was committed to */
    bool frame_opened;                           /* C_x was in a proof already: refused */
    int8_t template_vector[MIEN_EMBEDDING_SIZE]; /* matched */
    uint8_t key_z[MIEN_KEY_Z_SIZE];
} mien_proof_secrets;

/* C_x of a frame, as whoever sees the frame makes it; the same frame and seed (32 uniform bytes)
 * give the same root. Only for provers with a committed frame, else MIEN_ARGUMENT. */
MIEN_MUST_CHECK mien_status mien_proof_commit_frame(mien_proof_prover *prover, uint8_t root[32],
                                                    const uint8_t *frame, size_t length,
                                                    const uint8_t seed[32]);

/* Prove `statement` (from mien_proof_statement_start, completed: context; C_x; match) about one
 * frame. A public frame and an output that is public or behind C_y are filled in here: values that
 * the statement then points to stay in the prover until its next proof. *proof stays the prover's,
 * good until then too.
 *
 * secrets may be NULL when neither frame is committed nor output matched. MIEN_ARGUMENT (length, a
 * frame that is not behind C_x, secrets that do not open the template), MIEN_NO_MATCH,
 * MIEN_INTERRUPTED, MIEN_RANDOM. */
MIEN_MUST_CHECK mien_status mien_proof_prove(mien_proof_prover *prover, const uint8_t **proof,
                                             size_t *length, mien_inference_statement *statement,
                                             const mien_proof_secrets *secrets,
                                             const uint8_t *frame, size_t frame_length,
                                             const mien_random *random,
                                             const mien_progress *progress,
                                             const mien_inference_observers *observers);

#endif
