/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "platform/base/bytes.h"
#include "platform/memory/pages.h"
#include "platform/memory/process.h"
#include "platform/memory/secret.h"
#include "tests/harness.h"
#include "tests/memory_scan.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#if defined(MIEN_ASAN)
enum { UNDER_ASAN = 1 };
#else
enum { UNDER_ASAN = 0 };
#endif

static void blocks_are_zeroed_and_aligned(void) {
    for (size_t length = 1; length < 9000; length = length * 3 + 1) {
        void *memory = NULL;
        REQUIRE(mien_secret_alloc(&memory, length, NULL) == MIEN_OK);
        CHECK((uintptr_t)memory % MIEN_SECRET_ALIGNMENT == 0);
        size_t set = 0;
        for (size_t i = 0; i < length; i++) set += ((uint8_t *)memory)[i] != 0;
        CHECK_INT(set, 0);
        memset(memory, 0x5a, length);
        mien_secret_free(memory);
    }
    mien_secret_free(NULL);
}

/* The flags that the kernel shows for the mapping with this address. */
static void flags_of(char flags[1024], const void *address) {
    char line[1024];
    bool inside = false;
    FILE *maps = fopen("/proc/self/smaps", "r");
    flags[0] = '\0';
    REQUIRE(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long first, end;
        if (sscanf(line, "%lx-%lx ", &first, &end) == 2)
            inside = (uintptr_t)address >= first && (uintptr_t)address < end;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0)
            memcpy(flags, line, sizeof line);
    }
    fclose(maps);
}

static void pages_are_zeroed_aligned_and_not_dumped(void) {
    static const size_t lengths[] = {1, 4096, (2u << 20) - 1, 2u << 20, (6u << 20) + 5};
    for (size_t n = 0; n < sizeof lengths / sizeof *lengths; n++) {
        void *memory = NULL;
        char flags[1024];
        size_t set = 0, length = lengths[n];
        REQUIRE(mien_pages_alloc(&memory, length, NULL) == MIEN_OK);
        CHECK((uintptr_t)memory % (2u << 20) == 0);
        for (size_t i = 0; i < length; i++) set += ((uint8_t *)memory)[i] != 0;
        CHECK_INT(set, 0);
        memset(memory, 0x5a, length);
        flags_of(flags, memory);
        CHECK(strstr(flags, " dd") != NULL);
        flags_of(flags, (uint8_t *)memory + length - 1);
        CHECK(strstr(flags, " dd") != NULL);
        mien_pages_free(memory, length, length);
        flags_of(flags, memory);
        CHECK(flags[0] == '\0'); /* given back */
    }
    mien_pages_free(NULL, 1, 1);
}

static void impossible_pages_are_refused(void) {
    mien_error error = {MIEN_OK, ""};
    void *memory = &error;
    CHECK_INT(mien_pages_alloc(&memory, 0, &error), MIEN_ARGUMENT);
    CHECK(memory == NULL);
    CHECK_INT(mien_pages_alloc(&memory, SIZE_MAX, &error), MIEN_ARGUMENT);
    memory = &error;
    CHECK_INT(mien_pages_alloc(&memory, SIZE_MAX / 2, &error), MIEN_MEMORY);
    CHECK(memory == NULL && error.message[0] != '\0');
}

static void counts_add_up(void) {
    const mien_secret_counts before = mien_secret_usage();
    void *a = NULL, *b = NULL;
    REQUIRE(mien_secret_alloc(&a, 100, NULL) == MIEN_OK);
    REQUIRE(mien_secret_alloc(&b, 5000, NULL) == MIEN_OK);
    CHECK_INT(mien_secret_usage().blocks - before.blocks, 2);
    CHECK_INT(mien_secret_usage().bytes - before.bytes, 5100);
    mien_secret_free(a);
    CHECK_INT(mien_secret_usage().bytes - before.bytes, 5000);
    mien_secret_free(b);
    CHECK_INT(mien_secret_usage().blocks, before.blocks);
}

