/* SPDX-License-Identifier: MIT */
/* Where everything stands in a proof of inference or face: the bytes of docs/INFERENCE.md, read by
 * code of its own that checks nothing. Changing a proof needs new nonces behind the change;
 * wire_map_make finds them when it is asked to. */
#ifndef MIEN_TESTS_PROVER_CNN_WIRE_MAP_H
#define MIEN_TESTS_PROVER_CNN_WIRE_MAP_H

#include "prover/commitment/tensor_internal.h"
#include "prover/statement/inference_check.h"
#include "prover/statement/inference_protocol.h"

/* X(name, bytes of a unit) */
#define WIRE_KINDS(X)                                                                              \
    X(HEAD, 1)                                                                                     \
    X(PADS_ROOT, 32)                                                                               \
    X(WITNESS_ROOT, 32)                                                                            \
    X(MASK_ROOT, 32) /* of what opens hidden weights */                                            \
    X(MESSAGES, 20)  /* all that is padded, the mask value last */                                 \
    X(COMBINED_ROOT, 32)                                                                           \
    X(COMBINED_VALUE, 20)                                                                          \
    X(COMBINED_ROW, 20)                                                                            \
    X(NONCE, 8)                                                                                    \
    X(FRAME_SALT, MIEN_TENSOR_SALT) /* columns of C_x */                                           \
    X(FRAME_COLUMN, 4)                                                                             \
    X(FRAME_PATH, 32)                                                                              \
    X(WEIGHTS_SALT, MIEN_TENSOR_SALT) /* columns of hidden weights */                              \
    X(WEIGHTS_COLUMN, 4)                                                                           \
    X(WEIGHTS_PATH, 32)                                                                            \
    X(SALT, MIEN_TENSOR_SALT) /* columns of w, and of the mask of hidden weights */                \
    X(COLUMN, 4)                                                                                   \
    X(PATH, 32)                                                                                    \
    X(ROUNDS, 20) /* sumcheck of an inner level, its value last */                                 \
    X(INNER_ROW, 20)                                                                               \
    X(INNER_COLUMN, 4)                                                                             \
    X(INNER_PATH, 32)                                                                              \
    X(PROXIMITY, 20)                                                                               \
    X(LINEAR, 20)                                                                                  \
    X(PRODUCT, 20)                                                                                 \
    X(PADS_SALT, 16) /* columns of zk-Ligero */                                                    \
    X(PADS_COLUMN, 4)                                                                              \
    X(PADS_PATH, 32)
typedef enum wire_kind {
#define X(name, unit) WIRE_##name,
    WIRE_KINDS(X)
#undef X
        WIRE_KIND_COUNT
} wire_kind;
static const uint8_t wire_units[WIRE_KIND_COUNT] = {
#define X(name, unit) unit,
    WIRE_KINDS(X)
#undef X
};
static const char *const wire_names[WIRE_KIND_COUNT] = {
#define X(name, unit) #name,
    WIRE_KINDS(X)
#undef X
};

typedef struct wire_section {
    wire_kind kind;
    size_t at, count; /* units */
} wire_section;

enum { WIRE_SECTIONS_MAX = 4096 };
typedef struct wire_map {
    size_t count, end; /* end: bytes that were understood */
    wire_section sections[WIRE_SECTIONS_MAX];
} wire_map;

static inline size_t wire_section_end(const wire_section *s) {
    return s->at + s->count * wire_units[s->kind];
}
/* A section of this kind: number `which` of them, modulo how many there are; NULL: none. */
static inline const wire_section *wire_find(const wire_map *map, wire_kind kind, size_t which) {
    size_t have = 0;
    for (size_t i = 0; i < map->count; i++) have += map->sections[i].kind == kind;
    if (have == 0) return NULL;
    which %= have;
    for (size_t i = 0; i < map->count; i++)
        if (map->sections[i].kind == kind && which-- == 0) return &map->sections[i];
    return NULL;
}

