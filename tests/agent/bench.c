/* SPDX-License-Identifier: MIT */
/* What the way through the agent's socket costs, policy and audit log included. Each request is on
 * the disk before it is signed, so a disk that takes milliseconds for that decides how many there
 * are a second for a client that asks one thing after the other; requests that are under way at the
 * same time share one writing. With the log in memory the agent itself decides. */
#include <fcntl.h>

#include "tests/agent/fixture.h"
#include "tests/bench.h"
#include "tests/wallet/psbt_builder.h"

#define MESSAGES 2000
#define INPUTS 100
#define REQUESTS 10000
#define CLIENTS_MAX 32
#define ROUNDS 10
#define SYNCS 20 /* in one round */

static fixture f;

static void must(mien_status status, const char *what) {
    if (status == MIEN_OK) return;
    fprintf(stderr, "bench-agent: %s: %s\n", what, mien_status_name(status));
    exit(1);
}

static double sign_messages(mien_agent_client *client, int count) {
    mien_agent_reply reply;
    const double start = bench_nanoseconds();
    for (int i = 0; i < count; i++) {
        char text[32];
        snprintf(text, sizeof text, "message %d", i);
        const mien_agent_request request = fixture_message(text);
        must(mien_agent_call(client, &reply, &request, NULL), "message");
    }
    return (bench_nanoseconds() - start) / count;
}

/* A PSBT of INPUTS coins of ours, p2wpkh, paid to ourselves. */
static void build(builder *b, builder_coin *coins, mien_curve **curve, void **memory) {
    typedef struct roots {
        mien_hd_private own, stranger;
        uint8_t seed[MIEN_WALLET_SEED_SIZE];
    } roots;
    const mien_random random = mien_random_system();
    must(mien_curve_create(curve, &random), "curve");
    must(mien_secret_alloc(memory, sizeof(roots), NULL), "memory");
    roots *r = *memory;
    for (size_t i = 0; i < sizeof r->seed; i++) r->seed[i] = f.masked[i] ^ FIXTURE_MASK;
    must(mien_hd_master(&r->own, r->seed, sizeof r->seed), "root");
    r->seed[0] ^= 1;
    must(mien_hd_master(&r->stranger, r->seed, sizeof r->seed), "root");
    for (uint32_t i = 0; i < INPUTS; i++)
        coins[i] = (builder_coin){.type = MIEN_SCRIPT_P2WPKH, .amount = 100000, .index = i};
    coins[INPUTS] =
        (builder_coin){.type = MIEN_SCRIPT_P2WPKH, .amount = INPUTS * 100000 - 20000, .chain = 1};
    *b = (builder){.curve = *curve,
                   .root = &r->own,
                   .stranger = &r->stranger,
                   .network = MIEN_BITCOIN_TESTNET,
                   .inputs = coins,
                   .outputs = coins + INPUTS,
                   .input_count = INPUTS,
                   .output_count = 1};
    builder_make(b);
}

static void bench_psbt(mien_agent_client *client) {
    static builder_coin coins[INPUTS + 1];
    const mien_agent_grant grant = {.purposes = MIEN_PURPOSE_BITCOIN,
                                    .seconds = 3600,
                                    .count = 100,
                                    .satoshis = 1000000000,
                                    .network = MIEN_BITCOIN_TESTNET};
    uint8_t token[MIEN_AGENT_TOKEN_SIZE];
    mien_agent_reply reply;
    mien_curve *curve;
    void *memory;
    builder b;
    double best;
    build(&b, coins, &curve, &memory);
    must(mien_agent_ask_grant(client, token, &grant, NULL), "grant");
    const mien_agent_request request = {.operation = MIEN_AGENT_SIGN_PSBT,
                                        .network = MIEN_BITCOIN_TESTNET,
                                        .payload = mien_view_of(b.bytes, b.length)};
    BENCH_TIME(best, 5, must(mien_agent_call(client, &reply, &request, NULL), "psbt"));
    if (reply.number != INPUTS) must(MIEN_INTERNAL, "not all inputs were signed");
    bench_report("agent: PSBT of 100 inputs, logged on /tmp", best / 1e6, "ms");
    bench_report("agent: ECDSA signatures in such PSBTs", INPUTS / (best / 1e9), "1/s");
    free(b.bytes);
    mien_curve_destroy(curve);
    mien_secret_free(memory);
}

static long resident(void) {
    long kilobytes = -1, pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file != NULL && fscanf(file, "%*d %ld", &pages) == 1)
        kilobytes = pages * (sysconf(_SC_PAGESIZE) / 1024);
    if (file != NULL) fclose(file);
    return kilobytes;
}

/* ---- many at once ---- */

typedef struct asker {
    pthread_t thread;
    mien_agent_client *client;
    int count;
} asker;

static void *ask_many(void *context) {
    const asker *a = context;
    (void)sign_messages(a->client, a->count);
    return NULL;
}

