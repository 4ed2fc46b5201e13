/* SPDX-License-Identifier: MIT */
#include "wallet/bip32/path.h"

#include <stdio.h>
#include <string.h>

/* One step: digits, then perhaps a mark. Moves *at behind it. */
static mien_status parse_step(uint32_t *index, const char *text, size_t length, size_t *at) {
    uint64_t value = 0;
    size_t start = *at;
    for (; *at < length && text[*at] >= '0' && text[*at] <= '9'; (*at)++) {
        value = 10 * value + (uint64_t)(text[*at] - '0');
        if (value >= MIEN_HARDENED) return MIEN_FORMAT;
    }
    if (*at == start || (text[start] == '0' && *at > start + 1)) return MIEN_FORMAT;
    *index = (uint32_t)value;
    if (*at < length && (text[*at] == '\'' || text[*at] == 'h' || text[*at] == 'H')) {
        *index |= MIEN_HARDENED;
        (*at)++;
    }
    return MIEN_OK;
}

mien_status mien_hd_path_parse(mien_hd_path *out, const char *text, size_t length) {
    mien_hd_path path = {0};
    size_t at = 0;
    if (length >= 1 && text[0] == 'm') {
        at = 1;
        if (length > 1 && text[at++] != '/') return MIEN_FORMAT;
        if (length == 2) return MIEN_FORMAT;
    } else if (length == 0) {
        return MIEN_FORMAT;
    }
    while (at < length) {
        uint32_t index;
        MIEN_TRY(parse_step(&index, text, length, &at));
        MIEN_TRY(mien_hd_path_push(&path, index));
        if (at < length && (text[at++] != '/' || at == length)) return MIEN_FORMAT;
    }
    *out = path;
    return MIEN_OK;
}

void mien_hd_path_text(char out[MIEN_HD_PATH_TEXT], const mien_hd_path *path) {
    size_t used = 1;
    memcpy(out, "m", 2);
    for (int i = 0; i < path->depth && i < MIEN_HD_PATH_MAX; i++) {
        uint32_t index = path->index[i];
        used += (size_t)snprintf(out + used, MIEN_HD_PATH_TEXT - used, "/%u%s",
                                 (unsigned)(index & ~MIEN_HARDENED),
                                 (index & MIEN_HARDENED) != 0 ? "'" : "");
    }
}

bool mien_hd_path_equal(const mien_hd_path *a, const mien_hd_path *b) {
    return a->depth == b->depth && memcmp(a->index, b->index, a->depth * sizeof a->index[0]) == 0;
}

mien_status mien_hd_path_push(mien_hd_path *path, uint32_t index) {
    if (path->depth >= MIEN_HD_PATH_MAX) return MIEN_TOO_LARGE;
    path->index[path->depth++] = index;
    return MIEN_OK;
}
