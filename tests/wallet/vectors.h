/* SPDX-License-Identifier: MIT */
/* Conformance vectors that live outside the project, as JSON, and what tests do with them. */
#ifndef MIEN_TESTS_WALLET_VECTORS_H
#define MIEN_TESTS_WALLET_VECTORS_H

#include <jansson.h>
#include <stdbool.h>

#include "tests/harness.h"

/* jansson's integers have 64 bits; longer ones, outside of texts, become texts of their digits. */
static inline json_t *vectors_parse(const char *text, size_t length) {
    char *quoted = malloc(2 * length + 1);
    size_t used = 0;
    bool inside = false;
    for (size_t i = 0; i < length; i++) {
        size_t digits = inside ? 0 : strspn(text + i, "0123456789");
        if (text[i] == '"' && (i == 0 || text[i - 1] != '\\')) inside = !inside;
        if (digits > 18) quoted[used++] = '"';
        memcpy(quoted + used, text + i, digits > 0 ? digits : 1);
        used += digits > 0 ? digits : 1;
        if (digits > 18) quoted[used++] = '"';
        if (digits > 0) i += digits - 1;
    }
    json_error_t error;
    json_t *value = json_loadb(quoted, used, 0, &error);
    if (value == NULL) printf("  JSON: %s in line %d\n", error.text, error.line);
    free(quoted);
    return value;
}

/* Parsed file of ../shared/vectors, gzip or plain; NULL when there is none. The caller decrefs. */
static inline json_t *vectors_load(const char *name) {
    char command[1400];
    const char *shared = harness_shared();
    if (shared == NULL) return NULL;
    snprintf(command, sizeof command, "%s/vectors/%s", shared, name);
    if (access(command, R_OK) != 0) return NULL;
    bool packed = strlen(name) > 3 && strcmp(name + strlen(name) - 3, ".gz") == 0;
    snprintf(command, sizeof command, "%s '%s/vectors/%s'", packed ? "gzip -dc" : "cat", shared,
             name);
    FILE *pipe = popen(command, "r");
    size_t capacity = 64u << 20, length = 0;
    char *text = malloc(capacity);
    if (pipe != NULL && text != NULL) length = fread(text, 1, capacity - 1, pipe);
    bool good = pipe != NULL && pclose(pipe) == 0 && length > 0;
    text[length] = '\0';
    json_t *value = good ? vectors_parse(text, length) : NULL;
    free(text);
    return value;
}

#define VECTORS_OR_SKIP(variable, name)                                                            \
    json_t *variable = vectors_load(name);                                                         \
    if (variable == NULL) SKIP("no ../shared/vectors/%s", name)

static inline const char *vectors_text(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* Bytes of a hex text, with or without 0x; the caller frees. Never NULL. */
static inline uint8_t *vectors_bytes_of(const char *hex, size_t *length) {
    if (hex[0] == '0' && (hex[1] == 'x' || hex[1] == 'X')) hex += 2;
    size_t capacity = strlen(hex) / 2;
    uint8_t *bytes = malloc(capacity + 1);
    *length = harness_hex(bytes, capacity, hex);
    return bytes;
}

static inline uint8_t *vectors_bytes(const json_t *object, const char *key, size_t *length) {
    return vectors_bytes_of(vectors_text(object, key), length);
}

/* One line about how many cases of a file ran. */
static inline void vectors_count(const char *name, size_t ran, const char *note) {
    printf("%s: %zu cases%s%s\n", name, ran, note[0] != '\0' ? ", " : "", note);
}

#endif
