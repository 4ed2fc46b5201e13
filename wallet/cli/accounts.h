/* SPDX-License-Identifier: MIT */
/* The wallet's public keys in a file of their own, so that addresses can be shown and transactions
 * reviewed before the face was seen. The file is a convenience and not trusted: who can write it
 * can show wrong addresses, so `mien address --source` derives them anew behind the face, and
 * signing always does. It tells no secret, but links all addresses of the wallet: mode 0600. */
#ifndef MIEN_WALLET_CLI_ACCOUNTS_H
#define MIEN_WALLET_CLI_ACCOUNTS_H

#include "wallet/bitcoin/keys.h"
#include "wallet/wallet.h"

/* One account for each script type on mainnet and on the test networks (one coin type for all of
 * those), and Ethereum's. */
#define MIEN_ACCOUNTS_BITCOIN (2 * MIEN_SCRIPT_TYPES)

/* Besides those: BIP-48's keys for multisig, nested or not, on both kinds of networks, and accounts
 * with other numbers that were asked for once (--account N --source ...). */
#define MIEN_ACCOUNTS_MULTISIG 4
#define MIEN_ACCOUNTS_MORE 32

typedef struct mien_accounts_key {
    mien_hd_path path;
    mien_hd_public key;
} mien_accounts_key;

typedef struct mien_accounts {
    uint8_t fingerprint[MIEN_FINGERPRINT_SIZE];
    mien_bitcoin_account bitcoin[MIEN_ACCOUNTS_BITCOIN];
    mien_hd_public ethereum;
    mien_accounts_key more[MIEN_ACCOUNTS_MORE]; /* multisig first */
    size_t more_count;
} mien_accounts;

/* From a BIP-39 seed. Secrets in between live in guarded memory and are wiped. */
MIEN_MUST_CHECK mien_status mien_accounts_of_seed(mien_accounts *accounts,
                                                  const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                                                  mien_error *error);
MIEN_MUST_CHECK mien_status mien_accounts_write(const mien_accounts *accounts, mien_error *error);
/* MIEN_NOT_ENROLLED says how to get the file back. */
MIEN_MUST_CHECK mien_status mien_accounts_read(mien_accounts *accounts, mien_error *error);
/* For a verb: behind the face when --source was given, which is certain; else from the file, which
 * is as good as the file and said so on stderr. Sets "verified" in the result. */
struct mien_cli;
MIEN_MUST_CHECK mien_status mien_accounts_find(struct mien_cli *cli, mien_accounts *accounts,
                                               mien_error *error);
MIEN_MUST_CHECK mien_status mien_accounts_remove(mien_error *error);
/* MIEN_OK when every key in `shown` is the one that the seed gives; MIEN_AUTHENTICATION if not. */
MIEN_MUST_CHECK mien_status mien_accounts_check(const mien_accounts *shown,
                                                const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                                                mien_error *error);

/* As mien_accounts_find, for a verb with --account: an account with another number than 0 is
 * derived behind the face once and then remembered in the file. */
MIEN_MUST_CHECK mien_status mien_accounts_find_number(struct mien_cli *cli, mien_accounts *accounts,
                                                      mien_bitcoin_network network, uint32_t number,
                                                      mien_error *error);
/* One account; MIEN_LOCKED with words when its number was never derived here. */
MIEN_MUST_CHECK mien_status mien_accounts_number(const mien_accounts *accounts,
                                                 mien_bitcoin_account *account,
                                                 mien_bitcoin_network network,
                                                 mien_bitcoin_script_type type, uint32_t number,
                                                 mien_error *error);
/* The account 0 of a network and type, retargeted to that network. Never NULL for the four types.
 */
mien_bitcoin_account mien_accounts_bitcoin(const mien_accounts *accounts,
                                           mien_bitcoin_network network,
                                           mien_bitcoin_script_type type);
/* The source of keys that a review before the face uses; `accounts` must outlive it. */
mien_bitcoin_keys mien_accounts_keys(const mien_accounts *accounts);

#endif
