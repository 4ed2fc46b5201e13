/* SPDX-License-Identifier: MIT */
/* From a face, a device secret and a PIN to keys.
 *
 *     header digest h = H("mien.header", public bytes of the enrolment)
 *     P is sealed with  K_h = KDF(device secret, "mien.rotation", h)
 *     data key wrapped  K   = KDF(device secret, "mien.face", h || message || Argon2id(PIN))
 *
 * H and KDF are BLAKE2b; KDF is keyed with the device secret, the label goes into the 16 bytes of
 * personalisation, all inputs have one length each, so no two inputs can be the same bytes. There
 * is no PIN in K_h: a thief who has the device secret must not be able to test PINs without the
 * face. K comes with a check value, which is what the 32 candidates of a decoding are tested
 * against. */
#ifndef MIEN_WALLET_KEY_DERIVE_H
#define MIEN_WALLET_KEY_DERIVE_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"
#include "platform/base/random.h"

#define MIEN_KEY_SIZE 32
#define MIEN_KEY_CHECK_SIZE 32
#define MIEN_PIN_SALT_SIZE 16
#define MIEN_PIN_MAX_LENGTH 256

/* Bounds for reading; libsodium's own lower bounds are 8 KiB and one pass. */
#define MIEN_ARGON2_MAX_MEMORY_KIB (1u << 20)
#define MIEN_ARGON2_MIN_MEMORY_KIB 8u
#define MIEN_ARGON2_MAX_PASSES 16u
#define MIEN_ARGON2_DEFAULT_MEMORY_KIB (256u << 10)
#define MIEN_ARGON2_DEFAULT_PASSES 3u

typedef struct mien_pin_cost {
    uint32_t memory_kib, passes;
} mien_pin_cost;

/* h, from the bytes of a header. Public. */
void mien_key_header_digest(uint8_t digest[MIEN_KEY_SIZE], const void *bytes, size_t length);

/* 32 bytes from a PIN by Argon2id, one lane; secret in and out. Takes the memory and a good part of
 * a second. MIEN_ARGUMENT for a cost or length out of range, MIEN_MEMORY when there is too little.
 */
MIEN_MUST_CHECK mien_status mien_key_from_pin(uint8_t key[MIEN_KEY_SIZE], const char *pin,
                                              size_t length, const uint8_t salt[MIEN_PIN_SALT_SIZE],
                                              const mien_pin_cost *cost);

/* Labels of mien_key_from_device, each at most 16 characters. */
#define MIEN_KEY_LABEL_ROTATION "mien.rotation"     /* K_h: seals P */
#define MIEN_KEY_LABEL_WHOLE "mien.vault.file"      /* authenticates the vault file as a whole */
#define MIEN_KEY_LABEL_ATTEMPTS "mien.attempts"     /* authenticates the attempt counter */
#define MIEN_KEY_LABEL_KEY_FILE "mien.key.file"     /* checksum of the key file */
#define MIEN_KEY_LABEL_FACELESS "mien.faceless"     /* wraps the data key before enrolment */
#define MIEN_KEY_LABEL_DEVICE_NAME "mien.device.id" /* public name of the secret */

/* A key from the device secret for a header and a use. */
void mien_key_from_device(uint8_t key[MIEN_KEY_SIZE], const uint8_t device_secret[MIEN_KEY_SIZE],
                          const char *label, const uint8_t header_digest[MIEN_KEY_SIZE]);

/* K and its check value. pin_key: zeros when the PIN was declined (the header says so). */
typedef struct mien_face_key {
    uint8_t check[MIEN_KEY_CHECK_SIZE]; /* stored in the clear */
    uint8_t wrap[MIEN_KEY_SIZE];        /* K */
} mien_face_key;
void mien_key_from_face(mien_face_key *key, const uint8_t device_secret[MIEN_KEY_SIZE],
                        const uint8_t header_digest[MIEN_KEY_SIZE], uint64_t message,
                        const uint8_t pin_key[MIEN_KEY_SIZE]);

/* Try all candidates, always all of them, in the same time whichever fits and whether one does.
 * Returns 1 and sets *message and wrap to those of the candidate with this check value, else
 * returns 0 and zeroes them. */
int mien_key_try_candidates(uint64_t *message, uint8_t wrap[MIEN_KEY_SIZE],
                            const uint64_t *messages, size_t count,
                            const uint8_t device_secret[MIEN_KEY_SIZE],
                            const uint8_t header_digest[MIEN_KEY_SIZE],
                            const uint8_t pin_key[MIEN_KEY_SIZE],
                            const uint8_t check[MIEN_KEY_CHECK_SIZE]);

/* Authenticated encryption, XChaCha20-Poly1305 with a fresh random nonce in front and the tag
 * behind: MIEN_SEAL_OVERHEAD bytes longer than the text. `context` is authenticated with it. */
#define MIEN_SEAL_OVERHEAD 40

MIEN_MUST_CHECK mien_status mien_seal(uint8_t *sealed, const uint8_t *text, size_t length,
                                      const uint8_t *context, size_t context_length,
                                      const uint8_t key[MIEN_KEY_SIZE], const mien_random *random);
/* length: of the text. MIEN_AUTHENTICATION (text zeroed) when anything does not fit. */
MIEN_MUST_CHECK mien_status mien_unseal(uint8_t *text, size_t length, const uint8_t *sealed,
                                        const uint8_t *context, size_t context_length,
                                        const uint8_t key[MIEN_KEY_SIZE]);

#endif
