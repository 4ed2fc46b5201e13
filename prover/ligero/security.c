/* SPDX-License-Identifier: MIT */
#include "prover/ligero/security.h"

#include <math.h>

#include "prover/hash/merkle.h"

/* Figures are rounded down to this, which is far more than the arithmetic here loses. */
#define STEP 0.001

static double rounded_down(double bits) {
    return floor(bits / STEP - 0.5) * STEP;
}

/* Bits of q distinct columns that all have to fall among the `passing` of N: the product of
 * (passing - i) / (N - i). */
static double query_bits(const mien_proof_parameters *p, double passing) {
    double bits = 0, length = (double)mien_ligero_length(p);
    for (int i = 0; i < p->queries; i++) bits += log2((length - i) / (passing - i));
    return bits;
}

/* The most columns that can pass all three tests of a false statement, when no challenge was
 * lucky: N - e - 1 for words that are not e-close, and for words that are, k - 1 + e where the
 * proximity response is wrong and the degrees of the two other tests; e = floor((N - k) / 2). */
static double passing_columns(const mien_proof_parameters *p) {
    size_t length = mien_ligero_length(p), k = mien_ligero_dimension(p);
    size_t errors = (length - k) / 2;
    size_t bounds[] = {length - errors - 1, k - 1 + errors, mien_ligero_linear_length(p) - 1,
                       2 * (k - 1)};
    size_t most = 0;
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        if (bounds[i] > most) most = bounds[i];
    return (double)most;
}

const mien_security_term mien_ligero_error_terms[MIEN_LIGERO_ERRORS] = {
    [MIEN_LIGERO_ERROR_PROXIMITY] = {"proximity of the rows", "N / |K|", 0, 0},
    [MIEN_LIGERO_ERROR_AGREEMENT] = {"wrong columns that agree", "floor((N - k) / 2) / |K|", 0, 0},
    [MIEN_LIGERO_ERROR_LINEAR] = {"linear test", "constraints / |K|", 0, 0},
    [MIEN_LIGERO_ERROR_PRODUCTS] = {"product test", "1 / |K|", 0, 0},
    [MIEN_LIGERO_ERROR_QUERIES] = {"opened columns",
                                   "prod_(i < q) (P - i) / (N - i), P = ceil((N + k) / 2) - 1", 0,
                                   0},
};

void mien_ligero_error_bits(double bits[MIEN_LIGERO_ERRORS], const mien_proof_parameters *p,
                            size_t constraint_count) {
    double challenges = MIEN_K_DEGREE * log2((double)MIEN_F_MODULUS);
    size_t length = mien_ligero_length(p), k = mien_ligero_dimension(p);
    bits[MIEN_LIGERO_ERROR_PROXIMITY] = challenges - log2((double)length);
    bits[MIEN_LIGERO_ERROR_AGREEMENT] = challenges - log2((double)((length - k) / 2));
    bits[MIEN_LIGERO_ERROR_LINEAR] = challenges - log2((double)constraint_count);
    bits[MIEN_LIGERO_ERROR_PRODUCTS] = challenges;
    bits[MIEN_LIGERO_ERROR_QUERIES] = query_bits(p, passing_columns(p));
}

static double sum_of(const double bits[MIEN_LIGERO_ERRORS], double grinding) {
    double sum = 0;
    for (int i = 0; i < MIEN_LIGERO_ERRORS; i++)
        sum += exp2(-bits[i] - (i == MIEN_LIGERO_ERROR_QUERIES ? grinding : 0));
    return -log2(sum);
}

size_t mien_ligero_security(mien_security_term *terms, size_t capacity,
                            const mien_proof_parameters *parameters, size_t constraint_count) {
    enum { TREE = MIEN_LIGERO_ERRORS, TOTAL, COUNT };
    double bits[MIEN_LIGERO_ERRORS], grinding = parameters->grinding_bits;
    const double tree = 8.0 * MIEN_MERKLE_DIGEST / 2;
    if (!mien_ligero_parameters_valid(parameters) || constraint_count == 0) return 0;
    mien_ligero_error_bits(bits, parameters, constraint_count);
    for (size_t i = 0; i < MIEN_LIGERO_ERRORS && i < capacity; i++) {
        terms[i] = mien_ligero_error_terms[i];
        terms[i].bits = rounded_down(bits[i]);
        terms[i].bits_grinding =
            rounded_down(bits[i] + (i == MIEN_LIGERO_ERROR_QUERIES ? grinding : 0));
    }
    if (TREE < capacity)
        terms[TREE] = (mien_security_term){"collisions of BLAKE2s", "work 2^(256 / 2)", tree, tree};
    if (TOTAL < capacity)
        terms[TOTAL] =
            (mien_security_term){"total", "the smaller of the sum of errors and the work",
                                 fmin(tree, rounded_down(sum_of(bits, 0))),
                                 fmin(tree, rounded_down(sum_of(bits, grinding)))};
    return COUNT;
}
