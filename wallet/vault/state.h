/* SPDX-License-Identifier: MIT */
/* The two folders of a wallet and what is read from them. Internal to wallet/vault. */
#ifndef MIEN_WALLET_VAULT_STATE_H
#define MIEN_WALLET_VAULT_STATE_H

#include "platform/files/file.h"
#include "wallet/vault/attempts.h"
#include "wallet/vault/device.h"
#include "wallet/vault/seal.h"
#include "wallet/vault/vault_file.h"
#include "wallet/wallet.h"

struct mien_wallet {
    char vault_folder[MIEN_PATH_SIZE], state_folder[MIEN_PATH_SIZE];
    char vault_path[MIEN_PATH_SIZE], previous_path[MIEN_PATH_SIZE];
    char record_path[MIEN_VAULT_SLOTS][MIEN_PATH_SIZE];
    char key_path[MIEN_PATH_SIZE], attempts_path[MIEN_PATH_SIZE], lock_path[MIEN_PATH_SIZE];
    mien_device device;
    mien_random random;
    mien_clock clock;
    mien_pin_cost cost;
    mien_file_lock lock;
};

/* Unlocked: the content of the vault and what belongs to it. In guarded memory. */
struct mien_wallet_session {
    mien_vault_content content;
    int8_t embedding[MIEN_SKETCH_SIZE]; /* e */
    mien_vault_core core;
    uint8_t template_commitment[MIEN_DIGEST_SIZE];
};

/* A vault file with the secrets that belong to it. */
typedef struct mien_wallet_state {
    uint8_t *bytes; /* the vault points into it */
    size_t length;
    mien_vault vault;
    mien_device_secrets *secrets; /* guarded */
    const uint8_t *secret;        /* the one that this vault is made with */
    mien_attempts attempts;
} mien_wallet_state;

/* Hold the lock of the state folder while something is read that will be written, or written. */
MIEN_MUST_CHECK mien_status mien_wallet_take_lock(mien_wallet *wallet, mien_error *error);
void mien_wallet_drop_lock(mien_wallet *wallet);

/* Read and check everything; the caller releases. MIEN_NOT_ENROLLED: there is no vault;
 * MIEN_WRONG_DEVICE, MIEN_AUTHENTICATION, MIEN_ROLLED_BACK and the reader's statuses, each with
 * words that say what to do. */
MIEN_MUST_CHECK mien_status mien_wallet_load(mien_wallet *wallet, mien_wallet_state *state,
                                             mien_error *error);
/* Same for one file that need not be the newest: the previous vault. */
MIEN_MUST_CHECK mien_status mien_wallet_load_vault(mien_wallet *wallet, mien_wallet_state *state,
                                                   const char *path, mien_error *error);
void mien_wallet_release(mien_wallet_state *state); /* wipes; zeroed is fine */

/* Forget the enrolment before: previous vault and its device secret, keeping `secret`. */
MIEN_MUST_CHECK mien_status mien_wallet_drop_previous(mien_wallet *wallet, mien_wallet_state *state,
                                                      mien_error *error);
int64_t mien_wallet_now(const mien_wallet *wallet);
MIEN_MUST_CHECK mien_status mien_wallet_session_create(mien_wallet_session **session,
                                                       mien_error *error);
/* Allowed now? MIEN_LOCKED or MIEN_RATE_LIMITED with words otherwise. Notices clocks that went
 * back. */
MIEN_MUST_CHECK mien_status mien_wallet_check_attempts(mien_wallet *wallet,
                                                       mien_wallet_state *state, mien_error *error);
/* Count an attempt before it is made, durably. */
MIEN_MUST_CHECK mien_status mien_wallet_count_attempt(mien_wallet *wallet, mien_wallet_state *state,
                                                      mien_error *error);
/* Back to zero after a success; also raises the mark against rollback. */
MIEN_MUST_CHECK mien_status mien_wallet_count_success(mien_wallet *wallet, mien_wallet_state *state,
                                                      mien_error *error);
/* Words for a failed attempt. */
mien_status mien_wallet_no_match(mien_wallet *wallet, const mien_wallet_state *state,
                                 mien_error *error);

#endif
