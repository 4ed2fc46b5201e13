/* SPDX-License-Identifier: MIT */
#include "prover/field/field.h"

mien_f mien_f_power(mien_f base, uint32_t exponent) {
    mien_f result = MIEN_F_ONE;
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1) result = mien_f_mul(result, base);
        base = mien_f_square(base);
    }
    return result;
}

static mien_f square_times(mien_f a, int times) {
    for (int i = 0; i < times; i++) a = mien_f_square(a);
    return a;
}

/* a^(p - 2); p - 2 in binary is six ones, a zero, and four times six ones. */
mien_f mien_f_inverse(mien_f a) {
    mien_f a3 = mien_f_mul(square_times(a, 1), a);    /* a^(2^2 - 1) */
    mien_f a7 = mien_f_mul(square_times(a3, 1), a);   /* a^(2^3 - 1) */
    mien_f a63 = mien_f_mul(square_times(a7, 3), a7); /* a^(2^6 - 1) */
    mien_f result = mien_f_square(a63);
    for (int i = 0; i < 4; i++) result = mien_f_mul(square_times(result, 6), a63);
    return result;
}

/* Montgomery's trick. Zeros count as ones on the way and are put back at the end. */
void mien_f_batch_inverse(mien_f *out, const mien_f *in, size_t length) {
    mien_f product = MIEN_F_ONE;
    for (size_t i = 0; i < length; i++) {
        out[i] = product;
        product = mien_f_mul(product, mien_f_select(mien_f_is_zero(in[i]), MIEN_F_ONE, in[i]));
    }
    mien_f inverse = mien_f_inverse(product);
    for (size_t i = length; i-- > 0;) {
        uint32_t zero = mien_f_is_zero(in[i]);
        out[i] = mien_f_select(zero, MIEN_F_ZERO, mien_f_mul(out[i], inverse));
        inverse = mien_f_mul(inverse, mien_f_select(zero, MIEN_F_ONE, in[i]));
    }
}

mien_f mien_f_root_of_unity(unsigned log2_order) {
    mien_f root = MIEN_F_RAW(0x13c85195u); /* 3^127, of order 2^24 */
    for (unsigned k = MIEN_F_TWO_ADICITY; k > log2_order; k--) root = mien_f_square(root);
    return root;
}

/* frobenius_power[n - 1][i - 1] = X^(i p^n), Montgomery forms. tests/reference/field.py prints
 * them. */
static const mien_k frobenius_power[4][4] = {
    {
        {{{0x2d993495}, {0x0e0c91e5}, {0x21a60922}, {0x4bff57a3}, {0x41b550be}}},
        {{{0x0a1c252c}, {0x46d57e39}, {0x30149a86}, {0x3b2ee89f}, {0x3181252b}}},
        {{{0x35fcae15}, {0x182d4e41}, {0x4c4c1cdf}, {0x074fcccb}, {0x4a813ff9}}},
        {{{0x291099b3}, {0x3a76433c}, {0x21b1646d}, {0x6ec65580}, {0x378f06cd}}},
    },
    {
        {{{0x2f967f25}, {0x6d4725a6}, {0x054d8645}, {0x24fad3e8}, {0x21dcd21a}}},
        {{{0x3a5b7141}, {0x1cb6b2de}, {0x1d3eeba6}, {0x61431217}, {0x00f7bf69}}},
        {{{0x05199bb2}, {0x6151534a}, {0x4caaf8d4}, {0x0a80037c}, {0x5d72c28f}}},
        {{{0x0a6625f2}, {0x63acab5b}, {0x012c3e01}, {0x65ff9494}, {0x66f9eb3c}}},
    },
    {
        {{{0x4ef186c9}, {0x5900d3b7}, {0x42ab90f3}, {0x04928b4e}, {0x60153ee9}}},
        {{{0x6a9f58a0}, {0x3c0d0bd0}, {0x29babc66}, {0x32b43e5f}, {0x43917938}}},
        {{{0x6eecf873}, {0x624a6da4}, {0x08f006ed}, {0x118af367}, {0x1db356e2}}},
        {{{0x1bfb5305}, {0x6aee2f55}, {0x21689016}, {0x2ea2dfb3}, {0x67b97c80}}},
    },
    {
        {{{0x51dec57f}, {0x27ab74c2}, {0x1560dfa7}, {0x09734928}, {0x3a589e41}}},
        {{{0x4ee910f5}, {0x5e66c31b}, {0x05f1bd71}, {0x2ed9c6ed}, {0x08f5a235}}},
        {{{0x4dfcbdce}, {0x2236f0d3}, {0x5c18e362}, {0x59a53c55}, {0x3858a698}}},
        {{{0x2f8ded57}, {0x73eee217}, {0x3ab9cd7d}, {0x7997363c}, {0x74bd917c}}},
    },
};

