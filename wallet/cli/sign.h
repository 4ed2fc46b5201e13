/* SPDX-License-Identifier: MIT */
/* The order in which every signature comes about: show the transaction, wait for a key press, look
 * at the face, prove (when asked to), sign. */
#ifndef MIEN_WALLET_CLI_SIGN_H
#define MIEN_WALLET_CLI_SIGN_H

#include "wallet/cli/common.h"
#include "wallet/cli/root.h"

extern const mien_cli_option mien_cli_sign_options[]; /* --proof, --record-out, --out */

/* Show `words` on stderr, ask, unlock, open the root key, and write a face proof bound to `digest`
 * when --proof was given. `action` takes the root key and signs. Everything is closed again before
 * this returns. */
MIEN_MUST_CHECK mien_status
mien_cli_sign(mien_cli *cli, const char *words, const uint8_t digest[32],
              mien_status (*action)(void *context, const mien_cli_root *root, mien_error *error),
              void *context, mien_error *error);

#endif
