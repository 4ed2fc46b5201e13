/* SPDX-License-Identifier: MIT */
/* Merkle leaves and nodes many at a time: one column (or node) in each vector lane. The same
 * digests as prover/hash/merkle.h on every level of kernels.
 *
 * Columns are hashed where the encoder leaves them, in row groups: 16 rows of one column are one
 * 64-byte block of BLAKE2s. A sponge state of 16 columns may be kept while the groups are produced
 * one after the other, so that no codeword has to be read twice. */
#ifndef MIEN_PROVER_HASH_LEAVES_H
#define MIEN_PROVER_HASH_LEAVES_H

#include "prover/field/vectors.h"
#include "prover/hash/merkle.h"

/* Chaining values of 16 columns. */
typedef struct mien_leaf_state {
    _Alignas(64) uint32_t h[8][MIEN_LANES];
} mien_leaf_state;

typedef struct mien_hash_kernels {
    const char *name;
    /* Leaves first .. first + 15 of `tree`, columns of `rows` elements, 1 <= rows < 2^30; 16 salts.
     */
    void (*leaf_start)(mien_leaf_state *state, uint32_t tree, uint32_t first, uint32_t rows,
                       const uint8_t *salts);
    /* Rows 16 g .. of the 16 columns at group[column][row]; those past `rows` are not hashed. */
    void (*leaf_absorb)(mien_leaf_state *state, const mien_f *group, uint32_t g, uint32_t rows);
    /* 16 digests, after the last group. */
    void (*leaf_finish)(uint8_t *digests, const mien_leaf_state *state);
    /* count parents of 2 count digests. */
    void (*nodes)(uint8_t *parents, const uint8_t *children, size_t count, uint32_t tree,
                  uint32_t level);
} mien_hash_kernels;

const mien_hash_kernels *mien_hash_kernels_best(void);
/* As mien_field_kernels_at. */
const mien_hash_kernels *mien_hash_kernels_at(unsigned level);

/* Digests of columns first .. first + count - 1, first and count multiples of 16, of a matrix of
 * ceil(rows / 16) row groups of `columns` columns each; salts[0] belongs to column `first`. */
void mien_merkle_leaves(const mien_hash_kernels *kernels, uint8_t *digests, uint32_t tree,
                        uint32_t first, size_t count, const uint8_t *salts, const mien_f *matrix,
                        uint32_t rows, size_t columns);
/* mien_merkle_build by these kernels. */
void mien_merkle_build_with(const mien_hash_kernels *kernels, uint8_t *nodes, uint32_t tree,
                            unsigned log2_leaves);
/* Levels low + 1 .. high of it, above the leaves first .. first + count - 1 alone (both multiples
 * of 2^high): trees that stand side by side may be built by different threads. */
void mien_merkle_build_levels(const mien_hash_kernels *kernels, uint8_t *nodes, uint32_t tree,
                              unsigned log2_leaves, unsigned low, unsigned high, size_t first,
                              size_t count);

extern const mien_hash_kernels mien_hash_kernels_portable;
extern const mien_hash_kernels mien_hash_kernels_avx2;
extern const mien_hash_kernels mien_hash_kernels_avx512;

#endif
