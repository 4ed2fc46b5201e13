/* SPDX-License-Identifier: MIT */
/* Bitcoin: partially signed transactions. */
#include <stdlib.h>
#include <string.h>

#include "platform/files/file.h"
#include "wallet/cli/agent_sign.h"
#include "wallet/cli/psbt_job.h"
#include "wallet/cli/sign.h"
#include "wallet/cli/verbs.h"
#include "wallet/encoding/hex.h"

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

static mien_status run_show(mien_cli *cli, mien_error *error) {
    mien_cli_psbt_job job = {0};
    char digest[65];
    mien_status status = mien_cli_psbt_job_start(cli, &job, cli->operands[0], error);
    if (status == MIEN_OK) {
        mien_hex_encode(digest, job.review.digest, 32);
        fprintf(cli->text, "%s\nDigest for proofs: %s\n", job.words, digest);
    }
    mien_cli_psbt_job_end(&job);
    return status;
}

static mien_status run_digest(mien_cli *cli, mien_error *error) {
    mien_bitcoin_network network;
    mien_psbt psbt;
    uint8_t digest[32];
    char hex[65];
    bool proven;
    MIEN_TRY(mien_cli_network(cli, &network, error));
    MIEN_TRY(mien_cli_read_psbt(&psbt, cli->operands[0], error));
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
    mien_cli_psbt_job *job = context;
    mien_random random = mien_random_system();
    if (memcmp(job->policy_digest, job->cli->policy_digest, sizeof job->policy_digest) != 0)
        return mien_fail(error, MIEN_AUTHENTICATION,
                         "the policy changed while the transaction was shown; show it again");
    return mien_bitcoin_sign_psbt(&job->psbt, &job->signed_inputs, root->curve, root->key,
                                  job->network, &job->limits, job->review.digest, &random, error);
}

static mien_status sign_somewhere(mien_cli *cli, mien_cli_psbt_job *job, mien_error *error) {
    mien_agent_client *agent;
    MIEN_TRY(mien_cli_find_agent(cli, &agent, error));
    mien_status status = agent != NULL ? mien_cli_agent_psbt(job, agent, error)
                                       : mien_cli_sign(cli, job->words, &job->request,
                                                       &job->accounts, sign_action, job, error);
    mien_agent_disconnect(agent);
    return status;
}

static mien_status run_sign(mien_cli *cli, mien_error *error) {
    mien_cli_psbt_job job = {0};
    mien_status status = mien_cli_psbt_job_start(cli, &job, cli->operands[0], error);
    if (status == MIEN_OK && job.review.ours == 0)
        status = mien_fail(error, MIEN_ARGUMENT, "no input of this transaction is this wallet's");
    if (status == MIEN_OK) status = sign_somewhere(cli, &job, error);
    if (status == MIEN_OK) {
        mien_cli_say(cli, "%zu of %zu inputs signed.", job.signed_inputs, job.review.input_count);
        status = mien_json_set(cli->result, "signed_inputs",
                               json_integer((json_int_t)job.signed_inputs));
    }
    if (status == MIEN_OK) status = put_psbt(cli, &job.psbt, error);
    mien_cli_psbt_job_end(&job);
    return status;
}

static mien_status combine_rest(mien_cli *cli, mien_psbt *psbt, mien_error *error) {
    for (size_t i = 1; i < cli->operand_count; i++) {
        mien_psbt other;
        MIEN_TRY(mien_cli_read_psbt(&other, cli->operands[i], error));
        mien_status status = mien_psbt_combine(psbt, &other, error);
        mien_psbt_destroy(&other);
        MIEN_TRY(status);
    }
    return put_psbt(cli, psbt, error);
}

static mien_status run_combine(mien_cli *cli, mien_error *error) {
    mien_psbt psbt;
    MIEN_TRY(mien_cli_read_psbt(&psbt, cli->operands[0], error));
    mien_status status = combine_rest(cli, &psbt, error);
    mien_psbt_destroy(&psbt);
    return status;
}

static mien_status run_finalize(mien_cli *cli, mien_error *error) {
    mien_psbt psbt;
    size_t finished = 0;
    MIEN_TRY(mien_cli_read_psbt(&psbt, cli->operands[0], error));
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
    MIEN_TRY(mien_cli_read_psbt(&psbt, cli->operands[0], error));
    mien_status status = mien_psbt_finalize(&psbt, &finished, error);
    if (status == MIEN_OK) status = mien_psbt_extract(&bytes, &psbt, error);
    if (status == MIEN_OK) status = put_transaction(cli, bytes, error);
    mien_psbt_destroy(&psbt);
    return status;
}

static const mien_cli_option out_options[] = {
    {"out", 'o', "FILE", false, "write the result there instead of stdout"}, MIEN_CLI_OPTIONS_END};

static const mien_cli_option *const show_tables[] = {mien_cli_network_options,
                                                     mien_cli_limit_options, NULL};
static const mien_cli_option *const digest_tables[] = {mien_cli_network_options, NULL};
static const mien_cli_option *const sign_tables[] = {
    mien_cli_source_options, mien_cli_network_options,
    mien_cli_limit_options,  mien_cli_sign_options,
    mien_cli_agent_options,  mien_cli_pin_options,
    mien_cli_yes_options,    NULL};
static const mien_cli_option *const out_tables[] = {out_options, NULL};

const mien_cli_verb mien_cli_bitcoin_verbs[] = {
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
