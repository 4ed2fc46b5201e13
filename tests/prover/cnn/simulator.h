/* SPDX-License-Identifier: MIT */
/* The simulator of inference and face: a proof that is accepted, made from the statement alone, by
 * somebody who may choose the challenges (tests/prover/oracle.h). It knows no frame, no output that
 * is not public, no template, no hidden weights, no w.
 *
 * The wire is uniform, being message + pad. u is uniform, as the mask g is. Of each column that is
 * opened the rows are uniform (q columns, q random coefficients a row), and g is what makes u(x_c)
 * right; every leaf that is not opened is a uniform digest, for its salt. Inner levels follow from
 * u. zk-Ligero's responses are uniform but for the sum that the verifier computes; rows of the
 * opened columns and the high halves of two masks are uniform, the other masks what makes the three
 * tests right.
 *
 * C_x and the root of hidden weights are part of what is simulated: whoever commits publishes the
 * root together with a proof. A root of weights is simulated with one of its proofs. */
#ifndef MIEN_TESTS_PROVER_CNN_SIMULATOR_H
#define MIEN_TESTS_PROVER_CNN_SIMULATOR_H

#include <stdlib.h>

#include "prover/code/reed_solomon.h"
#include "prover/commitment/tensor_internal.h"
#include "prover/statement/inference_check.h"
#include "prover/statement/inference_protocol.h"
#include "tests/prover/oracle.h"

typedef struct simulator {
    const mien_inference_parameters *parameters;
    mien_inference_statement *statement; /* C_x is filled in */
    mien_private_weights *weights;       /* hidden ones: their root is filled in; or NULL */
    mien_inference_setup *setup;
    mien_random_seeded_state state;
    mien_random random;
    mien_machine machine;
    mien_transcript transcript;
    mien_writer writer;
    mien_checker checker;
    mien_k *wire;
    size_t received; /* messages */
    mien_inference_end end;
    uint8_t pads_root[MIEN_MERKLE_DIGEST], roots[2][MIEN_MERKLE_DIGEST];
    uint8_t weights_roots[2][MIEN_MERKLE_DIGEST];
    /* of the opening that is being made */
    const mien_tensor_shape *parts;
    size_t part_count;
    uint8_t (*part_roots)[MIEN_MERKLE_DIGEST];
    const mien_k *point;
    mien_k beta;
    mien_form claim;
    uint32_t mask_value;
    void *taken[96]; /* memory of one pass */
    size_t taken_count;
} simulator;

static inline void *simulator_take(simulator *s, size_t size) {
    void *memory = aligned_alloc(64, size + 64 - size % 64);
    if (memory == NULL || s->taken_count == sizeof s->taken / sizeof *s->taken) abort();
    memset(memory, 0, size + 64 - size % 64);
    s->taken[s->taken_count++] = memory;
    return memory;
}
static inline void simulator_uniform(simulator *s, void *out, size_t elements) {
    if (mien_f_random(out, elements, &s->random) != MIEN_OK) abort();
}
static inline mien_sender simulator_clear(simulator *s) {
    mien_sender sender = {&s->transcript, &s->writer, NULL, 0, 0};
    return sender;
}

/* ---- wire: what the verifier's own code reads draws its challenges and makes the equations */

static inline mien_status simulate_wire(simulator *s, size_t count, mien_reader *reader) {
    size_t start = s->writer.used;
    mien_k *messages = simulator_take(s, count * sizeof *messages);
    simulator_uniform(s, messages, count * MIEN_K_DEGREE);
    MIEN_TRY(mien_write_k(&s->writer, messages, count));
    *reader = mien_reader_of(s->writer.bytes + start, s->writer.used - start);
    return MIEN_OK;
}

