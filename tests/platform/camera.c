/* SPDX-License-Identifier: MIT */
/* The camera against a device made of code: a well-behaved one that plays frames, and one that
 * lies, stalls and vanishes in every way this test could think of. */
#include "platform/frames/camera.h"
#include "platform/frames/pixels.h"
#include "tests/harness.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <sys/mman.h>

enum { BUFFERS = 4, LENGTH = 640 * 480 * 2, DEVICE = 77 };

typedef struct fake_device {
    /* what it is */
    const char *path;
    uint32_t caps, formats[3];
    uint32_t width, height, stride, quantization, answer_format;
    unsigned buffer_count;
    uint32_t buffer_length;
    const uint8_t *frame; /* what it films, NULL: a pattern */
    size_t frame_length;
    /* how it misbehaves */
    unsigned long fail_request; /* this ioctl fails ... */
    int fail_errno, fail_after; /* ... with this errno, after so many good ones */
    bool fail_once;
    int open_errno, poll_answer, poll_errno, mmap_fails;
    uint32_t lie_bytesused, lie_index, flags;
    bool lie_twice;
    int skip_frames; /* so many come damaged first */
    /* its state */
    bool open, streaming;
    unsigned queued[64], queued_count;
    uint8_t *memory[64];
    uint32_t memory_length[64];
    int mapped, times, frames;
    double clock;
} fake_device;

static fake_device fake;
static uint8_t *jpeg_frame;
static size_t jpeg_length;

static void reset(uint32_t format) {
    memset(&fake, 0, sizeof fake);
    fake.path = "/dev/video2";
    fake.caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    fake.formats[0] = format;
    fake.width = 640;
    fake.height = 480;
    fake.buffer_count = BUFFERS;
    fake.buffer_length = LENGTH;
    fake.answer_format = format;
    fake.poll_answer = 1;
    fake.lie_index = fake.lie_bytesused = UINT32_MAX;
}

static int fail(int number) {
    errno = number;
    return -1;
}

static int fake_open(void *context, const char *path) {
    (void)context;
    if (strcmp(path, fake.path) != 0) return fail(ENOENT);
    if (fake.open_errno != 0) return fail(fake.open_errno);
    fake.open = true;
    return DEVICE;
}

static int fake_close(void *context, int device) {
    (void)context;
    CHECK_INT(device, DEVICE);
    fake.open = false;
    return 0;
}

static int query_capabilities(struct v4l2_capability *out) {
    memset(out, 'A', sizeof *out); /* no NUL anywhere */
    out->card[0] = 0x1b;
    out->capabilities = fake.caps | V4L2_CAP_DEVICE_CAPS | V4L2_CAP_VIDEO_CAPTURE;
    out->device_caps = fake.caps;
    return 0;
}

static int enumerate_format(struct v4l2_fmtdesc *out) {
    if (out->index >= 3 || fake.formats[out->index] == 0) return fail(EINVAL);
    out->pixelformat = fake.formats[out->index];
    return 0;
}

static int set_format(struct v4l2_format *out) {
    out->fmt.pix.width = fake.width;
    out->fmt.pix.height = fake.height;
    out->fmt.pix.bytesperline = fake.stride;
    out->fmt.pix.pixelformat = fake.answer_format;
    out->fmt.pix.quantization = fake.quantization;
    return 0;
}

static int query_buffer(struct v4l2_buffer *out) {
    if (out->index >= fake.buffer_count) return fail(EINVAL);
    out->length = fake.buffer_length;
    out->m.offset = out->index * 4096;
    return 0;
}

static int queue_buffer(const struct v4l2_buffer *in) {
    if (in->index >= 64) return fail(EINVAL);
    for (unsigned i = 0; i < fake.queued_count; i++) CHECK(fake.queued[i] != in->index);
    fake.queued[fake.queued_count++] = in->index;
    return 0;
}

