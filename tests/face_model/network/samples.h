/* SPDX-License-Identifier: MIT */
/* Random layers and networks of every kind, and the layer's formula written out plainly. */
#ifndef MIEN_TESTS_FACE_MODEL_NETWORK_SAMPLES_H
#define MIEN_TESTS_FACE_MODEL_NETWORK_SAMPLES_H

#include "face_model/network/internal.h"
#include "platform/base/bytes.h"
#include "platform/base/sha256.h"
#include "tests/harness.h"

static inline uint32_t sample_between(uint32_t low, uint32_t high) {
    return low + (uint32_t)harness_random_below(high - low + 1);
}

static inline int32_t sample_signed(int32_t low, int32_t high) {
    return low + (int32_t)harness_random_below((uint64_t)((int64_t)high - low + 1));
}

static inline mien_layer *sample_append(mien_network_description *d, mien_layer_kind kind,
                                        uint32_t input) {
    mien_layer *layer = &d->layers[d->layer_count];
    memset(layer, 0, sizeof *layer);
    layer->kind = kind;
    snprintf(layer->name, sizeof layer->name, "layer%u", d->layer_count);
    layer->inputs[0] = input;
    layer->input_count = layer->groups = 1;
    layer->residual = -1;
    layer->in = mien_description_shape(d, input);
    for (int i = 0; i < 2; i++) layer->kernel[i] = layer->stride[i] = layer->dilation[i] = 1;
    layer->low = -128;
    layer->high = 127;
    d->layer_count++;
    return layer;
}

/* Arrays for the geometry as it stands; |weight| < 2^(bits - 1), or at the ends with `extreme`. */
static inline void sample_fill(mien_layer *layer, uint32_t bits, bool slopes, bool extreme) {
    size_t count = mien_layer_weight_count(layer), outputs = layer->out.channels;
    int16_t *weights = malloc(count * sizeof *weights);
    int32_t *bias = malloc(outputs * sizeof *bias), limit = (1 << (bits - 1)) - 1;
    int16_t *slope = slopes ? malloc(outputs * sizeof *slope) : NULL;
    if (weights == NULL || bias == NULL || (slopes && slope == NULL)) abort();
    for (size_t i = 0; i < count; i++)
        weights[i] = (int16_t)(extreme ? (harness_random() & 1 ? limit : -limit - 1)
                                       : sample_signed(-limit - 1, limit));
    for (size_t o = 0; o < outputs; o++) bias[o] = sample_signed(-5000, 5000);
    for (size_t o = 0; o < outputs && slopes; o++) slope[o] = (int16_t)sample_signed(-70, 90);
    layer->weights = weights;
    layer->bias = bias;
    layer->slopes = slope;
}

static inline void sample_release(mien_network_description *d) {
    for (uint32_t i = 0; i < d->layer_count; i++) {
        free((void *)(uintptr_t)d->layers[i].weights);
        free((void *)(uintptr_t)d->layers[i].bias);
        free((void *)(uintptr_t)d->layers[i].slopes);
    }
    free(d);
}

static inline mien_network_description *sample_start(uint32_t h, uint32_t w, uint32_t c) {
    mien_network_description *d = calloc(1, sizeof *d);
    if (d == NULL) abort();
    d->input = (mien_shape){h, w, c};
    for (uint32_t i = 0; i < c && i < MIEN_NETWORK_MAX_INPUT_CHANNELS; i++)
        d->input_offset[i] = (uint8_t)harness_random();
    return d;
}

static inline void sample_output(mien_network_description *d, uint32_t tensor) {
    mien_network_output *output = &d->outputs[d->output_count];
    snprintf(output->name, sizeof output->name, "out%u", d->output_count);
    output->tensor = tensor;
    output->exponent = -4;
    d->output_count++;
}

