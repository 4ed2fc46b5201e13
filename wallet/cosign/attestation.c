/* SPDX-License-Identifier: MIT */
#include "wallet/cosign/attestation.h"

#include <inttypes.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "wallet/encoding/hex.h"
#include "wallet/hash/hash.h"

#define WORD 32

/* ---- reading ---- */

static mien_status bad(mien_error *error, const char *key) {
    return mien_fail(error, MIEN_FORMAT, "call: \"%s\" is missing or wrong", key);
}

static mien_status read_number(mien_uint256 *out, const json_t *object, const char *key,
                               mien_error *error) {
    const json_t *value = json_object_get(object, key);
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *out = mien_uint256_of((uint64_t)json_integer_value(value));
        return MIEN_OK;
    }
    if (json_is_string(value) &&
        mien_uint256_parse(out, json_string_value(value), json_string_length(value)) == MIEN_OK)
        return MIEN_OK;
    return bad(error, key);
}

static mien_status read_u64(uint64_t *out, const json_t *object, const char *key,
                            mien_error *error) {
    mien_uint256 number;
    MIEN_TRY(read_number(&number, object, key, error));
    return mien_uint256_to_u64(out, &number) == MIEN_OK ? MIEN_OK : bad(error, key);
}

static mien_status read_data(mien_view *out, mien_arena *arena, const json_t *object,
                             mien_error *error) {
    const json_t *value = json_object_get(object, "data");
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);
    uint8_t *bytes;
    if (value == NULL) return MIEN_OK;
    if (text == NULL || length < 2 || length % 2 != 0 || memcmp(text, "0x", 2) != 0 ||
        length / 2 - 1 > MIEN_ETHEREUM_TRANSACTION_MAX)
        return bad(error, "data");
    MIEN_TRY(mien_arena_take(arena, &bytes, length / 2, 1));
    if (mien_hex_decode(bytes, length / 2 - 1, text + 2, length - 2) != MIEN_OK)
        return bad(error, "data");
    *out = mien_view_of(bytes, length / 2 - 1);
    return MIEN_OK;
}

mien_status mien_contract_call_read(mien_contract_call *out, mien_arena *arena,
                                    const json_t *object, uint64_t chain_id,
                                    const uint8_t contract[MIEN_ETHEREUM_ADDRESS_SIZE],
                                    mien_error *error) {
    static const char *const keys[] = {"to", "value", "data", "nonce", "deadline", NULL};
    const json_t *to = json_object_get(object, "to");
    mien_contract_call call = {.chain_id = chain_id};
    memcpy(call.contract, contract, sizeof call.contract);
    if (!json_is_object(object)) return mien_fail(error, MIEN_FORMAT, "the call is no object");
    MIEN_TRY(mien_json_only_keys(object, keys, error));
    if (!json_is_string(to) || mien_ethereum_address_parse(call.to, json_string_value(to),
                                                           json_string_length(to)) != MIEN_OK)
        return bad(error, "to");
    if (json_object_get(object, "value") != NULL)
        MIEN_TRY(read_number(&call.value, object, "value", error));
    MIEN_TRY(read_data(&call.data, arena, object, error));
    MIEN_TRY(read_u64(&call.nonce, object, "nonce", error));
    MIEN_TRY(read_u64(&call.deadline, object, "deadline", error));
    *out = call;
    return MIEN_OK;
}

/* ---- hashing: EIP-712 ---- */

static void put_u64(uint8_t word[WORD], uint64_t value) {
    memset(word, 0, WORD);
    mien_store_be64(word + 24, value);
}

static void put_address(uint8_t word[WORD], const uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE]) {
    memset(word, 0, WORD);
    memcpy(word + 12, address, MIEN_ETHEREUM_ADDRESS_SIZE);
}

static void put_hash(uint8_t word[WORD], const char *text) {
    mien_keccak256(word, text, strlen(text));
}

