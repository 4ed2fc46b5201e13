/* SPDX-License-Identifier: MIT */
#include "prover/statement/registration_prove.h"

#include "prover/circuits/pads_assign.h"
#include "prover/statement/registration_protocol.h"
#include "prover/sumcheck/inner_product.h"
#include "prover/transcript/derived_random.h"

typedef struct prover {
    mien_registration_setup *setup;
    const mien_registration_observer *observer;
    mien_private_model *model, *before;
    mien_machine machine;
    const mien_hash_kernels *hash;
    const mien_random *random;
    mien_random derived;
    mien_derived_random stream;
    const mien_progress *progress;
    mien_k *pads, *wire;
    mien_f *rows, *w; /* rows of zk-Ligero; theta and counts, not in a renewal */
    mien_k_block *functional, *table;
    void *pads_memory, *ligero, *tensor, *stage;
    size_t pads_size, ligero_size, tensor_size, stage_size;
    mien_tensor_commitment mask;
    mien_ligero_prover *ligero_prover;
    mien_transcript transcript, replay; /* replay: as it was behind both roots */
    mien_writer writer;
    size_t replay_from;
    mien_k point[MIEN_CNN_WEIGHTS_LOG2_MAX + 1], value;
} prover;

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

/* What only a registration needs: theta with counts, its functional, and what trees and inner
 * product work in. */
static void carve_range(prover *s, mien_arena *arena, unsigned n) {
    size_t positions = (size_t)2 << n;
    s->w = mien_arena_take(arena, positions, sizeof *s->w);
    s->functional = mien_arena_take(arena, mien_k_blocks(positions), sizeof *s->functional);
    s->table = mien_arena_take(arena, mien_k_blocks(MIEN_REGISTRATION_ROWS), sizeof *s->table);
    s->stage_size = larger(mien_fraction_workspace_size(n, true),
                           mien_fraction_workspace_size(MIEN_CNN_DIGIT_LOG2, false));
    s->stage_size = larger(s->stage_size, mien_inner_product_workspace_size(n + 1));
}

static size_t carve(prover *s, void *workspace, const mien_registration_setup *setup,
                    unsigned threads) {
    mien_arena arena = {workspace, 0};
    s->ligero_size = mien_ligero_prove_workspace_size(&setup->ligero, &setup->system);
    s->tensor_size = mien_tensor_memory_size(&setup->parts[setup->part_count - 1], threads);
    s->pads_size = mien_pads_workspace_size(&setup->pads_shape);
    if (s->ligero_size == 0 || s->tensor_size == 0 || s->pads_size == 0) return 0;
    s->setup = mien_arena_take(&arena, 1, sizeof *s->setup);
    s->pads = mien_arena_take(&arena, setup->pads_shape.pad_count, sizeof *s->pads);
    s->wire = mien_arena_take(&arena, setup->pads_shape.pad_count, sizeof *s->wire);
    s->rows = mien_arena_take(&arena, setup->system.rows * setup->system.slots, sizeof *s->rows);
    s->pads_memory = mien_arena_take(&arena, s->pads_size, 1);
    s->ligero = mien_arena_take(&arena, s->ligero_size, 1);
    s->tensor = mien_arena_take(&arena, s->tensor_size, 1);
    s->stage_size = 0;
    s->w = NULL;
    if (!mien_registration_renews(setup)) carve_range(s, &arena, setup->bits);
    s->stage_size = larger(s->stage_size, mien_registration_check_workspace_size());
    s->stage = mien_arena_take(&arena, s->stage_size, 1);
    return arena.used;
}

size_t mien_registration_prove_workspace_size(const mien_inference_parameters *parameters,
                                              const mien_registration *registration,
                                              unsigned threads) {
    prover s;
    mien_registration_setup setup;
    if (mien_registration_setup_make(&setup, parameters, registration) != MIEN_OK) return 0;
    return carve(&s, NULL, &setup, threads);
}

