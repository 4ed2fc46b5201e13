/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "platform/base/bytes.h"
#include "platform/console/console.h"

/* While a question is open these signals only set `caught`; they are delivered again once the
 * terminal is as it was. They stay blocked except inside ppoll, so none slips in between a look at
 * `caught` and the wait. */
static const int watched[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
enum { WATCHED = sizeof watched / sizeof *watched };

static volatile sig_atomic_t caught;

static void note(int number) {
    caught = number;
}

typedef struct question {
    int descriptor, output; /* output -1: nobody to show a prompt to */
    bool opened, terminal, changed;
    struct termios before;
    struct sigaction actions[WATCHED];
    sigset_t mask;
} question;

static void put(const question *asked, const char *text) {
    if (asked->output >= 0 && write(asked->output, text, strlen(text)) < 0) return;
}

static void watch(question *asked) {
    struct sigaction action;
    sigset_t block;
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    sigemptyset(&action.sa_mask);
    sigemptyset(&block);
    caught = 0;
    for (int i = 0; i < WATCHED; i++) sigaddset(&block, watched[i]);
    pthread_sigmask(SIG_BLOCK, &block, &asked->mask);
    for (int i = 0; i < WATCHED; i++) (void)sigaction(watched[i], &action, &asked->actions[i]);
}

static void unwatch(question *asked) {
    for (int i = 0; i < WATCHED; i++) (void)sigaction(watched[i], &asked->actions[i], NULL);
    pthread_sigmask(SIG_SETMASK, &asked->mask, NULL);
}

/* TCSAFLUSH throws away what was typed before the question was shown. */
static bool change_terminal(question *asked, tcflag_t off) {
    struct termios now;
    if (!asked->terminal) return true;
    if (tcgetattr(asked->descriptor, &asked->before) != 0) return false;
    now = asked->before;
    now.c_lflag &= ~off;
    if ((off & ICANON) != 0) {
        now.c_cc[VMIN] = 1;
        now.c_cc[VTIME] = 0;
    }
    if (tcsetattr(asked->descriptor, TCSAFLUSH, &now) != 0) return false;
    asked->changed = true;
    return true;
}

static void restore_terminal(question *asked) {
    if (!asked->changed) return;
    while (tcsetattr(asked->descriptor, TCSAFLUSH, &asked->before) != 0 && errno == EINTR) {
    }
    asked->changed = false;
}

static mien_status begin(question *asked, int descriptor, mien_error *error) {
    memset(asked, 0, sizeof *asked);
    asked->descriptor = descriptor;
    if (descriptor < 0) {
        asked->descriptor = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
        asked->opened = true;
    }
    if (asked->descriptor < 0)
        return mien_fail(error, MIEN_IO,
                         "there is no terminal to ask at; run this in a terminal, or give the "
                         "answer through a file or pipe");
    asked->terminal = isatty(asked->descriptor) == 1;
    asked->output = !asked->terminal ? -1 : asked->opened ? asked->descriptor : STDERR_FILENO;
    return MIEN_OK;
}

static void end(question *asked) {
    if (asked->opened) (void)close(asked->descriptor);
}

/* A signal came during the question, or before it and was remembered (mien_console_watch_signals):
 * nobody waits for an answer then. Watched signals are blocked, so this cannot change unseen. */
static bool stopped(void) {
    return caught != 0 || mien_console_interrupted();
}

/* One byte: 1, 0 at the end, -1 on failure or when a watched signal came. */
static int read_byte(const question *asked, char *byte) {
    for (;;) {
        struct pollfd wanted = {asked->descriptor, POLLIN, 0};
        if (stopped()) return -1;
        int ready = ppoll(&wanted, 1, NULL, &asked->mask);
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) return -1;
        ssize_t got = read(asked->descriptor, byte, 1);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got < 0 && errno == EIO) return 0; /* the terminal hung up */
        return (int)got;
    }
}

static mien_status failed_read(mien_error *error) {
    if (stopped()) return mien_fail(error, MIEN_INTERRUPTED, "interrupted");
    return mien_fail(error, MIEN_IO, "the answer cannot be read: %s", strerror(errno));
}

