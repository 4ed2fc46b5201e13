/* SPDX-License-Identifier: MIT */
#include "platform/network/http_client.h"

#include <errno.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/base/bytes.h"
#include "platform/base/clock.h"

#define DEFAULT_SECONDS 20
#define DEFAULT_LIMIT ((size_t)16 << 20)
#define SYSTEM_CERTIFICATES "/etc/ssl/certs/ca-certificates.crt"
#define READ_SIZE 65536

struct mien_http_client {
    mien_http_url url;
    unsigned seconds;
    size_t limit;
    char *bearer;
    mbedtls_x509_crt authorities; /* TLS only; read-only after creation */
};

/* One connection. */
typedef struct wire {
    const mien_http_client *client;
    int socket;
    double deadline;
    bool timed_out;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config config;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
} wire;

mien_status mien_http_client_create(mien_http_client **out, const mien_http_url *url,
                                    const mien_http_client_options *options, mien_error *error) {
    const char *file = options->ca_file != NULL ? options->ca_file : SYSTEM_CERTIFICATES;
    *out = NULL;
    mien_http_client *client = calloc(1, sizeof *client);
    if (client == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the connection");
    client->url = *url;
    client->seconds = options->timeout_seconds != 0 ? options->timeout_seconds : DEFAULT_SECONDS;
    client->limit = options->answer_limit != 0 ? options->answer_limit : DEFAULT_LIMIT;
    mbedtls_x509_crt_init(&client->authorities);
    mien_status status = MIEN_OK;
    if (options->bearer != NULL && (client->bearer = strdup(options->bearer)) == NULL)
        status = mien_fail(error, MIEN_MEMORY, "no memory for the connection");
    /* A positive result counts certificates that were passed over: old roots in odd encodings. */
    if (status == MIEN_OK && url->tls &&
        (mbedtls_x509_crt_parse_file(&client->authorities, file) < 0 ||
         client->authorities.version == 0))
        status = mien_fail(error, access(file, R_OK) != 0 ? MIEN_NOT_FOUND : MIEN_FORMAT,
                           "%s holds no certificates to check the server with (Debian: package "
                           "ca-certificates)",
                           file);
    if (status == MIEN_OK)
        *out = client;
    else
        mien_http_client_destroy(client);
    return status;
}

void mien_http_client_destroy(mien_http_client *client) {
    if (client == NULL) return;
    mbedtls_x509_crt_free(&client->authorities);
    if (client->bearer != NULL) mien_wipe(client->bearer, strlen(client->bearer));
    free(client->bearer);
    free(client);
}

/* Wait until the socket can be read or written; false at the deadline. */
static bool wait_ready(wire *w, short events) {
    struct pollfd watched = {.fd = w->socket, .events = events};
    double left = w->deadline - mien_clock_seconds();
    int ready = left > 0 ? poll(&watched, 1, (int)(left * 1000) + 1) : 0;
    if (ready == 0) w->timed_out = true;
    return ready > 0 || (ready < 0 && errno == EINTR && left > 0);
}

static int plain_send(void *context, const unsigned char *bytes, size_t length) {
    wire *w = context;
    for (;;) {
        ssize_t sent = send(w->socket, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) return (int)sent;
        if (errno == EINTR) continue;
        if ((errno != EAGAIN && errno != EWOULDBLOCK) || !wait_ready(w, POLLOUT)) return -1;
    }
}

static int plain_receive(void *context, unsigned char *bytes, size_t length) {
    wire *w = context;
    for (;;) {
        ssize_t got = recv(w->socket, bytes, length, MSG_DONTWAIT);
        if (got >= 0) return (int)got;
        if (errno == EINTR) continue;
        if ((errno != EAGAIN && errno != EWOULDBLOCK) || !wait_ready(w, POLLIN)) return -1;
    }
}

/* Bytes sent or received, 0 at the end, negative on errors. */
static int wire_send(wire *w, const uint8_t *bytes, size_t length) {
    size_t piece = length < READ_SIZE ? length : READ_SIZE;
    return w->client->url.tls ? mbedtls_ssl_write(&w->ssl, bytes, piece)
                              : plain_send(w, bytes, piece);
}

static int wire_receive(wire *w, uint8_t *bytes, size_t length) {
    if (!w->client->url.tls) return plain_receive(w, bytes, length);
    int got = mbedtls_ssl_read(&w->ssl, bytes, length);
    return got == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY ? 0 : got;
}

static bool connect_to(wire *w, const struct addrinfo *address) {
    int yes = 1, problem = 0;
    socklen_t size = sizeof problem;
    w->socket = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (w->socket < 0) return false;
    setsockopt(w->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(w->socket, address->ai_addr, address->ai_addrlen) == 0) return true;
    if (errno == EINPROGRESS && wait_ready(w, POLLOUT) &&
        getsockopt(w->socket, SOL_SOCKET, SO_ERROR, &problem, &size) == 0 && problem == 0)
        return true;
    close(w->socket);
    w->socket = -1;
    return false;
}

static mien_status open_socket(wire *w, mien_error *error) {
    const mien_http_url *url = &w->client->url;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC}, *list = NULL;
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)url->port);
    int problem = getaddrinfo(url->host, port, &hints, &list);
    if (problem != 0)
        return mien_fail(error, MIEN_NOT_FOUND, "%s is not known: %s", url->host,
                         gai_strerror(problem));
    bool open = false;
    for (const struct addrinfo *a = list; a != NULL && !open; a = a->ai_next)
        open = connect_to(w, a);
    freeaddrinfo(list);
    return open ? MIEN_OK
                : mien_fail(error, MIEN_IO, "%s port %s does not answer", url->host, port);
}

