/* SPDX-License-Identifier: MIT */
#include "prover/statement/inference_protocol.h"

/* Together with zk-Ligero's columns one bit more than the sum of errors may have; grinding comes on
 * top. */
static const mien_inference_parameters set_100 = {
    .id = 1,
    .bits = 101,
    .log2_inverse_rate = 2,
    .grinding_bits = 10,
    .ligero = {.id = 2, .grinding_bits = 10, .short_salts = 1},
    .ligero_bits = 101};
static const mien_inference_parameters set_128 = {
    .id = 2,
    .bits = 129,
    .log2_inverse_rate = 2,
    .grinding_bits = 10,
    .ligero = {.id = 3, .grinding_bits = 10, .short_salts = 1},
    .ligero_bits = 129};

const mien_inference_parameters *mien_inference_parameters_100(void) {
    return &set_100;
}
const mien_inference_parameters *mien_inference_parameters_128(void) {
    return &set_128;
}

/* ---- the long commitment */

static uint64_t own_positions_from(const mien_inference_statement *statement) {
    if (statement->frame == MIEN_FRAME_HIDDEN) return 0;
    return UINT64_C(1) << statement->plan->log2_input;
}

/* Make `span` longer, or begin the next one. */
static void extend(mien_tensor_span *spans, size_t *count, uint64_t first, uint64_t end) {
    if (*count > 0 && spans[*count - 1].end >= first) {
        if (end > spans[*count - 1].end) spans[*count - 1].end = end;
    } else {
        spans[(*count)++] = (mien_tensor_span){first, end};
    }
}

/* The block that stands next at or behind `from`; with_remainders: among those that have them. */
static const mien_cnn_block *next_block(const mien_cnn_plan *plan, uint64_t from,
                                        bool with_remainders) {
    const mien_cnn_block *next = NULL;
    for (uint32_t i = 0; i < plan->block_count; i++) {
        const mien_cnn_block *b = &plan->blocks[i];
        if (b->base < from || (with_remainders && b->shift == 0)) continue;
        if (next == NULL || b->base < next->base) next = b;
    }
    return next;
}

/* Blocks (their remainders) from `from` on, as spans; what is more than fits goes to the last. */
static void extend_blocks(mien_tensor_span *spans, size_t *count, const mien_cnn_plan *plan,
                          uint64_t from, bool remainders) {
    uint64_t offset = remainders ? UINT64_C(1) << plan->log2_half : 0;
    const mien_cnn_block *b;
    while ((b = next_block(plan, from, remainders)) != NULL) {
        uint64_t first = offset + b->base, end = first + ((uint64_t)b->sites << b->log2_channels);
        bool full = *count + 3 >= MIEN_INFERENCE_MAX_SPANS; /* room for the others */
        extend(spans, count, full ? spans[*count - 1].end : first, end);
        from = b->base + UINT64_C(1);
    }
}

/* What of w can be other than zero, and is not behind C_x or public. */
static size_t list_spans(mien_tensor_span *spans, const mien_inference_statement *statement) {
    const mien_cnn_plan *plan = statement->plan;
    size_t count = 0;
    uint64_t tables = plan->table_base, rows_end = tables + plan->table_rows;
    extend_blocks(spans, &count, plan, own_positions_from(statement), false);
    if (tables < UINT64_C(1) << plan->log2_half) extend(spans, &count, tables, rows_end);
    extend_blocks(spans, &count, plan, 0, true);
    if (tables >= UINT64_C(1) << plan->log2_half) extend(spans, &count, tables, rows_end);
    return count;
}

/* Longer rows are not looked at anyway. */
enum { ROW_MOST = 16 };

