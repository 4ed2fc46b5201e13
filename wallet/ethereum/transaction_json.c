/* SPDX-License-Identifier: MIT */
/* Transactions as JSON objects, and as whatever a file holds. */
#include "platform/json/json.h"
#include "wallet/encoding/hex.h"
#include "wallet/ethereum/transaction.h"

static mien_status bad(mien_error *error, const char *key, const char *words) {
    return mien_fail(error, MIEN_FORMAT, "transaction: \"%s\" %s", key, words);
}

/* Integer or text; *found (may be NULL, then the field is required) tells whether it is there. */
static mien_status read_number(mien_uint256 *out, bool *found, const json_t *object,
                               const char *key, mien_error *error) {
    const json_t *value = json_object_get(object, key);
    bool present = value != NULL && !json_is_null(value);
    if (found != NULL) *found = present;
    if (!present) return found != NULL ? MIEN_OK : bad(error, key, "is missing");
    if (json_is_integer(value)) {
        long long number = json_integer_value(value);
        if (number < 0 || number >= 1ll << 53) return bad(error, key, "is no safe integer");
        *out = mien_uint256_of((uint64_t)number);
        return MIEN_OK;
    }
    if (!json_is_string(value) ||
        mien_uint256_parse(out, json_string_value(value), json_string_length(value)) != MIEN_OK)
        return bad(error, key, "is no number below 2^256");
    return MIEN_OK;
}

static mien_status read_u64(uint64_t *out, const json_t *object, const char *key,
                            mien_error *error) {
    mien_uint256 value;
    MIEN_TRY(read_number(&value, NULL, object, key, error));
    return mien_uint256_to_u64(out, &value) == MIEN_OK ? MIEN_OK : bad(error, key, "is too large");
}

static mien_status read_address(uint8_t out[MIEN_ETHEREUM_ADDRESS_SIZE], const json_t *value,
                                const char *key, mien_error *error) {
    if (!json_is_string(value)) return bad(error, key, "is no address");
    mien_status status =
        mien_ethereum_address_parse(out, json_string_value(value), json_string_length(value));
    if (status == MIEN_AUTHENTICATION)
        return mien_fail(error, status,
                         "transaction: \"%s\" has a wrong checksum (EIP-55): a digit may be wrong",
                         key);
    return status == MIEN_OK ? status : bad(error, key, "is no address");
}

/* 0x and an even number of digits, in the arena. */
static mien_status read_hex(mien_view *out, mien_arena *arena, const json_t *value, const char *key,
                            mien_error *error) {
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);
    uint8_t *bytes;
    if (text == NULL || length < 2 || length % 2 != 0 || text[0] != '0' || text[1] != 'x')
        return bad(error, key, "is no 0x hex");
    size_t size = length / 2 - 1;
    MIEN_TRY(mien_arena_take(arena, &bytes, size, 1));
    if (mien_hex_decode(bytes, size, text + 2, length - 2) != MIEN_OK)
        return bad(error, key, "is no 0x hex");
    *out = mien_view_of(bytes, size);
    return MIEN_OK;
}

static const json_t *either(const json_t *object, const char *a, const char *b, bool *both) {
    const json_t *x = json_object_get(object, a), *y = json_object_get(object, b);
    *both = x != NULL && y != NULL && !json_equal(x, y);
    return x != NULL ? x : y;
}

static mien_status read_data(mien_ethereum_transaction *t, mien_arena *arena, const json_t *object,
                             mien_error *error) {
    bool both;
    const json_t *value = either(object, "data", "input", &both);
    if (both) return bad(error, "data", "and \"input\" contradict each other");
    if (value == NULL || json_is_null(value)) return MIEN_OK;
    return read_hex(&t->data, arena, value, "data", error);
}

static mien_status read_gas(mien_ethereum_transaction *t, const json_t *object, mien_error *error) {
    bool both;
    const json_t *value = either(object, "gas", "gasLimit", &both);
    if (both) return bad(error, "gas", "and \"gasLimit\" contradict each other");
    const char *key =
        value != NULL && value == json_object_get(object, "gasLimit") ? "gasLimit" : "gas";
    return read_u64(&t->gas_limit, object, key, error);
}

static mien_status read_to(mien_ethereum_transaction *t, const json_t *object, mien_error *error) {
    const json_t *value = json_object_get(object, "to");
    t->creates_contract = value == NULL || json_is_null(value);
    return t->creates_contract ? MIEN_OK : read_address(t->to, value, "to", error);
}

