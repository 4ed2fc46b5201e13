/* SPDX-License-Identifier: MIT */
/* The agent's Unix socket: 0600 in a folder 0700, taken by one agent at a time, or handed over by
 * systemd; only processes of the same user are let in. */
#ifndef MIEN_WALLET_AGENT_SOCKET_H
#define MIEN_WALLET_AGENT_SOCKET_H

#include <sys/types.h>

#include "platform/files/file.h"

typedef struct mien_agent_listener {
    int descriptor;            /* listens, does not block */
    mien_file_lock lock;       /* held while this agent runs; not with systemd's socket */
    char path[MIEN_PATH_SIZE]; /* removed at the end; empty with systemd's socket */
} mien_agent_listener;

/* Listen at `path`. The folder is made when missing and refused when it is another user's, a
 * symlink or open to others (MIEN_PERMISSION). MIEN_BUSY when an agent listens there; what a dead
 * one left is removed. MIEN_TOO_LARGE for a path that sockets cannot have. */
MIEN_MUST_CHECK mien_status mien_agent_listen(mien_agent_listener *listener, const char *path,
                                              mien_error *error);
/* The socket that systemd (or systemd-socket-activate) hands over, sd_listen_fds(3): exactly one,
 * a listening Unix stream socket. MIEN_NOT_FOUND when there is none for this process; MIEN_FORMAT
 * when it is something else. The variables are removed from the environment. */
MIEN_MUST_CHECK mien_status mien_agent_inherit(mien_agent_listener *listener, mien_error *error);
/* Stop listening, remove the socket's name. */
void mien_agent_listener_close(mien_agent_listener *listener);

/* A connected peer's user and process, SO_PEERCRED. */
MIEN_MUST_CHECK mien_status mien_agent_peer(int descriptor, uid_t *user, pid_t *process);

#endif