static void film(uint8_t *memory, size_t length) {
    if (fake.frame != NULL) {
        memcpy(memory, fake.frame, fake.frame_length < length ? fake.frame_length : length);
        return;
    }
    for (size_t i = 0; i < length; i++) memory[i] = (uint8_t)(i * 7 + (size_t)fake.frames);
}

static int dequeue_buffer(struct v4l2_buffer *out) {
    /* one frame is ready at a time; the next poll brings another */
    if (fake.queued_count == 0 || !fake.streaming || fake.times == 0) return fail(EAGAIN);
    fake.times--;
    const unsigned index = fake.queued[0];
    memmove(fake.queued, fake.queued + 1, --fake.queued_count * sizeof *fake.queued);
    fake.frames++;
    film(fake.memory[index], fake.memory_length[index]);
    out->index = fake.lie_index != UINT32_MAX ? fake.lie_index : index;
    out->bytesused = fake.frame != NULL ? (uint32_t)fake.frame_length : fake.buffer_length;
    if (fake.lie_bytesused != UINT32_MAX) out->bytesused = fake.lie_bytesused;
    if (fake.skip_frames > 0) out->bytesused = (uint32_t)(--fake.skip_frames % 2);
    out->flags = fake.flags;
    if (fake.lie_twice && fake.frames > 1) out->index = fake.queued[0];
    return 0;
}

static int fake_ioctl(void *context, int device, unsigned long request, void *argument) {
    (void)context;
    CHECK_INT(device, DEVICE);
    if (request == fake.fail_request && fake.fail_after-- <= 0) {
        if (fake.fail_once) fake.fail_request = 0;
        return fail(fake.fail_errno);
    }
    switch (request) {
    case VIDIOC_QUERYCAP:
        return query_capabilities(argument);
    case VIDIOC_ENUM_FMT:
        return enumerate_format(argument);
    case VIDIOC_S_FMT:
        return set_format(argument);
    case VIDIOC_REQBUFS:
        ((struct v4l2_requestbuffers *)argument)->count = fake.buffer_count;
        return 0;
    case VIDIOC_QUERYBUF:
        return query_buffer(argument);
    case VIDIOC_QBUF:
        return queue_buffer(argument);
    case VIDIOC_DQBUF:
        return dequeue_buffer(argument);
    case VIDIOC_STREAMON:
        fake.streaming = true;
        return 0;
    case VIDIOC_STREAMOFF:
        fake.queued_count = 0;
        fake.streaming = false;
        return 0;
    default:
        return fail(ENOTTY);
    }
}

/* Memory with a hole behind it: a read past the end of a mapped buffer is noticed. */
static void *fake_mmap(void *context, int device, size_t length, off_t offset) {
    (void)context;
    (void)device;
    if (fake.mmap_fails != 0 && --fake.mmap_fails == 0) {
        errno = ENOMEM;
        return NULL;
    }
    const size_t page = 4096, span = (length + page - 1) / page * page;
    uint8_t *memory =
        mmap(NULL, span + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory + span, page, PROT_NONE) != 0) return NULL;
    memory += span - length;
    fake.memory[offset / 4096] = memory;
    fake.memory_length[offset / 4096] = (uint32_t)length;
    fake.mapped++;
    return memory;
}

static int fake_munmap(void *context, void *memory, size_t length) {
    (void)context;
    size_t left = 0;
    for (size_t i = 0; i < length; i++) left += ((uint8_t *)memory)[i] != 0;
    CHECK_INT(left, 0); /* no picture stays in memory shared with the device */
    fake.mapped--;
    const size_t page = 4096, span = (length + page - 1) / page * page;
    return munmap((uint8_t *)memory - (span - length), span + page);
}

static int fake_poll(void *context, int device, int milliseconds) {
    (void)context;
    (void)device;
    CHECK(milliseconds > 0 && milliseconds <= MIEN_CAMERA_TIMEOUT_MS + 1);
    fake.clock += fake.poll_answer == 0 ? 1e-3 * milliseconds : 0.01;
    if (fake.poll_answer < 0) return fail(fake.poll_errno);
    fake.times = fake.poll_answer;
    return fake.poll_answer;
}

