/* SPDX-License-Identifier: MIT */
/* RIPEMD-160 (Dobbertin, Bosselaers, Preneel 1996; ISO/IEC 10118-3). Used inside HASH160 only. */
#include <string.h>

#include "platform/base/bytes.h"
#include "wallet/hash/hash.h"

#define BLOCK 64

/* Word order r and rotations s of the two lines, in groups of 16 steps. */
static const uint8_t word_left[80] = {0, 1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15,
                                      7, 4,  13, 1,  10, 6,  15, 3,  12, 0, 9,  5,  2,  14, 11, 8,
                                      3, 10, 14, 4,  9,  15, 8,  1,  2,  7, 0,  6,  13, 11, 5,  12,
                                      1, 9,  11, 10, 0,  8,  12, 4,  13, 3, 7,  15, 14, 5,  6,  2,
                                      4, 0,  5,  9,  7,  12, 2,  10, 14, 1, 3,  8,  11, 6,  15, 13};
static const uint8_t word_right[80] = {
    5,  14, 7,  0,  9,  2,  11, 4,  13, 6, 15, 8, 1,  10, 3,  12, 6, 11, 3, 7,
    0,  13, 5,  10, 14, 15, 8,  12, 4,  9, 1,  2, 15, 5,  1,  3,  7, 14, 6, 9,
    11, 8,  12, 2,  10, 0,  4,  13, 8,  6, 4,  1, 3,  11, 15, 0,  5, 12, 2, 13,
    9,  7,  10, 14, 12, 15, 10, 4,  1,  5, 8,  7, 6,  2,  13, 14, 0, 3,  9, 11};
static const uint8_t turn_left[80] = {
    11, 14, 15, 12, 5, 8,  7,  9,  11, 13, 14, 15, 6,  7,  9,  8,  7,  6,  8,  13,
    11, 9,  7,  15, 7, 12, 15, 9,  11, 7,  13, 12, 11, 13, 6,  7,  14, 9,  13, 15,
    14, 8,  13, 6,  5, 12, 7,  5,  11, 12, 14, 15, 14, 15, 9,  8,  9,  14, 5,  6,
    8,  6,  5,  12, 9, 15, 5,  11, 6,  8,  13, 12, 5,  12, 13, 14, 11, 8,  5,  6};
static const uint8_t turn_right[80] = {
    8,  9,  9,  11, 13, 15, 15, 5, 7,  7,  8,  11, 14, 14, 12, 6,  9,  13, 15, 7,
    12, 8,  9,  11, 7,  7,  12, 7, 6,  15, 13, 11, 9,  7,  15, 11, 8,  6,  6,  14,
    12, 13, 5,  14, 13, 13, 7,  5, 15, 5,  8,  11, 14, 14, 6,  14, 6,  9,  12, 9,
    12, 5,  15, 8,  8,  5,  12, 9, 12, 5,  14, 6,  8,  13, 6,  5,  15, 13, 11, 11};
static const uint32_t add_left[5] = {0, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e};
static const uint32_t add_right[5] = {0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0};

static uint32_t rotate(uint32_t value, unsigned by) {
    return value << by | value >> (32 - by);
}

/* The five boolean functions, numbered by group. */
static uint32_t mix(int group, uint32_t x, uint32_t y, uint32_t z) {
    switch (group) {
    case 0:
        return x ^ y ^ z;
    case 1:
        return (x & y) | (~x & z);
    case 2:
        return (x | ~y) ^ z;
    case 3:
        return (x & z) | (y & ~z);
    default:
        return x ^ (y | ~z);
    }
}

static void step(uint32_t v[5], uint32_t function, uint32_t word, uint32_t constant,
                 unsigned turn) {
    uint32_t t = rotate(v[0] + function + word + constant, turn) + v[4];
    v[0] = v[4];
    v[4] = v[3];
    v[3] = rotate(v[2], 10);
    v[2] = v[1];
    v[1] = t;
}

static void compress(uint32_t chain[5], const uint8_t block[BLOCK]) {
    uint32_t word[16], left[5], right[5];
    for (int i = 0; i < 16; i++) word[i] = mien_load_le32(block + 4 * i);
    memcpy(left, chain, sizeof left);
    memcpy(right, chain, sizeof right);
    for (int i = 0; i < 80; i++) {
        int group = i / 16;
        step(left, mix(group, left[1], left[2], left[3]), word[word_left[i]], add_left[group],
             turn_left[i]);
        step(right, mix(4 - group, right[1], right[2], right[3]), word[word_right[i]],
             add_right[group], turn_right[i]);
    }
    uint32_t t = chain[1] + left[2] + right[3];
    chain[1] = chain[2] + left[3] + right[4];
    chain[2] = chain[3] + left[4] + right[0];
    chain[3] = chain[4] + left[0] + right[1];
    chain[4] = chain[0] + left[1] + right[2];
    chain[0] = t;
    mien_wipe(word, sizeof word);
}

void mien_ripemd160(uint8_t out[MIEN_HASH160_SIZE], const void *data, size_t length) {
    uint32_t chain[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    uint8_t tail[2 * BLOCK] = {0};
    const uint8_t *bytes = data;
    size_t whole = length / BLOCK * BLOCK, rest = length - whole;
    for (size_t i = 0; i < whole; i += BLOCK) compress(chain, bytes + i);
    if (rest != 0) memcpy(tail, bytes + whole, rest);
    tail[rest] = 0x80;
    size_t end = rest + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
    mien_store_le64(tail + end - 8, (uint64_t)length * 8);
    for (size_t i = 0; i < end; i += BLOCK) compress(chain, tail + i);
    for (int i = 0; i < 5; i++) mien_store_le32(out + 4 * i, chain[i]);
    mien_wipe(tail, sizeof tail);
}
