/* SPDX-License-Identifier: MIT */
/* Cheats on the statement: witness, slots, claims, public input, parameters. Each leaves everything
 * it does not need to break as an honest prover has it. */
#include "prover/circuits/poseidon2_gadget.h"
#include "tests/prover/cheats.h"

enum { SLOTS = MIEN_MATCH_SLOTS };

#define CHEAT(name, at)                                                                            \
    static void act_##name(cheat_run *run);                                                        \
    void cheat_##name(cheat_run *run, hook at_hook, mien_ligero_view *view) {                      \
        (void)view;                                                                                \
        if (at_hook != HOOK_##at) return;                                                          \
        act_##name(run);                                                                           \
        run->acted |= 1u << at_hook;                                                               \
    }                                                                                              \
    static void act_##name(cheat_run *run)

static mien_f *slot_of(cheat_run *run, size_t row, size_t slot) {
    return run->rows + row * SLOTS + slot;
}
static mien_f *boolean_of(cheat_run *run, size_t boolean) {
    return slot_of(run, MIEN_MATCH_ROW_BOOLEANS, 0) + boolean;
}
static void add_one(mien_f *element) {
    *element = mien_f_add(*element, MIEN_F_ONE);
}

/* A number of the comparison as its lowest "bit" alone. */
static void set_number(cheat_run *run, int name, int32_t value) {
    const mien_match_number *number = &mien_match_numbers[name];
    for (unsigned k = 0; k < number->bits; k++) *boolean_of(run, number->boolean + k) = MIEN_F_ZERO;
    *boolean_of(run, number->boolean) = mien_f_from_i32(value + number->offset);
}
static int32_t get_number(cheat_run *run, int name) {
    const mien_match_number *number = &mien_match_numbers[name];
    int32_t value = -number->offset;
    for (unsigned k = 0; k < number->bits; k++)
        value += (int32_t)mien_f_to_u32(*boolean_of(run, number->boolean + k)) << k;
    return value;
}

static mien_match_cosine cosine_of(const cheat_run *run) {
    return mien_match_cosine_of(run->sample.witness.embedding, run->sample.witness.template_vector,
                                run->sample.statement.threshold);
}

/* The statement becomes false by the smallest step of the threshold. */
static void make_false(cheat_run *run) {
    mien_match_statement *statement = &run->sample.statement;
    for (;;) {
        statement->threshold = 1;
        while (statement->threshold < 65535 && cosine_of(run).excess >= 0) statement->threshold++;
        if (cosine_of(run).excess < 0) return;
        match_sample_true(&run->sample);
    }
}

CHEAT(false_by_one, WITNESS) {
    make_false(run);
}

void cheat_false_carries(cheat_run *run, hook at_hook, mien_ligero_view *view) {
    (void)view;
    if (at_hook == HOOK_WITNESS) make_false(run);
    if (at_hook != HOOK_SLOTS) return;
    int64_t h3 = (int64_t)get_number(run, MIEN_MATCH_S3) * 65536 -
                 (int64_t)run->sample.statement.threshold * get_number(run, MIEN_MATCH_U3) +
                 get_number(run, MIEN_MATCH_H2);
    set_number(run, MIEN_MATCH_H3, (int32_t)h3);
    run->acted |= 1u << at_hook;
}

/* Both claim D, A of a true statement by one wrong product. */
static void claim_cosine(cheat_run *run, mien_match_cosine claimed, size_t row, int32_t added) {
    mien_match_assign_comparison(run->rows, &claimed, run->sample.statement.threshold);
    mien_f *product = slot_of(run, row, 0);
    *product = mien_f_add(*product, mien_f_from_i32(added));
}

void cheat_false_dot(cheat_run *run, hook at_hook, mien_ligero_view *view) {
    (void)view;
    if (at_hook == HOOK_WITNESS) make_false(run);
    if (at_hook != HOOK_SLOTS) return;
    mien_match_cosine claimed = cosine_of(run);
    int32_t added = (1 << 21) - claimed.dot;
    claimed.dot += added;
    claim_cosine(run, claimed, MIEN_MATCH_ROW_LEFT_RIGHT, added);
    run->acted |= 1u << at_hook;
}

