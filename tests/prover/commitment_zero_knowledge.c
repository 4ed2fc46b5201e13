/* SPDX-License-Identifier: MIT */
/* That openings of the long commitment tell nothing but the claim, at toy size: a part that may be
 * opened twice, and a mask made for each opening.
 *
 * With the challenges fixed, opened elements of rows are an affine function of the rows' random
 * coefficients, and u with the opened words of the mask one of the mask. What the verifier sees is
 * uniform on all that it accepts if and only if
 *   rank(rows part) = rows * opened columns, over all openings, and
 *   rank(mask part) = (m + tail) * 5 for each opening: u takes all values, the words follow from
 * it. Ranks are found with the prover itself: one random word is moved, the view is taken again.
 * Each mistake of MISTAKES must change a verdict. */
#include "tests/prover/commitment_sample.h"

enum {
    M = 16,
    Q = 3,
    OPENINGS = 2,
    ROWS = 2,
    TAIL = OPENINGS * Q,
    LENGTH = M + TAIL,
    COLUMNS = 64,
    ROW_WORDS = ROWS * TAIL,
    MASK_WORDS = MIEN_K_DEGREE * LENGTH,
    MOST_OPENED = (OPENINGS + 1) * (Q + 1),
    MASK_VIEW = MASK_WORDS + MIEN_K_DEGREE * (Q + 1),
    WORDS = OPENINGS * MASK_WORDS,
    VIEW = OPENINGS * MASK_VIEW
};

static const uint32_t toy_rows[] = {1, 2};
static const mien_tensor_shape toy_parts[] = {
    {SIZES(6, 4, 6, Q, 0), .tree = 1, .rows = toy_rows, .row_count = ROWS, .unmasked = true,
     .openings = OPENINGS},
    {SIZES(6, 4, 6, Q, 0), .tree = 2, .tail = TAIL},
};
static const commitment_case toy = {toy_parts, 2, NULL, 0, 1};

#define MISTAKES(X)                                                                                \
    X(none)                                                                                        \
    X(one_column_more)       /* in each opening */                                                 \
    X(one_opening_more)      /* than the rows were made for */                                     \
    X(row_randomness_reused) /* two rows with the same coefficients */                             \
    X(mask_reused)           /* one mask in both openings */                                       \
    X(mask_shorter)          /* than the rows: without the tail of the second opening */           \
    X(mask_in_the_base_field)
typedef enum mistake {
#define X(name) MISTAKE_##name,
    MISTAKES(X)
#undef X
        MISTAKE_COUNT
} mistake;
static const char *const names[] = {
#define X(name) #name,
    MISTAKES(X)
#undef X
};

typedef struct prover {
    run r;
    mien_tensor_commitment parts[2];
    mien_machine machine;
    mien_k u[LENGTH];
} prover;
static prover p;

static void keep_u(void *context, mien_tensor_step step, const mien_tensor_view *view) {
    prover *to = context;
    for (size_t j = 0; step == MIEN_TENSOR_STEP_RESPONSE && j < LENGTH; j++)
        to->u[j] = mien_k_block_get(view->u, j);
}

static mien_f *randomness(size_t i) {
    return p.parts[0].randomness + i;
}
static mien_f *mask_word(size_t i) {
    size_t stride = mien_k_blocks(LENGTH) * MIEN_LANES;
    return p.parts[1].mask + i / LENGTH * stride + i % LENGTH;
}

static void encode_again(size_t part) {
    mien_tensor_matrix matrix = mien_tensor_matrix_of(&p.parts[part], &p.machine);
    mien_tensor_encode(&matrix, NULL);
}

/* Open with this pad for y. Roots stay those of the first commitment, so that with the same word on
 * the wire beta is the same. Returns y's word. */
static mien_k open_padded(mien_k pad) {
    mien_tensor_commitment *list[] = {&p.parts[0], &p.parts[1]};
    mien_transcript transcript;
    mien_writer writer = mien_writer_of(proof, PROOF);
    mien_sender sender = {&transcript, &writer, &pad, 1, 0};
    mien_k wire;
    begin(&transcript, &p.r);
    p.parts[0].opened = p.parts[1].opened = 0;
    if (mien_tensor_open_parts(list, 2, &sender, p.r.point, &p.machine) != MIEN_OK) abort();
    if (mien_k_from_bytes(&wire, proof) != MIEN_OK) abort();
    return wire;
}
static void find_u(void) {
    mien_k y = open_padded(MIEN_K_ZERO);
    (void)open_padded(mien_k_sub(MIEN_K_ONE, y));
}

static mien_f element(size_t part, size_t e, size_t column) {
    return p.parts[part]
        .codewords[(e / MIEN_LANES * COLUMNS + column) * MIEN_LANES + e % MIEN_LANES];
}
/* Distinct columns, the same in all runs. */
static size_t column_number(size_t i) {
    return (5 * i + 3) % COLUMNS;
}
static size_t queries(mistake how) {
    return how == MISTAKE_one_column_more ? Q + 1 : Q;
}
static size_t openings(mistake how) {
    return how == MISTAKE_one_opening_more ? OPENINGS + 1 : OPENINGS;
}

/* ---- ranks */
static mien_f matrix[WORDS][VIEW];

