/* SPDX-License-Identifier: MIT */
/* Operators that become a convolution or a pool of their own. */
#include "face_model/import/graph.h"

#include <stdlib.h>
#include <string.h>

/* ---- windows ---- */

/* Pads so that out = ceil(in / stride) (ONNX's SAME_UPPER and SAME_LOWER). */
static void same_pads(uint32_t pad[4], const mien_layer *layer, bool upper) {
    uint32_t side[2] = {layer->in.height, layer->in.width};
    for (int i = 0; i < 2; i++) {
        uint32_t out = (side[i] + layer->stride[i] - 1) / layer->stride[i];
        uint64_t reach = (uint64_t)(out - 1) * layer->stride[i] +
                         (uint64_t)(layer->kernel[i] - 1) * layer->dilation[i] + 1;
        uint32_t total = reach > side[i] ? (uint32_t)(reach - side[i]) : 0;
        pad[i] = upper ? total / 2 : total - total / 2;
        pad[i + 2] = total - pad[i];
    }
}

/* One more partial window at the end, as ceil_mode asks; only if it starts inside the input. */
static void ceil_pads(mien_layer *layer) {
    uint32_t side[2] = {layer->in.height, layer->in.width};
    for (int i = 0; i < 2; i++) {
        uint64_t padded = (uint64_t)side[i] + layer->pad[i] + layer->pad[i + 2];
        if (padded < layer->kernel[i]) continue;
        uint64_t left = (padded - layer->kernel[i]) % layer->stride[i];
        uint64_t start = padded - layer->kernel[i] - left + layer->stride[i];
        if (left != 0 && start < (uint64_t)side[i] + layer->pad[i])
            layer->pad[i + 2] += (uint32_t)(layer->stride[i] - left);
    }
}

/* stride, dilation, pads and output sides; kernel and input are set. */
static mien_status set_window(mien_graph *graph, const mien_onnx_node *node, mien_layer *layer) {
    MIEN_TRY(mien_onnx_list(layer->stride, 2, node, "strides", 1, graph->error));
    MIEN_TRY(mien_onnx_list(layer->dilation, 2, node, "dilations", 1, graph->error));
    MIEN_TRY(mien_onnx_list(layer->pad, 4, node, "pads", 0, graph->error));
    for (int i = 0; i < 2; i++)
        if (layer->kernel[i] < 1 || layer->kernel[i] > MIEN_NETWORK_MAX_SIDE ||
            layer->stride[i] < 1 || layer->stride[i] > 64 || layer->dilation[i] < 1 ||
            layer->dilation[i] > 64)
            return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED,
                                     "kernel, stride or dilation out of bounds");
    bool upper = mien_onnx_text_is(node, "auto_pad", "SAME_UPPER");
    if (upper || mien_onnx_text_is(node, "auto_pad", "SAME_LOWER"))
        same_pads(layer->pad, layer, upper);
    if (mien_onnx_integer(node, "ceil_mode", 0) != 0) ceil_pads(layer);
    if (!mien_layer_output_side(&layer->out.height, layer->in.height, layer->kernel[0],
                                layer->stride[0], layer->dilation[0], layer->pad[0],
                                layer->pad[2]) ||
        !mien_layer_output_side(&layer->out.width, layer->in.width, layer->kernel[1],
                                layer->stride[1], layer->dilation[1], layer->pad[1], layer->pad[3]))
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED,
                                 "kernel, stride and pads do not fit the input");
    return MIEN_OK;
}

static const mien_value *channels_first(mien_graph *graph, const mien_onnx_node *node) {
    const mien_value *input = mien_graph_tensor(graph, node, 0);
    if (input != NULL && input->layout != LAYOUT_NCHW) {
        (void)mien_graph_refuse(graph, node, MIEN_UNSUPPORTED,
                                "its input is not a picture with channels first");
        return NULL;
    }
    return input;
}

/* ---- convolution ---- */