typedef struct wire_walk {
    wire_map *map;
    const mien_inference_setup *setup;
    uint8_t *proof;
    mien_reader reader;
    mien_transcript transcript;
    bool grind;
    uint32_t columns[4096];
    mien_k point[MIEN_FRACTION_LOG2_MAX];
} wire_walk;

/* The next `count` units; NULL when they are not there. */
static inline const uint8_t *wire_step(wire_walk *w, wire_kind kind, size_t count) {
    const uint8_t *view = NULL;
    size_t at = (size_t)(w->reader.next - w->proof);
    if (mien_read_view(&w->reader, &view, count * wire_units[kind]) != MIEN_OK ||
        w->map->count == WIRE_SECTIONS_MAX)
        return NULL;
    w->map->sections[w->map->count++] = (wire_section){kind, at, count};
    w->map->end = at + count * wire_units[kind];
    return view;
}
#define WIRE_NEXT(view, w, kind, count)                                                            \
    const uint8_t *view = wire_step(w, kind, count);                                               \
    if ((view) == NULL) return MIEN_TRUNCATED

/* Digests of an opening of the columns drawn last; they are used up. */
static inline size_t wire_path_length(uint32_t *columns, size_t count, unsigned log2_columns) {
    size_t digests = 0;
    for (unsigned level = 0; level < log2_columns; level++) {
        size_t parents = 0;
        for (size_t i = 0; i < count; i++) {
            uint32_t sibling = columns[i] ^ 1;
            if (i + 1 < count && columns[i + 1] == sibling)
                i++;
            else
                digests++;
            columns[parents++] = sibling >> 1;
        }
        count = parents;
    }
    return digests;
}

static inline mien_status wire_nonce(wire_walk *w, const char *label, unsigned bits,
                                     const char *columns_label, uint32_t queries,
                                     unsigned log2_columns) {
    WIRE_NEXT(view, w, WIRE_NONCE, 1);
    mien_transcript trial = w->transcript;
    uint64_t nonce = mien_load_le64(view);
    bool good = mien_transcript_grind_check(&trial, label, nonce, bits);
    for (nonce = 0; !good && w->grind; nonce += !good) {
        trial = w->transcript;
        good = mien_transcript_grind_check(&trial, label, nonce, bits);
        if (good) mien_store_le64(w->proof + (view - w->proof), nonce);
    }
    w->transcript = trial;
    if (queries > sizeof w->columns / sizeof *w->columns) return MIEN_TOO_LARGE;
    mien_transcript_draw_columns(&w->transcript, columns_label, w->columns, queries, log2_columns);
    return MIEN_OK;
}

/* Columns and their tree; salt WIRE_KIND_COUNT: without salts. */
static inline mien_status wire_columns(wire_walk *w, wire_kind salt, wire_kind column,
                                       wire_kind path, size_t elements, uint32_t queries,
                                       unsigned log2_columns) {
    static uint32_t scratch[4096];
    for (uint32_t i = 0; i < queries; i++) {
        if (salt != WIRE_KIND_COUNT) {
            WIRE_NEXT(salts, w, salt, 1);
        }
        WIRE_NEXT(words, w, column, elements);
    }
    memcpy(scratch, w->columns, queries * sizeof *scratch);
    WIRE_NEXT(digests, w, path, wire_path_length(scratch, queries, log2_columns));
    return MIEN_OK;
}

