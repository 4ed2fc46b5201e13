/* SPDX-License-Identifier: MIT */
/* A thin strict layer over jansson for bytes from outside and for --json output. Values are
 * jansson's json_t; release them with json_decref. */
#ifndef MIEN_PLATFORM_JSON_JSON_H
#define MIEN_PLATFORM_JSON_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "platform/base/error.h"

#define MIEN_JSON_MAX_DEPTH 32
#define MIEN_JSON_MAX_SIZE ((size_t)16 << 20)

/* Parse exactly one value: valid UTF-8, no duplicate keys, no NUL in strings, no bytes behind it,
 * at most MIEN_JSON_MAX_DEPTH arrays and objects inside each other, at most MIEN_JSON_MAX_SIZE
 * bytes. `what` names the source in messages ("vault header"), which carry the line. Errors:
 * MIEN_FORMAT, MIEN_TOO_LARGE. The caller owns *value. */
MIEN_MUST_CHECK mien_status mien_json_parse(json_t **value, const char *text, size_t length,
                                            const char *what, mien_error *error);
/* A whole file. Errors also as mien_file_read. */
MIEN_MUST_CHECK mien_status mien_json_read(json_t **value, const char *path, mien_error *error);

/* Fields of an object, of the given type and range; MIEN_FORMAT names the key otherwise. Strings
 * belong to the object. */
MIEN_MUST_CHECK mien_status mien_json_get_string(const char **out, const json_t *object,
                                                 const char *key, mien_error *error);
MIEN_MUST_CHECK mien_status mien_json_get_integer(int64_t *out, const json_t *object,
                                                  const char *key, int64_t lowest, int64_t highest,
                                                  mien_error *error);
/* Any JSON number. */
MIEN_MUST_CHECK mien_status mien_json_get_number(double *out, const json_t *object, const char *key,
                                                 mien_error *error);
MIEN_MUST_CHECK mien_status mien_json_get_bool(bool *out, const json_t *object, const char *key,
                                               mien_error *error);
MIEN_MUST_CHECK mien_status mien_json_get_array(json_t **out, const json_t *object, const char *key,
                                                mien_error *error);
MIEN_MUST_CHECK mien_status mien_json_get_object(json_t **out, const json_t *object,
                                                 const char *key, mien_error *error);
/* Exactly `length` bytes as lower-case hex. */
MIEN_MUST_CHECK mien_status mien_json_get_hex(uint8_t *out, size_t length, const json_t *object,
                                              const char *key, mien_error *error);
/* Refuse keys that are not among `keys` (NULL-terminated list). */
MIEN_MUST_CHECK mien_status mien_json_only_keys(const json_t *object, const char *const *keys,
                                                mien_error *error);

/* Set a key to bytes in lower-case hex. */
MIEN_MUST_CHECK mien_status mien_json_set_hex(json_t *object, const char *key, const uint8_t *bytes,
                                              size_t length);
/* Set a key to `value`, taking it over whatever happens; MIEN_MEMORY also for a NULL value, so that
 * calls nest: mien_json_set(object, "fee", json_integer(fee)). */
MIEN_MUST_CHECK mien_status mien_json_set(json_t *object, const char *key, json_t *value);
/* One line (or indented by two with `pretty`) in order of insertion; the caller frees *text. */
MIEN_MUST_CHECK mien_status mien_json_print(char **text, const json_t *value, bool pretty);
/* The same with a newline behind it to a stream; MIEN_IO when it does not take it. */
MIEN_MUST_CHECK mien_status mien_json_print_to(FILE *stream, const json_t *value, bool pretty);

#endif
