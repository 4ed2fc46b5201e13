/* SPDX-License-Identifier: MIT */
/* Encodings, curve, mnemonics and derivation. */
#include "tests/wallet/vectors.h"
#include "wallet/bip32/bip32.h"
#include "wallet/bip39/bip39.h"
#include "wallet/encoding/base58.h"
#include "wallet/encoding/bech32.h"
#include "wallet/encoding/hex.h"
#include "wallet/hash/hash.h"

static mien_curve *curve;

static void hex_and_base64(void) {
    uint8_t data[100], back[100];
    char text[201];
    for (int round = 0; round < 300; round++) {
        size_t length = harness_random_below(sizeof data + 1), size;
        harness_random_bytes(data, length);
        mien_hex_encode(text, data, length);
        CHECK_INT(mien_hex_decode(back, length, text, 2 * length), MIEN_OK);
        CHECK_BYTES(back, data, length);
        mien_base64_encode(text, sizeof text, data, length);
        CHECK_INT(strlen(text) + 1, mien_base64_encoded_size(length));
        CHECK_INT(mien_base64_decode(back, &size, sizeof back, text, strlen(text)), MIEN_OK);
        CHECK_INT(size, length);
        CHECK_BYTES(back, data, length);
    }
}

/* Every character in every place: exactly the 22 digits are taken. */
static void hex_alphabet(void) {
    uint8_t out[1];
    int taken = 0;
    for (int c = 0; c < 256; c++) {
        char text[2] = {(char)c, 'f'};
        bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        CHECK_INT(mien_hex_decode(out, 1, text, 2), digit ? MIEN_OK : MIEN_FORMAT);
        taken += digit;
    }
    CHECK_INT(taken, 22);
    CHECK_INT(mien_hex_decode(out, 1, "abc", 3), MIEN_FORMAT);
    CHECK_INT(mien_hex_decode(out, 1, "a", 1), MIEN_FORMAT);
}

static void base64_strict(void) {
    static const char *const refused[] = {"QQ",   "QQ=",  "QR==", "QUJ=", "QQ==\n",
                                          "Q Q=", "Q*==", "=QQ=", "Q==="};
    uint8_t out[8];
    size_t length;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CHECK_INT(mien_base64_decode(out, &length, sizeof out, refused[i], strlen(refused[i])),
                  MIEN_FORMAT);
        CHECK_INT(length, 0);
    }
    CHECK_INT(mien_base64_decode(out, &length, 2, "QUJD", 4), MIEN_TOO_LARGE);
    CHECK_INT(mien_base64_decode(out, &length, 1, "QQ==", 4), MIEN_OK);
    CHECK_INT(length, 1);
}

static void base58_core(void) {
    VECTORS_OR_SKIP(cases, "bitcoin/core-base58_encode_decode.json");
    json_t *item;
    size_t index;
    json_array_foreach(cases, index, item) {
        size_t length, size;
        uint8_t *data = vectors_bytes_of(json_string_value(json_array_get(item, 0)), &length);
        const char *expected = json_string_value(json_array_get(item, 1));
        uint8_t back[MIEN_BASE58_MAX_PAYLOAD + 4];
        char text[MIEN_BASE58_MAX_TEXT];
        if (length <= sizeof back) {
            CHECK_INT(mien_base58_encode(text, sizeof text, data, length), MIEN_OK);
            CHECK_TEXT(text, expected);
            CHECK_INT(mien_base58_decode(back, &size, sizeof back, expected, strlen(expected)),
                      MIEN_OK);
            CHECK_INT(size, length);
            CHECK_BYTES(back, data, length);
        } else { /* longer than anything a wallet encodes: a clean refusal */
            CHECK_INT(mien_base58_encode(text, sizeof text, data, length), MIEN_TOO_LARGE);
            CHECK_INT(mien_base58_decode(back, &size, sizeof back, expected, strlen(expected)),
                      MIEN_TOO_LARGE);
        }
        free(data);
    }
    vectors_count("core-base58_encode_decode", json_array_size(cases), "");
    json_decref(cases);
}

