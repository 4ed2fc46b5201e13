/* SPDX-License-Identifier: MIT */
/* A small HTTP server on loopback, over libmicrohttpd, for programs of this machine.
 *
 * It listens on 127.0.0.1 only; whoever serves other machines puts a reverse proxy with TLS in
 * front. Refused before the program sees a request: methods other than POST, GET and OPTIONS (405),
 * a Host that is not this server's own name (421: a page whose name was made to point here, DNS
 * rebinding), two Hosts, Origins or Authorizations (400), heads above 16 kB, bodies above the limit
 * (413), more connections than allowed, and requests that are not there completely in time, however
 * slowly they keep coming. Each connection has a thread, so an answer may take as long as a person
 * does. */
#ifndef MIEN_PLATFORM_NETWORK_HTTP_SERVER_H
#define MIEN_PLATFORM_NETWORK_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"

typedef struct mien_http_server mien_http_server;

/* All pointers are valid until answer() returns; texts are NUL-terminated, NULL when absent. */
typedef struct mien_http_request {
    const char *method, *path; /* path without query */
    const char *origin, *authorization, *content_type;
    const uint8_t *body;
    size_t length;
} mien_http_request;

/* Zeroed by the server before answer(). */
typedef struct mien_http_response {
    int code;   /* 200..599 */
    char *body; /* malloc'ed; the server frees it; may be NULL */
    size_t length;
    const char *content_type; /* static; NULL: application/json */
    /* Web pages of this origin may read the answer (CORS); NULL: none may. Belongs to the request
     * or outlives the server. */
    const char *allow_origin;
} mien_http_response;

typedef struct mien_http_server_options {
    uint16_t port;            /* 0: any free one */
    size_t body_limit;        /* bytes */
    unsigned request_seconds; /* for a whole request to arrive, and for its answer to be taken */
    unsigned connections;     /* at once */
    /* Called on many threads at once. */
    void (*answer)(void *context, mien_http_response *response, const mien_http_request *request);
    void *context;
    /* Further names in Host, as behind a reverse proxy; ends with NULL. May be NULL. */
    const char *const *host_names;
} mien_http_server_options;

/* *options is copied, what it points to is not. MIEN_BUSY when the port is taken. The server's
 * threads take no signals: those are for who owns the terminal. */
MIEN_MUST_CHECK mien_status mien_http_server_start(mien_http_server **server,
                                                   const mien_http_server_options *options,
                                                   mien_error *error);
uint16_t mien_http_server_port(const mien_http_server *server);
/* Takes no more requests, waits for the answers under way, ends all threads. NULL is fine. */
void mien_http_server_stop(mien_http_server *server);

/* Does `host` (the header's text) name this server: 127.0.0.1, localhost or one of `names` (NULL or
 * ending with NULL), with the given port, which may be left out for the names? */
bool mien_http_host_is_ours(const char *host, uint16_t port, const char *const *names);

#endif
