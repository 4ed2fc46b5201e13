/* SPDX-License-Identifier: MIT */
#include "face_model/pipeline/quality.h"

#include <math.h>

/* The inner face in the crop: brows to chin, cheek to cheek, without hair and background. */
#define LEFT 26
#define RIGHT 86
#define TOP 34
#define BOTTOM 104
#define CLIPPED 250

const mien_gates mien_gates_default = {
    .eye_distance = 24,
    .sharpness = 0.0075f,
    .dark = 45,
    .bright = 215,
    .glare = 0.25f,
    .turn = 0.42f,
    .tilt_low = 0.22f,
    .tilt_high = 0.82f,
    .visible = 0.95f,
};

static mien_face_point middle(mien_face_point a, mien_face_point b) {
    mien_face_point m = {(a.x + b.x) / 2, (a.y + b.y) / 2};
    return m;
}

/* Nose tip and mouth in the face's own axes: origin between the eyes, first axis from eye to eye,
 * unit the eyes' distance. */
void mien_quality_of_pose(mien_face_view *view, const mien_image *image) {
    const mien_face_point *five = view->five;
    mien_face_point origin = middle(five[0], five[1]), mouth = middle(five[3], five[4]);
    float ax = five[1].x - five[0].x, ay = five[1].y - five[0].y, square = ax * ax + ay * ay;
    view->eye_distance = sqrtf(square);
    view->turn = view->tilt = view->visible = 0;
    if (!(square > 0)) return;
    float nx = five[2].x - origin.x, ny = five[2].y - origin.y;
    float mx = mouth.x - origin.x, my = mouth.y - origin.y;
    float nose_down = (ax * ny - ay * nx) / square, mouth_down = (ax * my - ay * mx) / square;
    /* relative to the middle line from eyes to mouth, so that a leaning head does not count */
    float lean = mouth_down > 0 ? (ax * mx + ay * my) / square * (nose_down / mouth_down) : 0;
    view->turn = (ax * nx + ay * ny) / square - lean;
    view->tilt = mouth_down > 0 ? nose_down / mouth_down : 0;
    int inside = 0;
    for (int i = 0; i < MIEN_FACE_LANDMARKS; i++) {
        mien_face_point p = view->landmarks[i];
        inside += p.x >= 0 && p.y >= 0 && p.x < (float)image->width && p.y < (float)image->height;
    }
    view->visible = (float)inside / MIEN_FACE_LANDMARKS;
}

typedef struct moments {
    int64_t count, sum, squares, across, along, clipped;
} moments;

static int luma_at(const uint8_t *crop, int x, int y) {
    return mien_luma(crop + 3 * (y * MIEN_FACE_CROP_SIDE + x));
}

static moments measure(const uint8_t *crop) {
    moments m = {0, 0, 0, 0, 0, 0};
    for (int y = TOP; y < BOTTOM; y++)
        for (int x = LEFT; x < RIGHT; x++) {
            int v = luma_at(crop, x, y);
            int across = luma_at(crop, x - 1, y) - 2 * v + luma_at(crop, x + 1, y);
            int along = luma_at(crop, x, y - 1) - 2 * v + luma_at(crop, x, y + 1);
            m.count++;
            m.sum += v;
            m.squares += v * v;
            m.across += across * across;
            m.along += along * along;
            m.clipped += v >= CLIPPED;
        }
    return m;
}

static float ramp(float value, float zero, float one) {
    float t = (value - zero) / (one - zero);
    return t < 0 ? 0 : t > 1 ? 1 : t;
}

/* Blur by movement leaves one direction sharp, so the blunter one counts. */
void mien_quality_of_crop(mien_face_view *view) {
    moments m = measure(view->crop);
    double mean = (double)m.sum / (double)m.count;
    double variance = (double)m.squares / (double)m.count - mean * mean;
    double edges = (double)(m.across < m.along ? m.across : m.along) / (double)m.count;
    view->brightness = (float)mean;
    view->sharpness = (float)(edges / (variance + 1));
    view->glare = (float)m.clipped / (float)m.count;
    float sharp = ramp(view->sharpness, 0, 0.06f),
          frontal = 1 - ramp(fabsf(view->turn), 0.1f, 0.5f);
    float size = ramp(view->eye_distance, 0, 40);
    view->quality = 0.1f + 0.9f * sqrtf(sharp * size) * frontal;
}

mien_status mien_quality_judge_pose(const mien_face_view *view, const mien_gates *gates,
                                    mien_error *error) {
    if (!(view->eye_distance >= gates->eye_distance))
        return mien_fail(error, MIEN_FACE_SMALL,
                         "the face is too small (%.0f pixels from eye to eye, %.0f are needed): "
                         "come closer to the camera",
                         (double)view->eye_distance, (double)gates->eye_distance);
    if (!(view->visible >= gates->visible))
        return mien_fail(error, MIEN_FACE_POSE,
                         "the face is cut off by the edge of the picture: move to the middle");
    bool level = view->tilt >= gates->tilt_low && view->tilt <= gates->tilt_high;
    if (!(fabsf(view->turn) <= gates->turn) || !level)
        return mien_fail(error, MIEN_FACE_POSE,
                         "the face is turned away: look straight at the camera");
    return MIEN_OK;
}

mien_status mien_quality_judge_crop(const mien_face_view *view, const mien_gates *gates,
                                    mien_error *error) {
    if (!(view->brightness >= gates->dark))
        return mien_fail(error, MIEN_FACE_DARK,
                         "the face is too dark: turn on a light or face the window");
    if (view->brightness > gates->bright || view->glare > gates->glare)
        return mien_fail(error, MIEN_FACE_BRIGHT,
                         "the face is overexposed: step out of the direct light");
    if (!(view->sharpness >= gates->sharpness))
        return mien_fail(error, MIEN_FACE_BLURRED,
                         "the face is blurred: hold still, wipe the lens, add light");
    return MIEN_OK;
}
