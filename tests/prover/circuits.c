/* SPDX-License-Identifier: MIT */
/* The match circuit against its constraints written out one by one, and against the inequality in
 * plain integers. No proofs are made here. */
#include "tests/prover/match_constraints.h"
#include "tests/prover/match_sample.h"

enum { ROWS = MIEN_MATCH_ROWS, SLOTS = MIEN_MATCH_SLOTS };

static void test_digest(void) {
    uint8_t digest[32];
    constraints_digest(digest);
    if (memcmp(digest, mien_match_circuit_digest, sizeof digest) == 0) return;
    for (size_t i = 0; i < sizeof digest; i++) printf("0x%02x, ", digest[i]);
    printf("\n");
    CHECK_BYTES(digest, mien_match_circuit_digest, sizeof digest);
}

static mien_k random_k(void) {
    mien_k r;
    for (int l = 0; l < MIEN_K_DEGREE; l++) r.c[l] = mien_f_from_u32((uint32_t)harness_random());
    return r;
}

typedef struct combined {
    mien_k weight[ROWS][SLOTS];
    int taken[ROWS];
} combined;

static void take(void *context, size_t row, const mien_k *coefficients) {
    combined *c = context;
    memcpy(c->weight[row], coefficients, sizeof c->weight[row]);
    c->taken[row]++;
}

static mien_k combine(combined *out, const mien_match_circuit *circuit, mien_k alpha) {
    mien_ligero_system system = mien_match_system(circuit);
    mien_ligero_row_sink sink = {take, out};
    void *scratch = sample_memory(system.scratch_size);
    memset(out, 0, sizeof *out);
    mien_k target = system.combine(circuit, scratch, alpha, &sink);
    free(scratch);
    return target;
}

/* The same from the list. */
static mien_k combine_list(combined *out, const constraint_list *list, mien_k alpha) {
    mien_k power = alpha, target = MIEN_K_ZERO;
    memset(out, 0, sizeof *out);
    for (size_t c = 0; c < list->constraints; c++, power = mien_k_mul(power, alpha)) {
        for (size_t i = list->first[c]; i < list->first[c + 1]; i++) {
            mien_k *weight = &out->weight[list->terms[i].row][list->terms[i].slot];
            *weight = mien_k_add(*weight, mien_k_mul_f(power, list->terms[i].weight));
        }
        target = mien_k_add(target, mien_k_mul_f(power, list->right[c]));
    }
    return target;
}

static void test_combination_is_that_of_the_list(void) {
    static combined fast, slow;
    for (int round = 0; round < 5; round++) {
        match_sample s;
        mien_match_circuit circuit;
        match_sample_true(&s);
        REQUIRE(mien_match_circuit_create(&circuit, &s.statement) == MIEN_OK);
        constraint_list *list = constraints_make(&circuit);
        CHECK_INT(list->constraints, MIEN_MATCH_CONSTRAINTS);
        mien_k alpha = round == 0 ? MIEN_K_ZERO : round == 1 ? MIEN_K_ONE : random_k();
        mien_k target = combine(&fast, &circuit, alpha);
        CHECK(mien_k_equal(target, combine_list(&slow, list, alpha)));
        CHECK_BYTES(fast.weight, slow.weight, sizeof fast.weight);
        for (size_t row = 0; row < ROWS; row++) CHECK(fast.taken[row] <= 1);
        constraints_free(list);
    }
}

int main(void) {
    RUN(test_digest);
    RUN(test_combination_is_that_of_the_list);
    return harness_end();
}
