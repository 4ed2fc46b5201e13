/* SPDX-License-Identifier: MIT */
#include "wallet/encoding/hex.h"

#include <sodium.h>

#include "platform/base/bytes.h"

/* '0' + n, and 39 more to reach 'a' when n is above 9: the sign of 9 - n fills a mask. */
static char digit_of(unsigned n) {
    return (char)('0' + n + ((unsigned)((9 - (int)n) >> 8) & 39u));
}

void mien_hex_encode(char *out, const uint8_t *data, size_t length) {
    for (size_t i = 0; i < length; i++) {
        out[2 * i] = digit_of(data[i] >> 4);
        out[2 * i + 1] = digit_of(data[i] & 15u);
    }
    out[2 * length] = '\0';
}

/* All ones when low <= c <= high. */
static unsigned in_range(unsigned c, unsigned low, unsigned high) {
    return (((c - low) | (high - c)) >> 31) - 1u;
}

/* 0..15, or 16 when `c` is no hex digit. */
static unsigned value_of(unsigned c) {
    unsigned digit = in_range(c, '0', '9'), letter = in_range(c | 32u, 'a', 'f');
    return (digit & (c - '0')) | (letter & ((c | 32u) - 'a' + 10)) | (~(digit | letter) & 16u);
}

mien_status mien_hex_decode(uint8_t *out, size_t length, const char *text, size_t text_length) {
    unsigned wrong = 0;
    memset(out, 0, length);
    if (text_length % 2 != 0 || text_length / 2 != length) return MIEN_FORMAT;
    for (size_t i = 0; i < length; i++) {
        unsigned high = value_of((uint8_t)text[2 * i]), low = value_of((uint8_t)text[2 * i + 1]);
        wrong |= (high | low) & 16u;
        out[i] = (uint8_t)(high << 4 | (low & 15u));
    }
    if (wrong != 0) mien_wipe(out, length);
    return wrong != 0 ? MIEN_FORMAT : MIEN_OK;
}

size_t mien_base64_encoded_size(size_t length) {
    return (length + 2) / 3 * 4 + 1;
}

void mien_base64_encode(char *out, size_t capacity, const uint8_t *data, size_t length) {
    sodium_bin2base64(out, capacity, data, length, sodium_base64_VARIANT_ORIGINAL);
}

mien_status mien_base64_decode(uint8_t *out, size_t *length, size_t capacity, const char *text,
                               size_t text_length) {
    const char *end;
    *length = 0;
    if (text_length == 0) return MIEN_OK;
    if (text_length % 4 != 0) return MIEN_FORMAT;
    size_t size = text_length / 4 * 3 - (text[text_length - 1] == '=') -
                  (text[text_length - 2] == '=' && text[text_length - 1] == '=');
    if (size > capacity) return MIEN_TOO_LARGE;
    if (sodium_base642bin(out, size, text, text_length, NULL, length, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != text + text_length) {
        *length = 0;
        return MIEN_FORMAT;
    }
    return MIEN_OK;
}
