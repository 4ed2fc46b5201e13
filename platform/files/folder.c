/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/base/bytes.h"
#include "platform/files/file.h"
#include "platform/files/file_system.h"

static mien_status fail_folder(mien_error *error, const char *doing, const char *path, int number) {
    mien_status status = number == ENOENT                       ? MIEN_NOT_FOUND
                         : number == EACCES || number == EPERM  ? MIEN_PERMISSION
                         : number == EROFS                      ? MIEN_PERMISSION
                         : number == ENOTDIR || number == ELOOP ? MIEN_FORMAT
                         : number == ENOMEM                     ? MIEN_MEMORY
                                                                : MIEN_IO;
    const char *advice = number == ENOENT    ? "; create its parent folder first"
                         : number == EACCES  ? "; check who owns it and its mode"
                         : number == ENOTDIR ? "; a file is in the way, move it"
                         : number == EROFS   ? "; choose another folder"
                         : number == ENOSPC  ? "; make room first"
                                             : "";
    return mien_fail(error, status, "cannot %s the folder %.200s: %s%s", doing, path,
                     strerror(number), advice);
}

bool mien_folder_exists(const char *path) {
    struct stat info;
    const mien_file_system *calls = mien_file_system_used();
    int descriptor = calls->open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (descriptor < 0) return false;
    bool folder = calls->fstat(descriptor, &info) == 0 && S_ISDIR(info.st_mode);
    (void)calls->close(descriptor);
    return folder;
}

/* ---- listing ---- */

void mien_name_list_free(mien_name_list *list) {
    if (list == NULL) return;
    for (size_t i = 0; i < list->count; i++) free(list->names[i]);
    free(list->names);
    list->names = NULL;
    list->count = 0;
}

static mien_status append(mien_name_list *list, size_t *capacity, const char *name) {
    if (list->count == *capacity) {
        size_t more = *capacity == 0 ? 16 : 2 * *capacity;
        char **names = realloc(list->names, more * sizeof *names);
        if (names == NULL) return MIEN_MEMORY;
        list->names = names;
        *capacity = more;
    }
    char *copy = strdup(name);
    if (copy == NULL) return MIEN_MEMORY;
    list->names[list->count++] = copy;
    return MIEN_OK;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static mien_status collect(mien_name_list *list, void *folder, const char *path, size_t limit,
                           mien_error *error) {
    const mien_file_system *calls = mien_file_system_used();
    size_t capacity = 0;
    const char *name;
    while ((name = calls->folder_next(folder)) != NULL) {
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        if (list->count == limit)
            return mien_fail(error, MIEN_TOO_LARGE, "the folder %.200s has more than %zu entries",
                             path, limit);
        if (append(list, &capacity, name) != MIEN_OK)
            return fail_folder(error, "list", path, ENOMEM);
    }
    return errno == 0 ? MIEN_OK : fail_folder(error, "list", path, errno);
}

mien_status mien_folder_list(mien_name_list *list, const char *path, size_t limit,
                             mien_error *error) {
    const mien_file_system *calls = mien_file_system_used();
    memset(list, 0, sizeof *list);
    void *folder = calls->folder_open(path);
    if (folder == NULL) return fail_folder(error, "list", path, errno);
    mien_status status = collect(list, folder, path, limit, error);
    calls->folder_close(folder);
    if (status != MIEN_OK) {
        mien_name_list_free(list);
        return status;
    }
    if (list->count != 0) qsort(list->names, list->count, sizeof *list->names, compare_names);
    return MIEN_OK;
}

/* ---- creating ---- */

static void parent_of(char parent[MIEN_PATH_SIZE], const char *path) {
    const char *slash = strrchr(path, '/');
    int length = slash == NULL ? 0 : slash == path ? 1 : (int)(slash - path);
    snprintf(parent, MIEN_PATH_SIZE, "%.*s", length == 0 ? 1 : length, length == 0 ? "." : path);
}

mien_status mien_file_check_place(const char *path, mien_error *error) {
    char parent[MIEN_PATH_SIZE], inside[MIEN_PATH_SIZE + 2];
    if (strlen(path) >= sizeof parent)
        return mien_fail(error, MIEN_TOO_LARGE, "the path %.60s... is too long", path);
    if (mien_folder_exists(path))
        return mien_fail(error, MIEN_FORMAT, "%.200s is a folder; name a file in it", path);
    parent_of(parent, path);
    snprintf(inside, sizeof inside, "%s/.", parent); /* of a file that is ENOTDIR */
    if (access(inside, W_OK | X_OK) == 0) return MIEN_OK;
    return fail_folder(error, "write to", parent, errno);
}

static void sync_parent(const char *path) {
    const mien_file_system *calls = mien_file_system_used();
    char parent[MIEN_PATH_SIZE];
    parent_of(parent, path);
    int descriptor = calls->open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (descriptor < 0) return; /* a parent that may be used but not read cannot be synced */
    (void)calls->fsync(descriptor);
    (void)calls->close(descriptor);
}

static mien_status create_one(const char *path, mien_error *error) {
    const mien_file_system *calls = mien_file_system_used();
    if (mien_folder_exists(path)) return MIEN_OK;
    if (calls->mkdir(path, 0700) == 0) {
        sync_parent(path);
        return MIEN_OK;
    }
    if (errno == EEXIST && mien_folder_exists(path)) return MIEN_OK; /* another was quicker */
    return fail_folder(error, "create", path, errno == EEXIST ? ENOTDIR : errno);
}

mien_status mien_folder_create(const char *path, mien_error *error) {
    char part[MIEN_PATH_SIZE];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof part)
        return mien_fail(error, MIEN_ARGUMENT, "'%.100s' does not name a folder", path);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0') continue;
        if (path[i - 1] == '/') continue;
        memcpy(part, path, i);
        part[i] = '\0';
        MIEN_TRY(create_one(part, error));
    }
    return MIEN_OK;
}

