/* SPDX-License-Identifier: MIT */
#include "platform/images/draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/images/font.h"

static uint8_t *pixel_at(const mien_image *image, int x, int y) {
    return image->rgb + 3 * ((size_t)y * (size_t)image->width + (size_t)x);
}

static void set(mien_image *image, int x, int y, mien_pixel colour) {
    uint8_t *p = pixel_at(image, x, y);
    p[0] = colour.r;
    p[1] = colour.g;
    p[2] = colour.b;
}

/* `cover` 0..1 of the colour over what is there. */
static void blend(mien_image *image, int x, int y, mien_pixel colour, float cover) {
    uint8_t *p = pixel_at(image, x, y);
    const uint8_t c[3] = {colour.r, colour.g, colour.b};
    for (int i = 0; i < 3; i++)
        p[i] = (uint8_t)((float)p[i] + ((float)c[i] - (float)p[i]) * cover + 0.5f);
}

/* A coordinate as an index 0..size, whatever it is (infinite and NaN too). */
static int clip(float value, int size) {
    if (!(value > 0)) return 0;
    return value < (float)size ? (int)value : size;
}

static int clip_index(long long value, int size) {
    return value < 0 ? 0 : value > size ? size : (int)value;
}

void mien_draw_box(mien_image *image, int x, int y, int width, int height, mien_pixel colour) {
    const int x0 = clip_index(x, image->width), y0 = clip_index(y, image->height);
    const int x1 = clip_index((long long)x + width, image->width);
    const int y1 = clip_index((long long)y + height, image->height);
    for (int row = y0; row < y1; row++)
        for (int column = x0; column < x1; column++) set(image, column, row, colour);
}

void mien_draw_fill(mien_image *image, mien_pixel colour) {
    mien_draw_box(image, 0, 0, image->width, image->height, colour);
}

/* Distance of the pixel's centre from the segment; looks only at the box around it. */
void mien_draw_line(mien_image *image, float x0, float y0, float x1, float y1, int thickness,
                    mien_pixel colour) {
    if (!isfinite(x0) || !isfinite(y0) || !isfinite(x1) || !isfinite(y1)) return;
    const float half = 0.5f * (float)thickness, dx = x1 - x0, dy = y1 - y0;
    const float length2 = dx * dx + dy * dy;
    const int left = clip(fminf(x0, x1) - half - 1, image->width);
    const int right = clip(fmaxf(x0, x1) + half + 2, image->width);
    const int top = clip(fminf(y0, y1) - half - 1, image->height);
    const int bottom = clip(fmaxf(y0, y1) + half + 2, image->height);
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++) {
            const float px = (float)x + 0.5f - x0, py = (float)y + 0.5f - y0;
            float t = length2 > 0 ? (px * dx + py * dy) / length2 : 0;
            t = t < 0 ? 0 : t > 1 ? 1 : t;
            const float cover = half + 0.5f - hypotf(px - t * dx, py - t * dy);
            if (cover > 0) blend(image, x, y, colour, cover < 1 ? cover : 1);
        }
}

void mien_draw_rectangle(mien_image *image, float x0, float y0, float x1, float y1, int thickness,
                         mien_pixel colour) {
    mien_draw_line(image, x0, y0, x1, y0, thickness, colour);
    mien_draw_line(image, x0, y1, x1, y1, thickness, colour);
    mien_draw_line(image, x0, y0, x0, y1, thickness, colour);
    mien_draw_line(image, x1, y0, x1, y1, thickness, colour);
}

void mien_draw_disc(mien_image *image, float x, float y, float radius, mien_pixel colour) {
    if (!isfinite(x) || !isfinite(y) || !isfinite(radius)) return;
    const int left = clip(x - radius - 1, image->width);
    const int right = clip(x + radius + 2, image->width);
    const int top = clip(y - radius - 1, image->height);
    const int bottom = clip(y + radius + 2, image->height);
    for (int row = top; row < bottom; row++)
        for (int column = left; column < right; column++) {
            const float cover =
                radius + 0.5f - hypotf((float)column + 0.5f - x, (float)row + 0.5f - y);
            if (cover > 0) blend(image, column, row, colour, cover < 1 ? cover : 1);
        }
}

static void draw_letter(mien_image *image, int x, int y, int scale, mien_pixel colour,
                        unsigned char letter) {
    static const uint8_t unknown[8] = {0x1f, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1f, 0x00};
    const uint8_t *rows = letter >= ' ' && letter <= '~' ? mien_font[letter - ' '] : unknown;
    for (int row = 0; row < 8; row++)
        for (int column = 0; column < 5; column++)
            if ((rows[row] >> (4 - column) & 1) != 0)
                mien_draw_box(image, x + column * scale, y + row * scale, scale, scale, colour);
}

