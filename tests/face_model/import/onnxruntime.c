/* SPDX-License-Identifier: MIT */
/* The float executor against onnxruntime (npm) on the ONNX files that the shipped networks were
 * converted from, with the arguments of assets/models/manifest.json. */
#include <math.h>
#include <sys/wait.h>

#include "face_model/import/import.h"
#include "platform/json/json.h"
#include "tests/harness.h"

#define INPUTS 4
#define SKIPPED 77 /* exit code of tools/models/fetch without a registry */
#define TOLERANCE 1e-4

static char onnx_folder[4096], scratch[] = "/tmp/mien-onnxruntime-XXXXXX";
static const char *missing; /* why there is nothing to compare with */

static void prepare(void) {
    if (access(MIEN_SOURCE_DIR "/tests/npm/node_modules/onnxruntime-node", R_OK) != 0) {
        missing = "onnxruntime-node is not installed (npm ci in tests/npm)";
        return;
    }
    FILE *pipe = popen(MIEN_SOURCE_DIR "/tools/models/fetch", "r");
    bool read = pipe != NULL && fgets(onnx_folder, sizeof onnx_folder, pipe) != NULL;
    int code = pipe != NULL ? pclose(pipe) : -1;
    onnx_folder[strcspn(onnx_folder, "\n")] = '\0';
    if (code != -1 && WIFEXITED(code) && WEXITSTATUS(code) == SKIPPED)
        missing = "the package with the ONNX files cannot be fetched";
    else
        CHECK(code == 0 && read && mkdtemp(scratch) != NULL);
}

typedef struct model {
    mien_float_network *network;
    mien_shape input;
    const char *onnx, *offset, *divisor;
    mien_import_options options;
} model;

/* What of the manifest's arguments matters without integers. */
static void take_arguments(model *m, const json_t *arguments) {
    m->offset = "0";
    m->divisor = "255";
    for (size_t i = 0; i + 1 < json_array_size(arguments); i += 2) {
        const char *name = json_string_value(json_array_get(arguments, i));
        const char *value = json_string_value(json_array_get(arguments, i + 1));
        if (strcmp(name, "--offset") == 0) m->offset = value;
        if (strcmp(name, "--divisor") == 0) m->divisor = value;
        if (strcmp(name, "--output") == 0) m->options.outputs[m->options.output_count++] = value;
    }
    m->options.offset[0] = strtof(m->offset, NULL);
    m->options.divisor[0] = strtof(m->divisor, NULL);
    m->options.normalisation_channels = 1;
}

static bool open_model(model *m, const json_t *entry) {
    char path[8192];
    size_t length;
    mien_error error = {MIEN_OK, ""};
    memset(m, 0, sizeof *m);
    m->onnx = json_string_value(json_object_get(entry, "onnx"));
    take_arguments(m, json_object_get(entry, "arguments"));
    snprintf(path, sizeof path, "%s/%s", onnx_folder, m->onnx);
    uint8_t *bytes = harness_read_file(path, &length);
    if (bytes == NULL) return false;
    mien_status status = mien_float_network_import(&m->network, bytes, length, &m->options, &error);
    free(bytes);
    if (status != MIEN_OK) harness_report(__FILE__, __LINE__, mien_error_words(&error));
    if (status == MIEN_OK) m->input = mien_float_network_input(m->network);
    return status == MIEN_OK;
}

/* Black, noise, a slope from corner to corner, and a dark disc on light ground. */
static void draw(uint8_t *bytes, mien_shape shape, int kind) {
    size_t at = 0;
    for (int y = 0; y < (int)shape.height; y++)
        for (int x = 0; x < (int)shape.width; x++)
            for (int c = 0; c < (int)shape.channels; c++, at++) {
                int dx = 2 * x - (int)shape.width, dy = 2 * y - (int)shape.height;
                int slope = (x + y) * 255 / (int)(shape.width + shape.height) + 10 * c;
                bool inside = dx * dx + dy * dy < (int)(shape.width * shape.width) / 3;
                bytes[at] = kind == 0   ? 0
                            : kind == 1 ? (uint8_t)harness_random()
                            : kind == 2 ? (uint8_t)(slope > 255 ? 255 : slope)
                                        : (uint8_t)(inside ? 70 + 30 * c : 220 - 20 * c);
            }
}

