/* SPDX-License-Identifier: MIT */
/* Answers of an HTTP server: in one piece, in every shorter piece, and as an address. */
#include <stdlib.h>
#include <string.h>

#include "platform/network/http_message.h"
#include "platform/network/http_server.h"

#define LIMIT 4096

static void check(uint8_t *bytes, size_t length, bool ended) {
    mien_http_answer answer;
    mien_status status = mien_http_answer_read(&answer, bytes, length, LIMIT, ended);
    if (status == MIEN_TRUNCATED && ended) abort();
    if (status != MIEN_OK) return;
    if (answer.length > LIMIT || answer.body < bytes ||
        answer.body + answer.length > bytes + length)
        abort();
    if (answer.code < 100 || answer.code > 599) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
    uint8_t *copy = malloc(length + 1);
    mien_http_url url;
    if (copy == NULL) abort();
    for (int ended = 0; ended < 2; ended++)
        for (size_t cut = 0; cut <= length; cut += 1 + length / 16) {
            memcpy(copy, data, cut);
            check(copy, cut, ended);
        }
    memcpy(copy, data, length);
    copy[length] = '\0';
    if (mien_http_url_parse(&url, (const char *)copy, NULL) == MIEN_OK &&
        (url.host[0] == '\0' || url.port == 0 || url.path[0] != '/'))
        abort();
    (void)mien_http_host_is_ours((const char *)copy, 8545, NULL);
    free(copy);
    return 0;
}
