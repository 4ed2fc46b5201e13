/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <string.h>

#include "prover/cnn/cnn.h"
#include "prover/field/field.h"

#define MAX_SIDE 4096u
#define MAX_CHANNELS 16384u
#define MAX_ELEMENTS (UINT64_C(1) << 26)

static uint32_t log2_ceiling(uint64_t n) {
    uint32_t bits = 0;
    while ((UINT64_C(1) << bits) < n) bits++;
    return bits;
}

static int32_t clamp(int32_t value, int32_t low, int32_t high) {
    return value < low ? low : value > high ? high : value;
}

int32_t mien_cnn_activation(const mien_cnn_class *table, int32_t q) {
    int32_t bent = q;
    if (q < 0 && table->slope != 64) {
        int32_t scaled = q * table->slope + 32;
        bent = (int32_t)((scaled - (int32_t)((uint32_t)scaled & 63u)) / 64);
    }
    return clamp(bent, table->low, table->high);
}

int64_t mien_cnn_tap_site(const mien_cnn_layer *layer, uint32_t site, uint32_t ky, uint32_t kx) {
    int64_t y = (int64_t)(site / layer->out.width) * layer->stride[0] +
                (int64_t)ky * layer->dilation[0] - layer->pad_top;
    int64_t x = (int64_t)(site % layer->out.width) * layer->stride[1] +
                (int64_t)kx * layer->dilation[1] - layer->pad_left;
    if (y < 0 || y >= layer->in.height || x < 0 || x >= layer->in.width) return -1;
    return y * layer->in.width + x;
}

uint32_t mien_cnn_pool_site(const mien_cnn_layer *layer, uint32_t site, uint32_t tap) {
    int64_t at = mien_cnn_tap_site(layer, site, tap / layer->kernel[1], tap % layer->kernel[1]);
    for (uint32_t other = 0; at < 0; other++)
        at = mien_cnn_tap_site(layer, site, other / layer->kernel[1], other % layer->kernel[1]);
    return (uint32_t)at;
}

static bool shape_valid(mien_cnn_shape s) {
    return s.height >= 1 && s.height <= MAX_SIDE && s.width >= 1 && s.width <= MAX_SIDE &&
           s.channels >= 1 && s.channels <= MAX_CHANNELS &&
           (uint64_t)s.height * s.width * s.channels <= MAX_ELEMENTS;
}

static bool shape_equal(mien_cnn_shape a, mien_cnn_shape b) {
    return a.height == b.height && a.width == b.width && a.channels == b.channels;
}

static mien_cnn_shape tensor_shape(const mien_cnn *cnn, uint32_t tensor) {
    return tensor == 0 ? cnn->input : cnn->layers[tensor - 1].out;
}

/* Range of a tensor: of a pool or a concat that of what it takes from. */
static void tensor_range(const mien_cnn *cnn, uint32_t tensor, int32_t *low, int32_t *high) {
    *low = tensor == 0 ? cnn->input_low : cnn->layers[tensor - 1].low;
    *high = tensor == 0 ? cnn->input_high : cnn->layers[tensor - 1].high;
}

static bool window_valid(const mien_cnn_layer *layer) {
    for (int i = 0; i < 2; i++)
        if (layer->kernel[i] < 1 || layer->kernel[i] > 256 || layer->stride[i] < 1 ||
            layer->stride[i] > 256 || layer->dilation[i] < 1 || layer->dilation[i] > 256)
            return false;
    return layer->pad_top <= 256 && layer->pad_left <= 256;
}

static bool range_valid(int32_t low, int32_t high) {
    return low <= high && low >= -(1 << 15) && high < 1 << 15;
}

static bool inputs_valid(const mien_cnn *cnn, uint32_t index) {
    const mien_cnn_layer *layer = &cnn->layers[index];
    if (layer->input_count < 1 || layer->input_count > MIEN_CNN_MAX_INPUTS) return false;
    for (uint32_t i = 0; i < layer->input_count; i++)
        if (layer->inputs[i] > index) return false;
    return shape_valid(layer->out) && window_valid(layer) &&
           shape_equal(layer->in, tensor_shape(cnn, layer->inputs[0])) &&
           range_valid(layer->low, layer->high);
}

