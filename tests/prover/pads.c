/* SPDX-License-Identifier: MIT */
/* Statements about padded messages, proved by zk-Ligero: the combined constraints against those
 * written out one by one, all small statements, and provers that cheat. */
#include "prover/circuits/pads_assign.h"
#include "prover/ligero/prove.h"
#include "prover/ligero/sections.h"
#include "prover/ligero/verify.h"
#include "prover/lookup/fraction_tree.h"
#include "tests/harness.h"

enum {
    LOG2_SLOTS = 4,
    SLOTS = 1 << LOG2_SLOTS,
    MAX_ROWS = 64,
    MESSAGES = 40,
    FORMS = 6,
    PAIRS = 7
};

static const mien_proof_parameters parameters = {
    .id = 99, .log2_slots = LOG2_SLOTS, .log2_length = 8, .queries = 12, .grinding_bits = 3};
static mien_random_seeded_state random_state;
static mien_random seeded;
static _Alignas(64) uint8_t prove_memory[4 << 20], verify_memory[1 << 20];
static _Alignas(64) uint8_t pads_memory[1 << 17], other_pads_memory[1 << 17];
static uint8_t proof[1 << 17];

static mien_f random_f(void) {
    return MIEN_F_RAW((uint32_t)harness_random_below(MIEN_F_MODULUS));
}
static mien_k random_k(void) {
    mien_k r;
    for (int i = 0; i < MIEN_K_DEGREE; i++) r.c[i] = random_f();
    return r;
}

/* ---- statements about messages: forms of random terms, FORMS of them, PAIRS products */
typedef struct statement {
    mien_form form[FORMS];
    mien_form_product product[PAIRS];
    size_t first_product[FORMS + 1];
    mien_form_pair pairs[PAIRS];
    mien_k link[2 * SLOTS]; /* of the last form */
    mien_pads_shape shape;
} statement;

static void random_products(statement *s) {
    for (size_t i = 0; i < PAIRS; i++) {
        uint32_t left = (uint32_t)harness_random_below(MESSAGES);
        uint32_t right = (uint32_t)harness_random_below(MESSAGES);
        s->product[i] = (mien_form_product){left, right, random_k()};
        s->pairs[i] = (mien_form_pair){left, right};
    }
    s->first_product[0] = 0;
    for (size_t f = 1; f < FORMS; f++)
        s->first_product[f] = s->first_product[f - 1] + harness_random_below(3);
    for (size_t f = 1; f < FORMS; f++)
        if (s->first_product[f] > PAIRS) s->first_product[f] = PAIRS;
    s->first_product[FORMS - 1] = s->first_product[FORMS] = PAIRS; /* the linked one has none */
}

/* links: linked slots, or 0. */
static void random_statement(statement *s, uint32_t links) {
    random_products(s);
    for (size_t f = 0; f < FORMS; f++) {
        mien_form_constant(&s->form[f], random_k());
        for (size_t i = harness_random_below(20) + 1; i > 0; i--)
            mien_form_add(&s->form[f], random_k(), (uint32_t)harness_random_below(MESSAGES));
    }
    for (size_t i = 0; i < 2 * SLOTS; i++) s->link[i] = random_k();
    s->shape = (mien_pads_shape){LOG2_SLOTS, MESSAGES, s->pairs, PAIRS, FORMS, 0, links};
    s->shape.link_row = (uint32_t)mien_pads_rows(&s->shape);
}

static const mien_form_product *products_of(const statement *s, size_t f, size_t *count) {
    *count = s->first_product[f + 1] - s->first_product[f];
    return s->product + s->first_product[f];
}

/* Constants that make every statement true of these messages and linked slots. */
static void make_true(statement *s, const mien_k *messages, const mien_f *linked) {
    for (size_t f = 0; f < FORMS; f++) {
        size_t count;
        const mien_form_product *products = products_of(s, f, &count);
        mien_k value = mien_form_value(&s->form[f], products, count, messages);
        if (f == FORMS - 1 && s->shape.link_count > 0)
            value = mien_k_sub(value, mien_k_dot_f(s->link, linked, s->shape.link_count));
        s->form[f].constant = mien_k_sub(s->form[f].constant, value);
    }
}