static mien_status read_access(mien_ethereum_access *access, mien_arena *arena, const json_t *entry,
                               mien_error *error) {
    static const char *const keys[] = {"address", "storageKeys", NULL};
    const json_t *storage = json_object_get(entry, "storageKeys"), *item;
    uint8_t *copy;
    size_t index;
    if (!json_is_object(entry)) return bad(error, "accessList", "has an entry that is no object");
    MIEN_TRY(mien_json_only_keys(entry, keys, error));
    MIEN_TRY(read_address(access->address, json_object_get(entry, "address"), "accessList", error));
    if (!json_is_array(storage)) return bad(error, "storageKeys", "is no list");
    access->key_count = json_array_size(storage);
    MIEN_TRY(mien_arena_take(arena, &copy, access->key_count, 32));
    json_array_foreach(storage, index, item) {
        mien_view key;
        MIEN_TRY(read_hex(&key, arena, item, "storageKeys", error));
        if (key.length != 32) return bad(error, "storageKeys", "has a key that is not 32 bytes");
        memcpy(copy + 32 * index, key.data, 32);
    }
    access->keys = copy;
    return MIEN_OK;
}

static mien_status read_access_list(mien_ethereum_transaction *t, mien_arena *arena,
                                    const json_t *object, mien_error *error) {
    const json_t *list = json_object_get(object, "accessList"), *item;
    size_t index;
    if (list == NULL || json_is_null(list)) return MIEN_OK;
    if (!json_is_array(list)) return bad(error, "accessList", "is no list");
    if (t->type == MIEN_ETHEREUM_LEGACY && json_array_size(list) != 0)
        return bad(error, "accessList", "does not go with a legacy transaction");
    t->access_count = json_array_size(list);
    MIEN_TRY(mien_arena_take(arena, &t->access, t->access_count, sizeof *t->access));
    json_array_foreach(list, index, item)
        MIEN_TRY(read_access(&t->access[index], arena, item, error));
    return MIEN_OK;
}

static mien_status read_authorization(mien_ethereum_authorization *a, const json_t *entry,
                                      mien_error *error) {
    static const char *const keys[] = {"chainId", "address", "nonce", "yParity", "r", "s", NULL};
    mien_uint256 number;
    uint64_t parity;
    if (!json_is_object(entry)) return bad(error, "authorizationList", "has a wrong entry");
    MIEN_TRY(mien_json_only_keys(entry, keys, error));
    MIEN_TRY(read_u64(&a->chain_id, entry, "chainId", error));
    MIEN_TRY(read_address(a->delegate, json_object_get(entry, "address"), "address", error));
    MIEN_TRY(read_u64(&a->nonce, entry, "nonce", error));
    MIEN_TRY(read_u64(&parity, entry, "yParity", error));
    if (parity > 1) return bad(error, "yParity", "is not 0 or 1");
    a->y_parity = (uint8_t)parity;
    MIEN_TRY(read_number(&number, NULL, entry, "r", error));
    mien_uint256_to_bytes(a->r, &number);
    MIEN_TRY(read_number(&number, NULL, entry, "s", error));
    mien_uint256_to_bytes(a->s, &number);
    return MIEN_OK;
}

static mien_status read_authorizations(mien_ethereum_transaction *t, mien_arena *arena,
                                       const json_t *object, mien_error *error) {
    const json_t *list = json_object_get(object, "authorizationList"), *item;
    size_t index;
    if (t->type != MIEN_ETHEREUM_SET_CODE) {
        if (list == NULL || json_is_null(list)) return MIEN_OK;
        return bad(error, "authorizationList", "needs type 4");
    }
    if (!json_is_array(list) || json_array_size(list) == 0)
        return bad(error, "authorizationList", "is missing or empty");
    t->authorization_count = json_array_size(list);
    MIEN_TRY(mien_arena_take(arena, &t->authorizations, t->authorization_count,
                             sizeof *t->authorizations));
    json_array_foreach(list, index, item)
        MIEN_TRY(read_authorization(&t->authorizations[index], item, error));
    return MIEN_OK;
}

/* The type as given, or the one that the fields speak of. */
static mien_status read_type(mien_ethereum_type *out, const json_t *object, mien_error *error) {
    mien_uint256 number;
    uint64_t type;
    bool given, priced = json_object_get(object, "gasPrice") != NULL;
    MIEN_TRY(read_number(&number, &given, object, "type", error));
    if (!given) {
        type = json_object_get(object, "authorizationList") != NULL ? 4
               : !priced                                            ? 2
               : json_object_get(object, "accessList") != NULL      ? 1
                                                                    : 0;
    } else if (mien_uint256_to_u64(&type, &number) != MIEN_OK || type > 4 || type == 3) {
        return mien_fail(error, MIEN_UNSUPPORTED, "transactions of this type are not supported");
    }
    *out = (mien_ethereum_type)type;
    return MIEN_OK;
}

