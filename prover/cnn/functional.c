/* SPDX-License-Identifier: MIT */
#include "prover/cnn/functional.h"

#include <string.h>

#include "prover/cnn/weigh.h"
#include "prover/cnn/weights.h"
#include "prover/sumcheck/equality.h"

typedef struct builder {
    const mien_cnn_plan *plan;
    const mien_cnn *cnn;
    const mien_cnn_challenges *challenges;
    const mien_k *point;
    const mien_cnn_piece_sink *sink;
    mien_k in_outputs, in_remainders; /* factor of the point's top coordinate */
    mien_k *alpha, *delta;            /* of the block at hand */
    mien_k *all_alpha;                /* alpha in its place among its tensor's channels, else 0 */
    mien_k *tap_alpha;                /* [tap][input channel] */
    mien_k *tap_delta;                /* of one tap of its kernel */
    mien_cnn_weigh_function *weigh;
    mien_k *free;   /* scratch behind those */
    mien_k present; /* sum of eq over the positions that hold a value */
    mien_k constant;
} builder;

static unsigned log2_ceiling(uint64_t n) {
    unsigned bits = 0;
    while ((UINT64_C(1) << bits) < n) bits++;
    return bits;
}

static mien_k sum_of(const mien_k *values, size_t count) {
    mien_k sum = MIEN_K_ZERO;
    for (size_t i = 0; i < count; i++) sum = mien_k_add(sum, values[i]);
    return sum;
}

static mien_k from_i32(int32_t value) {
    return mien_k_from_f(mien_f_from_i32(value));
}

/* ---- equality vectors */

static unsigned low_bits(size_t count, unsigned bits) {
    unsigned low = log2_ceiling(count);
    return low < bits ? low : bits;
}

/* Two vectors of blocks, and what aligning them may cost. */
size_t mien_cnn_eq_scratch(size_t count) {
    size_t blocks = mien_k_blocks((size_t)1 << log2_ceiling(count));
    return (2 * blocks + 1) * sizeof(mien_k_block) / sizeof(mien_k);
}

