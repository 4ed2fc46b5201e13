/* SPDX-License-Identifier: MIT */
/* Shapes that are chosen: right, sound to the bits that were asked for, the shortest of what can be
 * had by hand, and the same as the design's table says; openings under a chosen shape. */
#include <math.h>

#include "prover/commitment/choose.h"
#include "prover/commitment/security.h"
#include "tests/harness.h"

static uint32_t numbers[1 << 14];

static mien_tensor_goal goal_of(const mien_tensor_span *span, unsigned bits) {
    mien_tensor_goal goal = {
        .log2_size = 6, .spans = span, .span_count = 1, .bits = bits, .log2_inverse_rate = 3};
    while (span->end > UINT64_C(1) << goal.log2_size) goal.log2_size++;
    return goal;
}

static mien_tensor_shape choose(const mien_tensor_goal *goal) {
    mien_tensor_shape shape;
    CHECK_INT(mien_tensor_choose(&shape, 7, goal), MIEN_OK);
    for (uint32_t i = 0; i < shape.row_count; i++) numbers[i] = i;
    shape.rows = numbers;
    return shape;
}

static double total_bits(const mien_tensor_shape *shape) {
    mien_security_term terms[24];
    size_t count = mien_tensor_security(terms, 24, shape);
    return count > 0 && count <= 24 ? terms[count - 1].bits_grinding : 0;
}

static void chosen_shapes_are_sound(void) {
    for (uint64_t size = 64; size <= 20000000; size = size * 3 + 5)
        for (unsigned bits = 40; bits <= 128; bits += 22)
            for (unsigned rate = 2; rate <= 4; rate++) {
                mien_tensor_span span = {0, size};
                mien_tensor_goal goal = goal_of(&span, bits);
                goal.log2_inverse_rate = rate;
                goal.grinding_bits = rate == 4 ? 16 : 0;
                mien_tensor_shape shape;
                mien_status status = mien_tensor_choose(&shape, 7, &goal);
                if (status != MIEN_OK) { /* too few columns for so many bits */
                    CHECK(size < 2000);
                    continue;
                }
                for (uint32_t i = 0; i < shape.row_count; i++) numbers[i] = i;
                shape.rows = numbers;
                CHECK_INT(mien_tensor_shape_check(&shape), MIEN_OK);
                CHECK(((uint64_t)shape.row_count << shape.log2_row) >= size);
                CHECK(total_bits(&shape) >= bits);
                shape.queries--; /* and one column less is not enough, or leaves no slack */
                CHECK(total_bits(&shape) < bits + 2.1 || bits == 128);
            }
}

/* -log2 of the product, straight from its definition. */
static double column_bits(unsigned log2_columns, uint64_t k, uint32_t q) {
    double n = exp2(log2_columns), e = floor((n - (double)k) / 2), bits = 0;
    double passing = fmax(n - e - 1, (double)k - 1 + e);
    for (uint32_t i = 0; i < q; i++) bits += log2((n - i) / (passing - i));
    return bits;
}

static void queries_are_the_fewest(void) {
    for (int round = 0; round < 300; round++) {
        unsigned columns = 6 + (unsigned)harness_random_below(18);
        uint64_t k = 1 + harness_random_below(UINT64_C(1) << (columns - 1));
        unsigned bits = 1 + (unsigned)harness_random_below(140);
        unsigned share = 1 + (unsigned)harness_random_below(5);
        uint32_t q = mien_tensor_queries(columns, k, bits, share);
        double wanted = bits + log2(share);
        if (q == 0) {
            CHECK(column_bits(columns, k, (1u << (columns - 1)) - 1) < wanted + 1e-6);
            continue;
        }
        CHECK(column_bits(columns, k, q) > wanted - 1e-9);
        if (q > 1) CHECK(column_bits(columns, k, q - 1) < wanted + 1e-6);
    }
    CHECK_INT(mien_tensor_queries(10, 513, 1, 1), 0);
    CHECK_INT(mien_tensor_queries(10, 0, 1, 1), 0);
    CHECK_INT(mien_tensor_queries(25, 4, 1, 1), 0);
}

