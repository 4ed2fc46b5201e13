/* SPDX-License-Identifier: MIT */
/* The float network, run plainly: for calibration and error reports, not for speed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "face_model/import/float_network.h"
#include "platform/base/bytes.h"

typedef struct float_run {
    const mien_float_network *network;
    float *tensors[MIEN_NETWORK_MAX_LAYERS + 1];
} float_run;

static void accumulate_dense(float *sums, const float *x, const float *w, size_t depth,
                             size_t outputs) {
    for (size_t i = 0; i < depth; i++, w += outputs)
        for (size_t o = 0; o < outputs; o++) sums[o] += x[i] * w[o];
}

/* A few pixels by a few outputs in registers. Each sum runs over the inputs in order, so vectors of
 * any width give the same bits. */
#define POINTS 4
#define CHUNK 16

static void accumulate_chunk(float *sums, const float *x, const float *w, size_t depth,
                             size_t outputs) {
    float a[POINTS][CHUNK];
    for (size_t p = 0; p < POINTS; p++) memcpy(a[p], sums + p * outputs, sizeof a[p]);
    for (size_t i = 0; i < depth; i++)
        for (size_t p = 0; p < POINTS; p++)
            for (size_t o = 0; o < CHUNK; o++) a[p][o] += x[p * depth + i] * w[i * outputs + o];
    for (size_t p = 0; p < POINTS; p++) memcpy(sums + p * outputs, a[p], sizeof a[p]);
}

/* Sums of POINTS neighbouring pixels of a pointwise layer. */
static void accumulate_points(float *sums, const float *x, const float *w, size_t depth,
                              size_t outputs) {
    size_t whole = outputs / CHUNK * CHUNK;
    for (size_t o = 0; o < whole; o += CHUNK) accumulate_chunk(sums + o, x, w + o, depth, outputs);
    for (size_t p = 0; p < POINTS && whole < outputs; p++)
        for (size_t i = 0; i < depth; i++)
            for (size_t o = whole; o < outputs; o++)
                sums[p * outputs + o] += x[p * depth + i] * w[i * outputs + o];
}

static void accumulate_depthwise(float *sums, const float *x, const float *w, size_t outputs) {
    for (size_t o = 0; o < outputs; o++) sums[o] += x[o] * w[o];
}

static void accumulate_grouped(float *sums, const float *x, const float *w, const mien_layer *shape,
                               size_t depth) {
    size_t outputs = shape->out.channels, group = outputs / shape->groups;
    for (size_t i = 0; i < depth; i++, w += outputs)
        for (size_t o = 0; o < outputs; o++) sums[o] += x[o / group * depth + i] * w[o];
}

static void accumulate_tap(float *sums, const mien_float_layer *layer, const float *x, size_t tap) {
    const mien_layer *shape = &layer->shape;
    size_t depth = shape->in.channels / shape->groups, outputs = shape->out.channels;
    const float *w = layer->by_tap + tap * depth * outputs;
    if (shape->groups == 1)
        accumulate_dense(sums, x, w, depth, outputs);
    else if (depth == 1 && outputs == shape->groups)
        accumulate_depthwise(sums, x, w, outputs);
    else
        accumulate_grouped(sums, x, w, shape, depth);
}

/* Position in the input of a tap, or false outside it. */
static bool tap_position(size_t *position, const mien_layer *shape, uint32_t y, uint32_t x,
                         uint32_t ky, uint32_t kx) {
    int64_t iy = (int64_t)y * shape->stride[0] + (int64_t)ky * shape->dilation[0] - shape->pad[0];
    int64_t ix = (int64_t)x * shape->stride[1] + (int64_t)kx * shape->dilation[1] - shape->pad[1];
    if (iy < 0 || ix < 0 || iy >= shape->in.height || ix >= shape->in.width) return false;
    *position = ((size_t)iy * shape->in.width + (size_t)ix) * shape->in.channels;
    return true;
}

static void activate(float *values, const mien_float_layer *layer) {
    for (size_t o = 0; o < layer->shape.out.channels; o++) {
        float v = values[o];
        if (layer->slopes != NULL && v < 0) v *= layer->slopes[o];
        values[o] = v < layer->low ? layer->low : v > layer->high ? layer->high : v;
    }
}

static bool is_pointwise(const mien_layer *shape) {
    return shape->groups == 1 && shape->kernel[0] * shape->kernel[1] == 1 &&
           shape->stride[0] * shape->stride[1] == 1;
}

static void convolve_points(const mien_float_layer *layer, float *out, const float *in,
                            const float *residual) {
    size_t depth = layer->shape.in.channels, outputs = layer->shape.out.channels, x = 0;
    size_t pixels = (size_t)layer->shape.out.height * layer->shape.out.width;
    for (size_t i = 0; i < pixels; i++)
        memcpy(out + i * outputs, layer->bias, outputs * sizeof *out);
    for (; x + POINTS <= pixels; x += POINTS)
        accumulate_points(out + x * outputs, in + x * depth, layer->by_tap, depth, outputs);
    for (; x < pixels; x++)
        accumulate_dense(out + x * outputs, in + x * depth, layer->by_tap, depth, outputs);
    for (size_t i = 0; residual != NULL && i < pixels * outputs; i++) out[i] += residual[i];
    for (size_t i = 0; i < pixels; i++) activate(out + i * outputs, layer);
}