void cheat_false_square(cheat_run *run, hook at_hook, mien_ligero_view *view) {
    (void)view;
    if (at_hook == HOOK_WITNESS) make_false(run);
    if (at_hook != HOOK_SLOTS) return;
    mien_match_cosine claimed = cosine_of(run);
    int32_t removed = claimed.embedding_square;
    claimed.embedding_square = 0;
    claim_cosine(run, claimed, MIEN_MATCH_ROW_LEFT_LEFT, -removed);
    run->acted |= 1u << at_hook;
}

/* e = -t with D = -100, or e = 0, as the witness of its own commitments. */
static void set_vectors(cheat_run *run, int8_t first_of_embedding) {
    memset(run->sample.witness.embedding, 0, sizeof run->sample.witness.embedding);
    memset(run->sample.witness.template_vector, 0, sizeof run->sample.witness.template_vector);
    run->sample.witness.template_vector[0] = 10;
    run->sample.witness.embedding[0] = first_of_embedding;
    match_sample_commit(&run->sample);
}

/* D0 + 1 = g = D, which only breaks that D0 has bits. */
static void set_dot(cheat_run *run, int32_t dot) {
    set_number(run, MIEN_MATCH_D0, dot - 1);
    set_number(run, MIEN_MATCH_D1, 0);
    mien_f g = mien_f_from_i32(dot);
    *slot_of(run, MIEN_MATCH_ROW_LEFT, MIEN_MATCH_SLOT_LIMBS) = g;
    *slot_of(run, MIEN_MATCH_ROW_RIGHT, MIEN_MATCH_SLOT_LIMBS) = MIEN_F_ZERO;
    *slot_of(run, MIEN_MATCH_ROW_LEFT_LEFT, MIEN_MATCH_SLOT_LIMBS) = mien_f_square(g);
    *slot_of(run, MIEN_MATCH_ROW_RIGHT_RIGHT, MIEN_MATCH_SLOT_LIMBS) = MIEN_F_ZERO;
    *slot_of(run, MIEN_MATCH_ROW_LEFT_RIGHT, MIEN_MATCH_SLOT_LIMBS) = MIEN_F_ZERO;
}

void cheat_negative_dot(cheat_run *run, hook at_hook, mien_ligero_view *view) {
    (void)view;
    if (at_hook == HOOK_WITNESS) set_vectors(run, -10);
    if (at_hook != HOOK_SLOTS) return;
    mien_match_cosine positive = cosine_of(run);
    positive.dot = -positive.dot;
    mien_match_assign_comparison(run->rows, &positive, run->sample.statement.threshold);
    set_dot(run, -100);
    run->acted |= 1u << at_hook;
}

void cheat_zero_embedding(cheat_run *run, hook at_hook, mien_ligero_view *view) {
    (void)view;
    if (at_hook == HOOK_WITNESS) set_vectors(run, 0);
    if (at_hook != HOOK_SLOTS) return;
    set_number(run, MIEN_MATCH_C0, 0);
    set_number(run, MIEN_MATCH_C1, 0);
    set_dot(run, 0);
    run->acted |= 1u << at_hook;
}

/* s0 and c0 traded, and everything above made to fit: only the bits are wrong. */
static void trade_limbs(cheat_run *run, int32_t units) {
    set_number(run, MIEN_MATCH_S0, get_number(run, MIEN_MATCH_S0) - 2048 * units);
    set_number(run, MIEN_MATCH_C0, get_number(run, MIEN_MATCH_C0) + units);
    set_number(run, MIEN_MATCH_S1, get_number(run, MIEN_MATCH_S1) + units);
    set_number(run, MIEN_MATCH_H0, get_number(run, MIEN_MATCH_H0) - 65536 * units);
}
CHEAT(limb_carry, SLOTS) {
    trade_limbs(run, 1);
}
CHEAT(limb_swap, SLOTS) {
    trade_limbs(run, -1);
}

