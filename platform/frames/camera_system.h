/* SPDX-License-Identifier: MIT */
/* The system calls under the camera, as a table that tests replace by a recorded and by hostile
 * devices. */
#ifndef MIEN_PLATFORM_FRAMES_CAMERA_SYSTEM_H
#define MIEN_PLATFORM_FRAMES_CAMERA_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* As the calls of the same name: -1 (mmap: NULL) and errno on failure; `context` first. */
typedef struct mien_camera_system {
    void *context;
    int (*open)(void *context, const char *path);
    int (*close)(void *context, int device);
    int (*ioctl)(void *context, int device, unsigned long request, void *argument);
    void *(*mmap)(void *context, int device, size_t length, off_t offset);
    int (*munmap)(void *context, void *memory, size_t length);
    /* > 0 readable, 0 timeout, -1 errno */
    int (*poll)(void *context, int device, int milliseconds);
    double (*now)(void *context); /* seconds of the monotonic clock */
} mien_camera_system;

/* The real calls; lives for ever. */
const mien_camera_system *mien_camera_system_linux(void);

#endif
