/* SPDX-License-Identifier: MIT */
#include "prover/statement/inference_argue.h"

#include "prover/ligero/arena.h"

typedef struct prover {
    mien_sender *sender;
    const mien_cnn_plan *plan;
    const mien_cnn *cnn;                 /* all that the prover knows of it */
    const mien_cnn *known;               /* what the verifier knows */
    const mien_inference_hidden *hidden; /* NULL: both are the same */
    const mien_cnn_weights *weights;
    const mien_machine *machine;
    const mien_progress *progress;
    const mien_inference_observer *observer;
    mien_inference_view *view;
    /* first half of the memory's life: trees; then the inner product in the same place */
    void *tree, *product, *pieces;
    size_t tree_size, product_size;
    mien_k *scratch, *evaluator;
} prover;

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static size_t piece_scratch_size(const mien_cnn_plan *plan, const mien_cnn *cnn) {
    size_t most = 0;
    for (uint32_t i = 0; i < cnn->layer_count; i++) {
        const mien_cnn_layer *layer = &cnn->layers[i];
        mien_tap_piece taps = {.taps = mien_cnn_taps(layer)};
        if (layer->kind != MIEN_CNN_CONVOLUTION || layer->groups == 1) continue;
        while ((UINT32_C(1) << taps.log2_channels) < layer->in.channels) taps.log2_channels++;
        most = larger(most, mien_tap_piece_scratch_size(&taps));
    }
    for (uint32_t i = 0; i < plan->block_count; i++) {
        const mien_cnn_block *block = &plan->blocks[i];
        mien_piece piece = {.sites = block->sites,
                            .channels = block->channels,
                            .log2_channels = block->log2_channels};
        most = larger(most, mien_piece_scratch_size(&piece));
    }
    return most;
}

static void carve_trees(prover *s, mien_arena *arena) {
    size_t leaves = (size_t)2 << s->plan->log2_half;
    unsigned rows = mien_inference_rows_log2(s->plan);
    s->view->ids = mien_arena_take(arena, leaves, sizeof(mien_f));
    s->view->second = mien_arena_take(arena, leaves / 2, sizeof(mien_f));
    s->view->numerators = mien_arena_take(arena, (size_t)1 << rows, sizeof(mien_f));
    s->view->denominators =
        mien_arena_take(arena, mien_k_blocks((size_t)1 << rows), sizeof(mien_k_block));
    s->tree_size = larger(mien_fraction_workspace_size(mien_inference_leaves_log2(s->plan), true),
                          mien_fraction_workspace_size(rows, false));
    s->tree = mien_arena_take(arena, s->tree_size, 1);
}

/* What hidden weights need in addition, in scratch and in memory for pieces. */
static void grow_for_weights(const prover *s, size_t *scratch, size_t *pieces) {
    mien_piece widest = {.log2_channels = 0};
    if (s->weights == NULL) return;
    for (uint32_t i = 0; i < s->known->layer_count; i++) {
        const mien_cnn_layer *layer = &s->known->layers[i];
        uint32_t channels = (uint32_t)larger(layer->in.channels, layer->out.channels);
        while ((UINT32_C(1) << widest.log2_channels) < channels) widest.log2_channels++;
    }
    *pieces = larger(*pieces, mien_piece_scratch_size(&widest));
    *scratch = larger(*scratch, mien_inference_functional_scratch(s->plan, s->known));
    *scratch = larger(*scratch, mien_cnn_weights_scratch(s->plan, s->known));
}

static void carve_product(prover *s, mien_arena *arena) {
    unsigned bits = s->plan->log2_size;
    if (s->weights != NULL && s->weights->log2_size > bits) bits = s->weights->log2_size;
    size_t size = (size_t)1 << bits, pieces = piece_scratch_size(s->plan, s->known);
    size_t scratch = mien_inference_functional_scratch(s->plan, s->cnn);
    grow_for_weights(s, &scratch, &pieces);
    s->view->functional = mien_arena_take(arena, mien_k_blocks(size), sizeof(mien_k_block));
    /* before the inner product begins, eq of the rows' point stands there */
    size_t rows = mien_k_blocks((size_t)1 << mien_inference_rows_log2(s->plan));
    s->product_size = larger(mien_inner_product_workspace_size(bits), rows * sizeof(mien_k_block));
    s->product = mien_arena_take(arena, s->product_size, 1);
    s->pieces = mien_arena_take(arena, pieces, 1);
    s->scratch = mien_arena_take(arena, scratch, sizeof *s->scratch);
    s->evaluator = s->weights == NULL ? NULL
                                      : mien_arena_take(arena, mien_cnn_evaluator_scratch(s->plan),
                                                        sizeof *s->evaluator);
}

