/* SPDX-License-Identifier: MIT */
/* That a proof tells nothing but its statement, on toy parameters.
 *
 * For fixed challenges the view of the verifier (three responses, opened columns) is an affine
 * function of the prover's randomness, one part after the other: opened row elements of the rows'
 * random coefficients, everything else of the masks. Ranks over F decide exactly: the view is
 * uniform on all views that the verifier accepts, for every witness, if and only if
 *   rank(rows part) = rows * opened columns and
 *   rank(masks part) = length of the rest - number of independent equations of the verifier.
 * The simulator below draws from just that set. Each mistake of MISTAKES must change a verdict. */
#include <math.h>

#include "prover/hash/merkle.h"
#include "tests/prover/ranks.h"
#include "tests/prover/toy_system.h"

static const mien_proof_parameters toy_parameters = {
    .id = 99, .log2_slots = 2, .log2_length = 6, .queries = 3, .grinding_bits = 0};

enum {
    M = 4,
    Q = 3,
    K = M + Q,
    N = 64,
    MASK_WORDS = MIEN_LIGERO_MASKS * MIEN_K_DEGREE,
    WORDS = TOY_ROWS * Q + MASK_WORDS * K, /* of randomness */
    RESPONSES = K + (2 * M + Q - 1) + (M + 2 * Q - 1),
    MAX_OPENED = Q + 1,
    VIEW = RESPONSES * MIEN_K_DEGREE + MAX_OPENED * (TOY_ROWS + MASK_WORDS)
};

#define MISTAKES(X)                                                                                \
    X(none)                                                                                        \
    X(linear_mask_in_two_rows)  /* halves without overlap */                                       \
    X(product_mask_in_two_rows) /* the same for the products */                                    \
    X(one_column_more)          /* q + 1 columns opened */                                         \
    X(row_randomness_reused)    /* two rows with the same random coefficients */                   \
    X(proximity_unmasked)       /* the first mask is zero */                                       \
    X(linear_unmasked)                                                                             \
    X(product_unmasked)                                                                            \
    X(mask_reused) /* linear mask low = proximity mask */
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

/* A prover under control: its randomness, challenges and columns are given. */
typedef struct controlled {
    mistake_id mistake;
    mien_f random_words[WORDS];
    mien_k proximity[TOY_ROWS + MIEN_LIGERO_MASKS - 1], linear, products[4];
    uint32_t columns[MAX_OPENED];
    mien_f view[VIEW]; /* responses, then per opened column its masks, then its rows */
    uint8_t salts[N][32];
} controlled;

static size_t opened(const controlled *c) {
    return c->mistake == MISTAKE_one_column_more ? Q + 1 : Q;
}
/* Length of the view without rows, and with them. */
static size_t rest_length(const controlled *c) {
    return RESPONSES * MIEN_K_DEGREE + opened(c) * MASK_WORDS;
}
static mien_f *mask_word(mien_f *random_words, size_t mask, size_t l, size_t i) {
    return random_words + TOY_ROWS * Q + (mask * MIEN_K_DEGREE + l) * K + i;
}
static void clear_mask(mien_f *random_words, size_t mask, size_t first, size_t end) {
    for (size_t l = 0; l < MIEN_K_DEGREE; l++)
        for (size_t i = first; i < end; i++) *mask_word(random_words, mask, l, i) = MIEN_F_ZERO;
}

