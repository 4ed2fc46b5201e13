/* SPDX-License-Identifier: MIT */
#include "prover/circuits/chain.h"

static void place_trace(mien_f *rows, size_t slots, size_t permutation,
                        const mien_poseidon2_trace *trace) {
    for (size_t j = 0; j < MIEN_POSEIDON2_CUBES; j++) {
        size_t s = permutation * MIEN_POSEIDON2_CUBES + j;
        mien_f *slot = rows + 3 * (s / slots) * slots + s % slots;
        slot[0] = trace->x[j];
        slot[slots] = trace->y[j];
        slot[2 * slots] = trace->z[j];
    }
}

static void permute(mien_f *rows, size_t slots, size_t permutation,
                    mien_f state[MIEN_POSEIDON2_WIDTH]) {
    mien_poseidon2_trace trace;
    mien_poseidon2_permute_traced(state, &trace);
    place_trace(rows, slots, permutation, &trace);
    mien_wipe(&trace, sizeof trace);
}

void mien_chain_assign(mien_f *rows, size_t slots, mien_f digest[MIEN_POSEIDON2_DIGEST],
                       const mien_chain *chain, const mien_f *message) {
    enum { RATE = MIEN_POSEIDON2_RATE };
    mien_f state[MIEN_POSEIDON2_WIDTH];
    memcpy(state, chain->start, sizeof state);
    size_t permutation = chain->first, length = chain->secret_elements;
    for (size_t i = 0; i < length; i += RATE) {
        for (size_t k = 0; k < RATE && i + k < length; k++)
            state[k] = mien_f_add(state[k], message[i + k]);
        permute(rows, slots, permutation++, state);
    }
    memcpy(digest, state, RATE * sizeof *digest);
    permute(rows, slots, permutation, state);
    memcpy(digest + RATE, state, (MIEN_POSEIDON2_DIGEST - RATE) * sizeof *digest);
    mien_wipe(state, sizeof state);
}
