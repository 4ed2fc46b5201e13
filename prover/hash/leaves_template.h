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

/* The schedule is spelt out as constants, so that message words stay in registers. */
#define ROUND(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, sa, sb, sc, sd, se, sf)                      \
    mix(&v[0], &v[4], &v[8], &v[12], m[s0], m[s1]);                                                \
    mix(&v[1], &v[5], &v[9], &v[13], m[s2], m[s3]);                                                \
    mix(&v[2], &v[6], &v[10], &v[14], m[s4], m[s5]);                                               \
    mix(&v[3], &v[7], &v[11], &v[15], m[s6], m[s7]);                                               \
    mix(&v[0], &v[5], &v[10], &v[15], m[s8], m[s9]);                                               \
    mix(&v[1], &v[6], &v[11], &v[12], m[sa], m[sb]);                                               \
    mix(&v[2], &v[7], &v[8], &v[13], m[sc], m[sd]);                                                \
    mix(&v[3], &v[4], &v[9], &v[14], m[se], m[sf])

/* One block in each lane; `absorbed` bytes with this one. */
static void compress(vec h[8], const vec m[16], uint32_t absorbed, uint32_t last) {
    vec v[16];
    MIEN_UNROLL for (int i = 0; i < 8; i++) v[i] = h[i];
    MIEN_UNROLL for (int i = 0; i < 8; i++) v[8 + i] = vec_set(mien_blake2s_iv[i]);
    v[12] = vec_xor(v[12], vec_set(absorbed));
    v[14] = vec_xor(v[14], vec_set(last));
    ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
    ROUND(11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4);
    ROUND(7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8);
    ROUND(9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13);
    ROUND(2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9);
    ROUND(12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11);
    ROUND(13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10);
    ROUND(6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5);
    ROUND(10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0);
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
    vec_split one = vec_split_set(1); /* out of Montgomery form */
    transpose_tile(tile[0], MIEN_LANES, group, MIEN_LANES);
    for (int lane = 0; lane < MIEN_LANES; lane += WIDTH) {
        vec h[8], m[16];
        MIEN_UNROLL for (uint32_t i = 0; i < 16; i++) {
            vec value = vec_mul_split(vec_divide(vec_load(&tile[i][lane])), one);
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
