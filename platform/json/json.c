/* SPDX-License-Identifier: MIT */
#include "platform/json/json.h"

#include <stdlib.h>
#include <string.h>

#include "platform/files/file.h"

/* jansson allows 2048 levels and recurses; counting brackets outside strings first keeps our own
 * limit, and its stack, small. */
static bool depth_is_fine(const char *text, size_t length) {
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > MIEN_JSON_MAX_DEPTH) return false;
        } else if ((c == ']' || c == '}') && depth != 0) {
            depth--;
        }
    }
    return true;
}

/* jansson's own text may quote the source, which may hold a secret: only the place is told. */
mien_status mien_json_parse(json_t **value, const char *text, size_t length, const char *what,
                            mien_error *error) {
    json_error_t place;
    *value = NULL;
    if (length > MIEN_JSON_MAX_SIZE)
        return mien_fail(error, MIEN_TOO_LARGE, "%.200s: JSON of %zu bytes; the limit is %zu", what,
                         length, MIEN_JSON_MAX_SIZE);
    if (!depth_is_fine(text, length))
        return mien_fail(error, MIEN_TOO_LARGE, "%.200s: JSON nested deeper than %d levels", what,
                         MIEN_JSON_MAX_DEPTH);
    *value = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &place);
    if (*value != NULL) return MIEN_OK;
    if (json_error_code(&place) == json_error_out_of_memory)
        return mien_fail(error, MIEN_MEMORY, "%.200s: no memory for JSON", what);
    return mien_fail(error, MIEN_FORMAT, "%.200s: not valid JSON at line %d, column %d", what,
                     place.line, place.column);
}

mien_status mien_json_read(json_t **value, const char *path, mien_error *error) {
    uint8_t *bytes;
    size_t length;
    *value = NULL;
    MIEN_TRY(mien_file_read(&bytes, &length, path, MIEN_JSON_MAX_SIZE, 0, error));
    mien_status status = mien_json_parse(value, (const char *)bytes, length, path, error);
    free(bytes);
    return status;
}

static mien_status wrong(mien_error *error, const char *key, const char *wanted) {
    return mien_fail(error, MIEN_FORMAT, "JSON key \"%.100s\" is missing or not %s", key, wanted);
}

mien_status mien_json_get_string(const char **out, const json_t *object, const char *key,
                                 mien_error *error) {
    const json_t *found = json_object_get(object, key);
    if (!json_is_string(found)) return wrong(error, key, "a string");
    *out = json_string_value(found);
    return MIEN_OK;
}

mien_status mien_json_get_integer(int64_t *out, const json_t *object, const char *key,
                                  int64_t lowest, int64_t highest, mien_error *error) {
    const json_t *found = json_object_get(object, key);
    if (!json_is_integer(found)) return wrong(error, key, "an integer");
    const int64_t value = json_integer_value(found);
    if (value < lowest || value > highest)
        return mien_fail(error, MIEN_FORMAT, "JSON key \"%.100s\" is %lld, not in %lld..%lld", key,
                         (long long)value, (long long)lowest, (long long)highest);
    *out = value;
    return MIEN_OK;
}

mien_status mien_json_get_number(double *out, const json_t *object, const char *key,
                                 mien_error *error) {
    const json_t *found = json_object_get(object, key);
    if (!json_is_number(found)) return wrong(error, key, "a number");
    *out = json_number_value(found);
    return MIEN_OK;
}

mien_status mien_json_get_bool(bool *out, const json_t *object, const char *key,
                               mien_error *error) {
    const json_t *found = json_object_get(object, key);
    if (!json_is_boolean(found)) return wrong(error, key, "true or false");
    *out = json_is_true(found);
    return MIEN_OK;
}

mien_status mien_json_get_array(json_t **out, const json_t *object, const char *key,
                                mien_error *error) {
    json_t *found = json_object_get(object, key);
    if (!json_is_array(found)) return wrong(error, key, "an array");
    *out = found;
    return MIEN_OK;
}

mien_status mien_json_get_object(json_t **out, const json_t *object, const char *key,
                                 mien_error *error) {
    json_t *found = json_object_get(object, key);
    if (!json_is_object(found)) return wrong(error, key, "an object");
    *out = found;
    return MIEN_OK;
}

static const char digits[] = "0123456789abcdef";

static int digit_value(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

mien_status mien_json_get_hex(uint8_t *out, size_t length, const json_t *object, const char *key,
                              mien_error *error) {
    const json_t *found = json_object_get(object, key);
    if (!json_is_string(found) || json_string_length(found) / 2 != length ||
        json_string_length(found) % 2 != 0)
        return mien_fail(error, MIEN_FORMAT, "JSON key \"%.100s\" is not %zu bytes in hex", key,
                         length);
    const char *text = json_string_value(found);
    for (size_t i = 0; i < 2 * length; i++)
        if (digit_value(text[i]) < 0) return wrong(error, key, "lower-case hex");
    for (size_t i = 0; i < length; i++)
        out[i] = (uint8_t)(digit_value(text[2 * i]) << 4 | digit_value(text[2 * i + 1]));
    return MIEN_OK;
}

static bool listed(const char *key, const char *const *keys) {
    for (; *keys != NULL; keys++)
        if (strcmp(key, *keys) == 0) return true;
    return false;
}

mien_status mien_json_only_keys(const json_t *object, const char *const *keys, mien_error *error) {
    const char *key;
    json_t *value;
    if (!json_is_object(object)) return mien_fail(error, MIEN_FORMAT, "not a JSON object");
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        if (!listed(key, keys))
            return mien_fail(error, MIEN_FORMAT, "unknown JSON key \"%.100s\"", key);
    }
    return MIEN_OK;
}

mien_status mien_json_set_hex(json_t *object, const char *key, const uint8_t *bytes,
                              size_t length) {
    if (length > SIZE_MAX / 2 - 1) return MIEN_OVERFLOW;
    char *text = malloc(2 * length + 1);
    if (text == NULL) return MIEN_MEMORY;
    for (size_t i = 0; i < length; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * length] = '\0';
    mien_status status = mien_json_set(object, key, json_stringn(text, 2 * length));
    free(text);
    return status;
}

mien_status mien_json_set(json_t *object, const char *key, json_t *value) {
    return json_object_set_new(object, key, value) == 0 ? MIEN_OK : MIEN_MEMORY;
}

static size_t print_flags(bool pretty) {
    return JSON_ENCODE_ANY | (pretty ? JSON_INDENT(2) : 0);
}

mien_status mien_json_print(char **text, const json_t *value, bool pretty) {
    *text = json_dumps(value, print_flags(pretty));
    return *text != NULL ? MIEN_OK : MIEN_MEMORY;
}

mien_status mien_json_print_to(FILE *stream, const json_t *value, bool pretty) {
    char *text;
    MIEN_TRY(mien_json_print(&text, value, pretty));
    bool fine = fputs(text, stream) >= 0 && fputc('\n', stream) != EOF && fflush(stream) == 0;
    free(text);
    return fine ? MIEN_OK : MIEN_IO;
}
