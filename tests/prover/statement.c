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
        CHECK(length <= 110000);
    }
}

static bool zeros(const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != 0) return false;
    return true;
}

/* A witness that does not open the statement, or does not match: no proof, nothing left behind. */
static void test_refuses_false_statements(void) {
    match_sample s;
    size_t length = 1;
    match_sample_true(&s);
    memset(proof, 0, capacity);
    s.witness.key_z[31] ^= 1;
    CHECK_INT(prove(&s, &length), MIEN_ARGUMENT);
    s.witness.key_z[31] ^= 1;
    s.witness.embedding_blinding[0] ^= 1;
    CHECK_INT(prove(&s, &length), MIEN_ARGUMENT);
    s.witness.embedding_blinding[0] ^= 1;
    for (size_t i = 0; i < MIEN_EMBEDDING_SIZE; i++)
        s.witness.embedding[i] = (int8_t)~s.witness.embedding[i];
    match_sample_commit(&s);
    CHECK_INT(prove(&s, &length), MIEN_NO_MATCH);
    memset(s.witness.embedding, 0, sizeof s.witness.embedding);
    match_sample_commit(&s);
    CHECK_INT(prove(&s, &length), MIEN_NO_MATCH);
    CHECK_INT(length, 0);
    CHECK(zeros(proof, capacity));
    CHECK(zeros(prove_memory, prove_size));
}

static void test_extreme_statements(void) {
    static const int8_t values[] = {-128, 127, 1, -1};
    for (size_t n = 0; n < 4; n++) {
        match_sample s;
        size_t length;
        match_sample_blank(&s);
        memset(s.witness.embedding, values[n], MIEN_EMBEDDING_SIZE);
        memset(s.witness.template_vector, values[n], MIEN_EMBEDDING_SIZE);
        memset(s.witness.key_z, n % 2 == 0 ? 0 : 0xff, MIEN_KEY_Z_SIZE);
        s.statement.threshold = 65535;
        s.statement.epoch = s.statement.slot = n % 2 == 0 ? 0 : 0xffffffffu;
        match_sample_commit(&s);
        CHECK_INT(prove(&s, &length), MIEN_OK);
        CHECK_INT(verify(&s, length), MIEN_OK);
    }
}

/* One thread or several, the same randomness: the same bytes, and the memory is clean. */
static void test_threads_change_nothing(void) {
    match_sample s;
    size_t first_length, length;
    mien_pool *pool;
    uint8_t *first = sample_memory(capacity);
    match_sample_true(&s);
    mien_random_seeded_state state = s.random_state;
    REQUIRE(prove(&s, &first_length) == MIEN_OK);
    memcpy(first, proof, first_length);
    CHECK(zeros(prove_memory, prove_size));
    REQUIRE(mien_pool_create(&pool, 3) == MIEN_OK);
    s.random_state = state;
    CHECK_INT(mien_match_prove(proof, capacity, &length, mien_proof_parameters_default(),
                               &s.statement, &s.witness, prove_memory, prove_size, &s.random, pool,
                               NULL),
              MIEN_OK);
    CHECK_INT(length, first_length);
    CHECK_BYTES(proof, first, length);
    REQUIRE(prove(&s, &length) == MIEN_OK);
    CHECK(length != first_length || memcmp(proof, first, length) != 0);
    mien_pool_destroy(pool);
    free(first);
}

static void test_refuses_bad_arguments(void) {
    match_sample s;
    size_t length;
    const mien_proof_parameters *p = mien_proof_parameters_default();
    match_sample_true(&s);
    REQUIRE(prove(&s, &length) == MIEN_OK);
    uint8_t *memory = verify_memory;
    CHECK_INT(mien_match_verify(p, &s.statement, proof, length, memory, verify_size - 1),
              MIEN_ARGUMENT);
    CHECK_INT(mien_match_verify(p, &s.statement, proof, length, memory + 4, verify_size),
              MIEN_ARGUMENT);
    CHECK_INT(mien_match_verify(p, &s.statement, proof, 0, memory, verify_size),
              MIEN_PROOF_INVALID);
    CHECK_INT(mien_match_verify(p, &s.statement, NULL, 0, memory, verify_size), MIEN_PROOF_INVALID);
    mien_match_statement bad = s.statement;
    bad.threshold = 0;
    CHECK_INT(mien_match_verify(p, &bad, proof, length, memory, verify_size), MIEN_ARGUMENT);
    bad = s.statement;
    memset(bad.key_check, 0xff, 4);
    CHECK_INT(mien_match_verify(p, &bad, proof, length, memory, verify_size), MIEN_ARGUMENT);
    CHECK_INT(mien_match_prove(proof, capacity, &length, p, &s.statement, &s.witness, prove_memory,
                               prove_size - 1, &s.random, NULL, NULL),
              MIEN_ARGUMENT);
    memset(proof, 0, capacity);
    CHECK_INT(mien_match_prove(proof, 100000, &length, p, &s.statement, &s.witness, prove_memory,
                               prove_size, &s.random, NULL, NULL),
              MIEN_TOO_LARGE);
    CHECK(zeros(proof, 100000));
    memset(s.witness.embedding_blinding, 0xff, 4);
    CHECK_INT(prove(&s, &length), MIEN_ARGUMENT);
    uint8_t digest[MIEN_DIGEST_SIZE];
    CHECK_INT(mien_match_commit_embedding(digest, s.statement.context, s.witness.embedding,
                                          s.witness.embedding_blinding),
              MIEN_ARGUMENT);
    CHECK(zeros(digest, sizeof digest));
}

