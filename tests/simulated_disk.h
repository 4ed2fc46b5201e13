/* SPDX-License-Identifier: MIT */
/* A disk in memory behind platform/files/file_system.h, that can lose its power.
 *
 * What a disk promises and no more: the bytes of a file are safe after fsync of the file; a changed
 * name (created, renamed, removed) is safe after fsync of the folder, and until then any first part
 * of the changes may have reached the disk. Bytes that were not synced may be there, missing, or
 * cut off. simulated_disk_states() walks through every state in which the disk may be found after a
 * power cut. Any call can be made to fail with an errno, too. One flat name space, folders exist
 * wherever they are asked for. */
#ifndef MIEN_TESTS_SIMULATED_DISK_H
#define MIEN_TESTS_SIMULATED_DISK_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/files/file_system.h"

#ifndef MIEN_DISK_BYTES
#define MIEN_DISK_BYTES 8192 /* of the largest file; a test may ask for more before the include */
#endif

enum {
    DISK_NODES = 48,
    DISK_NAMES = 48,
    DISK_CHANGES = 64,
    DISK_OPEN = 16,
    DISK_BYTES = MIEN_DISK_BYTES,
    DISK_PATH = 512
};

typedef struct disk_node {
    unsigned char bytes[DISK_BYTES], safe[DISK_BYTES];
    size_t length, safe_length;
    bool synced;
} disk_node;

typedef struct disk_name {
    char path[DISK_PATH];
    int node; /* -1: free */
} disk_name;

typedef struct disk_change {
    char path[DISK_PATH];
    int node;       /* -1: the name goes away */
    bool with_next; /* a rename is two changes that happen together */
} disk_change;

typedef struct simulated_disk {
    disk_node nodes[DISK_NODES];
    int node_count;
    disk_name names[DISK_NAMES], safe_names[DISK_NAMES];
    disk_change changes[DISK_CHANGES]; /* since the last fsync of a folder */
    int change_count;
    struct {
        bool used, folder;
        int node;
        size_t at;
    } open[DISK_OPEN];
    int calls;     /* made so far */
    int fail_at;   /* the call that fails, counting from 0; -1: none */
    int fail_with; /* its errno; 0: power cut, that call and all later ones do nothing and fail */
    int largest_write;
} simulated_disk;

static simulated_disk disk;

static inline int disk_find(const disk_name *names, const char *path) {
    for (int i = 0; i < DISK_NAMES; i++)
        if (names[i].node >= 0 && strcmp(names[i].path, path) == 0) return i;
    return -1;
}

static inline void disk_name_set(disk_name *names, const char *path, int node) {
    int at = disk_find(names, path);
    for (int i = 0; at < 0 && node >= 0 && i < DISK_NAMES; i++)
        if (names[i].node < 0) at = i;
    if (at < 0) return;
    snprintf(names[at].path, DISK_PATH, "%s", path);
    names[at].node = node;
}

static inline void disk_change_name(const char *path, int node, bool with_next) {
    disk_name_set(disk.names, path, node);
    if (disk.change_count == DISK_CHANGES) abort();
    disk_change *change = &disk.changes[disk.change_count++];
    snprintf(change->path, DISK_PATH, "%s", path);
    change->node = node;
    change->with_next = with_next;
}

static inline void simulated_disk_reset(void) {
    memset(&disk, 0, sizeof disk);
    for (int i = 0; i < DISK_NAMES; i++) disk.names[i].node = disk.safe_names[i].node = -1;
    disk.fail_at = -1;
    disk.largest_write = DISK_BYTES;
}

/* Whether this call fails (errno is set then). */
static inline bool disk_fails(void) {
    const int call = disk.calls++;
    if (disk.fail_at < 0 || call < disk.fail_at) return false;
    if (disk.fail_with != 0 && call != disk.fail_at) return false;
    errno = disk.fail_with != 0 ? disk.fail_with : EIO;
    return true;
}

static inline int disk_error(int number) {
    errno = number;
    return -1;
}

