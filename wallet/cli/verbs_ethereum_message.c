/* SPDX-License-Identifier: MIT */
/* Ethereum besides transactions: messages, typed data, authorisations to delegate an account. */
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/files/file.h"
#include "wallet/cli/agent_sign.h"
#include "wallet/cli/ethereum_job.h"
#include "wallet/cli/sign.h"
#include "wallet/cli/verbs.h"
#include "wallet/encoding/hex.h"

#define MESSAGE_MAX ((size_t)1 << 20)

/* ---- one way for hashes: show, policy, face, sign, tell ---- */

static mien_status sign_with(mien_cli_ethereum_job *job, const mien_curve *curve,
                             const uint8_t *secret) {
    return mien_ethereum_sign_hash(job->signature, curve, job->hash, secret);
}

static mien_status sign_action(void *context, const mien_cli_root *root, mien_error *error) {
    return mien_cli_ethereum_with_key(context, root, sign_with, error);
}

static mien_status put_text(mien_cli *cli, const char *text, mien_error *error) {
    const char *path = mien_cli_value(cli, "out");
    fprintf(cli->text, "%s%s\n", path != NULL ? "Written to " : "", path != NULL ? path : text);
    return path != NULL ? mien_file_write(path, text, strlen(text), MIEN_FILE_PUBLIC, error)
                        : MIEN_OK;
}

static mien_status put_address(mien_cli *cli, const mien_cli_ethereum_job *job) {
    char text[MIEN_ETHEREUM_ADDRESS_TEXT];
    mien_ethereum_address_text(text, job->from);
    MIEN_TRY(mien_json_set(cli->result, "from", json_string(text)));
    return mien_json_set_hex(cli->result, "digest", job->request.digest, 32);
}

/* By the agent, or here. */
static mien_status
sign_somewhere(mien_cli *cli, mien_cli_ethereum_job *job, mien_rpc_kind kind, mien_view payload,
               mien_status (*action)(void *context, const mien_cli_root *root, mien_error *error),
               mien_error *error) {
    mien_agent_client *agent;
    MIEN_TRY(mien_cli_find_agent(cli, &agent, error));
    mien_status status =
        agent != NULL
            ? mien_cli_agent_ethereum(cli, job, agent, kind, payload, error)
            : mien_cli_sign(cli, job->words, &job->request, &job->accounts, action, job, error);
    mien_agent_disconnect(agent);
    return status;
}

static mien_status sign_hash(mien_cli *cli, mien_cli_ethereum_job *job, mien_rpc_kind kind,
                             mien_view payload, mien_error *error) {
    char hex[2 * MIEN_ETHEREUM_SIGNATURE_SIZE + 3] = "0x";
    MIEN_TRY(sign_somewhere(cli, job, kind, payload, sign_action, error));
    mien_hex_encode(hex + 2, job->signature, sizeof job->signature);
    MIEN_TRY(put_address(cli, job));
    MIEN_TRY(mien_json_set_hex(cli->result, "hash", job->hash, sizeof job->hash));
    MIEN_TRY(mien_json_set(cli->result, "signature", json_string(hex)));
    return put_text(cli, hex, error);
}

/* ---- messages ---- */

static const mien_cli_option message_options[] = {
    {"message", 'm', "TEXT", false, "the message, instead of a FILE"}, MIEN_CLI_OPTIONS_END};

static mien_status message_steps(mien_cli *cli, mien_cli_ethereum_job *job, mien_error *error) {
    static const mien_policy_chain any = {true, 0};
    const char *text = mien_cli_value(cli, "message");
    uint8_t digest[32];
    MIEN_TRY(mien_cli_ethereum_start(cli, job, error));
    if ((text != NULL) == (cli->operand_count != 0))
        return mien_fail(error, MIEN_USAGE, "the message: a FILE, or --message TEXT");
    mien_view message = mien_view_of(text, text != NULL ? strlen(text) : 0);
    if (text == NULL) {
        MIEN_TRY(mien_cli_read_file(&job->text, &job->text_length, cli->operands[0], MESSAGE_MAX,
                                    error));
        message = mien_view_of(job->text, job->text_length);
    }
    MIEN_TRY(mien_ethereum_review_message(&job->words, digest, &job->arena, message, job->from));
    mien_ethereum_message_hash(job->hash, message);
    mien_policy_of_message(&job->request, any, digest);
    return sign_hash(cli, job, MIEN_RPC_MESSAGE, message, error);
}

