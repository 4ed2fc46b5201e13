/* SPDX-License-Identifier: MIT */
/* Sums of fractions, proved (LogUp-GKR: Papini and Haboeck 2023).
 *
 * 2^n leaves p_i / q_i are added up in a binary tree: node i of level k (2^k nodes, the root is
 * level 0) has the children i and i + 2^k, p = p_l q_r + p_r q_l, q = q_l q_r. The prover sends the
 * root (p, q), then reduces claims on the extensions of level k to claims on those of level k + 1,
 * and leaves the verifier with the value of the leaves' extensions at a random point.
 *
 * Layer k (k = 0 .. n - 1), claims p(r) and q(r), r in K^k:
 *   verifier: lambda
 *   k rounds, the highest bit first: prover h(0) and the coefficient of X^2 of h, verifier rho; the
 *     sum is over x of eq(r, x) g(x), g = (p_l + lambda q_l) q_r + p_r q_l, and eq of the bits that
 *     are bound or being bound stays outside of h (Gruen 2024), so that h has degree 2 and h(1)
 *     follows from the claim:  claim = (1 - r_bit) h(0) + r_bit h(1).
 *   prover: a = p_l + lambda q_l, q_l, p_r, q_r at the point; check claim = a q_r + p_r q_l
 *   verifier: tau; the point becomes (point, tau), values are (1 - tau) left + tau right.
 *
 * When all numerators of leaves are one, layer n - 1 is shorter: (1 + lambda q_l) q_r + q_l =
 * lambda (q_l + 1/lambda)(q_r + 1/lambda) - 1/lambda, so the claim becomes (claim + 1/lambda) /
 * lambda for the product of the two shifted vectors, and only q_l, q_r are sent.
 *
 * Lookups: leaves 1 / (a + id + g value + h value'), all numerators one; positions that look
 * nothing up stand for the row (0, 0, 0), which no table has (ids start at one): each adds 1 / a,
 * and how many there are is public. Tables: leaves count / (a + id + ..). The caller checks that
 * both roots agree. Bytes and soundness: docs/ARGUMENT.md. */
#ifndef MIEN_PROVER_LOOKUP_FRACTION_TREE_H
#define MIEN_PROVER_LOOKUP_FRACTION_TREE_H

#include <stdbool.h>

#include "platform/base/progress.h"
#include "prover/sumcheck/messages.h"
#include "prover/sumcheck/rounds.h"

#define MIEN_FRACTION_LOG2_MAX 28u

/* ---- prover */
typedef struct mien_fraction_leaves {
    unsigned log2_size;               /* 1 .. 28 */
    const mien_leaf_columns *columns; /* numerators one; or NULL, and */
    const mien_f *numerators;         /* 2^log2_size */
    const mien_k_block *denominators; /* 2^log2_size */
} mien_fraction_leaves;

/* Bytes of workspace, 64-byte aligned; ones: numerators are all one. 0 for a bad size. */
size_t mien_fraction_workspace_size(unsigned log2_size, bool ones);
/* Messages that are sent. */
size_t mien_fraction_message_count(unsigned log2_size, bool ones);
/* point: receives log2_size coordinates. Leaves are secret; constant time. The workspace then holds
 * secrets. MIEN_INTERRUPTED when progress says so; errors of mien_send; MIEN_ARGUMENT when the
 * workspace is too small or a challenge was zero (probability 2^-150). */
MIEN_MUST_CHECK mien_status mien_fraction_prove(mien_sender *sender, mien_k *point,
                                                const mien_fraction_leaves *leaves, void *workspace,
                                                size_t workspace_size, const mien_machine *machine,
                                                const mien_progress *progress);

/* ---- verifier */
typedef struct mien_fraction_claim {
    uint32_t root_numerator, root_denominator; /* messages */
    mien_k point[MIEN_FRACTION_LOG2_MAX];      /* coordinate i for bit i of the position */
    /* The leaves' extensions there, as forms in the messages. The numerator's is the constant one
     * when all numerators are. */
    mien_form numerator, denominator;
} mien_fraction_claim;

/* MIEN_PROOF_INVALID when a check fails (the checker says so) or a challenge is zero; errors of
 * mien_receive. */
MIEN_MUST_CHECK mien_status mien_fraction_verify(mien_fraction_claim *claim,
                                                 mien_receiver *receiver,
                                                 const mien_checker *checker, unsigned log2_size,
                                                 bool ones);
/* Checks that mien_fraction_verify makes. */
static inline size_t mien_fraction_form_count(unsigned log2_size) {
    return log2_size;
}
/* Products in them: two a layer, one in a last layer of ones. */
static inline size_t mien_fraction_pair_count(unsigned log2_size, bool ones) {
    return 2 * (size_t)log2_size - (ones ? 1 : 0);
}
/* The products in the order of the checks, messages counted from first_message on: known before the
 * first message. Fills mien_fraction_pair_count() elements. */
void mien_fraction_pairs(mien_form_pair *pairs, unsigned log2_size, bool ones,
                         uint32_t first_message);

#endif