static inline int disk_open(const char *path, int flags, mode_t mode) {
    (void)mode;
    if (disk_fails()) return -1;
    int slot = 0;
    while (slot < DISK_OPEN && disk.open[slot].used) slot++;
    if (slot == DISK_OPEN) return disk_error(EMFILE);
    int name = disk_find(disk.names, path);
    if ((flags & O_DIRECTORY) == 0) {
        if (name >= 0 && (flags & O_EXCL) != 0) return disk_error(EEXIST);
        if (name < 0 && (flags & O_CREAT) == 0) return disk_error(ENOENT);
        if (name < 0) {
            if (disk.node_count == DISK_NODES) return disk_error(ENOSPC);
            disk_change_name(path, disk.node_count++, false);
            name = disk_find(disk.names, path);
        }
        disk.open[slot].node = disk.names[name].node;
    } else if (name >= 0) {
        return disk_error(ENOTDIR);
    }
    disk.open[slot].used = true;
    disk.open[slot].folder = (flags & O_DIRECTORY) != 0;
    disk.open[slot].at = 0;
    return 1000 + slot;
}

static inline ssize_t disk_read(int descriptor, void *bytes, size_t length) {
    if (disk_fails()) return -1;
    const disk_node *node = &disk.nodes[disk.open[descriptor - 1000].node];
    size_t *at = &disk.open[descriptor - 1000].at, left = node->length - *at;
    size_t got = length < left ? length : left;
    memcpy(bytes, node->bytes + *at, got);
    *at += got;
    return (ssize_t)got;
}

static inline ssize_t disk_write(int descriptor, const void *bytes, size_t length) {
    if (disk_fails()) return -1;
    disk_node *node = &disk.nodes[disk.open[descriptor - 1000].node];
    if (length > (size_t)disk.largest_write) length = (size_t)disk.largest_write;
    if (length > DISK_BYTES - node->length) return disk_error(ENOSPC);
    memcpy(node->bytes + node->length, bytes, length);
    node->length += length;
    node->synced = false;
    return (ssize_t)length;
}

static inline int disk_fsync(int descriptor) {
    if (disk_fails()) return -1;
    if (disk.open[descriptor - 1000].folder) {
        memcpy(disk.safe_names, disk.names, sizeof disk.names);
        disk.change_count = 0;
        return 0;
    }
    disk_node *node = &disk.nodes[disk.open[descriptor - 1000].node];
    memcpy(node->safe, node->bytes, sizeof node->bytes);
    node->safe_length = node->length;
    node->synced = true;
    return 0;
}

static inline int disk_close(int descriptor) {
    if (descriptor >= 1000) disk.open[descriptor - 1000].used = false;
    return disk_fails() ? -1 : 0;
}

static inline int disk_fstat(int descriptor, struct stat *info) {
    if (disk_fails()) return -1;
    memset(info, 0, sizeof *info);
    const bool folder = disk.open[descriptor - 1000].folder;
    info->st_mode = folder ? S_IFDIR | 0700 : S_IFREG | 0600;
    info->st_uid = geteuid();
    if (!folder) info->st_size = (off_t)disk.nodes[disk.open[descriptor - 1000].node].length;
    return 0;
}

static inline int disk_lstat(const char *path, struct stat *info) {
    if (disk_fails()) return -1;
    int name = disk_find(disk.names, path);
    if (name < 0) return disk_error(ENOENT);
    memset(info, 0, sizeof *info);
    info->st_mode = S_IFREG | 0600;
    info->st_size = (off_t)disk.nodes[disk.names[name].node].length;
    return 0;
}

static inline int disk_fchmod(int descriptor, mode_t mode) {
    (void)descriptor;
    (void)mode;
    return disk_fails() ? -1 : 0;
}

static inline int disk_move(const char *from, const char *to) {
    int name = disk_find(disk.names, from);
    if (name < 0) return disk_error(ENOENT);
    int node = disk.names[name].node;
    disk_change_name(to, node, true);
    disk_change_name(from, -1, false);
    return 0;
}

static inline int disk_rename(const char *from, const char *to) {
    return disk_fails() ? -1 : disk_move(from, to);
}

static inline int disk_rename_new(const char *from, const char *to) {
    if (disk_fails()) return -1;
    return disk_find(disk.names, to) >= 0 ? disk_error(EEXIST) : disk_move(from, to);
}

