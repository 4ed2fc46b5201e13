/* SPDX-License-Identifier: MIT */
/* Writes small ONNX files: enough of protobuf to say what the tests want to say, right or wrong. */
#ifndef MIEN_TESTS_FACE_MODEL_IMPORT_ONNX_WRITER_H
#define MIEN_TESTS_FACE_MODEL_IMPORT_ONNX_WRITER_H

#include <stdarg.h>

#include "tests/harness.h"

typedef struct bytes {
    uint8_t data[1 << 16];
    size_t used;
} bytes;

static inline void put_byte(bytes *b, uint8_t value) {
    if (b->used >= sizeof b->data) abort();
    b->data[b->used++] = value;
}

static inline void put_varint(bytes *b, uint64_t value) {
    for (; value >= 128; value >>= 7) put_byte(b, (uint8_t)(value | 128));
    put_byte(b, (uint8_t)value);
}

static inline void put_number(bytes *b, int field, int64_t value) {
    put_varint(b, (uint64_t)field << 3);
    put_varint(b, (uint64_t)value);
}

static inline void put_block(bytes *b, int field, const void *data, size_t length) {
    put_varint(b, (uint64_t)field << 3 | 2);
    put_varint(b, length);
    for (size_t i = 0; i < length; i++) put_byte(b, ((const uint8_t *)data)[i]);
}

static inline void put_text(bytes *b, int field, const char *text) {
    put_block(b, field, text, strlen(text));
}

static inline void put_single(bytes *b, int field, float value) {
    put_varint(b, (uint64_t)field << 3 | 5);
    uint32_t word;
    memcpy(&word, &value, 4);
    for (int i = 0; i < 4; i++) put_byte(b, (uint8_t)(word >> 8 * i));
}

/* A graph under construction. */
typedef struct onnx {
    bytes graph, node;
} onnx;

/* onnx_node(o, "Conv", "name", "in1,in2", "out"), attributes, onnx_end(o) */
static inline void onnx_node(onnx *o, const char *type, const char *name, const char *inputs,
                             const char *output) {
    char text[256];
    snprintf(text, sizeof text, "%s", inputs);
    o->node.used = 0;
    for (char *part = strtok(text, ","); part != NULL; part = strtok(NULL, ","))
        put_text(&o->node, 1, part);
    put_text(&o->node, 2, output);
    put_text(&o->node, 3, name);
    put_text(&o->node, 4, type);
}

static inline void onnx_ints(onnx *o, const char *name, int count, ...) {
    static bytes attribute;
    va_list list;
    attribute.used = 0;
    put_text(&attribute, 1, name);
    va_start(list, count);
    for (int i = 0; i < count; i++) put_number(&attribute, 8, va_arg(list, int));
    va_end(list);
    put_block(&o->node, 5, attribute.data, attribute.used);
}

static inline void onnx_int(onnx *o, const char *name, int64_t value) {
    static bytes attribute;
    attribute.used = 0;
    put_text(&attribute, 1, name);
    put_number(&attribute, 3, value);
    put_block(&o->node, 5, attribute.data, attribute.used);
}

static inline void onnx_float(onnx *o, const char *name, float value) {
    static bytes attribute;
    attribute.used = 0;
    put_text(&attribute, 1, name);
    put_single(&attribute, 2, value);
    put_block(&o->node, 5, attribute.data, attribute.used);
}

static inline void onnx_end(onnx *o) {
    put_block(&o->graph, 1, o->node.data, o->node.used);
}

static inline void onnx_simple(onnx *o, const char *type, const char *inputs, const char *output) {
    onnx_node(o, type, output, inputs, output);
    onnx_end(o);
}

/* Float constant; dims ends with 0. values NULL: small random numbers. */
static inline void onnx_floats(onnx *o, const char *name, const float *values, const int *dims) {
    static bytes tensor, raw;
    size_t count = 1;
    tensor.used = raw.used = 0;
    for (; *dims != 0; dims++) {
        put_number(&tensor, 1, *dims);
        count *= (size_t)*dims;
    }
    put_number(&tensor, 2, 1);
    put_text(&tensor, 8, name);
    for (size_t i = 0; i < count; i++) {
        float value =
            values != NULL ? values[i] : ((float)harness_random_below(2001) - 1000) / 2000;
        uint32_t word;
        memcpy(&word, &value, 4);
        for (int k = 0; k < 4; k++) put_byte(&raw, (uint8_t)(word >> 8 * k));
    }
    put_block(&tensor, 9, raw.data, raw.used);
    put_block(&o->graph, 5, tensor.data, tensor.used);
}

static inline void onnx_integers(onnx *o, const char *name, const int64_t *values, int count) {
    static bytes tensor;
    tensor.used = 0;
    put_number(&tensor, 1, count);
    put_number(&tensor, 2, 7);
    for (int i = 0; i < count; i++) put_number(&tensor, 7, values[i]);
    put_text(&tensor, 8, name);
    put_block(&o->graph, 5, tensor.data, tensor.used);
}

static inline void onnx_value(onnx *o, int field, const char *name, const int *dims) {
    static bytes shape, type, tensor, info, dim;
    shape.used = type.used = tensor.used = info.used = 0;
    for (; *dims != 0; dims++) {
        dim.used = 0;
        put_number(&dim, 1, *dims);
        put_block(&shape, 1, dim.data, dim.used);
    }
    put_number(&tensor, 1, 1);
    put_block(&tensor, 2, shape.data, shape.used);
    put_block(&type, 1, tensor.data, tensor.used);
    put_text(&info, 1, name);
    put_block(&info, 2, type.data, type.used);
    put_block(&o->graph, field, info.data, info.used);
}

/* The whole file. */
static inline void onnx_finish(bytes *out, const onnx *o, int operator_set) {
    static bytes set;
    set.used = out->used = 0;
    put_text(&set, 1, "");
    put_number(&set, 2, operator_set);
    put_number(out, 1, 6);
    put_block(out, 7, o->graph.data, o->graph.used);
    put_block(out, 8, set.data, set.used);
}

#define DIMS(...) ((const int[]){__VA_ARGS__, 0})

#endif
