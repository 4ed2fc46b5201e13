/* SPDX-License-Identifier: MIT */
/* From --source to faces. Pictures are decoded and looked at before any key is in memory. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "platform/base/bytes.h"
#include "platform/frames/frame_source.h"
#include "platform/memory/secret.h"
#include "wallet/cli/common.h"

#define MAX_SOURCES 32
#define SECONDS_APART 0.25 /* between frames of moving pictures that are looked at */
#define CAMERA_SECONDS 60.0

const mien_cli_option mien_cli_source_options[] = {
    {"source", 's', "SOURCE", true,
     "where the face is: FILE, FOLDER, VIDEO.y4m, camera or camera:DEVICE"},
    {"models", 0, "FOLDER", false, "other networks than the ones that ship with mien"},
    MIEN_CLI_OPTIONS_END};

double mien_cli_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

void mien_cli_faces_free(mien_cli_faces *faces) {
    mien_secret_free(faces->list);
    mien_secret_free(faces->crops);
    free(faces->names);
    *faces = (mien_cli_faces){0};
}

mien_status mien_cli_faces_json(const mien_cli_faces *faces, json_t *object) {
    double used = faces->count != 0 ? (double)faces->count : 1;
    return mien_json_set(object, "frames",
                         json_pack("{s:I, s:I, s:I, s:{s:f, s:f, s:f}}", "looked_at",
                                   (json_int_t)faces->frames, "used", (json_int_t)faces->count,
                                   "refused", (json_int_t)faces->refused, "milliseconds_per_frame",
                                   "detection", faces->milliseconds[0] / used, "landmarks_and_crop",
                                   faces->milliseconds[1] / used, "embedding",
                                   faces->milliseconds[2] / used));
}

/* A refusal that another frame may mend, in contrast to a broken machine. */
static bool is_about_frame(mien_status status) {
    switch (status) {
    case MIEN_NO_FACE:
    case MIEN_MANY_FACES:
    case MIEN_FACE_SMALL:
    case MIEN_FACE_BLURRED:
    case MIEN_FACE_DARK:
    case MIEN_FACE_BRIGHT:
    case MIEN_FACE_POSE:
    case MIEN_FORMAT:
    case MIEN_TRUNCATED:
    case MIEN_TRAILING:
    case MIEN_TOO_LARGE:
    case MIEN_UNSUPPORTED:
        return true;
    default:
        return false;
    }
}

typedef struct face_reader {
    mien_cli *cli;
    mien_cli_faces *faces;
    mien_face *face;
    mien_face_view *view; /* guarded, of the frame being looked at */
    mien_frame_source *source;
    double last_taken; /* seconds of the source, -1 before the first */
    mien_error last;   /* why the last frame was refused, with its name */
    bool told;         /* and said so; the last word of all is the program's error, said once */
} face_reader;

void mien_cli_frame_of(mien_combine_frame *frame, const mien_face_view *view) {
    memcpy(frame->embedding, view->embedding, sizeof frame->embedding);
    frame->quality = view->quality;
}

/* One frame: MIEN_OK when it was used or passed over; errors that end the reading otherwise. */
static mien_status look_at(face_reader *reader, const mien_frame *frame, mien_error *error) {
    mien_cli_faces *faces = reader->faces;
    bool moving = frame->seconds > 0 || reader->last_taken > 0;
    if (moving && reader->last_taken >= 0 && frame->seconds - reader->last_taken < SECONDS_APART)
        return MIEN_OK;
    mien_face_view *view = reader->view;
    faces->frames++;
    reader->last_taken = frame->seconds;
    mien_status status = mien_face_look(reader->face, view, &frame->image, error);
    if (status == MIEN_OK) {
        for (int i = 0; i < 3; i++) faces->milliseconds[i] += (double)view->milliseconds[i];
        snprintf(faces->names[faces->count], MIEN_CLI_FRAME_NAME, "%s", frame->name);
        memcpy(faces->crops[faces->count], view->crop, MIEN_FACE_CROP_BYTES);
        mien_cli_frame_of(&faces->list[faces->count++], view);
        if (mien_frame_source_is_live(reader->source))
            mien_cli_say(reader->cli, "  face %zu seen", faces->count);
    }
    return status;
}

static void tell_last(face_reader *reader) {
    if (reader->last.status == MIEN_OK || reader->told) return;
    mien_cli_say(reader->cli, "  %s", mien_error_words(&reader->last));
    reader->told = true;
}

/* Not told at once: a source that ends here ends with these words. A person before a camera waits
 * for them. */
static void note_refusal(face_reader *reader, mien_status status, const char *name,
                         const mien_error *why) {
    tell_last(reader);
    reader->faces->refused++;
    if (name[0] != '\0')
        mien_fail(&reader->last, status, "%s: %s", name, mien_error_words(why));
    else
        reader->last = *why;
    reader->last.status = status;
    reader->told = false;
    if (mien_frame_source_is_live(reader->source)) tell_last(reader);
}

