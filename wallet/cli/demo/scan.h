/* SPDX-License-Identifier: MIT */
/* A folder on the disk: is something of a face in it? And away with it. */
#ifndef MIEN_WALLET_CLI_DEMO_SCAN_H
#define MIEN_WALLET_CLI_DEMO_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"

typedef struct mien_scan {
    size_t files, bytes; /* looked through */
    size_t found;        /* places where a needle stands */
} mien_scan;

/* Look for `needles` (count pieces of `length` bytes, `stride` apart) in every file below `folder`,
 * at most 8 folders deep. *scan must be zeroed; counts add up. */
MIEN_MUST_CHECK mien_status mien_scan_folder(mien_scan *scan, const char *folder,
                                             const void *needles, size_t count, size_t length,
                                             size_t stride, mien_error *error);
/* Remove a folder and all in it, as far as possible; symlinks are removed, not followed. Returns
 * whether it is gone. */
bool mien_folder_erase(const char *folder);

#endif
