/* SPDX-License-Identifier: MIT */
#include "platform/frames/camera.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/frames/pixels.h"

enum {
    WANTED_BUFFERS = 4,
    MOST_BUFFERS = 32,
    WANTED_WIDTH = 640,
    WANTED_HEIGHT = 480,
    MOST_FORMATS = 64,   /* a device that names more is lying */
    MOST_RETRIES = 1000, /* of one call that is interrupted again and again */
    MOST_ATTEMPTS = 4000 /* at one frame */
};

typedef struct buffer {
    uint8_t *memory;
    size_t length;
    bool queued;
} buffer;

struct mien_camera {
    const mien_camera_system *system;
    int device;
    char path[256];
    uint32_t format;
    int width, height;
    size_t stride;
    size_t needed; /* bytes of a raw frame; 1 for Motion-JPEG */
    bool full_range, streaming, failed;
    buffer buffers[MOST_BUFFERS];
    unsigned count;
    uint8_t *copy; /* one frame out of the reach of the device */
    size_t copy_size;
};

static const mien_camera_system *replaced;

void mien_camera_system_use(const mien_camera_system *system) {
    replaced = system;
}

static const mien_camera_system *system_or_default(const mien_camera_system *system) {
    if (system != NULL) return system;
    return replaced != NULL ? replaced : mien_camera_system_linux();
}

static int control(const mien_camera_system *system, int device, unsigned long request,
                   void *argument) {
    int result = -1;
    for (int i = 0; i < MOST_RETRIES; i++) {
        result = system->ioctl(system->context, device, request, argument);
        if (result >= 0 || errno != EINTR) break;
    }
    return result;
}

static mien_status fail_errno(mien_error *error, const char *path, const char *doing, int number) {
    switch (number) {
    case ENOENT:
        return mien_fail(error, MIEN_NO_CAMERA,
                         "there is no camera %s; 'mien devices' lists what there is", path);
    case EBUSY:
        return mien_fail(error, MIEN_CAMERA_BUSY,
                         "the camera %s is in use by another program; close that and try again",
                         path);
    case EACCES:
    case EPERM:
        return mien_fail(error, MIEN_PERMISSION,
                         "no permission to use the camera %s; add yourself to the group 'video' "
                         "and log in again",
                         path);
    case ENODEV:
    case ENXIO:
        return mien_fail(error, MIEN_CAMERA_GONE,
                         "the camera %s was unplugged; plug it in and try again", path);
    case ENOSPC:
        return mien_fail(error, MIEN_IO,
                         "the camera %s gets no room on its USB bus; use another socket", path);
    case ENOTTY:
        return mien_fail(error, MIEN_NO_CAMERA, "%s is not a camera", path);
    default:
        return mien_fail(error, MIEN_IO, "the camera %s does not %s: %s", path, doing,
                         strerror(number));
    }
}

static mien_status lies(mien_camera *camera, mien_error *error, const char *what) {
    return mien_fail(error, MIEN_IO, "the camera %s does not follow its driver's rules: %s",
                     camera->path, what);
}

/* ---- what a device can do ---- */

typedef struct abilities {
    bool capture, yuyv, grey, mjpeg;
    struct v4l2_capability names;
} abilities;

