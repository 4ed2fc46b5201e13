/* SPDX-License-Identifier: MIT */
/* What an Ethereum transaction is shown as, and what is refused before it is shown. */
#include "tests/harness.h"
#include "wallet/ethereum/review.h"

static mien_curve *curve;
static const uint8_t from[20] = {0x11, 0x22};

#define TO "\"to\":\"0x6Eb893e3466931517a04a17D153a6330c3f2f1dD\""
#define FEES "\"maxFeePerGas\":\"30000000000\",\"maxPriorityFeePerGas\":\"1000000000\""
#define BASE "\"type\":2,\"chainId\":1,\"nonce\":7,\"gas\":21000," FEES

static mien_status take(mien_ethereum_transaction *t, mien_arena *arena, const char *json,
                        mien_error *error) {
    uint8_t sender[20];
    bool has;
    return mien_ethereum_read_text(t, sender, &has, arena, json, strlen(json), error);
}

/* Read, review; the words must contain each of the texts (up to a NULL). */
static mien_status review(mien_ethereum_review *out, mien_arena *arena, const char *json,
                          const mien_ethereum_limits *limits, mien_error *error) {
    static mien_ethereum_transaction t;
    MIEN_TRY(take(&t, arena, json, error));
    return mien_ethereum_review_transaction(out, arena, &t, from, limits, error);
}

static void check_words(const char *json, const mien_ethereum_limits *limits,
                        mien_ethereum_action action, const char *const *words) {
    mien_arena arena = mien_arena_of(1 << 22);
    mien_ethereum_review r;
    mien_error error = {0};
    mien_status status = review(&r, &arena, json, limits, &error);
    if (status != MIEN_OK) printf("  %s\n", mien_error_words(&error));
    CHECK_INT(status, MIEN_OK);
    if (status == MIEN_OK) {
        CHECK_INT(r.action, action);
        for (; *words != NULL; words++) {
            if (strstr(r.words, *words) == NULL) printf("  no \"%s\" in\n%s", *words, r.words);
            CHECK(strstr(r.words, *words) != NULL);
        }
    }
    mien_arena_clear(&arena);
}

static void check_refused(const char *json, const mien_ethereum_limits *limits,
                          mien_status expected, const char *words) {
    mien_arena arena = mien_arena_of(1 << 22);
    mien_ethereum_review r;
    mien_error error = {0};
    CHECK_INT(review(&r, &arena, json, limits, &error), expected);
    if (strstr(mien_error_words(&error), words) == NULL)
        printf("  words: %s\n", mien_error_words(&error));
    CHECK(strstr(mien_error_words(&error), words) != NULL);
    mien_arena_clear(&arena);
}

static void plain_transfer(void) {
    mien_ethereum_limits limits = mien_ethereum_limits_default();
    static const char *const words[] = {
        "Ethereum (chain id 1)", "to:       0x6Eb893e3466931517a04a17D153a6330c3f2f1dD",
        "value:    1.5 ETH",     "at most 0.00063 ETH",
        "at most 1.50063 ETH",   "30 gwei, tip 1 gwei",
        "nonce:    7",           NULL};
    check_words("{" BASE "," TO ",\"value\":\"0x14d1120d7b160000\"}", &limits, MIEN_ACTION_TRANSFER,
                words);
}

#define WORD_ADDRESS "000000000000000000000000d8da6bf26964af9d7eed9e03e53415d37aa96045"
#define WORD_AMOUNT "00000000000000000000000000000000000000000000000000000000000f4240"
#define WORD_MOST "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static void tokens(void) {
    mien_ethereum_limits limits = mien_ethereum_limits_default();
    static const char *const transfer[] = {
        "token:    0x6Eb893e3466931517a04a17D153a6330c3f2f1dD", "transfers 1000000 of the token",
        "to:       0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045", NULL};
    static const char *const approve[] = {
        "lets spend UNLIMITED", "spender:  0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045", NULL};
    check_words("{" BASE "," TO ",\"data\":\"0xa9059cbb" WORD_ADDRESS WORD_AMOUNT "\"}", &limits,
                MIEN_ACTION_TOKEN_TRANSFER, transfer);
    check_words("{" BASE "," TO ",\"data\":\"0x095ea7b3" WORD_ADDRESS WORD_MOST "\"}", &limits,
                MIEN_ACTION_TOKEN_APPROVE, approve);
}