static inline int disk_unlink(const char *path) {
    if (disk_fails()) return -1;
    if (disk_find(disk.names, path) < 0) return disk_error(ENOENT);
    disk_change_name(path, -1, false);
    return 0;
}

static inline int disk_mkdir(const char *path, mode_t mode) {
    (void)path;
    (void)mode;
    return disk_fails() ? -1 : 0;
}

static inline int disk_flock(int descriptor, int operation) {
    (void)descriptor;
    (void)operation;
    return disk_fails() ? -1 : 0;
}

/* A folder lists every name that begins with it. */
typedef struct disk_listing {
    char prefix[DISK_PATH];
    int next;
    bool used;
} disk_listing;
static disk_listing disk_listings[4];

static inline void *disk_folder_open(const char *path) {
    if (disk_fails()) return NULL;
    for (int i = 0; i < 4; i++)
        if (!disk_listings[i].used) {
            disk_listings[i].used = true;
            disk_listings[i].next = 0;
            snprintf(disk_listings[i].prefix, DISK_PATH, "%s/", path);
            return &disk_listings[i];
        }
    errno = EMFILE;
    return NULL;
}

static inline const char *disk_folder_next(void *folder) {
    disk_listing *listing = folder;
    if (disk_fails()) return NULL;
    errno = 0;
    while (listing->next < DISK_NAMES) {
        const disk_name *name = &disk.names[listing->next++];
        const size_t length = strlen(listing->prefix);
        if (name->node >= 0 && strncmp(name->path, listing->prefix, length) == 0 &&
            strchr(name->path + length, '/') == NULL)
            return name->path + length;
    }
    return NULL;
}

static inline void disk_folder_close(void *folder) {
    ((disk_listing *)folder)->used = false;
}

static const mien_file_system simulated_disk_calls = {
    disk_open,  disk_read,        disk_write,       disk_fsync,       disk_close,  disk_fstat,
    disk_lstat, disk_fchmod,      disk_rename,      disk_rename_new,  disk_unlink, disk_mkdir,
    disk_flock, disk_folder_open, disk_folder_next, disk_folder_close};

/* Put a file on the disk, safely. */
static inline void simulated_disk_put(const char *path, const void *bytes, size_t length) {
    disk_node *node = &disk.nodes[disk.node_count];
    memcpy(node->bytes, bytes, length);
    memcpy(node->safe, bytes, length);
    node->length = node->safe_length = length;
    node->synced = true;
    disk_name_set(disk.names, path, disk.node_count);
    disk_name_set(disk.safe_names, path, disk.node_count);
    disk.node_count++;
}

/* After a power cut: go through every state in which the disk may be found. In each the disk is as
 * after a restart (all calls work) while look() runs. Returns the number of states. */
static inline int simulated_disk_states(void (*look)(void *context), void *context) {
    static simulated_disk kept;
    kept = disk;
    int states = 0;
    for (int changes = 0; changes <= kept.change_count; changes++) {
        if (changes != 0 && kept.changes[changes - 1].with_next) continue;
        /* bytes that were not synced: as written, only what was safe, cut off in the middle */
        for (int fate = 0; fate < 3; fate++) {
            disk = kept;
            memcpy(disk.names, kept.safe_names, sizeof disk.names);
            for (int i = 0; i < changes; i++)
                disk_name_set(disk.names, kept.changes[i].path, kept.changes[i].node);
            for (int i = 0; i < disk.node_count; i++) {
                disk_node *node = &disk.nodes[i];
                if (node->synced || fate == 0) continue;
                memcpy(node->bytes, node->safe, sizeof node->bytes);
                if (fate == 1) node->length = node->safe_length;
                if (fate == 2) /* length, no bytes */
                    memset(node->bytes + node->safe_length, 0,
                           sizeof node->bytes - node->safe_length);
            }
            memset(disk.open, 0, sizeof disk.open);
            memset(disk_listings, 0, sizeof disk_listings);
            memcpy(disk.safe_names, disk.names, sizeof disk.names);
            disk.change_count = 0;
            disk.fail_at = -1;
            look(context);
            states++;
        }
    }
    disk = kept;
    return states;
}

#endif
