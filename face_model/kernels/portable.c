/* SPDX-License-Identifier: MIT */
/* The plain reference: the sums of network.h, one output after the other. */
#include "face_model/kernels/kernels.h"

static size_t packed_size(const mien_layer *layer) {
    (void)layer;
    return 0;
}

static void pack(const mien_layer *layer, void *packed) {
    (void)layer;
    (void)packed;
}

static int32_t dot(const int16_t *a, const int16_t *b, size_t count) {
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += a[i] * b[i];
    return sum;
}

/* Products of one output: `input` is its first tap, `weights` its channel's. */
static int32_t taps(const mien_convolution *task, const int16_t *input, const int16_t *weights) {
    const mien_layer *layer = task->layer;
    size_t depth = layer->in.channels / layer->groups;
    int32_t sum = 0;
    for (uint32_t ky = 0; ky < layer->kernel[0]; ky++)
        for (uint32_t kx = 0; kx < layer->kernel[1]; kx++, weights += depth)
            sum += dot(input + ky * layer->dilation[0] * task->row_pitch +
                           (size_t)kx * layer->dilation[1] * layer->in.channels,
                       weights, depth);
    return sum;
}

static void convolve_pixel(const mien_convolution *task, const int16_t *input, size_t at) {
    const mien_layer *layer = task->layer;
    size_t depth = layer->in.channels / layer->groups;
    size_t group_size = layer->out.channels / layer->groups;
    size_t weights = layer->kernel[0] * layer->kernel[1] * depth;
    for (uint32_t o = 0; o < layer->out.channels; o++) {
        int32_t acc = layer->bias[o] +
                      taps(task, input + o / group_size * depth, layer->weights + o * weights);
        if (task->residual != NULL) acc += task->residual[at + o] * (1 << layer->residual_shift);
        task->output[at + o] =
            mien_requantise(acc, layer->shift, layer->slopes != NULL ? layer->slopes[o] : 64,
                            layer->low, layer->high);
    }
}

static void convolve(const mien_convolution *task) {
    const mien_layer *layer = task->layer;
    size_t at = 0;
    for (uint32_t y = 0; y < layer->out.height; y++)
        for (uint32_t x = 0; x < layer->out.width; x++, at += layer->out.channels)
            convolve_pixel(task,
                           task->input + y * layer->stride[0] * task->row_pitch +
                               (size_t)x * layer->stride[1] * layer->in.channels,
                           at);
}

/* First and one past the last tap of a window that lies inside the input. */
static void window(int32_t *first, int32_t *last, uint32_t out, uint32_t stride, uint32_t pad,
                   uint32_t kernel, uint32_t in) {
    int32_t start = (int32_t)(out * stride) - (int32_t)pad, end = start + (int32_t)kernel;
    *first = start < 0 ? 0 : start;
    *last = end > (int32_t)in ? (int32_t)in : end;
}

static void pool_pixel(const mien_layer *layer, const int16_t *input, int16_t *output, uint32_t y,
                       uint32_t x) {
    int32_t y0, y1, x0, x1;
    size_t channels = layer->in.channels;
    window(&y0, &y1, y, layer->stride[0], layer->pad[0], layer->kernel[0], layer->in.height);
    window(&x0, &x1, x, layer->stride[1], layer->pad[1], layer->kernel[1], layer->in.width);
    for (size_t c = 0; c < channels; c++) output[c] = INT16_MIN;
    for (int32_t iy = y0; iy < y1; iy++)
        for (int32_t ix = x0; ix < x1; ix++) {
            const int16_t *tap = input + ((size_t)iy * layer->in.width + (size_t)ix) * channels;
            for (size_t c = 0; c < channels; c++)
                if (tap[c] > output[c]) output[c] = tap[c];
        }
}

static void max_pool(const mien_layer *layer, const int16_t *input, int16_t *output) {
    for (uint32_t y = 0; y < layer->out.height; y++)
        for (uint32_t x = 0; x < layer->out.width; x++, output += layer->out.channels)
            pool_pixel(layer, input, output, y, x);
}

const mien_kernels mien_kernels_portable = {packed_size, pack, convolve, max_pool};
