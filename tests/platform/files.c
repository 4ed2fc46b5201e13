/* SPDX-License-Identifier: MIT */
#include "platform/files/file.h"
#include "platform/memory/secret.h"
#include "tests/harness.h"

#include <sys/stat.h>
#include <sys/wait.h>

static char home[256];

/* A path below the test's own folder. */
static const char *at(const char *name) {
    static char paths[8][MIEN_PATH_SIZE];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, MIEN_PATH_SIZE, "%s/%s", home, name);
    return path;
}

static void put(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    if (file == NULL) abort();
    fputs(text, file);
    fclose(file);
}

static int mode_of(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0 ? (int)(info.st_mode & 07777) : -1;
}

static void check_content(const char *path, const char *expected) {
    uint8_t *bytes = NULL;
    size_t length = 0;
    REQUIRE(mien_file_read(&bytes, &length, path, 1000, 0, NULL) == MIEN_OK);
    CHECK_INT(length, strlen(expected));
    CHECK_TEXT((const char *)bytes, expected);
    free(bytes);
}

static void write_and_read_back(void) {
    CHECK_INT(mien_file_write(at("a"), "first", 5, 0, NULL), MIEN_OK);
    check_content(at("a"), "first");
    CHECK_INT(mode_of(at("a")), 0600);
    CHECK_INT(mien_file_write(at("a"), "second", 6, MIEN_FILE_PUBLIC, NULL), MIEN_OK);
    check_content(at("a"), "second");
    CHECK_INT(mode_of(at("a")), 0644);
    CHECK_INT(mien_file_write(at("a"), NULL, 0, 0, NULL), MIEN_OK);
    check_content(at("a"), "");
    CHECK(!mien_file_exists(at("a.previous")));
}

static void previous_version_is_kept(void) {
    CHECK_INT(mien_file_write(at("p"), "1", 1, MIEN_FILE_KEEP_PREVIOUS, NULL), MIEN_OK);
    CHECK(!mien_file_exists(at("p.previous")));
    CHECK_INT(mien_file_write(at("p"), "2", 1, MIEN_FILE_KEEP_PREVIOUS, NULL), MIEN_OK);
    CHECK_INT(mien_file_write(at("p"), "3", 1, MIEN_FILE_KEEP_PREVIOUS, NULL), MIEN_OK);
    check_content(at("p"), "3");
    check_content(at("p.previous"), "2");
    CHECK_INT(mode_of(at("p.previous")), 0600);
}

static void new_files_replace_nothing(void) {
    mien_error error = {MIEN_OK, ""};
    CHECK_INT(mien_file_write(at("n"), "old", 3, MIEN_FILE_NEW, NULL), MIEN_OK);
    CHECK_INT(mien_file_write(at("n"), "new", 3, MIEN_FILE_NEW, &error), MIEN_EXISTS);
    CHECK(strstr(error.message, "/n") != NULL);
    check_content(at("n"), "old");
}

static void limits_of_reading(void) {
    uint8_t *bytes = NULL;
    size_t length = 9;
    char memory[8];
    mien_error error = {MIEN_OK, ""};
    put(at("ten"), "0123456789");
    CHECK_INT(mien_file_read(&bytes, &length, at("ten"), 9, 0, &error), MIEN_TOO_LARGE);
    CHECK(bytes == NULL && length == 0 && strstr(error.message, "/ten") != NULL);
    CHECK_INT(mien_file_read(&bytes, &length, at("ten"), 10, 0, NULL), MIEN_OK);
    free(bytes);
    CHECK_INT(mien_file_read_into(memory, &length, 8, at("ten"), 0, NULL), MIEN_TOO_LARGE);
    put(at("eight"), "12345678");
    CHECK_INT(mien_file_read_into(memory, &length, 8, at("eight"), 0, NULL), MIEN_OK);
    CHECK_INT(length, 8);
    CHECK_BYTES(memory, "12345678", 8);
    CHECK_INT(mien_file_read(&bytes, &length, at("none"), 9, 0, &error), MIEN_NOT_FOUND);
    CHECK(strstr(error.message, "/none") != NULL);
    CHECK_INT(mien_file_read(&bytes, &length, "/proc/self/maps", 1, 0, NULL), MIEN_TOO_LARGE);
}