static inline mien_status simulate_messages(simulator *s) {
    const mien_inference_statement *st = s->statement;
    const mien_cnn_weights *weights = s->weights != NULL ? &s->weights->layout : NULL;
    size_t count = s->setup->pads_shape.pad_count;
    mien_reader reader;
    MIEN_TRY(simulate_wire(s, count - (weights != NULL ? 1 : 0), &reader));
    mien_receiver receiver = {&s->transcript, &reader, s->wire, count, 0};
    size_t size = mien_inference_check_workspace_size(st->plan, st->cnn);
    MIEN_TRY(mien_inference_check(&s->end, &receiver, &s->checker, st->plan, st->cnn,
                                  st->output == MIEN_OUTPUT_PUBLIC ? st->output_values : NULL,
                                  weights, simulator_take(s, size), size));
    MIEN_TRY(mien_inference_link(s->setup, s->end.output, s->end.xi));
    mien_k *scratch = simulator_take(s, mien_inference_frame_scratch(st->cnn) * sizeof *scratch);
    mien_inference_opening_claim(&s->claim, s->setup, s->end.point, s->end.value, scratch);
    MIEN_TRY(mien_receive(&receiver, "mask value", 1, &s->mask_value));
    s->received = receiver.received;
    return mien_read_end(&reader);
}

/* ---- opening */

/* Leaves that nobody sees are uniform; `leaf` of the columns that are seen. */
static inline void simulate_tree(simulator *s, uint8_t root[MIEN_MERKLE_DIGEST], uint8_t *nodes,
                                 uint32_t tree, unsigned log2_leaves, const uint32_t *columns,
                                 const uint8_t (*leaf)[MIEN_MERKLE_DIGEST], size_t count) {
    if (mien_random_fill(&s->random, nodes, (size_t)MIEN_MERKLE_DIGEST << log2_leaves) != MIEN_OK)
        abort();
    for (size_t i = 0; i < count; i++)
        memcpy(nodes + (size_t)columns[i] * MIEN_MERKLE_DIGEST, leaf[i], MIEN_MERKLE_DIGEST);
    mien_merkle_build(nodes, tree, log2_leaves);
    memcpy(root, mien_merkle_root(nodes, log2_leaves), MIEN_MERKLE_DIGEST);
}

/* Columns with salts, and their tree; elements column after column. */
static inline mien_status simulate_columns(simulator *s, uint8_t root[MIEN_MERKLE_DIGEST],
                                           uint32_t tree, unsigned log2_leaves,
                                           const uint32_t *columns, size_t count,
                                           const mien_f *elements, size_t each, size_t salt_size) {
    uint8_t(*leaf)[MIEN_MERKLE_DIGEST] = simulator_take(s, count * sizeof *leaf);
    uint8_t *nodes = simulator_take(s, mien_merkle_nodes_size(log2_leaves));
    uint32_t *scratch = simulator_take(s, count * sizeof *scratch);
    uint8_t salt[MIEN_MERKLE_SALT] = {0};
    for (size_t i = 0; i < count; i++) {
        MIEN_TRY(mien_random_fill(&s->random, salt, salt_size));
        mien_merkle_leaf(leaf[i], tree, columns[i], salt, elements + i * each, (uint32_t)each);
        MIEN_TRY(mien_write_bytes(&s->writer, salt, salt_size));
        MIEN_TRY(mien_write_f(&s->writer, elements + i * each, each));
    }
    simulate_tree(s, root, nodes, tree, log2_leaves, columns,
                  (const uint8_t(*)[MIEN_MERKLE_DIGEST])leaf, count);
    return mien_merkle_open(&s->writer, scratch, nodes, log2_leaves, columns, count);
}

/* One part: rows uniform; `left` is u(x_c) less what the parts before have added. */
static inline mien_status simulate_part(simulator *s, size_t number, const uint32_t *columns,
                                        mien_k *left) {
    const mien_tensor_shape *part = &s->parts[number];
    size_t each = mien_tensor_column_elements(part);
    unsigned high = part->log2_size - part->log2_row;
    mien_f *elements = simulator_take(s, part->queries * each * sizeof *elements);
    for (size_t c = 0; c < part->queries; c++) {
        mien_f *column = elements + c * each;
        simulator_uniform(s, column, part->row_count);
        for (uint32_t i = 0; i < part->row_count; i++) {
            mien_k weight = mien_tensor_equality_at(s->point + part->log2_row, high, part->rows[i]);
            mien_k share = mien_k_mul_f(mien_k_mul(s->beta, weight), column[i]);
            left[c] = mien_k_sub(left[c], share);
        }
        if (!part->unmasked) memcpy(column + part->row_count, left[c].c, sizeof left[c].c);
    }
    return simulate_columns(s, s->part_roots[number], part->tree, part->log2_columns, columns,
                            part->queries, elements, each, MIEN_TENSOR_SALT);
}

