/* SPDX-License-Identifier: MIT */
/* From an ONNX file to an integer network.
 *
 *   mien_float_network *network;      what the ONNX file computes, as convolutions, pools, concats
 *   mien_calibration *calibration;    how large each channel's values get on sample inputs
 *   mien_quantise(...)                the .mien file, with its bounds proven
 *
 * Operators: Conv (group, stride, pad, dilation), BatchNormalization, Relu, LeakyRelu, PRelu, Clip,
 * Add, Sub, Mul, Div (one side constant but for Add), Concat, MaxPool, AveragePool,
 * GlobalAveragePool, ReduceMean over the picture, Gemm, MatMul, Flatten, Reshape, Squeeze,
 * Transpose (between channel orders), Identity, Dropout, Constant, Shape arithmetic of constants;
 * Softmax and Sigmoid as the last step (kept as a note to the reader of the output). Anything else
 * is refused with a message that names node and operator. Batch size is 1.
 *
 * Arithmetic is IEEE double and float without contraction, so a conversion gives the same bytes on
 * every machine. Nothing here is secret except calibration inputs, which are not kept. */
#ifndef MIEN_FACE_MODEL_IMPORT_H
#define MIEN_FACE_MODEL_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "face_model/network/network.h"
#include "platform/base/error.h"

#define MIEN_ONNX_MAX_FILE ((size_t)256 << 20)
#define MIEN_IMPORT_MAX_NAMES 32

typedef struct mien_import_options {
    /* Tensors where the network is cut, in this order; none: the graph's own outputs. */
    const char *outputs[MIEN_NETWORK_MAX_OUTPUTS];
    size_t output_count;
    /* What the float network wants to see is (byte - offset) / divisor. One pair for all channels
     * (channels 1) or one each; 0 means offset 0, divisor 255. divisor > 0, 0 <= offset <= 255. */
    float offset[MIEN_NETWORK_MAX_INPUT_CHANNELS], divisor[MIEN_NETWORK_MAX_INPUT_CHANNELS];
    size_t normalisation_channels;
    /* Constants of face_model/whitening appended as a last fully connected layer whose output is
     * int8 with exponent 0; NULL: none. Needs a single output. */
    const uint8_t *whitening;
    size_t whitening_length;
    /* Sides of the input where the file leaves them open; 0: the file must say. */
    uint32_t height, width;
} mien_import_options;

typedef struct mien_quantise_options {
    uint32_t weight_bits;     /* at most, 4..16; 0: 12 */
    uint32_t activation_bits; /* of hidden layers, 6..12; 0: 8 */
} mien_quantise_options;

typedef struct mien_float_network mien_float_network;
typedef struct mien_calibration mien_calibration;

/* Parse and fold. The caller frees *network. Errors: MIEN_FORMAT, MIEN_TOO_LARGE, MIEN_UNSUPPORTED,
 * MIEN_NOT_FOUND (an output), MIEN_MEMORY; they name node and operator. */
MIEN_MUST_CHECK mien_status mien_float_network_import(mien_float_network **network,
                                                      const uint8_t *onnx, size_t length,
                                                      const mien_import_options *options,
                                                      mien_error *error);
void mien_float_network_free(mien_float_network *network); /* NULL is fine */
mien_shape mien_float_network_input(const mien_float_network *network);
uint32_t mien_float_network_layer_count(const mien_float_network *network);
uint32_t mien_float_network_output_count(const mien_float_network *network);
const char *mien_float_network_output_name(const mien_float_network *network, uint32_t index);
mien_shape mien_float_network_output_shape(const mien_float_network *network, uint32_t index);

/* One forward pass in float on bytes in the order (y, x, channel). `observer` is told every tensor
 * (0: the normalised input, i + 1: output of layer i), may be NULL. outputs[i] receives a copy of
 * output i (mien_shape_elements of its shape), order (y, x, channel); outputs may be NULL. */
