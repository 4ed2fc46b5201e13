/* SPDX-License-Identifier: MIT */
#include "face_model/import/onnx.h"

#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"

/* ONNX's TensorProto.DataType */
enum { TYPE_FLOAT = 1, TYPE_INT32 = 6, TYPE_INT64 = 7, TYPE_DOUBLE = 11 };

/* protobuf-c asks for memory by counts found in the file: all requests of one parse together stay
 * below this budget. */
typedef struct budget {
    size_t left;
} budget;

static void *budget_allocate(void *context, size_t size) {
    budget *limit = context;
    if (size > limit->left) return NULL;
    limit->left -= size;
    return malloc(size != 0 ? size : 1);
}

static void budget_release(void *context, void *memory) {
    (void)context;
    free(memory);
}

mien_status mien_onnx_parse(mien_onnx_model **model, const uint8_t *bytes, size_t length,
                            mien_error *error) {
    budget limit = {((size_t)4 << 20) + 8 * length};
    ProtobufCAllocator allocator = {budget_allocate, budget_release, &limit};
    mien_onnx_model *parsed = mien_onnx__model__unpack(&allocator, length, bytes);
    if (parsed == NULL)
        return mien_fail(error, MIEN_FORMAT, "this is not an ONNX file, or it is damaged");
    if (parsed->graph == NULL || parsed->graph->n_node == 0) {
        mien_onnx_release(parsed);
        return mien_fail(error, MIEN_FORMAT, "the ONNX file has no graph");
    }
    if (parsed->graph->n_node > MIEN_ONNX_MAX_NODES) {
        mien_onnx_release(parsed);
        return mien_fail(error, MIEN_TOO_LARGE, "the ONNX file has more than %d nodes",
                         MIEN_ONNX_MAX_NODES);
    }
    *model = parsed;
    return MIEN_OK;
}

void mien_onnx_release(mien_onnx_model *model) {
    ProtobufCAllocator allocator = {NULL, budget_release, NULL};
    if (model != NULL) mien_onnx__model__free_unpacked(model, &allocator);
}

static mien_status read_dims(mien_onnx_constant *constant, const MienOnnx__Tensor *tensor) {
    constant->rank = tensor->n_dims;
    constant->count = 1;
    if (tensor->n_dims > MIEN_ONNX_MAX_RANK) return MIEN_TOO_LARGE;
    for (size_t i = 0; i < tensor->n_dims; i++) {
        if (tensor->dims[i] < 1 || tensor->dims[i] > (int64_t)MIEN_ONNX_MAX_ELEMENTS)
            return MIEN_TOO_LARGE;
        constant->dims[i] = tensor->dims[i];
        constant->count *= (size_t)tensor->dims[i];
        if (constant->count > MIEN_ONNX_MAX_ELEMENTS) return MIEN_TOO_LARGE;
    }
    return MIEN_OK;
}

/* raw_data is little endian. */
static double raw_value(const MienOnnx__Tensor *tensor, size_t i, int64_t *integer) {
    const uint8_t *raw = tensor->raw_data.data;
    uint32_t word;
    uint64_t wide;
    float single;
    double number = 0;
    if (tensor->data_type == TYPE_FLOAT || tensor->data_type == TYPE_INT32) {
        word = mien_load_le32(raw + 4 * i);
        memcpy(&single, &word, sizeof single);
        *integer = (int32_t)word;
        return (double)single;
    }
    wide = mien_load_le64(raw + 8 * i);
    memcpy(&number, &wide, sizeof number);
    *integer = (int64_t)wide;
    return number;
}

static double typed_value(const MienOnnx__Tensor *tensor, size_t i, int64_t *integer) {
    *integer = 0;
    if (tensor->data_type == TYPE_FLOAT) return (double)tensor->float_data[i];
    if (tensor->data_type == TYPE_DOUBLE) return tensor->double_data[i];
    *integer = tensor->data_type == TYPE_INT32 ? tensor->int32_data[i] : tensor->int64_data[i];
    return 0;
}

static size_t typed_count(const MienOnnx__Tensor *tensor) {
    switch (tensor->data_type) {
    case TYPE_FLOAT:
        return tensor->n_float_data;
    case TYPE_DOUBLE:
        return tensor->n_double_data;
    case TYPE_INT32:
        return tensor->n_int32_data;
    default:
        return tensor->n_int64_data;
    }
}

static bool values_fit(const MienOnnx__Tensor *tensor, size_t count) {
    size_t width = tensor->data_type == TYPE_FLOAT || tensor->data_type == TYPE_INT32 ? 4 : 8;
    if (tensor->has_raw_data) return tensor->raw_data.len == count * width;
    return typed_count(tensor) == count;
}