static void make_mistake(mistake_id mistake, mien_f *words) {
    switch (mistake) {
    case MISTAKE_linear_mask_in_two_rows: /* X^(m-1+i) with m - 1 + i < k is low's already */
        clear_mask(words, MIEN_LIGERO_MASK_LINEAR_HIGH, 0, K - (M - 1));
        break;
    case MISTAKE_product_mask_in_two_rows:
        clear_mask(words, MIEN_LIGERO_MASK_PRODUCT_HIGH, 0, K - (Q - 1));
        break;
    case MISTAKE_row_randomness_reused:
        memcpy(words + Q, words, Q * sizeof *words);
        break;
    case MISTAKE_proximity_unmasked:
        clear_mask(words, MIEN_LIGERO_MASK_PROXIMITY, 0, K);
        break;
    case MISTAKE_linear_unmasked:
        clear_mask(words, MIEN_LIGERO_MASK_LINEAR_LOW, 0, K);
        clear_mask(words, MIEN_LIGERO_MASK_LINEAR_HIGH, 0, K);
        break;
    case MISTAKE_product_unmasked:
        clear_mask(words, MIEN_LIGERO_MASK_PRODUCT_LOW, 0, K);
        clear_mask(words, MIEN_LIGERO_MASK_PRODUCT_HIGH, 0, K);
        break;
    case MISTAKE_mask_reused:
        memcpy(mask_word(words, MIEN_LIGERO_MASK_LINEAR_LOW, 0, 0),
               mask_word(words, MIEN_LIGERO_MASK_PROXIMITY, 0, 0),
               MIEN_K_DEGREE * K * sizeof *words);
        break;
    default:
        break;
    }
}

static void look(controlled *c, const mien_ligero_view *view) {
    mien_f *out = c->view;
    memcpy(out, view->responses, RESPONSES * sizeof *view->responses);
    out += RESPONSES * MIEN_K_DEGREE;
    for (int rows = 0; rows < 2; rows++)
        for (size_t j = 0; j < opened(c); j++)
            for (size_t e = rows ? 0 : TOY_ROWS; e < (rows ? TOY_ROWS : TOY_ROWS + MASK_WORDS); e++)
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
        view->challenges->linear = c->linear;
    }
    if (step == MIEN_LIGERO_STEP_COLUMNS) {
        look(c, view);
        memcpy(c->salts, view->salts, sizeof c->salts);
    }
}

static void *memory;
static size_t memory_size;
static uint8_t proof[65536];
static mien_random_seeded_state random_state;
static mien_random seeded;

static mien_f random_f(void) {
    uint32_t word;
    do word = (uint32_t)harness_random() & 0x7fffffffu;
    while (word >= MIEN_F_MODULUS);
    return mien_f_from_u32(word);
}
static mien_k random_k(void) {
    mien_k r;
    for (int l = 0; l < MIEN_K_DEGREE; l++) r.c[l] = random_f();
    return r;
}

static void run(controlled *c, const mien_ligero_system *system, const mien_f *w) {
    mien_transcript transcript;
    mien_writer writer = mien_writer_of(proof, sizeof proof);
    mien_ligero_observer observer = {control, c};
    mien_transcript_start(&transcript, "toy");
    if (mien_ligero_prove(&transcript, &writer, &toy_parameters, system, w, memory, memory_size,
                          &seeded, NULL, NULL, &observer) != MIEN_OK)
        abort();
}

static void choose_challenges(controlled *c) {
    memset(c, 0, sizeof *c);
    for (size_t i = 0; i < TOY_ROWS + MIEN_LIGERO_MASKS - 1; i++) c->proximity[i] = random_k();
    for (size_t i = 0; i < 4; i++) c->products[i] = random_k();
    c->linear = random_k();
    for (size_t j = 0; j < MAX_OPENED; j++) c->columns[j] = (uint32_t)(17 * j + 5);
}
static void choose_randomness(controlled *c) {
    for (size_t i = 0; i < WORDS; i++) c->random_words[i] = random_f();
}

/* Two witnesses of total 2. */
static void witnesses(mien_f w[2][TOY_ROWS * TOY_SLOTS]) {
    memset(w, 0, 2 * sizeof *w);
    for (int h = 0; h < 2; h++) w[0][h] = w[0][4 + h] = w[0][8 + h] = MIEN_F_ONE;
    for (int h = 1; h < 4; h++) w[1][h] = MIEN_F_ONE;
    for (int h = 2; h < 4; h++) w[1][4 + h] = w[1][8 + h] = MIEN_F_ONE;
}

