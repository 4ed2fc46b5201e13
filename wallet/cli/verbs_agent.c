/* SPDX-License-Identifier: MIT */
/* `mien agent run|status|unlock|lock|stop|grant|eyes`. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wallet/agent/client.h"
#include "wallet/cli/agent.h"
#include "wallet/cli/common.h"
#include "wallet/cli/verbs.h"
#include "wallet/encoding/hex.h"

/* ---- run ---- */

static const mien_cli_option run_options[] = {
    {"tty", 0, "DEVICE", false, "the terminal that questions come to (default: this one)"},
    {"prompt", 0, "PROGRAM", false, "another prompt than mien-prompt beside this program"},
    {"minutes", 0, "N", false, "lock after N minutes at the latest (default 15)"},
    {"idle", 0, "N", false, "lock after N minutes without a signature (default 5)"},
    MIEN_CLI_OPTIONS_END};

#define SOURCES_MAX 32
#define EYES_ARGUMENTS (2 * SOURCES_MAX + 8)

/* Everything that the server points into. */
typedef struct run_job {
    mien_cli_agent_wallet wallet;
    mien_agent_options options;
    mien_agent_listener listener;
    char self[MIEN_PATH_SIZE], prompt_path[MIEN_PATH_SIZE], tty[MIEN_PATH_SIZE];
    const char *prompt[4], *eyes[EYES_ARGUMENTS], *sources[SOURCES_MAX];
} run_job;

static mien_status find_self(run_job *job, mien_error *error) {
    const ssize_t length = readlink("/proc/self/exe", job->self, sizeof job->self - 1);
    if (length <= 0) return mien_fail(error, MIEN_IO, "this program cannot find itself");
    job->self[length] = '\0';
    return MIEN_OK;
}

/* The terminal of this process, unless another one is named. Without one there is no prompt. */
static bool find_terminal(const mien_cli *cli, run_job *job) {
    const char *given = mien_cli_value(cli, "tty");
    if (given != NULL) {
        snprintf(job->tty, sizeof job->tty, "%s", given);
        return true;
    }
    for (int descriptor = 0; descriptor < 3; descriptor++)
        if (isatty(descriptor) == 1 && ttyname_r(descriptor, job->tty, sizeof job->tty) == 0)
            return true;
    return false;
}

static mien_status choose_prompt(mien_cli *cli, run_job *job, mien_error *error) {
    const char *given = mien_cli_value(cli, "prompt");
    char *slash = strrchr(job->self, '/');
    const int folder = slash != NULL ? (int)(slash - job->self) : 0;
    if (!find_terminal(cli, job) && given == NULL)
        return mien_fail(error, MIEN_USAGE,
                         "there is no terminal to ask at: name one with --tty, or a prompt program "
                         "that needs none with --prompt");
    if (given == NULL)
        snprintf(job->prompt_path, sizeof job->prompt_path, "%.*s/mien-prompt", folder, job->self);
    else
        snprintf(job->prompt_path, sizeof job->prompt_path, "%s", given);
    if (access(job->prompt_path, X_OK) != 0)
        return mien_fail(error, MIEN_NOT_FOUND, "there is no program %s", job->prompt_path);
    job->prompt[0] = job->prompt_path;
    job->prompt[1] = job->tty[0] != '\0' ? "--tty" : NULL;
    job->prompt[2] = job->tty;
    job->options.prompt = job->prompt;
    return MIEN_OK;
}

static mien_status choose_eyes(mien_cli *cli, run_job *job, mien_error *error) {
    size_t count = mien_cli_values(cli, "source", job->sources, SOURCES_MAX), used = 0;
    if (count > SOURCES_MAX)
        return mien_fail(error, MIEN_USAGE, "more than %d sources", SOURCES_MAX);
    if (count == 0) job->sources[count++] = mien_cli_default_source();
    job->eyes[used++] = job->self;
    job->eyes[used++] = "agent";
    job->eyes[used++] = "eyes";
    for (size_t i = 0; i < count; i++) {
        job->eyes[used++] = "--source";
        job->eyes[used++] = job->sources[i];
    }
    if (mien_cli_value(cli, "models") != NULL) {
        job->eyes[used++] = "--models";
        job->eyes[used++] = mien_cli_value(cli, "models");
    }
    job->options.eyes = job->eyes;
    return MIEN_OK;
}

