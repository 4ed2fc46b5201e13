/* SPDX-License-Identifier: MIT */
/* What a client leaves out of a transaction. The node's answers are not trusted: they are bounded,
 * the fee limit applies to them, and the person sees the result. */
#include <string.h>

#include "wallet/rpc/rpc_parts.h"

/* The node says so many per cent of the gas suffice; state may change until it is mined. */
#define GAS_PERCENT 120

mien_status mien_rpc_account(mien_rpc_call *call, const json_t *text, uint32_t *index,
                             uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE]) {
    uint8_t wanted[MIEN_ETHEREUM_ADDRESS_SIZE];
    if (!json_is_string(text) || mien_ethereum_address_parse(wanted, json_string_value(text),
                                                             json_string_length(text)) != MIEN_OK)
        return mien_rpc_fail(call, MIEN_RPC_INVALID_PARAMS, "an account's address is expected");
    for (size_t i = 0; i < call->service->account_count; i++)
        if (memcmp(call->service->accounts[i], wanted, sizeof wanted) == 0) {
            *index = call->service->indices[i];
            memcpy(address, wanted, sizeof wanted);
            return MIEN_OK;
        }
    return mien_rpc_fail(call, MIEN_RPC_UNAUTHORIZED, "this wallet does not serve that account");
}

static json_t *address_json(const uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE]) {
    char text[MIEN_ETHEREUM_ADDRESS_TEXT];
    mien_ethereum_address_text(text, address);
    return json_string(text);
}

static bool read_number(mien_uint256 *out, const json_t *value) {
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *out = mien_uint256_of((uint64_t)json_integer_value(value));
        return true;
    }
    return json_is_string(value) &&
           mien_uint256_parse(out, json_string_value(value), json_string_length(value)) == MIEN_OK;
}

static mien_status from_node(mien_rpc_call *call, mien_uint256 *out, const json_t *value,
                             const char *what) {
    if (read_number(out, value)) return MIEN_OK;
    return mien_rpc_fail(call, MIEN_RPC_DISCONNECTED, "the node's answer to %s is no number", what);
}

static mien_status from_client(mien_rpc_call *call, mien_uint256 *out, const json_t *object,
                               const char *key) {
    if (read_number(out, json_object_get(object, key))) return MIEN_OK;
    return mien_rpc_fail(call, MIEN_RPC_INVALID_PARAMS, "\"%s\" is no number", key);
}

static mien_status ask_number(mien_rpc_call *call, mien_uint256 *out, const char *method,
                              json_t *params) {
    json_t *result;
    MIEN_TRY(mien_rpc_ask(call, &result, method, params));
    mien_status status = from_node(call, out, result, method);
    json_decref(result);
    return status;
}

static mien_status set_number(json_t *object, const char *key, const mien_uint256 *value) {
    char text[MIEN_UINT256_TEXT];
    mien_uint256_text(text, value, 0);
    return mien_json_set(object, key, json_string(text));
}

static bool lacks(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return value == NULL || json_is_null(value);
}

mien_status mien_rpc_next_nonce(mien_rpc_call *call, uint64_t *nonce,
                                const uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE]) {
    mien_uint256 value;
    MIEN_TRY(ask_number(call, &value, "eth_getTransactionCount",
                        json_pack("[o, s]", address_json(from), "pending")));
    if (mien_uint256_to_u64(nonce, &value) != MIEN_OK || *nonce == UINT64_MAX)
        return mien_rpc_fail(call, MIEN_RPC_DISCONNECTED, "the node's nonce cannot be");
    return MIEN_OK;
}

static mien_status fill_nonce(mien_rpc_call *call, json_t *object, const uint8_t *from) {
    uint64_t nonce;
    if (!lacks(object, "nonce")) return MIEN_OK;
    MIEN_TRY(mien_rpc_next_nonce(call, &nonce, from));
    return mien_json_set(object, "nonce", mien_rpc_quantity(nonce));
}

