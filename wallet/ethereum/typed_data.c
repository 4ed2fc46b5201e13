/* SPDX-License-Identifier: MIT */
/* EIP-712 as eth_signTypedData_v4 has it. Recursion is bounded by the JSON parser's depth limit:
 * every level of types goes down one level of values. */
#include <stdio.h>
#include <stdlib.h>

#include "platform/json/json.h"
#include "wallet/encoding/hex.h"
#include "wallet/ethereum/message.h"
#include "wallet/hash/hash.h"

#define TYPES_MAX 64
#define NAME_MAX_LENGTH 96
#define TEXT_SHOWN 200

typedef struct known_type {
    const char *name;
    uint8_t hash[32];
} known_type;

typedef struct reading {
    const json_t *types;
    mien_arena *arena;
    mien_text words;
    known_type known[TYPES_MAX]; /* hashes of struct types, made on first use */
    size_t known_count;
    mien_error *error;
} reading;

static mien_status bad(reading *r, const char *where, const char *words) {
    return mien_fail(r->error, MIEN_FORMAT, "typed data: \"%.80s\" %s", where, words);
}

/* A type taken apart: uint256[2][] has the base uint256, and its last pair of brackets is []. */
typedef struct type_name {
    char base[NAME_MAX_LENGTH];    /* without any brackets */
    char element[NAME_MAX_LENGTH]; /* without the last pair */
    bool is_array, fixed;
    uint64_t length; /* of a fixed array */
} type_name;

static bool is_identifier(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
        if (!letter && (i == 0 || c < '0' || c > '9')) return false;
    }
    return length > 0;
}

/* "[]" or "[n]" without leading zeros; the brackets in front of the last pair are judged when the
 * element type is taken apart in turn. */
static mien_status split_type(type_name *out, const char *type) {
    size_t length = strlen(type), base = strcspn(type, "[");
    memset(out, 0, sizeof *out);
    if (length >= NAME_MAX_LENGTH || !is_identifier(type, base)) return MIEN_FORMAT;
    memcpy(out->base, type, base);
    if (base == length) return MIEN_OK;
    const char *open = strrchr(type, '[');
    mien_uint256 number;
    if (type[length - 1] != ']') return MIEN_FORMAT;
    size_t digits = (size_t)(type + length - 1 - open) - 1;
    out->is_array = true;
    out->fixed = digits != 0;
    memcpy(out->element, type, (size_t)(open - type));
    if (!out->fixed) return MIEN_OK;
    if (open[1] < '0' || open[1] > '9' || open[2] == 'x') return MIEN_FORMAT;
    MIEN_TRY(mien_uint256_parse(&number, open + 1, digits));
    return mien_uint256_to_u64(&out->length, &number);
}

/* "uint8" .. "uint256", "int8" ..: bits, or 0. "bytes1" .. "bytes32": bytes, or 0. */
static unsigned sized(const char *type, const char *prefix, unsigned step, unsigned most) {
    size_t head = strlen(prefix), length = strlen(type);
    unsigned value = 0;
    if (strncmp(type, prefix, head) != 0 || length == head || length > head + 3 ||
        type[head] == '0')
        return 0;
    for (size_t i = head; i < length; i++) {
        if (type[i] < '0' || type[i] > '9') return 0;
        value = 10 * value + (unsigned)(type[i] - '0');
    }
    return value % step == 0 && value <= most ? value : 0;
}

static bool is_atomic(const char *base) {
    return strcmp(base, "address") == 0 || strcmp(base, "bool") == 0 ||
           strcmp(base, "string") == 0 || strcmp(base, "bytes") == 0 ||
           sized(base, "uint", 8, 256) != 0 || sized(base, "int", 8, 256) != 0 ||
           sized(base, "bytes", 1, 32) != 0;
}

/* Every struct: an identifier, not an atomic type's name; every field: a name of its own and a type
 * that exists. */
static mien_status check_struct(reading *r, const char *name, const json_t *fields) {
    static const char *const keys[] = {"name", "type", NULL};
    const json_t *field;
    size_t index;
    if (!is_identifier(name, strlen(name)) || is_atomic(name) || strlen(name) >= NAME_MAX_LENGTH)
        return bad(r, name, "is no name for a type");
    if (!json_is_array(fields)) return bad(r, name, "is no list of fields");
    json_array_foreach(fields, index, field) {
        type_name type;
        const char *field_name = json_string_value(json_object_get(field, "name"));
        const char *type_text = json_string_value(json_object_get(field, "type"));
        if (field_name == NULL || type_text == NULL)
            return bad(r, name, "has a field without name or type");
        MIEN_TRY(mien_json_only_keys(field, keys, r->error));
        for (size_t i = 0; i < index; i++)
            if (strcmp(json_string_value(json_object_get(json_array_get(fields, i), "name")),
                       field_name) == 0)
                return bad(r, field_name, "is named twice");
        if (!is_identifier(field_name, strlen(field_name)) ||
            split_type(&type, type_text) != MIEN_OK ||
            (!is_atomic(type.base) && json_object_get(r->types, type.base) == NULL))
            return bad(r, type_text, "is no known type");
    }
    return MIEN_OK;
}

