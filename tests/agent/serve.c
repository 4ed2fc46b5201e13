/* SPDX-License-Identifier: MIT */
/* The agent under clients of every kind: hasty, slow, dying, foreign, many. */
#include <errno.h>

#include "tests/agent/fixture.h"
#include "tests/memory_scan.h"
#include "wallet/ethereum/message.h"

static fixture f;

/* Address that signed, to see that every signature is a real one. */
static int is_signature(const mien_agent_reply *reply, const char *text,
                        uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE]) {
    uint8_t hash[32];
    mien_ethereum_message_hash(hash, mien_view_of(text, strlen(text)));
    return reply->payload.length == MIEN_ETHEREUM_SIGNATURE_SIZE &&
           mien_ethereum_recover(address, reply->payload.data, hash) == MIEN_OK;
}

static void the_person_decides(void) {
    mien_agent_reply reply;
    mien_error error = {0};
    uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE];
    const mien_agent_request request = fixture_message("Hallo");
    REQUIRE(fixture_start(&f));
    mien_agent_client *client = fixture_client();
    CHECK_INT(mien_agent_call(client, &reply, &request, &error), MIEN_LOCKED);
    CHECK_INT(mien_agent_unlock(client, &error), MIEN_OK);
    CHECK_INT(mien_agent_call(client, &reply, &request, &error), MIEN_OK);
    CHECK(is_signature(&reply, "Hallo", address));
    static const struct {
        const char *script;
        mien_status status;
    } others[] = {{"cat >/dev/null; printf n", MIEN_USER_REFUSED},
                  {"cat >/dev/null; printf yy", MIEN_USER_REFUSED},
                  {"cat >/dev/null; printf s1234", MIEN_USER_REFUSED},
                  {"true", MIEN_USER_REFUSED},
                  {"printf y; exit 1", MIEN_IO},
                  {"kill -9 $$", MIEN_IO},
                  {"yes", MIEN_IO}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        fixture_person(&f, others[i].script);
        CHECK_INT(mien_agent_call(client, &reply, &request, &error), others[i].status);
        CHECK_INT(reply.payload.length, 0);
    }
    mien_agent_disconnect(client);
    fixture_stop(&f);
}

static void another_face_opens_nothing(void) {
    mien_error error = {0};
    REQUIRE(fixture_start(&f));
    mien_agent_client *client = fixture_client();
    fixture_eyes(&f, 41);
    CHECK_INT(mien_agent_unlock(client, &error), MIEN_NO_MATCH);
    fixture_write(f.faces, "rubbish", 7);
    CHECK_INT(mien_agent_unlock(client, &error), MIEN_FORMAT);
    fixture_eyes(&f, 42);
    fixture_person(&f, "cat >/dev/null; printf n");
    CHECK_INT(mien_agent_unlock(client, &error), MIEN_USER_REFUSED);
    CHECK_INT(fixture_opened, 0);
    CHECK(!fixture_state().unlocked);
    mien_agent_disconnect(client);
    fixture_stop(&f);
}

static void another_user_is_turned_away(void) {
    mien_agent_client *client;
    mien_error error = {0};
    mien_agent_state state;
    REQUIRE(fixture_start(&f));
    fixture_user_offset = 1;
    REQUIRE(mien_agent_connect(&client, &error) == MIEN_OK);
    CHECK_INT(mien_agent_get_state(client, &state, &error), MIEN_PERMISSION);
    mien_agent_disconnect(client);
    fixture_user_offset = 0;
    CHECK(!fixture_state().unlocked);
    fixture_stop(&f);
}

static int unlock(void) {
    mien_agent_client *client = fixture_client();
    mien_status status = mien_agent_unlock(client, NULL);
    mien_agent_disconnect(client);
    return status == MIEN_OK && fixture_state().unlocked;
}

