/* SPDX-License-Identifier: MIT */
/* The integer network: what is run is what is proved.
 *
 * A network is a list of layers over tensors of small integers. Tensor 0 is the input, tensor i + 1
 * the output of layer i. A tensor is an array of int16_t in the order (y, x, channel), dense; each
 * layer declares the range [low, high] its values lie in (int8, uint8 or narrower for most, int16
 * where accuracy needs it). Every layer is one of
 *
 *   convolution  acc = bias[o] + sum weights[o][ky][kx][i] * in[y * stride + ky * dilation -
 * pad]...
 *                      + (residual << residual_shift)              (taps outside the input are 0)
 *                q   = (acc + 2^(shift-1)) >> shift                (arithmetic; shift 0: q = acc)
 *                out = clamp(q < 0 ? (q * slope[o] + 32) >> 6 : q, low, high)
 *   max pool     largest of the taps that lie inside the input
 *   concat       channels of several tensors side by side
 *
 * Fully connected layers, average pools and stand-alone additions are convolutions here; ReLU is
 * the clamp. Batch norms and scales were folded when the file was made (face_model/import).
 *
 * The file (.mien, docs/FORMATS.md) is canonical, and loading proves again, from weights and ranges
 * alone, that no accumulator can leave [-B, B], B <= 2^29, and that requantisation is the only
 * solution of its equation modulo p = 2^31 - 2^24 + 1 (see mien_layer). Bytes that fail are
 * refused, so a hostile file can make a network useless but neither overflow an integer nor read
 * outside a buffer. Results are the same bits on every machine, compiler and SIMD level.
 *
 * Thread rule: a loaded network is read-only; any number of threads may run it, each with its own
 * workspace. Weights are public. The workspace holds activations of a face: the caller wipes it. */
#ifndef MIEN_FACE_MODEL_NETWORK_NETWORK_H
#define MIEN_FACE_MODEL_NETWORK_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"
#include "platform/cpu/simd.h"

#define MIEN_NETWORK_VERSION 1
#define MIEN_NETWORK_MAX_FILE ((size_t)64 << 20)
#define MIEN_NETWORK_MAX_LAYERS 512
#define MIEN_NETWORK_MAX_OUTPUTS 32
#define MIEN_NETWORK_MAX_NAME 63
#define MIEN_NETWORK_MAX_SIDE 2048
#define MIEN_NETWORK_MAX_CHANNELS 8192
#define MIEN_NETWORK_MAX_ELEMENTS (1u << 24) /* of one tensor */
#define MIEN_NETWORK_MAX_INPUT_CHANNELS 16
#define MIEN_LAYER_MAX_INPUTS 8
#define MIEN_LAYER_MAX_SHIFT 15
#define MIEN_LAYER_MAX_BOUND ((int64_t)1 << 29)
#define MIEN_LAYER_MAX_QUOTIENT ((int64_t)1 << 15) /* Q without slopes */
#define MIEN_LAYER_MAX_SLOPE_QUOTIENT                                                              \
    ((int64_t)1 << 12)                           /* Q with slopes: size of the proof's table */
#define MIEN_NETWORK_PRIME ((int64_t)0x7f000001) /* KoalaBear: 2^31 - 2^24 + 1 */

typedef struct mien_shape {
    uint32_t height, width, channels;
} mien_shape;

static inline size_t mien_shape_elements(mien_shape shape) {
    return (size_t)shape.height * shape.width * shape.channels;
}

typedef enum mien_layer_kind {
    MIEN_LAYER_CONVOLUTION = 1,
    MIEN_LAYER_MAX_POOL = 2,
    MIEN_LAYER_CONCAT = 3
} mien_layer_kind;

typedef struct mien_layer {
    mien_layer_kind kind;
    char name[MIEN_NETWORK_MAX_NAME + 1];   /* of the tensor it makes, from the imported graph */
    uint32_t inputs[MIEN_LAYER_MAX_INPUTS]; /* tensor numbers, each at most this layer's index */
    uint32_t input_count;                   /* 1 except for concat */
    mien_shape in, out;                     /* in: of inputs[0] */
    uint32_t kernel[2], stride[2], dilation[2]; /* (vertical, horizontal); 1 for concat */
    uint32_t pad[4];                            /* top, left, bottom, right */

    /* Convolution only. */
    uint32_t groups;         /* divides in.channels and out.channels */
    uint32_t weight_bits;    /* smallest two's complement width that holds every weight, 1..16 */
    const int16_t *weights;  /* [out.channels][kernel y][kernel x][in.channels / groups] */
    const int32_t *bias;     /* [out.channels] */
    const int16_t *slopes;   /* [out.channels], in 64ths, for q < 0; NULL: no PReLU */
    int32_t residual;        /* tensor number with the shape of `out`, or -1 */
    uint32_t residual_shift; /* 0..15 */
    uint32_t shift;          /* s, 0..15 */

    int32_t low, high; /* range of the output; within int16 */

    /* Proven while loading. bound >= |acc| for every input in range. quotient_limit Q is the least
     * power of two with Q 2^s >= bound + 2^(s-1) + 1, so q lies in [-Q, Q); uniqueness:
     * Q 2^s + bound + 2^s < p. 0 for layers that are not convolutions. */
    int64_t bound, quotient_limit;
    uint64_t multiply_accumulates; /* of one run, padding taps counted */
} mien_layer;

