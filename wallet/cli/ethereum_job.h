/* SPDX-License-Identifier: MIT */
/* What verbs about Ethereum share: transactions with their review, keys behind an index. */
#ifndef MIEN_WALLET_CLI_ETHEREUM_JOB_H
#define MIEN_WALLET_CLI_ETHEREUM_JOB_H

#include "wallet/cli/accounts.h"
#include "wallet/cli/cli.h"
#include "wallet/cli/root.h"
#include "wallet/ethereum/review.h"
#include "wallet/policy/request.h"

/* Enough for the largest transaction with its arrays, words and signed bytes. */
#define MIEN_CLI_ETHEREUM_ARENA ((size_t)8 << 20)

extern const mien_cli_option mien_cli_ethereum_index_options[]; /* --index */
extern const mien_cli_option mien_cli_ethereum_limit_options[]; /* --max-fee-wei --allow-... */

MIEN_MUST_CHECK mien_status mien_cli_ethereum_limits(const mien_cli *cli,
                                                     mien_ethereum_limits *limits,
                                                     mien_error *error);

/* One signature: who signs, and what the policy is asked. */
typedef struct mien_cli_ethereum_job {
    mien_accounts accounts;
    mien_arena arena;
    uint32_t index;
    uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE];
    uint8_t *text; /* of the file */
    size_t text_length;
    mien_policy_request request;
    /* transactions */
    mien_ethereum_transaction transaction;
    mien_ethereum_review review;
    mien_view raw;
    uint8_t hash[32];
    /* messages, typed data, authorisations */
    const char *words;
    mien_ethereum_authorization authorization;
    uint8_t signature[MIEN_ETHEREUM_SIGNATURE_SIZE];
} mien_cli_ethereum_job;

/* Accounts, --index and the address that goes with it. Ended by mien_cli_ethereum_end in any case.
 */
MIEN_MUST_CHECK mien_status mien_cli_ethereum_start(mien_cli *cli, mien_cli_ethereum_job *job,
                                                    mien_error *error);
/* Then a transaction from a file: read, compared with the sender, reviewed. */
MIEN_MUST_CHECK mien_status mien_cli_ethereum_read(mien_cli *cli, mien_cli_ethereum_job *job,
                                                   const char *path, mien_error *error);
void mien_cli_ethereum_end(mien_cli_ethereum_job *job);

/* Call work() with the secret key of job->index, in guarded memory, whose address must be
 * job->from: derived from the seed itself, whatever the file of public keys said. */
MIEN_MUST_CHECK mien_status mien_cli_ethereum_with_key(
    mien_cli_ethereum_job *job, const mien_cli_root *root,
    mien_status (*work)(mien_cli_ethereum_job *job, const mien_curve *curve, const uint8_t *secret),
    mien_error *error);

#endif
