/* SPDX-License-Identifier: MIT */
/* Bodies of the kernels of vectors.h, compiled once for each level: a kernel file defines
 * MIEN_VECTOR_LEVEL and MIEN_KERNELS (the name of the table) and includes this. */
#include "prover/field/lanes.h"

/* ---- F: whole vectors, then single elements */
#define F_LOOP(n, vector_step, scalar_step)                                                        \
    do {                                                                                           \
        size_t i = 0;                                                                              \
        for (; i + WIDTH <= (n); i += WIDTH) vector_step;                                          \
        for (; i < (n); i++) scalar_step;                                                          \
    } while (0)

static void f_add(mien_f *out, const mien_f *a, const mien_f *b, size_t n) {
    F_LOOP(n, vec_store(out + i, vec_add(vec_load(a + i), vec_load(b + i))),
           out[i] = mien_f_add(a[i], b[i]));
}

static void f_sub(mien_f *out, const mien_f *a, const mien_f *b, size_t n) {
    F_LOOP(n, vec_store(out + i, vec_sub(vec_load(a + i), vec_load(b + i))),
           out[i] = mien_f_sub(a[i], b[i]));
}

static void f_mul(mien_f *out, const mien_f *a, const mien_f *b, size_t n) {
    F_LOOP(n, vec_store(out + i, vec_mul(vec_load(a + i), vec_load(b + i))),
           out[i] = mien_f_mul(a[i], b[i]));
}

static void f_scale(mien_f *out, const mien_f *a, mien_f s, size_t n) {
    vec_split factor = vec_split_set(s.m);
    F_LOOP(n, vec_store(out + i, vec_mul_split(vec_divide(vec_load(a + i)), factor)),
           out[i] = mien_f_mul(s, a[i]));
}

static void f_axpy(mien_f *inout, mien_f s, const mien_f *a, size_t n) {
    vec_split factor = vec_split_set(s.m);
    F_LOOP(n,
           vec_store(inout + i, vec_add(vec_load(inout + i),
                                        vec_mul_split(vec_divide(vec_load(a + i)), factor))),
           inout[i] = mien_f_add(inout[i], mien_f_mul(s, a[i])));
}

static mien_f f_dot(const mien_f *a, const mien_f *b, size_t n) {
    size_t whole = n - n % WIDTH;
    wide sum = wide_zero();
    for (size_t i = 0; i < whole; i += WIDTH)
        sum = wide_fold(wide_mac(sum, vec_divide(vec_load(a + i)), vec_divide(vec_load(b + i))));
    return mien_f_add(vec_sum(wide_reduce(sum)), mien_f_dot(a + whole, b + whole, n - whole));
}

static void f_from_u32(mien_f *out, const uint32_t *in, size_t n) {
    vec_split factor =
        vec_split_set(0x17f7efe4u); /* 2^64 mod p: below p as a word times any word */
    F_LOOP(n, vec_store(out + i, vec_mul_split(vec_divide(vec_load(in + i)), factor)),
           out[i] = mien_f_from_u32(in[i]));
}

static void f_to_u32(uint32_t *out, const mien_f *in, size_t n) {
    F_LOOP(n, vec_store(out + i, vec_values(vec_load(in + i))), out[i] = mien_f_to_u32(in[i]));
}

/* ---- K: every lane of every block */
#define K_LOOP(n, step)                                                                            \
    do {                                                                                           \
        size_t blocks = mien_k_blocks(n);                                                          \
        for (size_t i = 0; i < blocks; i++)                                                        \
            for (int lane = 0; lane < MIEN_LANES; lane += WIDTH) step;                             \
    } while (0)
#define K_AT(vector) kvec_load(&(vector)[i], lane)
#define K_PUT(vector, value) kvec_store(&(vector)[i], lane, value)
#define F_AT(vector) vec_load((vector) + MIEN_LANES * i + lane)

static void k_add(mien_k_block *out, const mien_k_block *a, const mien_k_block *b, size_t n) {
    K_LOOP(n, K_PUT(out, kvec_add(K_AT(a), K_AT(b))));
}

static void k_sub(mien_k_block *out, const mien_k_block *a, const mien_k_block *b, size_t n) {
    K_LOOP(n, K_PUT(out, kvec_sub(K_AT(a), K_AT(b))));
}

