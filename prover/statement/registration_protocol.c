/* SPDX-License-Identifier: MIT */
#include "prover/statement/registration_protocol.h"

#include <string.h>

#include "prover/sumcheck/inner_product.h"

/* ---- shapes */

/* Rows of the counts: they stand where theta's half ends. */
static mien_status count_rows(mien_registration_setup *setup, mien_tensor_shape *mask) {
    unsigned row = mask->log2_row;
    uint32_t first = UINT32_C(1) << (setup->bits - row);
    mask->rows = setup->mask_rows;
    mask->row_count = row >= MIEN_CNN_DIGIT_LOG2 ? 1 : UINT32_C(1) << (MIEN_CNN_DIGIT_LOG2 - row);
    if (mask->row_count > MIEN_REGISTRATION_MAX_ROWS) return MIEN_UNSUPPORTED;
    for (uint32_t i = 0; i < mask->row_count; i++) setup->mask_rows[i] = first + i;
    return MIEN_OK;
}

static mien_status make_parts(mien_registration_setup *setup) {
    const mien_registration *r = setup->registration;
    mien_private_parts parts;
    MIEN_TRY(mien_private_weights_parts(&parts, setup->rows[0], setup->parameters, r->weights, 1));
    setup->parts[0] = parts.theta;
    setup->part_count = 2;
    if (r->before == NULL) {
        MIEN_TRY(count_rows(setup, &parts.mask));
    } else {
        setup->part_count = 3;
        setup->parts[1] = parts.theta;
        MIEN_TRY(
            mien_private_weights_parts(&parts, setup->rows[1], setup->parameters, r->before, 1));
        setup->parts[0] = parts.theta;
        uint32_t first = UINT32_C(1) << (setup->bits - parts.theta.log2_row);
        for (uint32_t i = 0; i < parts.theta.row_count; i++) setup->rows[0][i] += first;
    }
    setup->parts[setup->part_count - 1] = parts.mask;
    return mien_tensor_parts_check(setup->parts, setup->part_count);
}

static void make_pads_shape(mien_registration_setup *setup) {
    mien_pads_shape *shape = &setup->pads_shape;
    unsigned n = setup->bits, rows = MIEN_CNN_DIGIT_LOG2;
    *shape = (mien_pads_shape){.pad_count = 2, /* v and the opening's */
                               .pairs = setup->pairs,
                               .form_count = 1}; /* of the opening */
    if (mien_registration_renews(setup)) return;
    uint32_t behind = (uint32_t)mien_fraction_message_count(n, true);
    size_t first = mien_fraction_pair_count(n, true);
    size_t count = first + mien_fraction_pair_count(rows, false);
    mien_fraction_pairs(setup->pairs, n, true, 0);
    mien_fraction_pairs(setup->pairs + first, rows, false, behind);
    setup->pairs[count] = (mien_form_pair){0, behind + 1};
    setup->pairs[count + 1] = (mien_form_pair){behind, 1};
    shape->pair_count = (uint32_t)count + 2;
    shape->pad_count =
        behind + (uint32_t)mien_fraction_message_count(rows, false) + 2 * (n + 1) + 1 + 1;
    /* roots, rows of the table, inner product, opening */
    shape->form_count =
        (uint32_t)(mien_fraction_form_count(n) + mien_fraction_form_count(rows)) + 4;
}

/* Another generation of the same. */
static mien_status check_before(const mien_private_weights *weights,
                                const mien_private_weights *before) {
    if (before == NULL) return MIEN_OK;
    bool same = memcmp(&weights->layout, &before->layout, sizeof before->layout) == 0;
    return same && weights->openings == before->openings &&
                   weights->generation == before->generation + 1
               ? MIEN_OK
               : MIEN_ARGUMENT;
}

mien_status mien_registration_setup_make(mien_registration_setup *setup,
                                         const mien_inference_parameters *params,
                                         const mien_registration *registration) {
    memset(setup, 0, sizeof *setup);
    setup->parameters = params;
    setup->registration = registration;
    setup->bits = registration->weights->layout.log2_size;
    MIEN_TRY(
        mien_private_weights_check(registration->cnn, registration->plan, registration->weights));
    MIEN_TRY(check_before(registration->weights, registration->before));
    MIEN_TRY(make_parts(setup));
    make_pads_shape(setup);
    MIEN_TRY(mien_inference_choose_pads(&setup->ligero, params, &setup->pads_shape));
    setup->pads_shape.log2_slots = setup->ligero.log2_slots;
    if (mien_pads_product_count(&setup->pads_shape) > MIEN_REGISTRATION_MAX_PRODUCTS)
        return MIEN_UNSUPPORTED;
    MIEN_TRY(mien_pads_check_shape(&setup->pads_shape));
    setup->pads.shape = &setup->pads_shape;
    setup->system = mien_pads_system(&setup->pads, setup->products);
    return MIEN_OK;
}

/* ---- transcript */

void mien_registration_head(uint8_t head[MIEN_REGISTRATION_HEAD_SIZE],
                            const mien_registration_setup *setup) {
    memcpy(head, mien_registration_renews(setup) ? "MIENRENW" : "MIENREGW", 8);
    mien_store_le16(head + 8, MIEN_REGISTRATION_VERSION);
    mien_store_le16(head + 10, setup->parameters->id);
}