/* The rest of a line that is too long is read too: it must not answer the next question. */
static mien_status read_line(const question *asked, char *line, size_t *length, size_t capacity,
                             mien_error *error) {
    bool fits = true;
    char byte = 0;
    *length = 0;
    for (;;) {
        int got = read_byte(asked, &byte);
        if (got < 0) return failed_read(error);
        if (got == 0 && *length == 0 && fits)
            return mien_fail(error, MIEN_END, "no answer was given");
        if (got == 0 || byte == '\n') break;
        if (byte == '\r' && asked->terminal) break;
        if (*length + 1 < capacity)
            line[(*length)++] = byte;
        else
            fits = false;
    }
    mien_wipe(&byte, 1);
    line[*length] = '\0';
    if (fits) return MIEN_OK;
    return mien_fail(error, MIEN_TOO_LARGE, "the answer is longer than %zu bytes", capacity - 1);
}

typedef struct answer {
    char *text;
    size_t length, capacity;
} answer;

static mien_status ask_line(question *asked, answer *out, const char *prompt, mien_error *error) {
    if (!change_terminal(asked, ECHO)) return mien_fail(error, MIEN_IO, "the terminal refuses");
    put(asked, prompt);
    mien_status status = read_line(asked, out->text, &out->length, out->capacity, error);
    put(asked, "\n");
    return status;
}

static mien_status ask_key(question *asked, answer *out, const char *prompt, mien_error *error) {
    char key = 0;
    if (!change_terminal(asked, ICANON | ECHO))
        return mien_fail(error, MIEN_IO, "the terminal refuses");
    put(asked, prompt);
    put(asked, " [y/N] ");
    int got = read_byte(asked, &key);
    mien_status status = got < 0    ? failed_read(error)
                         : got == 0 ? mien_fail(error, MIEN_END, "no answer was given")
                                    : MIEN_OK;
    const bool yes = status == MIEN_OK && (key == 'y' || key == 'Y');
    put(asked, yes ? "yes\n" : "no\n");
    out->text[0] = yes ? 'y' : 'n';
    out->length = 1;
    return status;
}

/* Ask until it is answered; a stop (Ctrl-Z) in between shows the question again. */
static mien_status ask(question *asked, answer *out, const char *prompt, mien_error *error,
                       mien_status (*how)(question *, answer *, const char *, mien_error *)) {
    for (;;) {
        watch(asked);
        mien_status status = how(asked, out, prompt, error);
        const int number = caught;
        restore_terminal(asked);
        unwatch(asked);
        if (number == 0) return status;
        mien_wipe(out->text, out->capacity);
        out->length = 0;
        (void)kill(getpid(), number);
        if (number != SIGTSTP && number != SIGTTIN && number != SIGTTOU)
            return mien_fail(error, MIEN_INTERRUPTED, "interrupted");
    }
}

mien_status mien_console_secret(char *secret, size_t *length, size_t capacity, int descriptor,
                                const char *prompt, mien_error *error) {
    question asked;
    answer out = {secret, 0, capacity};
    *length = 0;
    if (capacity == 0) return mien_fail(error, MIEN_ARGUMENT, "no room for an answer");
    MIEN_TRY(begin(&asked, descriptor, error));
    mien_status status = ask(&asked, &out, prompt, error, ask_line);
    end(&asked);
    if (status == MIEN_OK)
        *length = out.length;
    else
        mien_wipe(secret, capacity);
    return status;
}

mien_status mien_console_confirm(int descriptor, const char *asking, mien_error *error) {
    question asked;
    char text[64];
    answer out = {text, 0, sizeof text};
    MIEN_TRY(begin(&asked, descriptor, error));
    mien_status status = ask(&asked, &out, asking, error, asked.terminal ? ask_key : ask_line);
    end(&asked);
    if (status == MIEN_END || status == MIEN_TOO_LARGE)
        return mien_fail(error, MIEN_USER_REFUSED, "not confirmed");
    MIEN_TRY(status);
    if (out.length != 0 && (text[0] == 'y' || text[0] == 'Y')) return MIEN_OK;
    return mien_fail(error, MIEN_USER_REFUSED, "refused");
}
