/* SPDX-License-Identifier: MIT */
/* A whole evaluation on a few photos: one progress from start to end, and stopping at every point.
 */
#include "wallet/eval/eval.h"

#include <sys/stat.h>

#include "tests/harness.h"

static char root[64];

static void copy_sample(const char *sample, const char *person, int number) {
    char path[256];
    size_t length;
    snprintf(path, sizeof path, "%s/assets/samples/%s.jpg", MIEN_SOURCE_DIR, sample);
    uint8_t *bytes = harness_read_file(path, &length);
    REQUIRE(bytes != NULL);
    snprintf(path, sizeof path, "%s/%s/%d.jpg", root, person, number);
    FILE *file = fopen(path, "wb");
    REQUIRE(file != NULL);
    CHECK(fwrite(bytes, 1, length, file) == length);
    fclose(file);
    free(bytes);
}

static void make_people(void) {
    static const char *const people[][2] = {{"collins", "Ann"}, {"hopper", "Zoe"}};
    snprintf(root, sizeof root, "/tmp/mien-eval-XXXXXX");
    REQUIRE(mkdtemp(root) != NULL);
    for (int p = 0; p < 2; p++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", root, people[p][1]);
        REQUIRE(mkdir(path, 0700) == 0);
        for (int i = 0; i < 2; i++) copy_sample(people[p][0], people[p][1], i);
    }
}

static void remove_people(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", root);
    CHECK_INT(system(command), 0);
}

/* What was reported, and after how many reports to stop. */
typedef struct listener {
    size_t calls, stop_after, last, total, stages;
    char stage[2][32];
} listener;

static bool listen(void *context, const char *step, size_t done, size_t total) {
    listener *l = context;
    CHECK(done <= total && done >= l->last);
    CHECK(l->calls == 0 || total == l->total);
    if (l->stages == 0 || strcmp(l->stage[l->stages - 1], step) != 0) {
        CHECK(l->stages < 2);
        if (l->stages < 2) snprintf(l->stage[l->stages++], sizeof l->stage[0], "%s", step);
    }
    l->last = done;
    l->total = total;
    return ++l->calls <= l->stop_after;
}

static mien_status evaluate(json_t **report, listener *l, size_t stop_after) {
    memset(l, 0, sizeof *l);
    l->stop_after = stop_after;
    mien_progress progress = {listen, l};
    mien_eval_options options = {.faces = root,
                                 .models = MIEN_SOURCE_DIR "/assets/models",
                                 .all_people = true,
                                 .threads = 1,
                                 .impostor_keys = 10,
                                 .progress = &progress};
    return mien_eval_run(report, &options, NULL);
}

static void test_one_progress(void) {
    listener l;
    json_t *report;
    REQUIRE(evaluate(&report, &l, SIZE_MAX) == MIEN_OK);
    const json_t *photos = json_object_get(report, "photos");
    CHECK_INT(json_integer_value(json_object_get(photos, "people")), 2);
    json_decref(report);
    CHECK_INT(l.stages, 2); /* two photos each: only 1 + 1 can be tried */
    CHECK_TEXT(l.stage[0], "photos");
    CHECK_TEXT(l.stage[1], "1+1 photos");
    size_t calls = l.calls;
    REQUIRE(calls > 3);
    for (size_t stop = 0; stop < calls; stop += stop < 2 ? 1 : calls / 4 + 1) {
        CHECK_INT(evaluate(&report, &l, stop), MIEN_INTERRUPTED);
        CHECK(report == NULL && l.calls == stop + 1);
    }
}

int main(void) {
    make_people();
    RUN(test_one_progress);
    remove_people();
    return harness_end();
}
