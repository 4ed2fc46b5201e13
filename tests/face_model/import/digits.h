/* SPDX-License-Identifier: MIT */
/* The 10,000 digits of the MNIST test set and the two networks that read them, from ../shared. */
#ifndef MIEN_TESTS_FACE_MODEL_IMPORT_DIGITS_H
#define MIEN_TESTS_FACE_MODEL_IMPORT_DIGITS_H

#include "face_model/import/import.h"
#include "tests/harness.h"

#define DIGITS 10000
#define DIGITS_SIDE 28
#define DIGITS_PIXELS ((size_t)DIGITS_SIDE * DIGITS_SIDE)
#define DIGITS_CALIBRATION 200 /* of the first digits */

typedef struct digits {
    uint8_t *images, *labels; /* without the heads of their files */
    uint8_t *image_file, *label_file;
} digits;

/* The unpacked file, `length` bytes behind a head of `head`; NULL when it is something else. */
static inline uint8_t *digits_unpack(const char *folder, const char *name, size_t head,
                                     size_t length) {
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

static inline bool digits_open(digits *d, const char *folder) {
    memset(d, 0, sizeof *d);
    d->image_file = digits_unpack(folder, "t10k-images-idx3-ubyte.gz", 16, DIGITS * DIGITS_PIXELS);
    d->label_file = digits_unpack(folder, "t10k-labels-idx1-ubyte.gz", 8, DIGITS);
    if (d->image_file == NULL || d->label_file == NULL) return false;
    d->images = d->image_file + 16;
    d->labels = d->label_file + 8;
    return true;
}

static inline void digits_close(digits *d) {
    free(d->image_file);
    free(d->label_file);
}

static inline mien_float_network *digits_import(const char *folder, const char *name) {
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

static inline mien_network *digits_quantise(const mien_float_network *network, const digits *d) {
    mien_calibration *calibration = NULL;
    mien_network *integer = NULL;
    mien_quantise_options options = {0};
    mien_error error = {MIEN_OK, ""};
    uint8_t *bytes = NULL;
    size_t length;
    mien_status status = mien_calibration_create(&calibration, network);
    for (size_t i = 0; i < DIGITS_CALIBRATION && status == MIEN_OK; i++)
        status = mien_calibration_add(calibration, network, d->images + i * DIGITS_PIXELS,
                                      DIGITS_PIXELS);
    if (status == MIEN_OK) status = mien_calibration_finish(calibration);
    if (status == MIEN_OK)
        status = mien_quantise(&bytes, &length, network, calibration, &options, &error);
    if (status == MIEN_OK) status = mien_network_load(&integer, bytes, length, &error);
    if (status != MIEN_OK) harness_report(__FILE__, __LINE__, mien_error_words(&error));
    mien_calibration_free(calibration);
    free(bytes);
    return integer;
}

static inline int digits_largest_float(const float *values) {
    int best = 0;
    for (int i = 1; i < 10; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

static inline int digits_largest_integer(const int16_t *values) {
    int best = 0;
    for (int i = 1; i < 10; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

/* Digits read rightly, of DIGITS; -1 after a report. */
static inline int digits_count_float(const mien_float_network *network, const digits *d) {
    float values[10], *outputs[] = {values};
    int right = 0;
    for (size_t i = 0; i < DIGITS; i++) {
        if (mien_float_network_run(network, outputs, d->images + i * DIGITS_PIXELS, DIGITS_PIXELS,
                                   NULL) != MIEN_OK)
            return -1;
        right += digits_largest_float(values) == d->labels[i];
    }
    return right;
}

static inline int digits_count_integer(const mien_network *network, const digits *d) {
    size_t size = mien_network_workspace_size(network);
    void *workspace = aligned_alloc(MIEN_NETWORK_WORKSPACE_ALIGNMENT, (size + 63) / 64 * 64);
    int right = 0;
    if (workspace == NULL) return -1;
    for (size_t i = 0; i < DIGITS && right >= 0; i++) {
        if (mien_network_run(network, workspace, size, d->images + i * DIGITS_PIXELS, DIGITS_PIXELS,
                             NULL) == MIEN_OK)
            right += digits_largest_integer(mien_network_output_values(network, workspace, 0)) ==
                     d->labels[i];
        else
            right = -1;
    }
    free(workspace);
    return right;
}

#endif
