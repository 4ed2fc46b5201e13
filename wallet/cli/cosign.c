/* SPDX-License-Identifier: MIT */
/* `mien cosign register|contract|request`: the client of a co-signer. */
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/files/file.h"
#include "platform/network/http_client.h"
#include "wallet/cli/ethereum_job.h"
#include "wallet/cli/psbt_job.h"
#include "wallet/cli/sign.h"
#include "wallet/cli/verbs.h"
#include "wallet/cosign/attestation.h"
#include "wallet/cosign/cosign.h"
#include "wallet/cosign/member.h"
#include "wallet/encoding/hex.h"

#define ACCOUNT_FILE_MAX 65536
#define ANSWER_MAX MIEN_COSIGN_BODY_LIMIT
#define USER_KEY_TEXT (MIEN_HD_TEXT + MIEN_HD_PATH_TEXT + 16)

static const mien_cli_option account_options[] = {
    {"account", 'a', "FILE", false, "the account, as register wrote it: for you only"},
    {"ca-file", 0, "FILE", false, "certificates to check the co-signer with"},
    MIEN_CLI_OPTIONS_END};

static const mien_cli_option register_options[] = {
    {"server", 0, "URL", false, "scheme, host and port of the co-signer"},
    {"token-file", 0, "FILE", false, "the operator's token, for this one request"},
    {"policy", 0, "FILE", false, "what the co-signer is to allow (mien policy check reads it)"},
    {"bitcoin", 0, "NETWORK", false, "share a Bitcoin wallet on that network"},
    {"recovery", 0, "KEY", false, "its third key, [fingerprint/path]xpub, kept elsewhere"},
    {"ethereum", 0, "CHAIN", false, "attest for a contract account on the chain with that id"},
    {"statement", 0, "NAME", false,
     "what each request must prove: face (default), or match, which is less and fixed for good"},
    {"bits", 0, "100|128", false, "least security of each proof without grinding (default 100)"},
    MIEN_CLI_OPTIONS_END};

static const mien_cli_option request_options[] = {
    {"call", 0, "FILE", false, "a call of the contract account, as JSON, instead of a PSBT"},
    {"out", 'o', "FILE", false, "write the result there instead of stdout"},
    MIEN_CLI_OPTIONS_END};

/* ---- talking ---- */

typedef struct account_file {
    json_t *object;
    const char *server, *id, *token;
} account_file;

static mien_status connect_to(mien_cli *cli, mien_http_client **client, const char *server,
                              const char *token, mien_error *error) {
    mien_http_url url;
    mien_http_client_options options = {
        .ca_file = mien_cli_value(cli, "ca-file"), .bearer = token, .answer_limit = ANSWER_MAX};
    MIEN_TRY(mien_http_url_parse(&url, server, error));
    if (strcmp(url.path, "/") != 0 || server[strlen(server) - 1] == '/')
        return mien_fail(error, MIEN_USAGE, "the co-signer is scheme, host and port: '%s' has more",
                         server);
    return mien_http_client_create(client, &url, &options, error);
}

/* The refusal of the co-signer in its own words, with a status of our list. */
static mien_status refusal(const json_t *answer, int code, mien_error *error) {
    const json_t *object = json_object_get(answer, "error");
    const char *name = json_string_value(json_object_get(object, "status"));
    const char *words = json_string_value(json_object_get(object, "message"));
    mien_status status = MIEN_IO;
    for (int i = 1; name != NULL && i < MIEN_STATUS_COUNT; i++)
        if (strcmp(name, mien_status_name((mien_status)i)) == 0) status = (mien_status)i;
    return mien_fail(error, status, "the co-signer refuses (%d): %s", code,
                     words != NULL ? words : "without words");
}