/* u, or its root and z; and the equation z = y + beta claim. */
static inline mien_status simulate_response(simulator *s, mien_tensor_inner_prover *inner,
                                            const mien_k *u) {
    const mien_tensor_shape *shape = s->parts;
    size_t length = mien_tensor_length(shape);
    mien_sender sender = simulator_clear(s);
    mien_form form;
    mien_k z = s->machine.field->k_dot(inner->level[0].u, inner->l, (size_t)1 << shape->log2_row);
    if (mien_tensor_inner_count(shape) > 0) {
        MIEN_TRY(mien_tensor_inner_commit(inner, &sender));
    } else {
        const uint8_t *encoded = s->writer.bytes + s->writer.used;
        MIEN_TRY(mien_write_k(&s->writer, u, length));
        mien_transcript_k(&s->transcript, "combined row", encoded, length);
    }
    mien_form_constant(&form, z);
    mien_form_add(&form, mien_k_neg(MIEN_K_ONE), s->mask_value);
    mien_form_add_form(&form, mien_k_neg(s->beta), &s->claim);
    return s->checker.check(s->checker.context, &form, NULL, 0);
}

static inline mien_status simulate_opening(simulator *s) {
    const mien_tensor_shape *shape = s->parts;
    size_t length = mien_tensor_length(shape), blocks = mien_tensor_u_blocks(shape);
    mien_tensor_inner_prover inner = {.shape = shape, .machine = &s->machine};
    mien_arena sizes = {NULL, 0};
    mien_tensor_inner_carve(&inner, &sizes, 1);
    mien_arena arena = {simulator_take(s, sizes.used), 0};
    mien_sender sender = simulator_clear(s);
    mien_k *u = simulator_take(s, length * sizeof *u);
    mien_k *left = simulator_take(s, shape->queries * sizeof *left);
    uint32_t *columns = simulator_take(s, shape->queries * sizeof *columns);
    inner.level[0].u = simulator_take(s, blocks * sizeof(mien_k_block));
    inner.l = simulator_take(s, blocks * sizeof(mien_k_block));
    inner.hash = mien_hash_kernels_best();
    mien_tensor_inner_carve(&inner, &arena, 1);
    mien_transcript_draw_k(&s->transcript, "beta", &s->beta, 1);
    simulator_uniform(s, u, length * MIEN_K_DEGREE);
    for (size_t j = 0; j < length; j++) mien_k_block_set(inner.level[0].u, j, u[j]);
    mien_equality_blocks(inner.l, s->machine.field, s->point, shape->log2_row);
    MIEN_TRY(simulate_response(s, &inner, u));
    MIEN_TRY(mien_tensor_send_nonce(&sender, "nonce", shape->grinding_bits));
    mien_transcript_draw_columns(&s->transcript, "columns", columns, shape->queries,
                                 shape->log2_columns);
    for (size_t c = 0; c < shape->queries; c++)
        left[c] = mien_k_evaluate_at_f(
            u, length, mien_ntt_point(shape->log2_columns, MIEN_F_GENERATOR, columns[c]));
    for (size_t p = 0; p < s->part_count; p++) MIEN_TRY(simulate_part(s, p, columns, left));
    return mien_tensor_inner_count(shape) > 0 ? mien_tensor_inner_open(&inner, &sender, columns)
                                              : MIEN_OK;
}

