/* SPDX-License-Identifier: MIT */
/* eq(r, x) = prod over bits i of r_i x_i + (1 - r_i)(1 - x_i), for points r in K^n and x in {0,
 * 1}^n. Throughout engine B coordinate i of a point belongs to bit i of the position, lowest first,
 * and sumchecks bind the highest bit first. */
#ifndef MIEN_PROVER_SUMCHECK_EQUALITY_H
#define MIEN_PROVER_SUMCHECK_EQUALITY_H

#include "prover/field/vectors.h"

#define MIEN_EQUALITY_BITS_MAX 32

/* eq of two points of n coordinates. */
mien_k mien_equality(const mien_k *r, const mien_k *s, size_t n);
/* All 2^n values, in the order of positions. */
void mien_equality_vector(mien_k *out, const mien_k *point, unsigned n);
/* The same as blocks, by these kernels. */
void mien_equality_blocks(mien_k_block *out, const mien_field_kernels *kernels, const mien_k *point,
                          unsigned n);

/* eq over bits 0 .. c - 1 for every c <= n, as products of a vector over the low bits and one over
 * the rest (Dao and Thaler 2024): a sumcheck in n + 1 variables needs them all, one a round. */
#define MIEN_EQUALITY_LOW_BITS 8
typedef struct mien_equality_split {
    unsigned bits;                                 /* n */
    mien_k_block *low[MIEN_EQUALITY_LOW_BITS + 1]; /* low[b]: bits 0 .. b - 1 */
    mien_k *high[MIEN_EQUALITY_BITS_MAX + 1];      /* high[c]: bits 8 .. c - 1, for c >= 8 */
} mien_equality_split;

/* Bytes of memory, 64-byte aligned. */
size_t mien_equality_split_size(unsigned bits);
void mien_equality_split_make(mien_equality_split *split, void *memory, const mien_k *point,
                              unsigned bits);
/* For the c lowest bits: number of low bits, and the two vectors. */
static inline unsigned mien_equality_low_bits(unsigned c) {
    return c < MIEN_EQUALITY_LOW_BITS ? c : MIEN_EQUALITY_LOW_BITS;
}

/* Value of the multilinear extension of 2^n elements of F at a point. Slow; scratch: 2^n elements
 * of K. */
mien_k mien_multilinear_f(mien_k *scratch, const mien_f *values, const mien_k *point, unsigned n);

#endif