static mien_status run_message(mien_cli *cli, mien_error *error) {
    mien_cli_ethereum_job job = {0};
    mien_status status = message_steps(cli, &job, error);
    mien_cli_ethereum_end(&job);
    return status;
}

/* ---- typed data ---- */

static mien_status typed_steps(mien_cli *cli, mien_cli_ethereum_job *job, mien_error *error) {
    mien_typed_data data;
    uint8_t digest[32];
    MIEN_TRY(mien_cli_ethereum_start(cli, job, error));
    MIEN_TRY(
        mien_cli_read_file(&job->text, &job->text_length, cli->operands[0], MESSAGE_MAX, error));
    MIEN_TRY(
        mien_typed_data_read(&data, &job->arena, (const char *)job->text, job->text_length, error));
    mien_ethereum_message_digest(digest, job->from, data.digest);
    mien_policy_of_typed_data(&job->request, &data, digest);
    memcpy(job->hash, data.digest, sizeof job->hash);
    job->words = data.words;
    return sign_hash(cli, job, MIEN_RPC_TYPED_DATA, mien_view_of(job->text, job->text_length),
                     error);
}

static mien_status run_typed(mien_cli *cli, mien_error *error) {
    mien_cli_ethereum_job job = {0};
    mien_status status = typed_steps(cli, &job, error);
    mien_cli_ethereum_end(&job);
    return status;
}

/* ---- authorisations ---- */

static const mien_cli_option auth_options[] = {
    {"chain-id", 0, "N", false, "the chain it is for; 0 is every chain, with --allow-any-chain"},
    {"nonce", 0, "N", false,
     "the account's next nonce (one more if it sends the transaction itself)"},
    {"revoke", 0, NULL, false, "delegate to nobody: take back what was delegated"},
    {"allow-delegates", 0, NULL, false, "any code, if the policy allows it, too"},
    {"allow-any-chain", 0, NULL, false, "valid on every chain, if the policy allows it, too"},
    MIEN_CLI_OPTIONS_END};

static mien_status read_delegate(mien_cli *cli, mien_ethereum_authorization *out,
                                 mien_error *error) {
    bool revoke = mien_cli_flag(cli, "revoke");
    if (revoke != (cli->operand_count == 0))
        return mien_fail(error, MIEN_USAGE, "DELEGATE, or --revoke: which of the two?");
    if (revoke) return MIEN_OK;
    mien_status status =
        mien_ethereum_address_parse(out->delegate, cli->operands[0], strlen(cli->operands[0]));
    if (status == MIEN_AUTHENTICATION)
        return mien_fail(error, status, "DELEGATE is mistyped: its capital letters do not fit");
    if (status != MIEN_OK) return mien_fail(error, MIEN_USAGE, "DELEGATE is no address");
    return MIEN_OK;
}

static mien_status read_authorization(mien_cli *cli, mien_ethereum_authorization *out,
                                      mien_error *error) {
    if (mien_cli_value(cli, "chain-id") == NULL || mien_cli_value(cli, "nonce") == NULL)
        return mien_fail(error, MIEN_USAGE, "--chain-id N and --nonce N are needed");
    MIEN_TRY(mien_cli_number(cli, "chain-id", &out->chain_id, 0, 0, INT64_MAX, error));
    MIEN_TRY(mien_cli_number(cli, "nonce", &out->nonce, 0, 0, UINT64_MAX - 1, error));
    return read_delegate(cli, out, error);
}

static mien_status authorize_with(mien_cli_ethereum_job *job, const mien_curve *curve,
                                  const uint8_t *secret) {
    return mien_ethereum_sign_authorization(&job->authorization, curve, secret);
}

static mien_status authorize_action(void *context, const mien_cli_root *root, mien_error *error) {
    return mien_cli_ethereum_with_key(context, root, authorize_with, error);
}

static mien_status set_quantity(json_t *object, const char *key, uint64_t value) {
    char text[24];
    snprintf(text, sizeof text, "0x%llx", (unsigned long long)value);
    return mien_json_set(object, key, json_string(text));
}

static mien_status set_bytes(json_t *object, const char *key, const uint8_t bytes[32]) {
    char text[67] = "0x";
    mien_hex_encode(text + 2, bytes, 32);
    return mien_json_set(object, key, json_string(text));
}