static mien_status choose_times(mien_cli *cli, run_job *job, mien_error *error) {
    uint64_t minutes, idle;
    MIEN_TRY(mien_cli_number(cli, "minutes", &minutes, 15, 1, 24 * 60, error));
    MIEN_TRY(mien_cli_number(cli, "idle", &idle, 5, 1, 24 * 60, error));
    job->options.seconds = (uint32_t)minutes * 60;
    job->options.idle_seconds = (uint32_t)idle * 60;
    job->options.prompt_seconds = 120;
    job->options.eyes_seconds = 90;
    job->options.request_seconds = 30;
    return MIEN_OK;
}

static mien_status open_listener(run_job *job, mien_error *error) {
    char path[MIEN_PATH_SIZE];
    mien_status status = mien_agent_inherit(&job->listener, error);
    if (status != MIEN_NOT_FOUND) return status;
    MIEN_TRY(mien_agent_socket_path(path, error));
    return mien_agent_listen(&job->listener, path, error);
}

/* Whoever started it may have closed 0, 1 or 2; a socket or a pipe must never take their place. */
static void fill_standard_descriptors(void) {
    int descriptor = 0;
    while (descriptor >= 0 && descriptor <= STDERR_FILENO)
        descriptor = open("/dev/null", O_RDWR | O_NOCTTY);
    if (descriptor > STDERR_FILENO) close(descriptor);
}

static mien_status run_agent(mien_cli *cli, run_job *job, mien_error *error) {
    fill_standard_descriptors();
    MIEN_TRY(find_self(job, error));
    MIEN_TRY(choose_times(cli, job, error));
    MIEN_TRY(choose_prompt(cli, job, error));
    MIEN_TRY(choose_eyes(cli, job, error));
    job->options.opener = mien_cli_agent_opener(&job->wallet, mien_cli_value(cli, "models"));
    MIEN_TRY(open_listener(job, error));
    mien_cli_say(cli, "The agent listens at %s and asks at %s.",
                 job->listener.path[0] != '\0' ? job->listener.path : "the socket handed over",
                 job->tty[0] != '\0' ? job->tty : job->prompt_path);
    mien_status status = mien_agent_serve(&job->listener, &job->options, error);
    mien_agent_listener_close(&job->listener);
    if (status == MIEN_OK) mien_cli_say(cli, "Locked, and the agent has ended.");
    return status;
}

