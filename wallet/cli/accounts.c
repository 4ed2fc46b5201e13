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

static const char *const field_names[] = {"fingerprint", "mainnet", "testnet",
                                          "ethereum",    "more",    NULL};

static mien_bitcoin_network network_of(size_t i) {
    return i < MIEN_SCRIPT_TYPES ? MIEN_BITCOIN_MAINNET : MIEN_BITCOIN_TESTNET;
}

static mien_bitcoin_script_type type_of(size_t i) {
    return (mien_bitcoin_script_type)(i % MIEN_SCRIPT_TYPES);
}

/* BIP-48: m/48'/coin'/0'/2', and 1' inside P2SH. */
static mien_hd_path multisig_path(size_t i) {
    mien_hd_path path = {.depth = 4};
    path.index[0] = MIEN_HARDENED | 48;
    path.index[1] = MIEN_HARDENED | (i < 2 ? 0u : 1u);
    path.index[2] = MIEN_HARDENED;
    path.index[3] = MIEN_HARDENED | (i % 2 == 0 ? 2u : 1u);
    return path;
}

static mien_status derive_key(mien_hd_public *out, const mien_cli_root *root,
                              const mien_hd_path *path) {
    void *memory;
    MIEN_TRY(mien_secret_alloc(&memory, sizeof(mien_hd_private), NULL));
    mien_status status = mien_hd_private_derive(root->curve, memory, root->key, path);
    if (status == MIEN_OK) status = mien_hd_neuter(root->curve, out, memory);
    mien_secret_free(memory);
    return status;
}

static mien_status derive_all(mien_accounts *accounts, const mien_cli_root *root) {
    *accounts = (mien_accounts){.more_count = MIEN_ACCOUNTS_MULTISIG};
    for (size_t i = 0; i < MIEN_ACCOUNTS_BITCOIN; i++)
        MIEN_TRY(mien_bitcoin_account_derive(&accounts->bitcoin[i], root->curve, root->key,
                                             network_of(i), type_of(i), 0));
    for (size_t i = 0; i < MIEN_ACCOUNTS_MULTISIG; i++) {
        accounts->more[i].path = multisig_path(i);
        MIEN_TRY(derive_key(&accounts->more[i].key, root, &accounts->more[i].path));
    }
    memcpy(accounts->fingerprint, accounts->bitcoin[0].fingerprint, MIEN_FINGERPRINT_SIZE);
    return mien_ethereum_account(&accounts->ethereum, root->curve, root->key);
}

