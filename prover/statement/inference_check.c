/* SPDX-License-Identifier: MIT */
#include "prover/statement/inference_check.h"

#include "prover/ligero/arena.h"

typedef struct memory {
    mien_fraction_claim *leaves, *rows;
    mien_inference_points *points;
    mien_form *form;
    mien_k *functional, *evaluator;
    const mien_cnn_weights *weights; /* NULL: not hidden */
} memory;

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static size_t carve(memory *m, void *workspace, const mien_cnn_plan *plan, const mien_cnn *cnn) {
    mien_arena arena = {workspace, 0};
    size_t functional = mien_inference_functional_scratch(plan, cnn);
    size_t evaluator = mien_cnn_evaluator_scratch(plan);
    if (mien_cnn_weights_present(cnn, true)) {
        functional = larger(functional, mien_cnn_weights_scratch(plan, cnn));
        evaluator = larger(evaluator, mien_cnn_weights_evaluator_scratch(cnn));
    }
    m->leaves = mien_arena_take(&arena, 1, sizeof *m->leaves);
    m->rows = mien_arena_take(&arena, 1, sizeof *m->rows);
    m->points = mien_arena_take(&arena, 1, sizeof *m->points);
    m->form = mien_arena_take(&arena, 1, sizeof *m->form);
    m->functional = mien_arena_take(&arena, functional, sizeof *m->functional);
    m->evaluator = mien_arena_take(&arena, evaluator, sizeof *m->evaluator);
    return arena.used;
}

size_t mien_inference_check_workspace_size(const mien_cnn_plan *plan, const mien_cnn *cnn) {
    memory m;
    return carve(&m, NULL, plan, cnn);
}

/* P1 Q2 - (absent / a) Q1 Q2 - P2 Q1 = 0 */
static mien_status check_roots(const memory *m, const mien_checker *checker,
                               const mien_cnn_plan *plan, mien_k a) {
    if (mien_k_is_zero(a)) return MIEN_PROOF_INVALID;
    mien_k absent = mien_k_from_f(mien_f_from_u32((uint32_t)mien_inference_absent(plan)));
    mien_k missing = mien_k_neg(mien_k_mul(absent, mien_k_inverse(a)));
    const mien_form_product products[3] = {
        {m->leaves->root_numerator, m->rows->root_denominator, MIEN_K_ONE},
        {m->leaves->root_denominator, m->rows->root_denominator, missing},
        {m->rows->root_numerator, m->leaves->root_denominator, mien_k_neg(MIEN_K_ONE)}};
    mien_form_constant(m->form, MIEN_K_ZERO);
    return checker->check(checker->context, m->form, products, 3);
}

/* public: the tables' denominator at the point. */
static mien_status check_rows(const memory *m, const mien_checker *checker, mien_k public) {
    *m->form = m->rows->denominator;
    m->form->constant = mien_k_sub(m->form->constant, public);
    return checker->check(checker->context, m->form, NULL, 0);
}

static mien_status trees(const memory *m, mien_receiver *receiver, const mien_checker *checker,
                         const mien_cnn_plan *plan, const mien_inference_challenges *challenges,
                         bool replay) {
    mien_k public = MIEN_K_ZERO;
    unsigned leaves = mien_inference_leaves_log2(plan), rows = mien_inference_rows_log2(plan);
    MIEN_TRY(mien_fraction_verify(m->leaves, receiver, checker, leaves, true));
    MIEN_TRY(mien_fraction_verify(m->rows, receiver, checker, rows, false));
    MIEN_TRY(check_roots(m, checker, plan, challenges->lookup.a));
    if (!replay)
    public = mien_cnn_table_denominator(plan, &challenges->lookup, m->rows->point, m->functional);
    MIEN_TRY(check_rows(m, checker, public));
    memcpy(m->points->leaves, m->leaves->point, leaves * sizeof(mien_k));
    memcpy(m->points->rows, m->rows->point, rows * sizeof(mien_k));
    return MIEN_OK;
}

