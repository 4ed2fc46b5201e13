/* SPDX-License-Identifier: MIT */
#include "prover/hash/blake2s.h"

#include "platform/base/bytes.h"

const uint32_t mien_blake2s_iv[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static uint32_t rotate_right(uint32_t x, int n) {
    return x >> n | x << (32 - n);
}

static inline void mix(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d, uint32_t x, uint32_t y) {
    *a += *b + x;
    *d = rotate_right(*d ^ *a, 16);
    *c += *d;
    *b = rotate_right(*b ^ *c, 12);
    *a += *b + y;
    *d = rotate_right(*d ^ *a, 8);
    *c += *d;
    *b = rotate_right(*b ^ *c, 7);
}
#define MIX(a, b, c, d, i, j) mix(&v[a], &v[b], &v[c], &v[d], m[i], m[j])

static void compress(uint32_t h[8], const uint8_t block[64], uint64_t absorbed, uint32_t last) {
    uint32_t m[16], v[16];
    for (int i = 0; i < 16; i++) m[i] = mien_load_le32(block + 4 * i);
    for (int i = 0; i < 8; i++) v[i] = h[i];
    for (int i = 0; i < 8; i++) v[8 + i] = mien_blake2s_iv[i];
    v[12] ^= (uint32_t)absorbed;
    v[13] ^= (uint32_t)(absorbed >> 32);
    v[14] ^= last;
    MIEN_BLAKE2S_ROUNDS(MIX);
    for (int i = 0; i < 8; i++) h[i] ^= v[i] ^ v[8 + i];
}

void mien_blake2s_parameters(uint32_t h[8], const char personal[8], const uint8_t salt[8]) {
    static const uint8_t none[8] = {0};
    uint8_t person[8];
    if (salt == NULL) salt = none;
    for (int i = 0; i < 8; i++) person[i] = (uint8_t)personal[i];
    for (int i = 0; i < 8; i++) h[i] = mien_blake2s_iv[i];
    h[0] ^= 0x01010020; /* depth 1, fanout 1, no key, 32 bytes of digest */
    h[4] ^= mien_load_le32(salt);
    h[5] ^= mien_load_le32(salt + 4);
    h[6] ^= mien_load_le32(person);
    h[7] ^= mien_load_le32(person + 4);
}

void mien_blake2s_start(mien_blake2s *state, const char personal[8], const uint8_t salt[8]) {
    mien_blake2s_parameters(state->h, personal, salt);
    state->absorbed = 0;
    state->used = 0;
}

/* A full block is kept back until more comes, as the last one is compressed with a flag. */
void mien_blake2s_update(mien_blake2s *state, const void *data, size_t length) {
    const uint8_t *bytes = data;
    while (length > 0) {
        if (state->used == MIEN_BLAKE2S_BLOCK) {
            state->absorbed += MIEN_BLAKE2S_BLOCK;
            compress(state->h, state->block, state->absorbed, 0);
            state->used = 0;
        }
        size_t take = MIEN_BLAKE2S_BLOCK - state->used;
        if (take > length) take = length;
        memcpy(state->block + state->used, bytes, take);
        state->used += take;
        bytes += take;
        length -= take;
    }
}

void mien_blake2s_finish(mien_blake2s *state, uint8_t digest[MIEN_BLAKE2S_DIGEST]) {
    memset(state->block + state->used, 0, MIEN_BLAKE2S_BLOCK - state->used);
    state->absorbed += state->used;
    compress(state->h, state->block, state->absorbed, UINT32_MAX);
    for (int i = 0; i < 8; i++) mien_store_le32(digest + 4 * i, state->h[i]);
    mien_wipe(state, sizeof *state);
}

void mien_blake2s_hash(uint8_t digest[MIEN_BLAKE2S_DIGEST], const char personal[8],
                       const uint8_t salt[8], const void *data, size_t length) {
    mien_blake2s state;
    mien_blake2s_start(&state, personal, salt);
    mien_blake2s_update(&state, data, length);
    mien_blake2s_finish(&state, digest);
}
