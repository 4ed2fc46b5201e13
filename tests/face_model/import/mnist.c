/* SPDX-License-Identifier: MIT */
/* Two small networks that read handwritten digits, on all 10,000 digits of the test set: what
 * quantisation may cost where the right answer is known. */
#include "face_model/import/import.h"
#include "tests/harness.h"

#define DIGITS 10000
#define SIDE 28
#define PIXELS ((size_t)SIDE * SIDE)
#define CALIBRATION 200 /* of the first digits */

typedef struct digits {
    uint8_t *images, *labels; /* without the heads of their files */
    uint8_t *image_file, *label_file;
} digits;

/* The unpacked file, `length` bytes behind a head of `head`; NULL when it is something else. */
static uint8_t *unpack(const char *folder, const char *name, size_t head, size_t length) {
    char command[2048];
    uint8_t *bytes = malloc(head + length + 1);
    snprintf(command, sizeof command, "gzip -dc '%s/%s'", folder, name);
    FILE *pipe = popen(command, "r");
    size_t got = pipe != NULL && bytes != NULL ? fread(bytes, 1, head + length + 1, pipe) : 0;
    if (pipe != NULL) pclose(pipe);
    if (got == head + length) return bytes;
    free(bytes);
    return NULL;
}

static bool open_digits(digits *d, const char *folder) {
    memset(d, 0, sizeof *d);
    d->image_file = unpack(folder, "t10k-images-idx3-ubyte.gz", 16, DIGITS * PIXELS);
    d->label_file = unpack(folder, "t10k-labels-idx1-ubyte.gz", 8, DIGITS);
    if (d->image_file == NULL || d->label_file == NULL) return false;
    d->images = d->image_file + 16;
    d->labels = d->label_file + 8;
    return true;
}

static void close_digits(digits *d) {
    free(d->image_file);
    free(d->label_file);
}

static mien_float_network *import_file(const char *folder, const char *name) {
    char path[2048];
    size_t length;
    mien_float_network *network = NULL;
    mien_error error = {MIEN_OK, ""};
    mien_import_options options = {.normalisation_channels = 1, .divisor = {255}};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    uint8_t *onnx = harness_read_file(path, &length);
    if (onnx == NULL) return NULL;
    if (mien_float_network_import(&network, onnx, length, &options, &error) != MIEN_OK)
        harness_report(__FILE__, __LINE__, mien_error_words(&error));
    free(onnx);
    return network;
}

static mien_network *quantise(const mien_float_network *network, const digits *d) {
    mien_calibration *calibration = NULL;
    mien_network *integer = NULL;
    mien_quantise_options options = {0};
    mien_error error = {MIEN_OK, ""};
    uint8_t *bytes = NULL;
    size_t length;
    mien_status status = mien_calibration_create(&calibration, network);
    for (size_t i = 0; i < CALIBRATION && status == MIEN_OK; i++)
        status = mien_calibration_add(calibration, network, d->images + i * PIXELS, PIXELS);
    if (status == MIEN_OK) status = mien_calibration_finish(calibration);
    if (status == MIEN_OK)
        status = mien_quantise(&bytes, &length, network, calibration, &options, &error);
    if (status == MIEN_OK) status = mien_network_load(&integer, bytes, length, &error);
    if (status != MIEN_OK) harness_report(__FILE__, __LINE__, mien_error_words(&error));
    mien_calibration_free(calibration);
    free(bytes);
    return integer;
}

static int largest_float(const float *values) {
    int best = 0;
    for (int i = 1; i < 10; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

static int largest_integer(const int16_t *values) {
    int best = 0;
    for (int i = 1; i < 10; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

/* Digits read rightly, of DIGITS; -1 after a report. */
static int count_float(const mien_float_network *network, const digits *d) {
    float values[10], *outputs[] = {values};
    int right = 0;
    for (size_t i = 0; i < DIGITS; i++) {
        if (mien_float_network_run(network, outputs, d->images + i * PIXELS, PIXELS, NULL) !=
            MIEN_OK)
            return -1;
        right += largest_float(values) == d->labels[i];
    }
    return right;
}

static int count_integer(const mien_network *network, const digits *d) {
    size_t size = mien_network_workspace_size(network);
    void *workspace = aligned_alloc(MIEN_NETWORK_WORKSPACE_ALIGNMENT, (size + 63) / 64 * 64);
    int right = 0;
    if (workspace == NULL) return -1;
    for (size_t i = 0; i < DIGITS && right >= 0; i++) {
        if (mien_network_run(network, workspace, size, d->images + i * PIXELS, PIXELS, NULL) ==
            MIEN_OK)
            right +=
                largest_integer(mien_network_output_values(network, workspace, 0)) == d->labels[i];
        else
            right = -1;
    }
    free(workspace);
    return right;
}

/* `known` of the digits are right in onnxruntime on the same bytes; rounding may turn a few. */
static void classify(const char *folder, const char *name, int known) {
    digits d;
    REQUIRE(open_digits(&d, folder));
    mien_float_network *network = import_file(folder, name);
    REQUIRE(network != NULL && mien_float_network_output_count(network) == 1 &&
            mien_shape_elements(mien_float_network_output_shape(network, 0)) == 10);
    mien_network *integer = quantise(network, &d);
    REQUIRE(integer != NULL);
    CHECK_INT(mien_network_output_at(integer, 0)->function, MIEN_OUTPUT_SOFTMAX);
    int wanted = count_float(network, &d), got = count_integer(integer, &d);
    printf("%s: %d.%02d %% of the digits in float, %d.%02d %% in integers\n", name, wanted / 100,
           wanted % 100, got / 100, got % 100);
    CHECK(abs(wanted - known) <= 3);
    CHECK(got >= wanted - DIGITS / 200);
    mien_network_free(integer);
    mien_float_network_free(network);
    close_digits(&d);
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
