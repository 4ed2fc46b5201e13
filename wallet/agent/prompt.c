/* SPDX-License-Identifier: MIT */
#include "wallet/agent/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "platform/console/console.h"
#include "platform/memory/secret.h"

#define LAST_MAX 255
#define LINE_MAX_SHOWN 4096 /* bytes of one line */

mien_status mien_prompt_question_write(uint8_t **bytes, size_t *length,
                                       const mien_prompt_question *question) {
    *bytes = NULL;
    if (question->last_length > LAST_MAX || question->words_length > MIEN_PROMPT_QUESTION_MAX)
        return MIEN_TOO_LARGE;
    *length = 3 + question->last_length + question->words_length;
    uint8_t *made = malloc(*length);
    if (made == NULL) return MIEN_MEMORY;
    mien_writer writer = mien_writer_of(made, *length);
    mien_status status = mien_write_u8(&writer, (uint8_t)question->kind);
    if (status == MIEN_OK) status = mien_write_le16(&writer, (uint16_t)question->last_length);
    if (status == MIEN_OK)
        status = mien_write_bytes(&writer, question->last, question->last_length);
    if (status == MIEN_OK)
        status = mien_write_bytes(&writer, question->words, question->words_length);
    if (status == MIEN_OK)
        *bytes = made;
    else
        free(made);
    return status;
}

mien_status mien_prompt_question_read(mien_prompt_question *question, const uint8_t *bytes,
                                      size_t length) {
    mien_reader reader = mien_reader_of(bytes, length);
    uint8_t kind;
    uint16_t last;
    const uint8_t *view;
    MIEN_TRY(mien_read_u8(&reader, &kind));
    if (kind != MIEN_PROMPT_CONFIRM && kind != MIEN_PROMPT_SECRET) return MIEN_FORMAT;
    MIEN_TRY(mien_read_le16(&reader, &last));
    if (last > LAST_MAX) return MIEN_FORMAT;
    MIEN_TRY(mien_read_view(&reader, &view, last));
    if (memchr(reader.next, '\0', reader.left) != NULL || memchr(view, '\0', last) != NULL)
        return MIEN_FORMAT;
    question->kind = (mien_prompt_kind)kind;
    question->last = (const char *)view;
    question->last_length = last;
    question->words = (const char *)reader.next;
    question->words_length = reader.left;
    return MIEN_OK;
}

/* ---- showing ---- */

typedef struct screen {
    int terminal;
    size_t rows, columns, used; /* used: rows since the last pause */
} screen;

static void put(const screen *s, const char *text, size_t length) {
    while (length != 0) {
        ssize_t done = write(s->terminal, text, length);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return;
        text += done;
        length -= (size_t)done;
    }
}

/* A page is full: nothing scrolls away unseen. Any key but y ends the question. */
static mien_status pause_page(screen *s, mien_error *error) {
    s->used = 0;
    return mien_console_confirm(s->terminal, "-- there is more; go on?", error);
}

static mien_status show_line(screen *s, const char *line, size_t length, mien_error *error) {
    char text[LINE_MAX_SHOWN + 1], clean[LINE_MAX_SHOWN + 1];
    do {
        const size_t part = length < LINE_MAX_SHOWN ? length : LINE_MAX_SHOWN;
        memcpy(text, line, part);
        text[part] = '\0';
        mien_console_clean(clean, sizeof clean, text);
        const size_t shown = strlen(clean), needed = shown / s->columns + 1;
        if (s->used != 0 && s->used + needed > s->rows) MIEN_TRY(pause_page(s, error));
        put(s, clean, shown);
        put(s, "\n", 1);
        s->used += needed;
        line += part;
        length -= part;
    } while (length != 0);
    return MIEN_OK;
}

static mien_status show_words(screen *s, const mien_prompt_question *question, mien_error *error) {
    const char *next = question->words;
    size_t left = question->words_length;
    put(s, "\n", 1);
    while (left != 0) {
        const char *end = memchr(next, '\n', left);
        const size_t line = end != NULL ? (size_t)(end - next) : left;
        MIEN_TRY(show_line(s, next, line, error));
        left -= line + (end != NULL);
        next += line + (end != NULL);
    }
    return MIEN_OK;
}

