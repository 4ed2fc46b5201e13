/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4) of bytes in memory, by libsodium. */
#ifndef MIEN_PLATFORM_BASE_SHA256_H
#define MIEN_PLATFORM_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

void mien_sha256(uint8_t digest[32], const void *bytes, size_t length);

#endif