/* Read the next frame and look at it. */
static mien_status take_frame(face_reader *reader, mien_error *error) {
    mien_frame frame = {0};
    mien_error why = {0};
    if (mien_console_interrupted()) return MIEN_INTERRUPTED;
    mien_status status = mien_frame_source_next(reader->source, &frame, &why);
    bool decoded = status == MIEN_OK;
    if (decoded) status = look_at(reader, &frame, &why);
    if (is_about_frame(status)) {
        why.status = status;
        if (!decoded) reader->faces->frames++;
        note_refusal(reader, status, decoded ? frame.name : "", &why);
        status = MIEN_OK;
    } else if (status != MIEN_OK && error != NULL) {
        *error = why;
        error->status = status;
    }
    mien_image_free(&frame.image);
    return status;
}

/* At most `wanted` faces; MIEN_OK with at least one of them. */
static mien_status take_frames(face_reader *reader, size_t wanted, mien_error *error) {
    bool live = mien_frame_source_is_live(reader->source);
    double start = mien_cli_milliseconds();
    mien_status status = MIEN_OK;
    if (live) mien_cli_say(reader->cli, "Look at the camera.");
    while (status == MIEN_OK && reader->faces->count < wanted) {
        if (live && mien_cli_milliseconds() - start > CAMERA_SECONDS * 1e3) status = MIEN_END;
        if (status == MIEN_OK) status = take_frame(reader, error);
    }
    bool enough = reader->faces->count != 0;
    if (enough || (status != MIEN_OK && status != MIEN_END)) tell_last(reader);
    if (status != MIEN_OK && status != MIEN_END) return status;
    if (enough) return MIEN_OK;
    if (reader->last.status == MIEN_OK)
        return mien_fail(error, MIEN_NO_FACE, "the source has no pictures");
    if (error != NULL) *error = reader->last;
    return reader->last.status;
}

static mien_status open_and_take(face_reader *reader, size_t wanted, const char *option,
                                 mien_error *error) {
    const char *sources[MAX_SOURCES];
    size_t count = mien_cli_values(reader->cli, option, sources, MAX_SOURCES);
    if (count == 0)
        return mien_fail(error, MIEN_USAGE, "--%s is missing: a photo, a folder, a video or camera",
                         option);
    if (count > MAX_SOURCES)
        return mien_fail(error, MIEN_USAGE, "more than %d sources", MAX_SOURCES);
    MIEN_TRY(mien_frame_source_open_list(&reader->source, sources, count, error));
    MIEN_TRY(mien_face_open(&reader->face, mien_cli_value(reader->cli, "models"), error));
    mien_face_model_digest(reader->face, reader->faces->model_digest);
    return take_frames(reader, wanted, error);
}

static mien_status take_memory(mien_cli_faces *faces, size_t wanted, mien_error *error) {
    void *list, *crops;
    *faces = (mien_cli_faces){0};
    MIEN_TRY(mien_secret_alloc(&list, wanted * sizeof *faces->list, error));
    faces->list = list;
    MIEN_TRY(mien_secret_alloc(&crops, wanted * sizeof *faces->crops, error));
    faces->crops = crops;
    faces->names = calloc(wanted, sizeof *faces->names);
    return faces->names != NULL ? MIEN_OK : mien_fail(error, MIEN_MEMORY, "%s", "");
}

mien_status mien_cli_faces_read(mien_cli *cli, mien_cli_faces *faces, size_t wanted,
                                const char *option, mien_error *error) {
    void *view = NULL;
    face_reader reader = {.cli = cli, .faces = faces, .last_taken = -1};
    mien_status status = take_memory(faces, wanted, error);
    if (status == MIEN_OK) status = mien_secret_alloc(&view, sizeof *reader.view, error);
    reader.view = view;
    if (status == MIEN_OK) status = open_and_take(&reader, wanted, option, error);
    mien_secret_free(view);
    mien_frame_source_close(reader.source);
    mien_face_close(reader.face);
    if (status != MIEN_OK) mien_cli_faces_free(faces);
    return status;
}

mien_status mien_cli_faces_name_odd(const mien_cli_faces *faces, mien_status status,
                                    double minimum_cosine, mien_error *error) {
    bool odd[MIEN_COMBINE_MAX_FRAMES];
    if (status != MIEN_FACES_DIFFER || error == NULL) return status;
    size_t count = mien_combine_odd_frames(odd, faces->list, faces->count, minimum_cosine);
    if (count == 0) return status;
    char names[sizeof error->message] = "";
    size_t used = 0;
    for (size_t i = 0; i < faces->count && used < sizeof names; i++) {
        if (!odd[i]) continue;
        int added = snprintf(names + used, sizeof names - used, "%s%.60s", used != 0 ? ", " : "",
                             faces->names[i]);
        used += (size_t)added;
    }
    return mien_fail(error, status,
                     "not like the other %zu frames: %s; leave %s out, or take "
                     "pictures that show one person evenly lit and looking at the camera",
                     faces->count - count, names, count == 1 ? "it" : "them");
}
