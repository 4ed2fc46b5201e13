/* SPDX-License-Identifier: MIT */
/* Transforms against what they were made from, sampling against exact pixel sums. */
#include "face_model/pipeline/geometry.h"

#include <math.h>

#include "platform/base/sha256.h"
#include "tests/harness.h"

static double uniform(double low, double high) {
    return low + (high - low) * (double)(harness_random() >> 11) / 9007199254740992.0;
}

static mien_affine random_similarity(void) {
    double scale = exp(uniform(-2, 2)), angle = uniform(-3.1, 3.1);
    double c = scale * cos(angle), s = scale * sin(angle);
    mien_affine t = {c, -s, uniform(-300, 300), s, c, uniform(-300, 300)};
    return t;
}

static void random_points(mien_face_point *points, int count) {
    for (int i = 0; i < count; i++) {
        points[i].x = (float)uniform(0, 200);
        points[i].y = (float)uniform(0, 200);
    }
}

static double squared_error(const mien_affine *t, const mien_face_point *from,
                            const mien_face_point *to, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
        double x = t->xx * (double)from[i].x + t->xy * (double)from[i].y + t->x0 - (double)to[i].x;
        double y = t->yx * (double)from[i].x + t->yy * (double)from[i].y + t->y0 - (double)to[i].y;
        sum += x * x + y * y;
    }
    return sum;
}

static void test_similarity_is_recovered(void) {
    for (int round = 0; round < 1000; round++) {
        mien_face_point from[5], to[5];
        mien_affine truth = random_similarity(), found;
        random_points(from, 5);
        for (int i = 0; i < 5; i++) to[i] = mien_affine_apply(&truth, from[i]);
        REQUIRE(mien_similarity_fit(&found, from, to, 5) == MIEN_OK);
        CHECK(fabs(found.xx - truth.xx) < 1e-4 && fabs(found.yx - truth.yx) < 1e-4);
        CHECK(fabs(found.x0 - truth.x0) < 1e-2 && fabs(found.y0 - truth.y0) < 1e-2);
        CHECK(found.xx == found.yy && found.xy == -found.yx);
    }
}

/* No neighbouring similarity does better, mirrored points included. */
static void test_similarity_is_the_least_squares_one(void) {
    for (int round = 0; round < 200; round++) {
        mien_face_point from[5], to[5];
        mien_affine best;
        random_points(from, 5);
        random_points(to, 5);
        if (round % 2 == 0)
            for (int i = 0; i < 5; i++) to[i].x = -from[i].x, to[i].y = from[i].y;
        REQUIRE(mien_similarity_fit(&best, from, to, 5) == MIEN_OK);
        double least = squared_error(&best, from, to, 5);
        for (int k = 0; k < 8; k++) {
            mien_affine other = best;
            double d = k % 2 ? 1e-3 : -1e-3;
            if (k / 2 == 0) other.xx += d, other.yy += d;
            if (k / 2 == 1) other.yx += d, other.xy -= d;
            if (k / 2 == 2) other.x0 += 100 * d;
            if (k / 2 == 3) other.y0 += 100 * d;
            CHECK(squared_error(&other, from, to, 5) >= least);
        }
    }
}

static void test_degenerate_points_are_refused(void) {
    mien_face_point same[5], to[5], five[5];
    mien_affine t;
    for (int i = 0; i < 5; i++) same[i].x = 7, same[i].y = 9;
    random_points(to, 5);
    CHECK_INT(mien_similarity_fit(&t, same, to, 5), MIEN_ARGUMENT);
    CHECK_INT(mien_similarity_fit(&t, to, to, 1), MIEN_ARGUMENT);
    CHECK_INT(mien_face_crop_transform(&t, same), MIEN_FACE_POSE);
    memcpy(five, to, sizeof five);
    five[2].x = NAN;
    CHECK_INT(mien_face_crop_transform(&t, five), MIEN_FACE_POSE);
    five[2].x = INFINITY;
    CHECK_INT(mien_face_crop_transform(&t, five), MIEN_FACE_POSE);
    mien_affine flat = {1, 2, 0, 2, 4, 0};
    CHECK_INT(mien_affine_invert(&t, &flat), MIEN_ARGUMENT);
}

static void test_inverse(void) {
    for (int round = 0; round < 200; round++) {
        mien_affine t = random_similarity(), back;
        mien_face_point p;
        random_points(&p, 1);
        REQUIRE(mien_affine_invert(&back, &t) == MIEN_OK);
        mien_face_point q = mien_affine_apply(&back, mien_affine_apply(&t, p));
        CHECK(fabsf(q.x - p.x) < 0.05f && fabsf(q.y - p.y) < 0.05f);
    }
}

/* The template's own points give the identity: the crop is the picture's corner. */
static void test_template_is_a_fixed_point(void) {
    mien_affine t;
    REQUIRE(mien_face_crop_transform(&t, mien_crop_template) == MIEN_OK);
    CHECK(fabs(t.xx - 1) < 1e-6 && fabs(t.yx) < 1e-6 && fabs(t.x0) < 1e-4 && fabs(t.y0) < 1e-4);
}

