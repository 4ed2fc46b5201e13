/* SPDX-License-Identifier: MIT */
/* Review and signing: honest PSBTs get signatures, and every known trick is refused. */
#include "tests/wallet/psbt_builder.h"
#include "tests/wallet/vectors.h"

static mien_curve *curve;
static mien_random random_source;
static mien_hd_private root, stranger;

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static builder make_builder(uint32_t version, const builder_coin *inputs, size_t input_count,
                            const builder_coin *outputs, size_t output_count) {
    builder b = {.curve = curve,
                 .root = &root,
                 .stranger = &stranger,
                 .version = version,
                 .inputs = inputs,
                 .input_count = input_count,
                 .outputs = outputs,
                 .output_count = output_count};
    return b;
}

/* Review as unlocked wallet, with the root's keys. */
static mien_status review_root(mien_bitcoin_review *review, mien_psbt *psbt,
                               mien_bitcoin_network network, const mien_bitcoin_limits *limits,
                               mien_error *error) {
    static mien_bitcoin_root_keys state;
    mien_bitcoin_keys keys;
    BUILDER_DO(mien_bitcoin_keys_of_root(&keys, &state, curve, &root));
    return mien_bitcoin_review_psbt(review, psbt, network, &keys, limits, error);
}

static mien_status sign(mien_psbt *psbt, size_t *made, const mien_bitcoin_limits *limits,
                        const uint8_t *digest, mien_error *error) {
    return mien_bitcoin_sign_psbt(psbt, made, curve, &root, MIEN_BITCOIN_MAINNET, limits, digest,
                                  &random_source, error);
}

/* Build, parse and try to sign; the PSBT must be refused with `expected`, with words that contain
 * `words`, and come out byte for byte as it was. */
static void check_refused(builder *b, mien_status expected, const char *words) {
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    mien_psbt psbt;
    mien_error error = {0};
    size_t made = 99;
    builder_make(b);
    mien_status status = mien_psbt_parse(&psbt, b->bytes, b->length, &error);
    if (status == MIEN_OK) {
        status = sign(&psbt, &made, &limits, NULL, &error);
        CHECK_INT(made, 0);
        uint8_t *after = malloc(b->length);
        mien_writer writer = mien_writer_of(after, b->length);
        CHECK_INT(mien_psbt_write(&writer, &psbt), MIEN_OK);
        CHECK(writer.used == b->length && memcmp(after, b->bytes, b->length) == 0);
        free(after);
    }
    CHECK_INT(status, expected);
    if (strstr(mien_error_words(&error), words) == NULL)
        printf("  words: %s\n", mien_error_words(&error));
    CHECK(strstr(mien_error_words(&error), words) != NULL);
    mien_psbt_destroy(&psbt);
    free(b->bytes);
}

/* Sign, finish and extract; then every input's signature is checked again by finalize itself, and
 * the extracted transaction has the txid that was reviewed (segwit) or at least parses. */
static void check_signs(builder *b, size_t expected) {
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    mien_bitcoin_review review;
    mien_psbt psbt;
    mien_error error = {0};
    size_t made, finished;
    mien_view bytes;
    builder_make(b);
    REQUIRE(mien_psbt_parse(&psbt, b->bytes, b->length, &error) == MIEN_OK);
    mien_status status = review_root(&review, &psbt, MIEN_BITCOIN_MAINNET, &limits, &error);
    if (status != MIEN_OK) printf("  %s\n", mien_error_words(&error));
    REQUIRE(status == MIEN_OK);
    CHECK_INT(review.ours, expected);
    CHECK_INT(sign(&psbt, &made, &limits, review.digest, &error), MIEN_OK);
    CHECK_INT(made, expected);
    CHECK_INT(sign(&psbt, &made, &limits, review.digest, &error), MIEN_OK);
    CHECK_INT(made, 0); /* nothing is signed twice */
    CHECK_INT(mien_psbt_finalize(&psbt, &finished, &error), MIEN_OK);
    CHECK_INT(finished, expected);
    if (finished == b->input_count) {
        CHECK_INT(mien_psbt_extract(&bytes, &psbt, &error), MIEN_OK);
        mien_bitcoin_transaction final;
        mien_arena arena = mien_arena_of(1 << 24);
        CHECK_INT(mien_bitcoin_transaction_parse(&final, &arena, bytes), MIEN_OK);
        size_t real = (mien_bitcoin_transaction_weight(&final) + 3) / 4;
        CHECK(review.virtual_size >= real && review.virtual_size <= real + b->input_count + 2);
        mien_arena_clear(&arena);
    }
    mien_bitcoin_review_destroy(&review);
    mien_psbt_destroy(&psbt);
    free(b->bytes);
}

