/* SPDX-License-Identifier: MIT */
/* The two fields of the proofs, one element at a time.
 *
 *   F: KoalaBear, integers modulo p = 2^31 - 2^24 + 1 (p - 1 = 2^24 * 127, so subgroups of every
 *      order 2^k, k <= 24, exist; x -> x^3 is a permutation).
 *   K: F[X] / (X^5 + X^2 - 1), 155 bits: where challenges live.
 *
 * An element of F is held in Montgomery form (a * 2^32 mod p) and always canonical, 0 <= m < p, so
 * equal elements have equal bytes in memory. Outside of memory an element is its value as four
 * little-endian bytes; values >= p are refused.
 *
 * Everything here takes the same time for all values (no branch and no address depends on one)
 * unless its name ends in _var. Any element may be secret. Header-only but for the functions of
 * field.c; needs no C library but string.h, and no 64-bit division, so it serves a microcontroller.
 * Vectors: prover/field/vectors.h. */
#ifndef MIEN_PROVER_FIELD_FIELD_H
#define MIEN_PROVER_FIELD_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/bytes.h"
#include "platform/base/status.h"

#define MIEN_F_MODULUS 0x7f000001u
#define MIEN_F_MODULUS_INVERSE 0x81000001u /* p^-1 mod 2^32 */
#define MIEN_F_TWO_ADICITY 24
#define MIEN_F_BYTES 4
#define MIEN_K_DEGREE 5
#define MIEN_K_BYTES 20

/* Before short loops whose bounds are constants, so that -O2 unrolls them too. */
#define MIEN_UNROLL _Pragma("GCC unroll 16")

/* A struct, so that a plain integer is never taken for an element. */
typedef struct mien_f {
    uint32_t m; /* value * 2^32 mod p, < p */
} mien_f;

/* c[0] + c[1] X + ... + c[4] X^4 */
typedef struct mien_k {
    mien_f c[MIEN_K_DEGREE];
} mien_k;

/* The element with Montgomery form `m`, for tables; m < p. */
#define MIEN_F_RAW(montgomery) ((mien_f){(montgomery)})
#define MIEN_F_ZERO MIEN_F_RAW(0u)
#define MIEN_F_ONE MIEN_F_RAW(0x01fffffeu)
#define MIEN_K_ZERO ((mien_k){{{0}, {0}, {0}, {0}, {0}}})
#define MIEN_K_ONE ((mien_k){{{0x01fffffeu}, {0}, {0}, {0}, {0}}})

/* ---- words; x is -p..p-1 modulo 2^32 in the first, 0..2p-1 in the second; result 0..p-1 */
static inline uint32_t mien_f_word_lift(uint32_t x) {
    return x + (MIEN_F_MODULUS & (0u - (x >> 31)));
}
static inline uint32_t mien_f_word_fold(uint32_t x) {
    return mien_f_word_lift(x - MIEN_F_MODULUS);
}
/* t / 2^32 mod p, for t < p 2^32. */
static inline mien_f mien_f_reduce(uint64_t t) {
    uint32_t q = (uint32_t)t * MIEN_F_MODULUS_INVERSE;
    uint32_t h = (uint32_t)((uint64_t)q * MIEN_F_MODULUS >> 32);
    return MIEN_F_RAW(mien_f_word_lift((uint32_t)(t >> 32) - h));
}
/* The same number modulo p 2^32, for t < 2 p 2^32: afterwards two more products of elements may be
 * added before the next fold. A sum of four products is below 2 p 2^32. */
static inline uint64_t mien_f_fold_wide(uint64_t t) {
    return (uint64_t)mien_f_word_fold((uint32_t)(t >> 32)) << 32 | (uint32_t)t;
}
static inline uint64_t mien_f_product_wide(mien_f a, mien_f b) {
    return (uint64_t)a.m * b.m;
}

