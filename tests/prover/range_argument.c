/* SPDX-License-Identifier: MIT */
/* All parts of engine B in one small argument: 1,024 committed values lie in 0..255. The witness
 * holds the values, then how often each row of the table is used. Fraction trees over values and
 * table, one inner product for the claims they leave, one opening; every message padded. Then
 * provers that hold false witnesses: each is refused. */
#include "prover/commitment/tensor.h"
#include "prover/lookup/fraction_tree.h"
#include "prover/sumcheck/inner_product.h"
#include "tests/harness.h"

enum {
    LEAVES_LOG2 = 10,
    TABLE_LOG2 = 8,
    SIZE_LOG2 = 11,
    VALUES = 1 << LEAVES_LOG2,
    TABLE = 1 << TABLE_LOG2,
    SIZE = 1 << SIZE_LOG2,
    MESSAGES = 512
};

/* The witness in one part and one level; and with the values committed by somebody else, the counts
 * with the mask, and two inner levels. */
static const uint32_t rows[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
#define SIZES                                                                                      \
    .log2_size = SIZE_LOG2, .log2_row = 7, .log2_columns = 10, .queries = 40, .grinding_bits = 4
#define INNER .inner = {{6, 9, 30, 10}, {6, 9, 30, 11}}
static const mien_tensor_shape whole[] = {{SIZES, .rows = rows, .row_count = 10}};
static const mien_tensor_shape split[] = {
    {SIZES, .tree = 1, .rows = rows, .row_count = 8, .unmasked = true, INNER},
    {SIZES, .tree = 2, .rows = rows + 8, .row_count = 2, INNER}};
enum { PARTS = 2 };
static const mien_tensor_shape *shapes;
static size_t parts;

static _Alignas(64) mien_f w[SIZE];
static mien_k pads[MESSAGES], messages[MESSAGES];
static mien_k_block table[TABLE / 16], l[SIZE / 16];
static _Alignas(64) uint8_t memory[PARTS][8 << 20], workspace[4 << 20];
static uint8_t proof[1 << 17];
static uint8_t roots[PARTS][32];

static void honest_witness(void) {
    uint32_t counts[TABLE] = {0};
    memset(w, 0, sizeof w);
    for (size_t i = 0; i < VALUES; i++) {
        uint32_t value = (uint32_t)harness_random_below(TABLE);
        w[i] = mien_f_from_u32(value);
        counts[value]++;
    }
    for (size_t i = 0; i < TABLE; i++) w[VALUES + i] = mien_f_from_u32(counts[i]);
}

/* ---- what prover and verifier compute alike */
static mien_k draw(mien_transcript *transcript, const char *label) {
    mien_k r;
    mien_transcript_draw_k(transcript, label, &r, 1);
    return r;
}
/* The table's row t is a + t: multilinear in the bits of t. */
static mien_k table_at(mien_k a, const mien_k *point) {
    for (int i = 0; i < TABLE_LOG2; i++)
        a = mien_k_add(a, mien_k_mul_f(point[i], mien_f_from_u32(1u << i)));
    return a;
}
/* eq(leaf point, x) on the values, gamma eq(table point, x) on the counts, at r. */
static mien_k functional_at(const mien_k *leaf, const mien_k *row, mien_k gamma, const mien_k *r) {
    mien_k not_top = mien_k_sub(MIEN_K_ONE, r[LEAVES_LOG2]);
    mien_k values = mien_k_mul(not_top, mien_equality(leaf, r, LEAVES_LOG2));
    mien_k counts = mien_k_mul(r[LEAVES_LOG2], mien_equality(row, r, TABLE_LOG2));
    for (int i = TABLE_LOG2; i < LEAVES_LOG2; i++)
        counts = mien_k_mul(counts, mien_k_sub(MIEN_K_ONE, r[i]));
    return mien_k_add(values, mien_k_mul(gamma, counts));
}

static void start(mien_transcript *transcript) {
    mien_transcript_start(transcript, "range");
    for (size_t i = 0; i < parts; i++) {
        mien_tensor_absorb_shape(transcript, &shapes[i]);
        mien_transcript_digest(transcript, "root", roots[i]);
    }
}

/* ---- prover; works on any witness */
static size_t prove(const mien_k *with_pads) {
    mien_machine machine = mien_machine_best(NULL);
    mien_random_seeded_state state;
    unsigned char seed[32];
    harness_random_bytes(seed, sizeof seed);
    mien_random random = mien_random_seeded(&state, seed);
    mien_tensor_commitment commitment[PARTS], *list[PARTS] = {&commitment[0], &commitment[1]};
    mien_transcript transcript;
    mien_writer writer = mien_writer_of(proof, sizeof proof);
    mien_sender sender = {&transcript, &writer, with_pads, MESSAGES, 0};
    mien_k leaf[LEAVES_LOG2], row[TABLE_LOG2], r[SIZE_LOG2], value;
    for (size_t i = 0; i < parts; i++)
        CHECK_INT(mien_tensor_commit(&commitment[i], roots[i], w, &shapes[i], memory[i],
                                     sizeof memory[i], &machine, mien_hash_kernels_best(), &random,
                                     NULL),
                  MIEN_OK);
    start(&transcript);
    mien_k a = draw(&transcript, "a");
    mien_leaf_columns columns = {.column = {w},
                                 .constant = a,
                                 .scale = {MIEN_K_ONE, MIEN_K_ZERO, MIEN_K_ZERO},
                                 .size = VALUES,
                                 .present = VALUES / 2};
    mien_fraction_leaves leaves = {LEAVES_LOG2, &columns, NULL, NULL};
    CHECK_INT(
        mien_fraction_prove(&sender, leaf, &leaves, workspace, sizeof workspace, &machine, NULL),
        MIEN_OK);
    for (size_t i = 0; i < TABLE; i++)
        mien_k_block_set(table, i, mien_k_add(a, mien_k_from_f(mien_f_from_u32((uint32_t)i))));
    mien_fraction_leaves counts = {TABLE_LOG2, NULL, w + VALUES, table};
    CHECK_INT(
        mien_fraction_prove(&sender, row, &counts, workspace, sizeof workspace, &machine, NULL),
        MIEN_OK);
    mien_k gamma = draw(&transcript, "gamma");
    memset(l, 0, sizeof l);
    mien_equality_blocks(l, machine.field, leaf, LEAVES_LOG2);
    mien_equality_blocks(l + VALUES / 16, machine.field, row, TABLE_LOG2);
    machine.field->k_scale(l + VALUES / 16, l + VALUES / 16, gamma, TABLE);
    CHECK_INT(mien_inner_product_prove(&sender, r, &value, w, l, SIZE_LOG2, workspace,
                                       sizeof workspace, &machine, NULL),
              MIEN_OK);
    CHECK_INT(mien_tensor_open_parts(list, parts, &sender, r, &machine), MIEN_OK);
    return writer.used;
}

/* ---- verifier */

/* Checks statements as engine A will: on the pads. Clear messages are the case of zero pads. */
static mien_status check_on_pads(void *context, const mien_form *form,
                                 const mien_form_product *products, size_t count) {
    mien_form on_pads;
    mien_form_on_pads(&on_pads, form, products, count, messages);
    mien_k value = mien_form_value(&on_pads, products, count, context);
    return mien_k_is_zero(value) ? MIEN_OK : MIEN_PROOF_INVALID;
}

/* p_1 / q_1 = p_2 / q_2 */
static mien_status check_roots(const mien_checker *checker, const mien_fraction_claim *one,
                               const mien_fraction_claim *two) {
    mien_form form;
    mien_form_constant(&form, MIEN_K_ZERO);
    const mien_form_product products[2] = {
        {one->root_numerator, two->root_denominator, MIEN_K_ONE},
        {two->root_numerator, one->root_denominator, mien_k_neg(MIEN_K_ONE)}};
    return checker->check(checker->context, &form, products, 2);
}

static mien_status verify(size_t length, mien_k *with_pads) {
    static mien_fraction_claim values, counts;
    mien_transcript transcript;
    mien_reader reader = mien_reader_of(proof, length);
    mien_receiver receiver = {&transcript, &reader, messages, MESSAGES, 0};
    mien_checker checker = {check_on_pads, with_pads};
    mien_k r[SIZE_LOG2];
    uint32_t value;
    start(&transcript);
    mien_k a = draw(&transcript, "a");
    MIEN_TRY(mien_fraction_verify(&values, &receiver, &checker, LEAVES_LOG2, true));
    MIEN_TRY(mien_fraction_verify(&counts, &receiver, &checker, TABLE_LOG2, false));
    MIEN_TRY(check_roots(&checker, &values, &counts));
    mien_form rows_form = counts.denominator;
    rows_form.constant = mien_k_sub(rows_form.constant, table_at(a, counts.point));
    MIEN_TRY(checker.check(checker.context, &rows_form, NULL, 0));
    mien_k gamma = draw(&transcript, "gamma");
    mien_form claim = values.denominator;
    claim.constant = mien_k_sub(claim.constant, a);
    mien_form_add_form(&claim, gamma, &counts.numerator);
    MIEN_TRY(mien_inner_product_verify(&claim, r, &value, &receiver, SIZE_LOG2));
    MIEN_TRY(mien_inner_product_check(&checker, &claim,
                                      functional_at(values.point, counts.point, gamma, r), value));
    mien_form opened;
    mien_form_constant(&opened, MIEN_K_ZERO);
    mien_form_add(&opened, MIEN_K_ONE, value);
    MIEN_TRY(mien_tensor_verify_parts(shapes, (const uint8_t(*)[32])roots, parts, r, &opened,
                                      &receiver, &checker, workspace, sizeof workspace));
    return mien_read_end(&reader);
}

static mien_status run(bool padded) {
    for (size_t i = 0; i < MESSAGES; i++) {
        pads[i] = MIEN_K_ZERO;
        for (int k = 0; padded && k < MIEN_K_DEGREE; k++)
            pads[i].c[k] = MIEN_F_RAW((uint32_t)harness_random_below(MIEN_F_MODULUS));
    }
    return verify(prove(padded ? pads : NULL), pads);
}

static void true_statements(void) {
    for (int round = 0; round < 20; round++) {
        honest_witness();
        CHECK_INT(run(round % 2 == 1), MIEN_OK);
    }
}

static void add(size_t position, int32_t value) {
    w[position] = mien_f_add(w[position], mien_f_from_i32(value));
}

/* Position of a value that is not zero and not the largest. */
static size_t inner_value(void) {
    for (;;) {
        size_t i = harness_random_below(VALUES);
        uint32_t v = mien_f_to_u32(w[i]);
        if (v > 0 && v < TABLE - 1) return i;
    }
}

static void false_witnesses(void) {
    for (int round = 0; round < 20; round++) {
        bool padded = round % 2 == 0;
        honest_witness();
        size_t at = inner_value();
        uint32_t v = mien_f_to_u32(w[at]);
        w[at] = mien_f_from_u32(TABLE); /* outside, counted where it was */
        CHECK_INT(run(padded), MIEN_PROOF_INVALID);
        w[at] = mien_f_from_i32(-1);
        CHECK_INT(run(padded), MIEN_PROOF_INVALID);
        add(VALUES + v, -1); /* outside, not counted */
        CHECK_INT(run(padded), MIEN_PROOF_INVALID);
        add(VALUES, 1); /* counted as a row that is there */
        CHECK_INT(run(padded), MIEN_PROOF_INVALID);
        honest_witness();
        at = inner_value();
        add(at, 1); /* inside, but the counts are those of another value */
        CHECK_INT(run(padded), MIEN_PROOF_INVALID);
        honest_witness();
        add(VALUES + harness_random_below(TABLE), 1); /* one use too many */
        CHECK_INT(run(padded), MIEN_PROOF_INVALID);
        honest_witness();
        add(VALUES + 3, 1); /* a use moved to the neighbour */
        add(VALUES + 4, -1);
        CHECK_INT(run(padded), MIEN_PROOF_INVALID);
        honest_witness();
        for (size_t i = 0; i < TABLE; i++) w[VALUES + i] = mien_f_neg(w[VALUES + i]);
        CHECK_INT(run(padded), MIEN_PROOF_INVALID);
    }
}

/* A pad that is not the one that was used breaks one statement. */
static void false_pads(void) {
    honest_witness();
    REQUIRE(run(true) == MIEN_OK);
    size_t length = prove(pads);
    REQUIRE(verify(length, pads) == MIEN_OK);
    size_t count = mien_fraction_message_count(LEAVES_LOG2, true) +
                   mien_fraction_message_count(TABLE_LOG2, false) + 2 * SIZE_LOG2 + 2;
    CHECK(count <= MESSAGES);
    for (size_t i = 0; i < count; i++) {
        mien_k kept = pads[i];
        pads[i] = mien_k_add(kept, MIEN_K_ONE);
        CHECK_INT(verify(length, pads), MIEN_PROOF_INVALID);
        pads[i] = kept;
    }
}

static void changed_proofs(void) {
    honest_witness();
    REQUIRE(run(true) == MIEN_OK);
    size_t length = prove(pads);
    for (int round = 0; round < 1500; round++) {
        size_t i = harness_random_below(length);
        uint8_t kept = proof[i];
        proof[i] ^= (uint8_t)(1u << harness_random_below(8));
        CHECK(verify(length, pads) != MIEN_OK);
        proof[i] = kept;
    }
    for (int round = 0; round < 300; round++)
        CHECK(verify(harness_random_below(length), pads) != MIEN_OK);
}

static void run_all(void) {
    RUN(true_statements);
    RUN(false_witnesses);
    RUN(false_pads);
    RUN(changed_proofs);
}

int main(void) {
    shapes = whole, parts = 1;
    run_all();
    shapes = split, parts = 2;
    run_all();
    return harness_end();
}
