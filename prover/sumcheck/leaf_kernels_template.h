/* SPDX-License-Identifier: MIT */
/* Kernels over leaves that are given by columns over F; part of kernels_template.h.
 *
 * A leaf is c + x_0 + s_1 x_1 + s_2 x_2. The product of two of them is linear in nine words:
 *   (c + X)(c + Y) = c^2 + c sum_k s_k (x_k + y_k) + sum_(j <= k) s_j s_k (x_j y_k + x_k y_j)
 * (x_j y_j once), so sums and slopes of such products are made of words first and take one
 * multiplication by a constant of K a word. */

enum { SUMS = MIEN_LEAF_COLUMNS, PRODUCTS = MIEN_LEAF_COLUMNS * (MIEN_LEAF_COLUMNS + 1) / 2 };

typedef struct {
    vec sum[SUMS], product[PRODUCTS]; /* (0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2) */
} words;

/* weight times the constants of a product; and weight times the s_k. */
typedef struct {
    kvec_split sum[SUMS], product[PRODUCTS], scale[SUMS];
} pair_constants;

INLINE kvec_split constant_of(mien_k a) {
    kvec_split r;
    EACH_COEFFICIENT(i) r.c[i] = vec_split_set(a.c[i].m);
    return r;
}
/* A number that is a / 2^-32 modulo p and below p, where a sum begins: no products less fit. */
INLINE kwide wide_of(mien_k a) {
    kwide r = kwide_zero();
    vec_split one = vec_split_set(1);
    EACH_COEFFICIENT(i) {
        r.c[i] = wide_mul(vec_split_set(mien_f_from_u32(a.c[i].m).m), one);
    }
    return r;
}

static inline mien_k scale_of(const mien_leaf_columns *leaves, int k) {
    return k == 0 ? MIEN_K_ONE : leaves->scale[k];
}
static void pair_constants_make(pair_constants *r, const mien_leaf_columns *leaves, mien_k weight) {
    int n = 0;
    for (int j = 0; j < SUMS; j++) {
        mien_k scale = mien_k_mul(weight, scale_of(leaves, j));
        r->scale[j] = constant_of(scale);
        r->sum[j] = constant_of(mien_k_mul(scale, leaves->constant));
        for (int k = j; k < SUMS; k++)
            r->product[n++] = constant_of(mien_k_mul(scale, scale_of(leaves, k)));
    }
}

/* ---- words of two leaves */
typedef struct {
    vec x[SUMS], y[SUMS];
} leaf_pair;

INLINE vec column_at(const mien_leaf_columns *leaves, int k, size_t i) {
    return leaves->column[k] != NULL ? vec_load(leaves->column[k] + i) : vec_set(0);
}
/* i is below present. */
INLINE leaf_pair pair_at(const mien_leaf_columns *leaves, size_t i) {
    leaf_pair r;
    MIEN_UNROLL for (int k = 0; k < SUMS; k++) {
        r.x[k] = column_at(leaves, k, i);
        r.y[k] = k == SUMS - 1 && leaves->lower_only ? vec_set(0)
                                                     : column_at(leaves, k, i + leaves->size / 2);
    }
    return r;
}
INLINE leaf_pair pair_zero(void) {
    leaf_pair r;
    MIEN_UNROLL for (int k = 0; k < SUMS; k++) r.x[k] = r.y[k] = vec_set(0);
    return r;
}
INLINE leaf_pair pair_or_zero(const mien_leaf_columns *leaves, size_t i) {
    return i < leaves->present ? pair_at(leaves, i) : pair_zero();
}
INLINE leaf_pair pair_slope(leaf_pair start, leaf_pair end) {
    MIEN_UNROLL for (int k = 0; k < SUMS; k++) {
        start.x[k] = vec_sub(end.x[k], start.x[k]);
        start.y[k] = vec_sub(end.y[k], start.y[k]);
    }
    return start;
}

typedef struct {
    vec_split x[SUMS], y[SUMS];
} split_pair;