/* Slots of another opening; the ones of rows first .. end - 1 are taken over. */
static void take_rows(cheat_run *run, const mien_match_witness *other, size_t first, size_t end) {
    mien_f digest[MIEN_MATCH_CHAINS][MIEN_POSEIDON2_DIGEST];
    mien_f *rows = sample_memory((size_t)MIEN_MATCH_ROWS * SLOTS * sizeof *rows);
    mien_match_opening opening;
    memcpy(opening.embedding, other->embedding, sizeof opening.embedding);
    memcpy(opening.template_vector, other->template_vector, sizeof opening.template_vector);
    mien_match_pack3(opening.key_z, other->key_z, sizeof other->key_z);
    for (size_t i = 0; i < MIEN_POSEIDON2_DIGEST; i++)
        if (mien_f_from_bytes(&opening.blinding[i], other->embedding_blinding + 4 * i) != MIEN_OK)
            abort();
    mien_match_assign(rows, digest, &run->circuit, &opening, run->sample.statement.threshold);
    memcpy(slot_of(run, first, 0), rows + first * SLOTS, (end - first) * SLOTS * sizeof *rows);
    free(rows);
}
static mien_match_witness near_witness(const cheat_run *run) {
    mien_match_witness other = run->sample.witness;
    other.embedding[5] = (int8_t)(other.embedding[5] == 127 ? 126 : other.embedding[5] + 1);
    return other;
}

CHEAT(other_entry, SLOTS) {
    mien_match_witness other = near_witness(run);
    uint8_t bits[1024 * sizeof(mien_f)];
    memcpy(bits, boolean_of(run, 0), sizeof bits);
    take_rows(run, &other, MIEN_MATCH_ROW_BOOLEANS, MIEN_MATCH_ROWS);
    memcpy(boolean_of(run, 0), bits, sizeof bits);
}
CHEAT(other_bits, SLOTS) {
    mien_match_witness other = near_witness(run);
    take_rows(run, &other, MIEN_MATCH_ROW_BOOLEANS, MIEN_MATCH_ROWS);
}

/* ---- chains */

static void permute(cheat_run *run, size_t permutation, mien_f state[MIEN_POSEIDON2_WIDTH]) {
    mien_poseidon2_trace trace;
    mien_poseidon2_permute_traced(state, &trace);
    for (size_t j = 0; j < MIEN_POSEIDON2_CUBES; j++) {
        size_t s = permutation * MIEN_POSEIDON2_CUBES + j;
        *slot_of(run, 3 * (s / SLOTS), s % SLOTS) = trace.x[j];
        *slot_of(run, 3 * (s / SLOTS) + 1, s % SLOTS) = trace.y[j];
        *slot_of(run, 3 * (s / SLOTS) + 2, s % SLOTS) = trace.z[j];
    }
}

/* A chain's slots over a message of the cheat's choice; its digest becomes the one of the run. */
static void place_chain(cheat_run *run, int name, const mien_f *message) {
    const mien_match_chain *chain = &mien_match_chains[name];
    mien_f state[MIEN_POSEIDON2_WIDTH];
    size_t permutation = chain->first;
    memcpy(state, run->circuit.start[name], sizeof state);
    for (size_t i = 0; i < chain->secret_elements; i += 7) {
        for (size_t k = 0; k < 7 && i + k < chain->secret_elements; k++)
            state[k] = mien_f_add(state[k], message[i + k]);
        permute(run, permutation++, state);
    }
    memcpy(run->digest[name], state, 7 * sizeof *state);
    permute(run, permutation, state);
    memcpy(run->digest[name] + 7, state, 2 * sizeof *state);
}
static void claim_digest(uint8_t out[MIEN_DIGEST_SIZE], const mien_f *digest) {
    for (size_t i = 0; i < MIEN_POSEIDON2_DIGEST; i++) mien_f_to_bytes(out + 4 * i, digest[i]);
}

/* As mien_poseidon2_permute_traced, but the first cube's input is one too large. */
static void permute_shifted(cheat_run *run, mien_f state[MIEN_POSEIDON2_WIDTH]) {
    size_t s = 0;
    mien_poseidon2_external_layer(state);
    for (int round = 0; round < 28; round++) {
        bool partial = round >= 4 && round < 24;
        for (int i = 0; i < (partial ? 1 : 16); i++, s++) {
            mien_f x = mien_f_add(
                state[i], partial
                              ? mien_poseidon2_partial_constants[round - 4]
                              : mien_poseidon2_full_constants[round < 4 ? round : round - 20][i]);
            if (s == 0) add_one(&x);
            *slot_of(run, 0, s) = x;
            *slot_of(run, 1, s) = mien_f_square(x);
            *slot_of(run, 2, s) = state[i] = mien_f_mul(x, mien_f_square(x));
        }
        if (partial)
            mien_poseidon2_internal_layer(state);
        else
            mien_poseidon2_external_layer(state);
    }
}

