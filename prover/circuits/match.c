/* SPDX-License-Identifier: MIT */
#include "prover/circuits/match.h"

const mien_match_chain mien_match_chains[MIEN_MATCH_CHAINS] = {
    [MIEN_MATCH_CHAIN_KEY_CHECK] = {"mien key check", 11, MIEN_MATCH_KEY_Z_ELEMENTS, 0, 3},
    [MIEN_MATCH_CHAIN_BLINDING] = {"mien blinding", 15, MIEN_MATCH_KEY_Z_ELEMENTS, 3, 3},
    [MIEN_MATCH_CHAIN_TEMPLATE] = {"mien template", 15, MIEN_MATCH_SECRET_MAX, 6, 9},
    [MIEN_MATCH_CHAIN_EMBEDDING] = {"mien embedding", 11, MIEN_MATCH_SECRET_MAX, 15, 9},
};

const uint8_t mien_match_circuit_digest[32] = {
    0x7c, 0xdf, 0x37, 0x9f, 0x09, 0x22, 0xcd, 0x10, 0xe5, 0xd9, 0x73, 0x2c, 0x1d, 0x06, 0xec, 0x69,
    0x0e, 0x7d, 0x47, 0xc2, 0xdd, 0x92, 0x58, 0xec, 0xb6, 0x5a, 0x06, 0x35, 0x56, 0xd1, 0xd5, 0x4e};

const uint8_t mien_match_bare_digest[32] = {
    0x2e, 0x69, 0xc9, 0x62, 0xc6, 0x6a, 0x6f, 0x02, 0x7f, 0x3a, 0xad, 0xe7, 0x94, 0xaf, 0xe8, 0xe3,
    0xf7, 0x33, 0xc8, 0xe3, 0x5e, 0xc7, 0x11, 0xf5, 0x8e, 0x4a, 0x43, 0x1e, 0xb4, 0xa4, 0x77, 0xd4};

/* First booleans: running sums of the widths, made by the compiler. */
enum {
#define X(name, bits, offset) FIRST_##name, LAST_##name = FIRST_##name + (bits)-1,
    MIEN_MATCH_NUMBERS(X)
#undef X
        NUMBER_BOOLEANS
};
_Static_assert(MIEN_MATCH_BOOLEAN_NUMBERS + NUMBER_BOOLEANS <=
                   MIEN_MATCH_BOOLEAN_ROWS * MIEN_MATCH_SLOTS,
               "the booleans fit their rows");
_Static_assert(MIEN_MATCH_BARE_ROWS == 42 && MIEN_MATCH_BARE_CONSTRAINTS == 2526 &&
                   MIEN_MATCH_BARE_PRODUCTS == 31,
               "docs/ARGUMENT.md says so");
_Static_assert(MIEN_MATCH_ROWS == 57 && MIEN_MATCH_CONSTRAINTS == 3858 && NUMBER_BOOLEANS == 305,
               "docs/PROTOCOL.md says so");

const mien_match_number mien_match_numbers[MIEN_MATCH_NUMBER_COUNT] = {
#define X(name, bits, offset) {MIEN_MATCH_BOOLEAN_NUMBERS + FIRST_##name, bits, offset},
    MIEN_MATCH_NUMBERS(X)
#undef X
};