static size_t carve(prover *s, mien_inference_view *view, void *workspace) {
    mien_arena trees = {workspace, 0}, product = {workspace, 0};
    s->view = view;
    carve_trees(s, &trees);
    carve_product(s, &product);
    return larger(trees.used, product.used);
}

size_t mien_inference_argue_public_size(const mien_cnn_plan *plan,
                                        const mien_cnn_weights *weights) {
    if (weights != NULL) return 0;
    return mien_k_blocks((size_t)1 << plan->log2_size) * sizeof(mien_k_block);
}

size_t mien_inference_argue_workspace_size(const mien_cnn_plan *plan, const mien_cnn *cnn,
                                           const mien_cnn_weights *weights) {
    mien_inference_view view;
    prover s = {.plan = plan, .cnn = cnn, .known = cnn, .weights = weights};
    return carve(&s, &view, NULL);
}

static void step(prover *s, mien_inference_step name) {
    if (s->observer != NULL) s->observer->at(s->observer->context, name, s->view);
}

/* ---- leaves */

/* Blocks do not overlap, so that threads can share them. The second value of a leaf is the
 * committed one: of outputs and of the steps of pools. */
static void block_columns(prover *s, const mien_cnn_block *block) {
    const mien_cnn_plan *plan = s->plan;
    size_t half = (size_t)1 << plan->log2_half, stride = (size_t)1 << block->log2_channels;
    bool by_channel = block->kind != MIEN_CNN_BLOCK_POOL;
    const uint16_t *class_of = plan->class_of + block->first_class;
    mien_f id = mien_f_from_u32(by_channel ? 0 : plan->classes[block->first_class].id);
    mien_f remainder = mien_f_from_u32(plan->classes[block->remainder_class].id);
    for (uint32_t c = 0; c < block->channels; c++) {
        mien_f own = by_channel ? mien_f_from_u32(plan->classes[class_of[c]].id) : id;
        s->view->ids[block->base + c] = own;
    }
    for (uint32_t i = 0; i < block->sites; i++) {
        size_t at = block->base + i * stride;
        if (i > 0)
            memcpy(s->view->ids + at, s->view->ids + block->base, block->channels * sizeof id);
        if (block->kind != MIEN_CNN_BLOCK_INPUT && block->direct == 0)
            memcpy(s->view->second + at, s->view->w + at, block->channels * sizeof id);
        for (uint32_t c = 0; c < block->channels && block->shift > 0; c++)
            s->view->ids[half + at + c] = remainder;
    }
}

/* Memory to zeros, by elements. */
static void zero_words(void *context, size_t first, size_t count) {
    memset((mien_f *)context + first, 0, count * sizeof(mien_f));
}
static void zero_blocks(void *context, size_t first, size_t count) {
    memset((mien_k_block *)context + first, 0, count * sizeof(mien_k_block));
}

static void columns_task(void *context, size_t i, unsigned worker) {
    prover *s = context;
    (void)worker;
    block_columns(s, &s->plan->blocks[i]);
}

/* No block reaches further, in either half. */
static size_t present_leaves(const mien_cnn_plan *plan) {
    size_t end = 0, half = (size_t)1 << plan->log2_half;
    for (uint32_t i = 0; i < plan->block_count; i++) {
        const mien_cnn_block *block = &plan->blocks[i];
        end = larger(end, block->base + ((size_t)block->sites << block->log2_channels));
    }
    end = (end + MIEN_LANES - 1) / MIEN_LANES * MIEN_LANES;
    return end < half ? end : half;
}

