/* SPDX-License-Identifier: MIT */
/* How long work tells that it goes on, and how it is told to stop. */
#ifndef MIEN_PLATFORM_BASE_PROGRESS_H
#define MIEN_PLATFORM_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mien_progress {
    /* `step` is a short static text ("commit", "lookups"), done <= total, total > 0. Returns false
     * to ask for the work to stop; the function then cleans up and returns MIEN_INTERRUPTED. */
    bool (*report)(void *context, const char *step, size_t done, size_t total);
    void *context;
} mien_progress;

/* NULL means nobody listens. */
static inline bool mien_progress_report(const mien_progress *progress, const char *step,
                                        size_t done, size_t total) {
    return progress == NULL || progress->report(progress->context, step, done, total);
}

#endif
