/* SPDX-License-Identifier: MIT */
/* The co-signer's memory over SQLite and over PostgreSQL: a nonce is accepted once, whoever races
 * and whenever the program is killed; limits hold for all that share the database. */
#include "wallet/cosign/store.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness.h"
#include "wallet/encoding/hex.h"

#define NOW ((int64_t)1800000000)
#define MEANS (MIEN_MEANS_FACE | MIEN_MEANS_MATCH_PROOF)

static const uint8_t owner[32] = {1, 2, 3};
static const char *where; /* of the database under test */
static char sqlite_where[256], postgresql_where[256], postgresql_folder[256], no_postgresql[256];
static mien_policy *free_policy, *tight_policy;
static int accounts_made;

static mien_cosign_store *open_store(void) {
    mien_cosign_store *store;
    mien_error error = {0};
    if (mien_cosign_store_open(&store, where, owner, &error) == MIEN_OK) return store;
    printf("  %s\n", mien_error_words(&error));
    return NULL;
}

static mien_cosign_account new_account(void) {
    static char body[] = "{\"it's\": \"a \\\"body\\\" $1 ?\"}";
    mien_cosign_account account = {.body = body};
    uint8_t id[16];
    harness_random_bytes(id, sizeof id);
    mien_hex_encode(account.id, id, sizeof id);
    account.number = (uint32_t)harness_random_below(1u << 31);
    harness_random_bytes(account.token_hash, 32);
    accounts_made++;
    return account;
}

static void new_nonce(uint8_t nonce[32]) {
    for (int i = 0; i < 32; i++) nonce[i] = (uint8_t)(harness_random() >> 40);
}

/* A payment of so many satoshis on testnet to a place with that name. */
static mien_policy_flow flow_of(uint64_t satoshis, const char *destination) {
    mien_policy_flow flow = {.amount = mien_uint256_of(satoshis)};
    snprintf(flow.destination, sizeof flow.destination, "%s", destination);
    return flow;
}

static mien_policy_request request_of(const mien_policy_flow *flow) {
    mien_policy_request request = {.kind = MIEN_POLICY_PAYMENT,
                                   .chain = {false, MIEN_BITCOIN_TESTNET},
                                   .flows = flow,
                                   .flow_count = 1,
                                   .fee = mien_uint256_of(100)};
    for (int i = 0; i < 32; i++) request.digest[i] = (uint8_t)(harness_random() >> 40);
    return request;
}

/* Issue and spend in one go. */
static mien_status pay(mien_cosign_store *store, const char *id, const mien_policy *policy,
                       const mien_policy_request *request, int64_t now) {
    uint8_t nonce[32];
    new_nonce(nonce);
    MIEN_TRY(mien_cosign_store_issue(store, id, nonce, now, now + 60, NULL));
    return mien_cosign_store_spend(store, id, nonce, policy, request, MEANS, now, NULL);
}

static void accounts_are_kept(void) {
    mien_cosign_store *store = open_store(), *stranger;
    mien_cosign_account account = new_account(), found, other = new_account();
    uint8_t somebody[32] = {9};
    REQUIRE(store != NULL);
    CHECK_INT(mien_cosign_store_add(store, &account, NULL), MIEN_OK);
    CHECK_INT(mien_cosign_store_add(store, &account, NULL), MIEN_EXISTS);
    other.number = account.number;
    CHECK_INT(mien_cosign_store_add(store, &other, NULL), MIEN_EXISTS);
    REQUIRE(mien_cosign_store_find(store, &found, account.id, NULL) == MIEN_OK);
    CHECK_TEXT(found.id, account.id);
    CHECK_TEXT(found.body, account.body);
    CHECK_TEXT(found.contract, "");
    CHECK_INT(found.number, account.number);
    CHECK_BYTES(found.token_hash, account.token_hash, 32);
    mien_cosign_account_free(&found);
    CHECK_INT(mien_cosign_store_find(store, &found, "x' OR '1'='1", NULL), MIEN_NOT_FOUND);
    CHECK_INT(mien_cosign_store_set_contract(store, account.id, "0xabc", NULL), MIEN_OK);
    CHECK_INT(mien_cosign_store_set_contract(store, account.id, "0xdef", NULL), MIEN_EXISTS);
    REQUIRE(mien_cosign_store_find(store, &found, account.id, NULL) == MIEN_OK);
    CHECK_TEXT(found.contract, "0xabc");
    mien_cosign_account_free(&found);
    mien_cosign_store_close(store);
    CHECK_INT(mien_cosign_store_open(&stranger, where, somebody, NULL), MIEN_WRONG_DEVICE);
    CHECK(stranger == NULL);
}