static inline mien_status wire_inner(wire_walk *w, const mien_tensor_shape *shape, unsigned i) {
    const mien_tensor_inner *inner = &shape->inner[i];
    unsigned variables = mien_tensor_inner_variables(shape, i);
    mien_k gamma;
    mien_transcript_draw_k(&w->transcript, "gamma", &gamma, 1);
    WIRE_NEXT(rounds, w, WIRE_ROUNDS, 2 * (size_t)variables + 1);
    for (unsigned v = 0; v < variables; v++) {
        mien_transcript_k(&w->transcript, "round", rounds + (size_t)v * 2 * MIEN_K_BYTES, 2);
        mien_transcript_draw_k(&w->transcript, "rho", &gamma, 1);
    }
    mien_transcript_k(&w->transcript, "value", rounds + (size_t)variables * 2 * MIEN_K_BYTES, 1);
    if (i + 1 < mien_tensor_inner_count(shape)) {
        WIRE_NEXT(root, w, WIRE_COMBINED_ROOT, 1);
        mien_transcript_digest(&w->transcript, "combined root", root);
    } else {
        size_t length = (size_t)1 << inner->log2_row;
        WIRE_NEXT(row, w, WIRE_INNER_ROW, length);
        mien_transcript_k(&w->transcript, "inner row", row, length);
    }
    MIEN_TRY(wire_nonce(w, "inner nonce", shape->grinding_bits, "inner columns", inner->queries,
                        inner->log2_columns));
    return wire_columns(w, WIRE_KIND_COUNT, WIRE_INNER_COLUMN, WIRE_INNER_PATH,
                        (size_t)MIEN_K_DEGREE * mien_tensor_inner_rows(shape, i), inner->queries,
                        inner->log2_columns);
}

/* Columns of a part that was there before: `first`, `first` + 1, `first` + 2; of the others those
 * of w. */
static inline mien_status wire_opening(wire_walk *w, const mien_tensor_shape *parts, size_t count,
                                       wire_kind first) {
    const mien_tensor_shape *shape = &parts[0];
    unsigned levels = mien_tensor_inner_count(shape);
    mien_k beta;
    mien_transcript_draw_k(&w->transcript, "beta", &beta, 1);
    if (levels > 0) {
        WIRE_NEXT(root, w, WIRE_COMBINED_ROOT, 1);
        mien_transcript_digest(&w->transcript, "combined root", root);
        WIRE_NEXT(value, w, WIRE_COMBINED_VALUE, 1);
        mien_transcript_k(&w->transcript, "combined value", value, 1);
    } else {
        size_t length = mien_tensor_length(shape);
        WIRE_NEXT(row, w, WIRE_COMBINED_ROW, length);
        mien_transcript_k(&w->transcript, "combined row", row, length);
    }
    MIEN_TRY(wire_nonce(w, "nonce", shape->grinding_bits, "columns", shape->queries,
                        shape->log2_columns));
    for (size_t p = 0; p < count; p++) {
        wire_kind kind = p + 1 < count ? first : WIRE_SALT;
        MIEN_TRY(wire_columns(w, kind, (wire_kind)(kind + 1), (wire_kind)(kind + 2),
                              mien_tensor_column_elements(&parts[p]), shape->queries,
                              shape->log2_columns));
    }
    for (unsigned i = 0; i < levels; i++) MIEN_TRY(wire_inner(w, shape, i));
    return MIEN_OK;
}

/* Hidden weights: their mask value, padded as well, and their opening. */
static inline mien_status wire_weights(wire_walk *w) {
    const mien_tensor_shape parts[2] = {w->setup->weights.theta, w->setup->weights.mask};
    if (w->setup->statement->weights == NULL) return MIEN_OK;
    WIRE_NEXT(value, w, WIRE_MESSAGES, 1);
    mien_transcript_k(&w->transcript, "mask value", value, 1);
    return wire_opening(w, parts, 2, WIRE_WEIGHTS_SALT);
}

static inline mien_status wire_pads(wire_walk *w) {
    const mien_proof_parameters *p = &w->setup->ligero;
    const mien_ligero_system *system = &w->setup->system;
    mien_k *drawn =
        calloc(mien_ligero_proximity_count(system) + system->product_count + 1, sizeof *drawn);
    if (drawn == NULL) return MIEN_TOO_LARGE;
    mien_ligero_challenges challenges = {.proximity = drawn,
                                         .products = drawn + mien_ligero_proximity_count(system)};
    mien_ligero_draw_challenges(&challenges, &w->transcript, system);
    free(drawn);
    WIRE_NEXT(proximity, w, WIRE_PROXIMITY, mien_ligero_dimension(p));
    WIRE_NEXT(linear, w, WIRE_LINEAR, mien_ligero_linear_length(p));
    WIRE_NEXT(product, w, WIRE_PRODUCT, mien_ligero_product_length(p));
    mien_ligero_absorb_responses(&w->transcript, proximity, p);
    MIEN_TRY(wire_nonce(w, "nonce", p->grinding_bits, "columns", p->queries, p->log2_length));
    return wire_columns(w, WIRE_PADS_SALT, WIRE_PADS_COLUMN, WIRE_PADS_PATH,
                        mien_ligero_column_elements(system->rows), p->queries, p->log2_length);
}