static bool convolution_valid(const mien_cnn *cnn, uint32_t index) {
    const mien_cnn_layer *layer = &cnn->layers[index];
    if (layer->input_count != 1 || layer->groups < 1 || layer->in.channels % layer->groups != 0 ||
        layer->out.channels % layer->groups != 0 ||
        (layer->weights == NULL) != (layer->bias == NULL))
        return false;
    if (layer->shift > MIEN_CNN_MAX_SHIFT || layer->residual_shift > MIEN_CNN_MAX_SHIFT)
        return false;
    if (layer->residual >= 0 &&
        ((uint32_t)layer->residual > index ||
         !shape_equal(tensor_shape(cnn, (uint32_t)layer->residual), layer->out)))
        return false;
    int64_t limit = layer->quotient_limit;
    return limit >= 1 && limit <= 1 << 15 && (limit & (limit - 1)) == 0;
}

static bool concat_valid(const mien_cnn *cnn, uint32_t index) {
    const mien_cnn_layer *layer = &cnn->layers[index];
    uint32_t channels = 0;
    for (uint32_t i = 0; i < layer->input_count; i++) {
        mien_cnn_shape shape = tensor_shape(cnn, layer->inputs[i]);
        if (shape.height != layer->out.height || shape.width != layer->out.width) return false;
        channels += shape.channels;
    }
    return channels == layer->out.channels;
}

/* Every window must hold a tap inside of the input. */
static mien_status pool_check(const mien_cnn_layer *layer) {
    if (layer->input_count != 1 || layer->in.channels != layer->out.channels) return MIEN_ARGUMENT;
    if (mien_cnn_taps(layer) > MIEN_CNN_MAX_TAPS) return MIEN_UNSUPPORTED;
    for (uint32_t site = 0; site < mien_cnn_sites(layer->out); site++) {
        bool inside = false;
        for (uint32_t tap = 0; tap < mien_cnn_taps(layer) && !inside; tap++)
            inside =
                mien_cnn_tap_site(layer, site, tap / layer->kernel[1], tap % layer->kernel[1]) >= 0;
        if (!inside) return MIEN_UNSUPPORTED;
    }
    return MIEN_OK;
}

static mien_status layer_check(const mien_cnn *cnn, uint32_t index) {
    if (!inputs_valid(cnn, index)) return MIEN_ARGUMENT;
    switch (cnn->layers[index].kind) {
    case MIEN_CNN_CONVOLUTION:
        return convolution_valid(cnn, index) ? MIEN_OK : MIEN_ARGUMENT;
    case MIEN_CNN_MAX_POOL:
        return pool_check(&cnn->layers[index]);
    case MIEN_CNN_CONCAT:
        return concat_valid(cnn, index) ? MIEN_OK : MIEN_ARGUMENT;
    default:
        return MIEN_ARGUMENT;
    }
}

static mien_status class_add(mien_cnn_plan *plan, uint32_t *index, mien_cnn_class wanted) {
    if (plan->class_count == MIEN_CNN_MAX_CLASSES) return MIEN_TOO_LARGE;
    *index = plan->class_count++;
    wanted.id = *index + 1;
    plan->classes[*index] = wanted;
    return MIEN_OK;
}

static mien_status range_class(mien_cnn_plan *plan, uint32_t *index, int32_t low, uint32_t bits) {
    mien_cnn_class wanted = {.range = true, .log2_rows = bits, .offset = low, .slope = 64};
    for (*index = 0; *index < plan->class_count; ++*index) {
        const mien_cnn_class *c = &plan->classes[*index];
        if (c->range && c->log2_rows == bits && c->offset == low) return MIEN_OK;
    }
    return class_add(plan, index, wanted);
}

/* Largest Q of the table that outputs of a layer with this Q and shift may share: requantisation
 * stays the only solution of its equation, Q' 2^s + B + 2^s < p with B < Q 2^s. */
