/* SPDX-License-Identifier: MIT */
/* Every kernel of every instruction set against the formula, on random and on extreme data. */
#include "tests/face_model/network/samples.h"

typedef struct watcher {
    const mien_network_description *description;
    int16_t *const *tensors;
    const char *level;
    int calls, wrong, wrong_sums;
    const int32_t *accumulators;
} watcher;

/* The sums that a proof takes, against the formula. */
static void compare_sums(watcher *w, uint32_t index, const mien_layer *layer) {
    const int16_t *in = w->tensors[layer->inputs[0]];
    size_t at = 0;
    for (uint32_t y = 0; y < layer->out.height; y++)
        for (uint32_t x = 0; x < layer->out.width; x++)
            for (uint32_t o = 0; o < layer->out.channels; o++, at++) {
                int64_t acc = sample_sum(layer, in, y, x, o);
                if (layer->residual >= 0)
                    acc += (int64_t)w->tensors[layer->residual][at] * (1 << layer->residual_shift);
                if (acc != w->accumulators[at] && w->wrong_sums++ == 0)
                    printf("  %s: sum %zu of layer %u is %d, not %lld\n", w->level, at, index,
                           w->accumulators[at], (long long)acc);
            }
}

static void compare_layer(void *context, int32_t index, const mien_layer *layer,
                          const int16_t *values) {
    watcher *w = context;
    size_t count =
        mien_shape_elements(mien_description_shape(w->description, (uint32_t)(index + 1)));
    w->calls++;
    if (w->accumulators != NULL && layer != NULL && layer->kind == MIEN_LAYER_CONVOLUTION)
        compare_sums(w, (uint32_t)index, layer);
    if (memcmp(values, w->tensors[index + 1], count * sizeof *values) == 0) return;
    if (w->wrong++ == 0)
        printf(
            "  %s differs in layer %d: in %ux%ux%u out %ux%ux%u kernel %ux%u stride %u,%u groups "
            "%u\n",
            w->level, index, layer->in.height, layer->in.width, layer->in.channels,
            layer->out.height, layer->out.width, layer->out.channels, layer->kernel[0],
            layer->kernel[1], layer->stride[0], layer->stride[1], layer->groups);
}

static void run_level(mien_network_description *d, int16_t *const *tensors, const uint8_t *bytes,
                      size_t length, const uint8_t *input, mien_simd level) {
    mien_network *network = NULL;
    mien_error error;
    REQUIRE(mien_network_load_at(&network, bytes, length, level, &error) == MIEN_OK);
    size_t sums = mien_network_accumulators(network);
    int32_t *accumulators = malloc((sums + 1) * sizeof *accumulators);
    void *workspace = sample_workspace(network);
    REQUIRE(accumulators != NULL);
    accumulators[sums] = 0x5a5a5a5a;
    for (int with_sums = 0; with_sums < 2; with_sums++) {
        watcher w = {d, tensors, mien_simd_name(level), 0, 0, 0, with_sums ? accumulators : NULL};
        mien_network_observer observer = {compare_layer, &w, with_sums ? accumulators : NULL};
        CHECK_INT(mien_network_run(network, workspace, mien_network_workspace_size(network), input,
                                   mien_shape_elements(d->input), &observer),
                  MIEN_OK);
        CHECK_INT(w.wrong, 0);
        CHECK_INT(w.wrong_sums, 0);
        CHECK_INT(w.calls, (int)d->layer_count + 1);
    }
    CHECK_INT(accumulators[sums], 0x5a5a5a5a);
    free(accumulators);
    free(workspace);
    mien_network_free(network);
}

static void fill_input(uint8_t *input, size_t count) {
    uint64_t style = harness_random_below(4);
    harness_random_bytes(input, count);
    for (size_t i = 0; i < count && style != 0; i++)
        input[i] = style == 1 ? 0 : style == 2 ? 255 : (uint8_t)(input[i] & 1 ? 255 : 0);
}

