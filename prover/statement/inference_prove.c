/* SPDX-License-Identifier: MIT */
#include "prover/statement/inference_prove.h"

#include "prover/circuits/output_assign.h"
#include "prover/circuits/pads_assign.h"
#include "prover/statement/inference_check.h"
#include "prover/statement/inference_protocol.h"
#include "prover/transcript/derived_random.h"

/* One scale for the parts of a proof, each of which reports its own: a part begins when the step's
 * name changes or its count starts again. Per mille of the time at the face network's size. */
typedef struct whole {
    const mien_progress *outer;
    mien_progress inner;
    const char *step;
    size_t part, done;
} whole;

enum { PARTS = 6 };
static const size_t part_starts[PARTS + 1] = {0, 20, 250, 700, 800, 950, 1000};

static bool report_whole(void *context, const char *step, size_t done, size_t total) {
    whole *w = context;
    if (w->step != NULL && (strcmp(step, w->step) != 0 || done < w->done) && w->part < PARTS - 1)
        w->part++;
    w->step = step;
    w->done = done;
    size_t start = part_starts[w->part], width = part_starts[w->part + 1] - start;
    return mien_progress_report(w->outer, step, start + width * done / total, 1000);
}

typedef struct prover {
    whole progress_of_all;
    mien_inference_setup *setup;
    const mien_inference_observers *observers;
    mien_inference_witness *witness;
    mien_machine machine;
    const mien_hash_kernels *hash;
    const mien_random *random;
    mien_random derived;
    mien_derived_random stream;
    const mien_progress *progress;
    mien_k *pads, *wire;
    mien_f *rows;
    mien_match_opening *opening;
    bool argued;
    void *pads_memory, *ligero, *tensor, *mask, *stage;
    size_t ligero_size, tensor_size, mask_size, stage_size;
    mien_tensor_commitment commitment, weights_mask;
    mien_ligero_prover *ligero_prover;
    mien_transcript transcript, replay; /* replay: as it was behind both roots */
    mien_transcript replay_weights;     /* as it was before the opening of hidden weights */
    mien_writer writer;
    size_t replay_from, replay_weights_from;
    mien_k point[MIEN_FRACTION_LOG2_MAX], functional;
    mien_k weights_functional, weights_point[MIEN_CNN_WEIGHTS_LOG2_MAX];
} prover;

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static size_t carve(prover *s, void *workspace, const mien_inference_setup *setup,
                    unsigned threads) {
    const mien_inference_statement *statement = setup->statement;
    mien_arena arena = {workspace, 0};
    s->ligero_size = mien_ligero_prove_workspace_size(&setup->ligero, &setup->system);
    s->tensor_size = mien_tensor_memory_size(&setup->parts[setup->part_count - 1], threads);
    if (s->ligero_size == 0 || s->tensor_size == 0) return 0;
    bool hidden = statement->weights != NULL;
    s->mask_size = hidden ? mien_tensor_memory_size(&setup->weights.mask, threads) : 0;
    s->setup = mien_arena_take(&arena, 1, sizeof *s->setup);
    s->opening = mien_arena_take(&arena, 1, sizeof *s->opening);
    s->pads = mien_arena_take(&arena, setup->pads_shape.pad_count, sizeof *s->pads);
    s->wire = mien_arena_take(&arena, setup->pads_shape.pad_count, sizeof *s->wire);
    s->rows = mien_arena_take(&arena, setup->system.rows * setup->system.slots, sizeof *s->rows);
    s->pads_memory = mien_arena_take(&arena, mien_inference_setup_size(setup), 1);
    s->ligero = mien_arena_take(&arena, s->ligero_size, 1);
    s->tensor = mien_arena_take(&arena, s->tensor_size, 1);
    s->mask = mien_arena_take(&arena, s->mask_size, 1);
    s->stage_size =
        larger(mien_inference_argue_workspace_size(statement->plan, statement->cnn,
                                                   hidden ? &statement->weights->layout : NULL),
               mien_inference_check_workspace_size(statement->plan, statement->cnn));
    s->stage = mien_arena_take(&arena, s->stage_size, 1);
    return arena.used;
}