/* POST `body`, which is taken over; the answer's object is the caller's. */
static mien_status ask(mien_cli *cli, json_t **answer, const char *server, const char *token,
                       const char *path, json_t *body, mien_error *error) {
    mien_http_client *client = NULL;
    char *text = NULL;
    uint8_t *bytes = NULL;
    size_t length;
    int code = 0;
    *answer = NULL;
    mien_status status = body != NULL ? mien_json_print(&text, body, false) : MIEN_MEMORY;
    json_decref(body);
    if (status == MIEN_OK) status = connect_to(cli, &client, server, token, error);
    if (status == MIEN_OK)
        status = mien_http_post(client, &code, &bytes, &length, path, text, strlen(text), error);
    if (status == MIEN_OK)
        status =
            mien_json_parse(answer, (const char *)bytes, length, "the co-signer's answer", error);
    if (status == MIEN_OK && code != 200) {
        status = refusal(*answer, code, error);
        json_decref(*answer);
        *answer = NULL;
    }
    mien_http_client_destroy(client);
    free(bytes);
    free(text);
    return status;
}

/* ---- the account file ---- */

static mien_status account_path(const mien_cli *cli, const char **path, mien_error *error) {
    *path = mien_cli_value(cli, "account");
    return *path != NULL
               ? MIEN_OK
               : mien_fail(error, MIEN_USAGE, "--account FILE is missing: which account?");
}

static void account_close(account_file *account) {
    json_decref(account->object);
    account->object = NULL;
}

static mien_status account_open(const mien_cli *cli, account_file *account, mien_error *error) {
    const char *path;
    uint8_t *bytes;
    size_t length;
    *account = (account_file){0};
    MIEN_TRY(account_path(cli, &path, error));
    MIEN_TRY(mien_file_read(&bytes, &length, path, ACCOUNT_FILE_MAX, MIEN_FILE_ONLY_MINE, error));
    mien_status status =
        mien_json_parse(&account->object, (const char *)bytes, length, "account", error);
    mien_wipe(bytes, length);
    free(bytes);
    MIEN_TRY(status);
    status = mien_json_get_string(&account->server, account->object, "server", error);
    if (status == MIEN_OK)
        status = mien_json_get_string(&account->id, account->object, "account", error);
    if (status == MIEN_OK)
        status = mien_json_get_string(&account->token, account->object, "token", error);
    if (status != MIEN_OK) account_close(account);
    return status;
}

/* New: registering twice would lose the first account's token. */
static mien_status account_write(const char *path, const json_t *object, unsigned flags,
                                 mien_error *error) {
    char *text;
    MIEN_TRY(mien_json_print(&text, object, true));
    mien_status status = mien_file_write(path, text, strlen(text), flags, error);
    mien_wipe(text, strlen(text));
    free(text);
    return status;
}

/* ---- register ---- */

static mien_status read_text(char **text, const char *path, size_t limit, mien_error *error) {
    uint8_t *bytes;
    size_t length;
    MIEN_TRY(mien_file_read(&bytes, &length, path, limit, 0, error));
    *text = (char *)bytes;
    return MIEN_OK;
}

/* Our key of the shared wallet, as descriptors have it: m/48'/coin'/0'/2'. */
static mien_status user_key(char out[USER_KEY_TEXT], const mien_accounts *accounts,
                            mien_bitcoin_network network, mien_error *error) {
    mien_hd_path path;
    char hex[9], path_text[MIEN_HD_PATH_TEXT], xpub[MIEN_HD_TEXT];
    mien_cosign_bitcoin_path(&path, network, 0);
    for (size_t i = 0; i < accounts->more_count; i++) {
        if (!mien_hd_path_equal(&accounts->more[i].path, &path)) continue;
        mien_hex_encode(hex, accounts->fingerprint, MIEN_FINGERPRINT_SIZE);
        mien_hd_path_text(path_text, &path);
        MIEN_TRY(mien_hd_public_text(xpub, &accounts->more[i].key,
                                     mien_bitcoin_parameters(network)->public));
        snprintf(out, USER_KEY_TEXT, "[%s%s]%s", hex, path_text + 1, xpub);
        return MIEN_OK;
    }
    return mien_fail(error, MIEN_NOT_FOUND, "this wallet has no key for shared wallets");
}

