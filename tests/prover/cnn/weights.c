/* SPDX-License-Identifier: MIT */
/* Hidden weights as a vector of digits: what the leaves take from it, and the worst case that the
 * ranges allow. */
#include "prover/cnn/weights.h"
#include "prover/sumcheck/inner_product.h"
#include "tests/prover/cnn/toy_network.h"

static void random_k(mien_k *out, size_t count) {
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < MIEN_K_DEGREE; k++)
            out[i].c[k] = MIEN_F_RAW((uint32_t)harness_random_below(MIEN_F_MODULUS));
}

typedef struct sample {
    toy net;
    mien_cnn hidden;
    mien_cnn_layer layers[TOY_LAYERS];
    mien_cnn_weights weights;
    mien_f *theta;
} sample;

static void make(sample *s, void (*network)(toy *)) {
    mien_cnn_digits digits[MIEN_CNN_MAX_LAYERS];
    uint32_t at;
    memset(s, 0, sizeof *s);
    network(&s->net);
    s->net.bias[0][1] = -129; /* two digits */
    s->net.weights[0][3] = 128;
    s->net.weights[1][2] = -20000; /* three */
    s->net.plan = malloc(sizeof *s->net.plan);
    REQUIRE(mien_cnn_plan_make(s->net.plan, &at, &s->net.cnn) == MIEN_OK);
    mien_cnn_weights_hide(&s->hidden, s->layers, &s->net.cnn);
    REQUIRE(mien_cnn_weights_digits(digits, &at, &s->net.cnn) == MIEN_OK);
    REQUIRE(mien_cnn_weights_make(&s->weights, &at, &s->hidden, s->net.plan, digits, 8) == MIEN_OK);
    s->theta = malloc(sizeof *s->theta << s->weights.log2_size);
    REQUIRE(mien_cnn_weights_fill(s->theta, &s->weights, &s->net.cnn) == MIEN_OK);
}

static void end(sample *s) {
    toy_free(&s->net);
    free(s->theta);
}

/* <theta, pieces> */
typedef struct sum {
    const mien_f *theta;
    mien_k value;
} sum;
static void take(void *context, const mien_piece *piece) {
    sum *s = context;
    CHECK_INT(piece->base & (((size_t)1 << piece->log2_channels) - 1), 0);
    for (uint32_t i = 0; i < piece->sites; i++)
        for (uint32_t c = 0; c < piece->channels; c++) {
            mien_f value = s->theta[piece->base + ((size_t)i << piece->log2_channels) + c];
            mien_k term = mien_k_mul(mien_k_mul(piece->delta[i], piece->alpha[c]), piece->scale);
            s->value = mien_k_add(s->value, mien_k_mul_f(term, value));
        }
}

static mien_k share(const sample *s, const mien_cnn_challenges *challenges, const mien_k *point,
                    const mien_k *to, mien_k bias, mien_k weight) {
    sum all = {s->theta, MIEN_K_ZERO};
    mien_cnn_piece_sink sink = {.take = take, .context = &all};
    mien_k *scratch = malloc(mien_cnn_weights_scratch(s->net.plan, &s->hidden) * sizeof(mien_k));
    mien_cnn_weights_functional(&s->weights, s->net.plan, &s->hidden, challenges, point, to, bias,
                                weight, scratch, &sink);
    free(scratch);
    return all.value;
}

/* Constant and L(to) of the leaves. */
static mien_k functional(mien_k *at_end, const sample *s, const mien_cnn *cnn,
                         const mien_cnn_challenges *challenges, const mien_k *point,
                         const mien_k *to) {
    const mien_cnn_plan *plan = s->net.plan;
    mien_cnn_evaluator evaluator;
    mien_k *a = malloc(mien_cnn_functional_scratch(plan, cnn) * sizeof *a);
    mien_k *b = malloc(mien_cnn_evaluator_scratch(plan) * sizeof *b);
    mien_cnn_evaluator_start(&evaluator, plan, to, b);
    mien_cnn_piece_sink sink = mien_cnn_evaluator_sink(&evaluator);
    mien_k constant = mien_cnn_leaves_functional(plan, cnn, challenges, point, a, &sink);
    *at_end = evaluator.sum;
    free(a);
    free(b);
    return constant;
}

static void (*network)(toy *);

