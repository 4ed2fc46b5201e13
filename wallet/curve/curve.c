/* SPDX-License-Identifier: MIT */
#include "wallet/curve/curve.h"

#include <secp256k1_extrakeys.h>
#include <secp256k1_recovery.h>
#include <secp256k1_schnorrsig.h>
#include <stdlib.h>

#include "platform/base/bytes.h"
#include "wallet/hash/hash.h"

struct mien_curve {
    secp256k1_context *context;
};

/* Verification and arithmetic on public data need no blinding. */
#define PUBLIC_CONTEXT secp256k1_context_static

/* The library's default callback ends the process; ours lets the call return 0, which every caller
 * here turns into a status. */
static void illegal_argument(const char *message, void *data) {
    (void)message;
    (void)data;
}

mien_status mien_curve_create(mien_curve **out, const mien_random *random) {
    uint8_t seed[32];
    *out = NULL;
    mien_curve *curve = calloc(1, sizeof *curve);
    if (curve == NULL) return MIEN_MEMORY;
    curve->context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    mien_status status = curve->context != NULL ? MIEN_OK : MIEN_MEMORY;
    if (status == MIEN_OK) {
        secp256k1_context_set_illegal_callback(curve->context, illegal_argument, NULL);
        status = mien_random_fill(random, seed, sizeof seed);
    }
    if (status == MIEN_OK && !secp256k1_context_randomize(curve->context, seed))
        status = MIEN_INTERNAL;
    mien_wipe(seed, sizeof seed);
    if (status == MIEN_OK)
        *out = curve;
    else
        mien_curve_destroy(curve);
    return status;
}

void mien_curve_destroy(mien_curve *curve) {
    if (curve == NULL) return;
    if (curve->context != NULL) secp256k1_context_destroy(curve->context);
    free(curve);
}

static void serialize(uint8_t out[MIEN_PUBLIC_KEY_SIZE], const secp256k1_pubkey *key) {
    size_t size = MIEN_PUBLIC_KEY_SIZE;
    secp256k1_ec_pubkey_serialize(PUBLIC_CONTEXT, out, &size, key, SECP256K1_EC_COMPRESSED);
}

mien_status mien_curve_public_key(const mien_curve *curve, uint8_t out[MIEN_PUBLIC_KEY_SIZE],
                                  const uint8_t secret[MIEN_SECRET_KEY_SIZE]) {
    secp256k1_pubkey key;
    if (!secp256k1_ec_pubkey_create(curve->context, &key, secret)) return MIEN_ARGUMENT;
    serialize(out, &key);
    return MIEN_OK;
}

mien_status mien_curve_secret_tweak(uint8_t secret[MIEN_SECRET_KEY_SIZE], const uint8_t tweak[32]) {
    if (secp256k1_ec_seckey_tweak_add(PUBLIC_CONTEXT, secret, tweak)) return MIEN_OK;
    mien_wipe(secret, MIEN_SECRET_KEY_SIZE);
    return MIEN_ARGUMENT;
}

mien_status mien_curve_public_tweak(uint8_t out[MIEN_PUBLIC_KEY_SIZE],
                                    const uint8_t key[MIEN_PUBLIC_KEY_SIZE],
                                    const uint8_t tweak[32]) {
    secp256k1_pubkey point;
    if (!secp256k1_ec_pubkey_parse(PUBLIC_CONTEXT, &point, key, MIEN_PUBLIC_KEY_SIZE))
        return MIEN_FORMAT;
    if (!secp256k1_ec_pubkey_tweak_add(PUBLIC_CONTEXT, &point, tweak)) return MIEN_ARGUMENT;
    serialize(out, &point);
    return MIEN_OK;
}

/* Hybrid keys (0x06, 0x07) parse in the library, but no address or standard uses them. */
static bool parse_key(secp256k1_pubkey *out, const uint8_t *key, size_t length) {
    bool form = (length == 33 && (key[0] == 2 || key[0] == 3)) || (length == 65 && key[0] == 4);
    return form && secp256k1_ec_pubkey_parse(PUBLIC_CONTEXT, out, key, length);
}

bool mien_curve_is_public_key(const uint8_t *key, size_t length) {
    secp256k1_pubkey point;
    return parse_key(&point, key, length);
}

bool mien_curve_is_xonly_key(const uint8_t key[MIEN_XONLY_KEY_SIZE]) {
    secp256k1_xonly_pubkey point;
    return secp256k1_xonly_pubkey_parse(PUBLIC_CONTEXT, &point, key);
}

