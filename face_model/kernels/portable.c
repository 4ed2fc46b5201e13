/* SPDX-License-Identifier: MIT */
/* Plain C that compilers turn into vectors.
 *
 * dense      Tiles of a few outputs by a few pixels. Each sum of a tile is a dot product of int16
 *            over one run of inputs, the form in which gcc and clang find the multiply-add of
 *            pairs (pmaddwd on any x86-64, smlal on ARM). Weights are packed so that a run is
 *            RUN_STEP inputs long or a multiple of that, with zeros at its end: no loop has a
 *            tail. Loads may pass the end of the input by less than MIEN_NETWORK_SLACK.
 * depthwise  A vector of channels at a time, weights in the order (tap, channel).
 *
 * Sums are exact in int32 in any order: the loader proved |acc| <= 2^29, and then no part of the
 * sum is above 2^30. The formula itself, written out, is in tests/face_model/network. */
#include <string.h>

#include "face_model/kernels/kernels.h"

#define RUN_STEP 8
#define TILE_OUTPUTS 4
#define TILE_PIXELS 2
#define CHANNEL_BLOCK 32

/* Hints, not needed for the result. clang would take four int16 at a time; where it cannot follow
 * (sanitizers), that is no warning worth stopping for. */
#define ALWAYS_INLINE inline __attribute__((always_inline))
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpass-failed"
#define BY_EIGHT _Pragma("clang loop vectorize_width(8) interleave_count(1)")
#else
#define BY_EIGHT
#endif

/* ---- packed weights ---- */

typedef struct run_shape {
    size_t runs, length; /* runs of inputs for one output; inputs in each */
    size_t padded;       /* length with the zeros behind it */
    size_t tiles;        /* blocks of TILE_OUTPUTS in a group */
} run_shape;

static bool is_depthwise(const mien_layer *layer) {
    return layer->groups == layer->in.channels && layer->groups == layer->out.channels;
}

/* The taps of a kernel row lie side by side. */
static bool has_whole_rows(const mien_layer *layer) {
    return layer->groups == 1 && layer->dilation[1] == 1;
}

static run_shape run_shape_of(const mien_layer *layer) {
    size_t depth = layer->in.channels / layer->groups;
    size_t outputs = layer->out.channels / layer->groups;
    size_t columns = layer->kernel[1];
    run_shape shape;
    bool rows = has_whole_rows(layer);
    shape.runs = rows ? layer->kernel[0] : layer->kernel[0] * columns;
    shape.length = rows ? columns * depth : depth;
    shape.padded = (shape.length + RUN_STEP - 1) / RUN_STEP * RUN_STEP;
    shape.tiles = (outputs + TILE_OUTPUTS - 1) / TILE_OUTPUTS;
    return shape;
}

static size_t packed_size(const mien_layer *layer) {
    run_shape shape = run_shape_of(layer);
    size_t taps = (size_t)layer->kernel[0] * layer->kernel[1];
    size_t dense = layer->groups * shape.tiles * TILE_OUTPUTS * shape.runs * shape.padded;
    return (is_depthwise(layer) ? taps * layer->out.channels : dense) * sizeof(int16_t);
}

static void pack_depthwise(const mien_layer *layer, int16_t *packed) {
    size_t taps = (size_t)layer->kernel[0] * layer->kernel[1], channels = layer->out.channels;
    for (size_t c = 0; c < channels; c++)
        for (size_t t = 0; t < taps; t++) packed[t * channels + c] = layer->weights[c * taps + t];
}

/* Order: group, tile, run, output of the tile, input. */
static void pack_dense(const mien_layer *layer, int16_t *packed) {
    run_shape shape = run_shape_of(layer);
    size_t outputs = layer->out.channels / layer->groups;
    const int16_t *weights = layer->weights;
    for (size_t c = 0; c < layer->out.channels; c++) {
        size_t within = c % outputs, tile = c / outputs * shape.tiles + within / TILE_OUTPUTS;
        for (size_t r = 0; r < shape.runs; r++, weights += shape.length)
            memcpy(packed + ((tile * shape.runs + r) * TILE_OUTPUTS + within % TILE_OUTPUTS) *
                                shape.padded,
                   weights, shape.length * sizeof *weights);
    }
}

static void pack(const mien_layer *layer, void *packed) {
    memset(packed, 0, packed_size(layer));
    if (is_depthwise(layer))
        pack_depthwise(layer, packed);
    else
        pack_dense(layer, packed);
}

/* ---- requantisation ---- */

