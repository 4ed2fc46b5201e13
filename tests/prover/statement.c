/* SPDX-License-Identifier: MIT */
/* match from end to end through its public interface. MIEN_TEST_STATEMENTS: how many random
 * statements to prove (1,000). */
#include "tests/prover/match_sample.h"

static void *prove_memory, *verify_memory;
static uint8_t *proof;
static size_t prove_size, verify_size, capacity;

static mien_status prove(match_sample *s, size_t *length) {
    return mien_match_prove(proof, capacity, length, mien_proof_parameters_default(), &s->statement,
                            &s->witness, prove_memory, prove_size, &s->random, NULL, NULL);
}
static mien_status verify(const match_sample *s, size_t length) {
    return mien_match_verify(mien_proof_parameters_default(), &s->statement, proof, length,
                             verify_memory, verify_size);
}

static void test_random_statements(void) {
    const char *given = getenv("MIEN_TEST_STATEMENTS");
    int count = given != NULL ? atoi(given) : 1000;
    for (int i = 0; i < count; i++) {
        match_sample s;
        size_t length;
        match_sample_true(&s);
        REQUIRE(prove(&s, &length) == MIEN_OK);
        REQUIRE(verify(&s, length) == MIEN_OK);
        if (i == 0) printf("proof: %zu bytes\n", length);
    }
}

int main(void) {
    prove_size = mien_match_prove_workspace_size(mien_proof_parameters_default());
    verify_size = mien_match_verify_workspace_size(mien_proof_parameters_default());
    capacity = mien_match_proof_max_size(mien_proof_parameters_default());
    prove_memory = sample_memory(prove_size);
    verify_memory = sample_memory(verify_size);
    proof = sample_memory(capacity);
    printf("workspace: prover %zu, verifier %zu bytes\n", prove_size, verify_size);
    RUN(test_random_statements);
    free(prove_memory);
    free(verify_memory);
    free(proof);
    return harness_end();
}
