/* SPDX-License-Identifier: MIT */
/* Walking an ONNX graph: which nodes are needed, in which order, and what their names stand for. */
#include "face_model/import/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAME 1024     /* characters */
#define MAX_NODE_NAMES 64 /* inputs, and outputs, of one node */

static const struct {
    const char *type;
    mien_operator *build;
} operators[] = {
    {"Add", mien_op_add},
    {"AveragePool", mien_op_average_pool},
    {"BatchNormalization", mien_op_batch_normalization},
    {"Clip", mien_op_clip},
    {"Concat", mien_op_concat},
    {"Constant", mien_op_constant},
    {"Conv", mien_op_conv},
    {"Div", mien_op_div},
    {"Dropout", mien_op_identity},
    {"Flatten", mien_op_flatten},
    {"Gather", mien_op_gather},
    {"Gemm", mien_op_gemm},
    {"GlobalAveragePool", mien_op_global_average_pool},
    {"Identity", mien_op_identity},
    {"LeakyRelu", mien_op_leaky_relu},
    {"MatMul", mien_op_matmul},
    {"MaxPool", mien_op_max_pool},
    {"Mul", mien_op_mul},
    {"PRelu", mien_op_prelu},
    {"ReduceMean", mien_op_reduce_mean},
    {"Relu", mien_op_relu},
    {"Reshape", mien_op_reshape},
    {"Shape", mien_op_shape},
    {"Sigmoid", mien_op_sigmoid},
    {"Softmax", mien_op_softmax},
    {"Squeeze", mien_op_squeeze},
    {"Sub", mien_op_sub},
    {"Transpose", mien_op_transpose},
    {"Unsqueeze", mien_op_unsqueeze},
};

static mien_operator *operator_of(const mien_onnx_node *node) {
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strcmp(operators[i].type, mien_onnx_text(node->op_type)) == 0)
            return operators[i].build;
    return NULL;
}

mien_status mien_graph_refuse(mien_graph *graph, const mien_onnx_node *node, mien_status status,
                              const char *why) {
    return mien_fail(graph->error, status, "node '%.60s', operator %.40s: %s",
                     mien_onnx_node_name(node), mien_onnx_text(node->op_type), why);
}

/* FNV-1a */
static uint32_t hash_of(const char *name) {
    uint32_t hash = 2166136261u;
    for (; *name != '\0'; name++) hash = (hash ^ (uint8_t)*name) * 16777619u;
    return hash;
}

mien_value *mien_graph_value(mien_graph *graph, const char *name) {
    if (strnlen(name, MAX_NAME + 1) > MAX_NAME) return NULL;
    uint32_t slot = hash_of(name) & (GRAPH_SLOTS - 1);
    while (graph->values[slot].name != NULL && strcmp(graph->values[slot].name, name) != 0)
        slot = (slot + 1) & (GRAPH_SLOTS - 1);
    if (graph->values[slot].name == NULL) {
        if (graph->value_count >= GRAPH_SLOTS / 2) return NULL;
        graph->values[slot].name = name;
        graph->value_count++;
    }
    return &graph->values[slot];
}

bool mien_graph_has_input(const mien_onnx_node *node, size_t index) {
    return mien_onnx_input(node, index)[0] != '\0';
}

static const mien_value *input_value(mien_graph *graph, const mien_onnx_node *node, size_t index) {
    if (!mien_graph_has_input(node, index)) {
        (void)mien_graph_refuse(graph, node, MIEN_FORMAT, "an input is missing");
        return NULL;
    }
    return mien_graph_value(graph, mien_onnx_input(node, index));
}

const mien_value *mien_graph_tensor(mien_graph *graph, const mien_onnx_node *node, size_t index) {
    const mien_value *value = input_value(graph, node, index);
    if (value == NULL) return NULL;
    if (value->kind != VALUE_TENSOR) {
        (void)mien_graph_refuse(graph, node, MIEN_UNSUPPORTED,
                                "a constant stands where the picture's data should");
        return NULL;
    }
    if (value->function != MIEN_OUTPUT_LINEAR) {
        (void)mien_graph_refuse(graph, node, MIEN_UNSUPPORTED,
                                "Softmax and Sigmoid are only supported as the last step; cut the "
                                "network before them with --output");
        return NULL;
    }
    return value;
}

