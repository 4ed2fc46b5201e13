/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "platform/files/file_system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

static int real_open(const char *path, int flags, mode_t mode) {
    return open(path, flags, mode);
}

static int real_lstat(const char *path, struct stat *info) {
    return lstat(path, info);
}

static int real_fstat(int descriptor, struct stat *info) {
    return fstat(descriptor, info);
}

/* File systems without RENAME_NOREPLACE say EINVAL; a hard link does not replace either. */
static int real_rename_new(const char *from, const char *to) {
    int result = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
    if (result == 0 || (errno != EINVAL && errno != ENOSYS)) return result;
    if (link(from, to) != 0) return -1;
    (void)unlink(from);
    return 0;
}

static void *real_folder_open(const char *path) {
    return opendir(path);
}

static const char *real_folder_next(void *folder) {
    errno = 0;
    const struct dirent *entry = readdir(folder);
    return entry == NULL ? NULL : entry->d_name;
}

static void real_folder_close(void *folder) {
    (void)closedir(folder);
}

const mien_file_system mien_file_system_linux = {
    .open = real_open,
    .read = read,
    .write = write,
    .fsync = fsync,
    .close = close,
    .fstat = real_fstat,
    .lstat = real_lstat,
    .fchmod = fchmod,
    .rename = rename,
    .rename_new = real_rename_new,
    .unlink = unlink,
    .mkdir = mkdir,
    .flock = flock,
    .folder_open = real_folder_open,
    .folder_next = real_folder_next,
    .folder_close = real_folder_close,
};

static const mien_file_system *used = &mien_file_system_linux;

void mien_file_system_use(const mien_file_system *table) {
    used = table != NULL ? table : &mien_file_system_linux;
}

const mien_file_system *mien_file_system_used(void) {
    return used;
}
