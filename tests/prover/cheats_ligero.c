/* SPDX-License-Identifier: MIT */
/* Cheats inside zk-Ligero: words, masks, challenges, responses, columns, bytes. */
#include "prover/hash/leaves.h"
#include "prover/statement/match_protocol.h"
#include "tests/prover/cheats.h"

#define CHEAT(name, at)                                                                            \
    static void act_##name(cheat_run *run, mien_ligero_view *view);                                \
    void cheat_##name(cheat_run *run, hook at_hook, mien_ligero_view *view) {                      \
        if (at_hook != HOOK_##at) return;                                                          \
        act_##name(run, view);                                                                     \
        run->acted |= 1u << at_hook;                                                               \
    }                                                                                              \
    static void act_##name(cheat_run *run, mien_ligero_view *view)

/* Same, and the statement is false from the start. */
#define FALSE_CHEAT(name, at)                                                                      \
    static void act_##name(cheat_run *run, mien_ligero_view *view);                                \
    void cheat_##name(cheat_run *run, hook at_hook, mien_ligero_view *view) {                      \
        if (at_hook == HOOK_WITNESS) cheat_false_by_one(run, at_hook, view);                       \
        if (at_hook != HOOK_##at) return;                                                          \
        act_##name(run, view);                                                                     \
        run->acted |= 1u << at_hook;                                                               \
    }                                                                                              \
    static void act_##name(cheat_run *run, mien_ligero_view *view)

static size_t columns_of(const mien_ligero_view *view) {
    return mien_ligero_length(view->parameters);
}
static mien_f *coefficient(mien_ligero_view *view, size_t element, size_t i) {
    size_t dimension = mien_ligero_dimension(view->parameters);
    return view->polynomials + (element / 16 * dimension + i) * 16 + element % 16;
}
static mien_f *code(mien_ligero_view *view, size_t element, size_t column) {
    return view->codewords + (element / 16 * columns_of(view) + column) * 16 + element % 16;
}
static size_t mask_element(const mien_ligero_view *view, size_t mask) {
    return view->system->rows + mask * MIEN_K_DEGREE;
}
static mien_f random_f(void) {
    return mien_f_from_u32((uint32_t)harness_random());
}
static mien_k random_k(void) {
    mien_k r;
    for (int l = 0; l < MIEN_K_DEGREE; l++) r.c[l] = random_f();
    return r;
}
static void add_to(mien_f *element, mien_f value) {
    *element = mien_f_add(*element, value);
}
static mien_k *linear_response(mien_ligero_view *view) {
    return view->responses + mien_ligero_dimension(view->parameters);
}
static mien_k *product_response(mien_ligero_view *view) {
    return linear_response(view) + mien_ligero_linear_length(view->parameters);
}

static void ignore_row(void *context, size_t row, const mien_k *coefficients) {
    (void)context, (void)row, (void)coefficients;
}

/* What must be added to the constant coefficient so that the linear response has the right sum. */
static mien_k missing_constant(mien_ligero_view *view) {
    mien_ligero_row_sink sink = {ignore_row, NULL};
    void *scratch = sample_memory(view->system->scratch_size);
    mien_k alpha = view->challenges->linear;
    mien_k sum = view->system->combine(view->system->instance, scratch, alpha, alpha, &sink);
    mien_f slots = mien_f_from_u32((uint32_t)view->system->slots);
    sum = mien_k_mul_f(sum, mien_f_inverse(slots));
    for (size_t i = 0; i < mien_ligero_linear_length(view->parameters); i += view->system->slots)
        sum = mien_k_sub(sum, linear_response(view)[i]);
    free(scratch);
    return sum;
}
static mien_k fit_sum(mien_ligero_view *view) {
    mien_k missing = missing_constant(view);
    linear_response(view)[0] = mien_k_add(linear_response(view)[0], missing);
    return missing;
}

/* ---- randomness and masks */

