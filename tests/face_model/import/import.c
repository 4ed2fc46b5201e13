/* SPDX-License-Identifier: MIT */
/* The importer: every operator against arithmetic done here, refusals by name, hostile files. */
#include <math.h>

#include "face_model/import/float_network.h"
#include "tests/face_model/import/onnx_writer.h"

static onnx graph;
static bytes file;

static void start(const int *dims) {
    graph.graph.used = 0;
    onnx_value(&graph, 11, "x", dims);
}

static mien_status import_file(mien_float_network **network, mien_error *error) {
    mien_import_options options = {.normalisation_channels = 1, .divisor = {1}};
    onnx_value(&graph, 12, "y", DIMS(1, 1));
    onnx_finish(&file, &graph, 11);
    memset(error, 0, sizeof *error);
    return mien_float_network_import(network, file.data, file.used, &options, error);
}

/* Import and run on an input; false after a report. */
static bool output_of(float *out, size_t count, const uint8_t *input, size_t length) {
    mien_float_network *network = NULL;
    mien_error error;
    float *outputs[] = {out};
    if (import_file(&network, &error) != MIEN_OK) {
        harness_report(__FILE__, __LINE__, error.message);
        return false;
    }
    bool fits = mien_shape_elements(mien_float_network_output_shape(network, 0)) == count &&
                mien_float_network_run(network, outputs, input, length, NULL) == MIEN_OK;
    if (!fits) harness_report(__FILE__, __LINE__, "the output has another shape");
    mien_float_network_free(network);
    return fits;
}

#define CHECK_NEAR(actual, expected)                                                               \
    CHECK(fabs((double)(actual) - (double)(expected)) < 1e-3 * (1 + fabs((double)(expected))))

static void test_conv_and_batch_norm(void) {
    const float w[] = {1, 2, 3, 4}, b[] = {10}, scale[] = {2}, shift[] = {1}, mean[] = {5},
                variance[] = {3};
    const uint8_t x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    float y[4];
    start(DIMS(1, 1, 3, 3));
    onnx_floats(&graph, "w", w, DIMS(1, 1, 2, 2));
    onnx_floats(&graph, "b", b, DIMS(1));
    onnx_floats(&graph, "s", scale, DIMS(1));
    onnx_floats(&graph, "h", shift, DIMS(1));
    onnx_floats(&graph, "m", mean, DIMS(1));
    onnx_floats(&graph, "v", variance, DIMS(1));
    onnx_node(&graph, "Conv", "conv", "x,w,b", "c");
    onnx_end(&graph);
    onnx_node(&graph, "BatchNormalization", "norm", "c,s,h,m,v", "y");
    onnx_float(&graph, "epsilon", 1.0f);
    onnx_end(&graph);
    REQUIRE(output_of(y, 4, x, sizeof x));
    /* (sum - 5) * 2 / sqrt(4) + 1 */
    CHECK_NEAR(y[0], 1 * 1 + 2 * 2 + 3 * 4 + 4 * 5 + 10 - 5 + 1);
    CHECK_NEAR(y[3], 1 * 5 + 2 * 6 + 3 * 8 + 4 * 9 + 10 - 5 + 1);
}

/* Stride, unequal pads, groups; channels come out in (y, x, channel) order. */
static void test_conv_geometry(void) {
    const float w[] = {1, 10, 100, 1000, 2, 20, 200, 2000}; /* 2 groups of 1 input, 2x2 */
    const uint8_t x[] = {1, 5, 2, 6, 3, 7, 4, 8};           /* 2x2, channels (1..4), (5..8) */
    float y[2 * 2 * 1];
    start(DIMS(1, 2, 2, 2));
    onnx_floats(&graph, "w", w, DIMS(2, 1, 2, 2));
    onnx_node(&graph, "Conv", "conv", "x,w", "y");
    onnx_ints(&graph, "strides", 2, 1, 2);
    onnx_ints(&graph, "pads", 4, 1, 0, 0, 0); /* one row above */
    onnx_int(&graph, "group", 2);
    onnx_end(&graph);
    REQUIRE(output_of(y, 4, x, sizeof x));
    CHECK_NEAR(y[0], 100 * 1 + 1000 * 2);
    CHECK_NEAR(y[1], 200 * 5 + 2000 * 6);
    CHECK_NEAR(y[2], 1 * 1 + 10 * 2 + 100 * 3 + 1000 * 4);
    CHECK_NEAR(y[3], 2 * 5 + 20 * 6 + 200 * 7 + 2000 * 8);
}

