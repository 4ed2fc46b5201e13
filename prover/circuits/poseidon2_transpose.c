/* SPDX-License-Identifier: MIT */
#include "prover/circuits/poseidon2_gadget.h"

enum { WIDTH = MIEN_POSEIDON2_WIDTH, FULL = MIEN_POSEIDON2_FULL };

/* The transpose of circ(2, 3, 1, 1), rows (2 1 1 3), (3 2 1 1), (1 3 2 1), (1 1 3 2). */
static void mix_four_transposed(mien_k x[4]) {
    mien_k a = x[0], b = x[1], c = x[2], d = x[3];
    mien_k sum = mien_k_add(mien_k_add(a, b), mien_k_add(c, d));
    x[0] = mien_k_add(mien_k_add(sum, a), mien_k_add(d, d));
    x[1] = mien_k_add(mien_k_add(sum, b), mien_k_add(a, a));
    x[2] = mien_k_add(mien_k_add(sum, c), mien_k_add(b, b));
    x[3] = mien_k_add(mien_k_add(sum, d), mien_k_add(c, c));
}

/* (J + I) (x) M, J all ones, transposed: (J + I) (x) M^T. */
static void external_layer_transposed(mien_k state[WIDTH]) {
    for (int i = 0; i < WIDTH; i += 4) mix_four_transposed(state + i);
    for (int k = 0; k < 4; k++) {
        mien_k sum =
            mien_k_add(mien_k_add(state[k], state[k + 4]), mien_k_add(state[k + 8], state[k + 12]));
        for (int i = k; i < WIDTH; i += 4) state[i] = mien_k_add(state[i], sum);
    }
}

/* All ones plus a diagonal is symmetric. */
static void internal_layer_transposed(mien_k state[WIDTH]) {
    mien_k sum = state[0];
    for (int i = 1; i < WIDTH; i++) sum = mien_k_add(sum, state[i]);
    for (int i = 0; i < WIDTH; i++)
        state[i] = mien_k_add(sum, mien_k_mul_f(state[i], mien_poseidon2_diagonal[i]));
}

/* Step back over cube j, whose input is *weight's element plus `added`. */
static void cube_transposed(mien_k *weight, mien_k *z, mien_k *constant, mien_k r, mien_f added) {
    *z = *weight;
    *weight = mien_k_neg(r);
    *constant = mien_k_sub(*constant, mien_k_mul_f(r, added));
}

/* Rounds end-1 down to first, whose last cube is j - 1; returns the index of their first cube. */
static size_t full_rounds_transposed(mien_k state[WIDTH], mien_k *z, mien_k *constant,
                                     const mien_k *r, size_t j, int first, int end) {
    for (int round = end - 1; round >= first; round--) {
        external_layer_transposed(state);
        j -= WIDTH;
        for (int i = 0; i < WIDTH; i++)
            cube_transposed(&state[i], &z[j + (size_t)i], constant, r[j + (size_t)i],
                            mien_poseidon2_full_constants[round][i]);
    }
    return j;
}

void mien_poseidon2_transpose(mien_k state[WIDTH], mien_k z[MIEN_POSEIDON2_CUBES], mien_k *constant,
                              const mien_k r[MIEN_POSEIDON2_CUBES]) {
    size_t j = full_rounds_transposed(state, z, constant, r, MIEN_POSEIDON2_CUBES, FULL / 2, FULL);
    for (int round = MIEN_POSEIDON2_PARTIAL - 1; round >= 0; round--) {
        internal_layer_transposed(state);
        j--;
        cube_transposed(&state[0], &z[j], constant, r[j], mien_poseidon2_partial_constants[round]);
    }
    full_rounds_transposed(state, z, constant, r, j, 0, FULL / 2);
    external_layer_transposed(state);
}
