/* SPDX-License-Identifier: MIT */
#include "face_model/pipeline/geometry.h"

#include <math.h>
#include <string.h>

const mien_face_point mien_crop_template[5] = {{38.2946f, 51.6963f},
                                               {73.5318f, 51.5014f},
                                               {56.0252f, 71.7366f},
                                               {41.5493f, 92.3655f},
                                               {70.7299f, 92.2041f}};

static bool affine_finite(const mien_affine *t) {
    return isfinite(t->xx) && isfinite(t->xy) && isfinite(t->x0) && isfinite(t->yx) &&
           isfinite(t->yy) && isfinite(t->y0);
}

static void mean_point(double *x, double *y, const mien_face_point *points, int count) {
    *x = *y = 0;
    for (int i = 0; i < count; i++) *x += (double)points[i].x, *y += (double)points[i].y;
    *x /= count;
    *y /= count;
}

/* With points as complex numbers about their means, the least-squares factor is
 * sum(conj(from) to) / sum |from|^2: its argument is the rotation, its modulus the scale. */
mien_status mien_similarity_fit(mien_affine *transform, const mien_face_point *from,
                                const mien_face_point *to, int count) {
    double fx, fy, tx, ty, re = 0, im = 0, square = 0;
    if (count < 2) return MIEN_ARGUMENT;
    mean_point(&fx, &fy, from, count);
    mean_point(&tx, &ty, to, count);
    for (int i = 0; i < count; i++) {
        double ax = (double)from[i].x - fx, ay = (double)from[i].y - fy;
        double bx = (double)to[i].x - tx, by = (double)to[i].y - ty;
        re += ax * bx + ay * by;
        im += ax * by - ay * bx;
        square += ax * ax + ay * ay;
    }
    if (!(square > 1e-9)) return MIEN_ARGUMENT;
    re /= square;
    im /= square;
    mien_affine result = {re, -im, tx - re * fx + im * fy, im, re, ty - im * fx - re * fy};
    if (!affine_finite(&result)) return MIEN_ARGUMENT;
    *transform = result;
    return MIEN_OK;
}

mien_status mien_affine_invert(mien_affine *inverse, const mien_affine *t) {
    double determinant = t->xx * t->yy - t->xy * t->yx;
    if (!(fabs(determinant) > 1e-12)) return MIEN_ARGUMENT;
    mien_affine r = {t->yy / determinant,  -t->xy / determinant, 0,
                     -t->yx / determinant, t->xx / determinant,  0};
    r.x0 = -(r.xx * t->x0 + r.xy * t->y0);
    r.y0 = -(r.yx * t->x0 + r.yy * t->y0);
    if (!affine_finite(&r)) return MIEN_ARGUMENT;
    *inverse = r;
    return MIEN_OK;
}

mien_face_point mien_affine_apply(const mien_affine *t, mien_face_point p) {
    double x = (double)p.x, y = (double)p.y;
    mien_face_point r = {(float)(t->xx * x + t->xy * y + t->x0),
                         (float)(t->yx * x + t->yy * y + t->y0)};
    return r;
}

static mien_face_point mean_of(const mien_face_point *landmarks, const int *indices, int count) {
    mien_face_point sum = {0, 0};
    for (int i = 0; i < count; i++) {
        sum.x += landmarks[indices[i]].x;
        sum.y += landmarks[indices[i]].y;
    }
    sum.x /= (float)count;
    sum.y /= (float)count;
    return sum;
}

void mien_face_five_points(mien_face_point five[5],
                           const mien_face_point landmarks[MIEN_FACE_LANDMARKS]) {
    static const int left_lids[] = {37, 38, 40, 41}, right_lids[] = {43, 44, 46, 47};
    static const int left_mouth[] = {48, 60}, right_mouth[] = {54, 64};
    five[0] = mean_of(landmarks, left_lids, 4);
    five[1] = mean_of(landmarks, right_lids, 4);
    five[2] = landmarks[30];
    five[3] = mean_of(landmarks, left_mouth, 2);
    five[4] = mean_of(landmarks, right_mouth, 2);
}

/* Fitted from picture to template, as the network's authors did, then inverted: the inverse of a
 * fit is not the fit of the inverse. */
mien_status mien_face_crop_transform(mien_affine *transform, const mien_face_point five[5]) {
    mien_affine to_crop;
    if (mien_similarity_fit(&to_crop, five, mien_crop_template, 5) != MIEN_OK)
        return MIEN_FACE_POSE;
    return mien_affine_invert(transform, &to_crop) == MIEN_OK ? MIEN_OK : MIEN_FACE_POSE;
}

