/* SPDX-License-Identifier: MIT */
/* Signed Bitcoin messages. */
#include "wallet/bitcoin/message.h"

#include "tests/wallet/vectors.h"

static mien_curve *curve;

static mien_view view_of(const char *text) {
    return mien_view_of(text, strlen(text));
}

static mien_status verify(const char *address, const char *signature, const char *message) {
    mien_message_times times;
    return mien_message_verify(&times, MIEN_BITCOIN_MAINNET, address, signature, view_of(message),
                               NULL);
}

static void transaction_hashes(const json_t *cases) {
    json_t *item;
    size_t index;
    json_array_foreach(cases, index, item) {
        const char *address = vectors_text(item, "address");
        mien_script script;
        uint8_t txid[32];
        char text[65];
        REQUIRE(mien_script_of_address(&script, MIEN_BITCOIN_MAINNET, address, strlen(address)) ==
                MIEN_OK);
        mien_message_to_spend(txid, view_of(vectors_text(item, "message")),
                              mien_script_view(&script));
        mien_bitcoin_txid_text(text, txid);
        CHECK_TEXT(text, vectors_text(item, "to_spend_tx_hash"));
    }
    vectors_count("bip322 transaction hashes", index, "");
}

/* Our own signature for the vector's key: equal to one of those given, or valid at least (Core's
 * low R, other Schnorr randomness). */
static void sign_again(const json_t *item, mien_bitcoin_script_type type, size_t *equal) {
    static const uint8_t auxiliary[32] = {0};
    const char *wif = json_string_value(json_array_get(json_object_get(item, "private_keys"), 0));
    const char *message = vectors_text(item, "message"), *signature;
    mien_arena arena = mien_arena_of(1 << 20);
    uint8_t secret[32];
    bool compressed;
    json_t *given;
    size_t i;
    REQUIRE(mien_wif_decode(secret, &compressed, MIEN_BITCOIN_MAINNET, wif, strlen(wif)) ==
            MIEN_OK);
    for (int form = 0; form < 3; form++) {
        mien_status status = mien_message_sign(&signature, &arena, curve, (mien_message_form)form,
                                               type, secret, view_of(message), auxiliary);
        CHECK_INT(status, form == 0 && type == MIEN_SCRIPT_P2TR ? MIEN_UNSUPPORTED : MIEN_OK);
        if (status != MIEN_OK) continue;
        CHECK_INT(verify(vectors_text(item, "address"), signature, message), MIEN_OK);
        CHECK_INT(verify(vectors_text(item, "address"), signature, "another"), MIEN_AUTHENTICATION);
        json_array_foreach(json_object_get(item, "bip322_signatures"), i, given) *equal +=
            strcmp(signature, json_string_value(given)) == 0;
    }
    mien_arena_clear(&arena);
}

static void valid_cases(const char *file, const json_t *cases) {
    json_t *item, *signature;
    size_t index, i, good = 0, not_judged = 0, equal = 0;
    json_array_foreach(cases, index, item) {
        const char *type = vectors_text(item, "type");
        bool judged = strstr(type, "time-lock") == NULL;
        json_array_foreach(json_object_get(item, "bip322_signatures"), i, signature) {
            CHECK_INT(verify(vectors_text(item, "address"), json_string_value(signature),
                             vectors_text(item, "message")),
                      judged ? MIEN_OK : MIEN_UNSUPPORTED);
            good += judged;
            not_judged += !judged;
        }
        for (int t = 0; t < MIEN_SCRIPT_TYPES; t++)
            if (strcmp(type, mien_bitcoin_script_name((mien_bitcoin_script_type)t)) == 0)
                sign_again(item, (mien_bitcoin_script_type)t, &equal);
    }
    char note[100];
    snprintf(note, sizeof note, "%zu time-locked scripts not judged, %zu of ours equal", not_judged,
             equal);
    CHECK(good > 0);
    vectors_count(file, good, note);
}

static void error_cases(const char *file, const json_t *cases) {
    json_t *item;
    size_t index;
    json_array_foreach(cases, index, item) {
        mien_status status = verify(vectors_text(item, "address"), vectors_text(item, "signature"),
                                    vectors_text(item, "message"));
        if (status == MIEN_OK) printf("  %s\n", vectors_text(item, "description"));
        CHECK(status != MIEN_OK);
    }
    vectors_count(file, index, "refused");
}

