/* SPDX-License-Identifier: MIT */
#include "face_model/import/float_network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

mien_float_layer *mien_float_network_append(mien_float_network *network, mien_layer_kind kind,
                                            const char *name, uint32_t input) {
    if (network->layer_count == MIEN_NETWORK_MAX_LAYERS) return NULL;
    mien_float_layer *layer = &network->layers[network->layer_count];
    layer->shape.kind = kind;
    layer->shape.inputs[0] = input;
    layer->shape.input_count = layer->shape.groups = 1;
    layer->shape.in = layer->shape.out = mien_float_tensor_shape(network, input);
    for (int i = 0; i < 2; i++)
        layer->shape.kernel[i] = layer->shape.stride[i] = layer->shape.dilation[i] = 1;
    layer->shape.residual = -1;
    layer->low = -INFINITY;
    layer->high = INFINITY;
    mien_float_layer_rename(layer->shape.name, name);
    network->layer_count++;
    return layer;
}

mien_status mien_float_layer_allocate(mien_float_layer *layer) {
    size_t count = mien_layer_weight_count(&layer->shape);
    layer->weights = calloc(count, sizeof *layer->weights);
    layer->bias = calloc(layer->shape.out.channels, sizeof *layer->bias);
    return layer->weights != NULL && layer->bias != NULL ? MIEN_OK : MIEN_MEMORY;
}

void mien_float_layer_rename(char name[MIEN_NETWORK_MAX_NAME + 1], const char *text) {
    size_t length = 0;
    if (text[0] == '\0') text = "tensor";
    for (; length < MIEN_NETWORK_MAX_NAME && text[length] != '\0'; length++)
        name[length] = mien_network_name_character(text[length]) ? text[length] : '_';
    memset(name + length, 0, MIEN_NETWORK_MAX_NAME + 1 - length);
}

static mien_status set_normalisation(mien_float_network *network,
                                     const mien_import_options *options, mien_error *error) {
    size_t given = options->normalisation_channels;
    if (given > 1 && given != network->input.channels)
        return mien_fail(error, MIEN_ARGUMENT, "normalisation for %zu channels, the input has %u",
                         given, network->input.channels);
    for (size_t c = 0; c < network->input.channels; c++) {
        size_t from = given > 1 ? c : 0;
        float offset = given != 0 ? options->offset[from] : 0.0f;
        float divisor = given != 0 ? options->divisor[from] : 255.0f;
        if (!(offset >= 0) || !(offset <= 255) || !(divisor > 1e-6f) || !(divisor < 1e6f))
            return mien_fail(error, MIEN_ARGUMENT, "normalisation out of range");
        network->offset[c] = offset;
        network->divisor[c] = divisor;
    }
    return MIEN_OK;
}

static bool all_finite(const float *values, size_t count) {
    bool finite = true;
    for (size_t i = 0; i < count; i++) finite = finite && isfinite(values[i]);
    return finite;
}

/* Weights for running: the output channel last. */
static mien_status order_by_tap(mien_float_layer *layer) {
    size_t outputs = layer->shape.out.channels, count = mien_layer_weight_count(&layer->shape);
    layer->by_tap = malloc(count * sizeof *layer->by_tap);
    if (layer->by_tap == NULL) return MIEN_MEMORY;
    for (size_t o = 0; o < outputs; o++)
        for (size_t i = 0; i < count / outputs; i++)
            layer->by_tap[i * outputs + o] = layer->weights[o * (count / outputs) + i];
    return MIEN_OK;
}

static mien_status finish_layer(mien_float_layer *layer, mien_error *error) {
    size_t outputs = layer->shape.out.channels;
    if (layer->shape.kind != MIEN_LAYER_CONVOLUTION) return MIEN_OK;
    if (!all_finite(layer->weights, mien_layer_weight_count(&layer->shape)) ||
        !all_finite(layer->bias, outputs) ||
        (layer->slopes != NULL && !all_finite(layer->slopes, outputs)))
        return mien_fail(error, MIEN_FORMAT, "layer %s: a constant is not a finite number",
                         layer->shape.name);
    if (order_by_tap(layer) != MIEN_OK)
        return mien_fail(error, MIEN_MEMORY, "no memory for layer %s", layer->shape.name);
    return MIEN_OK;
}

/* The same limits as for the file, before anything is run. */
static mien_status check_size(const mien_float_network *network, mien_error *error) {
    uint64_t work = 0, elements = mien_shape_elements(network->input);
    for (uint32_t i = 0; i < network->layer_count; i++) {
        const mien_layer *layer = &network->layers[i].shape;
        uint64_t out = (uint64_t)layer->out.height * layer->out.width * layer->out.channels;
        if (layer->out.channels > MIEN_NETWORK_MAX_CHANNELS || out > MIEN_NETWORK_MAX_ELEMENTS)
            return mien_fail(error, MIEN_TOO_LARGE, "layer %s is too large", layer->name);
        elements += out;
        if (layer->kind == MIEN_LAYER_CONVOLUTION)
            work += (uint64_t)layer->out.height * layer->out.width * mien_layer_weight_count(layer);
        if (work > MIEN_NETWORK_MAX_WORK || elements > MIEN_NETWORK_MAX_WORKSPACE / 4)
            return mien_fail(error, MIEN_TOO_LARGE, "the network is too large at layer %s",
                             layer->name);
    }
    return MIEN_OK;
}

static mien_status import(mien_float_network *network, const uint8_t *onnx, size_t length,
                          const mien_import_options *options, mien_error *error) {
    MIEN_TRY(mien_graph_build(network, onnx, length, options, error));
    MIEN_TRY(set_normalisation(network, options, error));
    if (options->whitening != NULL)
        MIEN_TRY(
            mien_whiten_network(network, options->whitening, options->whitening_length, error));
    MIEN_TRY(check_size(network, error));
    for (uint32_t i = 0; i < network->layer_count; i++)
        MIEN_TRY(finish_layer(&network->layers[i], error));
    return MIEN_OK;
}

mien_status mien_float_network_import(mien_float_network **network, const uint8_t *onnx,
                                      size_t length, const mien_import_options *options,
                                      mien_error *error) {
    if (length > MIEN_ONNX_MAX_FILE)
        return mien_fail(error, MIEN_TOO_LARGE, "an ONNX file of more than 256 MB");
    mien_float_network *made = calloc(1, sizeof *made);
    if (made == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the network");
    mien_status status = import(made, onnx, length, options, error);
    if (status != MIEN_OK) {
        mien_float_network_free(made);
        return status;
    }
    *network = made;
    return MIEN_OK;
}

void mien_float_network_free(mien_float_network *network) {
    if (network == NULL) return;
    for (uint32_t i = 0; i < MIEN_NETWORK_MAX_LAYERS; i++) {
        free(network->layers[i].weights);
        free(network->layers[i].by_tap);
        free(network->layers[i].bias);
        free(network->layers[i].slopes);
    }
    free(network);
}

mien_shape mien_float_network_input(const mien_float_network *network) {
    return network->input;
}

uint32_t mien_float_network_layer_count(const mien_float_network *network) {
    return network->layer_count;
}

uint32_t mien_float_network_output_count(const mien_float_network *network) {
    return network->output_count;
}

const char *mien_float_network_output_name(const mien_float_network *network, uint32_t index) {
    return network->outputs[index].name;
}

mien_shape mien_float_network_output_shape(const mien_float_network *network, uint32_t index) {
    return network->outputs[index].shape;
}
