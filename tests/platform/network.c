/* SPDX-License-Identifier: MIT */
/* HTTP: addresses, answers in every piece, names of the server, and both sides together. */
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>

#include "platform/base/clock.h"
#include "platform/network/http_client.h"
#include "platform/network/http_server.h"
#include "tests/harness.h"

static void addresses(void) {
    static const struct {
        const char *text;
        mien_status status;
        bool tls;
        const char *host;
        unsigned port;
        const char *path;
    } cases[] = {
        {"http://127.0.0.1:8545", MIEN_OK, false, "127.0.0.1", 8545, "/"},
        {"http://localhost", MIEN_OK, false, "localhost", 80, "/"},
        {"http://[::1]:1/a", MIEN_OK, false, "::1", 1, "/a"},
        {"https://node.example/v3/key?x=1", MIEN_OK, true, "node.example", 443, "/v3/key?x=1"},
        {"https://node.example:65535?x", MIEN_OK, true, "node.example", 65535, "/?x"},
        {"http://node.example", MIEN_POLICY_DENIED, false, NULL, 0, NULL},
        {"http://127.0.0.1.evil.example", MIEN_POLICY_DENIED, false, NULL, 0, NULL},
        {"http://localhost.evil", MIEN_POLICY_DENIED, false, NULL, 0, NULL},
        {"https://user@node.example", MIEN_FORMAT, false, NULL, 0, NULL},
        {"http://127.0.0.1@evil.example", MIEN_FORMAT, false, NULL, 0, NULL},
        {"https://", MIEN_FORMAT, false, NULL, 0, NULL},
        {"https://x:", MIEN_FORMAT, false, NULL, 0, NULL},
        {"https://x:0", MIEN_FORMAT, false, NULL, 0, NULL},
        {"https://x:65536", MIEN_FORMAT, false, NULL, 0, NULL},
        {"https://x:99999999999", MIEN_FORMAT, false, NULL, 0, NULL},
        {"https://x/a b", MIEN_FORMAT, false, NULL, 0, NULL},
        {"https://x/\r\nX: y", MIEN_FORMAT, false, NULL, 0, NULL},
        {"https://x/#f", MIEN_FORMAT, false, NULL, 0, NULL},
        {"https://[::1", MIEN_FORMAT, false, NULL, 0, NULL},
        {"ftp://127.0.0.1", MIEN_FORMAT, false, NULL, 0, NULL},
        {"", MIEN_FORMAT, false, NULL, 0, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mien_http_url url;
        mien_status status = mien_http_url_parse(&url, cases[i].text, NULL);
        if (status != cases[i].status) printf("  %s\n", cases[i].text);
        CHECK_INT(status, cases[i].status);
        if (status != MIEN_OK) continue;
        CHECK_INT(url.tls, cases[i].tls);
        CHECK_TEXT(url.host, cases[i].host);
        CHECK_INT(url.port, cases[i].port);
        CHECK_TEXT(url.path, cases[i].path);
    }
}

static void own_names(void) {
    static const char *const names[] = {"cosign.example", NULL};
    static const char *const good[] = {"127.0.0.1:8545", "localhost:8545", "LocalHost:8545"};
    static const char *const bad[] = {"",
                                      "127.0.0.1",
                                      "127.0.0.1:8546",
                                      "127.0.0.1:8545 ",
                                      "127.0.0.1:8545.evil",
                                      "evil.example",
                                      "localhost.evil:8545",
                                      "[::1]:8545",
                                      "0.0.0.0:8545",
                                      "cosign.example"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(mien_http_host_is_ours(good[i], 8545, NULL));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!mien_http_host_is_ours(bad[i], 8545, NULL));
    CHECK(!mien_http_host_is_ours(NULL, 8545, NULL));
    CHECK(mien_http_host_is_ours("127.0.0.1", 80, NULL));
    CHECK(mien_http_host_is_ours("cosign.example", 8545, names));
    CHECK(mien_http_host_is_ours("Cosign.example:443", 8545, names));
    CHECK(!mien_http_host_is_ours("cosign.example.evil", 8545, names));
    CHECK(!mien_http_host_is_ours("cosign.example:", 8545, names));
    CHECK(!mien_http_host_is_ours("cosign.example:4x", 8545, names));
}

#define HEAD "HTTP/1.1 200 OK\r\n"

/* Read as it would come, a byte more each time, and compare the one complete reading. */
static mien_status read_in_pieces(mien_http_answer *out, uint8_t *memory, const char *text,
                                  size_t length, bool close) {
    for (size_t have = 0; have <= length; have++) {
        memcpy(memory, text, have);
        mien_status status = mien_http_answer_read(out, memory, have, 64, close && have == length);
        if (status != MIEN_TRUNCATED) return have == length ? status : MIEN_OVERFLOW;
    }
    return MIEN_TRUNCATED;
}

static void answers_in_pieces(void) {
    static const struct {
        const char *text, *body;
        bool close;
        int code;
    } cases[] = {{HEAD "Content-Length: 5\r\n\r\nhello", "hello", false, 200},
                 {HEAD "content-length:5 \r\nX: y\r\n\r\nhello", "hello", false, 200},
                 {HEAD "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "hello", false, 200},
                 {HEAD "\r\nuntil the end", "until the end", true, 200},
                 {"HTTP/1.0 404 \r\nContent-Length: 0\r\n\r\n", "", false, 404},
                 {"HTTP/1.1 500\r\nContent-Length: 1\r\n\r\nx", "x", false, 500},
                 {HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\n\r\n",
                  "hello", false, 200},
                 {HEAD "Transfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\nT: x\r\n\r\n",
                  "0123456789", false, 200}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t memory[512];
        mien_http_answer answer;
        REQUIRE(read_in_pieces(&answer, memory, cases[i].text, strlen(cases[i].text),
                               cases[i].close) == MIEN_OK);
        CHECK_INT(answer.code, cases[i].code);
        REQUIRE(answer.length == strlen(cases[i].body));
        CHECK_BYTES(answer.body, cases[i].body, answer.length);
    }
}

static void bad_answers(void) {
    static const struct {
        const char *text;
        mien_status status;
    } cases[] = {
        {"HTTP/2 200 OK\r\n\r\n", MIEN_FORMAT},
        {"HTTP/1.1 99 OK\r\n\r\n", MIEN_FORMAT},
        {"HTTP/1.1 600 OK\r\n\r\n", MIEN_FORMAT},
        {"HTTP/1.1 2000K\r\n\r\n", MIEN_FORMAT},
        {"HTTP/1.1 200 OK\n\n", MIEN_FORMAT},
        {HEAD "Content-Length: 5\r\n\r\nhell", MIEN_FORMAT},
        {HEAD "Content-Length: 5\r\n\r\nhello!", MIEN_FORMAT},
        {HEAD "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", MIEN_FORMAT},
        {HEAD "Content-Length: -1\r\n\r\n", MIEN_FORMAT},
        {HEAD "Content-Length: 5x\r\n\r\nhello", MIEN_FORMAT},
        {HEAD "Content-Length: \r\n\r\n", MIEN_FORMAT},
        {HEAD "Content-Length: 65\r\n\r\n", MIEN_TOO_LARGE},
        {HEAD "Content-Length: 99999999999999999999999\r\n\r\n", MIEN_TOO_LARGE},
        {HEAD ": x\r\n\r\n", MIEN_FORMAT},
        {HEAD "no colon\r\n\r\n", MIEN_FORMAT},
        {HEAD "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", MIEN_FORMAT},
        {HEAD "Transfer-Encoding: gzip\r\n\r\n", MIEN_FORMAT},
        {HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", MIEN_FORMAT},
        {HEAD "Content-Encoding: gzip\r\n\r\n", MIEN_FORMAT},
        {HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n", MIEN_FORMAT},
        {HEAD "Transfer-Encoding: chunked\r\n\r\nx\r\n", MIEN_FORMAT},
        {HEAD "Transfer-Encoding: chunked\r\n\r\n\r\n", MIEN_FORMAT},
        {HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nmore", MIEN_FORMAT},
        {HEAD "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", MIEN_TOO_LARGE},
        {HEAD "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n", MIEN_FORMAT},
        {HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", MIEN_FORMAT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t memory[512];
        mien_http_answer answer;
        size_t length = strlen(cases[i].text);
        memcpy(memory, cases[i].text, length);
        mien_status status = mien_http_answer_read(&answer, memory, length, 64, true);
        if (status != cases[i].status) printf("  %s\n", cases[i].text);
        CHECK_INT(status, cases[i].status);
    }
    static uint8_t head[MIEN_HTTP_HEAD_MAX + 64];
    mien_http_answer answer;
    memset(head, 'x', sizeof head);
    memcpy(head, HEAD "X: ", strlen(HEAD "X: "));
    CHECK_INT(mien_http_answer_read(&answer, head, sizeof head, 64, false), MIEN_TOO_LARGE);
}

/* A server that answers with what it got. */
static void echo(void *context, mien_http_response *response, const mien_http_request *request) {
    (void)context;
    response->code = strcmp(request->path, "/teapot") == 0 ? 418 : 200;
    response->body = malloc(request->length + 1);
    if (response->body == NULL) return;
    memcpy(response->body, request->body, request->length);
    response->length = request->length;
}

static mien_http_server *start(unsigned seconds) {
    mien_http_server *server;
    mien_error error;
    mien_http_server_options options = {
        .body_limit = 100000, .request_seconds = seconds, .connections = 8, .answer = echo};
    if (mien_http_server_start(&server, &options, &error) == MIEN_OK) return server;
    printf("  %s\n", mien_error_words(&error));
    return NULL;
}

static mien_status post(const mien_http_server *server, const char *path, const void *content,
                        size_t length, int *code, size_t *got, size_t limit) {
    char text[64];
    mien_http_url url;
    mien_http_client *client;
    mien_http_client_options options = {.timeout_seconds = 5, .answer_limit = limit};
    uint8_t *body;
    snprintf(text, sizeof text, "http://127.0.0.1:%u", (unsigned)mien_http_server_port(server));
    MIEN_TRY(mien_http_url_parse(&url, text, NULL));
    MIEN_TRY(mien_http_client_create(&client, &url, &options, NULL));
    mien_status status = mien_http_post(client, code, &body, got, path, content, length, NULL);
    if (status == MIEN_OK && memcmp(body, content, length) != 0) status = MIEN_INTERNAL;
    free(body);
    mien_http_client_destroy(client);
    return status;
}

static void both_sides(void) {
    static char content[100001];
    mien_http_server *server = start(5);
    size_t got;
    int code;
    REQUIRE(server != NULL);
    memset(content, 'c', sizeof content);
    for (size_t length = 0; length <= 100000; length = 3 * length + 1) {
        REQUIRE(post(server, NULL, content, length, &code, &got, 0) == MIEN_OK);
        CHECK_INT(code, 200);
        CHECK_INT(got, length);
    }
    CHECK_INT(post(server, "/teapot", "x", 1, &code, &got, 0), MIEN_OK);
    CHECK_INT(code, 418);
    CHECK_INT(post(server, NULL, content, 1000, &code, &got, 999), MIEN_TOO_LARGE);
    mien_http_server *second;
    mien_http_server_options taken = {.port = mien_http_server_port(server),
                                      .body_limit = 1,
                                      .request_seconds = 1,
                                      .connections = 1,
                                      .answer = echo};
    CHECK_INT(mien_http_server_start(&second, &taken, NULL), MIEN_BUSY);
    CHECK(second == NULL);
    mien_http_server_stop(server);
}

static int connect_to(uint16_t port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)&address, sizeof address) == 0) return s;
    close(s);
    return -1;
}

/* Silent connections are ended in time, and do not keep a stopping server. */
static void silence(void) {
    mien_http_server *server = start(1);
    char byte;
    REQUIRE(server != NULL);
    double begin = mien_clock_seconds();
    int s = connect_to(mien_http_server_port(server));
    REQUIRE(s >= 0);
    CHECK_INT(read(s, &byte, 1), 0);
    double waited = mien_clock_seconds() - begin;
    CHECK(waited > 0.8 && waited < 4);
    close(s);
    s = connect_to(mien_http_server_port(server));
    usleep(100000);
    begin = mien_clock_seconds();
    mien_http_server_stop(server);
    CHECK(mien_clock_seconds() - begin < 2);
    close(s);
}

/* A server that takes the request and never answers. */
static void *swallow(void *context) {
    int *listening = context, s = accept(*listening, NULL, NULL);
    char bytes[4096];
    while (s >= 0 && read(s, bytes, sizeof bytes) > 0) {
    }
    close(s);
    return NULL;
}

static void an_answer_that_never_comes(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int listening = socket(AF_INET, SOCK_STREAM, 0), code;
    REQUIRE(bind(listening, (struct sockaddr *)&address, size) == 0 && listen(listening, 1) == 0);
    REQUIRE(getsockname(listening, (struct sockaddr *)&address, &size) == 0);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, swallow, &listening) == 0);
    mien_http_url url = {.host = "127.0.0.1", .port = ntohs(address.sin_port), .path = "/"};
    mien_http_client_options options = {.timeout_seconds = 1};
    mien_http_client *client;
    uint8_t *body;
    size_t length;
    REQUIRE(mien_http_client_create(&client, &url, &options, NULL) == MIEN_OK);
    double begin = mien_clock_seconds();
    CHECK_INT(mien_http_post(client, &code, &body, &length, NULL, "{}", 2, NULL), MIEN_IO);
    CHECK(mien_clock_seconds() - begin < 3);
    CHECK(body == NULL);
    mien_http_client_destroy(client);
    pthread_join(thread, NULL);
    close(listening);
}

int main(void) {
    RUN(addresses);
    RUN(own_names);
    RUN(answers_in_pieces);
    RUN(bad_answers);
    RUN(both_sides);
    RUN(silence);
    RUN(an_answer_that_never_comes);
    return harness_end();
}
