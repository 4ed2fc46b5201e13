/* SPDX-License-Identifier: MIT */
#include "wallet/proof/prove.h"

#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/memory/pages.h"
#include "platform/memory/secret.h"
#include "prover/circuits/output_assign.h"
#include "prover/prover.h"

struct mien_proof_prover {
    const mien_proof_network *network;
    const mien_inference_parameters *parameters;
    mien_frame_binding frame_binding;
    mien_output_binding output_binding;
    mien_pool *pool;
    mien_proof_run *run;
    mien_proof_private *private_model; /* NULL: weights are public */
    mien_frame_layout frame_layout;
    mien_frame frame;
    mien_inference_witness *witness;
    int16_t *values, *output; /* first and last tensor */
    uint8_t *proof;
    void *frame_memory, *workspace;
    size_t frame_size, workspace_size, proof_capacity, w_size, first_size, counts_size;
    size_t values_size, output_size, memory;
};

static size_t elements(mien_cnn_shape shape) {
    return (size_t)mien_cnn_sites(shape) * shape.channels;
}

void mien_proof_statement_start(mien_inference_statement *statement,
                                const mien_proof_network *network, mien_frame_binding frame,
                                mien_output_binding output) {
    memset(statement, 0, sizeof *statement);
    statement->cnn = &network->cnn;
    statement->plan = &network->plan;
    memcpy(statement->model, mien_network_digest(network->network), sizeof statement->model);
    statement->frame = frame;
    statement->output = output;
}

void mien_proof_frame_values(int16_t *values, const mien_proof_network *network,
                             const uint8_t *frame) {
    const uint8_t *offset = mien_network_input_offset(network->network);
    size_t channels = network->cnn.input.channels, count = elements(network->cnn.input);
    for (size_t i = 0; i < count; i++) values[i] = (int16_t)(frame[i] - offset[i % channels]);
}

static mien_status take(mien_proof_prover *p, void *memory, size_t size, mien_error *error) {
    p->memory += size;
    return mien_secret_alloc((void **)memory, size, error);
}

/* Tens of megabytes, which could not be locked anyway: large pages. */
static mien_status take_pages(mien_proof_prover *p, void *memory, size_t size, mien_error *error) {
    p->memory += size;
    return mien_pages_alloc((void **)memory, size, error);
}

static mien_status allocate_witness(mien_proof_prover *p, mien_error *error) {
    const mien_cnn_plan *plan = &p->network->plan;
    mien_cnn_shape out = p->network->cnn.layers[p->network->cnn.layer_count - 1].out;
    p->w_size = sizeof(mien_f) << plan->log2_size;
    p->first_size = (2 * sizeof(mien_f)) << plan->log2_half;
    p->counts_size = plan->table_rows * sizeof(uint32_t);
    p->values_size = elements(p->network->cnn.input) * sizeof *p->values;
    p->output_size = elements(out) * sizeof *p->output;
    MIEN_TRY(take(p, &p->witness, sizeof *p->witness, error));
    MIEN_TRY(take_pages(p, &p->witness->values.w, p->w_size, error));
    MIEN_TRY(take_pages(p, &p->witness->values.first, p->first_size, error));
    MIEN_TRY(take(p, &p->witness->values.counts, p->counts_size, error));
    MIEN_TRY(take(p, &p->values, p->values_size, error));
    return take(p, &p->output, p->output_size, error);
}

static mien_status allocate_frame(mien_proof_prover *p, mien_error *error) {
    if (p->frame_binding != MIEN_FRAME_COMMITTED) return MIEN_OK;
    mien_status status = mien_inference_frame_layout(&p->frame_layout, p->parameters,
                                                     &p->network->cnn, &p->network->plan);
    if (status == MIEN_OK)
        p->frame_size = mien_frame_memory_size(&p->frame_layout, mien_pool_threads(p->pool));
    if (p->frame_size == 0)
        return mien_fail(error, MIEN_UNSUPPORTED, "frames of this network cannot be committed to");
    return take_pages(p, &p->frame_memory, p->frame_size, error);
}

