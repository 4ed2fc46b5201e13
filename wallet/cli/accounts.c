/* SPDX-License-Identifier: MIT */
#include "wallet/cli/accounts.h"

#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/files/file.h"
#include "platform/json/json.h"
#include "platform/memory/secret.h"
#include "wallet/cli/common.h"
#include "wallet/cli/root.h"
#include "wallet/ethereum/address.h"

static const char *const field_names[] = {"fingerprint", "mainnet", "testnet", "ethereum", NULL};

static mien_bitcoin_network network_of(size_t i) {
    return i < MIEN_SCRIPT_TYPES ? MIEN_BITCOIN_MAINNET : MIEN_BITCOIN_TESTNET;
}

static mien_bitcoin_script_type type_of(size_t i) {
    return (mien_bitcoin_script_type)(i % MIEN_SCRIPT_TYPES);
}

static mien_status derive_all(mien_accounts *accounts, const mien_curve *curve,
                              const mien_hd_private *root) {
    for (size_t i = 0; i < MIEN_ACCOUNTS_BITCOIN; i++)
        MIEN_TRY(mien_bitcoin_account_derive(&accounts->bitcoin[i], curve, root, network_of(i),
                                             type_of(i), 0));
    memcpy(accounts->fingerprint, accounts->bitcoin[0].fingerprint, MIEN_FINGERPRINT_SIZE);
    return mien_ethereum_account(&accounts->ethereum, curve, root);
}

mien_status mien_accounts_of_seed(mien_accounts *accounts,
                                  const uint8_t seed[MIEN_WALLET_SEED_SIZE], mien_error *error) {
    mien_cli_root root;
    MIEN_TRY(mien_cli_root_open(&root, seed, error));
    mien_status status = derive_all(accounts, root.curve, root.key);
    mien_cli_root_close(&root);
    if (status != MIEN_OK) return mien_fail(error, status, "the accounts could not be derived");
    return MIEN_OK;
}

static mien_status accounts_path(char path[MIEN_PATH_SIZE], mien_error *error) {
    char folder[MIEN_PATH_SIZE];
    MIEN_TRY(mien_folder_of(folder, MIEN_FOLDER_CONFIG, error));
    MIEN_TRY(mien_folder_create(folder, error));
    if (mien_path_join(path, folder, "accounts.json") != MIEN_OK)
        return mien_fail(error, MIEN_TOO_LARGE, "the path of the accounts file is too long");
    return MIEN_OK;
}

static mien_status set_xpub(json_t *object, const char *key, const mien_hd_public *public,
                            mien_hd_version version) {
    char text[MIEN_HD_TEXT];
    MIEN_TRY(mien_hd_public_text(text, public, version));
    return mien_json_set(object, key, json_string(text));
}

static mien_status to_json(json_t *object, const mien_accounts *accounts) {
    MIEN_TRY(
        mien_json_set_hex(object, "fingerprint", accounts->fingerprint, MIEN_FINGERPRINT_SIZE));
    for (size_t i = 0; i < MIEN_ACCOUNTS_BITCOIN; i++) {
        const mien_bitcoin_network_parameters *network = mien_bitcoin_parameters(network_of(i));
        if (type_of(i) == 0) MIEN_TRY(mien_json_set(object, network->name, json_object()));
        MIEN_TRY(set_xpub(json_object_get(object, network->name),
                          mien_bitcoin_script_name(type_of(i)), &accounts->bitcoin[i].key,
                          network->public));
    }
    return set_xpub(object, "ethereum", &accounts->ethereum, MIEN_HD_XPUB);
}

mien_status mien_accounts_write(const mien_accounts *accounts, mien_error *error) {
    char path[MIEN_PATH_SIZE];
    char *text = NULL;
    MIEN_TRY(accounts_path(path, error));
    json_t *object = json_object();
    mien_status status = object != NULL ? to_json(object, accounts) : MIEN_MEMORY;
    if (status == MIEN_OK) status = mien_json_print(&text, object, true);
    json_decref(object);
    if (status != MIEN_OK) return mien_fail(error, status, "no memory for the accounts file");
    status = mien_file_write(path, text, strlen(text), 0, error);
    free(text);
    return status;
}

static mien_status get_xpub(mien_hd_public *key, const json_t *object, const char *name,
                            mien_hd_version expected, mien_error *error) {
    const char *text;
    mien_hd_version version;
    MIEN_TRY(mien_json_get_string(&text, object, name, error));
    if (mien_hd_public_parse(key, &version, text, strlen(text)) != MIEN_OK || version != expected)
        return mien_fail(error, MIEN_FORMAT, "'%s' is not the extended key it should be", name);
    return MIEN_OK;
}

