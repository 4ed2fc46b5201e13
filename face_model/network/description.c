/* SPDX-License-Identifier: MIT */
#include "face_model/network/internal.h"

#include <string.h>

mien_shape mien_description_shape(const mien_network_description *description, uint32_t tensor) {
    return tensor == 0 ? description->input : description->layers[tensor - 1].out;
}

void mien_description_range(const mien_network_description *description, uint32_t tensor,
                            int32_t *low, int32_t *high) {
    if (tensor != 0) {
        *low = description->layers[tensor - 1].low;
        *high = description->layers[tensor - 1].high;
        return;
    }
    int32_t least = 255, most = 0;
    for (uint32_t c = 0; c < description->input.channels; c++) {
        if (description->input_offset[c] < least) least = description->input_offset[c];
        if (description->input_offset[c] > most) most = description->input_offset[c];
    }
    *low = -most;
    *high = 255 - least;
}

static bool shape_is_legal(mien_shape shape) {
    return shape.height >= 1 && shape.height <= MIEN_NETWORK_MAX_SIDE && shape.width >= 1 &&
           shape.width <= MIEN_NETWORK_MAX_SIDE && shape.channels >= 1 &&
           shape.channels <= MIEN_NETWORK_MAX_CHANNELS &&
           (uint64_t)shape.height * shape.width * shape.channels <= MIEN_NETWORK_MAX_ELEMENTS;
}

static bool same_shape(mien_shape a, mien_shape b) {
    return a.height == b.height && a.width == b.width && a.channels == b.channels;
}

bool mien_network_name_character(char character) {
    return character > ' ' && character < 127 && character != '"' && character != '\\';
}

size_t mien_layer_weight_count(const mien_layer *layer) {
    return (size_t)layer->out.channels * layer->kernel[0] * layer->kernel[1] *
           (layer->in.channels / layer->groups);
}

uint32_t mien_weight_bits(const int16_t *weights, size_t count) {
    uint32_t magnitude = 0;
    for (size_t i = 0; i < count; i++)
        magnitude |= (uint32_t)(weights[i] < 0 ? -1 - weights[i] : weights[i]);
    uint32_t bits = 1;
    while (magnitude >> (bits - 1) != 0) bits++;
    return bits;
}

bool mien_layer_output_side(uint32_t *out, uint32_t in, uint32_t kernel, uint32_t stride,
                            uint32_t dilation, uint32_t pad_before, uint32_t pad_after) {
    if (kernel < 1 || kernel > MIEN_NETWORK_MAX_SIDE || stride < 1 || stride > 64 || dilation < 1 ||
        dilation > 64)
        return false;
    uint64_t extent = (uint64_t)dilation * (kernel - 1) + 1;
    if (pad_before >= extent || pad_after >= extent) return false;
    if (extent > (uint64_t)in + pad_before + pad_after) return false;
    *out = (uint32_t)(((uint64_t)in + pad_before + pad_after - extent) / stride) + 1;
    return true;
}

static mien_status complete_geometry(mien_layer *layer, mien_error *error) {
    if (!mien_layer_output_side(&layer->out.height, layer->in.height, layer->kernel[0],
                                layer->stride[0], layer->dilation[0], layer->pad[0],
                                layer->pad[2]) ||
        !mien_layer_output_side(&layer->out.width, layer->in.width, layer->kernel[1],
                                layer->stride[1], layer->dilation[1], layer->pad[1],
                                layer->pad[3]) ||
        !shape_is_legal(layer->out))
        return mien_fail(error, MIEN_FORMAT, "layer %s: kernel, stride and pads do not fit",
                         layer->name);
    return MIEN_OK;
}

static mien_status complete_convolution(const mien_network_description *description, uint32_t index,
                                        mien_layer *layer, mien_error *error) {
    int32_t low, high, residual_low = 0, residual_high = 0;
    if (layer->groups < 1 || layer->in.channels % layer->groups != 0 ||
        layer->out.channels % layer->groups != 0)
        return mien_fail(error, MIEN_FORMAT, "layer %s: groups do not divide the channels",
                         layer->name);
    MIEN_TRY(complete_geometry(layer, error));
    if (layer->shift > MIEN_LAYER_MAX_SHIFT || layer->residual_shift > MIEN_LAYER_MAX_SHIFT ||
        layer->low > 0 || layer->high < 0 || layer->low < INT16_MIN || layer->high > INT16_MAX)
        return mien_fail(error, MIEN_FORMAT, "layer %s: shift or range out of bounds", layer->name);
    if (layer->residual >= 0) {
        if ((uint32_t)layer->residual > index ||
            !same_shape(mien_description_shape(description, (uint32_t)layer->residual), layer->out))
            return mien_fail(error, MIEN_FORMAT, "layer %s: the residual does not fit",
                             layer->name);
        mien_description_range(description, (uint32_t)layer->residual, &residual_low,
                               &residual_high);
    } else if (layer->residual != -1 || layer->residual_shift != 0) {
        return mien_fail(error, MIEN_FORMAT, "layer %s: bad residual", layer->name);
    }
    layer->weight_bits = mien_weight_bits(layer->weights, mien_layer_weight_count(layer));
    layer->multiply_accumulates =
        (uint64_t)layer->out.height * layer->out.width * mien_layer_weight_count(layer);
    mien_description_range(description, layer->inputs[0], &low, &high);
    return mien_layer_prove_bounds(layer, low, high, residual_low, residual_high, error);
}

