/* SPDX-License-Identifier: MIT */
/* BLAKE2s-256 (RFC 7693) with the salt and personalisation fields of the BLAKE2 parameter block:
 * the hash of Merkle trees and of the transcript. docs/PERFORMANCE.md says why this one.
 *
 * Same as Python's hashlib.blake2s(data, digest_size=32, salt=..., person=...). Allocation-free,
 * constant time for all data. Many messages of one length at once: prover/hash/lanes.h. */
#ifndef MIEN_PROVER_HASH_BLAKE2S_H
#define MIEN_PROVER_HASH_BLAKE2S_H

#include <stddef.h>
#include <stdint.h>

#define MIEN_BLAKE2S_DIGEST 32
#define MIEN_BLAKE2S_BLOCK 64

typedef struct mien_blake2s {
    uint32_t h[8];
    uint64_t absorbed; /* bytes compressed so far */
    uint8_t block[MIEN_BLAKE2S_BLOCK];
    size_t used; /* bytes waiting in `block` */
} mien_blake2s;

/* `personal` is eight characters that separate uses of the hash; `salt` is eight more bytes, in the
 * parameter block too (NULL: zeros). */
void mien_blake2s_start(mien_blake2s *state, const char personal[8], const uint8_t salt[8]);
void mien_blake2s_update(mien_blake2s *state, const void *data, size_t length);
/* Write the digest; the state is wiped. */
void mien_blake2s_finish(mien_blake2s *state, uint8_t digest[MIEN_BLAKE2S_DIGEST]);
/* All three in one call. */
void mien_blake2s_hash(uint8_t digest[MIEN_BLAKE2S_DIGEST], const char personal[8],
                       const uint8_t salt[8], const void *data, size_t length);

/* ---- for the lane-parallel kernels */

/* The ten rounds: MIX(a, b, c, d, i, j) mixes words a..d of the state with message words i and j.
 * Spelt out, so that a compiler keeps state and message in registers. */
#define MIEN_BLAKE2S_ROUND(MIX, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, sa, sb, sc, sd, se, sf)    \
    MIX(0, 4, 8, 12, s0, s1);                                                                      \
    MIX(1, 5, 9, 13, s2, s3);                                                                      \
    MIX(2, 6, 10, 14, s4, s5);                                                                     \
    MIX(3, 7, 11, 15, s6, s7);                                                                     \
    MIX(0, 5, 10, 15, s8, s9);                                                                     \
    MIX(1, 6, 11, 12, sa, sb);                                                                     \
    MIX(2, 7, 8, 13, sc, sd);                                                                      \
    MIX(3, 4, 9, 14, se, sf)
#define MIEN_BLAKE2S_ROUNDS(MIX)                                                                   \
    MIEN_BLAKE2S_ROUND(MIX, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);                 \
    MIEN_BLAKE2S_ROUND(MIX, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);                 \
    MIEN_BLAKE2S_ROUND(MIX, 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4);                 \
    MIEN_BLAKE2S_ROUND(MIX, 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8);                 \
    MIEN_BLAKE2S_ROUND(MIX, 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13);                 \
    MIEN_BLAKE2S_ROUND(MIX, 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9);                 \
    MIEN_BLAKE2S_ROUND(MIX, 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11);                 \
    MIEN_BLAKE2S_ROUND(MIX, 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10);                 \
    MIEN_BLAKE2S_ROUND(MIX, 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5);                 \
    MIEN_BLAKE2S_ROUND(MIX, 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0)

extern const uint32_t mien_blake2s_iv[8];
/* The chaining value before the first block. */
void mien_blake2s_parameters(uint32_t h[8], const char personal[8], const uint8_t salt[8]);

#endif