static mien_status choose(mien_inference_setup *setup, mien_tensor_shape *shape) {
    const mien_inference_parameters *p = setup->parameters;
    const mien_inference_statement *statement = setup->statement;
    mien_tensor_span spans[MIEN_INFERENCE_MAX_SPANS];
    mien_tensor_goal goal = {.log2_size = statement->plan->log2_size,
                             .spans = spans,
                             .span_count = list_spans(spans, statement),
                             .bits = p->bits + p->grinding_bits,
                             .grinding_bits = p->grinding_bits,
                             .log2_inverse_rate = p->log2_inverse_rate,
                             .encoded_most = MIEN_INFERENCE_ENCODED_MOST,
                             .other_parts = statement->frame == MIEN_FRAME_COMMITTED ? 1 : 0};
    if (statement->frame != MIEN_FRAME_HIDDEN && statement->plan->log2_input < ROW_MOST)
        goal.log2_row_max = statement->plan->log2_input;
    MIEN_TRY(mien_tensor_choose(shape, MIEN_INFERENCE_INNER_TREE, &goal));
    if (shape->row_count > MIEN_INFERENCE_MAX_ROWS) return MIEN_UNSUPPORTED;
    shape->tree = MIEN_INFERENCE_TREE;
    shape->rows = setup->rows;
    mien_tensor_rows_of(setup->rows, MIEN_INFERENCE_MAX_ROWS, shape->log2_row, spans,
                        goal.span_count);
    return MIEN_OK;
}

static mien_status make_frame_part(mien_inference_setup *setup, const mien_tensor_shape *like) {
    const mien_cnn *cnn = setup->statement->cnn;
    setup->frame_layout = (mien_frame_layout){mien_cnn_sites(cnn->input), cnn->input.channels,
                                              like->log2_row, like->log2_columns, like->queries};
    uint32_t count = mien_frame_row_count(&setup->frame_layout);
    if (count == 0 || count > MIEN_INFERENCE_MAX_ROWS) return MIEN_UNSUPPORTED;
    return mien_frame_part(&setup->parts[0], setup->frame_rows, &setup->frame_layout, 0, like);
}

static mien_status make_parts(mien_inference_setup *setup) {
    bool committed = setup->statement->frame == MIEN_FRAME_COMMITTED;
    mien_tensor_shape *rest = &setup->parts[committed];
    setup->part_count = committed ? 2 : 1;
    MIEN_TRY(choose(setup, rest));
    if (committed) MIEN_TRY(make_frame_part(setup, rest));
    MIEN_TRY(mien_tensor_parts_check(setup->parts, setup->part_count));
    if (setup->statement->weights == NULL) return MIEN_OK;
    return mien_private_weights_parts(&setup->weights, setup->weight_rows, setup->parameters,
                                      setup->statement->weights, 0);
}

/* ---- pads and what they are linked to */

static void make_pads_shape(mien_inference_setup *setup) {
    const mien_cnn_plan *plan = setup->statement->plan;
    unsigned leaves = mien_inference_leaves_log2(plan), rows = mien_inference_rows_log2(plan);
    const mien_private_weights *weights = setup->statement->weights;
    const mien_cnn_weights *hidden = weights != NULL ? &weights->layout : NULL;
    bool output = setup->statement->output != MIEN_OUTPUT_PUBLIC;
    uint32_t value = mien_inference_value_message(plan, output, hidden != NULL);
    uint32_t behind = (uint32_t)mien_fraction_message_count(leaves, true);
    size_t first = mien_fraction_pair_count(leaves, true);
    size_t count = first + mien_fraction_pair_count(rows, false);
    setup->pads_shape = (mien_pads_shape){
        .pad_count = (uint32_t)mien_inference_message_count(plan, output, hidden),
        .pairs = setup->pairs,
        .pair_count = (uint32_t)count + 3 + (hidden != NULL ? 1 : 0),
        /* roots, rows of the tables, inner product, opening; the last two of hidden weights too */
        .form_count = (uint32_t)(mien_fraction_form_count(leaves) + mien_fraction_form_count(rows) +
                                 4 + (output ? 1 : 0) + (hidden != NULL ? 2 : 0))};
    mien_fraction_pairs(setup->pairs, leaves, true, 0);
    mien_fraction_pairs(setup->pairs + first, rows, false, behind);
    setup->pairs[count] = (mien_form_pair){0, behind + 1};
    setup->pairs[count + 1] = (mien_form_pair){1, behind + 1};
    setup->pairs[count + 2] = (mien_form_pair){behind, 1};
    setup->pairs[count + 3] = (mien_form_pair){value, value + 1}; /* w(r*) and L's hidden share */
}

