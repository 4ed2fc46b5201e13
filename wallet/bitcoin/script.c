/* SPDX-License-Identifier: MIT */
#include "wallet/bitcoin/script.h"

#include "platform/base/bytes.h"
#include "wallet/encoding/base58.h"
#include "wallet/encoding/bech32.h"
#include "wallet/hash/hash.h"

enum {
    OP_0 = 0x00,
    OP_1 = 0x51,
    OP_16 = 0x60,
    OP_RETURN = 0x6a,
    OP_DUP = 0x76,
    OP_EQUAL = 0x87,
    OP_EQUALVERIFY = 0x88,
    OP_HASH160 = 0xa9,
    OP_CHECKSIG = 0xac,
    OP_CHECKMULTISIG = 0xae
};

static void put(mien_script *script, uint8_t byte) {
    script->bytes[script->length++] = byte;
}

static void put_push(mien_script *script, const uint8_t *data, size_t length) {
    put(script, (uint8_t)length);
    memcpy(script->bytes + script->length, data, length);
    script->length += length;
}

void mien_script_p2pkh(mien_script *out, const uint8_t hash[20]) {
    out->length = 0;
    put(out, OP_DUP);
    put(out, OP_HASH160);
    put_push(out, hash, 20);
    put(out, OP_EQUALVERIFY);
    put(out, OP_CHECKSIG);
}

void mien_script_p2sh(mien_script *out, const uint8_t hash[20]) {
    out->length = 0;
    put(out, OP_HASH160);
    put_push(out, hash, 20);
    put(out, OP_EQUAL);
}

void mien_script_witness(mien_script *out, int version, const uint8_t *program, size_t length) {
    out->length = 0;
    put(out, (uint8_t)(version == 0 ? OP_0 : OP_1 + version - 1));
    put_push(out, program, length);
}

mien_status mien_script_of_key(mien_script *out, mien_bitcoin_script_type type,
                               const uint8_t key[MIEN_PUBLIC_KEY_SIZE]) {
    uint8_t hash[32];
    if (type >= MIEN_SCRIPT_TYPES) return MIEN_ARGUMENT;
    if (!mien_curve_is_public_key(key, MIEN_PUBLIC_KEY_SIZE)) return MIEN_FORMAT;
    if (type == MIEN_SCRIPT_P2TR) {
        MIEN_TRY(mien_taproot_output_key(hash, NULL, key + 1, NULL));
        mien_script_witness(out, 1, hash, 32);
        return MIEN_OK;
    }
    mien_hash160(hash, key, MIEN_PUBLIC_KEY_SIZE);
    if (type == MIEN_SCRIPT_P2PKH) {
        mien_script_p2pkh(out, hash);
        return MIEN_OK;
    }
    mien_script_witness(out, 0, hash, 20);
    if (type == MIEN_SCRIPT_P2SH_P2WPKH) {
        mien_hash160(hash, out->bytes, out->length);
        mien_script_p2sh(out, hash);
    }
    return MIEN_OK;
}

/* Does the script have this length, this head and this tail? */
static bool has_shape(mien_view script, size_t length, const char *head, size_t head_length,
                      const char *tail, size_t tail_length) {
    return script.length == length && memcmp(script.data, head, head_length) == 0 &&
           memcmp(script.data + length - tail_length, tail, tail_length) == 0;
}

mien_bitcoin_script_type mien_script_classify(mien_view script, mien_view *hash) {
    static const struct {
        size_t length;
        const char *head, *tail;
        size_t head_length, tail_length, hash_length;
        mien_bitcoin_script_type type;
    } shapes[] = {{25, "\x76\xa9\x14", "\x88\xac", 3, 2, 20, MIEN_SCRIPT_P2PKH},
                  {23, "\xa9\x14", "\x87", 2, 1, 20, MIEN_SCRIPT_P2SH},
                  {22, "\x00\x14", "", 2, 0, 20, MIEN_SCRIPT_P2WPKH},
                  {34, "\x00\x20", "", 2, 0, 32, MIEN_SCRIPT_P2WSH},
                  {34, "\x51\x20", "", 2, 0, 32, MIEN_SCRIPT_P2TR}};
    mien_view payload = {NULL, 0};
    mien_bitcoin_script_type type = MIEN_SCRIPT_OTHER;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        if (!has_shape(script, shapes[i].length, shapes[i].head, shapes[i].head_length,
                       shapes[i].tail, shapes[i].tail_length))
            continue;
        type = shapes[i].type;
        payload = mien_view_of(script.data + shapes[i].head_length, shapes[i].hash_length);
    }
    if (script.length > 0 && script.data[0] == OP_RETURN) type = MIEN_SCRIPT_DATA;
    if (hash != NULL) *hash = payload;
    return type;
}

mien_status mien_script_multisig(mien_multisig *out, mien_view script) {
    mien_multisig found = {0};
    size_t at = 1;
    if (script.length < 3 + 34 || script.data[script.length - 1] != OP_CHECKMULTISIG)
        return MIEN_FORMAT;
    found.required = script.data[0] - OP_1 + 1;
    found.count = script.data[script.length - 2] - OP_1 + 1;
    if (found.count < 1 || found.count > MIEN_MULTISIG_KEYS || found.required < 1 ||
        found.required > found.count || script.length != 3 + 34 * (size_t)found.count)
        return MIEN_FORMAT;
    for (int i = 0; i < found.count; i++, at += 34) {
        if (script.data[at] != 33 || !mien_curve_is_public_key(script.data + at + 1, 33))
            return MIEN_FORMAT;
        found.key[i] = script.data + at + 1;
    }
    *out = found;
    return MIEN_OK;
}