/* ---- ranks */

typedef mien_f matrix[WORDS][VIEW]; /* a row for each word of randomness */

/* Differences of the view by each word of randomness; words first .. first + count - 1. */
static void differences(matrix m, controlled *c, const mien_ligero_system *system, const mien_f *w,
                        size_t first, size_t count) {
    static mien_f base[VIEW];
    run(c, system, w);
    memcpy(base, c->view, sizeof base);
    for (size_t i = 0; i < count; i++) {
        mien_f before = c->random_words[first + i];
        c->random_words[first + i] = mien_f_add(before, MIEN_F_ONE);
        run(c, system, w);
        c->random_words[first + i] = before;
        for (size_t k = 0; k < VIEW; k++) m[i][k] = mien_f_sub(c->view[k], base[k]);
    }
}

/* The verdict: the view is uniform on what is accepted. */
static bool perfect(mistake_id mistake) {
    static matrix m;
    static controlled c;
    toy t;
    mien_f w[2][TOY_ROWS * TOY_SLOTS];
    mien_ligero_system system = toy_system(&t, 2);
    witnesses(w);
    choose_challenges(&c);
    choose_randomness(&c);
    c.mistake = mistake;
    size_t rest = rest_length(&c), equations = MIEN_K_DEGREE * (3 * opened(&c) + 1);
    differences(m, &c, &system, w[0], 0, TOY_ROWS * Q);
    size_t rows_rank = rank_of(&m[0][0], VIEW, TOY_ROWS * Q, rest, TOY_ROWS * opened(&c));
    differences(m, &c, &system, w[0], TOY_ROWS * Q, MASK_WORDS * K);
    size_t rest_rank = rank_of(&m[0][0], VIEW, MASK_WORDS * K, 0, rest);
    return rows_rank == TOY_ROWS * opened(&c) && rest_rank == rest - equations;
}

static void test_ranks_and_mistakes(void) {
    for (int mistake = 0; mistake < MISTAKE_COUNT; mistake++) {
        bool expected = mistake == MISTAKE_none;
        if (perfect((mistake_id)mistake) != expected)
            printf("  %s: %s\n", mistake_names[mistake], expected ? "leaks" : "not noticed");
        CHECK_INT(perfect((mistake_id)mistake), expected);
    }
}

/* ---- salts: what keeps unopened columns out of their leaves */

static bool salts_hide(uint8_t first[N][32], uint8_t second[N][32]) {
    uint8_t zero[32] = {0};
    for (int i = 0; i < N; i++) {
        if (memcmp(first[i], zero, 32) == 0) return false;
        for (int k = 0; k < N; k++)
            if ((k < i && memcmp(first[i], first[k], 32) == 0) ||
                memcmp(first[i], second[k], 32) == 0)
                return false;
    }
    return true;
}

/* Fresh salts for each proof and column, even from a generator that repeats itself as long as
 * witness or public input differ; and the check notices salts that are not there. */
static void test_salts(void) {
    static controlled c;
    static uint8_t first[N][32], missing[N][32];
    toy t;
    mien_f w[2][TOY_ROWS * TOY_SLOTS];
    mien_ligero_system system = toy_system(&t, 2);
    witnesses(w);
    choose_challenges(&c);
    run(&c, &system, w[0]);
    memcpy(first, c.salts, sizeof first);
    run(&c, &system, w[0]);
    CHECK(salts_hide(first, c.salts));
    CHECK(!salts_hide(missing, c.salts));
    CHECK(!salts_hide(first, first));
    mien_random_seeded_state rewound = random_state;
    run(&c, &system, w[0]);
    memcpy(first, c.salts, sizeof first);
    random_state = rewound;
    run(&c, &system, w[1]);
    CHECK(salts_hide(first, c.salts));
}

