/* SPDX-License-Identifier: MIT */
#include "wallet/proof/network.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(MIEN_NETWORK_MAX_LAYERS <= MIEN_CNN_MAX_LAYERS, "every layer has a place");
_Static_assert(MIEN_LAYER_MAX_INPUTS <= MIEN_CNN_MAX_INPUTS, "every input has a place");
_Static_assert(MIEN_LAYER_MAX_SHIFT <= MIEN_CNN_MAX_SHIFT, "every shift has a table");

static mien_cnn_shape shape_of(mien_shape shape) {
    return (mien_cnn_shape){shape.height, shape.width, shape.channels};
}

static mien_cnn_kind kind_of(mien_layer_kind kind) {
    switch (kind) {
    case MIEN_LAYER_CONVOLUTION:
        return MIEN_CNN_CONVOLUTION;
    case MIEN_LAYER_MAX_POOL:
        return MIEN_CNN_MAX_POOL;
    case MIEN_LAYER_CONCAT:
        break;
    }
    return MIEN_CNN_CONCAT;
}

/* Pads below and to the right are what the output's sides imply. */
static void copy_layer(mien_cnn_layer *to, const mien_layer *from) {
    to->kind = kind_of(from->kind);
    memcpy(to->inputs, from->inputs, from->input_count * sizeof *to->inputs);
    to->input_count = from->input_count;
    to->in = shape_of(from->in);
    to->out = shape_of(from->out);
    for (int i = 0; i < 2; i++) {
        to->kernel[i] = from->kernel[i];
        to->stride[i] = from->stride[i];
        to->dilation[i] = from->dilation[i];
    }
    to->pad_top = from->pad[0];
    to->pad_left = from->pad[1];
    to->groups = from->groups;
    to->weights = from->weights;
    to->bias = from->bias;
    to->slopes = from->slopes;
    to->residual = from->kind == MIEN_LAYER_CONVOLUTION ? from->residual : -1;
    to->residual_shift = from->residual_shift;
    to->shift = from->shift;
    to->low = from->low;
    to->high = from->high;
    to->quotient_limit = from->quotient_limit;
}

static void copy_network(mien_proof_network *to, const mien_network *from) {
    to->network = from;
    to->cnn.input = shape_of(mien_network_input(from));
    mien_network_tensor_range(from, 0, &to->cnn.input_low, &to->cnn.input_high);
    for (uint32_t c = 0; c < to->cnn.input.channels; c++)
        to->input_lows[c] = -(int32_t)mien_network_input_offset(from)[c];
    to->cnn.input_lows = to->input_lows;
    to->cnn.input_values = 256; /* bytes */
    to->cnn.layers = to->layers;
    to->cnn.layer_count = mien_network_layer_count(from);
    for (uint32_t i = 0; i < to->cnn.layer_count; i++)
        copy_layer(&to->layers[i], mien_network_layer(from, i));
}

static mien_status refuse_layer(const mien_layer *layer, mien_status status, mien_error *error) {
    uint32_t taps = layer->kernel[0] * layer->kernel[1];
    if (layer->kind == MIEN_LAYER_MAX_POOL && taps > MIEN_CNN_MAX_TAPS)
        return mien_fail(error, MIEN_UNSUPPORTED,
                         "layer %s: a max pool over %u values cannot be proved, at most %d",
                         layer->name, taps, MIEN_CNN_MAX_TAPS);
    if (layer->kind == MIEN_LAYER_MAX_POOL && status == MIEN_UNSUPPORTED)
        return mien_fail(error, status,
                         "layer %s: a max pool with a window outside of its input, or over values "
                         "of more than 15 bits, cannot be proved",
                         layer->name);
    if (status == MIEN_TOO_LARGE)
        return mien_fail(error, status,
                         "layer %s: from here on the network is too large for one proof (2^%d "
                         "values, %d blocks, %d tables)",
                         layer->name, MIEN_CNN_MAX_LOG2_SIZE, MIEN_CNN_MAX_BLOCKS,
                         MIEN_CNN_MAX_CLASSES);
    return mien_fail(error, MIEN_UNSUPPORTED, "layer %s: cannot be proved (%s)", layer->name,
                     mien_status_text(status));
}

static mien_status make_plan(mien_proof_network *made, const mien_network *network,
                             mien_error *error) {
    uint32_t outputs = mien_network_output_count(network), layer;
    if (outputs != 1)
        return mien_fail(error, MIEN_UNSUPPORTED,
                         "a proof is about one output, this network has %u: %s, %s%s", outputs,
                         mien_network_output_at(network, 0)->name,
                         mien_network_output_at(network, 1)->name, outputs > 2 ? ", .." : "");
    mien_status status = mien_cnn_plan_make(&made->plan, &layer, &made->cnn);
    if (status == MIEN_OK) return MIEN_OK;
    return refuse_layer(mien_network_layer(network, layer), status, error);
}

mien_status mien_proof_network_create(mien_proof_network **out, const mien_network *network,
                                      mien_error *error) {
    mien_proof_network *made = calloc(1, sizeof *made);
    *out = NULL;
    if (made == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the plan of a proof");
    copy_network(made, network);
    mien_status status = make_plan(made, network, error);
    if (status != MIEN_OK) {
        mien_proof_network_free(made);
        return status;
    }
    *out = made;
    return MIEN_OK;
}

void mien_proof_network_free(mien_proof_network *network) {
    free(network);
}
