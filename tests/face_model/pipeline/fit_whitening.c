/* SPDX-License-Identifier: MIT */
/* From photos of people to whitening constants: who is fitted on, what the constants do to their
 * embeddings, and that threads do not matter. The network is the mean colour of 49 squares, so that
 * the test knows every embedding without it. */
#include "face_model/eval/fit_whitening.h"

#include <math.h>
#include <sys/stat.h>

#include "platform/images/image.h"
#include "tests/face_model/import/onnx_writer.h"

enum {
    VARIANTS = 75,
    SQUARES = 7,
    SIDE = MIEN_FACE_CROP_SIDE / SQUARES,
    IN = 3 * SQUARES * SQUARES
};
enum { OUT = MIEN_FACE_EMBEDDING_SIZE };

static char root[64];
static char fitted[2][16], kept_back[16]; /* names that chance put on this side and that */

static void choose_names(void) {
    int found = 0;
    for (int i = 0; found < 2 || kept_back[0] == '\0'; i++) {
        char name[16];
        snprintf(name, sizeof name, "P%d", i);
        if (!mien_person_is_for_fitting(name))
            memcpy(kept_back, name, sizeof name);
        else if (found < 2)
            memcpy(fitted[found++], name, sizeof name);
    }
}

/* Soft light from a random side and noise, so that the squares vary in every direction. */
static void vary(mien_image *image, const mien_image *sample) {
    double slope[3][2], gain[3], grid[3][8][8];
    for (int c = 0; c < 3; c++) {
        gain[c] = 0.8 + 0.3 * (double)harness_random_below(1000) / 1000;
        for (int k = 0; k < 2; k++) slope[c][k] = (double)harness_random_below(61) - 30;
        for (int k = 0; k < 64; k++) grid[c][k / 8][k % 8] = (double)harness_random_below(41) - 20;
    }
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++)
            for (int c = 0; c < 3; c++) {
                size_t at = ((size_t)y * (size_t)image->width + (size_t)x) * 3 + (size_t)c;
                double u = (double)x / image->width, v = (double)y / image->height;
                double value = gain[c] * sample->rgb[at] + slope[c][0] * u + slope[c][1] * v +
                               grid[c][(int)(v * 24) % 8][(int)(u * 24) % 8];
                image->rgb[at] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
            }
}

static void make_person(const char *name, const char *sample, int count) {
    char path[256];
    mien_image original, image;
    snprintf(path, sizeof path, "%s/%s", root, name);
    REQUIRE(mkdir(path, 0700) == 0);
    snprintf(path, sizeof path, "%s/assets/samples/%s.jpg", MIEN_SOURCE_DIR, sample);
    REQUIRE(mien_image_read(&original, path, NULL) == MIEN_OK);
    REQUIRE(mien_image_create(&image, original.width, original.height) == MIEN_OK);
    for (int i = 0; i < count; i++) {
        uint8_t *jpeg;
        size_t length;
        vary(&image, &original);
        REQUIRE(mien_image_encode_jpeg(&jpeg, &length, &image, 90) == MIEN_OK);
        snprintf(path, sizeof path, "%s/%s/%03d.jpg", root, name, i);
        FILE *file = fopen(path, "wb");
        REQUIRE(file != NULL);
        CHECK(fwrite(jpeg, 1, length, file) == length);
        fclose(file);
        free(jpeg);
    }
    mien_image_free(&image);
    mien_image_free(&original);
}

static void make_people(void) {
    choose_names();
    snprintf(root, sizeof root, "/tmp/mien-whitening-XXXXXX");
    REQUIRE(mkdtemp(root) != NULL);
    make_person(fitted[0], "collins", VARIANTS);
    make_person(fitted[1], "hopper", VARIANTS);
    make_person(kept_back, "hopper", 2);
}

static void remove_people(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", root);
    CHECK_INT(system(command), 0);
}

static mien_float_network *mean_network(int side) {
    static onnx graph;
    static bytes file;
    mien_import_options options = {.normalisation_channels = 1, .divisor = {1}};
    mien_float_network *network = NULL;
    graph.graph.used = 0;
    onnx_value(&graph, 11, "x", DIMS(1, 3, side, side));
    onnx_node(&graph, "AveragePool", "pool", "x", "p");
    onnx_ints(&graph, "kernel_shape", 2, SIDE, SIDE);
    onnx_ints(&graph, "strides", 2, SIDE, SIDE);
    onnx_end(&graph);
    onnx_node(&graph, "Flatten", "flatten", "p", "y");
    onnx_end(&graph);
    onnx_value(&graph, 12, "y", DIMS(1, IN));
    onnx_finish(&file, &graph, 11);
    mien_error error = {0};
    if (mien_float_network_import(&network, file.data, file.used, &options, &error) != MIEN_OK)
        harness_report(__FILE__, __LINE__, error.message);
    return network;
}

/* The test's own embeddings of the people that count, in the network's order: channels innermost.
 */
typedef struct collection {
    float x[2 * VARIANTS][IN];
    bool there[2 * VARIANTS];
} collection;

static void average(void *context, size_t index, const mien_face_view *view, unsigned worker) {
    collection *c = context;
    (void)worker;
    for (int k = 0; k < 3; k++)
        for (int s = 0; s < SQUARES * SQUARES; s++) {
            double sum = 0;
            for (int y = 0; y < SIDE; y++)
                for (int x = 0; x < SIDE; x++)
                    sum += view->crop[(((size_t)(s / SQUARES * SIDE + y)) * MIEN_FACE_CROP_SIDE +
                                       (size_t)(s % SQUARES * SIDE + x)) *
                                          3 +
                                      (size_t)k];
            c->x[index][3 * s + k] = (float)(sum / (SIDE * SIDE));
        }
    c->there[index] = true;
}

