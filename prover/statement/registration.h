/* SPDX-License-Identifier: MIT */
/* Before a verifier takes a network with hidden weights (private_weights.h):
 *
 *   registration  "every element of theta behind this root is a digit, -128 .. 127": with the worst
 *                 case that the layout stands for, every layer's arithmetic has one answer only
 *   renewal       "the roots of two generations stand for the same theta"
 *
 * Both are zero knowledge and take one opening of each root's budget. Whoever registers checks the
 * first once, and puts M on its list; a renewal of an M on the list puts the next M there. The
 * networks must be without weights, and plan and layout made from them (mien_cnn_plan_make,
 * mien_cnn_weights_make); the latter is checked again. Bytes: docs/INFERENCE.md. */
#ifndef MIEN_PROVER_STATEMENT_REGISTRATION_H
#define MIEN_PROVER_STATEMENT_REGISTRATION_H

#include "prover/statement/inference.h"

typedef struct mien_registration {
    const mien_cnn *cnn; /* without weights */
    const mien_cnn_plan *plan;
    const mien_private_weights *weights;
    /* Renewal: the generation before, the same in all but generation and root; else NULL. */
    const mien_private_weights *before;
} mien_registration;

/* Bytes of working memory, 64-byte aligned; 0 for a registration that is refused. */
size_t mien_registration_verify_workspace_size(const mien_inference_parameters *parameters,
                                               const mien_registration *registration);
/* MIEN_OK when the proof holds, MIEN_PROOF_INVALID for everything else the bytes can be,
 * MIEN_ARGUMENT for a registration out of range or a small workspace. */
MIEN_MUST_CHECK mien_status mien_registration_verify(const mien_inference_parameters *parameters,
                                                     const mien_registration *registration,
                                                     const uint8_t *proof, size_t length,
                                                     void *workspace, size_t workspace_size);

#endif
