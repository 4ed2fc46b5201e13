/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "face_model/network/network.h"
#include "face_model/pipeline/detect.h"
#include "face_model/pipeline/face.h"
#include "platform/base/bytes.h"
#include "platform/memory/secret.h"

#define LANDMARK_SIDE 64

/* Everything that shows a face while it is worked on, in one guarded block. */
typedef struct scratch {
    uint8_t canvas[MIEN_DETECT_WIDTH * MIEN_DETECT_HEIGHT * 3];
    uint8_t grey[LANDMARK_SIDE * LANDMARK_SIDE];
    mien_detection detections[MIEN_DETECT_ANCHORS];
} scratch;

struct mien_face {
    mien_network *detector, *landmarks, *embedding; /* embedding: NULL in an aligner */
    uint32_t logits[MIEN_DETECT_LEVELS], offsets[MIEN_DETECT_LEVELS]; /* the detector's outputs */
    mien_gates gates;
    scratch *scratch;
    void *workspace; /* of the hungriest network */
    size_t workspace_size;
};

static bool same_shape(mien_shape a, uint32_t height, uint32_t width, uint32_t channels) {
    return a.height == height && a.width == width && a.channels == channels;
}

static mien_status find_output(uint32_t *index, const mien_network *network, uint32_t height,
                               uint32_t width, uint32_t channels) {
    for (uint32_t i = 0; i < mien_network_output_count(network); i++)
        if (same_shape(mien_network_output_at(network, i)->shape, height, width, channels)) {
            *index = i;
            return MIEN_OK;
        }
    return MIEN_FORMAT;
}

static mien_status check_detector(mien_face *face) {
    if (!same_shape(mien_network_input(face->detector), MIEN_DETECT_HEIGHT, MIEN_DETECT_WIDTH, 3))
        return MIEN_FORMAT;
    for (int k = 0; k < MIEN_DETECT_LEVELS; k++) {
        const mien_detect_grid *g = &mien_detect_grids[k];
        MIEN_TRY(
            find_output(&face->logits[k], face->detector, g->rows, g->columns, 2u * g->anchors));
        MIEN_TRY(
            find_output(&face->offsets[k], face->detector, g->rows, g->columns, 4u * g->anchors));
    }
    return MIEN_OK;
}

static mien_status check_landmarks(const mien_face *face) {
    bool fits = same_shape(mien_network_input(face->landmarks), LANDMARK_SIDE, LANDMARK_SIDE, 1) &&
                mien_network_output_count(face->landmarks) == 1 &&
                same_shape(mien_network_output_at(face->landmarks, 0)->shape, 1, 1,
                           2 * MIEN_FACE_LANDMARKS);
    return fits ? MIEN_OK : MIEN_FORMAT;
}

static mien_status check_embedding(const mien_face *face) {
    const mien_network *n = face->embedding;
    if (n == NULL) return MIEN_OK;
    if (!same_shape(mien_network_input(n), MIEN_FACE_CROP_SIDE, MIEN_FACE_CROP_SIDE, 3) ||
        mien_network_output_count(n) != 1)
        return MIEN_FORMAT;
    const mien_network_output *out = mien_network_output_at(n, 0);
    bool fits = same_shape(out->shape, 1, 1, MIEN_FACE_EMBEDDING_SIZE) && out->low >= INT8_MIN &&
                out->high <= INT8_MAX;
    return fits ? MIEN_OK : MIEN_FORMAT;
}

static mien_status load(mien_network **network, const char *folder, const char *name,
                        mien_error *error) {
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return mien_fail(error, MIEN_TOO_LARGE, "the path of the models is too long");
    return mien_network_read(network, path, error);
}

static mien_status load_all(mien_face *face, const char *folder, bool with_embedding,
                            mien_error *error) {
    MIEN_TRY(load(&face->detector, folder, "detector.mien", error));
    MIEN_TRY(load(&face->landmarks, folder, "landmarks.mien", error));
    if (with_embedding) MIEN_TRY(load(&face->embedding, folder, "embedding.mien", error));
    const char *bad = check_detector(face) != MIEN_OK    ? "detector.mien"
                      : check_landmarks(face) != MIEN_OK ? "landmarks.mien"
                      : check_embedding(face) != MIEN_OK ? "embedding.mien"
                                                         : NULL;
    if (bad == NULL) return MIEN_OK;
    return mien_fail(error, MIEN_FORMAT, "%s/%s has not the inputs and outputs that are needed",
                     folder, bad);
}

