/* SPDX-License-Identifier: MIT */
#include "wallet/record/proof_file.h"

#include "platform/base/bytes.h"
#include "wallet/record/public_hash.h"

static const uint8_t magic[8] = {'M', 'I', 'E', 'N', 'P', 'R', 'F', '\n'};
#define VERSION 1
#define FRAME_COMMITTED 1
#define FRAME_PUBLIC 2

void mien_proof_context(uint8_t context[32], const mien_proof_binding *binding) {
    uint8_t bytes[32 + MIEN_PROOF_NONCE_SIZE + 32 + 8];
    memcpy(bytes, binding->bind, 32);
    memcpy(bytes + 32, binding->nonce, MIEN_PROOF_NONCE_SIZE);
    memcpy(bytes + 64, binding->service, 32);
    mien_store_le64(bytes + 96, binding->expiry);
    mien_public_hash(context, "mien/context/1", bytes, sizeof bytes);
}

static bool parameters_known(const mien_proof_file *file) {
    uint32_t most = file->kind == MIEN_PROOF_FACE ? MIEN_PROOF_FILE_PARAMETERS_FACE
                                                  : MIEN_PROOF_FILE_PARAMETERS;
    return file->parameters >= 1 && file->parameters <= most;
}

static mien_status check(const mien_proof_file *file) {
    if (file->kind != MIEN_PROOF_MATCH && file->kind != MIEN_PROOF_FACE) return MIEN_ARGUMENT;
    if (!parameters_known(file)) return MIEN_ARGUMENT;
    if (file->proof_length == 0) return MIEN_ARGUMENT;
    if (file->proof_length > MIEN_PROOF_FILE_MAX_PROOF) return MIEN_ARGUMENT;
    if (file->kind == MIEN_PROOF_FACE) return MIEN_OK;
    return mien_digest_is_canonical(file->embedding_commitment) ? MIEN_OK : MIEN_ARGUMENT;
}

/* What stands for the embedding, or for the frame: 36 bytes either way. */
static mien_status write_bound(mien_writer *writer, const mien_proof_file *file) {
    if (file->kind == MIEN_PROOF_MATCH)
        return mien_write_bytes(writer, file->embedding_commitment, MIEN_DIGEST_SIZE);
    MIEN_TRY(mien_write_le32(writer, file->frame_public ? FRAME_PUBLIC : FRAME_COMMITTED));
    return mien_write_bytes(writer, file->frame_commitment, sizeof file->frame_commitment);
}

static mien_status read_bound(mien_proof_file *file, mien_reader *reader) {
    static const uint8_t zeros[32];
    uint32_t frame;
    if (file->kind == MIEN_PROOF_MATCH)
        return mien_read_bytes(reader, file->embedding_commitment, MIEN_DIGEST_SIZE);
    MIEN_TRY(mien_read_le32(reader, &frame));
    MIEN_TRY(mien_read_bytes(reader, file->frame_commitment, sizeof file->frame_commitment));
    if (frame != FRAME_COMMITTED && frame != FRAME_PUBLIC) return MIEN_FORMAT;
    file->frame_public = frame == FRAME_PUBLIC;
    bool none = memcmp(file->frame_commitment, zeros, sizeof zeros) == 0;
    return none == file->frame_public ? MIEN_OK : MIEN_FORMAT;
}

static mien_status write_header(mien_writer *writer, const mien_proof_file *file) {
    MIEN_TRY(mien_write_bytes(writer, magic, sizeof magic));
    MIEN_TRY(mien_write_le32(writer, VERSION));
    MIEN_TRY(mien_write_le32(writer, (uint32_t)file->kind));
    MIEN_TRY(mien_write_le32(writer, file->parameters));
    MIEN_TRY(mien_write_bytes(writer, file->record_digest, sizeof file->record_digest));
    MIEN_TRY(mien_write_bytes(writer, file->context, sizeof file->context));
    MIEN_TRY(mien_write_bytes(writer, file->nonce, sizeof file->nonce));
    MIEN_TRY(mien_write_le64(writer, file->expiry));
    MIEN_TRY(write_bound(writer, file));
    return mien_write_le32(writer, (uint32_t)file->proof_length);
}

