/* SPDX-License-Identifier: MIT */
/* Convolutions on vectors, written once and included by one file for each instruction set.
 *
 * The including file defines `vec` (LANES int32, or 2 LANES int16), TILE_BLOCKS,
 * TILE_PIXELS(blocks) and the v_ functions used below. Two ways of working:
 *
 * dense      Matrix product. A vector holds LANES output channels; a pair of neighbouring inputs is
 *            broadcast and meets the pair of weights of each channel in one multiply-add of int16
 *            pairs (vpmaddwd, vpdpwssd). A tile is a few pixels by a few vectors of channels, all
 *            in registers. The taps of a kernel row lie side by side in memory when the kernel is
 *            not dilated and there is one group: such a row is one run of inputs.
 * depthwise  A vector holds channels; two taps of the same channel are interleaved to pairs.
 *
 * Sums are exact in int32 in any order: the loader proved |acc| <= 2^29, and then no part of the
 * sum is above 2^30. Loads may pass the end of a tensor by less than MIEN_NETWORK_SLACK and meet
 * zero weights there. */

/* ---- shape of the packed memory: bias with rounding, slopes, weights ---- */

typedef struct dense_shape {
    uint32_t runs, pairs; /* runs of inputs and multiply-adds in each */
    uint32_t blocks;      /* vectors of output channels, in each group */
    uint32_t run_length;  /* inputs in a run */
} dense_shape;

static bool is_depthwise(const mien_layer *layer) {
    return layer->groups == layer->in.channels && layer->groups == layer->out.channels;
}

static bool has_whole_rows(const mien_layer *layer) {
    return layer->groups == 1 && layer->dilation[1] == 1;
}

static dense_shape dense_shape_of(const mien_layer *layer) {
    uint32_t depth = layer->in.channels / layer->groups;
    uint32_t channels = layer->out.channels / layer->groups;
    dense_shape shape;
    bool rows = has_whole_rows(layer);
    shape.runs = rows ? layer->kernel[0] : layer->kernel[0] * layer->kernel[1];
    shape.run_length = rows ? layer->kernel[1] * depth : depth;
    shape.pairs = (shape.run_length + 1) / 2;
    shape.blocks = (channels + LANES - 1) / LANES;
    return shape;
}

static size_t dense_block_weights(dense_shape shape) {
    return (size_t)shape.runs * shape.pairs * 2 * LANES;
}

static size_t depthwise_pairs(const mien_layer *layer) {
    return ((size_t)layer->kernel[0] * layer->kernel[1] + 1) / 2;
}

static size_t depthwise_blocks(const mien_layer *layer) {
    return (layer->out.channels + 2 * LANES - 1) / (2 * LANES);
}

/* Channels with room: int32 entries of the bias and of the slopes. */
static size_t padded_channels(const mien_layer *layer) {
    if (is_depthwise(layer)) return depthwise_blocks(layer) * 2 * LANES;
    return (size_t)dense_shape_of(layer).blocks * LANES * layer->groups;
}

static size_t packed_size(const mien_layer *layer) {
    size_t weights = is_depthwise(layer)
                         ? depthwise_blocks(layer) * depthwise_pairs(layer) * 4 * LANES
                         : dense_block_weights(dense_shape_of(layer)) *
                               dense_shape_of(layer).blocks * layer->groups;
    return padded_channels(layer) * 2 * sizeof(int32_t) + weights * sizeof(int16_t);
}

static int32_t *packed_bias(void *packed) {
    return packed;
}

static int32_t *packed_slopes(const mien_layer *layer, void *packed) {
    return (int32_t *)packed + padded_channels(layer);
}

static int16_t *packed_weights(const mien_layer *layer, void *packed) {
    return (int16_t *)(void *)((int32_t *)packed + 2 * padded_channels(layer));
}

/* Where channel c's entry stands: in a depthwise vector pair, interleaving puts the lower four of
 * each eight channels in the first vector and the upper four in the second. */
