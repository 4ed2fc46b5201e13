/* SPDX-License-Identifier: MIT */
/* The wallet's life: made, enrolled, unlocked, refused, enrolled again, forgotten. */
#include "tests/wallet/vault/fixture.h"
#include "wallet/key/sketch.h"

static const mien_pin right_pin = {"2718281", 7}, wrong_pin = {"2718282", 7};

static void from_nothing_to_forgotten(void) {
    fixture f;
    mien_wallet_session *session;
    mien_error error;
    REQUIRE(fixture_start(&f));
    person alice = fixture_person(), bob = fixture_person();
    CHECK_INT(fixture_status(&f).stage, MIEN_WALLET_ABSENT);
    CHECK_INT(fixture_unlock(&f, &session, &alice, NULL, &error), MIEN_NOT_ENROLLED);
    CHECK_INT(fixture_enrol(&f, NULL, &alice, NULL), MIEN_NOT_ENROLLED);
    CHECK_INT(mien_wallet_forget(f.wallet, &error), MIEN_NOT_FOUND);
    REQUIRE(mien_wallet_init(f.wallet, f.seed, NULL, &error) == MIEN_OK);
    CHECK_INT(mien_wallet_init(f.wallet, f.seed, NULL, &error), MIEN_EXISTS);
    CHECK_INT(fixture_status(&f).stage, MIEN_WALLET_NO_FACE);
    CHECK_INT(fixture_unlock(&f, &session, &alice, NULL, &error), MIEN_NOT_ENROLLED);
    REQUIRE(fixture_enrol(&f, &session, &alice, NULL) == MIEN_OK);
    CHECK_BYTES(mien_wallet_session_seed(session), f.seed, sizeof f.seed);
    mien_wallet_lock(session);
    CHECK_INT(fixture_enrol(&f, NULL, &alice, NULL), MIEN_EXISTS);

    mien_wallet_status status = fixture_status(&f);
    CHECK_INT(status.stage, MIEN_WALLET_LOCKED);
    CHECK(!status.pin && status.epoch == 1 && status.appearances == 1 && !status.previous_kept);
    CHECK(strstr(status.device_secret, "weakest") != NULL);
    CHECK_BYTES(status.model_digest, f.model, 32);

    for (int i = 0; i < 3; i++) CHECK_INT(fixture_opens(&f, &alice, NULL), MIEN_OK);
    CHECK_INT(fixture_unlock(&f, &session, &bob, NULL, &error), MIEN_NO_MATCH);
    CHECK(session == NULL && strstr(error.message, "face") != NULL);
    CHECK_INT(fixture_status(&f).failures, 1);
    CHECK_INT(fixture_opens(&f, &alice, NULL), MIEN_OK);
    CHECK_INT(fixture_status(&f).failures, 0);

    /* another process, later */
    mien_wallet_close(f.wallet);
    REQUIRE(fixture_open(&f) == MIEN_OK);
    CHECK_INT(fixture_opens(&f, &alice, NULL), MIEN_OK);
    REQUIRE(mien_wallet_forget(f.wallet, &error) == MIEN_OK);
    CHECK(!mien_file_exists(f.vault) && !mien_file_exists(f.key) && !mien_file_exists(f.attempts));
    CHECK(!mien_file_exists(f.record));
    CHECK_INT(fixture_status(&f).stage, MIEN_WALLET_ABSENT);
    fixture_end(&f);
}

static void pin_is_needed(void) {
    fixture f;
    mien_wallet_session *session;
    mien_error error;
    REQUIRE(fixture_start(&f));
    person alice = fixture_person();
    REQUIRE(mien_wallet_init(f.wallet, f.seed, &right_pin, &error) == MIEN_OK);
    CHECK_INT(fixture_enrol(&f, NULL, &alice, NULL), MIEN_USAGE);
    CHECK_INT(fixture_enrol(&f, NULL, &alice, &wrong_pin), MIEN_NO_MATCH);
    CHECK_INT(fixture_status(&f).failures, 1);
    REQUIRE(fixture_enrol(&f, NULL, &alice, &right_pin) == MIEN_OK);
    CHECK_INT(fixture_status(&f).failures, 0);
    CHECK(fixture_status(&f).pin);
    CHECK_INT(fixture_status(&f).argon2_memory_kib, 64);
    CHECK_INT(fixture_unlock(&f, &session, &alice, NULL, &error), MIEN_USAGE);
    CHECK_INT(fixture_status(&f).failures, 0); /* a forgotten PIN is no attempt */
    CHECK_INT(fixture_opens(&f, &alice, &wrong_pin), MIEN_NO_MATCH);
    CHECK_INT(fixture_opens(&f, &alice, &right_pin), MIEN_OK);
    fixture_end(&f);
}

