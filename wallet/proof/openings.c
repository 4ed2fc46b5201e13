/* SPDX-License-Identifier: MIT */
#include "wallet/proof/openings.h"

#include <stdio.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/files/file.h"
#include "prover/hash/blake2s.h"

/* secret: magic | generation | most | opened | seed | M | check
 * counter: magic | opened | check; checks are BLAKE2s of what stands before and of the seed */
enum {
    MAGIC = 8,
    CHECK = 32,
    SECRET_SIZE = MAGIC + 12 + 64 + CHECK,
    COUNTER_SIZE = MAGIC + 4 + CHECK,
    LOCK_MILLISECONDS = 10000
};
static const uint8_t secret_magic[MAGIC] = "MIENOPN1", counter_magic[MAGIC] = "MIENCNT1";

static void check_of(uint8_t check[CHECK], const uint8_t *bytes, size_t length,
                     const uint8_t seed[32]) {
    mien_blake2s hash;
    mien_blake2s_start(&hash, "mien-opn", NULL);
    mien_blake2s_update(&hash, seed, 32);
    mien_blake2s_update(&hash, bytes, length);
    mien_blake2s_finish(&hash, check);
}

static void encode_secret(uint8_t out[SECRET_SIZE], const mien_openings *o) {
    memcpy(out, secret_magic, MAGIC);
    mien_store_le32(out + MAGIC, o->generation);
    mien_store_le32(out + MAGIC + 4, o->most);
    mien_store_le32(out + MAGIC + 8, o->opened);
    memcpy(out + MAGIC + 12, o->seed, 32);
    memcpy(out + MAGIC + 44, o->model, 32);
    check_of(out + SECRET_SIZE - CHECK, out, SECRET_SIZE - CHECK, o->seed);
}

static void encode_counter(uint8_t out[COUNTER_SIZE], const mien_openings *o) {
    memcpy(out, counter_magic, MAGIC);
    mien_store_le32(out + MAGIC, o->opened);
    check_of(out + COUNTER_SIZE - CHECK, out, COUNTER_SIZE - CHECK, o->seed);
}

static bool decode_secret(mien_openings *o, const uint8_t *bytes, size_t length) {
    uint8_t check[CHECK];
    if (length != SECRET_SIZE || memcmp(bytes, secret_magic, MAGIC) != 0) return false;
    o->generation = mien_load_le32(bytes + MAGIC);
    o->most = mien_load_le32(bytes + MAGIC + 4);
    o->opened = mien_load_le32(bytes + MAGIC + 8);
    memcpy(o->seed, bytes + MAGIC + 12, 32);
    memcpy(o->model, bytes + MAGIC + 44, 32);
    check_of(check, bytes, SECRET_SIZE - CHECK, o->seed);
    return mien_equal_ct(check, bytes + SECRET_SIZE - CHECK, CHECK) && o->opened <= o->most;
}

static bool decode_counter(uint32_t *opened, const uint8_t *bytes, size_t length,
                           const mien_openings *o) {
    uint8_t check[CHECK];
    if (length != COUNTER_SIZE || memcmp(bytes, counter_magic, MAGIC) != 0) return false;
    *opened = mien_load_le32(bytes + MAGIC);
    check_of(check, bytes, COUNTER_SIZE - CHECK, o->seed);
    return mien_equal_ct(check, bytes + COUNTER_SIZE - CHECK, CHECK);
}

/* A crash between the two leaves the counter one ahead. */
static mien_status compare(mien_openings *o, uint32_t counted, const char *path,
                           mien_error *error) {
    if (counted != o->opened && counted != o->opened + 1)
        return mien_fail(error, MIEN_ROLLED_BACK,
                         "%s counts %u openings and its counter %u: an older copy of one of them; "
                         "openings made since would be made again, so there are no more",
                         path, o->opened, counted);
    o->opened = counted;
    return MIEN_OK;
}

