/* SPDX-License-Identifier: MIT */
/* On networks with a few values: of all witnesses exactly those of true runs are in the relation
 * that a proof shows, and exactly those have proofs that verify. The relation is read out of the
 * verifier's own code (relation.h). */
#include "tests/prover/cnn/relation.h"
#include "tests/prover/cnn/statement_sample.h"
#include "tests/prover/cnn/toy_parameters.h"

/* ---- networks */

static void set_weights(toy *t, uint32_t layer, const int *weights, const int *bias, int slope) {
    const mien_cnn_layer *l = &t->layers[layer];
    size_t count = (size_t)l->out.channels * mien_cnn_taps(l) * l->in.channels / l->groups;
    for (size_t i = 0; i < count; i++) t->weights[layer][i] = (int16_t)weights[i];
    for (size_t i = 0; i < l->out.channels; i++) t->bias[layer][i] = bias[i];
    for (size_t i = 0; i < l->out.channels && t->slopes[layer] != NULL; i++)
        t->slopes[layer][i] = (int16_t)(slope + (int)i * 20);
}

static void set_range(toy *t, uint32_t layer, int32_t low, int32_t high, int64_t limit) {
    t->layers[layer].low = low;
    t->layers[layer].high = high;
    t->layers[layer].quotient_limit = limit;
}

static void input_of(toy *t, uint32_t height, uint32_t width, uint32_t channels, int32_t low,
                     int32_t high) {
    memset(t, 0, sizeof *t);
    t->cnn.input = (mien_cnn_shape){height, width, channels};
    t->cnn.input_low = low;
    t->cnn.input_high = high;
    t->cnn.layers = t->layers;
}

/* Two pixels, one output with a remainder: |acc| <= 10, Q 2^s = 16. */
static void one_neuron(toy *t) {
    input_of(t, 1, 1, 2, -1, 2);
    toy_convolution(t, 0, 1, 1, 1, 1, 0, 1, 1, 1);
    set_weights(t, 0, (const int[]){2, -3}, (const int[]){1}, 20);
    set_range(t, 0, -4, 3, 8);
}

/* The same with an output that is its quotient and stands in no table (mien_cnn_block.direct). */
static void direct_neuron(toy *t) {
    input_of(t, 1, 1, 2, -1, 2);
    toy_convolution(t, 0, 1, 1, 1, 1, 0, 1, 5, 0);
    set_weights(t, 0, (const int[]){67, -95}, (const int[]){33}, 0);
    set_range(t, 0, -512, 511, 256);
}
static int32_t direct_sum(int first, int second) {
    return 67 * first - 95 * second + 33;
}

/* Every kind of layer on four pixels: pointwise with PReLU, depthwise, residual, max pool, concat,
 * fully connected without a shift. */
static void all_layers(toy *t) {
    input_of(t, 2, 2, 1, -2, 1);
    toy_convolution(t, 0, 2, 1, 1, 1, 0, 1, 1, 1); /* 1: 2x2x2 */
    set_weights(t, 0, (const int[]){3, -2}, (const int[]){1, 0}, 20);
    set_range(t, 0, -4, 3, 8);
    toy_convolution(t, 1, 2, 2, 2, 1, 0, 1, 2, 0); /* 2: 1x1x2, depthwise */
    set_weights(t, 1, (const int[]){1, -2, 1, 1, 2, 1, -1, 0}, (const int[]){-1, 2}, 0);
    set_range(t, 1, -8, 7, 16);
    toy_pool(t, 1, 2, 2, 0);                       /* 3: 1x1x2 */
    toy_convolution(t, 3, 2, 1, 1, 1, 0, 1, 1, 1); /* 4: 1x1x2, with 2 added */
    toy_residual(t, 2, 1);
    set_weights(t, 3, (const int[]){1, -1, 2, 1}, (const int[]){0, 1}, 30);
    set_range(t, 3, -8, 7, 16);
    toy_concat(t, 3, 4);                           /* 5: 1x1x4 */
    toy_convolution(t, 5, 1, 1, 1, 1, 0, 1, 0, 0); /* 6: 1x1x1 */
    set_weights(t, 5, (const int[]){1, 2, -1, 1}, (const int[]){-3}, 0);
    set_range(t, 5, -16, 15, 64);
}