static mien_status add_bitcoin(mien_cli *cli, json_t *body, const mien_accounts *accounts,
                               mien_error *error) {
    const char *name = mien_cli_value(cli, "bitcoin"), *recovery = mien_cli_value(cli, "recovery");
    char user[USER_KEY_TEXT];
    mien_bitcoin_network network;
    if (name == NULL) return MIEN_OK;
    if (recovery == NULL)
        return mien_fail(error, MIEN_USAGE,
                         "--recovery KEY is missing: without a third key, coins are lost with "
                         "either of the two");
    if (mien_bitcoin_network_named(&network, name) != MIEN_OK)
        return mien_fail(error, MIEN_USAGE, "--bitcoin mainnet, testnet, signet or regtest");
    MIEN_TRY(user_key(user, accounts, network, error));
    return mien_json_set(
        body, "bitcoin",
        json_pack("{s:s, s:s, s:s}", "network", name, "user", user, "recovery", recovery));
}

static mien_status add_ethereum(mien_cli *cli, json_t *body, mien_error *error) {
    uint64_t chain;
    if (mien_cli_value(cli, "ethereum") == NULL) return MIEN_OK;
    MIEN_TRY(mien_cli_number(cli, "ethereum", &chain, 0, 1, INT64_MAX, error));
    return mien_json_set(body, "ethereum", json_pack("{s:I}", "chain_id", (json_int_t)chain));
}

/* What the account asks of every proof from now on: nothing less is ever accepted for it. */
static mien_status add_statement(mien_cli *cli, json_t *body, mien_error *error) {
    const char *name = mien_cli_value(cli, "statement");
    const char *bits = mien_cli_value(cli, "bits");
    if (name == NULL) name = MIEN_STATEMENT_FACE;
    if (bits == NULL) bits = "100";
    if (strcmp(name, MIEN_STATEMENT_FACE) != 0 && strcmp(name, MIEN_STATEMENT_MATCH) != 0)
        return mien_fail(error, MIEN_USAGE, "--statement is face or match");
    if (strcmp(bits, "100") != 0 && strcmp(bits, "128") != 0)
        return mien_fail(error, MIEN_USAGE, "--bits is 100 or 128");
    MIEN_TRY(mien_json_set(body, "statements", json_pack("[s]", name)));
    return mien_json_set(body, "bits", json_integer(strcmp(bits, "128") == 0 ? 128 : 100));
}

/* What the co-signer is told. The record is made for its address as the person typed it: proofs
 * for it are good nowhere else. */
static mien_status make_registration(mien_cli *cli, json_t *body, const char *server,
                                     mien_error *error) {
    const char *policy_path = mien_cli_value(cli, "policy");
    mien_cli_unlocked unlocked;
    mien_accounts accounts;
    mien_record record;
    uint8_t service[32], bytes[MIEN_RECORD_SIZE];
    char *policy;
    mien_policy *parsed;
    if (policy_path == NULL)
        return mien_fail(error, MIEN_USAGE, "--policy FILE is missing: what may it sign?");
    MIEN_TRY(read_text(&policy, policy_path, MIEN_POLICY_TEXT_MAX, error));
    mien_status status = mien_policy_parse(&parsed, policy, strlen(policy), error);
    if (status == MIEN_OK) mien_policy_destroy(parsed);
    if (status == MIEN_OK) status = mien_json_set(body, "policy", json_string(policy));
    free(policy);
    MIEN_TRY(status);
    MIEN_TRY(add_statement(cli, body, error));
    MIEN_TRY(add_ethereum(cli, body, error));
    MIEN_TRY(mien_cli_unlock(cli, &unlocked, error));
    mien_cosign_service(service, server);
    status = mien_wallet_session_record(unlocked.session, &record, service);
    if (status == MIEN_OK)
        status =
            mien_accounts_of_seed(&accounts, mien_wallet_session_seed(unlocked.session), error);
    mien_cli_unlocked_end(&unlocked);
    if (status == MIEN_OK) status = mien_record_encode(bytes, &record);
    if (status == MIEN_OK) status = mien_json_set_hex(body, "record", bytes, sizeof bytes);
    return status == MIEN_OK ? add_bitcoin(cli, body, &accounts, error) : status;
}