/* Convolution with everything drawn at random; the largest shift under which it is legal. */
static inline void sample_convolution(mien_network_description *d, uint32_t input, bool depthwise,
                                      uint32_t max_channels) {
    mien_layer *layer = sample_append(d, MIEN_LAYER_CONVOLUTION, input);
    uint32_t side[2] = {layer->in.height, layer->in.width};
    for (int i = 0; i < 2; i++) {
        layer->kernel[i] = sample_between(1, side[i] < 5 ? side[i] : 5);
        layer->stride[i] = sample_between(1, 3);
        layer->dilation[i] = sample_between(1, 2);
        uint32_t reach = (layer->kernel[i] - 1) * layer->dilation[i];
        layer->pad[i] = reach != 0 ? sample_between(0, reach) : 0;
        layer->pad[i + 2] = reach != 0 ? sample_between(0, reach) : 0;
        if (reach + 1 > side[i] + layer->pad[i] + layer->pad[i + 2])
            layer->pad[i] = layer->pad[i + 2] = reach;
    }
    layer->groups = depthwise ? layer->in.channels : 1;
    layer->out.channels = depthwise ? layer->in.channels : sample_between(1, max_channels);
    if (!depthwise && layer->in.channels % 2 == 0 && harness_random_below(4) == 0) {
        layer->groups = 2;
        layer->out.channels = 2 * sample_between(1, (max_channels + 1) / 2);
    }
    sample_fill(layer, sample_between(2, 12), harness_random() & 1, harness_random_below(8) == 0);
    if (harness_random() & 1) {
        layer->low = 0;
        layer->high = 255;
    }
    mien_error error;
    for (layer->shift = 0; layer->shift <= MIEN_LAYER_MAX_SHIFT; layer->shift++)
        if (mien_layer_complete(d, d->layer_count - 1, &error) == MIEN_OK) return;
    /* Slopes need small quotients: without them 2^15 rows always reach. */
    free((void *)(uintptr_t)layer->slopes);
    layer->slopes = NULL;
    for (layer->shift = 0; layer->shift < MIEN_LAYER_MAX_SHIFT; layer->shift++)
        if (mien_layer_complete(d, d->layer_count - 1, &error) == MIEN_OK) return;
    if (mien_layer_complete(d, d->layer_count - 1, &error) != MIEN_OK) abort();
}

/* Let the last convolution add a tensor of its output's shape, when one exists before it. */
static inline void sample_residual(mien_network_description *d) {
    mien_layer *layer = &d->layers[d->layer_count - 1];
    mien_error error;
    for (uint32_t t = 0; t < d->layer_count; t++) {
        mien_shape s = mien_description_shape(d, t);
        if (s.height != layer->out.height || s.width != layer->out.width ||
            s.channels != layer->out.channels)
            continue;
        layer->residual = (int32_t)t;
        layer->residual_shift = layer->shift;
        for (; layer->shift < MIEN_LAYER_MAX_SHIFT; layer->shift++)
            if (mien_layer_complete(d, d->layer_count - 1, &error) == MIEN_OK) return;
        if (mien_layer_complete(d, d->layer_count - 1, &error) == MIEN_OK) return;
        layer->residual = -1;
        layer->residual_shift = 0;
        if (mien_layer_complete(d, d->layer_count - 1, &error) != MIEN_OK) abort();
        return;
    }
}

/* ---- the formula of network.h ---- */

static inline int64_t sample_at(const int16_t *tensor, mien_shape s, int64_t y, int64_t x,
                                size_t c) {
    if (y < 0 || x < 0 || y >= s.height || x >= s.width) return 0;
    return tensor[((size_t)y * s.width + (size_t)x) * s.channels + c];
}

static inline int64_t sample_sum(const mien_layer *l, const int16_t *in, uint32_t y, uint32_t x,
                                 uint32_t o) {
    size_t depth = l->in.channels / l->groups, group = o / (l->out.channels / l->groups);
    int64_t acc = l->bias[o];
    for (uint32_t ky = 0; ky < l->kernel[0]; ky++)
        for (uint32_t kx = 0; kx < l->kernel[1]; kx++)
            for (size_t i = 0; i < depth; i++)
                acc +=
                    l->weights[((o * (size_t)l->kernel[0] + ky) * l->kernel[1] + kx) * depth + i] *
                    sample_at(in, l->in,
                              (int64_t)y * l->stride[0] + ky * l->dilation[0] - l->pad[0],
                              (int64_t)x * l->stride[1] + kx * l->dilation[1] - l->pad[1],
                              group * depth + i);
    return acc;
}