void shift_first_cube(cheat_run *run) {
    const mien_f *key = slot_of(run, MIEN_MATCH_ROW_LEFT, MIEN_MATCH_SLOT_KEY_Z);
    mien_f state[MIEN_POSEIDON2_WIDTH], *digest = run->digest[MIEN_MATCH_CHAIN_KEY_CHECK];
    memcpy(state, run->circuit.start[MIEN_MATCH_CHAIN_KEY_CHECK], sizeof state);
    for (int i = 0; i < 7; i++) state[i] = mien_f_add(state[i], key[i]);
    permute_shifted(run, state);
    for (int i = 0; i < 4; i++) state[i] = mien_f_add(state[i], key[7 + i]);
    permute(run, 1, state);
    memcpy(digest, state, 7 * sizeof *digest);
    permute(run, 2, state);
    memcpy(digest + 7, state, 2 * sizeof *digest);
    claim_digest(run->sample.statement.key_check, digest);
}

/* h3 one smaller than it is, unless it is 0. */
void shift_last_number(cheat_run *run) {
    int32_t h3 = get_number(run, MIEN_MATCH_H3) - 1;
    const mien_match_number *number = &mien_match_numbers[MIEN_MATCH_H3];
    if (h3 < 0) h3 = 0;
    for (unsigned k = 0; k < number->bits; k++)
        *boolean_of(run, number->boolean + k) = mien_f_from_u32((uint32_t)h3 >> k & 1);
}

static void overflow_entry(cheat_run *run) {
    mien_f message[MIEN_MATCH_SECRET_MAX], two = mien_f_from_u32(2);
    mien_match_pack_vector(message, run->sample.witness.embedding);
    memcpy(message + 43, slot_of(run, MIEN_MATCH_ROW_LEFT, 144), 9 * sizeof *message);
    uint32_t old = (uint32_t)(run->sample.witness.embedding[0] + 128);
    message[0] = mien_f_add(message[0], mien_f_from_u32(256 - old));
    place_chain(run, MIEN_MATCH_CHAIN_EMBEDDING, message);
    claim_digest(run->sample.statement.embedding_commitment,
                 run->digest[MIEN_MATCH_CHAIN_EMBEDDING]);
    for (size_t k = 0; k < 8; k++) *boolean_of(run, k) = k == 7 ? two : MIEN_F_ZERO;
    mien_match_cosine c = cosine_of(run);
    int32_t e = run->sample.witness.embedding[0], t = run->sample.witness.template_vector[0];
    c.dot += (128 - e) * t;
    c.embedding_square += 128 * 128 - e * e;
    mien_match_assign_comparison(run->rows, &c, run->sample.statement.threshold);
    *slot_of(run, MIEN_MATCH_ROW_LEFT, 0) = mien_f_from_i32(128);
    *slot_of(run, MIEN_MATCH_ROW_LEFT_LEFT, 0) = mien_f_from_i32(128 * 128);
    *slot_of(run, MIEN_MATCH_ROW_LEFT_RIGHT, 0) = mien_f_from_i32(128 * t);
}

/* A statement that stays true with the entry of 128. */
void cheat_entry_overflow(cheat_run *run, hook at_hook, mien_ligero_view *view) {
    (void)view;
    if (at_hook == HOOK_WITNESS) {
        memset(run->sample.witness.embedding, 64, MIEN_EMBEDDING_SIZE);
        memset(run->sample.witness.template_vector, 64, MIEN_EMBEDDING_SIZE);
        run->sample.statement.threshold = 32768;
        match_sample_commit(&run->sample);
    }
    if (at_hook != HOOK_SLOTS) return;
    overflow_entry(run);
    run->acted |= 1u << at_hook;
}