static int64_t largest_limit(int64_t limit, uint32_t shift) {
    int64_t most = (((int64_t)MIEN_F_MODULUS - 1) >> shift) - limit - 1, power = limit;
    while (2 * power <= most && 2 * power <= 1 << 15) power *= 2;
    return power;
}

/* One table for all outputs with this range and slope, of the largest Q among them, unless that is
 * too large for one of them. A table has half as many values below 0 as rows. */
static mien_status activation_class(mien_cnn_plan *plan, uint32_t *index, int64_t limit,
                                    uint32_t shift, int32_t low, int32_t high, int32_t slope) {
    int64_t most = largest_limit(limit, shift);
    for (uint32_t i = 0; i < plan->class_count; i++) {
        mien_cnn_class *c = &plan->classes[i];
        int64_t own = -(int64_t)c->offset, shared = own > limit ? own : limit;
        if (c->range || c->low != low || c->high != high || c->slope != slope || shared > most ||
            shared > c->limit_most)
            continue;
        c->offset = (int32_t)-shared;
        c->log2_rows = log2_ceiling((uint64_t)shared) + 1;
        if (most < c->limit_most) c->limit_most = (int32_t)most;
        *index = i;
        return MIEN_OK;
    }
    mien_cnn_class wanted = {.log2_rows = log2_ceiling((uint64_t)limit) + 1,
                             .offset = (int32_t)-limit,
                             .limit_most = (int32_t)most,
                             .low = low,
                             .high = high,
                             .slope = slope};
    return class_add(plan, index, wanted);
}

static mien_status block_add(mien_cnn_plan *plan, mien_cnn_block **block, mien_cnn_shape shape) {
    if (plan->block_count == MIEN_CNN_MAX_BLOCKS) return MIEN_TOO_LARGE;
    *block = &plan->blocks[plan->block_count++];
    (*block)->sites = mien_cnn_sites(shape);
    (*block)->channels = (*block)->tensor_channels = shape.channels;
    (*block)->log2_channels = log2_ceiling(shape.channels);
    return MIEN_OK;
}

/* The pixels' table must have exactly the rows of the declared range, so the range is a power of
 * two. */
static mien_status input_block(mien_cnn_plan *plan, const mien_cnn *cnn) {
    mien_cnn_block *block;
    if (!shape_valid(cnn->input) || !range_valid(cnn->input_low, cnn->input_high))
        return MIEN_ARGUMENT;
    const int32_t *lows = cnn->input_lows;
    uint32_t values =
        lows != NULL ? cnn->input_values : (uint32_t)(cnn->input_high - cnn->input_low) + 1;
    uint32_t bits = log2_ceiling(values);
    if (values != 1u << bits) return MIEN_UNSUPPORTED;
    MIEN_TRY(block_add(plan, &block, cnn->input));
    block->kind = MIEN_CNN_BLOCK_INPUT;
    for (uint32_t c = 0; c < cnn->input.channels; c++) {
        int32_t low = lows != NULL ? lows[c] : cnn->input_low;
        uint32_t at;
        if (low < cnn->input_low || low + (int64_t)values - 1 > cnn->input_high)
            return MIEN_ARGUMENT;
        MIEN_TRY(range_class(plan, &at, low, bits));
        plan->class_of[plan->class_of_count++] = (uint16_t)at;
    }
    return MIEN_OK;
}

/* Channels of the next block out of `left`: all, unless more than an eighth would be gaps. */
static uint32_t cut(uint32_t left) {
    uint32_t rounded = 1u << log2_ceiling(left);
    return left <= 8 || (rounded - left) * 8 <= left ? left : rounded / 2;
}

/* Q when the layer's outputs are its quotients and no int8 values, and nothing in the network takes
 * them; else 0. */
static int32_t direct_limit(const mien_cnn *cnn, uint32_t index) {
    const mien_cnn_layer *layer = &cnn->layers[index];
    bool narrow = layer->low >= -128 && layer->high <= 127;
    if (index + 1 != cnn->layer_count || narrow || layer->low > -layer->quotient_limit ||
        layer->high < layer->quotient_limit - 1)
        return 0;
    for (uint32_t c = 0; layer->slopes != NULL && c < layer->out.channels; c++)
        if (layer->slopes[c] != 64) return 0;
    return (int32_t)layer->quotient_limit;
}