static mien_status read_fees(mien_ethereum_transaction *t, const json_t *object,
                             mien_error *error) {
    bool dynamic = t->type == MIEN_ETHEREUM_DYNAMIC_FEE || t->type == MIEN_ETHEREUM_SET_CODE;
    bool priced = json_object_get(object, "gasPrice") != NULL;
    bool capped = json_object_get(object, "maxFeePerGas") != NULL ||
                  json_object_get(object, "maxPriorityFeePerGas") != NULL;
    if (dynamic ? priced : capped)
        return bad(error, dynamic ? "gasPrice" : "maxFeePerGas", "does not go with this type");
    if (!dynamic) return read_number(&t->max_fee, NULL, object, "gasPrice", error);
    MIEN_TRY(read_number(&t->max_fee, NULL, object, "maxFeePerGas", error));
    return read_number(&t->max_priority_fee, NULL, object, "maxPriorityFeePerGas", error);
}

static mien_status read_object(mien_ethereum_transaction *t, uint8_t *from, bool *has_from,
                               mien_arena *arena, const json_t *object, mien_error *error) {
    static const char *const keys[] = {"type",         "chainId",
                                       "nonce",        "to",
                                       "value",        "gas",
                                       "gasLimit",     "gasPrice",
                                       "maxFeePerGas", "maxPriorityFeePerGas",
                                       "data",         "input",
                                       "accessList",   "authorizationList",
                                       "from",         NULL};
    const json_t *sender = json_object_get(object, "from");
    bool has_value;
    if (!json_is_object(object))
        return mien_fail(error, MIEN_FORMAT, "transaction: a JSON object is expected");
    MIEN_TRY(mien_json_only_keys(object, keys, error));
    MIEN_TRY(read_type(&t->type, object, error));
    MIEN_TRY(read_u64(&t->chain_id, object, "chainId", error));
    MIEN_TRY(read_u64(&t->nonce, object, "nonce", error));
    MIEN_TRY(read_gas(t, object, error));
    MIEN_TRY(read_fees(t, object, error));
    MIEN_TRY(read_to(t, object, error));
    MIEN_TRY(read_number(&t->value, &has_value, object, "value", error));
    MIEN_TRY(read_data(t, arena, object, error));
    MIEN_TRY(read_access_list(t, arena, object, error));
    MIEN_TRY(read_authorizations(t, arena, object, error));
    if (t->creates_contract && t->data.length == 0)
        return bad(error, "to", "is missing, and there is no code to create a contract from");
    if (t->creates_contract && t->type == MIEN_ETHEREUM_SET_CODE)
        return bad(error, "to", "is missing; type 4 needs it");
    *has_from = sender != NULL && !json_is_null(sender);
    return *has_from ? read_address(from, sender, "from", error) : MIEN_OK;
}

mien_status mien_ethereum_read_json(mien_ethereum_transaction *out,
                                    uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE], bool *has_from,
                                    mien_arena *arena, const char *text, size_t length,
                                    mien_error *error) {
    mien_ethereum_transaction t = {0};
    uint8_t sender[MIEN_ETHEREUM_ADDRESS_SIZE] = {0};
    json_t *object;
    MIEN_TRY(mien_json_parse(&object, text, length, "transaction", error));
    mien_status status = read_object(&t, sender, has_from, arena, object, error);
    json_decref(object);
    if (status != MIEN_OK) return status;
    *out = t;
    if (from != NULL) memcpy(from, sender, sizeof sender);
    return MIEN_OK;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

mien_status mien_ethereum_read_text(mien_ethereum_transaction *out,
                                    uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE], bool *has_from,
                                    mien_arena *arena, const char *text, size_t length,
                                    mien_error *error) {
    uint8_t *bytes;
    while (length > 0 && is_blank(text[0])) text++, length--;
    while (length > 0 && is_blank(text[length - 1])) length--;
    if (length > 0 && text[0] == '{')
        return mien_ethereum_read_json(out, from, has_from, arena, text, length, error);
    if (length >= 2 && text[0] == '0' && text[1] == 'x') text += 2, length -= 2;
    *has_from = false;
    MIEN_TRY(mien_arena_take(arena, &bytes, length / 2, 1));
    if (length == 0 || mien_hex_decode(bytes, length / 2, text, length) != MIEN_OK)
        return mien_fail(error, MIEN_FORMAT, "transaction: neither a JSON object nor hex");
    return mien_ethereum_read_unsigned(out, arena, mien_view_of(bytes, length / 2), error);
}