static mien_status give(mien_pads *pads, const statement *s) {
    mien_checker checker = mien_pads_checker(pads);
    for (size_t f = 0; f < FORMS; f++) {
        size_t count;
        const mien_form_product *products = products_of(s, f, &count);
        if (f == FORMS - 1 && s->shape.link_count > 0)
            MIEN_TRY(mien_pads_link(pads, &s->form[f], s->link));
        else
            MIEN_TRY(checker.check(checker.context, &s->form[f], products, count));
    }
    return mien_pads_complete(pads);
}

/* ---- the combined constraints, for any rows at all */
typedef struct collected {
    mien_k weight[MAX_ROWS][SLOTS];
} collected;

static void collect(void *context, size_t row, const mien_k *coefficients) {
    collected *c = context;
    for (size_t h = 0; h < SLOTS; h++)
        c->weight[row][h] = mien_k_add(c->weight[row][h], coefficients[h]);
}

/* What nine values at 0 .. 8 say the product is: coefficients by Newton's divided differences. */
static mien_k interpolated(const mien_f *values) {
    mien_f d[MIEN_PADS_POINTS], sum[MIEN_PADS_POINTS];
    memcpy(d, values, sizeof d);
    for (int level = 1; level < MIEN_PADS_POINTS; level++)
        for (int i = MIEN_PADS_POINTS - 1; i >= level; i--)
            d[i] = mien_f_mul(mien_f_sub(d[i], d[i - 1]), mien_f_inverse(mien_f_from_i32(level)));
    memset(sum, 0, sizeof sum);
    for (int i = MIEN_PADS_POINTS - 1; i >= 0; i--) { /* sum = sum (X - i) + d[i] */
        for (int k = MIEN_PADS_POINTS - 1; k > 0; k--)
            sum[k] = mien_f_sub(sum[k - 1], mien_f_mul(sum[k], mien_f_from_i32(i)));
        sum[0] = mien_f_sub(d[i], mien_f_mul(sum[0], mien_f_from_i32(i)));
    }
    return mien_k_from_product(sum);
}

/* Slot of row `kind` (left, right, result) at point t of pair j. */
static const mien_f *point_slot(const mien_f *rows, const mien_pads_shape *shape, size_t kind,
                                size_t j, size_t t) {
    size_t first = mien_pads_rows(shape) - 3 * mien_pads_product_count(shape);
    size_t i = MIEN_PADS_POINTS * j + t;
    return rows + (first + i / SLOTS * 3 + kind) * SLOTS + i % SLOTS;
}

static mien_f tie_residual(const statement *s, const mien_f *rows, size_t side, size_t j,
                           size_t t) {
    uint32_t pad = side == 0 ? s->pairs[j].left : s->pairs[j].right;
    mien_f value = mien_f_evaluate(rows + MIEN_K_DEGREE * (size_t)pad, MIEN_K_DEGREE,
                                   mien_f_from_u32((uint32_t)t));
    return mien_f_sub(*point_slot(rows, &s->shape, side, j, t), value);
}

/* Left side of statement f with m_i = wire_i - words of pad i, but products of pads as results. */
static mien_k form_residual(const statement *s, const mien_f *rows, const mien_k *wire, size_t f) {
    mien_k messages[MESSAGES], pads[MESSAGES];
    size_t count;
    const mien_form_product *products = products_of(s, f, &count);
    memcpy(pads, rows, sizeof pads);
    for (size_t i = 0; i < MESSAGES; i++) messages[i] = mien_k_sub(wire[i], pads[i]);
    mien_k sum = mien_form_value(&s->form[f], products, count, messages);
    for (size_t n = 0; n < count; n++) {
        mien_f results[MIEN_PADS_POINTS];
        size_t j = s->first_product[f] + n;
        for (size_t t = 0; t < MIEN_PADS_POINTS; t++)
            results[t] = *point_slot(rows, &s->shape, 2, j, t);
        mien_k claimed = interpolated(results);
        mien_k real = mien_k_mul(pads[products[n].left], pads[products[n].right]);
        sum = mien_k_add(sum, mien_k_mul(products[n].coefficient, mien_k_sub(claimed, real)));
    }
    if (f == FORMS - 1 && s->shape.link_count > 0)
        sum = mien_k_sub(
            sum, mien_k_dot_f(s->link, rows + s->shape.link_row * SLOTS, s->shape.link_count));
    return sum;
}