/* ---- simulator: public input and challenges only */

static mien_f point(uint32_t column) {
    mien_rs_shape shape = mien_ligero_shape(&toy_parameters);
    return mien_rs_point(&shape, column);
}

typedef struct weights {
    mien_k a[TOY_ROWS][M];
} weights;
static void take(void *context, size_t row, const mien_k *coefficients) {
    memcpy(((weights *)context)->a[row], coefficients, sizeof((weights *)context)->a[row]);
}

/* a_i(x) by Lagrange's formula. */
static mien_k weight_at(const weights *all, size_t row, mien_f x) {
    mien_rs_shape shape = mien_ligero_shape(&toy_parameters);
    mien_f lagrange[M], scratch[M];
    mien_rs_lagrange(lagrange, scratch, &shape, x);
    return mien_k_dot_f(all->a[row], lagrange, M);
}

/* The masks' words of one column that make the three tests hold, given rows, l1 and p1. */
static void solve_column(mien_k mask[MIEN_LIGERO_MASKS], const controlled *c, const weights *all,
                         const mien_k *v, const mien_f *rows, mien_f x) {
    const mien_k *f = v + K, *h = f + 2 * M + Q - 1;
    const mien_k *r = c->proximity;
    mien_k linear = mien_k_evaluate_at_f(f, 2 * M + Q - 1, x);
    mien_k proximity = mien_k_evaluate_at_f(v, K, x), product = MIEN_K_ZERO;
    for (size_t i = 0; i < TOY_ROWS; i++) {
        linear = mien_k_sub(linear, mien_k_mul_f(weight_at(all, i, x), rows[i]));
        proximity = mien_k_sub(proximity, mien_k_mul_f(r[i], rows[i]));
    }
    for (size_t n = 0; n < 4; n++) {
        mien_f difference =
            mien_f_sub(mien_f_mul(rows[toy_products[n].left], rows[toy_products[n].right]),
                       rows[toy_products[n].result]);
        product = mien_k_add(product, mien_k_mul_f(c->products[n], difference));
    }
    mien_f vanishing = mien_f_sub(mien_f_power(x, M), MIEN_F_ONE);
    product = mien_k_sub(mien_k_evaluate_at_f(h, M + 2 * Q - 1, x),
                         mien_k_mul_f(product, mien_f_inverse(vanishing)));
    mask[1] = mien_k_sub(linear, mien_k_mul_f(mask[2], mien_f_power(x, M - 1)));
    mask[3] = mien_k_sub(product, mien_k_mul_f(mask[4], mien_f_power(x, Q - 1)));
    mask[0] = proximity;
    for (size_t i = 1; i < MIEN_LIGERO_MASKS; i++)
        mask[0] = mien_k_sub(mask[0], mien_k_mul(r[TOY_ROWS + i - 1], mask[i]));
}

static void simulate(controlled *c, const mien_ligero_system *system) {
    static weights all;
    static mien_k scratch[TOY_ROWS * TOY_SLOTS];
    mien_k responses[RESPONSES], mask[MIEN_LIGERO_MASKS];
    mien_ligero_row_sink sink = {take, &all};
    memset(&all, 0, sizeof all);
    mien_k target = system->combine(system->instance, scratch, c->linear, c->linear, &sink);
    for (size_t i = 0; i < RESPONSES; i++) responses[i] = random_k();
    mien_k *f = responses + K; /* coefficients at 0, 4 and 8 sum to target / 4 */
    mien_k quarter = mien_k_mul_f(target, mien_f_inverse(mien_f_from_u32(M)));
    f[0] = mien_k_sub(quarter, mien_k_add(f[M], f[2 * M]));
    memcpy(c->view, responses, sizeof responses);
    mien_f *out = c->view + RESPONSES * MIEN_K_DEGREE, *rows = out + Q * MASK_WORDS;
    for (size_t j = 0; j < Q; j++, out += MASK_WORDS, rows += TOY_ROWS) {
        for (size_t i = 0; i < TOY_ROWS; i++) rows[i] = random_f();
        mask[2] = random_k();
        mask[4] = random_k();
        solve_column(mask, c, &all, responses, rows, point(c->columns[j]));
        memcpy(out, mask, sizeof mask);
    }
}

