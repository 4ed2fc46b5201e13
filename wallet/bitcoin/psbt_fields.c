/* SPDX-License-Identifier: MIT */
#include "wallet/bitcoin/psbt_fields.h"

#include "wallet/curve/curve.h"

#define V0 1u
#define V2 2u
#define REQUIRED 4u /* in version 2 */
#define LOCK_TIME_THRESHOLD 500000000u
#define TAPROOT_DEPTH 128

typedef bool (*check)(mien_view view);

/* One known field: where it may stand and what its key data and value look like. */
typedef struct rule {
    uint8_t type;
    uint8_t flags;
    check key, value;
    const char *name;
} rule;

static bool is_empty(mien_view v) {
    return v.length == 0;
}
static bool is_anything(mien_view v) {
    (void)v;
    return true;
}
static bool is_4(mien_view v) {
    return v.length == 4;
}
static bool is_8(mien_view v) {
    return v.length == 8;
}
static bool is_20(mien_view v) {
    return v.length == 20;
}
static bool is_32(mien_view v) {
    return v.length == 32;
}
static bool is_byte(mien_view v) {
    return v.length == 1;
}
static bool is_count(mien_view v) {
    mien_reader reader = mien_reader_of(v.data, v.length);
    uint64_t count;
    return mien_compact_read(&reader, &count) == MIEN_OK && reader.left == 0;
}
static bool is_public_key(mien_view v) {
    return mien_curve_is_public_key(v.data, v.length);
}
static bool is_xonly_key(mien_view v) {
    return v.length == 32 && mien_curve_is_xonly_key(v.data);
}
/* Fingerprint and path. */
static bool is_origin(mien_view v) {
    return v.length >= 4 && v.length % 4 == 0;
}
static bool is_extended_key(mien_view v) {
    return v.length == 78 && mien_curve_is_public_key(v.data + 45, 33);
}

static bool is_output(mien_view v) {
    mien_reader reader = mien_reader_of(v.data, v.length);
    uint64_t amount;
    mien_view script;
    return mien_read_le64(&reader, &amount) == MIEN_OK &&
           mien_compact_read_view(&reader, &script) == MIEN_OK && reader.left == 0;
}

/* DER and one byte of sighash type. */
static bool is_ecdsa_signature(mien_view v) {
    uint8_t signature[MIEN_SIGNATURE_SIZE];
    return v.length > 1 && mien_ecdsa_from_der(signature, v.data, v.length - 1) == MIEN_OK;
}

static bool is_witness(mien_view v) {
    mien_reader reader = mien_reader_of(v.data, v.length);
    uint64_t items;
    mien_view item;
    if (mien_compact_read(&reader, &items) != MIEN_OK) return false;
    for (uint64_t i = 0; i < items; i++)
        if (mien_compact_read_view(&reader, &item) != MIEN_OK) return false;
    return reader.left == 0;
}

/* BIP-341: 64 bytes for DEFAULT, else one more that is not 0. */
static bool is_schnorr_signature(mien_view v) {
    return v.length == 64 || (v.length == 65 && v.data[64] != 0);
}
static bool is_key_and_leaf(mien_view v) {
    return v.length == 64 && mien_curve_is_xonly_key(v.data);
}
static bool is_control_block(mien_view v) {
    return v.length >= 33 && (v.length - 33) % 32 == 0 && (v.length - 33) / 32 <= TAPROOT_DEPTH;
}
static bool is_leaf_script(mien_view v) {
    return v.length >= 1; /* the last byte is the leaf version */
}

/* Leaf hashes, then fingerprint and path. */
static bool is_tap_origin(mien_view v) {
    mien_reader reader = mien_reader_of(v.data, v.length);
    const uint8_t *hashes;
    uint64_t count;
    return mien_compact_read(&reader, &count) == MIEN_OK && count <= reader.left / 32 &&
           mien_read_view(&reader, &hashes, (size_t)count * 32) == MIEN_OK && reader.left >= 4 &&
           reader.left % 4 == 0;
}