static double fake_now(void *context) {
    (void)context;
    return fake.clock;
}

static const mien_camera_system fake_system = {NULL,      fake_open,   fake_close, fake_ioctl,
                                               fake_mmap, fake_munmap, fake_poll,  fake_now};

static void check_all_released(void) {
    CHECK(!fake.open && !fake.streaming);
    CHECK_INT(fake.mapped, 0);
}

static mien_status open_status(mien_error *error) {
    mien_camera *camera = NULL;
    mien_status status = mien_camera_open(&camera, NULL, &fake_system, error);
    mien_camera_close(camera);
    check_all_released();
    return status;
}

/* Opens, asks for one frame, closes. */
static mien_status frame_status(mien_image *image, mien_error *error) {
    mien_camera *camera = NULL;
    memset(image, 0, sizeof *image);
    mien_status status = mien_camera_open(&camera, "/dev/video2", &fake_system, error);
    CHECK_INT(status, MIEN_OK);
    if (status == MIEN_OK) status = mien_camera_next(camera, image, error);
    if (status != MIEN_OK && camera != NULL) {
        mien_image second;
        CHECK(mien_camera_next(camera, &second, NULL) != MIEN_OK); /* it stays failed */
        CHECK(image->rgb == NULL);
    }
    mien_camera_close(camera);
    check_all_released();
    return status;
}

static void plays_yuyv(void) {
    mien_image image;
    uint8_t expected[3];
    reset(V4L2_PIX_FMT_YUYV);
    CHECK_INT(frame_status(&image, NULL), MIEN_OK);
    REQUIRE(image.width == 640 && image.height == 480);
    for (size_t i = 0; i < 640 * 480; i += 97) {
        const size_t at = i / 2 * 4;
        const uint8_t y = (uint8_t)((at + i % 2 * 2) * 7 + 1), u = (uint8_t)((at + 1) * 7 + 1),
                      v = (uint8_t)((at + 3) * 7 + 1);
        mien_pixel_from_ycc(expected, y, u, v, false);
        CHECK_BYTES(image.rgb + 3 * i, expected, 3);
    }
    mien_image_free(&image);
}

static void plays_grey_with_padding(void) {
    mien_image image;
    reset(V4L2_PIX_FMT_GREY);
    fake.width = 33;
    fake.height = 17;
    fake.stride = 64;
    fake.buffer_length = 64 * 16 + 33; /* the last row has no padding */
    CHECK_INT(frame_status(&image, NULL), MIEN_OK);
    REQUIRE(image.width == 33 && image.height == 17);
    for (size_t y = 0; y < 17; y++)
        for (size_t x = 0; x < 33; x++)
            CHECK_INT(image.rgb[3 * (y * 33 + x)], (uint8_t)((y * 64 + x) * 7 + 1));
    mien_image_free(&image);
}

static void plays_odd_width_yuyv(void) {
    mien_image image;
    reset(V4L2_PIX_FMT_YUYV);
    fake.width = 33;
    fake.height = 16;
    fake.buffer_length = 68 * 16;
    CHECK_INT(frame_status(&image, NULL), MIEN_OK);
    CHECK_INT(image.width, 33);
    mien_image_free(&image);
}

static void plays_motion_jpeg(void) {
    mien_image image;
    reset(V4L2_PIX_FMT_MJPEG);
    fake.frame = jpeg_frame;
    fake.frame_length = jpeg_length;
    CHECK_INT(frame_status(&image, NULL), MIEN_OK);
    CHECK_INT(image.width, 64);
    CHECK_INT(image.height, 48);
    mien_image_free(&image);
}

