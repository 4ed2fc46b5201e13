/* SPDX-License-Identifier: MIT */
#include "prover/cnn/weights.h"

#include <string.h>

static unsigned log2_ceiling(uint64_t n) {
    unsigned bits = 0;
    while ((UINT64_C(1) << bits) < n) bits++;
    return bits;
}

/* ---- digits */

/* Lowest digit of *value, -base / 2 .. base / 2 - 1; *value becomes what is left. */
static int32_t take_digit(int64_t *value, unsigned base_log2) {
    int64_t base = INT64_C(1) << base_log2;
    int64_t low = ((*value + base / 2) & (base - 1)) - base / 2;
    *value = (*value - low) / base;
    return (int32_t)low;
}

static bool is_digit(int64_t value) {
    return value >= MIEN_CNN_DIGIT_LOW && value < MIEN_CNN_DIGIT_LOW + (1 << MIEN_CNN_DIGIT_LOG2);
}

/* The last digit takes all that is left. */
static uint8_t digits_of(int64_t value, unsigned base_log2) {
    uint8_t count = 1;
    for (; !is_digit(value); count++) (void)take_digit(&value, base_log2);
    return count;
}

static size_t weight_count(const mien_cnn_layer *layer) {
    return (size_t)layer->out.channels * mien_cnn_taps(layer) *
           (layer->in.channels / layer->groups);
}

static mien_cnn_digits digits_of_layer(const mien_cnn_layer *layer) {
    mien_cnn_digits most = {1, 1};
    for (size_t i = 0; i < weight_count(layer); i++) {
        uint8_t count = digits_of(layer->weights[i], MIEN_CNN_WEIGHT_BASE_LOG2);
        if (count > most.weight) most.weight = count;
    }
    for (uint32_t o = 0; o < layer->out.channels; o++) {
        uint8_t count = digits_of(layer->bias[o], MIEN_CNN_BIAS_BASE_LOG2);
        if (count > most.bias) most.bias = count;
    }
    return most;
}

mien_status mien_cnn_weights_digits(mien_cnn_digits *digits, uint32_t *layer, const mien_cnn *cnn) {
    for (uint32_t i = 0; i < cnn->layer_count; i++) {
        digits[i] = (mien_cnn_digits){0, 0};
        if (cnn->layers[i].kind != MIEN_CNN_CONVOLUTION) continue;
        digits[i] = digits_of_layer(&cnn->layers[i]);
        *layer = i;
        if (digits[i].weight > MIEN_CNN_WEIGHT_DIGITS_MAX ||
            digits[i].bias > MIEN_CNN_BIAS_DIGITS_MAX)
            return MIEN_UNSUPPORTED;
    }
    return MIEN_OK;
}

/* Largest size of a number of so many digits. */
static int64_t digits_reach(unsigned digits, unsigned base_log2) {
    int64_t reach = 0;
    while (digits-- > 0) reach = (reach << base_log2) - MIEN_CNN_DIGIT_LOW;
    return reach;
}

/* ---- the worst case */

/* Largest size of a value of a tensor: of pools and concats that of what they take from. */
static int64_t tensor_reach(const mien_cnn *cnn, uint32_t tensor) {
    const mien_cnn_layer *layer = tensor == 0 ? NULL : &cnn->layers[tensor - 1];
    int64_t most = 0;
    if (layer != NULL && layer->kind != MIEN_CNN_CONVOLUTION) {
        for (uint32_t i = 0; i < layer->input_count; i++) {
            int64_t reach = tensor_reach(cnn, layer->inputs[i]);
            if (reach > most) most = reach;
        }
        return most;
    }
    int64_t low = layer == NULL ? cnn->input_low : layer->low;
    int64_t high = layer == NULL ? cnn->input_high : layer->high;
    return -low > high ? -low : high;
}

