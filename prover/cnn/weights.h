/* SPDX-License-Identifier: MIT */
/* Weights and biases of a network as a vector theta over F, for proofs that hide them.
 *
 * Each value is a sum of digits -128 .. 127: a weight is sum over k of 16^k digit_k, a bias sum
 * over k of 256^k digit_k; a layer's weights all have the same number of digits, its biases too
 * (weights up to 127, 2,039 or 32,631 in size, one digit more each; the narrower the digits
 * together, the wider may a layer be). theta holds the digits: weight (o, tap, i)   position
 * weights + ((k taps + tap) O + o) D' + i, D' the input channels of a group rounded up to a power
 * of two, O the output channels of a depthwise layer (one input and one output channel a group)
 *                        position weights + (k taps + tap) O' + o, O' like D'
 *   bias (o)             position bias + k O' + o
 * layer after layer, each place a multiple of D' or O'; everything else is zero. What the leaves of
 * the lookup argument (functional.h) take from weights and biases is linear in theta.
 *
 * Soundness. Requantisation is unique modulo p when Q 2^s + B + 2^s < p, B >= |acc|, Q the size of
 * the table that the layer's outputs look up. With weights that the verifier does not see B is the
 * worst case: all digits and inputs as large as their ranges let them be. That digits are in their
 * range is proved when the weights are registered (prover/statement/registration.h).
 *
 * theta is secret, everything else here public. No allocation. */
#ifndef MIEN_PROVER_CNN_WEIGHTS_H
#define MIEN_PROVER_CNN_WEIGHTS_H

#include "prover/cnn/functional.h"

#define MIEN_CNN_WEIGHT_DIGITS_MAX 3
#define MIEN_CNN_WEIGHT_BASE_LOG2 4
#define MIEN_CNN_BIAS_BASE_LOG2 8
#define MIEN_CNN_BIAS_DIGITS_MAX 4
#define MIEN_CNN_WEIGHTS_LOG2_MAX 26
#define MIEN_CNN_DIGIT_LOW (-128)
#define MIEN_CNN_DIGIT_LOG2 8

/* Digits of a layer's weights and biases; zeros for layers that are no convolutions. */
typedef struct mien_cnn_digits {
    uint8_t weight, bias;
} mien_cnn_digits;

typedef struct mien_cnn_weights {
    unsigned log2_size; /* of theta */
    uint64_t end;       /* no digit stands there or behind */
    mien_cnn_digits digits[MIEN_CNN_MAX_LAYERS];
    uint32_t weights[MIEN_CNN_MAX_LAYERS], bias[MIEN_CNN_MAX_LAYERS]; /* first positions */
} mien_cnn_weights;

/* The fewest digits that hold the layers' values: layer_count elements. MIEN_UNSUPPORTED for values
 * that need more than the most. */
MIEN_MUST_CHECK mien_status mien_cnn_weights_digits(mien_cnn_digits *digits, uint32_t *layer,
                                                    const mien_cnn *cnn);
/* Where digits stand; log2_size is at least log2_least (that of the budget,
 * mien_private_weights_log2_least). Weights and biases of cnn are not looked at. *layer: the layer
 * at fault. MIEN_UNSUPPORTED when its worst case breaks the rule above; MIEN_ARGUMENT for numbers
 * of digits that are none; MIEN_TOO_LARGE. *weights is zeroed on error. */
MIEN_MUST_CHECK mien_status mien_cnn_weights_make(mien_cnn_weights *weights, uint32_t *layer,
                                                  const mien_cnn *cnn, const mien_cnn_plan *plan,
                                                  const mien_cnn_digits *digits,
                                                  unsigned log2_least);
/* theta, all 2^log2_size elements. MIEN_ARGUMENT when a value needs more digits than it has. */
MIEN_MUST_CHECK mien_status mien_cnn_weights_fill(mien_f *theta, const mien_cnn_weights *weights,
                                                  const mien_cnn *cnn);
/* A network without its weights: what is public of it. layers: the caller's, layer_count of them.
 */
void mien_cnn_weights_hide(mien_cnn *hidden, mien_cnn_layer *layers, const mien_cnn *cnn);
/* All convolutions of the network have weights (or, hidden: none has). */
bool mien_cnn_weights_present(const mien_cnn *cnn, bool hidden);

/* The share of theta in the leaves' functional at `point`, its value at the point `end` of w: hands
 * out pieces of theta's functional
 *   bias_scale times what the constant takes from the biases
 *   + weight_scale times what L(end) takes from the weights.
 * The network may be without weights. scratch: mien_cnn_weights_scratch elements. */
void mien_cnn_weights_functional(const mien_cnn_weights *weights, const mien_cnn_plan *plan,
                                 const mien_cnn *cnn, const mien_cnn_challenges *challenges,
                                 const mien_k *point, const mien_k *end, mien_k bias_scale,
                                 mien_k weight_scale, mien_k *scratch,
                                 const mien_cnn_piece_sink *sink);
size_t mien_cnn_weights_scratch(const mien_cnn_plan *plan, const mien_cnn *cnn);

/* An evaluator of pieces of theta at a point of log2_size coordinates. */
size_t mien_cnn_weights_evaluator_scratch(const mien_cnn *cnn);
void mien_cnn_weights_evaluator_start(mien_cnn_evaluator *evaluator,
                                      const mien_cnn_weights *weights, const mien_cnn *cnn,
                                      const mien_k *point, mien_k *scratch);

/* Output channel c reads input channel c alone. */
static inline bool mien_cnn_depthwise(const mien_cnn_layer *layer) {
    return layer->groups == layer->in.channels && layer->out.channels == layer->in.channels;
}

#endif
