/* SPDX-License-Identifier: MIT */
#include "wallet/bip32/bip32.h"

#include "platform/base/bytes.h"
#include "wallet/encoding/base58.h"
#include "wallet/hash/hash.h"

#define SERIALIZED 78

static const uint32_t public_versions[] = {MIEN_HD_XPUB, MIEN_HD_YPUB, MIEN_HD_ZPUB,
                                           MIEN_HD_TPUB, MIEN_HD_UPUB, MIEN_HD_VPUB};
static const uint32_t private_versions[] = {MIEN_HD_XPRV, MIEN_HD_YPRV, MIEN_HD_ZPRV,
                                            MIEN_HD_TPRV, MIEN_HD_UPRV, MIEN_HD_VPRV};
#define VERSIONS (sizeof public_versions / sizeof public_versions[0])

static bool is_one_of(uint32_t version, const uint32_t list[VERSIONS]) {
    for (size_t i = 0; i < VERSIONS; i++)
        if (list[i] == version) return true;
    return false;
}

mien_status mien_hd_master(mien_hd_private *out, const uint8_t *seed, size_t length) {
    static const char key[] = "Bitcoin seed";
    uint8_t both[MIEN_SHA512_SIZE], zero[32] = {0};
    if (length < 16 || length > 64) return MIEN_ARGUMENT;
    mien_hmac_sha512(both, key, sizeof key - 1, seed, length);
    memset(out, 0, sizeof *out);
    memcpy(out->key, both, 32);
    memcpy(out->chain_code, both + 32, 32);
    mien_wipe(both, sizeof both);
    /* Adding zero checks the range and changes nothing. */
    mien_status status = mien_curve_secret_tweak(out->key, zero);
    if (status != MIEN_OK) mien_wipe(out, sizeof *out);
    return status;
}

/* HMAC of BIP-32's child functions: 33 bytes of key material and the index. */
static void child_hash(uint8_t both[MIEN_SHA512_SIZE], const uint8_t chain_code[32],
                       const uint8_t material[33], uint32_t index) {
    uint8_t data[33 + 4];
    memcpy(data, material, 33);
    mien_store_be32(data + 33, index);
    mien_hmac_sha512(both, chain_code, 32, data, sizeof data);
    mien_wipe(data, sizeof data);
}

mien_status mien_hd_private_child(const mien_curve *curve, mien_hd_private *out,
                                  const mien_hd_private *parent, uint32_t index) {
    uint8_t both[MIEN_SHA512_SIZE], key[MIEN_PUBLIC_KEY_SIZE], material[33] = {0};
    mien_hd_private child = {0};
    mien_status status = parent->depth == 255 ? MIEN_ARGUMENT : MIEN_OK;
    if (status == MIEN_OK) status = mien_curve_public_key(curve, key, parent->key);
    if (status == MIEN_OK) {
        if ((index & MIEN_HARDENED) != 0)
            memcpy(material + 1, parent->key, 32);
        else
            memcpy(material, key, sizeof key);
        child_hash(both, parent->chain_code, material, index);
        memcpy(child.key, parent->key, 32);
        status = mien_curve_secret_tweak(child.key, both);
        memcpy(child.chain_code, both + 32, 32);
        mien_hd_fingerprint(child.parent_fingerprint, key);
        child.child_number = index;
        child.depth = (uint8_t)(parent->depth + 1);
    }
    if (status == MIEN_OK)
        *out = child;
    else
        mien_wipe(out, sizeof *out);
    mien_wipe(&child, sizeof child);
    mien_wipe(both, sizeof both);
    mien_wipe(material, sizeof material);
    return status;
}

mien_status mien_hd_private_derive(const mien_curve *curve, mien_hd_private *out,
                                   const mien_hd_private *parent, const mien_hd_path *path) {
    mien_status status = MIEN_OK;
    mien_hd_private key = *parent;
    for (int i = 0; status == MIEN_OK && i < path->depth; i++)
        status = mien_hd_private_child(curve, &key, &key, path->index[i]);
    if (status == MIEN_OK)
        *out = key;
    else
        mien_wipe(out, sizeof *out);
    mien_wipe(&key, sizeof key);
    return status;
}

mien_status mien_hd_public_child(mien_hd_public *out, const mien_hd_public *parent,
                                 uint32_t index) {
    uint8_t both[MIEN_SHA512_SIZE];
    mien_hd_public child = {0};
    if (parent->depth == 255 || (index & MIEN_HARDENED) != 0) return MIEN_ARGUMENT;
    child_hash(both, parent->chain_code, parent->key, index);
    MIEN_TRY(mien_curve_public_tweak(child.key, parent->key, both));
    memcpy(child.chain_code, both + 32, 32);
    mien_hd_fingerprint(child.parent_fingerprint, parent->key);
    child.child_number = index;
    child.depth = (uint8_t)(parent->depth + 1);
    *out = child;
    return MIEN_OK;
}

mien_status mien_hd_public_derive(mien_hd_public *out, const mien_hd_public *parent,
                                  const uint32_t *index, size_t count) {
    mien_hd_public key = *parent;
    for (size_t i = 0; i < count; i++) MIEN_TRY(mien_hd_public_child(&key, &key, index[i]));
    *out = key;
    return MIEN_OK;
}

