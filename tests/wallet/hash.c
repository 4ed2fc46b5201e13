/* SPDX-License-Identifier: MIT */
#include "wallet/hash/hash.h"

#include "tests/wallet/vectors.h"

static void check_hex(const uint8_t *actual, const char *hex, size_t length) {
    uint8_t expected[64];
    CHECK_INT(harness_hex(expected, length, hex), length);
    CHECK_BYTES(actual, expected, length);
}

static void known_answers(void) {
    uint8_t out[64];
    mien_keccak256(out, "", 0);
    check_hex(out, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470", 32);
    mien_keccak256(out, "abc", 3);
    check_hex(out, "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45", 32);
    mien_ripemd160(out, "", 0);
    check_hex(out, "9c1185a5c5e9fc54612808977ee8f548b2258d31", 20);
    mien_ripemd160(out, "abcdefghijklmnopqrstuvwxyz", 26);
    check_hex(out, "f71c27109c692c1b56bbdceb5b9d2865b3708dbc", 20);
    mien_sha256_double(out, "hello", 5);
    check_hex(out, "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50", 32);
    mien_hash160(out, "hello", 5);
    check_hex(out, "b6a9c8c230722b7c748331a8b450f05566dc7d0f", 20);
}

/* A million letters a, as every hash's own paper has it. */
static void million(void) {
    uint8_t out[32];
    char *text = malloc(1000000);
    REQUIRE(text != NULL);
    memset(text, 'a', 1000000);
    mien_ripemd160(out, text, 1000000);
    check_hex(out, "52783243c1697bdbe16d37f97f68f08325dc1528", 20);
    mien_keccak256(out, text, 1000000);
    check_hex(out, "fadae6b49f129bbb812be8407b7b2894f34aecf6dbd1f9b0f0c7e9853098fc96", 32);
    free(text);
}

/* The same bytes in any pieces give the same hash, across block borders. */
static void pieces(void) {
    uint8_t data[600], whole[32], parts[32];
    for (int round = 0; round < 300; round++) {
        size_t length = harness_random_below(sizeof data + 1), at = 0;
        harness_random_bytes(data, length);
        mien_keccak256_state keccak;
        mien_sha256_state sha;
        mien_keccak256_init(&keccak);
        mien_sha256_init(&sha);
        while (at < length) {
            size_t part = 1 + harness_random_below(length - at);
            mien_keccak256_update(&keccak, data + at, part);
            mien_sha256_update(&sha, data + at, part);
            at += part;
        }
        mien_keccak256(whole, data, length);
        mien_keccak256_final(&keccak, parts);
        CHECK_BYTES(whole, parts, 32);
        mien_sha256(whole, data, length);
        mien_sha256_final(&sha, parts);
        CHECK_BYTES(whole, parts, 32);
    }
}

static void ethers_hashes(void) {
    VECTORS_OR_SKIP(cases, "ethereum/ethers-hashes.json.gz");
    size_t index;
    json_t *item;
    json_array_foreach(cases, index, item) {
        size_t length;
        uint8_t *data = vectors_bytes(item, "data", &length), out[64];
        mien_sha256(out, data, length);
        check_hex(out, vectors_text(item, "sha256") + 2, 32);
        mien_sha512(out, data, length);
        check_hex(out, vectors_text(item, "sha512") + 2, 64);
        mien_ripemd160(out, data, length);
        check_hex(out, vectors_text(item, "ripemd160") + 2, 20);
        mien_keccak256(out, data, length);
        check_hex(out, vectors_text(item, "keccak256") + 2, 32);
        free(data);
    }
    CHECK(json_array_size(cases) > 200);
    vectors_count("ethers-hashes", json_array_size(cases), "");
    json_decref(cases);
}

static void hmac_case(const json_t *item, size_t tag_size) {
    size_t key_length, length, tag_length;
    uint8_t *key = vectors_bytes(item, "key", &key_length);
    uint8_t *message = vectors_bytes(item, "msg", &length);
    uint8_t *tag = vectors_bytes(item, "tag", &tag_length), out[64];
    mien_hmac_sha512(out, key, key_length, message, length);
    bool equal = tag_length == tag_size && memcmp(out, tag, tag_length) == 0;
    CHECK_INT(equal, strcmp(vectors_text(item, "result"), "valid") == 0);
    free(key);
    free(message);
    free(tag);
}

static void wycheproof_hmac(void) {
    VECTORS_OR_SKIP(file, "crypto/wycheproof-hmac_sha512.json");
    json_t *group, *item;
    size_t i, j, ran = 0;
    json_array_foreach(json_object_get(file, "testGroups"), i, group) {
        size_t tag_size = (size_t)json_integer_value(json_object_get(group, "tagSize")) / 8;
        json_array_foreach(json_object_get(group, "tests"), j, item) {
            hmac_case(item, tag_size);
            ran++;
        }
    }
    CHECK_INT(ran, json_integer_value(json_object_get(file, "numberOfTests")));
    vectors_count("wycheproof-hmac_sha512", ran, "");
    json_decref(file);
}

static void pbkdf2_case(const json_t *item) {
    size_t password_length, salt_length, expected_length;
    uint8_t *password = vectors_bytes(item, "password", &password_length);
    uint8_t *salt = vectors_bytes(item, "salt", &salt_length);
    uint8_t *expected = vectors_bytes(item, "dk", &expected_length);
    uint8_t *out = malloc(expected_length + 1);
    uint32_t iterations = (uint32_t)json_integer_value(json_object_get(item, "iterationCount"));
    mien_pbkdf2_hmac_sha512(out, expected_length, password, password_length, salt, salt_length,
                            iterations);
    CHECK_BYTES(out, expected, expected_length);
    free(password);
    free(salt);
    free(expected);
    free(out);
}

static void wycheproof_pbkdf2(void) {
    VECTORS_OR_SKIP(file, "crypto/wycheproof-pbkdf2_hmacsha512.json");
    json_t *group, *item;
    size_t i, j, ran = 0;
    json_array_foreach(json_object_get(file, "testGroups"), i, group)
        json_array_foreach(json_object_get(group, "tests"), j, item) {
        CHECK_TEXT(vectors_text(item, "result"), "valid");
        pbkdf2_case(item);
        ran++;
    }
    CHECK_INT(ran, json_integer_value(json_object_get(file, "numberOfTests")));
    vectors_count("wycheproof-pbkdf2_hmacsha512", ran, "");
    json_decref(file);
}

/* RFC 7914 section 11 has PBKDF2-HMAC-SHA256; RFC 4231 case 2 HMAC-SHA256. */
static void sha256_forms(void) {
    uint8_t out[64];
    mien_pbkdf2_hmac_sha256(out, 64, "passwd", 6, "salt", 4, 1);
    check_hex(out,
              "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
              "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
              64);
    mien_hmac_sha256(out, "Jefe", 4, "what do ya want for nothing?", 28);
    check_hex(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", 32);
}

int main(void) {
    RUN(known_answers);
    RUN(million);
    RUN(pieces);
    RUN(sha256_forms);
    RUN(ethers_hashes);
    RUN(wycheproof_hmac);
    RUN(wycheproof_pbkdf2);
    return harness_end();
}
