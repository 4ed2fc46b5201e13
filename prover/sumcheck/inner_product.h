/* SPDX-License-Identifier: MIT */
/* Sumcheck for sum over x of w(x) L(x) = claim: w secret over F, L known to both over K. All claims
 * about a committed vector, each the inner product with a public vector, become one claim w(point)
 * = value this way: L is their sum with random coefficients.
 *
 *   n rounds, the highest bit first: prover h(0) and the coefficient of X^2 of h; verifier rho;
 *     h(1) = claim - h(0)
 *   prover: w(point); check claim = L(point) w(point) */
#ifndef MIEN_PROVER_SUMCHECK_INNER_PRODUCT_H
#define MIEN_PROVER_SUMCHECK_INNER_PRODUCT_H

#include "platform/base/progress.h"
#include "prover/sumcheck/messages.h"
#include "prover/sumcheck/rounds.h"

#define MIEN_INNER_PRODUCT_LOG2_MAX 28u

/* ---- prover */
/* Bytes of workspace, 64-byte aligned; 0 for log2_size > 28. */
size_t mien_inner_product_workspace_size(unsigned log2_size);
/* 2 log2_size + 1 messages. L is overwritten, L(point) left at its position 0; point receives
 * log2_size coordinates, *value (secret) w(point). Constant time in w. Errors of mien_send;
 * MIEN_INTERRUPTED; MIEN_ARGUMENT for a small workspace. */
MIEN_MUST_CHECK mien_status mien_inner_product_prove(mien_sender *sender, mien_k *point,
                                                     mien_k *value, const mien_f *w,
                                                     mien_k_block *l, unsigned log2_size,
                                                     void *workspace, size_t workspace_size,
                                                     const mien_machine *machine,
                                                     const mien_progress *progress);

/* The same for a vector a over K that is not secret, which is overwritten too; at least 64
 * positions. `kept` receives the vector of 2^log2_kept positions, 6 <= log2_kept <= log2_size, that
 * is left of a when all higher coordinates are bound. */
MIEN_MUST_CHECK mien_status mien_inner_product_prove_k(mien_sender *sender, mien_k *point,
                                                       mien_k *value, mien_k_block *a,
                                                       mien_k_block *l, unsigned log2_size,
                                                       mien_k_block *kept, unsigned log2_kept,
                                                       const mien_machine *machine);

/* ---- verifier */
/* Reduce *claim (a form that leaves 2 log2_size + 1 terms free; overwritten) to L(point) m = claim
 * where m is message *value. The caller computes L(point) and calls mien_inner_product_check. */
MIEN_MUST_CHECK mien_status mien_inner_product_verify(mien_form *claim, mien_k *point,
                                                      uint32_t *value, mien_receiver *receiver,
                                                      unsigned log2_size);
/* claim - l m = 0 */
MIEN_MUST_CHECK mien_status mien_inner_product_check(const mien_checker *checker,
                                                     const mien_form *claim, mien_k l,
                                                     uint32_t value);

#endif
