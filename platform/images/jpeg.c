/* SPDX-License-Identifier: MIT */
#include "platform/images/jpeg.h"

#include <stdlib.h>

/* T.81 annex K.3: class and number, codes of each length 1..16, symbols. */
static const uint8_t dc_luminance[] = {0x00, 0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0,  0, 0,
                                       0,    0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
static const uint8_t dc_chrominance[] = {0x01, 0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0,  0, 0,
                                         0,    0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
static const uint8_t ac_luminance[] = {
    0x10, 0,    2,    1,    3,    3,    2,    4,    3,    5,    5,    4,    4,    0,    0,
    1,    0x7d, 0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13,
    0x51, 0x61, 0x07, 0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1,
    0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19,
    0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43,
    0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a,
    0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79,
    0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97,
    0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4,
    0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca,
    0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6,
    0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa};
static const uint8_t ac_chrominance[] = {
    0x11, 0,    2,    1,    2,    4,    4,    3,    4,    7,    5,    4,    4,    0,    1,
    2,    0x77, 0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51,
    0x07, 0x61, 0x71, 0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09,
    0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1,
    0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a,
    0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
    0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78,
    0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95,
    0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2,
    0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8,
    0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe2, 0xe3, 0xe4, 0xe5,
    0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa};
_Static_assert(4 + sizeof dc_luminance + sizeof dc_chrominance + sizeof ac_luminance +
                       sizeof ac_chrominance ==
                   MIEN_JPEG_TABLES_SIZE,
               "the header states the growth");

bool mien_jpeg_starts(const uint8_t *bytes, size_t length) {
    return length >= 3 && bytes[0] == 0xff && bytes[1] == MIEN_JPEG_SOI && bytes[2] == 0xff;
}

/* Any number of fill bytes 0xff may come before the marker's own byte (B.1.1.2). */
static mien_status read_marker(mien_reader *reader, int *marker) {
    uint8_t byte;
    MIEN_TRY(mien_read_u8(reader, &byte));
    if (byte != 0xff) return MIEN_FORMAT;
    while (byte == 0xff) MIEN_TRY(mien_read_u8(reader, &byte));
    *marker = byte;
    return byte == 0 ? MIEN_FORMAT : MIEN_OK;
}

static bool stands_alone(int marker) {
    return marker == 0x01 || (marker >= 0xd0 && marker <= MIEN_JPEG_EOI);
}

mien_status mien_jpeg_segment(mien_reader *reader, int *marker, mien_reader *payload) {
    const uint8_t *view;
    *payload = mien_reader_of(NULL, 0);
    MIEN_TRY(read_marker(reader, marker));
    if (stands_alone(*marker)) return MIEN_OK;
    MIEN_TRY(mien_read_view(reader, &view, 2));
    size_t length = (size_t)view[0] << 8 | view[1];
    if (length < 2) return MIEN_FORMAT;
    MIEN_TRY(mien_read_view(reader, &view, length - 2));
    *payload = mien_reader_of(view, length - 2);
    return MIEN_OK;
}

/* Each table: class and number, 16 counts that leave no code over-subscribed, the symbols. */
static mien_status check_huffman(mien_reader payload) {
    if (payload.left == 0) return MIEN_FORMAT;
    while (payload.left != 0) {
        const uint8_t *head, *symbols;
        unsigned total = 0, codes = 0;
        MIEN_TRY(mien_read_view(&payload, &head, 17));
        if ((head[0] >> 4) > 1 || (head[0] & 15) > 3) return MIEN_FORMAT;
        for (int i = 1; i <= 16; i++) {
            total += head[i];
            codes = 2 * codes + head[i];
            if (codes > 1u << i) return MIEN_FORMAT;
        }
        if (total > 256) return MIEN_FORMAT;
        MIEN_TRY(mien_read_view(&payload, &symbols, total));
    }
    return MIEN_OK;
}

static mien_status check_quantization(mien_reader payload) {
    if (payload.left == 0) return MIEN_FORMAT;
    while (payload.left != 0) {
        const uint8_t *head, *values;
        MIEN_TRY(mien_read_view(&payload, &head, 1));
        if ((head[0] >> 4) > 1 || (head[0] & 15) > 3) return MIEN_FORMAT;
        MIEN_TRY(mien_read_view(&payload, &values, (head[0] >> 4) != 0 ? 128 : 64));
    }
    return MIEN_OK;
}

typedef struct rewrite {
    mien_writer writer;
    mien_reader reader;
    bool frame, huffman, scanned;
} rewrite;

static mien_status put_segment(mien_writer *writer, int marker, mien_reader payload) {
    const size_t length = payload.left + 2;
    const uint8_t head[4] = {0xff, (uint8_t)marker, (uint8_t)(length >> 8), (uint8_t)length};
    MIEN_TRY(mien_write_bytes(writer, head, sizeof head));
    return mien_write_bytes(writer, payload.next, payload.left);
}

static mien_status put_standard_tables(mien_writer *writer) {
    const uint8_t head[4] = {0xff, MIEN_JPEG_DHT, (MIEN_JPEG_TABLES_SIZE - 2) >> 8,
                             (MIEN_JPEG_TABLES_SIZE - 2) & 0xff};
    MIEN_TRY(mien_write_bytes(writer, head, sizeof head));
    MIEN_TRY(mien_write_bytes(writer, dc_luminance, sizeof dc_luminance));
    MIEN_TRY(mien_write_bytes(writer, dc_chrominance, sizeof dc_chrominance));
    MIEN_TRY(mien_write_bytes(writer, ac_luminance, sizeof ac_luminance));
    return mien_write_bytes(writer, ac_chrominance, sizeof ac_chrominance);
}

/* Entropy-coded bytes: 0xff is followed by 0 or a restart marker; any other marker ends them. */
static mien_status put_entropy_coded(rewrite *job) {
    const uint8_t *start = job->reader.next;
    size_t length = 0, left = job->reader.left;
    for (;; length++) {
        if (left - length < 2) return MIEN_TRUNCATED;
        if (start[length] != 0xff) continue;
        const uint8_t after = start[length + 1];
        if (after != 0 && !(after >= 0xd0 && after <= 0xd7)) break;
        length++;
    }
    MIEN_TRY(mien_read_view(&job->reader, &start, length));
    return mien_write_bytes(&job->writer, start, length);
}

static mien_status put_scan(rewrite *job, mien_reader payload) {
    if (!job->frame) return MIEN_FORMAT;
    if (!job->huffman) {
        MIEN_TRY(put_standard_tables(&job->writer));
        job->huffman = true;
    }
    job->scanned = true;
    MIEN_TRY(put_segment(&job->writer, MIEN_JPEG_SOS, payload));
    return put_entropy_coded(job);
}

/* The colour transform depends on these two; what else they hold (thumbnails) does not matter. */
static mien_status put_application(rewrite *job, int marker, mien_reader payload) {
    const bool jfif =
        marker == MIEN_JPEG_APP0 && payload.left >= 14 && memcmp(payload.next, "JFIF", 5) == 0;
    const bool adobe =
        marker == MIEN_JPEG_APP14 && payload.left >= 12 && memcmp(payload.next, "Adobe", 5) == 0;
    if (!jfif && !adobe) return MIEN_OK;
    payload.left = jfif ? 14 : 12;
    return put_segment(&job->writer, marker, payload);
}

static mien_status put_frame(rewrite *job, int marker, mien_reader payload) {
    if (job->frame) return MIEN_FORMAT;
    if (payload.left < 6) return MIEN_FORMAT;
    if (payload.next[0] != 8) return MIEN_UNSUPPORTED;
    job->frame = true;
    return put_segment(&job->writer, marker, payload);
}

static mien_status put_tables_or_skip(rewrite *job, int marker, mien_reader payload) {
    if (marker == MIEN_JPEG_DHT) {
        MIEN_TRY(check_huffman(payload));
        job->huffman = true;
    } else if (marker == MIEN_JPEG_DQT) {
        MIEN_TRY(check_quantization(payload));
    } else if (marker == MIEN_JPEG_DRI) {
        if (payload.left != 2) return MIEN_FORMAT;
    } else if (marker == MIEN_JPEG_DNL) {
        return MIEN_UNSUPPORTED;
    } else if (marker >= MIEN_JPEG_APP0 && marker <= 0xef) {
        return put_application(job, marker, payload);
    } else if (marker == 0xfe) {
        return MIEN_OK; /* a comment */
    } else {
        return MIEN_UNSUPPORTED;
    }
    return put_segment(&job->writer, marker, payload);
}

static mien_status put_all(rewrite *job) {
    static const uint8_t start[2] = {0xff, MIEN_JPEG_SOI}, end[2] = {0xff, MIEN_JPEG_EOI};
    int marker;
    mien_reader payload;
    MIEN_TRY(mien_jpeg_segment(&job->reader, &marker, &payload));
    if (marker != MIEN_JPEG_SOI) return MIEN_FORMAT;
    MIEN_TRY(mien_write_bytes(&job->writer, start, sizeof start));
    for (;;) {
        MIEN_TRY(mien_jpeg_segment(&job->reader, &marker, &payload));
        if (marker == MIEN_JPEG_EOI) break;
        if (stands_alone(marker)) return MIEN_FORMAT;
        if (marker == MIEN_JPEG_SOS)
            MIEN_TRY(put_scan(job, payload));
        else if (marker >= MIEN_JPEG_SOF0 && marker <= MIEN_JPEG_SOF2)
            MIEN_TRY(put_frame(job, marker, payload));
        else
            MIEN_TRY(put_tables_or_skip(job, marker, payload));
    }
    if (!job->scanned) return MIEN_FORMAT;
    return mien_write_bytes(&job->writer, end, sizeof end);
}

mien_status mien_jpeg_rewrite(uint8_t **out, size_t *out_length, const uint8_t *bytes,
                              size_t length) {
    size_t capacity;
    *out = NULL;
    if (!mien_size_add(&capacity, length, MIEN_JPEG_TABLES_SIZE)) return MIEN_TOO_LARGE;
    uint8_t *made = malloc(capacity);
    if (made == NULL) return MIEN_MEMORY;
    rewrite job = {mien_writer_of(made, capacity), mien_reader_of(bytes, length), false, false,
                   false};
    mien_status status = put_all(&job);
    if (status != MIEN_OK) {
        mien_wipe(made, job.writer.used);
        free(made);
        return status;
    }
    *out = made;
    *out_length = job.writer.used;
    return MIEN_OK;
}
