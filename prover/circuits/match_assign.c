/* SPDX-License-Identifier: MIT */
#include "prover/circuits/match_assign.h"

enum { SLOTS = MIEN_MATCH_SLOTS, ENTRIES = MIEN_EMBEDDING_SIZE };

/* tail: the rows behind the cubes, numbered as in a circuit with C_e. */
static mien_f *slot_of(mien_f *tail, size_t row, size_t slot) {
    return tail + (row - MIEN_MATCH_ROW_BOOLEANS) * SLOTS + slot;
}

/* ---- hashes */

void mien_match_pack_vector(mien_f out[MIEN_MATCH_PACKED_ELEMENTS],
                            const int8_t vector[MIEN_EMBEDDING_SIZE]) {
    uint8_t bytes[ENTRIES];
    for (size_t i = 0; i < ENTRIES; i++) bytes[i] = (uint8_t)(vector[i] + 128);
    mien_match_pack3(out, bytes, sizeof bytes);
    mien_wipe(bytes, sizeof bytes);
}

static void assign_chain(mien_f *rows, mien_f digest[MIEN_POSEIDON2_DIGEST],
                         const mien_match_circuit *circuit, int name, const mien_f *message) {
    mien_chain chain = mien_match_chain_of(circuit, name);
    mien_chain_assign(rows, SLOTS, digest, &chain, message);
}

static void assign_chains(mien_f *rows, mien_f digest[MIEN_MATCH_CHAINS][MIEN_POSEIDON2_DIGEST],
                          const mien_match_circuit *circuit, const mien_match_opening *opening) {
    mien_f message[MIEN_MATCH_SECRET_MAX];
    mien_f *tail = message + MIEN_MATCH_PACKED_ELEMENTS;
    const size_t tail_size = MIEN_POSEIDON2_DIGEST * sizeof *tail;
    assign_chain(rows, digest[MIEN_MATCH_CHAIN_KEY_CHECK], circuit, MIEN_MATCH_CHAIN_KEY_CHECK,
                 opening->key_z);
    assign_chain(rows, digest[MIEN_MATCH_CHAIN_BLINDING], circuit, MIEN_MATCH_CHAIN_BLINDING,
                 opening->key_z);
    mien_match_pack_vector(message, opening->template_vector);
    memcpy(tail, digest[MIEN_MATCH_CHAIN_BLINDING], tail_size);
    assign_chain(rows, digest[MIEN_MATCH_CHAIN_TEMPLATE], circuit, MIEN_MATCH_CHAIN_TEMPLATE,
                 message);
    if (!circuit->bare) {
        mien_match_pack_vector(message, opening->embedding);
        memcpy(tail, opening->blinding, tail_size);
        assign_chain(rows, digest[MIEN_MATCH_CHAIN_EMBEDDING], circuit, MIEN_MATCH_CHAIN_EMBEDDING,
                     message);
    }
    mien_wipe(message, sizeof message);
}

/* ---- comparison */

mien_match_cosine mien_match_cosine_of(const int8_t embedding[ENTRIES],
                                       const int8_t template_vector[ENTRIES], uint32_t threshold) {
    mien_match_cosine c = {0, 0, 0, 0};
    for (size_t i = 0; i < ENTRIES; i++) {
        c.dot += embedding[i] * template_vector[i];
        c.embedding_square += embedding[i] * embedding[i];
        c.template_square += template_vector[i] * template_vector[i];
    }
    c.excess = (int64_t)c.dot * c.dot * 65536 -
               (int64_t)threshold * ((int64_t)c.embedding_square * c.template_square);
    return c;
}

/* Low bits of a number; masks, so that the time does not depend on the value. */
static int64_t low(int64_t value, unsigned bits) {
    return value & (((int64_t)1 << bits) - 1);
}
/* floor(value / 2^bits) without shifting a negative number. */
static int64_t high(int64_t value, unsigned bits) {
    return (value - low(value, bits)) / ((int64_t)1 << bits);
}