/* One pixel, and a bias so large that with Q = 2^15 and s = 15 there is room for accumulators that
 * differ by p: a network that the loader refuses. */
static void near_the_modulus(toy *t, int32_t bias) {
    input_of(t, 1, 1, 1, 0, 1);
    toy_convolution(t, 0, 1, 1, 1, 1, 0, 1, 15, 0);
    set_weights(t, 0, (const int[]){1}, (const int[]){bias}, 0);
    set_range(t, 0, -128, 127, 1 << 15);
}

/* ---- true runs, computed here */

static int32_t divide(int32_t acc, uint32_t shift) {
    if (shift == 0) return acc;
    int64_t sum = (int64_t)acc + (INT64_C(1) << (shift - 1)), scale = INT64_C(1) << shift;
    int64_t q = sum / scale;
    return (int32_t)(q * scale > sum ? q - 1 : q);
}

static int32_t activate(const mien_cnn_layer *layer, uint32_t channel, int32_t q) {
    if (q < 0 && layer->slopes != NULL) {
        int32_t product = q * layer->slopes[channel] + 32, bent = product / 64;
        q = bent * 64 > product ? bent - 1 : bent;
    }
    return q < layer->low ? layer->low : q > layer->high ? layer->high : q;
}

static void run_pool(const mien_cnn_layer *layer, int16_t *out, const int16_t *in) {
    uint32_t channels = layer->in.channels;
    for (uint32_t s = 0; s < mien_cnn_sites(layer->out); s++)
        for (uint32_t c = 0; c < channels; c++) {
            int16_t *most = &out[s * channels + c];
            *most = INT16_MIN;
            for (uint32_t tap = 0; tap < mien_cnn_taps(layer); tap++) {
                int64_t from =
                    mien_cnn_tap_site(layer, s, tap / layer->kernel[1], tap % layer->kernel[1]);
                if (from >= 0 && in[from * channels + c] > *most) *most = in[from * channels + c];
            }
        }
}

/* All tensors from tensor 0; they are there. */
static void run_network(toy *t) {
    static int32_t acc[64];
    for (uint32_t i = 0; i < t->cnn.layer_count; i++) {
        const mien_cnn_layer *layer = &t->layers[i];
        const int16_t *in = t->tensors[layer->inputs[0]];
        if (layer->kind == MIEN_CNN_CONCAT) {
            toy_copy_concat(t, i);
        } else if (layer->kind == MIEN_CNN_MAX_POOL) {
            run_pool(layer, t->tensors[i + 1], in);
        } else {
            mien_cnn_accumulate(acc, layer, in,
                                layer->residual >= 0 ? t->tensors[layer->residual] : NULL);
            for (size_t k = 0; k < toy_elements(layer->out); k++)
                t->tensors[i + 1][k] = (int16_t)activate(layer, (uint32_t)(k % layer->out.channels),
                                                         divide(acc[k], layer->shift));
        }
    }
}

/* ---- all solutions. Whatever a witness is, each leaf has to be a row; so going through the rows
 * in the order of the layers meets every witness over the whole field that is in the relation. */

typedef struct search {
    relation *r;
    toy *net;
    mien_f *w;
    size_t order[256], count; /* positions of outputs, as the layers have them */
    unsigned long found, runs;
    bool wrong; /* a solution whose output is none of a true run */
} search;

static void list_positions(search *s) {
    const mien_cnn_plan *plan = s->r->net->plan;
    s->count = 0;
    for (uint32_t i = 0; i < plan->block_count; i++) {
        const mien_cnn_block *b = &plan->blocks[i];
        for (uint32_t k = 0; k < b->sites * b->channels; k++)
            s->order[s->count++] =
                b->base + ((size_t)(k / b->channels) << b->log2_channels) + k % b->channels;
    }
}

static int32_t small_int(mien_f value) {
    uint32_t v = mien_f_to_u32(value);
    return v > MIEN_F_MODULUS / 2 ? (int32_t)v - (int32_t)MIEN_F_MODULUS : (int32_t)v;
}

