/* SPDX-License-Identifier: MIT */
#include "platform/network/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/base/clock.h"

#define HEAD_MEMORY (48 * 1024) /* MHD's, for head and answer's head */
#define HEAD_LIMIT (16 * 1024)
#define THREAD_STACK ((size_t)8 << 20) /* as the main thread has: answers look at faces */
#define REAP_MILLISECONDS 200
#define NEVER 1e300

/* One connection, as long as its socket is open. */
typedef struct connection {
    struct connection *next, **link;
    int socket;
    double deadline; /* of the monotonic clock; the reaper shuts the socket down then */
} connection;

struct mien_http_server {
    mien_http_server_options options;
    struct MHD_Daemon *daemon;
    uint16_t port;
    pthread_mutex_t lock; /* of the list, its deadlines and `stopping` */
    pthread_cond_t wake;
    pthread_t reaper;
    connection *connections;
    bool stopping;
};

/* One request while it comes in. */
typedef struct incoming {
    uint8_t *body;
    size_t length, capacity;
} incoming;

static void set_deadline(mien_http_server *server, connection *c, double seconds) {
    if (c == NULL) return;
    pthread_mutex_lock(&server->lock);
    c->deadline = seconds == NEVER ? NEVER : mien_clock_seconds() + seconds;
    pthread_mutex_unlock(&server->lock);
}

static connection *connection_of(struct MHD_Connection *mhd) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

/* libmicrohttpd calls this before it uses a socket first and before it closes it. */
static void notify_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                              enum MHD_ConnectionNotificationCode code) {
    mien_http_server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
        connection *c = info != NULL ? calloc(1, sizeof *c) : NULL;
        *socket_context = c;
        if (c == NULL) return; /* handle() refuses what has no record */
        c->socket = info->connect_fd;
        pthread_mutex_lock(&server->lock);
        c->deadline = mien_clock_seconds() + server->options.request_seconds;
        c->next = server->connections;
        c->link = &server->connections;
        if (c->next != NULL) c->next->link = &c->next;
        server->connections = c;
        pthread_mutex_unlock(&server->lock);
        return;
    }
    connection *c = *socket_context;
    if (c == NULL) return;
    pthread_mutex_lock(&server->lock);
    *c->link = c->next;
    if (c->next != NULL) c->next->link = c->link;
    pthread_mutex_unlock(&server->lock);
    free(c);
    *socket_context = NULL;
}

