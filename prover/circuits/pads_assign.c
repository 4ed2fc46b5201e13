/* SPDX-License-Identifier: MIT */
#include "prover/circuits/pads_assign.h"

#include "prover/field/vectors.h"

enum { DEGREE = MIEN_K_DEGREE, POINTS = MIEN_PADS_POINTS };
_Static_assert(sizeof(mien_k) == DEGREE * sizeof(mien_f), "pads are words");

mien_status mien_pads_draw(mien_k *pads, size_t count, const mien_random *random) {
    return mien_f_random(pads[0].c, DEGREE * count, random);
}

void mien_pads_assign(mien_f *rows, const mien_pads_shape *shape, const mien_k *pads) {
    size_t slots = (size_t)1 << shape->log2_slots;
    size_t groups = mien_pads_product_count(shape), count = mien_pads_rows(shape);
    mien_f *group = rows + (count - 3 * groups) * slots;
    memset(rows, 0, count * slots * sizeof *rows);
    memcpy(rows, pads, shape->pad_count * sizeof *pads);
    for (size_t i = 0; i < (size_t)POINTS * shape->pair_count; i++) {
        const mien_form_pair *pair = &shape->pairs[i / POINTS];
        mien_f point = mien_f_from_u32((uint32_t)(i % POINTS));
        mien_f *slot = group + i / slots * 3 * slots + i % slots;
        slot[0] = mien_f_evaluate(pads[pair->left].c, DEGREE, point);
        slot[slots] = mien_f_evaluate(pads[pair->right].c, DEGREE, point);
        slot[2 * slots] = mien_f_mul(slot[0], slot[slots]);
    }
}
