/* SPDX-License-Identifier: MIT */
/* Reading a .mien file: every byte through the bounded reader, every rule checked again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "face_model/network/internal.h"
#include "platform/base/bytes.h"
#include "platform/base/sha256.h"
#include "platform/files/file.h"

#define MAX_WEIGHTS ((size_t)1 << 26)

static mien_status read_u8(mien_reader *reader, uint32_t *out) {
    uint8_t value;
    MIEN_TRY(mien_read_u8(reader, &value));
    *out = value;
    return MIEN_OK;
}

static mien_status read_u16(mien_reader *reader, uint32_t *out) {
    uint16_t value;
    MIEN_TRY(mien_read_le16(reader, &value));
    *out = value;
    return MIEN_OK;
}

/* Printable ASCII without spaces or quotes, so that names can stand in messages, JSON and tables.
 */
static mien_status read_name(mien_reader *reader, char name[MIEN_NETWORK_MAX_NAME + 1]) {
    uint8_t length;
    const uint8_t *view;
    MIEN_TRY(mien_read_u8(reader, &length));
    if (length < 1 || length > MIEN_NETWORK_MAX_NAME) return MIEN_FORMAT;
    MIEN_TRY(mien_read_view(reader, &view, length));
    for (uint8_t i = 0; i < length; i++)
        if (!mien_network_name_character((char)view[i])) return MIEN_FORMAT;
    memcpy(name, view, length);
    name[length] = '\0';
    return MIEN_OK;
}

static mien_status read_geometry(mien_reader *reader, mien_layer *layer) {
    for (int i = 0; i < 2; i++) {
        MIEN_TRY(read_u16(reader, &layer->kernel[i]));
        MIEN_TRY(read_u8(reader, &layer->stride[i]));
        MIEN_TRY(read_u8(reader, &layer->dilation[i]));
    }
    for (int i = 0; i < 4; i++) MIEN_TRY(read_u16(reader, &layer->pad[i]));
    return MIEN_OK;
}

/* Memory for the arrays of one layer, owned by the description from here on. */
static mien_status allocate_arrays(mien_layer *layer, size_t weights, bool slopes) {
    layer->weights = malloc(weights * sizeof *layer->weights);
    layer->bias = malloc(layer->out.channels * sizeof *layer->bias);
    layer->slopes = slopes ? malloc(layer->out.channels * sizeof *layer->slopes) : NULL;
    bool complete =
        layer->weights != NULL && layer->bias != NULL && (layer->slopes != NULL) == slopes;
    return complete ? MIEN_OK : MIEN_MEMORY;
}

static mien_status read_weights(mien_reader *reader, int16_t *weights, size_t count,
                                uint32_t bits) {
    const uint8_t *view;
    size_t length = (count * bits + 7) / 8, next = 0;
    uint64_t buffer = 0;
    uint32_t held = 0, sign = 1u << (bits - 1);
    MIEN_TRY(mien_read_view(reader, &view, length));
    for (size_t i = 0; i < count; i++) {
        for (; held < bits; held += 8) buffer |= (uint64_t)view[next++] << held;
        uint32_t value = (uint32_t)buffer & ((1u << bits) - 1);
        weights[i] = (int16_t)((int32_t)(value ^ sign) - (int32_t)sign);
        buffer >>= bits;
        held -= bits;
    }
    return buffer == 0 ? MIEN_OK : MIEN_FORMAT;
}

static mien_status read_arrays(mien_reader *reader, mien_layer *layer, uint32_t bits, bool slopes) {
    size_t weights;
    if (layer->groups == 0 || layer->in.channels % layer->groups != 0) return MIEN_FORMAT;
    if (!mien_size_multiply(&weights, layer->in.channels / layer->groups, layer->out.channels) ||
        !mien_size_multiply(&weights, weights, (size_t)layer->kernel[0] * layer->kernel[1]) ||
        weights == 0 || weights > MAX_WEIGHTS)
        return MIEN_TOO_LARGE;
    /* Refuse before allocating more than 16 times what the file can fill. */
    if (bits < 1 || bits > 16 || weights / 8 > reader->left) return MIEN_TRUNCATED;
    MIEN_TRY(allocate_arrays(layer, weights, slopes));
    for (uint32_t o = 0; o < layer->out.channels; o++)
        MIEN_TRY(mien_read_le32(reader, (uint32_t *)(uintptr_t)&layer->bias[o]));
    for (uint32_t o = 0; slopes && o < layer->out.channels; o++)
        MIEN_TRY(mien_read_le16(reader, (uint16_t *)(uintptr_t)&layer->slopes[o]));
    return read_weights(reader, (int16_t *)(uintptr_t)layer->weights, weights, bits);
}