static int ask_abilities(const mien_camera_system *system, int device, abilities *out) {
    memset(out, 0, sizeof *out);
    if (control(system, device, VIDIOC_QUERYCAP, &out->names) < 0) return -1;
    uint32_t caps = out->names.capabilities;
    if ((caps & V4L2_CAP_DEVICE_CAPS) != 0) caps = out->names.device_caps;
    const uint32_t wanted = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    out->capture = (caps & wanted) == wanted;
    for (uint32_t i = 0; out->capture && i < MOST_FORMATS; i++) {
        struct v4l2_fmtdesc format = {.index = i, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
        if (control(system, device, VIDIOC_ENUM_FMT, &format) < 0) break;
        out->yuyv |= format.pixelformat == V4L2_PIX_FMT_YUYV;
        out->grey |= format.pixelformat == V4L2_PIX_FMT_GREY;
        out->mjpeg |= format.pixelformat == V4L2_PIX_FMT_MJPEG;
    }
    return 0;
}

static bool usable(const abilities *device) {
    return device->capture && (device->yuyv || device->grey || device->mjpeg);
}

/* The kernel's fixed-size fields need not end in NUL, and a device chooses what is in them. */
static void copy_name(char out[64], const uint8_t *name, size_t size) {
    size_t used = 0;
    for (size_t i = 0; i < size && i < 63 && name[i] != 0; i++)
        out[used++] = name[i] >= 0x20 && name[i] < 0x7f ? (char)name[i] : '?';
    out[used] = '\0';
}

mien_status mien_camera_list(mien_camera_info *cameras, size_t *count, size_t *refused,
                             size_t capacity, const mien_camera_system *given) {
    const mien_camera_system *system = system_or_default(given);
    size_t denied = 0;
    *count = 0;
    for (int i = 0; i < MIEN_CAMERA_MAX && *count < capacity; i++) {
        mien_camera_info info = {.path = ""};
        abilities device;
        snprintf(info.path, sizeof info.path, "/dev/video%d", i);
        int descriptor = system->open(system->context, info.path);
        if (descriptor < 0) {
            denied += errno == EACCES || errno == EPERM;
            continue;
        }
        bool fine = ask_abilities(system, descriptor, &device) == 0 && usable(&device);
        (void)system->close(system->context, descriptor);
        if (!fine) continue;
        copy_name(info.name, device.names.card, sizeof device.names.card);
        copy_name(info.bus, device.names.bus_info, sizeof device.names.bus_info);
        info.yuyv = device.yuyv;
        info.grey = device.grey;
        info.mjpeg = device.mjpeg;
        cameras[(*count)++] = info;
    }
    if (refused != NULL) *refused = denied;
    return MIEN_OK;
}

/* ---- opening ---- */

/* Raw colour first: no decoder sees outside bytes then. */
static mien_status choose_format(mien_camera *camera, mien_error *error) {
    abilities device;
    if (ask_abilities(camera->system, camera->device, &device) < 0)
        return fail_errno(error, camera->path, "say what it is", errno);
    if (!device.capture)
        return mien_fail(error, MIEN_NO_CAMERA, "%s is not a camera that streams pictures",
                         camera->path);
    if (!usable(&device))
        return mien_fail(error, MIEN_UNSUPPORTED,
                         "the camera %s offers neither YUYV nor grey nor Motion-JPEG pictures",
                         camera->path);
    camera->format = device.yuyv    ? V4L2_PIX_FMT_YUYV
                     : device.mjpeg ? V4L2_PIX_FMT_MJPEG
                                    : V4L2_PIX_FMT_GREY;
    return MIEN_OK;
}

static mien_status check_format(mien_camera *camera, const struct v4l2_pix_format *format,
                                mien_error *error) {
    if (format->pixelformat != camera->format)
        return lies(camera, error, "another pixel format than agreed");
    if (format->width < 16 || format->height < 16 || format->width > MIEN_IMAGE_MAX_SIDE ||
        format->height > MIEN_IMAGE_MAX_SIDE ||
        (size_t)format->width * format->height > MIEN_IMAGE_MAX_PIXELS)
        return lies(camera, error, "an impossible size");
    camera->width = (int)format->width;
    camera->height = (int)format->height;
    camera->full_range = format->quantization == V4L2_QUANTIZATION_FULL_RANGE;
    camera->needed = 1;
    if (camera->format == V4L2_PIX_FMT_MJPEG) return MIEN_OK;
    const size_t row =
        camera->format == V4L2_PIX_FMT_YUYV ? 4 * (((size_t)format->width + 1) / 2) : format->width;
    camera->stride = format->bytesperline != 0 ? format->bytesperline : row;
    if (camera->stride < row || camera->stride > 16 * row)
        return lies(camera, error, "an impossible row length");
    camera->needed = camera->stride * (format->height - 1) + row;
    return MIEN_OK;
}

static mien_status set_format(mien_camera *camera, mien_error *error) {
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    format.fmt.pix.width = WANTED_WIDTH;
    format.fmt.pix.height = WANTED_HEIGHT;
    format.fmt.pix.pixelformat = camera->format;
    format.fmt.pix.field = V4L2_FIELD_ANY;
    if (control(camera->system, camera->device, VIDIOC_S_FMT, &format) < 0)
        return fail_errno(error, camera->path, "take a picture format", errno);
    return check_format(camera, &format.fmt.pix, error);
}

static struct v4l2_buffer empty_buffer(unsigned index) {
    struct v4l2_buffer made;
    memset(&made, 0, sizeof made);
    made.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    made.memory = V4L2_MEMORY_MMAP;
    made.index = index;
    return made;
}

static mien_status queue(mien_camera *camera, unsigned index, mien_error *error) {
    struct v4l2_buffer request = empty_buffer(index);
    if (control(camera->system, camera->device, VIDIOC_QBUF, &request) < 0)
        return fail_errno(error, camera->path, "take its buffer back", errno);
    camera->buffers[index].queued = true;
    return MIEN_OK;
}

static mien_status map_buffer(mien_camera *camera, unsigned index, mien_error *error) {
    struct v4l2_buffer answer = empty_buffer(index);
    if (control(camera->system, camera->device, VIDIOC_QUERYBUF, &answer) < 0)
        return fail_errno(error, camera->path, "share its memory", errno);
    if (answer.length < camera->needed || answer.length > MIEN_IMAGE_MAX_FILE)
        return lies(camera, error, "buffers of an impossible size");
    void *memory = camera->system->mmap(camera->system->context, camera->device, answer.length,
                                        (off_t)answer.m.offset);
    if (memory == NULL) return fail_errno(error, camera->path, "share its memory", errno);
    camera->buffers[index] = (buffer){memory, answer.length, false};
    camera->count = index + 1;
    if (answer.length > camera->copy_size) camera->copy_size = answer.length;
    return queue(camera, index, error);
}

static mien_status share_memory(mien_camera *camera, mien_error *error) {
    struct v4l2_requestbuffers request = {
        .count = WANTED_BUFFERS, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    if (control(camera->system, camera->device, VIDIOC_REQBUFS, &request) < 0)
        return fail_errno(error, camera->path, "share its memory", errno);
    if (request.count == 0 || request.count > MOST_BUFFERS)
        return lies(camera, error, "an impossible number of buffers");
    for (unsigned i = 0; i < request.count; i++) MIEN_TRY(map_buffer(camera, i, error));
    camera->copy = malloc(camera->copy_size);
    if (camera->copy == NULL)
        return mien_fail(error, MIEN_MEMORY, "no memory for pictures of the camera");
    return MIEN_OK;
}

static mien_status start(mien_camera *camera, mien_error *error) {
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    MIEN_TRY(choose_format(camera, error));
    MIEN_TRY(set_format(camera, error));
    MIEN_TRY(share_memory(camera, error));
    if (control(camera->system, camera->device, VIDIOC_STREAMON, &type) < 0)
        return fail_errno(error, camera->path, "start", errno);
    camera->streaming = true;
    return MIEN_OK;
}

static mien_status open_one(mien_camera **camera, const char *path,
                            const mien_camera_system *system, mien_error *error) {
    mien_camera *made = calloc(1, sizeof *made);
    if (made == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for a camera");
    made->system = system;
    snprintf(made->path, sizeof made->path, "%s", path);
    for (int i = 0; i < MOST_RETRIES; i++) {
        made->device = system->open(system->context, path);
        if (made->device >= 0 || errno != EINTR) break;
    }
    mien_status status =
        made->device < 0 ? fail_errno(error, path, "open", errno) : start(made, error);
    if (status != MIEN_OK) {
        mien_camera_close(made);
        return status;
    }
    *camera = made;
    return MIEN_OK;
}

/* Which refusal tells a person most, when no device works. */
static int rank(mien_status status) {
    return status == MIEN_CAMERA_BUSY  ? 4
           : status == MIEN_PERMISSION ? 3
           : status == MIEN_NO_CAMERA  ? 0
                                       : 2;
}

static mien_status open_first(mien_camera **camera, const mien_camera_system *system,
                              mien_error *error) {
    mien_error best = {MIEN_NO_CAMERA, ""};
    mien_status status = MIEN_NO_CAMERA;
    for (int i = 0; i < MIEN_CAMERA_MAX; i++) {
        char path[32];
        mien_error here = {MIEN_OK, ""};
        snprintf(path, sizeof path, "/dev/video%d", i);
        mien_status result = open_one(camera, path, system, &here);
        if (result == MIEN_OK) return MIEN_OK;
        if (rank(result) <= rank(status)) continue;
        status = result;
        best = here;
    }
    if (status == MIEN_NO_CAMERA)
        return mien_fail(error, MIEN_NO_CAMERA,
                         "no camera found; plug one in, or name pictures with --source");
    return mien_fail(error, status, "%s", best.message);
}

mien_status mien_camera_open(mien_camera **camera, const char *path,
                             const mien_camera_system *system, mien_error *error) {
    *camera = NULL;
    system = system_or_default(system);
    if (path == NULL) return open_first(camera, system, error);
    if (strlen(path) >= sizeof(*camera)->path)
        return mien_fail(error, MIEN_NO_CAMERA, "the name of the camera is too long");
    return open_one(camera, path, system, error);
}

/* ---- frames ---- */

static mien_status await(mien_camera *camera, double deadline, mien_error *error) {
    for (int i = 0; i < MOST_ATTEMPTS; i++) {
        const double left = deadline - camera->system->now(camera->system->context);
        if (left <= 0) break;
        int ready =
            camera->system->poll(camera->system->context, camera->device, (int)(left * 1000) + 1);
        if (ready > 0) return MIEN_OK;
        if (ready < 0 && errno != EINTR)
            return fail_errno(error, camera->path, "deliver pictures", errno);
    }
    return mien_fail(error, MIEN_IO,
                     "the camera %s sends no pictures; is its cover closed or its cable loose?",
                     camera->path);
}

/* One filled buffer: its index, or -1 when there is none now. */
static mien_status take(mien_camera *camera, int *index, size_t *used, mien_error *error) {
    struct v4l2_buffer answer = empty_buffer(0);
    *index = -1;
    if (control(camera->system, camera->device, VIDIOC_DQBUF, &answer) < 0) {
        /* EIO: this one frame was lost, says the kernel's documentation */
        if (errno == EAGAIN || errno == EIO || errno == EINTR) return MIEN_OK;
        return fail_errno(error, camera->path, "deliver pictures", errno);
    }
    if (answer.index >= camera->count || !camera->buffers[answer.index].queued)
        return lies(camera, error, "a buffer it was not given");
    if (answer.bytesused > camera->buffers[answer.index].length)
        return lies(camera, error, "more bytes than its buffer holds");
    camera->buffers[answer.index].queued = false;
    *index = (int)answer.index;
    *used = (answer.flags & V4L2_BUF_FLAG_ERROR) != 0 ? 0 : answer.bytesused;
    return MIEN_OK;
}

/* Frames pile up while the last one was worked on: hand out the newest. */
static mien_status take_newest(mien_camera *camera, int *index, size_t *used, mien_error *error) {
    MIEN_TRY(take(camera, index, used, error));
    for (unsigned i = 1; *index >= 0 && i < camera->count; i++) {
        int later;
        size_t later_used;
        MIEN_TRY(take(camera, &later, &later_used, error));
        if (later < 0) break;
        MIEN_TRY(queue(camera, (unsigned)*index, error));
        *index = later;
        *used = later_used;
    }
    return MIEN_OK;
}

/* The copy is decoded, not the shared memory, which the device may change meanwhile. */
static mien_status decode(mien_camera *camera, mien_image *image, size_t used) {
    if (used < camera->needed) return MIEN_TRUNCATED;
    if (camera->format == V4L2_PIX_FMT_MJPEG)
        return mien_image_decode(image, camera->copy, used, NULL);
    MIEN_TRY(mien_image_create(image, camera->width, camera->height));
    if (camera->format == V4L2_PIX_FMT_YUYV)
        mien_pixels_from_yuyv(image->rgb, camera->copy, camera->width, camera->height,
                              camera->stride, camera->full_range);
    else
        mien_pixels_from_grey(image->rgb, camera->copy, camera->width, camera->height,
                              camera->stride);
    return MIEN_OK;
}

static mien_status next(mien_camera *camera, mien_image *image, mien_error *error) {
    const mien_camera_system *system = camera->system;
    const double deadline = system->now(system->context) + 1e-3 * MIEN_CAMERA_TIMEOUT_MS;
    for (int i = 0; i < MOST_ATTEMPTS; i++) {
        int index;
        size_t used;
        MIEN_TRY(await(camera, deadline, error));
        MIEN_TRY(take_newest(camera, &index, &used, error));
        if (index < 0) continue;
        memcpy(camera->copy, camera->buffers[index].memory, used);
        MIEN_TRY(queue(camera, (unsigned)index, error));
        mien_status status = decode(camera, image, used);
        if (status == MIEN_OK) return MIEN_OK;
        if (status == MIEN_MEMORY) return mien_fail(error, status, "no memory for a picture");
    }
    return mien_fail(error, MIEN_IO, "the camera %s sends only damaged pictures", camera->path);
}

mien_status mien_camera_next(mien_camera *camera, mien_image *image, mien_error *error) {
    memset(image, 0, sizeof *image);
    if (camera->failed)
        return mien_fail(error, MIEN_IO, "the camera %s has failed before; open it again",
                         camera->path);
    mien_status status = next(camera, image, error);
    camera->failed = status != MIEN_OK;
    return status;
}

void mien_camera_close(mien_camera *camera) {
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (camera == NULL) return;
    const mien_camera_system *system = camera->system;
    if (camera->streaming) (void)control(system, camera->device, VIDIOC_STREAMOFF, &type);
    for (unsigned i = 0; i < camera->count; i++) {
        mien_wipe(camera->buffers[i].memory, camera->buffers[i].length);
        (void)system->munmap(system->context, camera->buffers[i].memory, camera->buffers[i].length);
    }
    if (camera->device >= 0) (void)system->close(system->context, camera->device);
    if (camera->copy != NULL) mien_wipe(camera->copy, camera->copy_size);
    free(camera->copy);
    free(camera);
}
