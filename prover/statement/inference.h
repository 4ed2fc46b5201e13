/* SPDX-License-Identifier: MIT */
/* "This public network computed this output from this frame", and the face statement made of it.
 *
 *   inference  model M, frame (public, behind C_x, or known to the prover alone), output (public,
 * or behind C_y = H("mien embedding"; ctx, output, blinding)) face       the same with the output
 * matched: the network's 128 int8 values e and the t behind C_t have cos(e, t) >= sqrt(T / 2^16),
 * C_t and KC come from one K_z; neither e nor a commitment to it appears
 *
 * The network's weights are public, or hidden behind a root that was registered
 * (prover/statement/private_weights.h): then M stands for everything else about the network and
 * that root. All is bound to ctx. What is shown is the integer arithmetic of the network, bit for
 * bit; nothing says that a living person stood in front of a camera. docs/PROTOCOL.md has the
 * bytes, docs/SOUNDNESS.md the reasons. The verifier works in the caller's memory, reads the proof
 * once, front to back, and makes one pass over the weights. */
#ifndef MIEN_PROVER_STATEMENT_INFERENCE_H
#define MIEN_PROVER_STATEMENT_INFERENCE_H

#include "prover/cnn/cnn.h"
#include "prover/statement/private_weights.h"
#include "prover/verifier.h"

typedef enum mien_frame_binding {
    MIEN_FRAME_HIDDEN = 0,    /* some frame that the prover knows; nothing fixes which */
    MIEN_FRAME_COMMITTED = 1, /* the frame behind C_x */
    MIEN_FRAME_PUBLIC = 2     /* a frame that the verifier has */
} mien_frame_binding;

typedef enum mien_output_binding {
    MIEN_OUTPUT_PUBLIC = 0,    /* these values */
    MIEN_OUTPUT_COMMITTED = 1, /* int8 values behind C_y, at most MIEN_OUTPUT_MAX of them */
    MIEN_OUTPUT_MATCHED = 2    /* face; the output has MIEN_EMBEDDING_SIZE int8 values */
} mien_output_binding;

typedef struct mien_inference_statement {
    /* The network and its plan (mien_cnn_plan_make), both made from the model file with the digest
     * M. Verifiers keep a list of the digests that they accept: a network of the prover's choosing
     * could compute anything. */
    const mien_cnn *cnn;
    const mien_cnn_plan *plan;
    uint8_t model[32];
    /* Hidden weights: M is then mien_private_weights_digest, which is checked, and cnn has neither
     * weights nor biases. NULL: they are public. */
    const mien_private_weights *weights;
    mien_frame_binding frame;
    uint8_t frame_commitment[32]; /* C_x, when committed */
    const int16_t *frame_values;  /* tensor 0, sites x channels, when public */
    mien_output_binding output;
    const int16_t *output_values;                /* the last tensor, when public */
    uint8_t output_commitment[MIEN_DIGEST_SIZE]; /* C_y, when committed */
    /* When matched: everything but embedding_commitment and context. */
    mien_match_statement match;
    uint8_t context[32]; /* ctx */
} mien_inference_statement;

/* Proven security that a set of parameters aims at, before grinding is counted. */
typedef struct mien_inference_parameters mien_inference_parameters;
const mien_inference_parameters *mien_inference_parameters_100(void);
const mien_inference_parameters *mien_inference_parameters_128(void);

/* Bytes of working memory, 64-byte aligned; 0 for a statement that is refused. */
size_t mien_inference_verify_workspace_size(const mien_inference_parameters *parameters,
                                            const mien_inference_statement *statement);
/* MIEN_OK when the proof holds, MIEN_PROOF_INVALID for everything else the bytes can be,
 * MIEN_ARGUMENT when the statement is out of range or the workspace too small. */
MIEN_MUST_CHECK mien_status mien_inference_verify(const mien_inference_parameters *parameters,
                                                  const mien_inference_statement *statement,
                                                  const uint8_t *proof, size_t length,
                                                  void *workspace, size_t workspace_size);

#endif
