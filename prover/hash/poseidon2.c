/* SPDX-License-Identifier: MIT */
#include "prover/hash/poseidon2.h"

enum { WIDTH = MIEN_POSEIDON2_WIDTH, RATE = MIEN_POSEIDON2_RATE };

static mien_f cube(mien_f x) {
    return mien_f_mul(mien_f_square(x), x);
}

/* (a, b, c, d) times circ(2, 3, 1, 1), by sums. */
static void mix_four(mien_f x[4]) {
    mien_f ab = mien_f_add(x[0], x[1]), cd = mien_f_add(x[2], x[3]), all = mien_f_add(ab, cd);
    mien_f all_b = mien_f_add(all, x[1]), all_d = mien_f_add(all, x[3]);
    mien_f a = x[0], c = x[2];
    x[0] = mien_f_add(all_b, ab);
    x[1] = mien_f_add(all_b, mien_f_double(c));
    x[2] = mien_f_add(all_d, cd);
    x[3] = mien_f_add(all_d, mien_f_double(a));
}

void mien_poseidon2_external_layer(mien_f state[WIDTH]) {
    for (int i = 0; i < WIDTH; i += 4) mix_four(state + i);
    for (int k = 0; k < 4; k++) {
        mien_f sum =
            mien_f_add(mien_f_add(state[k], state[k + 4]), mien_f_add(state[k + 8], state[k + 12]));
        for (int i = k; i < WIDTH; i += 4) state[i] = mien_f_add(state[i], sum);
    }
}

void mien_poseidon2_internal_layer(mien_f state[WIDTH]) {
    mien_f sum = state[0];
    for (int i = 1; i < WIDTH; i++) sum = mien_f_add(sum, state[i]);
    for (int i = 0; i < WIDTH; i++)
        state[i] = mien_f_add(sum, mien_f_mul(state[i], mien_poseidon2_diagonal[i]));
}

static void full_round(mien_f state[WIDTH], const mien_f constants[WIDTH]) {
    for (int i = 0; i < WIDTH; i++) state[i] = cube(mien_f_add(state[i], constants[i]));
    mien_poseidon2_external_layer(state);
}

void mien_poseidon2_permute(mien_f state[WIDTH]) {
    enum { HALF = MIEN_POSEIDON2_FULL / 2 };
    mien_poseidon2_external_layer(state);
    for (int r = 0; r < HALF; r++) full_round(state, mien_poseidon2_full_constants[r]);
    for (int r = 0; r < MIEN_POSEIDON2_PARTIAL; r++) {
        state[0] = cube(mien_f_add(state[0], mien_poseidon2_partial_constants[r]));
        mien_poseidon2_internal_layer(state);
    }
    for (int r = HALF; r < 2 * HALF; r++) full_round(state, mien_poseidon2_full_constants[r]);
}

void mien_poseidon2_start(mien_f state[WIDTH], const char *tag, size_t length) {
    uint8_t name[MIEN_POSEIDON2_TAG_MAX] = {0};
    for (size_t i = 0; i < sizeof name && tag[i] != '\0'; i++) name[i] = (uint8_t)tag[i];
    for (int i = 0; i < RATE; i++) state[i] = MIEN_F_ZERO;
    state[RATE] = mien_f_from_u32((uint32_t)length);
    for (int i = 0; i < WIDTH - RATE - 1; i++) {
        const uint8_t *three = name + 3 * i;
        uint32_t packed = (uint32_t)three[0] | (uint32_t)three[1] << 8 | (uint32_t)three[2] << 16;
        state[RATE + 1 + i] = mien_f_from_u32(packed);
    }
}

void mien_poseidon2_hash(mien_f digest[MIEN_POSEIDON2_DIGEST], const char *tag, const mien_f *input,
                         size_t length) {
    mien_f state[WIDTH];
    size_t done = 0;
    mien_poseidon2_start(state, tag, length);
    do {
        for (size_t i = 0; i < RATE && done < length; i++, done++)
            state[i] = mien_f_add(state[i], input[done]);
        mien_poseidon2_permute(state);
    } while (done < length);
    memcpy(digest, state, RATE * sizeof *digest);
    mien_poseidon2_permute(state);
    memcpy(digest + RATE, state, (MIEN_POSEIDON2_DIGEST - RATE) * sizeof *digest);
    mien_wipe(state, sizeof state);
}
