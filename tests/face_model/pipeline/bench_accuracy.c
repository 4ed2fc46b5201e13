/* SPDX-License-Identifier: MIT */
/* Integer against float: how often photos of one person agree at the threshold that lets one pair
 * of strangers in 10,000 pass, on the development people that nothing was fitted on; and what the
 * quality gates refuse on them. The float network needs the ONNX file it was imported from
 * ($MIEN_EMBEDDING_ONNX; whitening constants beside the models): without it the integer column
 * stands alone. */
#include <math.h>

#include "face_model/combine/combine.h"
#include "face_model/eval/photos.h"
#include "face_model/import/import.h"
#include "platform/base/bytes.h"
#include "platform/files/file.h"
#include "platform/memory/secret.h"
#include "tests/bench.h"
#include "tests/harness.h"

#define SIZE MIEN_FACE_EMBEDDING_SIZE

typedef struct bench_set {
    const mien_float_network *network;
    mien_photos photos;
    float (*whole)[SIZE], (*exact)[SIZE]; /* unit vectors by photo; integer, float */
    uint8_t *usable;
} bench_set;

static void normalise(float v[SIZE]) {
    double square = 0;
    for (int i = 0; i < SIZE; i++) square += (double)v[i] * (double)v[i];
    for (int i = 0; i < SIZE; i++) v[i] = square > 0 ? (float)((double)v[i] / sqrt(square)) : 0;
}

static void take(void *context, size_t index, const mien_face_view *view, unsigned worker) {
    bench_set *s = context;
    (void)worker;
    for (int i = 0; i < SIZE; i++) s->whole[index][i] = view->embedding[i];
    normalise(s->whole[index]);
    s->usable[index] = 1;
    if (s->network == NULL) return;
    float *out = s->exact[index];
    if (mien_float_network_run(s->network, &out, view->crop, MIEN_FACE_CROP_BYTES, NULL) != MIEN_OK)
        s->usable[index] = 0;
    normalise(out);
}

static int descending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

/* Share of genuine pairs above the threshold that `rate` of all impostor pairs exceed. */
static double accept_rate(const bench_set *s, float (*const vectors)[SIZE], double rate) {
    size_t n = s->photos.photo_count, genuine = 0, impostor = 0, above = 0;
    float *own = malloc(n * n / 2 * sizeof *own), *others = malloc(n * n / 2 * sizeof *others);
    if (own == NULL || others == NULL) return NAN;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i && s->usable[i]; j++) {
            if (!s->usable[j]) continue;
            float cosine = 0;
            for (int k = 0; k < SIZE; k++) cosine += vectors[i][k] * vectors[j][k];
            if (s->photos.photos[i].person == s->photos.photos[j].person)
                own[genuine++] = cosine;
            else
                others[impostor++] = cosine;
        }
    qsort(others, impostor, sizeof *others, descending);
    float threshold = others[(size_t)(rate * (double)impostor)];
    for (size_t i = 0; i < genuine; i++) above += own[i] > threshold;
    free(own);
    free(others);
    return (double)above / (double)genuine;
}

static double mean_agreement(const bench_set *s) {
    double sum = 0, count = 0;
    for (size_t i = 0; i < s->photos.photo_count; i++) {
        if (!s->usable[i]) continue;
        for (int k = 0; k < SIZE; k++) sum += (double)s->whole[i][k] * (double)s->exact[i][k];
        count++;
    }
    return sum / count;
}

static bool not_fitted(const void *context, const char *name) {
    (void)context;
    return !mien_person_is_for_fitting(name);
}

