/* SPDX-License-Identifier: MIT */
#include "tests/prover/match_constraints.h"

#include <stdlib.h>

#include "prover/field/vectors.h"
#include "prover/hash/blake2s.h"

enum {
    SLOTS = MIEN_MATCH_SLOTS,
    WIDTH = MIEN_POSEIDON2_WIDTH,
    ALL = MIEN_MATCH_ROWS * SLOTS,
    STRIDE = ALL + 16 /* weights of all slots, then the constant */
};

/* An affine function of all slots. */
typedef mien_f affine[STRIDE];

static const mien_field_kernels *kernels(void) {
    return mien_field_kernels_best();
}
static size_t slot_of(size_t row, size_t slot) {
    return row * SLOTS + slot;
}
static void set_zero(affine a) {
    memset(a, 0, sizeof(affine));
}
static void add_slot(affine a, size_t row, size_t slot, mien_f weight) {
    a[slot_of(row, slot)] = mien_f_add(a[slot_of(row, slot)], weight);
}
static void add_constant(affine a, mien_f value) {
    a[ALL] = mien_f_add(a[ALL], value);
}
static mien_f integer(int32_t value) {
    return mien_f_from_i32(value);
}

/* Close the constraint "a is zero". */
static void constrain(constraint_list *list, const affine a) {
    for (size_t i = 0; i < ALL; i++) {
        if (mien_f_is_zero(a[i])) continue;
        if (list->count == list->capacity) {
            list->capacity = 2 * list->capacity + 4096;
            list->terms = realloc(list->terms, list->capacity * sizeof *list->terms);
            if (list->terms == NULL) abort();
        }
        constraint_term term = {(uint16_t)(i / SLOTS), (uint16_t)(i % SLOTS), a[i]};
        list->terms[list->count++] = term;
    }
    list->right[list->constraints++] = mien_f_neg(a[ALL]);
    list->first[list->constraints] = list->count;
}

/* ---- permutations: sixteen affine functions through the rounds */

static void multiply(affine state[WIDTH], const mien_f matrix[WIDTH][WIDTH]) {
    affine *out = calloc(WIDTH, sizeof *out);
    if (out == NULL) abort();
    for (int i = 0; i < WIDTH; i++)
        for (int k = 0; k < WIDTH; k++) kernels()->f_axpy(out[i], matrix[i][k], state[k], STRIDE);
    memcpy(state, out, WIDTH * sizeof *out);
    free(out);
}

static void external_layer(affine state[WIDTH]) {
    static const int circulant[4] = {2, 3, 1, 1};
    mien_f matrix[WIDTH][WIDTH];
    for (int i = 0; i < WIDTH; i++)
        for (int k = 0; k < WIDTH; k++) {
            int block = circulant[(k % 4 - i % 4 + 4) % 4];
            matrix[i][k] = integer(i / 4 == k / 4 ? 2 * block : block);
        }
    multiply(state, matrix);
}

static void internal_layer(affine state[WIDTH]) {
    mien_f matrix[WIDTH][WIDTH];
    for (int i = 0; i < WIDTH; i++)
        for (int k = 0; k < WIDTH; k++)
            matrix[i][k] = i == k ? mien_f_add(MIEN_F_ONE, mien_poseidon2_diagonal[i]) : MIEN_F_ONE;
    multiply(state, matrix);
}

/* Constraint x - (state + constant) = 0 of the next cube, whose z replaces the element. */
static void cube(constraint_list *list, affine element, mien_f constant) {
    size_t s = list->constraints;
    static affine a;
    kernels()->f_scale(a, element, integer(-1), STRIDE);
    add_constant(a, mien_f_neg(constant));
    add_slot(a, 3 * (s / SLOTS), s % SLOTS, MIEN_F_ONE);
    constrain(list, a);
    set_zero(element);
    add_slot(element, 3 * (s / SLOTS) + 2, s % SLOTS, MIEN_F_ONE);
}

