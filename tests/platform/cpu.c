/* SPDX-License-Identifier: MIT */
#include "platform/cpu/simd.h"
#include "tests/harness.h"

#include <pthread.h>
#include <sys/wait.h>

static const mien_simd_words full = {0x18081000u, 0xe0030128u, 0x800u, 0xe7};

static void every_bit_is_needed(void) {
    CHECK_INT(mien_simd_from_words(&full), MIEN_SIMD_AVX512);
    CHECK(mien_simd_sha_from_words(&full));
    const mien_simd_words none = {0, 0, 0, 0};
    CHECK_INT(mien_simd_from_words(&none), MIEN_SIMD_PORTABLE);
    const unsigned leaf1[] = {12, 27, 28}, avx2[] = {3, 5, 8}, avx512[] = {16, 17, 30, 31};
    for (int i = 0; i < 3; i++) {
        mien_simd_words words = full;
        words.leaf1_ecx &= ~(1u << leaf1[i]);
        CHECK_INT(mien_simd_from_words(&words), MIEN_SIMD_PORTABLE);
        words = full;
        words.leaf7_ebx &= ~(1u << avx2[i]);
        CHECK_INT(mien_simd_from_words(&words), MIEN_SIMD_PORTABLE);
    }
    for (int i = 0; i < 4; i++) {
        mien_simd_words words = full;
        words.leaf7_ebx &= ~(1u << avx512[i]);
        CHECK_INT(mien_simd_from_words(&words), MIEN_SIMD_AVX2);
    }
    mien_simd_words words = full;
    words.leaf7_ecx = 0;
    CHECK_INT(mien_simd_from_words(&words), MIEN_SIMD_AVX2);
}

static void operating_system_must_save_registers(void) {
    mien_simd_words words = full;
    words.xcr0 = 0x7;
    CHECK_INT(mien_simd_from_words(&words), MIEN_SIMD_AVX2);
    for (int bit = 5; bit <= 7; bit++) {
        words.xcr0 = 0xe7 & ~(1u << bit);
        CHECK_INT(mien_simd_from_words(&words), MIEN_SIMD_AVX2);
    }
    words.xcr0 = 0x3;
    CHECK_INT(mien_simd_from_words(&words), MIEN_SIMD_PORTABLE);
    words.xcr0 = 0;
    CHECK_INT(mien_simd_from_words(&words), MIEN_SIMD_PORTABLE);
}

static void sha_needs_both_bits(void) {
    mien_simd_words words = full;
    words.leaf7_ebx &= ~(1u << 29);
    CHECK(!mien_simd_sha_from_words(&words));
    words = full;
    words.leaf1_ecx &= ~(1u << 19);
    CHECK(!mien_simd_sha_from_words(&words));
}

static void limits_only_lower(void) {
    for (int machine = 0; machine < MIEN_SIMD_COUNT; machine++)
        for (int wanted = 0; wanted < MIEN_SIMD_COUNT; wanted++)
            CHECK_INT(mien_simd_limit((mien_simd)machine, mien_simd_name((mien_simd)wanted)),
                      wanted < machine ? wanted : machine);
    CHECK_INT(mien_simd_limit(MIEN_SIMD_AVX2, NULL), MIEN_SIMD_AVX2);
    CHECK_INT(mien_simd_limit(MIEN_SIMD_AVX2, "AVX2 "), MIEN_SIMD_AVX2);
    CHECK_INT(mien_simd_limit(MIEN_SIMD_AVX2, ""), MIEN_SIMD_AVX2);
    CHECK_TEXT(mien_simd_name((mien_simd)7), "unknown");
}

/* The detection agrees with the compiler's own. */
static void machine_agrees_with_compiler(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                     __builtin_cpu_supports("bmi2");
    const int avx512 = avx2 && __builtin_cpu_supports("avx512bw") &&
                       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                       __builtin_cpu_supports("avx512vnni");
    CHECK_INT(mien_simd_machine(), avx512 ? MIEN_SIMD_AVX512
                                   : avx2 ? MIEN_SIMD_AVX2
                                          : MIEN_SIMD_PORTABLE);
#else
    CHECK_INT(mien_simd_machine(), MIEN_SIMD_PORTABLE);
#endif
}

static void *ask(void *out) {
    *(int *)out = (int)mien_simd_level();
    return NULL;
}

static void threads_see_one_answer(void) {
    pthread_t threads[8];
    int levels[8];
    for (int i = 0; i < 8; i++) REQUIRE(pthread_create(&threads[i], NULL, ask, &levels[i]) == 0);
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < 8; i++) CHECK_INT(levels[i], mien_simd_level());
    CHECK(mien_simd_level() <= mien_simd_machine());
}

/* Detection happens once a process, so each setting gets its own; before this process has looked.
 */
static void environment_lowers(void) {
    for (int wanted = 0; wanted < MIEN_SIMD_COUNT; wanted++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            setenv("MIEN_SIMD", mien_simd_name((mien_simd)wanted), 1);
            _exit((int)mien_simd_level() | (mien_simd_sha() ? 16 : 0) |
                  ((int)mien_simd_machine() << 2));
        }
        int state = 0;
        REQUIRE(child > 0 && waitpid(child, &state, 0) == child && WIFEXITED(state));
        const int level = WEXITSTATUS(state) & 3, machine = WEXITSTATUS(state) >> 2 & 3;
        CHECK_INT(level, wanted < machine ? wanted : machine);
        if (wanted == MIEN_SIMD_PORTABLE) CHECK((WEXITSTATUS(state) & 16) == 0);
    }
}

int main(void) {
    RUN(environment_lowers);
    RUN(every_bit_is_needed);
    RUN(operating_system_must_save_registers);
    RUN(sha_needs_both_bits);
    RUN(limits_only_lower);
    RUN(machine_agrees_with_compiler);
    RUN(threads_see_one_answer);
    return harness_end();
}
