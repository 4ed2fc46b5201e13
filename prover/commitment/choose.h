/* SPDX-License-Identifier: MIT */
/* The shape of a long commitment that gives the shortest opening. Integers only, so that prover and
 * verifier find the same shape on every machine; for verifiers too. */
#ifndef MIEN_PROVER_COMMITMENT_CHOOSE_H
#define MIEN_PROVER_COMMITMENT_CHOOSE_H

#include "prover/commitment/tensor.h"

/* Positions first .. end - 1 of w. */
typedef struct mien_tensor_span {
    uint64_t first, end;
} mien_tensor_span;

typedef struct mien_tensor_goal {
    unsigned log2_size; /* n, 6..32 */
    const mien_tensor_span
        *spans; /* what is committed: ascending, disjoint, not empty, below 2^n */
    size_t span_count;
    unsigned bits; /* of soundness, 1..200: the sets of columns have at most half of 2^-bits
                      together, what depends on |K| is added by mien_tensor_security */
    unsigned grinding_bits;     /* 0..20, counted */
    unsigned log2_inverse_rate; /* 2..6: the columns of the first level are this many times 2 longer
                                   than a row; the prover's time is proportional to the length */
    uint64_t encoded_most; /* lower rates (to 2^-6) are looked at too while the code words of all
                              rows have no more elements together; 0: none */
    unsigned log2_row_max; /* 0 stands for 16: longer rows cost more time than they save bytes,
                              while      rows are a few hundred */
    uint32_t openings;     /* the largest budget of a part; 0 stands for 1 */
    uint32_t other_parts;  /* trees beside the one with the spans */
} mien_tensor_goal;

/* Least number of distinct columns, out of 2^log2_columns, that tell a word of a code of dimension
 * k from a wrong one, but for an error of 2^-bits / share: prod_(i < q) (P - i) / (N - i) with P of
 * docs/ARGUMENT.md. share 1..255. 0 when no number does (k > N / 2, or more bits than N columns
 * give). */
uint32_t mien_tensor_queries(unsigned log2_columns, uint64_t k, unsigned bits, unsigned share);

/* How many rows of 2^log2_row positions the spans touch; writes the numbers of the first `capacity`
 * of them unless `rows` is NULL. */
uint64_t mien_tensor_rows_of(uint32_t *rows, uint64_t capacity, unsigned log2_row,
                             const mien_tensor_span *spans, size_t span_count);

/* Fill in *shape, all but tree and rows (row_count is that of all spans). Its tail has room for the
 * budget. first_tree and the numbers after it are those of the inner levels' trees. MIEN_ARGUMENT
 * for a bad goal or when no shape reaches it; *shape is then zeroed. */
MIEN_MUST_CHECK mien_status mien_tensor_choose(mien_tensor_shape *shape, uint32_t first_tree,
                                               const mien_tensor_goal *goal);

#endif
