/* SPDX-License-Identifier: MIT */
/* Whole pictures through the shipped networks: two free portraits (assets/samples), and what
 * happens to them when the world is worse than that. */
#include "face_model/face_model.h"

#include <math.h>

#include "face_model/combine/combine.h"
#include "face_model/pipeline/face.h"
#include "platform/images/draw.h"
#include "tests/harness.h"

static mien_face *face; /* whole, or an aligner where there is no embedding network */
static bool embeds;
static mien_face_view view, other;
static const char *const portraits[2] = {MIEN_SOURCE_DIR "/assets/samples/collins.jpg",
                                         MIEN_SOURCE_DIR "/assets/samples/hopper.jpg"};

static mien_status look(mien_face_view *out, const mien_image *image) {
    mien_error error = {0};
    mien_status status = embeds ? mien_face_look(face, out, image, &error)
                                : mien_face_align(face, out, image, &error);
    if (status != MIEN_OK) {
        CHECK(error.status == status && error.message[0] != '\0');
        for (int i = 0; i < MIEN_FACE_EMBEDDING_SIZE; i++) CHECK(out->embedding[i] == 0);
    }
    return status;
}

static void read_portrait(mien_image *image, int which) {
    mien_error error = {0};
    mien_status status = mien_image_read(image, portraits[which], &error);
    if (status != MIEN_OK) printf("%s\n", mien_error_words(&error));
    REQUIRE(status == MIEN_OK);
}

/* A part of a portrait around its face, `sides` face heights wide, scaled to `size` pixels. */
static void close_up(mien_image *out, int which, float sides, int size) {
    mien_image image = {0};
    mien_affine t;
    mien_sampling s;
    read_portrait(&image, which);
    REQUIRE(look(&view, &image) == MIEN_OK);
    float side = sides * (view.box[1].y - view.box[0].y), step = side / (float)size;
    float x = (view.box[0].x + view.box[1].x - side) / 2,
          y = (view.box[0].y + view.box[1].y - side) / 2;
    mien_affine wanted = {(double)step, 0, (double)x, 0, (double)step, (double)y};
    t = wanted;
    REQUIRE(mien_sampling_plan(&s, &t) == MIEN_OK);
    REQUIRE(mien_image_create(out, size, size) == MIEN_OK);
    REQUIRE(size <= MIEN_SAMPLING_MAX_SIDE);
    mien_sampling_rgb(out->rgb, size, size, &image, &s);
    mien_image_free(&image);
}

static void test_portraits_are_found(void) {
    for (int i = 0; i < 2; i++) {
        mien_image image = {0};
        read_portrait(&image, i);
        CHECK_INT(look(&view, &image), MIEN_OK);
        CHECK(view.score > 0.9f && view.eye_distance > 30 && view.quality > 0.5f);
        CHECK(fabsf(view.turn) < 0.15f && view.visible == 1);
        CHECK(view.five[0].x < view.five[1].x && view.five[3].x < view.five[4].x);
        CHECK(view.five[0].y < view.five[2].y && view.five[2].y < view.five[3].y);
        for (int k = 0; k < 5; k++) {
            CHECK(view.five[k].x > view.box[0].x && view.five[k].x < view.box[1].x);
            CHECK(view.five[k].y > view.box[0].y && view.five[k].y < view.box[1].y);
        }
        mien_image_free(&image);
    }
}

/* The same picture gives the same bytes, with nothing left over from the one before. */
static void test_repeatable(void) {
    mien_image a = {0}, b = {0};
    read_portrait(&a, 0);
    read_portrait(&b, 1);
    REQUIRE(look(&view, &a) == MIEN_OK);
    REQUIRE(look(&other, &b) == MIEN_OK);
    CHECK(memcmp(view.crop, other.crop, sizeof view.crop) != 0);
    REQUIRE(look(&other, &a) == MIEN_OK);
    CHECK_BYTES(view.crop, other.crop, sizeof view.crop);
    CHECK_BYTES(view.embedding, other.embedding, sizeof view.embedding);
    CHECK_BYTES(view.landmarks, other.landmarks, sizeof view.landmarks);
    mien_image_free(&a);
    mien_image_free(&b);
}

/* One size or another, the landmarks and the crop are the same ones. */
static void test_size_does_not_matter(void) {
    const int sizes[] = {160, 240, 480};
    mien_image reference = {0};
    close_up(&reference, 1, 2.2f, 320);
    REQUIRE(look(&other, &reference) == MIEN_OK);
    for (int k = 0; k < 3; k++) {
        mien_image image = {0};
        close_up(&image, 1, 2.2f, sizes[k]);
        CHECK_INT(look(&view, &image), MIEN_OK);
        double difference = 0;
        for (int i = 0; i < MIEN_FACE_CROP_BYTES; i++)
            difference += abs((int)view.crop[i] - other.crop[i]);
        CHECK(difference / MIEN_FACE_CROP_BYTES < 12);
        if (embeds) CHECK(mien_combine_cosine(view.embedding, other.embedding) > 0.8);
        mien_image_free(&image);
    }
    mien_image_free(&reference);
}

