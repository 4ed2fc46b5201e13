/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "prover/verifier.h"
#include "wallet/cosign/cosign_parts.h"
#include "wallet/encoding/hex.h"
#include "wallet/proof/sureness.h"

mien_status mien_cosign_get_base64(uint8_t **bytes, size_t *length, const json_t *body,
                                   const char *key, size_t limit, mien_error *error) {
    const json_t *value = json_object_get(body, key);
    size_t text_length = json_string_length(value), capacity = text_length / 4 * 3 + 1;
    *bytes = NULL;
    if (!json_is_string(value)) return mien_fail(error, MIEN_FORMAT, "'%s' is missing", key);
    if (capacity > limit + 4) return mien_fail(error, MIEN_TOO_LARGE, "'%s' is too large", key);
    *bytes = malloc(capacity);
    if (*bytes == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for '%s'", key);
    mien_status status =
        mien_base64_decode(*bytes, length, capacity, json_string_value(value), text_length);
    if (status == MIEN_OK) return MIEN_OK;
    free(*bytes);
    *bytes = NULL;
    return mien_fail(error, status, "'%s' is no base64", key);
}

/* ---- what is accepted ---- */

const mien_proof_face *mien_cosign_face_of(const mien_cosign *cosign, const mien_record *record) {
    for (size_t i = 0; i < cosign->options.face_count; i++) {
        const mien_proof_face *face = cosign->options.faces[i];
        if (memcmp(mien_network_digest(mien_proof_face_network(face)->network),
                   record->model_digest, sizeof record->model_digest) == 0)
            return face;
    }
    return NULL;
}

/* A level that no proof of an accepted statement reaches would make an account that signs nothing,
 * or one that silently takes less than it was told. */
static mien_status check_reachable(const mien_sureness *sureness, const char *statement,
                                   unsigned bits, mien_error *error) {
    if (mien_sureness_enough(mien_sureness_total(sureness), bits, NULL) == MIEN_OK) return MIEN_OK;
    return mien_fail(
        error, MIEN_ARGUMENT,
        "proofs of the statement \"%s\" have %.1f bits of security at most: an account "
        "that wants %u cannot take them",
        statement, mien_sureness_total(sureness)->bits, bits);
}

mien_status mien_cosign_check_statements(const mien_cosign *cosign,
                                         const mien_cosign_member *member, mien_error *error) {
    mien_sureness sureness;
    const mien_proof_face *face = mien_cosign_face_of(cosign, &member->record);
    if (member->takes_face && face == NULL)
        return mien_fail(error, MIEN_WRONG_MODEL,
                         "face proofs about the network of this record cannot be checked here");
    if (member->takes_face) {
        MIEN_TRY(mien_sureness_of_face(&sureness, face, MIEN_PROOF_FILE_PARAMETERS_FACE, error));
        MIEN_TRY(check_reachable(&sureness, MIEN_STATEMENT_FACE, member->bits, error));
    }
    if (!member->takes_match) return MIEN_OK;
    MIEN_TRY(mien_sureness_of_match(&sureness, error));
    return check_reachable(&sureness, MIEN_STATEMENT_MATCH, member->bits, error);
}

static mien_status check_statement(const mien_cosign_call *call, const mien_proof_file *file) {
    const mien_cosign_member *member = &call->member;
    const char *name;
    MIEN_TRY(mien_json_get_string(&name, call->body, "statement", call->error));
    bool face = strcmp(name, MIEN_STATEMENT_FACE) == 0;
    bool match = strcmp(name, MIEN_STATEMENT_MATCH) == 0;
    if (!(face && member->takes_face) && !(match && member->takes_match))
        return mien_fail(
            call->error, MIEN_UNSUPPORTED, "this account accepts proofs of the statement \"%s\"%s",
            member->takes_face ? MIEN_STATEMENT_FACE : MIEN_STATEMENT_MATCH,
            member->takes_face && member->takes_match ? " or \"" MIEN_STATEMENT_MATCH "\""
                                                      : " only");
    if (file->kind != (face ? MIEN_PROOF_FACE : MIEN_PROOF_MATCH))
        return mien_fail(call->error, MIEN_PROOF_INVALID,
                         "the proof is of another statement than it says");
    return MIEN_OK;
}

static mien_status check_sureness(const mien_cosign_call *call, const mien_proof_file *file,
                                  const mien_proof_face *face) {
    mien_sureness sureness;
    if (file->kind == MIEN_PROOF_FACE)
        MIEN_TRY(mien_sureness_of_face(&sureness, face, file->parameters, call->error));
    else
        MIEN_TRY(mien_sureness_of_match(&sureness, call->error));
    return mien_sureness_enough(mien_sureness_total(&sureness), call->member.bits, call->error);
}

/* ---- verifying ---- */

static mien_status verify_match(const mien_match_statement *statement, const mien_proof_file *file,
                                mien_error *error) {
    const mien_proof_parameters *parameters = mien_proof_parameters_default();
    size_t size = mien_match_verify_workspace_size(parameters);
    void *workspace = aligned_alloc(64, (size + 63) / 64 * 64);
    if (workspace == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the verifier");
    mien_status status =
        mien_match_verify(parameters, statement, file->proof, file->proof_length, workspace, size);
    free(workspace);
    return status;
}

static mien_status verify(const mien_match_statement *statement, const mien_proof_file *file,
                          const mien_proof_face *face, mien_error *error) {
    size_t memory;
    mien_status status =
        file->kind == MIEN_PROOF_MATCH
            ? verify_match(statement, file, error)
            : mien_proof_face_verify(face, mien_proof_face_parameters(file->parameters), statement,
                                     NULL, file->frame_commitment, file->proof, file->proof_length,
                                     &memory, error);
    if (status == MIEN_OK || status == MIEN_MEMORY) return status;
    return mien_fail(error, MIEN_PROOF_INVALID, "the proof is wrong");
}

/* The cheap questions first: a proof takes milliseconds. A public frame would be a picture of the
 * person, which a co-signer has no business with: the frame is the one behind C_x. */
static mien_status check_file(mien_cosign_call *call, const mien_proof_file *file,
                              const uint8_t digest[32]) {
    mien_match_statement statement;
    int64_t latest = call->now + MIEN_COSIGN_NONCE_SECONDS;
    const mien_proof_face *face = mien_cosign_face_of(call->cosign, &call->member.record);
    if (file->expiry == 0 || file->expiry > (uint64_t)latest)
        return mien_fail(call->error, MIEN_PROOF_INVALID, "the proof must expire within %d seconds",
                         MIEN_COSIGN_NONCE_SECONDS);
    if (file->kind == MIEN_PROOF_FACE && face == NULL)
        return mien_fail(call->error, MIEN_UNSUPPORTED,
                         "the network of this account's record is not here any longer");
    if (file->kind == MIEN_PROOF_FACE && file->frame_public)
        return mien_fail(call->error, MIEN_PROOF_INVALID,
                         "the frame must stay behind its commitment");
    MIEN_TRY(mien_proof_file_statement(&statement, file, &call->member.record, digest,
                                       (uint64_t)call->now, call->error));
    MIEN_TRY(check_sureness(call, file, face));
    MIEN_TRY(mien_cosign_store_check(call->store, call->account.id, file->nonce, call->now,
                                     call->error));
    return verify(&statement, file, face, call->error);
}

mien_status mien_cosign_check_proof(mien_cosign_call *call, uint8_t nonce[MIEN_PROOF_NONCE_SIZE],
                                    unsigned *means, const uint8_t digest[32]) {
    uint8_t *bytes;
    size_t length;
    mien_proof_file file;
    MIEN_TRY(mien_cosign_get_base64(&bytes, &length, call->body, "proof",
                                    MIEN_PROOF_FILE_HEADER_SIZE + MIEN_PROOF_FILE_MAX_PROOF,
                                    call->error));
    mien_status status = mien_proof_file_decode(&file, bytes, length);
    if (status != MIEN_OK)
        status = mien_fail(call->error, MIEN_PROOF_INVALID, "not a proof file of this version");
    if (status == MIEN_OK) status = check_statement(call, &file);
    if (status == MIEN_OK) status = check_file(call, &file, digest);
    if (status == MIEN_OK) {
        memcpy(nonce, file.nonce, MIEN_PROOF_NONCE_SIZE);
        *means = MIEN_MEANS_FACE |
                 (file.kind == MIEN_PROOF_FACE ? MIEN_MEANS_FACE_PROOF : MIEN_MEANS_MATCH_PROOF);
    }
    free(bytes);
    return status;
}
