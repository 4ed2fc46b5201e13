/* SPDX-License-Identifier: MIT */
/* Eight 32-bit lanes: AVX2. */
#include "face_model/kernels/kernels.h"

#if defined(__AVX2__)
#include <immintrin.h>
#include <string.h>

#define LANES 8
#define MAX_TAPS 256
#define MAX_RUNS MAX_TAPS
#define TILE_BLOCKS 2
#define TILE_MAX_PIXELS 8
/* 12 accumulators, 2 weights, 1 input, 1 product of 16 registers */
#define TILE_PIXELS(blocks) ((blocks) == 2 ? 6 : 8)
#include "face_model/kernels/unroll.h"

typedef __m256i vec;

static inline vec v_load(const void *p) {
    return _mm256_loadu_si256(p);
}
static inline vec v_set(int32_t value) {
    return _mm256_set1_epi32(value);
}
/* Two int16 side by side into every lane. */
static inline vec v_pair(const int16_t *p) {
    int32_t pair;
    memcpy(&pair, p, sizeof pair);
    return _mm256_set1_epi32(pair);
}
static inline vec v_dot(vec acc, vec a, vec b) {
    return _mm256_add_epi32(acc, _mm256_madd_epi16(a, b));
}
static inline vec v_add(vec a, vec b) {
    return _mm256_add_epi32(a, b);
}
static inline vec v_multiply(vec a, vec b) {
    return _mm256_mullo_epi32(a, b);
}
static inline vec v_shift_right(vec a, int count) {
    return _mm256_sra_epi32(a, _mm_cvtsi32_si128(count));
}
static inline vec v_shift_left(vec a, int count) {
    return _mm256_sll_epi32(a, _mm_cvtsi32_si128(count));
}
/* q where q >= 0, other where q < 0 */
static inline vec v_where_negative(vec q, vec other) {
    return _mm256_blendv_epi8(q, other, _mm256_srai_epi32(q, 31));
}
static inline vec v_widen(const int16_t *p) {
    return _mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}
static inline vec v_interleave_lower(vec a, vec b) {
    return _mm256_unpacklo_epi16(a, b);
}
static inline vec v_interleave_upper(vec a, vec b) {
    return _mm256_unpackhi_epi16(a, b);
}
/* Clamp and store the first `count` lanes. */
static inline void v_store_narrow(int16_t *p, vec q, int32_t low, int32_t high, size_t count) {
    q = _mm256_max_epi32(_mm256_min_epi32(q, v_set(high)), v_set(low));
    __m128i narrow = _mm_packs_epi32(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
    if (count == LANES) {
        _mm_storeu_si128((__m128i *)(void *)p, narrow);
        return;
    }
    int16_t some[LANES];
    _mm_storeu_si128((__m128i *)(void *)some, narrow);
    memcpy(p, some, count * sizeof *p);
}
/* The same for the two vectors that interleaving made, back in order of channels. */
static inline void v_store_packed(int16_t *p, vec lower, vec upper, int32_t low, int32_t high,
                                  size_t count) {
    vec q = _mm256_packs_epi32(lower, upper);
    q = _mm256_min_epi16(q, _mm256_set1_epi16((int16_t)high));
    q = _mm256_max_epi16(q, _mm256_set1_epi16((int16_t)low));
    if (count == 2 * LANES) {
        _mm256_storeu_si256((__m256i *)(void *)p, q);
        return;
    }
    int16_t some[2 * LANES];
    _mm256_storeu_si256((__m256i *)(void *)some, q);
    memcpy(p, some, count * sizeof *p);
}
/* Store the first `count` lanes. */
static inline void v_store_some(int32_t *p, vec a, size_t count) {
    if (count == LANES) {
        _mm256_storeu_si256((__m256i *)(void *)p, a);
        return;
    }
    int32_t some[LANES];
    _mm256_storeu_si256((__m256i *)(void *)some, a);
    memcpy(p, some, count * sizeof *p);
}
/* The first `count` of the two vectors that interleaving made, in order of channels. */
static inline void v_store_both(int32_t *p, vec lower, vec upper, size_t count) {
    vec first = _mm256_permute2x128_si256(lower, upper, 0x20);
    vec second = _mm256_permute2x128_si256(lower, upper, 0x31);
    v_store_some(p, first, count < LANES ? count : LANES);
    if (count > LANES) v_store_some(p + LANES, second, count - LANES);
}

#include "face_model/kernels/convolution_simd.h"

static void max_pool(const mien_layer *layer, const int16_t *input, int16_t *output) {
    mien_kernels_portable.max_pool(layer, input, output);
}

const mien_kernels mien_kernels_avx2 = {packed_size_if_fits, pack_if_fits, convolve, max_pool};
#endif