static mien_status check_output(const mien_inference_setup *setup) {
    const mien_inference_statement *s = setup->statement;
    const mien_cnn_layer *last = &s->cnn->layers[s->cnn->layer_count - 1];
    size_t count = mien_inference_output_size(s->cnn);
    if (last->low < -128 || last->high > 127) return MIEN_UNSUPPORTED;
    if (s->output == MIEN_OUTPUT_MATCHED)
        return count == MIEN_EMBEDDING_SIZE ? MIEN_OK : MIEN_UNSUPPORTED;
    return count <= MIEN_OUTPUT_MAX ? MIEN_OK : MIEN_UNSUPPORTED;
}

/* *row: where the output's values stand in the section behind the pads. */
static mien_status make_section(mien_inference_setup *setup, uint32_t *row) {
    const mien_inference_statement *s = setup->statement;
    MIEN_TRY(check_output(setup));
    if (s->output == MIEN_OUTPUT_MATCHED) {
        *row = MIEN_MATCH_BARE_ROW_LEFT;
        MIEN_TRY(mien_match_circuit_create_bare(&setup->match, &s->match));
        setup->sections[1] = mien_match_system_bare(&setup->match);
        return MIEN_OK;
    }
    mien_output_shape shape = {setup->ligero.log2_slots,
                               (uint32_t)mien_inference_output_size(s->cnn)};
    *row = 0;
    MIEN_TRY(mien_output_circuit_create(&setup->output, &shape, s->context, s->output_commitment));
    if (mien_output_product_count(&shape) > MIEN_INFERENCE_MAX_PRODUCTS) return MIEN_UNSUPPORTED;
    setup->sections[1] = mien_output_system(&setup->output, setup->section_products[1]);
    return MIEN_OK;
}

static mien_status make_system(mien_inference_setup *setup) {
    mien_pads_shape *shape = &setup->pads_shape;
    bool linked = setup->statement->output != MIEN_OUTPUT_PUBLIC;
    uint32_t row = 0;
    make_pads_shape(setup);
    MIEN_TRY(mien_inference_choose_ligero(setup));
    shape->log2_slots = setup->ligero.log2_slots;
    if (linked) MIEN_TRY(make_section(setup, &row));
    setup->section_count = linked ? 2 : 1;
    shape->link_row = (uint32_t)mien_pads_rows(shape) + row;
    shape->link_count = linked ? (uint32_t)mien_inference_output_size(setup->statement->cnn) : 0;
    if (mien_pads_product_count(shape) > MIEN_INFERENCE_MAX_PRODUCTS) return MIEN_UNSUPPORTED;
    MIEN_TRY(mien_pads_check_shape(shape));
    setup->pads.shape = shape;
    setup->sections[0] = mien_pads_system(&setup->pads, setup->section_products[0]);
    return mien_ligero_join(&setup->system, &setup->joined, setup->products,
                            sizeof setup->products / sizeof *setup->products, setup->sections,
                            setup->section_count);
}

/* Weights are there, or hidden behind the root that M stands for. */
static mien_status check_model(const mien_inference_setup *setup) {
    const mien_inference_statement *s = setup->statement;
    uint8_t digest[32];
    if (s->weights == NULL)
        return mien_cnn_weights_present(s->cnn, false) ? MIEN_OK : MIEN_ARGUMENT;
    MIEN_TRY(mien_private_weights_check(s->cnn, s->plan, s->weights));
    mien_private_weights_digest(digest, setup->parameters, s->cnn, s->weights);
    return memcmp(digest, s->model, sizeof digest) == 0 ? MIEN_OK : MIEN_ARGUMENT;
}

mien_status mien_inference_setup_make(mien_inference_setup *setup,
                                      const mien_inference_parameters *parameters,
                                      const mien_inference_statement *statement) {
    memset(setup, 0, sizeof *setup);
    setup->parameters = parameters;
    setup->statement = statement;
    if (statement->frame > MIEN_FRAME_PUBLIC || statement->output > MIEN_OUTPUT_MATCHED ||
        (statement->frame == MIEN_FRAME_PUBLIC && statement->frame_values == NULL) ||
        (statement->output == MIEN_OUTPUT_PUBLIC && statement->output_values == NULL))
        return MIEN_ARGUMENT;
    MIEN_TRY(check_model(setup));
    MIEN_TRY(make_parts(setup));
    return make_system(setup);
}

