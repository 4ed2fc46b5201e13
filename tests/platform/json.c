/* SPDX-License-Identifier: MIT */
#include "platform/json/json.h"
#include "tests/harness.h"

static mien_status parse(json_t **value, const char *text, mien_error *error) {
    return mien_json_parse(value, text, strlen(text), "test", error);
}

static void strange_texts_are_refused(void) {
    static const char *const texts[] = {"",
                                        " ",
                                        "{",
                                        "{}x",
                                        "{} {}",
                                        "[1,]",
                                        "{\"a\":1,}",
                                        "{\"a\":1,\"a\":2}",
                                        "nul",
                                        "NaN",
                                        "[01]",
                                        "'a'",
                                        "\"\xff\"",
                                        "\"\\u0000\"",
                                        "\"\\ud800\"",
                                        "{1:2}",
                                        "[1 2]",
                                        "// x\n1",
                                        "\xef\xbb\xbf{}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *value = NULL;
        mien_error error = {MIEN_OK, ""};
        CHECK_INT(parse(&value, texts[i], &error), MIEN_FORMAT);
        CHECK(value == NULL && strncmp(error.message, "test: ", 6) == 0);
        json_decref(value);
    }
}

static void messages_do_not_quote_the_source(void) {
    json_t *value = NULL;
    mien_error error = {MIEN_OK, ""};
    CHECK_INT(parse(&value, "{\"pin\": hunter2}", &error), MIEN_FORMAT);
    CHECK(strstr(error.message, "hunter2") == NULL && strstr(error.message, "line 1") != NULL);
}

static void depth_is_limited(void) {
    char text[400];
    for (int depth = 1; depth < 100; depth++) {
        json_t *value = NULL;
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        text[2 * depth] = '\0';
        CHECK_INT(parse(&value, text, NULL),
                  depth <= MIEN_JSON_MAX_DEPTH ? MIEN_OK : MIEN_TOO_LARGE);
        json_decref(value);
    }
    json_t *value = NULL; /* brackets in strings do not count */
    CHECK_INT(parse(&value, "[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[\"]", NULL),
              MIEN_OK);
    json_decref(value);
    CHECK_INT(mien_json_parse(&value, text, MIEN_JSON_MAX_SIZE + 1, "big", NULL), MIEN_TOO_LARGE);
}

static void fields_have_types_and_ranges(void) {
    static const char text[] = "{\"s\":\"x\",\"i\":-7,\"d\":0.5,\"b\":true,\"a\":[1],\"o\":{},"
                               "\"h\":\"00ff7a\",\"H\":\"00FF7A\",\"big\":9223372036854775807}";
    json_t *object = NULL, *inner = NULL;
    const char *string = NULL;
    int64_t integer = 5;
    double number = 0;
    bool flag = false;
    uint8_t bytes[3] = {9, 9, 9};
    mien_error error = {MIEN_OK, ""};
    REQUIRE(parse(&object, text, NULL) == MIEN_OK);
    CHECK_INT(mien_json_get_string(&string, object, "s", NULL), MIEN_OK);
    CHECK_TEXT(string, "x");
    CHECK_INT(mien_json_get_integer(&integer, object, "i", -7, -7, NULL), MIEN_OK);
    CHECK_INT(integer, -7);
    CHECK_INT(mien_json_get_integer(&integer, object, "i", -6, 10, &error), MIEN_FORMAT);
    CHECK(strstr(error.message, "\"i\"") != NULL && integer == -7);
    CHECK_INT(mien_json_get_integer(&integer, object, "d", -9, 9, NULL), MIEN_FORMAT);
    CHECK_INT(mien_json_get_integer(&integer, object, "big", 0, INT64_MAX, NULL), MIEN_OK);
    CHECK_INT(mien_json_get_number(&number, object, "d", NULL), MIEN_OK);
    CHECK(number == 0.5);
    CHECK_INT(mien_json_get_number(&number, object, "s", NULL), MIEN_FORMAT);
    CHECK_INT(mien_json_get_bool(&flag, object, "b", NULL), MIEN_OK);
    CHECK(flag);
    CHECK_INT(mien_json_get_bool(&flag, object, "i", NULL), MIEN_FORMAT);
    CHECK_INT(mien_json_get_array(&inner, object, "a", NULL), MIEN_OK);
    CHECK_INT(mien_json_get_array(&inner, object, "o", NULL), MIEN_FORMAT);
    CHECK_INT(mien_json_get_object(&inner, object, "o", NULL), MIEN_OK);
    CHECK_INT(mien_json_get_object(&inner, object, "none", NULL), MIEN_FORMAT);
    CHECK_INT(mien_json_get_string(&string, NULL, "s", NULL), MIEN_FORMAT);
    CHECK_INT(mien_json_get_hex(bytes, 2, object, "h", NULL), MIEN_FORMAT);
    CHECK_INT(mien_json_get_hex(bytes, 3, object, "H", NULL), MIEN_FORMAT);
    CHECK_INT(mien_json_get_hex(bytes, 3, object, "i", NULL), MIEN_FORMAT);
    CHECK_INT(bytes[0], 9);
    CHECK_INT(mien_json_get_hex(bytes, 3, object, "h", NULL), MIEN_OK);
    CHECK_BYTES(bytes, "\x00\xff\x7a", 3);
    json_decref(object);
}

