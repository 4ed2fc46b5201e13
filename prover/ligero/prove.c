/* SPDX-License-Identifier: MIT */
#include "prover/hash/leaves.h"
#include "prover/ligero/prove_internal.h"
#include "prover/transcript/derived_random.h"

typedef mien_ligero_prover prover;

static size_t elements(const prover *p) {
    return mien_ligero_column_elements(p->view.system->rows);
}
static size_t length(const prover *p) {
    return mien_ligero_length(p->view.parameters);
}
static size_t dimension(const prover *p) {
    return mien_ligero_dimension(p->view.parameters);
}

static void layout(prover *p, mien_arena *arena) {
    const mien_proof_parameters *parameters = p->view.parameters;
    mien_rs_shape shape = mien_ligero_shape(parameters);
    size_t words = MIEN_LANES * sizeof(mien_f);
    p->view.groups = mien_k_blocks(elements(p));
    p->random_count = p->view.system->rows * parameters->queries +
                      MIEN_LIGERO_MASKS * MIEN_K_DEGREE * dimension(p);
    for (p->log2_prefix = parameters->log2_slots;
         (size_t)1 << p->log2_prefix < 2 * dimension(p) - 1;)
        p->log2_prefix++;
    p->tables = mien_arena_take(arena, mien_rs_table_length(&shape), sizeof *p->tables);
    p->view.random_words = mien_arena_take(arena, p->random_count, sizeof *p->view.random_words);
    p->view.polynomials = mien_arena_take(arena, p->view.groups * dimension(p), words);
    p->view.codewords = mien_arena_take(arena, p->view.groups * length(p), words);
    p->view.salts = mien_arena_take(arena, length(p), MIEN_MERKLE_SALT);
    p->view.nodes = mien_arena_take(arena, mien_merkle_nodes_size(parameters->log2_length), 1);
    p->challenges.proximity =
        mien_arena_take(arena, mien_ligero_proximity_count(p->view.system), sizeof(mien_k));
    p->challenges.products = mien_arena_take(arena, p->view.system->product_count, sizeof(mien_k));
    p->column = mien_arena_take(arena, p->view.groups, words);
    p->view.responses = mien_arena_take(
        arena, mien_ligero_responses_size(parameters) / MIEN_K_BYTES, sizeof *p->view.responses);
    p->view.columns =
        mien_arena_take(arena, 2 * (size_t)parameters->queries, sizeof *p->view.columns);
    mien_ligero_respond_layout(p, arena);
}

size_t mien_ligero_prove_workspace_size(const mien_proof_parameters *parameters,
                                        const mien_ligero_system *system) {
    if (mien_ligero_check_shape(parameters, system) != MIEN_OK) return 0;
    prover p = {.view = {.parameters = parameters, .system = system}};
    mien_arena arena = {NULL, 0};
    (void)mien_arena_take(&arena, 1, sizeof p);
    layout(&p, &arena);
    return arena.used;
}

size_t mien_ligero_proof_max_size(const mien_proof_parameters *parameters,
                                  const mien_ligero_system *system) {
    size_t column =
        mien_ligero_salt(parameters) + mien_ligero_column_elements(system->rows) * MIEN_F_BYTES;
    return MIEN_MERKLE_DIGEST + mien_ligero_responses_size(parameters) + 8 +
           parameters->queries * column +
           mien_merkle_opening_max_size(parameters->log2_length, parameters->queries);
}

static void observe(prover *p, mien_ligero_step step) {
    if (p->observer != NULL) p->observer->at(p->observer->context, step, &p->view);
}

/* ---- randomness */

static mien_status fill_randomness(prover *p) {
    mien_derived_random state;
    mien_random random = mien_derived_random_start(&state, p->view.seed);
    mien_status status = mien_f_random(p->view.random_words, p->random_count, &random);
    if (status == MIEN_OK)
        status = mien_random_fill(&random, p->view.salts, length(p) * MIEN_MERKLE_SALT);
    for (size_t i = 0; i < length(p); i++)
        memset(p->view.salts[i] + mien_ligero_salt(p->view.parameters), 0,
               MIEN_MERKLE_SALT - mien_ligero_salt(p->view.parameters));
    mien_wipe(&state, sizeof state);
    if (status == MIEN_OK) observe(p, MIEN_LIGERO_STEP_RANDOMNESS);
    return status;
}

/* ---- commitment */

static mien_f *coefficient(prover *p, size_t element, size_t i) {
    mien_f *group = p->view.polynomials + element / MIEN_LANES * dimension(p) * MIEN_LANES;
    return group + i * MIEN_LANES + element % MIEN_LANES;
}