mien_status mien_proof_file_header(uint8_t header[MIEN_PROOF_FILE_HEADER_SIZE],
                                   const mien_proof_file *file) {
    memset(header, 0, MIEN_PROOF_FILE_HEADER_SIZE);
    MIEN_TRY(check(file));
    mien_writer writer = mien_writer_of(header, MIEN_PROOF_FILE_HEADER_SIZE);
    MIEN_TRY(write_header(&writer, file));
    return writer.used == MIEN_PROOF_FILE_HEADER_SIZE ? MIEN_OK : MIEN_INTERNAL;
}

static mien_status read_start(mien_proof_file *file, mien_reader *reader) {
    uint8_t start[8];
    uint32_t version, statement;
    MIEN_TRY(mien_read_bytes(reader, start, sizeof start));
    if (memcmp(start, magic, sizeof magic) != 0) return MIEN_FORMAT;
    MIEN_TRY(mien_read_le32(reader, &version));
    if (version != VERSION) return MIEN_VERSION;
    MIEN_TRY(mien_read_le32(reader, &statement));
    if (statement != MIEN_PROOF_MATCH && statement != MIEN_PROOF_FACE) return MIEN_UNSUPPORTED;
    file->kind = (mien_proof_statement)statement;
    MIEN_TRY(mien_read_le32(reader, &file->parameters));
    return parameters_known(file) ? MIEN_OK : MIEN_UNSUPPORTED;
}

static mien_status read_file(mien_proof_file *file, mien_reader *reader) {
    uint32_t length;
    MIEN_TRY(read_start(file, reader));
    MIEN_TRY(mien_read_bytes(reader, file->record_digest, sizeof file->record_digest));
    MIEN_TRY(mien_read_bytes(reader, file->context, sizeof file->context));
    MIEN_TRY(mien_read_bytes(reader, file->nonce, sizeof file->nonce));
    MIEN_TRY(mien_read_le64(reader, &file->expiry));
    MIEN_TRY(read_bound(file, reader));
    MIEN_TRY(mien_read_le32(reader, &length));
    if (length > MIEN_PROOF_FILE_MAX_PROOF) return MIEN_TOO_LARGE;
    file->proof_length = length;
    MIEN_TRY(mien_read_view(reader, &file->proof, length));
    MIEN_TRY(mien_read_end(reader));
    return check(file) == MIEN_OK ? MIEN_OK : MIEN_FORMAT;
}

mien_status mien_proof_file_decode(mien_proof_file *file, const uint8_t *bytes, size_t length) {
    mien_proof_file read = {0};
    memset(file, 0, sizeof *file);
    mien_reader reader = mien_reader_of(bytes, length);
    MIEN_TRY(read_file(&read, &reader));
    *file = read;
    return MIEN_OK;
}

static void fill_statement(mien_match_statement *statement, const mien_record *record,
                           const uint8_t *embedding_commitment, const uint8_t context[32]) {
    memcpy(statement->template_commitment, record->template_commitment, MIEN_DIGEST_SIZE);
    memcpy(statement->embedding_commitment, embedding_commitment, MIEN_DIGEST_SIZE);
    memcpy(statement->key_check, record->key_check, MIEN_DIGEST_SIZE);
    memcpy(statement->service, record->service, sizeof statement->service);
    statement->epoch = record->epoch;
    statement->slot = record->slot;
    statement->threshold = record->threshold;
    memcpy(statement->context, context, 32);
}

mien_status mien_proof_file_statement(mien_match_statement *statement, const mien_proof_file *file,
                                      const mien_record *record, const uint8_t bind[32],
                                      uint64_t now, mien_error *error) {
    uint8_t digest[32], context[32];
    mien_proof_binding binding = {.expiry = file->expiry};
    memset(statement, 0, sizeof *statement);
    MIEN_TRY(mien_record_digest(digest, record));
    if (memcmp(digest, file->record_digest, sizeof digest) != 0)
        return mien_fail(error, MIEN_PROOF_INVALID, "the proof was made for another record");
    memcpy(binding.bind, bind, sizeof binding.bind);
    memcpy(binding.nonce, file->nonce, sizeof binding.nonce);
    memcpy(binding.service, record->service, sizeof binding.service);
    mien_proof_context(context, &binding);
    if (memcmp(context, file->context, sizeof context) != 0)
        return mien_fail(error, MIEN_PROOF_INVALID,
                         "the proof is bound to another digest, nonce or "
                         "expiry than the one asked for");
    if (file->expiry != 0 && now > file->expiry)
        return mien_fail(error, MIEN_PROOF_INVALID, "the proof has expired");
    fill_statement(statement, record, file->embedding_commitment, context);
    return MIEN_OK;
}