mien_status mien_onnx_decode(mien_onnx_constant *constant, const MienOnnx__Tensor *tensor,
                             mien_error *error) {
    const char *name = mien_onnx_text(tensor->name);
    mien_onnx_constant made = {0};
    bool real = tensor->data_type == TYPE_FLOAT || tensor->data_type == TYPE_DOUBLE;
    if (!real && tensor->data_type != TYPE_INT32 && tensor->data_type != TYPE_INT64)
        return mien_fail(error, MIEN_UNSUPPORTED, "constant '%.60s' has element type %d", name,
                         (int)tensor->data_type);
    if (read_dims(&made, tensor) != MIEN_OK)
        return mien_fail(error, MIEN_TOO_LARGE, "constant '%.60s' has impossible dimensions", name);
    if (tensor->data_location != 0 || !values_fit(tensor, made.count))
        return mien_fail(error, MIEN_FORMAT, "constant '%.60s': its values do not fit its shape",
                         name);
    if (real)
        made.floats = malloc(made.count * sizeof *made.floats);
    else
        made.integers = malloc(made.count * sizeof *made.integers);
    if (made.floats == NULL && made.integers == NULL)
        return mien_fail(error, MIEN_MEMORY, "no memory for constant '%.60s'", name);
    for (size_t i = 0; i < made.count; i++) {
        int64_t integer;
        double value = tensor->has_raw_data ? raw_value(tensor, i, &integer)
                                            : typed_value(tensor, i, &integer);
        if (real)
            made.floats[i] = (float)value;
        else
            made.integers[i] = integer;
    }
    *constant = made;
    return MIEN_OK;
}

void mien_onnx_constant_free(mien_onnx_constant *constant) {
    free(constant->floats);
    free(constant->integers);
    memset(constant, 0, sizeof *constant);
}

const char *mien_onnx_text(const char *text) {
    return text != NULL ? text : "";
}

const char *mien_onnx_node_name(const mien_onnx_node *node) {
    if (mien_onnx_text(node->name)[0] != '\0') return node->name;
    return node->n_output > 0 ? mien_onnx_text(node->output[0]) : "";
}

const char *mien_onnx_input(const mien_onnx_node *node, size_t index) {
    return index < node->n_input ? mien_onnx_text(node->input[index]) : "";
}

const MienOnnx__Attribute *mien_onnx_attribute(const mien_onnx_node *node, const char *name) {
    for (size_t i = 0; i < node->n_attribute; i++)
        if (strcmp(mien_onnx_text(node->attribute[i]->name), name) == 0) return node->attribute[i];
    return NULL;
}

int64_t mien_onnx_integer(const mien_onnx_node *node, const char *name, int64_t otherwise) {
    const MienOnnx__Attribute *attribute = mien_onnx_attribute(node, name);
    return attribute != NULL && attribute->has_i ? attribute->i : otherwise;
}

float mien_onnx_float(const mien_onnx_node *node, const char *name, float otherwise) {
    const MienOnnx__Attribute *attribute = mien_onnx_attribute(node, name);
    return attribute != NULL && attribute->has_f ? attribute->f : otherwise;
}

mien_status mien_onnx_list(uint32_t *values, size_t count, const mien_onnx_node *node,
                           const char *name, uint32_t otherwise, mien_error *error) {
    const MienOnnx__Attribute *attribute = mien_onnx_attribute(node, name);
    for (size_t i = 0; i < count; i++) values[i] = otherwise;
    if (attribute == NULL || attribute->n_ints == 0) return MIEN_OK;
    if (attribute->n_ints != count)
        return mien_fail(error, MIEN_FORMAT, "node '%.60s': attribute %s needs %zu numbers",
                         mien_onnx_node_name(node), name, count);
    for (size_t i = 0; i < count; i++) {
        if (attribute->ints[i] < 0 || attribute->ints[i] > 65535)
            return mien_fail(error, MIEN_FORMAT, "node '%.60s': attribute %s is out of range",
                             mien_onnx_node_name(node), name);
        values[i] = (uint32_t)attribute->ints[i];
    }
    return MIEN_OK;
}

bool mien_onnx_text_is(const mien_onnx_node *node, const char *name, const char *text) {
    const MienOnnx__Attribute *attribute = mien_onnx_attribute(node, name);
    return attribute != NULL && attribute->has_s && attribute->s.len == strlen(text) &&
           memcmp(attribute->s.data, text, attribute->s.len) == 0;
}
