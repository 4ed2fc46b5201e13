/* SPDX-License-Identifier: MIT */
/* The whole test framework: a test program is a main() that calls RUN on each test function and
 * returns harness_end(). A CHECK that does not hold marks the running test failed and goes on;
 * REQUIRE also leaves the test. SKIP says why and leaves it. The last line is always
 * "N passed, N failed, N skipped". Random tests print their seed; MIEN_TEST_SEED=n repeats one. */
#ifndef MIEN_TESTS_HARNESS_H
#define MIEN_TESTS_HARNESS_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int harness_passed, harness_failed, harness_skipped;
static int harness_test_failures, harness_test_skipped;
static uint64_t harness_random_state;

static inline void harness_report(const char *file, int line, const char *what) {
    printf("  %s:%d: %s\n", file, line, what);
    harness_test_failures++;
}

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) harness_report(__FILE__, __LINE__, "CHECK(" #condition ")");             \
    } while (0)

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            harness_report(__FILE__, __LINE__, "REQUIRE(" #condition ")");                         \
            return;                                                                                \
        }                                                                                          \
    } while (0)

#define CHECK_INT(actual, expected)                                                                \
    do {                                                                                           \
        long long harness_a_ = (long long)(actual), harness_e_ = (long long)(expected);            \
        if (harness_a_ != harness_e_) {                                                            \
            char harness_text_[256];                                                               \
            snprintf(harness_text_, sizeof harness_text_, "%s = %lld, expected %lld", #actual,     \
                     harness_a_, harness_e_);                                                      \
            harness_report(__FILE__, __LINE__, harness_text_);                                     \
        }                                                                                          \
    } while (0)

#define CHECK_BYTES(actual, expected, length)                                                      \
    do {                                                                                           \
        if (memcmp((actual), (expected), (length)) != 0)                                           \
            harness_report(__FILE__, __LINE__, #actual " differs from " #expected);                \
    } while (0)

#define CHECK_TEXT(actual, expected)                                                               \
    do {                                                                                           \
        const char *harness_a_ = (actual), *harness_e_ = (expected);                               \
        if (strcmp(harness_a_, harness_e_) != 0) {                                                 \
            printf("  got      %s\n  expected %s\n", harness_a_, harness_e_);                      \
            harness_report(__FILE__, __LINE__, #actual);                                           \
        }                                                                                          \
    } while (0)

#define SKIP(...)                                                                                  \
    do {                                                                                           \
        printf("SKIP %s: ", __func__);                                                             \
        printf(__VA_ARGS__);                                                                       \
        printf("\n");                                                                              \
        harness_test_skipped = 1;                                                                  \
        return;                                                                                    \
    } while (0)

#define RUN(test) harness_run(#test, test)

static inline void harness_run(const char *name, void (*test)(void)) {
    harness_test_failures = harness_test_skipped = 0;
    test();
    if (harness_test_failures != 0) {
        printf("FAIL %s\n", name);
        harness_failed++;
    } else if (harness_test_skipped) {
        harness_skipped++;
    } else {
        harness_passed++;
    }
    fflush(stdout);
}

/* splitmix64: for test data only. Seeded by MIEN_TEST_SEED or the clock on first use. */
static inline uint64_t harness_random(void) {
    if (harness_random_state == 0) {
        const char *given = getenv("MIEN_TEST_SEED");
        harness_random_state = given != NULL ? strtoull(given, NULL, 0)
                                             : (uint64_t)time(NULL) * 1000003u + (uint64_t)getpid();
        printf("seed %" PRIu64 "\n", harness_random_state);
    }
    uint64_t z = harness_random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline void harness_random_bytes(void *out, size_t length) {
    for (size_t i = 0; i < length; i++) ((uint8_t *)out)[i] = (uint8_t)(harness_random() >> 56);
}

static inline uint64_t harness_random_below(uint64_t bound) {
    return harness_random() % bound;
}

/* The folder with data and conformance vectors that are not part of the project: $MIEN_SHARED, or
 * ../shared beside the checkout. NULL when there is none; then the test says SKIP. */
static inline const char *harness_shared(void) {
    static char path[1024];
    const char *given = getenv("MIEN_SHARED");
    snprintf(path, sizeof path, "%s", given != NULL ? given : MIEN_SOURCE_DIR "/../shared");
    return access(path, R_OK) == 0 ? path : NULL;
}

/* Whole file with a NUL behind it; NULL when it cannot be read. The caller frees. */
static inline uint8_t *harness_read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    uint8_t *bytes = size >= 0 ? malloc((size_t)size + 1) : NULL;
    if (bytes != NULL && fread(bytes, 1, (size_t)size, file) == (size_t)size) {
        bytes[size] = 0;
        *length = (size_t)size;
    } else {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    return bytes;
}

/* Lower-case or upper-case hex to bytes; returns the number of bytes, stops at the first other
 * character. */
static inline size_t harness_hex(uint8_t *out, size_t capacity, const char *hex) {
    size_t n = 0;
    unsigned value;
    while (n < capacity && hex[2 * n] != '\0' && sscanf(hex + 2 * n, "%2x", &value) == 1)
        out[n++] = (uint8_t)value;
    return n;
}

static inline int harness_end(void) {
    printf("%d passed, %d failed, %d skipped\n", harness_passed, harness_failed, harness_skipped);
    return harness_failed != 0;
}

#endif
