/* SPDX-License-Identifier: MIT */
/* What both sides know of a commitment: its shape. */
#include "prover/commitment/tensor_internal.h"

static bool rows_ascend(const mien_tensor_shape *shape) {
    uint64_t rows = (uint64_t)1 << (shape->log2_size - shape->log2_row);
    if (shape->row_count < (shape->unmasked ? 1 : 0) || shape->row_count > rows ||
        shape->row_count >= 1u << 24)
        return false;
    for (uint32_t i = 0; i < shape->row_count; i++) {
        if (shape->rows[i] >= rows || (i > 0 && shape->rows[i] <= shape->rows[i - 1])) return false;
    }
    return true;
}

static bool level_empty(const mien_tensor_inner *inner) {
    return inner->log2_row == 0 && inner->log2_columns == 0 && inner->queries == 0 &&
           inner->tree == 0;
}

static bool inner_fits(const mien_tensor_shape *shape) {
    unsigned count = mien_tensor_inner_count(shape), above = shape->log2_row;
    for (unsigned i = 0; i < MIEN_TENSOR_INNER_MAX; i++) {
        const mien_tensor_inner *inner = &shape->inner[i];
        if (i >= count && !level_empty(inner)) return false;
        if (i >= count) continue;
        if (inner->log2_row < MIEN_TENSOR_INNER_ROW_MIN || inner->log2_row > above ||
            inner->log2_columns <= inner->log2_row || inner->log2_columns > MIEN_F_TWO_ADICITY ||
            inner->queries < 1 || inner->queries > (uint32_t)1 << (inner->log2_columns - 1) ||
            inner->tree == shape->tree)
            return false;
        for (unsigned j = 0; j < i; j++)
            if (shape->inner[j].tree == inner->tree) return false;
        above = inner->log2_row;
    }
    return true;
}

mien_status mien_tensor_shape_check(const mien_tensor_shape *shape) {
    if (shape->log2_size > 32 || shape->log2_row < 4 || shape->log2_row > shape->log2_size ||
        shape->log2_columns > MIEN_F_TWO_ADICITY || shape->log2_columns <= shape->log2_row ||
        shape->grinding_bits > 20)
        return MIEN_ARGUMENT;
    uint32_t half = (uint32_t)1 << (shape->log2_columns - 1);
    uint32_t room = half - ((uint32_t)1 << shape->log2_row);
    if (shape->queries < 1 || shape->queries > room || shape->openings > room / shape->queries ||
        mien_tensor_tail(shape) > room ||
        mien_tensor_row_randomness(shape) > mien_tensor_tail(shape))
        return MIEN_ARGUMENT;
    if (!shape->unmasked && shape->openings > 1) return MIEN_ARGUMENT;
    return rows_ascend(shape) && inner_fits(shape) ? MIEN_OK : MIEN_ARGUMENT;
}

static bool inner_equal(const mien_tensor_inner *a, const mien_tensor_inner *b) {
    for (unsigned i = 0; i < MIEN_TENSOR_INNER_MAX; i++)
        if (a[i].log2_row != b[i].log2_row || a[i].log2_columns != b[i].log2_columns ||
            a[i].queries != b[i].queries || a[i].tree != b[i].tree)
            return false;
    return true;
}

/* Both are right by themselves. */
static bool parts_fit(const mien_tensor_shape *a, const mien_tensor_shape *b) {
    if (a->log2_size != b->log2_size || a->log2_row != b->log2_row ||
        a->log2_columns != b->log2_columns || a->queries != b->queries ||
        a->grinding_bits != b->grinding_bits || mien_tensor_tail(a) != mien_tensor_tail(b) ||
        !inner_equal(a->inner, b->inner) || a->tree == b->tree)
        return false;
    uint32_t i = 0, j = 0;
    while (i < a->row_count && j < b->row_count) {
        if (a->rows[i] == b->rows[j]) return false;
        if (a->rows[i] < b->rows[j])
            i++;
        else
            j++;
    }
    return true;
}

