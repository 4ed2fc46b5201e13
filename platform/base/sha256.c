/* SPDX-License-Identifier: MIT */
#include "platform/base/sha256.h"

#include <sodium.h>

void mien_sha256(uint8_t digest[32], const void *bytes, size_t length) {
    (void)crypto_hash_sha256(digest, (const unsigned char *)bytes, length);
}
