/* SPDX-License-Identifier: MIT */
/* Policy and audit log on a disk: who changes, removes, cuts or puts back what is noticed; a power
 * cut at any moment loses no line that was committed; limits are counted over restarts. */
#define MIEN_DISK_BYTES (24 * 1024)
#include "wallet/policy/store.h"

/* the disk needs the declarations of the harness */
#include "tests/harness.h"

#include "tests/simulated_disk.h"

#define FOLDER "/w/policy"
#define LOG FOLDER "/audit.log"
#define POLICY FOLDER "/policy"
#define HEAD "/w/policy.head"
#define NOW 1700000000
#define STRICT                                                                                     \
    "mien-policy 1\nrequire face\nother-chains allow\nchain bitcoin\ndestinations any\nday 1\n"
#define LAX "mien-policy 1\nrequire face\nother-chains allow\n"

static const mien_policy_store_options options = {FOLDER, HEAD};
static const uint8_t key[MIEN_POLICY_KEY_SIZE] = {1, 2, 3};
static mien_policy_store *store;
static mien_error error;
static mien_policy_decision decision;

static mien_status set_policy(const char *text, bool anew) {
    return mien_policy_store_set(&options, key, text, strlen(text), NOW, anew, &error);
}

static mien_status reopen(void) {
    mien_policy_store_close(store);
    return mien_policy_store_open(&store, &options, key, &error);
}

static mien_status pay(uint64_t satoshis, uint8_t which, int64_t now) {
    mien_policy_flow flow = {.amount = mien_uint256_of(satoshis)};
    mien_policy_request request = {.chain = {false, 0}, .flows = &flow, .flow_count = 1};
    snprintf(flow.destination, sizeof flow.destination, "address-%d", which);
    request.digest[0] = which;
    return mien_policy_store_authorise(store, &decision, &request, MIEN_MEANS_FACE, now, &error);
}

static void start(const char *policy) {
    mien_policy_store_close(store);
    store = NULL;
    simulated_disk_reset();
    CHECK_INT(set_policy(policy, false), MIEN_OK);
    CHECK_INT(reopen(), MIEN_OK);
}

static disk_node *node_of(const char *path) {
    int name = disk_find(disk.names, path);
    return name >= 0 ? &disk.nodes[disk.names[name].node] : NULL;
}

static void put(const char *path, const void *bytes, size_t length) {
    disk_name_set(disk.names, path, -1);
    simulated_disk_put(path, bytes, length);
}

static uint64_t lines_of(mien_status *status) {
    mien_policy_log_report report;
    *status = mien_policy_log_read(&report, &options, key, NULL, NULL, &error);
    return report.lines;
}

/* ---- ordinary life ---- */

static void test_nothing_there_is_refused(void) {
    simulated_disk_reset();
    CHECK_INT(reopen(), MIEN_NOT_FOUND);
    CHECK(store == NULL);
    CHECK(strstr(error.message, "no policy in force") != NULL);
}

static void test_limits_are_counted_over_restarts(void) {
    start(STRICT);
    CHECK_INT(pay(60000000, 1, NOW), MIEN_OK);
    CHECK_INT(pay(60000000, 2, NOW + 1), MIEN_POLICY_DENIED);
    CHECK_INT(reopen(), MIEN_OK);
    CHECK_INT(pay(60000000, 3, NOW + 1), MIEN_POLICY_DENIED);
    CHECK(strstr(error.message, "0.6 BTC in the last 24 hours") != NULL);
    CHECK_INT(pay(60000000, 1, NOW + 1), MIEN_OK); /* the same payment, counted once */
    CHECK_INT(pay(40000000, 4, NOW + 2), MIEN_OK);
    CHECK_INT(pay(1, 5, NOW + 86399), MIEN_POLICY_DENIED);
    CHECK_INT(pay(1, 5, NOW - 5), MIEN_POLICY_DENIED); /* turning the clock back does not help */
    CHECK_INT(pay(60000000, 6, NOW + 86401), MIEN_OK);
    CHECK_INT(reopen(), MIEN_OK);
    CHECK_INT(pay(1, 7, NOW + 86401), MIEN_POLICY_DENIED);
    mien_status status;
    CHECK_INT(lines_of(&status), 10);
    CHECK_INT(status, MIEN_OK);
}