static mien_status check_types(reading *r) {
    const char *name;
    json_t *fields;
    if (!json_is_object(r->types) || json_object_size(r->types) > TYPES_MAX)
        return bad(r, "types", "is missing or has more than 64 types");
    json_object_foreach((json_t *)r->types, name, fields) MIEN_TRY(check_struct(r, name, fields));
    return MIEN_OK;
}

/* Names of the structs that a struct is made of, directly or not; itself first. */
static void collect(const char **names, size_t *count, const json_t *types, const char *name) {
    const json_t *field;
    size_t index;
    for (size_t i = 0; i < *count; i++)
        if (strcmp(names[i], name) == 0) return;
    if (*count == TYPES_MAX) return; /* cannot be: there are no more types */
    names[(*count)++] = json_object_iter_key(json_object_iter_at((json_t *)types, name));
    json_array_foreach(json_object_get(types, name), index, field) {
        type_name type;
        if (split_type(&type, json_string_value(json_object_get(field, "type"))) == MIEN_OK &&
            !is_atomic(type.base))
            collect(names, count, types, type.base);
    }
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* encodeType: Mail(Person from,Person to)Person(string name) */
static mien_status type_hash(uint8_t out[32], reading *r, const char *name) {
    const char *names[TYPES_MAX];
    size_t count = 0, index;
    const json_t *field;
    mien_text text = {.arena = r->arena};
    for (size_t i = 0; i < r->known_count; i++)
        if (strcmp(r->known[i].name, name) == 0) {
            memcpy(out, r->known[i].hash, 32);
            return MIEN_OK;
        }
    collect(names, &count, r->types, name);
    qsort(names + 1, count - 1, sizeof names[0], compare_names);
    for (size_t i = 0; i < count; i++) {
        mien_text_append(&text, "%s(", names[i]);
        json_array_foreach(json_object_get(r->types, names[i]), index, field)
            mien_text_append(&text, "%s%s %s", index != 0 ? "," : "",
                             json_string_value(json_object_get(field, "type")),
                             json_string_value(json_object_get(field, "name")));
        mien_text_append(&text, ")");
    }
    MIEN_TRY(text.status);
    mien_keccak256(out, text.start, text.length);
    r->known[r->known_count].name = names[0];
    memcpy(r->known[r->known_count++].hash, out, 32);
    return MIEN_OK;
}

/* Line of the words: control characters and what could pass for structure become dots. */
static void show(reading *r, const char *where, const char *value) {
    char shown[TEXT_SHOWN + 4];
    size_t length = strlen(value), used = length < TEXT_SHOWN ? length : TEXT_SHOWN;
    for (size_t i = 0; i < used; i++)
        shown[i] = (unsigned char)value[i] < 0x20 || value[i] == 0x7f ? '.' : value[i];
    memcpy(shown + used, used < length ? "..." : "", used < length ? 4 : 1);
    mien_text_append(&r->words, "  %s: %s\n", where, shown);
}

/* |value| as a number and its sign, from an integer or a text. */
static mien_status read_number(mien_uint256 *out, bool *negative, const json_t *value) {
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);
    if (json_is_integer(value)) {
        json_int_t number = json_integer_value(value);
        *negative = number < 0;
        *out = mien_uint256_of(number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
        return MIEN_OK;
    }
    if (text == NULL) return MIEN_FORMAT;
    *negative = length > 1 && text[0] == '-';
    return mien_uint256_parse(out, text + *negative, length - *negative);
}

/* Two's complement in 32 bytes; must fit `bits`. */
static mien_status encode_number(uint8_t out[32], const json_t *value, unsigned bits,
                                 bool is_signed) {
    mien_uint256 number, limit = mien_uint256_of(1);
    bool negative;
    unsigned power = is_signed ? bits - 1 : bits; /* |number| < 2^power, or = for the lowest */
    MIEN_TRY(read_number(&number, &negative, value));
    if (negative && !is_signed && !mien_uint256_is_zero(&number)) return MIEN_OVERFLOW;
    if (power < 256) {
        for (unsigned i = 0; i < power; i++) MIEN_TRY(mien_uint256_multiply(&limit, &limit, 2));
        int order = mien_uint256_compare(&number, &limit);
        if (order > 0 || (order == 0 && !negative)) return MIEN_OVERFLOW;
    }
    mien_uint256_to_bytes(out, &number);
    if (!negative) return MIEN_OK;
    unsigned carry = 1;
    for (int i = 31; i >= 0; i--) {
        carry += (uint8_t)~out[i];
        out[i] = (uint8_t)carry;
        carry >>= 8;
    }
    return MIEN_OK;
}

static mien_status read_hex(mien_view *out, reading *r, const json_t *value) {
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);
    uint8_t *bytes;
    if (text == NULL || length < 2 || length % 2 != 0 || text[0] != '0' || text[1] != 'x')
        return MIEN_FORMAT;
    MIEN_TRY(mien_arena_take(r->arena, &bytes, length / 2 - 1, 1));
    MIEN_TRY(mien_hex_decode(bytes, length / 2 - 1, text + 2, length - 2));
    *out = mien_view_of(bytes, length / 2 - 1);
    return MIEN_OK;
}