/* Our key must stand in the descriptor, first of three of which two sign: or coins would go to
 * somebody else's wallet. */
static mien_status check_descriptor(const json_t *body, const json_t *answer, mien_error *error) {
    const json_t *bitcoin = json_object_get(body, "bitcoin");
    const char *user = json_string_value(json_object_get(bitcoin, "user"));
    const char *recovery = json_string_value(json_object_get(bitcoin, "recovery"));
    const char *text = json_string_value(json_object_get(answer, "descriptor"));
    mien_descriptor d;
    if (bitcoin == NULL) return MIEN_OK;
    static const char start[] = "wsh(sortedmulti(2,";
    bool ours = text != NULL && strncmp(text, start, sizeof start - 1) == 0 &&
                strncmp(text + sizeof start - 1, user, strlen(user)) == 0 &&
                strstr(text, recovery) != NULL &&
                mien_descriptor_parse(&d, text, strlen(text), NULL) == MIEN_OK && d.required == 2 &&
                d.key_count == 3;
    return ours ? MIEN_OK
                : mien_fail(error, MIEN_AUTHENTICATION,
                            "the co-signer answers with a wallet that is not of your keys");
}

static mien_status keep_account(mien_cli *cli, json_t *answer, const char *server,
                                const json_t *body, mien_error *error) {
    const char *path, *descriptor, *attestor;
    MIEN_TRY(account_path(cli, &path, error));
    MIEN_TRY(check_descriptor(body, answer, error));
    MIEN_TRY(mien_json_set(answer, "server", json_string(server)));
    MIEN_TRY(mien_json_set(answer, "statement",
                           json_incref(json_array_get(json_object_get(body, "statements"), 0))));
    MIEN_TRY(mien_json_set(answer, "bits", json_incref(json_object_get(body, "bits"))));
    const json_t *chain = json_object_get(json_object_get(body, "ethereum"), "chain_id");
    if (chain != NULL)
        MIEN_TRY(mien_json_set(answer, "chain_id", json_integer(json_integer_value(chain))));
    MIEN_TRY(account_write(path, answer, MIEN_FILE_NEW, error));
    descriptor = json_string_value(json_object_get(answer, "descriptor"));
    attestor = json_string_value(json_object_get(answer, "attestor"));
    if (descriptor != NULL) {
        fprintf(cli->text, "%s\n", descriptor);
        mien_cli_say(cli,
                     "Put \"shared %s\" into the chain's section of your own policy, and into "
                     "your watch-only wallet.",
                     descriptor);
        MIEN_TRY(mien_json_set(cli->result, "descriptor", json_string(descriptor)));
    }
    if (attestor != NULL) {
        fprintf(cli->text, "attestor %s\n", attestor);
        MIEN_TRY(mien_json_set(cli->result, "attestor", json_string(attestor)));
    }
    return mien_json_set(cli->result, "account",
                         json_string(json_string_value(json_object_get(answer, "account"))));
}

static mien_status register_at(mien_cli *cli, const char *server, const char *token,
                               mien_error *error) {
    json_t *body = json_object(), *answer;
    mien_status status = make_registration(cli, body, server, error);
    json_t *copy = status == MIEN_OK ? json_deep_copy(body) : NULL;
    if (status == MIEN_OK) status = ask(cli, &answer, server, token, "/v1/register", copy, error);
    if (status == MIEN_OK) {
        status = keep_account(cli, answer, server, body, error);
        json_decref(answer);
    }
    json_decref(body);
    return status;
}

