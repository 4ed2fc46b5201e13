/* SPDX-License-Identifier: MIT */
/* An agent in a thread of this process, with a wallet that a seed stands for, scripts instead of a
 * person and of eyes, and a clock and a user that the test turns. */
#ifndef MIEN_TESTS_AGENT_FIXTURE_H
#define MIEN_TESTS_AGENT_FIXTURE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "platform/memory/secret.h"
#include "tests/harness.h"
#include "wallet/agent/client.h"
#include "wallet/agent/server.h"

#define FIXTURE_MASK 0x3c

typedef struct fixture {
    char folder[64], script[96], faces[96], policy_folder[96], head[96];
    const char *prompt[4], *eyes[4];
    uint8_t masked[MIEN_WALLET_SEED_SIZE]; /* the seed, not as it is: memory is searched for it */
    mien_policy_store_options policy;
    mien_agent_options options;
    mien_agent_system system;
    mien_agent_listener listener;
    mien_status ended;
    pthread_t thread;
} fixture;

static _Atomic int64_t fixture_turned, fixture_slept; /* milliseconds added to the clocks */
static _Atomic int fixture_user_offset;
static _Atomic int fixture_opened;
static const char *fixture_place = "/tmp"; /* where the folder is made */

static inline int64_t fixture_now(void *context) {
    (void)context;
    return mien_agent_system_default().now(NULL) + fixture_turned + fixture_slept;
}
static inline int64_t fixture_awake(void *context) {
    (void)context;
    return mien_agent_system_default().awake(NULL) + fixture_turned;
}
static inline mien_status fixture_peer(void *context, int descriptor, uid_t *user, pid_t *process) {
    (void)context;
    MIEN_TRY(mien_agent_peer(descriptor, user, process));
    *user += (uid_t)fixture_user_offset;
    return MIEN_OK;
}

static inline mien_status fixture_ready(void *context, bool *pin, mien_error *error) {
    (void)context;
    (void)error;
    *pin = false;
    return MIEN_OK;
}

/* The faces must be the ones that the eyes' script hands over. */
static inline mien_status fixture_open(void *context, mien_agent_keys **keys,
                                       const mien_agent_faces *faces, const mien_pin *pin,
                                       mien_error *error) {
    const fixture *f = context;
    void *memory;
    if (pin != NULL || faces->count != 1 || faces->frames[0].embedding[5] != 42)
        return mien_fail(error, MIEN_NO_MATCH, "another face");
    MIEN_TRY(mien_secret_alloc(&memory, MIEN_WALLET_SEED_SIZE, error));
    uint8_t *seed = memory;
    for (size_t i = 0; i < MIEN_WALLET_SEED_SIZE; i++) seed[i] = f->masked[i] ^ FIXTURE_MASK;
    mien_status status = mien_agent_keys_open(keys, seed, NULL, MIEN_MEANS_FACE, &f->policy, error);
    mien_secret_free(memory);
    if (status == MIEN_OK) fixture_opened++;
    return status;
}

static inline void fixture_write(const char *path, const void *bytes, size_t length) {
    FILE *file = fopen(path, "w");
    if (file == NULL) return;
    fwrite(bytes, 1, length, file);
    fclose(file);
}

/* What the person does from now on: a line of shell, the question on its standard input. */
static inline void fixture_person(const fixture *f, const char *script) {
    fixture_write(f->script, script, strlen(script));
}

static inline int fixture_policy(fixture *f, const char *text) {
    uint8_t seed[MIEN_WALLET_SEED_SIZE], key[MIEN_POLICY_KEY_SIZE];
    for (size_t i = 0; i < sizeof seed; i++) seed[i] = f->masked[i] ^ FIXTURE_MASK;
    mien_policy_key_of_seed(key, seed);
    mien_status status = mien_policy_store_set(&f->policy, key, text, strlen(text),
                                               (int64_t)time(NULL), false, NULL);
    mien_wipe(seed, sizeof seed);
    mien_wipe(key, sizeof key);
    return status == MIEN_OK;
}

static inline void fixture_eyes(fixture *f, int8_t marker) {
    mien_agent_faces faces = {.count = 1};
    mien_error why = {0};
    uint8_t bytes[MIEN_AGENT_FACES_BYTES];
    mien_writer writer = mien_writer_of(bytes, sizeof bytes);
    faces.frames[0].embedding[5] = marker;
    faces.frames[0].quality = 1;
    if (mien_agent_faces_write(&writer, &faces, &why) == MIEN_OK)
        fixture_write(f->faces, bytes, writer.used);
}

static inline void *fixture_serve(void *context) {
    fixture *f = context;
    f->ended = mien_agent_serve(&f->listener, &f->options, NULL);
    return NULL;
}