static void every_type_signs(void) {
    for (uint32_t version = 0; version <= 2; version += 2)
        for (int type = 0; type < MIEN_SCRIPT_TYPES; type++) {
            builder_coin in[] = {{.type = (mien_bitcoin_script_type)type, .amount = 1000000},
                                 {.type = (mien_bitcoin_script_type)type,
                                  .amount = 2000000,
                                  .chain = 1,
                                  .index = 7}};
            builder_coin out[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 1500000, .foreign = true},
                                  {.type = (mien_bitcoin_script_type)type,
                                   .amount = 1490000,
                                   .chain = 1,
                                   .index = 8}};
            builder b = make_builder(version, in, 2, out, 2);
            check_signs(&b, 2);
        }
}

/* All four types at once, and a stranger's input that stays unsigned. */
static void mixed_types_sign(void) {
    builder_coin in[] = {{.type = MIEN_SCRIPT_P2PKH, .amount = 1000000},
                         {.type = MIEN_SCRIPT_P2SH_P2WPKH, .amount = 1000000},
                         {.type = MIEN_SCRIPT_P2WPKH, .amount = 1000000},
                         {.type = MIEN_SCRIPT_P2TR, .amount = 1000000},
                         {.type = MIEN_SCRIPT_P2WPKH, .amount = 1000000, .foreign = true}};
    builder_coin out[] = {{.type = MIEN_SCRIPT_P2TR, .amount = 4990000, .foreign = true}};
    for (uint32_t version = 0; version <= 2; version += 2) {
        builder b = make_builder(version, in, 4, out, 1);
        builder_coin less = out[0];
        less.amount = 3990000;
        b.outputs = &less;
        check_signs(&b, 4);
        builder c = make_builder(version, in, 5, out, 1);
        check_signs(&c, 4);
    }
}

static void review_tells(void) {
    builder_coin in[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 1000000, .sequence = 0xfffffffd},
                         {.type = MIEN_SCRIPT_P2WPKH, .amount = 500000, .index = 1}};
    builder_coin out[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 700000, .foreign = true},
                          {.type = MIEN_SCRIPT_P2WPKH, .amount = 600000, .chain = 1, .index = 3},
                          {.type = MIEN_SCRIPT_P2WPKH, .amount = 190000, .index = 20000},
                          {.type = MIEN_SCRIPT_P2WPKH, .amount = 200, .account = 9, .chain = 1}};
    builder b = make_builder(0, in, 2, out, 4);
    b.lock_time = 800000;
    builder_make(&b);
    mien_psbt psbt;
    mien_bitcoin_review review;
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    const char *words;
    REQUIRE(mien_psbt_parse(&psbt, b.bytes, b.length, NULL) == MIEN_OK);
    REQUIRE(review_root(&review, &psbt, MIEN_BITCOIN_MAINNET, &limits, NULL) == MIEN_OK);
    CHECK_INT(review.fee, 9800);
    CHECK_INT(review.spent, 700000);
    CHECK_INT(review.returned, 790200);
    CHECK_INT(review.outputs[0].owner, MIEN_OWNER_OTHER);
    CHECK_INT(review.outputs[1].owner, MIEN_OWNER_CHANGE);
    CHECK_INT(review.outputs[2].owner, MIEN_OWNER_RECEIVE);
    CHECK_INT(review.outputs[3].owner, MIEN_OWNER_RECEIVE); /* another account: not change */
    CHECK_INT(review.notes,
              MIEN_NOTE_REPLACEABLE | MIEN_NOTE_LOCKED | MIEN_NOTE_HIGH_INDEX | MIEN_NOTE_DUST);
    REQUIRE(mien_bitcoin_review_words(&words, &review) == MIEN_OK);
    CHECK(strstr(words, "0.00700000 BTC") != NULL);
    CHECK(strstr(words, "fee: 0.00009800 BTC") != NULL);
    CHECK(strstr(words, "change, back to this wallet") != NULL);
    CHECK(strstr(words, "not valid before block 800000") != NULL);
    CHECK(strstr(words, review.outputs[0].address) != NULL);
    mien_bitcoin_review_destroy(&review);
    mien_psbt_destroy(&psbt);
    free(b.bytes);
}

