/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over every file of its corpus folder, and over each file cut at several
 * lengths and with single bytes changed, so that CI exercises the target without libFuzzer. */
#include <dirent.h>
#include <sys/stat.h>

#include "tests/harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The target sees an exact-size heap copy, so that ASan notices any read past the end. */
static void feed(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size != 0 ? size : 1);
    if (copy == NULL) abort();
    if (size != 0) memcpy(copy, data, size);
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void replay(const char *path) {
    size_t size = 0;
    uint8_t *data = harness_read_file(path, &size);
    if (data == NULL) {
        harness_report(__FILE__, __LINE__, path);
        return;
    }
    feed(data, size);
    for (int i = 0; i < 16; i++) feed(data, size * (size_t)i / 16);
    for (int i = 0; i < 32 && size != 0; i++) {
        size_t at = harness_random_below(size);
        uint8_t kept = data[at];
        data[at] ^= (uint8_t)(1u << harness_random_below(8));
        feed(data, size);
        data[at] = kept;
    }
    free(data);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
        return 2;
    }
    DIR *folder = opendir(argv[1]);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char path[4096];
        struct stat info;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) continue;
        harness_test_failures = 0;
        replay(path);
        if (harness_test_failures != 0)
            harness_failed++;
        else
            harness_passed++;
    }
    if (folder != NULL) closedir(folder);
    if (harness_passed == 0) {
        printf("FAIL no corpus in %s\n", argv[1]);
        harness_failed++;
    }
    return harness_end();
}
