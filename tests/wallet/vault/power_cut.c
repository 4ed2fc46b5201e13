/* SPDX-License-Identifier: MIT */
/* The power goes at every system call of everything that writes, and every call fails once:
 * whatever state the disk is found in, an enrolment opens with its face and gives the seed. */
#define MIEN_DISK_BYTES (40 * 1024)
#include "platform/base/random.h"
#include "platform/files/file_system.h"
/* the disk needs the declarations of the harness */
#include "tests/harness.h"

#include "tests/simulated_disk.h"
#include "tests/wallet/vault/fixture.h"

static fixture f;
static person alice, later, mallory;
static mien_random_seeded_state generator;
static mien_random randomness;
static simulated_disk before; /* the disk at the start of an operation */
static mien_status result;
static int states, old_states, new_states;

static int restart(void) {
    const mien_wallet_options options = {.vault_folder = f.vault_folder,
                                         .state_folder = f.state_folder,
                                         .clock = &f.clock,
                                         .random = &randomness};
    mien_wallet_close(f.wallet);
    f.wallet = NULL;
    return mien_wallet_open(&f.wallet, &options, NULL) == MIEN_OK;
}

static void start(void) {
    static const unsigned char seed[32] = {1};
    randomness = mien_random_seeded(&generator, seed);
    simulated_disk_reset();
    CHECK(restart());
    CHECK_INT(mien_wallet_init(f.wallet, f.seed, NULL, NULL), MIEN_OK);
}

/* ---- what is done; each begins at `before` ---- */

static mien_status do_enrol(void) {
    return fixture_enrol(&f, NULL, &alice, NULL);
}

static mien_status do_enrol_again(void) {
    mien_wallet_session *session;
    mien_wallet_enrolment enrolment;
    mien_combine_frame frames[5];
    MIEN_TRY(fixture_unlock(&f, &session, &alice, NULL, NULL));
    fixture_frames(frames, 5, &later, 0.4);
    mien_status status = mien_wallet_enrol_again(f.wallet, session, &enrolment, frames, 5, NULL,
                                                 f.model, f.service, NULL);
    mien_wallet_lock(session);
    return status;
}

static mien_status do_unlock_later(void) {
    return fixture_opens(&f, &later, NULL);
}

static mien_status do_revert(void) {
    return mien_wallet_revert(f.wallet, NULL);
}

static mien_status do_fail(void) {
    return fixture_opens(&f, &mallory, NULL);
}

/* ---- what must hold afterwards ---- */

static void expect_face_or_none(void *context) {
    (void)context;
    if (!restart()) return harness_report(__FILE__, __LINE__, "restart");
    mien_wallet_status status = fixture_status(&f);
    CHECK(status.stage == MIEN_WALLET_NO_FACE || status.stage == MIEN_WALLET_LOCKED);
    CHECK(status.failures <= 1);
    CHECK(result != MIEN_OK || status.stage == MIEN_WALLET_LOCKED);
    if (status.stage == MIEN_WALLET_NO_FACE) CHECK_INT(do_enrol(), MIEN_OK);
    CHECK_INT(fixture_opens(&f, &alice, NULL), MIEN_OK);
    old_states += status.stage == MIEN_WALLET_NO_FACE;
    new_states += status.stage == MIEN_WALLET_LOCKED;
    states++;
}

/* One of the two faces opens; the newer one if the operation said that it is done. */
static void expect_either(void *context) {
    (void)context;
    if (!restart()) return harness_report(__FILE__, __LINE__, "restart");
    mien_wallet_status status = fixture_status(&f);
    CHECK_INT(status.stage, MIEN_WALLET_LOCKED);
    CHECK(status.failures <= 1);
    const int newer = status.epoch == 2;
    CHECK_INT(fixture_opens(&f, newer ? &later : &alice, NULL), MIEN_OK);
    CHECK_INT(fixture_opens(&f, newer ? &alice : &later, NULL), MIEN_NO_MATCH);
    CHECK_INT(fixture_opens(&f, newer ? &later : &alice, NULL), MIEN_OK);
    old_states += !newer;
    new_states += newer;
    states++;
}