/* The locked wallet, which knows its accounts only, sees the same review with the same digest. */
static void locked_review_is_the_same(void) {
    builder_coin in[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 1000000},
                         {.type = MIEN_SCRIPT_P2TR, .amount = 1000000, .account = 1}};
    builder_coin out[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 1000000, .foreign = true},
                          {.type = MIEN_SCRIPT_P2WPKH, .amount = 990000, .chain = 1}};
    mien_bitcoin_account accounts[2];
    BUILDER_DO(mien_bitcoin_account_derive(&accounts[0], curve, &root, MIEN_BITCOIN_MAINNET,
                                           MIEN_SCRIPT_P2WPKH, 0));
    BUILDER_DO(mien_bitcoin_account_derive(&accounts[1], curve, &root, MIEN_BITCOIN_MAINNET,
                                           MIEN_SCRIPT_P2TR, 1));
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    mien_bitcoin_account_list list = {accounts, 2};
    mien_bitcoin_keys keys = mien_bitcoin_keys_of_accounts(&list);
    mien_bitcoin_review locked, unlocked;
    const char *a, *c;
    mien_psbt psbt;
    builder b = make_builder(2, in, 2, out, 2);
    builder_make(&b);
    REQUIRE(mien_psbt_parse(&psbt, b.bytes, b.length, NULL) == MIEN_OK);
    REQUIRE(mien_bitcoin_review_psbt(&locked, &psbt, MIEN_BITCOIN_MAINNET, &keys, &limits, NULL) ==
            MIEN_OK);
    REQUIRE(review_root(&unlocked, &psbt, MIEN_BITCOIN_MAINNET, &limits, NULL) == MIEN_OK);
    CHECK_BYTES(locked.digest, unlocked.digest, 32);
    REQUIRE(mien_bitcoin_review_words(&a, &locked) == MIEN_OK);
    REQUIRE(mien_bitcoin_review_words(&c, &unlocked) == MIEN_OK);
    CHECK_TEXT(a, c);
    mien_bitcoin_review_destroy(&locked);
    mien_bitcoin_review_destroy(&unlocked);
    list.count = 1; /* an account it does not know is not passed over in silence */
    CHECK_INT(mien_bitcoin_review_psbt(&locked, &psbt, MIEN_BITCOIN_MAINNET, &keys, &limits, NULL),
              MIEN_NOT_FOUND);
    mien_psbt_destroy(&psbt);
    free(b.bytes);
}

/* What was shown is what is signed: any change of transaction, amount or network changes the
 * digest, and a digest of something else is refused. */