static void only_regular_files(void) {
    uint8_t *bytes = NULL;
    size_t length;
    REQUIRE(mkfifo(at("fifo"), 0600) == 0);
    CHECK_INT(mien_file_read(&bytes, &length, at("fifo"), 100, 0, NULL), MIEN_FORMAT);
    CHECK_INT(mien_file_read(&bytes, &length, home, 100, 0, NULL), MIEN_FORMAT);
    CHECK_INT(mien_file_read(&bytes, &length, "/dev/zero", 100, 0, NULL), MIEN_FORMAT);
    CHECK_INT(mien_file_read(&bytes, &length, at("ten/x"), 100, 0, NULL), MIEN_FORMAT);
}

static void links_and_owners(void) {
    uint8_t *bytes = NULL;
    size_t length;
    put(at("target"), "t");
    REQUIRE(symlink("target", at("link")) == 0);
    CHECK_INT(mien_file_read(&bytes, &length, at("link"), 9, 0, NULL), MIEN_OK);
    free(bytes);
    CHECK_INT(mien_file_read(&bytes, &length, at("link"), 9, MIEN_FILE_NO_LINKS, NULL),
              MIEN_FORMAT);
    REQUIRE(chmod(at("target"), 0640) == 0);
    CHECK_INT(mien_file_read(&bytes, &length, at("target"), 9, MIEN_FILE_ONLY_MINE, NULL),
              MIEN_PERMISSION);
    REQUIRE(chmod(at("target"), 0600) == 0);
    CHECK_INT(mien_file_read(&bytes, &length, at("target"), 9, MIEN_FILE_ONLY_MINE, NULL), MIEN_OK);
    free(bytes);
    /* writing replaces the link and leaves what it pointed at */
    CHECK_INT(mien_file_write(at("link"), "new", 3, 0, NULL), MIEN_OK);
    check_content(at("target"), "t");
    check_content(at("link"), "new");
}

static void only_regular_files_are_replaced(void) {
    struct stat info;
    REQUIRE(mkfifo(at("pipe"), 0600) == 0);
    CHECK_INT(mien_file_write(at("pipe"), "new", 3, 0, NULL), MIEN_FORMAT);
    CHECK_INT(mien_file_write(at("pipe"), "new", 3, MIEN_FILE_PUBLIC, NULL), MIEN_FORMAT);
    CHECK(lstat(at("pipe"), &info) == 0 && S_ISFIFO(info.st_mode));
    REQUIRE(symlink("pipe", at("to-pipe")) == 0);
    CHECK_INT(mien_file_write(at("to-pipe"), "new", 3, MIEN_FILE_PUBLIC, NULL), MIEN_FORMAT);
    CHECK(lstat(at("to-pipe"), &info) == 0 && S_ISLNK(info.st_mode));
}

static void no_temporary_files_stay(void) {
    mien_name_list list;
    mien_error error = {MIEN_OK, ""};
    REQUIRE(mkdir(at("in-the-way"), 0700) == 0);
    CHECK(mien_file_write(at("in-the-way"), "x", 1, 0, &error) != MIEN_OK);
    CHECK(strstr(error.message, "in-the-way") != NULL);
    CHECK_INT(mien_file_write(at("missing/x"), "x", 1, 0, NULL), MIEN_NOT_FOUND);
    CHECK_INT(mien_file_write("", "x", 1, 0, NULL), MIEN_ARGUMENT);
    CHECK_INT(mien_file_write(at("x/"), "x", 1, 0, NULL), MIEN_ARGUMENT);
    REQUIRE(mien_folder_list(&list, home, 1000, NULL) == MIEN_OK);
    for (size_t i = 0; i < list.count; i++) CHECK(strstr(list.names[i], "mien-new") == NULL);
    mien_name_list_free(&list);
}

static void remove_files(void) {
    put(at("gone"), "x");
    CHECK(mien_file_exists(at("gone")));
    CHECK_INT(mien_file_remove(at("gone"), NULL), MIEN_OK);
    CHECK(!mien_file_exists(at("gone")));
    CHECK_INT(mien_file_remove(at("gone"), NULL), MIEN_NOT_FOUND);
}

