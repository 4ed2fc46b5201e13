/* SPDX-License-Identifier: MIT */
#include "wallet/eval/eval.h"

#include <stdlib.h>
#include <string.h>

#include "face_model/eval/photos.h"
#include "platform/base/bytes.h"
#include "platform/files/file.h"
#include "platform/memory/secret.h"
#include "wallet/eval/report.h"

#define REPEATS 8
#define IMPOSTOR_PAIRS 500000
#define IMPOSTOR_KEYS 20000

static const mien_eval_setting settings[MIEN_EVAL_SETTINGS] = {{1, 1}, {1, 3}, {3, 1},
                                                               {3, 3}, {5, 1}, {5, 3}};

/* One bar for all of it: looking at the photos takes about so many thousandths of the time, the
 * settings share the rest. */
#define PHOTO_SHARE 700
static const char *const setting_labels[MIEN_EVAL_SETTINGS] = {
    "1+1 photos", "1+3 photos", "3+1 photos", "3+3 photos", "5+1 photos", "5+3 photos"};

typedef struct stage {
    const mien_progress *whole;
    const char *label;
    size_t from, share; /* thousandths */
} stage;

static bool report_stage(void *context, const char *step, size_t done, size_t total) {
    const stage *s = context;
    (void)step;
    return mien_progress_report(s->whole, s->label, s->from + s->share * done / total, 1000);
}

/* What the visitor fills: one frame a photo, quality 0 where the photo was not usable. */
typedef struct gathering {
    mien_combine_frame *frames; /* [photos], guarded */
    float (*milliseconds)[3];   /* [photos] */
} gathering;

static void take_view(void *context, size_t index, const mien_face_view *view, unsigned worker) {
    gathering *g = context;
    (void)worker;
    memcpy(g->frames[index].embedding, view->embedding, sizeof view->embedding);
    g->frames[index].quality = view->quality;
    memcpy(g->milliseconds[index], view->milliseconds, sizeof view->milliseconds);
}

/* Close the gaps that unusable photos left; start[person] follows. Returns the usable ones. */
static size_t compact(gathering *g, size_t *start, const mien_photos *photos) {
    size_t kept = 0, person = 0;
    start[0] = 0;
    for (size_t i = 0; i < photos->photo_count; i++) {
        while (person < photos->photos[i].person) start[++person] = kept;
        if (g->frames[i].quality <= 0) continue;
        g->frames[kept] = g->frames[i];
        memcpy(g->milliseconds[kept], g->milliseconds[i], sizeof g->milliseconds[i]);
        kept++;
    }
    while (person < photos->people_count) start[++person] = kept;
    return kept;
}

static void mean_milliseconds(double mean[3], const gathering *g, size_t count) {
    for (int k = 0; k < 3; k++) {
        double sum = 0;
        for (size_t i = 0; i < count; i++) sum += (double)g->milliseconds[i][k];
        mean[k] = count != 0 ? sum / (double)count : 0;
    }
}

static bool not_fitted(const void *context, const char *name) {
    return !mien_person_ids_hold(context, name);
}

static mien_status list_people(mien_photos *photos, const mien_eval_options *options,
                               mien_error *error) {
    mien_person_ids ids = {NULL, 0};
    if (options->all_people) return mien_photos_list(photos, options->faces, NULL, NULL, error);
    MIEN_TRY(mien_person_ids_read(&ids, options->models, error));
    mien_status status = mien_photos_list(photos, options->faces, not_fitted, &ids, error);
    mien_person_ids_free(&ids);
    return status;
}

/* Settings for which nobody has photos enough are left out of the report. */
static mien_status try_settings(mien_eval_report *report, const mien_eval_set *set,
                                const mien_eval_options *options, mien_error *error) {
    mien_pool *pool = NULL;
    mien_eval_effort effort = {REPEATS, IMPOSTOR_PAIRS,
                               options->impostor_keys != 0 ? options->impostor_keys
                                                           : IMPOSTOR_KEYS};
    if (mien_pool_create(&pool, options->threads) != MIEN_OK)
        return mien_fail(error, MIEN_MEMORY, "cannot start threads");
    mien_status status = MIEN_OK;
    for (int i = 0; i < MIEN_EVAL_SETTINGS && status == MIEN_OK; i++) {
        mien_eval_result *result = &report->results[report->result_count];
        size_t share = (1000 - PHOTO_SHARE) / MIEN_EVAL_SETTINGS;
        stage now = {options->progress, setting_labels[i], PHOTO_SHARE + (size_t)i * share, share};
        mien_progress progress = {report_stage, &now};
        status = mien_eval_trials(result, set, settings[i], &effort, report->seed, pool, &progress);
        if (status == MIEN_OK) report->result_count++;
        if (status == MIEN_ARGUMENT) status = MIEN_OK;
    }
    mien_pool_destroy(pool);
    if (status == MIEN_OK && report->result_count == 0)
        return mien_fail(error, MIEN_ARGUMENT,
                         "two people with usable photos, one of them with two, are the least that "
                         "can be measured");
    return status == MIEN_OK ? MIEN_OK : mien_fail(error, status, "%s", "");
}

