/* SPDX-License-Identifier: MIT */
#include "wallet/policy/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/files/file_system.h"
#include "wallet/encoding/hex.h"

#define MAC_SIZE 32
/* What stands behind the MACed part of a line: ,"mac":"64 digits"} */
#define MAC_START ",\"mac\":\""
#define MAC_END "\"}"
#define MAC_PART (sizeof MAC_START - 1 + 2 * MAC_SIZE + sizeof MAC_END - 1)
#define HEAD_SIZE (8 + 4 + 8 + 8 + MIEN_POLICY_HASH_SIZE + MAC_SIZE)
#define HEAD_VERSION 1
static const uint8_t head_magic[8] = "MIENPOL\n";

/* ---- hashes ---- */

static void hash(uint8_t out[32], const char *label, const void *bytes, size_t length,
                 const uint8_t *key) {
    uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = {0};
    crypto_generichash_blake2b_state state;
    memcpy(personal, label, strnlen(label, sizeof personal));
    (void)crypto_generichash_blake2b_init_salt_personal(
        &state, key, key != NULL ? MIEN_POLICY_KEY_SIZE : 0, 32, NULL, personal);
    (void)crypto_generichash_blake2b_update(&state, bytes, length);
    (void)crypto_generichash_blake2b_final(&state, out, 32);
    mien_wipe(&state, sizeof state);
}

static mien_status changed(mien_error *error, uint64_t line, const char *what) {
    return mien_fail(error, MIEN_AUTHENTICATION,
                     "the audit log was changed: line %" PRIu64
                     " %s. Nothing is signed; mien policy "
                     "log shows it, mien policy set --new-log begins another",
                     line, what);
}

/* ---- head ---- */

typedef struct head_content {
    uint64_t lines, bytes;
    uint8_t last_hash[MIEN_POLICY_HASH_SIZE];
} head_content;

static mien_status head_decode(head_content *out, const uint8_t *bytes, size_t length,
                               const uint8_t *key) {
    mien_reader reader = mien_reader_of(bytes, length);
    uint8_t magic[8], stored[MAC_SIZE], mac[MAC_SIZE];
    uint32_t version;
    MIEN_TRY(mien_read_bytes(&reader, magic, sizeof magic));
    MIEN_TRY(mien_read_le32(&reader, &version));
    MIEN_TRY(mien_read_le64(&reader, &out->lines));
    MIEN_TRY(mien_read_le64(&reader, &out->bytes));
    MIEN_TRY(mien_read_bytes(&reader, out->last_hash, sizeof out->last_hash));
    MIEN_TRY(mien_read_bytes(&reader, stored, sizeof stored));
    MIEN_TRY(mien_read_end(&reader));
    if (memcmp(magic, head_magic, sizeof magic) != 0) return MIEN_FORMAT;
    if (version != HEAD_VERSION) return MIEN_VERSION;
    if (out->lines == 0) return MIEN_FORMAT;
    if (key == NULL) return MIEN_OK;
    hash(mac, "mien.policy.head", bytes, HEAD_SIZE - MAC_SIZE, key);
    return mien_equal_ct(mac, stored, MAC_SIZE) ? MIEN_OK : MIEN_AUTHENTICATION;
}

/* MIEN_NOT_FOUND without words when there is none. */
static mien_status head_read(head_content *out, const mien_policy_log *log, mien_error *error) {
    uint8_t bytes[HEAD_SIZE + 1];
    size_t length;
    if (!mien_file_exists(log->head_path)) return MIEN_NOT_FOUND;
    MIEN_TRY(mien_file_read_into(bytes, &length, sizeof bytes, log->head_path,
                                 MIEN_FILE_NO_LINKS | MIEN_FILE_ONLY_MINE, error));
    if (head_decode(out, bytes, length, log->key) == MIEN_OK) return MIEN_OK;
    return mien_fail(error, MIEN_AUTHENTICATION,
                     "%.200s is not what this wallet wrote. Nothing is signed; mien policy set "
                     "--new-log begins another log",
                     log->head_path);
}