static mien_status from_json(mien_accounts *accounts, const json_t *object, mien_error *error) {
    MIEN_TRY(mien_json_only_keys(object, field_names, error));
    MIEN_TRY(mien_json_get_hex(accounts->fingerprint, MIEN_FINGERPRINT_SIZE, object, "fingerprint",
                               error));
    for (size_t i = 0; i < MIEN_ACCOUNTS_BITCOIN; i++) {
        const mien_bitcoin_network_parameters *network = mien_bitcoin_parameters(network_of(i));
        mien_bitcoin_account *account = &accounts->bitcoin[i];
        json_t *keys;
        MIEN_TRY(mien_json_get_object(&keys, object, network->name, error));
        MIEN_TRY(get_xpub(&account->key, keys, mien_bitcoin_script_name(type_of(i)),
                          network->public, error));
        memcpy(account->fingerprint, accounts->fingerprint, MIEN_FINGERPRINT_SIZE);
        account->network = network_of(i);
        account->type = type_of(i);
        account->number = 0;
    }
    return get_xpub(&accounts->ethereum, object, "ethereum", MIEN_HD_XPUB, error);
}

mien_status mien_accounts_read(mien_accounts *accounts, mien_error *error) {
    char path[MIEN_PATH_SIZE];
    json_t *object;
    MIEN_TRY(accounts_path(path, error));
    *accounts = (mien_accounts){0};
    if (!mien_file_exists(path))
        return mien_fail(error, MIEN_NOT_ENROLLED,
                         "there is no file of this wallet's public keys: mien init makes a wallet, "
                         "mien unlock writes the file again");
    MIEN_TRY(mien_json_read(&object, path, error));
    mien_status status = from_json(accounts, object, error);
    json_decref(object);
    if (status != MIEN_OK) *accounts = (mien_accounts){0};
    return status;
}

mien_status mien_accounts_find(mien_cli *cli, mien_accounts *accounts, mien_error *error) {
    bool verified = mien_cli_value(cli, "source") != NULL;
    MIEN_TRY(mien_json_set(cli->result, "verified", json_boolean(verified)));
    if (!verified) {
        mien_cli_say(cli, "(from the file of public keys; --source derives them behind your face)");
        return mien_accounts_read(accounts, error);
    }
    mien_cli_unlocked unlocked;
    MIEN_TRY(mien_cli_unlock(cli, &unlocked, error));
    mien_status status =
        mien_accounts_of_seed(accounts, mien_wallet_session_seed(unlocked.session), error);
    mien_cli_unlocked_end(&unlocked);
    return status;
}

mien_status mien_accounts_remove(mien_error *error) {
    char path[MIEN_PATH_SIZE];
    MIEN_TRY(accounts_path(path, error));
    return mien_file_exists(path) ? mien_file_remove(path, error) : MIEN_OK;
}

static bool key_equal(const mien_hd_public *a, const mien_hd_public *b) {
    return memcmp(a->key, b->key, sizeof a->key) == 0 &&
           memcmp(a->chain_code, b->chain_code, sizeof a->chain_code) == 0;
}

bool mien_accounts_equal(const mien_accounts *a, const mien_accounts *b) {
    bool equal = memcmp(a->fingerprint, b->fingerprint, MIEN_FINGERPRINT_SIZE) == 0 &&
                 key_equal(&a->ethereum, &b->ethereum);
    for (size_t i = 0; i < MIEN_ACCOUNTS_BITCOIN; i++)
        equal &= key_equal(&a->bitcoin[i].key, &b->bitcoin[i].key);
    return equal;
}

mien_bitcoin_account mien_accounts_bitcoin(const mien_accounts *accounts,
                                           mien_bitcoin_network network,
                                           mien_bitcoin_script_type type) {
    size_t base = network == MIEN_BITCOIN_MAINNET ? 0 : MIEN_SCRIPT_TYPES;
    mien_bitcoin_account account = accounts->bitcoin[base + (size_t)type];
    account.network = network;
    return account;
}

mien_bitcoin_keys mien_accounts_keys(mien_accounts *accounts, mien_bitcoin_account_list *list,
                                     mien_bitcoin_network network) {
    size_t base = network == MIEN_BITCOIN_MAINNET ? 0 : MIEN_SCRIPT_TYPES;
    for (size_t i = 0; i < MIEN_SCRIPT_TYPES; i++) accounts->bitcoin[base + i].network = network;
    list->accounts = accounts->bitcoin + base;
    list->count = MIEN_SCRIPT_TYPES;
    return mien_bitcoin_keys_of_accounts(list);
}
