/* SPDX-License-Identifier: MIT */
/* Where things are in the rows of prover/circuits/output.h. */
#ifndef MIEN_PROVER_CIRCUITS_OUTPUT_LAYOUT_H
#define MIEN_PROVER_CIRCUITS_OUTPUT_LAYOUT_H

#include "prover/circuits/output.h"

typedef struct mien_output_layout {
    size_t slots, packed; /* elements that hold the values' bytes */
    size_t value_rows, boolean_rows, groups, permutations;
} mien_output_layout;

static inline size_t mien_output_rows_for(size_t count, unsigned log2_slots) {
    return (count + ((size_t)1 << log2_slots) - 1) >> log2_slots;
}

static inline mien_output_layout mien_output_layout_of(const mien_output_shape *shape) {
    mien_output_layout l = {.slots = (size_t)1 << shape->log2_slots};
    size_t n = shape->count;
    l.packed = (n + 2) / 3;
    l.permutations =
        (l.packed + MIEN_POSEIDON2_DIGEST + MIEN_POSEIDON2_RATE - 1) / MIEN_POSEIDON2_RATE + 1;
    l.value_rows = mien_output_rows_for(n + MIEN_POSEIDON2_DIGEST, shape->log2_slots);
    l.boolean_rows = mien_output_rows_for(8 * n, shape->log2_slots);
    l.groups = mien_output_rows_for(l.permutations * MIEN_POSEIDON2_CUBES, shape->log2_slots);
    return l;
}

/* The one chain of the circuit. */
static inline mien_chain mien_output_chain(const mien_output_circuit *circuit,
                                           const mien_output_layout *layout) {
    mien_chain chain = {0, layout->permutations, layout->packed + MIEN_POSEIDON2_DIGEST,
                        circuit->start};
    return chain;
}

#define MIEN_OUTPUT_TAG "mien embedding"
enum { MIEN_OUTPUT_PUBLIC = 14 }; /* elements: the context and zeros */

#endif
