/* SPDX-License-Identifier: MIT */
/* Anchors, boxes, suppression, and which face is meant. */
#include "face_model/pipeline/detect.h"

#include <math.h>

#include "tests/harness.h"

static void test_exponential(void) {
    for (int i = -40000; i <= 40000; i++) {
        double x = i / 1000.0, e = exp(x);
        CHECK(fabs(mien_exponential(x) - e) <= 4e-15 * e);
    }
    CHECK(mien_exponential(0) == 1);
    CHECK(mien_exponential(1e9) == mien_exponential(40));
    CHECK(mien_exponential(-1e9) == mien_exponential(-40));
    CHECK(mien_exponential(NAN) == mien_exponential(-40));
}

static void test_grids_hold_all_anchors(void) {
    int anchors = 0;
    for (int k = 0; k < MIEN_DETECT_LEVELS; k++)
        anchors +=
            mien_detect_grids[k].rows * mien_detect_grids[k].columns * mien_detect_grids[k].anchors;
    CHECK_INT(anchors, MIEN_DETECT_ANCHORS);
}

/* Scaled to fit, in the middle, nothing of the picture lost. */
static void test_canvas(void) {
    const int sizes[][2] = {{320, 240}, {640, 480}, {250, 250}, {1080, 1920}, {4000, 300}, {1, 1}};
    for (int i = 0; i < 6; i++) {
        mien_affine t, back;
        int w = sizes[i][0], h = sizes[i][1];
        mien_detect_canvas(&t, w, h);
        CHECK(t.xx == t.yy && t.xy == 0 && t.yx == 0);
        REQUIRE(mien_affine_invert(&back, &t) == MIEN_OK);
        mien_face_point first = {-0.5f, -0.5f}, last = {(float)w - 0.5f, (float)h - 0.5f};
        first = mien_affine_apply(&back, first);
        last = mien_affine_apply(&back, last);
        CHECK(first.x > -0.51f && first.y > -0.51f && last.x < 319.51f && last.y < 239.51f);
        CHECK(fabsf(first.x + last.x - 319) < 0.01f && fabsf(first.y + last.y - 239) < 0.01f);
        CHECK(first.x < -0.49f || first.y < -0.49f);
    }
}

static int16_t logits[MIEN_DETECT_LEVELS][40 * 30 * 6], offsets[MIEN_DETECT_LEVELS][40 * 30 * 12];
static mien_detection found[MIEN_DETECT_ANCHORS];

static void silent_levels(mien_detect_level levels[MIEN_DETECT_LEVELS]) {
    memset(offsets, 0, sizeof offsets);
    for (int k = 0; k < MIEN_DETECT_LEVELS; k++) {
        for (int i = 0; i < 40 * 30 * 6; i++) logits[k][i] = i % 2 ? -40 : 40;
        mien_detect_level level = {logits[k], offsets[k], 0.125, 0.0625};
        levels[k] = level;
    }
}

static void test_decode_one_anchor(void) {
    mien_detect_level levels[MIEN_DETECT_LEVELS];
    mien_affine same = {1, 0, 0, 0, 1, 0};
    silent_levels(levels);
    CHECK_INT(mien_detect_decode(found, levels, &same, 0.5f), 0);
    /* grid 1 (15 x 20), row 3, column 5, second anchor (side 48) */
    size_t anchor = (3 * 20 + 5) * 2 + 1;
    logits[1][2 * anchor] = -8;
    logits[1][2 * anchor + 1] = 8; /* margin 16 / 8 = 2 */
    int16_t *o = &offsets[1][4 * anchor];
    o[0] = 16, o[1] = -32, o[2] = 8, o[3] = -8; /* 1, -2, 0.5, -0.5 */
    REQUIRE(mien_detect_decode(found, levels, &same, 0.5f) == 1);
    double x = 5.5 * 16 + 0.1 * 48, y = 3.5 * 16 - 0.2 * 48, w = 48 * exp(0.1), h = 48 * exp(-0.1);
    CHECK(fabs((double)found[0].score - 1 / (1 + exp(-2))) < 1e-6);
    CHECK(fabs((double)found[0].box[0].x - (x - w / 2 - 0.5)) < 1e-3);
    CHECK(fabs((double)found[0].box[0].y - (y - h / 2 - 0.5)) < 1e-3);
    CHECK(fabs((double)found[0].box[1].x - (x + w / 2 - 0.5)) < 1e-3);
    CHECK(fabs((double)found[0].box[1].y - (y + h / 2 - 0.5)) < 1e-3);
    CHECK_INT(mien_detect_decode(found, levels, &same, 0.9f), 0);
}

/* The largest anchor is wider than the canvas is high: its height is clipped, as in training. */
static void test_decode_clipped_anchor(void) {
    mien_detect_level levels[MIEN_DETECT_LEVELS];
    mien_affine twice = {2, 0, 0.5, 0, 2, 0.5}; /* a 640x480 picture */
    silent_levels(levels);
    size_t anchor = 0 * 3 + 2;
    logits[3][2 * anchor + 1] = 100;
    REQUIRE(mien_detect_decode(found, levels, &twice, 0.5f) == 1);
    mien_face_point *box = found[0].box;
    CHECK(fabsf(box[1].x - box[0].x - 512) < 1e-2f && fabsf(box[1].y - box[0].y - 480) < 1e-2f);
    CHECK(fabsf(box[0].x + box[1].x - 2 * (64 - 0.5f)) < 1e-2f);
    CHECK(fabsf(box[0].y + box[1].y - 2 * (60 - 0.5f)) < 1e-2f);
}

