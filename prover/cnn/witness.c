/* SPDX-License-Identifier: MIT */
#include "prover/cnn/witness.h"

/* Count a use of the row for `value` (range) or quotient `value` (activation). */
static mien_status use(uint32_t *counts, const mien_cnn_class *table, int64_t value) {
    int64_t row = value - table->offset;
    if (row < 0 || row >= INT64_C(1) << table->log2_rows) return MIEN_INTERNAL;
    counts[table->base + (uint32_t)row]++;
    return MIEN_OK;
}

mien_status mien_cnn_witness_input(const mien_cnn_witness *witness, const mien_cnn_plan *plan,
                                   const int16_t *values) {
    const mien_cnn_block *block = &plan->blocks[0];
    const mien_cnn_class *table = &plan->classes[block->first_class];
    for (uint32_t s = 0; s < block->sites; s++) {
        size_t row = block->base + ((size_t)s << block->log2_channels);
        for (uint32_t c = 0; c < block->channels; c++) {
            int16_t value = *values++;
            MIEN_TRY(use(witness->counts, table, value));
            witness->w[row + c] = witness->first[row + c] = mien_f_from_i32(value);
        }
    }
    return MIEN_OK;
}

static int64_t floor_shift(int64_t value, uint32_t shift) {
    int64_t remainder = (int64_t)((uint64_t)value & ((UINT64_C(1) << shift) - 1));
    return (value - remainder) / (INT64_C(1) << shift);
}

mien_status mien_cnn_witness_convolution(const mien_cnn_witness *witness, int16_t *out,
                                         const mien_cnn_plan *plan, const mien_cnn_block *block,
                                         const int32_t *accumulators) {
    size_t half = (size_t)1 << plan->log2_half;
    const mien_cnn_class *remainders = &plan->classes[block->remainder_class];
    int64_t rounding = block->shift > 0 ? INT64_C(1) << (block->shift - 1) : 0;
    for (uint32_t s = 0; s < block->sites; s++) {
        size_t row = block->base + ((size_t)s << block->log2_channels);
        for (uint32_t c = 0; c < block->channels; c++) {
            size_t at = (size_t)s * block->channels + c;
            int64_t rounded = (int64_t)accumulators[at] + rounding;
            int64_t q = floor_shift(rounded, block->shift);
            const mien_cnn_class *table = &plan->classes[plan->class_of[block->first_class + c]];
            MIEN_TRY(use(witness->counts, table, q));
            int32_t value = mien_cnn_activation(table, (int32_t)q);
            witness->w[row + c] = mien_f_from_i32(value);
            witness->first[row + c] = mien_f_from_i32((int32_t)q);
            if (out != NULL) out[at] = (int16_t)value;
            if (block->shift == 0) continue;
            int64_t remainder = rounded - q * (INT64_C(1) << block->shift);
            MIEN_TRY(use(witness->counts, remainders, remainder));
            mien_f element = mien_f_from_i32((int32_t)remainder);
            witness->w[half + row + c] = witness->first[half + row + c] = element;
        }
    }
    return MIEN_OK;
}

/* One output of the pool: its steps' values, the leader at the end. */
static mien_status tournament(const mien_cnn_witness *witness, int16_t *winner,
                              const mien_cnn_plan *plan, const mien_cnn_layer *layer,
                              uint32_t first_block, uint32_t site, uint32_t channel,
                              const int16_t *in) {
    size_t channels = layer->in.channels;
    int32_t leader = in[mien_cnn_pool_site(layer, site, 0) * channels + channel];
    for (uint32_t tap = 1; tap < mien_cnn_taps(layer); tap++) {
        const mien_cnn_block *block = &plan->blocks[first_block + tap - 1];
        const mien_cnn_class *table = &plan->classes[block->first_class];
        int32_t lead = in[mien_cnn_pool_site(layer, site, tap) * channels + channel] - leader;
        MIEN_TRY(use(witness->counts, table, lead));
        int32_t gain = mien_cnn_activation(table, lead);
        size_t at = block->base + ((size_t)site << block->log2_channels) + channel;
        witness->w[at] = mien_f_from_i32(gain);
        witness->first[at] = mien_f_from_i32(lead);
        leader += gain;
    }
    *winner = (int16_t)leader;
    return MIEN_OK;
}

mien_status mien_cnn_witness_pool(const mien_cnn_witness *witness, int16_t *out,
                                  const mien_cnn_plan *plan, const mien_cnn *cnn, uint32_t layer,
                                  const int16_t *in) {
    const mien_cnn_layer *pool = &cnn->layers[layer];
    for (uint32_t s = 0; s < mien_cnn_sites(pool->out); s++)
        for (uint32_t c = 0; c < pool->out.channels; c++)
            MIEN_TRY(tournament(witness, out + (size_t)s * pool->out.channels + c, plan, pool,
                                plan->tensor_block[layer + 1], s, c, in));
    return MIEN_OK;
}

void mien_cnn_witness_counts(const mien_cnn_witness *witness, const mien_cnn_plan *plan) {
    mien_f *section = witness->w + plan->table_base;
    for (uint32_t i = 0; i < plan->table_rows; i++)
        section[i] = mien_f_from_u32(witness->counts[i]);
}

/* Sum over the taps of one output. */
static int64_t window(const mien_cnn_layer *layer, uint32_t site, uint32_t o, const int16_t *in) {
    uint32_t depth = layer->in.channels / layer->groups;
    uint32_t first = o / (layer->out.channels / layer->groups) * depth;
    const int16_t *weight = layer->weights + (size_t)o * mien_cnn_taps(layer) * depth;
    int64_t sum = 0;
    for (uint32_t tap = 0; tap < mien_cnn_taps(layer); tap++, weight += depth) {
        int64_t at = mien_cnn_tap_site(layer, site, tap / layer->kernel[1], tap % layer->kernel[1]);
        if (at < 0) continue;
        const int16_t *pixel = in + (size_t)at * layer->in.channels + first;
        for (uint32_t i = 0; i < depth; i++) sum += (int64_t)weight[i] * pixel[i];
    }
    return sum;
}

void mien_cnn_accumulate(int32_t *accumulators, const mien_cnn_layer *layer, const int16_t *in,
                         const int16_t *residual) {
    uint32_t channels = layer->out.channels;
    for (uint32_t s = 0; s < mien_cnn_sites(layer->out); s++)
        for (uint32_t o = 0; o < channels; o++) {
            size_t at = (size_t)s * channels + o;
            int64_t sum = layer->bias[o] + window(layer, s, o, in);
            if (residual != NULL) sum += residual[at] * (INT64_C(1) << layer->residual_shift);
            accumulators[at] = (int32_t)sum;
        }
}