mien_status mien_curve_uncompress(uint8_t out[65], const uint8_t key[MIEN_PUBLIC_KEY_SIZE]) {
    secp256k1_pubkey point;
    size_t size = 65;
    if (!parse_key(&point, key, MIEN_PUBLIC_KEY_SIZE)) return MIEN_FORMAT;
    secp256k1_ec_pubkey_serialize(PUBLIC_CONTEXT, out, &size, &point, SECP256K1_EC_UNCOMPRESSED);
    return MIEN_OK;
}

mien_status mien_ecdsa_sign(const mien_curve *curve, uint8_t signature[MIEN_SIGNATURE_SIZE],
                            int *recovery_id, const uint8_t digest[32],
                            const uint8_t secret[MIEN_SECRET_KEY_SIZE]) {
    secp256k1_ecdsa_recoverable_signature made;
    uint8_t compact[MIEN_SIGNATURE_SIZE], key[MIEN_PUBLIC_KEY_SIZE], recovered[sizeof key];
    int id;
    MIEN_TRY(mien_curve_public_key(curve, key, secret));
    if (!secp256k1_ecdsa_sign_recoverable(curve->context, &made, digest, secret, NULL, NULL))
        return MIEN_ARGUMENT;
    secp256k1_ecdsa_recoverable_signature_serialize_compact(PUBLIC_CONTEXT, compact, &id, &made);
    /* A signature from which our key is recovered is valid for it. */
    if (mien_ecdsa_recover(recovered, compact, id, digest) != MIEN_OK ||
        memcmp(recovered, key, sizeof key) != 0) {
        mien_wipe(&made, sizeof made);
        mien_wipe(compact, sizeof compact);
        return MIEN_INTERNAL;
    }
    memcpy(signature, compact, sizeof compact);
    if (recovery_id != NULL) *recovery_id = id;
    return MIEN_OK;
}

bool mien_ecdsa_verify(const uint8_t signature[MIEN_SIGNATURE_SIZE], const uint8_t digest[32],
                       const uint8_t *key, size_t key_length) {
    secp256k1_ecdsa_signature parsed;
    secp256k1_pubkey point;
    if (!parse_key(&point, key, key_length)) return false;
    if (!secp256k1_ecdsa_signature_parse_compact(PUBLIC_CONTEXT, &parsed, signature)) return false;
    return secp256k1_ecdsa_verify(PUBLIC_CONTEXT, &parsed, digest, &point);
}

mien_status mien_ecdsa_from_der(uint8_t signature[MIEN_SIGNATURE_SIZE], const uint8_t *der,
                                size_t length) {
    secp256k1_ecdsa_signature parsed;
    uint8_t again[MIEN_SIGNATURE_DER_MAX], compact[MIEN_SIGNATURE_SIZE];
    size_t size = sizeof again;
    if (length > sizeof again ||
        !secp256k1_ecdsa_signature_parse_der(PUBLIC_CONTEXT, &parsed, der, length))
        return MIEN_FORMAT;
    if (secp256k1_ecdsa_signature_normalize(PUBLIC_CONTEXT, NULL, &parsed)) return MIEN_FORMAT;
    /* The library reads r or s out of range as zero: only what it writes back equal is canonical.
     */
    if (!secp256k1_ecdsa_signature_serialize_der(PUBLIC_CONTEXT, again, &size, &parsed) ||
        size != length || memcmp(again, der, length) != 0)
        return MIEN_FORMAT;
    secp256k1_ecdsa_signature_serialize_compact(PUBLIC_CONTEXT, compact, &parsed);
    memcpy(signature, compact, sizeof compact);
    return MIEN_OK;
}

void mien_ecdsa_to_der(uint8_t der[MIEN_SIGNATURE_DER_MAX], size_t *length,
                       const uint8_t signature[MIEN_SIGNATURE_SIZE]) {
    secp256k1_ecdsa_signature parsed;
    *length = MIEN_SIGNATURE_DER_MAX;
    if (!secp256k1_ecdsa_signature_parse_compact(PUBLIC_CONTEXT, &parsed, signature) ||
        !secp256k1_ecdsa_signature_serialize_der(PUBLIC_CONTEXT, der, length, &parsed))
        *length = 0;
}

mien_status mien_ecdsa_recover(uint8_t out[MIEN_PUBLIC_KEY_SIZE],
                               const uint8_t signature[MIEN_SIGNATURE_SIZE], int recovery_id,
                               const uint8_t digest[32]) {
    secp256k1_ecdsa_recoverable_signature parsed;
    secp256k1_pubkey key;
    if (recovery_id < 0 || recovery_id > 3 ||
        !secp256k1_ecdsa_recoverable_signature_parse_compact(PUBLIC_CONTEXT, &parsed, signature,
                                                             recovery_id) ||
        !secp256k1_ecdsa_recover(PUBLIC_CONTEXT, &key, &parsed, digest))
        return MIEN_FORMAT;
    serialize(out, &key);
    return MIEN_OK;
}