static inline mien_status simulate_openings(simulator *s) {
    mien_reader reader;
    mien_receiver receiver = {&s->transcript, &reader, s->wire, s->setup->pads_shape.pad_count,
                              s->received};
    s->parts = s->setup->parts;
    s->part_count = s->setup->part_count;
    s->part_roots = s->roots;
    s->point = s->end.point;
    MIEN_TRY(simulate_opening(s));
    if (s->weights == NULL) return MIEN_OK;
    mien_tensor_shape *parts = simulator_take(s, 2 * sizeof *parts);
    parts[0] = s->setup->weights.theta;
    parts[1] = s->setup->weights.mask;
    MIEN_TRY(simulate_wire(s, 1, &reader));
    MIEN_TRY(mien_receive(&receiver, "mask value", 1, &s->mask_value));
    mien_form_constant(&s->claim, MIEN_K_ZERO);
    mien_form_add(&s->claim, MIEN_K_ONE, s->end.weights_value);
    s->parts = parts;
    s->part_count = 2;
    s->part_roots = s->weights_roots;
    s->point = s->end.weights_point;
    return simulate_opening(s);
}

/* ---- zk-Ligero */

typedef struct simulator_weights {
    size_t slots;
    mien_k *a; /* [row][slot] */
} simulator_weights;

static inline void simulator_take_row(void *context, size_t row, const mien_k *coefficients) {
    simulator_weights *weights = context;
    mien_k *own = weights->a + row * weights->slots;
    for (size_t i = 0; i < weights->slots; i++) own[i] = mien_k_add(own[i], coefficients[i]);
}

/* What the verifier's tests subtract for one column's rows. */
typedef struct simulator_tests {
    mien_k proximity, linear, product;
} simulator_tests;

static inline simulator_tests simulate_tests(const simulator *s,
                                             const mien_ligero_challenges *challenges,
                                             const simulator_weights *weights,
                                             const mien_f *lagrange, const mien_f *rows) {
    const mien_ligero_system *system = &s->setup->system;
    simulator_tests sum = {MIEN_K_ZERO, MIEN_K_ZERO, MIEN_K_ZERO};
    for (size_t i = 0; i < system->rows; i++) {
        mien_k weight = mien_k_dot_f(weights->a + i * weights->slots, lagrange, weights->slots);
        sum.linear = mien_k_add(sum.linear, mien_k_mul_f(weight, rows[i]));
        sum.proximity = mien_k_add(sum.proximity, mien_k_mul_f(challenges->proximity[i], rows[i]));
    }
    for (size_t n = 0; n < system->product_count; n++) {
        const mien_ligero_product *p = &system->products[n];
        mien_f product = mien_f_mul(rows[p->left], rows[p->right]);
        product = mien_f_sub(product, rows[p->result]);
        sum.product = mien_k_add(sum.product, mien_k_mul_f(challenges->products[n], product));
    }
    return sum;
}

/* The five masks of a column: two are uniform, three follow. */
static inline void simulate_masks(simulator *s, mien_k mask[MIEN_LIGERO_MASKS],
                                  const mien_ligero_challenges *challenges, const mien_k *responses,
                                  simulator_tests rows, mien_f x) {
    const mien_proof_parameters *p = &s->setup->ligero;
    size_t dimension = mien_ligero_dimension(p), linear = mien_ligero_linear_length(p);
    mien_f vanishing = mien_f_sub(mien_f_power(x, (uint32_t)mien_ligero_slots(p)), MIEN_F_ONE);
    mien_k f = mien_k_evaluate_at_f(responses + dimension, linear, x);
    mien_k h =
        mien_k_evaluate_at_f(responses + dimension + linear, mien_ligero_product_length(p), x);
    simulator_uniform(s, &mask[MIEN_LIGERO_MASK_LINEAR_HIGH], MIEN_K_DEGREE);
    simulator_uniform(s, &mask[MIEN_LIGERO_MASK_PRODUCT_HIGH], MIEN_K_DEGREE);
    f = mien_k_sub(f, rows.linear);
    h = mien_k_sub(h, mien_k_mul_f(rows.product, mien_f_inverse(vanishing)));
    mask[MIEN_LIGERO_MASK_LINEAR_LOW] =
        mien_k_sub(f, mien_k_mul_f(mask[MIEN_LIGERO_MASK_LINEAR_HIGH],
                                   mien_f_power(x, (uint32_t)mien_ligero_linear_shift(p))));
    mask[MIEN_LIGERO_MASK_PRODUCT_LOW] =
        mien_k_sub(h, mien_k_mul_f(mask[MIEN_LIGERO_MASK_PRODUCT_HIGH],
                                   mien_f_power(x, (uint32_t)mien_ligero_product_shift(p))));
    mask[0] = mien_k_sub(mien_k_evaluate_at_f(responses, dimension, x), rows.proximity);
    for (size_t i = 1; i < MIEN_LIGERO_MASKS; i++)
        mask[0] = mien_k_sub(
            mask[0], mien_k_mul(challenges->proximity[s->setup->system.rows + i - 1], mask[i]));
}

