/* SPDX-License-Identifier: MIT */
/* The soundness error of an opening, term by term, as docs/ARGUMENT.md derives it. */
#ifndef MIEN_PROVER_COMMITMENT_SECURITY_H
#define MIEN_PROVER_COMMITMENT_SECURITY_H

#include "prover/commitment/tensor.h"
#include "prover/verifier.h"

/* Fill up to `capacity` terms for openings of a vector with this shape (all parts of an opening
 * give the same); returns how many there are, the total last. 0 for a bad shape. */
size_t mien_tensor_security(mien_security_term *terms, size_t capacity,
                            const mien_tensor_shape *shape);

#endif