static mien_status leaves_tree(prover *s) {
    size_t leaves = (size_t)2 << s->plan->log2_half;
    mien_inference_view *v = s->view;
    size_t present = present_leaves(s->plan);
    mien_range(s->machine, zero_words, v->ids, present);
    mien_range(s->machine, zero_words, v->ids + leaves / 2, present);
    mien_range(s->machine, zero_words, v->second, present);
    mien_pool_run(s->machine->pool, columns_task, s, s->plan->block_count);
    step(s, MIEN_INFERENCE_STEP_COLUMNS);
    const mien_cnn_challenges *c = &v->challenges.lookup;
    mien_leaf_columns columns = {.column = {v->ids, v->first, v->second},
                                 .constant = c->a,
                                 .scale = {MIEN_K_ONE, c->g, c->h},
                                 .size = leaves,
                                 .present = present,
                                 .lower_only = true};
    mien_fraction_leaves tree = {mien_inference_leaves_log2(s->plan), &columns, NULL, NULL};
    MIEN_TRY(mien_fraction_prove(s->sender, v->points.leaves, &tree, s->tree, s->tree_size,
                                 s->machine, s->progress));
    step(s, MIEN_INFERENCE_STEP_LEAVES);
    return MIEN_OK;
}

/* ---- tables */

typedef struct table_work {
    mien_k_block *out;
    const mien_cnn_class *table;
    const mien_cnn_challenges *challenges;
} table_work;

static void table_range(void *context, size_t first, size_t count) {
    const table_work *work = context;
    const mien_cnn_class *table = work->table;
    const mien_cnn_challenges *c = work->challenges;
    mien_k row = mien_k_add(c->a, mien_k_from_f(mien_f_from_u32(table->id)));
    mien_f start = mien_f_from_i32(table->offset + (int32_t)first);
    row = mien_k_add(row, mien_k_mul_f(c->g, start));
    for (size_t v = first; v < first + count; v++, row = mien_k_add(row, c->g)) {
        mien_k sum = row;
        if (!table->range) {
            int32_t out = mien_cnn_activation(table, table->offset + (int32_t)v);
            sum = mien_k_add(sum, mien_k_mul_f(c->h, mien_f_from_i32(out)));
        }
        mien_k_block_set(work->out, table->base + v, sum);
    }
}

static mien_status tables_tree(prover *s) {
    mien_inference_view *v = s->view;
    unsigned bits = mien_inference_rows_log2(s->plan);
    size_t rows = (size_t)1 << bits;
    for (size_t i = s->plan->table_rows; i < rows; i++)
        mien_k_block_set(v->denominators, i, MIEN_K_ONE);
    for (uint32_t i = 0; i < s->plan->class_count; i++) {
        const mien_cnn_class *table = &s->plan->classes[i];
        table_work work = {v->denominators, table, &v->challenges.lookup};
        size_t count = (size_t)1 << table->log2_rows;
        if (count < MIEN_LANES) /* several tables in one block of lanes */
            table_range(&work, 0, count);
        else
            mien_range(s->machine, table_range, &work, count);
    }
    memset(v->numerators, 0, rows * sizeof *v->numerators);
    memcpy(v->numerators, v->w + s->plan->table_base, s->plan->table_rows * sizeof *v->numerators);
    step(s, MIEN_INFERENCE_STEP_TABLES);
    mien_fraction_leaves tree = {bits, NULL, v->numerators, v->denominators};
    MIEN_TRY(mien_fraction_prove(s->sender, v->points.rows, &tree, s->tree, s->tree_size,
                                 s->machine, s->progress));
    step(s, MIEN_INFERENCE_STEP_ROWS);
    return MIEN_OK;
}

/* ---- inner product */

static void add_piece(void *context, const mien_piece *piece) {
    const prover *s = context;
    mien_piece_add(s->view->functional, s->machine, piece, s->pieces);
}
static void add_taps(void *context, const mien_tap_piece *piece) {
    const prover *s = context;
    mien_tap_piece_add(s->view->functional, s->machine, piece, s->pieces);
}

typedef struct count_work {
    const mien_field_kernels *field;
    mien_k_block *section;
    const mien_k_block *eq;
    mien_k gamma;
} count_work;

