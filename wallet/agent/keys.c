/* SPDX-License-Identifier: MIT */
#include "wallet/agent/keys.h"

#include <stdlib.h>

#include "platform/base/bytes.h"
#include "platform/memory/secret.h"

static mien_status open_policy(mien_agent_keys *keys, const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                               const mien_policy_store_options *options, mien_error *error) {
    void *key;
    MIEN_TRY(mien_secret_alloc(&key, MIEN_POLICY_KEY_SIZE, error));
    mien_policy_key_of_seed(key, seed);
    mien_status status = mien_policy_store_open(&keys->policy, options, key, error);
    mien_secret_free(key);
    return status;
}

static mien_status derive(mien_agent_keys *keys, const uint8_t seed[MIEN_WALLET_SEED_SIZE]) {
    mien_random random = mien_random_system();
    MIEN_TRY(mien_curve_create(&keys->curve, &random));
    MIEN_TRY(mien_hd_master(keys->root, seed, MIEN_WALLET_SEED_SIZE));
    MIEN_TRY(mien_bitcoin_keys_of_root(&keys->bitcoin, keys->cache, keys->curve, keys->root));
    memcpy(keys->fingerprint, keys->bitcoin.fingerprint, sizeof keys->fingerprint);
    return MIEN_OK;
}

static mien_status fill(mien_agent_keys *keys, const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                        const mien_policy_store_options *policy, mien_error *error) {
    void *memory;
    MIEN_TRY(mien_secret_alloc(&memory, sizeof *keys->root, error));
    keys->root = memory;
    MIEN_TRY(mien_secret_alloc(&memory, sizeof *keys->cache, error));
    keys->cache = memory;
    MIEN_TRY(mien_secret_alloc(&memory, MIEN_AGENT_SCRATCH, error));
    keys->scratch = memory;
    mien_status status = derive(keys, seed);
    if (status != MIEN_OK)
        return mien_fail(error, status, "the root key could not be made: %s",
                         mien_status_text(status));
    return open_policy(keys, seed, policy, error);
}

static mien_status check_locked(mien_error *error) {
    if (mien_secret_usage().unlocked_bytes == 0) return MIEN_OK;
    return mien_fail(error, MIEN_MEMORY,
                     "%zu bytes of keys could not be locked against swapping; raise the limit with "
                     "'ulimit -l' or in /etc/security/limits.conf",
                     mien_secret_usage().unlocked_bytes);
}

mien_status mien_agent_keys_open(mien_agent_keys **keys, const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                                 mien_wallet_session *session, unsigned means,
                                 const mien_policy_store_options *policy, mien_error *error) {
    mien_agent_keys *made = calloc(1, sizeof *made);
    *keys = NULL;
    if (made == NULL) {
        mien_wallet_lock(session);
        return mien_fail(error, MIEN_MEMORY, "no memory for the keys");
    }
    made->session = session;
    made->means = means;
    mien_status status = fill(made, seed, policy, error);
    if (status == MIEN_OK) status = check_locked(error);
    if (status == MIEN_OK)
        *keys = made;
    else
        mien_agent_keys_close(made);
    return status;
}

mien_status mien_agent_keys_keep(mien_agent_keys *keys, const mien_agent_faces *faces,
                                 mien_error *error) {
    void *memory;
    if (keys->faces == NULL) {
        MIEN_TRY(mien_secret_alloc(&memory, sizeof *keys->faces, error));
        keys->faces = memory;
    }
    memcpy(keys->faces, faces, sizeof *faces);
    return check_locked(error);
}

void mien_agent_keys_close(mien_agent_keys *keys) {
    if (keys == NULL) return;
    mien_secret_free(keys->faces);
    mien_policy_store_close(keys->policy);
    mien_wallet_lock(keys->session);
    mien_secret_free(keys->scratch);
    mien_secret_free(keys->cache);
    mien_secret_free(keys->root);
    mien_curve_destroy(keys->curve);
    free(keys);
}
