/* SPDX-License-Identifier: MIT */
/* Operators on single values: folded into the convolution before them where that is possible. */
#include "face_model/import/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whether a constant broadcasts along the channels (or is one number): entry of channel c is
 * floats[count == 1 ? 0 : c]. */
static bool is_per_channel(const mien_graph *graph, const mien_value *value,
                           const mien_onnx_constant *constant) {
    int64_t dims[4];
    size_t channel_axis, rank = mien_graph_dims(graph, value, dims, &channel_axis);
    if (constant->count == 1) return true;
    if (constant->rank > rank) return false;
    for (size_t i = 0; i < constant->rank; i++) {
        size_t axis = rank - constant->rank + i;
        if (constant->dims[i] == 1) continue;
        if (axis != channel_axis || constant->dims[i] != dims[axis]) return false;
    }
    return constant->count == mien_graph_shape(graph, value).channels;
}

static float entry(const mien_onnx_constant *constant, size_t channel) {
    return constant->floats[constant->count == 1 ? 0 : channel];
}

/* value * scale[c] + shift[c]; NULL scale is 1, NULL shift 0. */
static mien_status apply_affine(mien_graph *graph, const mien_onnx_node *node,
                                const mien_value *value, const float *scale, const float *shift) {
    mien_float_layer *layer = mien_graph_foldable(graph, value);
    uint32_t tensor;
    /* A residual is added behind the weights, so only a shift may still be folded. */
    if (layer != NULL && layer->shape.residual >= 0 && scale != NULL) {
        graph->shared[value->tensor] = true;
    }
    MIEN_TRY(mien_graph_fold_or_copy(&layer, &tensor, graph, node, value));
    size_t count = mien_layer_weight_count(&layer->shape) / layer->shape.out.channels;
    for (size_t c = 0; c < layer->shape.out.channels; c++) {
        for (size_t i = 0; i < count && scale != NULL; i++)
            layer->weights[c * count + i] *= scale[c];
        if (scale != NULL) layer->bias[c] *= scale[c];
        if (shift != NULL) layer->bias[c] += shift[c];
    }
    return mien_graph_bind(graph, node, tensor, value->layout);
}

mien_status mien_op_batch_normalization(mien_graph *graph, const mien_onnx_node *node) {
    const mien_value *value = mien_graph_tensor(graph, node, 0);
    const mien_onnx_constant *p[4]; /* scale, bias, mean, variance */
    if (value == NULL) return MIEN_UNSUPPORTED;
    size_t channels = mien_graph_shape(graph, value).channels;
    for (size_t i = 0; i < 4; i++) {
        p[i] = mien_graph_floats(graph, node, i + 1);
        if (p[i] == NULL) return MIEN_UNSUPPORTED;
        if (p[i]->count != channels || value->layout == LAYOUT_NHWC ||
            (value->layout != LAYOUT_NCHW &&
             channels != mien_shape_elements(mien_graph_shape(graph, value))))
            return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED,
                                     "its constants are not one a channel");
    }
    double epsilon = (double)mien_onnx_float(node, "epsilon", 1e-5f);
    float *scale = malloc(2 * channels * sizeof *scale);
    if (scale == NULL) return mien_graph_refuse(graph, node, MIEN_MEMORY, "no memory");
    float *shift = scale + channels;
    for (size_t c = 0; c < channels; c++) {
        double factor = (double)p[0]->floats[c] / sqrt((double)p[3]->floats[c] + epsilon);
        scale[c] = (float)factor;
        shift[c] = (float)((double)p[1]->floats[c] - (double)p[2]->floats[c] * factor);
    }
    mien_status status = apply_affine(graph, node, value, scale, shift);
    free(scale);
    return status;
}

typedef enum affine_kind { TIMES, PLUS } affine_kind;

