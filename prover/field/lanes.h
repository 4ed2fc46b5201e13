/* SPDX-License-Identifier: MIT */
/* One vector of 1, 8 or 16 elements of F and of K, for kernel files only: each includes this with
 * MIEN_VECTOR_LEVEL set to 0 (portable), 1 (AVX2) or 2 (AVX-512), and everything here is static.
 *
 * Values are canonical Montgomery forms as in field.h. Products are summed unreduced: a mien_wide
 * holds, for each lane, a 64-bit number; sum up to four products, or fold (wide_fold) after which
 * two more fit, then reduce once. Even and odd lanes live in separate vectors, because the
 * 32x32->64 multiplier takes the even words. */
#ifndef MIEN_PROVER_FIELD_LANES_H
#define MIEN_PROVER_FIELD_LANES_H

#include "prover/field/vectors.h"

#if MIEN_VECTOR_LEVEL > 0
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline, unused))

#if MIEN_VECTOR_LEVEL == 2
#define WIDTH 16
typedef __m512i vec;
typedef struct {
    vec even, odd;
} vec_split;
typedef vec_split wide;
INLINE vec vec_load(const void *p) {
    return _mm512_loadu_si512(p);
}
INLINE void vec_store(void *p, vec a) {
    _mm512_storeu_si512(p, a);
}
INLINE vec vec_set(uint32_t a) {
    return _mm512_set1_epi32((int)a);
}
INLINE vec vec_min(vec a, vec b) {
    return _mm512_min_epu32(a, b);
}
INLINE vec vec_add_words(vec a, vec b) {
    return _mm512_add_epi32(a, b);
}
INLINE vec vec_sub_words(vec a, vec b) {
    return _mm512_sub_epi32(a, b);
}
INLINE vec vec_multiply(vec a, vec b) {
    return _mm512_mul_epu32(a, b);
}
INLINE vec vec_add_wide(vec a, vec b) {
    return _mm512_add_epi64(a, b);
}
INLINE vec_split vec_divide(vec a) {
    return (vec_split){a, _mm512_srli_epi64(a, 32)};
}
INLINE vec vec_high_words(vec even, vec odd) {
    return _mm512_mask_shuffle_epi32(odd, 0x5555, even, (_MM_PERM_ENUM)0xf5);
}
INLINE vec vec_set_wide(uint64_t a) {
    return _mm512_set1_epi64((long long)a);
}
#elif MIEN_VECTOR_LEVEL == 1
#define WIDTH 8
typedef __m256i vec;
typedef struct {
    vec even, odd;
} vec_split;
typedef vec_split wide;
INLINE vec vec_load(const void *p) {
    return _mm256_loadu_si256((const vec *)p);
}
INLINE void vec_store(void *p, vec a) {
    _mm256_storeu_si256((vec *)p, a);
}
INLINE vec vec_set(uint32_t a) {
    return _mm256_set1_epi32((int)a);
}
INLINE vec vec_min(vec a, vec b) {
    return _mm256_min_epu32(a, b);
}
INLINE vec vec_add_words(vec a, vec b) {
    return _mm256_add_epi32(a, b);
}
INLINE vec vec_sub_words(vec a, vec b) {
    return _mm256_sub_epi32(a, b);
}
INLINE vec vec_multiply(vec a, vec b) {
    return _mm256_mul_epu32(a, b);
}
INLINE vec vec_add_wide(vec a, vec b) {
    return _mm256_add_epi64(a, b);
}
INLINE vec_split vec_divide(vec a) {
    return (vec_split){a, _mm256_srli_epi64(a, 32)};
}
INLINE vec vec_high_words(vec even, vec odd) {
    return _mm256_blend_epi32(_mm256_shuffle_epi32(even, 0xf5), odd, 0xaa);
}
INLINE vec vec_set_wide(uint64_t a) {
    return _mm256_set1_epi64x((long long)a);
}
#else
#define WIDTH 1
typedef uint32_t vec;
typedef uint32_t vec_split;
typedef uint64_t wide;
INLINE vec vec_load(const void *p) {
    return ((const mien_f *)p)->m;
}
INLINE void vec_store(void *p, vec a) {
    ((mien_f *)p)->m = a;
}
INLINE vec vec_set(uint32_t a) {
    return a;
}
INLINE vec_split vec_divide(vec a) {
    return a;
}
#endif