FALSE_CHEAT(known_seed, SEED) {
    (void)run;
    memset(view->seed, 0, sizeof view->seed);
}
FALSE_CHEAT(no_randomness, RANDOMNESS) {
    size_t dimension = mien_ligero_dimension(view->parameters);
    (void)run;
    memset(view->random_words, 0,
           (view->system->rows * view->parameters->queries +
            MIEN_LIGERO_MASKS * MIEN_K_DEGREE * dimension) *
               sizeof(mien_f));
}
/* The mask's sum over H is fixed before alpha: it must not be able to cancel any constraint. */
static void cancel_one(mien_ligero_view *view) {
    mien_f slots = mien_f_from_u32((uint32_t)view->system->slots);
    add_to(coefficient(view, mask_element(view, MIEN_LIGERO_MASK_LINEAR_LOW), 0),
           mien_f_neg(mien_f_inverse(slots)));
}
void cheat_mask_cancels_first(cheat_run *run, hook at_hook, mien_ligero_view *view) {
    if (at_hook == HOOK_SLOTS) shift_first_cube(run);
    if (at_hook != HOOK_POLYNOMIALS) return;
    cancel_one(view);
    run->acted |= 1u << at_hook;
}
void cheat_mask_cancels_last(cheat_run *run, hook at_hook, mien_ligero_view *view) {
    if (at_hook == HOOK_SLOTS) shift_last_number(run);
    if (at_hook != HOOK_POLYNOMIALS) return;
    cancel_one(view);
    run->acted |= 1u << at_hook;
}
FALSE_CHEAT(unbalanced_mask, POLYNOMIALS) {
    (void)run;
    add_to(coefficient(view, mask_element(view, MIEN_LIGERO_MASK_LINEAR_LOW), 0), random_f());
}
void cheat_unbalanced_mask_fitted(cheat_run *run, hook at_hook, mien_ligero_view *view) {
    cheat_unbalanced_mask(run, at_hook, view);
    if (at_hook != HOOK_RESPONSES) return;
    fit_sum(view);
    run->acted |= 1u << at_hook;
}

/* ---- words */