/* ONNX [out][in / groups][ky][kx] to [out][ky][kx][in / groups]. */
static void copy_weights(mien_float_layer *layer, const float *from) {
    size_t depth = layer->shape.in.channels / layer->shape.groups;
    size_t taps = (size_t)layer->shape.kernel[0] * layer->shape.kernel[1];
    for (size_t o = 0; o < layer->shape.out.channels; o++)
        for (size_t i = 0; i < depth; i++)
            for (size_t t = 0; t < taps; t++)
                layer->weights[(o * taps + t) * depth + i] = from[(o * depth + i) * taps + t];
}

static mien_status copy_bias(mien_graph *graph, const mien_onnx_node *node, mien_float_layer *layer,
                             float scale) {
    if (!mien_graph_has_input(node, 2)) return MIEN_OK;
    const mien_onnx_constant *bias = mien_graph_floats(graph, node, 2);
    if (bias == NULL) return MIEN_UNSUPPORTED;
    size_t channels = layer->shape.out.channels;
    if (bias->count != channels && bias->count != 1)
        return mien_graph_refuse(graph, node, MIEN_FORMAT, "the bias has another length");
    for (size_t o = 0; o < channels; o++)
        layer->bias[o] = scale * bias->floats[bias->count == 1 ? 0 : o];
    return MIEN_OK;
}

static mien_status check_conv(mien_graph *graph, const mien_onnx_node *node,
                              const mien_onnx_constant *weights, uint32_t channels,
                              int64_t groups) {
    uint32_t kernel[2];
    if (weights->rank != 4)
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "only 2-D convolutions");
    MIEN_TRY(mien_onnx_list(kernel, 2, node, "kernel_shape", 0, graph->error));
    if (groups < 1 || groups > channels || channels % groups != 0 ||
        weights->dims[0] % groups != 0 || weights->dims[1] != channels / groups ||
        weights->dims[0] > MIEN_NETWORK_MAX_CHANNELS ||
        (kernel[0] != 0 && (kernel[0] != weights->dims[2] || kernel[1] != weights->dims[3])) ||
        weights->dims[2] > MIEN_NETWORK_MAX_SIDE || weights->dims[3] > MIEN_NETWORK_MAX_SIDE)
        return mien_graph_refuse(graph, node, MIEN_FORMAT,
                                 "weights, groups and input channels do not fit");
    return MIEN_OK;
}

mien_status mien_op_conv(mien_graph *graph, const mien_onnx_node *node) {
    const mien_value *input = channels_first(graph, node);
    const mien_onnx_constant *weights = input != NULL ? mien_graph_floats(graph, node, 1) : NULL;
    mien_float_layer *layer;
    if (weights == NULL) return MIEN_UNSUPPORTED;
    int64_t groups = mien_onnx_integer(node, "group", 1);
    MIEN_TRY(check_conv(graph, node, weights, mien_graph_shape(graph, input).channels, groups));
    MIEN_TRY(mien_graph_append(&layer, graph, node, MIEN_LAYER_CONVOLUTION, input));
    layer->shape.groups = (uint32_t)groups;
    layer->shape.out.channels = (uint32_t)weights->dims[0];
    layer->shape.kernel[0] = (uint32_t)weights->dims[2];
    layer->shape.kernel[1] = (uint32_t)weights->dims[3];
    MIEN_TRY(set_window(graph, node, &layer->shape));
    if (mien_float_layer_allocate(layer) != MIEN_OK)
        return mien_graph_refuse(graph, node, MIEN_MEMORY, "no memory for its weights");
    copy_weights(layer, weights->floats);
    MIEN_TRY(copy_bias(graph, node, layer, 1.0f));
    return mien_graph_bind(graph, node, graph->network->layer_count, LAYOUT_NCHW);
}

/* ---- fully connected ---- */

/* Index in the flat vector of ONNX of place (y, x, channel). */
static size_t flat_index(mien_shape shape, mien_layout layout, size_t y, size_t x, size_t c) {
    if (layout == LAYOUT_FLAT_CHW) return (c * shape.height + y) * shape.width + x;
    return (y * shape.width + x) * shape.channels + c;
}

