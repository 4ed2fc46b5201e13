/* SPDX-License-Identifier: MIT */
#include "wallet/cli/model.h"

#include "face_model/network/network.h"

static const char *kind_word(const mien_layer *layer) {
    if (layer->kind == MIEN_LAYER_MAX_POOL) return "max pool";
    if (layer->kind == MIEN_LAYER_CONCAT) return "concat";
    if (layer->groups > 1 && layer->groups == layer->in.channels) return "depthwise";
    return "convolution";
}

static uint64_t weights_of(const mien_layer *layer) {
    if (layer->kind != MIEN_LAYER_CONVOLUTION) return 0;
    return (uint64_t)layer->out.channels * layer->kernel[0] * layer->kernel[1] *
           (layer->in.channels / layer->groups);
}

static mien_status layer_json(json_t *list, const mien_layer *layer) {
    json_t *object = json_pack(
        "{s:s, s:s, s:[i,i,i], s:[i,i], s:[i,i], s:i, s:I, s:i, s:b, s:i, s:[i,i], s:I, s:I, s:I}",
        "name", layer->name, "kind", kind_word(layer), "shape", (int)layer->out.height,
        (int)layer->out.width, (int)layer->out.channels, "kernel", (int)layer->kernel[0],
        (int)layer->kernel[1], "stride", (int)layer->stride[0], (int)layer->stride[1], "groups",
        (int)layer->groups, "weights", (json_int_t)weights_of(layer), "weight_bits",
        (int)layer->weight_bits, "prelu", layer->slopes != NULL, "shift", (int)layer->shift,
        "range", (int)layer->low, (int)layer->high, "accumulator_bound", (json_int_t)layer->bound,
        "quotient_limit", (json_int_t)layer->quotient_limit, "macs",
        (json_int_t)layer->multiply_accumulates);
    return object != NULL && json_array_append_new(list, object) == 0 ? MIEN_OK : MIEN_MEMORY;
}

static void layer_text(FILE *out, uint32_t index, const mien_layer *layer) {
    fprintf(out,
            "%4u %-26.26s %-11s %4ux%-4ux%-5u %ux%u/%u %8llu %2u %6d..%-6d %11lld %6lld %12llu\n",
            index, layer->name, kind_word(layer), layer->out.height, layer->out.width,
            layer->out.channels, layer->kernel[0], layer->kernel[1], layer->stride[0],
            (unsigned long long)weights_of(layer), layer->weight_bits, layer->low, layer->high,
            (long long)layer->bound, (long long)layer->quotient_limit,
            (unsigned long long)layer->multiply_accumulates);
}

typedef struct model_sums {
    uint64_t parameters, macs, activations;
    int64_t bound; /* largest */
} model_sums;

static mien_status list_layers(mien_cli *cli, const mien_network *network, model_sums *sums) {
    json_t *layers = json_array();
    MIEN_TRY(mien_json_set(cli->result, "layers", layers));
    fprintf(cli->text, "%4s %-26s %-11s %-15s %-5s %8s %2s %-14s %11s %6s %12s\n", "#", "layer",
            "kind", "output", "k/s", "weights", "wb", "range", "|acc| <=", "Q", "MACs");
    for (uint32_t i = 0; i < mien_network_layer_count(network); i++) {
        const mien_layer *layer = mien_network_layer(network, i);
        MIEN_TRY(layer_json(layers, layer));
        layer_text(cli->text, i, layer);
        sums->macs += layer->multiply_accumulates;
        sums->activations += mien_shape_elements(layer->out);
        if (layer->bound > sums->bound) sums->bound = layer->bound;
        if (layer->kind != MIEN_LAYER_CONVOLUTION) continue;
        sums->parameters += weights_of(layer) + layer->out.channels;
        if (layer->slopes != NULL) sums->parameters += layer->out.channels;
    }
    return MIEN_OK;
}

static mien_status put_sums(mien_cli *cli, const mien_network *network, const model_sums *sums) {
    const uint8_t *digest = mien_network_digest(network);
    mien_shape input = mien_network_input(network);
    MIEN_TRY(mien_json_set(
        cli->result, "input",
        json_pack("[i,i,i]", (int)input.height, (int)input.width, (int)input.channels)));
    MIEN_TRY(mien_json_set(cli->result, "parameters", json_integer((json_int_t)sums->parameters)));
    MIEN_TRY(mien_json_set(cli->result, "macs", json_integer((json_int_t)sums->macs)));
    MIEN_TRY(
        mien_json_set(cli->result, "activations", json_integer((json_int_t)sums->activations)));
    MIEN_TRY(mien_json_set(cli->result, "accumulator_bound", json_integer(sums->bound)));
    MIEN_TRY(mien_json_set(cli->result, "file_bytes",
                           json_integer((json_int_t)mien_network_file_size(network))));
    fprintf(cli->text,
            "\ninput %ux%ux%u, %u layers, %llu parameters, %.1f million multiply-accumulates,\n"
            "%llu activations, every |accumulator| <= %lld < 2^30 (proven on loading), %zu bytes\n",
            input.height, input.width, input.channels, mien_network_layer_count(network),
            (unsigned long long)sums->parameters, (double)sums->macs / 1e6,
            (unsigned long long)sums->activations, (long long)sums->bound,
            mien_network_file_size(network));
    fputs("digest ", cli->text);
    for (int i = 0; i < 32; i++) fprintf(cli->text, "%02x", digest[i]);
    fputc('\n', cli->text);
    return mien_json_set_hex(cli->result, "digest", digest, 32);
}

static mien_status list_outputs(mien_cli *cli, const mien_network *network) {
    json_t *outputs = json_array();
    MIEN_TRY(mien_json_set(cli->result, "outputs", outputs));
    for (uint32_t i = 0; i < mien_network_output_count(network); i++) {
        const mien_network_output *output = mien_network_output_at(network, i);
        json_t *object = json_pack("{s:s, s:[i,i,i], s:i}", "name", output->name, "shape",
                                   (int)output->shape.height, (int)output->shape.width,
                                   (int)output->shape.channels, "exponent", (int)output->exponent);
        if (object == NULL || json_array_append_new(outputs, object) != 0) return MIEN_MEMORY;
        fprintf(cli->text, "output %s %ux%ux%u, value = integer * 2^%d\n", output->name,
                output->shape.height, output->shape.width, output->shape.channels,
                output->exponent);
    }
    return MIEN_OK;
}

mien_status mien_cli_model_info(mien_cli *cli, mien_error *error) {
    mien_network *network;
    model_sums sums = {0};
    MIEN_TRY(mien_network_read(&network, cli->operands[0], error));
    mien_status status = list_layers(cli, network, &sums);
    if (status == MIEN_OK) status = list_outputs(cli, network);
    if (status == MIEN_OK) status = put_sums(cli, network, &sums);
    mien_network_free(network);
    return status;
}
