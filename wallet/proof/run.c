/* SPDX-License-Identifier: MIT */
#include "wallet/proof/run.h"

#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/memory/secret.h"

#define MAX_WORKERS 64         /* of a pool */
#define VALUES_TOGETHER 16384u /* what a thread takes at once */

struct mien_proof_run {
    const mien_proof_network *network;
    mien_pool *pool;
    void *workspace;       /* of the network */
    int32_t *accumulators; /* of one layer */
    int16_t *pooled;       /* output of one max pool, as the witness has it */
    uint32_t *counts;      /* of the workers behind the first, table_rows each */
    size_t workspace_size, accumulators_size, pooled_size, counts_size;

    /* during a run */
    const mien_cnn_witness *witness;
    const mien_cnn_layer *layer;
    uint32_t index, sites_together;
    const int16_t *input; /* of a max pool */
    void (*watch)(void *context, uint32_t tensor);
    void *watch_context;
    mien_status status, failed[MAX_WORKERS];
};

static size_t largest_pool(const mien_cnn *cnn) {
    size_t most = 1;
    for (uint32_t i = 0; i < cnn->layer_count; i++) {
        mien_cnn_shape out = cnn->layers[i].out;
        size_t count = (size_t)mien_cnn_sites(out) * out.channels;
        if (cnn->layers[i].kind == MIEN_CNN_MAX_POOL && count > most) most = count;
    }
    return most;
}

static mien_status allocate(mien_proof_run *run, mien_error *error) {
    const mien_proof_network *network = run->network;
    size_t workers = mien_pool_threads(run->pool) - 1;
    run->workspace_size = mien_network_workspace_size(network->network);
    run->accumulators_size =
        (mien_network_accumulators(network->network) + 1) * sizeof *run->accumulators;
    run->pooled_size = largest_pool(&network->cnn) * sizeof *run->pooled;
    run->counts_size = (workers * network->plan.table_rows + 1) * sizeof *run->counts;
    MIEN_TRY(mien_secret_alloc(&run->workspace, run->workspace_size, error));
    MIEN_TRY(mien_secret_alloc((void **)&run->accumulators, run->accumulators_size, error));
    MIEN_TRY(mien_secret_alloc((void **)&run->pooled, run->pooled_size, error));
    return mien_secret_alloc((void **)&run->counts, run->counts_size, error);
}

