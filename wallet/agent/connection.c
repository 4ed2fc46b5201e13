/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "wallet/agent/connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/console/console.h"

#define FIRST_CAPACITY ((size_t)4096)

/* What the person is told about who asks. Not trusted: any program can carry any name. */
static void read_name(char name[32], pid_t process) {
    char path[64], raw[32] = "";
    snprintf(path, sizeof path, "/proc/%ld/comm", (long)process);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        if (fgets(raw, sizeof raw, file) != NULL) raw[strcspn(raw, "\n")] = '\0';
        fclose(file);
    }
    mien_console_clean(name, 32, raw[0] != '\0' ? raw : "a program");
}

void mien_agent_connection_open(mien_agent_connection *c, int descriptor, pid_t process) {
    memset(c, 0, sizeof *c);
    c->descriptor = descriptor;
    c->process = process;
    read_name(c->name, process);
}

static void drop_request(mien_agent_connection *c) {
    mien_agent_job_end(&c->job);
    if (c->body != NULL) mien_wipe(c->body, c->body_used);
    free(c->body);
    c->body = NULL;
    c->body_length = c->body_used = c->body_capacity = c->head_used = 0;
    mien_wipe(&c->request, sizeof c->request);
}

static void drop_reply(mien_agent_connection *c) {
    if (c->out != NULL) mien_wipe(c->out, c->out_length);
    free(c->out);
    c->out = NULL;
    c->out_length = c->out_used = 0;
}

void mien_agent_connection_close(mien_agent_connection *c) {
    if (c->descriptor < 0) return;
    drop_request(c);
    drop_reply(c);
    close(c->descriptor);
    memset(c, 0, sizeof *c);
    c->descriptor = -1;
}

void mien_agent_connection_next(mien_agent_connection *c) {
    drop_reply(c);
    c->phase = MIEN_CLIENT_READING;
    c->deadline = 0;
}

/* Room for more of the body: twice what there is, at most what was announced. */
static bool grow(mien_agent_connection *c) {
    if (c->body_used < c->body_capacity) return true;
    size_t capacity = c->body_capacity == 0 ? FIRST_CAPACITY : 2 * c->body_capacity;
    if (capacity > c->body_length) capacity = c->body_length;
    uint8_t *larger = realloc(c->body, capacity);
    if (larger == NULL) return false;
    c->body = larger;
    c->body_capacity = capacity;
    return true;
}

/* Take bytes; 0 for none now, -1 for the end. */
static ssize_t take(const mien_agent_connection *c, uint8_t *out, size_t length) {
    for (;;) {
        const ssize_t got = recv(c->descriptor, out, length, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return 0;
        return got <= 0 ? -1 : got;
    }
}

mien_agent_progress mien_agent_connection_read(mien_agent_connection *c) {
    for (;;) {
        const bool in_head = c->head_used < sizeof c->head;
        if (!in_head && !grow(c)) return MIEN_PROGRESS_GONE;
        uint8_t *next = in_head ? c->head + c->head_used : c->body + c->body_used;
        const size_t wanted =
            in_head ? sizeof c->head - c->head_used : c->body_capacity - c->body_used;
        const ssize_t got = take(c, next, wanted);
        if (got <= 0) return got == 0 ? MIEN_PROGRESS_MORE : MIEN_PROGRESS_GONE;
        if (in_head) {
            c->head_used += (size_t)got;
            if (c->head_used == sizeof c->head &&
                mien_agent_body_length(&c->body_length, c->head) != MIEN_OK)
                return MIEN_PROGRESS_GONE;
            continue;
        }
        c->body_used += (size_t)got;
        if (c->body_used == c->body_length) return MIEN_PROGRESS_DONE;
    }
}

mien_agent_progress mien_agent_connection_write(mien_agent_connection *c) {
    while (c->out_used < c->out_length) {
        const ssize_t done =
            send(c->descriptor, c->out + c->out_used, c->out_length - c->out_used, MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0 && errno == EAGAIN) return MIEN_PROGRESS_MORE;
        if (done <= 0) return MIEN_PROGRESS_GONE;
        c->out_used += (size_t)done;
    }
    return MIEN_PROGRESS_DONE;
}

void mien_agent_connection_reply(mien_agent_connection *c, const mien_agent_reply *reply) {
    const size_t size = mien_agent_reply_size(reply);
    c->phase = MIEN_CLIENT_WRITING;
    c->out = size != 0 ? malloc(size) : NULL;
    if (c->out != NULL) {
        mien_writer writer = mien_writer_of(c->out, size);
        if (mien_agent_reply_write(&writer, reply) == MIEN_OK) c->out_length = writer.used;
    }
    c->out_used = 0;
    if (c->out_length == 0) c->last = true;
    drop_request(c);
}

void mien_agent_connection_refuse(mien_agent_connection *c, mien_status status,
                                  const mien_error *error) {
    mien_agent_reply reply = {.status = status};
    if (error != NULL && error->status == status)
        mien_console_clean(reply.words, sizeof reply.words, error->message);
    mien_agent_connection_reply(c, &reply);
}