static void test_nobody(void) {
    mien_image image = {0};
    REQUIRE(mien_image_create(&image, 640, 480) == MIEN_OK);
    CHECK_INT(look(&view, &image), MIEN_NO_FACE);
    memset(image.rgb, 128, 3 * 640 * 480);
    CHECK_INT(look(&view, &image), MIEN_NO_FACE);
    harness_random_bytes(image.rgb, 3 * 640 * 480);
    CHECK_INT(look(&view, &image), MIEN_NO_FACE);
    CHECK(view.score == 0);
    mien_image_free(&image);
    mien_image empty = {NULL, 0, 0};
    CHECK_INT(look(&view, &empty), MIEN_ARGUMENT);
}

/* Any shape of picture: one pixel, one line, a long strip. */
static void test_odd_shapes(void) {
    const int shapes[][2] = {{1, 1}, {1, 500}, {500, 1}, {8192, 16}, {16, 8192}, {3, 7}};
    for (int i = 0; i < 6; i++) {
        mien_image image = {0};
        REQUIRE(mien_image_create(&image, shapes[i][0], shapes[i][1]) == MIEN_OK);
        harness_random_bytes(image.rgb, 3 * (size_t)(shapes[i][0] * shapes[i][1]));
        CHECK(mien_status_kind_of(look(&view, &image)) == MIEN_KIND_REFUSAL);
        mien_image_free(&image);
    }
}

/* Left and right half each a person. */
static void two_people(mien_image *out, int first, int second, int second_size) {
    mien_image a = {0}, b = {0};
    close_up(&a, first, 2.0f, 240);
    close_up(&b, second, 2.0f, second_size);
    REQUIRE(mien_image_create(out, 480, 240) == MIEN_OK);
    memset(out->rgb, 100, 3 * 480 * 240);
    mien_draw_image(out, 0, 0, &a);
    mien_draw_image(out, 480 - second_size, 0, &b);
    mien_image_free(&a);
    mien_image_free(&b);
}

static void test_two_people_side_by_side(void) {
    for (int i = 0; i < 2; i++) {
        mien_image image = {0};
        two_people(&image, i, 1 - i, 240);
        CHECK_INT(look(&view, &image), MIEN_MANY_FACES);
        CHECK(view.score > 0); /* one of them can be shown */
        mien_image_free(&image);
    }
}

static void test_small_people_behind_do_not_matter(void) {
    mien_image image = {0};
    two_people(&image, 1, 0, 80);
    CHECK_INT(look(&view, &image), MIEN_OK);
    CHECK(view.five[2].x < 240);
    mien_image_free(&image);
}

static void test_light(void) {
    mien_image image = {0};
    close_up(&image, 0, 2.2f, 320);
    size_t bytes = 3 * 320 * 320;
    for (size_t i = 0; i < bytes; i++) image.rgb[i] = (uint8_t)(image.rgb[i] / 6);
    mien_status dark = look(&view, &image);
    CHECK(dark == MIEN_FACE_DARK || dark == MIEN_NO_FACE);
    mien_image_free(&image);
    close_up(&image, 0, 2.2f, 320);
    for (size_t i = 0; i < bytes; i++) {
        int v = 130 + image.rgb[i];
        image.rgb[i] = (uint8_t)(v > 255 ? 255 : v);
    }
    CHECK_INT(look(&view, &image), MIEN_FACE_BRIGHT);
    mien_image_free(&image);
}

/* Mean over (2 across + 1) x (2 along + 1) pixels. */
static void blur(mien_image *image, int across, int along) {
    mien_image copy = {0};
    REQUIRE(mien_image_create(&copy, image->width, image->height) == MIEN_OK);
    memcpy(copy.rgb, image->rgb, 3 * (size_t)(image->width * image->height));
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < 3 * image->width; x++) {
            int sum = 0, count = 0;
            for (int j = y - along; j <= y + along; j++)
                for (int i = x - 3 * across; i <= x + 3 * across; i += 3)
                    if (j >= 0 && j < image->height && i >= 0 && i < 3 * image->width)
                        sum += copy.rgb[j * 3 * image->width + i], count++;
            image->rgb[y * 3 * image->width + x] = (uint8_t)(sum / count);
        }
    mien_image_free(&copy);
}

static void test_blur(void) {
    const int radius[3][2] = {{8, 8}, {14, 0}, {0, 18}};
    for (int k = 0; k < 6; k++) {
        mien_image image = {0};
        close_up(&image, k % 2, 2.2f, 320);
        REQUIRE(look(&view, &image) == MIEN_OK);
        float before = view.sharpness;
        blur(&image, radius[k / 2][0], radius[k / 2][1]);
        mien_status status = look(&view, &image);
        if (k < 4) CHECK_INT(status, MIEN_FACE_BLURRED); /* heavier: may not be a face any more */
        CHECK(mien_status_kind_of(status) == MIEN_KIND_REFUSAL);
        CHECK(view.sharpness < before / 4);
        mien_image_free(&image);
    }
}