/* sum over all constraints of first alpha^c times what is wrong with it */
static mien_k all_residuals(const statement *s, const mien_f *rows, const mien_k *wire,
                            mien_k alpha, mien_k first) {
    mien_k sum = MIEN_K_ZERO, power = first;
    for (size_t j = 0; j < PAIRS; j++)
        for (size_t side = 0; side < 2; side++)
            for (size_t t = 0; t < MIEN_PADS_POINTS; t++, power = mien_k_mul(power, alpha))
                sum = mien_k_add(sum, mien_k_mul_f(power, tie_residual(s, rows, side, j, t)));
    for (size_t f = 0; f < FORMS; f++) {
        mien_k residual = form_residual(s, rows, wire, f);
        for (int l = 0; l < MIEN_K_DEGREE; l++, power = mien_k_mul(power, alpha))
            sum = mien_k_add(sum, mien_k_mul_f(power, residual.c[l]));
    }
    return sum;
}

static void test_combination_is_all_constraints(void) {
    static statement s;
    static collected c;
    static mien_f rows[MAX_ROWS * SLOTS];
    static _Alignas(64) uint8_t scratch[1 << 17];
    mien_k wire[MESSAGES];
    mien_ligero_product products[MAX_ROWS];
    mien_pads pads;
    for (int round = 0; round < 50; round++) {
        random_statement(&s, (uint32_t)harness_random_below(2 * SLOTS + 1));
        mien_k alpha = random_k(), first = random_k(), sum = MIEN_K_ZERO;
        for (size_t i = 0; i < MESSAGES; i++) wire[i] = random_k();
        REQUIRE(mien_pads_rows(&s.shape) + 2 <= MAX_ROWS);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) rows[i] = random_f();
        REQUIRE(mien_pads_init(&pads, &s.shape, wire, pads_memory, sizeof pads_memory) == MIEN_OK);
        REQUIRE(give(&pads, &s) == MIEN_OK);
        mien_ligero_system system = mien_pads_system(&pads, products);
        REQUIRE(system.scratch_size <= sizeof scratch);
        memset(&c, 0, sizeof c);
        mien_ligero_row_sink sink = {collect, &c};
        mien_k target = system.combine(system.instance, scratch, alpha, first, &sink);
        for (size_t row = 0; row < MAX_ROWS; row++)
            sum = mien_k_add(sum, mien_k_dot_f(c.weight[row], rows + row * SLOTS, SLOTS));
        CHECK(mien_k_equal(mien_k_sub(sum, target), all_residuals(&s, rows, wire, alpha, first)));
    }
}

/* ---- a section with linked slots: values below are any elements, with no constraint of their own
 */
static mien_k combine_nothing(const void *instance, void *scratch, mien_k alpha, mien_k first,
                              const mien_ligero_row_sink *sink) {
    (void)instance, (void)scratch, (void)alpha, (void)first, (void)sink;
    return MIEN_K_ZERO;
}
static const mien_ligero_system free_section = {
    .rows = 3, .slots = SLOTS, .combine = combine_nothing};

/* ---- one proof */
typedef struct run {
    statement said, held; /* to the verifier; what the prover works with */
    mien_k messages[MESSAGES], pads[MESSAGES], wire[MESSAGES];
    mien_f linked[3 * SLOTS];
    mien_f rows[MAX_ROWS * SLOTS]; /* assigned, may be changed */
    size_t length;
} run;

typedef struct joined {
    mien_pads pads;
    mien_ligero_sections sections;
    mien_ligero_product own[MAX_ROWS], products[MAX_ROWS];
    mien_ligero_system system;
} joined;

static mien_status join(joined *j, const statement *s, const mien_k *wire, uint8_t *memory) {
    MIEN_TRY(mien_pads_init(&j->pads, &s->shape, wire, memory, sizeof pads_memory));
    mien_ligero_system sections[2] = {mien_pads_system(&j->pads, j->own), free_section};
    return mien_ligero_join(&j->system, &j->sections, j->products, MAX_ROWS, sections, 2);
}

