/* SPDX-License-Identifier: MIT */
/* Ethereum: addresses and transactions. */
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/files/file.h"
#include "platform/memory/secret.h"
#include "wallet/cli/accounts.h"
#include "wallet/cli/sign.h"
#include "wallet/cli/verbs.h"
#include "wallet/encoding/hex.h"
#include "wallet/ethereum/review.h"

/* Enough for the largest transaction with its arrays, words and signed bytes. */
#define ARENA_LIMIT ((size_t)8 << 20)

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

static const mien_cli_option sign_options[] = {
    {"index", 'i', "N", false, "which of the wallet's addresses sends it (default 0)"},
    {"max-fee-wei", 0, "WEI", false, "refuse a fee that may become higher (default 0.1 ether)"},
    {"allow-blind", 0, NULL, false, "take contract data that cannot be shown in words"},
    {"allow-delegates", 0, NULL, false, "take EIP-7702 authorisations to any code"},
    {"allow-any-chain", 0, NULL, false, "take chain id 0, which is valid on every chain"},
    MIEN_CLI_OPTIONS_END};

typedef struct ethereum_job {
    mien_accounts accounts;
    mien_arena arena;
    mien_ethereum_transaction transaction;
    mien_ethereum_review review;
    uint32_t index;
    uint8_t *text; /* of the file */
    mien_view raw;
    uint8_t hash[32];
} ethereum_job;

static mien_status read_limits(const mien_cli *cli, mien_ethereum_limits *limits,
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

/* Read, compare the sender, review. */
static mien_status job_start(mien_cli *cli, ethereum_job *job, mien_error *error) {
    mien_ethereum_limits limits;
    uint8_t named[MIEN_ETHEREUM_ADDRESS_SIZE], from[MIEN_ETHEREUM_ADDRESS_SIZE];
    bool has_from = false;
    uint64_t index;
    size_t length;
    MIEN_TRY(read_limits(cli, &limits, error));
    MIEN_TRY(mien_cli_number(cli, "index", &index, 0, 0, MIEN_HARDENED - 1, error));
    job->index = (uint32_t)index;
    MIEN_TRY(mien_accounts_read(&job->accounts, error));
    MIEN_TRY(mien_ethereum_account_address(from, &job->accounts.ethereum, job->index));
    MIEN_TRY(mien_cli_read_file(&job->text, &length, cli->operands[0],
                                4 * MIEN_ETHEREUM_TRANSACTION_MAX, error));
    MIEN_TRY(mien_ethereum_read_text(&job->transaction, named, &has_from, &job->arena,
                                     (const char *)job->text, length, error));
    if (has_from && memcmp(named, from, sizeof from) != 0)
        return mien_fail(error, MIEN_ARGUMENT,
                         "the transaction names another sender than address %u of this wallet; "
                         "--index picks another one",
                         (unsigned)job->index);
    return mien_ethereum_review_transaction(&job->review, &job->arena, &job->transaction, from,
                                            &limits, error);
}

static void job_end(ethereum_job *job) {
    mien_arena_clear(&job->arena);
    free(job->text);
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
    ethereum_job job = {.arena = mien_arena_of(ARENA_LIMIT)};
    char digest[65];
    mien_status status = job_start(cli, &job, error);
    if (status == MIEN_OK) status = review_json(cli->result, &job.review);
    if (status == MIEN_OK) {
        mien_hex_encode(digest, job.review.digest, 32);
        fprintf(cli->text, "%s\nDigest for proofs: %s\n", job.review.words, digest);
    }
    job_end(&job);
    return status;
}

/* The address must come out of the seed itself, whatever the file of public keys said. */
static mien_status check_sender(const ethereum_job *job, const mien_curve *curve,
                                const mien_hd_private *key, mien_error *error) {
    uint8_t public[MIEN_PUBLIC_KEY_SIZE], address[MIEN_ETHEREUM_ADDRESS_SIZE];
    MIEN_TRY(mien_curve_public_key(curve, public, key->key));
    MIEN_TRY(mien_ethereum_address(address, public));
    if (memcmp(address, job->review.from, sizeof address) == 0) return MIEN_OK;
    return mien_fail(error, MIEN_AUTHENTICATION,
                     "the file of public keys shows another sender than this wallet has; "
                     "mien unlock mends it");
}

static mien_status sign_action(void *context, const mien_cli_root *root, mien_error *error) {
    ethereum_job *job = context;
    mien_ethereum_signature signature;
    mien_hd_path path;
    void *memory;
    MIEN_TRY(mien_secret_alloc(&memory, sizeof(mien_hd_private), error));
    mien_hd_private *key = memory;
    mien_ethereum_path(&path, job->index);
    mien_status status = mien_hd_private_derive(root->curve, key, root->key, &path);
    if (status == MIEN_OK) status = check_sender(job, root->curve, key, error);
    if (status == MIEN_OK)
        status = mien_ethereum_sign(&job->raw, job->hash, &signature, &job->arena, root->curve,
                                    &job->transaction, key->key);
    mien_secret_free(memory);
    return status;
}

static mien_status put_raw(mien_cli *cli, const ethereum_job *job, mien_error *error) {
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

static mien_status run_sign(mien_cli *cli, mien_error *error) {
    ethereum_job job = {.arena = mien_arena_of(ARENA_LIMIT)};
    mien_status status = job_start(cli, &job, error);
    if (status == MIEN_OK) status = review_json(cli->result, &job.review);
    if (status == MIEN_OK)
        status = mien_cli_sign(cli, job.review.words, job.review.digest, &job.accounts, sign_action,
                               &job, error);
    if (status == MIEN_OK) status = put_raw(cli, &job, error);
    job_end(&job);
    return status;
}

static const mien_cli_option *const address_tables[] = {address_options, mien_cli_source_options,
                                                        mien_cli_pin_options, NULL};
static const mien_cli_option *const show_tables[] = {sign_options, NULL};
static const mien_cli_option *const sign_tables[] = {mien_cli_source_options, sign_options,
                                                     mien_cli_sign_options,   mien_cli_pin_options,
                                                     mien_cli_yes_options,    NULL};

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