/* Responses: uniform, the linear one summing to the target over H. */
static inline mien_status simulate_responses(simulator *s, mien_k *responses, mien_k target) {
    const mien_proof_parameters *p = &s->setup->ligero;
    size_t count = mien_ligero_responses_size(p) / MIEN_K_BYTES, m = mien_ligero_slots(p);
    mien_k *linear = responses + mien_ligero_dimension(p);
    simulator_uniform(s, responses, count * MIEN_K_DEGREE);
    linear[0] = mien_k_mul_f(target, mien_f_inverse(mien_f_from_u32((uint32_t)m)));
    for (size_t i = m; i < mien_ligero_linear_length(p); i += m)
        linear[0] = mien_k_sub(linear[0], linear[i]);
    const uint8_t *encoded = s->writer.bytes + s->writer.used;
    MIEN_TRY(mien_write_k(&s->writer, responses, count));
    mien_ligero_absorb_responses(&s->transcript, encoded, p);
    return MIEN_OK;
}

static inline mien_status simulate_nonce(simulator *s) {
    const mien_proof_parameters *p = &s->setup->ligero;
    mien_transcript before = s->transcript;
    uint64_t nonce = 0;
    while (!mien_ligero_grind_check(&s->transcript, nonce, p)) {
        s->transcript = before;
        nonce++;
    }
    return mien_write_le64(&s->writer, nonce);
}

static inline mien_status simulate_pads(simulator *s) {
    const mien_proof_parameters *p = &s->setup->ligero;
    const mien_ligero_system *system = &s->setup->system;
    size_t each = mien_ligero_column_elements(system->rows), q = p->queries;
    mien_ligero_challenges challenges = {
        .proximity = simulator_take(s, mien_ligero_proximity_count(system) * sizeof(mien_k)),
        .products = simulator_take(s, system->product_count * sizeof(mien_k))};
    simulator_weights weights = {system->slots,
                                 simulator_take(s, system->rows * system->slots * sizeof(mien_k))};
    mien_ligero_row_sink sink = {simulator_take_row, &weights};
    mien_k *responses = simulator_take(s, mien_ligero_responses_size(p) / 4 * sizeof(mien_f));
    mien_f *elements = simulator_take(s, q * each * sizeof *elements);
    mien_f *lagrange = simulator_take(s, 2 * system->slots * sizeof *lagrange);
    uint32_t *columns = simulator_take(s, q * sizeof *columns);
    mien_rs_shape shape = mien_ligero_shape(p);
    mien_ligero_draw_challenges(&challenges, &s->transcript, system);
    mien_k target = system->combine(system->instance, simulator_take(s, system->scratch_size),
                                    challenges.linear, challenges.linear, &sink);
    MIEN_TRY(simulate_responses(s, responses, target));
    MIEN_TRY(simulate_nonce(s));
    mien_ligero_draw_columns(&s->transcript, columns, p);
    for (size_t c = 0; c < q; c++) {
        mien_f *column = elements + c * each, x = mien_rs_point(&shape, columns[c]);
        mien_k mask[MIEN_LIGERO_MASKS];
        simulator_uniform(s, column, system->rows);
        mien_rs_lagrange(lagrange, lagrange + system->slots, &shape, x);
        simulator_tests rows = simulate_tests(s, &challenges, &weights, lagrange, column);
        simulate_masks(s, mask, &challenges, responses, rows, x);
        memcpy(column + system->rows, mask, sizeof mask);
    }
    return simulate_columns(s, s->pads_root, MIEN_LIGERO_TREE_NUMBER, p->log2_length, columns, q,
                            elements, each, mien_ligero_salt(p));
}