static void time_locks(void) {
    mien_agent_reply reply;
    const mien_agent_request request = fixture_message("still there");
    REQUIRE(fixture_start(&f));
    CHECK(unlock());
    fixture_turned += 299 * 1000;
    CHECK(fixture_state().unlocked); /* a look is no use: idleness goes on */
    fixture_turned += 2 * 1000;
    CHECK(!fixture_state().unlocked);
    CHECK(unlock());
    mien_agent_client *client = fixture_client();
    for (int i = 0; i < 3; i++) { /* busy all the time, and yet no longer than 900 seconds */
        fixture_turned += 280 * 1000;
        CHECK_INT(mien_agent_call(client, &reply, &request, NULL), MIEN_OK);
    }
    CHECK(fixture_state().unlocked);
    fixture_turned += 61 * 1000;
    CHECK_INT(mien_agent_call(client, &reply, &request, NULL), MIEN_LOCKED);
    CHECK(unlock());
    fixture_slept += 30 * 1000; /* the lid was closed */
    CHECK_INT(mien_agent_call(client, &reply, &request, NULL), MIEN_LOCKED);
    CHECK_INT(fixture_opened, 3);
    mien_agent_disconnect(client);
    fixture_stop(&f);
}

/* Nobody needs to ask for the lock to come. */
static void it_locks_by_itself(void) {
    mien_scan_pattern seed;
    uint8_t plain[MIEN_WALLET_SEED_SIZE];
    REQUIRE(fixture_start(&f));
    for (size_t i = 0; i < sizeof plain; i++) plain[i] = f.masked[i] ^ FIXTURE_MASK;
    mien_scan_hide(&seed, plain, sizeof plain);
    mien_wipe(plain, sizeof plain);
    CHECK(unlock());
    const size_t held = mien_secret_usage().bytes;
    CHECK(held != 0);
    fixture_turned += 301 * 1000;
    for (int i = 0; i < 600 && mien_secret_usage().bytes != 0; i++) usleep(100000);
    CHECK_INT(mien_secret_usage().bytes, 0);
    fixture_stop(&f);
}

/* Root key and account keys: in guarded memory only while unlocked, nowhere afterwards. */
static void secrets_are_gone_after_the_lock(void) {
    typedef struct secrets {
        uint8_t seed[MIEN_WALLET_SEED_SIZE];
        mien_hd_private root;
    } secrets;
    mien_scan_pattern seed, key, chain;
    void *memory;
    REQUIRE(fixture_start(&f));
    REQUIRE(mien_secret_alloc(&memory, sizeof(secrets), NULL) == MIEN_OK);
    secrets *s = memory;
    for (size_t i = 0; i < sizeof s->seed; i++) s->seed[i] = f.masked[i] ^ FIXTURE_MASK;
    REQUIRE(mien_hd_master(&s->root, s->seed, sizeof s->seed) == MIEN_OK);
    mien_scan_hide(&seed, s->seed, sizeof s->seed);
    mien_scan_hide(&key, s->root.key, sizeof s->root.key);
    mien_scan_hide(&chain, s->root.chain_code, sizeof s->root.chain_code);
    mien_secret_free(memory);
    if (mien_scan_self(&seed, MIEN_SCAN_ALL) < 0) {
        fixture_stop(&f);
        SKIP("memory cannot be searched here");
    }
    CHECK_INT(mien_scan_self(&key, MIEN_SCAN_ALL), 0);
    mien_agent_client *client = fixture_granted(20);
    REQUIRE(client != NULL);
    const mien_agent_request request = fixture_message("sign");
    mien_agent_reply reply;
    for (int i = 0; i < 20; i++)
        CHECK_INT(mien_agent_call(client, &reply, &request, NULL), MIEN_OK);
    CHECK(mien_scan_self(&key, MIEN_SCAN_ALL) > 0); /* the search finds what is there */
    CHECK_INT(mien_scan_self(&key, MIEN_SCAN_CORE), 0);
    CHECK_INT(mien_scan_self(&seed, MIEN_SCAN_ALL), 0); /* without a face no session keeps it */
    CHECK_INT(mien_agent_command(client, MIEN_AGENT_LOCK, NULL), MIEN_OK);
    CHECK_INT(mien_scan_self(&key, MIEN_SCAN_ALL), 0);
    CHECK_INT(mien_scan_self(&chain, MIEN_SCAN_ALL), 0);
    CHECK_INT(mien_scan_self(&seed, MIEN_SCAN_ALL), 0);
    CHECK_INT(mien_secret_usage().bytes, 0);
    mien_agent_disconnect(client);
    fixture_stop(&f);
}

static long resident_kilobytes(void) {
    char line[256];
    long kilobytes = -1;
    FILE *file = fopen("/proc/self/status", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "VmRSS: %ld", &kilobytes) == 1) break;
    if (file != NULL) fclose(file);
    return kilobytes;
}

