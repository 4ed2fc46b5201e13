/* SPDX-License-Identifier: MIT */
#include "prover/statement/private_weights.h"

#include <string.h>

#include "platform/base/bytes.h"
#include "prover/commitment/choose.h"
#include "prover/hash/blake2s.h"
#include "prover/statement/inference_protocol.h"

/* Theta is encoded once for many proofs: a lower rate than that of w makes them shorter. The sum of
 * errors of a proof has no room for as much again as w's columns have: two bits more. */
enum { LOG2_INVERSE_RATE = 3, ROW_MOST = 16, BITS_MORE = 2 };

static mien_status choose(mien_tensor_shape *shape, const mien_inference_parameters *parameters,
                          const mien_private_weights *weights) {
    const mien_tensor_span span = {0, weights->layout.end};
    mien_tensor_goal goal = {
        .log2_size = weights->layout.log2_size,
        .spans = &span,
        .span_count = 1,
        .bits = parameters->bits + BITS_MORE + parameters->grinding_bits,
        .grinding_bits = parameters->grinding_bits,
        .log2_inverse_rate = LOG2_INVERSE_RATE,
        .log2_row_max = weights->layout.log2_size < ROW_MOST ? weights->layout.log2_size : ROW_MOST,
        .openings = weights->openings,
        .other_parts = 1};
    if (mien_tensor_choose(shape, MIEN_PRIVATE_INNER_TREE, &goal) != MIEN_OK)
        return MIEN_UNSUPPORTED;
    return shape->row_count <= MIEN_PRIVATE_ROWS_MAX ? MIEN_OK : MIEN_UNSUPPORTED;
}

unsigned mien_private_weights_log2_least(uint32_t openings) {
    unsigned bits = 7; /* q is below 2^8, the code has rate 1/8 and is at most half full */
    if (openings < 2 || openings > MIEN_PRIVATE_OPENINGS_MAX) return 0;
    while (openings > UINT32_C(1) << (bits - 7)) bits++;
    return bits;
}

mien_status mien_private_weights_parts(mien_private_parts *parts, uint32_t *rows,
                                       const mien_inference_parameters *parameters,
                                       const mien_private_weights *weights, unsigned extra) {
    if (weights->openings < 2 || weights->openings > MIEN_PRIVATE_OPENINGS_MAX ||
        weights->generation > MIEN_PRIVATE_GENERATION_MAX || weights->layout.end == 0)
        return MIEN_ARGUMENT;
    mien_tensor_shape *theta = &parts->theta, *mask = &parts->mask;
    MIEN_TRY(choose(theta, parameters, weights));
    for (uint32_t i = 0; i < theta->row_count; i++) rows[i] = i;
    theta->log2_size += extra;
    theta->rows = rows;
    *mask = *theta;
    theta->tree = MIEN_PRIVATE_TREE + weights->generation;
    theta->openings = weights->openings;
    theta->unmasked = true;
    mask->tree = MIEN_PRIVATE_MASK_TREE;
    mask->row_count = 0;
    const mien_tensor_shape both[2] = {*theta, *mask};
    return mien_tensor_parts_check(both, 2);
}

mien_status mien_private_weights_check(const mien_cnn *cnn, const mien_cnn_plan *plan,
                                       const mien_private_weights *weights) {
    mien_cnn_weights made;
    uint32_t layer;
    if (!mien_cnn_weights_present(cnn, true) ||
        mien_cnn_weights_make(&made, &layer, cnn, plan, weights->layout.digits,
                              mien_private_weights_log2_least(weights->openings)) != MIEN_OK)
        return MIEN_ARGUMENT;
    return memcmp(&made, &weights->layout, sizeof made) == 0 ? MIEN_OK : MIEN_ARGUMENT;
}

/* ---- M */

static void hash_word(mien_blake2s *hash, int64_t value) {
    uint8_t bytes[8];
    mien_store_le64(bytes, (uint64_t)value);
    mien_blake2s_update(hash, bytes, sizeof bytes);
}

static void hash_shape(mien_blake2s *hash, mien_cnn_shape shape) {
    hash_word(hash, shape.height);
    hash_word(hash, shape.width);
    hash_word(hash, shape.channels);
}

static void hash_input(mien_blake2s *hash, const mien_cnn *cnn) {
    hash_shape(hash, cnn->input);
    hash_word(hash, cnn->input_low);
    hash_word(hash, cnn->input_high);
    hash_word(hash, cnn->input_lows != NULL ? cnn->input_values : 0);
    for (uint32_t c = 0; cnn->input_lows != NULL && c < cnn->input.channels; c++)
        hash_word(hash, cnn->input_lows[c]);
}

static void hash_convolution(mien_blake2s *hash, const mien_cnn_layer *layer) {
    hash_word(hash, layer->groups);
    hash_word(hash, layer->residual);
    hash_word(hash, layer->residual_shift);
    hash_word(hash, layer->shift);
    hash_word(hash, layer->quotient_limit);
    hash_word(hash, layer->slopes != NULL);
    for (uint32_t o = 0; layer->slopes != NULL && o < layer->out.channels; o++)
        hash_word(hash, layer->slopes[o]);
}

static void hash_layer(mien_blake2s *hash, const mien_cnn_layer *layer, mien_cnn_digits digits) {
    hash_word(hash, layer->kind);
    hash_word(hash, layer->input_count);
    for (uint32_t i = 0; i < layer->input_count; i++) hash_word(hash, layer->inputs[i]);
    hash_shape(hash, layer->in);
    hash_shape(hash, layer->out);
    for (int i = 0; i < 2; i++) {
        hash_word(hash, layer->kernel[i]);
        hash_word(hash, layer->stride[i]);
        hash_word(hash, layer->dilation[i]);
    }
    hash_word(hash, layer->pad_top);
    hash_word(hash, layer->pad_left);
    hash_word(hash, layer->low);
    hash_word(hash, layer->high);
    if (layer->kind == MIEN_CNN_CONVOLUTION) hash_convolution(hash, layer);
    hash_word(hash, digits.weight);
    hash_word(hash, digits.bias);
}

void mien_private_weights_digest(uint8_t digest[32], const mien_inference_parameters *parameters,
                                 const mien_cnn *cnn, const mien_private_weights *weights) {
    mien_blake2s hash;
    mien_blake2s_start(&hash, "mien-prv", NULL);
    hash_word(&hash, MIEN_INFERENCE_VERSION);
    hash_word(&hash, parameters->id);
    hash_input(&hash, cnn);
    hash_word(&hash, cnn->layer_count);
    for (uint32_t i = 0; i < cnn->layer_count; i++)
        hash_layer(&hash, &cnn->layers[i], weights->layout.digits[i]);
    hash_word(&hash, weights->openings);
    hash_word(&hash, weights->generation);
    mien_blake2s_update(&hash, weights->root, sizeof weights->root);
    mien_blake2s_finish(&hash, digest);
}