/* limb[0..2] and the rest of value >= 0. */
static void split_limbs(int64_t limb[4], int64_t value) {
    for (int i = 0; i < 3; i++) {
        limb[i] = low(value, 11);
        value = high(value, 11);
    }
    limb[3] = value;
}

static void compute_numbers(int64_t n[MIEN_MATCH_NUMBER_COUNT], const mien_match_cosine *c,
                            uint32_t threshold) {
    int64_t rest = (int64_t)c->dot - 1, carry = 0;
    n[MIEN_MATCH_D0] = low(rest, 11);
    n[MIEN_MATCH_D1] = high(rest, 11);
    n[MIEN_MATCH_A0] = low(c->embedding_square, 11);
    n[MIEN_MATCH_A1] = high(c->embedding_square, 11);
    n[MIEN_MATCH_B0] = low(c->template_square, 11);
    n[MIEN_MATCH_B1] = high(c->template_square, 11);
    int64_t g = n[MIEN_MATCH_D0] + 1;
    n[MIEN_MATCH_C0] = high(g * g, 11);
    n[MIEN_MATCH_C1] = high(2 * g * n[MIEN_MATCH_D1] + n[MIEN_MATCH_C0], 11);
    n[MIEN_MATCH_V0] = high(n[MIEN_MATCH_A0] * n[MIEN_MATCH_B0], 11);
    n[MIEN_MATCH_V1] = high(n[MIEN_MATCH_A0] * n[MIEN_MATCH_B1] +
                                n[MIEN_MATCH_A1] * n[MIEN_MATCH_B0] + n[MIEN_MATCH_V0],
                            11);
    split_limbs(n + MIEN_MATCH_S0, (int64_t)c->dot * c->dot);
    split_limbs(n + MIEN_MATCH_U0, (int64_t)c->embedding_square * c->template_square);
    for (int i = 0; i < 3; i++) {
        int64_t value = n[MIEN_MATCH_S0 + i] * 65536 - threshold * n[MIEN_MATCH_U0 + i] + carry;
        n[MIEN_MATCH_F0 + i] = low(value, 11);
        n[MIEN_MATCH_H0 + i] = carry = high(value, 11);
    }
    n[MIEN_MATCH_H3] = n[MIEN_MATCH_S3] * 65536 - threshold * n[MIEN_MATCH_U3] + carry;
}

static mien_f boolean(int64_t value, unsigned bit) {
    return mien_f_from_u32((uint32_t)((uint64_t)value >> bit & 1));
}

static void assign_numbers(mien_f *booleans, const int64_t n[MIEN_MATCH_NUMBER_COUNT]) {
    for (size_t i = 0; i < MIEN_MATCH_NUMBER_COUNT; i++)
        for (unsigned k = 0; k < mien_match_numbers[i].bits; k++)
            booleans[mien_match_numbers[i].boolean + k] =
                boolean(n[i] + mien_match_numbers[i].offset, k);
}

static void assign_entries(mien_f *tail, const mien_match_opening *opening) {
    mien_f *booleans = slot_of(tail, MIEN_MATCH_ROW_BOOLEANS, 0);
    for (size_t i = 0; i < ENTRIES; i++) {
        int8_t e = opening->embedding[i], t = opening->template_vector[i];
        *slot_of(tail, MIEN_MATCH_ROW_LEFT, i) = mien_f_from_i32(e);
        *slot_of(tail, MIEN_MATCH_ROW_RIGHT, i) = mien_f_from_i32(t);
        for (unsigned k = 0; k < 8; k++) {
            booleans[8 * i + k] = boolean(e + 128, k);
            booleans[MIEN_MATCH_BOOLEAN_T + 8 * i + k] = boolean(t + 128, k);
        }
    }
}

/* A number as its booleans say. */
static mien_f number(const mien_f *booleans, int name) {
    mien_f value = MIEN_F_ZERO;
    for (unsigned k = mien_match_numbers[name].bits; k-- > 0;)
        value = mien_f_add(mien_f_double(value), booleans[mien_match_numbers[name].boolean + k]);
    return value;
}

