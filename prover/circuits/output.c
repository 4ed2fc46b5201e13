/* SPDX-License-Identifier: MIT */
#include "prover/circuits/match.h"
#include "prover/circuits/output_layout.h"
#include "prover/ligero/arena.h"
#include "prover/ligero/challenges.h"

enum { DIGEST = MIEN_POSEIDON2_DIGEST, RATE = MIEN_POSEIDON2_RATE };

mien_status mien_output_check_shape(const mien_output_shape *shape) {
    if (shape->log2_slots < 2 || shape->log2_slots > MIEN_LIGERO_MAX_LOG2_LENGTH ||
        shape->count < 1 || shape->count > MIEN_OUTPUT_MAX)
        return MIEN_ARGUMENT;
    return mien_output_rows(shape) <= MIEN_LIGERO_MAX_ROWS ? MIEN_OK : MIEN_ARGUMENT;
}

size_t mien_output_rows(const mien_output_shape *shape) {
    mien_output_layout l = mien_output_layout_of(shape);
    return l.value_rows + l.boolean_rows + 3 * l.groups;
}
size_t mien_output_product_count(const mien_output_shape *shape) {
    mien_output_layout l = mien_output_layout_of(shape);
    return l.boolean_rows + 2 * l.groups;
}

/* State after the public blocks. */
static void start_state(mien_f state[MIEN_POSEIDON2_WIDTH], const uint8_t context[32],
                        size_t secret_elements) {
    mien_f input[MIEN_OUTPUT_PUBLIC] = {{0}};
    mien_match_pack3(input, context, 32);
    mien_poseidon2_start(state, MIEN_OUTPUT_TAG, MIEN_OUTPUT_PUBLIC + secret_elements);
    for (size_t i = 0; i < MIEN_OUTPUT_PUBLIC; i += RATE) {
        for (size_t k = 0; k < RATE; k++) state[k] = mien_f_add(state[k], input[i + k]);
        mien_poseidon2_permute(state);
    }
}

mien_status mien_output_circuit_create(mien_output_circuit *circuit, const mien_output_shape *shape,
                                       const uint8_t context[32],
                                       const uint8_t commitment[MIEN_DIGEST_SIZE]) {
    MIEN_TRY(mien_output_check_shape(shape));
    memset(circuit, 0, sizeof *circuit);
    circuit->shape = *shape;
    for (size_t i = 0; i < DIGEST; i++)
        if (mien_f_from_bytes(&circuit->digest[i], commitment + MIEN_F_BYTES * i) != MIEN_OK)
            return MIEN_ARGUMENT;
    start_state(circuit->start, context, mien_output_layout_of(shape).packed + DIGEST);
    return MIEN_OK;
}

/* ---- constraints */

typedef struct combiner {
    const mien_output_circuit *circuit;
    mien_output_layout layout;
    mien_chain_combiner cubes;
    mien_k *start_power, *message;
    mien_k digest_power, entry_power; /* weights of the first of them */
} combiner;

static void carve(combiner *c, mien_arena *arena) {
    size_t blocks = c->layout.permutations - 1;
    c->start_power = mien_arena_take(arena, c->layout.permutations, sizeof(mien_k));
    c->message = mien_arena_take(arena, blocks * RATE, sizeof(mien_k));
    c->cubes.x_row = mien_arena_take(arena, c->layout.slots, sizeof(mien_k));
    c->cubes.z_row = mien_arena_take(arena, c->layout.slots, sizeof(mien_k));
}

/* The chain's digest is the commitment's. */
static void walk(combiner *c) {
    mien_k output[DIGEST], power = c->digest_power;
    mien_chain chain = mien_output_chain(c->circuit, &c->layout);
    mien_chain_start(&c->cubes, c->layout.permutations);
    for (size_t i = 0; i < DIGEST; i++, power = mien_k_mul(power, c->cubes.alpha)) {
        output[i] = power;
        c->cubes.constant =
            mien_k_sub(c->cubes.constant, mien_k_mul_f(power, c->circuit->digest[i]));
    }
    c->entry_power = power;
    mien_chain_walk(&c->cubes, &chain, c->start_power, output, c->message);
    mien_chain_flush(&c->cubes);
}

