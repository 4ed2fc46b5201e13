/* SPDX-License-Identifier: MIT */
#include "prover/circuits/pads.h"

#include "prover/field/vectors.h"
#include "prover/ligero/arena.h"
#include "prover/ligero/challenges.h"

enum {
    DEGREE = MIEN_K_DEGREE,
    POINTS = MIEN_PADS_POINTS,
    MAX_PADS = 1 << 18,
    MAX_PAIRS = 1 << 16,
    MAX_FORMS = 1 << 16,
    MAX_LINKS = 1 << 16
};

/* ---- shape */

static size_t slots_of(const mien_pads_shape *shape) {
    return (size_t)1 << shape->log2_slots;
}
static size_t rows_for(const mien_pads_shape *shape, size_t words) {
    return (words + slots_of(shape) - 1) >> shape->log2_slots;
}
static size_t word_rows(const mien_pads_shape *shape) {
    return rows_for(shape, (size_t)DEGREE * shape->pad_count);
}

size_t mien_pads_product_count(const mien_pads_shape *shape) {
    return rows_for(shape, (size_t)POINTS * shape->pair_count);
}
size_t mien_pads_rows(const mien_pads_shape *shape) {
    return word_rows(shape) + 3 * mien_pads_product_count(shape);
}
size_t mien_pads_constraint_count(const mien_pads_shape *shape) {
    return (size_t)2 * POINTS * shape->pair_count + (size_t)DEGREE * shape->form_count;
}

mien_status mien_pads_check_shape(const mien_pads_shape *shape) {
    if (shape->log2_slots < 2 || shape->log2_slots > MIEN_LIGERO_MAX_LOG2_LENGTH ||
        shape->pad_count < 1 || shape->pad_count > MAX_PADS || shape->pair_count > MAX_PAIRS ||
        shape->form_count < 1 || shape->form_count > MAX_FORMS || shape->link_count > MAX_LINKS ||
        shape->link_row > MIEN_LIGERO_MAX_ROWS)
        return MIEN_ARGUMENT;
    for (uint32_t i = 0; i < shape->pair_count; i++)
        if (shape->pairs[i].left >= shape->pad_count || shape->pairs[i].right >= shape->pad_count)
            return MIEN_ARGUMENT;
    return mien_pads_rows(shape) <= MIEN_LIGERO_MAX_ROWS ? MIEN_OK : MIEN_ARGUMENT;
}

void mien_pads_absorb_shape(mien_transcript *transcript, const mien_pads_shape *shape) {
    mien_transcript_integer(transcript, "pads", shape->pad_count);
    mien_transcript_integer(transcript, "pad forms", shape->form_count);
    mien_transcript_integer(transcript, "pad link row", shape->link_row);
    mien_transcript_integer(transcript, "pad links", shape->link_count);
    mien_transcript_integer(transcript, "pad pairs", shape->pair_count);
    for (uint32_t i = 0; i < shape->pair_count; i++) {
        mien_transcript_integer(transcript, "left", shape->pairs[i].left);
        mien_transcript_integer(transcript, "right", shape->pairs[i].right);
    }
}

/* ---- what is kept of the statements */

static void carve(mien_pads *pads, mien_arena *arena) {
    const mien_pads_shape *shape = pads->shape;
    size_t terms = (size_t)shape->form_count * MIEN_FORM_TERMS;
    pads->constant = mien_arena_take(arena, shape->form_count, sizeof *pads->constant);
    pads->terms_end = mien_arena_take(arena, shape->form_count, sizeof *pads->terms_end);
    pads->term_pad = mien_arena_take(arena, terms, sizeof *pads->term_pad);
    pads->term = mien_arena_take(arena, terms, sizeof *pads->term);
    pads->pair_form = mien_arena_take(arena, shape->pair_count, sizeof *pads->pair_form);
    pads->pair = mien_arena_take(arena, shape->pair_count, sizeof *pads->pair);
    pads->link = mien_arena_take(arena, shape->link_count, sizeof *pads->link);
}

size_t mien_pads_workspace_size(const mien_pads_shape *shape) {
    mien_pads pads = {.shape = shape};
    mien_arena arena = {NULL, 0};
    if (mien_pads_check_shape(shape) != MIEN_OK) return 0;
    carve(&pads, &arena);
    return arena.used;
}

mien_status mien_pads_init(mien_pads *pads, const mien_pads_shape *shape, const mien_k *wire,
                           void *workspace, size_t workspace_size) {
    size_t needed = mien_pads_workspace_size(shape);
    memset(pads, 0, sizeof *pads);
    if (needed == 0 || workspace_size < needed || (uintptr_t)workspace % 64 != 0)
        return MIEN_ARGUMENT;
    mien_arena arena = {workspace, 0};
    pads->shape = shape;
    pads->wire = wire;
    carve(pads, &arena);
    return MIEN_OK;
}

/* The statement speaks of messages that are there and of the next products of the shape. */
static bool expected(const mien_pads *pads, const mien_form *form,
                     const mien_form_product *products, size_t count) {
    const mien_form_pair *next = pads->shape->pairs + pads->pairs;
    if (pads->forms == pads->shape->form_count || form->count > MIEN_FORM_TERMS ||
        count > (MIEN_FORM_TERMS - form->count) / 2 ||
        count > pads->shape->pair_count - pads->pairs)
        return false;
    for (size_t i = 0; i < count; i++)
        if (next[i].left != products[i].left || next[i].right != products[i].right) return false;
    for (uint32_t i = 0; i < form->count; i++)
        if (form->message[i] >= pads->shape->pad_count) return false;
    return true;
}

static mien_status keep_form(void *context, const mien_form *form,
                             const mien_form_product *products, size_t product_count) {
    mien_pads *pads = context;
    mien_form *left = &pads->scratch;
    if (!expected(pads, form, products, product_count)) return MIEN_ARGUMENT;
    for (size_t i = 0; i < product_count; i++) {
        pads->pair_form[pads->pairs] = pads->forms;
        pads->pair[pads->pairs++] = products[i].coefficient;
    }
    mien_form_on_pads(left, form, products, product_count, pads->wire);
    for (uint32_t i = 0; i < left->count; i++, pads->terms++) {
        pads->term_pad[pads->terms] = left->message[i];
        pads->term[pads->terms] = left->coefficient[i];
    }
    pads->constant[pads->forms] = left->constant;
    pads->terms_end[pads->forms++] = pads->terms;
    return MIEN_OK;
}

mien_checker mien_pads_checker(mien_pads *pads) {
    mien_checker checker = {keep_form, pads};
    return checker;
}

mien_status mien_pads_link(mien_pads *pads, const mien_form *form, const mien_k *coefficients) {
    if (pads->links != 0 || pads->shape->link_count == 0) return MIEN_ARGUMENT;
    pads->link_form = pads->forms;
    MIEN_TRY(keep_form(pads, form, NULL, 0));
    memcpy(pads->link, coefficients, pads->shape->link_count * sizeof *pads->link);
    pads->links = pads->shape->link_count;
    return MIEN_OK;
}

mien_status mien_pads_complete(const mien_pads *pads) {
    const mien_pads_shape *shape = pads->shape;
    bool all = pads->forms == shape->form_count && pads->pairs == shape->pair_count &&
               pads->links == shape->link_count;
    return all ? MIEN_OK : MIEN_PROOF_INVALID;
}
