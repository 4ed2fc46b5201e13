/* SPDX-License-Identifier: MIT */
/* Each measure moves the way it should, and each gate fires for its own fault only. */
#include "face_model/pipeline/quality.h"

#include <math.h>

#include "tests/harness.h"

#define SIDE MIEN_FACE_CROP_SIDE

static const mien_image picture = {NULL, 640, 480};

/* A head of `scale` pixels between the eyes at (x, y), turned by moving the nose sideways. */
static void make_face(mien_face_view *view, float x, float y, float scale, float angle, float turn,
                      float tilt) {
    static const float nose_height = 0.55f;
    memset(view, 0, sizeof *view);
    float c = cosf(angle) * scale, s = sinf(angle) * scale;
    const float local[5][2] = {{-0.5f, 0}, {0.5f, 0}, {turn, tilt}, {-0.4f, 1}, {0.4f, 1}};
    for (int i = 0; i < 5; i++) {
        view->five[i].x = x + c * local[i][0] - s * local[i][1];
        view->five[i].y = y + s * local[i][0] + c * local[i][1];
    }
    for (int i = 0; i < MIEN_FACE_LANDMARKS; i++) {
        float u = (float)(i % 9) / 8 * 2 - 1, v = (float)(i / 9) / 7 * 2 - nose_height;
        view->landmarks[i].x = x + c * u - s * v;
        view->landmarks[i].y = y + s * u + c * v;
    }
    mien_quality_of_pose(view, &picture);
}

static mien_status judge_pose(const mien_face_view *view) {
    mien_error error = {0};
    mien_status status = mien_quality_judge_pose(view, &mien_gates_default, &error);
    if (status != MIEN_OK) CHECK(error.status == status && error.message[0] != '\0');
    return status;
}

static void test_pose_measures(void) {
    mien_face_view view;
    for (float angle = -0.6f; angle < 0.61f; angle += 0.2f) { /* leaning does not count */
        make_face(&view, 320, 200, 60, angle, 0.2f, 0.55f);
        CHECK(fabsf(view.eye_distance - 60) < 1e-3f);
        CHECK(fabsf(view.turn - 0.2f) < 1e-4f && fabsf(view.tilt - 0.55f) < 1e-4f);
        CHECK(view.visible == 1);
        CHECK_INT(judge_pose(&view), MIEN_OK);
    }
    make_face(&view, 0, 200, 60, 0, 0, 0.55f);
    CHECK(view.visible > 0.4f && view.visible < 0.6f);
}

static void test_pose_gates(void) {
    mien_face_view view;
    make_face(&view, 320, 200, mien_gates_default.eye_distance - 1, 0, 0, 0.55f);
    CHECK_INT(judge_pose(&view), MIEN_FACE_SMALL);
    make_face(&view, 10, 200, 60, 0, 0, 0.55f);
    CHECK_INT(judge_pose(&view), MIEN_FACE_POSE);
    make_face(&view, 320, 470, 60, 0, 0, 0.55f);
    CHECK_INT(judge_pose(&view), MIEN_FACE_POSE);
    for (int side = -1; side <= 1; side += 2) {
        float limit = mien_gates_default.turn * (float)side;
        make_face(&view, 320, 200, 60, 0, 1.02f * limit, 0.55f);
        CHECK_INT(judge_pose(&view), MIEN_FACE_POSE);
        make_face(&view, 320, 200, 60, 0, 0.98f * limit, 0.55f);
        CHECK_INT(judge_pose(&view), MIEN_OK);
    }
    make_face(&view, 320, 200, 60, 0, 0, mien_gates_default.tilt_low - 0.02f);
    CHECK_INT(judge_pose(&view), MIEN_FACE_POSE);
    make_face(&view, 320, 200, 60, 0, 0, mien_gates_default.tilt_high + 0.02f);
    CHECK_INT(judge_pose(&view), MIEN_FACE_POSE);
}

/* Points that no face has: refused, never a division by zero that passes. */
static void test_pose_degenerate(void) {
    mien_face_view view;
    memset(&view, 0, sizeof view);
    mien_quality_of_pose(&view, &picture);
    CHECK_INT(judge_pose(&view), MIEN_FACE_SMALL);
    make_face(&view, 320, 200, 60, 0, 0, 0.55f);
    view.five[3].y = view.five[4].y = 100; /* mouth above the eyes */
    mien_quality_of_pose(&view, &picture);
    CHECK_INT(judge_pose(&view), MIEN_FACE_POSE);
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 5; i++) {
            make_face(&view, 320, 200, 60, 0, 0, 0.55f);
            view.five[i].x = bad[k];
            mien_quality_of_pose(&view, &picture);
            CHECK(judge_pose(&view) != MIEN_OK);
        }
}

