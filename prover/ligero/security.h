/* SPDX-License-Identifier: MIT */
/* The soundness error of zk-Ligero, term by term, as docs/SOUNDNESS.md derives it. */
#ifndef MIEN_PROVER_LIGERO_SECURITY_H
#define MIEN_PROVER_LIGERO_SECURITY_H

#include "prover/ligero/parameters.h"

typedef enum mien_ligero_error {
    MIEN_LIGERO_ERROR_PROXIMITY,
    MIEN_LIGERO_ERROR_AGREEMENT,
    MIEN_LIGERO_ERROR_LINEAR,
    MIEN_LIGERO_ERROR_PRODUCTS,
    MIEN_LIGERO_ERROR_QUERIES, /* the one that grinding adds to */
    MIEN_LIGERO_ERRORS
} mien_ligero_error;

/* -log2 of each error for a system with this many linear constraints; not rounded. */
void mien_ligero_error_bits(double bits[MIEN_LIGERO_ERRORS],
                            const mien_proof_parameters *parameters, size_t constraint_count);
/* Names and formulas. */
extern const mien_security_term mien_ligero_error_terms[MIEN_LIGERO_ERRORS];

/* Fill up to `capacity` terms: the errors, collisions of the tree's hash, and the total, which is
 * the last; returns how many there are. 0 for parameters that are refused. */
size_t mien_ligero_security(mien_security_term *terms, size_t capacity,
                            const mien_proof_parameters *parameters, size_t constraint_count);

#endif
