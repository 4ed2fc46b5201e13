/* SPDX-License-Identifier: MIT */
/* Statements about a toy network with their witnesses, in all bindings of frame and output. */
#ifndef MIEN_TESTS_PROVER_CNN_STATEMENT_SAMPLE_H
#define MIEN_TESTS_PROVER_CNN_STATEMENT_SAMPLE_H

#include "platform/base/random.h"
#include "prover/circuits/output_assign.h"
#include "prover/prover.h"
#include "prover/statement/inference_prove.h"
#include "tests/prover/cnn/toy_network.h"

typedef struct sample {
    toy net;
    mien_inference_statement statement;
    mien_inference_witness witness;
    mien_frame frame;
    void *frame_memory;
    mien_tensor_secret frame_secret;
    int16_t *output;
    /* hidden weights */
    mien_cnn hidden;
    mien_cnn_layer hidden_layers[TOY_LAYERS];
    mien_private_weights weights;
    mien_private_model model;
    void *model_memory;
    mien_tensor_secret model_secret;
} sample;

static uint8_t *workspace, *proof;
static size_t workspace_size, proof_size, proof_length;
static mien_random generator;
static mien_random_seeded_state generator_state;

static void *reserve(size_t size) {
    if (size > workspace_size) {
        free(workspace);
        workspace_size = (size + 63) / 64 * 64;
        workspace = aligned_alloc(64, workspace_size);
    }
    return workspace;
}

/* NULL: the set of 100 bits. */
static const mien_inference_parameters *chosen_parameters;
static const mien_inference_parameters *parameters(void) {
    return chosen_parameters != NULL ? chosen_parameters : mien_inference_parameters_100();
}
static void (*network)(toy *) = toy_make;

/* A network that ends in 128 values, for face. */
static void end_in_embedding(toy *t) {
    toy_convolution(t, t->cnn.layer_count, MIEN_EMBEDDING_SIZE, 1, 1, 1, 0, 1, 1, 0);
}

static void commit_frame(sample *s) {
    mien_frame_layout layout;
    mien_machine machine = mien_machine_best(NULL);
    REQUIRE(mien_inference_frame_layout(&layout, parameters(), &s->net.cnn, s->net.plan) ==
            MIEN_OK);
    size_t size = mien_frame_memory_size(&layout, 1);
    REQUIRE(size > 0);
    s->frame_memory = aligned_alloc(64, (size + 63) / 64 * 64);
    harness_random_bytes(s->frame_secret.seed, sizeof s->frame_secret.seed);
    REQUIRE(mien_frame_commit(&s->frame, s->statement.frame_commitment, s->net.tensors[0], &layout,
                              &s->frame_secret, s->frame_memory, size, &machine,
                              mien_hash_kernels_best(), NULL) == MIEN_OK);
    s->witness.frame = &s->frame;
}

static void commit_output(sample *s, size_t count) {
    int8_t values[64];
    REQUIRE(count <= sizeof values);
    for (size_t i = 0; i < count; i++) values[i] = (int8_t)s->output[i];
    REQUIRE(mien_match_blinding(s->witness.output_blinding, &generator) == MIEN_OK);
    REQUIRE(mien_output_commit(s->statement.output_commitment, s->statement.context, values,
                               (uint32_t)count, s->witness.output_blinding) == MIEN_OK);
}

/* A template close to the output, and what the enrolment publishes of it. */
static void enrol(sample *s) {
    mien_match_statement *m = &s->statement.match;
    for (int i = 0; i < MIEN_EMBEDDING_SIZE; i++) {
        int v = s->output[i] + (i % 9 == 0 ? 1 : 0);
        s->witness.template_vector[i] = (int8_t)(v > 127 ? 127 : v);
    }
    harness_random_bytes(s->witness.key_z, sizeof s->witness.key_z);
    harness_random_bytes(m->service, sizeof m->service);
    m->epoch = 3;
    m->slot = 1;
    m->threshold = 40000;
    REQUIRE(mien_match_commit_template(m->template_commitment, m->key_check, m->service, m->epoch,
                                       m->slot, s->witness.template_vector,
                                       s->witness.key_z) == MIEN_OK);
}