mien_status mien_schnorr_sign(const mien_curve *curve, uint8_t signature[MIEN_SIGNATURE_SIZE],
                              const uint8_t message[32], const uint8_t secret[MIEN_SECRET_KEY_SIZE],
                              const uint8_t auxiliary[32]) {
    secp256k1_keypair pair;
    secp256k1_xonly_pubkey key;
    uint8_t made[MIEN_SIGNATURE_SIZE];
    if (!secp256k1_keypair_create(curve->context, &pair, secret)) return MIEN_ARGUMENT;
    mien_status status = MIEN_INTERNAL;
    if (secp256k1_keypair_xonly_pub(PUBLIC_CONTEXT, &key, NULL, &pair) &&
        secp256k1_schnorrsig_sign32(curve->context, made, message, &pair, auxiliary) &&
        secp256k1_schnorrsig_verify(PUBLIC_CONTEXT, made, message, 32, &key)) {
        memcpy(signature, made, sizeof made);
        status = MIEN_OK;
    }
    mien_wipe(&pair, sizeof pair);
    mien_wipe(made, sizeof made);
    return status;
}

bool mien_schnorr_verify(const uint8_t signature[MIEN_SIGNATURE_SIZE], const uint8_t *message,
                         size_t length, const uint8_t key[MIEN_XONLY_KEY_SIZE]) {
    secp256k1_xonly_pubkey point;
    static const uint8_t nothing[1] = {0};
    return secp256k1_xonly_pubkey_parse(PUBLIC_CONTEXT, &point, key) &&
           secp256k1_schnorrsig_verify(PUBLIC_CONTEXT, signature, length != 0 ? message : nothing,
                                       length, &point);
}

static void taproot_tweak(uint8_t out[32], const uint8_t internal[MIEN_XONLY_KEY_SIZE],
                          const uint8_t *merkle_root) {
    mien_sha256_state state;
    mien_sha256_init_tagged(&state, "TapTweak");
    mien_sha256_update(&state, internal, MIEN_XONLY_KEY_SIZE);
    if (merkle_root != NULL) mien_sha256_update(&state, merkle_root, 32);
    mien_sha256_final(&state, out);
}

mien_status mien_taproot_output_key(uint8_t out[MIEN_XONLY_KEY_SIZE], int *parity,
                                    const uint8_t internal[MIEN_XONLY_KEY_SIZE],
                                    const uint8_t *merkle_root) {
    secp256k1_xonly_pubkey key, xonly;
    secp256k1_pubkey tweaked;
    uint8_t tweak[32];
    if (!secp256k1_xonly_pubkey_parse(PUBLIC_CONTEXT, &key, internal)) return MIEN_FORMAT;
    taproot_tweak(tweak, internal, merkle_root);
    if (!secp256k1_xonly_pubkey_tweak_add(PUBLIC_CONTEXT, &tweaked, &key, tweak))
        return MIEN_FORMAT;
    if (!secp256k1_xonly_pubkey_from_pubkey(PUBLIC_CONTEXT, &xonly, parity, &tweaked))
        return MIEN_INTERNAL;
    secp256k1_xonly_pubkey_serialize(PUBLIC_CONTEXT, out, &xonly);
    return MIEN_OK;
}

mien_status mien_taproot_tweak_secret(const mien_curve *curve, uint8_t secret[MIEN_SECRET_KEY_SIZE],
                                      const uint8_t *merkle_root) {
    secp256k1_keypair pair;
    secp256k1_xonly_pubkey key;
    uint8_t internal[MIEN_XONLY_KEY_SIZE], tweak[32];
    mien_status status = MIEN_ARGUMENT;
    if (secp256k1_keypair_create(curve->context, &pair, secret) &&
        secp256k1_keypair_xonly_pub(PUBLIC_CONTEXT, &key, NULL, &pair) &&
        secp256k1_xonly_pubkey_serialize(PUBLIC_CONTEXT, internal, &key)) {
        taproot_tweak(tweak, internal, merkle_root);
        if (secp256k1_keypair_xonly_tweak_add(PUBLIC_CONTEXT, &pair, tweak) &&
            secp256k1_keypair_sec(PUBLIC_CONTEXT, secret, &pair))
            status = MIEN_OK;
    }
    mien_wipe(&pair, sizeof pair);
    mien_wipe(tweak, sizeof tweak);
    if (status != MIEN_OK) mien_wipe(secret, MIEN_SECRET_KEY_SIZE);
    return status;
}
