/* SPDX-License-Identifier: MIT */
#include "face_model/whitening/whitening.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"

#define MAGIC "MIENWHT1"
#define MAGIC_SIZE 8
#define HEADER_SIZE (MAGIC_SIZE + 8)

mien_status mien_whitening_create(mien_whitening *w, uint32_t inputs, uint32_t outputs) {
    memset(w, 0, sizeof *w);
    if (outputs == 0 || outputs > inputs || inputs > MIEN_WHITENING_MAX_INPUTS ||
        outputs > MIEN_WHITENING_MAX_OUTPUTS)
        return MIEN_ARGUMENT;
    w->bias = calloc(outputs, sizeof *w->bias);
    w->matrix = calloc((size_t)outputs * inputs, sizeof *w->matrix);
    if (w->bias == NULL || w->matrix == NULL) {
        mien_whitening_free(w);
        return MIEN_MEMORY;
    }
    w->inputs = inputs;
    w->outputs = outputs;
    return MIEN_OK;
}

void mien_whitening_free(mien_whitening *w) {
    if (w == NULL) return;
    free(w->bias);
    free(w->matrix);
    memset(w, 0, sizeof *w);
}

static mien_status read_floats(mien_reader *reader, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        MIEN_TRY(mien_read_le32(reader, &bits));
        memcpy(&out[i], &bits, sizeof bits);
        if (!isfinite(out[i])) return MIEN_FORMAT;
    }
    return MIEN_OK;
}

static mien_status read_header(mien_reader *reader, uint32_t *inputs, uint32_t *outputs) {
    uint8_t magic[MAGIC_SIZE];
    MIEN_TRY(mien_read_bytes(reader, magic, sizeof magic));
    if (memcmp(magic, MAGIC, sizeof magic) != 0) return MIEN_FORMAT;
    MIEN_TRY(mien_read_le32(reader, inputs));
    MIEN_TRY(mien_read_le32(reader, outputs));
    if (*outputs == 0 || *outputs > *inputs) return MIEN_FORMAT;
    bool large = *inputs > MIEN_WHITENING_MAX_INPUTS || *outputs > MIEN_WHITENING_MAX_OUTPUTS;
    return large ? MIEN_TOO_LARGE : MIEN_OK;
}

/* The size is known before anything is allocated. */
static mien_status parse(mien_whitening *w, mien_reader *reader) {
    uint32_t inputs, outputs;
    MIEN_TRY(read_header(reader, &inputs, &outputs));
    size_t need = sizeof(float) * (size_t)outputs * ((size_t)inputs + 1);
    if (reader->left != need) return reader->left < need ? MIEN_TRUNCATED : MIEN_TRAILING;
    MIEN_TRY(mien_whitening_create(w, inputs, outputs));
    MIEN_TRY(read_floats(reader, w->bias, outputs));
    MIEN_TRY(read_floats(reader, w->matrix, (size_t)outputs * inputs));
    return mien_read_end(reader);
}

mien_status mien_whitening_parse(mien_whitening *w, const uint8_t *bytes, size_t length,
                                 mien_error *error) {
    mien_reader reader = mien_reader_of(bytes, length);
    memset(w, 0, sizeof *w);
    mien_status status = parse(w, &reader);
    if (status == MIEN_OK) return MIEN_OK;
    mien_whitening_free(w);
    return mien_fail(error, status, "whitening constants: %s", mien_status_text(status));
}

size_t mien_whitening_file_size(const mien_whitening *w) {
    return HEADER_SIZE + sizeof(float) * (size_t)w->outputs * ((size_t)w->inputs + 1);
}

static mien_status write_floats(mien_writer *writer, const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        MIEN_TRY(mien_write_le32(writer, bits));
    }
    return MIEN_OK;
}

mien_status mien_whitening_serialise(uint8_t *bytes, size_t length, const mien_whitening *w) {
    if (length != mien_whitening_file_size(w)) return MIEN_ARGUMENT;
    mien_writer writer = mien_writer_of(bytes, length);
    MIEN_TRY(mien_write_bytes(&writer, MAGIC, MAGIC_SIZE));
    MIEN_TRY(mien_write_le32(&writer, w->inputs));
    MIEN_TRY(mien_write_le32(&writer, w->outputs));
    MIEN_TRY(write_floats(&writer, w->bias, w->outputs));
    return write_floats(&writer, w->matrix, (size_t)w->outputs * w->inputs);
}

void mien_whitening_apply(float *y, const mien_whitening *w, const float *x) {
    for (uint32_t o = 0; o < w->outputs; o++) {
        const float *row = w->matrix + (size_t)o * w->inputs;
        double sum = (double)w->bias[o];
        for (uint32_t i = 0; i < w->inputs; i++) sum += (double)row[i] * (double)x[i];
        y[o] = (float)sum;
    }
}
