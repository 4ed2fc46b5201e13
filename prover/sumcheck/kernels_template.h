/* SPDX-License-Identifier: MIT */
/* Bodies of the kernels of kernels.h, compiled once for each level as field/kernels_template.h is.
 */
#include "prover/field/lanes.h"
#include "prover/sumcheck/kernels.h"

/* ---- vectors of K at a position that is a multiple of WIDTH */
INLINE kvec at(const mien_k_block *v, size_t i) {
    return kvec_load(&v[i / MIEN_LANES], (int)(i % MIEN_LANES));
}
INLINE void put(mien_k_block *v, size_t i, kvec a) {
    kvec_store(&v[i / MIEN_LANES], (int)(i % MIEN_LANES), a);
}

/* Value at the start of a pair, and the slope. */
typedef struct {
    kvec start, slope;
} line;

INLINE line line_at(const mien_k_block *v, size_t i, size_t half) {
    kvec start = at(v, i);
    return (line){start, kvec_sub(at(v, i + half), start)};
}
INLINE kvec fold_at(const mien_k_block *v, size_t i, size_t distance, const kvec_constant *rho) {
    kvec a = at(v, i);
    return kvec_add(a, kvec_mul_constant(kvec_sub(at(v, i + distance), a), rho));
}
INLINE line line_fold(mien_k_block *v, size_t i, size_t half, const kvec_constant *rho) {
    kvec start = fold_at(v, i, 2 * half, rho), end = fold_at(v, i + half, 2 * half, rho);
    put(v, i, start);
    put(v, i + half, end);
    return (line){start, kvec_sub(end, start)};
}

/* ---- sums of eq times value, unreduced */
typedef struct {
    kwide start, square;
} sums;

INLINE sums sums_zero(void) {
    return (sums){kwide_zero(), kwide_zero()};
}
INLINE kwide weigh(kwide sum, const mien_round_block *block, size_t i, kvec value) {
    return kwide_fold(kwide_mac(sum, at(block->eq, i - block->first), value));
}
INLINE void sums_end(mien_k out[2], const sums *s) {
    out[0] = kvec_sum(kwide_reduce_fold(s->start));
    out[1] = kvec_sum(kwide_reduce_fold(s->square));
}
/* f = a b along a pair. */
INLINE void add_product(sums *s, const mien_round_block *block, size_t i, line a, line b) {
    if (block->eq == NULL) {
        s->start = kwide_fold(kwide_mac(s->start, a.start, b.start));
        s->square = kwide_fold(kwide_mac(s->square, a.slope, b.slope));
        return;
    }
    s->start = weigh(s->start, block, i, kvec_mul(a.start, b.start));
    s->square = weigh(s->square, block, i, kvec_mul(a.slope, b.slope));
}
INLINE kvec two_products(kvec a, kvec b, kvec c, kvec d) {
    return kwide_reduce_fold(kwide_mac(kwide_fold(kwide_mac(kwide_zero(), a, b)), c, d));
}

#define EACH_POSITION(block, i)                                                                    \
    for (size_t i = (block)->first; i < (block)->first + (block)->count; i += WIDTH)

static void product(mien_k out[2], mien_k_block *a, mien_k_block *b,
                    const mien_round_block *block) {
    sums s = sums_zero();
    if (block->rho == NULL) {
        EACH_POSITION(block, i) {
            add_product(&s, block, i, line_at(a, i, block->half), line_at(b, i, block->half));
        }
    } else {
        kvec_constant rho = kvec_constant_of(*block->rho);
        EACH_POSITION(block, i) {
            line x = line_fold(a, i, block->half, &rho), y = line_fold(b, i, block->half, &rho);
            add_product(&s, block, i, x, y);
        }
    }
    sums_end(out, &s);
}

/* c: a = p_left + lambda q_left, q_left, p_right, q_right. */
INLINE void add_fraction(sums *s, const mien_round_block *block, size_t i, const line c[4]) {
    s->start =
        weigh(s->start, block, i, two_products(c[0].start, c[3].start, c[2].start, c[1].start));
    s->square =
        weigh(s->square, block, i, two_products(c[0].slope, c[3].slope, c[2].slope, c[1].slope));
}
INLINE kvec mix_at(mien_k_block *const columns[4], size_t i, const kvec_constant *lambda) {
    kvec a = kvec_add(at(columns[0], i), kvec_mul_constant(at(columns[1], i), lambda));
    put(columns[0], i, a);
    return a;
}

