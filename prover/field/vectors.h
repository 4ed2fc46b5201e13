/* SPDX-License-Identifier: MIT */
/* Vectors over F and K: what the prover spends its time in. Portable C, AVX2 and AVX-512 versions
 * of every kernel give equal bits; the fastest one that the processor can run is chosen at run
 * time.
 *
 * Layouts:
 *   F vector: mien_f[n]. K vector: blocks of 16 elements, coefficient by coefficient
 * (mien_k_block); element i is lane i % 16 of block i / 16. Lanes past the end of the last block
 * are read and written like the others and must hold elements (zeros will do). Row group: 16 rows
 * side by side, mien_f[n][16]; row r of a matrix is lane r % 16 of group r / 16. K vectors and row
 * groups start at a multiple of 64 bytes. Lengths count elements. Outputs may be the same vector as
 * an input of the same type, but not overlap one otherwise. Constant time for all contents. */
#ifndef MIEN_PROVER_FIELD_VECTORS_H
#define MIEN_PROVER_FIELD_VECTORS_H

#include "platform/base/random.h"
#include "prover/field/field.h"

#define MIEN_LANES 16

typedef struct mien_k_block {
    _Alignas(64) mien_f c[MIEN_K_DEGREE][MIEN_LANES];
} mien_k_block;

/* Blocks that hold n elements of K. */
static inline size_t mien_k_blocks(size_t n) {
    return n / MIEN_LANES + (n % MIEN_LANES != 0);
}
static inline mien_k mien_k_block_get(const mien_k_block *vector, size_t i) {
    mien_k r;
    for (int j = 0; j < MIEN_K_DEGREE; j++) r.c[j] = vector[i / MIEN_LANES].c[j][i % MIEN_LANES];
    return r;
}
static inline void mien_k_block_set(mien_k_block *vector, size_t i, mien_k a) {
    for (int j = 0; j < MIEN_K_DEGREE; j++) vector[i / MIEN_LANES].c[j][i % MIEN_LANES] = a.c[j];
}

typedef struct mien_field_kernels {
    const char *name; /* "portable", "avx2", "avx512" */

    /* F, any n */
    void (*f_add)(mien_f *out, const mien_f *a, const mien_f *b, size_t n);
    void (*f_sub)(mien_f *out, const mien_f *a, const mien_f *b, size_t n);
    void (*f_mul)(mien_f *out, const mien_f *a, const mien_f *b, size_t n);
    void (*f_scale)(mien_f *out, const mien_f *a, mien_f s, size_t n);  /* out = s a */
    void (*f_axpy)(mien_f *inout, mien_f s, const mien_f *a, size_t n); /* inout += s a */
    mien_f (*f_dot)(const mien_f *a, const mien_f *b, size_t n);        /* sum a b */
    void (*f_from_u32)(mien_f *out, const uint32_t *in, size_t n);      /* any words, mod p */
    void (*f_to_u32)(uint32_t *out, const mien_f *in, size_t n);        /* canonical values */

    /* K, n elements; all lanes of the last block are computed */
    void (*k_add)(mien_k_block *out, const mien_k_block *a, const mien_k_block *b, size_t n);
    void (*k_sub)(mien_k_block *out, const mien_k_block *a, const mien_k_block *b, size_t n);
    void (*k_mul)(mien_k_block *out, const mien_k_block *a, const mien_k_block *b, size_t n);
    void (*k_scale)(mien_k_block *out, const mien_k_block *a, mien_k s, size_t n);
    void (*k_axpy)(mien_k_block *inout, mien_k s, const mien_k_block *a, size_t n);
    /* Only the n elements count. */
    mien_k (*k_dot)(const mien_k_block *a, const mien_k_block *b, size_t n);

    /* K with F */
    void (*k_mul_f)(mien_k_block *out, const mien_k_block *a, const mien_f *b, size_t n);
    void (*k_mac_f)(mien_k_block *inout, const mien_k_block *a, const mien_f *b, size_t n);
    void (*k_axpy_f)(mien_k_block *inout, mien_k s, const mien_f *a, size_t n);
    /* Only the n elements count. */
    mien_k (*k_dot_f)(const mien_k_block *a, const mien_f *b, size_t n);

    /* Lane l of out = sum coefficients[i] x[l]^i, i < n: one polynomial at 16 points. */
    void (*k_evaluate)(mien_k_block *out, const mien_k *coefficients, size_t n,
                       const mien_f x[MIEN_LANES]);

    /* inout[i] += sum over lanes r of s[r] group[i][r]: add 16 rows with K coefficients (those of
     * absent rows zero) to a K vector; i < n. */
    void (*group_combine)(mien_k_block *inout, const mien_k s[MIEN_LANES], const mien_f *group,
                          size_t n);
    /* out[i] = sum of the 16 lanes of in[i]: ends a sum of products that was kept lane by lane.
     * Other lanes of the last block of out become zero. */
    void (*k_lane_sums)(mien_k_block *out, const mien_k_block *in, size_t n);
    /* 16 rows of n elements, row r at rows + r stride, to a row group, and back. Rows from `count`
     * on are taken as zeros / not written. */
    void (*group_pack)(mien_f *group, const mien_f *rows, size_t stride, size_t count, size_t n);
    void (*group_unpack)(mien_f *rows, size_t stride, size_t count, const mien_f *group, size_t n);

    /* The transforms of prover/code/ntt.h: 2^log2_size elements of `width` words each, in place.
     * `heap` holds the twiddles of all nodes, `node` is the subtree's root. The inverse does not
     * divide by the size. */
    void (*ntt_forward)(mien_f *data, size_t width, unsigned log2_size, const mien_f *heap,
                        size_t node);
    void (*ntt_inverse)(mien_f *data, size_t width, unsigned log2_size, const mien_f *heap,
                        size_t node);
} mien_field_kernels;

/* The kernels of mien_simd_level() (platform/cpu/simd.h): the fastest this processor runs, unless
 * MIEN_SIMD asks for less. Static storage. */
const mien_field_kernels *mien_field_kernels_best(void);
/* The kernels number `level` of those this processor runs, 0 is the portable ones; NULL past the
 * last. For tests and benches. */
const mien_field_kernels *mien_field_kernels_at(unsigned level);

/* n uniform elements by rejection from 31-bit words. Only rejected words show in time. On error
 * `out` is zeroed. */
MIEN_MUST_CHECK mien_status mien_f_random(mien_f *out, size_t n, const mien_random *random);

/* ---- implementations */
extern const mien_field_kernels mien_field_kernels_portable;
extern const mien_field_kernels mien_field_kernels_avx2;
extern const mien_field_kernels mien_field_kernels_avx512;

#endif