static void impossible_sizes_are_refused(void) {
    mien_error error = {MIEN_OK, ""};
    void *memory = &error;
    CHECK_INT(mien_secret_alloc(&memory, 0, &error), MIEN_ARGUMENT);
    CHECK(memory == NULL);
    CHECK_INT(mien_secret_alloc(&memory, SIZE_MAX, &error), MIEN_ARGUMENT);
    CHECK_INT(mien_secret_alloc(&memory, SIZE_MAX - 200, &error), MIEN_MEMORY);
    CHECK(memory == NULL && error.message[0] != '\0');
}

/* Runs `body` in a child and gives how it ended, as waitpid says. */
static int in_child(void (*body)(void)) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        body();
        _exit(0);
    }
    int state = -1;
    if (child < 0 || waitpid(child, &state, 0) != child) return -1;
    return state;
}

static volatile ptrdiff_t offset_to_touch;

static void touch(void) {
    void *memory = NULL;
    signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would print a report */
    if (mien_secret_alloc(&memory, 64, NULL) != MIEN_OK) _exit(3);
    ((volatile uint8_t *)memory)[offset_to_touch] = 1;
}

static void guard_page_stops_overruns(void) {
    offset_to_touch = 63;
    CHECK_INT(in_child(touch), 0);
    offset_to_touch = 64;
    int state = in_child(touch);
    CHECK(WIFSIGNALED(state) && WTERMSIG(state) == SIGSEGV);
    offset_to_touch = -8192;
    state = in_child(touch);
    CHECK(WIFSIGNALED(state) && WTERMSIG(state) == SIGSEGV);
}

/* Memory locks are not for ever: root is above the limit, so become nobody first. */
static void without_lockable_memory(void) {
    const struct rlimit none = {0, 0};
    mien_error error = {MIEN_OK, ""};
    void *memory = NULL;
    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0) _exit(2);
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) _exit(3);
    if (mien_secret_alloc(&memory, 1000, &error) != MIEN_OK) _exit(4);
    if (mien_secret_usage().unlocked_bytes != 1000) _exit(5);
    mien_secret_free(memory);
    if (mien_secret_usage().unlocked_bytes != 0) _exit(6);
    mien_secret_require_lock(true);
    if (mien_secret_alloc(&memory, 1000, &error) != MIEN_MEMORY || memory != NULL) _exit(7);
    if (strstr(error.message, "ulimit -l") == NULL) _exit(8);
    if (mien_secret_usage().blocks != 0) _exit(9);
}

static void lock_limit_is_told(void) {
    if (UNDER_ASAN) SKIP("the address sanitizer replaces mlock by nothing");
    int state = in_child(without_lockable_memory);
    CHECK(WIFEXITED(state));
    CHECK_INT(WEXITSTATUS(state), 0);
}

static void without_address_space(void) {
    mien_error error = {MIEN_OK, ""};
    void *memory = NULL;
    const struct rlimit small = {64 << 20, 64 << 20};
    if (setrlimit(RLIMIT_AS, &small) != 0) _exit(2);
    if (mien_secret_alloc(&memory, 256 << 20, &error) != MIEN_MEMORY || memory != NULL) _exit(3);
    if (mien_secret_usage().blocks != 0) _exit(4);
}

static void no_memory_is_an_error(void) {
    if (UNDER_ASAN) SKIP("the address sanitizer needs more address space than the test leaves");
    CHECK_INT(in_child(without_address_space), 0);
}

static void arena_pieces_do_not_overlap(void) {
    mien_secret_arena arena;
    size_t size = mien_secret_arena_size(10, 33);
    CHECK_INT(size, 640);
    CHECK_INT(mien_secret_arena_size(SIZE_MAX / 2, 64), 0);
    CHECK_INT(mien_secret_arena_size(1, SIZE_MAX), 0);
    REQUIRE(mien_secret_arena_create(&arena, size, NULL) == MIEN_OK);
    uint8_t *pieces[10];
    for (int i = 0; i < 10; i++) {
        pieces[i] = mien_secret_arena_take(&arena, 33);
        REQUIRE(pieces[i] != NULL);
        CHECK((uintptr_t)pieces[i] % MIEN_SECRET_ALIGNMENT == 0);
        memset(pieces[i], i + 1, 33);
    }
    CHECK(mien_secret_arena_take(&arena, 1) == NULL);
    CHECK(mien_secret_arena_take(&arena, 0) == NULL);
    CHECK(mien_secret_arena_take(&arena, SIZE_MAX) == NULL);
    for (int i = 0; i < 10; i++)
        for (int k = 0; k < 33; k++) CHECK_INT(pieces[i][k], i + 1);
    mien_secret_arena_reset(&arena);
    const uint8_t *again = mien_secret_arena_take(&arena, size);
    REQUIRE(again == pieces[0]);
    for (size_t i = 0; i < size; i++) CHECK_INT(again[i], 0);
    mien_secret_arena_destroy(&arena);
    mien_secret_arena_destroy(&arena);
    mien_secret_arena_destroy(NULL);
}