static void a_nonce_is_good_once(void) {
    mien_cosign_store *store = open_store();
    mien_cosign_account account = new_account(), other = new_account();
    mien_policy_flow flow = flow_of(1, "a");
    mien_policy_request request = request_of(&flow);
    uint8_t nonce[32], unknown[32];
    REQUIRE(store != NULL);
    REQUIRE(mien_cosign_store_add(store, &account, NULL) == MIEN_OK);
    REQUIRE(mien_cosign_store_add(store, &other, NULL) == MIEN_OK);
    new_nonce(nonce);
    new_nonce(unknown);
#define SPEND(id, n, now)                                                                          \
    mien_cosign_store_spend(store, id, n, free_policy, &request, MEANS, now, NULL)
    CHECK_INT(mien_cosign_store_issue(store, "nobody", nonce, NOW, NOW + 60, NULL), MIEN_NOT_FOUND);
    REQUIRE(mien_cosign_store_issue(store, account.id, nonce, NOW, NOW + 60, NULL) == MIEN_OK);
    CHECK_INT(mien_cosign_store_issue(store, other.id, nonce, NOW, NOW + 60, NULL), MIEN_EXISTS);
    CHECK_INT(SPEND(other.id, nonce, NOW), MIEN_PROOF_INVALID);
    CHECK_INT(SPEND(account.id, unknown, NOW), MIEN_PROOF_INVALID);
    CHECK_INT(SPEND(account.id, nonce, NOW + 61), MIEN_PROOF_INVALID);
    CHECK_INT(mien_cosign_store_check(store, other.id, nonce, NOW, NULL), MIEN_PROOF_INVALID);
    CHECK_INT(mien_cosign_store_check(store, account.id, nonce, NOW + 61, NULL),
              MIEN_PROOF_INVALID);
    CHECK_INT(mien_cosign_store_check(store, account.id, nonce, NOW + 60, NULL), MIEN_OK);
    CHECK_INT(SPEND(account.id, nonce, NOW + 60), MIEN_OK);
    CHECK_INT(SPEND(account.id, nonce, NOW), MIEN_PROOF_INVALID);
    CHECK_INT(mien_cosign_store_check(store, account.id, nonce, NOW, NULL), MIEN_PROOF_INVALID);
    /* a day later its row is gone, and it is no better for that */
    CHECK_INT(pay(store, account.id, free_policy, &request, NOW + 90000), MIEN_OK);
    CHECK_INT(SPEND(account.id, nonce, NOW), MIEN_PROOF_INVALID);
    mien_cosign_store_close(store);
}

static void open_nonces_are_bounded(void) {
    mien_cosign_store *store = open_store();
    mien_cosign_account account = new_account();
    uint8_t nonce[32];
    REQUIRE(store != NULL && mien_cosign_store_add(store, &account, NULL) == MIEN_OK);
    for (int i = 0; i < MIEN_COSIGN_NONCES_OPEN; i++) {
        new_nonce(nonce);
        REQUIRE(mien_cosign_store_issue(store, account.id, nonce, NOW, NOW + 60, NULL) == MIEN_OK);
    }
    new_nonce(nonce);
    CHECK_INT(mien_cosign_store_issue(store, account.id, nonce, NOW, NOW + 60, NULL),
              MIEN_RATE_LIMITED);
    CHECK_INT(mien_cosign_store_issue(store, account.id, nonce, NOW + 61, NOW + 121, NULL),
              MIEN_OK);
    mien_cosign_store_close(store);
}