static mien_float_network *import_float(void) {
    const char *path = getenv("MIEN_EMBEDDING_ONNX");
    uint8_t *onnx = NULL, *constants = NULL;
    size_t length = 0, constants_length = 0;
    mien_error error = {0};
    mien_float_network *network = NULL;
    if (path == NULL) return NULL;
    mien_status status = mien_file_read(&onnx, &length, path, MIEN_ONNX_MAX_FILE, 0, &error);
    if (status == MIEN_OK)
        status =
            mien_file_read(&constants, &constants_length,
                           MIEN_SOURCE_DIR "/assets/models/whitening.bin", 1u << 24, 0, &error);
    mien_import_options options = {.offset = {127},
                                   .divisor = {128},
                                   .normalisation_channels = 1,
                                   .whitening = constants,
                                   .whitening_length = constants_length};
    if (status == MIEN_OK)
        status = mien_float_network_import(&network, onnx, length, &options, &error);
    if (status != MIEN_OK) fprintf(stderr, "no float network: %s\n", mien_error_words(&error));
    free(onnx);
    free(constants);
    return status == MIEN_OK ? network : NULL;
}

static void report_rates(const bench_set *s, const char *kind, float (*const vectors)[SIZE]) {
    static const struct {
        double rate;
        const char *name;
    } points[] = {{1e-2, "1e-2"}, {1e-3, "1e-3"}, {1e-4, "1e-4"}, {1e-5, "1e-5"}};
    for (int i = 0; i < 4; i++) {
        char name[80];
        snprintf(name, sizeof name, "%s: same person accepted at false accepts %s", kind,
                 points[i].name);
        bench_report(name, 100 * accept_rate(s, vectors, points[i].rate), "%");
    }
}

static void report_refusals(const mien_photo_counts *counts, size_t photos) {
    for (int i = 0; i < MIEN_STATUS_COUNT; i++) {
        char name[80];
        if (counts->refused[i] == 0) continue;
        snprintf(name, sizeof name, "refused: %s", mien_status_name((mien_status)i));
        bench_report(name, 100 * (double)counts->refused[i] / (double)photos, "%");
    }
}

static int measure(bench_set *s) {
    mien_photo_counts counts;
    mien_error error = {0};
    mien_photo_visitor visitor = {take, s};
    size_t n = s->photos.photo_count;
    s->usable = calloc(n, 1);
    if (s->usable == NULL ||
        mien_secret_alloc((void **)&s->whole, n * sizeof *s->whole, &error) != MIEN_OK ||
        mien_secret_alloc((void **)&s->exact, n * sizeof *s->exact, &error) != MIEN_OK)
        return 1;
    if (mien_photos_visit(&counts, &s->photos, NULL, false, 0, &visitor, NULL, &error) != MIEN_OK) {
        fprintf(stderr, "%s\n", mien_error_words(&error));
        return 1;
    }
    bench_report("photos", (double)n, "");
    report_refusals(&counts, n);
    report_rates(s, "integer", s->whole);
    if (s->network != NULL) {
        report_rates(s, "float", s->exact);
        bench_report("integer loses at false accepts 1e-4",
                     100 * (accept_rate(s, s->exact, 1e-4) - accept_rate(s, s->whole, 1e-4)),
                     "points");
        bench_report("mean cosine of integer to float", mean_agreement(s), "");
    }
    return bench_end();
}

int main(int argc, char **argv) {
    bench_set s = {0};
    char folder[1100];
    mien_error error = {0};
    bench_start(argc, argv);
    const char *shared = harness_shared();
    if (shared == NULL) {
        fprintf(stderr, "SKIP: no development photos here ($MIEN_SHARED)\n");
        return bench_end();
    }
    snprintf(folder, sizeof folder, "%s/data/lfw-dev", shared);
    if (mien_photos_list(&s.photos, folder, not_fitted, NULL, &error) != MIEN_OK) {
        fprintf(stderr, "%s\n", mien_error_words(&error));
        return 1;
    }
    mien_float_network *network = import_float();
    s.network = network;
    int code = measure(&s);
    mien_float_network_free(network);
    mien_secret_free(s.whole);
    mien_secret_free(s.exact);
    mien_photos_free(&s.photos);
    free(s.usable);
    return code;
}