/* Sizes follow from the statement's public shape, any legal values will do. */
static mien_status allocate_proof(mien_proof_prover *p, mien_error *error) {
    mien_inference_statement shape;
    mien_proof_statement_start(&shape, p->network, p->frame_binding, p->output_binding);
    if (p->private_model != NULL) mien_proof_private_statement(&shape, p->private_model);
    shape.frame_values = p->values;
    shape.output_values = p->output;
    shape.match.threshold = 1;
    p->proof_capacity = mien_inference_proof_max_size(p->parameters, &shape);
    p->workspace_size =
        mien_inference_prove_workspace_size(p->parameters, &shape, mien_pool_threads(p->pool));
    if (p->proof_capacity == 0 || p->workspace_size == 0)
        return mien_fail(
            error, MIEN_UNSUPPORTED, "%s",
            p->output_binding == MIEN_OUTPUT_PUBLIC
                ? "the network is too large for a proof"
                : "the network's output is not made of int8 values that can be bound this way");
    MIEN_TRY(take_pages(p, &p->workspace, p->workspace_size, error));
    p->proof = malloc(p->proof_capacity);
    p->memory += p->proof_capacity;
    return p->proof != NULL ? MIEN_OK : mien_fail(error, MIEN_MEMORY, "no memory for a proof");
}

