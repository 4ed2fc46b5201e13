/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <string.h>

#include "platform/files/file_system.h"
#include "wallet/vault/device.h"

/* Errors do not matter here: what cannot be overwritten is removed all the same. */
static void overwrite(const char *path) {
    static const char zeros[4096];
    const mien_file_system *calls = mien_file_system_used();
    struct stat info;
    int file = calls->open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (file < 0) return;
    if (calls->fstat(file, &info) == 0 && S_ISREG(info.st_mode)) {
        off_t left = info.st_size;
        while (left > 0) {
            size_t piece = left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros;
            ssize_t done = calls->write(file, zeros, piece);
            if (done <= 0) break;
            left -= done;
        }
        (void)calls->fsync(file);
    }
    (void)calls->close(file);
}

mien_status mien_file_erase(const char *path, mien_error *error) {
    overwrite(path);
    return mien_file_remove(path, error);
}