/* Calls that only look like a token's: with value, dirty padding, a tail, one byte short. */
static void not_quite_tokens(void) {
    mien_ethereum_limits limits = mien_ethereum_limits_default();
    check_refused("{" BASE "," TO ",\"value\":1,\"data\":\"0xa9059cbb" WORD_ADDRESS WORD_AMOUNT
                  "\"}",
                  &limits, MIEN_POLICY_DENIED, "blind signing is off");
    check_refused("{" BASE "," TO ",\"data\":\"0xa9059cbb01" WORD_ADDRESS WORD_AMOUNT "\"}",
                  &limits, MIEN_POLICY_DENIED, "blind signing is off");
    check_refused("{" BASE "," TO ",\"data\":\"0xa9059cbb01000000000000000000000000000000000000000"
                  "0000000000000000000000000" WORD_AMOUNT "\"}",
                  &limits, MIEN_POLICY_DENIED, "blind signing is off");
    check_refused("{" BASE "," TO ",\"data\":\"0xa9059cbb" WORD_ADDRESS WORD_AMOUNT "00\"}",
                  &limits, MIEN_POLICY_DENIED, "blind signing is off");
    check_refused("{" BASE ",\"data\":\"0x6000\"}", &limits, MIEN_POLICY_DENIED,
                  "blind signing is off");
    limits.blind_signing = true;
    static const char *const unknown[] = {"WARNING: 5 bytes of data", "0xdeadbeef00",
                                          "function 0xdeadbeef", NULL};
    static const char *const create[] = {"creates a new contract", "WARNING: 2 bytes", NULL};
    check_words("{" BASE "," TO ",\"input\":\"0xdeadbeef00\"}", &limits, MIEN_ACTION_UNKNOWN_DATA,
                unknown);
    check_words("{" BASE ",\"data\":\"0x6000\"}", &limits, MIEN_ACTION_CREATE, create);
}

static void limits_hold(void) {
    mien_ethereum_limits limits = mien_ethereum_limits_default();
    check_refused("{\"chainId\":1,\"nonce\":0,\"gas\":100001,\"maxFeePerGas\":\"1000000000000\","
                  "\"maxPriorityFeePerGas\":0," TO "}",
                  &limits, MIEN_POLICY_DENIED, "above the limit of 0.1");
    check_refused("{\"chainId\":1,\"nonce\":0,\"gas\":21000,\"maxFeePerGas\":1,"
                  "\"maxPriorityFeePerGas\":2," TO "}",
                  &limits, MIEN_FORMAT, "priority fee is above");
    check_refused("{\"chainId\":0,\"nonce\":0,\"gas\":21000,\"gasPrice\":1," TO "}", &limits,
                  MIEN_POLICY_DENIED, "every chain");
    check_refused("{" BASE "," TO ",\"value\":\"0x" WORD_MOST "\"}", &limits, MIEN_OVERFLOW,
                  "exceed 2^256");
    check_refused(
        "{\"chainId\":1,\"nonce\":0,\"gas\":\"0xffffffffffffffff\",\"gasPrice\":\"0x" WORD_MOST
        "\"," TO "}",
        &limits, MIEN_OVERFLOW, "exceed 2^256");
}

#define SIGNATURE "\"yParity\":0,\"r\":\"0x1\",\"s\":\"0x2\""
#define AUTHORIZE(chain, to)                                                                       \
    "{\"type\":4,\"chainId\":1,\"nonce\":0,\"gas\":50000," FEES "," TO                             \
    ",\"authorizationList\":[{\"chainId\":" chain ",\"address\":\"0x" to                           \
    "\",\"nonce\":3," SIGNATURE "}]}"
