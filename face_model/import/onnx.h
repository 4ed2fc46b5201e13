/* SPDX-License-Identifier: MIT */
/* A parsed ONNX file and safe ways to look into it. */
#ifndef MIEN_FACE_MODEL_IMPORT_ONNX_H
#define MIEN_FACE_MODEL_IMPORT_ONNX_H

#include "onnx.pb-c.h"
#include "platform/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MIEN_ONNX_MAX_NODES 4096
#define MIEN_ONNX_MAX_RANK 8
#define MIEN_ONNX_MAX_ELEMENTS ((size_t)1 << 26)

typedef MienOnnx__Model mien_onnx_model;
typedef MienOnnx__Node mien_onnx_node;

/* Constant tensor: floats or integers, row-major. Owned by whoever decoded it. */
typedef struct mien_onnx_constant {
    size_t rank, count;
    int64_t dims[MIEN_ONNX_MAX_RANK];
    float *floats; /* exactly one of the two is set */
    int64_t *integers;
} mien_onnx_constant;

/* Memory for the parsed message is limited to a small multiple of the file. The caller releases
 * *model with mien_onnx_release. */
MIEN_MUST_CHECK mien_status mien_onnx_parse(mien_onnx_model **model, const uint8_t *bytes,
                                            size_t length, mien_error *error);
void mien_onnx_release(mien_onnx_model *model); /* NULL is fine */

/* FLOAT, DOUBLE, INT32 and INT64 tensors; the number of values must fit the dimensions. */
MIEN_MUST_CHECK mien_status mien_onnx_decode(mien_onnx_constant *constant,
                                             const MienOnnx__Tensor *tensor, mien_error *error);
void mien_onnx_constant_free(mien_onnx_constant *constant); /* zeroed is fine */

/* Never NULL; "" for what is missing. */
const char *mien_onnx_text(const char *text);
const char *mien_onnx_node_name(const mien_onnx_node *node); /* its name, else its output's */
const char *mien_onnx_input(const mien_onnx_node *node, size_t index); /* "" beyond the last */

const MienOnnx__Attribute *mien_onnx_attribute(const mien_onnx_node *node, const char *name);
int64_t mien_onnx_integer(const mien_onnx_node *node, const char *name, int64_t otherwise);
float mien_onnx_float(const mien_onnx_node *node, const char *name, float otherwise);
/* values[count] from a list attribute of exactly that length; `otherwise` for all when missing.
 * MIEN_FORMAT when it has another length or a value outside 0..65535. */
MIEN_MUST_CHECK mien_status mien_onnx_list(uint32_t *values, size_t count,
                                           const mien_onnx_node *node, const char *name,
                                           uint32_t otherwise, mien_error *error);
bool mien_onnx_text_is(const mien_onnx_node *node, const char *name, const char *text);

#endif
