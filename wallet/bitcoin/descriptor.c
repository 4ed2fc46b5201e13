/* SPDX-License-Identifier: MIT */
#include "wallet/bitcoin/descriptor.h"

#include <stdio.h>
#include <stdlib.h>

#include "platform/base/bytes.h"
#include "wallet/encoding/hex.h"
#include "wallet/hash/hash.h"

/* BIP-380: positions in the first string are symbols; the second is the checksum's alphabet. */
static const char inputs[] = "0123456789()[],'/*abcdefgh@:$%{}"
                             "IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~"
                             "ijklmnopqrstuvwxyzABCDEFGH`#\"\\ ";
static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint64_t polymod(uint64_t check, unsigned value) {
    static const uint64_t generator[5] = {0xf5dee51989, 0xa9fdca3312, 0x1bab10e32d, 0x3706b1677a,
                                          0x644d626ffd};
    uint64_t top = check >> 35;
    check = (check & 0x7ffffffff) << 5 ^ value;
    for (int i = 0; i < 5; i++)
        if (top >> i & 1) check ^= generator[i];
    return check;
}

mien_status mien_descriptor_checksum(char out[MIEN_DESCRIPTOR_CHECKSUM + 1], const char *text,
                                     size_t length) {
    uint64_t check = 1;
    unsigned groups = 0, count = 0;
    for (size_t i = 0; i < length; i++) {
        const char *place = text[i] != '\0' ? strchr(inputs, text[i]) : NULL;
        if (place == NULL) return MIEN_FORMAT;
        unsigned position = (unsigned)(place - inputs);
        check = polymod(check, position & 31);
        groups = groups * 3 + (position >> 5);
        if (++count < 3) continue;
        check = polymod(check, groups);
        groups = count = 0;
    }
    if (count > 0) check = polymod(check, groups);
    for (int i = 0; i < MIEN_DESCRIPTOR_CHECKSUM; i++) check = polymod(check, 0);
    check ^= 1;
    for (int i = 0; i < MIEN_DESCRIPTOR_CHECKSUM; i++)
        out[i] = alphabet[check >> 5 * (MIEN_DESCRIPTOR_CHECKSUM - 1 - i) & 31];
    out[MIEN_DESCRIPTOR_CHECKSUM] = '\0';
    return MIEN_OK;
}

/* The text that is still to be read. */
typedef struct cursor {
    const char *at, *end;
} cursor;

static bool take(cursor *c, const char *expected) {
    size_t length = strlen(expected);
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, expected, length) != 0) return false;
    c->at += length;
    return true;
}

/* Everything up to one of the stops, or to the end. */
static mien_view take_until(cursor *c, const char *stops) {
    const char *start = c->at;
    while (c->at < c->end && *c->at != '\0' && strchr(stops, *c->at) == NULL) c->at++;
    return mien_view_of(start, (size_t)(c->at - start));
}

static mien_status parse_origin(mien_descriptor_key *key, cursor *c) {
    mien_view fingerprint = take_until(c, "/]"), path;
    MIEN_TRY(mien_hex_decode(key->fingerprint, MIEN_FINGERPRINT_SIZE,
                             (const char *)fingerprint.data, fingerprint.length));
    if (take(c, "/")) {
        path = take_until(c, "]");
        MIEN_TRY(mien_hd_path_parse(&key->origin, (const char *)path.data, path.length));
        if (path.data[0] == 'm') return MIEN_FORMAT;
    }
    key->has_origin = true;
    return take(c, "]") ? MIEN_OK : MIEN_FORMAT;
}

/* One unhardened number of a path. */
static mien_status parse_index(uint32_t *out, mien_view text) {
    mien_hd_path path;
    MIEN_TRY(mien_hd_path_parse(&path, (const char *)text.data, text.length));
    if (path.depth != 1 || (path.index[0] & MIEN_HARDENED) != 0) return MIEN_FORMAT;
    *out = path.index[0];
    return MIEN_OK;
}

