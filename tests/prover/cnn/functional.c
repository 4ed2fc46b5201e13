/* SPDX-License-Identifier: MIT */
/* The plan and its functionals against the definitions, position by position. */
#include "prover/cnn/functional.h"
#include "prover/cnn/weigh.h"
#include "tests/prover/cnn/toy_network.h"

static mien_k random_k(void) {
    mien_k r;
    for (int i = 0; i < MIEN_K_DEGREE; i++) r.c[i] = mien_f_from_u32((uint32_t)harness_random());
    return r;
}

static void random_point(mien_k *point, unsigned bits) {
    for (unsigned i = 0; i < bits; i++) point[i] = random_k();
}

static mien_k integer(int64_t v) {
    return mien_k_from_f(mien_f_from_i32((int32_t)v));
}

static mien_k tuple(const mien_cnn_challenges *ch, uint32_t id, int64_t first, int64_t second) {
    mien_k sum = mien_k_add(ch->a, integer(id));
    sum = mien_k_add(sum, mien_k_mul(ch->g, integer(first)));
    return mien_k_add(sum, mien_k_mul(ch->h, integer(second)));
}

/* Leaves and numerators of one block, from the tensors of the run. */
static void block_leaves(mien_k *leaf, uint8_t *real, const toy *t, const mien_cnn_challenges *ch,
                         const mien_cnn_block *b) {
    const mien_cnn_plan *plan = t->plan;
    size_t half = (size_t)1 << plan->log2_half;
    for (uint32_t s = 0; s < b->sites; s++)
        for (uint32_t c = 0; c < b->channels; c++) {
            size_t p = b->base + ((size_t)s << b->log2_channels) + c;
            size_t at = (size_t)s * b->tensor_channels + b->first_channel + c;
            real[p] = 1;
            if (b->kind == MIEN_CNN_BLOCK_INPUT) {
                leaf[p] = tuple(ch, plan->classes[plan->class_of[b->first_class + c]].id,
                                t->tensors[0][at], 0);
            } else if (b->kind == MIEN_CNN_BLOCK_OUTPUT) {
                int64_t acc = t->accumulators[b->layer][at];
                int64_t scale = INT64_C(1) << b->shift, sum = b->shift > 0 ? acc + scale / 2 : acc;
                int64_t q = sum >= 0 ? sum / scale : -((-sum + scale - 1) / scale);
                const mien_cnn_class *k = &plan->classes[plan->class_of[b->first_class + c]];
                int64_t out = t->tensors[b->layer + 1][at];
                leaf[p] = b->direct ? tuple(ch, k->id, q - out, 0) : tuple(ch, k->id, q, out);
                if (b->shift == 0) continue;
                real[p + half] = 1;
                leaf[p + half] =
                    tuple(ch, plan->classes[b->remainder_class].id, sum - q * scale, 0);
            } else {
                const mien_cnn_layer *pool = &t->layers[b->layer];
                const int16_t *in = t->tensors[pool->inputs[0]];
                int32_t leader = -32768;
                for (uint32_t tap = 0; tap < b->step; tap++) {
                    int32_t v = in[mien_cnn_pool_site(pool, s, tap) * b->channels + c];
                    if (v > leader) leader = v;
                }
                int32_t lead = in[mien_cnn_pool_site(pool, s, b->step) * b->channels + c] - leader;
                leaf[p] = tuple(ch, plan->classes[b->first_class].id, lead, lead > 0 ? lead : 0);
            }
        }
}

static mien_k inner(const mien_k *eq, const mien_k *values, size_t n) {
    mien_k sum = MIEN_K_ZERO;
    for (size_t i = 0; i < n; i++) sum = mien_k_add(sum, mien_k_mul(eq[i], values[i]));
    return sum;
}

typedef struct dense {
    mien_k *values;
} dense;

static void dense_take(void *context, const mien_piece *piece) {
    dense *d = context;
    for (uint32_t s = 0; s < piece->sites; s++)
        for (uint32_t c = 0; c < piece->channels; c++) {
            mien_k *at = &d->values[piece->base + ((size_t)s << piece->log2_channels) + c];
            mien_k term = mien_k_mul(piece->delta[s], piece->alpha[c]);
            *at = mien_k_add(*at, mien_k_mul(piece->scale, term));
        }
}

static uint32_t taps_taken;

