/* SPDX-License-Identifier: MIT */
#include "platform/images/image.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/files/file.h"
#include "platform/images/exif.h"
#include "platform/images/jpeg.h"
#include "platform/images/stb.h"

static size_t byte_count(int width, int height) {
    return (size_t)width * (size_t)height * 3;
}

static mien_status check_size(int width, int height) {
    if (width < 1 || height < 1) return MIEN_ARGUMENT;
    if (width > MIEN_IMAGE_MAX_SIDE || height > MIEN_IMAGE_MAX_SIDE ||
        (size_t)width * (size_t)height > MIEN_IMAGE_MAX_PIXELS)
        return MIEN_TOO_LARGE;
    return MIEN_OK;
}

mien_status mien_image_create(mien_image *image, int width, int height) {
    memset(image, 0, sizeof *image);
    MIEN_TRY(check_size(width, height));
    image->rgb = calloc(byte_count(width, height), 1);
    if (image->rgb == NULL) return MIEN_MEMORY;
    image->width = width;
    image->height = height;
    return MIEN_OK;
}

void mien_image_free(mien_image *image) {
    if (image == NULL) return;
    if (image->rgb != NULL) mien_wipe(image->rgb, byte_count(image->width, image->height));
    free(image->rgb);
    memset(image, 0, sizeof *image);
}

/* What the decoder may use: progressive JPEG keeps 12 bytes a pixel, 16-bit RGBA PNG 24, and the
 * compressed bytes are collected once more. */
static size_t memory_limit(int width, int height, size_t length) {
    return (size_t)width * (size_t)height * 32 + 2 * length + ((size_t)4 << 20);
}

static mien_status too_large(uint32_t width, uint32_t height, mien_error *error) {
    return mien_fail(error, MIEN_TOO_LARGE,
                     "a picture of %" PRIu32 " x %" PRIu32
                     " pixels; the limit is %d a side and %u in all",
                     width, height, MIEN_IMAGE_MAX_SIDE, MIEN_IMAGE_MAX_PIXELS);
}

/* `bytes` are what the decoder sees: PNG as it came, JPEG rewritten. */
static mien_status decode_checked(mien_image *image, const uint8_t *bytes, size_t length,
                                  mien_error *error) {
    int width, height, out_of_memory;
    if (!mien_stb_info(bytes, length, &width, &height))
        return mien_fail(error, MIEN_FORMAT, "not a JPEG or PNG picture, or damaged");
    if (check_size(width, height) != MIEN_OK)
        return too_large((uint32_t)width, (uint32_t)height, error);
    uint8_t *rgb = mien_stb_decode(bytes, length, &width, &height,
                                   memory_limit(width, height, length), &out_of_memory);
    if (rgb == NULL && out_of_memory)
        return mien_fail(error, MIEN_MEMORY, "not enough memory to decode a picture");
    if (rgb == NULL) return mien_fail(error, MIEN_FORMAT, "the picture is damaged");
    mien_status status = mien_image_create(image, width, height);
    if (status == MIEN_OK) memcpy(image->rgb, rgb, byte_count(width, height));
    mien_stb_free(rgb);
    return status == MIEN_OK ? MIEN_OK : mien_fail(error, status, "no memory for a picture");
}

static mien_status decode_jpeg(mien_image *image, const uint8_t *bytes, size_t length,
                               mien_error *error) {
    uint8_t *rewritten;
    size_t rewritten_length;
    mien_status status = mien_jpeg_rewrite(&rewritten, &rewritten_length, bytes, length);
    if (status == MIEN_MEMORY) return mien_fail(error, status, "not enough memory for a picture");
    if (status == MIEN_UNSUPPORTED)
        return mien_fail(error, MIEN_FORMAT, "a JPEG of a kind that is not supported");
    if (status != MIEN_OK) return mien_fail(error, MIEN_FORMAT, "the JPEG is damaged or cut off");
    status = decode_checked(image, rewritten, rewritten_length, error);
    mien_wipe(rewritten, rewritten_length);
    free(rewritten);
    if (status != MIEN_OK) return status;
    status = mien_image_apply_orientation(image, mien_exif_orientation(bytes, length));
    if (status == MIEN_OK) return MIEN_OK;
    mien_image_free(image);
    return mien_fail(error, status, "no memory to turn a picture");
}

static bool is_png(const uint8_t *bytes, size_t length) {
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    return length >= sizeof signature && memcmp(bytes, signature, sizeof signature) == 0;
}

/* The decoder calls a PNG beyond its own limits damaged, so its first chunk (IHDR, which begins
 * with width and height) is looked at before. */
