/* SPDX-License-Identifier: MIT */
/* Where frames come from: one interface over still images, folders, Y4M video and V4L2 cameras. */
#ifndef MIEN_PLATFORM_FRAMES_FRAME_SOURCE_H
#define MIEN_PLATFORM_FRAMES_FRAME_SOURCE_H

#include <stdbool.h>

#include "platform/base/error.h"
#include "platform/images/image.h"

typedef struct mien_frame_source mien_frame_source;

typedef struct mien_frame {
    mien_image image; /* owned by whoever called mien_frame_source_next; mien_image_free */
    char name[256];   /* file name, or "frame 17"; for messages */
    double seconds;   /* since the source was opened; 0 for still images */
} mien_frame;

/* `text` is what a person gives to --source: a JPEG or PNG file, a folder of such files (sorted by
 * name, not recursive), a .y4m video, "camera" (first capture device) or "camera:/dev/videoN".
 * Several sources are separated by ',' only through mien_frame_source_open_list. The caller closes
 * *source. */
MIEN_MUST_CHECK mien_status mien_frame_source_open(mien_frame_source **source, const char *text,
                                                   mien_error *error);
MIEN_MUST_CHECK mien_status mien_frame_source_open_list(mien_frame_source **source,
                                                        const char *const *texts, size_t count,
                                                        mien_error *error);
/* The next frame, or MIEN_END; MIEN_NO_CAMERA, MIEN_CAMERA_BUSY, MIEN_CAMERA_GONE with words for a
 * person. A file that does not decode is an error that names it; the next call goes on behind it.
 */
MIEN_MUST_CHECK mien_status mien_frame_source_next(mien_frame_source *source, mien_frame *frame,
                                                   mien_error *error);
/* Endless (camera) or finite (files). */
bool mien_frame_source_is_live(const mien_frame_source *source);
/* Number of frames if known without reading them all, else 0. */
size_t mien_frame_source_count(const mien_frame_source *source);
void mien_frame_source_close(mien_frame_source *source); /* NULL is fine */

#endif
