/* SPDX-License-Identifier: MIT */
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "wallet/cosign/database_parts.h"

/* Words of the server end with a line end and may have several lines. */
static mien_status fail_with(const char *words, mien_status status, mien_error *error) {
    size_t length = strcspn(words, "\n");
    return mien_fail(error, status, "the database fails: %.*s", (int)length, words);
}

/* SQLSTATE: 40001 and 40P01 are "begin again", 55P03 a lock not got, 23505 a key that is there. */
static mien_status failed(const PGresult *result, mien_error *error) {
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (state != NULL &&
        (strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0 || strcmp(state, "55P03") == 0))
        return mien_fail(error, MIEN_BUSY, "the database is busy");
    if (state != NULL && strcmp(state, "23505") == 0)
        return mien_fail(error, MIEN_EXISTS, "the database has that already");
    return fail_with(PQresultErrorMessage(result), MIEN_IO, error);
}

static mien_status give_rows(const PGresult *result, mien_database_row row, void *context) {
    const char *values[MIEN_DATABASE_PARAMETERS];
    int columns = PQnfields(result);
    if (columns > MIEN_DATABASE_PARAMETERS) return MIEN_INTERNAL;
    for (int r = 0; row != NULL && r < PQntuples(result); r++) {
        for (int c = 0; c < columns; c++)
            values[c] = PQgetisnull(result, r, c) ? NULL : PQgetvalue(result, r, c);
        MIEN_TRY(row(context, values, (size_t)columns));
    }
    return MIEN_OK;
}

static mien_status run(void *context, uint64_t *changed, const char *sql,
                       const char *const *parameters, size_t count, mien_database_row row,
                       void *row_context, mien_error *error) {
    PGconn *connection = context;
    /* a server that was started again: the transaction is lost, the next one may go on */
    if (PQstatus(connection) == CONNECTION_BAD) PQreset(connection);
    PGresult *result = PQexecParams(connection, sql, (int)count, NULL, parameters, NULL, NULL, 0);
    ExecStatusType outcome = PQresultStatus(result);
    mien_status status = MIEN_OK;
    *changed = 0;
    if (result == NULL)
        status = fail_with(PQerrorMessage(connection), MIEN_IO, error);
    else if (outcome == PGRES_TUPLES_OK)
        status = give_rows(result, row, row_context);
    else if (outcome != PGRES_COMMAND_OK)
        status = failed(result, error);
    if (result != NULL && status == MIEN_OK) *changed = strtoull(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return status;
}

static void close_postgresql(void *connection) {
    PQfinish(connection);
}

static void ignore_notice(void *context, const char *words) {
    (void)context;
    (void)words;
}

static mien_status open_postgresql(void **out, const char *where, mien_error *error) {
    uint64_t ignored;
    PGconn *connection = PQconnectdb(where);
    if (connection == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the database");
    PQsetNoticeProcessor(connection, ignore_notice, NULL);
    mien_status status =
        PQstatus(connection) == CONNECTION_OK
            ? run(connection, &ignored, "SET synchronous_commit = on", NULL, 0, NULL, NULL, error)
            : fail_with(PQerrorMessage(connection), MIEN_IO, error);
    if (status == MIEN_OK)
        *out = connection;
    else
        PQfinish(connection);
    return status;
}

const mien_database_kind mien_database_postgresql = {open_postgresql, close_postgresql, run,
                                                     "BEGIN ISOLATION LEVEL READ COMMITTED"};
