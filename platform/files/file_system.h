/* SPDX-License-Identifier: MIT */
/* The system calls under platform/files, as a table that tests replace to make each of them fail
 * and to cut the power between any two (tests/simulated_disk.h). */
#ifndef MIEN_PLATFORM_FILES_FILE_SYSTEM_H
#define MIEN_PLATFORM_FILES_FILE_SYSTEM_H

#include <sys/stat.h>
#include <sys/types.h>

/* As the calls of the same name: -1 or NULL and errno on failure. */
typedef struct mien_file_system {
    int (*open)(const char *path, int flags, mode_t mode);
    ssize_t (*read)(int descriptor, void *bytes, size_t length);
    ssize_t (*write)(int descriptor, const void *bytes, size_t length);
    int (*fsync)(int descriptor);
    int (*close)(int descriptor);
    int (*fstat)(int descriptor, struct stat *info);
    int (*lstat)(const char *path, struct stat *info);
    int (*fchmod)(int descriptor, mode_t mode);
    int (*rename)(const char *from, const char *to);
    int (*rename_new)(const char *from, const char *to); /* EEXIST when `to` exists */
    int (*unlink)(const char *path);
    int (*mkdir)(const char *path, mode_t mode);
    int (*flock)(int descriptor, int operation);
    void *(*folder_open)(const char *path);
    const char *(*folder_next)(void *folder); /* NULL at the end (errno 0) or on failure */
    void (*folder_close)(void *folder);
} mien_file_system;

extern const mien_file_system mien_file_system_linux;

/* Use another table in the whole process; NULL goes back to the real one. For tests: not
 * thread-safe. */
void mien_file_system_use(const mien_file_system *table);
const mien_file_system *mien_file_system_used(void);

#endif