static mien_status parse_fork(mien_descriptor_key *key, cursor *c) {
    if (key->fork >= 0) return MIEN_FORMAT;
    key->fork = (int8_t)key->step_count;
    MIEN_TRY(parse_index(&key->steps[key->step_count], take_until(c, ";>")));
    if (!take(c, ";")) return MIEN_FORMAT;
    MIEN_TRY(parse_index(&key->fork_second, take_until(c, ";>")));
    return take(c, ">") && key->fork_second != key->steps[key->step_count] ? MIEN_OK : MIEN_FORMAT;
}

static mien_status parse_steps(mien_descriptor_key *key, cursor *c) {
    while (take(c, "/")) {
        if (key->wildcard || key->step_count == MIEN_DESCRIPTOR_STEPS) return MIEN_FORMAT;
        if (take(c, "*"))
            key->wildcard = true;
        else if (take(c, "<"))
            MIEN_TRY(parse_fork(key, c));
        else
            MIEN_TRY(parse_index(&key->steps[key->step_count], take_until(c, "/),<")));
        if (!key->wildcard) key->step_count++;
    }
    return MIEN_OK;
}

static mien_status parse_extended(mien_descriptor *d, mien_descriptor_key *key, mien_view text) {
    mien_hd_version version;
    MIEN_TRY(mien_hd_public_parse(&key->extended, &version, (const char *)text.data, text.length));
    if (version != MIEN_HD_XPUB && version != MIEN_HD_TPUB) return MIEN_VERSION;
    mien_bitcoin_network network =
        version == MIEN_HD_XPUB ? MIEN_BITCOIN_MAINNET : MIEN_BITCOIN_TESTNET;
    if (d->key_count > 0 && d->network != network) return MIEN_FORMAT;
    d->network = network;
    key->is_extended = true;
    return MIEN_OK;
}

static mien_status parse_key(mien_descriptor *d, cursor *c) {
    if (d->key_count == MIEN_MULTISIG_KEYS) return MIEN_TOO_LARGE;
    mien_descriptor_key *key = &d->keys[d->key_count];
    memset(key, 0, sizeof *key);
    key->fork = -1;
    if (take(c, "[")) MIEN_TRY(parse_origin(key, c));
    mien_view text = take_until(c, "/),");
    if (text.length == 2 * MIEN_PUBLIC_KEY_SIZE) {
        MIEN_TRY(
            mien_hex_decode(key->raw, MIEN_PUBLIC_KEY_SIZE, (const char *)text.data, text.length));
        if (!mien_curve_is_public_key(key->raw, MIEN_PUBLIC_KEY_SIZE)) return MIEN_FORMAT;
    } else {
        MIEN_TRY(parse_extended(d, key, text));
        MIEN_TRY(parse_steps(key, c));
    }
    d->key_count++;
    return MIEN_OK;
}

static mien_status parse_multi(mien_descriptor *d, cursor *c) {
    uint32_t required;
    d->sorted = take(c, "sortedmulti(");
    if (!d->sorted && !take(c, "multi(")) return MIEN_UNSUPPORTED;
    MIEN_TRY(parse_index(&required, take_until(c, ",)")));
    while (take(c, ",")) MIEN_TRY(parse_key(d, c));
    if (required < 1 || required > (uint32_t)d->key_count) return MIEN_FORMAT;
    d->required = (int)required;
    d->type = MIEN_SCRIPT_P2WSH;
    return take(c, "))") ? MIEN_OK : MIEN_FORMAT;
}

static mien_status parse_single(mien_descriptor *d, cursor *c, mien_bitcoin_script_type type) {
    d->type = type;
    d->required = 1;
    MIEN_TRY(parse_key(d, c));
    return take(c, ")") ? MIEN_OK : MIEN_FORMAT;
}

