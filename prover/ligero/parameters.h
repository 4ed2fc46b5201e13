/* SPDX-License-Identifier: MIT */
/* Size of the code and strength of the tests. docs/SOUNDNESS.md derives what they give; sets that a
 * verifier accepts are listed in prover/statement/parameters.c only, others exist in tests. */
#ifndef MIEN_PROVER_LIGERO_PARAMETERS_H
#define MIEN_PROVER_LIGERO_PARAMETERS_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/status.h"
#include "prover/code/reed_solomon.h"
#include "prover/verifier.h"

/* Upper limits, for arrays of fixed size. */
#define MIEN_LIGERO_MAX_QUERIES 192
#define MIEN_LIGERO_MAX_LOG2_LENGTH 14

struct mien_proof_parameters {
    uint16_t id;           /* of the set, on the wire */
    uint8_t log2_slots;    /* m = 2^log2_slots: message elements in a row */
    uint8_t log2_length;   /* N = 2^log2_length: code length */
    uint16_t queries;      /* q: opened columns, and random coefficients in a row */
    uint8_t grinding_bits; /* at most 20 */
    uint8_t short_salts; /* 1: 16 bytes of each salt are drawn and sent, zeros follow in the leaf */
};

static inline size_t mien_ligero_salt(const mien_proof_parameters *p) {
    return p->short_salts ? 16 : 32;
}

/* K rows behind the circuit's rows: mask of the proximity test, two halves of the mask of the
 * linear test, two halves of the mask of the product test. */
enum {
    MIEN_LIGERO_MASK_PROXIMITY,
    MIEN_LIGERO_MASK_LINEAR_LOW,
    MIEN_LIGERO_MASK_LINEAR_HIGH,
    MIEN_LIGERO_MASK_PRODUCT_LOW,
    MIEN_LIGERO_MASK_PRODUCT_HIGH,
    MIEN_LIGERO_MASKS
};

static inline size_t mien_ligero_slots(const mien_proof_parameters *p) {
    return (size_t)1 << p->log2_slots;
}
static inline size_t mien_ligero_length(const mien_proof_parameters *p) {
    return (size_t)1 << p->log2_length;
}
/* Dimension k = m + q of the code; the number of coefficients of the proximity response. */
static inline size_t mien_ligero_dimension(const mien_proof_parameters *p) {
    return mien_ligero_slots(p) + p->queries;
}
/* Coefficients of the linear response, degree <= (m - 1) + (k - 1). */
static inline size_t mien_ligero_linear_length(const mien_proof_parameters *p) {
    return 2 * mien_ligero_slots(p) + p->queries - 1;
}
/* Coefficients of the product response, degree <= 2(k - 1) - m. */
static inline size_t mien_ligero_product_length(const mien_proof_parameters *p) {
    return mien_ligero_slots(p) + 2 * (size_t)p->queries - 1;
}
/* Mask = low + X^shift high. Both shifts make the degree exactly that of the response, and the two
 * halves overlap in at least q coefficients, so that opening q columns of both tells no more than
 * their sum (docs/SOUNDNESS.md, zero knowledge). */
static inline size_t mien_ligero_linear_shift(const mien_proof_parameters *p) {
    return mien_ligero_slots(p) - 1;
}
static inline size_t mien_ligero_product_shift(const mien_proof_parameters *p) {
    return (size_t)p->queries - 1;
}
/* Elements of F in a column of a matrix of `rows` rows: the rows, then five for each mask. */
static inline size_t mien_ligero_column_elements(size_t rows) {
    return rows + (size_t)MIEN_LIGERO_MASKS * MIEN_K_DEGREE;
}
/* 1 when sizes fit each other and the limits above: m >= 4, 2 <= q <= m, 2(m + q) <= N. Says
 * nothing about soundness. */
int mien_ligero_parameters_valid(const mien_proof_parameters *p);
/* The row code that the parameters choose. */
mien_rs_shape mien_ligero_shape(const mien_proof_parameters *p);

#endif