static void bad_frames_are_no_attempt(void) {
    fixture f;
    mien_wallet_session *session;
    mien_combine_frame frames[5];
    mien_wallet_enrolment enrolment;
    mien_error error;
    REQUIRE(fixture_start(&f));
    person alice = fixture_person(), bob = fixture_person();
    REQUIRE(mien_wallet_init(f.wallet, f.seed, NULL, NULL) == MIEN_OK);
    fixture_frames(frames, 5, &alice, 1.0); /* mean cosine about 0.5 */
    CHECK_INT(
        mien_wallet_enrol(f.wallet, NULL, &enrolment, frames, 5, NULL, f.model, f.service, &error),
        MIEN_FACES_DIFFER);
    CHECK(error.message[0] != '\0' && enrolment.mean_cosine < 0.7f);
    CHECK_INT(fixture_status(&f).stage, MIEN_WALLET_NO_FACE);
    CHECK_INT(
        mien_wallet_enrol(f.wallet, NULL, &enrolment, frames, 0, NULL, f.model, f.service, &error),
        MIEN_ARGUMENT);
    REQUIRE(fixture_enrol(&f, NULL, &alice, NULL) == MIEN_OK);
    fixture_frames(frames, 1, &alice, 0.2);
    fixture_frames(frames + 1, 1, &bob, 0.2);
    CHECK_INT(mien_wallet_unlock(f.wallet, &session, frames, 2, NULL, f.model, &error),
              MIEN_FACES_DIFFER);
    CHECK_INT(mien_wallet_unlock(f.wallet, &session, frames, 0, NULL, f.model, &error),
              MIEN_ARGUMENT);
    uint8_t other_model[32] = {1};
    CHECK_INT(mien_wallet_unlock(f.wallet, &session, frames, 1, NULL, other_model, &error),
              MIEN_WRONG_MODEL);
    CHECK_INT(fixture_status(&f).failures, 0);
    fixture_end(&f);
}

/* Five failures, then waiting that doubles, then the end; a restore starts anew. */
static void failures_lock(void) {
    static const int64_t waits[] = {60, 120, 240, 480, 960};
    fixture f;
    mien_wallet_session *session;
    mien_error error;
    REQUIRE(fixture_start(&f));
    person alice = fixture_person(), bob = fixture_person();
    REQUIRE(mien_wallet_init(f.wallet, f.seed, NULL, NULL) == MIEN_OK);
    REQUIRE(fixture_enrol(&f, NULL, &alice, NULL) == MIEN_OK);
    for (int i = 0; i < 5; i++) {
        CHECK_INT(fixture_unlock(&f, &session, &bob, NULL, &error), MIEN_NO_MATCH);
        CHECK_INT(fixture_status(&f).wait_seconds, i < 4 ? 0 : 60);
    }
    for (int i = 0; i < 5; i++) {
        CHECK_INT(fixture_unlock(&f, &session, &alice, NULL, &error), MIEN_RATE_LIMITED);
        CHECK(strstr(error.message, "wait") != NULL);
        CHECK_INT(fixture_status(&f).failures, 5 + i);
        f.now += waits[i] - 1;
        CHECK_INT(fixture_status(&f).wait_seconds, 1);
        CHECK_INT(fixture_unlock(&f, &session, &alice, NULL, &error), MIEN_RATE_LIMITED);
        f.now += 1;
        CHECK_INT(fixture_status(&f).wait_seconds, 0);
        CHECK_INT(fixture_unlock(&f, &session, &bob, NULL, &error), MIEN_NO_MATCH);
    }
    CHECK_INT(fixture_status(&f).wait_seconds, -1);
    f.now += (int64_t)400 * 86400;
    CHECK_INT(fixture_unlock(&f, &session, &alice, NULL, &error), MIEN_LOCKED);
    CHECK(strstr(error.message, "mnemonic") != NULL);
    REQUIRE(mien_wallet_restore(f.wallet, f.seed, NULL, &error) == MIEN_OK);
    CHECK_INT(fixture_status(&f).failures, 0);
    REQUIRE(fixture_enrol(&f, NULL, &alice, NULL) == MIEN_OK);
    CHECK_INT(fixture_status(&f).epoch, 2);
    CHECK_INT(fixture_opens(&f, &alice, NULL), MIEN_OK);
    fixture_end(&f);
}

