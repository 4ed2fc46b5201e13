/* SPDX-License-Identifier: MIT */
/* Shares from anybody, one a line: inspected, combined; what combines does so again. */
#include <stdlib.h>
#include <string.h>

#include "wallet/slip39/slip39.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
    const char *sentences[MIEN_SLIP39_SHARES];
    uint8_t secret[MIEN_SLIP39_SECRET_MAX], again[MIEN_SLIP39_SECRET_MAX];
    size_t count = 0, secret_length, again_length;
    mien_slip39_share_info info;
    mien_error error;
    char *text = malloc(length + 1), *rest;
    if (text == NULL) abort();
    if (length != 0) memcpy(text, data, length);
    text[length] = '\0';
    for (char *line = strtok_r(text, "\n", &rest); line != NULL && count < MIEN_SLIP39_SHARES;
         line = strtok_r(NULL, "\n", &rest))
        sentences[count++] = line;
    bool cheap = count != 0;
    for (size_t i = 0; i < count; i++)
        if (mien_slip39_inspect(&info, sentences[i], i + 1, &error) == MIEN_OK)
            cheap &= info.iteration_exponent == 0; /* 2^15 times the work proves nothing more */
    if (cheap &&
        mien_slip39_combine(secret, &secret_length, sentences, count, NULL, &error) == MIEN_OK) {
        if (mien_slip39_combine(again, &again_length, sentences, count, "", &error) != MIEN_OK ||
            again_length != secret_length || memcmp(secret, again, secret_length) != 0)
            abort();
    }
    free(text);
    return 0;
}