static void dense_take_taps(void *context, const mien_tap_piece *taps) {
    mien_k alpha[64];
    taps_taken++;
    if (taps->channels > 64) return;
    for (uint32_t t = 0; t < taps->taps; t++) {
        for (uint32_t c = 0; c < taps->channels; c++)
            alpha[c] = mien_k_mul_f(taps->alpha[c], taps->weights[t * taps->channels + c]);
        mien_piece piece = {taps->base,          taps->sites, taps->channels,
                            taps->log2_channels, alpha,       taps->delta + (size_t)t * taps->sites,
                            taps->scale};
        dense_take(context, &piece);
    }
}

typedef struct bench {
    toy net;
    mien_cnn_challenges ch;
    mien_k *leaf, *functional, *eq, *scratch, *point;
    uint8_t *real;
    size_t leaves, size;
    mien_k constant;
} bench;

/* Which network the tests are about. */
static void (*bench_network)(toy *) = toy_make;

static int bench_start(bench *b) {
    bench_network(&b->net);
    if (toy_run(&b->net) != MIEN_OK) return 0;
    const mien_cnn_plan *plan = b->net.plan;
    b->leaves = (size_t)2 << plan->log2_half;
    b->size = (size_t)1 << plan->log2_size;
    b->ch = (mien_cnn_challenges){random_k(), random_k(), random_k()};
    b->leaf = malloc(b->leaves * sizeof(mien_k));
    b->real = calloc(b->leaves, 1);
    b->functional = calloc(b->size, sizeof(mien_k));
    b->eq = malloc(b->size * sizeof(mien_k));
    b->point = malloc(64 * sizeof(mien_k));
    size_t scratch = mien_cnn_functional_scratch(plan, &b->net.cnn);
    b->scratch = malloc((scratch + mien_cnn_evaluator_scratch(plan)) * sizeof(mien_k));
    for (size_t i = 0; i < b->leaves; i++) b->leaf[i] = b->ch.a;
    for (uint32_t i = 0; i < plan->block_count; i++)
        block_leaves(b->leaf, b->real, &b->net, &b->ch, &plan->blocks[i]);
    random_point(b->point, 64);
    mien_k *eq_scratch = malloc(mien_cnn_eq_scratch(b->leaves) * sizeof *eq_scratch);
    mien_cnn_eq_range(b->eq, b->point, plan->log2_half + 1, 0, b->leaves, eq_scratch);
    free(eq_scratch);
    memset(b->functional, 0, b->size * sizeof(mien_k));
    dense d = {b->functional};
    mien_cnn_piece_sink sink = {.take = dense_take, .take_taps = dense_take_taps, .context = &d};
    b->constant =
        mien_cnn_leaves_functional(plan, &b->net.cnn, &b->ch, b->point, b->scratch, &sink);
    return 1;
}

static void bench_end(bench *b) {
    toy_free(&b->net);
    free(b->leaf);
    free(b->real);
    free(b->functional);
    free(b->eq);
    free(b->scratch);
    free(b->point);
}

static mien_k functional_of_witness(const bench *b) {
    mien_k sum = b->constant;
    for (size_t i = 0; i < b->size; i++)
        sum = mien_k_add(sum, mien_k_mul_f(b->functional[i], b->net.w[i]));
    return sum;
}

static void leaves_are_a_functional_of_the_witness(void) {
    for (int round = 0; round < 3; round++) {
        bench b;
        REQUIRE(bench_start(&b));
        mien_k direct = inner(b.eq, b.leaf, b.leaves);
        CHECK(mien_k_equal(direct, functional_of_witness(&b)));
        bench_end(&b);
    }
}

static void every_committed_value_counts(void) {
    bench b;
    REQUIRE(bench_start(&b));
    mien_k honest = functional_of_witness(&b);
    uint64_t reals = 0, unnoticed = 0;
    for (size_t i = 0; i < b.leaves; i++) {
        reals += b.real[i];
        if (!b.real[i]) continue;
        mien_f kept = b.net.w[i];
        b.net.w[i] = mien_f_add(kept, MIEN_F_ONE);
        /* one position changes the functional by its coefficient */
        unnoticed += mien_k_is_zero(b.functional[i]);
        b.net.w[i] = kept;
    }
    CHECK_INT(unnoticed, 0);
    CHECK_INT(reals, b.net.plan->lookups);
    CHECK(mien_k_equal(honest, functional_of_witness(&b)));
    bench_end(&b);
}

