/* SPDX-License-Identifier: MIT */
/* zk-Ligero on a toy system: all statements and all small witnesses; sizes; refusals. */
#include "tests/prover/toy_system.h"

/* One in 10^7 honest-looking proofs of a false witness passes: (11 / 1024)^4. */
static const mien_proof_parameters toy_parameters = {
    .id = 99, .log2_slots = 2, .log2_length = 10, .queries = 4, .grinding_bits = 0};

static void *prove_memory, *verify_memory;
static size_t prove_size, verify_size;
static uint8_t proof[65536];
static mien_random_seeded_state random_state;
static mien_random seeded;

static size_t proof_length;

static mien_status try(const mien_ligero_system *system, const mien_f *w) {
    mien_transcript transcript;
    mien_writer writer = mien_writer_of(proof, sizeof proof);
    mien_transcript_start(&transcript, "toy");
    mien_status status = mien_ligero_prove(&transcript, &writer, &toy_parameters, system, w,
                                           prove_memory, prove_size, &seeded, NULL, NULL, NULL);
    if (status != MIEN_OK) return status;
    proof_length = writer.used;
    mien_reader reader = mien_reader_of(proof, writer.used);
    mien_transcript_start(&transcript, "toy");
    status = mien_ligero_verify(&transcript, &reader, &toy_parameters, system, verify_memory,
                                verify_size);
    return status == MIEN_OK ? mien_read_end(&reader) : status;
}

/* Witness number n of 2 * 5^4: two slots of a and b each from {0, 1, 2, 1/2, -1}, c = a b, d all 0
 * or all 1. */
static void witness_number(mien_f *w, size_t n) {
    const mien_f values[5] = {MIEN_F_ZERO, MIEN_F_ONE, mien_f_from_u32(2),
                              mien_f_inverse(mien_f_from_u32(2)), mien_f_neg(MIEN_F_ONE)};
    memset(w, 0, TOY_ROWS * TOY_SLOTS * sizeof *w);
    for (int h = 0; h < TOY_SLOTS; h++) w[12 + h] = n < 625 ? MIEN_F_ZERO : MIEN_F_ONE;
    for (int i = 0; i < 4; i++, n /= 5) w[i / 2 * TOY_SLOTS + i % 2] = values[n % 5];
    for (int h = 0; h < TOY_SLOTS; h++) w[8 + h] = mien_f_mul(w[h], w[4 + h]);
}

/* Accepted exactly when the witness satisfies; provable exactly the totals that are true for two
 * free slots: 0..2 and 8..10. */
static void test_accepts_exactly_the_true_statements(void) {
    mien_f w[TOY_ROWS * TOY_SLOTS];
    for (uint32_t total = 0; total <= 13; total++) {
        toy t;
        mien_ligero_system system = toy_system(&t, total);
        int accepted = 0;
        for (size_t n = 0; n < 1250; n++) {
            witness_number(w, n);
            bool satisfied = toy_satisfied(&t, w);
            mien_status expected = satisfied ? MIEN_OK : MIEN_PROOF_INVALID;
            mien_status status = try(&system, w);
            if (status != expected) printf("  total %u witness %zu\n", total, n);
            CHECK_INT(status, expected);
            accepted += status == MIEN_OK;
        }
        CHECK((accepted > 0) == (total <= 2 || (total >= 8 && total <= 10)));
    }
}

/* Every entry of a true witness, changed by itself. */
static void test_every_slot_counts(void) {
    toy t;
    mien_f w[TOY_ROWS * TOY_SLOTS];
    mien_ligero_system system = toy_system(&t, 10);
    witness_number(w, 625 + 1 + 5 + 25 + 125);
    REQUIRE(try(&system, w) == MIEN_OK);
    for (int i = 0; i < TOY_ROWS * TOY_SLOTS; i++) {
        mien_f before = w[i];
        w[i] = mien_f_add(w[i], mien_f_from_u32(1 + (uint32_t)harness_random_below(1000)));
        CHECK_INT(toy_satisfied(&t, w), 0);
        CHECK_INT(try(&system, w), MIEN_PROOF_INVALID);
        w[i] = before;
    }
}