mien_status mien_accounts_of_seed(mien_accounts *accounts,
                                  const uint8_t seed[MIEN_WALLET_SEED_SIZE], mien_error *error) {
    mien_cli_root root;
    MIEN_TRY(mien_cli_root_open(&root, seed, error));
    mien_status status = derive_all(accounts, &root);
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
    MIEN_TRY(set_xpub(object, "ethereum", &accounts->ethereum, MIEN_HD_XPUB));
    json_t *list = json_array();
    MIEN_TRY(mien_json_set(object, "more", list));
    for (size_t i = 0; i < accounts->more_count; i++) {
        char path[MIEN_HD_PATH_TEXT];
        json_t *entry = json_object();
        mien_hd_path_text(path, &accounts->more[i].path);
        if (entry == NULL || json_array_append_new(list, entry) != 0) return MIEN_MEMORY;
        MIEN_TRY(mien_json_set(entry, "path", json_string(path)));
        MIEN_TRY(set_xpub(entry, "xpub", &accounts->more[i].key, MIEN_HD_XPUB));
    }
    return MIEN_OK;
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

static mien_status more_from_json(mien_accounts *accounts, const json_t *object,
                                  mien_error *error) {
    static const char *const names[] = {"path", "xpub", NULL};
    json_t *list;
    const char *text;
    MIEN_TRY(mien_json_get_array(&list, object, "more", error));
    accounts->more_count = json_array_size(list);
    if (accounts->more_count > MIEN_ACCOUNTS_MORE)
        return mien_fail(error, MIEN_FORMAT, "more than %d further accounts", MIEN_ACCOUNTS_MORE);
    for (size_t i = 0; i < accounts->more_count; i++) {
        const json_t *entry = json_array_get(list, i);
        mien_accounts_key *key = &accounts->more[i];
        MIEN_TRY(mien_json_only_keys(entry, names, error));
        MIEN_TRY(mien_json_get_string(&text, entry, "path", error));
        if (mien_hd_path_parse(&key->path, text, strlen(text)) != MIEN_OK)
            return mien_fail(error, MIEN_FORMAT, "a path of a further account is none");
        MIEN_TRY(get_xpub(&key->key, entry, "xpub", MIEN_HD_XPUB, error));
    }
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
    MIEN_TRY(get_xpub(&accounts->ethereum, object, "ethereum", MIEN_HD_XPUB, error));
    return more_from_json(accounts, object, error);
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

static bool fixed_equal(const mien_accounts *a, const mien_accounts *b) {
    bool equal = memcmp(a->fingerprint, b->fingerprint, MIEN_FINGERPRINT_SIZE) == 0 &&
                 key_equal(&a->ethereum, &b->ethereum);
    for (size_t i = 0; i < MIEN_ACCOUNTS_BITCOIN; i++)
        equal &= key_equal(&a->bitcoin[i].key, &b->bitcoin[i].key);
    return equal;
}

static mien_status check_with(const mien_accounts *shown, const mien_cli_root *root) {
    mien_accounts own;
    mien_hd_public key;
    MIEN_TRY(derive_all(&own, root));
    if (!fixed_equal(shown, &own) || shown->more_count < MIEN_ACCOUNTS_MULTISIG)
        return MIEN_AUTHENTICATION;
    for (size_t i = 0; i < shown->more_count; i++) {
        if (i < MIEN_ACCOUNTS_MULTISIG &&
            !mien_hd_path_equal(&shown->more[i].path, &own.more[i].path))
            return MIEN_AUTHENTICATION;
        MIEN_TRY(derive_key(&key, root, &shown->more[i].path));
        if (!key_equal(&key, &shown->more[i].key)) return MIEN_AUTHENTICATION;
    }
    return MIEN_OK;
}

mien_status mien_accounts_check(const mien_accounts *shown,
                                const uint8_t seed[MIEN_WALLET_SEED_SIZE], mien_error *error) {
    mien_cli_root root;
    MIEN_TRY(mien_cli_root_open(&root, seed, error));
    mien_status status = check_with(shown, &root);
    mien_cli_root_close(&root);
    if (status == MIEN_OK) return MIEN_OK;
    return mien_fail(error, status,
                     "the file of public keys holds other keys than this wallet's: what was shown "
                     "as yours may be somebody else's. Nothing was signed; mien unlock mends it");
}

/* ---- further accounts ---- */

static const mien_accounts_key *find_more(const mien_accounts *accounts, const mien_hd_path *path) {
    for (size_t i = 0; i < accounts->more_count; i++)
        if (mien_hd_path_equal(&accounts->more[i].path, path)) return &accounts->more[i];
    return NULL;
}

/* Those that were asked for before go along, as far as they are this wallet's. */
static void keep_more(mien_accounts *accounts, const mien_cli_root *root) {
    mien_accounts stored;
    mien_hd_public key;
    if (mien_accounts_read(&stored, NULL) != MIEN_OK) return;
    for (size_t i = MIEN_ACCOUNTS_MULTISIG; i < stored.more_count; i++)
        if (find_more(accounts, &stored.more[i].path) == NULL &&
            derive_key(&key, root, &stored.more[i].path) == MIEN_OK &&
            key_equal(&key, &stored.more[i].key))
            accounts->more[accounts->more_count++] = stored.more[i];
}

/* All four types of one number, so that the face is needed once. */
static mien_status add_number(mien_accounts *accounts, const mien_cli_root *root,
                              mien_bitcoin_network network, uint32_t number) {
    for (int type = 0; type < MIEN_SCRIPT_TYPES; type++) {
        mien_hd_path path;
        mien_bitcoin_account_path(&path, network, (mien_bitcoin_script_type)type, number);
        if (find_more(accounts, &path) != NULL) continue;
        if (accounts->more_count == MIEN_ACCOUNTS_MORE) return MIEN_TOO_LARGE;
        mien_accounts_key *key = &accounts->more[accounts->more_count++];
        key->path = path;
        MIEN_TRY(derive_key(&key->key, root, &path));
    }
    return MIEN_OK;
}

static mien_status derive_number(mien_accounts *accounts, mien_bitcoin_network network,
                                 uint32_t number, const uint8_t *seed, mien_error *error) {
    mien_cli_root root;
    MIEN_TRY(mien_cli_root_open(&root, seed, error));
    mien_status status = derive_all(accounts, &root);
    if (status == MIEN_OK) keep_more(accounts, &root);
    if (status == MIEN_OK) status = add_number(accounts, &root, network, number);
    mien_cli_root_close(&root);
    if (status == MIEN_TOO_LARGE)
        return mien_fail(error, status,
                         "the file of public keys holds no more accounts; remove "
                         "it, and mien unlock writes it anew");
    return status == MIEN_OK ? mien_accounts_write(accounts, error) : status;
}

static mien_status find_number(mien_cli *cli, mien_accounts *accounts, mien_bitcoin_network network,
                               uint32_t number, mien_error *error) {
    mien_cli_unlocked unlocked;
    if (mien_cli_value(cli, "source") == NULL) return mien_accounts_find(cli, accounts, error);
    MIEN_TRY(mien_json_set(cli->result, "verified", json_true()));
    MIEN_TRY(mien_cli_unlock(cli, &unlocked, error));
    mien_status status =
        derive_number(accounts, network, number, mien_wallet_session_seed(unlocked.session), error);
    mien_cli_unlocked_end(&unlocked);
    return status;
}

mien_status mien_accounts_number(const mien_accounts *accounts, mien_bitcoin_account *account,
                                 mien_bitcoin_network network, mien_bitcoin_script_type type,
                                 uint32_t number, mien_error *error) {
    mien_hd_path path;
    if (number == 0) {
        *account = mien_accounts_bitcoin(accounts, network, type);
        return MIEN_OK;
    }
    mien_bitcoin_account_path(&path, network, type, number);
    const mien_accounts_key *key = find_more(accounts, &path);
    if (key == NULL)
        return mien_fail(error, MIEN_LOCKED,
                         "this account was never derived here: --source derives it behind your "
                         "face, once");
    *account =
        (mien_bitcoin_account){.network = network, .type = type, .number = number, .key = key->key};
    memcpy(account->fingerprint, accounts->fingerprint, MIEN_FINGERPRINT_SIZE);
    return MIEN_OK;
}

mien_status mien_accounts_find_number(mien_cli *cli, mien_accounts *accounts,
                                      mien_bitcoin_network network, uint32_t number,
                                      mien_error *error) {
    return number == 0 ? mien_accounts_find(cli, accounts, error)
                       : find_number(cli, accounts, network, number, error);
}

mien_bitcoin_account mien_accounts_bitcoin(const mien_accounts *accounts,
                                           mien_bitcoin_network network,
                                           mien_bitcoin_script_type type) {
    size_t base = network == MIEN_BITCOIN_MAINNET ? 0 : MIEN_SCRIPT_TYPES;
    mien_bitcoin_account account = accounts->bitcoin[base + (size_t)type];
    account.network = network;
    return account;
}

/* The key at `path`, when it lies below `start` by normal steps. */
static mien_status key_below(uint8_t out[MIEN_PUBLIC_KEY_SIZE], const mien_hd_path *start,
                             const mien_hd_public *key, const mien_hd_path *path) {
    mien_hd_public child;
    if (path->depth <= start->depth ||
        memcmp(path->index, start->index, start->depth * sizeof start->index[0]) != 0)
        return MIEN_NOT_FOUND;
    for (int i = start->depth; i < path->depth; i++)
        if ((path->index[i] & MIEN_HARDENED) != 0) return MIEN_NOT_FOUND;
    MIEN_TRY(mien_hd_public_derive(&child, key, path->index + start->depth,
                                   (size_t)(path->depth - start->depth)));
    memcpy(out, child.key, MIEN_PUBLIC_KEY_SIZE);
    return MIEN_OK;
}

static mien_status key_of_accounts(void *context, uint8_t out[MIEN_PUBLIC_KEY_SIZE],
                                   const mien_hd_path *path) {
    const mien_accounts *accounts = context;
    mien_status status = MIEN_NOT_FOUND;
    for (size_t i = 0; i < MIEN_ACCOUNTS_BITCOIN && status == MIEN_NOT_FOUND; i++) {
        mien_hd_path start;
        mien_bitcoin_account_path(&start, network_of(i), type_of(i), 0);
        status = key_below(out, &start, &accounts->bitcoin[i].key, path);
    }
    for (size_t i = 0; i < accounts->more_count && status == MIEN_NOT_FOUND; i++)
        status = key_below(out, &accounts->more[i].path, &accounts->more[i].key, path);
    return status;
}

mien_bitcoin_keys mien_accounts_keys(const mien_accounts *accounts) {
    mien_bitcoin_keys keys = {.public_key = key_of_accounts, .context = (void *)accounts};
    memcpy(keys.fingerprint, accounts->fingerprint, sizeof keys.fingerprint);
    return keys;
}
