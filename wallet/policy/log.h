/* SPDX-License-Identifier: MIT */
/* The audit log as a file of lines that hold on to each other. Internal to wallet/policy; what the
 * lines mean is for store.c.
 *
 * A line is a JSON object: "number" from 1, "previous" (hash of the line before, zeros for the
 * first), what happened, and last "mac" over everything before it. The head says how many lines
 * there are at least, so that lines cut off at the end are missed. Lines may be written several at
 * a time, with one sync for all. After a crash the head may be behind by the lines of one writing,
 * and a line that never became whole may stand at the end: both are mended. */
#ifndef MIEN_WALLET_POLICY_LOG_H
#define MIEN_WALLET_POLICY_LOG_H

#include "platform/json/json.h"
#include "wallet/policy/store.h"

#define MIEN_POLICY_HASH_SIZE 32
#define MIEN_POLICY_LOG_MAX ((size_t)256 << 20)

typedef struct mien_policy_log {
    char path[MIEN_PATH_SIZE], head_path[MIEN_PATH_SIZE];
    const uint8_t *key; /* guarded memory of the owner; NULL: nothing is authenticated */
    uint64_t lines;
    uint8_t last_hash[MIEN_POLICY_HASH_SIZE];
    size_t bytes;  /* of whole lines */
    bool torn;     /* something that never became a line stands behind them */
    bool behind;   /* the head is to be written again */
    char *waiting; /* heap: lines that were added, but not written; lines, hash and bytes count
                      them already */
    size_t waiting_length, waiting_capacity;
} mien_policy_log;

/* `object` is the parsed line. */
typedef mien_status (*mien_policy_log_line)(void *context, uint64_t number, const json_t *object,
                                            const char *line, size_t length, mien_error *error);

/* Read from the first line on; log->path, head_path and key are set, the rest is filled in.
 * MIEN_NOT_FOUND: neither log nor head; MIEN_AUTHENTICATION names the line. */
MIEN_MUST_CHECK mien_status mien_policy_log_load(mien_policy_log *log, mien_policy_log_line visit,
                                                 void *context, mien_error *error);
/* Whether the file has another length than what was loaded or appended. */
bool mien_policy_log_moved_on(const mien_policy_log *log);
/* Put a line behind the others in memory: it counts once mien_policy_log_flush says MIEN_OK. On an
 * error nothing has changed. `object` gets its "number" and "previous" in front and is released.
 * Needs the key and the lock. */
MIEN_MUST_CHECK mien_status mien_policy_log_add(mien_policy_log *log, json_t *object,
                                                mien_error *error);
/* Durable on return: one write and one sync for all lines that wait, then the head. After an error
 * the log must be loaded again. */
MIEN_MUST_CHECK mien_status mien_policy_log_flush(mien_policy_log *log, mien_error *error);
/* Forget the lines that wait; the log must be loaded again if there were any. */
void mien_policy_log_drop(mien_policy_log *log);
/* Both: durable on return. */
MIEN_MUST_CHECK mien_status mien_policy_log_append(mien_policy_log *log, json_t *object,
                                                   mien_error *error);
/* Bring the head up to the log. */
MIEN_MUST_CHECK mien_status mien_policy_log_write_head(mien_policy_log *log, mien_error *error);

#endif