/* A right face after the waiting resets everything. */
static void success_after_waiting(void) {
    fixture f;
    mien_wallet_session *session;
    REQUIRE(fixture_start(&f));
    person alice = fixture_person(), bob = fixture_person();
    REQUIRE(mien_wallet_init(f.wallet, f.seed, NULL, NULL) == MIEN_OK);
    REQUIRE(fixture_enrol(&f, NULL, &alice, NULL) == MIEN_OK);
    for (int i = 0; i < 5; i++)
        CHECK_INT(fixture_unlock(&f, &session, &bob, NULL, NULL), MIEN_NO_MATCH);
    f.now += 60;
    CHECK_INT(fixture_opens(&f, &alice, NULL), MIEN_OK);
    CHECK_INT(fixture_status(&f).failures, 0);
    CHECK_INT(fixture_unlock(&f, &session, &bob, NULL, NULL), MIEN_NO_MATCH);
    CHECK_INT(fixture_opens(&f, &alice, NULL), MIEN_OK);
    fixture_end(&f);
}

static void clock_that_goes_back(void) {
    fixture f;
    mien_wallet_session *session;
    REQUIRE(fixture_start(&f));
    person alice = fixture_person(), bob = fixture_person();
    REQUIRE(mien_wallet_init(f.wallet, f.seed, NULL, NULL) == MIEN_OK);
    REQUIRE(fixture_enrol(&f, NULL, &alice, NULL) == MIEN_OK);
    for (int i = 0; i < 5; i++)
        CHECK_INT(fixture_unlock(&f, &session, &bob, NULL, NULL), MIEN_NO_MATCH);
    f.now -= 1000000; /* no time passed: the whole minute again, from here */
    CHECK_INT(fixture_status(&f).wait_seconds, 60);
    CHECK_INT(fixture_unlock(&f, &session, &alice, NULL, NULL), MIEN_RATE_LIMITED);
    f.now += 59;
    CHECK_INT(fixture_unlock(&f, &session, &alice, NULL, NULL), MIEN_RATE_LIMITED);
    f.now += 1;
    CHECK_INT(fixture_opens(&f, &alice, NULL), MIEN_OK);
    fixture_end(&f);
}

/* Without or with a foreign counter there are no new tries. */
static void counter_cannot_be_removed(void) {
    fixture f;
    mien_wallet_session *session;
    REQUIRE(fixture_start(&f));
    person alice = fixture_person();
    REQUIRE(mien_wallet_init(f.wallet, f.seed, NULL, NULL) == MIEN_OK);
    REQUIRE(fixture_enrol(&f, NULL, &alice, NULL) == MIEN_OK);
    REQUIRE(unlink(f.attempts) == 0);
    CHECK_INT(fixture_unlock(&f, &session, &alice, NULL, NULL), MIEN_RATE_LIMITED);
    uint8_t garbage[76] = "MIENTRY\n\1";
    for (size_t length = 0; length <= sizeof garbage; length += 19) {
        fixture_write(f.attempts, garbage, length);
        CHECK_INT(fixture_status(&f).failures, 5);
        CHECK_INT(fixture_unlock(&f, &session, &alice, NULL, NULL), MIEN_RATE_LIMITED);
    }
    /* but the waiting ends: it does not begin anew with each look at it */
    f.now += 30;
    CHECK_INT(fixture_unlock(&f, &session, &alice, NULL, NULL), MIEN_RATE_LIMITED);
    CHECK_INT(fixture_status(&f).wait_seconds, 30);
    f.now += 30;
    CHECK_INT(fixture_opens(&f, &alice, NULL), MIEN_OK);
    CHECK_INT(fixture_status(&f).failures, 0);
    fixture_end(&f);
}

