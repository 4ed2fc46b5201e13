/* SPDX-License-Identifier: MIT */
/* Hex and base64 in constant time: no branch and no table index depends on the data, so they may
 * carry secrets. */
#ifndef MIEN_WALLET_HEX_H
#define MIEN_WALLET_HEX_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/status.h"

/* 2 * length lower-case digits and a NUL. `out` has 2 * length + 1 bytes. */
void mien_hex_encode(char *out, const uint8_t *data, size_t length);
/* Exactly 2 * length digits of either case become `length` bytes. MIEN_FORMAT when text_length is
 * something else or a character is no digit; out is zeroed then. */
MIEN_MUST_CHECK mien_status mien_hex_decode(uint8_t *out, size_t length, const char *text,
                                            size_t text_length);

/* Bytes that base64 of `length` bytes takes, with its NUL. */
size_t mien_base64_encoded_size(size_t length);
/* Standard alphabet with padding (RFC 4648 section 4). */
void mien_base64_encode(char *out, size_t capacity, const uint8_t *data, size_t length);
/* Strict: padding present, no white space, unused bits zero. *length is set to the decoded size;
 * MIEN_TOO_LARGE when that exceeds capacity, MIEN_FORMAT for anything that is not base64. */
MIEN_MUST_CHECK mien_status mien_base64_decode(uint8_t *out, size_t *length, size_t capacity,
                                               const char *text, size_t text_length);

#endif
