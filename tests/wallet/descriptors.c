/* SPDX-License-Identifier: MIT */
/* Descriptors and what watch-only programs are given. */
#include "tests/wallet/psbt_builder.h"
#include "wallet/bitcoin/descriptor.h"
#include "wallet/bitcoin/watch_only.h"

#include <jansson.h>

static mien_curve *curve;
static mien_hd_private root;

/* BIP-380's own example: the checksum, and every way to get it wrong. */
static void checksum(void) {
    char out[MIEN_DESCRIPTOR_CHECKSUM + 1];
    CHECK_INT(mien_descriptor_checksum(out, "raw(deadbeef)", 13), MIEN_OK);
    CHECK_TEXT(out, "89f8spxm");
    CHECK_INT(mien_descriptor_checksum(out, "raw(\xc3\x9c)", 7), MIEN_FORMAT);
}

#define XPUB                                                                                       \
    "xpub6CatWdiZiodmUeTDp8LT5or8nmbKNcuyvz7WyksVFkKB4RHwCD3XyuvPEbvqAQY3rAPshWcMLoP2fMFMKHPJ4ZeZ" \
    "XYVUhLv1VMrjPC7PW6V"
#define KEY "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"

static void refusals(void) {
    static const char *const refused[] = {
        "",
        "pkh",
        "pkh(",
        "pkh()",
        "wpkh(" KEY,
        "wpkh(" KEY "))",
        "wpkh(" KEY ")x",
        "wpkh(" KEY ")#",
        "wpkh(" KEY ")#aaaaaaaa",
        "wpkh(04" KEY ")",
        "wpkh(05" KEY ")",
        "wpkh(" XPUB "/0'/*)",
        "wpkh(" XPUB "/*/*)",
        "wpkh(" XPUB "/**)",
        "wpkh(" XPUB "/)",
        "wpkh(" XPUB "/*')",
        "wpkh(" XPUB "/<0;0>/*)",
        "wpkh(" XPUB "/<0>/*)",
        "wpkh(" XPUB "/<0;1>/<0;1>/*)",
        "wpkh(" XPUB "/<0;1;2>/*)",
        "wpkh([d34db33]" XPUB "/*)",
        "wpkh([d34db33f/44'" XPUB "/*)",
        "wpkh([d34db33f/]" XPUB "/*)",
        "wpkh([d34db33f/m]" XPUB "/*)",
        "wpkh([d34db33f/44'][d34db33f]" XPUB "/*)",
        "wpkh(" XPUB "/1/2/3/4/5/6/7/8/9/*)",
        "wpkh(" XPUB "/2147483648)",
        "sh(pkh(" KEY "))",
        "combo(" KEY ")",
        "wsh(multi(0," KEY "))",
        "wsh(multi(2," KEY "))",
        "wsh(multi(1))",
        "wsh(sortedmulti(1," KEY ")",
        "wsh(pkh(" KEY "))",
        "tr(" KEY ",pk(" KEY "))",
        "multi(1," KEY ")",
        "sh(wsh(multi(1," KEY ")))x",
        "wpkh("
        "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3"
        "TGtRBeJgk33yuGBxrMPHi)"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        mien_descriptor d;
        mien_error error = {0};
        mien_status status = mien_descriptor_parse(&d, refused[i], strlen(refused[i]), &error);
        if (status == MIEN_OK) printf("  %s\n", refused[i]);
        CHECK(status != MIEN_OK);
    }
}

static mien_bitcoin_account account_of(mien_bitcoin_network network,
                                       mien_bitcoin_script_type type) {
    mien_bitcoin_account account;
    BUILDER_DO(mien_bitcoin_account_derive(&account, curve, &root, network, type, 3));
    return account;
}

/* The descriptor of an account leads to the account's addresses, and back to their place. */
static void accounts(void) {
    for (int n = 0; n < MIEN_BITCOIN_NETWORKS; n++)
        for (int t = 0; t < MIEN_SCRIPT_TYPES; t++) {
            mien_bitcoin_account account =
                account_of((mien_bitcoin_network)n, (mien_bitcoin_script_type)t);
            char text[MIEN_DESCRIPTOR_TEXT];
            mien_descriptor d;
            mien_script script, expected;
            uint8_t key[33];
            int chain;
            uint32_t index;
            REQUIRE(mien_descriptor_of_account(text, &account, -1) == MIEN_OK);
            REQUIRE(mien_descriptor_parse(&d, text, strlen(text), NULL) == MIEN_OK);
            REQUIRE(mien_descriptor_script(&script, NULL, &d, 1, 17) == MIEN_OK);
            REQUIRE(mien_bitcoin_account_key(key, &account, 1, 17) == MIEN_OK);
            REQUIRE(mien_script_of_key(&expected, account.type, key) == MIEN_OK);
            CHECK(mien_view_equal(mien_script_view(&script), mien_script_view(&expected)));
            CHECK_INT(mien_descriptor_find(&chain, &index, &d, mien_script_view(&script), 20),
                      MIEN_OK);
            CHECK(chain == 1 && index == 17);
            CHECK_INT(mien_descriptor_find(&chain, &index, &d, mien_script_view(&script), 17),
                      MIEN_NOT_FOUND);
            for (size_t i = 0; i < strlen(text); i++) { /* every changed character is noticed */
                char changed[MIEN_DESCRIPTOR_TEXT];
                strcpy(changed, text);
                changed[i] = changed[i] == '3' ? '4' : '3';
                CHECK(mien_descriptor_parse(&d, changed, strlen(changed), NULL) != MIEN_OK);
            }
        }
}

