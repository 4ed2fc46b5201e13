/* SPDX-License-Identifier: MIT */
/* Committed outputs as a circuit: every slot with a meaning counts, commitments are those of the
 * hash in the clear and of match, proofs with all numbers of values. */
#include "prover/circuits/output_assign.h"
#include "prover/circuits/output_layout.h"
#include "prover/ligero/prove.h"
#include "prover/ligero/verify.h"
#include "prover/prover.h"
#include "tests/harness.h"

enum { MAX_VALUES = MIEN_OUTPUT_MAX, MAX_ROWS = 512, MAX_SLOTS = 256 };

typedef struct sample {
    mien_output_shape shape;
    int8_t values[MAX_VALUES];
    uint8_t context[32], blinding[MIEN_DIGEST_SIZE], commitment[MIEN_DIGEST_SIZE];
    mien_f elements[MIEN_POSEIDON2_DIGEST]; /* of the blinding */
    mien_output_circuit circuit;
    mien_ligero_product products[MAX_ROWS];
    mien_ligero_system system;
    mien_f rows[MAX_ROWS * MAX_SLOTS];
} sample;

static sample s;
static mien_random_seeded_state random_state;
static mien_random seeded;

static mien_k random_k(void) {
    mien_k r;
    for (int i = 0; i < MIEN_K_DEGREE; i++) r.c[i] = mien_f_from_u32((uint32_t)harness_random());
    return r;
}

static void open_commitment(void) {
    for (size_t i = 0; i < MIEN_POSEIDON2_DIGEST; i++)
        if (mien_f_from_bytes(&s.elements[i], s.blinding + MIEN_F_BYTES * i) != MIEN_OK) abort();
    if (mien_output_circuit_create(&s.circuit, &s.shape, s.context, s.commitment) != MIEN_OK)
        abort();
    s.system = mien_output_system(&s.circuit, s.products);
    if (s.system.rows > MAX_ROWS || s.system.slots > MAX_SLOTS) abort();
}

static void make(unsigned log2_slots, uint32_t count) {
    s.shape = (mien_output_shape){log2_slots, count};
    harness_random_bytes(s.values, sizeof s.values);
    s.values[0] = -128;
    if (count > 1) s.values[count - 1] = 127;
    harness_random_bytes(s.context, sizeof s.context);
    if (mien_match_blinding(s.blinding, &seeded) != MIEN_OK ||
        mien_output_commit(s.commitment, s.context, s.values, count, s.blinding) != MIEN_OK)
        abort();
    open_commitment();
}

static void assign(void) {
    mien_f digest[MIEN_POSEIDON2_DIGEST];
    memset(s.rows, 255, s.system.rows * s.system.slots * sizeof *s.rows);
    mien_output_assign(s.rows, digest, &s.circuit, s.values, s.elements);
    CHECK_BYTES(digest, s.circuit.digest, sizeof digest);
}

/* ---- the constraints without proofs: one combination with a random alpha, all row products */
typedef struct folded {
    mien_k sum;
    uint8_t used[MAX_ROWS * MAX_SLOTS]; /* slots with a coefficient */
} folded;
static folded fold;

static void take(void *context, size_t row, const mien_k *coefficients) {
    folded *f = context;
    for (size_t h = 0; h < s.system.slots; h++) {
        size_t i = row * s.system.slots + h;
        f->sum = mien_k_add(f->sum, mien_k_mul_f(coefficients[h], s.rows[i]));
        f->used[i] |= !mien_k_is_zero(coefficients[h]);
    }
}

static bool linear_holds(void) {
    static _Alignas(64) uint8_t scratch[1 << 18];
    mien_ligero_row_sink sink = {take, &fold};
    if (s.system.scratch_size > sizeof scratch) abort();
    memset(&fold, 0, sizeof fold);
    mien_k target = s.system.combine(&s.circuit, scratch, random_k(), random_k(), &sink);
    return mien_k_equal(fold.sum, target);
}

static bool products_hold(void) {
    for (size_t n = 0; n < s.system.product_count; n++)
        for (size_t h = 0; h < s.system.slots; h++) {
            const mien_ligero_product *p = &s.products[n];
            mien_f product = mien_f_mul(s.rows[p->left * s.system.slots + h],
                                        s.rows[p->right * s.system.slots + h]);
            if (!mien_f_equal(product, s.rows[p->result * s.system.slots + h])) return false;
        }
    return true;
}

static void test_openings_satisfy(void) {
    static const uint32_t counts[] = {1, 2, 3, 4, 5, 10, 33, 127, 128, 129, 1000, 4095, 4096};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        for (unsigned log2_slots = counts[i] > 200 ? 8 : 6; log2_slots <= 8; log2_slots++) {
            make(log2_slots, counts[i]);
            assign();
            CHECK(linear_holds());
            CHECK(products_hold());
        }
    }
}

/* For 128 values, what match commits to. */
static void test_is_the_commitment_of_match(void) {
    uint8_t commitment[MIEN_DIGEST_SIZE];
    make(8, MIEN_EMBEDDING_SIZE);
    REQUIRE(mien_match_commit_embedding(commitment, s.context, s.values, s.blinding) == MIEN_OK);
    CHECK_BYTES(commitment, s.commitment, sizeof commitment);
}