static void add_count_range(void *context, size_t first, size_t count) {
    const count_work *work = context;
    size_t block = first / MIEN_LANES;
    work->field->k_axpy(work->section + block, work->gamma, work->eq + block, count);
}

/* gamma eq(rows' point, row) at the row's position. */
static void add_counts(prover *s) {
    mien_inference_view *v = s->view;
    unsigned bits = mien_inference_rows_log2(s->plan);
    size_t rows = s->plan->table_rows, base = s->plan->table_base;
    size_t whole = base % MIEN_LANES == 0 ? rows - rows % MIEN_LANES : 0;
    mien_k_block *eq = s->product; /* the inner product has not begun */
    count_work work = {s->machine->field, v->functional + base / MIEN_LANES, eq,
                       v->challenges.gamma};
    mien_equality_blocks(eq, s->machine->field, v->points.rows, bits);
    mien_range(s->machine, add_count_range, &work, whole);
    for (size_t i = whole; i < rows; i++) {
        mien_k term = mien_k_mul(v->challenges.gamma, mien_k_block_get(eq, i));
        mien_k sum = mien_k_add(mien_k_block_get(v->functional, base + i), term);
        mien_k_block_set(v->functional, base + i, sum);
    }
}

typedef struct value_of {
    const mien_f *w;
    mien_k sum;
} value_of;

static void take_value(void *context, const mien_piece *piece) {
    value_of *value = context;
    for (uint32_t i = 0; i < piece->sites; i++) {
        const mien_f *row = value->w + piece->base + ((size_t)i << piece->log2_channels);
        mien_k sum = MIEN_K_ZERO;
        for (uint32_t c = 0; c < piece->channels; c++)
            sum = mien_k_add(sum, mien_k_mul_f(piece->alpha[c], row[c]));
        sum = mien_k_mul(mien_k_mul(piece->scale, piece->delta[i]), sum);
        value->sum = mien_k_add(value->sum, sum);
    }
}

static mien_status send_output(prover *s) {
    value_of value = {s->view->w, MIEN_K_ZERO};
    mien_cnn_piece_sink sink = {.take = take_value, .context = &value};
    mien_inference_output_functional(s->plan, s->cnn, s->view->challenges.xi, MIEN_K_ONE,
                                     s->scratch, &sink);
    mien_status status = mien_send(s->sender, "output", &value.sum, 1);
    mien_wipe(&value, sizeof value);
    return status;
}

static void skip_piece(void *context, const mien_piece *piece) {
    (void)context, (void)piece;
}

/* What weights add to the leaves' constant: all of it less what is public. */
static mien_status send_constant(prover *s, mien_k all) {
    mien_inference_view *v = s->view;
    mien_cnn_piece_sink none = {.take = skip_piece};
    if (s->hidden == NULL) return MIEN_OK;
    mien_k known =
        mien_inference_functional(s->plan, s->known, &v->challenges, &v->points, s->scratch, &none);
    v->constant = mien_k_sub(all, known);
    step(s, MIEN_INFERENCE_STEP_WEIGHTS_CONSTANT);
    return mien_send(s->sender, "weights constant", &v->constant, 1);
}

static mien_status inner_product(prover *s, mien_k *point, mien_k *functional) {
    mien_inference_view *v = s->view;
    mien_cnn_piece_sink sink = {.take = add_piece, .take_taps = add_taps, .context = s};
    mien_range(s->machine, zero_blocks, v->functional,
               mien_k_blocks((size_t)1 << s->plan->log2_size));
    mien_k constant =
        mien_inference_functional(s->plan, s->cnn, &v->challenges, &v->points, s->scratch, &sink);
    add_counts(s);
    MIEN_TRY(send_constant(s, constant));
    step(s, MIEN_INFERENCE_STEP_FUNCTIONAL);
    MIEN_TRY(mien_inner_product_prove(s->sender, v->point, &v->value, v->w, v->functional,
                                      s->plan->log2_size, s->product, s->product_size, s->machine,
                                      s->progress));
    step(s, MIEN_INFERENCE_STEP_END);
    *functional = mien_k_block_get(v->functional, 0);
    memcpy(point, v->point, s->plan->log2_size * sizeof *point);
    return MIEN_OK;
}

