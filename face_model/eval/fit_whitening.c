/* SPDX-License-Identifier: MIT */
#include "face_model/eval/fit_whitening.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"

/* Embeddings by photo, so that the number of threads does not change their order. */
typedef struct collection {
    const mien_float_network *network;
    float *x; /* [photos][size], NAN in the first value where there is none */
    size_t size;
} collection;

static void embed(void *context, size_t index, const mien_face_view *view, unsigned worker) {
    collection *c = context;
    float *x = c->x + index * c->size;
    (void)worker;
    if (mien_float_network_run(c->network, &x, view->crop, MIEN_FACE_CROP_BYTES, NULL) != MIEN_OK)
        x[0] = NAN;
}

/* Move the embeddings that are there to the front; returns how many. */
static size_t compact(collection *c, size_t photos) {
    size_t kept = 0;
    for (size_t i = 0; i < photos; i++) {
        const float *x = c->x + i * c->size;
        if (isnan(x[0])) continue;
        if (kept != i) memmove(c->x + kept * c->size, x, c->size * sizeof *x);
        kept++;
    }
    return kept;
}

static bool take_for_fitting(const void *context, const char *name) {
    (void)context;
    return mien_person_is_for_fitting(name);
}

static mien_status check_network(const mien_float_network *network, mien_error *error) {
    mien_shape in = mien_float_network_input(network);
    bool fits = in.height == MIEN_FACE_CROP_SIDE && in.width == MIEN_FACE_CROP_SIDE &&
                in.channels == 3 && mien_float_network_output_count(network) == 1;
    if (fits) return MIEN_OK;
    return mien_fail(error, MIEN_ARGUMENT,
                     "an embedding network takes %dx%d RGB and has one output", MIEN_FACE_CROP_SIDE,
                     MIEN_FACE_CROP_SIDE);
}

static mien_status fit(mien_whitening *whitening, mien_photo_counts *counts,
                       const mien_photos *photos, const mien_float_network *network,
                       const mien_fit_whitening_options *options, mien_error *error) {
    size_t size = mien_shape_elements(mien_float_network_output_shape(network, 0)), bytes;
    if (!mien_size_multiply(&bytes, size * sizeof(float), photos->photo_count))
        return mien_fail(error, MIEN_OVERFLOW, "%s", "");
    collection c = {network, malloc(bytes > 0 ? bytes : 1), size};
    if (c.x == NULL) return mien_fail(error, MIEN_MEMORY, "%s", "");
    for (size_t i = 0; i < photos->photo_count; i++) c.x[i * size] = NAN;
    mien_photo_visitor visitor = {embed, &c};
    mien_status status = mien_photos_visit(counts, photos, options->models, true, options->threads,
                                           &visitor, options->progress, error);
    if (status == MIEN_OK)
        status = mien_whitening_fit(whitening, c.x, compact(&c, photos->photo_count),
                                    (uint32_t)size, MIEN_FACE_EMBEDDING_SIZE, MIEN_FIT_COVERAGE,
                                    options->progress, error);
    mien_wipe(c.x, bytes);
    free(c.x);
    return status;
}

mien_status mien_fit_whitening(mien_whitening *whitening, char **ids_text, size_t *ids_length,
                               mien_photo_counts *counts, const mien_float_network *network,
                               const mien_fit_whitening_options *options, mien_error *error) {
    mien_photos photos;
    memset(whitening, 0, sizeof *whitening);
    *ids_text = NULL;
    *ids_length = 0;
    MIEN_TRY(check_network(network, error));
    MIEN_TRY(mien_photos_list(&photos, options->faces,
                              options->all_people ? NULL : take_for_fitting, NULL, error));
    mien_status status = fit(whitening, counts, &photos, network, options, error);
    if (status == MIEN_OK) {
        status = mien_person_ids_print(ids_text, ids_length, &photos);
        if (status != MIEN_OK) mien_whitening_free(whitening);
    }
    mien_photos_free(&photos);
    return status;
}