/* As the field authorizationList of a transaction takes it. */
static mien_status put_authorization(mien_cli *cli, const mien_ethereum_authorization *a,
                                     mien_error *error) {
    char delegate[MIEN_ETHEREUM_ADDRESS_TEXT], *text;
    json_t *object = json_object();
    MIEN_TRY(mien_json_set(cli->result, "authorization", object));
    mien_ethereum_address_text(delegate, a->delegate);
    MIEN_TRY(set_quantity(object, "chainId", a->chain_id));
    MIEN_TRY(mien_json_set(object, "address", json_string(delegate)));
    MIEN_TRY(set_quantity(object, "nonce", a->nonce));
    MIEN_TRY(set_quantity(object, "yParity", a->y_parity));
    MIEN_TRY(set_bytes(object, "r", a->r));
    MIEN_TRY(set_bytes(object, "s", a->s));
    MIEN_TRY(mien_json_print(&text, object, false));
    mien_status status = put_text(cli, text, error);
    free(text);
    return status;
}

static mien_status auth_steps(mien_cli *cli, mien_cli_ethereum_job *job, mien_error *error) {
    mien_ethereum_limits limits;
    uint8_t digest[32];
    MIEN_TRY(mien_cli_ethereum_start(cli, job, error));
    MIEN_TRY(read_authorization(cli, &job->authorization, error));
    MIEN_TRY(mien_cli_ethereum_limits(cli, &limits, error));
    MIEN_TRY(mien_ethereum_review_authorization(&job->words, digest, &job->arena,
                                                &job->authorization, job->from, &limits, error));
    mien_policy_of_authorization(&job->request, &job->authorization, digest);
    MIEN_TRY(sign_somewhere(cli, job, MIEN_RPC_AUTHORIZATION, mien_view_of(NULL, 0),
                            authorize_action, error));
    MIEN_TRY(put_address(cli, job));
    return put_authorization(cli, &job->authorization, error);
}

static mien_status run_auth(mien_cli *cli, mien_error *error) {
    mien_cli_ethereum_job job = {0};
    mien_status status = auth_steps(cli, &job, error);
    mien_cli_ethereum_end(&job);
    return status;
}

/* ---- table ---- */

static const mien_cli_option *const message_tables[] = {mien_cli_source_options,
                                                        message_options,
                                                        mien_cli_ethereum_index_options,
                                                        mien_cli_sign_options,
                                                        mien_cli_agent_options,
                                                        mien_cli_pin_options,
                                                        mien_cli_yes_options,
                                                        NULL};
static const mien_cli_option *const typed_tables[] = {mien_cli_source_options,
                                                      mien_cli_ethereum_index_options,
                                                      mien_cli_sign_options,
                                                      mien_cli_agent_options,
                                                      mien_cli_pin_options,
                                                      mien_cli_yes_options,
                                                      NULL};
static const mien_cli_option *const auth_tables[] = {mien_cli_source_options,
                                                     auth_options,
                                                     mien_cli_ethereum_index_options,
                                                     mien_cli_sign_options,
                                                     mien_cli_agent_options,
                                                     mien_cli_pin_options,
                                                     mien_cli_yes_options,
                                                     NULL};

const mien_cli_verb mien_cli_ethereum_message_verbs[] = {
    {"eth sign-message", "sign a message (personal_sign, EIP-191)", "[FILE]", 0, 1, message_tables,
     "The message is shown first, then a key press, then the face.",
     "mien eth sign-message --message 'it is me' --source camera", run_message},
    {"eth sign-typed", "sign typed data (EIP-712, version 4)", "FILE", 1, 1, typed_tables,
     "Takes the JSON of eth_signTypedData_v4. Domain, every field and both hashes are shown.",
     "mien eth sign-typed permit.json --source camera", run_typed},
    {"eth auth", "let code act for an account, or take that back (EIP-7702)", "[DELEGATE]", 0, 1,
     auth_tables,
     "Signs an authorisation for a transaction of type 4. Code that is not well known and chain 0\n"
     "are refused unless both an option and the policy allow them. --revoke is always allowed.",
     "mien eth auth 0x63c0c19a282a1B52b07dD5a65b58948A07DAE32B --chain-id 1 --nonce 7\n"
     "    --source camera\n"
     "mien eth auth --revoke --chain-id 1 --nonce 8 --source camera",
     run_auth},
    {0}};
