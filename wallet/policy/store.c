/* SPDX-License-Identifier: MIT */
#include "wallet/policy/store.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/memory/secret.h"
#include "wallet/policy/events.h"
#include "wallet/policy/history.h"
#include "wallet/policy/log.h"

#define LOCK_MILLISECONDS 10000
#define READ_FLAGS (MIEN_FILE_NO_LINKS | MIEN_FILE_ONLY_MINE)
#define EVENT_ARENA ((size_t)64 << 20)

struct mien_policy_store {
    char folder[MIEN_PATH_SIZE], policy_path[MIEN_PATH_SIZE], next_path[MIEN_PATH_SIZE],
        lock_path[MIEN_PATH_SIZE];
    mien_policy_log log;
    uint8_t *key; /* guarded; NULL without */
    mien_policy_past *past;
    uint8_t in_force[MIEN_POLICY_DIGEST_SIZE]; /* digest of the last "policy" line */
    mien_policy *policy;
    char *text;
    size_t text_length;
    bool begun, stale; /* stale: must be read again before it is used */
    mien_file_lock lock;
};

void mien_policy_key_of_seed(uint8_t key[MIEN_POLICY_KEY_SIZE],
                             const uint8_t seed[MIEN_POLICY_SEED_SIZE]) {
    static const uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = "mien.policy.key";
    crypto_generichash_blake2b_state state;
    (void)crypto_generichash_blake2b_init_salt_personal(&state, seed, MIEN_POLICY_SEED_SIZE,
                                                        MIEN_POLICY_KEY_SIZE, NULL, personal);
    (void)crypto_generichash_blake2b_final(&state, key, MIEN_POLICY_KEY_SIZE);
    mien_wipe(&state, sizeof state);
}

/* ---- paths ---- */

static mien_status join(char path[MIEN_PATH_SIZE], const char *folder, const char *name,
                        mien_error *error) {
    if (mien_path_join(path, folder, name) == MIEN_OK) return MIEN_OK;
    return mien_fail(error, MIEN_TOO_LARGE, "the path of the policy is too long");
}

static mien_status default_paths(char folder[MIEN_PATH_SIZE], char head[MIEN_PATH_SIZE],
                                 mien_error *error) {
    char state[MIEN_PATH_SIZE];
    MIEN_TRY(mien_folder_of(state, MIEN_FOLDER_STATE, error));
    MIEN_TRY(join(folder, state, "policy", error));
    return join(head, state, "policy.head", error);
}

static mien_status set_paths(mien_policy_store *store, const mien_policy_store_options *options,
                             mien_error *error) {
    MIEN_TRY(default_paths(store->folder, store->log.head_path, error));
    if (options != NULL && options->folder != NULL)
        MIEN_TRY(join(store->folder, options->folder, "", error));
    if (options != NULL && options->head_path != NULL &&
        (size_t)snprintf(store->log.head_path, MIEN_PATH_SIZE, "%s", options->head_path) >=
            MIEN_PATH_SIZE)
        return mien_fail(error, MIEN_TOO_LARGE, "the path of the head is too long");
    size_t length = strlen(store->folder);
    if (length > 1 && store->folder[length - 1] == '/') store->folder[length - 1] = '\0';
    MIEN_TRY(join(store->log.path, store->folder, "audit.log", error));
    MIEN_TRY(join(store->policy_path, store->folder, "policy", error));
    MIEN_TRY(join(store->next_path, store->folder, "policy.next", error));
    return join(store->lock_path, store->folder, "lock", error);
}

static mien_status head_folder(char folder[MIEN_PATH_SIZE], const mien_policy_store *store) {
    const char *end = strrchr(store->log.head_path, '/');
    if (end == NULL || end == store->log.head_path) return MIEN_ARGUMENT;
    size_t length = (size_t)(end - store->log.head_path);
    memcpy(folder, store->log.head_path, length);
    folder[length] = '\0';
    return MIEN_OK;
}

/* ---- life ---- */