static void test_waiting_is_remembered(void) {
    start("mien-policy 1\nrequire face\nchain bitcoin\ndestinations any\nnew-destination 1h\n");
    CHECK_INT(pay(1, 1, NOW), MIEN_POLICY_DENIED);
    CHECK(decision.announce);
    CHECK_INT(reopen(), MIEN_OK);
    CHECK_INT(pay(1, 1, NOW + 3599), MIEN_POLICY_DENIED);
    CHECK(!decision.announce);
    CHECK_INT(pay(1, 2, NOW + 3600), MIEN_POLICY_DENIED);
    CHECK_INT(pay(1, 1, NOW + 3600), MIEN_OK);
}

static void test_without_key_nothing_is_written(void) {
    start(STRICT);
    mien_policy_store_close(store);
    CHECK_INT(mien_policy_store_open(&store, &options, NULL, &error), MIEN_OK);
    size_t before = node_of(LOG)->length;
    CHECK_INT(pay(1, 1, NOW), MIEN_LOCKED);
    CHECK_INT(node_of(LOG)->length, before);
}

static void test_two_processes_share_the_log(void) {
    mien_policy_store *mine, *other;
    start(STRICT);
    mine = store;
    CHECK_INT(mien_policy_store_open(&other, &options, key, &error), MIEN_OK);
    store = other;
    CHECK_INT(pay(60000000, 1, NOW), MIEN_OK);
    store = mine;
    CHECK_INT(pay(60000000, 2, NOW), MIEN_POLICY_DENIED);
    store = other;
    CHECK_INT(pay(40000000, 3, NOW), MIEN_OK);
    CHECK_INT(set_policy(LAX, false), MIEN_OK);
    store = mine;
    CHECK_INT(pay(60000000, 4, NOW), MIEN_OK); /* the new policy is in force at once */
    mien_policy_store_close(other);
}

/* ---- attacks ---- */

static void test_a_changed_policy_is_refused(void) {
    start(STRICT);
    put(POLICY, LAX, strlen(LAX));
    CHECK_INT(reopen(), MIEN_AUTHENTICATION);
    CHECK(strstr(error.message, "changed and not by you") != NULL);
    put(FOLDER "/policy.next", LAX, strlen(LAX));
    CHECK_INT(reopen(), MIEN_AUTHENTICATION);
    disk_name_set(disk.names, POLICY, -1);
    CHECK_INT(reopen(), MIEN_AUTHENTICATION);
    CHECK(strstr(error.message, "policy is missing") != NULL);
    CHECK_INT(set_policy(STRICT, false), MIEN_OK); /* the owner mends it, the log goes on */
    CHECK_INT(reopen(), MIEN_OK);
    mien_status status;
    CHECK_INT(lines_of(&status), 2);
}

static void test_an_older_policy_is_refused(void) {
    start(LAX);
    disk_node lax = *node_of(POLICY);
    CHECK_INT(set_policy(STRICT, false), MIEN_OK);
    put(POLICY, lax.bytes, lax.length);
    CHECK_INT(reopen(), MIEN_AUTHENTICATION);
}

static void fill(void) {
    start(STRICT);
    for (uint8_t i = 1; i <= 4; i++) CHECK_INT(pay(1000000, i, NOW + i), MIEN_OK);
    mien_policy_store_close(store);
    store = NULL;
}

static void test_every_changed_byte_is_noticed(void) {
    fill();
    disk_node kept = *node_of(LOG);
    size_t noticed = 0;
    for (size_t i = 0; i < kept.length; i += 1 + (i % 3)) {
        disk_node *node = node_of(LOG);
        node->bytes[i] ^= (unsigned char)(1u << (i % 7));
        if (reopen() == MIEN_OK) printf("  byte %zu of the log was changed unnoticed\n", i);
        noticed += store == NULL;
        CHECK(store == NULL);
        *node = kept;
    }
    printf("  %zu changes of the log noticed\n", noticed);
    kept = *node_of(HEAD);
    for (size_t i = 0; i < kept.length; i++) {
        disk_node *node = node_of(HEAD);
        node->bytes[i] ^= 1;
        CHECK(reopen() != MIEN_OK);
        *node = kept;
    }
    CHECK_INT(reopen(), MIEN_OK);
}

static size_t line_start(const disk_node *node, int line) {
    size_t at = 0;
    while (line-- > 0)
        at += (size_t)((unsigned char *)memchr(node->bytes + at, '\n', node->length - at) -
                       (node->bytes + at)) +
              1;
    return at;
}

static void test_every_removed_line_is_noticed(void) {
    fill();
    disk_node kept = *node_of(LOG);
    for (int line = 0; line < 5; line++) {
        disk_node *node = node_of(LOG);
        size_t start = line_start(&kept, line), end = line_start(&kept, line + 1);
        memmove(node->bytes + start, node->bytes + end, kept.length - end);
        node->length = kept.length - (end - start);
        CHECK_INT(reopen(), MIEN_AUTHENTICATION);
        *node = kept;
    }
    CHECK_INT(reopen(), MIEN_OK);
}