size_t mien_inference_prove_workspace_size(const mien_inference_parameters *parameters,
                                           const mien_inference_statement *statement,
                                           unsigned threads) {
    prover s;
    mien_inference_setup setup;
    if (mien_inference_setup_make(&setup, parameters, statement) != MIEN_OK) return 0;
    return carve(&s, NULL, &setup, threads);
}

size_t mien_inference_proof_max_size(const mien_inference_parameters *parameters,
                                     const mien_inference_statement *statement) {
    mien_inference_setup setup;
    if (mien_inference_setup_make(&setup, parameters, statement) != MIEN_OK) return 0;
    const mien_tensor_shape weights[2] = {setup.weights.theta, setup.weights.mask};
    size_t hidden = 0;
    if (statement->weights != NULL)
        hidden = MIEN_MERKLE_DIGEST + mien_tensor_parts_opening_max_size(weights, 2);
    return MIEN_INFERENCE_HEAD_SIZE + MIEN_MERKLE_DIGEST + hidden +
           (size_t)setup.pads_shape.pad_count * MIEN_K_BYTES +
           mien_tensor_parts_opening_max_size(setup.parts, setup.part_count) +
           mien_ligero_proof_max_size(&setup.ligero, &setup.system);
}

mien_status mien_inference_frame_layout(mien_frame_layout *layout,
                                        const mien_inference_parameters *parameters,
                                        const mien_cnn *cnn, const mien_cnn_plan *plan) {
    static const int16_t none[1];
    mien_inference_setup setup;
    mien_inference_statement statement = {.cnn = cnn,
                                          .plan = plan,
                                          .frame = MIEN_FRAME_COMMITTED,
                                          .output = MIEN_OUTPUT_PUBLIC,
                                          .output_values = none};
    MIEN_TRY(mien_inference_setup_make(&setup, parameters, &statement));
    *layout = setup.frame_layout;
    return MIEN_OK;
}

/* ---- what is behind the pads in zk-Ligero's matrix */

static mien_status read_elements(mien_f *out, const uint8_t bytes[MIEN_DIGEST_SIZE]) {
    for (size_t i = 0; i < MIEN_POSEIDON2_DIGEST; i++)
        if (mien_f_from_bytes(&out[i], bytes + MIEN_F_BYTES * i) != MIEN_OK) return MIEN_ARGUMENT;
    return MIEN_OK;
}

static mien_status assign_match(prover *s, mien_f *rows) {
    const mien_match_statement *match = &s->setup->statement->match;
    const mien_match_circuit *circuit = &s->setup->match;
    mien_f digest[MIEN_MATCH_CHAINS][MIEN_POSEIDON2_DIGEST];
    for (size_t i = 0; i < MIEN_EMBEDDING_SIZE; i++)
        s->opening->embedding[i] = (int8_t)s->witness->output[i];
    memcpy(s->opening->template_vector, s->witness->template_vector, MIEN_EMBEDDING_SIZE);
    mien_match_pack3(s->opening->key_z, s->witness->key_z, MIEN_KEY_Z_SIZE);
    mien_match_assign(rows, digest, circuit, s->opening, match->threshold);
    int opens = mien_equal_ct(digest[MIEN_MATCH_CHAIN_KEY_CHECK],
                              circuit->digest[MIEN_MATCH_CHAIN_KEY_CHECK], sizeof *digest) &
                mien_equal_ct(digest[MIEN_MATCH_CHAIN_TEMPLATE],
                              circuit->digest[MIEN_MATCH_CHAIN_TEMPLATE], sizeof *digest);
    mien_match_cosine cosine =
        mien_match_cosine_of(s->opening->embedding, s->opening->template_vector, match->threshold);
    int matches = (cosine.dot >= 1) & (cosine.excess >= 0);
    mien_wipe(digest, sizeof digest);
    mien_wipe(&cosine, sizeof cosine);
    if (!opens) return MIEN_ARGUMENT;
    return matches ? MIEN_OK : MIEN_NO_MATCH;
}

