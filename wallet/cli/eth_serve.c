/* SPDX-License-Identifier: MIT */
/* `mien eth serve`: the wallet behind Ethereum programs, as JSON-RPC on loopback. */
#include <stdlib.h>
#include <string.h>

#include "platform/files/file.h"
#include "platform/network/http_client.h"
#include "wallet/cli/desk.h"
#include "wallet/cli/eth_agent.h"
#include "wallet/cli/ethereum_job.h"
#include "wallet/cli/sign.h"
#include "wallet/cli/verbs.h"
#include "wallet/encoding/hex.h"
#include "wallet/rpc/http_gate.h"

#define ORIGINS_MAX 16
#define URL_MAX 2048
#define UPSTREAM_SECONDS 20
#define REQUEST_SECONDS 10
#define CONNECTIONS 64

static const mien_cli_option serve_options[] = {
    {"agent", 0, NULL, false,
     "sign through the agent (mien agent run), which asks at its own prompt"},
    {"upstream", 'u', "URL", false, "the node that answers what is not the wallet's"},
    {"upstream-fd", 0, "N", false,
     "read the node's address from file descriptor N: it may hold a key"},
    {"ca-file", 0, "FILE", false, "certificates to check the node with (default: the system's)"},
    {"chain-id", 0, "N", false, "the only chain that is signed for"},
    {"port", 0, "N", false, "where to listen on 127.0.0.1 (default 8545, 0: any free port)"},
    {"index", 'i', "N", false, "first address that is offered (default 0)"},
    {"count", 'c', "N", false, "how many (default 1)"},
    {"allow-origin", 0, "ORIGIN", true, "a web page that may ask, as https://app.example"},
    {"no-token", 0, NULL, false, "let every program of this machine ask, without a token"},
    {"url-file", 0, "FILE", false, "write the address, with the token, to a file for you only"},
    MIEN_CLI_OPTIONS_END};

typedef struct serving {
    mien_cli *cli;
    mien_accounts accounts; /* derived behind the face at the start */
    mien_rpc_service service;
    mien_rpc_gate gate;
    const char *origins[ORIGINS_MAX + 1];
    mien_desk desk;
    mien_http_client *upstream;
    mien_http_server *server;
    bool by_agent;
} serving;

/* ---- callbacks of the service, on the connections' threads ---- */

static mien_status sign(void *context, mien_rpc_job *job, mien_error *error) {
    serving *s = context;
    return mien_desk_ask(&s->desk, job, error);
}

static mien_status ask_upstream(void *context, char **answer, size_t *length, const char *request,
                                size_t request_length, mien_error *error) {
    serving *s = context;
    int code;
    uint8_t *body;
    MIEN_TRY(
        mien_http_post(s->upstream, &code, &body, length, NULL, request, request_length, error));
    *answer = (char *)body;
    /* nodes answer errors of the protocol with other codes than 200, and JSON */
    if (code == 200 || (*length != 0 && body[0] == '{')) return MIEN_OK;
    free(body);
    *answer = NULL;
    return mien_fail(error, MIEN_IO, "the node answers with HTTP code %d", code);
}

/* ---- at the terminal, on the main thread ---- */

static mien_status sign_action(void *context, const mien_cli_root *root, mien_error *error) {
    mien_rpc_job *job = context;
    return mien_rpc_job_sign(job, root->curve, root->key, error);
}

/* What the policy decides about. */
static mien_status request_of(mien_policy_request *out, mien_rpc_job *job) {
    static const mien_policy_chain ethereum = {true, 0};
    switch (job->kind) {
    case MIEN_RPC_TRANSACTION:
        return mien_policy_of_ethereum(out, job->arena, &job->review);
    case MIEN_RPC_MESSAGE:
        mien_policy_of_message(out, ethereum, job->digest);
        return MIEN_OK;
    case MIEN_RPC_TYPED_DATA:
        mien_policy_of_typed_data(out, &job->typed, job->digest);
        return MIEN_OK;
    case MIEN_RPC_AUTHORIZATION:
        mien_policy_of_authorization(out, &job->authorization, job->digest);
        return MIEN_OK;
    }
    return MIEN_ARGUMENT;
}

static mien_status ask_agent(const serving *s, mien_rpc_job *job, mien_error *error) {
    mien_agent_client *client;
    MIEN_TRY(mien_agent_connect(&client, error));
    mien_status status = mien_cli_agent_sign(client, job, &s->service.limits,
                                             mien_cli_value(s->cli, "max-fee-wei") != NULL, error);
    mien_agent_disconnect(client);
    return status;
}

