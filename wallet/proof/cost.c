/* SPDX-License-Identifier: MIT */
#include "wallet/proof/cost.h"

#include <stdlib.h>

#include "platform/base/clock.h"
#include "prover/field/vectors.h"
#include "prover/statement/inference_prove.h"

/* Nanoseconds on one thread of the reference machine (AVX-512, 2.8 GHz), from the steps of
 * `bench-prove --profile --threads 1 --cpu`. They meet what was measured there of proving the
 * embedding network, VGG-11, LeNet-5, MobileNetV2 and the small digits to a tenth, of verifying to
 * a third. */
static const struct {
    double fixed;                                  /* pads, zk-Ligero, transcript */
    double committed, lookup, table_row, position; /* position of w: sumcheck and functional */
    double weight, multiplication;
    double verify_fixed, verify_position, verify_weight, verify_row;
} nanoseconds = {.fixed = 18e6,
                 .committed = 38,
                 .lookup = 55,
                 .table_row = 105,
                 .position = 24,
                 .weight = 8,
                 .multiplication = 0.02,
                 .verify_fixed = 9e6,
                 .verify_position = 1.6,
                 .verify_weight = 3.2,
                 .verify_row = 3};

#define SECOND_THREAD 0.85 /* of a further thread's time is gained */
#define BLOCKS 256         /* of 16 elements: in the first level of the cache */
#define TRIES 40

double mien_proof_speed(void) {
    const mien_field_kernels *field = mien_field_kernels_best();
    mien_k_block *blocks = aligned_alloc(64, BLOCKS * sizeof *blocks);
    double least = 1e9;
    if (blocks == NULL) return MIEN_PROOF_REFERENCE_SPEED;
    for (size_t i = 0; i < BLOCKS * MIEN_LANES; i++)
        mien_k_block_set(blocks, i, mien_k_from_f(mien_f_from_u32((uint32_t)i + 1)));
    for (int i = 0; i < TRIES; i++) {
        double start = mien_clock_seconds();
        field->k_mul(blocks, blocks, blocks, BLOCKS * MIEN_LANES);
        double taken = mien_clock_seconds() - start;
        if (taken < least) least = taken;
    }
    free(blocks);
    return least * 1e9 / (BLOCKS * MIEN_LANES);
}

/* Weights and multiplications of all layers. */
static void add_layers(double *weights, double *multiplications, const mien_network *network) {
    *weights = *multiplications = 0;
    for (uint32_t i = 0; i < mien_network_layer_count(network); i++) {
        const mien_layer *layer = mien_network_layer(network, i);
        if (layer->kind != MIEN_LAYER_CONVOLUTION) continue;
        *weights += (double)layer->out.channels * layer->kernel[0] * layer->kernel[1] *
                    (layer->in.channels / layer->groups);
        *multiplications += (double)layer->multiply_accumulates;
    }
}

static void expect_times(mien_proof_cost *cost, const mien_proof_network *network, unsigned threads,
                         double speed) {
    const mien_cnn_plan *plan = &network->plan;
    double weights, multiplications, positions = (double)(UINT64_C(1) << plan->log2_size);
    double slower = speed / MIEN_PROOF_REFERENCE_SPEED;
    add_layers(&weights, &multiplications, network->network);
    double prove = nanoseconds.fixed + nanoseconds.committed * (double)plan->committed +
                   nanoseconds.lookup * (double)plan->lookups +
                   nanoseconds.table_row * plan->table_rows + nanoseconds.position * positions +
                   nanoseconds.weight * weights + nanoseconds.multiplication * multiplications;
    double verify = nanoseconds.verify_fixed + nanoseconds.verify_position * positions +
                    nanoseconds.verify_weight * weights + nanoseconds.verify_row * plan->table_rows;
    cost->prove_seconds = prove * slower * 1e-9 / (1 + SECOND_THREAD * (threads - 1));
    cost->verify_seconds = verify * slower * 1e-9;
}

static size_t values_of(mien_cnn_shape shape) {
    return (size_t)mien_cnn_sites(shape) * shape.channels;
}

/* What mien_proof_prover_create takes. */
static size_t witness_memory(const mien_proof_network *network) {
    const mien_cnn_plan *plan = &network->plan;
    size_t size = (sizeof(mien_f) << plan->log2_size) + ((2 * sizeof(mien_f)) << plan->log2_half);
    size += plan->table_rows * sizeof(uint32_t);
    size += mien_network_workspace_size(network->network);
    return size + mien_network_accumulators(network->network) * sizeof(int32_t);
}

mien_status mien_proof_cost_of(mien_proof_cost *cost, const mien_proof_network *network,
                               const mien_inference_parameters *parameters,
                               mien_frame_binding frame, mien_output_binding output,
                               unsigned threads, double speed, mien_error *error) {
    const mien_cnn *cnn = &network->cnn;
    size_t inputs = values_of(cnn->input),
           outputs = values_of(cnn->layers[cnn->layer_count - 1].out);
    int16_t *values = calloc(inputs > outputs ? inputs : outputs, sizeof *values);
    mien_inference_statement shape = {.cnn = cnn, .plan = &network->plan, .frame = frame};
    *cost = (mien_proof_cost){0};
    if (values == NULL) return mien_fail(error, MIEN_MEMORY, "no memory");
    shape.output = output;
    shape.frame_values = shape.output_values = values;
    shape.match.threshold = 1;
    cost->proof_bytes = mien_inference_proof_max_size(parameters, &shape);
    cost->verifier_memory = mien_inference_verify_workspace_size(parameters, &shape);
    cost->prover_memory = mien_inference_prove_workspace_size(parameters, &shape, threads);
    free(values);
    if (cost->proof_bytes == 0 || cost->verifier_memory == 0 || cost->prover_memory == 0)
        return mien_fail(error, MIEN_UNSUPPORTED,
                         "layer %s: its output cannot be bound this way, or the network is too "
                         "large for these parameters",
                         mien_network_layer(network->network, cnn->layer_count - 1)->name);
    cost->prover_memory += witness_memory(network) + cost->proof_bytes;
    mien_frame_layout layout;
    if (frame == MIEN_FRAME_COMMITTED &&
        mien_inference_frame_layout(&layout, parameters, cnn, &network->plan) == MIEN_OK)
        cost->prover_memory += mien_frame_memory_size(&layout, threads);
    if (speed > 0) expect_times(cost, network, threads, speed);
    return MIEN_OK;
}
