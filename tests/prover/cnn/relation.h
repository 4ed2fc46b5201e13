/* SPDX-License-Identifier: MIT */
/* The relation that a proof about a network shows, taken out of the verifier's own functions: what
 * each leaf looks up as an affine form in w (mien_cnn_leaves_functional at the corners of the cube,
 * with challenges that pick one coordinate), and the rows of the tables (mien_cnn_table_denominator
 * there). A witness is in the relation when each leaf is a row and each count is the number of its
 * leaves. For small networks. */
#ifndef MIEN_TESTS_PROVER_CNN_RELATION_H
#define MIEN_TESTS_PROVER_CNN_RELATION_H

#include "prover/cnn/functional.h"
#include "prover/statement/inference_claims.h"
#include "tests/prover/cnn/toy_network.h"

typedef enum coordinate { COORDINATE_ID, COORDINATE_FIRST, COORDINATE_SECOND } coordinate;

typedef struct relation {
    const toy *net;
    size_t size, leaves, rows;
    mien_f *constant[3]; /* [leaves] */
    mien_f *form[3];     /* [leaves][size] */
    mien_f *row[3];      /* [rows] */
} relation;

static inline mien_f relation_base(mien_k value) {
    for (int i = 1; i < MIEN_K_DEGREE; i++)
        if (!mien_f_is_zero(value.c[i])) abort();
    return value.c[0];
}

static inline void relation_corner(mien_k *point, unsigned bits, size_t corner) {
    for (unsigned i = 0; i < bits; i++) point[i] = corner >> i & 1 ? MIEN_K_ONE : MIEN_K_ZERO;
}

static inline void relation_take(void *context, const mien_piece *piece) {
    mien_k *dense = context;
    for (uint32_t s = 0; s < piece->sites; s++)
        for (uint32_t c = 0; c < piece->channels; c++) {
            mien_k *at = &dense[piece->base + ((size_t)s << piece->log2_channels) + c];
            mien_k product = mien_k_mul(piece->delta[s], piece->alpha[c]);
            *at = mien_k_add(*at, mien_k_mul(piece->scale, product));
        }
}

/* Challenges under which leaf and row are one coordinate, but for the id. */
static inline mien_cnn_challenges relation_challenges(coordinate which) {
    mien_cnn_challenges challenges = {MIEN_K_ZERO, MIEN_K_ZERO, MIEN_K_ZERO};
    if (which == COORDINATE_FIRST) challenges.g = MIEN_K_ONE;
    if (which == COORDINATE_SECOND) challenges.h = MIEN_K_ONE;
    return challenges;
}

static inline void relation_read_leaf(relation *r, mien_k *dense, mien_k *scratch, size_t leaf) {
    const mien_cnn_plan *plan = r->net->plan;
    mien_k point[MIEN_FRACTION_LOG2_MAX];
    relation_corner(point, plan->log2_half + 1, leaf);
    for (int which = 0; which < 3; which++) {
        mien_cnn_challenges challenges = relation_challenges((coordinate)which);
        mien_cnn_piece_sink sink = {.take = relation_take, .context = dense};
        memset(dense, 0, r->size * sizeof *dense);
        mien_k constant =
            mien_cnn_leaves_functional(plan, &r->net->cnn, &challenges, point, scratch, &sink);
        mien_f id = which > 0 ? r->constant[0][leaf] : MIEN_F_ZERO;
        r->constant[which][leaf] = mien_f_sub(relation_base(constant), id);
        for (size_t i = 0; i < r->size; i++)
            r->form[which][leaf * r->size + i] = relation_base(dense[i]);
    }
}