static mien_status parse_form(mien_descriptor *d, cursor *c) {
    if (take(c, "pkh(")) return parse_single(d, c, MIEN_SCRIPT_P2PKH);
    if (take(c, "wpkh(")) return parse_single(d, c, MIEN_SCRIPT_P2WPKH);
    if (take(c, "tr(")) return parse_single(d, c, MIEN_SCRIPT_P2TR);
    if (take(c, "wsh(")) return parse_multi(d, c);
    if (take(c, "sh(wpkh(")) {
        MIEN_TRY(parse_single(d, c, MIEN_SCRIPT_P2SH_P2WPKH));
        return take(c, ")") ? MIEN_OK : MIEN_FORMAT;
    }
    if (!take(c, "sh(wsh(")) return MIEN_UNSUPPORTED;
    d->nested = true;
    MIEN_TRY(parse_multi(d, c));
    return take(c, ")") ? MIEN_OK : MIEN_FORMAT;
}

static mien_status check_checksum(const char *text, size_t *length, mien_error *error) {
    const char *hash = memchr(text, '#', *length);
    char expected[MIEN_DESCRIPTOR_CHECKSUM + 1];
    if (hash == NULL) return MIEN_OK;
    size_t body = (size_t)(hash - text);
    if (*length - body != 1 + MIEN_DESCRIPTOR_CHECKSUM ||
        mien_descriptor_checksum(expected, text, body) != MIEN_OK ||
        memcmp(expected, hash + 1, MIEN_DESCRIPTOR_CHECKSUM) != 0)
        return mien_fail(error, MIEN_AUTHENTICATION, "the descriptor's checksum does not fit");
    *length = body;
    return MIEN_OK;
}

mien_status mien_descriptor_parse(mien_descriptor *out, const char *text, size_t length,
                                  mien_error *error) {
    mien_descriptor d = {.network = MIEN_BITCOIN_MAINNET};
    if (length > MIEN_DESCRIPTOR_MAX)
        return mien_fail(error, MIEN_TOO_LARGE, "the descriptor is too long");
    MIEN_TRY(check_checksum(text, &length, error));
    cursor c = {text, text + length};
    mien_status status = parse_form(&d, &c);
    if (status == MIEN_OK && c.at != c.end) status = MIEN_TRAILING;
    if (status == MIEN_UNSUPPORTED)
        return mien_fail(error, status, "descriptors of this form are not supported");
    if (status != MIEN_OK)
        return mien_fail(error, status, "the descriptor is malformed near character %zu",
                         (size_t)(c.at - text) + 1);
    *out = d;
    return MIEN_OK;
}

static mien_status key_at(uint8_t out[MIEN_PUBLIC_KEY_SIZE], const mien_descriptor_key *key,
                          int chain, uint32_t index) {
    uint32_t steps[MIEN_DESCRIPTOR_STEPS + 1];
    mien_hd_public derived;
    size_t count = key->step_count;
    if (!key->is_extended) {
        memcpy(out, key->raw, MIEN_PUBLIC_KEY_SIZE);
        return MIEN_OK;
    }
    memcpy(steps, key->steps, count * sizeof steps[0]);
    if (key->fork >= 0 && chain == 1) steps[key->fork] = key->fork_second;
    if (key->wildcard) steps[count++] = index;
    MIEN_TRY(mien_hd_public_derive(&derived, &key->extended, steps, count));
    memcpy(out, derived.key, MIEN_PUBLIC_KEY_SIZE);
    return MIEN_OK;
}

static int compare_keys(const void *a, const void *b) {
    return memcmp(a, b, MIEN_PUBLIC_KEY_SIZE);
}

static mien_status multisig_script(mien_script *out, const mien_descriptor *d, int chain,
                                   uint32_t index) {
    uint8_t keys[MIEN_MULTISIG_KEYS][MIEN_PUBLIC_KEY_SIZE];
    for (int i = 0; i < d->key_count; i++) MIEN_TRY(key_at(keys[i], &d->keys[i], chain, index));
    if (d->sorted) qsort(keys, (size_t)d->key_count, sizeof keys[0], compare_keys);
    mien_writer writer = mien_writer_of(out->bytes, sizeof out->bytes);
    MIEN_TRY(mien_write_u8(&writer, (uint8_t)(0x50 + d->required)));
    for (int i = 0; i < d->key_count; i++) {
        MIEN_TRY(mien_write_u8(&writer, MIEN_PUBLIC_KEY_SIZE));
        MIEN_TRY(mien_write_bytes(&writer, keys[i], MIEN_PUBLIC_KEY_SIZE));
    }
    MIEN_TRY(mien_write_u8(&writer, (uint8_t)(0x50 + d->key_count)));
    MIEN_TRY(mien_write_u8(&writer, 0xae)); /* OP_CHECKMULTISIG */
    out->length = writer.used;
    return MIEN_OK;
}

