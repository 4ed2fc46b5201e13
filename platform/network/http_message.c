/* SPDX-License-Identifier: MIT */
#include "platform/network/http_message.h"

#include <string.h>
#include <strings.h>

#include "platform/base/bytes.h"

static bool is_loopback(const char *host) {
    return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0 ||
           strcasecmp(host, "localhost") == 0;
}

/* Letters, digits, '.', '-', and ':' inside brackets. */
static mien_status read_host(char out[MIEN_HTTP_HOST_SIZE], const char **text) {
    const char *start = *text;
    bool bracket = *start == '[';
    start += bracket;
    size_t length = strspn(start, bracket ? "0123456789abcdefABCDEF:."
                                          : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789.-");
    if (length == 0 || length >= MIEN_HTTP_HOST_SIZE) return MIEN_FORMAT;
    if (bracket && start[length] != ']') return MIEN_FORMAT;
    memcpy(out, start, length);
    out[length] = '\0';
    *text = start + length + bracket;
    return MIEN_OK;
}

static mien_status read_port(uint16_t *out, const char **text) {
    const char *digit = *text + 1;
    uint32_t value = 0;
    if (**text != ':') return MIEN_OK;
    for (; *digit >= '0' && *digit <= '9' && value <= 65535; digit++)
        value = 10 * value + (uint32_t)(*digit - '0');
    if (digit == *text + 1 || value == 0 || value > 65535) return MIEN_FORMAT;
    *out = (uint16_t)value;
    *text = digit;
    return MIEN_OK;
}

static mien_status read_path(char out[MIEN_HTTP_PATH_SIZE], const char *text) {
    size_t length = strlen(text);
    if (length >= MIEN_HTTP_PATH_SIZE - 1 || (length != 0 && *text != '/' && *text != '?'))
        return MIEN_FORMAT;
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~' || strchr("\"#<>\\^`{|}", text[i]) != NULL)
            return MIEN_FORMAT;
    out[0] = '/';
    memcpy(out + (*text != '/'), text, length + 1);
    return MIEN_OK;
}

mien_status mien_http_url_parse(mien_http_url *out, const char *text, mien_error *error) {
    mien_http_url url = {.tls = strncmp(text, "https://", 8) == 0};
    if (!url.tls && strncmp(text, "http://", 7) != 0)
        return mien_fail(error, MIEN_FORMAT, "the address must begin with https:// or http://");
    url.port = url.tls ? 443 : 80;
    text += url.tls ? 8 : 7;
    if (read_host(url.host, &text) != MIEN_OK || read_port(&url.port, &text) != MIEN_OK ||
        read_path(url.path, text) != MIEN_OK)
        return mien_fail(error, MIEN_FORMAT, "the address is not https://HOST:PORT/PATH");
    if (!url.tls && !is_loopback(url.host))
        return mien_fail(error, MIEN_POLICY_DENIED,
                         "http:// is for this machine only: anybody on the way could change the "
                         "answers of %s; use https://",
                         url.host);
    *out = url;
    return MIEN_OK;
}

/* The line at the reader without its CR LF. MIEN_TRUNCATED when its end is not there yet. */
static mien_status read_line(mien_reader *reader, const uint8_t **line, size_t *length) {
    const uint8_t *end = memchr(reader->next, '\n', reader->left);
    if (end == NULL) return MIEN_TRUNCATED;
    size_t size = (size_t)(end - reader->next);
    if (size == 0 || end[-1] != '\r') return MIEN_FORMAT;
    *length = size - 1;
    return mien_read_view(reader, line, size + 1);
}

static mien_status read_status_line(mien_http_answer *out, mien_reader *reader) {
    const uint8_t *line;
    size_t length;
    MIEN_TRY(read_line(reader, &line, &length));
    if (length < 12 || memcmp(line, "HTTP/1.", 7) != 0 || (line[7] != '0' && line[7] != '1') ||
        line[8] != ' ')
        return MIEN_FORMAT;
    out->code = 0;
    for (int i = 9; i < 12; i++) {
        if (line[i] < '0' || line[i] > '9') return MIEN_FORMAT;
        out->code = 10 * out->code + (line[i] - '0');
    }
    return out->code >= 100 && out->code <= 599 && (length == 12 || line[12] == ' ') ? MIEN_OK
                                                                                     : MIEN_FORMAT;
}

typedef struct framing {
    bool has_length, chunked;
    size_t length;
} framing;

static mien_status read_length(framing *f, const uint8_t *value, size_t size) {
    size_t length = 0;
    if (size == 0) return MIEN_FORMAT;
    for (size_t i = 0; i < size; i++) {
        if (value[i] < '0' || value[i] > '9') return MIEN_FORMAT;
        if (!mien_size_multiply(&length, length, 10) ||
            !mien_size_add(&length, length, (size_t)(value[i] - '0')))
            return MIEN_TOO_LARGE;
    }
    if (f->has_length && f->length != length) return MIEN_FORMAT;
    f->has_length = true;
    f->length = length;
    return MIEN_OK;
}

static bool is_word(const uint8_t *text, size_t length, const char *word) {
    return length == strlen(word) && strncasecmp((const char *)text, word, length) == 0;
}

static mien_status read_header(framing *f, const uint8_t *line, size_t length) {
    const uint8_t *colon = memchr(line, ':', length);
    if (colon == NULL || colon == line) return MIEN_FORMAT;
    size_t name = (size_t)(colon - line);
    const uint8_t *value = colon + 1;
    size_t size = length - name - 1;
    while (size != 0 && (*value == ' ' || *value == '\t')) value++, size--;
    while (size != 0 && (value[size - 1] == ' ' || value[size - 1] == '\t')) size--;
    if (is_word(line, name, "content-length")) return read_length(f, value, size);
    if (is_word(line, name, "transfer-encoding")) {
        if (f->chunked || !is_word(value, size, "chunked")) return MIEN_FORMAT;
        f->chunked = true;
    }
    /* compressed answers were not asked for */
    if (is_word(line, name, "content-encoding") && !is_word(value, size, "identity"))
        return MIEN_FORMAT;
    return MIEN_OK;
}

static mien_status read_head(mien_http_answer *out, framing *f, mien_reader *reader) {
    const uint8_t *line;
    size_t length;
    *f = (framing){0};
    MIEN_TRY(read_status_line(out, reader));
    for (;;) {
        MIEN_TRY(read_line(reader, &line, &length));
        if (length == 0) break;
        MIEN_TRY(read_header(f, line, length));
    }
    return f->chunked && f->has_length ? MIEN_FORMAT : MIEN_OK; /* smuggling */
}

static mien_status read_chunk_size(size_t *out, mien_reader *reader) {
    const uint8_t *line;
    size_t length, value = 0, i;
    MIEN_TRY(read_line(reader, &line, &length));
    for (i = 0; i < length && i < 8; i++) {
        uint8_t c = line[i];
        uint8_t lower = c | 0x20;
        if (c >= '0' && c <= '9')
            value = 16 * value + (c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = 16 * value + (lower - 'a') + 10u;
        else
            break;
    }
    if (i == 0 || (i < length && line[i] != ';' && line[i] != ' ')) return MIEN_FORMAT;
    *out = value;
    return MIEN_OK;
}

/* Walk over the chunks; with `body`, put them together there. */
static mien_status walk_chunks(mien_reader reader, uint8_t *body, size_t *total, size_t limit) {
    *total = 0;
    for (;;) {
        const uint8_t *data, *line;
        size_t size, length;
        MIEN_TRY(read_chunk_size(&size, &reader));
        if (size > limit - *total) return MIEN_TOO_LARGE;
        if (size == 0) break;
        MIEN_TRY(mien_read_view(&reader, &data, size));
        if (body != NULL) memmove(body + *total, data, size);
        *total += size;
        MIEN_TRY(read_line(&reader, &line, &length));
        if (length != 0) return MIEN_FORMAT;
    }
    for (;;) { /* trailers, which say nothing to us */
        const uint8_t *line;
        size_t length;
        MIEN_TRY(read_line(&reader, &line, &length));
        if (length == 0) return mien_read_end(&reader) == MIEN_OK ? MIEN_OK : MIEN_FORMAT;
    }
}

static mien_status read_body(mien_http_answer *out, const framing *f, mien_reader *reader,
                             uint8_t *start, size_t limit, bool ended) {
    out->body = start;
    if (f->chunked) {
        MIEN_TRY(walk_chunks(*reader, NULL, &out->length, limit));
        return walk_chunks(*reader, out->body, &out->length, limit);
    }
    if (!f->has_length) {
        if (reader->left > limit) return MIEN_TOO_LARGE;
        out->length = reader->left;
        return ended ? MIEN_OK : MIEN_TRUNCATED;
    }
    if (f->length > limit) return MIEN_TOO_LARGE;
    if (reader->left < f->length) return MIEN_TRUNCATED;
    out->length = f->length;
    return reader->left == f->length ? MIEN_OK : MIEN_FORMAT;
}

mien_status mien_http_answer_read(mien_http_answer *out, uint8_t *bytes, size_t length,
                                  size_t limit, bool ended) {
    mien_reader reader = mien_reader_of(bytes, length);
    mien_http_answer answer = {0};
    framing f;
    mien_status status = read_head(&answer, &f, &reader);
    size_t head = length - reader.left;
    if (head > MIEN_HTTP_HEAD_MAX || (status == MIEN_TRUNCATED && length > MIEN_HTTP_HEAD_MAX))
        return MIEN_TOO_LARGE;
    if (status == MIEN_OK) status = read_body(&answer, &f, &reader, bytes + head, limit, ended);
    if (status == MIEN_TRUNCATED && ended) return MIEN_FORMAT;
    MIEN_TRY(status);
    *out = answer;
    return MIEN_OK;
}
