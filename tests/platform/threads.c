/* SPDX-License-Identifier: MIT */
#include "platform/threads/pool.h"
#include "tests/harness.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

enum { MOST = 5000 };

typedef struct record {
    atomic_int times[MOST];
    atomic_int busy[64]; /* calls that run with this worker number now */
    atomic_int clashes, bad_worker;
    unsigned threads;
} record;

static record seen;

static void note(void *context, size_t i, unsigned worker) {
    record *out = context;
    if (worker >= out->threads) {
        atomic_fetch_add(&out->bad_worker, 1);
        return;
    }
    if (atomic_fetch_add(&out->busy[worker], 1) != 0) atomic_fetch_add(&out->clashes, 1);
    atomic_fetch_add(&out->times[i], 1);
    atomic_fetch_sub(&out->busy[worker], 1);
}

static void run_and_check(mien_pool *pool, size_t count) {
    memset(&seen, 0, sizeof seen);
    seen.threads = mien_pool_threads(pool);
    mien_pool_run(pool, note, &seen, count);
    for (size_t i = 0; i < MOST; i++)
        if (atomic_load(&seen.times[i]) != (i < count)) CHECK(!"each index runs exactly once");
    CHECK_INT(atomic_load(&seen.clashes), 0);
    CHECK_INT(atomic_load(&seen.bad_worker), 0);
}

static void each_index_runs_once(void) {
    const unsigned sizes[] = {1, 2, 3, 4, 7, 16};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        mien_pool *pool = NULL;
        REQUIRE(mien_pool_create(&pool, sizes[k]) == MIEN_OK);
        CHECK_INT(mien_pool_threads(pool), sizes[k]);
        const size_t counts[] = {0, 1, 2, 3, 15, 64, 1000, MOST};
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) run_and_check(pool, counts[c]);
        mien_pool_destroy(pool);
    }
}

/* Results written by workers are visible after the run, and those written before it to workers. */
static void add_one(void *context, size_t i, unsigned worker) {
    (void)worker;
    ((long *)context)[i]++;
}

static void many_short_rounds(void) {
    static long plain[37];
    mien_pool *pool = NULL;
    REQUIRE(mien_pool_create(&pool, 4) == MIEN_OK);
    const long rounds = 3000;
    memset(plain, 0, sizeof plain);
    for (long r = 0; r < rounds; r++) mien_pool_run(pool, add_one, plain, 37);
    for (int i = 0; i < 37; i++) CHECK_INT(plain[i], rounds);
    mien_pool_destroy(pool);
}

static void rounds_after_sleep(void) {
    mien_pool *pool = NULL;
    REQUIRE(mien_pool_create(&pool, 3) == MIEN_OK);
    for (int r = 0; r < 5; r++) {
        usleep(20000); /* long enough for the workers to stop spinning */
        run_and_check(pool, 100);
    }
    mien_pool_destroy(pool);
}

/* A run ends when the last call has ended, not when the last one has begun. */
static void finish_late(void *context, size_t i, unsigned worker) {
    if (worker != 0) usleep(500 + 100 * (useconds_t)(i % 7));
    atomic_fetch_add((atomic_int *)context, 1);
}

static void slow_workers_are_awaited(void) {
    for (unsigned threads = 2; threads <= 8; threads += 3) {
        mien_pool *pool = NULL;
        REQUIRE(mien_pool_create(&pool, threads) == MIEN_OK);
        for (int r = 0; r < 30; r++) {
            atomic_int done = 0;
            usleep(r % 3 * 100);
            mien_pool_run(pool, finish_late, &done, 2000);
            CHECK_INT(atomic_load(&done), 2000);
        }
        mien_pool_destroy(pool);
    }
}

static void no_pool_runs_in_order(void) {
    CHECK_INT(mien_pool_threads(NULL), 1);
    run_and_check(NULL, 50);
    mien_pool_destroy(NULL);
}

static void limits(void) {
    mien_pool *pool = (mien_pool *)&seen;
    CHECK_INT(mien_pool_create(&pool, 65), MIEN_ARGUMENT);
    CHECK(pool == NULL);
    REQUIRE(mien_pool_create(&pool, 0) == MIEN_OK);
    CHECK(mien_pool_threads(pool) >= 1 && mien_pool_threads(pool) <= 64);
    mien_pool_destroy(pool);
    for (int i = 0; i < 50; i++) { /* destroyed before the workers have begun */
        REQUIRE(mien_pool_create(&pool, 8) == MIEN_OK);
        mien_pool_destroy(pool);
    }
}

/* Exactly the bytes that were named, with pieces left over and without. */
static void memory_is_wiped(void) {
    size_t size = ((size_t)9 << 20) + 77;
    uint8_t *memory = malloc(size);
    mien_pool *pool;
    REQUIRE(memory != NULL && mien_pool_create(&pool, 3) == MIEN_OK);
    static const size_t lengths[] = {0, 1, (size_t)4 << 20, ((size_t)9 << 20) + 5};
    for (size_t n = 0; n < 4; n++) {
        size_t left = 0, wiped = 0;
        memset(memory, 0x5a, size);
        mien_pool_wipe(n % 2 == 0 ? pool : NULL, memory + 9, lengths[n]);
        for (size_t i = 0; i < size; i++) {
            bool inside = i >= 9 && i < 9 + lengths[n];
            left += inside && memory[i] != 0;
            wiped += !inside && memory[i] != 0x5a;
        }
        CHECK_INT(left, 0);
        CHECK_INT(wiped, 0);
    }
    mien_pool_destroy(pool);
    free(memory);
}

int main(void) {
    RUN(each_index_runs_once);
    RUN(many_short_rounds);
    RUN(rounds_after_sleep);
    RUN(slow_workers_are_awaited);
    RUN(no_pool_runs_in_order);
    RUN(limits);
    RUN(memory_is_wiped);
    return harness_end();
}