static inline void relation_read_row(relation *r, mien_k *scratch, size_t row) {
    const mien_cnn_plan *plan = r->net->plan;
    mien_k point[MIEN_FRACTION_LOG2_MAX];
    relation_corner(point, mien_cnn_table_log2(plan), row);
    for (int which = 0; which < 3; which++) {
        mien_cnn_challenges challenges = relation_challenges((coordinate)which);
        mien_f value = relation_base(mien_cnn_table_denominator(plan, &challenges, point, scratch));
        r->row[which][row] = which > 0 ? mien_f_sub(value, r->row[0][row]) : value;
    }
}

/* The network has its plan. */
static inline void relation_make(relation *r, const toy *net) {
    const mien_cnn_plan *plan = net->plan;
    memset(r, 0, sizeof *r);
    r->net = net;
    r->size = (size_t)1 << plan->log2_size;
    r->leaves = (size_t)2 << plan->log2_half;
    r->rows = plan->table_rows;
    mien_k *scratch = malloc(mien_cnn_functional_scratch(plan, &net->cnn) * sizeof *scratch);
    mien_k *dense = malloc(r->size * sizeof *dense);
    for (int which = 0; which < 3; which++) {
        r->constant[which] = malloc(r->leaves * sizeof(mien_f));
        r->form[which] = malloc(r->leaves * r->size * sizeof(mien_f));
        r->row[which] = malloc(r->rows * sizeof(mien_f));
    }
    for (size_t i = 0; i < r->leaves; i++) relation_read_leaf(r, dense, scratch, i);
    for (size_t i = 0; i < r->rows; i++) relation_read_row(r, scratch, i);
    free(scratch);
    free(dense);
}

static inline void relation_free(relation *r) {
    for (int which = 0; which < 3; which++) {
        free(r->constant[which]);
        free(r->form[which]);
        free(r->row[which]);
    }
}

/* A coordinate of a leaf. */
static inline mien_f relation_value(const relation *r, coordinate which, size_t leaf,
                                    const mien_f *w) {
    const mien_f *form = r->form[which] + leaf * r->size;
    mien_f sum = r->constant[which][leaf];
    for (size_t i = 0; i < r->size; i++)
        if (!mien_f_is_zero(form[i])) sum = mien_f_add(sum, mien_f_mul(form[i], w[i]));
    return sum;
}

/* A leaf that looks nothing up has the id zero, which no row has. */
static inline bool relation_absent(const relation *r, size_t leaf) {
    return mien_f_is_zero(r->constant[COORDINATE_ID][leaf]);
}

/* Row of a leaf's value, or -1; second: whether that has to agree too. */
static inline long relation_row(const relation *r, size_t leaf, const mien_f *w, bool second) {
    mien_f id = relation_value(r, COORDINATE_ID, leaf, w);
    mien_f first = relation_value(r, COORDINATE_FIRST, leaf, w);
    mien_f out = relation_value(r, COORDINATE_SECOND, leaf, w);
    for (size_t i = 0; i < r->rows; i++)
        if (mien_f_equal(id, r->row[COORDINATE_ID][i]) &&
            mien_f_equal(first, r->row[COORDINATE_FIRST][i]) &&
            (!second || mien_f_equal(out, r->row[COORDINATE_SECOND][i])))
            return (long)i;
    return -1;
}

/* How often each row is looked up; false when a leaf is no row. */
static inline bool relation_uses(const relation *r, uint32_t *uses, const mien_f *w) {
    bool all = true;
    memset(uses, 0, r->rows * sizeof *uses);
    for (size_t i = 0; i < r->leaves; i++) {
        if (relation_absent(r, i)) continue;
        long row = relation_row(r, i, w, true);
        if (row >= 0) uses[row]++;
        all &= row >= 0;
    }
    return all;
}

static inline bool relation_holds(const relation *r, const mien_f *w) {
    uint32_t *uses = malloc(r->rows * sizeof *uses);
    bool holds = relation_uses(r, uses, w);
    for (size_t i = 0; i < r->rows; i++)
        holds &= mien_f_equal(w[r->net->plan->table_base + i], mien_f_from_u32(uses[i]));
    free(uses);
    return holds;
}

#endif
