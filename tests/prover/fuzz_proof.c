/* SPDX-License-Identifier: MIT */
/* Fuzzer of the verifier. Inputs are small: byte 0 chooses between the rest as a proof by itself
 * and the rest as changes to a good proof and its statement, each three bytes of place, one of
 * difference; a difference of 0 cuts the proof there. Besides crashes it looks for forgeries:
 * nothing but the good proof of the good statement may be accepted. */
#include "tests/prover/match_sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct target {
    match_sample sample;
    uint8_t *good, *proof;
    size_t length, capacity, memory_size;
    void *memory;
} target;

static target *make_target(void) {
    static target t;
    const mien_proof_parameters *parameters = mien_proof_parameters_default();
    size_t size = mien_match_prove_workspace_size(parameters);
    void *memory = sample_memory(size);
    harness_random_state = 7; /* the same proof in every run */
    t.capacity = mien_match_proof_max_size(parameters) + 256;
    t.good = sample_memory(t.capacity);
    t.proof = sample_memory(t.capacity);
    t.memory_size = mien_match_verify_workspace_size(parameters);
    t.memory = sample_memory(t.memory_size);
    match_sample_true(&t.sample);
    if (mien_match_prove(t.good, t.capacity, &t.length, parameters, &t.sample.statement,
                         &t.sample.witness, memory, size, &t.sample.random, NULL, NULL) != MIEN_OK)
        abort();
    free(memory);
    return &t;
}

/* Places past the proof are in the statement. */
static size_t change(target *t, mien_match_statement *statement, const uint8_t *data, size_t size) {
    size_t length = t->length;
    for (; size >= 4; data += 4, size -= 4) {
        size_t at = (size_t)data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16;
        at %= t->length + sizeof *statement;
        if (at >= t->length)
            ((uint8_t *)statement)[at - t->length] ^= data[3];
        else if (data[3] == 0)
            length = at;
        else
            t->proof[at] ^= data[3];
    }
    return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static target *t;
    if (t == NULL) t = make_target();
    mien_match_statement statement = t->sample.statement;
    const uint8_t *proof = t->proof;
    size_t length = size > 0 ? size - 1 : 0;
    memcpy(t->proof, t->good, t->length);
    if (size > 0 && data[0] % 2 == 0)
        length = change(t, &statement, data + 1, size - 1);
    else
        proof = size > 0 ? data + 1 : data;
    mien_status status = mien_match_verify(mien_proof_parameters_default(), &statement, proof,
                                           length, t->memory, t->memory_size);
    bool same = length == t->length && memcmp(proof, t->good, length) == 0 &&
                memcmp(&statement, &t->sample.statement, sizeof statement) == 0;
    if (status != MIEN_OK && status != MIEN_PROOF_INVALID && status != MIEN_ARGUMENT) abort();
    if ((status == MIEN_OK) != same) abort();
    return 0;
}
