/* SPDX-License-Identifier: MIT */
/* A wallet in a temporary folder with a clock that the test turns, and synthetic faces: a person is
 * a random direction, a frame is that direction with noise. */
#ifndef MIEN_TESTS_WALLET_FIXTURE_H
#define MIEN_TESTS_WALLET_FIXTURE_H

#include <math.h>
#include <sys/stat.h>

#include "platform/files/file.h"
#include "tests/harness.h"
#include "wallet/wallet.h"

typedef struct fixture {
    char folder[64], vault_folder[96], state_folder[96];
    char vault[128], previous[128], record[128], key[128], attempts[128];
    int64_t now;
    mien_clock clock;
    mien_wallet *wallet;
    uint8_t seed[MIEN_WALLET_SEED_SIZE], model[32], service[32];
} fixture;

static inline int64_t fixture_now(void *context) {
    return *(int64_t *)context;
}

static inline mien_status fixture_open(fixture *f) {
    mien_wallet_options options = {.vault_folder = f->vault_folder,
                                   .state_folder = f->state_folder,
                                   .clock = &f->clock,
                                   .argon2_memory_kib = 64,
                                   .argon2_passes = 1};
    return mien_wallet_open(&f->wallet, &options, NULL);
}

static inline void fixture_paths(fixture *f, const char *folder) {
    snprintf(f->folder, sizeof f->folder, "%s", folder);
    snprintf(f->vault_folder, sizeof f->vault_folder, "%s/vault", f->folder);
    snprintf(f->state_folder, sizeof f->state_folder, "%s/device", f->folder);
    snprintf(f->vault, sizeof f->vault, "%s/vault.mien", f->vault_folder);
    snprintf(f->previous, sizeof f->previous, "%s/vault.mien.previous", f->vault_folder);
    snprintf(f->record, sizeof f->record, "%s/record.mien", f->vault_folder);
    snprintf(f->key, sizeof f->key, "%s/device.key", f->state_folder);
    snprintf(f->attempts, sizeof f->attempts, "%s/attempts", f->state_folder);
}

static inline int fixture_start(fixture *f) {
    char folder[64] = "/tmp/mien-test-XXXXXX";
    memset(f, 0, sizeof *f);
    if (mkdtemp(folder) == NULL) return 0;
    fixture_paths(f, folder);
    f->now = 1700000000;
    f->clock.now = fixture_now;
    f->clock.context = &f->now;
    harness_random_bytes(f->seed, sizeof f->seed);
    harness_random_bytes(f->model, sizeof f->model);
    mien_record_service(f->service, "test", 4);
    return fixture_open(f) == MIEN_OK;
}

static inline void fixture_end(fixture *f) {
    char command[128];
    mien_wallet_close(f->wallet);
    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    if (system(command) != 0) printf("  cannot remove %s\n", f->folder);
}

static inline double fixture_gaussian(void) {
    double u = ((double)(harness_random() >> 11) + 0.5) * 0x1p-53;
    double v = ((double)(harness_random() >> 11) + 0.5) * 0x1p-53;
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

typedef struct person {
    double direction[128];
} person;

static inline person fixture_person(void) {
    person p;
    for (int i = 0; i < 128; i++) p.direction[i] = fixture_gaussian();
    return p;
}

/* Frames of one person; noise 0.5 gives a cosine of about 0.8 between two of them. */
static inline void fixture_frames(mien_combine_frame *frames, size_t count, const person *p,
                                  double noise) {
    for (size_t k = 0; k < count; k++) {
        for (int i = 0; i < 128; i++) {
            double x = rint(28 * (p->direction[i] + noise * fixture_gaussian()));
            frames[k].embedding[i] = (int8_t)(x > 127 ? 127 : x < -127 ? -127 : x);
        }
        frames[k].quality = 1;
    }
}

static inline mien_status fixture_enrol(fixture *f, mien_wallet_session **session, const person *p,
                                        const mien_pin *pin) {
    mien_combine_frame frames[5];
    mien_wallet_enrolment enrolment;
    fixture_frames(frames, 5, p, 0.4);
    return mien_wallet_enrol(f->wallet, session, &enrolment, frames, 5, pin, f->model, f->service,
                             NULL);
}

static inline mien_status fixture_unlock(fixture *f, mien_wallet_session **session, const person *p,
                                         const mien_pin *pin, mien_error *error) {
    mien_combine_frame frames[3];
    fixture_frames(frames, 3, p, 0.4);
    return mien_wallet_unlock(f->wallet, session, frames, 3, pin, f->model, error);
}

/* Unlock and check that it is the wallet's seed; the session is closed again. */
static inline mien_status fixture_opens(fixture *f, const person *p, const mien_pin *pin) {
    mien_wallet_session *session;
    mien_status status = fixture_unlock(f, &session, p, pin, NULL);
    if (status != MIEN_OK) return status;
    CHECK_BYTES(mien_wallet_session_seed(session), f->seed, sizeof f->seed);
    mien_wallet_lock(session);
    return MIEN_OK;
}

static inline mien_wallet_status fixture_status(fixture *f) {
    mien_wallet_status status;
    memset(&status, 0, sizeof status);
    CHECK_INT(mien_wallet_get_status(f->wallet, &status, NULL), MIEN_OK);
    return status;
}

static inline void fixture_write(const char *path, const uint8_t *bytes, size_t length) {
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, length, file) != length)
        harness_report(__FILE__, __LINE__, path);
    if (file != NULL) fclose(file);
    if (chmod(path, 0600) != 0) harness_report(__FILE__, __LINE__, path);
}

#endif
