/* SPDX-License-Identifier: MIT */
#include "wallet/slip39/slip39.h"

#include "platform/base/random.h"
#include "tests/wallet/vectors.h"
#include "wallet/bip32/bip32.h"
#include "wallet/hash/hash.h"
#include "wallet/slip39/words.h"

#define SHARES 16

static mien_random random_source;

static void word_list(void) {
    mien_sha256_state state;
    uint8_t hash[32], expected[32];
    mien_sha256_init(&state);
    for (size_t i = 0; i < MIEN_SLIP39_WORDS; i++) {
        mien_sha256_update(&state, mien_slip39_words[i], strlen(mien_slip39_words[i]));
        mien_sha256_update(&state, "\n", 1);
    }
    mien_sha256_final(&state, hash);
    harness_hex(expected, 32, "bcc4555340332d169718aed8bf31dd9d5248cb7da6e5d355140ef4f1e601eec3");
    CHECK_BYTES(hash, expected, 32);
}

static void official(void) {
    VECTORS_OR_SKIP(cases, "slip/slip39.json");
    json_t *item, *sentence;
    size_t index, i, valid = 0;
    json_array_foreach(cases, index, item) {
        const char *sentences[32], *expected = json_string_value(json_array_get(item, 2));
        uint8_t secret[MIEN_SLIP39_SECRET_MAX], wanted[64];
        char xprv[MIEN_HD_TEXT];
        size_t length, count = json_array_size(json_array_get(item, 1));
        mien_error error = {0};
        mien_hd_private root;
        REQUIRE(count <= 32);
        json_array_foreach(json_array_get(item, 1), i, sentence) sentences[i] =
            json_string_value(sentence);
        mien_status status =
            mien_slip39_combine(secret, &length, sentences, count, "TREZOR", &error);
        if ((status == MIEN_OK) != (expected[0] != '\0'))
            printf("  %s: %s\n", json_string_value(json_array_get(item, 0)),
                   mien_error_words(&error));
        CHECK_INT(status == MIEN_OK, expected[0] != '\0');
        if (status != MIEN_OK) continue;
        CHECK_INT(length, harness_hex(wanted, 64, expected));
        CHECK_BYTES(secret, wanted, length);
        CHECK_INT(mien_hd_master(&root, secret, length), MIEN_OK);
        CHECK_INT(mien_hd_private_text(xprv, &root, MIEN_HD_XPRV), MIEN_OK);
        CHECK_TEXT(xprv, json_string_value(json_array_get(item, 3)));
        valid++;
    }
    char note[64];
    snprintf(note, sizeof note, "%zu valid, %zu refused", valid, index - valid);
    CHECK(valid >= 10);
    vectors_count("slip39", index, note);
    json_decref(cases);
}

/* Any so many members of any so many groups give the secret; one fewer, or one too many, is
 * refused. */
static void round_trips(void) {
    static const mien_slip39_group groups[3] = {{1, 1}, {2, 3}, {3, 5}};
    static char sentences[9][MIEN_SLIP39_SENTENCE_SIZE];
    uint8_t secret[32], back[MIEN_SLIP39_SECRET_MAX];
    size_t length;
    harness_random_bytes(secret, sizeof secret);
    REQUIRE(mien_slip39_split(sentences, secret, sizeof secret, "pass", 0, 2, groups, 3,
                              &random_source) == MIEN_OK);
    static const int good[][6] = {{0, 1, 2, -1}, {0, 4, 6, 8, -1}, {2, 3, 5, 7, 8, -1}};
    static const int bad[][6] = {
        {0, -1},       {1, 2, -1}, {0, 1, -1},    {0, 1, 2, 3, -1},    {0, 4, 5, -1},
        {1, 1, 0, -1}, {1, 3, -1}, {4, 5, 6, -1}, {0, 1, 2, 4, 5, -1}, {0, 4, 5, 6, 7, -1}};
    const char *chosen[6];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        size_t count = 0;
        for (; good[i][count] >= 0 && count < 6; count++) chosen[count] = sentences[good[i][count]];
        CHECK_INT(mien_slip39_combine(back, &length, chosen, count, "pass", NULL), MIEN_OK);
        CHECK(length == sizeof secret && memcmp(back, secret, length) == 0);
        CHECK_INT(mien_slip39_combine(back, &length, chosen, count, "other", NULL), MIEN_OK);
        CHECK(memcmp(back, secret, length) != 0); /* by design no error: deniability */
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t count = 0;
        for (; bad[i][count] >= 0; count++) chosen[count] = sentences[bad[i][count]];
        CHECK(mien_slip39_combine(back, &length, chosen, count, "pass", NULL) != MIEN_OK);
        CHECK_INT(length, 0);
    }
}