static mien_status take_memory(mien_face *face, mien_error *error) {
    const mien_network *networks[] = {face->detector, face->landmarks, face->embedding};
    for (int i = 0; i < 3; i++) {
        size_t size = networks[i] != NULL ? mien_network_workspace_size(networks[i]) : 0;
        if (size > face->workspace_size) face->workspace_size = size;
    }
    MIEN_TRY(mien_secret_alloc(&face->workspace, face->workspace_size, error));
    return mien_secret_alloc((void **)&face->scratch, sizeof *face->scratch, error);
}

const char *mien_face_models_folder(const char *models) {
    const char *given = getenv("MIEN_MODELS");
    return models != NULL ? models : given != NULL ? given : MIEN_DEFAULT_MODELS;
}

static mien_status open_face(mien_face **out, const char *models, bool with_embedding,
                             mien_error *error) {
    const char *folder = mien_face_models_folder(models);
    mien_face *face = calloc(1, sizeof *face);
    *out = NULL;
    if (face == NULL) return mien_fail(error, MIEN_MEMORY, "%s", "");
    face->gates = mien_gates_default;
    mien_status status = load_all(face, folder, with_embedding, error);
    if (status == MIEN_OK) status = take_memory(face, error);
    if (status != MIEN_OK)
        mien_face_close(face);
    else
        *out = face;
    return status;
}

mien_status mien_face_open(mien_face **face, const char *models, mien_error *error) {
    return open_face(face, models, true, error);
}

mien_status mien_face_open_aligner(mien_face **face, const char *models, mien_error *error) {
    return open_face(face, models, false, error);
}

void mien_face_close(mien_face *face) {
    if (face == NULL) return;
    mien_network_free(face->detector);
    mien_network_free(face->landmarks);
    mien_network_free(face->embedding);
    mien_secret_free(face->workspace);
    mien_secret_free(face->scratch);
    free(face);
}

void mien_face_set_gates(mien_face *face, const mien_gates *gates) {
    face->gates = *gates;
}

void mien_face_model_digest(const mien_face *face, uint8_t digest[32]) {
    if (face->embedding != NULL)
        memcpy(digest, mien_network_digest(face->embedding), 32);
    else
        memset(digest, 0, 32);
}

static mien_detect_level level_of(const mien_face *face, int k) {
    uint32_t a = face->logits[k], b = face->offsets[k];
    mien_detect_level level = {mien_network_output_values(face->detector, face->workspace, a),
                               mien_network_output_values(face->detector, face->workspace, b),
                               ldexp(1, mien_network_output_at(face->detector, a)->exponent),
                               ldexp(1, mien_network_output_at(face->detector, b)->exponent)};
    return level;
}

static mien_status detect(mien_face *face, mien_face_view *view, const mien_image *image,
                          mien_error *error) {
    scratch *s = face->scratch;
    mien_affine to_picture;
    mien_sampling sampling;
    mien_detect_level levels[MIEN_DETECT_LEVELS];
    mien_detect_canvas(&to_picture, image->width, image->height);
    MIEN_TRY(mien_sampling_plan(&sampling, &to_picture));
    mien_sampling_rgb(s->canvas, MIEN_DETECT_WIDTH, MIEN_DETECT_HEIGHT, image, &sampling);
    MIEN_TRY(mien_network_run(face->detector, face->workspace, face->workspace_size, s->canvas,
                              sizeof s->canvas, NULL));
    for (int k = 0; k < MIEN_DETECT_LEVELS; k++) levels[k] = level_of(face, k);
    int count = mien_detect_decode(s->detections, levels, &to_picture, MIEN_DETECT_MINIMUM_SCORE);
    count = mien_detect_suppress(s->detections, count);
    int chosen = -1;
    mien_status status =
        mien_detect_choose(&chosen, s->detections, count, image->width, image->height, error);
    if (chosen >= 0) {
        view->score = s->detections[chosen].score;
        memcpy(view->box, s->detections[chosen].box, sizeof view->box);
    }
    return status;
}

/* The square around the box' middle, its longer side 64 pixels. */
static void landmark_square(mien_affine *to_picture, const mien_face_point box[2]) {
    double width = (double)box[1].x - (double)box[0].x,
           height = (double)box[1].y - (double)box[0].y;
    double side = width > height ? width : height, step = side / LANDMARK_SIDE;
    mien_affine square = {step, 0,    ((double)box[0].x + (double)box[1].x - side) / 2,
                          0,    step, ((double)box[0].y + (double)box[1].y - side) / 2};
    *to_picture = square;
}