static void public_input(mien_transcript *transcript, const statement *s) {
    mien_transcript_start(transcript, "pads");
    mien_pads_absorb_shape(transcript, &s->shape);
}

/* Messages over the wire, 20 bytes each, in the clear of this test. */
static void absorb_wire(mien_transcript *transcript, const mien_k *wire) {
    uint8_t encoded[MESSAGES * MIEN_K_BYTES];
    for (size_t i = 0; i < MESSAGES; i++) mien_k_to_bytes(encoded + i * MIEN_K_BYTES, wire[i]);
    mien_transcript_k(transcript, "messages", encoded, MESSAGES);
}

static void start_run(run *r, uint32_t links) {
    random_statement(&r->said, links);
    for (size_t i = 0; i < MESSAGES; i++) r->messages[i] = random_k();
    for (size_t i = 0; i < 3 * SLOTS; i++) r->linked[i] = random_f();
    make_true(&r->said, r->messages, r->linked);
    r->held = r->said;
    r->held.shape.pairs = r->held.pairs;
    r->said.shape.pairs = r->said.pairs;
    REQUIRE(mien_pads_draw(r->pads, MESSAGES, &seeded) == MIEN_OK);
    for (size_t i = 0; i < MESSAGES; i++) r->wire[i] = mien_k_add(r->messages[i], r->pads[i]);
    memset(r->rows, 0, sizeof r->rows);
    mien_pads_assign(r->rows, &r->held.shape, r->pads);
    memcpy(r->rows + mien_pads_rows(&r->held.shape) * SLOTS, r->linked, sizeof r->linked);
}

static mien_status prove(run *r) {
    static joined j;
    mien_ligero_prover *prover;
    mien_transcript transcript;
    mien_writer writer = mien_writer_of(proof, sizeof proof);
    MIEN_TRY(join(&j, &r->held, r->wire, pads_memory));
    public_input(&transcript, &r->said);
    MIEN_TRY(mien_ligero_commit(&prover, &transcript, &writer, &parameters, &j.system, r->rows,
                                prove_memory, sizeof prove_memory, &seeded, NULL, NULL, NULL));
    absorb_wire(&transcript, r->wire);
    MIEN_TRY(give(&j.pads, &r->held));
    MIEN_TRY(mien_ligero_respond(prover, &transcript, &writer, NULL));
    r->length = writer.used;
    return mien_ligero_respond(prover, &transcript, &writer, NULL) == MIEN_ARGUMENT ? MIEN_OK
                                                                                    : MIEN_ARGUMENT;
}

static mien_status verify(const run *r) {
    static joined j;
    uint8_t root[MIEN_MERKLE_DIGEST];
    mien_transcript transcript;
    mien_reader reader = mien_reader_of(proof, r->length);
    MIEN_TRY(join(&j, &r->said, r->wire, other_pads_memory));
    public_input(&transcript, &r->said);
    MIEN_TRY(mien_ligero_verify_start(root, &transcript, &reader));
    absorb_wire(&transcript, r->wire);
    MIEN_TRY(give(&j.pads, &r->said));
    MIEN_TRY(mien_ligero_verify_finish(root, &transcript, &reader, &parameters, &j.system,
                                       verify_memory, sizeof verify_memory));
    return mien_read_end(&reader);
}

static mien_status prove_and_verify(run *r) {
    MIEN_TRY(prove(r));
    return verify(r);
}

static void test_true_statements(void) {
    static run r;
    for (int round = 0; round < 40; round++) {
        start_run(&r, round % 3 == 0 ? 0 : (uint32_t)(1 + harness_random_below(2 * SLOTS)));
        CHECK_INT(prove_and_verify(&r), MIEN_OK);
    }
}

/* ---- cheats: X(name, what) */
#define CHEATS(X)                                                                                  \
    X(wrong_pad, "a message padded with something else than its pad")                              \
    X(pad_twice, "two messages with one pad")                                                      \
    X(pads_exchanged, "two messages with each other's pads")                                       \
    X(committed_word, "a word of a pad changed, its points unchanged")                             \
    X(wrong_product, "a product of pads that is none")                                             \
    X(moved_factor, "a point of a factor changed, the product made to fit")                        \
    X(product_of_others, "a product of two other pads")                                            \
    X(false_statement, "messages for which a statement is false")                                  \
    X(forms_exchanged, "two statements in the other order, or one in place of two")                \
    X(form_altered, "a coefficient of a statement")                                                \
    X(pairs_exchanged, "two products in the other order")                                          \
    X(pair_turned, "left and right of a product exchanged")                                        \
    X(wire_message, "a message changed after the proof")                                           \
    X(other_slots, "linked slots that hold something else")                                        \
    X(other_link, "coefficients of the link")                                                      \
    X(link_row, "linked to the row behind")

