/* SPDX-License-Identifier: MIT */
/* A status with words: what went wrong and what to do next, for whoever reads the message.
 *
 * Functions that know more than a status code take a `mien_error *error` as last argument; NULL is
 * allowed and means that nobody listens. Messages never contain secrets (keys, PINs, mnemonics,
 * embeddings, pixel data). */
#ifndef MIEN_PLATFORM_BASE_ERROR_H
#define MIEN_PLATFORM_BASE_ERROR_H

#include "platform/base/status.h"

typedef struct mien_error {
    mien_status status;
    char message[384]; /* NUL-terminated; empty when the status text says it all */
} mien_error;

/* Write the formatted message into *error (truncated to fit) and return `status`, so that callers
 * can `return mien_fail(error, MIEN_FORMAT, "node %s: ...", name);`. */
mien_status mien_fail(mien_error *error, mien_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The message, or the status text where there is no message. Never NULL. */
const char *mien_error_words(const mien_error *error);

#endif