/* ---- F */
#if MIEN_VECTOR_LEVEL > 0
INLINE vec vec_lift(vec a) {
    return vec_min(a, vec_add_words(a, vec_set(MIEN_F_MODULUS)));
}
INLINE vec vec_fold(vec a) {
    return vec_min(a, vec_sub_words(a, vec_set(MIEN_F_MODULUS)));
}
INLINE vec vec_add(vec a, vec b) {
    return vec_fold(vec_add_words(a, b));
}
INLINE vec vec_add_carried(vec a, vec b) {
    return vec_add(a, b);
}
INLINE vec vec_sub(vec a, vec b) {
    return vec_lift(vec_sub_words(a, b));
}
/* p - a, which is p for zero: good as a factor, no element otherwise. */
INLINE vec vec_negate(vec a) {
    return vec_sub_words(vec_set(MIEN_F_MODULUS), a);
}
INLINE vec vec_unsplit(vec_split a) {
    return a.even;
}
INLINE vec_split vec_split_set(uint32_t a) {
    return (vec_split){vec_set(a), vec_set(a)};
}
INLINE wide wide_zero(void) {
    return (wide){vec_set(0), vec_set(0)};
}
INLINE wide wide_mul(vec_split a, vec_split b) {
    return (wide){vec_multiply(a.even, b.even), vec_multiply(a.odd, b.odd)};
}
INLINE wide wide_mac(wide s, vec_split a, vec_split b) {
    return (wide){vec_add_wide(s.even, vec_multiply(a.even, b.even)),
                  vec_add_wide(s.odd, vec_multiply(a.odd, b.odd))};
}
/* The low words meet a subtrahend of 0, so only the high word, 0..2p-1, changes. */
INLINE wide wide_fold(wide s) {
    vec modulus = vec_set_wide((uint64_t)MIEN_F_MODULUS << 32);
    return (wide){vec_min(s.even, vec_sub_words(s.even, modulus)),
                  vec_min(s.odd, vec_sub_words(s.odd, modulus))};
}
INLINE vec wide_high(wide s) {
    return vec_high_words(s.even, s.odd);
}
/* High words of q p with q = low word / p mod 2^32. */
INLINE vec wide_quotient(wide s) {
    vec inverse = vec_set(MIEN_F_MODULUS_INVERSE), modulus = vec_set(MIEN_F_MODULUS);
    return vec_high_words(vec_multiply(vec_multiply(s.even, inverse), modulus),
                          vec_multiply(vec_multiply(s.odd, inverse), modulus));
}
INLINE vec wide_reduce(wide s) {
    return vec_lift(vec_sub_words(wide_high(s), wide_quotient(s)));
}
INLINE vec wide_reduce_fold(wide s) {
    return vec_lift(vec_sub_words(vec_fold(wide_high(s)), wide_quotient(s)));
}
#else
INLINE vec vec_add(vec a, vec b) {
    return mien_f_add(MIEN_F_RAW(a), MIEN_F_RAW(b)).m;
}
INLINE vec vec_sub(vec a, vec b) {
    return mien_f_sub(MIEN_F_RAW(a), MIEN_F_RAW(b)).m;
}
INLINE vec vec_negate(vec a) {
    return MIEN_F_MODULUS - a;
}
INLINE vec vec_unsplit(vec_split a) {
    return a;
}
/* vec_add for sums that are carried from block to block. The compiler must not see that the mask
 * selects: clang makes a branch of it where a word stands alone. */
INLINE vec vec_add_carried(vec a, vec b) {
    uint32_t x = a + b - MIEN_F_MODULUS, mask = 0u - (x >> 31);
    __asm__("" : "+r"(mask));
    return x + (MIEN_F_MODULUS & mask);
}
INLINE vec_split vec_split_set(uint32_t a) {
    return a;
}
INLINE wide wide_zero(void) {
    return 0;
}
INLINE wide wide_mul(vec_split a, vec_split b) {
    return (uint64_t)a * b;
}
INLINE wide wide_mac(wide s, vec_split a, vec_split b) {
    return s + (uint64_t)a * b;
}
INLINE wide wide_fold(wide s) {
    return mien_f_fold_wide(s);
}
INLINE vec wide_reduce(wide s) {
    return mien_f_reduce(s).m;
}
INLINE vec wide_reduce_fold(wide s) {
    return mien_f_reduce(mien_f_fold_wide(s)).m;
}
#endif
INLINE vec vec_mul_split(vec_split a, vec_split b) {
    return wide_reduce(wide_mul(a, b));
}
INLINE vec vec_mul(vec a, vec b) {
    return vec_mul_split(vec_divide(a), vec_divide(b));
}
/* Out of Montgomery form: the values. */
INLINE vec vec_values(vec a) {
#if MIEN_VECTOR_LEVEL > 0
    return vec_mul_split(vec_divide(a), vec_split_set(1));
#else
    return mien_f_to_u32(MIEN_F_RAW(a));
#endif
}
INLINE mien_f vec_sum(vec a) {
    mien_f lanes[WIDTH];
    vec_store(lanes, a);
    mien_f sum = lanes[0];
    for (int i = 1; i < WIDTH; i++) sum = mien_f_add(sum, lanes[i]);
    return sum;
}

