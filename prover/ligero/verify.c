/* SPDX-License-Identifier: MIT */
#include "prover/ligero/verify.h"

#include "prover/ligero/arena.h"

/* Rows whose coefficients are interpolated together: 3 * 5 words in 16 lanes. */
#define BATCH 3
_Static_assert(BATCH *MIEN_K_DEGREE <= MIEN_LANES, "a batch fits a group");

typedef struct verifier {
    const mien_proof_parameters *parameters;
    const mien_ligero_system *system;
    const mien_field_kernels *kernels;
    mien_ligero_challenges challenges;
    const uint8_t *root;                        /* of the tree */
    uint32_t *columns;                          /* q indices */
    mien_k *responses;                          /* the three, until they have been evaluated */
    void *scratch;                              /* of the system; shares memory with `responses` */
    mien_merkle_entry *entries;                 /* until the tree has been checked */
    mien_f *batch;                              /* slots * 16 lanes; shares memory with `entries` */
    mien_f *column;                             /* one column as it is read */
    mien_f *values;                             /* element e of column j at values[e q + j] */
    mien_f *powers;                             /* powers[16 j + t] = x_j^t, t < 16 */
    mien_f *x16;                                /* x_j^16 */
    mien_f *shifted;                            /* x_j^shift, for a mask */
    mien_f *factor;                             /* scratch */
    mien_k_block *evaluated;                    /* of one polynomial at all x_j */
    mien_k_block *proximity, *linear, *product; /* what is left of each test; must end as zero */
    mien_k linear_at_message;                   /* sum of the linear response over H */
    mien_ntt message;
    mien_f *message_tables;
    size_t batch_row[BATCH], batch_used;
} verifier;

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

/* Vectors over the opened columns are used by whole blocks: they have room for one more block, and
 * what is behind their q elements does not count. */
static void layout(verifier *v, mien_arena *arena) {
    size_t slots = v->system->slots, q = v->parameters->queries, blocks = mien_k_blocks(q);
    size_t room = blocks * MIEN_LANES, elements = mien_ligero_column_elements(v->system->rows);
    size_t responses = mien_ligero_responses_size(v->parameters) / MIEN_K_BYTES * sizeof(mien_k);
    v->scratch = mien_arena_take(arena, larger(responses, v->system->scratch_size), 1);
    v->responses = (mien_k *)v->scratch;
    v->batch = mien_arena_take(
        arena, larger(slots * MIEN_LANES * sizeof *v->batch, q * sizeof *v->entries), 1);
    v->entries = (mien_merkle_entry *)(void *)v->batch;
    v->columns = mien_arena_take(arena, q, sizeof *v->columns);
    v->column = mien_arena_take(arena, elements, sizeof *v->column);
    v->values = mien_arena_take(arena, elements * q + MIEN_LANES, sizeof *v->values);
    v->powers = mien_arena_take(arena, room * MIEN_LANES, sizeof *v->powers);
    v->x16 = mien_arena_take(arena, room, sizeof *v->x16);
    v->shifted = mien_arena_take(arena, room, sizeof *v->shifted);
    v->factor = mien_arena_take(arena, room, sizeof *v->factor);
    v->evaluated = mien_arena_take(arena, blocks, sizeof *v->evaluated);
    v->proximity = mien_arena_take(arena, blocks, sizeof *v->proximity);
    v->linear = mien_arena_take(arena, blocks, sizeof *v->linear);
    v->product = mien_arena_take(arena, blocks, sizeof *v->product);
    v->message_tables = mien_arena_take(arena, mien_ntt_table_length(v->parameters->log2_slots),
                                        sizeof *v->message_tables);
    v->challenges.proximity =
        mien_arena_take(arena, mien_ligero_proximity_count(v->system), sizeof(mien_k));
    v->challenges.products = mien_arena_take(arena, v->system->product_count, sizeof(mien_k));
}

size_t mien_ligero_verify_workspace_size(const mien_proof_parameters *parameters,
                                         const mien_ligero_system *system) {
    if (mien_ligero_check_shape(parameters, system) != MIEN_OK) return 0;
    verifier v = {.parameters = parameters, .system = system};
    mien_arena arena = {NULL, 0};
    layout(&v, &arena);
    return arena.used;
}

static mien_f *row_values(const verifier *v, size_t element) {
    return v->values + element * v->parameters->queries;
}

/* ---- reading */

