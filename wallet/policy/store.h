/* SPDX-License-Identifier: MIT */
/* The policy in force and the log of what was asked and signed, on the disk.
 *
 *     state/policy/policy      the text
 *     state/policy/audit.log   one line of JSON an event, each with the hash of the line before and
 *                              a MAC
 *     state/policy.head        how many lines there are at least, and the hash of the last of them
 *
 * The MACs are made with keys that come from the seed, so they can be made and checked only while
 * the wallet is unlocked, and they stay valid when the face is enrolled anew. The log is the
 * history that limits are counted against: a line is on the disk before a signature is made. The
 * policy in force is the one whose digest the last "policy" line of the log names; another text, or
 * none at all, is refused and not taken for "no rules". A line that was changed, removed, added or
 * cut off is noticed when the log is opened with the key. Who can put back all three files as they
 * were at some earlier moment is not noticed: docs/THREAT-MODEL.md.
 *
 * Two processes exclude each other from begin to end. One thread a store. */
#ifndef MIEN_WALLET_POLICY_STORE_H
#define MIEN_WALLET_POLICY_STORE_H

#include "platform/files/file.h"
#include "wallet/policy/policy.h"

#define MIEN_POLICY_KEY_SIZE 32
#define MIEN_POLICY_SEED_SIZE 64

/* Key of log and head from a BIP-39 seed. Secret: guarded memory of the caller. */
void mien_policy_key_of_seed(uint8_t key[MIEN_POLICY_KEY_SIZE],
                             const uint8_t seed[MIEN_POLICY_SEED_SIZE]);

typedef struct mien_policy_store mien_policy_store;

/* NULL: the folders of this user as above. Nobody else may write temporary files to the folder of
 * the head, or sweep it. */
typedef struct mien_policy_store_options {
    const char *folder;    /* of policy and log */
    const char *head_path; /* of the head */
} mien_policy_store_options;

/* Open and read all of it. With `key` (copied into guarded memory) everything is verified; without
 * (NULL) only what needs no key is, and nothing can be committed: good enough to show and to refuse
 * early, never to allow. MIEN_NOT_FOUND: there is no policy here (mien policy set makes one);
 * MIEN_AUTHENTICATION with words on what was changed; MIEN_FORMAT. */
MIEN_MUST_CHECK mien_status mien_policy_store_open(mien_policy_store **store,
                                                   const mien_policy_store_options *options,
                                                   const uint8_t *key, mien_error *error);
void mien_policy_store_close(mien_policy_store *store); /* NULL is fine */
/* Put a policy in force, also where there was none: checks the text, notes it in the log, writes
 * it. Works also over a text that was changed behind the owner's back, but not over a damaged log:
 * `start_log_anew` keeps that one as audit.log.damaged-N and begins another. The caller has made
 * sure that face and PIN are there. */
MIEN_MUST_CHECK mien_status mien_policy_store_set(const mien_policy_store_options *options,
                                                  const uint8_t key[MIEN_POLICY_KEY_SIZE],
                                                  const char *text, size_t length, int64_t now,
                                                  bool start_log_anew, mien_error *error);
/* Policy and log of a wallet that is forgotten or replaced. */
MIEN_MUST_CHECK mien_status mien_policy_store_erase(const mien_policy_store_options *options,
                                                    mien_error *error);

const mien_policy *mien_policy_store_policy(const mien_policy_store *store);
const char *mien_policy_store_text(const mien_policy_store *store, size_t *length);
void mien_policy_store_digest(const mien_policy_store *store,
                              uint8_t digest[MIEN_POLICY_DIGEST_SIZE]);

/* The past as of the last reading, to try out another policy; valid until the next begin. */
mien_policy_history mien_policy_store_history(mien_policy_store *store);

/* Hold the lock and take in what other processes have added (errors as at opening, and MIEN_BUSY
 * after ten seconds). In between begin and end: add each request, flush, and then sign those that
 * were allowed. What was added and not flushed at the end is forgotten. */
MIEN_MUST_CHECK mien_status mien_policy_store_begin(mien_policy_store *store, mien_error *error);
void mien_policy_store_end(mien_policy_store *store); /* fine when begin failed */
/* Decide by policy and history of this store; outside of begin and end as of the last reading. */
MIEN_MUST_CHECK mien_status mien_policy_store_decide(mien_policy_store *store,
                                                     mien_policy_decision *decision,
                                                     const mien_policy_request *request,
                                                     unsigned means, int64_t now,
                                                     mien_error *error);
/* Decide about one of several requests and note what comes out: that it is signed, refused, or
 * waits. MIEN_OK: it is allowed, and may be signed once mien_policy_store_flush says MIEN_OK; later
 * ones of the same writing are decided as if it were. MIEN_POLICY_DENIED has reason and rule in its
 * words; *decision tells more and may be NULL. Other errors concern this request only. */
MIEN_MUST_CHECK mien_status mien_policy_store_add(mien_policy_store *store,
                                                  mien_policy_decision *decision,
                                                  const mien_policy_request *request,
                                                  unsigned means, int64_t now, mien_error *error);
/* Write all that was added: one sync for all of it. Before any signature is made; a signature that
 * then fails stays counted. On an error none of them may be signed. */
MIEN_MUST_CHECK mien_status mien_policy_store_flush(mien_policy_store *store, mien_error *error);

/* All of begin, add, flush and end for one request. MIEN_OK: sign. */
MIEN_MUST_CHECK mien_status mien_policy_store_authorise(mien_policy_store *store,
                                                        mien_policy_decision *decision,
                                                        const mien_policy_request *request,
                                                        unsigned means, int64_t now,
                                                        mien_error *error);

/* One line of the log as it stands in the file, without its end; `number` counts from 1. */
typedef mien_status (*mien_policy_log_visitor)(void *context, uint64_t number, const char *line,
                                               size_t length);
/* Lines and whether they hold together. With a key every MAC is checked too. */
typedef struct mien_policy_log_report {
    uint64_t lines;
    bool verified; /* MACs were checked */
    int64_t first_time, last_time;
    uint8_t last_hash[32];
} mien_policy_log_report;
/* Read the log of the folder from the first line on. `visit` may be NULL. Errors as at opening. */
MIEN_MUST_CHECK mien_status mien_policy_log_read(mien_policy_log_report *report,
                                                 const mien_policy_store_options *options,
                                                 const uint8_t *key, mien_policy_log_visitor visit,
                                                 void *context, mien_error *error);

#endif