mien_status mien_policy_log_write_head(mien_policy_log *log, mien_error *error) {
    uint8_t bytes[HEAD_SIZE];
    mien_writer writer = mien_writer_of(bytes, sizeof bytes);
    MIEN_TRY(mien_write_bytes(&writer, head_magic, sizeof head_magic));
    MIEN_TRY(mien_write_le32(&writer, HEAD_VERSION));
    MIEN_TRY(mien_write_le64(&writer, log->lines));
    MIEN_TRY(mien_write_le64(&writer, log->bytes));
    MIEN_TRY(mien_write_bytes(&writer, log->last_hash, sizeof log->last_hash));
    hash(bytes + writer.used, "mien.policy.head", bytes, writer.used, log->key);
    MIEN_TRY(mien_file_write(log->head_path, bytes, sizeof bytes, 0, error));
    log->behind = false;
    return MIEN_OK;
}

/* ---- lines ---- */

static mien_status check_mac(const mien_policy_log *log, const char *line, size_t length,
                             uint64_t number, mien_error *error) {
    uint8_t stored[MAC_SIZE], mac[MAC_SIZE];
    const char *part = line + length - MAC_PART;
    bool well =
        length > MAC_PART && memcmp(part, MAC_START, sizeof MAC_START - 1) == 0 &&
        memcmp(line + length - 2, MAC_END, 2) == 0 &&
        mien_hex_decode(stored, MAC_SIZE, part + sizeof MAC_START - 1, 2 * MAC_SIZE) == MIEN_OK;
    if (!well) return changed(error, number, "does not end as it should");
    if (log->key == NULL) return MIEN_OK;
    hash(mac, "mien.policy.line", line, length - MAC_PART, log->key);
    return mien_equal_ct(mac, stored, MAC_SIZE)
               ? MIEN_OK
               : changed(error, number, "is not what this wallet wrote");
}

static mien_status check_place(const mien_policy_log *log, const json_t *object,
                               mien_error *error) {
    uint8_t previous[MIEN_POLICY_HASH_SIZE];
    int64_t number;
    uint64_t expected = log->lines + 1;
    if (mien_json_get_integer(&number, object, "number", 1, INT64_MAX, NULL) != MIEN_OK ||
        mien_json_get_hex(previous, sizeof previous, object, "previous", NULL) != MIEN_OK)
        return changed(error, expected, "has no number or no hash of the line before");
    if ((uint64_t)number != expected)
        return changed(error, expected, "has another number: lines are missing or were moved");
    if (memcmp(previous, log->last_hash, sizeof previous) != 0)
        return changed(error, expected, "does not follow the line before it");
    return MIEN_OK;
}

static void step_over(mien_policy_log *log, const char *line, size_t length) {
    hash(log->last_hash, "mien.policy.hash", line, length, NULL);
    log->lines++;
    log->bytes += length + 1;
}

static mien_status take_line(mien_policy_log *log, const char *line, size_t length,
                             mien_policy_log_line visit, void *context, mien_error *error) {
    json_t *object;
    MIEN_TRY(check_mac(log, line, length, log->lines + 1, error));
    if (mien_json_parse(&object, line, length, "audit log", NULL) != MIEN_OK)
        return changed(error, log->lines + 1, "is no JSON");
    mien_status status = check_place(log, object, error);
    if (status == MIEN_OK && visit != NULL)
        status = visit(context, log->lines + 1, object, line, length, error);
    json_decref(object);
    if (status == MIEN_OK) step_over(log, line, length);
    return status;
}

static mien_status take_lines(mien_policy_log *log, const head_content *head, const char *text,
                              size_t length, mien_policy_log_line visit, void *context,
                              mien_error *error) {
    while (log->bytes < length) {
        const char *line = text + log->bytes;
        const char *end = memchr(line, '\n', length - log->bytes);
        if (end == NULL) break;
        MIEN_TRY(take_line(log, line, (size_t)(end - line), visit, context, error));
        if (log->lines == head->lines &&
            memcmp(log->last_hash, head->last_hash, sizeof log->last_hash) != 0)
            return changed(error, log->lines, "is another one than was written");
    }
    if (log->lines < head->lines)
        return mien_fail(error, MIEN_AUTHENTICATION,
                         "the audit log was cut: %" PRIu64 " lines are there, %" PRIu64
                         " were written. Nothing is signed; mien policy set --new-log begins "
                         "another",
                         log->lines, head->lines);
    log->torn = log->bytes < length;
    log->behind = log->lines > head->lines;
    return MIEN_OK;
}

