/* SPDX-License-Identifier: MIT */
/* Where the device secret is kept: an interface, and the key file behind it.
 *
 * The key file is the weakest kind: whoever can read the user's files can copy it. A TPM or a
 * hardware device takes its place behind the same three functions. */
#ifndef MIEN_WALLET_VAULT_DEVICE_H
#define MIEN_WALLET_VAULT_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"
#include "platform/files/file.h"
#include "wallet/key/derive.h"

/* The secret of the enrolment in force and, until that was unlocked once, of the one before.
 * Secret: guarded memory, wiped by whoever holds it. */
#define MIEN_DEVICE_SECRETS 2
typedef struct mien_device_secrets {
    uint8_t secret[MIEN_DEVICE_SECRETS][MIEN_KEY_SIZE];
    uint32_t count; /* 1..2 */
} mien_device_secrets;

typedef struct mien_device {
    const char *kind; /* for people; static */
    /* MIEN_NOT_FOUND when there is none; *secrets is wiped on error. */
    mien_status (*load)(const void *context, mien_device_secrets *secrets, mien_error *error);
    /* Durable on return; all or nothing. */
    mien_status (*store)(const void *context, const mien_device_secrets *secrets,
                         mien_error *error);
    /* MIEN_NOT_FOUND when there is none. */
    mien_status (*erase)(const void *context, mien_error *error);
    const void *context;
} mien_device;

/* Public name of a secret: KDF(secret, "mien.device.id"). */
void mien_device_name(uint8_t name[MIEN_KEY_SIZE], const uint8_t secret[MIEN_KEY_SIZE]);

/* A key file at `path` (0600, owned by this user, never through a symbolic link). `path` must
 * outlive the returned value. */
mien_device mien_device_key_file(const char *path);

#define MIEN_KEY_FILE_MAX_SIZE (8 + 4 + 4 + MIEN_DEVICE_SECRETS * MIEN_KEY_SIZE + 32)
/* The bytes of a key file, for its functions and the fuzzer. */
size_t mien_key_file_encode(uint8_t bytes[MIEN_KEY_FILE_MAX_SIZE],
                            const mien_device_secrets *secrets);
/* MIEN_TRUNCATED, MIEN_TRAILING, MIEN_FORMAT, MIEN_VERSION, MIEN_AUTHENTICATION (checksum). */
MIEN_MUST_CHECK mien_status mien_key_file_decode(mien_device_secrets *secrets, const uint8_t *bytes,
                                                 size_t length);

/* Overwrite a regular file with zeros in place, sync, remove. Best effort by its nature: a file
 * system may have put the zeros elsewhere. MIEN_NOT_FOUND when there is none; a symbolic link is
 * removed and not followed. */
MIEN_MUST_CHECK mien_status mien_file_erase(const char *path, mien_error *error);

#endif
