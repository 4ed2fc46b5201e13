/* SPDX-License-Identifier: MIT */
/* Under valgrind: no branch and no address of the prover depends on the witness. Secrets are marked
 * undefined; what the protocol makes public is marked defined again where it does, and only there.
 * Run by itself the program starts valgrind. */
#include "prover/circuits/output_assign.h"
#include "prover/circuits/pads_assign.h"
#include "prover/hash/merkle.h"
#include "prover/ligero/prove.h"
#include "prover/statement/match_protocol.h"
#include "tests/prover/match_sample.h"

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define HAVE_VALGRIND 1
#else
#define HAVE_VALGRIND 0
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_COUNT_ERRORS 0
#define VALGRIND_MAKE_MEM_UNDEFINED(p, n) ((void)(p), (void)(n))
#define VALGRIND_MAKE_MEM_DEFINED(p, n) ((void)(p), (void)(n))
#endif

/* Public: the seed (random words that are rejected show in time, independently of those kept; it
 * would be undefined through the witness that is hashed into it), the leaves' digests, the
 * responses, and the opened columns. */
static void publish(void *context, mien_ligero_step step, mien_ligero_view *view) {
    size_t length = mien_ligero_length(view->parameters);
    (void)context;
    if (step == MIEN_LIGERO_STEP_SEED) VALGRIND_MAKE_MEM_DEFINED(view->seed, sizeof view->seed);
    if (step == MIEN_LIGERO_STEP_TREE)
        VALGRIND_MAKE_MEM_DEFINED(view->nodes,
                                  mien_merkle_nodes_size(view->parameters->log2_length));
    if (step == MIEN_LIGERO_STEP_RESPONSES)
        VALGRIND_MAKE_MEM_DEFINED(view->responses, mien_ligero_responses_size(view->parameters) /
                                                       MIEN_K_BYTES * sizeof *view->responses);
    if (step != MIEN_LIGERO_STEP_COLUMNS) return;
    for (size_t group = 0; group < view->groups; group++)
        for (size_t j = 0; j < view->parameters->queries; j++)
            VALGRIND_MAKE_MEM_DEFINED(view->codewords +
                                          (group * length + view->columns[j]) * MIEN_LANES,
                                      MIEN_LANES * sizeof *view->codewords);
}

static void test_assign_and_prove(void) {
    const mien_proof_parameters *parameters = mien_proof_parameters_default();
    match_sample s;
    mien_match_circuit circuit;
    static mien_match_opening opening;
    static mien_f digest[MIEN_MATCH_CHAINS][MIEN_POSEIDON2_DIGEST];
    match_sample_true(&s);
    REQUIRE(mien_match_circuit_create(&circuit, &s.statement) == MIEN_OK);
    mien_ligero_system system = mien_match_system(&circuit);
    size_t size = mien_ligero_prove_workspace_size(parameters, &system);
    size_t capacity = mien_match_proof_max_size(parameters);
    void *memory = sample_memory(size), *proof = sample_memory(capacity);
    mien_f *rows = sample_memory((size_t)MIEN_MATCH_ROWS * MIEN_MATCH_SLOTS * sizeof *rows);
    memcpy(opening.embedding, s.witness.embedding, sizeof opening.embedding);
    memcpy(opening.template_vector, s.witness.template_vector, sizeof opening.template_vector);
    VALGRIND_MAKE_MEM_UNDEFINED(s.witness.key_z, sizeof s.witness.key_z);
    mien_match_pack3(opening.key_z, s.witness.key_z, sizeof s.witness.key_z);
    VALGRIND_MAKE_MEM_UNDEFINED(&opening, sizeof opening);
    unsigned long before = VALGRIND_COUNT_ERRORS;
    mien_match_assign(rows, digest, &circuit, &opening, s.statement.threshold);
    CHECK_INT(VALGRIND_COUNT_ERRORS - before, 0);
    mien_transcript transcript;
    mien_writer writer = mien_writer_of(proof, capacity);
    mien_ligero_observer observer = {publish, NULL};
    mien_match_absorb(&transcript, parameters, &system, &s.statement);
    CHECK_INT(mien_ligero_prove(&transcript, &writer, parameters, &system, rows, memory, size,
                                &s.random, NULL, NULL, &observer),
              MIEN_OK);
    CHECK_INT(VALGRIND_COUNT_ERRORS - before, 0);
    free(memory);
    free(proof);
    free(rows);
}

