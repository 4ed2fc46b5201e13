/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/base/clock.h"
#include "platform/console/console.h"

#define QUIET_SECONDS 1.0
#define REDRAW_SECONDS 0.1
#define LINE_SECONDS 5.0

void mien_console_progress_start(mien_console_progress *progress, int descriptor,
                                 const char *label) {
    memset(progress, 0, sizeof *progress);
    progress->descriptor = descriptor;
    progress->label = label;
    progress->terminal = isatty(descriptor) == 1;
    progress->width = mien_console_width(descriptor);
    progress->now = mien_clock_seconds;
    progress->start = progress->last = progress->now();
}

/* Progress that cannot be shown is no reason to stop the work. */
static void put(const mien_console_progress *progress, const char *text, size_t length) {
    if (write(progress->descriptor, text, length) < 0) return;
}

static void draw_bar(mien_console_progress *progress, const char *step, int percent) {
    char line[640], cells[48];
    int room = progress->width - (int)strlen(progress->label) - 30;
    room = room > 40 ? 40 : room < 5 ? 5 : room;
    const int filled = room * percent / 100;
    memset(cells, '#', (size_t)filled);
    memset(cells + filled, '.', (size_t)(room - filled));
    cells[room] = '\0';
    int length = snprintf(line, sizeof line, "\r%.200s [%s] %3d%% %.16s\033[K", progress->label,
                          cells, percent, step);
    put(progress, line, (size_t)length);
}

static void write_line(mien_console_progress *progress, const char *step, int percent,
                       double elapsed) {
    char line[320];
    int length = snprintf(line, sizeof line, "%.200s: %d%% %.16s, %.0f s\n", progress->label,
                          percent, step, elapsed);
    put(progress, line, (size_t)length);
}

static bool report(void *context, const char *step, size_t done, size_t total) {
    mien_console_progress *progress = context;
    const double now = progress->now();
    const double interval = !progress->shown     ? QUIET_SECONDS
                            : progress->terminal ? REDRAW_SECONDS
                                                 : LINE_SECONDS;
    if (total == 0 || now - progress->last < interval) return !mien_console_interrupted();
    double share = done >= total ? 1.0 : (double)done / (double)total;
    progress->last = now;
    progress->shown = true;
    if (progress->terminal)
        draw_bar(progress, step, (int)(100 * share));
    else
        write_line(progress, step, (int)(100 * share), now - progress->start);
    return !mien_console_interrupted();
}

mien_progress mien_console_progress_of(mien_console_progress *progress) {
    mien_progress made = {report, progress};
    return made;
}

void mien_console_progress_end(mien_console_progress *progress) {
    if (progress->shown && progress->terminal) put(progress, "\r\033[K", 4);
    progress->shown = false;
    progress->last = progress->now();
}