static void enrolled_again(void) {
    fixture f;
    mien_wallet_session *session;
    mien_wallet_enrolment enrolment;
    mien_combine_frame frames[5];
    mien_record before, after;
    REQUIRE(fixture_start(&f));
    person alice = fixture_person(), older = fixture_person();
    REQUIRE(mien_wallet_init(f.wallet, f.seed, NULL, NULL) == MIEN_OK);
    REQUIRE(fixture_enrol(&f, &session, &alice, NULL) == MIEN_OK);
    REQUIRE(mien_wallet_session_record(session, &before, NULL) == MIEN_OK);
    fixture_frames(frames, 5, &older, 0.4);
    REQUIRE(mien_wallet_enrol_again(f.wallet, session, &enrolment, frames, 5, &right_pin, f.model,
                                    f.service, NULL) == MIEN_OK);
    REQUIRE(mien_wallet_session_record(session, &after, NULL) == MIEN_OK);
    CHECK_BYTES(mien_wallet_session_seed(session), f.seed, sizeof f.seed);
    CHECK_INT(after.epoch, before.epoch + 1);
    CHECK(memcmp(before.template_commitment, after.template_commitment, MIEN_DIGEST_SIZE) != 0);
    CHECK(memcmp(before.key_check, after.key_check, MIEN_DIGEST_SIZE) != 0);
    CHECK(fixture_status(&f).previous_kept);
    CHECK_INT(fixture_opens(&f, &alice, &right_pin), MIEN_NO_MATCH);
    mien_wallet_lock(session);
    /* again without having unlocked: the first one stays the kept one */
    CHECK_INT(fixture_opens(&f, &alice, NULL), MIEN_USAGE);
    REQUIRE(mien_wallet_revert(f.wallet, NULL) == MIEN_OK);
    CHECK(!fixture_status(&f).previous_kept);
    CHECK_INT(fixture_status(&f).epoch, 1);
    REQUIRE(fixture_unlock(&f, &session, &alice, NULL, NULL) == MIEN_OK);
    for (int i = 0; i < 2; i++)
        REQUIRE(mien_wallet_enrol_again(f.wallet, session, &enrolment, frames, 5, NULL, f.model,
                                        f.service, NULL) == MIEN_OK);
    mien_wallet_lock(session);
    CHECK_INT(fixture_status(&f).epoch, 3);
    REQUIRE(mien_wallet_revert(f.wallet, NULL) == MIEN_OK);
    REQUIRE(fixture_unlock(&f, &session, &alice, NULL, NULL) == MIEN_OK);
    REQUIRE(mien_wallet_enrol_again(f.wallet, session, &enrolment, frames, 5, NULL, f.model,
                                    f.service, NULL) == MIEN_OK);
    mien_wallet_lock(session);
    CHECK_INT(fixture_opens(&f, &older, NULL), MIEN_OK); /* from here on no way back */
    CHECK(!mien_file_exists(f.previous));
    CHECK_INT(mien_wallet_revert(f.wallet, NULL), MIEN_NOT_FOUND);
    CHECK_INT(fixture_opens(&f, &alice, NULL), MIEN_NO_MATCH);
    fixture_end(&f);
}

static void stale_sessions_cannot_enrol(void) {
    fixture f;
    mien_wallet_session *one, *two;
    mien_wallet_enrolment enrolment;
    mien_combine_frame frames[5];
    REQUIRE(fixture_start(&f));
    person alice = fixture_person();
    REQUIRE(mien_wallet_init(f.wallet, f.seed, NULL, NULL) == MIEN_OK);
    REQUIRE(fixture_enrol(&f, &one, &alice, NULL) == MIEN_OK);
    REQUIRE(fixture_unlock(&f, &two, &alice, NULL, NULL) == MIEN_OK);
    fixture_frames(frames, 5, &alice, 0.4);
    REQUIRE(mien_wallet_enrol_again(f.wallet, one, &enrolment, frames, 5, NULL, f.model, f.service,
                                    NULL) == MIEN_OK);
    CHECK_INT(mien_wallet_enrol_again(f.wallet, two, &enrolment, frames, 5, NULL, f.model,
                                      f.service, NULL),
              MIEN_LOCKED);
    CHECK_INT(mien_wallet_add_appearance(f.wallet, two, &enrolment, frames, 5, NULL), MIEN_LOCKED);
    mien_wallet_lock(one);
    mien_wallet_lock(two);
    fixture_end(&f);
}

