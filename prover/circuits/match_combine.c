/* SPDX-License-Identifier: MIT */
/* The linear constraints of match, combined with powers of alpha: a walk backwards through the four
 * chains of permutations (each is the transpose of its forward evaluation), which leaves a weight
 * on every message element, then entries, comparison and booleans. Public data only. */
#include "prover/circuits/match.h"

enum {
    SLOTS = MIEN_MATCH_SLOTS,
    ENTRIES = MIEN_EMBEDDING_SIZE,
    TAIL = MIEN_MATCH_CONSTRAINTS - MIEN_MATCH_CUBES
};

typedef struct combiner {
    const mien_match_circuit *circuit;
    mien_chain_combiner cubes;
    mien_k start_power[MIEN_MATCH_PERMUTATIONS]; /* first alpha^(148 pi) */
    mien_k tail_power[TAIL];                     /* first alpha^(3552 + i), bare: (2220 + i) */
    mien_k constant; /* sum of first alpha^c times what constraint c adds to its slots */
    mien_k message[MIEN_MATCH_CHAINS][MIEN_MATCH_SECRET_MAX]; /* weights of message elements */
    mien_k number[MIEN_MATCH_NUMBER_COUNT];
    mien_k x_row[SLOTS], z_row[SLOTS];
} combiner;

static void emit(const combiner *c, size_t row, const mien_k coefficients[SLOTS]) {
    if (c->circuit->bare && row >= MIEN_MATCH_ROW_BOOLEANS) row -= MIEN_MATCH_BARE_SKIPPED;
    c->cubes.sink->take(c->cubes.sink->context, row, coefficients);
}
static void add_to(mien_k *sum, mien_k value) {
    *sum = mien_k_add(*sum, value);
}
static mien_k times(mien_k a, int32_t weight) {
    return mien_k_mul_f(a, mien_f_from_i32(weight));
}

static void fill_powers(combiner *c) {
    size_t count = c->circuit->bare ? MIEN_MATCH_BARE_PERMUTATIONS : MIEN_MATCH_PERMUTATIONS;
    mien_k power = mien_chain_powers(c->start_power, &c->cubes, count);
    for (size_t i = 0; i < TAIL; i++, power = mien_k_mul(power, c->cubes.alpha))
        c->tail_power[i] = power;
    mien_chain_start(&c->cubes, count);
}

/* output[i]: weight on element i of the chain's digest. */
static void walk_chain(combiner *c, int name, const mien_k output[MIEN_POSEIDON2_DIGEST]) {
    mien_chain chain = mien_match_chain_of(c->circuit, name);
    mien_chain_walk(&c->cubes, &chain, c->start_power, output, c->message[name]);
}

/* The chain's digest is the statement's, by nine constraints starting at tail index `first`. */
static void walk_public_chain(combiner *c, int name, size_t first) {
    const mien_k *power = c->tail_power + first;
    for (size_t i = 0; i < MIEN_POSEIDON2_DIGEST; i++)
        c->constant = mien_k_sub(c->constant, mien_k_mul_f(power[i], c->circuit->digest[name][i]));
    walk_chain(c, name, power);
}

static void walk_chains(combiner *c) {
    enum { DIGEST = MIEN_POSEIDON2_DIGEST };
    if (!c->circuit->bare) walk_public_chain(c, MIEN_MATCH_CHAIN_EMBEDDING, 2 * DIGEST);
    walk_public_chain(c, MIEN_MATCH_CHAIN_TEMPLATE, DIGEST);
    walk_chain(c, MIEN_MATCH_CHAIN_BLINDING,
               c->message[MIEN_MATCH_CHAIN_TEMPLATE] + MIEN_MATCH_PACKED_ELEMENTS);
    walk_public_chain(c, MIEN_MATCH_CHAIN_KEY_CHECK, 0);
    mien_chain_flush(&c->cubes);
    add_to(&c->constant, c->cubes.constant);
}

static mien_k comparison_weight(const combiner *c, const mien_match_term *term) {
    enum { FIRST = MIEN_MATCH_CONSTRAINT_COMPARISON - MIEN_MATCH_CUBES };
    return times(c->tail_power[FIRST + term->constraint], term->weight);
}

/* Terms of the comparison that are numbers or constants. */
static void weigh_numbers(combiner *c) {
    for (size_t i = 0; i < mien_match_term_count; i++) {
        const mien_match_term *term = &mien_match_terms[i];
        mien_k weight = comparison_weight(c, term);
        if (term->kind == MIEN_MATCH_TERM_THRESHOLD)
            weight = mien_k_neg(mien_k_mul_f(weight, c->circuit->threshold));
        if (term->kind == MIEN_MATCH_TERM_THRESHOLD || term->kind == MIEN_MATCH_TERM_NUMBER)
            c->number[term->index] = mien_k_add(c->number[term->index], weight);
        if (term->kind == MIEN_MATCH_TERM_ONE) c->constant = mien_k_add(c->constant, weight);
    }
}

