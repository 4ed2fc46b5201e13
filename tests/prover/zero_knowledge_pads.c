/* SPDX-License-Identifier: MIT */
/* That padded messages and zk-Ligero about their pads together tell nothing but the statement, on
 * toy parameters: messages m_0, m_1 with m_0 m_1 = 6 and m_0 + m_1 = 5, which (2, 3) and (3, 2)
 * satisfy.
 *
 * What the verifier sees is the wire (m_i + pad_i), then the view of zk-Ligero. For fixed
 * challenges
 *   1. the wire is uniform for each pair of messages: rank of its differences by the pads' words;
 *   2. given the wire and the messages, so the pads, the rest of the view is uniform on what the
 *      verifier accepts: ranks, as in zero_knowledge.c;
 *   3. what the verifier accepts depends on the wire alone: weights and target of both messages'
 *      systems are equal.
 * So both pairs give the same distribution. Each mistake must change a verdict. */
#include "prover/circuits/pads_assign.h"
#include "prover/ligero/prove.h"
#include "prover/ligero/verify.h"
#include "tests/harness.h"
#include "tests/prover/ranks.h"

static const mien_proof_parameters toy_parameters = {
    .id = 99, .log2_slots = 2, .log2_length = 6, .queries = 3, .grinding_bits = 0};

enum {
    M = 4,
    Q = 3,
    K = M + Q,
    N = 64,
    MESSAGES = 2,
    ROWS = 3 + 9, /* ten words, nine points */
    MASK_WORDS = MIEN_LIGERO_MASKS * MIEN_K_DEGREE,
    WORDS = ROWS * Q + MASK_WORDS * K,
    WIRE = MESSAGES * MIEN_K_DEGREE,
    RESPONSES = K + (2 * M + Q - 1) + (M + 2 * Q - 1),
    MAX_OPENED = Q + 1,
    REST = RESPONSES * MIEN_K_DEGREE + MAX_OPENED * MASK_WORDS,
    VIEW = REST + MAX_OPENED * ROWS
};

#define MISTAKES(X)                                                                                \
    X(none)                                                                                        \
    X(unpadded_message)      /* the second message in the clear */                                 \
    X(pad_twice)             /* one pad for both messages */                                       \
    X(short_pad)             /* a pad with a word that is zero */                                  \
    X(one_column_more)       /* q + 1 columns opened */                                            \
    X(row_randomness_reused) /* a row of pads and a row of products alike */                       \
    X(linear_unmasked)                                                                             \
    X(target_of_messages) /* a statement's constant that depends on a message */
typedef enum mistake_id {
#define X(name) MISTAKE_##name,
    MISTAKES(X)
#undef X
        MISTAKE_COUNT
} mistake_id;
static const char *const mistake_names[] = {
#define X(name) #name,
    MISTAKES(X)
#undef X
};

static const uint32_t solutions[2][MESSAGES] = {{2, 3}, {3, 2}};

typedef struct controlled {
    mistake_id mistake;
    mien_k pads[MESSAGES], wire[MESSAGES];
    mien_f random_words[WORDS];
    mien_k proximity[ROWS + MIEN_LIGERO_MASKS - 1], alpha, products[3];
    uint32_t columns[MAX_OPENED];
    mien_f view[VIEW]; /* responses, then masks of the opened columns, then their rows */
} controlled;

static _Alignas(64) uint8_t pads_memory[1 << 16], prove_memory[1 << 20], verify_memory[1 << 18];
static uint8_t proof[1 << 15];
static mien_random_seeded_state random_state;
static mien_random seeded;

static mien_f random_f(void) {
    uint32_t word;
    do word = (uint32_t)harness_random() & 0x7fffffffu;
    while (word >= MIEN_F_MODULUS);
    return MIEN_F_RAW(word);
}
static mien_k random_k(void) {
    mien_k r;
    for (int l = 0; l < MIEN_K_DEGREE; l++) r.c[l] = random_f();
    return r;
}
static mien_k small(int32_t value) {
    return mien_k_from_f(mien_f_from_i32(value));
}

static size_t opened(const controlled *c) {
    return c->mistake == MISTAKE_one_column_more ? Q + 1 : Q;
}
static size_t rest_length(const controlled *c) {
    return RESPONSES * MIEN_K_DEGREE + opened(c) * MASK_WORDS;
}

