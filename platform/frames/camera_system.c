/* SPDX-License-Identifier: MIT */
#include "platform/frames/camera_system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/base/clock.h"

/* Only character devices: a name like /dev/../home/x must not be handed ioctls. */
static int real_open(void *context, const char *path) {
    struct stat info;
    (void)context;
    int device = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (device < 0) return -1;
    if (fstat(device, &info) == 0 && S_ISCHR(info.st_mode)) return device;
    close(device);
    errno = ENOTTY;
    return -1;
}

static int real_close(void *context, int device) {
    (void)context;
    return close(device);
}

static int real_ioctl(void *context, int device, unsigned long request, void *argument) {
    (void)context;
    return ioctl(device, request, argument);
}

static void *real_mmap(void *context, int device, size_t length, off_t offset) {
    (void)context;
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, device, offset);
    return memory == MAP_FAILED ? NULL : memory;
}

static int real_munmap(void *context, void *memory, size_t length) {
    (void)context;
    return munmap(memory, length);
}

static int real_poll(void *context, int device, int milliseconds) {
    struct pollfd wanted = {device, POLLIN, 0};
    (void)context;
    return poll(&wanted, 1, milliseconds);
}

static double real_now(void *context) {
    (void)context;
    return mien_clock_seconds();
}

static const mien_camera_system linux_system = {NULL,      real_open,   real_close, real_ioctl,
                                                real_mmap, real_munmap, real_poll,  real_now};

const mien_camera_system *mien_camera_system_linux(void) {
    return &linux_system;
}