static void *reap(void *context) {
    mien_http_server *server = context;
    pthread_mutex_lock(&server->lock);
    while (!server->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += REAP_MILLISECONDS * 1000000l;
        until.tv_sec += until.tv_nsec / 1000000000l;
        until.tv_nsec %= 1000000000l;
        pthread_cond_timedwait(&server->wake, &server->lock, &until);
        double now = mien_clock_seconds();
        for (connection *c = server->connections; c != NULL; c = c->next)
            if (now > c->deadline) {
                shutdown(c->socket, SHUT_RDWR);
                c->deadline = NEVER;
            }
    }
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

bool mien_http_host_is_ours(const char *host, uint16_t port, const char *const *names) {
    char own[2][32];
    if (host == NULL) return false;
    snprintf(own[0], sizeof own[0], "127.0.0.1:%u", (unsigned)port);
    snprintf(own[1], sizeof own[1], "localhost:%u", (unsigned)port);
    for (int i = 0; i < 2; i++) {
        if (strcasecmp(host, own[i]) == 0) return true;
        if (port == 80 && strncasecmp(host, own[i], strlen(own[i]) - 3) == 0 &&
            strlen(host) == strlen(own[i]) - 3)
            return true;
    }
    for (; names != NULL && *names != NULL; names++) {
        size_t length = strlen(*names);
        if (strncasecmp(host, *names, length) != 0) continue;
        if (host[length] == '\0') return true;
        const char *digits = host + length + 1;
        if (host[length] == ':' && digits[0] != '\0' && strlen(digits) <= 5 &&
            strspn(digits, "0123456789") == strlen(digits))
            return true;
    }
    return false;
}

static enum MHD_Result put(struct MHD_Connection *mhd, mien_http_response *answer) {
    const char *type = answer->content_type != NULL ? answer->content_type : "application/json";
    struct MHD_Response *response =
        MHD_create_response_from_buffer(answer->length, answer->body, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(answer->body);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (answer->allow_origin != NULL) {
        MHD_add_response_header(response, "Access-Control-Allow-Origin", answer->allow_origin);
        MHD_add_response_header(response, "Access-Control-Allow-Methods", "POST");
        MHD_add_response_header(response, "Access-Control-Allow-Headers",
                                "content-type, authorization");
        MHD_add_response_header(response, "Access-Control-Allow-Private-Network", "true");
        MHD_add_response_header(response, "Vary", "Origin");
    }
    if (answer->code >= 400) MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result result = MHD_queue_response(mhd, (unsigned)answer->code, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *mhd, int code, const char *words) {
    mien_http_response answer = {.code = code, .content_type = "text/plain; charset=utf-8"};
    answer.body = strdup(words);
    answer.length = answer.body != NULL ? strlen(words) : 0;
    return put(mhd, &answer);
}

typedef struct head_check {
    int hosts, origins, authorizations, lengths;
    size_t bytes;
} head_check;

static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *key,
                                    const char *value) {
    head_check *check = context;
    (void)kind;
    check->hosts += strcasecmp(key, "Host") == 0;
    check->origins += strcasecmp(key, "Origin") == 0;
    check->authorizations += strcasecmp(key, "Authorization") == 0;
    check->lengths += strcasecmp(key, "Content-Length") == 0;
    check->bytes += strlen(key) + (value != NULL ? strlen(value) : 0) + 4;
    return MHD_YES;
}

static const char *header(struct MHD_Connection *mhd, const char *name) {
    return MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, name);
}

/* What is wrong with the head: an HTTP code and words, or 0. */
static int check_head(const mien_http_server *server, struct MHD_Connection *mhd,
                      const char *method, const char **words) {
    head_check check = {0};
    const char *length = header(mhd, "Content-Length");
    MHD_get_connection_values(mhd, MHD_HEADER_KIND, count_header, &check);
    *words = "more than one Host, Origin, Authorization or Content-Length\n";
    if (check.hosts > 1 || check.origins > 1 || check.authorizations > 1 || check.lengths > 1)
        return 400;
    *words = "the head is too large\n";
    if (check.bytes > HEAD_LIMIT) return 431;
    *words = "this server does not go by that name\n";
    if (!mien_http_host_is_ours(header(mhd, "Host"), server->port, server->options.host_names))
        return 421;
    *words = "only POST, GET and OPTIONS\n";
    if (strcmp(method, "POST") != 0 && strcmp(method, "GET") != 0 && strcmp(method, "OPTIONS") != 0)
        return 405;
    *words = "the body is too large\n";
    if (length != NULL && strtoull(length, NULL, 10) > server->options.body_limit) return 413;
    return 0;
}

/* False when the body has become too large, or there is no memory. */
static bool take_body(const mien_http_server *server, incoming *in, const char *data, size_t size) {
    if (size > server->options.body_limit - in->length) return false;
    if (in->length + size > in->capacity) {
        size_t capacity = 2 * (in->length + size);
        uint8_t *larger = realloc(in->body, capacity);
        if (larger == NULL) return false;
        in->body = larger;
        in->capacity = capacity;
    }
    memcpy(in->body + in->length, data, size);
    in->length += size;
    return true;
}

static enum MHD_Result answer(mien_http_server *server, struct MHD_Connection *mhd,
                              const char *method, const char *path, const incoming *in) {
    connection *c = connection_of(mhd);
    mien_http_response response = {0};
    mien_http_request request = {
        .method = method,
        .path = path,
        .origin = header(mhd, "Origin"),
        .authorization = header(mhd, "Authorization"),
        .content_type = header(mhd, "Content-Type"),
        .body = in->body != NULL ? in->body : (const uint8_t *)"",
        .length = in->length,
    };
    set_deadline(server, c, NEVER);
    server->options.answer(server->options.context, &response, &request);
    if (response.code == 0) response.code = 500;
    if (response.body == NULL) response.length = 0;
    set_deadline(server, c, server->options.request_seconds);
    return put(mhd, &response);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *mhd, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state) {
    mien_http_server *server = context;
    (void)version;
    if (*state == NULL) {
        const char *words;
        if (connection_of(mhd) == NULL) return MHD_NO;
        int code = check_head(server, mhd, method, &words);
        if (code != 0) return refuse(mhd, code, words);
        *state = calloc(1, sizeof(incoming));
        return *state != NULL ? MHD_YES : MHD_NO;
    }
    incoming *in = *state;
    if (*size != 0) {
        if (!take_body(server, in, data, *size)) return MHD_NO; /* chunked, and too long */
        *size = 0;
        return MHD_YES;
    }
    return answer(server, mhd, method, path, in);
}

static void notify_completed(void *context, struct MHD_Connection *mhd, void **state,
                             enum MHD_RequestTerminationCode code) {
    mien_http_server *server = context;
    incoming *in = *state;
    (void)code;
    set_deadline(server, connection_of(mhd), server->options.request_seconds);
    if (in != NULL) free(in->body);
    free(in);
    *state = NULL;
}

/* Bound here, so that a taken port has words of its own and the number is known. */
static mien_status open_socket(int *out, uint16_t *port, uint16_t wanted, mien_error *error) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(wanted), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int yes = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0) return mien_fail(error, MIEN_IO, "no socket: %s", strerror(errno));
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(s, (struct sockaddr *)&address, sizeof address) != 0 || listen(s, 128) != 0 ||
        getsockname(s, (struct sockaddr *)&address, &length) != 0) {
        int problem = errno;
        close(s);
        return mien_fail(error, problem == EADDRINUSE ? MIEN_BUSY : MIEN_IO,
                         "127.0.0.1 port %u cannot be listened on: %s", (unsigned)wanted,
                         strerror(problem));
    }
    *out = s;
    *port = ntohs(address.sin_port);
    return MIEN_OK;
}