/* What is in no table for it (mien_cnn_block.direct): the public output is in its range. */
static bool output_in_range(const mien_cnn_plan *plan, const int16_t *output, size_t size) {
    int32_t limit = plan->blocks[plan->block_count - 1].direct;
    for (size_t i = 0; i < size && limit != 0; i++)
        if (output[i] < -limit || output[i] >= limit) return false;
    return true;
}

/* The message that is what hidden weights add to the constant, and the claim without it. */
static mien_status receive_constant(const memory *m, uint32_t *constant, mien_receiver *receiver) {
    if (m->weights == NULL) return MIEN_OK;
    MIEN_TRY(mien_receive(receiver, "weights constant", 1, constant));
    mien_form_add(m->form, mien_k_neg(MIEN_K_ONE), *constant);
    return MIEN_OK;
}

/* leaves + gamma counts + gamma^2 output, what is constant in it left out */
static mien_status batch(const memory *m, mien_inference_end *end, mien_receiver *receiver,
                         mien_inference_challenges *challenges, bool output_public) {
    if (!output_public) MIEN_TRY(mien_receive(receiver, "output", 1, &end->output));
    mien_transcript_draw_k(receiver->transcript, "gamma", &challenges->gamma, 1);
    *m->form = m->leaves->denominator;
    mien_form_add_form(m->form, challenges->gamma, &m->rows->numerator);
    if (!output_public) mien_form_add(m->form, mien_k_square(challenges->gamma), end->output);
    return MIEN_OK;
}

static mien_status add_output(const memory *m, const mien_cnn_plan *plan,
                              const mien_inference_challenges *challenges, const int16_t *output,
                              size_t size) {
    if (output == NULL) return MIEN_OK;
    if (!output_in_range(plan, output, size)) return MIEN_PROOF_INVALID;
    mien_k value = mien_inference_output_value(challenges->xi, output, size);
    value = mien_k_mul(mien_k_square(challenges->gamma), value);
    m->form->constant = mien_k_add(m->form->constant, value);
    return MIEN_OK;
}

/* L(r*), and the constant of the leaves taken off the claim. The rounds scaled the claim's constant
 * by all coordinates of r*, so what is known only now is scaled alike. */
static mien_k functional_at_end(const memory *m, const mien_inference_end *end,
                                const mien_cnn_plan *plan, const mien_cnn *cnn,
                                const mien_inference_challenges *challenges) {
    mien_cnn_evaluator evaluator;
    mien_cnn_evaluator_start(&evaluator, plan, end->point, m->evaluator);
    mien_cnn_piece_sink sink = mien_cnn_evaluator_sink(&evaluator);
    mien_k constant =
        mien_inference_functional(plan, cnn, challenges, m->points, m->functional, &sink);
    for (unsigned i = 0; i < plan->log2_size; i++) constant = mien_k_mul(constant, end->point[i]);
    m->form->constant = mien_k_sub(m->form->constant, constant);
    mien_k counts = mien_cnn_counts_at(plan, m->points->rows, end->point);
    return mien_k_add(evaluator.sum, mien_k_mul(challenges->gamma, counts));
}

/* claim = (functional + share) w(r*), and constant + eta share = <theta, V> as far as theta's end:
 * m->form = V(s*) theta(s*). */
static mien_status check_share(const memory *m, mien_inference_end *end, mien_receiver *receiver,
                               const mien_checker *checker, uint32_t constant, mien_k *eta) {
    uint32_t share;
    MIEN_TRY(mien_receive(receiver, "weights share", 1, &share));
    const mien_form_product product = {end->value, share, mien_k_neg(MIEN_K_ONE)};
    mien_form_add(m->form, mien_k_neg(end->functional), end->value);
    MIEN_TRY(checker->check(checker->context, m->form, &product, 1));
    mien_transcript_draw_k(receiver->transcript, "eta", eta, 1);
    mien_form_constant(m->form, MIEN_K_ZERO);
    mien_form_add(m->form, MIEN_K_ONE, constant);
    mien_form_add(m->form, *eta, share);
    return mien_inner_product_verify(m->form, end->weights_point, &end->weights_value, receiver,
                                     m->weights->log2_size);
}