/* All of w is set: the counts follow, and the output is compared with the run of these pixels. */
static void compare_solution(search *s) {
    static uint32_t uses[1 << 10];
    toy *t = s->net;
    const mien_cnn_plan *plan = t->plan;
    const mien_cnn_block *last = &plan->blocks[plan->tensor_block[t->cnn.layer_count]];
    const mien_cnn_block *input = &plan->blocks[0];
    for (uint32_t k = 0; k < input->sites * input->channels; k++)
        t->tensors[0][k] = (int16_t)small_int(s->w[s->order[k]]);
    run_network(t);
    s->found++;
    if (!relation_uses(s->r, uses, s->w)) s->wrong = true;
    for (uint32_t k = 0; k < last->sites * last->channels; k++) {
        size_t at =
            last->base + ((size_t)(k / last->channels) << last->log2_channels) + k % last->channels;
        if (small_int(s->w[at]) != t->tensors[t->cnn.layer_count][k]) s->wrong = true;
    }
}

static void extend_search(search *s, size_t next);

/* w at a position is what the row of its leaf says. */
static void take_row(search *s, size_t next, bool input) {
    const relation *r = s->r;
    size_t at = s->order[next];
    for (size_t row = 0; row < r->rows; row++) {
        if (!mien_f_equal(r->row[COORDINATE_ID][row], r->constant[COORDINATE_ID][at])) continue;
        s->w[at] = r->row[input ? COORDINATE_FIRST : COORDINATE_SECOND][row];
        if (relation_row(r, at, s->w, true) == (long)row) extend_search(s, next + 1);
    }
    s->w[at] = MIEN_F_ZERO;
}

static void extend_search(search *s, size_t next) {
    const relation *r = s->r;
    size_t half = r->leaves / 2, at = s->order[next];
    if (next == s->count) {
        compare_solution(s);
        return;
    }
    const mien_cnn_block *input = &r->net->plan->blocks[0];
    bool pixel = next < (size_t)input->sites * input->channels;
    if (relation_absent(r, half + at)) {
        take_row(s, next, pixel);
        return;
    }
    for (size_t row = 0; row < r->rows; row++) {
        if (!mien_f_equal(r->row[COORDINATE_ID][row], r->constant[COORDINATE_ID][half + at]))
            continue;
        s->w[half + at] = r->row[COORDINATE_FIRST][row];
        take_row(s, next, pixel);
    }
    s->w[half + at] = MIEN_F_ZERO;
}

static void start_search(search *s, relation *r, toy *t) {
    memset(s, 0, sizeof *s);
    REQUIRE(toy_run(t) == MIEN_OK);
    relation_make(r, t);
    CHECK(relation_holds(r, t->w)); /* what the prover's code fills in */
    s->r = r;
    s->net = t;
    if (r->rows > 1 << 10) abort();
    s->w = calloc(r->size, sizeof *s->w);
    list_positions(s);
    s->runs = 1;
    for (size_t i = 0; i < toy_elements(t->cnn.input); i++) s->runs *= toy_input_values(t);
}

static void end_search(search *s, toy *t) {
    relation_free(s->r);
    free(s->w);
    toy_free(t);
}

/* One solution for each input, with the output of its run. */
static void solutions_are_the_runs(void) {
    void (*const networks[])(toy *) = {one_neuron, all_layers};
    for (int i = 0; i < 2; i++) {
        search s;
        relation r;
        toy t;
        networks[i](&t);
        start_search(&s, &r, &t);
        extend_search(&s, 0);
        CHECK_INT(s.found, s.runs);
        CHECK(!s.wrong);
        printf("%zu values, %zu rows: %lu inputs, %lu witnesses over the whole field\n", s.count,
               r.rows, s.runs, s.found);
        end_search(&s, &t);
    }
}

