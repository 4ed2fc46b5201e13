/* SPDX-License-Identifier: MIT */
/* The order in which every signature comes about: show the transaction, wait for a key press, look
 * at the face, prove (when asked to), sign. */
#ifndef MIEN_WALLET_CLI_SIGN_H
#define MIEN_WALLET_CLI_SIGN_H

#include "wallet/cli/accounts.h"
#include "wallet/cli/common.h"
#include "wallet/cli/policy.h"
#include "wallet/cli/prove.h"
#include "wallet/cli/root.h"

extern const mien_cli_option mien_cli_sign_options[]; /* --proof and what goes with it, --out */

/* Ask the policy, show `words` on stderr, ask the person, unlock, open the root key, and write a
 * face proof bound to the request's digest when --proof was given. The policy decides once more,
 * with what is there by then, and the request is noted in the audit log before anything is signed.
 * `shown` are the public keys that `words` were made with: the digest says what a transaction does,
 * but not whose its outputs are, so they must be the root's own, or nothing is proved or signed
 * (MIEN_AUTHENTICATION). `action` takes the root key and signs. Everything is closed again before
 * this returns. */
MIEN_MUST_CHECK mien_status
mien_cli_sign(mien_cli *cli, const char *words, const mien_policy_request *request,
              const mien_accounts *shown,
              mien_status (*action)(void *context, const mien_cli_root *root, mien_error *error),
              void *context, mien_error *error);

/* What a relying party wants proved before it signs, too. */
typedef struct mien_cli_challenge {
    uint8_t nonce[MIEN_PROOF_NONCE_SIZE], service[32];
    uint64_t expiry;
    mien_cli_statement statement; /* known before it is asked: the policy counts on it */
    mien_cli_proof proof;         /* made by mien_cli_sign_challenged; free(proof.bytes) */
} mien_cli_challenge;
/* The same with a proof for the challenge instead of one for --proof. `ask` is called when the
 * person has agreed, before the face: it gets nonce, service and expiry. */
MIEN_MUST_CHECK mien_status mien_cli_sign_challenged(
    mien_cli *cli, const char *words, const mien_policy_request *request,
    const mien_accounts *shown, mien_cli_challenge *challenge,
    mien_status (*ask)(void *context, mien_cli_challenge *challenge, mien_error *error),
    mien_status (*action)(void *context, const mien_cli_root *root, mien_error *error),
    void *context, mien_error *error);

#endif
