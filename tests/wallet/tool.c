/* SPDX-License-Identifier: MIT */
#include "tests/wallet/tool.h"

#include <string.h>

#include "wallet/bip39/bip39.h"
#include "wallet/bitcoin/message.h"
#include "wallet/bitcoin/psbt_input.h"
#include "wallet/bitcoin/review.h"
#include "wallet/bitcoin/watch_only.h"
#include "wallet/encoding/hex.h"
#include "wallet/ethereum/review.h"
#include "wallet/slip39/slip39.h"

static const char *text_of(const json_t *request, const char *key) {
    const char *text = json_string_value(json_object_get(request, key));
    return text != NULL ? text : "";
}

static uint32_t number_of(const json_t *request, const char *key) {
    return (uint32_t)json_integer_value(json_object_get(request, key));
}

static void set_text(json_t *answer, const char *key, const char *text) {
    json_object_set_new(answer, key, json_string(text));
}

static void set_hex(json_t *answer, const char *key, const void *bytes, size_t length) {
    char *text = malloc(2 * length + 1);
    mien_hex_encode(text, bytes, length);
    set_text(answer, key, text);
    free(text);
}

static mien_status root_of(mien_hd_private *root, const json_t *request) {
    uint8_t seed[64];
    const char *hex = text_of(request, "seed");
    size_t length = strlen(hex) / 2;
    if (length > sizeof seed) return MIEN_ARGUMENT;
    MIEN_TRY(mien_hex_decode(seed, length, hex, strlen(hex)));
    return mien_hd_master(root, seed, length);
}

static mien_status do_mnemonic(const mien_curve *curve, json_t *answer, const json_t *request) {
    uint8_t entropy[32], back[32], seed[64];
    char sentence[MIEN_BIP39_SENTENCE_SIZE];
    const char *hex = text_of(request, "entropy");
    size_t length = strlen(hex) / 2, size;
    (void)curve;
    if (length > sizeof entropy) return MIEN_ARGUMENT;
    MIEN_TRY(mien_hex_decode(entropy, length, hex, strlen(hex)));
    MIEN_TRY(mien_bip39_sentence(sentence, entropy, length));
    MIEN_TRY(mien_bip39_entropy(back, &size, sentence, NULL));
    MIEN_TRY(mien_bip39_seed(seed, sentence, text_of(request, "passphrase"), NULL));
    set_text(answer, "mnemonic", sentence);
    set_hex(answer, "entropy", back, size);
    set_hex(answer, "seed", seed, sizeof seed);
    return MIEN_OK;
}

static mien_status do_derive(const mien_curve *curve, json_t *answer, const json_t *request) {
    const char *text = text_of(request, "path");
    char out[MIEN_HD_TEXT];
    uint8_t fingerprint[4];
    mien_hd_private key;
    mien_hd_public public;
    mien_hd_path path;
    MIEN_TRY(root_of(&key, request));
    MIEN_TRY(mien_hd_path_parse(&path, text, strlen(text)));
    MIEN_TRY(mien_hd_private_derive(curve, &key, &key, &path));
    MIEN_TRY(mien_hd_neuter(curve, &public, &key));
    MIEN_TRY(mien_hd_private_text(out, &key, MIEN_HD_XPRV));
    set_text(answer, "xprv", out);
    MIEN_TRY(mien_hd_public_text(out, &public, MIEN_HD_XPUB));
    set_text(answer, "xpub", out);
    mien_hd_fingerprint(fingerprint, public.key);
    set_hex(answer, "fingerprint", fingerprint, sizeof fingerprint);
    return MIEN_OK;
}

static mien_bitcoin_script_type type_of(const json_t *request) {
    int type = 0;
    while (type < MIEN_SCRIPT_TYPES &&
           strcmp(mien_bitcoin_script_name((mien_bitcoin_script_type)type),
                  text_of(request, "type")) != 0)
        type++;
    return (mien_bitcoin_script_type)type;
}

static mien_status do_address(const mien_curve *curve, json_t *answer, const json_t *request) {
    mien_bitcoin_network network;
    mien_bitcoin_account account;
    mien_hd_private root;
    uint8_t key[33];
    char address[MIEN_ADDRESS_TEXT];
    MIEN_TRY(root_of(&root, request));
    MIEN_TRY(mien_bitcoin_network_named(&network, text_of(request, "network")));
    MIEN_TRY(mien_bitcoin_account_derive(&account, curve, &root, network, type_of(request),
                                         number_of(request, "account")));
    MIEN_TRY(mien_bitcoin_account_key(key, &account, number_of(request, "chain"),
                                      number_of(request, "index")));
    MIEN_TRY(mien_bitcoin_address(address, network, account.type, key));
    set_text(answer, "address", address);
    return MIEN_OK;
}

