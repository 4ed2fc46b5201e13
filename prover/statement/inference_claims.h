/* SPDX-License-Identifier: MIT */
/* The proof that a network computed its output from a frame, between the commitments and the
 * opening: what prover and verifier compute alike. docs/PROTOCOL.md has the bytes.
 *
 * w is the witness of a plan (prover/cnn/cnn.h), committed to before the first challenge.
 *   challenges  a, g, h (lookups), xi (output)
 *   leaves      fraction tree over the 2S leaves 1 / leaf(p), numerators one
 *   tables      fraction tree over the rows, count / denominator
 *   roots       P1 / Q1 - absent / a = P2 / Q2: two equal sums, when both are cleared
 *   rows        the tables' denominators at the point are what everybody computes
 *   output      sum over sites s and channels c of xi^(s C + c) out(s, c): public, or a message
 *   gamma       leaves + gamma counts + gamma^2 output = <w, L>, L public
 *   end         w(r*) by an inner product; L(r*) is computed by both; the opening proves w(r*)
 *
 * With hidden weights theta (prover/cnn/weights.h) nobody but the prover can compute the leaves'
 * constant and L(r*); what theta adds to them is linear in theta.
 *   constant    <theta, V_b>, a message, after gamma: taken off the claim with the public constant
 *   share       <theta, V_w>, a message, after w(r*): claim = (public share of L(r*) + share) w(r*)
 *   eta         constant + eta share = <theta, V_b + eta V_w>, V known to both
 *   theta's end theta(s*) by an inner product; V(s*) is computed by both; an opening of the
 *               registered root proves theta(s*) */
#ifndef MIEN_PROVER_STATEMENT_INFERENCE_CLAIMS_H
#define MIEN_PROVER_STATEMENT_INFERENCE_CLAIMS_H

#include "prover/cnn/weights.h"
#include "prover/lookup/fraction_tree.h"
#include "prover/sumcheck/inner_product.h"

/* All that is drawn before the inner product. */
typedef struct mien_inference_challenges {
    mien_cnn_challenges lookup;
    mien_k xi, gamma;
} mien_inference_challenges;

/* Points of the two trees. */
typedef struct mien_inference_points {
    mien_k leaves[MIEN_FRACTION_LOG2_MAX], rows[MIEN_FRACTION_LOG2_MAX];
} mien_inference_points;

static inline unsigned mien_inference_leaves_log2(const mien_cnn_plan *plan) {
    return plan->log2_half + 1;
}
/* Rows of tables in the tree, at least two. */
unsigned mien_inference_rows_log2(const mien_cnn_plan *plan);
/* Positions of the leaves without a value. */
uint64_t mien_inference_absent(const mien_cnn_plan *plan);
/* Values of the output tensor. */
size_t mien_inference_output_size(const mien_cnn *cnn);

void mien_inference_draw_lookup(mien_transcript *transcript, mien_inference_challenges *challenges);

/* xi^j for j < count. */
void mien_inference_powers(mien_k *out, mien_k xi, size_t count);
/* sum over j of xi^j values[j] */
mien_k mien_inference_output_value(mien_k xi, const int16_t *values, size_t count);

/* Elements of K of scratch. */
size_t mien_inference_functional_scratch(const mien_cnn_plan *plan, const mien_cnn *cnn);
/* Pieces of leaves + gamma^2 output at these points (the counts have their own functional,
 * mien_cnn_counts_at); returns the leaves' constant. */
mien_k mien_inference_functional(const mien_cnn_plan *plan, const mien_cnn *cnn,
                                 const mien_inference_challenges *challenges,
                                 const mien_inference_points *points, mien_k *scratch,
                                 const mien_cnn_piece_sink *sink);

/* Pieces of scale times the output's sum alone. Same scratch. */
void mien_inference_output_functional(const mien_cnn_plan *plan, const mien_cnn *cnn, mien_k xi,
                                      mien_k scale, mien_k *scratch,
                                      const mien_cnn_piece_sink *sink);

/* Messages of the whole, openings included: `output` says whether the output's value is one;
 * weights: the layout of hidden ones, or NULL. */
size_t mien_inference_message_count(const mien_cnn_plan *plan, bool output,
                                    const mien_cnn_weights *weights);
/* Number of the message that is w(r*); the share of hidden weights is the next one. */
uint32_t mien_inference_value_message(const mien_cnn_plan *plan, bool output, bool hidden);

#endif
