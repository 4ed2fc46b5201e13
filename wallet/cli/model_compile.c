/* SPDX-License-Identifier: MIT */
/* `mien model compile`: what a proof about a network will cost, before anything starts. */
#include "platform/threads/pool.h"
#include "wallet/cli/common.h"
#include "wallet/cli/model.h"
#include "wallet/proof/cost.h"

/* Of one layer, or of the frame (layer -1). */
typedef struct layer_cost {
    const char *name, *kind;
    uint32_t blocks, shift;
    uint64_t values, remainders, positions; /* positions: with the gaps between sites */
    int64_t quotient_limit;
} layer_cost;

static const char *kind_word(const mien_layer *layer) {
    if (layer->kind == MIEN_LAYER_MAX_POOL) return "max pool";
    if (layer->kind == MIEN_LAYER_CONCAT) return "concat";
    return layer->groups > 1 && layer->groups == layer->in.channels ? "depthwise" : "convolution";
}

static void add_block(layer_cost *cost, const mien_cnn_block *block) {
    uint64_t values = (uint64_t)block->sites * block->channels;
    uint64_t positions = (uint64_t)block->sites << block->log2_channels;
    cost->blocks++;
    cost->shift = block->shift;
    cost->values += values;
    cost->remainders += block->shift > 0 ? values : 0;
    cost->positions += block->shift > 0 ? 2 * positions : positions;
}

static layer_cost cost_of(const mien_proof_network *network, int32_t index) {
    layer_cost cost = {"(frame)", "input", 0, 0, 0, 0, 0, 0};
    const mien_layer *layer =
        index < 0 ? NULL : mien_network_layer(network->network, (uint32_t)index);
    if (layer != NULL) {
        cost.name = layer->name;
        cost.kind = kind_word(layer);
        cost.quotient_limit = layer->quotient_limit;
    }
    for (uint32_t i = 0; i < network->plan.block_count; i++) {
        const mien_cnn_block *block = &network->plan.blocks[i];
        bool frame = block->kind == MIEN_CNN_BLOCK_INPUT;
        if (frame == (layer == NULL) && (frame || block->layer == (uint32_t)index))
            add_block(&cost, block);
    }
    return cost;
}

static mien_status list_layers(mien_cli *cli, const mien_proof_network *network) {
    json_t *layers = json_array();
    MIEN_TRY(mien_json_set(cli->result, "layers", layers));
    fprintf(cli->text, "%3s %-20s %-11s %6s %10s %10s %10s %5s %6s\n", "#", "layer", "kind",
            "blocks", "values", "remainders", "positions", "shift", "Q");
    for (int32_t i = -1; i < (int32_t)network->cnn.layer_count; i++) {
        layer_cost c = cost_of(network, i);
        json_t *object =
            json_pack("{s:s, s:s, s:i, s:I, s:I, s:I, s:i, s:I}", "name", c.name, "kind", c.kind,
                      "blocks", (int)c.blocks, "values", (json_int_t)c.values, "remainders",
                      (json_int_t)c.remainders, "positions", (json_int_t)c.positions, "shift",
                      (int)c.shift, "quotient_limit", (json_int_t)c.quotient_limit);
        if (object == NULL || json_array_append_new(layers, object) != 0) return MIEN_MEMORY;
        fprintf(cli->text, "%3d %-20.20s %-11s %6u %10llu %10llu %10llu %5u %6lld\n", i, c.name,
                c.kind, c.blocks, (unsigned long long)c.values, (unsigned long long)c.remainders,
                (unsigned long long)c.positions, c.shift, (long long)c.quotient_limit);
    }
    return MIEN_OK;
}

static mien_status put_witness(mien_cli *cli, const mien_proof_network *network) {
    const mien_cnn_plan *plan = &network->plan;
    json_t *object =
        json_pack("{s:I, s:I, s:i, s:i, s:i, s:i, s:i}", "committed", (json_int_t)plan->committed,
                  "lookups", (json_int_t)plan->lookups, "blocks", (int)plan->block_count, "tables",
                  (int)plan->class_count, "table_rows", (int)plan->table_rows, "log2_half",
                  (int)plan->log2_half, "log2_size", (int)plan->log2_size);
    fprintf(cli->text,
            "\nblocks       vectors of w that a layer commits to, one for each step of a max pool\n"
            "values       outputs that are looked up in a table of (quotient, output)\n"
            "remainders   of requantisation, looked up in 0 .. 2^shift - 1\n"
            "positions    of w that they take, channels rounded up to a power of two\n"
            "Q            quotients lie in [-Q, Q), proven for every frame\n"
            "\nw            %llu values committed, 2^%u positions\n"
            "lookups      %llu of 2^%u leaves\ntables       %u with %u rows together\n",
            (unsigned long long)plan->committed, plan->log2_size, (unsigned long long)plan->lookups,
            plan->log2_half + 1, plan->class_count, plan->table_rows);
    return mien_json_set(cli->result, "witness", object);
}

