/* SPDX-License-Identifier: MIT */
/* Ranks over F, for tests that a view is uniform. */
#ifndef MIEN_TESTS_PROVER_RANKS_H
#define MIEN_TESTS_PROVER_RANKS_H

#include "prover/field/field.h"

static inline void rank_swap(mien_f *a, mien_f *b, size_t count) {
    for (size_t k = 0; k < count; k++) {
        mien_f t = a[k];
        a[k] = b[k];
        b[k] = t;
    }
}

/* Rank of columns first .. first + columns - 1 of a matrix with `stride` elements a row; it is
 * overwritten. */
static inline size_t rank_of(mien_f *m, size_t stride, size_t rows, size_t first, size_t columns) {
    size_t r = 0;
    for (size_t c = first; c < first + columns && r < rows; c++) {
        size_t pivot = r;
        while (pivot < rows && mien_f_is_zero(m[pivot * stride + c])) pivot++;
        if (pivot == rows) continue;
        rank_swap(m + pivot * stride + first, m + r * stride + first, columns);
        mien_f inverse = mien_f_inverse(m[r * stride + c]);
        for (size_t i = r + 1; i < rows; i++) {
            mien_f factor = mien_f_mul(m[i * stride + c], inverse);
            if (mien_f_is_zero(factor)) continue;
            for (size_t k = c; k < first + columns; k++)
                m[i * stride + k] =
                    mien_f_sub(m[i * stride + k], mien_f_mul(factor, m[r * stride + k]));
        }
        r++;
    }
    return r;
}

#endif
