/* SPDX-License-Identifier: MIT */
/* Inner loops of the sumchecks: one block of positions of one round, with the fold of the round
 * before in the same pass over memory. Portable, AVX2 and AVX-512 versions give equal bits.
 *
 * A round has 2 half positions left; position i < half and i + half are a pair, on which every
 * vector is a line. With rho given, the vectors still hold 4 half positions and are folded first,
 * in place: v[i] += rho (v[i + 2 half] - v[i]) for i < 2 half. Blocks cover first .. first + count
 * - 1 of i < half; half, first and count are multiples of 16. Different blocks touch different
 * memory.
 *
 * out[0] is the sum over the block of eq[i - first] f at the pair's start, out[1] of the
 * coefficient of X^2 of f along the pair; eq NULL stands for ones. */
#ifndef MIEN_PROVER_SUMCHECK_KERNELS_H
#define MIEN_PROVER_SUMCHECK_KERNELS_H

#include "prover/field/vectors.h"

typedef struct mien_round_block {
    size_t half, first, count;
    const mien_k_block *eq;
    const mien_k *rho; /* NULL: nothing to fold */
} mien_round_block;

/* Denominators constant + column_0 + scale_1 column_1 + scale_2 column_2, all columns in F; a NULL
 * column holds zeros. `size` positions, a power of two. */
#define MIEN_LEAF_COLUMNS 3
typedef struct mien_leaf_columns {
    const mien_f *column[MIEN_LEAF_COLUMNS];
    mien_k constant, scale[MIEN_LEAF_COLUMNS]; /* scale[0] is one */
    size_t size;
} mien_leaf_columns;

typedef struct mien_sum_kernels {
    const char *name;

    /* f = a b */
    void (*product)(mien_k out[2], mien_k_block *a, mien_k_block *b, const mien_round_block *block);
    /* f = a q_right + p_right q_left. columns: a, q_left, p_right, q_right. The first round finds
     * p_left in place of a = p_left + lambda q_left and leaves a there; the others fold. */
    void (*fraction_first)(mien_k out[2], mien_k_block *const columns[4], mien_k lambda,
                           const mien_round_block *block);
    void (*fraction)(mien_k out[2], mien_k_block *const columns[4], const mien_round_block *block);
    /* f = a b with a the denominators of the lower half of the positions, b of the upper. */
    void (*leaf_product)(mien_k out[2], const mien_leaf_columns *leaves,
                         const mien_round_block *block);
    /* The round after: folds the columns into a and b (half the size), then as product. */
    void (*leaf_fold)(mien_k out[2], mien_k_block *a, mien_k_block *b,
                      const mien_leaf_columns *leaves, const mien_round_block *block);
    /* f = w b, w in F */
    void (*product_f)(mien_k out[2], const mien_f *w, mien_k_block *b,
                      const mien_round_block *block);
    /* The round after: folds w into a (half the size) and b in place, then as product. */
    void (*fold_f)(mien_k out[2], mien_k_block *a, const mien_f *w, mien_k_block *b,
                   const mien_round_block *block);

    /* ---- fraction trees: nodes first .. first + count - 1 of a level of `width` nodes; the
     * children of node i are i and i + width. */
    /* p = p_left q_right + p_right q_left, q = q_left q_right. below: p, q of the children. */
    void (*tree_level)(mien_k_block *p, mien_k_block *q, const mien_k_block *p_below,
                       const mien_k_block *q_below, size_t width, size_t first, size_t count);
    /* The same above leaves with numerators one. */
    void (*tree_leaves)(mien_k_block *p, mien_k_block *q, const mien_leaf_columns *leaves,
                        size_t first, size_t count);
} mien_sum_kernels;

const mien_sum_kernels *mien_sum_kernels_best(void);
/* As mien_field_kernels_at. */
const mien_sum_kernels *mien_sum_kernels_at(unsigned level);

extern const mien_sum_kernels mien_sum_kernels_portable;
extern const mien_sum_kernels mien_sum_kernels_avx2;
extern const mien_sum_kernels mien_sum_kernels_avx512;

#endif
