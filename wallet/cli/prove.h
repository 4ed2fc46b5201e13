/* SPDX-License-Identifier: MIT */
/* From an unlocked wallet to a proof file, and from a proof file to a verdict. */
#ifndef MIEN_WALLET_CLI_PROVE_H
#define MIEN_WALLET_CLI_PROVE_H

#include "platform/base/progress.h"
#include "wallet/cli/common.h"
#include "wallet/record/proof_file.h"
#include "wallet/wallet.h"

/* What came out of proving. */
typedef struct mien_cli_proof {
    uint8_t *bytes; /* the whole proof file; free() */
    size_t length;
    mien_record record;     /* what it was made for */
    double milliseconds;    /* of the prover; face: the run of the network included */
    size_t workspace_bytes; /* the prover's memory */
} mien_cli_proof;

/* A match proof by this session, bound to `bind`, `nonce` (zeros for none) and `expiry` (0: never),
 * for `service` (32 bytes, NULL for the one of the enrolment). Secrets live in guarded memory. */
MIEN_MUST_CHECK mien_status mien_cli_prove(mien_cli_proof *proof,
                                           const mien_wallet_session *session,
                                           const uint8_t bind[32],
                                           const uint8_t nonce[MIEN_PROOF_NONCE_SIZE],
                                           uint64_t expiry, const uint8_t *service,
                                           const mien_progress *progress, mien_error *error);

/* How a face proof is made. */
typedef struct mien_cli_face_options {
    const char *models;     /* folder, or NULL */
    uint32_t parameters;    /* of the proof file: 1 or 2 */
    const char *frame_path; /* where a public frame goes, as PNG; NULL: it stays behind C_x */
} mien_cli_face_options;

/* Frames of one person, and what the network saw of each (MIEN_FACE_CROP_BYTES). */
typedef struct mien_cli_seen {
    const mien_combine_frame *frames;
    const uint8_t *const *crops;
    size_t count;
} mien_cli_seen;

/* A face proof about the frame of `seen` that is nearest to the template; otherwise as
 * mien_cli_prove. MIEN_NO_MATCH when none of them reaches the threshold by itself. */
MIEN_MUST_CHECK mien_status mien_cli_prove_face(
    mien_cli_proof *proof, const mien_wallet_session *session, const mien_cli_seen *seen,
    const mien_cli_face_options *options, const uint8_t bind[32],
    const uint8_t nonce[MIEN_PROOF_NONCE_SIZE], uint64_t expiry, const uint8_t *service,
    const mien_progress *progress, mien_error *error);

/* Parts of both: the record, what the proof is bound to, and the statement as far as the record
 * tells it; then the file's head around the finished bytes. */
MIEN_MUST_CHECK mien_status mien_cli_proof_begin(
    mien_cli_proof *proof, mien_match_statement *statement, mien_proof_binding *binding,
    const mien_wallet_session *session, const uint8_t bind[32],
    const uint8_t nonce[MIEN_PROOF_NONCE_SIZE], uint64_t expiry, const uint8_t *service);
/* `file`: what is particular to the statement. */
MIEN_MUST_CHECK mien_status mien_cli_proof_end(mien_cli_proof *proof, mien_proof_file *file,
                                               const mien_match_statement *statement,
                                               const mien_proof_binding *binding);

/* Which statement a proof is to be of. */
typedef struct mien_cli_statement {
    bool face; /* else match */
    mien_cli_face_options options;
} mien_cli_statement;
/* What --statement says: face, or match, also when nothing is said. MIEN_USAGE for another name. */
MIEN_MUST_CHECK mien_status mien_cli_statement_named(bool *face, const mien_cli *cli,
                                                     mien_error *error);
/* What --statement, --bits, --models and --frame-out say; match when nothing is said. MIEN_USAGE
 * for what does not go together. */
MIEN_MUST_CHECK mien_status mien_cli_statement_read(mien_cli_statement *statement,
                                                    const mien_cli *cli, mien_error *error);
/* The number of a set of parameters in face proofs that has at least `bits` of 100 to 128. */
uint32_t mien_cli_face_parameters(unsigned bits);
/* MIEN_MEANS_* that such a proof counts as. */
unsigned mien_cli_statement_means(const mien_cli_statement *statement);
/* The one of mien_cli_prove and mien_cli_prove_face that makes it, from the faces that opened the
 * wallet. */
MIEN_MUST_CHECK mien_status mien_cli_prove_statement(
    mien_cli_proof *proof, const mien_cli_unlocked *unlocked, const mien_cli_statement *statement,
    const uint8_t bind[32], const uint8_t nonce[MIEN_PROOF_NONCE_SIZE], uint64_t expiry,
    const uint8_t *service, const mien_progress *progress, mien_error *error);

/* Write the proof file and say so in the result. */
MIEN_MUST_CHECK mien_status mien_cli_proof_report(mien_cli *cli, const mien_cli_proof *proof,
                                                  const char *path, mien_error *error);

/* The public record in its binary form, for who checks the proof. */
MIEN_MUST_CHECK mien_status mien_cli_record_write(const mien_record *record, const char *path,
                                                  mien_error *error);

typedef struct mien_cli_verdict {
    mien_proof_file file; /* views into the bytes given */
    mien_match_statement statement;
    double milliseconds;        /* of the verifier alone */
    size_t workspace_bytes;     /* the verifier's memory */
    double bits, bits_grinding; /* how sure it is */
} mien_cli_verdict;

/* MIEN_OK when the match proof file holds for record and digest at time `now` (0: no clock).
 * MIEN_PROOF_INVALID with words otherwise, also for bytes that are no proof file at all or a face
 * proof. */
MIEN_MUST_CHECK mien_status mien_cli_verify(mien_cli_verdict *verdict, const uint8_t *bytes,
                                            size_t length, const mien_record *record,
                                            const uint8_t bind[32], uint64_t now,
                                            mien_error *error);
/* The same for face proofs. models: folder with the network of the record, or NULL; frame_path: the
 * public frame as a picture of 112 x 112, needed exactly when the proof is about a public one. */
MIEN_MUST_CHECK mien_status mien_cli_verify_face(mien_cli_verdict *verdict, const uint8_t *bytes,
                                                 size_t length, const mien_record *record,
                                                 const uint8_t bind[32], uint64_t now,
                                                 const char *models, const char *frame_path,
                                                 mien_error *error);
/* The one of both that the file asks for. MIEN_USAGE when frame_path is given with a match proof.
 */
MIEN_MUST_CHECK mien_status mien_cli_verify_any(mien_cli_verdict *verdict, const uint8_t *bytes,
                                                size_t length, const mien_record *record,
                                                const uint8_t bind[32], uint64_t now,
                                                const char *models, const char *frame_path,
                                                mien_error *error);

#endif