/* A kernel that covers the whole input. `weights` is [outputs][inputs] or, not transposed,
 * [inputs][outputs]. */
static mien_status connect(mien_float_layer **made, mien_graph *graph, const mien_onnx_node *node,
                           const mien_value *input, const mien_onnx_constant *weights,
                           bool transposed, float scale) {
    mien_shape shape = mien_graph_shape(graph, input);
    size_t inputs = mien_shape_elements(shape);
    if (input->layout != LAYOUT_FLAT_CHW && input->layout != LAYOUT_FLAT_HWC)
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "its input is not a vector");
    if (weights->rank != 2 || (size_t)weights->dims[transposed ? 1 : 0] != inputs ||
        weights->dims[transposed ? 0 : 1] > MIEN_NETWORK_MAX_CHANNELS)
        return mien_graph_refuse(graph, node, MIEN_FORMAT, "weights and input do not fit");
    size_t outputs = (size_t)weights->dims[transposed ? 0 : 1];
    mien_float_layer *layer;
    MIEN_TRY(mien_graph_append(&layer, graph, node, MIEN_LAYER_CONVOLUTION, input));
    layer->shape.kernel[0] = shape.height;
    layer->shape.kernel[1] = shape.width;
    layer->shape.out = (mien_shape){1, 1, (uint32_t)outputs};
    if (mien_float_layer_allocate(layer) != MIEN_OK)
        return mien_graph_refuse(graph, node, MIEN_MEMORY, "no memory for its weights");
    for (size_t o = 0; o < outputs; o++)
        for (size_t i = 0; i < inputs; i++) {
            size_t c = i % shape.channels, x = i / shape.channels % shape.width;
            size_t flat = flat_index(shape, input->layout, i / shape.channels / shape.width, x, c);
            size_t from = transposed ? o * inputs + flat : flat * outputs + o;
            layer->weights[o * inputs + i] = scale * weights->floats[from];
        }
    *made = layer;
    return MIEN_OK;
}

mien_status mien_op_gemm(mien_graph *graph, const mien_onnx_node *node) {
    const mien_value *input = mien_graph_tensor(graph, node, 0);
    const mien_onnx_constant *weights = input != NULL ? mien_graph_floats(graph, node, 1) : NULL;
    mien_float_layer *layer;
    if (weights == NULL) return MIEN_UNSUPPORTED;
    if (mien_onnx_integer(node, "transA", 0) != 0)
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "transA");
    MIEN_TRY(connect(&layer, graph, node, input, weights, mien_onnx_integer(node, "transB", 0) != 0,
                     mien_onnx_float(node, "alpha", 1.0f)));
    MIEN_TRY(copy_bias(graph, node, layer, mien_onnx_float(node, "beta", 1.0f)));
    return mien_graph_bind(graph, node, graph->network->layer_count, LAYOUT_FLAT_CHW);
}

mien_status mien_op_matmul(mien_graph *graph, const mien_onnx_node *node) {
    const mien_value *input = mien_graph_tensor(graph, node, 0);
    const mien_onnx_constant *weights = input != NULL ? mien_graph_floats(graph, node, 1) : NULL;
    mien_float_layer *layer;
    if (weights == NULL) return MIEN_UNSUPPORTED;
    MIEN_TRY(connect(&layer, graph, node, input, weights, false, 1.0f));
    return mien_graph_bind(graph, node, graph->network->layer_count, LAYOUT_FLAT_CHW);
}

/* ---- pools ---- */

