/* SPDX-License-Identifier: MIT */
/* One connection to SQLite or PostgreSQL, with the same statements for both: parameters $1, $2, ...
 * in order of first use, TEXT and BIGINT columns, all values as text. What is committed survives a
 * power cut (SQLite: write-ahead log and synchronous=FULL; PostgreSQL: its default). One thread at
 * a time. */
#ifndef MIEN_WALLET_COSIGN_DATABASE_H
#define MIEN_WALLET_COSIGN_DATABASE_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"

#define MIEN_DATABASE_PARAMETERS 12

typedef struct mien_database mien_database;

/* A row of an answer: `count` texts, NULL for SQL's NULL, valid during the call. Anything but
 * MIEN_OK ends the reading and is returned. */
typedef mien_status (*mien_database_row)(void *context, const char *const *values, size_t count);

/* "sqlite:PATH" (made when it is not there, 0600) or "postgresql://..." (libpq; its passwords come
 * from its own files and environment). MIEN_FORMAT, MIEN_IO. */
MIEN_MUST_CHECK mien_status mien_database_open(mien_database **database, const char *where,
                                               mien_error *error);
void mien_database_close(mien_database *database); /* NULL is fine; an open transaction is undone */

/* Run one statement. *changed (may be NULL) becomes the number of rows it changed. MIEN_BUSY when
 * another connection was in the way: undo the transaction and begin it again. MIEN_EXISTS when a
 * key is there already. MIEN_IO for everything else. `row` may be NULL. */
MIEN_MUST_CHECK mien_status mien_database_run(mien_database *database, uint64_t *changed,
                                              const char *sql, const char *const *parameters,
                                              size_t count, mien_database_row row, void *context,
                                              mien_error *error);
/* A transaction that writes; in SQLite it excludes all other writers from here on. */
MIEN_MUST_CHECK mien_status mien_database_begin(mien_database *database, mien_error *error);
MIEN_MUST_CHECK mien_status mien_database_commit(mien_database *database, mien_error *error);
void mien_database_undo(mien_database *database);

#endif
