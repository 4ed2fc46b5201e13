/* SPDX-License-Identifier: MIT */
/* Commitments of several parts, opened and checked: what the tests of the long commitment share.
 * A case lists its parts and the rows that the verifier knows; w is random on all of them. */
#ifndef MIEN_TESTS_PROVER_COMMITMENT_SAMPLE_H
#define MIEN_TESTS_PROVER_COMMITMENT_SAMPLE_H

#include "prover/commitment/tensor_internal.h"
#include "tests/harness.h"

enum { SIZE = 1 << 10, PROOF = 1 << 17, MESSAGES = 4, PART_MEMORY = 4 << 20 };

typedef struct commitment_case {
    const mien_tensor_shape *parts;
    size_t count;
    const uint32_t *known; /* rows that the verifier knows */
    uint32_t known_count;
    size_t masked; /* which part */
} commitment_case;

typedef struct run {
    const commitment_case *of;
    mien_tensor_shape parts[MIEN_TENSOR_PARTS_MAX]; /* what the verifier is told */
    uint8_t roots[MIEN_TENSOR_PARTS_MAX][32];
    mien_k point[32], value;
    size_t length;
    unsigned char seed[32];
    struct mien_tensor_observer observer; /* look == NULL: none */
} run;

static _Alignas(64) mien_f w[SIZE];
static mien_k scratch_k[SIZE];
static _Alignas(64) uint8_t memory[MIEN_TENSOR_PARTS_MAX][PART_MEMORY], workspace[1 << 18];
static uint8_t proof[PROOF];

static inline mien_f random_f(void) {
    return MIEN_F_RAW((uint32_t)harness_random_below(MIEN_F_MODULUS));
}
static inline mien_k random_k(void) {
    mien_k r;
    for (int i = 0; i < MIEN_K_DEGREE; i++) r.c[i] = random_f();
    return r;
}

static inline void random_rows(const uint32_t *rows, uint32_t count, unsigned log2_row) {
    for (uint32_t i = 0; i < count; i++)
        for (size_t j = 0; j < (size_t)1 << log2_row; j++)
            w[((size_t)rows[i] << log2_row) + j] = random_f();
}

static inline run new_run(const commitment_case *of) {
    run r = {.of = of};
    unsigned log2_row = of->parts->log2_row;
    memset(w, 0, sizeof w);
    for (size_t i = 0; i < of->count; i++) {
        r.parts[i] = of->parts[i];
        random_rows(of->parts[i].rows, of->parts[i].row_count, log2_row);
    }
    random_rows(of->known, of->known_count, log2_row);
    for (unsigned i = 0; i < of->parts->log2_size; i++) r.point[i] = random_k();
    r.value = mien_multilinear_f(scratch_k, w, r.point, of->parts->log2_size);
    harness_random_bytes(r.seed, sizeof r.seed);
    return r;
}

/* The transcript up to the opening: shapes, roots, point. */
static inline void begin(mien_transcript *transcript, const run *r) {
    mien_transcript_start(transcript, "test");
    for (size_t i = 0; i < r->of->count; i++) {
        mien_tensor_absorb_shape(transcript, &r->parts[i]);
        mien_transcript_digest(transcript, "root", r->roots[i]);
    }
    for (unsigned i = 0; i < r->parts->log2_size; i++) {
        uint8_t bytes[MIEN_K_BYTES];
        mien_k_to_bytes(bytes, r->point[i]);
        mien_transcript_k(transcript, "point", bytes, 1);
    }
}

/* Commit to all parts; randomness follows from the run's seed. */
static inline void commit(run *r, mien_tensor_commitment *parts, unsigned level, mien_pool *pool) {
    mien_machine machine = {mien_field_kernels_at(level), mien_sum_kernels_at(level), pool};
    mien_random_seeded_state state;
    mien_random random = mien_random_seeded(&state, r->seed);
    for (size_t i = 0; i < r->of->count; i++) {
        size_t size = mien_tensor_memory_size(&r->of->parts[i], mien_pool_threads(pool));
        CHECK(size > 0 && size <= PART_MEMORY);
        CHECK_INT(mien_tensor_commit(&parts[i], r->roots[i], w, &r->of->parts[i], memory[i], size,
                                     &machine, mien_hash_kernels_at(level), &random, NULL),
                  MIEN_OK);
    }
}