static void choose(controlled *c) {
    for (size_t i = 0; i < ROWS + MIEN_LIGERO_MASKS - 1; i++) c->proximity[i] = random_k();
    for (size_t i = 0; i < 3; i++) c->products[i] = random_k();
    c->alpha = random_k();
    for (size_t j = 0; j < MAX_OPENED; j++) c->columns[j] = (uint32_t)(17 * j + 5);
    for (size_t i = 0; i < WORDS; i++) c->random_words[i] = random_f();
    for (size_t i = 0; i < MESSAGES; i++) c->pads[i] = random_k();
}

/* ---- the statement */
static const mien_form_pair pair = {0, 1};
static const mien_pads_shape shape = {2, MESSAGES, &pair, 1, 2, 0, 0};

/* Pads that are used; `solution` is what is hidden. */
static void used_pads(mien_k used[MESSAGES], const controlled *c) {
    memcpy(used, c->pads, sizeof c->pads);
    if (c->mistake == MISTAKE_unpadded_message) used[1] = MIEN_K_ZERO;
    if (c->mistake == MISTAKE_pad_twice) used[1] = used[0];
    if (c->mistake == MISTAKE_short_pad) used[0].c[3] = MIEN_F_ZERO;
}
static void send(controlled *c, int solution) {
    mien_k used[MESSAGES];
    used_pads(used, c);
    for (size_t i = 0; i < MESSAGES; i++)
        c->wire[i] = mien_k_add(small((int32_t)solutions[solution][i]), used[i]);
}

static void give(mien_pads *pads, const controlled *c, int solution) {
    mien_checker checker = mien_pads_checker(pads);
    mien_form form;
    const mien_form_product product = {0, 1, MIEN_K_ONE};
    mien_form_constant(&form, small(-6));
    CHECK_INT(checker.check(checker.context, &form, &product, 1), MIEN_OK);
    mien_form_constant(&form, small(-5));
    if (c->mistake == MISTAKE_target_of_messages) form.constant = small(-5 - solution);
    for (uint32_t i = 0; i < MESSAGES; i++) mien_form_add(&form, MIEN_K_ONE, i);
    CHECK_INT(checker.check(checker.context, &form, NULL, 0), MIEN_OK);
    CHECK_INT(mien_pads_complete(pads), MIEN_OK);
}

static mien_ligero_system make_system(mien_pads *pads, mien_ligero_product *products,
                                      const controlled *c, int solution) {
    if (mien_pads_init(pads, &shape, c->wire, pads_memory, sizeof pads_memory) != MIEN_OK) abort();
    give(pads, c, solution);
    return mien_pads_system(pads, products);
}

/* ---- a run under control */
static void make_mistake(mistake_id mistake, mien_f *words) {
    mien_f *masks = words + ROWS * Q;
    if (mistake == MISTAKE_row_randomness_reused) memcpy(words + 5 * Q, words, Q * sizeof *words);
    if (mistake == MISTAKE_linear_unmasked)
        memset(masks + MIEN_LIGERO_MASK_LINEAR_LOW * MIEN_K_DEGREE * K, 0,
               2 * MIEN_K_DEGREE * K * sizeof *masks);
}

static void look(controlled *c, const mien_ligero_view *view) {
    mien_f *out = c->view;
    memcpy(out, view->responses, RESPONSES * sizeof *view->responses);
    out += RESPONSES * MIEN_K_DEGREE;
    for (int rows = 0; rows < 2; rows++)
        for (size_t j = 0; j < opened(c); j++)
            for (size_t e = rows ? 0 : ROWS; e < (rows ? ROWS : ROWS + MASK_WORDS); e++)
                *out++ = view->codewords[(e / 16 * N + c->columns[j]) * 16 + e % 16];
}

static void control(void *context, mien_ligero_step step, mien_ligero_view *view) {
    controlled *c = context;
    if (step == MIEN_LIGERO_STEP_RANDOMNESS) {
        memcpy(view->random_words, c->random_words, sizeof c->random_words);
        make_mistake(c->mistake, view->random_words);
    }
    if (step == MIEN_LIGERO_STEP_CHALLENGES) {
        memcpy(view->challenges->proximity, c->proximity, sizeof c->proximity);
        memcpy(view->challenges->products, c->products, sizeof c->products);
        view->challenges->linear = c->alpha;
    }
    if (step == MIEN_LIGERO_STEP_COLUMNS) look(c, view);
}

