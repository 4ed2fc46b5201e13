/* SPDX-License-Identifier: MIT */
/* The networks that ship: they are the files the manifest names, and every level gives one result.
 */
#include "platform/files/file.h"
#include "platform/json/json.h"
#include "tests/face_model/network/samples.h"

#define MODELS MIEN_SOURCE_DIR "/assets/models"

static uint8_t *read_asset(size_t *length, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, MODELS "/%s", name);
    return harness_read_file(path, length);
}

static void check_digest(const char *name, const json_t *object, const char *key) {
    uint8_t expected[32], actual[32];
    size_t length;
    mien_error error;
    uint8_t *bytes = read_asset(&length, name);
    REQUIRE(bytes != NULL);
    REQUIRE(mien_json_get_hex(expected, 32, object, key, &error) == MIEN_OK);
    mien_sha256(actual, bytes, length);
    CHECK_BYTES(actual, expected, 32);
    free(bytes);
}

static void run_levels(const char *name) {
    size_t length, first_length = 0;
    uint8_t *bytes = read_asset(&length, name);
    int16_t *first = NULL;
    REQUIRE(bytes != NULL);
    for (int level = 0; level <= (int)mien_simd_machine(); level++) {
        mien_network *network = NULL;
        mien_error error;
        REQUIRE(mien_network_load_at(&network, bytes, length, (mien_simd)level, &error) == MIEN_OK);
        size_t count = mien_shape_elements(mien_network_input(network));
        uint8_t *input = malloc(count);
        void *workspace = sample_workspace(network);
        REQUIRE(input != NULL);
        for (size_t i = 0; i < count; i++) input[i] = (uint8_t)((i * 2654435761u) >> 24);
        CHECK_INT(mien_network_run(network, workspace, mien_network_workspace_size(network), input,
                                   count, NULL),
                  MIEN_OK);
        const mien_network_output *output = mien_network_output_at(network, 0);
        const int16_t *values = mien_network_output_values(network, workspace, 0);
        if (first == NULL) {
            first_length = mien_shape_elements(output->shape) * sizeof *first;
            first = malloc(first_length);
            REQUIRE(first != NULL);
            memcpy(first, values, first_length);
        }
        CHECK_BYTES(values, first, first_length);
        free(input);
        free(workspace);
        mien_network_free(network);
    }
    bool all_zero = true;
    for (size_t i = 0; i < first_length / sizeof *first; i++) all_zero = all_zero && first[i] == 0;
    CHECK(!all_zero);
    free(first);
    free(bytes);
}

static void test_manifest(void) {
    json_t *manifest, *networks, *inputs;
    mien_error error;
    const char *name;
    const json_t *value;
    REQUIRE(mien_json_read(&manifest, MODELS "/manifest.json", &error) == MIEN_OK);
    REQUIRE(mien_json_get_array(&networks, manifest, "networks", &error) == MIEN_OK);
    REQUIRE(mien_json_get_object(&inputs, manifest, "inputs", &error) == MIEN_OK);
    CHECK_INT(json_array_size(networks), 3);
    CHECK_INT(json_object_size(inputs), 5);
    for (size_t i = 0; i < json_array_size(networks); i++) {
        const json_t *network = json_array_get(networks, i);
        REQUIRE(mien_json_get_string(&name, network, "file", &error) == MIEN_OK);
        check_digest(name, network, "sha256");
        run_levels(name);
    }
    json_object_foreach(inputs, name, value) check_digest(name, inputs, name);
    json_decref(manifest);
}

/* The embedding is what commitments and proofs expect: 128 values of int8, one unit each. */
static void test_embedding_shape(void) {
    mien_network *network = NULL;
    mien_error error;
    REQUIRE(mien_network_read(&network, MODELS "/embedding.mien", &error) == MIEN_OK);
    const mien_network_output *output = mien_network_output_named(network, "embedding");
    REQUIRE(output != NULL);
    CHECK_INT(output->shape.channels, 128);
    CHECK_INT(output->low, -128);
    CHECK_INT(output->high, 127);
    CHECK_INT(output->exponent, 0);
    for (uint32_t i = 0; i < mien_network_layer_count(network); i++)
        CHECK(mien_network_layer(network, i)->slopes == NULL ||
              mien_network_layer(network, i)->quotient_limit <= MIEN_LAYER_MAX_SLOPE_QUOTIENT);
    mien_network_free(network);
}

int main(void) {
    RUN(test_manifest);
    RUN(test_embedding_shape);
    return harness_end();
}
