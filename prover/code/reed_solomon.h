/* SPDX-License-Identifier: MIT */
/* Reed-Solomon code of the rows of a Ligero matrix, with the randomness that hides them.
 *
 * H: the subgroup of order m = 2^log2_message. A row of m values w is the polynomial
 *     p(X) = p_w(X) + (X^m - 1) rho(X),   p_w(h_i) = w_i, deg p_w < m, deg rho < q,
 * with h_i = mien_rs_message_point(i). Its codeword is p on the N = 2^log2_columns points of the
 * coset 3 H_N, which is disjoint from H; column c belongs to the point mien_rs_point(c). With rho
 * uniform any q columns are uniform and independent of w. Degree < m + q: effective rate (m + q) /
 * N.
 *
 * Columns come in N / m blocks of m: block b holds columns b m .. (b + 1) m - 1, the roots of X^m -
 * z_b, so that p mod (X^m - z_b) is a short polynomial to be transformed.
 *
 * Polynomials are `width` words wide (prover/code/ntt.h): 16 for a row group, 80 for blocks of K.
 */
#ifndef MIEN_PROVER_CODE_REED_SOLOMON_H
#define MIEN_PROVER_CODE_REED_SOLOMON_H

#include "prover/code/ntt.h"

typedef struct mien_rs_shape {
    unsigned log2_message; /* m */
    unsigned log2_columns; /* N, log2_message <= log2_columns <= 24 */
    uint32_t randomness;   /* q <= m, m + q <= N */
} mien_rs_shape;

/* MIEN_ARGUMENT unless the shape keeps the bounds above. */
MIEN_MUST_CHECK mien_status mien_rs_shape_check(const mien_rs_shape *shape);

/* ---- without tables, for verifiers. Indices public. */
mien_f mien_rs_point(const mien_rs_shape *shape, uint32_t column);
mien_f mien_rs_message_point(const mien_rs_shape *shape, uint32_t i);
/* out[i] = L_i(x), i < m: p_w(x) = sum w_i L_i(x) = sum w_i (x^m - 1) h_i / (m (x - h_i)). x must
 * not lie in H (no column does). `scratch` holds m elements. */
void mien_rs_lagrange(mien_f *out, mien_f *scratch, const mien_rs_shape *shape, mien_f x);

/* ---- with tables */
typedef struct mien_rs_code {
    mien_rs_shape shape;
    mien_ntt message; /* on H */
    mien_ntt columns; /* on the coset */
} mien_rs_code;

/* Elements of table memory; 0 for a bad shape. */
size_t mien_rs_table_length(const mien_rs_shape *shape);
/* `tables` is the caller's and must outlive *code. */
MIEN_MUST_CHECK mien_status mien_rs_init(mien_rs_code *code, mien_f *tables,
                                         const mien_rs_shape *shape);

/* In: data[0 .. m) the messages, data[m .. m + q) the coefficients of rho. Out: the m + q
 * coefficients of p. In place. */
void mien_rs_interpolate(const mien_rs_code *code, const mien_field_kernels *kernels, mien_f *data,
                         size_t width);
/* Values of a polynomial of `count` coefficients, any count, on the m columns of a block. out and
 * coefficients must not overlap. */
void mien_rs_encode_block(const mien_rs_code *code, const mien_field_kernels *kernels, mien_f *out,
                          const mien_f *coefficients, size_t count, size_t width, size_t block);
/* The same on all N columns. */
void mien_rs_encode(const mien_rs_code *code, const mien_field_kernels *kernels, mien_f *out,
                    const mien_f *coefficients, size_t count, size_t width);
/* The inverse for the first 2^log2_count columns: values there to the coefficients of the only
 * polynomial of degree < 2^log2_count with these values. In place. */
void mien_rs_decode_prefix(const mien_rs_code *code, const mien_field_kernels *kernels,
                           mien_f *data, unsigned log2_count, size_t width);

#endif