static size_t depthwise_slot(size_t c) {
    size_t block = c / (2 * LANES), within = c % (2 * LANES);
    size_t upper = within % 8 / 4, lane = within / 8 * 4 + within % 4;
    return block * 2 * LANES + upper * LANES + lane;
}

static size_t dense_slot(const mien_layer *layer, size_t c) {
    size_t channels = layer->out.channels / layer->groups;
    return c / channels * dense_shape_of(layer).blocks * LANES + c % channels;
}

static void pack_channels(const mien_layer *layer, void *packed) {
    int32_t half = layer->shift == 0 ? 0 : 1 << (layer->shift - 1);
    for (size_t c = 0; c < layer->out.channels; c++) {
        size_t slot = is_depthwise(layer) ? depthwise_slot(c) : dense_slot(layer, c);
        packed_bias(packed)[slot] = layer->bias[c] + half;
        packed_slopes(layer, packed)[slot] = layer->slopes != NULL ? layer->slopes[c] : 64;
    }
}

static void pack_dense(const mien_layer *layer, int16_t *packed) {
    dense_shape shape = dense_shape_of(layer);
    const int16_t *weights = layer->weights;
    for (size_t c = 0; c < layer->out.channels; c++) {
        size_t slot = dense_slot(layer, c);
        int16_t *block = packed + slot / LANES * dense_block_weights(shape);
        for (size_t r = 0; r < shape.runs; r++)
            for (size_t i = 0; i < shape.run_length; i++)
                block[((r * shape.pairs + i / 2) * LANES + slot % LANES) * 2 + i % 2] = *weights++;
    }
}

static void pack_depthwise(const mien_layer *layer, int16_t *packed) {
    size_t taps = (size_t)layer->kernel[0] * layer->kernel[1], pairs = depthwise_pairs(layer);
    for (size_t c = 0; c < layer->out.channels; c++) {
        size_t slot = depthwise_slot(c), block = slot / (2 * LANES), lane = slot % (2 * LANES);
        for (size_t t = 0; t < taps; t++)
            packed[((block * pairs + t / 2) * 2 * LANES + lane) * 2 + t % 2] =
                layer->weights[c * taps + t];
    }
}

static void pack(const mien_layer *layer, void *packed) {
    memset(packed, 0, packed_size(layer));
    pack_channels(layer, packed);
    if (is_depthwise(layer))
        pack_depthwise(layer, packed_weights(layer, packed));
    else
        pack_dense(layer, packed_weights(layer, packed));
}

/* ---- requantisation ---- */

/* What all tiles of a layer share. */
typedef struct epilogue {
    int shift;
    bool prelu;
    int32_t low, high, half;
} epilogue;

static epilogue epilogue_of(const mien_layer *layer) {
    epilogue e = {(int)layer->shift, layer->slopes != NULL, layer->low, layer->high, 0};
    if (layer->shift != 0) e.half = 1 << (layer->shift - 1);
    return e;
}

/* acc has bias and rounding in it already. */
static inline vec quotient(vec acc, const int32_t *slopes, epilogue e) {
    vec q = v_shift_right(acc, e.shift);
    if (!e.prelu) return q;
    vec scaled = v_shift_right(v_add(v_multiply(q, v_load(slopes)), v_set(32)), 6);
    return v_where_negative(q, scaled);
}

/* ---- dense ---- */

typedef struct dense_job {
    dense_shape shape;
    epilogue end;
    size_t run_offset[MAX_RUNS];
    size_t pixel_step;   /* elements between inputs of neighbouring outputs */
    size_t out_channels; /* of the whole layer: elements between outputs */
    size_t channels;     /* real ones from here to the end of the group */
    const int16_t *weights;
    const int32_t *bias, *slopes;
    const int16_t *residual; /* at the first of these channels, or NULL */
    int16_t *output;
    int32_t *accumulators; /* as output, or NULL */
    int residual_shift;
} dense_job;