static void test_commitments(void) {
    match_sample s;
    match_sample_true(&s);
    VALGRIND_MAKE_MEM_UNDEFINED(s.witness.key_z, sizeof s.witness.key_z);
    VALGRIND_MAKE_MEM_UNDEFINED(s.witness.template_vector, sizeof s.witness.template_vector);
    VALGRIND_MAKE_MEM_UNDEFINED(s.witness.embedding, sizeof s.witness.embedding);
    unsigned long before = VALGRIND_COUNT_ERRORS;
    match_sample_commit(&s);
    CHECK_INT(VALGRIND_COUNT_ERRORS - before, 0);
}

/* Rows of pads and their products, of a committed output, of match without C_e. */
static void test_other_sections(void) {
    enum { PADS = 60, VALUES = 70, SLOTS = 256 };
    static mien_f rows[MIEN_MATCH_BARE_ROWS * SLOTS];
    static mien_k pads[PADS];
    static const mien_form_pair pairs[2] = {{3, 59}, {7, 7}};
    static mien_match_opening opening;
    const mien_pads_shape shape = {8, PADS, pairs, 2, 1, 0, 0};
    const mien_output_shape output = {8, VALUES};
    mien_output_circuit circuit;
    mien_match_circuit match;
    match_sample s;
    mien_f digest[MIEN_MATCH_CHAINS][MIEN_POSEIDON2_DIGEST];
    match_sample_true(&s);
    REQUIRE(mien_match_circuit_create_bare(&match, &s.statement) == MIEN_OK);
    REQUIRE(mien_output_circuit_create(&circuit, &output, s.statement.context,
                                       s.statement.embedding_commitment) == MIEN_OK);
    VALGRIND_MAKE_MEM_UNDEFINED(pads, sizeof pads);
    VALGRIND_MAKE_MEM_UNDEFINED(&opening, sizeof opening);
    unsigned long before = VALGRIND_COUNT_ERRORS;
    mien_pads_assign(rows, &shape, pads);
    CHECK_INT(VALGRIND_COUNT_ERRORS - before, 0);
    mien_output_assign(rows, digest[0], &circuit, opening.embedding, opening.blinding);
    CHECK_INT(VALGRIND_COUNT_ERRORS - before, 0);
    mien_match_assign(rows, digest, &match, &opening, s.statement.threshold);
    CHECK_INT(VALGRIND_COUNT_ERRORS - before, 0);
}

/* The check itself: a branch on a secret is noticed. */
static void test_a_leak_is_noticed(void) {
    match_sample s;
    volatile int taken = 0;
    match_sample_blank(&s);
    VALGRIND_MAKE_MEM_UNDEFINED(s.witness.key_z, sizeof s.witness.key_z);
    unsigned long before = VALGRIND_COUNT_ERRORS;
    if (s.witness.key_z[0] & 1) taken = 1;
    CHECK(VALGRIND_COUNT_ERRORS - before > 0);
    (void)taken;
}

static void test_skipped(void) {
    SKIP("valgrind or its header is not installed, or a sanitizer is on");
}

int main(int argc, char **argv) {
    (void)argc;
#if HAVE_VALGRIND && !defined(MIEN_ASAN)
    if (!RUNNING_ON_VALGRIND && getenv("MIEN_TEST_NO_VALGRIND") == NULL) {
        setenv("MIEN_TEST_NO_VALGRIND", "1", 1);
        execlp("valgrind", "valgrind", "-q", argv[0], (char *)NULL);
    }
#else
    (void)argv;
#endif
    if (RUNNING_ON_VALGRIND) {
        RUN(test_a_leak_is_noticed);
        RUN(test_commitments);
        RUN(test_assign_and_prove);
        RUN(test_other_sections);
    } else {
        RUN(test_skipped);
    }
    return harness_end();
}
