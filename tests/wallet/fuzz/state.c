/* SPDX-License-Identifier: MIT */
/* Key file and attempt counter, told apart by their first bytes. */
#include <stdlib.h>
#include <string.h>

#include "wallet/vault/attempts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mien_device_secrets secrets, fixed = {.count = 1};
    mien_attempts attempts;
    uint8_t key_file[MIEN_KEY_FILE_MAX_SIZE], counter[MIEN_ATTEMPTS_SIZE];
    if (mien_key_file_decode(&secrets, data, size) == MIEN_OK) {
        if (secrets.count < 1 || secrets.count > MIEN_DEVICE_SECRETS) abort();
        if (mien_key_file_encode(key_file, &secrets) != size) abort();
        if (memcmp(key_file, data, size) != 0) abort();
    }
    if (mien_attempts_decode(&attempts, data, size, &fixed) == MIEN_OK) {
        mien_attempts_encode(counter, &attempts, fixed.secret[0]);
        if (size != sizeof counter || memcmp(counter, data, size) != 0) abort();
    }
    return 0;
}