/* Of the constraint that entry i of e (0) or t (1) is its byte - 128. */
static mien_k entry_power(const combiner *c, size_t vector, size_t i) {
    return c->tail_power[MIEN_MATCH_CONSTRAINT_ENTRIES - MIEN_MATCH_CUBES + vector * ENTRIES + i];
}

/* value = sum 2^k boolean_k has this weight: give each boolean its share, in rows that are emitted
 * when full. Booleans are placed in order. */
static void place_booleans(combiner *c, size_t boolean, size_t bits, mien_k weight) {
    for (size_t k = 0; k < bits; k++, boolean++, weight = mien_k_add(weight, weight)) {
        c->x_row[boolean % SLOTS] = weight;
        if (boolean % SLOTS == SLOTS - 1) {
            emit(c, MIEN_MATCH_ROW_BOOLEANS + boolean / SLOTS, c->x_row);
            memset(c->x_row, 0, sizeof c->x_row);
        }
    }
}

/* The bytes of e (0) or t (1) as they stand in booleans, packed messages and entries. */
static void place_entries(combiner *c, size_t vector) {
    int chain = vector == 0 ? MIEN_MATCH_CHAIN_EMBEDDING : MIEN_MATCH_CHAIN_TEMPLATE;
    size_t boolean = vector * MIEN_MATCH_BOOLEAN_T;
    for (size_t i = 0; i < ENTRIES; i++) {
        mien_k power = entry_power(c, vector, i);
        mien_k packed = times(c->message[chain][i / 3], 1 << 8 * (i % 3));
        c->constant = mien_k_add(c->constant, times(power, 128));
        place_booleans(c, boolean + 8 * i, 8, mien_k_sub(packed, power));
    }
}

static void place_numbers(combiner *c) {
    for (size_t n = 0; n < MIEN_MATCH_NUMBER_COUNT; n++) {
        const mien_match_number *number = &mien_match_numbers[n];
        c->constant = mien_k_sub(c->constant, times(c->number[n], number->offset));
        place_booleans(c, number->boolean, number->bits, c->number[n]);
    }
    emit(c, MIEN_MATCH_ROW_LEFT - 1, c->x_row);
}

/* The hidden message elements that are slots of their own, in the row of left factors. */
static void place_free_elements(combiner *c) {
    for (size_t i = 0; i < MIEN_MATCH_KEY_Z_ELEMENTS; i++)
        c->x_row[MIEN_MATCH_SLOT_KEY_Z + i] = mien_k_add(c->message[MIEN_MATCH_CHAIN_KEY_CHECK][i],
                                                         c->message[MIEN_MATCH_CHAIN_BLINDING][i]);
    for (size_t i = 0; i < MIEN_POSEIDON2_DIGEST; i++)
        c->x_row[MIEN_MATCH_SLOT_BLINDING + i] =
            c->message[MIEN_MATCH_CHAIN_EMBEDDING][MIEN_MATCH_PACKED_ELEMENTS + i];
}

static void place_comparison(combiner *c, size_t number) {
    for (size_t i = 0; i < mien_match_term_count; i++) {
        const mien_match_term *term = &mien_match_terms[i];
        if (term->row != number) continue;
        mien_k weight = comparison_weight(c, term);
        if (term->kind == MIEN_MATCH_TERM_SLOT)
            add_to(&c->x_row[MIEN_MATCH_SLOT_LIMBS + term->index], weight);
        else
            for (size_t k = 0; k < ENTRIES; k++) add_to(&c->x_row[k], weight);
    }
}

static void place_factors(combiner *c) {
    for (size_t number = MIEN_MATCH_ROW_LEFT; number < MIEN_MATCH_ROWS; number++) {
        memset(c->x_row, 0, sizeof c->x_row);
        place_comparison(c, number);
        for (size_t i = 0; i < ENTRIES && number <= MIEN_MATCH_ROW_RIGHT; i++)
            add_to(&c->x_row[i], entry_power(c, number - MIEN_MATCH_ROW_LEFT, i));
        if (number == MIEN_MATCH_ROW_LEFT) place_free_elements(c);
        emit(c, number, c->x_row);
    }
}