size_t mien_registration_proof_max_size(const mien_inference_parameters *parameters,
                                        const mien_registration *registration) {
    mien_registration_setup setup;
    if (mien_registration_setup_make(&setup, parameters, registration) != MIEN_OK) return 0;
    return MIEN_REGISTRATION_HEAD_SIZE + MIEN_MERKLE_DIGEST +
           (size_t)setup.pads_shape.pad_count * MIEN_K_BYTES +
           mien_tensor_parts_opening_max_size(setup.parts, setup.part_count) +
           mien_ligero_proof_max_size(&setup.ligero, &setup.system);
}

static void step(prover *s, mien_registration_step name) {
    const mien_registration_view view = {s->w,      MIEN_REGISTRATION_ROWS, s->pads, s->point,
                                         &s->value, s->functional};
    if (s->observer != NULL) s->observer->at(s->observer->context, name, &view);
}

/* ---- the argument */

/* Theta, and how often each row of the table is used. What is no digit is counted nowhere. */
static void fill_w(prover *s) {
    size_t size = (size_t)1 << s->setup->bits;
    uint32_t counts[MIEN_REGISTRATION_ROWS] = {0}; /* secret */
    memcpy(s->w, s->model->theta, size * sizeof *s->w);
    memset(s->w + size, 0, size * sizeof *s->w);
    for (size_t i = 0; i < size; i++) {
        mien_f row = mien_f_sub(s->w[i], mien_f_from_i32(MIEN_CNN_DIGIT_LOW));
        uint32_t value = mien_f_to_u32(row);
        if (value < MIEN_REGISTRATION_ROWS) counts[value]++;
    }
    for (size_t v = 0; v < MIEN_REGISTRATION_ROWS; v++) s->w[size + v] = mien_f_from_u32(counts[v]);
    mien_wipe(counts, sizeof counts);
}

static mien_status send_trees(prover *s, mien_sender *sender, mien_k a, mien_k *leaf, mien_k *row) {
    size_t size = (size_t)1 << s->setup->bits;
    mien_leaf_columns columns = {.column = {s->w},
                                 .constant = a,
                                 .scale = {MIEN_K_ONE, MIEN_K_ZERO, MIEN_K_ZERO},
                                 .size = size,
                                 .present = size / 2};
    mien_fraction_leaves leaves = {s->setup->bits, &columns, NULL, NULL};
    step(s, MIEN_REGISTRATION_STEP_LEAVES);
    MIEN_TRY(mien_fraction_prove(sender, leaf, &leaves, s->stage, s->stage_size, &s->machine,
                                 s->progress));
    for (int32_t v = 0; v < MIEN_REGISTRATION_ROWS; v++) {
        mien_k value = mien_k_from_f(mien_f_from_i32(MIEN_CNN_DIGIT_LOW + v));
        mien_k_block_set(s->table, (size_t)v, mien_k_add(a, value));
    }
    mien_fraction_leaves rows = {MIEN_CNN_DIGIT_LOG2, NULL, s->w + size, s->table};
    step(s, MIEN_REGISTRATION_STEP_ROWS);
    return mien_fraction_prove(sender, row, &rows, s->stage, s->stage_size, &s->machine,
                               s->progress);
}

static mien_status argue_range(prover *s, mien_sender *sender) {
    const mien_field_kernels *field = s->machine.field;
    mien_k a, gamma, leaf[MIEN_CNN_WEIGHTS_LOG2_MAX], row[MIEN_CNN_DIGIT_LOG2];
    size_t size = (size_t)1 << s->setup->bits;
    mien_k_block *counts = s->functional + size / MIEN_LANES;
    mien_transcript_draw_k(sender->transcript, "lookup a", &a, 1);
    MIEN_TRY(send_trees(s, sender, a, leaf, row));
    mien_transcript_draw_k(sender->transcript, "gamma", &gamma, 1);
    memset(counts, 0, size / MIEN_LANES * sizeof *counts);
    mien_equality_blocks(s->functional, field, leaf, s->setup->bits);
    mien_equality_blocks(counts, field, row, MIEN_CNN_DIGIT_LOG2);
    field->k_scale(counts, counts, gamma, MIEN_REGISTRATION_ROWS);
    step(s, MIEN_REGISTRATION_STEP_CLAIMS);
    return mien_inner_product_prove(sender, s->point, &s->value, s->w, s->functional,
                                    s->setup->bits + 1, s->stage, s->stage_size, &s->machine,
                                    s->progress);
}