static size_t rank(size_t rows, size_t columns) {
    size_t r = 0;
    for (size_t c = 0; c < columns && r < rows; c++) {
        size_t pivot = r;
        while (pivot < rows && mien_f_is_zero(matrix[pivot][c])) pivot++;
        if (pivot == rows) continue;
        for (size_t k = c; k < columns; k++) {
            mien_f t = matrix[pivot][k];
            matrix[pivot][k] = matrix[r][k];
            matrix[r][k] = t;
        }
        mien_f inverse = mien_f_inverse(matrix[r][c]);
        for (size_t i = r + 1; i < rows; i++) {
            mien_f factor = mien_f_neg(mien_f_mul(matrix[i][c], inverse));
            if (!mien_f_is_zero(factor))
                mien_field_kernels_portable.f_axpy(&matrix[i][c], factor, &matrix[r][c],
                                                   columns - c);
        }
        r++;
    }
    return r;
}

static size_t rows_view(mien_f *out, mistake how) {
    size_t opened = queries(how) * openings(how);
    for (size_t i = 0; i < opened; i++)
        for (size_t e = 0; e < ROWS; e++) out[i * ROWS + e] = element(0, e, column_number(i));
    return opened * ROWS;
}

static void bump(mien_f *word, int by) {
    *word = mien_f_add(*word, mien_f_from_i32(by));
}

/* All opened elements of rows are uniform and independent. */
static bool rows_hidden(mistake how) {
    static mien_f base[VIEW], moved[VIEW];
    encode_again(0);
    size_t length = rows_view(base, how);
    size_t words = how == MISTAKE_row_randomness_reused ? TAIL : ROW_WORDS;
    for (size_t i = 0; i < words; i++) {
        bump(randomness(i), 1);
        if (how == MISTAKE_row_randomness_reused) bump(randomness(TAIL + i), 1);
        encode_again(0);
        (void)rows_view(moved, how);
        mien_field_kernels_portable.f_sub(matrix[i], moved, base, length);
        bump(randomness(i), -1);
        if (how == MISTAKE_row_randomness_reused) bump(randomness(TAIL + i), -1);
    }
    encode_again(0);
    return rank(words, length) == length;
}

static void mask_view(mien_f *out, size_t opening) {
    find_u();
    for (size_t j = 0; j < LENGTH; j++)
        for (size_t k = 0; k < MIEN_K_DEGREE; k++) *out++ = p.u[j].c[k];
    for (size_t i = 0; i < Q; i++)
        for (size_t k = 0; k < MIEN_K_DEGREE; k++)
            *out++ = element(1, k, column_number(opening * Q + i));
}

static bool mask_moves(mistake how, size_t i) {
    if (how == MISTAKE_mask_shorter) return i % LENGTH < M + Q;
    if (how == MISTAKE_mask_in_the_base_field) return i < LENGTH;
    return true;
}

/* u takes all values, in all openings together; the words of the mask follow from it. */
static bool masks_hide(mistake how) {
    enum { EACH = MASK_WORDS + MIEN_K_DEGREE * Q };
    static mien_f base[OPENINGS][EACH], moved[EACH];
    bool reused = how == MISTAKE_mask_reused;
    memset(matrix, 0, sizeof matrix);
    encode_again(1);
    for (size_t o = 0; o < OPENINGS; o++) mask_view(base[o], o);
    for (size_t i = 0; i < MASK_WORDS; i++) {
        if (!mask_moves(how, i)) continue;
        bump(mask_word(i), 1);
        encode_again(1);
        for (size_t o = 0; o < OPENINGS; o++) {
            mask_view(moved, o);
            mien_field_kernels_portable.f_sub(&matrix[reused ? i : o * MASK_WORDS + i][o * EACH],
                                              moved, base[o], EACH);
        }
        bump(mask_word(i), -1);
    }
    encode_again(1);
    return rank(OPENINGS * MASK_WORDS, OPENINGS * EACH) == OPENINGS * MASK_WORDS;
}

static void prepare(void) {
    p.machine = (mien_machine){mien_field_kernels_at(0), mien_sum_kernels_at(0), NULL};
    p.r = new_run(&toy);
    commit(&p.r, p.parts, 0, NULL);
    p.r.observer = (struct mien_tensor_observer){keep_u, &p};
    p.parts[1].observer = &p.r.observer;
}

static void views_are_uniform_and_mistakes_are_seen(void) {
    prepare();
    for (mistake how = MISTAKE_none; how < MISTAKE_COUNT; how++) {
        bool hidden = rows_hidden(how) && masks_hide(how);
        if (hidden != (how == MISTAKE_none)) printf("  %s: hidden %d\n", names[how], hidden);
        CHECK(hidden == (how == MISTAKE_none));
    }
}

/* Closed columns are hidden by their salts: no two are equal, in any part. */
static void salts_differ(void) {
    prepare();
    for (size_t i = 0; i < 2 * COLUMNS; i++)
        for (size_t j = 0; j < i; j++)
            CHECK(memcmp(p.parts[i / COLUMNS].salts + i % COLUMNS * MIEN_MERKLE_SALT,
                         p.parts[j / COLUMNS].salts + j % COLUMNS * MIEN_MERKLE_SALT,
                         MIEN_MERKLE_SALT) != 0);
}

/* Nothing of the witness or its randomness is drawn twice for two proofs. */
static void masks_are_fresh(void) {
    static mien_f kept[MASK_WORDS];
    prepare();
    for (size_t i = 0; i < MASK_WORDS; i++) kept[i] = *mask_word(i);
    prepare();
    size_t same = 0;
    for (size_t i = 0; i < MASK_WORDS; i++) same += mien_f_equal(kept[i], *mask_word(i));
    CHECK(same < 3);
}

int main(void) {
    RUN(views_are_uniform_and_mistakes_are_seen);
    RUN(salts_differ);
    RUN(masks_are_fresh);
    return harness_end();
}
