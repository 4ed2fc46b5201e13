/* SPDX-License-Identifier: MIT */
/* The root key behind a seed, for as long as a command needs it. */
#ifndef MIEN_WALLET_CLI_ROOT_H
#define MIEN_WALLET_CLI_ROOT_H

#include "wallet/bip32/bip32.h"
#include "wallet/wallet.h"

typedef struct mien_cli_root {
    mien_curve *curve;
    mien_hd_private *key; /* secret, in guarded memory */
} mien_cli_root;
MIEN_MUST_CHECK mien_status mien_cli_root_open(mien_cli_root *root,
                                               const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                                               mien_error *error);
void mien_cli_root_close(mien_cli_root *root); /* wipes; zeroed is fine */

#endif
