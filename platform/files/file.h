/* SPDX-License-Identifier: MIT */
/* Whole files, folders and locks. Every error message names the path and what to do about it.
 * Thread-safe unless said otherwise. */
#ifndef MIEN_PLATFORM_FILES_FILE_H
#define MIEN_PLATFORM_FILES_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"

/* Room for every path that these functions take or make, NUL included. */
#define MIEN_PATH_SIZE 4096

enum {
    MIEN_FILE_NO_LINKS = 1,      /* reading: refuse when the last part of the path is a symlink */
    MIEN_FILE_PUBLIC = 2,        /* writing: mode 0644 instead of 0600 */
    MIEN_FILE_NEW = 4,           /* writing: MIEN_EXISTS instead of replacing a file */
    MIEN_FILE_KEEP_PREVIOUS = 8, /* writing: what was there stays as PATH.previous */
    MIEN_FILE_ONLY_MINE = 16     /* reading: refuse files of other users, or open to group/others */
};

/* Read a regular file of at most `limit` bytes. The caller frees *bytes with free() (a NUL that
 * does not count follows the last byte). Errors: MIEN_NOT_FOUND, MIEN_PERMISSION, MIEN_TOO_LARGE,
 * MIEN_FORMAT (not a regular file, or a symlink with MIEN_FILE_NO_LINKS), MIEN_MEMORY, MIEN_IO. */
MIEN_MUST_CHECK mien_status mien_file_read(uint8_t **bytes, size_t *length, const char *path,
                                           size_t limit, unsigned flags, mien_error *error);
/* Same, into the caller's memory (guarded memory for secrets); MIEN_TOO_LARGE when it does not fit.
 * On error the memory is wiped. */
MIEN_MUST_CHECK mien_status mien_file_read_into(void *memory, size_t *length, size_t capacity,
                                                const char *path, unsigned flags,
                                                mien_error *error);

/* Replace or create a file so that after a crash or power cut there is either the whole old or the
 * whole new content: temporary file in the same folder, fsync, rename, fsync of the folder. On
 * error the old file is still there (an error of the last step alone may leave the new one). The
 * folder must exist. A symlink at `path` is replaced, not followed; with MIEN_FILE_PUBLIC it is
 * refused, because a person who named it meant what it points at. So are devices, pipes and sockets
 * (MIEN_FORMAT). */
MIEN_MUST_CHECK mien_status mien_file_write(const char *path, const void *bytes, size_t length,
                                            unsigned flags, mien_error *error);
/* What can be known before about whether mien_file_write will work: the folder is there and takes
 * files, and `path` is no folder. For work that would be lost. */
MIEN_MUST_CHECK mien_status mien_file_check_place(const char *path, mien_error *error);
/* MIEN_NOT_FOUND when there is none. The removal is durable on return. Bytes on the disk are not
 * overwritten: no file system promises that. */
MIEN_MUST_CHECK mien_status mien_file_remove(const char *path, mien_error *error);
/* There is something at `path` (of any kind, a dangling symlink too). */
bool mien_file_exists(const char *path);
bool mien_folder_exists(const char *path);

/* Names in a folder without "." and "..", sorted by bytes; MIEN_TOO_LARGE beyond `limit` names. */
typedef struct mien_name_list {
    char **names;
    size_t count;
} mien_name_list;
MIEN_MUST_CHECK mien_status mien_folder_list(mien_name_list *list, const char *path, size_t limit,
                                             mien_error *error);
void mien_name_list_free(mien_name_list *list); /* NULL and zeroed are fine */

/* Make the folder and its missing parents, mode 0700. Fine when it is there already. */
MIEN_MUST_CHECK mien_status mien_folder_create(const char *path, mien_error *error);
/* Remove temporary files that interrupted mien_file_write calls left in a folder. Only while no one
 * writes there (hold the lock). A missing folder is fine. */
MIEN_MUST_CHECK mien_status mien_folder_sweep(const char *path, mien_error *error);

/* folder + "/" + name into path; MIEN_TOO_LARGE when it does not fit. */
MIEN_MUST_CHECK mien_status mien_path_join(char path[MIEN_PATH_SIZE], const char *folder,
                                           const char *name);

/* Folders of this user, not created here. $MIEN_HOME (absolute or relative) gives
 * $MIEN_HOME/{state,config,run}; else the XDG base directories: $XDG_STATE_HOME/mien or
 * ~/.local/state/mien, $XDG_CONFIG_HOME/mien or ~/.config/mien, $XDG_RUNTIME_DIR/mien or the state
 * folder's "run". MIEN_NOT_FOUND when neither these variables nor HOME are set. */
typedef enum mien_folder_kind {
    MIEN_FOLDER_STATE,
    MIEN_FOLDER_CONFIG,
    MIEN_FOLDER_RUNTIME
} mien_folder_kind;
MIEN_MUST_CHECK mien_status mien_folder_of(char path[MIEN_PATH_SIZE], mien_folder_kind kind,
                                           mien_error *error);

/* Advisory lock between processes (and between two locks in one process) on a file that is created
 * when missing and stays. Waits up to `milliseconds` (0: not at all), then MIEN_BUSY. The lock ends
 * with the process. */
typedef struct mien_file_lock {
    int descriptor; /* valid when held */
    bool held;
} mien_file_lock;
MIEN_MUST_CHECK mien_status mien_file_lock_take(mien_file_lock *lock, const char *path,
                                                unsigned milliseconds, mien_error *error);
void mien_file_lock_release(mien_file_lock *lock); /* NULL and zeroed are fine */

#endif