static void folders_are_made_and_listed(void) {
    mien_name_list list;
    mien_error error = {MIEN_OK, ""};
    CHECK_INT(mien_folder_create(at("d/e//f/"), NULL), MIEN_OK);
    CHECK_INT(mien_folder_create(at("d/e/f"), NULL), MIEN_OK);
    CHECK(mien_folder_exists(at("d/e/f")));
    CHECK_INT(mode_of(at("d/e")), 0700);
    CHECK_INT(mien_folder_create("", NULL), MIEN_ARGUMENT);
    CHECK_INT(mien_folder_create(at("ten/x"), &error), MIEN_FORMAT);
    CHECK(strstr(error.message, "/ten") != NULL);
    CHECK_INT(mien_file_check_place(at("d/e/new"), NULL), MIEN_OK);
    CHECK_INT(mien_file_check_place(at("ten"), NULL), MIEN_OK);
    CHECK_INT(mien_file_check_place(at("d/e"), NULL), MIEN_FORMAT);
    CHECK_INT(mien_file_check_place(at("nowhere/new"), NULL), MIEN_NOT_FOUND);
    CHECK_INT(mien_file_check_place(at("ten/new"), NULL), MIEN_FORMAT);
    CHECK(!mien_file_exists(at("d/e/new")));
    put(at("d/b"), "");
    put(at("d/a"), "");
    put(at("d/B"), "");
    REQUIRE(mien_folder_list(&list, at("d"), 10, NULL) == MIEN_OK);
    REQUIRE(list.count == 4);
    CHECK_TEXT(list.names[0], "B");
    CHECK_TEXT(list.names[1], "a");
    CHECK_TEXT(list.names[2], "b");
    CHECK_TEXT(list.names[3], "e");
    mien_name_list_free(&list);
    CHECK_INT(mien_folder_list(&list, at("d"), 3, NULL), MIEN_TOO_LARGE);
    CHECK_INT(mien_folder_list(&list, at("nowhere"), 3, NULL), MIEN_NOT_FOUND);
    CHECK_INT(mien_folder_list(&list, at("d/a"), 3, NULL), MIEN_FORMAT);
    REQUIRE(mien_folder_list(&list, at("d/e/f"), 0, NULL) == MIEN_OK);
    CHECK_INT(list.count, 0);
    mien_name_list_free(&list);
    mien_name_list_free(NULL);
}

static void sweeping_takes_only_leftovers(void) {
    CHECK_INT(mien_folder_create(at("s"), NULL), MIEN_OK);
    put(at("s/.vault.1.2.mien-new"), "x");
    put(at("s/vault"), "x");
    put(at("s/.hidden"), "x");
    put(at("s/x.mien-new"), "x");
    CHECK_INT(mien_folder_sweep(at("s"), NULL), MIEN_OK);
    CHECK(!mien_file_exists(at("s/.vault.1.2.mien-new")));
    CHECK(mien_file_exists(at("s/vault")) && mien_file_exists(at("s/.hidden")) &&
          mien_file_exists(at("s/x.mien-new")));
    CHECK_INT(mien_folder_sweep(at("no such"), NULL), MIEN_OK);
}

static void locks_exclude(void) {
    mien_file_lock first, second;
    mien_error error = {MIEN_OK, ""};
    REQUIRE(mien_file_lock_take(&first, at("lock"), 0, NULL) == MIEN_OK);
    CHECK_INT(mien_file_lock_take(&second, at("lock"), 30, &error), MIEN_BUSY);
    CHECK(strstr(error.message, "/lock") != NULL && !second.held);
    mien_file_lock_release(&second);
    mien_file_lock_release(&first);
    CHECK_INT(mien_file_lock_take(&second, at("lock"), 0, NULL), MIEN_OK);
    mien_file_lock_release(&second);
    mien_file_lock_release(NULL);
}

static void locks_end_with_their_process(void) {
    int ready[2];
    char byte;
    REQUIRE(pipe(ready) == 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        mien_file_lock lock;
        if (mien_file_lock_take(&lock, at("lock"), 0, NULL) != MIEN_OK) _exit(1);
        if (write(ready[1], "x", 1) != 1) _exit(1);
        usleep(100000);
        _exit(0); /* without releasing */
    }
    mien_file_lock lock;
    REQUIRE(child > 0 && read(ready[0], &byte, 1) == 1);
    CHECK_INT(mien_file_lock_take(&lock, at("lock"), 0, NULL), MIEN_BUSY);
    CHECK_INT(mien_file_lock_take(&lock, at("lock"), 5000, NULL), MIEN_OK);
    mien_file_lock_release(&lock);
    waitpid(child, NULL, 0);
    close(ready[0]);
    close(ready[1]);
}

