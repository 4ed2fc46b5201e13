/* SPDX-License-Identifier: MIT */
/* The folder that a program shares with tests/reference: files NNNN.ENDING, one number a case. */
#ifndef MIEN_TESTS_PROVER_REFERENCE_FILES_H
#define MIEN_TESTS_PROVER_REFERENCE_FILES_H

#include <errno.h>

#include "tests/harness.h"

static const char *folder;
static unsigned cases; /* written or judged so far */

static inline void path_of(char path[1024], unsigned number, const char *ending) {
    snprintf(path, 1024, "%s/%04u.%s", folder, number, ending);
}

static inline void write_file(const char *ending, const uint8_t *bytes, size_t length) {
    char path[1024];
    path_of(path, cases, ending);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) {
        printf("%s: %s\n", path, strerror(errno));
        exit(1);
    }
}

#endif
