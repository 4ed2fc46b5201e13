/* SPDX-License-Identifier: MIT */
#include "prover/commitment/tensor_internal.h"
#include "prover/sumcheck/inner_product.h"

enum { ROUND_VALUES = 2 * MIEN_F_TWO_ADICITY + 1 };

/* sum over positions of L eq(s): eq(r_low) on the first m positions, plus gamma^(i + 1)
 * x_i^position on all of them, whose extension is a product over the bits. */
static mien_k functional_at(const mien_tensor_verifier *v, mien_k gamma, const mien_k *r_low,
                            const mien_k *s) {
    const mien_tensor_shape *shape = v->parts;
    unsigned bits = mien_tensor_inner_variables(shape);
    mien_k sum = mien_equality(r_low, s, shape->log2_row), power = MIEN_K_ONE;
    for (unsigned b = shape->log2_row; b < bits; b++)
        sum = mien_k_mul(sum, mien_k_sub(MIEN_K_ONE, s[b]));
    for (size_t i = 0; i < shape->queries; i++) {
        mien_f x = mien_ntt_point(shape->log2_columns, MIEN_F_GENERATOR, v->columns[i]);
        mien_k product = power = mien_k_mul(power, gamma);
        for (unsigned b = 0; b < bits; b++) {
            mien_k step = mien_k_mul_f(s[b], mien_f_sub(x, MIEN_F_ONE));
            product = mien_k_mul(product, mien_k_add(MIEN_K_ONE, step));
            x = mien_f_square(x);
        }
        sum = mien_k_add(sum, product);
    }
    return sum;
}

/* The claims, batched, down to one about the extension of u at s. */
static mien_status reduce(const mien_tensor_verifier *v, mien_k *s, mien_k *value, mien_k z,
                          const mien_k *r_low) {
    mien_k gamma, received[ROUND_VALUES], power = MIEN_K_ONE;
    mien_receiver clear = {v->receiver->transcript, v->receiver->reader, received, ROUND_VALUES, 0};
    mien_checker checker = mien_checker_clear(&clear);
    mien_form claim;
    uint32_t last;
    mien_transcript_draw_k(clear.transcript, "gamma", &gamma, 1);
    for (size_t i = 0; i < v->parts->queries; i++) {
        power = mien_k_mul(power, gamma);
        z = mien_k_add(z, mien_k_mul(power, v->values[i]));
    }
    mien_form_constant(&claim, z);
    MIEN_TRY(
        mien_inner_product_verify(&claim, s, &last, &clear, mien_tensor_inner_variables(v->parts)));
    *value = received[last];
    return mien_inner_product_check(&checker, &claim, functional_at(v, gamma, r_low, s), last);
}

/* A column of the inner matrix: five words a row. No salt: u is public. */
static mien_status read_column(mien_tensor_verifier *v, size_t i) {
    static const uint8_t no_salt[MIEN_MERKLE_SALT];
    uint32_t rows = mien_tensor_inner_rows(v->parts), elements = MIEN_K_DEGREE * rows;
    MIEN_TRY(mien_read_f(v->receiver->reader, v->column, elements));
    mien_k sum = MIEN_K_ZERO;
    for (uint32_t j = 0; j < rows; j++) {
        mien_k element;
        memcpy(element.c, v->column + (size_t)MIEN_K_DEGREE * j, sizeof element.c);
        sum = mien_k_add(sum, mien_k_mul(v->weights[j], element));
    }
    if (!mien_k_equal(sum, mien_k_block_get(v->evaluated, i))) return MIEN_PROOF_INVALID;
    v->entries[i].index = v->columns[i];
    mien_merkle_leaf(v->entries[i].digest, v->parts->inner.tree, v->columns[i], no_salt, v->column,
                     elements);
    return MIEN_OK;
}

mien_status mien_tensor_inner_verify(mien_tensor_verifier *v, mien_k z,
                                     const uint8_t root[MIEN_MERKLE_DIGEST], const mien_k *point) {
    const mien_tensor_inner *inner = &v->parts->inner;
    mien_reader *reader = v->receiver->reader;
    mien_k s[MIEN_F_TWO_ADICITY], value;
    size_t length = (size_t)1 << inner->log2_row;
    unsigned high = mien_tensor_inner_variables(v->parts) - inner->log2_row;
    MIEN_TRY(reduce(v, s, &value, z, point));
    const uint8_t *encoded = reader->next;
    MIEN_TRY(mien_read_k(reader, v->row, length));
    mien_transcript_k(v->receiver->transcript, "inner row", encoded, length);
    if (!mien_k_equal(mien_tensor_inner_product(v, s, inner->log2_row), value))
        return MIEN_PROOF_INVALID;
    MIEN_TRY(mien_tensor_read_nonce(v, "inner nonce", "inner columns", inner->queries,
                                    inner->log2_columns));
    for (uint32_t j = 0; j < mien_tensor_inner_rows(v->parts); j++)
        v->weights[j] = mien_tensor_equality_at(s + inner->log2_row, high, j);
    mien_tensor_evaluate(v, length, inner->queries, inner->log2_columns);
    for (size_t i = 0; i < inner->queries; i++) MIEN_TRY(read_column(v, i));
    return mien_merkle_verify(reader, v->entries, inner->queries, root, inner->tree,
                              inner->log2_columns);
}