static size_t output_elements(const model *m) {
    size_t count = 0;
    for (uint32_t i = 0; i < mien_float_network_output_count(m->network); i++)
        count += mien_shape_elements(mien_float_network_output_shape(m->network, i));
    return count;
}

static bool run_ours(float *values, const model *m, const uint8_t *input) {
    float *outputs[MIEN_NETWORK_MAX_OUTPUTS];
    for (uint32_t i = 0; i < mien_float_network_output_count(m->network); i++) {
        outputs[i] = values;
        values += mien_shape_elements(mien_float_network_output_shape(m->network, i));
    }
    return mien_float_network_run(m->network, outputs, input, mien_shape_elements(m->input),
                                  NULL) == MIEN_OK;
}

/* The file that onnxruntime's outputs were written to; NULL after a failure. */
static float *run_theirs(size_t *length, const model *m, const uint8_t *input) {
    char command[16384], path[64];
    snprintf(path, sizeof path, "%s/input", scratch);
    FILE *file = fopen(path, "wb");
    if (file == NULL) return NULL;
    size_t count = mien_shape_elements(m->input), written = fwrite(input, 1, count, file);
    if (fclose(file) != 0 || written != count) return NULL;
    int used = snprintf(command, sizeof command,
                        "node %s/tests/npm/network_run.mjs '%s/%s' %s %u %u %u %s %s %s/output",
                        MIEN_SOURCE_DIR, onnx_folder, m->onnx, path, m->input.height,
                        m->input.width, m->input.channels, m->offset, m->divisor, scratch);
    for (size_t i = 0; i < m->options.output_count; i++)
        used +=
            snprintf(command + used, sizeof command - (size_t)used, " '%s'", m->options.outputs[i]);
    if (system(command) != 0) return NULL;
    snprintf(path, sizeof path, "%s/output", scratch);
    return (float *)(void *)harness_read_file(path, length);
}

/* Largest difference, as a share of the largest value. */
static double distance(const float *ours, const float *theirs, size_t count) {
    double worst = 0, largest = 0;
    for (size_t i = 0; i < count; i++) {
        double difference = fabs((double)ours[i] - (double)theirs[i]);
        if (!(difference <= worst)) worst = difference; /* not a number is the worst */
        if (fabs((double)theirs[i]) > largest) largest = fabs((double)theirs[i]);
    }
    return largest > 0 ? worst / largest : INFINITY;
}

static void compare(const model *m, int kind, double *worst) {
    size_t count = output_elements(m), length = 0;
    uint8_t *input = malloc(mien_shape_elements(m->input));
    float *ours = malloc(count * sizeof *ours);
    REQUIRE(input != NULL && ours != NULL);
    draw(input, m->input, kind);
    REQUIRE(run_ours(ours, m, input));
    float *theirs = run_theirs(&length, m, input);
    REQUIRE(theirs != NULL);
    REQUIRE(length == count * sizeof *ours);
    double found = distance(ours, theirs, count);
    CHECK(found < TOLERANCE);
    if (!(found <= *worst)) *worst = found;
    free(theirs);
    free(ours);
    free(input);
}

static void test_same_numbers(void) {
    json_t *manifest;
    mien_error error;
    prepare();
    if (missing != NULL) SKIP("%s", missing);
    REQUIRE(mien_json_read(&manifest, MIEN_SOURCE_DIR "/assets/models/manifest.json", &error) ==
            MIEN_OK);
    json_t *networks = json_object_get(manifest, "networks");
    CHECK_INT(json_array_size(networks), 3);
    for (size_t i = 0; i < json_array_size(networks); i++) {
        model m;
        double worst = 0;
        REQUIRE(open_model(&m, json_array_get(networks, i)));
        for (int kind = 0; kind < INPUTS; kind++) compare(&m, kind, &worst);
        printf("%s: %zu outputs, at most %.2g of the largest value apart\n", m.onnx,
               output_elements(&m), worst);
        mien_float_network_free(m.network);
    }
    json_decref(manifest);
}

static void clean(void) {
    char path[64];
    static const char *const names[] = {"input", "output"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", scratch, names[i]);
        unlink(path);
    }
    rmdir(scratch);
}

int main(void) {
    RUN(test_same_numbers);
    clean();
    return harness_end();
}
