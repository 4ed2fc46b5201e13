/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "prover/verifier.h"
#include "wallet/cosign/cosign_parts.h"
#include "wallet/encoding/hex.h"

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

static mien_status verify(const mien_match_statement *statement, const mien_proof_file *file,
                          mien_error *error) {
    const mien_proof_parameters *parameters = mien_proof_parameters_default();
    size_t size = mien_match_verify_workspace_size(parameters);
    void *workspace = aligned_alloc(64, (size + 63) / 64 * 64);
    if (workspace == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the verifier");
    mien_status status =
        mien_match_verify(parameters, statement, file->proof, file->proof_length, workspace, size);
    free(workspace);
    return status == MIEN_OK ? status : mien_fail(error, MIEN_PROOF_INVALID, "the proof is wrong");
}

/* The cheap questions first: a proof takes milliseconds. */
static mien_status check_file(mien_cosign_call *call, const mien_proof_file *file,
                              const uint8_t digest[32]) {
    mien_match_statement statement;
    int64_t latest = call->now + MIEN_COSIGN_NONCE_SECONDS;
    if (file->expiry == 0 || file->expiry > (uint64_t)latest)
        return mien_fail(call->error, MIEN_PROOF_INVALID, "the proof must expire within %d seconds",
                         MIEN_COSIGN_NONCE_SECONDS);
    MIEN_TRY(mien_proof_file_statement(&statement, file, &call->member.record, digest,
                                       (uint64_t)call->now, call->error));
    MIEN_TRY(mien_cosign_store_check(call->store, call->account.id, file->nonce, call->now,
                                     call->error));
    return verify(&statement, file, call->error);
}

mien_status mien_cosign_check_proof(mien_cosign_call *call, uint8_t nonce[MIEN_PROOF_NONCE_SIZE],
                                    const uint8_t digest[32]) {
    const char *statement;
    uint8_t *bytes;
    size_t length;
    mien_proof_file file;
    MIEN_TRY(mien_json_get_string(&statement, call->body, "statement", call->error));
    if (strcmp(statement, MIEN_STATEMENT_MATCH) != 0)
        return mien_fail(call->error, MIEN_UNSUPPORTED,
                         "this account accepts proofs of the statement \"%s\"",
                         MIEN_STATEMENT_MATCH);
    MIEN_TRY(mien_cosign_get_base64(&bytes, &length, call->body, "proof",
                                    MIEN_PROOF_FILE_HEADER_SIZE + MIEN_PROOF_FILE_MAX_PROOF,
                                    call->error));
    mien_status status = mien_proof_file_decode(&file, bytes, length);
    if (status != MIEN_OK)
        status = mien_fail(call->error, MIEN_PROOF_INVALID, "not a proof file of this version");
    if (status == MIEN_OK && file.kind != MIEN_PROOF_MATCH)
        status = mien_fail(call->error, MIEN_PROOF_INVALID,
                           "the proof is of another statement than it says");
    if (status == MIEN_OK) status = check_file(call, &file, digest);
    if (status == MIEN_OK) memcpy(nonce, file.nonce, MIEN_PROOF_NONCE_SIZE);
    free(bytes);
    return status;
}