static mien_status read_responses(verifier *v, mien_transcript *transcript, mien_reader *reader) {
    const uint8_t *encoded;
    size_t size = mien_ligero_responses_size(v->parameters);
    MIEN_TRY(mien_read_view(reader, &encoded, size));
    mien_reader elements = mien_reader_of(encoded, size);
    MIEN_TRY(mien_read_k(&elements, v->responses, size / MIEN_K_BYTES));
    mien_ligero_absorb_responses(transcript, encoded, v->parameters);
    return MIEN_OK;
}

/* Responses, nonce and the columns' indices. */
static mien_status read_messages(verifier *v, mien_transcript *transcript, mien_reader *reader) {
    uint64_t nonce;
    mien_ligero_draw_challenges(&v->challenges, transcript, v->system);
    MIEN_TRY(read_responses(v, transcript, reader));
    MIEN_TRY(mien_read_le64(reader, &nonce));
    if (!mien_ligero_grind_check(transcript, nonce, v->parameters)) return MIEN_PROOF_INVALID;
    mien_ligero_draw_columns(transcript, v->columns, v->parameters);
    return MIEN_OK;
}

/* Column j: its salt and elements, kept element by element for vectors over j. */
static mien_status read_column(verifier *v, mien_reader *reader, size_t j) {
    size_t elements = mien_ligero_column_elements(v->system->rows);
    uint8_t salt[MIEN_MERKLE_SALT] = {0};
    MIEN_TRY(mien_read_bytes(reader, salt, mien_ligero_salt(v->parameters)));
    MIEN_TRY(mien_read_f(reader, v->column, elements));
    v->entries[j].index = v->columns[j];
    mien_merkle_leaf(v->entries[j].digest, MIEN_LIGERO_TREE_NUMBER, v->columns[j], salt, v->column,
                     (uint32_t)elements);
    for (size_t e = 0; e < elements; e++) row_values(v, e)[j] = v->column[e];
    return MIEN_OK;
}

static mien_status read_columns(verifier *v, mien_reader *reader) {
    size_t q = v->parameters->queries;
    memset(row_values(v, mien_ligero_column_elements(v->system->rows)), 0,
           MIEN_LANES * sizeof *v->values);
    for (size_t j = 0; j < q; j++) MIEN_TRY(read_column(v, reader, j));
    return mien_merkle_verify(reader, v->entries, q, v->root, MIEN_LIGERO_TREE_NUMBER,
                              v->parameters->log2_length);
}

/* ---- polynomials at the opened points */

static void fill_points(verifier *v) {
    mien_rs_shape shape = mien_ligero_shape(v->parameters);
    size_t room = mien_k_blocks(v->parameters->queries) * MIEN_LANES;
    memset(v->shifted, 0, room * sizeof *v->shifted);
    memset(v->factor, 0, room * sizeof *v->factor);
    for (size_t j = 0; j < room; j++) {
        mien_f x = j < v->parameters->queries ? mien_rs_point(&shape, v->columns[j]) : MIEN_F_ZERO;
        mien_f power = MIEN_F_ONE;
        for (size_t t = 0; t < MIEN_LANES; t++, power = mien_f_mul(power, x))
            v->powers[j * MIEN_LANES + t] = power;
        v->x16[j] = power;
    }
}

/* One step of Horner's rule in X^16: evaluated = evaluated x^16 + sum piece[t] x^t. */
static void horner_step(verifier *v, const mien_k piece[MIEN_LANES]) {
    size_t q = v->parameters->queries;
    v->kernels->k_mul_f(v->evaluated, v->evaluated, v->x16, q);
    v->kernels->group_combine(v->evaluated, piece, v->powers, q);
}

static void evaluate(verifier *v, const mien_k *coefficients, size_t count) {
    memset(v->evaluated, 0, mien_k_blocks(v->parameters->queries) * sizeof *v->evaluated);
    for (size_t block = mien_k_blocks(count); block-- > 0;) {
        mien_k piece[MIEN_LANES];
        for (size_t t = 0; t < MIEN_LANES; t++) {
            size_t i = block * MIEN_LANES + t;
            piece[t] = i < count ? coefficients[i] : MIEN_K_ZERO;
        }
        horner_step(v, piece);
    }
}

/* The sum of the linear response f over H: |H| times the coefficients at multiples of |H|. */
static mien_k sum_over_message(const verifier *v, const mien_k *f) {
    mien_k sum = MIEN_K_ZERO;
    for (size_t i = 0; i < mien_ligero_linear_length(v->parameters); i += v->system->slots)
        sum = mien_k_add(sum, f[i]);
    return mien_k_mul_f(sum, mien_f_from_u32((uint32_t)v->system->slots));
}

