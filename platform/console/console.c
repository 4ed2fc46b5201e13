/* SPDX-License-Identifier: MIT */
#include "platform/console/console.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* ---- what the terminal is ---- */

static int within(long value) {
    return value < 40 ? 40 : value > 500 ? 500 : (int)value;
}

int mien_console_width(int descriptor) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return within(size.ws_col);
    const char *columns = getenv("COLUMNS");
    long value = columns != NULL ? strtol(columns, NULL, 10) : 0;
    return value > 0 ? within(value) : 80;
}

bool mien_console_colours(int descriptor) {
    const char *off = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (off != NULL && off[0] != '\0') return false;
    if (terminal == NULL || terminal[0] == '\0' || strcmp(terminal, "dumb") == 0) return false;
    return isatty(descriptor) == 1;
}

const char *mien_console_colour(int descriptor, mien_colour colour) {
    static const char *const sequences[MIEN_COLOUR_COUNT] = {
        [MIEN_COLOUR_BOLD] = "\033[1m",  [MIEN_COLOUR_DIM] = "\033[2m",
        [MIEN_COLOUR_GOOD] = "\033[32m", [MIEN_COLOUR_BAD] = "\033[31m",
        [MIEN_COLOUR_WARN] = "\033[33m", [MIEN_COLOUR_PLAIN] = "\033[0m"};
    if ((unsigned)colour >= MIEN_COLOUR_COUNT || !mien_console_colours(descriptor)) return "";
    return sequences[colour];
}

/* ---- text from outside ---- */

/* Length of the UTF-8 sequence at `text` and its code point (Unicode 15, table 3-7: no overlong
 * forms, no surrogates); 0 when it is none. */
static size_t decode_utf8(const unsigned char *text, uint32_t *point) {
    const unsigned char first = text[0];
    const size_t length = first < 0x80   ? 1
                          : first < 0xc2 ? 0
                          : first < 0xe0 ? 2
                          : first < 0xf0 ? 3
                          : first < 0xf5 ? 4
                                         : 0;
    static const uint32_t lowest[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (length == 0) return 0;
    *point = length == 1 ? first : first & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) return 0;
        *point = *point << 6 | (text[i] & 0x3f);
    }
    if (*point < lowest[length] || *point > 0x10ffff) return 0;
    if (*point >= 0xd800 && *point <= 0xdfff) return 0;
    return length;
}

/* Controls, what reorders text, what cannot be seen, and line separators. */
static bool is_deceptive(uint32_t point) {
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},      {0x61c, 0x61c},
                  {0x115f, 0x1160}, {0x180e, 0x180e}, {0x200b, 0x200f},  {0x2028, 0x202e},
                  {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f},  {0xfeff, 0xfeff},
                  {0xffa0, 0xffa0}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (point >= ranges[i].first && point <= ranges[i].last) return true;
    return false;
}

bool mien_console_clean(char *out, size_t capacity, const char *text) {
    const unsigned char *next = (const unsigned char *)text;
    size_t used = 0;
    if (capacity == 0) return false;
    while (*next != 0) {
        uint32_t point = 0;
        const size_t length = decode_utf8(next, &point);
        const bool shown = length != 0 && !is_deceptive(point);
        const size_t needed = shown ? length : 1;
        if (needed > capacity - 1 - used) break;
        if (shown)
            memcpy(out + used, next, length);
        else
            out[used] = '?';
        used += needed;
        next += length != 0 ? length : 1;
    }
    out[used] = '\0';
    return *next == 0;
}

/* ---- signals ---- */

static volatile sig_atomic_t interrupted;

/* The second one ends the process: SA_RESETHAND put the default back. */
static void remember(int number) {
    (void)number;
    interrupted = 1;
}

void mien_console_watch_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = remember;
    action.sa_flags = (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

bool mien_console_interrupted(void) {
    return interrupted != 0;
}
