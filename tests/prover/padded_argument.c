/* SPDX-License-Identifier: MIT */
/* A whole argument with padded messages, its end proved by zk-Ligero about the committed pads:
 * 1,024 committed values lie in 0..255, and, where a section is linked, the first 128 of them are
 * e + 128 for the e that another section of the same matrix speaks of (a committed output, or match
 * without C_e). Then provers that cheat at each joint. */
#include "prover/circuits/match_assign.h"
#include "prover/circuits/output_assign.h"
#include "prover/circuits/pads_assign.h"
#include "prover/commitment/tensor.h"
#include "prover/ligero/prove.h"
#include "prover/ligero/sections.h"
#include "prover/ligero/verify.h"
#include "prover/lookup/fraction_tree.h"
#include "prover/sumcheck/inner_product.h"
#include "tests/prover/match_sample.h"

enum {
    LEAVES_LOG2 = 10,
    TABLE_LOG2 = 8,
    SIZE_LOG2 = 11,
    VALUES = 1 << LEAVES_LOG2,
    TABLE = 1 << TABLE_LOG2,
    SIZE = 1 << SIZE_LOG2,
    ENTRIES_LOG2 = 7,
    ENTRIES = MIEN_EMBEDDING_SIZE,
    MESSAGES = 512,
    PAIRS = 64,
    PRODUCTS = 128,
    ROWS = 128,
    SLOTS = 256
};

