/* SPDX-License-Identifier: MIT */
/* The segments of a JPEG file (ITU T.81 annex B), walked strictly before a decoder sees them. */
#ifndef MIEN_PLATFORM_IMAGES_JPEG_H
#define MIEN_PLATFORM_IMAGES_JPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/bytes.h"

enum {
    MIEN_JPEG_SOF0 = 0xc0,
    MIEN_JPEG_SOF2 = 0xc2,
    MIEN_JPEG_DHT = 0xc4,
    MIEN_JPEG_SOI = 0xd8,
    MIEN_JPEG_EOI = 0xd9,
    MIEN_JPEG_SOS = 0xda,
    MIEN_JPEG_DQT = 0xdb,
    MIEN_JPEG_DNL = 0xdc,
    MIEN_JPEG_DRI = 0xdd,
    MIEN_JPEG_APP0 = 0xe0,
    MIEN_JPEG_APP1 = 0xe1,
    MIEN_JPEG_APP14 = 0xee
};

bool mien_jpeg_starts(const uint8_t *bytes, size_t length);

/* Step over one marker and its payload (behind the two length bytes; empty for SOI and EOI). The
 * reader starts at the first byte of the file. MIEN_TRUNCATED, MIEN_FORMAT. */
MIEN_MUST_CHECK mien_status mien_jpeg_segment(mien_reader *reader, int *marker,
                                              mien_reader *payload);

/* Rewrite a JPEG for decoding: only the segments that matter for the pixels, every Huffman table
 * checked to be a prefix code of at most 256 symbols, nothing behind the end. Webcams leave the
 * Huffman tables out of Motion-JPEG frames and mean the standard ones (T.81 annex K.3): those are
 * put in when there is none before the first scan. The caller frees *out (pixels: wipe it).
 * MIEN_FORMAT, MIEN_TRUNCATED, MIEN_UNSUPPORTED (arithmetic coding, lossless, 12 bit), MIEN_MEMORY.
 */
MIEN_MUST_CHECK mien_status mien_jpeg_rewrite(uint8_t **out, size_t *out_length,
                                              const uint8_t *bytes, size_t length);

/* Largest growth of mien_jpeg_rewrite: the inserted tables. */
#define MIEN_JPEG_TABLES_SIZE 420

#endif
