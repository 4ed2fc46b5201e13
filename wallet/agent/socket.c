/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "wallet/agent/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64
#define FIRST_INHERITED 3 /* SD_LISTEN_FDS_START */

static mien_status check_folder(const char *folder, mien_error *error) {
    struct stat found;
    MIEN_TRY(mien_folder_create(folder, error));
    if (lstat(folder, &found) != 0)
        return mien_fail(error, MIEN_IO, "%s: %s", folder, strerror(errno));
    if (!S_ISDIR(found.st_mode) || found.st_uid != geteuid())
        return mien_fail(error, MIEN_PERMISSION, "%s is not a folder of this user", folder);
    if ((found.st_mode & 077) != 0)
        return mien_fail(error, MIEN_PERMISSION,
                         "%s is open to others (mode %o); chmod 700 mends it", folder,
                         (unsigned)found.st_mode & 07777);
    return MIEN_OK;
}

static mien_status bind_at(int descriptor, const char *path, mien_error *error) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return mien_fail(error, MIEN_TOO_LARGE,
                         "%s is longer than sockets may be named; set XDG_RUNTIME_DIR", path);
    memcpy(address.sun_path, path, strlen(path));
    if (connect(descriptor, (const struct sockaddr *)&address, sizeof address) == 0)
        return mien_fail(error, MIEN_BUSY, "something listens at %s already (systemd?)", path);
    if (unlink(path) != 0 && errno != ENOENT)
        return mien_fail(error, MIEN_IO, "%s cannot be replaced: %s", path, strerror(errno));
    const mode_t before = umask(0177); /* 0600 from its first moment on */
    const int failed = bind(descriptor, (const struct sockaddr *)&address, sizeof address);
    const int why = errno;
    (void)umask(before);
    if (failed != 0 || listen(descriptor, BACKLOG) != 0)
        return mien_fail(error, MIEN_IO, "cannot listen at %s: %s", path,
                         strerror(failed != 0 ? why : errno));
    return MIEN_OK;
}

static mien_status take_path(mien_agent_listener *listener, const char *path, mien_error *error) {
    char folder[MIEN_PATH_SIZE], lock[MIEN_PATH_SIZE];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || strlen(path) + sizeof ".lock" > sizeof lock)
        return mien_fail(error, MIEN_ARGUMENT, "%s is no path for a socket", path);
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    snprintf(lock, sizeof lock, "%s.lock", path);
    MIEN_TRY(check_folder(folder, error));
    mien_status status = mien_file_lock_take(&listener->lock, lock, 0, error);
    if (status == MIEN_BUSY)
        return mien_fail(error, MIEN_BUSY, "an agent runs already; mien agent stop ends it");
    return status;
}

mien_status mien_agent_listen(mien_agent_listener *listener, const char *path, mien_error *error) {
    memset(listener, 0, sizeof *listener);
    listener->descriptor = -1;
    MIEN_TRY(take_path(listener, path, error));
    listener->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mien_status status = MIEN_OK;
    if (listener->descriptor < 0)
        status = mien_fail(error, MIEN_IO, "no socket: %s", strerror(errno));
    if (status == MIEN_OK) status = bind_at(listener->descriptor, path, error);
    if (status == MIEN_OK)
        snprintf(listener->path, sizeof listener->path, "%s", path);
    else
        mien_agent_listener_close(listener);
    return status;
}

static bool has_option(int descriptor, int option, int expected) {
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(descriptor, SOL_SOCKET, option, &value, &length) == 0 && value == expected;
}

mien_status mien_agent_inherit(mien_agent_listener *listener, mien_error *error) {
    char own[32], process[32] = "", count[32] = "";
    const char *given = getenv("LISTEN_PID"), *many = getenv("LISTEN_FDS");
    memset(listener, 0, sizeof *listener);
    listener->descriptor = -1;
    snprintf(process, sizeof process, "%s", given != NULL ? given : "");
    snprintf(count, sizeof count, "%s", many != NULL ? many : "");
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    snprintf(own, sizeof own, "%ld", (long)getpid());
    if (strcmp(process, own) != 0) return MIEN_NOT_FOUND;
    const int descriptor = FIRST_INHERITED;
    if (strcmp(count, "1") != 0 || !has_option(descriptor, SO_DOMAIN, AF_UNIX) ||
        !has_option(descriptor, SO_TYPE, SOCK_STREAM) || !has_option(descriptor, SO_ACCEPTCONN, 1))
        return mien_fail(error, MIEN_FORMAT,
                         "what was handed over is not one listening Unix socket");
    if (fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) != 0)
        return mien_fail(error, MIEN_IO, "the socket handed over cannot be used");
    listener->descriptor = descriptor;
    return MIEN_OK;
}

void mien_agent_listener_close(mien_agent_listener *listener) {
    if (listener->path[0] != '\0') (void)unlink(listener->path);
    if (listener->descriptor >= 0) close(listener->descriptor);
    mien_file_lock_release(&listener->lock);
    memset(listener, 0, sizeof *listener);
    listener->descriptor = -1;
}

mien_status mien_agent_peer(int descriptor, uid_t *user, pid_t *process) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 ||
        length != sizeof peer)
        return MIEN_PERMISSION;
    *user = peer.uid;
    *process = peer.pid;
    return MIEN_OK;
}
