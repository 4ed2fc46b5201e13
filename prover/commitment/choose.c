/* SPDX-License-Identifier: MIT */
#include "prover/commitment/choose.h"
#include "prover/commitment/tensor_internal.h"

enum {
    ROW_MIN = 4,
    ROW_USUAL = 16,
    ROW_MAX = 20,
    INNER_RATE_MAX = 4,
    RATE_MAX = 6,
    INNER_ROW_MAX = ROW_MAX
};

/* Columns that may agree with a wrong word: those outside of the errors that unique decoding bears,
 * or those where two polynomials meet and these errors. */
static uint64_t agreeing_columns(uint64_t n, uint64_t k) {
    uint64_t e = (n - k) / 2;
    return n - e - 1 > k - 1 + e ? n - e - 1 : k - 1 + e;
}

/* The product is kept as x / 2^40 / 2^reached, 2^39 < x <= 2^40, rounded up. */
uint32_t mien_tensor_queries(unsigned log2_columns, uint64_t k, unsigned bits, unsigned share) {
    const uint64_t one = UINT64_C(1) << 40;
    uint64_t n = UINT64_C(1) << log2_columns, x = one;
    if (log2_columns < 2 || log2_columns > MIEN_F_TWO_ADICITY || k < 1 || k > n / 2) return 0;
    uint64_t passing = agreeing_columns(n, k);
    unsigned reached = 0;
    for (uint32_t q = 0; q < n / 2; q++) {
        unsigned more = reached - bits; /* 2^-more room for the share */
        if (reached >= bits && (more >= 8 || x * share <= one << more)) return q > 0 ? q : 1;
        x = (x * (passing - q) + (n - q) - 1) / (n - q);
        for (; x <= one / 2; x *= 2) reached++;
    }
    return 0;
}

uint64_t mien_tensor_rows_of(uint32_t *rows, uint64_t capacity, unsigned log2_row,
                             const mien_tensor_span *spans, size_t span_count) {
    uint64_t count = 0, next = 0;
    for (size_t i = 0; i < span_count; i++) {
        uint64_t row = spans[i].first >> log2_row, end = ((spans[i].end - 1) >> log2_row) + 1;
        if (row < next) row = next;
        for (uint64_t r = row; rows != NULL && r < end && count + (r - row) < capacity; r++)
            rows[count + (r - row)] = (uint32_t)r;
        if (end > row) count += end - row;
        if (end > next) next = end;
    }
    return count;
}

static bool goal_valid(const mien_tensor_goal *goal) {
    if (goal->log2_size < 6 || goal->log2_size > 32 || goal->bits < 1 || goal->bits > 200 ||
        goal->grinding_bits > 20 || goal->log2_inverse_rate < 2 || goal->log2_inverse_rate > 6 ||
        goal->span_count == 0 || goal->log2_row_max > ROW_MAX ||
        goal->other_parts >= MIEN_TENSOR_PARTS_MAX)
        return false;
    uint64_t from = 0, size = UINT64_C(1) << goal->log2_size;
    for (size_t i = 0; i < goal->span_count; i++) {
        const mien_tensor_span *span = &goal->spans[i];
        if (span->first < from || span->end <= span->first || span->end > size) return false;
        from = span->end;
    }
    return true;
}

/* Bits that all sets of columns must have, grinding aside; each set has one share of sets + 1. */
static unsigned column_bits(const mien_tensor_goal *goal) {
    return goal->bits > goal->grinding_bits ? goal->bits - goal->grinding_bits : 1;
}

static unsigned row_most(const mien_tensor_goal *goal) {
    return goal->log2_row_max != 0 ? goal->log2_row_max : ROW_USUAL;
}

/* ---- inner levels. What it costs to show claims about 2^row coefficients of u with `levels` more
 * levels, and the first of these. */
typedef struct chain {
    size_t size[MIEN_TENSOR_INNER_MAX][INNER_ROW_MAX + 1]; /* 0: cannot be */
    mien_tensor_inner first[MIEN_TENSOR_INNER_MAX][INNER_ROW_MAX + 1];
    uint32_t queries[INNER_ROW_MAX + 1][INNER_RATE_MAX + 1];
} chain;

static size_t columns_size(size_t rows, const mien_tensor_inner *inner) {
    return MIEN_MERKLE_DIGEST + 8 + MIEN_K_BYTES * rows * inner->queries +
           mien_merkle_opening_max_size(inner->log2_columns, inner->queries);
}

/* The best first level for `length` coefficients with `more` levels behind it; its size, or 0. */
static size_t best_level(mien_tensor_inner *first, const chain *c, unsigned more, size_t length,
                         unsigned row_max) {
    size_t best = 0;
    for (unsigned row = MIEN_TENSOR_INNER_ROW_MIN; row <= row_max; row++)
        for (unsigned rate = 1; rate <= INNER_RATE_MAX; rate++) {
            mien_tensor_inner inner = {row, row + rate, c->queries[row][rate], 0};
            size_t rows = (length + ((size_t)1 << row) - 1) >> row;
            if (inner.queries == 0 || c->size[more][row] == 0) continue;
            size_t size = columns_size(rows, &inner) + c->size[more][row];
            if (best != 0 && size >= best) continue;
            best = size;
            *first = inner;
        }
    return best;
}