/* ---- asking ---- */

static mien_status answer(int output, const void *bytes, size_t length, mien_error *error) {
    const ssize_t done = write(output, bytes, length); /* at most PIPE_BUF: whole or not at all */
    if (done == (ssize_t)length) return MIEN_OK;
    return mien_fail(error, MIEN_IO, "the agent does not take the answer");
}

static mien_status ask_secret(const screen *s, int output, const char *last, mien_error *error) {
    void *memory;
    size_t length = 0;
    MIEN_TRY(mien_secret_alloc(&memory, MIEN_PROMPT_ANSWER_MAX, error));
    char *secret = memory;
    mien_status status = mien_console_secret(secret + 1, &length, MIEN_PROMPT_SECRET_MAX + 1,
                                             s->terminal, last, error);
    secret[0] = 's';
    if (status == MIEN_OK) status = answer(output, secret, length + 1, error);
    mien_secret_free(memory);
    return status;
}

static mien_status ask(screen *s, int output, const mien_prompt_question *question,
                       mien_error *error) {
    char last[LAST_MAX + 1], clean[LAST_MAX + 1];
    memcpy(last, question->last, question->last_length);
    last[question->last_length] = '\0';
    mien_console_clean(clean, sizeof clean, last);
    mien_status status = show_words(s, question, error);
    if (status == MIEN_OK && question->kind == MIEN_PROMPT_SECRET)
        status = ask_secret(s, output, clean, error);
    else if (status == MIEN_OK)
        status = mien_console_confirm(s->terminal, clean, error);
    if (status == MIEN_OK && question->kind == MIEN_PROMPT_CONFIRM)
        return answer(output, "y", 1, error);
    if (status == MIEN_USER_REFUSED || status == MIEN_END || status == MIEN_TOO_LARGE)
        return answer(output, "n", 1, error);
    return status;
}

static mien_status read_question(int input, uint8_t **bytes, size_t *length, mien_error *error) {
    size_t capacity = 65536;
    uint8_t *buffer = malloc(capacity);
    *length = 0;
    while (buffer != NULL) {
        ssize_t got = read(input, buffer + *length, capacity - *length);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        *length += (size_t)got;
        if (*length < capacity) continue;
        capacity *= 2;
        uint8_t *larger =
            capacity <= 2 * MIEN_PROMPT_QUESTION_MAX ? realloc(buffer, capacity) : NULL;
        if (larger == NULL) free(buffer);
        buffer = larger;
    }
    *bytes = buffer;
    return buffer != NULL ? MIEN_OK : mien_fail(error, MIEN_MEMORY, "no memory for the question");
}

/* The console writes its prompts to standard error when it is given a descriptor: that becomes the
 * terminal, whatever it was before. */
static mien_status open_terminal(screen *s, const char *device, mien_error *error) {
    struct winsize size = {0};
    s->terminal = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (s->terminal < 0 || isatty(s->terminal) != 1)
        return mien_fail(error, MIEN_IO, "%s is no terminal to ask at", device);
    if (dup2(s->terminal, STDERR_FILENO) < 0)
        return mien_fail(error, MIEN_IO, "%s cannot be used", device);
    const bool known = ioctl(s->terminal, TIOCGWINSZ, &size) == 0;
    s->columns = (size_t)mien_console_width(s->terminal);
    s->rows = known && size.ws_row > 6 ? size.ws_row - 3u : 20;
    return MIEN_OK;
}

mien_status mien_prompt_run(int input, int output, const char *device, mien_error *error) {
    screen s = {.terminal = -1};
    uint8_t *bytes = NULL;
    size_t length;
    mien_prompt_question question;
    mien_status status = read_question(input, &bytes, &length, error);
    if (status == MIEN_OK) status = mien_prompt_question_read(&question, bytes, length);
    if (status == MIEN_OK) status = open_terminal(&s, device, error);
    if (status == MIEN_OK) status = ask(&s, output, &question, error);
    if (s.terminal >= 0) close(s.terminal);
    free(bytes);
    return status;
}
