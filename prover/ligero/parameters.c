/* SPDX-License-Identifier: MIT */
#include "prover/ligero/parameters.h"

int mien_ligero_parameters_valid(const mien_proof_parameters *p) {
    if (p->log2_slots < 2 || p->log2_length < 4 || p->log2_length > MIEN_LIGERO_MAX_LOG2_LENGTH)
        return 0;
    if (p->log2_slots >= p->log2_length || p->grinding_bits > 20) return 0;
    if (p->queries < 2 || p->queries > MIEN_LIGERO_MAX_QUERIES) return 0;
    return p->queries <= mien_ligero_slots(p) &&
           2 * mien_ligero_dimension(p) <= mien_ligero_length(p);
}

mien_rs_shape mien_ligero_shape(const mien_proof_parameters *p) {
    mien_rs_shape shape = {p->log2_slots, p->log2_length, p->queries};
    return shape;
}
