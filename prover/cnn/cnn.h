/* SPDX-License-Identifier: MIT */
/* A convolutional network as the prover sees it, and the plan of a proof about it.
 *
 * The network is plain integer arrays (whoever loads the model fills them in; the arithmetic is the
 * one of the integer network, docs/FORMATS.md):
 *   convolution  acc = bias[o] + sum over taps and input channels of w in + (residual << r)
 *                q = floor((acc + 2^(s-1)) / 2^s) for s > 0, else acc
 *                out = clamp(q < 0 ? (q slope[o] + 32) >> 6 : q, low, high)
 *   max pool     largest of the taps inside the input
 *   concat       channels side by side
 *
 * The plan says where each value stands in the witness w, a vector over F of 2^log2_size positions:
 *
 *   [0, S)      blocks of looked-up outputs: input pixels, convolution outputs, steps of max pools
 *   [S, 2S)     the remainder of output position p at p + S: rem = acc + 2^(s-1) - q 2^s
 *   [B, B+T)    how often each of the T rows of the lookup tables is used
 *
 * with S a power of two, the input alone in the first 2^log2_input positions, and B
 * behind the last block, in what is left of the first half if the tables fit there, else 2S. The
 * first table starts at a multiple of its size, so every table does. A block is channel-fastest
 * with the channels rounded up to a power of two, C': position = base + site C' + channel, site = y
 * width + x, base a multiple of C'. Positions that no value takes hold 0. Where rounding up would
 * double S or w, outputs of convolutions are cut into blocks of fewer channels (144 = 128 + 16)
 * that follow each other in `blocks`. The leaves of the lookup argument stand at the positions of
 * the first 2S entries, so that an evaluation of the leaves at a point is a linear functional of w
 * whose parts are rank-1 in (site, channel): prover/cnn/functional.h. Quotients and accumulators
 * are never committed, they are linear in what is.
 *
 * A max pool is a tournament over its taps: u_j = max(0, tap_j - m_(j-1)), m_j = m_(j-1) + u_j,
 * m_1 = tap_1; each u_j (j >= 2) is a block, the output is virtual. A tap outside of the input is
 * replaced by the first tap inside.
 *
 * Nothing here is secret: a plan follows from the public shape of the network. No allocation. */
#ifndef MIEN_PROVER_CNN_CNN_H
#define MIEN_PROVER_CNN_CNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/status.h"

#define MIEN_CNN_MAX_LAYERS 512
#define MIEN_CNN_MAX_INPUTS 8
#define MIEN_CNN_MAX_BLOCKS 2048
#define MIEN_CNN_MAX_CLASSES 2048
#define MIEN_CNN_MAX_TAPS 64      /* of a max pool */
#define MIEN_CNN_MAX_LOG2_SIZE 27 /* of w */
#define MIEN_CNN_MAX_SHIFT 15

typedef enum mien_cnn_kind {
    MIEN_CNN_CONVOLUTION = 1,
    MIEN_CNN_MAX_POOL = 2,
    MIEN_CNN_CONCAT = 3
} mien_cnn_kind;

typedef struct mien_cnn_shape {
    uint32_t height, width, channels;
} mien_cnn_shape;

/* Tensor 0 is the input, tensor i + 1 the output of layer i. */
typedef struct mien_cnn_layer {
    mien_cnn_kind kind;
    uint32_t inputs[MIEN_CNN_MAX_INPUTS], input_count;
    mien_cnn_shape in, out;
    uint32_t kernel[2], stride[2], dilation[2]; /* (vertical, horizontal) */
    uint32_t pad_top, pad_left;
    /* convolution */
    uint32_t groups;
    const int16_t *weights; /* [out channel][kernel y][kernel x][in channel / groups] */
    const int32_t *bias;    /* [out channel]; weights and biases NULL: hidden (weights.h) */
    const int16_t *slopes;  /* [out channel] in 64ths, or NULL */
    int32_t residual;       /* tensor, or -1 */
    uint32_t residual_shift, shift;
    int32_t low, high;      /* range of out */
    int64_t quotient_limit; /* Q: q in [-Q, Q), a power of two, proven when the model was loaded */
} mien_cnn_layer;

typedef struct mien_cnn {
    mien_cnn_shape input;
    int32_t input_low, input_high; /* range of tensor 0, all channels together */
    /* Least value of each channel, which takes input_values values; NULL: all of input_low to
     * input_high, each channel. */
    const int32_t *input_lows;
    uint32_t input_values;
    const mien_cnn_layer *layers;
    uint32_t layer_count;
} mien_cnn;