mien_status mien_http_server_start(mien_http_server **out, const mien_http_server_options *options,
                                   mien_error *error) {
    int listening = -1;
    *out = NULL;
    mien_http_server *server = calloc(1, sizeof *server);
    if (server == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the server");
    server->options = *options;
    mien_status status = open_socket(&listening, &server->port, options->port, error);
    if (status != MIEN_OK) {
        free(server);
        return status;
    }
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->wake, NULL);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* threads inherit it */
    bool reaping = pthread_create(&server->reaper, NULL, reap, server) == 0;
    if (reaping)
        server->daemon = MHD_start_daemon(
            MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
                MHD_USE_ITC,
            0, NULL, NULL, handle, server, MHD_OPTION_LISTEN_SOCKET, listening,
            MHD_OPTION_CONNECTION_LIMIT, options->connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
            (size_t)HEAD_MEMORY, MHD_OPTION_THREAD_STACK_SIZE, THREAD_STACK,
            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION, notify_connection,
            server, MHD_OPTION_NOTIFY_COMPLETED, notify_completed, server, MHD_OPTION_END);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    *out = server;
    if (server->daemon != NULL) return MIEN_OK;
    close(listening);
    if (!reaping) server->stopping = true;
    mien_http_server_stop(server);
    *out = NULL;
    return mien_fail(error, MIEN_IO, "the HTTP server could not be started");
}

uint16_t mien_http_server_port(const mien_http_server *server) {
    return server->port;
}

void mien_http_server_stop(mien_http_server *server) {
    if (server == NULL) return;
    /* Connections that only wait hold their threads in a read; end that first. */
    pthread_mutex_lock(&server->lock);
    bool reaping = !server->stopping;
    server->stopping = true;
    for (connection *c = server->connections; c != NULL; c = c->next)
        if (c->deadline != NEVER) shutdown(c->socket, SHUT_RD);
    pthread_cond_signal(&server->wake);
    pthread_mutex_unlock(&server->lock);
    if (reaping) pthread_join(server->reaper, NULL);
    if (server->daemon != NULL) MHD_stop_daemon(server->daemon);
    pthread_cond_destroy(&server->wake);
    pthread_mutex_destroy(&server->lock);
    free(server);
}