static void full_rounds(constraint_list *list, affine state[WIDTH], int first, int end) {
    for (int round = first; round < end; round++) {
        for (int i = 0; i < WIDTH; i++)
            cube(list, state[i], mien_poseidon2_full_constants[round][i]);
        external_layer(state);
    }
}

static void permute(constraint_list *list, affine state[WIDTH]) {
    external_layer(state);
    full_rounds(list, state, 0, 4);
    for (int round = 0; round < 20; round++) {
        cube(list, state[0], mien_poseidon2_partial_constants[round]);
        internal_layer(state);
    }
    full_rounds(list, state, 4, 8);
}

/* message: `length` affine functions. digest: nine. */
static void chain(constraint_list *list, affine digest[9], const mien_f start[WIDTH],
                  affine *message, size_t length) {
    affine *state = calloc(WIDTH, sizeof *state);
    if (state == NULL) abort();
    for (int i = 0; i < WIDTH; i++) add_constant(state[i], start[i]);
    for (size_t i = 0; i < length; i += 7) {
        for (size_t k = 0; k < 7 && i + k < length; k++)
            kernels()->f_add(state[k], state[k], message[i + k], STRIDE);
        permute(list, state);
    }
    memcpy(digest, state, 7 * sizeof *state);
    permute(list, state);
    memcpy(digest + 7, state, 2 * sizeof *state);
    free(state);
}

/* ---- the statement */

/* 2^(8 u) times byte i's boolean k, for the three bytes of packed element j. */
static void packed(affine out, size_t boolean, size_t j) {
    set_zero(out);
    for (size_t u = 0; u < 3 && 3 * j + u < 128; u++)
        for (size_t k = 0; k < 8; k++) {
            size_t b = boolean + 8 * (3 * j + u) + k;
            add_slot(out, MIEN_MATCH_ROW_BOOLEANS + b / SLOTS, b % SLOTS,
                     integer((int32_t)1 << (8 * u + k)));
        }
}

static void free_slots(affine *out, size_t first, size_t count) {
    for (size_t i = 0; i < count; i++) {
        set_zero(out[i]);
        add_slot(out[i], MIEN_MATCH_ROW_LEFT, first + i, MIEN_F_ONE);
    }
}

static void make_chains(constraint_list *list, affine digest[4][9],
                        const mien_match_circuit *circuit) {
    affine *key = calloc(11, sizeof *key), *message = calloc(52, sizeof *message);
    if (key == NULL || message == NULL) abort();
    free_slots(key, 133, 11);
    chain(list, digest[0], circuit->start[0], key, 11);
    chain(list, digest[1], circuit->start[1], key, 11);
    for (size_t j = 0; j < 43; j++) packed(message[j], 1024, j);
    memcpy(message[43], digest[1], 9 * sizeof(affine));
    chain(list, digest[2], circuit->start[2], message, 52);
    for (size_t j = 0; j < 43; j++) packed(message[j], 0, j);
    free_slots(message + 43, 144, 9);
    chain(list, digest[3], circuit->start[3], message, 52);
    free(key);
    free(message);
}

static void make_digests(constraint_list *list, affine digest[4][9],
                         const mien_match_circuit *circuit) {
    static const int order[3] = {0, 2, 3};
    for (int n = 0; n < 3; n++)
        for (int i = 0; i < 9; i++) {
            add_constant(digest[order[n]][i], mien_f_neg(circuit->digest[order[n]][i]));
            constrain(list, digest[order[n]][i]);
        }
}

static void make_entries(constraint_list *list) {
    static affine a;
    for (size_t i = 0; i < 256; i++) {
        set_zero(a);
        add_slot(a, i < 128 ? MIEN_MATCH_ROW_LEFT : MIEN_MATCH_ROW_RIGHT, i % 128, MIEN_F_ONE);
        add_constant(a, integer(128));
        for (size_t k = 0; k < 8; k++)
            add_slot(a, MIEN_MATCH_ROW_BOOLEANS + (8 * i + k) / SLOTS, (8 * i + k) % SLOTS,
                     integer(-(1 << k)));
        constrain(list, a);
    }
}