typedef enum cheat_id {
#define X(name, what) CHEAT_##name,
    CHEATS(X)
#undef X
        CHEAT_COUNT
} cheat_id;

static mien_f *slot(run *r, size_t kind, size_t j, size_t t) {
    return (mien_f *)point_slot(r->rows, &r->held.shape, kind, j, t);
}
static void add_one(mien_f *a) {
    *a = mien_f_add(*a, MIEN_F_ONE);
}
/* A message that some statement has a term of. */
static uint32_t used_message(const run *r) {
    return r->said.form[harness_random_below(FORMS)].message[0];
}

static void change_rows(run *r, cheat_id cheat) {
    size_t j = harness_random_below(PAIRS), t = harness_random_below(MIEN_PADS_POINTS);
    switch (cheat) {
    case CHEAT_committed_word:
        add_one(r->rows + MIEN_K_DEGREE * used_message(r) + harness_random_below(MIEN_K_DEGREE));
        break;
    case CHEAT_wrong_product:
        add_one(slot(r, 2, j, t));
        break;
    case CHEAT_moved_factor:
        add_one(slot(r, harness_random_below(2), j, t));
        *slot(r, 2, j, t) = mien_f_mul(*slot(r, 0, j, t), *slot(r, 1, j, t));
        break;
    case CHEAT_product_of_others:
        for (t = 0; t < MIEN_PADS_POINTS; t++)
            for (size_t kind = 0; kind < 3; kind++) *slot(r, kind, 0, t) = *slot(r, kind, 1, t);
        break;
    case CHEAT_other_slots:
        add_one(r->rows + r->held.shape.link_row * SLOTS + harness_random_below(SLOTS));
        break;
    default:
        break;
    }
}

static void change_wire(run *r, cheat_id cheat) {
    uint32_t a = used_message(r), b = (a + 1) % MESSAGES;
    switch (cheat) {
    case CHEAT_wrong_pad:
    case CHEAT_false_statement:
        r->wire[a] = mien_k_add(r->wire[a], cheat == CHEAT_wrong_pad ? random_k() : MIEN_K_ONE);
        break;
    case CHEAT_pads_exchanged:
        r->wire[b] = mien_k_add(r->messages[b], r->pads[a]); /* fall through */
        __attribute__((fallthrough));
    case CHEAT_pad_twice:
        r->wire[a] = mien_k_add(r->messages[a], r->pads[b]);
        break;
    default:
        break;
    }
}

static void change_held(run *r, cheat_id cheat) {
    statement *held = &r->held;
    mien_form kept = held->form[FORMS - 2];
    mien_form_pair pair = held->pairs[0];
    switch (cheat) {
    case CHEAT_forms_exchanged:
        held->form[FORMS - 2] = held->form[0];
        if (harness_random_below(2)) held->form[0] = kept;
        break;
    case CHEAT_form_altered:
        held->form[1].coefficient[0] = random_k();
        break;
    case CHEAT_pairs_exchanged:
        held->product[0].left = held->pairs[0].left = held->pairs[1].left;
        held->product[0].right = held->pairs[0].right = held->pairs[1].right;
        held->product[1].left = held->pairs[1].left = pair.left;
        held->product[1].right = held->pairs[1].right = pair.right;
        mien_pads_assign(r->rows, &held->shape, r->pads);
        break;
    case CHEAT_other_link:
        held->link[3] = random_k();
        break;
    case CHEAT_link_row:
        held->shape.link_row++;
        break;
    default:
        break;
    }
}

/* Exchanging left and right of a product in the rows alone: the ties of both break. */
static void turn_pair(run *r) {
    for (size_t t = 0; t < MIEN_PADS_POINTS; t++) {
        mien_f kept = *slot(r, 0, 2, t);
        *slot(r, 0, 2, t) = *slot(r, 1, 2, t);
        *slot(r, 1, 2, t) = kept;
    }
}