mien_status mien_proof_run_create(mien_proof_run **out, const mien_proof_network *network,
                                  mien_pool *pool, mien_error *error) {
    mien_proof_run *run = calloc(1, sizeof *run);
    *out = NULL;
    if (run == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for running the network");
    run->network = network;
    run->pool = pool;
    mien_status status = allocate(run, error);
    if (status != MIEN_OK) {
        mien_proof_run_free(run);
        return status;
    }
    *out = run;
    return MIEN_OK;
}

void mien_proof_run_free(mien_proof_run *run) {
    if (run == NULL) return;
    mien_secret_free(run->workspace);
    mien_secret_free(run->accumulators);
    mien_secret_free(run->pooled);
    mien_secret_free(run->counts);
    free(run);
}

/* w and what leaves look up are shared, the counts are the worker's own. */
static mien_cnn_witness witness_of(const mien_proof_run *run, unsigned worker) {
    mien_cnn_witness own = *run->witness;
    if (worker > 0) own.counts = run->counts + (size_t)(worker - 1) * run->network->plan.table_rows;
    return own;
}

static void fill_sites(void *context, size_t i, unsigned worker) {
    mien_proof_run *run = context;
    const mien_cnn_plan *plan = &run->network->plan;
    mien_cnn_witness own = witness_of(run, worker);
    uint32_t sites = mien_cnn_sites(run->layer->out), first = (uint32_t)i * run->sites_together;
    uint32_t count = sites - first < run->sites_together ? sites - first : run->sites_together;
    mien_status status;
    if (run->layer->kind == MIEN_CNN_MAX_POOL)
        status = mien_cnn_witness_pool_sites(&own, run->pooled, plan, &run->network->cnn,
                                             run->index, run->input, first, count);
    else
        status = mien_cnn_witness_convolution_sites(
            &own, NULL, plan, &plan->blocks[plan->tensor_block[run->index + 1]], run->accumulators,
            first, count);
    if (status != MIEN_OK) run->failed[worker] = status;
}

static void fill_layer(mien_proof_run *run) {
    mien_cnn_shape out = run->layer->out;
    uint32_t sites = mien_cnn_sites(out);
    uint32_t together = VALUES_TOGETHER / out.channels;
    run->sites_together = together > 0 ? together : 1;
    mien_pool_run(run->pool, fill_sites, run,
                  (sites + run->sites_together - 1) / run->sites_together);
    for (unsigned i = 0; i < mien_pool_threads(run->pool); i++)
        if (run->failed[i] != MIEN_OK) run->status = run->failed[i];
}

static void fill_tensor(mien_proof_run *run, int32_t index, const mien_layer *layer,
                        const int16_t *values) {
    if (layer == NULL) {
        run->status = mien_cnn_witness_input(run->witness, &run->network->plan, values);
        return;
    }
    run->index = (uint32_t)index;
    run->layer = &run->network->cnn.layers[index];
    if (layer->kind == MIEN_LAYER_CONCAT) return; /* no values of its own */
    if (layer->kind == MIEN_LAYER_MAX_POOL)
        run->input =
            mien_network_tensor_values(run->network->network, run->workspace, layer->inputs[0]);
    fill_layer(run);
    size_t size = mien_shape_elements(layer->out) * sizeof *values;
    if (layer->kind == MIEN_LAYER_MAX_POOL && memcmp(run->pooled, values, size) != 0)
        run->status = MIEN_INTERNAL;
}

/* The observer of the inference. */
static void layer_done(void *context, int32_t index, const mien_layer *layer,
                       const int16_t *values) {
    mien_proof_run *run = context;
    if (run->status == MIEN_OK) fill_tensor(run, index, layer, values);
    if (run->watch != NULL) run->watch(run->watch_context, layer != NULL ? (uint32_t)index + 1 : 0);
}

void mien_proof_run_watch(mien_proof_run *run, void (*done)(void *context, uint32_t tensor),
                          void *context) {
    run->watch = done;
    run->watch_context = context;
}

static void add_counts(mien_proof_run *run) {
    uint32_t rows = run->network->plan.table_rows;
    for (unsigned worker = 1; worker < mien_pool_threads(run->pool); worker++) {
        const uint32_t *counts = run->counts + (size_t)(worker - 1) * rows;
        for (uint32_t i = 0; i < rows; i++) run->witness->counts[i] += counts[i];
    }
    mien_cnn_witness_counts(run->witness, &run->network->plan);
}

static void copy_output(const mien_proof_run *run, int16_t *output) {
    const mien_network *network = run->network->network;
    mien_shape shape = mien_network_output_at(network, 0)->shape;
    if (output != NULL)
        memcpy(output, mien_network_output_values(network, run->workspace, 0),
               mien_shape_elements(shape) * sizeof *output);
}

static mien_status run_network(mien_proof_run *run, const mien_network_observer *observer,
                               const uint8_t *frame, size_t length) {
    return mien_network_run(run->network->network, run->workspace, run->workspace_size, frame,
                            length, observer);
}

mien_status mien_proof_run_fill(mien_proof_run *run, const mien_cnn_witness *witness,
                                int16_t *output, const uint8_t *frame, size_t length) {
    mien_network_observer observer = {layer_done, run, run->accumulators};
    run->witness = witness;
    run->status = MIEN_OK;
    memset(run->failed, 0, sizeof run->failed);
    memset(run->counts, 0, run->counts_size);
    mien_status status = run_network(run, &observer, frame, length);
    if (status == MIEN_OK) status = run->status;
    if (status == MIEN_OK) {
        add_counts(run);
        copy_output(run, output);
    }
    mien_wipe(run->workspace, run->workspace_size);
    mien_wipe(run->accumulators, run->accumulators_size);
    mien_wipe(run->pooled, run->pooled_size);
    mien_wipe(run->counts, run->counts_size);
    return status;
}

mien_status mien_proof_run_plain(mien_proof_run *run, int16_t *output, const uint8_t *frame,
                                 size_t length) {
    mien_status status = run_network(run, NULL, frame, length);
    if (status == MIEN_OK) copy_output(run, output);
    mien_wipe(run->workspace, run->workspace_size);
    return status;
}