/* For proofs with this many inner levels. */
static void fill_chain(chain *c, unsigned levels, const mien_tensor_goal *goal) {
    memset(c, 0, sizeof *c);
    unsigned most = row_most(goal); /* inner rows are not longer */
    for (unsigned row = MIEN_TENSOR_INNER_ROW_MIN; row <= most && levels > 0; row++) {
        for (unsigned rate = 1; rate <= INNER_RATE_MAX; rate++)
            c->queries[row][rate] =
                mien_tensor_queries(row + rate, UINT64_C(1) << row, column_bits(goal), levels + 2);
        c->size[0][row] = (size_t)MIEN_K_BYTES << row;
    }
    for (unsigned more = 1; more < levels; more++)
        for (unsigned row = MIEN_TENSOR_INNER_ROW_MIN; row <= most; row++)
            c->size[more][row] =
                best_level(&c->first[more][row], c, more - 1, (size_t)1 << row, row);
}

/* False when there is no such chain. */
static bool set_inner(mien_tensor_shape *shape, const chain *c, unsigned levels,
                      uint32_t first_tree) {
    unsigned above = shape->log2_row;
    if (levels > 0 &&
        best_level(&shape->inner[0], c, levels - 1, mien_tensor_length(shape), above) == 0)
        return false;
    for (unsigned i = 0; i < levels; i++) {
        if (i > 0) shape->inner[i] = c->first[levels - i][above];
        shape->inner[i].tree = first_tree + i;
        above = shape->inner[i].log2_row;
    }
    return true;
}

/* Columns of w: the more there are, the longer is the tail. False when there is no room. */
static bool set_queries(mien_tensor_shape *shape, const mien_tensor_goal *goal) {
    unsigned levels = mien_tensor_inner_count(shape);
    uint32_t openings = goal->openings > 1 ? goal->openings : 1;
    uint64_t half = UINT64_C(1) << (shape->log2_columns - 1);
    for (uint32_t queries = shape->queries;;) {
        uint64_t tail = (uint64_t)queries * openings;
        if ((UINT64_C(1) << shape->log2_row) + tail > half) return false;
        shape->queries = queries;
        shape->tail = (uint32_t)tail;
        uint64_t k = mien_tensor_length(shape);
        if (levels > 0) k = (uint64_t)mien_tensor_inner_rows(shape, 0) << shape->inner[0].log2_row;
        uint32_t needed =
            mien_tensor_queries(shape->log2_columns, k, column_bits(goal), levels + 2);
        if (needed == 0) return false;
        if (needed <= queries) return true;
        queries = needed;
    }
}

static size_t size_of(const mien_tensor_shape *shape, const mien_tensor_goal *goal) {
    size_t tree = (size_t)MIEN_TENSOR_SALT * shape->queries +
                  mien_merkle_opening_max_size(shape->log2_columns, shape->queries);
    return mien_tensor_opening_max_size(shape) + goal->other_parts * tree;
}

typedef struct candidate {
    mien_tensor_shape shape;
    size_t size;
} candidate;

static void consider(candidate *best, mien_tensor_shape shape, const chain *c, unsigned levels,
                     uint32_t first_tree, const mien_tensor_goal *goal) {
    if (!set_queries(&shape, goal)) return; /* a tail, to begin with */
    if (!set_inner(&shape, c, levels, first_tree) || !set_queries(&shape, goal)) return;
    size_t size = size_of(&shape, goal);
    if (best->size != 0 && size >= best->size) return;
    best->shape = shape;
    best->size = size;
}

/* Rates below the usual one where w is so small that its code words still fit the bound. */
static void consider_rates(candidate *best, mien_tensor_shape shape, const chain *c,
                           unsigned levels, uint32_t first_tree, const mien_tensor_goal *goal) {
    for (unsigned rate = goal->log2_inverse_rate; rate <= RATE_MAX; rate++) {
        shape.log2_columns = shape.log2_row + rate;
        uint64_t encoded = (uint64_t)shape.row_count << shape.log2_columns;
        bool usual = rate == goal->log2_inverse_rate;
        if (shape.log2_columns > MIEN_F_TWO_ADICITY || (!usual && encoded > goal->encoded_most))
            return;
        consider(best, shape, c, levels, first_tree, goal);
    }
}

static void consider_rows(candidate *best, const chain *c, unsigned levels, uint32_t first_tree,
                          const mien_tensor_goal *goal) {
    for (unsigned row = ROW_MIN; row <= row_most(goal) && row <= goal->log2_size; row++) {
        mien_tensor_shape shape = {.log2_size = goal->log2_size,
                                   .log2_row = row,
                                   .queries = 1,
                                   .grinding_bits = goal->grinding_bits};
        uint64_t rows = mien_tensor_rows_of(NULL, 0, row, goal->spans, goal->span_count);
        if (rows >= UINT64_C(1) << 24) continue;
        shape.row_count = (uint32_t)rows;
        consider_rates(best, shape, c, levels, first_tree, goal);
    }
}

mien_status mien_tensor_choose(mien_tensor_shape *shape, uint32_t first_tree,
                               const mien_tensor_goal *goal) {
    candidate best = {.size = 0};
    chain c;
    memset(shape, 0, sizeof *shape);
    if (!goal_valid(goal)) return MIEN_ARGUMENT;
    for (unsigned levels = 0; levels <= MIEN_TENSOR_INNER_MAX; levels++) {
        fill_chain(&c, levels, goal);
        consider_rows(&best, &c, levels, first_tree, goal);
    }
    if (best.size == 0) return MIEN_ARGUMENT;
    *shape = best.shape;
    return MIEN_OK;
}