static mien_status assign_output(prover *s, mien_f *rows) {
    const mien_output_circuit *circuit = &s->setup->output;
    uint32_t count = circuit->shape.count;
    mien_f blinding[MIEN_POSEIDON2_DIGEST], digest[MIEN_POSEIDON2_DIGEST];
    int8_t values[MIEN_OUTPUT_MAX];
    mien_status status = read_elements(blinding, s->witness->output_blinding);
    for (uint32_t i = 0; i < count; i++) values[i] = (int8_t)s->witness->output[i];
    if (status == MIEN_OK) {
        mien_output_assign(rows, digest, circuit, values, blinding);
        if (!mien_equal_ct(digest, circuit->digest, sizeof digest)) status = MIEN_ARGUMENT;
    }
    mien_wipe(values, sizeof values);
    mien_wipe(blinding, sizeof blinding);
    mien_wipe(digest, sizeof digest);
    return status;
}

static mien_status assign(prover *s) {
    const mien_inference_setup *setup = s->setup;
    mien_f *behind = s->rows + mien_pads_rows(&setup->pads_shape) * setup->system.slots;
    MIEN_TRY(mien_pads_draw(s->pads, setup->pads_shape.pad_count, s->random));
    mien_pads_assign(s->rows, &setup->pads_shape, s->pads);
    if (setup->statement->output == MIEN_OUTPUT_MATCHED)
        MIEN_TRY(assign_match(s, behind));
    else if (setup->statement->output == MIEN_OUTPUT_COMMITTED)
        MIEN_TRY(assign_output(s, behind));
    if (s->observers != NULL && s->observers->committed != NULL)
        s->observers->committed(s->observers->context, s->pads, behind);
    return MIEN_OK;
}

/* ---- the parts of a proof, in order */

/* What opens hidden weights in this proof: a part without rows. */
static mien_status commit_mask(prover *s) {
    uint8_t root[MIEN_MERKLE_DIGEST];
    MIEN_TRY(mien_tensor_commit(&s->weights_mask, root, s->witness->model->theta,
                                &s->setup->weights.mask, s->mask, s->mask_size, &s->machine,
                                s->hash, s->random, s->progress));
    MIEN_TRY(mien_write_bytes(&s->writer, root, sizeof root));
    mien_transcript_digest(&s->transcript, "weights mask", root);
    return MIEN_OK;
}

static mien_status commit(prover *s) {
    const mien_inference_setup *setup = s->setup;
    const mien_tensor_shape *rest = &setup->parts[setup->part_count - 1];
    uint8_t head[MIEN_INFERENCE_HEAD_SIZE], root[MIEN_MERKLE_DIGEST];
    mien_inference_head(head, setup);
    MIEN_TRY(mien_write_bytes(&s->writer, head, sizeof head));
    MIEN_TRY(mien_ligero_commit(&s->ligero_prover, &s->transcript, &s->writer, &setup->ligero,
                                &setup->system, s->rows, s->ligero, s->ligero_size, s->random,
                                s->machine.pool, s->progress,
                                s->observers != NULL ? s->observers->ligero : NULL));
    MIEN_TRY(mien_tensor_commit(&s->commitment, root, s->witness->values.w, rest, s->tensor,
                                s->tensor_size, &s->machine, s->hash, s->random, s->progress));
    MIEN_TRY(mien_write_bytes(&s->writer, root, sizeof root));
    mien_transcript_digest(&s->transcript, "witness", root);
    if (setup->statement->weights != NULL) MIEN_TRY(commit_mask(s));
    s->replay = s->transcript;
    s->replay_from = s->writer.used;
    return MIEN_OK;
}

static mien_status open_weights(prover *s, mien_sender *sender) {
    const mien_private_parts *parts = &s->setup->weights;
    mien_tensor_commitment *theta = &s->witness->model->tensor;
    mien_tensor_commitment *const both[2] = {theta, &s->weights_mask};
    s->replay_weights = s->transcript;
    s->replay_weights_from = s->writer.used;
    MIEN_TRY(mien_tensor_place(theta, &parts->theta));
    return mien_tensor_open_parts(both, 2, sender, s->weights_point, &s->machine);
}

