/* SPDX-License-Identifier: MIT */
/* The folded float network: layer by layer what the integer network will be. */
#ifndef MIEN_FACE_MODEL_IMPORT_FLOAT_NETWORK_H
#define MIEN_FACE_MODEL_IMPORT_FLOAT_NETWORK_H

#include "face_model/import/import.h"
#include "face_model/network/internal.h"

/* Geometry, inputs, residual and name stand in `shape`, whose integer arrays stay NULL. Values:
 * out = clamp(prelu(sum + bias + residual), low, high). */
typedef struct mien_float_layer {
    mien_layer shape;
    float *weights;  /* [out.channels][kernel y][kernel x][in.channels / groups] */
    float *by_tap;   /* [kernel y][kernel x][in.channels / groups][out.channels], for running */
    float *bias;     /* [out.channels] */
    float *slopes;   /* [out.channels] or NULL */
    float low, high; /* -INFINITY, INFINITY when there is no clamp */
} mien_float_layer;

struct mien_float_network {
    mien_shape input;
    float offset[MIEN_NETWORK_MAX_INPUT_CHANNELS], divisor[MIEN_NETWORK_MAX_INPUT_CHANNELS];
    uint32_t layer_count, output_count;
    bool whitened; /* the only output is the whitening layer's: int8, exponent 0 */
    mien_float_layer layers[MIEN_NETWORK_MAX_LAYERS];
    mien_network_output outputs[MIEN_NETWORK_MAX_OUTPUTS]; /* ranges and exponent unset */
};

static inline mien_shape mien_float_tensor_shape(const mien_float_network *network,
                                                 uint32_t tensor) {
    return tensor == 0 ? network->input : network->layers[tensor - 1].shape.out;
}

/* Append a layer with unit kernel, one group, no residual, no clamp. NULL when there are too many.
 */
mien_float_layer *mien_float_network_append(mien_float_network *network, mien_layer_kind kind,
                                            const char *name, uint32_t input);
/* Zeroed weights and bias for the shape as it stands; the layer owns them. */
MIEN_MUST_CHECK mien_status mien_float_layer_allocate(mien_float_layer *layer);
/* Printable, at most MIEN_NETWORK_MAX_NAME characters; "tensor" for an empty name. */
void mien_float_layer_rename(char name[MIEN_NETWORK_MAX_NAME + 1], const char *text);

/* import/graph.c: ONNX nodes to layers. */
MIEN_MUST_CHECK mien_status mien_graph_build(mien_float_network *network, const uint8_t *onnx,
                                             size_t length, const mien_import_options *options,
                                             mien_error *error);
/* import/whiten.c: append, or merge into a last linear layer, y = matrix x + bias. */
MIEN_MUST_CHECK mien_status mien_whiten_network(mien_float_network *network, const uint8_t *bytes,
                                                size_t length, mien_error *error);

/* Scales: real value of integer q in channel c of tensor t is q * scale[t][c]. */
typedef struct mien_scales {
    double *scale[MIEN_NETWORK_MAX_LAYERS + 1];
    int32_t low[MIEN_NETWORK_MAX_LAYERS + 1], high[MIEN_NETWORK_MAX_LAYERS + 1];
    int32_t exponent[MIEN_NETWORK_MAX_OUTPUTS];
    double *values; /* all of them; scale[] points into it */
} mien_scales;
/* import/scales.c */
MIEN_MUST_CHECK mien_status mien_scales_choose(mien_scales *scales,
                                               const mien_float_network *network,
                                               const mien_calibration *calibration,
                                               const mien_quantise_options *options,
                                               mien_error *error);
void mien_scales_free(mien_scales *scales);
/* Magnitudes of tensor t's channels, from calibration. */
const float *mien_calibration_ranges(const mien_calibration *calibration, uint32_t tensor);
/* mien_quantise with scales that were chosen before. */
MIEN_MUST_CHECK mien_status mien_quantise_with(uint8_t **bytes, size_t *length,
                                               const mien_float_network *network,
                                               const mien_scales *scales,
                                               const mien_quantise_options *options,
                                               mien_error *error);

#endif