static void raw_colour_is_preferred(void) {
    mien_image image;
    reset(V4L2_PIX_FMT_MJPEG);
    fake.formats[1] = V4L2_PIX_FMT_GREY;
    fake.formats[2] = fake.answer_format = V4L2_PIX_FMT_YUYV;
    CHECK_INT(frame_status(&image, NULL), MIEN_OK);
    mien_image_free(&image);
}

static void newest_frame_is_given(void) {
    mien_camera *camera = NULL;
    mien_image image;
    reset(V4L2_PIX_FMT_GREY);
    REQUIRE(mien_camera_open(&camera, NULL, &fake_system, NULL) == MIEN_OK);
    for (int i = 0; i < 20; i++) {
        fake.poll_answer = 1 + i % 4; /* so many frames have piled up */
        REQUIRE(mien_camera_next(camera, &image, NULL) == MIEN_OK);
        CHECK_INT(image.rgb[0], (uint8_t)fake.frames);
        CHECK_INT(fake.queued_count, BUFFERS);
        mien_image_free(&image);
    }
    mien_camera_close(camera);
    check_all_released();
}

static void damaged_frames_are_skipped(void) {
    mien_image image;
    reset(V4L2_PIX_FMT_YUYV);
    fake.skip_frames = 9;
    CHECK_INT(frame_status(&image, NULL), MIEN_OK);
    CHECK_INT(fake.frames, 10);
    mien_image_free(&image);
    reset(V4L2_PIX_FMT_YUYV);
    fake.flags = V4L2_BUF_FLAG_ERROR;
    CHECK_INT(frame_status(&image, NULL), MIEN_IO);
}

static void refusals_when_opening(void) {
    const struct {
        int number;
        mien_status status;
    } cases[] = {{EBUSY, MIEN_CAMERA_BUSY}, {EACCES, MIEN_PERMISSION},
                 {EPERM, MIEN_PERMISSION},  {ENODEV, MIEN_CAMERA_GONE},
                 {ENXIO, MIEN_CAMERA_GONE}, {ENOENT, MIEN_NO_CAMERA},
                 {ENOTTY, MIEN_NO_CAMERA},  {EIO, MIEN_IO}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mien_error error = {MIEN_OK, ""};
        reset(V4L2_PIX_FMT_YUYV);
        fake.open_errno = cases[i].number;
        CHECK_INT(open_status(&error), cases[i].status);
        CHECK_INT(error.status, cases[i].status);
        CHECK(error.message[0] != '\0');
    }
    mien_camera *camera = NULL;
    mien_error error = {MIEN_OK, ""};
    reset(V4L2_PIX_FMT_YUYV);
    CHECK_INT(mien_camera_open(&camera, "/dev/video9", &fake_system, &error), MIEN_NO_CAMERA);
    CHECK(strstr(error.message, "/dev/video9") != NULL);
}

static void every_ioctl_may_fail(void) {
    const unsigned long requests[] = {VIDIOC_QUERYCAP, VIDIOC_S_FMT, VIDIOC_REQBUFS,
                                      VIDIOC_QUERYBUF, VIDIOC_QBUF,  VIDIOC_STREAMON};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        for (int after = 0; after < 4; after++) {
            mien_error error = {MIEN_OK, ""};
            reset(V4L2_PIX_FMT_YUYV);
            fake.fail_request = requests[i];
            fake.fail_errno = EBUSY;
            fake.fail_after = after;
            mien_status status = open_status(&error);
            CHECK(status == MIEN_CAMERA_BUSY || (after > 0 && status == MIEN_OK));
            reset(V4L2_PIX_FMT_YUYV);
            fake.fail_request = requests[i];
            fake.fail_errno = EINTR;
            fake.fail_once = true;
            CHECK_INT(open_status(NULL), MIEN_OK);
        }
    }
    for (int i = 1; i <= BUFFERS; i++) {
        reset(V4L2_PIX_FMT_YUYV);
        fake.mmap_fails = i;
        CHECK_INT(open_status(NULL), MIEN_IO);
    }
}