static void k_mul(mien_k_block *out, const mien_k_block *a, const mien_k_block *b, size_t n) {
    K_LOOP(n, K_PUT(out, kvec_mul(K_AT(a), K_AT(b))));
}

static void k_scale(mien_k_block *out, const mien_k_block *a, mien_k s, size_t n) {
    kvec_constant factor = kvec_constant_of(s);
    K_LOOP(n, K_PUT(out, kvec_mul_constant(K_AT(a), &factor)));
}

static void k_axpy(mien_k_block *inout, mien_k s, const mien_k_block *a, size_t n) {
    kvec_constant factor = kvec_constant_of(s);
    K_LOOP(n, K_PUT(inout, kvec_add(K_AT(inout), kvec_mul_constant(K_AT(a), &factor))));
}

static mien_k k_dot(const mien_k_block *a, const mien_k_block *b, size_t n) {
    size_t whole = n - n % MIEN_LANES;
    kwide sum = kwide_zero();
    K_LOOP(whole, sum = kwide_fold(kwide_mac(sum, K_AT(a), K_AT(b))));
    mien_k result = kvec_sum(kwide_reduce_fold(sum));
    for (size_t i = whole; i < n; i++) {
        mien_k product = mien_k_mul(mien_k_block_get(a, i), mien_k_block_get(b, i));
        result = mien_k_add(result, product);
    }
    return result;
}

/* ---- K with F */
static void k_mul_f(mien_k_block *out, const mien_k_block *a, const mien_f *b, size_t n) {
    K_LOOP(n, K_PUT(out, kvec_mul_f(K_AT(a), F_AT(b))));
}

static void k_mac_f(mien_k_block *inout, const mien_k_block *a, const mien_f *b, size_t n) {
    K_LOOP(n, K_PUT(inout, kvec_add(K_AT(inout), kvec_mul_f(K_AT(a), F_AT(b)))));
}

static void k_axpy_f(mien_k_block *inout, mien_k s, const mien_f *a, size_t n) {
    kvec factor = kvec_set(s);
    K_LOOP(n, K_PUT(inout, kvec_add(K_AT(inout), kvec_mul_f(factor, F_AT(a)))));
}

static mien_k k_dot_f(const mien_k_block *a, const mien_f *b, size_t n) {
    size_t whole = n - n % MIEN_LANES;
    kwide sum = kwide_zero();
    K_LOOP(whole, sum = kwide_fold(kwide_mac_f(sum, kvec_divide(K_AT(a)), vec_divide(F_AT(b)))));
    mien_k result = kvec_sum(kwide_reduce_fold(sum));
    for (size_t i = whole; i < n; i++)
        result = mien_k_add(result, mien_k_mul_f(mien_k_block_get(a, i), b[i]));
    return result;
}

static void k_evaluate(mien_k_block *out, const mien_k *coefficients, size_t n,
                       const mien_f x[MIEN_LANES]) {
    for (int lane = 0; lane < MIEN_LANES; lane += WIDTH) {
        kvec value = kvec_zero();
        vec points = vec_load(x + lane);
        for (size_t i = n; i-- > 0;)
            value = kvec_add(kvec_mul_f(value, points), kvec_set(coefficients[i]));
        kvec_store(out, lane, value);
    }
}

/* ---- row groups */

static void group_pack(mien_f *group, const mien_f *rows, size_t stride, size_t count, size_t n) {
    size_t i = 0;
    if (count == MIEN_LANES) {
        for (; i + MIEN_LANES <= n; i += MIEN_LANES)
            transpose_tile(group + MIEN_LANES * i, MIEN_LANES, rows + i, stride);
    }
    for (; i < n; i++)
        for (size_t r = 0; r < MIEN_LANES; r++)
            group[MIEN_LANES * i + r] = r < count ? rows[stride * r + i] : MIEN_F_ZERO;
}

static void group_unpack(mien_f *rows, size_t stride, size_t count, const mien_f *group, size_t n) {
    size_t i = 0;
    if (count == MIEN_LANES) {
        for (; i + MIEN_LANES <= n; i += MIEN_LANES)
            transpose_tile(rows + i, stride, group + MIEN_LANES * i, MIEN_LANES);
    }
    for (; i < n; i++)
        for (size_t r = 0; r < count; r++) rows[stride * r + i] = group[MIEN_LANES * i + r];
}

