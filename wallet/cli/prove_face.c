/* SPDX-License-Identifier: MIT */
/* Proofs of the face statement, from an unlocked wallet to a file and from a file to a verdict. */
#include <stdlib.h>
#include <string.h>

#include "face_model/face_model.h"
#include "platform/base/bytes.h"
#include "platform/images/image.h"
#include "platform/memory/secret.h"
#include "platform/threads/pool.h"
#include "wallet/cli/common.h"
#include "wallet/cli/prove.h"
#include "wallet/proof/sureness.h"

/* cos^2, 0 for an angle of 90 degrees and more. Secret. */
static double likeness(const int8_t a[MIEN_EMBEDDING_SIZE], const int8_t b[MIEN_EMBEDDING_SIZE]) {
    int64_t dot = 0, a_square = 0, b_square = 0;
    for (int i = 0; i < MIEN_EMBEDDING_SIZE; i++) {
        dot += a[i] * b[i];
        a_square += a[i] * a[i];
        b_square += b[i] * b[i];
    }
    if (dot <= 0) return 0;
    return (double)dot * (double)dot / ((double)a_square * (double)b_square);
}

static const uint8_t *best_crop(const mien_cli_seen *seen, const mien_match_witness *witness,
                                uint32_t threshold) {
    double best = 0;
    size_t at = 0;
    for (size_t i = 0; i < seen->count; i++) {
        double now = likeness(seen->frames[i].embedding, witness->template_vector);
        if (now <= best) continue;
        best = now;
        at = i;
    }
    return best * 65536 >= threshold ? seen->crops[at] : NULL;
}

static mien_status write_frame(const char *path, const uint8_t *crop, mien_error *error) {
    mien_image image = {NULL, 0, 0};
    MIEN_TRY(mien_image_create(&image, MIEN_FACE_CROP_SIDE, MIEN_FACE_CROP_SIDE));
    memcpy(image.rgb, crop, MIEN_FACE_CROP_BYTES);
    mien_status status = mien_image_write_png(path, &image, error);
    mien_image_free(&image);
    return status;
}

typedef struct proving {
    mien_match_witness *witness; /* guarded */
    mien_proof_face *face;
    mien_pool *pool;
    mien_proof_face_result result;
} proving;

static void proving_end(proving *p) {
    free(p->result.bytes);
    mien_pool_destroy(p->pool);
    mien_proof_face_close(p->face);
    mien_secret_free(p->witness);
}

static mien_status run_prover(proving *p, mien_match_statement *statement,
                              const mien_wallet_session *session, const mien_cli_seen *seen,
                              const mien_cli_face_options *options, const mien_record *record,
                              const mien_progress *progress, mien_error *error) {
    mien_random random = mien_random_system();
    bool public = options->frame_path != NULL;
    MIEN_TRY(mien_secret_alloc((void **)&p->witness, sizeof *p->witness, error));
    MIEN_TRY(mien_wallet_session_witness(session, p->witness, &random));
    const uint8_t *crop = best_crop(seen, p->witness, record->threshold);
    if (crop == NULL)
        return mien_fail(error, MIEN_NO_MATCH,
                         "the frames opened the wallet together, but none of them alone is near "
                         "enough for a face proof; look again, straight and in better light");
    MIEN_TRY(mien_pool_create(&p->pool, 0));
    MIEN_TRY(mien_proof_face_open(&p->face, mien_face_models_folder(options->models),
                                  record->model_digest, error));
    MIEN_TRY(mien_proof_face_prove(&p->result, p->face,
                                   mien_proof_face_parameters(options->parameters), statement,
                                   public ? MIEN_FRAME_PUBLIC : MIEN_FRAME_COMMITTED, crop,
                                   p->witness, p->pool, progress, error));
    return public ? write_frame(options->frame_path, crop, error) : MIEN_OK;
}

