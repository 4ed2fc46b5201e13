/* SPDX-License-Identifier: MIT */
#include "prover/sumcheck/equality.h"

mien_k mien_equality(const mien_k *r, const mien_k *s, size_t n) {
    mien_k product = MIEN_K_ONE;
    for (size_t i = 0; i < n; i++) {
        mien_k both = mien_k_mul(r[i], s[i]);
        mien_k factor = mien_k_sub(mien_k_add(both, both), mien_k_add(r[i], s[i]));
        product = mien_k_mul(product, mien_k_add(factor, MIEN_K_ONE));
    }
    return product;
}

/* Two halves with one more coordinate, from the vector without it: (1 - r) v and r v. */
static void grow(mien_k *out, const mien_k *in, size_t length, mien_k r) {
    for (size_t i = 0; i < length; i++) {
        mien_k high = mien_k_mul(in[i], r), low = mien_k_sub(in[i], high);
        out[i] = low;
        out[length + i] = high;
    }
}

void mien_equality_vector(mien_k *out, const mien_k *point, unsigned n) {
    out[0] = MIEN_K_ONE;
    for (unsigned i = 0; i < n; i++) grow(out, out, (size_t)1 << i, point[i]);
}

void mien_equality_blocks(mien_k_block *out, const mien_field_kernels *kernels, const mien_k *point,
                          unsigned n) {
    mien_k first[MIEN_LANES];
    unsigned start = n < 4 ? n : 4;
    mien_equality_vector(first, point, start);
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < (size_t)1 << start; i++) mien_k_block_set(out, i, first[i]);
    for (unsigned bit = start; bit < n; bit++) {
        size_t length = (size_t)1 << bit;
        mien_k_block *high = out + length / MIEN_LANES;
        kernels->k_scale(high, out, point[bit], length);
        kernels->k_sub(out, out, high, length);
    }
}

size_t mien_equality_split_size(unsigned bits) {
    size_t size = 0;
    for (unsigned b = 0; b <= mien_equality_low_bits(bits); b++)
        size += sizeof(mien_k_block) * mien_k_blocks((size_t)1 << b);
    for (unsigned c = MIEN_EQUALITY_LOW_BITS; c <= bits; c++)
        size += sizeof(mien_k) << (c - MIEN_EQUALITY_LOW_BITS);
    return (size + 63) / 64 * 64;
}

void mien_equality_split_make(mien_equality_split *split, void *memory, const mien_k *point,
                              unsigned bits) {
    mien_k_block *next = memory;
    split->bits = bits;
    for (unsigned b = 0; b <= mien_equality_low_bits(bits); b++) {
        split->low[b] = next;
        mien_equality_blocks(next, &mien_field_kernels_portable, point, b);
        next += mien_k_blocks((size_t)1 << b);
    }
    mien_k *high = (mien_k *)(void *)next;
    for (unsigned c = MIEN_EQUALITY_LOW_BITS; c <= bits; c++) {
        size_t length = (size_t)1 << (c - MIEN_EQUALITY_LOW_BITS);
        split->high[c] = high;
        if (c == MIEN_EQUALITY_LOW_BITS)
            high[0] = MIEN_K_ONE;
        else
            grow(high, split->high[c - 1], length / 2, point[c - 1]);
        high += length;
    }
}

mien_k mien_multilinear_f(mien_k *scratch, const mien_f *values, const mien_k *point, unsigned n) {
    mien_equality_vector(scratch, point, n);
    return mien_k_dot_f(scratch, values, (size_t)1 << n);
}
