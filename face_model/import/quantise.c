/* SPDX-License-Identifier: MIT */
/* Float layers and scales to integer layers whose bounds are proven. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "face_model/import/float_network.h"

typedef struct quantiser {
    const mien_float_network *network;
    const mien_scales *scales;
    int32_t weight_limit; /* largest |weight| */
    mien_network_description *description;
} quantiser;

/* Arrays of one layer while a shift is looked for; they go into the description. */
typedef struct layer_arrays {
    int16_t *weights, *slopes;
    int32_t *bias;
} layer_arrays;

/* Round half away from zero; false when outside [-limit, limit]. */
static bool round_within(double value, double limit, int32_t *out) {
    double rounded = round(value);
    if (!(fabs(rounded) <= limit)) return false;
    *out = (int32_t)rounded;
    return true;
}

/* What the whole-number part of the input's offset leaves over, in real units. */
static double input_remainder(const mien_float_network *network, uint32_t tensor, size_t channel) {
    if (tensor != 0) return 0;
    float offset = network->offset[channel];
    return ((double)lrintf(offset) - (double)offset) / (double)network->divisor[channel];
}

/* Weights, bias of channel `o` for `shift`; false when they do not fit. */
static bool quantise_channel(const quantiser *q, uint32_t index, size_t o, uint32_t shift,
                             layer_arrays arrays) {
    const mien_float_layer *layer = &q->network->layers[index];
    const mien_layer *shape = &layer->shape;
    size_t depth = shape->in.channels / shape->groups;
    size_t count = (size_t)shape->kernel[0] * shape->kernel[1] * depth;
    size_t first = o / (shape->out.channels / shape->groups) * depth;
    uint32_t input = shape->inputs[0];
    double factor = ldexp(1.0, (int)shift) / q->scales->scale[index + 1][o];
    double bias = (double)layer->bias[o];
    for (size_t i = 0; i < count; i++) {
        double weight = (double)layer->weights[o * count + i];
        int32_t integer;
        bias += weight * input_remainder(q->network, input, first + i % depth);
        if (!round_within(weight * q->scales->scale[input][first + i % depth] * factor,
                          (double)q->weight_limit, &integer))
            return false;
        arrays.weights[o * count + i] = (int16_t)integer;
    }
    return round_within(bias * factor, ldexp(1.0, 30), &arrays.bias[o]);
}

static bool quantise_arrays(const quantiser *q, uint32_t index, uint32_t shift,
                            layer_arrays arrays) {
    for (size_t o = 0; o < q->network->layers[index].shape.out.channels; o++)
        if (!quantise_channel(q, index, o, shift, arrays)) return false;
    return true;
}

static mien_status quantise_slopes(const mien_float_layer *layer, layer_arrays arrays,
                                   mien_error *error) {
    int32_t slope;
    for (size_t o = 0; layer->slopes != NULL && o < layer->shape.out.channels; o++) {
        if (!round_within((double)layer->slopes[o] * 64, 32767, &slope))
            return mien_fail(error, MIEN_UNSUPPORTED, "layer %s: a slope above 511",
                             layer->shape.name);
        arrays.slopes[o] = (int16_t)slope;
    }
    return MIEN_OK;
}

/* Clamps of the float layer in integers; such tensors have one scale. */
static void set_range(const quantiser *q, uint32_t index, mien_layer *out) {
    const mien_float_layer *layer = &q->network->layers[index];
    double scale = q->scales->scale[index + 1][0];
    int32_t end;
    out->low = q->scales->low[index + 1];
    out->high = q->scales->high[index + 1];
    if (isfinite(layer->high) && round_within((double)layer->high / scale, 32767, &end) &&
        end < out->high)
        out->high = end;
    if (isfinite(layer->low) && layer->low < 0 &&
        round_within((double)layer->low / scale, 32767, &end) && end > out->low)
        out->low = end;
}

static mien_status allocate(layer_arrays *arrays, const mien_float_layer *layer) {
    size_t outputs = layer->shape.out.channels;
    arrays->weights = calloc(mien_layer_weight_count(&layer->shape), sizeof *arrays->weights);
    arrays->bias = calloc(outputs, sizeof *arrays->bias);
    arrays->slopes = layer->slopes != NULL ? calloc(outputs, sizeof *arrays->slopes) : NULL;
    bool complete = arrays->weights != NULL && arrays->bias != NULL &&
                    (arrays->slopes != NULL) == (layer->slopes != NULL);
    return complete ? MIEN_OK : MIEN_MEMORY;
}