/* Whether the cheat left everything as it was: equal pairs drawn by chance. */
static bool idle(const run *r, cheat_id cheat) {
    const mien_form_pair *p = r->said.pairs;
    if (cheat == CHEAT_pair_turned) return p[2].left == p[2].right;
    if (cheat == CHEAT_pairs_exchanged || cheat == CHEAT_product_of_others)
        return p[0].left == p[1].left && p[0].right == p[1].right;
    return false;
}

static void test_cheats(void) {
    static const char *const names[] = {
#define X(name, what) #name,
        CHEATS(X)
#undef X
    };
    static run r;
    for (int round = 0; round < 8; round++)
        for (int i = 0; i < CHEAT_COUNT; i++) {
            cheat_id cheat = (cheat_id)i;
            start_run(&r, SLOTS + 5);
            if (idle(&r, cheat)) continue;
            change_wire(&r, cheat);
            change_rows(&r, cheat);
            change_held(&r, cheat);
            if (cheat == CHEAT_pair_turned) turn_pair(&r);
            REQUIRE(prove(&r) == MIEN_OK);
            if (cheat == CHEAT_wire_message) {
                uint32_t a = used_message(&r);
                r.wire[a] = mien_k_add(r.wire[a], random_k());
            }
            mien_status status = verify(&r);
            if (status != MIEN_PROOF_INVALID) printf("  accepted: %s\n", names[i]);
            CHECK_INT(status, MIEN_PROOF_INVALID);
        }
}

/* A pad of its own for each message is what a commitment to equal pads does not take away from
 * soundness: committed as they are used, equal pads prove, and tell the difference. */
static void test_equal_pads_are_sound(void) {
    static run r;
    start_run(&r, 0);
    r.pads[3] = r.pads[5];
    for (size_t i = 0; i < MESSAGES; i++) r.wire[i] = mien_k_add(r.messages[i], r.pads[i]);
    mien_pads_assign(r.rows, &r.held.shape, r.pads);
    CHECK_INT(prove_and_verify(&r), MIEN_OK);
}

/* ---- m_0 m_1 = m_2 and m_0 + m_1 = 3 for all small messages: accepted exactly when true */
static void test_exhaustive(void) {
    static run r;
    for (uint32_t n = 0; n < 125; n++) {
        uint32_t m[3] = {n % 5, n / 5 % 5, n / 25};
        start_run(&r, 0);
        for (size_t f = 0; f < FORMS; f++) mien_form_constant(&r.said.form[f], MIEN_K_ZERO);
        for (size_t f = 0; f <= FORMS; f++) r.said.first_product[f] = f == 0 ? 0 : PAIRS;
        for (size_t i = 0; i < PAIRS; i++) {
            r.said.pairs[i] = (mien_form_pair){0, 1};
            r.said.product[i] = (mien_form_product){0, 1, i == 3 ? MIEN_K_ONE : MIEN_K_ZERO};
        }
        mien_form_add(&r.said.form[0], mien_k_neg(MIEN_K_ONE), 2);
        mien_form_constant(&r.said.form[4], mien_k_from_f(mien_f_from_i32(-3)));
        for (uint32_t i = 0; i < 2; i++) mien_form_add(&r.said.form[4], MIEN_K_ONE, i);
        for (size_t i = 0; i < 3; i++) {
            r.messages[i] = mien_k_from_f(mien_f_from_u32(m[i]));
            r.wire[i] = mien_k_add(r.messages[i], r.pads[i]);
        }
        r.held = r.said;
        r.held.shape.pairs = r.held.pairs;
        mien_pads_assign(r.rows, &r.held.shape, r.pads);
        bool holds = m[0] * m[1] == m[2] && m[0] + m[1] == 3;
        CHECK_INT(prove_and_verify(&r), holds ? MIEN_OK : MIEN_PROOF_INVALID);
    }
}

