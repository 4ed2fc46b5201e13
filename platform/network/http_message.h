/* SPDX-License-Identifier: MIT */
/* Addresses and answers of HTTP/1.1, as far as a client of JSON services needs them. */
#ifndef MIEN_PLATFORM_NETWORK_HTTP_MESSAGE_H
#define MIEN_PLATFORM_NETWORK_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"

#define MIEN_HTTP_HOST_SIZE 254
#define MIEN_HTTP_PATH_SIZE 1024
/* Longest head of an answer. */
#define MIEN_HTTP_HEAD_MAX 16384

typedef struct mien_http_url {
    bool tls;
    char host[MIEN_HTTP_HOST_SIZE]; /* without the brackets of an IPv6 address */
    uint16_t port;
    char path[MIEN_HTTP_PATH_SIZE]; /* with the query; begins with '/' */
} mien_http_url;

/* http://HOST[:PORT][/PATH] or https://... . Plain http only to this machine (127.0.0.1, ::1,
 * localhost): MIEN_POLICY_DENIED otherwise, because what comes back decides what a person is shown.
 * MIEN_FORMAT for user names, blanks, control characters, fragments, empty or overlong parts. The
 * words do not repeat the path, which often holds an access key. */
MIEN_MUST_CHECK mien_status mien_http_url_parse(mien_http_url *out, const char *text,
                                                mien_error *error);

/* A complete answer. */
typedef struct mien_http_answer {
    int code;      /* 100..599 */
    uint8_t *body; /* points into the bytes read from */
    size_t length;
} mien_http_answer;

/* Is `bytes` one complete answer to a POST? MIEN_TRUNCATED: more is to come (with `ended`, the
 * other side has closed: then a body without length is complete and anything else was cut short,
 * MIEN_FORMAT). MIEN_FORMAT for what is no HTTP/1.x answer, for lengths that contradict each other
 * and transfer encodings other than "chunked"; MIEN_TOO_LARGE for a head above MIEN_HTTP_HEAD_MAX
 * or a body above `limit`. A chunked body is put together in place, once it is complete. */
MIEN_MUST_CHECK mien_status mien_http_answer_read(mien_http_answer *out, uint8_t *bytes,
                                                  size_t length, size_t limit, bool ended);

#endif