/* Largest |acc| that the ranges allow: below 2^62. */
static int64_t worst_case(const mien_cnn *cnn, const mien_cnn_layer *layer,
                          mien_cnn_digits digits) {
    int64_t products = (int64_t)mien_cnn_taps(layer) * (layer->in.channels / layer->groups);
    int64_t sum = products * digits_reach(digits.weight, MIEN_CNN_WEIGHT_BASE_LOG2) *
                  tensor_reach(cnn, layer->inputs[0]);
    sum += digits_reach(digits.bias, MIEN_CNN_BIAS_BASE_LOG2);
    if (layer->residual >= 0)
        sum += tensor_reach(cnn, (uint32_t)layer->residual) * (INT64_C(1) << layer->residual_shift);
    return sum;
}

/* Q: of the table that the channel looks up, or of outputs that are their quotients. */
static int64_t quotient_limit(const mien_cnn_plan *plan, const mien_cnn_block *block, uint32_t c) {
    const mien_cnn_class *table = &plan->classes[plan->class_of[block->first_class + c]];
    return block->direct != 0 ? block->direct : (INT64_C(1) << table->log2_rows) / 2;
}

/* Q 2^s + B + 2^s < p for every table that the layer's outputs look up. */
static bool unique(const mien_cnn *cnn, const mien_cnn_plan *plan, uint32_t index,
                   mien_cnn_digits digits) {
    const mien_cnn_layer *layer = &cnn->layers[index];
    int64_t worst = worst_case(cnn, layer, digits), step = INT64_C(1) << layer->shift;
    for (uint32_t i = 0; i < plan->block_count; i++) {
        const mien_cnn_block *block = &plan->blocks[i];
        if (block->kind != MIEN_CNN_BLOCK_OUTPUT || block->layer != index) continue;
        for (uint32_t c = 0; c < block->channels; c++)
            if (quotient_limit(plan, block, c) * step + worst + step >= (int64_t)MIEN_F_MODULUS)
                return false;
    }
    return true;
}

/* ---- places */

/* The next `rows` rows of `width` positions. */
static mien_status place(uint32_t *base, uint64_t *end, uint64_t rows, uint32_t width) {
    unsigned bits = log2_ceiling(width);
    uint64_t first = ((*end + (UINT64_C(1) << bits) - 1) >> bits) << bits;
    *end = first + (rows << bits);
    if (*end > UINT64_C(1) << MIEN_CNN_WEIGHTS_LOG2_MAX) return MIEN_TOO_LARGE;
    *base = (uint32_t)first;
    return MIEN_OK;
}

static mien_status place_layer(mien_cnn_weights *weights, uint32_t index,
                               const mien_cnn_layer *layer) {
    mien_cnn_digits digits = weights->digits[index];
    uint64_t rows = (uint64_t)digits.weight * mien_cnn_taps(layer);
    uint32_t width = layer->in.channels / layer->groups;
    if (mien_cnn_depthwise(layer))
        width = layer->out.channels;
    else
        rows *= layer->out.channels;
    MIEN_TRY(place(&weights->weights[index], &weights->end, rows, width));
    return place(&weights->bias[index], &weights->end, digits.bias, layer->out.channels);
}

static mien_status make(mien_cnn_weights *weights, uint32_t *at, const mien_cnn *cnn,
                        const mien_cnn_plan *plan, const mien_cnn_digits *digits) {
    for (uint32_t i = 0; i < cnn->layer_count; i++) {
        const mien_cnn_layer *layer = &cnn->layers[i];
        bool convolution = layer->kind == MIEN_CNN_CONVOLUTION;
        *at = i;
        if (convolution != (digits[i].weight >= 1) || convolution != (digits[i].bias >= 1) ||
            digits[i].weight > MIEN_CNN_WEIGHT_DIGITS_MAX ||
            digits[i].bias > MIEN_CNN_BIAS_DIGITS_MAX)
            return MIEN_ARGUMENT;
        weights->digits[i] = digits[i];
        if (!convolution) continue;
        MIEN_TRY(place_layer(weights, i, layer));
        if (!unique(cnn, plan, i, digits[i])) return MIEN_UNSUPPORTED;
    }
    weights->log2_size = log2_ceiling(weights->end);
    return MIEN_OK;
}