static void rows_of_spans(void) {
    for (int round = 0; round < 200; round++) {
        mien_tensor_span spans[8];
        bool used[256] = {false};
        uint64_t at = harness_random_below(40);
        size_t count = 1 + harness_random_below(8);
        unsigned a = 4 + (unsigned)harness_random_below(4);
        for (size_t i = 0; i < count; i++) {
            spans[i].first = at;
            spans[i].end = at += 1 + harness_random_below(200);
            for (uint64_t x = spans[i].first; x < spans[i].end; x++) used[x >> a] = true;
            at += harness_random_below(200);
        }
        uint32_t rows[256], expected = 0;
        uint64_t got = mien_tensor_rows_of(rows, 256, a, spans, count);
        for (uint32_t r = 0; r < 256; r++)
            if (used[r]) {
                CHECK(expected < got && rows[expected] == r);
                expected++;
            }
        CHECK_INT(got, expected);
        CHECK_INT(mien_tensor_rows_of(NULL, 0, a, spans, count), expected);
    }
}

/* docs/ARGUMENT.md has these sizes. */
static void sizes_of_large_vectors(void) {
    const mien_tensor_span span = {0, 7000000};
    mien_tensor_goal goal = goal_of(&span, 100);
    mien_tensor_shape shape = choose(&goal);
    CHECK(mien_tensor_opening_max_size(&shape) <= 235000);
    CHECK(mien_tensor_inner_count(&shape) > 0);
    goal.bits = 128;
    shape = choose(&goal);
    CHECK(mien_tensor_opening_max_size(&shape) <= 290000);
    goal.grinding_bits = 16;
    shape = choose(&goal);
    CHECK(mien_tensor_opening_max_size(&shape) <= 264000);
    CHECK(mien_tensor_verify_workspace_size(&shape) <= 256000);
}

static void small_vectors_stay_in_one_level(void) {
    const mien_tensor_span span = {0, 20000};
    mien_tensor_goal goal = goal_of(&span, 100);
    mien_tensor_shape shape = choose(&goal);
    CHECK_INT(mien_tensor_inner_count(&shape), 0);
}

/* Rows for more openings make the tail longer, and the columns know it. */
static void budgets_are_kept(void) {
    const mien_tensor_span span = {0, 1000000};
    mien_tensor_goal goal = goal_of(&span, 100);
    size_t before = 0;
    for (uint32_t openings = 1; openings <= 64; openings *= 4) {
        goal.openings = openings;
        mien_tensor_shape shape = choose(&goal);
        CHECK_INT(mien_tensor_tail(&shape), shape.queries * openings);
        CHECK(total_bits(&shape) >= 100);
        size_t size = mien_tensor_opening_max_size(&shape);
        CHECK(size >= before);
        before = size;
    }
}

static void bad_goals_are_refused(void) {
    const mien_tensor_span good_span = {0, 1000}, empty = {5, 5}, far = {0, 2000},
                           twice[] = {{0, 10}, {9, 20}};
    enum { BAD = 12 };
    mien_tensor_goal bad[BAD];
    mien_tensor_shape shape;
    for (size_t i = 0; i < BAD; i++) bad[i] = goal_of(&good_span, 60);
    CHECK_INT(mien_tensor_choose(&shape, 7, &bad[0]), MIEN_OK);
    bad[0].log2_size = 5;
    bad[1].log2_size = 33;
    bad[2].spans = &empty;
    bad[3].spans = &far;
    bad[4].spans = twice, bad[4].span_count = 2;
    bad[5].span_count = 0;
    bad[6].bits = 0;
    bad[7].bits = 201;
    bad[8].grinding_bits = 21;
    bad[9].log2_inverse_rate = 1;
    bad[10].other_parts = MIEN_TENSOR_PARTS_MAX;
    bad[11].log2_row_max = 21;
    for (size_t i = 0; i < BAD; i++) {
        CHECK_INT(mien_tensor_choose(&shape, 7, &bad[i]), MIEN_ARGUMENT);
        CHECK_INT(shape.log2_row, 0);
    }
}

int main(void) {
    RUN(chosen_shapes_are_sound);
    RUN(queries_are_the_fewest);
    RUN(rows_of_spans);
    RUN(sizes_of_large_vectors);
    RUN(small_vectors_stay_in_one_level);
    RUN(budgets_are_kept);
    RUN(bad_goals_are_refused);
    return harness_end();
}
