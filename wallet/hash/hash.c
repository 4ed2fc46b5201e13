/* SPDX-License-Identifier: MIT */
#include "wallet/hash/hash.h"

#include <string.h>

#include "platform/base/bytes.h"

void mien_sha256_init(mien_sha256_state *state) {
    crypto_hash_sha256_init(state);
}

void mien_sha256_update(mien_sha256_state *state, const void *data, size_t length) {
    if (length != 0) crypto_hash_sha256_update(state, data, length);
}

void mien_sha256_final(mien_sha256_state *state, uint8_t out[MIEN_SHA256_SIZE]) {
    crypto_hash_sha256_final(state, out);
    mien_wipe(state, sizeof *state);
}

void mien_sha256_final_double(mien_sha256_state *state, uint8_t out[MIEN_SHA256_SIZE]) {
    mien_sha256_final(state, out);
    mien_sha256(out, out, MIEN_SHA256_SIZE);
}

void mien_sha256_init_tagged(mien_sha256_state *state, const char *tag) {
    uint8_t tag_hash[MIEN_SHA256_SIZE];
    mien_sha256(tag_hash, tag, strlen(tag));
    mien_sha256_init(state);
    mien_sha256_update(state, tag_hash, sizeof tag_hash);
    mien_sha256_update(state, tag_hash, sizeof tag_hash);
}

void mien_sha256(uint8_t out[MIEN_SHA256_SIZE], const void *data, size_t length) {
    mien_sha256_state state;
    mien_sha256_init(&state);
    mien_sha256_update(&state, data, length);
    mien_sha256_final(&state, out);
}

void mien_sha256_double(uint8_t out[MIEN_SHA256_SIZE], const void *data, size_t length) {
    mien_sha256_state state;
    mien_sha256_init(&state);
    mien_sha256_update(&state, data, length);
    mien_sha256_final_double(&state, out);
}

void mien_sha512(uint8_t out[MIEN_SHA512_SIZE], const void *data, size_t length) {
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    if (length != 0) crypto_hash_sha512_update(&state, data, length);
    crypto_hash_sha512_final(&state, out);
    mien_wipe(&state, sizeof state);
}

void mien_hash160(uint8_t out[MIEN_HASH160_SIZE], const void *data, size_t length) {
    uint8_t inner[MIEN_SHA256_SIZE];
    mien_sha256(inner, data, length);
    mien_ripemd160(out, inner, sizeof inner);
    mien_wipe(inner, sizeof inner);
}
