/* SPDX-License-Identifier: MIT */
/* Public face of the verifier: reads a proof once, front to back, in the caller's memory; no
 * allocation, no I/O, no globals; compiles for a Cortex-M4 unchanged. */
#ifndef MIEN_PROVER_VERIFIER_H
#define MIEN_PROVER_VERIFIER_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/status.h"

#define MIEN_EMBEDDING_SIZE 128
#define MIEN_KEY_Z_SIZE 32
/* Nine KoalaBear elements, each 4 bytes little-endian, canonical (< p). */
#define MIEN_DIGEST_SIZE 36

/* Choice of code rate, queries and grinding; every set listed here has proven soundness. */
typedef struct mien_proof_parameters mien_proof_parameters;
/* The default set: at least 128 bits with and without grinding counted as docs/SOUNDNESS.md says.
 */
const mien_proof_parameters *mien_proof_parameters_default(void);

/* Public input of match. All fields are absorbed before anything else. */
typedef struct mien_match_statement {
    uint8_t template_commitment[MIEN_DIGEST_SIZE];  /* C_t */
    uint8_t embedding_commitment[MIEN_DIGEST_SIZE]; /* C_e */
    uint8_t key_check[MIEN_DIGEST_SIZE];            /* KC */
    uint8_t service[32];
    uint32_t epoch, slot;
    uint32_t threshold;  /* T, 1..65535: cos^2 >= T / 2^16 and cos > 0 */
    uint8_t context[32]; /* ctx: digest of what is authorised */
} mien_match_statement;

/* Bytes of working memory mien_match_verify needs for these parameters, at most 128 kB; 64-byte
 * aligned. */
size_t mien_match_verify_workspace_size(const mien_proof_parameters *parameters);

/* MIEN_OK when the proof holds, MIEN_PROOF_INVALID for everything else the bytes can be,
 * MIEN_ARGUMENT when the statement itself is out of range or the workspace too small. */
MIEN_MUST_CHECK mien_status mien_match_verify(const mien_proof_parameters *parameters,
                                              const mien_match_statement *statement,
                                              const uint8_t *proof, size_t length, void *workspace,
                                              size_t workspace_size);

/* One term of the soundness error: error <= 2^-bits. Static storage. */
typedef struct mien_security_term {
    const char *name;     /* "proximity", "linear test", ... */
    const char *formula;  /* as in docs/SOUNDNESS.md */
    double bits;          /* without grinding */
    double bits_grinding; /* with grinding counted, where it applies */
} mien_security_term;
/* Fill up to `capacity` terms for match under these parameters; returns how many there are. The
 * total is the last one. Terms that are the work of an attack stand beside errors: whoever does 2^b
 * hash evaluations succeeds with probability 2^(b - bits) at most. Defined in the prover's library,
 * because the verifier's has no floats. */
size_t mien_match_security(mien_security_term *terms, size_t capacity,
                           const mien_proof_parameters *parameters);

#endif
