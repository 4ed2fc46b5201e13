/* SPDX-License-Identifier: MIT */
/* A cage for the code that decodes pictures and runs the networks: it needs to read some files and
 * perhaps a camera, and nothing else of the machine. Landlock (Linux 5.13) takes the file system
 * and TCP away, seccomp all system calls but those that reading, computing and threads need: no
 * sockets, no processes, no programs, no signals to others. */
#ifndef MIEN_WALLET_AGENT_SANDBOX_H
#define MIEN_WALLET_AGENT_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "platform/base/error.h"

typedef struct mien_sandbox_path {
    const char *path;
    bool device; /* may be written and controlled too: a camera */
} mien_sandbox_path;

/* What of it is in force. */
typedef struct mien_sandbox_walls {
    int landlock; /* version of the kernel's interface; 0: it has none */
    bool seccomp;
} mien_sandbox_walls;

/* For the whole process, once, before its first thread, never to be undone. Only `paths` (files, or
 * folders with all that is in them; missing ones are left out) can be opened afterwards, for
 * reading. What the kernel does not have is left out and told in *walls; MIEN_PERMISSION when it
 * has it and refuses. */
MIEN_MUST_CHECK mien_status mien_sandbox_enter(mien_sandbox_walls *walls,
                                               const mien_sandbox_path *paths, size_t count,
                                               mien_error *error);

#endif
