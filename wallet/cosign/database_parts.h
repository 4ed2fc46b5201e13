/* SPDX-License-Identifier: MIT */
/* What the two databases give; inside wallet/cosign only. */
#ifndef MIEN_WALLET_COSIGN_DATABASE_PARTS_H
#define MIEN_WALLET_COSIGN_DATABASE_PARTS_H

#include "wallet/cosign/database.h"

typedef struct mien_database_kind {
    mien_status (*open)(void **connection, const char *where, mien_error *error);
    void (*close)(void *connection);
    mien_status (*run)(void *connection, uint64_t *changed, const char *sql,
                       const char *const *parameters, size_t count, mien_database_row row,
                       void *context, mien_error *error);
    const char *begin; /* statement */
} mien_database_kind;

extern const mien_database_kind mien_database_sqlite, mien_database_postgresql;

#endif