static mien_status read_convolution(mien_reader *reader, mien_layer *layer, uint32_t *bits,
                                    uint32_t *bound) {
    uint32_t flags, residual;
    uint16_t range[2];
    MIEN_TRY(read_u16(reader, &layer->out.channels));
    MIEN_TRY(read_u16(reader, &layer->groups));
    MIEN_TRY(read_u8(reader, &flags));
    MIEN_TRY(read_u8(reader, &layer->shift));
    if (flags > 3) return MIEN_FORMAT;
    layer->residual = -1;
    if (flags & 2) {
        MIEN_TRY(read_u16(reader, &residual));
        MIEN_TRY(read_u8(reader, &layer->residual_shift));
        layer->residual = (int32_t)residual;
    }
    for (int i = 0; i < 2; i++) MIEN_TRY(mien_read_le16(reader, &range[i]));
    layer->low = (int16_t)range[0];
    layer->high = (int16_t)range[1];
    MIEN_TRY(mien_read_le32(reader, bound));
    MIEN_TRY(read_u8(reader, bits));
    return read_arrays(reader, layer, *bits, (flags & 1) != 0);
}

static mien_status read_inputs(mien_reader *reader, mien_network_description *description,
                               uint32_t index) {
    mien_layer *layer = &description->layers[index];
    MIEN_TRY(read_u8(reader, &layer->input_count));
    if (layer->input_count < 1 || layer->input_count > MIEN_LAYER_MAX_INPUTS) return MIEN_FORMAT;
    for (uint32_t i = 0; i < layer->input_count; i++) {
        MIEN_TRY(read_u16(reader, &layer->inputs[i]));
        if (layer->inputs[i] > index) return MIEN_FORMAT;
    }
    layer->in = mien_description_shape(description, layer->inputs[0]);
    return MIEN_OK;
}

static mien_status read_layer(mien_reader *reader, mien_network_description *description,
                              uint32_t index, mien_error *error) {
    mien_layer *layer = &description->layers[index];
    uint32_t kind, bits = 0, bound = 0;
    MIEN_TRY(read_u8(reader, &kind));
    layer->kind = (mien_layer_kind)kind;
    MIEN_TRY(read_name(reader, layer->name));
    MIEN_TRY(read_inputs(reader, description, index));
    if (kind != MIEN_LAYER_CONCAT) MIEN_TRY(read_geometry(reader, layer));
    if (kind == MIEN_LAYER_CONVOLUTION) MIEN_TRY(read_convolution(reader, layer, &bits, &bound));
    MIEN_TRY(mien_layer_complete(description, index, error));
    if (kind == MIEN_LAYER_CONVOLUTION && (layer->weight_bits != bits || layer->bound != bound))
        return mien_fail(error, MIEN_FORMAT, "layer %s: stated bound or weight width is wrong",
                         layer->name);
    return MIEN_OK;
}

static mien_status read_output(mien_reader *reader, mien_network_output *output) {
    uint32_t exponent, function;
    MIEN_TRY(read_name(reader, output->name));
    MIEN_TRY(read_u16(reader, &output->tensor));
    MIEN_TRY(read_u8(reader, &exponent));
    MIEN_TRY(read_u8(reader, &function));
    output->exponent = (int8_t)exponent;
    output->function = (mien_output_function)function;
    return MIEN_OK;
}

static mien_status read_head(mien_reader *reader, mien_network_description *description,
                             mien_error *error) {
    const uint8_t *magic;
    uint16_t version;
    MIEN_TRY(mien_read_view(reader, &magic, strlen(MIEN_NETWORK_MAGIC)));
    if (memcmp(magic, MIEN_NETWORK_MAGIC, strlen(MIEN_NETWORK_MAGIC)) != 0)
        return mien_fail(error, MIEN_FORMAT, "not a mien network file");
    MIEN_TRY(mien_read_le16(reader, &version));
    if (version != MIEN_NETWORK_VERSION)
        return mien_fail(error, MIEN_VERSION, "network file version %u, this program reads %d",
                         version, MIEN_NETWORK_VERSION);
    MIEN_TRY(read_u16(reader, &description->input.height));
    MIEN_TRY(read_u16(reader, &description->input.width));
    MIEN_TRY(read_u16(reader, &description->input.channels));
    if (description->input.channels > MIEN_NETWORK_MAX_INPUT_CHANNELS) return MIEN_FORMAT;
    MIEN_TRY(mien_read_bytes(reader, description->input_offset, description->input.channels));
    MIEN_TRY(read_u16(reader, &description->layer_count));
    MIEN_TRY(read_u16(reader, &description->output_count));
    return mien_network_complete_head(description, error);
}

