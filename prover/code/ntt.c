/* SPDX-License-Identifier: MIT */
#include "prover/code/ntt.h"

mien_f mien_ntt_point(unsigned log2_size, mien_f shift, uint32_t index) {
    return mien_ntt_node_value(log2_size, shift, log2_size, index);
}

/* shift^(N / 2^level) w_(2^level)^bitrev(index) */
mien_f mien_ntt_node_value(unsigned log2_size, mien_f shift, unsigned level, uint32_t index) {
    mien_f root = mien_f_root_of_unity(level);
    return mien_f_mul(mien_f_power(shift, (uint32_t)1 << (log2_size - level)),
                      mien_f_power(root, mien_bit_reverse(index, level)));
}

size_t mien_ntt_table_length(unsigned log2_size) {
    return log2_size <= MIEN_F_TWO_ADICITY ? (size_t)2 << log2_size : 0;
}

/* c of node (level, k) is shift^(N / 2^(level+1)) R[k] with R[k] = w^bitrev(k), the same for all
 * levels: a bit j of k contributes w_(2^(j+2)). R is made in the place of the last level. */
static void fill_heap(mien_f *heap, unsigned log2_size, mien_f shift, bool inverse) {
    heap[0] = MIEN_F_ZERO;
    if (log2_size == 0) return;
    size_t half = (size_t)1 << (log2_size - 1);
    mien_f *last = heap + half;
    last[0] = MIEN_F_ONE;
    for (unsigned j = 0; j + 1 < log2_size; j++) {
        mien_f root = mien_f_root_of_unity(j + 2);
        if (inverse) root = mien_f_inverse(root);
        for (size_t k = 0; k < (size_t)1 << j; k++)
            last[((size_t)1 << j) + k] = mien_f_mul(last[k], root);
    }
    mien_f factor = inverse ? mien_f_inverse(shift) : shift, power = mien_f_square(factor);
    for (size_t width = half / 2; width > 0; width /= 2) {
        for (size_t k = 0; k < width; k++) heap[width + k] = mien_f_mul(last[k], power);
        power = mien_f_square(power);
    }
    for (size_t k = 0; k < half; k++) last[k] = mien_f_mul(last[k], factor);
}

mien_status mien_ntt_init(mien_ntt *ntt, mien_f *tables, unsigned log2_size, mien_f shift) {
    if (log2_size > MIEN_F_TWO_ADICITY || mien_f_is_zero(shift)) return MIEN_ARGUMENT;
    mien_f *inverse_heap = tables + ((size_t)1 << log2_size);
    fill_heap(tables, log2_size, shift, false);
    fill_heap(inverse_heap, log2_size, shift, true);
    *ntt = (mien_ntt){log2_size, shift, tables, inverse_heap};
    return MIEN_OK;
}

size_t mien_ntt_forward_table_length(unsigned log2_size) {
    return mien_ntt_table_length(log2_size) / 2;
}

mien_status mien_ntt_init_forward(mien_ntt *ntt, mien_f *tables, unsigned log2_size, mien_f shift) {
    if (log2_size > MIEN_F_TWO_ADICITY || mien_f_is_zero(shift)) return MIEN_ARGUMENT;
    fill_heap(tables, log2_size, shift, false);
    *ntt = (mien_ntt){log2_size, shift, tables, NULL};
    return MIEN_OK;
}

void mien_ntt_forward(const mien_ntt *ntt, const mien_field_kernels *kernels, mien_f *data,
                      size_t width, unsigned level, size_t index) {
    kernels->ntt_forward(data, width, ntt->log2_size - level, ntt->heap,
                         ((size_t)1 << level) + index);
}

void mien_ntt_inverse(const mien_ntt *ntt, const mien_field_kernels *kernels, mien_f *data,
                      size_t width, unsigned level, size_t index) {
    unsigned log2_size = ntt->log2_size - level;
    mien_f scale = mien_f_inverse(mien_f_from_u32((uint32_t)1 << log2_size));
    kernels->ntt_inverse(data, width, log2_size, ntt->inverse_heap, ((size_t)1 << level) + index);
    kernels->f_scale(data, data, scale, width << log2_size);
}
