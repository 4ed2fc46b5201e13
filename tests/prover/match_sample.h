/* SPDX-License-Identifier: MIT */
/* Random statements of match with their witnesses, for tests. */
#ifndef MIEN_TESTS_PROVER_MATCH_SAMPLE_H
#define MIEN_TESTS_PROVER_MATCH_SAMPLE_H

#include <math.h>

#include "platform/base/bytes.h"
#include "prover/circuits/match_assign.h"
#include "prover/prover.h"
#include "tests/harness.h"

typedef struct match_sample {
    mien_match_statement statement;
    mien_match_witness witness;
    mien_random_seeded_state random_state;
    mien_random random;
} match_sample;

/* Commitments of the witness as it is now. */
static inline void match_sample_commit(match_sample *s) {
    mien_match_statement *x = &s->statement;
    const mien_match_witness *w = &s->witness;
    if (mien_match_commit_template(x->template_commitment, x->key_check, x->service, x->epoch,
                                   x->slot, w->template_vector, w->key_z) != MIEN_OK ||
        mien_match_commit_embedding(x->embedding_commitment, x->context, w->embedding,
                                    w->embedding_blinding) != MIEN_OK)
        abort();
}

/* Everything random but the vectors, which are zero. */
static inline void match_sample_blank(match_sample *s) {
    uint8_t seed[32];
    memset(s, 0, sizeof *s);
    harness_random_bytes(seed, sizeof seed);
    s->random = mien_random_seeded(&s->random_state, seed);
    harness_random_bytes(s->statement.service, sizeof s->statement.service);
    harness_random_bytes(s->statement.context, sizeof s->statement.context);
    harness_random_bytes(s->witness.key_z, sizeof s->witness.key_z);
    s->statement.epoch = (uint32_t)harness_random();
    s->statement.slot = (uint32_t)harness_random();
    s->statement.threshold = 1 + (uint32_t)harness_random_below(65535);
    if (mien_match_blinding(s->witness.embedding_blinding, &s->random) != MIEN_OK) abort();
}

/* A true statement: a random template, an embedding near it, and the highest threshold or one below
 * it. */
static inline void match_sample_true(match_sample *s) {
    match_sample_blank(s);
    for (;;) {
        int noise = 1 + (int)harness_random_below(60), scale = 1 + (int)harness_random_below(128);
        for (size_t i = 0; i < MIEN_EMBEDDING_SIZE; i++) {
            int t = (int)harness_random_below(2 * (uint64_t)scale + 1) - scale;
            int e = t + (int)harness_random_below(2 * (uint64_t)noise + 1) - noise;
            s->witness.template_vector[i] = (int8_t)(t > 127 ? 127 : t < -128 ? -128 : t);
            s->witness.embedding[i] = (int8_t)(e > 127 ? 127 : e < -128 ? -128 : e);
        }
        mien_match_cosine c =
            mien_match_cosine_of(s->witness.embedding, s->witness.template_vector, 1);
        if (c.dot < 1 || c.excess < 0) continue;
        double highest = 65536.0 * c.dot * c.dot / ((double)c.embedding_square * c.template_square);
        uint32_t limit = highest >= 65535 ? 65535 : (uint32_t)highest;
        while (
            limit > 1 &&
            mien_match_cosine_of(s->witness.embedding, s->witness.template_vector, limit).excess <
                0)
            limit--;
        s->statement.threshold =
            harness_random() % 4 == 0 ? limit : 1 + (uint32_t)harness_random_below(limit);
        match_sample_commit(s);
        return;
    }
}

/* 64-byte aligned; exits when there is no memory. */
static inline void *sample_memory(size_t size) {
    void *memory = aligned_alloc(64, (size + 63) / 64 * 64);
    if (memory == NULL) abort();
    return memory;
}

#endif
