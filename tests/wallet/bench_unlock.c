/* SPDX-License-Identifier: MIT */
/* Unlocking with three frames, no PIN, one thread: find, align and embed each frame, then decode
 * and open the vault. Beside it, in the same run, the Argon2id (256 MiB, 3 passes) that a PIN adds.
 * Frames are a portrait from assets/samples, decoded beforehand. --json prints one object. */
#include <sodium.h>

#include "face_model/face_model.h"
#include "tests/bench.h"
#include "tests/harness.h"
#include "wallet/wallet.h"

enum { FRAMES = 3, RUNS = 15 };

static void need(mien_status status, const mien_error *error) {
    if (status == MIEN_OK) return;
    fprintf(stderr, "bench-unlock: %s\n", mien_error_words(error));
    exit(1);
}

typedef struct unlock {
    mien_face *face;
    mien_wallet *wallet;
    mien_image image;
    uint8_t model[32];
    mien_combine_frame frames[FRAMES];
    float steps[3]; /* ms of the last frame */
} unlock;

static void look(unlock *u, size_t count) {
    mien_error error = {MIEN_OK, ""};
    static mien_face_view view;
    for (size_t i = 0; i < count; i++) {
        need(error.status = mien_face_look(u->face, &view, &u->image, &error), &error);
        memcpy(u->frames[i].embedding, view.embedding, sizeof view.embedding);
        u->frames[i].quality = view.quality;
        memcpy(u->steps, view.milliseconds, sizeof u->steps);
    }
}

static void open_vault(unlock *u) {
    mien_error error = {MIEN_OK, ""};
    mien_wallet_session *session = NULL;
    need(error.status =
             mien_wallet_unlock(u->wallet, &session, u->frames, FRAMES, NULL, u->model, &error),
         &error);
    mien_wallet_lock(session);
}

static void prepare(unlock *u, const char *home) {
    mien_error error = {MIEN_OK, ""};
    static char vault[300], device[300];
    uint8_t seed[MIEN_WALLET_SEED_SIZE], service[32];
    mien_wallet_enrolment enrolment;
    snprintf(vault, sizeof vault, "%s/vault", home);
    snprintf(device, sizeof device, "%s/device", home);
    mien_wallet_options options = {.vault_folder = vault, .state_folder = device};
    harness_random_bytes(seed, sizeof seed);
    need(error.status = mien_face_open(&u->face, NULL, &error), &error);
    mien_face_model_digest(u->face, u->model);
    need(error.status =
             mien_image_read(&u->image, MIEN_SOURCE_DIR "/assets/samples/collins.jpg", &error),
         &error);
    need(error.status = mien_wallet_open(&u->wallet, &options, &error), &error);
    need(error.status = mien_wallet_init(u->wallet, seed, NULL, &error), &error);
    look(u, FRAMES);
    mien_record_service(service, "bench", 5);
    need(error.status = mien_wallet_enrol(u->wallet, NULL, &enrolment, u->frames, FRAMES, NULL,
                                          u->model, service, &error),
         &error);
}

static double argon2(void) {
    uint8_t key[32], salt[crypto_pwhash_SALTBYTES] = {0};
    double best;
    BENCH_TIME(best, 2,
               if (crypto_pwhash(key, sizeof key, "1234", 4, salt, 3, (size_t)256 << 20,
                                 crypto_pwhash_ALG_ARGON2ID13) != 0) exit(1));
    return best;
}

int main(int argc, char **argv) {
    static unlock u;
    char home[] = "/tmp/mien-bench-XXXXXX";
    double frames, vault, all;
    mien_error error = {MIEN_OK, ""};
    bench_start(argc, argv);
    if (mkdtemp(home) == NULL) return 1;
    prepare(&u, home);
    BENCH_TIME(frames, RUNS, look(&u, FRAMES));
    BENCH_TIME(vault, RUNS, open_vault(&u));
    BENCH_TIME(all, RUNS, {
        look(&u, FRAMES);
        open_vault(&u);
    });
    double pin = argon2();
    bench_report("unlock_three_frames", all / 1e6, "ms");
    bench_report("look_at_three_frames", frames / 1e6, "ms");
    bench_report("open_vault", vault / 1e6, "ms");
    bench_report("frame_detect", u.steps[0], "ms");
    bench_report("frame_landmarks_and_crop", u.steps[1], "ms");
    bench_report("frame_embedding", u.steps[2], "ms");
    bench_report("argon2id_256_mib", pin / 1e6, "ms");
    bench_report("unlock_over_argon2id", all / pin, "ratio");
    bench_end();
    need(error.status = mien_wallet_forget(u.wallet, &error), &error);
    mien_wallet_close(u.wallet);
    mien_face_close(u.face);
    mien_image_free(&u.image);
    char removal[64];
    snprintf(removal, sizeof removal, "rm -r %s", home);
    return system(removal) == 0 ? 0 : 1;
}
