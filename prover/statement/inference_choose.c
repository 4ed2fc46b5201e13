/* SPDX-License-Identifier: MIT */
#include "prover/hash/merkle.h"
#include "prover/statement/inference_protocol.h"

/* Rows of zk-Ligero's matrix with 2^log2_slots slots each. */
static size_t ligero_rows(const mien_inference_setup *setup, unsigned log2_slots) {
    const mien_inference_statement *s = setup->statement;
    mien_pads_shape pads = setup->pads_shape;
    pads.log2_slots = log2_slots;
    size_t rows = mien_pads_rows(&pads);
    mien_output_shape output = {log2_slots, (uint32_t)mien_inference_output_size(s->cnn)};
    if (s->output == MIEN_OUTPUT_MATCHED) rows += MIEN_MATCH_BARE_ROWS;
    if (s->output == MIEN_OUTPUT_COMMITTED) rows += mien_output_rows(&output);
    return rows;
}

/* Upper bound of the part of a proof that depends on the parameters. */
static size_t ligero_size(const mien_proof_parameters *p, size_t rows) {
    size_t column = mien_ligero_salt(p) + mien_ligero_column_elements(rows) * MIEN_F_BYTES;
    return mien_ligero_responses_size(p) + p->queries * column +
           mien_merkle_opening_max_size(p->log2_length, p->queries);
}

/* The more columns, the longer are the rows: the least number that is enough for itself. A row of a
 * quarter of the code's length at most, so that what limits how many columns of a false statement
 * pass is what limits it for the long commitment. 0: none. */
static uint16_t enough_queries(unsigned log2_slots, unsigned log2_length, unsigned bits) {
    uint32_t slots = UINT32_C(1) << log2_slots, most = slots;
    if (most > MIEN_LIGERO_MAX_QUERIES) most = MIEN_LIGERO_MAX_QUERIES;
    for (uint32_t queries = 2; queries <= most;) {
        if (4 * (slots + queries) > UINT32_C(1) << log2_length) return 0;
        uint32_t needed = mien_tensor_queries(log2_length, slots + queries, bits, 1);
        if (needed == 0) return 0;
        if (needed <= queries) return (uint16_t)queries;
        queries = needed;
    }
    return 0;
}

/* What the sizes are chosen for. */
typedef struct ends {
    const mien_inference_parameters *parameters;
    const mien_inference_setup *setup; /* NULL: pads alone */
    const mien_pads_shape *pads;
    uint8_t slots_least, slots_most;
} ends;

static size_t rows_of(const ends *e, unsigned log2_slots) {
    if (e->setup != NULL) return ligero_rows(e->setup, log2_slots);
    mien_pads_shape pads = *e->pads;
    pads.log2_slots = log2_slots;
    return mien_pads_rows(&pads);
}

static mien_status choose(mien_proof_parameters *chosen, const ends *e) {
    const mien_inference_parameters *p = e->parameters;
    size_t best = 0;
    *chosen = p->ligero;
    if (p->ligero.queries != 0) return MIEN_OK;
    for (uint8_t slots = e->slots_least; slots <= e->slots_most; slots++)
        for (uint8_t length = 10; length <= 13; length++) {
            mien_proof_parameters one = p->ligero;
            one.log2_slots = slots;
            one.log2_length = length;
            one.queries = enough_queries(slots, length, p->ligero_bits);
            size_t rows = rows_of(e, slots);
            if (one.queries == 0 || rows > MIEN_LIGERO_MAX_ROWS) continue;
            size_t size = ligero_size(&one, rows);
            if (best != 0 && size >= best) continue;
            best = size;
            *chosen = one;
        }
    return best != 0 ? MIEN_OK : MIEN_UNSUPPORTED;
}

mien_status mien_inference_choose_ligero(mien_inference_setup *setup) {
    bool matched = setup->statement->output == MIEN_OUTPUT_MATCHED; /* made of rows of 256 */
    const ends e = {setup->parameters, setup, NULL, matched ? 8 : 6, matched ? 8 : 9};
    return choose(&setup->ligero, &e);
}

mien_status mien_inference_choose_pads(mien_proof_parameters *ligero,
                                       const mien_inference_parameters *parameters,
                                       const mien_pads_shape *pads) {
    const ends e = {parameters, NULL, pads, 6, 9};
    return choose(ligero, &e);
}