static void other_devices_are_refused(void) {
    reset(V4L2_PIX_FMT_YUYV);
    fake.caps = V4L2_CAP_META_CAPTURE | V4L2_CAP_STREAMING; /* a webcam's second node */
    CHECK_INT(open_status(NULL), MIEN_NO_CAMERA);
    reset(V4L2_PIX_FMT_YUYV);
    fake.caps = V4L2_CAP_VIDEO_CAPTURE;
    CHECK_INT(open_status(NULL), MIEN_NO_CAMERA);
    reset(V4L2_PIX_FMT_RGB24);
    CHECK_INT(open_status(NULL), MIEN_UNSUPPORTED);
}

static void impossible_formats_are_refused(void) {
    const uint32_t sides[] = {0, 1, 15, 8193, 1u << 16, UINT32_MAX};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        reset(V4L2_PIX_FMT_YUYV);
        fake.width = sides[i];
        CHECK_INT(open_status(NULL), MIEN_IO);
        reset(V4L2_PIX_FMT_MJPEG);
        fake.height = sides[i];
        CHECK_INT(open_status(NULL), MIEN_IO);
    }
    const uint32_t strides[] = {1, 1279, 1280 * 17, UINT32_MAX};
    for (size_t i = 0; i < sizeof strides / sizeof *strides; i++) {
        reset(V4L2_PIX_FMT_YUYV);
        fake.stride = strides[i];
        CHECK_INT(open_status(NULL), MIEN_IO);
    }
    reset(V4L2_PIX_FMT_YUYV);
    fake.answer_format = V4L2_PIX_FMT_MJPEG;
    CHECK_INT(open_status(NULL), MIEN_IO);
}

static void impossible_buffers_are_refused(void) {
    const unsigned counts[] = {0, 33, 64, UINT32_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        reset(V4L2_PIX_FMT_YUYV);
        fake.buffer_count = counts[i];
        CHECK_INT(open_status(NULL), MIEN_IO);
    }
    const uint32_t lengths[] = {0, LENGTH - 1, UINT32_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        reset(V4L2_PIX_FMT_YUYV);
        fake.buffer_length = lengths[i];
        CHECK_INT(open_status(NULL), MIEN_IO);
    }
    reset(V4L2_PIX_FMT_MJPEG);
    fake.buffer_length = 0;
    CHECK_INT(open_status(NULL), MIEN_IO);
}

static void lies_about_frames_are_refused(void) {
    mien_image image;
    mien_error error = {MIEN_OK, ""};
    const uint32_t sizes[] = {LENGTH + 1, UINT32_MAX - 1};
    for (size_t i = 0; i < 2; i++) {
        reset(V4L2_PIX_FMT_YUYV);
        fake.lie_bytesused = sizes[i];
        CHECK_INT(frame_status(&image, &error), MIEN_IO);
        CHECK(strstr(error.message, "/dev/video2") != NULL);
    }
    const uint32_t indices[] = {BUFFERS, 31, 32, 1u << 31, UINT32_MAX - 1};
    for (size_t i = 0; i < sizeof indices / sizeof *indices; i++) {
        reset(V4L2_PIX_FMT_YUYV);
        fake.lie_index = indices[i];
        CHECK_INT(frame_status(&image, NULL), MIEN_IO);
    }
    /* fewer bytes than a raw frame has: never shown, and not waited for endlessly */
    reset(V4L2_PIX_FMT_YUYV);
    fake.lie_bytesused = LENGTH - 1;
    CHECK_INT(frame_status(&image, NULL), MIEN_IO);
    reset(V4L2_PIX_FMT_MJPEG);
    fake.lie_bytesused = 0;
    CHECK_INT(frame_status(&image, NULL), MIEN_IO);
}