/* weight times a number of the comparison, by its name in MIEN_MATCH_NUMBERS. */
static void add_number(affine a, int name, mien_f weight) {
    const mien_match_number *number = &mien_match_numbers[name];
    for (unsigned k = 0; k < number->bits; k++) {
        size_t b = number->boolean + k;
        add_slot(a, MIEN_MATCH_ROW_BOOLEANS + b / SLOTS, b % SLOTS,
                 mien_f_mul(weight, integer((int32_t)1 << k)));
    }
    add_constant(a, mien_f_mul(weight, integer(-number->offset)));
}

#define N(name, weight) add_number(a, MIEN_MATCH_##name, integer(weight))
#define T(name) add_number(a, MIEN_MATCH_##name, mien_f_neg(circuit->threshold))
#define SLOT(row, slot, weight) add_slot(a, MIEN_MATCH_ROW_##row, slot, integer(weight))
#define SUM(row)                                                                                   \
    for (size_t i = 0; i < 128; i++) SLOT(row, i, 1)
#define END constrain(list, a), set_zero(a)

static void make_limbs(constraint_list *list, affine a) {
    SLOT(LEFT, 128, 1), N(D0, -1), add_constant(a, integer(-1)), END;
    SLOT(RIGHT, 128, 1), N(D1, -1), END;
    SLOT(LEFT, 129, 1), N(A0, -1), END;
    SLOT(RIGHT, 129, 1), N(B0, -1), END;
    SLOT(LEFT, 130, 1), N(A1, -1), END;
    SLOT(RIGHT, 130, 1), N(B1, -1), END;
    SLOT(LEFT, 131, 1), N(A0, -1), END;
    SLOT(RIGHT, 131, 1), N(B1, -1), END;
    SLOT(LEFT, 132, 1), N(A1, -1), END;
    SLOT(RIGHT, 132, 1), N(B0, -1), END;
    SUM(LEFT_RIGHT);
    add_constant(a, integer(-1)), N(D0, -1), N(D1, -2048), END;
    SUM(LEFT_LEFT);
    N(A0, -1), N(A1, -2048), END;
    SUM(RIGHT_RIGHT);
    N(B0, -1), N(B1, -2048), END;
}

static void make_comparison(constraint_list *list, affine a, const mien_match_circuit *circuit) {
    SLOT(LEFT_LEFT, 128, 1), N(S0, -1), N(C0, -2048), END;
    SLOT(LEFT_RIGHT, 128, 2), N(C0, 1), N(S1, -1), N(C1, -2048), END;
    SLOT(RIGHT_RIGHT, 128, 1), N(C1, 1), N(S2, -1), N(S3, -2048), END;
    SLOT(LEFT_RIGHT, 129, 1), N(U0, -1), N(V0, -2048), END;
    SLOT(LEFT_RIGHT, 131, 1), SLOT(LEFT_RIGHT, 132, 1), N(V0, 1), N(U1, -1), N(V1, -2048), END;
    SLOT(LEFT_RIGHT, 130, 1), N(V1, 1), N(U2, -1), N(U3, -2048), END;
    N(S0, 65536), T(U0), N(F0, -1), N(H0, -2048), END;
    N(S1, 65536), T(U1), N(H0, 1), N(F1, -1), N(H1, -2048), END;
    N(S2, 65536), T(U2), N(H1, 1), N(F2, -1), N(H2, -2048), END;
    N(S3, 65536), T(U3), N(H2, 1), N(H3, -1), END;
}

