/* SPDX-License-Identifier: MIT */
/* HMAC and PBKDF2 over libsodium's incremental HMAC. The two functions for SHA-512 and SHA-256
 * differ in names and sizes only, so one macro makes both. */
#include <string.h>

#include "platform/base/bytes.h"
#include "wallet/hash/hash.h"

#define DEFINE_HMAC(BITS, SIZE)                                                                    \
    typedef crypto_auth_hmacsha##BITS##_state hmac##BITS##_state;                                  \
                                                                                                   \
    static void hmac##BITS##_update(hmac##BITS##_state *state, const void *data, size_t length) {  \
        if (length != 0) crypto_auth_hmacsha##BITS##_update(state, data, length);                  \
    }                                                                                              \
                                                                                                   \
    void mien_hmac_sha##BITS(uint8_t out[SIZE], const void *key, size_t key_length,                \
                             const void *data, size_t length) {                                    \
        hmac##BITS##_state state;                                                                  \
        crypto_auth_hmacsha##BITS##_init(&state, key, key_length);                                 \
        hmac##BITS##_update(&state, data, length);                                                 \
        crypto_auth_hmacsha##BITS##_final(&state, out);                                            \
        mien_wipe(&state, sizeof state);                                                           \
    }                                                                                              \
                                                                                                   \
    /* One block: U1 ^ U2 ^ ..., each U from a copy of the keyed state. */                         \
    static void pbkdf2_block##BITS(uint8_t block[SIZE], const hmac##BITS##_state *keyed,           \
                                   const void *salt, size_t salt_length, uint32_t number,          \
                                   uint32_t iterations) {                                          \
        uint8_t chain[SIZE], counter[4];                                                           \
        mien_store_be32(counter, number);                                                          \
        hmac##BITS##_state state = *keyed;                                                         \
        hmac##BITS##_update(&state, salt, salt_length);                                            \
        hmac##BITS##_update(&state, counter, sizeof counter);                                      \
        crypto_auth_hmacsha##BITS##_final(&state, chain);                                          \
        memcpy(block, chain, SIZE);                                                                \
        for (uint32_t i = 1; i < iterations; i++) {                                                \
            state = *keyed;                                                                        \
            hmac##BITS##_update(&state, chain, SIZE);                                              \
            crypto_auth_hmacsha##BITS##_final(&state, chain);                                      \
            for (int j = 0; j < SIZE; j++) block[j] ^= chain[j];                                   \
        }                                                                                          \
        mien_wipe(chain, sizeof chain);                                                            \
        mien_wipe(&state, sizeof state);                                                           \
    }                                                                                              \
                                                                                                   \
    void mien_pbkdf2_hmac_sha##BITS(uint8_t *out, size_t out_length, const void *password,         \
                                    size_t password_length, const void *salt, size_t salt_length,  \
                                    uint32_t iterations) {                                         \
        hmac##BITS##_state keyed;                                                                  \
        uint8_t block[SIZE];                                                                       \
        crypto_auth_hmacsha##BITS##_init(&keyed, password, password_length);                       \
        for (uint32_t number = 1; out_length != 0; number++) {                                     \
            size_t part = out_length < SIZE ? out_length : SIZE;                                   \
            pbkdf2_block##BITS(block, &keyed, salt, salt_length, number, iterations);              \
            memcpy(out, block, part);                                                              \
            out += part;                                                                           \
            out_length -= part;                                                                    \
        }                                                                                          \
        mien_wipe(&keyed, sizeof keyed);                                                           \
        mien_wipe(block, sizeof block);                                                            \
    }

DEFINE_HMAC(512, MIEN_SHA512_SIZE)
DEFINE_HMAC(256, MIEN_SHA256_SIZE)
