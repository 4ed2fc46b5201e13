/* SPDX-License-Identifier: MIT */
/* Key derivation: what each key depends on, and the tag trials. */
#include "wallet/key/derive.h"

#include <sodium.h>

#include "tests/harness.h"

static const mien_pin_cost cheap = {8, 1};

/* BLAKE2b with personalisation, spelt out from libsodium's streaming interface. */
static void kdf_is_as_documented(void) {
    uint8_t secret[32], digest[32], pin_key[32], expected[64], personal[16] = "mien.face";
    mien_face_key key;
    harness_random_bytes(secret, 32);
    harness_random_bytes(digest, 32);
    harness_random_bytes(pin_key, 32);
    uint64_t message = 0x0123456789;
    const uint8_t encoded[8] = {0x89, 0x67, 0x45, 0x23, 0x01};
    crypto_generichash_blake2b_state state;
    crypto_generichash_blake2b_init_salt_personal(&state, secret, 32, 64, NULL, personal);
    crypto_generichash_blake2b_update(&state, digest, 32);
    crypto_generichash_blake2b_update(&state, encoded, 8);
    crypto_generichash_blake2b_update(&state, pin_key, 32);
    crypto_generichash_blake2b_final(&state, expected, 64);
    mien_key_from_face(&key, secret, digest, message, pin_key);
    CHECK_BYTES(key.check, expected, 32);
    CHECK_BYTES(key.wrap, expected + 32, 32);
}

/* A fixed vector, computed with Python's hashlib.blake2b(bytes(range(32)), digest_size=32,
 * key=bytes(range(100, 132)), person=b"mien.rotation\0\0\0"). */
static void device_key_vector(void) {
    uint8_t secret[32], digest[32], key[32], expected[32];
    for (int i = 0; i < 32; i++) {
        digest[i] = (uint8_t)i;
        secret[i] = (uint8_t)(100 + i);
    }
    harness_hex(expected, 32, "f21d2ed1a6d81a148682c585c008d7b81ca7897185691e9771c7c838610c9f19");
    mien_key_from_device(key, secret, MIEN_KEY_LABEL_ROTATION, digest);
    CHECK_BYTES(key, expected, 32);
}

