/* SPDX-License-Identifier: MIT */
/* Shape and verifier; the prover is tensor_prove.c. */
#include "prover/commitment/tensor.h"
#include "prover/ligero/arena.h"

mien_status mien_tensor_shape_check(const mien_tensor_shape *shape) {
    if (shape->log2_size > 32 || shape->log2_row < 4 || shape->log2_row > shape->log2_size ||
        shape->log2_columns > MIEN_F_TWO_ADICITY || shape->log2_columns <= shape->log2_row ||
        shape->grinding_bits > 20)
        return MIEN_ARGUMENT;
    uint32_t m = (uint32_t)1 << shape->log2_row, n = (uint32_t)1 << shape->log2_columns;
    if (shape->queries < 1 || shape->queries > m || m + shape->queries > n / 2)
        return MIEN_ARGUMENT;
    uint64_t rows = (uint64_t)1 << (shape->log2_size - shape->log2_row);
    if (shape->row_count < 1 || shape->row_count > rows || shape->row_count >= 1u << 24)
        return MIEN_ARGUMENT;
    for (uint32_t i = 0; i < shape->row_count; i++) {
        if (shape->rows[i] >= rows || (i > 0 && shape->rows[i] <= shape->rows[i - 1]))
            return MIEN_ARGUMENT;
    }
    return MIEN_OK;
}

void mien_tensor_absorb_shape(mien_transcript *transcript, const mien_tensor_shape *shape) {
    mien_transcript_integer(transcript, "tensor size", shape->log2_size);
    mien_transcript_integer(transcript, "tensor row", shape->log2_row);
    mien_transcript_integer(transcript, "tensor columns", shape->log2_columns);
    mien_transcript_integer(transcript, "tensor queries", shape->queries);
    mien_transcript_integer(transcript, "tensor grinding", shape->grinding_bits);
    mien_transcript_integer(transcript, "tensor tree", shape->tree);
    mien_transcript_integer(transcript, "tensor rows", shape->row_count);
    for (uint32_t i = 0; i < shape->row_count; i++)
        mien_transcript_integer(transcript, "row", shape->rows[i]);
}

size_t mien_tensor_opening_max_size(const mien_tensor_shape *shape) {
    size_t length = ((size_t)1 << shape->log2_row) + shape->queries;
    size_t column = MIEN_MERKLE_SALT + MIEN_F_BYTES * (size_t)mien_tensor_column_elements(shape);
    return MIEN_K_BYTES * (length + 1) + 8 + column * shape->queries +
           mien_merkle_opening_max_size(shape->log2_columns, shape->queries);
}

typedef struct verifier {
    const mien_tensor_shape *shape;
    mien_receiver *receiver;
    mien_k *response; /* u */
    mien_k *weights;  /* beta eq(r_high, i) */
    mien_k *equality; /* eq(r_low, j), before that eq over halves of r_high */
    mien_f *column, *points;
    mien_k_block *values; /* u at the columns */
    uint32_t *columns;
    mien_merkle_entry *entries;
} verifier;

static size_t verifier_carve(verifier *v, mien_arena *arena) {
    const mien_tensor_shape *shape = v->shape;
    size_t m = (size_t)1 << shape->log2_row, blocks = mien_k_blocks(shape->queries);
    v->response = mien_arena_take(arena, m + shape->queries, sizeof(mien_k));
    v->weights = mien_arena_take(arena, shape->row_count, sizeof(mien_k));
    v->equality = mien_arena_take(arena, m, sizeof(mien_k));
    v->column = mien_arena_take(arena, mien_tensor_column_elements(shape), sizeof(mien_f));
    v->points = mien_arena_take(arena, blocks * MIEN_LANES, sizeof(mien_f));
    v->values = mien_arena_take(arena, blocks, sizeof(mien_k_block));
    v->columns = mien_arena_take(arena, shape->queries, sizeof(uint32_t));
    v->entries = mien_arena_take(arena, shape->queries, sizeof(mien_merkle_entry));
    return arena->used;
}

size_t mien_tensor_verify_workspace_size(const mien_tensor_shape *shape) {
    verifier v = {.shape = shape};
    mien_arena arena = {NULL, 0};
    return mien_tensor_shape_check(shape) == MIEN_OK ? verifier_carve(&v, &arena) : 0;
}

/* eq of the bits of `index` at `point`, one product a bit. */
static mien_k equality_at(const mien_k *point, unsigned bits, uint32_t index) {
    mien_k product = MIEN_K_ONE;
    for (unsigned i = 0; i < bits; i++) {
        mien_k factor = index >> i & 1 ? point[i] : mien_k_sub(MIEN_K_ONE, point[i]);
        product = mien_k_mul(product, factor);
    }
    return product;
}

