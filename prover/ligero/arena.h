/* SPDX-License-Identifier: MIT */
/* Carving one block of the caller's memory into arrays. With base NULL it only counts. */
#ifndef MIEN_PROVER_LIGERO_ARENA_H
#define MIEN_PROVER_LIGERO_ARENA_H

#include <stddef.h>
#include <stdint.h>

typedef struct mien_arena {
    uint8_t *base; /* 64-byte aligned, or NULL */
    size_t used;
} mien_arena;

/* The next `count` objects of `size` bytes, 64-byte aligned; NULL while counting. Sizes are bounded
 * by the limits of parameters.h and challenges.h, so nothing overflows. */
static inline void *mien_arena_take(mien_arena *arena, size_t count, size_t size) {
    void *taken = arena->base != NULL ? arena->base + arena->used : NULL;
    arena->used += (count * size + 63) / 64 * 64;
    return taken;
}

#endif
