/* SPDX-License-Identifier: MIT */
/* One POST to a JSON service: plain on this machine, TLS 1.2 by mbedTLS elsewhere, with the
 * server's certificate and host name checked. Redirections are not followed, nothing is compressed,
 * sizes and times are bounded. Each call has a connection of its own. Thread-safe. */
#ifndef MIEN_PLATFORM_NETWORK_HTTP_CLIENT_H
#define MIEN_PLATFORM_NETWORK_HTTP_CLIENT_H

#include "platform/network/http_message.h"

typedef struct mien_http_client mien_http_client;

typedef struct mien_http_client_options {
    const char *ca_file;      /* PEM; NULL: the system's certificates */
    const char *bearer;       /* secret text of an Authorization header, NULL for none */
    unsigned timeout_seconds; /* of the whole call; 0: 20 */
    size_t answer_limit;      /* bytes of a body; 0: 16 MiB */
} mien_http_client_options;

/* Copies url and options; for https reads the certificates: MIEN_NOT_FOUND, MIEN_FORMAT. */
MIEN_MUST_CHECK mien_status mien_http_client_create(mien_http_client **client,
                                                    const mien_http_url *url,
                                                    const mien_http_client_options *options,
                                                    mien_error *error);
void mien_http_client_destroy(mien_http_client *client); /* NULL is fine */

/* POST to the client's address, with `path` behind it (NULL for none). *code is HTTP's; *body is
 * malloc'ed with a NUL behind it and the caller's. MIEN_NOT_FOUND: unknown host; MIEN_IO: not
 * reached, cut, too slow; MIEN_AUTHENTICATION: the certificate is not the host's; MIEN_FORMAT,
 * MIEN_TOO_LARGE as mien_http_answer_read. */
MIEN_MUST_CHECK mien_status mien_http_post(mien_http_client *client, int *code, uint8_t **body,
                                           size_t *length, const char *path, const void *content,
                                           size_t content_length, mien_error *error);

#endif
