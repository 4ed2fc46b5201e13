/* SPDX-License-Identifier: MIT */
/* Operators that only move or rename values, and the shape arithmetic exporters leave behind. */
#include "face_model/import/graph.h"

#include <stdlib.h>
#include <string.h>

mien_status mien_op_identity(mien_graph *graph, const mien_onnx_node *node) {
    const mien_value *value = mien_graph_value(graph, mien_onnx_input(node, 0));
    if (value == NULL || value->kind != VALUE_TENSOR)
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "of a constant");
    MIEN_TRY(mien_graph_bind(graph, node, value->tensor, value->layout));
    mien_graph_value(graph, node->output[0])->function = value->function;
    return MIEN_OK;
}

mien_status mien_op_constant(mien_graph *graph, const mien_onnx_node *node) {
    const MienOnnx__Attribute *attribute = mien_onnx_attribute(node, "value");
    mien_onnx_constant constant;
    if (attribute == NULL || attribute->t == NULL)
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "only with a tensor as value");
    MIEN_TRY(mien_onnx_decode(&constant, attribute->t, graph->error));
    return mien_graph_bind_constant(graph, node, &constant);
}

static bool is_flat(const mien_value *value) {
    return value->layout == LAYOUT_FLAT_CHW || value->layout == LAYOUT_FLAT_HWC;
}

static bool is_point(mien_graph *graph, const mien_value *value) {
    mien_shape shape = mien_graph_shape(graph, value);
    return shape.height == 1 && shape.width == 1;
}

static mien_layout flattened(const mien_value *value) {
    return value->layout == LAYOUT_NHWC || value->layout == LAYOUT_FLAT_HWC ? LAYOUT_FLAT_HWC
                                                                            : LAYOUT_FLAT_CHW;
}

mien_status mien_op_flatten(mien_graph *graph, const mien_onnx_node *node) {
    const mien_value *value = mien_graph_tensor(graph, node, 0);
    if (value == NULL) return MIEN_UNSUPPORTED;
    if (mien_onnx_integer(node, "axis", 1) != 1)
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "only with axis 1");
    return mien_graph_bind(graph, node, value->tensor, flattened(value));
}

/* Fill in 0 (keep) and -1 (what is left); false when the result is not a shape of `total` values.
 */
static bool resolve(int64_t wanted[4], size_t rank, const int64_t dims[4], size_t dims_rank,
                    int64_t total) {
    int64_t product = 1;
    size_t open = rank;
    for (size_t i = 0; i < rank; i++) {
        if (i < dims_rank && wanted[i] == 0) wanted[i] = dims[i];
        if (wanted[i] == -1 && open == rank) {
            open = i;
            continue;
        }
        if (wanted[i] < 1 || wanted[i] > total) return false;
        product *= wanted[i];
        if (product > total) return false;
    }
    if (open < rank) {
        wanted[open] = total / product;
        product *= wanted[open];
    }
    return product == total;
}

mien_status mien_op_reshape(mien_graph *graph, const mien_onnx_node *node) {
    const mien_value *value = mien_graph_tensor(graph, node, 0);
    const mien_onnx_constant *shape = value != NULL ? mien_graph_integers(graph, node, 1) : NULL;
    int64_t dims[4], wanted[4];
    if (shape == NULL) return MIEN_UNSUPPORTED;
    size_t rank = mien_graph_dims(graph, value, dims, NULL);
    int64_t total = (int64_t)mien_shape_elements(mien_graph_shape(graph, value));
    if (shape->count == 2 || shape->count == 4) {
        memcpy(wanted, shape->integers, shape->count * sizeof *wanted);
        bool fits = resolve(wanted, shape->count, dims, rank, total) && wanted[0] == 1;
        if (fits && shape->count == 2)
            return mien_graph_bind(graph, node, value->tensor, flattened(value));
        if (fits && shape->count == rank && memcmp(wanted, dims, sizeof dims) == 0)
            return mien_graph_bind(graph, node, value->tensor, value->layout);
        if (fits && is_point(graph, value) && wanted[1] == total)
            return mien_graph_bind(graph, node, value->tensor, LAYOUT_NCHW);
        if (fits && is_point(graph, value) && wanted[3] == total)
            return mien_graph_bind(graph, node, value->tensor, LAYOUT_NHWC);
    }
    return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "only to a vector or the same shape");
}

mien_status mien_op_squeeze(mien_graph *graph, const mien_onnx_node *node) {
    const mien_value *value = mien_graph_tensor(graph, node, 0);
    if (value == NULL) return MIEN_UNSUPPORTED;
    if (!is_point(graph, value) || is_flat(value))
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "only of a 1x1 picture");
    return mien_graph_bind(graph, node, value->tensor, flattened(value));
}

static mien_status copy_integers(mien_graph *graph, const mien_onnx_node *node,
                                 const int64_t *values, size_t count) {
    mien_onnx_constant constant = {.rank = 1, .count = count, .dims = {(int64_t)count}};
    constant.integers = malloc(count * sizeof *values);
    if (constant.integers == NULL) return mien_graph_refuse(graph, node, MIEN_MEMORY, "no memory");
    memcpy(constant.integers, values, count * sizeof *values);
    return mien_graph_bind_constant(graph, node, &constant);
}