static void the_share_of_weights(void) {
    sample s;
    mien_cnn_challenges challenges;
    mien_k point[32], to[32], known, all;
    make(&s, network);
    random_k(&challenges.a, 1);
    random_k(&challenges.g, 1);
    random_k(&challenges.h, 1);
    random_k(point, 32);
    random_k(to, 32);
    mien_k without = functional(&known, &s, &s.hidden, &challenges, point, to);
    mien_k with = functional(&all, &s, &s.net.cnn, &challenges, point, to);
    mien_k bias = share(&s, &challenges, point, to, MIEN_K_ONE, MIEN_K_ZERO);
    mien_k weight = share(&s, &challenges, point, to, MIEN_K_ZERO, MIEN_K_ONE);
    CHECK(mien_k_equal(mien_k_sub(with, without), bias));
    CHECK(mien_k_equal(mien_k_sub(all, known), weight));
    CHECK(!mien_k_is_zero(bias) && !mien_k_is_zero(weight));
    mien_k both = share(&s, &challenges, point, to, challenges.a, challenges.g);
    CHECK(mien_k_equal(
        both, mien_k_add(mien_k_mul(challenges.a, bias), mien_k_mul(challenges.g, weight))));
    end(&s);
}

/* The vector of all pieces at a point is what the evaluator says. */
typedef struct vector {
    const mien_k *equality;
    mien_k sum;
} vector;
static void take_value(void *context, const mien_piece *piece) {
    vector *v = context;
    for (uint32_t i = 0; i < piece->sites; i++)
        for (uint32_t c = 0; c < piece->channels; c++) {
            mien_k at = v->equality[piece->base + ((size_t)i << piece->log2_channels) + c];
            mien_k term = mien_k_mul(mien_k_mul(piece->delta[i], piece->alpha[c]), piece->scale);
            v->sum = mien_k_add(v->sum, mien_k_mul(term, at));
        }
}

static void evaluation_at_a_point(void) {
    sample s;
    mien_cnn_challenges challenges;
    mien_cnn_evaluator evaluator;
    mien_k point[32], to[32], at[32];
    make(&s, network);
    random_k(&challenges.a, 1);
    random_k(&challenges.g, 1);
    random_k(&challenges.h, 1);
    random_k(point, 32);
    random_k(to, 32);
    random_k(at, 32);
    mien_k *scratch = malloc(mien_cnn_weights_evaluator_scratch(&s.hidden) * sizeof *scratch);
    mien_k *more = malloc(mien_cnn_weights_scratch(s.net.plan, &s.hidden) * sizeof *more);
    mien_k *equality = malloc(sizeof *equality << s.weights.log2_size);
    mien_equality_vector(equality, at, s.weights.log2_size);
    vector expected = {equality, MIEN_K_ZERO};
    mien_cnn_weights_evaluator_start(&evaluator, &s.weights, &s.hidden, at, scratch);
    mien_cnn_piece_sink sinks[2] = {mien_cnn_evaluator_sink(&evaluator),
                                    {.take = take_value, .context = &expected}};
    for (int i = 0; i < 2; i++)
        mien_cnn_weights_functional(&s.weights, s.net.plan, &s.hidden, &challenges, point, to,
                                    challenges.g, challenges.h, more, &sinks[i]);
    CHECK(mien_k_equal(evaluator.sum, expected.sum));
    CHECK(!mien_k_is_zero(expected.sum));
    free(scratch);
    free(more);
    free(equality);
    end(&s);
}

/* What weights of all sizes need. */
static void digits_of_weights(void) {
    static const struct {
        int16_t weight;
        uint8_t digits;
    } cases[] = {{127, 1},  {-128, 1},  {128, 2},   {-129, 2},  {2039, 2},
                 {2040, 3}, {-2056, 2}, {-2057, 3}, {32631, 3}, {-32768, 3}};
    mien_cnn_digits digits[MIEN_CNN_MAX_LAYERS];
    uint32_t at;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample s;
        make(&s, toy_make_depthwise);
        s.net.weights[2][4] = cases[i].weight;
        CHECK_INT(mien_cnn_weights_digits(digits, &at, &s.net.cnn), MIEN_OK);
        CHECK_INT(digits[2].weight, cases[i].digits);
        end(&s);
    }
}