/* value op constant, with the constant turned to factor * constant^power first. */
static mien_status apply_constant(mien_graph *graph, const mien_onnx_node *node,
                                  const mien_value *value, const mien_onnx_constant *constant,
                                  affine_kind kind, bool negate, bool invert) {
    size_t channels = mien_graph_shape(graph, value).channels;
    if (!is_per_channel(graph, value, constant))
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED,
                                 "its constant is neither one number nor one a channel");
    float *values = malloc(channels * sizeof *values);
    if (values == NULL) return mien_graph_refuse(graph, node, MIEN_MEMORY, "no memory");
    bool neutral = true;
    for (size_t c = 0; c < channels; c++) {
        values[c] = entry(constant, c);
        if (negate) values[c] = -values[c];
        if (invert) values[c] = 1.0f / values[c];
        neutral = neutral && values[c] == (kind == TIMES ? 1.0f : 0.0f);
    }
    mien_status status = neutral ? mien_graph_bind(graph, node, value->tensor, value->layout)
                                 : apply_affine(graph, node, value, kind == TIMES ? values : NULL,
                                                kind == PLUS ? values : NULL);
    free(values);
    return status;
}

/* The constant among two inputs, or NULL; *other is the index of the other one. */
static const mien_onnx_constant *constant_operand(mien_graph *graph, const mien_onnx_node *node,
                                                  size_t *other) {
    for (size_t i = 0; i < 2; i++) {
        const mien_value *value = mien_graph_value(graph, mien_onnx_input(node, i));
        if (value == NULL || value->kind != VALUE_CONSTANT) continue;
        *other = 1 - i;
        return mien_graph_floats(graph, node, i);
    }
    return NULL;
}

static mien_status by_constant(mien_graph *graph, const mien_onnx_node *node, affine_kind kind,
                               bool negate, bool invert) {
    size_t other = 0;
    const mien_onnx_constant *constant = constant_operand(graph, node, &other);
    if (constant == NULL || ((negate || invert) && other != 0))
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED,
                                 "only with a float constant as one side");
    const mien_value *value = mien_graph_tensor(graph, node, other);
    if (value == NULL) return MIEN_UNSUPPORTED;
    return apply_constant(graph, node, value, constant, kind, negate, invert);
}

mien_status mien_op_sub(mien_graph *graph, const mien_onnx_node *node) {
    return by_constant(graph, node, PLUS, true, false);
}

mien_status mien_op_mul(mien_graph *graph, const mien_onnx_node *node) {
    return by_constant(graph, node, TIMES, false, false);
}

mien_status mien_op_div(mien_graph *graph, const mien_onnx_node *node) {
    return by_constant(graph, node, TIMES, false, true);
}

/* Sum of two tensors: the later one's convolution takes the earlier as residual. */
static mien_status add_tensors(mien_graph *graph, const mien_onnx_node *node,
                               const mien_value *earlier, const mien_value *later) {
    mien_float_layer *layer = mien_graph_foldable(graph, later);
    mien_shape a = mien_graph_shape(graph, earlier), b = mien_graph_shape(graph, later);
    uint32_t tensor;
    if (a.height != b.height || a.width != b.width || a.channels != b.channels ||
        earlier->layout != later->layout)
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "its sides have different shapes");
    if (earlier->tensor == later->tensor || (layer != NULL && layer->shape.residual >= 0))
        graph->shared[later->tensor] = true;
    MIEN_TRY(mien_graph_fold_or_copy(&layer, &tensor, graph, node, later));
    layer->shape.residual = (int32_t)earlier->tensor;
    return mien_graph_bind(graph, node, tensor, later->layout);
}

mien_status mien_op_add(mien_graph *graph, const mien_onnx_node *node) {
    size_t other = 0;
    if (constant_operand(graph, node, &other) != NULL)
        return by_constant(graph, node, PLUS, false, false);
    const mien_value *a = mien_graph_tensor(graph, node, 0);
    const mien_value *b = a != NULL ? mien_graph_tensor(graph, node, 1) : NULL;
    if (b == NULL) return MIEN_UNSUPPORTED;
    return a->tensor <= b->tensor ? add_tensors(graph, node, a, b) : add_tensors(graph, node, b, a);
}

/* ---- activations ---- */

/* A clamp with 0 inside, as all integer tensors need. */
static mien_status apply_clamp(mien_graph *graph, const mien_onnx_node *node, float low,
                               float high) {
    const mien_value *value = mien_graph_tensor(graph, node, 0);
    mien_float_layer *layer;
    uint32_t tensor;
    if (value == NULL) return MIEN_UNSUPPORTED;
    if (!(low <= 0) || !(high >= 0))
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "a range that leaves out zero");
    mien_layout layout = value->layout;
    MIEN_TRY(mien_graph_fold_or_copy(&layer, &tensor, graph, node, value));
    layer->low = low;
    layer->high = high;
    return mien_graph_bind(graph, node, tensor, layout);
}