void mien_policy_log_drop(mien_policy_log *log) {
    free(log->waiting);
    log->waiting = NULL;
    log->waiting_length = log->waiting_capacity = 0;
}

static void reset(mien_policy_log *log) {
    mien_policy_log_drop(log);
    log->lines = 0;
    log->bytes = 0;
    log->torn = log->behind = false;
    memset(log->last_hash, 0, sizeof log->last_hash);
}

mien_status mien_policy_log_load(mien_policy_log *log, mien_policy_log_line visit, void *context,
                                 mien_error *error) {
    head_content head = {0};
    uint8_t *text;
    size_t length;
    reset(log);
    bool there = mien_file_exists(log->path);
    mien_status status = head_read(&head, log, error);
    /* The head of a first line is written before the line: a crash in between is no damage. */
    if (!there && (status == MIEN_NOT_FOUND || (status == MIEN_OK && head.lines == 1)))
        return MIEN_NOT_FOUND;
    if (status == MIEN_NOT_FOUND || (status == MIEN_OK && !there))
        return mien_fail(error, MIEN_AUTHENTICATION,
                         "%.200s is missing: somebody removed it. Nothing is signed; mien policy "
                         "set --new-log begins another log",
                         there ? log->head_path : log->path);
    MIEN_TRY(status);
    MIEN_TRY(mien_file_read(&text, &length, log->path, MIEN_POLICY_LOG_MAX,
                            MIEN_FILE_NO_LINKS | MIEN_FILE_ONLY_MINE, error));
    status = take_lines(log, &head, (const char *)text, length, visit, context, error);
    free(text);
    return status;
}

bool mien_policy_log_moved_on(const mien_policy_log *log) {
    struct stat info;
    return mien_file_system_used()->lstat(log->path, &info) != 0 ||
           (size_t)info.st_size != log->bytes;
}

/* ---- appending ---- */

static mien_status io_error(mien_error *error, const mien_policy_log *log) {
    return mien_fail(error, MIEN_IO, "%.200s could not be written: %s", log->path, strerror(errno));
}

static mien_status write_all(int descriptor, const char *bytes, size_t length) {
    const mien_file_system *calls = mien_file_system_used();
    while (length != 0) {
        ssize_t written = calls->write(descriptor, bytes, length);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return MIEN_IO;
        bytes += written;
        length -= (size_t)written;
    }
    return calls->fsync(descriptor) == 0 ? MIEN_OK : MIEN_IO;
}