/* Keep of the responses what the tests need: values at the opened points and the sum over H. */
static void evaluate_responses(verifier *v) {
    size_t size = mien_k_blocks(v->parameters->queries) * sizeof *v->evaluated;
    size_t proximity = mien_ligero_dimension(v->parameters);
    size_t linear = mien_ligero_linear_length(v->parameters);
    evaluate(v, v->responses, proximity);
    memcpy(v->proximity, v->evaluated, size);
    evaluate(v, v->responses + proximity, linear);
    memcpy(v->linear, v->evaluated, size);
    v->linear_at_message = sum_over_message(v, v->responses + proximity);
    evaluate(v, v->responses + proximity + linear, mien_ligero_product_length(v->parameters));
    memcpy(v->product, v->evaluated, size);
}

/* ---- the three tests. Each subtracts from the response what the columns say. */

/* X^power of K. */
static mien_k k_unit(int power, mien_k times) {
    mien_k unit = MIEN_K_ZERO;
    unit.c[power] = MIEN_F_ONE;
    return mien_k_mul(unit, times);
}

/* into -= weight * (mask number `mask`) * points^shift, the mask's five words taken as one element
 * of K. */
static void subtract_mask(verifier *v, mien_k_block *into, size_t mask, mien_k weight,
                          size_t shift) {
    size_t q = v->parameters->queries;
    for (size_t j = 0; j < q; j++)
        v->shifted[j] = mien_f_power(v->powers[j * MIEN_LANES + 1], (uint32_t)shift);
    for (int l = 0; l < MIEN_K_DEGREE; l++) {
        size_t element = v->system->rows + mask * MIEN_K_DEGREE + (size_t)l;
        v->kernels->f_mul(v->factor, row_values(v, element), v->shifted, q);
        v->kernels->k_axpy_f(into, mien_k_neg(k_unit(l, weight)), v->factor, q);
    }
}

static void test_proximity(verifier *v) {
    size_t rows = v->system->rows, q = v->parameters->queries;
    const mien_k *coefficients = v->challenges.proximity;
    for (size_t i = 0; i < rows; i++)
        v->kernels->k_axpy_f(v->proximity, mien_k_neg(coefficients[i]), row_values(v, i), q);
    subtract_mask(v, v->proximity, 0, MIEN_K_ONE, 0);
    for (size_t mask = 1; mask < MIEN_LIGERO_MASKS; mask++)
        subtract_mask(v, v->proximity, mask, coefficients[rows + mask - 1], 0);
}

/* Interpolate the batch of coefficient rows and subtract a_i(x_j) times column j's element i. */
static void flush_batch(verifier *v) {
    mien_ntt_inverse(&v->message, v->kernels, v->batch, MIEN_LANES, 0, 0);
    for (size_t b = 0; b < v->batch_used; b++) {
        size_t q = v->parameters->queries;
        memset(v->evaluated, 0, mien_k_blocks(q) * sizeof *v->evaluated);
        for (size_t end = v->system->slots; end > 0;) {
            size_t count = end < MIEN_LANES ? end : MIEN_LANES;
            mien_k piece[MIEN_LANES] = {{{{0}}}};
            end -= count;
            for (size_t t = 0; t < count; t++)
                memcpy(&piece[t], v->batch + (end + t) * MIEN_LANES + b * MIEN_K_DEGREE,
                       sizeof piece[t]);
            horner_step(v, piece);
        }
        v->kernels->f_scale(v->factor, row_values(v, v->batch_row[b]), mien_f_neg(MIEN_F_ONE), q);
        v->kernels->k_mac_f(v->linear, v->evaluated, v->factor, q);
    }
    v->batch_used = 0;
}

static void take_row(void *context, size_t row, const mien_k *coefficients) {
    verifier *v = context;
    mien_f *lane = v->batch + v->batch_used * MIEN_K_DEGREE;
    for (size_t i = 0; i < v->system->slots; i++)
        memcpy(lane + i * MIEN_LANES, &coefficients[i], sizeof coefficients[i]);
    v->batch_row[v->batch_used++] = row;
    if (v->batch_used == BATCH) flush_batch(v);
}