const mien_onnx_constant *mien_graph_floats(mien_graph *graph, const mien_onnx_node *node,
                                            size_t index) {
    const mien_value *value = input_value(graph, node, index);
    if (value == NULL) return NULL;
    if (value->kind == VALUE_CONSTANT && value->constant.floats != NULL) return &value->constant;
    (void)mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "an input must be a float constant");
    return NULL;
}

const mien_onnx_constant *mien_graph_integers(mien_graph *graph, const mien_onnx_node *node,
                                              size_t index) {
    const mien_value *value = input_value(graph, node, index);
    if (value == NULL) return NULL;
    if (value->kind == VALUE_CONSTANT && value->constant.integers != NULL) return &value->constant;
    (void)mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "an input must be an integer constant");
    return NULL;
}

static mien_value *output_value(mien_graph *graph, const mien_onnx_node *node) {
    if (node->n_output == 0 || mien_onnx_text(node->output[0])[0] == '\0') return NULL;
    mien_value *value = mien_graph_value(graph, node->output[0]);
    return value != NULL && value->kind == VALUE_NONE ? value : NULL;
}

mien_status mien_graph_bind(mien_graph *graph, const mien_onnx_node *node, uint32_t tensor,
                            mien_layout layout) {
    mien_value *value = output_value(graph, node);
    if (value == NULL) return mien_graph_refuse(graph, node, MIEN_FORMAT, "bad output name");
    value->kind = VALUE_TENSOR;
    value->tensor = tensor;
    value->layout = layout;
    if (value->uses > 1) graph->shared[tensor] = true;
    if (tensor != 0)
        mien_float_layer_rename(graph->network->layers[tensor - 1].shape.name, value->name);
    return MIEN_OK;
}

mien_status mien_graph_bind_constant(mien_graph *graph, const mien_onnx_node *node,
                                     mien_onnx_constant *constant) {
    mien_value *value = output_value(graph, node);
    if (value == NULL) {
        mien_onnx_constant_free(constant);
        return mien_graph_refuse(graph, node, MIEN_FORMAT, "bad output name");
    }
    value->kind = VALUE_CONSTANT;
    value->constant = *constant;
    return MIEN_OK;
}

mien_status mien_graph_append(mien_float_layer **layer, mien_graph *graph,
                              const mien_onnx_node *node, mien_layer_kind kind,
                              const mien_value *input) {
    *layer =
        mien_float_network_append(graph->network, kind, mien_onnx_node_name(node), input->tensor);
    return *layer != NULL ? MIEN_OK
                          : mien_graph_refuse(graph, node, MIEN_TOO_LARGE, "too many layers");
}

mien_float_layer *mien_graph_foldable(mien_graph *graph, const mien_value *value) {
    if (value->tensor == 0 || graph->shared[value->tensor]) return NULL;
    mien_float_layer *layer = &graph->network->layers[value->tensor - 1];
    bool open = layer->shape.kind == MIEN_LAYER_CONVOLUTION && layer->slopes == NULL &&
                isinf(layer->low) && isinf(layer->high);
    return open ? layer : NULL;
}

mien_status mien_graph_fold_or_copy(mien_float_layer **layer, uint32_t *tensor, mien_graph *graph,
                                    const mien_onnx_node *node, const mien_value *value) {
    *tensor = value->tensor;
    *layer = mien_graph_foldable(graph, value);
    if (*layer != NULL) return MIEN_OK;
    MIEN_TRY(mien_graph_append(layer, graph, node, MIEN_LAYER_CONVOLUTION, value));
    *tensor = graph->network->layer_count;
    (*layer)->shape.groups = (*layer)->shape.in.channels;
    if (mien_float_layer_allocate(*layer) != MIEN_OK)
        return mien_graph_refuse(graph, node, MIEN_MEMORY, "no memory");
    for (uint32_t c = 0; c < (*layer)->shape.out.channels; c++) (*layer)->weights[c] = 1.0f;
    return MIEN_OK;
}