/* Leaves in depth-first order: each depth must fit a binary tree (BIP-371). */
static bool is_tap_tree(mien_view v) {
    mien_reader reader = mien_reader_of(v.data, v.length);
    bool open[TAPROOT_DEPTH + 1] = {false}; /* a left sibling waits at this depth */
    size_t leaves = 0, top = TAPROOT_DEPTH + 1;
    while (reader.left != 0) {
        uint8_t depth, version;
        mien_view script;
        if (mien_read_u8(&reader, &depth) != MIEN_OK || depth > TAPROOT_DEPTH ||
            mien_read_u8(&reader, &version) != MIEN_OK || (version & 1) != 0 ||
            mien_compact_read_view(&reader, &script) != MIEN_OK || top == 0)
            return false;
        /* nothing deeper may wait unfinished */
        for (size_t d = (size_t)depth + 1; d <= TAPROOT_DEPTH; d++)
            if (open[d]) return false;
        size_t level = depth;
        while (level > 0 && open[level]) open[level--] = false;
        if (level > 0) open[level] = true;
        top = level;
        leaves++;
    }
    return leaves > 0 && top == 0;
}

static const rule global_rules[] = {
    {MIEN_PSBT_GLOBAL_UNSIGNED_TX, V0, is_empty, is_anything, "unsigned transaction"},
    {MIEN_PSBT_GLOBAL_XPUB, V0 | V2, is_extended_key, is_origin, "extended public key"},
    {MIEN_PSBT_GLOBAL_TX_VERSION, V2 | REQUIRED, is_empty, is_4, "transaction version"},
    {MIEN_PSBT_GLOBAL_FALLBACK_LOCKTIME, V2, is_empty, is_4, "fallback lock time"},
    {MIEN_PSBT_GLOBAL_INPUT_COUNT, V2 | REQUIRED, is_empty, is_count, "input count"},
    {MIEN_PSBT_GLOBAL_OUTPUT_COUNT, V2 | REQUIRED, is_empty, is_count, "output count"},
    {MIEN_PSBT_GLOBAL_TX_MODIFIABLE, V2, is_empty, is_byte, "modifiable flags"},
    {MIEN_PSBT_GLOBAL_VERSION, V0 | V2, is_empty, is_4, "version"}};

static const rule input_rules[] = {
    {MIEN_PSBT_IN_NON_WITNESS_UTXO, V0 | V2, is_empty, is_anything, "previous transaction"},
    {MIEN_PSBT_IN_WITNESS_UTXO, V0 | V2, is_empty, is_output, "witness UTXO"},
    {MIEN_PSBT_IN_PARTIAL_SIG, V0 | V2, is_public_key, is_ecdsa_signature, "partial signature"},
    {MIEN_PSBT_IN_SIGHASH_TYPE, V0 | V2, is_empty, is_4, "sighash type"},
    {MIEN_PSBT_IN_REDEEM_SCRIPT, V0 | V2, is_empty, is_anything, "redeem script"},
    {MIEN_PSBT_IN_WITNESS_SCRIPT, V0 | V2, is_empty, is_anything, "witness script"},
    {MIEN_PSBT_IN_BIP32_DERIVATION, V0 | V2, is_public_key, is_origin, "key origin"},
    {MIEN_PSBT_IN_FINAL_SCRIPTSIG, V0 | V2, is_empty, is_anything, "final scriptSig"},
    {MIEN_PSBT_IN_FINAL_SCRIPTWITNESS, V0 | V2, is_empty, is_witness, "final witness"},
    {0x09, V0 | V2, is_empty, is_anything, "proof of reserves commitment"},
    {0x0a, V0 | V2, is_20, is_anything, "RIPEMD-160 preimage"},
    {0x0b, V0 | V2, is_32, is_anything, "SHA-256 preimage"},
    {0x0c, V0 | V2, is_20, is_anything, "HASH160 preimage"},
    {0x0d, V0 | V2, is_32, is_anything, "HASH256 preimage"},
    {MIEN_PSBT_IN_PREVIOUS_TXID, V2 | REQUIRED, is_empty, is_32, "previous txid"},
    {MIEN_PSBT_IN_OUTPUT_INDEX, V2 | REQUIRED, is_empty, is_4, "output index"},
    {MIEN_PSBT_IN_SEQUENCE, V2, is_empty, is_4, "sequence"},
    {MIEN_PSBT_IN_REQUIRED_TIME_LOCKTIME, V2, is_empty, is_4, "required time"},
    {MIEN_PSBT_IN_REQUIRED_HEIGHT_LOCKTIME, V2, is_empty, is_4, "required height"},
    {MIEN_PSBT_IN_TAP_KEY_SIG, V0 | V2, is_empty, is_schnorr_signature, "taproot signature"},
    {MIEN_PSBT_IN_TAP_SCRIPT_SIG, V0 | V2, is_key_and_leaf, is_schnorr_signature,
     "taproot script signature"},
    {MIEN_PSBT_IN_TAP_LEAF_SCRIPT, V0 | V2, is_control_block, is_leaf_script,
     "taproot leaf script"},
    {MIEN_PSBT_IN_TAP_BIP32_DERIVATION, V0 | V2, is_xonly_key, is_tap_origin, "taproot key origin"},
    {MIEN_PSBT_IN_TAP_INTERNAL_KEY, V0 | V2, is_empty, is_xonly_key, "taproot internal key"},
    {MIEN_PSBT_IN_TAP_MERKLE_ROOT, V0 | V2, is_empty, is_32, "taproot merkle root"}};

