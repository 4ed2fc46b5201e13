/* SPDX-License-Identifier: MIT */
/* Derivation paths: m/84'/0'/0'/1/5. */
#ifndef MIEN_WALLET_PATH_H
#define MIEN_WALLET_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/status.h"

#define MIEN_HARDENED 0x80000000u
#define MIEN_HD_PATH_MAX 16

typedef struct mien_hd_path {
    uint8_t depth; /* 0..MIEN_HD_PATH_MAX */
    uint32_t index[MIEN_HD_PATH_MAX];
} mien_hd_path;

/* "m/84h/0'/0/1": "m" alone is the root, "m/" may be left out, h, H and ' mark hardened steps. No
 * signs, no blanks, no leading zeros; each index below 2^31. MIEN_FORMAT, or MIEN_TOO_LARGE for
 * more steps than fit. */
MIEN_MUST_CHECK mien_status mien_hd_path_parse(mien_hd_path *out, const char *text, size_t length);
/* Longest text with NUL: "m" and 16 times "/2147483647'". */
#define MIEN_HD_PATH_TEXT (1 + MIEN_HD_PATH_MAX * 12 + 1)
/* "m/84'/0'/0'", always with m and '. */
void mien_hd_path_text(char out[MIEN_HD_PATH_TEXT], const mien_hd_path *path);
bool mien_hd_path_equal(const mien_hd_path *a, const mien_hd_path *b);
/* Append one step; MIEN_TOO_LARGE when the path is full. */
MIEN_MUST_CHECK mien_status mien_hd_path_push(mien_hd_path *path, uint32_t index);

#endif
