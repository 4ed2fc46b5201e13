/* SPDX-License-Identifier: MIT */
/* Talking with a person at a terminal: progress, questions, secrets. Everything goes to standard
 * error or the terminal, never to standard output, which carries results. Not thread-safe. */
#ifndef MIEN_PLATFORM_CONSOLE_CONSOLE_H
#define MIEN_PLATFORM_CONSOLE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"
#include "platform/base/progress.h"

/* Columns of the terminal behind `descriptor`, 40..500; $COLUMNS, else 80, when it is none. */
int mien_console_width(int descriptor);
/* A terminal that understands colours: NO_COLOR unset or empty, TERM neither unset nor "dumb". */
bool mien_console_colours(int descriptor);

typedef enum mien_colour {
    MIEN_COLOUR_BOLD,
    MIEN_COLOUR_DIM,
    MIEN_COLOUR_GOOD,
    MIEN_COLOUR_BAD,
    MIEN_COLOUR_WARN,
    MIEN_COLOUR_PLAIN, /* back to normal */
    MIEN_COLOUR_COUNT
} mien_colour;
/* The escape sequence, or "" where colours are off. Static storage. */
const char *mien_console_colour(int descriptor, mien_colour colour);

/* Copy `text` with every control character, invalid UTF-8 byte and bidirectional override replaced
 * by '?', so that text from outside cannot repaint what a person is asked to confirm. Always
 * terminated; returns whether all of it fit. */
bool mien_console_clean(char *out, size_t capacity, const char *text);

/* Progress bar on a terminal; elsewhere a line every few seconds. Shows nothing for the first
 * second, so quick work stays quiet. */
typedef struct mien_console_progress {
    int descriptor;
    const char *label;
    bool terminal, shown;
    double start, last; /* seconds of the monotonic clock */
    int width;
    char step[32];
    double (*now)(void); /* tests replace it */
} mien_console_progress;

/* `descriptor` is 2 in programs. `label` must outlive it. */
void mien_console_progress_start(mien_console_progress *progress, int descriptor,
                                 const char *label);
/* What to hand to the work. `report` returns false after mien_console_interrupted(). */
mien_progress mien_console_progress_of(mien_console_progress *progress);
/* Remove the bar. */
void mien_console_progress_end(mien_console_progress *progress);

/* From now on SIGINT and SIGTERM are remembered instead of ending the process at once (a second one
 * does), so that work stops cleanly with MIEN_INTERRUPTED. For programs, once. */
void mien_console_watch_signals(void);
bool mien_console_interrupted(void);

/* Ask on the terminal (/dev/tty) without echo; what was typed without its newline goes to `secret`
 * (guarded memory of the caller) with a NUL behind it, *length counts its bytes. `descriptor` >= 0
 * reads a line from there instead (a pipe from a password manager), without prompt when it is no
 * terminal. The terminal is restored also when a signal stops or ends the process meanwhile.
 * Errors: MIEN_TOO_LARGE (does not fit capacity - 1), MIEN_INTERRUPTED (Ctrl-C; the signal is
 * delivered again after the terminal is restored), MIEN_END (no input), MIEN_IO (no terminal); the
 * memory is wiped then. */
MIEN_MUST_CHECK mien_status mien_console_secret(char *secret, size_t *length, size_t capacity,
                                                int descriptor, const char *prompt,
                                                mien_error *error);

/* Ask for one key: y or Y is yes (MIEN_OK), every other key, Enter included, is no
 * (MIEN_USER_REFUSED). Keys pressed before the question was shown do not count. `descriptor` as
 * above; from a pipe a line that starts with y counts. MIEN_IO when there is no terminal. */
MIEN_MUST_CHECK mien_status mien_console_confirm(int descriptor, const char *question,
                                                 mien_error *error);

#endif