CHEAT(other_key_for_check, SLOTS) {
    mien_f other[MIEN_MATCH_KEY_Z_ELEMENTS];
    memcpy(other, slot_of(run, MIEN_MATCH_ROW_LEFT, MIEN_MATCH_SLOT_KEY_Z), sizeof other);
    add_one(&other[10]);
    place_chain(run, MIEN_MATCH_CHAIN_KEY_CHECK, other);
    claim_digest(run->sample.statement.key_check, run->digest[MIEN_MATCH_CHAIN_KEY_CHECK]);
}
CHEAT(other_key_for_template, SLOTS) {
    mien_f other[MIEN_MATCH_KEY_Z_ELEMENTS], message[MIEN_MATCH_SECRET_MAX];
    memcpy(other, slot_of(run, MIEN_MATCH_ROW_LEFT, MIEN_MATCH_SLOT_KEY_Z), sizeof other);
    add_one(&other[0]);
    place_chain(run, MIEN_MATCH_CHAIN_BLINDING, other);
    mien_match_pack_vector(message, run->sample.witness.template_vector);
    memcpy(message + 43, run->digest[MIEN_MATCH_CHAIN_BLINDING], 9 * sizeof *message);
    place_chain(run, MIEN_MATCH_CHAIN_TEMPLATE, message);
    claim_digest(run->sample.statement.template_commitment, run->digest[MIEN_MATCH_CHAIN_TEMPLATE]);
}
CHEAT(other_blinding, WITNESS) {
    if (mien_match_blinding(run->sample.witness.embedding_blinding, &run->sample.random) != MIEN_OK)
        abort();
}
CHEAT(other_template, WITNESS) {
    memcpy(run->sample.witness.template_vector, run->sample.witness.embedding, MIEN_EMBEDDING_SIZE);
    run->sample.witness.template_vector[0] ^= 1;
}
CHEAT(cube_x, SLOTS) {
    mien_f *x = slot_of(run, 6, 17);
    add_one(x);
    *slot_of(run, 7, 17) = mien_f_square(*x);
    *slot_of(run, 8, 17) = mien_f_mul(*x, mien_f_square(*x));
}
CHEAT(cube_y, SLOTS) {
    add_one(slot_of(run, 7, 17));
    *slot_of(run, 8, 17) = mien_f_mul(*slot_of(run, 6, 17), *slot_of(run, 7, 17));
}
CHEAT(cube_z, SLOTS) {
    size_t s = MIEN_MATCH_CUBES - 1;
    add_one(slot_of(run, 3 * (s / SLOTS) + 2, s % SLOTS));
}

/* Change z of the last full round of a permutation so that its output changes by `difference`. The
 * external layer A has A^-1 = A^7 A^-8 ...: solved by elimination. */
static void force_output(cheat_run *run, size_t permutation, const mien_f difference[16]) {
    mien_f m[16][17];
    for (int k = 0; k < 16; k++) {
        mien_f unit[16] = {{0}};
        unit[k] = MIEN_F_ONE;
        mien_poseidon2_external_layer(unit);
        for (int i = 0; i < 16; i++) m[i][k] = unit[i];
    }
    for (int i = 0; i < 16; i++) m[i][16] = difference[i];
    for (int k = 0; k < 16; k++) {
        int pivot = k;
        while (mien_f_is_zero(m[pivot][k])) pivot++;
        for (int c = 0; c < 17; c++) {
            mien_f t = m[k][c];
            m[k][c] = m[pivot][c];
            m[pivot][c] = t;
        }
        mien_f inverse = mien_f_inverse(m[k][k]);
        for (int c = 0; c < 17; c++) m[k][c] = mien_f_mul(m[k][c], inverse);
        for (int i = 0; i < 16; i++) {
            mien_f factor = m[i][k];
            for (int c = 0; c < 17 && i != k; c++)
                m[i][c] = mien_f_sub(m[i][c], mien_f_mul(factor, m[k][c]));
        }
    }
    for (size_t i = 0; i < 16; i++) {
        size_t s = permutation * MIEN_POSEIDON2_CUBES + MIEN_POSEIDON2_CUBES - 16 + i;
        mien_f *z = slot_of(run, 3 * (s / SLOTS) + 2, s % SLOTS);
        *z = mien_f_add(*z, m[i][16]);
    }
}