/* Behind what is there; O_NOFOLLOW because the file was read that way. */
static mien_status append_text(const mien_policy_log *log, const char *line, size_t length,
                               mien_error *error) {
    const mien_file_system *calls = mien_file_system_used();
    int descriptor =
        calls->open(log->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (descriptor < 0) return io_error(error, log);
    mien_status status = write_all(descriptor, line, length);
    if (status != MIEN_OK) status = io_error(error, log);
    if (calls->close(descriptor) != 0 && status == MIEN_OK) status = io_error(error, log);
    return status;
}

/* The head first: a crash in between is no damage then. */
static mien_status begin_log(mien_policy_log *log, mien_error *error) {
    MIEN_TRY(mien_policy_log_write_head(log, error));
    return mien_file_write(log->path, log->waiting, log->waiting_length, 0, error);
}

/* Whole lines only, as one new file: over what never became a line. */
static mien_status rewrite(const mien_policy_log *log, size_t whole_lines, mien_error *error) {
    uint8_t *text = NULL;
    size_t there = 0;
    if (whole_lines != 0)
        MIEN_TRY(mien_file_read(&text, &there, log->path, MIEN_POLICY_LOG_MAX,
                                MIEN_FILE_NO_LINKS | MIEN_FILE_ONLY_MINE, error));
    char *whole = there >= whole_lines ? malloc(log->bytes) : NULL;
    if (whole == NULL) {
        free(text);
        return mien_fail(error, MIEN_MEMORY, "no memory for the audit log");
    }
    if (whole_lines != 0) memcpy(whole, text, whole_lines);
    memcpy(whole + whole_lines, log->waiting, log->waiting_length);
    mien_status status = mien_file_write(log->path, whole, log->bytes, 0, error);
    free(whole);
    free(text);
    return status;
}

/* The line with its MAC and end; the caller frees. */
static char *finish_line(const mien_policy_log *log, const char *text, size_t *length) {
    size_t body = strlen(text) - 1; /* without the closing brace */
    char *line = malloc(body + MAC_PART + 2);
    uint8_t mac[MAC_SIZE];
    if (line == NULL) return NULL;
    memcpy(line, text, body);
    hash(mac, "mien.policy.line", line, body, log->key);
    memcpy(line + body, MAC_START, sizeof MAC_START - 1);
    mien_hex_encode(line + body + sizeof MAC_START - 1, mac, MAC_SIZE);
    memcpy(line + body + MAC_PART - 2, MAC_END "\n", 4);
    *length = body + MAC_PART + 1;
    return line;
}

static mien_status print_line(char **text, const mien_policy_log *log, json_t *event) {
    json_t *object = json_object();
    mien_status status = MIEN_MEMORY;
    if (object != NULL)
        status = mien_json_set(object, "number", json_integer((json_int_t)log->lines + 1));
    if (status == MIEN_OK)
        status = mien_json_set_hex(object, "previous", log->last_hash, sizeof log->last_hash);
    if (status == MIEN_OK && json_object_update(object, event) != 0) status = MIEN_MEMORY;
    if (status == MIEN_OK) status = mien_json_print(text, object, false);
    json_decref(object);
    return status;
}

/* Behind the lines that wait; on an error nothing has changed. */
static mien_status keep_line(mien_policy_log *log, const char *line, size_t length,
                             mien_error *error) {
    if (length > MIEN_JSON_MAX_SIZE || log->bytes > MIEN_POLICY_LOG_MAX - length)
        return mien_fail(error, MIEN_TOO_LARGE, "the audit log is full");
    if (log->waiting_length + length > log->waiting_capacity) {
        size_t capacity = 2 * (log->waiting_length + length);
        char *larger = realloc(log->waiting, capacity);
        if (larger == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the audit log");
        log->waiting = larger;
        log->waiting_capacity = capacity;
    }
    memcpy(log->waiting + log->waiting_length, line, length);
    log->waiting_length += length;
    step_over(log, line, length - 1);
    return MIEN_OK;
}

mien_status mien_policy_log_add(mien_policy_log *log, json_t *event, mien_error *error) {
    char *text = NULL, *line = NULL;
    size_t length = 0;
    mien_status status = event != NULL ? print_line(&text, log, event) : MIEN_MEMORY;
    json_decref(event);
    if (status == MIEN_OK) line = finish_line(log, text, &length);
    free(text);
    if (line == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the audit log");
    status = keep_line(log, line, length, error);
    free(line);
    return status;
}

mien_status mien_policy_log_flush(mien_policy_log *log, mien_error *error) {
    const size_t before = log->bytes - log->waiting_length; /* whole lines on the disk */
    if (log->waiting_length == 0) return MIEN_OK;
    mien_status status = before == 0 ? begin_log(log, error)
                         : log->torn ? rewrite(log, before, error)
                                     : append_text(log, log->waiting, log->waiting_length, error);
    /* After a failure nobody knows what is there: it must be read again. */
    log->torn = status != MIEN_OK;
    mien_policy_log_drop(log);
    MIEN_TRY(status);
    return before == 0 ? MIEN_OK : mien_policy_log_write_head(log, error);
}

mien_status mien_policy_log_append(mien_policy_log *log, json_t *event, mien_error *error) {
    MIEN_TRY(mien_policy_log_add(log, event, error));
    return mien_policy_log_flush(log, error);
}
