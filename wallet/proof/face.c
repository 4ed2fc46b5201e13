/* SPDX-License-Identifier: MIT */
#include "wallet/proof/face.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "platform/base/bytes.h"
#include "platform/memory/pages.h"
#include "platform/memory/secret.h"
#include "wallet/proof/prove.h"

struct mien_proof_face {
    mien_network *network;
    mien_proof_network *proof;
};

void mien_proof_face_close(mien_proof_face *face) {
    if (face == NULL) return;
    mien_proof_network_free(face->proof);
    mien_network_free(face->network);
    free(face);
}

const mien_proof_network *mien_proof_face_network(const mien_proof_face *face) {
    return face->proof;
}

size_t mien_proof_face_crop_size(const mien_proof_face *face) {
    return mien_shape_elements(mien_network_input(face->network));
}

static mien_status load(mien_proof_face *face, const char *folder, const uint8_t *model,
                        mien_error *error) {
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/embedding.mien", folder);
    if (length < 0 || (size_t)length >= sizeof path)
        return mien_fail(error, MIEN_ARGUMENT, "the path of the models is too long");
    MIEN_TRY(mien_network_read(&face->network, path, error));
    if (model != NULL && memcmp(mien_network_digest(face->network), model, 32) != 0)
        return mien_fail(error, MIEN_WRONG_MODEL,
                         "%s is not the network of this record; give the folder with the right "
                         "one by --models",
                         path);
    MIEN_TRY(mien_proof_network_create(&face->proof, face->network, error));
    const mien_cnn *cnn = &face->proof->cnn;
    const mien_cnn_layer *last = &cnn->layers[cnn->layer_count - 1];
    if ((uint64_t)mien_cnn_sites(last->out) * last->out.channels != MIEN_EMBEDDING_SIZE)
        return mien_fail(error, MIEN_UNSUPPORTED, "%s does not end in an embedding", path);
    return MIEN_OK;
}

