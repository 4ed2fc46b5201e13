/* SPDX-License-Identifier: MIT */
#include "wallet/encoding/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "platform/base/bytes.h"

#define BLOCK_SIZE (16u * 1024)
#define ALIGNMENT alignof(max_align_t)

struct mien_arena_block {
    mien_arena_block *next;
    size_t size, used;
    alignas(max_align_t) uint8_t bytes[];
};

mien_arena mien_arena_of(size_t limit) {
    mien_arena arena = {NULL, 0, limit};
    return arena;
}

void mien_arena_clear(mien_arena *arena) {
    while (arena->blocks != NULL) {
        mien_arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    arena->used = 0;
}

/* A block of its own for what is larger than a quarter of a block goes behind the current one, so
 * that the current one stays in use. */
static mien_status add_block(mien_arena_block **out, mien_arena *arena, size_t size) {
    bool large = size > BLOCK_SIZE / 4;
    size_t payload = large ? size : BLOCK_SIZE, total;
    if (!mien_size_add(&total, payload, sizeof(mien_arena_block))) return MIEN_OVERFLOW;
    mien_arena_block *block = calloc(1, total);
    if (block == NULL) return MIEN_MEMORY;
    block->size = payload;
    if (large && arena->blocks != NULL) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        block->next = arena->blocks;
        arena->blocks = block;
    }
    *out = block;
    return MIEN_OK;
}

mien_status mien_arena_take(mien_arena *arena, void *out, size_t count, size_t size) {
    void *none = NULL;
    size_t bytes, rounded;
    memcpy(out, &none, sizeof none);
    if (!mien_size_multiply(&bytes, count, size) || !mien_size_add(&rounded, bytes, ALIGNMENT))
        return MIEN_OVERFLOW;
    rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (rounded == 0) rounded = ALIGNMENT; /* even nothing has an address of its own */
    if (rounded > arena->limit - arena->used) return MIEN_TOO_LARGE;
    mien_arena_block *block = arena->blocks;
    if (block == NULL || rounded > block->size - block->used)
        MIEN_TRY(add_block(&block, arena, rounded));
    void *piece = block->bytes + block->used;
    block->used += rounded;
    arena->used += rounded;
    memcpy(out, &piece, sizeof piece);
    return MIEN_OK;
}

mien_status mien_arena_copy(mien_arena *arena, mien_view *out, const void *data, size_t length) {
    uint8_t *copy;
    size_t size;
    if (!mien_size_add(&size, length, 1)) return MIEN_OVERFLOW;
    MIEN_TRY(mien_arena_take(arena, &copy, size, 1));
    if (length != 0) memcpy(copy, data, length);
    *out = mien_view_of(copy, length);
    return MIEN_OK;
}

static mien_status grow(mien_text *text, size_t needed) {
    if (needed < text->capacity) return MIEN_OK;
    size_t capacity = 2 * needed + 64;
    char *larger;
    MIEN_TRY(mien_arena_take(text->arena, &larger, capacity, 1));
    if (text->length != 0) memcpy(larger, text->start, text->length);
    text->start = larger;
    text->capacity = capacity;
    return MIEN_OK;
}

void mien_text_append(mien_text *text, const char *format, ...) {
    va_list arguments;
    if (text->status != MIEN_OK) return;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    text->status = length < 0 ? MIEN_INTERNAL : grow(text, text->length + (size_t)length);
    if (text->status != MIEN_OK) return;
    va_start(arguments, format);
    vsnprintf(text->start + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
}
