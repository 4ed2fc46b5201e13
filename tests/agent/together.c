/* SPDX-License-Identifier: MIT */
/* Requests that share one writing of the audit log: counted exactly, and never a signature without
 * its line, also when the agent is killed at any moment. */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "platform/json/json.h"
#include "tests/agent/fixture.h"

#define CLIENTS 16
#define PAYMENTS 24 /* that fit into a day: 24 x 0.010021 < 0.25 < 25 x 0.010021 */
#define ROUNDS 12

static fixture f;
static const char day_policy[] = "mien-policy 1\nrequire face\nother-chains deny\nchain evm 1\n"
                                 "  destinations any\n  transaction 1\n  day 0.25\n";

/* ---- the log ---- */

typedef struct digests {
    uint8_t (*list)[32];
    size_t count, capacity;
} digests;

static void remember(digests *d, const uint8_t digest[32]) {
    if (d->count == d->capacity) {
        d->capacity = 2 * d->capacity + 64;
        d->list = realloc(d->list, d->capacity * sizeof *d->list);
        if (d->list == NULL) abort();
    }
    memcpy(d->list[d->count++], digest, 32);
}

static bool is_among(const digests *d, const uint8_t digest[32]) {
    for (size_t i = 0; i < d->count; i++)
        if (memcmp(d->list[i], digest, 32) == 0) return true;
    return false;
}

static mien_status take_signed(void *context, uint64_t number, const char *line, size_t length) {
    uint8_t digest[32];
    const char *event;
    json_t *object;
    (void)number;
    MIEN_TRY(mien_json_parse(&object, line, length, "line", NULL));
    mien_status status = mien_json_get_string(&event, object, "event", NULL);
    if (status == MIEN_OK && strcmp(event, "signed") == 0) {
        status = mien_json_get_hex(digest, sizeof digest, object, "digest", NULL);
        if (status == MIEN_OK) remember(context, digest);
    }
    json_decref(object);
    return status;
}

/* What the log says was signed; it must hold together under the wallet's key. */
static void read_signed(digests *out) {
    uint8_t seed[MIEN_WALLET_SEED_SIZE], key[MIEN_POLICY_KEY_SIZE];
    mien_policy_log_report report;
    mien_error error = {0};
    for (size_t i = 0; i < sizeof seed; i++) seed[i] = f.masked[i] ^ FIXTURE_MASK;
    mien_policy_key_of_seed(key, seed);
    *out = (digests){0};
    CHECK_INT(mien_policy_log_read(&report, &f.policy, key, take_signed, out, &error), MIEN_OK);
    if (error.message[0] != '\0') printf("  %s\n", error.message);
    mien_wipe(seed, sizeof seed);
    mien_wipe(key, sizeof key);
}

/* ---- an agent that can be killed ---- */

/* It listens itself: with a socket that this process has too, nobody would notice its end. */
static pid_t start_agent(void) {
    char path[MIEN_PATH_SIZE];
    const pid_t pid = fork();
    if (pid != 0) return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (mien_agent_socket_path(path, NULL) != MIEN_OK ||
        mien_agent_listen(&f.listener, path, NULL) != MIEN_OK)
        _exit(2);
    _exit(mien_agent_serve(&f.listener, &f.options, NULL) == MIEN_OK ? 0 : 1);
}

static void kill_agent(pid_t pid) {
    int code;
    kill(pid, SIGKILL);
    while (waitpid(pid, &code, 0) < 0 && errno == EINTR) {
    }
}

/* ---- clients ---- */

typedef struct asker {
    pthread_t thread;
    uint8_t token[MIEN_AGENT_TOKEN_SIZE];
    int number, round, requests;
    bool pays;   /* else it has messages signed */
    digests got; /* of messages whose signatures came */
    int signatures, denied, lost;
} asker;