static void test_small_and_cut_off(void) {
    mien_image large = {0}, image = {0};
    close_up(&large, 1, 2.0f, 70);
    REQUIRE(mien_image_create(&image, 200, 150) == MIEN_OK);
    memset(image.rgb, 90, 3 * 200 * 150);
    mien_draw_image(&image, 60, 40, &large);
    CHECK_INT(look(&view, &image), MIEN_FACE_SMALL);
    CHECK(view.eye_distance > 5 && view.eye_distance < 24);
    mien_image_free(&large);
    mien_image_free(&image);
    close_up(&large, 1, 1.6f, 320);
    REQUIRE(mien_image_create(&image, 320, 240) == MIEN_OK);
    memset(image.rgb, 90, 3 * 320 * 240);
    mien_draw_image(&image, -125, -30, &large);
    mien_status status = look(&view, &image);
    CHECK(status == MIEN_FACE_POSE || status == MIEN_NO_FACE);
    mien_image_free(&large);
    mien_image_free(&image);
}

static void test_embeddings_tell_people_apart(void) {
    if (!embeds) SKIP("assets/models has no embedding.mien");
    mien_image a = {0}, again = {0}, b = {0};
    static mien_face_view third;
    uint8_t digest[32], zero[32] = {0};
    close_up(&a, 0, 2.2f, 320);
    close_up(&again, 0, 1.8f, 250);
    close_up(&b, 1, 2.2f, 320);
    REQUIRE(look(&view, &a) == MIEN_OK);
    REQUIRE(look(&other, &again) == MIEN_OK);
    REQUIRE(look(&third, &b) == MIEN_OK);
    CHECK(mien_combine_cosine(view.embedding, other.embedding) > 0.75);
    CHECK(fabs(mien_combine_cosine(view.embedding, third.embedding)) < 0.4);
    int8_t direct[MIEN_FACE_EMBEDDING_SIZE];
    REQUIRE(mien_face_embed_crop(face, direct, view.crop) == MIEN_OK);
    CHECK_BYTES(direct, view.embedding, sizeof direct);
    mien_face_model_digest(face, digest);
    CHECK(memcmp(digest, zero, 32) != 0);
    mien_image_free(&a);
    mien_image_free(&again);
    mien_image_free(&b);
}

static void test_show(void) {
    mien_image image = {0}, shown = {0}, empty = {0};
    read_portrait(&image, 1);
    REQUIRE(look(&view, &image) == MIEN_OK);
    REQUIRE(mien_face_show(&shown, &image, &view, NULL) == MIEN_OK);
    size_t green = 0, crop = 0, pixels = (size_t)(shown.width * shown.height);
    for (size_t i = 0; i < pixels; i++) {
        const uint8_t *p = shown.rgb + 3 * i;
        green += p[0] == 80 && p[1] == 220 && p[2] == 120;
    }
    CHECK(green > 300); /* the box */
    for (int y = 0; y < 40; y++)
        crop +=
            shown.rgb[3 * ((size_t)(40 + y) * (size_t)shown.width + (size_t)shown.width - 100)] !=
            24;
    CHECK(crop > 30);
    mien_image_free(&shown);
    mien_face_view_wipe(&view);
    for (size_t i = 0; i < sizeof view; i++) REQUIRE(((const uint8_t *)&view)[i] == 0);
    REQUIRE(mien_face_show(&shown, &image, &view,
                           "no face found: a very long line of advice that "
                           "does not fit into one line of the drawing and is broken") == MIEN_OK);
    mien_image_free(&shown);
    CHECK_INT(mien_face_show(&shown, &empty, &view, NULL), MIEN_ARGUMENT);
    mien_image_free(&image);
}

static void test_missing_models(void) {
    mien_face *none;
    mien_error error = {0};
    CHECK_INT(mien_face_open(&none, MIEN_SOURCE_DIR "/no-such-folder", &error), MIEN_NOT_FOUND);
    CHECK(none == NULL && strstr(error.message, "detector.mien") != NULL);
    mien_face_close(NULL);
}

int main(void) {
    mien_error error = {0};
    char path[1100];
    snprintf(path, sizeof path, "%s/embedding.mien", mien_face_models_folder(NULL));
    embeds = access(path, R_OK) == 0;
    mien_status status =
        embeds ? mien_face_open(&face, NULL, &error) : mien_face_open_aligner(&face, NULL, &error);
    if (status != MIEN_OK) {
        printf("%s\n0 passed, 1 failed, 0 skipped\n", mien_error_words(&error));
        return 1;
    }
    RUN(test_portraits_are_found);
    RUN(test_repeatable);
    RUN(test_size_does_not_matter);
    RUN(test_nobody);
    RUN(test_odd_shapes);
    RUN(test_two_people_side_by_side);
    RUN(test_small_people_behind_do_not_matter);
    RUN(test_light);
    RUN(test_blur);
    RUN(test_small_and_cut_off);
    RUN(test_embeddings_tell_people_apart);
    RUN(test_show);
    RUN(test_missing_models);
    mien_face_close(face);
    return harness_end();
}