mien_shape mien_graph_shape(const mien_graph *graph, const mien_value *value) {
    return mien_float_tensor_shape(graph->network, value->tensor);
}

size_t mien_graph_dims(const mien_graph *graph, const mien_value *value, int64_t dims[4],
                       size_t *channel_axis) {
    mien_shape shape = mien_graph_shape(graph, value);
    bool last = value->layout == LAYOUT_NHWC;
    dims[0] = 1;
    if (channel_axis != NULL) *channel_axis = last ? 3 : 1;
    if (value->layout == LAYOUT_FLAT_CHW || value->layout == LAYOUT_FLAT_HWC) {
        dims[1] = (int64_t)mien_shape_elements(shape);
        return 2;
    }
    dims[last ? 3 : 1] = shape.channels;
    dims[last ? 1 : 2] = shape.height;
    dims[last ? 2 : 3] = shape.width;
    return 4;
}

/* ---- inputs, constants and outputs of the graph ---- */

static mien_status load_initializers(mien_graph *graph) {
    const MienOnnx__Graph *onnx = graph->model->graph;
    for (size_t i = 0; i < onnx->n_initializer; i++) {
        const char *name = mien_onnx_text(onnx->initializer[i]->name);
        mien_value *value = mien_graph_value(graph, name);
        if (value == NULL)
            return mien_fail(graph->error, MIEN_TOO_LARGE, "the graph has too many names");
        if (value->kind != VALUE_NONE)
            return mien_fail(graph->error, MIEN_FORMAT, "constant '%.60s' is there twice", name);
        if (value->uses == 0) continue;
        MIEN_TRY(mien_onnx_decode(&value->constant, onnx->initializer[i], graph->error));
        value->kind = VALUE_CONSTANT;
    }
    return MIEN_OK;
}

static int64_t side(int64_t stated, uint32_t given) {
    return stated > 0 ? stated : given;
}

/* Channels first unless the last dimension alone looks like a number of colours. */
static mien_layout guess_layout(const int64_t dims[4]) {
    return dims[3] > 0 && dims[3] <= 4 && (dims[1] <= 0 || dims[1] > 4) ? LAYOUT_NHWC : LAYOUT_NCHW;
}

static mien_status set_input(mien_graph *graph, mien_value *value, const MienOnnx__ValueInfo *info,
                             const mien_import_options *options) {
    const MienOnnx__TensorType *type = info->type != NULL ? info->type->tensor_type : NULL;
    int64_t dims[4] = {0};
    if (type == NULL || type->shape == NULL || (type->shape->n_dim != 4 && type->shape->n_dim != 2))
        return mien_fail(graph->error, MIEN_UNSUPPORTED,
                         "input '%.60s' is not a picture (4 dimensions) or a vector", value->name);
    size_t rank = type->shape->n_dim;
    for (size_t i = 0; i < rank; i++) dims[i] = type->shape->dim[i]->dim_value;
    value->layout = rank == 2 ? LAYOUT_FLAT_HWC : guess_layout(dims);
    bool last = value->layout == LAYOUT_NHWC;
    int64_t height = rank == 2 ? 1 : side(dims[last ? 1 : 2], options->height);
    int64_t width =
        rank == 2 ? side(dims[1], options->width) : side(dims[last ? 2 : 3], options->width);
    int64_t channels = rank == 2 ? 1 : dims[last ? 3 : 1];
    if (dims[0] > 1 || height < 1 || height > MIEN_NETWORK_MAX_SIDE || width < 1 ||
        width > MIEN_NETWORK_MAX_SIDE || channels < 1 || channels > MIEN_NETWORK_MAX_INPUT_CHANNELS)
        return mien_fail(graph->error, MIEN_UNSUPPORTED,
                         "input '%.60s': shape %lld x %lld x %lld x %lld is open or out of bounds",
                         value->name, (long long)dims[0], (long long)dims[1], (long long)dims[2],
                         (long long)dims[3]);
    value->kind = VALUE_TENSOR;
    value->tensor = 0;
    graph->network->input.height = (uint32_t)height;
    graph->network->input.width = (uint32_t)width;
    graph->network->input.channels = (uint32_t)channels;
    return MIEN_OK;
}

