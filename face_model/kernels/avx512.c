/* SPDX-License-Identifier: MIT */
/* Sixteen 32-bit lanes: AVX-512 F, BW, DQ, VL and VNNI. */
#include "face_model/kernels/kernels.h"

#if defined(__AVX512VNNI__)
#include <immintrin.h>
#include <string.h>

#define LANES 16
#define MAX_TAPS 256
#define MAX_RUNS MAX_TAPS
#define TILE_BLOCKS 4
#define TILE_MAX_PIXELS 12
/* 24 accumulators, 4 weights, 1 input of 32 registers; more pixels for few blocks. */
#define TILE_PIXELS(blocks) ((blocks) == 4 ? 6 : (blocks) == 3 ? 8 : 12)
#include "face_model/kernels/unroll.h"

typedef __m512i vec;

static inline vec v_load(const void *p) {
    return _mm512_loadu_si512(p);
}
static inline vec v_set(int32_t value) {
    return _mm512_set1_epi32(value);
}
/* Two int16 side by side into every lane. */
static inline vec v_pair(const int16_t *p) {
    int32_t pair;
    memcpy(&pair, p, sizeof pair);
    return _mm512_set1_epi32(pair);
}
static inline vec v_dot(vec acc, vec a, vec b) {
    return _mm512_dpwssd_epi32(acc, a, b);
}
static inline vec v_add(vec a, vec b) {
    return _mm512_add_epi32(a, b);
}
static inline vec v_multiply(vec a, vec b) {
    return _mm512_mullo_epi32(a, b);
}
static inline vec v_shift_right(vec a, int count) {
    return _mm512_sra_epi32(a, _mm_cvtsi32_si128(count));
}
static inline vec v_shift_left(vec a, int count) {
    return _mm512_sll_epi32(a, _mm_cvtsi32_si128(count));
}
/* q where q >= 0, other where q < 0 */
static inline vec v_where_negative(vec q, vec other) {
    return _mm512_mask_mov_epi32(q, _mm512_movepi32_mask(q), other);
}
static inline vec v_widen(const int16_t *p) {
    return _mm512_cvtepi16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)p));
}
static inline vec v_interleave_lower(vec a, vec b) {
    return _mm512_unpacklo_epi16(a, b);
}
static inline vec v_interleave_upper(vec a, vec b) {
    return _mm512_unpackhi_epi16(a, b);
}
/* Clamp and store the first `count` lanes. */
static inline void v_store_narrow(int16_t *p, vec q, int32_t low, int32_t high, size_t count) {
    q = _mm512_max_epi32(_mm512_min_epi32(q, v_set(high)), v_set(low));
    __mmask16 mask = (__mmask16)((1u << count) - 1);
    _mm256_mask_storeu_epi16(p, mask, _mm512_cvtepi32_epi16(q));
}
/* The same for the two vectors that interleaving made, back in order of channels. */
static inline void v_store_packed(int16_t *p, vec lower, vec upper, int32_t low, int32_t high,
                                  size_t count) {
    vec q = _mm512_packs_epi32(lower, upper);
    q = _mm512_min_epi16(q, _mm512_set1_epi16((int16_t)high));
    q = _mm512_max_epi16(q, _mm512_set1_epi16((int16_t)low));
    __mmask32 mask = (__mmask32)((UINT64_C(1) << count) - 1);
    _mm512_mask_storeu_epi16(p, mask, q);
}
/* Store the first `count` lanes. */
static inline void v_store_some(int32_t *p, vec a, size_t count) {
    _mm512_mask_storeu_epi32(p, (__mmask16)((1u << count) - 1), a);
}
/* The first `count` of the two vectors that interleaving made, in order of channels. */
static inline void v_store_both(int32_t *p, vec lower, vec upper, size_t count) {
    const vec first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    const vec second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    v_store_some(p, _mm512_permutex2var_epi64(lower, first, upper), count < LANES ? count : LANES);
    if (count > LANES)
        v_store_some(p + LANES, _mm512_permutex2var_epi64(lower, second, upper), count - LANES);
}

#include "face_model/kernels/convolution_simd.h"

static void max_pool(const mien_layer *layer, const int16_t *input, int16_t *output) {
    mien_kernels_portable.max_pool(layer, input, output);
}

const mien_kernels mien_kernels_avx512 = {packed_size_if_fits, pack_if_fits, convolve, max_pool};
#endif
