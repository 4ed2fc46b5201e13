/* SPDX-License-Identifier: MIT */
#include "prover/hash/blake2s.h"

#include "platform/base/bytes.h"

const uint32_t mien_blake2s_iv[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

const uint8_t mien_blake2s_sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static uint32_t rotate_right(uint32_t x, int n) {
    return x >> n | x << (32 - n);
}

static void mix(uint32_t v[16], int a, int b, int c, int d, uint32_t x, uint32_t y) {
    v[a] += v[b] + x;
    v[d] = rotate_right(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = rotate_right(v[b] ^ v[c], 12);
    v[a] += v[b] + y;
    v[d] = rotate_right(v[d] ^ v[a], 8);
    v[c] += v[d];
    v[b] = rotate_right(v[b] ^ v[c], 7);
}

static void compress(uint32_t h[8], const uint8_t block[64], uint64_t absorbed, uint32_t last) {
    uint32_t m[16], v[16];
    for (int i = 0; i < 16; i++) m[i] = mien_load_le32(block + 4 * i);
    for (int i = 0; i < 8; i++) v[i] = h[i];
    for (int i = 0; i < 8; i++) v[8 + i] = mien_blake2s_iv[i];
    v[12] ^= (uint32_t)absorbed;
    v[13] ^= (uint32_t)(absorbed >> 32);
    v[14] ^= last;
    for (int r = 0; r < 10; r++) {
        const uint8_t *s = mien_blake2s_sigma[r];
        mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
        mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
        mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
        mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
        mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
        mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
        mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
        mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
    }
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