/* A tile of 16 positions is turned so that a lane is a position; then each row is one product with
 * a broadcast K element. */
static void group_combine(mien_k_block *inout, const mien_k s[MIEN_LANES], const mien_f *group,
                          size_t n) {
    _Alignas(64) mien_f tile[MIEN_LANES][MIEN_LANES];
    size_t i = 0;
    for (; i + MIEN_LANES <= n; i += MIEN_LANES, inout++) {
        transpose_tile(tile[0], MIEN_LANES, group + MIEN_LANES * i, MIEN_LANES);
        for (int lane = 0; lane < MIEN_LANES; lane += WIDTH) {
            kwide sum = kwide_zero();
            for (int r = 0; r < MIEN_LANES; r++) {
                vec_split x = vec_divide(vec_load(&tile[r][lane]));
                EACH_COEFFICIENT(j) sum.c[j] = wide_mac(sum.c[j], vec_split_set(s[r].c[j].m), x);
                if (r % 2 == 1) sum = kwide_fold(sum);
            }
            kvec_store(inout, lane, kvec_add(kvec_load(inout, lane), kwide_reduce_fold(sum)));
        }
    }
    for (size_t k = 0; i < n; i++, k++) {
        mien_k sum = mien_k_dot_f(s, group + MIEN_LANES * i, MIEN_LANES);
        mien_k_block_set(inout, k, mien_k_add(mien_k_block_get(inout, k), sum));
    }
}

static void k_lane_sums(mien_k_block *out, const mien_k_block *in, size_t n) {
    for (size_t i = 0; i < n; i++) {
        kvec sum = kvec_load(&in[i], 0);
        for (int lane = WIDTH; lane < MIEN_LANES; lane += WIDTH)
            sum = kvec_add(sum, kvec_load(&in[i], lane));
        mien_k_block_set(out, i, kvec_sum(sum));
    }
    for (size_t i = n; i % MIEN_LANES != 0; i++) mien_k_block_set(out, i, MIEN_K_ZERO);
}

/* ---- transforms; see prover/code/ntt.h */

/* (u, v) -> (u + w v, u - w v) */
INLINE void butterfly(vec *u, vec *v, vec_split w) {
    vec t = vec_mul_split(vec_divide(*v), w);
    *v = vec_sub(*u, t);
    *u = vec_add(*u, t);
}
/* (u, v) -> (u + v, w (u - v)) */
INLINE void butterfly_back(vec *u, vec *v, vec_split w) {
    vec t = vec_sub(*u, *v);
    *u = vec_add(*u, *v);
    *v = vec_mul_split(vec_divide(t), w);
}

static void forward_two(mien_f *data, size_t half, mien_f w) {
    vec_split factor = vec_split_set(w.m);
    mien_f *high = data + half;
    size_t i = 0;
    for (; i + WIDTH <= half; i += WIDTH) {
        vec u = vec_load(data + i), v = vec_load(high + i);
        butterfly(&u, &v, factor);
        vec_store(data + i, u);
        vec_store(high + i, v);
    }
    for (; i < half; i++) {
        mien_f t = mien_f_mul(high[i], w);
        high[i] = mien_f_sub(data[i], t);
        data[i] = mien_f_add(data[i], t);
    }
}

static void inverse_two(mien_f *data, size_t half, mien_f w) {
    vec_split factor = vec_split_set(w.m);
    mien_f *high = data + half;
    size_t i = 0;
    for (; i + WIDTH <= half; i += WIDTH) {
        vec u = vec_load(data + i), v = vec_load(high + i);
        butterfly_back(&u, &v, factor);
        vec_store(data + i, u);
        vec_store(high + i, v);
    }
    for (; i < half; i++) {
        mien_f t = mien_f_sub(data[i], high[i]);
        data[i] = mien_f_add(data[i], high[i]);
        high[i] = mien_f_mul(t, w);
    }
}