static inline int64_t sample_floor(int64_t a, int64_t b) {
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

static inline int16_t sample_requantise(const mien_layer *l, uint32_t o, int64_t acc) {
    int64_t step = (int64_t)1 << l->shift;
    int64_t q = l->shift == 0 ? acc : sample_floor(acc + step / 2, step);
    if (q < 0 && l->slopes != NULL) q = sample_floor(q * l->slopes[o] + 32, 64);
    return (int16_t)(q < l->low ? l->low : q > l->high ? l->high : q);
}

/* Run layer `index` on tensors[]; checks the proven bound on the way. */
static inline void sample_convolve(const mien_network_description *d, uint32_t index,
                                   int16_t *const *tensors) {
    const mien_layer *l = &d->layers[index];
    int16_t *out = tensors[index + 1];
    size_t at = 0;
    bool within = true;
    for (uint32_t y = 0; y < l->out.height; y++)
        for (uint32_t x = 0; x < l->out.width; x++)
            for (uint32_t o = 0; o < l->out.channels; o++, at++) {
                int64_t acc = sample_sum(l, tensors[l->inputs[0]], y, x, o);
                if (l->residual >= 0)
                    acc += (int64_t)tensors[l->residual][at] * (1 << l->residual_shift);
                within = within && acc <= l->bound && acc >= -l->bound;
                out[at] = sample_requantise(l, o, acc);
            }
    CHECK(within);
}

static inline void sample_pool(const mien_layer *l, const int16_t *in, int16_t *out) {
    for (uint32_t y = 0; y < l->out.height; y++)
        for (uint32_t x = 0; x < l->out.width; x++)
            for (uint32_t c = 0; c < l->out.channels; c++, out++) {
                *out = INT16_MIN;
                for (uint32_t k = 0; k < l->kernel[0] * l->kernel[1]; k++) {
                    int64_t iy = (int64_t)y * l->stride[0] + k / l->kernel[1] - l->pad[0];
                    int64_t ix = (int64_t)x * l->stride[1] + k % l->kernel[1] - l->pad[1];
                    if (iy < 0 || ix < 0 || iy >= l->in.height || ix >= l->in.width) continue;
                    int64_t v = sample_at(in, l->in, iy, ix, c);
                    if (v > *out) *out = (int16_t)v;
                }
            }
}

static inline void sample_concat(const mien_network_description *d, uint32_t index,
                                 int16_t *const *tensors) {
    const mien_layer *l = &d->layers[index];
    int16_t *out = tensors[index + 1];
    for (size_t p = 0; p < (size_t)l->out.height * l->out.width; p++)
        for (uint32_t i = 0; i < l->input_count; i++) {
            uint32_t channels = mien_description_shape(d, l->inputs[i]).channels;
            for (uint32_t c = 0; c < channels; c++)
                *out++ = tensors[l->inputs[i]][p * channels + c];
        }
}

static inline void sample_run(const mien_network_description *d, int16_t *const *tensors,
                              const uint8_t *input) {
    size_t count = mien_shape_elements(d->input);
    for (size_t i = 0; i < count; i++)
        tensors[0][i] = (int16_t)(input[i] - d->input_offset[i % d->input.channels]);
    for (uint32_t i = 0; i < d->layer_count; i++) {
        if (d->layers[i].kind == MIEN_LAYER_CONVOLUTION)
            sample_convolve(d, i, tensors);
        else if (d->layers[i].kind == MIEN_LAYER_MAX_POOL)
            sample_pool(&d->layers[i], tensors[d->layers[i].inputs[0]], tensors[i + 1]);
        else
            sample_concat(d, i, tensors);
    }
}

/* ---- files ---- */

/* Put the right checksum behind changed bytes, as whoever makes a hostile file can. */
static inline void sample_seal(uint8_t *bytes, size_t length) {
    mien_sha256(bytes + length - 32, bytes, length - 32);
}

static inline void *sample_workspace(const mien_network *network) {
    size_t size = mien_network_workspace_size(network);
    void *memory = aligned_alloc(64, (size + 63) / 64 * 64);
    if (memory == NULL) abort();
    return memory;
}

#endif