/* C_e is what the claim says it is: every linear constraint holds. */
CHEAT(digest_forced, SLOTS) {
    enum { LAST = MIEN_MATCH_PERMUTATIONS - 1, ABSORBED = 8 };
    mien_f claimed[9], state[16], difference[16] = {{0}}, message[MIEN_MATCH_SECRET_MAX];
    for (int i = 0; i < 9; i++) claimed[i] = mien_f_from_u32((uint32_t)harness_random());
    claim_digest(run->sample.statement.embedding_commitment, claimed);
    mien_match_pack_vector(message, run->sample.witness.embedding);
    memcpy(message + 43, slot_of(run, MIEN_MATCH_ROW_LEFT, 144), 9 * sizeof *message);
    memcpy(state, run->circuit.start[MIEN_MATCH_CHAIN_EMBEDDING], sizeof state);
    for (size_t block = 0; block < ABSORBED; block++) {
        for (size_t k = 0; k < 7 && 7 * block + k < 52; k++)
            state[k] = mien_f_add(state[k], message[7 * block + k]);
        mien_poseidon2_permute(state);
    }
    for (int i = 0; i < 7; i++) difference[i] = mien_f_sub(claimed[i], state[i]);
    force_output(run, LAST - 1, difference);
    memcpy(state, claimed, 7 * sizeof *state);
    permute(run, LAST, state);
    memset(difference, 0, sizeof difference);
    for (int i = 0; i < 2; i++) difference[i] = mien_f_sub(claimed[7 + i], state[i]);
    force_output(run, LAST, difference);
}

/* ---- claims and forgeries */

CHEAT(claim_other_template, CLAIM) {
    run->claim.template_commitment[0] ^= 1;
}
CHEAT(claim_other_embedding, CLAIM) {
    run->claim.embedding_commitment[4] ^= 1;
}
CHEAT(claim_other_key_check, CLAIM) {
    run->claim.key_check[32] ^= 1;
}
CHEAT(claim_other_service, CLAIM) {
    run->claim.service[31] ^= 0x80;
}
CHEAT(claim_other_epoch, CLAIM) {
    run->claim.epoch ^= 1u << 31;
}
CHEAT(claim_other_slot, CLAIM) {
    run->claim.slot ^= 1;
}
CHEAT(claim_lower_threshold, CLAIM) {
    run->claim.threshold = run->claim.threshold > 1 ? run->claim.threshold - 1 : 2;
}
CHEAT(claim_other_context, CLAIM) {
    run->claim.context[0] ^= 1;
}
CHEAT(forge_template, PARAMETERS) {
    run->sample.statement.template_commitment[0] ^= 1;
}
CHEAT(forge_embedding, PARAMETERS) {
    run->sample.statement.embedding_commitment[0] ^= 1;
}
CHEAT(forge_key_check, PARAMETERS) {
    run->sample.statement.key_check[0] ^= 1;
}
CHEAT(forge_service, PARAMETERS) {
    run->sample.statement.service[0] ^= 1;
}
CHEAT(forge_epoch, PARAMETERS) {
    run->sample.statement.epoch ^= 1;
}
CHEAT(forge_slot, PARAMETERS) {
    run->sample.statement.slot ^= 1;
}
CHEAT(forge_context, PARAMETERS) {
    run->sample.statement.context[31] ^= 1;
}

/* ---- public input left out */

#define OMIT(name, item)                                                                           \
    CHEAT(omit_##name, ABSORB) {                                                                   \
        run->omitted = PUBLIC_##item;                                                              \
    }
OMIT(protocol, PROTOCOL)
OMIT(version, VERSION)
OMIT(circuit, CIRCUIT)
OMIT(parameter_set, PARAMETER_SET)
OMIT(slots, SLOTS)
OMIT(length, LENGTH)
OMIT(queries, QUERIES)
OMIT(grinding, GRINDING)
OMIT(rows, ROWS)
OMIT(products, PRODUCTS)
OMIT(constraints, CONSTRAINTS)
OMIT(template, TEMPLATE)
OMIT(embedding, EMBEDDING)
OMIT(key_check, KEY_CHECK)
OMIT(service, SERVICE)
OMIT(epoch, EPOCH)
OMIT(slot, SLOT)
OMIT(threshold, THRESHOLD)
OMIT(context, CONTEXT)

/* ---- parameters */

CHEAT(fewer_queries, PARAMETERS) {
    run->parameters.queries = 20;
}
CHEAT(higher_rate, PARAMETERS) {
    run->parameters.log2_length--;
}
CHEAT(less_grinding, PARAMETERS) {
    run->parameters.grinding_bits = 0;
}
CHEAT(other_set, WIRE) {
    run->proof[10] ^= 2;
}
CHEAT(other_version, WIRE) {
    run->proof[8] ^= 3;
}