/* What the outputs of a channel look up. */
static mien_status output_class(mien_cnn_plan *plan, uint32_t *index, const mien_cnn_layer *layer,
                                uint32_t channel, bool direct) {
    if (direct) return range_class(plan, index, 0, 0);
    return activation_class(plan, index, layer->quotient_limit, layer->shift, layer->low,
                            layer->high, layer->slopes != NULL ? layer->slopes[channel] : 64);
}

/* Channels first .. first + count - 1. */
static mien_status convolution_block(mien_cnn_plan *plan, const mien_cnn *cnn, uint32_t index,
                                     uint32_t first, uint32_t count) {
    const mien_cnn_layer *layer = &cnn->layers[index];
    uint32_t capacity = sizeof plan->class_of / sizeof plan->class_of[0];
    mien_cnn_block *block;
    MIEN_TRY(block_add(plan, &block, layer->out));
    block->first_channel = first;
    block->channels = count;
    block->log2_channels = log2_ceiling(count);
    block->kind = MIEN_CNN_BLOCK_OUTPUT;
    block->layer = index;
    block->shift = layer->shift;
    block->first_class = plan->class_of_count;
    block->direct = direct_limit(cnn, index);
    if (layer->shift > 0) MIEN_TRY(range_class(plan, &block->remainder_class, 0, layer->shift));
    if (count > capacity - plan->class_of_count) return MIEN_TOO_LARGE;
    for (uint32_t c = first; c < first + count; c++) {
        uint32_t at;
        MIEN_TRY(output_class(plan, &at, layer, c, block->direct != 0));
        plan->class_of[plan->class_of_count++] = (uint16_t)at;
    }
    return MIEN_OK;
}

static mien_status convolution_blocks(mien_cnn_plan *plan, const mien_cnn *cnn, uint32_t index,
                                      bool split) {
    uint32_t channels = cnn->layers[index].out.channels;
    for (uint32_t first = 0; first < channels;) {
        uint32_t count = split ? cut(channels - first) : channels;
        MIEN_TRY(convolution_block(plan, cnn, index, first, count));
        first += count;
    }
    return MIEN_OK;
}

static mien_status pool_blocks(mien_cnn_plan *plan, const mien_cnn *cnn, uint32_t index) {
    const mien_cnn_layer *layer = &cnn->layers[index];
    int32_t low, high;
    tensor_range(cnn, layer->inputs[0], &low, &high);
    int64_t limit = INT64_C(1) << log2_ceiling((uint64_t)(high - low) + 1);
    if (limit > 1 << 15) return MIEN_UNSUPPORTED;
    for (uint32_t step = 1; step < mien_cnn_taps(layer); step++) {
        mien_cnn_block *block;
        MIEN_TRY(block_add(plan, &block, layer->out));
        block->kind = MIEN_CNN_BLOCK_POOL;
        block->layer = index;
        block->step = step;
        MIEN_TRY(activation_class(plan, &block->first_class, limit, 0, 0, (int32_t)limit - 1, 64));
    }
    return MIEN_OK;
}

static mien_status all_blocks(mien_cnn_plan *plan, uint32_t *at_layer, const mien_cnn *cnn,
                              bool split) {
    *at_layer = 0;
    MIEN_TRY(input_block(plan, cnn));
    for (uint32_t i = 0; i < cnn->layer_count; i++) {
        *at_layer = i;
        MIEN_TRY(layer_check(cnn, i));
        plan->tensor_block[i + 1] = plan->block_count;
        if (cnn->layers[i].kind == MIEN_CNN_CONVOLUTION)
            MIEN_TRY(convolution_blocks(plan, cnn, i, split));
        else if (cnn->layers[i].kind == MIEN_CNN_MAX_POOL)
            MIEN_TRY(pool_blocks(plan, cnn, i));
    }
    return MIEN_OK;
}

/* The input alone in the first positions, a power of two of them, so that its rows can have a
 * commitment of their own. */
