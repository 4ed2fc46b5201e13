/* SPDX-License-Identifier: MIT */
/* What platform/images/stb.c makes of stb_image: decoding with a cap on memory, wiped when freed.
 * For platform/images only. */
#ifndef MIEN_PLATFORM_IMAGES_STB_H
#define MIEN_PLATFORM_IMAGES_STB_H

#include <stddef.h>
#include <stdint.h>

/* Width and height without decoding; 0 when the bytes are neither JPEG nor PNG. */
int mien_stb_info(const uint8_t *bytes, size_t length, int *width, int *height);
/* RGB rows, at most `limit` bytes of memory in use at once, released with mien_stb_free. NULL on
 * failure; *out_of_memory then says whether memory or the limit was the reason. Thread-safe. */
uint8_t *mien_stb_decode(const uint8_t *bytes, size_t length, int *width, int *height, size_t limit,
                         int *out_of_memory);
void mien_stb_free(uint8_t *rgb);
/* Encoders call `write` for each piece; 0 on failure. */
int mien_stb_png(void (*write)(void *context, void *bytes, int length), void *context, int width,
                 int height, const uint8_t *rgb);
int mien_stb_jpeg(void (*write)(void *context, void *bytes, int length), void *context, int width,
                  int height, const uint8_t *rgb, int quality);

#endif