/* Value and opening to `out`; what the opening returns. */
static inline mien_status open_all(run *r, mien_tensor_commitment *parts, uint8_t *out,
                                   unsigned level, mien_pool *pool) {
    mien_machine machine = {mien_field_kernels_at(level), mien_sum_kernels_at(level), pool};
    mien_tensor_commitment *list[MIEN_TENSOR_PARTS_MAX];
    mien_transcript transcript;
    mien_writer writer = mien_writer_of(out, PROOF);
    mien_sender sender = {&transcript, &writer, NULL, 0, 0};
    for (size_t i = 0; i < r->of->count; i++) list[i] = &parts[i];
    if (r->observer.look != NULL) parts[r->of->masked].observer = &r->observer;
    begin(&transcript, r);
    MIEN_TRY(mien_send(&sender, "value", &r->value, 1));
    mien_status status = mien_tensor_open_parts(list, r->of->count, &sender, r->point, &machine);
    r->length = writer.used;
    return status;
}

static inline void prove(run *r, uint8_t *out, unsigned level, mien_pool *pool) {
    mien_tensor_commitment parts[MIEN_TENSOR_PARTS_MAX];
    commit(r, parts, level, pool);
    CHECK_INT(open_all(r, parts, out, level, pool), MIEN_OK);
    CHECK(r->length <=
          MIEN_K_BYTES + mien_tensor_parts_opening_max_size(r->of->parts, r->of->count));
}

/* What the known rows add to w(point). */
static inline mien_k known_value(const run *r) {
    mien_k sum = MIEN_K_ZERO;
    unsigned a = r->parts->log2_row;
    mien_equality_vector(scratch_k, r->point, r->parts->log2_size);
    for (uint32_t i = 0; i < r->of->known_count; i++) {
        size_t first = (size_t)r->of->known[i] << a;
        sum = mien_k_add(sum, mien_k_dot_f(scratch_k + first, w + first, (size_t)1 << a));
    }
    return sum;
}

static inline mien_status verify_in(const run *r, const uint8_t *bytes, size_t length, void *space,
                                    size_t size) {
    mien_k values[MESSAGES];
    mien_transcript transcript;
    mien_reader reader = mien_reader_of(bytes, length);
    mien_receiver receiver = {&transcript, &reader, values, MESSAGES, 0};
    mien_checker checker = mien_checker_clear(&receiver);
    mien_form claim;
    uint32_t value;
    begin(&transcript, r);
    MIEN_TRY(mien_receive(&receiver, "value", 1, &value));
    mien_form_constant(&claim, mien_k_neg(known_value(r)));
    mien_form_add(&claim, MIEN_K_ONE, value);
    MIEN_TRY(mien_tensor_verify_parts(r->parts, (const uint8_t(*)[32])r->roots, r->of->count,
                                      r->point, &claim, &receiver, &checker, space, size));
    return mien_read_end(&reader);
}

static inline mien_status verify(const run *r, const uint8_t *bytes, size_t length) {
    return verify_in(r, bytes, length, workspace, sizeof workspace);
}

/* ---- cases; every test runs on those that it is about */
static const uint32_t some_rows[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                     11, 12, 13, 14, 15, 16, 17, 18, 40, 41, 63};
static const uint32_t row_0[] = {0}, row_5[] = {5}, rows_3_6[] = {3, 6}, rows_12[] = {1, 2},
                      rows_01[] = {0, 1}, all_rows_8[] = {0, 1, 2, 3, 4, 5, 6, 7},
                      rows_rest[] = {1, 2, 4, 7};

#define SIZES(n, a, columns, q, grinding)                                                          \
    .log2_size = (n), .log2_row = (a), .log2_columns = (columns), .queries = (q),                  \
    .grinding_bits = (grinding)
#define ROWS(list, length) .rows = (list), .row_count = (length)
#define INNER(a, columns, q) .inner = {{(a), (columns), (q), 77}}

