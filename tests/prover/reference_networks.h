/* SPDX-License-Identifier: MIT */
/* Small random networks as files, with every layer that a proof can be about. Shifts are so large
 * that the tables stay short: a verifier that takes tables row by row has to read them. */
#ifndef MIEN_TESTS_PROVER_REFERENCE_NETWORKS_H
#define MIEN_TESTS_PROVER_REFERENCE_NETWORKS_H

#include "tests/face_model/network/samples.h"

enum { REFERENCE_QUOTIENT = 256, REFERENCE_SLOPES = 2 };

/* The same along both axes. */
typedef struct window {
    uint32_t kernel, stride, pad, dilation;
} window;

static const window one_by_one = {1, 1, 0, 1};

static inline void set_window(mien_layer *layer, window w) {
    for (int i = 0; i < 2; i++) {
        layer->kernel[i] = w.kernel;
        layer->stride[i] = w.stride;
        layer->dilation[i] = w.dilation;
        layer->pad[i] = layer->pad[i + 2] = w.pad;
    }
}

/* Fewest bits to shift by that leave quotients below the limit. */
static inline void complete_with_shift(mien_network_description *d, int64_t limit) {
    mien_layer *layer = &d->layers[d->layer_count - 1];
    mien_error error;
    for (layer->shift = 0; layer->shift <= MIEN_LAYER_MAX_SHIFT; layer->shift++)
        if (mien_layer_complete(d, d->layer_count - 1, &error) == MIEN_OK &&
            layer->quotient_limit <= limit)
            return;
    printf("layer %u: %s\n", d->layer_count - 1, error.message);
    exit(1);
}

/* residual: a tensor, or -1. */
static inline void add_convolution(mien_network_description *d, uint32_t input, uint32_t channels,
                                   uint32_t groups, window w, bool slopes, int32_t residual) {
    mien_layer *layer = sample_append(d, MIEN_LAYER_CONVOLUTION, input);
    set_window(layer, w);
    layer->groups = groups;
    layer->out.channels = channels;
    sample_fill(layer, 4, slopes, false);
    int32_t *bias = (int32_t *)(uintptr_t)layer->bias;
    int16_t *slope = (int16_t *)(uintptr_t)layer->slopes;
    for (uint32_t o = 0; o < channels; o++) bias[o] = sample_signed(-300, 300);
    for (uint32_t o = REFERENCE_SLOPES; o < channels && slopes; o++)
        slope[o] = slope[o % REFERENCE_SLOPES];
    if (!slopes && harness_random() & 1) layer->low = 0; /* ReLU */
    layer->residual = residual;
    layer->residual_shift = residual >= 0 ? sample_between(0, 3) : 0;
    complete_with_shift(d, REFERENCE_QUOTIENT);
}

static inline void complete_or_exit(mien_network_description *d) {
    mien_error error;
    if (mien_layer_complete(d, d->layer_count - 1, &error) == MIEN_OK) return;
    printf("layer %u: %s\n", d->layer_count - 1, error.message);
    exit(1);
}

static inline void add_pool(mien_network_description *d, uint32_t input, window w) {
    set_window(sample_append(d, MIEN_LAYER_MAX_POOL, input), w);
    complete_or_exit(d);
}

static inline void add_concat(mien_network_description *d, uint32_t a, uint32_t b, int32_t c) {
    mien_layer *layer = sample_append(d, MIEN_LAYER_CONCAT, a);
    layer->inputs[1] = b;
    layer->inputs[2] = (uint32_t)c;
    layer->input_count = c >= 0 ? 3 : 2;
    complete_or_exit(d);
}

/* Fully connected. Logits: outputs are the quotients, whatever they are. */
static inline void add_whole(mien_network_description *d, uint32_t input, uint32_t channels,
                             bool logits) {
    mien_shape s = mien_description_shape(d, input);
    mien_layer *layer = sample_append(d, MIEN_LAYER_CONVOLUTION, input);
    layer->kernel[0] = s.height;
    layer->kernel[1] = s.width;
    layer->out.channels = channels;
    sample_fill(layer, 4, false, false);
    if (logits) {
        layer->low = INT16_MIN;
        layer->high = INT16_MAX;
    }
    complete_with_shift(d, logits ? MIEN_LAYER_MAX_QUOTIENT : REFERENCE_QUOTIENT);
}

/* An average over windows: all weights of it are alike, of channel and of group. */
static inline void add_average(mien_network_description *d, uint32_t input, window w) {
    mien_shape s = mien_description_shape(d, input);
    mien_layer *layer = sample_append(d, MIEN_LAYER_CONVOLUTION, input);
    set_window(layer, w);
    layer->groups = layer->out.channels = s.channels;
    sample_fill(layer, 4, false, false);
    for (size_t i = 0; i < mien_layer_weight_count(layer); i++)
        ((int16_t *)(uintptr_t)layer->weights)[i] = 3;
    complete_with_shift(d, REFERENCE_QUOTIENT);
}

/* ---- each with another emphasis */

