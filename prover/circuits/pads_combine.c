/* SPDX-License-Identifier: MIT */
/* The linear constraints of the pads, combined with powers of alpha.
 *
 * Coefficient l of statement f has the power s_f alpha^l, s_f = first alpha^(18 n + 5 f). With
 * phi(y) = sum over l of alpha^l y_l, a coefficient c of K on the element sum_k w_k X^k of K puts
 * s_f phi(c X^k) on the word w_k. With c = sum_a c_a X^a that is sum_a (c_a s_f) phi(X^(a + k)):
 * the sums over f of c_a s_f are made first, five for each pad, then multiplied once. Public data
 * only. */
#include "prover/circuits/pads.h"
#include "prover/field/vectors.h"
#include "prover/ligero/arena.h"

enum { DEGREE = MIEN_K_DEGREE, POINTS = MIEN_PADS_POINTS };

typedef struct combiner {
    const mien_pads *pads;
    const mien_pads_shape *shape;
    const mien_field_kernels *kernels;
    const mien_ligero_row_sink *sink;
    size_t slots, word_rows, groups; /* of products */
    mien_k alpha, alpha5;
    mien_k phi[POINTS];               /* phi(X^e) */
    mien_k basis_phi[POINTS][DEGREE]; /* phi(X^a basis) */
    mien_f point_power[POINTS][DEGREE];
    /* sums over forms of c_a s_f at [a]; then weights of word k at [k]. Element i: pad i */
    mien_k_block *weight[DEGREE];
    mien_k *row, *other; /* two rows of slots */
    mien_k *form_power;  /* s_f */
} combiner;

static void carve(combiner *c, mien_arena *arena) {
    size_t blocks = mien_k_blocks(c->shape->pad_count);
    for (int k = 0; k < DEGREE; k++)
        c->weight[k] = mien_arena_take(arena, blocks, sizeof *c->weight[k]);
    c->row = mien_arena_take(arena, c->slots, sizeof *c->row);
    c->other = mien_arena_take(arena, c->slots, sizeof *c->other);
    c->form_power = mien_arena_take(arena, c->shape->form_count, sizeof *c->form_power);
}

/* ---- constants that depend on alpha only */

static mien_k multiply_x(mien_k a) {
    mien_k r = {{a.c[4], a.c[0], mien_f_sub(a.c[1], a.c[4]), a.c[2], a.c[3]}};
    return r;
}

static mien_k phi(const combiner *c, mien_k y) {
    mien_k sum = MIEN_K_ZERO;
    for (int l = DEGREE - 1; l >= 0; l--) {
        sum = mien_k_mul(sum, c->alpha);
        sum.c[0] = mien_f_add(sum.c[0], y.c[l]);
    }
    return sum;
}

/* phi of y X^e, e < count */
static void fill_phi(const combiner *c, mien_k *out, mien_k y, int count) {
    for (int e = 0; e < count; e++, y = multiply_x(y)) out[e] = phi(c, y);
}

/* product over s != t of (X - s) / (t - s) */
static mien_k basis_at_x(int t) {
    mien_k product = MIEN_K_ONE, x = MIEN_K_ZERO;
    x.c[1] = MIEN_F_ONE;
    for (int s = 0; s < POINTS; s++) {
        if (s == t) continue;
        mien_k factor = mien_k_sub(x, mien_k_from_f(mien_f_from_i32(s)));
        product = mien_k_mul(product, factor);
        product = mien_k_mul_f(product, mien_f_inverse(mien_f_from_i32(t - s)));
    }
    return product;
}

static void fill_constants(combiner *c) {
    c->alpha5 = mien_k_mul(mien_k_square(mien_k_square(c->alpha)), c->alpha);
    fill_phi(c, c->phi, MIEN_K_ONE, POINTS);
    for (int t = 0; t < POINTS; t++) {
        mien_f power = MIEN_F_ONE, point = mien_f_from_i32(t);
        fill_phi(c, c->basis_phi[t], basis_at_x(t), DEGREE);
        for (int k = 0; k < DEGREE; k++, power = mien_f_mul(power, point))
            c->point_power[t][k] = power;
    }
}