static inline mien_status wire_accept(void *context, const mien_form *form,
                                      const mien_form_product *products, size_t count) {
    (void)context, (void)form, (void)products, (void)count;
    return MIEN_OK;
}

/* The argument's messages, whose challenges the verifier's own code draws. */
static inline mien_status wire_messages(wire_walk *w) {
    const mien_inference_statement *s = w->setup->statement;
    const mien_cnn_weights *weights = s->weights != NULL ? &s->weights->layout : NULL;
    size_t count = w->setup->pads_shape.pad_count - (weights != NULL ? 1 : 0);
    size_t size = mien_inference_check_workspace_size(s->plan, s->cnn);
    void *stage = aligned_alloc(64, (size + 63) / 64 * 64);
    mien_k *wire = calloc(count, sizeof *wire);
    mien_inference_end end = {.value = 0};
    mien_reader messages = w->reader;
    mien_receiver receiver = {&w->transcript, &messages, wire, count, 0};
    mien_checker checker = {wire_accept, NULL};
    mien_status status = MIEN_TOO_LARGE;
    uint32_t mask_value;
    if (stage != NULL && wire != NULL)
        status = mien_inference_check(&end, &receiver, &checker, s->plan, s->cnn,
                                      s->output == MIEN_OUTPUT_PUBLIC ? s->output_values : NULL,
                                      weights, stage, size);
    if (status == MIEN_OK) status = mien_receive(&receiver, "mask value", 1, &mask_value);
    free(stage);
    free(wire);
    MIEN_TRY(status);
    WIRE_NEXT(all, w, WIRE_MESSAGES, count);
    return MIEN_OK;
}

static inline mien_status wire_walk_all(wire_walk *w) {
    WIRE_NEXT(head, w, WIRE_HEAD, MIEN_INFERENCE_HEAD_SIZE);
    mien_inference_absorb(&w->transcript, w->setup);
    WIRE_NEXT(pads_root, w, WIRE_PADS_ROOT, 1);
    mien_ligero_absorb_commitment(&w->transcript, pads_root);
    WIRE_NEXT(root, w, WIRE_WITNESS_ROOT, 1);
    mien_transcript_digest(&w->transcript, "witness", root);
    if (w->setup->statement->weights != NULL) {
        WIRE_NEXT(mask, w, WIRE_MASK_ROOT, 1);
        mien_transcript_digest(&w->transcript, "weights mask", mask);
    }
    MIEN_TRY(wire_messages(w));
    MIEN_TRY(wire_opening(w, w->setup->parts, w->setup->part_count, WIRE_FRAME_SALT));
    MIEN_TRY(wire_weights(w));
    MIEN_TRY(wire_pads(w));
    return mien_read_end(&w->reader);
}

/* grind: nonces that do not do are replaced, front to back. On an error the map ends where reading
 * did. */
static inline mien_status wire_map_make(wire_map *map, const mien_inference_parameters *parameters,
                                        const mien_inference_statement *statement, uint8_t *bytes,
                                        size_t length, bool grind) {
    mien_inference_setup *setup = malloc(sizeof *setup);
    wire_walk *w = calloc(1, sizeof *w);
    mien_status status = MIEN_TOO_LARGE;
    map->count = map->end = 0;
    if (setup != NULL && w != NULL) {
        *w = (wire_walk){.map = map, .setup = setup, .proof = bytes, .grind = grind};
        w->reader = mien_reader_of(bytes, length);
        status = mien_inference_setup_make(setup, parameters, statement);
        if (status == MIEN_OK) status = wire_walk_all(w);
    }
    free(w);
    free(setup);
    return status;
}

#endif
