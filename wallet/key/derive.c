/* SPDX-License-Identifier: MIT */
#include "wallet/key/derive.h"

#include <sodium.h>
#include <string.h>

#include "platform/base/bytes.h"

_Static_assert(MIEN_SEAL_OVERHEAD == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES +
                                         crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "nonce and tag");
_Static_assert(MIEN_PIN_SALT_SIZE == crypto_pwhash_argon2id_SALTBYTES, "salt");

/* libsodium's hash and Argon2id leave input and output words in stack frames that have ended. Write
 * over where they were: their frames together take less than 4 kB. */
static __attribute__((noinline)) void clear_stack(void) {
    uint8_t below[8192];
    mien_wipe(below, sizeof below);
}

/* BLAKE2b with a label as personalisation; key may be NULL. In pieces, because libsodium's one-call
 * function leaves its state, and with it the key, on the stack. It refuses sizes only, and the
 * sizes here are constants within its bounds, hence the casts. */
static void blake2b(uint8_t *out, size_t out_length, const char *label, const void *bytes,
                    size_t length, const uint8_t *key) {
    uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = {0};
    crypto_generichash_blake2b_state state;
    memcpy(personal, label, strnlen(label, sizeof personal));
    (void)crypto_generichash_blake2b_init_salt_personal(
        &state, key, key != NULL ? MIEN_KEY_SIZE : 0, out_length, NULL, personal);
    (void)crypto_generichash_blake2b_update(&state, bytes, length);
    (void)crypto_generichash_blake2b_final(&state, out, out_length);
    mien_wipe(&state, sizeof state);
}

void mien_key_header_digest(uint8_t digest[MIEN_KEY_SIZE], const void *bytes, size_t length) {
    blake2b(digest, MIEN_KEY_SIZE, "mien.header", bytes, length, NULL);
}

mien_status mien_key_from_pin(uint8_t key[MIEN_KEY_SIZE], const char *pin, size_t length,
                              const uint8_t salt[MIEN_PIN_SALT_SIZE], const mien_pin_cost *cost) {
    if (length < 1 || length > MIEN_PIN_MAX_LENGTH) return MIEN_ARGUMENT;
    if (cost->memory_kib < MIEN_ARGON2_MIN_MEMORY_KIB ||
        cost->memory_kib > MIEN_ARGON2_MAX_MEMORY_KIB)
        return MIEN_ARGUMENT;
    if (cost->passes < 1 || cost->passes > MIEN_ARGON2_MAX_PASSES) return MIEN_ARGUMENT;
    int failed = crypto_pwhash(key, MIEN_KEY_SIZE, pin, length, salt, cost->passes,
                               (size_t)cost->memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13);
    clear_stack();
    if (failed != 0) {
        mien_wipe(key, MIEN_KEY_SIZE);
        return MIEN_MEMORY;
    }
    return MIEN_OK;
}

void mien_key_from_device(uint8_t key[MIEN_KEY_SIZE], const uint8_t device_secret[MIEN_KEY_SIZE],
                          const char *label, const uint8_t header_digest[MIEN_KEY_SIZE]) {
    blake2b(key, MIEN_KEY_SIZE, label, header_digest, MIEN_KEY_SIZE, device_secret);
    clear_stack();
}

void mien_key_from_face(mien_face_key *key, const uint8_t device_secret[MIEN_KEY_SIZE],
                        const uint8_t header_digest[MIEN_KEY_SIZE], uint64_t message,
                        const uint8_t pin_key[MIEN_KEY_SIZE]) {
    uint8_t input[MIEN_KEY_SIZE + 8 + MIEN_KEY_SIZE];
    uint8_t output[MIEN_KEY_CHECK_SIZE + MIEN_KEY_SIZE];
    memcpy(input, header_digest, MIEN_KEY_SIZE);
    mien_store_le64(input + MIEN_KEY_SIZE, message);
    memcpy(input + MIEN_KEY_SIZE + 8, pin_key, MIEN_KEY_SIZE);
    blake2b(output, sizeof output, "mien.face", input, sizeof input, device_secret);
    memcpy(key->check, output, MIEN_KEY_CHECK_SIZE);
    memcpy(key->wrap, output + MIEN_KEY_CHECK_SIZE, MIEN_KEY_SIZE);
    mien_wipe(input, sizeof input);
    mien_wipe(output, sizeof output);
    clear_stack();
}

int mien_key_try_candidates(uint64_t *message, uint8_t wrap[MIEN_KEY_SIZE],
                            const uint64_t *messages, size_t count,
                            const uint8_t device_secret[MIEN_KEY_SIZE],
                            const uint8_t header_digest[MIEN_KEY_SIZE],
                            const uint8_t pin_key[MIEN_KEY_SIZE],
                            const uint8_t check[MIEN_KEY_CHECK_SIZE]) {
    uint64_t found = 0, chosen = 0;
    mien_face_key key;
    memset(wrap, 0, MIEN_KEY_SIZE);
    for (size_t i = 0; i < count; i++) {
        mien_key_from_face(&key, device_secret, header_digest, messages[i], pin_key);
        /* candidates differ, but should two ever fit, the first stays */
        uint64_t fits = (uint64_t)mien_equal_ct(key.check, check, MIEN_KEY_CHECK_SIZE) & ~found;
        uint64_t mask = 0 - fits;
        found |= fits;
        chosen |= messages[i] & mask;
        for (size_t j = 0; j < MIEN_KEY_SIZE; j++) wrap[j] |= key.wrap[j] & (uint8_t)mask;
    }
    mien_wipe(&key, sizeof key);
    *message = chosen;
    return (int)found;
}

mien_status mien_seal(uint8_t *sealed, const uint8_t *text, size_t length, const uint8_t *context,
                      size_t context_length, const uint8_t key[MIEN_KEY_SIZE],
                      const mien_random *random) {
    uint8_t *nonce = sealed, *box = sealed + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
    MIEN_TRY(mien_random_fill(random, nonce, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES));
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(box, NULL, text, length, context,
                                                     context_length, NULL, nonce, key);
    clear_stack();
    return MIEN_OK;
}

mien_status mien_unseal(uint8_t *text, size_t length, const uint8_t *sealed, const uint8_t *context,
                        size_t context_length, const uint8_t key[MIEN_KEY_SIZE]) {
    const uint8_t *nonce = sealed, *box = sealed + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
    int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
        text, NULL, NULL, box, length + crypto_aead_xchacha20poly1305_ietf_ABYTES, context,
        context_length, nonce, key);
    clear_stack();
    if (failed == 0) return MIEN_OK;
    mien_wipe(text, length);
    return MIEN_AUTHENTICATION;
}