static void base58_damage(void) {
    uint8_t payload[78], back[78];
    char text[MIEN_BASE58_MAX_TEXT];
    size_t length;
    for (int round = 0; round < 50; round++) {
        size_t size = 1 + harness_random_below(sizeof payload);
        harness_random_bytes(payload, size);
        if (round % 5 == 0) memset(payload, 0, size / 2);
        CHECK_INT(mien_base58check_encode(text, sizeof text, payload, size), MIEN_OK);
        CHECK_INT(mien_base58check_decode(back, &length, sizeof back, text, strlen(text)), MIEN_OK);
        CHECK_INT(length, size);
        CHECK_BYTES(back, payload, size);
        size_t at = harness_random_below(strlen(text));
        text[at] = text[at] == '2' ? '3' : '2';
        CHECK(mien_base58check_decode(back, &length, sizeof back, text, strlen(text)) != MIEN_OK);
        CHECK_INT(length, 0);
        CHECK(mien_base58check_decode(back, &length, sizeof back, text, at) != MIEN_OK);
    }
    for (int c = 0; c < 256; c++) {
        char one = (char)c;
        bool known = c != 0 && strchr("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
                                      c) != NULL;
        CHECK_INT(mien_base58_decode(back, &length, sizeof back, &one, 1),
                  known ? MIEN_OK : MIEN_FORMAT);
    }
}

/* Every single changed character is noticed, and bech32 never passes for bech32m. */
static void bech32_damage(void) {
    uint8_t program[40], back[40];
    char text[MIEN_BECH32_MAX_TEXT], changed[MIEN_BECH32_MAX_TEXT];
    size_t length;
    int version;
    for (int v = 0; v <= 16; v++) {
        size_t size = v == 0 ? 20 : 32;
        harness_random_bytes(program, sizeof program);
        CHECK_INT(mien_bech32_encode_address(text, sizeof text, "bc", v, program, size), MIEN_OK);
        CHECK_INT(mien_bech32_decode_address(&version, back, &length, "bc", text, strlen(text)),
                  MIEN_OK);
        CHECK(version == v && length == size && memcmp(back, program, size) == 0);
        for (size_t i = 0; i < strlen(text); i++) {
            strcpy(changed, text);
            changed[i] = changed[i] == 'q' ? 'p' : 'q';
            CHECK(mien_bech32_decode_address(&version, back, &length, "bc", changed,
                                             strlen(changed)) != MIEN_OK);
            CHECK(mien_bech32_decode_address(&version, back, &length, "bc", text, i) != MIEN_OK);
        }
        CHECK(mien_bech32_decode_address(&version, back, &length, "tb", text, strlen(text)) !=
              MIEN_OK);
    }
    CHECK_INT(mien_bech32_encode_address(text, sizeof text, "bc", 0, program, 21), MIEN_ARGUMENT);
    CHECK_INT(mien_bech32_encode_address(text, sizeof text, "bc", 17, program, 20), MIEN_ARGUMENT);
}

