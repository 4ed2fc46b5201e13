/* SPDX-License-Identifier: MIT */
/* `mien cosign serve`: the second key as a service on loopback. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "platform/base/bytes.h"
#include "platform/files/file.h"
#include "platform/memory/secret.h"
#include "platform/network/http_message.h"
#include "wallet/cli/common.h"
#include "wallet/cli/verbs.h"
#include "wallet/cosign/cosign.h"
#include "wallet/encoding/hex.h"

#define REQUEST_SECONDS 20
#define CONNECTIONS 32 /* each may bring a body of MIEN_COSIGN_BODY_LIMIT */
#define SEED_SIZE 64

static const mien_cli_option serve_options[] = {
    {"name", 0, "URL", false, "how clients reach it (default http://127.0.0.1:PORT)"},
    {"port", 0, "N", false, "where to listen on 127.0.0.1 (default 8560, 0: any free port)"},
    {"folder", 0, "FOLDER", false, "where its seed and token are (default: cosign in the state)"},
    {"database", 0, "WHERE", false, "sqlite:PATH or postgresql://... (default: SQLite there)"},
    {"model", 0, "DIGEST", true, "accept faces of this network only"},
    {"models", 0, "FOLDER", true, "where a network for face proofs is (default: the shipped one)"},
    MIEN_CLI_OPTIONS_END};

typedef struct serving {
    mien_cli *cli;
    char folder[MIEN_PATH_SIZE], token_path[MIEN_PATH_SIZE], database[MIEN_PATH_SIZE + 16];
    char name[MIEN_HTTP_HOST_SIZE + 32];
    const char *host_names[2];
    mien_http_url url;
    mien_cosign_options options;
    mien_proof_face *faces[MIEN_COSIGN_MODELS];
    mien_cosign *cosign;
    mien_http_server *server;
    _Atomic bool ready;
} serving;

/* A file of `length` random bytes, or their hex, made when it is not there. Two that start at once
 * agree on the first one's. */
static mien_status secret_file(void *out, size_t length, const char *path, bool hex,
                               mien_error *error) {
    mien_random random = mien_random_system();
    uint8_t bytes[SEED_SIZE];
    char text[2 * SEED_SIZE + 1];
    size_t got, size = hex ? 2 * length : length;
    if (!mien_file_exists(path)) {
        MIEN_TRY(mien_random_fill(&random, bytes, length));
        mien_hex_encode(text, bytes, length);
        mien_status status =
            mien_file_write(path, hex ? (void *)text : (void *)bytes, size, MIEN_FILE_NEW, error);
        mien_wipe(bytes, sizeof bytes);
        mien_wipe(text, sizeof text);
        if (status != MIEN_OK && status != MIEN_EXISTS) return status;
    }
    MIEN_TRY(mien_file_read_into(out, &got, size, path, MIEN_FILE_NO_LINKS | MIEN_FILE_ONLY_MINE,
                                 error));
    return got == size ? MIEN_OK
                       : mien_fail(error, MIEN_FORMAT, "%s does not have %zu bytes", path, size);
}

static mien_status find_places(serving *s, mien_error *error) {
    const char *folder = mien_cli_value(s->cli, "folder");
    const char *database = mien_cli_value(s->cli, "database");
    char state[MIEN_PATH_SIZE], file[MIEN_PATH_SIZE];
    if (folder == NULL) {
        MIEN_TRY(mien_folder_of(state, MIEN_FOLDER_STATE, error));
        MIEN_TRY(mien_path_join(s->folder, state, "cosign"));
    } else if (strlen(folder) < sizeof s->folder) {
        strcpy(s->folder, folder);
    } else {
        return mien_fail(error, MIEN_USAGE, "--folder is too long");
    }
    MIEN_TRY(mien_folder_create(s->folder, error));
    MIEN_TRY(mien_path_join(s->token_path, s->folder, "admin.token"));
    MIEN_TRY(mien_path_join(file, s->folder, "cosign.db"));
    snprintf(s->database, sizeof s->database, "sqlite:%s", file);
    s->options.database = database != NULL ? database : s->database;
    return MIEN_OK;
}

static mien_status read_models(serving *s, mien_error *error) {
    const char *values[MIEN_COSIGN_MODELS];
    s->options.model_count = mien_cli_values(s->cli, "model", values, MIEN_COSIGN_MODELS);
    if (s->options.model_count > MIEN_COSIGN_MODELS)
        return mien_fail(error, MIEN_USAGE, "more than %d networks", MIEN_COSIGN_MODELS);
    for (size_t i = 0; i < s->options.model_count; i++)
        MIEN_TRY(mien_cli_hex(s->options.models[i], 32, values[i], "--model", error));
    return MIEN_OK;
}

