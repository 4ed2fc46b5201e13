/* SPDX-License-Identifier: MIT */
/* What prover and verifier of match share: the head of a proof and the public input. */
#ifndef MIEN_PROVER_STATEMENT_MATCH_PROTOCOL_H
#define MIEN_PROVER_STATEMENT_MATCH_PROTOCOL_H

#include "platform/base/bytes.h"
#include "prover/circuits/match.h"
#include "prover/ligero/parameters.h"
#include "prover/transcript/transcript.h"

/* Eight letters, version and parameter set as 16-bit little-endian numbers. */
#define MIEN_MATCH_HEAD_SIZE 12
#define MIEN_MATCH_VERSION 1

void mien_match_head(uint8_t head[MIEN_MATCH_HEAD_SIZE], const mien_proof_parameters *parameters);
/* Start the transcript and absorb everything public. */
void mien_match_absorb(mien_transcript *transcript, const mien_proof_parameters *parameters,
                       const mien_ligero_system *system, const mien_match_statement *statement);

#endif
