/* SPDX-License-Identifier: MIT */
/* Inner loops of the sumchecks: positions first .. first + count - 1 of one round, with the fold of
 * the round before in the same pass over memory. Portable, AVX2 and AVX-512 versions give equal
 * bits.
 *
 * A round has 2 half positions left; position i < half and i + half are a pair, on which every
 * vector is a line. With rho given, the vectors still hold 4 half positions and are folded first,
 * in place: v[i] += rho (v[i + 2 half] - v[i]) for i < 2 half. half, first, count and low are
 * multiples of 16. Different calls touch different memory.
 *
 * out[0] is the sum over the positions i of weight(i) f at the pair's start, out[1] of the
 * coefficient of X^2 of f along the pair; weight(i) = eq[i % low] high[i / low]. The first round of
 * a layer of a fraction tree needs no out[0] (fraction_tree.h) and gets zero there. */
#ifndef MIEN_PROVER_SUMCHECK_KERNELS_H
#define MIEN_PROVER_SUMCHECK_KERNELS_H

#include <stdbool.h>

#include "prover/field/vectors.h"

#define MIEN_ROUND_SUMS 9 /* at most */

typedef struct mien_round_block {
    size_t half, first, count;
    size_t low;             /* divides first and count */
    const mien_k_block *eq; /* [low], or NULL for ones */
    const mien_k *high;     /* NULL for ones */
    const mien_k *rho;      /* NULL: nothing to fold */
} mien_round_block;

/* Denominators constant + column_0 + scale_1 column_1 + scale_2 column_2, all columns in F; a NULL
 * column holds zeros. Zeros that everybody knows of are not read, and cost less: all columns at
 * the positions `present` .. size / 2 - 1 of both halves, column 2 in all of the upper half. */
#define MIEN_LEAF_COLUMNS 3
typedef struct mien_leaf_columns {
    const mien_f *column[MIEN_LEAF_COLUMNS];
    mien_k constant, scale[MIEN_LEAF_COLUMNS]; /* scale[0] is one */
    size_t size;                               /* a power of two */
    size_t present;                            /* a multiple of 16, or size / 2 */
    bool lower_only;                           /* column 2 */
} mien_leaf_columns;

typedef struct mien_sum_kernels {
    const char *name;

    /* f = a b */
    void (*product)(mien_k out[2], mien_k_block *a, mien_k_block *b, const mien_round_block *block);
    /* Rounds 0 and 1 of f = w b, w in F, in one pass: sums over i < half of f at nine places of the
     * square that i, i + half, i + 2 half and i + 3 half are the corners of. out[3 u + v]: u = 0, 1
     * the value of the upper bit, 2 the coefficient of its square; v likewise of the lower bit. No
     * weights. */
    void (*square_f)(mien_k out[MIEN_ROUND_SUMS], const mien_f *w, const mien_k_block *b,
                     const mien_round_block *block);
    /* Round 2: the vectors hold 8 half positions; folds w into a and b in place (a quarter of the
     * size), by rho[1] (round 0), then rho[0] (round 1). Then as product. */
    void (*square_fold_f)(mien_k out[2], mien_k_block *a, const mien_f *w, mien_k_block *b,
                          const mien_round_block *block);

    /* ---- fraction trees, upper layers: f = a q_right + p_right q_left, a = p_left + lambda
     * q_left. columns: p_left or a, q_left, p_right, q_right. */
    /* Round 0, out[1] only: reads p_left, writes nothing. */
    void (*fraction_first)(mien_k out[2], mien_k_block *const columns[4], mien_k lambda,
                           const mien_round_block *block);
    /* Round 1: folds, and p_left becomes a. */
    void (*fraction_second)(mien_k out[2], mien_k_block *const columns[4], mien_k lambda,
                            const mien_round_block *block);
    /* The others. */
    void (*fraction)(mien_k out[2], mien_k_block *const columns[4], const mien_round_block *block);

    /* ---- and above leaves that are given by columns, numerators one. Products of two leaves are
     * linear in products of words of F, which cost a tenth of products in K. */
    /* The layer of nodes that have four leaves each; its children are never stored. Round 0, out[1]
     * only; and round 1, which folds into the four columns (a quarter of the size). */
    void (*node_first)(mien_k out[2], const mien_leaf_columns *leaves, mien_k lambda,
                       const mien_round_block *block);
    void (*node_fold)(mien_k out[2], mien_k_block *const columns[4],
                      const mien_leaf_columns *leaves, mien_k lambda,
                      const mien_round_block *block);
    /* f = a b with a the denominators of the lower half of the positions, b of the upper. Round 0,
     * out[1] only; and round 1, which folds into a and b (a quarter of the size). */
    void (*leaf_first)(mien_k out[2], const mien_leaf_columns *leaves,
                       const mien_round_block *block);
    void (*leaf_fold)(mien_k out[2], mien_k_block *a, mien_k_block *b,
                      const mien_leaf_columns *leaves, const mien_round_block *block);

    /* ---- building trees: nodes first .. first + count - 1 of a level of `width` nodes; the
     * children of node i are i and i + width. */
    /* p = p_left q_right + p_right q_left, q = q_left q_right. below: p, q of the children. */
    void (*tree_level)(mien_k_block *p, mien_k_block *q, const mien_k_block *p_below,
                       const mien_k_block *q_below, size_t width, size_t first, size_t count);
    /* The same of nodes with four leaves each: i + k size / 4. */
    void (*tree_nodes)(mien_k_block *p, mien_k_block *q, const mien_leaf_columns *leaves,
                       size_t first, size_t count);

    /* ---- public vectors: l[c] += alpha[c] sum over t of delta[t stride] weights[t width + c], c <
     * width, a multiple of 16; t < taps. */
    void (*tap_site)(mien_k_block *l, const mien_k_block *alpha, size_t width,
                     const mien_f *weights, const mien_k *delta, size_t stride, size_t taps);
} mien_sum_kernels;

const mien_sum_kernels *mien_sum_kernels_best(void);
/* As mien_field_kernels_at. */
const mien_sum_kernels *mien_sum_kernels_at(unsigned level);

extern const mien_sum_kernels mien_sum_kernels_portable;
extern const mien_sum_kernels mien_sum_kernels_avx2;
extern const mien_sum_kernels mien_sum_kernels_avx512;

#endif
