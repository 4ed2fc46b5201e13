/* SPDX-License-Identifier: MIT */
#include "wallet/bitcoin/watch_only.h"

#include "platform/json/json.h"
#include "wallet/bitcoin/descriptor.h"
#include "wallet/encoding/hex.h"

#define CORE_RANGE 1000
#define ELECTRUM_SEED_VERSION                                                                      \
    17 /* the oldest form with one keystore; Electrum brings it up to date */

mien_hd_version mien_slip132_version(mien_bitcoin_network network, mien_bitcoin_script_type type) {
    bool mainnet = network == MIEN_BITCOIN_MAINNET;
    switch (type) {
    case MIEN_SCRIPT_P2SH_P2WPKH:
        return mainnet ? MIEN_HD_YPUB : MIEN_HD_UPUB;
    case MIEN_SCRIPT_P2WPKH:
        return mainnet ? MIEN_HD_ZPUB : MIEN_HD_VPUB;
    default:
        return mainnet ? MIEN_HD_XPUB : MIEN_HD_TPUB;
    }
}

/* Print and release. */
static mien_status finish(char **text, json_t *value, mien_status status) {
    if (status == MIEN_OK) status = mien_json_print(text, value, true);
    json_decref(value);
    return status;
}

static mien_status core_entry(json_t *list, const mien_bitcoin_account *account, int chain,
                              uint64_t birth) {
    char descriptor[MIEN_DESCRIPTOR_TEXT];
    MIEN_TRY(mien_descriptor_of_account(descriptor, account, chain));
    json_t *entry = json_pack("{s:s, s:b, s:b, s:[i,i], s:i}", "desc", descriptor, "active", 1,
                              "internal", chain == 1, "range", 0, CORE_RANGE - 1, "next_index", 0);
    json_t *time = birth != 0 ? json_integer((json_int_t)birth) : json_string("now");
    mien_status status = entry == NULL ? MIEN_MEMORY : mien_json_set(entry, "timestamp", time);
    if (status == MIEN_OK && json_array_append(list, entry) != 0) status = MIEN_MEMORY;
    json_decref(entry);
    return status;
}

mien_status mien_watch_only_core(char **text, const mien_bitcoin_account *account, uint64_t birth) {
    json_t *list = json_array();
    if (list == NULL) return MIEN_MEMORY;
    mien_status status = core_entry(list, account, 0, birth);
    if (status == MIEN_OK) status = core_entry(list, account, 1, birth);
    return finish(text, list, status);
}

/* What all formats say about an account. */
typedef struct account_texts {
    char fingerprint[9], path[MIEN_HD_PATH_TEXT], xpub[MIEN_HD_TEXT], slip132[MIEN_HD_TEXT];
} account_texts;

static mien_status describe(account_texts *out, const mien_bitcoin_account *account) {
    mien_hd_path path;
    mien_bitcoin_account_path(&path, account->network, account->type, account->number);
    mien_hd_path_text(out->path, &path);
    mien_hex_encode(out->fingerprint, account->fingerprint, MIEN_FINGERPRINT_SIZE);
    MIEN_TRY(mien_hd_public_text(out->xpub, &account->key,
                                 mien_bitcoin_parameters(account->network)->public));
    return mien_hd_public_text(out->slip132, &account->key,
                               mien_slip132_version(account->network, account->type));
}

mien_status mien_watch_only_electrum(char **text, const mien_bitcoin_account *account) {
    account_texts t;
    if (account->type > MIEN_SCRIPT_P2WPKH) return MIEN_UNSUPPORTED;
    MIEN_TRY(describe(&t, account));
    json_t *value = json_pack(
        "{s:{s:s, s:s, s:s, s:s, s:i}, s:i, s:b, s:s}", "keystore", "type", "bip32", "xpub",
        t.slip132, "derivation", t.path, "root_fingerprint", t.fingerprint, "pw_hash_version", 1,
        "seed_version", ELECTRUM_SEED_VERSION, "use_encryption", 0, "wallet_type", "standard");
    return value != NULL ? finish(text, value, MIEN_OK) : MIEN_MEMORY;
}

static mien_status generic_entry(json_t *object, const mien_bitcoin_account *account) {
    char name[8], address[MIEN_ADDRESS_TEXT], descriptor[MIEN_DESCRIPTOR_TEXT];
    uint8_t key[MIEN_PUBLIC_KEY_SIZE];
    account_texts t;
    MIEN_TRY(describe(&t, account));
    MIEN_TRY(mien_bitcoin_account_key(key, account, 0, 0));
    MIEN_TRY(mien_bitcoin_address(address, account->network, account->type, key));
    MIEN_TRY(mien_descriptor_of_account(descriptor, account, -1));
    snprintf(name, sizeof name, "bip%u", (unsigned)mien_bitcoin_purpose(account->type) % 1000);
    json_t *entry = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name",
                              mien_bitcoin_script_name(account->type), "deriv", t.path, "xpub",
                              t.xpub, "_pub", t.slip132, "desc", descriptor, "first", address);
    return mien_json_set(object, name, entry);
}

mien_status mien_watch_only_generic(char **text, const mien_bitcoin_account *accounts,
                                    size_t count) {
    account_texts t;
    if (count == 0) return MIEN_ARGUMENT;
    MIEN_TRY(describe(&t, &accounts[0]));
    const char *chain = accounts[0].network == MIEN_BITCOIN_MAINNET   ? "BTC"
                        : accounts[0].network == MIEN_BITCOIN_REGTEST ? "XRT"
                                                                      : "XTN";
    json_t *object = json_pack("{s:s, s:s, s:i}", "chain", chain, "xfp", t.fingerprint, "account",
                               (int)accounts[0].number);
    mien_status status = object != NULL ? MIEN_OK : MIEN_MEMORY;
    for (size_t i = 0; status == MIEN_OK && i < count; i++) {
        if (accounts[i].network != accounts[0].network ||
            accounts[i].number != accounts[0].number ||
            memcmp(accounts[i].fingerprint, accounts[0].fingerprint, MIEN_FINGERPRINT_SIZE) != 0)
            status = MIEN_ARGUMENT;
        else
            status = generic_entry(object, &accounts[i]);
    }
    return finish(text, object, status);
}