/* OP_0 or OP_1..OP_16 and one push of 2..40 bytes. */
static bool is_witness_program(mien_view script) {
    return script.length >= 4 && script.length <= 2 + MIEN_WITNESS_PROGRAM_MAX &&
           (script.data[0] == OP_0 || (script.data[0] >= OP_1 && script.data[0] <= OP_16)) &&
           script.data[1] == script.length - 2;
}

mien_status mien_script_address(char out[MIEN_ADDRESS_TEXT], mien_bitcoin_network network,
                                mien_view script) {
    const mien_bitcoin_network_parameters *p = mien_bitcoin_parameters(network);
    uint8_t payload[21];
    mien_view hash;
    mien_bitcoin_script_type type = mien_script_classify(script, &hash);
    if (type == MIEN_SCRIPT_P2PKH || type == MIEN_SCRIPT_P2SH) {
        payload[0] = type == MIEN_SCRIPT_P2PKH ? p->p2pkh : p->p2sh;
        memcpy(payload + 1, hash.data, 20);
        return mien_base58check_encode(out, MIEN_ADDRESS_TEXT, payload, sizeof payload);
    }
    if (!is_witness_program(script)) return MIEN_UNSUPPORTED;
    int version = script.data[0] == OP_0 ? 0 : script.data[0] - OP_1 + 1;
    mien_status status = mien_bech32_encode_address(out, MIEN_ADDRESS_TEXT, p->bech32, version,
                                                    script.data + 2, script.length - 2);
    return status == MIEN_ARGUMENT ? MIEN_UNSUPPORTED : status;
}

static mien_status script_of_base58(mien_script *out, const mien_bitcoin_network_parameters *p,
                                    const char *text, size_t length) {
    uint8_t payload[21];
    size_t size;
    mien_status status = mien_base58check_decode(payload, &size, sizeof payload, text, length);
    if (status == MIEN_TOO_LARGE || (status == MIEN_OK && size != sizeof payload))
        return MIEN_FORMAT;
    MIEN_TRY(status);
    if (payload[0] != p->p2pkh && payload[0] != p->p2sh) return MIEN_UNSUPPORTED;
    if (payload[0] == p->p2pkh)
        mien_script_p2pkh(out, payload + 1);
    else
        mien_script_p2sh(out, payload + 1);
    return MIEN_OK;
}

/* Prefix and separator, in either case. */
static bool has_prefix(const char *prefix, const char *text, size_t length) {
    size_t size = strlen(prefix);
    if (length <= size || text[size] != '1') return false;
    for (size_t i = 0; i < size; i++)
        if ((text[i] | 0x20) != prefix[i]) return false;
    return true;
}

mien_status mien_script_of_address(mien_script *out, mien_bitcoin_network network, const char *text,
                                   size_t length) {
    const mien_bitcoin_network_parameters *p = mien_bitcoin_parameters(network);
    uint8_t program[MIEN_WITNESS_PROGRAM_MAX];
    size_t size;
    int version;
    if (has_prefix(p->bech32, text, length)) {
        MIEN_TRY(mien_bech32_decode_address(&version, program, &size, p->bech32, text, length));
        mien_script_witness(out, version, program, size);
        return MIEN_OK;
    }
    for (int i = 0; i < MIEN_BITCOIN_NETWORKS; i++)
        if (has_prefix(mien_bitcoin_parameters((mien_bitcoin_network)i)->bech32, text, length))
            return MIEN_UNSUPPORTED;
    return script_of_base58(out, p, text, length);
}

mien_status mien_bitcoin_address(char out[MIEN_ADDRESS_TEXT], mien_bitcoin_network network,
                                 mien_bitcoin_script_type type,
                                 const uint8_t key[MIEN_PUBLIC_KEY_SIZE]) {
    mien_script script;
    MIEN_TRY(mien_script_of_key(&script, type, key));
    return mien_script_address(out, network, mien_script_view(&script));
}

mien_status mien_wif_encode(char out[MIEN_WIF_TEXT], mien_bitcoin_network network,
                            const uint8_t secret[MIEN_SECRET_KEY_SIZE], bool compressed) {
    uint8_t payload[34];
    payload[0] = mien_bitcoin_parameters(network)->wif;
    memcpy(payload + 1, secret, MIEN_SECRET_KEY_SIZE);
    payload[33] = 1;
    mien_status status = mien_base58check_encode(out, MIEN_WIF_TEXT, payload, compressed ? 34 : 33);
    mien_wipe(payload, sizeof payload);
    return status;
}

mien_status mien_wif_decode(uint8_t secret[MIEN_SECRET_KEY_SIZE], bool *compressed,
                            mien_bitcoin_network network, const char *text, size_t length) {
    uint8_t payload[34], zero[32] = {0};
    size_t size;
    mien_status status = mien_base58check_decode(payload, &size, sizeof payload, text, length);
    if (status == MIEN_TOO_LARGE) status = MIEN_FORMAT;
    if (status == MIEN_OK && size != 33 && (size != 34 || payload[33] != 1)) status = MIEN_FORMAT;
    if (status == MIEN_OK && payload[0] != mien_bitcoin_parameters(network)->wif)
        status = MIEN_UNSUPPORTED;
    if (status == MIEN_OK && mien_curve_secret_tweak(payload + 1, zero) != MIEN_OK)
        status = MIEN_FORMAT;
    if (status == MIEN_OK) {
        memcpy(secret, payload + 1, MIEN_SECRET_KEY_SIZE);
        *compressed = size == 34;
    }
    mien_wipe(payload, sizeof payload);
    return status;
}