/* sum over leaves of 1/leaf equals sum over rows of count/row: the lookup argument's identity. */
static void lookups_balance(void) {
    bench b;
    REQUIRE(bench_start(&b));
    const mien_cnn_plan *plan = b.net.plan;
    mien_k left = MIEN_K_ZERO, right = MIEN_K_ZERO;
    uint64_t uses = 0;
    for (size_t i = 0; i < b.leaves; i++)
        if (b.real[i]) left = mien_k_add(left, mien_k_inverse(b.leaf[i]));
    for (uint32_t i = 0; i < plan->class_count; i++) {
        const mien_cnn_class *k = &plan->classes[i];
        for (uint32_t v = 0; v < 1u << k->log2_rows; v++) {
            int32_t first = k->offset + (int32_t)v;
            mien_k row = tuple(&b.ch, k->id, first, k->range ? 0 : mien_cnn_activation(k, first));
            uint32_t count = b.net.counts[k->base + v];
            uses += count;
            mien_k term = mien_k_mul_f(mien_k_inverse(row), mien_f_from_u32(count));
            right = mien_k_add(right, term);
        }
    }
    CHECK(mien_k_equal(left, right));
    CHECK_INT(uses, plan->lookups);
    bench_end(&b);
}

static void tables_at_a_point(void) {
    bench b;
    REQUIRE(bench_start(&b));
    const mien_cnn_plan *plan = b.net.plan;
    unsigned bits = mien_cnn_table_log2(plan);
    size_t rows = (size_t)1 << bits;
    mien_k *row = malloc(rows * sizeof *row), *eq = malloc(rows * sizeof *eq);
    mien_k *free_space = malloc(mien_cnn_eq_scratch(rows) * sizeof *free_space);
    for (size_t i = 0; i < rows; i++) row[i] = MIEN_K_ONE;
    for (uint32_t i = 0; i < plan->class_count; i++) {
        const mien_cnn_class *k = &plan->classes[i];
        for (uint32_t v = 0; v < 1u << k->log2_rows; v++) {
            int32_t first = k->offset + (int32_t)v;
            row[k->base + v] =
                tuple(&b.ch, k->id, first, k->range ? 0 : mien_cnn_activation(k, first));
        }
    }
    mien_cnn_eq_range(eq, b.point, bits, 0, rows, free_space);
    CHECK(mien_k_equal(inner(eq, row, rows),
                       mien_cnn_table_denominator(plan, &b.ch, b.point, b.scratch)));
    free(row);
    free(eq);
    free(free_space);
    bench_end(&b);
}

static int32_t between(int32_t low, int32_t high) {
    return low + (int32_t)harness_random_below((uint64_t)(high - low) + 1);
}

/* Steep, flat, falling, clamped to either side of zero, shorter than the clamp. */
static mien_cnn_class any_activation(void) {
    static const int32_t slopes[] = {64, 0, 1, -1, 79, -87, 200, 20};
    mien_cnn_class table = {.id = 3, .log2_rows = (uint32_t)between(1, 11)};
    table.offset = -(1 << (table.log2_rows - 1));
    table.low = between(-300, 300);
    table.high = between(table.low, 300);
    table.slope = slopes[harness_random_below(sizeof slopes / sizeof *slopes)];
    return table;
}

/* One table of any activation, row by row; the numbers may be anything. */
static void any_activation_at_a_point(void) {
    mien_cnn_plan *plan = calloc(1, sizeof *plan);
    mien_k *eq = malloc(sizeof *eq << 11);
    mien_k *free_space = malloc(mien_cnn_eq_scratch(1 << 11) * sizeof *free_space);
    mien_k *scratch = malloc(sizeof *scratch << 12);
    REQUIRE(plan != NULL && eq != NULL && free_space != NULL && scratch != NULL);
    plan->class_count = 1;
    for (int round = 0; round < 300; round++) {
        mien_cnn_class *table = &plan->classes[0];
        mien_cnn_challenges ch = {random_k(), random_k(), random_k()};
        mien_k point[11], sum = MIEN_K_ZERO;
        *table = any_activation();
        plan->table_rows = 1u << table->log2_rows;
        for (int i = 0; i < 11; i++) point[i] = random_k();
        mien_cnn_eq_range(eq, point, table->log2_rows, 0, plan->table_rows, free_space);
        for (uint32_t v = 0; v < plan->table_rows; v++) {
            int32_t q = table->offset + (int32_t)v;
            mien_k row = tuple(&ch, table->id, q, mien_cnn_activation(table, q));
            sum = mien_k_add(sum, mien_k_mul(eq[v], row));
        }
        CHECK(mien_k_equal(sum, mien_cnn_table_denominator(plan, &ch, point, scratch)));
    }
    free(plan);
    free(eq);
    free(free_space);
    free(scratch);
}

