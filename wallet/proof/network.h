/* SPDX-License-Identifier: MIT */
/* A network of face_model as the prover sees it, and the plan of a proof about it.
 *
 * face_model and prover describe a network each in their own words; here one becomes the other.
 * Weights, biases and slopes stay where the loaded network has them. M of the statements stays the
 * digest of the network's file (mien_network_digest). */
#ifndef MIEN_WALLET_PROOF_NETWORK_H
#define MIEN_WALLET_PROOF_NETWORK_H

#include "face_model/network/network.h"
#include "prover/cnn/cnn.h"

typedef struct mien_proof_network {
    const mien_network *network; /* the caller's; outlives this */
    mien_cnn cnn;
    mien_cnn_plan plan;
    mien_cnn_layer layers[MIEN_CNN_MAX_LAYERS];
    int32_t input_lows[MIEN_NETWORK_MAX_INPUT_CHANNELS];
} mien_proof_network;

/* The caller frees *out. MIEN_UNSUPPORTED or MIEN_TOO_LARGE for a network that cannot be proved,
 * with words that name the layer (or the outputs: a proof is about one) and the reason;
 * MIEN_MEMORY. *out is NULL on error. Read-only afterwards: any number of threads may use it. */
MIEN_MUST_CHECK mien_status mien_proof_network_create(mien_proof_network **out,
                                                      const mien_network *network,
                                                      mien_error *error);
void mien_proof_network_free(mien_proof_network *network); /* NULL is fine */

#endif
