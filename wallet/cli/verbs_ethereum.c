/* SPDX-License-Identifier: MIT */
/* Ethereum: addresses and transactions. */
#include <stdlib.h>
#include <string.h>

#include "platform/files/file.h"
#include "wallet/cli/agent_sign.h"
#include "wallet/cli/ethereum_job.h"
#include "wallet/cli/sign.h"
#include "wallet/cli/verbs.h"
#include "wallet/encoding/hex.h"

static const mien_cli_option address_options[] = {
    {"index", 'i', "N", false, "first address (default 0)"},
    {"count", 'c', "N", false, "how many (default 1)"},
    MIEN_CLI_OPTIONS_END};

static mien_status add_address(mien_cli *cli, json_t *list, const mien_accounts *accounts,
                               uint32_t index) {
    uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE];
    char text[MIEN_ETHEREUM_ADDRESS_TEXT], path_text[MIEN_HD_PATH_TEXT];
    mien_hd_path path;
    MIEN_TRY(mien_ethereum_account_address(address, &accounts->ethereum, index));
    mien_ethereum_address_text(text, address);
    mien_ethereum_path(&path, index);
    mien_hd_path_text(path_text, &path);
    json_t *object = json_pack("{s:s, s:s}", "path", path_text, "address", text);
    if (object == NULL || json_array_append_new(list, object) != 0) return MIEN_MEMORY;
    fprintf(cli->text, "%-22s %s\n", path_text, text);
    return MIEN_OK;
}

static mien_status run_address(mien_cli *cli, mien_error *error) {
    uint64_t first, count;
    mien_accounts accounts;
    MIEN_TRY(mien_cli_number(cli, "index", &first, 0, 0, MIEN_HARDENED - 1000, error));
    MIEN_TRY(mien_cli_number(cli, "count", &count, 1, 1, 1000, error));
    MIEN_TRY(mien_accounts_find(cli, &accounts, error));
    json_t *list = json_array();
    MIEN_TRY(mien_json_set(cli->result, "addresses", list));
    for (uint64_t i = first; i < first + count; i++)
        MIEN_TRY(add_address(cli, list, &accounts, (uint32_t)i));
    return MIEN_OK;
}

static mien_status review_json(json_t *out, const mien_ethereum_review *review) {
    char text[MIEN_ETHEREUM_ADDRESS_TEXT], amount[MIEN_UINT256_TEXT];
    mien_ethereum_address_text(text, review->from);
    MIEN_TRY(mien_json_set(out, "from", json_string(text)));
    mien_ethereum_address_text(text, review->transaction->to);
    MIEN_TRY(mien_json_set(
        out, "to", review->transaction->creates_contract ? json_null() : json_string(text)));
    mien_uint256_text(amount, &review->transaction->value, 0);
    MIEN_TRY(mien_json_set(out, "value_wei", json_string(amount)));
    mien_uint256_text(amount, &review->fee, 0);
    MIEN_TRY(mien_json_set(out, "highest_fee_wei", json_string(amount)));
    MIEN_TRY(
        mien_json_set(out, "chain_id", json_integer((json_int_t)review->transaction->chain_id)));
    return mien_json_set_hex(out, "digest", review->digest, 32);
}

static mien_status run_show(mien_cli *cli, mien_error *error) {
    mien_cli_ethereum_job job = {0};
    char digest[65];
    mien_status status = mien_cli_ethereum_start(cli, &job, error);
    if (status == MIEN_OK) status = mien_cli_ethereum_read(cli, &job, cli->operands[0], error);
    if (status == MIEN_OK) status = review_json(cli->result, &job.review);
    if (status == MIEN_OK) {
        mien_hex_encode(digest, job.review.digest, 32);
        fprintf(cli->text, "%s\nDigest for proofs: %s\n", job.review.words, digest);
    }
    mien_cli_ethereum_end(&job);
    return status;
}

static mien_status sign_with(mien_cli_ethereum_job *job, const mien_curve *curve,
                             const uint8_t *secret) {
    mien_ethereum_signature signature;
    return mien_ethereum_sign(&job->raw, job->hash, &signature, &job->arena, curve,
                              &job->transaction, secret);
}

