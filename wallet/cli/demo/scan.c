/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memmem, nftw */
#include "wallet/cli/demo/scan.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/files/file.h"

#define MAX_DEPTH 8
#define MAX_NAMES 1000
#define MAX_FILE ((size_t)16 << 20)

typedef struct needles {
    const uint8_t *first;
    size_t count, length, stride;
} needles;

static size_t count_places(const uint8_t *bytes, size_t length, const needles *n) {
    size_t found = 0;
    for (size_t i = 0; i < n->count; i++) {
        const uint8_t *next = bytes, *end = bytes + length;
        while ((next = memmem(next, (size_t)(end - next), n->first + i * n->stride, n->length))) {
            found++;
            next++;
        }
    }
    return found;
}

static mien_status scan_file(mien_scan *scan, const char *path, const needles *n,
                             mien_error *error) {
    uint8_t *bytes;
    size_t length;
    MIEN_TRY(mien_file_read(&bytes, &length, path, MAX_FILE, 0, error));
    scan->files++;
    scan->bytes += length;
    scan->found += count_places(bytes, length, n);
    free(bytes);
    return MIEN_OK;
}

static mien_status scan_folder(mien_scan *scan, const char *folder, const needles *n, int depth,
                               mien_error *error) {
    mien_name_list list;
    if (depth > MAX_DEPTH) return mien_fail(error, MIEN_TOO_LARGE, "%s is too deep", folder);
    MIEN_TRY(mien_folder_list(&list, folder, MAX_NAMES, error));
    mien_status status = MIEN_OK;
    for (size_t i = 0; status == MIEN_OK && i < list.count; i++) {
        char path[MIEN_PATH_SIZE];
        status = mien_path_join(path, folder, list.names[i]);
        if (status != MIEN_OK) break;
        status = mien_folder_exists(path) ? scan_folder(scan, path, n, depth + 1, error)
                                          : scan_file(scan, path, n, error);
    }
    mien_name_list_free(&list);
    return status;
}

mien_status mien_scan_folder(mien_scan *scan, const char *folder, const void *first, size_t count,
                             size_t length, size_t stride, mien_error *error) {
    needles n = {first, count, length, stride};
    return scan_folder(scan, folder, &n, 0, error);
}

static int erase_one(const char *path, const struct stat *info, int type, struct FTW *walk) {
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

bool mien_folder_erase(const char *folder) {
    struct stat info;
    nftw(folder, erase_one, 16, FTW_DEPTH | FTW_PHYS);
    return lstat(folder, &info) != 0;
}