/* ---- all of it, twice: challenges are chosen before the roots are known */

static inline mien_status simulate_pass(simulator *s, const uint8_t seed[32]) {
    uint8_t head[MIEN_INFERENCE_HEAD_SIZE];
    s->random = mien_random_seeded(&s->state, seed);
    s->setup = simulator_take(s, sizeof *s->setup);
    if (s->statement->frame == MIEN_FRAME_COMMITTED)
        memcpy(s->statement->frame_commitment, s->roots[0], MIEN_MERKLE_DIGEST);
    if (s->weights != NULL) {
        memcpy(s->weights->root, s->weights_roots[0], MIEN_MERKLE_DIGEST);
        mien_private_weights_digest(s->statement->model, s->parameters, s->statement->cnn,
                                    s->weights);
    }
    MIEN_TRY(mien_inference_setup_make(s->setup, s->parameters, s->statement));
    s->wire = simulator_take(s, s->setup->pads_shape.pad_count * sizeof *s->wire);
    MIEN_TRY(mien_inference_setup_pads(s->setup, s->wire,
                                       simulator_take(s, mien_inference_setup_size(s->setup))));
    s->checker = mien_pads_checker(&s->setup->pads);
    mien_inference_head(head, s->setup);
    MIEN_TRY(mien_write_bytes(&s->writer, head, sizeof head));
    mien_inference_absorb(&s->transcript, s->setup);
    MIEN_TRY(mien_write_bytes(&s->writer, s->pads_root, sizeof s->pads_root));
    mien_ligero_absorb_commitment(&s->transcript, s->pads_root);
    const uint8_t *root = s->roots[s->setup->part_count - 1];
    MIEN_TRY(mien_write_bytes(&s->writer, root, MIEN_MERKLE_DIGEST));
    mien_transcript_digest(&s->transcript, "witness", root);
    if (s->weights != NULL) {
        MIEN_TRY(mien_write_bytes(&s->writer, s->weights_roots[1], MIEN_MERKLE_DIGEST));
        mien_transcript_digest(&s->transcript, "weights mask", s->weights_roots[1]);
    }
    MIEN_TRY(simulate_messages(s));
    MIEN_TRY(simulate_openings(s));
    MIEN_TRY(mien_pads_complete(&s->setup->pads));
    return simulate_pads(s);
}

/* A proof of `statement`, true or not, and C_x where it is behind one. Challenges follow from
 * `challenges`; weights: what statement->weights points to, or NULL; program: the oracle notes what
 * it answers, for ORACLE_PROGRAMMED. Leaves the oracle in ORACLE_BLIND or ORACLE_PROGRAM. */
static inline mien_status simulate(uint8_t *out, size_t capacity, size_t *length,
                                   const mien_inference_parameters *parameters,
                                   mien_inference_statement *statement,
                                   mien_private_weights *weights, const uint8_t seed[32],
                                   uint64_t challenges, bool program) {
    simulator s = {.parameters = parameters, .statement = statement, .weights = weights};
    mien_status status = MIEN_OK;
    s.machine = mien_machine_best(NULL);
    for (int pass = 0; pass < 2 && status == MIEN_OK; pass++) {
        oracle_set(pass == 1 && program ? ORACLE_PROGRAM : ORACLE_BLIND, challenges);
        s.writer = mien_writer_of(out, capacity);
        status = simulate_pass(&s, seed);
        while (s.taken_count > 0) free(s.taken[--s.taken_count]);
    }
    *length = s.writer.used;
    return status;
}

#endif