/* The tight policy: at most 1000 satoshis each, 2500 a day, both with fees. */
static void limits_hold(void) {
    mien_cosign_store *store = open_store();
    mien_cosign_account account = new_account(), other = new_account();
    mien_policy_flow flow = flow_of(900, "a"), large = flow_of(1001, "a"),
                     small = flow_of(300, "a");
    mien_policy_request one = request_of(&flow), two = request_of(&flow), three = request_of(&flow);
    mien_policy_request too_large = request_of(&large), rest = request_of(&small);
    REQUIRE(store != NULL && mien_cosign_store_add(store, &account, NULL) == MIEN_OK);
    REQUIRE(mien_cosign_store_add(store, &other, NULL) == MIEN_OK);
#define PAY(id, request, now) pay(store, id, tight_policy, request, now)
    CHECK_INT(PAY(account.id, &too_large, NOW), MIEN_POLICY_DENIED);
    CHECK_INT(PAY(account.id, &one, NOW), MIEN_OK);
    CHECK_INT(PAY(account.id, &one, NOW + 1), MIEN_OK); /* the same transaction counts once */
    CHECK_INT(PAY(account.id, &two, NOW + 2), MIEN_OK);
    CHECK_INT(PAY(account.id, &three, NOW + 3), MIEN_POLICY_DENIED);
    CHECK_INT(PAY(other.id, &three, NOW + 3), MIEN_OK);
    CHECK_INT(PAY(account.id, &rest, NOW + 4), MIEN_OK);
    CHECK_INT(PAY(account.id, &three, NOW + 86400 + 10), MIEN_OK);
    mien_cosign_store_close(store);
}

/* ---- races ---- */

typedef struct racer {
    pthread_t thread;
    pthread_barrier_t *start;
    const char *id;
    uint8_t (*nonces)[32];
    size_t count;
    const mien_policy *policy;
    bool same_request;
    int accepted, refused, denied, other;
} racer;

static void *race(void *context) {
    racer *r = context;
    mien_cosign_store *store = open_store();
    mien_policy_flow flow = flow_of(900, "a");
    pthread_barrier_wait(r->start);
    for (size_t i = 0; i < r->count; i++) {
        mien_policy_request request = {.kind = MIEN_POLICY_PAYMENT,
                                       .chain = {false, MIEN_BITCOIN_TESTNET},
                                       .flows = &flow,
                                       .flow_count = 1,
                                       .fee = mien_uint256_of(100)};
        memcpy(request.digest, r->nonces[i], 32);
        if (!r->same_request) memcpy(request.digest, &r, sizeof r);
        mien_status status = store == NULL
                                 ? MIEN_IO
                                 : mien_cosign_store_spend(store, r->id, r->nonces[i], r->policy,
                                                           &request, MEANS, NOW, NULL);
        r->accepted += status == MIEN_OK;
        r->refused += status == MIEN_PROOF_INVALID;
        r->denied += status == MIEN_POLICY_DENIED;
        r->other +=
            status != MIEN_OK && status != MIEN_PROOF_INVALID && status != MIEN_POLICY_DENIED;
    }
    mien_cosign_store_close(store);
    return NULL;
}

#define RACERS 16
#define RACED 20

static void sixteen_race_for_a_nonce(void) {
    mien_cosign_store *store = open_store();
    mien_cosign_account account = new_account();
    static uint8_t nonces[RACED][32];
    pthread_barrier_t start;
    racer racers[RACERS];
    int accepted = 0, refused = 0, other = 0;
    REQUIRE(store != NULL && mien_cosign_store_add(store, &account, NULL) == MIEN_OK);
    for (int i = 0; i < RACED; i++) {
        new_nonce(nonces[i]);
        REQUIRE(mien_cosign_store_issue(store, account.id, nonces[i], NOW, NOW + 60, NULL) ==
                MIEN_OK);
    }
    pthread_barrier_init(&start, NULL, RACERS);
    for (int i = 0; i < RACERS; i++) {
        racers[i] = (racer){.start = &start,
                            .id = account.id,
                            .nonces = nonces,
                            .count = RACED,
                            .policy = free_policy,
                            .same_request = true};
        REQUIRE(pthread_create(&racers[i].thread, NULL, race, &racers[i]) == 0);
    }
    for (int i = 0; i < RACERS; i++) {
        pthread_join(racers[i].thread, NULL);
        accepted += racers[i].accepted;
        refused += racers[i].refused;
        other += racers[i].other;
    }
    CHECK_INT(accepted, RACED);
    CHECK_INT(refused, (RACERS - 1) * RACED);
    CHECK_INT(other, 0);
    pthread_barrier_destroy(&start);
    mien_cosign_store_close(store);
}