/* The scanner must find what is there, or its silence means nothing. */
static void scanner_finds_and_forgets(void) {
    uint8_t secret[48];
    mien_scan_pattern pattern;
    harness_random_bytes(secret, sizeof secret);
    mien_scan_hide(&pattern, secret, sizeof secret);
    uint8_t *copy = malloc(sizeof secret);
    void *guarded = NULL;
    REQUIRE(copy != NULL && mien_secret_alloc(&guarded, sizeof secret, NULL) == MIEN_OK);
    if (mien_scan_self(&pattern, MIEN_SCAN_ALL) < 0) SKIP("/proc/self/mem cannot be searched");
    memcpy(copy, secret, sizeof secret);
    mien_wipe(secret, sizeof secret);
    CHECK_INT(mien_scan_self(&pattern, MIEN_SCAN_ALL), 1);
    CHECK_INT(mien_scan_self(&pattern, MIEN_SCAN_CORE), 1);
    memcpy(guarded, copy, sizeof secret);
    CHECK_INT(mien_scan_self(&pattern, MIEN_SCAN_ALL), 2);
    mien_wipe(copy, sizeof secret);
    /* guarded memory is in the process but in no core image */
    CHECK_INT(mien_scan_self(&pattern, MIEN_SCAN_ALL), 1);
    CHECK_INT(mien_scan_self(&pattern, MIEN_SCAN_CORE), 0);
    mien_secret_free(guarded);
    CHECK_INT(mien_scan_self(&pattern, MIEN_SCAN_ALL), 0);
    free(copy);
}

static void scanner_looks_across_chunks(void) {
    const size_t size = 3 * MIEN_SCAN_CHUNK;
    mien_scan_pattern pattern;
    uint8_t secret[32];
    uint8_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    harness_random_bytes(secret, sizeof secret);
    mien_scan_hide(&pattern, secret, sizeof secret);
    for (size_t shift = 0; shift < 40; shift += 3) {
        uint8_t *at = memory + MIEN_SCAN_CHUNK - shift;
        for (size_t i = 0; i < sizeof secret; i++) at[i] = pattern.masked[i] ^ MIEN_SCAN_MASK;
        mien_wipe(secret, sizeof secret);
        const long found = mien_scan_self(&pattern, MIEN_SCAN_ALL);
        if (found < 0) SKIP("/proc/self/mem cannot be searched");
        CHECK_INT(found, 1);
        mien_wipe(at, sizeof secret);
    }
    munmap(memory, size);
}

static void harden_in_child(void) {
    struct rlimit limit;
    if (mien_process_harden(NULL) != MIEN_OK) _exit(2);
    if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0 || limit.rlim_max != 0) _exit(3);
    if (prctl(PR_GET_DUMPABLE) != 0) _exit(4);
}

static void hardening_holds(void) {
    CHECK_INT(in_child(harden_in_child), 0);
}

int main(void) {
    RUN(blocks_are_zeroed_and_aligned);
    RUN(pages_are_zeroed_aligned_and_not_dumped);
    RUN(impossible_pages_are_refused);
    RUN(counts_add_up);
    RUN(impossible_sizes_are_refused);
    RUN(guard_page_stops_overruns);
    RUN(lock_limit_is_told);
    RUN(no_memory_is_an_error);
    RUN(arena_pieces_do_not_overlap);
    RUN(scanner_finds_and_forgets);
    RUN(scanner_looks_across_chunks);
    RUN(hardening_holds);
    return harness_end();
}
