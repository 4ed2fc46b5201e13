/* SPDX-License-Identifier: MIT */
#include "wallet/cli/demo/cast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "face_model/combine/combine.h"
#include "platform/base/bytes.h"
#include "platform/console/console.h"
#include "platform/files/file.h"
#include "platform/frames/frame_source.h"
#include "platform/images/draw.h"
#include "platform/memory/secret.h"
#include "wallet/cli/common.h"
#include "wallet/cli/demo/simulated_camera.h"

#define VIEWS_OF_A (MIEN_CAST_ENROL + 2 * MIEN_CAST_RETURN)
#define VIEWS (VIEWS_OF_A + MIEN_CAST_RETURN)
#define TRIES 4 /* seeds tried for one frame that is not refused */
#define THUMB_WIDTH 320

struct mien_cast_memory {
    mien_face_view views[VIEWS];
    mien_combine_frame frames[VIEWS];
};

typedef struct caster {
    mien_cast *cast;
    mien_story *story;
    mien_face *face;
    size_t looked;
} caster;

/* Keep a small picture of a frame for the report; failing to is no reason to stop. */
static void keep_picture(caster *c, const mien_image *frame, const mien_face_view *view, char role,
                         const char *name) {
    mien_story *story = c->story;
    for (int i = 0; i < 3; i++) story->look[i] += (double)view->milliseconds[i];
    c->looked++;
    if (story->picture_count == MIEN_STORY_PICTURES) return;
    mien_story_picture *picture = &story->pictures[story->picture_count];
    int height = (int)((long)frame->height * THUMB_WIDTH / frame->width);
    if (mien_image_scale(&picture->frame, frame, THUMB_WIDTH, height > 0 ? height : 1) != MIEN_OK)
        return;
    float scale = (float)THUMB_WIDTH / (float)frame->width;
    const mien_pixel colour = {64, 224, 160};
    mien_draw_rectangle(&picture->frame, view->box[0].x * scale, view->box[0].y * scale,
                        view->box[1].x * scale, view->box[1].y * scale, 2, colour);
    for (int i = 0; i < 5; i++)
        mien_draw_disc(&picture->frame, view->five[i].x * scale, view->five[i].y * scale, 2.5f,
                       colour);
    snprintf(picture->name, sizeof picture->name, "%s", name);
    picture->role = role;
    memcpy(picture->crop, view->crop, sizeof picture->crop);
    story->picture_count++;
}

static mien_status read_sample(mien_image *image, const char *name, mien_error *error) {
    char path[MIEN_PATH_SIZE];
    const char *folder = getenv("MIEN_SAMPLES");
    if (folder == NULL || folder[0] == '\0') folder = MIEN_DEFAULT_SAMPLES;
    if (mien_path_join(path, folder, name) != MIEN_OK) return MIEN_TOO_LARGE;
    return mien_image_read(image, path, error);
}

/* `count` usable frames of a portrait, from seed on. */
static mien_status film(caster *c, mien_cast_scene *scene, const mien_image *portrait, size_t count,
                        uint64_t seed, char role, mien_error *error) {
    mien_status last = MIEN_OK;
    for (size_t i = 0; i < TRIES * count && scene->count < count; i++) {
        mien_image frame = {0};
        char name[32];
        if (mien_console_interrupted()) return MIEN_INTERRUPTED;
        MIEN_TRY(mien_simulated_frame(&frame, portrait, &mien_simulated_desk, seed + i));
        mien_face_view *view = &scene->views[scene->count];
        last = mien_face_look(c->face, view, &frame, error);
        if (last == MIEN_OK) {
            mien_cli_frame_of(&scene->frames[scene->count++], view);
            snprintf(name, sizeof name, "seed %llu", (unsigned long long)(seed + i));
            keep_picture(c, &frame, view, role, name);
        }
        mien_image_free(&frame);
    }
    return scene->count == count ? MIEN_OK : last;
}

static mien_status film_samples(caster *c, mien_error *error) {
    mien_image a = {0}, b = {0};
    mien_cast *cast = c->cast;
    mien_status status = read_sample(&a, "collins.jpg", error);
    if (status == MIEN_OK) status = read_sample(&b, "hopper.jpg", error);
    if (status == MIEN_OK) status = film(c, &cast->enrol, &a, MIEN_CAST_ENROL, 100, 'e', error);
    if (status == MIEN_OK) status = film(c, &cast->back, &a, MIEN_CAST_RETURN, 200, 'r', error);
    if (status == MIEN_OK) status = film(c, &cast->signing, &a, MIEN_CAST_RETURN, 300, 's', error);
    if (status == MIEN_OK) status = film(c, &cast->other, &b, MIEN_CAST_RETURN, 400, 'b', error);
    mien_image_free(&a);
    mien_image_free(&b);
    return status;
}