/* Each slot that stands in a constraint or product of others, changed by itself. */
static void test_every_slot_counts(void) {
    make(6, 7);
    assign();
    mien_output_layout l = mien_output_layout_of(&s.shape);
    REQUIRE(linear_holds());
    size_t used = 0, cubes = l.permutations * MIEN_POSEIDON2_CUBES;
    for (size_t i = 0; i < s.system.rows * s.system.slots; i++) used += fold.used[i];
    CHECK_INT(used, 7 + 9 + 8 * 7 + 2 * cubes); /* y by its products */
    for (size_t n = 0; n < l.value_rows + l.boolean_rows + 3 * l.groups; n++)
        for (size_t h = 0; h < s.system.slots; h++) {
            size_t i = n * s.system.slots + h, cube_row = n - l.value_rows - l.boolean_rows;
            bool y = n >= l.value_rows + l.boolean_rows && cube_row % 3 == 1 &&
                     cube_row / 3 * s.system.slots + h < cubes;
            if (!fold.used[i] && !y) continue;
            mien_f kept = s.rows[i];
            s.rows[i] = mien_f_add(kept, MIEN_F_ONE);
            CHECK(!linear_holds() || !products_hold());
            s.rows[i] = kept;
            REQUIRE(linear_holds());
        }
}

/* ---- proofs */
static const mien_proof_parameters parameters = {
    .id = 99, .log2_slots = 8, .log2_length = 11, .queries = 30, .grinding_bits = 0};
static uint8_t proof[1 << 18];

static mien_status prove_and_verify(const mien_output_circuit *claimed) {
    size_t size = mien_ligero_prove_workspace_size(&parameters, &s.system);
    size_t verify_size = mien_ligero_verify_workspace_size(&parameters, &s.system);
    void *memory = aligned_alloc(64, size);
    mien_transcript transcript;
    mien_writer writer = mien_writer_of(proof, sizeof proof);
    if (memory == NULL || verify_size > size) abort();
    mien_transcript_start(&transcript, "output");
    mien_status status = mien_ligero_prove(&transcript, &writer, &parameters, &s.system, s.rows,
                                           memory, size, &seeded, NULL, NULL, NULL);
    mien_ligero_system system = s.system;
    system.instance = claimed;
    mien_reader reader = mien_reader_of(proof, writer.used);
    mien_transcript_start(&transcript, "output");
    if (status == MIEN_OK)
        status = mien_ligero_verify(&transcript, &reader, &parameters, &system, memory, size);
    free(memory);
    return status;
}

static void test_proofs(void) {
    static const uint32_t counts[] = {1, 10, 128, 1001};
    for (size_t i = 0; i < 4; i++) {
        make(8, counts[i]);
        assign();
        CHECK_INT(prove_and_verify(&s.circuit), MIEN_OK);
        mien_output_circuit other = s.circuit;
        other.digest[8] = mien_f_add(other.digest[8], MIEN_F_ONE);
        CHECK_INT(prove_and_verify(&other), MIEN_PROOF_INVALID);
        uint8_t context[32] = {1};
        REQUIRE(mien_output_circuit_create(&other, &s.shape, context, s.commitment) == MIEN_OK);
        CHECK_INT(prove_and_verify(&other), MIEN_PROOF_INVALID);
    }
}

/* Values that are not those of the commitment: all changed with their bits, in the values alone,
 * in the bits alone, out of range. */
static void test_false_values(void) {
    for (int round = 0; round < 4; round++) {
        make(8, 20);
        mien_output_layout l = mien_output_layout_of(&s.shape);
        int8_t kept = s.values[4];
        s.values[4] = (int8_t)(kept ^ 64);
        mien_f digest[MIEN_POSEIDON2_DIGEST];
        mien_output_assign(s.rows, digest, &s.circuit, s.values, s.elements);
        mien_f *bits = s.rows + l.value_rows * s.system.slots + 8 * 4;
        if (round == 1) { /* values true, bits false */
            s.rows[4] = mien_f_from_i32(kept);
        } else if (round == 2) { /* bits and hash true, value false */
            s.values[4] = kept;
            assign();
            s.rows[4] = mien_f_from_i32(kept + 1);
        } else if (round == 3) { /* 2^31 - 2^24 + 1 - 1 as a bit: -1 */
            s.values[4] = kept;
            assign();
            bits[0] = mien_f_neg(MIEN_F_ONE);
        }
        CHECK_INT(prove_and_verify(&s.circuit), MIEN_PROOF_INVALID);
    }
}

static void test_refusals(void) {
    uint8_t commitment[MIEN_DIGEST_SIZE], zero[MIEN_DIGEST_SIZE] = {0};
    mien_output_circuit circuit;
    mien_output_shape bad[] = {{8, 0}, {8, MIEN_OUTPUT_MAX + 1}, {1, 4}, {15, 4}, {3, 4096}};
    make(8, 5);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_INT(mien_output_check_shape(&bad[i]), MIEN_ARGUMENT);
        CHECK_INT(mien_output_circuit_create(&circuit, &bad[i], s.context, s.commitment),
                  MIEN_ARGUMENT);
    }
    CHECK_INT(mien_output_commit(commitment, s.context, s.values, 0, s.blinding), MIEN_ARGUMENT);
    CHECK_INT(mien_output_commit(commitment, s.context, s.values, 4097, s.blinding), MIEN_ARGUMENT);
    memset(s.blinding + 8, 255, 4);
    CHECK_INT(mien_output_commit(commitment, s.context, s.values, 5, s.blinding), MIEN_ARGUMENT);
    CHECK_BYTES(commitment, zero, sizeof zero);
    memset(s.commitment + 32, 255, 4);
    CHECK_INT(mien_output_circuit_create(&circuit, &s.shape, s.context, s.commitment),
              MIEN_ARGUMENT);
}

int main(void) {
    uint8_t seed[32];
    harness_random_bytes(seed, sizeof seed);
    seeded = mien_random_seeded(&random_state, seed);
    RUN(test_openings_satisfy);
    RUN(test_is_the_commitment_of_match);
    RUN(test_every_slot_counts);
    RUN(test_proofs);
    RUN(test_false_values);
    RUN(test_refusals);
    return harness_end();
}