mien_status mien_op_unsqueeze(mien_graph *graph, const mien_onnx_node *node) {
    const mien_onnx_constant *integers = mien_graph_integers(graph, node, 0);
    if (integers == NULL) return MIEN_UNSUPPORTED;
    return copy_integers(graph, node, integers->integers, integers->count);
}

mien_status mien_op_shape(mien_graph *graph, const mien_onnx_node *node) {
    const mien_value *value = mien_graph_tensor(graph, node, 0);
    int64_t dims[4];
    if (value == NULL) return MIEN_UNSUPPORTED;
    size_t rank = mien_graph_dims(graph, value, dims, NULL);
    return copy_integers(graph, node, dims, rank);
}

mien_status mien_op_gather(mien_graph *graph, const mien_onnx_node *node) {
    const mien_onnx_constant *from = mien_graph_integers(graph, node, 0);
    const mien_onnx_constant *index = from != NULL ? mien_graph_integers(graph, node, 1) : NULL;
    if (index == NULL) return MIEN_UNSUPPORTED;
    int64_t at =
        index->integers[0] < 0 ? index->integers[0] + (int64_t)from->count : index->integers[0];
    if (index->count != 1 || from->rank > 1 || at < 0 || at >= (int64_t)from->count)
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "only one entry of a shape");
    return copy_integers(graph, node, &from->integers[at], 1);
}

mien_status mien_op_transpose(mien_graph *graph, const mien_onnx_node *node) {
    static const int64_t to_last[] = {0, 2, 3, 1}, to_first[] = {0, 3, 1, 2};
    const mien_value *value = mien_graph_tensor(graph, node, 0);
    const MienOnnx__Attribute *perm = mien_onnx_attribute(node, "perm");
    if (value == NULL) return MIEN_UNSUPPORTED;
    if (perm != NULL && perm->n_ints == 4) {
        if (value->layout == LAYOUT_NCHW && memcmp(perm->ints, to_last, sizeof to_last) == 0)
            return mien_graph_bind(graph, node, value->tensor, LAYOUT_NHWC);
        if (value->layout == LAYOUT_NHWC && memcmp(perm->ints, to_first, sizeof to_first) == 0)
            return mien_graph_bind(graph, node, value->tensor, LAYOUT_NCHW);
    }
    return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED,
                             "only between channels first and channels last");
}

static mien_status concat_integers(mien_graph *graph, const mien_onnx_node *node) {
    int64_t values[MIEN_ONNX_MAX_RANK];
    size_t count = 0;
    for (size_t i = 0; i < node->n_input; i++) {
        const mien_onnx_constant *part = mien_graph_integers(graph, node, i);
        if (part == NULL) return MIEN_UNSUPPORTED;
        if (part->count > MIEN_ONNX_MAX_RANK - count)
            return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "a shape of too many parts");
        memcpy(values + count, part->integers, part->count * sizeof *values);
        count += part->count;
    }
    return copy_integers(graph, node, values, count);
}

mien_status mien_op_concat(mien_graph *graph, const mien_onnx_node *node) {
    const mien_value *first = mien_graph_value(graph, mien_onnx_input(node, 0));
    mien_float_layer *layer;
    int64_t dims[4];
    size_t channel_axis;
    if (node->n_input == 0 || first == NULL)
        return mien_graph_refuse(graph, node, MIEN_FORMAT, "no inputs");
    if (first->kind == VALUE_CONSTANT) return concat_integers(graph, node);
    int64_t rank = (int64_t)mien_graph_dims(graph, first, dims, &channel_axis);
    int64_t axis = mien_onnx_integer(node, "axis", 1);
    if (axis < 0) axis += rank;
    if (axis != (int64_t)channel_axis || node->n_input < 2 || node->n_input > MIEN_LAYER_MAX_INPUTS)
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED,
                                 "only 2 to 8 tensors, along the channels");
    MIEN_TRY(mien_graph_append(&layer, graph, node, MIEN_LAYER_CONCAT, first));
    layer->shape.input_count = (uint32_t)node->n_input;
    layer->shape.out.channels = 0;
    for (size_t i = 0; i < node->n_input; i++) {
        const mien_value *value = mien_graph_tensor(graph, node, i);
        if (value == NULL) return MIEN_UNSUPPORTED;
        mien_shape shape = mien_graph_shape(graph, value);
        if (shape.height != layer->shape.in.height || shape.width != layer->shape.in.width ||
            value->layout != first->layout || (is_flat(value) && !is_point(graph, value)))
            return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED,
                                     "its inputs have different shapes");
        layer->shape.inputs[i] = value->tensor;
        layer->shape.out.channels += shape.channels;
    }
    return mien_graph_bind(graph, node, graph->network->layer_count, first->layout);
}
