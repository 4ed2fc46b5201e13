/* SPDX-License-Identifier: MIT */
#include "wallet/bitcoin/sighash.h"

#include "wallet/bitcoin/hash_parts.h"

#define OP_CODESEPARATOR 0xab
#define OP_PUSHDATA1 0x4c
#define OP_PUSHDATA4 0x4e

void mien_sighash_cache_init(mien_sighash_cache *cache, const mien_bitcoin_transaction *transaction,
                             const mien_bitcoin_output *spent) {
    mien_sha256_state prevouts, sequences, outputs, amounts, scripts;
    memset(cache, 0, sizeof *cache);
    cache->transaction = transaction;
    cache->spent = spent;
    mien_sha256_init(&prevouts);
    mien_sha256_init(&sequences);
    mien_sha256_init(&outputs);
    mien_sha256_init(&amounts);
    mien_sha256_init(&scripts);
    for (size_t i = 0; i < transaction->input_count; i++) {
        hash_outpoint(&prevouts, &transaction->inputs[i]);
        hash_le32(&sequences, transaction->inputs[i].sequence);
        if (spent == NULL) continue;
        hash_le64(&amounts, spent[i].amount);
        hash_view(&scripts, spent[i].script);
    }
    for (size_t i = 0; i < transaction->output_count; i++)
        hash_output(&outputs, &transaction->outputs[i]);
    mien_sha256_final(&prevouts, cache->prevouts);
    mien_sha256_final(&sequences, cache->sequences);
    mien_sha256_final(&outputs, cache->outputs);
    mien_sha256_final(&amounts, cache->amounts);
    mien_sha256_final(&scripts, cache->scripts);
}

/* Bytes of the operation at `at`, its pushed data included; what is left when it is cut short. */
static size_t operation_size(mien_view script, size_t at) {
    uint8_t code = script.data[at];
    size_t head = 1, payload = 0, left = script.length - at;
    if (code < OP_PUSHDATA1) {
        payload = code;
    } else if (code <= OP_PUSHDATA4) {
        size_t width = (size_t)1 << (code - OP_PUSHDATA1);
        if (left < 1 + width) return left;
        for (size_t i = width; i-- > 0;) payload = payload << 8 | script.data[at + 1 + i];
        head += width;
    }
    return payload > left - head ? left : head + payload;
}

/* Script code without OP_CODESEPARATOR: its length in a first pass, its bytes in a second. */
static void hash_script_code(mien_sha256_state *state, mien_view script) {
    size_t length = 0;
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1) hash_compact(state, length);
        for (size_t at = 0; at < script.length;) {
            size_t size = operation_size(script, at);
            if (script.data[at] != OP_CODESEPARATOR) {
                length += size;
                if (pass == 1) mien_sha256_update(state, script.data + at, size);
            }
            at += size;
        }
    }
}

static void hash_legacy_inputs(mien_sha256_state *state,
                               const mien_bitcoin_transaction *transaction, size_t index,
                               mien_view script_code, uint32_t type) {
    bool alone = (type & MIEN_SIGHASH_ANYONECANPAY) != 0;
    uint32_t base = type & 0x1f;
    bool free_sequences = base == MIEN_SIGHASH_NONE || base == MIEN_SIGHASH_SINGLE;
    hash_compact(state, alone ? 1 : transaction->input_count);
    for (size_t i = 0; i < transaction->input_count; i++) {
        const mien_bitcoin_input *input = &transaction->inputs[i];
        if (alone && i != index) continue;
        hash_outpoint(state, input);
        if (i == index)
            hash_script_code(state, script_code);
        else
            hash_compact(state, 0);
        hash_le32(state, i != index && free_sequences ? 0 : input->sequence);
    }
}

static void hash_legacy_outputs(mien_sha256_state *state,
                                const mien_bitcoin_transaction *transaction, size_t index,
                                uint32_t base) {
    static const mien_bitcoin_output blank = {UINT64_MAX, {NULL, 0}};
    size_t count = transaction->output_count;
    if (base == MIEN_SIGHASH_NONE) count = 0;
    if (base == MIEN_SIGHASH_SINGLE) count = index + 1;
    hash_compact(state, count);
    for (size_t i = 0; i < count; i++)
        hash_output(state,
                    base == MIEN_SIGHASH_SINGLE && i != index ? &blank : &transaction->outputs[i]);
}

void mien_sighash_legacy(uint8_t out[32], const mien_bitcoin_transaction *transaction, size_t index,
                         mien_view script_code, uint32_t type) {
    uint32_t base = type & 0x1f;
    mien_sha256_state state;
    if (base == MIEN_SIGHASH_SINGLE && index >= transaction->output_count) {
        memset(out, 0, 32);
        out[0] = 1;
        return;
    }
    mien_sha256_init(&state);
    hash_le32(&state, transaction->version);
    hash_legacy_inputs(&state, transaction, index, script_code, type);
    hash_legacy_outputs(&state, transaction, index, base);
    hash_le32(&state, transaction->lock_time);
    hash_le32(&state, type);
    mien_sha256_final_double(&state, out);
}

