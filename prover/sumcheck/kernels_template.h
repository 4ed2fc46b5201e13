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

/* ---- sums of many products, the n-th of them: two fit between folds, four at the start */
INLINE kwide add_term(kwide s, int n, const kvec_split *constant, vec x) {
    if (n >= 4 && n % 2 == 0) s = kwide_fold(s);
    return kwide_mac_f(s, *constant, vec_divide(x));
}
/* Terms n .. n + 4: a times a constant. */
INLINE kwide add_constant_product(kwide s, int n, const kvec_constant *constant, kvec a) {
    EACH_COEFFICIENT(j) {
        if (n + j >= 4 && (n + j) % 2 == 0) s = kwide_fold(s);
        vec_split x = vec_divide(a.c[j]);
        EACH_COEFFICIENT(i) s.c[i] = wide_mac(s.c[i], constant->column[j][i], x);
    }
    return s;
}

/* Value at the start of a pair, and the slope. */
typedef struct {
    kvec start, slope;
} line;

INLINE line line_at(const mien_k_block *v, size_t i, size_t half) {
    kvec start = at(v, i);
    return (line){start, kvec_sub(at(v, i + half), start)};
}
INLINE line line_of(kvec start, kvec end) {
    return (line){start, kvec_sub(end, start)};
}
INLINE kvec fold_at(const mien_k_block *v, size_t i, size_t distance, const kvec_constant *rho) {
    kvec a = at(v, i);
    return kvec_add(a, kvec_mul_constant(kvec_sub(at(v, i + distance), a), rho));
}
INLINE line line_fold(mien_k_block *v, size_t i, size_t half, const kvec_constant *rho) {
    kvec start = fold_at(v, i, 2 * half, rho), end = fold_at(v, i + half, 2 * half, rho);
    put(v, i, start);
    put(v, i + half, end);
    return line_of(start, end);
}

/* ---- sums of eq times value over `low` positions, unreduced; and over all of them */
typedef struct {
    kwide start, square;
} sums;
typedef struct {
    kvec start, square;
} totals;

INLINE sums sums_zero(void) {
    return (sums){kwide_zero(), kwide_zero()};
}
INLINE kwide weigh(kwide sum, const mien_round_block *block, size_t low, kvec value) {
    return kwide_fold(kwide_mac(sum, at(block->eq, low), value));
}
INLINE kvec total_of(kvec total, const mien_round_block *block, size_t from, kwide sum) {
    kvec value = kwide_reduce_fold(sum);
    if (block->high != NULL) value = kvec_mul(value, kvec_set(block->high[from / block->low]));
    for (int k = 0; k < MIEN_K_DEGREE; k++) total.c[k] = vec_add_carried(total.c[k], value.c[k]);
    return total;
}
INLINE void totals_add(totals *t, const mien_round_block *block, size_t from, const sums *s) {
    t->start = total_of(t->start, block, from, s->start);
    t->square = total_of(t->square, block, from, s->square);
}
INLINE void totals_end(mien_k out[2], const totals *t) {
    out[0] = kvec_sum(t->start);
    out[1] = kvec_sum(t->square);
}

/* For each position i, `low` its place among the weights: the code, which adds to s. */
#define EACH_POSITION(out, block, ...)                                                             \
    do {                                                                                           \
        totals total_ = {kvec_zero(), kvec_zero()};                                                \
        size_t end_ = (block)->first + (block)->count;                                             \
        for (size_t from_ = (block)->first; from_ < end_; from_ += (block)->low) {                 \
            sums s = sums_zero();                                                                  \
            for (size_t low = 0; low < (block)->low; low += WIDTH) {                               \
                size_t i = from_ + low;                                                            \
                __VA_ARGS__                                                                        \
            }                                                                                      \
            totals_add(&total_, block, from_, &s);                                                 \
        }                                                                                          \
        totals_end(out, &total_);                                                                  \
    } while (0)

/* ---- f = a b along a pair */
INLINE void add_product(sums *s, line a, line b) {
    s->start = kwide_fold(kwide_mac(s->start, a.start, b.start));
    s->square = kwide_fold(kwide_mac(s->square, a.slope, b.slope));
}
INLINE void add_weighed(sums *s, const mien_round_block *block, size_t low, line a, line b) {
    s->start = weigh(s->start, block, low, kvec_mul(a.start, b.start));
    s->square = weigh(s->square, block, low, kvec_mul(a.slope, b.slope));
}

static void product(mien_k out[2], mien_k_block *a, mien_k_block *b,
                    const mien_round_block *block) {
    size_t half = block->half;
    if (block->rho == NULL) {
        EACH_POSITION(out, block, {
            line x = line_at(a, i, half), y = line_at(b, i, half);
            if (block->eq == NULL)
                add_product(&s, x, y);
            else
                add_weighed(&s, block, low, x, y);
        });
        return;
    }
    kvec_constant rho = kvec_constant_of(*block->rho);
    EACH_POSITION(out, block, {
        line x = line_fold(a, i, half, &rho), y = line_fold(b, i, half, &rho);
        if (block->eq == NULL)
            add_product(&s, x, y);
        else
            add_weighed(&s, block, low, x, y);
    });
}

