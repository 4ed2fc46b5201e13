/* SPDX-License-Identifier: MIT */
/* The soundness error of match, term by term, as docs/SOUNDNESS.md derives it. */
#include <math.h>

#include "prover/circuits/match.h"
#include "prover/hash/merkle.h"
#include "prover/ligero/parameters.h"
#include "prover/prover.h"

/* Figures are rounded down to this, which is far more than the arithmetic here loses. */
#define STEP 0.001

static double rounded_down(double bits) {
    return floor(bits / STEP - 0.5) * STEP;
}

static double log2_field(void) {
    return log2((double)MIEN_F_MODULUS);
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

enum {
    PROXIMITY,
    AGREEMENT,
    LINEAR,
    PRODUCTS,
    QUERIES,
    ERRORS,
    TREE = ERRORS,
    BINDING,
    TOTAL,
    COUNT
};

static const mien_security_term names[COUNT] = {
    [PROXIMITY] = {"proximity of the rows", "N / |K|", 0, 0},
    [AGREEMENT] = {"wrong columns that agree", "floor((N - k) / 2) / |K|", 0, 0},
    [LINEAR] = {"linear test", "constraints / |K|", 0, 0},
    [PRODUCTS] = {"product test", "1 / |K|", 0, 0},
    [QUERIES] = {"opened columns", "prod_(i < q) (P - i) / (N - i), P = ceil((N + k) / 2) - 1", 0,
                 0},
    [TREE] = {"collisions of BLAKE2s", "work 2^(256 / 2)", 0, 0},
    [BINDING] = {"collisions of Poseidon2", "work p^(9 / 2)", 0, 0},
    [TOTAL] = {"total", "the smaller of the sum of errors and the works", 0, 0},
};

/* -log2 of the sum of the errors, or less when a collision is less work. */
static double total(const double bits[COUNT]) {
    double sum = 0;
    for (int i = 0; i < ERRORS; i++) sum += exp2(-bits[i]);
    return fmin(-log2(sum), fmin(bits[TREE], bits[BINDING]));
}

static void fill_bits(double bits[COUNT], const mien_proof_parameters *p) {
    double field = log2_field(), challenges = MIEN_K_DEGREE * field;
    size_t length = mien_ligero_length(p), k = mien_ligero_dimension(p);
    bits[PROXIMITY] = challenges - log2((double)length);
    bits[AGREEMENT] = challenges - log2((double)((length - k) / 2));
    bits[LINEAR] = challenges - log2(MIEN_MATCH_CONSTRAINTS);
    bits[PRODUCTS] = challenges;
    bits[QUERIES] = query_bits(p, passing_columns(p));
    bits[TREE] = 8.0 * MIEN_MERKLE_DIGEST / 2;
    bits[BINDING] = MIEN_POSEIDON2_DIGEST * field / 2;
    bits[TOTAL] = total(bits);
}

size_t mien_match_security(mien_security_term *terms, size_t capacity,
                           const mien_proof_parameters *parameters) {
    double plain[COUNT], ground[COUNT];
    fill_bits(plain, parameters);
    memcpy(ground, plain, sizeof ground);
    ground[QUERIES] += parameters->grinding_bits;
    ground[TOTAL] = total(ground);
    for (size_t i = 0; i < COUNT && i < capacity; i++) {
        bool exact = i == TREE || (i == TOTAL && plain[i] >= plain[TREE]);
        terms[i] = names[i];
        terms[i].bits = exact ? plain[i] : rounded_down(plain[i]);
        terms[i].bits_grinding = ground[i] == plain[TREE] ? ground[i] : rounded_down(ground[i]);
    }
    return COUNT;
}