/* ---- F */
static inline mien_f mien_f_add(mien_f a, mien_f b) {
    return MIEN_F_RAW(mien_f_word_lift(a.m + b.m - MIEN_F_MODULUS));
}
static inline mien_f mien_f_sub(mien_f a, mien_f b) {
    return MIEN_F_RAW(mien_f_word_lift(a.m - b.m));
}
static inline mien_f mien_f_neg(mien_f a) {
    return mien_f_sub(MIEN_F_ZERO, a);
}
static inline mien_f mien_f_double(mien_f a) {
    return mien_f_add(a, a);
}
static inline mien_f mien_f_mul(mien_f a, mien_f b) {
    return mien_f_reduce(mien_f_product_wide(a, b));
}
static inline mien_f mien_f_square(mien_f a) {
    return mien_f_mul(a, a);
}
/* The value modulo p, for every uint32_t. */
static inline mien_f mien_f_from_u32(uint32_t value) {
    return mien_f_reduce((uint64_t)value * 0x17f7efe4u /* 2^64 mod p */);
}
/* The value modulo p, for every int32_t. */
static inline mien_f mien_f_from_i32(int32_t value) {
    uint32_t negative = (uint32_t)value >> 31;
    mien_f shift = MIEN_F_RAW(0x17f7efe4u & (0u - negative)); /* 2^32, when negative */
    return mien_f_sub(mien_f_from_u32((uint32_t)value), shift);
}
/* The value 0..p-1. m + q p is a multiple of 2^32 and below p 2^32, so nothing is left to fold: a
 * fold here is one that clang turns into a branch. */
static inline uint32_t mien_f_to_u32(mien_f a) {
    uint32_t q = a.m * (0u - MIEN_F_MODULUS_INVERSE);
    return (uint32_t)((a.m + (uint64_t)q * MIEN_F_MODULUS) >> 32);
}
/* 1 or 0, without branches. */
static inline uint32_t mien_f_is_zero(mien_f a) {
    return 1u & ((a.m - 1u) >> 31);
}
static inline uint32_t mien_f_equal(mien_f a, mien_f b) {
    return mien_f_is_zero(MIEN_F_RAW(a.m ^ b.m));
}
/* choice 1: a, choice 0: b. */
static inline mien_f mien_f_select(uint32_t choice, mien_f a, mien_f b) {
    return MIEN_F_RAW(b.m ^ ((a.m ^ b.m) & (0u - choice)));
}
/* base^exponent; the exponent is public, the base may be secret. 0^0 = 1. */
mien_f mien_f_power(mien_f base, uint32_t exponent);
/* 1/a, and 0 for 0. */
mien_f mien_f_inverse(mien_f a);
/* out[i] = 1/in[i], and 0 for 0. out and in must not overlap; length may be 0. */
void mien_f_batch_inverse(mien_f *out, const mien_f *in, size_t length);
/* A generator of the subgroup of order 2^log2_order, log2_order <= 24: w_24 = 3^127, and
 * w_k = w_(k+1)^2, so that subgroups of all orders nest. */
mien_f mien_f_root_of_unity(unsigned log2_order);
/* 3: generates the whole multiplicative group, so 3^n is outside the subgroup of order n. */
#define MIEN_F_GENERATOR MIEN_F_RAW(0x05fffffau)

/* Four little-endian bytes. Values >= p: MIEN_FORMAT, *out untouched. (The refusal is public.) */
MIEN_MUST_CHECK static inline mien_status mien_f_from_bytes(mien_f *out,
                                                            const uint8_t bytes[MIEN_F_BYTES]) {
    uint32_t value = mien_load_le32(bytes);
    if (value >= MIEN_F_MODULUS) return MIEN_FORMAT;
    *out = mien_f_from_u32(value);
    return MIEN_OK;
}
static inline void mien_f_to_bytes(uint8_t bytes[MIEN_F_BYTES], mien_f a) {
    mien_store_le32(bytes, mien_f_to_u32(a));
}

