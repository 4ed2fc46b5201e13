/* SPDX-License-Identifier: MIT */
/* The verifier's half; mien_inner_product_prove is in inner_product_prove.c. */
#include "prover/sumcheck/inner_product.h"

/* h(rho) = rho claim + (1 - 2 rho) h(0) + (rho^2 - rho) h_2 */
mien_status mien_inner_product_verify(mien_form *claim, mien_k *point, uint32_t *value,
                                      mien_receiver *receiver, unsigned log2_size) {
    if (log2_size > MIEN_INNER_PRODUCT_LOG2_MAX ||
        claim->count + 2 * log2_size + 1 > MIEN_FORM_TERMS)
        return MIEN_ARGUMENT;
    for (unsigned j = log2_size; j-- > 0;) {
        uint32_t first;
        mien_k *rho = &point[j];
        MIEN_TRY(mien_receive(receiver, "round", 2, &first));
        mien_transcript_draw_k(receiver->transcript, "rho", rho, 1);
        mien_form_scale(claim, *rho);
        mien_form_add(claim, mien_k_sub(MIEN_K_ONE, mien_k_add(*rho, *rho)), first);
        mien_form_add(claim, mien_k_sub(mien_k_square(*rho), *rho), first + 1);
    }
    return mien_receive(receiver, "value", 1, value);
}

mien_status mien_inner_product_check(const mien_checker *checker, const mien_form *claim, mien_k l,
                                     uint32_t value) {
    mien_form form = *claim;
    if (form.count >= MIEN_FORM_TERMS) return MIEN_ARGUMENT;
    mien_form_add(&form, mien_k_neg(l), value);
    return checker->check(checker->context, &form, NULL, 0);
}
