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

/* Biases and slopes too. */
static uint64_t parameters_of(const mien_layer *layer) {
    if (layer->kind != MIEN_LAYER_CONVOLUTION) return 0;
    return weights_of(layer) + (uint64_t)layer->out.channels * (layer->slopes != NULL ? 2 : 1);
}

/* Tensor numbers: 0 is the network's input, i + 1 the output of layer i. NULL without memory. */
static json_t *input_list(const mien_layer *layer) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < layer->input_count && list != NULL; i++)
        if (json_array_append_new(list, json_integer(layer->inputs[i])) != 0) {
            json_decref(list);
            list = NULL;
        }
    return list;
}

static mien_status layer_json(json_t *list, const mien_layer *layer) {
    json_t *object = json_pack(
        "{s:s, s:s, s:[i,i,i], s:[i,i,i], s:[i,i], s:[i,i], s:[i,i], s:[i,i,i,i], s:i, s:I, s:I,"
        " s:i, s:b, s:i, s:i, s:i, s:[i,i], s:I, s:I, s:I}",
        "name", layer->name, "kind", kind_word(layer), "input", (int)layer->in.height,
        (int)layer->in.width, (int)layer->in.channels, "shape", (int)layer->out.height,
        (int)layer->out.width, (int)layer->out.channels, "kernel", (int)layer->kernel[0],
        (int)layer->kernel[1], "stride", (int)layer->stride[0], (int)layer->stride[1], "dilation",
        (int)layer->dilation[0], (int)layer->dilation[1], "pad", (int)layer->pad[0],
        (int)layer->pad[1], (int)layer->pad[2], (int)layer->pad[3], "groups", (int)layer->groups,
        "parameters", (json_int_t)parameters_of(layer), "weights", (json_int_t)weights_of(layer),
        "weight_bits", (int)layer->weight_bits, "prelu", layer->slopes != NULL, "shift",
        (int)layer->shift, "residual_tensor", (int)layer->residual, "residual_shift",
        (int)layer->residual_shift, "range", (int)layer->low, (int)layer->high, "accumulator_bound",
        (json_int_t)layer->bound, "quotient_limit", (json_int_t)layer->quotient_limit, "macs",
        (json_int_t)layer->multiply_accumulates);
    mien_status status = mien_json_set(object, "inputs", input_list(layer));
    if (json_array_append_new(list, object) != 0) return MIEN_MEMORY; /* it frees the object */
    return status;
}

/* "112x112x64", "3x3/2", "0..255": columns that keep together what belongs together. */
static void layer_text(FILE *out, uint32_t index, const mien_layer *layer) {
    char shape[40], window[40], range[40], inputs[12 * MIEN_LAYER_MAX_INPUTS], add[16] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < layer->input_count; i++)
        used += (size_t)snprintf(inputs + used, sizeof inputs - used, i == 0 ? "%d" : ",%d",
                                 (int)layer->inputs[i] - 1);
    snprintf(shape, sizeof shape, "%ux%ux%u", layer->out.height, layer->out.width,
             layer->out.channels);
    snprintf(window, sizeof window, "%ux%u/%u", layer->kernel[0], layer->kernel[1],
             layer->stride[0]);
    snprintf(range, sizeof range, "%d..%d", layer->low, layer->high);
    if (layer->residual >= 0) snprintf(add, sizeof add, "+%d", layer->residual - 1);
    fprintf(out, "%3u %-20.20s %-11s %4s %4s %-12s %-7s", index, layer->name, kind_word(layer),
            inputs, add, shape, window);
    if (layer->kind != MIEN_LAYER_CONVOLUTION) {
        fprintf(out, " %13s %-6s %s\n", "", "", range);
        return;
    }
    fprintf(out, " %8llu %4u %-6s %-13s %10lld %6lld %11llu\n",
            (unsigned long long)parameters_of(layer), layer->weight_bits,
            layer->slopes != NULL ? "PReLU" : "", range, (long long)layer->bound,
            (long long)layer->quotient_limit, (unsigned long long)layer->multiply_accumulates);
}

typedef struct model_sums {
    uint64_t parameters, macs, activations;
    int64_t bound, quotient; /* largest */
} model_sums;

