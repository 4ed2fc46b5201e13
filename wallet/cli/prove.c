/* SPDX-License-Identifier: MIT */
#include "wallet/cli/prove.h"

#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/memory/secret.h"
#include "platform/threads/pool.h"
#include "wallet/cli/common.h"
#include "wallet/policy/policy.h"
#include "wallet/proof/sureness.h"

typedef struct prove_memory {
    mien_match_witness *witness;
    void *workspace;
    size_t workspace_size;
    mien_pool *pool;
} prove_memory;

static void prove_memory_free(prove_memory *memory) {
    mien_pool_destroy(memory->pool);
    mien_secret_free(memory->workspace);
    mien_secret_free(memory->witness);
}

static mien_status prove_memory_take(prove_memory *memory, mien_error *error) {
    void *witness;
    *memory = (prove_memory){0};
    MIEN_TRY(mien_secret_alloc(&witness, sizeof *memory->witness, error));
    memory->witness = witness;
    memory->workspace_size = mien_match_prove_workspace_size(mien_proof_parameters_default());
    MIEN_TRY(mien_secret_alloc(&memory->workspace, memory->workspace_size, error));
    return mien_pool_create(&memory->pool, 0);
}

static void fill_statement(mien_match_statement *statement, const mien_record *record,
                           const uint8_t context[32]) {
    memcpy(statement->template_commitment, record->template_commitment, MIEN_DIGEST_SIZE);
    memcpy(statement->key_check, record->key_check, MIEN_DIGEST_SIZE);
    memcpy(statement->service, record->service, sizeof statement->service);
    statement->epoch = record->epoch;
    statement->slot = record->slot;
    statement->threshold = record->threshold;
    memcpy(statement->context, context, 32);
}

