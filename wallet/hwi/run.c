/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "wallet/hwi/run.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/files/file.h"
#include "wallet/agent/child.h"

#define ARGUMENTS_MAX 32
#define OUTPUT_MAX ((size_t)64 << 20)

extern char **environ;

static mien_status find_program(char path[MIEN_PATH_SIZE], mien_error *error) {
    char self[MIEN_PATH_SIZE];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length > 0) self[length] = '\0';
    char *slash = length > 0 ? strrchr(self, '/') : NULL;
    if (slash == NULL) return mien_fail(error, MIEN_IO, "this program cannot find itself");
    *slash = '\0';
    if (mien_path_join(path, self, "mien") != MIEN_OK || access(path, X_OK) != 0)
        return mien_fail(error, MIEN_NOT_FOUND, "the program mien is not beside mien-hwi");
    return MIEN_OK;
}

static int spawn_and_wait(const char *const *argv, int input, int output) {
    posix_spawn_file_actions_t actions;
    pid_t child;
    int code = -1;
    if (posix_spawn_file_actions_init(&actions) != 0) return -1;
    int failed = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (failed == 0) failed = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (failed == 0)
        failed = posix_spawn(&child, argv[0], &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) return -1;
    while (waitpid(child, &code, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(code) ? WEXITSTATUS(code) : -1;
}

static mien_status read_output(char **text, size_t *length, int descriptor, mien_error *error) {
    const off_t size = lseek(descriptor, 0, SEEK_END);
    if (size < 0 || (size_t)size > OUTPUT_MAX)
        return mien_fail(error, MIEN_TOO_LARGE, "the answer of mien is too long");
    *text = malloc((size_t)size + 1);
    if (*text == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the answer of mien");
    const ssize_t got = pread(descriptor, *text, (size_t)size, 0);
    *length = got > 0 ? (size_t)got : 0;
    return MIEN_OK;
}

static mien_status status_named(const char *name) {
    for (int i = 1; i < MIEN_STATUS_COUNT; i++)
        if (strcmp(mien_status_name((mien_status)i), name) == 0) return (mien_status)i;
    return MIEN_INTERNAL;
}

/* {"error":{"status","message",...}} */
static mien_status take_error(const json_t *result, mien_error *error) {
    const json_t *object = json_object_get(result, "error");
    const char *name = json_string_value(json_object_get(object, "status"));
    const char *words = json_string_value(json_object_get(object, "message"));
    if (name == NULL || words == NULL) return mien_fail(error, MIEN_INTERNAL, "mien failed");
    return mien_fail(error, status_named(name), "%s", words);
}

static mien_status take_output(json_t **result, int code, int descriptor, mien_error *error) {
    char *text = NULL;
    size_t length = 0;
    MIEN_TRY(read_output(&text, &length, descriptor, error));
    mien_status status = mien_json_parse(result, text, length, "the answer of mien", NULL);
    free(text);
    if (status != MIEN_OK)
        return mien_fail(error, code == 130 ? MIEN_INTERRUPTED : MIEN_INTERNAL,
                         "mien ended without an answer");
    if (code == 0) return MIEN_OK;
    status = take_error(*result, error);
    json_decref(*result);
    *result = NULL;
    return status;
}

mien_status mien_hwi_run(json_t **result, const char *const *arguments, const void *input,
                         size_t length, mien_error *error) {
    char path[MIEN_PATH_SIZE];
    const char *argv[ARGUMENTS_MAX + 3] = {path};
    size_t count = 1;
    *result = NULL;
    MIEN_TRY(find_program(path, error));
    for (; *arguments != NULL && count < ARGUMENTS_MAX; arguments++) argv[count++] = *arguments;
    argv[count++] = "--json";
    const int in = mien_agent_memory_file(input, length), out = mien_agent_memory_file(NULL, 0);
    mien_status status = in >= 0 && out >= 0
                             ? take_output(result, spawn_and_wait(argv, in, out), out, error)
                             : mien_fail(error, MIEN_IO, "no memory files: %s", strerror(errno));
    if (in >= 0) close(in);
    if (out >= 0) close(out);
    return status;
}