static void counts_at_two_points(void) {
    bench b;
    REQUIRE(bench_start(&b));
    const mien_cnn_plan *plan = b.net.plan;
    unsigned bits = mien_cnn_table_log2(plan);
    size_t rows = (size_t)1 << bits;
    mien_k end[64], *eq = malloc(rows * sizeof *eq),
                    *free_space = malloc(mien_cnn_eq_scratch(b.size) * sizeof *eq);
    mien_k *whole = malloc(b.size * sizeof *whole);
    random_point(end, plan->log2_size);
    mien_cnn_eq_range(eq, b.point, bits, 0, rows, free_space);
    mien_cnn_eq_range(whole, end, plan->log2_size, 0, b.size, free_space);
    mien_k direct = inner(eq, whole + plan->table_base, plan->table_rows);
    CHECK(mien_k_equal(direct, mien_cnn_counts_at(plan, b.point, end)));
    for (uint32_t i = 0; i < plan->table_rows; i++)
        CHECK(mien_f_to_u32(b.net.w[plan->table_base + i]) == b.net.counts[i]);
    free(eq);
    free(free_space);
    free(whole);
    bench_end(&b);
}

/* No two values share a position, and everything lies inside. */
static void places_do_not_overlap(void) {
    bench b;
    REQUIRE(bench_start(&b));
    const mien_cnn_plan *plan = b.net.plan;
    uint8_t *taken = calloc(b.size, 1);
    for (size_t i = 0; i < b.leaves; i++) taken[i] = b.real[i];
    REQUIRE((size_t)plan->table_base + plan->table_rows <= b.size);
    for (uint32_t i = 0; i < plan->table_rows; i++) CHECK(taken[plan->table_base + i]++ == 0);
    for (size_t i = 0; i < b.size; i++)
        if (!taken[i]) CHECK(mien_f_is_zero(b.net.w[i]));
    CHECK_INT(plan->blocks[0].base, 0);
    for (uint32_t i = 1; i < plan->block_count; i++)
        CHECK(plan->blocks[i].base >= 1u << plan->log2_input);
    CHECK(plan->table_base >= 1u << plan->log2_input);
    free(taken);
    bench_end(&b);
}

static void evaluation_without_the_vector(void) {
    bench b;
    REQUIRE(bench_start(&b));
    const mien_cnn_plan *plan = b.net.plan;
    mien_k end[64];
    random_point(end, plan->log2_size);
    mien_k *eq = malloc(b.size * sizeof *eq),
           *free_space = malloc(mien_cnn_eq_scratch(b.size) * sizeof *eq);
    mien_cnn_eq_range(eq, end, plan->log2_size, 0, b.size, free_space);
    mien_cnn_evaluator evaluator;
    mien_cnn_evaluator_start(&evaluator, plan, end,
                             b.scratch + mien_cnn_functional_scratch(plan, &b.net.cnn));
    mien_cnn_piece_sink sink = mien_cnn_evaluator_sink(&evaluator);
    mien_k constant =
        mien_cnn_leaves_functional(plan, &b.net.cnn, &b.ch, b.point, b.scratch, &sink);
    CHECK(mien_k_equal(constant, b.constant));
    CHECK(mien_k_equal(evaluator.sum, inner(eq, b.functional, b.size)));
    free(eq);
    free(free_space);
    bench_end(&b);
}

static void a_claim_on_any_tensor(void) {
    bench b;
    REQUIRE(bench_start(&b));
    const mien_cnn_plan *plan = b.net.plan;
    for (uint32_t number = 0; number <= b.net.cnn.layer_count; number++) {
        mien_cnn_shape shape = toy_shape(&b.net, number);
        size_t sites = mien_cnn_sites(shape);
        mien_k *alpha = malloc(shape.channels * sizeof *alpha);
        mien_k *delta = malloc(sites * sizeof *delta);
        random_point(alpha, shape.channels);
        random_point(delta, (unsigned)sites);
        mien_k direct = MIEN_K_ZERO;
        for (size_t s = 0; s < sites; s++)
            for (size_t c = 0; c < shape.channels; c++) {
                mien_f v = mien_f_from_i32(b.net.tensors[number][s * shape.channels + c]);
                direct = mien_k_add(direct, mien_k_mul_f(mien_k_mul(delta[s], alpha[c]), v));
            }
        memset(b.functional, 0, b.size * sizeof(mien_k));
        dense d = {b.functional};
        mien_cnn_piece_sink sink = {.take = dense_take, .context = &d};
        mien_cnn_tensor_functional(plan, &b.net.cnn, number, alpha, delta, MIEN_K_ONE, b.scratch,
                                   &sink);
        b.constant = MIEN_K_ZERO;
        CHECK(mien_k_equal(direct, functional_of_witness(&b)));
        free(alpha);
        free(delta);
    }
    bench_end(&b);
}

