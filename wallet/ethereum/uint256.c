/* SPDX-License-Identifier: MIT */
#include "wallet/ethereum/uint256.h"

#include <string.h>

#include "platform/base/bytes.h"

__extension__ typedef unsigned __int128 uint128;

mien_uint256 mien_uint256_of(uint64_t value) {
    mien_uint256 out = {{value, 0, 0, 0}};
    return out;
}

bool mien_uint256_is_zero(const mien_uint256 *a) {
    return (a->limb[0] | a->limb[1] | a->limb[2] | a->limb[3]) == 0;
}

int mien_uint256_compare(const mien_uint256 *a, const mien_uint256 *b) {
    for (int i = 3; i >= 0; i--)
        if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

mien_status mien_uint256_add(mien_uint256 *out, const mien_uint256 *a, const mien_uint256 *b) {
    mien_uint256 sum;
    uint128 carry = 0;
    for (int i = 0; i < 4; i++) {
        carry += (uint128)a->limb[i] + b->limb[i];
        sum.limb[i] = (uint64_t)carry;
        carry >>= 64;
    }
    if (carry != 0) return MIEN_OVERFLOW;
    *out = sum;
    return MIEN_OK;
}

mien_status mien_uint256_multiply(mien_uint256 *out, const mien_uint256 *a, uint64_t b) {
    mien_uint256 product;
    uint128 carry = 0;
    for (int i = 0; i < 4; i++) {
        carry += (uint128)a->limb[i] * b;
        product.limb[i] = (uint64_t)carry;
        carry >>= 64;
    }
    if (carry != 0) return MIEN_OVERFLOW;
    *out = product;
    return MIEN_OK;
}

mien_status mien_uint256_from_bytes(mien_uint256 *out, const uint8_t *bytes, size_t length) {
    uint8_t padded[32] = {0};
    if (length > sizeof padded) return MIEN_OVERFLOW;
    if (length != 0) memcpy(padded + sizeof padded - length, bytes, length);
    for (int i = 0; i < 4; i++) out->limb[i] = mien_load_be64(padded + 24 - 8 * i);
    return MIEN_OK;
}

void mien_uint256_to_bytes(uint8_t out[32], const mien_uint256 *a) {
    for (int i = 0; i < 4; i++) mien_store_be64(out + 24 - 8 * i, a->limb[i]);
}

static int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

mien_status mien_uint256_parse(mien_uint256 *out, const char *text, size_t length) {
    bool hex = length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    mien_uint256 value = {{0}};
    if (length == 0 || (!hex && length > 1 && text[0] == '0')) return MIEN_FORMAT;
    for (size_t i = hex ? 2 : 0; i < length; i++) {
        int digit = digit_of(text[i]);
        if (digit >= (hex ? 16 : 10)) return MIEN_FORMAT;
        mien_uint256 add = mien_uint256_of((uint64_t)digit);
        MIEN_TRY(mien_uint256_multiply(&value, &value, hex ? 16 : 10));
        MIEN_TRY(mien_uint256_add(&value, &value, &add));
    }
    *out = value;
    return MIEN_OK;
}

/* Divide by ten in place, answer the rest. */
static unsigned divide_by_ten(mien_uint256 *a) {
    uint128 rest = 0;
    for (int i = 3; i >= 0; i--) {
        rest = rest << 64 | a->limb[i];
        a->limb[i] = (uint64_t)(rest / 10);
        rest %= 10;
    }
    return (unsigned)rest;
}

void mien_uint256_text(char out[MIEN_UINT256_TEXT], const mien_uint256 *a, unsigned decimals) {
    char digits[80] = {0}; /* least significant first; 2^256 has 78 */
    mien_uint256 rest = *a;
    unsigned count = 0, skip = 0, used = 0;
    if (decimals > 77) decimals = 77;
    while (!mien_uint256_is_zero(&rest) || count <= decimals)
        digits[count++] = (char)('0' + divide_by_ten(&rest));
    while (skip < decimals && digits[skip] == '0') skip++;
    for (unsigned i = count; i-- > decimals;) out[used++] = digits[i];
    if (skip < decimals) out[used++] = '.';
    for (unsigned i = decimals; i-- > skip;) out[used++] = digits[i];
    out[used] = '\0';
}

mien_status mien_uint256_to_u64(uint64_t *out, const mien_uint256 *a) {
    if ((a->limb[1] | a->limb[2] | a->limb[3]) != 0) return MIEN_OVERFLOW;
    *out = a->limb[0];
    return MIEN_OK;
}