static void check_everywhere(mien_network_description *d) {
    int16_t *tensors[MIEN_NETWORK_MAX_LAYERS + 1];
    size_t count = mien_shape_elements(d->input), length = 0;
    uint8_t *bytes = NULL, *input = malloc(count);
    mien_error error;
    REQUIRE(input != NULL && mien_network_complete(d, &error) == MIEN_OK);
    REQUIRE(mien_network_write(&bytes, &length, d, &error) == MIEN_OK);
    for (uint32_t t = 0; t <= d->layer_count; t++) {
        tensors[t] = malloc(mien_shape_elements(mien_description_shape(d, t)) * sizeof(int16_t));
        REQUIRE(tensors[t] != NULL);
    }
    fill_input(input, count);
    sample_run(d, tensors, input);
    for (int level = 0; level <= (int)mien_simd_machine(); level++)
        run_level(d, tensors, bytes, length, input, (mien_simd)level);
    for (uint32_t t = 0; t <= d->layer_count; t++) free(tensors[t]);
    free(input);
    free(bytes);
}

static void one_convolution(bool depthwise, uint32_t channels) {
    mien_network_description *d =
        sample_start(sample_between(1, 13), sample_between(1, 13), sample_between(1, 16));
    uint32_t input = 0;
    if (channels > 16) { /* wide tensors need a layer that makes them */
        mien_layer *wide = sample_append(d, MIEN_LAYER_CONVOLUTION, 0);
        mien_error error;
        wide->out.channels = sample_between(17, channels);
        sample_fill(wide, 6, false, false);
        wide->shift = 3;
        REQUIRE(mien_layer_complete(d, 0, &error) == MIEN_OK);
        input = 1;
    }
    sample_convolution(d, input, depthwise, channels);
    if (harness_random() & 1) sample_residual(d);
    sample_output(d, d->layer_count);
    check_everywhere(d);
    sample_release(d);
}

static void test_dense(void) {
    for (int i = 0; i < 400; i++) one_convolution(false, 40);
    for (int i = 0; i < 60; i++) one_convolution(false, 150);
}

static void test_depthwise(void) {
    for (int i = 0; i < 300; i++) one_convolution(true, 16);
    for (int i = 0; i < 150; i++) one_convolution(true, 100);
}

/* The shapes of the networks that ship: tails of tiles, 7x7 maps, whole-image kernels. */
static void test_shapes_in_use(void) {
    static const uint32_t shapes[][4] = {{7, 7, 16, 7}, {14, 14, 3, 3}, {8, 10, 12, 3},
                                         {4, 5, 6, 1},  {1, 49, 1, 1},  {28, 28, 1, 3}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int depthwise = 0; depthwise < 2; depthwise++)
            for (uint32_t outputs = 1; outputs <= 129; outputs += 16) {
                mien_network_description *d =
                    sample_start(shapes[i][0], shapes[i][1], shapes[i][2]);
                mien_layer *layer = sample_append(d, MIEN_LAYER_CONVOLUTION, 0);
                mien_error error;
                layer->kernel[0] = layer->kernel[1] = shapes[i][3];
                if (shapes[i][0] == 1) layer->kernel[1] = 49;
                layer->groups = depthwise ? shapes[i][2] : 1;
                layer->out.channels = depthwise ? shapes[i][2] : outputs;
                sample_fill(layer, 12, false, false);
                layer->shift = 15;
                REQUIRE(mien_layer_complete(d, 0, &error) == MIEN_OK);
                sample_output(d, 1);
                check_everywhere(d);
                sample_release(d);
            }
}

/* Accumulators at the very bound, both signs, weights of -32768. */
static void test_extremes(void) {
    for (int sign = -1; sign <= 1; sign += 2) {
        mien_network_description *d = sample_start(2, 2, 16);
        mien_error error;
        memset(d->input_offset, 0, sizeof d->input_offset);
        mien_layer *layer = sample_append(d, MIEN_LAYER_CONVOLUTION, 0);
        layer->kernel[0] = layer->kernel[1] = 2;
        layer->out.channels = 33;
        sample_fill(layer, 16, false, false);
        for (size_t i = 0; i < mien_layer_weight_count(layer); i++)
            ((int16_t *)(uintptr_t)layer->weights)[i] = (int16_t)(sign < 0 ? -32768 : 32767);
        layer->low = INT16_MIN;
        layer->high = INT16_MAX;
        layer->shift = 15;
        for (size_t o = 0; o < 33; o++) ((int32_t *)(uintptr_t)layer->bias)[o] = sign * 2200000;
        CHECK_INT(mien_layer_complete(d, 0, &error), MIEN_FORMAT); /* just above 2^29 */
        for (size_t o = 0; o < 33; o++) ((int32_t *)(uintptr_t)layer->bias)[o] = sign * 2000000;
        REQUIRE(mien_layer_complete(d, 0, &error) == MIEN_OK);
        CHECK_INT(layer->bound, 64ll * 255 * (sign < 0 ? 32768 : 32767) + 2000000);
        sample_output(d, 1);
        check_everywhere(d);
        sample_release(d);
    }
}

