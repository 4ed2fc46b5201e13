/* SPDX-License-Identifier: MIT */
/* Which instruction sets this machine and its operating system offer, found out once. */
#ifndef MIEN_PLATFORM_CPU_SIMD_H
#define MIEN_PLATFORM_CPU_SIMD_H

#include <stdbool.h>

/* Each level includes those before it. */
typedef enum mien_simd {
    MIEN_SIMD_PORTABLE = 0, /* plain C */
    MIEN_SIMD_AVX2 = 1,     /* AVX2, FMA, BMI2 */
    MIEN_SIMD_AVX512 = 2,   /* AVX-512 F, BW, DQ, VL, VNNI */
    MIEN_SIMD_COUNT
} mien_simd;

/* The level to use: what the machine has, lowered (never raised) by the environment variable
 * MIEN_SIMD=portable|avx2|avx512 as it was at the first call; other values are ignored.
 * Thread-safe, cheap after the first call. */
mien_simd mien_simd_level(void);
/* What the machine has, whatever MIEN_SIMD says; for tests and benches that run every level. */
mien_simd mien_simd_machine(void);
/* SHA-NI (with SSE4.1), off with MIEN_SIMD=portable. */
bool mien_simd_sha(void);
bool mien_simd_machine_sha(void);
/* "portable", "avx2", "avx512"; "unknown" for values outside the list. Static storage. */
const char *mien_simd_name(mien_simd level);

/* The pure parts, for tests. Words of CPUID (leaf 1 ecx; leaf 7.0 ebx, ecx; XCR0) to a level. */
typedef struct mien_simd_words {
    unsigned leaf1_ecx, leaf7_ebx, leaf7_ecx;
    unsigned long long xcr0; /* 0 when OSXSAVE is off */
} mien_simd_words;
mien_simd mien_simd_from_words(const mien_simd_words *words);
bool mien_simd_sha_from_words(const mien_simd_words *words);
/* The lower of `machine` and the level that `text` names (NULL and unknown text: machine). */
mien_simd mien_simd_limit(mien_simd machine, const char *text);

#endif
