/* SPDX-License-Identifier: MIT */
#include "prover/statement/inference_claims.h"

unsigned mien_inference_rows_log2(const mien_cnn_plan *plan) {
    unsigned bits = mien_cnn_table_log2(plan);
    return bits < 1 ? 1 : bits;
}

uint64_t mien_inference_absent(const mien_cnn_plan *plan) {
    return (UINT64_C(2) << plan->log2_half) - plan->lookups;
}

static mien_cnn_shape output_shape(const mien_cnn *cnn) {
    return cnn->layers[cnn->layer_count - 1].out;
}

size_t mien_inference_output_size(const mien_cnn *cnn) {
    mien_cnn_shape shape = output_shape(cnn);
    return (size_t)mien_cnn_sites(shape) * shape.channels;
}

void mien_inference_draw_lookup(mien_transcript *transcript,
                                mien_inference_challenges *challenges) {
    mien_transcript_draw_k(transcript, "lookup a", &challenges->lookup.a, 1);
    mien_transcript_draw_k(transcript, "lookup g", &challenges->lookup.g, 1);
    mien_transcript_draw_k(transcript, "lookup h", &challenges->lookup.h, 1);
    mien_transcript_draw_k(transcript, "output xi", &challenges->xi, 1);
}

void mien_inference_powers(mien_k *out, mien_k xi, size_t count) {
    mien_k power = MIEN_K_ONE;
    for (size_t j = 0; j < count; j++, power = mien_k_mul(power, xi)) out[j] = power;
}

mien_k mien_inference_output_value(mien_k xi, const int16_t *values, size_t count) {
    mien_k sum = MIEN_K_ZERO;
    while (count-- > 0)
        sum = mien_k_add(mien_k_mul(sum, xi), mien_k_from_f(mien_f_from_i32(values[count])));
    return sum;
}

size_t mien_inference_functional_scratch(const mien_cnn_plan *plan, const mien_cnn *cnn) {
    mien_cnn_shape shape = output_shape(cnn);
    return mien_cnn_functional_scratch(plan, cnn) + mien_cnn_sites(shape) + shape.channels;
}

void mien_inference_output_functional(const mien_cnn_plan *plan, const mien_cnn *cnn, mien_k xi,
                                      mien_k scale, mien_k *scratch,
                                      const mien_cnn_piece_sink *sink) {
    mien_cnn_shape shape = output_shape(cnn);
    mien_k *alpha = scratch, *delta = alpha + shape.channels;
    mien_inference_powers(alpha, xi, shape.channels);
    mien_k step = mien_k_mul(alpha[shape.channels - 1], xi);
    mien_inference_powers(delta, step, mien_cnn_sites(shape));
    mien_cnn_tensor_functional(plan, cnn, cnn->layer_count, alpha, delta, scale,
                               delta + mien_cnn_sites(shape), sink);
}

mien_k mien_inference_functional(const mien_cnn_plan *plan, const mien_cnn *cnn,
                                 const mien_inference_challenges *challenges,
                                 const mien_inference_points *points, mien_k *scratch,
                                 const mien_cnn_piece_sink *sink) {
    mien_inference_output_functional(plan, cnn, challenges->xi, mien_k_square(challenges->gamma),
                                     scratch, sink);
    return mien_cnn_leaves_functional(plan, cnn, &challenges->lookup, points->leaves, scratch,
                                      sink);
}

uint32_t mien_inference_value_message(const mien_cnn_plan *plan, bool output, bool hidden) {
    return (uint32_t)(mien_fraction_message_count(mien_inference_leaves_log2(plan), true) +
                      mien_fraction_message_count(mien_inference_rows_log2(plan), false) +
                      2 * (size_t)plan->log2_size + (output ? 1 : 0) + (hidden ? 1 : 0));
}

/* Behind w(r*): the opening's; with hidden weights their share, theta's inner product and the
 * other opening's. */
size_t mien_inference_message_count(const mien_cnn_plan *plan, bool output,
                                    const mien_cnn_weights *weights) {
    size_t more = weights != NULL ? 1 + 2 * (size_t)weights->log2_size + 1 + 1 : 0;
    return mien_inference_value_message(plan, output, weights != NULL) + 1 + 1 + more;
}
