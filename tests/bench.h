/* SPDX-License-Identifier: MIT */
/* Benches: a program calls BENCH for each figure and bench_end() last. Prints a table, or with
 * --json one object {"name": {"value": v, "unit": "ns"}, ...}. Times are the least of several runs
 * on one thread; the machine should be doing nothing else. */
#ifndef MIEN_TESTS_BENCH_H
#define MIEN_TESTS_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int bench_json, bench_figures, bench_cpu;

static inline void bench_start(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        bench_json |= strcmp(argv[i], "--json") == 0;
        bench_cpu |= strcmp(argv[i], "--cpu") == 0;
    }
}

static inline double bench_nanoseconds(void) {
    struct timespec t;
    clock_gettime(bench_cpu ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline void bench_report(const char *name, double value, const char *unit) {
    if (bench_json)
        printf("%s\"%s\": {\"value\": %.6g, \"unit\": \"%s\"}", bench_figures == 0 ? "{" : ", ",
               name, value, unit);
    else
        printf("%-52s %12.4g %s\n", name, value, unit);
    bench_figures++;
    fflush(stdout);
}

static inline int bench_end(void) {
    if (bench_json) printf("%s}\n", bench_figures == 0 ? "{" : "");
    return 0;
}

/* Set `best` to the nanoseconds of the fastest of `runs` runs of the code. */
#define BENCH_TIME(best, runs, ...)                                                                \
    do {                                                                                           \
        (best) = 1e300;                                                                            \
        for (int bench_run_ = 0; bench_run_ < (runs); bench_run_++) {                              \
            double bench_begin_ = bench_nanoseconds();                                             \
            __VA_ARGS__;                                                                           \
            __asm__ volatile("" : : : "memory");                                                   \
            double bench_took_ = bench_nanoseconds() - bench_begin_;                               \
            if (bench_took_ < (best)) (best) = bench_took_;                                        \
        }                                                                                          \
    } while (0)

#endif