/* Requests a second of `clients` clients, each of which waits for its reply before it goes on. */
static double in_flight(mien_agent_client *first, int clients, int count) {
    asker askers[CLIENTS_MAX];
    uint8_t token[MIEN_AGENT_TOKEN_SIZE];
    const mien_agent_grant grant = {
        .purposes = MIEN_PURPOSE_MESSAGE, .seconds = 3600, .count = 1000000};
    must(mien_agent_ask_grant(first, token, &grant, NULL), "grant");
    for (int i = 0; i < clients; i++) {
        askers[i] = (asker){.client = i == 0 ? first : fixture_client(), .count = count / clients};
        if (askers[i].client == NULL) must(MIEN_IO, "no client");
        mien_agent_use_grant(askers[i].client, token);
    }
    const double start = bench_nanoseconds();
    for (int i = 0; i < clients; i++)
        if (pthread_create(&askers[i].thread, NULL, ask_many, &askers[i]) != 0)
            must(MIEN_IO, "no thread");
    for (int i = 0; i < clients; i++) pthread_join(askers[i].thread, NULL);
    const double seconds = (bench_nanoseconds() - start) / 1e9;
    for (int i = 1; i < clients; i++) mien_agent_disconnect(askers[i].client);
    return clients * (count / clients) / seconds;
}

/* What the disk takes to keep one line appended to a file, and to replace a small file, with
 * nothing around it: both happen once for each writing of the log. Nanoseconds. */
static double sync_alone(int count) {
    char log[128], head[128];
    static const char line[512];
    snprintf(log, sizeof log, "%s/sync-alone", f.folder);
    snprintf(head, sizeof head, "%s/policy/head-alone", f.folder);
    const int descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor < 0) must(MIEN_IO, "no file");
    const double start = bench_nanoseconds();
    for (int i = 0; i < count; i++) {
        if (write(descriptor, line, sizeof line) != (ssize_t)sizeof line || fsync(descriptor) != 0)
            must(MIEN_IO, "sync");
        must(mien_file_write(head, line, 92, 0, NULL), "replace");
    }
    const double each = (bench_nanoseconds() - start) / count;
    close(descriptor);
    return each;
}

/* One client that asks one thing after the other, in turns with the disk alone, because disks are
 * not equally fast all the time. */
static void bench_single(void) {
    double signing = 0, syncing = 0;
    fixture_place = "/tmp";
    if (!fixture_start(&f)) must(MIEN_IO, "the agent does not start");
    mien_agent_client *client = fixture_granted(1000000);
    if (client == NULL) must(MIEN_IO, "no grant");
    (void)sign_messages(client, 20);
    for (int i = 0; i < ROUNDS; i++) {
        signing += sign_messages(client, SYNCS) / ROUNDS;
        syncing += sync_alone(SYNCS) / ROUNDS;
    }
    bench_report("disk alone: a line kept and a head replaced", syncing / 1e6, "ms");
    bench_report("agent: one message after the other, on /tmp", signing / 1e6, "ms");
    bench_report("agent: the same, times the disk alone", signing / syncing, "");
    mien_agent_disconnect(client);
    fixture_stop(&f);
}

static void bench_messages(const char *place, const char *where, int count) {
    char name[96];
    fixture_place = place;
    if (!fixture_start(&f)) must(MIEN_IO, "the agent does not start");
    mien_agent_client *client = fixture_granted(1000000);
    if (client == NULL) must(MIEN_IO, "no grant");
    (void)sign_messages(client, 100);
    for (int clients = 1; clients <= CLIENTS_MAX; clients *= clients == 1 ? 4 : 2) {
        const double rate = in_flight(client, clients, clients == 1 ? count : 4 * count);
        snprintf(name, sizeof name, "agent: messages signed, %s, %d client%s", where, clients,
                 clients == 1 ? "" : "s");
        bench_report(name, rate, "1/s");
    }
    mien_agent_disconnect(client);
    fixture_stop(&f);
}

static void bench_in_memory(void) {
    mien_agent_state state;
    double best;
    if (!fixture_start(&f)) must(MIEN_IO, "the agent does not start");
    mien_agent_client *client = fixture_granted(1000000);
    if (client == NULL) must(MIEN_IO, "no grant");
    BENCH_TIME(best, 500, must(mien_agent_get_state(client, &state, NULL), "state"));
    bench_report("agent: a request and its reply", best / 1e3, "us");
    (void)sign_messages(client, 1000);
    const long before = resident();
    (void)sign_messages(client, REQUESTS);
    bench_report("agent: memory after 10,000 signatures, more", (double)(resident() - before),
                 "kB");
    mien_agent_disconnect(client);
    fixture_stop(&f);
}

static void bench_transactions(void) {
    fixture_place = "/tmp";
    if (!fixture_start(&f)) must(MIEN_IO, "the agent does not start");
    mien_agent_client *client = fixture_granted(1000000);
    if (client == NULL) must(MIEN_IO, "no grant");
    bench_psbt(client);
    mien_agent_disconnect(client);
    fixture_stop(&f);
}

int main(int argc, char **argv) {
    bench_start(argc, argv);
    bench_single();
    bench_messages("/tmp", "logged on /tmp", 300);
    bench_messages("/dev/shm", "logged in memory", MESSAGES);
    bench_in_memory();
    bench_transactions();
    return bench_end();
}
