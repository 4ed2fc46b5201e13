/* SPDX-License-Identifier: MIT */
/* Included once for each instruction set, with MIEN_KERNELS the name of its table: plain loops that
 * the compiler turns into its vectors. Shifts of negative numbers are arithmetic; sums and products
 * wrap, for values that are outside. */
#include "prover/cnn/requantise.h"
#include "prover/field/field.h"

static inline uint32_t word(int32_t value) {
    return (uint32_t)value + (MIEN_F_MODULUS & (uint32_t)(value >> 31));
}

static bool requantise(mien_cnn_run_values *restrict v, const mien_cnn_run_channels *restrict ch,
                       const int32_t *restrict accumulators, size_t count) {
    const uint32_t half = ch->shift > 0 ? UINT32_C(1) << (ch->shift - 1) : 0;
    const uint32_t mask = (UINT32_C(1) << ch->shift) - 1;
    const uint32_t limit = (uint32_t)ch->limit, above = 0u - 2 * limit;
    const int32_t shift = (int32_t)ch->shift, low = ch->low, high = ch->high;
    uint32_t outside = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t rounded = (uint32_t)accumulators[i] + half;
        int32_t q = (int32_t)rounded >> shift;
        int32_t bent = (int32_t)((uint32_t)q * (uint32_t)ch->slope[i] + 32) >> 6;
        v->remainder[i] = rounded & mask;
        v->row[i] = ch->row_of_zero[i] + (uint32_t)q;
        v->quotient_word[i] = word(q);
        outside |= ((uint32_t)q + limit) & above;
        bent = q < 0 ? bent : q;
        bent = bent < low ? low : bent;
        bent = bent > high ? high : bent;
        v->out_word[i] = word(bent);
        v->out[i] = (int16_t)bent;
    }
    return outside == 0;
}

static bool pool_step(mien_cnn_run_values *restrict v, int16_t *restrict leader,
                      const int16_t *restrict tap, int32_t offset, uint32_t log2_rows,
                      size_t count) {
    const uint32_t above = 0u - (UINT32_C(1) << log2_rows);
    uint32_t outside = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t lead = tap[i] - leader[i], gain = lead > 0 ? lead : 0;
        uint32_t row = (uint32_t)lead - (uint32_t)offset;
        outside |= row & above;
        v->row[i] = row;
        v->quotient_word[i] = word(lead);
        v->out_word[i] = (uint32_t)gain;
        leader[i] = (int16_t)(leader[i] + gain);
    }
    return outside == 0;
}

const mien_cnn_run_kernels MIEN_KERNELS = {requantise, pool_step};
