/* SPDX-License-Identifier: MIT */
/* From the pixel formats of cameras and videos to RGB. YCbCr is BT.601 limited range (what webcams
 * and Y4M carry), in integers: the same on every machine. */
#ifndef MIEN_PLATFORM_FRAMES_PIXELS_H
#define MIEN_PLATFORM_FRAMES_PIXELS_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/status.h"

void mien_pixel_from_ycc(uint8_t rgb[3], int y, int cb, int cr);
/* width x height pixels from rows that start `stride` bytes apart. The caller has checked that
 * `source` holds (height - 1) * stride + one row. YUYV: width is even, a row is 2 * width bytes. */
void mien_pixels_from_yuyv(uint8_t *rgb, const uint8_t *source, int width, int height,
                           size_t stride);
/* Full range: grey cameras use all 256 values. */
void mien_pixels_from_grey(uint8_t *rgb, const uint8_t *source, int width, int height,
                           size_t stride);

#endif