/* Emit x_row as `row` when slot i is its last one or i is the last of count. */
static void emit_if_full(combiner *c, size_t i, size_t count, size_t row) {
    size_t slots = c->layout.slots;
    if (i % slots != slots - 1 && i != count - 1) return;
    c->cubes.sink->take(c->cubes.sink->context, row + i / slots, c->cubes.x_row);
    memset(c->cubes.x_row, 0, slots * sizeof *c->cubes.x_row);
}

/* v_i - sum 2^k b_(i,k) + 128 = 0; the blinding is the last of the message. */
static void emit_values(combiner *c) {
    size_t n = c->circuit->shape.count;
    mien_k power = c->entry_power;
    for (size_t i = 0; i < n + DIGEST; i++) {
        bool value = i < n;
        mien_k *slot = &c->cubes.x_row[i % c->layout.slots];
        *slot = value ? power : c->message[c->layout.packed + i - n];
        if (value) {
            mien_k constant = mien_k_mul_f(power, mien_f_from_i32(128));
            c->cubes.constant = mien_k_add(c->cubes.constant, constant);
            power = mien_k_mul(power, c->cubes.alpha);
        }
        emit_if_full(c, i, n + DIGEST, 0);
    }
}

static void emit_booleans(combiner *c) {
    size_t n = c->circuit->shape.count;
    mien_k power = c->entry_power, weight = MIEN_K_ZERO;
    for (size_t i = 0; i < 8 * n; i++) {
        if (i % 8 == 0) {
            mien_f byte = mien_f_from_i32(1 << 8 * (i / 8 % 3));
            weight = mien_k_sub(mien_k_mul_f(c->message[i / 24], byte), power);
            power = mien_k_mul(power, c->cubes.alpha);
        }
        c->cubes.x_row[i % c->layout.slots] = weight;
        weight = mien_k_add(weight, weight);
        emit_if_full(c, i, 8 * n, c->layout.value_rows);
    }
}

static mien_k combine(const void *instance, void *scratch, mien_k alpha, mien_k first,
                      const mien_ligero_row_sink *sink) {
    combiner c = {.circuit = instance};
    mien_arena arena = {scratch, 0};
    c.layout = mien_output_layout_of(&c.circuit->shape);
    carve(&c, &arena);
    c.cubes.sink = sink;
    c.cubes.slots = c.layout.slots;
    c.cubes.first_row = c.layout.value_rows + c.layout.boolean_rows;
    c.cubes.alpha = alpha;
    c.cubes.first = first;
    c.digest_power = mien_chain_powers(c.start_power, &c.cubes, c.layout.permutations);
    walk(&c);
    emit_values(&c);
    emit_booleans(&c);
    return mien_k_neg(c.cubes.constant);
}

static void fill_products(mien_ligero_product *out, const mien_output_layout *l) {
    size_t cubes = l->value_rows + l->boolean_rows;
    for (size_t row = l->value_rows; row < cubes; row++)
        *out++ = (mien_ligero_product){(uint16_t)row, (uint16_t)row, (uint16_t)row};
    for (size_t x = cubes; x < cubes + 3 * l->groups; x += 3) {
        uint16_t square = (uint16_t)(x + 1), cube = (uint16_t)(x + 2);
        *out++ = (mien_ligero_product){(uint16_t)x, (uint16_t)x, square};
        *out++ = (mien_ligero_product){(uint16_t)x, square, cube};
    }
}

mien_ligero_system mien_output_system(const mien_output_circuit *circuit,
                                      mien_ligero_product *products) {
    combiner c = {.layout = mien_output_layout_of(&circuit->shape)};
    mien_arena arena = {NULL, 0};
    carve(&c, &arena);
    fill_products(products, &c.layout);
    mien_ligero_system system = {
        .rows = mien_output_rows(&circuit->shape),
        .slots = c.layout.slots,
        .products = products,
        .product_count = mien_output_product_count(&circuit->shape),
        .constraint_count =
            c.layout.permutations * MIEN_POSEIDON2_CUBES + DIGEST + circuit->shape.count,
        .combine = combine,
        .scratch_size = arena.used,
        .instance = circuit,
    };
    return system;
}
