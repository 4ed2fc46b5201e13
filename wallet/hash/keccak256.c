/* SPDX-License-Identifier: MIT */
/* Keccak-f[1600] as in FIPS 202 section 3, lanes numbered x + 5 y. */
#include <string.h>

#include "platform/base/bytes.h"
#include "wallet/hash/hash.h"

#define RATE 136 /* bytes: 1600 bits less twice 256 */
#define ROUNDS 24

/* Output of the LFSR of FIPS 202 section 3.2.5. */
static const uint64_t round_constant[ROUNDS] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

/* rho's rotation of each lane (table 2), and where pi moves it. */
static const uint8_t rotation[25] = {0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                                     25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14};
static const uint8_t target[25] = {0,  10, 20, 5, 15, 16, 1,  11, 21, 6, 7,  17, 2,
                                   12, 22, 23, 8, 18, 3,  13, 14, 24, 9, 19, 4};

static uint64_t rotate(uint64_t value, unsigned by) {
    return by == 0 ? value : value << by | value >> (64 - by);
}

static void theta(uint64_t lanes[25]) {
    uint64_t column[5];
    for (int x = 0; x < 5; x++)
        column[x] = lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20];
    for (int x = 0; x < 5; x++) {
        uint64_t mix = column[(x + 4) % 5] ^ rotate(column[(x + 1) % 5], 1);
        for (int y = 0; y < 25; y += 5) lanes[x + y] ^= mix;
    }
}

static void permute(uint64_t lanes[25]) {
    uint64_t moved[25];
    for (int round = 0; round < ROUNDS; round++) {
        theta(lanes);
        for (int i = 0; i < 25; i++) moved[target[i]] = rotate(lanes[i], rotation[i]);
        for (int y = 0; y < 25; y += 5)
            for (int x = 0; x < 5; x++)
                lanes[y + x] = moved[y + x] ^ (~moved[y + (x + 1) % 5] & moved[y + (x + 2) % 5]);
        lanes[0] ^= round_constant[round];
    }
    mien_wipe(moved, sizeof moved);
}

static void absorb_byte(mien_keccak256_state *state, uint8_t byte) {
    state->lanes[state->filled / 8] ^= (uint64_t)byte << 8 * (state->filled % 8);
}

void mien_keccak256_init(mien_keccak256_state *state) {
    memset(state, 0, sizeof *state);
}

void mien_keccak256_update(mien_keccak256_state *state, const void *data, size_t length) {
    const uint8_t *bytes = data;
    for (size_t i = 0; i < length; i++) {
        absorb_byte(state, bytes[i]);
        if (++state->filled == RATE) {
            permute(state->lanes);
            state->filled = 0;
        }
    }
}

void mien_keccak256_final(mien_keccak256_state *state, uint8_t out[MIEN_KECCAK256_SIZE]) {
    absorb_byte(state, 0x01);
    state->filled = RATE - 1;
    absorb_byte(state, 0x80);
    permute(state->lanes);
    for (int i = 0; i < MIEN_KECCAK256_SIZE / 8; i++) mien_store_le64(out + 8 * i, state->lanes[i]);
    mien_wipe(state, sizeof *state);
}

void mien_keccak256(uint8_t out[MIEN_KECCAK256_SIZE], const void *data, size_t length) {
    mien_keccak256_state state;
    mien_keccak256_init(&state);
    mien_keccak256_update(&state, data, length);
    mien_keccak256_final(&state, out);
}