static void digest_binds(void) {
    builder_coin in[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 1000000}};
    builder_coin out[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 900000, .foreign = true}};
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    uint8_t first[32];
    for (int change = 0; change < 5; change++) {
        builder_coin i = in[0], o = out[0];
        builder b = make_builder(0, &i, 1, &o, 1);
        if (change == 1) o.amount++;
        if (change == 2) o.index++;
        if (change == 3) b.lock_time++;
        if (change == 4) i.amount++;
        builder_make(&b);
        mien_psbt psbt;
        mien_bitcoin_review review;
        mien_error error;
        size_t made;
        REQUIRE(mien_psbt_parse(&psbt, b.bytes, b.length, NULL) == MIEN_OK);
        REQUIRE(review_root(&review, &psbt, MIEN_BITCOIN_MAINNET, &limits, NULL) == MIEN_OK);
        if (change == 0) memcpy(first, review.digest, 32);
        CHECK_INT(memcmp(first, review.digest, 32) == 0, change == 0);
        CHECK_INT(sign(&psbt, &made, &limits, first, &error),
                  change == 0 ? MIEN_OK : MIEN_AUTHENTICATION);
        CHECK_INT(made, change == 0);
        mien_bitcoin_review_destroy(&review);
        mien_psbt_destroy(&psbt);
        free(b.bytes);
    }
}

/* One transaction with two stories about what it spends: two digests. */
static void digest_binds_amounts(void) {
    builder_coin in[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 1000000, .no_previous = true}};
    builder_coin out[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 900000, .foreign = true}};
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    mien_bitcoin_review review[2];
    for (int lie = 0; lie < 2; lie++) {
        in[0].claimed = lie ? 950000 : 0;
        builder b = make_builder(2, in, 1, out, 1);
        mien_psbt psbt;
        builder_make(&b);
        REQUIRE(mien_psbt_parse(&psbt, b.bytes, b.length, NULL) == MIEN_OK);
        REQUIRE(review_root(&review[lie], &psbt, MIEN_BITCOIN_MAINNET, &limits, NULL) == MIEN_OK);
        mien_psbt_destroy(&psbt);
        free(b.bytes);
    }
    CHECK_BYTES(review[0].txid, review[1].txid, 32);
    CHECK(memcmp(review[0].digest, review[1].digest, 32) != 0);
    mien_bitcoin_review_destroy(&review[0]);
    mien_bitcoin_review_destroy(&review[1]);
}

/* Version 0 and 2 of one transaction have one digest. */
static void versions_agree(void) {
    builder_coin in[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 1000000, .sequence = 5}};
    builder_coin out[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 900000, .foreign = true}};
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    mien_bitcoin_review review[2];
    for (uint32_t v = 0; v <= 2; v += 2) {
        builder b = make_builder(v, in, 1, out, 1);
        b.lock_time = 77;
        builder_make(&b);
        mien_psbt psbt;
        REQUIRE(mien_psbt_parse(&psbt, b.bytes, b.length, NULL) == MIEN_OK);
        CHECK_INT(psbt.version, v);
        REQUIRE(review_root(&review[v / 2], &psbt, MIEN_BITCOIN_MAINNET, &limits, NULL) == MIEN_OK);
        mien_psbt_destroy(&psbt);
        free(b.bytes);
    }
    CHECK_BYTES(review[0].digest, review[1].digest, 32);
    mien_bitcoin_review_destroy(&review[0]);
    mien_bitcoin_review_destroy(&review[1]);
}

static const builder_coin pays[] = {
    {.type = MIEN_SCRIPT_P2WPKH, .amount = 1900000, .foreign = true}};

/* CVE-2020-14199: two inputs whose witness UTXOs tell small amounts; whoever signs twice with the
 * lies swapped has paid the difference as fee. */
static void fee_lie(void) {
    builder_coin in[] = {
        {.type = MIEN_SCRIPT_P2WPKH, .amount = 1000000, .no_previous = true},
        {.type = MIEN_SCRIPT_P2WPKH, .amount = 1000000, .index = 1, .no_previous = true}};
    builder b = make_builder(0, in, 2, pays, 1);
    check_refused(&b, MIEN_POLICY_DENIED, "previous transaction");
    in[0].no_previous = false; /* one of two is not enough */
    builder c = make_builder(2, in, 2, pays, 1);
    check_refused(&c, MIEN_POLICY_DENIED, "previous transaction");
    in[1].foreign = true; /* nor is it when the other input plays somebody else's */
    builder d = make_builder(2, in, 2, pays, 1);
    check_refused(&d, MIEN_POLICY_DENIED, "previous transaction");
    in[1].type = MIEN_SCRIPT_P2TR; /* or claims to be taproot */
    builder e = make_builder(0, in, 2, pays, 1);
    check_refused(&e, MIEN_POLICY_DENIED, "previous transaction");
}