/* Commitments depend on everything that goes in. */
static void test_commitments_depend_on_everything(void) {
    match_sample s;
    match_sample_true(&s);
    match_sample t = s;
    match_sample_commit(&t);
    CHECK_BYTES(&t.statement, &s.statement, sizeof t.statement);
#define DIFFERS(change, field, expected)                                                           \
    do {                                                                                           \
        t = s;                                                                                     \
        change;                                                                                    \
        match_sample_commit(&t);                                                                   \
        CHECK_INT(memcmp(t.statement.field, s.statement.field, MIEN_DIGEST_SIZE) != 0, expected);  \
    } while (0)
    DIFFERS(t.statement.service[31] ^= 1, template_commitment, 1);
    DIFFERS(t.statement.service[31] ^= 1, key_check, 1);
    DIFFERS(t.statement.epoch ^= 1u << 31, template_commitment, 1);
    DIFFERS(t.statement.slot ^= 1u << 16, template_commitment, 1);
    DIFFERS(t.statement.slot ^= 1u << 16, key_check, 0);
    DIFFERS(t.witness.key_z[31] ^= 0x80, template_commitment, 1);
    DIFFERS(t.witness.key_z[31] ^= 0x80, key_check, 1);
    DIFFERS(t.witness.template_vector[127] ^= 1, template_commitment, 1);
    DIFFERS(t.statement.context[31] ^= 0x80, embedding_commitment, 1);
    DIFFERS(t.witness.embedding[127] ^= 1, embedding_commitment, 1);
    DIFFERS(t.witness.embedding_blinding[32] ^= 1, embedding_commitment, 1);
#undef DIFFERS
}

/* At least 128 bits, with and without grinding, of every error and in total; and the sizes. */
static void test_security_and_sizes(void) {
    mien_security_term terms[16];
    size_t count = mien_match_security(terms, 16, mien_proof_parameters_default());
    REQUIRE(count > 0 && count <= 16);
    for (size_t i = 0; i < count; i++) {
        CHECK(terms[i].bits >= 128 && terms[i].bits_grinding >= terms[i].bits);
        CHECK(terms[i].name != NULL && terms[i].formula != NULL);
    }
    CHECK_TEXT(terms[count - 1].name, "total");
    double sum = 0;
    for (size_t i = 0; i + 3 < count; i++) sum += exp2(-terms[i].bits);
    CHECK(-log2(sum) > 128.5 && terms[count - 1].bits <= -log2(sum));
    mien_security_term one[1];
    CHECK_INT(mien_match_security(one, 1, mien_proof_parameters_default()), count);
    CHECK_INT(mien_match_security(NULL, 0, mien_proof_parameters_default()), count);
    CHECK(verify_size <= 128000);
    CHECK(prove_size <= 32u << 20);
}

int main(void) {
    prove_size = mien_match_prove_workspace_size(mien_proof_parameters_default());
    verify_size = mien_match_verify_workspace_size(mien_proof_parameters_default());
    capacity = mien_match_proof_max_size(mien_proof_parameters_default());
    prove_memory = sample_memory(prove_size);
    verify_memory = sample_memory(verify_size);
    proof = sample_memory(capacity);
    printf("workspace: prover %zu, verifier %zu bytes\n", prove_size, verify_size);
    RUN(test_refuses_false_statements);
    RUN(test_extreme_statements);
    RUN(test_threads_change_nothing);
    RUN(test_refuses_bad_arguments);
    RUN(test_commitments_depend_on_everything);
    RUN(test_security_and_sizes);
    RUN(test_random_statements);
    free(prove_memory);
    free(verify_memory);
    free(proof);
    return harness_end();
}