/* Any integers a network can give: finite boxes, no overflow. */
static void test_decode_random_integers(void) {
    mien_detect_level levels[MIEN_DETECT_LEVELS];
    mien_affine t = {3.1, 0, -7, 0, 3.1, 12};
    silent_levels(levels);
    harness_random_bytes(logits, sizeof logits);
    harness_random_bytes(offsets, sizeof offsets);
    levels[2].offset_step = 32768, levels[2].logit_step = 32768;
    int count = mien_detect_decode(found, levels, &t, 0.5f);
    CHECK(count > 1000 && count <= MIEN_DETECT_ANCHORS);
    for (int i = 0; i < count; i++) {
        CHECK(isfinite(found[i].box[0].x) && isfinite(found[i].box[1].y));
        CHECK(found[i].score >= 0.5f && found[i].score <= 1);
    }
    int kept = mien_detect_suppress(found, count);
    CHECK(kept >= 1 && kept <= count);
}

static mien_detection face_at(float x, float y, float side, float score) {
    mien_detection d = {score, {{x - side / 2, y - side / 2}, {x + side / 2, y + side / 2}}};
    return d;
}

static void test_overlap(void) {
    mien_detection a = face_at(50, 50, 20, 1), b = face_at(60, 50, 20, 1),
                   c = face_at(90, 50, 20, 1);
    mien_detection inside_out = {1, {{60, 60}, {40, 40}}};
    CHECK(mien_detect_overlap(&a, &a) == 1);
    CHECK(fabsf(mien_detect_overlap(&a, &b) - 1.0f / 3) < 1e-6f);
    CHECK(mien_detect_overlap(&a, &c) == 0);
    CHECK(mien_detect_overlap(&inside_out, &inside_out) == 0);
    CHECK(mien_detect_overlap(&a, &inside_out) == 0);
}

static void test_suppress(void) {
    mien_detection faces[6] = {face_at(50, 50, 20, 0.8f),  face_at(52, 50, 20, 0.9f),
                               face_at(150, 50, 20, 0.7f), face_at(50, 52, 20, 0.9f),
                               face_at(151, 50, 22, 0.6f), face_at(100, 90, 8, 0.95f)};
    REQUIRE(mien_detect_suppress(faces, 6) == 3);
    CHECK(faces[0].score == 0.95f);
    CHECK(faces[1].score == 0.9f && faces[1].box[0].x == 42); /* tie: the first one */
    CHECK(faces[2].score == 0.7f);
    CHECK_INT(mien_detect_suppress(faces, 0), 0);
}

static mien_status choose(int *chosen, const mien_detection *faces, int count) {
    mien_error error = {0};
    *chosen = -1;
    mien_status status = mien_detect_choose(chosen, faces, count, 640, 480, &error);
    if (status != MIEN_OK) CHECK(error.message[0] != '\0' && error.status == status);
    return status;
}

static void test_choose(void) {
    int chosen;
    mien_detection middle = face_at(320, 240, 150, 0.99f);
    CHECK_INT(choose(&chosen, NULL, 0), MIEN_NO_FACE);
    mien_detection unsure[1] = {face_at(320, 240, 150, 0.6f)};
    CHECK_INT(choose(&chosen, unsure, 1), MIEN_NO_FACE);
    CHECK_INT(choose(&chosen, &middle, 1), MIEN_OK);
    CHECK_INT(chosen, 0);

    mien_detection pair[2] = {face_at(160, 240, 150, 0.9f), face_at(480, 240, 150, 0.99f)};
    CHECK_INT(choose(&chosen, pair, 2), MIEN_MANY_FACES);
    mien_detection beside[2] = {middle, face_at(500, 220, 150, 0.99f)};
    CHECK_INT(choose(&chosen, beside, 2), MIEN_MANY_FACES);
    mien_detection nearer[2] = {middle, face_at(520, 240, 200, 0.99f)};
    CHECK_INT(choose(&chosen, nearer, 2), MIEN_MANY_FACES);

    mien_detection background[2] = {face_at(200, 100, 60, 1), middle};
    CHECK_INT(choose(&chosen, background, 2), MIEN_OK);
    CHECK_INT(chosen, 1);
    mien_detection cut[2] = {middle, face_at(625, 240, 150, 0.99f)};
    CHECK_INT(choose(&chosen, cut, 2), MIEN_OK);
    CHECK_INT(chosen, 0);
    mien_detection doubtful[2] = {middle, face_at(480, 240, 150, 0.65f)};
    CHECK_INT(choose(&chosen, doubtful, 2), MIEN_OK);
}

/* Mirroring the scene must not change the verdict. */
static void test_choose_is_symmetric(void) {
    for (int round = 0; round < 500; round++) {
        mien_detection a[3], b[3];
        int chosen_a, chosen_b;
        for (int i = 0; i < 3; i++) {
            float x = (float)harness_random_below(640), y = (float)harness_random_below(480);
            float side = 40 + (float)harness_random_below(120);
            a[i] = face_at(x, y, side, 0.99f);
            b[2 - i] = face_at(639 - x, y, side, 0.99f);
        }
        mien_status one = choose(&chosen_a, a, 3), two = choose(&chosen_b, b, 3);
        CHECK_INT(one, two);
        if (one == MIEN_OK) CHECK_INT(chosen_a, 2 - chosen_b);
    }
}

int main(void) {
    RUN(test_exponential);
    RUN(test_grids_hold_all_anchors);
    RUN(test_canvas);
    RUN(test_decode_one_anchor);
    RUN(test_decode_clipped_anchor);
    RUN(test_decode_random_integers);
    RUN(test_overlap);
    RUN(test_suppress);
    RUN(test_choose);
    RUN(test_choose_is_symmetric);
    return harness_end();
}