static int ask_once(asker *a, mien_agent_client *client, int i) {
    char text[256];
    mien_agent_reply reply;
    const int nonce = (a->round * CLIENTS + a->number) * 1000 + i;
    snprintf(text, sizeof text,
             a->pays ? "{\"type\":2,\"chainId\":1,\"nonce\":%d,\"to\":"
                       "\"0x6d69656e0102030405060708090a0b0c0d0e0f10\",\"value\":"
                       "\"10000000000000000\",\"gas\":21000,\"maxFeePerGas\":\"1000000000\","
                       "\"maxPriorityFeePerGas\":\"1000000000\"}"
                     : "message %d",
             nonce);
    mien_agent_request request = fixture_message(text);
    if (a->pays) request.operation = MIEN_AGENT_SIGN_ETHEREUM_TRANSACTION;
    const mien_status status = mien_agent_call(client, &reply, &request, NULL);
    if (status == MIEN_OK) {
        a->signatures++;
        if (!a->pays) remember(&a->got, reply.hash);
    } else if (status == MIEN_POLICY_DENIED) {
        a->denied++;
    } else {
        a->lost++;
        return 0;
    }
    return 1;
}

static void *ask_all(void *context) {
    asker *a = context;
    mien_agent_client *client = fixture_client();
    if (client == NULL) return NULL;
    mien_agent_use_grant(client, a->token);
    for (int i = 0; i < a->requests && ask_once(a, client, i); i++) {
    }
    mien_agent_disconnect(client);
    return NULL;
}

static bool get_grant(uint8_t token[MIEN_AGENT_TOKEN_SIZE]) {
    mien_agent_grant grant = {.purposes = MIEN_PURPOSE_MESSAGE | MIEN_PURPOSE_ETHEREUM,
                              .seconds = 3600,
                              .count = 1000000,
                              .chain_id = 1};
    static const char wei[] = "1000000000000000000000";
    mien_agent_client *client = NULL;
    for (int i = 0; i < 2000 && client == NULL; i++) {
        client = fixture_client();
        if (client == NULL) usleep(5000);
    }
    if (mien_uint256_parse(&grant.wei, wei, sizeof wei - 1) != MIEN_OK) return false;
    const bool well = client != NULL && mien_agent_unlock(client, NULL) == MIEN_OK &&
                      mien_agent_ask_grant(client, token, &grant, NULL) == MIEN_OK;
    mien_agent_disconnect(client);
    return well;
}

static void lock_agent(void) {
    mien_agent_client *client = fixture_client();
    REQUIRE(client != NULL);
    CHECK_INT(mien_agent_command(client, MIEN_AGENT_LOCK, NULL), MIEN_OK);
    mien_agent_disconnect(client);
}

/* All clients at once; after `microseconds`, unless that is 0, the agent is killed, or locked where
 * it is in this process (pid 0). */
static void race(asker *askers, int round, int requests, bool pays, pid_t pid,
                 unsigned microseconds) {
    uint8_t token[MIEN_AGENT_TOKEN_SIZE];
    REQUIRE(get_grant(token));
    for (int i = 0; i < CLIENTS; i++) {
        asker *a = &askers[i];
        memcpy(a->token, token, sizeof token);
        a->number = i;
        a->round = round;
        a->requests = requests;
        a->pays = pays;
        REQUIRE(pthread_create(&a->thread, NULL, ask_all, a) == 0);
    }
    if (microseconds != 0) {
        usleep(microseconds);
        if (pid != 0)
            kill_agent(pid);
        else
            lock_agent();
    }
    for (int i = 0; i < CLIENTS; i++) pthread_join(askers[i].thread, NULL);
}

static void clean(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", f.folder);
    CHECK_INT(system(command), 0);
}

/* ---- tests ---- */

static void a_day_is_full_when_it_is_full(void) {
    static asker askers[CLIENTS];
    digests lines;
    int signatures = 0, denied = 0;
    memset(askers, 0, sizeof askers);
    REQUIRE(fixture_start(&f));
    REQUIRE(fixture_policy(&f, day_policy));
    race(askers, 0, 6, true, 0, 0);
    for (int i = 0; i < CLIENTS; i++) {
        signatures += askers[i].signatures;
        denied += askers[i].denied;
        CHECK_INT(askers[i].lost, 0);
    }
    CHECK_INT(signatures, PAYMENTS);
    CHECK_INT(denied, CLIENTS * 6 - PAYMENTS);
    read_signed(&lines);
    CHECK_INT(lines.count, PAYMENTS);
    free(lines.list);
    fixture_stop(&f);
}

