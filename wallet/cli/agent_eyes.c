/* SPDX-License-Identifier: MIT */
/* The process that sees pictures: it has no keys, and after its first lines no network, no programs
 * and no files but the pictures and the networks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/memory/secret.h"
#include "wallet/agent/faces.h"
#include "wallet/agent/sandbox.h"
#include "wallet/cli/agent.h"
#include "wallet/cli/common.h"

#define SOURCES_MAX 32
#define CAMERAS_MAX 16 /* "camera" takes the first one that works */
#define PATHS_MAX (SOURCES_MAX + CAMERAS_MAX + 2)

const mien_cli_option *const mien_cli_agent_eyes_tables[] = {mien_cli_source_options, NULL};

const char *mien_cli_default_source(void) {
    const char *given = getenv("MIEN_SOURCE");
    return given != NULL && given[0] != '\0' ? given : "camera";
}

typedef struct openings {
    mien_sandbox_path list[PATHS_MAX];
    size_t count;
    char cameras[CAMERAS_MAX][sizeof "/dev/video63"];
} openings;

static void open_for(openings *o, const char *path, bool device) {
    if (o->count == PATHS_MAX) return;
    o->list[o->count].path = path;
    o->list[o->count++].device = device;
}

static void open_for_source(openings *o, const char *source) {
    if (strncmp(source, "camera:", 7) == 0) {
        open_for(o, source + 7, true);
    } else if (strcmp(source, "camera") == 0) {
        for (int i = 0; i < CAMERAS_MAX; i++) {
            snprintf(o->cameras[i], sizeof o->cameras[i], "/dev/video%d", i);
            open_for(o, o->cameras[i], true);
        }
    } else {
        open_for(o, source, false);
    }
}

static mien_status enter_cage(mien_cli *cli, mien_error *error) {
    const char *sources[SOURCES_MAX];
    mien_sandbox_walls walls;
    openings o = {.count = 0};
    const size_t count = mien_cli_values(cli, "source", sources, SOURCES_MAX);
    if (count > SOURCES_MAX)
        return mien_fail(error, MIEN_USAGE, "more than %d sources", SOURCES_MAX);
    open_for(&o, mien_face_models_folder(mien_cli_value(cli, "models")), false);
    for (size_t i = 0; i < count; i++) open_for_source(&o, sources[i]);
    MIEN_TRY(mien_sandbox_enter(&walls, o.list, o.count, error));
    if (walls.landlock == 0)
        mien_cli_say(cli, "(this kernel has no Landlock: the eyes can read your files)");
    if (!walls.seccomp)
        mien_cli_say(cli, "(no seccomp here: the eyes could start programs and connections)");
    return MIEN_OK;
}

static mien_status look(mien_cli *cli, mien_agent_faces *out, mien_error *error) {
    mien_cli_faces faces;
    MIEN_TRY(mien_cli_faces_read(cli, &faces, MIEN_CLI_UNLOCK_FRAMES, "source", error));
    out->count = faces.count;
    memcpy(out->frames, faces.list, faces.count * sizeof *faces.list);
    memcpy(out->crops, faces.crops, faces.count * sizeof *faces.crops);
    memcpy(out->model_digest, faces.model_digest, sizeof out->model_digest);
    mien_cli_faces_free(&faces);
    return MIEN_OK;
}

static mien_status write_all(const uint8_t *bytes, size_t length, mien_error *error) {
    while (length != 0) {
        const ssize_t done = write(STDOUT_FILENO, bytes, length);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return mien_fail(error, MIEN_IO, "the faces could not be handed over");
        bytes += done;
        length -= (size_t)done;
    }
    return MIEN_OK;
}

_Static_assert(MIEN_CLI_UNLOCK_FRAMES <= MIEN_AGENT_FACES_MAX, "all frames of an unlock fit");

mien_status mien_cli_agent_eyes(mien_cli *cli, mien_error *error) {
    typedef struct eyes_memory {
        mien_agent_faces faces;
        uint8_t bytes[MIEN_AGENT_FACES_BYTES];
    } eyes_memory;
    void *memory;
    mien_error why = {0};
    if (isatty(STDOUT_FILENO) == 1)
        return mien_fail(error, MIEN_USAGE,
                         "this writes a face in numbers, for the agent; not on a terminal");
    MIEN_TRY(mien_secret_alloc(&memory, sizeof(eyes_memory), error));
    eyes_memory *eyes = memory;
    mien_writer writer = mien_writer_of(eyes->bytes, sizeof eyes->bytes);
    mien_status status = enter_cage(cli, &why);
    if (status == MIEN_OK) status = look(cli, &eyes->faces, &why);
    if (why.status != status) {
        why.status = status;
        why.message[0] = '\0';
    }
    status = mien_agent_faces_write(&writer, &eyes->faces, &why);
    if (status == MIEN_OK) status = write_all(eyes->bytes, writer.used, error);
    mien_secret_free(memory);
    return status;
}