static void every_length(void) {
    static const mien_slip39_group group[1] = {{2, 3}};
    static char sentences[3][MIEN_SLIP39_SENTENCE_SIZE];
    for (size_t size = 16; size <= 64; size += 2) {
        uint8_t secret[64], back[MIEN_SLIP39_SECRET_MAX];
        size_t length;
        mien_slip39_share_info info;
        harness_random_bytes(secret, size);
        REQUIRE(mien_slip39_split(sentences, secret, size, NULL, 0, 1, group, 1, &random_source) ==
                MIEN_OK);
        const char *two[2] = {sentences[2], sentences[0]};
        CHECK_INT(mien_slip39_combine(back, &length, two, 2, "", NULL), MIEN_OK);
        CHECK(length == size && memcmp(back, secret, size) == 0);
        CHECK_INT(mien_slip39_inspect(&info, sentences[1], 1, NULL), MIEN_OK);
        CHECK(info.member_index == 1 && info.member_threshold == 2 && info.extendable);
    }
}

/* Up to three wrong words are always noticed; messages name the place, never the words. */
static void damage(void) {
    static const mien_slip39_group group[1] = {{2, 2}};
    static char sentences[2][MIEN_SLIP39_SENTENCE_SIZE];
    uint8_t secret[16], back[MIEN_SLIP39_SECRET_MAX];
    size_t length;
    harness_random_bytes(secret, sizeof secret);
    REQUIRE(mien_slip39_split(sentences, secret, sizeof secret, NULL, 0, 1, group, 1,
                              &random_source) == MIEN_OK);
    for (size_t at = 0; sentences[0][at] != '\0'; at++) {
        char changed[MIEN_SLIP39_SENTENCE_SIZE], cut[MIEN_SLIP39_SENTENCE_SIZE] = {0};
        const char *two[2] = {changed, sentences[1]}, *short_one[2] = {cut, sentences[1]};
        mien_error error = {0};
        memcpy(changed, sentences[0], sizeof changed);
        changed[at] = changed[at] == 'a' ? 'e' : 'a';
        CHECK(mien_slip39_combine(back, &length, two, 2, NULL, &error) != MIEN_OK);
        CHECK(strstr(error.message, "share 1") != NULL);
        memcpy(cut, sentences[0], at);
        CHECK(mien_slip39_combine(back, &length, short_one, 2, NULL, &error) != MIEN_OK);
    }
}

static mien_status failing_fill(void *context, void *out, size_t length) {
    (void)out;
    (void)length;
    return --*(int *)context < 0 ? MIEN_RANDOM : MIEN_OK;
}

static void refusals(void) {
    static const mien_slip39_group fine[1] = {{3, 5}};
    static const mien_slip39_group wrong[][1] = {{{0, 1}}, {{2, 1}}, {{1, 2}}, {{2, 17}}, {{1, 0}}};
    static char sentences[17][MIEN_SLIP39_SENTENCE_SIZE];
    uint8_t secret[66] = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK_INT(mien_slip39_split(sentences, secret, 16, NULL, 0, 1, wrong[i], 1, &random_source),
                  MIEN_ARGUMENT);
    static const size_t lengths[] = {0, 14, 17, 66};
    for (size_t i = 0; i < 4; i++)
        CHECK_INT(
            mien_slip39_split(sentences, secret, lengths[i], NULL, 0, 1, fine, 1, &random_source),
            MIEN_ARGUMENT);
    CHECK_INT(
        mien_slip39_split(sentences, secret, 16, "caf\xc3\xa9", 0, 1, fine, 1, &random_source),
        MIEN_ARGUMENT);
    CHECK_INT(mien_slip39_split(sentences, secret, 16, NULL, 16, 1, fine, 1, &random_source),
              MIEN_ARGUMENT);
    CHECK_INT(mien_slip39_split(sentences, secret, 16, NULL, 0, 2, fine, 1, &random_source),
              MIEN_ARGUMENT);
    for (int good = 0; good < 3; good++) { /* identifier, one share, digest: each may fail */
        int left = good;
        mien_random failing = {failing_fill, &left};
        memset(sentences, 'x', sizeof sentences);
        CHECK_INT(mien_slip39_split(sentences, secret, 16, NULL, 0, 1, fine, 1, &failing),
                  MIEN_RANDOM);
        CHECK(sentences[0][0] == '\0' && sentences[4][0] == '\0');
    }
}

int main(void) {
    random_source = mien_random_system();
    RUN(word_list);
    RUN(official);
    RUN(round_trips);
    RUN(every_length);
    RUN(damage);
    RUN(refusals);
    return harness_end();
}
