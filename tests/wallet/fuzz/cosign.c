/* SPDX-License-Identifier: MIT */
/* What clients tell a co-signer: the first byte says whether a registration or a contract call
 * follows. What is taken must keep what the signer relies on. */
#include <stdlib.h>

#include "wallet/cosign/attestation.h"
#include "wallet/cosign/member.h"

static mien_cosign_root the_root(void) {
    static mien_hd_private key;
    static mien_curve *curve;
    static const uint8_t seed[64] = {1};
    mien_random random = mien_random_system();
    if (curve == NULL && (mien_curve_create(&curve, &random) != MIEN_OK ||
                          mien_hd_master(&key, seed, sizeof seed) != MIEN_OK))
        abort();
    return (mien_cosign_root){curve, &key};
}

static void registration(const char *text) {
    static mien_cosign_member member;
    mien_cosign_root root = the_root();
    mien_error error;
    if (mien_cosign_member_read(&member, text, "", 7, &root, &error) == MIEN_OK) {
        const mien_descriptor *d = &member.descriptor;
        if (member.policy == NULL || (!member.has_bitcoin && !member.has_ethereum)) abort();
        if (member.has_bitcoin &&
            (d->required != 2 || d->key_count != 3 || d->type != MIEN_SCRIPT_P2WSH || !d->sorted ||
             d->keys[1].origin.index[2] != (MIEN_HARDENED | 7)))
            abort();
        if (member.has_ethereum && member.chain_id == 0) abort();
    }
    mien_cosign_member_destroy(&member);
}

static void contract_call(const char *text, size_t length) {
    static const uint8_t contract[20] = {0x11};
    const mien_ethereum_limits limits = {{{0}}, true, true, true};
    mien_arena arena = mien_arena_of((size_t)8 << 20);
    mien_contract_call call;
    mien_ethereum_transaction transaction;
    mien_ethereum_review review;
    const char *words;
    json_t *object;
    if (mien_json_parse(&object, text, length, "call", NULL) != MIEN_OK) return;
    if (mien_contract_call_read(&call, &arena, object, 31337, contract, NULL) == MIEN_OK &&
        mien_contract_call_review(&review, &transaction, &words, &arena, &call, &limits, NULL) ==
            MIEN_OK) {
        static const uint8_t attestation[MIEN_ETHEREUM_SIGNATURE_SIZE];
        mien_view data;
        if (words[0] == '\0') abort();
        if (mien_contract_call_data(&data, &arena, &call, attestation) != MIEN_OK ||
            data.length % 32 != 4)
            abort();
    }
    json_decref(object);
    mien_arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length) {
    if (length == 0) return 0;
    char *text = malloc(length);
    if (text == NULL) abort();
    memcpy(text, data + 1, length - 1);
    text[length - 1] = '\0';
    if (data[0] == 'r')
        registration(text);
    else
        contract_call(text, length - 1);
    free(text);
    return 0;
}