static void describe(json_t *answer, const mien_bitcoin_review *review) {
    json_t *outputs = json_array();
    for (size_t i = 0; i < review->output_count; i++) {
        json_t *output = json_object();
        set_text(output, "address", review->outputs[i].address);
        json_object_set_new(output, "amount", json_integer((json_int_t)review->outputs[i].amount));
        json_object_set_new(output, "ours",
                            json_boolean(review->outputs[i].owner != MIEN_OWNER_OTHER));
        json_array_append_new(outputs, output);
    }
    json_object_set_new(answer, "outputs", outputs);
    json_object_set_new(answer, "fee", json_integer((json_int_t)review->fee));
    set_hex(answer, "digest", review->digest, 32);
}

/* Registered shared wallets of a request. */
static mien_status read_shared(mien_bitcoin_limits *limits, const json_t *request) {
    static mien_descriptor shared[4];
    const json_t *list = json_object_get(request, "shared"), *item;
    size_t index;
    if (json_array_size(list) > 4) return MIEN_TOO_LARGE;
    json_array_foreach(list, index, item) MIEN_TRY(mien_descriptor_parse(
        &shared[index], json_string_value(item), json_string_length(item), NULL));
    limits->shared = shared;
    limits->shared_count = json_array_size(list);
    return MIEN_OK;
}

static mien_status sign_parsed(const mien_curve *curve, json_t *answer, const json_t *request,
                               mien_psbt *psbt) {
    mien_bitcoin_limits limits = mien_bitcoin_limits_default();
    mien_random random = mien_random_system();
    mien_bitcoin_root_keys state;
    mien_bitcoin_review review;
    mien_bitcoin_network network;
    mien_bitcoin_keys keys;
    mien_hd_private root;
    mien_view raw;
    size_t made, finished;
    char *base64;
    MIEN_TRY(read_shared(&limits, request));
    MIEN_TRY(root_of(&root, request));
    MIEN_TRY(mien_bitcoin_network_named(&network, text_of(request, "network")));
    MIEN_TRY(mien_bitcoin_keys_of_root(&keys, &state, curve, &root));
    MIEN_TRY(mien_bitcoin_review_psbt(&review, psbt, network, &keys, &limits, NULL));
    describe(answer, &review);
    mien_status status = mien_bitcoin_sign_psbt(psbt, &made, curve, &root, network, &limits,
                                                review.digest, &random, NULL);
    mien_bitcoin_review_destroy(&review);
    MIEN_TRY(status);
    json_object_set_new(answer, "signed", json_integer((json_int_t)made));
    MIEN_TRY(mien_psbt_base64(&base64, psbt));
    set_text(answer, "psbt", base64);
    MIEN_TRY(mien_psbt_finalize(psbt, &finished, NULL));
    if (finished != psbt->transaction.input_count) return MIEN_OK;
    MIEN_TRY(mien_psbt_extract(&raw, psbt, NULL));
    set_hex(answer, "transaction", raw.data, raw.length);
    return MIEN_OK;
}

static mien_status do_sign_psbt(const mien_curve *curve, json_t *answer, const json_t *request) {
    const char *text = text_of(request, "psbt");
    mien_psbt psbt;
    mien_status status = mien_psbt_parse(&psbt, (const uint8_t *)text, strlen(text), NULL);
    if (status == MIEN_OK) status = sign_parsed(curve, answer, request, &psbt);
    mien_psbt_destroy(&psbt);
    return status;
}

