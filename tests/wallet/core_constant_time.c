/* SPDX-License-Identifier: MIT */
/* Under valgrind: secrets are marked undefined, so every branch and every address that depends on
 * one is an error. Hashes, hex, the arithmetic of shared backups. libsecp256k1 has tests of its
 * own. What the contracts declare to depend on more than lengths (base58: leading zeros; sentences:
 * the lengths of words) is not claimed here. */
#include <valgrind/memcheck.h>

#include "tests/harness.h"
#include "wallet/encoding/hex.h"
#include "wallet/hash/hash.h"
/* for what it keeps to itself */
#include "wallet/slip39/slip39.c"

#define SECRET(variable) VALGRIND_MAKE_MEM_UNDEFINED(&(variable), sizeof(variable))
#define PUBLIC(variable) VALGRIND_MAKE_MEM_DEFINED(&(variable), sizeof(variable))

/* Errors seen since the last call; valgrind counts, the test reports. */
static unsigned new_errors(void) {
    static unsigned before;
    unsigned now = VALGRIND_COUNT_ERRORS, seen = now - before;
    before = now;
    return seen;
}

static mien_status fill_secret(void *context, void *out, size_t length) {
    (void)context;
    harness_random_bytes(out, length);
    VALGRIND_MAKE_MEM_UNDEFINED(out, length);
    return MIEN_OK;
}

/* The test must be able to see a leak. */
static void a_leak_is_seen(void) {
    uint8_t secret = 1;
    volatile uint8_t sink = 0;
    SECRET(secret);
    if (secret == 7) sink = 1;
    (void)sink;
    CHECK(new_errors() > 0);
}

static void hashes(void) {
    uint8_t secret[200], out[64];
    harness_random_bytes(secret, sizeof secret);
    SECRET(secret);
    mien_keccak256(out, secret, sizeof secret);
    mien_ripemd160(out, secret, sizeof secret);
    mien_hash160(out, secret, sizeof secret);
    mien_sha256_double(out, secret, sizeof secret);
    mien_sha512(out, secret, sizeof secret);
    mien_hmac_sha512(out, secret, 32, secret, sizeof secret);
    mien_pbkdf2_hmac_sha512(out, 64, secret, 100, secret, 30, 3);
    mien_pbkdf2_hmac_sha256(out, 64, secret, 100, secret, 30, 3);
    CHECK_INT(new_errors(), 0);
}

/* Whether text is hex at all is told by the status, hence public; its digits are not. */
static void texts(void) {
    uint8_t secret[64], back[64];
    char text[129];
    harness_random_bytes(secret, sizeof secret);
    SECRET(secret);
    mien_hex_encode(text, secret, sizeof secret);
    CHECK_INT(new_errors(), 0);
    text[128] = '\0';
    PUBLIC(secret);
    uint8_t digits[128];
    memcpy(digits, text, sizeof digits);
    PUBLIC(digits);
    for (size_t i = 0; i < sizeof digits; i++) CHECK(strchr("0123456789abcdef", digits[i]) != NULL);
    PUBLIC(text);
    mien_status status = mien_hex_decode(back, sizeof back, text, 128);
    CHECK_INT(status, MIEN_OK);
    CHECK_BYTES(back, secret, sizeof back);
}

/* GF(256), sharing and the cipher of shared backups; which words come out is the caller's secret to
 * keep, their lengths are not hidden. */
static void shared_backups(void) {
    static const mien_slip39_share_info info = {.identifier = 77};
    static uint8_t values[5][MIEN_SLIP39_SECRET_MAX];
    uint8_t secret[32], out[MIEN_SLIP39_SECRET_MAX];
    mien_random random = {fill_secret, NULL};
    point points[3];
    harness_random_bytes(secret, sizeof secret);
    SECRET(secret);
    mien_status status = split_secret(values, 3, 5, secret, sizeof secret, &random);
    CHECK_INT(status, MIEN_OK);
    for (uint8_t i = 0; i < 3; i++) {
        points[i].x = (uint8_t)(i + 1);
        memcpy(points[i].y, values[i + 1], sizeof secret);
    }
    interpolate(out, sizeof secret, points, 3, SECRET_X);
    feistel(out, sizeof secret, false, &info, "passphrase");
    feistel(out, sizeof secret, true, &info, "passphrase");
    CHECK_INT(new_errors(), 0);
    PUBLIC(out);
    PUBLIC(secret);
    CHECK_BYTES(out, secret, sizeof secret);
}

int main(void) {
    if (RUNNING_ON_VALGRIND == 0) {
        printf("SKIP: not under valgrind\n0 passed, 0 failed, 1 skipped\n");
        return 0;
    }
    RUN(a_leak_is_seen);
    RUN(hashes);
    RUN(texts);
    RUN(shared_backups);
    return harness_end();
}
