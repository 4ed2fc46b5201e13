/* SPDX-License-Identifier: MIT */
/* Conformance vectors that live outside the project, as JSON, and what tests do with them. */
#ifndef MIEN_TESTS_WALLET_VECTORS_H
#define MIEN_TESTS_WALLET_VECTORS_H

#include <jansson.h>
#include <stdbool.h>

#include "tests/harness.h"

/* Parsed file of ../shared/vectors, gzip or plain; NULL when there is none. The caller decrefs. */
static inline json_t *vectors_load(const char *name) {
    char command[1400];
    const char *shared = harness_shared();
    if (shared == NULL) return NULL;
    snprintf(command, sizeof command, "%s/vectors/%s", shared, name);
    if (access(command, R_OK) != 0) return NULL;
    bool packed = strlen(name) > 3 && strcmp(name + strlen(name) - 3, ".gz") == 0;
    if (!packed) return json_load_file(command, 0, NULL);
    snprintf(command, sizeof command, "gzip -dc '%s/vectors/%s'", shared, name);
    FILE *pipe = popen(command, "r");
    if (pipe == NULL) return NULL;
    json_t *value = json_loadf(pipe, 0, NULL);
    return pclose(pipe) == 0 ? value : NULL;
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