mien_status mien_tensor_parts_check(const mien_tensor_shape *parts, size_t count) {
    size_t masks = 0;
    if (count < 1 || count > MIEN_TENSOR_PARTS_MAX) return MIEN_ARGUMENT;
    for (size_t i = 0; i < count; i++) {
        MIEN_TRY(mien_tensor_shape_check(&parts[i]));
        masks += !parts[i].unmasked;
        for (size_t j = 0; j < i; j++)
            if (!parts_fit(&parts[i], &parts[j])) return MIEN_ARGUMENT;
    }
    return masks == 1 ? MIEN_OK : MIEN_ARGUMENT;
}

unsigned mien_tensor_inner_variables(const mien_tensor_shape *shape, unsigned i) {
    unsigned bits = shape->inner[i].log2_row;
    uint32_t rows = mien_tensor_inner_rows(shape, i);
    while (((uint64_t)rows << shape->inner[i].log2_row) > (uint64_t)1 << bits) bits++;
    return bits;
}

void mien_tensor_absorb_shape(mien_transcript *transcript, const mien_tensor_shape *shape) {
    mien_transcript_integer(transcript, "tensor size", shape->log2_size);
    mien_transcript_integer(transcript, "tensor row", shape->log2_row);
    mien_transcript_integer(transcript, "tensor columns", shape->log2_columns);
    mien_transcript_integer(transcript, "tensor queries", shape->queries);
    mien_transcript_integer(transcript, "tensor grinding", shape->grinding_bits);
    mien_transcript_integer(transcript, "tensor tree", shape->tree);
    mien_transcript_integer(transcript, "tensor randomness", mien_tensor_row_randomness(shape));
    mien_transcript_integer(transcript, "tensor tail", mien_tensor_tail(shape));
    mien_transcript_integer(transcript, "tensor mask", !shape->unmasked);
    unsigned count = mien_tensor_inner_count(shape);
    mien_transcript_integer(transcript, "inner levels", count);
    for (unsigned i = 0; i < count; i++) {
        mien_transcript_integer(transcript, "inner row", shape->inner[i].log2_row);
        mien_transcript_integer(transcript, "inner columns", shape->inner[i].log2_columns);
        mien_transcript_integer(transcript, "inner queries", shape->inner[i].queries);
        mien_transcript_integer(transcript, "inner tree", shape->inner[i].tree);
    }
    mien_transcript_integer(transcript, "tensor rows", shape->row_count);
    for (uint32_t i = 0; i < shape->row_count; i++)
        mien_transcript_integer(transcript, "row", shape->rows[i]);
}

/* Columns of one part, and its tree. */
static size_t part_size(const mien_tensor_shape *shape) {
    size_t column = MIEN_TENSOR_SALT + MIEN_F_BYTES * (size_t)mien_tensor_column_elements(shape);
    return column * shape->queries +
           mien_merkle_opening_max_size(shape->log2_columns, shape->queries);
}

/* Root, sumcheck, columns and tree of an inner level. */
static size_t inner_size(const mien_tensor_shape *shape, unsigned i) {
    const mien_tensor_inner *inner = &shape->inner[i];
    size_t column = (size_t)MIEN_K_BYTES * mien_tensor_inner_rows(shape, i);
    size_t messages = 2 * (size_t)mien_tensor_inner_variables(shape, i) + 1;
    return MIEN_MERKLE_DIGEST + MIEN_K_BYTES * messages + 8 + column * inner->queries +
           mien_merkle_opening_max_size(inner->log2_columns, inner->queries);
}

size_t mien_tensor_parts_opening_max_size(const mien_tensor_shape *parts, size_t count) {
    unsigned levels = mien_tensor_inner_count(parts);
    size_t size = MIEN_K_BYTES + 8 + (levels > 0 ? MIEN_K_BYTES : 0); /* y, nonce, z */
    for (size_t i = 0; i < count; i++) size += part_size(&parts[i]);
    for (unsigned i = 0; i < levels; i++) size += inner_size(parts, i);
    return size + MIEN_K_BYTES * mien_tensor_inner_length(parts, levels);
}

size_t mien_tensor_opening_max_size(const mien_tensor_shape *shape) {
    return mien_tensor_parts_opening_max_size(shape, 1);
}