static mien_status complete_pool(const mien_network_description *description, mien_layer *layer,
                                 mien_error *error) {
    layer->out.channels = layer->in.channels;
    if (layer->dilation[0] != 1 || layer->dilation[1] != 1)
        return mien_fail(error, MIEN_FORMAT, "layer %s: a dilated pool", layer->name);
    mien_description_range(description, layer->inputs[0], &layer->low, &layer->high);
    return complete_geometry(layer, error);
}

static mien_status complete_concat(const mien_network_description *description, mien_layer *layer,
                                   mien_error *error) {
    mien_shape out = layer->in;
    out.channels = 0;
    layer->low = INT32_MAX;
    layer->high = INT32_MIN;
    for (uint32_t i = 0; i < layer->input_count; i++) {
        mien_shape in = mien_description_shape(description, layer->inputs[i]);
        int32_t low, high;
        if (in.height != out.height || in.width != out.width)
            return mien_fail(error, MIEN_FORMAT, "layer %s: sides differ", layer->name);
        out.channels += in.channels;
        mien_description_range(description, layer->inputs[i], &low, &high);
        if (low < layer->low) layer->low = low;
        if (high > layer->high) layer->high = high;
    }
    if (!shape_is_legal(out))
        return mien_fail(error, MIEN_FORMAT, "layer %s: too large", layer->name);
    layer->out = out;
    for (int i = 0; i < 2; i++) layer->kernel[i] = layer->stride[i] = layer->dilation[i] = 1;
    return MIEN_OK;
}

mien_status mien_layer_complete(mien_network_description *description, uint32_t index,
                                mien_error *error) {
    mien_layer *layer = &description->layers[index];
    if (layer->input_count < 1 || layer->input_count > MIEN_LAYER_MAX_INPUTS ||
        (layer->input_count != 1) != (layer->kind == MIEN_LAYER_CONCAT))
        return mien_fail(error, MIEN_FORMAT, "layer %s: number of inputs", layer->name);
    for (uint32_t i = 0; i < layer->input_count; i++)
        if (layer->inputs[i] > index)
            return mien_fail(error, MIEN_FORMAT, "layer %s: input from a later layer", layer->name);
    layer->in = mien_description_shape(description, layer->inputs[0]);
    switch (layer->kind) {
    case MIEN_LAYER_CONVOLUTION:
        return complete_convolution(description, index, layer, error);
    case MIEN_LAYER_MAX_POOL:
        return complete_pool(description, layer, error);
    case MIEN_LAYER_CONCAT:
        return complete_concat(description, layer, error);
    }
    return mien_fail(error, MIEN_FORMAT, "layer %s: unknown kind", layer->name);
}

static mien_status complete_output(mien_network_description *description, uint32_t index,
                                   mien_error *error) {
    mien_network_output *output = &description->outputs[index];
    if (output->tensor < 1 || output->tensor > description->layer_count)
        return mien_fail(error, MIEN_FORMAT, "output %s: no such tensor", output->name);
    if (output->exponent < -64 || output->exponent > 64 ||
        (unsigned)output->function > MIEN_OUTPUT_SIGMOID)
        return mien_fail(error, MIEN_FORMAT, "output %s: exponent or function", output->name);
    for (uint32_t i = 0; i < index; i++)
        if (strcmp(description->outputs[i].name, output->name) == 0)
            return mien_fail(error, MIEN_FORMAT, "output %s: twice", output->name);
    output->shape = mien_description_shape(description, output->tensor);
    mien_description_range(description, output->tensor, &output->low, &output->high);
    return MIEN_OK;
}

/* A layer that nothing reads has no place in a canonical file. */
static mien_status check_all_used(const mien_network_description *description, mien_error *error) {
    bool used[MIEN_NETWORK_MAX_LAYERS + 1] = {false};
    for (uint32_t i = 0; i < description->layer_count; i++) {
        const mien_layer *layer = &description->layers[i];
        for (uint32_t j = 0; j < layer->input_count; j++) used[layer->inputs[j]] = true;
        if (layer->residual >= 0) used[layer->residual] = true;
    }
    for (uint32_t i = 0; i < description->output_count; i++)
        used[description->outputs[i].tensor] = true;
    for (uint32_t i = 0; i < description->layer_count; i++)
        if (!used[i + 1])
            return mien_fail(error, MIEN_FORMAT, "layer %s: nothing uses it",
                             description->layers[i].name);
    return MIEN_OK;
}

mien_status mien_network_complete_head(const mien_network_description *description,
                                       mien_error *error) {
    if (!shape_is_legal(description->input) ||
        description->input.channels > MIEN_NETWORK_MAX_INPUT_CHANNELS)
        return mien_fail(error, MIEN_FORMAT, "input shape out of bounds");
    if (description->layer_count < 1 || description->layer_count > MIEN_NETWORK_MAX_LAYERS ||
        description->output_count < 1 || description->output_count > MIEN_NETWORK_MAX_OUTPUTS)
        return mien_fail(error, MIEN_FORMAT, "number of layers or outputs out of bounds");
    return MIEN_OK;
}

mien_status mien_network_complete(mien_network_description *description, mien_error *error) {
    uint64_t work = 0;
    MIEN_TRY(mien_network_complete_head(description, error));
    for (uint32_t i = 0; i < description->layer_count; i++) {
        MIEN_TRY(mien_layer_complete(description, i, error));
        work += description->layers[i].multiply_accumulates;
        if (work > MIEN_NETWORK_MAX_WORK)
            return mien_fail(error, MIEN_TOO_LARGE, "layer %s: more than 2^36 multiplications",
                             description->layers[i].name);
    }
    for (uint32_t i = 0; i < description->output_count; i++)
        MIEN_TRY(complete_output(description, i, error));
    return check_all_used(description, error);
}