static mien_status argue_and_open(prover *s) {
    const mien_inference_setup *setup = s->setup;
    const mien_inference_statement *statement = setup->statement;
    mien_inference_hidden hidden = {.point = s->weights_point,
                                    .functional = &s->weights_functional};
    if (statement->weights != NULL) {
        hidden.cnn = s->witness->model->cnn;
        hidden.layout = &statement->weights->layout;
        hidden.theta = s->witness->model->theta;
    }
    mien_sender sender = {&s->transcript, &s->writer, s->pads, setup->pads_shape.pad_count, 0};
    mien_tensor_commitment *parts[2] = {&s->commitment, &s->commitment};
    MIEN_TRY(mien_inference_argue(
        &sender, s->point, &s->functional, statement->plan, statement->cnn, &s->witness->values,
        statement->output == MIEN_OUTPUT_PUBLIC, statement->weights != NULL ? &hidden : NULL,
        s->stage, s->stage_size, &s->machine, s->progress,
        s->observers != NULL ? s->observers->argument : NULL));
    s->argued = true;
    if (setup->part_count == 2) {
        MIEN_TRY(mien_frame_place(s->witness->frame, 0, &setup->parts[1]));
        parts[0] = &s->witness->frame->tensor;
    }
    MIEN_TRY(mien_tensor_open_parts(parts, setup->part_count, &sender, s->point, &s->machine));
    return statement->weights != NULL ? open_weights(s, &sender) : MIEN_OK;
}

/* The opening's check z = y + beta claim, z left out: it is no coefficient. */
static mien_status replay_opening(const mien_form *claim, mien_receiver *receiver,
                                  const mien_checker *checker) {
    uint32_t y;
    mien_k beta;
    mien_form form;
    MIEN_TRY(mien_receive(receiver, "mask value", 1, &y));
    mien_transcript_draw_k(receiver->transcript, "beta", &beta, 1);
    mien_form_constant(&form, MIEN_K_ZERO);
    mien_form_add(&form, mien_k_neg(MIEN_K_ONE), y);
    mien_form_add_form(&form, mien_k_neg(beta), claim);
    return checker->check(checker->context, &form, NULL, 0);
}

/* The verifier's checks over what was written, for the coefficients of the pads. */
static mien_status replay(prover *s) {
    mien_inference_setup *setup = s->setup;
    const mien_inference_statement *statement = setup->statement;
    mien_reader reader =
        mien_reader_of(s->writer.bytes + s->replay_from, s->writer.used - s->replay_from);
    mien_receiver receiver = {&s->replay, &reader, s->wire, setup->pads_shape.pad_count, 0};
    mien_checker checker = mien_pads_checker(&setup->pads);
    mien_inference_end end = {.functional = s->functional,
                              .weights_functional = s->weights_functional};
    mien_form claim;
    bool hidden = statement->weights != NULL;
    MIEN_TRY(mien_inference_replay(&end, &receiver, &checker, statement->plan, statement->cnn,
                                   statement->output == MIEN_OUTPUT_PUBLIC,
                                   hidden ? &statement->weights->layout : NULL, s->stage,
                                   s->stage_size));
    MIEN_TRY(mien_inference_link(setup, end.output, end.xi));
    mien_form_constant(&claim, MIEN_K_ZERO);
    mien_form_add(&claim, MIEN_K_ONE, end.value);
    MIEN_TRY(replay_opening(&claim, &receiver, &checker));
    if (hidden) {
        reader = mien_reader_of(s->writer.bytes + s->replay_weights_from,
                                s->writer.used - s->replay_weights_from);
        receiver.transcript = &s->replay_weights;
        mien_form_constant(&claim, MIEN_K_ZERO);
        mien_form_add(&claim, MIEN_K_ONE, end.weights_value);
        MIEN_TRY(replay_opening(&claim, &receiver, &checker));
    }
    return mien_pads_complete(&setup->pads);
}