/* `count` neighbouring channels of one output pixel from channel `first` on; `at` is the number of
 * the first of these elements. `sums` come without bias and residual and are used up. This is
 * mien_requantise in steps that are vectors when `count` is a constant. */
static ALWAYS_INLINE void finish(const mien_convolution *task, int32_t *sums, size_t first,
                                 size_t at, size_t count) {
    const mien_layer *layer = task->layer;
    const int32_t *bias = layer->bias + first, low = layer->low, high = layer->high;
    const int32_t half = layer->shift == 0 ? 0 : 1 << (layer->shift - 1);
    int16_t *output = task->output + at;
    for (size_t i = 0; i < count; i++) sums[i] += bias[i] + half;
    if (task->residual != NULL) {
        const int32_t one = 1 << layer->residual_shift;
        for (size_t i = 0; i < count; i++) sums[i] += task->residual[at + i] * one;
    }
    if (task->accumulators != NULL)
        for (size_t i = 0; i < count; i++) task->accumulators[at + i] = sums[i] - half;
    for (size_t i = 0; i < count; i++) sums[i] >>= layer->shift;
    if (layer->slopes != NULL) {
        const int16_t *slopes = layer->slopes + first;
        for (size_t i = 0; i < count; i++) {
            int32_t scaled = (sums[i] * slopes[i] + 32) >> 6;
            sums[i] = sums[i] < 0 ? scaled : sums[i];
        }
    }
    for (size_t i = 0; i < count; i++) {
        int32_t q = sums[i] < low ? low : sums[i];
        output[i] = (int16_t)(q > high ? high : q);
    }
}

/* ---- dense ---- */

/* Add the products of one run: two pixels, four outputs. `length` is a multiple of RUN_STEP. */
static __attribute__((noinline)) void add_run_2(int32_t *sums, const int16_t *x0, const int16_t *x1,
                                                const int16_t *w, size_t length) {
    const int16_t *w0 = w, *w1 = w + length, *w2 = w1 + length, *w3 = w2 + length;
    int32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
    BY_EIGHT for (size_t i = 0; i < length / RUN_STEP * RUN_STEP; i++) {
        a0 += x0[i] * w0[i];
        a1 += x0[i] * w1[i];
        a2 += x0[i] * w2[i];
        a3 += x0[i] * w3[i];
        b0 += x1[i] * w0[i];
        b1 += x1[i] * w1[i];
        b2 += x1[i] * w2[i];
        b3 += x1[i] * w3[i];
    }
    sums[0] += a0;
    sums[1] += a1;
    sums[2] += a2;
    sums[3] += a3;
    sums[4] += b0;
    sums[5] += b1;
    sums[6] += b2;
    sums[7] += b3;
}

/* One pixel. */
static __attribute__((noinline)) void add_run_1(int32_t *sums, const int16_t *x, const int16_t *w,
                                                size_t length) {
    const int16_t *w0 = w, *w1 = w + length, *w2 = w1 + length, *w3 = w2 + length;
    int32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0;
    BY_EIGHT for (size_t i = 0; i < length / RUN_STEP * RUN_STEP; i++) {
        a0 += x[i] * w0[i];
        a1 += x[i] * w1[i];
        a2 += x[i] * w2[i];
        a3 += x[i] * w3[i];
    }
    sums[0] += a0;
    sums[1] += a1;
    sums[2] += a2;
    sums[3] += a3;
}

typedef struct dense_job {
    const mien_convolution *task;
    run_shape shape;
    size_t row_step, column_step; /* elements between the runs of neighbouring taps */
    size_t columns;               /* runs in a kernel row */
    size_t pixel_step;            /* elements between the inputs of neighbouring outputs */
    const int16_t *weights;       /* of this tile */
    size_t first, count;          /* channels of this tile */
} dense_job;

/* `pixels` (1 or 2) outputs from number `at` on; `input` is the first tap of the first. */
static void dense_tile(const dense_job *job, const int16_t *input, size_t at, size_t pixels) {
    int32_t sums[TILE_PIXELS * TILE_OUTPUTS] = {0};
    const int16_t *weights = job->weights;
    size_t length = job->shape.padded, channels = job->task->layer->out.channels;
    for (size_t row = 0; row < job->shape.runs / job->columns; row++)
        for (size_t column = 0; column < job->columns; column++) {
            const int16_t *x = input + row * job->row_step + column * job->column_step;
            if (pixels == TILE_PIXELS)
                add_run_2(sums, x, x + job->pixel_step, weights, length);
            else
                add_run_1(sums, x, weights, length);
            weights += TILE_OUTPUTS * length;
        }
    for (size_t p = 0; p < pixels; p++) {
        size_t first = job->first, place = (at + p) * channels + first;
        if (job->count == TILE_OUTPUTS)
            finish(job->task, sums + p * TILE_OUTPUTS, first, place, TILE_OUTPUTS);
        else
            finish(job->task, sums + p * TILE_OUTPUTS, first, place, job->count);
    }
}

