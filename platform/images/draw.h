/* SPDX-License-Identifier: MIT */
/* Simple drawing into a picture; whatever lies outside is cut off. Not for untrusted sizes: callers
 * bring their own pictures. */
#ifndef MIEN_PLATFORM_IMAGES_DRAW_H
#define MIEN_PLATFORM_IMAGES_DRAW_H

#include "platform/images/image.h"

typedef struct mien_pixel {
    uint8_t r, g, b;
} mien_pixel;

void mien_draw_fill(mien_image *image, mien_pixel colour);
/* `thickness` >= 1 in pixels, centred on the line. */
void mien_draw_line(mien_image *image, float x0, float y0, float x1, float y1, int thickness,
                    mien_pixel colour);
/* Outline through the corners (x0, y0) and (x1, y1). */
void mien_draw_rectangle(mien_image *image, float x0, float y0, float x1, float y1, int thickness,
                         mien_pixel colour);
/* Filled: columns x .. x + width - 1, rows y .. y + height - 1. */
void mien_draw_box(mien_image *image, int x, int y, int width, int height, mien_pixel colour);
/* Filled, with a soft edge. */
void mien_draw_disc(mien_image *image, float x, float y, float radius, mien_pixel colour);

/* ASCII in a 6 x 8 font (capitals, small letters, digits, punctuation; others show as a box),
 * magnified `scale` >= 1 times; (x, y) is the top left corner. '\n' starts a new line. Returns the
 * x behind the last character. */
int mien_draw_text(mien_image *image, int x, int y, int scale, mien_pixel colour, const char *text);
#define MIEN_DRAW_TEXT_WIDTH 6
#define MIEN_DRAW_TEXT_HEIGHT 8

/* Copy `source` with its top left corner to (x, y). */
void mien_draw_image(mien_image *image, int x, int y, const mien_image *source);
/* *out becomes `source` at another size, bilinear with area averaging when shrinking. The caller
 * frees it. MIEN_ARGUMENT for sizes out of range. */
MIEN_MUST_CHECK mien_status mien_image_scale(mien_image *out, const mien_image *source, int width,
                                             int height);

#endif
