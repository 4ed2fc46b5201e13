/* SPDX-License-Identifier: MIT */
/* Two small networks that read handwritten digits, on all 10,000 digits of the test set: what
 * quantisation may cost where the right answer is known. */
#include "tests/face_model/import/digits.h"

/* `known` of the digits are right in onnxruntime on the same bytes; rounding may turn a few. */
static void classify(const char *folder, const char *name, int known) {
    digits d;
    REQUIRE(digits_open(&d, folder));
    mien_float_network *network = digits_import(folder, name);
    REQUIRE(network != NULL && mien_float_network_output_count(network) == 1 &&
            mien_shape_elements(mien_float_network_output_shape(network, 0)) == 10);
    mien_network *integer = digits_quantise(network, &d);
    REQUIRE(integer != NULL);
    CHECK_INT(mien_network_output_at(integer, 0)->function, MIEN_OUTPUT_SOFTMAX);
    int wanted = digits_count_float(network, &d), got = digits_count_integer(integer, &d);
    printf("%s: %d.%02d %% of the digits in float, %d.%02d %% in integers\n", name, wanted / 100,
           wanted % 100, got / 100, got % 100);
    CHECK(abs(wanted - known) <= 3);
    CHECK(got >= wanted - DIGITS / 200);
    mien_network_free(integer);
    mien_float_network_free(network);
    digits_close(&d);
}

static void run_if_there(const char *name, int known) {
    char folder[1100], path[1200];
    snprintf(folder, sizeof folder, "%s/data/mnist", harness_shared());
    snprintf(path, sizeof path, "%s/%s", folder, name);
    REQUIRE(access(path, R_OK) == 0);
    classify(folder, name, known);
}

static bool data_is_there(void) {
    char path[1100];
    if (harness_shared() == NULL) return false;
    snprintf(path, sizeof path, "%s/data/mnist", harness_shared());
    return access(path, R_OK) == 0;
}

static void test_small(void) {
    if (!data_is_there()) SKIP("no data/mnist in ../shared or $MIEN_SHARED");
    run_if_there("mnist-sm.onnx", 8321);
}

static void test_large(void) {
    if (!data_is_there()) SKIP("no data/mnist in ../shared or $MIEN_SHARED");
    run_if_there("mnist-lg.onnx", 9032);
}

int main(void) {
    RUN(test_small);
    RUN(test_large);
    return harness_end();
}
