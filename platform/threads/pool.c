/* SPDX-License-Identifier: MIT */
/* One round of work at a time. The caller publishes the round under the mutex and raises its
 * number; workers notice the number (spinning for a moment, then sleeping), take indices from one
 * atomic counter and report when they find none left. The caller works too and waits for the
 * reports. A round has ended for a worker only when it has reported, so the fields of a round are
 * never written while someone still reads them. */
#define _GNU_SOURCE
#include "platform/threads/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "platform/base/bytes.h"

enum { MOST_THREADS = 64, SPINS = 2000 };

typedef struct worker {
    mien_pool *pool;
    pthread_t thread;
    unsigned number;
} worker;

struct mien_pool {
    unsigned threads; /* with the caller */
    unsigned spins;
    pthread_mutex_t mutex;
    pthread_cond_t start, finish;
    atomic_uint round;   /* raised under the mutex */
    atomic_uint working; /* workers that have not reported in this round */
    atomic_bool stop;
    _Alignas(64) atomic_size_t next;
    void (*task)(void *context, size_t i, unsigned worker);
    void *context;
    size_t count;
    worker workers[MOST_THREADS];
};

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void work(mien_pool *pool, unsigned number) {
    size_t i;
    while ((i = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed)) < pool->count)
        pool->task(pool->context, i, number);
}

/* Until the round is not `seen` any more. */
static unsigned await_round(mien_pool *pool, unsigned seen) {
    unsigned round;
    for (unsigned i = 0; i < pool->spins; i++) {
        round = atomic_load_explicit(&pool->round, memory_order_acquire);
        if (round != seen) return round;
        relax();
    }
    pthread_mutex_lock(&pool->mutex);
    while ((round = atomic_load_explicit(&pool->round, memory_order_acquire)) == seen)
        pthread_cond_wait(&pool->start, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
    return round;
}

static void report(mien_pool *pool) {
    if (atomic_fetch_sub_explicit(&pool->working, 1, memory_order_acq_rel) != 1) return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_signal(&pool->finish);
    pthread_mutex_unlock(&pool->mutex);
}

static void *worker_main(void *argument) {
    worker *self = argument;
    mien_pool *pool = self->pool;
    for (unsigned seen = 0;;) {
        seen = await_round(pool, seen);
        if (atomic_load_explicit(&pool->stop, memory_order_relaxed)) return NULL;
        work(pool, self->number);
        report(pool);
    }
}

static void begin_round(mien_pool *pool) {
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add_explicit(&pool->round, 1, memory_order_release);
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->mutex);
}

static void await_reports(mien_pool *pool) {
    for (unsigned i = 0; i < pool->spins; i++) {
        if (atomic_load_explicit(&pool->working, memory_order_acquire) == 0) return;
        relax();
    }
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load_explicit(&pool->working, memory_order_acquire) != 0)
        pthread_cond_wait(&pool->finish, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

static unsigned processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int n = CPU_COUNT(&set);
    return n < 1 ? 1 : n > MOST_THREADS ? MOST_THREADS : (unsigned)n;
}

static bool start_worker(mien_pool *pool) {
    worker *self = &pool->workers[pool->threads];
    self->pool = pool;
    self->number = pool->threads;
    if (pthread_create(&self->thread, NULL, worker_main, self) != 0) return false;
    pool->threads++;
    return true;
}

mien_status mien_pool_create(mien_pool **out, unsigned threads) {
    *out = NULL;
    if (threads == 0) threads = processors();
    if (threads > MOST_THREADS) return MIEN_ARGUMENT;
    mien_pool *pool = aligned_alloc(64, (sizeof *pool + 63) & ~(size_t)63);
    if (pool == NULL) return MIEN_MEMORY;
    *pool = (mien_pool){.threads = 1};
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->start, NULL);
    pthread_cond_init(&pool->finish, NULL);
    /* with more threads than processors, spinning only keeps the others from working */
    pool->spins = threads <= processors() ? SPINS : 0;
    while (pool->threads < threads)
        if (!start_worker(pool)) {
            mien_pool_destroy(pool);
            return MIEN_MEMORY;
        }
    *out = pool;
    return MIEN_OK;
}

void mien_pool_destroy(mien_pool *pool) {
    if (pool == NULL) return;
    atomic_store_explicit(&pool->stop, true, memory_order_relaxed);
    begin_round(pool);
    for (unsigned i = 1; i < pool->threads; i++) pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->finish);
    pthread_cond_destroy(&pool->start);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

unsigned mien_pool_threads(const mien_pool *pool) {
    return pool == NULL ? 1 : pool->threads;
}

void mien_pool_run(mien_pool *pool, void (*task)(void *context, size_t i, unsigned worker),
                   void *context, size_t count) {
    if (pool == NULL || pool->threads == 1 || count <= 1) {
        for (size_t i = 0; i < count; i++) task(context, i, 0);
        return;
    }
    pool->task = task;
    pool->context = context;
    pool->count = count;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    atomic_store_explicit(&pool->working, pool->threads - 1, memory_order_relaxed);
    begin_round(pool);
    work(pool, 0);
    await_reports(pool);
}

/* ---- wiping */
#define WIPED_TOGETHER ((size_t)4 << 20)

typedef struct wiped {
    uint8_t *memory;
    size_t length;
} wiped;

static void wipe_piece(void *context, size_t i, unsigned number) {
    const wiped *all = context;
    size_t first = i * WIPED_TOGETHER, left = all->length - first;
    (void)number;
    mien_wipe(all->memory + first, left < WIPED_TOGETHER ? left : WIPED_TOGETHER);
}

void mien_pool_wipe(mien_pool *pool, void *memory, size_t length) {
    wiped all = {memory, length};
    mien_pool_run(pool, wipe_piece, &all, (length + WIPED_TOGETHER - 1) / WIPED_TOGETHER);
}