static void same_buffer_twice_is_refused(void) {
    mien_image image;
    reset(V4L2_PIX_FMT_YUYV);
    fake.lie_index = 2;
    fake.poll_answer = 4; /* number 2 comes again while it is not queued */
    CHECK_INT(frame_status(&image, NULL), MIEN_IO);
}

static void hostile_jpeg_frames_are_refused(void) {
    static uint8_t frame[4096];
    mien_image image;
    for (int round = 0; round < 30; round++) {
        reset(V4L2_PIX_FMT_MJPEG);
        memcpy(frame, jpeg_frame, jpeg_length < sizeof frame ? jpeg_length : sizeof frame);
        for (int i = 0; i < 8; i++)
            frame[harness_random_below(sizeof frame)] = (uint8_t)harness_random();
        frame[harness_random_below(2)] ^= 0x40; /* in any case no JPEG any more */
        fake.frame = frame;
        fake.frame_length = sizeof frame;
        CHECK_INT(frame_status(&image, NULL), MIEN_IO);
    }
}

static void unplugged_in_between(void) {
    const unsigned long requests[] = {VIDIOC_DQBUF, VIDIOC_QBUF};
    for (size_t i = 0; i < 2; i++) {
        mien_camera *camera = NULL;
        mien_image image;
        mien_error error = {MIEN_OK, ""};
        reset(V4L2_PIX_FMT_YUYV);
        REQUIRE(mien_camera_open(&camera, NULL, &fake_system, NULL) == MIEN_OK);
        REQUIRE(mien_camera_next(camera, &image, NULL) == MIEN_OK);
        mien_image_free(&image);
        fake.fail_request = requests[i];
        fake.fail_errno = ENODEV;
        CHECK_INT(mien_camera_next(camera, &image, &error), MIEN_CAMERA_GONE);
        CHECK(image.rgb == NULL && strstr(error.message, "unplugged") != NULL);
        mien_camera_close(camera);
        check_all_released();
    }
}

static void silence_ends(void) {
    mien_image image;
    mien_error error = {MIEN_OK, ""};
    reset(V4L2_PIX_FMT_YUYV);
    fake.poll_answer = 0;
    CHECK_INT(frame_status(&image, &error), MIEN_IO);
    CHECK(fake.clock >= 1e-3 * MIEN_CAMERA_TIMEOUT_MS && fake.clock < 12);
    CHECK(strstr(error.message, "no pictures") != NULL);
    /* says it is ready and gives nothing */
    reset(V4L2_PIX_FMT_YUYV);
    fake.fail_request = VIDIOC_DQBUF;
    fake.fail_errno = EAGAIN;
    CHECK_INT(frame_status(&image, NULL), MIEN_IO);
}

static void interruptions_are_survived(void) {
    mien_image image;
    reset(V4L2_PIX_FMT_YUYV);
    fake.fail_request = VIDIOC_DQBUF;
    fake.fail_errno = EINTR;
    fake.fail_once = true;
    CHECK_INT(frame_status(&image, NULL), MIEN_OK);
    mien_image_free(&image);
    /* a storm of them ends too */
    reset(V4L2_PIX_FMT_YUYV);
    fake.fail_request = VIDIOC_DQBUF;
    fake.fail_errno = EINTR;
    CHECK_INT(frame_status(&image, NULL), MIEN_IO);
    reset(V4L2_PIX_FMT_YUYV);
    fake.poll_answer = -1;
    fake.poll_errno = EINTR;
    CHECK_INT(frame_status(&image, NULL), MIEN_IO);
    reset(V4L2_PIX_FMT_YUYV);
    fake.fail_request = VIDIOC_QUERYCAP;
    fake.fail_errno = EINTR;
    CHECK_INT(open_status(NULL), MIEN_IO);
}