/* ---- hidden weights */

/* What the verifier knows of L(r*). */
static mien_k known_functional(prover *s) {
    mien_inference_view *v = s->view;
    mien_cnn_evaluator evaluator;
    mien_cnn_evaluator_start(&evaluator, s->plan, v->point, s->evaluator);
    mien_cnn_piece_sink sink = mien_cnn_evaluator_sink(&evaluator);
    (void)mien_inference_functional(s->plan, s->known, &v->challenges, &v->points, s->scratch,
                                    &sink);
    mien_k counts = mien_cnn_counts_at(s->plan, v->points.rows, v->point);
    return mien_k_add(evaluator.sum, mien_k_mul(v->challenges.gamma, counts));
}

/* *functional: L(r*), which becomes what the verifier knows of it. */
static mien_status weights(prover *s, mien_k *functional) {
    mien_inference_view *v = s->view;
    const mien_inference_hidden *hidden = s->hidden;
    mien_cnn_piece_sink sink = {.take = add_piece, .context = s};
    mien_k eta;
    mien_k known = known_functional(s);
    v->share = mien_k_sub(*functional, known);
    *functional = known;
    step(s, MIEN_INFERENCE_STEP_WEIGHTS_SHARE);
    MIEN_TRY(mien_send(s->sender, "weights share", &v->share, 1));
    mien_transcript_draw_k(s->sender->transcript, "eta", &eta, 1);
    memset(v->functional, 0,
           mien_k_blocks((size_t)1 << hidden->layout->log2_size) * sizeof *v->functional);
    mien_cnn_weights_functional(hidden->layout, s->plan, s->known, &v->challenges.lookup,
                                v->points.leaves, v->point, MIEN_K_ONE, eta, s->scratch, &sink);
    step(s, MIEN_INFERENCE_STEP_WEIGHTS_FUNCTIONAL);
    MIEN_TRY(mien_inner_product_prove(s->sender, v->weights_point, &v->weights_value, hidden->theta,
                                      v->functional, hidden->layout->log2_size, s->product,
                                      s->product_size, s->machine, s->progress));
    step(s, MIEN_INFERENCE_STEP_WEIGHTS_END);
    *hidden->functional = mien_k_block_get(v->functional, 0);
    memcpy(hidden->point, v->weights_point, hidden->layout->log2_size * sizeof *hidden->point);
    return MIEN_OK;
}

mien_status mien_inference_argue(mien_sender *sender, mien_k *point, mien_k *functional,
                                 const mien_cnn_plan *plan, const mien_cnn *cnn,
                                 const mien_cnn_witness *witness, bool output_public,
                                 const mien_inference_hidden *hidden, void *workspace,
                                 size_t workspace_size, const mien_machine *machine,
                                 const mien_progress *progress,
                                 const mien_inference_observer *observer) {
    mien_inference_view view = {.plan = plan, .cnn = cnn, .w = witness->w};
    prover s = {.sender = sender, .plan = plan, .known = cnn, .machine = machine};
    s.cnn = hidden != NULL ? hidden->cnn : cnn;
    s.hidden = hidden;
    s.weights = hidden != NULL ? hidden->layout : NULL;
    s.progress = progress;
    s.observer = observer;
    if (carve(&s, &view, workspace) > workspace_size || (uintptr_t)workspace % 64 != 0)
        return MIEN_ARGUMENT;
    view.first = witness->first;
    mien_inference_draw_lookup(sender->transcript, &view.challenges);
    mien_status status = leaves_tree(&s);
    if (status == MIEN_OK) status = tables_tree(&s);
    if (status == MIEN_OK && !output_public) status = send_output(&s);
    mien_transcript_draw_k(sender->transcript, "gamma", &view.challenges.gamma, 1);
    if (status == MIEN_OK) status = inner_product(&s, point, functional);
    if (status == MIEN_OK && hidden != NULL) status = weights(&s, functional);
    mien_wipe(&view, sizeof view);
    return status;
}
