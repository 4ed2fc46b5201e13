/* SPDX-License-Identifier: MIT */
/* A system small enough to try all its witnesses, with its constraints in plain arrays.
 *
 * Rows a, b, c, d of four slots: a and b are boolean, c = a b in every slot, the sum of all c plus
 * 2 times the sum of all d is the public `total`, and d_0 = d_1 = d_2 = d_3 with d boolean. True
 * for totals 0..4 and 8..12. */
#ifndef MIEN_TESTS_PROVER_TOY_SYSTEM_H
#define MIEN_TESTS_PROVER_TOY_SYSTEM_H

#include "prover/ligero/prove.h"
#include "prover/ligero/verify.h"
#include "tests/harness.h"

enum { TOY_ROWS = 4, TOY_SLOTS = 4, TOY_CONSTRAINTS = 4 };

typedef struct toy {
    mien_f a[TOY_CONSTRAINTS][TOY_ROWS][TOY_SLOTS], b[TOY_CONSTRAINTS];
} toy;

static inline mien_k toy_combine(const void *instance, void *scratch, mien_k alpha, mien_k first,
                                 const mien_ligero_row_sink *sink) {
    const toy *t = instance;
    mien_k target = MIEN_K_ZERO, power = first;
    mien_k(*weights)[TOY_SLOTS] = scratch;
    memset(weights, 0, TOY_ROWS * sizeof *weights);
    for (int c = 0; c < TOY_CONSTRAINTS; c++, power = mien_k_mul(power, alpha)) {
        for (int i = 0; i < TOY_ROWS * TOY_SLOTS; i++) {
            mien_k *weight = &weights[i / TOY_SLOTS][i % TOY_SLOTS];
            mien_f coefficient = t->a[c][i / TOY_SLOTS][i % TOY_SLOTS];
            *weight = mien_k_add(*weight, mien_k_mul_f(power, coefficient));
        }
        target = mien_k_add(target, mien_k_mul_f(power, t->b[c]));
    }
    for (size_t i = TOY_ROWS; i-- > 2;) sink->take(sink->context, i, weights[i]);
    return target;
}

static const mien_ligero_product toy_products[] = {{0, 0, 0}, {1, 1, 1}, {0, 1, 2}, {3, 3, 3}};

static inline mien_ligero_system toy_system(toy *t, uint32_t total) {
    memset(t, 0, sizeof *t);
    for (int h = 0; h < TOY_SLOTS; h++) {
        t->a[0][2][h] = MIEN_F_ONE;
        t->a[0][3][h] = mien_f_from_u32(2);
    }
    t->b[0] = mien_f_from_u32(total);
    for (int c = 1; c < TOY_CONSTRAINTS; c++) {
        t->a[c][3][0] = MIEN_F_ONE;
        t->a[c][3][c] = mien_f_neg(MIEN_F_ONE);
    }
    mien_ligero_system system = {.rows = TOY_ROWS,
                                 .slots = TOY_SLOTS,
                                 .products = toy_products,
                                 .product_count = 4,
                                 .constraint_count = TOY_CONSTRAINTS,
                                 .combine = toy_combine,
                                 .scratch_size = TOY_ROWS * TOY_SLOTS * sizeof(mien_k),
                                 .instance = t};
    return system;
}

/* Every constraint and product by itself. */
static inline bool toy_satisfied(const toy *t, const mien_f *w) {
    for (int c = 0; c < TOY_CONSTRAINTS; c++) {
        mien_f sum = mien_f_neg(t->b[c]);
        for (int i = 0; i < TOY_ROWS * TOY_SLOTS; i++)
            sum = mien_f_add(sum, mien_f_mul(t->a[c][i / TOY_SLOTS][i % TOY_SLOTS], w[i]));
        if (!mien_f_is_zero(sum)) return false;
    }
    for (size_t n = 0; n < 4; n++)
        for (size_t h = 0; h < TOY_SLOTS; h++) {
            mien_f product = mien_f_mul(w[toy_products[n].left * TOY_SLOTS + h],
                                        w[toy_products[n].right * TOY_SLOTS + h]);
            if (!mien_f_equal(product, w[toy_products[n].result * TOY_SLOTS + h])) return false;
        }
    return true;
}

#endif