static mien_k_block *aligned_blocks(mien_k *scratch) {
    return (mien_k_block *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
}

/* eq(point, index) over `bits` coordinates. */
static mien_k eq_at(const mien_k *point, unsigned bits, uint64_t index) {
    mien_k product = MIEN_K_ONE;
    for (unsigned i = 0; i < bits; i++) {
        mien_k other = mien_k_sub(MIEN_K_ONE, point[i]);
        product = mien_k_mul(product, index >> i & 1 ? point[i] : other);
    }
    return product;
}

/* All 2^bits values, in place by doubling. */
static void eq_all(mien_k *out, const mien_k *point, unsigned bits) {
    out[0] = MIEN_K_ONE;
    for (unsigned i = 0; i < bits; i++)
        for (size_t j = (size_t)1 << i; j-- > 0;) {
            mien_k with = mien_k_mul(out[j], point[i]);
            out[j + ((size_t)1 << i)] = with;
            out[j] = mien_k_sub(out[j], with);
        }
}

/* A window of `count` meets at most two aligned blocks of 2^low >= count. */
void mien_cnn_eq_range(mien_k *out, const mien_k *point, unsigned bits, uint64_t first,
                       size_t count, mien_k *scratch) {
    unsigned low = low_bits(count, bits);
    size_t size = (size_t)1 << low, mask = size - 1;
    const mien_field_kernels *kernels = mien_field_kernels_best();
    mien_k_block *all = aligned_blocks(scratch), *scaled = all + mien_k_blocks(size);
    mien_equality_blocks(all, kernels, point, low);
    for (size_t j = 0; j < count;) {
        uint64_t at = first + j;
        mien_k high = eq_at(point + low, bits - low, at >> low);
        kernels->k_scale(scaled, all, high, size);
        for (; j < count && (first + j) >> low == at >> low; j++)
            out[j] = mien_k_block_get(scaled, (first + j) & mask);
    }
}

/* ---- pieces */

static void emit(const builder *b, const mien_cnn_block *block, uint32_t base, const mien_k *alpha,
                 const mien_k *delta, mien_k scale) {
    mien_piece piece = {base,  block->sites, block->channels, block->log2_channels, alpha,
                        delta, scale};
    b->sink->take(b->sink->context, &piece);
}

static void tensor(builder *b, uint32_t number, const mien_k *alpha, const mien_k *delta,
                   mien_k scale);

/* Claim on inputs at tap `tap` of a pool's sites. */
static void pool_tap(builder *b, const mien_cnn_layer *pool, uint32_t tap, const mien_k *alpha,
                     const mien_k *delta, mien_k scale) {
    size_t sites = mien_cnn_sites(pool->in);
    mien_k *moved = b->free;
    b->free += sites;
    memset(moved, 0, sites * sizeof *moved);
    for (uint32_t s = 0; s < mien_cnn_sites(pool->out); s++) {
        uint32_t at = mien_cnn_pool_site(pool, s, tap);
        moved[at] = mien_k_add(moved[at], delta[s]);
    }
    tensor(b, pool->inputs[0], alpha, moved, scale);
    b->free = moved;
}

/* m_steps = tap_1 + u_2 + ... : the leader after so many steps; all of them give the output. */
static void pool_leader(builder *b, uint32_t layer, uint32_t steps, const mien_k *alpha,
                        const mien_k *delta, mien_k scale) {
    const mien_cnn_block *block = &b->plan->blocks[b->plan->tensor_block[layer + 1]];
    for (uint32_t i = 0; i < steps; i++, block++) emit(b, block, block->base, alpha, delta, scale);
    pool_tap(b, &b->cnn->layers[layer], 0, alpha, delta, scale);
}

static bool all_zero(const mien_k *values, size_t count) {
    uint32_t any = 0;
    for (size_t i = 0; i < count; i++)
        for (int j = 0; j < MIEN_K_DEGREE; j++) any |= values[i].c[j].m;
    return any == 0;
}

/* All blocks of a convolution's tensor; a claim on part of the channels leaves some out. */
static void outputs(builder *b, const mien_cnn_block *block, const mien_k *alpha,
                    const mien_k *delta, mien_k scale) {
    for (uint32_t done = 0, all = block->tensor_channels; done < all; block++) {
        const mien_k *own = alpha + block->first_channel;
        done += block->channels;
        if (block->channels == all || !all_zero(own, block->channels))
            emit(b, block, block->base, own, delta, scale);
    }
}

static void tensor(builder *b, uint32_t number, const mien_k *alpha, const mien_k *delta,
                   mien_k scale) {
    const mien_cnn_block *block = &b->plan->blocks[b->plan->tensor_block[number]];
    const mien_cnn_layer *layer = number == 0 ? NULL : &b->cnn->layers[number - 1];
    if (layer == NULL) {
        emit(b, block, block->base, alpha, delta, scale);
    } else if (layer->kind == MIEN_CNN_CONVOLUTION) {
        outputs(b, block, alpha, delta, scale);
    } else if (layer->kind == MIEN_CNN_MAX_POOL) {
        pool_leader(b, number - 1, mien_cnn_taps(layer) - 1, alpha, delta, scale);
    } else {
        for (uint32_t i = 0; i < layer->input_count; i++) {
            uint32_t from = layer->inputs[i];
            tensor(b, from, alpha, delta, scale);
            alpha += from == 0 ? b->cnn->input.channels : b->cnn->layers[from - 1].out.channels;
        }
    }
}

/* alpha(tap, i) = sum over the outputs o of i's group and of the block of eq(o) weight(o, tap, i),
 * for the first `taps` taps. */
static void weigh(builder *b, const mien_cnn_layer *layer, const mien_cnn_block *block,
                  uint32_t taps) {
    uint32_t depth = layer->in.channels / layer->groups;
    uint32_t outputs = layer->out.channels / layer->groups;
    size_t row = (size_t)mien_cnn_taps(layer) * depth;
    mien_k *group_alpha = b->free;
    uint32_t end = block->first_channel + block->channels;
    if (block->channels < block->tensor_channels)
        memset(b->tap_alpha, 0, (size_t)taps * layer->in.channels * sizeof *b->tap_alpha);
    for (uint32_t group = block->first_channel / outputs; group * outputs < end; group++) {
        uint32_t first = group * outputs, last = first + outputs;
        if (first < block->first_channel) first = block->first_channel;
        if (last > end) last = end;
        b->weigh(group_alpha, b->all_alpha + first, layer->weights + first * row, last - first, row,
                 (size_t)taps * depth);
        for (uint32_t tap = 0; tap < taps; tap++)
            memcpy(b->tap_alpha + (size_t)tap * layer->in.channels + group * depth,
                   group_alpha + (size_t)tap * depth, depth * sizeof *group_alpha);
    }
}

/* Input coordinate that tap k of output coordinate `at` reads along one axis; below 0 or past the
 * end outside. */
static int64_t tap_along(const mien_cnn_layer *layer, int axis, uint32_t at, uint32_t k) {
    uint32_t pad = axis == 0 ? layer->pad_top : layer->pad_left;
    return (int64_t)at * layer->stride[axis] + (int64_t)k * layer->dilation[axis] - pad;
}

/* delta added to the input sites that the tap reads; false when it reads none. */
static bool add_moved(const builder *b, mien_k *moved, const mien_cnn_layer *layer, uint32_t tap) {
    bool any = false;
    uint32_t ky = tap / layer->kernel[1], kx = tap % layer->kernel[1];
    for (uint32_t y = 0; y < layer->out.height; y++) {
        int64_t in_y = tap_along(layer, 0, y, ky), in_x = tap_along(layer, 1, 0, kx);
        if (in_y < 0 || in_y >= layer->in.height) continue;
        const mien_k *delta = b->delta + (size_t)y * layer->out.width;
        mien_k *row = moved + (size_t)in_y * layer->in.width;
        for (uint32_t x = 0; x < layer->out.width; x++, in_x += layer->stride[1]) {
            if (in_x < 0 || in_x >= layer->in.width) continue;
            row[in_x] = mien_k_add(row[in_x], delta[x]);
            any = true;
        }
    }
    return any;
}

static bool move(const builder *b, mien_k *moved, const mien_cnn_layer *layer, uint32_t tap) {
    memset(moved, 0, mien_cnn_sites(layer->in) * sizeof *moved);
    return add_moved(b, moved, layer, tap);
}

/* An average: all taps have the same weights. */
static bool taps_alike(const mien_cnn_layer *layer) {
    size_t depth = layer->in.channels / layer->groups, taps = mien_cnn_taps(layer);
    if (layer->weights == NULL) return false; /* hidden: nobody knows */
    for (size_t o = 0; o < layer->out.channels; o++) {
        const int16_t *weights = layer->weights + o * taps * depth;
        for (size_t tap = 1; tap < taps; tap++)
            if (memcmp(weights, weights + tap * depth, depth * sizeof *weights) != 0) return false;
    }
    return taps > 1;
}

/* Then they are one claim: without it, averages over whole pictures would cost the square of their
 * size. */
static void average(builder *b, const mien_cnn_layer *layer, const mien_cnn_block *block,
                    mien_k scale) {
    weigh(b, layer, block, 1);
    memset(b->tap_delta, 0, mien_cnn_sites(layer->in) * sizeof *b->tap_delta);
    for (uint32_t tap = 0; tap < mien_cnn_taps(layer); tap++)
        (void)add_moved(b, b->tap_delta, layer, tap);
    tensor(b, layer->inputs[0], b->tap_alpha, b->tap_delta, scale);
}

static void taps(builder *b, const mien_cnn_layer *layer, const mien_cnn_block *block,
                 mien_k scale) {
    weigh(b, layer, block, mien_cnn_taps(layer));
    for (uint32_t tap = 0; tap < mien_cnn_taps(layer); tap++)
        if (move(b, b->tap_delta, layer, tap))
            tensor(b, layer->inputs[0], b->tap_alpha + (size_t)tap * layer->in.channels,
                   b->tap_delta, scale);
}

/* A depthwise layer over all channels of a tensor that stands in one block, many enough for
 * vectors. */
static const mien_cnn_block *depthwise_input(const builder *b, const mien_cnn_layer *layer,
                                             const mien_cnn_block *block) {
    uint32_t number = layer->inputs[0], channels = layer->in.channels;
    const mien_cnn_block *input = &b->plan->blocks[b->plan->tensor_block[number]];
    bool stands = number == 0 || b->cnn->layers[number - 1].kind == MIEN_CNN_CONVOLUTION;
    bool depthwise = layer->groups == channels && layer->out.channels == channels;
    if (b->sink->take_taps == NULL || !stands || !depthwise || block->channels != channels)
        return NULL;
    return input->channels == channels && input->log2_channels >= 4 ? input : NULL;
}

static void depthwise(builder *b, const mien_cnn_layer *layer, const mien_cnn_block *input,
                      mien_k scale) {
    uint32_t taps = mien_cnn_taps(layer), sites = mien_cnn_sites(layer->in);
    mien_f *weights = b->tap_alpha->c; /* [tap][channel] */
    mien_k *deltas = b->free;          /* [tap][site] */
    for (uint32_t tap = 0; tap < taps; tap++) {
        for (uint32_t c = 0; c < layer->in.channels; c++)
            weights[tap * layer->in.channels + c] = mien_f_from_i32(layer->weights[c * taps + tap]);
        (void)move(b, deltas + (size_t)tap * sites, layer, tap);
    }
    mien_tap_piece piece = {.base = input->base,
                            .sites = sites,
                            .channels = layer->in.channels,
                            .taps = taps,
                            .log2_channels = input->log2_channels,
                            .alpha = b->alpha,
                            .weights = weights,
                            .delta = deltas,
                            .scale = scale};
    b->sink->take_taps(b->sink->context, &piece);
}

/* What biases and weights add. */
static void weighted(builder *b, const mien_cnn_layer *layer, const mien_cnn_block *block,
                     mien_k scale) {
    const int32_t *biases = layer->bias + block->first_channel;
    mien_k bias = MIEN_K_ZERO;
    for (uint32_t c = 0; c < block->channels; c++)
        bias = mien_k_add(bias, mien_k_mul_f(b->alpha[c], mien_f_from_i32(biases[c])));
    bias = mien_k_mul(bias, sum_of(b->delta, mien_cnn_sites(layer->out)));
    b->constant = mien_k_add(b->constant, mien_k_mul(scale, bias));
    const mien_cnn_block *input = depthwise_input(b, layer, block);
    if (taps_alike(layer))
        average(b, layer, block, scale);
    else if (input != NULL)
        depthwise(b, layer, input, scale);
    else
        taps(b, layer, block, scale);
}

/* Pieces of scale sum eq acc over the block, its constant added to b->constant. Hidden weights are
 * left out. */
static void accumulator(builder *b, const mien_cnn_block *block, mien_k scale) {
    const mien_cnn_layer *layer = &b->cnn->layers[block->layer];
    if (layer->weights != NULL) weighted(b, layer, block, scale);
    if (layer->residual >= 0) {
        mien_f shifted = mien_f_from_u32(1u << layer->residual_shift);
        tensor(b, (uint32_t)layer->residual, b->all_alpha, b->delta, mien_k_mul_f(scale, shifted));
    }
}

/* sum over the block of eq (a + id), ids by channel when class_of is not NULL. */
static mien_k identities(const builder *b, const mien_cnn_block *block, const uint16_t *class_of,
                         uint32_t class_index, mien_k scale) {
    mien_k sum = MIEN_K_ZERO;
    for (uint32_t c = 0; c < block->channels; c++) {
        uint32_t at = class_of != NULL ? class_of[c] : class_index;
        mien_k term = mien_k_add(b->challenges->a, from_i32((int32_t)b->plan->classes[at].id));
        sum = mien_k_add(sum, mien_k_mul(b->alpha[c], term));
    }
    return mien_k_mul(scale, mien_k_mul(sum, sum_of(b->delta, block->sites)));
}

/* eq(point, .) over a block of the outputs, the top coordinate left out. */
static void block_vectors(builder *b, const mien_cnn_block *block) {
    unsigned low = block->log2_channels;
    b->alpha = b->all_alpha + block->first_channel;
    if (block->channels < block->tensor_channels)
        memset(b->all_alpha, 0, block->tensor_channels * sizeof *b->all_alpha);
    mien_cnn_eq_range(b->alpha, b->point, low, 0, block->channels, b->free);
    mien_cnn_eq_range(b->delta, b->point + low, b->plan->log2_half - low, block->base >> low,
                      block->sites, b->free);
}

/* Factor of the accumulator in a leaf: g / 2^s. */
static mien_k accumulator_factor(const builder *b, const mien_cnn_block *block) {
    mien_k quotient = mien_k_mul(b->in_outputs, b->challenges->g);
    return mien_k_mul_f(quotient, mien_f_inverse(mien_f_from_u32(UINT32_C(1) << block->shift)));
}

static void output_block(builder *b, const mien_cnn_block *block) {
    const mien_cnn_plan *plan = b->plan;
    mien_k part = accumulator_factor(b, block);
    b->constant = mien_k_add(
        b->constant, identities(b, block, plan->class_of + block->first_class, 0, b->in_outputs));
    mien_k out = block->direct != 0 ? mien_k_neg(b->challenges->g) : b->challenges->h;
    emit(b, block, block->base, b->alpha, b->delta, mien_k_mul(b->in_outputs, out));
    if (block->shift > 0) {
        mien_k half = mien_k_mul_f(part, mien_f_from_u32(UINT32_C(1) << (block->shift - 1)));
        mien_k all = mien_k_mul(sum_of(b->alpha, block->channels), sum_of(b->delta, block->sites));
        mien_k looked_up = mien_k_mul(b->in_remainders, b->challenges->g);
        b->constant = mien_k_add(b->constant, mien_k_mul(half, all));
        b->constant = mien_k_add(
            b->constant, identities(b, block, NULL, block->remainder_class, b->in_remainders));
        emit(b, block, block->base + (UINT32_C(1) << plan->log2_half), b->alpha, b->delta,
             mien_k_sub(looked_up, part));
    }
    accumulator(b, block, part);
}

/* Leaf a + id + g (tap - leader before) + h u. */
static void pool_block(builder *b, const mien_cnn_block *block) {
    const mien_cnn_layer *pool = &b->cnn->layers[block->layer];
    mien_k quotient = mien_k_mul(b->in_outputs, b->challenges->g);
    b->constant =
        mien_k_add(b->constant, identities(b, block, NULL, block->first_class, b->in_outputs));
    emit(b, block, block->base, b->alpha, b->delta, mien_k_mul(b->in_outputs, b->challenges->h));
    pool_tap(b, pool, block->step, b->alpha, b->delta, quotient);
    pool_leader(b, block->layer, block->step - 1, b->alpha, b->delta, mien_k_neg(quotient));
}

static void input_block(builder *b, const mien_cnn_block *block) {
    b->constant =
        mien_k_add(b->constant,
                   identities(b, block, b->plan->class_of + block->first_class, 0, b->in_outputs));
    emit(b, block, block->base, b->alpha, b->delta, mien_k_mul(b->in_outputs, b->challenges->g));
}

typedef struct sizes {
    size_t channels, sites, taps, free;
} sizes;

static void grow(size_t *most, size_t value) {
    if (value > *most) *most = value;
}

/* Elements of the vectors behind sums of eq over a table's rows. */
static size_t tails_scratch(unsigned bits) {
    unsigned low = bits / 2;
    return 2 * ((size_t)2 << (bits - low)) + ((size_t)2 << low);
}

static sizes measure(const mien_cnn_plan *plan, const mien_cnn *cnn) {
    sizes s = {cnn->input.channels, mien_cnn_sites(cnn->input), 0, 0};
    size_t pools = 0;
    for (uint32_t i = 0; i < cnn->layer_count; i++) {
        const mien_cnn_layer *layer = &cnn->layers[i];
        grow(&s.channels, layer->out.channels);
        grow(&s.sites, mien_cnn_sites(layer->out));
        if (layer->kind == MIEN_CNN_MAX_POOL) pools += mien_cnn_sites(layer->in);
        if (layer->kind != MIEN_CNN_CONVOLUTION) continue;
        size_t taps = taps_alike(layer) ? 1 : mien_cnn_taps(layer);
        grow(&s.taps, taps * layer->in.channels);
        if (layer->groups > 1) grow(&s.free, taps * mien_cnn_sites(layer->in));
    }
    size_t eq = s.channels > s.sites ? s.channels : s.sites;
    grow(&s.free, mien_cnn_eq_scratch(eq));
    for (uint32_t i = 0; i < plan->class_count; i++)
        grow(&s.free, tails_scratch(plan->classes[i].log2_rows));
    grow(&s.free, pools);
    grow(&s.free, s.taps);
    return s;
}

size_t mien_cnn_functional_scratch(const mien_cnn_plan *plan, const mien_cnn *cnn) {
    sizes s = measure(plan, cnn);
    return s.channels + s.taps + 2 * s.sites + s.free;
}

static builder builder_of(const mien_cnn_plan *plan, const mien_cnn *cnn, mien_k *scratch,
                          const mien_cnn_piece_sink *sink) {
    sizes s = measure(plan, cnn);
    builder b = {.plan = plan, .cnn = cnn, .sink = sink, .constant = MIEN_K_ZERO};
    b.present = MIEN_K_ZERO;
    b.weigh = mien_cnn_weigh_best();
    b.alpha = b.all_alpha = scratch;
    b.tap_alpha = b.all_alpha + s.channels;
    b.delta = b.tap_alpha + s.taps;
    b.tap_delta = b.delta + s.sites;
    b.free = b.tap_delta + s.sites;
    return b;
}

mien_k mien_cnn_leaves_functional(const mien_cnn_plan *plan, const mien_cnn *cnn,
                                  const mien_cnn_challenges *challenges, const mien_k *point,
                                  mien_k *scratch, const mien_cnn_piece_sink *sink) {
    builder b = builder_of(plan, cnn, scratch, sink);
    mien_k top = point[plan->log2_half];
    b.challenges = challenges;
    b.point = point;
    b.in_outputs = mien_k_sub(MIEN_K_ONE, top);
    b.in_remainders = top;
    for (uint32_t i = 0; i < plan->block_count; i++) {
        const mien_cnn_block *block = &plan->blocks[i];
        if (sink->block != NULL) sink->block(sink->context, i);
        block_vectors(&b, block);
        mien_k both = mien_k_mul(sum_of(b.alpha, block->channels), sum_of(b.delta, block->sites));
        b.present = mien_k_add(b.present, block->shift > 0 ? both : mien_k_mul(both, b.in_outputs));
        if (block->kind == MIEN_CNN_BLOCK_INPUT)
            input_block(&b, block);
        else if (block->kind == MIEN_CNN_BLOCK_OUTPUT)
            output_block(&b, block);
        else
            pool_block(&b, block);
    }
    mien_k absent = mien_k_sub(MIEN_K_ONE, b.present);
    return mien_k_add(b.constant, mien_k_mul(challenges->a, absent));
}

void mien_cnn_tensor_functional(const mien_cnn_plan *plan, const mien_cnn *cnn, uint32_t number,
                                const mien_k *alpha, const mien_k *delta, mien_k scale,
                                mien_k *scratch, const mien_cnn_piece_sink *sink) {
    builder b = builder_of(plan, cnn, scratch, sink);
    tensor(&b, number, alpha, delta, scale);
}

/* ---- tables */

unsigned mien_cnn_table_log2(const mien_cnn_plan *plan) {
    return log2_ceiling(plan->table_rows);
}

/* Sums of eq(point, row) over the rows from any v on, for tables of 2^bits rows, from two short
 * vectors: row = high 2^low + rest. */
typedef struct tails {
    unsigned low;
    mien_k *eq_high;              /* of the high bits */
    mien_k *from_high, *from_low; /* sums from an index on, one more than there are */
} tails;

static void sum_from(mien_k *from, const mien_k *eq, size_t count) {
    from[count] = MIEN_K_ZERO;
    for (size_t i = count; i-- > 0;) from[i] = mien_k_add(from[i + 1], eq[i]);
}

/* scratch: tails_scratch elements. */
static tails tails_of(const mien_k *point, unsigned bits, mien_k *scratch) {
    tails t = {.low = bits / 2, .eq_high = scratch};
    size_t low = (size_t)1 << t.low, high = (size_t)1 << (bits - t.low);
    t.from_high = t.eq_high + high;
    t.from_low = t.from_high + high + 1;
    eq_all(t.eq_high, point, t.low); /* for a moment */
    sum_from(t.from_low, t.eq_high, low);
    eq_all(t.eq_high, point + t.low, bits - t.low);
    sum_from(t.from_high, t.eq_high, high);
    return t;
}

static mien_k tail_from(const tails *t, size_t v) {
    size_t high = v >> t->low, rest = v & (((size_t)1 << t->low) - 1);
    return mien_k_add(t->from_high[high + 1], mien_k_mul(t->eq_high[high], t->from_low[rest]));
}

/* Below this q < 0 the activation no longer changes: it is clamped, or zero. */
static int32_t lowest_change(const mien_cnn_class *table) {
    int32_t slope = table->slope < 0 ? -table->slope : table->slope;
    int32_t reach = table->high > -table->low ? table->high : -table->low;
    if (slope == 0) return -1;
    int32_t lowest = -(64 * (reach + 1) / slope + 2);
    return lowest > table->offset ? lowest : table->offset;
}

/* sum over rows v of eq(point, v) activation(offset + v): the function changes in few rows. */
static mien_k outputs_at(const mien_cnn_class *table, const tails *t) {
    int32_t before = mien_cnn_activation(table, table->offset);
    int32_t last = table->high > 0 ? table->high : 0; /* change from below */
    if (last > -table->offset - 1) last = -table->offset - 1;
    mien_k sum = from_i32(before);
    for (int32_t q = lowest_change(table); q <= last; q++) {
        int32_t now = mien_cnn_activation(table, q);
        if (now == before) continue;
        mien_k tail = tail_from(t, (size_t)(q - table->offset));
        sum = mien_k_add(sum, mien_k_mul_f(tail, mien_f_from_i32(now - before)));
        before = now;
    }
    return sum;
}

/* sum over rows v of eq (a + id + g (offset + v) + h activation), eq over the table's own bits; the
 * values are a linear function of the bits. */
static mien_k table_rows(const mien_cnn_class *table, const mien_cnn_challenges *challenges,
                         const mien_k *point, const tails *t) {
    mien_k values = from_i32(table->offset);
    for (uint32_t i = 0; i < table->log2_rows; i++)
        values = mien_k_add(values, mien_k_mul_f(point[i], mien_f_from_u32(UINT32_C(1) << i)));
    mien_k sum = mien_k_add(challenges->a, from_i32((int32_t)table->id));
    sum = mien_k_add(sum, mien_k_mul(challenges->g, values));
    if (table->range) return sum;
    return mien_k_add(sum, mien_k_mul(challenges->h, outputs_at(table, t)));
}

static bool has_table_of(const mien_cnn_plan *plan, unsigned log2_rows) {
    for (uint32_t i = 0; i < plan->class_count; i++)
        if (plan->classes[i].log2_rows == log2_rows) return true;
    return false;
}

mien_k mien_cnn_table_denominator(const mien_cnn_plan *plan, const mien_cnn_challenges *challenges,
                                  const mien_k *point, mien_k *scratch) {
    unsigned bits = mien_cnn_table_log2(plan);
    mien_k sum = MIEN_K_ZERO, covered = MIEN_K_ZERO;
    for (unsigned size = 0; size <= bits && size <= 16; size++) {
        if (!has_table_of(plan, size)) continue; /* nor has the scratch memory room for it */
        tails t = tails_of(point, size, scratch);
        for (uint32_t i = 0; i < plan->class_count; i++) {
            const mien_cnn_class *table = &plan->classes[i];
            if (table->log2_rows != size) continue;
            mien_k place = eq_at(point + size, bits - size, table->base >> size);
            mien_k rows = table_rows(table, challenges, point, &t);
            sum = mien_k_add(sum, mien_k_mul(place, rows));
            covered = mien_k_add(covered, place);
        }
    }
    return mien_k_add(sum, mien_k_sub(MIEN_K_ONE, covered));
}

/* Both points' low coordinates run over the table together, the high ones are fixed. */
mien_k mien_cnn_counts_at(const mien_cnn_plan *plan, const mien_k *row_point, const mien_k *end) {
    unsigned row_bits = mien_cnn_table_log2(plan);
    mien_k sum = MIEN_K_ZERO;
    for (uint32_t i = 0; i < plan->class_count; i++) {
        const mien_cnn_class *table = &plan->classes[i];
        unsigned low = table->log2_rows;
        mien_k term = eq_at(row_point + low, row_bits - low, table->base >> low);
        term = mien_k_mul(
            term, eq_at(end + low, plan->log2_size - low, (plan->table_base + table->base) >> low));
        for (unsigned j = 0; j < low; j++) {
            mien_k both = mien_k_mul(row_point[j], end[j]);
            mien_k neither =
                mien_k_mul(mien_k_sub(MIEN_K_ONE, row_point[j]), mien_k_sub(MIEN_K_ONE, end[j]));
            term = mien_k_mul(term, mien_k_add(both, neither));
        }
        sum = mien_k_add(sum, term);
    }
    return sum;
}

/* ---- evaluation of the functional */

static size_t block_words(size_t elements) {
    return mien_k_blocks(elements) * sizeof(mien_k_block) / sizeof(mien_k);
}

static sizes measure_blocks(const mien_cnn_plan *plan) {
    sizes s = {0, 0, 0, 0};
    for (uint32_t i = 0; i < plan->block_count; i++) {
        grow(&s.channels, plan->blocks[i].channels);
        grow(&s.sites, plan->blocks[i].sites);
    }
    s.free = s.channels > s.sites ? s.channels : s.sites;
    return s;
}

static size_t evaluator_scratch(sizes s) {
    return block_words(s.channels) + block_words(s.sites) + block_words(s.free) + s.free +
           mien_cnn_eq_scratch(s.free) + sizeof(mien_k_block) / sizeof(mien_k);
}

size_t mien_cnn_evaluator_scratch(const mien_cnn_plan *plan) {
    return evaluator_scratch(measure_blocks(plan));
}

static void evaluator_start(mien_cnn_evaluator *evaluator, sizes s, unsigned bits,
                            const mien_k *point, mien_k *scratch) {
    memset(evaluator, 0, sizeof *evaluator);
    evaluator->kernels = mien_field_kernels_best();
    evaluator->point = point;
    evaluator->bits = bits;
    evaluator->eq_channels = aligned_blocks(scratch);
    evaluator->eq_sites = evaluator->eq_channels + mien_k_blocks(s.channels);
    evaluator->packed = evaluator->eq_sites + mien_k_blocks(s.sites);
    evaluator->unpacked = (mien_k *)(evaluator->packed + mien_k_blocks(s.free));
    evaluator->eq_scratch = evaluator->unpacked + s.free;
}

void mien_cnn_evaluator_start(mien_cnn_evaluator *evaluator, const mien_cnn_plan *plan,
                              const mien_k *point, mien_k *scratch) {
    evaluator_start(evaluator, measure_blocks(plan), plan->log2_size, point, scratch);
}

static void pack(mien_k_block *out, const mien_k *in, size_t count) {
    for (size_t i = 0; i < count; i++) mien_k_block_set(out, i, in[i]);
    for (size_t i = count; i % MIEN_LANES != 0; i++) mien_k_block_set(out, i, MIEN_K_ZERO);
}

static mien_k dot(mien_cnn_evaluator *e, const mien_k_block *eq, const mien_k *values,
                  size_t count) {
    pack(e->packed, values, count);
    return e->kernels->k_dot(eq, e->packed, count);
}

static void evaluator_block(mien_cnn_evaluator *e, const mien_piece *piece) {
    unsigned low = piece->log2_channels;
    mien_cnn_eq_range(e->unpacked, e->point, low, 0, piece->channels, e->eq_scratch);
    pack(e->eq_channels, e->unpacked, piece->channels);
    mien_cnn_eq_range(e->unpacked, e->point + low, e->bits - low, piece->base >> low, piece->sites,
                      e->eq_scratch);
    pack(e->eq_sites, e->unpacked, piece->sites);
    e->base = (uint32_t)piece->base;
    e->sites = piece->sites;
}

/* Make the piece's equality vectors ready; blocks have distinct bases. */
static void evaluator_at(mien_cnn_evaluator *e, const mien_piece *piece) {
    if (e->sites == 0 || e->base != piece->base) evaluator_block(e, piece);
}

static void evaluator_take(void *context, const mien_piece *piece) {
    mien_cnn_evaluator *e = context;
    evaluator_at(e, piece);
    mien_k value = mien_k_mul(dot(e, e->eq_channels, piece->alpha, piece->channels),
                              dot(e, e->eq_sites, piece->delta, piece->sites));
    e->sum = mien_k_add(e->sum, mien_k_mul(piece->scale, value));
}

mien_cnn_piece_sink mien_cnn_evaluator_sink(mien_cnn_evaluator *evaluator) {
    mien_cnn_piece_sink sink = {.take = evaluator_take, .context = evaluator};
    return sink;
}

/* ---- the share of hidden weights */

/* L(end) of a claim on a tensor, channel by channel: alpha is a run of ones, and where a piece's
 * alpha points tells which channels it is about. */
typedef struct channel_sums {
    mien_cnn_evaluator at_end;
    const mien_k *ones;
    mien_k *sums;
} channel_sums;

static void add_channels(void *context, const mien_piece *piece) {
    channel_sums *c = context;
    mien_cnn_evaluator *e = &c->at_end;
    mien_k *out = c->sums + (piece->alpha - c->ones);
    evaluator_at(e, piece);
    mien_k sites = dot(e, e->eq_sites, piece->delta, piece->sites);
    sites = mien_k_mul(sites, piece->scale);
    for (uint32_t i = 0; i < piece->channels; i++)
        out[i] = mien_k_add(out[i], mien_k_mul(sites, mien_k_block_get(e->eq_channels, i)));
}

typedef struct weights_builder {
    builder b;
    const mien_cnn_weights *weights;
    const mien_cnn_piece_sink *sink;
    channel_sums channels;
    mien_k *products;
    mien_k bias_scale, weight_scale;
} weights_builder;

/* A piece of theta for each digit. */
static void emit_digits(const weights_builder *w, mien_piece piece, unsigned digits,
                        unsigned base_log2, size_t step) {
    for (unsigned k = 0; k < digits; k++, piece.base += step) {
        w->sink->take(w->sink->context, &piece);
        piece.scale = mien_k_mul_f(piece.scale, mien_f_from_u32(UINT32_C(1) << base_log2));
    }
}

static void hidden_bias(const weights_builder *w, const mien_cnn_block *block, mien_k factor) {
    mien_k one = MIEN_K_ONE;
    unsigned bits = log2_ceiling(block->tensor_channels);
    mien_k scale = mien_k_mul(mien_k_mul(factor, w->bias_scale), sum_of(w->b.delta, block->sites));
    mien_piece piece = {w->weights->bias[block->layer],
                        1,
                        block->tensor_channels,
                        bits,
                        w->b.all_alpha,
                        &one,
                        scale};
    emit_digits(w, piece, w->weights->digits[block->layer].bias, MIEN_CNN_BIAS_BASE_LOG2,
                (size_t)1 << bits);
}

/* One tap of a depthwise layer. */
static void hidden_depthwise(const weights_builder *w, const mien_cnn_layer *layer,
                             const mien_cnn_block *block, uint32_t tap, mien_k scale) {
    mien_k one = MIEN_K_ONE;
    uint32_t channels = layer->out.channels;
    unsigned bits = log2_ceiling(channels);
    size_t base = w->weights->weights[block->layer] + ((size_t)tap << bits);
    for (uint32_t c = 0; c < channels; c++)
        w->products[c] = mien_k_mul(w->b.all_alpha[c], w->channels.sums[c]);
    mien_piece piece = {base, 1, channels, bits, w->products, &one, scale};
    emit_digits(w, piece, w->weights->digits[block->layer].weight, MIEN_CNN_WEIGHT_BASE_LOG2,
                (size_t)mien_cnn_taps(layer) << bits);
}

/* One tap, group by group; a group may end inside of the block. */
static void hidden_groups(const weights_builder *w, const mien_cnn_layer *layer,
                          const mien_cnn_block *block, uint32_t tap, mien_k scale) {
    uint32_t depth = layer->in.channels / layer->groups, all = layer->out.channels;
    uint32_t outputs = all / layer->groups, end = block->first_channel + block->channels;
    unsigned bits = log2_ceiling(depth);
    for (uint32_t first = block->first_channel; first < end;) {
        uint32_t group = first / outputs, last = (group + 1) * outputs;
        if (last > end) last = end;
        size_t base = w->weights->weights[block->layer] + (((size_t)tap * all + first) << bits);
        mien_piece piece = {base,
                            last - first,
                            depth,
                            bits,
                            w->channels.sums + group * depth,
                            w->b.all_alpha + first,
                            scale};
        emit_digits(w, piece, w->weights->digits[block->layer].weight, MIEN_CNN_WEIGHT_BASE_LOG2,
                    ((size_t)mien_cnn_taps(layer) * all) << bits);
        first = last;
    }
}

static void hidden_block(weights_builder *w, const mien_cnn_block *block) {
    builder *b = &w->b;
    const mien_cnn_layer *layer = &b->cnn->layers[block->layer];
    mien_k factor = accumulator_factor(b, block), scale = mien_k_mul(factor, w->weight_scale);
    hidden_bias(w, block, factor);
    for (uint32_t tap = 0; tap < mien_cnn_taps(layer); tap++) {
        if (!move(b, b->tap_delta, layer, tap)) continue;
        memset(w->channels.sums, 0, layer->in.channels * sizeof *w->channels.sums);
        tensor(b, layer->inputs[0], w->channels.ones, b->tap_delta, MIEN_K_ONE);
        if (mien_cnn_depthwise(layer))
            hidden_depthwise(w, layer, block, tap, scale);
        else
            hidden_groups(w, layer, block, tap, scale);
    }
}

size_t mien_cnn_weights_scratch(const mien_cnn_plan *plan, const mien_cnn *cnn) {
    return 3 * measure(plan, cnn).channels + mien_cnn_evaluator_scratch(plan) +
           mien_cnn_functional_scratch(plan, cnn);
}

void mien_cnn_weights_functional(const mien_cnn_weights *weights, const mien_cnn_plan *plan,
                                 const mien_cnn *cnn, const mien_cnn_challenges *challenges,
                                 const mien_k *point, const mien_k *end, mien_k bias_scale,
                                 mien_k weight_scale, mien_k *scratch,
                                 const mien_cnn_piece_sink *sink) {
    weights_builder w = {.weights = weights, .sink = sink};
    size_t channels = measure(plan, cnn).channels;
    mien_cnn_piece_sink to_channels = {.take = add_channels, .context = &w.channels};
    mien_k *ones = scratch;
    for (size_t c = 0; c < channels; c++) ones[c] = MIEN_K_ONE;
    w.bias_scale = bias_scale;
    w.weight_scale = weight_scale;
    w.channels.ones = ones;
    w.channels.sums = ones + channels;
    w.products = w.channels.sums + channels;
    scratch = w.products + channels;
    mien_cnn_evaluator_start(&w.channels.at_end, plan, end, scratch);
    w.b = builder_of(plan, cnn, scratch + mien_cnn_evaluator_scratch(plan), &to_channels);
    w.b.challenges = challenges;
    w.b.point = point;
    w.b.in_outputs = mien_k_sub(MIEN_K_ONE, point[plan->log2_half]);
    for (uint32_t i = 0; i < plan->block_count; i++) {
        if (plan->blocks[i].kind != MIEN_CNN_BLOCK_OUTPUT) continue;
        block_vectors(&w.b, &plan->blocks[i]);
        hidden_block(&w, &plan->blocks[i]);
    }
}

/* Pieces of theta: channels and sites are channels of a layer. */
static sizes measure_weights(const mien_cnn *cnn) {
    sizes s = {1, 1, 0, 0};
    for (uint32_t i = 0; i < cnn->layer_count; i++) {
        grow(&s.channels, cnn->layers[i].in.channels);
        grow(&s.channels, cnn->layers[i].out.channels);
    }
    s.sites = s.free = s.channels;
    return s;
}

size_t mien_cnn_weights_evaluator_scratch(const mien_cnn *cnn) {
    return evaluator_scratch(measure_weights(cnn));
}

void mien_cnn_weights_evaluator_start(mien_cnn_evaluator *evaluator,
                                      const mien_cnn_weights *weights, const mien_cnn *cnn,
                                      const mien_k *point, mien_k *scratch) {
    evaluator_start(evaluator, measure_weights(cnn), weights->log2_size, point, scratch);
}