/* Each has a nonce of its own and wants 1000 of the 2500 a day: two get it. */
static void sixteen_race_for_a_limit(void) {
    mien_cosign_store *store = open_store();
    mien_cosign_account account = new_account();
    static uint8_t nonces[RACERS][32];
    pthread_barrier_t start;
    racer racers[RACERS];
    int accepted = 0, denied = 0;
    REQUIRE(store != NULL && mien_cosign_store_add(store, &account, NULL) == MIEN_OK);
    pthread_barrier_init(&start, NULL, RACERS);
    for (int i = 0; i < RACERS; i++) {
        new_nonce(nonces[i]);
        REQUIRE(mien_cosign_store_issue(store, account.id, nonces[i], NOW, NOW + 60, NULL) ==
                MIEN_OK);
        racers[i] = (racer){.start = &start,
                            .id = account.id,
                            .nonces = &nonces[i],
                            .count = 1,
                            .policy = tight_policy};
        REQUIRE(pthread_create(&racers[i].thread, NULL, race, &racers[i]) == 0);
    }
    for (int i = 0; i < RACERS; i++) {
        pthread_join(racers[i].thread, NULL);
        accepted += racers[i].accepted;
        denied += racers[i].denied;
    }
    CHECK_INT(accepted, 2);
    CHECK_INT(denied, RACERS - 2);
    pthread_barrier_destroy(&start);
    mien_cosign_store_close(store);
}

/* ---- kills ---- */

#define KILLED 16 /* processes */
#define OFFERED 30

/* Spend nonces one after the other and tell each acceptance through the pipe: only what was told
 * would have led to a signature. */
static void spend_until_killed(const char *id, uint8_t (*nonces)[32], size_t count, int pipe) {
    mien_cosign_store *store = open_store();
    mien_policy_flow flow = flow_of(1, "a");
    mien_policy_request request = {.kind = MIEN_POLICY_PAYMENT,
                                   .chain = {false, MIEN_BITCOIN_TESTNET},
                                   .flows = &flow,
                                   .flow_count = 1};
    for (size_t i = 0; store != NULL && i < count; i++) {
        uint8_t number = (uint8_t)i;
        memcpy(request.digest, nonces[i], 32);
        if (mien_cosign_store_spend(store, id, nonces[i], free_policy, &request, MEANS, NOW,
                                    NULL) == MIEN_OK &&
            write(pipe, &number, 1) != 1)
            break;
    }
    _exit(0);
}

/* Wait until so many acceptances were told, by any of the two; what was read is counted. */
static void wait_for_some(int pipes[2], int told[OFFERED], int wanted) {
    struct pollfd watched[2] = {{pipes[0], POLLIN, 0}, {pipes[1], POLLIN, 0}};
    while (wanted > 0 && poll(watched, 2, 20000) > 0)
        for (int i = 0; i < 2; i++) {
            uint8_t number;
            if ((watched[i].revents & (POLLIN | POLLHUP)) == 0) continue;
            if (read(pipes[i], &number, 1) != 1) return; /* it has ended already */
            told[number]++;
            wanted--;
        }
}

/* Two processes at once over the same nonces, both killed at a random moment. */
static bool kill_two(const char *id, uint8_t (*nonces)[32], int told[OFFERED]) {
    int ends[2][2], reading[2];
    pid_t child[2];
    uint8_t number;
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        if (pipe(ends[i]) != 0) return false;
        child[i] = fork();
        if (child[i] == 0) spend_until_killed(id, nonces, OFFERED, ends[i][1]);
        close(ends[i][1]);
        reading[i] = ends[i][0];
    }
    wait_for_some(reading, told, (int)harness_random_below(OFFERED - 4));
    usleep((useconds_t)harness_random_below(3000));
    for (int i = 0; i < 2; i++) {
        kill(child[i], SIGKILL);
        waitpid(child[i], NULL, 0);
        while (read(reading[i], &number, 1) == 1) told[number]++;
        close(reading[i]);
    }
    return true;
}

