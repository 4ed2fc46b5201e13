/* SPDX-License-Identifier: MIT */
/* Where random bytes come from, as a value that is passed in: the system's generator in programs,
 * a seeded one in tests, a failing one in fault tests. */
#ifndef MIEN_PLATFORM_BASE_RANDOM_H
#define MIEN_PLATFORM_BASE_RANDOM_H

#include <stddef.h>

#include "platform/base/status.h"

typedef struct mien_random {
    /* Fill `length` bytes at `out`, or return MIEN_RANDOM (contents of `out` then unspecified). */
    mien_status (*fill)(void *context, void *out, size_t length);
    void *context;
} mien_random;

MIEN_MUST_CHECK static inline mien_status mien_random_fill(const mien_random *random, void *out,
                                                           size_t length) {
    return random->fill(random->context, out, length);
}

/* The operating system's generator through libsodium (platform/base/random.c). */
mien_random mien_random_system(void);

/* Deterministic ChaCha20 stream from a 32-byte seed: for tests and reproducible proofs, and to
 * stretch a secret seed that the system's generator made and that is used for nothing else. The
 * state belongs to the caller and must outlive the returned value. */
typedef struct mien_random_seeded_state {
    unsigned char seed[32];
    unsigned long long block;
} mien_random_seeded_state;
mien_random mien_random_seeded(mien_random_seeded_state *state, const unsigned char seed[32]);

#endif
