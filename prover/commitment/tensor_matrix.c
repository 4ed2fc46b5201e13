/* SPDX-License-Identifier: MIT */
#include "prover/commitment/tensor_internal.h"

static size_t coefficients_size(size_t length) {
    return (length * MIEN_LANES * sizeof(mien_f) + 63) / 64 * 64;
}

/* Coefficients of one group, then the leaf states of one block of columns. */
size_t mien_tensor_encode_scratch_size(unsigned log2_row, size_t length) {
    size_t states = ((size_t)1 << log2_row) / MIEN_LANES * sizeof(mien_leaf_state);
    return coefficients_size(length) + states;
}

typedef struct encode_work {
    const mien_tensor_matrix *matrix;
    size_t scratch_size;
} encode_work;

static void start_leaf(const mien_tensor_matrix *matrix, mien_leaf_state *state, size_t column) {
    static const uint8_t no_salts[MIEN_LANES * MIEN_MERKLE_SALT];
    const uint8_t *salts =
        matrix->salts != NULL ? matrix->salts + column * MIEN_MERKLE_SALT : no_salts;
    matrix->hash->leaf_start(state, matrix->tree, (uint32_t)column, matrix->elements, salts);
}

/* One block of m columns: group after group is encoded and absorbed while it is in the cache. */
static void encode_block(void *context, size_t block, unsigned worker) {
    const encode_work *work = context;
    const mien_tensor_matrix *matrix = work->matrix;
    const mien_hash_kernels *hash = matrix->hash;
    size_t m = (size_t)1 << matrix->code->shape.log2_message, first = block * m;
    size_t columns = (size_t)1 << matrix->code->shape.log2_columns;
    uint8_t *scratch = matrix->scratch + worker * work->scratch_size;
    mien_f *coefficients = (mien_f *)(void *)scratch;
    mien_leaf_state *states =
        (mien_leaf_state *)(void *)(scratch + coefficients_size(matrix->length));
    for (size_t t = 0; t < m; t += MIEN_LANES)
        start_leaf(matrix, &states[t / MIEN_LANES], first + t);
    for (size_t g = 0; g < mien_k_blocks(matrix->elements); g++) {
        mien_f *out = matrix->codewords + (g * columns + first) * MIEN_LANES;
        matrix->pack(matrix->rows, matrix->field, coefficients, g);
        mien_rs_encode_block(matrix->code, matrix->field, out, coefficients, matrix->length,
                             MIEN_LANES, block);
        for (size_t t = 0; t < m; t += MIEN_LANES)
            hash->leaf_absorb(&states[t / MIEN_LANES], out + t * MIEN_LANES, (uint32_t)g,
                              matrix->elements);
    }
    for (size_t t = 0; t < m; t += MIEN_LANES)
        hash->leaf_finish(matrix->nodes + (first + t) * MIEN_MERKLE_DIGEST,
                          &states[t / MIEN_LANES]);
}

void mien_tensor_encode(const mien_tensor_matrix *matrix, mien_pool *pool) {
    const mien_rs_shape *shape = &matrix->code->shape;
    encode_work work = {matrix,
                        mien_tensor_encode_scratch_size(shape->log2_message, matrix->length)};
    mien_pool_run(pool, encode_block, &work,
                  (size_t)1 << (shape->log2_columns - shape->log2_message));
    mien_merkle_build_with(matrix->hash, matrix->nodes, matrix->tree, shape->log2_columns);
}

mien_status mien_tensor_send_nonce(mien_sender *sender, const char *label, unsigned bits) {
    for (uint64_t nonce = 0;; nonce++) {
        mien_transcript trial = *sender->transcript;
        if (!mien_transcript_grind_check(&trial, label, nonce, bits)) continue;
        *sender->transcript = trial;
        return mien_write_le64(sender->writer, nonce);
    }
}

mien_status mien_tensor_send_columns(const mien_tensor_matrix *matrix, mien_sender *sender,
                                     const uint32_t *columns, uint32_t count, uint32_t *scratch) {
    unsigned log2_columns = matrix->code->shape.log2_columns;
    for (uint32_t i = 0; i < count; i++) {
        size_t column = columns[i];
        if (matrix->salts != NULL)
            MIEN_TRY(mien_write_bytes(sender->writer, matrix->salts + column * MIEN_MERKLE_SALT,
                                      MIEN_MERKLE_SALT));
        for (uint32_t e = 0; e < matrix->elements; e++) {
            size_t at = (((size_t)(e / MIEN_LANES) << log2_columns) + column) * MIEN_LANES;
            MIEN_TRY(mien_write_f(sender->writer, &matrix->codewords[at + e % MIEN_LANES], 1));
        }
    }
    return mien_merkle_open(sender->writer, scratch, matrix->nodes, log2_columns, columns, count);
}