mien_status mien_hd_neuter(const mien_curve *curve, mien_hd_public *out,
                           const mien_hd_private *key) {
    mien_hd_public neutered = {0};
    MIEN_TRY(mien_curve_public_key(curve, neutered.key, key->key));
    memcpy(neutered.chain_code, key->chain_code, 32);
    memcpy(neutered.parent_fingerprint, key->parent_fingerprint, MIEN_FINGERPRINT_SIZE);
    neutered.child_number = key->child_number;
    neutered.depth = key->depth;
    *out = neutered;
    return MIEN_OK;
}

void mien_hd_fingerprint(uint8_t out[MIEN_FINGERPRINT_SIZE],
                         const uint8_t key[MIEN_PUBLIC_KEY_SIZE]) {
    uint8_t hash[MIEN_HASH160_SIZE];
    mien_hash160(hash, key, MIEN_PUBLIC_KEY_SIZE);
    memcpy(out, hash, MIEN_FINGERPRINT_SIZE);
}

/* The fields that both kinds share, around 33 bytes of key. */
static mien_status to_text(char out[MIEN_HD_TEXT], uint32_t version, uint8_t depth,
                           const uint8_t parent[MIEN_FINGERPRINT_SIZE], uint32_t number,
                           const uint8_t chain_code[32], const uint8_t key[33]) {
    uint8_t bytes[SERIALIZED];
    mien_store_be32(bytes, version);
    bytes[4] = depth;
    memcpy(bytes + 5, parent, MIEN_FINGERPRINT_SIZE);
    mien_store_be32(bytes + 9, number);
    memcpy(bytes + 13, chain_code, 32);
    memcpy(bytes + 45, key, 33);
    mien_status status = mien_base58check_encode(out, MIEN_HD_TEXT, bytes, sizeof bytes);
    mien_wipe(bytes, sizeof bytes);
    return status;
}

mien_status mien_hd_public_text(char out[MIEN_HD_TEXT], const mien_hd_public *key,
                                mien_hd_version version) {
    if (!is_one_of(version, public_versions)) return MIEN_ARGUMENT;
    return to_text(out, version, key->depth, key->parent_fingerprint, key->child_number,
                   key->chain_code, key->key);
}

mien_status mien_hd_private_text(char out[MIEN_HD_TEXT], const mien_hd_private *key,
                                 mien_hd_version version) {
    uint8_t padded[33] = {0};
    if (!is_one_of(version, private_versions)) return MIEN_ARGUMENT;
    memcpy(padded + 1, key->key, 32);
    mien_status status = to_text(out, version, key->depth, key->parent_fingerprint,
                                 key->child_number, key->chain_code, padded);
    mien_wipe(padded, sizeof padded);
    return status;
}

/* Decode, and refuse a root that has a parent or a number. */
static mien_status from_text(uint8_t bytes[SERIALIZED], const char *text, size_t length,
                             const uint32_t list[VERSIONS]) {
    static const uint8_t none[8] = {0};
    size_t size;
    MIEN_TRY(mien_base58check_decode(bytes, &size, SERIALIZED, text, length));
    if (size != SERIALIZED) return MIEN_FORMAT;
    if (!is_one_of(mien_load_be32(bytes), list)) return MIEN_VERSION;
    return bytes[4] == 0 && memcmp(bytes + 5, none, sizeof none) != 0 ? MIEN_FORMAT : MIEN_OK;
}

mien_status mien_hd_public_parse(mien_hd_public *out, mien_hd_version *version, const char *text,
                                 size_t length) {
    uint8_t bytes[SERIALIZED];
    MIEN_TRY(from_text(bytes, text, length, public_versions));
    if (!mien_curve_is_public_key(bytes + 45, MIEN_PUBLIC_KEY_SIZE)) return MIEN_FORMAT;
    *version = (mien_hd_version)mien_load_be32(bytes);
    out->depth = bytes[4];
    memcpy(out->parent_fingerprint, bytes + 5, MIEN_FINGERPRINT_SIZE);
    out->child_number = mien_load_be32(bytes + 9);
    memcpy(out->chain_code, bytes + 13, 32);
    memcpy(out->key, bytes + 45, MIEN_PUBLIC_KEY_SIZE);
    return MIEN_OK;
}

mien_status mien_hd_private_parse(mien_hd_private *out, mien_hd_version *version, const char *text,
                                  size_t length) {
    uint8_t bytes[SERIALIZED], zero[32] = {0};
    mien_status status = from_text(bytes, text, length, private_versions);
    if (status == MIEN_OK &&
        (bytes[45] != 0 || mien_curve_secret_tweak(bytes + 46, zero) != MIEN_OK))
        status = MIEN_FORMAT;
    if (status == MIEN_OK) {
        *version = (mien_hd_version)mien_load_be32(bytes);
        out->depth = bytes[4];
        memcpy(out->parent_fingerprint, bytes + 5, MIEN_FINGERPRINT_SIZE);
        out->child_number = mien_load_be32(bytes + 9);
        memcpy(out->chain_code, bytes + 13, 32);
        memcpy(out->key, bytes + 46, 32);
    }
    mien_wipe(bytes, sizeof bytes);
    return status;
}