int mien_draw_text(mien_image *image, int x, int y, int scale, mien_pixel colour,
                   const char *text) {
    const int start = x;
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            x = start;
            y += MIEN_DRAW_TEXT_HEIGHT * scale;
            continue;
        }
        /* what lies outside is not drawn, and not walked through either */
        if (x < image->width && y < image->height)
            draw_letter(image, x, y, scale, colour, (unsigned char)*text);
        x += MIEN_DRAW_TEXT_WIDTH * scale;
    }
    return x;
}

void mien_draw_image(mien_image *image, int x, int y, const mien_image *source) {
    const int x0 = clip_index(x, image->width), y0 = clip_index(y, image->height);
    const int x1 = clip_index((long long)x + source->width, image->width);
    const int y1 = clip_index((long long)y + source->height, image->height);
    for (int row = y0; row < y1 && x0 < x1; row++)
        memcpy(pixel_at(image, x0, row), pixel_at(source, x0 - x, row - y), 3 * (size_t)(x1 - x0));
}

/* What one output coordinate takes: `count` inputs from `first` on, with weights that add up to
 * one. */
typedef struct tap_list {
    int first, count;
    float *weights;
} tap_list;

/* A triangle as wide as the larger of an input and an output pixel. */
static void find_taps(tap_list *out, int at, int from, int to) {
    const float ratio = (float)from / (float)to, radius = ratio > 1 ? ratio : 1;
    const float centre = ((float)at + 0.5f) * ratio - 0.5f;
    float sum = 0;
    out->first = clip(ceilf(centre - radius), from - 1);
    out->count = 0;
    for (int i = out->first; i < from && (float)i <= centre + radius; i++) {
        const float weight = 1 - fabsf((float)i - centre) / radius;
        out->weights[out->count++] = weight > 0 ? weight : 0;
        sum += weight > 0 ? weight : 0;
    }
    for (int i = 0; i < out->count; i++) out->weights[i] /= sum;
}

/* from x rows -> to x rows, each of `rows` rows of three channels; element (i, row) lies at
 * i * step + row * pitch. */
static mien_status scale_axis(float *target, const float *source, int from, int to, int rows,
                              size_t from_pitch, size_t to_pitch, size_t step) {
    const size_t most = (size_t)(2 * ((from + to - 1) / to) + 3);
    tap_list taps = {0, 0, calloc(most, sizeof(float))};
    if (taps.weights == NULL) return MIEN_MEMORY;
    for (int i = 0; i < to; i++) {
        find_taps(&taps, i, from, to);
        for (int row = 0; row < rows; row++)
            for (size_t c = 0; c < 3; c++) {
                const float *in = source + (size_t)row * from_pitch + c;
                float sum = 0;
                for (int k = 0; k < taps.count; k++)
                    sum += taps.weights[k] * in[(size_t)(taps.first + k) * step];
                target[(size_t)row * to_pitch + (size_t)i * step + c] = sum;
            }
    }
    free(taps.weights);
    return MIEN_OK;
}

static float *floats_of(size_t count, const uint8_t *bytes) {
    float *made = malloc(count * sizeof *made);
    for (size_t i = 0; made != NULL && bytes != NULL && i < count; i++) made[i] = (float)bytes[i];
    return made;
}

static void wipe_and_free(float *memory, size_t count) {
    if (memory != NULL) mien_wipe(memory, count * sizeof *memory);
    free(memory);
}

mien_status mien_image_scale(mien_image *out, const mien_image *source, int width, int height) {
    memset(out, 0, sizeof *out);
    if (source->rgb == NULL) return MIEN_ARGUMENT;
    mien_image made;
    if (mien_image_create(&made, width, height) == MIEN_MEMORY) return MIEN_MEMORY;
    if (made.rgb == NULL) return MIEN_ARGUMENT;
    const size_t w = (size_t)source->width, h = (size_t)source->height, to_w = (size_t)width,
                 to_h = (size_t)height;
    float *first = floats_of(3 * w * h, source->rgb);
    float *between = floats_of(3 * to_w * h, NULL), *last = floats_of(3 * to_w * to_h, NULL);
    mien_status status = MIEN_MEMORY;
    if (first != NULL && between != NULL && last != NULL)
        status =
            scale_axis(between, first, source->width, width, source->height, 3 * w, 3 * to_w, 3);
    /* columns become rows: the pitch of a column is one pixel, its step one line */
    if (status == MIEN_OK)
        status = scale_axis(last, between, source->height, height, width, 3, 3, 3 * to_w);
    for (size_t i = 0; status == MIEN_OK && i < 3 * to_w * to_h; i++)
        made.rgb[i] = (uint8_t)(last[i] + 0.5f);
    wipe_and_free(first, 3 * w * h);
    wipe_and_free(between, 3 * to_w * h);
    wipe_and_free(last, 3 * to_w * to_h);
    if (status == MIEN_OK)
        *out = made;
    else
        mien_image_free(&made);
    return status;
}
