/* SPDX-License-Identifier: MIT */
/* One scale for each channel of each tensor.
 *
 * A convolution absorbs any scale of its inputs and outputs into its weights, so channels are free
 * to use the whole integer range, except where values meet without weights: a residual and the sum
 * it goes into, both sides of a pool and of a concat. Such channels form a class with one scale
 * (union-find). Outputs have one power of two for all channels, clamped tensors one scale. Then
 * scales grow where a worst case would leave the quotient's table (network.h: Q), until none does.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "face_model/import/float_network.h"

#define OUTPUT_MAGNITUDE 8191.0 /* integers of outputs at the calibrated range */
#define WEAKEST_CHANNEL 64.0    /* a channel counts at least as a 64th of its tensor's strongest */
#define MAX_ROUNDS 200

typedef struct channel_class {
    size_t parent;
    double scale; /* of roots */
    bool fixed, power_of_two;
} channel_class;

typedef struct chooser {
    const mien_float_network *network;
    const mien_calibration *calibration;
    mien_scales *scales;
    int activation_bits;
    channel_class *classes;
    size_t first[MIEN_NETWORK_MAX_LAYERS + 2];
} chooser;

static size_t root_of(const chooser *c, size_t node) {
    while (c->classes[node].parent != node) {
        c->classes[node].parent = c->classes[c->classes[node].parent].parent;
        node = c->classes[node].parent;
    }
    return node;
}

static channel_class *class_of(const chooser *c, uint32_t tensor, size_t channel) {
    return &c->classes[root_of(c, c->first[tensor] + channel)];
}

static void join(const chooser *c, uint32_t a, size_t channel_a, uint32_t b, size_t channel_b) {
    size_t x = root_of(c, c->first[a] + channel_a), y = root_of(c, c->first[b] + channel_b);
    c->classes[x > y ? x : y].parent = x > y ? y : x;
}

static size_t channels_of(const chooser *c, uint32_t tensor) {
    return c->first[tensor + 1] - c->first[tensor];
}

static void join_all(const chooser *c, uint32_t tensor) {
    for (size_t i = 1; i < channels_of(c, tensor); i++) join(c, tensor, 0, tensor, i);
}

static void join_layer(const chooser *c, uint32_t index) {
    const mien_float_layer *layer = &c->network->layers[index];
    size_t channels = channels_of(c, index + 1), at = 0;
    if (layer->shape.kind == MIEN_LAYER_MAX_POOL)
        for (size_t i = 0; i < channels; i++) join(c, index + 1, i, layer->shape.inputs[0], i);
    if (layer->shape.kind == MIEN_LAYER_CONCAT)
        for (uint32_t k = 0; k < layer->shape.input_count; k++)
            for (size_t i = 0; i < channels_of(c, layer->shape.inputs[k]); i++)
                join(c, index + 1, at++, layer->shape.inputs[k], i);
    if (layer->shape.residual >= 0)
        for (size_t i = 0; i < channels; i++)
            join(c, index + 1, i, (uint32_t)layer->shape.residual, i);
    if (isfinite(layer->high) || (isfinite(layer->low) && layer->low < 0)) join_all(c, index + 1);
}

static bool is_output(const chooser *c, uint32_t tensor) {
    for (uint32_t i = 0; i < c->network->output_count; i++)
        if (c->network->outputs[i].tensor == tensor) return true;
    return false;
}

/* Integer range of a tensor that a convolution makes. */
static void set_range(const chooser *c, uint32_t tensor) {
    const mien_float_layer *layer = &c->network->layers[tensor - 1];
    bool output = is_output(c, tensor), unsigned_values = layer->low >= 0;
    int32_t size = output ? 32768 : 1 << (c->activation_bits - 1);
    if (output && c->network->whitened) size = 128;
    c->scales->low[tensor] = unsigned_values ? 0 : -size;
    c->scales->high[tensor] = unsigned_values && !output ? 2 * size - 1 : size - 1;
}

/* Scale that the calibrated range of one channel asks for. */
static double wanted_scale(const chooser *c, uint32_t tensor, double range) {
    const mien_float_layer *layer = &c->network->layers[tensor - 1];
    double limit = fmax((double)layer->high, -(double)layer->low);
    if (range > limit) range = limit;
    return range / (is_output(c, tensor) ? OUTPUT_MAGNITUDE : (double)c->scales->high[tensor]);
}

