/* SPDX-License-Identifier: MIT */
#include "wallet/cli/psbt_job.h"

#include <stdlib.h>
#include <string.h>

#include "wallet/cli/common.h"

#define REQUEST_ARENA ((size_t)256 << 20) /* an output takes a few hundred bytes */

const mien_cli_option mien_cli_network_options[] = {
    {"network", 'n', "NAME", false, "mainnet, testnet, signet or regtest (default mainnet)"},
    MIEN_CLI_OPTIONS_END};

mien_status mien_cli_network(const mien_cli *cli, mien_bitcoin_network *network,
                             mien_error *error) {
    const char *name = mien_cli_value(cli, "network");
    *network = MIEN_BITCOIN_MAINNET;
    if (name == NULL || mien_bitcoin_network_named(network, name) == MIEN_OK) return MIEN_OK;
    return mien_fail(error, MIEN_USAGE,
                     "unknown network '%.40s': mainnet, testnet, signet or regtest", name);
}

mien_status mien_cli_script_type(const mien_cli *cli, mien_bitcoin_script_type *type,
                                 mien_error *error) {
    const char *names[MIEN_SCRIPT_TYPES + 1] = {0};
    const char *name = mien_cli_value(cli, "type");
    *type = MIEN_SCRIPT_P2WPKH;
    if (name == NULL) return MIEN_OK;
    for (int i = 0; i < MIEN_SCRIPT_TYPES; i++) {
        names[i] = mien_bitcoin_script_name((mien_bitcoin_script_type)i);
        *type = (mien_bitcoin_script_type)i;
        if (strcmp(name, names[i]) == 0) return MIEN_OK;
    }
    const char *near = mien_cli_nearest(name, names);
    return mien_fail(error, MIEN_USAGE,
                     "unknown type '%.40s'%s%s; p2wpkh, p2tr, p2sh-p2wpkh, p2pkh", name,
                     near != NULL ? "; did you mean " : "", near != NULL ? near : "");
}

const mien_cli_option mien_cli_limit_options[] = {
    {"max-fee", 0, "SATOSHI", false, "refuse a higher fee (default 1000000)"},
    {"max-fee-percent", 0, "N", false, "refuse a fee above N per cent of the inputs (default 25)"},
    {"allow-unproven", 0, NULL, false,
     "take input amounts that no previous transaction vouches for"},
    MIEN_CLI_OPTIONS_END};

static mien_status read_limits(const mien_cli *cli, mien_bitcoin_limits *limits,
                               mien_error *error) {
    uint64_t fee, percent;
    *limits = mien_bitcoin_limits_default();
    MIEN_TRY(
        mien_cli_number(cli, "max-fee", &fee, limits->fee_satoshis, 1, 2100000000000000, error));
    MIEN_TRY(mien_cli_number(cli, "max-fee-percent", &percent, limits->fee_percent, 1, 100, error));
    limits->fee_satoshis = fee;
    limits->fee_percent = (uint32_t)percent;
    limits->unproven_amounts = mien_cli_flag(cli, "allow-unproven");
    return MIEN_OK;
}

mien_status mien_cli_read_psbt(mien_psbt *psbt, const char *path, mien_error *error) {
    uint8_t *bytes;
    size_t length;
    MIEN_TRY(mien_cli_read_file(&bytes, &length, path, MIEN_PSBT_SIZE_MAX, error));
    mien_status status = mien_psbt_parse(psbt, bytes, length, error);
    free(bytes);
    if (status != MIEN_OK) mien_psbt_destroy(psbt);
    return status;
}

static mien_status output_json(json_t *list, const mien_bitcoin_review_output *output) {
    static const char *const owners[] = {"other", "receive", "change", "shared"};
    json_t *object = json_pack(
        "{s:I, s:s, s:s, s:s}", "satoshis", (json_int_t)output->amount, "address", output->address,
        "type", mien_bitcoin_script_name(output->type), "owner", owners[output->owner]);
    return object != NULL && json_array_append_new(list, object) == 0 ? MIEN_OK : MIEN_MEMORY;
}

static mien_status review_json(json_t *out, const mien_bitcoin_review *review) {
    uint8_t txid[MIEN_TXID_SIZE]; /* shown in the other byte order */
    for (size_t i = 0; i < MIEN_TXID_SIZE; i++) txid[i] = review->txid[MIEN_TXID_SIZE - 1 - i];
    MIEN_TRY(
        mien_json_set(out, "network", json_string(mien_bitcoin_parameters(review->network)->name)));
    MIEN_TRY(mien_json_set_hex(out, "txid", txid, sizeof txid));
    MIEN_TRY(mien_json_set_hex(out, "digest", review->digest, 32));
    MIEN_TRY(mien_json_set(out, "fee_satoshis", json_integer((json_int_t)review->fee)));
    MIEN_TRY(mien_json_set(out, "spent_satoshis", json_integer((json_int_t)review->spent)));
    MIEN_TRY(mien_json_set(out, "returned_satoshis", json_integer((json_int_t)review->returned)));
    MIEN_TRY(mien_json_set(out, "inputs", json_integer((json_int_t)review->input_count)));
    MIEN_TRY(mien_json_set(out, "inputs_ours", json_integer((json_int_t)review->ours)));
    json_t *outputs = json_array();
    MIEN_TRY(mien_json_set(out, "outputs", outputs));
    for (size_t i = 0; i < review->output_count; i++)
        MIEN_TRY(output_json(outputs, &review->outputs[i]));
    return MIEN_OK;
}

/* Shared wallets that the policy registers. Whether this is the policy in force is seen behind the
 * face; without any policy nothing is shared, and signing is refused later. */
static void take_shared(mien_cli_psbt_job *job) {
    if (mien_policy_store_open(&job->store, NULL, NULL, NULL) != MIEN_OK) return;
    mien_policy_store_digest(job->store, job->policy_digest);
    job->limits.shared = mien_policy_shared(mien_policy_store_policy(job->store), job->network,
                                            &job->limits.shared_count);
}

mien_status mien_cli_psbt_job_start(mien_cli *cli, mien_cli_psbt_job *job, const char *path,
                                    mien_error *error) {
    job->cli = cli;
    job->arena = mien_arena_of(REQUEST_ARENA);
    MIEN_TRY(mien_cli_network(cli, &job->network, error));
    MIEN_TRY(read_limits(cli, &job->limits, error));
    MIEN_TRY(mien_accounts_read(&job->accounts, error));
    take_shared(job);
    MIEN_TRY(mien_cli_read_psbt(&job->psbt, path, error));
    mien_bitcoin_keys keys = mien_accounts_keys(&job->accounts);
    MIEN_TRY(mien_bitcoin_review_psbt(&job->review, &job->psbt, job->network, &keys, &job->limits,
                                      error));
    MIEN_TRY(mien_bitcoin_review_words(&job->words, &job->review));
    MIEN_TRY(mien_policy_of_bitcoin(&job->request, &job->arena, &job->review));
    return review_json(cli->result, &job->review);
}

void mien_cli_psbt_job_end(mien_cli_psbt_job *job) {
    mien_bitcoin_review_destroy(&job->review);
    mien_psbt_destroy(&job->psbt);
    mien_policy_store_close(job->store);
    mien_arena_clear(&job->arena);
}