static void domain_separator(uint8_t out[32], const mien_contract_call *call) {
    uint8_t words[5][WORD];
    put_hash(words[0],
             "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    put_hash(words[1], "MienAccount");
    put_hash(words[2], "1");
    put_u64(words[3], call->chain_id);
    put_address(words[4], call->contract);
    mien_keccak256(out, words, sizeof words);
}

void mien_contract_call_hash(uint8_t out[32], const mien_contract_call *call) {
    uint8_t words[6][WORD], message[2 + 64] = {0x19, 0x01};
    put_hash(words[0],
             "Execute(address to,uint256 value,bytes data,uint256 nonce,uint256 deadline)");
    put_address(words[1], call->to);
    mien_uint256_to_bytes(words[2], &call->value);
    mien_keccak256(words[3], call->data.data, call->data.length);
    put_u64(words[4], call->nonce);
    put_u64(words[5], call->deadline);
    domain_separator(message + 2, call);
    mien_keccak256(message + 34, words, sizeof words);
    mien_keccak256(out, message, sizeof message);
}

/* ---- showing ---- */

mien_status mien_contract_call_review(mien_ethereum_review *out,
                                      mien_ethereum_transaction *transaction, const char **words,
                                      mien_arena *arena, const mien_contract_call *call,
                                      const mien_ethereum_limits *limits, mien_error *error) {
    mien_text text = {.arena = arena};
    char contract[MIEN_ETHEREUM_ADDRESS_TEXT];
    uint8_t hash[32];
    *transaction = (mien_ethereum_transaction){.type = MIEN_ETHEREUM_DYNAMIC_FEE,
                                               .chain_id = call->chain_id,
                                               .nonce = call->nonce,
                                               .value = call->value,
                                               .data = call->data};
    memcpy(transaction->to, call->to, sizeof transaction->to);
    MIEN_TRY(
        mien_ethereum_review_transaction(out, arena, transaction, call->contract, limits, error));
    mien_contract_call_hash(hash, call);
    mien_ethereum_message_digest(out->digest, call->contract, hash);
    mien_ethereum_address_text(contract, call->contract);
    mien_text_append(&text,
                     "Call of the contract account %s, allowed until %" PRIu64
                     " seconds since 1970; its fee is paid by who sends it.\n%s",
                     contract, call->deadline, out->words);
    *words = text.start;
    return text.status;
}

/* ---- calling ---- */

/* executeAttested((address,uint256,bytes,uint256,uint256),bytes), encoded as the ABI has it. */
mien_status mien_contract_call_data(mien_view *out, mien_arena *arena,
                                    const mien_contract_call *call,
                                    const uint8_t attestation[MIEN_ETHEREUM_SIGNATURE_SIZE]) {
    size_t padded = (call->data.length + WORD - 1) / WORD * WORD;
    size_t tuple = 6 * WORD + padded, size = 4 + 2 * WORD + tuple + 4 * WORD;
    uint8_t *bytes, hash[32];
    MIEN_TRY(mien_arena_take(arena, &bytes, size, 1));
    put_hash(hash, "executeAttested((address,uint256,bytes,uint256,uint256),bytes)");
    memcpy(bytes, hash, 4);
    uint8_t *head = bytes + 4, *body = head + 2 * WORD;
    put_u64(head, 2 * WORD);
    put_u64(head + WORD, 2 * WORD + tuple);
    put_address(body, call->to);
    mien_uint256_to_bytes(body + WORD, &call->value);
    put_u64(body + 2 * WORD, 5 * WORD);
    put_u64(body + 3 * WORD, call->nonce);
    put_u64(body + 4 * WORD, call->deadline);
    put_u64(body + 5 * WORD, call->data.length);
    if (call->data.length != 0) memcpy(body + 6 * WORD, call->data.data, call->data.length);
    put_u64(body + tuple, MIEN_ETHEREUM_SIGNATURE_SIZE);
    memcpy(body + tuple + WORD, attestation, MIEN_ETHEREUM_SIGNATURE_SIZE);
    *out = mien_view_of(bytes, size);
    return MIEN_OK;
}