static mien_status do_descriptor(const mien_curve *curve, json_t *answer, const json_t *request) {
    const char *text = text_of(request, "descriptor");
    const char *hash = strchr(text, '#');
    char checksum[MIEN_DESCRIPTOR_CHECKSUM + 1], address[MIEN_ADDRESS_TEXT];
    mien_descriptor descriptor;
    mien_script script, witness;
    mien_bitcoin_network network;
    int chain = (int)number_of(request, "chain"), found_chain;
    uint32_t index = number_of(request, "index"), found_index;
    (void)curve;
    MIEN_TRY(mien_bitcoin_network_named(&network, text_of(request, "network")));
    MIEN_TRY(mien_descriptor_checksum(checksum, text,
                                      hash != NULL ? (size_t)(hash - text) : strlen(text)));
    MIEN_TRY(mien_descriptor_parse(&descriptor, text, strlen(text), NULL));
    MIEN_TRY(mien_descriptor_script(&script, &witness, &descriptor, chain, index));
    MIEN_TRY(mien_script_address(address, network, mien_script_view(&script)));
    set_text(answer, "checksum", checksum);
    set_text(answer, "address", address);
    set_hex(answer, "witness", witness.bytes, witness.length);
    if (index < 8)
        MIEN_TRY(mien_descriptor_find(&found_chain, &found_index, &descriptor,
                                      mien_script_view(&script), 8));
    return MIEN_OK;
}

static mien_status do_account_descriptor(const mien_curve *curve, json_t *answer,
                                         const json_t *request) {
    mien_bitcoin_network network;
    mien_bitcoin_account account;
    mien_hd_private root;
    char text[MIEN_DESCRIPTOR_TEXT];
    MIEN_TRY(root_of(&root, request));
    MIEN_TRY(mien_bitcoin_network_named(&network, text_of(request, "network")));
    MIEN_TRY(mien_bitcoin_account_derive(&account, curve, &root, network, type_of(request),
                                         number_of(request, "account")));
    MIEN_TRY(mien_descriptor_of_account(text, &account, 0));
    set_text(answer, "receive", text);
    MIEN_TRY(mien_descriptor_of_account(text, &account, 1));
    set_text(answer, "internal", text);
    MIEN_TRY(mien_descriptor_of_account(text, &account, -1));
    set_text(answer, "both", text);
    return MIEN_OK;
}

static mien_status do_ethereum_address(const mien_curve *curve, json_t *answer,
                                       const json_t *request) {
    mien_hd_private root;
    mien_hd_public account;
    uint8_t address[20];
    char text[MIEN_ETHEREUM_ADDRESS_TEXT];
    MIEN_TRY(root_of(&root, request));
    MIEN_TRY(mien_ethereum_account(&account, curve, &root));
    MIEN_TRY(mien_ethereum_account_address(address, &account, number_of(request, "index")));
    mien_ethereum_address_text(text, address);
    set_text(answer, "address", text);
    return MIEN_OK;
}

/* The secret key and address of m/44'/60'/0'/0/index. */
static mien_status ethereum_key(uint8_t secret[32], uint8_t address[20], const mien_curve *curve,
                                const json_t *request) {
    mien_hd_private key;
    mien_hd_path path;
    uint8_t public[33];
    MIEN_TRY(root_of(&key, request));
    mien_ethereum_path(&path, number_of(request, "index"));
    MIEN_TRY(mien_hd_private_derive(curve, &key, &key, &path));
    memcpy(secret, key.key, 32);
    MIEN_TRY(mien_curve_public_key(curve, public, secret));
    return mien_ethereum_address(address, public);
}

static mien_status sign_ethereum(const mien_curve *curve, json_t *answer, const json_t *request,
                                 mien_arena *arena) {
    const char *text = text_of(request, "transaction");
    mien_ethereum_limits limits = mien_ethereum_limits_default();
    mien_ethereum_transaction transaction;
    mien_ethereum_signature signature;
    mien_ethereum_review review;
    uint8_t secret[32], address[20], from[20], hash[32];
    bool has_from;
    mien_view raw;
    limits.fee_wei = mien_uint256_of(0);
    limits.blind_signing = limits.any_chain = limits.unknown_delegates =
        json_is_true(json_object_get(request, "blind"));
    MIEN_TRY(ethereum_key(secret, address, curve, request));
    MIEN_TRY(
        mien_ethereum_read_text(&transaction, from, &has_from, arena, text, strlen(text), NULL));
    MIEN_TRY(
        mien_ethereum_review_transaction(&review, arena, &transaction, address, &limits, NULL));
    MIEN_TRY(mien_ethereum_sign(&raw, hash, &signature, arena, curve, &transaction, secret));
    set_hex(answer, "raw", raw.data, raw.length);
    set_hex(answer, "hash", hash, sizeof hash);
    set_hex(answer, "digest", review.digest, 32);
    return MIEN_OK;
}