static void absorb_model(mien_transcript *transcript, const char *label,
                         const mien_registration_setup *setup,
                         const mien_private_weights *weights) {
    uint8_t digest[32];
    mien_private_weights_digest(digest, setup->parameters, setup->registration->cnn, weights);
    mien_transcript_digest(transcript, label, digest);
}

void mien_registration_absorb(mien_transcript *transcript, const mien_registration_setup *setup) {
    const mien_registration *r = setup->registration;
    mien_transcript_start(transcript, r->before != NULL ? "mien renewal" : "mien registration");
    mien_transcript_integer(transcript, "version", MIEN_REGISTRATION_VERSION);
    mien_transcript_integer(transcript, "parameters", setup->parameters->id);
    absorb_model(transcript, "model", setup, r->weights);
    mien_transcript_digest(transcript, "weights", r->weights->root);
    if (r->before != NULL) {
        absorb_model(transcript, "model before", setup, r->before);
        mien_transcript_digest(transcript, "weights before", r->before->root);
    }
    for (size_t i = 0; i < setup->part_count; i++)
        mien_tensor_absorb_shape(transcript, &setup->parts[i]);
    mien_pads_absorb_shape(transcript, &setup->pads_shape);
    mien_ligero_absorb_parameters(transcript, &setup->ligero, &setup->system);
}

/* ---- the verifier's checks */

typedef struct memory {
    mien_fraction_claim leaves, rows;
    mien_form form;
} memory;

size_t mien_registration_check_workspace_size(void) {
    return (sizeof(memory) + 63) / 64 * 64;
}

static mien_k one_minus(mien_k a) {
    return mien_k_sub(MIEN_K_ONE, a);
}

/* The table's row v is a - 128 + v: linear in the bits of v. */
static mien_k table_at(mien_k a, const mien_k *point) {
    mien_k sum = mien_k_add(a, mien_k_from_f(mien_f_from_i32(MIEN_CNN_DIGIT_LOW)));
    for (unsigned i = 0; i < MIEN_CNN_DIGIT_LOG2; i++)
        sum = mien_k_add(sum, mien_k_mul_f(point[i], mien_f_from_u32(UINT32_C(1) << i)));
    return sum;
}

/* eq(leaves' point, .) on theta, gamma eq(rows' point, .) on the counts. */
static mien_k functional_at(const memory *m, unsigned n, mien_k gamma, const mien_k *point) {
    mien_k counts = mien_k_mul(gamma, mien_equality(m->rows.point, point, MIEN_CNN_DIGIT_LOG2));
    for (unsigned i = MIEN_CNN_DIGIT_LOG2; i < n; i++)
        counts = mien_k_mul(counts, one_minus(point[i]));
    mien_k theta = mien_k_mul(one_minus(point[n]), mien_equality(m->leaves.point, point, n));
    return mien_k_add(theta, mien_k_mul(point[n], counts));
}

static mien_status check_roots(memory *m, const mien_checker *checker) {
    const mien_form_product products[2] = {
        {m->leaves.root_numerator, m->rows.root_denominator, MIEN_K_ONE},
        {m->rows.root_numerator, m->leaves.root_denominator, mien_k_neg(MIEN_K_ONE)}};
    mien_form_constant(&m->form, MIEN_K_ZERO);
    return checker->check(checker->context, &m->form, products, 2);
}

static mien_status check_rows(memory *m, const mien_checker *checker, mien_k a) {
    m->form = m->rows.denominator;
    m->form.constant = mien_k_sub(m->form.constant, table_at(a, m->rows.point));
    return checker->check(checker->context, &m->form, NULL, 0);
}

static mien_status check_range(memory *m, mien_registration_end *end, mien_receiver *receiver,
                               const mien_checker *checker, unsigned n) {
    mien_k a, gamma;
    mien_transcript_draw_k(receiver->transcript, "lookup a", &a, 1);
    MIEN_TRY(mien_fraction_verify(&m->leaves, receiver, checker, n, true));
    MIEN_TRY(mien_fraction_verify(&m->rows, receiver, checker, MIEN_CNN_DIGIT_LOG2, false));
    MIEN_TRY(check_roots(m, checker));
    MIEN_TRY(check_rows(m, checker, a));
    mien_transcript_draw_k(receiver->transcript, "gamma", &gamma, 1);
    m->form = m->leaves.denominator;
    m->form.constant = mien_k_sub(m->form.constant, a);
    mien_form_add_form(&m->form, gamma, &m->rows.numerator);
    MIEN_TRY(mien_inner_product_verify(&m->form, end->point, &end->value, receiver, n + 1));
    return mien_inner_product_check(checker, &m->form, functional_at(m, n, gamma, end->point),
                                    end->value);
}

mien_status mien_registration_check(mien_registration_end *end, mien_receiver *receiver,
                                    const mien_checker *checker,
                                    const mien_registration_setup *setup, void *workspace) {
    unsigned n = setup->bits;
    if (!mien_registration_renews(setup)) return check_range(workspace, end, receiver, checker, n);
    mien_transcript_draw_k(receiver->transcript, "point", end->point, n);
    MIEN_TRY(mien_receive(receiver, "weights value", 1, &end->value));
    mien_transcript_draw_k(receiver->transcript, "side", &end->point[n], 1);
    return MIEN_OK;
}