/* ---- K: WIDTH elements */
typedef struct {
    vec c[MIEN_K_DEGREE];
} kvec;
typedef struct {
    vec_split c[MIEN_K_DEGREE];
} kvec_split;
typedef struct {
    wide c[MIEN_K_DEGREE];
} kwide;
/* Multiplication by one public or secret constant: column j is constant * X^j. */
typedef struct {
    vec_split column[MIEN_K_DEGREE][MIEN_K_DEGREE];
} kvec_constant;

#define EACH_COEFFICIENT(i) MIEN_UNROLL for (int i = 0; i < MIEN_K_DEGREE; i++)

INLINE kvec kvec_zero(void) {
    kvec r;
    EACH_COEFFICIENT(i) r.c[i] = vec_set(0);
    return r;
}
INLINE kvec kvec_set(mien_k a) {
    kvec r;
    EACH_COEFFICIENT(i) r.c[i] = vec_set(a.c[i].m);
    return r;
}
INLINE kvec kvec_load(const mien_k_block *block, int lane) {
    kvec r;
    EACH_COEFFICIENT(i) r.c[i] = vec_load(&block->c[i][lane]);
    return r;
}
INLINE void kvec_store(mien_k_block *block, int lane, kvec a) {
    EACH_COEFFICIENT(i) vec_store(&block->c[i][lane], a.c[i]);
}
INLINE kvec kvec_add(kvec a, kvec b) {
    EACH_COEFFICIENT(i) a.c[i] = vec_add(a.c[i], b.c[i]);
    return a;
}
INLINE kvec kvec_sub(kvec a, kvec b) {
    EACH_COEFFICIENT(i) a.c[i] = vec_sub(a.c[i], b.c[i]);
    return a;
}
INLINE kvec_split kvec_divide(kvec a) {
    kvec_split r;
    EACH_COEFFICIENT(i) r.c[i] = vec_divide(a.c[i]);
    return r;
}
INLINE mien_k kvec_sum(kvec a) {
    mien_k r;
    EACH_COEFFICIENT(i) r.c[i] = vec_sum(a.c[i]);
    return r;
}
INLINE kwide kwide_zero(void) {
    kwide r;
    EACH_COEFFICIENT(i) r.c[i] = wide_zero();
    return r;
}
INLINE kwide kwide_fold(kwide a) {
    EACH_COEFFICIENT(i) a.c[i] = wide_fold(a.c[i]);
    return a;
}
INLINE kvec kwide_reduce_fold(kwide a) {
    kvec r;
    EACH_COEFFICIENT(i) r.c[i] = wide_reduce_fold(a.c[i]);
    return r;
}
/* s + a b with b in F; two such products fit between folds. */
INLINE kwide kwide_mac_f(kwide s, kvec_split a, vec_split b) {
    EACH_COEFFICIENT(i) s.c[i] = wide_mac(s.c[i], a.c[i], b);
    return s;
}
/* a times X. */
INLINE kvec_split kvec_split_shift(kvec_split a) {
    kvec_split r;
    r.c[0] = a.c[4];
    r.c[1] = a.c[0];
    r.c[2] = vec_divide(vec_sub(vec_unsplit(a.c[1]), vec_unsplit(a.c[4])));
    r.c[3] = a.c[2];
    r.c[4] = a.c[3];
    return r;
}
/* s + a b, where s was folded (or is zero): five products a coefficient with folds between; the
 * result needs a fold. */
