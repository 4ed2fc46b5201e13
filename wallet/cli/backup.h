/* SPDX-License-Identifier: MIT */
/* Backups from a person and for one: words (BIP-39) and shares (SLIP-39). What is shared out is the
 * BIP-39 seed of 64 bytes, which words and passphrase made: shares bring back the same addresses
 * without either. Nothing secret is an argument; all of it lives in guarded memory. */
#ifndef MIEN_WALLET_CLI_BACKUP_H
#define MIEN_WALLET_CLI_BACKUP_H

#include "wallet/cli/common.h"
#include "wallet/slip39/slip39.h"

extern const mien_cli_option mien_cli_backup_options[]; /* --shares ... --passphrase-fd */
extern const mien_cli_option mien_cli_split_options[];  /* --groups --threshold */

/* The seed of an existing backup: words, or with --shares (or --shares-fd) as many shares as it
 * takes, from a terminal without echo or from descriptors. `seed` is guarded. MIEN_FORMAT or
 * MIEN_AUTHENTICATION with words that never contain the secret. */
MIEN_MUST_CHECK mien_status mien_cli_backup_read(mien_cli *cli, uint8_t seed[MIEN_WALLET_SEED_SIZE],
                                                 mien_error *error);
/* A passphrase if the options ask for one; twice on a terminal. */
MIEN_MUST_CHECK mien_status mien_cli_passphrase_read(mien_cli *cli, mien_cli_secret *passphrase,
                                                     mien_error *error);

/* "2of3" or "1of1,2of3,3of5" with --threshold. */
typedef struct mien_cli_split {
    mien_slip39_group groups[MIEN_SLIP39_SHARES];
    size_t group_count, share_count;
    unsigned threshold;
} mien_cli_split;
MIEN_MUST_CHECK mien_status mien_cli_split_read(const mien_cli *cli, mien_cli_split *split,
                                                mien_error *error);
/* Split the seed and show every share once: in the result with --json or --yes, else one after the
 * other on the terminal, each confirmed. */
MIEN_MUST_CHECK mien_status mien_cli_shares_show(mien_cli *cli, const mien_cli_split *split,
                                                 const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                                                 mien_error *error);

#endif
