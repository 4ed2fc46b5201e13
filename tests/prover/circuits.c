/* SPDX-License-Identifier: MIT */
/* The match circuit against its constraints written out one by one, and against the inequality in
 * plain integers. No proofs are made here. */
#include "tests/prover/match_constraints.h"
#include "tests/prover/match_sample.h"

enum { ROWS = MIEN_MATCH_ROWS, SLOTS = MIEN_MATCH_SLOTS };

static void check_digest(const uint8_t expected[32], bool bare) {
    uint8_t digest[32];
    constraints_digest(digest, bare);
    if (memcmp(digest, expected, sizeof digest) == 0) return;
    for (size_t i = 0; i < sizeof digest; i++) printf("0x%02x, ", digest[i]);
    printf("\n");
    CHECK_BYTES(digest, expected, sizeof digest);
}

static void test_digest(void) {
    check_digest(mien_match_circuit_digest, false);
    check_digest(mien_match_bare_digest, true);
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

static mien_ligero_system system_of(const mien_match_circuit *circuit) {
    return circuit->bare ? mien_match_system_bare(circuit) : mien_match_system(circuit);
}

static mien_k combine(combined *out, const mien_match_circuit *circuit, mien_k alpha) {
    mien_ligero_system system = system_of(circuit);
    mien_ligero_row_sink sink = {take, out};
    void *scratch = sample_memory(system.scratch_size);
    memset(out, 0, sizeof *out);
    mien_k target = system.combine(circuit, scratch, alpha, alpha, &sink);
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

static mien_status create(mien_match_circuit *circuit, const mien_match_statement *statement,
                          bool bare) {
    return bare ? mien_match_circuit_create_bare(circuit, statement)
                : mien_match_circuit_create(circuit, statement);
}

static void test_combination_is_that_of_the_list(void) {
    static combined fast, slow;
    for (int round = 0; round < 6; round++) {
        match_sample s;
        mien_match_circuit circuit;
        match_sample_true(&s);
        REQUIRE(create(&circuit, &s.statement, round % 2 == 1) == MIEN_OK);
        constraint_list *list = constraints_make(&circuit);
        CHECK_INT(list->constraints, system_of(&circuit).constraint_count);
        mien_k alpha = round < 2 ? MIEN_K_ZERO : round < 4 ? MIEN_K_ONE : random_k();
        mien_k target = combine(&fast, &circuit, alpha);
        CHECK(mien_k_equal(target, combine_list(&slow, list, alpha)));
        CHECK_BYTES(fast.weight, slow.weight, sizeof fast.weight);
        for (size_t row = 0; row < ROWS; row++) CHECK(fast.taken[row] <= 1);
        constraints_free(list);
    }
}

/* ---- a plain checker: every constraint and product by itself */

static mien_f rows[ROWS * SLOTS];

static mien_match_opening opening_of(const mien_match_witness *witness) {
    mien_match_opening opening;
    memcpy(opening.embedding, witness->embedding, sizeof opening.embedding);
    memcpy(opening.template_vector, witness->template_vector, sizeof opening.template_vector);
    mien_match_pack3(opening.key_z, witness->key_z, sizeof witness->key_z);
    for (size_t i = 0; i < MIEN_POSEIDON2_DIGEST; i++)
        if (mien_f_from_bytes(&opening.blinding[i], witness->embedding_blinding + 4 * i) != MIEN_OK)
            abort();
    return opening;
}

static size_t failing_products(const mien_ligero_system *system) {
    size_t failing = 0;
    for (size_t n = 0; n < system->product_count; n++)
        for (size_t h = 0; h < SLOTS; h++) {
            const mien_ligero_product *product = &system->products[n];
            mien_f value =
                mien_f_mul(rows[product->left * SLOTS + h], rows[product->right * SLOTS + h]);
            failing += !mien_f_equal(value, rows[product->result * SLOTS + h]);
        }
    return failing;
}
static size_t failing_constraints(const constraint_list *list) {
    size_t failing = 0;
    for (size_t c = 0; c < list->constraints; c++)
        failing += !mien_f_is_zero(constraint_error(list, c, rows));
    return failing;
}

/* Left side minus right side of the comparison's constraints, without the list. */
static size_t failing_comparisons(const mien_match_circuit *circuit) {
    mien_f sums[MIEN_MATCH_COMPARISONS] = {{0}};
    const mien_f *booleans = rows + MIEN_MATCH_ROW_BOOLEANS * SLOTS;
    size_t failing = 0;
    for (size_t i = 0; i < mien_match_term_count; i++) {
        const mien_match_term *term = &mien_match_terms[i];
        mien_f value = MIEN_F_ZERO, weight = mien_f_from_i32(term->weight);
        if (term->kind == MIEN_MATCH_TERM_ONE) value = MIEN_F_ONE;
        if (term->kind == MIEN_MATCH_TERM_SLOT)
            value = rows[term->row * SLOTS + MIEN_MATCH_SLOT_LIMBS + term->index];
        for (size_t k = 0; term->kind == MIEN_MATCH_TERM_SUM && k < 128; k++)
            value = mien_f_add(value, rows[term->row * SLOTS + k]);
        if (term->kind <= MIEN_MATCH_TERM_THRESHOLD) {
            const mien_match_number *number = &mien_match_numbers[term->index];
            for (unsigned k = number->bits; k-- > 0;)
                value = mien_f_add(mien_f_double(value), booleans[number->boolean + k]);
            value = mien_f_sub(value, mien_f_from_i32(number->offset));
        }
        if (term->kind == MIEN_MATCH_TERM_THRESHOLD)
            weight = mien_f_neg(mien_f_mul(weight, circuit->threshold));
        sums[term->constraint] = mien_f_add(sums[term->constraint], mien_f_mul(weight, value));
    }
    for (size_t c = 0; c < MIEN_MATCH_COMPARISONS; c++) failing += !mien_f_is_zero(sums[c]);
    return failing;
}

static void assign(match_sample *s, mien_match_circuit *circuit) {
    mien_f digest[MIEN_MATCH_CHAINS][MIEN_POSEIDON2_DIGEST];
    mien_match_opening opening = opening_of(&s->witness);
    if (mien_match_circuit_create(circuit, &s->statement) != MIEN_OK) abort();
    mien_match_assign(rows, digest, circuit, &opening, s->statement.threshold);
}

/* And nothing of C_e is asked of a witness without it. */
static void test_bare_witnesses_satisfy(void) {
    mien_f digest[MIEN_MATCH_CHAINS][MIEN_POSEIDON2_DIGEST];
    static const mien_f zero[MIEN_POSEIDON2_DIGEST];
    for (int round = 0; round < 3; round++) {
        match_sample s;
        mien_match_circuit circuit;
        match_sample_true(&s);
        memset(s.statement.embedding_commitment, 255, sizeof s.statement.embedding_commitment);
        mien_match_opening opening = opening_of(&s.witness);
        REQUIRE(mien_match_circuit_create_bare(&circuit, &s.statement) == MIEN_OK);
        memset(rows, 255, sizeof rows);
        mien_match_assign(rows, digest, &circuit, &opening, s.statement.threshold);
        mien_ligero_system system = mien_match_system_bare(&circuit);
        constraint_list *list = constraints_make(&circuit);
        CHECK_INT(failing_constraints(list), 0);
        CHECK_INT(failing_products(&system), 0);
        CHECK_BYTES(digest[MIEN_MATCH_CHAIN_EMBEDDING], zero, sizeof zero);
        for (size_t i = 0; i < MIEN_EMBEDDING_SIZE; i++)
            CHECK(mien_f_equal(rows[MIEN_MATCH_BARE_ROW_LEFT * SLOTS + i],
                               mien_f_from_i32(s.witness.embedding[i])));
        rows[MIEN_MATCH_BARE_ROW_LEFT * SLOTS + 5] = mien_f_from_u32(200);
        CHECK(failing_constraints(list) > 0);
        constraints_free(list);
    }
}

static void test_true_witnesses_satisfy(void) {
    for (int round = 0; round < 3; round++) {
        match_sample s;
        mien_match_circuit circuit;
        match_sample_true(&s);
        assign(&s, &circuit);
        mien_ligero_system system = mien_match_system(&circuit);
        constraint_list *list = constraints_make(&circuit);
        CHECK_INT(failing_constraints(list), 0);
        CHECK_INT(failing_comparisons(&circuit), 0);
        CHECK_INT(failing_products(&system), 0);
        constraints_free(list);
    }
}

/* Every slot with a meaning: changed by itself, something fails. */
static void test_every_slot_is_constrained(void) {
    match_sample s;
    mien_match_circuit circuit;
    match_sample_true(&s);
    assign(&s, &circuit);
    static uint8_t used[ROWS * SLOTS];
    constraint_list *list = constraints_make(&circuit);
    for (size_t i = 0; i < list->count; i++)
        used[list->terms[i].row * SLOTS + list->terms[i].slot] = 1;
    size_t linear = 0, cubes = 0;
    for (size_t i = 0; i < ROWS * SLOTS; i++) linear += used[i];
    for (size_t n = 0; n < MIEN_MATCH_CUBES; n++) {
        size_t row = 3 * (n / SLOTS);
        cubes += used[row * SLOTS + n % SLOTS] && used[(row + 2) * SLOTS + n % SLOTS];
    }
    CHECK_INT(cubes, MIEN_MATCH_CUBES); /* x and z directly; y by its two products */
    CHECK_INT(linear, 2 * MIEN_MATCH_CUBES + 2353 + 128 + 128 + 5 + 5 + 11 + 9 + 3 * 128 + 7);
    constraints_free(list);
}

/* ---- the inequality: assigned exactly when it holds in integers */

static bool holds(const match_sample *s) {
    int64_t d = 0, a = 0, b = 0;
    for (size_t i = 0; i < MIEN_EMBEDDING_SIZE; i++) {
        int64_t e = s->witness.embedding[i], t = s->witness.template_vector[i];
        d += e * t, a += e * e, b += t * t;
    }
    __int128 left = (__int128)65536 * d * d, right = (__int128)s->statement.threshold * a * b;
    return d >= 1 && left >= right;
}

static bool assigned(match_sample *s) {
    mien_match_circuit circuit;
    assign(s, &circuit);
    mien_ligero_system system = mien_match_system(&circuit);
    bool satisfied = failing_comparisons(&circuit) == 0 && failing_products(&system) == 0;
    mien_match_cosine c = mien_match_cosine_of(s->witness.embedding, s->witness.template_vector,
                                               s->statement.threshold);
    CHECK_INT(c.dot >= 1 && c.excess >= 0, holds(s));
    return satisfied;
}

static void expect(match_sample *s, const char *what) {
    if (assigned(s) != holds(s)) printf("  %s, T = %u\n", what, s->statement.threshold);
    CHECK_INT(assigned(s), holds(s));
}

/* Two entries of each vector from -2..2, thresholds all around the exact bound. */
static void test_small_vectors_exhaustively(void) {
    match_sample s;
    match_sample_blank(&s);
    match_sample_commit(&s);
    for (int n = 0; n < 625; n++) {
        int v[4] = {n % 5 - 2, n / 5 % 5 - 2, n / 25 % 5 - 2, n / 125 - 2};
        s.witness.embedding[0] = (int8_t)v[0], s.witness.embedding[127] = (int8_t)v[1];
        s.witness.template_vector[0] = (int8_t)v[2], s.witness.template_vector[127] = (int8_t)v[3];
        int64_t d = v[0] * v[2] + v[1] * v[3];
        int64_t ab = (int64_t)(v[0] * v[0] + v[1] * v[1]) * (v[2] * v[2] + v[3] * v[3]);
        int64_t bound = ab > 0 ? 65536 * d * d / ab : 0;
        for (int64_t t = bound - 1; t <= bound + 2; t++) {
            s.statement.threshold = (uint32_t)(t < 1 ? 1 : t > 65535 ? 65535 : t);
            if (assigned(&s) != holds(&s)) expect(&s, "small vectors");
        }
    }
}

/* Vectors filled with one value each, the extremes -128 and 127 among them. */
static void test_extreme_vectors(void) {
    static const int8_t values[] = {-128, -127, -1, 0, 1, 127};
    static const uint32_t thresholds[] = {1, 2, 32768, 65534, 65535};
    match_sample s;
    match_sample_blank(&s);
    match_sample_commit(&s);
    for (size_t n = 0; n < 36 * 5; n++) {
        memset(s.witness.embedding, values[n % 6], MIEN_EMBEDDING_SIZE);
        memset(s.witness.template_vector, values[n / 6 % 6], MIEN_EMBEDDING_SIZE);
        s.statement.threshold = thresholds[n / 36];
        expect(&s, "all equal");
        s.witness.embedding[3] = -128;
        expect(&s, "one entry -128");
        s.witness.template_vector[3] = 127;
        expect(&s, "one entry 127");
    }
}

/* D^2 2^16 = T A B exactly, and one step of T above and below. */
static void test_equality_at_the_bound(void) {
    static const int counts[] = {2, 4, 16, 64, 128}; /* equal entries of t: cos^2 = 1 / count */
    match_sample s;
    match_sample_blank(&s);
    match_sample_commit(&s);
    for (size_t n = 0; n < 5; n++) {
        int count = counts[n];
        memset(s.witness.template_vector, 0, MIEN_EMBEDDING_SIZE);
        memset(s.witness.embedding, 0, MIEN_EMBEDDING_SIZE);
        memset(s.witness.template_vector, 93, (size_t)count);
        s.witness.embedding[0] = 117;
        for (int step = -1; step <= 1; step++) {
            s.statement.threshold = (uint32_t)(65536 / count + step);
            CHECK_INT(holds(&s), step <= 0);
            expect(&s, "at the bound");
        }
    }
}

/* Random vectors of all sizes with thresholds at the bound. */
static void test_random_vectors_at_the_bound(void) {
    match_sample s;
    for (int round = 0; round < 3000; round++) {
        if (round % 100 == 0) {
            match_sample_blank(&s);
            match_sample_commit(&s);
        }
        int size = 1 + (int)harness_random_below(128);
        for (size_t i = 0; i < MIEN_EMBEDDING_SIZE; i++) {
            s.witness.embedding[i] = (int8_t)((int)harness_random_below(2 * (uint64_t)size) - size);
            s.witness.template_vector[i] =
                (int8_t)(s.witness.embedding[i] / 2 + (int)harness_random_below(9) - 4);
        }
        mien_match_cosine c =
            mien_match_cosine_of(s.witness.embedding, s.witness.template_vector, 1);
        double ab = (double)c.embedding_square * c.template_square;
        double bound = ab > 0 ? 65536.0 * c.dot * c.dot / ab : 1;
        double t = floor(bound) + (double)(round % 3) - 1;
        s.statement.threshold = t < 1 ? 1 : t > 65535 ? 65535 : (uint32_t)t;
        if (assigned(&s) != holds(&s)) expect(&s, "random vectors");
    }
}

static void test_refuses_bad_statements(void) {
    match_sample s;
    mien_match_circuit circuit;
    match_sample_true(&s);
    uint8_t *digests[3] = {s.statement.template_commitment, s.statement.embedding_commitment,
                           s.statement.key_check};
    for (int d = 0; d < 3; d++)
        for (int i = 0; i < 9; i++) {
            uint8_t kept[4];
            memcpy(kept, digests[d] + 4 * i, 4);
            mien_store_le32(digests[d] + 4 * i, MIEN_F_MODULUS);
            CHECK_INT(mien_match_circuit_create(&circuit, &s.statement), MIEN_ARGUMENT);
            mien_store_le32(digests[d] + 4 * i, 0xffffffffu);
            CHECK_INT(mien_match_circuit_create(&circuit, &s.statement), MIEN_ARGUMENT);
            memcpy(digests[d] + 4 * i, kept, 4);
        }
    CHECK_INT(mien_match_circuit_create(&circuit, &s.statement), MIEN_OK);
    static const uint32_t bad[] = {0, 65536, 0xffffffffu};
    for (int i = 0; i < 3; i++) {
        s.statement.threshold = bad[i];
        CHECK_INT(mien_match_circuit_create(&circuit, &s.statement), MIEN_ARGUMENT);
    }
}

int main(void) {
    RUN(test_digest);
    RUN(test_combination_is_that_of_the_list);
    RUN(test_true_witnesses_satisfy);
    RUN(test_bare_witnesses_satisfy);
    RUN(test_every_slot_is_constrained);
    RUN(test_small_vectors_exhaustively);
    RUN(test_extreme_vectors);
    RUN(test_equality_at_the_bound);
    RUN(test_random_vectors_at_the_bound);
    RUN(test_refuses_bad_statements);
    return harness_end();
}
