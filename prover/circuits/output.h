/* SPDX-License-Identifier: MIT */
/* "C opens to the int8 values v_0 .. v_(n-1)" as slots and constraints, n = 1 .. 4096:
 *   C = H("mien embedding"; context | 0 | v + 128, blinding)
 * where context is packed three bytes to an element (11) with zeros up to 14, v + 128 three bytes
 * to an element (the last one with what is left), and the blinding is nine elements. For n = 128
 * it is the C_e of match.
 *
 * Rows of m slots, counted through:
 *   values      v_i in slot i, then the nine elements of the blinding; ceil((n + 9) / m) rows
 *   booleans    bit k of v_i + 128 in slot 8 i + k; ceil(8 n / m) rows, each b b = b
 *   cubes       prover/circuits/chain.h; ceil((ceil(n / 3) + 9) / 7) + 1 permutations
 * Linear constraints: each cube's input, nine for the digest, n for v_i = its byte - 128. Slots
 * behind the values' and booleans' are free. */
#ifndef MIEN_PROVER_CIRCUITS_OUTPUT_H
#define MIEN_PROVER_CIRCUITS_OUTPUT_H

#include "prover/circuits/chain.h"
#include "prover/ligero/system.h"
#include "prover/verifier.h"

#define MIEN_OUTPUT_MAX 4096

typedef struct mien_output_shape {
    unsigned log2_slots; /* 2 .. 14 */
    uint32_t count;      /* n */
} mien_output_shape;

/* MIEN_ARGUMENT when out of bounds. */
MIEN_MUST_CHECK mien_status mien_output_check_shape(const mien_output_shape *shape);
/* All rows; the values come first. */
size_t mien_output_rows(const mien_output_shape *shape);
size_t mien_output_product_count(const mien_output_shape *shape);

typedef struct mien_output_circuit {
    mien_output_shape shape;
    mien_f start[MIEN_POSEIDON2_WIDTH]; /* after the public blocks */
    mien_f digest[MIEN_POSEIDON2_DIGEST];
} mien_output_circuit;

/* MIEN_ARGUMENT when the shape is bad or the commitment not canonical. */
MIEN_MUST_CHECK mien_status mien_output_circuit_create(mien_output_circuit *circuit,
                                                       const mien_output_shape *shape,
                                                       const uint8_t context[32],
                                                       const uint8_t commitment[MIEN_DIGEST_SIZE]);
/* The section over `circuit`, which must outlive it; `products`: mien_output_product_count
 * elements, filled here. */
mien_ligero_system mien_output_system(const mien_output_circuit *circuit,
                                      mien_ligero_product *products);

#endif
