/* SPDX-License-Identifier: MIT */
/* Any bytes as an ONNX file: refused, or imported, calibrated on one input, quantised and loaded.
 */
#include <stdlib.h>
#include <string.h>

#include "face_model/import/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void quantise(const mien_float_network *network, const mien_calibration *calibration) {
    mien_quantise_options options = {.weight_bits = 12, .activation_bits = 8};
    mien_network *loaded = NULL;
    mien_error error;
    uint8_t *bytes;
    size_t length;
    if (mien_quantise(&bytes, &length, network, calibration, &options, &error) != MIEN_OK) return;
    /* What the converter writes, the loader takes; only the workspace may be too large. */
    mien_status status = mien_network_load(&loaded, bytes, length, &error);
    if (status != MIEN_OK && status != MIEN_TOO_LARGE) abort();
    mien_network_free(loaded);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mien_import_options options = {.height = 8, .width = 8};
    mien_float_network *network = NULL;
    mien_calibration *calibration = NULL;
    mien_error error;
    if (mien_float_network_import(&network, data, size, &options, &error) != MIEN_OK) return 0;
    size_t count = mien_shape_elements(mien_float_network_input(network));
    uint8_t *input = count <= 4096 ? calloc(count, 1) : NULL;
    if (input != NULL && mien_float_network_layer_count(network) < 32 &&
        mien_calibration_create(&calibration, network) == MIEN_OK) {
        memset(input, 77, count / 2);
        if (mien_calibration_add(calibration, network, input, count) == MIEN_OK &&
            mien_calibration_finish(calibration) == MIEN_OK)
            quantise(network, calibration);
        mien_calibration_free(calibration);
    }
    free(input);
    mien_float_network_free(network);
    return 0;
}