/* Base fee of the latest block; *found false on chains without one. */
static mien_status ask_base_fee(mien_rpc_call *call, mien_uint256 *base, bool *found) {
    json_t *block;
    MIEN_TRY(mien_rpc_ask(call, &block, "eth_getBlockByNumber", json_pack("[s, b]", "latest", 0)));
    const json_t *fee = json_object_get(block, "baseFeePerGas");
    *found = fee != NULL && !json_is_null(fee);
    mien_status status = *found ? from_node(call, base, fee, "eth_getBlockByNumber") : MIEN_OK;
    json_decref(block);
    return status;
}

/* Twice the base fee and the tip: enough for six full blocks in a row. */
static mien_status fill_dynamic_fee(mien_rpc_call *call, json_t *object, const mien_uint256 *base) {
    mien_uint256 tip, most;
    if (lacks(object, "maxPriorityFeePerGas")) {
        MIEN_TRY(ask_number(call, &tip, "eth_maxPriorityFeePerGas", json_array()));
    } else {
        MIEN_TRY(from_client(call, &tip, object, "maxPriorityFeePerGas"));
    }
    if (lacks(object, "maxFeePerGas")) {
        if (mien_uint256_multiply(&most, base, 2) != MIEN_OK ||
            mien_uint256_add(&most, &most, &tip) != MIEN_OK)
            return mien_rpc_fail(call, MIEN_RPC_DISCONNECTED, "the node's base fee cannot be");
        MIEN_TRY(set_number(object, "maxFeePerGas", &most));
    } else {
        /* a tip that we chose must fit the fee that the client chose */
        MIEN_TRY(from_client(call, &most, object, "maxFeePerGas"));
        if (lacks(object, "maxPriorityFeePerGas") && mien_uint256_compare(&tip, &most) > 0)
            tip = most;
    }
    return set_number(object, "maxPriorityFeePerGas", &tip);
}

static bool has_type(const json_t *object, uint64_t wanted) {
    mien_uint256 number, other = mien_uint256_of(wanted);
    return read_number(&number, json_object_get(object, "type")) &&
           mien_uint256_compare(&number, &other) == 0;
}

static mien_status fill_fees(mien_rpc_call *call, json_t *object) {
    mien_uint256 base, price;
    bool dynamic = false;
    bool old = !lacks(object, "gasPrice") || has_type(object, 0) || has_type(object, 1);
    if (!lacks(object, "maxFeePerGas") && !lacks(object, "maxPriorityFeePerGas")) return MIEN_OK;
    if (!old) MIEN_TRY(ask_base_fee(call, &base, &dynamic));
    if (dynamic) return fill_dynamic_fee(call, object, &base);
    if (!lacks(object, "gasPrice")) return MIEN_OK;
    MIEN_TRY(ask_number(call, &price, "eth_gasPrice", json_array()));
    return set_number(object, "gasPrice", &price);
}

/* What estimating takes: the same fields, with numbers in hex as nodes insist on. */
static mien_status for_estimate(mien_rpc_call *call, json_t **out, const json_t *object) {
    static const char *const keys[] = {"to",   "value",      "data",
                                       "from", "accessList", "authorizationList"};
    *out = json_object();
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (!lacks(object, keys[i]) &&
            json_object_set(*out, keys[i], json_object_get(object, keys[i])) != 0)
            return mien_rpc_fail(call, MIEN_RPC_INTERNAL, "no memory");
    return MIEN_OK;
}

