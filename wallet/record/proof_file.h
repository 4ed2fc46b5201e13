/* SPDX-License-Identifier: MIT */
/* The file around a face proof: what the verifier must know besides the record and what was
 * authorised. Bytes: docs/FORMATS.md. Nothing in it is secret. */
#ifndef MIEN_WALLET_RECORD_PROOF_FILE_H
#define MIEN_WALLET_RECORD_PROOF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"
#include "prover/verifier.h"
#include "wallet/record/record.h"

#define MIEN_PROOF_FILE_HEADER_SIZE 164
#define MIEN_PROOF_FILE_MAX_PROOF ((size_t)4 << 20)
#define MIEN_PROOF_NONCE_SIZE 32
/* Parameter sets: match has mien_proof_parameters_default() only, face both of
 * mien_inference_parameters_100() (1) and _128() (2). */
#define MIEN_PROOF_FILE_PARAMETERS 1
#define MIEN_PROOF_FILE_PARAMETERS_FACE 2 /* largest */

typedef enum mien_proof_statement {
    MIEN_PROOF_MATCH = 1, /* the embedding behind C_e matches the template behind C_t */
    MIEN_PROOF_FACE = 2   /* the network of the record computed one that does from the frame */
} mien_proof_statement;

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
    mien_proof_statement kind;
    uint8_t embedding_commitment[MIEN_DIGEST_SIZE]; /* match: C_e; face: zeros */
    bool frame_public;                              /* face: the verifier has the frame, else */
    uint8_t frame_commitment[32];                   /* C_x */
    uint32_t parameters;                            /* number of the set */
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
 * itself wants authorised (of face: the part that is match's); service and record are taken from
 * `record`, nonce and expiry from the file. MIEN_PROOF_INVALID with words when the file was made
 * for another record, another digest or an unknown parameter set, or when it has expired (now >
 * expiry; now = 0 leaves the clock out). A verifier that gave out a nonce must compare file->nonce
 * itself. */
MIEN_MUST_CHECK mien_status mien_proof_file_statement(mien_match_statement *statement,
                                                      const mien_proof_file *file,
                                                      const mien_record *record,
                                                      const uint8_t bind[32], uint64_t now,
                                                      mien_error *error);

#endif