/* Where our signatures commit to the amounts, the witness UTXO alone will do. */
static void fee_lie_harmless(void) {
    builder_coin one[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 2000000, .no_previous = true}};
    builder_coin taproot[] = {
        {.type = MIEN_SCRIPT_P2TR, .amount = 1000000, .no_previous = true},
        {.type = MIEN_SCRIPT_P2TR, .amount = 1000000, .index = 1, .no_previous = true}};
    builder b = make_builder(0, one, 1, pays, 1);
    check_signs(&b, 1);
    builder c = make_builder(2, taproot, 2, pays, 1);
    check_signs(&c, 2);
}

static void wrong_previous(void) {
    builder_coin lies[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 2000000, .other_previous = true}};
    builder b = make_builder(0, lies, 1, pays, 1);
    check_refused(&b, MIEN_AUTHENTICATION, "not the one it spends");
    builder_coin amount[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 2000000, .claimed = 1999999}};
    builder c = make_builder(2, amount, 1, pays, 1);
    check_refused(&c, MIEN_AUTHENTICATION, "contradict");
    builder_coin nothing[] = {{.type = MIEN_SCRIPT_P2WPKH,
                               .amount = 2000000,
                               .no_previous = true,
                               .no_witness_utxo = true}};
    builder d = make_builder(2, nothing, 1, pays, 1);
    check_refused(&d, MIEN_NOT_FOUND, "not known");
    builder_coin legacy[] = {{.type = MIEN_SCRIPT_P2PKH, .amount = 2000000, .no_previous = true}};
    builder e = make_builder(0, legacy, 1, pays, 1);
    check_refused(&e, MIEN_NOT_FOUND, "not known");
}

static void key_lies(void) {
    builder_coin path[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 2000000, .other_path = true}};
    builder b = make_builder(0, path, 1, pays, 1);
    check_refused(&b, MIEN_AUTHENTICATION, "but it is another one");
    builder_coin none[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 2000000, .no_origin = true}};
    builder c = make_builder(0, none, 1, pays, 1);
    check_refused(&c, MIEN_NOT_FOUND, "no input belongs");
    builder_coin foreign[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 2000000, .foreign = true}};
    builder d = make_builder(0, foreign, 1, pays, 1);
    check_refused(&d, MIEN_NOT_FOUND, "no input belongs");
    uint8_t other[33];
    builder_coin stolen[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 2000000}};
    builder e = make_builder(0, stolen, 1, pays, 1);
    builder_key(other, &e, &pays[0]);
    stolen[0].pays = other; /* our key named for a coin that is not ours */
    check_refused(&e, MIEN_AUTHENTICATION, "does not open");
}

static void unusual_paths(void) {
    builder_coin purpose[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 2000000, .purpose = 44}};
    builder b = make_builder(0, purpose, 1, pays, 1);
    check_refused(&b, MIEN_POLICY_DENIED, "no usual path");
    builder_coin chain[] = {{.type = MIEN_SCRIPT_P2TR, .amount = 2000000, .chain = 2}};
    builder c = make_builder(2, chain, 1, pays, 1);
    check_refused(&c, MIEN_POLICY_DENIED, "no usual path");
    builder_coin plain[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 2000000}};
    builder d = make_builder(0, plain, 1, pays, 1);
    d.network = MIEN_BITCOIN_TESTNET; /* testnet keys must not sign for mainnet */
    check_refused(&d, MIEN_POLICY_DENIED, "no usual path");
}