static mien_status measure(mien_eval_report *report, gathering *g, const mien_photos *photos,
                           const mien_eval_options *options, mien_error *error) {
    mien_photo_visitor visitor = {take_view, g};
    stage looking = {options->progress, "photos", 0, PHOTO_SHARE};
    mien_progress progress = {report_stage, &looking};
    MIEN_TRY(mien_photos_visit(&report->counts, photos, options->models, false, options->threads,
                               &visitor, &progress, error));
    size_t *start = calloc(photos->people_count + 1, sizeof *start);
    if (start == NULL) return mien_fail(error, MIEN_MEMORY, "%s", "");
    mean_milliseconds(report->milliseconds, g, compact(g, start, photos));
    mien_eval_set set = {g->frames, start, photos->people_count};
    mien_status status = try_settings(report, &set, options, error);
    free(start);
    return status;
}

static mien_status gather(mien_eval_report *report, const mien_photos *photos,
                          const mien_eval_options *options, mien_error *error) {
    gathering g = {NULL, NULL};
    size_t photo_count = photos->photo_count > 0 ? photos->photo_count : 1;
    g.milliseconds = calloc(photo_count, sizeof *g.milliseconds);
    mien_status status =
        mien_secret_alloc((void **)&g.frames, photo_count * sizeof *g.frames, error);
    if (status == MIEN_OK && g.milliseconds == NULL)
        status = mien_fail(error, MIEN_MEMORY, "%s", "");
    if (status == MIEN_OK) status = measure(report, &g, photos, options, error);
    mien_secret_free(g.frames);
    free(g.milliseconds);
    return status;
}

static mien_status write_text(const char *folder, const char *name, const char *text,
                              mien_error *error) {
    char path[MIEN_PATH_SIZE];
    if (mien_path_join(path, folder, name) != MIEN_OK)
        return mien_fail(error, MIEN_TOO_LARGE, "the path %s/%s is too long", folder, name);
    return mien_file_write(path, text, strlen(text), MIEN_FILE_PUBLIC, error);
}

static mien_status write_files(const char *folder, const json_t *json,
                               const mien_eval_report *report, mien_error *error) {
    char *text = NULL, *svg = NULL, *table = NULL;
    MIEN_TRY(mien_folder_create(folder, error));
    mien_status status = mien_json_print(&text, json, true);
    if (status == MIEN_OK) status = mien_eval_svg(&svg, report);
    if (status == MIEN_OK) status = mien_eval_text(&table, json);
    if (status != MIEN_OK) status = mien_fail(error, status, "%s", "");
    if (status == MIEN_OK) status = write_text(folder, "eval.json", text, error);
    if (status == MIEN_OK) status = write_text(folder, "det.svg", svg, error);
    if (status == MIEN_OK) status = write_text(folder, "eval.txt", table, error);
    free(text);
    free(svg);
    free(table);
    return status;
}

mien_status mien_eval_run(json_t **out, const mien_eval_options *options, mien_error *error) {
    mien_photos photos;
    *out = NULL;
    mien_eval_report *report = calloc(1, sizeof *report);
    if (report == NULL) return mien_fail(error, MIEN_MEMORY, "%s", "");
    report->seed = options->seed != 0 ? options->seed : 1;
    report->all_people = options->all_people;
    mien_status status = list_people(&photos, options, error);
    if (status == MIEN_OK) {
        report->people = photos.people_count;
        report->photos = photos.photo_count;
        status = gather(report, &photos, options, error);
        mien_photos_free(&photos);
    }
    if (status == MIEN_OK && mien_eval_json(out, report) != MIEN_OK)
        status = mien_fail(error, MIEN_MEMORY, "%s", "");
    if (status == MIEN_OK && options->output != NULL)
        status = write_files(options->output, *out, report, error);
    if (status != MIEN_OK) {
        json_decref(*out);
        *out = NULL;
    }
    for (size_t i = 0; i < report->result_count; i++) mien_eval_result_free(&report->results[i]);
    free(report);
    return status;
}