static void test_every_cut_is_noticed(void) {
    fill();
    disk_node kept = *node_of(LOG);
    for (size_t length = 0; length < kept.length; length++) {
        node_of(LOG)->length = length;
        if (reopen() == MIEN_OK) printf("  cut to %zu bytes unnoticed\n", length);
        CHECK(store == NULL);
    }
    node_of(LOG)->length = kept.length;
    CHECK_INT(reopen(), MIEN_OK);
    disk_name_set(disk.names, LOG, -1);
    CHECK_INT(reopen(), MIEN_AUTHENTICATION);
    put(LOG, kept.bytes, kept.length);
    disk_name_set(disk.names, HEAD, -1);
    CHECK_INT(reopen(), MIEN_AUTHENTICATION);
}

static void test_moved_and_foreign_lines_are_noticed(void) {
    fill();
    disk_node kept = *node_of(LOG), *node = node_of(LOG);
    size_t first = line_start(&kept, 1), second = line_start(&kept, 2),
           third = line_start(&kept, 3);
    memcpy(node->bytes + first, kept.bytes + second, third - second);
    memcpy(node->bytes + first + (third - second), kept.bytes + first, second - first);
    CHECK_INT(reopen(), MIEN_AUTHENTICATION);
    *node = kept;
    size_t last = line_start(&kept, 4); /* the last line once more */
    memcpy(node->bytes + kept.length, kept.bytes + last, kept.length - last);
    node->length += kept.length - last;
    CHECK_INT(reopen(), MIEN_AUTHENTICATION);
    *node = kept;
    /* a log of another wallet, whole in itself */
    static const uint8_t other[MIEN_POLICY_KEY_SIZE] = {9};
    mien_policy_store *foreign;
    CHECK_INT(mien_policy_store_open(&foreign, &options, other, &error), MIEN_AUTHENTICATION);
    CHECK_INT(mien_policy_store_set(&options, other, LAX, strlen(LAX), NOW, false, &error),
              MIEN_AUTHENTICATION);
}

static void test_log_and_head_of_different_moments(void) {
    start(STRICT);
    CHECK_INT(pay(1, 1, NOW), MIEN_OK);
    disk_node log = *node_of(LOG), head = *node_of(HEAD);
    CHECK_INT(pay(1, 2, NOW), MIEN_OK);
    disk_node newer = *node_of(LOG);
    put(LOG, log.bytes, log.length);
    CHECK_INT(reopen(), MIEN_AUTHENTICATION);
    CHECK(strstr(error.message, "was cut: 2 lines are there, 3 were written") != NULL);
    put(LOG, newer.bytes, newer.length);
    put(HEAD, head.bytes,
        head.length); /* as after a crash: the line is there, that is what counts */
    CHECK_INT(reopen(), MIEN_OK);
    put(LOG, log.bytes, log.length); /* the head has come up again */
    CHECK_INT(reopen(), MIEN_AUTHENTICATION);
}

static void test_a_damaged_log_is_put_aside(void) {
    fill();
    node_of(LOG)->bytes[40] ^= 1;
    disk_node damaged = *node_of(LOG);
    CHECK_INT(set_policy(STRICT, false), MIEN_AUTHENTICATION);
    CHECK_INT(set_policy(STRICT, true), MIEN_OK);
    CHECK_INT(reopen(), MIEN_OK);
    disk_node *aside = node_of(LOG ".damaged-1");
    REQUIRE(aside != NULL);
    CHECK_INT(aside->length, damaged.length);
    CHECK_BYTES(aside->bytes, damaged.bytes, damaged.length);
    node_of(LOG)->bytes[40] ^= 1;
    CHECK_INT(set_policy(STRICT, true), MIEN_OK);
    CHECK(node_of(LOG ".damaged-2") != NULL);
}

static void test_erase_leaves_nothing(void) {
    fill();
    CHECK_INT(mien_policy_store_erase(&options, &error), MIEN_OK);
    CHECK(node_of(LOG) == NULL && node_of(HEAD) == NULL && node_of(POLICY) == NULL);
    CHECK_INT(reopen(), MIEN_NOT_FOUND);
    CHECK_INT(mien_policy_store_erase(&options, &error), MIEN_OK);
}

/* ---- power cuts and failing calls ---- */

static simulated_disk before;
static mien_status result;
static int committed_states, lost_states, policies_set;

