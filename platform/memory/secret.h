/* SPDX-License-Identifier: MIT */
/* Memory for secrets: keys, seeds, templates, embeddings, witnesses.
 *
 * A block lies between two inaccessible guard pages (libsodium's sodium_malloc), is locked against
 * swapping, left out of core images (MADV_DONTDUMP) and wiped when released. Each block costs at
 * least four pages: put many small secrets into one arena. Thread-safe. */
#ifndef MIEN_PLATFORM_MEMORY_SECRET_H
#define MIEN_PLATFORM_MEMORY_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"

#define MIEN_SECRET_ALIGNMENT 64

/* `length` zeroed bytes (length >= 1), aligned to MIEN_SECRET_ALIGNMENT; the end of the block,
 * rounded up to that alignment, touches the guard page. *memory is NULL on error:
 *   MIEN_MEMORY  the system gives no memory, or (only after mien_secret_require_lock(true)) the
 *                limit of locked memory is reached; the words name the limit and how to raise it.
 * Without that requirement a block beyond the limit is still guarded, not dumped and wiped, but may
 * be swapped out; mien_secret_usage tells how much. The caller releases with mien_secret_free. */
MIEN_MUST_CHECK mien_status mien_secret_alloc(void **memory, size_t length, mien_error *error);

/* Wipe and release. NULL is fine. Ends the process when the guard bytes before the block were
 * overwritten, because nothing in memory can be trusted then. */
void mien_secret_free(void *memory);

/* Refuse blocks that cannot be locked, from now on. Off at the start. */
void mien_secret_require_lock(bool required);

/* Bytes in live blocks, and how many of them could not be locked (0 is what one wants). */
typedef struct mien_secret_counts {
    size_t blocks, bytes, unlocked_bytes;
} mien_secret_counts;
mien_secret_counts mien_secret_usage(void);

/* Many secrets that live equally long, in one block. A zeroed struct is a valid empty arena. Not
 * thread-safe. */
typedef struct mien_secret_arena {
    uint8_t *memory;
    size_t size, used;
} mien_secret_arena;

/* Errors as mien_secret_alloc. */
MIEN_MUST_CHECK mien_status mien_secret_arena_create(mien_secret_arena *arena, size_t size,
                                                     mien_error *error);
/* `length` zeroed bytes, aligned to MIEN_SECRET_ALIGNMENT; NULL when the arena is full. They live
 * until the arena is reset or destroyed. */
void *mien_secret_arena_take(mien_secret_arena *arena, size_t length);
/* Size of an arena that holds `count` pieces of at most `length` bytes each; 0 on overflow. */
size_t mien_secret_arena_size(size_t count, size_t length);
/* Wipe everything taken and start again. */
void mien_secret_arena_reset(mien_secret_arena *arena);
void mien_secret_arena_destroy(mien_secret_arena *arena); /* NULL and empty are fine */

#endif