static void noise_image(mien_image *image, int width, int height) {
    REQUIRE(mien_image_create(image, width, height) == MIEN_OK);
    harness_random_bytes(image->rgb, 3 * (size_t)width * (size_t)height);
}

static void sample(uint8_t *out, int width, int height, const mien_image *image, mien_affine t) {
    mien_sampling s;
    REQUIRE(mien_sampling_plan(&s, &t) == MIEN_OK);
    mien_sampling_rgb(out, width, height, image, &s);
}

static void test_identity_and_shift_keep_pixels(void) {
    mien_image image = {0};
    uint8_t out[3 * 20 * 10];
    noise_image(&image, 40, 30);
    for (int dy = 0; dy < 4; dy++)
        for (int dx = 0; dx < 4; dx++) {
            mien_affine t = {1, 0, dx, 0, 1, dy};
            sample(out, 20, 10, &image, t);
            for (int y = 0; y < 10; y++)
                CHECK_BYTES(out + 3 * 20 * y, image.rgb + 3 * (40 * (y + dy) + dx), 3 * 20);
        }
    mien_image_free(&image);
}

static void test_half_pixel_is_the_mean(void) {
    mien_image image = {0};
    uint8_t out[3 * 8 * 8];
    noise_image(&image, 9, 9);
    mien_affine t = {1, 0, 0.5, 0, 1, 0.5};
    sample(out, 8, 8, &image, t);
    for (int i = 0; i < 3 * 64; i++) {
        const uint8_t *p = image.rgb + 3 * (9 * (i / 24)) + i % 24;
        CHECK_INT(out[i], (p[0] + p[3] + p[27] + p[30] + 2) / 4);
    }
    mien_image_free(&image);
}

/* Shrinking n times gives the exact mean of each n x n block, rounded half up. */
static void test_shrinking_averages_blocks(void) {
    for (int n = 2; n <= 16; n++) {
        mien_image image = {0};
        uint8_t out[3 * 5 * 4];
        noise_image(&image, 5 * n, 4 * n);
        mien_affine t = {n, 0, 0.5 * (n - 1), 0, n, 0.5 * (n - 1)};
        sample(out, 5, 4, &image, t);
        for (int y = 0; y < 4; y++)
            for (int x = 0; x < 15; x++) {
                long sum = 0;
                for (int j = 0; j < n; j++)
                    for (int i = 0; i < n; i++)
                        sum += image.rgb[3 * ((y * n + j) * 5 * n + x / 3 * n + i) + x % 3];
                CHECK_INT(out[15 * y + x], (2 * sum + n * n) / (2 * n * n));
            }
        mien_image_free(&image);
    }
}

static void test_outside_is_black(void) {
    mien_image image = {0};
    uint8_t out[3 * 16 * 16], black[3 * 16 * 16] = {0};
    noise_image(&image, 10, 10);
    memset(image.rgb, 200, 300);
    mien_affine far = {1, 0, 1e6, 0, 1, -1e6}, across = {1, 0, -3, 0, 1, -3};
    sample(out, 16, 16, &image, far);
    CHECK_BYTES(out, black, sizeof out);
    sample(out, 16, 16, &image, across);
    for (int y = 0; y < 16; y++)
        for (int x = 0; x < 16; x++) {
            bool in = x >= 3 && x < 13 && y >= 3 && y < 13;
            CHECK_INT(out[3 * (16 * y + x)], in ? 200 : 0);
        }
    mien_image_free(&image);
}

static void test_sampling_limits(void) {
    mien_sampling s;
    const double bad[] = {NAN, INFINITY, -INFINITY, 1e30, 2e6};
    for (int k = 0; k < 5; k++)
        for (int i = 0; i < 6; i++) {
            mien_affine t = {1, 0, 0, 0, 1, 0};
            (&t.xx)[i] = bad[k];
            CHECK_INT(mien_sampling_plan(&s, &t), MIEN_ARGUMENT);
        }
    mien_image image = {0};
    static uint8_t out[3 * 512 * 4];
    noise_image(&image, 3, 3);
    mien_affine extreme = {32767, 32767, 1048575, -32767, -32767, -1048575};
    REQUIRE(mien_sampling_plan(&s, &extreme) == MIEN_OK);
    CHECK(s.grid_x == MIEN_SAMPLING_MAX_GRID && s.grid_y == MIEN_SAMPLING_MAX_GRID);
    mien_sampling_rgb(out, 512, 1, &image, &s); /* sanitizers watch the arithmetic */
    mien_affine nothing = {0, 0, 1, 0, 0, 1};
    sample(out, 2, 2, &image, nothing);
    CHECK_BYTES(out, image.rgb + 3 * 4, 3);
    mien_image_free(&image);
}