/* Digits give the values back, and nothing else is in theta. */
static void digits_and_values(void) {
    sample s;
    make(&s, network);
    CHECK_INT(s.weights.digits[0].weight, 2);
    CHECK_INT(s.weights.digits[0].bias, 2);
    const mien_cnn_layer *first = &s.net.layers[0];
    uint32_t all = 1;
    while (all < first->out.channels) all *= 2;
    for (uint32_t o = 0; o < first->out.channels; o++) {
        const mien_f *bias = s.theta + s.weights.bias[0] + o;
        mien_f value = mien_f_add(bias[0], mien_f_mul(bias[all], mien_f_from_u32(256)));
        CHECK_INT(mien_f_to_u32(value), mien_f_to_u32(mien_f_from_i32(first->bias[o])));
    }
    for (size_t i = 0; i < (size_t)1 << s.weights.log2_size; i++) {
        uint32_t shifted = mien_f_to_u32(mien_f_add(s.theta[i], mien_f_from_u32(128)));
        CHECK(shifted < 256);
        CHECK(i < s.weights.end || shifted == 128);
    }
    s.weights.digits[0].bias = 1;
    CHECK_INT(mien_cnn_weights_fill(s.theta, &s.weights, &s.net.cnn), MIEN_ARGUMENT);
    s.weights.digits[0].bias = 2;
    s.weights.digits[0].weight = 1;
    CHECK_INT(mien_cnn_weights_fill(s.theta, &s.weights, &s.net.cnn), MIEN_ARGUMENT);
    end(&s);
}

static mien_status make_with(const sample *s, uint32_t layer, uint8_t weight, uint8_t bias) {
    static mien_cnn_weights other;
    mien_cnn_digits digits[MIEN_CNN_MAX_LAYERS];
    uint32_t at;
    memcpy(digits, s->weights.digits, sizeof digits);
    digits[layer] = (mien_cnn_digits){weight, bias};
    mien_status status = mien_cnn_weights_make(&other, &at, &s->hidden, s->net.plan, digits, 8);
    if (status != MIEN_OK) CHECK_INT(at, layer);
    return status;
}

/* A layer whose worst case is too large for one solution modulo p is named and refused. */
static void worst_cases(void) {
    sample s;
    make(&s, toy_make);
    CHECK_INT(make_with(&s, 0, 1, 1), MIEN_OK);
    CHECK_INT(make_with(&s, 0, 0, 1), MIEN_ARGUMENT);
    CHECK_INT(make_with(&s, 0, 4, 1), MIEN_ARGUMENT);
    CHECK_INT(make_with(&s, 0, 1, 5), MIEN_ARGUMENT);
    CHECK_INT(make_with(&s, 3, 1, 1), MIEN_ARGUMENT);    /* a pool has no weights */
    CHECK_INT(make_with(&s, 0, 1, 4), MIEN_UNSUPPORTED); /* biases up to 2^31 */
    /* 27 products of up to 34944 * 129, bias up to 32896, Q 2^s = 2^16 */
    CHECK_INT(make_with(&s, 0, 3, 2), MIEN_OK);
    s.layers[0].shift = 15; /* Q 2^s = 2^26 */
    CHECK_INT(make_with(&s, 0, 3, 2), MIEN_OK);
    for (uint32_t i = 0; i < s.net.plan->class_count; i++)
        if (!s.net.plan->classes[i].range) s.net.plan->classes[i].log2_rows = 16;
    s.layers[0].shift = 15; /* 2^30 + 27 2^22 and more: below p still */
    CHECK_INT(make_with(&s, 0, 3, 2), MIEN_OK);
    s.layers[0].residual = 0;
    s.layers[0].residual_shift = 15; /* inputs below 130: 2^22 */
    CHECK_INT(make_with(&s, 0, 3, 3), MIEN_OK);
    s.hidden.input_high = 1 << 11;
    CHECK_INT(make_with(&s, 0, 3, 2), MIEN_UNSUPPORTED);
    end(&s);
}

int main(void) {
    static void (*const networks[])(toy *) = {toy_make, toy_make_cut, toy_make_depthwise};
    for (int i = 0; i < 3; i++) {
        network = networks[i];
        RUN(the_share_of_weights);
        RUN(evaluation_at_a_point);
        RUN(digits_and_values);
    }
    RUN(digits_of_weights);
    RUN(worst_cases);
    return harness_end();
}