static mien_status load(mien_openings *o, const char *path, const char *counter,
                        mien_error *error) {
    uint8_t bytes[SECRET_SIZE + 1];
    uint32_t counted = 0;
    size_t length;
    unsigned flags = MIEN_FILE_NO_LINKS | MIEN_FILE_ONLY_MINE;
    mien_status status = mien_file_read_into(bytes, &length, sizeof bytes, path, flags, error);
    if (status == MIEN_OK && !decode_secret(o, bytes, length))
        status = mien_fail(error, MIEN_FORMAT, "%s is not the secret of a private model", path);
    if (status == MIEN_OK)
        status = mien_file_read_into(bytes, &length, sizeof bytes, counter, flags, error);
    if (status == MIEN_OK && !decode_counter(&counted, bytes, length, o))
        status = mien_fail(error, MIEN_FORMAT, "%s is not the counter of %s", counter, path);
    if (status == MIEN_OK) status = compare(o, counted, path, error);
    mien_wipe(bytes, sizeof bytes);
    if (status != MIEN_OK) mien_wipe(o, sizeof *o);
    return status;
}

/* The counter goes first. */
static mien_status store(const mien_openings *o, const char *path, const char *counter,
                         unsigned flags, mien_error *error) {
    uint8_t bytes[SECRET_SIZE];
    encode_counter(bytes, o);
    mien_status status = mien_file_write(counter, bytes, COUNTER_SIZE, flags, error);
    encode_secret(bytes, o);
    if (status == MIEN_OK) status = mien_file_write(path, bytes, SECRET_SIZE, flags, error);
    mien_wipe(bytes, sizeof bytes);
    return status;
}

static mien_status lock_of(mien_file_lock *lock, const char *counter, mien_error *error) {
    char path[MIEN_PATH_SIZE];
    int length = snprintf(path, sizeof path, "%s.lock", counter);
    if (length < 0 || (size_t)length >= sizeof path)
        return mien_fail(error, MIEN_TOO_LARGE, "the counter's path is too long");
    return mien_file_lock_take(lock, path, LOCK_MILLISECONDS, error);
}

mien_status mien_openings_create(const char *path, const char *counter,
                                 const mien_openings *openings, mien_error *error) {
    mien_file_lock lock = {0};
    if (openings->most < 1 || openings->opened > openings->most)
        return mien_fail(error, MIEN_ARGUMENT, "a budget of openings is at least one");
    MIEN_TRY(lock_of(&lock, counter, error));
    mien_status status = MIEN_OK;
    if (mien_file_exists(path)) status = mien_fail(error, MIEN_EXISTS, "%s is there already", path);
    if (status == MIEN_OK) status = store(openings, path, counter, MIEN_FILE_NEW, error);
    mien_file_lock_release(&lock);
    return status;
}

mien_status mien_openings_read(mien_openings *openings, const char *path, const char *counter,
                               mien_error *error) {
    mien_file_lock lock = {0};
    memset(openings, 0, sizeof *openings);
    MIEN_TRY(lock_of(&lock, counter, error));
    mien_status status = load(openings, path, counter, error);
    mien_file_lock_release(&lock);
    return status;
}

static mien_status take(mien_openings *o, const char *path, const char *counter,
                        mien_error *error) {
    MIEN_TRY(load(o, path, counter, error));
    if (o->opened >= o->most)
        return mien_fail(error, MIEN_POLICY_DENIED,
                         "all %u openings of %s are used: renew the registration", o->most, path);
    mien_openings next = *o;
    next.opened++;
    mien_status status = store(&next, path, counter, 0, error);
    mien_wipe(&next, sizeof next);
    return status;
}

mien_status mien_openings_take(mien_openings *openings, const char *path, const char *counter,
                               mien_error *error) {
    mien_file_lock lock = {0};
    memset(openings, 0, sizeof *openings);
    MIEN_TRY(lock_of(&lock, counter, error));
    mien_status status = take(openings, path, counter, error);
    mien_file_lock_release(&lock);
    if (status != MIEN_OK) mien_wipe(openings, sizeof *openings);
    return status;
}