static const rule output_rules[] = {
    {MIEN_PSBT_OUT_REDEEM_SCRIPT, V0 | V2, is_empty, is_anything, "redeem script"},
    {MIEN_PSBT_OUT_WITNESS_SCRIPT, V0 | V2, is_empty, is_anything, "witness script"},
    {MIEN_PSBT_OUT_BIP32_DERIVATION, V0 | V2, is_public_key, is_origin, "key origin"},
    {MIEN_PSBT_OUT_AMOUNT, V2 | REQUIRED, is_empty, is_8, "amount"},
    {MIEN_PSBT_OUT_SCRIPT, V2 | REQUIRED, is_empty, is_anything, "script"},
    {MIEN_PSBT_OUT_TAP_INTERNAL_KEY, V0 | V2, is_empty, is_xonly_key, "taproot internal key"},
    {MIEN_PSBT_OUT_TAP_TREE, V0 | V2, is_empty, is_tap_tree, "taproot tree"},
    {MIEN_PSBT_OUT_TAP_BIP32_DERIVATION, V0 | V2, is_xonly_key, is_tap_origin,
     "taproot key origin"}};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Where a map stands, for messages. */
typedef struct place {
    const rule *rules;
    size_t rule_count, number;
    const char *kind; /* "input" */
} place;

static mien_status check_entry(const mien_psbt_entry *entry, const place *where, unsigned version,
                               mien_error *error) {
    for (size_t i = 0; i < where->rule_count; i++) {
        const rule *r = &where->rules[i];
        if (r->type != entry->type) continue;
        bool fits = r->key(entry->data);
        if ((r->flags & version) == 0 && !fits) continue; /* unknown, as it was before BIP-370 */
        if ((r->flags & version) == 0)
            return mien_fail(error, MIEN_FORMAT, "PSBT %s %zu: field \"%s\" is not of this version",
                             where->kind, where->number, r->name);
        if (!fits)
            return mien_fail(error, MIEN_FORMAT, "PSBT %s %zu: bad key of field \"%s\"",
                             where->kind, where->number, r->name);
        if (!r->value(entry->value))
            return mien_fail(error, MIEN_FORMAT, "PSBT %s %zu: bad value of field \"%s\"",
                             where->kind, where->number, r->name);
    }
    return MIEN_OK;
}

static mien_status check_map(const mien_psbt_map *map, const place *where, unsigned version,
                             mien_error *error) {
    for (size_t i = 0; i < map->count; i++)
        MIEN_TRY(check_entry(&map->entries[i], where, version, error));
    for (size_t i = 0; version == V2 && i < where->rule_count; i++) {
        const rule *r = &where->rules[i];
        if ((r->flags & REQUIRED) != 0 && mien_psbt_find(map, r->type) == NULL)
            return mien_fail(error, MIEN_FORMAT, "PSBT %s %zu: field \"%s\" is missing",
                             where->kind, where->number, r->name);
    }
    return MIEN_OK;
}

/* BIP-174: the path of an extended key is as long as the key says it is deep. */
static mien_status check_depths(const mien_psbt_map *global, mien_error *error) {
    for (size_t i = 0; i < global->count; i++) {
        const mien_psbt_entry *entry = &global->entries[i];
        if (entry->type == MIEN_PSBT_GLOBAL_XPUB &&
            entry->value.length / 4 - 1 != entry->data.data[4])
            return mien_fail(error, MIEN_FORMAT,
                             "PSBT: an extended key and its path differ in depth");
    }
    return MIEN_OK;
}