/* The later theta at the point. */
static mien_k theta_at(const prover *s) {
    size_t size = (size_t)1 << s->setup->bits;
    mien_k sum = MIEN_K_ZERO, high;
    mien_k low[256];
    mien_equality_vector(low, s->point, 8);
    for (size_t i = 0; i < size; i += 256) {
        high = MIEN_K_ONE;
        for (unsigned bit = 8; bit < s->setup->bits; bit++) {
            mien_k r = s->point[bit];
            high = mien_k_mul(high, i >> bit & 1 ? r : mien_k_sub(MIEN_K_ONE, r));
        }
        sum = mien_k_add(sum, mien_k_mul(high, mien_k_dot_f(low, s->model->theta + i, 256)));
    }
    return sum;
}

static mien_status argue_renewal(prover *s, mien_sender *sender) {
    unsigned n = s->setup->bits;
    mien_transcript_draw_k(sender->transcript, "point", s->point, n);
    s->value = theta_at(s);
    step(s, MIEN_REGISTRATION_STEP_VALUE);
    MIEN_TRY(mien_send(sender, "weights value", &s->value, 1));
    mien_transcript_draw_k(sender->transcript, "side", &s->point[n], 1);
    return MIEN_OK;
}

static mien_status argue_and_open(prover *s) {
    mien_registration_setup *setup = s->setup;
    bool renews = mien_registration_renews(setup);
    mien_sender sender = {&s->transcript, &s->writer, s->pads, setup->pads_shape.pad_count, 0};
    mien_tensor_commitment *parts[3];
    size_t count = 0;
    MIEN_TRY(renews ? argue_renewal(s, &sender) : argue_range(s, &sender));
    step(s, MIEN_REGISTRATION_STEP_END);
    if (renews) parts[count++] = &s->before->tensor;
    parts[count++] = &s->model->tensor;
    for (size_t i = 0; i < count; i++) MIEN_TRY(mien_tensor_place(parts[i], &setup->parts[i]));
    parts[count++] = &s->mask;
    return mien_tensor_open_parts(parts, count, &sender, s->point, &s->machine);
}

/* ---- the parts of a proof, in order */

static mien_status commit(prover *s) {
    const mien_registration_setup *setup = s->setup;
    uint8_t head[MIEN_REGISTRATION_HEAD_SIZE], root[MIEN_MERKLE_DIGEST];
    const mien_f *w = s->w != NULL ? s->w : s->model->theta;
    mien_registration_head(head, setup);
    MIEN_TRY(mien_write_bytes(&s->writer, head, sizeof head));
    MIEN_TRY(mien_ligero_commit(&s->ligero_prover, &s->transcript, &s->writer, &setup->ligero,
                                &setup->system, s->rows, s->ligero, s->ligero_size, s->random,
                                s->machine.pool, s->progress, NULL));
    MIEN_TRY(mien_tensor_commit(&s->mask, root, w, &setup->parts[setup->part_count - 1], s->tensor,
                                s->tensor_size, &s->machine, s->hash, s->random, s->progress));
    MIEN_TRY(mien_write_bytes(&s->writer, root, sizeof root));
    mien_transcript_digest(&s->transcript, "mask", root);
    s->replay = s->transcript;
    s->replay_from = s->writer.used;
    return MIEN_OK;
}

/* The opening's check z = y + beta claim, z left out: it is no coefficient. */
static mien_status replay_opening(uint32_t value, mien_receiver *receiver,
                                  const mien_checker *checker) {
    uint32_t y;
    mien_k beta;
    mien_form form;
    MIEN_TRY(mien_receive(receiver, "mask value", 1, &y));
    mien_transcript_draw_k(receiver->transcript, "beta", &beta, 1);
    mien_form_constant(&form, MIEN_K_ZERO);
    mien_form_add(&form, mien_k_neg(MIEN_K_ONE), y);
    mien_form_add(&form, mien_k_neg(beta), value);
    return checker->check(checker->context, &form, NULL, 0);
}