/* How many remainders make one output's quotient a row, for pixel 0. */
static unsigned long count_solutions(int32_t bias) {
    toy t;
    relation r = {.net = &t};
    uint32_t layer;
    near_the_modulus(&t, bias);
    t.plan = malloc(sizeof *t.plan);
    if (t.plan == NULL || mien_cnn_plan_make(t.plan, &layer, &t.cnn) != MIEN_OK) abort();
    const mien_cnn_block *block = &t.plan->blocks[1];
    const mien_cnn_class *table = &t.plan->classes[t.plan->class_of[block->first_class]];
    size_t remainder = ((size_t)1 << t.plan->log2_half) + block->base;
    r.size = (size_t)1 << t.plan->log2_size;
    r.leaves = (size_t)2 << t.plan->log2_half;
    mien_k *scratch = malloc(mien_cnn_functional_scratch(t.plan, &t.cnn) * sizeof *scratch);
    mien_k *dense = malloc(r.size * sizeof *dense);
    for (int i = 0; i < 3; i++) {
        r.constant[i] = malloc(r.leaves * sizeof(mien_f));
        r.form[i] = malloc(r.leaves * r.size * sizeof(mien_f));
        r.row[i] = NULL;
    }
    relation_read_leaf(&r, dense, scratch, block->base);
    mien_f constant = r.constant[COORDINATE_FIRST][block->base];
    mien_f slope = r.form[COORDINATE_FIRST][block->base * r.size + remainder];
    unsigned long solutions = 0;
    for (uint32_t rem = 0; rem < 1u << block->shift; rem++) {
        mien_f q = mien_f_add(constant, mien_f_mul(slope, mien_f_from_u32(rem)));
        int64_t row = (int64_t)small_int(q) - table->offset;
        solutions += row >= 0 && row < INT64_C(1) << table->log2_rows;
    }
    free(scratch);
    free(dense);
    relation_free(&r);
    toy_free(&t);
    return solutions;
}

/* Q 2^s + B + 2^s < p is what uniqueness needs: where sums reach p - Q 2^s, there are two. */
static void bounds_make_solutions_unique(void) {
    int32_t first = (int32_t)(MIEN_F_MODULUS - (1u << 30)), half = 1 << 14;
    CHECK_INT(count_solutions(0), 1);
    CHECK_INT(count_solutions(first - half - 1), 1);
    CHECK_INT(count_solutions(first - half), 2);
    CHECK_INT(count_solutions(first - half + 12345), 2);
    CHECK_INT(count_solutions(-first - half), 1);
    CHECK_INT(count_solutions(-first - half - 1), 2);
}

/* ---- the prover with every witness of the neuron, over ranges that reach past all tables */

/* All that follows from w: what the leaves look up, and the counts of those that are rows. */
static void follow(const relation *r, sample *s) {
    static uint32_t uses[1 << 10];
    const mien_cnn_plan *plan = s->net.plan;
    for (size_t i = 0; i < r->leaves; i++)
        s->net.witness.first[i] =
            relation_absent(r, i) ? MIEN_F_ZERO : relation_value(r, COORDINATE_FIRST, i, s->net.w);
    relation_uses(r, uses, s->net.w);
    for (size_t i = 0; i < r->rows; i++) s->net.w[plan->table_base + i] = mien_f_from_u32(uses[i]);
}

/* Each remainder gives an output that is in the relation; one of them is in the range that the
 * verifier looks at, and it is the run's. */
static void direct_outputs_have_a_range(void) {
    search s;
    relation r;
    toy t;
    direct_neuron(&t);
    start_search(&s, &r, &t);
    const mien_cnn_block *block = &t.plan->blocks[1];
    size_t half = (size_t)1 << t.plan->log2_half, at = block->base;
    REQUIRE(block->direct == 256);
    memset(s.w, 0, r.size * sizeof *s.w);
    for (int first = -1; first <= 2; first++)
        for (int second = -1; second <= 2; second++) {
            int32_t run = divide(direct_sum(first, second), 5);
            unsigned solutions = 0, within = 0;
            s.w[0] = mien_f_from_i32(first);
            s.w[1] = mien_f_from_i32(second);
            for (uint32_t rem = 0; rem < 32; rem++) {
                s.w[half + at] = mien_f_from_u32(rem);
                s.w[at] = MIEN_F_ZERO;
                s.w[at] = relation_value(&r, COORDINATE_FIRST, at, s.w);
                solutions += relation_row(&r, at, s.w, true) >= 0;
                int32_t out = small_int(s.w[at]);
                bool inside = out >= -block->direct && out < block->direct;
                within += inside;
                if (inside) CHECK_INT(out, run);
            }
            CHECK_INT(solutions, 32);
            CHECK_INT(within, 1);
        }
    end_search(&s, &t);
}

static unsigned long tried, accepted;

