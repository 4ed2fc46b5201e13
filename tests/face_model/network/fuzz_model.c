/* SPDX-License-Identifier: MIT */
/* Any bytes, with the right checksum put behind them, as a network file: refused, or run. */
#include "tests/face_model/network/samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const mien_network *network) {
    size_t count = mien_shape_elements(mien_network_input(network));
    uint64_t work = 0;
    for (uint32_t i = 0; i < mien_network_layer_count(network); i++)
        work += mien_network_layer(network, i)->multiply_accumulates;
    if (mien_network_workspace_size(network) > ((size_t)8 << 20) || work > 20000000) return;
    void *workspace = sample_workspace(network);
    uint8_t *input = malloc(count);
    if (input == NULL) abort();
    memset(input, 255, count);
    if (mien_network_run(network, workspace, mien_network_workspace_size(network), input, count,
                         NULL) != MIEN_OK)
        abort();
    free(input);
    free(workspace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *bytes = malloc(size + 32);
    if (bytes == NULL) abort();
    if (size != 0) memcpy(bytes, data, size);
    sample_seal(bytes, size + 32);
    for (int level = 0; level <= (int)mien_simd_machine(); level++) {
        mien_network *network = NULL;
        mien_error error;
        if (mien_network_load_at(&network, bytes, size + 32, (mien_simd)level, &error) != MIEN_OK)
            break;
        run(network);
        mien_network_free(network);
    }
    free(bytes);
    return 0;
}
