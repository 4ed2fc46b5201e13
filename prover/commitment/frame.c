/* SPDX-License-Identifier: MIT */
/* What a verifier needs of frames; committing is frame_commit.c. */
#include "prover/commitment/frame.h"

static unsigned log2_channels(const mien_frame_layout *layout) {
    unsigned bits = 0;
    while (layout->channels > (uint32_t)1 << bits) bits++;
    return bits;
}

uint32_t mien_frame_row_count(const mien_frame_layout *layout) {
    if (layout->channels < 1 || layout->channels > 1u << 16 || layout->sites < 1 ||
        layout->log2_row < 4 || layout->log2_row >= MIEN_F_TWO_ADICITY)
        return 0;
    uint64_t size = (uint64_t)layout->sites << log2_channels(layout);
    uint64_t rows = (size + ((uint64_t)1 << layout->log2_row) - 1) >> layout->log2_row;
    return rows <= MIEN_FRAME_ROWS_MAX ? (uint32_t)rows : 0;
}

mien_status mien_frame_part(mien_tensor_shape *part, uint32_t *rows,
                            const mien_frame_layout *layout, uint32_t first_row,
                            const mien_tensor_shape *like) {
    uint32_t count = mien_frame_row_count(layout);
    if (count == 0 || layout->log2_row != like->log2_row ||
        layout->log2_columns != like->log2_columns || layout->queries != like->queries)
        return MIEN_ARGUMENT;
    for (uint32_t i = 0; i < count; i++) rows[i] = first_row + i;
    *part = *like;
    part->tree = MIEN_FRAME_TREE;
    part->rows = rows;
    part->row_count = count;
    part->openings = 1;
    part->tail = mien_tensor_tail(like);
    part->unmasked = true;
    return mien_tensor_shape_check(part);
}