static void core_import(void) {
    mien_bitcoin_account account = account_of(MIEN_BITCOIN_REGTEST, MIEN_SCRIPT_P2TR);
    char *text, descriptor[MIEN_DESCRIPTOR_TEXT];
    REQUIRE(mien_watch_only_core(&text, &account, 1700000000) == MIEN_OK);
    json_t *list = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    REQUIRE(json_array_size(list) == 2);
    for (int chain = 0; chain < 2; chain++) {
        json_t *entry = json_array_get(list, (size_t)chain);
        REQUIRE(mien_descriptor_of_account(descriptor, &account, chain) == MIEN_OK);
        CHECK_TEXT(json_string_value(json_object_get(entry, "desc")), descriptor);
        CHECK_INT(json_is_true(json_object_get(entry, "internal")), chain);
        CHECK(json_is_true(json_object_get(entry, "active")));
        CHECK_INT(json_integer_value(json_object_get(entry, "timestamp")), 1700000000);
    }
    json_decref(list);
    free(text);
}

static void electrum_file(void) {
    mien_bitcoin_account account = account_of(MIEN_BITCOIN_MAINNET, MIEN_SCRIPT_P2WPKH);
    mien_bitcoin_account taproot = account_of(MIEN_BITCOIN_MAINNET, MIEN_SCRIPT_P2TR);
    char *text;
    mien_hd_public key;
    mien_hd_version version;
    CHECK_INT(mien_watch_only_electrum(&text, &taproot), MIEN_UNSUPPORTED);
    REQUIRE(mien_watch_only_electrum(&text, &account) == MIEN_OK);
    json_t *wallet = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    json_t *store = json_object_get(wallet, "keystore");
    const char *xpub = json_string_value(json_object_get(store, "xpub"));
    REQUIRE(xpub != NULL);
    CHECK_INT(mien_hd_public_parse(&key, &version, xpub, strlen(xpub)), MIEN_OK);
    CHECK(version == MIEN_HD_ZPUB && memcmp(key.key, account.key.key, 33) == 0);
    CHECK_TEXT(json_string_value(json_object_get(store, "derivation")), "m/84'/0'/3'");
    CHECK_TEXT(json_string_value(json_object_get(store, "root_fingerprint")), "73c5da0a");
    json_decref(wallet);
    free(text);
}

static void generic_file(void) {
    mien_bitcoin_account list[MIEN_SCRIPT_TYPES];
    char *text;
    for (int t = 0; t < MIEN_SCRIPT_TYPES; t++)
        list[t] = account_of(MIEN_BITCOIN_MAINNET, (mien_bitcoin_script_type)t);
    REQUIRE(mien_watch_only_generic(&text, list, MIEN_SCRIPT_TYPES) == MIEN_OK);
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    CHECK_TEXT(json_string_value(json_object_get(object, "xfp")), "73c5da0a");
    CHECK_INT(json_object_size(object), 3 + MIEN_SCRIPT_TYPES);
    CHECK_TEXT(json_string_value(json_object_get(json_object_get(object, "bip86"), "deriv")),
               "m/86'/0'/3'");
    json_decref(object);
    free(text);
    list[1] = account_of(MIEN_BITCOIN_TESTNET, MIEN_SCRIPT_P2WPKH);
    CHECK_INT(mien_watch_only_generic(&text, list, 2), MIEN_ARGUMENT);
    CHECK_INT(mien_watch_only_generic(&text, list, 0), MIEN_ARGUMENT);
}

int main(void) {
    mien_random random = mien_random_system();
    uint8_t seed[64];
    BUILDER_DO(mien_curve_create(&curve, &random));
    BUILDER_DO(mien_bip39_seed(seed,
                               "abandon abandon abandon abandon abandon abandon abandon abandon "
                               "abandon abandon abandon about",
                               NULL, NULL));
    BUILDER_DO(mien_hd_master(&root, seed, 64));
    RUN(checksum);
    RUN(refusals);
    RUN(accounts);
    RUN(core_import);
    RUN(electrum_file);
    RUN(generic_file);
    mien_curve_destroy(curve);
    return harness_end();
}