static mien_status take_key(mien_policy_store *store, const uint8_t *key, mien_error *error) {
    void *memory;
    if (key == NULL) return MIEN_OK;
    MIEN_TRY(mien_secret_alloc(&memory, MIEN_POLICY_KEY_SIZE, error));
    store->key = memory;
    memcpy(store->key, key, MIEN_POLICY_KEY_SIZE);
    store->log.key = store->key;
    return MIEN_OK;
}

static mien_status create(mien_policy_store **store, const mien_policy_store_options *options,
                          const uint8_t *key, mien_error *error) {
    *store = calloc(1, sizeof **store);
    if (*store == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the policy");
    mien_status status = set_paths(*store, options, error);
    if (status == MIEN_OK) status = take_key(*store, key, error);
    (*store)->stale = true;
    return status;
}

void mien_policy_store_close(mien_policy_store *store) {
    if (store == NULL) return;
    mien_policy_store_end(store);
    mien_policy_destroy(store->policy);
    mien_policy_past_destroy(store->past);
    mien_secret_free(store->key);
    free(store->text);
    free(store);
}

/* ---- reading ---- */

static mien_status take_event(void *context, uint64_t number, const json_t *object,
                              const char *line, size_t length, mien_error *error) {
    mien_policy_store *store = context;
    mien_policy_past_event event;
    mien_arena arena = mien_arena_of(EVENT_ARENA);
    (void)line;
    (void)length;
    mien_error why = {0};
    mien_status status = mien_policy_event_read(&event, &arena, object, &why);
    if (status != MIEN_OK)
        status = mien_fail(error, MIEN_FORMAT, "line %" PRIu64 " of the audit log: %s", number,
                           mien_error_words(&why));
    if (status == MIEN_OK && event.event == MIEN_EVENT_POLICY)
        memcpy(store->in_force, event.digest, sizeof store->in_force);
    if (status == MIEN_OK && event.event == MIEN_EVENT_SIGNED)
        status = mien_policy_past_signed(store->past, &event.request, event.time);
    if (status == MIEN_OK && event.event == MIEN_EVENT_WAITING)
        status = mien_policy_past_asked(store->past, &event.request, event.time);
    mien_arena_clear(&arena);
    return status;
}

static mien_status read_log(mien_policy_store *store, mien_error *error) {
    mien_policy_past_destroy(store->past);
    memset(store->in_force, 0, sizeof store->in_force);
    MIEN_TRY(mien_policy_past_create(&store->past));
    return mien_policy_log_load(&store->log, take_event, store, error);
}

/* The text at `path` if it is the one in force. */
static mien_status read_text(mien_policy_store *store, const char *path, mien_error *error) {
    uint8_t *text, digest[MIEN_POLICY_DIGEST_SIZE];
    size_t length;
    MIEN_TRY(mien_file_read(&text, &length, path, MIEN_POLICY_TEXT_MAX, READ_FLAGS, error));
    mien_policy_digest(digest, (const char *)text, length);
    mien_policy *policy = NULL;
    mien_status status = MIEN_AUTHENTICATION;
    if (memcmp(digest, store->in_force, sizeof digest) == 0)
        status = mien_policy_parse(&policy, (const char *)text, length, error);
    if (status != MIEN_OK) {
        free(text);
        return status;
    }
    free(store->text);
    mien_policy_destroy(store->policy);
    store->text = (char *)text;
    store->text_length = length;
    store->policy = policy;
    return MIEN_OK;
}

/* Finish what a crash in mien_policy_store_set has left; fine when there is nothing. */
static mien_status finish_next(mien_policy_store *store, mien_error *error) {
    if (!mien_file_exists(store->next_path)) return MIEN_NOT_FOUND;
    MIEN_TRY(read_text(store, store->next_path, NULL));
    if (store->key == NULL) return MIEN_OK;
    MIEN_TRY(mien_file_write(store->policy_path, store->text, store->text_length, 0, error));
    return mien_file_remove(store->next_path, error);
}

static mien_status read_policy(mien_policy_store *store, mien_error *error) {
    mien_error why = {0};
    mien_status status = read_text(store, store->policy_path, &why);
    if (status == MIEN_OK) return status;
    if (finish_next(store, error) == MIEN_OK) return MIEN_OK;
    if (status == MIEN_NOT_FOUND)
        return mien_fail(error, MIEN_AUTHENTICATION,
                         "the policy is missing: somebody removed it. Nothing is signed; mien "
                         "policy set puts one in force");
    if (status == MIEN_AUTHENTICATION)
        return mien_fail(error, status,
                         "the policy was changed and not by you: it is not the one that was put in "
                         "force. Nothing is signed; mien policy set puts one in force");
    if (error != NULL) *error = why;
    return status;
}

/* With the lock. */
static mien_status read_all(mien_policy_store *store, mien_error *error) {
    store->stale = true;
    mien_status status = read_log(store, error);
    if (status == MIEN_NOT_FOUND)
        return mien_fail(error, MIEN_NOT_FOUND,
                         "there is no policy in force: mien policy set puts one in force");
    MIEN_TRY(status);
    MIEN_TRY(read_policy(store, error));
    if (store->key != NULL && store->log.behind)
        MIEN_TRY(mien_policy_log_write_head(&store->log, error));
    store->stale = false;
    return MIEN_OK;
}

static mien_status take_lock(mien_policy_store *store, mien_error *error) {
    if (!mien_folder_exists(store->folder))
        return mien_fail(error, MIEN_NOT_FOUND,
                         "there is no policy in force: mien policy set puts one in force");
    return mien_file_lock_take(&store->lock, store->lock_path, LOCK_MILLISECONDS, error);
}

mien_status mien_policy_store_open(mien_policy_store **out,
                                   const mien_policy_store_options *options, const uint8_t *key,
                                   mien_error *error) {
    mien_policy_store *store;
    *out = NULL;
    mien_status status = create(&store, options, key, error);
    if (status == MIEN_OK) status = mien_policy_store_begin(store, error);
    if (store != NULL) mien_policy_store_end(store);
    if (status == MIEN_OK)
        *out = store;
    else
        mien_policy_store_close(store);
    return status;
}

const mien_policy *mien_policy_store_policy(const mien_policy_store *store) {
    return store->policy;
}

const char *mien_policy_store_text(const mien_policy_store *store, size_t *length) {
    *length = store->text_length;
    return store->text;
}

void mien_policy_store_digest(const mien_policy_store *store,
                              uint8_t digest[MIEN_POLICY_DIGEST_SIZE]) {
    memcpy(digest, store->in_force, MIEN_POLICY_DIGEST_SIZE);
}

mien_policy_history mien_policy_store_history(mien_policy_store *store) {
    return mien_policy_past_answers(store->past);
}

/* ---- deciding and noting ---- */

mien_status mien_policy_store_begin(mien_policy_store *store, mien_error *error) {
    MIEN_TRY(take_lock(store, error));
    store->begun = true;
    if (!store->stale && !mien_policy_log_moved_on(&store->log)) return MIEN_OK;
    mien_status status = read_all(store, error);
    if (status != MIEN_OK) mien_policy_store_end(store);
    return status;
}

void mien_policy_store_end(mien_policy_store *store) {
    if (store->log.waiting_length != 0) store->stale = true;
    mien_policy_log_drop(&store->log);
    mien_file_lock_release(&store->lock);
    store->begun = false;
}

mien_status mien_policy_store_decide(mien_policy_store *store, mien_policy_decision *decision,
                                     const mien_policy_request *request, unsigned means,
                                     int64_t now, mien_error *error) {
    *decision = (mien_policy_decision){0};
    if (store->stale) return mien_fail(error, MIEN_IO, "the policy must be read again");
    mien_policy_history history = mien_policy_past_answers(store->past);
    mien_status status = mien_policy_decide(decision, store->policy, request, means, now, &history);
    if (status != MIEN_OK) return mien_fail(error, status, "the policy could not decide");
    return MIEN_OK;
}

static mien_status note(mien_policy_store *store, mien_policy_event event,
                        const mien_policy_request *request, const mien_policy_decision *decision,
                        unsigned means, int64_t now, mien_error *error) {
    if (!store->begun || store->key == NULL || store->stale)
        return mien_fail(error, MIEN_LOCKED, "the audit log is not open for writing");
    MIEN_TRY(mien_policy_log_add(
        &store->log, mien_policy_event_of_request(event, request, decision, means, now), error));
    mien_status status = MIEN_OK;
    if (event == MIEN_EVENT_SIGNED) status = mien_policy_past_signed(store->past, request, now);
    if (event == MIEN_EVENT_WAITING) status = mien_policy_past_asked(store->past, request, now);
    /* The line is there and its payment is not counted: nothing of this writing may be used. */
    store->stale = status != MIEN_OK;
    return status;
}

mien_status mien_policy_store_add(mien_policy_store *store, mien_policy_decision *decision,
                                  const mien_policy_request *request, unsigned means, int64_t now,
                                  mien_error *error) {
    mien_policy_decision own;
    if (decision == NULL) decision = &own;
    MIEN_TRY(mien_policy_store_decide(store, decision, request, means, now, error));
    mien_policy_event event = decision->verdict == MIEN_VERDICT_ALLOWED ? MIEN_EVENT_SIGNED
                              : decision->verdict == MIEN_VERDICT_WAIT  ? MIEN_EVENT_WAITING
                                                                        : MIEN_EVENT_REFUSED;
    MIEN_TRY(note(store, event, request, decision, means, now, error));
    return mien_policy_enforce(decision, error);
}

mien_status mien_policy_store_flush(mien_policy_store *store, mien_error *error) {
    if (store->stale)
        return mien_fail(error, MIEN_IO,
                         "the audit log must be read again before anything is "
                         "signed");
    mien_status status = mien_policy_log_flush(&store->log, error);
    store->stale = status != MIEN_OK;
    return status;
}

mien_status mien_policy_store_authorise(mien_policy_store *store, mien_policy_decision *decision,
                                        const mien_policy_request *request, unsigned means,
                                        int64_t now, mien_error *error) {
    mien_error why = {0};
    if (decision != NULL) *decision = (mien_policy_decision){0};
    MIEN_TRY(mien_policy_store_begin(store, error));
    mien_status status = mien_policy_store_add(store, decision, request, means, now, error);
    mien_status written = mien_policy_store_flush(store, &why);
    mien_policy_store_end(store);
    if (written == MIEN_OK || (status != MIEN_OK && status != MIEN_POLICY_DENIED)) return status;
    if (error != NULL) *error = why;
    return written;
}

/* ---- changing the policy ---- */

/* Under the first free name beside it. */
static mien_status put_aside(const mien_policy_store *store, mien_error *error) {
    char path[MIEN_PATH_SIZE];
    uint8_t *bytes;
    size_t length;
    mien_status status = MIEN_EXISTS;
    if (!mien_file_exists(store->log.path)) return MIEN_OK;
    MIEN_TRY(mien_file_read(&bytes, &length, store->log.path, MIEN_POLICY_LOG_MAX,
                            MIEN_FILE_NO_LINKS, error));
    for (int i = 1; i < 1000 && status == MIEN_EXISTS; i++) {
        if ((size_t)snprintf(path, sizeof path, "%s.damaged-%d", store->log.path, i) >= sizeof path)
            status = MIEN_TOO_LARGE;
        else
            status = mien_file_write(path, bytes, length, MIEN_FILE_NEW, error);
    }
    free(bytes);
    if (status == MIEN_OK) status = mien_file_remove(store->log.path, error);
    return status;
}

static mien_status begin_anew(mien_policy_store *store, mien_error *error) {
    MIEN_TRY(put_aside(store, error));
    if (mien_file_exists(store->log.head_path))
        MIEN_TRY(mien_file_remove(store->log.head_path, error));
    return read_log(store, error);
}

/* Text, log line, name: a crash in between is finished by finish_next, or nothing has changed. */
static mien_status put_in_force(mien_policy_store *store, const char *text, size_t length,
                                int64_t now, mien_error *error) {
    uint8_t digest[MIEN_POLICY_DIGEST_SIZE];
    mien_policy_digest(digest, text, length);
    MIEN_TRY(mien_file_write(store->next_path, text, length, 0, error));
    MIEN_TRY(mien_policy_log_append(&store->log, mien_policy_event_of_policy(digest, now), error));
    memcpy(store->in_force, digest, sizeof digest);
    return finish_next(store, error);
}

static mien_status set_locked(mien_policy_store *store, const char *text, size_t length,
                              int64_t now, bool start_log_anew, mien_error *error) {
    mien_status status = read_log(store, error);
    if (status != MIEN_OK && status != MIEN_NOT_FOUND && start_log_anew)
        status = begin_anew(store, error);
    if (status != MIEN_OK && status != MIEN_NOT_FOUND) return status;
    return put_in_force(store, text, length, now, error);
}

mien_status mien_policy_store_set(const mien_policy_store_options *options,
                                  const uint8_t key[MIEN_POLICY_KEY_SIZE], const char *text,
                                  size_t length, int64_t now, bool start_log_anew,
                                  mien_error *error) {
    mien_policy *policy;
    mien_policy_store *store;
    char folder[MIEN_PATH_SIZE];
    MIEN_TRY(mien_policy_parse(&policy, text, length, error));
    mien_policy_destroy(policy);
    mien_status status = create(&store, options, key, error);
    if (status == MIEN_OK) status = head_folder(folder, store);
    if (status == MIEN_OK) status = mien_folder_create(store->folder, error);
    if (status == MIEN_OK) status = mien_folder_create(folder, error);
    if (status == MIEN_OK) status = take_lock(store, error);
    if (status == MIEN_OK) {
        store->begun = true;
        status = mien_folder_sweep(store->folder, error);
        if (status == MIEN_OK) status = set_locked(store, text, length, now, start_log_anew, error);
    }
    mien_policy_store_close(store);
    return status;
}

static mien_status remove_file(const char *path, mien_error *error) {
    return mien_file_exists(path) ? mien_file_remove(path, error) : MIEN_OK;
}

mien_status mien_policy_store_erase(const mien_policy_store_options *options, mien_error *error) {
    mien_policy_store *store;
    mien_status status = create(&store, options, NULL, error);
    if (status == MIEN_OK && mien_folder_exists(store->folder)) {
        status = take_lock(store, error);
        if (status == MIEN_OK) status = remove_file(store->log.head_path, error);
        if (status == MIEN_OK) status = remove_file(store->log.path, error);
        if (status == MIEN_OK) status = remove_file(store->next_path, error);
        if (status == MIEN_OK) status = remove_file(store->policy_path, error);
    } else if (status == MIEN_OK) {
        status = remove_file(store->log.head_path, error);
    }
    mien_policy_store_close(store);
    return status;
}

/* ---- the log as it stands ---- */

typedef struct log_reading {
    mien_policy_log_report *report;
    mien_policy_log_visitor visit;
    void *context;
} log_reading;

static mien_status show_line(void *context, uint64_t number, const json_t *object, const char *line,
                             size_t length, mien_error *error) {
    log_reading *reading = context;
    mien_policy_log_report *report = reading->report;
    MIEN_TRY(
        mien_json_get_integer(&report->last_time, object, "time", INT64_MIN, INT64_MAX, error));
    if (number == 1) report->first_time = report->last_time;
    return reading->visit != NULL ? reading->visit(reading->context, number, line, length)
                                  : MIEN_OK;
}

mien_status mien_policy_log_read(mien_policy_log_report *report,
                                 const mien_policy_store_options *options, const uint8_t *key,
                                 mien_policy_log_visitor visit, void *context, mien_error *error) {
    mien_policy_store *store;
    log_reading reading = {report, visit, context};
    *report = (mien_policy_log_report){.verified = key != NULL};
    mien_status status = create(&store, options, key, error);
    if (status == MIEN_OK) status = take_lock(store, error);
    if (status == MIEN_OK) {
        status = mien_policy_log_load(&store->log, show_line, &reading, error);
        if (status == MIEN_NOT_FOUND)
            status = mien_fail(error, status, "there is no audit log: no policy is in force");
        report->lines = store->log.lines;
        memcpy(report->last_hash, store->log.last_hash, sizeof report->last_hash);
    }
    mien_policy_store_close(store);
    return status;
}
