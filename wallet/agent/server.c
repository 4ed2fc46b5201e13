/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "wallet/agent/server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wallet/agent/server_parts.h"

#define SLEEP_TOLERANCE 2000 /* milliseconds by which the two clocks may part */
#define LOOK_EVERY 2000 /* while unlocked: how soon a sleep or the end of the time is noticed */

/* ---- the machine ---- */

static int64_t read_clock(clockid_t clock) {
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_now(void *context) {
    (void)context;
    return read_clock(CLOCK_BOOTTIME);
}

static int64_t system_awake(void *context) {
    (void)context;
    return read_clock(CLOCK_MONOTONIC);
}

static mien_status system_peer(void *context, int descriptor, uid_t *user, pid_t *process) {
    (void)context;
    return mien_agent_peer(descriptor, user, process);
}

mien_agent_system mien_agent_system_default(void) {
    const mien_agent_system system = {NULL, system_now, system_awake, system_peer};
    return system;
}

int64_t mien_agent_now(const mien_agent_server *s) {
    return s->system.now(s->system.context);
}

/* ---- locking ---- */

void mien_agent_lock_now(mien_agent_server *s, mien_status why) {
    mien_agent_dialogue_end(s);
    mien_agent_grants_clear(&s->grants);
    for (size_t i = 0; i < MIEN_AGENT_CLIENTS_MAX; i++) {
        mien_agent_connection *c = &s->clients[i];
        if (c->descriptor >= 0 &&
            (c->phase == MIEN_CLIENT_WAITING || c->phase == MIEN_CLIENT_ALLOWED))
            mien_agent_connection_refuse(c, why, NULL);
    }
    s->allowed_count = 0;
    mien_agent_keys_close(s->keys);
    s->keys = NULL;
}

/* The times of the unlocked wallet, and whether the machine has slept. */
static void check_times(mien_agent_server *s) {
    if (s->keys == NULL) return;
    const int64_t now = mien_agent_now(s);
    const int64_t slept = now - s->system.awake(s->system.context) - s->slept;
    if (now >= s->ends || now >= s->idle_ends || slept > SLEEP_TOLERANCE)
        mien_agent_lock_now(s, MIEN_LOCKED);
}

/* ---- clients ---- */

static void drop(mien_agent_server *s, mien_agent_connection *c) {
    if (s->asked == c) mien_agent_dialogue_end(s);
    mien_agent_connection_close(c);
}

static void turn_away(int descriptor, mien_status status) {
    uint8_t bytes[128];
    mien_writer writer = mien_writer_of(bytes, sizeof bytes);
    const mien_agent_reply reply = {.status = status};
    if (mien_agent_reply_write(&writer, &reply) == MIEN_OK)
        (void)!send(descriptor, bytes, writer.used, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(descriptor);
}

static void accept_one(mien_agent_server *s, int descriptor) {
    uid_t user;
    pid_t process;
    if (s->system.peer(s->system.context, descriptor, &user, &process) != MIEN_OK ||
        user != geteuid()) {
        turn_away(descriptor, MIEN_PERMISSION);
        return;
    }
    for (size_t i = 0; i < MIEN_AGENT_CLIENTS_MAX; i++)
        if (s->clients[i].descriptor < 0) {
            mien_agent_connection_open(&s->clients[i], descriptor, process);
            return;
        }
    turn_away(descriptor, MIEN_BUSY);
}

static void accept_all(mien_agent_server *s) {
    for (int i = 0; i < MIEN_AGENT_CLIENTS_MAX; i++) {
        const int descriptor =
            accept4(s->listener->descriptor, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (descriptor < 0) return;
        accept_one(s, descriptor);
    }
}

static void set_deadline(mien_agent_server *s, mien_agent_connection *c) {
    if (c->deadline == 0)
        c->deadline = mien_agent_now(s) + (int64_t)s->options->request_seconds * 1000;
}

/* Send what can be sent; afterwards the client may go on with its next request. */
static void write_some(mien_agent_server *s, mien_agent_connection *c) {
    switch (mien_agent_connection_write(c)) {
    case MIEN_PROGRESS_MORE:
        set_deadline(s, c);
        break;
    case MIEN_PROGRESS_DONE:
        if (c->last)
            drop(s, c);
        else
            mien_agent_connection_next(c);
        break;
    default:
        drop(s, c);
    }
}

static void read_some(mien_agent_server *s, mien_agent_connection *c) {
    switch (mien_agent_connection_read(c)) {
    case MIEN_PROGRESS_MORE:
        if (c->head_used != 0) set_deadline(s, c);
        break;
    case MIEN_PROGRESS_DONE:
        c->deadline = 0;
        mien_agent_handle(s, c);
        break;
    default:
        drop(s, c);
    }
}

static void client_event(mien_agent_server *s, mien_agent_connection *c, short events) {
    if (c->phase == MIEN_CLIENT_READING && (events & (POLLIN | POLLHUP | POLLERR)) != 0)
        read_some(s, c);
    else if (c->phase == MIEN_CLIENT_WAITING && (events & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
        drop(s, c);
    if (c->descriptor >= 0 && c->phase == MIEN_CLIENT_WRITING) write_some(s, c);
}

/* Replies that came about elsewhere, and clients that take too long. */
static void look_after(mien_agent_server *s) {
    for (size_t i = 0; i < MIEN_AGENT_CLIENTS_MAX; i++) {
        mien_agent_connection *c = &s->clients[i];
        if (c->descriptor >= 0 && c->phase == MIEN_CLIENT_WRITING) write_some(s, c);
        if (c->descriptor >= 0 && c->deadline != 0 && mien_agent_now(s) >= c->deadline) drop(s, c);
    }
}

/* ---- signals ---- */

static const int watched[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};

static void signal_event(mien_agent_server *s) {
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        mien_agent_lock_now(s, MIEN_LOCKED);
        if (info.ssi_signo != SIGUSR1) s->stopping = true;
    }
}

static int open_signals(sigset_t *before) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++) sigaddset(&set, watched[i]);
    (void)sigprocmask(SIG_BLOCK, &set, before);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* ---- the loop ---- */

enum { POLL_SIGNALS, POLL_LISTENER, POLL_CHILD, POLL_CLIENTS };

static void fill_polls(const mien_agent_server *s, struct pollfd *polls) {
    polls[POLL_SIGNALS] = (struct pollfd){s->signals, POLLIN, 0};
    polls[POLL_LISTENER] = (struct pollfd){s->listener->descriptor, POLLIN, 0};
    polls[POLL_CHILD] =
        (struct pollfd){s->dialogue != MIEN_DIALOGUE_NONE ? s->child.output : -1, POLLIN, 0};
    for (size_t i = 0; i < MIEN_AGENT_CLIENTS_MAX; i++) {
        static const short events[] = {[MIEN_CLIENT_READING] = POLLIN,
                                       [MIEN_CLIENT_WAITING] = POLLRDHUP,
                                       [MIEN_CLIENT_ALLOWED] = 0, /* answered in this turn */
                                       [MIEN_CLIENT_WRITING] = POLLOUT};
        const mien_agent_connection *c = &s->clients[i];
        const int descriptor = c->phase == MIEN_CLIENT_ALLOWED ? -1 : c->descriptor;
        polls[POLL_CLIENTS + i] = (struct pollfd){descriptor, events[c->phase], 0};
    }
}

/* Milliseconds until something has to be looked at without being called; -1 for never. */
static int patience(const mien_agent_server *s) {
    bool busy = s->keys != NULL || s->dialogue != MIEN_DIALOGUE_NONE;
    for (size_t i = 0; i < MIEN_AGENT_CLIENTS_MAX; i++)
        busy |= s->clients[i].descriptor >= 0 && s->clients[i].deadline != 0;
    if (!busy) return -1;
    int64_t left = LOOK_EVERY;
    if (s->keys != NULL) {
        const int64_t now = mien_agent_now(s);
        if (s->ends - now < left) left = s->ends - now;
        if (s->idle_ends - now < left) left = s->idle_ends - now;
    }
    return left > 0 ? (int)left : 0;
}

static void client_events(mien_agent_server *s, const struct pollfd *polls) {
    for (size_t i = 0; i < MIEN_AGENT_CLIENTS_MAX && !s->stopping; i++)
        if (polls[POLL_CLIENTS + i].revents != 0)
            client_event(s, &s->clients[i], polls[POLL_CLIENTS + i].revents);
}

/* Clients that were answered together ask again within moments of each other: wait for as many as
 * there were, but not longer than an eighth of what the last writing took. A client alone is never
 * made to wait. */
static void gather(mien_agent_server *s) {
    struct pollfd polls[POLL_CLIENTS + MIEN_AGENT_CLIENTS_MAX];
    struct timespec now, left = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    const int64_t start = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    while (s->allowed_count != 0 && s->allowed_count < s->together && !s->stopping) {
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        const int64_t rest =
            start + s->writing / 8 - ((int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
        if (rest <= 0) return;
        left.tv_sec = rest / 1000000000;
        left.tv_nsec = rest % 1000000000;
        fill_polls(s, polls);
        if (ppoll(polls + POLL_CLIENTS, MIEN_AGENT_CLIENTS_MAX, &left, NULL) <= 0) return;
        client_events(s, polls);
    }
}

static mien_status turn(mien_agent_server *s, mien_error *error) {
    struct pollfd polls[POLL_CLIENTS + MIEN_AGENT_CLIENTS_MAX];
    fill_polls(s, polls);
    if (poll(polls, POLL_CLIENTS + MIEN_AGENT_CLIENTS_MAX, patience(s)) < 0 && errno != EINTR)
        return mien_fail(error, MIEN_IO, "the agent cannot wait: %s", strerror(errno));
    check_times(s);
    if (polls[POLL_SIGNALS].revents != 0) signal_event(s);
    client_events(s, polls);
    mien_agent_dialogue_event(s);
    gather(s);
    mien_agent_sign_allowed(s);
    if (polls[POLL_LISTENER].revents != 0 && !s->stopping) accept_all(s);
    look_after(s);
    if (!s->stopping) mien_agent_dialogue_next(s);
    return MIEN_OK;
}

static void finish(mien_agent_server *s) {
    mien_agent_lock_now(s, MIEN_LOCKED);
    look_after(s); /* the last replies */
    for (size_t i = 0; i < MIEN_AGENT_CLIENTS_MAX; i++) mien_agent_connection_close(&s->clients[i]);
}

mien_status mien_agent_serve(const mien_agent_listener *listener, const mien_agent_options *options,
                             mien_error *error) {
    sigset_t before;
    mien_agent_server *s = calloc(1, sizeof *s);
    if (s == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the agent");
    s->options = options;
    s->listener = listener;
    s->system = options->system != NULL ? *options->system : mien_agent_system_default();
    for (size_t i = 0; i < MIEN_AGENT_CLIENTS_MAX; i++) s->clients[i].descriptor = -1;
    s->signals = open_signals(&before);
    mien_status status = MIEN_OK;
    if (s->signals < 0) status = mien_fail(error, MIEN_IO, "signals cannot be watched");
    while (status == MIEN_OK && !s->stopping) status = turn(s, error);
    finish(s);
    if (s->signals >= 0) close(s->signals);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    free(s);
    return status;
}