/* Up to `limit` usable faces of a folder; photos without one are passed over. */
static mien_status look_through(caster *c, mien_cast_scene *scene, size_t limit, const char *folder,
                                char role, mien_error *error) {
    mien_frame_source *source;
    mien_status status, last = MIEN_NO_FACE;
    MIEN_TRY(mien_frame_source_open(&source, folder, error));
    while (scene->count < limit) {
        mien_frame frame = {0};
        status = mien_console_interrupted() ? MIEN_INTERRUPTED
                                            : mien_frame_source_next(source, &frame, error);
        if (status == MIEN_END || status == MIEN_INTERRUPTED) break;
        mien_face_view *view = &scene->views[scene->count];
        if (status == MIEN_OK) status = mien_face_look(c->face, view, &frame.image, error);
        if (status == MIEN_OK) {
            keep_picture(c, &frame.image, view, role, frame.name);
            mien_cli_frame_of(&scene->frames[scene->count++], view);
        } else {
            last = status;
        }
        mien_image_free(&frame.image);
    }
    mien_frame_source_close(source);
    if (mien_console_interrupted()) return MIEN_INTERRUPTED;
    return scene->count != 0 ? MIEN_OK : last;
}

/* A's photos are divided: most enrol, the rest come back and sign. */
static mien_status divide(caster *c, size_t count, mien_error *error) {
    mien_cast *cast = c->cast;
    if (count < 2)
        return mien_fail(error, MIEN_NO_FACE,
                         "the first folder needs at least two photos with a usable face: one to "
                         "enrol and one to come back");
    size_t back = count >= MIEN_CAST_ENROL + MIEN_CAST_RETURN ? MIEN_CAST_RETURN : (count + 2) / 3;
    cast->enrol.count = count - back < MIEN_CAST_ENROL ? count - back : MIEN_CAST_ENROL;
    cast->back.views = cast->enrol.views + cast->enrol.count;
    cast->back.frames = cast->enrol.frames + cast->enrol.count;
    cast->back.count = back;
    cast->signing = cast->back;
    for (size_t i = cast->enrol.count; i < c->story->picture_count; i++)
        c->story->pictures[i].role = 'r';
    return MIEN_OK;
}

static mien_status look_at_folders(caster *c, const char *const folders[2], mien_error *error) {
    mien_cast *cast = c->cast;
    MIEN_TRY(
        look_through(c, &cast->enrol, MIEN_CAST_ENROL + MIEN_CAST_RETURN, folders[0], 'e', error));
    MIEN_TRY(divide(c, cast->enrol.count, error));
    return look_through(c, &cast->other, MIEN_CAST_RETURN, folders[1], 'b', error);
}

/* Cosine of every kept picture to the combined enrolment. Pictures stand in the order of the views:
 * A's, then B's. */
static mien_status measure(mien_cast *cast, mien_story *story, mien_error *error) {
    mien_combined mean;
    mien_status status = mien_combine_frames(&mean, cast->enrol.frames, cast->enrol.count,
                                             MIEN_COMBINE_ANY_COSINE, error);
    size_t of_a = story->picture_count - cast->other.count;
    for (size_t i = 0; status == MIEN_OK && i < story->picture_count; i++) {
        const mien_face_view *view =
            i < of_a ? &cast->enrol.views[i] : &cast->other.views[i - of_a];
        story->pictures[i].cosine = (float)mien_combine_cosine(view->embedding, mean.embedding);
    }
    mien_wipe(&mean, sizeof mean);
    return status;
}

static void set_scene(mien_cast_scene *scene, struct mien_cast_memory *memory, size_t first) {
    scene->views = memory->views + first;
    scene->frames = memory->frames + first;
}

mien_status mien_cast_open(mien_cast *cast, mien_story *story, const char *const folders[2],
                           mien_error *error) {
    void *memory;
    caster c = {.cast = cast, .story = story};
    *cast = (mien_cast){0};
    MIEN_TRY(mien_secret_alloc(&memory, sizeof *cast->memory, error));
    cast->memory = memory;
    set_scene(&cast->enrol, cast->memory, 0);
    set_scene(&cast->back, cast->memory, MIEN_CAST_ENROL);
    set_scene(&cast->signing, cast->memory, MIEN_CAST_ENROL + MIEN_CAST_RETURN);
    set_scene(&cast->other, cast->memory, VIEWS_OF_A);
    mien_status status = mien_face_open(&c.face, mien_cli_value(story->cli, "models"), error);
    if (status == MIEN_OK) mien_face_model_digest(c.face, cast->model_digest);
    if (status == MIEN_OK)
        status = folders != NULL ? look_at_folders(&c, folders, error) : film_samples(&c, error);
    mien_face_close(c.face);
    for (int i = 0; i < 3 && c.looked != 0; i++) story->look[i] /= (double)c.looked;
    if (status == MIEN_OK) status = measure(cast, story, error);
    if (status != MIEN_OK) mien_cast_close(cast);
    return status;
}

void mien_cast_close(mien_cast *cast) {
    mien_secret_free(cast->memory);
    *cast = (mien_cast){0};
}