/* Upper case as in QR codes is fine, mixed case is not; BIP-173's and BIP-350's bad examples. */
static void bech32_examples(void) {
    static const struct {
        const char *prefix, *text;
        mien_status status;
    } cases[] = {
        {"bc", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", MIEN_OK},
        {"bc", "bc1Qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", MIEN_FORMAT},
        {"bc", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", MIEN_OK},
        {"bc", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", MIEN_AUTHENTICATION},
        {"bc", "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R", MIEN_UNSUPPORTED},
        {"bc", "bc1pw5dgrnzv", MIEN_UNSUPPORTED},
        {"bc", "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", MIEN_UNSUPPORTED},
        {"bc", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf", MIEN_FORMAT},
        {"bc", "bc1gmk9yu", MIEN_FORMAT},
        {"tb", "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf",
         MIEN_AUTHENTICATION},
    };
    uint8_t program[40];
    size_t length;
    int version;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_INT(mien_bech32_decode_address(&version, program, &length, cases[i].prefix,
                                             cases[i].text, strlen(cases[i].text)),
                  cases[i].status);
}

static bool verify_der(const json_t *item, const uint8_t *key, size_t key_length) {
    size_t message_length, length;
    uint8_t *message = vectors_bytes(item, "msg", &message_length), digest[32];
    uint8_t *der = vectors_bytes(item, "sig", &length), signature[64];
    mien_sha256(digest, message, message_length);
    bool valid = mien_ecdsa_from_der(signature, der, length) == MIEN_OK &&
                 mien_ecdsa_verify(signature, digest, key, key_length);
    free(message);
    free(der);
    return valid;
}

static void wycheproof_ecdsa(void) {
    VECTORS_OR_SKIP(file, "crypto/wycheproof-ecdsa_secp256k1_sha256_bitcoin.json");
    json_t *group, *item;
    size_t i, j, ran = 0;
    json_array_foreach(json_object_get(file, "testGroups"), i, group) {
        size_t length;
        uint8_t *key = vectors_bytes(json_object_get(group, "publicKey"), "uncompressed", &length);
        json_array_foreach(json_object_get(group, "tests"), j, item) {
            bool valid = strcmp(vectors_text(item, "result"), "valid") == 0;
            if (verify_der(item, key, length) != valid)
                printf("  case %lld\n",
                       (long long)json_integer_value(json_object_get(item, "tcId")));
            CHECK_INT(verify_der(item, key, length), valid);
            ran++;
        }
        free(key);
    }
    CHECK_INT(ran, json_integer_value(json_object_get(file, "numberOfTests")));
    vectors_count("wycheproof-ecdsa_secp256k1_sha256_bitcoin", ran, "");
    json_decref(file);
}

/* RFC 6979 on secp256k1, as published with libsecp256k1's and trezor's tests: key 1, message
 * "Satoshi Nakamoto". */
static void ecdsa_known_answer(void) {
    uint8_t secret[32] = {0}, digest[32], signature[64], expected[64], key[33], recovered[33];
    int id;
    secret[31] = 1;
    mien_sha256(digest, "Satoshi Nakamoto", 16);
    REQUIRE(mien_ecdsa_sign(curve, signature, &id, digest, secret) == MIEN_OK);
    harness_hex(expected, 64,
                "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
                "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5");
    CHECK_BYTES(signature, expected, 64);
    REQUIRE(mien_curve_public_key(curve, key, secret) == MIEN_OK);
    CHECK(mien_ecdsa_verify(signature, digest, key, 33));
    CHECK_INT(mien_ecdsa_recover(recovered, signature, id, digest), MIEN_OK);
    CHECK_BYTES(recovered, key, 33);
    digest[0] ^= 1;
    CHECK(!mien_ecdsa_verify(signature, digest, key, 33));
}

static void ecdsa_random(void) {
    uint8_t secret[32], digest[32], signature[64], back[64], der[MIEN_SIGNATURE_DER_MAX], key[33];
    size_t length;
    for (int round = 0; round < 200; round++) {
        harness_random_bytes(secret, 32);
        harness_random_bytes(digest, 32);
        REQUIRE(mien_ecdsa_sign(curve, signature, NULL, digest, secret) == MIEN_OK);
        REQUIRE(mien_curve_public_key(curve, key, secret) == MIEN_OK);
        CHECK(signature[32] < 0x80); /* low S */
        mien_ecdsa_to_der(der, &length, signature);
        CHECK_INT(mien_ecdsa_from_der(back, der, length), MIEN_OK);
        CHECK_BYTES(back, signature, 64);
        CHECK(mien_ecdsa_verify(signature, digest, key, 33));
        CHECK_INT(mien_ecdsa_from_der(back, der, length - 1), MIEN_FORMAT);
    }
}

static void bad_secrets(void) {
    uint8_t zero[32] = {0}, order[32], out[33], signature[64];
    harness_hex(order, 32, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    CHECK_INT(mien_curve_public_key(curve, out, zero), MIEN_ARGUMENT);
    CHECK_INT(mien_curve_public_key(curve, out, order), MIEN_ARGUMENT);
    CHECK_INT(mien_ecdsa_sign(curve, signature, NULL, zero, order), MIEN_ARGUMENT);
    CHECK_INT(mien_schnorr_sign(curve, signature, zero, zero, zero), MIEN_ARGUMENT);
    CHECK_INT(mien_curve_secret_tweak(order, zero), MIEN_ARGUMENT);
}

static void bip340_row(char *line, size_t *ran) {
    char *field[8];
    uint8_t secret[32], key[32], auxiliary[32], signature[64], made[64];
    uint8_t message[256];
    for (int i = 0; i < 8; i++) field[i] = strsep(&line, ",");
    size_t length = harness_hex(message, sizeof message, field[4]);
    CHECK_INT(harness_hex(key, 32, field[2]), 32);
    CHECK_INT(harness_hex(signature, 64, field[5]), 64);
    bool valid = strncmp(field[6], "TRUE", 4) == 0;
    CHECK_INT(mien_schnorr_verify(signature, message, length, key), valid);
    if (harness_hex(secret, 32, field[1]) == 32 && length == 32) {
        harness_hex(auxiliary, 32, field[3]);
        CHECK_INT(mien_schnorr_sign(curve, made, message, secret, auxiliary), MIEN_OK);
        CHECK_BYTES(made, signature, 64);
    }
    (*ran)++;
}

static void bip340(void) {
    char path[1100];
    size_t length, ran = 0;
    const char *shared = harness_shared();
    snprintf(path, sizeof path, "%s/vectors/bitcoin/bip340.csv", shared != NULL ? shared : "");
    char *text = (char *)harness_read_file(path, &length), *rest = text, *line;
    if (text == NULL) SKIP("no ../shared/vectors/bitcoin/bip340.csv");
    strsep(&rest, "\n");
    while ((line = strsep(&rest, "\n")) != NULL)
        if (line[0] != '\0') bip340_row(line, &ran);
    CHECK(ran >= 19);
    vectors_count("bip340", ran, "");
    free(text);
}

static void word_list(void) {
    mien_sha256_state state;
    uint8_t hash[32], expected[32];
    mien_sha256_init(&state);
    for (size_t i = 0; i < MIEN_BIP39_WORDS; i++) {
        mien_sha256_update(&state, mien_bip39_word(i), strlen(mien_bip39_word(i)));
        mien_sha256_update(&state, "\n", 1);
    }
    mien_sha256_final(&state, hash);
    harness_hex(expected, 32, "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
    CHECK_BYTES(hash, expected, 32);
}

static void bip39_case(const json_t *item) {
    size_t length, size;
    uint8_t *entropy = vectors_bytes_of(json_string_value(json_array_get(item, 0)), &length);
    const char *sentence = json_string_value(json_array_get(item, 1));
    uint8_t back[32], seed[64], expected[64];
    char made[MIEN_BIP39_SENTENCE_SIZE], text[MIEN_HD_TEXT];
    CHECK_INT(mien_bip39_sentence(made, entropy, length), MIEN_OK);
    CHECK_TEXT(made, sentence);
    CHECK_INT(mien_bip39_entropy(back, &size, sentence, NULL), MIEN_OK);
    CHECK_INT(size, length);
    CHECK_BYTES(back, entropy, length);
    CHECK_INT(mien_bip39_seed(seed, sentence, "TREZOR", NULL), MIEN_OK);
    harness_hex(expected, 64, json_string_value(json_array_get(item, 2)));
    CHECK_BYTES(seed, expected, 64);
    mien_hd_private root;
    CHECK_INT(mien_hd_master(&root, seed, 64), MIEN_OK);
    CHECK_INT(mien_hd_private_text(text, &root, MIEN_HD_XPRV), MIEN_OK);
    CHECK_TEXT(text, json_string_value(json_array_get(item, 3)));
    free(entropy);
}

static void bip39_trezor(void) {
    VECTORS_OR_SKIP(file, "bitcoin/bip39.json");
    json_t *item, *cases = json_object_get(file, "english");
    size_t index;
    json_array_foreach(cases, index, item) bip39_case(item);
    CHECK(index >= 24);
    vectors_count("bip39", index, "");
    json_decref(file);
}

static void bip39_round_trips(void) {
    uint8_t entropy[32], back[32];
    char sentence[MIEN_BIP39_SENTENCE_SIZE], typed[2 * MIEN_BIP39_SENTENCE_SIZE];
    size_t size;
    for (int round = 0; round < 100; round++) {
        size_t length = 16 + 4 * harness_random_below(5);
        harness_random_bytes(entropy, length);
        REQUIRE(mien_bip39_sentence(sentence, entropy, length) == MIEN_OK);
        snprintf(typed, sizeof typed, "\n\t %s  \r\n", sentence);
        for (size_t i = 0; i < strlen(typed); i++)
            if (typed[i] >= 'a' && typed[i] <= 'z' && harness_random() % 2) typed[i] -= 32;
        CHECK_INT(mien_bip39_entropy(back, &size, typed, NULL), MIEN_OK);
        CHECK_INT(size, length);
        CHECK_BYTES(back, entropy, length);
    }
}

#define ABANDON11                                                                                  \
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "

static void bip39_refusals(void) {
    uint8_t entropy[32];
    size_t length;
    mien_error error = {0};
    CHECK_INT(mien_bip39_entropy(entropy, &length, ABANDON11 "abandon", &error),
              MIEN_AUTHENTICATION);
    CHECK_INT(mien_bip39_entropy(entropy, &length, ABANDON11, &error), MIEN_FORMAT);
    CHECK(strstr(error.message, "11 words") != NULL);
    CHECK_INT(mien_bip39_entropy(entropy, &length, "", &error), MIEN_FORMAT);
    CHECK_INT(mien_bip39_entropy(entropy, &length, ABANDON11 ABANDON11 ABANDON11 "about", &error),
              MIEN_FORMAT);
    CHECK_INT(mien_bip39_entropy(entropy, &length, ABANDON11 "abuot", &error), MIEN_FORMAT);
    CHECK(strstr(error.message, "word 12") != NULL && strstr(error.message, "\"about\"") != NULL);
    CHECK(strstr(error.message, "abandon") == NULL);
    CHECK(strstr(error.message, "abuot") == NULL);
    CHECK_INT(mien_bip39_entropy(entropy, &length, ABANDON11 "abouts", &error), MIEN_FORMAT);
    CHECK_INT(mien_bip39_entropy(entropy, &length,
                                 ABANDON11 "aboutaboutaboutaboutaboutaboutaboutabout", &error),
              MIEN_FORMAT);
    CHECK_INT(mien_bip39_entropy(entropy, &length, ABANDON11 "\xff\xfe", &error), MIEN_FORMAT);
}

/* BIP-39 wants NFKD: composed, decomposed and compatibility forms of a passphrase are one. */
static void bip39_passphrases(void) {
    uint8_t a[64], b[64];
    char longest[MIEN_BIP39_PASSPHRASE_MAX + 2];
    mien_error error = {0};
    CHECK_INT(mien_bip39_seed(a, ABANDON11 "about", "caf\xc3\xa9 \xef\xac\x81", NULL), MIEN_OK);
    CHECK_INT(mien_bip39_seed(b, ABANDON11 "about", "cafe\xcc\x81 fi", NULL), MIEN_OK);
    CHECK_BYTES(a, b, 64);
    CHECK_INT(mien_bip39_seed(b, ABANDON11 "about", "cafe fi", NULL), MIEN_OK);
    CHECK(memcmp(a, b, 64) != 0);
    CHECK_INT(mien_bip39_seed(a, ABANDON11 "about", "\xc3", &error), MIEN_FORMAT);
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    CHECK_INT(mien_bip39_seed(a, ABANDON11 "about", longest, &error), MIEN_TOO_LARGE);
    longest[sizeof longest - 2] = '\0';
    CHECK_INT(mien_bip39_seed(a, ABANDON11 "about", longest, &error), MIEN_OK);
    /* 1 code point, 18 after normalisation (U+FDFA, 3 bytes here and 33 there) */
    for (size_t i = 0; i + 3 < sizeof longest; i += 3) memcpy(longest + i, "\xef\xb7\xba", 4);
    CHECK_INT(mien_bip39_seed(a, ABANDON11 "about", longest, &error), MIEN_TOO_LARGE);
}

static mien_status failing_fill(void *context, void *out, size_t length) {
    (void)context;
    (void)out;
    (void)length;
    return MIEN_RANDOM;
}

static void generation(void) {
    uint8_t entropy[32];
    char sentence[MIEN_BIP39_SENTENCE_SIZE], again[MIEN_BIP39_SENTENCE_SIZE];
    size_t length;
    mien_random random = mien_random_system(), failing = {failing_fill, NULL};
    CHECK_INT(mien_bip39_generate(sentence, 24, &random), MIEN_OK);
    CHECK_INT(mien_bip39_entropy(entropy, &length, sentence, NULL), MIEN_OK);
    CHECK_INT(length, 32);
    CHECK_INT(mien_bip39_generate(again, 24, &random), MIEN_OK);
    CHECK(strcmp(sentence, again) != 0);
    CHECK_INT(mien_bip39_generate(sentence, 12, &random), MIEN_OK);
    CHECK_INT(mien_bip39_generate(sentence, 13, &random), MIEN_ARGUMENT);
    CHECK_INT(mien_bip39_generate(sentence, 24, &failing), MIEN_RANDOM);
    CHECK_TEXT(sentence, "");
    mien_curve *none;
    CHECK_INT(mien_curve_create(&none, &failing), MIEN_RANDOM);
    CHECK(none == NULL);
}

static void paths(void) {
    static const char *const refused[] = {"",
                                          "/",
                                          "m/",
                                          "n/1",
                                          "m//1",
                                          "m/1/",
                                          "m/01",
                                          "m/-1",
                                          "m/+1",
                                          "m/ 1",
                                          "m/1x",
                                          "m/1''",
                                          "m/'",
                                          "mm",
                                          "m/m",
                                          "m/0x1",
                                          "1 ",
                                          "m/2147483648",
                                          "m/99999999999999999999"};
    mien_hd_path path;
    char text[MIEN_HD_PATH_TEXT];
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        CHECK_INT(mien_hd_path_parse(&path, refused[i], strlen(refused[i])), MIEN_FORMAT);
    const char *given = "m/84h/0H/2147483647'/1/0";
    CHECK_INT(mien_hd_path_parse(&path, given, strlen(given)), MIEN_OK);
    mien_hd_path_text(text, &path);
    CHECK_TEXT(text, "m/84'/0'/2147483647'/1/0");
    CHECK_INT(mien_hd_path_parse(&path, "m", 1), MIEN_OK);
    CHECK_INT(path.depth, 0);
    CHECK_INT(mien_hd_path_parse(&path, "0/1", 3), MIEN_OK);
    CHECK_INT(path.depth, 2);
    const char *deep = "m/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17";
    CHECK_INT(mien_hd_path_parse(&path, deep, strlen(deep)), MIEN_TOO_LARGE);
    CHECK_INT(mien_hd_path_parse(&path, deep, strlen(deep) - 3), MIEN_OK);
}

/* BIP-32's own test vectors 1 and 3 (the third has a leading zero in a private key). */
static void bip32_examples(void) {
    static const struct {
        const char *seed, *path, *public, *private;
    } cases[] = {
        {"000102030405060708090a0b0c0d0e0f", "m/0'/1/2'/2/1000000000",
         "xpub6H1LXWLaKsWFhvm6RVpEL9P4KfRZSW7abD2ttkWP3SSQvnyA8FSVqNTEcYFgJS2UaFcxupHiYkro49S8yGasT"
         "vX"
         "EYBVPamhGW6cFJodrTHy",
         NULL},
        {"4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8d5ab"
         "5a0"
         "d0c64d2e8a1e7d1457df2e5a3c51c73235be",
         "m/0'", NULL,
         "xprv9uPDJpEQgRQfDcW7BkF7eTya6RPxXeJCqCJGHuCJ4GiRVLzkTXBAJMu2qaMWPrS7AANYqdq6vcBcBUdJCVVFc"
         "eUvJFjaPdGZ2y9WACViL4L"},
    };
    for (size_t i = 0; i < 2; i++) {
        uint8_t seed[64];
        mien_hd_private root, key;
        mien_hd_public public;
        mien_hd_path path;
        char text[MIEN_HD_TEXT];
        size_t length = harness_hex(seed, 64, cases[i].seed);
        REQUIRE(mien_hd_master(&root, seed, length) == MIEN_OK);
        REQUIRE(mien_hd_path_parse(&path, cases[i].path, strlen(cases[i].path)) == MIEN_OK);
        REQUIRE(mien_hd_private_derive(curve, &key, &root, &path) == MIEN_OK);
        REQUIRE(mien_hd_neuter(curve, &public, &key) == MIEN_OK);
        CHECK_INT(mien_hd_public_text(text, &public, MIEN_HD_XPUB), MIEN_OK);
        if (cases[i].public != NULL) CHECK_TEXT(text, cases[i].public);
        CHECK_INT(mien_hd_private_text(text, &key, MIEN_HD_XPRV), MIEN_OK);
        if (cases[i].private != NULL) CHECK_TEXT(text, cases[i].private);
    }
}

/* Public and private derivation agree; text comes back as it went; hardened steps need the secret.
 */
static void bip32_random(void) {
    uint8_t seed[32];
    mien_hd_private root, key, parsed;
    mien_hd_public parent, derived, public, parsed_public;
    mien_hd_version version;
    char text[MIEN_HD_TEXT];
    for (int round = 0; round < 60; round++) {
        harness_random_bytes(seed, sizeof seed);
        REQUIRE(mien_hd_master(&root, seed, sizeof seed) == MIEN_OK);
        REQUIRE(mien_hd_neuter(curve, &parent, &root) == MIEN_OK);
        mien_hd_path path = {2, {(uint32_t)harness_random() >> 1, (uint32_t)harness_random() >> 1}};
        REQUIRE(mien_hd_private_derive(curve, &key, &root, &path) == MIEN_OK);
        REQUIRE(mien_hd_public_derive(&derived, &parent, path.index, 2) == MIEN_OK);
        REQUIRE(mien_hd_neuter(curve, &public, &key) == MIEN_OK);
        CHECK_BYTES(&public, &derived, sizeof derived);
        CHECK_INT(mien_hd_public_text(text, &public, MIEN_HD_ZPUB), MIEN_OK);
        CHECK(strncmp(text, "zpub", 4) == 0);
        CHECK_INT(mien_hd_public_parse(&parsed_public, &version, text, strlen(text)), MIEN_OK);
        CHECK(version == MIEN_HD_ZPUB && memcmp(parsed_public.key, public.key, 33) == 0);
        CHECK_INT(mien_hd_private_parse(&parsed, &version, text, strlen(text)), MIEN_VERSION);
        CHECK_INT(mien_hd_private_text(text, &key, MIEN_HD_TPRV), MIEN_OK);
        CHECK_INT(mien_hd_private_parse(&parsed, &version, text, strlen(text)), MIEN_OK);
        CHECK(memcmp(parsed.key, key.key, 32) == 0 && parsed.child_number == key.child_number);
        CHECK_INT(mien_hd_public_child(&public, &parent, MIEN_HARDENED), MIEN_ARGUMENT);
    }
    CHECK_INT(mien_hd_private_text(text, &key, MIEN_HD_XPUB), MIEN_ARGUMENT);
    CHECK_INT(mien_hd_master(&root, seed, 15), MIEN_ARGUMENT);
}

/* BIP-32 test vector 5: texts that must be refused. */
static void bip32_refusals(void) {
    static const char *const refused[] = {
        "xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6LBpB85b3D2yc8sfvZU521AAwdZafE"
        "z7mnzBBsz4wKY5fTtTQBm",
        "xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFGTQQD3dC4H2D5GBj7vWvSQaaBv5cx"
        "i9gafk7NF3pnBju6dwKvH",
        "xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6Txnt3siSujt9RCVYsx4qHZGc62TG4"
        "McvMGcAUjeuwZdduYEvFn",
        "xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFGpWnsj83BHtEy5Zt8CcDr1UiRXuWC"
        "mTQLxEK9vbz5gPstX92JQ",
        "xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6N8ZMMXctdiCjxTNq964yKkwrkBJJw"
        "pzZS4HS2fxvyYUA4q2Xe4",
        "xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFAzHGBP2UuGCqWLTAPLcMtD9y5gkZ6"
        "Eq3Rjuahrv17fEQ3Qen6J",
        "xprv9s2SPatNQ9Vc6GTbVMFPFo7jsaZySyzk7L8n2uqKXJen3KUmvQNTuLh3fhZMBoG3G4ZW1N2kZuHEPY53qmbZzC"
        "HshoQnNf4GvELZfqTUrcv",
        "xpub661no6RGEX3uJkY4bNnPcw4URcQTrSibUZ4NqJEw5eBkv7ovTwgiT91XX27VbEXGENhYRCf7hyEbWrR3FewATd"
        "CEebj6znwMfQkhRYHRLpJ",
        "xprv9s21ZrQH4r4TsiLvyLXqM9P7k1K3EYhA1kkD6xuquB5i39AU8KF42acDyL3qsDbU9NmZn6MsGSUYZEsuoePmjz"
        "sB3eFKSUEh3Gu1N3cqVUN",
        "xpub661MyMwAuDcm6CRQ5N4qiHKrJ39Xe1R1NyfouMKTTWcguwVcfrZJaNvhpebzGerh7gucBvzEQWRugZDuDXjNDR"
        "mXzSZe4c7mnTK97pTvGS8",
        "DMwo58pR1QLEFihHiXPVykYB6fJmsTeHvyTp7hRThAtCX8CvYzgPcn8XnmdfHGMQzT7ayAmfo4z3gY5KfbrZWZ6St2"
        "4UVf2Qgo6oujFktLHdHY4",
        "DMwo58pR1QLEFihHiXPVykYB6fJmsTeHvyTp7hRThAtCX8CvYzgPcn8XnmdfHPmHJiEDXkTiJTVV9rHEBUem2mwVbb"
        "NfvT2MTcAqj3nesx8uBf9",
        "xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzF93Y5wvzdUayhgkkFoicQZcP3y52uP"
        "PxFnfoLZB21Teqt1VvEHx",
        "xprv9s21ZrQH143K24Mfq5zL5MhWK9hUhhGbd45hLXo2Pq2oqzMMo63oStZzFAzHGBP2UuGCqWLTAPLcMtD5SDKr24"
        "z3aiUvKr9bJpdrcLg1y3G",
        "xpub661MyMwAqRbcEYS8w7XLSVeEsBXy79zSzH1J8vCdxAZningWLdN3zgtU6Q5JXayek4PRsn35jii4veMimro1xe"
        "fsM58PgBMrvdYre8QyULY",
        "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3"
        "TGtRBeJgk33yuGBxrMPHL"};
    mien_hd_private private;
    mien_hd_public public;
    mien_hd_version version;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CHECK(mien_hd_public_parse(&public, &version, refused[i], strlen(refused[i])) != MIEN_OK);
        CHECK(mien_hd_private_parse(&private, &version, refused[i], strlen(refused[i])) != MIEN_OK);
    }
}

/* Ours has a wordy name for what Trezor calls a node: their vectors for Ethereum's path. */
static void trezor_public_keys(void) {
    VECTORS_OR_SKIP(file, "ethereum/trezor-getpublickey.json");
    json_t *item, *setup = json_object_get(file, "setup");
    size_t index;
    uint8_t seed[64];
    mien_hd_private root, key;
    mien_hd_public public;
    REQUIRE(mien_bip39_seed(seed, vectors_text(setup, "mnemonic"),
                            vectors_text(setup, "passphrase"), NULL) == MIEN_OK);
    REQUIRE(mien_hd_master(&root, seed, 64) == MIEN_OK);
    json_array_foreach(json_object_get(file, "tests"), index, item) {
        const char *text = vectors_text(json_object_get(item, "parameters"), "path");
        json_t *result = json_object_get(item, "result");
        mien_hd_path path;
        char made[MIEN_HD_TEXT];
        REQUIRE(mien_hd_path_parse(&path, text, strlen(text)) == MIEN_OK);
        REQUIRE(mien_hd_private_derive(curve, &key, &root, &path) == MIEN_OK);
        REQUIRE(mien_hd_neuter(curve, &public, &key) == MIEN_OK);
        CHECK_INT(mien_hd_public_text(made, &public, MIEN_HD_XPUB), MIEN_OK);
        CHECK_TEXT(made, vectors_text(result, "xpub"));
    }
    vectors_count("trezor-getpublickey", index, "");
    json_decref(file);
}

int main(void) {
    mien_random random = mien_random_system();
    if (mien_curve_create(&curve, &random) != MIEN_OK) return 1;
    RUN(hex_and_base64);
    RUN(hex_alphabet);
    RUN(base64_strict);
    RUN(base58_core);
    RUN(base58_damage);
    RUN(bech32_damage);
    RUN(bech32_examples);
    RUN(wycheproof_ecdsa);
    RUN(ecdsa_known_answer);
    RUN(ecdsa_random);
    RUN(bad_secrets);
    RUN(bip340);
    RUN(word_list);
    RUN(bip39_trezor);
    RUN(bip39_round_trips);
    RUN(bip39_refusals);
    RUN(bip39_passphrases);
    RUN(generation);
    RUN(paths);
    RUN(bip32_examples);
    RUN(bip32_random);
    RUN(bip32_refusals);
    RUN(trezor_public_keys);
    mien_curve_destroy(curve);
    return harness_end();
}
