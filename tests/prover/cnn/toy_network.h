/* SPDX-License-Identifier: MIT */
/* Small random networks with everything a plan must handle, and their runs. */
#ifndef MIEN_TESTS_PROVER_CNN_TOY_NETWORK_H
#define MIEN_TESTS_PROVER_CNN_TOY_NETWORK_H

#include "prover/cnn/witness.h"
#include "tests/harness.h"

#define TOY_LAYERS 16

typedef struct toy {
    mien_cnn cnn;
    mien_cnn_layer layers[TOY_LAYERS];
    int16_t *weights[TOY_LAYERS], *slopes[TOY_LAYERS];
    int32_t *bias[TOY_LAYERS];
    int16_t *tensors[TOY_LAYERS + 1];
    int32_t *accumulators[TOY_LAYERS];
    mien_cnn_plan *plan;
    mien_cnn_witness witness;
    mien_f *w;        /* witness.w */
    uint32_t *counts; /* witness.counts */
} toy;

static mien_cnn_shape toy_shape(const toy *t, uint32_t tensor) {
    return tensor == 0 ? t->cnn.input : t->layers[tensor - 1].out;
}

static size_t toy_elements(mien_cnn_shape s) {
    return (size_t)s.height * s.width * s.channels;
}

static mien_cnn_layer *toy_add(toy *t, mien_cnn_kind kind, uint32_t from) {
    mien_cnn_layer *layer = &t->layers[t->cnn.layer_count++];
    memset(layer, 0, sizeof *layer);
    layer->kind = kind;
    layer->inputs[0] = from;
    layer->input_count = 1;
    layer->in = layer->out = toy_shape(t, from);
    for (int i = 0; i < 2; i++) layer->kernel[i] = layer->stride[i] = layer->dilation[i] = 1;
    layer->groups = 1;
    layer->residual = -1;
    layer->low = -128;
    layer->high = 127;
    return layer;
}

static void toy_window(mien_cnn_layer *layer, uint32_t kernel, uint32_t stride, uint32_t pad,
                       uint32_t dilation) {
    for (int i = 0; i < 2; i++) {
        layer->kernel[i] = kernel;
        layer->stride[i] = stride;
        layer->dilation[i] = dilation;
    }
    layer->pad_top = layer->pad_left = pad;
    uint32_t reach = dilation * (kernel - 1) + 1;
    layer->out.height = (layer->in.height + 2 * pad - reach) / stride + 1;
    layer->out.width = (layer->in.width + 2 * pad - reach) / stride + 1;
}

/* Weights so small that q stays within Q = 2^11 for the shift given. */
static void toy_convolution(toy *t, uint32_t from, uint32_t channels, uint32_t groups,
                            uint32_t kernel, uint32_t stride, uint32_t pad, uint32_t dilation,
                            uint32_t shift, int prelu) {
    uint32_t index = t->cnn.layer_count;
    mien_cnn_layer *layer = toy_add(t, MIEN_CNN_CONVOLUTION, from);
    toy_window(layer, kernel, stride, pad, dilation);
    layer->out.channels = channels;
    layer->groups = groups;
    layer->shift = shift;
    layer->quotient_limit = 1 << 11;
    size_t count = (size_t)channels * kernel * kernel * layer->in.channels / groups;
    t->weights[index] = malloc(count * sizeof(int16_t));
    t->bias[index] = malloc(channels * sizeof(int32_t));
    for (size_t i = 0; i < count; i++)
        t->weights[index][i] = (int16_t)((int)harness_random_below(15) - 7);
    for (uint32_t i = 0; i < channels; i++)
        t->bias[index][i] = (int32_t)harness_random_below(201) - 100;
    layer->weights = t->weights[index];
    layer->bias = t->bias[index];
    if (!prelu) return;
    t->slopes[index] = malloc(channels * sizeof(int16_t));
    for (uint32_t i = 0; i < channels; i++)
        t->slopes[index][i] = (int16_t)((int)harness_random_below(120) - 20);
    layer->slopes = t->slopes[index];
}

static void toy_residual(toy *t, uint32_t tensor, uint32_t shift) {
    t->layers[t->cnn.layer_count - 1].residual = (int32_t)tensor;
    t->layers[t->cnn.layer_count - 1].residual_shift = shift;
}

static void toy_pool(toy *t, uint32_t from, uint32_t kernel, uint32_t stride, uint32_t pad) {
    mien_cnn_layer *layer = toy_add(t, MIEN_CNN_MAX_POOL, from);
    toy_window(layer, kernel, stride, pad, 1);
}

static void toy_concat(toy *t, uint32_t a, uint32_t b) {
    mien_cnn_layer *layer = toy_add(t, MIEN_CNN_CONCAT, a);
    layer->inputs[1] = b;
    layer->input_count = 2;
    layer->out.channels += toy_shape(t, b).channels;
}