static void devices_are_listed(void) {
    mien_camera_info cameras[4];
    size_t count = 9, refused = 9;
    reset(V4L2_PIX_FMT_YUYV);
    fake.formats[1] = V4L2_PIX_FMT_MJPEG;
    REQUIRE(mien_camera_list(cameras, &count, &refused, 4, &fake_system) == MIEN_OK);
    REQUIRE(count == 1);
    CHECK_INT(refused, 0);
    CHECK_TEXT(cameras[0].path, "/dev/video2");
    CHECK(cameras[0].yuyv && cameras[0].mjpeg && !cameras[0].grey);
    CHECK_INT(cameras[0].name[0], '?'); /* it was an escape character */
    CHECK_INT(strlen(cameras[0].name), 32);
    fake.open_errno = EACCES;
    CHECK_INT(mien_camera_list(cameras, &count, &refused, 4, &fake_system), MIEN_OK);
    CHECK(count == 0 && refused == 1);
    fake.open_errno = 0;
    CHECK_INT(mien_camera_list(cameras, &count, NULL, 0, &fake_system), MIEN_OK);
    CHECK_INT(count, 0);
    check_all_released();
}

static void frame_source_uses_the_camera(void) {
    mien_frame_source *source = NULL;
    mien_frame frame;
    reset(V4L2_PIX_FMT_YUYV);
    mien_camera_system_use(&fake_system);
    REQUIRE(mien_frame_source_open(&source, "camera", NULL) == MIEN_OK);
    CHECK(mien_frame_source_is_live(source));
    CHECK_INT(mien_frame_source_count(source), 0);
    REQUIRE(mien_frame_source_next(source, &frame, NULL) == MIEN_OK);
    CHECK_TEXT(frame.name, "frame 1");
    mien_image_free(&frame.image);
    mien_frame_source_close(source);
    CHECK_INT(mien_frame_source_open(&source, "camera:/dev/video2", NULL), MIEN_OK);
    mien_frame_source_close(source);
    CHECK_INT(mien_frame_source_open(&source, "camera:/dev/video3", NULL), MIEN_NO_CAMERA);
    CHECK(source == NULL);
    check_all_released();
    mien_camera_system_use(NULL);
    /* the real calls, on things that are no cameras */
    CHECK_INT(mien_frame_source_open(&source, "camera:/dev/null", NULL), MIEN_NO_CAMERA);
    CHECK_INT(mien_frame_source_open(&source, "camera:/dev/nothing", NULL), MIEN_NO_CAMERA);
    char name[64] = "camera:/tmp/mien-camera-XXXXXX";
    int file = mkstemp(name + 7);
    REQUIRE(file >= 0);
    CHECK_INT(mien_frame_source_open(&source, name, NULL), MIEN_NO_CAMERA);
    close(file);
    unlink(name + 7);
}

int main(void) {
    mien_image image;
    if (mien_image_create(&image, 64, 48) != MIEN_OK) return 1;
    for (int i = 0; i < 64 * 48 * 3; i++) image.rgb[i] = (uint8_t)(i * i / 7);
    if (mien_image_encode_jpeg(&jpeg_frame, &jpeg_length, &image, 80) != MIEN_OK) return 1;
    mien_image_free(&image);
    RUN(plays_yuyv);
    RUN(plays_grey_with_padding);
    RUN(plays_odd_width_yuyv);
    RUN(plays_motion_jpeg);
    RUN(raw_colour_is_preferred);
    RUN(newest_frame_is_given);
    RUN(damaged_frames_are_skipped);
    RUN(refusals_when_opening);
    RUN(every_ioctl_may_fail);
    RUN(other_devices_are_refused);
    RUN(impossible_formats_are_refused);
    RUN(impossible_buffers_are_refused);
    RUN(lies_about_frames_are_refused);
    RUN(same_buffer_twice_is_refused);
    RUN(hostile_jpeg_frames_are_refused);
    RUN(unplugged_in_between);
    RUN(silence_ends);
    RUN(interruptions_are_survived);
    RUN(devices_are_listed);
    RUN(frame_source_uses_the_camera);
    free(jpeg_frame);
    return harness_end();
}
