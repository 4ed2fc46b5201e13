/* SPDX-License-Identifier: MIT */
#include "tests/prover/sha256_candidate.h"

#include <string.h>

#include "platform/base/bytes.h"
#include "platform/cpu/simd.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static uint32_t rotate(uint32_t x, int n) {
    return x >> n | x << (32 - n);
}

static void blocks_portable(uint32_t h[8], const uint8_t *data, size_t count) {
    for (; count > 0; count--, data += 64) {
        uint32_t w[64], s[8];
        for (int i = 0; i < 16; i++) w[i] = mien_load_be32(data + 4 * i);
        for (int i = 16; i < 64; i++) {
            uint32_t x = w[i - 15], y = w[i - 2];
            w[i] = w[i - 16] + w[i - 7] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) +
                   (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
        }
        memcpy(s, h, sizeof s);
        for (int i = 0; i < 64; i++) {
            uint32_t t = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) +
                         ((s[4] & s[5]) ^ (~s[4] & s[6])) + round_constants[i] + w[i];
            uint32_t u = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) +
                         ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
            memmove(s + 1, s, 7 * sizeof *s);
            s[4] += t;
            s[0] = t + u;
        }
        for (int i = 0; i < 8; i++) h[i] += s[i];
    }
}

#if defined(__x86_64__)
static void blocks_instructions(uint32_t h[8], const uint8_t *data, size_t count) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    __m128i feba, hgdc; /* the order that sha256rnds2 wants */
    feba = _mm_set_epi32((int)h[0], (int)h[1], (int)h[4], (int)h[5]);
    hgdc = _mm_set_epi32((int)h[2], (int)h[3], (int)h[6], (int)h[7]);
    for (; count > 0; count--, data += 64) {
        __m128i abef = feba, cdgh = hgdc, w[4];
        for (int i = 0; i < 4; i++)
            w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)data + i), swap);
        _Pragma("GCC unroll 16") for (int i = 0; i < 16; i++) {
            __m128i now = w[i & 3], k = _mm_loadu_si128((const __m128i *)(round_constants + 4 * i));
            __m128i wk = _mm_add_epi32(now, k);
            hgdc = _mm_sha256rnds2_epu32(hgdc, feba, wk);
            feba = _mm_sha256rnds2_epu32(feba, hgdc, _mm_shuffle_epi32(wk, 0x0e));
            if (i >= 12) continue;
            __m128i middle = _mm_alignr_epi8(w[(i + 3) & 3], w[(i + 2) & 3], 4);
            __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(now, w[(i + 1) & 3]), middle);
            w[i & 3] = _mm_sha256msg2_epu32(sum, w[(i + 3) & 3]);
        }
        feba = _mm_add_epi32(feba, abef);
        hgdc = _mm_add_epi32(hgdc, cdgh);
    }
    uint32_t low[4], high[4];
    _mm_storeu_si128((__m128i *)low, feba);
    _mm_storeu_si128((__m128i *)high, hgdc);
    const uint32_t out[8] = {low[3], low[2], high[3], high[2], low[1], low[0], high[1], high[0]};
    memcpy(h, out, sizeof out);
}
#else
#define blocks_instructions blocks_portable
#endif

int sha256_candidate_has_instructions(void) {
    return mien_simd_machine_sha();
}

void sha256_candidate(uint8_t digest[32], const uint8_t *data, size_t length, int instructions) {
    uint32_t h[8];
    uint8_t tail[128] = {0};
    size_t rest = length % 64, size = rest < 56 ? 64 : 128;
    memcpy(h, initial, sizeof h);
    memcpy(tail, data + length - rest, rest);
    tail[rest] = 0x80;
    mien_store_be64(tail + size - 8, (uint64_t)length * 8);
    void (*blocks)(uint32_t *, const uint8_t *, size_t) =
        instructions ? blocks_instructions : blocks_portable;
    blocks(h, data, length / 64);
    blocks(h, tail, size / 64);
    for (int i = 0; i < 8; i++) mien_store_be32(digest + 4 * i, h[i]);
}