typedef struct mien_float_observer {
    void (*tensor)(void *context, uint32_t tensor, mien_shape shape, const float *values);
    void *context;
} mien_float_observer;
MIEN_MUST_CHECK mien_status mien_float_network_run(const mien_float_network *network,
                                                   float *const *outputs, const uint8_t *input,
                                                   size_t length,
                                                   const mien_float_observer *observer);

/* Ranges of every channel of every tensor. Collected from sample inputs, or parsed from the JSON of
 * an earlier collection, which needs no samples. Ranges are rounded to four digits, so both ways
 * give the same network. */
MIEN_MUST_CHECK mien_status mien_calibration_create(mien_calibration **calibration,
                                                    const mien_float_network *network);
void mien_calibration_free(mien_calibration *calibration); /* NULL is fine */
/* One sample input: bytes as in mien_float_network_run. */
MIEN_MUST_CHECK mien_status mien_calibration_add(mien_calibration *calibration,
                                                 const mien_float_network *network,
                                                 const uint8_t *input, size_t length);
/* As many samples of pictures that nobody took: random, the same on every machine. For networks
 * whose answers do not matter, as those of random weights; ranges of a real network must come from
 * what it will see. */
MIEN_MUST_CHECK mien_status mien_calibration_add_synthetic(mien_calibration *calibration,
                                                           const mien_float_network *network,
                                                           size_t count);
/* One such picture, mien_shape_elements(shape) bytes in the order (y, x, channel). */
void mien_synthetic_picture(uint8_t *picture, mien_shape shape, uint64_t seed);
/* End of the samples (at least one): magnitudes that all but 1 in 20,000 values stay below. */
MIEN_MUST_CHECK mien_status mien_calibration_finish(mien_calibration *calibration);
size_t mien_calibration_samples(const mien_calibration *calibration);
/* {"samples": n, "tensors": {name: [magnitude, ...]}}; the caller frees *text with free(). */
MIEN_MUST_CHECK mien_status mien_calibration_print(char **text, const mien_calibration *calibration,
                                                   const mien_float_network *network);
/* Every tensor of the network must be there with its number of channels. The caller frees. */
MIEN_MUST_CHECK mien_status mien_calibration_parse(mien_calibration **calibration,
                                                   const mien_float_network *network,
                                                   const char *text, size_t length,
                                                   mien_error *error);

/* Choose scales, quantise, prove the bounds, write the file. Refuses with the layer's name when no
 * shift satisfies the rules. The caller frees *bytes. */
MIEN_MUST_CHECK mien_status mien_quantise(uint8_t **bytes, size_t *length,
                                          const mien_float_network *network,
                                          const mien_calibration *calibration,
                                          const mien_quantise_options *options, mien_error *error);

/* How far the integer network is from the float one, layer by layer, over sample inputs. */
typedef struct mien_layer_error {
    const char *name;
    double cosine;         /* of all values of all samples, float against integer */
    double relative_error; /* |difference| / |float|, Euclidean norms */
    double clamped;        /* share of values at the end of the layer's range */
} mien_layer_error;
typedef struct mien_comparison mien_comparison;
MIEN_MUST_CHECK mien_status mien_comparison_create(mien_comparison **comparison,
                                                   const mien_float_network *network,
                                                   const mien_calibration *calibration,
                                                   const mien_quantise_options *options,
                                                   mien_error *error);
void mien_comparison_free(mien_comparison *comparison); /* NULL is fine */
MIEN_MUST_CHECK mien_status mien_comparison_add(mien_comparison *comparison, const uint8_t *input,
                                                size_t length);
uint32_t mien_comparison_layer_count(const mien_comparison *comparison);
mien_layer_error mien_comparison_layer(const mien_comparison *comparison, uint32_t layer);
/* Of one output over the samples: mean and least cosine of one sample's float and integer vector.
 */
void mien_comparison_output(const mien_comparison *comparison, uint32_t output, double *mean_cosine,
                            double *least_cosine);

#endif
