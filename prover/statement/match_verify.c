/* SPDX-License-Identifier: MIT */
#include "prover/ligero/verify.h"
#include "prover/statement/match_protocol.h"

size_t mien_match_verify_workspace_size(const mien_proof_parameters *parameters) {
    mien_ligero_system system = mien_match_system(NULL);
    return mien_ligero_verify_workspace_size(parameters, &system);
}

static mien_status read_head(mien_reader *reader, const mien_proof_parameters *parameters) {
    uint8_t expected[MIEN_MATCH_HEAD_SIZE];
    const uint8_t *head;
    mien_match_head(expected, parameters);
    MIEN_TRY(mien_read_view(reader, &head, sizeof expected));
    return memcmp(head, expected, sizeof expected) == 0 ? MIEN_OK : MIEN_PROOF_INVALID;
}

mien_status mien_match_verify(const mien_proof_parameters *parameters,
                              const mien_match_statement *statement, const uint8_t *proof,
                              size_t length, void *workspace, size_t workspace_size) {
    mien_match_circuit circuit;
    mien_transcript transcript;
    mien_reader reader = mien_reader_of(proof, length);
    MIEN_TRY(mien_match_circuit_create(&circuit, statement));
    mien_ligero_system system = mien_match_system(&circuit);
    if (read_head(&reader, parameters) != MIEN_OK) return MIEN_PROOF_INVALID;
    mien_match_absorb(&transcript, parameters, &system, statement);
    MIEN_TRY(
        mien_ligero_verify(&transcript, &reader, parameters, &system, workspace, workspace_size));
    return mien_read_end(&reader) == MIEN_OK ? MIEN_OK : MIEN_PROOF_INVALID;
}