static mien_status prove(size_t *length, const mien_ligero_system *system, const mien_f *rows,
                         const mien_k *wire, const mien_ligero_observer *observer) {
    mien_transcript transcript;
    mien_ligero_prover *prover;
    mien_writer writer = mien_writer_of(proof, sizeof proof);
    mien_transcript_start(&transcript, "toy");
    MIEN_TRY(mien_ligero_commit(&prover, &transcript, &writer, &toy_parameters, system, rows,
                                prove_memory, sizeof prove_memory, &seeded, NULL, NULL, observer));
    uint8_t encoded[MESSAGES * MIEN_K_BYTES];
    for (size_t i = 0; i < MESSAGES; i++) mien_k_to_bytes(encoded + i * MIEN_K_BYTES, wire[i]);
    mien_transcript_k(&transcript, "messages", encoded, MESSAGES);
    MIEN_TRY(mien_write_bytes(&writer, encoded, sizeof encoded));
    MIEN_TRY(mien_ligero_respond(prover, &transcript, &writer, NULL));
    *length = writer.used;
    return MIEN_OK;
}

static void run(controlled *c, int solution) {
    mien_pads pads;
    mien_ligero_product products[3];
    mien_k used[MESSAGES];
    mien_f rows[ROWS * M];
    size_t length;
    mien_ligero_observer observer = {control, c};
    send(c, solution);
    used_pads(used, c);
    mien_ligero_system system = make_system(&pads, products, c, solution);
    CHECK_INT(system.rows, ROWS);
    mien_pads_assign(rows, &shape, used);
    CHECK_INT(prove(&length, &system, rows, c->wire, &observer), MIEN_OK);
}

/* ---- 1. */
static bool wire_is_uniform(controlled *c, int solution) {
    static mien_f m[WIRE][WIRE];
    mien_k base[MESSAGES];
    send(c, solution);
    memcpy(base, c->wire, sizeof base);
    for (size_t i = 0; i < WIRE; i++) {
        mien_f *word = &c->pads[i / MIEN_K_DEGREE].c[i % MIEN_K_DEGREE], kept = *word;
        *word = mien_f_add(kept, MIEN_F_ONE);
        send(c, solution);
        *word = kept;
        for (size_t k = 0; k < WIRE; k++)
            m[i][k] = mien_f_sub(c->wire[k / MIEN_K_DEGREE].c[k % MIEN_K_DEGREE],
                                 base[k / MIEN_K_DEGREE].c[k % MIEN_K_DEGREE]);
    }
    return rank_of(&m[0][0], WIRE, WIRE, 0, WIRE) == WIRE;
}

/* ---- 2. */
static void differences(mien_f (*m)[VIEW], controlled *c, int solution, size_t first,
                        size_t count) {
    static mien_f base[VIEW];
    run(c, solution);
    memcpy(base, c->view, sizeof base);
    for (size_t i = 0; i < count; i++) {
        mien_f kept = c->random_words[first + i];
        c->random_words[first + i] = mien_f_add(kept, MIEN_F_ONE);
        run(c, solution);
        c->random_words[first + i] = kept;
        for (size_t k = 0; k < VIEW; k++) m[i][k] = mien_f_sub(c->view[k], base[k]);
    }
}

static bool rest_is_uniform(controlled *c, int solution) {
    static mien_f m[WORDS][VIEW];
    size_t rest = rest_length(c), equations = MIEN_K_DEGREE * (3 * opened(c) + 1);
    differences(m, c, solution, 0, ROWS * Q);
    size_t rows_rank = rank_of(&m[0][0], VIEW, ROWS * Q, rest, ROWS * opened(c));
    differences(m, c, solution, ROWS * Q, MASK_WORDS * K);
    size_t rest_rank = rank_of(&m[0][0], VIEW, MASK_WORDS * K, 0, rest);
    return rows_rank == ROWS * opened(c) && rest_rank == rest - equations;
}

/* ---- 3. */
typedef struct accepted {
    mien_k weight[ROWS][M], target;
} accepted;
static void take(void *context, size_t row, const mien_k *coefficients) {
    accepted *a = context;
    memcpy(a->weight[row], coefficients, sizeof a->weight[row]);
}
static void find_accepted(accepted *a, const controlled *c, int solution) {
    static _Alignas(64) uint8_t scratch[1 << 14];
    mien_pads pads;
    mien_ligero_product products[3];
    mien_ligero_system system = make_system(&pads, products, c, solution);
    mien_ligero_row_sink sink = {take, a};
    if (system.scratch_size > sizeof scratch) abort();
    memset(a, 0, sizeof *a);
    a->target = system.combine(&pads, scratch, c->alpha, c->alpha, &sink);
}
/* The same wire, by either pair of messages. */
static bool wire_decides(controlled *c) {
    accepted first, second;
    send(c, 0);
    find_accepted(&first, c, 0);
    find_accepted(&second, c, 1);
    return memcmp(&first, &second, sizeof first) == 0;
}

