/* SPDX-License-Identifier: MIT */
/* Amounts of wei: 256-bit unsigned integers, with just what showing and checking them takes. */
#ifndef MIEN_WALLET_ETHEREUM_UINT256_H
#define MIEN_WALLET_ETHEREUM_UINT256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/status.h"

typedef struct mien_uint256 {
    uint64_t limb[4]; /* least significant first */
} mien_uint256;

mien_uint256 mien_uint256_of(uint64_t value);
bool mien_uint256_is_zero(const mien_uint256 *a);
/* -1, 0 or 1 */
int mien_uint256_compare(const mien_uint256 *a, const mien_uint256 *b);
/* MIEN_OVERFLOW leaves *out untouched. */
MIEN_MUST_CHECK mien_status mien_uint256_add(mien_uint256 *out, const mien_uint256 *a,
                                             const mien_uint256 *b);
MIEN_MUST_CHECK mien_status mien_uint256_multiply(mien_uint256 *out, const mien_uint256 *a,
                                                  uint64_t b);
/* Big-endian, at most 32 bytes; leading zeros allowed here (RLP forbids them itself). */
MIEN_MUST_CHECK mien_status mien_uint256_from_bytes(mien_uint256 *out, const uint8_t *bytes,
                                                    size_t length);
void mien_uint256_to_bytes(uint8_t out[32], const mien_uint256 *a);
/* "123" or "0x7b", no sign, no blank, no empty number; leading zeros allowed after 0x only. */
MIEN_MUST_CHECK mien_status mien_uint256_parse(mien_uint256 *out, const char *text, size_t length);
/* Decimal with `decimals` (0..77) places behind the point, zeros at the end left out: 1.5. */
#define MIEN_UINT256_TEXT 84
void mien_uint256_text(char out[MIEN_UINT256_TEXT], const mien_uint256 *a, unsigned decimals);
/* The value when it fits. */
MIEN_MUST_CHECK mien_status mien_uint256_to_u64(uint64_t *out, const mien_uint256 *a);

#endif
