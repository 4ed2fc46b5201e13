/* SPDX-License-Identifier: MIT */
/* Every system call fails once, and the power goes between any two: the file is old or new. */
#include "platform/files/file.h"
#include "tests/harness.h"
#include "tests/simulated_disk.h"

static const char old_text[] = "the old content of the vault";
static const char new_text[] = "a new content, of another length, written in several pieces";
static unsigned flags_used;
static int states_old, states_new;

static void prepare(void) {
    simulated_disk_reset();
    simulated_disk_put("home/vault", old_text, sizeof old_text);
    disk.largest_write = 16;
}

/* 'o', 'n', or something else: 'm' missing, 'd' damaged. */
static char what_is_there(const char *path) {
    uint8_t *bytes = NULL;
    size_t length = 0;
    mien_status status = mien_file_read(&bytes, &length, path, DISK_BYTES, 0, NULL);
    char answer = status == MIEN_NOT_FOUND ? 'm' : 'd';
    if (status == MIEN_OK && length == sizeof old_text && memcmp(bytes, old_text, length) == 0)
        answer = 'o';
    if (status == MIEN_OK && length == sizeof new_text && memcmp(bytes, new_text, length) == 0)
        answer = 'n';
    free(bytes);
    return answer;
}

static mien_status write_new(void) {
    return mien_file_write("home/vault", new_text, sizeof new_text, flags_used, NULL);
}

static int calls_of_a_write(void) {
    prepare();
    return write_new() == MIEN_OK ? disk.calls : -1;
}

static void every_call_fails_once(void) {
    const int numbers[] = {EIO, ENOSPC, EACCES, EROFS, EDQUOT, EMFILE};
    for (unsigned f = 0; f < 2; f++) {
        flags_used = f == 0 ? 0 : MIEN_FILE_KEEP_PREVIOUS | MIEN_FILE_PUBLIC;
        const int calls = calls_of_a_write();
        REQUIRE(calls > 8);
        for (int call = 0; call < calls; call++)
            for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
                prepare();
                disk.fail_at = call;
                disk.fail_with = numbers[k];
                mien_status status = write_new();
                disk.fail_at = -1;
                const char there = what_is_there("home/vault");
                CHECK(there == 'n' || (there == 'o' && status != MIEN_OK));
            }
    }
}

static void interrupted_calls_are_repeated(void) {
    flags_used = 0;
    const int calls = calls_of_a_write();
    int fine = 0;
    for (int call = 0; call < calls; call++) {
        prepare();
        disk.fail_at = call;
        disk.fail_with = EINTR;
        fine += write_new() == MIEN_OK;
        disk.fail_at = -1;
        CHECK(what_is_there("home/vault") != 'd');
    }
    CHECK(fine >= 5); /* the open, and each write */
}

static void look(void *context) {
    const bool written = *(bool *)context;
    const char there = what_is_there("home/vault");
    CHECK(there == 'n' || (there == 'o' && !written));
    states_old += there == 'o';
    states_new += there == 'n';
    /* what an interrupted write left is swept away, and the next write works */
    CHECK_INT(mien_folder_sweep("home", NULL), MIEN_OK);
    for (int i = 0; i < DISK_NAMES; i++)
        CHECK(disk.names[i].node < 0 || strstr(disk.names[i].path, "mien-new") == NULL);
    CHECK_INT(write_new(), MIEN_OK);
    CHECK_INT(what_is_there("home/vault"), 'n');
    if ((flags_used & MIEN_FILE_KEEP_PREVIOUS) != 0)
        CHECK(what_is_there("home/vault.previous") == there);
}

static void power_cut_anywhere(void) {
    for (unsigned f = 0; f < 2; f++) {
        flags_used = f == 0 ? 0 : MIEN_FILE_KEEP_PREVIOUS;
        states_old = states_new = 0;
        const int calls = calls_of_a_write();
        for (int call = 0; call <= calls; call++) {
            prepare();
            disk.fail_at = call;
            disk.fail_with = 0;
            bool written = write_new() == MIEN_OK;
            CHECK(written == (call == calls) || call == calls - 1);
            simulated_disk_states(look, &written);
        }
        CHECK(states_old > 10 && states_new > 3); /* the test has seen both sides */
    }
}

/* The simulation itself: a write that forgets to sync must be caught by it. */
static bool damage_seen;

static void look_for_damage(void *context) {
    (void)context;
    if (what_is_there("home/vault") == 'd') damage_seen = true;
}

static void simulation_catches_a_missing_sync(void) {
    prepare();
    damage_seen = false;
    int file = disk_open("home/t", O_WRONLY | O_CREAT | O_EXCL, 0600);
    CHECK_INT(disk_write(file, new_text, 16), 16);
    disk_close(file);
    disk_rename("home/t", "home/vault");
    simulated_disk_states(look_for_damage, NULL);
    CHECK(damage_seen);
}

static void new_file_is_whole_or_missing(void) {
    for (int call = 0; call < 14; call++) {
        simulated_disk_reset();
        disk.fail_at = call;
        disk.fail_with = 0;
        (void)!mien_file_write("home/n", new_text, sizeof new_text, MIEN_FILE_NEW, NULL);
        disk.fail_at = -1;
        const char there = what_is_there("home/n");
        CHECK(there == 'n' || there == 'm');
    }
}

static void removal_is_durable(void) {
    prepare();
    CHECK_INT(mien_file_remove("home/vault", NULL), MIEN_OK);
    CHECK_INT(disk.change_count, 0);
    CHECK_INT(what_is_there("home/vault"), 'm');
}

static void reading_fails_cleanly(void) {
    uint8_t *bytes = NULL;
    size_t length;
    for (int call = 0; call < 5; call++) {
        prepare();
        disk.fail_at = call;
        disk.fail_with = EIO;
        mien_status status = mien_file_read(&bytes, &length, "home/vault", 1000, 0, NULL);
        CHECK(status == MIEN_IO || (call >= 3 && status == MIEN_OK));
        CHECK((status == MIEN_OK) == (bytes != NULL));
        free(bytes);
        bytes = NULL;
    }
}

static void locking_fails_cleanly(void) {
    mien_file_lock lock;
    mien_error error = {MIEN_OK, ""};
    for (int call = 0; call < 2; call++) {
        prepare();
        disk.fail_at = call;
        disk.fail_with = EIO;
        CHECK_INT(mien_file_lock_take(&lock, "home/lock", 0, &error), MIEN_IO);
        CHECK(!lock.held && strstr(error.message, "home/lock") != NULL);
    }
    for (int i = 0; i < DISK_OPEN; i++) CHECK(!disk.open[i].used);
}

static void no_descriptor_leaks(void) {
    flags_used = MIEN_FILE_KEEP_PREVIOUS;
    const int calls = calls_of_a_write();
    for (int call = 0; call < calls; call++) {
        prepare();
        disk.fail_at = call;
        disk.fail_with = EIO;
        (void)!write_new();
        for (int i = 0; i < DISK_OPEN; i++) CHECK(!disk.open[i].used);
    }
}

int main(void) {
    mien_file_system_use(&simulated_disk_calls);
    RUN(every_call_fails_once);
    RUN(interrupted_calls_are_repeated);
    RUN(power_cut_anywhere);
    RUN(simulation_catches_a_missing_sync);
    RUN(new_file_is_whole_or_missing);
    RUN(removal_is_durable);
    RUN(reading_fails_cleanly);
    RUN(locking_fails_cleanly);
    RUN(no_descriptor_leaks);
    mien_file_system_use(NULL);
    return harness_end();
}
