/* SPDX-License-Identifier: MIT */
/* After enrolment, unlocking and locking, nothing secret is left: not in any file that was written,
 * not in this process's memory. */
#include "platform/base/bytes.h"
#include "tests/memory_scan.h"
#include "tests/wallet/vault/fixture.h"
#include "wallet/vault/state.h"

enum { SEED, TEMPLATE, EMBEDDING, KEY_Z, DATA_KEY, PIN_KEY, DEVICE, ROTATION, FRAME, PATTERNS };
static const char *const names[] = {
    "seed", "t", "e", "K_z", "data key", "PIN key", "device secret", "a row of P", "a frame"};
static mien_scan_pattern patterns[PATTERNS];
static const mien_pin pin = {"correct horse", 13};

/* The row of P with the most to say, out of the vault, with all the keys. */
static mien_status find_rotation(fixture *f) {
    mien_wallet_state state;
    mien_vault_scratch scratch;
    uint8_t digest[MIEN_KEY_SIZE], head[MIEN_VAULT_CORE_SIZE + 4 + MIEN_DIGEST_SIZE];
    MIEN_TRY(mien_wallet_load(f->wallet, &state, NULL));
    MIEN_TRY(mien_vault_scratch_create(&scratch, 0, NULL));
    memcpy(head, state.bytes, MIEN_VAULT_CORE_SIZE);
    memset(head + MIEN_VAULT_CORE_SIZE, 0, 4);
    memcpy(head + MIEN_VAULT_CORE_SIZE + 4, state.vault.slot[0].template_commitment,
           MIEN_DIGEST_SIZE);
    mien_key_header_digest(digest, head, sizeof head);
    mien_key_from_device(scratch.keys[0], state.secret, MIEN_KEY_LABEL_ROTATION, digest);
    mien_status status =
        mien_unseal((uint8_t *)scratch.rotation, sizeof *scratch.rotation,
                    state.vault.slot[0].sealed_rotation, digest, MIEN_KEY_SIZE, scratch.keys[0]);
    mien_scan_hide(&patterns[ROTATION], scratch.rotation->row[77], 64);
    mien_scan_hide(&patterns[DEVICE], state.secret, MIEN_KEY_SIZE);
    mien_vault_scratch_destroy(&scratch);
    mien_wallet_release(&state);
    return status;
}

static void hide(const mien_wallet_session *session) {
    mien_scan_hide(&patterns[SEED], session->content.body.seed, 64);
    mien_scan_hide(&patterns[TEMPLATE], session->content.template_vector, 128);
    mien_scan_hide(&patterns[EMBEDDING], session->embedding, 128);
    mien_scan_hide(&patterns[KEY_Z], session->content.body.key_z, 32);
    mien_scan_hide(&patterns[DATA_KEY], session->content.data_key, 32);
    mien_scan_hide(&patterns[PIN_KEY], session->content.pin_key, 32);
}

/* Everything in a function of its own, whose frame is overwritten afterwards. */
static __attribute__((noinline)) int live(fixture *f, mien_wallet_session **kept) {
    mien_wallet_session *session;
    mien_combine_frame frames[3];
    mien_match_witness witness;
    const mien_random random = mien_random_system();
    person alice = fixture_person(), mallory = fixture_person();
    if (mien_wallet_init(f->wallet, f->seed, &pin, NULL) != MIEN_OK) return 0;
    mien_wipe(f->seed, sizeof f->seed);
    if (fixture_enrol(f, NULL, &alice, &pin) != MIEN_OK) return 0;
    if (fixture_unlock(f, &session, &mallory, &pin, NULL) != MIEN_NO_MATCH) return 0;
    fixture_frames(frames, 3, &alice, 0.4);
    if (mien_wallet_unlock(f->wallet, &session, frames, 3, &pin, f->model, NULL) != MIEN_OK)
        return 0;
    hide(session);
    mien_scan_hide(&patterns[FRAME], frames[0].embedding, 128);
    if (mien_wallet_session_witness(session, &witness, &random) != MIEN_OK) return 0;
    mien_wipe(&witness, sizeof witness);
    mien_wipe(frames, sizeof frames);
    mien_wipe(&alice, sizeof alice);
    if (find_rotation(f) != MIEN_OK) return 0;
    *kept = session;
    return 1;
}

/* The test's own frames lie deeper than those of the library; clear what both left below. */
static __attribute__((noinline)) void sweep_test_frames(void) {
    volatile uint8_t zeros[4 * sizeof(mien_combine_frame) * 8];
    for (size_t i = 0; i < sizeof zeros; i++) zeros[i] = 0;
}

/* Not through stdio, whose buffers would keep what was read. */
static long in_file(const char *path, const mien_scan_pattern *pattern) {
    size_t length = 0;
    uint8_t *bytes;
    if (mien_file_read(&bytes, &length, path, 1 << 20, 0, NULL) != MIEN_OK) return -1;
    long found = mien_scan_chunk(pattern, bytes, length);
    mien_wipe(bytes, length);
    free(bytes);
    return found;
}

static void nothing_is_left(void) {
    fixture f;
    mien_wallet_session *session = NULL;
    REQUIRE(fixture_start(&f));
    REQUIRE(live(&f, &session));
    const char *paths[] = {f.vault, f.record, f.attempts, f.key};
    for (int p = 0; p < PATTERNS; p++) {
        if (patterns[p].length < 8) harness_report(__FILE__, __LINE__, names[p]);
        for (int i = 0; i < 4; i++) {
            long found = in_file(paths[i], &patterns[p]);
            if (found < 0) harness_report(__FILE__, __LINE__, paths[i]);
            /* only the key file holds the device secret, and nothing else */
            if (found != (i == 3 && p == DEVICE)) {
                printf("  %s in %s\n", names[p], paths[i]);
                harness_report(__FILE__, __LINE__, "a secret in a file");
            }
        }
    }
    if (mien_scan_self(&patterns[SEED], MIEN_SCAN_ALL) < 0) {
        mien_wallet_lock(session);
        fixture_end(&f);
        SKIP("this process cannot read its own memory here");
    }
    /* while unlocked the seed is there, but never in what a core image would hold */
    CHECK(mien_scan_self(&patterns[SEED], MIEN_SCAN_ALL) > 0);
    CHECK(mien_scan_self(&patterns[TEMPLATE], MIEN_SCAN_ALL) > 0);
    CHECK_INT(mien_scan_self(&patterns[SEED], MIEN_SCAN_CORE), 0);
    CHECK_INT(mien_scan_self(&patterns[DATA_KEY], MIEN_SCAN_CORE), 0);
    mien_wallet_lock(session);
    sweep_test_frames();
    for (int p = 0; p < PATTERNS; p++) {
        long found = mien_scan_self(&patterns[p], MIEN_SCAN_ALL);
        if (found == 0) continue;
        printf("  %s: %ld times\n", names[p], found);
        harness_report(__FILE__, __LINE__, "a secret left in memory");
    }
    fixture_end(&f);
}

int main(void) {
    RUN(nothing_is_left);
    return harness_end();
}
