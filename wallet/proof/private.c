/* SPDX-License-Identifier: MIT */
#include "wallet/proof/private.h"

#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/memory/pages.h"

static mien_status refuse(const mien_proof_network *network, uint32_t layer, mien_error *error) {
    return mien_fail(error, MIEN_UNSUPPORTED,
                     "layer %s: its weights cannot be hidden, as not every choice of weights of "
                     "their size would leave its arithmetic one answer",
                     mien_network_layer(network->network, layer)->name);
}

static mien_status lay_out(mien_proof_private *p, const mien_proof_network *network,
                           const mien_openings *openings, mien_error *error) {
    mien_cnn_digits digits[MIEN_CNN_MAX_LAYERS];
    unsigned least = mien_private_weights_log2_least(openings->most);
    uint32_t layer = 0;
    if (least == 0)
        return mien_fail(error, MIEN_ARGUMENT, "a budget is 2 to %u openings",
                         MIEN_PRIVATE_OPENINGS_MAX);
    mien_cnn_weights_hide(&p->cnn, p->layers, &network->cnn);
    mien_status status = mien_cnn_weights_digits(digits, &layer, &network->cnn);
    if (status == MIEN_OK)
        status = mien_cnn_weights_make(&p->weights.layout, &layer, &p->cnn, &network->plan, digits,
                                       least);
    if (status == MIEN_UNSUPPORTED) return refuse(network, layer, error);
    if (status != MIEN_OK) return mien_fail(error, status, "the weights cannot be laid out");
    p->weights.openings = openings->most;
    p->weights.generation = openings->generation;
    return MIEN_OK;
}

static mien_status commit(mien_proof_private *p, const mien_proof_network *network,
                          const mien_inference_parameters *parameters,
                          const mien_openings *openings, mien_pool *pool, mien_error *error) {
    mien_machine machine = mien_machine_best(pool);
    mien_tensor_secret secret = {.opened = openings->opened};
    p->memory_size =
        mien_private_model_memory_size(parameters, &p->weights, mien_pool_threads(pool));
    if (p->memory_size == 0)
        return mien_fail(error, MIEN_UNSUPPORTED, "no commitment fits these weights and budget");
    MIEN_TRY(mien_pages_alloc(&p->memory, p->memory_size, error));
    memcpy(secret.seed, openings->seed, sizeof secret.seed);
    mien_status status = mien_private_model_commit(&p->model, &network->cnn, parameters,
                                                   &p->weights, &secret, p->memory, p->memory_size,
                                                   &machine, mien_hash_kernels_best(), NULL);
    mien_wipe(&secret, sizeof secret);
    memcpy(p->weights.root, p->model.root, sizeof p->weights.root);
    mien_private_weights_digest(p->digest, parameters, &p->cnn, &p->weights);
    return status;
}

mien_status mien_proof_private_create(mien_proof_private **out, const mien_proof_network *network,
                                      const mien_inference_parameters *parameters,
                                      const mien_openings *openings, mien_pool *pool,
                                      mien_error *error) {
    mien_proof_private *p = calloc(1, sizeof *p);
    *out = NULL;
    if (p == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for a private model");
    mien_status status = lay_out(p, network, openings, error);
    if (status == MIEN_OK) status = commit(p, network, parameters, openings, pool, error);
    if (status != MIEN_OK) {
        mien_proof_private_free(p);
        return status;
    }
    *out = p;
    return MIEN_OK;
}

void mien_proof_private_free(mien_proof_private *private_model) {
    if (private_model == NULL) return;
    mien_pages_free(private_model->memory, private_model->memory_size, private_model->memory_size);
    free(private_model);
}

void mien_proof_private_statement(mien_inference_statement *statement,
                                  const mien_proof_private *private_model) {
    statement->cnn = &private_model->cnn;
    statement->weights = &private_model->weights;
    memcpy(statement->model, private_model->digest, sizeof statement->model);
}
