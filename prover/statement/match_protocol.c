/* SPDX-License-Identifier: MIT */
#include "prover/statement/match_protocol.h"

#include "prover/ligero/challenges.h"

void mien_match_head(uint8_t head[MIEN_MATCH_HEAD_SIZE], const mien_proof_parameters *parameters) {
    memcpy(head, "MIENMTCH", 8);
    mien_store_le16(head + 8, MIEN_MATCH_VERSION);
    mien_store_le16(head + 10, parameters->id);
}

void mien_match_absorb(mien_transcript *transcript, const mien_proof_parameters *parameters,
                       const mien_ligero_system *system, const mien_match_statement *statement) {
    mien_transcript_start(transcript, "mien match");
    mien_transcript_integer(transcript, "version", MIEN_MATCH_VERSION);
    mien_transcript_digest(transcript, "circuit", mien_match_circuit_digest);
    mien_ligero_absorb_parameters(transcript, parameters, system);
    mien_transcript_f(transcript, "template commitment", statement->template_commitment,
                      MIEN_POSEIDON2_DIGEST);
    mien_transcript_f(transcript, "embedding commitment", statement->embedding_commitment,
                      MIEN_POSEIDON2_DIGEST);
    mien_transcript_f(transcript, "key check", statement->key_check, MIEN_POSEIDON2_DIGEST);
    mien_transcript_bytes(transcript, "service", statement->service, sizeof statement->service);
    mien_transcript_integer(transcript, "epoch", statement->epoch);
    mien_transcript_integer(transcript, "slot", statement->slot);
    mien_transcript_integer(transcript, "threshold", statement->threshold);
    mien_transcript_bytes(transcript, "context", statement->context, sizeof statement->context);
}