static void raise_to_ranges(const chooser *c, uint32_t tensor) {
    const float *ranges = mien_calibration_ranges(c->calibration, tensor);
    double strongest = 0;
    for (size_t i = 0; i < channels_of(c, tensor); i++)
        strongest = fmax(strongest, (double)ranges[i]);
    for (size_t i = 0; i < channels_of(c, tensor); i++) {
        channel_class *class = class_of(c, tensor, i);
        double range = fmax((double)ranges[i], fmax(strongest / WEAKEST_CHANNEL, 1e-6));
        if (!class->fixed) class->scale = fmax(class->scale, wanted_scale(c, tensor, range));
    }
}

static mien_status fix(const chooser *c, uint32_t tensor, size_t channel, double scale) {
    channel_class *class = class_of(c, tensor, channel);
    if (class->fixed && class->scale != scale) return MIEN_UNSUPPORTED;
    class->fixed = true;
    class->scale = scale;
    return MIEN_OK;
}

static mien_status set_classes(const chooser *c) {
    const mien_float_network *network = c->network;
    for (uint32_t i = 0; i < network->layer_count; i++) join_layer(c, i);
    for (uint32_t i = 0; i < network->output_count; i++) join_all(c, network->outputs[i].tensor);
    for (size_t i = 0; i < channels_of(c, 0); i++)
        MIEN_TRY(fix(c, 0, i, 1.0 / (double)network->divisor[i]));
    for (uint32_t i = 0; i < network->output_count; i++) {
        if (network->whitened) MIEN_TRY(fix(c, network->outputs[i].tensor, 0, 1.0));
        class_of(c, network->outputs[i].tensor, 0)->power_of_two = true;
    }
    for (uint32_t i = 0; i < network->layer_count; i++) {
        if (network->layers[i].shape.kind != MIEN_LAYER_CONVOLUTION) continue;
        set_range(c, i + 1);
        raise_to_ranges(c, i + 1);
    }
    return MIEN_OK;
}

/* The least power of two that is not below the scale, where one is asked for. */
static double final_scale(const channel_class *class) {
    int exponent;
    if (!class->power_of_two) return class->scale;
    double fraction = frexp(class->scale, &exponent);
    return ldexp(1.0, fraction == 0.5 ? exponent - 1 : exponent);
}

/* Ranges of pools and concats follow from their inputs. */
static void follow_ranges(const chooser *c, uint32_t index) {
    const mien_layer *layer = &c->network->layers[index].shape;
    if (layer->kind == MIEN_LAYER_CONVOLUTION) return;
    int32_t low = 0, high = 0;
    for (uint32_t i = 0; i < layer->input_count; i++) {
        if (c->scales->low[layer->inputs[i]] < low) low = c->scales->low[layer->inputs[i]];
        if (c->scales->high[layer->inputs[i]] > high) high = c->scales->high[layer->inputs[i]];
    }
    c->scales->low[index + 1] = low;
    c->scales->high[index + 1] = high;
}

/* Largest |sum| of one output channel in real numbers, for all inputs in range. */
static double worst_case(const chooser *c, uint32_t index, size_t channel) {
    const mien_float_layer *layer = &c->network->layers[index];
    const mien_layer *shape = &layer->shape;
    size_t depth = shape->in.channels / shape->groups;
    size_t taps = (size_t)shape->kernel[0] * shape->kernel[1];
    size_t group = channel / (shape->out.channels / shape->groups);
    uint32_t input = shape->inputs[0];
    double low = c->scales->low[input], high = c->scales->high[input], top = 0, bottom = 0;
    for (size_t i = 0; i < taps * depth; i++) {
        double weight = (double)layer->weights[channel * taps * depth + i] *
                        final_scale(class_of(c, input, group * depth + i % depth));
        top += fmax(weight * low, weight * high);
        bottom += fmin(weight * low, weight * high);
    }
    if (shape->residual >= 0) {
        double scale = final_scale(class_of(c, (uint32_t)shape->residual, channel));
        top += scale * c->scales->high[shape->residual];
        bottom += scale * c->scales->low[shape->residual];
    }
    return fmax(top + (double)layer->bias[channel], -(bottom + (double)layer->bias[channel]));
}

