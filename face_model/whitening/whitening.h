/* SPDX-License-Identifier: MIT */
/* Half-whitening: the affine map that follows the embedding network.
 *
 * y = G diag(lambda)^(-1/4) V^T (x - mu): mean mu, the leading eigenvectors V and eigenvalues
 * lambda of the covariance of the network's embeddings x, one gain G for all coordinates. It evens
 * out half of the difference between strong and weak directions, which costs no accuracy and leaves
 * a thief of a template less structure to guess with. The importer appends it to the network as a
 * last layer, so it runs (and is proved) in integers; in here are the constants as floats and how
 * they are fitted. G is chosen so that one unit of y is one int8 step and clamping is rare.
 *
 * File, little endian: "MIENWHT1", u32 inputs, u32 outputs, f32 bias[outputs], f32
 * matrix[outputs][inputs]; y = matrix x + bias. Nothing in it belongs to a single person. */
#ifndef MIEN_FACE_MODEL_WHITENING_H
#define MIEN_FACE_MODEL_WHITENING_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"
#include "platform/base/progress.h"

#define MIEN_WHITENING_MAX_INPUTS 4096
#define MIEN_WHITENING_MAX_OUTPUTS 512

typedef struct mien_whitening {
    uint32_t inputs, outputs;
    float *bias;   /* [outputs] */
    float *matrix; /* [outputs][inputs] */
} mien_whitening;

/* Zeroed constants. MIEN_ARGUMENT unless 1 <= outputs <= inputs, both within the limits. The caller
 * frees. */
MIEN_MUST_CHECK mien_status mien_whitening_create(mien_whitening *whitening, uint32_t inputs,
                                                  uint32_t outputs);
void mien_whitening_free(mien_whitening *whitening); /* zeroed and NULL are fine */

/* Canonical: every value must be finite, nothing may follow. */
MIEN_MUST_CHECK mien_status mien_whitening_parse(mien_whitening *whitening, const uint8_t *bytes,
                                                 size_t length, mien_error *error);
size_t mien_whitening_file_size(const mien_whitening *whitening);
/* bytes: exactly mien_whitening_file_size(). */
MIEN_MUST_CHECK mien_status mien_whitening_serialise(uint8_t *bytes, size_t length,
                                                     const mien_whitening *whitening);

/* y[outputs] = matrix x[inputs] + bias, accumulated in double, in index order. */
void mien_whitening_apply(float *y, const mien_whitening *whitening, const float *x);

/* Fit on `count` embeddings, x[count][inputs]. The gain puts `coverage` (0.5..1) of all |y| values
 * of the fitting set at or below 127. MIEN_ARGUMENT when there are not more samples than outputs,
 * or the data spans fewer than `outputs` directions. Takes inputs^3 time; `inputs`^2 doubles of
 * heap. */
MIEN_MUST_CHECK mien_status mien_whitening_fit(mien_whitening *whitening, const float *x,
                                               size_t count, uint32_t inputs, uint32_t outputs,
                                               double coverage, const mien_progress *progress,
                                               mien_error *error);

/* Eigenvectors of a symmetric positive semidefinite matrix by one-sided Jacobi rotations (Hestenes
 * 1958; Golub and Van Loan, section 8.6.3). In: a[n][n]. Out: values[n] descending, row i of a the
 * unit eigenvector of values[i] (zero rows where the value vanishes), signed so that its entry of
 * largest magnitude is positive. MIEN_INTERNAL when 60 sweeps do not converge. */
MIEN_MUST_CHECK mien_status mien_symmetric_eigen(double *a, double *values, size_t n,
                                                 const mien_progress *progress);

#endif
