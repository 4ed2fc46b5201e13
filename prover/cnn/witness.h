/* SPDX-License-Identifier: MIT */
/* Filling the witness w of a plan from the values of one run of the network.
 *
 * Activations, w and the counts are secret (they tell the frame). Time and addresses: the counts
 * are indexed by secret values, so filling is not constant time; the prover's machine is the
 * owner's. */
#ifndef MIEN_PROVER_CNN_WITNESS_H
#define MIEN_PROVER_CNN_WITNESS_H

#include "prover/cnn/cnn.h"
#include "prover/field/field.h"

/* Arrays of the caller, zeroed before the first call. Each function fills the blocks of one tensor;
 * a value outside of its table gives MIEN_INTERNAL (the bounds proven at import exclude it) and
 * leaves them unusable. */
typedef struct mien_cnn_witness {
    mien_f *w;        /* 2^log2_size */
    mien_f *first;    /* 2^(log2_half + 1): what a leaf looks up, pixel, quotient, lead of a pool or
                         remainder */
    uint32_t *counts; /* table_rows: how often each row is used */
} mien_cnn_witness;

/* values: tensor 0, sites x channels. */
MIEN_MUST_CHECK mien_status mien_cnn_witness_input(const mien_cnn_witness *witness,
                                                   const mien_cnn_plan *plan,
                                                   const int16_t *values);
/* block: the first of the convolution's, all are filled. accumulators: acc of the convolution,
 * sites x channels. out: receives the layer's output, or NULL. */
MIEN_MUST_CHECK mien_status mien_cnn_witness_convolution(const mien_cnn_witness *witness,
                                                         int16_t *out, const mien_cnn_plan *plan,
                                                         const mien_cnn_block *block,
                                                         const int32_t *accumulators);
/* in: the pool's input tensor. out: receives the layer's output, sites x channels. Fills all steps.
 */
MIEN_MUST_CHECK mien_status mien_cnn_witness_pool(const mien_cnn_witness *witness, int16_t *out,
                                                  const mien_cnn_plan *plan, const mien_cnn *cnn,
                                                  uint32_t layer, const int16_t *in);

/* Sites first .. first + count - 1 of the output alone; the arrays are still those of the whole
 * layer. Different sites may be filled by different threads, each with `counts` of its own, which
 * add up. */
MIEN_MUST_CHECK mien_status mien_cnn_witness_convolution_sites(
    const mien_cnn_witness *witness, int16_t *out, const mien_cnn_plan *plan,
    const mien_cnn_block *block, const int32_t *accumulators, uint32_t first, uint32_t count);
MIEN_MUST_CHECK mien_status mien_cnn_witness_pool_sites(const mien_cnn_witness *witness,
                                                        int16_t *out, const mien_cnn_plan *plan,
                                                        const mien_cnn *cnn, uint32_t layer,
                                                        const int16_t *in, uint32_t first,
                                                        uint32_t count);

/* The counts as elements of the table section, after all blocks. */
void mien_cnn_witness_counts(const mien_cnn_witness *witness, const mien_cnn_plan *plan);

/* acc of a convolution, straight from the definition: the slow reference. `in` and `residual` (NULL
 * if there is none) are tensors, dense. acc fits int32 by the bounds of the model. */
void mien_cnn_accumulate(int32_t *accumulators, const mien_cnn_layer *layer, const int16_t *in,
                         const int16_t *residual);

#endif