static void test_grey_is_luma_of_rgb(void) {
    mien_image image = {0};
    uint8_t rgb[3 * 64], grey[64];
    mien_sampling s;
    mien_affine t = {1.3, 0.2, -1, -0.2, 1.3, 2};
    noise_image(&image, 20, 20);
    REQUIRE(mien_sampling_plan(&s, &t) == MIEN_OK);
    mien_sampling_rgb(rgb, 8, 8, &image, &s);
    mien_sampling_grey(grey, 8, 8, &image, &s);
    for (int i = 0; i < 64; i++) CHECK_INT(grey[i], mien_luma(rgb + 3 * i));
    uint8_t white[3] = {255, 255, 255}, none[3] = {0, 0, 0};
    CHECK(mien_luma(white) == 255 && mien_luma(none) == 0);
    mien_image_free(&image);
}

/* The same bytes from every compiler and machine: the digest is part of the contract. */
static void test_crop_bytes_are_fixed(void) {
    mien_image image = {0};
    REQUIRE(mien_image_create(&image, 640, 480) == MIEN_OK);
    for (size_t i = 0; i < 3 * 640 * 480; i++)
        image.rgb[i] = (uint8_t)((i * 2654435761u) >> 13 ^ i >> 7);
    const mien_face_point five[5] = {{301.25f, 180.5f},
                                     {395.75f, 201.125f},
                                     {344.5f, 250.0f},
                                     {290.0f, 281.5f},
                                     {370.0f, 300.25f}};
    mien_affine t;
    uint8_t crop[MIEN_FACE_CROP_BYTES], digest[32];
    REQUIRE(mien_face_crop_transform(&t, five) == MIEN_OK);
    sample(crop, MIEN_FACE_CROP_SIDE, MIEN_FACE_CROP_SIDE, &image, t);
    mien_sha256(digest, crop, sizeof crop);
    static const uint8_t expected[32] = {0x03, 0x89, 0xf8, 0x30, 0xe5, 0xaf, 0xea, 0xfc,
                                         0x1b, 0x43, 0xb7, 0x5e, 0x77, 0x3a, 0xbd, 0xce,
                                         0xf1, 0x95, 0x0c, 0x9f, 0xd6, 0x84, 0xf3, 0x79,
                                         0x54, 0xdf, 0xef, 0xe4, 0x82, 0x7b, 0xc7, 0xb7};
    CHECK_BYTES(digest, expected, 32);
    mien_image_free(&image);
}

/* White dots at the five points come out at the template's places. */
static void test_crop_puts_points_on_the_template(void) {
    mien_image image = {0};
    mien_affine to_picture = {1.9, -0.6, 200, 0.6, 1.9, 90}, t;
    mien_face_point five[5];
    static uint8_t crop[MIEN_FACE_CROP_BYTES];
    REQUIRE(mien_image_create(&image, 640, 480) == MIEN_OK);
    for (int i = 0; i < 5; i++) {
        five[i] = mien_affine_apply(&to_picture, mien_crop_template[i]);
        for (int y = -4; y <= 4; y++)
            for (int x = -4; x <= 4; x++)
                image.rgb[3 * (((int)lroundf(five[i].y) + y) * 640 + (int)lroundf(five[i].x) + x)] =
                    255;
    }
    REQUIRE(mien_face_crop_transform(&t, five) == MIEN_OK);
    sample(crop, MIEN_FACE_CROP_SIDE, MIEN_FACE_CROP_SIDE, &image, t);
    for (int i = 0; i < 5; i++) {
        double sx = 0, sy = 0, sum = 0;
        for (int y = -6; y <= 6; y++)
            for (int x = -6; x <= 6; x++) {
                int px = (int)mien_crop_template[i].x + x, py = (int)mien_crop_template[i].y + y;
                double v = crop[3 * (py * MIEN_FACE_CROP_SIDE + px)];
                sx += v * px, sy += v * py, sum += v;
            }
        REQUIRE(sum > 0);
        CHECK(fabs(sx / sum - (double)mien_crop_template[i].x) < 0.5);
        CHECK(fabs(sy / sum - (double)mien_crop_template[i].y) < 0.5);
    }
    mien_image_free(&image);
}

static void test_five_points(void) {
    mien_face_point landmarks[MIEN_FACE_LANDMARKS], five[5];
    for (int i = 0; i < MIEN_FACE_LANDMARKS; i++)
        landmarks[i].x = (float)i, landmarks[i].y = (float)(1000 - 2 * i);
    mien_face_five_points(five, landmarks);
    const float expected[5] = {39, 45, 30, 54, 59};
    for (int i = 0; i < 5; i++) {
        CHECK(five[i].x == expected[i]);
        CHECK(five[i].y == 1000 - 2 * expected[i]);
    }
}

int main(void) {
    RUN(test_similarity_is_recovered);
    RUN(test_similarity_is_the_least_squares_one);
    RUN(test_degenerate_points_are_refused);
    RUN(test_inverse);
    RUN(test_template_is_a_fixed_point);
    RUN(test_identity_and_shift_keep_pixels);
    RUN(test_half_pixel_is_the_mean);
    RUN(test_shrinking_averages_blocks);
    RUN(test_outside_is_black);
    RUN(test_sampling_limits);
    RUN(test_grey_is_luma_of_rgb);
    RUN(test_crop_bytes_are_fixed);
    RUN(test_crop_puts_points_on_the_template);
    RUN(test_five_points);
    return harness_end();
}