/* What was committed is there; what was not may be there. */
static void expect_counted(void *context) {
    (void)context;
    store = NULL;
    CHECK_INT(reopen(), MIEN_OK);
    if (store == NULL) printf("  %s\n", error.message);
    mien_status again = store != NULL ? pay(60000000, 9, NOW) : MIEN_OK;
    CHECK(result != MIEN_OK || again == MIEN_POLICY_DENIED);
    committed_states += again == MIEN_POLICY_DENIED;
    lost_states += again == MIEN_OK;
    CHECK_INT(pay(1000000, 10, NOW), again == MIEN_OK ? MIEN_OK : MIEN_OK); /* the log goes on */
    mien_policy_store_close(store);
    store = NULL;
}

static void expect_one_policy(void *context) {
    uint8_t digest[32], strict[32], lax[32];
    (void)context;
    CHECK_INT(mien_policy_store_open(&store, &options, key, &error), MIEN_OK);
    if (store == NULL) return;
    mien_policy_store_digest(store, digest);
    mien_policy_digest(strict, STRICT, strlen(STRICT));
    mien_policy_digest(lax, LAX, strlen(LAX));
    bool is_lax = memcmp(digest, lax, 32) == 0;
    CHECK(is_lax || memcmp(digest, strict, 32) == 0);
    CHECK(result != MIEN_OK || is_lax);
    policies_set += is_lax;
    mien_policy_store_close(store);
    store = NULL;
}

static mien_status do_pay(void) {
    MIEN_TRY(mien_policy_store_open(&store, &options, key, &error));
    result = pay(60000000, 1, NOW);
    mien_policy_store_close(store);
    store = NULL;
    return result;
}

static mien_status do_set(void) {
    return set_policy(LAX, false);
}

static int cut_everywhere(mien_status (*act)(void), void (*look)(void *context)) {
    int states = 0;
    for (int call = 0;; call++) {
        disk = before;
        disk.calls = 0;
        disk.fail_at = call;
        disk.fail_with = 0;
        mien_policy_store_close(store);
        store = NULL;
        result = act();
        bool over = disk.calls <= call;
        states += simulated_disk_states(look, NULL);
        if (over) return states;
    }
}

static void test_power_cut_while_paying(void) {
    start(STRICT);
    mien_policy_store_close(store);
    store = NULL;
    before = disk;
    int states = cut_everywhere(do_pay, expect_counted);
    printf("  %d states: the payment counted in %d, not in %d\n", states, committed_states,
           lost_states);
    CHECK(committed_states > 0 && lost_states > 0);
}

static void test_power_cut_while_setting(void) {
    start(STRICT);
    mien_policy_store_close(store);
    store = NULL;
    before = disk;
    int states = cut_everywhere(do_set, expect_one_policy);
    printf("  %d states: the new policy in force in %d\n", states, policies_set);
    CHECK(policies_set > 0 && policies_set < states);
}

/* One failing call: an error or a success, but never a payment that nobody counts. */
static void test_failing_calls(void) {
    start(STRICT);
    mien_policy_store_close(store);
    store = NULL;
    before = disk;
    int failures = 0;
    for (int call = 0;; call++) {
        disk = before;
        disk.calls = 0;
        disk.fail_at = call;
        disk.fail_with = EIO;
        result = do_pay();
        bool over = disk.calls <= call;
        disk.fail_at = -1;
        failures += result != MIEN_OK;
        expect_counted(NULL);
        if (over) break;
    }
    printf("  %d calls failed\n", failures);
    CHECK(failures > 10);
}

int main(void) {
    mien_file_system_use(&simulated_disk_calls);
    RUN(test_nothing_there_is_refused);
    RUN(test_limits_are_counted_over_restarts);
    RUN(test_waiting_is_remembered);
    RUN(test_without_key_nothing_is_written);
    RUN(test_two_processes_share_the_log);
    RUN(test_a_changed_policy_is_refused);
    RUN(test_an_older_policy_is_refused);
    RUN(test_every_changed_byte_is_noticed);
    RUN(test_every_removed_line_is_noticed);
    RUN(test_every_cut_is_noticed);
    RUN(test_moved_and_foreign_lines_are_noticed);
    RUN(test_log_and_head_of_different_moments);
    RUN(test_a_damaged_log_is_put_aside);
    RUN(test_erase_leaves_nothing);
    RUN(test_power_cut_while_paying);
    RUN(test_power_cut_while_setting);
    RUN(test_failing_calls);
    mien_policy_store_close(store);
    return harness_end();
}
