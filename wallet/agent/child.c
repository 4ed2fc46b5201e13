/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "wallet/agent/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/memory/secret.h"

#define ENVIRONMENT_MAX 16
#define VARIABLE_MAX 4096

/* Variables that the children need; nothing else reaches them, LD_PRELOAD least of all. */
static const char *const kept_variables[] = {
    "PATH",         "HOME",         "LANG",        "TERM",      "COLUMNS",
    "NO_COLOR",     "MIEN_HOME",    "MIEN_MODELS", "MIEN_SIMD", "XDG_RUNTIME_DIR",
    "ASAN_OPTIONS", "UBSAN_OPTIONS"};
#define KEPT (sizeof kept_variables / sizeof *kept_variables)

typedef struct environment {
    char *list[KEPT + 1];
} environment;

static void environment_free(environment *out) {
    for (size_t i = 0; i < KEPT; i++) free(out->list[i]);
}

static bool environment_take(environment *out) {
    size_t count = 0;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < KEPT; i++) {
        const char *value = getenv(kept_variables[i]);
        if (value == NULL || strlen(value) > VARIABLE_MAX) continue;
        if (asprintf(&out->list[count], "%s=%s", kept_variables[i], value) < 0) {
            out->list[count] = NULL;
            environment_free(out);
            return false;
        }
        count++;
    }
    return true;
}

int mien_agent_memory_file(const void *bytes, size_t length) {
    int descriptor = memfd_create("mien", MFD_CLOEXEC);
    const uint8_t *next = bytes;
    while (descriptor >= 0 && length != 0) {
        ssize_t done = write(descriptor, next, length);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) {
            close(descriptor);
            return -1;
        }
        next += done;
        length -= (size_t)done;
    }
    if (descriptor >= 0) (void)lseek(descriptor, 0, SEEK_SET);
    return descriptor;
}

/* Descriptors above 2, so that neither dup2 below overwrites the other. */
static int spawn_with(pid_t *pid, const char *const *argv, int input, int output,
                      char **variables) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    if (posix_spawn_file_actions_init(&actions) != 0) return ENOMEM;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    int failed = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (failed == 0) failed = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (failed == 0) failed = posix_spawnattr_setsigmask(&attributes, &none);
    if (failed == 0) failed = posix_spawnattr_setsigdefault(&attributes, &all);
    if (failed == 0)
        failed = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                                           POSIX_SPAWN_SETSIGDEF);
    if (failed == 0)
        failed = posix_spawn(pid, argv[0], &actions, &attributes, (char *const *)argv, variables);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static mien_status spawn(mien_agent_child *child, const char *const *argv, int input,
                         mien_error *error) {
    environment variables;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return mien_fail(error, MIEN_IO, "no pipe for %s: %s", argv[0], strerror(errno));
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    int failed = ENOMEM;
    if (environment_take(&variables)) {
        failed = spawn_with(&child->pid, argv, input, ends[1], variables.list);
        environment_free(&variables);
    }
    close(ends[1]);
    if (failed == 0) {
        child->output = ends[0];
        return MIEN_OK;
    }
    close(ends[0]);
    child->pid = 0;
    return mien_fail(error, MIEN_IO, "%s does not start: %s", argv[0], strerror(failed));
}

mien_status mien_agent_child_start(mien_agent_child *child, const char *const *argv,
                                   const void *question, size_t length, size_t capacity,
                                   mien_error *error) {
    void *memory;
    memset(child, 0, sizeof *child);
    MIEN_TRY(mien_secret_alloc(&memory, capacity, error));
    child->bytes = memory;
    child->capacity = capacity;
    int input = mien_agent_memory_file(question, length);
    mien_status status = input >= 0 ? spawn(child, argv, input, error)
                                    : mien_fail(error, MIEN_IO,
                                                "the question for %s cannot be "
                                                "kept: %s",
                                                argv[0], strerror(errno));
    if (input >= 0) close(input);
    if (status != MIEN_OK) {
        mien_secret_free(child->bytes);
        memset(child, 0, sizeof *child);
    }
    return status;
}

/* It has closed its output; a healthy child ends at once, and no other is waited for. */
static mien_status reap(mien_agent_child *child) {
    int code = 0;
    pid_t done = 0;
    for (int i = 0; i < 200 && done == 0; i++) {
        done = waitpid(child->pid, &code, WNOHANG);
        if (done == 0) usleep(1000);
    }
    if (done != child->pid) return MIEN_IO; /* mien_agent_child_stop ends it */
    child->pid = 0;
    close(child->output);
    return WIFEXITED(code) && WEXITSTATUS(code) == 0 ? MIEN_OK : MIEN_IO;
}

mien_status mien_agent_child_collect(mien_agent_child *child) {
    for (;;) {
        if (child->used == child->capacity) return MIEN_TOO_LARGE;
        ssize_t got =
            read(child->output, child->bytes + child->used, child->capacity - child->used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno == EAGAIN ? MIEN_BUSY : MIEN_IO;
        if (got == 0) return reap(child);
        child->used += (size_t)got;
    }
}

void mien_agent_child_stop(mien_agent_child *child) {
    if (child->pid > 0) {
        (void)kill(child->pid, SIGTERM); /* the prompt puts its terminal right */
        int code;
        pid_t done = 0;
        for (int i = 0; i < 200 && done == 0; i++) {
            done = waitpid(child->pid, &code, WNOHANG);
            if (done == 0) usleep(1000);
        }
        if (done == 0) {
            (void)kill(child->pid, SIGKILL);
            while (waitpid(child->pid, &code, 0) < 0 && errno == EINTR) {
            }
        }
        close(child->output);
    }
    mien_secret_free(child->bytes);
    memset(child, 0, sizeof *child);
}