static uint64_t place_input(mien_cnn_plan *plan) {
    mien_cnn_block *input = &plan->blocks[0];
    uint32_t widest = 0;
    for (uint32_t i = 0; i < plan->block_count; i++)
        if (plan->blocks[i].log2_channels > widest) widest = plan->blocks[i].log2_channels;
    uint32_t bits = log2_ceiling((uint64_t)input->sites << input->log2_channels);
    plan->log2_input = bits > widest ? bits : widest;
    plan->committed = (uint64_t)input->sites * input->channels;
    return UINT64_C(1) << plan->log2_input;
}

/* Then the widest channels first: so each base is a multiple of its C' without gaps. */
static mien_status place_blocks(mien_cnn_plan *plan) {
    uint64_t next = place_input(plan);
    for (int bits = 16; bits >= 0; bits--)
        for (uint32_t i = 1; i < plan->block_count; i++) {
            mien_cnn_block *b = &plan->blocks[i];
            if (b->log2_channels != (uint32_t)bits) continue;
            b->base = (uint32_t)next;
            next += (uint64_t)b->sites << bits;
            if (next > UINT64_C(1) << MIEN_CNN_MAX_LOG2_SIZE) return MIEN_TOO_LARGE;
            uint64_t values = (uint64_t)b->sites * b->channels;
            plan->committed += b->shift > 0 ? 2 * values : values;
        }
    plan->lookups = plan->committed;
    plan->log2_half = log2_ceiling(next);
    plan->table_base = (uint32_t)next; /* place_tables moves it to a multiple */
    return MIEN_OK;
}

/* Biggest first, so that each table starts at a multiple of its size. */
static mien_status place_tables(mien_cnn_plan *plan) {
    uint64_t next = 0, largest = 1;
    for (int bits = 16; bits >= 0; bits--)
        for (uint32_t i = 0; i < plan->class_count; i++) {
            mien_cnn_class *c = &plan->classes[i];
            if (c->log2_rows != (uint32_t)bits) continue;
            c->base = (uint32_t)next;
            if (next == 0) largest = UINT64_C(1) << bits;
            next += UINT64_C(1) << bits;
            if (next > UINT64_C(1) << MIEN_CNN_MAX_LOG2_SIZE) return MIEN_TOO_LARGE;
        }
    plan->table_rows = (uint32_t)next;
    plan->committed += next;
    uint64_t half = UINT64_C(1) << plan->log2_half, align = largest - 1;
    uint64_t base = (plan->table_base + align) & ~align;
    if (base + next > half) base = (2 * half + align) & ~align;
    plan->table_base = (uint32_t)base;
    plan->log2_size = log2_ceiling(base + next > 2 * half ? base + next : 2 * half);
    return plan->log2_size <= MIEN_CNN_MAX_LOG2_SIZE ? MIEN_OK : MIEN_TOO_LARGE;
}

static mien_status make(mien_cnn_plan *plan, uint32_t *layer, const mien_cnn *cnn, bool split) {
    memset(plan, 0, sizeof *plan);
    MIEN_TRY(all_blocks(plan, layer, cnn, split));
    MIEN_TRY(place_blocks(plan));
    return place_tables(plan);
}

mien_status mien_cnn_plan_make(mien_cnn_plan *plan, uint32_t *layer, const mien_cnn *cnn) {
    memset(plan, 0, sizeof *plan);
    *layer = 0;
    if (cnn->layer_count < 1 || cnn->layer_count > MIEN_CNN_MAX_LAYERS) return MIEN_ARGUMENT;
    mien_status status = make(plan, layer, cnn, false);
    if (status == MIEN_OK || status == MIEN_TOO_LARGE) {
        unsigned whole = status == MIEN_OK ? plan->log2_half + plan->log2_size : UINT_MAX;
        status = make(plan, layer, cnn, true);
        if (status != MIEN_OK || plan->log2_half + plan->log2_size >= whole)
            status = make(plan, layer, cnn, false);
    }
    if (status != MIEN_OK) memset(plan, 0, sizeof *plan);
    return status;
}
