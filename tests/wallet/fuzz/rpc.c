/* SPDX-License-Identifier: MIT */
/* JSON-RPC requests from any program, with any answer of the node: the first line of the input is
 * the request, what follows is the node's answer to every question. What is answered must be JSON,
 * and nothing may be signed that was not shown. */
#include <stdlib.h>

#include "platform/json/json.h"
#include "wallet/rpc/rpc.h"

typedef struct node {
    const uint8_t *answer;
    size_t length;
} node;

static mien_status upstream(void *context, char **answer, size_t *length, const char *request,
                            size_t request_length, mien_error *error) {
    const node *n = context;
    (void)error;
    if (request_length == 0 || request[request_length] != '\0') abort();
    *answer = malloc(n->length + 1);
    if (*answer == NULL) return MIEN_MEMORY;
    memcpy(*answer, n->answer, n->length);
    (*answer)[n->length] = '\0';
    *length = n->length;
    return MIEN_OK;
}

static mien_status refuse_shown(void *context, mien_rpc_job *job, mien_error *error) {
    static const uint8_t nothing[32];
    (void)context;
    if (job->words == NULL || job->words[0] == '\0') abort();
    if (memcmp(job->digest, nothing, sizeof nothing) == 0) abort();
    return mien_fail(error, MIEN_USER_REFUSED, "refused");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
    const uint8_t *end = length != 0 ? memchr(data, '\n', length) : NULL;
    size_t request = end != NULL ? (size_t)(end - data) : length;
    node n = {data + request, length - request};
    mien_rpc_service service = {
        .chain_id = 31337,
        .accounts = {{0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                      0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11}},
        .account_count = 1,
        .limits = {{{0}}, true, true, true},
        .sign = refuse_shown,
        .upstream = upstream,
        .upstream_context = &n};
    char *answer;
    size_t answer_length;
    json_t *parsed;
    if (mien_rpc_answer(&service, &answer, &answer_length, (const char *)data, request) != MIEN_OK)
        abort();
    if (answer != NULL) {
        /* an answer of the node may be nested as deeply as is taken, and is wrapped once more */
        parsed = json_loadb(answer, answer_length, JSON_DECODE_ANY, NULL);
        if (parsed == NULL) abort();
        json_decref(parsed);
    }
    free(answer);
    return 0;
}
