/* SPDX-License-Identifier: MIT */
#ifndef MIEN_PLATFORM_BASE_CLOCK_H
#define MIEN_PLATFORM_BASE_CLOCK_H

#include <time.h>

/* Seconds of the monotonic clock: for intervals only, says nothing about the date. */
static inline double mien_clock_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
