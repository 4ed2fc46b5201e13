/* SPDX-License-Identifier: MIT */
/* Which public keys are ours. Before the face was seen the wallet knows its accounts' public keys
 * only; once unlocked it has the root. Both answer the same question, so a transaction is reviewed
 * by the same code at both times. */
#ifndef MIEN_WALLET_BITCOIN_KEYS_H
#define MIEN_WALLET_BITCOIN_KEYS_H

#include "wallet/bip32/bip32.h"
#include "wallet/bitcoin/network.h"

typedef struct mien_bitcoin_keys {
    /* Public key at a path from the root; MIEN_NOT_FOUND when this source does not reach it. */
    mien_status (*public_key)(void *context, uint8_t out[MIEN_PUBLIC_KEY_SIZE],
                              const mien_hd_path *path);
    void *context;
    uint8_t fingerprint[MIEN_FINGERPRINT_SIZE]; /* of the root */
} mien_bitcoin_keys;

/* One account m/purpose'/coin'/account'. Public, though it links all of its addresses. */
typedef struct mien_bitcoin_account {
    uint8_t fingerprint[MIEN_FINGERPRINT_SIZE]; /* of the root */
    mien_bitcoin_network network;
    mien_bitcoin_script_type type; /* one of the first four */
    uint32_t number;               /* below 2^31 */
    mien_hd_public key;
} mien_bitcoin_account;

MIEN_MUST_CHECK mien_status mien_bitcoin_account_derive(
    mien_bitcoin_account *out, const mien_curve *curve, const mien_hd_private *root,
    mien_bitcoin_network network, mien_bitcoin_script_type type, uint32_t number);
/* m/purpose'/coin'/number' */
void mien_bitcoin_account_path(mien_hd_path *out, mien_bitcoin_network network,
                               mien_bitcoin_script_type type, uint32_t number);
/* Public key of address chain/index (chain 0 receives, 1 is change), both below 2^31. */
MIEN_MUST_CHECK mien_status mien_bitcoin_account_key(uint8_t out[MIEN_PUBLIC_KEY_SIZE],
                                                     const mien_bitcoin_account *account,
                                                     uint32_t chain, uint32_t index);

/* A source over accounts; the array must outlive it. */
typedef struct mien_bitcoin_account_list {
    const mien_bitcoin_account *accounts;
    size_t count;
} mien_bitcoin_account_list;
mien_bitcoin_keys mien_bitcoin_keys_of_accounts(mien_bitcoin_account_list *list);

/* A source over the root, secret. Remembers the last account it derived, so that thousands of keys
 * of one account cost two public steps each. Both pointers must outlive it; mien_wipe it after use.
 */
typedef struct mien_bitcoin_root_keys {
    const mien_curve *curve;
    const mien_hd_private *root;
    mien_hd_path parent_path;
    mien_hd_private parent;
    mien_hd_public parent_public;
    bool filled;
} mien_bitcoin_root_keys;
MIEN_MUST_CHECK mien_status mien_bitcoin_keys_of_root(mien_bitcoin_keys *out,
                                                      mien_bitcoin_root_keys *state,
                                                      const mien_curve *curve,
                                                      const mien_hd_private *root);
/* The secret key at a path. The caller wipes it. */
MIEN_MUST_CHECK mien_status mien_bitcoin_root_secret(uint8_t out[MIEN_SECRET_KEY_SIZE],
                                                     mien_bitcoin_root_keys *state,
                                                     const mien_hd_path *path);

#endif
