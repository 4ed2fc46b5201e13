/* SPDX-License-Identifier: MIT */
/* What the rewriting of a JPEG lets through is a JPEG that it leaves as it is. */
#include <stdlib.h>
#include <string.h>

#include "platform/images/jpeg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *once = NULL, *twice = NULL;
    size_t once_length = 0, twice_length = 0;
    if (mien_jpeg_rewrite(&once, &once_length, data, size) != MIEN_OK) {
        if (once != NULL) abort();
        return 0;
    }
    if (once_length > size + MIEN_JPEG_TABLES_SIZE) abort();
    if (mien_jpeg_rewrite(&twice, &twice_length, once, once_length) != MIEN_OK) abort();
    if (twice_length != once_length || memcmp(once, twice, once_length) != 0) abort();
    free(once);
    free(twice);
    return 0;
}
