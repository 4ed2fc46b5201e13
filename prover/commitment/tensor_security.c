/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "prover/commitment/security.h"

/* Figures are rounded down to this, which is far more than the arithmetic here loses. */
#define STEP 0.001

static double rounded_down(double bits) {
    return floor(bits / STEP - 0.5) * STEP;
}

/* A code of dimension k and length n. */
typedef struct code {
    double n, k;
} code;

static double errors_of(code c) {
    return floor((c.n - c.k) / 2);
}
/* -log2 of prod_(i < q) (P - i) / (N - i) */
static double query_bits(code c, uint32_t queries) {
    double e = errors_of(c), bits = 0;
    double passing = fmax(c.n - e - 1, c.k - 1 + e);
    for (uint32_t i = 0; i < queries; i++) bits += log2((c.n - i) / (passing - i));
    return bits;
}

static code outer_code(const mien_tensor_shape *shape) {
    code c = {exp2(shape->log2_columns), (double)mien_tensor_length(shape)};
    if (mien_tensor_inner_count(shape) > 0)
        c.k = ldexp(mien_tensor_inner_rows(shape, 0), (int)shape->inner[0].log2_row);
    return c;
}

typedef struct list {
    mien_security_term *terms;
    size_t capacity, count;
    double sum, sum_grinding;
} list;

static void add(list *l, const char *name, const char *formula, double bits, double grinding) {
    mien_security_term term = {name, formula, rounded_down(bits), rounded_down(bits + grinding)};
    if (l->count < l->capacity) l->terms[l->count] = term;
    l->count++;
    l->sum += exp2(-bits);
    l->sum_grinding += exp2(-bits - grinding);
}

static double field_bits(void) {
    return MIEN_K_DEGREE * log2((double)MIEN_F_MODULUS);
}

static void add_outer(list *l, const mien_tensor_shape *shape) {
    double variables = shape->log2_size - shape->log2_row;
    code c = outer_code(shape);
    add(l, "rows close to the code", "2 (n - a + 1) (e + 1) / |K|, e = floor((N - k) / 2)",
        field_bits() - log2(2 * (variables + 1) * (errors_of(c) + 1)), 0);
    add(l, "value of the mask", "1 / |K|", field_bits(), 0);
    add(l, "opened columns", "prod_(i < q) (P - i) / (N - i), P = max(N - e - 1, k - 1 + e)",
        query_bits(c, shape->queries), shape->grinding_bits);
}

/* Each level of u adds the batch, the sumcheck, the closeness of its rows and its columns. */
enum { LEVEL_TERMS = 4 };
static const char *const level_names[MIEN_TENSOR_INNER_MAX][LEVEL_TERMS] = {
    {"batch of claims, level 1", "sumcheck, level 1", "rows close to the code, level 1",
     "opened columns, level 1"},
    {"batch of claims, level 2", "sumcheck, level 2", "rows close to the code, level 2",
     "opened columns, level 2"},
    {"batch of claims, level 3", "sumcheck, level 3", "rows close to the code, level 3",
     "opened columns, level 3"},
};

static void add_inner(list *l, const mien_tensor_shape *shape, unsigned i) {
    const mien_tensor_inner *inner = &shape->inner[i];
    const char *const *name = level_names[i];
    code c = {exp2(inner->log2_columns), exp2(inner->log2_row)};
    double rounds = mien_tensor_inner_variables(shape, i), high = rounds - inner->log2_row;
    double claims = i == 0 ? shape->queries : shape->inner[i - 1].queries;
    add(l, name[0], "columns of the level before / |K|", field_bits() - log2(claims), 0);
    add(l, name[1], "2 rounds / |K|", field_bits() - log2(2 * rounds), 0);
    if (high > 0)
        add(l, name[2], "2 (bits of a row's number) (e + 1) / |K|",
            field_bits() - log2(2 * high * (errors_of(c) + 1)), 0);
    add(l, name[3], "as above, with this level's N, k, q", query_bits(c, inner->queries),
        shape->grinding_bits);
}

size_t mien_tensor_security(mien_security_term *terms, size_t capacity,
                            const mien_tensor_shape *shape) {
    list l = {terms, capacity, 0, 0, 0};
    if (mien_tensor_shape_check(shape) != MIEN_OK) return 0;
    add_outer(&l, shape);
    for (unsigned i = 0; i < mien_tensor_inner_count(shape); i++) add_inner(&l, shape, i);
    double tree = 8.0 * MIEN_MERKLE_DIGEST / 2, total = -log2(l.sum);
    double total_grinding = -log2(l.sum_grinding);
    add(&l, "collisions of BLAKE2s", "work 2^(256 / 2)", tree + STEP, 0);
    add(&l, "total", "the smaller of the sum of errors and the work", 0, 0);
    if (l.count <= capacity) {
        terms[l.count - 2].bits = terms[l.count - 2].bits_grinding = tree;
        terms[l.count - 1].bits = fmin(tree, rounded_down(total));
        terms[l.count - 1].bits_grinding = fmin(tree, rounded_down(total_grinding));
    }
    return l.count;
}