/* `pixels` outputs by `blocks` vectors of channels; both are compile-time constants after inlining.
 * `at` is the number of the first output pixel, `input` its first tap. */
static inline __attribute__((always_inline)) void dense_tile(const dense_job *job,
                                                             const int16_t *input, size_t at,
                                                             const int pixels, const int blocks) {
    vec acc[TILE_MAX_PIXELS][TILE_BLOCKS], w[TILE_BLOCKS];
    const size_t block_weights = dense_block_weights(job->shape), step = job->pixel_step;
    const int16_t *weights = job->weights;
    UNROLL for (int p = 0; p < pixels; p++) UNROLL for (int b = 0; b < blocks; b++) acc[p][b] =
        v_load(job->bias + b * LANES);
    for (uint32_t r = 0; r < job->shape.runs; r++) {
        const int16_t *x = input + job->run_offset[r];
        for (uint32_t k = 0; k < job->shape.pairs; k++, x += 2, weights += 2 * LANES) {
            UNROLL for (int b = 0; b < blocks; b++) w[b] =
                v_load(weights + (size_t)b * block_weights);
            UNROLL for (int p = 0; p < pixels; p++) {
                vec a = v_pair(x + (size_t)p * step);
                UNROLL for (int b = 0; b < blocks; b++) acc[p][b] = v_dot(acc[p][b], a, w[b]);
            }
        }
    }
    UNROLL for (int p = 0; p < pixels; p++) UNROLL for (int b = 0; b < blocks; b++) {
        size_t first = (size_t)b * LANES;
        size_t count = job->channels - first < LANES ? job->channels - first : LANES;
        size_t place = (at + (size_t)p) * job->out_channels + first;
        if (job->residual != NULL)
            acc[p][b] =
                v_add(acc[p][b], v_shift_left(v_widen(job->residual + place), job->residual_shift));
        if (job->accumulators != NULL)
            v_store_some(job->accumulators + place, v_add(acc[p][b], v_set(-job->end.half)), count);
        v_store_narrow(job->output + place, quotient(acc[p][b], job->slopes + first, job->end),
                       job->end.low, job->end.high, count);
    }
}

/* A row of `count` outputs whose inputs are pixel_step apart. */
static inline __attribute__((always_inline)) void
dense_row(const dense_job *job, const int16_t *input, size_t at, size_t count, const int blocks) {
    const int full = TILE_PIXELS(blocks);
    size_t x = 0;
    for (; x + (size_t)full <= count; x += (size_t)full)
        dense_tile(job, input + x * job->pixel_step, at + x, full, blocks);
    for (; x + 3 <= count; x += 3) dense_tile(job, input + x * job->pixel_step, at + x, 3, blocks);
    for (; x < count; x++) dense_tile(job, input + x * job->pixel_step, at + x, 1, blocks);
}

static __attribute__((noinline)) void dense_row_1(const dense_job *job, const int16_t *input,
                                                  size_t at, size_t count) {
    dense_row(job, input, at, count, 1);
}

static __attribute__((noinline)) void dense_row_2(const dense_job *job, const int16_t *input,
                                                  size_t at, size_t count) {
    dense_row(job, input, at, count, 2);
}

#if TILE_BLOCKS == 4
static __attribute__((noinline)) void dense_row_3(const dense_job *job, const int16_t *input,
                                                  size_t at, size_t count) {
    dense_row(job, input, at, count, 3);
}

static __attribute__((noinline)) void dense_row_4(const dense_job *job, const int16_t *input,
                                                  size_t at, size_t count) {
    dense_row(job, input, at, count, 4);
}
static void (*const dense_rows[])(const dense_job *, const int16_t *, size_t,
                                  size_t) = {dense_row_1, dense_row_2, dense_row_3, dense_row_4};
#else
static void (*const dense_rows[])(const dense_job *, const int16_t *, size_t,
                                  size_t) = {dense_row_1, dense_row_2};