/* Proved and verified exactly when it is in the relation and the run is true. */
static void try_witness(const relation *r, sample *s, bool true_run) {
    bool holds = relation_holds(r, s->net.w);
    CHECK_INT(holds, true_run);
    CHECK_INT(prove(s), MIEN_OK);
    mien_status status = verify(s, &s->statement, proof_length);
    CHECK_INT(status, true_run ? MIEN_OK : MIEN_PROOF_INVALID);
    tried++;
    accepted += status == MIEN_OK;
}

static void set_neuron(sample *s, int first, int second, int out, mien_f rem) {
    const mien_cnn_plan *plan = s->net.plan;
    const mien_cnn_block *pixels = &plan->blocks[0], *output = &plan->blocks[1];
    size_t half = (size_t)1 << plan->log2_half;
    s->net.w[pixels->base] = mien_f_from_i32(first);
    s->net.w[pixels->base + 1] = mien_f_from_i32(second);
    s->net.w[output->base] = mien_f_from_i32(out);
    s->net.w[half + output->base] = rem;
    s->output[0] = (int16_t)out; /* what is claimed */
}

static bool true_neuron(const sample *s, int first, int second, int out, mien_f rem) {
    int32_t acc = 2 * first - 3 * second + 1, q = divide(acc, 1);
    return first >= -1 && first <= 2 && second >= -1 && second <= 2 &&
           out == activate(&s->net.layers[0], 0, q) &&
           mien_f_equal(rem, mien_f_from_i32(acc + 1 - 2 * q));
}

/* Remainders: in and around 0 .. 1, and those that move the quotient by one or by 1 / 2^s. */
static void every_witness_of_a_neuron(void) {
    sample s;
    relation r;
    mien_f half_of_p = mien_f_inverse(mien_f_from_u32(2));
    const mien_f remainders[] = {MIEN_F_ZERO,         MIEN_F_ONE, mien_f_from_i32(2),
                                 mien_f_from_i32(-1), half_of_p,  mien_f_neg(half_of_p)};
    chosen_parameters = &toy_parameters;
    network = one_neuron;
    make(&s, MIEN_FRAME_HIDDEN, MIEN_OUTPUT_PUBLIC);
    relation_make(&r, &s.net);
    int step = getenv("MIEN_TEST_SWEEP_STEP") != NULL ? 5 : 1;
    tried = accepted = 0;
    for (int pixels = 0; pixels < 36; pixels += step)
        for (int out = -5; out <= 4; out++)
            for (size_t k = 0; k < sizeof remainders / sizeof *remainders; k++) {
                int first = pixels / 6 - 2, second = pixels % 6 - 2;
                set_neuron(&s, first, second, out, remainders[k]);
                follow(&r, &s);
                try_witness(&r, &s, true_neuron(&s, first, second, out, remainders[k]));
            }
    CHECK(step > 1 || accepted == 16);
    printf("a neuron: %lu witnesses proved, %lu verified\n", tried, accepted);
    relation_free(&r);
    end(&s);
}

/* Counts: each row's moved by one, alone and against the next row's, and all of them negated. */
static void every_count_of_a_neuron(void) {
    sample s;
    relation r;
    make(&s, MIEN_FRAME_HIDDEN, MIEN_OUTPUT_PUBLIC);
    relation_make(&r, &s.net);
    mien_f *counts = s.net.w + s.net.plan->table_base;
    tried = accepted = 0;
    for (size_t i = 0; i < r.rows; i++)
        for (int by = -1; by <= 1; by += 2)
            for (int pair = 0; pair < 2 && i + 1 < r.rows; pair++) {
                mien_f kept[2] = {counts[i], counts[i + 1]};
                counts[i] = mien_f_add(counts[i], mien_f_from_i32(by));
                if (pair) counts[i + 1] = mien_f_sub(counts[i + 1], mien_f_from_i32(by));
                try_witness(&r, &s, false);
                counts[i] = kept[0];
                counts[i + 1] = kept[1];
            }
    for (size_t i = 0; i < r.rows; i++) counts[i] = mien_f_neg(counts[i]);
    try_witness(&r, &s, false);
    for (size_t i = 0; i < r.rows; i++) counts[i] = mien_f_neg(counts[i]);
    try_witness(&r, &s, true);
    CHECK_INT(accepted, 1);
    relation_free(&r);
    end(&s);
}