/* ---- statements */

/* value = sum_k w_k X^k in the statement with power s: the weight of an element of F times c. */
static mien_k element_weight(mien_k s, mien_k c, const mien_k phis[DEGREE]) {
    mien_k sum = mien_k_mul_f(phis[0], c.c[0]);
    for (int a = 1; a < DEGREE; a++) sum = mien_k_add(sum, mien_k_mul_f(phis[a], c.c[a]));
    return mien_k_mul(s, sum);
}

static void add_to(mien_k_block *vector, size_t i, mien_k a) {
    mien_k_block_set(vector, i, mien_k_add(mien_k_block_get(vector, i), a));
}

static void add_forms(combiner *c, mien_k power) {
    const mien_pads *pads = c->pads;
    for (uint32_t f = 0, i = 0; f < pads->forms; f++, power = mien_k_mul(power, c->alpha5)) {
        c->form_power[f] = power;
        for (; i < pads->terms_end[f]; i++)
            for (int a = 0; a < DEGREE; a++)
                add_to(c->weight[a], pads->term_pad[i], mien_k_mul_f(power, pads->term[i].c[a]));
    }
}

/* Sums to weights, sixteen pads at a time. */
static void multiply_sums(combiner *c) {
    for (size_t block = 0; block < mien_k_blocks(c->shape->pad_count); block++) {
        mien_k_block sums[DEGREE];
        for (int a = 0; a < DEGREE; a++) sums[a] = c->weight[a][block];
        for (int k = 0; k < DEGREE; k++) {
            c->kernels->k_scale(&c->weight[k][block], &sums[0], c->phi[k], MIEN_LANES);
            for (int a = 1; a < DEGREE; a++)
                c->kernels->k_axpy(&c->weight[k][block], c->phi[a + k], &sums[a], MIEN_LANES);
        }
    }
}

/* sum over f of s_f phi(-constant) */
static mien_k target(const combiner *c) {
    mien_k sum = MIEN_K_ZERO;
    for (uint32_t f = 0; f < c->pads->forms; f++)
        sum = mien_k_sub(sum, element_weight(c->form_power[f], c->pads->constant[f], c->phi));
    return sum;
}

/* ---- rows */

static void emit(const combiner *c, size_t row, const mien_k *coefficients) {
    c->sink->take(c->sink->context, row, coefficients);
}

/* value at point t - sum_k t^k w_k = 0 with this power, w the words of a pad. */
static void tie(combiner *c, mien_k *slot, uint32_t pad, int t, mien_k power) {
    *slot = power;
    for (int k = 0; k < DEGREE; k++)
        add_to(c->weight[k], pad, mien_k_neg(mien_k_mul_f(power, c->point_power[t][k])));
}

/* Left and right rows. */
static void emit_factors(combiner *c, mien_k power) {
    size_t points = (size_t)POINTS * c->shape->pair_count;
    mien_k alpha9 =
        mien_k_mul(mien_k_mul(c->alpha5, mien_k_square(c->alpha)), mien_k_square(c->alpha));
    for (size_t i = 0; i < points; i++) {
        const mien_form_pair *pair = &c->shape->pairs[i / POINTS];
        size_t slot = i % c->slots, group = i / c->slots;
        int t = (int)(i % POINTS);
        if (slot == 0) memset(c->row, 0, c->slots * sizeof *c->row);
        if (slot == 0) memset(c->other, 0, c->slots * sizeof *c->other);
        tie(c, &c->row[slot], pair->left, t, power);
        tie(c, &c->other[slot], pair->right, t, mien_k_mul(power, alpha9));
        power = mien_k_mul(power, t == POINTS - 1 ? mien_k_mul(c->alpha, alpha9) : c->alpha);
        if (slot != c->slots - 1 && i != points - 1) continue;
        emit(c, c->word_rows + 3 * group, c->row);
        emit(c, c->word_rows + 3 * group + 1, c->other);
    }
}