/* Messages and random coefficients of the rows, random coefficients of the masks. */
static void place(prover *p, const mien_f *rows) {
    size_t m = p->view.system->slots, q = p->view.parameters->queries;
    const mien_f *random = p->view.random_words;
    memset(p->view.polynomials, 0,
           p->view.groups * dimension(p) * MIEN_LANES * sizeof *p->view.polynomials);
    for (size_t e = 0; e < p->view.system->rows; e++, random += q) {
        for (size_t i = 0; i < m; i++) *coefficient(p, e, i) = rows[e * m + i];
        for (size_t i = 0; i < q; i++) *coefficient(p, e, m + i) = random[i];
    }
    for (size_t e = p->view.system->rows; e < elements(p); e++, random += dimension(p))
        for (size_t i = 0; i < dimension(p); i++) *coefficient(p, e, i) = random[i];
}

/* Make the linear mask low + X^(m-1) high sum to zero over H by its constant coefficient: the sum
 * is m times the sum of the coefficients at 0, m and 2m. */
static void balance_linear_mask(prover *p) {
    size_t m = p->view.system->slots;
    for (size_t l = 0; l < MIEN_K_DEGREE; l++) {
        size_t low = p->view.system->rows + MIEN_LIGERO_MASK_LINEAR_LOW * MIEN_K_DEGREE + l;
        size_t high = p->view.system->rows + MIEN_LIGERO_MASK_LINEAR_HIGH * MIEN_K_DEGREE + l;
        mien_f others =
            mien_f_add(*coefficient(p, low, m),
                       mien_f_add(*coefficient(p, high, 1), *coefficient(p, high, m + 1)));
        *coefficient(p, low, 0) = mien_f_neg(others);
    }
}

static void encode_task(void *context, size_t task, unsigned worker) {
    prover *p = context;
    size_t m = p->view.system->slots, blocks = length(p) / m;
    size_t group = task / blocks, block = task % blocks;
    (void)worker;
    mien_rs_encode_block(
        &p->code, p->kernels, p->view.codewords + (group * length(p) + block * m) * MIEN_LANES,
        p->view.polynomials + group * dimension(p) * MIEN_LANES, dimension(p), MIEN_LANES, block);
}

static void gather_column(const prover *p, mien_f *column, size_t index) {
    for (size_t group = 0; group < p->view.groups; group++)
        memcpy(column + group * MIEN_LANES,
               p->view.codewords + (group * length(p) + index) * MIEN_LANES,
               MIEN_LANES * sizeof *column);
}

/* Leaves are hashed so many at a time, or all when there are fewer. */
static size_t leaf_chunk(const prover *p) {
    return length(p) < 256 ? length(p) : 256;
}

static void leaf_task(void *context, size_t task, unsigned worker) {
    prover *p = context;
    size_t first = task * leaf_chunk(p);
    (void)worker;
    mien_merkle_leaves(mien_hash_kernels_best(), p->view.nodes + MIEN_MERKLE_DIGEST * first,
                       MIEN_LIGERO_TREE_NUMBER, (uint32_t)first, leaf_chunk(p),
                       p->view.salts[first], p->view.codewords, (uint32_t)elements(p), length(p));
}

static mien_status commit(prover *p, mien_writer *writer, const mien_f *rows) {
    size_t blocks = length(p) / p->view.system->slots;
    MIEN_TRY(fill_randomness(p));
    place(p, rows);
    for (size_t group = 0; group < p->view.groups; group++)
        mien_rs_interpolate(&p->code, p->kernels, coefficient(p, group * MIEN_LANES, 0),
                            MIEN_LANES);
    balance_linear_mask(p);
    observe(p, MIEN_LIGERO_STEP_POLYNOMIALS);
    mien_pool_run(p->pool, encode_task, p, p->view.groups * blocks);
    observe(p, MIEN_LIGERO_STEP_CODEWORDS);
    mien_pool_run(p->pool, leaf_task, p, length(p) / leaf_chunk(p));
    mien_merkle_build_with(mien_hash_kernels_best(), p->view.nodes, MIEN_LIGERO_TREE_NUMBER,
                           p->view.parameters->log2_length);
    observe(p, MIEN_LIGERO_STEP_TREE);
    const uint8_t *root = mien_merkle_root(p->view.nodes, p->view.parameters->log2_length);
    mien_ligero_absorb_commitment(p->view.transcript, root);
    return mien_write_bytes(writer, root, MIEN_MERKLE_DIGEST);
}

/* ---- responses and opening */

static mien_status respond(prover *p, mien_writer *writer) {
    size_t count = mien_ligero_responses_size(p->view.parameters) / MIEN_K_BYTES;
    mien_ligero_draw_challenges(p->view.challenges, p->view.transcript, p->view.system);
    observe(p, MIEN_LIGERO_STEP_CHALLENGES);
    mien_ligero_compute_responses(p);
    observe(p, MIEN_LIGERO_STEP_RESPONSES);
    const uint8_t *encoded = writer->bytes + writer->used;
    MIEN_TRY(mien_write_k(writer, p->view.responses, count));
    mien_ligero_absorb_responses(p->view.transcript, encoded, p->view.parameters);
    return MIEN_OK;
}

