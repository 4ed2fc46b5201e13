/* SPDX-License-Identifier: MIT */
/* wallet-tool: one JSON object a line on stdin, its answer on stdout. With a file as argument: a
 * test that replays the file's lines {"request": {...}, "answer": {...}} and compares. */
#include "tests/harness.h"
#include "tests/wallet/tool.h"

static mien_curve *curve;
static const char *path;

static void serve(void) {
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, stdin) > 0) {
        json_t *request = json_loads(line, 0, NULL);
        json_t *answer = tool_answer(curve, request);
        json_dumpf(answer, stdout, JSON_COMPACT);
        printf("\n");
        fflush(stdout);
        json_decref(answer);
        json_decref(request);
    }
    free(line);
}

static void stored_vectors(void) {
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0, ran = 0;
    REQUIRE(file != NULL);
    while (getline(&line, &capacity, file) > 0) {
        json_t *item = json_loads(line, 0, NULL);
        REQUIRE(item != NULL);
        json_t *answer = tool_answer(curve, json_object_get(item, "request"));
        json_t *expected = json_object_get(item, "answer");
        const char *key;
        json_t *value;
        CHECK(json_object_size(expected) > 0);
        json_object_foreach(expected, key, value) {
            json_t *ours = json_object_get(answer, key);
            if (!json_equal(ours, value)) printf("  line %zu: %s\n", ran + 1, key);
            CHECK(json_equal(ours, value));
        }
        json_decref(answer);
        json_decref(item);
        ran++;
    }
    CHECK(ran >= 100);
    printf("%zu stored vectors\n", ran);
    free(line);
    fclose(file);
}

int main(int count, char **arguments) {
    mien_random random = mien_random_system();
    if (mien_curve_create(&curve, &random) != MIEN_OK) return 1;
    path = count > 1 ? arguments[1] : NULL;
    if (path == NULL)
        serve();
    else
        RUN(stored_vectors);
    mien_curve_destroy(curve);
    return path == NULL ? 0 : harness_end();
}