/* Every kind of request, most of them refused, ten thousand times: as much memory as before. */
static void memory_stays_flat(void) {
    enum { REQUESTS = 10000 };
    long before = 0;
    REQUIRE(fixture_start(&f));
    mien_agent_client *client = fixture_granted(REQUESTS);
    REQUIRE(client != NULL);
    char *large = calloc(1, 60000);
    REQUIRE(large != NULL);
    const mien_agent_request requests[] = {
        {.operation = MIEN_AGENT_STATE},
        {.operation = MIEN_AGENT_PUBLIC, .path = {3, {MIEN_HARDENED, 1, 2}}},
        {.operation = MIEN_AGENT_SIGN_PSBT, .payload = mien_view_of(large, 60000)},
        {.operation = MIEN_AGENT_SIGN_TYPED_DATA, .payload = mien_view_of("{\"types\":{}}", 12)},
        {.operation = MIEN_AGENT_SIGN_ETHEREUM_TRANSACTION, .payload = mien_view_of("0x02", 4)},
    };
    uint64_t answered = 0;
    for (int i = 0; i < REQUESTS; i++) {
        mien_agent_reply reply;
        mien_status status = mien_agent_call(client, &reply, &requests[(size_t)i % 5], NULL);
        answered += status != MIEN_IO && status != MIEN_INTERNAL;
        if (i == REQUESTS / 10) before = resident_kilobytes();
    }
    CHECK_INT(answered, REQUESTS);
    const long grown = resident_kilobytes() - before;
    printf("%d requests: %ld kB before, %ld kB more after\n", REQUESTS, before, grown);
#if !defined(MIEN_ASAN) /* which keeps what was freed */
    CHECK(grown < 512);
#endif
    CHECK(fixture_state().unlocked);
    free(large);
    mien_agent_disconnect(client);
    fixture_stop(&f);
}

typedef struct crowd_member {
    pthread_t thread;
    mien_agent_client *client;
    int signatures;
    uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE];
} crowd_member;

static void *sign_many(void *context) {
    crowd_member *member = context;
    for (int i = 0; i < 50; i++) {
        char text[64];
        mien_agent_reply reply;
        snprintf(text, sizeof text, "member %p number %d", context, i);
        const mien_agent_request request = fixture_message(text);
        if (mien_agent_call(member->client, &reply, &request, NULL) == MIEN_OK)
            member->signatures += is_signature(&reply, text, member->address);
    }
    return NULL;
}

/* Eight clients at once: every answer goes to who asked, none is lost, and a grant for fewer than
 * all of them is not exceeded. */
static void eight_clients_at_once(void) {
    crowd_member crowd[8] = {0};
    REQUIRE(fixture_start(&f));
    mien_agent_client *first = fixture_granted(350);
    REQUIRE(first != NULL);
    uint8_t token[MIEN_AGENT_TOKEN_SIZE];
    const mien_agent_grant grant = {
        .purposes = MIEN_PURPOSE_MESSAGE, .seconds = 3600, .count = 350};
    REQUIRE(mien_agent_ask_grant(first, token, &grant, NULL) == MIEN_OK);
    fixture_person(&f, "cat >/dev/null; printf n"); /* whatever the grant does not cover */
    for (int i = 0; i < 8; i++) {
        crowd[i].client = fixture_client();
        REQUIRE(crowd[i].client != NULL);
        mien_agent_use_grant(crowd[i].client, token);
        REQUIRE(pthread_create(&crowd[i].thread, NULL, sign_many, &crowd[i]) == 0);
    }
    int signatures = 0;
    for (int i = 0; i < 8; i++) {
        pthread_join(crowd[i].thread, NULL);
        signatures += crowd[i].signatures;
        if (crowd[i].signatures != 0)
            CHECK_BYTES(crowd[i].address, crowd[0].address, sizeof crowd[0].address);
        mien_agent_disconnect(crowd[i].client);
    }
    CHECK_INT(signatures, 350);
    mien_agent_disconnect(first);
    fixture_stop(&f);
}

/* Only the test's own connection is left, sooner or later in the turned time. */
static int alone_again(void) {
    for (int i = 0; i < 200; i++) {
        fixture_turned += 31 * 1000;
        if (fixture_state().clients == 1) return 1;
        usleep(10000);
    }
    return 0;
}