static mien_status do_sign_ethereum(const mien_curve *curve, json_t *answer,
                                    const json_t *request) {
    mien_arena arena = mien_arena_of(16 << 20);
    mien_status status = sign_ethereum(curve, answer, request, &arena);
    mien_arena_clear(&arena);
    return status;
}

static mien_view message_of(const json_t *request) {
    const json_t *text = json_object_get(request, "message");
    return mien_view_of(json_string_value(text), json_string_length(text));
}

static mien_status do_ethereum_message(const mien_curve *curve, json_t *answer,
                                       const json_t *request) {
    uint8_t secret[32], address[20], hash[32], signature[65], back[20];
    MIEN_TRY(ethereum_key(secret, address, curve, request));
    mien_ethereum_message_hash(hash, message_of(request));
    MIEN_TRY(mien_ethereum_sign_hash(signature, curve, hash, secret));
    MIEN_TRY(mien_ethereum_recover(back, signature, hash));
    set_hex(answer, "hash", hash, sizeof hash);
    set_hex(answer, "signature", signature, sizeof signature);
    return memcmp(back, address, 20) == 0 ? MIEN_OK : MIEN_INTERNAL;
}

static mien_status do_typed_data(const mien_curve *curve, json_t *answer, const json_t *request) {
    uint8_t secret[32], address[20], signature[65];
    mien_arena arena = mien_arena_of((size_t)16 << 20);
    mien_view text = message_of(request);
    mien_typed_data data;
    mien_status status =
        mien_typed_data_read(&data, &arena, (const char *)text.data, text.length, NULL);
    mien_arena_clear(&arena);
    MIEN_TRY(status);
    MIEN_TRY(ethereum_key(secret, address, curve, request));
    MIEN_TRY(mien_ethereum_sign_hash(signature, curve, data.digest, secret));
    set_hex(answer, "domain", data.domain_separator, 32);
    set_hex(answer, "digest", data.digest, 32);
    set_hex(answer, "signature", signature, sizeof signature);
    return MIEN_OK;
}

static mien_status do_authorize(const mien_curve *curve, json_t *answer, const json_t *request) {
    const char *delegate = text_of(request, "delegate");
    uint8_t secret[32], address[20];
    mien_ethereum_authorization a = {0};
    MIEN_TRY(ethereum_key(secret, address, curve, request));
    a.chain_id = number_of(request, "chain");
    a.nonce = number_of(request, "nonce");
    MIEN_TRY(mien_ethereum_address_parse(a.delegate, delegate, strlen(delegate)));
    MIEN_TRY(mien_ethereum_sign_authorization(&a, curve, secret));
    set_hex(answer, "r", a.r, 32);
    set_hex(answer, "s", a.s, 32);
    json_object_set_new(answer, "yParity", json_integer(a.y_parity));
    return MIEN_OK;
}

/* Sign for m/purpose'/coin'/0'/0/index in the form that is asked for. */
static mien_status do_message(const mien_curve *curve, json_t *answer, const json_t *request) {
    static const uint8_t auxiliary[32] = {0};
    mien_bitcoin_network network;
    mien_bitcoin_script_type type = type_of(request);
    mien_hd_private key;
    mien_hd_path path;
    mien_arena arena = mien_arena_of((size_t)1 << 20);
    const char *signature;
    MIEN_TRY(root_of(&key, request));
    MIEN_TRY(mien_bitcoin_network_named(&network, text_of(request, "network")));
    mien_bitcoin_account_path(&path, network, type, 0);
    MIEN_TRY(mien_hd_path_push(&path, 0));
    MIEN_TRY(mien_hd_path_push(&path, number_of(request, "index")));
    MIEN_TRY(mien_hd_private_derive(curve, &key, &key, &path));
    mien_status status =
        mien_message_sign(&signature, &arena, curve, (mien_message_form)number_of(request, "form"),
                          type, key.key, message_of(request), auxiliary);
    if (status == MIEN_OK) set_text(answer, "signature", signature);
    mien_arena_clear(&arena);
    return status;
}

static mien_status do_verify_message(const mien_curve *curve, json_t *answer,
                                     const json_t *request) {
    mien_bitcoin_network network;
    mien_message_times times;
    (void)curve;
    MIEN_TRY(mien_bitcoin_network_named(&network, text_of(request, "network")));
    MIEN_TRY(mien_message_verify(&times, network, text_of(request, "address"),
                                 text_of(request, "signature"), message_of(request), NULL));
    json_object_set_new(answer, "valid", json_true());
    return MIEN_OK;
}