static mien_status read_body(mien_reader *reader, mien_network_description *description,
                             mien_error *error) {
    MIEN_TRY(read_head(reader, description, error));
    uint32_t layers = description->layer_count;
    for (uint32_t i = 0; i < layers; i++) MIEN_TRY(read_layer(reader, description, i, error));
    for (uint32_t i = 0; i < description->output_count; i++)
        MIEN_TRY(read_output(reader, &description->outputs[i]));
    MIEN_TRY(mien_read_end(reader));
    return mien_network_complete(description, error);
}

static mien_status check_seal(const uint8_t *bytes, size_t length, mien_error *error) {
    uint8_t digest[MIEN_NETWORK_DIGEST_SIZE];
    if (length > MIEN_NETWORK_MAX_FILE)
        return mien_fail(error, MIEN_TOO_LARGE, "a network file of more than 64 MB");
    if (length < MIEN_NETWORK_DIGEST_SIZE)
        return mien_fail(error, MIEN_TRUNCATED, "the network file ends too early");
    mien_sha256(digest, bytes, length - MIEN_NETWORK_DIGEST_SIZE);
    if (memcmp(digest, bytes + length - MIEN_NETWORK_DIGEST_SIZE, sizeof digest) != 0)
        return mien_fail(error, MIEN_FORMAT,
                         "the network file is damaged: its checksum does not fit");
    return MIEN_OK;
}

static mien_status pack_weights(mien_network *network) {
    for (uint32_t i = 0; i < network->description.layer_count; i++) {
        const mien_layer *layer = &network->description.layers[i];
        if (layer->kind != MIEN_LAYER_CONVOLUTION) continue;
        size_t size = network->kernels->packed_size(layer);
        if (size == 0) continue;
        network->packed[i] = aligned_alloc(64, (size + 63) / 64 * 64);
        if (network->packed[i] == NULL) return MIEN_MEMORY;
        network->kernels->pack(layer, network->packed[i]);
    }
    return MIEN_OK;
}

static mien_status load(mien_network *network, const uint8_t *bytes, size_t length,
                        mien_error *error) {
    MIEN_TRY(check_seal(bytes, length, error));
    mien_reader reader = mien_reader_of(bytes, length - MIEN_NETWORK_DIGEST_SIZE);
    MIEN_TRY(read_body(&reader, &network->description, error));
    MIEN_TRY(mien_network_plan(network, error));
    mien_sha256(network->digest, bytes, length);
    network->file_size = length;
    return pack_weights(network);
}

mien_status mien_network_load_at(mien_network **network, const uint8_t *bytes, size_t length,
                                 mien_simd level, mien_error *error) {
    const mien_kernels *kernels = mien_kernels_for(level);
    if (kernels == NULL || level > mien_simd_machine())
        return mien_fail(error, MIEN_UNSUPPORTED, "this processor has no %s",
                         mien_simd_name(level));
    mien_network *made = calloc(1, sizeof *made);
    if (made == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the network");
    mien_error inner = {MIEN_OK, ""};
    made->kernels = kernels;
    made->level = level;
    mien_status status = load(made, bytes, length, &inner);
    if (status != MIEN_OK) {
        mien_network_free(made);
        return mien_fail(error, status, "network file: %s",
                         inner.message[0] != '\0' ? inner.message : mien_status_text(status));
    }
    *network = made;
    return MIEN_OK;
}

mien_status mien_network_load(mien_network **network, const uint8_t *bytes, size_t length,
                              mien_error *error) {
    return mien_network_load_at(network, bytes, length, mien_simd_level(), error);
}

mien_status mien_network_read(mien_network **network, const char *path, mien_error *error) {
    uint8_t *bytes;
    size_t length;
    MIEN_TRY(mien_file_read(&bytes, &length, path, MIEN_NETWORK_MAX_FILE, 0, error));
    mien_error why = {MIEN_OK, ""};
    mien_status status = mien_network_load(network, bytes, length, &why);
    free(bytes);
    if (status == MIEN_OK) return MIEN_OK;
    return mien_fail(error, status, "%.200s: %s", path, mien_error_words(&why));
}

void mien_network_free(mien_network *network) {
    if (network == NULL) return;
    for (uint32_t i = 0; i < MIEN_NETWORK_MAX_LAYERS; i++) {
        mien_layer *layer = &network->description.layers[i];
        free((void *)(uintptr_t)layer->weights);
        free((void *)(uintptr_t)layer->bias);
        free((void *)(uintptr_t)layer->slopes);
        free(network->packed[i]);
    }
    free(network);
}