/* An output that says it is our change but pays somebody else. */
static void change_lies(void) {
    uint8_t other[33];
    builder_coin in[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 2000000}};
    builder_coin out[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 1900000, .chain = 1}};
    builder b = make_builder(0, in, 1, out, 1);
    builder_key(other, &b, &pays[0]);
    out[0].pays = other;
    check_refused(&b, MIEN_AUTHENTICATION, "does not pay our key");
    out[0].pays = NULL;
    out[0].other_path = true;
    builder c = make_builder(2, in, 1, out, 1);
    check_refused(&c, MIEN_AUTHENTICATION, "but it is another one");
}

static void sighash_types(void) {
    static const uint32_t bad[] = {2, 3, 0x81, 0x82, 0x83, 4, 0x80, 0x101};
    for (size_t i = 0; i < COUNT(bad); i++)
        for (int taproot = 0; taproot < 2; taproot++) {
            builder_coin in[] = {{.type = taproot ? MIEN_SCRIPT_P2TR : MIEN_SCRIPT_P2WPKH,
                                  .amount = 2000000,
                                  .sighash = bad[i]}};
            builder b = make_builder(taproot ? 2 : 0, in, 1, pays, 1);
            check_refused(&b, MIEN_POLICY_DENIED, "sighash type");
        }
    builder_coin all[] = {{.type = MIEN_SCRIPT_P2TR, .amount = 2000000, .sighash = 1}};
    builder b = make_builder(0, all, 1, pays, 1);
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    mien_psbt psbt;
    size_t made, finished;
    builder_make(&b);
    REQUIRE(mien_psbt_parse(&psbt, b.bytes, b.length, NULL) == MIEN_OK);
    CHECK_INT(sign(&psbt, &made, &limits, NULL, NULL), MIEN_OK);
    const mien_psbt_entry *signature = mien_psbt_find(&psbt.inputs[0], MIEN_PSBT_IN_TAP_KEY_SIG);
    REQUIRE(signature != NULL);
    CHECK(signature->value.length == 65 && signature->value.data[64] == 1);
    CHECK_INT(mien_psbt_finalize(&psbt, &finished, NULL), MIEN_OK);
    CHECK_INT(finished, 1);
    mien_psbt_destroy(&psbt);
    free(b.bytes);
}

static void amounts(void) {
    builder_coin in[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 2000000},
                         {.type = MIEN_SCRIPT_P2WPKH, .amount = 2000000, .index = 1}};
    builder_coin out[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 2000001, .foreign = true},
                          {.type = MIEN_SCRIPT_P2WPKH, .amount = 0, .foreign = true}};
    builder b = make_builder(0, in, 1, out, 1);
    check_refused(&b, MIEN_OVERFLOW, "worth more");
    out[0].amount = UINT64_MAX; /* sums that wrap around (CVE-2010-5139) */
    out[1].amount = 1000000;
    builder c = make_builder(2, in, 1, out, 2);
    check_refused(&c, MIEN_OVERFLOW, "21 million");
    out[0].amount = MIEN_SATOSHIS_MAX;
    out[1].amount = 1;
    builder d = make_builder(0, in, 1, out, 2);
    check_refused(&d, MIEN_OVERFLOW, "21 million");
    in[0].amount = MIEN_SATOSHIS_MAX;
    in[1].amount = 1;
    out[0].amount = 1000;
    builder e = make_builder(2, in, 2, out, 1);
    check_refused(&e, MIEN_OVERFLOW, "21 million");
    in[0].amount = in[1].amount = UINT64_MAX / 2 + 1000;
    builder f = make_builder(0, in, 2, out, 1);
    check_refused(&f, MIEN_OVERFLOW, "21 million");
}

static void fee_limits(void) {
    builder_coin in[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 100000000}};
    builder_coin out[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 98999999, .foreign = true}};
    builder b = make_builder(0, in, 1, out, 1);
    check_refused(&b, MIEN_POLICY_DENIED, "above the limit");
    out[0].amount = 99000000;
    builder c = make_builder(0, in, 1, out, 1);
    check_signs(&c, 1);
    in[0].amount = 10000;
    out[0].amount = 7499;
    builder d = make_builder(2, in, 1, out, 1);
    check_refused(&d, MIEN_POLICY_DENIED, "25 %");
    out[0].amount = 7500;
    builder e = make_builder(2, in, 1, out, 1);
    check_signs(&e, 1);
}