/* V(s*) */
static void evaluate_weights(const memory *m, mien_inference_end *end, const mien_cnn_plan *plan,
                             const mien_cnn *cnn, const mien_inference_challenges *challenges,
                             mien_k eta) {
    mien_cnn_evaluator evaluator;
    mien_cnn_weights_evaluator_start(&evaluator, m->weights, cnn, end->weights_point, m->evaluator);
    mien_cnn_piece_sink sink = mien_cnn_evaluator_sink(&evaluator);
    mien_cnn_weights_functional(m->weights, plan, cnn, &challenges->lookup, m->points->leaves,
                                end->point, MIEN_K_ONE, eta, m->functional, &sink);
    end->weights_functional = evaluator.sum;
}

mien_status mien_inference_check(mien_inference_end *end, mien_receiver *receiver,
                                 const mien_checker *checker, const mien_cnn_plan *plan,
                                 const mien_cnn *cnn, const int16_t *output,
                                 const mien_cnn_weights *weights, void *workspace,
                                 size_t workspace_size) {
    memory m = {.weights = weights};
    mien_inference_challenges challenges;
    uint32_t constant = 0;
    mien_k eta;
    if (carve(&m, workspace, plan, cnn) > workspace_size) return MIEN_ARGUMENT;
    mien_inference_draw_lookup(receiver->transcript, &challenges);
    end->xi = challenges.xi;
    MIEN_TRY(trees(&m, receiver, checker, plan, &challenges, false));
    MIEN_TRY(batch(&m, end, receiver, &challenges, output != NULL));
    MIEN_TRY(add_output(&m, plan, &challenges, output, mien_inference_output_size(cnn)));
    MIEN_TRY(receive_constant(&m, &constant, receiver));
    MIEN_TRY(mien_inner_product_verify(m.form, end->point, &end->value, receiver, plan->log2_size));
    end->functional = functional_at_end(&m, end, plan, cnn, &challenges);
    if (weights == NULL)
        return mien_inner_product_check(checker, m.form, end->functional, end->value);
    MIEN_TRY(check_share(&m, end, receiver, checker, constant, &eta));
    evaluate_weights(&m, end, plan, cnn, &challenges, eta);
    return mien_inner_product_check(checker, m.form, end->weights_functional, end->weights_value);
}

mien_status mien_inference_replay(mien_inference_end *end, mien_receiver *receiver,
                                  const mien_checker *checker, const mien_cnn_plan *plan,
                                  const mien_cnn *cnn, bool output_public,
                                  const mien_cnn_weights *weights, void *workspace,
                                  size_t workspace_size) {
    memory m = {.weights = weights};
    mien_inference_challenges challenges;
    uint32_t constant = 0;
    mien_k eta;
    if (carve(&m, workspace, plan, cnn) > workspace_size) return MIEN_ARGUMENT;
    mien_inference_draw_lookup(receiver->transcript, &challenges);
    end->xi = challenges.xi;
    MIEN_TRY(trees(&m, receiver, checker, plan, &challenges, true));
    MIEN_TRY(batch(&m, end, receiver, &challenges, output_public));
    MIEN_TRY(receive_constant(&m, &constant, receiver));
    MIEN_TRY(mien_inner_product_verify(m.form, end->point, &end->value, receiver, plan->log2_size));
    if (weights == NULL)
        return mien_inner_product_check(checker, m.form, end->functional, end->value);
    MIEN_TRY(check_share(&m, end, receiver, checker, constant, &eta));
    return mien_inner_product_check(checker, m.form, end->weights_functional, end->weights_value);
}