#define NUMBER(c, name, weight)                                                                    \
    { c, MIEN_MATCH_TERM_NUMBER, 0, MIEN_MATCH_##name, weight }
#define THRESHOLD(c, name)                                                                         \
    { c, MIEN_MATCH_TERM_THRESHOLD, 0, MIEN_MATCH_##name, 1 }
#define SLOT(c, row, index, weight)                                                                \
    { c, MIEN_MATCH_TERM_SLOT, MIEN_MATCH_ROW_##row, index, weight }
#define SUM(c, row)                                                                                \
    { c, MIEN_MATCH_TERM_SUM, MIEN_MATCH_ROW_##row, 0, 1 }
#define ONE(c, weight)                                                                             \
    { c, MIEN_MATCH_TERM_ONE, 0, 0, weight }
#define LIMB 2048

/* Each constraint: the sum of its terms is 0. */
const mien_match_term mien_match_terms[] = {
    /* the factors are the limbs: (g, d1), (a0, b0), (a1, b1), (a0, b1), (a1, b0) */
    SLOT(0, LEFT, 0, 1),
    NUMBER(0, D0, -1),
    ONE(0, -1),
    SLOT(1, RIGHT, 0, 1),
    NUMBER(1, D1, -1),
    SLOT(2, LEFT, 1, 1),
    NUMBER(2, A0, -1),
    SLOT(3, RIGHT, 1, 1),
    NUMBER(3, B0, -1),
    SLOT(4, LEFT, 2, 1),
    NUMBER(4, A1, -1),
    SLOT(5, RIGHT, 2, 1),
    NUMBER(5, B1, -1),
    SLOT(6, LEFT, 3, 1),
    NUMBER(6, A0, -1),
    SLOT(7, RIGHT, 3, 1),
    NUMBER(7, B1, -1),
    SLOT(8, LEFT, 4, 1),
    NUMBER(8, A1, -1),
    SLOT(9, RIGHT, 4, 1),
    NUMBER(9, B0, -1),
    /* D - 1, A and B in limbs */
    SUM(10, LEFT_RIGHT),
    ONE(10, -1),
    NUMBER(10, D0, -1),
    NUMBER(10, D1, -LIMB),
    SUM(11, LEFT_LEFT),
    NUMBER(11, A0, -1),
    NUMBER(11, A1, -LIMB),
    SUM(12, RIGHT_RIGHT),
    NUMBER(12, B0, -1),
    NUMBER(12, B1, -LIMB),
    /* D^2 in limbs */
    SLOT(13, LEFT_LEFT, 0, 1),
    NUMBER(13, S0, -1),
    NUMBER(13, C0, -LIMB),
    SLOT(14, LEFT_RIGHT, 0, 2),
    NUMBER(14, C0, 1),
    NUMBER(14, S1, -1),
    NUMBER(14, C1, -LIMB),
    SLOT(15, RIGHT_RIGHT, 0, 1),
    NUMBER(15, C1, 1),
    NUMBER(15, S2, -1),
    NUMBER(15, S3, -LIMB),
    /* A B in limbs */
    SLOT(16, LEFT_RIGHT, 1, 1),
    NUMBER(16, U0, -1),
    NUMBER(16, V0, -LIMB),
    SLOT(17, LEFT_RIGHT, 3, 1),
    SLOT(17, LEFT_RIGHT, 4, 1),
    NUMBER(17, V0, 1),
    NUMBER(17, U1, -1),
    NUMBER(17, V1, -LIMB),
    SLOT(18, LEFT_RIGHT, 2, 1),
    NUMBER(18, V1, 1),
    NUMBER(18, U2, -1),
    NUMBER(18, U3, -LIMB),
    /* 2^16 D^2 - T A B is not negative */
    NUMBER(19, S0, 65536),
    THRESHOLD(19, U0),
    NUMBER(19, F0, -1),
    NUMBER(19, H0, -LIMB),
    NUMBER(20, S1, 65536),
    THRESHOLD(20, U1),
    NUMBER(20, H0, 1),
    NUMBER(20, F1, -1),
    NUMBER(20, H1, -LIMB),
    NUMBER(21, S2, 65536),
    THRESHOLD(21, U2),
    NUMBER(21, H1, 1),
    NUMBER(21, F2, -1),
    NUMBER(21, H2, -LIMB),
    NUMBER(22, S3, 65536),
    THRESHOLD(22, U3),
    NUMBER(22, H2, 1),
    NUMBER(22, H3, -1),
};
const size_t mien_match_term_count = sizeof mien_match_terms / sizeof *mien_match_terms;

void mien_match_pack3(mien_f *out, const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i += 3) {
        uint32_t value = bytes[i];
        if (i + 1 < length) value |= (uint32_t)bytes[i + 1] << 8;
        if (i + 2 < length) value |= (uint32_t)bytes[i + 2] << 16;
        *out++ = mien_f_from_u32(value);
    }
}

static void put_halves(mien_f out[2], uint32_t value) {
    out[0] = mien_f_from_u32(value & 0xffff);
    out[1] = mien_f_from_u32(value >> 16);
}

size_t mien_match_public_input(mien_f out[MIEN_MATCH_PUBLIC_MAX], mien_match_chain_name chain,
                               const mien_match_statement *statement) {
    for (size_t i = 0; i < MIEN_MATCH_PUBLIC_MAX; i++) out[i] = MIEN_F_ZERO;
    if (chain == MIEN_MATCH_CHAIN_EMBEDDING)
        mien_match_pack3(out, statement->context, sizeof statement->context);
    else
        mien_match_pack3(out, statement->service, sizeof statement->service);
    if (chain == MIEN_MATCH_CHAIN_BLINDING || chain == MIEN_MATCH_CHAIN_TEMPLATE) {
        put_halves(out + 11, statement->epoch);
        put_halves(out + 13, statement->slot);
    }
    size_t elements = mien_match_chains[chain].public_elements;
    return (elements + MIEN_POSEIDON2_RATE - 1) / MIEN_POSEIDON2_RATE * MIEN_POSEIDON2_RATE;
}

/* State after the public blocks of a chain. */
static void start_chain(mien_f state[MIEN_POSEIDON2_WIDTH], mien_match_chain_name chain,
                        const mien_match_statement *statement) {
    mien_f input[MIEN_MATCH_PUBLIC_MAX];
    size_t length = mien_match_public_input(input, chain, statement);
    mien_poseidon2_start(state, mien_match_chains[chain].tag,
                         length + mien_match_chains[chain].secret_elements);
    for (size_t i = 0; i < length; i += MIEN_POSEIDON2_RATE) {
        for (size_t k = 0; k < MIEN_POSEIDON2_RATE; k++)
            state[k] = mien_f_add(state[k], input[i + k]);
        mien_poseidon2_permute(state);
    }
}

static mien_status read_digest(mien_f digest[MIEN_POSEIDON2_DIGEST],
                               const uint8_t bytes[MIEN_DIGEST_SIZE]) {
    for (size_t i = 0; i < MIEN_POSEIDON2_DIGEST; i++)
        if (mien_f_from_bytes(&digest[i], bytes + MIEN_F_BYTES * i) != MIEN_OK)
            return MIEN_ARGUMENT;
    return MIEN_OK;
}

static mien_status create(mien_match_circuit *circuit, const mien_match_statement *statement,
                          bool bare) {
    if (statement->threshold < 1 || statement->threshold > 65535) return MIEN_ARGUMENT;
    memset(circuit, 0, sizeof *circuit);
    circuit->threshold = mien_f_from_u32(statement->threshold);
    circuit->bare = bare;
    MIEN_TRY(read_digest(circuit->digest[MIEN_MATCH_CHAIN_KEY_CHECK], statement->key_check));
    MIEN_TRY(
        read_digest(circuit->digest[MIEN_MATCH_CHAIN_TEMPLATE], statement->template_commitment));
    for (int chain = 0; chain < MIEN_MATCH_CHAIN_EMBEDDING; chain++)
        start_chain(circuit->start[chain], (mien_match_chain_name)chain, statement);
    return MIEN_OK;
}

mien_status mien_match_circuit_create_bare(mien_match_circuit *circuit,
                                           const mien_match_statement *statement) {
    return create(circuit, statement, true);
}

mien_status mien_match_circuit_create(mien_match_circuit *circuit,
                                      const mien_match_statement *statement) {
    MIEN_TRY(create(circuit, statement, false));
    MIEN_TRY(
        read_digest(circuit->digest[MIEN_MATCH_CHAIN_EMBEDDING], statement->embedding_commitment));
    start_chain(circuit->start[MIEN_MATCH_CHAIN_EMBEDDING], MIEN_MATCH_CHAIN_EMBEDDING, statement);
    return MIEN_OK;
}

mien_chain mien_match_chain_of(const mien_match_circuit *circuit, int name) {
    const mien_match_chain *shape = &mien_match_chains[name];
    mien_chain chain = {shape->first, shape->count, shape->secret_elements, circuit->start[name]};
    return chain;
}