mien_status mien_psbt_check_fields(mien_psbt *psbt, size_t inputs, size_t outputs,
                                   mien_error *error) {
    unsigned version = psbt->version == 2 ? V2 : V0;
    place where = {global_rules, COUNT(global_rules), 0, "header"};
    MIEN_TRY(check_map(&psbt->global, &where, version, error));
    MIEN_TRY(check_depths(&psbt->global, error));
    for (size_t i = 0; i < inputs; i++) {
        place input = {input_rules, COUNT(input_rules), i, "input"};
        MIEN_TRY(check_map(&psbt->inputs[i], &input, version, error));
    }
    for (size_t i = 0; i < outputs; i++) {
        place output = {output_rules, COUNT(output_rules), i, "output"};
        MIEN_TRY(check_map(&psbt->outputs[i], &output, version, error));
    }
    return MIEN_OK;
}

/* Value of a 4-byte field, or `otherwise`; lengths were checked. */
static uint32_t u32_of(const mien_psbt_map *map, uint64_t type, uint32_t otherwise) {
    const mien_psbt_entry *entry = mien_psbt_find(map, type);
    return entry != NULL ? mien_load_le32(entry->value.data) : otherwise;
}

/* BIP-370, "Determining Lock Time": the highest required height if every input that has a
 * requirement accepts heights, else the highest required time if every one accepts times. */
static mien_status lock_time_of(uint32_t *out, const mien_psbt *psbt, size_t inputs,
                                mien_error *error) {
    bool heights = true, times = true, any = false;
    uint32_t height = 0, time = 0;
    for (size_t i = 0; i < inputs; i++) {
        uint32_t h = u32_of(&psbt->inputs[i], MIEN_PSBT_IN_REQUIRED_HEIGHT_LOCKTIME, 0);
        uint32_t t = u32_of(&psbt->inputs[i], MIEN_PSBT_IN_REQUIRED_TIME_LOCKTIME, 0);
        bool has_h =
            mien_psbt_find(&psbt->inputs[i], MIEN_PSBT_IN_REQUIRED_HEIGHT_LOCKTIME) != NULL;
        bool has_t = mien_psbt_find(&psbt->inputs[i], MIEN_PSBT_IN_REQUIRED_TIME_LOCKTIME) != NULL;
        if ((has_h && (h == 0 || h >= LOCK_TIME_THRESHOLD)) || (has_t && t < LOCK_TIME_THRESHOLD))
            return mien_fail(error, MIEN_FORMAT, "PSBT input %zu: lock time out of its range", i);
        if (!has_h && !has_t) continue;
        any = true;
        heights &= has_h;
        times &= has_t;
        if (h > height) height = h;
        if (t > time) time = t;
    }
    if (any && !heights && !times)
        return mien_fail(error, MIEN_FORMAT, "PSBT: inputs require lock times of both kinds");
    *out = !any      ? u32_of(&psbt->global, MIEN_PSBT_GLOBAL_FALLBACK_LOCKTIME, 0)
           : heights ? height
                     : time;
    return MIEN_OK;
}

mien_status mien_psbt_build_transaction(mien_psbt *psbt, size_t inputs, size_t outputs,
                                        mien_error *error) {
    mien_bitcoin_transaction made = {0};
    made.version = u32_of(&psbt->global, MIEN_PSBT_GLOBAL_TX_VERSION, 0);
    made.input_count = inputs;
    made.output_count = outputs;
    MIEN_TRY(mien_arena_take(&psbt->arena, &made.inputs, inputs, sizeof *made.inputs));
    MIEN_TRY(mien_arena_take(&psbt->arena, &made.outputs, outputs, sizeof *made.outputs));
    for (size_t i = 0; i < inputs; i++) {
        const mien_psbt_map *map = &psbt->inputs[i];
        memcpy(made.inputs[i].txid, mien_psbt_find(map, MIEN_PSBT_IN_PREVIOUS_TXID)->value.data,
               MIEN_TXID_SIZE);
        made.inputs[i].index = u32_of(map, MIEN_PSBT_IN_OUTPUT_INDEX, 0);
        made.inputs[i].sequence = u32_of(map, MIEN_PSBT_IN_SEQUENCE, MIEN_SEQUENCE_FINAL);
    }
    for (size_t i = 0; i < outputs; i++) {
        const mien_psbt_map *map = &psbt->outputs[i];
        made.outputs[i].amount =
            mien_load_le64(mien_psbt_find(map, MIEN_PSBT_OUT_AMOUNT)->value.data);
        made.outputs[i].script = mien_psbt_find(map, MIEN_PSBT_OUT_SCRIPT)->value;
    }
    MIEN_TRY(lock_time_of(&made.lock_time, psbt, inputs, error));
    psbt->transaction = made;
    return MIEN_OK;
}
