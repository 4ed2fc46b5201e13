/* SPDX-License-Identifier: MIT */
/* Policies from anybody: read or refused with a line, put in words, and asked about a payment. */
#include <stdlib.h>
#include <string.h>

#include "tests/wallet/policy/history.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
    static told_history told = {.paid = true, .asked = true};
    static const mien_policy_flow flow = {.destination = "somewhere", .amount = {{1, 2, 3, 4}}};
    mien_policy_request request = {.flows = &flow, .flow_count = 1};
    mien_policy_history history = told_answers(&told);
    mien_policy *policy;
    mien_policy_decision decision;
    mien_arena arena = mien_arena_of((size_t)64 << 20);
    mien_error error = {0};
    const char *words;
    mien_status status = mien_policy_parse(&policy, (const char *)data, length, &error);
    if (status != MIEN_OK && strncmp(error.message, "line ", 5) != 0) abort();
    if (status == MIEN_OK) {
        if (mien_policy_words(&words, &arena, policy) != MIEN_OK || words[0] == '\0') abort();
        request.kind = (mien_policy_kind)(length % MIEN_POLICY_KINDS);
        request.chain.evm = length % 2 != 0;
        request.chain.id = request.chain.evm ? 1 : 0;
        if (mien_policy_decide(&decision, policy, &request, 0, 0, &history) != MIEN_OK) abort();
        if (decision.verdict == MIEN_VERDICT_ALLOWED) abort(); /* without a face */
    }
    mien_policy_destroy(policy);
    mien_arena_clear(&arena);
    return 0;
}