#define ZERO20 "0000000000000000000000000000000000000000"
#define CODE20 "4cd241e8d1510e30b2076397afc7508ae59c66c9"
#define METAMASK20 "63c0c19a282a1b52b07dd5a65b58948a07dae32b"

static void delegations(void) {
    mien_ethereum_limits limits = mien_ethereum_limits_default();
    static const char *const revoke[] = {"revokes the delegation", "nonce 3", NULL};
    static const char *const warn[] = {"WARNING: hands an account over to the code at "
                                       "0x4Cd241E8d1510e30b2076397afc7508Ae59C66c9, UNKNOWN",
                                       NULL};
    static const char *const known[] = {"MetaMask's smart account", NULL};
    check_words(AUTHORIZE("1", ZERO20), &limits, MIEN_ACTION_DELEGATE, revoke);
    check_words(AUTHORIZE("1", METAMASK20), &limits, MIEN_ACTION_DELEGATE, known);
    check_refused(AUTHORIZE("1", CODE20), &limits, MIEN_POLICY_DENIED, "unknown code");
    check_refused(AUTHORIZE("0", ZERO20), &limits, MIEN_POLICY_DENIED, "every chain");
    check_refused(AUTHORIZE("5", ZERO20), &limits, MIEN_FORMAT, "another chain");
    limits.unknown_delegates = true;
    check_words(AUTHORIZE("1", CODE20), &limits, MIEN_ACTION_DELEGATE, warn);
}

static void json_refusals(void) {
    static const char *const refused[] = {
        "",
        "{",
        "[]",
        "null",
        "0x",
        "0xzz",
        "0x02",
        "{}",
        "{" BASE "}",                    /* nothing to do */
        "{" BASE "," TO ",\"extra\":1}", /* unknown field */
        "{" BASE "," TO ",\"nonce\":8}", /* repeated field */
        "{" BASE "," TO ",\"value\":-1}",
        "{" BASE "," TO ",\"value\":1.5}",
        "{" BASE "," TO ",\"value\":9007199254740993}", /* not exact in JavaScript */
        "{" BASE "," TO ",\"value\":\"1e18\"}",
        "{" BASE "," TO ",\"gasPrice\":1}",     /* two kinds of fee */
        "{" BASE "," TO ",\"gasLimit\":21001}", /* contradiction */
        "{" BASE "," TO ",\"data\":\"0x00\",\"input\":\"0x01\"}",
        "{" BASE "," TO ",\"data\":\"0x0\"}",
        "{" BASE "," TO ",\"data\":\"00\"}",
        "{" BASE ",\"to\":\"0x6eb893e3466931517a04a17D153a6330c3f2f1dD\"}", /* EIP-55 */
        "{" BASE ",\"to\":\"6Eb893e3466931517a04a17D153a6330c3f2f1dD\"}",
        "{" BASE ",\"to\":\"vitalik.eth\"}",
        "{" BASE "," TO ",\"accessList\":[{}]}",
        "{" BASE "," TO ",\"accessList\":[{\"address\":\"0x" CODE20
        "\",\"storageKeys\":[\"0x01\"]}]}",
        "{" BASE "," TO ",\"authorizationList\":[]}",
        "{\"type\":3,\"chainId\":1,\"nonce\":0,\"gas\":21000," FEES "," TO "}",
        "{\"type\":4,\"chainId\":1,\"nonce\":0,\"gas\":21000," FEES "," TO
        ",\"authorizationList\":[]}",
        "{\"type\":0,\"chainId\":1,\"nonce\":0,\"gas\":21000,\"gasPrice\":1," TO
        ",\"accessList\":[{\"address\":\"0x" CODE20 "\",\"storageKeys\":[]}]}",
        "{\"type\":2,\"nonce\":0,\"gas\":21000," FEES "," TO "}", /* no chain */
        "{\"type\":2,\"chainId\":1,\"gas\":21000," FEES "," TO "}",
        "{\"type\":2,\"chainId\":1,\"nonce\":\"18446744073709551616\",\"gas\":1," FEES "," TO "}"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        mien_arena arena = mien_arena_of(1 << 22);
        mien_ethereum_transaction t;
        mien_error error = {0};
        if (take(&t, &arena, refused[i], &error) == MIEN_OK) printf("  %s\n", refused[i]);
        CHECK(take(&t, &arena, refused[i], &error) != MIEN_OK);
        mien_arena_clear(&arena);
    }
}

