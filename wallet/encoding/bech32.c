/* SPDX-License-Identifier: MIT */
#include "wallet/encoding/bech32.h"

#include <stdbool.h>
#include <string.h>

#define CHECKSUM 6
#define DATA_MAX 84 /* five-bit groups behind the separator, checksum included */
#define BECH32 1u
#define BECH32M 0x2bc830a3u

static const char charset[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t polymod_step(uint32_t check, uint8_t value) {
    static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                          0x2a1462b3};
    uint32_t top = check >> 25;
    check = (check & 0x1ffffff) << 5 ^ value;
    for (int i = 0; i < 5; i++)
        if (top >> i & 1) check ^= generator[i];
    return check;
}

static uint32_t polymod(const char *prefix, const uint8_t *data, size_t length) {
    uint32_t check = 1;
    for (const char *p = prefix; *p != '\0'; p++) check = polymod_step(check, (uint8_t)*p >> 5);
    check = polymod_step(check, 0);
    for (const char *p = prefix; *p != '\0'; p++) check = polymod_step(check, (uint8_t)*p & 31);
    for (size_t i = 0; i < length; i++) check = polymod_step(check, data[i]);
    return check;
}

static bool allowed(int version, size_t length) {
    if (version < 0 || version > 16 || length < 2 || length > MIEN_WITNESS_PROGRAM_MAX)
        return false;
    return version != 0 || length == 20 || length == 32;
}

mien_status mien_bech32_encode_address(char *out, size_t capacity, const char *prefix, int version,
                                       const uint8_t *program, size_t length) {
    uint8_t data[DATA_MAX] = {0};
    size_t used = 1, prefix_length = strlen(prefix);
    uint32_t bits = 0;
    int held = 0;
    if (!allowed(version, length)) return MIEN_ARGUMENT;
    data[0] = (uint8_t)version;
    for (size_t i = 0; i < length; i++) {
        bits = bits << 8 | program[i];
        for (held += 8; held >= 5; held -= 5) data[used++] = bits >> (held - 5) & 31;
    }
    if (held > 0) data[used++] = bits << (5 - held) & 31;
    size_t total = prefix_length + 1 + used + CHECKSUM;
    if (total >= MIEN_BECH32_MAX_TEXT || total >= capacity) return MIEN_TOO_LARGE;
    uint32_t check = polymod(prefix, data, used + CHECKSUM) ^ (version == 0 ? BECH32 : BECH32M);
    for (int i = 0; i < CHECKSUM; i++) data[used++] = check >> 5 * (5 - i) & 31;
    memcpy(out, prefix, prefix_length);
    out[prefix_length] = '1';
    for (size_t i = 0; i < used; i++) out[prefix_length + 1 + i] = charset[data[i]];
    out[total] = '\0';
    return MIEN_OK;
}

/* One case throughout, the expected prefix and a separator; then the five-bit groups. */
static mien_status groups_of(uint8_t data[DATA_MAX], size_t *count, const char *prefix,
                             const char *text, size_t length) {
    size_t prefix_length = strlen(prefix);
    bool lower = false, upper = false;
    if (length >= MIEN_BECH32_MAX_TEXT || length < prefix_length + 1 + CHECKSUM + 1)
        return MIEN_FORMAT;
    *count = length - prefix_length - 1;
    if (*count > DATA_MAX) return MIEN_FORMAT;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        lower |= c >= 'a' && c <= 'z';
        upper |= c >= 'A' && c <= 'Z';
        if (c >= 'A' && c <= 'Z') c = (char)(c + 32);
        if (i < prefix_length ? c != prefix[i] : i == prefix_length && c != '1') return MIEN_FORMAT;
        if (i <= prefix_length) continue;
        const char *place = c != '\0' ? strchr(charset, c) : NULL;
        if (place == NULL) return MIEN_FORMAT;
        data[i - prefix_length - 1] = (uint8_t)(place - charset);
    }
    return lower && upper ? MIEN_FORMAT : MIEN_OK;
}

/* Eight-bit bytes of five-bit groups; what is left over must be fewer than five zero bits. */
static mien_status bytes_of(uint8_t program[MIEN_WITNESS_PROGRAM_MAX], size_t *length,
                            const uint8_t *data, size_t count) {
    uint32_t bits = 0;
    int held = 0;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        bits = bits << 5 | data[i];
        held += 5;
        if (held < 8) continue;
        held -= 8;
        if (used == MIEN_WITNESS_PROGRAM_MAX) return MIEN_UNSUPPORTED;
        program[used++] = (uint8_t)(bits >> held);
    }
    if (held >= 5 || (bits & ((1u << held) - 1)) != 0) return MIEN_FORMAT;
    *length = used;
    return MIEN_OK;
}

mien_status mien_bech32_decode_address(int *version, uint8_t program[MIEN_WITNESS_PROGRAM_MAX],
                                       size_t *length, const char *prefix, const char *text,
                                       size_t text_length) {
    uint8_t data[DATA_MAX], bytes[MIEN_WITNESS_PROGRAM_MAX];
    size_t count, size;
    MIEN_TRY(groups_of(data, &count, prefix, text, text_length));
    uint32_t check = polymod(prefix, data, count);
    if (check != (data[0] == 0 ? BECH32 : BECH32M)) return MIEN_AUTHENTICATION;
    MIEN_TRY(bytes_of(bytes, &size, data + 1, count - 1 - CHECKSUM));
    if (!allowed(data[0], size)) return MIEN_UNSUPPORTED;
    *version = data[0];
    *length = size;
    memcpy(program, bytes, size);
    return MIEN_OK;
}
