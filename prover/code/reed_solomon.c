/* SPDX-License-Identifier: MIT */
#include "prover/code/reed_solomon.h"

mien_status mien_rs_shape_check(const mien_rs_shape *shape) {
    if (shape->log2_columns > MIEN_F_TWO_ADICITY || shape->log2_message > shape->log2_columns)
        return MIEN_ARGUMENT;
    uint32_t message = (uint32_t)1 << shape->log2_message;
    uint32_t columns = (uint32_t)1 << shape->log2_columns;
    if (shape->randomness > message || message + shape->randomness > columns) return MIEN_ARGUMENT;
    return MIEN_OK;
}

mien_f mien_rs_point(const mien_rs_shape *shape, uint32_t column) {
    return mien_ntt_point(shape->log2_columns, MIEN_F_GENERATOR, column);
}

mien_f mien_rs_message_point(const mien_rs_shape *shape, uint32_t i) {
    return mien_ntt_point(shape->log2_message, MIEN_F_ONE, i);
}

/* h_i for all i; bit j of i contributes w_(2^(j+1)). */
static void message_points(mien_f *out, unsigned log2_message) {
    out[0] = MIEN_F_ONE;
    for (unsigned j = 0; j < log2_message; j++) {
        mien_f root = mien_f_root_of_unity(j + 1);
        for (size_t k = 0; k < (size_t)1 << j; k++)
            out[((size_t)1 << j) + k] = mien_f_mul(out[k], root);
    }
}

void mien_rs_lagrange(mien_f *out, mien_f *scratch, const mien_rs_shape *shape, mien_f x) {
    uint32_t m = (uint32_t)1 << shape->log2_message;
    mien_f vanishing = mien_f_sub(mien_f_power(x, m), MIEN_F_ONE);
    mien_f factor = mien_f_mul(vanishing, mien_f_inverse(mien_f_from_u32(m)));
    message_points(scratch, shape->log2_message);
    for (uint32_t i = 0; i < m; i++) scratch[i] = mien_f_sub(x, scratch[i]);
    mien_f_batch_inverse(out, scratch, m);
    for (uint32_t i = 0; i < m; i++)
        out[i] = mien_f_mul(factor, mien_f_mul(mien_f_sub(x, scratch[i]), out[i]));
}

size_t mien_rs_table_length(const mien_rs_shape *shape) {
    if (mien_rs_shape_check(shape) != MIEN_OK) return 0;
    return mien_ntt_table_length(shape->log2_message) + mien_ntt_table_length(shape->log2_columns);
}

mien_status mien_rs_init(mien_rs_code *code, mien_f *tables, const mien_rs_shape *shape) {
    MIEN_TRY(mien_rs_shape_check(shape));
    mien_f *second = tables + mien_ntt_table_length(shape->log2_message);
    code->shape = *shape;
    MIEN_TRY(mien_ntt_init(&code->message, tables, shape->log2_message, MIEN_F_ONE));
    return mien_ntt_init(&code->columns, second, shape->log2_columns, MIEN_F_GENERATOR);
}

void mien_rs_interpolate(const mien_rs_code *code, const mien_field_kernels *kernels, mien_f *data,
                         size_t width) {
    size_t m = (size_t)1 << code->shape.log2_message;
    mien_ntt_inverse(&code->message, kernels, data, width, 0, 0);
    kernels->f_sub(data, data, data + m * width, code->shape.randomness * width);
}

/* p mod (X^m - z): pieces of m coefficients times powers of z; then down the tree. */
void mien_rs_encode_block(const mien_rs_code *code, const mien_field_kernels *kernels, mien_f *out,
                          const mien_f *coefficients, size_t count, size_t width, size_t block) {
    size_t m = (size_t)1 << code->shape.log2_message;
    unsigned level = code->shape.log2_columns - code->shape.log2_message;
    mien_f z =
        mien_ntt_node_value(code->shape.log2_columns, MIEN_F_GENERATOR, level, (uint32_t)block);
    mien_f power = z;
    size_t first = count < m ? count : m;
    memcpy(out, coefficients, first * width * sizeof *out);
    for (size_t i = first * width; i < m * width; i++) out[i] = MIEN_F_ZERO;
    for (size_t start = m; start < count; start += m) {
        size_t piece = count - start < m ? count - start : m;
        kernels->f_axpy(out, power, coefficients + start * width, piece * width);
        power = mien_f_mul(power, z);
    }
    mien_ntt_forward(&code->columns, kernels, out, width, level, block);
}

void mien_rs_encode(const mien_rs_code *code, const mien_field_kernels *kernels, mien_f *out,
                    const mien_f *coefficients, size_t count, size_t width) {
    size_t m = (size_t)1 << code->shape.log2_message;
    size_t blocks = (size_t)1 << (code->shape.log2_columns - code->shape.log2_message);
    for (size_t block = 0; block < blocks; block++)
        mien_rs_encode_block(code, kernels, out + block * m * width, coefficients, count, width,
                             block);
}

void mien_rs_decode_prefix(const mien_rs_code *code, const mien_field_kernels *kernels,
                           mien_f *data, unsigned log2_count, size_t width) {
    mien_ntt_inverse(&code->columns, kernels, data, width, code->shape.log2_columns - log2_count,
                     0);
}