static mien_status run_register(mien_cli *cli, mien_error *error) {
    const char *server = mien_cli_value(cli, "server"), *file = mien_cli_value(cli, "token-file");
    const char *path;
    char *token;
    mien_http_url url;
    MIEN_TRY(account_path(cli, &path, error));
    if (mien_file_exists(path))
        return mien_fail(error, MIEN_EXISTS, "%s is there already; an account is made once", path);
    if (server == NULL || file == NULL)
        return mien_fail(error, MIEN_USAGE, "--server URL and --token-file FILE are both needed");
    if (mien_cli_value(cli, "bitcoin") == NULL && mien_cli_value(cli, "ethereum") == NULL)
        return mien_fail(error, MIEN_USAGE, "--bitcoin NETWORK, --ethereum CHAIN, or both");
    MIEN_TRY(mien_http_url_parse(&url, server, error));
    MIEN_TRY(read_text(&token, file, 4096, error));
    token[strcspn(token, "\r\n")] = '\0';
    mien_status status = register_at(cli, server, token, error);
    mien_wipe(token, strlen(token));
    free(token);
    return status;
}

/* ---- contract ---- */

static mien_status run_contract(mien_cli *cli, mien_error *error) {
    account_file account;
    json_t *answer;
    uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE];
    const char *path, *text = cli->operands[0];
    if (mien_ethereum_address_parse(address, text, strlen(text)) != MIEN_OK)
        return mien_fail(error, MIEN_USAGE, "'%s' is no address", text);
    MIEN_TRY(account_path(cli, &path, error));
    MIEN_TRY(account_open(cli, &account, error));
    mien_status status =
        ask(cli, &answer, account.server, account.token, "/v1/contract",
            json_pack("{s:s, s:s}", "account", account.id, "contract", text), error);
    if (status == MIEN_OK) {
        json_decref(answer);
        status = mien_json_set(account.object, "contract", json_string(text));
    }
    if (status == MIEN_OK) status = account_write(path, account.object, 0, error);
    account_close(&account);
    return status;
}

/* ---- request ---- */

typedef struct request_job {
    mien_cli *cli;
    account_file account;
    mien_cli_challenge challenge;
    /* Bitcoin */
    mien_cli_psbt_job psbt;
    /* Ethereum */
    json_t *call_json;
    mien_arena arena;
    mien_contract_call call;
    uint8_t attestation[MIEN_ETHEREUM_SIGNATURE_SIZE];
} request_job;

/* The nonce, when the person has agreed. The service comes from the file: it was made for the
 * address that the person typed. */
static mien_status get_challenge(void *context, mien_cli_challenge *challenge, mien_error *error) {
    request_job *job = context;
    json_t *answer;
    int64_t expiry = 0;
    MIEN_TRY(ask(job->cli, &answer, job->account.server, job->account.token, "/v1/nonce",
                 json_pack("{s:s}", "account", job->account.id), error));
    mien_status status =
        mien_json_get_hex(challenge->nonce, sizeof challenge->nonce, answer, "nonce", error);
    if (status == MIEN_OK)
        status = mien_json_get_integer(&expiry, answer, "expiry", 1, INT64_MAX, error);
    json_decref(answer);
    challenge->expiry = (uint64_t)expiry;
    mien_cosign_service(challenge->service, job->account.server);
    return status;
}

/* The kind of proof that the account was registered for. Files of older versions tell nothing: then
 * it was "match". */