/* eq of any window equals the product formula. */
static void equality_windows(void) {
    mien_k point[12], out[300], scratch[1100];
    REQUIRE(mien_cnn_eq_scratch(300) <= 1100);
    random_point(point, 12);
    for (int round = 0; round < 200; round++) {
        size_t count = 1 + harness_random_below(300);
        uint64_t first = harness_random_below(4096 - count + 1);
        mien_cnn_eq_range(out, point, 12, first, count, scratch);
        size_t j = harness_random_below(count);
        mien_k product = MIEN_K_ONE;
        for (int i = 0; i < 12; i++)
            product = mien_k_mul(product, (first + j) >> i & 1 ? point[i]
                                                               : mien_k_sub(MIEN_K_ONE, point[i]));
        CHECK(mien_k_equal(out[j], product));
    }
}

/* Every instruction set against the definition, with the largest weights and coefficients too. */
static void sums_of_weights(void) {
    enum { OUTPUTS = 40, STRIDE = 75 };
    static int16_t weights[OUTPUTS * STRIDE];
    static mien_k alpha[OUTPUTS], out[STRIDE];
    for (int round = 0; round < 12; round++) {
        size_t count = 1 + harness_random_below(STRIDE);
        for (size_t i = 0; i < OUTPUTS * STRIDE; i++)
            weights[i] = round == 0 ? -32768 : (int16_t)(harness_random() & 0xffff);
        for (size_t o = 0; o < OUTPUTS; o++) alpha[o] = random_k();
        for (int k = 0; round == 0 && k < MIEN_K_DEGREE; k++)
            alpha[3].c[k] = MIEN_F_RAW(MIEN_F_MODULUS - 1);
        for (unsigned level = 0; mien_cnn_weigh_at(level) != NULL; level++) {
            mien_cnn_weigh_at(level)(out, alpha, weights, OUTPUTS, STRIDE, count);
            for (size_t j = 0; j < count; j++) {
                mien_k sum = MIEN_K_ZERO;
                for (size_t o = 0; o < OUTPUTS; o++)
                    sum = mien_k_add(
                        sum, mien_k_mul_f(alpha[o], mien_f_from_i32(weights[o * STRIDE + j])));
                CHECK(mien_k_equal(sum, out[j]));
            }
        }
    }
}

static mien_status plan_of(toy *t) {
    uint32_t at;
    mien_cnn_plan *plan = malloc(sizeof *plan);
    mien_status status = mien_cnn_plan_make(plan, &at, &t->cnn);
    free(plan);
    return status;
}

#define BREAK(change, expected)                                                                    \
    do {                                                                                           \
        toy t;                                                                                     \
        toy_make(&t);                                                                              \
        change;                                                                                    \
        CHECK_INT(plan_of(&t), expected);                                                          \
        toy_free(&t);                                                                              \
    } while (0)