static void expect_newer(void *context) {
    expect_either(context);
    CHECK_INT(fixture_status(&f).epoch, 2);
}

/* A refused attempt that anybody was told about has been counted. */
static void expect_counted(void *context) {
    (void)context;
    if (!restart()) return harness_report(__FILE__, __LINE__, "restart");
    mien_wallet_status status = fixture_status(&f);
    CHECK_INT(status.stage, MIEN_WALLET_LOCKED);
    CHECK(status.failures == 1 || (status.failures == 0 && result != MIEN_NO_MATCH));
    CHECK_INT(fixture_opens(&f, &alice, NULL), MIEN_OK);
    old_states += status.failures == 0;
    new_states += status.failures == 1;
    states++;
}

/* ---- every cut and every failure ---- */

static int calls_of(mien_status (*operation)(void), mien_status expected) {
    disk = before;
    CHECK(restart());
    disk.calls = 0;
    CHECK_INT(operation(), expected);
    return disk.calls;
}

static void attack(mien_status (*operation)(void), mien_status expected, void (*look)(void *)) {
    states = old_states = new_states = 0;
    before = disk;
    const int calls = calls_of(operation, expected);
    const int step = getenv("MIEN_TEST_SWEEP_STEP") != NULL ? 4 : 1; /* all of them once */
    for (int call = 0; call < calls; call += step) {
        static const int numbers[] = {0, EIO, ENOSPC};
        for (int k = 0; k < 3; k++) {
            disk = before;
            CHECK(restart());
            disk.calls = 0;
            disk.fail_at = call;
            disk.fail_with = numbers[k];
            result = operation();
            disk.fail_at = -1;
            if (numbers[k] == 0) {
                (void)simulated_disk_states(look, NULL);
            } else {
                memset(disk.open, 0, sizeof disk.open);
                look(NULL);
            }
        }
    }
    disk = before;
    printf("%d calls, %d states, %d of them before the change, %d behind it\n", calls, states,
           old_states, new_states);
    CHECK(calls > 10 && states > 3 * calls / step && new_states > 0);
}

static void power_cut_during_first_enrolment(void) {
    start();
    attack(do_enrol, MIEN_OK, expect_face_or_none);
    CHECK(old_states > 0);
}

static void power_cut_during_later_enrolment(void) {
    start();
    REQUIRE(do_enrol() == MIEN_OK);
    attack(do_enrol_again, MIEN_OK, expect_either);
    CHECK(old_states > 0);
}

static void power_cut_during_first_unlock(void) {
    start();
    REQUIRE(do_enrol() == MIEN_OK && do_enrol_again() == MIEN_OK);
    attack(do_unlock_later, MIEN_OK, expect_newer);
}

static void power_cut_during_revert(void) {
    start();
    REQUIRE(do_enrol() == MIEN_OK && do_enrol_again() == MIEN_OK);
    attack(do_revert, MIEN_OK, expect_either);
    CHECK(old_states > 0);
}

static void power_cut_during_a_failed_attempt(void) {
    start();
    REQUIRE(do_enrol() == MIEN_OK);
    attack(do_fail, MIEN_NO_MATCH, expect_counted);
    CHECK(old_states > 0);
}

int main(void) {
    fixture_paths(&f, "wallet");
    f.now = 1700000000;
    f.clock.now = fixture_now;
    f.clock.context = &f.now;
    harness_random_bytes(f.seed, sizeof f.seed);
    harness_random_bytes(f.model, sizeof f.model);
    alice = fixture_person();
    later = fixture_person();
    mallory = fixture_person();
    mien_file_system_use(&simulated_disk_calls);
    RUN(power_cut_during_first_enrolment);
    RUN(power_cut_during_later_enrolment);
    RUN(power_cut_during_first_unlock);
    RUN(power_cut_during_revert);
    RUN(power_cut_during_a_failed_attempt);
    mien_wallet_close(f.wallet);
    return harness_end();
}