static mien_status decode_png(mien_image *image, const uint8_t *bytes, size_t length,
                              mien_error *error) {
    if (length >= 24 && memcmp(bytes + 12, "IHDR", 4) == 0) {
        uint32_t width = mien_load_be32(bytes + 16), height = mien_load_be32(bytes + 20);
        if (width > MIEN_IMAGE_MAX_SIDE || height > MIEN_IMAGE_MAX_SIDE)
            return too_large(width, height, error);
    }
    return decode_checked(image, bytes, length, error);
}

mien_status mien_image_decode(mien_image *image, const uint8_t *bytes, size_t length,
                              mien_error *error) {
    memset(image, 0, sizeof *image);
    if (length > MIEN_IMAGE_MAX_FILE)
        return mien_fail(error, MIEN_TOO_LARGE, "a picture of %zu bytes; the limit is %zu", length,
                         MIEN_IMAGE_MAX_FILE);
    /* the decoder itself is laxer about how a file starts: it must never see an unchecked JPEG */
    if (mien_jpeg_starts(bytes, length)) return decode_jpeg(image, bytes, length, error);
    if (is_png(bytes, length)) return decode_png(image, bytes, length, error);
    return mien_fail(error, MIEN_FORMAT, "not a JPEG or PNG picture");
}

mien_status mien_image_read(mien_image *image, const char *path, mien_error *error) {
    uint8_t *bytes;
    size_t length;
    mien_error inner = {MIEN_OK, ""};
    memset(image, 0, sizeof *image);
    MIEN_TRY(mien_file_read(&bytes, &length, path, MIEN_IMAGE_MAX_FILE, 0, error));
    mien_status status = mien_image_decode(image, bytes, length, &inner);
    mien_wipe(bytes, length);
    free(bytes);
    if (status == MIEN_OK) return MIEN_OK;
    return mien_fail(error, status, "%.200s: %s", path, mien_error_words(&inner));
}

/* Grows by doubling; what it leaves behind is wiped, because it shows a face. */
typedef struct sink {
    uint8_t *bytes;
    size_t used, capacity;
    bool failed;
} sink;

static bool sink_reserve(sink *out, size_t more) {
    size_t needed, capacity;
    if (!mien_size_add(&needed, out->used, more)) return false;
    if (needed <= out->capacity) return true;
    capacity = needed < 4096 ? 4096 : needed;
    if (capacity < 2 * out->capacity) capacity = 2 * out->capacity;
    uint8_t *bigger = malloc(capacity);
    if (bigger == NULL) return false;
    if (out->used != 0) memcpy(bigger, out->bytes, out->used);
    if (out->bytes != NULL) mien_wipe(out->bytes, out->used);
    free(out->bytes);
    out->bytes = bigger;
    out->capacity = capacity;
    return true;
}

static void sink_write(void *context, void *bytes, int length) {
    sink *out = context;
    if (out->failed || length <= 0) return;
    if (!sink_reserve(out, (size_t)length)) {
        out->failed = true;
        return;
    }
    memcpy(out->bytes + out->used, bytes, (size_t)length);
    out->used += (size_t)length;
}

static mien_status sink_end(sink *out, int encoded, uint8_t **bytes, size_t *length) {
    if (encoded && !out->failed && out->bytes != NULL) {
        *bytes = out->bytes;
        *length = out->used;
        return MIEN_OK;
    }
    if (out->bytes != NULL) mien_wipe(out->bytes, out->used);
    free(out->bytes);
    return MIEN_MEMORY;
}

mien_status mien_image_encode_png(uint8_t **bytes, size_t *length, const mien_image *image) {
    sink out = {NULL, 0, 0, false};
    *bytes = NULL;
    *length = 0;
    if (image->rgb == NULL) return MIEN_ARGUMENT;
    int encoded = mien_stb_png(sink_write, &out, image->width, image->height, image->rgb);
    return sink_end(&out, encoded, bytes, length);
}

mien_status mien_image_encode_jpeg(uint8_t **bytes, size_t *length, const mien_image *image,
                                   int quality) {
    sink out = {NULL, 0, 0, false};
    *bytes = NULL;
    *length = 0;
    if (image->rgb == NULL || quality < 1 || quality > 100) return MIEN_ARGUMENT;
    int encoded = mien_stb_jpeg(sink_write, &out, image->width, image->height, image->rgb, quality);
    return sink_end(&out, encoded, bytes, length);
}

mien_status mien_image_write_png(const char *path, const mien_image *image, mien_error *error) {
    uint8_t *bytes;
    size_t length;
    mien_status status = mien_image_encode_png(&bytes, &length, image);
    if (status != MIEN_OK)
        return mien_fail(error, status, "%.200s: the picture cannot be encoded", path);
    status = mien_file_write(path, bytes, length, 0, error);
    mien_wipe(bytes, length);
    free(bytes);
    return status;
}
