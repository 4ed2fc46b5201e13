/* SPDX-License-Identifier: MIT */
#include "wallet/ethereum/rlp.h"

#define SHORT_MAX 55

/* Length in `size` big-endian bytes, in its shortest form and above what the short form holds. */
static mien_status read_length(mien_reader *reader, size_t size, size_t *length) {
    const uint8_t *bytes;
    uint64_t value = 0;
    MIEN_TRY(mien_read_view(reader, &bytes, size));
    for (size_t i = 0; i < size; i++) value = value << 8 | bytes[i];
    if (bytes[0] == 0 || value <= SHORT_MAX) return MIEN_FORMAT;
    if (value > reader->left) return MIEN_TRUNCATED;
    *length = (size_t)value;
    return MIEN_OK;
}

mien_status mien_rlp_read(mien_reader *reader, bool *is_list, mien_view *payload) {
    mien_reader copy = *reader;
    uint8_t first;
    const uint8_t *bytes;
    MIEN_TRY(mien_read_u8(&copy, &first));
    bool list = first >= 0xc0;
    size_t length = 1;
    if (first < 0x80) {
        copy = *reader; /* the byte is its own payload */
    } else {
        length = first - (list ? 0xc0u : 0x80u);
        if (length > SHORT_MAX) MIEN_TRY(read_length(&copy, length - SHORT_MAX, &length));
    }
    MIEN_TRY(mien_read_view(&copy, &bytes, length));
    if (!list && first == 0x81 && bytes[0] < 0x80) return MIEN_FORMAT;
    *reader = copy;
    *is_list = list;
    *payload = mien_view_of(bytes, length);
    return MIEN_OK;
}

mien_status mien_rlp_read_string(mien_reader *reader, mien_view *payload) {
    mien_reader copy = *reader;
    bool is_list;
    MIEN_TRY(mien_rlp_read(&copy, &is_list, payload));
    if (is_list) return MIEN_FORMAT;
    *reader = copy;
    return MIEN_OK;
}

mien_status mien_rlp_read_fixed(mien_reader *reader, uint8_t *out, size_t length) {
    mien_view payload;
    MIEN_TRY(mien_rlp_read_string(reader, &payload));
    if (payload.length != length) return MIEN_FORMAT;
    memcpy(out, payload.data, length);
    return MIEN_OK;
}

mien_status mien_rlp_read_uint256(mien_reader *reader, mien_uint256 *out) {
    mien_view payload;
    MIEN_TRY(mien_rlp_read_string(reader, &payload));
    if (payload.length != 0 && payload.data[0] == 0) return MIEN_FORMAT;
    return mien_uint256_from_bytes(out, payload.data, payload.length);
}

mien_status mien_rlp_read_u64(mien_reader *reader, uint64_t *out) {
    mien_uint256 value;
    MIEN_TRY(mien_rlp_read_uint256(reader, &value));
    return mien_uint256_to_u64(out, &value);
}

mien_status mien_rlp_read_list(mien_reader *reader, mien_reader *items) {
    mien_reader copy = *reader;
    bool is_list;
    mien_view payload;
    MIEN_TRY(mien_rlp_read(&copy, &is_list, &payload));
    if (!is_list) return MIEN_FORMAT;
    *reader = copy;
    *items = mien_reader_of(payload.data, payload.length);
    return MIEN_OK;
}

mien_status mien_rlp_check(mien_view bytes) {
    mien_reader level[MIEN_RLP_DEPTH_MAX + 1];
    size_t depth = 0;
    bool is_list;
    mien_view payload;
    level[0] = mien_reader_of(bytes.data, bytes.length);
    MIEN_TRY(mien_rlp_read(&level[0], &is_list, &payload));
    MIEN_TRY(mien_read_end(&level[0]));
    level[0] = mien_reader_of(bytes.data, bytes.length);
    for (;;) {
        while (depth > 0 && level[depth].left == 0) depth--;
        if (level[depth].left == 0) return MIEN_OK;
        MIEN_TRY(mien_rlp_read(&level[depth], &is_list, &payload));
        if (!is_list) continue;
        if (depth == MIEN_RLP_DEPTH_MAX) return MIEN_TOO_LARGE;
        level[++depth] = mien_reader_of(payload.data, payload.length);
    }
}

static size_t bytes_of(size_t value) {
    size_t size = 0;
    for (; value != 0; value >>= 8) size++;
    return size;
}

size_t mien_rlp_head_size(size_t length) {
    return length <= SHORT_MAX ? 1 : 1 + bytes_of(length);
}

static mien_status write_head(mien_writer *writer, uint8_t base, size_t length) {
    uint8_t bytes[9];
    size_t size = bytes_of(length);
    if (length <= SHORT_MAX) return mien_write_u8(writer, (uint8_t)(base + length));
    bytes[0] = (uint8_t)(base + SHORT_MAX + size);
    for (size_t i = 0; i < size; i++) bytes[1 + i] = (uint8_t)(length >> 8 * (size - 1 - i));
    return mien_write_bytes(writer, bytes, 1 + size);
}

mien_status mien_rlp_write_string(mien_writer *writer, const void *data, size_t length) {
    const uint8_t *bytes = data;
    if (length == 1 && bytes[0] < 0x80) return mien_write_u8(writer, bytes[0]);
    MIEN_TRY(write_head(writer, 0x80, length));
    return mien_write_bytes(writer, data, length);
}

mien_status mien_rlp_write_uint256(mien_writer *writer, const mien_uint256 *value) {
    uint8_t bytes[32];
    size_t skip = 0;
    mien_uint256_to_bytes(bytes, value);
    while (skip < sizeof bytes && bytes[skip] == 0) skip++;
    return mien_rlp_write_string(writer, bytes + skip, sizeof bytes - skip);
}

mien_status mien_rlp_write_u64(mien_writer *writer, uint64_t value) {
    mien_uint256 wide = mien_uint256_of(value);
    return mien_rlp_write_uint256(writer, &wide);
}

mien_status mien_rlp_write_list_head(mien_writer *writer, size_t length) {
    return write_head(writer, 0xc0, length);
}

mien_status mien_rlp_wrap_list(mien_writer *writer, size_t start) {
    size_t length = writer->used - start, head = mien_rlp_head_size(length);
    if (head > writer->capacity - writer->used) return MIEN_TOO_LARGE;
    memmove(writer->bytes + start + head, writer->bytes + start, length);
    writer->used = start;
    MIEN_TRY(mien_rlp_write_list_head(writer, length));
    writer->used += length;
    return MIEN_OK;
}
