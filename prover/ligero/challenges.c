/* SPDX-License-Identifier: MIT */
#include "prover/ligero/challenges.h"

mien_status mien_ligero_check_shape(const mien_proof_parameters *parameters,
                                    const mien_ligero_system *system) {
    if (!mien_ligero_parameters_valid(parameters)) return MIEN_ARGUMENT;
    if (system->slots != mien_ligero_slots(parameters)) return MIEN_ARGUMENT;
    if (system->rows < 1 || system->rows > MIEN_LIGERO_MAX_ROWS) return MIEN_ARGUMENT;
    if (system->reach > system->rows) return MIEN_ARGUMENT;
    if (system->product_count > MIEN_LIGERO_MAX_PRODUCTS) return MIEN_ARGUMENT;
    for (size_t i = 0; i < system->product_count; i++) {
        const mien_ligero_product *product = &system->products[i];
        if (product->left >= system->rows || product->right >= system->rows ||
            product->result >= system->rows)
            return MIEN_ARGUMENT;
    }
    return MIEN_OK;
}

void mien_ligero_absorb_parameters(mien_transcript *transcript,
                                   const mien_proof_parameters *parameters,
                                   const mien_ligero_system *system) {
    mien_transcript_integer(transcript, "parameter set", parameters->id);
    mien_transcript_integer(transcript, "slots", mien_ligero_slots(parameters));
    mien_transcript_integer(transcript, "length", mien_ligero_length(parameters));
    mien_transcript_integer(transcript, "queries", parameters->queries);
    mien_transcript_integer(transcript, "grinding", parameters->grinding_bits);
    mien_transcript_integer(transcript, "rows", system->rows);
    mien_transcript_integer(transcript, "products", system->product_count);
    mien_transcript_integer(transcript, "constraints", system->constraint_count);
}

void mien_ligero_absorb_commitment(mien_transcript *transcript, const uint8_t root[32]) {
    mien_transcript_digest(transcript, "commitment", root);
}

void mien_ligero_draw_challenges(mien_ligero_challenges *challenges, mien_transcript *transcript,
                                 const mien_ligero_system *system) {
    mien_transcript_draw_k(transcript, "proximity", challenges->proximity,
                           mien_ligero_proximity_count(system));
    mien_transcript_draw_k(transcript, "linear", &challenges->linear, 1);
    mien_transcript_draw_k(transcript, "products", challenges->products, system->product_count);
}

size_t mien_ligero_responses_size(const mien_proof_parameters *parameters) {
    return (mien_ligero_dimension(parameters) + mien_ligero_linear_length(parameters) +
            mien_ligero_product_length(parameters)) *
           MIEN_K_BYTES;
}

void mien_ligero_absorb_responses(mien_transcript *transcript, const uint8_t *encoded,
                                  const mien_proof_parameters *parameters) {
    size_t proximity = mien_ligero_dimension(parameters);
    size_t linear = mien_ligero_linear_length(parameters);
    mien_transcript_k(transcript, "proximity response", encoded, proximity);
    encoded += proximity * MIEN_K_BYTES;
    mien_transcript_k(transcript, "linear response", encoded, linear);
    encoded += linear * MIEN_K_BYTES;
    mien_transcript_k(transcript, "product response", encoded,
                      mien_ligero_product_length(parameters));
}

int mien_ligero_grind_check(mien_transcript *transcript, uint64_t nonce,
                            const mien_proof_parameters *parameters) {
    return mien_transcript_grind_check(transcript, "nonce", nonce, parameters->grinding_bits);
}

void mien_ligero_draw_columns(mien_transcript *transcript, uint32_t *columns,
                              const mien_proof_parameters *parameters) {
    mien_transcript_draw_columns(transcript, "columns", columns, parameters->queries,
                                 parameters->log2_length);
}
