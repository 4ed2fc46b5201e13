/* SPDX-License-Identifier: MIT */
/* Networks of published shape go through the importer and come out provable: their figures are the
 * published ones, integers stay close to float, and the witness of a frame ends in the same output
 * as a plain run. */
#include "tests/wallet/proof/published.h"

#include <math.h>

#include "wallet/proof/run.h"

#define SAMPLES 3 /* to calibrate on; the frame is another one */

typedef struct figures {
    const char *name;
    uint64_t weights, multiplications, outputs;
    double cosine; /* of float and integer output, at least */
} figures;

/* An average: one weight for all taps of each channel. */
static bool is_average(const mien_layer *layer) {
    size_t taps = (size_t)layer->kernel[0] * layer->kernel[1];
    if (layer->groups != layer->in.channels || taps == 1) return false;
    for (size_t i = 0; i < taps * layer->out.channels; i++)
        if (layer->weights[i] != layer->weights[i / taps * taps]) return false;
    return true;
}

static void check_figures(const figures *f, const mien_network *network) {
    uint64_t weights = 0, multiplications = 0;
    for (uint32_t i = 0; i < mien_network_layer_count(network); i++) {
        const mien_layer *layer = mien_network_layer(network, i);
        if (layer->kind != MIEN_LAYER_CONVOLUTION || is_average(layer)) continue;
        weights += (uint64_t)layer->out.channels * layer->kernel[0] * layer->kernel[1] *
                   layer->in.channels / layer->groups;
        multiplications += layer->multiply_accumulates;
    }
    CHECK_INT(weights, f->weights);
    CHECK_INT(multiplications, f->multiplications);
}

static double cosine(const float *a, const int16_t *b, size_t count) {
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < count; i++) {
        ab += (double)a[i] * b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * b[i];
    }
    return ab / sqrt(aa * bb);
}

static void check_witness(const mien_network *network, const uint8_t *frame, size_t length,
                          int16_t *output, size_t outputs) {
    mien_proof_network *proof = NULL;
    mien_proof_run *run = NULL;
    mien_error error = {MIEN_OK, ""};
    int16_t *plain = malloc(outputs * sizeof *plain);
    if (mien_proof_network_create(&proof, network, &error) != MIEN_OK) puts(error.message);
    REQUIRE(proof != NULL);
    REQUIRE(mien_proof_run_create(&run, proof, NULL, &error) == MIEN_OK);
    const mien_cnn_plan *plan = &proof->plan;
    mien_cnn_witness witness = {calloc((size_t)1 << plan->log2_size, sizeof(mien_f)),
                                calloc((size_t)2 << plan->log2_half, sizeof(mien_f)),
                                calloc(plan->table_rows, sizeof(uint32_t))};
    REQUIRE(witness.w != NULL && witness.first != NULL && witness.counts != NULL && plain != NULL);
    CHECK_INT(mien_proof_run_fill(run, &witness, output, frame, length), MIEN_OK);
    CHECK_INT(mien_proof_run_plain(run, plain, frame, length), MIEN_OK);
    CHECK_BYTES(output, plain, outputs * sizeof *plain);
    uint64_t used = 0;
    for (uint32_t i = 0; i < plan->table_rows; i++) used += witness.counts[i];
    CHECK_INT(used, plan->lookups);
    const mien_cnn_block *last = &plan->blocks[plan->tensor_block[proof->cnn.layer_count]];
    for (size_t i = 0; i < outputs; i++)
        CHECK_INT(witness.w[last->base + i].m, mien_f_from_i32(plain[i]).m);
    free(plain);
    free(witness.w);
    free(witness.first);
    free(witness.counts);
    mien_proof_run_free(run);
    mien_proof_network_free(proof);
}

static void check_run(const figures *f, const mien_float_network *real,
                      const mien_network *network) {
    mien_shape shape = mien_network_input(network);
    size_t length = mien_shape_elements(shape), count = (size_t)f->outputs;
    uint8_t *frame = malloc(length);
    float *wanted = malloc(count * sizeof *wanted);
    int16_t *output = malloc(count * sizeof *output);
    REQUIRE(frame != NULL && wanted != NULL && output != NULL);
    REQUIRE(mien_shape_elements(mien_network_output_at(network, 0)->shape) == count);
    mien_synthetic_picture(frame, shape, 1000);
    CHECK_INT(mien_float_network_run(real, &wanted, frame, length, NULL), MIEN_OK);
    check_witness(network, frame, length, output, count);
    double got = cosine(wanted, output, count);
    printf("  %s: cosine of float and integer output %.4f\n", f->name, got);
    CHECK(got >= f->cosine);
    free(frame);
    free(wanted);
    free(output);
}

static void check(const figures *f) {
    size_t length = 0;
    mien_error error = {MIEN_OK, ""};
    uint8_t *onnx = published_onnx(f->name, 0, &length);
    if (onnx == NULL) SKIP("no Python 3");
    mien_float_network *real = published_import(onnx, length, &error);
    mien_network *network = real != NULL ? published_quantise(real, SAMPLES, &error) : NULL;
    if (network == NULL) printf("  %s\n", error.message);
    REQUIRE(network != NULL);
    check_figures(f, network);
    check_run(f, real, network);
    mien_network_free(network);
    mien_float_network_free(real);
    free(onnx);
}

static void lenet5(void) {
    static const figures f = {"lenet5", 61470, 416520, 10, 0.99};
    check(&f);
}

static void vgg11(void) {
    static const figures f = {"vgg11", 9747136, 153293824, 10, 0.99};
    check(&f);
}

static void mobilenetv2(void) {
    static const figures f = {"mobilenetv2", 3469760, 300774272, 1000, 0.9};
    check(&f);
}

static void chain(void) {
    static const figures f = {"chain", 16560, 67829760, 16, 0.99};
    check(&f);
}

/* The same file from the same seed, another from another. */
static void files_follow_from_names_and_seeds(void) {
    size_t length[2] = {0, 0};
    uint8_t *a = published_onnx("lenet5", 0, &length[0]),
            *b = published_onnx("lenet5", 0, &length[1]);
    if (a == NULL || b == NULL) SKIP("no Python 3");
    CHECK_INT(length[0], length[1]);
    CHECK_BYTES(a, b, length[0]);
    free(a);
    free(b);
    a = published_onnx("chain", 32, &length[0]);
    b = published_onnx("chain", 48, &length[1]);
    REQUIRE(a != NULL && b != NULL);
    CHECK(length[0] == length[1] && memcmp(a, b, length[0]) != 0);
    free(a);
    free(b);
}

int main(void) {
    RUN(files_follow_from_names_and_seeds);
    RUN(lenet5);
    RUN(chain);
    RUN(vgg11);
    RUN(mobilenetv2);
    return harness_end();
}