/* The first nonce that does; about 2^grinding_bits tries. */
static mien_status grind(prover *p, mien_writer *writer) {
    mien_transcript before = *p->view.transcript;
    p->view.nonce = 0;
    while (!mien_ligero_grind_check(p->view.transcript, p->view.nonce, p->view.parameters)) {
        *p->view.transcript = before;
        p->view.nonce++;
    }
    uint64_t honest = p->view.nonce;
    observe(p, MIEN_LIGERO_STEP_NONCE);
    if (p->view.nonce != honest) {
        *p->view.transcript = before;
        mien_ligero_grind_check(p->view.transcript, p->view.nonce, p->view.parameters);
    }
    return mien_write_le64(writer, p->view.nonce);
}

static mien_status open_columns(prover *p, mien_writer *writer) {
    size_t q = p->view.parameters->queries;
    mien_ligero_draw_columns(p->view.transcript, p->view.columns, p->view.parameters);
    observe(p, MIEN_LIGERO_STEP_COLUMNS);
    for (size_t j = 0; j < q; j++) {
        gather_column(p, p->column, p->view.columns[j]);
        MIEN_TRY(mien_write_bytes(writer, p->view.salts[p->view.columns[j]],
                                  mien_ligero_salt(p->view.parameters)));
        MIEN_TRY(mien_write_f(writer, p->column, elements(p)));
    }
    return mien_merkle_open(writer, p->view.columns + q, p->view.nodes,
                            p->view.parameters->log2_length, p->view.columns, q);
}

static mien_status begin(prover *p, mien_writer *writer, const mien_f *rows,
                         const mien_random *random, const mien_progress *progress) {
    mien_rs_shape shape = mien_ligero_shape(p->view.parameters);
    MIEN_TRY(mien_rs_init(&p->code, p->tables, &shape));
    MIEN_TRY(mien_derived_seed(p->view.seed, random, p->view.transcript, rows,
                               p->view.system->rows * p->view.system->slots * sizeof *rows));
    observe(p, MIEN_LIGERO_STEP_SEED);
    if (!mien_progress_report(progress, "commit", 0, 3)) return MIEN_INTERRUPTED;
    return commit(p, writer, rows);
}

mien_status mien_ligero_commit(mien_ligero_prover **out, mien_transcript *transcript,
                               mien_writer *writer, const mien_proof_parameters *parameters,
                               const mien_ligero_system *system, const mien_f *rows,
                               void *workspace, size_t workspace_size, const mien_random *random,
                               mien_pool *pool, const mien_progress *progress,
                               const mien_ligero_observer *observer) {
    size_t needed = mien_ligero_prove_workspace_size(parameters, system);
    *out = NULL;
    if (needed == 0 || workspace_size < needed || (uintptr_t)workspace % 64 != 0)
        return MIEN_ARGUMENT;
    mien_arena arena = {(uint8_t *)workspace, 0};
    prover *p = mien_arena_take(&arena, 1, sizeof *p);
    prover fresh = {.view = {.parameters = parameters, .system = system, .transcript = transcript},
                    .kernels = mien_field_kernels_best(),
                    .pool = pool,
                    .observer = observer};
    *p = fresh;
    p->view.challenges = &p->challenges;
    layout(p, &arena);
    mien_status status = begin(p, writer, rows, random, progress);
    mien_wipe(p->view.seed, sizeof p->view.seed);
    if (status == MIEN_OK) *out = p;
    return status;
}

mien_status mien_ligero_respond(mien_ligero_prover *p, mien_transcript *transcript,
                                mien_writer *writer, const mien_progress *progress) {
    if (p->responded) return MIEN_ARGUMENT;
    p->responded = true;
    p->view.transcript = transcript;
    if (!mien_progress_report(progress, "respond", 1, 3)) return MIEN_INTERRUPTED;
    MIEN_TRY(respond(p, writer));
    if (!mien_progress_report(progress, "open", 2, 3)) return MIEN_INTERRUPTED;
    MIEN_TRY(grind(p, writer));
    return open_columns(p, writer);
}

mien_status mien_ligero_prove(mien_transcript *transcript, mien_writer *writer,
                              const mien_proof_parameters *parameters,
                              const mien_ligero_system *system, const mien_f *rows, void *workspace,
                              size_t workspace_size, const mien_random *random, mien_pool *pool,
                              const mien_progress *progress, const mien_ligero_observer *observer) {
    mien_ligero_prover *p;
    MIEN_TRY(mien_ligero_commit(&p, transcript, writer, parameters, system, rows, workspace,
                                workspace_size, random, pool, progress, observer));
    return mien_ligero_respond(p, transcript, writer, progress);
}