/* Whether a scale had to grow so that the layer's quotients fit their table. */
static bool raise_to_worst_cases(const chooser *c, uint32_t index) {
    const mien_float_layer *layer = &c->network->layers[index];
    double limit = layer->slopes != NULL ? (double)MIEN_LAYER_MAX_SLOPE_QUOTIENT
                                         : (double)MIEN_LAYER_MAX_QUOTIENT;
    bool raised = false;
    /* Rounding of weights and bias can add a little to the bound. */
    limit *= 0.995;
    for (size_t o = 0; o < layer->shape.out.channels; o++) {
        channel_class *class = class_of(c, index + 1, o);
        double needed = worst_case(c, index, o) / limit;
        if (class->fixed || final_scale(class) >= needed) continue;
        class->scale = needed * 1.0001;
        raised = true;
    }
    return raised;
}

static mien_status settle(const chooser *c, mien_error *error) {
    for (uint32_t i = 0; i < c->network->layer_count; i++) follow_ranges(c, i);
    for (int round = 0; round < MAX_ROUNDS; round++) {
        bool raised = false;
        for (uint32_t i = 0; i < c->network->layer_count; i++)
            if (c->network->layers[i].shape.kind == MIEN_LAYER_CONVOLUTION)
                raised |= raise_to_worst_cases(c, i);
        if (!raised) return MIEN_OK;
    }
    return mien_fail(error, MIEN_UNSUPPORTED,
                     "no scales keep every layer's quotients inside their table");
}

static void publish(const chooser *c) {
    for (uint32_t t = 0; t <= c->network->layer_count; t++) {
        c->scales->scale[t] = c->scales->values + c->first[t];
        for (size_t i = 0; i < channels_of(c, t); i++)
            c->scales->scale[t][i] = final_scale(class_of(c, t, i));
    }
    for (uint32_t i = 0; i < c->network->output_count; i++) {
        int exponent;
        (void)frexp(c->scales->scale[c->network->outputs[i].tensor][0], &exponent);
        c->scales->exponent[i] = exponent - 1;
    }
}

static mien_status choose(chooser *c, mien_error *error) {
    if (set_classes(c) != MIEN_OK)
        return mien_fail(error, MIEN_UNSUPPORTED, "values of different fixed scales meet");
    for (uint32_t ch = 0; ch < c->network->input.channels; ch++) {
        int32_t offset = (int32_t)lrintf(c->network->offset[ch]);
        if (ch == 0 || -offset < c->scales->low[0]) c->scales->low[0] = -offset;
        if (ch == 0 || 255 - offset > c->scales->high[0]) c->scales->high[0] = 255 - offset;
    }
    MIEN_TRY(settle(c, error));
    publish(c);
    return MIEN_OK;
}

mien_status mien_scales_choose(mien_scales *scales, const mien_float_network *network,
                               const mien_calibration *calibration,
                               const mien_quantise_options *options, mien_error *error) {
    chooser c = {.network = network, .calibration = calibration, .scales = scales};
    c.activation_bits = options->activation_bits != 0 ? (int)options->activation_bits : 8;
    if (c.activation_bits < 6 || c.activation_bits > 12)
        return mien_fail(error, MIEN_ARGUMENT, "activations have 6 to 12 bits");
    for (uint32_t t = 0; t <= network->layer_count; t++)
        c.first[t + 1] = c.first[t] + mien_float_tensor_shape(network, t).channels;
    size_t channels = c.first[network->layer_count + 1];
    memset(scales, 0, sizeof *scales);
    c.classes = calloc(channels, sizeof *c.classes);
    scales->values = calloc(channels, sizeof *scales->values);
    mien_status status = MIEN_MEMORY;
    if (c.classes != NULL && scales->values != NULL) {
        for (size_t i = 0; i < channels; i++) c.classes[i].parent = i;
        status = choose(&c, error);
    }
    free(c.classes);
    if (status != MIEN_OK) mien_scales_free(scales);
    return status;
}

void mien_scales_free(mien_scales *scales) {
    free(scales->values);
    memset(scales, 0, sizeof *scales);
}
