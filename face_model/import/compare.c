/* SPDX-License-Identifier: MIT */
/* Float and integer network side by side. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "face_model/import/float_network.h"
#include "platform/base/bytes.h"

/* Sums over values x (float) and y (integer times scale). */
typedef struct sums {
    double xx, xy, yy, difference;
    uint64_t clamped, count;
} sums;

struct mien_comparison {
    const mien_float_network *network;
    mien_network *integer;
    mien_scales scales;
    void *workspace;
    int16_t *tensors[MIEN_NETWORK_MAX_LAYERS + 1]; /* integer values of the sample in hand */
    sums layers[MIEN_NETWORK_MAX_LAYERS];
    double mean[MIEN_NETWORK_MAX_OUTPUTS], least[MIEN_NETWORK_MAX_OUTPUTS];
    size_t samples;
};

static mien_status build(mien_comparison *c, const mien_calibration *calibration,
                         const mien_quantise_options *options, mien_error *error) {
    uint8_t *bytes;
    size_t length;
    MIEN_TRY(mien_scales_choose(&c->scales, c->network, calibration, options, error));
    MIEN_TRY(mien_quantise_with(&bytes, &length, c->network, &c->scales, options, error));
    mien_status status = mien_network_load(&c->integer, bytes, length, error);
    free(bytes);
    MIEN_TRY(status);
    c->workspace = aligned_alloc(MIEN_NETWORK_WORKSPACE_ALIGNMENT,
                                 (mien_network_workspace_size(c->integer) + 63) / 64 * 64);
    if (c->workspace == NULL) return mien_fail(error, MIEN_MEMORY, "no memory to compare");
    for (uint32_t t = 0; t <= c->network->layer_count; t++) {
        size_t count = mien_shape_elements(mien_float_tensor_shape(c->network, t));
        c->tensors[t] = malloc(count * sizeof(int16_t));
        if (c->tensors[t] == NULL) return mien_fail(error, MIEN_MEMORY, "no memory to compare");
    }
    return MIEN_OK;
}

mien_status mien_comparison_create(mien_comparison **comparison, const mien_float_network *network,
                                   const mien_calibration *calibration,
                                   const mien_quantise_options *options, mien_error *error) {
    mien_comparison *made = calloc(1, sizeof *made);
    if (made == NULL) return mien_fail(error, MIEN_MEMORY, "no memory to compare");
    made->network = network;
    for (size_t i = 0; i < MIEN_NETWORK_MAX_OUTPUTS; i++) made->least[i] = 1;
    mien_status status = build(made, calibration, options, error);
    if (status != MIEN_OK) {
        mien_comparison_free(made);
        return status;
    }
    *comparison = made;
    return MIEN_OK;
}

void mien_comparison_free(mien_comparison *comparison) {
    if (comparison == NULL) return;
    mien_network_free(comparison->integer);
    mien_scales_free(&comparison->scales);
    for (size_t t = 0; t <= MIEN_NETWORK_MAX_LAYERS; t++) free(comparison->tensors[t]);
    free(comparison->workspace);
    free(comparison);
}

static void keep_layer(void *context, int32_t index, const mien_layer *layer,
                       const int16_t *values) {
    mien_comparison *c = context;
    uint32_t tensor = (uint32_t)(index + 1);
    (void)layer;
    memcpy(c->tensors[tensor], values,
           mien_shape_elements(mien_float_tensor_shape(c->network, tensor)) * sizeof *values);
}

static sums compare_tensor(const mien_comparison *c, uint32_t tensor, const float *values) {
    mien_shape shape = mien_float_tensor_shape(c->network, tensor);
    size_t count = mien_shape_elements(shape);
    sums s = {.count = count};
    int32_t low, high;
    mien_network_tensor_range(c->integer, tensor, &low, &high);
    for (size_t i = 0; i < count; i++) {
        int16_t q = c->tensors[tensor][i];
        double x = (double)values[i];
        double y = (double)q * c->scales.scale[tensor][i % shape.channels];
        s.xx += x * x;
        s.xy += x * y;
        s.yy += y * y;
        s.difference += (x - y) * (x - y);
        if (q == high || (q == low && low != 0)) s.clamped++;
    }
    return s;
}

static double cosine(sums s) {
    double norms = sqrt(s.xx) * sqrt(s.yy);
    return norms > 0 ? s.xy / norms : s.xx == s.yy ? 1 : 0;
}

static void add_tensor(void *context, uint32_t tensor, mien_shape shape, const float *values) {
    mien_comparison *c = context;
    (void)shape;
    if (tensor == 0) return;
    sums s = compare_tensor(c, tensor, values), *total = &c->layers[tensor - 1];
    total->xx += s.xx;
    total->xy += s.xy;
    total->yy += s.yy;
    total->difference += s.difference;
    total->clamped += s.clamped;
    total->count += s.count;
    for (uint32_t i = 0; i < c->network->output_count; i++) {
        if (c->network->outputs[i].tensor != tensor) continue;
        c->mean[i] += cosine(s);
        if (cosine(s) < c->least[i]) c->least[i] = cosine(s);
    }
}

mien_status mien_comparison_add(mien_comparison *comparison, const uint8_t *input, size_t length) {
    mien_network_observer integers = {keep_layer, comparison, NULL};
    mien_float_observer floats = {add_tensor, comparison};
    MIEN_TRY(mien_network_run(comparison->integer, comparison->workspace,
                              mien_network_workspace_size(comparison->integer), input, length,
                              &integers));
    MIEN_TRY(mien_float_network_run(comparison->network, NULL, input, length, &floats));
    comparison->samples++;
    return MIEN_OK;
}

uint32_t mien_comparison_layer_count(const mien_comparison *comparison) {
    return comparison->network->layer_count;
}

mien_layer_error mien_comparison_layer(const mien_comparison *comparison, uint32_t layer) {
    sums s = comparison->layers[layer];
    mien_layer_error result = {comparison->network->layers[layer].shape.name, cosine(s),
                               s.xx > 0 ? sqrt(s.difference / s.xx) : 0,
                               s.count > 0 ? (double)s.clamped / (double)s.count : 0};
    return result;
}

void mien_comparison_output(const mien_comparison *comparison, uint32_t output, double *mean_cosine,
                            double *least_cosine) {
    double samples = (double)comparison->samples;
    *mean_cosine = comparison->samples != 0 ? comparison->mean[output] / samples : 0;
    *least_cosine = comparison->least[output];
}
