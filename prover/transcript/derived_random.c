/* SPDX-License-Identifier: MIT */
#include "prover/transcript/derived_random.h"

_Static_assert(MIEN_DERIVED_SEED == MIEN_BLAKE2S_DIGEST, "a seed is a digest");

mien_status mien_derived_seed(uint8_t seed[MIEN_DERIVED_SEED], const mien_random *random,
                              const mien_transcript *transcript, const void *secret,
                              size_t length) {
    uint8_t fresh[32];
    mien_blake2s hash;
    memset(seed, 0, MIEN_DERIVED_SEED);
    MIEN_TRY(mien_random_fill(random, fresh, sizeof fresh));
    mien_blake2s_start(&hash, "mien-sed", NULL);
    mien_blake2s_update(&hash, fresh, sizeof fresh);
    mien_blake2s_update(&hash, transcript->state, sizeof transcript->state);
    mien_blake2s_update(&hash, secret, length);
    mien_blake2s_finish(&hash, seed);
    mien_wipe(fresh, sizeof fresh);
    return MIEN_OK;
}

static mien_status fill(void *context, void *out, size_t length) {
    mien_derived_random *s = context;
    uint8_t digest[MIEN_BLAKE2S_DIGEST], *bytes = out;
    while (length > 0) {
        size_t part = length < sizeof digest ? length : sizeof digest;
        mien_store_le64(s->seed_and_block + MIEN_DERIVED_SEED, s->block++);
        mien_blake2s_hash(digest, "mien-rnd", NULL, s->seed_and_block, sizeof s->seed_and_block);
        memcpy(bytes, digest, part);
        bytes += part;
        length -= part;
    }
    mien_wipe(digest, sizeof digest);
    return MIEN_OK;
}

mien_random mien_derived_random_start(mien_derived_random *state,
                                      const uint8_t seed[MIEN_DERIVED_SEED]) {
    memcpy(state->seed_and_block, seed, MIEN_DERIVED_SEED);
    state->block = 0;
    mien_random random = {fill, state};
    return random;
}
