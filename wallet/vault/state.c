/* SPDX-License-Identifier: MIT */
#include "wallet/vault/state.h"

#include <stdlib.h>

#include "platform/base/bytes.h"
#include "platform/memory/secret.h"

#define LOCK_WAIT_MILLISECONDS 5000

int64_t mien_wallet_now(const mien_wallet *wallet) {
    return wallet->clock.now(wallet->clock.context);
}

mien_status mien_wallet_take_lock(mien_wallet *wallet, mien_error *error) {
    MIEN_TRY(mien_file_lock_take(&wallet->lock, wallet->lock_path, LOCK_WAIT_MILLISECONDS, error));
    mien_status status = mien_folder_sweep(wallet->state_folder, error);
    if (status == MIEN_OK) status = mien_folder_sweep(wallet->vault_folder, error);
    if (status != MIEN_OK) mien_wallet_drop_lock(wallet);
    return status;
}

void mien_wallet_drop_lock(mien_wallet *wallet) {
    mien_file_lock_release(&wallet->lock);
}

mien_status mien_wallet_session_create(mien_wallet_session **session, mien_error *error) {
    void *memory;
    *session = NULL;
    MIEN_TRY(mien_secret_alloc(&memory, sizeof **session, error));
    *session = memory;
    return MIEN_OK;
}

void mien_wallet_release(mien_wallet_state *state) {
    free(state->bytes);
    mien_secret_free(state->secrets);
    memset(state, 0, sizeof *state);
}

static mien_status damaged(mien_status status, const char *path, mien_error *error) {
    return mien_fail(error, status,
                     "the vault %.150s is not intact (%s); put a backup of it back, or restore the "
                     "wallet from its mnemonic",
                     path, mien_status_text(status));
}

static mien_status load_file(mien_wallet_state *state, const char *path, mien_error *error) {
    mien_status status = mien_file_read(&state->bytes, &state->length, path, MIEN_VAULT_MAX_SIZE,
                                        MIEN_FILE_NO_LINKS | MIEN_FILE_ONLY_MINE, error);
    if (status == MIEN_NOT_FOUND)
        return mien_fail(error, MIEN_NOT_ENROLLED, "there is no wallet in %.200s; init makes one",
                         path);
    if (status == MIEN_TOO_LARGE || status == MIEN_FORMAT) return damaged(status, path, error);
    MIEN_TRY(status);
    status = mien_vault_decode(&state->vault, state->bytes, state->length);
    return status == MIEN_OK ? MIEN_OK : damaged(status, path, error);
}

static mien_status find_secret(mien_wallet_state *state, const char *path, mien_error *error) {
    uint8_t name[MIEN_KEY_SIZE];
    for (uint32_t i = 0; i < state->secrets->count; i++) {
        mien_device_name(name, state->secrets->secret[i]);
        if (memcmp(name, state->vault.core.device_name, sizeof name) != 0) continue;
        state->secret = state->secrets->secret[i];
        return MIEN_OK;
    }
    return mien_fail(error, MIEN_WRONG_DEVICE,
                     "the vault %.150s was made with another device secret than the one here: it "
                     "belongs to another device or an earlier enrolment",
                     path);
}

static mien_status load_secrets(mien_wallet *wallet, mien_wallet_state *state, mien_error *error) {
    void *memory;
    MIEN_TRY(mien_secret_alloc(&memory, sizeof *state->secrets, error));
    state->secrets = memory;
    mien_status status = wallet->device.load(wallet->device.context, state->secrets, error);
    if (status != MIEN_NOT_FOUND) return status;
    return mien_fail(error, MIEN_WRONG_DEVICE,
                     "the device secret is missing, and the vault cannot be opened without it; "
                     "restore the wallet from its mnemonic");
}

mien_status mien_wallet_load_vault(mien_wallet *wallet, mien_wallet_state *state, const char *path,
                                   mien_error *error) {
    memset(state, 0, sizeof *state);
    mien_status status = load_file(state, path, error);
    if (status == MIEN_OK) status = load_secrets(wallet, state, error);
    if (status == MIEN_OK) status = find_secret(state, path, error);
    if (status == MIEN_OK) {
        status = mien_vault_check(&state->vault, state->secret);
        if (status != MIEN_OK) status = damaged(status, path, error);
    }
    if (status == MIEN_OK)
        status = mien_attempts_load(&state->attempts, wallet->attempts_path, state->secrets,
                                    mien_wallet_now(wallet), error);
    if (status != MIEN_OK) mien_wallet_release(state);
    return status;
}