/* ---- K */
static inline mien_k mien_k_from_f(mien_f a) {
    mien_k r = MIEN_K_ZERO;
    r.c[0] = a;
    return r;
}
static inline mien_k mien_k_add(mien_k a, mien_k b) {
    MIEN_UNROLL for (int i = 0; i < MIEN_K_DEGREE; i++) a.c[i] = mien_f_add(a.c[i], b.c[i]);
    return a;
}
static inline mien_k mien_k_sub(mien_k a, mien_k b) {
    MIEN_UNROLL for (int i = 0; i < MIEN_K_DEGREE; i++) a.c[i] = mien_f_sub(a.c[i], b.c[i]);
    return a;
}
static inline mien_k mien_k_neg(mien_k a) {
    return mien_k_sub(MIEN_K_ZERO, a);
}
static inline mien_k mien_k_mul_f(mien_k a, mien_f b) {
    MIEN_UNROLL for (int i = 0; i < MIEN_K_DEGREE; i++) a.c[i] = mien_f_mul(a.c[i], b);
    return a;
}
/* X^5 = 1 - X^2, X^6 = X - X^3, X^7 = X^2 - X^4, X^8 = X^3 + X^2 - 1. */
static inline mien_k mien_k_from_product(const mien_f t[2 * MIEN_K_DEGREE - 1]) {
    mien_k r;
    r.c[0] = mien_f_sub(mien_f_add(t[0], t[5]), t[8]);
    r.c[1] = mien_f_add(t[1], t[6]);
    r.c[2] = mien_f_add(mien_f_add(t[2], mien_f_sub(t[7], t[5])), t[8]);
    r.c[3] = mien_f_add(mien_f_sub(t[3], t[6]), t[8]);
    r.c[4] = mien_f_sub(t[4], t[7]);
    return r;
}
/* One reduction for each of the nine coefficients of the product of polynomials. */
static inline mien_k mien_k_mul(mien_k a, mien_k b) {
    mien_f t[2 * MIEN_K_DEGREE - 1];
    MIEN_UNROLL for (int n = 0; n < 2 * MIEN_K_DEGREE - 1; n++) {
        int first = n < MIEN_K_DEGREE ? 0 : n - MIEN_K_DEGREE + 1;
        int last = n < MIEN_K_DEGREE ? n : MIEN_K_DEGREE - 1;
        uint64_t sum = 0;
        MIEN_UNROLL for (int i = first; i <= last; i++) {
            if (i - first == 4) sum = mien_f_fold_wide(sum);
            sum += mien_f_product_wide(a.c[i], b.c[n - i]);
        }
        t[n] = mien_f_reduce(mien_f_fold_wide(sum));
    }
    return mien_k_from_product(t);
}
static inline mien_k mien_k_square(mien_k a) {
    return mien_k_mul(a, a);
}
static inline uint32_t mien_k_is_zero(mien_k a) {
    uint32_t all = 0;
    MIEN_UNROLL for (int i = 0; i < MIEN_K_DEGREE; i++) all |= a.c[i].m;
    return mien_f_is_zero(MIEN_F_RAW(all));
}
static inline uint32_t mien_k_equal(mien_k a, mien_k b) {
    return mien_k_is_zero(mien_k_sub(a, b));
}
static inline mien_k mien_k_select(uint32_t choice, mien_k a, mien_k b) {
    MIEN_UNROLL for (int i = 0; i < MIEN_K_DEGREE; i++) a.c[i] =
        mien_f_select(choice, a.c[i], b.c[i]);
    return a;
}
/* a^(p^power), power 0..4: the automorphisms of K over F. */
mien_k mien_k_frobenius(mien_k a, unsigned power);
/* 1/a, and 0 for 0. */
mien_k mien_k_inverse(mien_k a);
/* out[i] = 1/in[i], and 0 for 0. out and in must not overlap; length may be 0. */
void mien_k_batch_inverse(mien_k *out, const mien_k *in, size_t length);
/* sum a[i] b[i], one reduction a coefficient. 0 for length 0. */
mien_f mien_f_dot(const mien_f *a, const mien_f *b, size_t length);
mien_k mien_k_dot_f(const mien_k *a, const mien_f *b, size_t length);
/* Polynomial sum coefficients[i] x^i; 0 for length 0. */
mien_f mien_f_evaluate(const mien_f *coefficients, size_t length, mien_f x);
mien_k mien_k_evaluate_at_f(const mien_k *coefficients, size_t length, mien_f x);
mien_k mien_k_evaluate(const mien_k *coefficients, size_t length, mien_k x);

/* Coefficients c[0] first, four bytes each. */
MIEN_MUST_CHECK static inline mien_status mien_k_from_bytes(mien_k *out,
                                                            const uint8_t bytes[MIEN_K_BYTES]) {
    mien_k r = MIEN_K_ZERO;
    MIEN_UNROLL for (int i = 0; i < MIEN_K_DEGREE; i++)
        MIEN_TRY(mien_f_from_bytes(&r.c[i], bytes + MIEN_F_BYTES * i));
    *out = r;
    return MIEN_OK;
}
static inline void mien_k_to_bytes(uint8_t bytes[MIEN_K_BYTES], mien_k a) {
    MIEN_UNROLL for (int i = 0; i < MIEN_K_DEGREE; i++)
        mien_f_to_bytes(bytes + MIEN_F_BYTES * i, a.c[i]);
}
/* `count` elements from a reader: MIEN_TRUNCATED, or MIEN_FORMAT for a value >= p; on error `out`
 * is zeroed and the reader's position is unspecified. */
MIEN_MUST_CHECK mien_status mien_read_f(mien_reader *reader, mien_f *out, size_t count);
MIEN_MUST_CHECK mien_status mien_read_k(mien_reader *reader, mien_k *out, size_t count);
MIEN_MUST_CHECK mien_status mien_write_f(mien_writer *writer, const mien_f *in, size_t count);
MIEN_MUST_CHECK mien_status mien_write_k(mien_writer *writer, const mien_k *in, size_t count);

#endif
