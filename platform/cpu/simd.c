/* SPDX-License-Identifier: MIT */
#include "platform/cpu/simd.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

static const char *const names[MIEN_SIMD_COUNT] = {"portable", "avx2", "avx512"};

const char *mien_simd_name(mien_simd level) {
    return (unsigned)level < MIEN_SIMD_COUNT ? names[level] : "unknown";
}

/* Bits from Intel's manual, volume 2A, CPUID; XCR0 from volume 1, section 13.3. */
enum {
    LEAF1_ECX_FMA = 1u << 12,
    LEAF1_ECX_SSE41 = 1u << 19,
    LEAF1_ECX_OSXSAVE = 1u << 27,
    LEAF1_ECX_AVX = 1u << 28,
    LEAF7_EBX_BMI1 = 1u << 3,
    LEAF7_EBX_AVX2 = 1u << 5,
    LEAF7_EBX_BMI2 = 1u << 8,
    LEAF7_EBX_AVX512F = 1u << 16,
    LEAF7_EBX_AVX512DQ = 1u << 17,
    LEAF7_EBX_SHA = 1u << 29,
    LEAF7_EBX_AVX512BW = 1u << 30,
    LEAF7_ECX_VNNI = 1u << 11,
    XCR0_YMM = 0x6, /* SSE and AVX state */
    XCR0_ZMM = 0xe6 /* also opmask, ZMM_Hi256, Hi16_ZMM */
};
#define LEAF7_EBX_AVX512VL (1u << 31)

mien_simd mien_simd_from_words(const mien_simd_words *words) {
    const unsigned leaf1 = LEAF1_ECX_FMA | LEAF1_ECX_OSXSAVE | LEAF1_ECX_AVX;
    const unsigned avx2 = LEAF7_EBX_BMI1 | LEAF7_EBX_AVX2 | LEAF7_EBX_BMI2;
    const unsigned avx512 =
        LEAF7_EBX_AVX512F | LEAF7_EBX_AVX512DQ | LEAF7_EBX_AVX512BW | LEAF7_EBX_AVX512VL;
    if ((words->leaf1_ecx & leaf1) != leaf1 || (words->leaf7_ebx & avx2) != avx2 ||
        (words->xcr0 & XCR0_YMM) != XCR0_YMM)
        return MIEN_SIMD_PORTABLE;
    if ((words->leaf7_ebx & avx512) != avx512 || (words->leaf7_ecx & LEAF7_ECX_VNNI) == 0 ||
        (words->xcr0 & XCR0_ZMM) != XCR0_ZMM)
        return MIEN_SIMD_AVX2;
    return MIEN_SIMD_AVX512;
}

bool mien_simd_sha_from_words(const mien_simd_words *words) {
    return (words->leaf7_ebx & LEAF7_EBX_SHA) != 0 && (words->leaf1_ecx & LEAF1_ECX_SSE41) != 0;
}

mien_simd mien_simd_limit(mien_simd machine, const char *text) {
    for (int i = 0; text != NULL && i < MIEN_SIMD_COUNT; i++)
        if (strcmp(text, names[i]) == 0) return (mien_simd)i < machine ? (mien_simd)i : machine;
    return machine;
}

static void read_words(mien_simd_words *words) {
    memset(words, 0, sizeof *words);
#if defined(__x86_64__)
    unsigned a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0) return;
    words->leaf1_ecx = c;
    if ((c & LEAF1_ECX_OSXSAVE) != 0) {
        unsigned low, high;
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        words->xcr0 = (unsigned long long)high << 32 | low;
    }
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return;
    words->leaf7_ebx = b;
    words->leaf7_ecx = c;
#endif
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static mien_simd machine_level, used_level;
static bool machine_sha, used_sha;

static void detect(void) {
    mien_simd_words words;
    const char *wanted = getenv("MIEN_SIMD");
    read_words(&words);
    machine_level = mien_simd_from_words(&words);
    machine_sha = mien_simd_sha_from_words(&words);
    used_level = mien_simd_limit(machine_level, wanted);
    used_sha = machine_sha && (wanted == NULL || strcmp(wanted, names[MIEN_SIMD_PORTABLE]) != 0);
}

mien_simd mien_simd_level(void) {
    pthread_once(&once, detect);
    return used_level;
}

mien_simd mien_simd_machine(void) {
    pthread_once(&once, detect);
    return machine_level;
}

bool mien_simd_sha(void) {
    pthread_once(&once, detect);
    return used_sha;
}

bool mien_simd_machine_sha(void) {
    pthread_once(&once, detect);
    return machine_sha;
}
