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

typedef struct mien_accounts {
    uint8_t fingerprint[MIEN_FINGERPRINT_SIZE];
    mien_bitcoin_account bitcoin[MIEN_ACCOUNTS_BITCOIN];
    mien_hd_public ethereum;
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
bool mien_accounts_equal(const mien_accounts *a, const mien_accounts *b);

/* The account of a network and type, retargeted to that network. Never NULL for the four types. */
mien_bitcoin_account mien_accounts_bitcoin(const mien_accounts *accounts,
                                           mien_bitcoin_network network,
                                           mien_bitcoin_script_type type);
/* The source of keys that a review before the face uses; `list` and `accounts` must outlive it. */
mien_bitcoin_keys mien_accounts_keys(mien_accounts *accounts, mien_bitcoin_account_list *list,
                                     mien_bitcoin_network network);

#endif
