/* SPDX-License-Identifier: MIT */
/* Memory for parsed documents: many small pieces that live and die together. Pieces are zeroed,
 * aligned for any type, never move and are never freed singly. For public data: an arena is plain
 * heap memory. The limit bounds what hostile input can make the wallet allocate. */
#ifndef MIEN_WALLET_ARENA_H
#define MIEN_WALLET_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/status.h"
#include "wallet/encoding/view.h"

typedef struct mien_arena_block mien_arena_block;
typedef struct mien_arena {
    mien_arena_block *blocks;
    size_t used, limit; /* bytes handed out, and the most that may be */
} mien_arena;

/* An empty arena; allocates nothing yet. */
mien_arena mien_arena_of(size_t limit);
/* Free everything; the arena is empty and usable afterwards. */
void mien_arena_clear(mien_arena *arena);

/* `count` zeroed elements of `size` bytes. MIEN_TOO_LARGE beyond the limit, MIEN_MEMORY when the
 * heap is empty, MIEN_OVERFLOW when count * size is. *out is NULL then. */
MIEN_MUST_CHECK mien_status mien_arena_take(mien_arena *arena, void *out, size_t count,
                                            size_t size);
/* Copy of the bytes, with a NUL behind them that the view does not count. */
MIEN_MUST_CHECK mien_status mien_arena_copy(mien_arena *arena, mien_view *out, const void *data,
                                            size_t length);

/* A text that grows in an arena. Start with {arena, ...zero}. After a failure the status stays and
 * further appends do nothing, so only the end needs a check. */
typedef struct mien_text {
    mien_arena *arena;
    char *start; /* NUL-terminated once anything was appended */
    size_t length, capacity;
    mien_status status;
} mien_text;
void mien_text_append(mien_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
