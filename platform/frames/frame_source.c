/* SPDX-License-Identifier: MIT */
#include "platform/frames/frame_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "platform/base/clock.h"
#include "platform/files/file.h"
#include "platform/files/file_system.h"
#include "platform/frames/camera.h"
#include "platform/frames/y4m.h"

enum { MOST_NAMES = 100000, MOST_SOURCES = 10000 };

typedef enum kind { STILL, FOLDER, VIDEO, CAMERA, LIST } kind;

struct mien_frame_source {
    kind kind;
    char *path;
    size_t next; /* frame, file or source */
    mien_name_list names;
    mien_y4m *video;
    int descriptor; /* of the video, -1: none */
    mien_camera *camera;
    double opened;
    mien_frame_source **sources;
    size_t count;
};

static bool ends_with(const char *text, const char *ending) {
    size_t length = strlen(text), wanted = strlen(ending);
    return length >= wanted && strcasecmp(text + length - wanted, ending) == 0;
}

static bool is_picture(const char *name) {
    return ends_with(name, ".jpg") || ends_with(name, ".jpeg") || ends_with(name, ".png");
}

/* ---- opening ---- */

static mien_status open_folder(mien_frame_source *source, mien_error *error) {
    size_t kept = 0;
    mien_name_list *list = &source->names;
    MIEN_TRY(mien_folder_list(list, source->path, MOST_NAMES, error));
    for (size_t i = 0; i < list->count; i++) {
        if (is_picture(list->names[i]) && list->names[i][0] != '.')
            list->names[kept++] = list->names[i];
        else
            free(list->names[i]);
    }
    list->count = kept;
    if (kept != 0) return MIEN_OK;
    return mien_fail(error, MIEN_NOT_FOUND, "the folder %.200s has no .jpg, .jpeg or .png file",
                     source->path);
}

static mien_status read_video(void *context, uint8_t *bytes, size_t length, size_t *got) {
    const mien_frame_source *source = context;
    ssize_t result;
    do result = mien_file_system_used()->read(source->descriptor, bytes, length);
    while (result < 0 && errno == EINTR);
    *got = result > 0 ? (size_t)result : 0;
    return result < 0 ? MIEN_IO : MIEN_OK;
}

static mien_status open_video(mien_frame_source *source, mien_error *error) {
    mien_error inner = {MIEN_OK, ""};
    source->descriptor = mien_file_system_used()->open(source->path, O_RDONLY | O_CLOEXEC, 0);
    if (source->descriptor < 0) {
        const int number = errno;
        return mien_fail(error,
                         number == ENOENT   ? MIEN_NOT_FOUND
                         : number == EACCES ? MIEN_PERMISSION
                                            : MIEN_IO,
                         "cannot open the video %.200s: %s", source->path, strerror(number));
    }
    mien_status status =
        mien_y4m_open(&source->video, (mien_y4m_input){read_video, source}, &inner);
    if (status == MIEN_OK) return MIEN_OK;
    return mien_fail(error, status, "%.200s: %s", source->path, mien_error_words(&inner));
}

static mien_status open_kind(mien_frame_source *source, const char *text, mien_error *error) {
    if (strcmp(text, "camera") == 0 || strncmp(text, "camera:", 7) == 0) {
        source->kind = CAMERA;
        return mien_camera_open(&source->camera, text[6] == ':' ? text + 7 : NULL, NULL, error);
    }
    if (mien_folder_exists(text)) {
        source->kind = FOLDER;
        return open_folder(source, error);
    }
    if (!mien_file_exists(text))
        return mien_fail(error, MIEN_NOT_FOUND,
                         "there is no picture, folder or video '%.200s' (a camera is called "
                         "'camera' or 'camera:/dev/videoN')",
                         text);
    source->kind = ends_with(text, ".y4m") ? VIDEO : STILL;
    return source->kind == VIDEO ? open_video(source, error) : MIEN_OK;
}

