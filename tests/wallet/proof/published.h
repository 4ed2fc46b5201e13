/* SPDX-License-Identifier: MIT */
/* Networks of published shape with random weights (tools/models/published), imported and quantised
 * here: generated at test time, nothing of them is kept. */
#ifndef MIEN_TESTS_WALLET_PROOF_PUBLISHED_H
#define MIEN_TESTS_WALLET_PROOF_PUBLISHED_H

#include "face_model/import/import.h"
#include "tests/harness.h"

#define PUBLISHED_OFFSET 124.0f, 116.0f, 104.0f /* of ImageNet's channels, rounded */
#define PUBLISHED_DIVISOR 64.0f

/* The ONNX file's bytes; NULL when there is no Python 3. side 0: the network's own. The caller
 * frees. */
static inline uint8_t *published_onnx(const char *name, unsigned side, size_t *length) {
    char path[] = "/tmp/mien-published-XXXXXX", command[2048], option[32] = "";
    int file = mkstemp(path);
    if (file < 0) return NULL;
    close(file);
    if (side != 0) snprintf(option, sizeof option, " --side %u", side);
    snprintf(command, sizeof command, "python3 '%s/tools/models/published' %s -o %s%s",
             MIEN_SOURCE_DIR, name, path, option);
    uint8_t *bytes = system(command) == 0 ? harness_read_file(path, length) : NULL;
    remove(path);
    return bytes;
}

static inline mien_float_network *published_import(const uint8_t *onnx, size_t length,
                                                   mien_error *error) {
    mien_float_network *network = NULL;
    mien_import_options colour = {
        .normalisation_channels = 3,
        .offset = {PUBLISHED_OFFSET},
        .divisor = {PUBLISHED_DIVISOR, PUBLISHED_DIVISOR, PUBLISHED_DIVISOR}};
    mien_import_options grey = {
        .normalisation_channels = 1, .offset = {128}, .divisor = {PUBLISHED_DIVISOR}};
    if (mien_float_network_import(&network, onnx, length, &colour, error) == MIEN_OK)
        return network;
    if (mien_float_network_import(&network, onnx, length, &grey, error) == MIEN_OK) return network;
    return NULL;
}

static inline mien_network *published_quantise(const mien_float_network *network, size_t samples,
                                               mien_error *error) {
    mien_calibration *calibration = NULL;
    mien_network *integer = NULL;
    mien_quantise_options options = {0};
    uint8_t *bytes = NULL;
    size_t length;
    mien_status status = mien_calibration_create(&calibration, network);
    if (status == MIEN_OK) status = mien_calibration_add_synthetic(calibration, network, samples);
    if (status == MIEN_OK) status = mien_calibration_finish(calibration);
    if (status == MIEN_OK)
        status = mien_quantise(&bytes, &length, network, calibration, &options, error);
    if (status == MIEN_OK) status = mien_network_load(&integer, bytes, length, error);
    mien_calibration_free(calibration);
    free(bytes);
    return integer;
}

#endif
