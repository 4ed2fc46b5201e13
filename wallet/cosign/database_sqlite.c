/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "wallet/cosign/database_parts.h"

#define BUSY_MILLISECONDS 10000

static mien_status failed(sqlite3 *connection, int code, mien_error *error) {
    if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED)
        return mien_fail(error, MIEN_BUSY, "the database is busy");
    if ((code & 0xff) == SQLITE_CONSTRAINT)
        return mien_fail(error, MIEN_EXISTS, "the database has that already");
    return mien_fail(error, MIEN_IO, "the database fails: %s",
                     connection != NULL ? sqlite3_errmsg(connection) : "no memory");
}

static mien_status bind(sqlite3_stmt *statement, const char *const *parameters, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char name[24];
        snprintf(name, sizeof name, "$%zu", i + 1);
        int index = sqlite3_bind_parameter_index(statement, name);
        if (index == 0) continue;
        int code = parameters[i] != NULL
                       ? sqlite3_bind_text(statement, index, parameters[i], -1, SQLITE_TRANSIENT)
                       : sqlite3_bind_null(statement, index);
        if (code != SQLITE_OK) return MIEN_MEMORY;
    }
    return MIEN_OK;
}

static mien_status give_row(sqlite3_stmt *statement, mien_database_row row, void *context) {
    const char *values[MIEN_DATABASE_PARAMETERS];
    int count = sqlite3_column_count(statement);
    if (row == NULL) return MIEN_OK;
    if (count > MIEN_DATABASE_PARAMETERS) return MIEN_INTERNAL;
    for (int i = 0; i < count; i++) values[i] = (const char *)sqlite3_column_text(statement, i);
    return row(context, values, (size_t)count);
}

static mien_status run(void *context, uint64_t *changed, const char *sql,
                       const char *const *parameters, size_t count, mien_database_row row,
                       void *row_context, mien_error *error) {
    sqlite3 *connection = context;
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(connection, sql, -1, &statement, NULL);
    if (code != SQLITE_OK) return failed(connection, code, error);
    mien_status status = bind(statement, parameters, count);
    while (status == MIEN_OK && (code = sqlite3_step(statement)) == SQLITE_ROW)
        status = give_row(statement, row, row_context);
    if (status == MIEN_OK && code != SQLITE_DONE) status = failed(connection, code, error);
    *changed = (uint64_t)sqlite3_changes(connection);
    sqlite3_finalize(statement);
    return status;
}

static void close_sqlite(void *connection) {
    sqlite3_close_v2(connection);
}

static mien_status configure(sqlite3 *connection, mien_error *error) {
    static const char *const settings[] = {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
                                           "PRAGMA foreign_keys=ON", "PRAGMA trusted_schema=OFF"};
    uint64_t ignored;
    sqlite3_busy_timeout(connection, BUSY_MILLISECONDS);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        MIEN_TRY(run(connection, &ignored, settings[i], NULL, 0, NULL, NULL, error));
    return MIEN_OK;
}

static mien_status open_sqlite(void **out, const char *path, mien_error *error) {
    sqlite3 *connection = NULL;
    /* first by ourselves, for the mode: it holds hashes of tokens and what people have paid */
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return mien_fail(error, MIEN_IO, "%s cannot be opened", path);
    close(file);
    int code =
        sqlite3_open_v2(path, &connection,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
    mien_status status =
        code == SQLITE_OK ? configure(connection, error) : failed(connection, code, error);
    if (status == MIEN_OK)
        *out = connection;
    else
        sqlite3_close_v2(connection);
    return status;
}

const mien_database_kind mien_database_sqlite = {open_sqlite, close_sqlite, run, "BEGIN IMMEDIATE"};