static mien_status run_run(mien_cli *cli, mien_error *error) {
    run_job *job = calloc(1, sizeof *job);
    if (job == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the agent");
    mien_status status = run_agent(cli, job, error);
    free(job);
    return status;
}

/* ---- commands to a running one ---- */

static mien_status state_json(mien_cli *cli, const mien_agent_state *state) {
    MIEN_TRY(mien_json_set(cli->result, "running", json_true()));
    MIEN_TRY(mien_json_set(cli->result, "unlocked", json_boolean(state->unlocked)));
    if (state->unlocked)
        MIEN_TRY(mien_json_set_hex(cli->result, "fingerprint", state->fingerprint,
                                   MIEN_FINGERPRINT_SIZE));
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {{"seconds_left", state->seconds_left},
                   {"idle_seconds_left", state->idle_left},
                   {"grants", state->grants},
                   {"clients", state->clients},
                   {"waiting", state->waiting},
                   {"served", state->served}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        MIEN_TRY(mien_json_set(cli->result, numbers[i].name,
                               json_integer((json_int_t)numbers[i].value)));
    return MIEN_OK;
}

static mien_status run_status(mien_cli *cli, mien_error *error) {
    mien_agent_client *client;
    mien_agent_state state;
    mien_status status = mien_agent_connect(&client, error);
    if (status == MIEN_NOT_FOUND) {
        fputs("No agent runs.\n", cli->text);
        return mien_json_set(cli->result, "running", json_false());
    }
    MIEN_TRY(status);
    status = mien_agent_get_state(client, &state, error);
    mien_agent_disconnect(client);
    MIEN_TRY(status);
    if (state.unlocked)
        fprintf(cli->text, "The agent holds wallet %02x%02x%02x%02x for %u seconds more.\n",
                state.fingerprint[0], state.fingerprint[1], state.fingerprint[2],
                state.fingerprint[3],
                state.seconds_left < state.idle_left ? state.seconds_left : state.idle_left);
    else
        fputs("The agent runs and holds no keys.\n", cli->text);
    fprintf(cli->text, "Grants %u, requests waiting %u, answered %llu\n", state.grants,
            state.waiting, (unsigned long long)state.served);
    return state_json(cli, &state);
}

static mien_status command(mien_cli *cli, mien_agent_operation operation, const char *words,
                           const char *key, mien_error *error) {
    mien_agent_client *client;
    MIEN_TRY(mien_agent_connect(&client, error));
    mien_status status = mien_agent_command(client, operation, error);
    mien_agent_disconnect(client);
    MIEN_TRY(status);
    fputs(words, cli->text);
    return mien_json_set(cli->result, key, json_true());
}

static mien_status run_unlock(mien_cli *cli, mien_error *error) {
    return command(cli, MIEN_AGENT_UNLOCK, "The agent holds the keys now.\n", "unlocked", error);
}

static mien_status run_lock(mien_cli *cli, mien_error *error) {
    return command(cli, MIEN_AGENT_LOCK, "Locked: keys and grants are wiped.\n", "locked", error);
}

static mien_status run_stop(mien_cli *cli, mien_error *error) {
    return command(cli, MIEN_AGENT_STOP, "Locked, and the agent has ended.\n", "stopped", error);
}

/* ---- grants ---- */

static const mien_cli_option grant_options[] = {
    {"purpose", 0, "NAME", true, "bitcoin, ethereum, message, typed or proof"},
    {"minutes", 0, "N", false, "good for N minutes (default 5)"},
    {"count", 0, "N", false, "good for N signatures (default 1)"},
    {"satoshis", 0, "N", false, "Bitcoin that may leave altogether, fees included (default 0)"},
    {"wei", 0, "N", false, "coins of the chain that may leave altogether, likewise (default 0)"},
    {"network", 'n', "NAME", false, "mainnet, testnet, signet or regtest (default mainnet)"},
    {"chain-id", 0, "N", false, "Ethereum's chain (default 1)"},
    MIEN_CLI_OPTIONS_END};

static mien_status read_purposes(const mien_cli *cli, uint32_t *purposes, mien_error *error) {
    static const char *const names[] = {"bitcoin", "ethereum", "message", "typed", "proof"};
    const char *given[MIEN_CLI_MAX_OPTIONS];
    const size_t count = mien_cli_values(cli, "purpose", given, MIEN_CLI_MAX_OPTIONS);
    *purposes = 0;
    for (size_t i = 0; i < count; i++) {
        size_t j = 0;
        while (j < sizeof names / sizeof *names && strcmp(given[i], names[j]) != 0) j++;
        if (j == sizeof names / sizeof *names)
            return mien_fail(error, MIEN_USAGE,
                             "unknown purpose '%.40s': bitcoin, ethereum, message, typed or proof",
                             given[i]);
        *purposes |= 1u << j;
    }
    if (count == 0) return mien_fail(error, MIEN_USAGE, "--purpose is missing");
    return MIEN_OK;
}

static mien_status read_grant(const mien_cli *cli, mien_agent_grant *grant, mien_error *error) {
    uint64_t minutes, count;
    const char *wei = mien_cli_value(cli, "wei"), *network = mien_cli_value(cli, "network");
    MIEN_TRY(read_purposes(cli, &grant->purposes, error));
    MIEN_TRY(mien_cli_number(cli, "minutes", &minutes, 5, 1, 24 * 60, error));
    MIEN_TRY(mien_cli_number(cli, "count", &count, 1, 1, 1000000000, error));
    MIEN_TRY(mien_cli_number(cli, "satoshis", &grant->satoshis, 0, 0, 2100000000000000, error));
    MIEN_TRY(mien_cli_number(cli, "chain-id", &grant->chain_id, 1, 1, INT64_MAX, error));
    grant->seconds = (uint32_t)minutes * 60;
    grant->count = (uint32_t)count;
    if (wei != NULL && mien_uint256_parse(&grant->wei, wei, strlen(wei)) != MIEN_OK)
        return mien_fail(error, MIEN_USAGE, "--wei must be a whole number");
    if (network != NULL && mien_bitcoin_network_named(&grant->network, network) != MIEN_OK)
        return mien_fail(error, MIEN_USAGE,
                         "unknown network '%.40s': mainnet, testnet, signet or regtest", network);
    return MIEN_OK;
}

static mien_status run_grant(mien_cli *cli, mien_error *error) {
    mien_agent_grant grant = {.network = MIEN_BITCOIN_MAINNET};
    mien_agent_client *client;
    uint8_t token[MIEN_AGENT_TOKEN_SIZE];
    char hex[2 * MIEN_AGENT_TOKEN_SIZE + 1];
    MIEN_TRY(read_grant(cli, &grant, error));
    MIEN_TRY(mien_agent_connect(&client, error));
    mien_status status = mien_agent_ask_grant(client, token, &grant, error);
    mien_agent_disconnect(client);
    MIEN_TRY(status);
    mien_hex_encode(hex, token, sizeof token);
    fprintf(cli->text, "%s\n", hex);
    mien_cli_say(cli, "Give it to the program as MIEN_AGENT_GRANT in its environment.");
    return mien_json_set(cli->result, "grant", json_string(hex));
}

static const mien_cli_option *const run_tables[] = {mien_cli_source_options, run_options, NULL};
static const mien_cli_option *const grant_tables[] = {grant_options, NULL};

const mien_cli_verb mien_cli_agent_verbs[] = {
    {"agent run", "hold the unlocked wallet for other programs, for a while", NULL, 0, 0,
     run_tables,
     "Listens on a socket that only your own processes reach. Keys are in memory only after\n"
     "'agent unlock', locked against swapping and closed to debuggers, and wiped when the time is\n"
     "over, the machine has slept, or you say so. What is to be signed is shown on the agent's\n"
     "terminal, and only a key pressed there signs it. $MIEN_SOURCE stands for --source.",
     "mien agent run --source camera            # in a terminal of its own\n"
     "mien agent run --minutes 60 --idle 10",
     run_run},
    {"agent status", "what a running agent holds", NULL, 0, 0, NULL, NULL,
     "mien agent status\nmien agent status --json", run_status},
    {"agent unlock", "let the agent look at your face and take the keys", NULL, 0, 0, NULL,
     "The agent asks at its own terminal and looks through its own camera.", "mien agent unlock",
     run_unlock},
    {"agent lock", "wipe the agent's keys and grants", NULL, 0, 0, NULL, NULL, "mien agent lock",
     run_lock},
    {"agent stop", "lock it, and end it", NULL, 0, 0, NULL, NULL, "mien agent stop", run_stop},
    {"agent grant", "let a program sign within limits without asking each time", NULL, 0, 0,
     grant_tables,
     "You confirm the limits at the agent's terminal. The result is a token; a program with it in\n"
     "$MIEN_AGENT_GRANT may use the grant. It ends with its time, its count or the next lock.",
     "mien agent grant --purpose bitcoin --satoshis 200000 --count 10 --minutes 30\n"
     "mien agent grant --purpose ethereum --wei 50000000000000000 --chain-id 11155111 --count 5",
     run_grant},
    {"agent eyes", "look at a face without any key, for the agent", NULL, 0, 0,
     mien_cli_agent_eyes_tables,
     "Started by 'agent unlock'. Runs without network and with no files but pictures and "
     "networks.\nWrites embeddings, in numbers, to a pipe.",
     "mien agent eyes --source camera | wc -c", mien_cli_agent_eyes},
    {0}};
