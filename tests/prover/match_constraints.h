/* SPDX-License-Identifier: MIT */
/* The linear constraints of match written out one by one, as docs/PROTOCOL.md lists them and
 * without the code of prover/circuits that combines them. */
#ifndef MIEN_TESTS_PROVER_MATCH_CONSTRAINTS_H
#define MIEN_TESTS_PROVER_MATCH_CONSTRAINTS_H

#include "prover/circuits/match.h"

typedef struct constraint_term {
    uint16_t row, slot;
    mien_f weight;
} constraint_term;

/* Terms first[c] .. first[c + 1] - 1 of constraint c, by row, then slot; their sum is right[c]. */
typedef struct constraint_list {
    constraint_term *terms;
    size_t count, capacity;
    size_t first[MIEN_MATCH_CONSTRAINTS + 1];
    mien_f right[MIEN_MATCH_CONSTRAINTS];
    size_t constraints;
} constraint_list;

/* The caller calls constraints_free. Exits when there is no memory. */
/* Without C_e when the circuit is bare. */
constraint_list *constraints_make(const mien_match_circuit *circuit);
void constraints_free(constraint_list *list);
/* Left side of constraint c for a witness, minus right side. */
mien_f constraint_error(const constraint_list *list, size_t c, const mien_f *rows);
/* The circuit digest of docs/PROTOCOL.md. */
void constraints_digest(uint8_t digest[32], bool bare);

#endif
