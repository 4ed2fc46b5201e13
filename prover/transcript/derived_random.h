/* SPDX-License-Identifier: MIT */
/* Randomness of one proof: a stream of BLAKE2s under a seed hashed from fresh random bytes, the
 * public input so far and the secrets that are to be hidden. A generator that repeats itself (a
 * restored virtual machine, for instance) then does not repeat masks and pads under another
 * statement or secret; equal everything gives the same proof. */
#ifndef MIEN_PROVER_TRANSCRIPT_DERIVED_RANDOM_H
#define MIEN_PROVER_TRANSCRIPT_DERIVED_RANDOM_H

#include "platform/base/random.h"
#include "prover/transcript/transcript.h"

#define MIEN_DERIVED_SEED 32

/* seed = BLAKE2s("mien-sed"; 32 fresh bytes, transcript's state, secret). `secret`: what differs
 * between witnesses, or what they are computed from. Secret. */
MIEN_MUST_CHECK mien_status mien_derived_seed(uint8_t seed[MIEN_DERIVED_SEED],
                                              const mien_random *random,
                                              const mien_transcript *transcript, const void *secret,
                                              size_t length);

/* Block i of the stream is BLAKE2s("mien-rnd"; seed, i); a fill takes whole blocks, the last one
 * cut. Secret; the caller wipes it. */
typedef struct mien_derived_random {
    uint8_t seed_and_block[MIEN_DERIVED_SEED + 8];
    uint64_t block;
} mien_derived_random;
/* The stream of a seed; *state must outlive what is returned. */
mien_random mien_derived_random_start(mien_derived_random *state,
                                      const uint8_t seed[MIEN_DERIVED_SEED]);

#endif