static mien_status finish(mien_cli_proof *proof, const proving *p,
                          const mien_cli_face_options *options,
                          const mien_match_statement *statement, const mien_proof_binding *binding,
                          mien_error *error) {
    mien_proof_file file = {.kind = MIEN_PROOF_FACE,
                            .parameters = options->parameters,
                            .frame_public = options->frame_path != NULL};
    memcpy(file.frame_commitment, p->result.frame_commitment, sizeof file.frame_commitment);
    proof->length = MIEN_PROOF_FILE_HEADER_SIZE + p->result.length;
    proof->bytes = malloc(proof->length);
    if (proof->bytes == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the proof");
    memcpy(proof->bytes + MIEN_PROOF_FILE_HEADER_SIZE, p->result.bytes, p->result.length);
    proof->milliseconds = p->result.milliseconds;
    proof->workspace_bytes = p->result.memory_bytes;
    return mien_cli_proof_end(proof, &file, statement, binding);
}

mien_status mien_cli_prove_face(mien_cli_proof *proof, const mien_wallet_session *session,
                                const mien_cli_seen *seen, const mien_cli_face_options *options,
                                const uint8_t bind[32], const uint8_t nonce[MIEN_PROOF_NONCE_SIZE],
                                uint64_t expiry, const uint8_t *service,
                                const mien_progress *progress, mien_error *error) {
    mien_proof_binding binding;
    mien_match_statement statement;
    proving p = {0};
    MIEN_TRY(
        mien_cli_proof_begin(proof, &statement, &binding, session, bind, nonce, expiry, service));
    mien_status status =
        run_prover(&p, &statement, session, seen, options, &proof->record, progress, error);
    if (status == MIEN_OK) status = finish(proof, &p, options, &statement, &binding, error);
    proving_end(&p);
    if (status != MIEN_OK) {
        free(proof->bytes);
        *proof = (mien_cli_proof){0};
    }
    return status;
}

/* ---- checking */

static mien_status read_frame(mien_image *image, const char *path, mien_error *error) {
    MIEN_TRY(mien_image_read(image, path, error));
    if (image->width == MIEN_FACE_CROP_SIDE && image->height == MIEN_FACE_CROP_SIDE) return MIEN_OK;
    return mien_fail(error, MIEN_USAGE, "%s is not a crop of %d x %d pixels", path,
                     MIEN_FACE_CROP_SIDE, MIEN_FACE_CROP_SIDE);
}

static mien_status check(mien_cli_verdict *verdict, const mien_proof_face *face,
                         const char *frame_path, mien_error *error) {
    const mien_proof_file *file = &verdict->file;
    mien_image image = {NULL, 0, 0};
    if (file->frame_public != (frame_path != NULL))
        return mien_fail(error, MIEN_USAGE,
                         file->frame_public
                             ? "this proof is about a frame that you must have: --frame CROP.png"
                             : "this proof is about the frame behind a commitment: leave --frame "
                               "away");
    if (frame_path != NULL) {
        mien_status status = read_frame(&image, frame_path, error);
        if (status != MIEN_OK) {
            mien_image_free(&image);
            return status;
        }
    }
    double start = mien_cli_milliseconds();
    mien_status status = mien_proof_face_verify(
        face, mien_proof_face_parameters(file->parameters), &verdict->statement, image.rgb,
        file->frame_public ? NULL : file->frame_commitment, file->proof, file->proof_length,
        &verdict->workspace_bytes, error);
    verdict->milliseconds = mien_cli_milliseconds() - start;
    mien_image_free(&image);
    if (status == MIEN_PROOF_INVALID)
        return mien_fail(error, status,
                         "the proof does not hold: it was changed, or never was a proof of this");
    return status;
}

mien_status mien_cli_verify_face(mien_cli_verdict *verdict, const uint8_t *bytes, size_t length,
                                 const mien_record *record, const uint8_t bind[32], uint64_t now,
                                 const char *models, const char *frame_path, mien_error *error) {
    mien_proof_face *face;
    *verdict = (mien_cli_verdict){0};
    mien_status status = mien_proof_file_decode(&verdict->file, bytes, length);
    if (status != MIEN_OK)
        return mien_fail(error, MIEN_PROOF_INVALID, "not a proof file of this version: %s",
                         mien_status_text(status));
    if (verdict->file.kind != MIEN_PROOF_FACE)
        return mien_fail(error, MIEN_PROOF_INVALID, "this is a proof of another statement");
    MIEN_TRY(
        mien_proof_file_statement(&verdict->statement, &verdict->file, record, bind, now, error));
    MIEN_TRY(
        mien_proof_face_open(&face, mien_face_models_folder(models), record->model_digest, error));
    mien_sureness sureness;
    status = mien_sureness_of_face(&sureness, face, verdict->file.parameters, error);
    if (status == MIEN_OK) {
        verdict->bits = mien_sureness_total(&sureness)->bits;
        verdict->bits_grinding = mien_sureness_total(&sureness)->bits_grinding;
        status = check(verdict, face, frame_path, error);
    }
    mien_proof_face_close(face);
    return status;
}
