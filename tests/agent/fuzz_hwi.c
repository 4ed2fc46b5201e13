/* SPDX-License-Identifier: MIT */
/* Arguments (lines of the input up to an empty one) and standard input (the rest) of mien-hwi. */
#include <stdlib.h>
#include <string.h>

#include "wallet/hwi/hwi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ARGUMENTS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static mien_hwi_call call;
    char *copy = malloc(size + 1), *argv[ARGUMENTS + 1];
    mien_hwi_code code;
    mien_error error;
    int argc = 0;
    if (copy == NULL) return 0;
    memcpy(copy, data, size);
    copy[size] = '\0';
    argv[argc++] = (char[]){"mien-hwi"};
    char *rest = copy;
    while (*rest != '\0' && *rest != '\n' && argc < ARGUMENTS) {
        argv[argc++] = rest;
        rest += strcspn(rest, "\n");
        if (*rest != '\0') *rest++ = '\0';
    }
    if (*rest == '\n') rest++;
    FILE *input = tmpfile();
    const size_t left = (size_t)(copy + size - rest);
    if (input != NULL && fwrite(rest, 1, left, input) == left) {
        rewind(input);
        mien_status status = mien_hwi_read(&call, &code, argc, argv, input, &error);
        if (status == MIEN_OK && call.word_count > MIEN_HWI_WORDS_MAX) abort();
        if (status != MIEN_OK && (int)code >= 0) abort();
        mien_hwi_release(&call);
    }
    if (input != NULL) fclose(input);
    free(copy);
    return 0;
}