INLINE split_pair pair_split(leaf_pair a) {
    split_pair r;
    MIEN_UNROLL for (int k = 0; k < SUMS; k++) {
        r.x[k] = vec_divide(a.x[k]);
        r.y[k] = vec_divide(a.y[k]);
    }
    return r;
}
/* s + x_j y_k + x_k y_j, j <= k; `narrow`: y_2 is zero. */
INLINE wide pair_product(wide s, const split_pair *a, int j, int k, bool narrow) {
    if (k != SUMS - 1 || !narrow) s = wide_mac(s, a->x[j], a->y[k]);
    return j == k ? s : wide_mac(s, a->x[k], a->y[j]);
}
INLINE void words_products(words *w, const split_pair *a, bool narrow) {
    int n = 0;
    w->product[PRODUCTS - 1] = vec_set(0);
    MIEN_UNROLL for (int j = 0; j < SUMS; j++) {
        MIEN_UNROLL for (int k = j; k < SUMS; k++, n++) {
            if (n < PRODUCTS - 1 || !narrow)
                w->product[n] = wide_reduce(pair_product(wide_zero(), a, j, k, narrow));
        }
    }
}
INLINE words words_of(leaf_pair pair, bool narrow) {
    words w;
    split_pair a = pair_split(pair);
    MIEN_UNROLL for (int k = 0; k < SUMS; k++) w.sum[k] = vec_add(pair.x[k], pair.y[k]);
    words_products(&w, &a, narrow);
    return w;
}
/* The words of the end minus those of the start: four products a word at most. */
INLINE words words_slope(leaf_pair start, leaf_pair end, bool narrow) {
    words w;
    split_pair plus = pair_split(end);
    MIEN_UNROLL for (int k = 0; k < SUMS; k++) {
        w.sum[k] = vec_sub(vec_add(end.x[k], end.y[k]), vec_add(start.x[k], start.y[k]));
        start.x[k] = vec_negate(start.x[k]);
    }
    split_pair minus = pair_split(start);
    int n = 0;
    w.product[PRODUCTS - 1] = vec_set(0);
    MIEN_UNROLL for (int j = 0; j < SUMS; j++) {
        MIEN_UNROLL for (int k = j; k < SUMS; k++, n++) {
            if (n == PRODUCTS - 1 && narrow) continue;
            wide s = pair_product(wide_zero(), &plus, j, k, narrow);
            s = pair_product(s, &minus, j, k, narrow);
            w.product[n] = j == k ? wide_reduce(s) : wide_reduce_fold(s);
        }
    }
    return w;
}
/* The same where the end holds nothing. */
INLINE words words_negated(words w, bool narrow) {
    MIEN_UNROLL for (int k = 0; k < SUMS; k++) w.sum[k] = vec_sub(vec_set(0), w.sum[k]);
    MIEN_UNROLL for (int k = 0; k < PRODUCTS; k++) {
        if (k < PRODUCTS - 1 || !narrow) w.product[k] = vec_sub(vec_set(0), w.product[k]);
    }
    return w;
}

/* ---- from words to K. Term numbers as add_term has them. */

/* Products from number `from` on: with weight one the first is added at the end. */
INLINE kwide add_products(kwide s, int n, const pair_constants *c, const words *w, int from,
                          bool narrow) {
    MIEN_UNROLL for (int k = from; k < PRODUCTS; k++) {
        if (k < PRODUCTS - 1 || !narrow)
            s = add_term(s, n + k - from, &c->product[k], w->product[k]);
    }
    return s;
}
INLINE kwide add_sums(kwide s, int n, const kvec_split constant[SUMS], const vec sum[SUMS]) {
    MIEN_UNROLL for (int k = 0; k < SUMS; k++) s = add_term(s, n + k, &constant[k], sum[k]);
    return s;
}
/* Product of two leaves less base, with weight one. */
INLINE kvec pair_value(kwide base, const pair_constants *c, const words *w, bool narrow) {
    kwide sum = add_sums(base, 0, c->sum, w->sum);
    kvec r = kwide_reduce_fold(add_products(sum, SUMS, c, w, 1, narrow));
    r.c[0] = vec_add(r.c[0], w->product[0]);
    return r;
}
/* Sum of two leaves less base, with weight one. */
INLINE kvec pair_sum(kwide base, const pair_constants *c, const words *w) {
    return kwide_reduce_fold(add_sums(base, 0, c->scale, w->sum));
}

