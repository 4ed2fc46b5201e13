/* SPDX-License-Identifier: MIT */
/* Bodies of the kernels of leaves.h, compiled once for each level as field/kernels_template.h is.
 */
#include "prover/field/lanes.h"
#include "prover/hash/leaves.h"

#if MIEN_VECTOR_LEVEL == 2
INLINE vec vec_xor(vec a, vec b) {
    return _mm512_xor_si512(a, b);
}
#define vec_rotate(a, n) _mm512_ror_epi32(a, n)
#elif MIEN_VECTOR_LEVEL == 1
INLINE vec vec_xor(vec a, vec b) {
    return _mm256_xor_si256(a, b);
}
#define vec_rotate(a, n) _mm256_or_si256(_mm256_srli_epi32(a, n), _mm256_slli_epi32(a, 32 - (n)))
#else
INLINE vec vec_xor(vec a, vec b) {
    return a ^ b;
}
INLINE vec vec_add_words(vec a, vec b) {
    return a + b;
}
#define vec_rotate(a, n) ((a) >> (n) | (a) << (32 - (n)))
#endif
/* Words, not elements: loads and stores that are allowed to meet them. */
INLINE vec words_load(const uint32_t *p) {
    vec r;
    memcpy(&r, p, sizeof r);
    return r;
}
INLINE void words_store(uint32_t *p, vec a) {
    memcpy(p, &a, sizeof a);
}

INLINE void mix(vec *a, vec *b, vec *c, vec *d, vec x, vec y) {
    *a = vec_add_words(vec_add_words(*a, *b), x);
    *d = vec_rotate(vec_xor(*d, *a), 16);
    *c = vec_add_words(*c, *d);
    *b = vec_rotate(vec_xor(*b, *c), 12);
    *a = vec_add_words(vec_add_words(*a, *b), y);
    *d = vec_rotate(vec_xor(*d, *a), 8);
    *c = vec_add_words(*c, *d);
    *b = vec_rotate(vec_xor(*b, *c), 7);
}

#define MIX(a, b, c, d, i, j) mix(&v[a], &v[b], &v[c], &v[d], m[i], m[j])

/* One block in each lane; `absorbed` bytes with this one. */
static void compress(vec h[8], const vec m[16], uint32_t absorbed, uint32_t last) {
    vec v[16];
    MIEN_UNROLL for (int i = 0; i < 8; i++) v[i] = h[i];
    MIEN_UNROLL for (int i = 0; i < 8; i++) v[8 + i] = vec_set(mien_blake2s_iv[i]);
    v[12] = vec_xor(v[12], vec_set(absorbed));
    v[14] = vec_xor(v[14], vec_set(last));
    MIEN_BLAKE2S_ROUNDS(MIX);
    MIEN_UNROLL for (int i = 0; i < 8; i++) h[i] = vec_xor(h[i], vec_xor(v[i], v[8 + i]));
}

INLINE void state_load(vec h[8], const mien_leaf_state *state, int lane) {
    MIEN_UNROLL for (int i = 0; i < 8; i++) h[i] = words_load(&state->h[i][lane]);
}
INLINE void state_store(mien_leaf_state *state, int lane, const vec h[8]) {
    MIEN_UNROLL for (int i = 0; i < 8; i++) words_store(&state->h[i][lane], h[i]);
}

static void leaf_start(mien_leaf_state *state, uint32_t tree, uint32_t first, uint32_t rows,
                       const uint8_t *salts) {
    _Alignas(64) uint32_t words[16][MIEN_LANES] = {{0}};
    uint32_t parameters[8];
    mien_blake2s_parameters(parameters, "mienleaf", NULL);
    for (uint32_t lane = 0; lane < MIEN_LANES; lane++) {
        words[0][lane] = tree;
        words[1][lane] = first + lane;
        words[2][lane] = rows;
        for (int i = 0; i < 8; i++)
            words[8 + i][lane] = mien_load_le32(salts + MIEN_MERKLE_SALT * lane + 4 * i);
    }
    for (int lane = 0; lane < MIEN_LANES; lane += WIDTH) {
        vec h[8], m[16];
        for (int i = 0; i < 8; i++) h[i] = vec_set(parameters[i]);
        for (int i = 0; i < 16; i++) m[i] = words_load(&words[i][lane]);
        compress(h, m, MIEN_BLAKE2S_BLOCK, 0);
        state_store(state, lane, h);
    }
}

