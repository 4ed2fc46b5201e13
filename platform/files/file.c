/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "platform/files/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "platform/base/bytes.h"
#include "platform/base/clock.h"
#include "platform/files/file_system.h"

#define TEMPORARY_SUFFIX ".mien-new"

static const mien_file_system *calls(void) {
    return mien_file_system_used();
}

/* errno to a status and to words that say what to do. `doing`: "read", "write", ... */
static mien_status fail_errno(mien_error *error, const char *doing, const char *path, int number) {
    switch (number) {
    case ENOENT:
        return mien_fail(error, MIEN_NOT_FOUND, "cannot %s %.200s: there is no such file or folder",
                         doing, path);
    case EACCES:
    case EPERM:
        return mien_fail(error, MIEN_PERMISSION,
                         "cannot %s %.200s: permission denied; check who owns it and its mode",
                         doing, path);
    case EROFS:
        return mien_fail(error, MIEN_PERMISSION,
                         "cannot %s %.200s: the file system is read-only; choose another folder",
                         doing, path);
    case EEXIST:
        return mien_fail(error, MIEN_EXISTS, "cannot %s %.200s: it exists already", doing, path);
    case ENOSPC:
    case EDQUOT:
        return mien_fail(error, MIEN_IO, "cannot %s %.200s: the disk is full; make room first",
                         doing, path);
    case ENAMETOOLONG:
        return mien_fail(error, MIEN_TOO_LARGE, "cannot %s %.100s...: the path is too long", doing,
                         path);
    case ELOOP:
        return mien_fail(error, MIEN_FORMAT,
                         "cannot %s %.200s: it is a symbolic link; name the file itself", doing,
                         path);
    case ENOTDIR:
        return mien_fail(error, MIEN_FORMAT,
                         "cannot %s %.200s: a part of the path is a file, not a folder", doing,
                         path);
    case EISDIR:
        return mien_fail(error, MIEN_FORMAT, "cannot %s %.200s: it is a folder", doing, path);
    default:
        return mien_fail(error, MIEN_IO, "cannot %s %.200s: %s", doing, path, strerror(number));
    }
}

