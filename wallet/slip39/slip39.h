/* SPDX-License-Identifier: MIT */
/* Shared backups (SLIP-39): a master secret is split into groups of shares, each a sentence of
 * words; so many groups, with so many shares each, bring it back, and fewer tell nothing.
 *
 * Everything but the configuration is secret. The arithmetic in GF(256) uses no tables; looking
 * words up takes the same time for every word. Callers keep secrets and sentences in guarded
 * memory; what is needed in between is wiped. */
#ifndef MIEN_WALLET_SLIP39_H
#define MIEN_WALLET_SLIP39_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"
#include "platform/base/random.h"

#define MIEN_SLIP39_SHARES 16 /* most groups, and most members of a group */
#define MIEN_SLIP39_SECRET_MIN 16
#define MIEN_SLIP39_SECRET_MAX 64
/* 59 words of 8 letters hold a secret of 64 bytes: 4 + 52 + 3. */
#define MIEN_SLIP39_SENTENCE_SIZE 532

typedef struct mien_slip39_group {
    uint8_t threshold,
        count; /* 1..16; threshold 1 with count above 1 is refused, as the SLIP says */
} mien_slip39_group;

/* What a share says about itself; not secret. */
typedef struct mien_slip39_share_info {
    uint16_t identifier;
    bool extendable;
    uint8_t iteration_exponent;
    uint8_t group_index, group_threshold, group_count; /* index counts from 0 */
    uint8_t member_index, member_threshold;
} mien_slip39_share_info;

/* Split `secret` (16..64 bytes, an even number) into the shares of all groups, one group after the
 * other: `sentences` has room for the sum of their counts. passphrase: printable ASCII, NULL or ""
 * for none; it is needed again to combine, and a wrong one gives another secret without any error.
 * iteration_exponent 0..15 doubles the work of 10,000 rounds of PBKDF2 that many times.
 * MIEN_ARGUMENT for what is out of range. On any error all sentences are zeroed. */
MIEN_MUST_CHECK mien_status mien_slip39_split(char (*sentences)[MIEN_SLIP39_SENTENCE_SIZE],
                                              const uint8_t *secret, size_t length,
                                              const char *passphrase, unsigned iteration_exponent,
                                              unsigned group_threshold,
                                              const mien_slip39_group *groups, size_t group_count,
                                              const mien_random *random);
/* Put a secret together. The shares must be exactly as many groups and members as their thresholds
 * say, all of one backup. MIEN_FORMAT or MIEN_AUTHENTICATION (checksum, digest) with words that
 * name the share by number, never its words. */
MIEN_MUST_CHECK mien_status mien_slip39_combine(uint8_t secret[MIEN_SLIP39_SECRET_MAX],
                                                size_t *length, const char *const *sentences,
                                                size_t count, const char *passphrase,
                                                mien_error *error);
/* Check one share's words and checksum, and tell what it is. `number` is for messages. */
MIEN_MUST_CHECK mien_status mien_slip39_inspect(mien_slip39_share_info *out, const char *sentence,
                                                size_t number, mien_error *error);

#endif