static void a_day_stays_full_over_kills(void) {
    static asker askers[CLIENTS];
    digests lines = {0};
    int signatures = 0, denied = 0, kills = 0;
    memset(askers, 0, sizeof askers);
    REQUIRE(fixture_prepare(&f));
    mien_agent_listener_close(&f.listener);
    REQUIRE(fixture_policy(&f, day_policy));
    for (int round = 0; round < 100 && denied == 0; round++, kills++) {
        const pid_t pid = start_agent();
        race(askers, round, 2, true, pid, 1 + (unsigned)harness_random_below(8000));
        for (int i = 0; i < CLIENTS; i++) denied += askers[i].denied;
        free(lines.list);
        read_signed(&lines);
        CHECK(lines.count <= PAYMENTS);
    }
    for (int i = 0; i < CLIENTS; i++) signatures += askers[i].signatures;
    printf("  %d kills, %zu lines, %d signatures\n", kills, lines.count, signatures);
    CHECK_INT(lines.count, PAYMENTS);
    CHECK(signatures <= PAYMENTS);
    free(lines.list);
    clean();
}

static void no_signature_without_its_line(void) {
    static asker askers[CLIENTS];
    size_t received = 0, missing = 0, written = 0;
    memset(askers, 0, sizeof askers);
    REQUIRE(fixture_prepare(&f));
    mien_agent_listener_close(&f.listener);
    for (int round = 0; round < ROUNDS; round++) {
        digests lines;
        const pid_t pid = start_agent();
        race(askers, round, 1000, false, pid, 3000 + (unsigned)harness_random_below(60000));
        read_signed(&lines);
        written = lines.count;
        for (int i = 0; i < CLIENTS; i++)
            for (size_t j = 0; j < askers[i].got.count; j++)
                missing += !is_among(&lines, askers[i].got.list[j]);
        free(lines.list);
    }
    for (int i = 0; i < CLIENTS; i++) {
        received += askers[i].got.count;
        free(askers[i].got.list);
    }
    printf("  %zu signatures, %zu lines\n", received, written);
    CHECK(received != 0 && received <= written);
    CHECK_INT(missing, 0);
    clean();
}

/* Also of requests that were allowed and waited for the log when the lock came. */
static void no_signature_behind_a_lock(void) {
    static asker askers[CLIENTS];
    memset(askers, 0, sizeof askers);
    REQUIRE(fixture_start(&f));
    for (int round = 0; round < ROUNDS; round++) {
        digests lines;
        size_t received = 0, missing = 0, lost = 0;
        race(askers, round, 1000, false, 0, 3000 + (unsigned)harness_random_below(60000));
        CHECK(!fixture_state().unlocked);
        read_signed(&lines);
        for (int i = 0; i < CLIENTS; i++) {
            lost += (size_t)askers[i].lost;
            received += askers[i].got.count;
            for (size_t j = 0; j < askers[i].got.count; j++)
                missing += !is_among(&lines, askers[i].got.list[j]);
        }
        CHECK_INT(missing, 0);
        /* every client was refused, none hangs; a line is written with its signature or not at all
         */
        CHECK_INT(lost, (size_t)CLIENTS * (size_t)(round + 1));
        CHECK_INT(lines.count, received);
        free(lines.list);
    }
    for (int i = 0; i < CLIENTS; i++) free(askers[i].got.list);
    fixture_stop(&f);
}

int main(void) {
    RUN(a_day_is_full_when_it_is_full);
    RUN(a_day_stays_full_over_kills);
    RUN(no_signature_without_its_line);
    RUN(no_signature_behind_a_lock);
    return harness_end();
}
