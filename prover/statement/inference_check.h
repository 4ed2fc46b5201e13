/* SPDX-License-Identifier: MIT */
/* The verifier's half of prover/statement/inference_claims.h: from the challenges to the claim that
 * the opening has to prove. Freestanding, no allocation. */
#ifndef MIEN_PROVER_STATEMENT_INFERENCE_CHECK_H
#define MIEN_PROVER_STATEMENT_INFERENCE_CHECK_H

#include "prover/statement/inference_claims.h"

typedef struct mien_inference_end {
    mien_k point[MIEN_FRACTION_LOG2_MAX]; /* r*, log2_size coordinates */
    uint32_t value;                       /* message that is w(r*) */
    uint32_t output;                      /* message that is the output's value, if it is one */
    mien_k xi;
    mien_k functional; /* L(r*), or what is known of it when weights are hidden */
    mien_k weights_point[MIEN_CNN_WEIGHTS_LOG2_MAX]; /* s*, when weights are hidden */
    uint32_t weights_value;                          /* message that is theta(s*) */
    mien_k weights_functional;                       /* V(s*) */
} mien_inference_end;

/* Bytes of workspace, 64-byte aligned. */
size_t mien_inference_check_workspace_size(const mien_cnn_plan *plan, const mien_cnn *cnn);
/* The transcript holds everything public and the roots. output: the public values of the last
 * tensor, or NULL when their sum is a message. weights: the layout of hidden ones, cnn being
 * without them then; or NULL. MIEN_PROOF_INVALID and errors of mien_receive. */
MIEN_MUST_CHECK mien_status mien_inference_check(mien_inference_end *end, mien_receiver *receiver,
                                                 const mien_checker *checker,
                                                 const mien_cnn_plan *plan, const mien_cnn *cnn,
                                                 const int16_t *output,
                                                 const mien_cnn_weights *weights, void *workspace,
                                                 size_t workspace_size);

/* The same for the prover, who wants the coefficients of its statements only: their constants are
 * wrong. end->functional and end->weights_functional are given, as the prover's own argument left
 * it. */
MIEN_MUST_CHECK mien_status mien_inference_replay(mien_inference_end *end, mien_receiver *receiver,
                                                  const mien_checker *checker,
                                                  const mien_cnn_plan *plan, const mien_cnn *cnn,
                                                  bool output_public,
                                                  const mien_cnn_weights *weights, void *workspace,
                                                  size_t workspace_size);

#endif
