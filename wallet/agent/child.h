/* SPDX-License-Identifier: MIT */
/* A program that the agent asks for one answer: the prompt, or the eyes. It gets its question as
 * standard input, a cleaned environment and no other open file; its standard output is collected in
 * guarded memory, because it may be a PIN or a face. */
#ifndef MIEN_WALLET_AGENT_CHILD_H
#define MIEN_WALLET_AGENT_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "platform/base/error.h"

typedef struct mien_agent_child {
    pid_t pid;      /* 0: none is running */
    int output;     /* read end of its standard output, does not block; valid while it runs */
    uint8_t *bytes; /* guarded; what it said so far */
    size_t used, capacity;
    int64_t deadline; /* milliseconds of the caller's clock */
} mien_agent_child;

/* Start argv[0] (a path) in a session of its own. `capacity` is the longest answer. */
MIEN_MUST_CHECK mien_status mien_agent_child_start(mien_agent_child *child, const char *const *argv,
                                                   const void *question, size_t length,
                                                   size_t capacity, mien_error *error);
/* Take what it has said. MIEN_BUSY: not finished, poll `output` again. MIEN_OK: it has finished and
 * exited with code 0, child->bytes hold child->used bytes. MIEN_TOO_LARGE: more than the capacity.
 * MIEN_IO: it failed. Stop it in any case but MIEN_BUSY. */
MIEN_MUST_CHECK mien_status mien_agent_child_collect(mien_agent_child *child);
/* Kill it if it still runs, reap it, wipe and release the answer. A zeroed child is fine. */
void mien_agent_child_stop(mien_agent_child *child);

/* A file in memory that holds the bytes (not secret ones) and is read from its start; -1 with errno
 * on failure. The caller closes it. */
int mien_agent_memory_file(const void *bytes, size_t length);

#endif