static bool is_fitted(const void *context, const char *name) {
    (void)context;
    return strcmp(name, kept_back) != 0;
}

static mien_status fit(mien_whitening *w, char **ids, size_t *length, mien_photo_counts *counts,
                       const mien_float_network *network, unsigned threads, bool all) {
    mien_fit_whitening_options options = {.faces = root,
                                          .models = MIEN_SOURCE_DIR "/assets/models",
                                          .all_people = all,
                                          .threads = threads};
    memset(counts, 0, sizeof *counts);
    return mien_fit_whitening(w, ids, length, counts, network, &options, NULL);
}

/* Means vanish and axes are uncorrelated on the very embeddings, in any order of their values. */
static void check_whitened(const mien_whitening *w, const collection *c, size_t used) {
    static float y[2 * VARIANTS][OUT];
    static double mean[OUT];
    double variance[OUT] = {0};
    size_t rows = 0;
    int off_centre = 0, out_of_order = 0, correlated = 0;
    memset(mean, 0, sizeof mean);
    for (size_t i = 0; i < 2 * VARIANTS; i++) {
        if (!c->there[i]) continue;
        mien_whitening_apply(y[rows], w, c->x[i]);
        for (int o = 0; o < OUT; o++) mean[o] += (double)y[rows][o] / (double)used;
        rows++;
    }
    CHECK_INT(rows, used);
    for (int o = 0; o < OUT; o++) {
        off_centre += fabs(mean[o]) > 0.05;
        for (size_t i = 0; i < rows; i++)
            variance[o] += ((double)y[i][o] - mean[o]) * ((double)y[i][o] - mean[o]) / (double)rows;
        out_of_order += o > 0 && variance[o] > variance[o - 1] * 1.001;
    }
    for (int o = 1; o < OUT; o++) {
        double both = 0;
        for (size_t i = 0; i < rows; i++)
            both +=
                ((double)y[i][o] - mean[o]) * ((double)y[i][o - 1] - mean[o - 1]) / (double)rows;
        correlated += fabs(both) > 0.02 * sqrt(variance[o] * variance[o - 1]);
    }
    CHECK_INT(off_centre, 0);
    CHECK_INT(out_of_order, 0);
    CHECK_INT(correlated, 0);
}

static void test_fit(void) {
    static collection c;
    mien_photos photos;
    mien_photo_counts counts, seen;
    mien_photo_visitor visitor = {average, &c};
    mien_whitening one, two;
    char *ids, *ids_two;
    size_t length, length_two;
    mien_float_network *network = mean_network(MIEN_FACE_CROP_SIDE);
    REQUIRE(network != NULL);
    REQUIRE(fit(&one, &ids, &length, &counts, network, 1, false) == MIEN_OK);
    CHECK(counts.usable > OUT + 2 && counts.usable <= 2 * VARIANTS && counts.unreadable == 0);
    CHECK(one.inputs == IN && one.outputs == OUT);
    REQUIRE(fit(&two, &ids_two, &length_two, &counts, network, 2, false) == MIEN_OK);
    CHECK_BYTES(one.matrix, two.matrix, (size_t)IN * OUT * sizeof *one.matrix);
    CHECK_BYTES(one.bias, two.bias, OUT * sizeof *one.bias);
    mien_person_ids list;
    REQUIRE(length == length_two && memcmp(ids, ids_two, length) == 0);
    REQUIRE(mien_person_ids_parse(&list, ids, length, NULL) == MIEN_OK);
    CHECK(list.count == 2 && mien_person_ids_hold(&list, fitted[0]) &&
          mien_person_ids_hold(&list, fitted[1]) && !mien_person_ids_hold(&list, kept_back));
    REQUIRE(mien_photos_list(&photos, root, is_fitted, NULL, NULL) == MIEN_OK);
    REQUIRE(mien_photos_visit(&seen, &photos, MIEN_SOURCE_DIR "/assets/models", true, 2, &visitor,
                              NULL, NULL) == MIEN_OK);
    CHECK_INT(seen.usable, counts.usable);
    check_whitened(&one, &c, counts.usable);
    mien_photos_free(&photos);
    mien_person_ids_free(&list);
    mien_whitening_free(&one);
    mien_whitening_free(&two);
    mien_float_network_free(network);
    free(ids);
    free(ids_two);
}

static void test_refusals(void) {
    mien_whitening w;
    mien_photo_counts counts;
    char *ids, gone[] = "/nonexistent";
    size_t length;
    mien_float_network *small = mean_network(2 * SIDE), *network = mean_network(7 * SIDE);
    REQUIRE(small != NULL && network != NULL);
    CHECK_INT(fit(&w, &ids, &length, &counts, small, 1, false), MIEN_ARGUMENT);
    CHECK(w.matrix == NULL && ids == NULL);
    char kept[sizeof root];
    memcpy(kept, root, sizeof root);
    memcpy(root, gone, sizeof gone);
    CHECK_INT(fit(&w, &ids, &length, &counts, network, 1, false), MIEN_NOT_FOUND);
    CHECK(w.matrix == NULL && ids == NULL);
    snprintf(root, sizeof root, "%s/few", kept);
    REQUIRE(mkdir(root, 0700) == 0);
    make_person(fitted[0], "collins", 2); /* two photos have no 128 directions */
    CHECK_INT(fit(&w, &ids, &length, &counts, network, 1, true), MIEN_ARGUMENT);
    CHECK(w.matrix == NULL && ids == NULL);
    memcpy(root, kept, sizeof root);
    mien_float_network_free(small);
    mien_float_network_free(network);
}

int main(void) {
    make_people();
    RUN(test_fit);
    RUN(test_refusals);
    remove_people();
    return harness_end();
}
