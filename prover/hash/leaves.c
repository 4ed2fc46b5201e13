/* SPDX-License-Identifier: MIT */
#include "prover/hash/leaves.h"

#if defined(__x86_64__)
#include "platform/cpu/simd.h"

const mien_hash_kernels *mien_hash_kernels_at(unsigned level) {
    static const mien_hash_kernels *const all[MIEN_SIMD_COUNT] = {
        &mien_hash_kernels_portable, &mien_hash_kernels_avx2, &mien_hash_kernels_avx512};
    return level <= (unsigned)mien_simd_machine() ? all[level] : NULL;
}
const mien_hash_kernels *mien_hash_kernels_best(void) {
    return mien_hash_kernels_at((unsigned)mien_simd_level());
}
#else
const mien_hash_kernels *mien_hash_kernels_at(unsigned level) {
    return level == 0 ? &mien_hash_kernels_portable : NULL;
}
const mien_hash_kernels *mien_hash_kernels_best(void) {
    return &mien_hash_kernels_portable;
}
#endif

void mien_merkle_leaves(const mien_hash_kernels *kernels, uint8_t *digests, uint32_t tree,
                        uint32_t first, size_t count, const uint8_t *salts, const mien_f *matrix,
                        uint32_t rows, size_t columns) {
    mien_leaf_state state;
    uint32_t groups = (rows + MIEN_LANES - 1) / MIEN_LANES;
    for (size_t i = 0; i < count; i += MIEN_LANES) {
        kernels->leaf_start(&state, tree, first + (uint32_t)i, rows, salts + i * MIEN_MERKLE_SALT);
        for (uint32_t g = 0; g < groups; g++)
            kernels->leaf_absorb(&state, matrix + (g * columns + first + i) * MIEN_LANES, g, rows);
        kernels->leaf_finish(digests + i * MIEN_MERKLE_DIGEST, &state);
    }
    mien_wipe(&state, sizeof state);
}

void mien_merkle_build_levels(const mien_hash_kernels *kernels, uint8_t *nodes, uint32_t tree,
                              unsigned log2_leaves, unsigned low, unsigned high, size_t first,
                              size_t count) {
    for (unsigned level = 1; level <= high; level++) {
        size_t width = (size_t)1 << (log2_leaves - level);
        uint8_t *parents = nodes + 2 * width * MIEN_MERKLE_DIGEST;
        if (level > low)
            kernels->nodes(parents + (first >> level) * MIEN_MERKLE_DIGEST,
                           nodes + (first >> (level - 1)) * MIEN_MERKLE_DIGEST, count >> level,
                           tree, level);
        nodes = parents;
    }
}

void mien_merkle_build_with(const mien_hash_kernels *kernels, uint8_t *nodes, uint32_t tree,
                            unsigned log2_leaves) {
    mien_merkle_build_levels(kernels, nodes, tree, log2_leaves, 0, log2_leaves, 0,
                             (size_t)1 << log2_leaves);
}
