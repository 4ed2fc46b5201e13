/* SPDX-License-Identifier: MIT */
/* Segregated-witness addresses: bech32 (BIP-173) for version 0, bech32m (BIP-350) above. */
#ifndef MIEN_WALLET_BECH32_H
#define MIEN_WALLET_BECH32_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/status.h"

/* BIP-173: at most 90 characters. */
#define MIEN_BECH32_MAX_TEXT 91
#define MIEN_WITNESS_PROGRAM_MAX 40

/* Lower case. version 0..16, program of 2..40 bytes (20 or 32 for version 0); MIEN_ARGUMENT
 * otherwise, MIEN_TOO_LARGE when capacity does not suffice. */
MIEN_MUST_CHECK mien_status mien_bech32_encode_address(char *out, size_t capacity,
                                                       const char *prefix, int version,
                                                       const uint8_t *program, size_t length);
/* Text in one case, prefix as expected. MIEN_FORMAT for what is no bech32 at all or has another
 * prefix, MIEN_AUTHENTICATION for a wrong checksum (also bech32 where bech32m is due),
 * MIEN_UNSUPPORTED for lengths and versions the standard forbids. */
MIEN_MUST_CHECK mien_status mien_bech32_decode_address(int *version,
                                                       uint8_t program[MIEN_WITNESS_PROGRAM_MAX],
                                                       size_t *length, const char *prefix,
                                                       const char *text, size_t text_length);

#endif
