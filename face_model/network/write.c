/* SPDX-License-Identifier: MIT */
/* The canonical .mien file of a network; face_model/network/read.c is its mirror. */
#include <stdlib.h>
#include <string.h>

#include "face_model/network/internal.h"
#include "platform/base/bytes.h"
#include "platform/base/sha256.h"

static mien_status write_name(mien_writer *writer, const char *name) {
    MIEN_TRY(mien_write_u8(writer, (uint8_t)strlen(name)));
    return mien_write_bytes(writer, name, strlen(name));
}

/* Two's complement numbers of `bits` bits, lowest bit first, zero bits up to the next byte. */
static mien_status write_weights(mien_writer *writer, const int16_t *weights, size_t count,
                                 uint32_t bits) {
    uint64_t buffer = 0;
    uint32_t held = 0;
    for (size_t i = 0; i < count; i++) {
        buffer |= ((uint64_t)(uint16_t)weights[i] & ((1u << bits) - 1)) << held;
        for (held += bits; held >= 8; held -= 8, buffer >>= 8)
            MIEN_TRY(mien_write_u8(writer, (uint8_t)buffer));
    }
    return held == 0 ? MIEN_OK : mien_write_u8(writer, (uint8_t)buffer);
}

static mien_status write_geometry(mien_writer *writer, const mien_layer *layer) {
    for (int i = 0; i < 2; i++) {
        MIEN_TRY(mien_write_le16(writer, (uint16_t)layer->kernel[i]));
        MIEN_TRY(mien_write_u8(writer, (uint8_t)layer->stride[i]));
        MIEN_TRY(mien_write_u8(writer, (uint8_t)layer->dilation[i]));
    }
    for (int i = 0; i < 4; i++) MIEN_TRY(mien_write_le16(writer, (uint16_t)layer->pad[i]));
    return MIEN_OK;
}

static mien_status write_convolution(mien_writer *writer, const mien_layer *layer) {
    uint8_t flags = (uint8_t)((layer->slopes != NULL) | (layer->residual >= 0) << 1);
    MIEN_TRY(mien_write_le16(writer, (uint16_t)layer->out.channels));
    MIEN_TRY(mien_write_le16(writer, (uint16_t)layer->groups));
    MIEN_TRY(mien_write_u8(writer, flags));
    MIEN_TRY(mien_write_u8(writer, (uint8_t)layer->shift));
    if (layer->residual >= 0) {
        MIEN_TRY(mien_write_le16(writer, (uint16_t)layer->residual));
        MIEN_TRY(mien_write_u8(writer, (uint8_t)layer->residual_shift));
    }
    MIEN_TRY(mien_write_le16(writer, (uint16_t)layer->low));
    MIEN_TRY(mien_write_le16(writer, (uint16_t)layer->high));
    MIEN_TRY(mien_write_le32(writer, (uint32_t)layer->bound));
    MIEN_TRY(mien_write_u8(writer, (uint8_t)layer->weight_bits));
    for (uint32_t o = 0; o < layer->out.channels; o++)
        MIEN_TRY(mien_write_le32(writer, (uint32_t)layer->bias[o]));
    for (uint32_t o = 0; layer->slopes != NULL && o < layer->out.channels; o++)
        MIEN_TRY(mien_write_le16(writer, (uint16_t)layer->slopes[o]));
    return write_weights(writer, layer->weights, mien_layer_weight_count(layer),
                         layer->weight_bits);
}

static mien_status write_layer(mien_writer *writer, const mien_layer *layer) {
    MIEN_TRY(mien_write_u8(writer, (uint8_t)layer->kind));
    MIEN_TRY(write_name(writer, layer->name));
    MIEN_TRY(mien_write_u8(writer, (uint8_t)layer->input_count));
    for (uint32_t i = 0; i < layer->input_count; i++)
        MIEN_TRY(mien_write_le16(writer, (uint16_t)layer->inputs[i]));
    if (layer->kind != MIEN_LAYER_CONCAT) MIEN_TRY(write_geometry(writer, layer));
    return layer->kind == MIEN_LAYER_CONVOLUTION ? write_convolution(writer, layer) : MIEN_OK;
}

static mien_status write_output(mien_writer *writer, const mien_network_output *output) {
    MIEN_TRY(write_name(writer, output->name));
    MIEN_TRY(mien_write_le16(writer, (uint16_t)output->tensor));
    MIEN_TRY(mien_write_u8(writer, (uint8_t)output->exponent));
    return mien_write_u8(writer, (uint8_t)output->function);
}

static mien_status write_body(mien_writer *writer, const mien_network_description *description) {
    MIEN_TRY(mien_write_bytes(writer, MIEN_NETWORK_MAGIC, strlen(MIEN_NETWORK_MAGIC)));
    MIEN_TRY(mien_write_le16(writer, MIEN_NETWORK_VERSION));
    MIEN_TRY(mien_write_le16(writer, (uint16_t)description->input.height));
    MIEN_TRY(mien_write_le16(writer, (uint16_t)description->input.width));
    MIEN_TRY(mien_write_le16(writer, (uint16_t)description->input.channels));
    MIEN_TRY(mien_write_bytes(writer, description->input_offset, description->input.channels));
    MIEN_TRY(mien_write_le16(writer, (uint16_t)description->layer_count));
    MIEN_TRY(mien_write_le16(writer, (uint16_t)description->output_count));
    for (uint32_t i = 0; i < description->layer_count; i++)
        MIEN_TRY(write_layer(writer, &description->layers[i]));
    for (uint32_t i = 0; i < description->output_count; i++)
        MIEN_TRY(write_output(writer, &description->outputs[i]));
    return MIEN_OK;
}

static size_t size_limit(const mien_network_description *description) {
    size_t size = 4096 + (size_t)description->output_count * 128;
    for (uint32_t i = 0; i < description->layer_count; i++) {
        const mien_layer *layer = &description->layers[i];
        size += 256;
        if (layer->kind == MIEN_LAYER_CONVOLUTION)
            size += mien_layer_weight_count(layer) * 2 + (size_t)layer->out.channels * 6;
    }
    return size;
}

mien_status mien_network_write(uint8_t **bytes, size_t *length,
                               const mien_network_description *description, mien_error *error) {
    size_t capacity = size_limit(description);
    uint8_t *memory = malloc(capacity), digest[MIEN_NETWORK_DIGEST_SIZE];
    if (memory == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the model file");
    mien_writer writer = mien_writer_of(memory, capacity);
    mien_status status = write_body(&writer, description);
    if (status == MIEN_OK) {
        mien_sha256(digest, memory, writer.used);
        status = mien_write_bytes(&writer, digest, sizeof digest);
    }
    if (status == MIEN_OK && writer.used > MIEN_NETWORK_MAX_FILE) status = MIEN_TOO_LARGE;
    if (status != MIEN_OK) {
        free(memory);
        return mien_fail(error, status, "the model file would be too large");
    }
    *bytes = memory;
    *length = writer.used;
    return MIEN_OK;
}
