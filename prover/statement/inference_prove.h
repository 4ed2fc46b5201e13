/* SPDX-License-Identifier: MIT */
/* The prover of prover/statement/inference.h. */
#ifndef MIEN_PROVER_STATEMENT_INFERENCE_PROVE_H
#define MIEN_PROVER_STATEMENT_INFERENCE_PROVE_H

#include "platform/base/progress.h"
#include "prover/circuits/match_assign.h"
#include "prover/commitment/frame.h"
#include "prover/ligero/prove.h"
#include "prover/statement/inference.h"
#include "prover/statement/inference_argue.h"
#include "prover/statement/private_weights_prove.h"

/* Everything in here is secret. */
typedef struct mien_inference_witness {
    mien_cnn_witness values; /* of one run, counts included (prover/cnn/witness.h) */
    /* Frame behind C_x: its commitment, made with mien_inference_frame_layout. It is opened once.
     */
    mien_frame *frame;
    /* Hidden weights: each proof takes one of the commitment's openings. */
    mien_private_model *model;
    /* Output behind C_y or matched: the last tensor's values. */
    const int16_t *output;
    uint8_t output_blinding[MIEN_DIGEST_SIZE]; /* of C_y: canonical elements */
    /* Matched. */
    int8_t template_vector[MIEN_EMBEDDING_SIZE];
    uint8_t key_z[MIEN_KEY_Z_SIZE];
} mien_inference_witness;

/* Layout that C_x must have for proofs about this network. MIEN_UNSUPPORTED when there is none. */
MIEN_MUST_CHECK mien_status mien_inference_frame_layout(mien_frame_layout *layout,
                                                        const mien_inference_parameters *parameters,
                                                        const mien_cnn *cnn,
                                                        const mien_cnn_plan *plan);

/* For tests: watch the three parts of the prover and change what they hold. Any may be NULL. */
typedef struct mien_inference_observers {
    const mien_inference_observer *argument;
    const mien_ligero_observer *ligero;
    /* pads, before anything is committed to; rows of zk-Ligero behind the pads' */
    void (*committed)(void *context, mien_k *pads, mien_f *rows);
    void *context;
} mien_inference_observers;

/* Upper bound of a proof's bytes; 0 for a statement that is refused. */
size_t mien_inference_proof_max_size(const mien_inference_parameters *parameters,
                                     const mien_inference_statement *statement);
/* Bytes of workspace, 64-byte aligned, on so many threads; 0 as above. */
size_t mien_inference_prove_workspace_size(const mien_inference_parameters *parameters,
                                           const mien_inference_statement *statement,
                                           unsigned threads);
/* Write a proof. A witness that does not match gives MIEN_NO_MATCH, one whose commitments do not
 * open MIEN_ARGUMENT, and no proof; nor does one whose
 * weights have no opening left or are not behind the statement's root (MIEN_ARGUMENT); a false run
 * gives a proof that does not verify. The workspace is wiped. Not constant time in the witness
 * (prover/cnn/witness.h). */
MIEN_MUST_CHECK mien_status mien_inference_prove(uint8_t *proof, size_t capacity, size_t *length,
                                                 const mien_inference_parameters *parameters,
                                                 const mien_inference_statement *statement,
                                                 mien_inference_witness *witness, void *workspace,
                                                 size_t workspace_size, const mien_random *random,
                                                 mien_pool *pool, const mien_progress *progress,
                                                 const mien_inference_observers *observers);

/* As mien_match_security. 0 for a statement that is refused. */
size_t mien_inference_security(mien_security_term *terms, size_t capacity,
                               const mien_inference_parameters *parameters,
                               const mien_inference_statement *statement);

#endif