static mien_status encode_bytes(uint8_t out[32], reading *r, const char *type,
                                const json_t *value) {
    mien_view bytes;
    unsigned size = sized(type, "bytes", 1, 32);
    MIEN_TRY(read_hex(&bytes, r, value));
    if (size == 0) {
        mien_keccak256(out, bytes.data, bytes.length);
        return MIEN_OK;
    }
    if (bytes.length != size) return MIEN_FORMAT;
    memset(out, 0, 32);
    memcpy(out, bytes.data, size);
    return MIEN_OK;
}

static mien_status encode_atomic(uint8_t out[32], reading *r, const char *type,
                                 const json_t *value) {
    memset(out, 0, 32);
    if (strcmp(type, "address") == 0)
        return json_is_string(value)
                   ? mien_ethereum_address_parse(out + 12, json_string_value(value),
                                                 json_string_length(value))
                   : MIEN_FORMAT;
    if (strcmp(type, "bool") == 0) {
        out[31] = json_is_true(value);
        return json_is_boolean(value) ? MIEN_OK : MIEN_FORMAT;
    }
    if (strcmp(type, "string") == 0) {
        if (!json_is_string(value)) return MIEN_FORMAT;
        mien_keccak256(out, json_string_value(value), json_string_length(value));
        return MIEN_OK;
    }
    if (strncmp(type, "bytes", 5) == 0) return encode_bytes(out, r, type, value);
    bool is_signed = type[0] == 'i';
    unsigned bits = sized(type, is_signed ? "int" : "uint", 8, 256);
    return encode_number(out, value, bits, is_signed);
}

static void show_atomic(reading *r, const char *where, const json_t *value) {
    char number[32];
    if (json_is_string(value)) {
        show(r, where, json_string_value(value));
    } else if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        show(r, where, number);
    } else {
        show(r, where, json_is_true(value) ? "true" : "false");
    }
}

static mien_status encode_value(uint8_t out[32], reading *r, const char *type, const json_t *value,
                                const char *where);

static mien_status join(const char **out, reading *r, const char *where, const char *field) {
    mien_text text = {.arena = r->arena};
    mien_text_append(&text, "%s%s%s", where, where[0] != '\0' && field[0] != '[' ? "." : "", field);
    *out = text.start;
    return text.status;
}

static mien_status encode_array(uint8_t out[32], reading *r, const type_name *type,
                                const json_t *value, const char *where) {
    mien_keccak256_state state;
    const json_t *item;
    size_t index;
    if (!json_is_array(value) || (type->fixed && json_array_size(value) != type->length))
        return bad(r, where, "is no list of the right length");
    mien_keccak256_init(&state);
    json_array_foreach(value, index, item) {
        uint8_t word[32];
        char number[32];
        const char *place;
        snprintf(number, sizeof number, "[%zu]", index);
        MIEN_TRY(join(&place, r, where, number));
        MIEN_TRY(encode_value(word, r, type->element, item, place));
        mien_keccak256_update(&state, word, sizeof word);
    }
    mien_keccak256_final(&state, out);
    if (json_array_size(value) == 0) show(r, where, "(empty list)");
    return MIEN_OK;
}

/* hashStruct: type hash, then one word a field. */
static mien_status encode_struct(uint8_t out[32], reading *r, const char *name, const json_t *value,
                                 const char *where) {
    mien_keccak256_state state;
    const json_t *field;
    size_t index;
    uint8_t word[32];
    if (!json_is_object(value)) return bad(r, where, "is no object");
    MIEN_TRY(type_hash(word, r, name));
    mien_keccak256_init(&state);
    mien_keccak256_update(&state, word, sizeof word);
    json_array_foreach(json_object_get(r->types, name), index, field) {
        const char *key = json_string_value(json_object_get(field, "name")), *place;
        MIEN_TRY(join(&place, r, where, key));
        MIEN_TRY(encode_value(word, r, json_string_value(json_object_get(field, "type")),
                              json_object_get(value, key), place));
        mien_keccak256_update(&state, word, sizeof word);
    }
    mien_keccak256_final(&state, out);
    return MIEN_OK;
}

