/* SPDX-License-Identifier: MIT */
/* Places in the workspace: a tensor keeps its bytes from the layer that makes it to the last one
 * that reads it; tensors whose lives do not meet share memory (first fit, in order of birth). */
#include "face_model/network/internal.h"

typedef struct place {
    size_t offset, size;
    uint32_t birth, death; /* layer indices plus 1; the input is born at 0 */
} place;

static size_t round_up(size_t size) {
    return (size + MIEN_NETWORK_SLACK + MIEN_NETWORK_WORKSPACE_ALIGNMENT - 1) /
           MIEN_NETWORK_WORKSPACE_ALIGNMENT * MIEN_NETWORK_WORKSPACE_ALIGNMENT;
}

bool mien_layer_is_padded(const mien_layer *layer) {
    return layer->kind == MIEN_LAYER_CONVOLUTION &&
           (layer->pad[0] | layer->pad[1] | layer->pad[2] | layer->pad[3]) != 0;
}

static size_t padded_size(const mien_layer *layer) {
    if (!mien_layer_is_padded(layer)) return 0;
    size_t height = (size_t)layer->in.height + layer->pad[0] + layer->pad[2];
    size_t width = (size_t)layer->in.width + layer->pad[1] + layer->pad[3];
    return round_up(height * width * layer->in.channels * sizeof(int16_t));
}

static void find_lives(place *places, const mien_network_description *description) {
    for (uint32_t i = 0; i <= description->layer_count; i++) {
        places[i].birth = places[i].death = i;
        places[i].size =
            round_up(mien_shape_elements(mien_description_shape(description, i)) * sizeof(int16_t));
    }
    for (uint32_t i = 0; i < description->layer_count; i++) {
        const mien_layer *layer = &description->layers[i];
        for (uint32_t j = 0; j < layer->input_count; j++) places[layer->inputs[j]].death = i + 1;
        if (layer->residual >= 0) places[layer->residual].death = i + 1;
    }
    for (uint32_t i = 0; i < description->output_count; i++)
        places[description->outputs[i].tensor].death = UINT32_MAX;
}

/* The lowest offset where `wanted` overlaps none of the `count` earlier places that live with it.
 * Each pass moves it behind one of them, so there are at most `count` passes. */
static size_t first_fit(const place *places, uint32_t count, const place *wanted) {
    size_t offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (uint32_t i = 0; i < count; i++) {
            const place *other = &places[i];
            if (other->death < wanted->birth || other->offset + other->size <= offset ||
                offset + wanted->size <= other->offset)
                continue;
            offset = other->offset + other->size;
            moved = true;
        }
    }
    return offset;
}

mien_status mien_network_plan(mien_network *network, mien_error *error) {
    const mien_network_description *description = &network->description;
    place places[MIEN_NETWORK_MAX_LAYERS + 1];
    size_t end = 0, scratch = 0;
    find_lives(places, description);
    for (uint32_t i = 0; i <= description->layer_count; i++) {
        places[i].offset = network->tensor_offset[i] = first_fit(places, i, &places[i]);
        if (places[i].offset + places[i].size > end) end = places[i].offset + places[i].size;
    }
    for (uint32_t i = 0; i < description->layer_count; i++) {
        size_t size = padded_size(&description->layers[i]);
        if (size > scratch) scratch = size;
    }
    if (end > MIEN_NETWORK_MAX_WORKSPACE || scratch > MIEN_NETWORK_MAX_WORKSPACE)
        return mien_fail(error, MIEN_TOO_LARGE, "the network needs more than 512 MB to run");
    network->scratch_offset = end;
    network->workspace_size = end + scratch;
    return MIEN_OK;
}