static mien_status fill_gas(mien_rpc_call *call, json_t *object) {
    mien_uint256 gas;
    uint64_t amount;
    json_t *estimate;
    if (!lacks(object, "gas")) return MIEN_OK;
    mien_status status = for_estimate(call, &estimate, object);
    if (status != MIEN_OK) {
        json_decref(estimate);
        return status;
    }
    MIEN_TRY(ask_number(call, &gas, "eth_estimateGas", json_pack("[o]", estimate)));
    if (mien_uint256_to_u64(&amount, &gas) != MIEN_OK || amount > MIEN_RPC_GAS_MAX)
        return mien_rpc_fail(call, MIEN_RPC_REJECTED,
                             "the node wants more than %u gas for this; name the gas limit if that "
                             "is meant",
                             MIEN_RPC_GAS_MAX);
    /* a plain transfer costs exactly 21000 */
    if (amount != 21000) amount = amount * GAS_PERCENT / 100;
    return mien_json_set(object, "gas", mien_rpc_quantity(amount));
}

/* The chain is the service's, whatever the client thinks. */
static mien_status fill_chain(mien_rpc_call *call, json_t *object) {
    mien_uint256 number, ours = mien_uint256_of(call->service->chain_id);
    if (!lacks(object, "chainId")) {
        MIEN_TRY(from_client(call, &number, object, "chainId"));
        if (mien_uint256_compare(&number, &ours) != 0)
            return mien_rpc_fail(call, MIEN_RPC_INVALID_PARAMS,
                                 "the transaction is for another chain; this wallet serves %llu",
                                 (unsigned long long)call->service->chain_id);
    }
    return mien_json_set(object, "chainId", mien_rpc_quantity(call->service->chain_id));
}

/* One name for each thing: "data" and "gas". */
static mien_status rename_key(mien_rpc_call *call, json_t *object, const char *other,
                              const char *key) {
    json_t *value = json_object_get(object, other);
    if (value == NULL) return MIEN_OK;
    if (!lacks(object, key) && !json_equal(value, json_object_get(object, key)))
        return mien_rpc_fail(call, MIEN_RPC_INVALID_PARAMS,
                             "\"%s\" and \"%s\" contradict each other", key, other);
    if (json_object_set(object, key, value) != 0 || json_object_del(object, other) != 0)
        return mien_rpc_fail(call, MIEN_RPC_INTERNAL, "no memory");
    return MIEN_OK;
}

static mien_status fill_all(mien_rpc_call *call, json_t *object, uint32_t *index, uint8_t *from) {
    MIEN_TRY(rename_key(call, object, "input", "data"));
    MIEN_TRY(rename_key(call, object, "gasLimit", "gas"));
    if (lacks(object, "from")) {
        MIEN_TRY(mien_json_set(object, "from", address_json(call->service->accounts[0])));
    }
    MIEN_TRY(mien_rpc_account(call, json_object_get(object, "from"), index, from));
    MIEN_TRY(fill_chain(call, object));
    MIEN_TRY(fill_nonce(call, object, from));
    MIEN_TRY(fill_fees(call, object));
    return fill_gas(call, object);
}

mien_status mien_rpc_fill(mien_rpc_call *call, json_t **object, uint32_t *index,
                          uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE]) {
    static const char *const keys[] = {"type",         "chainId",
                                       "nonce",        "to",
                                       "value",        "gas",
                                       "gasLimit",     "gasPrice",
                                       "maxFeePerGas", "maxPriorityFeePerGas",
                                       "data",         "input",
                                       "accessList",   "authorizationList",
                                       "from",         NULL};
    const json_t *given = mien_rpc_param(call, 0);
    *object = NULL;
    if (!json_is_object(given))
        return mien_rpc_fail(call, MIEN_RPC_INVALID_PARAMS, "a transaction object is expected");
    if (mien_json_only_keys(given, keys, &call->error) != MIEN_OK) {
        call->code = MIEN_RPC_INVALID_PARAMS;
        return MIEN_FORMAT;
    }
    json_t *copy = json_copy((json_t *)given);
    if (copy == NULL) return mien_rpc_fail(call, MIEN_RPC_INTERNAL, "no memory");
    mien_status status = fill_all(call, copy, index, from);
    if (status != MIEN_OK) {
        json_decref(copy);
        return status;
    }
    *object = copy;
    return MIEN_OK;
}