static mien_status sign_action(void *context, const mien_cli_root *root, mien_error *error) {
    return mien_cli_ethereum_with_key(context, root, sign_with, error);
}

static mien_status put_raw(mien_cli *cli, const mien_cli_ethereum_job *job, mien_error *error) {
    const char *path = mien_cli_value(cli, "out");
    char *hex = malloc(2 * job->raw.length + 3);
    if (hex == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the result");
    memcpy(hex, "0x", 2);
    mien_hex_encode(hex + 2, job->raw.data, job->raw.length);
    mien_status status = mien_json_set(cli->result, "raw", json_string(hex));
    if (status == MIEN_OK) status = mien_json_set_hex(cli->result, "hash", job->hash, 32);
    if (status == MIEN_OK && path != NULL)
        status = mien_file_write(path, hex, strlen(hex), MIEN_FILE_PUBLIC, error);
    fprintf(cli->text, "%s%s\n", path != NULL ? "Written to " : "", path != NULL ? path : hex);
    free(hex);
    return status;
}

static mien_status sign_somewhere(mien_cli *cli, mien_cli_ethereum_job *job, mien_error *error) {
    mien_agent_client *agent;
    MIEN_TRY(mien_cli_find_agent(cli, &agent, error));
    mien_status status =
        agent != NULL ? mien_cli_agent_ethereum(cli, job, agent, MIEN_RPC_TRANSACTION,
                                                mien_view_of(job->text, job->text_length), error)
                      : mien_cli_sign(cli, job->review.words, &job->request, &job->accounts,
                                      sign_action, job, error);
    mien_agent_disconnect(agent);
    return status;
}

static mien_status run_sign(mien_cli *cli, mien_error *error) {
    mien_cli_ethereum_job job = {0};
    mien_status status = mien_cli_ethereum_start(cli, &job, error);
    if (status == MIEN_OK) status = mien_cli_ethereum_read(cli, &job, cli->operands[0], error);
    if (status == MIEN_OK) status = review_json(cli->result, &job.review);
    if (status == MIEN_OK) status = sign_somewhere(cli, &job, error);
    if (status == MIEN_OK) status = put_raw(cli, &job, error);
    mien_cli_ethereum_end(&job);
    return status;
}

static const mien_cli_option *const address_tables[] = {address_options, mien_cli_source_options,
                                                        mien_cli_pin_options, NULL};
static const mien_cli_option *const show_tables[] = {mien_cli_ethereum_index_options,
                                                     mien_cli_ethereum_limit_options, NULL};
static const mien_cli_option *const sign_tables[] = {mien_cli_source_options,
                                                     mien_cli_ethereum_index_options,
                                                     mien_cli_ethereum_limit_options,
                                                     mien_cli_sign_options,
                                                     mien_cli_agent_options,
                                                     mien_cli_pin_options,
                                                     mien_cli_yes_options,
                                                     NULL};

const mien_cli_verb mien_cli_ethereum_verbs[] = {
    {"eth address", "Ethereum addresses of the wallet", NULL, 0, 0, address_tables,
     "Without --source they come from a file of public keys that other programs of yours could\n"
     "change; with --source they are derived anew behind your face.",
     "mien eth address\nmien eth address --count 3 --source camera", run_address},
    {"eth show", "what a transaction would do, in words", "TRANSACTION", 1, 1, show_tables,
     "Takes unsigned RLP in hex or the JSON object that wallets exchange, \"-\" for standard "
     "input.",
     "mien eth show transfer.json", run_show},
    {"eth sign-tx", "show it, ask, look at your face, sign", "TRANSACTION", 1, 1, sign_tables,
     "The words come first, then a key press, then the face. The result is the raw transaction in\n"
     "hex, ready to send.",
     "mien eth sign-tx transfer.json --source camera\n"
     "mien eth sign-tx transfer.json --source camera --proof transfer.proof",
     run_sign},
    {0}};