static bool is_temporary(const char *name) {
    static const char suffix[] = ".mien-new";
    size_t length = strlen(name);
    return name[0] == '.' && length > sizeof suffix &&
           strcmp(name + length - (sizeof suffix - 1), suffix) == 0;
}

mien_status mien_folder_sweep(const char *path, mien_error *error) {
    mien_name_list list;
    mien_status status = mien_folder_list(&list, path, 100000, error);
    if (status == MIEN_NOT_FOUND) return MIEN_OK;
    MIEN_TRY(status);
    for (size_t i = 0; i < list.count && status == MIEN_OK; i++) {
        char file[MIEN_PATH_SIZE];
        if (!is_temporary(list.names[i])) continue;
        status = mien_path_join(file, path, list.names[i]);
        if (status == MIEN_OK) status = mien_file_remove(file, error);
    }
    mien_name_list_free(&list);
    return status;
}

/* ---- where things are ---- */

mien_status mien_path_join(char path[MIEN_PATH_SIZE], const char *folder, const char *name) {
    size_t length = strlen(folder);
    const char *between = length != 0 && folder[length - 1] == '/' ? "" : "/";
    int wanted = snprintf(path, MIEN_PATH_SIZE, "%s%s%s", folder, between, name);
    return wanted > 0 && wanted < MIEN_PATH_SIZE ? MIEN_OK : MIEN_TOO_LARGE;
}

static const struct {
    const char *under_mien_home, *variable, *under_home;
} places[] = {
    [MIEN_FOLDER_STATE] = {"state", "XDG_STATE_HOME", ".local/state"},
    [MIEN_FOLDER_CONFIG] = {"config", "XDG_CONFIG_HOME", ".config"},
    [MIEN_FOLDER_RUNTIME] = {"run", "XDG_RUNTIME_DIR", NULL},
};

static mien_status runtime_in_state(char path[MIEN_PATH_SIZE], mien_error *error) {
    char state[MIEN_PATH_SIZE];
    MIEN_TRY(mien_folder_of(state, MIEN_FOLDER_STATE, error));
    return mien_path_join(path, state, "run");
}

/* The XDG specification: relative paths in its variables are invalid and to be ignored. */
mien_status mien_folder_of(char path[MIEN_PATH_SIZE], mien_folder_kind kind, mien_error *error) {
    char base[MIEN_PATH_SIZE];
    const char *own = getenv("MIEN_HOME"), *home = getenv("HOME");
    const char *variable = getenv(places[kind].variable);
    mien_status status;
    if (own != NULL && own[0] != '\0') {
        status = mien_path_join(path, own, places[kind].under_mien_home);
    } else if (variable != NULL && variable[0] == '/') {
        status = mien_path_join(path, variable, "mien");
    } else if (places[kind].under_home == NULL) {
        return runtime_in_state(path, error);
    } else if (home == NULL || home[0] == '\0') {
        return mien_fail(error, MIEN_NOT_FOUND,
                         "no place for files: set HOME, or MIEN_HOME to a folder of your own");
    } else {
        status = mien_path_join(base, home, places[kind].under_home);
        if (status == MIEN_OK) status = mien_path_join(path, base, "mien");
    }
    if (status == MIEN_OK) return MIEN_OK;
    return mien_fail(error, status, "the path in MIEN_HOME, %s or HOME is too long",
                     places[kind].variable);
}
