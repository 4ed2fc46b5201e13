/* SPDX-License-Identifier: MIT */
/* Sums of weights with coefficients in K: the one pass that a verifier makes over a network.
 *
 * Coefficients are taken as the words they are stored as (Montgomery forms below 2^31), weights as
 * integers, and sums stay below 2^63 for up to 2^15 weights a sum, so that reducing waits to the
 * end. Portable C in files with the flags of each instruction set; results are equal. */
#ifndef MIEN_PROVER_CNN_WEIGH_H
#define MIEN_PROVER_CNN_WEIGH_H

#include "prover/field/field.h"

/* out[j] = sum over o < outputs of alpha[o] weights[o stride + j], j < count; outputs <= 2^15. */
typedef void mien_cnn_weigh_function(mien_k *out, const mien_k *alpha, const int16_t *weights,
                                     size_t outputs, size_t stride, size_t count);

/* The fastest of mien_simd_level(). */
mien_cnn_weigh_function *mien_cnn_weigh_best(void);
/* As mien_field_kernels_at. */
mien_cnn_weigh_function *mien_cnn_weigh_at(unsigned level);

extern mien_cnn_weigh_function mien_cnn_weigh_portable, mien_cnn_weigh_avx2, mien_cnn_weigh_avx512;

#endif
