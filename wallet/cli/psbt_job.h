/* SPDX-License-Identifier: MIT */
/* Networks, script types and transactions as verbs about Bitcoin read them. */
#ifndef MIEN_WALLET_CLI_PSBT_JOB_H
#define MIEN_WALLET_CLI_PSBT_JOB_H

#include "wallet/bitcoin/psbt_input.h"
#include "wallet/bitcoin/review.h"
#include "wallet/cli/accounts.h"
#include "wallet/cli/cli.h"
#include "wallet/policy/request.h"
#include "wallet/policy/store.h"

extern const mien_cli_option mien_cli_network_options[]; /* --network */
extern const mien_cli_option
    mien_cli_limit_options[]; /* --max-fee --max-fee-percent --allow-unproven */

MIEN_MUST_CHECK mien_status mien_cli_network(const mien_cli *cli, mien_bitcoin_network *network,
                                             mien_error *error);
/* --type: one of the four, p2wpkh when absent. */
MIEN_MUST_CHECK mien_status mien_cli_script_type(const mien_cli *cli,
                                                 mien_bitcoin_script_type *type, mien_error *error);
/* A file, or standard input for "-". *psbt is empty after an error. */
MIEN_MUST_CHECK mien_status mien_cli_read_psbt(mien_psbt *psbt, const char *path,
                                               mien_error *error);

/* A PSBT with its review and what the policy is asked; mien_cli_psbt_job_end in any case. */
typedef struct mien_cli_psbt_job {
    mien_psbt psbt;
    mien_bitcoin_network network;
    mien_bitcoin_limits limits;
    mien_policy_store *store; /* shared wallets in `limits` live in it; not verified */
    uint8_t policy_digest[MIEN_POLICY_DIGEST_SIZE];
    mien_accounts accounts;
    mien_bitcoin_review review;
    mien_policy_request request; /* flows in `arena` */
    mien_arena arena;
    const char *words;
    mien_cli *cli;
    size_t signed_inputs;
} mien_cli_psbt_job;
/* Read, review with the stored public keys, put into words and into the result. */
MIEN_MUST_CHECK mien_status mien_cli_psbt_job_start(mien_cli *cli, mien_cli_psbt_job *job,
                                                    const char *path, mien_error *error);
void mien_cli_psbt_job_end(mien_cli_psbt_job *job);

#endif
