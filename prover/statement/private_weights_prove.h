/* SPDX-License-Identifier: MIT */
/* The secret side of prover/statement/private_weights.h: the commitment that proofs open. */
#ifndef MIEN_PROVER_STATEMENT_PRIVATE_WEIGHTS_PROVE_H
#define MIEN_PROVER_STATEMENT_PRIVATE_WEIGHTS_PROVE_H

#include "prover/statement/private_weights.h"

/* All but the root is secret. */
typedef struct mien_private_model {
    const mien_cnn *cnn; /* with weights */
    mien_f *theta;
    uint32_t *rows;
    mien_tensor_commitment tensor; /* `opened` counts */
    uint8_t root[MIEN_MERKLE_DIGEST];
} mien_private_model;

/* Bytes of memory, 64-byte aligned, with this many threads; 0 when there is no shape. */
size_t mien_private_model_memory_size(const struct mien_inference_parameters *parameters,
                                      const mien_private_weights *weights, unsigned threads);
/* Commit: model->root is the root of cnn's weights under weights->layout, openings and generation
 * (weights->root is not looked at). secret->seed: 32 uniform bytes of this generation;
 * secret->opened: how many openings are used. The same seed, weights and numbers give the same
 * root. `memory` holds secrets until it is wiped; cnn outlives *model.
 *
 * Whoever keeps the seed keeps the count: it must be on durable storage, counting the opening that
 * is about to be made, before the bytes of a proof leave. A seed that is opened more often than
 * `openings` times, as after a count was put back, gives the weights away bit by bit.
 * MIEN_ARGUMENT when a weight needs more digits, or memory is too small; MIEN_INTERRUPTED. */
MIEN_MUST_CHECK mien_status mien_private_model_commit(
    mien_private_model *model, const mien_cnn *cnn,
    const struct mien_inference_parameters *parameters, const mien_private_weights *weights,
    const mien_tensor_secret *secret, void *memory, size_t memory_size, const mien_machine *machine,
    const mien_hash_kernels *hash, const mien_progress *progress);
/* MIEN_ARGUMENT unless the model's root is this one and an opening is left. */
MIEN_MUST_CHECK mien_status mien_private_model_ready(const mien_private_model *model,
                                                     const uint8_t root[MIEN_MERKLE_DIGEST]);

#endif
