/* SPDX-License-Identifier: MIT */
/* A small pool of threads for loops whose passes do not depend on each other. */
#ifndef MIEN_PLATFORM_THREADS_POOL_H
#define MIEN_PLATFORM_THREADS_POOL_H

#include <stddef.h>

#include "platform/base/status.h"

typedef struct mien_pool mien_pool;

/* threads >= 1 counts the caller; 1 starts none. 0 means one a processor that this process may use
 * (at most 64). The caller owns *pool and destroys it. */
MIEN_MUST_CHECK mien_status mien_pool_create(mien_pool **pool, unsigned threads);
void mien_pool_destroy(mien_pool *pool); /* NULL is fine */
/* 1 for NULL. */
unsigned mien_pool_threads(const mien_pool *pool);
/* Call task(context, i, worker) once for each i < count, in any order, on any thread, and return
 * when all are done. worker < mien_pool_threads() and no two calls with one worker run at once, so
 * it indexes scratch memory. A NULL pool runs them here in order with worker 0. Not reentrant: a
 * task must not use the pool. */
void mien_pool_run(mien_pool *pool, void (*task)(void *context, size_t i, unsigned worker),
                   void *context, size_t count);
/* mien_wipe on all threads, for tens of megabytes. */
void mien_pool_wipe(mien_pool *pool, void *memory, size_t length);

#endif