/* ---- a vector in F and one in K, on squares of four positions */
INLINE void square_vec(vec v[9], const mien_f *w, size_t distance) {
    MIEN_UNROLL for (size_t u = 0; u < 2; u++) {
        v[3 * u] = vec_load(w + 2 * u * distance);
        v[3 * u + 1] = vec_load(w + (2 * u + 1) * distance);
    }
    MIEN_UNROLL for (int u = 0; u < 2; u++) v[3 * u + 2] = vec_sub(v[3 * u + 1], v[3 * u]);
    MIEN_UNROLL for (int k = 0; k < 3; k++) v[6 + k] = vec_sub(v[3 + k], v[k]);
}
/* Coefficient j of elements i, i + distance, .. of a vector over K, distance a multiple of 16. */
INLINE void square_coefficient(vec v[9], const mien_k_block *b, size_t i, size_t distance, int j) {
    square_vec(v, &b[i / MIEN_LANES].c[j][i % MIEN_LANES],
               distance / MIEN_LANES * (sizeof *b / sizeof(mien_f)));
}

static void square_f(mien_k out[MIEN_ROUND_SUMS], const mien_f *w, const mien_k_block *b,
                     const mien_round_block *block) {
    kwide sum[9];
    MIEN_UNROLL for (int k = 0; k < 9; k++) sum[k] = kwide_zero();
    for (size_t i = block->first; i < block->first + block->count; i += WIDTH) {
        vec x[9], y[9];
        square_vec(x, w + i, block->half);
        EACH_COEFFICIENT(j) {
            square_coefficient(y, b, i, block->half, j);
            MIEN_UNROLL for (int k = 0; k < 9; k++) sum[k].c[j] =
                wide_fold(wide_mac(sum[k].c[j], vec_divide(y[k]), vec_divide(x[k])));
        }
    }
    for (int k = 0; k < 9; k++) out[k] = kvec_sum(kwide_reduce_fold(sum[k]));
}

/* Multiplication by rho of the upper bit, of the lower bit, and by their product. */
typedef struct {
    kvec_constant upper, lower, both;
} square_constants;

INLINE kvec square_fold_words(const mien_f *w, size_t distance, const square_constants *c) {
    vec x[9];
    square_vec(x, w, distance);
    kwide sum = kwide_zero();
    vec_split upper = vec_divide(x[6]), lower = vec_divide(x[2]), both = vec_divide(x[8]);
    EACH_COEFFICIENT(j) {
        sum.c[j] = wide_mac(sum.c[j], c->upper.column[0][j], upper);
        sum.c[j] = wide_mac(sum.c[j], c->lower.column[0][j], lower);
        sum.c[j] = wide_mac(sum.c[j], c->both.column[0][j], both);
    }
    kvec r = kwide_reduce_fold(sum);
    r.c[0] = vec_add(r.c[0], x[0]);
    return r;
}
INLINE kvec square_fold(const mien_k_block *b, size_t i, size_t distance,
                        const square_constants *c) {
    kvec corner, upper, lower, both;
    EACH_COEFFICIENT(j) {
        vec y[9];
        square_coefficient(y, b, i, distance, j);
        corner.c[j] = y[0];
        upper.c[j] = y[6];
        lower.c[j] = y[2];
        both.c[j] = y[8];
    }
    kwide sum = add_constant_product(kwide_zero(), 0, &c->upper, upper);
    sum = add_constant_product(sum, MIEN_K_DEGREE, &c->lower, lower);
    sum = add_constant_product(sum, 2 * MIEN_K_DEGREE, &c->both, both);
    return kvec_add(corner, kwide_reduce_fold(sum));
}

static void square_fold_f(mien_k out[2], mien_k_block *a, const mien_f *w, mien_k_block *b,
                          const mien_round_block *block) {
    size_t half = block->half;
    square_constants c = {kvec_constant_of(block->rho[1]), kvec_constant_of(block->rho[0]),
                          kvec_constant_of(mien_k_mul(block->rho[0], block->rho[1]))};
    EACH_POSITION(out, block, {
        kvec x[2];
        kvec y[2];
        for (size_t end = 0; end < 2; end++) {
            size_t from = i + end * half;
            x[end] = square_fold_words(w + from, 2 * half, &c);
            y[end] = square_fold(b, from, 2 * half, &c);
            put(a, from, x[end]);
            put(b, from, y[end]);
        }
        add_product(&s, line_of(x[0], x[1]), line_of(y[0], y[1]));
    });
}

