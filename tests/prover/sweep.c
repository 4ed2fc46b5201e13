/* SPDX-License-Identifier: MIT */
/* A whole proof, byte by byte: every byte flipped, every truncation, extensions; all in two
 * threads. MIEN_TEST_SWEEP_STEP=n tries each n-th byte only. */
#include <stdatomic.h>

#include "tests/prover/match_sample.h"

typedef struct sweep {
    match_sample sample;
    uint8_t *proof;
    size_t length, step;
    mien_pool *pool;
    atomic_size_t accepted, other;
} sweep;

typedef struct worker_memory {
    uint8_t *proof;
    void *workspace;
} worker_memory;
static worker_memory workers[64];

enum { CHUNK = 512 };

static mien_status verify(const sweep *s, const uint8_t *proof, size_t length, unsigned worker) {
    const mien_proof_parameters *parameters = mien_proof_parameters_default();
    return mien_match_verify(parameters, &s->sample.statement, proof, length,
                             workers[worker].workspace,
                             mien_match_verify_workspace_size(parameters));
}

static void count(sweep *s, mien_status status, size_t at) {
    if (status == MIEN_PROOF_INVALID) return;
    atomic_fetch_add(status == MIEN_OK ? &s->accepted : &s->other, 1);
    printf("  byte %zu: %s\n", at, mien_status_name(status));
}

/* Each byte is changed by another nonzero difference, so that all bits get their turn. */
static void flip_task(void *context, size_t task, unsigned worker) {
    sweep *s = context;
    uint8_t *proof = workers[worker].proof;
    memcpy(proof, s->proof, s->length);
    for (size_t i = task * CHUNK; i < s->length && i < (task + 1) * CHUNK; i += s->step) {
        proof[i] ^= (uint8_t)(1 + (i * 167 + task) % 255);
        count(s, verify(s, proof, s->length, worker), i);
        proof[i] = s->proof[i];
    }
}

/* The bytes behind the end are not there: the copy is at the end of its memory. */
static void truncate_task(void *context, size_t task, unsigned worker) {
    sweep *s = context;
    for (size_t i = task * CHUNK; i < s->length && i < (task + 1) * CHUNK; i += s->step) {
        uint8_t *end = workers[worker].proof + s->length;
        memcpy(end - i, s->proof, i);
        count(s, verify(s, end - i, i, worker), i);
    }
}

static void run(sweep *s, void (*task)(void *context, size_t i, unsigned worker)) {
    s->accepted = s->other = 0;
    mien_pool_run(s->pool, task, s, (s->length + CHUNK - 1) / CHUNK);
    CHECK_INT(s->accepted, 0);
    CHECK_INT(s->other, 0);
}

static sweep all;

static void test_accepted_as_it_is(void) {
    CHECK_INT(verify(&all, all.proof, all.length, 0), MIEN_OK);
}
static void test_every_byte_flipped(void) {
    run(&all, flip_task);
}
static void test_every_truncation(void) {
    run(&all, truncate_task);
}
static void test_extensions(void) {
    for (size_t added = 1; added <= 64; added++) {
        memcpy(workers[0].proof, all.proof, all.length);
        memset(workers[0].proof + all.length, added % 2 == 0 ? 0 : 0xff, added);
        CHECK_INT(verify(&all, workers[0].proof, all.length + added, 0), MIEN_PROOF_INVALID);
    }
}

int main(void) {
    const mien_proof_parameters *parameters = mien_proof_parameters_default();
    const char *step = getenv("MIEN_TEST_SWEEP_STEP");
    size_t prove_size = mien_match_prove_workspace_size(parameters);
    size_t capacity = mien_match_proof_max_size(parameters);
    void *memory = sample_memory(prove_size);
    all.proof = sample_memory(capacity);
    all.step = step != NULL && atoi(step) > 0 ? (size_t)atoi(step) : 1;
    match_sample_true(&all.sample);
    if (mien_match_prove(all.proof, capacity, &all.length, parameters, &all.sample.statement,
                         &all.sample.witness, memory, prove_size, &all.sample.random, NULL,
                         NULL) != MIEN_OK ||
        mien_pool_create(&all.pool, 2) != MIEN_OK)
        return 1;
    free(memory);
    for (unsigned i = 0; i < mien_pool_threads(all.pool); i++) {
        workers[i].proof = sample_memory(capacity + 64);
        workers[i].workspace = sample_memory(mien_match_verify_workspace_size(parameters));
    }
    RUN(test_accepted_as_it_is);
    RUN(test_extensions);
    RUN(test_every_truncation);
    RUN(test_every_byte_flipped);
    for (unsigned i = 0; i < mien_pool_threads(all.pool); i++) {
        free(workers[i].proof);
        free(workers[i].workspace);
    }
    mien_pool_destroy(all.pool);
    free(all.proof);
    return harness_end();
}