/* Why the handshake failed; a certificate that does not convince has words of its own. */
static mien_status handshake_failed(wire *w, int code, mien_error *error) {
    char words[160];
    const char *host = w->client->url.host;
    uint32_t flags = mbedtls_ssl_get_verify_result(&w->ssl);
    if (code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED && flags != 0) {
        mbedtls_x509_crt_verify_info(words, sizeof words, "", flags);
        for (char *c = words; *c != '\0'; c++)
            if (*c == '\n') *c = c[1] == '\0' ? '\0' : ' ';
        return mien_fail(error, MIEN_AUTHENTICATION, "the certificate of %s does not convince: %s",
                         host, words);
    }
    mbedtls_strerror(code, words, sizeof words);
    return mien_fail(error, MIEN_IO, "no TLS connection with %s: %s", host,
                     w->timed_out ? "it took too long" : words);
}

static int configure_tls(wire *w) {
    static const unsigned char personal[] = "mien http client";
    int code = mbedtls_ctr_drbg_seed(&w->random, mbedtls_entropy_func, &w->entropy, personal,
                                     sizeof personal - 1);
    if (code == 0)
        code =
            mbedtls_ssl_config_defaults(&w->config, MBEDTLS_SSL_IS_CLIENT,
                                        MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    if (code != 0) return code;
    mbedtls_ssl_conf_min_version(&w->config, MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_3); /* TLS 1.2 */
    mbedtls_ssl_conf_authmode(&w->config, MBEDTLS_SSL_VERIFY_REQUIRED);
    /* mbedTLS takes the chain as writable and does not write to it */
    mbedtls_ssl_conf_ca_chain(&w->config, (mbedtls_x509_crt *)&w->client->authorities, NULL);
    mbedtls_ssl_conf_rng(&w->config, mbedtls_ctr_drbg_random, &w->random);
    code = mbedtls_ssl_setup(&w->ssl, &w->config);
    if (code == 0) code = mbedtls_ssl_set_hostname(&w->ssl, w->client->url.host);
    if (code == 0) mbedtls_ssl_set_bio(&w->ssl, w, plain_send, plain_receive, NULL);
    return code;
}

static mien_status open_tls(wire *w, mien_error *error) {
    int code = configure_tls(w);
    while (code == 0 && w->ssl.state != MBEDTLS_SSL_HANDSHAKE_OVER) {
        code = mbedtls_ssl_handshake_step(&w->ssl);
        if (code == 0 && mien_clock_seconds() > w->deadline) {
            w->timed_out = true;
            code = MBEDTLS_ERR_SSL_TIMEOUT;
        }
    }
    if (code == 0 && mbedtls_ssl_get_verify_result(&w->ssl) != 0)
        code = MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
    return code == 0 ? MIEN_OK : handshake_failed(w, code, error);
}

static mien_status send_all(wire *w, const void *bytes, size_t length, mien_error *error) {
    const uint8_t *next = bytes;
    while (length != 0) {
        int sent = wire_send(w, next, length);
        if (sent <= 0)
            return mien_fail(error, MIEN_IO, "%s does not take the request: %s",
                             w->client->url.host, w->timed_out ? "too slow" : "connection lost");
        next += sent;
        length -= (size_t)sent;
    }
    return MIEN_OK;
}

/* The head may hold the bearer's secret and is wiped. */
static mien_status send_request(wire *w, const char *path, const void *content, size_t length,
                                mien_error *error) {
    const mien_http_client *client = w->client;
    const mien_http_url *url = &client->url;
    const char *base = path != NULL && strcmp(url->path, "/") == 0 ? "" : url->path;
    bool address = strchr(url->host, ':') != NULL;
    char port[8] = "";
    char head[2 * MIEN_HTTP_PATH_SIZE + MIEN_HTTP_HOST_SIZE + 512];
    if (url->port != (url->tls ? 443 : 80)) snprintf(port, sizeof port, ":%u", (unsigned)url->port);
    int size = snprintf(
        head, sizeof head,
        "POST %s%s HTTP/1.1\r\nHost: %s%s%s%s\r\nContent-Type: application/json\r\n"
        "Accept: application/json\r\nContent-Length: %zu\r\n%s%s%s"
        "Connection: close\r\n\r\n",
        base, path != NULL ? path : "", address ? "[" : "", url->host, address ? "]" : "", port,
        length, client->bearer != NULL ? "Authorization: Bearer " : "",
        client->bearer != NULL ? client->bearer : "", client->bearer != NULL ? "\r\n" : "");
    mien_status status = size > 0 && (size_t)size < sizeof head
                             ? send_all(w, head, (size_t)size, error)
                             : mien_fail(error, MIEN_TOO_LARGE, "the request's head is too long");
    mien_wipe(head, sizeof head);
    if (status == MIEN_OK) status = send_all(w, content, length, error);
    return status;
}

static mien_status answer_failed(const wire *w, mien_status status, mien_error *error) {
    const char *host = w->client->url.host;
    switch (status) {
    case MIEN_FORMAT:
        return mien_fail(error, status, "%s answers with something that is no whole HTTP answer",
                         host);
    case MIEN_TOO_LARGE:
        return mien_fail(error, status, "the answer of %s is larger than %zu bytes", host,
                         w->client->limit);
    default:
        return mien_fail(error, status, "the answer of %s: %s", host, mien_status_text(status));
    }
}

/* Room for more bytes; false without memory, and the buffer stays as it is. */
static bool grow(uint8_t **buffer, size_t *capacity) {
    uint8_t *larger = realloc(*buffer, 2 * *capacity);
    if (larger == NULL) return false;
    *buffer = larger;
    *capacity *= 2;
    return true;
}

static mien_status receive_more(wire *w, uint8_t *buffer, size_t *used, size_t capacity,
                                mien_http_answer *answer, mien_error *error) {
    size_t limit = w->client->limit;
    int got = wire_receive(w, buffer + *used, capacity - *used);
    if (got < 0)
        return mien_fail(error, MIEN_IO, "the answer of %s does not come: %s", w->client->url.host,
                         w->timed_out ? "too slow" : "connection lost");
    *used += (size_t)got;
    mien_status status = mien_http_answer_read(answer, buffer, *used, limit, got == 0);
    if (status == MIEN_TRUNCATED && *used > 2 * limit + MIEN_HTTP_HEAD_MAX)
        status = MIEN_TOO_LARGE; /* nothing but heads of tiny chunks */
    if (status == MIEN_OK || status == MIEN_TRUNCATED) return status;
    return answer_failed(w, status, error);
}

/* Read until the answer is complete. *memory is what it points into; free() it in any case. */
static mien_status receive_answer(wire *w, uint8_t **memory, mien_http_answer *answer,
                                  mien_error *error) {
    size_t used = 0, capacity = READ_SIZE;
    mien_status status = MIEN_TRUNCATED;
    *memory = malloc(capacity);
    if (*memory == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the answer");
    while (status == MIEN_TRUNCATED) {
        if (used == capacity && !grow(memory, &capacity))
            return mien_fail(error, MIEN_MEMORY, "no memory for the answer");
        status = receive_more(w, *memory, &used, capacity, answer, error);
    }
    return status;
}

static mien_status talk(wire *w, int *code, uint8_t **body, size_t *length, const char *path,
                        const void *content, size_t content_length, mien_error *error) {
    uint8_t *memory = NULL;
    mien_http_answer answer;
    MIEN_TRY(open_socket(w, error));
    if (w->client->url.tls) MIEN_TRY(open_tls(w, error));
    MIEN_TRY(send_request(w, path, content, content_length, error));
    mien_status status = receive_answer(w, &memory, &answer, error);
    if (status == MIEN_OK) {
        *body = malloc(answer.length + 1);
        if (*body == NULL) status = mien_fail(error, MIEN_MEMORY, "no memory for the answer");
    }
    if (status == MIEN_OK) {
        memcpy(*body, answer.body, answer.length);
        (*body)[answer.length] = 0;
        *length = answer.length;
        *code = answer.code;
    }
    free(memory);
    return status;
}

mien_status mien_http_post(mien_http_client *client, int *code, uint8_t **body, size_t *length,
                           const char *path, const void *content, size_t content_length,
                           mien_error *error) {
    *body = NULL;
    *length = 0;
    *code = 0;
    wire *w = calloc(1, sizeof *w);
    if (w == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the connection");
    w->client = client;
    w->socket = -1;
    w->deadline = mien_clock_seconds() + client->seconds;
    mbedtls_ssl_init(&w->ssl);
    mbedtls_ssl_config_init(&w->config);
    mbedtls_entropy_init(&w->entropy);
    mbedtls_ctr_drbg_init(&w->random);
    mien_status status = talk(w, code, body, length, path, content, content_length, error);
    mbedtls_ssl_free(&w->ssl);
    mbedtls_ssl_config_free(&w->config);
    mbedtls_ctr_drbg_free(&w->random);
    mbedtls_entropy_free(&w->entropy);
    if (w->socket >= 0) close(w->socket);
    free(w);
    return status;
}