static mien_status work(void *context, void *request, mien_error *error) {
    serving *s = context;
    mien_rpc_job *job = request;
    mien_policy_request asked;
    mien_status status = request_of(&asked, job);
    if (status == MIEN_OK && s->by_agent)
        status = ask_agent(s, job, error);
    else if (status == MIEN_OK)
        status = mien_cli_sign(s->cli, job->words, &asked, &s->accounts, sign_action, job, error);
    mien_cli_say(s->cli, "%s\n", status == MIEN_OK ? "Signed." : mien_error_words(error));
    return status;
}

/* ---- start and end ---- */

static mien_status open_upstream(serving *s, mien_error *error) {
    mien_http_client_options options = {.ca_file = mien_cli_value(s->cli, "ca-file"),
                                        .timeout_seconds = UPSTREAM_SECONDS};
    const char *text = mien_cli_value(s->cli, "upstream");
    mien_cli_secret secret = {0};
    mien_http_url url;
    if ((text != NULL) == (mien_cli_value(s->cli, "upstream-fd") != NULL))
        return mien_fail(error, MIEN_USAGE,
                         "--upstream URL, or --upstream-fd N to read it from: which node?");
    if (text == NULL)
        MIEN_TRY(mien_cli_secret_read(s->cli, &secret, URL_MAX, "upstream-fd", "", error));
    mien_error why = {MIEN_OK, ""};
    mien_status status = mien_http_url_parse(&url, text != NULL ? text : secret.text, &why);
    mien_cli_secret_free(&secret);
    if (status != MIEN_OK) return mien_fail(error, status, "--upstream: %.400s", why.message);
    return mien_http_client_create(&s->upstream, &url, &options, error);
}

/* The node must be of the chain that is signed for, or nonces and fees would be another chain's. */
static mien_status check_upstream(serving *s, mien_error *error) {
    static const char question[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[]}";
    char *text;
    size_t length;
    json_t *answer = NULL;
    mien_uint256 id, ours = mien_uint256_of(s->service.chain_id);
    MIEN_TRY(ask_upstream(s, &text, &length, question, sizeof question - 1, error));
    mien_status status = mien_json_parse(&answer, text, length, "the node's answer", error);
    free(text);
    MIEN_TRY(status);
    const char *number = json_string_value(json_object_get(answer, "result"));
    if (number == NULL || mien_uint256_parse(&id, number, strlen(number)) != MIEN_OK)
        status = mien_fail(error, MIEN_FORMAT, "the node does not tell its chain id");
    else if (mien_uint256_compare(&id, &ours) != 0)
        status = mien_fail(error, MIEN_ARGUMENT, "the node is on chain %s, but --chain-id is %llu",
                           number, (unsigned long long)s->service.chain_id);
    json_decref(answer);
    return status;
}

static mien_status choose_accounts(serving *s, mien_error *error) {
    uint64_t first, count;
    MIEN_TRY(mien_cli_number(s->cli, "index", &first, 0, 0, MIEN_HARDENED - 1000, error));
    MIEN_TRY(mien_cli_number(s->cli, "count", &count, 1, 1, MIEN_RPC_ACCOUNTS_MAX, error));
    if (s->by_agent)
        return mien_cli_agent_accounts(&s->service, (uint32_t)first, (uint32_t)count, error);
    if (mien_cli_value(s->cli, "source") == NULL)
        return mien_fail(error, MIEN_USAGE,
                         "--source is missing: a photo, a folder, a video or "
                         "camera");
    MIEN_TRY(mien_accounts_find(s->cli, &s->accounts, error));
    for (uint64_t i = 0; i < count; i++) {
        s->service.indices[i] = (uint32_t)(first + i);
        MIEN_TRY(mien_ethereum_account_address(s->service.accounts[i], &s->accounts.ethereum,
                                               (uint32_t)(first + i)));
    }
    s->service.account_count = count;
    return MIEN_OK;
}

static mien_status read_origins(serving *s, mien_error *error) {
    size_t count = mien_cli_values(s->cli, "allow-origin", s->origins, ORIGINS_MAX);
    if (count > ORIGINS_MAX)
        return mien_fail(error, MIEN_USAGE, "more than %d origins", ORIGINS_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *rest = strstr(s->origins[i], "://");
        if (rest == NULL || rest[3] == '\0' || strchr(rest + 3, '/') != NULL ||
            strchr(rest + 3, '*') != NULL)
            return mien_fail(error, MIEN_USAGE,
                             "--allow-origin takes one origin, as https://app.example, without a "
                             "path and without *");
    }
    s->gate.origins = s->origins;
    return MIEN_OK;
}