/* BIP-143's hashes are those of the cache hashed again; zero where the type leaves them out. */
static void hash_again(mien_sha256_state *state, const uint8_t once[32], bool present) {
    uint8_t twice[32] = {0};
    if (present) mien_sha256(twice, once, 32);
    mien_sha256_update(state, twice, sizeof twice);
}

static void hash_outputs_segwit0(mien_sha256_state *state, const mien_sighash_cache *cache,
                                 size_t index, uint32_t base) {
    const mien_bitcoin_transaction *transaction = cache->transaction;
    uint8_t one[32];
    if (base == MIEN_SIGHASH_SINGLE && index < transaction->output_count) {
        mien_sha256_state single;
        mien_sha256_init(&single);
        hash_output(&single, &transaction->outputs[index]);
        mien_sha256_final_double(&single, one);
        mien_sha256_update(state, one, sizeof one);
    } else {
        hash_again(state, cache->outputs, base != MIEN_SIGHASH_SINGLE && base != MIEN_SIGHASH_NONE);
    }
}

void mien_sighash_segwit0(uint8_t out[32], const mien_sighash_cache *cache, size_t index,
                          mien_view script_code, uint64_t amount, uint32_t type) {
    const mien_bitcoin_transaction *transaction = cache->transaction;
    bool alone = (type & MIEN_SIGHASH_ANYONECANPAY) != 0;
    uint32_t base = type & 0x1f;
    bool all = base != MIEN_SIGHASH_SINGLE && base != MIEN_SIGHASH_NONE;
    mien_sha256_state state;
    mien_sha256_init(&state);
    hash_le32(&state, transaction->version);
    hash_again(&state, cache->prevouts, !alone);
    hash_again(&state, cache->sequences, !alone && all);
    hash_outpoint(&state, &transaction->inputs[index]);
    hash_view(&state, script_code);
    hash_le64(&state, amount);
    hash_le32(&state, transaction->inputs[index].sequence);
    hash_outputs_segwit0(&state, cache, index, base);
    hash_le32(&state, transaction->lock_time);
    hash_le32(&state, type);
    mien_sha256_final_double(&state, out);
}

static void hash_taproot_input(mien_sha256_state *state, const mien_sighash_cache *cache,
                               size_t index, bool alone) {
    static const uint8_t key_path[1] = {0}; /* no extension, no annex */
    const mien_bitcoin_input *input = &cache->transaction->inputs[index];
    mien_sha256_update(state, key_path, sizeof key_path);
    if (alone) {
        hash_outpoint(state, input);
        hash_output(state, &cache->spent[index]);
        hash_le32(state, input->sequence);
    } else {
        hash_le32(state, (uint32_t)index);
    }
}

mien_status mien_sighash_taproot(uint8_t out[32], const mien_sighash_cache *cache, size_t index,
                                 uint8_t type) {
    const mien_bitcoin_transaction *transaction = cache->transaction;
    bool alone = (type & MIEN_SIGHASH_ANYONECANPAY) != 0;
    uint8_t base = type & 3, head[2] = {0, type};
    if ((type & 0x7c) != 0 || type == MIEN_SIGHASH_ANYONECANPAY || cache->spent == NULL ||
        (base == MIEN_SIGHASH_SINGLE && index >= transaction->output_count))
        return MIEN_ARGUMENT;
    mien_sha256_state state, single;
    mien_sha256_init_tagged(&state, "TapSighash");
    mien_sha256_update(&state, head, sizeof head); /* epoch 0, type */
    hash_le32(&state, transaction->version);
    hash_le32(&state, transaction->lock_time);
    if (!alone) {
        mien_sha256_update(&state, cache->prevouts, 32);
        mien_sha256_update(&state, cache->amounts, 32);
        mien_sha256_update(&state, cache->scripts, 32);
        mien_sha256_update(&state, cache->sequences, 32);
    }
    if (base == MIEN_SIGHASH_DEFAULT || base == MIEN_SIGHASH_ALL)
        mien_sha256_update(&state, cache->outputs, 32);
    hash_taproot_input(&state, cache, index, alone);
    if (base == MIEN_SIGHASH_SINGLE) {
        uint8_t one[32];
        mien_sha256_init(&single);
        hash_output(&single, &transaction->outputs[index]);
        mien_sha256_final(&single, one);
        mien_sha256_update(&state, one, sizeof one);
    }
    mien_sha256_final(&state, out);
    return MIEN_OK;
}