/* A signed transaction: every truncation is refused; every flipped bit is refused or makes it
 * another transaction or another sender. */
static void damage_sweep(void) {
    static const uint8_t secret[32] = {[31] = 9};
    mien_arena arena = mien_arena_of((size_t)64 << 20);
    mien_ethereum_transaction t, back;
    mien_ethereum_signature signature;
    mien_view raw;
    uint8_t hash[32], sender[20], other[20], bytes[400];
    REQUIRE(take(&t, &arena,
                 "{" BASE "," TO
                 ",\"value\":5,\"data\":\"0x0102\",\"accessList\":[{\"address\":\"0x" CODE20
                 "\",\"storageKeys\":[\"0x" WORD_MOST "\"]}]}",
                 NULL) == MIEN_OK);
    REQUIRE(mien_ethereum_sign(&raw, hash, &signature, &arena, curve, &t, secret) == MIEN_OK);
    REQUIRE(raw.length <= sizeof bytes);
    REQUIRE(mien_ethereum_read_signed(&back, &signature, sender, &arena, raw, NULL) == MIEN_OK);
    for (size_t cut = 0; cut < raw.length; cut++)
        CHECK(mien_ethereum_read_signed(&back, &signature, other, &arena,
                                        mien_view_of(raw.data, cut), NULL) != MIEN_OK);
    for (size_t i = 0; i < 8 * raw.length; i++) {
        memcpy(bytes, raw.data, raw.length);
        bytes[i / 8] ^= (uint8_t)(1u << i % 8);
        mien_status status = mien_ethereum_read_signed(&back, &signature, other, &arena,
                                                       mien_view_of(bytes, raw.length), NULL);
        CHECK(status != MIEN_OK || memcmp(sender, other, 20) != 0);
    }
    mien_arena_clear(&arena);
}

/* n - s with the other parity recovers to the same key, but is not canonical (EIP-2). */
static void high_s(void) {
    static const uint8_t secret[32] = {[31] = 9};
    static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
                                      0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b,
                                      0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
    mien_arena arena = mien_arena_of((size_t)1 << 20);
    mien_ethereum_transaction t, back;
    mien_ethereum_signature signature;
    mien_view raw;
    uint8_t hash[32], sender[20], bytes[400];
    REQUIRE(take(&t, &arena, "{" BASE "," TO "}", NULL) == MIEN_OK);
    REQUIRE(mien_ethereum_sign(&raw, hash, &signature, &arena, curve, &t, secret) == MIEN_OK);
    int borrow = 0;
    for (int i = 31; i >= 0; i--) {
        int d = order[i] - signature.s[i] - borrow;
        borrow = d < 0;
        signature.s[i] = (uint8_t)d;
    }
    signature.y_parity ^= 1;
    mien_writer writer = mien_writer_of(bytes, sizeof bytes);
    REQUIRE(mien_ethereum_write(&writer, &t, &signature) == MIEN_OK);
    CHECK_INT(mien_ethereum_read_signed(&back, &signature, sender, &arena,
                                        mien_view_of(bytes, writer.used), NULL),
              MIEN_AUTHENTICATION);
    mien_arena_clear(&arena);
}

