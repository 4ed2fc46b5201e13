/* SPDX-License-Identifier: MIT */
/* What the way through the agent's socket costs, policy and audit log included. Each request is on
 * the disk before it is signed, so a disk that takes milliseconds for that decides how many there
 * are a second; with the log in memory the agent itself does. */
#include "tests/bench.h"
#include "tests/agent/fixture.h"
#include "tests/wallet/psbt_builder.h"

#define MESSAGES 2000
#define INPUTS 100
#define REQUESTS 10000

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

static void bench_messages(const char *place, const char *names[2], int count) {
    fixture_place = place;
    if (!fixture_start(&f)) must(MIEN_IO, "the agent does not start");
    mien_agent_client *client = fixture_granted(1000000);
    if (client == NULL) must(MIEN_IO, "no grant");
    (void)sign_messages(client, 100);
    const double each = sign_messages(client, count);
    bench_report(names[0], each / 1e3, "us");
    bench_report(names[1], 1e9 / each, "1/s");
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
    static const char *on_disk[] = {"agent: one message signed, logged on /tmp",
                                    "agent: messages signed, logged on /tmp"};
    static const char *in_memory[] = {"agent: one message signed, logged in memory",
                                      "agent: messages signed, logged in memory"};
    bench_start(argc, argv);
    bench_messages("/tmp", on_disk, 300);
    bench_messages("/dev/shm", in_memory, MESSAGES);
    bench_in_memory();
    bench_transactions();
    return bench_end();
}