static const mien_tensor_shape one_level[] = {
    {SIZES(10, 4, 6, 5, 3), .tree = 9, ROWS(some_rows, sizeof some_rows / sizeof *some_rows)},
    {SIZES(10, 4, 7, 16, 0), .tree = 1, ROWS(some_rows, 20)},
    {SIZES(10, 5, 8, 7, 5), .tree = 2, ROWS(row_5, 1)},
    {SIZES(10, 10, 12, 20, 2), .tree = 3, ROWS(row_0, 1)},
    {SIZES(4, 4, 6, 3, 0), .tree = 4, ROWS(row_0, 1)},
};
static const mien_tensor_shape two_levels[] = {
    {SIZES(10, 7, 9, 16, 2), .tree = 1, ROWS(all_rows_8, 8), INNER(6, 8, 16)},
    {SIZES(10, 7, 10, 9, 0), .tree = 1, ROWS(all_rows_8, 7), INNER(7, 8, 20)},
    {SIZES(10, 10, 12, 20, 2), .tree = 3, ROWS(row_0, 1), INNER(6, 9, 17)},
    {SIZES(10, 10, 12, 20, 0), .tree = 3, ROWS(row_0, 1),
     .inner = {{9, 11, 13, 77}, {7, 9, 17, 5}}},
    {SIZES(10, 9, 11, 16, 1), .tree = 3, ROWS(rows_01, 2),
     .inner = {{8, 10, 16, 77}, {7, 9, 17, 5}, {6, 9, 15, 6}}},
};
/* A frame, weights for three proofs, the rest with the mask. */
static const mien_tensor_shape three_parts[] = {
    {SIZES(10, 7, 9, 16, 0), .tree = 1, ROWS(row_0, 1), .unmasked = true, .tail = 48,
     INNER(6, 8, 16)},
    {SIZES(10, 7, 9, 16, 0), .tree = 2, ROWS(rows_3_6, 2), .unmasked = true, .openings = 3,
     INNER(6, 8, 16)},
    {SIZES(10, 7, 9, 16, 0), .tree = 3, ROWS(rows_rest, 4), .tail = 48, INNER(6, 8, 16)},
};
/* The same in one level; row 5 is known. */
static const mien_tensor_shape three_parts_one_level[] = {
    {SIZES(10, 7, 9, 16, 0), .tree = 3, ROWS(rows_rest, 4), .tail = 48},
    {SIZES(10, 7, 9, 16, 0), .tree = 1, ROWS(row_0, 1), .unmasked = true, .tail = 48},
    {SIZES(10, 7, 9, 16, 0), .tree = 2, ROWS(rows_3_6, 2), .unmasked = true, .openings = 3},
};
/* Rows for thirty openings, longer in randomness than in values; a mask by itself. */
static const mien_tensor_shape many_openings[] = {
    {SIZES(10, 6, 9, 6, 0), .tree = 1, ROWS(rows_12, 2), .unmasked = true, .openings = 30,
     INNER(6, 8, 16)},
    {SIZES(10, 6, 9, 6, 0), .tree = 2, .tail = 180, INNER(6, 8, 16)},
};

static const commitment_case cases[] = {
    {&one_level[0], 1, NULL, 0, 0},  {&one_level[1], 1, NULL, 0, 0},
    {&one_level[2], 1, NULL, 0, 0},  {&one_level[3], 1, NULL, 0, 0},
    {&one_level[4], 1, NULL, 0, 0},  {&two_levels[0], 1, NULL, 0, 0},
    {&two_levels[1], 1, NULL, 0, 0}, {&two_levels[2], 1, NULL, 0, 0},
    {&two_levels[3], 1, NULL, 0, 0}, {&two_levels[4], 1, NULL, 0, 0},
    {three_parts, 3, row_5, 1, 2},   {three_parts_one_level, 3, row_5, 1, 0},
    {many_openings, 2, NULL, 0, 1},
};
enum {
    CASES = sizeof cases / sizeof *cases,
    CASE_FIRST = 0,
    CASE_WIDE = 1,
    CASE_TWO_LEVELS = 5,
    CASE_FOUR_LEVELS = 9,
    CASE_PARTS = 10,
    CASE_PARTS_ONE_LEVEL = 11,
    CASE_MANY = 12
};

#endif