/* Old files list their constants among the inputs; the one that is no constant is the picture. */
static mien_status find_input(mien_graph *graph, const mien_import_options *options) {
    const MienOnnx__Graph *onnx = graph->model->graph;
    bool found = false;
    for (size_t i = 0; i < onnx->n_input; i++) {
        mien_value *value = mien_graph_value(graph, mien_onnx_text(onnx->input[i]->name));
        if (value == NULL || value->kind != VALUE_NONE || value->uses == 0) continue;
        if (found)
            return mien_fail(graph->error, MIEN_UNSUPPORTED, "the network has several inputs");
        MIEN_TRY(set_input(graph, value, onnx->input[i], options));
        found = true;
    }
    return found ? MIEN_OK : mien_fail(graph->error, MIEN_FORMAT, "the network has no input");
}

static size_t output_count(const mien_graph *graph, const mien_import_options *options) {
    return options->output_count != 0 ? options->output_count : graph->model->graph->n_output;
}

static const char *output_name(const mien_graph *graph, const mien_import_options *options,
                               size_t i) {
    return options->output_count != 0 ? options->outputs[i]
                                      : mien_onnx_text(graph->model->graph->output[i]->name);
}

/* Mark what the outputs need, counting uses. Every pass marks at least one more node. */
static mien_status mark_needed(mien_graph *graph, const mien_import_options *options) {
    const MienOnnx__Graph *onnx = graph->model->graph;
    size_t outputs = output_count(graph, options);
    if (outputs < 1 || outputs > MIEN_NETWORK_MAX_OUTPUTS)
        return mien_fail(graph->error, MIEN_FORMAT, "the network needs 1 to %d outputs",
                         MIEN_NETWORK_MAX_OUTPUTS);
    for (size_t i = 0; i < outputs; i++) {
        mien_value *value = mien_graph_value(graph, output_name(graph, options, i));
        if (value != NULL) value->uses++;
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t n = onnx->n_node; n-- > 0;) {
            const mien_onnx_node *node = onnx->node[n];
            bool used = false;
            for (size_t i = 0; i < node->n_output && !graph->needed[n]; i++) {
                const mien_value *value = mien_graph_value(graph, mien_onnx_text(node->output[i]));
                used |= value != NULL && value->name[0] != '\0' && value->uses > 0;
            }
            if (!used) continue;
            graph->needed[n] = changed = true;
            for (size_t i = 0; i < node->n_input; i++) {
                mien_value *value = mien_graph_value(graph, mien_onnx_text(node->input[i]));
                if (value == NULL)
                    return mien_fail(graph->error, MIEN_TOO_LARGE, "the graph has too many names");
                value->uses++;
            }
        }
    }
    return MIEN_OK;
}

static bool is_ready(mien_graph *graph, const mien_onnx_node *node) {
    for (size_t i = 0; i < node->n_input; i++) {
        const mien_value *value = mien_graph_value(graph, mien_onnx_text(node->input[i]));
        if (value == NULL || (value->name[0] != '\0' && value->kind == VALUE_NONE)) return false;
    }
    return true;
}

static mien_status build_node(mien_graph *graph, const mien_onnx_node *node) {
    mien_operator *build = operator_of(node);
    const char *domain = mien_onnx_text(node->domain);
    if (build == NULL || (domain[0] != '\0' && strcmp(domain, "ai.onnx") != 0))
        return mien_graph_refuse(graph, node, MIEN_UNSUPPORTED, "this operator is not supported");
    return build(graph, node);
}

