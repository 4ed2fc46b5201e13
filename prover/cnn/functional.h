/* SPDX-License-Identifier: MIT */
/* What an evaluation of the lookup leaves says about the witness.
 *
 * Leaf of position p < 2S (challenges a, g, h in K, drawn after w was committed):
 *   a value that a range table holds     a + id + g value
 *   an output                            a + id + g q + h out      (id of its channel's table)
 *   an output that is its quotient       a + id + g (q - out)      (table of the row 0 alone)
 *   a position without value             a, the row (0, 0, 0) that no table has
 * q = (acc + 2^(s-1) - rem) / 2^s and acc are linear in w, so for a point r in K^(log2_half + 1)
 *   leaves(r) = constant + sum over pieces of  scale sum_(s,c) delta(s) alpha(c) w(base + s C' +
 * c), with constant and pieces that prover and verifier compute alike. Nothing is sent for a
 * convolution, and no sumcheck of its own is needed: tap d of a kernel gives one rank-1 piece,
 *   alpha(i) = sum_o eq(r, o) weight(o, i, d),   delta(s') = eq(r, s) where tap d of s reads s',
 * groups, strides, paddings and residuals included. A piece on a virtual tensor (max pool, concat)
 * becomes pieces on the blocks it is made of.
 *
 * Point r: r[i] belongs to bit i of the position, least significant first. The piece's vectors are
 * public. Scalar code that a microcontroller can run; no allocation. */
#ifndef MIEN_PROVER_CNN_FUNCTIONAL_H
#define MIEN_PROVER_CNN_FUNCTIONAL_H

#include "prover/cnn/cnn.h"
#include "prover/sumcheck/pieces.h"

typedef struct mien_cnn_challenges {
    mien_k a, g, h;
} mien_cnn_challenges;

typedef struct mien_cnn_piece_sink {
    /* The vectors are valid during the call only. Consecutive pieces often share the block. */
    void (*take)(void *context, const mien_piece *piece);
    /* Takes the pieces of the taps of a depthwise kernel as one; NULL: one by one through take. */
    void (*take_taps)(void *context, const mien_tap_piece *piece);
    void *context;
    /* NULL, or told before the pieces of a block of the plan come: for profiles. */
    void (*block)(void *context, uint32_t index);
} mien_cnn_piece_sink;

/* Elements of K that the functions below need as scratch. */
size_t mien_cnn_functional_scratch(const mien_cnn_plan *plan, const mien_cnn *cnn);

/* Hand out all pieces of leaves(point) and return the constant. */
mien_k mien_cnn_leaves_functional(const mien_cnn_plan *plan, const mien_cnn *cnn,
                                  const mien_cnn_challenges *challenges, const mien_k *point,
                                  mien_k *scratch, const mien_cnn_piece_sink *sink);
/* The table's denominators at a point of log2_ceiling(T) coordinates: row of a range table
 * a + id + g value, of an activation table a + id + g q + h activation(q), behind the last row 1.
 */
mien_k mien_cnn_table_denominator(const mien_cnn_plan *plan, const mien_cnn_challenges *challenges,
                                  const mien_k *point, mien_k *scratch);
/* eq(row point, row) eq(end, B + row) summed over all rows of the tables: the functional of the
 * claim "the counts at the row point" at the point `end` of log2_size coordinates. */
mien_k mien_cnn_counts_at(const mien_cnn_plan *plan, const mien_k *row_point, const mien_k *end);
/* Coordinates of a point of the table section. */
unsigned mien_cnn_table_log2(const mien_cnn_plan *plan);

/* A claim sum_(s,c) delta(s) alpha(c) tensor(s,c), tensor number `tensor` of the network, as
 * pieces: for claims on the input or output from outside. delta has the tensor's sites, alpha its
 * channels. */
void mien_cnn_tensor_functional(const mien_cnn_plan *plan, const mien_cnn *cnn, uint32_t tensor,
                                const mien_k *alpha, const mien_k *delta, mien_k scale,
                                mien_k *scratch, const mien_cnn_piece_sink *sink);

/* out[j] = eq(point, first + j) for j < count, point of `bits` coordinates, first + count <=
 * 2^bits. scratch: mien_cnn_eq_scratch(count) elements. */
void mien_cnn_eq_range(mien_k *out, const mien_k *point, unsigned bits, uint64_t first,
                       size_t count, mien_k *scratch);
size_t mien_cnn_eq_scratch(size_t count);

/* A sink that adds up the value of the pieces' functional at a point of log2_size coordinates:
 * L(point) for the end of the batch sumcheck. */
typedef struct mien_cnn_evaluator {
    const mien_field_kernels *kernels;
    const mien_k *point;
    unsigned bits;
    mien_k sum;
    uint32_t base, sites; /* of the cached equality vectors */
    mien_k_block *eq_sites, *eq_channels, *packed;
    mien_k *unpacked, *eq_scratch;
} mien_cnn_evaluator;

size_t mien_cnn_evaluator_scratch(const mien_cnn_plan *plan);
void mien_cnn_evaluator_start(mien_cnn_evaluator *evaluator, const mien_cnn_plan *plan,
                              const mien_k *point, mien_k *scratch);
mien_cnn_piece_sink mien_cnn_evaluator_sink(mien_cnn_evaluator *evaluator);

#endif