static void make(sample *s, mien_frame_binding frame, mien_output_binding output) {
    memset(s, 0, sizeof *s);
    network(&s->net);
    if (output == MIEN_OUTPUT_MATCHED) end_in_embedding(&s->net);
    REQUIRE(toy_run(&s->net) == MIEN_OK);
    s->output = s->net.tensors[s->net.cnn.layer_count];
    mien_inference_statement *st = &s->statement;
    st->cnn = &s->net.cnn;
    st->plan = s->net.plan;
    st->frame = frame;
    st->output = output;
    harness_random_bytes(st->model, sizeof st->model);
    harness_random_bytes(st->context, sizeof st->context);
    st->frame_values = frame == MIEN_FRAME_PUBLIC ? s->net.tensors[0] : NULL;
    st->output_values = output == MIEN_OUTPUT_PUBLIC ? s->output : NULL;
    s->witness.values = s->net.witness;
    s->witness.output = s->output;
    if (frame == MIEN_FRAME_COMMITTED) commit_frame(s);
    if (output == MIEN_OUTPUT_COMMITTED) commit_output(s, mien_inference_output_size(&s->net.cnn));
    if (output == MIEN_OUTPUT_MATCHED) enrol(s);
}

static inline void end(sample *s) {
    toy_free(&s->net);
    free(s->frame_memory);
    free(s->model_memory);
}

/* Commit to the weights of `net` as model_secret says; the root goes where `root` is. */
static inline mien_status commit_weights(sample *s, const toy *net, uint8_t root[32]) {
    mien_machine machine = mien_machine_best(NULL);
    size_t size = mien_private_model_memory_size(parameters(), &s->weights, 1);
    if (size == 0) return MIEN_UNSUPPORTED;
    free(s->model_memory);
    s->model_memory = aligned_alloc(64, (size + 63) / 64 * 64);
    mien_status status =
        mien_private_model_commit(&s->model, &net->cnn, parameters(), &s->weights, &s->model_secret,
                                  s->model_memory, size, &machine, mien_hash_kernels_best(), NULL);
    memcpy(root, s->model.root, 32);
    return status;
}

static inline void name_model(sample *s) {
    mien_private_weights_digest(s->statement.model, parameters(), &s->hidden, &s->weights);
}

/* The same statement with weights that the verifier does not see. */
static inline void hide_weights(sample *s, uint32_t openings) {
    mien_cnn_digits digits[MIEN_CNN_MAX_LAYERS];
    uint32_t layer;
    mien_cnn_weights_hide(&s->hidden, s->hidden_layers, &s->net.cnn);
    REQUIRE(mien_cnn_weights_digits(digits, &layer, &s->net.cnn) == MIEN_OK);
    REQUIRE(mien_cnn_weights_make(&s->weights.layout, &layer, &s->hidden, s->net.plan, digits,
                                  mien_private_weights_log2_least(openings)) == MIEN_OK);
    s->weights.openings = openings;
    harness_random_bytes(s->model_secret.seed, sizeof s->model_secret.seed);
    REQUIRE(commit_weights(s, &s->net, s->weights.root) == MIEN_OK);
    name_model(s);
    s->statement.cnn = &s->hidden;
    s->statement.weights = &s->weights;
    s->witness.model = &s->model;
}

static mien_pool *pool;                           /* NULL but in one test */
static const mien_inference_observers *observers; /* cheats */

static mien_status prove(sample *s) {
    size_t most = mien_inference_proof_max_size(parameters(), &s->statement);
    size_t size =
        mien_inference_prove_workspace_size(parameters(), &s->statement, mien_pool_threads(pool));
    if (most == 0 || size == 0) return MIEN_ARGUMENT;
    if (most > proof_size) {
        free(proof);
        proof = malloc(most);
        proof_size = most;
    }
    return mien_inference_prove(proof, most, &proof_length, parameters(), &s->statement,
                                &s->witness, reserve(size), size, &generator, pool, NULL,
                                observers);
}

static inline mien_status verify(const sample *s, const mien_inference_statement *statement,
                                 size_t length) {
    (void)s;
    size_t size = mien_inference_verify_workspace_size(parameters(), statement);
    if (size == 0) return MIEN_ARGUMENT;
    return mien_inference_verify(parameters(), statement, proof, length, reserve(size), size);
}

static void seed_generator(void) {
    uint8_t seed[32];
    harness_random_bytes(seed, sizeof seed);
    generator = mien_random_seeded(&generator_state, seed);
}

#endif