static void test_pools_and_concats(void) {
    for (int i = 0; i < 200; i++) {
        mien_network_description *d =
            sample_start(sample_between(3, 12), sample_between(3, 12), sample_between(1, 5));
        mien_layer *pool = sample_append(d, MIEN_LAYER_MAX_POOL, 0);
        mien_error error;
        for (int a = 0; a < 2; a++) {
            pool->kernel[a] = sample_between(1, 3);
            pool->stride[a] = sample_between(1, 3);
            pool->pad[a] = sample_between(0, pool->kernel[a] - 1);
            pool->pad[a + 2] = sample_between(0, pool->kernel[a] - 1);
        }
        REQUIRE(mien_layer_complete(d, 0, &error) == MIEN_OK);
        mien_layer *concat = sample_append(d, MIEN_LAYER_CONCAT, 1);
        concat->input_count = sample_between(2, 8);
        for (uint32_t k = 0; k < concat->input_count; k++) concat->inputs[k] = 1;
        REQUIRE(mien_layer_complete(d, 1, &error) == MIEN_OK);
        sample_convolution(d, 2, false, 9);
        sample_output(d, 3);
        sample_output(d, 2);
        check_everywhere(d);
        sample_release(d);
    }
}

/* Long random chains share memory in many ways; a tensor overwritten too early would show. */
static void test_plans(void) {
    for (int i = 0; i < 60; i++) {
        mien_network_description *d = sample_start(6, 6, sample_between(1, 6));
        uint32_t layers = sample_between(3, 14);
        for (uint32_t l = 0; l < layers; l++) {
            uint32_t back = (uint32_t)harness_random_below(3);
            uint32_t input = d->layer_count > back ? d->layer_count - back : d->layer_count;
            mien_shape s = mien_description_shape(d, input);
            if (s.height < 2 || s.width < 2) break;
            sample_convolution(d, input, harness_random() & 1, 20);
            sample_residual(d);
        }
        for (uint32_t l = 0; l < d->layer_count; l++) {
            bool used = false;
            for (uint32_t k = l + 1; k < d->layer_count; k++)
                used |= d->layers[k].inputs[0] == l + 1 || d->layers[k].residual == (int32_t)l + 1;
            if (!used) sample_output(d, l + 1);
        }
        check_everywhere(d);
        sample_release(d);
    }
}

/* The rule itself, by hand. */
static void test_requantisation_rule(void) {
    CHECK_INT(mien_requantise(3, 1, 64, -128, 127), 2);   /* 1.5 rounds up */
    CHECK_INT(mien_requantise(-3, 1, 64, -128, 127), -1); /* -1.5 rounds up */
    CHECK_INT(mien_requantise(-5, 1, 64, -128, 127), -2); /* -2.5 rounds up */
    CHECK_INT(mien_requantise(7, 0, 64, -128, 127), 7);   /* no shift */
    CHECK_INT(mien_requantise(-100, 0, 16, -128, 127), -25);
    CHECK_INT(mien_requantise(-1, 0, 32, -128, 127), 0);  /* (-32 + 32) >> 6 */
    CHECK_INT(mien_requantise(-3, 0, 32, -128, 127), -1); /* -1.5 rounds up */
    CHECK_INT(mien_requantise(1000, 1, 64, -128, 127), 127);
    CHECK_INT(mien_requantise(-1000, 1, 64, -128, 127), -128);
    CHECK_INT(mien_requantise(-1000, 1, 64, 0, 255), 0);
}

int main(void) {
    RUN(test_requantisation_rule);
    RUN(test_dense);
    RUN(test_depthwise);
    RUN(test_shapes_in_use);
    RUN(test_extremes);
    RUN(test_pools_and_concats);
    RUN(test_plans);
    return harness_end();
}
