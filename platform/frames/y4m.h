/* SPDX-License-Identifier: MIT */
/* YUV4MPEG2, the uncompressed video of mjpegtools (man 5 yuv4mpeg): 8 bit, chroma mono, 420 (jpeg,
 * mpeg2, paldv), 422 and 444. Reads front to back, one frame in memory. */
#ifndef MIEN_PLATFORM_FRAMES_Y4M_H
#define MIEN_PLATFORM_FRAMES_Y4M_H

#include "platform/base/error.h"
#include "platform/images/image.h"

#define MIEN_Y4M_MAX_HEADER 1024 /* bytes of the stream's or a frame's header line */

/* Where bytes come from: fill up to `length` bytes, 0 only at the end. Returns MIEN_OK or MIEN_IO.
 */
typedef struct mien_y4m_input {
    mien_status (*read)(void *context, uint8_t *bytes, size_t length, size_t *got);
    void *context;
} mien_y4m_input;

typedef struct mien_y4m mien_y4m;

/* Reads the stream's header. MIEN_FORMAT, MIEN_UNSUPPORTED (other chroma or depth, interlaced is
 * taken as it is), MIEN_TOO_LARGE. The caller closes *video. */
MIEN_MUST_CHECK mien_status mien_y4m_open(mien_y4m **video, mien_y4m_input input,
                                          mien_error *error);
/* The next frame (the caller frees *image), MIEN_END behind the last one, MIEN_TRUNCATED inside
 * one. After an error only closing is left. */
MIEN_MUST_CHECK mien_status mien_y4m_next(mien_y4m *video, mien_image *image, mien_error *error);
int mien_y4m_width(const mien_y4m *video);
int mien_y4m_height(const mien_y4m *video);
/* Seconds a frame, 0 when the stream does not say. */
double mien_y4m_frame_seconds(const mien_y4m *video);
void mien_y4m_close(mien_y4m *video); /* wipes; NULL is fine */

#endif
