/* SPDX-License-Identifier: MIT */
/* Does this process still hold a secret? Searches its own memory through /proc/self, either all of
 * it or only what a core image would contain.
 *
 * The pattern is kept masked, so that the search does not find itself; the test must wipe its own
 * copies, too. Linux only. */
#ifndef MIEN_TESTS_MEMORY_SCAN_H
#define MIEN_TESTS_MEMORY_SCAN_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#define MIEN_SCAN_MOST 256
#define MIEN_SCAN_MASK 0xa5
#define MIEN_SCAN_CHUNK ((size_t)1 << 20)

typedef struct mien_scan_pattern {
    uint8_t masked[MIEN_SCAN_MOST];
    size_t length; /* at least 8, or chance finds it */
} mien_scan_pattern;

enum {
    MIEN_SCAN_ALL = 0, /* every readable byte */
    MIEN_SCAN_CORE =
        1 /* writable memory without "do not dump" mark: what gcore or the kernel write */
};

/* Take a masked copy of the secret; the secret itself stays as it is. */
static inline void mien_scan_hide(mien_scan_pattern *pattern, const void *secret, size_t length) {
    pattern->length = length < MIEN_SCAN_MOST ? length : MIEN_SCAN_MOST;
    for (size_t i = 0; i < pattern->length; i++)
        pattern->masked[i] = ((const uint8_t *)secret)[i] ^ MIEN_SCAN_MASK;
}

static inline int mien_scan_match(const mien_scan_pattern *pattern, const uint8_t *at) {
    for (size_t i = 0; i < pattern->length; i++)
        if ((at[i] ^ MIEN_SCAN_MASK) != pattern->masked[i]) return 0;
    return 1;
}

static inline long mien_scan_chunk(const mien_scan_pattern *pattern, const uint8_t *bytes,
                                   size_t length) {
    const uint8_t first = pattern->masked[0] ^ MIEN_SCAN_MASK;
    long found = 0;
    const uint8_t *at = bytes, *end = bytes + length;
    while (at + pattern->length <= end &&
           (at = memchr(at, first, (size_t)(end - at) - pattern->length + 1)) != NULL)
        found += mien_scan_match(pattern, at++);
    return found;
}

/* Chunks overlap by one pattern less a byte, so that nothing is missed or counted twice. */
static inline long mien_scan_range(const mien_scan_pattern *pattern, int memory, uint8_t *buffer,
                                   uint64_t from, uint64_t to) {
    const size_t overlap = pattern->length - 1;
    size_t kept = 0;
    long found = 0;
    while (from < to) {
        size_t wanted = MIEN_SCAN_CHUNK - kept;
        if (wanted > to - from) wanted = (size_t)(to - from);
        ssize_t got = pread(memory, buffer + kept, wanted, (off_t)from);
        if (got <= 0) break; /* guard pages and special mappings */
        found += mien_scan_chunk(pattern, buffer, kept + (size_t)got);
        size_t have = kept + (size_t)got;
        kept = have < overlap ? have : overlap;
        memmove(buffer, buffer + have - kept, kept);
        from += (uint64_t)got;
    }
    return found;
}

/* How often the pattern occurs, or -1 when /proc cannot be read or the address sanitizer has mapped
 * terabytes of shadow memory (then the test says SKIP). */
static inline long mien_scan_self(const mien_scan_pattern *pattern, int what) {
    long found = 0;
    char line[1024], mode[8] = "";
    uint64_t from = 0, to = 0;
    uint8_t *buffer =
        mmap(NULL, MIEN_SCAN_CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    FILE *maps = fopen("/proc/self/smaps", "re");
#if defined(MIEN_ASAN)
    found = -1;
#endif
    if (buffer == MAP_FAILED || memory < 0 || maps == NULL) found = -1;
    while (found >= 0 && fgets(line, sizeof line, maps) != NULL) {
        unsigned long long a, b;
        char flags[8];
        if (sscanf(line, "%llx-%llx %7s", &a, &b, flags) == 3) {
            from = a;
            to = b;
            memcpy(mode, flags, sizeof mode);
        }
        if (strncmp(line, "VmFlags:", 8) != 0) continue; /* the last line of a mapping */
        const int own = from <= (uintptr_t)buffer && (uintptr_t)buffer < to;
        if (own && to - from > MIEN_SCAN_CHUNK) {
            /* the kernel joined our buffer with its neighbours: look at both sides of it */
            found += mien_scan_range(pattern, memory, buffer, from, (uintptr_t)buffer);
            from = (uintptr_t)buffer + MIEN_SCAN_CHUNK;
        } else if (own) {
            continue;
        }
        const int hidden = strstr(line, " dd") != NULL || mode[1] != 'w';
        if (mode[0] == 'r' && (what == MIEN_SCAN_ALL || !hidden))
            found += mien_scan_range(pattern, memory, buffer, from, to);
    }
    if (maps != NULL) fclose(maps);
    if (memory >= 0) close(memory);
    if (buffer != MAP_FAILED) {
        memset(buffer, 0, MIEN_SCAN_CHUNK);
        munmap(buffer, MIEN_SCAN_CHUNK);
    }
    return found;
}

#endif
