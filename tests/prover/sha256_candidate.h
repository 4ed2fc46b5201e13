/* SPDX-License-Identifier: MIT */
/* SHA-256, the hash that Merkle trees do not use: kept beside the bench that decided it. */
#ifndef MIEN_TESTS_PROVER_SHA256_CANDIDATE_H
#define MIEN_TESTS_PROVER_SHA256_CANDIDATE_H

#include <stddef.h>
#include <stdint.h>

int sha256_candidate_has_instructions(void);
/* instructions: 1 takes the processor's SHA instructions, which must be there. */
void sha256_candidate(uint8_t digest[32], const uint8_t *data, size_t length, int instructions);

#endif
