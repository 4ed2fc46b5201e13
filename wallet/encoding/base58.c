/* SPDX-License-Identifier: MIT */
#include "wallet/encoding/base58.h"

#include "platform/base/bytes.h"
#include "wallet/hash/hash.h"

#define CHECKSUM 4
#define MAX_BYTES (MIEN_BASE58_MAX_PAYLOAD + CHECKSUM)

static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* All ones when a == b, for values below 2^31. */
static uint32_t equal_mask(uint32_t a, uint32_t b) {
    return 0u - (((a ^ b) - 1) >> 31);
}

/* The whole alphabet is looked at, so that memory access does not tell the digit. */
static char character_of(uint32_t digit) {
    uint32_t found = 0;
    for (uint32_t i = 0; i < 58; i++) found |= equal_mask(i, digit) & (uint8_t)alphabet[i];
    return (char)found;
}

/* 0..57, or 58 and more when the character is not in the alphabet. */
static uint32_t digit_of(char character) {
    uint32_t found = 0, known = 0;
    for (uint32_t i = 0; i < 58; i++) {
        uint32_t mask = equal_mask((uint8_t)alphabet[i], (uint8_t)character);
        found |= mask & i;
        known |= mask;
    }
    return found | (~known & 64u);
}

/* number = number * factor + add, in `base` with the most significant digit first. The carry is
 * below 2^16, so dividing by a constant base keeps time independent of it. */
static void multiply_add(uint8_t *number, size_t size, uint32_t factor, uint32_t add, int base58) {
    for (size_t i = size; i-- > 0;) {
        add += number[i] * factor;
        number[i] = (uint8_t)(base58 ? add % 58 : add & 255u);
        add = base58 ? add / 58 : add >> 8;
    }
}

static size_t leading(const uint8_t *bytes, size_t length, uint8_t value) {
    size_t count = 0;
    while (count < length && bytes[count] == value) count++;
    return count;
}

mien_status mien_base58_encode(char *out, size_t capacity, const uint8_t *data, size_t length) {
    uint8_t digits[MIEN_BASE58_MAX_TEXT] = {0};
    if (length > MAX_BYTES) return MIEN_TOO_LARGE;
    size_t zeros = leading(data, length, 0);
    size_t size = (length - zeros) * 138 / 100 + 1; /* log 256 / log 58 = 1.3657 */
    for (size_t i = zeros; i < length; i++) multiply_add(digits, size, 256, data[i], 1);
    size_t skip = leading(digits, size, 0), used = zeros + size - skip;
    mien_status status = used < capacity ? MIEN_OK : MIEN_TOO_LARGE;
    if (status == MIEN_OK) {
        memset(out, alphabet[0], zeros);
        for (size_t i = skip; i < size; i++) out[zeros + i - skip] = character_of(digits[i]);
        out[used] = '\0';
    }
    mien_wipe(digits, sizeof digits);
    return status;
}

mien_status mien_base58_decode(uint8_t *out, size_t *length, size_t capacity, const char *text,
                               size_t text_length) {
    uint8_t number[MAX_BYTES + 4] = {0};
    uint32_t unknown = 0;
    *length = 0;
    if (text_length >= MIEN_BASE58_MAX_TEXT) return MIEN_TOO_LARGE;
    size_t zeros = leading((const uint8_t *)text, text_length, (uint8_t)alphabet[0]);
    for (size_t i = zeros; i < text_length; i++) {
        uint32_t digit = digit_of(text[i]);
        unknown |= digit & 64u;
        multiply_add(number, sizeof number, 58, digit & 63u, 0);
    }
    size_t skip = leading(number, sizeof number, 0), used = zeros + sizeof number - skip;
    mien_status status = unknown != 0 ? MIEN_FORMAT : used > capacity ? MIEN_TOO_LARGE : MIEN_OK;
    if (status == MIEN_OK) {
        memset(out, 0, zeros);
        memcpy(out + zeros, number + skip, sizeof number - skip);
        *length = used;
    }
    mien_wipe(number, sizeof number);
    return status;
}

mien_status mien_base58check_encode(char *out, size_t capacity, const uint8_t *payload,
                                    size_t length) {
    uint8_t bytes[MAX_BYTES], check[MIEN_SHA256_SIZE];
    if (length > MIEN_BASE58_MAX_PAYLOAD) return MIEN_TOO_LARGE;
    memcpy(bytes, payload, length);
    mien_sha256_double(check, payload, length);
    memcpy(bytes + length, check, CHECKSUM);
    mien_status status = mien_base58_encode(out, capacity, bytes, length + CHECKSUM);
    mien_wipe(bytes, sizeof bytes);
    return status;
}

mien_status mien_base58check_decode(uint8_t *payload, size_t *length, size_t capacity,
                                    const char *text, size_t text_length) {
    uint8_t bytes[MAX_BYTES], check[MIEN_SHA256_SIZE];
    size_t size;
    *length = 0;
    mien_status status = mien_base58_decode(bytes, &size, sizeof bytes, text, text_length);
    if (status == MIEN_OK && size < CHECKSUM) status = MIEN_FORMAT;
    if (status == MIEN_OK) {
        mien_sha256_double(check, bytes, size - CHECKSUM);
        if (!mien_equal_ct(check, bytes + size - CHECKSUM, CHECKSUM)) status = MIEN_AUTHENTICATION;
    }
    if (status == MIEN_OK && size - CHECKSUM > capacity) status = MIEN_TOO_LARGE;
    if (status == MIEN_OK) {
        *length = size - CHECKSUM;
        memcpy(payload, bytes, *length);
    }
    mien_wipe(bytes, sizeof bytes);
    return status;
}