/* Returns the difference of the sum over H and the target. */
static mien_k test_linear(verifier *v) {
    mien_ligero_row_sink sink = {take_row, v};
    memset(v->batch, 0, v->system->slots * MIEN_LANES * sizeof *v->batch);
    mien_k target = v->system->combine(v->system->instance, v->scratch, v->challenges.linear,
                                       v->challenges.linear, &sink);
    if (v->batch_used > 0) flush_batch(v);
    subtract_mask(v, v->linear, MIEN_LIGERO_MASK_LINEAR_LOW, MIEN_K_ONE, 0);
    subtract_mask(v, v->linear, MIEN_LIGERO_MASK_LINEAR_HIGH, MIEN_K_ONE,
                  mien_ligero_linear_shift(v->parameters));
    return mien_k_sub(v->linear_at_message, target);
}

/* (x^m - 1) (h(x) - mask(x)) - sum gamma (left right - result) */
static void test_products(verifier *v) {
    size_t q = v->parameters->queries;
    subtract_mask(v, v->product, MIEN_LIGERO_MASK_PRODUCT_LOW, MIEN_K_ONE, 0);
    subtract_mask(v, v->product, MIEN_LIGERO_MASK_PRODUCT_HIGH, MIEN_K_ONE,
                  mien_ligero_product_shift(v->parameters));
    for (size_t j = 0; j < q; j++)
        v->factor[j] = mien_f_sub(
            mien_f_power(v->powers[j * MIEN_LANES + 1], (uint32_t)v->system->slots), MIEN_F_ONE);
    v->kernels->k_mul_f(v->product, v->product, v->factor, q);
    for (size_t i = 0; i < v->system->product_count; i++) {
        const mien_ligero_product *product = &v->system->products[i];
        v->kernels->f_mul(v->factor, row_values(v, product->left), row_values(v, product->right),
                          q);
        v->kernels->f_sub(v->factor, v->factor, row_values(v, product->result), q);
        v->kernels->k_axpy_f(v->product, mien_k_neg(v->challenges.products[i]), v->factor, q);
    }
}

static uint32_t all_zero(const verifier *v, const mien_k_block *test) {
    uint32_t zero = 1;
    for (size_t j = 0; j < v->parameters->queries; j++)
        zero &= mien_k_is_zero(mien_k_block_get(test, j));
    return zero;
}

static mien_status finish(verifier *v, mien_transcript *transcript, mien_reader *reader) {
    MIEN_TRY(read_messages(v, transcript, reader));
    MIEN_TRY(read_columns(v, reader));
    MIEN_TRY(mien_ntt_init(&v->message, v->message_tables, v->parameters->log2_slots, MIEN_F_ONE));
    fill_points(v);
    evaluate_responses(v);
    mien_k difference = test_linear(v);
    test_proximity(v);
    test_products(v);
    uint32_t good = mien_k_is_zero(difference) & all_zero(v, v->proximity) &
                    all_zero(v, v->linear) & all_zero(v, v->product);
    return good ? MIEN_OK : MIEN_PROOF_INVALID;
}

mien_status mien_ligero_verify_start(uint8_t root[MIEN_MERKLE_DIGEST], mien_transcript *transcript,
                                     mien_reader *reader) {
    memset(root, 0, MIEN_MERKLE_DIGEST);
    if (mien_read_bytes(reader, root, MIEN_MERKLE_DIGEST) != MIEN_OK) return MIEN_PROOF_INVALID;
    mien_ligero_absorb_commitment(transcript, root);
    return MIEN_OK;
}

mien_status mien_ligero_verify_finish(const uint8_t root[MIEN_MERKLE_DIGEST],
                                      mien_transcript *transcript, mien_reader *reader,
                                      const mien_proof_parameters *parameters,
                                      const mien_ligero_system *system, void *workspace,
                                      size_t workspace_size) {
    size_t needed = mien_ligero_verify_workspace_size(parameters, system);
    if (needed == 0 || workspace_size < needed || (uintptr_t)workspace % 64 != 0)
        return MIEN_ARGUMENT;
    verifier v = {.parameters = parameters,
                  .system = system,
                  .kernels = mien_field_kernels_best(),
                  .root = root};
    mien_arena arena = {(uint8_t *)workspace, 0};
    layout(&v, &arena);
    return finish(&v, transcript, reader) == MIEN_OK ? MIEN_OK : MIEN_PROOF_INVALID;
}

mien_status mien_ligero_verify(mien_transcript *transcript, mien_reader *reader,
                               const mien_proof_parameters *parameters,
                               const mien_ligero_system *system, void *workspace,
                               size_t workspace_size) {
    uint8_t root[MIEN_MERKLE_DIGEST];
    MIEN_TRY(mien_ligero_verify_start(root, transcript, reader));
    return mien_ligero_verify_finish(root, transcript, reader, parameters, system, workspace,
                                     workspace_size);
}