/* An output that is its quotient, claimed one off, past the range, or with the other remainder. */
static void every_output_of_a_direct_neuron(void) {
    sample s;
    relation r;
    network = direct_neuron;
    make(&s, MIEN_FRAME_HIDDEN, MIEN_OUTPUT_PUBLIC);
    relation_make(&r, &s.net);
    tried = accepted = 0;
    for (int pixels = 0; pixels < 16; pixels++) {
        int first = pixels / 4 - 1, second = pixels % 4 - 1;
        int32_t acc = direct_sum(first, second), run = divide(acc, 5), rem = acc + 16 - 32 * run;
        for (int out = run - 2; out <= run + 2; out++)
            for (int by = -1; by <= 1; by++) {
                set_neuron(&s, first, second, out, mien_f_from_i32(rem + by));
                follow(&r, &s);
                try_witness(&r, &s, out == run && by == 0);
            }
        set_neuron(&s, first, second, run - 1, mien_f_from_i32(rem + 32)); /* no remainder */
        follow(&r, &s);
        try_witness(&r, &s, false);
    }
    CHECK_INT(accepted, 16);
    relation_free(&r);
    end(&s);
}

/* Every value of the larger network moved, with what follows from it made to agree. */
static void every_value_of_all_layers(void) {
    sample s;
    relation r;
    network = all_layers;
    make(&s, MIEN_FRAME_HIDDEN, MIEN_OUTPUT_COMMITTED);
    relation_make(&r, &s.net);
    mien_f *honest = malloc(r.size * sizeof *honest);
    memcpy(honest, s.net.w, r.size * sizeof *honest);
    tried = accepted = 0;
    for (size_t i = 0; i < r.leaves; i++) {
        if (relation_absent(&r, i)) continue;
        const mien_f moves[] = {MIEN_F_ONE, mien_f_from_i32(-1), mien_f_from_i32(4),
                                mien_f_inverse(mien_f_from_u32(4)),
                                mien_f_neg(mien_f_inverse(mien_f_from_u32(2)))};
        for (size_t k = 0; k < sizeof moves / sizeof *moves; k++) {
            memcpy(s.net.w, honest, r.size * sizeof *honest);
            s.net.w[i] = mien_f_add(s.net.w[i], moves[k]);
            follow(&r, &s);
            try_witness(&r, &s, false);
        }
    }
    memcpy(s.net.w, honest, r.size * sizeof *honest);
    follow(&r, &s);
    try_witness(&r, &s, true);
    printf("all layers: %lu witnesses proved, %lu verified\n", tried, accepted);
    free(honest);
    relation_free(&r);
    end(&s);
    chosen_parameters = NULL;
    network = toy_make;
}

/* ---- the lookup in a field so small that all challenges can be tried: (a, g, h) in F_l^3. False
 * witnesses pass for no more of them than 2 (leaves + rows) / l, docs/INFERENCE.md. */

enum { LITTLE = 101 };

typedef struct tuple {
    uint32_t id, first, second, count; /* modulo LITTLE; count: numerator */
} tuple;

static uint32_t little(mien_f value) {
    return (uint32_t)((small_int(value) % LITTLE + LITTLE) % LITTLE);
}

/* sum of numerator / denominator as a fraction; denominators may be zero. */
static void add_tuple(uint32_t *p, uint32_t *q, const tuple *t, uint32_t a, uint32_t g,
                      uint32_t h) {
    uint32_t value = (a + t->id + g * t->first + h * t->second) % LITTLE;
    *p = (*p * value + t->count * *q) % LITTLE;
    *q = *q * value % LITTLE;
}

static unsigned long passing_challenges(const tuple *tuples, size_t leaves, size_t rows) {
    unsigned long passing = 0;
    for (uint32_t i = 0; i < LITTLE * LITTLE * LITTLE; i++) {
        uint32_t a = i % LITTLE, g = i / LITTLE % LITTLE, h = i / LITTLE / LITTLE;
        uint32_t p1 = 0, q1 = 1, p2 = 0, q2 = 1;
        for (size_t k = 0; k < leaves; k++) add_tuple(&p1, &q1, &tuples[k], a, g, h);
        for (size_t k = leaves; k < leaves + rows; k++) add_tuple(&p2, &q2, &tuples[k], a, g, h);
        passing += p1 * q2 % LITTLE == p2 * q1 % LITTLE;
    }
    return passing;
}

