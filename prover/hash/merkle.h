/* SPDX-License-Identifier: MIT */
/* Salted Merkle trees over the columns of a matrix of F, and openings of many leaves at once.
 *
 * leaf = BLAKE2s-256(person "mienleaf"; tree, index, rows as 32-bit little-endian words, 20 zero
 *        bytes, the 32-byte salt, then the column: `rows` elements, four canonical bytes each)
 * node = BLAKE2s-256(person "miennode", salt field: tree, level as 32-bit little-endian words;
 *        left digest, right digest), level 1 above the leaves.
 * `tree` tells the trees of one proof apart. Trees have 2^log2_leaves leaves, 0..31.
 *
 * An opening of distinct ascending indices holds exactly the digests that the verifier cannot
 * compute: level by level from the leaves, each level from left to right. There is one byte string
 * for each set of indices, and the verifier reads it once, with `count` entries of memory.
 *
 * Salts and columns may be secret (constant time); indices are public. */
#ifndef MIEN_PROVER_HASH_MERKLE_H
#define MIEN_PROVER_HASH_MERKLE_H

#include "platform/base/bytes.h"
#include "prover/field/field.h"
#include "prover/hash/blake2s.h"

#define MIEN_MERKLE_DIGEST MIEN_BLAKE2S_DIGEST
#define MIEN_MERKLE_SALT 32
#define MIEN_MERKLE_LOG2_LEAVES_MAX 31u

void mien_merkle_leaf(uint8_t digest[MIEN_MERKLE_DIGEST], uint32_t tree, uint32_t index,
                      const uint8_t salt[MIEN_MERKLE_SALT], const mien_f *column, uint32_t rows);
void mien_merkle_node(uint8_t digest[MIEN_MERKLE_DIGEST], uint32_t tree, uint32_t level,
                      const uint8_t left[MIEN_MERKLE_DIGEST],
                      const uint8_t right[MIEN_MERKLE_DIGEST]);

/* ---- prover. Nodes are kept level after level: leaves first, the root last. */

/* Bytes of all nodes; 0 when log2_leaves > 31 or the size does not fit. */
size_t mien_merkle_nodes_size(unsigned log2_leaves);
/* Digest of leaf `index` inside `nodes`: nodes + 32 index. The leaves have been filled in; this
 * computes the rest. */
void mien_merkle_build(uint8_t *nodes, uint32_t tree, unsigned log2_leaves);
const uint8_t *mien_merkle_root(const uint8_t *nodes, unsigned log2_leaves);
/* Largest opening of `count` leaves, in bytes; some set of `count` leaves needs as much. */
size_t mien_merkle_opening_max_size(unsigned log2_leaves, size_t count);
/* Append the opening. `indices` ascending and distinct, 1 <= count; `scratch` holds `count` words.
 * MIEN_ARGUMENT for indices that are not so, MIEN_TOO_LARGE when the writer is full. */
MIEN_MUST_CHECK mien_status mien_merkle_open(mien_writer *writer, uint32_t *scratch,
                                             const uint8_t *nodes, unsigned log2_leaves,
                                             const uint32_t *indices, size_t count);

/* ---- verifier */
typedef struct mien_merkle_entry {
    uint32_t index;
    uint8_t digest[MIEN_MERKLE_DIGEST]; /* of the leaf, computed by the verifier */
} mien_merkle_entry;

/* Read an opening and compare with the root. `entries` ascending and distinct by index,
 * overwritten. MIEN_ARGUMENT when they are not so or count is 0, MIEN_TRUNCATED when bytes are
 * missing, MIEN_PROOF_INVALID when the root differs. Reads no more than it needs. */
MIEN_MUST_CHECK mien_status mien_merkle_verify(mien_reader *reader, mien_merkle_entry *entries,
                                               size_t count, const uint8_t root[MIEN_MERKLE_DIGEST],
                                               uint32_t tree, unsigned log2_leaves);

#endif
