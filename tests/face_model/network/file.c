/* SPDX-License-Identifier: MIT */
/* The .mien file: what is written is read again, and nothing else is. */
#include "tests/face_model/network/samples.h"

/* A little of everything: dense, depthwise, residual, slopes, pool, concat, two outputs. */
static mien_network_description *small_network(void) {
    mien_network_description *d = sample_start(6, 5, 3);
    sample_convolution(d, 0, false, 4);
    mien_layer *same = sample_append(d, MIEN_LAYER_CONVOLUTION, 1);
    mien_error error;
    same->groups = same->out.channels = same->in.channels;
    same->residual = 1;
    same->residual_shift = same->shift = 4;
    sample_fill(same, 4, true, false);
    if (mien_layer_complete(d, 1, &error) != MIEN_OK) abort();
    mien_layer *concat = sample_append(d, MIEN_LAYER_CONCAT, 2);
    concat->input_count = 2;
    concat->inputs[1] = 1;
    if (mien_layer_complete(d, 2, &error) != MIEN_OK) abort();
    mien_layer *pool = sample_append(d, MIEN_LAYER_MAX_POOL, 3);
    pool->kernel[0] = pool->in.height;
    if (mien_layer_complete(d, 3, &error) != MIEN_OK) abort();
    sample_output(d, 4);
    sample_output(d, 2);
    return d;
}

static uint8_t *small_file(size_t *length) {
    mien_network_description *d = small_network();
    uint8_t *bytes = NULL;
    mien_error error;
    if (mien_network_complete(d, &error) != MIEN_OK ||
        mien_network_write(&bytes, length, d, &error) != MIEN_OK)
        abort();
    sample_release(d);
    return bytes;
}

/* A network that loads is the only one its bytes can mean: written again, it is the same file. */
static void check_canonical(const mien_network *network, const uint8_t *bytes, size_t length) {
    uint8_t *again = NULL;
    size_t again_length = 0;
    mien_error error;
    REQUIRE(mien_network_write(&again, &again_length, &network->description, &error) == MIEN_OK);
    CHECK(again_length == length && memcmp(again, bytes, length) == 0);
    free(again);
}

static mien_status try_load(const uint8_t *bytes, size_t length) {
    mien_network *network = NULL;
    mien_error error = {MIEN_OK, ""};
    uint8_t *copy = malloc(length != 0 ? length : 1);
    if (copy == NULL) abort();
    memcpy(copy, bytes, length);
    mien_status status = mien_network_load(&network, copy, length, &error);
    if (status != MIEN_OK) CHECK(network == NULL && error.message[0] != '\0');
    if (status == MIEN_OK) { /* accepted: then it must also run */
        check_canonical(network, bytes, length);
        void *workspace = sample_workspace(network);
        size_t count = mien_shape_elements(mien_network_input(network));
        uint8_t *input = malloc(count);
        harness_random_bytes(input, count);
        CHECK_INT(mien_network_run(network, workspace, mien_network_workspace_size(network), input,
                                   count, NULL),
                  MIEN_OK);
        free(input);
        free(workspace);
    }
    mien_network_free(network);
    free(copy);
    return status;
}

/* Load and write again: the same bytes. */
static void test_round_trip(void) {
    for (int i = 0; i < 50; i++) {
        size_t length, again_length;
        uint8_t *bytes = small_file(&length), *again, digest[32];
        mien_network *network = NULL;
        mien_error error;
        REQUIRE(mien_network_load(&network, bytes, length, &error) == MIEN_OK);
        REQUIRE(mien_network_write(&again, &again_length, &network->description, &error) ==
                MIEN_OK);
        CHECK_INT(again_length, length);
        CHECK_BYTES(again, bytes, length);
        mien_sha256(digest, bytes, length);
        CHECK_BYTES(mien_network_digest(network), digest, 32);
        CHECK_INT(mien_network_file_size(network), length);
        CHECK(mien_network_output_named(network, "out1") == mien_network_output_at(network, 1));
        CHECK(mien_network_output_named(network, "none") == NULL);
        mien_network_free(network);
        free(again);
        free(bytes);
    }
}