static void fraction_first(mien_k out[2], mien_k_block *const columns[4], mien_k lambda_k,
                           const mien_round_block *block) {
    sums s = sums_zero();
    line c[4];
    kvec_constant lambda = kvec_constant_of(lambda_k);
    EACH_POSITION(block, i) {
        c[0].start = mix_at(columns, i, &lambda);
        c[0].slope = kvec_sub(mix_at(columns, i + block->half, &lambda), c[0].start);
        MIEN_UNROLL for (int k = 1; k < 4; k++) c[k] = line_at(columns[k], i, block->half);
        add_fraction(&s, block, i, c);
    }
    sums_end(out, &s);
}

static void fraction(mien_k out[2], mien_k_block *const columns[4], const mien_round_block *block) {
    sums s = sums_zero();
    line c[4];
    kvec_constant rho = kvec_constant_of(*block->rho);
    EACH_POSITION(block, i) {
        MIEN_UNROLL for (int k = 0; k < 4; k++) c[k] = line_fold(columns[k], i, block->half, &rho);
        add_fraction(&s, block, i, c);
    }
    sums_end(out, &s);
}

/* ---- leaves */

/* sum of scale_k x_k over the columns that are there, plus base */
typedef struct {
    kvec base;
    kvec_split scale[MIEN_LEAF_COLUMNS];
} leaf_constants;

INLINE leaf_constants leaf_constants_of(const mien_leaf_columns *leaves) {
    leaf_constants r;
    r.base = kvec_set(leaves->constant);
    MIEN_UNROLL for (int k = 0; k < MIEN_LEAF_COLUMNS; k++) {
        mien_k scale = k == 0 ? MIEN_K_ONE : leaves->scale[k];
        EACH_COEFFICIENT(j) r.scale[k].c[j] = vec_split_set(scale.c[j].m);
    }
    return r;
}
/* The denominators without the constant, from words that may be values or slopes. */
INLINE kvec leaf_combine(const leaf_constants *c, const vec x[MIEN_LEAF_COLUMNS]) {
    kwide sum = kwide_zero();
    MIEN_UNROLL for (int k = 1; k < MIEN_LEAF_COLUMNS; k++) sum =
        kwide_mac_f(sum, c->scale[k], vec_divide(x[k]));
    kvec r = kwide_reduce_fold(sum);
    r.c[0] = vec_add(r.c[0], x[0]);
    return r;
}
INLINE vec column_at(const mien_leaf_columns *leaves, int k, size_t i) {
    return leaves->column[k] != NULL ? vec_load(leaves->column[k] + i) : vec_set(0);
}
INLINE kvec leaf_at(const mien_leaf_columns *leaves, const leaf_constants *c, size_t i) {
    vec x[MIEN_LEAF_COLUMNS];
    MIEN_UNROLL for (int k = 0; k < MIEN_LEAF_COLUMNS; k++) x[k] = column_at(leaves, k, i);
    return kvec_add(leaf_combine(c, x), c->base);
}
INLINE line leaf_line(const mien_leaf_columns *leaves, const leaf_constants *c, size_t i,
                      size_t half) {
    vec x[MIEN_LEAF_COLUMNS], slope[MIEN_LEAF_COLUMNS];
    MIEN_UNROLL for (int k = 0; k < MIEN_LEAF_COLUMNS; k++) {
        x[k] = column_at(leaves, k, i);
        slope[k] = vec_sub(column_at(leaves, k, i + half), x[k]);
    }
    return (line){kvec_add(leaf_combine(c, x), c->base), leaf_combine(c, slope)};
}

static void leaf_product(mien_k out[2], const mien_leaf_columns *leaves,
                         const mien_round_block *block) {
    sums s = sums_zero();
    leaf_constants c = leaf_constants_of(leaves);
    EACH_POSITION(block, i) {
        line a = leaf_line(leaves, &c, i, block->half);
        line b = leaf_line(leaves, &c, i + leaves->size / 2, block->half);
        add_product(&s, block, i, a, b);
    }
    sums_end(out, &s);
}