static void every_input_counts(void) {
    uint8_t secret[32], digest[32], pin_key[32];
    mien_face_key key, other;
    harness_random_bytes(secret, 32);
    harness_random_bytes(digest, 32);
    harness_random_bytes(pin_key, 32);
    mien_key_from_face(&key, secret, digest, 5, pin_key);
    uint8_t *inputs[] = {secret, digest, pin_key};
    for (int i = 0; i < 3; i++)
        for (int bit = 0; bit < 256; bit++) {
            inputs[i][bit / 8] ^= (uint8_t)(1 << bit % 8);
            mien_key_from_face(&other, secret, digest, 5, pin_key);
            REQUIRE(memcmp(key.check, other.check, 32) != 0 &&
                    memcmp(key.wrap, other.wrap, 32) != 0);
            inputs[i][bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    for (int bit = 0; bit < 64; bit++) {
        mien_key_from_face(&other, secret, digest, 5 ^ 1ull << bit, pin_key);
        REQUIRE(memcmp(key.check, other.check, 32) != 0);
    }
    CHECK(memcmp(key.check, key.wrap, 32) != 0);
}

static void labels_separate(void) {
    static const char *const labels[] = {MIEN_KEY_LABEL_ROTATION, MIEN_KEY_LABEL_WHOLE,
                                         MIEN_KEY_LABEL_ATTEMPTS, MIEN_KEY_LABEL_DEVICE_NAME,
                                         MIEN_KEY_LABEL_KEY_FILE, MIEN_KEY_LABEL_FACELESS};
    uint8_t keys[6][32], secret[32] = {0}, digest[32] = {0};
    for (int i = 0; i < 6; i++) {
        CHECK(strlen(labels[i]) <= 16);
        mien_key_from_device(keys[i], secret, labels[i], digest);
        for (int j = 0; j < i; j++) CHECK(memcmp(keys[i], keys[j], 32) != 0);
    }
}

static void pin_bounds(void) {
    uint8_t key[32], other[32], salt[16] = {0};
    static char longest[MIEN_PIN_MAX_LENGTH + 1];
    mien_pin_cost cost = cheap;
    memset(longest, '7', sizeof longest);
    REQUIRE(mien_key_from_pin(key, "1234", 4, salt, &cheap) == MIEN_OK);
    REQUIRE(mien_key_from_pin(other, "1235", 4, salt, &cheap) == MIEN_OK);
    CHECK(memcmp(key, other, 32) != 0);
    salt[15] ^= 1;
    REQUIRE(mien_key_from_pin(other, "1234", 4, salt, &cheap) == MIEN_OK);
    CHECK(memcmp(key, other, 32) != 0);
    CHECK_INT(mien_key_from_pin(key, longest, MIEN_PIN_MAX_LENGTH, salt, &cheap), MIEN_OK);
    CHECK_INT(mien_key_from_pin(key, longest, sizeof longest, salt, &cheap), MIEN_ARGUMENT);
    CHECK_INT(mien_key_from_pin(key, "", 0, salt, &cheap), MIEN_ARGUMENT);
    cost.memory_kib = MIEN_ARGON2_MAX_MEMORY_KIB + 1;
    CHECK_INT(mien_key_from_pin(key, "1", 1, salt, &cost), MIEN_ARGUMENT);
    cost.memory_kib = MIEN_ARGON2_MIN_MEMORY_KIB - 1;
    CHECK_INT(mien_key_from_pin(key, "1", 1, salt, &cost), MIEN_ARGUMENT);
    cost = cheap;
    cost.passes = 0;
    CHECK_INT(mien_key_from_pin(key, "1", 1, salt, &cost), MIEN_ARGUMENT);
    cost.passes = MIEN_ARGON2_MAX_PASSES + 1;
    CHECK_INT(mien_key_from_pin(key, "1", 1, salt, &cost), MIEN_ARGUMENT);
}

static void the_fitting_candidate_is_found(void) {
    uint8_t secret[32], digest[32], pin_key[32], wrap[32], zero[32] = {0};
    uint64_t messages[32], found;
    mien_face_key key;
    harness_random_bytes(secret, 32);
    harness_random_bytes(digest, 32);
    harness_random_bytes(pin_key, 32);
    for (int i = 0; i < 32; i++) messages[i] = harness_random() >> 24;
    for (int i = 0; i < 32; i++) {
        mien_key_from_face(&key, secret, digest, messages[i], pin_key);
        CHECK(mien_key_try_candidates(&found, wrap, messages, 32, secret, digest, pin_key,
                                      key.check));
        CHECK(found == messages[i]);
        CHECK_BYTES(wrap, key.wrap, 32);
        key.check[31] ^= 0x80;
        CHECK(!mien_key_try_candidates(&found, wrap, messages, 32, secret, digest, pin_key,
                                       key.check));
        CHECK(found == 0);
        CHECK_BYTES(wrap, zero, 32);
    }
    messages[9] = messages[4]; /* the same one twice is still one */
    mien_key_from_face(&key, secret, digest, messages[4], pin_key);
    CHECK(mien_key_try_candidates(&found, wrap, messages, 32, secret, digest, pin_key, key.check));
    CHECK(found == messages[4]);
    CHECK_BYTES(wrap, key.wrap, 32);
}

static mien_status no_random(void *context, void *out, size_t length) {
    (void)context, (void)out, (void)length;
    return MIEN_RANDOM;
}

static void sealing(void) {
    uint8_t key[32], text[50], sealed[50 + MIEN_SEAL_OVERHEAD], opened[50], again[sizeof sealed];
    const mien_random random = mien_random_system(), broken = {no_random, NULL};
    harness_random_bytes(key, 32);
    harness_random_bytes(text, sizeof text);
    REQUIRE(mien_seal(sealed, text, sizeof text, key, 7, key, &random) == MIEN_OK);
    REQUIRE(mien_seal(again, text, sizeof text, key, 7, key, &random) == MIEN_OK);
    CHECK(memcmp(sealed, again, sizeof sealed) != 0);
    REQUIRE(mien_unseal(opened, sizeof opened, sealed, key, 7, key) == MIEN_OK);
    CHECK_BYTES(opened, text, sizeof text);
    CHECK_INT(mien_unseal(opened, sizeof opened, sealed, key, 8, key), MIEN_AUTHENTICATION);
    for (size_t i = 0; i < sizeof sealed; i++) {
        sealed[i] ^= 1;
        memset(opened, 1, sizeof opened);
        CHECK_INT(mien_unseal(opened, sizeof opened, sealed, key, 7, key), MIEN_AUTHENTICATION);
        CHECK(sodium_is_zero(opened, sizeof opened));
        sealed[i] ^= 1;
    }
    CHECK_INT(mien_seal(sealed, text, sizeof text, key, 7, key, &broken), MIEN_RANDOM);
}

int main(void) {
    if (sodium_init() < 0) return 1;
    RUN(kdf_is_as_documented);
    RUN(device_key_vector);
    RUN(every_input_counts);
    RUN(labels_separate);
    RUN(pin_bounds);
    RUN(the_fitting_candidate_is_found);
    RUN(sealing);
    return harness_end();
}
