/* SPDX-License-Identifier: MIT */
/* Inside of a loaded network, shared by the reader, the writer, the bounds and the runner. */
#ifndef MIEN_FACE_MODEL_NETWORK_INTERNAL_H
#define MIEN_FACE_MODEL_NETWORK_INTERNAL_H

#include "face_model/kernels/kernels.h"
#include "face_model/network/network.h"

#define MIEN_NETWORK_MAGIC "mien-net"
#define MIEN_NETWORK_DIGEST_SIZE 32
#define MIEN_NETWORK_MAX_WORKSPACE ((size_t)512 << 20)
#define MIEN_NETWORK_MAX_WORK ((uint64_t)1 << 36) /* multiply-accumulates of one run */
#define MIEN_NETWORK_SLACK 128 /* readable bytes behind each buffer; kernels load whole vectors */

/* Everything a file says, in memory. The importer fills one of these; the reader does too. Arrays
 * inside the layers belong to whoever filled it. */
typedef struct mien_network_description {
    mien_shape input;
    uint8_t input_offset[MIEN_NETWORK_MAX_INPUT_CHANNELS];
    uint32_t layer_count, output_count;
    mien_layer layers[MIEN_NETWORK_MAX_LAYERS];
    mien_network_output outputs[MIEN_NETWORK_MAX_OUTPUTS];
} mien_network_description;

struct mien_network {
    mien_network_description description;
    uint8_t digest[MIEN_NETWORK_DIGEST_SIZE];
    size_t file_size;
    mien_simd level;
    const mien_kernels *kernels;
    void *packed[MIEN_NETWORK_MAX_LAYERS]; /* weights in the kernels' order; NULL: none needed */
    size_t tensor_offset[MIEN_NETWORK_MAX_LAYERS + 1]; /* bytes from the start of the workspace */
    size_t scratch_offset, workspace_size;
};

/* network/description.c: fill shapes, ranges of pools and concats, MACs, bounds and quotient limits
 * from what the file states, and refuse what breaks a rule. Everything that later code relies on is
 * checked here. `layer.weights`, `bias` and `slopes` must be valid arrays of the stated sizes. */
MIEN_MUST_CHECK mien_status mien_layer_complete(mien_network_description *description,
                                                uint32_t index, mien_error *error);
/* Input shape and counts alone. */
MIEN_MUST_CHECK mien_status mien_network_complete_head(const mien_network_description *description,
                                                       mien_error *error);
MIEN_MUST_CHECK mien_status mien_network_complete(mien_network_description *description,
                                                  mien_error *error);
mien_shape mien_description_shape(const mien_network_description *description, uint32_t tensor);
void mien_description_range(const mien_network_description *description, uint32_t tensor,
                            int32_t *low, int32_t *high);
/* Geometry alone (out from in, kernel, stride, pads): false when it is not a legal one. */
bool mien_layer_output_side(uint32_t *out, uint32_t in, uint32_t kernel, uint32_t stride,
                            uint32_t dilation, uint32_t pad_before, uint32_t pad_after);
/* Characters of names: printable ASCII but for space, quotes and backslash. */
bool mien_network_name_character(char character);
size_t mien_layer_weight_count(const mien_layer *layer);
uint32_t mien_weight_bits(const int16_t *weights, size_t count);

/* network/bounds.c: the numbers of the soundness rules for one convolution whose inputs lie in
 * [low, high] (and [residual_low, residual_high]). MIEN_FORMAT names the broken rule. */
MIEN_MUST_CHECK mien_status mien_layer_prove_bounds(mien_layer *layer, int32_t low, int32_t high,
                                                    int32_t residual_low, int32_t residual_high,
                                                    mien_error *error);

/* network/write.c: the canonical file of a completed description. The caller frees *bytes. */
MIEN_MUST_CHECK mien_status mien_network_write(uint8_t **bytes, size_t *length,
                                               const mien_network_description *description,
                                               mien_error *error);

/* network/plan.c: places for tensors and scratch; MIEN_TOO_LARGE above the limits. */
MIEN_MUST_CHECK mien_status mien_network_plan(mien_network *network, mien_error *error);
/* Layers whose input is copied with its borders before the kernel runs. */
bool mien_layer_is_padded(const mien_layer *layer);

#endif
