/* SPDX-License-Identifier: MIT */
/* One round of a sumcheck, cut into blocks for threads and vectors; and the last rounds, which are
 * too short for vectors. For provers. */
#ifndef MIEN_PROVER_SUMCHECK_ROUNDS_H
#define MIEN_PROVER_SUMCHECK_ROUNDS_H

#include "platform/threads/pool.h"
#include "prover/sumcheck/equality.h"
#include "prover/sumcheck/kernels.h"

/* How the work is done; the proof does not depend on it. */
typedef struct mien_machine {
    const mien_field_kernels *field;
    const mien_sum_kernels *sum;
    mien_pool *pool; /* NULL: one thread */
} mien_machine;

/* The kernels of mien_simd_level(). */
static inline mien_machine mien_machine_best(mien_pool *pool) {
    mien_machine machine = {mien_field_kernels_best(), mien_sum_kernels_best(), pool};
    return machine;
}

/* Sums of one block; `context` says over what. */
typedef void (*mien_block_function)(void *context, mien_k *out, const mien_round_block *block);

/* out = the `sums` sums of a whole round with 2^bits pairs, bits >= 4, weighed with eq over the
 * lowest `bits` coordinates, or with ones when `equality` is NULL. */
void mien_round(mien_k *out, size_t sums, const mien_machine *machine, mien_block_function function,
                void *context, unsigned bits, const mien_k *rho,
                const mien_equality_split *equality);

/* Run task over [0, count) in pieces of whole multiples of 16, on all threads. */
typedef void (*mien_range_function)(void *context, size_t first, size_t count);
void mien_range(const mien_machine *machine, mien_range_function function, void *context,
                size_t count);

/* The same in pieces of `least` and more, of any length: for passes that are long themselves. */
void mien_range_of(const mien_machine *machine, mien_range_function function, void *context,
                   size_t count, size_t least);

/* ---- the end: few positions, two or four vectors */
#define MIEN_SMALL_ROUND 64
typedef struct mien_small {
    unsigned columns; /* 2: f = c0 c1; 4: f = c0 c3 + c2 c1 */
    size_t size;
    mien_k column[4][MIEN_SMALL_ROUND];
} mien_small;

/* v += rho (v' - v) on both halves. */
void mien_small_fold(mien_small *small, mien_k rho);
/* Sums over size / 2 pairs, weighed as mien_round does. */
void mien_small_round(mien_k out[2], const mien_small *small, const mien_equality_split *equality);

#endif
