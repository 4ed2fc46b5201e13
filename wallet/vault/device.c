/* SPDX-License-Identifier: MIT */
#include "wallet/vault/device.h"

#include "platform/base/bytes.h"

static const uint8_t magic[8] = {'M', 'I', 'E', 'N', 'K', 'E', 'Y', '\n'};
#define VERSION 1
#define CHECKSUM_SIZE 32

void mien_device_name(uint8_t name[MIEN_KEY_SIZE], const uint8_t secret[MIEN_KEY_SIZE]) {
    static const uint8_t no_header[MIEN_KEY_SIZE];
    mien_key_from_device(name, secret, MIEN_KEY_LABEL_DEVICE_NAME, no_header);
}

/* Tells damage from a foreign file. Keyed with the first secret, so that it says nothing about the
 * secrets to who sees only these bytes of a torn file. */
static void checksum(uint8_t sum[CHECKSUM_SIZE], const uint8_t *bytes, size_t length,
                     const uint8_t *secret) {
    uint8_t digest[MIEN_KEY_SIZE];
    mien_key_header_digest(digest, bytes, length);
    mien_key_from_device(sum, secret, MIEN_KEY_LABEL_KEY_FILE, digest);
    mien_wipe(digest, sizeof digest);
}

size_t mien_key_file_encode(uint8_t bytes[MIEN_KEY_FILE_MAX_SIZE],
                            const mien_device_secrets *secrets) {
    size_t length = 16 + secrets->count * (size_t)MIEN_KEY_SIZE;
    memcpy(bytes, magic, sizeof magic);
    mien_store_le32(bytes + 8, VERSION);
    mien_store_le32(bytes + 12, secrets->count);
    memcpy(bytes + 16, secrets->secret, secrets->count * (size_t)MIEN_KEY_SIZE);
    checksum(bytes + length, bytes, length, secrets->secret[0]);
    return length + CHECKSUM_SIZE;
}

static mien_status read_secrets(mien_device_secrets *secrets, const uint8_t *bytes, size_t length) {
    mien_reader reader = mien_reader_of(bytes, length);
    uint8_t start[8], sum[CHECKSUM_SIZE];
    const uint8_t *stored;
    uint32_t version;
    MIEN_TRY(mien_read_bytes(&reader, start, sizeof start));
    if (memcmp(start, magic, sizeof magic) != 0) return MIEN_FORMAT;
    MIEN_TRY(mien_read_le32(&reader, &version));
    if (version != VERSION) return MIEN_VERSION;
    MIEN_TRY(mien_read_le32(&reader, &secrets->count));
    if (secrets->count < 1 || secrets->count > MIEN_DEVICE_SECRETS) return MIEN_FORMAT;
    MIEN_TRY(mien_read_bytes(&reader, secrets->secret, secrets->count * (size_t)MIEN_KEY_SIZE));
    checksum(sum, bytes, (size_t)(reader.next - bytes), secrets->secret[0]);
    MIEN_TRY(mien_read_view(&reader, &stored, CHECKSUM_SIZE));
    MIEN_TRY(mien_read_end(&reader));
    return mien_equal_ct(sum, stored, CHECKSUM_SIZE) ? MIEN_OK : MIEN_AUTHENTICATION;
}

mien_status mien_key_file_decode(mien_device_secrets *secrets, const uint8_t *bytes,
                                 size_t length) {
    memset(secrets, 0, sizeof *secrets);
    mien_status status = read_secrets(secrets, bytes, length);
    if (status != MIEN_OK) mien_wipe(secrets, sizeof *secrets);
    return status;
}

static mien_status load(const void *context, mien_device_secrets *secrets, mien_error *error) {
    const char *path = context;
    uint8_t bytes[MIEN_KEY_FILE_MAX_SIZE];
    size_t length;
    mien_wipe(secrets, sizeof *secrets);
    MIEN_TRY(mien_file_read_into(bytes, &length, sizeof bytes, path,
                                 MIEN_FILE_NO_LINKS | MIEN_FILE_ONLY_MINE, error));
    mien_status status = mien_key_file_decode(secrets, bytes, length);
    mien_wipe(bytes, sizeof bytes);
    if (status == MIEN_OK) return MIEN_OK;
    return mien_fail(error, status,
                     "the device key file %.200s is damaged (%s); put a backup of it back, or "
                     "restore the wallet from its mnemonic",
                     path, mien_status_text(status));
}

static mien_status store(const void *context, const mien_device_secrets *secrets,
                         mien_error *error) {
    uint8_t bytes[MIEN_KEY_FILE_MAX_SIZE];
    size_t length = mien_key_file_encode(bytes, secrets);
    mien_status status = mien_file_write(context, bytes, length, 0, error);
    mien_wipe(bytes, sizeof bytes);
    return status;
}

static mien_status erase(const void *context, mien_error *error) {
    return mien_file_erase(context, error);
}

mien_device mien_device_key_file(const char *path) {
    mien_device device = {"key file in the user's state folder (the weakest kind)", load, store,
                          erase, path};
    return device;
}