static void tree_nodes(mien_k_block *p, mien_k_block *q, const mien_leaf_columns *leaves,
                       size_t first, size_t count) {
    bool narrow = leaves->lower_only;
    mien_k square = mien_k_square(leaves->constant);
    mien_k twice = mien_k_add(leaves->constant, leaves->constant);
    kwide square_wide = wide_of(square), twice_wide = wide_of(twice);
    pair_constants c;
    pair_constants_make(&c, leaves, MIEN_K_ONE);
    for (size_t i = first; i < first + count; i += WIDTH) {
        kvec p_side[2], q_side[2];
        for (size_t side = 0; side < 2; side++) {
            size_t from = i + side * (leaves->size / 4);
            if (from < leaves->present) {
                words w = words_of(pair_at(leaves, from), narrow);
                q_side[side] = pair_value(square_wide, &c, &w, narrow);
                p_side[side] = pair_sum(twice_wide, &c, &w);
            } else {
                q_side[side] = kvec_set(square);
                p_side[side] = kvec_set(twice);
            }
        }
        put(p, i, two_products(p_side[0], q_side[1], p_side[1], q_side[0]));
        put(q, i, kvec_mul(q_side[0], q_side[1]));
    }
}

/* Slopes of p and q of a child. */
INLINE void child_slope(kvec *p, kvec *q, const pair_constants *c, const mien_leaf_columns *leaves,
                        size_t i, size_t distance, bool narrow) {
    words w;
    if (i >= leaves->present) {
        *p = *q = kvec_zero();
        return;
    }
    if (i + distance < leaves->present)
        w = words_slope(pair_at(leaves, i), pair_at(leaves, i + distance), narrow);
    else
        w = words_negated(words_of(pair_at(leaves, i), narrow), narrow);
    *p = pair_sum(kwide_zero(), c, &w);
    *q = pair_value(kwide_zero(), c, &w, narrow);
}

static void node_first(mien_k out[2], const mien_leaf_columns *leaves, mien_k lambda_k,
                       const mien_round_block *block) {
    bool narrow = leaves->lower_only;
    pair_constants c;
    pair_constants_make(&c, leaves, MIEN_K_ONE);
    kvec_constant lambda = kvec_constant_of(lambda_k);
    EACH_POSITION(out, block, {
        kvec slope[4];
        for (size_t side = 0; side < 2; side++) {
            child_slope(&slope[2 * side], &slope[2 * side + 1], &c, leaves,
                        i + side * (leaves->size / 4), block->half, narrow);
        }
        slope[0] = kvec_add(slope[0], kvec_mul_constant(slope[1], &lambda));
        s.square = weigh_fraction(s.square, block, low, slope);
    });
}

/* Round 1: values of folded vectors are sums over the two ends with the weights 1 - rho and rho. */
typedef struct {
    pair_constants end[2];
    kwide square, twice, constant;
} fold_constants;

static void fold_constants_make(fold_constants *r, const mien_leaf_columns *leaves, mien_k rho) {
    mien_k c = leaves->constant;
    pair_constants_make(&r->end[0], leaves, mien_k_sub(MIEN_K_ONE, rho));
    pair_constants_make(&r->end[1], leaves, rho);
    r->square = wide_of(mien_k_square(c));
    r->twice = wide_of(mien_k_add(c, c));
    r->constant = wide_of(c);
}

/* p of a folded child, as a sum of at most six terms, and its q. */
INLINE kwide child_fold(kvec *q, const fold_constants *c, const mien_leaf_columns *leaves, size_t i,
                        size_t distance, bool narrow) {
    kwide sum = c->square, p = c->twice;
    MIEN_UNROLL for (int end = 0; end < 2; end++, i += distance) {
        int n = end * (SUMS + PRODUCTS + 1); /* even: begins with a fold */
        if (i >= leaves->present) break;
        words w = words_of(pair_at(leaves, i), narrow);
        sum = add_sums(sum, n, c->end[end].sum, w.sum);
        sum = add_products(sum, n + SUMS, &c->end[end], &w, 0, narrow);
        p = add_sums(p, end * SUMS, c->end[end].scale, w.sum);
    }
    *q = kwide_reduce_fold(sum);
    return p;
}

