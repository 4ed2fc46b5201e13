/* SPDX-License-Identifier: MIT */
#include "prover/cnn/witness.h"

#include <string.h>

#include "prover/cnn/requantise.h"
#include "prover/field/vectors.h"

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
    const uint16_t *class_of = plan->class_of + block->first_class;
    for (uint32_t s = 0; s < block->sites; s++) {
        size_t row = block->base + ((size_t)s << block->log2_channels);
        for (uint32_t c = 0; c < block->channels; c++) {
            int16_t value = *values++;
            MIEN_TRY(use(witness->counts, &plan->classes[class_of[c]], value));
            witness->w[row + c] = witness->first[row + c] = mien_f_from_i32(value);
        }
    }
    return MIEN_OK;
}

/* One more use of each row. */
static void count_rows(uint32_t *counts, const uint32_t *rows, size_t count) {
    for (size_t i = 0; i < count; i++) counts[rows[i]]++;
}

/* Outputs that are their quotients: the difference is looked up. */
static void make_direct(mien_cnn_run_values *v, const mien_cnn_run_channels *ch, size_t count) {
    memcpy(v->row, ch->row_of_zero, count * sizeof *v->row);
    memset(v->quotient_word, 0, count * sizeof *v->quotient_word);
}

/* A run of `count` values from position `at` of w and element `from` of the dense arrays on. */
static mien_status fill_run(const mien_cnn_witness *witness, mien_cnn_run_values *v, int16_t *out,
                            const mien_field_kernels *field, const mien_cnn_run_channels *ch,
                            const int32_t *accumulators, size_t half, size_t at, size_t count) {
    if (!mien_cnn_run_kernels_best()->requantise(v, ch, accumulators, count)) return MIEN_INTERNAL;
    if (ch->direct) make_direct(v, ch, count);
    count_rows(witness->counts, v->row, count);
    field->f_from_u32(witness->w + at, v->out_word, count);
    field->f_from_u32(witness->first + at, v->quotient_word, count);
    if (ch->shift > 0) {
        count_rows(witness->counts + ch->remainder_rows, v->remainder, count);
        field->f_from_u32(witness->w + half + at, v->remainder, count);
        memcpy(witness->first + half + at, witness->w + half + at, count * sizeof(mien_f));
    }
    if (out != NULL) memcpy(out, v->out, count * sizeof *out);
    return MIEN_OK;
}

/* Channels first .. first + count - 1 of a block, `repeats` times over. */
static void describe(mien_cnn_run_channels *ch, const mien_cnn_plan *plan,
                     const mien_cnn_block *block, uint32_t first, uint32_t count,
                     uint32_t repeats) {
    const uint16_t *class_of = plan->class_of + block->first_class;
    for (uint32_t i = 0; i < count * repeats; i++) {
        const mien_cnn_class *table = &plan->classes[class_of[first + i % count]];
        ch->slope[i] = table->slope;
        ch->row_of_zero[i] = table->base + (uint32_t)-table->offset;
        ch->low = table->low;
        ch->high = table->high;
        if (i == 0 || -table->offset < ch->limit) ch->limit = -table->offset;
    }
    ch->direct = block->direct != 0;
    if (ch->direct) {
        ch->limit = block->direct;
        ch->low = -block->direct;
        ch->high = block->direct - 1;
    }
    ch->shift = block->shift;
    ch->remainder_rows = block->shift > 0 ? plan->classes[block->remainder_class].base : 0;
}

/* Sites first .. end - 1, channels c .. c + wide - 1. */
static mien_status fill_channels(const mien_cnn_witness *witness, mien_cnn_run_values *v,
                                 int16_t *out, const mien_cnn_plan *plan,
                                 const mien_cnn_block *block, const int32_t *accumulators,
                                 uint32_t first, uint32_t end, uint32_t c, uint32_t wide) {
    const mien_field_kernels *field = mien_field_kernels_best();
    size_t half = (size_t)1 << plan->log2_half;
    /* Without gaps between sites, several make one run. */
    bool gaps = wide < block->tensor_channels || (UINT32_C(1) << block->log2_channels) > wide;
    uint32_t together = gaps ? 1 : MIEN_CNN_RUN / wide;
    mien_cnn_run_channels ch;
    describe(&ch, plan, block, c, wide, together);
    for (uint32_t s = first; s < end; s += together) {
        uint32_t sites = end - s < together ? end - s : together;
        size_t at = block->base + ((size_t)s << block->log2_channels) + c;
        size_t from = (size_t)s * block->tensor_channels + block->first_channel + c;
        MIEN_TRY(fill_run(witness, v, out != NULL ? out + from : NULL, field, &ch,
                          accumulators + from, half, at, (size_t)sites * wide));
    }
    return MIEN_OK;
}