#endif

static void set_run_offsets(dense_job *job, const mien_convolution *task) {
    const mien_layer *layer = task->layer;
    size_t row = layer->dilation[0] * task->row_pitch;
    size_t column = (size_t)layer->dilation[1] * layer->in.channels;
    uint32_t columns = has_whole_rows(layer) ? 1 : layer->kernel[1];
    for (uint32_t r = 0; r < job->shape.runs; r++)
        job->run_offset[r] = r / columns * row + r % columns * column;
}

/* All pixels of one chunk of channels. A pointwise layer of stride 1 is one long row. */
static void dense_image(const dense_job *job, const mien_convolution *task, const int16_t *input,
                        uint32_t blocks) {
    const mien_layer *layer = task->layer;
    size_t height = layer->out.height, width = layer->out.width;
    size_t row = layer->stride[0] * task->row_pitch;
    if (layer->kernel[0] * layer->kernel[1] * layer->stride[0] * layer->stride[1] == 1) {
        width *= height;
        height = 1;
    }
    for (size_t y = 0; y < height; y++)
        dense_rows[blocks - 1](job, input + y * row, y * width, width);
}

static void convolve_dense(const mien_convolution *task) {
    const mien_layer *layer = task->layer;
    void *packed = (void *)(uintptr_t)task->packed;
    dense_job job = {.shape = dense_shape_of(layer), .end = epilogue_of(layer)};
    size_t channels = layer->out.channels / layer->groups;
    job.pixel_step = (size_t)layer->stride[1] * layer->in.channels;
    job.out_channels = layer->out.channels;
    job.residual_shift = (int)layer->residual_shift;
    set_run_offsets(&job, task);
    for (uint32_t g = 0; g < layer->groups; g++) {
        const int16_t *input = task->input + g * (layer->in.channels / layer->groups);
        for (uint32_t b = 0; b < job.shape.blocks; b += TILE_BLOCKS) {
            uint32_t left = job.shape.blocks - b, blocks = left < TILE_BLOCKS ? left : TILE_BLOCKS;
            size_t block = (size_t)g * job.shape.blocks + b;
            size_t channel = g * channels + (size_t)b * LANES;
            job.channels = channels - (size_t)b * LANES;
            job.weights = packed_weights(layer, packed) + block * dense_block_weights(job.shape);
            job.bias = packed_bias(packed) + block * LANES;
            job.slopes = packed_slopes(layer, packed) + block * LANES;
            job.residual = task->residual != NULL ? task->residual + channel : NULL;
            job.output = task->output + channel;
            job.accumulators = task->accumulators != NULL ? task->accumulators + channel : NULL;
            dense_image(&job, task, input, blocks);
        }
    }
}

/* ---- depthwise ---- */

typedef struct depthwise_job {
    epilogue end;
    size_t
        tap_offset[MAX_TAPS + 1]; /* even number of entries; the last one may meet zero weights */
    size_t pairs;
    size_t channels; /* real ones from here on */
    const int16_t *weights;
    const int32_t *bias, *slopes;
    vec residual_weights;
} depthwise_job;

/* LANES * 2 channels of one output. */
static inline __attribute__((always_inline)) void
depthwise_pixel(const depthwise_job *job, const int16_t *input, const int16_t *residual,
                int32_t *accumulators, int16_t *output, const size_t pairs) {
    vec lower = v_load(job->bias), upper = v_load(job->bias + LANES);
    const int16_t *w = job->weights;
    UNROLL_TAPS for (size_t t = 0; t < pairs; t++, w += 4 * LANES) {
        vec a = v_load(input + job->tap_offset[2 * t]);
        vec b = v_load(input + job->tap_offset[2 * t + 1]);
        lower = v_dot(lower, v_interleave_lower(a, b), v_load(w));
        upper = v_dot(upper, v_interleave_upper(a, b), v_load(w + 2 * LANES));
    }
    if (residual != NULL) {
        vec a = v_load(residual);
        lower = v_dot(lower, v_interleave_lower(a, a), job->residual_weights);
        upper = v_dot(upper, v_interleave_upper(a, a), job->residual_weights);
    }
    if (accumulators != NULL) {
        vec half = v_set(-job->end.half);
        v_store_both(accumulators, v_add(lower, half), v_add(upper, half),
                     job->channels < 2 * LANES ? job->channels : 2 * LANES);
    }
    lower = quotient(lower, job->slopes, job->end);
    upper = quotient(upper, job->slopes + LANES, job->end);
    v_store_packed(output, lower, upper, job->end.low, job->end.high,
                   job->channels < 2 * LANES ? job->channels : 2 * LANES);
}

