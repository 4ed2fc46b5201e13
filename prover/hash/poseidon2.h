/* SPDX-License-Identifier: MIT */
/* Poseidon2 over KoalaBear (Grassi, Khovratovich, Schofnegger, AFRICACRYPT 2023): width 16, x^3,
 * 8 full and 20 partial rounds, and the hash H of the statements built on it. For what is hashed
 * inside a circuit; Merkle trees and the transcript use BLAKE2s.
 *
 * Permutation: external layer; 4 full rounds (add constants, cube all, external layer); 20 partial
 * rounds (add a constant to element 0, cube it, internal layer); 4 full rounds.
 *   external layer: each block of four times circ(2, 3, 1, 1), then every element plus the sum of
 *                   the elements at the same place of all four blocks;
 *   internal layer: x_i -> diagonal_i x_i + (x_0 + ... + x_15).
 * Round constants: Grain LFSR; tests/reference/poseidon2.py prints them. The instance is that of
 * Plonky3.
 *
 * H(tag; x_0 .. x_(n-1)) -> nine elements. A sponge of rate 7 (elements 0..6) and capacity 9
 * (elements 7..15), so that collisions cost 2^139. Capacity at the start: element 7 is n, elements
 * 8..15 are the tag, 1..24 ASCII bytes padded with NULs, three bytes an element, little-endian.
 * Each block of seven (the last one padded with zeros; one block of zeros when n = 0) is added to
 * the rate, then the state is permuted. Digest: the rate, permute, and the first two elements of
 * the rate. As n and tag are fixed before the first block, inputs of different length or tag never
 * meet.
 *
 * All inputs but n and the tag may be secret: constant time. */
#ifndef MIEN_PROVER_HASH_POSEIDON2_H
#define MIEN_PROVER_HASH_POSEIDON2_H

#include "prover/field/field.h"

#define MIEN_POSEIDON2_WIDTH 16
#define MIEN_POSEIDON2_FULL 8
#define MIEN_POSEIDON2_PARTIAL 20
#define MIEN_POSEIDON2_RATE 7
#define MIEN_POSEIDON2_DIGEST 9
#define MIEN_POSEIDON2_TAG_MAX 24

/* For circuits. The first four rows belong to the full rounds before the partial ones. */
extern const mien_f mien_poseidon2_full_constants[MIEN_POSEIDON2_FULL][MIEN_POSEIDON2_WIDTH];
extern const mien_f mien_poseidon2_partial_constants[MIEN_POSEIDON2_PARTIAL];
extern const mien_f mien_poseidon2_diagonal[MIEN_POSEIDON2_WIDTH];

void mien_poseidon2_permute(mien_f state[MIEN_POSEIDON2_WIDTH]);
/* The two linear layers by themselves, for circuits and witnesses. */
void mien_poseidon2_external_layer(mien_f state[MIEN_POSEIDON2_WIDTH]);
void mien_poseidon2_internal_layer(mien_f state[MIEN_POSEIDON2_WIDTH]);

/* The state at the start of H. `length` is the number of elements that will be hashed, < p; the tag
 * has 1..24 bytes, a constant of the program. */
void mien_poseidon2_start(mien_f state[MIEN_POSEIDON2_WIDTH], const char *tag, size_t length);
/* H in one call. `length` < p. */
void mien_poseidon2_hash(mien_f digest[MIEN_POSEIDON2_DIGEST], const char *tag, const mien_f *input,
                         size_t length);

#endif