static void test_other_parameters(void) {
    toy t;
    mien_f w[TOY_ROWS * TOY_SLOTS];
    mien_ligero_system system = toy_system(&t, 0);
    witness_number(w, 0);
    for (unsigned length = 4; length <= 12; length++)
        for (uint16_t q = 2; q <= 4; q++) {
            mien_proof_parameters p = {.id = 1,
                                       .log2_slots = 2,
                                       .log2_length = (uint8_t)length,
                                       .queries = q,
                                       .grinding_bits = (uint8_t)(length - 4)};
            mien_transcript transcript;
            mien_writer writer = mien_writer_of(proof, sizeof proof);
            size_t size = mien_ligero_prove_workspace_size(&p, &system);
            void *memory = aligned_alloc(64, size);
            REQUIRE(memory != NULL);
            mien_transcript_start(&transcript, "toy");
            CHECK_INT(mien_ligero_prove(&transcript, &writer, &p, &system, w, memory, size, &seeded,
                                        NULL, NULL, NULL),
                      MIEN_OK);
            CHECK(writer.used <= mien_ligero_proof_max_size(&p, &system));
            mien_reader reader = mien_reader_of(proof, writer.used);
            mien_transcript_start(&transcript, "toy");
            CHECK(mien_ligero_verify_workspace_size(&p, &system) <= size);
            CHECK_INT(mien_ligero_verify(&transcript, &reader, &p, &system, memory, size), MIEN_OK);
            free(memory);
        }
}

static void test_refuses_bad_shapes(void) {
    static const mien_proof_parameters bad[] = {
        {1, 1, 10, 2, 0, 0},  {1, 2, 10, 5, 0, 0},  {1, 2, 10, 1, 0, 0},   {1, 2, 3, 2, 0, 0},
        {1, 2, 15, 4, 0, 0},  {1, 8, 9, 100, 0, 0}, {1, 2, 10, 4, 21, 0},  {1, 10, 14, 193, 0, 0},
        {1, 12, 10, 4, 0, 0}, {1, 2, 10, 0, 0, 0},  {1, 200, 10, 4, 0, 0}, {1, 2, 255, 4, 0, 0}};
    toy t;
    mien_ligero_system system = toy_system(&t, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_INT(mien_ligero_prove_workspace_size(&bad[i], &system), 0);
        CHECK_INT(mien_ligero_verify_workspace_size(&bad[i], &system), 0);
    }
    system.rows = MIEN_LIGERO_MAX_ROWS + 1;
    CHECK_INT(mien_ligero_verify_workspace_size(&toy_parameters, &system), 0);
    system.rows = 2; /* products name rows 2 and 3 */
    CHECK_INT(mien_ligero_verify_workspace_size(&toy_parameters, &system), 0);
}

static mien_status no_random(void *context, void *out, size_t length) {
    (void)context, (void)out, (void)length;
    return MIEN_RANDOM;
}
static bool stop(void *context, const char *step, size_t done, size_t total) {
    (void)step, (void)total;
    return done != *(size_t *)context;
}

static void test_failures_are_passed_on(void) {
    toy t;
    mien_f w[TOY_ROWS * TOY_SLOTS];
    mien_ligero_system system = toy_system(&t, 0);
    mien_transcript transcript;
    mien_random none = {no_random, NULL};
    witness_number(w, 0);
    mien_transcript_start(&transcript, "toy");
    mien_writer writer = mien_writer_of(proof, sizeof proof);
    CHECK_INT(mien_ligero_prove(&transcript, &writer, &toy_parameters, &system, w, prove_memory,
                                prove_size, &none, NULL, NULL, NULL),
              MIEN_RANDOM);
    for (size_t at = 0; at < 3; at++) {
        mien_progress progress = {stop, &at};
        CHECK_INT(mien_ligero_prove(&transcript, &writer, &toy_parameters, &system, w, prove_memory,
                                    prove_size, &seeded, NULL, &progress, NULL),
                  MIEN_INTERRUPTED);
    }
    REQUIRE(try(&system, w) == MIEN_OK);
    for (size_t capacity = 0; capacity + 1000 < proof_length; capacity += 7) {
        writer = mien_writer_of(proof, capacity);
        CHECK_INT(mien_ligero_prove(&transcript, &writer, &toy_parameters, &system, w, prove_memory,
                                    prove_size, &seeded, NULL, NULL, NULL),
                  MIEN_TOO_LARGE);
    }
    CHECK_INT(mien_ligero_prove(&transcript, &writer, &toy_parameters, &system, w, prove_memory,
                                prove_size - 1, &seeded, NULL, NULL, NULL),
              MIEN_ARGUMENT);
}

int main(void) {
    toy t;
    uint8_t seed[32];
    mien_ligero_system system = toy_system(&t, 0);
    harness_random_bytes(seed, sizeof seed);
    seeded = mien_random_seeded(&random_state, seed);
    prove_size = mien_ligero_prove_workspace_size(&toy_parameters, &system);
    verify_size = mien_ligero_verify_workspace_size(&toy_parameters, &system);
    prove_memory = aligned_alloc(64, prove_size);
    verify_memory = aligned_alloc(64, verify_size);
    if (prove_memory == NULL || verify_memory == NULL) return 1;
    RUN(test_accepts_exactly_the_true_statements);
    RUN(test_every_slot_counts);
    RUN(test_other_parameters);
    RUN(test_refuses_bad_shapes);
    RUN(test_failures_are_passed_on);
    free(prove_memory);
    free(verify_memory);
    return harness_end();
}