/* What a reader of the output should apply; never applied by mien_network_run. */
typedef enum mien_output_function {
    MIEN_OUTPUT_LINEAR = 0,
    MIEN_OUTPUT_SOFTMAX = 1, /* over the channels */
    MIEN_OUTPUT_SIGMOID = 2
} mien_output_function;

typedef struct mien_network_output {
    char name[MIEN_NETWORK_MAX_NAME + 1];
    uint32_t tensor;
    mien_shape shape;
    int32_t low, high;
    int32_t exponent; /* real value = integer * 2^exponent, same for all channels */
    mien_output_function function;
} mien_network_output;

typedef struct mien_network mien_network;

/* Parse, prove the bounds, pack the weights for the processor. `bytes` are copied. The caller frees
 * *network. Hostile bytes give MIEN_FORMAT, MIEN_TRUNCATED, MIEN_TRAILING, MIEN_TOO_LARGE,
 * MIEN_VERSION or MIEN_MEMORY with a message that names the layer. */
MIEN_MUST_CHECK mien_status mien_network_load(mien_network **network, const uint8_t *bytes,
                                              size_t length, mien_error *error);
/* As above with the kernels of a level up to mien_simd_machine() (else MIEN_UNSUPPORTED). */
MIEN_MUST_CHECK mien_status mien_network_load_at(mien_network **network, const uint8_t *bytes,
                                                 size_t length, mien_simd level, mien_error *error);
MIEN_MUST_CHECK mien_status mien_network_read(mien_network **network, const char *path,
                                              mien_error *error);
void mien_network_free(mien_network *network); /* NULL is fine */

/* SHA-256 of the whole file. */
const uint8_t *mien_network_digest(const mien_network *network);
mien_simd mien_network_level(const mien_network *network);
size_t mien_network_file_size(const mien_network *network);

/* Input: bytes in the order (y, x, channel), mien_shape_elements() of them. Tensor 0 is
 * byte - offset[channel], so that 0 means what the float network padded with. */
mien_shape mien_network_input(const mien_network *network);
const uint8_t *mien_network_input_offset(const mien_network *network); /* [channels] */

uint32_t mien_network_output_count(const mien_network *network);
const mien_network_output *mien_network_output_at(const mien_network *network, uint32_t index);
/* NULL when there is none of that name. */
const mien_network_output *mien_network_output_named(const mien_network *network, const char *name);

uint32_t mien_network_layer_count(const mien_network *network);
const mien_layer *mien_network_layer(const mien_network *network, uint32_t index);
mien_shape mien_network_tensor_shape(const mien_network *network, uint32_t tensor);
void mien_network_tensor_range(const mien_network *network, uint32_t tensor, int32_t *low,
                               int32_t *high);

/* Told after each layer; `values` are the layer's output (mien_shape_elements of layer->out), valid
 * during the call. The first call has index -1, layer NULL and the input tensor. */
typedef struct mien_network_observer {
    void (*layer)(void *context, int32_t index, const mien_layer *layer, const int16_t *values);
    void *context;
    /* NULL, or room for mien_network_accumulators(): before the call for a convolution it receives
     * acc of each of the layer's outputs. As secret as the values. */
    int32_t *accumulators;
} mien_network_observer;
/* Elements of the largest output of a convolution. */
size_t mien_network_accumulators(const mien_network *network);

/* Bytes of scratch memory for one run; the caller gives that many, aligned to 64. */
size_t mien_network_workspace_size(const mien_network *network);
#define MIEN_NETWORK_WORKSPACE_ALIGNMENT 64

/* One forward pass. `length` must be the input's number of elements, else MIEN_ARGUMENT (so are a
 * small or misaligned workspace). observer may be NULL. */
MIEN_MUST_CHECK mien_status mien_network_run(const mien_network *network, void *workspace,
                                             size_t workspace_size, const uint8_t *input,
                                             size_t length, const mien_network_observer *observer);
/* Values of a tensor while an observer is told about a layer that makes or reads it. */
const int16_t *mien_network_tensor_values(const mien_network *network, const void *workspace,
                                          uint32_t tensor);
/* Values of an output after a run: a view into the workspace, good until the next run. */
const int16_t *mien_network_output_values(const mien_network *network, const void *workspace,
                                          uint32_t index);

#endif
