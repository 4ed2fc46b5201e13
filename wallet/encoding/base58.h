/* SPDX-License-Identifier: MIT */
/* Base58 and base58check with Bitcoin's alphabet. Running time depends on lengths and on the number
 * of leading zero bytes only, so private keys (WIF, xprv) may pass through. */
#ifndef MIEN_WALLET_BASE58_H
#define MIEN_WALLET_BASE58_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/status.h"

/* Longest payload taken, checksum not counted: an extended key has 78 bytes. */
#define MIEN_BASE58_MAX_PAYLOAD 124
/* Room for the text of the longest payload and its checksum, with NUL. */
#define MIEN_BASE58_MAX_TEXT 178

/* Plain base58 of at most MIEN_BASE58_MAX_PAYLOAD + 4 bytes, NUL-terminated. MIEN_TOO_LARGE when
 * input or output do not fit. */
MIEN_MUST_CHECK mien_status mien_base58_encode(char *out, size_t capacity, const uint8_t *data,
                                               size_t length);
/* *length is set to the decoded size. MIEN_FORMAT for a character outside the alphabet, an empty
 * text is the empty byte string. */
MIEN_MUST_CHECK mien_status mien_base58_decode(uint8_t *out, size_t *length, size_t capacity,
                                               const char *text, size_t text_length);
/* With the first four bytes of the double SHA-256 behind the payload; decoding answers
 * MIEN_AUTHENTICATION when they do not fit and hands out nothing. */
MIEN_MUST_CHECK mien_status mien_base58check_encode(char *out, size_t capacity,
                                                    const uint8_t *payload, size_t length);
MIEN_MUST_CHECK mien_status mien_base58check_decode(uint8_t *payload, size_t *length,
                                                    size_t capacity, const char *text,
                                                    size_t text_length);

#endif