static void convolve(const mien_float_layer *layer, float *out, const float *in,
                     const float *residual) {
    const mien_layer *shape = &layer->shape;
    size_t outputs = shape->out.channels, position;
    for (uint32_t y = 0; y < shape->out.height; y++)
        for (uint32_t x = 0; x < shape->out.width; x++, out += outputs) {
            memcpy(out, layer->bias, outputs * sizeof *out);
            for (uint32_t ky = 0; ky < shape->kernel[0]; ky++)
                for (uint32_t kx = 0; kx < shape->kernel[1]; kx++)
                    if (tap_position(&position, shape, y, x, ky, kx))
                        accumulate_tap(out, layer, in + position,
                                       (size_t)ky * shape->kernel[1] + kx);
            for (size_t o = 0; o < outputs && residual != NULL; o++) out[o] += *residual++;
            activate(out, layer);
        }
}

static void max_pool(const mien_layer *shape, float *out, const float *in) {
    size_t channels = shape->out.channels, position;
    for (uint32_t y = 0; y < shape->out.height; y++)
        for (uint32_t x = 0; x < shape->out.width; x++, out += channels) {
            for (size_t c = 0; c < channels; c++) out[c] = -INFINITY;
            for (uint32_t ky = 0; ky < shape->kernel[0]; ky++)
                for (uint32_t kx = 0; kx < shape->kernel[1]; kx++)
                    for (size_t c = 0; tap_position(&position, shape, y, x, ky, kx) && c < channels;
                         c++)
                        if (in[position + c] > out[c]) out[c] = in[position + c];
        }
}

static void concat(const float_run *run, const mien_layer *shape, float *out) {
    size_t pixels = (size_t)shape->out.height * shape->out.width, at = 0;
    for (uint32_t i = 0; i < shape->input_count; i++) {
        size_t channels = mien_float_tensor_shape(run->network, shape->inputs[i]).channels;
        const float *in = run->tensors[shape->inputs[i]];
        for (size_t p = 0; p < pixels; p++)
            memcpy(out + p * shape->out.channels + at, in + p * channels, channels * sizeof *out);
        at += channels;
    }
}

static void run_layer(const float_run *run, uint32_t index) {
    const mien_float_layer *layer = &run->network->layers[index];
    const float *in = run->tensors[layer->shape.inputs[0]];
    const float *residual = layer->shape.residual >= 0 ? run->tensors[layer->shape.residual] : NULL;
    if (layer->shape.kind == MIEN_LAYER_CONVOLUTION && is_pointwise(&layer->shape))
        convolve_points(layer, run->tensors[index + 1], in, residual);
    else if (layer->shape.kind == MIEN_LAYER_CONVOLUTION)
        convolve(layer, run->tensors[index + 1], in, residual);
    else if (layer->shape.kind == MIEN_LAYER_MAX_POOL)
        max_pool(&layer->shape, run->tensors[index + 1], in);
    else
        concat(run, &layer->shape, run->tensors[index + 1]);
}

static void load_input(const float_run *run, const uint8_t *input) {
    const mien_float_network *network = run->network;
    size_t channels = network->input.channels, count = mien_shape_elements(network->input);
    for (size_t i = 0; i < count; i++)
        run->tensors[0][i] =
            ((float)input[i] - network->offset[i % channels]) / network->divisor[i % channels];
}

static void run_all(const float_run *run, float *const *outputs, const uint8_t *input,
                    const mien_float_observer *observer) {
    const mien_float_network *network = run->network;
    load_input(run, input);
    for (uint32_t t = 0; t <= network->layer_count; t++) {
        if (t != 0) run_layer(run, t - 1);
        if (observer != NULL)
            observer->tensor(observer->context, t, mien_float_tensor_shape(network, t),
                             run->tensors[t]);
    }
    for (uint32_t i = 0; outputs != NULL && i < network->output_count; i++)
        memcpy(outputs[i], run->tensors[network->outputs[i].tensor],
               mien_shape_elements(network->outputs[i].shape) * sizeof(float));
}

mien_status mien_float_network_run(const mien_float_network *network, float *const *outputs,
                                   const uint8_t *input, size_t length,
                                   const mien_float_observer *observer) {
    float_run run = {.network = network};
    mien_status status = MIEN_OK;
    if (length != mien_shape_elements(network->input)) return MIEN_ARGUMENT;
    for (uint32_t t = 0; t <= network->layer_count; t++) {
        size_t count = mien_shape_elements(mien_float_tensor_shape(network, t));
        run.tensors[t] = malloc(count * sizeof(float));
        if (run.tensors[t] == NULL) status = MIEN_MEMORY;
    }
    if (status == MIEN_OK) run_all(&run, outputs, input, observer);
    for (uint32_t t = 0; t <= network->layer_count; t++) {
        size_t count = mien_shape_elements(mien_float_tensor_shape(network, t));
        if (run.tensors[t] != NULL) mien_wipe(run.tensors[t], count * sizeof(float));
        free(run.tensors[t]);
    }
    return status;
}