/* Tables of the lookup argument. Range: rows 0 <= v < 2^log2_rows standing for (id, offset + v).
 * Activation: rows 0 <= v < 2^log2_rows = 2 Q standing for (id, q = v - Q, activation(q)); layers
 * with different Q share the largest one where requantisation stays unique with it. */
typedef struct mien_cnn_class {
    uint32_t id;   /* >= 1, distinct */
    uint32_t base; /* first row in the table section, a multiple of 2^log2_rows */
    uint32_t log2_rows;
    bool range;
    int32_t offset;     /* range: least value; activation: -Q */
    int32_t low, high;  /* activation: clamp */
    int32_t slope;      /* activation, for q < 0, in 64ths; 64: none */
    int32_t limit_most; /* activation: largest Q with which all of its users stay unique */
} mien_cnn_class;

/* Value of an activation table at q. */
int32_t mien_cnn_activation(const mien_cnn_class *table, int32_t q);

typedef enum mien_cnn_block_kind {
    MIEN_CNN_BLOCK_INPUT,  /* leaves (input range, value) */
    MIEN_CNN_BLOCK_OUTPUT, /* leaves (activation class of the channel, q, out) and, if shift > 0,
                              the remainder's (range of the shift, rem) */
    MIEN_CNN_BLOCK_POOL    /* leaves (activation, tap_j - m_(j-1), u_j) */
} mien_cnn_block_kind;

typedef struct mien_cnn_block {
    mien_cnn_block_kind kind;
    uint32_t layer; /* not for input */
    uint32_t step;  /* pool: j - 1, 1..taps-1 */
    uint32_t base;  /* a multiple of 2^log2_channels, < S */
    uint32_t sites, channels, log2_channels;
    uint32_t first_channel,
        tensor_channels; /* the block has channels first_channel .. of so many */
    uint32_t shift;      /* 0: no remainders */
    /* Output: not 0 for the last layer's when it is the quotient itself, too wide to be bound
     * otherwise than in public. It looks up (id, q - out) in a table of the row 0 alone; whoever is
     * given the output checks -direct <= out < direct. */
    int32_t direct;
    uint32_t remainder_class; /* index into classes when shift > 0 */
    uint32_t
        first_class; /* pool: the class; input and output: classes[class_of[first_class + c]] */
} mien_cnn_block;

typedef struct mien_cnn_plan {
    unsigned log2_input; /* the input has the first 2^log2_input positions for itself */
    unsigned log2_half;  /* S = 2^log2_half */
    unsigned log2_size;  /* of w */
    uint32_t table_rows; /* T */
    uint32_t table_base; /* B, a multiple of the size of every table */
    uint64_t lookups;    /* leaves that are not padding */
    uint64_t committed;  /* positions of w that hold a value */
    uint32_t block_count, class_count, class_of_count;
    mien_cnn_block blocks[MIEN_CNN_MAX_BLOCKS];
    mien_cnn_class classes[MIEN_CNN_MAX_CLASSES];
    uint32_t tensor_block[MIEN_CNN_MAX_LAYERS + 1]; /* first block of the tensor; concat: unused */
    uint16_t class_of[1 << 16]; /* of channels: the input's, then of all convolutions */
} mien_cnn_plan;

/* *layer: index of the layer at fault, for messages. MIEN_UNSUPPORTED: the layer cannot be proved
 * (a pool of more than MIEN_CNN_MAX_TAPS taps or with windows outside of the input, inconsistent
 * shapes); MIEN_TOO_LARGE: over the limits above; MIEN_ARGUMENT: the structure contradicts itself.
 * *plan is zeroed on error. */
MIEN_MUST_CHECK mien_status mien_cnn_plan_make(mien_cnn_plan *plan, uint32_t *layer,
                                               const mien_cnn *cnn);

/* Input site (y width + x) that tap (ky, kx) of output site `site` reads, or -1 outside. */
int64_t mien_cnn_tap_site(const mien_cnn_layer *layer, uint32_t site, uint32_t ky, uint32_t kx);
/* Same for a max pool's tap number `tap` (row by row), with taps outside replaced as said above. */
uint32_t mien_cnn_pool_site(const mien_cnn_layer *layer, uint32_t site, uint32_t tap);
static inline uint32_t mien_cnn_taps(const mien_cnn_layer *layer) {
    return layer->kernel[0] * layer->kernel[1];
}
static inline uint32_t mien_cnn_sites(mien_cnn_shape shape) {
    return shape.height * shape.width;
}

#endif