/* The same equations hold for real views: solve_column gives back the real masks. */
static void test_simulated_equations_are_the_verifiers(void) {
    static controlled c;
    toy t;
    mien_f w[2][TOY_ROWS * TOY_SLOTS];
    mien_ligero_system system = toy_system(&t, 2);
    static mien_k scratch[TOY_ROWS * TOY_SLOTS];
    static weights all;
    mien_ligero_row_sink sink = {take, &all};
    witnesses(w);
    choose_challenges(&c);
    choose_randomness(&c);
    run(&c, &system, w[1]);
    system.combine(system.instance, scratch, c.linear, c.linear, &sink);
    mien_k responses[RESPONSES], mask[MIEN_LIGERO_MASKS], real[MIEN_LIGERO_MASKS];
    memcpy(responses, c.view, sizeof responses);
    const mien_f *masks = c.view + RESPONSES * MIEN_K_DEGREE, *rows = masks + Q * MASK_WORDS;
    for (size_t j = 0; j < Q; j++) {
        memcpy(real, masks + j * MASK_WORDS, sizeof real);
        memcpy(mask, real, sizeof mask);
        solve_column(mask, &c, &all, responses, rows + j * TOY_ROWS, point(c.columns[j]));
        CHECK_BYTES(mask, real, sizeof real);
    }
}

/* ---- distributions compared */

enum { SAMPLES = 4000, BUCKETS = 16, PROJECTIONS = 64, FEATURES = VIEW + PROJECTIONS };
static uint32_t counts[2][FEATURES][BUCKETS];
static mien_f projection[PROJECTIONS][VIEW];

static void count_view(int side, const controlled *c) {
    size_t length = rest_length(c) + TOY_ROWS * Q;
    for (size_t i = 0; i < length; i++) counts[side][i][mien_f_to_u32(c->view[i]) >> 27]++;
    for (size_t n = 0; n < PROJECTIONS; n++) {
        mien_f sum = mien_f_dot(projection[n], c->view, length);
        counts[side][VIEW + n][mien_f_to_u32(sum) >> 27]++;
    }
}

/* The largest chi-square of two samples over all features; 15 degrees of freedom. */
static double worst_difference(void) {
    double worst = 0;
    for (size_t i = 0; i < FEATURES; i++) {
        double sum = 0;
        for (size_t b = 0; b < BUCKETS; b++) {
            double x = counts[0][i][b], y = counts[1][i][b];
            if (x + y > 0) sum += (x - y) * (x - y) / (x + y);
        }
        worst = sum > worst ? sum : worst;
    }
    return worst;
}

/* Chi-square above 75 with 15 degrees of freedom: probability 6e-10; 400 features. */
#define LIMIT 75

/* A random multiple of a response's value at a point of H, lowest word: what would depend on the
 * witness alone. */
static void project_to_message(mien_f out[VIEW], size_t first, size_t count, uint32_t slot) {
    mien_rs_shape shape = mien_ligero_shape(&toy_parameters);
    mien_f power = random_f();
    for (size_t i = 0; i < VIEW; i++) out[i] = MIEN_F_ZERO;
    for (size_t i = first; i < first + count; i++) {
        out[i * MIEN_K_DEGREE] = power;
        power = mien_f_mul(power, mien_rs_message_point(&shape, slot));
    }
}

static void start_counting(controlled *c) {
    memset(counts, 0, sizeof counts);
    for (size_t n = 0; n < PROJECTIONS; n++)
        for (size_t i = 0; i < VIEW; i++) projection[n][i] = random_f();
    for (uint32_t slot = 0; slot < M; slot++) {
        project_to_message(projection[slot], 0, K, slot);
        project_to_message(projection[M + slot], K, 2 * M + Q - 1, slot);
    }
    choose_challenges(c);
}