static mien_status choose_statement(request_job *job, mien_error *error) {
    const json_t *object = job->account.object;
    const char *name = MIEN_STATEMENT_MATCH;
    int64_t bits = 100;
    if (json_object_get(object, "statement") != NULL)
        MIEN_TRY(mien_json_get_string(&name, object, "statement", error));
    if (json_object_get(object, "bits") != NULL)
        MIEN_TRY(mien_json_get_integer(&bits, object, "bits", 100, 128, error));
    job->challenge.statement =
        (mien_cli_statement){.face = strcmp(name, MIEN_STATEMENT_FACE) == 0,
                             .options = {.models = mien_cli_value(job->cli, "models"),
                                         .parameters = mien_cli_face_parameters((unsigned)bits)}};
    return MIEN_OK;
}

/* Send what is to be signed with its proof. */
static mien_status send_request(request_job *job, json_t **answer, const char *key, json_t *what,
                                mien_error *error) {
    size_t size = mien_base64_encoded_size(job->challenge.proof.length);
    char *proof = malloc(size);
    if (proof == NULL) {
        json_decref(what);
        return mien_fail(error, MIEN_MEMORY, "no memory for the request");
    }
    mien_base64_encode(proof, size, job->challenge.proof.bytes, job->challenge.proof.length);
    const char *statement =
        job->challenge.statement.face ? MIEN_STATEMENT_FACE : MIEN_STATEMENT_MATCH;
    json_t *body = json_pack("{s:s, s:s, s:s, s:o}", "account", job->account.id, "statement",
                             statement, "proof", proof, key, what);
    free(proof);
    return ask(job->cli, answer, job->account.server, job->account.token, "/v1/sign", body, error);
}

static mien_status put_text(mien_cli *cli, const char *text, mien_error *error) {
    const char *path = mien_cli_value(cli, "out");
    fprintf(cli->text, "%s%s\n", path != NULL ? "Written to " : "", path != NULL ? path : text);
    if (path == NULL) return MIEN_OK;
    return mien_file_write(path, text, strlen(text), MIEN_FILE_PUBLIC, error);
}

static mien_status sign_ours(void *context, const mien_cli_root *root, mien_error *error) {
    mien_cli_psbt_job *job = &((request_job *)context)->psbt;
    mien_random random = mien_random_system();
    if (memcmp(job->policy_digest, job->cli->policy_digest, sizeof job->policy_digest) != 0)
        return mien_fail(error, MIEN_AUTHENTICATION,
                         "the policy was changed while this was shown; try again");
    return mien_bitcoin_sign_psbt(&job->psbt, &job->signed_inputs, root->curve, root->key,
                                  job->network, &job->limits, job->review.digest, &random, error);
}

/* Only signatures are taken from the answer, and only ones that hold: finishing checks them. */
static mien_status merge_answer(request_job *job, const json_t *answer, mien_error *error) {
    const char *text;
    char *merged;
    mien_psbt theirs, whole;
    size_t finished;
    MIEN_TRY(mien_json_get_string(&text, answer, "psbt", error));
    MIEN_TRY(mien_psbt_parse(&theirs, (const uint8_t *)text, strlen(text), error));
    mien_status status = mien_psbt_combine(&job->psbt.psbt, &theirs, error);
    mien_psbt_destroy(&theirs);
    MIEN_TRY(status);
    MIEN_TRY(mien_psbt_base64(&merged, &job->psbt.psbt));
    MIEN_TRY(mien_psbt_parse(&whole, (const uint8_t *)merged, strlen(merged), error));
    status = mien_psbt_finalize(&whole, &finished, error);
    size_t inputs = whole.transaction.input_count;
    mien_psbt_destroy(&whole);
    MIEN_TRY(status);
    MIEN_TRY(mien_json_set(job->cli->result, "complete", json_boolean(finished == inputs)));
    MIEN_TRY(mien_json_set(job->cli->result, "psbt", json_string(merged)));
    return put_text(job->cli, merged, error);
}