static mien_status encode_value(uint8_t out[32], reading *r, const char *type, const json_t *value,
                                const char *where) {
    type_name name;
    MIEN_TRY(split_type(&name, type));
    if (name.is_array) return encode_array(out, r, &name, value, where);
    if (!is_atomic(name.base)) {
        if (value != NULL && !json_is_null(value))
            return encode_struct(out, r, name.base, value, where);
        memset(out, 0, 32);
        show(r, where, "(none)");
        return MIEN_OK;
    }
    mien_status status = encode_atomic(out, r, name.base, value);
    if (status == MIEN_AUTHENTICATION)
        return mien_fail(r->error, status,
                         "typed data: \"%.80s\" is an address with a wrong checksum (EIP-55)",
                         where);
    if (status != MIEN_OK) return bad(r, where, "is missing or does not fit its type");
    show_atomic(r, where, value);
    return MIEN_OK;
}

/* The domain has the fields of its type, named as in the EIP. Their types may differ from the
 * EIP's: chains other than Ethereum use texts. */
static mien_status check_domain(reading *r, const json_t *domain) {
    static const char *const allowed[5] = {"name", "version", "chainId", "verifyingContract",
                                           "salt"};
    const json_t *fields = json_object_get(r->types, "EIP712Domain"), *field;
    size_t index;
    if (fields == NULL) return bad(r, "EIP712Domain", "is missing among the types");
    if (!json_is_object(domain)) return bad(r, "domain", "is no object");
    json_array_foreach(fields, index, field) {
        const char *name = json_string_value(json_object_get(field, "name"));
        bool known = false;
        for (int i = 0; i < 5; i++) known |= strcmp(name, allowed[i]) == 0;
        if (!known) return bad(r, name, "is no field of a domain");
    }
    return json_object_size(domain) == json_array_size(fields)
               ? MIEN_OK
               : bad(r, "domain", "has fields that its type does not have, or lacks some");
}

static void read_chain_id(mien_typed_data *out, const json_t *domain) {
    mien_uint256 number;
    bool negative;
    const json_t *value = json_object_get(domain, "chainId");
    out->has_chain_id = value != NULL && read_number(&number, &negative, value) == MIEN_OK &&
                        mien_uint256_to_u64(&out->chain_id, &number) == MIEN_OK;
}

static mien_status read_object(mien_typed_data *out, reading *r, const json_t *object) {
    static const char *const keys[] = {"types", "primaryType", "domain", "message", NULL};
    const char *primary = json_string_value(json_object_get(object, "primaryType"));
    const json_t *domain = json_object_get(object, "domain");
    uint8_t bytes[66] = {0x19, 0x01};
    char hex[65];
    if (!json_is_object(object)) return bad(r, "typed data", "is no object");
    MIEN_TRY(mien_json_only_keys(object, keys, r->error));
    r->types = json_object_get(object, "types");
    MIEN_TRY(check_types(r));
    MIEN_TRY(check_domain(r, domain));
    if (primary == NULL || json_object_get(r->types, primary) == NULL)
        return bad(r, "primaryType", "is no type of this data");
    mien_text_append(&r->words, "Typed data \"%s\" for\n", primary);
    MIEN_TRY(encode_struct(out->domain_separator, r, "EIP712Domain", domain, "domain"));
    read_chain_id(out, domain);
    bool only_domain = strcmp(primary, "EIP712Domain") == 0;
    mien_text_append(&r->words, "%s", only_domain ? "" : "with\n");
    if (!only_domain)
        MIEN_TRY(
            encode_struct(out->message_hash, r, primary, json_object_get(object, "message"), ""));
    memcpy(bytes + 2, out->domain_separator, 32);
    memcpy(bytes + 34, out->message_hash, 32);
    mien_keccak256(out->digest, bytes, only_domain ? 34 : 66);
    mien_hex_encode(hex, out->domain_separator, 32);
    mien_text_append(&r->words, "  domain hash:  %s\n", hex);
    mien_hex_encode(hex, out->message_hash, 32);
    mien_text_append(&r->words, "  message hash: %s\n", hex);
    out->words = r->words.start;
    return r->words.status;
}

mien_status mien_typed_data_read(mien_typed_data *out, mien_arena *arena, const char *text,
                                 size_t length, mien_error *error) {
    mien_typed_data made = {0};
    reading r = {.arena = arena, .words = {.arena = arena}, .error = error};
    json_t *object;
    MIEN_TRY(mien_json_parse(&object, text, length, "typed data", error));
    mien_status status = read_object(&made, &r, object);
    json_decref(object);
    if (status == MIEN_OK) *out = made;
    return status;
}