mien_status mien_op_max_pool(mien_graph *graph, const mien_onnx_node *node) {
    const mien_value *input = channels_first(graph, node);
    mien_float_layer *layer;
    if (input == NULL) return MIEN_UNSUPPORTED;
    MIEN_TRY(mien_graph_append(&layer, graph, node, MIEN_LAYER_MAX_POOL, input));
    MIEN_TRY(mien_onnx_list(layer->shape.kernel, 2, node, "kernel_shape", 1, graph->error));
    MIEN_TRY(set_window(graph, node, &layer->shape));
    if (layer->shape.dilation[0] != 1 || layer->shape.dilation[1] != 1 || node->n_output > 1)
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "dilated, or indices wanted");
    return mien_graph_bind(graph, node, graph->network->layer_count, LAYOUT_NCHW);
}

/* A depthwise convolution whose weights are all 1 / (number of taps). */
static mien_status average(mien_graph *graph, const mien_onnx_node *node, mien_float_layer *layer) {
    size_t taps = (size_t)layer->shape.kernel[0] * layer->shape.kernel[1];
    layer->shape.groups = layer->shape.in.channels;
    if (mien_float_layer_allocate(layer) != MIEN_OK)
        return mien_graph_refuse(graph, node, MIEN_MEMORY, "no memory");
    for (size_t i = 0; i < taps * layer->shape.out.channels; i++)
        layer->weights[i] = (float)(1.0 / (double)taps);
    return MIEN_OK;
}

mien_status mien_op_average_pool(mien_graph *graph, const mien_onnx_node *node) {
    const mien_value *input = channels_first(graph, node);
    mien_float_layer *layer;
    if (input == NULL) return MIEN_UNSUPPORTED;
    MIEN_TRY(mien_graph_append(&layer, graph, node, MIEN_LAYER_CONVOLUTION, input));
    MIEN_TRY(mien_onnx_list(layer->shape.kernel, 2, node, "kernel_shape", 1, graph->error));
    MIEN_TRY(set_window(graph, node, &layer->shape));
    const uint32_t *pad = layer->shape.pad;
    if ((pad[0] | pad[1] | pad[2] | pad[3]) != 0 &&
        mien_onnx_integer(node, "count_include_pad", 0) == 0)
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED,
                                 "an average over windows of different sizes");
    MIEN_TRY(average(graph, node, layer));
    return mien_graph_bind(graph, node, graph->network->layer_count, LAYOUT_NCHW);
}

static mien_status average_all(mien_graph *graph, const mien_onnx_node *node, mien_layout layout) {
    const mien_value *input = mien_graph_tensor(graph, node, 0);
    mien_float_layer *layer;
    if (input == NULL) return MIEN_UNSUPPORTED;
    MIEN_TRY(mien_graph_append(&layer, graph, node, MIEN_LAYER_CONVOLUTION, input));
    layer->shape.kernel[0] = layer->shape.in.height;
    layer->shape.kernel[1] = layer->shape.in.width;
    layer->shape.out.height = layer->shape.out.width = 1;
    MIEN_TRY(average(graph, node, layer));
    return mien_graph_bind(graph, node, graph->network->layer_count, layout);
}

mien_status mien_op_global_average_pool(mien_graph *graph, const mien_onnx_node *node) {
    if (channels_first(graph, node) == NULL) return MIEN_UNSUPPORTED;
    return average_all(graph, node, LAYOUT_NCHW);
}

mien_status mien_op_reduce_mean(mien_graph *graph, const mien_onnx_node *node) {
    const mien_value *input = mien_graph_tensor(graph, node, 0);
    const MienOnnx__Attribute *axes = mien_onnx_attribute(node, "axes");
    if (input == NULL) return MIEN_UNSUPPORTED;
    bool last = input->layout == LAYOUT_NHWC;
    int64_t first = last ? 1 : 2;
    if ((input->layout != LAYOUT_NCHW && !last) || axes == NULL || axes->n_ints != 2 ||
        (axes->ints[0] + 4) % 4 != first || (axes->ints[1] + 4) % 4 != first + 1)
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED,
                                 "only the mean over height and width");
    bool keep = mien_onnx_integer(node, "keepdims", 1) != 0;
    return average_all(graph, node, keep ? input->layout : LAYOUT_FLAT_CHW);
}
