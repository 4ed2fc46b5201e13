/* SPDX-License-Identifier: MIT */
/* From the pixel formats of cameras and videos to RGB. YCbCr is BT.601, in integers: the same on
 * every machine. */
#ifndef MIEN_PLATFORM_FRAMES_PIXELS_H
#define MIEN_PLATFORM_FRAMES_PIXELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* y, cb, cr 0..255. `full`: luma uses 0..255 and chroma 1..255 (JPEG); else 16..235 and 16..240,
 * what webcams and videos carry unless they say otherwise. */
void mien_pixel_from_ycc(uint8_t rgb[3], int y, int cb, int cr, bool full);
/* width x height pixels from rows that start `stride` bytes apart. The caller has checked that
 * `source` holds (height - 1) * stride + one row of 4 * ((width + 1) / 2) bytes. */
void mien_pixels_from_yuyv(uint8_t *rgb, const uint8_t *source, int width, int height,
                           size_t stride, bool full);
/* A row is `width` bytes; grey cameras use all 256 values. */
void mien_pixels_from_grey(uint8_t *rgb, const uint8_t *source, int width, int height,
                           size_t stride);

#endif