static size_t carve(mien_inference_setup *setup, void **pads, void *workspace) {
    mien_arena arena = {workspace, 0};
    setup->powers = mien_arena_take(&arena, setup->pads_shape.link_count, sizeof *setup->powers);
    *pads = mien_arena_take(&arena, mien_pads_workspace_size(&setup->pads_shape), 1);
    return arena.used;
}

size_t mien_inference_setup_size(const mien_inference_setup *setup) {
    return (setup->pads_shape.link_count * sizeof(mien_k) + 63) / 64 * 64 +
           mien_pads_workspace_size(&setup->pads_shape);
}

mien_status mien_inference_setup_pads(mien_inference_setup *setup, const mien_k *wire,
                                      void *workspace) {
    void *pads;
    carve(setup, &pads, workspace);
    return mien_pads_init(&setup->pads, &setup->pads_shape, wire, pads,
                          mien_pads_workspace_size(&setup->pads_shape));
}

/* ---- transcript */

void mien_inference_head(uint8_t head[MIEN_INFERENCE_HEAD_SIZE],
                         const mien_inference_setup *setup) {
    bool face = setup->statement->output == MIEN_OUTPUT_MATCHED;
    memcpy(head, face ? "MIENFACE" : "MIENINFR", 8);
    mien_store_le16(head + 8, MIEN_INFERENCE_VERSION);
    mien_store_le16(head + 10, setup->parameters->id);
    head[12] = (uint8_t)setup->statement->frame;
    head[13] = (uint8_t)setup->statement->output;
    if (setup->statement->weights != NULL) head[13] |= MIEN_INFERENCE_HEAD_HIDDEN;
}

/* Values as 16-bit little-endian numbers. */
static void absorb_values(mien_transcript *transcript, const char *label, const int16_t *values,
                          size_t count) {
    uint8_t digest[MIEN_BLAKE2S_DIGEST], bytes[2];
    mien_blake2s state;
    mien_blake2s_start(&state, "mien-val", NULL);
    for (size_t i = 0; i < count; i++) {
        mien_store_le16(bytes, (uint16_t)values[i]);
        mien_blake2s_update(&state, bytes, sizeof bytes);
    }
    mien_blake2s_finish(&state, digest);
    mien_transcript_digest(transcript, label, digest);
}

static void absorb_frame(mien_transcript *transcript, const mien_inference_statement *s) {
    mien_cnn_shape shape = s->cnn->input;
    mien_transcript_integer(transcript, "frame", s->frame);
    if (s->frame == MIEN_FRAME_COMMITTED)
        mien_transcript_digest(transcript, "frame commitment", s->frame_commitment);
    else if (s->frame == MIEN_FRAME_PUBLIC)
        absorb_values(transcript, "frame values", s->frame_values,
                      (size_t)mien_cnn_sites(shape) * shape.channels);
}

static void absorb_match(mien_transcript *transcript, const mien_match_statement *m) {
    mien_transcript_digest(transcript, "circuit", mien_match_bare_digest);
    mien_transcript_f(transcript, "template commitment", m->template_commitment,
                      MIEN_POSEIDON2_DIGEST);
    mien_transcript_f(transcript, "key check", m->key_check, MIEN_POSEIDON2_DIGEST);
    mien_transcript_bytes(transcript, "service", m->service, sizeof m->service);
    mien_transcript_integer(transcript, "epoch", m->epoch);
    mien_transcript_integer(transcript, "slot", m->slot);
    mien_transcript_integer(transcript, "threshold", m->threshold);
}

static void absorb_output(mien_transcript *transcript, const mien_inference_statement *s) {
    mien_transcript_integer(transcript, "output", s->output);
    if (s->output == MIEN_OUTPUT_PUBLIC)
        absorb_values(transcript, "output values", s->output_values,
                      mien_inference_output_size(s->cnn));
    else if (s->output == MIEN_OUTPUT_COMMITTED)
        mien_transcript_f(transcript, "output commitment", s->output_commitment,
                          MIEN_POSEIDON2_DIGEST);
    else
        absorb_match(transcript, &s->match);
}

static void absorb_plan(mien_transcript *transcript, const mien_cnn_plan *plan) {
    mien_transcript_integer(transcript, "plan half", plan->log2_half);
    mien_transcript_integer(transcript, "plan size", plan->log2_size);
    mien_transcript_integer(transcript, "plan lookups", plan->lookups);
    mien_transcript_integer(transcript, "plan tables", plan->class_count);
    mien_transcript_integer(transcript, "plan rows", plan->table_rows);
    mien_transcript_integer(transcript, "plan base", plan->table_base);
}