/* The networks of the accounts that want face proofs. */
static mien_status open_networks(serving *s, mien_error *error) {
    const char *folders[MIEN_COSIGN_MODELS];
    size_t count = mien_cli_values(s->cli, "models", folders, MIEN_COSIGN_MODELS);
    if (count > MIEN_COSIGN_MODELS)
        return mien_fail(error, MIEN_USAGE, "more than %d networks", MIEN_COSIGN_MODELS);
    if (count == 0) folders[count++] = mien_face_models_folder(NULL);
    for (size_t i = 0; i < count; i++) {
        MIEN_TRY(mien_proof_face_open(&s->faces[i], folders[i], NULL, error));
        s->options.faces[s->options.face_count++] = s->faces[i];
    }
    return MIEN_OK;
}

/* Before the co-signer is made, only connections are taken. */
static void answer(void *context, mien_http_response *response, const mien_http_request *request) {
    serving *s = context;
    if (s->ready)
        mien_cosign_http(s->cosign, response, request);
    else
        response->code = 503;
}

/* The name stands in every proof, so it must be right from the first registration on: scheme, host
 * and port. With a name of its own the server is behind a proxy that calls it by that host. */
static mien_status choose_name(serving *s, mien_error *error) {
    const char *given = mien_cli_value(s->cli, "name");
    if (given == NULL) return MIEN_OK;
    MIEN_TRY(mien_http_url_parse(&s->url, given, error));
    if (strcmp(s->url.path, "/") != 0 || strlen(given) >= sizeof s->name ||
        given[strlen(given) - 1] == '/')
        return mien_fail(error, MIEN_USAGE, "--name is scheme, host and port, without a path");
    strcpy(s->name, given);
    s->host_names[0] = s->url.host;
    return MIEN_OK;
}

static mien_status start_server(serving *s, mien_error *error) {
    uint64_t port;
    MIEN_TRY(mien_cli_number(s->cli, "port", &port, 8560, 0, 65535, error));
    mien_http_server_options options = {.port = (uint16_t)port,
                                        .body_limit = MIEN_COSIGN_BODY_LIMIT,
                                        .request_seconds = REQUEST_SECONDS,
                                        .connections = CONNECTIONS,
                                        .answer = answer,
                                        .context = s,
                                        .host_names = s->host_names};
    mien_status status = mien_http_server_start(&s->server, &options, error);
    if (status == MIEN_OK && s->name[0] == '\0')
        snprintf(s->name, sizeof s->name, "http://127.0.0.1:%u",
                 (unsigned)mien_http_server_port(s->server));
    return status;
}

static mien_status open_cosign(serving *s, mien_error *error) {
    char path[MIEN_PATH_SIZE];
    void *seed;
    MIEN_TRY(mien_path_join(path, s->folder, "seed"));
    MIEN_TRY(mien_secret_alloc(&seed, SEED_SIZE, error));
    mien_status status = secret_file(seed, SEED_SIZE, path, false, error);
    if (status == MIEN_OK)
        status = secret_file(s->options.admin_token, (MIEN_COSIGN_TOKEN_TEXT - 1) / 2,
                             s->token_path, true, error);
    s->options.seed = seed;
    s->options.name = s->name;
    if (status == MIEN_OK) status = mien_cosign_create(&s->cosign, &s->options, error);
    mien_secret_free(seed);
    if (status == MIEN_OK) s->ready = true;
    return status;
}

static void wait_for_signal(void) {
    const struct timespec pause = {0, 100000000};
    while (!mien_console_interrupted()) nanosleep(&pause, NULL);
}

static mien_status run_serve(mien_cli *cli, mien_error *error) {
    serving *s = calloc(1, sizeof *s);
    if (s == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the server");
    s->cli = cli;
    mien_status status = find_places(s, error);
    if (status == MIEN_OK) status = read_models(s, error);
    if (status == MIEN_OK) status = open_networks(s, error);
    if (status == MIEN_OK) status = choose_name(s, error);
    if (status == MIEN_OK) status = start_server(s, error);
    if (status == MIEN_OK) status = open_cosign(s, error);
    if (status == MIEN_OK) {
        mien_cli_say(cli, "Co-signing as %s at http://127.0.0.1:%u", s->name,
                     (unsigned)mien_http_server_port(s->server));
        mien_cli_say(cli, "Whoever has %s may register. Ctrl-C ends it.", s->token_path);
        wait_for_signal();
    }
    mien_http_server_stop(s->server);
    mien_cosign_destroy(s->cosign);
    for (size_t i = 0; i < s->options.face_count; i++) mien_proof_face_close(s->faces[i]);
    mien_wipe(s->options.admin_token, sizeof s->options.admin_token);
    free(s);
    return status;
}

static const mien_cli_option *const serve_tables[] = {serve_options, NULL};

const mien_cli_verb mien_cli_cosign_serve_verbs[] = {
    {"cosign serve", "be the second key that signs what a face proof and a policy allow", NULL, 0,
     0, serve_tables,
     "Listens on this machine; for others put a reverse proxy with TLS in front and give its "
     "address\n"
     "as --name. Its seed and the token for registering are files for you only, in --folder. Any "
     "number\n"
     "of servers may share a database if they have the same seed.",
     "mien cosign serve\n"
     "mien cosign serve --name https://cosign.example --database postgresql://mien@/cosign",
     run_serve},
    {0}};