mien_status mien_wallet_load(mien_wallet *wallet, mien_wallet_state *state, mien_error *error) {
    MIEN_TRY(mien_wallet_load_vault(wallet, state, wallet->vault_path, error));
    if (state->vault.revision >= state->attempts.revision) return MIEN_OK;
    mien_wallet_release(state);
    return mien_fail(error, MIEN_ROLLED_BACK,
                     "the vault %.150s is an older copy than the one used last; put the newest one "
                     "back, or restore the wallet from its mnemonic",
                     wallet->vault_path);
}

mien_status mien_wallet_drop_previous(mien_wallet *wallet, mien_wallet_state *state,
                                      mien_error *error) {
    mien_status status = mien_file_erase(wallet->previous_path, error);
    if (status != MIEN_OK && status != MIEN_NOT_FOUND) return status;
    if (state->secrets->count == 1) return MIEN_OK;
    if (state->secret != state->secrets->secret[0])
        memcpy(state->secrets->secret[0], state->secret, MIEN_KEY_SIZE);
    mien_wipe(state->secrets->secret[1], MIEN_KEY_SIZE);
    state->secrets->count = 1;
    state->secret = state->secrets->secret[0];
    return wallet->device.store(wallet->device.context, state->secrets, error);
}

/* ---- attempts ---- */

static mien_status store_attempts(mien_wallet *wallet, mien_wallet_state *state,
                                  mien_error *error) {
    return mien_attempts_store(wallet->attempts_path, &state->attempts, state->secret, error);
}

mien_status mien_wallet_check_attempts(mien_wallet *wallet, mien_wallet_state *state,
                                       mien_error *error) {
    int64_t now = mien_wallet_now(wallet), wait = mien_attempts_wait(&state->attempts, now);
    bool changed = mien_attempts_notice_clock(&state->attempts, now) != 0;
    if (state->attempts.remade) state->attempts.revision = state->vault.revision;
    if (changed || state->attempts.remade) MIEN_TRY(store_attempts(wallet, state, error));
    state->attempts.remade = false;
    if (wait == 0) return MIEN_OK;
    if (wait < 0)
        return mien_fail(
            error, MIEN_LOCKED,
            "%u attempts failed: the wallet stays locked; restore it from its mnemonic",
            state->attempts.failures);
    return mien_fail(error, MIEN_RATE_LIMITED,
                     "%u attempts failed: wait %lld seconds before the next one",
                     state->attempts.failures, (long long)wait);
}

mien_status mien_wallet_count_attempt(mien_wallet *wallet, mien_wallet_state *state,
                                      mien_error *error) {
    mien_attempts_raise(&state->attempts, mien_wallet_now(wallet));
    return store_attempts(wallet, state, error);
}

mien_status mien_wallet_count_success(mien_wallet *wallet, mien_wallet_state *state,
                                      mien_error *error) {
    mien_attempts_succeed(&state->attempts, mien_wallet_now(wallet));
    if (state->attempts.revision < state->vault.revision)
        state->attempts.revision = state->vault.revision;
    return store_attempts(wallet, state, error);
}

mien_status mien_wallet_no_match(mien_wallet *wallet, const mien_wallet_state *state,
                                 mien_error *error) {
    const char *what = !state->vault.core.pin    ? "the face does not match"
                       : state->vault.slots == 0 ? "the PIN is wrong"
                                                 : "the face or the PIN does not match";
    int64_t wait = mien_attempts_wait(&state->attempts, mien_wallet_now(wallet));
    if (wait < 0)
        return mien_fail(error, MIEN_NO_MATCH,
                         "%s; that was the last attempt: only the mnemonic "
                         "opens this wallet now",
                         what);
    if (wait > 0)
        return mien_fail(error, MIEN_NO_MATCH, "%s; the next attempt is possible in %lld seconds",
                         what, (long long)wait);
    uint32_t left = MIEN_WALLET_FREE_FAILURES + 1 - state->attempts.failures;
    return mien_fail(error, MIEN_NO_MATCH, "%s; %u more attempt%s without waiting", what, left,
                     left == 1 ? "" : "s");
}
