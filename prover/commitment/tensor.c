/* SPDX-License-Identifier: MIT */
/* The verifier; inner levels are tensor_inner_verify.c, shapes tensor_shape.c, the prover
 * tensor_prove.c. */
#include "prover/commitment/tensor_internal.h"

static uint32_t larger(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

static size_t carve(mien_tensor_verifier *v, mien_arena *arena) {
    const mien_tensor_shape *shape = v->parts;
    unsigned levels = mien_tensor_inner_count(shape);
    size_t row = mien_tensor_inner_length(shape, levels);
    size_t positions = levels > 0 ? row : (size_t)1 << shape->log2_row;
    uint32_t queries = shape->queries, rows = 0, elements = 0;
    for (unsigned i = 0; i < levels; i++) {
        queries = larger(queries, shape->inner[i].queries);
        rows = larger(rows, mien_tensor_inner_rows(shape, i));
    }
    elements = MIEN_K_DEGREE * rows;
    for (size_t i = 0; i < v->count; i++) {
        rows = larger(rows, v->parts[i].row_count);
        elements = larger(elements, mien_tensor_column_elements(&v->parts[i]));
    }
    size_t blocks = mien_k_blocks(queries);
    v->row = mien_arena_take(arena, row, sizeof(mien_k));
    v->equality = mien_arena_take(arena, positions, sizeof(mien_k));
    v->weights = mien_arena_take(arena, rows, sizeof(mien_k));
    v->values = mien_arena_take(arena, queries, sizeof(mien_k));
    v->column = mien_arena_take(arena, elements, sizeof(mien_f));
    v->points = mien_arena_take(arena, blocks * MIEN_LANES, sizeof(mien_f));
    v->evaluated = mien_arena_take(arena, blocks, sizeof(mien_k_block));
    v->columns = mien_arena_take(arena, queries, sizeof(uint32_t));
    v->entries = mien_arena_take(arena, queries, sizeof(mien_merkle_entry));
    return arena->used;
}

size_t mien_tensor_parts_verify_workspace_size(const mien_tensor_shape *parts, size_t count) {
    mien_tensor_verifier v = {.parts = parts, .count = count};
    mien_arena arena = {NULL, 0};
    return mien_tensor_parts_check(parts, count) == MIEN_OK ? carve(&v, &arena) : 0;
}

size_t mien_tensor_verify_workspace_size(const mien_tensor_shape *shape) {
    return mien_tensor_parts_verify_workspace_size(shape, 1);
}

mien_status mien_tensor_read_nonce(mien_tensor_verifier *v, const char *label,
                                   const char *columns_label, uint32_t queries,
                                   unsigned log2_columns) {
    uint64_t nonce;
    mien_transcript *transcript = v->receiver->transcript;
    MIEN_TRY(mien_read_le64(v->receiver->reader, &nonce));
    if (!mien_transcript_grind_check(transcript, label, nonce, v->parts->grinding_bits))
        return MIEN_PROOF_INVALID;
    mien_transcript_draw_columns(transcript, columns_label, v->columns, queries, log2_columns);
    return MIEN_OK;
}

mien_k mien_tensor_inner_product(mien_tensor_verifier *v, const mien_k *point, unsigned bits) {
    mien_k sum = MIEN_K_ZERO;
    mien_equality_vector(v->equality, point, bits);
    for (size_t j = 0; j < (size_t)1 << bits; j++)
        sum = mien_k_add(sum, mien_k_mul(v->row[j], v->equality[j]));
    return sum;
}

/* u, or the root over it; and z, which one level computes. */
static mien_status read_response(mien_tensor_verifier *v, const uint8_t **root, mien_k *z,
                                 const mien_k *point) {
    mien_reader *reader = v->receiver->reader;
    mien_transcript *transcript = v->receiver->transcript;
    const uint8_t *encoded = reader->next;
    if (mien_tensor_inner_count(v->parts) > 0) {
        MIEN_TRY(mien_read_view(reader, root, MIEN_MERKLE_DIGEST));
        mien_transcript_digest(transcript, "combined root", *root);
        encoded = reader->next;
        MIEN_TRY(mien_read_k(reader, z, 1));
        mien_transcript_k(transcript, "combined value", encoded, 1);
        return MIEN_OK;
    }
    size_t length = mien_tensor_length(v->parts);
    MIEN_TRY(mien_read_k(reader, v->row, length));
    mien_transcript_k(transcript, "combined row", encoded, length);
    *z = mien_tensor_inner_product(v, point, v->parts->log2_row);
    return MIEN_OK;
}

/* z = y + beta claim */
static mien_status check_value(mien_k z, uint32_t y, mien_k beta, const mien_form *claim,
                               const mien_checker *checker) {
    mien_form form;
    mien_form_constant(&form, z);
    mien_form_add(&form, mien_k_neg(MIEN_K_ONE), y);
    mien_form_add_form(&form, mien_k_neg(beta), claim);
    return checker->check(checker->context, &form, NULL, 0);
}

/* Column i of a part: its share of u(x_c), and its leaf. */
static mien_status read_column(mien_tensor_verifier *v, const mien_tensor_shape *part, size_t i) {
    uint32_t elements = mien_tensor_column_elements(part);
    uint8_t salt[MIEN_MERKLE_SALT] = {0};
    MIEN_TRY(mien_read_bytes(v->receiver->reader, salt, MIEN_TENSOR_SALT));
    MIEN_TRY(mien_read_f(v->receiver->reader, v->column, elements));
    mien_k share = mien_k_dot_f(v->weights, v->column, part->row_count);
    if (!part->unmasked) {
        mien_k mask;
        memcpy(mask.c, v->column + part->row_count, sizeof mask.c);
        share = mien_k_add(share, mask);
    }
    v->values[i] = mien_k_add(v->values[i], share);
    v->entries[i].index = v->columns[i];
    mien_merkle_leaf(v->entries[i].digest, part->tree, v->columns[i], salt, v->column, elements);
    return MIEN_OK;
}

static mien_status read_part(mien_tensor_verifier *v, const mien_tensor_shape *part, mien_k beta,
                             const mien_k *point, const uint8_t root[MIEN_MERKLE_DIGEST]) {
    unsigned high = part->log2_size - part->log2_row;
    for (uint32_t i = 0; i < part->row_count; i++) {
        mien_k weight = mien_tensor_equality_at(point + part->log2_row, high, part->rows[i]);
        v->weights[i] = mien_k_mul(beta, weight);
    }
    for (size_t i = 0; i < part->queries; i++) MIEN_TRY(read_column(v, part, i));
    return mien_merkle_verify(v->receiver->reader, v->entries, part->queries, root, part->tree,
                              part->log2_columns);
}

/* What was sent, a polynomial of `length` coefficients, has verifier->values at the columns drawn
 * last. */
static mien_status check_row(mien_tensor_verifier *v, size_t length, uint32_t queries,
                             unsigned log2_columns) {
    const mien_field_kernels *kernels = mien_field_kernels_best();
    size_t blocks = mien_k_blocks(queries);
    memset(v->points, 0, blocks * MIEN_LANES * sizeof *v->points);
    for (size_t i = 0; i < queries; i++)
        v->points[i] = mien_ntt_point(log2_columns, MIEN_F_GENERATOR, v->columns[i]);
    for (size_t b = 0; b < blocks; b++)
        kernels->k_evaluate(&v->evaluated[b], v->row, length, v->points + b * MIEN_LANES);
    for (size_t i = 0; i < queries; i++)
        if (!mien_k_equal(v->values[i], mien_k_block_get(v->evaluated, i)))
            return MIEN_PROOF_INVALID;
    return MIEN_OK;
}

static mien_status verify(mien_tensor_verifier *v, const uint8_t (*roots)[MIEN_MERKLE_DIGEST],
                          const mien_k *point, const mien_form *claim,
                          const mien_checker *checker) {
    const mien_tensor_shape *shape = v->parts;
    const uint8_t *inner_root = NULL;
    mien_k beta, z;
    uint32_t y;
    MIEN_TRY(mien_receive(v->receiver, "mask value", 1, &y));
    mien_transcript_draw_k(v->receiver->transcript, "beta", &beta, 1);
    MIEN_TRY(read_response(v, &inner_root, &z, point));
    MIEN_TRY(check_value(z, y, beta, claim, checker));
    MIEN_TRY(mien_tensor_read_nonce(v, "nonce", "columns", shape->queries, shape->log2_columns));
    memset(v->values, 0, shape->queries * sizeof *v->values);
    for (size_t i = 0; i < v->count; i++)
        MIEN_TRY(read_part(v, &v->parts[i], beta, point, roots[i]));
    unsigned levels = mien_tensor_inner_count(shape);
    if (levels == 0)
        return check_row(v, mien_tensor_length(shape), shape->queries, shape->log2_columns);
    const mien_tensor_inner *last = &shape->inner[levels - 1];
    MIEN_TRY(mien_tensor_inner_verify(v, z, inner_root, point));
    return check_row(v, (size_t)1 << last->log2_row, last->queries, last->log2_columns);
}

mien_status mien_tensor_verify_parts(const mien_tensor_shape *parts,
                                     const uint8_t (*roots)[MIEN_MERKLE_DIGEST], size_t count,
                                     const mien_k *point, const mien_form *claim,
                                     mien_receiver *receiver, const mien_checker *checker,
                                     void *workspace, size_t workspace_size) {
    size_t needed = mien_tensor_parts_verify_workspace_size(parts, count);
    if (needed == 0 || workspace_size < needed || claim->count >= MIEN_FORM_TERMS)
        return MIEN_ARGUMENT;
    for (uint32_t i = 0; i < claim->count; i++)
        if (claim->message[i] >= receiver->received) return MIEN_ARGUMENT;
    mien_tensor_verifier v = {.parts = parts, .count = count, .receiver = receiver};
    mien_arena arena = {workspace, 0};
    carve(&v, &arena);
    return verify(&v, roots, point, claim, checker);
}

mien_status mien_tensor_verify(const mien_tensor_shape *shape,
                               const uint8_t root[MIEN_MERKLE_DIGEST], const mien_k *point,
                               uint32_t value, mien_receiver *receiver, const mien_checker *checker,
                               void *workspace, size_t workspace_size) {
    mien_form claim;
    uint8_t roots[1][MIEN_MERKLE_DIGEST];
    memcpy(roots[0], root, MIEN_MERKLE_DIGEST);
    mien_form_constant(&claim, MIEN_K_ZERO);
    mien_form_add(&claim, MIEN_K_ONE, value);
    return mien_tensor_verify_parts(shape, (const uint8_t(*)[MIEN_MERKLE_DIGEST])roots, 1, point,
                                    &claim, receiver, checker, workspace, workspace_size);
}
