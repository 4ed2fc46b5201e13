/* SPDX-License-Identifier: MIT */
/* The wallet of this user, and the way to open it. */
#include "wallet/cli/common.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/files/file.h"

mien_status mien_cli_wallet_open(mien_wallet **wallet, mien_error *error) {
    const mien_wallet_options options = {0};
    return mien_wallet_open(wallet, &options, error);
}

/* Why a command that needs `wanted` cannot go on at this stage. */
static mien_status wrong_stage(const mien_wallet_status *status, mien_wallet_stage wanted,
                               mien_error *error) {
    switch (status->stage) {
    case MIEN_WALLET_ABSENT:
        return mien_fail(error, MIEN_NOT_ENROLLED, "there is no wallet here: mien init makes one");
    case MIEN_WALLET_NO_FACE:
        if (wanted == MIEN_WALLET_ABSENT)
            return mien_fail(error, MIEN_EXISTS,
                             "there is a wallet already, without a face: mien enrol goes on with "
                             "it, mien init --restore replaces it");
        return mien_fail(error, MIEN_NOT_ENROLLED,
                         "no face is enrolled yet: mien enrol --source ...");
    case MIEN_WALLET_LOCKED:
        return mien_fail(error, MIEN_EXISTS,
                         wanted == MIEN_WALLET_ABSENT
                             ? "there is a wallet already: mien init --restore replaces it"
                             : "a face is enrolled already: mien enrol --again replaces it, "
                               "--appearance adds a second look");
    default:
        *error = status->problem;
        return status->problem.status != MIEN_OK ? status->problem.status : MIEN_FORMAT;
    }
}

mien_status mien_cli_wallet_expect(mien_wallet *wallet, mien_wallet_status *status,
                                   mien_wallet_stage stage, mien_error *error) {
    MIEN_TRY(mien_wallet_get_status(wallet, status, error));
    return status->stage == stage ? MIEN_OK : wrong_stage(status, stage, error);
}

static mien_status unlock_with_pin(mien_cli *cli, mien_cli_unlocked *unlocked, bool needed,
                                   mien_error *error) {
    mien_cli_secret secret = {0};
    mien_pin view;
    const mien_pin *pin;
    MIEN_TRY(mien_cli_pin_read(cli, &secret, &view, &pin, needed, error));
    double start = mien_cli_milliseconds();
    mien_status status =
        mien_wallet_unlock(unlocked->wallet, &unlocked->session, unlocked->faces.list,
                           unlocked->faces.count, pin, unlocked->faces.model_digest, error);
    unlocked->pin = pin != NULL;
    unlocked->milliseconds = mien_cli_milliseconds() - start;
    mien_cli_secret_free(&secret);
    return status;
}

/* Refuse early while waiting is due, so that nobody shows his face for nothing. */
static mien_status check_waiting(const mien_wallet_status *status, mien_error *error) {
    if (status->wait_seconds < 0)
        return mien_fail(error, MIEN_LOCKED,
                         "%u failed attempts: only the words open this wallet now: "
                         "mien init --restore",
                         (unsigned)status->failures);
    if (status->wait_seconds > 0)
        return mien_fail(error, MIEN_RATE_LIMITED,
                         "%u failed attempts: the next one is allowed in %lld seconds",
                         (unsigned)status->failures, (long long)status->wait_seconds);
    return MIEN_OK;
}

mien_status mien_cli_unlock(mien_cli *cli, mien_cli_unlocked *unlocked, mien_error *error) {
    mien_wallet_status status;
    *unlocked = (mien_cli_unlocked){0};
    MIEN_TRY(mien_cli_wallet_open(&unlocked->wallet, error));
    mien_status result =
        mien_cli_wallet_expect(unlocked->wallet, &status, MIEN_WALLET_LOCKED, error);
    if (result == MIEN_OK) result = check_waiting(&status, error);
    if (result == MIEN_OK)
        result =
            mien_cli_faces_read(cli, &unlocked->faces, MIEN_CLI_UNLOCK_FRAMES, "source", error);
    if (result == MIEN_OK) result = unlock_with_pin(cli, unlocked, status.pin, error);
    result = mien_cli_faces_name_odd(&unlocked->faces, result, MIEN_COMBINE_UNLOCK_COSINE, error);
    if (result != MIEN_OK) mien_cli_unlocked_end(unlocked);
    return result;
}

void mien_cli_unlocked_end(mien_cli_unlocked *unlocked) {
    mien_wallet_lock(unlocked->session);
    mien_wallet_close(unlocked->wallet);
    mien_cli_faces_free(&unlocked->faces);
    *unlocked = (mien_cli_unlocked){0};
}

json_t *mien_cli_json_text(const char *text) {
    char clean[MIEN_PATH_SIZE];
    mien_console_clean(clean, sizeof clean, text);
    return json_string(clean);
}

static mien_status read_stdin(uint8_t **bytes, size_t *length, size_t limit, mien_error *error) {
    size_t capacity = 65536, used = 0;
    uint8_t *buffer = malloc(capacity + 1);
    while (buffer != NULL) {
        used += fread(buffer + used, 1, capacity - used, stdin);
        if (used < capacity || used > limit) break;
        uint8_t *larger = realloc(buffer, 2 * capacity + 1);
        if (larger == NULL) free(buffer);
        buffer = larger;
        capacity *= 2;
    }
    if (buffer == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for standard input");
    mien_status status = MIEN_OK;
    if (ferror(stdin)) status = mien_fail(error, MIEN_IO, "standard input could not be read");
    if (used > limit) status = mien_fail(error, MIEN_TOO_LARGE, "standard input is too long");
    if (status != MIEN_OK) {
        free(buffer);
        return status;
    }
    buffer[used] = 0;
    *bytes = buffer;
    *length = used;
    return MIEN_OK;
}

mien_status mien_cli_read_file(uint8_t **bytes, size_t *length, const char *path, size_t limit,
                               mien_error *error) {
    if (strcmp(path, "-") == 0) return read_stdin(bytes, length, limit, error);
    return mien_file_read(bytes, length, path, limit, 0, error);
}