static void check_folder(mien_folder_kind kind, const char *expected) {
    char path[MIEN_PATH_SIZE];
    CHECK_INT(mien_folder_of(path, kind, NULL), MIEN_OK);
    CHECK_TEXT(path, expected);
}

static void places_of_the_user(void) {
    char path[MIEN_PATH_SIZE];
    unsetenv("XDG_STATE_HOME");
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_RUNTIME_DIR");
    setenv("HOME", "/home/ada", 1);
    setenv("MIEN_HOME", "", 1);
    check_folder(MIEN_FOLDER_STATE, "/home/ada/.local/state/mien");
    check_folder(MIEN_FOLDER_CONFIG, "/home/ada/.config/mien");
    check_folder(MIEN_FOLDER_RUNTIME, "/home/ada/.local/state/mien/run");
    setenv("XDG_STATE_HOME", "relative", 1); /* to be ignored, says the specification */
    setenv("XDG_CONFIG_HOME", "/c", 1);
    setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    check_folder(MIEN_FOLDER_STATE, "/home/ada/.local/state/mien");
    check_folder(MIEN_FOLDER_CONFIG, "/c/mien");
    check_folder(MIEN_FOLDER_RUNTIME, "/run/user/7/mien");
    setenv("MIEN_HOME", "here", 1);
    check_folder(MIEN_FOLDER_STATE, "here/state");
    check_folder(MIEN_FOLDER_CONFIG, "here/config");
    check_folder(MIEN_FOLDER_RUNTIME, "here/run");
    unsetenv("MIEN_HOME");
    unsetenv("HOME");
    CHECK_INT(mien_folder_of(path, MIEN_FOLDER_STATE, NULL), MIEN_NOT_FOUND);
    char *longer = malloc(MIEN_PATH_SIZE + 1);
    REQUIRE(longer != NULL);
    memset(longer, 'a', MIEN_PATH_SIZE);
    longer[MIEN_PATH_SIZE] = '\0';
    setenv("HOME", longer, 1);
    CHECK_INT(mien_folder_of(path, MIEN_FOLDER_STATE, NULL), MIEN_TOO_LARGE);
    free(longer);
}

static void paths_join(void) {
    char path[MIEN_PATH_SIZE];
    CHECK_INT(mien_path_join(path, "a/", "b"), MIEN_OK);
    CHECK_TEXT(path, "a/b");
    CHECK_INT(mien_path_join(path, "/", "b"), MIEN_OK);
    CHECK_TEXT(path, "/b");
}

/* Reading a file that changes its size gives the whole or an error, never a mixture of lengths. */
static void random_contents_come_back(void) {
    for (int round = 0; round < 40; round++) {
        uint8_t bytes[5000], *back = NULL;
        size_t length = harness_random_below(sizeof bytes + 1), got = 0;
        harness_random_bytes(bytes, length);
        REQUIRE(mien_file_write(at("random"), bytes, length, MIEN_FILE_KEEP_PREVIOUS, NULL) ==
                MIEN_OK);
        REQUIRE(mien_file_read(&back, &got, at("random"), sizeof bytes, 0, NULL) == MIEN_OK);
        CHECK(got == length && memcmp(back, bytes, length) == 0 && back[length] == 0);
        free(back);
    }
}

int main(void) {
    snprintf(home, sizeof home, "%s/mien-files-XXXXXX",
             getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    if (mkdtemp(home) == NULL) return 1;
    RUN(write_and_read_back);
    RUN(previous_version_is_kept);
    RUN(new_files_replace_nothing);
    RUN(limits_of_reading);
    RUN(only_regular_files);
    RUN(links_and_owners);
    RUN(only_regular_files_are_replaced);
    RUN(no_temporary_files_stay);
    RUN(remove_files);
    RUN(folders_are_made_and_listed);
    RUN(sweeping_takes_only_leftovers);
    RUN(locks_exclude);
    RUN(locks_end_with_their_process);
    RUN(random_contents_come_back);
    RUN(paths_join);
    RUN(places_of_the_user);
    char command[512];
    snprintf(command, sizeof command, "rm -rf '%s'", home);
    if (system(command) != 0) return 1;
    return harness_end();
}