static void bip322_basic(void) {
    VECTORS_OR_SKIP(file, "bitcoin/bip322-basic.json");
    transaction_hashes(json_object_get(file, "tx_hashes"));
    valid_cases("bip322-basic simple", json_object_get(file, "simple"));
    error_cases("bip322-basic error", json_object_get(file, "error"));
    json_decref(file);
}

static void bip322_generated(void) {
    VECTORS_OR_SKIP(file, "bitcoin/bip322-generated.json");
    json_t *item, *funds = json_object_get(file, "proof_of_funds");
    size_t index;
    valid_cases("bip322-generated simple", json_object_get(file, "simple"));
    valid_cases("bip322-generated full", json_object_get(file, "full"));
    error_cases("bip322-generated error", json_object_get(file, "error"));
    json_array_foreach(funds, index, item) {
        json_t *list = json_object_get(item, "bip322_signatures");
        CHECK_INT(verify(vectors_text(item, "address"), json_string_value(json_array_get(list, 0)),
                         vectors_text(item, "message")),
                  MIEN_UNSUPPORTED);
    }
    vectors_count("bip322-generated proof_of_funds", index, "not supported, and said so");
    json_decref(file);
}

/* Every type signs and verifies, in every form; every flipped bit of a signature is refused. */
static void round_trips(void) {
    static const uint8_t auxiliary[32] = {7};
    uint8_t secret[32], key[33];
    char address[MIEN_ADDRESS_TEXT], changed[4000];
    mien_arena arena = mien_arena_of(1 << 22);
    const char *signature;
    harness_random_bytes(secret, 32);
    REQUIRE(mien_curve_public_key(curve, key, secret) == MIEN_OK);
    for (int t = 0; t < MIEN_SCRIPT_TYPES; t++)
        for (int form = 0; form < 3; form++) {
            mien_bitcoin_script_type type = (mien_bitcoin_script_type)t;
            if (form == MIEN_MESSAGE_LEGACY && type == MIEN_SCRIPT_P2TR) continue;
            REQUIRE(mien_bitcoin_address(address, MIEN_BITCOIN_MAINNET, type, key) == MIEN_OK);
            REQUIRE(mien_message_sign(&signature, &arena, curve, (mien_message_form)form, type,
                                      secret, view_of("I agree"), auxiliary) == MIEN_OK);
            CHECK_INT(verify(address, signature, "I agree"), MIEN_OK);
            CHECK(verify(address, signature, "I agree.") != MIEN_OK);
            size_t length = strlen(signature), start = form == MIEN_MESSAGE_BIP322 ? 3 : 0;
            for (size_t i = start; i < length; i++) {
                memcpy(changed, signature, length + 1);
                changed[i] = changed[i] == 'A' ? 'B' : 'A';
                mien_status status = verify(address, changed, "I agree");
                /* BIP-322 full: version, sequence and lock time are the signer's to choose, but
                 * they are signed; so nothing may pass. BIP-137's header names the address type,
                 * which is not signed: there the first character may change. */
                CHECK(status != MIEN_OK || (form == MIEN_MESSAGE_LEGACY && i < 2));
                memcpy(changed, signature, i);
                changed[i] = '\0';
                CHECK(verify(address, changed, "I agree") != MIEN_OK);
            }
        }
    mien_arena_clear(&arena);
}

/* Bitcoin Core's signmessage example of its functional tests. */
static void core_signmessage(void) {
    CHECK_INT(verify("15CRxFdyRpGZLW9w8HnHvVduizdL5jKNbs",
                     "IPojfrX2dfPnH26UegfbGQQLrdK844DlHq5157/P6h57WyuS/Qsl+h/"
                     "WSVGDF4MUi4rWSswW38oimDYfNNUBUOk=",
                     "Trust no one"),
              MIEN_OK);
    CHECK_INT(
        verify("11canuhp9X2NocwCq7xNrQYTmUgZAnLK3",
               "IIcaIENoYW5jZWxsb3Igb24gYnJpbmsgb2Ygc2Vjb25kIGJhaWxvdXQgZm9yIGJhbmtzIAaHRtbCeDZI"
               "NyavI=",
               "Trust no one"),
        MIEN_FORMAT);
}

int main(void) {
    mien_random random = mien_random_system();
    if (mien_curve_create(&curve, &random) != MIEN_OK) return 1;
    RUN(bip322_basic);
    RUN(bip322_generated);
    RUN(round_trips);
    RUN(core_signmessage);
    mien_curve_destroy(curve);
    return harness_end();
}
