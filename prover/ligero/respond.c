/* SPDX-License-Identifier: MIT */
/* The prover's three responses. Linear and product response are computed from values on the first
 * columns, where the code already has every row, and interpolated. */
#include "prover/ligero/prove_internal.h"

static size_t prefix(const mien_ligero_prover *p) {
    return (size_t)1 << p->log2_prefix;
}
static size_t row_groups(const mien_ligero_prover *p) {
    return mien_k_blocks(p->view.system->rows);
}

void mien_ligero_respond_layout(mien_ligero_prover *p, mien_arena *arena) {
    size_t m = p->view.system->slots, length = prefix(p), lanes = MIEN_LANES;
    size_t dimension = mien_ligero_dimension(p->view.parameters);
    p->scratch = mien_arena_take(arena, p->view.system->scratch_size, 1);
    p->weights = mien_arena_take(arena, row_groups(p) * m, sizeof *p->weights);
    p->weight_values = mien_arena_take(arena, length, sizeof *p->weight_values);
    p->sums = mien_arena_take(arena, length, sizeof *p->sums);
    p->linear = mien_arena_take(arena, mien_k_blocks(length), sizeof *p->linear);
    p->product = mien_arena_take(arena, mien_k_blocks(length), sizeof *p->product);
    p->row_values = mien_arena_take(arena, row_groups(p) * lanes * length, sizeof *p->row_values);
    p->product_values =
        mien_arena_take(arena, mien_k_blocks(length) * lanes, sizeof *p->product_values);
    p->pair = mien_arena_take(arena, length * lanes, sizeof *p->pair);
    p->proximity = mien_arena_take(arena, mien_k_blocks(dimension), sizeof *p->proximity);
}

static const mien_f *group_polynomials(const mien_ligero_prover *p, size_t group) {
    return p->view.polynomials + group * mien_ligero_dimension(p->view.parameters) * MIEN_LANES;
}
static const mien_f *group_codewords(const mien_ligero_prover *p, size_t group) {
    return p->view.codewords + group * mien_ligero_length(p->view.parameters) * MIEN_LANES;
}
/* Coefficient i of a mask, an element of K. */
static mien_k mask_coefficient(const mien_ligero_prover *p, size_t mask, size_t i) {
    mien_k r;
    for (size_t l = 0; l < MIEN_K_DEGREE; l++) {
        size_t element = p->view.system->rows + mask * MIEN_K_DEGREE + l;
        r.c[l] = group_polynomials(p, element / MIEN_LANES)[i * MIEN_LANES + element % MIEN_LANES];
    }
    return r;
}

/* ---- proximity */

/* Coefficient of element e of a column in the proximity test. */
static mien_k proximity_weight(const mien_ligero_prover *p, size_t e) {
    size_t rows = p->view.system->rows;
    if (e < rows) return p->view.challenges->proximity[e];
    size_t mask = (e - rows) / MIEN_K_DEGREE;
    if (mask >= MIEN_LIGERO_MASKS) return MIEN_K_ZERO;
    mien_k unit = MIEN_K_ZERO;
    unit.c[(e - rows) % MIEN_K_DEGREE] = MIEN_F_ONE;
    return mask == 0 ? unit : mien_k_mul(unit, p->view.challenges->proximity[rows + mask - 1]);
}

static void respond_proximity(mien_ligero_prover *p, mien_k *out) {
    size_t dimension = mien_ligero_dimension(p->view.parameters);
    memset(p->proximity, 0, mien_k_blocks(dimension) * sizeof *p->proximity);
    for (size_t group = 0; group < p->view.groups; group++) {
        mien_k weights[MIEN_LANES];
        for (size_t lane = 0; lane < MIEN_LANES; lane++)
            weights[lane] = proximity_weight(p, group * MIEN_LANES + lane);
        p->kernels->group_combine(p->proximity, weights, group_polynomials(p, group), dimension);
    }
    for (size_t i = 0; i < dimension; i++) out[i] = mien_k_block_get(p->proximity, i);
}

/* ---- linear */

static void take_row(void *context, size_t row, const mien_k *coefficients) {
    mien_ligero_prover *p = context;
    mien_k_block *weights = p->weights + row / MIEN_LANES * p->view.system->slots;
    for (size_t i = 0; i < p->view.system->slots; i++)
        for (int l = 0; l < MIEN_K_DEGREE; l++) {
            mien_f *weight = &weights[i].c[l][row % MIEN_LANES];
            *weight = mien_f_add(*weight, coefficients[i].c[l]);
        }
}