mien_status mien_proof_face_open(mien_proof_face **face, const char *model_folder,
                                 const uint8_t *model, mien_error *error) {
    *face = calloc(1, sizeof **face);
    if (*face == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the network");
    mien_status status = load(*face, model_folder, model, error);
    if (status != MIEN_OK) {
        mien_proof_face_close(*face);
        *face = NULL;
    }
    return status;
}

static void fill_statement(mien_inference_statement *statement, const mien_proof_face *face,
                           const mien_match_statement *match, mien_frame_binding frame) {
    mien_proof_statement_start(statement, face->proof, frame, MIEN_OUTPUT_MATCHED);
    statement->match = *match;
    memset(statement->match.embedding_commitment, 0, MIEN_DIGEST_SIZE);
    memcpy(statement->context, match->context, sizeof statement->context);
}

/* ---- proving */

static mien_status make_proof(mien_proof_face_result *result, mien_proof_prover *prover,
                              mien_inference_statement *statement, mien_proof_secrets *secrets,
                              const uint8_t *crop, size_t length, const mien_progress *progress,
                              mien_error *error) {
    mien_random random = mien_random_system();
    struct timespec start, end;
    const uint8_t *proof;
    if (statement->frame == MIEN_FRAME_COMMITTED) {
        MIEN_TRY(mien_random_fill(&random, secrets->frame_seed, sizeof secrets->frame_seed));
        MIEN_TRY(mien_proof_commit_frame(prover, statement->frame_commitment, crop, length,
                                         secrets->frame_seed));
    }
    clock_gettime(CLOCK_MONOTONIC, &start);
    MIEN_TRY(mien_proof_prove(prover, &proof, &result->length, statement, secrets, crop, length,
                              &random, progress, NULL));
    clock_gettime(CLOCK_MONOTONIC, &end);
    result->milliseconds =
        1e3 * (double)(end.tv_sec - start.tv_sec) + 1e-6 * (double)(end.tv_nsec - start.tv_nsec);
    result->memory_bytes = mien_proof_prover_memory(prover);
    memcpy(result->frame_commitment, statement->frame_commitment, 32);
    result->bytes = malloc(result->length);
    if (result->bytes == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the proof");
    memcpy(result->bytes, proof, result->length);
    return MIEN_OK;
}

mien_status mien_proof_face_prove(mien_proof_face_result *result, const mien_proof_face *face,
                                  const mien_inference_parameters *parameters,
                                  const mien_match_statement *match, mien_frame_binding frame,
                                  const uint8_t *crop, const mien_match_witness *witness,
                                  mien_pool *pool, const mien_progress *progress,
                                  mien_error *error) {
    mien_inference_statement statement;
    mien_proof_prover *prover = NULL;
    mien_proof_secrets *secrets;
    *result = (mien_proof_face_result){0};
    fill_statement(&statement, face, match, frame);
    MIEN_TRY(mien_secret_alloc((void **)&secrets, sizeof *secrets, error));
    memcpy(secrets->template_vector, witness->template_vector, MIEN_EMBEDDING_SIZE);
    memcpy(secrets->key_z, witness->key_z, MIEN_KEY_Z_SIZE);
    mien_status status = mien_proof_prover_create(&prover, face->proof, parameters, frame,
                                                  MIEN_OUTPUT_MATCHED, pool, error);
    if (status == MIEN_OK)
        status = make_proof(result, prover, &statement, secrets, crop,
                            mien_proof_face_crop_size(face), progress, error);
    mien_proof_prover_free(prover);
    mien_secret_free(secrets);
    if (status != MIEN_OK) {
        free(result->bytes);
        *result = (mien_proof_face_result){0};
    }
    return status;
}

/* ---- checking */

static mien_status check(const mien_inference_statement *statement,
                         const mien_inference_parameters *parameters, const uint8_t *proof,
                         size_t length, size_t *memory_bytes, mien_error *error) {
    void *workspace;
    size_t size = mien_inference_verify_workspace_size(parameters, statement);
    if (size == 0) return MIEN_ARGUMENT;
    *memory_bytes = size;
    MIEN_TRY(mien_pages_alloc(&workspace, size, error));
    mien_status status =
        mien_inference_verify(parameters, statement, proof, length, workspace, size);
    mien_pages_free(workspace, size, 0);
    return status;
}

mien_status mien_proof_face_verify(const mien_proof_face *face,
                                   const mien_inference_parameters *parameters,
                                   const mien_match_statement *match, const uint8_t *crop,
                                   const uint8_t *frame_commitment, const uint8_t *proof,
                                   size_t length, size_t *memory_bytes, mien_error *error) {
    mien_inference_statement statement;
    int16_t *values = NULL;
    if ((crop == NULL) == (frame_commitment == NULL)) return MIEN_ARGUMENT;
    fill_statement(&statement, face, match,
                   crop != NULL ? MIEN_FRAME_PUBLIC : MIEN_FRAME_COMMITTED);
    if (frame_commitment != NULL) {
        memcpy(statement.frame_commitment, frame_commitment, 32);
    } else {
        values = malloc(mien_proof_face_crop_size(face) * sizeof *values);
        if (values == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the crop");
        mien_proof_frame_values(values, face->proof, crop);
        statement.frame_values = values;
    }
    mien_status status = check(&statement, parameters, proof, length, memory_bytes, error);
    free(values);
    return status;
}

const mien_inference_parameters *mien_proof_face_parameters(uint32_t number) {
    return number == 1   ? mien_inference_parameters_100()
           : number == 2 ? mien_inference_parameters_128()
                         : NULL;
}

size_t mien_proof_face_security(mien_security_term *terms, size_t capacity,
                                const mien_proof_face *face,
                                const mien_inference_parameters *parameters) {
    mien_inference_statement statement;
    const mien_match_statement match = {.threshold = 1};
    fill_statement(&statement, face, &match, MIEN_FRAME_COMMITTED);
    return mien_inference_security(terms, capacity, parameters, &statement);
}
