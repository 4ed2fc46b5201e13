/* SPDX-License-Identifier: MIT */
#include "wallet/cli/ethereum_job.h"

#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/memory/secret.h"
#include "wallet/cli/common.h"

const mien_cli_option mien_cli_ethereum_index_options[] = {
    {"index", 'i', "N", false, "which of the wallet's addresses signs (default 0)"},
    MIEN_CLI_OPTIONS_END};

const mien_cli_option mien_cli_ethereum_limit_options[] = {
    {"max-fee-wei", 0, "WEI", false, "refuse a fee that may become higher (default 0.1 ether)"},
    {"allow-blind", 0, NULL, false,
     "take contract data that cannot be shown in words, if the policy does"},
    {"allow-delegates", 0, NULL, false, "take EIP-7702 authorisations to any code, likewise"},
    {"allow-any-chain", 0, NULL, false, "take chain id 0, which is valid on every chain, likewise"},
    MIEN_CLI_OPTIONS_END};

mien_status mien_cli_ethereum_limits(const mien_cli *cli, mien_ethereum_limits *limits,
                                     mien_error *error) {
    const char *fee = mien_cli_value(cli, "max-fee-wei");
    *limits = mien_ethereum_limits_default();
    if (fee != NULL && mien_uint256_parse(&limits->fee_wei, fee, strlen(fee)) != MIEN_OK)
        return mien_fail(error, MIEN_USAGE, "--max-fee-wei must be a whole number");
    limits->blind_signing = mien_cli_flag(cli, "allow-blind");
    limits->unknown_delegates = mien_cli_flag(cli, "allow-delegates");
    limits->any_chain = mien_cli_flag(cli, "allow-any-chain");
    return MIEN_OK;
}

mien_status mien_cli_ethereum_start(mien_cli *cli, mien_cli_ethereum_job *job, mien_error *error) {
    uint64_t index;
    job->arena = mien_arena_of(MIEN_CLI_ETHEREUM_ARENA);
    MIEN_TRY(mien_cli_number(cli, "index", &index, 0, 0, MIEN_HARDENED - 1, error));
    job->index = (uint32_t)index;
    MIEN_TRY(mien_accounts_read(&job->accounts, error));
    return mien_ethereum_account_address(job->from, &job->accounts.ethereum, job->index);
}

mien_status mien_cli_ethereum_read(mien_cli *cli, mien_cli_ethereum_job *job, const char *path,
                                   mien_error *error) {
    mien_ethereum_limits limits;
    uint8_t named[MIEN_ETHEREUM_ADDRESS_SIZE];
    bool has_from = false;
    MIEN_TRY(mien_cli_ethereum_limits(cli, &limits, error));
    MIEN_TRY(mien_cli_read_file(&job->text, &job->text_length, path,
                                4 * MIEN_ETHEREUM_TRANSACTION_MAX, error));
    MIEN_TRY(mien_ethereum_read_text(&job->transaction, named, &has_from, &job->arena,
                                     (const char *)job->text, job->text_length, error));
    if (has_from && memcmp(named, job->from, sizeof named) != 0)
        return mien_fail(error, MIEN_ARGUMENT,
                         "the transaction names another sender than address %u of this wallet; "
                         "--index picks another one",
                         (unsigned)job->index);
    MIEN_TRY(mien_ethereum_review_transaction(&job->review, &job->arena, &job->transaction,
                                              job->from, &limits, error));
    return mien_policy_of_ethereum(&job->request, &job->arena, &job->review);
}

void mien_cli_ethereum_end(mien_cli_ethereum_job *job) {
    mien_arena_clear(&job->arena);
    free(job->text);
}

mien_status mien_cli_ethereum_with_key(mien_cli_ethereum_job *job, const mien_cli_root *root,
                                       mien_status (*work)(mien_cli_ethereum_job *job,
                                                           const mien_curve *curve,
                                                           const uint8_t *secret),
                                       mien_error *error) {
    mien_hd_private *key;
    MIEN_TRY(mien_ethereum_account_key(&key, root->curve, root->key, job->index, job->from, error));
    mien_status status = work(job, root->curve, key->key);
    mien_secret_free(key);
    return status;
}