/* sums += values of the group's coefficient polynomials times its rows, lane by lane. */
static void add_group(mien_ligero_prover *p, size_t group) {
    enum { WIDTH = MIEN_LANES * MIEN_K_DEGREE };
    size_t m = p->view.system->slots;
    mien_f *weights = &p->weights[group * m].c[0][0];
    mien_ntt_inverse(&p->code.message, p->kernels, weights, WIDTH, 0, 0);
    for (size_t block = 0; block < prefix(p) / m; block++)
        mien_rs_encode_block(&p->code, p->kernels, &p->weight_values[block * m].c[0][0], weights, m,
                             WIDTH, block);
    p->kernels->k_mac_f(p->sums, p->weight_values, group_codewords(p, group),
                        prefix(p) * MIEN_LANES);
}

static void linear_values(mien_ligero_prover *p) {
    mien_ligero_row_sink sink = {take_row, p};
    const mien_ligero_system *system = p->view.system;
    memset(p->weights, 0, row_groups(p) * system->slots * sizeof *p->weights);
    memset(p->sums, 0, prefix(p) * sizeof *p->sums);
    mien_k alpha = p->view.challenges->linear;
    system->combine(system->instance, p->scratch, alpha, alpha, &sink);
    for (size_t group = 0; group < row_groups(p); group++) add_group(p, group);
    p->kernels->k_lane_sums(p->linear, p->sums, prefix(p));
}

/* ---- products */

static void product_values(mien_ligero_prover *p) {
    size_t length = prefix(p);
    const mien_ligero_system *system = p->view.system;
    for (size_t group = 0; group < row_groups(p); group++)
        p->kernels->group_unpack(p->row_values + group * MIEN_LANES * length, length, MIEN_LANES,
                                 group_codewords(p, group), length);
    memset(p->product, 0, mien_k_blocks(length) * sizeof *p->product);
    for (size_t i = 0; i < system->product_count; i++) {
        const mien_ligero_product *product = &system->products[i];
        const mien_f *left = p->row_values + product->left * length;
        const mien_f *right = p->row_values + product->right * length;
        const mien_f *result = p->row_values + product->result * length;
        p->kernels->f_mul(p->product_values, left, right, length);
        p->kernels->f_sub(p->product_values, p->product_values, result, length);
        p->kernels->k_axpy_f(p->product, p->view.challenges->products[i], p->product_values,
                             length);
    }
}

/* ---- both: values to coefficients, division, masks */

static void interpolate_pair(mien_ligero_prover *p) {
    size_t length = prefix(p);
    memset(p->pair, 0, length * MIEN_LANES * sizeof *p->pair);
    for (size_t i = 0; i < length; i++) {
        mien_k linear = mien_k_block_get(p->linear, i), product = mien_k_block_get(p->product, i);
        memcpy(p->pair + i * MIEN_LANES, &linear, sizeof linear);
        memcpy(p->pair + i * MIEN_LANES + MIEN_K_DEGREE, &product, sizeof product);
    }
    mien_rs_decode_prefix(&p->code, p->kernels, p->pair, p->log2_prefix, MIEN_LANES);
}

static mien_k pair_coefficient(const mien_ligero_prover *p, size_t i, int second) {
    mien_k r;
    memcpy(&r, p->pair + i * MIEN_LANES + (second ? MIEN_K_DEGREE : 0), sizeof r);
    return r;
}

/* out += low + X^shift high */
static void add_masks(const mien_ligero_prover *p, mien_k *out, size_t low, size_t shift) {
    for (size_t i = 0; i < mien_ligero_dimension(p->view.parameters); i++) {
        out[i] = mien_k_add(out[i], mask_coefficient(p, low, i));
        out[i + shift] = mien_k_add(out[i + shift], mask_coefficient(p, low + 1, i));
    }
}

static void respond_linear(const mien_ligero_prover *p, mien_k *out) {
    for (size_t i = 0; i < mien_ligero_linear_length(p->view.parameters); i++)
        out[i] = pair_coefficient(p, i, 0);
    add_masks(p, out, MIEN_LIGERO_MASK_LINEAR_LOW, mien_ligero_linear_shift(p->view.parameters));
}

/* The quotient by X^m - 1, from the top: quotient_i = c_(i+m) + quotient_(i+m). */
static void respond_products(const mien_ligero_prover *p, mien_k *out) {
    size_t m = p->view.system->slots, length = mien_ligero_product_length(p->view.parameters);
    for (size_t i = length; i-- > 0;) {
        out[i] = pair_coefficient(p, i + m, 1);
        if (i + m < length) out[i] = mien_k_add(out[i], out[i + m]);
    }
    add_masks(p, out, MIEN_LIGERO_MASK_PRODUCT_LOW, mien_ligero_product_shift(p->view.parameters));
}

void mien_ligero_compute_responses(mien_ligero_prover *p) {
    mien_k *proximity = p->view.responses;
    mien_k *linear = proximity + mien_ligero_dimension(p->view.parameters);
    mien_k *product = linear + mien_ligero_linear_length(p->view.parameters);
    respond_proximity(p, proximity);
    linear_values(p);
    product_values(p);
    interpolate_pair(p);
    respond_linear(p, linear);
    respond_products(p, product);
}