static mien_k combine(const void *instance, void *scratch, mien_k alpha, mien_k first,
                      const mien_ligero_row_sink *sink) {
    combiner *c = (combiner *)scratch;
    memset(c, 0, sizeof *c);
    c->circuit = (const mien_match_circuit *)instance;
    c->cubes = (mien_chain_combiner){.sink = sink,
                                     .slots = SLOTS,
                                     .alpha = alpha,
                                     .first = first,
                                     .x_row = c->x_row,
                                     .z_row = c->z_row};
    fill_powers(c);
    walk_chains(c);
    weigh_numbers(c);
    place_entries(c, 0);
    place_entries(c, 1);
    place_numbers(c);
    place_factors(c);
    return mien_k_neg(c->constant);
}

/* Rows of the products; filled in by the compiler. `behind` are the rows of cubes. */
#define CUBE(g)                                                                                    \
    {3 * (g), 3 * (g), 3 * (g) + 1}, {                                                             \
        3 * (g), 3 * (g) + 1, 3 * (g) + 2                                                          \
    }
#define SQUARE_OF_ITSELF(row)                                                                      \
    { row, row, row }
#define BOOLEANS_AND_FACTORS(behind)                                                               \
    SQUARE_OF_ITSELF(behind), SQUARE_OF_ITSELF((behind) + 1), SQUARE_OF_ITSELF((behind) + 2),      \
        SQUARE_OF_ITSELF((behind) + 3), SQUARE_OF_ITSELF((behind) + 4),                            \
        SQUARE_OF_ITSELF((behind) + 5), SQUARE_OF_ITSELF((behind) + 6),                            \
        SQUARE_OF_ITSELF((behind) + 7), SQUARE_OF_ITSELF((behind) + 8),                            \
        SQUARE_OF_ITSELF((behind) + 9), {(behind) + 10, (behind) + 10, (behind) + 12},             \
        {(behind) + 11, (behind) + 11, (behind) + 13}, {                                           \
        (behind) + 10, (behind) + 11, (behind) + 14                                                \
    }
static const mien_ligero_product products[] = {
    CUBE(0),  CUBE(1),  CUBE(2),  CUBE(3),  CUBE(4),
    CUBE(5),  CUBE(6),  CUBE(7),  CUBE(8),  CUBE(9),
    CUBE(10), CUBE(11), CUBE(12), CUBE(13), BOOLEANS_AND_FACTORS(MIEN_MATCH_ROW_BOOLEANS),
};
static const mien_ligero_product bare_products[] = {
    CUBE(0), CUBE(1),
    CUBE(2), CUBE(3),
    CUBE(4), CUBE(5),
    CUBE(6), CUBE(7),
    CUBE(8), BOOLEANS_AND_FACTORS(MIEN_MATCH_ROW_BOOLEANS - MIEN_MATCH_BARE_SKIPPED),
};
_Static_assert(sizeof products / sizeof *products == MIEN_MATCH_PRODUCTS &&
                   sizeof bare_products / sizeof *bare_products == MIEN_MATCH_BARE_PRODUCTS,
               "every row has its own");
_Static_assert(MIEN_MATCH_ROW_LEFT == MIEN_MATCH_ROW_BOOLEANS + 10 &&
                   MIEN_MATCH_ROW_RIGHT == MIEN_MATCH_ROW_BOOLEANS + 11 &&
                   MIEN_MATCH_ROW_LEFT_LEFT == MIEN_MATCH_ROW_BOOLEANS + 12 &&
                   MIEN_MATCH_ROW_RIGHT_RIGHT == MIEN_MATCH_ROW_BOOLEANS + 13 &&
                   MIEN_MATCH_ROW_LEFT_RIGHT == MIEN_MATCH_ROW_BOOLEANS + 14,
               "the order of the factors");

mien_ligero_system mien_match_system(const mien_match_circuit *circuit) {
    mien_ligero_system system = {
        .rows = MIEN_MATCH_ROWS,
        .slots = SLOTS,
        .products = products,
        .product_count = MIEN_MATCH_PRODUCTS,
        .constraint_count = MIEN_MATCH_CONSTRAINTS,
        .combine = combine,
        .scratch_size = sizeof(combiner),
        .instance = circuit,
    };
    return system;
}

mien_ligero_system mien_match_system_bare(const mien_match_circuit *circuit) {
    mien_ligero_system system = mien_match_system(circuit);
    system.rows = MIEN_MATCH_BARE_ROWS;
    system.products = bare_products;
    system.product_count = MIEN_MATCH_BARE_PRODUCTS;
    system.constraint_count = MIEN_MATCH_BARE_CONSTRAINTS;
    return system;
}
