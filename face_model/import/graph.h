/* SPDX-License-Identifier: MIT */
/* State of turning an ONNX graph into layers, shared by the operators' files. */
#ifndef MIEN_FACE_MODEL_IMPORT_GRAPH_H
#define MIEN_FACE_MODEL_IMPORT_GRAPH_H

#include "face_model/import/float_network.h"
#include "face_model/import/onnx.h"

/* What a name of the graph stands for. Tensors of the network are always (y, x, channel); `layout`
 * is the order ONNX sees. */
typedef enum mien_value_kind { VALUE_NONE, VALUE_TENSOR, VALUE_CONSTANT } mien_value_kind;
typedef enum mien_layout { LAYOUT_NCHW, LAYOUT_NHWC, LAYOUT_FLAT_CHW, LAYOUT_FLAT_HWC } mien_layout;

typedef struct mien_value {
    const char *name; /* of the parsed message */
    mien_value_kind kind;
    uint32_t uses; /* by nodes that are needed, and as output */
    uint32_t tensor;
    mien_layout layout;
    mien_output_function function;
    mien_onnx_constant constant;
} mien_value;

#define GRAPH_SLOTS 32768 /* power of two; at most half of them are used */

typedef struct mien_graph {
    mien_float_network *network;
    mien_onnx_model *model;
    mien_error *error;
    mien_value *values; /* [GRAPH_SLOTS], open addressing by name */
    size_t value_count;
    bool needed[MIEN_ONNX_MAX_NODES], done[MIEN_ONNX_MAX_NODES];
    bool shared[MIEN_NETWORK_MAX_LAYERS + 1]; /* more than one reader: nothing may be folded in */
    int64_t operator_set;
} mien_graph;

/* The slot of a name, made when missing; NULL when the table is full. */
mien_value *mien_graph_value(mien_graph *graph, const char *name);
/* Input `index` of a node: a tensor (no Softmax behind it), a float or an integer constant; NULL
 * after reporting into graph->error. */
const mien_value *mien_graph_tensor(mien_graph *graph, const mien_onnx_node *node, size_t index);
const mien_onnx_constant *mien_graph_floats(mien_graph *graph, const mien_onnx_node *node,
                                            size_t index);
const mien_onnx_constant *mien_graph_integers(mien_graph *graph, const mien_onnx_node *node,
                                              size_t index);
bool mien_graph_has_input(const mien_onnx_node *node, size_t index);
/* Output 0 of the node is this tensor, seen in this layout. */
MIEN_MUST_CHECK mien_status mien_graph_bind(mien_graph *graph, const mien_onnx_node *node,
                                            uint32_t tensor, mien_layout layout);
/* Output 0 is this constant (taken over, also on error). */
MIEN_MUST_CHECK mien_status mien_graph_bind_constant(mien_graph *graph, const mien_onnx_node *node,
                                                     mien_onnx_constant *constant);
/* A new layer that reads `input`; its tensor is network->layer_count afterwards. */
MIEN_MUST_CHECK mien_status mien_graph_append(mien_float_layer **layer, mien_graph *graph,
                                              const mien_onnx_node *node, mien_layer_kind kind,
                                              const mien_value *input);
/* The convolution that makes the tensor, if something may still be folded into it: nobody else
 * reads it and no activation follows its sum. NULL otherwise. */
mien_float_layer *mien_graph_foldable(mien_graph *graph, const mien_value *value);
/* The same, or a new layer that copies the tensor (one weight of 1 a channel). *tensor is what the
 * caller binds. */
MIEN_MUST_CHECK mien_status mien_graph_fold_or_copy(mien_float_layer **layer, uint32_t *tensor,
                                                    mien_graph *graph, const mien_onnx_node *node,
                                                    const mien_value *value);
mien_shape mien_graph_shape(const mien_graph *graph, const mien_value *value);
/* ONNX dimensions of a tensor; returns the rank. channel_axis may be NULL. */
size_t mien_graph_dims(const mien_graph *graph, const mien_value *value, int64_t dims[4],
                       size_t *channel_axis);
/* Messages that name node and operator. */
mien_status mien_graph_refuse(mien_graph *graph, const mien_onnx_node *node, mien_status status,
                              const char *why);

/* Operators; each file has some of them. */
typedef mien_status mien_operator(mien_graph *graph, const mien_onnx_node *node);
mien_operator mien_op_conv, mien_op_gemm, mien_op_matmul, mien_op_max_pool, mien_op_average_pool,
    mien_op_global_average_pool, mien_op_reduce_mean; /* operators_linear.c */
mien_operator mien_op_batch_normalization, mien_op_add, mien_op_sub, mien_op_mul, mien_op_div,
    mien_op_relu, mien_op_leaky_relu, mien_op_prelu, mien_op_clip, mien_op_softmax,
    mien_op_sigmoid; /* operators_pointwise.c */
mien_operator mien_op_identity, mien_op_constant, mien_op_flatten, mien_op_reshape, mien_op_squeeze,
    mien_op_unsqueeze, mien_op_transpose, mien_op_concat, mien_op_shape,
    mien_op_gather; /* operators_shape.c */

#endif