static int grid_for(double stretch) {
    /* up to 1.2 picture pixels an output pixel, one bilinear sample does not alias visibly */
    int grid = (int)ceil(stretch - 0.2);
    return grid < 1 ? 1 : grid > MIEN_SAMPLING_MAX_GRID ? MIEN_SAMPLING_MAX_GRID : grid;
}

static bool in_limits(const mien_affine *t) {
    const double step = 32768, start = 1048576;
    return fabs(t->xx) < step && fabs(t->xy) < step && fabs(t->yx) < step && fabs(t->yy) < step &&
           fabs(t->x0) < start && fabs(t->y0) < start;
}

mien_status mien_sampling_plan(mien_sampling *s, const mien_affine *t) {
    if (!affine_finite(t) || !in_limits(t)) return MIEN_ARGUMENT;
    s->grid_x = grid_for(sqrt(t->xx * t->xx + t->yx * t->yx));
    s->grid_y = grid_for(sqrt(t->xy * t->xy + t->yy * t->yy));
    double xx = t->xx / s->grid_x, yx = t->yx / s->grid_x;
    double xy = t->xy / s->grid_y, yy = t->yy / s->grid_y;
    double back_x = 0.5 * (s->grid_x - 1), back_y = 0.5 * (s->grid_y - 1);
    s->xx = llround(65536 * xx);
    s->xy = llround(65536 * xy);
    s->yx = llround(65536 * yx);
    s->yy = llround(65536 * yy);
    s->x0 = llround(65536 * (t->x0 - back_x * xx - back_y * xy));
    s->y0 = llround(65536 * (t->y0 - back_x * yx - back_y * yy));
    return MIEN_OK;
}

static const uint8_t *pixel_or_black(const mien_image *image, int64_t x, int64_t y) {
    static const uint8_t black[3];
    if (x < 0 || y < 0 || x >= image->width || y >= image->height) return black;
    return image->rgb + 3 * ((size_t)y * (size_t)image->width + (size_t)x);
}

/* Add one bilinear sample at (x, y) / 2^16, weight 2^16, to sum[3]. */
static void add_sample(uint64_t sum[3], const mien_image *image, int64_t x, int64_t y) {
    x += 128;
    y += 128;
    int64_t column = x >> 16, row = y >> 16;
    uint32_t fx = (uint32_t)(x >> 8) & 255, fy = (uint32_t)(y >> 8) & 255;
    const uint8_t *a = pixel_or_black(image, column, row);
    const uint8_t *b = pixel_or_black(image, column + 1, row);
    const uint8_t *c = pixel_or_black(image, column, row + 1);
    const uint8_t *d = pixel_or_black(image, column + 1, row + 1);
    uint32_t wa = (256 - fx) * (256 - fy), wb = fx * (256 - fy), wc = (256 - fx) * fy, wd = fx * fy;
    for (int k = 0; k < 3; k++) sum[k] += wa * a[k] + wb * b[k] + wc * c[k] + wd * d[k];
}

static void sample_pixel(uint8_t rgb[3], const mien_image *image, const mien_sampling *s, int x,
                         int y) {
    uint64_t sum[3] = {0, 0, 0}, weight = (uint64_t)(s->grid_x * s->grid_y) << 16;
    for (int j = 0; j < s->grid_y; j++) {
        int64_t v = (int64_t)y * s->grid_y + j, u = (int64_t)x * s->grid_x;
        int64_t px = s->x0 + u * s->xx + v * s->xy, py = s->y0 + u * s->yx + v * s->yy;
        for (int i = 0; i < s->grid_x; i++) add_sample(sum, image, px + i * s->xx, py + i * s->yx);
    }
    for (int k = 0; k < 3; k++) rgb[k] = (uint8_t)((sum[k] + weight / 2) / weight);
}

void mien_sampling_rgb(uint8_t *out, int width, int height, const mien_image *image,
                       const mien_sampling *sampling) {
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            sample_pixel(out + 3 * ((size_t)y * (size_t)width + (size_t)x), image, sampling, x, y);
}

void mien_sampling_grey(uint8_t *out, int width, int height, const mien_image *image,
                        const mien_sampling *sampling) {
    uint8_t rgb[3];
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            sample_pixel(rgb, image, sampling, x, y);
            out[(size_t)y * (size_t)width + (size_t)x] = mien_luma(rgb);
        }
}