/* ---- c: a = p_left + lambda q_left, q_left, p_right, q_right; f = a q_right + p_right q_left */
INLINE kvec two_products(kvec a, kvec b, kvec c, kvec d) {
    return kwide_reduce_fold(kwide_mac(kwide_fold(kwide_mac(kwide_zero(), a, b)), c, d));
}
INLINE kwide weigh_fraction(kwide sum, const mien_round_block *block, size_t low, const kvec c[4]) {
    return weigh(sum, block, low, two_products(c[0], c[3], c[2], c[1]));
}
INLINE void add_fraction(sums *s, const mien_round_block *block, size_t low, const line c[4]) {
    kvec start[4], slope[4];
    MIEN_UNROLL for (int k = 0; k < 4; k++) {
        start[k] = c[k].start;
        slope[k] = c[k].slope;
    }
    s->start = weigh_fraction(s->start, block, low, start);
    s->square = weigh_fraction(s->square, block, low, slope);
}

static void fraction_first(mien_k out[2], mien_k_block *const columns[4], mien_k lambda_k,
                           const mien_round_block *block) {
    kvec_constant lambda = kvec_constant_of(lambda_k);
    EACH_POSITION(out, block, {
        kvec slope[4];
        MIEN_UNROLL for (int k = 0; k < 4; k++) {
            slope[k] = kvec_sub(at(columns[k], i + block->half), at(columns[k], i));
        }
        slope[0] = kvec_add(slope[0], kvec_mul_constant(slope[1], &lambda));
        s.square = weigh_fraction(s.square, block, low, slope);
    });
}

/* p_left + rho (its slope) + lambda q_left */
INLINE kvec fold_mixed(mien_k_block *p, size_t i, size_t distance, const kvec_constant *rho,
                       const kvec_constant *lambda, kvec q) {
    kvec a = at(p, i);
    kwide sum = add_constant_product(kwide_zero(), 0, rho, kvec_sub(at(p, i + distance), a));
    a = kvec_add(a, kwide_reduce_fold(add_constant_product(sum, MIEN_K_DEGREE, lambda, q)));
    put(p, i, a);
    return a;
}

static void fraction_second(mien_k out[2], mien_k_block *const columns[4], mien_k lambda_k,
                            const mien_round_block *block) {
    size_t half = block->half;
    kvec_constant rho = kvec_constant_of(*block->rho), lambda = kvec_constant_of(lambda_k);
    EACH_POSITION(out, block, {
        line c[4];
        MIEN_UNROLL for (int k = 1; k < 4; k++) c[k] = line_fold(columns[k], i, half, &rho);
        kvec q_end = kvec_add(c[1].start, c[1].slope);
        kvec start = fold_mixed(columns[0], i, 2 * half, &rho, &lambda, c[1].start);
        kvec end = fold_mixed(columns[0], i + half, 2 * half, &rho, &lambda, q_end);
        c[0] = line_of(start, end);
        add_fraction(&s, block, low, c);
    });
}

static void fraction(mien_k out[2], mien_k_block *const columns[4], const mien_round_block *block) {
    kvec_constant rho = kvec_constant_of(*block->rho);
    EACH_POSITION(out, block, {
        line c[4];
        MIEN_UNROLL for (int k = 0; k < 4; k++) c[k] = line_fold(columns[k], i, block->half, &rho);
        add_fraction(&s, block, low, c);
    });
}

static void tree_level(mien_k_block *p, mien_k_block *q, const mien_k_block *p_below,
                       const mien_k_block *q_below, size_t width, size_t first, size_t count) {
    for (size_t i = first; i < first + count; i += WIDTH) {
        kvec q_left = at(q_below, i), q_right = at(q_below, i + width);
        put(p, i, two_products(at(p_below, i), q_right, at(p_below, i + width), q_left));
        put(q, i, kvec_mul(q_left, q_right));
    }
}

static void tap_site(mien_k_block *l, const mien_k_block *alpha, size_t width,
                     const mien_f *weights, const mien_k *delta, size_t stride, size_t taps) {
    for (size_t c = 0; c < width; c += WIDTH) {
        kwide sum = kwide_zero();
        for (size_t t = 0; t < taps; t++) {
            vec_split x = vec_divide(vec_load(weights + t * width + c));
            const mien_k *factor = delta + t * stride;
            if (t >= 4 && t % 2 == 0) sum = kwide_fold(sum);
            EACH_COEFFICIENT(j) {
                sum.c[j] = wide_mac(sum.c[j], vec_split_set(factor->c[j].m), x);
            }
        }
        put(l, c, kvec_add(at(l, c), kvec_mul(kwide_reduce_fold(sum), at(alpha, c))));
    }
}

#include "prover/sumcheck/leaf_kernels_template.h"

const mien_sum_kernels MIEN_KERNELS = {
    .name = MIEN_KERNELS_NAME,
    .product = product,
    .square_f = square_f,
    .square_fold_f = square_fold_f,
    .fraction_first = fraction_first,
    .fraction_second = fraction_second,
    .fraction = fraction,
    .node_first = node_first,
    .node_fold = node_fold,
    .leaf_first = leaf_first,
    .leaf_fold = leaf_fold,
    .tree_level = tree_level,
    .tree_nodes = tree_nodes,
    .tap_site = tap_site,
};
