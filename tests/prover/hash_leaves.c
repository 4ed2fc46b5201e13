/* SPDX-License-Identifier: MIT */
/* Lane-parallel leaves and nodes give the digests of the plain ones. */
#include "prover/hash/leaves.h"
#include "tests/harness.h"

enum { COLUMNS = 64, ROWS = 70, GROUPS = (ROWS + 15) / 16 };
static _Alignas(64) mien_f matrix[GROUPS * COLUMNS * MIEN_LANES];
static uint8_t salts[COLUMNS * 32], digests[COLUMNS * 32], expected[32];

#define EACH_LEVEL(kernels)                                                                        \
    const mien_hash_kernels *kernels;                                                              \
    for (unsigned level_ = 0; (kernels = mien_hash_kernels_at(level_)) != NULL; level_++)

static void leaves_of_every_height(void) {
    harness_random_bytes(salts, sizeof salts);
    for (size_t i = 0; i < GROUPS * COLUMNS * MIEN_LANES; i++)
        matrix[i] = MIEN_F_RAW((uint32_t)harness_random_below(MIEN_F_MODULUS));
    EACH_LEVEL(kernels) {
        for (uint32_t rows = 1; rows <= ROWS; rows++) {
            uint32_t first = 16 * (uint32_t)harness_random_below(COLUMNS / 16);
            uint32_t tree = (uint32_t)harness_random();
            size_t count = COLUMNS - first;
            mien_merkle_leaves(kernels, digests, tree, first, count, salts, matrix, rows, COLUMNS);
            for (uint32_t i = 0; i < count; i++) {
                mien_f column[ROWS];
                for (size_t r = 0; r < rows; r++)
                    column[r] = matrix[(r / 16 * COLUMNS + first + i) * MIEN_LANES + r % 16];
                mien_merkle_leaf(expected, tree, first + i, salts + 32 * i, column, rows);
                CHECK_BYTES(digests + 32 * i, expected, 32);
            }
        }
    }
}

static void trees_of_every_size(void) {
    static uint8_t a[127 * 32], b[127 * 32];
    EACH_LEVEL(kernels) {
        for (unsigned log2_leaves = 0; log2_leaves <= 6; log2_leaves++) {
            uint32_t tree = (uint32_t)harness_random();
            REQUIRE(mien_merkle_nodes_size(log2_leaves) <= sizeof a);
            harness_random_bytes(a, (size_t)32 << log2_leaves);
            memcpy(b, a, (size_t)32 << log2_leaves);
            mien_merkle_build(a, tree, log2_leaves);
            mien_merkle_build_with(kernels, b, tree, log2_leaves);
            CHECK_BYTES(a, b, mien_merkle_nodes_size(log2_leaves));
        }
    }
}

/* Trees above parts of the leaves, then what joins them, at every height where they may meet. */
static void trees_in_parts(void) {
    enum { LOG2 = 6 };
    static uint8_t a[127 * 32], b[127 * 32];
    EACH_LEVEL(kernels) {
        for (unsigned meet = 0; meet <= LOG2; meet++) {
            harness_random_bytes(a, sizeof a);
            memcpy(b, a, sizeof a);
            mien_merkle_build(a, 5, LOG2);
            for (size_t part = (size_t)1 << (LOG2 - meet); part-- > 0;)
                mien_merkle_build_levels(kernels, b, 5, LOG2, 0, meet, part << meet,
                                         (size_t)1 << meet);
            mien_merkle_build_levels(kernels, b, 5, LOG2, meet, LOG2, 0, (size_t)1 << LOG2);
            CHECK_BYTES(a, b, sizeof a);
        }
    }
}

int main(void) {
    RUN(leaves_of_every_height);
    RUN(trees_of_every_size);
    RUN(trees_in_parts);
    return harness_end();
}
