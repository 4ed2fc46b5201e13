/* SPDX-License-Identifier: MIT */
/* The soundness error of match, term by term, as docs/SOUNDNESS.md derives it. */
#include <math.h>

#include "prover/circuits/match.h"
#include "prover/hash/merkle.h"
#include "prover/ligero/security.h"
#include "prover/prover.h"

/* Figures are rounded down to this, which is far more than the arithmetic here loses. */
#define STEP 0.001

static double rounded_down(double bits) {
    return floor(bits / STEP - 0.5) * STEP;
}

enum { ERRORS = MIEN_LIGERO_ERRORS, TREE = ERRORS, BINDING, TOTAL, COUNT };

static const mien_security_term names[COUNT - ERRORS] = {
    [TREE - ERRORS] = {"collisions of BLAKE2s", "work 2^(256 / 2)", 0, 0},
    [BINDING - ERRORS] = {"collisions of Poseidon2", "work p^(9 / 2)", 0, 0},
    [TOTAL - ERRORS] = {"total", "the smaller of the sum of errors and the works", 0, 0},
};

/* -log2 of the sum of the errors, or less when a collision is less work. */
static double total(const double bits[COUNT]) {
    double sum = 0;
    for (int i = 0; i < ERRORS; i++) sum += exp2(-bits[i]);
    return fmin(-log2(sum), fmin(bits[TREE], bits[BINDING]));
}

static void fill_bits(double bits[COUNT], const mien_proof_parameters *p) {
    mien_ligero_error_bits(bits, p, MIEN_MATCH_CONSTRAINTS);
    bits[TREE] = 8.0 * MIEN_MERKLE_DIGEST / 2;
    bits[BINDING] = MIEN_POSEIDON2_DIGEST * log2((double)MIEN_F_MODULUS) / 2;
    bits[TOTAL] = total(bits);
}

size_t mien_match_security(mien_security_term *terms, size_t capacity,
                           const mien_proof_parameters *parameters) {
    double plain[COUNT], ground[COUNT];
    fill_bits(plain, parameters);
    memcpy(ground, plain, sizeof ground);
    ground[MIEN_LIGERO_ERROR_QUERIES] += parameters->grinding_bits;
    ground[TOTAL] = total(ground);
    for (size_t i = 0; i < COUNT && i < capacity; i++) {
        bool exact = i == TREE || (i == TOTAL && plain[i] >= plain[TREE]);
        terms[i] = i < ERRORS ? mien_ligero_error_terms[i] : names[i - ERRORS];
        terms[i].bits = exact ? plain[i] : rounded_down(plain[i]);
        terms[i].bits_grinding = ground[i] == plain[TREE] ? ground[i] : rounded_down(ground[i]);
    }
    return COUNT;
}