/* Nodes may stand in any order; each pass builds all that are ready. */
static mien_status build_nodes(mien_graph *graph) {
    const MienOnnx__Graph *onnx = graph->model->graph;
    const mien_onnx_node *waiting = NULL;
    for (bool changed = true; changed;) {
        changed = false;
        waiting = NULL;
        for (size_t n = 0; n < onnx->n_node; n++) {
            if (!graph->needed[n] || graph->done[n]) continue;
            if (operator_of(onnx->node[n]) != NULL && !is_ready(graph, onnx->node[n])) {
                waiting = onnx->node[n];
                continue;
            }
            MIEN_TRY(build_node(graph, onnx->node[n]));
            graph->done[n] = changed = true;
        }
    }
    if (waiting != NULL)
        return mien_graph_refuse(graph, waiting, MIEN_FORMAT, "its inputs are never made");
    return MIEN_OK;
}

static mien_status set_outputs(mien_graph *graph, const mien_import_options *options) {
    mien_float_network *network = graph->network;
    network->output_count = (uint32_t)output_count(graph, options);
    for (uint32_t i = 0; i < network->output_count; i++) {
        const char *name = output_name(graph, options, i);
        const mien_value *value = mien_graph_value(graph, name);
        mien_network_output *output = &network->outputs[i];
        if (value == NULL || value->kind != VALUE_TENSOR)
            return mien_fail(graph->error, MIEN_NOT_FOUND, "the graph makes no tensor '%.60s'",
                             name);
        if (value->tensor == 0)
            return mien_fail(graph->error, MIEN_UNSUPPORTED, "output '%.60s' is the input", name);
        mien_float_layer_rename(output->name, name);
        output->tensor = value->tensor;
        output->shape = mien_graph_shape(graph, value);
        output->function = value->function;
    }
    return MIEN_OK;
}

/* Bounds the work of looking at names again and again. */
static mien_status check_names(mien_graph *graph) {
    const MienOnnx__Graph *onnx = graph->model->graph;
    for (size_t n = 0; n < onnx->n_node; n++) {
        const mien_onnx_node *node = onnx->node[n];
        if (node->n_input > MAX_NODE_NAMES || node->n_output > MAX_NODE_NAMES)
            return mien_graph_refuse(graph, node, MIEN_TOO_LARGE, "too many inputs or outputs");
        for (size_t i = 0; i < node->n_input + node->n_output; i++) {
            const char *name = i < node->n_input ? node->input[i] : node->output[i - node->n_input];
            if (mien_graph_value(graph, mien_onnx_text(name)) == NULL)
                return mien_fail(graph->error, MIEN_TOO_LARGE, "too many or too long names");
        }
    }
    return MIEN_OK;
}

static mien_status build(mien_graph *graph, const mien_import_options *options) {
    for (size_t i = 0; i < graph->model->n_opset_import; i++)
        if (mien_onnx_text(graph->model->opset_import[i]->domain)[0] == '\0')
            graph->operator_set = graph->model->opset_import[i]->version;
    MIEN_TRY(check_names(graph));
    MIEN_TRY(mark_needed(graph, options));
    MIEN_TRY(load_initializers(graph));
    MIEN_TRY(find_input(graph, options));
    MIEN_TRY(build_nodes(graph));
    return set_outputs(graph, options);
}

mien_status mien_graph_build(mien_float_network *network, const uint8_t *onnx, size_t length,
                             const mien_import_options *options, mien_error *error) {
    mien_graph *graph = calloc(1, sizeof *graph);
    mien_value *values = calloc(GRAPH_SLOTS, sizeof *values);
    mien_status status = MIEN_MEMORY;
    if (graph != NULL && values != NULL) {
        mien_error ignored = {MIEN_OK, ""};
        graph->network = network;
        graph->values = values;
        graph->error = error != NULL ? error : &ignored;
        status = mien_onnx_parse(&graph->model, onnx, length, graph->error);
        if (status == MIEN_OK) status = build(graph, options);
        for (size_t i = 0; i < GRAPH_SLOTS; i++) mien_onnx_constant_free(&values[i].constant);
        mien_onnx_release(graph->model);
    }
    free(values);
    free(graph);
    return status;
}
