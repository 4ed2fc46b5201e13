/* SPDX-License-Identifier: MIT */
/* Combining frames: weights, outliers, the gate, and what hostile or broken input gets. */
#include "face_model/combine/combine.h"

#include <math.h>

#include "tests/harness.h"

static double gauss(void) {
    double u = ((double)(harness_random() >> 11) + 0.5) / 9007199254740992.0;
    double v = (double)(harness_random() >> 11) / 9007199254740992.0;
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* A vector at about the given cosine to `centre`, of root mean square `scale`. */
static void near_to(mien_combine_frame *frame, const double centre[128], double cosine,
                    double scale) {
    double other = sqrt(1 - cosine * cosine);
    for (int i = 0; i < 128; i++) {
        double value = scale * (cosine * centre[i] + other * gauss());
        frame->embedding[i] = (int8_t)(value > 127 ? 127 : value < -127 ? -127 : lround(value));
    }
    frame->quality = 1;
}

static void new_centre(double centre[128]) {
    double square = 0;
    for (int i = 0; i < 128; i++) centre[i] = gauss(), square += centre[i] * centre[i];
    for (int i = 0; i < 128; i++) centre[i] *= sqrt(128 / square);
}

static double length_of(const int8_t e[128]) {
    double sum = 0;
    for (int i = 0; i < 128; i++) sum += e[i] * e[i];
    return sqrt(sum);
}

static void test_single_frame_keeps_direction(void) {
    double centre[128];
    mien_combine_frame frame;
    mien_combined out;
    new_centre(centre);
    near_to(&frame, centre, 1, 11);
    REQUIRE(mien_combine_frames(&out, &frame, 1, 0.7, NULL) == MIEN_OK);
    CHECK(out.mean_cosine == 1 && out.used == 1 && out.kept[0] && !out.kept[1]);
    CHECK(fabs(length_of(out.embedding) - MIEN_COMBINE_NORM) < 6);
    CHECK(mien_combine_cosine(out.embedding, frame.embedding) > 0.999);
}

static void test_length_of_frames_does_not_count(void) {
    double centre[128];
    mien_combine_frame frames[2], twice[2];
    mien_combined a, b;
    new_centre(centre);
    near_to(&frames[0], centre, 0.9, 20);
    near_to(&frames[1], centre, 0.9, 20);
    memcpy(twice, frames, sizeof twice);
    for (int i = 0; i < 128; i++) twice[1].embedding[i] = (int8_t)(frames[1].embedding[i] / 2);
    REQUIRE(mien_combine_frames(&a, frames, 2, 0.5, NULL) == MIEN_OK);
    REQUIRE(mien_combine_frames(&b, twice, 2, 0.5, NULL) == MIEN_OK);
    CHECK(mien_combine_cosine(a.embedding, b.embedding) > 0.998);
}

static void test_mean_is_nearer_than_frames(void) {
    double centre[128];
    mien_combine_frame frames[5], truth;
    mien_combined out;
    new_centre(centre);
    near_to(&truth, centre, 1, 30);
    for (int i = 0; i < 5; i++) near_to(&frames[i], centre, 0.88, 30);
    REQUIRE(mien_combine_frames(&out, frames, 5, 0.6, NULL) == MIEN_OK);
    double mean = mien_combine_cosine(out.embedding, truth.embedding);
    for (int i = 0; i < 5; i++)
        CHECK(mean > mien_combine_cosine(frames[i].embedding, truth.embedding));
    CHECK(out.used == 5);
}

static void test_quality_pulls_the_mean(void) {
    double centre[128];
    mien_combine_frame frames[2];
    mien_combined out;
    new_centre(centre);
    near_to(&frames[0], centre, 0.85, 30);
    near_to(&frames[1], centre, 0.85, 30);
    frames[0].quality = 1.0f;
    frames[1].quality = 0.2f;
    REQUIRE(mien_combine_frames(&out, frames, 2, 0.5, NULL) == MIEN_OK);
    CHECK(mien_combine_cosine(out.embedding, frames[0].embedding) >
          mien_combine_cosine(out.embedding, frames[1].embedding) + 0.05);
}

static void test_stranger_among_frames_is_dropped(void) {
    for (int round = 0; round < 50; round++) {
        double centre[128], other[128];
        mien_combine_frame frames[5];
        mien_combined out;
        new_centre(centre);
        new_centre(other);
        for (int i = 0; i < 5; i++) near_to(&frames[i], i == 2 ? other : centre, 0.93, 30);
        REQUIRE(mien_combine_frames(&out, frames, 5, 0.7, NULL) == MIEN_OK);
        CHECK_INT(out.used, 4);
        CHECK(!out.kept[2] && out.kept[0] && out.kept[4] && !out.kept[5]);
    }
}

static void test_two_people_are_refused(void) {
    double centre[128], other[128];
    mien_combine_frame frames[6];
    mien_combined out;
    mien_error error = {0};
    new_centre(centre);
    new_centre(other);
    for (int i = 0; i < 6; i++) near_to(&frames[i], i < 3 ? centre : other, 0.92, 30);
    CHECK_INT(mien_combine_frames(&out, frames, 6, 0.7, &error), MIEN_FACES_DIFFER);
    CHECK(error.status == MIEN_FACES_DIFFER && error.message[0] != '\0');
    CHECK(out.mean_cosine < 0.7);
    CHECK(length_of(out.embedding) == 0);
    near_to(&frames[1], other, 0.92, 30);
    CHECK_INT(mien_combine_frames(&out, frames, 2, 0.35, NULL), MIEN_FACES_DIFFER);
}

static void test_at_most_a_third_is_dropped(void) {
    double centre[128];
    mien_combine_frame frames[9];
    mien_combined out;
    new_centre(centre);
    for (int i = 0; i < 9; i++) near_to(&frames[i], centre, i < 4 ? 0.98 : 0.05, 30);
    mien_status status = mien_combine_frames(&out, frames, 9, 0.7, NULL);
    CHECK_INT(status, MIEN_FACES_DIFFER);
    CHECK(out.used >= 6);
}

static void test_odd_frames_are_found(void) {
    double centre[128], stranger[128];
    mien_combine_frame frames[MIEN_COMBINE_MAX_FRAMES];
    bool odd[MIEN_COMBINE_MAX_FRAMES];
    new_centre(centre);
    new_centre(stranger);
    for (size_t count = 3; count <= 12; count++)
        for (size_t bad = 0; bad <= count; bad++) {
            size_t marked = 0;
            for (size_t i = 0; i < count; i++)
                near_to(&frames[i], i * 5 % count < bad ? stranger : centre, 0.95, 20);
            bool apart = count % 5 != 0; /* else i * 5 % count does not reach every place */
            if (!apart) continue;
            size_t found = mien_combine_odd_frames(odd, frames, count, 0.85);
            for (size_t i = 0; i < count; i++) {
                marked += odd[i];
                if (2 * bad < count) CHECK(odd[i] == (i * 5 % count < bad));
            }
            CHECK_INT(found, marked);
            if (2 * bad < count) CHECK_INT(found, bad);
            if (2 * bad == count) CHECK_INT(found, 0);
        }
    CHECK_INT(mien_combine_odd_frames(odd, frames, 1, 0.7), 0);
    CHECK_INT(mien_combine_odd_frames(odd, frames, 0, 0.7), 0);
    CHECK_INT(mien_combine_odd_frames(odd, frames, MIEN_COMBINE_MAX_FRAMES + 1, 0.7), 0);
    near_to(&frames[0], centre, 0.95, 20);
    near_to(&frames[1], stranger, 0.95, 20);
    CHECK_INT(mien_combine_odd_frames(odd, frames, 2, 0.7), 0); /* who is odd among two? */
    CHECK(!odd[0] && !odd[1]);
}

static void test_bad_arguments(void) {
    static mien_combine_frame frames[MIEN_COMBINE_MAX_FRAMES + 1];
    double centre[128];
    mien_combined out;
    new_centre(centre);
    for (int i = 0; i <= MIEN_COMBINE_MAX_FRAMES; i++) near_to(&frames[i], centre, 0.95, 30);
    CHECK_INT(mien_combine_frames(&out, frames, 0, -1, NULL), MIEN_ARGUMENT);
    CHECK_INT(mien_combine_frames(&out, frames, MIEN_COMBINE_MAX_FRAMES + 1, -1, NULL),
              MIEN_ARGUMENT);
    CHECK_INT(mien_combine_frames(&out, frames, MIEN_COMBINE_MAX_FRAMES, -1, NULL), MIEN_OK);
    const float weights[] = {0, -1, NAN, INFINITY};
    for (int i = 0; i < 4; i++) {
        frames[1].quality = weights[i];
        CHECK_INT(mien_combine_frames(&out, frames, 3, -1, NULL), MIEN_ARGUMENT);
        CHECK(out.used == 0);
    }
    frames[1].quality = 1;
    memset(frames[1].embedding, 0, 128);
    CHECK_INT(mien_combine_frames(&out, frames, 3, -1, NULL), MIEN_ARGUMENT);
    for (int i = 0; i < 128; i++) frames[1].embedding[i] = (int8_t)-frames[0].embedding[i];
    CHECK_INT(mien_combine_frames(&out, frames, 2, -2, NULL), MIEN_ARGUMENT); /* cancel out */
    CHECK(length_of(out.embedding) == 0);
}

static void test_cosine_bounds(void) {
    int8_t a[128], b[128], zero[128] = {0};
    memset(a, 127, sizeof a);
    memset(b, -127, sizeof b);
    CHECK(mien_combine_cosine(a, a) == 1);
    CHECK(mien_combine_cosine(a, b) == -1);
    CHECK(mien_combine_cosine(a, zero) == 0);
}

int main(void) {
    RUN(test_single_frame_keeps_direction);
    RUN(test_length_of_frames_does_not_count);
    RUN(test_mean_is_nearer_than_frames);
    RUN(test_quality_pulls_the_mean);
    RUN(test_stranger_among_frames_is_dropped);
    RUN(test_two_people_are_refused);
    RUN(test_at_most_a_third_is_dropped);
    RUN(test_odd_frames_are_found);
    RUN(test_bad_arguments);
    RUN(test_cosine_bounds);
    return harness_end();
}
