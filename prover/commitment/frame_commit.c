/* SPDX-License-Identifier: MIT */
#include "prover/commitment/frame.h"
#include "prover/ligero/arena.h"

/* The shape under which C_x is made: rows 0, 1, .. of a vector of its own. */
static mien_tensor_shape own_shape(const mien_frame_layout *layout, const uint32_t *rows,
                                   uint32_t count) {
    mien_tensor_shape shape = {.log2_size = layout->log2_row,
                               .log2_row = layout->log2_row,
                               .log2_columns = layout->log2_columns,
                               .queries = layout->queries,
                               .tree = MIEN_FRAME_TREE,
                               .rows = rows,
                               .row_count = count,
                               .unmasked = true};
    while (count > (uint32_t)1 << (shape.log2_size - shape.log2_row)) shape.log2_size++;
    return shape;
}

static size_t carve(mien_frame *frame, mien_arena *arena, uint32_t count) {
    frame->values = mien_arena_take(arena, (size_t)count << frame->layout.log2_row, sizeof(mien_f));
    frame->rows = mien_arena_take(arena, count, sizeof(uint32_t));
    frame->placed = mien_arena_take(arena, count, sizeof(uint32_t));
    return arena->used;
}

static void number_rows(uint32_t *rows, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) rows[i] = i;
}

size_t mien_frame_memory_size(const mien_frame_layout *layout, unsigned threads) {
    uint32_t rows[MIEN_FRAME_ROWS_MAX], count = mien_frame_row_count(layout);
    mien_frame frame = {.layout = *layout};
    mien_arena arena = {NULL, 0};
    if (count == 0) return 0;
    number_rows(rows, count);
    mien_tensor_shape shape = own_shape(layout, rows, count);
    size_t size = mien_tensor_memory_size(&shape, threads);
    return size != 0 ? carve(&frame, &arena, count) + size : 0;
}

static void fill(mien_frame *frame, const int16_t *values) {
    const mien_frame_layout *layout = &frame->layout;
    size_t step = 1;
    while (step < layout->channels) step *= 2;
    memset(frame->values, 0,
           ((size_t)mien_frame_row_count(layout) << layout->log2_row) * sizeof *frame->values);
    for (size_t s = 0; s < layout->sites; s++)
        for (size_t c = 0; c < layout->channels; c++)
            frame->values[s * step + c] = mien_f_from_i32(values[s * layout->channels + c]);
}

mien_status mien_frame_commit(mien_frame *frame, uint8_t root[MIEN_MERKLE_DIGEST],
                              const int16_t *values, const mien_frame_layout *layout,
                              const mien_tensor_secret *secret, void *memory, size_t memory_size,
                              const mien_machine *machine, const mien_hash_kernels *hash,
                              const mien_progress *progress) {
    size_t needed = mien_frame_memory_size(layout, mien_pool_threads(machine->pool));
    uint32_t count = mien_frame_row_count(layout);
    if (needed == 0 || memory_size < needed) return MIEN_ARGUMENT;
    *frame = (mien_frame){.layout = *layout};
    mien_arena arena = {memory, 0};
    carve(frame, &arena, count);
    number_rows(frame->rows, count);
    fill(frame, values);
    mien_tensor_shape shape = own_shape(layout, frame->rows, count);
    return mien_tensor_commit_again(&frame->tensor, root, frame->values, &shape, secret,
                                    arena.base + arena.used, memory_size - arena.used, machine,
                                    hash, progress);
}

mien_status mien_frame_place(mien_frame *frame, uint32_t first_row, const mien_tensor_shape *like) {
    mien_tensor_shape part;
    MIEN_TRY(mien_frame_part(&part, frame->placed, &frame->layout, first_row, like));
    return mien_tensor_place(&frame->tensor, &part);
}