static void pointwise(const char *name, const char *in, const char *weights, const char *out) {
    char inputs[64];
    snprintf(inputs, sizeof inputs, "%s,%s", in, weights);
    onnx_node(&graph, "Conv", name, inputs, out);
    onnx_end(&graph);
}

static void test_activations(void) {
    const float w[] = {1, -1}, slopes[] = {0.5f, 0.25f};
    const uint8_t x[] = {8};
    float y[2];
    start(DIMS(1, 1, 1, 1));
    onnx_floats(&graph, "w", w, DIMS(2, 1, 1, 1));
    onnx_floats(&graph, "s", slopes, DIMS(2, 1, 1));
    pointwise("c", "x", "w", "c");
    onnx_simple(&graph, "PRelu", "c,s", "y");
    REQUIRE(output_of(y, 2, x, 1));
    CHECK_NEAR(y[0], 8);
    CHECK_NEAR(y[1], -2);

    start(DIMS(1, 1, 1, 1));
    onnx_floats(&graph, "w", w, DIMS(2, 1, 1, 1));
    pointwise("c", "x", "w", "c");
    onnx_node(&graph, "Clip", "clip", "c", "y");
    onnx_float(&graph, "min", 0);
    onnx_float(&graph, "max", 6);
    onnx_end(&graph);
    REQUIRE(output_of(y, 2, x, 1));
    CHECK_NEAR(y[0], 6);
    CHECK_NEAR(y[1], 0);

    start(DIMS(1, 1, 1, 1));
    onnx_floats(&graph, "w", w, DIMS(2, 1, 1, 1));
    pointwise("c", "x", "w", "c");
    onnx_node(&graph, "LeakyRelu", "leaky", "c", "y");
    onnx_float(&graph, "alpha", 0.125f);
    onnx_end(&graph);
    REQUIRE(output_of(y, 2, x, 1));
    CHECK_NEAR(y[1], -1);
}

/* A tensor with two readers must not change under the first: relu(c) + c, and c * 2 + c. */
static void test_shared_tensors(void) {
    const float w[] = {1, -1}, two[] = {2};
    const uint8_t x[] = {8};
    float y[2];
    start(DIMS(1, 1, 1, 1));
    onnx_floats(&graph, "w", w, DIMS(2, 1, 1, 1));
    pointwise("c", "x", "w", "c");
    onnx_simple(&graph, "Relu", "c", "r");
    onnx_simple(&graph, "Add", "r,c", "y");
    REQUIRE(output_of(y, 2, x, 1));
    CHECK_NEAR(y[0], 16);
    CHECK_NEAR(y[1], -8);

    start(DIMS(1, 1, 1, 1));
    onnx_floats(&graph, "w", w, DIMS(2, 1, 1, 1));
    onnx_floats(&graph, "t", two, DIMS(1));
    pointwise("c", "x", "w", "c");
    onnx_simple(&graph, "Mul", "c,t", "m");
    onnx_simple(&graph, "Add", "c,m", "s");
    onnx_simple(&graph, "Add", "s,s", "d");
    onnx_simple(&graph, "Sub", "d,t", "e");
    onnx_simple(&graph, "Div", "e,t", "y");
    REQUIRE(output_of(y, 2, x, 1));
    CHECK_NEAR(y[0], (8 * 3 * 2 - 2) / 2.0);
    CHECK_NEAR(y[1], (-8 * 3 * 2 - 2) / 2.0);
}