mien_status mien_cnn_witness_convolution_sites(const mien_cnn_witness *witness, int16_t *out,
                                               const mien_cnn_plan *plan,
                                               const mien_cnn_block *block,
                                               const int32_t *accumulators, uint32_t first,
                                               uint32_t count) {
    mien_cnn_run_values v;
    mien_status status = MIEN_OK;
    for (uint32_t done = 0, all = block->tensor_channels; done < all; block++) {
        for (uint32_t c = 0; c < block->channels && status == MIEN_OK; c += MIEN_CNN_RUN) {
            uint32_t left = block->channels - c;
            status = fill_channels(witness, &v, out, plan, block, accumulators, first,
                                   first + count, c, left < MIEN_CNN_RUN ? left : MIEN_CNN_RUN);
        }
        done += block->channels;
    }
    mien_wipe(&v, sizeof v);
    return status;
}

mien_status mien_cnn_witness_convolution(const mien_cnn_witness *witness, int16_t *out,
                                         const mien_cnn_plan *plan, const mien_cnn_block *block,
                                         const int32_t *accumulators) {
    return mien_cnn_witness_convolution_sites(witness, out, plan, block, accumulators, 0,
                                              block->sites);
}

/* One step of `count` channels of a pool's site: tap against leader, which becomes the larger. */
static mien_status pool_step(const mien_cnn_witness *witness, mien_cnn_run_values *v,
                             int16_t *leader, const mien_field_kernels *field,
                             const mien_cnn_class *table, const int16_t *tap, size_t at,
                             size_t count) {
    if (!mien_cnn_run_kernels_best()->pool_step(v, leader, tap, table->offset, table->log2_rows,
                                                count))
        return MIEN_INTERNAL;
    count_rows(witness->counts + table->base, v->row, count);
    field->f_from_u32(witness->w + at, v->out_word, count);
    field->f_from_u32(witness->first + at, v->quotient_word, count);
    return MIEN_OK;
}

/* The tournament of one site; `winners` are the leaders at the end. */
static mien_status pool_site(const mien_cnn_witness *witness, mien_cnn_run_values *v,
                             int16_t *winners, const mien_field_kernels *field,
                             const mien_cnn_plan *plan, const mien_cnn_layer *pool,
                             uint32_t first_block, uint32_t site, const int16_t *in) {
    size_t channels = pool->in.channels;
    memcpy(winners, in + mien_cnn_pool_site(pool, site, 0) * channels, channels * sizeof *winners);
    for (uint32_t tap = 1; tap < mien_cnn_taps(pool); tap++) {
        const mien_cnn_block *block = &plan->blocks[first_block + tap - 1];
        const mien_cnn_class *table = &plan->classes[block->first_class];
        const int16_t *values = in + mien_cnn_pool_site(pool, site, tap) * channels;
        size_t at = block->base + ((size_t)site << block->log2_channels);
        for (size_t c = 0; c < channels; c += MIEN_CNN_RUN)
            MIEN_TRY(pool_step(witness, v, winners + c, field, table, values + c, at + c,
                               channels - c < MIEN_CNN_RUN ? channels - c : MIEN_CNN_RUN));
    }
    return MIEN_OK;
}

mien_status mien_cnn_witness_pool_sites(const mien_cnn_witness *witness, int16_t *out,
                                        const mien_cnn_plan *plan, const mien_cnn *cnn,
                                        uint32_t layer, const int16_t *in, uint32_t first,
                                        uint32_t count) {
    const mien_field_kernels *field = mien_field_kernels_best();
    const mien_cnn_layer *pool = &cnn->layers[layer];
    mien_cnn_run_values v;
    mien_status status = MIEN_OK;
    for (uint32_t s = first; s < first + count && status == MIEN_OK; s++)
        status = pool_site(witness, &v, out + (size_t)s * pool->out.channels, field, plan, pool,
                           plan->tensor_block[layer + 1], s, in);
    mien_wipe(&v, sizeof v);
    return status;
}

mien_status mien_cnn_witness_pool(const mien_cnn_witness *witness, int16_t *out,
                                  const mien_cnn_plan *plan, const mien_cnn *cnn, uint32_t layer,
                                  const int16_t *in) {
    return mien_cnn_witness_pool_sites(witness, out, plan, cnn, layer, in, 0,
                                       mien_cnn_sites(cnn->layers[layer].out));
}

void mien_cnn_witness_counts(const mien_cnn_witness *witness, const mien_cnn_plan *plan) {
    mien_field_kernels_best()->f_from_u32(witness->w + plan->table_base, witness->counts,
                                          plan->table_rows);
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
