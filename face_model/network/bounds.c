/* SPDX-License-Identifier: MIT */
#include "face_model/network/internal.h"

typedef struct interval {
    int64_t low, high;
} interval;

/* Sum of one output channel's products over all inputs in [low, high]; a tap may also be missing
 * at the border, so 0 always belongs to the range. No overflow: at most 2^32 products of 2^30. */
static interval channel_interval(const int16_t *weights, size_t count, int64_t low, int64_t high) {
    int64_t positive = 0, negative = 0;
    for (size_t i = 0; i < count; i++) {
        if (weights[i] > 0)
            positive += weights[i];
        else
            negative += weights[i];
    }
    interval sum = {positive * low + negative * high, positive * high + negative * low};
    return sum;
}

static int64_t magnitude(interval range) {
    return range.high > -range.low ? range.high : -range.low;
}

/* Largest |acc| over all output channels. */
static int64_t accumulator_bound(const mien_layer *layer, interval input, interval residual) {
    size_t count = (size_t)layer->kernel[0] * layer->kernel[1] * layer->in.channels / layer->groups;
    int64_t bound = 0;
    for (uint32_t o = 0; o < layer->out.channels; o++) {
        interval sum = channel_interval(layer->weights + o * count, count, input.low, input.high);
        sum.low += layer->bias[o] + residual.low * ((int64_t)1 << layer->residual_shift);
        sum.high += layer->bias[o] + residual.high * ((int64_t)1 << layer->residual_shift);
        if (magnitude(sum) > bound) bound = magnitude(sum);
    }
    return bound;
}

static interval with_zero(int32_t low, int32_t high) {
    interval range = {low < 0 ? low : 0, high > 0 ? high : 0};
    return range;
}

mien_status mien_layer_prove_bounds(mien_layer *layer, int32_t low, int32_t high,
                                    int32_t residual_low, int32_t residual_high,
                                    mien_error *error) {
    int64_t bound =
        accumulator_bound(layer, with_zero(low, high), with_zero(residual_low, residual_high));
    int64_t step = (int64_t)1 << layer->shift, half = layer->shift == 0 ? 0 : step / 2;
    int64_t limit = layer->slopes != NULL ? MIEN_LAYER_MAX_SLOPE_QUOTIENT : MIEN_LAYER_MAX_QUOTIENT;
    int64_t quotient = 1;
    if (bound > MIEN_LAYER_MAX_BOUND)
        return mien_fail(error, MIEN_FORMAT, "layer %s: an accumulator can reach %lld, above 2^29",
                         layer->name, (long long)bound);
    while (quotient * step < bound + half + 1) quotient *= 2;
    if (quotient > limit)
        return mien_fail(error, MIEN_FORMAT,
                         "layer %s: quotients need a table of +-%lld rows, above +-%lld",
                         layer->name, (long long)quotient, (long long)limit);
    if (quotient * step + bound + step >= MIEN_NETWORK_PRIME)
        return mien_fail(error, MIEN_FORMAT,
                         "layer %s: requantisation has a second solution modulo p", layer->name);
    layer->bound = bound;
    layer->quotient_limit = quotient;
    return MIEN_OK;
}