static void test_truncations(void) {
    size_t length;
    uint8_t *bytes = small_file(&length), *copy = malloc(length + 1);
    REQUIRE(copy != NULL);
    for (size_t cut = 0; cut < length; cut++) {
        CHECK(try_load(bytes, cut) != MIEN_OK);
        if (cut < 40) continue;
        memcpy(copy, bytes, cut); /* sealed again, so that the reader is reached */
        sample_seal(copy, cut);
        CHECK(try_load(copy, cut) != MIEN_OK);
    }
    memcpy(copy, bytes, length);
    copy[length] = 0;
    CHECK(try_load(copy, length + 1) != MIEN_OK);
    sample_seal(copy, length + 1);
    CHECK(try_load(copy, length + 1) != MIEN_OK);
    free(copy);
    free(bytes);
}

/* Every bit of every byte: never accepted as it is. Sealed again, a changed magic or version is
 * always refused; behind them a file is refused or is another network, in its canonical form, that
 * runs (try_load). How many are accepted depends on how much of the file is weights and biases. */
static void test_flips(void) {
    const size_t fixed = strlen(MIEN_NETWORK_MAGIC) + 2; /* version: 16 bits */
    size_t length, accepted = 0;
    uint8_t *bytes = small_file(&length);
    for (size_t i = 0; i < length; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1 << bit);
            CHECK_INT(try_load(bytes, length), MIEN_FORMAT);
            bytes[i] ^= (uint8_t)(1 << bit);
        }
    for (size_t i = 0; i < length - 32; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1 << bit);
            sample_seal(bytes, length);
            bool loads = try_load(bytes, length) == MIEN_OK;
            CHECK(!loads || i >= fixed);
            accepted += loads;
            bytes[i] ^= (uint8_t)(1 << bit);
        }
    CHECK(accepted > 0); /* the input's offsets, if nothing else */
    free(bytes);
}

static void test_extreme_fields(void) {
    size_t length;
    uint8_t *bytes = small_file(&length), *copy = malloc(length);
    REQUIRE(copy != NULL);
    for (size_t i = 0; i + 34 < length; i++)
        for (int value = 0; value < 3; value++) {
            memcpy(copy, bytes, length);
            memset(copy + i, value == 0 ? 0 : value == 1 ? 0xff : 0x7f, 2);
            sample_seal(copy, length);
            (void)try_load(copy, length);
        }
    for (int i = 0; i < 3000; i++) {
        memcpy(copy, bytes, length);
        for (int k = 0; k < 4; k++)
            copy[harness_random_below(length - 32)] = (uint8_t)harness_random();
        sample_seal(copy, length);
        (void)try_load(copy, length);
    }
    free(copy);
    free(bytes);
}

/* A stated bound that is not the true one, and weights wider than needed, are refused. */
static void test_not_canonical(void) {
    mien_network_description *d = small_network();
    uint8_t *bytes;
    size_t length;
    mien_error error;
    REQUIRE(mien_network_complete(d, &error) == MIEN_OK);
    d->layers[0].bound++;
    REQUIRE(mien_network_write(&bytes, &length, d, &error) == MIEN_OK);
    CHECK_INT(try_load(bytes, length), MIEN_FORMAT);
    free(bytes);
    d->layers[0].bound--;
    d->layers[0].weight_bits++;
    REQUIRE(mien_network_write(&bytes, &length, d, &error) == MIEN_OK);
    CHECK_INT(try_load(bytes, length), MIEN_FORMAT);
    free(bytes);
    sample_release(d);
}

/* One weight w, one input in 0..255, so bound = 255 w + |bias|. */
static mien_status bounds_of(int32_t bias, uint32_t shift, bool slopes, mien_layer *out) {
    static const int16_t weight = 1, slope = 16;
    mien_layer layer = {.kind = MIEN_LAYER_CONVOLUTION, .name = "x", .groups = 1, .residual = -1};
    layer.in = layer.out = (mien_shape){1, 1, 1};
    layer.kernel[0] = layer.kernel[1] = 1;
    layer.weights = &weight;
    layer.bias = &bias;
    layer.slopes = slopes ? &slope : NULL;
    layer.shift = shift;
    mien_error error;
    mien_status status = mien_layer_prove_bounds(&layer, 0, 255, 0, 0, &error);
    *out = layer;
    return status;
}

