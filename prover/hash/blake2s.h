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
extern const uint32_t mien_blake2s_iv[8];
extern const uint8_t mien_blake2s_sigma[10][16];
/* The chaining value before the first block. */
void mien_blake2s_parameters(uint32_t h[8], const char personal[8], const uint8_t salt[8]);

#endif