static mien_status do_watch_only(const mien_curve *curve, json_t *answer, const json_t *request) {
    mien_bitcoin_network network;
    mien_bitcoin_account account;
    mien_hd_private root;
    char *text = NULL;
    MIEN_TRY(root_of(&root, request));
    MIEN_TRY(mien_bitcoin_network_named(&network, text_of(request, "network")));
    MIEN_TRY(mien_bitcoin_account_derive(&account, curve, &root, network, type_of(request),
                                         number_of(request, "account")));
    bool electrum = strcmp(text_of(request, "format"), "electrum") == 0;
    MIEN_TRY(electrum ? mien_watch_only_electrum(&text, &account)
                      : mien_watch_only_core(&text, &account, 0));
    set_text(answer, "text", text);
    free(text);
    return MIEN_OK;
}

static mien_status do_combine(const mien_curve *curve, json_t *answer, const json_t *request) {
    const json_t *list = json_object_get(request, "shares"), *item;
    const char *sentences[32];
    uint8_t secret[MIEN_SLIP39_SECRET_MAX];
    size_t length, index;
    (void)curve;
    if (json_array_size(list) > 32) return MIEN_TOO_LARGE;
    json_array_foreach(list, index, item) sentences[index] = json_string_value(item);
    MIEN_TRY(mien_slip39_combine(secret, &length, sentences, json_array_size(list),
                                 text_of(request, "passphrase"), NULL));
    set_hex(answer, "secret", secret, length);
    return MIEN_OK;
}

static mien_status do_split(const mien_curve *curve, json_t *answer, const json_t *request) {
    static char sentences[64][MIEN_SLIP39_SENTENCE_SIZE];
    const json_t *list = json_object_get(request, "groups"), *item;
    mien_slip39_group groups[4];
    mien_random random = mien_random_system();
    const char *hex = text_of(request, "secret");
    uint8_t secret[MIEN_SLIP39_SECRET_MAX];
    size_t length = strlen(hex) / 2, index, total = 0;
    json_t *shares = json_array();
    (void)curve;
    json_object_set_new(answer, "shares", shares);
    if (json_array_size(list) > 4 || length > sizeof secret) return MIEN_TOO_LARGE;
    MIEN_TRY(mien_hex_decode(secret, length, hex, strlen(hex)));
    json_array_foreach(list, index, item) {
        groups[index].threshold = (uint8_t)json_integer_value(json_array_get(item, 0));
        groups[index].count = (uint8_t)json_integer_value(json_array_get(item, 1));
        total += groups[index].count;
    }
    if (total > 64) return MIEN_TOO_LARGE;
    MIEN_TRY(mien_slip39_split(sentences, secret, length, text_of(request, "passphrase"),
                               number_of(request, "exponent"), number_of(request, "threshold"),
                               groups, json_array_size(list), &random));
    for (size_t i = 0; i < total; i++) json_array_append_new(shares, json_string(sentences[i]));
    return MIEN_OK;
}

static const struct {
    const char *name;
    mien_status (*run)(const mien_curve *curve, json_t *answer, const json_t *request);
} verbs[] = {{"mnemonic", do_mnemonic},
             {"derive", do_derive},
             {"address", do_address},
             {"sign-psbt", do_sign_psbt},
             {"descriptor", do_descriptor},
             {"account-descriptor", do_account_descriptor},
             {"eth-address", do_ethereum_address},
             {"eth-sign", do_sign_ethereum},
             {"eth-message", do_ethereum_message},
             {"typed-data", do_typed_data},
             {"eth-authorize", do_authorize},
             {"message", do_message},
             {"verify-message", do_verify_message},
             {"watch-only", do_watch_only},
             {"slip39-combine", do_combine},
             {"slip39-split", do_split}};

json_t *tool_answer(const mien_curve *curve, const json_t *request) {
    json_t *answer = json_object();
    mien_status status = MIEN_NOT_FOUND;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].name, text_of(request, "do")) == 0)
            status = verbs[i].run(curve, answer, request);
    if (status != MIEN_OK) {
        json_object_clear(answer);
        set_text(answer, "error", mien_status_name(status));
    }
    return answer;
}
