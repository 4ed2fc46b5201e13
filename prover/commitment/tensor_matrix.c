/* SPDX-License-Identifier: MIT */
#include "prover/commitment/tensor_internal.h"

static size_t tail_size(size_t tail) {
    return tail * MIEN_LANES * sizeof(mien_f);
}

/* The tails of one group, then the leaf states of one block of columns. */
size_t mien_tensor_encode_scratch_size(unsigned log2_row, size_t tail) {
    return tail_size(tail) + ((size_t)1 << log2_row) / MIEN_LANES * sizeof(mien_leaf_state);
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

/* The group's polynomials on the columns of a block: roots of X^m - z, so the tail comes back with
 * powers of z. Reed-Solomon's encode_block without a copy of the coefficients. */
static void encode_group(const mien_tensor_matrix *matrix, mien_f *out, mien_f *tail, size_t group,
                         size_t block) {
    size_t m = (size_t)1 << matrix->log2_row;
    unsigned level = matrix->log2_columns - matrix->log2_row;
    mien_f z = mien_ntt_node_value(matrix->log2_columns, MIEN_F_GENERATOR, level, (uint32_t)block);
    mien_f power = z;
    matrix->pack(matrix->rows, matrix->field, out, tail, group);
    for (size_t start = 0; start < matrix->tail; start += m) {
        size_t piece = matrix->tail - start < m ? matrix->tail - start : m;
        matrix->field->f_axpy(out, power, tail + start * MIEN_LANES, piece * MIEN_LANES);
        power = mien_f_mul(power, z);
    }
    mien_ntt_forward(matrix->ntt, matrix->field, out, MIEN_LANES, level, block);
}

/* One block of m columns: group after group is encoded and absorbed while it is in the cache. */
static void encode_block(void *context, size_t block, unsigned worker) {
    const encode_work *work = context;
    const mien_tensor_matrix *matrix = work->matrix;
    const mien_hash_kernels *hash = matrix->hash;
    size_t m = (size_t)1 << matrix->log2_row, first = block * m;
    uint8_t *scratch = matrix->scratch + worker * work->scratch_size;
    mien_leaf_state *states = (mien_leaf_state *)(void *)(scratch + tail_size(matrix->tail));
    for (size_t t = 0; t < m; t += MIEN_LANES)
        start_leaf(matrix, &states[t / MIEN_LANES], first + t);
    for (size_t g = 0; g < mien_k_blocks(matrix->elements); g++) {
        mien_f *out = matrix->codewords + ((g << matrix->log2_columns) + first) * MIEN_LANES;
        encode_group(matrix, out, (mien_f *)(void *)scratch, g, block);
        for (size_t t = 0; t < m; t += MIEN_LANES)
            hash->leaf_absorb(&states[t / MIEN_LANES], out + t * MIEN_LANES, (uint32_t)g,
                              matrix->elements);
    }
    for (size_t t = 0; t < m; t += MIEN_LANES)
        hash->leaf_finish(matrix->nodes + (first + t) * MIEN_MERKLE_DIGEST,
                          &states[t / MIEN_LANES]);
    mien_merkle_build_levels(hash, matrix->nodes, matrix->tree, matrix->log2_columns, 0,
                             matrix->log2_row, first, m);
}

void mien_tensor_encode(const mien_tensor_matrix *matrix, mien_pool *pool) {
    encode_work work = {matrix, mien_tensor_encode_scratch_size(matrix->log2_row, matrix->tail)};
    mien_pool_run(pool, encode_block, &work,
                  (size_t)1 << (matrix->log2_columns - matrix->log2_row));
    mien_merkle_build_levels(matrix->hash, matrix->nodes, matrix->tree, matrix->log2_columns,
                             matrix->log2_row, matrix->log2_columns, 0,
                             (size_t)1 << matrix->log2_columns);
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
    for (uint32_t i = 0; i < count; i++) {
        size_t column = columns[i];
        if (matrix->salts != NULL)
            MIEN_TRY(mien_write_bytes(sender->writer, matrix->salts + column * MIEN_MERKLE_SALT,
                                      MIEN_TENSOR_SALT));
        for (uint32_t e = 0; e < matrix->elements; e++) {
            size_t at = (((size_t)(e / MIEN_LANES) << matrix->log2_columns) + column) * MIEN_LANES;
            MIEN_TRY(mien_write_f(sender->writer, &matrix->codewords[at + e % MIEN_LANES], 1));
        }
    }
    return mien_merkle_open(sender->writer, scratch, matrix->nodes, matrix->log2_columns, columns,
                            count);
}
