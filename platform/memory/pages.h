/* SPDX-License-Identifier: MIT */
/* Hundreds of megabytes of working memory that held secrets.
 *
 * Whole pages from the system, large ones where it has them, left out of core images and wiped when
 * released. Not locked: such sizes exceed what a user may lock, so they may be swapped out; keys
 * and templates belong into mien_secret_alloc. Thread-safe. */
#ifndef MIEN_PLATFORM_MEMORY_PAGES_H
#define MIEN_PLATFORM_MEMORY_PAGES_H

#include <stddef.h>

#include "platform/base/error.h"

/* `length` zeroed bytes (length >= 1), aligned to 2 MiB. *memory is NULL on error: MIEN_MEMORY. */
MIEN_MUST_CHECK mien_status mien_pages_alloc(void **memory, size_t length, mien_error *error);
/* Wipe the first `used` bytes (those that secrets were written to) and release. NULL is fine. */
void mien_pages_free(void *memory, size_t length, size_t used);

#endif
