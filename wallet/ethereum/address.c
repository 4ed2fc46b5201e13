/* SPDX-License-Identifier: MIT */
#include "wallet/ethereum/address.h"

#include <string.h>

#include "platform/base/bytes.h"
#include "platform/memory/secret.h"
#include "wallet/encoding/hex.h"
#include "wallet/hash/hash.h"

#define PURPOSE 44
#define COIN 60

mien_status mien_ethereum_address(uint8_t out[MIEN_ETHEREUM_ADDRESS_SIZE],
                                  const uint8_t key[MIEN_PUBLIC_KEY_SIZE]) {
    uint8_t point[65], hash[MIEN_KECCAK256_SIZE];
    MIEN_TRY(mien_curve_uncompress(point, key));
    mien_keccak256(hash, point + 1, 64);
    memcpy(out, hash + 12, MIEN_ETHEREUM_ADDRESS_SIZE);
    return MIEN_OK;
}

void mien_ethereum_address_text(char out[MIEN_ETHEREUM_ADDRESS_TEXT],
                                const uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE]) {
    uint8_t hash[MIEN_KECCAK256_SIZE];
    memcpy(out, "0x", 2);
    mien_hex_encode(out + 2, address, MIEN_ETHEREUM_ADDRESS_SIZE);
    mien_keccak256(hash, out + 2, 40);
    for (int i = 0; i < 40; i++)
        if (out[2 + i] >= 'a' && (hash[i / 2] >> (i % 2 == 0 ? 4 : 0) & 8) != 0)
            out[2 + i] = (char)(out[2 + i] - 32);
}

mien_status mien_ethereum_address_parse(uint8_t out[MIEN_ETHEREUM_ADDRESS_SIZE], const char *text,
                                        size_t length) {
    uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE];
    char checked[MIEN_ETHEREUM_ADDRESS_TEXT];
    bool lower = false, upper = false;
    if (length != MIEN_ETHEREUM_ADDRESS_TEXT - 1 || text[0] != '0' || text[1] != 'x')
        return MIEN_FORMAT;
    MIEN_TRY(mien_hex_decode(address, sizeof address, text + 2, length - 2));
    for (size_t i = 2; i < length; i++) {
        lower |= text[i] >= 'a' && text[i] <= 'f';
        upper |= text[i] >= 'A' && text[i] <= 'F';
    }
    mien_ethereum_address_text(checked, address);
    if (lower && upper && memcmp(checked, text, length) != 0) return MIEN_AUTHENTICATION;
    memcpy(out, address, sizeof address);
    return MIEN_OK;
}

void mien_ethereum_path(mien_hd_path *out, uint32_t index) {
    mien_hd_path path = {5,
                         {MIEN_HARDENED | PURPOSE, MIEN_HARDENED | COIN, MIEN_HARDENED, 0, index}};
    *out = path;
}

mien_status mien_ethereum_account(mien_hd_public *out, const mien_curve *curve,
                                  const mien_hd_private *root) {
    mien_hd_path path;
    mien_hd_private key;
    mien_ethereum_path(&path, 0);
    path.depth = 3;
    mien_status status = mien_hd_private_derive(curve, &key, root, &path);
    if (status == MIEN_OK) status = mien_hd_neuter(curve, out, &key);
    mien_wipe(&key, sizeof key);
    return status;
}

mien_status mien_ethereum_account_address(uint8_t out[MIEN_ETHEREUM_ADDRESS_SIZE],
                                          const mien_hd_public *account, uint32_t index) {
    uint32_t steps[2] = {0, index};
    mien_hd_public key;
    MIEN_TRY(mien_hd_public_derive(&key, account, steps, 2));
    return mien_ethereum_address(out, key.key);
}

static mien_status derive_key(mien_hd_private *key, const mien_curve *curve,
                              const mien_hd_private *root, uint32_t index,
                              const uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE], mien_error *error) {
    uint8_t public[MIEN_PUBLIC_KEY_SIZE], address[MIEN_ETHEREUM_ADDRESS_SIZE];
    mien_hd_path path;
    mien_ethereum_path(&path, index);
    MIEN_TRY(mien_hd_private_derive(curve, key, root, &path));
    MIEN_TRY(mien_curve_public_key(curve, public, key->key));
    MIEN_TRY(mien_ethereum_address(address, public));
    if (memcmp(address, from, sizeof address) == 0) return MIEN_OK;
    return mien_fail(error, MIEN_AUTHENTICATION,
                     "the file of public keys shows another address than this wallet has; "
                     "mien unlock mends it");
}

mien_status mien_ethereum_account_key(mien_hd_private **key, const mien_curve *curve,
                                      const mien_hd_private *root, uint32_t index,
                                      const uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE],
                                      mien_error *error) {
    void *memory;
    *key = NULL;
    MIEN_TRY(mien_secret_alloc(&memory, sizeof **key, error));
    mien_status status = derive_key(memory, curve, root, index, from, error);
    if (status == MIEN_OK)
        *key = memory;
    else
        mien_secret_free(memory);
    return status;
}