/* Flatten orders: channel-first and channel-last reach the same product by other weights. */
static void test_flat_orders(void) {
    const float w[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
    const uint8_t x[] = {1, 5, 2, 6, 3, 7, 4, 8}; /* (y, x, channel) */
    const int64_t shape[] = {-1, 8};
    float y[1];
    start(DIMS(1, 2, 2, 2));
    onnx_floats(&graph, "w", w, DIMS(1, 8));
    onnx_simple(&graph, "Flatten", "x", "f");
    onnx_node(&graph, "Gemm", "g", "f,w", "y");
    onnx_int(&graph, "transB", 1);
    onnx_end(&graph);
    REQUIRE(output_of(y, 1, x, sizeof x));
    CHECK(fabs((double)y[0] - 87654321) <= 16); /* channel 0: 1 2 3 4, channel 1: 5 6 7 8 */

    start(DIMS(1, 2, 2, 2));
    onnx_floats(&graph, "w", w, DIMS(8, 1));
    onnx_integers(&graph, "shape", shape, 2);
    onnx_node(&graph, "Transpose", "t", "x", "t");
    onnx_ints(&graph, "perm", 4, 0, 2, 3, 1);
    onnx_end(&graph);
    onnx_simple(&graph, "Reshape", "t,shape", "f");
    onnx_simple(&graph, "MatMul", "f,w", "y");
    REQUIRE(output_of(y, 1, x, sizeof x));
    CHECK(fabs((double)y[0] - 84736251) <= 16); /* 1 5 2 6 3 7 4 8 */
}

static void test_pools(void) {
    const uint8_t x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    float y[4];
    start(DIMS(1, 1, 3, 3));
    onnx_node(&graph, "MaxPool", "p", "x", "y");
    onnx_ints(&graph, "kernel_shape", 2, 2, 2);
    onnx_ints(&graph, "strides", 2, 2, 2);
    onnx_int(&graph, "ceil_mode", 1);
    onnx_end(&graph);
    REQUIRE(output_of(y, 4, x, sizeof x));
    CHECK_NEAR(y[0], 5);
    CHECK_NEAR(y[1], 6);
    CHECK_NEAR(y[2], 8);
    CHECK_NEAR(y[3], 9);

    start(DIMS(1, 1, 3, 3));
    onnx_node(&graph, "AveragePool", "p", "x", "a");
    onnx_ints(&graph, "kernel_shape", 2, 2, 2);
    onnx_end(&graph);
    onnx_simple(&graph, "GlobalAveragePool", "a", "g");
    onnx_node(&graph, "Concat", "cat", "g,g", "y");
    onnx_int(&graph, "axis", 1);
    onnx_end(&graph);
    REQUIRE(output_of(y, 2, x, sizeof x));
    CHECK_NEAR(y[0], 5);
    CHECK_NEAR(y[1], 5);
}

/* ---- refusals ---- */

static void expect_refusal(mien_status status, const char *first, const char *second) {
    mien_float_network *network = NULL;
    mien_error error;
    CHECK_INT(import_file(&network, &error), status);
    CHECK(network == NULL);
    bool named = strstr(error.message, first) != NULL && strstr(error.message, second) != NULL;
    if (!named) printf("  message: %s\n", error.message);
    CHECK(named);
    mien_float_network_free(network);
}

static void test_refusals_are_named(void) {
    const float w[] = {1}, bad[] = {NAN};
    start(DIMS(1, 1, 4, 4));
    onnx_simple(&graph, "Relu", "x", "r");
    onnx_node(&graph, "GridSample", "warp7", "r", "y");
    onnx_end(&graph);
    expect_refusal(MIEN_UNSUPPORTED, "warp7", "GridSample");

    start(DIMS(1, 1, 4, 4));
    onnx_simple(&graph, "Sigmoid", "x", "s");
    onnx_node(&graph, "Relu", "after", "s", "y");
    onnx_end(&graph);
    expect_refusal(MIEN_UNSUPPORTED, "after", "last step");

    start(DIMS(1, 2, 4, 4));
    onnx_floats(&graph, "w", w, DIMS(1, 1, 1, 1));
    onnx_node(&graph, "Conv", "mismatch", "x,w", "y");
    onnx_end(&graph);
    expect_refusal(MIEN_FORMAT, "mismatch", "do not fit");

    start(DIMS(1, 1, 4, 4));
    onnx_floats(&graph, "w", bad, DIMS(1, 1, 1, 1));
    onnx_node(&graph, "Conv", "nan", "x,w", "y");
    onnx_end(&graph);
    expect_refusal(MIEN_FORMAT, "layer", "finite");

    start(DIMS(1, 1, 4, 4));
    onnx_simple(&graph, "Relu", "nowhere", "y");
    expect_refusal(MIEN_FORMAT, "no input", "");

    start(DIMS(1, 1, 4, 4));
    onnx_simple(&graph, "Add", "x,z", "y");
    onnx_simple(&graph, "Relu", "y", "z");
    expect_refusal(MIEN_FORMAT, "never made", "");

    start(DIMS(1, 1, 100000, 4));
    onnx_simple(&graph, "Relu", "x", "y");
    expect_refusal(MIEN_UNSUPPORTED, "out of bounds", "100000");

    start(DIMS(1, 1, 4, 4));
    onnx_simple(&graph, "Relu", "x", "not-y");
    expect_refusal(MIEN_FORMAT, "no input", "");
}

/* A whole small network with everything in it. */
static void build_small_network(void) {
    const int64_t shape[] = {1, -1};
    start(DIMS(1, 3, 8, 8));
    onnx_floats(&graph, "w1", NULL, DIMS(8, 3, 3, 3));
    onnx_floats(&graph, "b1", NULL, DIMS(8));
    onnx_floats(&graph, "s1", NULL, DIMS(8, 1, 1));
    onnx_floats(&graph, "w2", NULL, DIMS(8, 1, 3, 3));
    onnx_floats(&graph, "w3", NULL, DIMS(8, 8, 1, 1));
    onnx_floats(&graph, "w4", NULL, DIMS(5, 64));
    onnx_integers(&graph, "shape", shape, 2);
    onnx_node(&graph, "Conv", "stem", "x,w1,b1", "c1");
    onnx_ints(&graph, "strides", 2, 2, 2);
    onnx_ints(&graph, "pads", 4, 1, 1, 1, 1);
    onnx_end(&graph);
    onnx_simple(&graph, "PRelu", "c1,s1", "a1");
    onnx_node(&graph, "Conv", "depthwise", "a1,w2", "c2");
    onnx_ints(&graph, "pads", 4, 1, 1, 1, 1);
    onnx_int(&graph, "group", 8);
    onnx_end(&graph);
    onnx_simple(&graph, "Relu", "c2", "a2");
    pointwise("project", "a2", "w3", "c3");
    onnx_simple(&graph, "Add", "a1,c3", "sum");
    onnx_node(&graph, "MaxPool", "pool", "sum", "p");
    onnx_ints(&graph, "kernel_shape", 2, 2, 2);
    onnx_ints(&graph, "strides", 2, 2, 2);
    onnx_end(&graph);
    onnx_node(&graph, "Concat", "cat", "p,p", "pp");
    onnx_int(&graph, "axis", 1);
    onnx_end(&graph);
    onnx_simple(&graph, "Reshape", "pp,shape", "f");
    onnx_node(&graph, "Gemm", "head", "f,w4", "logits");
    onnx_int(&graph, "transB", 1);
    onnx_end(&graph);
    onnx_node(&graph, "Softmax", "soft", "logits", "y");
    onnx_int(&graph, "axis", -1);
    onnx_end(&graph);
}

static mien_calibration *calibrate(const mien_float_network *network) {
    mien_calibration *calibration = NULL;
    uint8_t input[192];
    if (mien_calibration_create(&calibration, network) != MIEN_OK) abort();
    for (int i = 0; i < 50; i++) {
        harness_random_bytes(input, sizeof input);
        if (mien_calibration_add(calibration, network, input, sizeof input) != MIEN_OK) abort();
    }
    if (mien_calibration_finish(calibration) != MIEN_OK) abort();
    return calibration;
}

/* Through JSON and without it the same bytes; the integer network follows the float one. */
static void test_quantisation(void) {
    mien_quantise_options options = {.weight_bits = 12, .activation_bits = 8};
    mien_float_network *network = NULL;
    mien_calibration *calibration, *parsed = NULL;
    mien_comparison *comparison = NULL;
    mien_error error;
    uint8_t *first, *second, input[192];
    size_t first_length, second_length;
    char *json;
    double mean, least;
    build_small_network();
    REQUIRE(import_file(&network, &error) == MIEN_OK);
    CHECK_INT(network->outputs[0].function, MIEN_OUTPUT_SOFTMAX);
    CHECK_INT(network->layer_count, 6);
    calibration = calibrate(network);
    REQUIRE(mien_calibration_print(&json, calibration, network) == MIEN_OK);
    REQUIRE(mien_calibration_parse(&parsed, network, json, strlen(json), &error) == MIEN_OK);
    REQUIRE(mien_quantise(&first, &first_length, network, calibration, &options, &error) ==
            MIEN_OK);
    REQUIRE(mien_quantise(&second, &second_length, network, parsed, &options, &error) == MIEN_OK);
    CHECK_INT(first_length, second_length);
    CHECK_BYTES(first, second, first_length);
    REQUIRE(mien_comparison_create(&comparison, network, parsed, &options, &error) == MIEN_OK);
    for (int i = 0; i < 20; i++) {
        harness_random_bytes(input, sizeof input);
        CHECK_INT(mien_comparison_add(comparison, input, sizeof input), MIEN_OK);
    }
    mien_comparison_output(comparison, 0, &mean, &least);
    CHECK(mean > 0.995 && least > 0.98 && mean <= 1.0000001);
    for (uint32_t i = 0; i < mien_comparison_layer_count(comparison); i++)
        CHECK(mien_comparison_layer(comparison, i).relative_error < 0.1);
    json[0] = '[';
    CHECK(mien_calibration_parse(&parsed, network, json, strlen(json), &error) != MIEN_OK);
    mien_comparison_free(comparison);
    mien_calibration_free(calibration);
    mien_calibration_free(parsed);
    mien_float_network_free(network);
    free(json);
    free(first);
    free(second);
}

/* Cut anywhere, changed anywhere: refused or imported, never more. */
static void test_hostile_files(void) {
    mien_import_options options = {0};
    mien_error error;
    build_small_network();
    onnx_value(&graph, 12, "y", DIMS(1, 5));
    onnx_finish(&file, &graph, 11);
    size_t length = file.used, refused = 0;
    for (size_t i = 0; i < 2000; i++) {
        uint8_t *copy = malloc(length);
        mien_float_network *network = NULL;
        size_t cut = i < 600 ? harness_random_below(length) : length;
        REQUIRE(copy != NULL);
        memcpy(copy, file.data, length);
        for (int k = 0; k < 3 && i >= 600; k++) {
            size_t at = harness_random_below(i % 2 == 0 ? length : 600);
            copy[at] = (uint8_t)harness_random();
        }
        refused += mien_float_network_import(&network, copy, cut, &options, &error) != MIEN_OK;
        mien_float_network_free(network);
        free(copy);
    }
    CHECK(refused > 600);
}

/* Somebody else's networks (keras2onnx, nodes in reverse order, channels last). */
static void test_foreign_networks(void) {
    static const char *const names[] = {"mnist-sm.onnx", "mnist-lg.onnx"};
    if (harness_shared() == NULL) SKIP("no folder with shared data");
    for (int i = 0; i < 2; i++) {
        char path[2048];
        size_t length;
        mien_import_options options = {0};
        mien_float_network *network = NULL;
        mien_error error;
        snprintf(path, sizeof path, "%s/data/mnist/%s", harness_shared(), names[i]);
        uint8_t *content = harness_read_file(path, &length);
        if (content == NULL) SKIP("no %s", names[i]);
        REQUIRE(mien_float_network_import(&network, content, length, &options, &error) == MIEN_OK);
        CHECK_INT(network->input.height, 28);
        CHECK_INT(network->outputs[0].shape.channels, 10);
        CHECK_INT(network->outputs[0].function, MIEN_OUTPUT_SOFTMAX);
        mien_float_network_free(network);
        free(content);
    }
}

int main(void) {
    RUN(test_conv_and_batch_norm);
    RUN(test_conv_geometry);
    RUN(test_activations);
    RUN(test_shared_tensors);
    RUN(test_flat_orders);
    RUN(test_pools);
    RUN(test_refusals_are_named);
    RUN(test_quantisation);
    RUN(test_hostile_files);
    RUN(test_foreign_networks);
    return harness_end();
}