static bool has_fork(const mien_descriptor *d) {
    for (int i = 0; i < d->key_count; i++)
        if (d->keys[i].fork >= 0) return true;
    return false;
}

mien_status mien_descriptor_script(mien_script *out, mien_script *witness,
                                   const mien_descriptor *descriptor, int chain, uint32_t index) {
    uint8_t key[MIEN_PUBLIC_KEY_SIZE], hash[32];
    mien_script inner;
    if (chain < 0 || chain > 1 || (chain == 1 && !has_fork(descriptor)) || index >= MIEN_HARDENED)
        return MIEN_ARGUMENT;
    if (witness != NULL) witness->length = 0;
    if (descriptor->type != MIEN_SCRIPT_P2WSH) {
        MIEN_TRY(key_at(key, &descriptor->keys[0], chain, index));
        return mien_script_of_key(out, descriptor->type, key);
    }
    MIEN_TRY(multisig_script(&inner, descriptor, chain, index));
    mien_sha256(hash, inner.bytes, inner.length);
    mien_script_witness(out, 0, hash, 32);
    if (descriptor->nested) {
        mien_hash160(hash, out->bytes, out->length);
        mien_script_p2sh(out, hash);
    }
    if (witness != NULL) *witness = inner;
    return MIEN_OK;
}

mien_status mien_descriptor_find(int *chain, uint32_t *index, const mien_descriptor *descriptor,
                                 mien_view script, uint32_t count) {
    int chains = has_fork(descriptor) ? 2 : 1;
    mien_script made;
    for (uint32_t i = 0; i < count; i++)
        for (int c = 0; c < chains; c++) {
            MIEN_TRY(mien_descriptor_script(&made, NULL, descriptor, c, i));
            if (!mien_view_equal(mien_script_view(&made), script)) continue;
            *chain = c;
            *index = i;
            return MIEN_OK;
        }
    return MIEN_NOT_FOUND;
}

mien_status mien_descriptor_of_account(char out[MIEN_DESCRIPTOR_TEXT],
                                       const mien_bitcoin_account *account, int chain) {
    static const char *const heads[MIEN_SCRIPT_TYPES] = {"pkh(", "sh(wpkh(", "wpkh(", "tr("};
    static const char *const tails[MIEN_SCRIPT_TYPES] = {")", "))", ")", ")"};
    static const char *const chains[3] = {"<0;1>", "0", "1"};
    char fingerprint[9], path[MIEN_HD_PATH_TEXT], key[MIEN_HD_TEXT];
    char checksum[MIEN_DESCRIPTOR_CHECKSUM + 1];
    mien_hd_path origin;
    if (account->type >= MIEN_SCRIPT_TYPES || chain < -1 || chain > 1) return MIEN_ARGUMENT;
    mien_bitcoin_account_path(&origin, account->network, account->type, account->number);
    mien_hd_path_text(path, &origin);
    mien_hex_encode(fingerprint, account->fingerprint, MIEN_FINGERPRINT_SIZE);
    MIEN_TRY(
        mien_hd_public_text(key, &account->key, mien_bitcoin_parameters(account->network)->public));
    int length = snprintf(out, MIEN_DESCRIPTOR_TEXT, "%s[%s%s]%s/%s/*%s", heads[account->type],
                          fingerprint, path + 1, key, chains[chain + 1], tails[account->type]);
    if (length < 0 || length + 2 + MIEN_DESCRIPTOR_CHECKSUM > MIEN_DESCRIPTOR_TEXT)
        return MIEN_TOO_LARGE;
    MIEN_TRY(mien_descriptor_checksum(checksum, out, (size_t)length));
    snprintf(out + length, MIEN_DESCRIPTOR_TEXT - (size_t)length, "#%s", checksum);
    return MIEN_OK;
}
