/* SPDX-License-Identifier: MIT */
#include "wallet/vault/attempts.h"

#include "platform/base/bytes.h"
#include "platform/files/file.h"
#include "wallet/wallet.h"

static const uint8_t magic[8] = {'M', 'I', 'E', 'N', 'T', 'R', 'Y', '\n'};
#define VERSION 1
#define TAG_SIZE 32
#define COVERED (MIEN_ATTEMPTS_SIZE - TAG_SIZE)

static int64_t waiting_time(uint32_t failures) {
    if (failures <= MIEN_WALLET_FREE_FAILURES) return 0;
    uint32_t doublings = failures - MIEN_WALLET_FREE_FAILURES - 1;
    return (int64_t)MIEN_ATTEMPTS_FIRST_WAIT << (doublings < 16 ? doublings : 16);
}

int64_t mien_attempts_wait(const mien_attempts *attempts, int64_t now) {
    if (attempts->failures >= MIEN_WALLET_LAST_FAILURE) return -1;
    if (attempts->failures <= MIEN_WALLET_FREE_FAILURES) return 0;
    if (now < attempts->last_seen) return waiting_time(attempts->failures);
    return now < attempts->not_before ? attempts->not_before - now : 0;
}

void mien_attempts_raise(mien_attempts *attempts, int64_t now) {
    if (attempts->failures < UINT32_MAX) attempts->failures++;
    attempts->last_seen = now;
    attempts->not_before = now + waiting_time(attempts->failures);
}

int mien_attempts_notice_clock(mien_attempts *attempts, int64_t now) {
    if (now >= attempts->last_seen) return 0;
    attempts->last_seen = now;
    attempts->not_before = now + waiting_time(attempts->failures);
    return 1;
}

void mien_attempts_succeed(mien_attempts *attempts, int64_t now) {
    attempts->failures = 0;
    attempts->last_seen = attempts->not_before = now;
}

static void tag_of(uint8_t tag[TAG_SIZE], const uint8_t *bytes, const uint8_t *secret) {
    uint8_t digest[MIEN_KEY_SIZE];
    mien_key_header_digest(digest, bytes, COVERED);
    mien_key_from_device(tag, secret, MIEN_KEY_LABEL_ATTEMPTS, digest);
}

void mien_attempts_encode(uint8_t bytes[MIEN_ATTEMPTS_SIZE], const mien_attempts *attempts,
                          const uint8_t device_secret[MIEN_KEY_SIZE]) {
    memcpy(bytes, magic, sizeof magic);
    mien_store_le32(bytes + 8, VERSION);
    mien_store_le32(bytes + 12, attempts->failures);
    mien_store_le64(bytes + 16, attempts->revision);
    mien_store_le64(bytes + 24, (uint64_t)attempts->not_before);
    mien_store_le64(bytes + 32, (uint64_t)attempts->last_seen);
    mien_store_le32(bytes + 40, 0);
    tag_of(bytes + COVERED, bytes, device_secret);
}

static mien_status read_fields(mien_attempts *attempts, mien_reader *reader) {
    uint8_t start[8];
    uint32_t version, reserved;
    uint64_t not_before, last_seen;
    MIEN_TRY(mien_read_bytes(reader, start, sizeof start));
    if (memcmp(start, magic, sizeof magic) != 0) return MIEN_FORMAT;
    MIEN_TRY(mien_read_le32(reader, &version));
    if (version != VERSION) return MIEN_VERSION;
    MIEN_TRY(mien_read_le32(reader, &attempts->failures));
    MIEN_TRY(mien_read_le64(reader, &attempts->revision));
    MIEN_TRY(mien_read_le64(reader, &not_before));
    MIEN_TRY(mien_read_le64(reader, &last_seen));
    MIEN_TRY(mien_read_le32(reader, &reserved));
    attempts->not_before = (int64_t)not_before;
    attempts->last_seen = (int64_t)last_seen;
    return reserved == 0 ? MIEN_OK : MIEN_FORMAT;
}

static mien_status read_attempts(mien_attempts *attempts, const uint8_t *bytes, size_t length,
                                 const mien_device_secrets *secrets) {
    mien_reader reader = mien_reader_of(bytes, length);
    const uint8_t *stored;
    uint8_t tag[TAG_SIZE];
    int genuine = 0;
    MIEN_TRY(read_fields(attempts, &reader));
    MIEN_TRY(mien_read_view(&reader, &stored, TAG_SIZE));
    MIEN_TRY(mien_read_end(&reader));
    for (uint32_t i = 0; i < secrets->count; i++) {
        tag_of(tag, bytes, secrets->secret[i]);
        genuine |= mien_equal_ct(tag, stored, TAG_SIZE);
    }
    return genuine ? MIEN_OK : MIEN_AUTHENTICATION;
}

mien_status mien_attempts_decode(mien_attempts *attempts, const uint8_t *bytes, size_t length,
                                 const mien_device_secrets *secrets) {
    mien_attempts read = {0};
    memset(attempts, 0, sizeof *attempts);
    MIEN_TRY(read_attempts(&read, bytes, length, secrets));
    *attempts = read;
    return MIEN_OK;
}

mien_status mien_attempts_load(mien_attempts *attempts, const char *path,
                               const mien_device_secrets *secrets, int64_t now, mien_error *error) {
    uint8_t bytes[MIEN_ATTEMPTS_SIZE + 1];
    size_t length = 0;
    mien_status status = mien_file_read_into(bytes, &length, sizeof bytes, path,
                                             MIEN_FILE_NO_LINKS | MIEN_FILE_ONLY_MINE, error);
    if (status == MIEN_PERMISSION || status == MIEN_IO) return status;
    if (status == MIEN_OK) status = mien_attempts_decode(attempts, bytes, length, secrets);
    if (status == MIEN_OK) return MIEN_OK;
    memset(attempts, 0, sizeof *attempts);
    attempts->failures = MIEN_WALLET_FREE_FAILURES;
    attempts->remade = true;
    mien_attempts_raise(attempts, now);
    return MIEN_OK;
}

mien_status mien_attempts_store(const char *path, const mien_attempts *attempts,
                                const uint8_t device_secret[MIEN_KEY_SIZE], mien_error *error) {
    uint8_t bytes[MIEN_ATTEMPTS_SIZE];
    mien_attempts_encode(bytes, attempts, device_secret);
    return mien_file_write(path, bytes, sizeof bytes, 0, error);
}