/* y, then beta, then u, of which the part below m meets eq(r_low): the equation on messages. */
static mien_status read_response(verifier *v, mien_k *beta, const mien_k *point, uint32_t value,
                                 const mien_checker *checker) {
    mien_receiver *receiver = v->receiver;
    size_t m = (size_t)1 << v->shape->log2_row, length = m + v->shape->queries;
    uint32_t y;
    mien_form form;
    MIEN_TRY(mien_receive(receiver, "mask value", 1, &y));
    mien_transcript_draw_k(receiver->transcript, "beta", beta, 1);
    const uint8_t *encoded = receiver->reader->next;
    MIEN_TRY(mien_read_k(receiver->reader, v->response, length));
    mien_transcript_k(receiver->transcript, "combined row", encoded, length);
    mien_equality_vector(v->equality, point, v->shape->log2_row);
    mien_k sum = MIEN_K_ZERO;
    for (size_t j = 0; j < m; j++)
        sum = mien_k_add(sum, mien_k_mul(v->response[j], v->equality[j]));
    mien_form_constant(&form, sum);
    mien_form_add(&form, mien_k_neg(MIEN_K_ONE), y);
    mien_form_add(&form, mien_k_neg(*beta), value);
    return checker->check(checker->context, &form, NULL, 0);
}

static mien_status draw_columns(verifier *v) {
    uint64_t nonce;
    mien_transcript *transcript = v->receiver->transcript;
    MIEN_TRY(mien_read_le64(v->receiver->reader, &nonce));
    if (!mien_transcript_grind_check(transcript, "nonce", nonce, v->shape->grinding_bits))
        return MIEN_PROOF_INVALID;
    mien_transcript_draw_columns(transcript, "columns", v->columns, v->shape->queries,
                                 v->shape->log2_columns);
    return MIEN_OK;
}

/* u at all opened columns, sixteen at a time. */
static void evaluate_response(verifier *v) {
    const mien_field_kernels *kernels = mien_field_kernels_best();
    size_t length = ((size_t)1 << v->shape->log2_row) + v->shape->queries;
    size_t blocks = mien_k_blocks(v->shape->queries);
    memset(v->points, 0, blocks * MIEN_LANES * sizeof *v->points);
    for (size_t i = 0; i < v->shape->queries; i++)
        v->points[i] = mien_ntt_point(v->shape->log2_columns, MIEN_F_GENERATOR, v->columns[i]);
    for (size_t b = 0; b < blocks; b++)
        kernels->k_evaluate(&v->values[b], v->response, length, v->points + b * MIEN_LANES);
}

static mien_status read_column(verifier *v, size_t i) {
    uint32_t rows = v->shape->row_count, elements = mien_tensor_column_elements(v->shape);
    const uint8_t *salt;
    mien_k expected;
    MIEN_TRY(mien_read_view(v->receiver->reader, &salt, MIEN_MERKLE_SALT));
    MIEN_TRY(mien_read_f(v->receiver->reader, v->column, elements));
    memcpy(expected.c, v->column + rows, sizeof expected.c);
    expected = mien_k_add(expected, mien_k_dot_f(v->weights, v->column, rows));
    if (!mien_k_equal(expected, mien_k_block_get(v->values, i))) return MIEN_PROOF_INVALID;
    v->entries[i].index = v->columns[i];
    mien_merkle_leaf(v->entries[i].digest, v->shape->tree, v->columns[i], salt, v->column,
                     elements);
    return MIEN_OK;
}

mien_status mien_tensor_verify(const mien_tensor_shape *shape,
                               const uint8_t root[MIEN_MERKLE_DIGEST], const mien_k *point,
                               uint32_t value, mien_receiver *receiver, const mien_checker *checker,
                               void *workspace, size_t workspace_size) {
    size_t needed = mien_tensor_verify_workspace_size(shape);
    if (needed == 0 || workspace_size < needed || value >= receiver->received) return MIEN_ARGUMENT;
    verifier v = {.shape = shape, .receiver = receiver};
    mien_arena arena = {workspace, 0};
    mien_k beta;
    verifier_carve(&v, &arena);
    MIEN_TRY(read_response(&v, &beta, point, value, checker));
    MIEN_TRY(draw_columns(&v));
    unsigned high = shape->log2_size - shape->log2_row;
    for (uint32_t i = 0; i < shape->row_count; i++)
        v.weights[i] = mien_k_mul(beta, equality_at(point + shape->log2_row, high, shape->rows[i]));
    evaluate_response(&v);
    for (size_t i = 0; i < shape->queries; i++) MIEN_TRY(read_column(&v, i));
    return mien_merkle_verify(receiver->reader, v.entries, shape->queries, root, shape->tree,
                              shape->log2_columns);
}