static mien_status find_landmarks(mien_face *face, mien_face_view *view, const mien_image *image) {
    scratch *s = face->scratch;
    mien_affine to_picture;
    mien_sampling sampling;
    landmark_square(&to_picture, view->box);
    MIEN_TRY(mien_sampling_plan(&sampling, &to_picture));
    mien_sampling_grey(s->grey, LANDMARK_SIDE, LANDMARK_SIDE, image, &sampling);
    MIEN_TRY(mien_network_run(face->landmarks, face->workspace, face->workspace_size, s->grey,
                              sizeof s->grey, NULL));
    const int16_t *values = mien_network_output_values(face->landmarks, face->workspace, 0);
    double unit = ldexp(LANDMARK_SIDE, mien_network_output_at(face->landmarks, 0)->exponent);
    for (int i = 0; i < MIEN_FACE_LANDMARKS; i++) {
        mien_face_point p = {(float)(unit * values[2 * i]), (float)(unit * values[2 * i + 1])};
        view->landmarks[i] = mien_affine_apply(&to_picture, p);
    }
    mien_face_five_points(view->five, view->landmarks);
    return MIEN_OK;
}

static mien_status cut_crop(mien_face_view *view, const mien_image *image) {
    mien_affine to_picture;
    mien_sampling sampling;
    MIEN_TRY(mien_face_crop_transform(&to_picture, view->five));
    if (mien_sampling_plan(&sampling, &to_picture) != MIEN_OK) return MIEN_FACE_POSE;
    mien_sampling_rgb(view->crop, MIEN_FACE_CROP_SIDE, MIEN_FACE_CROP_SIDE, image, &sampling);
    return MIEN_OK;
}

static float milliseconds_since(struct timespec *last) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double seconds =
        (double)(now.tv_sec - last->tv_sec) + 1e-9 * (double)(now.tv_nsec - last->tv_nsec);
    *last = now;
    return (float)(1e3 * seconds);
}

/* All measures first, so that a refused face can be shown with its figures; then the gates. */
static mien_status align(mien_face *face, mien_face_view *view, const mien_image *image,
                         mien_error *error) {
    struct timespec clock;
    clock_gettime(CLOCK_MONOTONIC, &clock);
    mien_status found = detect(face, view, image, error);
    view->milliseconds[0] = milliseconds_since(&clock);
    if (found != MIEN_OK) return found;
    mien_status status = find_landmarks(face, view, image);
    if (status == MIEN_OK) status = cut_crop(view, image);
    view->milliseconds[1] = milliseconds_since(&clock);
    if (status != MIEN_OK) return mien_fail(error, status, "%s", "");
    mien_quality_of_pose(view, image);
    mien_quality_of_crop(view);
    MIEN_TRY(mien_quality_judge_pose(view, &face->gates, error));
    return mien_quality_judge_crop(view, &face->gates, error);
}

static void wipe_scratch(mien_face *face) {
    mien_wipe(face->workspace, face->workspace_size);
    mien_wipe(face->scratch, sizeof *face->scratch);
}

mien_status mien_face_align(mien_face *face, mien_face_view *view, const mien_image *image,
                            mien_error *error) {
    memset(view, 0, sizeof *view);
    if (image->rgb == NULL || image->width < 1 || image->height < 1)
        return mien_fail(error, MIEN_ARGUMENT, "an empty picture");
    mien_status status = align(face, view, image, error);
    wipe_scratch(face);
    return status;
}

mien_status mien_face_embed_crop(mien_face *face, int8_t embedding[MIEN_FACE_EMBEDDING_SIZE],
                                 const uint8_t crop[MIEN_FACE_CROP_BYTES]) {
    memset(embedding, 0, MIEN_FACE_EMBEDDING_SIZE);
    if (face->embedding == NULL) return MIEN_ARGUMENT;
    mien_status status = mien_network_run(face->embedding, face->workspace, face->workspace_size,
                                          crop, MIEN_FACE_CROP_BYTES, NULL);
    if (status == MIEN_OK) {
        const int16_t *values = mien_network_output_values(face->embedding, face->workspace, 0);
        for (int i = 0; i < MIEN_FACE_EMBEDDING_SIZE; i++) embedding[i] = (int8_t)values[i];
    }
    mien_wipe(face->workspace, face->workspace_size);
    return status;
}

mien_status mien_face_look(mien_face *face, mien_face_view *view, const mien_image *image,
                           mien_error *error) {
    MIEN_TRY(mien_face_align(face, view, image, error));
    struct timespec clock;
    clock_gettime(CLOCK_MONOTONIC, &clock);
    mien_status status = mien_face_embed_crop(face, view->embedding, view->crop);
    view->milliseconds[2] = milliseconds_since(&clock);
    return status == MIEN_OK ? MIEN_OK : mien_fail(error, status, "%s", "");
}

void mien_face_view_wipe(mien_face_view *view) {
    mien_wipe(view, sizeof *view);
}