static const int32_t toy_lows[] = {-127, -129, -128};

/* Odd sides, channels that are no power of two, stride, padding, dilation, groups, depthwise,
 * PReLU, residuals from near and far, pools over a pool and with borders, concat, fully connected.
 */
static void toy_make(toy *t) {
    memset(t, 0, sizeof *t);
    t->cnn.input = (mien_cnn_shape){9, 7, 3};
    t->cnn.input_low = -129;
    t->cnn.input_high = 128;
    t->cnn.input_lows = toy_lows;
    t->cnn.input_values = 256;
    t->cnn.layers = t->layers;
    toy_convolution(t, 0, 6, 1, 3, 1, 1, 1, 5, 1); /* 1: 9x7x6 */
    toy_convolution(t, 1, 6, 6, 3, 1, 1, 1, 4, 0); /* 2: depthwise */
    toy_convolution(t, 2, 6, 1, 1, 1, 0, 1, 4, 1); /* 3: pointwise + residual */
    toy_residual(t, 1, 3);
    toy_pool(t, 3, 3, 2, 1);                        /* 4: 5x4x6 */
    toy_convolution(t, 4, 8, 2, 3, 1, 2, 2, 5, 0);  /* 5: 5x4x8, two groups, dilated */
    toy_concat(t, 4, 5);                            /* 6: 5x4x14 */
    toy_pool(t, 6, 2, 1, 0);                        /* 7: 4x3x14 on a virtual tensor */
    toy_convolution(t, 7, 5, 1, 3, 2, 1, 1, 6, 1);  /* 8: 2x2x5, stride */
    toy_convolution(t, 8, 10, 1, 2, 1, 0, 1, 0, 0); /* 9: fully connected, no shift */
    t->layers[8].quotient_limit = 1 << 15;
}

/* Depthwise layers on channels enough for vectors, whose taps are handed out together. */
static inline void toy_make_depthwise(toy *t) {
    memset(t, 0, sizeof *t);
    t->cnn.input = (mien_cnn_shape){6, 7, 16};
    t->cnn.input_low = -128;
    t->cnn.input_high = 127;
    t->cnn.layers = t->layers;
    toy_convolution(t, 0, 16, 16, 3, 1, 1, 1, 5, 1); /* 1: 6x7x16, on the input */
    toy_convolution(t, 1, 15, 1, 1, 1, 0, 1, 4, 1);  /* 2: 6x7x15 */
    toy_convolution(t, 2, 15, 15, 3, 2, 1, 1, 4, 0); /* 3: stride */
    toy_convolution(t, 3, 15, 15, 3, 1, 2, 2, 4, 1); /* 4: dilated, with a residual */
    toy_residual(t, 3, 2);
    toy_convolution(t, 4, 5, 1, 3, 1, 0, 1, 6, 1); /* 5 */
}

/* Channels that round up badly: the plan cuts them into blocks, across groups too. */
static inline void toy_make_cut(toy *t) {
    memset(t, 0, sizeof *t);
    t->cnn.input = (mien_cnn_shape){9, 7, 3};
    t->cnn.input_low = -129;
    t->cnn.input_high = 128;
    t->cnn.input_lows = toy_lows;
    t->cnn.input_values = 256;
    t->cnn.layers = t->layers;
    toy_convolution(t, 0, 12, 1, 3, 1, 1, 1, 5, 1);  /* 1: 9x7x12 = 8 + 4 */
    toy_convolution(t, 1, 12, 12, 3, 1, 1, 1, 4, 0); /* 2: depthwise */
    toy_convolution(t, 2, 12, 2, 1, 1, 0, 1, 4, 1);  /* 3: a group ends inside of a block */
    toy_residual(t, 1, 3);
    toy_convolution(t, 3, 12, 1, 1, 1, 0, 1, 5, 0); /* 4: pointwise */
    toy_residual(t, 3, 2);
    toy_pool(t, 4, 2, 2, 0);                        /* 5: 4x3x12, over blocks */
    toy_convolution(t, 5, 14, 2, 1, 1, 0, 1, 4, 1); /* 6: 4x3x14 */
    toy_concat(t, 5, 6);                            /* 7: 4x3x26 */
    toy_convolution(t, 7, 5, 1, 3, 3, 0, 1, 7, 1);  /* 8: 1x1x5 */
}

/* Small enough to try everything: 9 pixels of two bits, a convolution with PReLU, a fully connected
 * layer. 24 + 11 lookups, tables of 64 rows at most. */