static void emit_results(combiner *c) {
    size_t points = (size_t)POINTS * c->pads->pairs;
    for (size_t i = 0; i < points; i++) {
        size_t slot = i % c->slots, pair = i / POINTS;
        if (slot == 0) memset(c->row, 0, c->slots * sizeof *c->row);
        c->row[slot] = element_weight(c->form_power[c->pads->pair_form[pair]], c->pads->pair[pair],
                                      c->basis_phi[i % POINTS]);
        if (slot == c->slots - 1 || i == points - 1)
            emit(c, c->word_rows + 3 * (i / c->slots) + 2, c->row);
    }
}

static void emit_words(combiner *c) {
    size_t words = (size_t)DEGREE * c->shape->pad_count;
    memset(c->row, 0, c->slots * sizeof *c->row);
    for (size_t i = 0; i < words; i++) {
        c->row[i % c->slots] = mien_k_block_get(c->weight[i % DEGREE], i / DEGREE);
        if (i % c->slots != c->slots - 1 && i != words - 1) continue;
        emit(c, i / c->slots, c->row);
        memset(c->row, 0, c->slots * sizeof *c->row);
    }
}

static void emit_links(combiner *c) {
    const mien_pads *pads = c->pads;
    memset(c->row, 0, c->slots * sizeof *c->row);
    for (size_t i = 0; i < pads->links; i++) {
        mien_k power = c->form_power[pads->link_form];
        c->row[i % c->slots] = mien_k_neg(element_weight(power, pads->link[i], c->phi));
        if (i % c->slots != c->slots - 1 && i != pads->links - 1u) continue;
        emit(c, c->shape->link_row + i / c->slots, c->row);
        memset(c->row, 0, c->slots * sizeof *c->row);
    }
}

static combiner combiner_of(const mien_pads *pads) {
    combiner c = {.pads = pads, .shape = pads->shape, .kernels = mien_field_kernels_best()};
    c.slots = (size_t)1 << pads->shape->log2_slots;
    c.groups = mien_pads_product_count(pads->shape);
    c.word_rows = mien_pads_rows(pads->shape) - 3 * c.groups;
    return c;
}

static mien_k combine(const void *instance, void *scratch, mien_k alpha, mien_k first,
                      const mien_ligero_row_sink *sink) {
    combiner c = combiner_of(instance);
    mien_arena arena = {scratch, 0};
    carve(&c, &arena);
    c.sink = sink;
    c.alpha = alpha;
    fill_constants(&c);
    for (int k = 0; k < DEGREE; k++)
        memset(c.weight[k], 0, mien_k_blocks(c.shape->pad_count) * sizeof *c.weight[k]);
    mien_k ties = mien_ligero_power_var(alpha, (size_t)2 * POINTS * c.shape->pair_count);
    add_forms(&c, mien_k_mul(first, ties));
    multiply_sums(&c);
    emit_factors(&c, first);
    emit_results(&c);
    emit_words(&c);
    emit_links(&c);
    return target(&c);
}

mien_ligero_system mien_pads_system(const mien_pads *pads, mien_ligero_product *products) {
    combiner c = combiner_of(pads);
    mien_arena arena = {NULL, 0};
    carve(&c, &arena);
    for (size_t g = 0; g < c.groups; g++) {
        size_t row = c.word_rows + 3 * g;
        products[g] =
            (mien_ligero_product){(uint16_t)row, (uint16_t)(row + 1), (uint16_t)(row + 2)};
    }
    size_t links = (pads->shape->link_count + c.slots - 1) / c.slots; /* rows */
    mien_ligero_system system = {
        .rows = mien_pads_rows(pads->shape),
        .slots = c.slots,
        .products = products,
        .product_count = c.groups,
        .constraint_count = mien_pads_constraint_count(pads->shape),
        .reach = links > 0 ? pads->shape->link_row + links : 0,
        .combine = combine,
        .scratch_size = arena.used,
        .instance = pads,
    };
    return system;
}