static void assign_limbs(mien_f *tail) {
    static const uint8_t pairs[5][2] = {{MIEN_MATCH_D0, MIEN_MATCH_D1},
                                        {MIEN_MATCH_A0, MIEN_MATCH_B0},
                                        {MIEN_MATCH_A1, MIEN_MATCH_B1},
                                        {MIEN_MATCH_A0, MIEN_MATCH_B1},
                                        {MIEN_MATCH_A1, MIEN_MATCH_B0}};
    const mien_f *booleans = slot_of(tail, MIEN_MATCH_ROW_BOOLEANS, 0);
    mien_f *left = slot_of(tail, MIEN_MATCH_ROW_LEFT, MIEN_MATCH_SLOT_LIMBS);
    mien_f *right = slot_of(tail, MIEN_MATCH_ROW_RIGHT, MIEN_MATCH_SLOT_LIMBS);
    for (size_t i = 0; i < 5; i++) {
        left[i] = number(booleans, pairs[i][0]);
        right[i] = number(booleans, pairs[i][1]);
    }
    left[0] = mien_f_add(left[0], MIEN_F_ONE); /* g */
}

static void assign_products(mien_f *tail, size_t first, size_t count) {
    for (size_t i = first; i < first + count; i++) {
        mien_f left = *slot_of(tail, MIEN_MATCH_ROW_LEFT, i);
        mien_f right = *slot_of(tail, MIEN_MATCH_ROW_RIGHT, i);
        *slot_of(tail, MIEN_MATCH_ROW_LEFT_LEFT, i) = mien_f_square(left);
        *slot_of(tail, MIEN_MATCH_ROW_RIGHT_RIGHT, i) = mien_f_square(right);
        *slot_of(tail, MIEN_MATCH_ROW_LEFT_RIGHT, i) = mien_f_mul(left, right);
    }
}

static void assign_comparison(mien_f *tail, const mien_match_cosine *cosine, uint32_t threshold) {
    int64_t numbers[MIEN_MATCH_NUMBER_COUNT];
    compute_numbers(numbers, cosine, threshold);
    assign_numbers(slot_of(tail, MIEN_MATCH_ROW_BOOLEANS, 0), numbers);
    assign_limbs(tail);
    assign_products(tail, MIEN_MATCH_SLOT_LIMBS, 5);
    mien_wipe(numbers, sizeof numbers);
}

void mien_match_assign_comparison(mien_f *rows, const mien_match_cosine *cosine,
                                  uint32_t threshold) {
    assign_comparison(rows + (size_t)MIEN_MATCH_ROW_BOOLEANS * SLOTS, cosine, threshold);
}

void mien_match_assign(mien_f *rows, mien_f digest[MIEN_MATCH_CHAINS][MIEN_POSEIDON2_DIGEST],
                       const mien_match_circuit *circuit, const mien_match_opening *opening,
                       uint32_t threshold) {
    size_t skipped = circuit->bare ? MIEN_MATCH_BARE_SKIPPED : 0;
    mien_f *tail = rows + (MIEN_MATCH_ROW_BOOLEANS - skipped) * SLOTS;
    mien_match_cosine cosine =
        mien_match_cosine_of(opening->embedding, opening->template_vector, threshold);
    memset(rows, 0, (MIEN_MATCH_ROWS - skipped) * SLOTS * sizeof *rows);
    memset(digest, 0, MIEN_MATCH_CHAINS * sizeof *digest);
    assign_chains(rows, digest, circuit, opening);
    assign_entries(tail, opening);
    assign_comparison(tail, &cosine, threshold);
    memcpy(slot_of(tail, MIEN_MATCH_ROW_LEFT, MIEN_MATCH_SLOT_KEY_Z), opening->key_z,
           sizeof opening->key_z);
    if (!circuit->bare)
        memcpy(slot_of(tail, MIEN_MATCH_ROW_LEFT, MIEN_MATCH_SLOT_BLINDING), opening->blinding,
               sizeof opening->blinding);
    assign_products(tail, 0, SLOTS);
    mien_wipe(&cosine, sizeof cosine);
}