mien_status mien_op_relu(mien_graph *graph, const mien_onnx_node *node) {
    return apply_clamp(graph, node, 0.0f, INFINITY);
}

static mien_status clip_end(float *end, mien_graph *graph, const mien_onnx_node *node, size_t index,
                            const char *name, float otherwise) {
    *end = mien_onnx_float(node, name, otherwise);
    if (!mien_graph_has_input(node, index)) return MIEN_OK;
    const mien_onnx_constant *constant = mien_graph_floats(graph, node, index);
    if (constant == NULL) return MIEN_UNSUPPORTED;
    *end = constant->floats[0];
    return MIEN_OK;
}

mien_status mien_op_clip(mien_graph *graph, const mien_onnx_node *node) {
    float low, high;
    MIEN_TRY(clip_end(&low, graph, node, 1, "min", -INFINITY));
    MIEN_TRY(clip_end(&high, graph, node, 2, "max", INFINITY));
    if (low < -1e30f) low = -INFINITY;
    if (high > 1e30f) high = INFINITY;
    return apply_clamp(graph, node, low, high);
}

static mien_status apply_slopes(mien_graph *graph, const mien_onnx_node *node,
                                const mien_onnx_constant *slopes) {
    const mien_value *value = mien_graph_tensor(graph, node, 0);
    mien_float_layer *layer;
    uint32_t tensor;
    if (value == NULL) return MIEN_UNSUPPORTED;
    if (!is_per_channel(graph, value, slopes))
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "its slopes are not one a channel");
    mien_layout layout = value->layout;
    MIEN_TRY(mien_graph_fold_or_copy(&layer, &tensor, graph, node, value));
    layer->slopes = malloc(layer->shape.out.channels * sizeof *layer->slopes);
    if (layer->slopes == NULL) return mien_graph_refuse(graph, node, MIEN_MEMORY, "no memory");
    for (size_t c = 0; c < layer->shape.out.channels; c++) layer->slopes[c] = entry(slopes, c);
    return mien_graph_bind(graph, node, tensor, layout);
}

mien_status mien_op_prelu(mien_graph *graph, const mien_onnx_node *node) {
    const mien_onnx_constant *slopes = mien_graph_floats(graph, node, 1);
    if (slopes == NULL) return MIEN_UNSUPPORTED;
    return apply_slopes(graph, node, slopes);
}

mien_status mien_op_leaky_relu(mien_graph *graph, const mien_onnx_node *node) {
    float alpha = mien_onnx_float(node, "alpha", 0.01f);
    mien_onnx_constant slopes = {.count = 1, .floats = &alpha};
    return apply_slopes(graph, node, &slopes);
}

/* ---- last steps ---- */

static mien_status end_with(mien_graph *graph, const mien_onnx_node *node,
                            mien_output_function function) {
    const mien_value *value = mien_graph_tensor(graph, node, 0);
    if (value == NULL) return MIEN_UNSUPPORTED;
    MIEN_TRY(mien_graph_bind(graph, node, value->tensor, value->layout));
    mien_graph_value(graph, node->output[0])->function = function;
    return MIEN_OK;
}

mien_status mien_op_softmax(mien_graph *graph, const mien_onnx_node *node) {
    const mien_value *value = mien_graph_tensor(graph, node, 0);
    int64_t dims[4];
    size_t channel_axis;
    if (value == NULL) return MIEN_UNSUPPORTED;
    int64_t rank = (int64_t)mien_graph_dims(graph, value, dims, &channel_axis);
    int64_t axis = mien_onnx_integer(node, "axis", graph->operator_set >= 13 ? -1 : 1);
    if (axis < 0) axis += rank;
    mien_shape shape = mien_graph_shape(graph, value);
    if (axis != (int64_t)channel_axis || (rank == 2 && shape.height * shape.width != 1))
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "only over the channels");
    return end_with(graph, node, MIEN_OUTPUT_SOFTMAX);
}

mien_status mien_op_sigmoid(mien_graph *graph, const mien_onnx_node *node) {
    return end_with(graph, node, MIEN_OUTPUT_SIGMOID);
}
