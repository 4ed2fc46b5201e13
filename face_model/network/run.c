/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "face_model/network/internal.h"

static int16_t *tensor_at(const mien_network *network, void *workspace, uint32_t tensor) {
    return (int16_t *)(void *)((uint8_t *)workspace + network->tensor_offset[tensor]);
}

static void load_input(const mien_network *network, int16_t *tensor, const uint8_t *input) {
    const mien_network_description *description = &network->description;
    size_t channels = description->input.channels;
    size_t pixels = (size_t)description->input.height * description->input.width;
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < channels; c++)
            tensor[i * channels + c] =
                (int16_t)(input[i * channels + c] - description->input_offset[c]);
}

/* Copy the input with a border of zeros; returns the row pitch of the copy in elements. */
static size_t copy_with_border(int16_t *out, const mien_layer *layer, const int16_t *input) {
    size_t channels = layer->in.channels, row = layer->in.width * channels;
    size_t left = layer->pad[1] * channels, right = layer->pad[3] * channels;
    size_t pitch = left + row + right;
    memset(out, 0, layer->pad[0] * pitch * sizeof *out);
    out += layer->pad[0] * pitch;
    for (uint32_t y = 0; y < layer->in.height; y++, out += pitch, input += row) {
        memset(out, 0, left * sizeof *out);
        memcpy(out + left, input, row * sizeof *out);
        memset(out + left + row, 0, right * sizeof *out);
    }
    memset(out, 0, layer->pad[2] * pitch * sizeof *out);
    return pitch;
}

static void run_convolution(const mien_network *network, void *workspace, uint32_t index,
                            int32_t *accumulators) {
    const mien_layer *layer = &network->description.layers[index];
    mien_convolution task = {
        .layer = layer,
        .packed = network->packed[index],
        .input = tensor_at(network, workspace, layer->inputs[0]),
        .row_pitch = (size_t)layer->in.width * layer->in.channels,
        .residual =
            layer->residual < 0 ? NULL : tensor_at(network, workspace, (uint32_t)layer->residual),
        .output = tensor_at(network, workspace, index + 1),
        .accumulators = accumulators,
    };
    if (mien_layer_is_padded(layer)) {
        int16_t *copy = (int16_t *)(void *)((uint8_t *)workspace + network->scratch_offset);
        task.row_pitch = copy_with_border(copy, layer, task.input);
        task.input = copy;
    }
    network->kernels->convolve(&task);
}

static void run_concat(const mien_network *network, void *workspace, uint32_t index) {
    const mien_layer *layer = &network->description.layers[index];
    size_t pixels = (size_t)layer->out.height * layer->out.width, at = 0;
    for (uint32_t i = 0; i < layer->input_count; i++) {
        size_t channels = mien_description_shape(&network->description, layer->inputs[i]).channels;
        const int16_t *input = tensor_at(network, workspace, layer->inputs[i]);
        int16_t *output = tensor_at(network, workspace, index + 1) + at;
        for (size_t p = 0; p < pixels; p++)
            memcpy(output + p * layer->out.channels, input + p * channels,
                   channels * sizeof *output);
        at += channels;
    }
}

static void run_layer(const mien_network *network, void *workspace, uint32_t index,
                      int32_t *accumulators) {
    const mien_layer *layer = &network->description.layers[index];
    switch (layer->kind) {
    case MIEN_LAYER_CONVOLUTION:
        run_convolution(network, workspace, index, accumulators);
        break;
    case MIEN_LAYER_MAX_POOL:
        network->kernels->max_pool(layer, tensor_at(network, workspace, layer->inputs[0]),
                                   tensor_at(network, workspace, index + 1));
        break;
    case MIEN_LAYER_CONCAT:
        run_concat(network, workspace, index);
        break;
    }
}

mien_status mien_network_run(const mien_network *network, void *workspace, size_t workspace_size,
                             const uint8_t *input, size_t length,
                             const mien_network_observer *observer) {
    if (length != mien_shape_elements(network->description.input) ||
        workspace_size < network->workspace_size ||
        (uintptr_t)workspace % MIEN_NETWORK_WORKSPACE_ALIGNMENT != 0)
        return MIEN_ARGUMENT;
    load_input(network, tensor_at(network, workspace, 0), input);
    if (observer != NULL)
        observer->layer(observer->context, -1, NULL, tensor_at(network, workspace, 0));
    for (uint32_t i = 0; i < network->description.layer_count; i++) {
        run_layer(network, workspace, i, observer != NULL ? observer->accumulators : NULL);
        if (observer != NULL)
            observer->layer(observer->context, (int32_t)i, &network->description.layers[i],
                            tensor_at(network, workspace, i + 1));
    }
    return MIEN_OK;
}

const int16_t *mien_network_tensor_values(const mien_network *network, const void *workspace,
                                          uint32_t tensor) {
    size_t offset = network->tensor_offset[tensor];
    return (const int16_t *)(const void *)((const uint8_t *)workspace + offset);
}

const int16_t *mien_network_output_values(const mien_network *network, const void *workspace,
                                          uint32_t index) {
    return mien_network_tensor_values(network, workspace,
                                      network->description.outputs[index].tensor);
}

size_t mien_network_accumulators(const mien_network *network) {
    size_t most = 0;
    for (uint32_t i = 0; i < network->description.layer_count; i++) {
        const mien_layer *layer = &network->description.layers[i];
        size_t count = mien_shape_elements(layer->out);
        if (layer->kind == MIEN_LAYER_CONVOLUTION && count > most) most = count;
    }
    return most;
}

size_t mien_network_workspace_size(const mien_network *network) {
    return network->workspace_size;
}

const uint8_t *mien_network_digest(const mien_network *network) {
    return network->digest;
}

mien_simd mien_network_level(const mien_network *network) {
    return network->level;
}

size_t mien_network_file_size(const mien_network *network) {
    return network->file_size;
}

mien_shape mien_network_input(const mien_network *network) {
    return network->description.input;
}

const uint8_t *mien_network_input_offset(const mien_network *network) {
    return network->description.input_offset;
}

uint32_t mien_network_output_count(const mien_network *network) {
    return network->description.output_count;
}

const mien_network_output *mien_network_output_at(const mien_network *network, uint32_t index) {
    return &network->description.outputs[index];
}

const mien_network_output *mien_network_output_named(const mien_network *network,
                                                     const char *name) {
    for (uint32_t i = 0; i < network->description.output_count; i++)
        if (strcmp(network->description.outputs[i].name, name) == 0)
            return &network->description.outputs[i];
    return NULL;
}

uint32_t mien_network_layer_count(const mien_network *network) {
    return network->description.layer_count;
}

const mien_layer *mien_network_layer(const mien_network *network, uint32_t index) {
    return &network->description.layers[index];
}

mien_shape mien_network_tensor_shape(const mien_network *network, uint32_t tensor) {
    return mien_description_shape(&network->description, tensor);
}

void mien_network_tensor_range(const mien_network *network, uint32_t tensor, int32_t *low,
                               int32_t *high) {
    mien_description_range(&network->description, tensor, low, high);
}
