/* SPDX-License-Identifier: MIT */
/* Ethereum transactions as RLP or JSON: what is taken is written canonically, read back the same,
 * and reviewed. */
#include <stdlib.h>

#include "wallet/ethereum/review.h"

static void use(mien_arena *arena, const mien_ethereum_transaction *t) {
    static const uint8_t from[20] = {1};
    mien_ethereum_limits limits = {{{0}}, true, true, true};
    mien_ethereum_review review;
    mien_ethereum_transaction back;
    mien_error error;
    size_t capacity = (size_t)1 << 22;
    uint8_t *bytes = malloc(capacity), *again = malloc(capacity);
    mien_writer writer = mien_writer_of(bytes, capacity), second = mien_writer_of(again, capacity);
    if (mien_ethereum_write(&writer, t, NULL) == MIEN_OK &&
        writer.used <= MIEN_ETHEREUM_TRANSACTION_MAX) {
        if (mien_ethereum_read_unsigned(&back, arena, mien_view_of(bytes, writer.used), &error) !=
                MIEN_OK ||
            mien_ethereum_write(&second, &back, NULL) != MIEN_OK || second.used != writer.used ||
            memcmp(bytes, again, writer.used) != 0)
            abort();
    }
    if (mien_ethereum_review_transaction(&review, arena, t, from, &limits, &error) == MIEN_OK &&
        review.words == NULL)
        abort();
    free(bytes);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
    mien_arena arena = mien_arena_of((size_t)64 << 20);
    mien_ethereum_transaction t;
    mien_ethereum_signature signature;
    mien_error error;
    uint8_t from[20];
    bool has_from;
    if (mien_ethereum_read_text(&t, from, &has_from, &arena, (const char *)data, length, &error) ==
        MIEN_OK)
        use(&arena, &t);
    if (mien_ethereum_read_unsigned(&t, &arena, mien_view_of(data, length), &error) == MIEN_OK)
        use(&arena, &t);
    if (mien_ethereum_read_signed(&t, &signature, from, &arena, mien_view_of(data, length),
                                  &error) == MIEN_OK)
        use(&arena, &t);
    mien_typed_data typed;
    if (mien_typed_data_read(&typed, &arena, (const char *)data, length, &error) == MIEN_OK &&
        typed.words == NULL)
        abort();
    mien_arena_clear(&arena);
    return 0;
}
