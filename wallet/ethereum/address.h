/* SPDX-License-Identifier: MIT */
/* Ethereum addresses. */
#ifndef MIEN_WALLET_ETHEREUM_ADDRESS_H
#define MIEN_WALLET_ETHEREUM_ADDRESS_H

#include "platform/base/error.h"
#include "wallet/bip32/bip32.h"

#define MIEN_ETHEREUM_ADDRESS_SIZE 20
#define MIEN_ETHEREUM_ADDRESS_TEXT 43 /* 0x, 40 digits, NUL */

/* Last 20 bytes of Keccak-256 of the uncompressed key. MIEN_FORMAT when the key is no point. */
MIEN_MUST_CHECK mien_status mien_ethereum_address(uint8_t out[MIEN_ETHEREUM_ADDRESS_SIZE],
                                                  const uint8_t key[MIEN_PUBLIC_KEY_SIZE]);
/* Mixed case of EIP-55. */
void mien_ethereum_address_text(char out[MIEN_ETHEREUM_ADDRESS_TEXT],
                                const uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE]);
/* 0x and 40 digits. All lower or all upper case carries no checksum and is taken; mixed case must
 * be EIP-55's: MIEN_AUTHENTICATION otherwise. MIEN_FORMAT for anything else. */
MIEN_MUST_CHECK mien_status mien_ethereum_address_parse(uint8_t out[MIEN_ETHEREUM_ADDRESS_SIZE],
                                                        const char *text, size_t length);
/* m/44'/60'/0'/0/index; index below 2^31. */
void mien_ethereum_path(mien_hd_path *out, uint32_t index);
/* m/44'/60'/0', whose public key is enough for all addresses. */
MIEN_MUST_CHECK mien_status mien_ethereum_account(mien_hd_public *out, const mien_curve *curve,
                                                  const mien_hd_private *root);
MIEN_MUST_CHECK mien_status mien_ethereum_account_address(uint8_t out[MIEN_ETHEREUM_ADDRESS_SIZE],
                                                          const mien_hd_public *account,
                                                          uint32_t index);
/* The secret key of m/44'/60'/0'/0/index in guarded memory, for mien_secret_free. Its address must
 * be `from`: MIEN_AUTHENTICATION when whoever named that address was told so by a file of public
 * keys that somebody changed. */
MIEN_MUST_CHECK mien_status mien_ethereum_account_key(
    mien_hd_private **key, const mien_curve *curve, const mien_hd_private *root, uint32_t index,
    const uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE], mien_error *error);

#endif
