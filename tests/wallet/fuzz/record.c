/* SPDX-License-Identifier: MIT */
/* Records: what is read is written back to the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "wallet/record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mien_record record;
    uint8_t bytes[MIEN_RECORD_SIZE];
    char text[MIEN_RECORD_JSON_MAX];
    size_t length;
    if (mien_record_decode(&record, data, size) != MIEN_OK) return 0;
    if (mien_record_encode(bytes, &record) != MIEN_OK) abort();
    if (size != sizeof bytes || memcmp(bytes, data, size) != 0) abort();
    if (mien_record_json(text, sizeof text, &length, &record) != MIEN_OK) abort();
    return 0;
}