static inline mien_network_description *network_dense(void) {
    mien_network_description *d = sample_start(9, 7, 3);
    add_convolution(d, 0, 6, 1, (window){3, 2, 1, 1}, true, -1); /* 5x4x6 */
    add_convolution(d, 1, 5, 1, one_by_one, false, -1);
    add_convolution(d, 2, 4, 1, (window){2, 1, 0, 2}, true, -1); /* dilated, 3x2x4 */
    add_whole(d, 3, 7, false);
    return d;
}

static inline mien_network_description *network_residual(void) {
    mien_network_description *d = sample_start(12, 10, 2);
    add_convolution(d, 0, 8, 2, (window){3, 2, 1, 1}, true, -1);  /* two groups, 6x5x8 */
    add_convolution(d, 1, 8, 8, (window){3, 1, 1, 1}, false, -1); /* depthwise */
    add_convolution(d, 2, 8, 1, one_by_one, true, 1);
    add_convolution(d, 3, 8, 4, one_by_one, false, 3); /* the residual is the input */
    add_convolution(d, 4, 6, 1, (window){3, 2, 1, 1}, false, -1);
    return d;
}

static inline mien_network_description *network_pools(void) {
    mien_network_description *d = sample_start(15, 17, 1);
    add_pool(d, 0, (window){2, 2, 0, 1});                        /* on the frame, 7x8x1 */
    add_convolution(d, 1, 3, 1, (window){3, 1, 1, 1}, true, -1); /* 7x8x3 */
    add_pool(d, 2, (window){3, 2, 1, 1});                        /* borders, 4x4x3 */
    add_convolution(d, 3, 2, 1, (window){3, 1, 1, 1}, false, -1);
    add_concat(d, 4, 3, 4);                            /* a tensor twice, 4x4x7 */
    add_pool(d, 5, (window){2, 1, 0, 1});              /* on tensors that are virtual */
    add_convolution(d, 6, 7, 7, one_by_one, false, 6); /* so is the residual */
    add_average(d, 7, (window){2, 1, 0, 1});
    add_whole(d, 8, 3, true);
    return d;
}

/* Channels that round up badly are cut into blocks, with groups across them. */
static inline mien_network_description *network_cut(void) {
    mien_network_description *d = sample_start(12, 10, 3);
    add_convolution(d, 0, 12, 1, (window){3, 2, 1, 1}, false, -1);
    add_convolution(d, 1, 12, 12, (window){3, 1, 1, 1}, true, -1);
    add_convolution(d, 2, 12, 2, one_by_one, true, 1);
    add_convolution(d, 3, 9, 3, (window){3, 2, 1, 1}, false, -1);
    add_whole(d, 4, 5, true);
    return d;
}

/* Nothing but a fully connected layer on few values. */
static inline mien_network_description *network_least(void) {
    mien_network_description *d = sample_start(2, 3, 3);
    add_whole(d, 0, 2, false);
    return d;
}

/* Ends in an embedding. */
static inline mien_network_description *network_face(void) {
    mien_network_description *d = sample_start(11, 12, 3);
    add_convolution(d, 0, 6, 1, (window){3, 3, 1, 1}, true, -1); /* 4x4x6 */
    add_convolution(d, 1, 6, 6, (window){3, 1, 1, 1}, true, -1);
    add_convolution(d, 2, 6, 1, one_by_one, false, 1);
    add_whole(d, 3, 128, false);
    return d;
}

/* Layers at random; what a layer of its kind does not allow is left out. */
static inline void add_random(mien_network_description *d) {
    uint32_t input = d->layer_count, kind = sample_between(0, 6);
    mien_shape s = mien_description_shape(d, input);
    uint32_t side = s.height < s.width ? s.height : s.width;
    if (kind == 0 && side >= 2) {
        add_pool(d, input, (window){2, sample_between(1, 2), sample_between(0, 1), 1});
    } else if (kind == 1) {
        add_concat(d, input, input, -1);
    } else if (kind <= 3) {
        window w = {sample_between(1, 3), sample_between(1, 2), 0, 1};
        w.pad = w.kernel > side ? w.kernel - 1 : sample_between(0, w.kernel - 1);
        add_convolution(d, input, sample_between(1, 6), 1, w, harness_random() & 1, -1);
    } else {
        bool adds = input > 0 && harness_random() & 1;
        add_convolution(d, input, s.channels, kind == 6 ? 1 : s.channels, one_by_one, true,
                        adds ? (int32_t)input : -1);
    }
}

static inline mien_network_description *network_random(void) {
    mien_network_description *d =
        sample_start(sample_between(3, 8), sample_between(3, 8), sample_between(1, 3));
    for (uint32_t i = sample_between(1, 4); i > 0; i--) add_random(d);
    add_whole(d, d->layer_count, sample_between(1, 9), harness_random() & 1);
    return d;
}

/* The file, which the caller frees. */
static inline uint8_t *network_bytes(size_t *length, mien_network_description *d) {
    mien_error error = {MIEN_OK, ""};
    uint8_t *bytes;
    sample_output(d, d->layer_count);
    if (mien_network_complete(d, &error) != MIEN_OK ||
        mien_network_write(&bytes, length, d, &error) != MIEN_OK) {
        printf("network: %s\n", error.message);
        exit(1);
    }
    sample_release(d);
    return bytes;
}

#endif
