/* SPDX-License-Identifier: MIT */
/* Hash functions of the wallet. SHA-2 and HMAC come from libsodium; Keccak-256 and RIPEMD-160,
 * which it does not have, are in keccak256.c and ripemd160.c. All run in time that depends on
 * lengths only, wipe their state and cannot fail. `out` may overlap the input. */
#ifndef MIEN_WALLET_HASH_H
#define MIEN_WALLET_HASH_H

#include <sodium.h>
#include <stddef.h>
#include <stdint.h>

#define MIEN_SHA256_SIZE 32
#define MIEN_SHA512_SIZE 64
#define MIEN_HASH160_SIZE 20
#define MIEN_KECCAK256_SIZE 32

typedef crypto_hash_sha256_state mien_sha256_state;

void mien_sha256_init(mien_sha256_state *state);
void mien_sha256_update(mien_sha256_state *state, const void *data, size_t length);
void mien_sha256_final(mien_sha256_state *state, uint8_t out[MIEN_SHA256_SIZE]);
/* Second hash of Bitcoin's double SHA-256: out = SHA-256(final of state). */
void mien_sha256_final_double(mien_sha256_state *state, uint8_t out[MIEN_SHA256_SIZE]);
/* State after SHA-256(tag) || SHA-256(tag), the prefix of a tagged hash (BIP-340). */
void mien_sha256_init_tagged(mien_sha256_state *state, const char *tag);

void mien_sha256(uint8_t out[MIEN_SHA256_SIZE], const void *data, size_t length);
/* SHA-256 of SHA-256. */
void mien_sha256_double(uint8_t out[MIEN_SHA256_SIZE], const void *data, size_t length);
void mien_sha512(uint8_t out[MIEN_SHA512_SIZE], const void *data, size_t length);

void mien_ripemd160(uint8_t out[MIEN_HASH160_SIZE], const void *data, size_t length);
/* RIPEMD-160 of SHA-256, Bitcoin's HASH160. */
void mien_hash160(uint8_t out[MIEN_HASH160_SIZE], const void *data, size_t length);

/* Keccak with rate 1088, capacity 512 and the original padding 0x01 (not SHA3-256's 0x06), as
 * Ethereum uses it. */
typedef struct mien_keccak256_state {
    uint64_t lanes[25];
    size_t filled; /* bytes of the current block, below 136 */
} mien_keccak256_state;
void mien_keccak256_init(mien_keccak256_state *state);
void mien_keccak256_update(mien_keccak256_state *state, const void *data, size_t length);
void mien_keccak256_final(mien_keccak256_state *state, uint8_t out[MIEN_KECCAK256_SIZE]);
void mien_keccak256(uint8_t out[MIEN_KECCAK256_SIZE], const void *data, size_t length);

/* HMAC (RFC 2104) with keys of any length. */
void mien_hmac_sha512(uint8_t out[MIEN_SHA512_SIZE], const void *key, size_t key_length,
                      const void *data, size_t length);
void mien_hmac_sha256(uint8_t out[MIEN_SHA256_SIZE], const void *key, size_t key_length,
                      const void *data, size_t length);
/* PBKDF2 (RFC 8018). iterations >= 1; out_length at most 2^32 - 1 blocks. */
void mien_pbkdf2_hmac_sha512(uint8_t *out, size_t out_length, const void *password,
                             size_t password_length, const void *salt, size_t salt_length,
                             uint32_t iterations);
void mien_pbkdf2_hmac_sha256(uint8_t *out, size_t out_length, const void *password,
                             size_t password_length, const void *salt, size_t salt_length,
                             uint32_t iterations);

#endif
