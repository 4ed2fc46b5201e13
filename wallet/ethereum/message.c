/* SPDX-License-Identifier: MIT */
#include "wallet/ethereum/message.h"

#include <stdio.h>

#include "wallet/hash/hash.h"

#define AUTHORIZATION_MAGIC 0x05

void mien_ethereum_message_hash(uint8_t out[32], mien_view message) {
    char head[64];
    mien_keccak256_state state;
    int length = snprintf(head, sizeof head,
                          "\x19"
                          "Ethereum Signed Message:\n%zu",
                          message.length);
    mien_keccak256_init(&state);
    mien_keccak256_update(&state, head, (size_t)length);
    mien_keccak256_update(&state, message.data, message.length);
    mien_keccak256_final(&state, out);
}

mien_status mien_ethereum_sign_hash(uint8_t signature[MIEN_ETHEREUM_SIGNATURE_SIZE],
                                    const mien_curve *curve, const uint8_t hash[32],
                                    const uint8_t secret[MIEN_SECRET_KEY_SIZE]) {
    uint8_t compact[MIEN_SIGNATURE_SIZE];
    int id;
    MIEN_TRY(mien_ecdsa_sign(curve, compact, &id, hash, secret));
    if (id > 1) return MIEN_INTERNAL; /* r above the group order: once in 2^127 */
    memcpy(signature, compact, sizeof compact);
    signature[64] = (uint8_t)(27 + id);
    return MIEN_OK;
}

mien_status mien_ethereum_recover(uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE],
                                  const uint8_t signature[MIEN_ETHEREUM_SIGNATURE_SIZE],
                                  const uint8_t hash[32]) {
    uint8_t key[MIEN_PUBLIC_KEY_SIZE], v = signature[64];
    if (v > 1 && v != 27 && v != 28) return MIEN_FORMAT;
    MIEN_TRY(mien_ecdsa_recover(key, signature, v >= 27 ? v - 27 : v, hash));
    if (!mien_ecdsa_verify(signature, hash, key, sizeof key)) return MIEN_AUTHENTICATION;
    return mien_ethereum_address(address, key);
}

mien_status mien_ethereum_authorization_hash(uint8_t out[32],
                                             const mien_ethereum_authorization *authorization) {
    uint8_t bytes[64];
    mien_writer writer = mien_writer_of(bytes, sizeof bytes);
    MIEN_TRY(mien_write_u8(&writer, AUTHORIZATION_MAGIC));
    MIEN_TRY(mien_rlp_write_u64(&writer, authorization->chain_id));
    MIEN_TRY(
        mien_rlp_write_string(&writer, authorization->delegate, sizeof authorization->delegate));
    MIEN_TRY(mien_rlp_write_u64(&writer, authorization->nonce));
    MIEN_TRY(mien_rlp_wrap_list(&writer, 1));
    mien_keccak256(out, bytes, writer.used);
    return MIEN_OK;
}

mien_status mien_ethereum_sign_authorization(mien_ethereum_authorization *authorization,
                                             const mien_curve *curve,
                                             const uint8_t secret[MIEN_SECRET_KEY_SIZE]) {
    uint8_t hash[32], signature[MIEN_ETHEREUM_SIGNATURE_SIZE];
    MIEN_TRY(mien_ethereum_authorization_hash(hash, authorization));
    MIEN_TRY(mien_ethereum_sign_hash(signature, curve, hash, secret));
    memcpy(authorization->r, signature, 32);
    memcpy(authorization->s, signature + 32, 32);
    authorization->y_parity = (uint8_t)(signature[64] - 27);
    return MIEN_OK;
}

mien_status mien_ethereum_authority(uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE],
                                    const mien_ethereum_authorization *authorization) {
    uint8_t hash[32], signature[MIEN_ETHEREUM_SIGNATURE_SIZE];
    MIEN_TRY(mien_ethereum_authorization_hash(hash, authorization));
    memcpy(signature, authorization->r, 32);
    memcpy(signature + 32, authorization->s, 32);
    signature[64] = authorization->y_parity;
    return mien_ethereum_recover(address, signature, hash);
}

void mien_ethereum_message_digest(uint8_t out[32], const uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE],
                                  const uint8_t hash[32]) {
    mien_sha256_state state;
    mien_sha256_init_tagged(&state, "mien/ethereum-message/v1");
    mien_sha256_update(&state, from, MIEN_ETHEREUM_ADDRESS_SIZE);
    mien_sha256_update(&state, hash, 32);
    mien_sha256_final(&state, out);
}