static void half_a_request_is_not_kept(void) {
    static const uint8_t half[] = {200, 0, 0, 0, 1, 16, 0, 0};
    char byte;
    REQUIRE(fixture_start(&f));
    const int descriptor = fixture_socket();
    REQUIRE(descriptor >= 0);
    CHECK_INT(write(descriptor, half, sizeof half), sizeof half);
    CHECK_INT(fixture_state().clients, 2);
    CHECK(alone_again());
    CHECK_INT(read(descriptor, &byte, 1), 0);
    close(descriptor);
    fixture_stop(&f);
}

/* Someone who asks and asks and never listens is not read from, and then hung up on. */
static void who_does_not_listen(void) {
    static const uint8_t ask[] = {2, 0, 0, 0, 1, 1};
    REQUIRE(fixture_start(&f));
    const int descriptor = fixture_socket();
    REQUIRE(descriptor >= 0);
    for (int stuck = 0; stuck < 20;) { /* until nothing moves any more */
        const ssize_t done = send(descriptor, ask, sizeof ask, MSG_DONTWAIT | MSG_NOSIGNAL);
        REQUIRE(done > 0 || errno == EAGAIN);
        stuck = done > 0 ? 0 : stuck + 1;
        if (done < 0) usleep(10000);
    }
    const long before = resident_kilobytes();
    CHECK(!fixture_state().unlocked); /* others are served */
    CHECK(alone_again());
    CHECK(resident_kilobytes() - before < 1024);
    close(descriptor);
    fixture_stop(&f);
}

/* A grant is the person's word to the agent; the policy stands above it. */
static void the_policy_is_obeyed(void) {
    static const char *const refusing[] = {
        "mien-policy 1\nrequire face\nmessages deny\n",
        "mien-policy 1\nrequire face+pin\nmessages allow\n",
        "mien-policy 1\nrequire face+match-proof\nmessages allow\n"};
    const mien_agent_request request = fixture_message("Hallo");
    mien_agent_reply reply;
    mien_error error = {0};
    REQUIRE(fixture_start(&f));
    for (size_t i = 0; i < sizeof refusing / sizeof *refusing; i++) {
        REQUIRE(fixture_policy(&f, refusing[i]));
        mien_agent_client *client = fixture_granted(5);
        REQUIRE(client != NULL);
        CHECK_INT(mien_agent_call(client, &reply, &request, &error), MIEN_POLICY_DENIED);
        CHECK(error.message[0] != '\0');
        CHECK_INT(mien_agent_command(client, MIEN_AGENT_LOCK, NULL), MIEN_OK);
        mien_agent_disconnect(client);
    }
    mien_policy_log_report report;
    REQUIRE(mien_policy_log_read(&report, &f.policy, NULL, NULL, NULL, NULL) == MIEN_OK);
    CHECK_INT(report.lines, 1 + 2 * 3); /* the default, then each policy and its refusal */
    fixture_stop(&f);
}

/* Changed behind the agent's back: what is in force stays in force, and nothing new opens. */
static void a_policy_that_nobody_put_in_force(void) {
    static const char text[] = "mien-policy 1\nrequire face\n";
    char path[192];
    mien_error error = {0};
    REQUIRE(fixture_start(&f));
    mien_agent_client *client = fixture_granted(5);
    REQUIRE(client != NULL);
    snprintf(path, sizeof path, "%s/policy", f.policy_folder);
    CHECK_INT(access(path, F_OK), 0);
    fixture_write(path, text, sizeof text - 1);
    CHECK_INT(mien_agent_command(client, MIEN_AGENT_LOCK, NULL), MIEN_OK);
    CHECK_INT(mien_agent_unlock(client, &error), MIEN_AUTHENTICATION);
    CHECK(!fixture_state().unlocked);
    CHECK_INT(mien_secret_usage().bytes, 0);
    mien_agent_disconnect(client);
    fixture_stop(&f);
}

int main(void) {
    RUN(the_person_decides);
    RUN(another_face_opens_nothing);
    RUN(another_user_is_turned_away);
    RUN(time_locks);
    RUN(it_locks_by_itself);
    RUN(secrets_are_gone_after_the_lock);
    RUN(memory_stays_flat);
    RUN(eight_clients_at_once);
    RUN(half_a_request_is_not_kept);
    RUN(who_does_not_listen);
    RUN(the_policy_is_obeyed);
    RUN(a_policy_that_nobody_put_in_force);
    return harness_end();
}
