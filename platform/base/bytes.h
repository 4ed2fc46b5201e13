/* SPDX-License-Identifier: MIT */
/* Byte order, wiping, constant-time comparison, checked size arithmetic, and the one bounded reader
 * and writer through which every byte from outside goes. Header-only, no allocation, no libc beyond
 * string.h, so the proof verifier can use it on a microcontroller. */
#ifndef MIEN_PLATFORM_BASE_BYTES_H
#define MIEN_PLATFORM_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "platform/base/status.h"

static inline uint16_t mien_load_le16(const uint8_t p[2]) {
    return (uint16_t)(p[0] | p[1] << 8);
}
static inline uint32_t mien_load_le32(const uint8_t p[4]) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static inline uint64_t mien_load_le64(const uint8_t p[8]) {
    return (uint64_t)mien_load_le32(p) | (uint64_t)mien_load_le32(p + 4) << 32;
}
static inline uint32_t mien_load_be32(const uint8_t p[4]) {
    return (uint32_t)p[3] | (uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[0] << 24;
}
static inline uint64_t mien_load_be64(const uint8_t p[8]) {
    return (uint64_t)mien_load_be32(p + 4) | (uint64_t)mien_load_be32(p) << 32;
}
static inline void mien_store_le16(uint8_t p[2], uint16_t v) {
    for (int i = 0; i < 2; i++) p[i] = (uint8_t)(v >> 8 * i);
}
static inline void mien_store_le32(uint8_t p[4], uint32_t v) {
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(v >> 8 * i);
}
static inline void mien_store_le64(uint8_t p[8], uint64_t v) {
    for (int i = 0; i < 8; i++) p[i] = (uint8_t)(v >> 8 * i);
}
static inline void mien_store_be32(uint8_t p[4], uint32_t v) {
    for (int i = 0; i < 4; i++) p[3 - i] = (uint8_t)(v >> 8 * i);
}
static inline void mien_store_be64(uint8_t p[8], uint64_t v) {
    for (int i = 0; i < 8; i++) p[7 - i] = (uint8_t)(v >> 8 * i);
}

/* Zero memory in a way the compiler does not remove. */
static inline void mien_wipe(void *memory, size_t length) {
    if (length != 0) memset(memory, 0, length);
    __asm__ __volatile__("" : : "r"(memory) : "memory");
}

/* 1 when equal, 0 when not; time depends on `length` only. */
static inline int mien_equal_ct(const void *a, const void *b, size_t length) {
    const volatile uint8_t *x = (const volatile uint8_t *)a, *y = (const volatile uint8_t *)b;
    uint32_t difference = 0;
    for (size_t i = 0; i < length; i++) difference |= (uint32_t)(x[i] ^ y[i]);
    return (int)(1 & ((difference - 1) >> 31));
}

/* *sum = a + b and *product = a * b; false (output untouched) on overflow. */
static inline bool mien_size_add(size_t *sum, size_t a, size_t b) {
    if (a > SIZE_MAX - b) return false;
    *sum = a + b;
    return true;
}
static inline bool mien_size_multiply(size_t *product, size_t a, size_t b) {
    if (b != 0 && a > SIZE_MAX / b) return false;
    *product = a * b;
    return true;
}

/* Bounded reader over memory it does not own. A read past the end returns MIEN_TRUNCATED and moves
 * nothing. */
typedef struct mien_reader {
    const uint8_t *next;
    size_t left;
} mien_reader;

static inline mien_reader mien_reader_of(const void *bytes, size_t length) {
    mien_reader reader = {(const uint8_t *)bytes, length};
    return reader;
}
/* Hand out a view of the next `length` bytes (no copy) and step over them. */
MIEN_MUST_CHECK static inline mien_status mien_read_view(mien_reader *reader, const uint8_t **view,
                                                         size_t length) {
    if (length > reader->left) return MIEN_TRUNCATED;
    *view = reader->next;
    reader->next += length;
    reader->left -= length;
    return MIEN_OK;
}
MIEN_MUST_CHECK static inline mien_status mien_read_bytes(mien_reader *reader, void *out,
                                                          size_t length) {
    const uint8_t *view;
    MIEN_TRY(mien_read_view(reader, &view, length));
    if (length != 0) memcpy(out, view, length);
    return MIEN_OK;
}
MIEN_MUST_CHECK static inline mien_status mien_read_u8(mien_reader *reader, uint8_t *out) {
    return mien_read_bytes(reader, out, 1);
}
MIEN_MUST_CHECK static inline mien_status mien_read_le16(mien_reader *reader, uint16_t *out) {
    const uint8_t *view;
    MIEN_TRY(mien_read_view(reader, &view, 2));
    *out = mien_load_le16(view);
    return MIEN_OK;
}
MIEN_MUST_CHECK static inline mien_status mien_read_le32(mien_reader *reader, uint32_t *out) {
    const uint8_t *view;
    MIEN_TRY(mien_read_view(reader, &view, 4));
    *out = mien_load_le32(view);
    return MIEN_OK;
}
MIEN_MUST_CHECK static inline mien_status mien_read_le64(mien_reader *reader, uint64_t *out) {
    const uint8_t *view;
    MIEN_TRY(mien_read_view(reader, &view, 8));
    *out = mien_load_le64(view);
    return MIEN_OK;
}
/* MIEN_OK only when everything was read: canonical encodings have no tail. */
MIEN_MUST_CHECK static inline mien_status mien_read_end(const mien_reader *reader) {
    return reader->left == 0 ? MIEN_OK : MIEN_TRAILING;
}

/* Bounded writer into the caller's memory. A write past the end returns MIEN_TOO_LARGE and writes
 * nothing; `used` bytes are valid. */
typedef struct mien_writer {
    uint8_t *bytes;
    size_t capacity, used;
} mien_writer;

static inline mien_writer mien_writer_of(void *bytes, size_t capacity) {
    mien_writer writer = {(uint8_t *)bytes, capacity, 0};
    return writer;
}
MIEN_MUST_CHECK static inline mien_status mien_write_bytes(mien_writer *writer, const void *bytes,
                                                           size_t length) {
    if (length > writer->capacity - writer->used) return MIEN_TOO_LARGE;
    if (length != 0) memcpy(writer->bytes + writer->used, bytes, length);
    writer->used += length;
    return MIEN_OK;
}
MIEN_MUST_CHECK static inline mien_status mien_write_u8(mien_writer *writer, uint8_t value) {
    return mien_write_bytes(writer, &value, 1);
}
MIEN_MUST_CHECK static inline mien_status mien_write_le16(mien_writer *writer, uint16_t value) {
    uint8_t bytes[2];
    mien_store_le16(bytes, value);
    return mien_write_bytes(writer, bytes, sizeof bytes);
}
MIEN_MUST_CHECK static inline mien_status mien_write_le32(mien_writer *writer, uint32_t value) {
    uint8_t bytes[4];
    mien_store_le32(bytes, value);
    return mien_write_bytes(writer, bytes, sizeof bytes);
}
MIEN_MUST_CHECK static inline mien_status mien_write_le64(mien_writer *writer, uint64_t value) {
    uint8_t bytes[8];
    mien_store_le64(bytes, value);
    return mien_write_bytes(writer, bytes, sizeof bytes);
}

#endif
