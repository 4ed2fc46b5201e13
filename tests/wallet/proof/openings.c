/* SPDX-License-Identifier: MIT */
/* The count of a private model's openings: durable before each of them, never back. */
#define _GNU_SOURCE
#include "wallet/proof/openings.h"

#include <sys/stat.h>
#include <unistd.h>

#include "platform/files/file.h"
#include "tests/harness.h"

static char folder[64], secret[128], counter[128];
static mien_error error;

static void start(uint32_t most) {
    mien_openings o = {.generation = 2, .most = most};
    strcpy(folder, "/tmp/mien-openings-XXXXXX");
    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(secret, sizeof secret, "%s/model.secret", folder);
    snprintf(counter, sizeof counter, "%s/model.count", folder);
    harness_random_bytes(o.seed, sizeof o.seed);
    harness_random_bytes(o.model, sizeof o.model);
    CHECK_INT(mien_openings_create(secret, counter, &o, &error), MIEN_OK);
}

static void stop(void) {
    mien_name_list names;
    char path[MIEN_PATH_SIZE];
    REQUIRE(mien_folder_list(&names, folder, 100, &error) == MIEN_OK);
    for (size_t i = 0; i < names.count; i++)
        if (mien_path_join(path, folder, names.names[i]) == MIEN_OK) unlink(path);
    mien_name_list_free(&names);
    rmdir(folder);
}

typedef struct kept {
    uint8_t *bytes;
    size_t length;
} kept;
static kept keep(const char *path) {
    kept k = {NULL, 0};
    CHECK_INT(mien_file_read(&k.bytes, &k.length, path, 1000, 0, &error), MIEN_OK);
    return k;
}
static void put_back(const char *path, kept *k) {
    CHECK_INT(mien_file_write(path, k->bytes, k->length, 0, &error), MIEN_OK);
    free(k->bytes);
    k->bytes = NULL;
}

static void a_budget_ends(void) {
    mien_openings o;
    struct stat about;
    start(3);
    CHECK(stat(secret, &about) == 0 && (about.st_mode & 0777) == 0600);
    CHECK(stat(counter, &about) == 0 && (about.st_mode & 0777) == 0600);
    for (uint32_t i = 0; i < 3; i++) {
        CHECK_INT(mien_openings_take(&o, secret, counter, &error), MIEN_OK);
        CHECK_INT(o.opened, i);
        CHECK_INT(o.most, 3);
        CHECK_INT(o.generation, 2);
        CHECK_INT(mien_openings_read(&o, secret, counter, &error), MIEN_OK);
        CHECK_INT(o.opened, i + 1); /* on the disk before anything was opened */
    }
    CHECK_INT(mien_openings_take(&o, secret, counter, &error), MIEN_POLICY_DENIED);
    CHECK_INT(o.most, 0);
    CHECK_INT(mien_openings_read(&o, secret, counter, &error), MIEN_OK);
    CHECK_INT(o.opened, 3);
    CHECK_INT(mien_openings_create(secret, counter, &o, &error), MIEN_EXISTS);
    CHECK_INT(mien_file_remove(secret, &error), MIEN_OK);
    CHECK_INT(mien_openings_create(secret, counter, &o, &error), MIEN_EXISTS);
    stop();
}

static void take(int times) {
    mien_openings o;
    for (int i = 0; i < times; i++)
        CHECK_INT(mien_openings_take(&o, secret, counter, &error), MIEN_OK);
}

static void counts_that_were_put_back(void) {
    mien_openings o;
    start(10);
    take(1);
    kept old_secret = keep(secret), old_counter = keep(counter);
    take(2);
    kept new_secret = keep(secret);
    put_back(secret, &old_secret);
    CHECK_INT(mien_openings_take(&o, secret, counter, &error), MIEN_ROLLED_BACK);
    CHECK_INT(mien_openings_read(&o, secret, counter, &error), MIEN_ROLLED_BACK);
    put_back(secret, &new_secret);
    put_back(counter, &old_counter);
    CHECK_INT(mien_openings_take(&o, secret, counter, &error), MIEN_ROLLED_BACK);
    stop();
}

/* A crash behind the counter: the opening counts, and nothing is lost. */
static void a_crash_in_between(void) {
    mien_openings o;
    start(4);
    take(1);
    kept old = keep(secret);
    take(1);
    put_back(secret, &old);
    CHECK_INT(mien_openings_take(&o, secret, counter, &error), MIEN_OK);
    CHECK_INT(o.opened, 2); /* not 1 a second time */
    CHECK_INT(mien_openings_read(&o, secret, counter, &error), MIEN_OK);
    CHECK_INT(o.opened, 3);
    stop();
}

static void files_that_are_wrong(void) {
    mien_openings o;
    start(4);
    for (int which = 0; which < 2; which++) {
        const char *path = which == 0 ? secret : counter;
        kept whole = keep(path);
        for (size_t i = 0; i < whole.length; i++) {
            whole.bytes[i] ^= 1;
            CHECK_INT(mien_file_write(path, whole.bytes, whole.length, 0, &error), MIEN_OK);
            whole.bytes[i] ^= 1;
            CHECK_INT(mien_openings_take(&o, secret, counter, &error), MIEN_FORMAT);
        }
        CHECK_INT(mien_file_write(path, whole.bytes, whole.length - 1, 0, &error), MIEN_OK);
        CHECK_INT(mien_openings_take(&o, secret, counter, &error), MIEN_FORMAT);
        CHECK_INT(mien_file_remove(path, &error), MIEN_OK);
        CHECK_INT(mien_openings_take(&o, secret, counter, &error), MIEN_NOT_FOUND);
        put_back(path, &whole);
    }
    CHECK_INT(chmod(secret, 0644), 0);
    CHECK(mien_openings_take(&o, secret, counter, &error) != MIEN_OK);
    CHECK_INT(chmod(secret, 0600), 0);
    CHECK_INT(mien_openings_take(&o, secret, counter, &error), MIEN_OK);
    CHECK_INT(o.opened, 0);
    stop();
}

int main(void) {
    RUN(a_budget_ends);
    RUN(counts_that_were_put_back);
    RUN(a_crash_in_between);
    RUN(files_that_are_wrong);
    return harness_end();
}