/* Two levels in one pass over the data; a quarter is a multiple of WIDTH words. */
static void forward_four(mien_f *data, size_t quarter, const mien_f *heap, size_t node) {
    vec_split w = vec_split_set(heap[node].m);
    vec_split low = vec_split_set(heap[2 * node].m), high = vec_split_set(heap[2 * node + 1].m);
    for (size_t i = 0; i < quarter; i += WIDTH) {
        mien_f *p = data + i;
        vec a = vec_load(p), b = vec_load(p + quarter);
        vec c = vec_load(p + 2 * quarter), d = vec_load(p + 3 * quarter);
        butterfly(&a, &c, w);
        butterfly(&b, &d, w);
        butterfly(&a, &b, low);
        butterfly(&c, &d, high);
        vec_store(p, a);
        vec_store(p + quarter, b);
        vec_store(p + 2 * quarter, c);
        vec_store(p + 3 * quarter, d);
    }
}

static void inverse_four(mien_f *data, size_t quarter, const mien_f *heap, size_t node) {
    vec_split w = vec_split_set(heap[node].m);
    vec_split low = vec_split_set(heap[2 * node].m), high = vec_split_set(heap[2 * node + 1].m);
    for (size_t i = 0; i < quarter; i += WIDTH) {
        mien_f *p = data + i;
        vec a = vec_load(p), b = vec_load(p + quarter);
        vec c = vec_load(p + 2 * quarter), d = vec_load(p + 3 * quarter);
        butterfly_back(&a, &b, low);
        butterfly_back(&c, &d, high);
        butterfly_back(&a, &c, w);
        butterfly_back(&b, &d, w);
        vec_store(p, a);
        vec_store(p + quarter, b);
        vec_store(p + 2 * quarter, c);
        vec_store(p + 3 * quarter, d);
    }
}

/* Depth first, so that a subtree stays in the cache once it fits. At most 24 / 2 deep. */
static void ntt_forward(mien_f *data, size_t width, unsigned log2_size, const mien_f *heap,
                        size_t node) {
    if (log2_size == 0) return;
    size_t words = width << log2_size;
    if (log2_size == 1 || words / 4 % WIDTH != 0) {
        forward_two(data, words / 2, heap[node]);
        for (size_t i = 0; i < 2; i++)
            ntt_forward(data + i * (words / 2), width, log2_size - 1, heap, 2 * node + i);
        return;
    }
    forward_four(data, words / 4, heap, node);
    for (size_t i = 0; i < 4; i++)
        ntt_forward(data + i * (words / 4), width, log2_size - 2, heap, 4 * node + i);
}

static void ntt_inverse(mien_f *data, size_t width, unsigned log2_size, const mien_f *heap,
                        size_t node) {
    if (log2_size == 0) return;
    size_t words = width << log2_size;
    if (log2_size == 1 || words / 4 % WIDTH != 0) {
        for (size_t i = 0; i < 2; i++)
            ntt_inverse(data + i * (words / 2), width, log2_size - 1, heap, 2 * node + i);
        inverse_two(data, words / 2, heap[node]);
        return;
    }
    for (size_t i = 0; i < 4; i++)
        ntt_inverse(data + i * (words / 4), width, log2_size - 2, heap, 4 * node + i);
    inverse_four(data, words / 4, heap, node);
}

const mien_field_kernels MIEN_KERNELS = {
    .name = MIEN_KERNELS_NAME,
    .f_add = f_add,
    .f_sub = f_sub,
    .f_mul = f_mul,
    .f_scale = f_scale,
    .f_axpy = f_axpy,
    .f_dot = f_dot,
    .f_from_u32 = f_from_u32,
    .f_to_u32 = f_to_u32,
    .k_add = k_add,
    .k_sub = k_sub,
    .k_mul = k_mul,
    .k_scale = k_scale,
    .k_axpy = k_axpy,
    .k_dot = k_dot,
    .k_mul_f = k_mul_f,
    .k_mac_f = k_mac_f,
    .k_axpy_f = k_axpy_f,
    .k_dot_f = k_dot_f,
    .k_evaluate = k_evaluate,
    .group_combine = group_combine,
    .k_lane_sums = k_lane_sums,
    .group_pack = group_pack,
    .group_unpack = group_unpack,
    .ntt_forward = ntt_forward,
    .ntt_inverse = ntt_inverse,
};
