/* SPDX-License-Identifier: MIT */
#include "platform/frames/pixels.h"

static uint8_t clamp(int value) {
    return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

/* ITU-R BT.601 in 16.16 fixed point, rounded: 255/219 and 255/224 stretch the limited range. */
void mien_pixel_from_ycc(uint8_t rgb[3], int y, int cb, int cr, bool full) {
    const int half = 1 << 15, b = cb - 128, r = cr - 128;
    const int luma = full ? y * 65536 : (y - 16) * 76309;
    rgb[0] = clamp((luma + r * (full ? 91881 : 104597) + half) >> 16);
    rgb[1] = clamp((luma - b * (full ? 22554 : 25675) - r * (full ? 46802 : 53279) + half) >> 16);
    rgb[2] = clamp((luma + b * (full ? 116130 : 132201) + half) >> 16);
}

void mien_pixels_from_yuyv(uint8_t *rgb, const uint8_t *source, int width, int height,
                           size_t stride, bool full) {
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, rgb += 3) {
            const uint8_t *pair = source + (size_t)y * stride + 4 * (size_t)(x / 2);
            mien_pixel_from_ycc(rgb, pair[x % 2 == 0 ? 0 : 2], pair[1], pair[3], full);
        }
}

void mien_pixels_from_grey(uint8_t *rgb, const uint8_t *source, int width, int height,
                           size_t stride) {
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, rgb += 3)
            rgb[0] = rgb[1] = rgb[2] = source[(size_t)y * stride + (size_t)x];
}
