/* SPDX-License-Identifier: MIT */
/* secp256k1 as the wallet needs it, over libsecp256k1: ECDSA with RFC 6979 nonces and low S, with
 * and without recovery, and BIP-340 Schnorr. Every signature is verified before it is handed out,
 * so a fault during signing cannot leak the key through a bad signature. Secret keys are 32 bytes
 * big-endian in guarded memory of the caller; public keys are compressed (33 bytes) or x-only (32).
 * Digests are what is signed and public. */
#ifndef MIEN_WALLET_CURVE_H
#define MIEN_WALLET_CURVE_H

#include <secp256k1.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/random.h"
#include "platform/base/status.h"

#define MIEN_SECRET_KEY_SIZE 32
#define MIEN_PUBLIC_KEY_SIZE 33
#define MIEN_XONLY_KEY_SIZE 32
#define MIEN_SIGNATURE_SIZE 64 /* r || s, or Schnorr's R || s */
#define MIEN_SIGNATURE_DER_MAX 72

/* A blinded context. One thread at a time may create or destroy it; signing through a const pointer
 * is safe from many. */
typedef struct mien_curve mien_curve;
MIEN_MUST_CHECK mien_status mien_curve_create(mien_curve **out, const mien_random *random);
void mien_curve_destroy(mien_curve *curve); /* NULL is allowed */

/* MIEN_ARGUMENT when the secret is 0 or not below the group order. */
MIEN_MUST_CHECK mien_status mien_curve_public_key(const mien_curve *curve,
                                                  uint8_t out[MIEN_PUBLIC_KEY_SIZE],
                                                  const uint8_t secret[MIEN_SECRET_KEY_SIZE]);
/* secret = secret + tweak mod n. MIEN_ARGUMENT (secret zeroed) when tweak >= n or the sum is 0. */
MIEN_MUST_CHECK mien_status mien_curve_secret_tweak(uint8_t secret[MIEN_SECRET_KEY_SIZE],
                                                    const uint8_t tweak[32]);
/* out = key + tweak * G. MIEN_FORMAT when key is no point, MIEN_ARGUMENT when the sum is none. */
MIEN_MUST_CHECK mien_status mien_curve_public_tweak(uint8_t out[MIEN_PUBLIC_KEY_SIZE],
                                                    const uint8_t key[MIEN_PUBLIC_KEY_SIZE],
                                                    const uint8_t tweak[32]);
/* Is this a point, compressed (33 bytes) or uncompressed (65)? Hybrid keys are not. */
bool mien_curve_is_public_key(const uint8_t *key, size_t length);
bool mien_curve_is_xonly_key(const uint8_t key[MIEN_XONLY_KEY_SIZE]);
/* 65 bytes, 0x04 || x || y, of a compressed key; MIEN_FORMAT when it is no point. */
MIEN_MUST_CHECK mien_status mien_curve_uncompress(uint8_t out[65],
                                                  const uint8_t key[MIEN_PUBLIC_KEY_SIZE]);

/* ECDSA over a 32-byte digest: 64 bytes r || s with low S. recovery_id (may be NULL) becomes 0..3.
 * MIEN_ARGUMENT for a bad secret, MIEN_INTERNAL when the check of the signature failed. */
MIEN_MUST_CHECK mien_status mien_ecdsa_sign(const mien_curve *curve,
                                            uint8_t signature[MIEN_SIGNATURE_SIZE],
                                            int *recovery_id, const uint8_t digest[32],
                                            const uint8_t secret[MIEN_SECRET_KEY_SIZE]);
/* High S is refused. */
bool mien_ecdsa_verify(const uint8_t signature[MIEN_SIGNATURE_SIZE], const uint8_t digest[32],
                       const uint8_t *key, size_t key_length);
/* DER as Bitcoin's consensus wants it (BIP-66), low S (BIP-146): anything else is MIEN_FORMAT. */
MIEN_MUST_CHECK mien_status mien_ecdsa_from_der(uint8_t signature[MIEN_SIGNATURE_SIZE],
                                                const uint8_t *der, size_t length);
void mien_ecdsa_to_der(uint8_t der[MIEN_SIGNATURE_DER_MAX], size_t *length,
                       const uint8_t signature[MIEN_SIGNATURE_SIZE]);
/* Public key from a signature; recovery_id 0..3. MIEN_FORMAT when there is none. */
MIEN_MUST_CHECK mien_status mien_ecdsa_recover(uint8_t out[MIEN_PUBLIC_KEY_SIZE],
                                               const uint8_t signature[MIEN_SIGNATURE_SIZE],
                                               int recovery_id, const uint8_t digest[32]);

/* BIP-340 over a 32-byte message. `auxiliary` is fresh randomness, or zero as the BIP allows. */
MIEN_MUST_CHECK mien_status mien_schnorr_sign(const mien_curve *curve,
                                              uint8_t signature[MIEN_SIGNATURE_SIZE],
                                              const uint8_t message[32],
                                              const uint8_t secret[MIEN_SECRET_KEY_SIZE],
                                              const uint8_t auxiliary[32]);
bool mien_schnorr_verify(const uint8_t signature[MIEN_SIGNATURE_SIZE], const uint8_t *message,
                         size_t length, const uint8_t key[MIEN_XONLY_KEY_SIZE]);

/* BIP-341: output key of an internal key. merkle_root is NULL for a key without scripts. *parity
 * (may be NULL) becomes the sign bit of y. MIEN_FORMAT when the internal key is no point. */
MIEN_MUST_CHECK mien_status mien_taproot_output_key(uint8_t out[MIEN_XONLY_KEY_SIZE], int *parity,
                                                    const uint8_t internal[MIEN_XONLY_KEY_SIZE],
                                                    const uint8_t *merkle_root);
/* The secret for that output key, in place. */
MIEN_MUST_CHECK mien_status mien_taproot_tweak_secret(const mien_curve *curve,
                                                      uint8_t secret[MIEN_SECRET_KEY_SIZE],
                                                      const uint8_t *merkle_root);

#endif