static mien_status make_token(serving *s) {
    uint8_t bytes[MIEN_RPC_TOKEN_TEXT / 2];
    mien_random random = mien_random_system();
    if (mien_cli_flag(s->cli, "no-token")) return MIEN_OK;
    MIEN_TRY(mien_random_fill(&random, bytes, sizeof bytes));
    mien_hex_encode(s->gate.token, bytes, sizeof bytes);
    return MIEN_OK;
}

static mien_status prepare(serving *s, mien_error *error) {
    s->service.sign = sign;
    s->service.upstream = ask_upstream;
    s->service.sign_context = s->service.upstream_context = s;
    s->gate.service = &s->service;
    s->by_agent = mien_cli_flag(s->cli, "agent");
    if (s->by_agent && mien_cli_value(s->cli, "source") != NULL)
        return mien_fail(error, MIEN_USAGE, "--agent looks at the face itself: without --source");
    MIEN_TRY(mien_cli_number(s->cli, "chain-id", &s->service.chain_id, 0, 1, INT64_MAX, error));
    if (s->service.chain_id == 0)
        return mien_fail(error, MIEN_USAGE, "--chain-id N is missing: 1 is Ethereum itself");
    MIEN_TRY(mien_cli_ethereum_limits(s->cli, &s->service.limits, error));
    MIEN_TRY(read_origins(s, error));
    MIEN_TRY(make_token(s));
    MIEN_TRY(open_upstream(s, error));
    MIEN_TRY(check_upstream(s, error));
    return choose_accounts(s, error);
}

static mien_status start_server(serving *s, mien_error *error) {
    uint64_t port;
    MIEN_TRY(mien_cli_number(s->cli, "port", &port, 8545, 0, 65535, error));
    mien_http_server_options options = {.port = (uint16_t)port,
                                        .body_limit = MIEN_RPC_REQUEST_MAX,
                                        .request_seconds = REQUEST_SECONDS,
                                        .connections = CONNECTIONS,
                                        .answer = mien_rpc_http,
                                        .context = &s->gate};
    return mien_http_server_start(&s->server, &options, error);
}

static mien_status announce(serving *s, mien_error *error) {
    char url[128];
    const char *file = mien_cli_value(s->cli, "url-file");
    const char *chain = mien_ethereum_chain_name(s->service.chain_id);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/%s", (unsigned)mien_http_server_port(s->server),
             s->gate.token);
    for (size_t i = 0; i < s->service.account_count; i++) {
        char address[MIEN_ETHEREUM_ADDRESS_TEXT];
        mien_ethereum_address_text(address, s->service.accounts[i]);
        mien_cli_say(s->cli, "account %u: %s", (unsigned)s->service.indices[i], address);
    }
    mien_cli_say(s->cli, "Serving %s (chain id %llu) at\n  %s\nCtrl-C ends it.",
                 chain != NULL ? chain : "a chain without a known name",
                 (unsigned long long)s->service.chain_id, url);
    if (file == NULL) return MIEN_OK;
    return mien_file_write(file, url, strlen(url), 0, error);
}

static mien_status run_serve(mien_cli *cli, mien_error *error) {
    serving *s = calloc(1, sizeof *s);
    if (s == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the server");
    s->cli = cli;
    mien_status status = mien_desk_open(&s->desk);
    if (status == MIEN_OK) status = prepare(s, error);
    if (status == MIEN_OK) status = start_server(s, error);
    if (status == MIEN_OK) status = announce(s, error);
    if (status == MIEN_OK) mien_desk_serve(&s->desk, work, s);
    mien_desk_close(&s->desk);
    mien_http_server_stop(s->server);
    mien_http_client_destroy(s->upstream);
    mien_desk_destroy(&s->desk);
    free(s);
    return status;
}

static const mien_cli_option *const serve_tables[] = {mien_cli_source_options, serve_options,
                                                      mien_cli_ethereum_limit_options, NULL};

const mien_cli_verb mien_cli_eth_serve_verbs[] = {
    {"eth serve", "sign for Ethereum programs, as JSON-RPC on this machine", NULL, 0, 0,
     serve_tables,
     "Programs (ethers, viem, cast, web pages you allow) use the address it shows as their node.\n"
     "What only reads goes to --upstream; what is to be signed is shown here in words and waits\n"
     "for your key press and your face, one after the other. Nonce, gas and fees that a program\n"
     "leaves out come from the node and are shown with the rest.",
     "mien eth serve --upstream https://node.example/key --chain-id 1 --source camera\n"
     "mien eth serve --upstream https://node.example/key --chain-id 1 --agent\n"
     "mien eth serve --upstream http://127.0.0.1:8546 --chain-id 31337 --source camera "
     "--port 8545",
     run_serve},
    {0}};
