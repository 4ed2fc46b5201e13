/* SPDX-License-Identifier: MIT */
/* Number-theoretic transforms: a polynomial's coefficients to its values on a coset of a subgroup
 * of order N = 2^log2_size of F*, and back.
 *
 * Value number c belongs to the point shift * w_N^bitrev(c), bitrev over log2_size bits, w_N =
 * mien_f_root_of_unity(log2_size). With this order no permutation is ever made, and the values
 * k 2^j .. (k + 1) 2^j - 1 are those on a coset by themselves: the roots of X^(2^j) - y for a y
 * that depends on j and k. These are the nodes of a binary tree; node (level, index) covers the
 * values index N/2^level ... and holds the polynomial modulo X^(N/2^level) - y. One step down from
 * X^(2h)
 * - c^2 to X^h - c and X^h + c is low + c high and low - c high.
 *
 * Elements may be `width` words wide: the same transform of `width` polynomials at once, data[i *
 * width + lane]. Width 16 is a row group, 80 a vector of K blocks. In place; constant time. */
#ifndef MIEN_PROVER_CODE_NTT_H
#define MIEN_PROVER_CODE_NTT_H

#include "prover/field/vectors.h"

typedef struct mien_ntt {
    unsigned log2_size;
    mien_f shift;
    const mien_f *heap;         /* c of node (level, index) at 2^level + index */
    const mien_f *inverse_heap; /* 1 / c */
} mien_ntt;

/* The reverse of the lowest `bits` bits of `value` < 2^bits, bits <= 32. */
static inline uint32_t mien_bit_reverse(uint32_t value, unsigned bits) {
    uint32_t r = 0;
    for (unsigned i = 0; i < bits; i++) r |= (value >> i & 1) << (bits - 1 - i);
    return r;
}
/* The point of value number `index`; no tables. */
mien_f mien_ntt_point(unsigned log2_size, mien_f shift, uint32_t index);
/* y of node (level, index); no tables. */
mien_f mien_ntt_node_value(unsigned log2_size, mien_f shift, unsigned level, uint32_t index);

/* Elements of memory for the tables, log2_size <= 24; 0 when larger. */
size_t mien_ntt_table_length(unsigned log2_size);
/* Fill `tables` (the caller's, must outlive the plan). MIEN_ARGUMENT for log2_size > 24 or shift 0.
 */
MIEN_MUST_CHECK mien_status mien_ntt_init(mien_ntt *ntt, mien_f *tables, unsigned log2_size,
                                          mien_f shift);

/* The same for mien_ntt_forward alone, in half of the memory and time; the inverse then has no
 * table. */
size_t mien_ntt_forward_table_length(unsigned log2_size);
MIEN_MUST_CHECK mien_status mien_ntt_init_forward(mien_ntt *ntt, mien_f *tables, unsigned log2_size,
                                                  mien_f shift);

/* N / 2^level coefficients, low first, to values; level 0 and index 0 for all N. */
void mien_ntt_forward(const mien_ntt *ntt, const mien_field_kernels *kernels, mien_f *data,
                      size_t width, unsigned level, size_t index);
/* Values to coefficients. */
void mien_ntt_inverse(const mien_ntt *ntt, const mien_field_kernels *kernels, mien_f *data,
                      size_t width, unsigned level, size_t index);

#endif