/* Everything but somebody who serves. */
static inline int fixture_prepare(fixture *f) {
    char path[MIEN_PATH_SIZE];
    memset(f, 0, sizeof *f);
    fixture_turned = fixture_slept = 0;
    fixture_user_offset = fixture_opened = 0;
    snprintf(f->folder, sizeof f->folder, "%s/mien-agent-XXXXXX", fixture_place);
    if (mkdtemp(f->folder) == NULL) return 0;
    snprintf(f->script, sizeof f->script, "%s/person", f->folder);
    snprintf(f->faces, sizeof f->faces, "%s/faces", f->folder);
    snprintf(f->policy_folder, sizeof f->policy_folder, "%s/policy", f->folder);
    snprintf(f->head, sizeof f->head, "%s/head", f->folder);
    f->policy = (mien_policy_store_options){f->policy_folder, f->head};
    harness_random_bytes(f->masked, sizeof f->masked);
    fixture_eyes(f, 42);
    fixture_person(f, "cat >/dev/null; printf y");
    f->prompt[0] = "/bin/sh";
    f->prompt[1] = f->script;
    f->eyes[0] = "/bin/cat";
    f->eyes[1] = f->faces;
    f->system = (mien_agent_system){NULL, fixture_now, fixture_awake, fixture_peer};
    f->options = (mien_agent_options){.seconds = 900,
                                      .idle_seconds = 300,
                                      .prompt_seconds = 60,
                                      .eyes_seconds = 60,
                                      .request_seconds = 30,
                                      .prompt = f->prompt,
                                      .eyes = f->eyes,
                                      .opener = {f, fixture_ready, fixture_open, NULL},
                                      .system = &f->system};
    setenv("MIEN_HOME", f->folder, 1);
    if (!fixture_policy(f, mien_policy_default_text())) return 0;
    if (mien_agent_socket_path(path, NULL) != MIEN_OK) return 0;
    return mien_agent_listen(&f->listener, path, NULL) == MIEN_OK;
}

static inline int fixture_start(fixture *f) {
    return fixture_prepare(f) && pthread_create(&f->thread, NULL, fixture_serve, f) == 0;
}

static inline void fixture_stop(fixture *f) {
    char command[128];
    mien_agent_client *client;
    fixture_user_offset = 0;
    if (mien_agent_connect(&client, NULL) == MIEN_OK) {
        if (mien_agent_command(client, MIEN_AGENT_STOP, NULL) != MIEN_OK) CHECK(!"it stops");
        mien_agent_disconnect(client);
    }
    pthread_join(f->thread, NULL);
    CHECK_INT(f->ended, MIEN_OK);
    mien_agent_listener_close(&f->listener);
    snprintf(command, sizeof command, "rm -rf %s", f->folder);
    if (system(command) != 0) CHECK(!"the folder goes");
}

static inline mien_agent_client *fixture_client(void) {
    mien_agent_client *client;
    return mien_agent_connect(&client, NULL) == MIEN_OK ? client : NULL;
}

static inline mien_agent_state fixture_state(void) {
    mien_agent_state state = {0};
    mien_agent_client *client = fixture_client();
    if (client == NULL || mien_agent_get_state(client, &state, NULL) != MIEN_OK)
        CHECK(!"the agent tells its state");
    mien_agent_disconnect(client);
    return state;
}

/* An unlocked agent's client with a grant for messages. */
static inline mien_agent_client *fixture_granted(uint32_t count) {
    const mien_agent_grant grant = {
        .purposes = MIEN_PURPOSE_MESSAGE, .seconds = 3600, .count = count};
    uint8_t token[MIEN_AGENT_TOKEN_SIZE];
    mien_agent_client *client = fixture_client();
    if (client == NULL || mien_agent_unlock(client, NULL) != MIEN_OK ||
        mien_agent_ask_grant(client, token, &grant, NULL) != MIEN_OK) {
        mien_agent_disconnect(client);
        return NULL;
    }
    return client;
}

static inline mien_agent_request fixture_message(const char *text) {
    const mien_agent_request request = {.operation = MIEN_AGENT_SIGN_ETHEREUM_MESSAGE,
                                        .payload = mien_view_of(text, strlen(text))};
    return request;
}

/* The socket without the client library. */
static inline int fixture_socket(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char path[MIEN_PATH_SIZE];
    if (mien_agent_socket_path(path, NULL) != MIEN_OK) return -1;
    if (strlen(path) >= sizeof address.sun_path) return -1;
    memcpy(address.sun_path, path, strlen(path));
    const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return connect(descriptor, (const struct sockaddr *)&address, sizeof address) == 0 ? descriptor
                                                                                       : -1;
}

#endif
