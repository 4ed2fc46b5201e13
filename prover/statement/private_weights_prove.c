/* SPDX-License-Identifier: MIT */
#include "prover/statement/private_weights_prove.h"

#include "prover/ligero/arena.h"

static void carve(mien_private_model *model, mien_arena *arena,
                  const mien_private_weights *weights) {
    model->theta =
        mien_arena_take(arena, (size_t)1 << weights->layout.log2_size, sizeof *model->theta);
    model->rows = mien_arena_take(arena, MIEN_PRIVATE_ROWS_MAX, sizeof *model->rows);
}

size_t mien_private_model_memory_size(const struct mien_inference_parameters *parameters,
                                      const mien_private_weights *weights, unsigned threads) {
    uint32_t rows[MIEN_PRIVATE_ROWS_MAX];
    mien_private_parts parts;
    mien_private_model model;
    mien_arena arena = {NULL, 0};
    if (mien_private_weights_parts(&parts, rows, parameters, weights, 0) != MIEN_OK) return 0;
    size_t tensor = mien_tensor_memory_size(&parts.theta, threads);
    carve(&model, &arena, weights);
    return tensor != 0 ? arena.used + tensor : 0;
}

mien_status mien_private_model_commit(mien_private_model *model, const mien_cnn *cnn,
                                      const struct mien_inference_parameters *parameters,
                                      const mien_private_weights *weights,
                                      const mien_tensor_secret *secret, void *memory,
                                      size_t memory_size, const mien_machine *machine,
                                      const mien_hash_kernels *hash,
                                      const mien_progress *progress) {
    size_t needed =
        mien_private_model_memory_size(parameters, weights, mien_pool_threads(machine->pool));
    mien_private_parts parts;
    mien_arena arena = {memory, 0};
    *model = (mien_private_model){.cnn = cnn};
    if (needed == 0 || memory_size < needed || !mien_cnn_weights_present(cnn, false))
        return MIEN_ARGUMENT;
    carve(model, &arena, weights);
    MIEN_TRY(mien_private_weights_parts(&parts, model->rows, parameters, weights, 0));
    MIEN_TRY(mien_cnn_weights_fill(model->theta, &weights->layout, cnn));
    return mien_tensor_commit_again(&model->tensor, model->root, model->theta, &parts.theta, secret,
                                    arena.base + arena.used, memory_size - arena.used, machine,
                                    hash, progress);
}

mien_status mien_private_model_ready(const mien_private_model *model,
                                     const uint8_t root[MIEN_MERKLE_DIGEST]) {
    bool left = model->tensor.opened < model->tensor.shape.openings;
    return left && memcmp(model->root, root, sizeof model->root) == 0 ? MIEN_OK : MIEN_ARGUMENT;
}