static void absorb_weights(mien_transcript *transcript, const mien_inference_setup *setup) {
    mien_transcript_digest(transcript, "weights", setup->statement->weights->root);
    mien_tensor_absorb_shape(transcript, &setup->weights.theta);
    mien_tensor_absorb_shape(transcript, &setup->weights.mask);
}

void mien_inference_absorb(mien_transcript *transcript, const mien_inference_setup *setup) {
    const mien_inference_statement *s = setup->statement;
    mien_transcript_start(transcript,
                          s->weights != NULL ? "mien inference, hidden weights" : "mien inference");
    mien_transcript_integer(transcript, "version", MIEN_INFERENCE_VERSION);
    mien_transcript_integer(transcript, "parameters", setup->parameters->id);
    mien_transcript_digest(transcript, "model", s->model);
    mien_transcript_bytes(transcript, "context", s->context, sizeof s->context);
    absorb_frame(transcript, s);
    absorb_output(transcript, s);
    absorb_plan(transcript, s->plan);
    for (size_t i = 0; i < setup->part_count; i++)
        mien_tensor_absorb_shape(transcript, &setup->parts[i]);
    if (s->weights != NULL) absorb_weights(transcript, setup);
    mien_pads_absorb_shape(transcript, &setup->pads_shape);
    mien_ligero_absorb_parameters(transcript, &setup->ligero, &setup->system);
}

/* ---- opening */

void mien_inference_roots(uint8_t roots[2][MIEN_MERKLE_DIGEST], const mien_inference_setup *setup,
                          const uint8_t root[MIEN_MERKLE_DIGEST]) {
    if (setup->part_count == 2)
        memcpy(roots[0], setup->statement->frame_commitment, MIEN_MERKLE_DIGEST);
    memcpy(roots[setup->part_count - 1], root, MIEN_MERKLE_DIGEST);
}

size_t mien_inference_frame_scratch(const mien_cnn *cnn) {
    size_t sites = mien_cnn_sites(cnn->input), channels = cnn->input.channels;
    return sites + channels + mien_cnn_eq_scratch(sites > channels ? sites : channels);
}

mien_k mien_inference_frame_value(const mien_inference_statement *statement, const mien_k *point,
                                  mien_k *scratch) {
    const mien_cnn_block *block = &statement->plan->blocks[0];
    const int16_t *value = statement->frame_values;
    mien_k *channels = scratch, *sites = channels + block->channels, sum = MIEN_K_ZERO;
    mien_k *rest = sites + block->sites;
    unsigned low = block->log2_channels;
    mien_cnn_eq_range(channels, point, low, 0, block->channels, rest);
    mien_cnn_eq_range(sites, point + low, statement->plan->log2_size - low, block->base >> low,
                      block->sites, rest);
    for (uint32_t s = 0; s < block->sites; s++) {
        mien_k row = MIEN_K_ZERO;
        for (uint32_t c = 0; c < block->channels; c++)
            row = mien_k_add(row, mien_k_mul_f(channels[c], mien_f_from_i32(*value++)));
        sum = mien_k_add(sum, mien_k_mul(sites[s], row));
    }
    return sum;
}

void mien_inference_opening_claim(mien_form *claim, const mien_inference_setup *setup,
                                  const mien_k *point, uint32_t value, mien_k *scratch) {
    mien_form_constant(claim, MIEN_K_ZERO);
    mien_form_add(claim, MIEN_K_ONE, value);
    if (setup->statement->frame == MIEN_FRAME_PUBLIC)
        claim->constant = mien_k_neg(mien_inference_frame_value(setup->statement, point, scratch));
}

mien_status mien_inference_link(mien_inference_setup *setup, uint32_t output, mien_k xi) {
    mien_form form;
    if (setup->pads_shape.link_count == 0) return MIEN_OK;
    mien_form_constant(&form, MIEN_K_ZERO);
    mien_form_add(&form, MIEN_K_ONE, output);
    mien_inference_powers(setup->powers, xi, setup->pads_shape.link_count);
    return mien_pads_link(&setup->pads, &form, setup->powers);
}
