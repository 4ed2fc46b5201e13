/* SPDX-License-Identifier: MIT */
#include "wallet/record/record.h"

#include <sodium.h>
#include <stdio.h>

#include "platform/base/bytes.h"
#include "wallet/record/public_hash.h"

static const uint8_t magic[8] = {'M', 'I', 'E', 'N', 'R', 'E', 'C', '\n'};
#define VERSION 1
#define CHECKSUM_SIZE 8
#define SLOTS 2

void mien_record_service(uint8_t service[32], const char *name, size_t length) {
    mien_public_hash(service, "mien/service/1", name, length);
}

static mien_status check(const mien_record *record) {
    if (record->epoch == 0 || record->slot >= SLOTS) return MIEN_ARGUMENT;
    if (record->threshold == 0 || record->threshold > 65535) return MIEN_ARGUMENT;
    if (!mien_digest_is_canonical(record->template_commitment)) return MIEN_ARGUMENT;
    if (!mien_digest_is_canonical(record->key_check)) return MIEN_ARGUMENT;
    return MIEN_OK;
}

static mien_status write_fields(mien_writer *writer, const mien_record *record) {
    MIEN_TRY(mien_write_bytes(writer, magic, sizeof magic));
    MIEN_TRY(mien_write_le32(writer, VERSION));
    MIEN_TRY(mien_write_le32(writer, record->epoch));
    MIEN_TRY(mien_write_le32(writer, record->slot));
    MIEN_TRY(mien_write_le32(writer, record->threshold));
    MIEN_TRY(mien_write_bytes(writer, record->service, sizeof record->service));
    MIEN_TRY(mien_write_bytes(writer, record->model_digest, sizeof record->model_digest));
    MIEN_TRY(mien_write_bytes(writer, record->template_commitment, MIEN_DIGEST_SIZE));
    return mien_write_bytes(writer, record->key_check, MIEN_DIGEST_SIZE);
}

mien_status mien_record_encode(uint8_t bytes[MIEN_RECORD_SIZE], const mien_record *record) {
    memset(bytes, 0, MIEN_RECORD_SIZE);
    MIEN_TRY(check(record));
    uint8_t sum[32];
    mien_writer writer = mien_writer_of(bytes, MIEN_RECORD_SIZE);
    MIEN_TRY(write_fields(&writer, record));
    mien_public_hash(sum, "mien/record/1", bytes, writer.used);
    return mien_write_bytes(&writer, sum, CHECKSUM_SIZE);
}

static mien_status read_fields(mien_record *record, mien_reader *reader) {
    uint8_t start[8];
    uint32_t version;
    MIEN_TRY(mien_read_bytes(reader, start, sizeof start));
    if (memcmp(start, magic, sizeof magic) != 0) return MIEN_FORMAT;
    MIEN_TRY(mien_read_le32(reader, &version));
    if (version != VERSION) return MIEN_VERSION;
    MIEN_TRY(mien_read_le32(reader, &record->epoch));
    MIEN_TRY(mien_read_le32(reader, &record->slot));
    MIEN_TRY(mien_read_le32(reader, &record->threshold));
    MIEN_TRY(mien_read_bytes(reader, record->service, sizeof record->service));
    MIEN_TRY(mien_read_bytes(reader, record->model_digest, sizeof record->model_digest));
    MIEN_TRY(mien_read_bytes(reader, record->template_commitment, MIEN_DIGEST_SIZE));
    return mien_read_bytes(reader, record->key_check, MIEN_DIGEST_SIZE);
}

static mien_status read_record(mien_record *record, const uint8_t *bytes, size_t length) {
    uint8_t sum[32];
    const uint8_t *stored;
    mien_reader reader = mien_reader_of(bytes, length);
    MIEN_TRY(read_fields(record, &reader));
    mien_public_hash(sum, "mien/record/1", bytes, (size_t)(reader.next - bytes));
    MIEN_TRY(mien_read_view(&reader, &stored, CHECKSUM_SIZE));
    MIEN_TRY(mien_read_end(&reader));
    if (memcmp(stored, sum, CHECKSUM_SIZE) != 0) return MIEN_AUTHENTICATION;
    return check(record) == MIEN_OK ? MIEN_OK : MIEN_FORMAT;
}

mien_status mien_record_decode(mien_record *record, const uint8_t *bytes, size_t length) {
    mien_record read = {0};
    memset(record, 0, sizeof *record);
    MIEN_TRY(read_record(&read, bytes, length));
    *record = read;
    return MIEN_OK;
}

mien_status mien_record_digest(uint8_t digest[32], const mien_record *record) {
    uint8_t bytes[MIEN_RECORD_SIZE];
    memset(digest, 0, 32);
    MIEN_TRY(mien_record_encode(bytes, record));
    crypto_hash_sha256(digest, bytes, sizeof bytes);
    return MIEN_OK;
}

mien_status mien_record_json(char *text, size_t capacity, size_t *length,
                             const mien_record *record) {
    char service[65], model[65], commitment[73], key_check[73], digest_hex[65];
    uint8_t digest[32];
    *length = 0;
    MIEN_TRY(mien_record_digest(digest, record));
    sodium_bin2hex(service, sizeof service, record->service, 32);
    sodium_bin2hex(model, sizeof model, record->model_digest, 32);
    sodium_bin2hex(commitment, sizeof commitment, record->template_commitment, MIEN_DIGEST_SIZE);
    sodium_bin2hex(key_check, sizeof key_check, record->key_check, MIEN_DIGEST_SIZE);
    sodium_bin2hex(digest_hex, sizeof digest_hex, digest, sizeof digest);
    int written =
        snprintf(text, capacity,
                 "{\"format\":\"mien record\",\"version\":%d,\"record\":\"%s\","
                 "\"service\":\"%s\",\"epoch\":%u,\"slot\":%u,\"threshold\":%u,"
                 "\"model\":\"%s\",\"template_commitment\":\"%s\",\"key_check\":\"%s\"}\n",
                 VERSION, digest_hex, service, record->epoch, record->slot, record->threshold,
                 model, commitment, key_check);
    if (written < 0 || (size_t)written >= capacity) {
        if (capacity != 0) text[0] = '\0';
        return MIEN_TOO_LARGE;
    }
    *length = (size_t)written;
    return MIEN_OK;
}
