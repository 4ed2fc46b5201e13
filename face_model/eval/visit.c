/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "face_model/eval/photos.h"
#include "platform/base/bytes.h"
#include "platform/memory/secret.h"
#include "platform/threads/pool.h"

/* Photos between two reports of progress, a thread. */
#define BATCH 8

typedef struct worker {
    mien_face *face;
    mien_face_view *view;
    mien_photo_counts counts;
} worker;

typedef struct visit {
    const mien_photos *photos;
    const mien_photo_visitor *visitor;
    bool aligned_only;
    size_t first;
    worker *workers;
    unsigned worker_count;
} visit;

static void visit_one(void *context, size_t i, unsigned index) {
    visit *v = context;
    worker *w = &v->workers[index];
    size_t photo = v->first + i;
    mien_image image = {NULL, 0, 0};
    if (mien_image_read(&image, v->photos->photos[photo].path, NULL) != MIEN_OK) {
        w->counts.unreadable++;
        return;
    }
    mien_status status = v->aligned_only ? mien_face_align(w->face, w->view, &image, NULL)
                                         : mien_face_look(w->face, w->view, &image, NULL);
    mien_image_free(&image);
    if (status == MIEN_OK) {
        w->counts.usable++;
        v->visitor->taken(v->visitor->context, photo, w->view, index);
    } else {
        w->counts.refused[status]++;
    }
    mien_face_view_wipe(w->view);
}

static mien_status run(visit *v, mien_pool *pool, const mien_progress *progress) {
    size_t total = v->photos->photo_count, batch = (size_t)BATCH * v->worker_count;
    for (v->first = 0; v->first < total; v->first += batch) {
        if (!mien_progress_report(progress, "photos", v->first, total)) return MIEN_INTERRUPTED;
        size_t left = total - v->first;
        mien_pool_run(pool, visit_one, v, left < batch ? left : batch);
    }
    return mien_progress_report(progress, "photos", total, total > 0 ? total : 1)
               ? MIEN_OK
               : MIEN_INTERRUPTED;
}

static mien_status open_workers(visit *v, const char *models, mien_error *error) {
    for (unsigned i = 0; i < v->worker_count; i++) {
        worker *w = &v->workers[i];
        MIEN_TRY(v->aligned_only ? mien_face_open_aligner(&w->face, models, error)
                                 : mien_face_open(&w->face, models, error));
        MIEN_TRY(mien_secret_alloc((void **)&w->view, sizeof *w->view, error));
    }
    return MIEN_OK;
}

static void close_workers(visit *v, mien_photo_counts *counts) {
    for (unsigned i = 0; i < v->worker_count; i++) {
        worker *w = &v->workers[i];
        counts->usable += w->counts.usable;
        counts->unreadable += w->counts.unreadable;
        for (int s = 0; s < MIEN_STATUS_COUNT; s++) counts->refused[s] += w->counts.refused[s];
        mien_face_close(w->face);
        mien_secret_free(w->view);
    }
    free(v->workers);
}

mien_status mien_photos_visit(mien_photo_counts *counts, const mien_photos *photos,
                              const char *models, bool aligned_only, unsigned threads,
                              const mien_photo_visitor *visitor, const mien_progress *progress,
                              mien_error *error) {
    mien_pool *pool = NULL;
    memset(counts, 0, sizeof *counts);
    if (mien_pool_create(&pool, threads) != MIEN_OK)
        return mien_fail(error, MIEN_MEMORY, "cannot start threads");
    visit v = {photos, visitor, aligned_only, 0, NULL, mien_pool_threads(pool)};
    v.workers = calloc(v.worker_count, sizeof *v.workers);
    mien_status status = MIEN_MEMORY;
    if (v.workers != NULL) {
        status = open_workers(&v, models, error);
        if (status == MIEN_OK) {
            status = run(&v, pool, progress);
            if (status != MIEN_OK) status = mien_fail(error, status, "%s", "");
        }
        close_workers(&v, counts);
    }
    mien_pool_destroy(pool);
    return status;
}