INLINE kvec leaf_folded(const mien_leaf_columns *leaves, const leaf_constants *c, size_t i,
                        size_t distance, const kvec_constant *rho) {
    line l = leaf_line(leaves, c, i, distance);
    return kvec_add(l.start, kvec_mul_constant(l.slope, rho));
}

static void leaf_fold(mien_k out[2], mien_k_block *a, mien_k_block *b,
                      const mien_leaf_columns *leaves, const mien_round_block *block) {
    sums s = sums_zero();
    leaf_constants c = leaf_constants_of(leaves);
    kvec_constant rho = kvec_constant_of(*block->rho);
    size_t half = block->half;
    EACH_POSITION(block, i) {
        line l[2];
        MIEN_UNROLL for (size_t side = 0; side < 2; side++) {
            size_t from = i + side * (leaves->size / 2);
            kvec start = leaf_folded(leaves, &c, from, 2 * half, &rho);
            kvec end = leaf_folded(leaves, &c, from + half, 2 * half, &rho);
            put(side == 0 ? a : b, i, start);
            put(side == 0 ? a : b, i + half, end);
            l[side] = (line){start, kvec_sub(end, start)};
        }
        add_product(&s, block, i, l[0], l[1]);
    }
    sums_end(out, &s);
}

/* ---- a vector in F and one in K */
static void product_f(mien_k out[2], const mien_f *w, mien_k_block *b,
                      const mien_round_block *block) {
    sums s = sums_zero();
    EACH_POSITION(block, i) {
        vec start = vec_load(w + i), slope = vec_sub(vec_load(w + i + block->half), start);
        line y = line_at(b, i, block->half);
        s.start = kwide_fold(kwide_mac_f(s.start, kvec_divide(y.start), vec_divide(start)));
        s.square = kwide_fold(kwide_mac_f(s.square, kvec_divide(y.slope), vec_divide(slope)));
    }
    sums_end(out, &s);
}

/* w[i] + rho (w[i + distance] - w[i]) */
INLINE kvec fold_words(const mien_f *w, size_t i, size_t distance, kvec rho) {
    vec a = vec_load(w + i), slope = vec_sub(vec_load(w + i + distance), a);
    kvec r = kvec_mul_f(rho, slope);
    r.c[0] = vec_add(r.c[0], a);
    return r;
}

static void fold_f(mien_k out[2], mien_k_block *a, const mien_f *w, mien_k_block *b,
                   const mien_round_block *block) {
    sums s = sums_zero();
    kvec_constant rho = kvec_constant_of(*block->rho);
    kvec rho_lanes = kvec_set(*block->rho);
    size_t half = block->half;
    EACH_POSITION(block, i) {
        kvec start = fold_words(w, i, 2 * half, rho_lanes);
        kvec end = fold_words(w, i + half, 2 * half, rho_lanes);
        put(a, i, start);
        put(a, i + half, end);
        add_product(&s, block, i, (line){start, kvec_sub(end, start)}, line_fold(b, i, half, &rho));
    }
    sums_end(out, &s);
}

/* ---- trees */
static void tree_level(mien_k_block *p, mien_k_block *q, const mien_k_block *p_below,
                       const mien_k_block *q_below, size_t width, size_t first, size_t count) {
    for (size_t i = first; i < first + count; i += WIDTH) {
        kvec q_left = at(q_below, i), q_right = at(q_below, i + width);
        put(p, i, two_products(at(p_below, i), q_right, at(p_below, i + width), q_left));
        put(q, i, kvec_mul(q_left, q_right));
    }
}

static void tree_leaves(mien_k_block *p, mien_k_block *q, const mien_leaf_columns *leaves,
                        size_t first, size_t count) {
    leaf_constants c = leaf_constants_of(leaves);
    for (size_t i = first; i < first + count; i += WIDTH) {
        kvec left = leaf_at(leaves, &c, i), right = leaf_at(leaves, &c, i + leaves->size / 2);
        put(p, i, kvec_add(left, right));
        put(q, i, kvec_mul(left, right));
    }
}

const mien_sum_kernels MIEN_KERNELS = {
    .name = MIEN_KERNELS_NAME,
    .product = product,
    .fraction_first = fraction_first,
    .fraction = fraction,
    .leaf_product = leaf_product,
    .leaf_fold = leaf_fold,
    .product_f = product_f,
    .fold_f = fold_f,
    .tree_level = tree_level,
    .tree_leaves = tree_leaves,
};