static void test_ranks_and_mistakes(void) {
    static controlled c;
    for (int mistake = 0; mistake < MISTAKE_COUNT; mistake++) {
        choose(&c);
        c.mistake = (mistake_id)mistake;
        bool perfect = wire_decides(&c);
        for (int solution = 0; solution < 2; solution++)
            perfect &= wire_is_uniform(&c, solution) && rest_is_uniform(&c, solution);
        bool expected = mistake == MISTAKE_none;
        if (perfect != expected)
            printf("  %s: %s\n", mistake_names[mistake], expected ? "leaks" : "not noticed");
        CHECK_INT(perfect, expected);
    }
}

/* ---- whole proofs as bytes, from their own randomness and challenges */
enum {
    SAMPLES = 4000,
    BUCKETS = 16,
    LENGTH = 32 + WIRE * 4 + RESPONSES * MIEN_K_BYTES + 8 + Q * (32 + 4 * (ROWS + MASK_WORDS))
};
/* Chi-square above 75 with 15 degrees of freedom: probability 6e-10. */
#define LIMIT 75

static void verify(const controlled *c, int solution, size_t length) {
    mien_pads pads;
    mien_ligero_product products[3];
    uint8_t root[32];
    const uint8_t *wire = proof;
    mien_transcript transcript;
    mien_reader reader = mien_reader_of(proof, length);
    mien_ligero_system system = make_system(&pads, products, c, solution);
    mien_transcript_start(&transcript, "toy");
    CHECK_INT(mien_ligero_verify_start(root, &transcript, &reader), MIEN_OK);
    CHECK_INT(mien_read_view(&reader, &wire, WIRE * 4), MIEN_OK);
    mien_transcript_k(&transcript, "messages", wire, MESSAGES);
    CHECK_INT(mien_ligero_verify_finish(root, &transcript, &reader, &toy_parameters, &system,
                                        verify_memory, sizeof verify_memory),
              MIEN_OK);
}

static double compare_bytes(mistake_id mistake) {
    static uint32_t seen[2][LENGTH][BUCKETS];
    static controlled c;
    memset(seen, 0, sizeof seen);
    c.mistake = mistake;
    for (int i = 0; i < 2 * SAMPLES; i++) {
        mien_pads pads;
        mien_ligero_product products[3];
        mien_k used[MESSAGES];
        mien_f rows[ROWS * M];
        size_t length;
        if (mien_pads_draw(c.pads, MESSAGES, &seeded) != MIEN_OK) abort();
        send(&c, i % 2);
        used_pads(used, &c);
        mien_ligero_system system = make_system(&pads, products, &c, i % 2);
        mien_pads_assign(rows, &shape, used);
        CHECK_INT(prove(&length, &system, rows, c.wire, NULL), MIEN_OK);
        if (i < 20) verify(&c, i % 2, length);
        for (size_t k = 0; k < LENGTH; k++) seen[i % 2][k][proof[k] >> 4 ^ (proof[k] & 15)]++;
    }
    double worst = 0;
    for (size_t k = 0; k < LENGTH; k++) {
        double sum = 0;
        for (size_t b = 0; b < BUCKETS; b++) {
            double x = seen[0][k][b], y = seen[1][k][b];
            if (x + y > 0) sum += (x - y) * (x - y) / (x + y);
        }
        worst = sum > worst ? sum : worst;
    }
    return worst;
}

static void test_two_solutions_give_like_bytes(void) {
    double same = compare_bytes(MISTAKE_none), told = compare_bytes(MISTAKE_unpadded_message);
    printf("two solutions: worst chi-square %.1f, a message unpadded %.0f (limit %d)\n", same, told,
           LIMIT);
    CHECK(same < LIMIT);
    CHECK(told > LIMIT);
}

int main(void) {
    uint8_t seed[32];
    harness_random_bytes(seed, sizeof seed);
    seeded = mien_random_seeded(&random_state, seed);
    RUN(test_ranks_and_mistakes);
    RUN(test_two_solutions_give_like_bytes);
    return harness_end();
}