static void duplicate_inputs(void) {
    builder_coin in[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 2000000},
                         {.type = MIEN_SCRIPT_P2WPKH, .amount = 1000000, .index = 1},
                         {.type = MIEN_SCRIPT_P2WPKH, .amount = 2000000}};
    for (uint32_t version = 0; version <= 2; version += 2) {
        builder b = make_builder(version, in, 3, pays, 1);
        b.repeat_input = true;
        check_refused(&b, MIEN_FORMAT, "same output twice");
    }
}

/* Fields nobody knows come out as they went in, before and after signing. */
static void unknown_fields_stay(void) {
    builder_coin in[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 2000000}};
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    for (uint32_t version = 0; version <= 2; version += 2) {
        builder b = make_builder(version, in, 1, pays, 1);
        mien_psbt psbt;
        size_t made, finished;
        builder_make(&b);
        REQUIRE(mien_psbt_parse(&psbt, b.bytes, b.length, NULL) == MIEN_OK);
        CHECK_INT(sign(&psbt, &made, &limits, NULL, NULL), MIEN_OK);
        for (int i = 0; i < 2; i++) {
            const mien_psbt_entry *proprietary =
                mien_psbt_find_keyed(&psbt.inputs[0], 0xfc, mien_view_of("\x04mien\x00kept", 10));
            const mien_psbt_entry *unknown = mien_psbt_find(&psbt.global, 0xf0);
            REQUIRE(proprietary != NULL && unknown != NULL);
            CHECK(mien_view_equal(proprietary->value, mien_view_of("as it came", 10)));
            CHECK(mien_view_equal(unknown->value, mien_view_of("unknown", 7)));
            CHECK_INT(mien_psbt_finalize(&psbt, &finished, NULL), MIEN_OK);
        }
        mien_psbt_destroy(&psbt);
        free(b.bytes);
    }
}

/* BIP-370: a signature over everything clears both modifiable flags. */
static void modifiable_flags(void) {
    builder_coin in[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 2000000}};
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    builder b = make_builder(2, in, 1, pays, 1);
    mien_psbt psbt;
    size_t made;
    builder_make(&b);
    REQUIRE(mien_psbt_parse(&psbt, b.bytes, b.length, NULL) == MIEN_OK);
    CHECK_INT(mien_psbt_find(&psbt.global, MIEN_PSBT_GLOBAL_TX_MODIFIABLE)->value.data[0], 3);
    CHECK_INT(sign(&psbt, &made, &limits, NULL, NULL), MIEN_OK);
    CHECK_INT(mien_psbt_find(&psbt.global, MIEN_PSBT_GLOBAL_TX_MODIFIABLE)->value.data[0], 0);
    mien_psbt_destroy(&psbt);
    free(b.bytes);
}

static mien_status failing_fill(void *context, void *out, size_t length) {
    (void)out;
    (void)length;
    return --*(int *)context < 0 ? MIEN_RANDOM : MIEN_OK;
}

/* Randomness that fails half-way leaves the PSBT as it was. */
static void failing_randomness(void) {
    builder_coin in[] = {{.type = MIEN_SCRIPT_P2TR, .amount = 1000000},
                         {.type = MIEN_SCRIPT_P2TR, .amount = 1000000, .index = 1}};
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    builder b = make_builder(2, in, 2, pays, 1);
    builder_make(&b);
    for (int good = 0; good <= 2; good++) {
        mien_psbt psbt;
        int left = good;
        mien_random failing = {failing_fill, &left};
        size_t made;
        REQUIRE(mien_psbt_parse(&psbt, b.bytes, b.length, NULL) == MIEN_OK);
        CHECK_INT(mien_bitcoin_sign_psbt(&psbt, &made, curve, &root, MIEN_BITCOIN_MAINNET, &limits,
                                         NULL, &failing, NULL),
                  good < 2 ? MIEN_RANDOM : MIEN_OK);
        CHECK_INT(made, good < 2 ? 0 : 2);
        CHECK_INT(mien_psbt_size(&psbt) == b.length, good < 2);
        mien_psbt_destroy(&psbt);
    }
    free(b.bytes);
}