/* What the proof hides, for the seed of its randomness. */
static void digest_witness(uint8_t digest[MIEN_BLAKE2S_DIGEST], const prover *s) {
    const mien_inference_witness *witness = s->witness;
    size_t input = sizeof(mien_f) << s->setup->statement->plan->log2_input;
    mien_blake2s state;
    mien_blake2s_start(&state, "mien-wit", NULL);
    mien_blake2s_update(&state, witness->values.w, input);
    mien_blake2s_update(&state, witness->output_blinding, sizeof witness->output_blinding);
    mien_blake2s_update(&state, witness->template_vector, sizeof witness->template_vector);
    mien_blake2s_update(&state, witness->key_z, sizeof witness->key_z);
    mien_blake2s_finish(&state, digest);
}

/* From here on randomness comes from a seed of fresh bytes, the statement and the witness. */
static mien_status seed(prover *s) {
    uint8_t seed[MIEN_DERIVED_SEED], digest[MIEN_BLAKE2S_DIGEST];
    digest_witness(digest, s);
    mien_status status = mien_derived_seed(seed, s->random, &s->transcript, digest, sizeof digest);
    s->derived = mien_derived_random_start(&s->stream, seed);
    s->random = &s->derived;
    mien_wipe(seed, sizeof seed);
    mien_wipe(digest, sizeof digest);
    return status;
}

static mien_status run(prover *s) {
    MIEN_TRY(mien_inference_setup_pads(s->setup, s->wire, s->pads_memory));
    mien_inference_absorb(&s->transcript, s->setup);
    MIEN_TRY(seed(s));
    MIEN_TRY(assign(s));
    MIEN_TRY(commit(s));
    MIEN_TRY(argue_and_open(s));
    MIEN_TRY(replay(s));
    return mien_ligero_respond(s->ligero_prover, &s->transcript, &s->writer, s->progress);
}

/* All of the workspace, but for what an argument that was made to its end left public. */
static void wipe_workspace(prover *s, void *workspace, size_t size) {
    const mien_inference_statement *statement = s->setup->statement;
    mien_pool *pool = s->machine.pool;
    size_t public = 0, before = (size_t)((uint8_t *)s->stage - (uint8_t *)workspace);
    if (s->argued)
    public = mien_inference_argue_public_size(
        statement->plan, statement->weights != NULL ? &statement->weights->layout : NULL);
    mien_pool_wipe(pool, (uint8_t *)s->stage + public, size - before - public);
    mien_pool_wipe(pool, workspace, before);
}

mien_status mien_inference_prove(uint8_t *proof, size_t capacity, size_t *length,
                                 const mien_inference_parameters *parameters,
                                 const mien_inference_statement *statement,
                                 mien_inference_witness *witness, void *workspace,
                                 size_t workspace_size, const mien_random *random, mien_pool *pool,
                                 const mien_progress *progress,
                                 const mien_inference_observers *observers) {
    prover s = {.observers = observers, .witness = witness, .random = random};
    *length = 0;
    if (workspace_size < sizeof(mien_inference_setup) || (uintptr_t)workspace % 64 != 0 ||
        (statement->frame == MIEN_FRAME_COMMITTED && witness->frame == NULL) ||
        (statement->weights != NULL && witness->model == NULL) ||
        (statement->output != MIEN_OUTPUT_PUBLIC && witness->output == NULL))
        return MIEN_ARGUMENT;
    MIEN_TRY(mien_inference_setup_make(workspace, parameters, statement));
    if (statement->weights != NULL)
        MIEN_TRY(mien_private_model_ready(witness->model, statement->weights->root));
    size_t needed = carve(&s, workspace, workspace, mien_pool_threads(pool));
    if (needed == 0 || workspace_size < needed) return MIEN_ARGUMENT;
    s.machine = mien_machine_best(pool);
    s.hash = mien_hash_kernels_best();
    s.progress_of_all = (whole){.outer = progress};
    s.progress_of_all.inner = (mien_progress){report_whole, &s.progress_of_all};
    s.progress = &s.progress_of_all.inner;
    s.writer = mien_writer_of(proof, capacity);
    mien_status status = run(&s);
    if (status == MIEN_OK)
        *length = s.writer.used;
    else
        mien_wipe(proof, s.writer.used);
    wipe_workspace(&s, workspace, needed);
    mien_wipe(&s, sizeof s);
    return status;
}