static void leaf_absorb(mien_leaf_state *state, const mien_f *group, uint32_t g, uint32_t rows) {
    _Alignas(64) mien_f tile[MIEN_LANES][MIEN_LANES];
    uint32_t done = MIEN_LANES * g, here = rows - done < MIEN_LANES ? rows - done : MIEN_LANES;
    uint32_t absorbed = MIEN_BLAKE2S_BLOCK + MIEN_F_BYTES * (done + here);
    uint32_t last = done + here == rows ? UINT32_MAX : 0;
    transpose_tile(tile[0], MIEN_LANES, group, MIEN_LANES);
    for (int lane = 0; lane < MIEN_LANES; lane += WIDTH) {
        vec h[8], m[16];
        MIEN_UNROLL for (uint32_t i = 0; i < 16; i++) {
            vec value = vec_values(vec_load(&tile[i][lane]));
            m[i] = i < here ? value : vec_set(0);
        }
        state_load(h, state, lane);
        compress(h, m, absorbed, last);
        state_store(state, lane, h);
    }
}

static void leaf_finish(uint8_t *digests, const mien_leaf_state *state) {
    for (int lane = 0; lane < MIEN_LANES; lane++)
        for (int i = 0; i < 8; i++)
            mien_store_le32(digests + MIEN_MERKLE_DIGEST * lane + 4 * i, state->h[i][lane]);
}

/* 16 parents: word i of child pair `lane` is word i of its 64-byte block. */
static void nodes_sixteen(uint8_t *parents, const uint8_t *children, const uint32_t parameters[8]) {
    _Alignas(64) uint32_t words[16][MIEN_LANES];
    mien_leaf_state state;
    for (int lane = 0; lane < MIEN_LANES; lane++)
        for (int i = 0; i < 16; i++)
            words[i][lane] = mien_load_le32(children + MIEN_BLAKE2S_BLOCK * lane + 4 * i);
    for (int lane = 0; lane < MIEN_LANES; lane += WIDTH) {
        vec h[8], m[16];
        for (int i = 0; i < 8; i++) h[i] = vec_set(parameters[i]);
        for (int i = 0; i < 16; i++) m[i] = words_load(&words[i][lane]);
        compress(h, m, MIEN_BLAKE2S_BLOCK, UINT32_MAX);
        state_store(&state, lane, h);
    }
    leaf_finish(parents, &state);
}

static void nodes(uint8_t *parents, const uint8_t *children, size_t count, uint32_t tree,
                  uint32_t level) {
    uint8_t place[8];
    uint32_t parameters[8];
    size_t i = 0;
    mien_store_le32(place, tree);
    mien_store_le32(place + 4, level);
    mien_blake2s_parameters(parameters, "miennode", place);
    for (; i + MIEN_LANES <= count; i += MIEN_LANES)
        nodes_sixteen(parents + MIEN_MERKLE_DIGEST * i, children + MIEN_BLAKE2S_BLOCK * i,
                      parameters);
    for (; i < count; i++) {
        const uint8_t *pair = children + MIEN_BLAKE2S_BLOCK * i;
        mien_merkle_node(parents + MIEN_MERKLE_DIGEST * i, tree, level, pair,
                         pair + MIEN_MERKLE_DIGEST);
    }
}

const mien_hash_kernels MIEN_KERNELS = {
    .name = MIEN_KERNELS_NAME,
    .leaf_start = leaf_start,
    .leaf_absorb = leaf_absorb,
    .leaf_finish = leaf_finish,
    .nodes = nodes,
};