/* Every truncation is refused; every flipped byte is refused or leads to a review that is either
 * refused or of another transaction (or changed what is not signed): never a crash. */
static void damage_sweep(uint32_t version) {
    builder_coin in[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 1000000},
                         {.type = MIEN_SCRIPT_P2TR, .amount = 1000000, .index = 1}};
    builder_coin out[] = {{.type = MIEN_SCRIPT_P2WPKH, .amount = 900000, .foreign = true},
                          {.type = MIEN_SCRIPT_P2TR, .amount = 1000000, .chain = 1}};
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    builder b = make_builder(version, in, 2, out, 2);
    mien_psbt psbt;
    mien_bitcoin_review review;
    uint8_t honest[32];
    size_t same = 0;
    builder_make(&b);
    REQUIRE(mien_psbt_parse(&psbt, b.bytes, b.length, NULL) == MIEN_OK);
    REQUIRE(review_root(&review, &psbt, MIEN_BITCOIN_MAINNET, &limits, NULL) == MIEN_OK);
    memcpy(honest, review.digest, 32);
    mien_bitcoin_review_destroy(&review);
    mien_psbt_destroy(&psbt);
    for (size_t cut = 0; cut < b.length; cut++) {
        CHECK(mien_psbt_parse(&psbt, b.bytes, cut, NULL) != MIEN_OK);
        mien_psbt_destroy(&psbt);
    }
    for (size_t i = 0; i < b.length; i++)
        for (int bit = 0; bit < 8; bit += 7) {
            b.bytes[i] ^= (uint8_t)(1u << bit);
            if (mien_psbt_parse(&psbt, b.bytes, b.length, NULL) == MIEN_OK &&
                review_root(&review, &psbt, MIEN_BITCOIN_MAINNET, &limits, NULL) == MIEN_OK) {
                /* the digest still says exactly what is spent and paid */
                if (memcmp(review.digest, honest, 32) == 0) {
                    same++;
                    CHECK(review.fee == 100000 && review.output_total == 1900000);
                }
                mien_bitcoin_review_destroy(&review);
            }
            mien_psbt_destroy(&psbt);
            b.bytes[i] ^= (uint8_t)(1u << bit);
        }
    printf("version %u: %zu bytes, %zu flips without effect on what is signed\n", (unsigned)version,
           b.length, same);
    free(b.bytes);
}

static void damage_sweep_0(void) {
    damage_sweep(0);
}
static void damage_sweep_2(void) {
    damage_sweep(2);
}

int main(void) {
    uint8_t seed[64];
    random_source = mien_random_system();
    BUILDER_DO(mien_curve_create(&curve, &random_source));
    BUILDER_DO(mien_bip39_seed(seed,
                               "abandon abandon abandon abandon abandon abandon abandon abandon "
                               "abandon abandon abandon about",
                               NULL, NULL));
    BUILDER_DO(mien_hd_master(&root, seed, 64));
    seed[0] ^= 1;
    BUILDER_DO(mien_hd_master(&stranger, seed, 64));
    RUN(every_type_signs);
    RUN(mixed_types_sign);
    RUN(review_tells);
    RUN(locked_review_is_the_same);
    RUN(digest_binds);
    RUN(digest_binds_amounts);
    RUN(versions_agree);
    RUN(fee_lie);
    RUN(fee_lie_harmless);
    RUN(wrong_previous);
    RUN(key_lies);
    RUN(unusual_paths);
    RUN(change_lies);
    RUN(sighash_types);
    RUN(amounts);
    RUN(fee_limits);
    RUN(duplicate_inputs);
    RUN(unknown_fields_stay);
    RUN(modifiable_flags);
    RUN(failing_randomness);
    RUN(damage_sweep_0);
    RUN(damage_sweep_2);
    mien_curve_destroy(curve);
    return harness_end();
}
