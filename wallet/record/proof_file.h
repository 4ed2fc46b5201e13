/* SPDX-License-Identifier: MIT */
/* The file around a match proof: what the verifier must know besides the record and what was
 * authorised. Bytes: docs/FORMATS.md. Nothing in it is secret. */
#ifndef MIEN_WALLET_RECORD_PROOF_FILE_H
#define MIEN_WALLET_RECORD_PROOF_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"
#include "prover/verifier.h"
#include "wallet/record/record.h"

#define MIEN_PROOF_FILE_HEADER_SIZE 164
#define MIEN_PROOF_FILE_MAX_PROOF ((size_t)4 << 20)
#define MIEN_PROOF_NONCE_SIZE 32
/* The only parameter set so far: mien_proof_parameters_default(). */
#define MIEN_PROOF_FILE_PARAMETERS 1

/* What a proof is bound to. ctx = SHA-256(0x0e "mien/context/1" || bind || nonce || service ||
 * le64(expiry)). */
typedef struct mien_proof_binding {
    uint8_t bind[32];                     /* digest of what is authorised, e.g. of a transaction */
    uint8_t nonce[MIEN_PROOF_NONCE_SIZE]; /* the verifier's challenge; zeros when there is none */
    uint8_t service[32];                  /* account or relying party; equals the record's */
    uint64_t expiry;                      /* seconds since 1970; 0: never */
} mien_proof_binding;
void mien_proof_context(uint8_t context[32], const mien_proof_binding *binding);

/* A parsed proof file. `proof` points into the bytes it was read from. */
typedef struct mien_proof_file {
    uint8_t record_digest[32]; /* mien_record_digest of the record it was made for */
    uint8_t context[32]; /* ctx; a copy for telling what differs, the verifier recomputes it */
    uint8_t nonce[MIEN_PROOF_NONCE_SIZE];
    uint64_t expiry;
    uint8_t embedding_commitment[MIEN_DIGEST_SIZE]; /* C_e */
    uint32_t parameters;                            /* MIEN_PROOF_FILE_PARAMETERS */
    const uint8_t *proof;
    size_t proof_length;
} mien_proof_file;

/* Header bytes in front of the proof. MIEN_ARGUMENT when a field is out of range. The file is these
 * bytes, then the proof. */
MIEN_MUST_CHECK mien_status mien_proof_file_header(uint8_t header[MIEN_PROOF_FILE_HEADER_SIZE],
                                                   const mien_proof_file *file);
/* The one reader: statuses as for records. *file is zeroed on error. */
MIEN_MUST_CHECK mien_status mien_proof_file_decode(mien_proof_file *file, const uint8_t *bytes,
                                                   size_t length);
/* The statement that the proof in `file` must hold for, from the record and what the verifier
 * itself wants authorised; service and record are taken from `record`, nonce and expiry from the
 * file. MIEN_PROOF_INVALID with words when the file was made for another record, another digest or
 * an unknown parameter set, or when it has expired (now > expiry; now = 0 leaves the clock out). A
 * verifier that gave out a nonce must compare file->nonce itself. */
MIEN_MUST_CHECK mien_status mien_proof_file_statement(mien_match_statement *statement,
                                                      const mien_proof_file *file,
                                                      const mien_record *record,
                                                      const uint8_t bind[32], uint64_t now,
                                                      mien_error *error);

#endif
