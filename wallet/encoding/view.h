/* SPDX-License-Identifier: MIT */
/* Bytes that belong to somebody else. */
#ifndef MIEN_WALLET_VIEW_H
#define MIEN_WALLET_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct mien_view {
    const uint8_t *data; /* may be NULL when length is 0 */
    size_t length;
} mien_view;

static inline mien_view mien_view_of(const void *data, size_t length) {
    mien_view view = {(const uint8_t *)data, length};
    return view;
}
/* Equal length and bytes. Not constant time: for public data. */
static inline bool mien_view_equal(mien_view a, mien_view b) {
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

#endif