mien_status mien_proof_prover_create(mien_proof_prover **out, const mien_proof_network *network,
                                     const mien_inference_parameters *parameters,
                                     mien_frame_binding frame, mien_output_binding output,
                                     mien_pool *pool, mien_error *error) {
    mien_proof_prover *p = calloc(1, sizeof *p);
    *out = NULL;
    if (p == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for a prover");
    p->network = network;
    p->parameters = parameters;
    p->frame_binding = frame;
    p->output_binding = output;
    p->pool = pool;
    mien_status status = mien_proof_run_create(&p->run, network, pool, error);
    if (status == MIEN_OK) status = allocate_witness(p, error);
    if (status == MIEN_OK) status = allocate_frame(p, error);
    if (status == MIEN_OK) status = allocate_proof(p, error);
    if (status != MIEN_OK) {
        mien_proof_prover_free(p);
        return status;
    }
    p->memory += mien_network_workspace_size(network->network) +
                 mien_network_accumulators(network->network) * sizeof(int32_t);
    *out = p;
    return MIEN_OK;
}

mien_status mien_proof_prover_hide(mien_proof_prover *p, mien_proof_private *private_model,
                                   mien_error *error) {
    mien_pages_free(p->workspace, p->workspace_size, 0); /* wiped after each proof */
    free(p->proof);
    p->memory -= p->workspace_size + p->proof_capacity;
    p->memory += private_model->memory_size;
    p->workspace = NULL;
    p->proof = NULL;
    p->private_model = private_model;
    return allocate_proof(p, error);
}

/* What stands in pages is wiped after each use. */
void mien_proof_prover_free(mien_proof_prover *p) {
    if (p == NULL) return;
    if (p->witness != NULL) {
        mien_pages_free(p->witness->values.w, p->w_size, 0);
        mien_pages_free(p->witness->values.first, p->first_size, 0);
        mien_secret_free(p->witness->values.counts);
    }
    mien_secret_free(p->witness);
    mien_secret_free(p->values);
    mien_secret_free(p->output);
    mien_pages_free(p->frame_memory, p->frame_size, 0);
    mien_pages_free(p->workspace, p->workspace_size, 0);
    mien_proof_run_free(p->run);
    free(p->proof);
    free(p);
}

size_t mien_proof_prover_memory(const mien_proof_prover *prover) {
    return prover->memory;
}

mien_proof_run *mien_proof_prover_run(mien_proof_prover *prover) {
    return prover->run;
}

static mien_status commit_frame(mien_proof_prover *p, uint8_t root[32], const uint8_t *frame,
                                const uint8_t seed[32]) {
    mien_tensor_secret secret = {.opened = 0};
    mien_machine machine = mien_machine_best(p->pool);
    memcpy(secret.seed, seed, sizeof secret.seed);
    mien_proof_frame_values(p->values, p->network, frame);
    mien_status status =
        mien_frame_commit(&p->frame, root, p->values, &p->frame_layout, &secret, p->frame_memory,
                          p->frame_size, &machine, mien_hash_kernels_best(), NULL);
    mien_wipe(&secret, sizeof secret);
    return status;
}

mien_status mien_proof_commit_frame(mien_proof_prover *p, uint8_t root[32], const uint8_t *frame,
                                    size_t length, const uint8_t seed[32]) {
    if (p->frame_binding != MIEN_FRAME_COMMITTED || length != elements(p->network->cnn.input))
        return MIEN_ARGUMENT;
    mien_status status = commit_frame(p, root, frame, seed);
    mien_pool_wipe(p->pool, p->frame_memory, p->frame_size);
    mien_wipe(p->values, p->values_size);
    return status;
}

/* A committed frame, ready to be opened; it must be the one behind the statement's C_x. */
static mien_status bind_frame(mien_proof_prover *p, mien_inference_statement *statement,
                              const mien_proof_secrets *secrets, const uint8_t *frame) {
    uint8_t root[32];
    if (p->frame_binding == MIEN_FRAME_PUBLIC) {
        mien_proof_frame_values(p->values, p->network, frame);
        statement->frame_values = p->values;
    }
    if (p->frame_binding != MIEN_FRAME_COMMITTED) return MIEN_OK;
    if (secrets->frame_opened) return MIEN_ARGUMENT;
    MIEN_TRY(commit_frame(p, root, frame, secrets->frame_seed));
    if (memcmp(root, statement->frame_commitment, sizeof root) != 0) return MIEN_ARGUMENT;
    p->witness->frame = &p->frame;
    return MIEN_OK;
}

/* Behind C_y, with a fresh blinding. */
static mien_status commit_output(mien_proof_prover *p, mien_inference_statement *statement,
                                 const mien_random *random) {
    size_t count = p->output_size / sizeof *p->output;
    int8_t values[MIEN_OUTPUT_MAX];
    if (count > sizeof values) return MIEN_UNSUPPORTED;
    for (size_t i = 0; i < count; i++) values[i] = (int8_t)p->output[i];
    mien_status status = mien_match_blinding(p->witness->output_blinding, random);
    if (status == MIEN_OK)
        status = mien_output_commit(statement->output_commitment, statement->context, values,
                                    (uint32_t)count, p->witness->output_blinding);
    mien_wipe(values, sizeof values);
    return status;
}

static mien_status bind_output(mien_proof_prover *p, mien_inference_statement *statement,
                               const mien_proof_secrets *secrets, const mien_random *random) {
    p->witness->output = p->output;
    if (statement->output == MIEN_OUTPUT_PUBLIC) statement->output_values = p->output;
    if (statement->output == MIEN_OUTPUT_COMMITTED) return commit_output(p, statement, random);
    if (statement->output == MIEN_OUTPUT_MATCHED) {
        memcpy(p->witness->template_vector, secrets->template_vector, MIEN_EMBEDDING_SIZE);
        memcpy(p->witness->key_z, secrets->key_z, MIEN_KEY_Z_SIZE);
    }
    return MIEN_OK;
}

/* Also what the next proof needs: positions without a value hold zero. */
static void wipe(mien_proof_prover *p) {
    mien_cnn_witness values = p->witness->values;
    mien_pool_wipe(p->pool, values.w, p->w_size);
    mien_pool_wipe(p->pool, values.first, p->first_size);
    mien_wipe(values.counts, p->counts_size);
    mien_wipe(p->witness, sizeof *p->witness);
    p->witness->values = values;
    if (p->frame_size > 0) mien_pool_wipe(p->pool, p->frame_memory, p->frame_size);
    if (p->frame_binding != MIEN_FRAME_PUBLIC) mien_wipe(p->values, p->values_size);
    if (p->output_binding != MIEN_OUTPUT_PUBLIC) mien_wipe(p->output, p->output_size);
}

mien_status mien_proof_prove(mien_proof_prover *p, const uint8_t **proof, size_t *length,
                             mien_inference_statement *statement, const mien_proof_secrets *secrets,
                             const uint8_t *frame, size_t frame_length, const mien_random *random,
                             const mien_progress *progress,
                             const mien_inference_observers *observers) {
    if (statement->plan != &p->network->plan || statement->frame != p->frame_binding ||
        statement->output != p->output_binding || frame_length != elements(p->network->cnn.input) ||
        (secrets == NULL &&
         (p->frame_binding == MIEN_FRAME_COMMITTED || p->output_binding == MIEN_OUTPUT_MATCHED)))
        return MIEN_ARGUMENT;
    if ((p->private_model != NULL) != (statement->weights != NULL)) return MIEN_ARGUMENT;
    p->witness->model = p->private_model != NULL ? &p->private_model->model : NULL;
    mien_status status = bind_frame(p, statement, secrets, frame);
    if (status == MIEN_OK)
        status = mien_proof_run_fill(p->run, &p->witness->values, p->output, frame, frame_length);
    if (status == MIEN_OK) status = bind_output(p, statement, secrets, random);
    if (status == MIEN_OK)
        status = mien_inference_prove(p->proof, p->proof_capacity, length, p->parameters, statement,
                                      p->witness, p->workspace, p->workspace_size, random, p->pool,
                                      progress, observers);
    wipe(p);
    *proof = status == MIEN_OK ? p->proof : NULL;
    return status;
}
