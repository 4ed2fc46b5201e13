/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "platform/memory/pages.h"

#include <stdint.h>
#include <sys/mman.h>

#include "platform/base/bytes.h"

#define LARGE ((size_t)2 << 20)

static size_t rounded(size_t length) {
    return (length + LARGE - 1) / LARGE * LARGE;
}

/* A mapping with room to align it, whose ends are given back. */
mien_status mien_pages_alloc(void **memory, size_t length, mien_error *error) {
    *memory = NULL;
    if (length == 0 || length > SIZE_MAX / 2) return MIEN_ARGUMENT;
    size_t size = rounded(length), mapped = size + LARGE;
    void *start = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        return mien_fail(error, MIEN_MEMORY, "no memory for %zu MB of work", length / 1000000);
    uintptr_t from = (uintptr_t)start, aligned = (from + LARGE - 1) & ~(uintptr_t)(LARGE - 1);
    if (aligned > from) (void)munmap(start, aligned - from);
    if (from + mapped > aligned + size)
        (void)munmap((void *)(aligned + size), from + mapped - aligned - size);
    (void)madvise((void *)aligned, size, MADV_HUGEPAGE);
    (void)madvise((void *)aligned, size, MADV_DONTDUMP);
    *memory = (void *)aligned;
    return MIEN_OK;
}

void mien_pages_free(void *memory, size_t length, size_t used) {
    if (memory == NULL) return;
    mien_wipe(memory, used < length ? used : length);
    (void)munmap(memory, rounded(length));
}
