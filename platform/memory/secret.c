/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "platform/memory/secret.h"

#include <errno.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "platform/base/bytes.h"

/* Lies before the caller's bytes; its size keeps them aligned. */
typedef struct header {
    size_t length; /* what the caller asked for */
    size_t locked; /* 1 or 0 */
    uint8_t padding[MIEN_SECRET_ALIGNMENT - 2 * sizeof(size_t)];
} header;
_Static_assert(sizeof(header) == MIEN_SECRET_ALIGNMENT, "blocks start aligned");

static atomic_bool lock_required;
static atomic_size_t live_blocks, live_bytes, live_unlocked;

void mien_secret_require_lock(bool required) {
    atomic_store(&lock_required, required);
}

mien_secret_counts mien_secret_usage(void) {
    mien_secret_counts counts = {atomic_load(&live_blocks), atomic_load(&live_bytes),
                                 atomic_load(&live_unlocked)};
    return counts;
}

/* sodium_malloc locks too but does not say whether that worked, so ask again: locking what is
 * locked changes nothing. MADV_DONTDUMP is repeated because libsodium does it only on some
 * systems. */
static bool lock_pages(const void *memory, size_t length) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = (uintptr_t)memory & ~(page - 1);
    size_t span = ((uintptr_t)memory - start + length + page - 1) & ~(page - 1);
    (void)madvise((void *)start, span, MADV_DONTDUMP);
    return mlock((const void *)start, span) == 0;
}

static mien_status refuse_unlocked(size_t length, mien_error *error) {
    struct rlimit limit = {0, 0};
    (void)getrlimit(RLIMIT_MEMLOCK, &limit);
    return mien_fail(error, MIEN_MEMORY,
                     "cannot keep %zu bytes of secrets out of the swap space: the limit of locked "
                     "memory is %llu kB; raise it with 'ulimit -l' or in "
                     "/etc/security/limits.conf",
                     length, (unsigned long long)limit.rlim_cur / 1024);
}

mien_status mien_secret_alloc(void **memory, size_t length, mien_error *error) {
    *memory = NULL;
    size_t total;
    if (length == 0 || !mien_size_add(&total, length, sizeof(header) + MIEN_SECRET_ALIGNMENT - 1))
        return mien_fail(error, MIEN_ARGUMENT, "a secret block of %zu bytes cannot be", length);
    total &= ~(size_t)(MIEN_SECRET_ALIGNMENT - 1);
    if (sodium_init() < 0) return mien_fail(error, MIEN_INTERNAL, "libsodium does not start");
    header *block = sodium_malloc(total);
    if (block == NULL)
        return mien_fail(error, MIEN_MEMORY, "no memory for %zu bytes of secrets", length);
    bool locked = lock_pages(block, total);
    if (!locked && atomic_load(&lock_required)) {
        sodium_free(block);
        return refuse_unlocked(length, error);
    }
    memset(block, 0, total);
    block->length = length;
    block->locked = locked;
    atomic_fetch_add(&live_blocks, 1);
    atomic_fetch_add(&live_bytes, length);
    if (!locked) atomic_fetch_add(&live_unlocked, length);
    *memory = block + 1;
    return MIEN_OK;
}

void mien_secret_free(void *memory) {
    if (memory == NULL) return;
    header *block = (header *)memory - 1;
    atomic_fetch_sub(&live_blocks, 1);
    atomic_fetch_sub(&live_bytes, block->length);
    if (!block->locked) atomic_fetch_sub(&live_unlocked, block->length);
    mien_wipe(memory, block->length); /* libsodium wipes too, where it has mlock */
    sodium_free(block);
}

mien_status mien_secret_arena_create(mien_secret_arena *arena, size_t size, mien_error *error) {
    void *memory;
    memset(arena, 0, sizeof *arena);
    MIEN_TRY(mien_secret_alloc(&memory, size, error));
    arena->memory = memory;
    arena->size = size;
    return MIEN_OK;
}

void *mien_secret_arena_take(mien_secret_arena *arena, size_t length) {
    size_t left = arena->size - arena->used;
    if (length == 0 || length > left) return NULL;
    void *piece = arena->memory + arena->used;
    size_t rounded = (length + MIEN_SECRET_ALIGNMENT - 1) & ~(size_t)(MIEN_SECRET_ALIGNMENT - 1);
    arena->used += rounded < left ? rounded : left;
    return piece;
}

size_t mien_secret_arena_size(size_t count, size_t length) {
    size_t rounded, size;
    if (!mien_size_add(&rounded, length, MIEN_SECRET_ALIGNMENT - 1)) return 0;
    rounded &= ~(size_t)(MIEN_SECRET_ALIGNMENT - 1);
    return mien_size_multiply(&size, rounded, count) ? size : 0;
}

void mien_secret_arena_reset(mien_secret_arena *arena) {
    if (arena->memory != NULL) mien_wipe(arena->memory, arena->size);
    arena->used = 0;
}

void mien_secret_arena_destroy(mien_secret_arena *arena) {
    if (arena == NULL) return;
    mien_secret_free(arena->memory);
    memset(arena, 0, sizeof *arena);
}