mien_k mien_k_frobenius(mien_k a, unsigned power) {
    power %= MIEN_K_DEGREE;
    if (power == 0) return a;
    mien_k result = mien_k_from_f(a.c[0]);
    for (int i = 1; i < MIEN_K_DEGREE; i++)
        result = mien_k_add(result, mien_k_mul_f(frobenius_power[power - 1][i - 1], a.c[i]));
    return result;
}

/* a times v = a^(p + p^2 + p^3 + p^4) is the norm of a, which lies in F. */
mien_k mien_k_inverse(mien_k a) {
    mien_k u = mien_k_frobenius(mien_k_mul(a, mien_k_frobenius(a, 1)), 1);
    mien_k v = mien_k_mul(u, mien_k_frobenius(u, 2));
    mien_k norm = mien_k_mul(a, v);
    return mien_k_mul_f(v, mien_f_inverse(norm.c[0]));
}

void mien_k_batch_inverse(mien_k *out, const mien_k *in, size_t length) {
    mien_k product = MIEN_K_ONE;
    for (size_t i = 0; i < length; i++) {
        out[i] = product;
        product = mien_k_mul(product, mien_k_select(mien_k_is_zero(in[i]), MIEN_K_ONE, in[i]));
    }
    mien_k inverse = mien_k_inverse(product);
    for (size_t i = length; i-- > 0;) {
        uint32_t zero = mien_k_is_zero(in[i]);
        out[i] = mien_k_select(zero, MIEN_K_ZERO, mien_k_mul(out[i], inverse));
        inverse = mien_k_mul(inverse, mien_k_select(zero, MIEN_K_ONE, in[i]));
    }
}

mien_f mien_f_dot(const mien_f *a, const mien_f *b, size_t length) {
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i++)
        sum = mien_f_fold_wide(sum + mien_f_product_wide(a[i], b[i]));
    return mien_f_reduce(sum);
}

mien_k mien_k_dot_f(const mien_k *a, const mien_f *b, size_t length) {
    uint64_t sum[MIEN_K_DEGREE] = {0};
    for (size_t i = 0; i < length; i++)
        MIEN_UNROLL for (int j = 0; j < MIEN_K_DEGREE; j++) sum[j] =
            mien_f_fold_wide(sum[j] + mien_f_product_wide(a[i].c[j], b[i]));
    mien_k result;
    for (int j = 0; j < MIEN_K_DEGREE; j++) result.c[j] = mien_f_reduce(sum[j]);
    return result;
}

mien_f mien_f_evaluate(const mien_f *coefficients, size_t length, mien_f x) {
    mien_f value = MIEN_F_ZERO;
    for (size_t i = length; i-- > 0;) value = mien_f_add(mien_f_mul(value, x), coefficients[i]);
    return value;
}

mien_k mien_k_evaluate_at_f(const mien_k *coefficients, size_t length, mien_f x) {
    mien_k value = MIEN_K_ZERO;
    for (size_t i = length; i-- > 0;) value = mien_k_add(mien_k_mul_f(value, x), coefficients[i]);
    return value;
}

mien_k mien_k_evaluate(const mien_k *coefficients, size_t length, mien_k x) {
    mien_k value = MIEN_K_ZERO;
    for (size_t i = length; i-- > 0;) value = mien_k_add(mien_k_mul(value, x), coefficients[i]);
    return value;
}

mien_status mien_read_f(mien_reader *reader, mien_f *out, size_t count) {
    mien_status status = MIEN_OK;
    const uint8_t *bytes;
    for (size_t i = 0; i < count; i++) {
        MIEN_TRY_GOTO(status, fail, mien_read_view(reader, &bytes, MIEN_F_BYTES));
        MIEN_TRY_GOTO(status, fail, mien_f_from_bytes(&out[i], bytes));
    }
    return MIEN_OK;
fail:
    memset(out, 0, count * sizeof *out);
    return status;
}

mien_status mien_read_k(mien_reader *reader, mien_k *out, size_t count) {
    return mien_read_f(reader, &out->c[0], count * MIEN_K_DEGREE);
}

mien_status mien_write_f(mien_writer *writer, const mien_f *in, size_t count) {
    if (count > (writer->capacity - writer->used) / MIEN_F_BYTES) return MIEN_TOO_LARGE;
    for (size_t i = 0; i < count; i++) MIEN_TRY(mien_write_le32(writer, mien_f_to_u32(in[i])));
    return MIEN_OK;
}

mien_status mien_write_k(mien_writer *writer, const mien_k *in, size_t count) {
    return mien_write_f(writer, &in->c[0], count * MIEN_K_DEGREE);
}