static void node_fold(mien_k out[2], mien_k_block *const columns[4],
                      const mien_leaf_columns *leaves, mien_k lambda_k,
                      const mien_round_block *block) {
    fold_constants c;
    fold_constants_make(&c, leaves, *block->rho);
    kvec_constant lambda = kvec_constant_of(lambda_k);
    size_t half = block->half;
    bool narrow = leaves->lower_only;
    EACH_POSITION(out, block, {
        kvec value[2][4];
        for (size_t end = 0; end < 2; end++) {
            size_t from = i + end * half;
            kwide p = child_fold(&value[end][1], &c, leaves, from, 2 * half, narrow);
            p = add_constant_product(p, 2 * SUMS, &lambda, value[end][1]);
            value[end][0] = kwide_reduce_fold(p);
            p = child_fold(&value[end][3], &c, leaves, from + leaves->size / 4, 2 * half, narrow);
            value[end][2] = kwide_reduce_fold(p);
            MIEN_UNROLL for (int k = 0; k < 4; k++) put(columns[k], from, value[end][k]);
        }
        s.start = weigh_fraction(s.start, block, low, value[0]);
        MIEN_UNROLL for (int k = 0; k < 4; k++) value[1][k] = kvec_sub(value[1][k], value[0][k]);
        s.square = weigh_fraction(s.square, block, low, value[1]);
    });
}

static void leaf_first(mien_k out[2], const mien_leaf_columns *leaves,
                       const mien_round_block *block) {
    bool narrow = leaves->lower_only;
    pair_constants c;
    pair_constants_make(&c, leaves, MIEN_K_ONE);
    EACH_POSITION(out, block, {
        if (i >= leaves->present) break; /* constant from here on */
        words w;
        leaf_pair end = pair_or_zero(leaves, i + block->half);
        split_pair split = pair_split(pair_slope(pair_at(leaves, i), end));
        words_products(&w, &split, narrow);
        kvec value = kwide_reduce_fold(add_products(kwide_zero(), 0, &c, &w, 1, narrow));
        value.c[0] = vec_add(value.c[0], w.product[0]);
        s.square = weigh(s.square, block, low, value);
    });
}

/* Both leaves of a pair, folded. */
INLINE void leaf_folded(kvec *x, kvec *y, const fold_constants *c, const mien_leaf_columns *leaves,
                        size_t i, size_t distance, bool narrow) {
    kwide x_sum = c->constant, y_sum = c->constant;
    MIEN_UNROLL for (int end = 0; end < 2; end++, i += distance) {
        if (i >= leaves->present) break;
        leaf_pair pair = pair_at(leaves, i);
        x_sum = add_sums(x_sum, end * SUMS, c->end[end].scale, pair.x);
        MIEN_UNROLL for (int k = 0; k < SUMS; k++) {
            if (k < SUMS - 1 || !narrow)
                y_sum = add_term(y_sum, end * SUMS + k, &c->end[end].scale[k], pair.y[k]);
        }
    }
    *x = kwide_reduce_fold(x_sum);
    *y = kwide_reduce_fold(y_sum);
}

static void leaf_fold(mien_k out[2], mien_k_block *a, mien_k_block *b,
                      const mien_leaf_columns *leaves, const mien_round_block *block) {
    fold_constants c;
    fold_constants_make(&c, leaves, *block->rho);
    size_t half = block->half;
    bool narrow = leaves->lower_only;
    EACH_POSITION(out, block, {
        kvec x[2];
        kvec y[2];
        for (size_t end = 0; end < 2; end++) {
            size_t from = i + end * half;
            leaf_folded(&x[end], &y[end], &c, leaves, from, 2 * half, narrow);
            put(a, from, x[end]);
            put(b, from, y[end]);
        }
        add_weighed(&s, block, low, line_of(x[0], x[1]), line_of(y[0], y[1]));
    });
}