static int open_again(const char *path, int flags, mode_t mode) {
    int descriptor;
    do descriptor = calls()->open(path, flags | O_CLOEXEC, mode);
    while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

/* ---- reading ---- */

static mien_status check_owner(const struct stat *info, const char *path, mien_error *error) {
    if (info->st_uid != geteuid())
        return mien_fail(error, MIEN_PERMISSION,
                         "%.200s belongs to another user; make it yours with chown", path);
    if ((info->st_mode & 077) != 0)
        return mien_fail(error, MIEN_PERMISSION,
                         "%.200s is open to other users (mode %04o); close it with chmod 600", path,
                         (unsigned)(info->st_mode & 07777));
    return MIEN_OK;
}

/* O_NONBLOCK: opening a FIFO or a device must not hang before fstat says what it is. */
static mien_status open_regular(int *descriptor, size_t *size, const char *path, size_t limit,
                                unsigned flags, mien_error *error) {
    struct stat info;
    mien_status status = MIEN_OK;
    const int links = (flags & MIEN_FILE_NO_LINKS) != 0 ? O_NOFOLLOW : 0;
    *descriptor = open_again(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | links, 0);
    if (*descriptor < 0) return fail_errno(error, "open", path, errno);
    if (calls()->fstat(*descriptor, &info) != 0)
        status = fail_errno(error, "look at", path, errno);
    else if (!S_ISREG(info.st_mode))
        status = mien_fail(error, MIEN_FORMAT, "%.200s is not a regular file", path);
    else if (info.st_size < 0 || (unsigned long long)info.st_size > limit)
        status = mien_fail(error, MIEN_TOO_LARGE, "%.200s has %lld bytes; the limit is %zu", path,
                           (long long)info.st_size, limit);
    else if ((flags & MIEN_FILE_ONLY_MINE) != 0)
        status = check_owner(&info, path, error);
    if (status != MIEN_OK) {
        (void)calls()->close(*descriptor);
        return status;
    }
    *size = (size_t)info.st_size;
    return MIEN_OK;
}

/* Until the end of the file or of the memory. */
static mien_status read_all(int descriptor, uint8_t *bytes, size_t *length, size_t capacity,
                            const char *path, mien_error *error) {
    *length = 0;
    while (*length < capacity) {
        ssize_t got = calls()->read(descriptor, bytes + *length, capacity - *length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(error, "read", path, errno);
        if (got == 0) break;
        *length += (size_t)got;
    }
    return MIEN_OK;
}

/* A file may grow while it is read: one byte behind the size it had tells. */
static mien_status expect_end(int descriptor, const char *path, mien_error *error) {
    uint8_t more;
    size_t got;
    MIEN_TRY(read_all(descriptor, &more, &got, 1, path, error));
    if (got == 0) return MIEN_OK;
    return mien_fail(error, MIEN_TOO_LARGE, "%.200s grew while it was read; try again", path);
}

mien_status mien_file_read_into(void *memory, size_t *length, size_t capacity, const char *path,
                                unsigned flags, mien_error *error) {
    int descriptor;
    size_t size, got = 0;
    *length = 0;
    MIEN_TRY(open_regular(&descriptor, &size, path, capacity, flags, error));
    mien_status status = read_all(descriptor, memory, &got, size, path, error);
    if (status == MIEN_OK && got == size) status = expect_end(descriptor, path, error);
    if (status == MIEN_OK && got != size)
        status =
            mien_fail(error, MIEN_TRUNCATED, "%.200s shrank while it was read; try again", path);
    (void)calls()->close(descriptor);
    if (status == MIEN_OK)
        *length = got;
    else
        mien_wipe(memory, got);
    return status;
}

mien_status mien_file_read(uint8_t **bytes, size_t *length, const char *path, size_t limit,
                           unsigned flags, mien_error *error) {
    int descriptor;
    size_t size;
    *bytes = NULL;
    *length = 0;
    MIEN_TRY(open_regular(&descriptor, &size, path, limit, flags, error));
    uint8_t *memory = size < SIZE_MAX ? malloc(size + 1) : NULL;
    mien_status status;
    size_t got = 0;
    if (memory == NULL)
        status = mien_fail(error, MIEN_MEMORY, "no memory for the %zu bytes of %.200s", size, path);
    else
        status = read_all(descriptor, memory, &got, size, path, error);
    if (status == MIEN_OK && got == size) status = expect_end(descriptor, path, error);
    (void)calls()->close(descriptor);
    if (status != MIEN_OK) {
        if (memory != NULL) mien_wipe(memory, got);
        free(memory);
        return status;
    }
    memory[got] = 0;
    *bytes = memory;
    *length = got;
    return MIEN_OK;
}

/* ---- writing ---- */

/* The folder part of a path: "a/b" -> "a", "b" -> ".", "/b" -> "/". */
static mien_status folder_part(char folder[MIEN_PATH_SIZE], const char *path) {
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        memcpy(folder, ".", 2);
        return MIEN_OK;
    }
    size_t length = slash == path ? 1 : (size_t)(slash - path);
    if (length >= MIEN_PATH_SIZE) return MIEN_TOO_LARGE;
    memcpy(folder, path, length);
    folder[length] = '\0';
    return MIEN_OK;
}

static mien_status sync_folder(const char *folder, mien_error *error) {
    int descriptor = open_again(folder, O_RDONLY | O_DIRECTORY, 0);
    if (descriptor < 0) return fail_errno(error, "open", folder, errno);
    int result = calls()->fsync(descriptor), number = errno;
    (void)calls()->close(descriptor);
    return result == 0 ? MIEN_OK : fail_errno(error, "write", folder, number);
}

/* ".NAME.PID.COUNT.mien-new" beside the target: hidden, and known to mien_folder_sweep. */
static mien_status temporary_path(char out[MIEN_PATH_SIZE], const char *path) {
    static atomic_uint counter;
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    int length =
        snprintf(out, MIEN_PATH_SIZE, "%.*s.%s.%ld.%u" TEMPORARY_SUFFIX, (int)(name - path), path,
                 name, (long)getpid(), atomic_fetch_add(&counter, 1));
    return length > 0 && length < MIEN_PATH_SIZE ? MIEN_OK : MIEN_TOO_LARGE;
}

static mien_status write_all(int descriptor, const uint8_t *bytes, size_t length, const char *path,
                             mien_error *error) {
    while (length != 0) {
        ssize_t put = calls()->write(descriptor, bytes, length);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return fail_errno(error, "write", path, put == 0 ? ENOSPC : errno);
        bytes += put;
        length -= (size_t)put;
    }
    return MIEN_OK;
}

static mien_status write_temporary(const char *temporary, const char *path, const void *bytes,
                                   size_t length, mode_t mode, mien_error *error) {
    int descriptor = open_again(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (descriptor < 0) return fail_errno(error, "write", path, errno);
    mien_status status = write_all(descriptor, bytes, length, path, error);
    if (status == MIEN_OK && mode != 0600 && calls()->fchmod(descriptor, mode) != 0)
        status = fail_errno(error, "set the mode of", path, errno);
    if (status == MIEN_OK && calls()->fsync(descriptor) != 0)
        status = fail_errno(error, "write", path, errno);
    /* NFS and quotas report late: a failed close is a failed write */
    if (calls()->close(descriptor) != 0 && status == MIEN_OK)
        status = fail_errno(error, "write", path, errno);
    return status;
}

/* Root can rename a file over /dev/null; and who names a pipe wants its bytes there. */
static mien_status check_target(const char *path, unsigned flags, mien_error *error) {
    struct stat info;
    if (calls()->lstat(path, &info) != 0 || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode))
        return MIEN_OK; /* what is wrong with a folder or a path, the writing will say */
    if (S_ISLNK(info.st_mode) && (flags & MIEN_FILE_PUBLIC) == 0) return MIEN_OK;
    if (S_ISLNK(info.st_mode)) return fail_errno(error, "write", path, ELOOP);
    return mien_fail(error, MIEN_FORMAT, "cannot write %.200s: it is not a regular file", path);
}

static mien_status replace(const char *path, const void *bytes, size_t length, unsigned flags,
                           mien_error *error) {
    char temporary[MIEN_PATH_SIZE], folder[MIEN_PATH_SIZE];
    if (temporary_path(temporary, path) != MIEN_OK || folder_part(folder, path) != MIEN_OK)
        return fail_errno(error, "write", path, ENAMETOOLONG);
    MIEN_TRY(check_target(path, flags, error));
    const mode_t mode = (flags & MIEN_FILE_PUBLIC) != 0 ? 0644 : 0600;
    mien_status status = write_temporary(temporary, path, bytes, length, mode, error);
    if (status == MIEN_OK) {
        int result = (flags & MIEN_FILE_NEW) != 0 ? calls()->rename_new(temporary, path)
                                                  : calls()->rename(temporary, path);
        if (result != 0) status = fail_errno(error, "write", path, errno);
    }
    if (status != MIEN_OK) {
        (void)calls()->unlink(temporary);
        return status;
    }
    return sync_folder(folder, error);
}

/* A copy, not a link or a rename: the file itself stays in its place at every moment. */
static mien_status keep_previous(const char *path, unsigned flags, mien_error *error) {
    char previous[MIEN_PATH_SIZE];
    uint8_t *bytes;
    size_t length;
    int wanted = snprintf(previous, sizeof previous, "%s.previous", path);
    if (wanted < 0 || wanted >= MIEN_PATH_SIZE)
        return fail_errno(error, "write", path, ENAMETOOLONG);
    mien_status status =
        mien_file_read(&bytes, &length, path, SIZE_MAX / 2, MIEN_FILE_NO_LINKS, error);
    if (status == MIEN_NOT_FOUND) return MIEN_OK;
    MIEN_TRY(status);
    status = replace(previous, bytes, length, flags & MIEN_FILE_PUBLIC, error);
    mien_wipe(bytes, length);
    free(bytes);
    return status;
}

mien_status mien_file_write(const char *path, const void *bytes, size_t length, unsigned flags,
                            mien_error *error) {
    if (path[0] == '\0' || path[strlen(path) - 1] == '/')
        return mien_fail(error, MIEN_ARGUMENT, "'%.200s' does not name a file", path);
    if ((flags & MIEN_FILE_KEEP_PREVIOUS) != 0) MIEN_TRY(keep_previous(path, flags, error));
    return replace(path, bytes, length, flags, error);
}

mien_status mien_file_remove(const char *path, mien_error *error) {
    char folder[MIEN_PATH_SIZE];
    if (folder_part(folder, path) != MIEN_OK)
        return fail_errno(error, "remove", path, ENAMETOOLONG);
    if (calls()->unlink(path) != 0) return fail_errno(error, "remove", path, errno);
    return sync_folder(folder, error);
}

bool mien_file_exists(const char *path) {
    struct stat info;
    return calls()->lstat(path, &info) == 0;
}

/* ---- locks ---- */

mien_status mien_file_lock_take(mien_file_lock *lock, const char *path, unsigned milliseconds,
                                mien_error *error) {
    const double deadline = mien_clock_seconds() + 1e-3 * (double)milliseconds;
    const struct timespec pause = {0, 10000000};
    lock->held = false;
    lock->descriptor = open_again(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (lock->descriptor < 0) return fail_errno(error, "open", path, errno);
    while (calls()->flock(lock->descriptor, LOCK_EX | LOCK_NB) != 0) {
        const int number = errno;
        if ((number == EWOULDBLOCK || number == EINTR) && mien_clock_seconds() < deadline) {
            nanosleep(&pause, NULL);
            continue;
        }
        (void)calls()->close(lock->descriptor);
        if (number != EWOULDBLOCK) return fail_errno(error, "lock", path, number);
        return mien_fail(error, MIEN_BUSY,
                         "another mien process works there (lock %.200s); wait until it has ended",
                         path);
    }
    lock->held = true;
    return MIEN_OK;
}

void mien_file_lock_release(mien_file_lock *lock) {
    if (lock == NULL || !lock->held) return;
    (void)calls()->close(lock->descriptor);
    lock->held = false;
}