static void digest_binds_sender(void) {
    mien_ethereum_limits limits = mien_ethereum_limits_default();
    mien_arena arena = mien_arena_of((size_t)4 << 20);
    mien_ethereum_transaction t;
    mien_ethereum_review a, b;
    uint8_t other[20] = {0x33};
    REQUIRE(take(&t, &arena, "{" BASE "," TO "}", NULL) == MIEN_OK);
    REQUIRE(mien_ethereum_review_transaction(&a, &arena, &t, from, &limits, NULL) == MIEN_OK);
    REQUIRE(mien_ethereum_review_transaction(&b, &arena, &t, other, &limits, NULL) == MIEN_OK);
    CHECK(memcmp(a.digest, b.digest, 32) != 0);
    t.nonce++;
    REQUIRE(mien_ethereum_review_transaction(&b, &arena, &t, from, &limits, NULL) == MIEN_OK);
    CHECK(memcmp(a.digest, b.digest, 32) != 0);
    mien_arena_clear(&arena);
}

/* The same checks before an authorisation of ours is signed. */
static void authorization_review(void) {
    mien_ethereum_limits limits = mien_ethereum_limits_default();
    mien_ethereum_authorization a = {.chain_id = 1, .nonce = 123456};
    mien_arena arena = mien_arena_of((size_t)1 << 20);
    mien_error error = {0};
    const char *words;
    uint8_t digest[32], other[32];
    CHECK_INT(mien_ethereum_review_authorization(&words, digest, &arena, &a, from, &limits, &error),
              MIEN_OK);
    CHECK(strstr(words, "revokes") != NULL && strstr(words, "123456") != NULL);
    a.nonce++;
    CHECK_INT(mien_ethereum_review_authorization(&words, other, &arena, &a, from, &limits, &error),
              MIEN_OK);
    CHECK(memcmp(digest, other, 32) != 0);
    a.chain_id = 0;
    CHECK_INT(mien_ethereum_review_authorization(&words, digest, &arena, &a, from, &limits, &error),
              MIEN_POLICY_DENIED);
    a.chain_id = 1;
    harness_hex(a.delegate, 20, CODE20);
    CHECK_INT(mien_ethereum_review_authorization(&words, digest, &arena, &a, from, &limits, &error),
              MIEN_POLICY_DENIED);
    harness_hex(a.delegate, 20, METAMASK20);
    CHECK_INT(mien_ethereum_review_authorization(&words, digest, &arena, &a, from, &limits, &error),
              MIEN_OK);
    mien_arena_clear(&arena);
}

static void message_review(void) {
    static const struct {
        const char *message, *words;
    } cases[] = {{"Sign in\nto the shop", "  > Sign in\n  > to the shop\n"},
                 {"gr\xc3\xbc\xc3\x9f", "  > gr\xc3\xbc\xc3\x9f\n"},
                 {"\x1b[2Jgone", "WARNING: no plain text\n  0x1b5b324a676f6e65"},
                 {"pay \xe2\x80\xae"
                  "evil",
                  "WARNING: no plain text"}, /* right-to-left override */
                 {"\xff", "WARNING: no plain text\n  0xff"}};
    mien_arena arena = mien_arena_of((size_t)1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *words;
        uint8_t digest[32];
        REQUIRE(mien_ethereum_review_message(
                    &words, digest, &arena,
                    mien_view_of(cases[i].message, strlen(cases[i].message)), from) == MIEN_OK);
        if (strstr(words, cases[i].words) == NULL) printf("%s", words);
        CHECK(strstr(words, cases[i].words) != NULL);
    }
    mien_arena_clear(&arena);
}

int main(void) {
    mien_random random = mien_random_system();
    if (mien_curve_create(&curve, &random) != MIEN_OK) return 1;
    RUN(plain_transfer);
    RUN(tokens);
    RUN(not_quite_tokens);
    RUN(limits_hold);
    RUN(delegations);
    RUN(json_refusals);
    RUN(damage_sweep);
    RUN(high_s);
    RUN(digest_binds_sender);
    RUN(authorization_review);
    RUN(message_review);
    mien_curve_destroy(curve);
    return harness_end();
}