static void two_appearances(void) {
    fixture f;
    mien_wallet_session *session;
    mien_wallet_enrolment first, second;
    mien_combine_frame frames[5];
    mien_record record;
    REQUIRE(fixture_start(&f));
    person plain = fixture_person(), glasses = fixture_person(), other = fixture_person();
    REQUIRE(mien_wallet_init(f.wallet, f.seed, &right_pin, NULL) == MIEN_OK);
    fixture_frames(frames, 5, &plain, 0.4);
    REQUIRE(mien_wallet_enrol(f.wallet, &session, &first, frames, 5, &right_pin, f.model, f.service,
                              NULL) == MIEN_OK);
    CHECK_INT(fixture_opens(&f, &glasses, &right_pin), MIEN_NO_MATCH);
    fixture_frames(frames, 5, &glasses, 0.4);
    REQUIRE(mien_wallet_add_appearance(f.wallet, session, &second, frames, 5, NULL) == MIEN_OK);
    CHECK_INT(mien_wallet_add_appearance(f.wallet, session, &second, frames, 5, NULL), MIEN_EXISTS);
    REQUIRE(mien_wallet_session_record(session, &record, NULL) == MIEN_OK);
    CHECK_INT(record.slot, 1);
    mien_wallet_lock(session);
    CHECK_INT(fixture_status(&f).appearances, 2);
    CHECK_INT(fixture_opens(&f, &glasses, &right_pin), MIEN_OK);
    CHECK_INT(fixture_opens(&f, &plain, &right_pin), MIEN_OK);
    CHECK_INT(fixture_opens(&f, &other, &right_pin), MIEN_NO_MATCH);
    CHECK_INT(fixture_opens(&f, &glasses, &wrong_pin), MIEN_NO_MATCH);
    REQUIRE(fixture_unlock(&f, &session, &plain, &right_pin, NULL) == MIEN_OK);
    REQUIRE(mien_wallet_session_record(session, &record, NULL) == MIEN_OK);
    CHECK_INT(record.slot, 0);
    CHECK_BYTES(record.key_check, first.record.key_check, MIEN_DIGEST_SIZE);
    mien_wallet_lock(session);
    fixture_end(&f);
}

/* The same person twice opens both slots: the nearer one counts. */
static void nearer_appearance_counts(void) {
    fixture f;
    mien_wallet_session *session;
    mien_wallet_enrolment enrolment;
    mien_combine_frame frames[5];
    REQUIRE(fixture_start(&f));
    person alice = fixture_person(), changed = alice;
    for (int i = 0; i < 128; i++)
        changed.direction[i] = 0.85 * alice.direction[i] + 0.5 * fixture_gaussian();
    REQUIRE(mien_wallet_init(f.wallet, f.seed, NULL, NULL) == MIEN_OK);
    REQUIRE(fixture_enrol(&f, &session, &alice, NULL) == MIEN_OK);
    fixture_frames(frames, 5, &changed, 0.1);
    REQUIRE(mien_wallet_add_appearance(f.wallet, session, &enrolment, frames, 5, NULL) == MIEN_OK);
    mien_wallet_lock(session);
    for (uint32_t slot = 0; slot < 2; slot++) {
        mien_record record;
        fixture_frames(frames, 3, slot == 0 ? &alice : &changed, 0.1);
        REQUIRE(mien_wallet_unlock(f.wallet, &session, frames, 3, NULL, f.model, NULL) == MIEN_OK);
        REQUIRE(mien_wallet_session_record(session, &record, NULL) == MIEN_OK);
        CHECK_INT(record.slot, slot);
        CHECK(mien_wallet_session_cosine(session) > 0.9f);
        mien_wallet_lock(session);
    }
    fixture_end(&f);
}

