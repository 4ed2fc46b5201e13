/* SPDX-License-Identifier: MIT */
/* The hash of what relying parties compute themselves: SHA-256 with a label in front. */
#ifndef MIEN_WALLET_RECORD_PUBLIC_HASH_H
#define MIEN_WALLET_RECORD_PUBLIC_HASH_H

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "prover/verifier.h"

/* SHA-256(length of label as one byte || label || bytes). label: at most 255 characters. */
static inline void mien_public_hash(uint8_t digest[32], const char *label, const void *bytes,
                                    size_t length) {
    crypto_hash_sha256_state state;
    uint8_t label_length = (uint8_t)strlen(label);
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, &label_length, 1);
    crypto_hash_sha256_update(&state, (const uint8_t *)label, label_length);
    crypto_hash_sha256_update(&state, bytes, length);
    crypto_hash_sha256_final(&state, digest);
}

/* Nine field elements below p = 2^31 - 2^24 + 1. */
static inline bool mien_digest_is_canonical(const uint8_t digest[MIEN_DIGEST_SIZE]) {
    for (size_t i = 0; i < MIEN_DIGEST_SIZE; i += 4)
        if (mien_load_le32(digest + i) >= 0x7f000001u) return false;
    return true;
}

#endif