/* The proof proper, behind the room for the header. */
static mien_status prove_into(mien_cli_proof *proof, mien_match_statement *statement,
                              prove_memory *memory, const mien_wallet_session *session,
                              const mien_progress *progress, mien_error *error) {
    const mien_proof_parameters *parameters = mien_proof_parameters_default();
    mien_random random = mien_random_system();
    size_t capacity = mien_match_proof_max_size(parameters), length = 0;
    MIEN_TRY(mien_wallet_session_witness(session, memory->witness, &random));
    MIEN_TRY(mien_match_commit_embedding(statement->embedding_commitment, statement->context,
                                         memory->witness->embedding,
                                         memory->witness->embedding_blinding));
    proof->bytes = malloc(MIEN_PROOF_FILE_HEADER_SIZE + capacity);
    if (proof->bytes == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the proof");
    double start = mien_cli_milliseconds();
    mien_status status =
        mien_match_prove(proof->bytes + MIEN_PROOF_FILE_HEADER_SIZE, capacity, &length, parameters,
                         statement, memory->witness, memory->workspace, memory->workspace_size,
                         &random, memory->pool, progress);
    proof->milliseconds = mien_cli_milliseconds() - start;
    proof->length = MIEN_PROOF_FILE_HEADER_SIZE + length;
    proof->workspace_bytes = memory->workspace_size;
    if (status == MIEN_NO_MATCH)
        return mien_fail(error, status,
                         "the face opened the wallet but is below the threshold of the proof; "
                         "look again, in better light");
    return status;
}

mien_status mien_cli_proof_end(mien_cli_proof *proof, mien_proof_file *file,
                               const mien_match_statement *statement,
                               const mien_proof_binding *binding) {
    file->expiry = binding->expiry;
    MIEN_TRY(mien_record_digest(file->record_digest, &proof->record));
    memcpy(file->context, statement->context, sizeof file->context);
    memcpy(file->nonce, binding->nonce, sizeof file->nonce);
    file->proof = proof->bytes + MIEN_PROOF_FILE_HEADER_SIZE;
    file->proof_length = proof->length - MIEN_PROOF_FILE_HEADER_SIZE;
    return mien_proof_file_header(proof->bytes, file);
}

static mien_status write_header(mien_cli_proof *proof, const mien_match_statement *statement,
                                const mien_proof_binding *binding) {
    mien_proof_file file = {.kind = MIEN_PROOF_MATCH, .parameters = MIEN_PROOF_FILE_PARAMETERS};
    memcpy(file.embedding_commitment, statement->embedding_commitment, MIEN_DIGEST_SIZE);
    return mien_cli_proof_end(proof, &file, statement, binding);
}

mien_status mien_cli_proof_begin(mien_cli_proof *proof, mien_match_statement *statement,
                                 mien_proof_binding *binding, const mien_wallet_session *session,
                                 const uint8_t bind[32], const uint8_t nonce[MIEN_PROOF_NONCE_SIZE],
                                 uint64_t expiry, const uint8_t *service) {
    uint8_t context[32];
    *proof = (mien_cli_proof){0};
    *binding = (mien_proof_binding){.expiry = expiry};
    memset(statement, 0, sizeof *statement);
    MIEN_TRY(mien_wallet_session_record(session, &proof->record, service));
    memcpy(binding->bind, bind, sizeof binding->bind);
    memcpy(binding->nonce, nonce, sizeof binding->nonce);
    memcpy(binding->service, proof->record.service, sizeof binding->service);
    mien_proof_context(context, binding);
    fill_statement(statement, &proof->record, context);
    return MIEN_OK;
}

mien_status mien_cli_prove(mien_cli_proof *proof, const mien_wallet_session *session,
                           const uint8_t bind[32], const uint8_t nonce[MIEN_PROOF_NONCE_SIZE],
                           uint64_t expiry, const uint8_t *service, const mien_progress *progress,
                           mien_error *error) {
    mien_proof_binding binding;
    mien_match_statement statement;
    prove_memory memory = {0};
    MIEN_TRY(
        mien_cli_proof_begin(proof, &statement, &binding, session, bind, nonce, expiry, service));
    mien_status status = prove_memory_take(&memory, error);
    if (status == MIEN_OK)
        status = prove_into(proof, &statement, &memory, session, progress, error);
    prove_memory_free(&memory);
    if (status == MIEN_OK) status = write_header(proof, &statement, &binding);
    if (status != MIEN_OK) {
        free(proof->bytes);
        *proof = (mien_cli_proof){0};
    }
    return status;
}

static mien_status check_proof(mien_cli_verdict *verdict, mien_error *error) {
    const mien_proof_parameters *parameters = mien_proof_parameters_default();
    size_t size = mien_match_verify_workspace_size(parameters);
    mien_sureness sureness;
    MIEN_TRY(mien_sureness_of_match(&sureness, error));
    verdict->bits = mien_sureness_total(&sureness)->bits;
    verdict->bits_grinding = mien_sureness_total(&sureness)->bits_grinding;
    void *workspace = aligned_alloc(64, (size + 63) / 64 * 64);
    if (workspace == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the verifier");
    double start = mien_cli_milliseconds();
    mien_status status = mien_match_verify(parameters, &verdict->statement, verdict->file.proof,
                                           verdict->file.proof_length, workspace, size);
    verdict->milliseconds = mien_cli_milliseconds() - start;
    verdict->workspace_bytes = size;
    free(workspace);
    if (status == MIEN_PROOF_INVALID)
        return mien_fail(error, status,
                         "the proof does not hold: it was changed, or never was a proof of this");
    return status;
}

mien_status mien_cli_verify(mien_cli_verdict *verdict, const uint8_t *bytes, size_t length,
                            const mien_record *record, const uint8_t bind[32], uint64_t now,
                            mien_error *error) {
    *verdict = (mien_cli_verdict){0};
    mien_status status = mien_proof_file_decode(&verdict->file, bytes, length);
    if (status != MIEN_OK)
        return mien_fail(error, MIEN_PROOF_INVALID, "not a proof file of this version: %s",
                         mien_status_text(status));
    if (verdict->file.kind != MIEN_PROOF_MATCH)
        return mien_fail(error, MIEN_PROOF_INVALID, "this is a proof of another statement");
    MIEN_TRY(
        mien_proof_file_statement(&verdict->statement, &verdict->file, record, bind, now, error));
    return check_proof(verdict, error);
}

/* ---- either statement ---- */

uint32_t mien_cli_face_parameters(unsigned bits) {
    return bits <= 100 ? 1 : 2;
}

mien_status mien_cli_statement_named(bool *face, const mien_cli *cli, mien_error *error) {
    const char *name = mien_cli_value(cli, "statement");
    *face = name != NULL && strcmp(name, "face") == 0;
    if (name == NULL || *face || strcmp(name, "match") == 0) return MIEN_OK;
    return mien_fail(error, MIEN_USAGE, "--statement is match or face");
}

mien_status mien_cli_statement_read(mien_cli_statement *statement, const mien_cli *cli,
                                    mien_error *error) {
    const char *bits = mien_cli_value(cli, "bits");
    bool low = bits != NULL && strcmp(bits, "100") == 0;
    *statement = (mien_cli_statement){0};
    MIEN_TRY(mien_cli_statement_named(&statement->face, cli, error));
    if (bits != NULL && !low && strcmp(bits, "128") != 0)
        return mien_fail(error, MIEN_USAGE, "--bits is 100 or 128");
    statement->options.models = mien_cli_value(cli, "models");
    statement->options.frame_path = mien_cli_value(cli, "frame-out");
    statement->options.parameters = mien_cli_face_parameters(low ? 100 : 128);
    if (!statement->face && (bits != NULL || statement->options.frame_path != NULL))
        return mien_fail(error, MIEN_USAGE, "%s is for --statement face",
                         bits != NULL ? "--bits" : "--frame-out");
    return MIEN_OK;
}

unsigned mien_cli_statement_means(const mien_cli_statement *statement) {
    return statement->face ? MIEN_MEANS_FACE_PROOF : MIEN_MEANS_MATCH_PROOF;
}

mien_status mien_cli_prove_statement(mien_cli_proof *proof, const mien_cli_unlocked *unlocked,
                                     const mien_cli_statement *statement, const uint8_t bind[32],
                                     const uint8_t nonce[MIEN_PROOF_NONCE_SIZE], uint64_t expiry,
                                     const uint8_t *service, const mien_progress *progress,
                                     mien_error *error) {
    const uint8_t *crops[MIEN_CLI_UNLOCK_FRAMES];
    mien_cli_seen seen = {unlocked->faces.list, crops, unlocked->faces.count};
    if (!statement->face)
        return mien_cli_prove(proof, unlocked->session, bind, nonce, expiry, service, progress,
                              error);
    for (size_t i = 0; i < seen.count; i++) crops[i] = unlocked->faces.crops[i];
    return mien_cli_prove_face(proof, unlocked->session, &seen, &statement->options, bind, nonce,
                               expiry, service, progress, error);
}

mien_status mien_cli_verify_any(mien_cli_verdict *verdict, const uint8_t *bytes, size_t length,
                                const mien_record *record, const uint8_t bind[32], uint64_t now,
                                const char *models, const char *frame_path, mien_error *error) {
    mien_proof_file file;
    if (mien_proof_file_decode(&file, bytes, length) == MIEN_OK && file.kind == MIEN_PROOF_FACE)
        return mien_cli_verify_face(verdict, bytes, length, record, bind, now, models, frame_path,
                                    error);
    if (frame_path != NULL)
        return mien_fail(
            error, MIEN_USAGE,
            "this is no face proof and says nothing about a frame: leave --frame away");
    return mien_cli_verify(verdict, bytes, length, record, bind, now, error);
}
