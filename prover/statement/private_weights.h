/* SPDX-License-Identifier: MIT */
/* A network whose weights are hidden: what is public of it, and the root that stands for it.
 *
 * Public: shapes, strides, groups, residuals, shifts, activations and their slopes, ranges, limits
 * of quotients, how many digits the weights and biases of each layer have (prover/cnn/weights.h),
 * and the root of a commitment to theta, the vector of all digits. Hidden: theta.
 *
 * M, the digest of all of this, is what a verifier keeps a list of. It belongs on that list after
 * the registration's proof (prover/statement/registration.h) was checked: digits in their range, or
 * the arithmetic has more than one answer; or after a renewal from an M that is on the list.
 *
 * The commitment is a part of the long commitment (prover/commitment/tensor.h) with a budget: q t
 * random coefficients a row for t openings. Registration, each proof, and a renewal take one each;
 * whoever holds the weights keeps the count. A renewal makes the next generation: the same theta
 * under new randomness. */
#ifndef MIEN_PROVER_STATEMENT_PRIVATE_WEIGHTS_H
#define MIEN_PROVER_STATEMENT_PRIVATE_WEIGHTS_H

#include "prover/cnn/weights.h"
#include "prover/commitment/tensor.h"

#define MIEN_PRIVATE_ROWS_MAX 2048u
#define MIEN_PRIVATE_OPENINGS_MAX 1024u
#define MIEN_PRIVATE_GENERATION_MAX 0xffffu

struct mien_inference_parameters;

typedef struct mien_private_weights {
    mien_cnn_weights layout;
    uint32_t openings;   /* t, 2..1024 */
    uint32_t generation; /* 0, 1, .. */
    uint8_t root[MIEN_MERKLE_DIGEST];
} mien_private_weights;

/* Trees of the parts of an opening; generations that follow each other have different ones. */
#define MIEN_PRIVATE_TREE 0x77000000u
#define MIEN_PRIVATE_MASK_TREE 0x776d736bu
#define MIEN_PRIVATE_INNER_TREE 0x77696e00u

/* The least log2_size of a layout with this budget: rows must have room for their random
 * coefficients. 0 for a budget out of range. */
unsigned mien_private_weights_log2_least(uint32_t openings);

/* Two parts: theta's rows, and the mask of one opening without rows. The vector has 2^(log2_size +
 * extra) positions, of which theta takes the first. `rows`: MIEN_PRIVATE_ROWS_MAX words, the
 * caller's. MIEN_ARGUMENT for a budget or a generation out of range, MIEN_UNSUPPORTED when there is
 * no shape. */
typedef struct mien_private_parts {
    mien_tensor_shape theta, mask;
} mien_private_parts;
MIEN_MUST_CHECK mien_status mien_private_weights_parts(
    mien_private_parts *parts, uint32_t *rows, const struct mien_inference_parameters *parameters,
    const mien_private_weights *weights, unsigned extra);

/* MIEN_ARGUMENT unless cnn is without weights and the layout is the one that mien_cnn_weights_make
 * gives for it: the layout's numbers of digits are all that is taken from whoever registers. */
MIEN_MUST_CHECK mien_status mien_private_weights_check(const mien_cnn *cnn,
                                                       const mien_cnn_plan *plan,
                                                       const mien_private_weights *weights);

/* M. cnn: with or without its weights, which are not looked at. */
void mien_private_weights_digest(uint8_t digest[32],
                                 const struct mien_inference_parameters *parameters,
                                 const mien_cnn *cnn, const mien_private_weights *weights);

#endif