CHEAT(row_of_degree_k, CODEWORDS) {
    mien_rs_shape shape = mien_ligero_shape(view->parameters);
    uint32_t k = (uint32_t)mien_ligero_dimension(view->parameters);
    (void)run;
    for (size_t c = 0; c < columns_of(view); c++)
        add_to(code(view, 0, c), mien_f_power(mien_rs_point(&shape, (uint32_t)c), k));
}
static void randomize(mien_ligero_view *view, size_t element, size_t first) {
    for (size_t c = first; c < columns_of(view); c++) *code(view, element, c) = random_f();
}
CHEAT(row_random, CODEWORDS) {
    (void)run;
    randomize(view, 50, 0);
}
CHEAT(row_half, CODEWORDS) {
    (void)run;
    randomize(view, 11, columns_of(view) / 2);
}
#define RANDOM_MASK(name, mask)                                                                    \
    CHEAT(name, CODEWORDS) {                                                                       \
        (void)run;                                                                                 \
        randomize(view, mask_element(view, MIEN_LIGERO_MASK_##mask) + 2, 0);                       \
    }
RANDOM_MASK(proximity_mask_random, PROXIMITY)
RANDOM_MASK(linear_low_mask_random, LINEAR_LOW)
RANDOM_MASK(linear_high_mask_random, LINEAR_HIGH)
RANDOM_MASK(product_low_mask_random, PRODUCT_LOW)
RANDOM_MASK(product_high_mask_random, PRODUCT_HIGH)

/* Every second column from the sum with another polynomial. */
static void mask_of_two(mien_ligero_view *view, size_t mask) {
    mien_rs_shape shape = mien_ligero_shape(view->parameters);
    mien_f other[4] = {random_f(), random_f(), random_f(), random_f()};
    for (size_t c = 0; c < columns_of(view); c += 2)
        add_to(code(view, mask_element(view, mask), c),
               mien_f_evaluate(other, 4, mien_rs_point(&shape, (uint32_t)c)));
}
FALSE_CHEAT(linear_mask_of_two, CODEWORDS) {
    (void)run;
    mask_of_two(view, MIEN_LIGERO_MASK_LINEAR_LOW);
}
FALSE_CHEAT(product_mask_of_two, CODEWORDS) {
    (void)run;
    mask_of_two(view, MIEN_LIGERO_MASK_PRODUCT_LOW);
}
CHEAT(columns_shifted, CODEWORDS) {
    size_t n = columns_of(view);
    (void)run;
    for (size_t group = 0; group < view->groups; group++) {
        mien_f first[16], *words = view->codewords + group * n * 16;
        memcpy(first, words, sizeof first);
        memmove(words, words + 16, (n - 1) * sizeof first);
        memcpy(words + (n - 1) * 16, first, sizeof first);
    }
}
CHEAT(rows_swapped, CODEWORDS) {
    (void)run;
    for (size_t c = 0; c < columns_of(view); c++) {
        mien_f t = *code(view, MIEN_MATCH_ROW_LEFT, c);
        *code(view, MIEN_MATCH_ROW_LEFT, c) = *code(view, MIEN_MATCH_ROW_RIGHT, c);
        *code(view, MIEN_MATCH_ROW_RIGHT, c) = t;
    }
}
CHEAT(leaf_replaced, TREE) {
    (void)run;
    for (size_t c = 0; c < columns_of(view); c++) view->nodes[c * MIEN_MERKLE_DIGEST] ^= 1;
    mien_merkle_build(view->nodes, MIEN_LIGERO_TREE_NUMBER, view->parameters->log2_length);
}
CHEAT(root_replaced, TREE) {
    (void)run;
    size_t size = mien_merkle_nodes_size(view->parameters->log2_length);
    view->nodes[size - 1] ^= 1;
}

/* ---- challenges and responses */

CHEAT(own_proximity, CHALLENGES) {
    (void)run;
    view->challenges->proximity[3] = random_k();
}
CHEAT(own_alpha, CHALLENGES) {
    (void)run;
    view->challenges->linear = random_k();
}
/* A square that is no square, and its product's coefficient zero. */
void cheat_own_gamma(cheat_run *run, hook at_hook, mien_ligero_view *view) {
    if (at_hook == HOOK_SLOTS) run->rows[1 * MIEN_MATCH_SLOTS + 3] = random_f();
    if (at_hook != HOOK_CHALLENGES) return;
    view->challenges->products[0] = view->challenges->products[1] = MIEN_K_ZERO;
    run->acted |= 1u << at_hook;
}
CHEAT(proximity_response, RESPONSES) {
    (void)run;
    view->responses[7] = mien_k_add(view->responses[7], random_k());
}
FALSE_CHEAT(linear_response, RESPONSES) {
    (void)run;
    fit_sum(view);
}
CHEAT(linear_response_sum, RESPONSES) {
    (void)run;
    linear_response(view)[0] = mien_k_add(linear_response(view)[0], MIEN_K_ONE);
}
CHEAT(product_response, RESPONSES) {
    (void)run;
    product_response(view)[0] = mien_k_add(product_response(view)[0], MIEN_K_ONE);
}
/* With a square that is no square the quotient has a remainder; a random quotient part instead. */
void cheat_product_remainder(cheat_run *run, hook at_hook, mien_ligero_view *view) {
    if (at_hook == HOOK_SLOTS) run->rows[1 * MIEN_MATCH_SLOTS + 3] = random_f();
    if (at_hook != HOOK_RESPONSES) return;
    for (size_t i = 0; i < view->system->slots; i++)
        product_response(view)[i] = mien_k_add(product_response(view)[i], random_k());
    run->acted |= 1u << at_hook;
}

/* ---- columns */

void cheat_late_mask(cheat_run *run, hook at_hook, mien_ligero_view *view) {
    static mien_k moved;
    if (at_hook == HOOK_WITNESS) cheat_false_by_one(run, at_hook, view);
    if (at_hook == HOOK_RESPONSES) moved = fit_sum(view);
    if (at_hook != HOOK_COLUMNS) return;
    for (size_t j = 0; j < view->parameters->queries; j++)
        for (size_t l = 0; l < MIEN_K_DEGREE; l++)
            add_to(
                code(view, mask_element(view, MIEN_LIGERO_MASK_LINEAR_LOW) + l, view->columns[j]),
                moved.c[l]);
    run->acted |= 1u << at_hook;
}
CHEAT(late_row, COLUMNS) {
    (void)run;
    add_to(code(view, 20, view->columns[view->parameters->queries - 1u]), MIEN_F_ONE);
}
CHEAT(late_salt, COLUMNS) {
    (void)run;
    view->salts[view->columns[0]][31] ^= 1;
}
CHEAT(no_grinding, NONCE) {
    mien_transcript before = *view->transcript;
    (void)run;
    /* the transcript has absorbed the good nonce; any other start gives another state */
    do view->nonce++, before = *view->transcript;
    while (mien_ligero_grind_check(&before, view->nonce, view->parameters));
}
CHEAT(own_columns, COLUMNS) {
    (void)run;
    for (uint32_t j = 0; j < view->parameters->queries; j++) view->columns[j] = j;
}
void cheat_early_columns(cheat_run *run, hook at_hook, mien_ligero_view *view) {
    static uint32_t early[MIEN_LIGERO_MAX_QUERIES];
    if (at_hook == HOOK_RESPONSES) {
        mien_transcript copy = *view->transcript;
        mien_ligero_draw_columns(&copy, early, view->parameters);
    }
    if (at_hook != HOOK_COLUMNS) return;
    memcpy(view->columns, early, view->parameters->queries * sizeof *early);
    run->acted |= 1u << at_hook;
}

/* ---- bytes */

static size_t responses_at(void) {
    return MIEN_MATCH_HEAD_SIZE + MIEN_MERKLE_DIGEST;
}
static size_t columns_at(const cheat_run *run) {
    return responses_at() + mien_ligero_responses_size(&run->parameters) + 8;
}
static size_t column_size(void) {
    return MIEN_MERKLE_SALT + MIEN_F_BYTES * mien_ligero_column_elements(MIEN_MATCH_ROWS);
}
/* The same element in another encoding. */
static void add_modulus(cheat_run *run, size_t at) {
    mien_store_le32(run->proof + at, mien_load_le32(run->proof + at) + MIEN_F_MODULUS);
}
CHEAT(element_too_large, WIRE) {
    (void)view;
    add_modulus(run, responses_at() + 4);
}
CHEAT(element_too_large_linear, WIRE) {
    (void)view;
    add_modulus(run, responses_at() + mien_ligero_dimension(&run->parameters) * MIEN_K_BYTES);
}
CHEAT(element_too_large_product, WIRE) {
    (void)view;
    add_modulus(run, columns_at(run) - 8 - 4);
}
CHEAT(element_too_large_column, WIRE) {
    (void)view;
    add_modulus(run, columns_at(run) + MIEN_MERKLE_SALT);
}
CHEAT(sibling_changed, WIRE) {
    (void)view;
    run->proof[columns_at(run) + run->parameters.queries * column_size() + 40] ^= 1;
}
CHEAT(columns_reordered, WIRE) {
    uint8_t *first = run->proof + columns_at(run), *second = first + column_size();
    (void)view;
    for (size_t i = 0; i < column_size(); i++) {
        uint8_t t = first[i];
        first[i] = second[i];
        second[i] = t;
    }
}
CHEAT(duplicate_column, WIRE) {
    uint8_t *first = run->proof + columns_at(run);
    (void)view;
    memcpy(first + column_size(), first, column_size());
}
CHEAT(trailing_byte, WIRE) {
    (void)view;
    run->proof[run->length++] = 0;
}