static constraint_list *make_all(const mien_match_circuit *circuit) {
    static affine digest[4][9], a;
    constraint_list *list = calloc(1, sizeof *list);
    if (list == NULL) abort();
    make_chains(list, digest, circuit);
    make_digests(list, digest, circuit);
    make_entries(list);
    set_zero(a);
    make_limbs(list, a);
    make_comparison(list, a, circuit);
    return list;
}

/* Append constraint c of another list, with rows behind the cubes moved up. */
static void append_bare(constraint_list *list, const constraint_list *from, size_t c) {
    for (size_t i = from->first[c]; i < from->first[c + 1]; i++) {
        constraint_term term = from->terms[i];
        if (term.row >= 42) term.row = (uint16_t)(term.row - 15);
        list->terms[list->count++] = term;
    }
    list->right[list->constraints++] = from->right[c];
    list->first[list->constraints] = list->count;
}

/* Permutations 15 to 23 are C_e's; then come 9 constraints each for KC, C_t and C_e. */
static constraint_list *make_bare(const mien_match_circuit *circuit) {
    constraint_list *all = make_all(circuit), *list = calloc(1, sizeof *list);
    if (list == NULL) abort();
    list->terms = calloc(all->count, sizeof *list->terms);
    if (list->terms == NULL) abort();
    for (size_t c = 0; c < all->constraints; c++) {
        if (c >= 15 * 148 && c < 24 * 148) continue;
        if (c >= 24 * 148 + 18 && c < 24 * 148 + 27)
            list->first[++list->constraints] = list->count; /* 0 = 0 */
        else
            append_bare(list, all, c);
    }
    constraints_free(all);
    return list;
}

constraint_list *constraints_make(const mien_match_circuit *circuit) {
    return circuit->bare ? make_bare(circuit) : make_all(circuit);
}

void constraints_free(constraint_list *list) {
    free(list->terms);
    free(list);
}

mien_f constraint_error(const constraint_list *list, size_t c, const mien_f *rows) {
    mien_f sum = mien_f_neg(list->right[c]);
    for (size_t i = list->first[c]; i < list->first[c + 1]; i++) {
        const constraint_term *term = &list->terms[i];
        sum = mien_f_add(sum, mien_f_mul(term->weight, rows[slot_of(term->row, term->slot)]));
    }
    return sum;
}

static void hash_word(mien_blake2s *hash, size_t value) {
    uint8_t bytes[4];
    mien_store_le32(bytes, (uint32_t)value);
    mien_blake2s_update(hash, bytes, sizeof bytes);
}

void constraints_digest(uint8_t digest[32], bool bare) {
    static mien_match_circuit circuit;
    mien_blake2s hash;
    memset(&circuit, 0, sizeof circuit);
    circuit.threshold = MIEN_F_ONE;
    circuit.bare = bare;
    mien_ligero_system system =
        bare ? mien_match_system_bare(&circuit) : mien_match_system(&circuit);
    constraint_list *list = constraints_make(&circuit);
    mien_blake2s_start(&hash, "mien-cir", NULL);
    hash_word(&hash, system.rows), hash_word(&hash, system.slots);
    hash_word(&hash, system.product_count);
    for (size_t i = 0; i < system.product_count; i++) {
        hash_word(&hash, system.products[i].left);
        hash_word(&hash, system.products[i].right);
        hash_word(&hash, system.products[i].result);
    }
    hash_word(&hash, list->constraints);
    for (size_t c = 0; c < list->constraints; c++) {
        hash_word(&hash, list->first[c + 1] - list->first[c]);
        for (size_t i = list->first[c]; i < list->first[c + 1]; i++) {
            hash_word(&hash, list->terms[i].row), hash_word(&hash, list->terms[i].slot);
            hash_word(&hash, mien_f_to_u32(list->terms[i].weight));
        }
        hash_word(&hash, mien_f_to_u32(list->right[c]));
    }
    mien_blake2s_finish(&hash, digest);
    constraints_free(list);
}