static void test_bounds_at_their_edge(void) {
    mien_layer layer;
    /* B <= 2^29 */
    CHECK_INT(bounds_of((1 << 29) - 255, 15, false, &layer), MIEN_OK);
    CHECK_INT(layer.bound, 1 << 29);
    CHECK_INT(layer.quotient_limit, 1 << 15);
    CHECK_INT(bounds_of((1 << 29) - 254, 15, false, &layer), MIEN_FORMAT);
    CHECK_INT(bounds_of(-(1 << 29), 15, false, &layer), MIEN_OK);
    CHECK_INT(bounds_of(-(1 << 29) - 1, 15, false, &layer), MIEN_FORMAT);
    /* coverage: Q 2^s >= B + 2^(s-1) + 1 with Q <= 2^15, with slopes 2^12 */
    int32_t edge = (1 << 15) * 16 - 8 - 1 - 255;
    CHECK_INT(bounds_of(edge, 4, false, &layer), MIEN_OK);
    CHECK_INT(bounds_of(edge + 1, 4, false, &layer), MIEN_FORMAT);
    edge = (1 << 12) * 16 - 8 - 1 - 255;
    CHECK_INT(bounds_of(edge, 4, true, &layer), MIEN_OK);
    CHECK_INT(layer.quotient_limit, 1 << 12);
    CHECK_INT(bounds_of(edge + 1, 4, true, &layer), MIEN_FORMAT);
    /* shift 0 has no rounding term */
    CHECK_INT(bounds_of((1 << 15) - 1 - 255, 0, false, &layer), MIEN_OK);
    CHECK_INT(bounds_of((1 << 15) - 255, 0, false, &layer), MIEN_FORMAT);
}

/* For small shifts, enumerate: the q that fits acc = q 2^s + rem modulo p is the only one. */
static void test_uniqueness_by_counting(void) {
    const int64_t p = MIEN_NETWORK_PRIME;
    for (uint32_t shift = 0; shift <= 4; shift++) {
        int64_t step = 1 << shift, half = shift == 0 ? 0 : step / 2, quotient = 1, bound = 3000;
        while (quotient * step < bound + half + 1) quotient *= 2;
        for (int64_t acc = -bound; acc <= bound; acc++) {
            int solutions = 0;
            for (int64_t q = -quotient; q < quotient; q++) {
                int64_t rem = ((acc + half - q * step) % p + p) % p;
                solutions += rem < step;
            }
            if (solutions != 1) CHECK_INT(solutions, 1);
        }
    }
}

static void test_arguments(void) {
    size_t length;
    uint8_t *bytes = small_file(&length), input[90] = {0};
    mien_network *network = NULL;
    mien_error error;
    REQUIRE(mien_network_load(&network, bytes, length, &error) == MIEN_OK);
    uint8_t *workspace = sample_workspace(network);
    size_t size = mien_network_workspace_size(network);
    CHECK_INT(mien_network_run(network, workspace, size, input, 89, NULL), MIEN_ARGUMENT);
    CHECK_INT(mien_network_run(network, workspace, size - 1, input, 90, NULL), MIEN_ARGUMENT);
    CHECK_INT(mien_network_run(network, workspace + 2, size, input, 90, NULL), MIEN_ARGUMENT);
    CHECK_INT(mien_network_run(network, workspace, size, input, 90, NULL), MIEN_OK);
    CHECK_INT(mien_network_load_at(&network, bytes, length, (mien_simd)7, &error),
              MIEN_UNSUPPORTED);
    mien_network_free(network);
    mien_network_free(NULL);
    free(workspace);
    free(bytes);
}

int main(void) {
    RUN(test_round_trip);
    RUN(test_truncations);
    RUN(test_flips);
    RUN(test_extreme_fields);
    RUN(test_not_canonical);
    RUN(test_bounds_at_their_edge);
    RUN(test_uniqueness_by_counting);
    RUN(test_arguments);
    return harness_end();
}