static void depthwise_image(const depthwise_job *job, const mien_convolution *task,
                            size_t channel) {
    const mien_layer *layer = task->layer;
    size_t step = (size_t)layer->stride[1] * layer->in.channels, at = channel;
    for (uint32_t y = 0; y < layer->out.height; y++) {
        const int16_t *input = task->input + y * layer->stride[0] * task->row_pitch + channel;
        for (uint32_t x = 0; x < layer->out.width; x++, input += step, at += layer->out.channels) {
            const int16_t *residual = task->residual != NULL ? task->residual + at : NULL;
            int32_t *sums = task->accumulators != NULL ? task->accumulators + at : NULL;
            if (job->pairs == 5)
                depthwise_pixel(job, input, residual, sums, task->output + at, 5);
            else
                depthwise_pixel(job, input, residual, sums, task->output + at, job->pairs);
        }
    }
}

/* residual << r as a sum of two products with the pair (a, a). */
static vec residual_pair(uint32_t shift) {
    if (shift == 0) return v_set(1);
    int32_t half = 1 << (shift - 1);
    return v_set(half | half << 16);
}

static void convolve_depthwise(const mien_convolution *task) {
    const mien_layer *layer = task->layer;
    void *packed = (void *)(uintptr_t)task->packed;
    depthwise_job job = {.end = epilogue_of(layer), .pairs = depthwise_pairs(layer)};
    uint32_t taps = layer->kernel[0] * layer->kernel[1];
    for (uint32_t t = 0; t < taps; t++)
        job.tap_offset[t] =
            t / layer->kernel[1] * layer->dilation[0] * task->row_pitch +
            (size_t)(t % layer->kernel[1]) * layer->dilation[1] * layer->in.channels;
    job.tap_offset[taps] = job.tap_offset[taps - 1];
    job.residual_weights = residual_pair(layer->residual_shift);
    for (size_t b = 0; b < depthwise_blocks(layer); b++) {
        job.channels = layer->out.channels - b * 2 * LANES;
        job.weights = packed_weights(layer, packed) + b * job.pairs * 4 * LANES;
        job.bias = packed_bias(packed) + b * 2 * LANES;
        job.slopes = packed_slopes(layer, packed) + b * 2 * LANES;
        depthwise_image(&job, task, b * 2 * LANES);
    }
}

/* ---- the table ---- */

/* Kernels with more taps than the offset tables hold go the portable way. */
static bool fits(const mien_layer *layer) {
    return layer->kernel[0] * layer->kernel[1] <= MAX_TAPS;
}

static size_t packed_size_if_fits(const mien_layer *layer) {
    return fits(layer) ? packed_size(layer) : mien_kernels_portable.packed_size(layer);
}

static void pack_if_fits(const mien_layer *layer, void *packed) {
    if (fits(layer))
        pack(layer, packed);
    else
        mien_kernels_portable.pack(layer, packed);
}

static void convolve(const mien_convolution *task) {
    if (!fits(task->layer))
        mien_kernels_portable.convolve(task);
    else if (is_depthwise(task->layer))
        convolve_depthwise(task);
    else
        convolve_dense(task);
}