static void test_real_views_look_simulated(void) {
    static controlled real, simulated;
    toy t;
    mien_f w[2][TOY_ROWS * TOY_SLOTS];
    mien_ligero_system system = toy_system(&t, 2);
    witnesses(w);
    start_counting(&real);
    simulated = real;
    for (int i = 0; i < SAMPLES; i++) {
        choose_randomness(&real);
        run(&real, &system, w[0]);
        count_view(0, &real);
        simulate(&simulated, &system);
        count_view(1, &simulated);
    }
    printf("real against simulated: worst chi-square %.1f (limit %d)\n", worst_difference(), LIMIT);
    CHECK(worst_difference() < LIMIT);
}

static double compare_witnesses(mistake_id mistake) {
    static controlled c;
    toy t;
    mien_f w[2][TOY_ROWS * TOY_SLOTS];
    mien_ligero_system system = toy_system(&t, 2);
    witnesses(w);
    start_counting(&c);
    c.mistake = mistake;
    for (int i = 0; i < 2 * SAMPLES; i++) {
        choose_randomness(&c);
        run(&c, &system, w[i % 2]);
        count_view(i % 2, &c);
    }
    return worst_difference();
}

/* And the test can tell, where the linear mask is missing. */
static void test_two_witnesses_look_alike(void) {
    double same = compare_witnesses(MISTAKE_none);
    double told = compare_witnesses(MISTAKE_linear_unmasked);
    printf("two witnesses: worst chi-square %.1f, unmasked %.0f (limit %d)\n", same, told, LIMIT);
    CHECK(same < LIMIT);
    CHECK(told > LIMIT);
}

/* Whole proofs as bytes, real challenges and columns: counts of each byte position's high four
 * bits. Positions behind the columns belong to no fixed meaning and are left out. */
static void test_two_witnesses_give_like_bytes(void) {
    enum { LENGTH = 32 + RESPONSES * MIEN_K_BYTES + 8 + Q * (32 + 4 * (TOY_ROWS + MASK_WORDS)) };
    static uint32_t seen[2][LENGTH][BUCKETS];
    toy t;
    mien_f w[2][TOY_ROWS * TOY_SLOTS];
    mien_ligero_system system = toy_system(&t, 2);
    witnesses(w);
    for (int i = 0; i < 2 * SAMPLES; i++) {
        mien_transcript transcript;
        mien_writer writer = mien_writer_of(proof, sizeof proof);
        mien_transcript_start(&transcript, "toy");
        REQUIRE(mien_ligero_prove(&transcript, &writer, &toy_parameters, &system, w[i % 2], memory,
                                  memory_size, &seeded, NULL, NULL, NULL) == MIEN_OK);
        for (size_t k = 0; k < LENGTH; k++) seen[i % 2][k][proof[k] >> 4]++;
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
    printf("bytes of two witnesses: worst chi-square %.1f (limit %d)\n", worst, LIMIT);
    CHECK(worst < LIMIT);
}

int main(void) {
    toy t;
    uint8_t seed[32];
    mien_ligero_system system = toy_system(&t, 2);
    harness_random_bytes(seed, sizeof seed);
    seeded = mien_random_seeded(&random_state, seed);
    memory_size = mien_ligero_prove_workspace_size(&toy_parameters, &system);
    memory = aligned_alloc(64, memory_size);
    if (memory == NULL) return 1;
    RUN(test_ranks_and_mistakes);
    RUN(test_salts);
    RUN(test_simulated_equations_are_the_verifiers);
    RUN(test_real_views_look_simulated);
    RUN(test_two_witnesses_look_alike);
    RUN(test_two_witnesses_give_like_bytes);
    free(memory);
    return harness_end();
}
