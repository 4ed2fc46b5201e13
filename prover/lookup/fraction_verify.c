/* SPDX-License-Identifier: MIT */
#include "prover/lookup/fraction_tree.h"

typedef struct verifier {
    mien_receiver *receiver;
    const mien_checker *checker;
    mien_fraction_claim *claim;
    mien_k lambda;
    mien_form form; /* of the sum that is being reduced */
} verifier;

static mien_status draw_nonzero(verifier *s, const char *label, mien_k *out) {
    mien_transcript_draw_k(s->receiver->transcript, label, out, 1);
    return mien_k_is_zero(*out) ? MIEN_PROOF_INVALID : MIEN_OK;
}

/* claim = (1 - r) h(0) + r h(1), h(rho) = (rho / r) claim + (1 - rho / r) h(0) + (rho^2 - rho) h_2
 */
static mien_status one_round(verifier *s, unsigned bit) {
    uint32_t first;
    mien_k *r = &s->claim->point[bit], rho;
    MIEN_TRY(mien_receive(s->receiver, "round", 2, &first));
    mien_transcript_draw_k(s->receiver->transcript, "rho", &rho, 1);
    if (mien_k_is_zero(*r)) return MIEN_PROOF_INVALID;
    mien_k ratio = mien_k_mul(rho, mien_k_inverse(*r));
    mien_form_scale(&s->form, ratio);
    mien_form_add(&s->form, mien_k_sub(MIEN_K_ONE, ratio), first);
    mien_form_add(&s->form, mien_k_sub(mien_k_square(rho), rho), first + 1);
    *r = rho;
    return MIEN_OK;
}

/* value = (1 - tau) left + tau right, as forms */
static void interpolate(mien_form *out, mien_k tau, uint32_t left, uint32_t right) {
    mien_form_constant(out, MIEN_K_ZERO);
    mien_form_add(out, mien_k_sub(MIEN_K_ONE, tau), left);
    mien_form_add(out, tau, right);
}

static mien_status begin_layer(verifier *s) {
    MIEN_TRY(draw_nonzero(s, "lambda", &s->lambda));
    s->form = s->claim->numerator;
    mien_form_add_form(&s->form, s->lambda, &s->claim->denominator);
    return MIEN_OK;
}

static mien_status layer(verifier *s, unsigned k) {
    uint32_t a;
    mien_k *tau = &s->claim->point[k], minus = mien_k_neg(MIEN_K_ONE);
    MIEN_TRY(begin_layer(s));
    for (unsigned j = 0; j < k; j++) MIEN_TRY(one_round(s, k - 1 - j));
    MIEN_TRY(mien_receive(s->receiver, "children", 4, &a));
    uint32_t q_left = a + 1, p_right = a + 2, q_right = a + 3;
    const mien_form_product products[2] = {{a, q_right, minus}, {p_right, q_left, minus}};
    MIEN_TRY(s->checker->check(s->checker->context, &s->form, products, 2));
    mien_transcript_draw_k(s->receiver->transcript, "tau", tau, 1);
    interpolate(&s->claim->numerator, *tau, a, p_right);
    /* p_left = a - lambda q_left */
    mien_k rest = mien_k_mul(s->lambda, mien_k_sub(*tau, MIEN_K_ONE));
    mien_form_add(&s->claim->numerator, rest, q_left);
    interpolate(&s->claim->denominator, *tau, q_left, q_right);
    return MIEN_OK;
}

/* claim' = (q_left + 1/lambda)(q_right + 1/lambda) */
static mien_status leaf_layer(verifier *s, unsigned k) {
    uint32_t left;
    mien_k *tau = &s->claim->point[k], inverse;
    MIEN_TRY(begin_layer(s));
    inverse = mien_k_inverse(s->lambda);
    s->form.constant = mien_k_add(s->form.constant, inverse);
    mien_form_scale(&s->form, inverse);
    for (unsigned j = 0; j < k; j++) MIEN_TRY(one_round(s, k - 1 - j));
    MIEN_TRY(mien_receive(s->receiver, "children", 2, &left));
    const mien_form_product product = {left, left + 1, mien_k_neg(MIEN_K_ONE)};
    s->form.constant = mien_k_sub(s->form.constant, mien_k_square(inverse));
    mien_form_add(&s->form, mien_k_neg(inverse), left);
    mien_form_add(&s->form, mien_k_neg(inverse), left + 1);
    MIEN_TRY(s->checker->check(s->checker->context, &s->form, &product, 1));
    mien_transcript_draw_k(s->receiver->transcript, "tau", tau, 1);
    mien_form_constant(&s->claim->numerator, MIEN_K_ONE);
    interpolate(&s->claim->denominator, *tau, left, left + 1);
    return MIEN_OK;
}

mien_status mien_fraction_verify(mien_fraction_claim *claim, mien_receiver *receiver,
                                 const mien_checker *checker, unsigned log2_size, bool ones) {
    if (log2_size < 1 || log2_size > MIEN_FRACTION_LOG2_MAX) return MIEN_ARGUMENT;
    verifier s = {.receiver = receiver, .checker = checker, .claim = claim};
    uint32_t root;
    MIEN_TRY(mien_receive(receiver, "root", 2, &root));
    claim->root_numerator = root;
    claim->root_denominator = root + 1;
    mien_form_constant(&claim->numerator, MIEN_K_ZERO);
    mien_form_add(&claim->numerator, MIEN_K_ONE, root);
    mien_form_constant(&claim->denominator, MIEN_K_ZERO);
    mien_form_add(&claim->denominator, MIEN_K_ONE, root + 1);
    for (unsigned k = 0; k < log2_size; k++)
        MIEN_TRY(ones && k == log2_size - 1 ? leaf_layer(&s, k) : layer(&s, k));
    return MIEN_OK;
}

void mien_fraction_pairs(mien_form_pair *pairs, unsigned log2_size, bool ones,
                         uint32_t first_message) {
    uint32_t children = first_message + 2;
    for (unsigned k = 0; k < log2_size; k++) {
        children += 2 * k;
        if (ones && k == log2_size - 1) {
            *pairs++ = (mien_form_pair){children, children + 1};
            continue;
        }
        *pairs++ = (mien_form_pair){children, children + 3};
        *pairs++ = (mien_form_pair){children + 2, children + 1};
        children += 4;
    }
}