INLINE kwide kwide_mac(kwide s, kvec a, kvec b) {
    kvec_split shifted = kvec_divide(b);
    EACH_COEFFICIENT(j) {
        s = kwide_mac_f(s, shifted, vec_divide(a.c[j]));
        if (j % 2 == 1) s = kwide_fold(s);
        if (j < MIEN_K_DEGREE - 1) shifted = kvec_split_shift(shifted);
    }
    return s;
}
INLINE kvec kvec_mul(kvec a, kvec b) {
    kvec_split shifted = kvec_divide(b);
    kwide s;
    EACH_COEFFICIENT(j) {
        vec_split x = vec_divide(a.c[j]);
        EACH_COEFFICIENT(i) {
            s.c[i] = j == 0 ? wide_mul(shifted.c[i], x) : wide_mac(s.c[i], shifted.c[i], x);
            if (j == 3) s.c[i] = wide_fold(s.c[i]);
        }
        if (j < MIEN_K_DEGREE - 1) shifted = kvec_split_shift(shifted);
    }
    return kwide_reduce_fold(s);
}
INLINE kvec kvec_mul_f(kvec a, vec b) {
    vec_split x = vec_divide(b);
    EACH_COEFFICIENT(i) a.c[i] = vec_mul_split(vec_divide(a.c[i]), x);
    return a;
}
INLINE kvec_constant kvec_constant_of(mien_k a) {
    kvec_constant r;
    EACH_COEFFICIENT(j) {
        EACH_COEFFICIENT(i) r.column[j][i] = vec_split_set(a.c[i].m);
        mien_k shifted = {{a.c[4], a.c[0], mien_f_sub(a.c[1], a.c[4]), a.c[2], a.c[3]}};
        a = shifted;
    }
    return r;
}
INLINE kvec kvec_mul_constant(kvec a, const kvec_constant *b) {
    kwide s;
    EACH_COEFFICIENT(j) {
        vec_split x = vec_divide(a.c[j]);
        EACH_COEFFICIENT(i) {
            s.c[i] = j == 0 ? wide_mul(b->column[j][i], x) : wide_mac(s.c[i], b->column[j][i], x);
            if (j == 3) s.c[i] = wide_fold(s.c[i]);
        }
    }
    return kwide_reduce_fold(s);
}

/* ---- tiles */

/* 16 x 16 words in place. */
#if MIEN_VECTOR_LEVEL == 2
INLINE void transpose(vec r[16]) {
    vec t[16];
    MIEN_UNROLL for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    MIEN_UNROLL for (int i = 0; i < 16; i += 4) {
        r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    MIEN_UNROLL for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
    }
    MIEN_UNROLL for (int i = 0; i < 8; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
    }
}
#elif MIEN_VECTOR_LEVEL == 1
INLINE void transpose_eight(vec r[8]) {
    vec t[8];
    MIEN_UNROLL for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_epi32(r[i], r[i + 1]);
    }
    MIEN_UNROLL for (int i = 0; i < 8; i += 4) {
        r[i] = _mm256_unpacklo_epi64(t[i], t[i + 2]);
        r[i + 1] = _mm256_unpackhi_epi64(t[i], t[i + 2]);
        r[i + 2] = _mm256_unpacklo_epi64(t[i + 1], t[i + 3]);
        r[i + 3] = _mm256_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    MIEN_UNROLL for (int i = 0; i < 4; i++) {
        t[i] = _mm256_permute2x128_si256(r[i], r[i + 4], 0x20);
        t[i + 4] = _mm256_permute2x128_si256(r[i], r[i + 4], 0x31);
    }
    MIEN_UNROLL for (int i = 0; i < 8; i++) r[i] = t[i];
}
#endif

/* out[j][i] = in[i][j] for i, j < 16, rows at the given distances. */
INLINE void transpose_tile(mien_f *out, size_t out_stride, const mien_f *in, size_t in_stride) {
#if MIEN_VECTOR_LEVEL == 2
    vec r[16];
    MIEN_UNROLL for (int i = 0; i < 16; i++) r[i] = vec_load(in + in_stride * (size_t)i);
    transpose(r);
    MIEN_UNROLL for (int i = 0; i < 16; i++) vec_store(out + out_stride * (size_t)i, r[i]);
#elif MIEN_VECTOR_LEVEL == 1
    for (size_t a = 0; a < 16; a += 8) {
        for (size_t b = 0; b < 16; b += 8) {
            vec r[8];
            MIEN_UNROLL for (size_t i = 0; i < 8; i++) r[i] =
                vec_load(in + in_stride * (a + i) + b);
            transpose_eight(r);
            MIEN_UNROLL for (size_t i = 0; i < 8; i++)
                vec_store(out + out_stride * (b + i) + a, r[i]);
        }
    }
#else
    for (size_t i = 0; i < 16; i++)
        for (size_t j = 0; j < 16; j++) out[out_stride * j + i] = in[in_stride * i + j];
#endif
}

#endif