/* ---- what the checker refuses */
static void test_checker_counts(void) {
    static run r;
    mien_pads pads;
    start_run(&r, 3);
    const statement *s = &r.said;
    mien_form_product other = {MESSAGES, 0, MIEN_K_ONE};
    mien_checker checker = mien_pads_checker(&pads);
    REQUIRE(mien_pads_init(&pads, &s->shape, r.wire, pads_memory, sizeof pads_memory) == MIEN_OK);
    CHECK_INT(mien_pads_complete(&pads), MIEN_PROOF_INVALID);
    CHECK_INT(checker.check(&pads, &s->form[0], &other, 1), MIEN_ARGUMENT);
    CHECK_INT(give(&pads, s), MIEN_OK);
    CHECK_INT(checker.check(&pads, &s->form[0], NULL, 0), MIEN_ARGUMENT);
    CHECK_INT(mien_pads_link(&pads, &s->form[0], s->link), MIEN_ARGUMENT);
    REQUIRE(mien_pads_init(&pads, &s->shape, r.wire, pads_memory, sizeof pads_memory) == MIEN_OK);
    for (size_t f = 0; f + 1 < FORMS; f++) {
        size_t count;
        const mien_form_product *products = products_of(s, f, &count);
        CHECK_INT(checker.check(&pads, &s->form[f], products, count), MIEN_OK);
    }
    CHECK_INT(mien_pads_complete(&pads), MIEN_PROOF_INVALID); /* the link is missing */
    CHECK_INT(checker.check(&pads, &s->form[FORMS - 1], NULL, 0), MIEN_OK);
    CHECK_INT(mien_pads_complete(&pads), MIEN_PROOF_INVALID);
    mien_form stranger = s->form[0];
    stranger.message[0] = MESSAGES;
    REQUIRE(mien_pads_init(&pads, &s->shape, r.wire, pads_memory, sizeof pads_memory) == MIEN_OK);
    CHECK_INT(checker.check(&pads, &stranger, NULL, 0), MIEN_ARGUMENT);
}

static void test_shapes(void) {
    mien_form_pair pair = {3, 7};
    mien_pads_shape good = {LOG2_SLOTS, 8, &pair, 1, 1, 0, 0}, bad = good;
    CHECK_INT(mien_pads_check_shape(&good), MIEN_OK);
    CHECK_INT(mien_pads_rows(&good), 3 + 3);
    CHECK_INT(mien_pads_constraint_count(&good), 18 + 5);
    bad.pad_count = 7;
    CHECK_INT(mien_pads_check_shape(&bad), MIEN_ARGUMENT);
    bad = good, bad.pad_count = 1 << 18;
    CHECK_INT(mien_pads_check_shape(&bad), MIEN_ARGUMENT); /* too many rows of 16 */
    bad = good, bad.form_count = 0;
    CHECK_INT(mien_pads_check_shape(&bad), MIEN_ARGUMENT);
    bad = good, bad.log2_slots = 1;
    CHECK_INT(mien_pads_check_shape(&bad), MIEN_ARGUMENT);
    bad = good, bad.link_row = UINT32_MAX;
    CHECK_INT(mien_pads_check_shape(&bad), MIEN_ARGUMENT);
    CHECK_INT(mien_pads_workspace_size(&bad), 0);
}

/* Changed bytes and shorter proofs, root to last node. */
static void test_changed_bytes(void) {
    static run r;
    start_run(&r, 9);
    REQUIRE(prove_and_verify(&r) == MIEN_OK);
    size_t length = r.length;
    for (size_t i = 0; i < length; i++) {
        uint8_t kept = proof[i];
        proof[i] ^= (uint8_t)(1u << harness_random_below(8));
        CHECK_INT(verify(&r), MIEN_PROOF_INVALID);
        proof[i] = kept;
        if (i % 5 != 0) continue;
        r.length = i;
        CHECK_INT(verify(&r), MIEN_PROOF_INVALID);
        r.length = length;
    }
    CHECK_INT(verify(&r), MIEN_OK);
}

int main(void) {
    uint8_t seed[32];
    harness_random_bytes(seed, sizeof seed);
    seeded = mien_random_seeded(&random_state, seed);
    RUN(test_combination_is_all_constraints);
    RUN(test_true_statements);
    RUN(test_cheats);
    RUN(test_equal_pads_are_sound);
    RUN(test_exhaustive);
    RUN(test_checker_counts);
    RUN(test_shapes);
    RUN(test_changed_bytes);
    return harness_end();
}