static inline void toy_make_tiny(toy *t) {
    memset(t, 0, sizeof *t);
    t->cnn.input = (mien_cnn_shape){3, 3, 1};
    t->cnn.input_low = -2;
    t->cnn.input_high = 1;
    t->cnn.layers = t->layers;
    toy_convolution(t, 0, 2, 1, 2, 1, 0, 1, 2, 1); /* 1: 2x2x2 */
    toy_convolution(t, 1, 3, 1, 2, 1, 0, 1, 1, 0); /* 2: 1x1x3 */
    for (int i = 0; i < 2; i++) {
        t->layers[i].quotient_limit = i == 0 ? 16 : 32;
        t->layers[i].low = -8;
        t->layers[i].high = 7;
    }
    for (int i = 0; i < 8; i++) t->weights[0][i] = (int16_t)(t->weights[0][i] % 4);
    for (int i = 0; i < 24; i++) t->weights[1][i] = (int16_t)(t->weights[1][i] % 2);
    for (int i = 0; i < 2; i++) t->bias[0][i] %= 8;
    for (int i = 0; i < 3; i++) t->bias[1][i] %= 4;
}

/* Of a channel. */
static int32_t toy_input_low(const toy *t, size_t channel) {
    return t->cnn.input_lows != NULL ? t->cnn.input_lows[channel] : t->cnn.input_low;
}
static uint32_t toy_input_values(const toy *t) {
    return t->cnn.input_lows != NULL ? t->cnn.input_values
                                     : (uint32_t)(t->cnn.input_high - t->cnn.input_low) + 1;
}

static void toy_input(toy *t) {
    size_t n = toy_elements(t->cnn.input);
    t->tensors[0] = malloc(n * sizeof(int16_t));
    for (size_t i = 0; i < n; i++)
        t->tensors[0][i] = (int16_t)((int32_t)harness_random_below(toy_input_values(t)) +
                                     toy_input_low(t, i % t->cnn.input.channels));
}

static void toy_copy_concat(toy *t, uint32_t index) {
    const mien_cnn_layer *layer = &t->layers[index];
    size_t offset = 0;
    for (uint32_t i = 0; i < layer->input_count; i++) {
        size_t channels = toy_shape(t, layer->inputs[i]).channels;
        for (size_t s = 0; s < mien_cnn_sites(layer->out); s++)
            memcpy(t->tensors[index + 1] + s * layer->out.channels + offset,
                   t->tensors[layer->inputs[i]] + s * channels, channels * sizeof(int16_t));
        offset += channels;
    }
}

static mien_status toy_layer(toy *t, uint32_t index) {
    const mien_cnn_layer *layer = &t->layers[index];
    const mien_cnn_block *block = &t->plan->blocks[t->plan->tensor_block[index + 1]];
    size_t n = toy_elements(layer->out);
    t->tensors[index + 1] = malloc(n * sizeof(int16_t));
    if (layer->kind == MIEN_CNN_MAX_POOL)
        return mien_cnn_witness_pool(&t->witness, t->tensors[index + 1], t->plan, &t->cnn, index,
                                     t->tensors[layer->inputs[0]]);
    if (layer->kind == MIEN_CNN_CONCAT) {
        toy_copy_concat(t, index);
        return MIEN_OK;
    }
    t->accumulators[index] = malloc(n * sizeof(int32_t));
    mien_cnn_accumulate(t->accumulators[index], layer, t->tensors[layer->inputs[0]],
                        layer->residual >= 0 ? t->tensors[layer->residual] : NULL);
    return mien_cnn_witness_convolution(&t->witness, t->tensors[index + 1], t->plan, block,
                                        t->accumulators[index]);
}

/* Plan, random input, witness. */
static inline mien_status toy_run(toy *t) {
    uint32_t at;
    t->plan = malloc(sizeof *t->plan);
    MIEN_TRY(mien_cnn_plan_make(t->plan, &at, &t->cnn));
    t->w = calloc((size_t)1 << t->plan->log2_size, sizeof *t->w);
    t->counts = calloc(t->plan->table_rows, sizeof *t->counts);
    t->witness.w = t->w;
    t->witness.first = calloc((size_t)2 << t->plan->log2_half, sizeof *t->w);
    t->witness.counts = t->counts;
    toy_input(t);
    MIEN_TRY(mien_cnn_witness_input(&t->witness, t->plan, t->tensors[0]));
    for (uint32_t i = 0; i < t->cnn.layer_count; i++) MIEN_TRY(toy_layer(t, i));
    mien_cnn_witness_counts(&t->witness, t->plan);
    return MIEN_OK;
}

static void toy_free(toy *t) {
    for (int i = 0; i < TOY_LAYERS; i++) {
        free(t->weights[i]);
        free(t->slopes[i]);
        free(t->bias[i]);
        free(t->accumulators[i]);
    }
    for (int i = 0; i <= TOY_LAYERS; i++) free(t->tensors[i]);
    free(t->plan);
    free(t->w);
    free(t->witness.first);
    free(t->counts);
}

#endif
