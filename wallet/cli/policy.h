/* SPDX-License-Identifier: MIT */
/* The policy on the way to a signature: asked once before the face, so that nobody shows it in
 * vain, and once behind it, where policy and log are verified with a key of the wallet. */
#ifndef MIEN_WALLET_CLI_POLICY_H
#define MIEN_WALLET_CLI_POLICY_H

#include "wallet/cli/common.h"
#include "wallet/policy/request.h"
#include "wallet/policy/store.h"

/* Means that a command will have when it goes on: the face, the PIN if the wallet has one, and the
 * proof that will be made. */
MIEN_MUST_CHECK mien_status mien_cli_means_expected(mien_cli *cli, unsigned *means,
                                                    mien_error *error);
/* Before the face: MIEN_POLICY_DENIED with words on what is missing; MIEN_AUTHENTICATION when the
 * policy was changed. What only has to be noted before it may wait goes on. Puts "policy" into the
 * result. */
MIEN_MUST_CHECK mien_status mien_cli_policy_before(mien_cli *cli,
                                                   const mien_policy_request *request,
                                                   mien_error *error);
/* Behind the face: decide with the means that are there, note it durably, and only then MIEN_OK.
 * Sets cli->policy_digest: who has used the policy before the face compares. */
MIEN_MUST_CHECK mien_status mien_cli_policy_authorise(mien_cli *cli,
                                                      const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                                                      const mien_policy_request *request,
                                                      unsigned means, mien_error *error);
/* The policy of a new wallet: what was there is erased, the default comes into force. */
MIEN_MUST_CHECK mien_status mien_cli_policy_begin(const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                                                  mien_error *error);
/* Put a text in force. */
MIEN_MUST_CHECK mien_status mien_cli_policy_set(const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                                                const char *text, size_t length, bool new_log,
                                                mien_error *error);
/* Without a face: "in force" with the digest, or why not. */
MIEN_MUST_CHECK mien_status mien_cli_policy_status(json_t *out, FILE *text);

/* What a decision says, for "policy check": JSON and lines. */
MIEN_MUST_CHECK mien_status mien_cli_policy_report(mien_cli *cli,
                                                   const mien_policy_decision *decision);

#endif