static void killed_at_any_moment(void) {
    mien_cosign_store *store = open_store();
    static uint8_t nonces[OFFERED][32];
    int interrupted = 0;
    REQUIRE(store != NULL);
    for (int round = 0; round < KILLED; round++) {
        mien_cosign_account account = new_account();
        mien_policy_flow flow = flow_of(1, "a");
        mien_policy_request request = request_of(&flow);
        int told[OFFERED] = {0}, accepted = 0;
        REQUIRE(mien_cosign_store_add(store, &account, NULL) == MIEN_OK);
        for (int i = 0; i < OFFERED; i++) {
            new_nonce(nonces[i]);
            REQUIRE(mien_cosign_store_issue(store, account.id, nonces[i], NOW, NOW + 60, NULL) ==
                    MIEN_OK);
        }
        REQUIRE(kill_two(account.id, nonces, told));
        for (int i = 0; i < OFFERED; i++) {
            mien_status again = mien_cosign_store_spend(store, account.id, nonces[i], free_policy,
                                                        &request, MEANS, NOW, NULL);
            CHECK(told[i] <= 1);
            CHECK_INT(again == MIEN_OK ? told[i] : 0, 0); /* what was accepted stays spent */
            CHECK(again == MIEN_OK || again == MIEN_PROOF_INVALID);
            accepted += told[i];
        }
        interrupted += accepted > 0 && accepted < OFFERED;
    }
    /* the moments were spread over the work, or the test says nothing */
    printf("  %d of %d rounds were killed in the middle\n", interrupted, KILLED);
    CHECK(interrupted >= KILLED / 8);
    mien_cosign_store_close(store);
}

static void all_of(void) {
    RUN(accounts_are_kept);
    RUN(a_nonce_is_good_once);
    RUN(open_nonces_are_bounded);
    RUN(limits_hold);
    RUN(sixteen_race_for_a_nonce);
    RUN(sixteen_race_for_a_limit);
    RUN(killed_at_any_moment);
}

static void no_such_database(void) {
    static const char *const bad[] = {"", "sqlite", "mysql://x", "sqlite:/nowhere/at/all.db",
                                      "postgresql://mien@/x?host=/nowhere&connect_timeout=2"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mien_cosign_store *store;
        mien_error error = {0};
        mien_status status = mien_cosign_store_open(&store, bad[i], owner, &error);
        CHECK(status == MIEN_FORMAT || status == MIEN_IO);
        CHECK(store == NULL && error.message[0] != '\0');
    }
}

static void postgresql(void) {
    SKIP("%s", no_postgresql);
}

static void start_postgresql(void) {
    FILE *script = popen(MIEN_SOURCE_DIR "/tests/wallet/cosign/postgresql.sh start", "r");
    char line[256] = "";
    if (script == NULL || fgets(line, sizeof line, script) == NULL) snprintf(line, 64, "no shell");
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "postgresql://", 13) == 0) {
        snprintf(postgresql_where, sizeof postgresql_where, "%s", line);
        if (fgets(postgresql_folder, sizeof postgresql_folder, script) != NULL)
            postgresql_folder[strcspn(postgresql_folder, "\n")] = '\0';
    } else {
        snprintf(no_postgresql, sizeof no_postgresql, "%s", line);
    }
    if (script != NULL) pclose(script);
}

static mien_policy *policy_of(const char *text) {
    mien_policy *policy;
    mien_error error = {0};
    if (mien_policy_parse(&policy, text, strlen(text), &error) == MIEN_OK) return policy;
    printf("FAIL %s\n", mien_error_words(&error));
    exit(1);
}

int main(void) {
    char folder[] = "/tmp/mien-cosign-XXXXXX", command[512];
    free_policy = policy_of("mien-policy 1\nrequire face\nother-chains allow\n");
    tight_policy = policy_of("mien-policy 1\nrequire face\nchain testnet\n  destinations any\n"
                             "  transaction 0.00001\n  day 0.000025\n");
    if (mkdtemp(folder) == NULL) return 1;
    snprintf(sqlite_where, sizeof sqlite_where, "sqlite:%s/cosign.db", folder);
    RUN(no_such_database);
    where = sqlite_where;
    all_of();
    start_postgresql();
    where = postgresql_where;
    if (postgresql_where[0] != '\0')
        all_of();
    else
        RUN(postgresql);
    if (postgresql_folder[0] != '\0') {
        snprintf(command, sizeof command, "'%s/tests/wallet/cosign/postgresql.sh' stop '%s'",
                 MIEN_SOURCE_DIR, postgresql_folder);
        CHECK_INT(system(command), 0);
    }
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    CHECK_INT(system(command), 0);
    mien_policy_destroy(free_policy);
    mien_policy_destroy(tight_policy);
    return harness_end();
}
