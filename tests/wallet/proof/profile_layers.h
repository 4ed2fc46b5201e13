/* SPDX-License-Identifier: MIT */
/* Where a proof's time goes, layer by layer. Two steps know layers: running the network and filling
 * the witness, and building the functional of the claims. They are timed for each layer, in a pass
 * of their own. The other steps treat positions of w alike; their time is shared out by positions.
 */
#ifndef MIEN_TESTS_WALLET_PROOF_PROFILE_LAYERS_H
#define MIEN_TESTS_WALLET_PROOF_PROFILE_LAYERS_H

#include <stdio.h>

#include "wallet/proof/run.h"

typedef struct layer_profile {
    char name[24], kind[12];
    uint64_t positions;         /* of the leaves, gaps included */
    double witness, functional; /* seconds */
} layer_profile;

/* By tensor: 0 the frame, i + 1 layer i. */
typedef struct layers_profile {
    uint32_t count;
    layer_profile layer[MIEN_CNN_MAX_LAYERS + 1];
} layers_profile;

/* The least of `runs` runs. run: of the same network and pool. MIEN_MEMORY and errors of the run.
 */
MIEN_MUST_CHECK mien_status profile_layers(layers_profile *out, const mien_proof_network *network,
                                           mien_proof_run *run, mien_pool *pool,
                                           const uint8_t *frame, size_t length, int runs);
/* A table; `shared` seconds were spent on all positions alike. */
void profile_layers_print(FILE *out, const layers_profile *profile, double shared);
/* Bars, one a layer: witness, functional, share of the rest. A whole SVG file. */
void profile_layers_draw(FILE *out, const char *title, const layers_profile *profile,
                         double shared);

#endif
