/* SPDX-License-Identifier: MIT */
#include "wallet/cosign/database.h"

#include <stdlib.h>
#include <string.h>

#include "wallet/cosign/database_parts.h"

struct mien_database {
    const mien_database_kind *kind;
    void *connection;
};

mien_status mien_database_open(mien_database **out, const char *where, mien_error *error) {
    static const char sqlite[] = "sqlite:";
    *out = NULL;
    const mien_database_kind *kind = NULL;
    if (strncmp(where, sqlite, sizeof sqlite - 1) == 0) {
        kind = &mien_database_sqlite;
        where += sizeof sqlite - 1;
    } else if (strncmp(where, "postgresql://", 13) == 0 || strncmp(where, "postgres://", 11) == 0) {
        kind = &mien_database_postgresql;
    } else {
        return mien_fail(error, MIEN_FORMAT, "a database is sqlite:PATH or postgresql://...");
    }
    mien_database *database = calloc(1, sizeof *database);
    if (database == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the database");
    database->kind = kind;
    mien_status status = kind->open(&database->connection, where, error);
    if (status == MIEN_OK)
        *out = database;
    else
        free(database);
    return status;
}

void mien_database_close(mien_database *database) {
    if (database == NULL) return;
    database->kind->close(database->connection);
    free(database);
}

mien_status mien_database_run(mien_database *database, uint64_t *changed, const char *sql,
                              const char *const *parameters, size_t count, mien_database_row row,
                              void *context, mien_error *error) {
    uint64_t ignored;
    if (count > MIEN_DATABASE_PARAMETERS) return MIEN_ARGUMENT;
    return database->kind->run(database->connection, changed != NULL ? changed : &ignored, sql,
                               parameters, count, row, context, error);
}

mien_status mien_database_begin(mien_database *database, mien_error *error) {
    return mien_database_run(database, NULL, database->kind->begin, NULL, 0, NULL, NULL, error);
}

mien_status mien_database_commit(mien_database *database, mien_error *error) {
    return mien_database_run(database, NULL, "COMMIT", NULL, 0, NULL, NULL, error);
}

void mien_database_undo(mien_database *database) {
    mien_status status = mien_database_run(database, NULL, "ROLLBACK", NULL, 0, NULL, NULL, NULL);
    (void)status; /* nothing was begun, or the connection is gone: undone in either case */
}