/* What the proof is about: the face for a network that ends in an embedding, else a public output.
 * The frame is committed to. */
static mien_output_binding binding_of(const mien_proof_network *network) {
    mien_cnn_shape out = network->cnn.layers[network->cnn.layer_count - 1].out;
    const mien_network_output *output = mien_network_output_at(network->network, 0);
    bool embedding = mien_cnn_sites(out) * out.channels == MIEN_EMBEDDING_SIZE &&
                     output->low >= -128 && output->high <= 127;
    return embedding ? MIEN_OUTPUT_MATCHED : MIEN_OUTPUT_PUBLIC;
}

static mien_status put_cost(mien_cli *cli, const mien_proof_network *network, int bits,
                            unsigned threads, double speed, mien_error *error) {
    mien_output_binding output = binding_of(network);
    const mien_inference_parameters *parameters =
        bits == 128 ? mien_inference_parameters_128() : mien_inference_parameters_100();
    mien_proof_cost cost;
    char key[16];
    MIEN_TRY(mien_proof_cost_of(&cost, network, parameters, MIEN_FRAME_COMMITTED, output, threads,
                                speed, error));
    json_t *object = json_pack(
        "{s:s, s:i, s:I, s:I, s:I, s:f, s:f}", "statement",
        output == MIEN_OUTPUT_MATCHED ? "face" : "inference", "bits", bits, "proof_bytes_at_most",
        (json_int_t)cost.proof_bytes, "prover_memory_bytes", (json_int_t)cost.prover_memory,
        "verifier_memory_bytes", (json_int_t)cost.verifier_memory, "prove_seconds_expected",
        cost.prove_seconds, "verify_seconds_expected", cost.verify_seconds);
    fprintf(cli->text,
            "%4d bits    %6.2f s to prove on %u threads, %6.1f ms to verify, at most "
            "%6.1f kB, %6.1f MB (verifier %.1f MB)\n",
            bits, cost.prove_seconds, threads, cost.verify_seconds * 1e3,
            (double)cost.proof_bytes / 1e3, (double)cost.prover_memory / 1e6,
            (double)cost.verifier_memory / 1e6);
    snprintf(key, sizeof key, "proof_%d", bits);
    return mien_json_set(cli->result, key, object);
}

static mien_status put_costs(mien_cli *cli, const mien_proof_network *network, mien_error *error) {
    mien_pool *pool = NULL;
    MIEN_TRY(mien_pool_create(&pool, 0));
    unsigned threads = mien_pool_threads(pool);
    mien_pool_destroy(pool);
    double speed = mien_proof_speed();
    fprintf(cli->text, "\n%s, frame committed to; proven soundness of at least so many bits\n",
            binding_of(network) == MIEN_OUTPUT_MATCHED ? "face" : "inference, output public");
    MIEN_TRY(put_cost(cli, network, 100, threads, speed, error));
    MIEN_TRY(put_cost(cli, network, 128, threads, speed, error));
    fprintf(
        cli->text,
        "Times are expected from measured steps and the speed of this processor: %.2f ns for a\n"
        "multiplication in the large field, where %.1f ns were measured with.\n",
        speed, MIEN_PROOF_REFERENCE_SPEED);
    return mien_json_set(cli->result, "multiplication_ns", json_real(speed));
}

static mien_status compile(mien_cli *cli, const mien_network *network, mien_error *error) {
    mien_proof_network *proof;
    MIEN_TRY(mien_proof_network_create(&proof, network, error));
    mien_status status = list_layers(cli, proof);
    if (status == MIEN_OK) status = put_witness(cli, proof);
    if (status == MIEN_OK) status = put_costs(cli, proof, error);
    mien_proof_network_free(proof);
    if (status != MIEN_OK) return status;
    return mien_json_set_hex(cli->result, "model", mien_network_digest(network), 32);
}

mien_status mien_cli_model_compile(mien_cli *cli, mien_error *error) {
    mien_network *network;
    MIEN_TRY(mien_network_read(&network, cli->operands[0], error));
    mien_status status = compile(cli, network, error);
    mien_network_free(network);
    return status;
}
