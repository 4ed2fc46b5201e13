/* SPDX-License-Identifier: MIT */
/* The face statement on the wallet's side: from a crop and what the vault keeps to a proof that the
 * embedding network, run on exactly this crop, saw the enrolled face; and the check of one.
 *
 * docs/PROTOCOL.md: statement; prover/statement/inference.h: engine. Crop, template and key are
 * secret; proofs and everything a check takes are public. */
#ifndef MIEN_WALLET_PROOF_FACE_H
#define MIEN_WALLET_PROOF_FACE_H

#include "platform/base/progress.h"
#include "platform/threads/pool.h"
#include "prover/prover.h"
#include "prover/statement/inference.h"
#include "wallet/proof/network.h"

/* The embedding network, ready for proofs. Read-only: any number of threads may use it. */
typedef struct mien_proof_face mien_proof_face;

/* model_folder holds embedding.mien. MIEN_WRONG_MODEL when its digest is not `model` (NULL: any);
 * MIEN_UNSUPPORTED when it cannot be proved or its output is not an embedding. The caller frees. */
MIEN_MUST_CHECK mien_status mien_proof_face_open(mien_proof_face **face, const char *model_folder,
                                                 const uint8_t *model, mien_error *error);
void mien_proof_face_close(mien_proof_face *face); /* NULL is fine */
const mien_proof_network *mien_proof_face_network(const mien_proof_face *face);

/* Bytes of a crop: rows of RGB, as face_model makes them. */
size_t mien_proof_face_crop_size(const mien_proof_face *face);

typedef struct mien_proof_face_result {
    uint8_t *bytes; /* the proof; free() */
    size_t length;
    uint8_t frame_commitment[32]; /* C_x; zeros when the frame is public */
    double milliseconds;          /* of the network, its witness and the proof */
    size_t memory_bytes;
} mien_proof_face_result;

/* parameters: mien_inference_parameters_100() or _128(). match: everything but the commitment to
 * the embedding; its context is the proof's. frame: MIEN_FRAME_PUBLIC or MIEN_FRAME_COMMITTED, for
 * which a fresh C_x is made. The embedding of `witness` is not read: the network makes it.
 * MIEN_NO_MATCH when this crop is below the threshold, MIEN_ARGUMENT when the witness does not open
 * the statement, MIEN_MEMORY, MIEN_INTERRUPTED. */
MIEN_MUST_CHECK mien_status mien_proof_face_prove(
    mien_proof_face_result *result, const mien_proof_face *face,
    const mien_inference_parameters *parameters, const mien_match_statement *match,
    mien_frame_binding frame, const uint8_t *crop, const mien_match_witness *witness,
    mien_pool *pool, const mien_progress *progress, mien_error *error);

/* crop: of a public frame, else NULL; frame_commitment: C_x, else NULL. MIEN_OK or
 * MIEN_PROOF_INVALID; MIEN_MEMORY, MIEN_ARGUMENT for a statement out of range. */
MIEN_MUST_CHECK mien_status mien_proof_face_verify(
    const mien_proof_face *face, const mien_inference_parameters *parameters,
    const mien_match_statement *match, const uint8_t *crop, const uint8_t *frame_commitment,
    const uint8_t *proof, size_t length, size_t *memory_bytes, mien_error *error);

/* A set of parameters by its number in proof files: 1 has 100 bits, 2 has 128; else NULL. */
const mien_inference_parameters *mien_proof_face_parameters(uint32_t number);

/* Security of face proofs, term by term, the total last (mien_inference_security). */
size_t mien_proof_face_security(mien_security_term *terms, size_t capacity,
                                const mien_proof_face *face,
                                const mien_inference_parameters *parameters);

#endif