static mien_status list_layers(mien_cli *cli, const mien_network *network, model_sums *sums) {
    json_t *layers = json_array();
    MIEN_TRY(mien_json_set(cli->result, "layers", layers));
    fprintf(cli->text, "%3s %-20s %-11s %4s %4s %-12s %-7s %8s %4s %-6s %-13s %10s %6s %11s\n", "#",
            "layer", "kind", "from", "add", "output", "window", "numbers", "bits", "", "range",
            "|sum| <=", "Q", "MACs");
    for (uint32_t i = 0; i < mien_network_layer_count(network); i++) {
        const mien_layer *layer = mien_network_layer(network, i);
        MIEN_TRY(layer_json(layers, layer));
        layer_text(cli->text, i, layer);
        sums->macs += layer->multiply_accumulates;
        sums->activations += mien_shape_elements(layer->out);
        if (layer->bound > sums->bound) sums->bound = layer->bound;
        if (layer->quotient_limit > sums->quotient) sums->quotient = layer->quotient_limit;
        sums->parameters += parameters_of(layer);
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
    MIEN_TRY(mien_json_set(cli->result, "quotient_limit", json_integer(sums->quotient)));
    fprintf(
        cli->text,
        "\nfrom, add    layer whose output comes in or is added, -1: the network's input\n"
        "window       kernel height x width / stride\n"
        "numbers      weights, biases and slopes; bits: of a weight\n"
        "|sum| <=     largest accumulator any input can cause, proven on loading, at most 2^29\n"
        "Q            quotients after the shift lie in [-Q, Q)\n"
        "\ninput        %ux%ux%u\nlayers       %u\nparameters   %llu\n"
        "MACs         %llu (%.1f million multiply-accumulates)\nactivations  %llu\n"
        "|sum|        at most %lld\nQ            at most %lld\nfile         %zu bytes\n",
        input.height, input.width, input.channels, mien_network_layer_count(network),
        (unsigned long long)sums->parameters, (unsigned long long)sums->macs,
        (double)sums->macs / 1e6, (unsigned long long)sums->activations, (long long)sums->bound,
        (long long)sums->quotient, mien_network_file_size(network));
    fputs("digest       ", cli->text);
    for (int i = 0; i < 32; i++) fprintf(cli->text, "%02x", digest[i]);
    fputc('\n', cli->text);
    return mien_json_set_hex(cli->result, "digest", digest, 32);
}

static const char *function_word(mien_output_function function) {
    return function == MIEN_OUTPUT_SOFTMAX   ? "softmax"
           : function == MIEN_OUTPUT_SIGMOID ? "sigmoid"
                                             : "linear";
}

static mien_status list_outputs(mien_cli *cli, const mien_network *network) {
    json_t *outputs = json_array();
    MIEN_TRY(mien_json_set(cli->result, "outputs", outputs));
    for (uint32_t i = 0; i < mien_network_output_count(network); i++) {
        const mien_network_output *output = mien_network_output_at(network, i);
        json_t *object = json_pack(
            "{s:s, s:i, s:[i,i,i], s:[i,i], s:i, s:s}", "name", output->name, "tensor",
            (int)output->tensor, "shape", (int)output->shape.height, (int)output->shape.width,
            (int)output->shape.channels, "range", (int)output->low, (int)output->high, "exponent",
            (int)output->exponent, "function", function_word(output->function));
        if (object == NULL || json_array_append_new(outputs, object) != 0) return MIEN_MEMORY;
        fprintf(cli->text, "%-12s %-12.12s layer %d, %ux%ux%u, value = integer * 2^%d%s%s\n",
                i == 0 ? "outputs" : "", output->name, (int)output->tensor - 1,
                output->shape.height, output->shape.width, output->shape.channels, output->exponent,
                output->function == MIEN_OUTPUT_LINEAR ? "" : ", then ",
                output->function == MIEN_OUTPUT_LINEAR ? "" : function_word(output->function));
    }
    return MIEN_OK;
}

mien_status mien_cli_model_info(mien_cli *cli, mien_error *error) {
    mien_network *network;
    model_sums sums = {0};
    MIEN_TRY(mien_network_read(&network, cli->operands[0], error));
    mien_status status = list_layers(cli, network, &sums);
    if (status == MIEN_OK) status = put_sums(cli, network, &sums);
    if (status == MIEN_OK) status = list_outputs(cli, network);
    mien_network_free(network);
    return status;
}