/* What the prover gets is what the record commits to. */
static void record_and_witness_belong_together(void) {
    fixture f;
    mien_wallet_session *session;
    mien_match_witness witness;
    mien_record record, other, stored;
    uint8_t commitment[MIEN_DIGEST_SIZE], check[MIEN_DIGEST_SIZE], service[32];
    const mien_random random = mien_random_system();
    REQUIRE(fixture_start(&f));
    person alice = fixture_person();
    REQUIRE(mien_wallet_init(f.wallet, f.seed, NULL, NULL) == MIEN_OK);
    REQUIRE(fixture_enrol(&f, NULL, &alice, NULL) == MIEN_OK);
    REQUIRE(fixture_unlock(&f, &session, &alice, NULL, NULL) == MIEN_OK);
    REQUIRE(mien_wallet_session_witness(session, &witness, &random) == MIEN_OK);
    REQUIRE(mien_wallet_session_record(session, &record, NULL) == MIEN_OK);
    size_t length;
    uint8_t *bytes = harness_read_file(f.record, &length);
    REQUIRE(bytes != NULL);
    REQUIRE(mien_record_decode(&stored, bytes, length) == MIEN_OK);
    free(bytes);
    CHECK_BYTES(&record, &stored, sizeof record);
    CHECK_INT(record.threshold, MIEN_SKETCH_THRESHOLD);
    CHECK_BYTES(record.model_digest, f.model, 32);
    REQUIRE(mien_match_commit_template(commitment, check, f.service, 1, 0, witness.template_vector,
                                       witness.key_z) == MIEN_OK);
    CHECK_BYTES(commitment, record.template_commitment, MIEN_DIGEST_SIZE);
    CHECK_BYTES(check, record.key_check, MIEN_DIGEST_SIZE);
    long long ab = 0, aa = 0, bb = 0;
    for (int i = 0; i < 128; i++) {
        ab += witness.template_vector[i] * witness.embedding[i];
        aa += witness.template_vector[i] * witness.template_vector[i];
        bb += witness.embedding[i] * witness.embedding[i];
    }
    CHECK(ab > 0 && 65536 * ab * ab >= record.threshold * aa * bb);
    CHECK(fabs((double)mien_wallet_session_cosine(session) -
               (double)ab / sqrt((double)aa * (double)bb)) < 1e-6);
    mien_record_service(service, "elsewhere", 9);
    REQUIRE(mien_wallet_session_record(session, &other, service) == MIEN_OK);
    CHECK(memcmp(other.template_commitment, record.template_commitment, MIEN_DIGEST_SIZE) != 0);
    CHECK(memcmp(other.key_check, record.key_check, MIEN_DIGEST_SIZE) != 0);
    mien_wallet_lock(session);
    fixture_end(&f);
}

static void options_are_checked(void) {
    mien_wallet *wallet;
    mien_wallet_options options = {.vault_folder = "/tmp/mien-same",
                                   .state_folder = "/tmp/mien-same"};
    CHECK_INT(mien_wallet_open(&wallet, &options, NULL), MIEN_ARGUMENT);
    CHECK(wallet == NULL);
    options.state_folder = "/tmp/mien-other";
    options.argon2_passes = 17;
    CHECK_INT(mien_wallet_open(&wallet, &options, NULL), MIEN_ARGUMENT);
    options.argon2_passes = 0;
    options.argon2_memory_kib = 7;
    CHECK_INT(mien_wallet_open(&wallet, &options, NULL), MIEN_ARGUMENT);
    options.argon2_memory_kib = (1u << 20) + 1;
    CHECK_INT(mien_wallet_open(&wallet, &options, NULL), MIEN_ARGUMENT);
    fixture f;
    REQUIRE(fixture_start(&f));
    const mien_pin empty = {"", 0};
    CHECK_INT(mien_wallet_init(f.wallet, f.seed, &empty, NULL), MIEN_ARGUMENT);
    CHECK_INT(fixture_status(&f).stage, MIEN_WALLET_ABSENT);
    fixture_end(&f);
}

int main(void) {
    RUN(from_nothing_to_forgotten);
    RUN(pin_is_needed);
    RUN(bad_frames_are_no_attempt);
    RUN(failures_lock);
    RUN(success_after_waiting);
    RUN(clock_that_goes_back);
    RUN(counter_cannot_be_removed);
    RUN(enrolled_again);
    RUN(stale_sessions_cannot_enrol);
    RUN(two_appearances);
    RUN(nearer_appearance_counts);
    RUN(record_and_witness_belong_together);
    RUN(options_are_checked);
    return harness_end();
}
