/* SPDX-License-Identifier: MIT */
/* What zk-Ligero proves: a matrix of slots over F, `rows` by `slots`, satisfies
 *   products:  for each listed triple of rows, left[h] * right[h] = result[h] in every slot h;
 *   linear:    for each constraint c, sum over rows i and slots h of A[c][i][h] w[i][h] = b[c].
 * The products are listed; the linear constraints are known only through their combination with
 * the powers of a challenge, which a circuit computes row by row from its structure, so that the
 * matrix A is never stored. Read-only during a proof; the caller keeps `instance` alive. */
#ifndef MIEN_PROVER_LIGERO_SYSTEM_H
#define MIEN_PROVER_LIGERO_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

#include "prover/field/field.h"

typedef struct mien_ligero_product {
    uint16_t left, right, result; /* rows */
} mien_ligero_product;

/* Takes combined coefficients a[i][h] = sum over c of first alpha^c A[c][i][h]. For a system by
 * itself first is alpha: no constraint has the weight 1, which is the mask's, whose sum over all
 * slots a prover may choose (docs/SOUNDNESS.md). Systems that share a matrix (sections.h) follow
 * each other in the powers. */
typedef struct mien_ligero_row_sink {
    /* `coefficients`: one for each slot; valid during the call. A row that is taken again is added
     * to. */
    void (*take)(void *context, size_t row, const mien_k *coefficients);
    void *context;
} mien_ligero_row_sink;

typedef struct mien_ligero_system {
    size_t rows, slots; /* slots: a power of two, equal to the parameters' row length */
    const mien_ligero_product *products;
    size_t product_count;
    size_t constraint_count; /* linear ones */
    size_t reach;            /* constraints speak of rows below this one; 0: below `rows` */
    /* Call the sink for every row that has a nonzero coefficient (in any order; mostly once, which
     * is fastest) and return the target, sum over c of first alpha^c b[c]. `scratch` holds
     * scratch_size bytes, 64-byte aligned. Called only after the challenges were drawn, so A and b
     * may depend on what the transcript holds then. */
    mien_k (*combine)(const void *instance, void *scratch, mien_k alpha, mien_k first,
                      const mien_ligero_row_sink *sink);
    size_t scratch_size;
    const void *instance;
} mien_ligero_system;

/* alpha^exponent, for constraints further on. Both public. */
static inline mien_k mien_ligero_power_var(mien_k alpha, size_t exponent) {
    mien_k power = MIEN_K_ONE;
    for (; exponent > 0; exponent /= 2, alpha = mien_k_square(alpha))
        if (exponent % 2 != 0) power = mien_k_mul(power, alpha);
    return power;
}

#endif