/* The largest shift, so the finest weights, for which weights fit and the bounds hold. */
static mien_status quantise_convolution(const quantiser *q, uint32_t index, mien_error *error) {
    const mien_float_layer *layer = &q->network->layers[index];
    mien_layer *out = &q->description->layers[index];
    layer_arrays arrays = {0};
    mien_status status = allocate(&arrays, layer);
    out->weights = arrays.weights;
    out->bias = arrays.bias;
    out->slopes = arrays.slopes;
    if (status != MIEN_OK) return mien_fail(error, status, "no memory for layer %s", out->name);
    MIEN_TRY(quantise_slopes(layer, arrays, error));
    set_range(q, index, out);
    status = mien_fail(error, MIEN_UNSUPPORTED,
                       "layer %s: weights too large for its output's scale", out->name);
    for (int shift = MIEN_LAYER_MAX_SHIFT; shift >= 0; shift--) {
        out->shift = (uint32_t)shift;
        out->residual_shift = out->residual >= 0 ? (uint32_t)shift : 0;
        if (!quantise_arrays(q, index, (uint32_t)shift, arrays)) continue;
        status = mien_layer_complete(q->description, index, error);
        if (status == MIEN_OK) return MIEN_OK;
    }
    return status;
}

static mien_status quantise_layer(const quantiser *q, uint32_t index, mien_error *error) {
    mien_layer *out = &q->description->layers[index];
    *out = q->network->layers[index].shape;
    if (out->kind == MIEN_LAYER_CONVOLUTION) return quantise_convolution(q, index, error);
    return mien_layer_complete(q->description, index, error);
}

static mien_status quantise_all(const quantiser *q, mien_error *error) {
    mien_network_description *out = q->description;
    out->input = q->network->input;
    out->layer_count = q->network->layer_count;
    out->output_count = q->network->output_count;
    for (uint32_t c = 0; c < out->input.channels; c++)
        out->input_offset[c] = (uint8_t)lrintf(q->network->offset[c]);
    for (uint32_t i = 0; i < out->layer_count; i++) MIEN_TRY(quantise_layer(q, i, error));
    for (uint32_t i = 0; i < out->output_count; i++) {
        out->outputs[i] = q->network->outputs[i];
        out->outputs[i].exponent = q->scales->exponent[i];
    }
    return mien_network_complete(out, error);
}

static void release(mien_network_description *description) {
    for (uint32_t i = 0; i < MIEN_NETWORK_MAX_LAYERS; i++) {
        free((void *)(uintptr_t)description->layers[i].weights);
        free((void *)(uintptr_t)description->layers[i].bias);
        free((void *)(uintptr_t)description->layers[i].slopes);
    }
    free(description);
}

mien_status mien_quantise_with(uint8_t **bytes, size_t *length, const mien_float_network *network,
                               const mien_scales *scales, const mien_quantise_options *options,
                               mien_error *error) {
    uint32_t bits = options->weight_bits != 0 ? options->weight_bits : 12;
    if (bits < 4 || bits > 16) return mien_fail(error, MIEN_ARGUMENT, "weights have 4 to 16 bits");
    quantiser q = {network, scales, (1 << (bits - 1)) - 1, NULL};
    q.description = calloc(1, sizeof *q.description);
    if (q.description == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the network");
    mien_status status = quantise_all(&q, error);
    if (status == MIEN_OK) status = mien_network_write(bytes, length, q.description, error);
    release(q.description);
    return status;
}

mien_status mien_quantise(uint8_t **bytes, size_t *length, const mien_float_network *network,
                          const mien_calibration *calibration, const mien_quantise_options *options,
                          mien_error *error) {
    mien_scales scales;
    MIEN_TRY(mien_scales_choose(&scales, network, calibration, options, error));
    mien_status status = mien_quantise_with(bytes, length, network, &scales, options, error);
    mien_scales_free(&scales);
    return status;
}