mien_status mien_cnn_weights_make(mien_cnn_weights *weights, uint32_t *layer, const mien_cnn *cnn,
                                  const mien_cnn_plan *plan, const mien_cnn_digits *digits,
                                  unsigned log2_least) {
    memset(weights, 0, sizeof *weights);
    *layer = 0;
    mien_status status = log2_least <= MIEN_CNN_WEIGHTS_LOG2_MAX ? MIEN_OK : MIEN_ARGUMENT;
    if (status == MIEN_OK) status = make(weights, layer, cnn, plan, digits);
    if (weights->log2_size < log2_least) weights->log2_size = log2_least;
    if (status != MIEN_OK) memset(weights, 0, sizeof *weights);
    return status;
}

/* ---- values */

/* Digits of one value, `step` positions apart; false when there are more. */
static bool put(mien_f *theta, int64_t value, unsigned digits, unsigned base_log2, size_t step) {
    for (unsigned k = 0; k + 1 < digits; k++)
        theta[k * step] = mien_f_from_i32(take_digit(&value, base_log2));
    if (!is_digit(value)) return false;
    theta[(digits - 1) * step] = mien_f_from_i32((int32_t)value);
    return true;
}

static bool fill_layer(mien_f *theta, const mien_cnn_weights *weights, uint32_t index,
                       const mien_cnn_layer *layer) {
    size_t taps = mien_cnn_taps(layer), outputs = layer->out.channels;
    size_t depth = layer->in.channels / layer->groups;
    size_t width = (size_t)1 << log2_ceiling(depth), all = (size_t)1 << log2_ceiling(outputs);
    bool depthwise = mien_cnn_depthwise(layer), fits = true;
    const int16_t *value = layer->weights;
    for (size_t o = 0; o < outputs; o++) {
        for (size_t tap = 0; tap < taps; tap++)
            for (size_t i = 0; i < depth; i++) {
                size_t row = depthwise ? all : outputs * width;
                size_t at = tap * row + (depthwise ? o : o * width + i);
                fits &= put(theta + weights->weights[index] + at, *value++,
                            weights->digits[index].weight, MIEN_CNN_WEIGHT_BASE_LOG2, taps * row);
            }
        fits &= put(theta + weights->bias[index] + o, layer->bias[o], weights->digits[index].bias,
                    MIEN_CNN_BIAS_BASE_LOG2, all);
    }
    return fits;
}

mien_status mien_cnn_weights_fill(mien_f *theta, const mien_cnn_weights *weights,
                                  const mien_cnn *cnn) {
    bool fits = true;
    memset(theta, 0, sizeof *theta << weights->log2_size);
    for (uint32_t i = 0; i < cnn->layer_count; i++)
        if (cnn->layers[i].kind == MIEN_CNN_CONVOLUTION)
            fits &= fill_layer(theta, weights, i, &cnn->layers[i]);
    return fits ? MIEN_OK : MIEN_ARGUMENT;
}

void mien_cnn_weights_hide(mien_cnn *hidden, mien_cnn_layer *layers, const mien_cnn *cnn) {
    memcpy(layers, cnn->layers, cnn->layer_count * sizeof *layers);
    for (uint32_t i = 0; i < cnn->layer_count; i++) {
        layers[i].weights = NULL;
        layers[i].bias = NULL;
    }
    *hidden = *cnn;
    hidden->layers = layers;
}

bool mien_cnn_weights_present(const mien_cnn *cnn, bool hidden) {
    for (uint32_t i = 0; i < cnn->layer_count; i++) {
        const mien_cnn_layer *layer = &cnn->layers[i];
        if (layer->kind != MIEN_CNN_CONVOLUTION) continue;
        if ((layer->weights == NULL) != hidden || (layer->bias == NULL) != hidden) return false;
    }
    return true;
}
