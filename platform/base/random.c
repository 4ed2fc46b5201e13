/* SPDX-License-Identifier: MIT */
#include "platform/base/random.h"

#include <sodium.h>
#include <string.h>

#include "platform/base/bytes.h"

static mien_status fill_system(void *context, void *out, size_t length) {
    (void)context;
    if (sodium_init() < 0) return MIEN_RANDOM;
    randombytes_buf(out, length);
    return MIEN_OK;
}

mien_random mien_random_system(void) {
    mien_random random = {fill_system, NULL};
    return random;
}

/* Each call starts at a fresh 64-bit block counter, used as nonce, so calls never overlap. */
static mien_status fill_seeded(void *context, void *out, size_t length) {
    mien_random_seeded_state *state = context;
    uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
    mien_store_le64(nonce, state->block++);
    crypto_stream_chacha20(out, length, nonce, state->seed);
    return MIEN_OK;
}

mien_random mien_random_seeded(mien_random_seeded_state *state, const unsigned char seed[32]) {
    memcpy(state->seed, seed, sizeof state->seed);
    state->block = 0;
    mien_random random = {fill_seeded, state};
    return random;
}