static void unknown_keys_are_refused(void) {
    static const char *const keys[] = {"a", "b", NULL};
    json_t *object = NULL;
    mien_error error = {MIEN_OK, ""};
    REQUIRE(parse(&object, "{\"b\":1}", NULL) == MIEN_OK);
    CHECK_INT(mien_json_only_keys(object, keys, NULL), MIEN_OK);
    json_decref(object);
    REQUIRE(parse(&object, "{\"b\":1,\"c\":2}", NULL) == MIEN_OK);
    CHECK_INT(mien_json_only_keys(object, keys, &error), MIEN_FORMAT);
    CHECK(strstr(error.message, "\"c\"") != NULL);
    json_decref(object);
    REQUIRE(parse(&object, "[1]", NULL) == MIEN_OK);
    CHECK_INT(mien_json_only_keys(object, keys, NULL), MIEN_FORMAT);
    json_decref(object);
}

static void built_and_printed(void) {
    json_t *object = json_object();
    char *text = NULL;
    CHECK_INT(mien_json_set(object, "z", json_integer(1)), MIEN_OK);
    CHECK_INT(mien_json_set(object, "a", json_string("\"\n")), MIEN_OK);
    CHECK_INT(mien_json_set_hex(object, "h", (const uint8_t *)"\x00\xff", 2), MIEN_OK);
    CHECK_INT(mien_json_set(object, "bad", json_string("\xff")), MIEN_MEMORY);
    CHECK_INT(mien_json_print(&text, object, false), MIEN_OK);
    CHECK_TEXT(text, "{\"z\": 1, \"a\": \"\\\"\\n\", \"h\": \"00ff\"}");
    json_t *back = NULL;
    CHECK_INT(parse(&back, text, NULL), MIEN_OK);
    CHECK(json_equal(back, object));
    free(text);
    json_decref(back);
    FILE *full = fopen("/dev/full", "w");
    if (full != NULL) {
        CHECK_INT(mien_json_print_to(full, object, true), MIEN_IO);
        fclose(full);
    }
    json_decref(object);
}

static void files_are_read(void) {
    char path[] = "/tmp/mien-json-XXXXXX";
    int file = mkstemp(path);
    json_t *value = NULL;
    mien_error error = {MIEN_OK, ""};
    REQUIRE(file >= 0 && write(file, "{\"a\": [}", 8) == 8);
    close(file);
    CHECK_INT(mien_json_read(&value, path, &error), MIEN_FORMAT);
    CHECK(strstr(error.message, path) != NULL);
    unlink(path);
    CHECK_INT(mien_json_read(&value, path, NULL), MIEN_NOT_FOUND);
}

int main(void) {
    RUN(strange_texts_are_refused);
    RUN(messages_do_not_quote_the_source);
    RUN(depth_is_limited);
    RUN(fields_have_types_and_ranges);
    RUN(unknown_keys_are_refused);
    RUN(built_and_printed);
    RUN(files_are_read);
    return harness_end();
}
