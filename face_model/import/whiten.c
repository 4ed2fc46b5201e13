/* SPDX-License-Identifier: MIT */
/* The whitening layer: y = matrix x + bias behind the network's last tensor. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "face_model/import/float_network.h"
#include "face_model/whitening/whitening.h"

/* A linear convolution of one output pixel that nothing else reads: two linear maps in a row are
 * one, which is smaller, and one rounding less. */
static bool can_merge(const mien_float_network *network, uint32_t tensor) {
    const mien_float_layer *layer = &network->layers[tensor - 1];
    if (tensor != network->layer_count || layer->shape.kind != MIEN_LAYER_CONVOLUTION ||
        layer->shape.groups != 1 || layer->shape.residual >= 0 || layer->slopes != NULL ||
        !isinf(layer->low) || !isinf(layer->high))
        return false;
    return true; /* the last tensor has no later reader */
}

/* weights' = matrix weights, bias' = matrix bias + bias. */
static mien_status merge(mien_float_layer *layer, const mien_whitening *whitening) {
    size_t inner = whitening->inputs, outputs = whitening->outputs;
    size_t count = mien_layer_weight_count(&layer->shape) / inner;
    float *weights = malloc(outputs * count * sizeof *weights);
    float *bias = malloc(outputs * sizeof *bias);
    if (weights == NULL || bias == NULL) {
        free(weights);
        free(bias);
        return MIEN_MEMORY;
    }
    for (size_t o = 0; o < outputs; o++) {
        const float *row = whitening->matrix + o * inner;
        double sum = (double)whitening->bias[o];
        for (size_t j = 0; j < inner; j++) sum += (double)row[j] * (double)layer->bias[j];
        bias[o] = (float)sum;
        for (size_t i = 0; i < count; i++) {
            double weight = 0;
            for (size_t j = 0; j < inner; j++)
                weight += (double)row[j] * (double)layer->weights[j * count + i];
            weights[o * count + i] = (float)weight;
        }
    }
    free(layer->weights);
    free(layer->bias);
    layer->weights = weights;
    layer->bias = bias;
    return MIEN_OK;
}

static mien_status append(mien_float_network *network, uint32_t tensor,
                          const mien_whitening *whitening) {
    mien_float_layer *layer =
        mien_float_network_append(network, MIEN_LAYER_CONVOLUTION, "whitening", tensor);
    if (layer == NULL) return MIEN_TOO_LARGE;
    layer->shape.out.channels = whitening->outputs;
    MIEN_TRY(mien_float_layer_allocate(layer));
    memcpy(layer->weights, whitening->matrix,
           (size_t)whitening->outputs * whitening->inputs * sizeof(float));
    memcpy(layer->bias, whitening->bias, whitening->outputs * sizeof(float));
    return MIEN_OK;
}

static mien_status whiten(mien_float_network *network, const mien_whitening *whitening,
                          mien_error *error) {
    mien_network_output *output = &network->outputs[0];
    mien_status status;
    if (network->output_count != 1 || output->shape.height != 1 || output->shape.width != 1 ||
        output->shape.channels != whitening->inputs || output->function != MIEN_OUTPUT_LINEAR)
        return mien_fail(error, MIEN_ARGUMENT,
                         "whitening of %u values needs a network with that one output",
                         whitening->inputs);
    if (can_merge(network, output->tensor))
        status = merge(&network->layers[output->tensor - 1], whitening);
    else
        status = append(network, output->tensor, whitening);
    if (status != MIEN_OK) return mien_fail(error, status, "the whitening layer does not fit");
    output->tensor = network->layer_count;
    network->layers[output->tensor - 1].shape.out.channels = whitening->outputs;
    mien_float_layer_rename(network->layers[output->tensor - 1].shape.name, "whitening");
    mien_float_layer_rename(output->name, "embedding");
    output->shape.channels = whitening->outputs;
    network->whitened = true;
    return MIEN_OK;
}

mien_status mien_whiten_network(mien_float_network *network, const uint8_t *bytes, size_t length,
                                mien_error *error) {
    mien_whitening whitening = {0};
    MIEN_TRY(mien_whitening_parse(&whitening, bytes, length, error));
    mien_status status = whiten(network, &whitening, error);
    mien_whitening_free(&whitening);
    return status;
}
