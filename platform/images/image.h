/* SPDX-License-Identifier: MIT */
/* A picture in memory and the bounded decoders and encoders for it. */
#ifndef MIEN_PLATFORM_IMAGES_IMAGE_H
#define MIEN_PLATFORM_IMAGES_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"

#define MIEN_IMAGE_MAX_SIDE 8192
#define MIEN_IMAGE_MAX_PIXELS (32u << 20)
#define MIEN_IMAGE_MAX_FILE ((size_t)64 << 20)

/* 8-bit RGB, interleaved, rows from top to bottom without padding: pixel (x, y), channel c is
 * rgb[3 * (y * width + x) + c]. Frames show faces, so the pixels are secret: mien_image_free wipes
 * them. A zeroed struct is a valid empty image. */
typedef struct mien_image {
    uint8_t *rgb;
    int width, height;
} mien_image;

/* Zeroed pixels, 1..MIEN_IMAGE_MAX_SIDE a side and at most MIEN_IMAGE_MAX_PIXELS. */
MIEN_MUST_CHECK mien_status mien_image_create(mien_image *image, int width, int height);
/* Wipe, release, zero the struct. NULL and empty are fine. */
void mien_image_free(mien_image *image);

/* Decode JPEG or PNG (nothing else) of at most MIEN_IMAGE_MAX_FILE bytes; alpha is dropped, grey is
 * spread. EXIF orientation of JPEG is applied. The caller frees *image. Hostile bytes give
 * MIEN_FORMAT, MIEN_TOO_LARGE or MIEN_MEMORY. */
MIEN_MUST_CHECK mien_status mien_image_decode(mien_image *image, const uint8_t *bytes,
                                              size_t length, mien_error *error);
MIEN_MUST_CHECK mien_status mien_image_read(mien_image *image, const char *path, mien_error *error);
/* PNG into memory (caller frees *bytes with free()) or a file (written atomically). */
MIEN_MUST_CHECK mien_status mien_image_encode_png(uint8_t **bytes, size_t *length,
                                                  const mien_image *image);
MIEN_MUST_CHECK mien_status mien_image_write_png(const char *path, const mien_image *image,
                                                 mien_error *error);
/* JPEG into memory, quality 1..100 (caller frees with free()). */
MIEN_MUST_CHECK mien_status mien_image_encode_jpeg(uint8_t **bytes, size_t *length,
                                                   const mien_image *image, int quality);

#endif