static const uint32_t committed_rows[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
static const mien_tensor_shape tensor = {.log2_size = SIZE_LOG2,
                                         .log2_row = 7,
                                         .log2_columns = 10,
                                         .queries = 40,
                                         .grinding_bits = 4,
                                         .tree = 1,
                                         .rows = committed_rows,
                                         .row_count = 10};
static const mien_proof_parameters parameters = {
    .id = 99, .log2_slots = 8, .log2_length = 10, .queries = 50, .grinding_bits = 2};

/* ---- the public input */
typedef enum linked { LINKED_NOTHING, LINKED_OUTPUT, LINKED_MATCH, LINKED_KINDS } linked;

typedef struct claim {
    linked linked;
    mien_form_pair pairs[PAIRS];
    mien_pads_shape shape;
    mien_output_circuit output;
    mien_match_circuit match;
} claim;

/* Messages in order: both trees, the embedding's sum if linked, the inner product, the opening. */
static void make_shape(claim *c) {
    size_t one = mien_fraction_message_count(LEAVES_LOG2, true);
    size_t two = mien_fraction_message_count(TABLE_LOG2, false);
    size_t n = mien_fraction_pair_count(LEAVES_LOG2, true);
    mien_fraction_pairs(c->pairs, LEAVES_LOG2, true, 0);
    mien_fraction_pairs(c->pairs + n, TABLE_LOG2, false, (uint32_t)one);
    n += mien_fraction_pair_count(TABLE_LOG2, false);
    c->pairs[n++] = (mien_form_pair){0, (uint32_t)one + 1};
    c->pairs[n++] = (mien_form_pair){(uint32_t)one, 1};
    bool link = c->linked != LINKED_NOTHING;
    c->shape = (mien_pads_shape){.log2_slots = 8, .pairs = c->pairs, .pair_count = (uint32_t)n};
    c->shape.pad_count = (uint32_t)(one + two + (link ? 1 : 0) + 2 * SIZE_LOG2 + 1 + 1);
    c->shape.form_count = LEAVES_LOG2 + TABLE_LOG2 + 4 + (link ? 1 : 0);
    c->shape.link_count = link ? ENTRIES : 0;
    c->shape.link_row = (uint32_t)mien_pads_rows(&c->shape);
    if (c->linked == LINKED_MATCH) c->shape.link_row += MIEN_MATCH_BARE_ROW_LEFT;
}

/* ---- the matrix of pads and section, on either side */
typedef struct matrix {
    mien_pads pads;
    mien_ligero_product pads_products[PRODUCTS], output_products[PRODUCTS], products[PRODUCTS];
    mien_ligero_sections sections;
    mien_ligero_system system;
    mien_k wire[MESSAGES];
    _Alignas(64) uint8_t memory[1 << 18];
} matrix;

static mien_status make_matrix(matrix *m, const claim *c) {
    MIEN_TRY(mien_pads_init(&m->pads, &c->shape, m->wire, m->memory, sizeof m->memory));
    mien_ligero_system part[2] = {mien_pads_system(&m->pads, m->pads_products)};
    if (c->linked == LINKED_OUTPUT) part[1] = mien_output_system(&c->output, m->output_products);
    if (c->linked == LINKED_MATCH) part[1] = mien_match_system_bare(&c->match);
    return mien_ligero_join(&m->system, &m->sections, m->products, PRODUCTS, part,
                            c->linked == LINKED_NOTHING ? 1 : 2);
}

static void start(mien_transcript *transcript, const claim *c, const uint8_t root[32]) {
    mien_transcript_start(transcript, "padded");
    mien_pads_absorb_shape(transcript, &c->shape);
    mien_tensor_absorb_shape(transcript, &tensor);
    mien_transcript_digest(transcript, "root", root);
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
static mien_k one_minus(mien_k a) {
    return mien_k_sub(MIEN_K_ONE, a);
}
static void fill_powers(mien_k powers[ENTRIES], mien_k xi) {
    powers[0] = MIEN_K_ONE;
    for (size_t c = 1; c < ENTRIES; c++) powers[c] = mien_k_mul(powers[c - 1], xi);
}

typedef struct challenges {
    mien_k a, xi, gamma, leaf[LEAVES_LOG2], row[TABLE_LOG2];
} challenges;

/* eq(leaf, x) on the values, gamma eq(row, x) on the counts, gamma^2 xi^x on the entries, at r. */
static mien_k functional_at(const challenges *c, const mien_k *r, bool link) {
    mien_k values = mien_equality(c->leaf, r, LEAVES_LOG2);
    mien_k counts = mien_equality(c->row, r, TABLE_LOG2), power = c->xi;
    for (int i = TABLE_LOG2; i < LEAVES_LOG2; i++) counts = mien_k_mul(counts, one_minus(r[i]));
    mien_k entries = mien_k_square(c->gamma);
    for (int i = 0; i < LEAVES_LOG2; i++, power = mien_k_square(power)) {
        mien_k factor = one_minus(r[i]);
        if (i < ENTRIES_LOG2) factor = mien_k_add(factor, mien_k_mul(r[i], power));
        entries = mien_k_mul(entries, factor);
    }
    if (link) values = mien_k_add(values, entries);
    return mien_k_add(mien_k_mul(one_minus(r[LEAVES_LOG2]), values),
                      mien_k_mul(mien_k_mul(r[LEAVES_LOG2], c->gamma), counts));
}

/* ---- the verifier's checks: on the verifier's side from a proof, on the prover's side over its
 * own bytes. */
static mien_status check_roots(const mien_checker *checker, const mien_fraction_claim *one,
                               const mien_fraction_claim *two) {
    mien_form form;
    mien_form_constant(&form, MIEN_K_ZERO);
    const mien_form_product products[2] = {
        {one->root_numerator, two->root_denominator, MIEN_K_ONE},
        {two->root_numerator, one->root_denominator, mien_k_neg(MIEN_K_ONE)}};
    return checker->check(checker->context, &form, products, 2);
}

/* sum of xi^c e_c = E, and gamma^2 (E + 128 sum of xi^c) goes to the claim about w. */
static mien_status check_link(matrix *m, const claim *c, const challenges *drawn, uint32_t message,
                              mien_form *sum) {
    mien_k powers[ENTRIES], all = MIEN_K_ZERO, square = mien_k_square(drawn->gamma);
    mien_form form;
    if (c->linked == LINKED_NOTHING) return MIEN_OK;
    fill_powers(powers, drawn->xi);
    for (size_t i = 0; i < ENTRIES; i++) all = mien_k_add(all, powers[i]);
    mien_form_constant(&form, MIEN_K_ZERO);
    mien_form_add(&form, MIEN_K_ONE, message);
    mien_form_add(sum, square, message);
    all = mien_k_mul_f(all, mien_f_from_u32(128));
    sum->constant = mien_k_add(sum->constant, mien_k_mul(square, all));
    return mien_pads_link(&m->pads, &form, powers);
}

static mien_status check_argument(matrix *m, const claim *c, mien_transcript *transcript,
                                  mien_reader *reader, const uint8_t root[32]) {
    static mien_fraction_claim values, counts;
    static _Alignas(64) uint8_t workspace[1 << 18];
    mien_receiver receiver = {transcript, reader, m->wire, MESSAGES, 0};
    mien_checker checker = mien_pads_checker(&m->pads);
    challenges drawn;
    mien_k r[SIZE_LOG2];
    uint32_t value, embedding = 0;
    drawn.a = draw(transcript, "a");
    drawn.xi = draw(transcript, "xi");
    MIEN_TRY(mien_fraction_verify(&values, &receiver, &checker, LEAVES_LOG2, true));
    MIEN_TRY(mien_fraction_verify(&counts, &receiver, &checker, TABLE_LOG2, false));
    MIEN_TRY(check_roots(&checker, &values, &counts));
    mien_form rows_form = counts.denominator;
    rows_form.constant = mien_k_sub(rows_form.constant, table_at(drawn.a, counts.point));
    MIEN_TRY(checker.check(checker.context, &rows_form, NULL, 0));
    if (c->linked != LINKED_NOTHING) MIEN_TRY(mien_receive(&receiver, "entries", 1, &embedding));
    drawn.gamma = draw(transcript, "gamma");
    memcpy(drawn.leaf, values.point, sizeof drawn.leaf);
    memcpy(drawn.row, counts.point, sizeof drawn.row);
    mien_form sum = values.denominator;
    sum.constant = mien_k_sub(sum.constant, drawn.a);
    mien_form_add_form(&sum, drawn.gamma, &counts.numerator);
    MIEN_TRY(check_link(m, c, &drawn, embedding, &sum));
    MIEN_TRY(mien_inner_product_verify(&sum, r, &value, &receiver, SIZE_LOG2));
    mien_k functional = functional_at(&drawn, r, c->linked != LINKED_NOTHING);
    MIEN_TRY(mien_inner_product_check(&checker, &sum, functional, value));
    MIEN_TRY(mien_tensor_verify(&tensor, root, r, value, &receiver, &checker, workspace,
                                sizeof workspace));
    return mien_pads_complete(&m->pads);
}

/* ---- prover; works on any witness */
typedef struct witness {
    mien_f w[SIZE];
    mien_k pads[MESSAGES];
    int8_t entries[ENTRIES]; /* of the section */
    mien_f blinding[MIEN_POSEIDON2_DIGEST];
    mien_match_opening opening;
    uint32_t threshold;
    /* cheats */
    int changed_pad; /* committed as another, or -1 */
    bool no_replay;
} witness;

static _Alignas(64) uint8_t tensor_memory[8 << 20], workspace[4 << 20], ligero_memory[8 << 20];
static uint8_t proof[1 << 19];
static size_t proof_length;
static uint8_t root[32];
static mien_random_seeded_state random_state;
static mien_random seeded;

static void fill_functional(mien_k_block *l, const mien_machine *machine, const challenges *c,
                            bool link) {
    mien_k powers[ENTRIES];
    memset(l, 0, SIZE / 16 * sizeof *l);
    mien_equality_blocks(l, machine->field, c->leaf, LEAVES_LOG2);
    mien_equality_blocks(l + VALUES / 16, machine->field, c->row, TABLE_LOG2);
    machine->field->k_scale(l + VALUES / 16, l + VALUES / 16, c->gamma, TABLE);
    fill_powers(powers, c->xi);
    for (size_t i = 0; link && i < ENTRIES; i++) {
        mien_k term = mien_k_mul(mien_k_square(c->gamma), powers[i]);
        mien_k_block_set(l, i, mien_k_add(mien_k_block_get(l, i), term));
    }
}

static mien_status send_entries(mien_sender *sender, const witness *x, mien_k xi) {
    mien_k powers[ENTRIES], sum = MIEN_K_ZERO;
    fill_powers(powers, xi);
    for (size_t i = 0; i < ENTRIES; i++) {
        mien_f entry = mien_f_sub(x->w[i], mien_f_from_u32(128));
        sum = mien_k_add(sum, mien_k_mul_f(powers[i], entry));
    }
    return mien_send(sender, "entries", &sum, 1);
}

static mien_status argue(mien_sender *sender, mien_tensor_commitment *commitment, const witness *x,
                         bool link) {
    static mien_k_block table[TABLE / 16], l[SIZE / 16];
    mien_machine machine = mien_machine_best(NULL);
    challenges c;
    mien_k r[SIZE_LOG2], value;
    c.a = draw(sender->transcript, "a");
    c.xi = draw(sender->transcript, "xi");
    mien_leaf_columns columns = {.column = {x->w},
                                 .constant = c.a,
                                 .scale = {MIEN_K_ONE, MIEN_K_ZERO, MIEN_K_ZERO},
                                 .size = VALUES,
                                 .present = VALUES / 2};
    mien_fraction_leaves leaves = {LEAVES_LOG2, &columns, NULL, NULL};
    MIEN_TRY(
        mien_fraction_prove(sender, c.leaf, &leaves, workspace, sizeof workspace, &machine, NULL));
    for (size_t i = 0; i < TABLE; i++)
        mien_k_block_set(table, i, mien_k_add(c.a, mien_k_from_f(mien_f_from_u32((uint32_t)i))));
    mien_fraction_leaves counts = {TABLE_LOG2, NULL, x->w + VALUES, table};
    MIEN_TRY(
        mien_fraction_prove(sender, c.row, &counts, workspace, sizeof workspace, &machine, NULL));
    if (link) MIEN_TRY(send_entries(sender, x, c.xi));
    c.gamma = draw(sender->transcript, "gamma");
    fill_functional(l, &machine, &c, link);
    MIEN_TRY(mien_inner_product_prove(sender, r, &value, x->w, l, SIZE_LOG2, workspace,
                                      sizeof workspace, &machine, NULL));
    return mien_tensor_open(commitment, sender, r, &machine);
}

static void assign(mien_f *rows, const matrix *m, const claim *c, witness *x) {
    mien_f digest[MIEN_MATCH_CHAINS][MIEN_POSEIDON2_DIGEST];
    mien_f *section = rows + mien_ligero_section_row(&m->sections, 1) * SLOTS;
    mien_k *changed = &x->pads[x->changed_pad < 0 ? 0 : x->changed_pad], kept = *changed;
    if (x->changed_pad >= 0) *changed = mien_k_add(*changed, MIEN_K_ONE);
    mien_pads_assign(rows, &c->shape, x->pads);
    *changed = kept;
    if (c->linked == LINKED_OUTPUT)
        mien_output_assign(section, digest[0], &c->output, x->entries, x->blinding);
    if (c->linked == LINKED_MATCH)
        mien_match_assign(section, digest, &c->match, &x->opening, x->threshold);
}

static mien_status prove(const claim *c, witness *x) {
    static matrix m;
    static mien_f rows[ROWS * SLOTS];
    mien_machine machine = mien_machine_best(NULL);
    mien_tensor_commitment commitment;
    mien_ligero_prover *prover;
    mien_transcript transcript, replayed;
    mien_writer writer = mien_writer_of(proof, sizeof proof);
    mien_sender sender = {&transcript, &writer, x->pads, c->shape.pad_count, 0};
    MIEN_TRY(mien_tensor_commit(&commitment, root, x->w, &tensor, tensor_memory,
                                sizeof tensor_memory, &machine, mien_hash_kernels_best(), &seeded,
                                NULL));
    MIEN_TRY(make_matrix(&m, c));
    if (m.system.rows > ROWS) return MIEN_ARGUMENT;
    assign(rows, &m, c, x);
    start(&transcript, c, root);
    MIEN_TRY(mien_ligero_commit(&prover, &transcript, &writer, &parameters, &m.system, rows,
                                ligero_memory, sizeof ligero_memory, &seeded, NULL, NULL, NULL));
    replayed = transcript;
    size_t mark = writer.used;
    MIEN_TRY(argue(&sender, &commitment, x, c->linked != LINKED_NOTHING));
    CHECK_INT(sender.sent, c->shape.pad_count);
    mien_reader reader = mien_reader_of(proof + mark, writer.used - mark);
    if (!x->no_replay) {
        MIEN_TRY(check_argument(&m, c, &replayed, &reader, root));
        CHECK_BYTES(&replayed, &transcript, sizeof transcript);
        CHECK_INT(mien_read_end(&reader), MIEN_OK);
    }
    MIEN_TRY(mien_ligero_respond(prover, &transcript, &writer, NULL));
    proof_length = writer.used;
    return MIEN_OK;
}

static mien_status verify(const claim *c, size_t length) {
    static matrix m;
    uint8_t pads_root[32];
    mien_transcript transcript;
    mien_reader reader = mien_reader_of(proof, length);
    MIEN_TRY(make_matrix(&m, c));
    start(&transcript, c, root);
    MIEN_TRY(mien_ligero_verify_start(pads_root, &transcript, &reader));
    MIEN_TRY(check_argument(&m, c, &transcript, &reader, root));
    MIEN_TRY(mien_ligero_verify_finish(pads_root, &transcript, &reader, &parameters, &m.system,
                                       workspace, sizeof workspace));
    return mien_read_end(&reader);
}

static mien_status prove_and_verify(const claim *c, witness *x) {
    MIEN_TRY(prove(c, x));
    return verify(c, proof_length);
}

/* ---- witnesses */
static void count_values(witness *x) {
    uint32_t counts[TABLE] = {0};
    for (size_t i = 0; i < VALUES; i++) counts[mien_f_to_u32(x->w[i])]++;
    for (size_t i = 0; i < TABLE; i++) x->w[VALUES + i] = mien_f_from_u32(counts[i]);
}

static void commit_output(claim *c, witness *x) {
    uint8_t context[32] = {7}, blinding[MIEN_DIGEST_SIZE], commitment[MIEN_DIGEST_SIZE];
    mien_output_shape shape = {8, ENTRIES};
    if (mien_match_blinding(blinding, &seeded) != MIEN_OK ||
        mien_output_commit(commitment, context, x->entries, ENTRIES, blinding) != MIEN_OK ||
        mien_output_circuit_create(&c->output, &shape, context, commitment) != MIEN_OK)
        abort();
    for (size_t i = 0; i < MIEN_POSEIDON2_DIGEST; i++)
        if (mien_f_from_bytes(&x->blinding[i], blinding + 4 * i) != MIEN_OK) abort();
}

static void commit_match(claim *c, witness *x) {
    match_sample s;
    match_sample_true(&s);
    memcpy(x->entries, s.witness.embedding, ENTRIES);
    memcpy(x->opening.embedding, x->entries, ENTRIES);
    memcpy(x->opening.template_vector, s.witness.template_vector, ENTRIES);
    mien_match_pack3(x->opening.key_z, s.witness.key_z, sizeof s.witness.key_z);
    x->threshold = s.statement.threshold = 1; /* so that neighbours of e match, too */
    if (mien_match_circuit_create_bare(&c->match, &s.statement) != MIEN_OK) abort();
}

static void make(claim *c, witness *x, linked kind) {
    memset(c, 0, sizeof *c);
    memset(x, 0, sizeof *x);
    c->linked = kind;
    x->changed_pad = -1;
    make_shape(c);
    harness_random_bytes(x->entries, sizeof x->entries);
    if (kind == LINKED_OUTPUT) commit_output(c, x);
    if (kind == LINKED_MATCH) commit_match(c, x);
    for (size_t i = 0; i < VALUES; i++)
        x->w[i] = mien_f_from_u32((uint32_t)harness_random_below(TABLE));
    for (size_t i = 0; i < ENTRIES; i++) x->w[i] = mien_f_from_i32(x->entries[i] + 128);
    count_values(x);
    if (mien_pads_draw(x->pads, c->shape.pad_count, &seeded) != MIEN_OK) abort();
}

static claim c;
static witness x;

static void test_true_statements(void) {
    for (int round = 0; round < 12; round++) {
        make(&c, &x, (linked)(round % LINKED_KINDS));
        CHECK_INT(prove_and_verify(&c, &x), MIEN_OK);
    }
}

static void add(size_t position, int32_t value) {
    x.w[position] = mien_f_add(x.w[position], mien_f_from_i32(value));
}

/* Values outside the table, counts that are not the values'. */
static void test_false_witnesses(void) {
    for (int i = 0; i < 5; i++) {
        make(&c, &x, (linked)(i % LINKED_KINDS));
        size_t at = ENTRIES + harness_random_below(VALUES - ENTRIES);
        uint32_t value = mien_f_to_u32(x.w[at]);
        if (i == 0) x.w[at] = mien_f_from_u32(TABLE);
        if (i == 1) x.w[at] = mien_f_from_i32(-1), add(VALUES + value, -1);
        if (i == 2) add(VALUES + harness_random_below(TABLE), 1);
        if (i == 3) add(VALUES + value, -1), add(VALUES + (value + 1) % TABLE, 1);
        if (i == 4) add(at, 1);
        CHECK_INT(prove_and_verify(&c, &x), MIEN_PROOF_INVALID);
    }
}

/* Each message, its pad committed as another one. */
static void test_wrong_pads(void) {
    make(&c, &x, LINKED_OUTPUT);
    for (uint32_t i = 0; i < c.shape.pad_count; i += 1 + i % 3) {
        x.changed_pad = (int)i;
        CHECK_INT(prove_and_verify(&c, &x), MIEN_PROOF_INVALID);
    }
    x.changed_pad = -1;
    CHECK_INT(prove_and_verify(&c, &x), MIEN_OK);
}

/* The network's values are those of one e, the section's of another one, each true by itself. */
static void test_other_entries(void) {
    for (int round = 0; round < 8; round++) {
        make(&c, &x, round % 2 ? LINKED_OUTPUT : LINKED_MATCH);
        size_t i = harness_random_below(ENTRIES), k = harness_random_below(ENTRIES);
        if (round < 4) {
            x.w[i] = mien_f_from_i32((x.entries[i] + 128) ^ 1);
        } else {
            mien_f kept = x.w[i];
            x.w[i] = x.w[k];
            x.w[k] = kept;
            if (mien_f_equal(x.w[i], x.w[k])) continue;
        }
        count_values(&x);
        CHECK_INT(prove_and_verify(&c, &x), MIEN_PROOF_INVALID);
    }
}

/* Proofs for one commitment, key check or threshold, shown with another. */
static void test_other_claims(void) {
    make(&c, &x, LINKED_OUTPUT);
    REQUIRE(prove(&c, &x) == MIEN_OK);
    claim other = c;
    other.shape.pairs = other.pairs;
    CHECK_INT(verify(&other, proof_length), MIEN_OK);
    other.output.digest[0] = mien_f_add(other.output.digest[0], MIEN_F_ONE);
    CHECK_INT(verify(&other, proof_length), MIEN_PROOF_INVALID);
    make(&c, &x, LINKED_MATCH);
    REQUIRE(prove(&c, &x) == MIEN_OK);
    other = c;
    other.shape.pairs = other.pairs;
    other.match.threshold = mien_f_from_u32(65535);
    CHECK_INT(verify(&other, proof_length), MIEN_PROOF_INVALID);
    other = c;
    other.shape.pairs = other.pairs;
    other.match.digest[MIEN_MATCH_CHAIN_KEY_CHECK][3] = MIEN_F_ONE;
    CHECK_INT(verify(&other, proof_length), MIEN_PROOF_INVALID);
    CHECK_INT(verify(&c, proof_length), MIEN_OK);
}

/* A section that is false by itself: a vector far from the template. */
static void test_no_match(void) {
    make(&c, &x, LINKED_MATCH);
    for (size_t i = 0; i < ENTRIES; i++) {
        int opposite = -x.opening.template_vector[i];
        x.opening.embedding[i] = (int8_t)(opposite > 127 ? 127 : opposite);
        x.w[i] = mien_f_from_i32(x.opening.embedding[i] + 128);
    }
    count_values(&x);
    CHECK_INT(prove_and_verify(&c, &x), MIEN_PROOF_INVALID);
}

/* Without the statements, or with one pair in another place. */
static void test_other_statements(void) {
    make(&c, &x, LINKED_OUTPUT);
    x.no_replay = true;
    CHECK_INT(prove_and_verify(&c, &x), MIEN_PROOF_INVALID);
    x.no_replay = false;
    claim other = c;
    other.pairs[3] = c.pairs[4];
    other.pairs[4] = c.pairs[3];
    other.shape.pairs = other.pairs;
    CHECK_INT(prove(&other, &x), MIEN_ARGUMENT);
    other.pairs[3] = c.pairs[3];
    other.pairs[4] = c.pairs[4];
    other.shape.form_count++;
    CHECK_INT(prove(&other, &x), MIEN_PROOF_INVALID);
}

static void test_changed_proofs(void) {
    make(&c, &x, LINKED_MATCH);
    REQUIRE(prove_and_verify(&c, &x) == MIEN_OK);
    printf("%zu bytes, %u pads, %u pairs, %zu rows\n", proof_length, c.shape.pad_count,
           c.shape.pair_count, mien_pads_rows(&c.shape));
    for (int round = 0; round < 600; round++) {
        size_t i = harness_random_below(proof_length);
        uint8_t kept = proof[i];
        proof[i] ^= (uint8_t)(1u << harness_random_below(8));
        CHECK(verify(&c, proof_length) != MIEN_OK);
        proof[i] = kept;
    }
    for (int round = 0; round < 100; round++)
        CHECK(verify(&c, harness_random_below(proof_length)) != MIEN_OK);
    CHECK_INT(verify(&c, proof_length), MIEN_OK);
}

int main(void) {
    uint8_t seed[32];
    harness_random_bytes(seed, sizeof seed);
    seeded = mien_random_seeded(&random_state, seed);
    RUN(test_true_statements);
    RUN(test_false_witnesses);
    RUN(test_wrong_pads);
    RUN(test_other_entries);
    RUN(test_other_claims);
    RUN(test_no_match);
    RUN(test_other_statements);
    RUN(test_changed_proofs);
    return harness_end();
}