mien_status mien_frame_source_open(mien_frame_source **source, const char *text,
                                   mien_error *error) {
    *source = NULL;
    mien_frame_source *made = calloc(1, sizeof *made);
    if (made == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for a source of frames");
    made->descriptor = -1;
    made->opened = mien_clock_seconds();
    made->path = strdup(text);
    mien_status status = made->path == NULL
                             ? mien_fail(error, MIEN_MEMORY, "no memory for a source of frames")
                             : open_kind(made, text, error);
    if (status == MIEN_OK)
        *source = made;
    else
        mien_frame_source_close(made);
    return status;
}

mien_status mien_frame_source_open_list(mien_frame_source **source, const char *const *texts,
                                        size_t count, mien_error *error) {
    *source = NULL;
    if (count == 0 || count > MOST_SOURCES)
        return mien_fail(error, MIEN_ARGUMENT, "1 to %d sources of frames can be named, not %zu",
                         MOST_SOURCES, count);
    mien_frame_source *made = calloc(1, sizeof *made);
    if (made == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for a source of frames");
    made->kind = LIST;
    made->descriptor = -1;
    made->sources = calloc(count, sizeof *made->sources);
    mien_status status = made->sources != NULL
                             ? MIEN_OK
                             : mien_fail(error, MIEN_MEMORY, "no memory for sources of frames");
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        status = mien_frame_source_open(&made->sources[i], texts[i], error);
        if (status == MIEN_OK) made->count++;
    }
    if (status == MIEN_OK)
        *source = made;
    else
        mien_frame_source_close(made);
    return status;
}

/* ---- reading ---- */

/* The last part of a path, whole or its end. */
static void set_name(mien_frame *frame, const char *path) {
    const char *slash = strrchr(path, '/');
    snprintf(frame->name, sizeof frame->name, "%s", slash != NULL ? slash + 1 : path);
}

static mien_status next_still(mien_frame_source *source, mien_frame *frame, mien_error *error) {
    if (source->next != 0) return MIEN_END;
    source->next = 1;
    set_name(frame, source->path);
    return mien_image_read(&frame->image, source->path, error);
}

static mien_status next_in_folder(mien_frame_source *source, mien_frame *frame, mien_error *error) {
    char path[MIEN_PATH_SIZE];
    if (source->next == source->names.count) return MIEN_END;
    const char *name = source->names.names[source->next++];
    set_name(frame, name);
    if (mien_path_join(path, source->path, name) != MIEN_OK)
        return mien_fail(error, MIEN_TOO_LARGE, "the path of %.200s is too long", name);
    return mien_image_read(&frame->image, path, error);
}

static mien_status next_in_video(mien_frame_source *source, mien_frame *frame, mien_error *error) {
    mien_error inner = {MIEN_OK, ""};
    if (source->video == NULL) return MIEN_END; /* it broke off before */
    mien_status status = mien_y4m_next(source->video, &frame->image, &inner);
    if (status == MIEN_END) return MIEN_END;
    snprintf(frame->name, sizeof frame->name, "frame %zu", source->next + 1);
    if (status != MIEN_OK) {
        mien_y4m_close(source->video);
        source->video = NULL;
        return mien_fail(error, status, "%.200s, frame %zu: %s", source->path, source->next + 1,
                         mien_error_words(&inner));
    }
    frame->seconds = (double)source->next * mien_y4m_frame_seconds(source->video);
    source->next++;
    return MIEN_OK;
}

static mien_status next_of_camera(mien_frame_source *source, mien_frame *frame, mien_error *error) {
    snprintf(frame->name, sizeof frame->name, "frame %zu", ++source->next);
    MIEN_TRY(mien_camera_next(source->camera, &frame->image, error));
    frame->seconds = mien_clock_seconds() - source->opened;
    return MIEN_OK;
}

static mien_status next_of_list(mien_frame_source *source, mien_frame *frame, mien_error *error) {
    while (source->next < source->count) {
        mien_status status = mien_frame_source_next(source->sources[source->next], frame, error);
        if (status != MIEN_END) return status;
        source->next++;
    }
    return MIEN_END;
}

mien_status mien_frame_source_next(mien_frame_source *source, mien_frame *frame,
                                   mien_error *error) {
    memset(frame, 0, sizeof *frame);
    switch (source->kind) {
    case STILL:
        return next_still(source, frame, error);
    case FOLDER:
        return next_in_folder(source, frame, error);
    case VIDEO:
        return next_in_video(source, frame, error);
    case CAMERA:
        return next_of_camera(source, frame, error);
    case LIST:
        return next_of_list(source, frame, error);
    }
    return MIEN_INTERNAL;
}

bool mien_frame_source_is_live(const mien_frame_source *source) {
    for (size_t i = 0; i < source->count; i++)
        if (mien_frame_source_is_live(source->sources[i])) return true;
    return source->kind == CAMERA;
}

size_t mien_frame_source_count(const mien_frame_source *source) {
    size_t total = 0;
    if (source->kind == STILL) return 1;
    if (source->kind == FOLDER) return source->names.count;
    for (size_t i = 0; i < source->count; i++) {
        size_t here = mien_frame_source_count(source->sources[i]);
        if (here == 0) return 0;
        total += here;
    }
    return total;
}

void mien_frame_source_close(mien_frame_source *source) {
    if (source == NULL) return;
    for (size_t i = 0; i < source->count; i++) mien_frame_source_close(source->sources[i]);
    free(source->sources);
    mien_name_list_free(&source->names);
    mien_y4m_close(source->video);
    if (source->descriptor >= 0) (void)mien_file_system_used()->close(source->descriptor);
    mien_camera_close(source->camera);
    free(source->path);
    free(source);
}