static mien_status request_psbt(request_job *job, mien_error *error) {
    mien_cli *cli = job->cli;
    json_t *answer;
    char *text;
    MIEN_TRY(mien_cli_psbt_job_start(cli, &job->psbt, cli->operands[0], error));
    if (job->psbt.review.ours == 0)
        return mien_fail(error, MIEN_ARGUMENT, "no input of this transaction is this wallet's");
    MIEN_TRY(mien_cli_sign_challenged(cli, job->psbt.words, &job->psbt.request, &job->psbt.accounts,
                                      &job->challenge, get_challenge, sign_ours, job, error));
    MIEN_TRY(mien_psbt_base64(&text, &job->psbt.psbt));
    MIEN_TRY(send_request(job, &answer, "psbt", json_string(text), error));
    mien_status status = merge_answer(job, answer, error);
    json_decref(answer);
    return status;
}

/* A call needs no signature of ours here: the owner signs the transaction that carries it. */
static mien_status sign_nothing(void *context, const mien_cli_root *root, mien_error *error) {
    (void)context;
    (void)root;
    (void)error;
    return MIEN_OK;
}

static mien_status read_call(request_job *job, const char *path, mien_error *error) {
    const json_t *object = job->account.object;
    const char *contract = json_string_value(json_object_get(object, "contract"));
    uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE];
    int64_t chain;
    MIEN_TRY(mien_json_read(&job->call_json, path, error));
    MIEN_TRY(mien_json_get_integer(&chain, object, "chain_id", 1, INT64_MAX, error));
    if (contract == NULL)
        return mien_fail(error, MIEN_USAGE,
                         "the account has no contract: mien cosign contract ADDRESS names it");
    MIEN_TRY(mien_ethereum_address_parse(address, contract, strlen(contract)));
    return mien_contract_call_read(&job->call, &job->arena, job->call_json, (uint64_t)chain,
                                   address, error);
}

/* The attestation must be of the attestor that was registered, over this call. */
static mien_status check_attestation(request_job *job, const json_t *answer, mien_error *error) {
    const char *attestor = json_string_value(json_object_get(job->account.object, "attestor"));
    uint8_t hash[32], signer[MIEN_ETHEREUM_ADDRESS_SIZE];
    char text[MIEN_ETHEREUM_ADDRESS_TEXT];
    MIEN_TRY(
        mien_json_get_hex(job->attestation, sizeof job->attestation, answer, "attestation", error));
    mien_contract_call_hash(hash, &job->call);
    if (mien_ethereum_recover(signer, job->attestation, hash) == MIEN_OK) {
        mien_ethereum_address_text(text, signer);
        if (attestor != NULL && strcmp(text, attestor) == 0) return MIEN_OK;
    }
    return mien_fail(error, MIEN_AUTHENTICATION,
                     "the co-signer's attestation is not of the attestor it registered");
}

