/* SPDX-License-Identifier: MIT */
#include "prover/circuits/chain.h"

enum { CUBES = MIEN_POSEIDON2_CUBES, WIDTH = MIEN_POSEIDON2_WIDTH, RATE = MIEN_POSEIDON2_RATE };

static void clear_rows(mien_chain_combiner *c) {
    memset(c->x_row, 0, c->slots * sizeof *c->x_row);
    memset(c->z_row, 0, c->slots * sizeof *c->z_row);
}

void mien_chain_start(mien_chain_combiner *c, size_t permutations) {
    c->group = (permutations * CUBES - 1) / c->slots;
    c->constant = MIEN_K_ZERO;
    clear_rows(c);
}

void mien_chain_flush(mien_chain_combiner *c) {
    c->sink->take(c->sink->context, c->first_row + 3 * c->group, c->x_row);
    c->sink->take(c->sink->context, c->first_row + 3 * c->group + 2, c->z_row);
    clear_rows(c);
}

mien_k mien_chain_powers(mien_k *start_power, const mien_chain_combiner *c, size_t permutations) {
    mien_k power = c->first, step = mien_ligero_power_var(c->alpha, CUBES);
    for (size_t i = 0; i < permutations; i++, power = mien_k_mul(power, step))
        start_power[i] = power;
    return power;
}

/* Put the weights of one permutation's cubes; called from the last permutation to the first. */
static void place_cubes(mien_chain_combiner *c, size_t permutation) {
    for (size_t j = CUBES; j-- > 0;) {
        size_t s = permutation * CUBES + j;
        if (s / c->slots != c->group) {
            mien_chain_flush(c);
            c->group = s / c->slots;
        }
        c->x_row[s % c->slots] = c->r[j];
        c->z_row[s % c->slots] = c->z[j];
    }
}

/* state: weights after the permutation in, before it out. */
static void walk_permutation(mien_chain_combiner *c, size_t permutation, mien_k power,
                             mien_k state[WIDTH]) {
    for (size_t j = 0; j < CUBES; j++, power = mien_k_mul(power, c->alpha)) c->r[j] = power;
    mien_poseidon2_transpose(state, c->z, &c->constant, c->r);
    place_cubes(c, permutation);
}

void mien_chain_walk(mien_chain_combiner *c, const mien_chain *chain, const mien_k *start_power,
                     const mien_k output[MIEN_POSEIDON2_DIGEST], mien_k *message) {
    mien_k state[WIDTH];
    for (int i = 0; i < WIDTH; i++) state[i] = MIEN_K_ZERO;
    state[0] = output[RATE];
    state[1] = output[RATE + 1];
    size_t blocks = chain->count - 1, last = chain->first + blocks;
    walk_permutation(c, last, start_power[last], state);
    for (int i = 0; i < RATE; i++) state[i] = mien_k_add(state[i], output[i]);
    while (blocks-- > 0) {
        walk_permutation(c, chain->first + blocks, start_power[chain->first + blocks], state);
        for (size_t i = 0; i < RATE && blocks * RATE + i < chain->secret_elements; i++)
            message[blocks * RATE + i] = state[i];
    }
    for (int i = 0; i < WIDTH; i++)
        c->constant = mien_k_add(c->constant, mien_k_mul_f(state[i], chain->start[i]));
}
