/* SPDX-License-Identifier: MIT */
/* Video4Linux2 cameras (kernel documentation, "Part I - Video for Linux API", streaming I/O with
 * memory mapping): YUYV, GREY and Motion-JPEG at a size near 640 x 480. Nothing a device says is
 * believed: sizes, indices and formats are checked against what was mapped. */
#ifndef MIEN_PLATFORM_FRAMES_CAMERA_H
#define MIEN_PLATFORM_FRAMES_CAMERA_H

#include "platform/frames/camera_system.h"
#include "platform/frames/frame_source.h"

#define MIEN_CAMERA_MAX 64          /* /dev/video0 .. /dev/video63 are looked at */
#define MIEN_CAMERA_TIMEOUT_MS 5000 /* longest wait for one frame */

typedef struct mien_camera_info {
    char path[32]; /* "/dev/video0" */
    char name[64]; /* what the device calls itself, control characters removed */
    char bus[64];
    bool yuyv, grey, mjpeg; /* formats that mien can use; at least one */
} mien_camera_info;

/* Capture devices that mien can use, in order of their number; *count <= capacity. Devices that
 * cannot be opened for lack of permission are counted in *refused (NULL: not wanted). No device is
 * MIEN_OK with *count 0. `system` NULL: the real one. */
MIEN_MUST_CHECK mien_status mien_camera_list(mien_camera_info *cameras, size_t *count,
                                             size_t *refused, size_t capacity,
                                             const mien_camera_system *system);

typedef struct mien_camera mien_camera;
/* Open and start streaming. `path` NULL: the first usable device. `system` (NULL: the real one)
 * must outlive the camera. MIEN_NO_CAMERA, MIEN_CAMERA_BUSY, MIEN_PERMISSION, MIEN_CAMERA_GONE,
 * MIEN_UNSUPPORTED (no usable format), MIEN_IO with words. */
MIEN_MUST_CHECK mien_status mien_camera_open(mien_camera **camera, const char *path,
                                             const mien_camera_system *system, mien_error *error);
/* The newest frame, waiting for it at most MIEN_CAMERA_TIMEOUT_MS; the caller frees *image. Damaged
 * frames are skipped. MIEN_CAMERA_GONE when unplugged, MIEN_IO when the device lies or falls
 * silent; the camera can only be closed after an error. */
MIEN_MUST_CHECK mien_status mien_camera_next(mien_camera *camera, mien_image *image,
                                             mien_error *error);
/* Stop, wipe the frames in the mapped buffers, release. NULL is fine. */
void mien_camera_close(mien_camera *camera);

/* What "camera" uses when a frame source is opened; NULL goes back to the real one. For tests of
 * whole programs: not thread-safe. */
void mien_camera_system_use(const mien_camera_system *system);

#endif