/* The verifier's checks over what was written, for the coefficients of the pads. */
static mien_status replay(prover *s) {
    mien_registration_setup *setup = s->setup;
    mien_reader reader =
        mien_reader_of(s->writer.bytes + s->replay_from, s->writer.used - s->replay_from);
    mien_receiver receiver = {&s->replay, &reader, s->wire, setup->pads_shape.pad_count, 0};
    mien_checker checker = mien_pads_checker(&setup->pads);
    mien_registration_end end = {.value = 0};
    MIEN_TRY(mien_registration_check(&end, &receiver, &checker, setup, s->stage));
    MIEN_TRY(replay_opening(end.value, &receiver, &checker));
    return mien_pads_complete(&setup->pads);
}

/* From here on randomness comes from a seed of fresh bytes, the public input and the weights. */
static mien_status seed(prover *s) {
    uint8_t seed[MIEN_DERIVED_SEED];
    size_t size = sizeof *s->model->theta << s->setup->bits;
    mien_status status = mien_derived_seed(seed, s->random, &s->transcript, s->model->theta, size);
    s->derived = mien_derived_random_start(&s->stream, seed);
    s->random = &s->derived;
    mien_wipe(seed, sizeof seed);
    return status;
}

static mien_status run(prover *s) {
    const mien_pads_shape *shape = &s->setup->pads_shape;
    MIEN_TRY(mien_pads_init(&s->setup->pads, shape, s->wire, s->pads_memory, s->pads_size));
    mien_registration_absorb(&s->transcript, s->setup);
    MIEN_TRY(seed(s));
    MIEN_TRY(mien_pads_draw(s->pads, shape->pad_count, s->random));
    mien_pads_assign(s->rows, shape, s->pads);
    if (s->w != NULL) fill_w(s);
    step(s, MIEN_REGISTRATION_STEP_COMMIT);
    MIEN_TRY(commit(s));
    MIEN_TRY(argue_and_open(s));
    MIEN_TRY(replay(s));
    return mien_ligero_respond(s->ligero_prover, &s->transcript, &s->writer, s->progress);
}

/* Both roots, each with an opening left. */
static mien_status check_models(const mien_registration *r, const mien_private_model *model,
                                const mien_private_model *before) {
    if ((before == NULL) != (r->before == NULL)) return MIEN_ARGUMENT;
    MIEN_TRY(mien_private_model_ready(model, r->weights->root));
    return before == NULL ? MIEN_OK : mien_private_model_ready(before, r->before->root);
}

mien_status mien_registration_prove(
    uint8_t *proof, size_t capacity, size_t *length, const mien_inference_parameters *parameters,
    const mien_registration *registration, mien_private_model *model, mien_private_model *before,
    void *workspace, size_t workspace_size, const mien_random *random, mien_pool *pool,
    const mien_progress *progress, const mien_registration_observer *observer) {
    prover s = {.observer = observer, .model = model, .before = before, .random = random};
    *length = 0;
    if (workspace_size < sizeof(mien_registration_setup) || (uintptr_t)workspace % 64 != 0)
        return MIEN_ARGUMENT;
    MIEN_TRY(mien_registration_setup_make(workspace, parameters, registration));
    MIEN_TRY(check_models(registration, model, before));
    size_t needed = carve(&s, workspace, workspace, mien_pool_threads(pool));
    if (needed == 0 || workspace_size < needed) return MIEN_ARGUMENT;
    s.machine = mien_machine_best(pool);
    s.hash = mien_hash_kernels_best();
    s.progress = progress;
    s.writer = mien_writer_of(proof, capacity);
    mien_status status = run(&s);
    if (status == MIEN_OK)
        *length = s.writer.used;
    else
        mien_wipe(proof, s.writer.used);
    mien_wipe(workspace, needed);
    mien_wipe(&s, sizeof s);
    return status;
}