static void contradictory_networks_are_refused(void) {
    BREAK((void)0, MIEN_OK);
    BREAK(t.cnn.layer_count = 0, MIEN_ARGUMENT);
    BREAK(t.cnn.layer_count = MIEN_CNN_MAX_LAYERS + 1, MIEN_ARGUMENT);
    BREAK(t.layers[1].inputs[0] = 2, MIEN_ARGUMENT); /* itself */
    BREAK(t.layers[1].in.channels = 5, MIEN_ARGUMENT);
    BREAK(t.layers[1].groups = 4, MIEN_ARGUMENT);
    BREAK(t.layers[1].groups = 0, MIEN_ARGUMENT);
    BREAK(t.layers[2].residual = 4, MIEN_ARGUMENT);
    BREAK(t.layers[2].residual = 0, MIEN_ARGUMENT); /* another shape */
    BREAK(t.layers[2].shift = 16, MIEN_ARGUMENT);
    BREAK(t.layers[2].quotient_limit = 3000, MIEN_ARGUMENT);
    BREAK(t.layers[2].quotient_limit = 1 << 16, MIEN_ARGUMENT);
    BREAK(t.layers[3].stride[0] = 0, MIEN_ARGUMENT);
    BREAK(t.layers[3].kernel[0] = t.layers[3].kernel[1] = 9, MIEN_UNSUPPORTED);
    BREAK(t.layers[3].pad_top = 200, MIEN_UNSUPPORTED); /* windows without an input */
    BREAK(t.layers[5].out.channels = 13, MIEN_ARGUMENT);
    BREAK(t.layers[5].input_count = MIEN_CNN_MAX_INPUTS + 1, MIEN_ARGUMENT);
    BREAK(t.layers[0].out.height = 0, MIEN_ARGUMENT);
    BREAK(t.layers[0].low = 5; t.layers[0].high = 4, MIEN_ARGUMENT);
    BREAK(t.cnn.input_values = 255, MIEN_UNSUPPORTED); /* no exact table */
    BREAK(t.cnn.input_lows = NULL, MIEN_UNSUPPORTED);  /* 258 values */
    BREAK(t.cnn.input_high = 127, MIEN_ARGUMENT);      /* one channel's values go beyond */
    BREAK(t.cnn.input_low = -128, MIEN_ARGUMENT);
    BREAK(t.cnn.input_lows = NULL; t.cnn.input_high = 126, MIEN_OK);
    BREAK(t.layers[8].kind = (mien_cnn_kind)7, MIEN_ARGUMENT);
}

/* A quotient outside of the table must not be written silently. */
static void values_outside_of_the_tables(void) {
    toy t;
    toy_make(&t);
    REQUIRE(toy_run(&t) == MIEN_OK);
    const mien_cnn_block *block = &t.plan->blocks[t.plan->tensor_block[1]];
    t.accumulators[0][3] = 1 << 28;
    CHECK_INT(mien_cnn_witness_convolution(&t.witness, NULL, t.plan, block, t.accumulators[0]),
              MIEN_INTERNAL);
    t.tensors[0][5] = 129;
    CHECK_INT(mien_cnn_witness_input(&t.witness, t.plan, t.tensors[0]), MIEN_INTERNAL);
    toy_free(&t);
}

/* Two blocks from one layer, and only where that saves half of the positions. */
static void bad_channels_are_cut(void) {
    toy t;
    uint32_t at, cut = 0;
    mien_cnn_plan *plan = malloc(sizeof *plan);
    REQUIRE(plan != NULL);
    toy_make_cut(&t);
    CHECK_INT(mien_cnn_plan_make(plan, &at, &t.cnn), MIEN_OK);
    for (uint32_t i = 0; i < plan->block_count; i++)
        cut += plan->blocks[i].channels < plan->blocks[i].tensor_channels;
    CHECK_INT(cut, 2 * 5); /* layers 1 to 4: 8 + 4, layer 6: 8 + 6 */
    CHECK_INT(plan->log2_half, 12);
    toy_free(&t);
    toy_make(&t);
    CHECK_INT(mien_cnn_plan_make(plan, &at, &t.cnn), MIEN_OK);
    for (uint32_t i = 0; i < plan->block_count; i++)
        CHECK_INT(plan->blocks[i].channels, plan->blocks[i].tensor_channels);
    toy_free(&t);
    free(plan);
}

static void about_networks(void (*network)(toy *)) {
    bench_network = network;
    RUN(leaves_are_a_functional_of_the_witness);
    RUN(every_committed_value_counts);
    RUN(lookups_balance);
    RUN(tables_at_a_point);
    RUN(counts_at_two_points);
    RUN(places_do_not_overlap);
    RUN(evaluation_without_the_vector);
    RUN(a_claim_on_any_tensor);
}

int main(void) {
    RUN(equality_windows);
    RUN(sums_of_weights);
    RUN(any_activation_at_a_point);
    about_networks(toy_make);
    about_networks(toy_make_cut);
    CHECK_INT(taps_taken, 0);
    about_networks(toy_make_depthwise);
    CHECK(taps_taken > 0);
    RUN(bad_channels_are_cut);
    RUN(contradictory_networks_are_refused);
    RUN(values_outside_of_the_tables);
    return harness_end();
}
