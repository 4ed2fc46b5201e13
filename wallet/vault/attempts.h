/* SPDX-License-Identifier: MIT */
/* How often it may be tried: a counter beside the device secret.
 *
 * The counter goes up, durably, before anything is decoded, and back to zero after a success. Up to
 * MIEN_WALLET_FREE_FAILURES failures cost nothing; each one after that costs twice the waiting time
 * of the one before, one minute to begin with; after MIEN_WALLET_LAST_FAILURE the wallet stays shut
 * and only the mnemonic helps. The same file keeps the highest revision of the vault that was in
 * use, which is how an older copy of the vault is told.
 *
 * Limits, stated: the clock is one that a person can set. Setting it back starts the waiting anew;
 * setting it forward ends it, which still leaves the hard end after ten failures. Who can write the
 * state folder can put back an older counter; a key file cannot prevent that, a TPM can. */
#ifndef MIEN_WALLET_VAULT_ATTEMPTS_H
#define MIEN_WALLET_VAULT_ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"
#include "wallet/vault/device.h"

#define MIEN_ATTEMPTS_SIZE 76
#define MIEN_ATTEMPTS_FIRST_WAIT 60 /* seconds, after the fifth failure */

typedef struct mien_attempts {
    uint32_t failures;  /* since the last success, counting an attempt that is under way */
    uint64_t revision;  /* highest revision of the vault that was written or opened */
    int64_t not_before; /* seconds since 1970; next attempt */
    int64_t last_seen;  /* the clock at the last change */
    bool remade;        /* the file was missing or damaged; not stored */
} mien_attempts;

/* 0: allowed now. Positive: seconds to wait. -1: never, only the mnemonic. Clocks that went back
 * count as no time passed. */
int64_t mien_attempts_wait(const mien_attempts *attempts, int64_t now);
/* Count a failure, in advance of the attempt. */
void mien_attempts_raise(mien_attempts *attempts, int64_t now);
/* If the clock went back: start the waiting anew. Returns 1 when *attempts changed. */
int mien_attempts_notice_clock(mien_attempts *attempts, int64_t now);
void mien_attempts_succeed(mien_attempts *attempts, int64_t now);

void mien_attempts_encode(uint8_t bytes[MIEN_ATTEMPTS_SIZE], const mien_attempts *attempts,
                          const uint8_t device_secret[MIEN_KEY_SIZE]);
/* Genuine under any of the secrets, else MIEN_AUTHENTICATION; MIEN_TRUNCATED, MIEN_TRAILING,
 * MIEN_FORMAT, MIEN_VERSION as usual. *attempts is zeroed on error. */
MIEN_MUST_CHECK mien_status mien_attempts_decode(mien_attempts *attempts, const uint8_t *bytes,
                                                 size_t length, const mien_device_secrets *secrets);

/* A missing or damaged file counts as MIEN_WALLET_FREE_FAILURES + 1 failures right now: removing it
 * must not give more tries. *attempts is `remade` then, and who means an attempt stores it, or the
 * waiting would begin anew each time. Errors only when a file that is there cannot be read. */
MIEN_MUST_CHECK mien_status mien_attempts_load(mien_attempts *attempts, const char *path,
                                               const mien_device_secrets *secrets, int64_t now,
                                               mien_error *error);
/* Durable on return. device_secret: the one of the vault that the attempt is made at, so that the
 * file stays genuine when the other one goes. */
MIEN_MUST_CHECK mien_status mien_attempts_store(const char *path, const mien_attempts *attempts,
                                                const uint8_t device_secret[MIEN_KEY_SIZE],
                                                mien_error *error);

#endif
