/* SPDX-License-Identifier: MIT */
/* Any bytes as a video, handed out in pieces of changing size. */
#include <stdlib.h>

#include "platform/base/bytes.h"
#include "platform/frames/y4m.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static mien_status read_piece(void *context, uint8_t *bytes, size_t length, size_t *got) {
    mien_reader *reader = context;
    size_t piece = 1 + reader->left % 61;
    if (piece > length) piece = length;
    if (piece > reader->left) piece = reader->left;
    *got = piece;
    return mien_read_bytes(reader, bytes, piece);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mien_reader reader = mien_reader_of(data, size);
    mien_y4m *video = NULL;
    mien_error error = {MIEN_OK, ""};
    if (mien_y4m_open(&video, (mien_y4m_input){read_piece, &reader}, &error) != MIEN_OK) {
        if (video != NULL || error.message[0] == '\0') abort();
        return 0;
    }
    for (int i = 0; i < 100; i++) {
        mien_image image;
        mien_status status = mien_y4m_next(video, &image, &error);
        if ((status == MIEN_OK) != (image.rgb != NULL)) abort();
        if (status != MIEN_OK) break;
        if (image.width != mien_y4m_width(video) || image.height != mien_y4m_height(video)) abort();
        mien_image_free(&image);
    }
    mien_y4m_close(video);
    return 0;
}
