/* SPDX-License-Identifier: MIT */
/* Bitcoin: addresses, account keys, partially signed transactions. */
#include <stdlib.h>
#include <string.h>

#include "platform/files/file.h"
#include "wallet/bitcoin/psbt_input.h"
#include "wallet/bitcoin/review.h"
#include "wallet/cli/accounts.h"
#include "wallet/cli/sign.h"
#include "wallet/cli/verbs.h"
#include "wallet/encoding/hex.h"
#include "wallet/ethereum/address.h"

static const mien_cli_option network_options[] = {
    {"network", 'n', "NAME", false, "mainnet, testnet, signet or regtest (default mainnet)"},
    MIEN_CLI_OPTIONS_END};

static mien_status read_network(const mien_cli *cli, mien_bitcoin_network *network,
                                mien_error *error) {
    const char *name = mien_cli_value(cli, "network");
    *network = MIEN_BITCOIN_MAINNET;
    if (name == NULL || mien_bitcoin_network_named(network, name) == MIEN_OK) return MIEN_OK;
    return mien_fail(error, MIEN_USAGE,
                     "unknown network '%.40s': mainnet, testnet, signet or regtest", name);
}

static mien_status read_type(const mien_cli *cli, mien_bitcoin_script_type *type,
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

static const mien_cli_option address_options[] = {
    {"type", 't', "TYPE", false, "p2wpkh (default), p2tr, p2sh-p2wpkh, p2pkh"},
    {"index", 'i', "N", false, "first address (default 0)"},
    {"count", 'c', "N", false, "how many (default 1)"},
    {"change", 0, NULL, false, "change addresses instead of receiving ones"},
    MIEN_CLI_OPTIONS_END};

static mien_status add_address(mien_cli *cli, json_t *list, const mien_hd_path *path,
                               const char *address) {
    char text[MIEN_HD_PATH_TEXT];
    mien_hd_path_text(text, path);
    json_t *object = json_pack("{s:s, s:s}", "path", text, "address", address);
    if (object == NULL || json_array_append_new(list, object) != 0) return MIEN_MEMORY;
    fprintf(cli->text, "%-22s %s\n", text, address);
    return MIEN_OK;
}

static mien_status list_addresses(mien_cli *cli, const mien_bitcoin_account *account,
                                  uint64_t first, uint64_t count, json_t *list) {
    uint32_t chain = mien_cli_flag(cli, "change") ? 1 : 0;
    for (uint64_t i = first; i < first + count; i++) {
        uint8_t key[MIEN_PUBLIC_KEY_SIZE];
        char address[MIEN_ADDRESS_TEXT];
        mien_hd_path path;
        MIEN_TRY(mien_bitcoin_account_key(key, account, chain, (uint32_t)i));
        MIEN_TRY(mien_bitcoin_address(address, account->network, account->type, key));
        mien_bitcoin_account_path(&path, account->network, account->type, account->number);
        MIEN_TRY(mien_hd_path_push(&path, chain));
        MIEN_TRY(mien_hd_path_push(&path, (uint32_t)i));
        MIEN_TRY(add_address(cli, list, &path, address));
    }
    return MIEN_OK;
}

static mien_status read_range(const mien_cli *cli, uint64_t *first, uint64_t *count,
                              mien_error *error) {
    MIEN_TRY(mien_cli_number(cli, "index", first, 0, 0, MIEN_HARDENED - 1, error));
    MIEN_TRY(mien_cli_number(cli, "count", count, 1, 1, 1000, error));
    if (*first + *count > MIEN_HARDENED)
        return mien_fail(error, MIEN_USAGE, "the last index would be above 2147483647");
    return MIEN_OK;
}

static mien_status run_address(mien_cli *cli, mien_error *error) {
    mien_bitcoin_network network;
    mien_bitcoin_script_type type;
    mien_accounts accounts;
    uint64_t first, count;
    MIEN_TRY(read_network(cli, &network, error));
    MIEN_TRY(read_type(cli, &type, error));
    MIEN_TRY(read_range(cli, &first, &count, error));
    MIEN_TRY(mien_accounts_find(cli, &accounts, error));
    json_t *list = json_array();
    MIEN_TRY(mien_json_set(cli->result, "addresses", list));
    mien_bitcoin_account account = mien_accounts_bitcoin(&accounts, network, type);
    MIEN_TRY(list_addresses(cli, &account, first, count, list));
    return MIEN_OK;
}

static mien_status run_xpub(mien_cli *cli, mien_error *error) {
    mien_bitcoin_network network;
    mien_bitcoin_script_type type;
    mien_accounts accounts;
    mien_hd_path path;
    char xpub[MIEN_HD_TEXT], path_text[MIEN_HD_PATH_TEXT];
    MIEN_TRY(read_network(cli, &network, error));
    MIEN_TRY(read_type(cli, &type, error));
    MIEN_TRY(mien_accounts_find(cli, &accounts, error));
    mien_bitcoin_account account = mien_accounts_bitcoin(&accounts, network, type);
    mien_bitcoin_account_path(&path, network, type, account.number);
    mien_hd_path_text(path_text, &path);
    MIEN_TRY(mien_hd_public_text(xpub, &account.key, mien_bitcoin_parameters(network)->public));
    MIEN_TRY(
        mien_json_set_hex(cli->result, "fingerprint", accounts.fingerprint, MIEN_FINGERPRINT_SIZE));
    MIEN_TRY(mien_json_set(cli->result, "path", json_string(path_text)));
    MIEN_TRY(mien_json_set(cli->result, "xpub", json_string(xpub)));
    fprintf(cli->text, "[%02x%02x%02x%02x%s]%s\n", accounts.fingerprint[0], accounts.fingerprint[1],
            accounts.fingerprint[2], accounts.fingerprint[3], path_text + 1, xpub);
    return MIEN_OK;
}

static const mien_cli_option limit_options[] = {
    {"max-fee", 0, "SATOSHI", false, "refuse a higher fee (default 1000000)"},
    {"allow-unproven", 0, NULL, false,
     "take input amounts that no previous transaction vouches for"},
    MIEN_CLI_OPTIONS_END};

static mien_status read_limits(const mien_cli *cli, mien_bitcoin_limits *limits,
                               mien_error *error) {
    uint64_t fee;
    *limits = mien_bitcoin_limits_default();
    MIEN_TRY(
        mien_cli_number(cli, "max-fee", &fee, limits->fee_satoshis, 1, 2100000000000000, error));
    limits->fee_satoshis = fee;
    limits->unproven_amounts = mien_cli_flag(cli, "allow-unproven");
    return MIEN_OK;
}

static mien_status read_psbt(mien_psbt *psbt, const char *path, mien_error *error) {
    uint8_t *bytes;
    size_t length;
    MIEN_TRY(mien_cli_read_file(&bytes, &length, path, MIEN_PSBT_SIZE_MAX, error));
    mien_status status = mien_psbt_parse(psbt, bytes, length, error);
    free(bytes);
    if (status != MIEN_OK) mien_psbt_destroy(psbt);
    return status;
}

/* The PSBT as base64 to --out or into the result. */
static mien_status put_psbt(mien_cli *cli, mien_psbt *psbt, mien_error *error) {
    char *text;
    const char *path = mien_cli_value(cli, "out");
    MIEN_TRY(mien_psbt_base64(&text, psbt));
    MIEN_TRY(mien_json_set(cli->result, "psbt", json_string(text)));
    if (path == NULL) {
        fprintf(cli->text, "%s\n", text);
        return MIEN_OK;
    }
    fprintf(cli->text, "Written to %s\n", path);
    return mien_file_write(path, text, strlen(text), MIEN_FILE_PUBLIC, error);
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

/* Everything a PSBT verb looks at before it does anything. Destroyed by psbt_job_end in any case.
 */
typedef struct psbt_job {
    mien_psbt psbt;
    mien_bitcoin_network network;
    mien_bitcoin_limits limits;
    mien_accounts accounts;
    mien_bitcoin_account_list list;
    mien_bitcoin_review review;
    const char *words;
    size_t signed_inputs;
} psbt_job;

static mien_status psbt_job_start(mien_cli *cli, psbt_job *job, mien_error *error) {
    MIEN_TRY(read_network(cli, &job->network, error));
    MIEN_TRY(read_limits(cli, &job->limits, error));
    MIEN_TRY(mien_accounts_read(&job->accounts, error));
    MIEN_TRY(read_psbt(&job->psbt, cli->operands[0], error));
    mien_bitcoin_keys keys = mien_accounts_keys(&job->accounts, &job->list, job->network);
    MIEN_TRY(mien_bitcoin_review_psbt(&job->review, &job->psbt, job->network, &keys, &job->limits,
                                      error));
    MIEN_TRY(mien_bitcoin_review_words(&job->words, &job->review));
    return review_json(cli->result, &job->review);
}

static void psbt_job_end(psbt_job *job) {
    mien_bitcoin_review_destroy(&job->review);
    mien_psbt_destroy(&job->psbt);
}

static mien_status run_show(mien_cli *cli, mien_error *error) {
    psbt_job job = {0};
    char digest[65];
    mien_status status = psbt_job_start(cli, &job, error);
    if (status == MIEN_OK) {
        mien_hex_encode(digest, job.review.digest, 32);
        fprintf(cli->text, "%s\nDigest for proofs: %s\n", job.words, digest);
    }
    psbt_job_end(&job);
    return status;
}

static mien_status run_digest(mien_cli *cli, mien_error *error) {
    mien_bitcoin_network network;
    mien_psbt psbt;
    uint8_t digest[32];
    char hex[65];
    bool proven;
    MIEN_TRY(read_network(cli, &network, error));
    MIEN_TRY(read_psbt(&psbt, cli->operands[0], error));
    mien_status status = mien_bitcoin_psbt_digest(digest, &proven, &psbt, network, error);
    mien_psbt_destroy(&psbt);
    MIEN_TRY(status);
    if (!proven)
        mien_cli_say(cli, "Not every input comes with its previous transaction: compare the "
                          "amounts that are spent with the chain.");
    mien_hex_encode(hex, digest, sizeof digest);
    fprintf(cli->text, "%s\n", hex);
    MIEN_TRY(
        mien_json_set(cli->result, "network", json_string(mien_bitcoin_parameters(network)->name)));
    MIEN_TRY(mien_json_set(cli->result, "proven_amounts", json_boolean(proven)));
    return mien_json_set(cli->result, "digest", json_string(hex));
}

static mien_status sign_action(void *context, const mien_cli_root *root, mien_error *error) {
    psbt_job *job = context;
    mien_random random = mien_random_system();
    return mien_bitcoin_sign_psbt(&job->psbt, &job->signed_inputs, root->curve, root->key,
                                  job->network, &job->limits, job->review.digest, &random, error);
}

static mien_status run_sign(mien_cli *cli, mien_error *error) {
    psbt_job job = {0};
    mien_status status = psbt_job_start(cli, &job, error);
    if (status == MIEN_OK && job.review.ours == 0)
        status = mien_fail(error, MIEN_ARGUMENT, "no input of this transaction is this wallet's");
    if (status == MIEN_OK)
        status = mien_cli_sign(cli, job.words, job.review.digest, &job.accounts, sign_action, &job,
                               error);
    if (status == MIEN_OK) {
        mien_cli_say(cli, "%zu of %zu inputs signed.", job.signed_inputs, job.review.input_count);
        status = mien_json_set(cli->result, "signed_inputs",
                               json_integer((json_int_t)job.signed_inputs));
    }
    if (status == MIEN_OK) status = put_psbt(cli, &job.psbt, error);
    psbt_job_end(&job);
    return status;
}

static mien_status combine_rest(mien_cli *cli, mien_psbt *psbt, mien_error *error) {
    for (size_t i = 1; i < cli->operand_count; i++) {
        mien_psbt other;
        MIEN_TRY(read_psbt(&other, cli->operands[i], error));
        mien_status status = mien_psbt_combine(psbt, &other, error);
        mien_psbt_destroy(&other);
        MIEN_TRY(status);
    }
    return put_psbt(cli, psbt, error);
}

static mien_status run_combine(mien_cli *cli, mien_error *error) {
    mien_psbt psbt;
    MIEN_TRY(read_psbt(&psbt, cli->operands[0], error));
    mien_status status = combine_rest(cli, &psbt, error);
    mien_psbt_destroy(&psbt);
    return status;
}

static mien_status run_finalize(mien_cli *cli, mien_error *error) {
    mien_psbt psbt;
    size_t finished = 0;
    MIEN_TRY(read_psbt(&psbt, cli->operands[0], error));
    mien_status status = mien_psbt_finalize(&psbt, &finished, error);
    if (status == MIEN_OK) {
        mien_cli_say(cli, "%zu of %zu inputs are finished.", finished,
                     psbt.transaction.input_count);
        status = mien_json_set(cli->result, "finished_inputs", json_integer((json_int_t)finished));
    }
    if (status == MIEN_OK) status = put_psbt(cli, &psbt, error);
    mien_psbt_destroy(&psbt);
    return status;
}

static mien_status put_transaction(mien_cli *cli, mien_view bytes, mien_error *error) {
    const char *path = mien_cli_value(cli, "out");
    MIEN_TRY(mien_json_set_hex(cli->result, "transaction", bytes.data, bytes.length));
    const char *hex = json_string_value(json_object_get(cli->result, "transaction"));
    if (path == NULL) {
        fprintf(cli->text, "%s\n", hex);
        return MIEN_OK;
    }
    fprintf(cli->text, "Written to %s\n", path);
    return mien_file_write(path, hex, strlen(hex), MIEN_FILE_PUBLIC, error);
}

static mien_status run_extract(mien_cli *cli, mien_error *error) {
    mien_psbt psbt;
    mien_view bytes;
    size_t finished;
    MIEN_TRY(read_psbt(&psbt, cli->operands[0], error));
    mien_status status = mien_psbt_finalize(&psbt, &finished, error);
    if (status == MIEN_OK) status = mien_psbt_extract(&bytes, &psbt, error);
    if (status == MIEN_OK) status = put_transaction(cli, bytes, error);
    mien_psbt_destroy(&psbt);
    return status;
}

static const mien_cli_option out_options[] = {
    {"out", 'o', "FILE", false, "write the result there instead of stdout"}, MIEN_CLI_OPTIONS_END};

static const mien_cli_option *const address_tables[] = {
    address_options, network_options, mien_cli_source_options, mien_cli_pin_options, NULL};
static const mien_cli_option *const show_tables[] = {network_options, limit_options, NULL};
static const mien_cli_option *const digest_tables[] = {network_options, NULL};
static const mien_cli_option *const sign_tables[] = {
    mien_cli_source_options, network_options,      limit_options, mien_cli_sign_options,
    mien_cli_pin_options,    mien_cli_yes_options, NULL};
static const mien_cli_option *const out_tables[] = {out_options, NULL};

const mien_cli_verb mien_cli_bitcoin_verbs[] = {
    {"address", "Bitcoin addresses of the wallet", NULL, 0, 0, address_tables,
     "Without --source they come from a file of public keys that other programs of yours could\n"
     "change; with --source they are derived anew behind your face.",
     "mien address\n"
     "mien address --type p2tr --count 5\n"
     "mien address --index 7 --source camera    # certain",
     run_address},
    {"xpub", "extended public key of an account, for watch-only wallets", NULL, 0, 0,
     address_tables, NULL, "mien xpub\nmien xpub --network testnet --type p2tr", run_xpub},
    {"psbt show", "what a partially signed transaction would do, in words", "PSBT", 1, 1,
     show_tables,
     "Takes version 0 and 2, binary or base64, \"-\" for standard input. Everything that signing\n"
     "would refuse is refused here too.",
     "mien psbt show payment.psbt", run_show},
    {"psbt digest", "what a proof about a transaction is bound to; needs no wallet", "PSBT", 1, 1,
     digest_tables,
     "For who checks proofs: the same digest for PSBT version 0 and 2, signed or not. Name the\n"
     "network that the transaction is meant for; it enters the digest.",
     "mien psbt digest payment.psbt\n"
     "mien verify payment.proof --bind $(mien psbt digest payment.psbt) --record their.record",
     run_digest},
    {"psbt sign", "show it, ask, look at your face, sign", "PSBT", 1, 1, sign_tables,
     "The words come first, then a key press, then the face. --proof writes a zero-knowledge "
     "proof\n"
     "that the face matched, bound to this transaction's digest.",
     "mien psbt sign payment.psbt --source camera -o signed.psbt\n"
     "mien psbt sign payment.psbt --source camera --proof payment.proof --record-out me.record",
     run_sign},
    {"psbt combine", "merge what several signers added", "PSBT...", 2, MIEN_CLI_MAX_OPERANDS,
     out_tables, NULL, "mien psbt combine mine.psbt theirs.psbt -o both.psbt", run_combine},
    {"psbt finalize", "check the signatures and finish the inputs", "PSBT", 1, 1, out_tables, NULL,
     "mien psbt finalize signed.psbt -o final.psbt", run_finalize},
    {"psbt extract", "the transaction as the network takes it, in hex", "PSBT", 1, 1, out_tables,
     NULL, "mien psbt extract signed.psbt", run_extract},
    {0}};
