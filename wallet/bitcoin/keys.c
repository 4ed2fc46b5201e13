/* SPDX-License-Identifier: MIT */
#include "wallet/bitcoin/keys.h"

#include "platform/base/bytes.h"

void mien_bitcoin_account_path(mien_hd_path *out, mien_bitcoin_network network,
                               mien_bitcoin_script_type type, uint32_t number) {
    memset(out, 0, sizeof *out);
    out->depth = 3;
    out->index[0] = MIEN_HARDENED | mien_bitcoin_purpose(type);
    out->index[1] = MIEN_HARDENED | mien_bitcoin_parameters(network)->coin_type;
    out->index[2] = MIEN_HARDENED | number;
}

static mien_status root_fingerprint(uint8_t out[MIEN_FINGERPRINT_SIZE], const mien_curve *curve,
                                    const mien_hd_private *root) {
    uint8_t key[MIEN_PUBLIC_KEY_SIZE];
    MIEN_TRY(mien_curve_public_key(curve, key, root->key));
    mien_hd_fingerprint(out, key);
    return MIEN_OK;
}

mien_status mien_bitcoin_account_derive(mien_bitcoin_account *out, const mien_curve *curve,
                                        const mien_hd_private *root, mien_bitcoin_network network,
                                        mien_bitcoin_script_type type, uint32_t number) {
    mien_bitcoin_account account = {{0}, network, type, number, {{0}, {0}, {0}, 0, 0}};
    mien_hd_private key;
    mien_hd_path path;
    if (type >= MIEN_SCRIPT_TYPES || network >= MIEN_BITCOIN_NETWORKS || number >= MIEN_HARDENED)
        return MIEN_ARGUMENT;
    mien_bitcoin_account_path(&path, network, type, number);
    mien_status status = mien_hd_private_derive(curve, &key, root, &path);
    if (status == MIEN_OK) status = mien_hd_neuter(curve, &account.key, &key);
    mien_wipe(&key, sizeof key);
    if (status == MIEN_OK) status = root_fingerprint(account.fingerprint, curve, root);
    if (status == MIEN_OK) *out = account;
    return status;
}

mien_status mien_bitcoin_account_key(uint8_t out[MIEN_PUBLIC_KEY_SIZE],
                                     const mien_bitcoin_account *account, uint32_t chain,
                                     uint32_t index) {
    uint32_t steps[2] = {chain, index};
    mien_hd_public key;
    MIEN_TRY(mien_hd_public_derive(&key, &account->key, steps, 2));
    memcpy(out, key.key, MIEN_PUBLIC_KEY_SIZE);
    return MIEN_OK;
}

static mien_status key_of_accounts(void *context, uint8_t out[MIEN_PUBLIC_KEY_SIZE],
                                   const mien_hd_path *path) {
    const mien_bitcoin_account_list *list = context;
    for (size_t i = 0; i < list->count; i++) {
        const mien_bitcoin_account *account = &list->accounts[i];
        mien_hd_path start;
        mien_hd_public key;
        mien_bitcoin_account_path(&start, account->network, account->type, account->number);
        if (path->depth < start.depth ||
            memcmp(path->index, start.index, start.depth * sizeof start.index[0]) != 0)
            continue;
        for (int j = start.depth; j < path->depth; j++)
            if ((path->index[j] & MIEN_HARDENED) != 0) return MIEN_NOT_FOUND;
        MIEN_TRY(mien_hd_public_derive(&key, &account->key, path->index + start.depth,
                                       (size_t)(path->depth - start.depth)));
        memcpy(out, key.key, MIEN_PUBLIC_KEY_SIZE);
        return MIEN_OK;
    }
    return MIEN_NOT_FOUND;
}

mien_bitcoin_keys mien_bitcoin_keys_of_accounts(mien_bitcoin_account_list *list) {
    mien_bitcoin_keys keys = {key_of_accounts, list, {0}};
    if (list->count != 0)
        memcpy(keys.fingerprint, list->accounts[0].fingerprint, sizeof keys.fingerprint);
    return keys;
}

/* Make state->parent the key at the hardened front of the path. */
static mien_status go_to_parent(mien_bitcoin_root_keys *state, const mien_hd_path *path) {
    mien_hd_path front = {0};
    while (front.depth < path->depth && (path->index[front.depth] & MIEN_HARDENED) != 0) {
        front.index[front.depth] = path->index[front.depth];
        front.depth++;
    }
    if (state->filled && mien_hd_path_equal(&front, &state->parent_path)) return MIEN_OK;
    state->filled = false;
    MIEN_TRY(mien_hd_private_derive(state->curve, &state->parent, state->root, &front));
    MIEN_TRY(mien_hd_neuter(state->curve, &state->parent_public, &state->parent));
    state->parent_path = front;
    state->filled = true;
    return MIEN_OK;
}

/* Steps behind the hardened front; a hardened one among them goes the long way. */
static bool all_normal(const mien_hd_path *path, int from) {
    for (int i = from; i < path->depth; i++)
        if ((path->index[i] & MIEN_HARDENED) != 0) return false;
    return true;
}

static mien_status key_of_root(void *context, uint8_t out[MIEN_PUBLIC_KEY_SIZE],
                               const mien_hd_path *path) {
    mien_bitcoin_root_keys *state = context;
    uint8_t secret[MIEN_SECRET_KEY_SIZE];
    mien_hd_public key;
    MIEN_TRY(go_to_parent(state, path));
    int front = state->parent_path.depth;
    if (!all_normal(path, front)) {
        mien_status status = mien_bitcoin_root_secret(secret, state, path);
        if (status == MIEN_OK) status = mien_curve_public_key(state->curve, out, secret);
        mien_wipe(secret, sizeof secret);
        return status;
    }
    MIEN_TRY(mien_hd_public_derive(&key, &state->parent_public, path->index + front,
                                   (size_t)(path->depth - front)));
    memcpy(out, key.key, MIEN_PUBLIC_KEY_SIZE);
    return MIEN_OK;
}

mien_status mien_bitcoin_keys_of_root(mien_bitcoin_keys *out, mien_bitcoin_root_keys *state,
                                      const mien_curve *curve, const mien_hd_private *root) {
    memset(state, 0, sizeof *state);
    state->curve = curve;
    state->root = root;
    out->public_key = key_of_root;
    out->context = state;
    return root_fingerprint(out->fingerprint, curve, root);
}

mien_status mien_bitcoin_root_secret(uint8_t out[MIEN_SECRET_KEY_SIZE],
                                     mien_bitcoin_root_keys *state, const mien_hd_path *path) {
    mien_hd_private key;
    MIEN_TRY(go_to_parent(state, path));
    mien_hd_path rest = {0};
    int front = state->parent_path.depth;
    rest.depth = (uint8_t)(path->depth - front);
    memcpy(rest.index, path->index + front, rest.depth * sizeof rest.index[0]);
    mien_status status = mien_hd_private_derive(state->curve, &key, &state->parent, &rest);
    if (status == MIEN_OK) memcpy(out, key.key, MIEN_SECRET_KEY_SIZE);
    mien_wipe(&key, sizeof key);
    return status;
}
