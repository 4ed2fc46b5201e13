/* SPDX-License-Identifier: MIT */
/* Poseidon2 sponges as constraints, for circuits that hash hidden elements under a digest: a public
 * state, then blocks of seven hidden elements, each added and permuted, and one more permutation
 * for the last two elements of the digest.
 *
 * Cube s of a circuit (148 s' + j for cube j of its permutation s') is in slot s % m of three rows:
 * first_row + 3 (s / m) holds x, the next y = x x, the next z = x y. Constraint number s is x_s =
 * its input. */
#ifndef MIEN_PROVER_CIRCUITS_CHAIN_H
#define MIEN_PROVER_CIRCUITS_CHAIN_H

#include "prover/circuits/poseidon2_gadget.h"
#include "prover/ligero/system.h"

typedef struct mien_chain {
    size_t first; /* permutation of the first block */
    size_t count; /* permutations, the one behind the last block included */
    size_t secret_elements;
    const mien_f *start; /* MIEN_POSEIDON2_WIDTH elements */
} mien_chain;

/* ---- verifier: the constraints combined */
typedef struct mien_chain_combiner {
    const mien_ligero_row_sink *sink;
    size_t slots, first_row;
    mien_k alpha, first; /* constraint 0 has the weight `first` */
    size_t group;        /* of slots in x_row and z_row */
    mien_k *x_row, *z_row;
    mien_k constant; /* sum of the weights times what constraints add to their slots */
    mien_k r[MIEN_POSEIDON2_CUBES], z[MIEN_POSEIDON2_CUBES];
} mien_chain_combiner;

/* Chains are walked from the last permutation of a circuit (the last of `permutations`) to the
 * first. x_row and z_row: `slots` elements each. */
void mien_chain_start(mien_chain_combiner *c, size_t permutations);
/* Element i of the digest has the weight output[i]: give cubes their coefficients and hidden
 * element i of the input its weight message[i]. start_power: the weight of a permutation's first
 * constraint, for all permutations of the circuit. */
void mien_chain_walk(mien_chain_combiner *c, const mien_chain *chain, const mien_k *start_power,
                     const mien_k output[MIEN_POSEIDON2_DIGEST], mien_k *message);
/* Emit the last rows, which leaves x_row and z_row zero. */
void mien_chain_flush(mien_chain_combiner *c);
/* start_power of all permutations; returns the weight of the constraint behind them. */
mien_k mien_chain_powers(mien_k *start_power, const mien_chain_combiner *c, size_t permutations);

/* ---- prover: the slots filled. Constant time; `rows` is the circuit's first_row. */
void mien_chain_assign(mien_f *rows, size_t slots, mien_f digest[MIEN_POSEIDON2_DIGEST],
                       const mien_chain *chain, const mien_f *message);

#endif
