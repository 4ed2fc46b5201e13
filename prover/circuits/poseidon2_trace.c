/* SPDX-License-Identifier: MIT */
#include "prover/circuits/poseidon2_gadget.h"

enum { WIDTH = MIEN_POSEIDON2_WIDTH, FULL = MIEN_POSEIDON2_FULL };

static mien_f cube_traced(mien_poseidon2_trace *trace, size_t j, mien_f x) {
    trace->x[j] = x;
    trace->y[j] = mien_f_square(x);
    return trace->z[j] = mien_f_mul(x, trace->y[j]);
}

static size_t full_rounds(mien_f state[WIDTH], mien_poseidon2_trace *trace, size_t j, int first,
                          int end) {
    for (int round = first; round < end; round++) {
        for (int i = 0; i < WIDTH; i++, j++)
            state[i] = cube_traced(trace, j,
                                   mien_f_add(state[i], mien_poseidon2_full_constants[round][i]));
        mien_poseidon2_external_layer(state);
    }
    return j;
}

void mien_poseidon2_permute_traced(mien_f state[WIDTH], mien_poseidon2_trace *trace) {
    mien_poseidon2_external_layer(state);
    size_t j = full_rounds(state, trace, 0, 0, FULL / 2);
    for (int round = 0; round < MIEN_POSEIDON2_PARTIAL; round++, j++) {
        state[0] =
            cube_traced(trace, j, mien_f_add(state[0], mien_poseidon2_partial_constants[round]));
        mien_poseidon2_internal_layer(state);
    }
    full_rounds(state, trace, j, FULL / 2, FULL);
}