static mien_status put_call(request_job *job, mien_error *error) {
    mien_cli *cli = job->cli;
    mien_view data;
    MIEN_TRY(mien_contract_call_data(&data, &job->arena, &job->call, job->attestation));
    char *hex = malloc(2 * data.length + 3);
    if (hex == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the result");
    memcpy(hex, "0x", 2);
    mien_hex_encode(hex + 2, data.data, data.length);
    mien_status status = mien_json_set(cli->result, "data", json_string(hex));
    if (status == MIEN_OK)
        status = mien_json_set_hex(cli->result, "attestation", job->attestation,
                                   sizeof job->attestation);
    if (status == MIEN_OK) status = put_text(cli, hex, error);
    free(hex);
    return status;
}

static mien_status request_call(request_job *job, const char *path, mien_error *error) {
    mien_ethereum_limits limits;
    mien_ethereum_transaction transaction;
    mien_ethereum_review review;
    mien_policy_request request;
    mien_accounts accounts;
    const char *words;
    json_t *answer;
    MIEN_TRY(mien_cli_ethereum_limits(job->cli, &limits, error));
    MIEN_TRY(read_call(job, path, error));
    MIEN_TRY(mien_accounts_read(&accounts, error));
    MIEN_TRY(mien_contract_call_review(&review, &transaction, &words, &job->arena, &job->call,
                                       &limits, error));
    MIEN_TRY(mien_policy_of_ethereum(&request, &job->arena, &review));
    MIEN_TRY(mien_cli_sign_challenged(job->cli, words, &request, &accounts, &job->challenge,
                                      get_challenge, sign_nothing, job, error));
    MIEN_TRY(send_request(job, &answer, "ethereum", json_incref(job->call_json), error));
    mien_status status = check_attestation(job, answer, error);
    json_decref(answer);
    return status == MIEN_OK ? put_call(job, error) : status;
}

static mien_status run_request(mien_cli *cli, mien_error *error) {
    const char *call = mien_cli_value(cli, "call");
    if ((call != NULL) == (cli->operand_count == 1))
        return mien_fail(error, MIEN_USAGE, "either a PSBT or --call FILE: what is to be signed?");
    request_job *job = calloc(1, sizeof *job);
    if (job == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the request");
    job->cli = cli;
    job->arena = mien_arena_of(MIEN_CLI_ETHEREUM_ARENA);
    mien_status status = account_open(cli, &job->account, error);
    if (status == MIEN_OK) status = choose_statement(job, error);
    if (status == MIEN_OK)
        status = call != NULL ? request_call(job, call, error) : request_psbt(job, error);
    if (call == NULL) mien_cli_psbt_job_end(&job->psbt);
    free(job->challenge.proof.bytes);
    json_decref(job->call_json);
    mien_arena_clear(&job->arena);
    account_close(&job->account);
    free(job);
    return status;
}

static const mien_cli_option *const register_tables[] = {
    mien_cli_source_options, register_options, account_options, mien_cli_pin_options, NULL};
static const mien_cli_option *const contract_tables[] = {account_options, NULL};
static const mien_cli_option *const request_tables[] = {mien_cli_source_options,
                                                        account_options,
                                                        mien_cli_network_options,
                                                        mien_cli_limit_options,
                                                        mien_cli_ethereum_limit_options,
                                                        request_options,
                                                        mien_cli_pin_options,
                                                        mien_cli_yes_options,
                                                        NULL};

const mien_cli_verb mien_cli_cosign_verbs[] = {
    {"cosign register", "have a co-signer hold the second key", NULL, 0, 0, register_tables,
     "Tells the co-signer your public record (nothing of your face), your public keys and what it "
     "may\n"
     "sign. Of a Bitcoin wallet it becomes one of three keys of which two are needed: yours, its "
     "own,\n"
     "and --recovery. Of an Ethereum contract account (contracts/MienAccount.sol) it becomes the "
     "attestor.\n"
     "Each request then comes with a proof that the network of your record, run on one frame, saw "
     "your\n"
     "face; --statement match asks for less: that an embedding matched.",
     "mien cosign register --server https://cosign.example --token-file admin.token --policy "
     "limits.txt \\\n"
     "  --bitcoin mainnet --recovery \"[d34db33f/48'/0'/0'/2']xpub...\" --account cosign.json "
     "--source camera",
     run_register},
    {"cosign contract", "name the contract account that is attested for, once", "ADDRESS", 1, 1,
     contract_tables, NULL, "mien cosign contract 0x5FbD...0aa3 --account cosign.json",
     run_contract},
    {"cosign request", "sign with your key and the co-signer's", "[PSBT]", 0, 1, request_tables,
     "Shows the transaction, asks, looks at your face, proves that to the co-signer and puts its\n"
     "signature beside yours. With --call FILE, {\"to\", \"value\", \"data\", \"nonce\", "
     "\"deadline\"}, it gets an\n"
     "attestation and prints the data to call the contract account with.",
     "mien cosign request pay.psbt --account cosign.json --source camera -o signed.psbt\n"
     "mien cosign request --call call.json --account cosign.json --source camera",
     run_request},
    {0}};