/* Stripes and spots of different sizes about a mean: something like a face's spectrum. */
static void make_crop(mien_face_view *view, double mean, double contrast) {
    make_face(view, 320, 200, 60, 0, 0, 0.55f);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            double v = sin(0.09 * x + 1) + sin(0.11 * y) + 0.4 * sin(0.8 * x + 0.3 * y) +
                       0.4 * sin(0.75 * y - 0.35 * x) + 0.3 * sin(1.6 * x) * sin(1.7 * y);
            double value = mean + contrast * v;
            value = value < 0 ? 0 : value > 255 ? 255 : value;
            for (int k = 0; k < 3; k++) view->crop[3 * (y * SIDE + x) + k] = (uint8_t)value;
        }
    mien_quality_of_crop(view);
}

static void blur(mien_face_view *view, int across, int along) {
    static uint8_t copy[MIEN_FACE_CROP_BYTES];
    memcpy(copy, view->crop, sizeof copy);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int sum = 0, count = 0;
            for (int j = -along; j <= along; j++)
                for (int i = -across; i <= across; i++)
                    if (y + j >= 0 && y + j < SIDE && x + i >= 0 && x + i < SIDE)
                        sum += copy[3 * ((y + j) * SIDE + x + i)], count++;
            for (int k = 0; k < 3; k++) view->crop[3 * (y * SIDE + x) + k] = (uint8_t)(sum / count);
        }
    mien_quality_of_crop(view);
}

static mien_status judge_crop(const mien_face_view *view) {
    mien_error error = {0};
    mien_status status = mien_quality_judge_crop(view, &mien_gates_default, &error);
    if (status != MIEN_OK) CHECK(error.status == status && error.message[0] != '\0');
    return status;
}

static void test_sharp_crop_passes(void) {
    mien_face_view view;
    make_crop(&view, 120, 30);
    CHECK_INT(judge_crop(&view), MIEN_OK);
    CHECK(fabsf(view.brightness - 120) < 10 && view.glare == 0);
    CHECK(view.quality > 0.5f && view.quality <= 1);
}

static void test_blur_in_any_direction(void) {
    mien_face_view sharp, soft;
    make_crop(&sharp, 120, 30);
    const int radius[3][2] = {{6, 6}, {9, 0}, {0, 9}};
    for (int i = 0; i < 3; i++) {
        make_crop(&soft, 120, 30);
        blur(&soft, radius[i][0], radius[i][1]);
        CHECK(soft.sharpness < 0.3f * sharp.sharpness);
        CHECK(soft.quality < sharp.quality);
        CHECK_INT(judge_crop(&soft), MIEN_FACE_BLURRED);
    }
}

/* Contrast alone does not change sharpness, so dim light is told from blur. */
static void test_sharpness_ignores_contrast(void) {
    mien_face_view a, b;
    make_crop(&a, 120, 36);
    make_crop(&b, 120, 18);
    CHECK(fabsf(a.sharpness / b.sharpness - 1) < 0.1f);
}

static void test_light_gates(void) {
    mien_face_view view;
    make_crop(&view, 25, 8);
    CHECK_INT(judge_crop(&view), MIEN_FACE_DARK);
    make_crop(&view, 235, 10);
    CHECK_INT(judge_crop(&view), MIEN_FACE_BRIGHT);
    make_crop(&view, 170, 30);
    for (int y = 60; y < SIDE; y++) memset(view.crop + 3 * y * SIDE, 255, 3 * SIDE);
    mien_quality_of_crop(&view);
    CHECK(view.glare > 0.5f);
    CHECK_INT(judge_crop(&view), MIEN_FACE_BRIGHT);
    memset(view.crop, 0, sizeof view.crop);
    mien_quality_of_crop(&view);
    CHECK_INT(judge_crop(&view), MIEN_FACE_DARK);
    CHECK(isfinite(view.sharpness) && isfinite(view.quality) && view.quality > 0);
}

int main(void) {
    RUN(test_pose_measures);
    RUN(test_pose_gates);
    RUN(test_pose_degenerate);
    RUN(test_sharp_crop_passes);
    RUN(test_blur_in_any_direction);
    RUN(test_sharpness_ignores_contrast);
    RUN(test_light_gates);
    return harness_end();
}