/* A witness that is false over F may be true modulo LITTLE. */
static bool little_true(const tuple *tuples, size_t leaves, size_t rows) {
    uint32_t uses[64] = {0};
    for (size_t i = 0; i < leaves; i++) {
        bool found = false;
        for (size_t k = leaves; k < leaves + rows; k++) {
            const tuple *row = &tuples[k];
            if (row->id != tuples[i].id || row->first != tuples[i].first ||
                row->second != tuples[i].second)
                continue;
            uses[k - leaves]++;
            found = true;
        }
        if (!found) return false;
    }
    for (size_t i = 0; i < rows; i++)
        if (uses[i] != tuples[leaves + i].count) return false;
    return true;
}

/* Tuples of the leaves and rows, with counts as the prover would have them. */
static size_t little_tuples(tuple *out, const relation *r, const mien_f *w) {
    size_t leaves = 0;
    uint32_t uses[64];
    relation_uses(r, uses, w);
    for (size_t i = 0; i < r->leaves; i++) {
        if (relation_absent(r, i)) continue;
        out[leaves++] = (tuple){little(r->constant[COORDINATE_ID][i]),
                                little(relation_value(r, COORDINATE_FIRST, i, w)),
                                little(relation_value(r, COORDINATE_SECOND, i, w)), 1};
    }
    for (size_t i = 0; i < r->rows; i++)
        out[leaves + i] =
            (tuple){little(r->row[COORDINATE_ID][i]), little(r->row[COORDINATE_FIRST][i]),
                    little(r->row[COORDINATE_SECOND][i]), uses[i]};
    return leaves;
}

static void all_challenges_of_a_little_field(void) {
    toy t;
    relation r;
    tuple tuples[128];
    const unsigned long all = LITTLE * LITTLE * LITTLE;
    unsigned long most = 0;
    one_neuron(&t);
    REQUIRE(toy_run(&t) == MIEN_OK);
    relation_make(&r, &t);
    REQUIRE(r.rows <= 64 && r.leaves + r.rows <= 128);
    size_t leaves = little_tuples(tuples, &r, t.w);
    CHECK(little_true(tuples, leaves, r.rows));
    CHECK_INT(passing_challenges(tuples, leaves, r.rows), all);
    double bound = 2.0 * (double)(leaves + r.rows) / LITTLE;
    for (size_t i = 0; i < r.leaves; i++) {
        if (relation_absent(&r, i)) continue;
        for (int by = 1; by <= 9; by += 4) {
            mien_f kept = t.w[i];
            t.w[i] = mien_f_add(kept, mien_f_from_i32(by));
            little_tuples(tuples, &r, t.w);
            if (!little_true(tuples, leaves, r.rows)) {
                unsigned long passing = passing_challenges(tuples, leaves, r.rows);
                most = passing > most ? passing : most;
                CHECK((double)passing <= bound * (double)all);
            }
            t.w[i] = kept;
        }
    }
    for (size_t i = 0; i < r.rows; i += 5) { /* a count that is wrong */
        little_tuples(tuples, &r, t.w);
        tuples[leaves + i].count++;
        unsigned long passing = passing_challenges(tuples, leaves, r.rows);
        most = passing > most ? passing : most;
        CHECK((double)passing <= bound * (double)all);
    }
    CHECK(most > 0);
    printf(
        "field of %d: false witnesses pass for at most %lu of %lu challenges, %.4f (bound %.4f)\n",
        (int)LITTLE, most, all, (double)most / (double)all, bound);
    relation_free(&r);
    toy_free(&t);
}

int main(void) {
    seed_generator();
    RUN(solutions_are_the_runs);
    RUN(bounds_make_solutions_unique);
    RUN(direct_outputs_have_a_range);
    RUN(every_witness_of_a_neuron);
    RUN(every_count_of_a_neuron);
    RUN(every_output_of_a_direct_neuron);
    RUN(every_value_of_all_layers);
    RUN(all_challenges_of_a_little_field);
    free(workspace);
    free(proof);
    return harness_end();
}