/* All pixels of one tile of channels. A pointwise layer of stride 1 is one long row. */
static void dense_image(const dense_job *job, const int16_t *input) {
    const mien_layer *layer = job->task->layer;
    size_t height = layer->out.height, width = layer->out.width;
    size_t row = layer->stride[0] * job->task->row_pitch;
    if (layer->kernel[0] * layer->kernel[1] * layer->stride[0] * layer->stride[1] == 1) {
        width *= height;
        height = 1;
    }
    for (size_t y = 0; y < height; y++) {
        const int16_t *x = input + y * row;
        size_t left = width, at = y * width;
        for (; left >= TILE_PIXELS; left -= TILE_PIXELS, at += TILE_PIXELS) {
            dense_tile(job, x, at, TILE_PIXELS);
            x += TILE_PIXELS * job->pixel_step;
        }
        if (left != 0) dense_tile(job, x, at, 1);
    }
}

static void convolve_dense(const mien_convolution *task) {
    const mien_layer *layer = task->layer;
    size_t depth = layer->in.channels / layer->groups;
    size_t outputs = layer->out.channels / layer->groups;
    dense_job job = {.task = task, .shape = run_shape_of(layer), .weights = task->packed};
    job.row_step = layer->dilation[0] * task->row_pitch;
    job.column_step = (size_t)layer->dilation[1] * layer->in.channels;
    job.columns = has_whole_rows(layer) ? 1 : layer->kernel[1];
    job.pixel_step = (size_t)layer->stride[1] * layer->in.channels;
    for (size_t g = 0; g < layer->groups; g++)
        for (size_t within = 0; within < outputs; within += TILE_OUTPUTS) {
            job.first = g * outputs + within;
            job.count = outputs - within < TILE_OUTPUTS ? outputs - within : TILE_OUTPUTS;
            dense_image(&job, task->input + g * depth);
            job.weights += TILE_OUTPUTS * job.shape.runs * job.shape.padded;
        }
}

/* ---- depthwise ---- */

static void add_tap(int32_t *restrict sums, const int16_t *restrict x, const int16_t *restrict w,
                    size_t count) {
    for (size_t i = 0; i < count; i++) sums[i] += x[i] * w[i];
}

/* `count` channels from channel `first` on of one output. `input` is its first tap. */
static ALWAYS_INLINE void depthwise_block(const mien_convolution *task, const int16_t *input,
                                          size_t first, size_t at, size_t count) {
    const mien_layer *layer = task->layer;
    int32_t sums[CHANNEL_BLOCK] = {0};
    const int16_t *weights = (const int16_t *)task->packed + first;
    for (size_t ky = 0; ky < layer->kernel[0]; ky++) {
        const int16_t *x = input + ky * layer->dilation[0] * task->row_pitch + first;
        for (size_t kx = 0; kx < layer->kernel[1]; kx++, weights += layer->out.channels) {
            add_tap(sums, x, weights, count);
            x += (size_t)layer->dilation[1] * layer->in.channels;
        }
    }
    finish(task, sums, first, at + first, count);
}

static void depthwise_pixel(const mien_convolution *task, const int16_t *input, size_t at) {
    size_t channels = task->layer->out.channels, first = 0;
    for (; first + CHANNEL_BLOCK <= channels; first += CHANNEL_BLOCK)
        depthwise_block(task, input, first, at, CHANNEL_BLOCK);
    for (; first + 8 <= channels; first += 8) depthwise_block(task, input, first, at, 8);
    if (first < channels) depthwise_block(task, input, first, at, channels - first);
}

static void convolve_depthwise(const mien_convolution *task) {
    const mien_layer *layer = task->layer;
    size_t at = 0, step = (size_t)layer->stride[1] * layer->in.channels;
    for (size_t y = 0; y < layer->out.height; y++) {
        const int16_t *input = task->input + y * layer->stride[0] * task->row_pitch;
        for (size_t x = 0; x < layer->out.width; x++, at += layer->out.channels, input += step)
            depthwise_pixel(task, input, at);
    }
}

static void convolve(const mien_convolution *task) {
    if (is_depthwise(task->layer))
        convolve_depthwise(task);
    else
        convolve_dense(task);
}

/* ---- max pool ---- */

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
