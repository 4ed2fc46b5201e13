/* SPDX-License-Identifier: MIT */
/* The shipped networks on every SIMD level, one thread, and onnxruntime (npm, float, one thread) on
 * the ONNX file each was converted from, in turns in the same run. */
#include "face_model/network/network.h"
#include "platform/files/file.h"
#include "tests/bench.h"
#include "tests/harness.h"

#define ROUNDS 5
#define RUNS 20 /* a round */

static const struct {
    const char *name, *onnx;
} networks[] = {
    {"detector", "fr_detect"}, {"landmarks", "fr_landmark"}, {"embedding", "fr_feature"}};

/* First line of a command's output; false when it fails. */
static bool ask(char *line, size_t capacity, const char *command) {
    FILE *pipe = popen(command, "r");
    if (pipe == NULL) return false;
    bool read = fgets(line, (int)capacity, pipe) != NULL;
    line[strcspn(line, "\n")] = '\0';
    return pclose(pipe) == 0 && read;
}

/* Least milliseconds of onnxruntime, or 0 when it cannot be asked. */
static double onnxruntime_once(const char *folder, size_t n, mien_shape shape) {
    char command[8192], line[512];
    double least = 0;
    snprintf(command, sizeof command, "node %s/tests/npm/bench/network.mjs %s/%s.onnx %u %u %u %d",
             MIEN_SOURCE_DIR, folder, networks[n].onnx, shape.height, shape.width, shape.channels,
             RUNS);
    if (!ask(line, sizeof line, command) || sscanf(line, "{\"least\":%lf", &least) != 1) return 0;
    return least;
}

static double least_of_runs(const mien_network *network, void *workspace, const uint8_t *input) {
    double least = 1e30;
    size_t count = mien_shape_elements(mien_network_input(network));
    for (int i = 0; i < RUNS; i++) {
        double start = bench_nanoseconds();
        if (mien_network_run(network, workspace, mien_network_workspace_size(network), input, count,
                             NULL) != MIEN_OK)
            exit(1);
        double taken = (bench_nanoseconds() - start) / 1e6;
        if (taken < least) least = taken;
    }
    return least;
}

typedef struct contest {
    mien_network *levels[MIEN_SIMD_COUNT];
    void *workspace;
    uint8_t *input;
    double ours[MIEN_SIMD_COUNT], theirs;
} contest;

static void open_levels(contest *c, const uint8_t *bytes, size_t length) {
    for (int level = 0; level <= (int)mien_simd_machine(); level++) {
        mien_error error = {MIEN_OK, ""};
        if (mien_network_load_at(&c->levels[level], bytes, length, (mien_simd)level, &error) !=
            MIEN_OK) {
            fprintf(stderr, "%s\n", mien_error_words(&error));
            exit(1);
        }
        c->ours[level] = 1e30;
    }
    size_t size = mien_network_workspace_size(c->levels[0]);
    size_t count = mien_shape_elements(mien_network_input(c->levels[0]));
    c->workspace = aligned_alloc(64, (size + 63) / 64 * 64);
    c->input = malloc(count);
    if (c->workspace == NULL || c->input == NULL) exit(1);
    for (size_t i = 0; i < count; i++) c->input[i] = (uint8_t)((i * 2654435761u) >> 24);
}

static void run_contest(contest *c, size_t n, const char *folder) {
    for (int round = 0; round < ROUNDS; round++) {
        for (int level = 0; level <= (int)mien_simd_machine(); level++) {
            if (level == MIEN_SIMD_PORTABLE && round != 0) continue;
            double taken = least_of_runs(c->levels[level], c->workspace, c->input);
            if (taken < c->ours[level]) c->ours[level] = taken;
        }
        if (folder == NULL) continue;
        double taken = onnxruntime_once(folder, n, mien_network_input(c->levels[0]));
        if (taken > 0 && (c->theirs <= 0 || taken < c->theirs)) c->theirs = taken;
    }
}

static void report(const contest *c, size_t n) {
    char name[128];
    for (int level = 0; level <= (int)mien_simd_machine(); level++) {
        snprintf(name, sizeof name, "%s_%s", networks[n].name, mien_simd_name((mien_simd)level));
        bench_report(name, c->ours[level], "ms");
    }
    if (c->theirs <= 0) return;
    snprintf(name, sizeof name, "%s_onnxruntime", networks[n].name);
    bench_report(name, c->theirs, "ms");
    for (int level = 0; level <= (int)mien_simd_machine(); level++) {
        snprintf(name, sizeof name, "%s_%s_to_onnxruntime", networks[n].name,
                 mien_simd_name((mien_simd)level));
        bench_report(name, c->ours[level] / c->theirs, "ratio");
    }
}

int main(int argc, char **argv) {
    char folder[4096];
    bench_start(argc, argv);
    bool reference = ask(folder, sizeof folder, MIEN_SOURCE_DIR "/tools/models/fetch");
    if (!reference)
        fprintf(stderr, "no ONNX files or no onnxruntime: only mien's own times follow\n");
    for (size_t n = 0; n < sizeof networks / sizeof *networks; n++) {
        contest c = {0};
        char path[4096];
        uint8_t *bytes;
        size_t length;
        mien_error error = {MIEN_OK, ""};
        snprintf(path, sizeof path, "%s/assets/models/%s.mien", MIEN_SOURCE_DIR, networks[n].name);
        if (mien_file_read(&bytes, &length, path, MIEN_NETWORK_MAX_FILE, 0, &error) != MIEN_OK) {
            fprintf(stderr, "%s\n", mien_error_words(&error));
            return 1;
        }
        open_levels(&c, bytes, length);
        run_contest(&c, n, reference ? folder : NULL);
        report(&c, n);
        for (int level = 0; level < MIEN_SIMD_COUNT; level++) mien_network_free(c.levels[level]);
        free(c.workspace);
        free(c.input);
        free(bytes);
    }
    return bench_end();
}
