/* SPDX-License-Identifier: MIT */
/* A network whose weights stay with its owner, ready for proofs
 * (prover/statement/private_weights.h). One proof at a time. */
#ifndef MIEN_WALLET_PROOF_PRIVATE_H
#define MIEN_WALLET_PROOF_PRIVATE_H

#include "platform/threads/pool.h"
#include "prover/statement/inference.h"
#include "prover/statement/private_weights_prove.h"
#include "wallet/proof/network.h"
#include "wallet/proof/openings.h"

typedef struct mien_proof_private {
    /* public */
    mien_cnn cnn; /* without weights */
    mien_cnn_layer layers[MIEN_CNN_MAX_LAYERS];
    mien_private_weights weights;
    uint8_t digest[32]; /* M */
    /* secret */
    mien_private_model model;
    void *memory;
    size_t memory_size;
} mien_proof_private;

/* Commit to the weights of `network`, which outlives *out. openings: seed, budget, generation and
 * count; its M is not looked at. The count on the disk (mien_openings_take) is the caller's to
 * raise, before each proof. The caller frees *out, NULL on error: MIEN_UNSUPPORTED with words that
 * name the layer, MIEN_MEMORY, MIEN_ARGUMENT for a budget or generation out of range. */
MIEN_MUST_CHECK mien_status mien_proof_private_create(mien_proof_private **out,
                                                      const mien_proof_network *network,
                                                      const mien_inference_parameters *parameters,
                                                      const mien_openings *openings,
                                                      mien_pool *pool, mien_error *error);
void mien_proof_private_free(mien_proof_private *private_model); /* NULL is fine */
/* Let a statement about the network be one with hidden weights. */
void mien_proof_private_statement(mien_inference_statement *statement,
                                  const mien_proof_private *private_model);

#endif
