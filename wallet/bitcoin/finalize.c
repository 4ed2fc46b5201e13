/* SPDX-License-Identifier: MIT */
/* From partial signatures to a transaction the network takes. */
#include "wallet/bitcoin/psbt_input.h"

/* A scriptSig or witness under construction: at most 15 signatures of 73 bytes and a script. */
#define FINAL_MAX 4096

/* What checking a signature of one input takes. */
typedef struct signed_input {
    const mien_psbt *psbt;
    const mien_sighash_cache *cache;
    const mien_lock *lock;
    size_t input;
    uint64_t amount;
} signed_input;

static mien_status check_ecdsa(const signed_input *s, const mien_psbt_entry *entry,
                               mien_error *error) {
    uint8_t hash[32], signature[MIEN_SIGNATURE_SIZE];
    mien_view value = entry->value;
    MIEN_TRY(mien_ecdsa_from_der(signature, value.data, value.length - 1));
    mien_status status = mien_lock_sighash(hash, s->lock, s->cache, s->input, s->amount,
                                           value.data[value.length - 1]);
    if (status == MIEN_OK &&
        mien_ecdsa_verify(signature, hash, entry->data.data, entry->data.length))
        return MIEN_OK;
    return mien_fail(error, MIEN_AUTHENTICATION, "input %zu: a signature is wrong", s->input);
}

static mien_status check_schnorr(const signed_input *s, const mien_psbt_entry *entry,
                                 mien_error *error) {
    uint8_t hash[32];
    uint32_t type = entry->value.length == 65 ? entry->value.data[64] : MIEN_SIGHASH_DEFAULT;
    mien_status status = mien_lock_sighash(hash, s->lock, s->cache, s->input, s->amount, type);
    if (status == MIEN_OK && mien_schnorr_verify(entry->value.data, hash, 32, s->lock->hash.data))
        return MIEN_OK;
    return mien_fail(error, MIEN_AUTHENTICATION, "input %zu: a signature is wrong", s->input);
}

/* A push inside a script. */
static mien_status write_push(mien_writer *script, mien_view data) {
    if (data.length > 0xff) {
        MIEN_TRY(mien_write_u8(script, 0x4d)); /* OP_PUSHDATA2 */
        MIEN_TRY(mien_write_le16(script, (uint16_t)data.length));
    } else {
        if (data.length > 0x4b) MIEN_TRY(mien_write_u8(script, 0x4c)); /* OP_PUSHDATA1 */
        MIEN_TRY(mien_write_u8(script, (uint8_t)data.length));
    }
    return mien_write_bytes(script, data.data, data.length);
}

/* Signature for a single key, checked; NULL when it is not there. */
static mien_status single_signature(const mien_psbt_entry **out, const signed_input *s,
                                    mien_error *error) {
    const mien_psbt_map *map = &s->psbt->inputs[s->input];
    *out = NULL;
    if (s->lock->type == MIEN_SCRIPT_P2TR) {
        *out = mien_psbt_find(map, MIEN_PSBT_IN_TAP_KEY_SIG);
        return *out != NULL ? check_schnorr(s, *out, error) : MIEN_OK;
    }
    for (size_t i = 0; i < map->count && *out == NULL; i++) {
        const mien_psbt_entry *entry = &map->entries[i];
        if (entry->type == MIEN_PSBT_IN_PARTIAL_SIG && entry->data.length == MIEN_PUBLIC_KEY_SIZE &&
            mien_lock_fits(s->lock, entry->data.data))
            *out = entry;
    }
    return *out != NULL ? check_ecdsa(s, *out, error) : MIEN_OK;
}

static mien_status finish_single(const signed_input *s, mien_writer *script, mien_writer *witness,
                                 bool *done, mien_error *error) {
    const mien_psbt_entry *signature;
    MIEN_TRY(single_signature(&signature, s, error));
    *done = signature != NULL;
    if (!*done) return MIEN_OK;
    if (s->lock->type == MIEN_SCRIPT_P2PKH) {
        MIEN_TRY(write_push(script, signature->value));
        return write_push(script, signature->data);
    }
    bool taproot = s->lock->type == MIEN_SCRIPT_P2TR;
    MIEN_TRY(mien_compact_write(witness, taproot ? 1 : 2));
    MIEN_TRY(mien_compact_write_view(witness, signature->value));
    if (!taproot) MIEN_TRY(mien_compact_write_view(witness, signature->data));
    return s->lock->redeem.length != 0 ? write_push(script, s->lock->redeem) : MIEN_OK;
}

/* The first `required` signatures in the order of the script's keys. */
static mien_status collect(const signed_input *s, mien_view signatures[MIEN_MULTISIG_KEYS],
                           bool *done, mien_error *error) {
    const mien_multisig *multisig = &s->lock->multisig;
    int found = 0;
    for (int i = 0; i < multisig->count && found < multisig->required; i++) {
        const mien_psbt_entry *entry =
            mien_psbt_find_keyed(&s->psbt->inputs[s->input], MIEN_PSBT_IN_PARTIAL_SIG,
                                 mien_view_of(multisig->key[i], MIEN_PUBLIC_KEY_SIZE));
        if (entry == NULL) continue;
        MIEN_TRY(check_ecdsa(s, entry, error));
        signatures[found++] = entry->value;
    }
    *done = found == multisig->required;
    return MIEN_OK;
}

/* OP_0 stands for the element that OP_CHECKMULTISIG takes too many. */
static mien_status finish_multisig(const signed_input *s, mien_writer *script, mien_writer *witness,
                                   bool *done, mien_error *error) {
    mien_view signatures[MIEN_MULTISIG_KEYS];
    size_t required = (size_t)s->lock->multisig.required;
    MIEN_TRY(collect(s, signatures, done, error));
    if (!*done) return MIEN_OK;
    if (s->lock->type == MIEN_SCRIPT_P2SH) {
        MIEN_TRY(mien_write_u8(script, 0));
        for (size_t i = 0; i < required; i++) MIEN_TRY(write_push(script, signatures[i]));
        return write_push(script, s->lock->redeem);
    }
    MIEN_TRY(mien_compact_write(witness, required + 2));
    MIEN_TRY(mien_compact_write(witness, 0));
    for (size_t i = 0; i < required; i++) MIEN_TRY(mien_compact_write_view(witness, signatures[i]));
    MIEN_TRY(mien_compact_write_view(witness, s->lock->witness));
    return s->lock->nested ? write_push(script, s->lock->redeem) : MIEN_OK;
}

/* BIP-174: all known fields but UTXOs go, and in version 2 those that make the transaction stay. */
static void clear_fields(mien_psbt_map *map) {
    static const uint8_t gone[] = {0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0b, 0x0c,
                                   0x0d, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18};
    for (size_t i = 0; i < sizeof gone; i++) mien_psbt_remove(map, gone[i]);
}

static bool is_final(const mien_psbt_map *map) {
    return mien_psbt_find(map, MIEN_PSBT_IN_FINAL_SCRIPTSIG) != NULL ||
           mien_psbt_find(map, MIEN_PSBT_IN_FINAL_SCRIPTWITNESS) != NULL;
}

static mien_status finish_input(mien_psbt *psbt, size_t input, const mien_sighash_cache *cache,
                                const mien_bitcoin_output *spent, bool *done, mien_error *error) {
    uint8_t script_bytes[FINAL_MAX], witness_bytes[FINAL_MAX];
    mien_writer script = mien_writer_of(script_bytes, sizeof script_bytes);
    mien_writer witness = mien_writer_of(witness_bytes, sizeof witness_bytes);
    mien_psbt_map *map = &psbt->inputs[input];
    mien_view nothing = {NULL, 0};
    mien_lock lock;
    MIEN_TRY(mien_lock_of_input(&lock, psbt, input, spent, error));
    *done = false;
    if (lock.type == MIEN_SCRIPT_OTHER) return MIEN_OK;
    signed_input s = {psbt, cache, &lock, input, spent->amount};
    if (lock.has_multisig)
        MIEN_TRY(finish_multisig(&s, &script, &witness, done, error));
    else
        MIEN_TRY(finish_single(&s, &script, &witness, done, error));
    if (!*done) return MIEN_OK;
    clear_fields(map);
    if (script.used != 0)
        MIEN_TRY(mien_psbt_set(psbt, map, MIEN_PSBT_IN_FINAL_SCRIPTSIG, nothing,
                               mien_view_of(script.bytes, script.used)));
    if (witness.used != 0)
        MIEN_TRY(mien_psbt_set(psbt, map, MIEN_PSBT_IN_FINAL_SCRIPTWITNESS, nothing,
                               mien_view_of(witness.bytes, witness.used)));
    return MIEN_OK;
}

/* Outputs that are spent; *all tells whether every one is known (taproot hashes need them all). */
static mien_status spent_outputs(mien_bitcoin_output **out, bool **known, bool *all,
                                 mien_psbt *psbt) {
    size_t count = psbt->transaction.input_count;
    MIEN_TRY(mien_arena_take(&psbt->arena, out, count, sizeof **out));
    MIEN_TRY(mien_arena_take(&psbt->arena, known, count, sizeof **known));
    *all = true;
    for (size_t i = 0; i < count; i++) {
        bool proven;
        mien_status status = mien_psbt_spent_output(&(*out)[i], &proven, psbt, i, NULL);
        if (status != MIEN_OK && status != MIEN_NOT_FOUND) return status;
        (*known)[i] = status == MIEN_OK;
        *all &= (*known)[i];
    }
    return MIEN_OK;
}

mien_status mien_psbt_finalize(mien_psbt *psbt, size_t *finished, mien_error *error) {
    mien_bitcoin_output *spent;
    bool *known, all;
    mien_sighash_cache cache;
    *finished = 0;
    MIEN_TRY(spent_outputs(&spent, &known, &all, psbt));
    mien_sighash_cache_init(&cache, &psbt->transaction, all ? spent : NULL);
    for (size_t i = 0; i < psbt->transaction.input_count; i++) {
        bool done = is_final(&psbt->inputs[i]);
        if (!done && known[i]) MIEN_TRY(finish_input(psbt, i, &cache, &spent[i], &done, error));
        *finished += done;
    }
    return MIEN_OK;
}

mien_status mien_psbt_extract(mien_view *bytes, mien_psbt *psbt, mien_error *error) {
    mien_bitcoin_transaction final = psbt->transaction;
    uint8_t *memory;
    MIEN_TRY(mien_arena_take(&psbt->arena, &final.inputs, final.input_count, sizeof *final.inputs));
    for (size_t i = 0; i < final.input_count; i++) {
        const mien_psbt_map *map = &psbt->inputs[i];
        const mien_psbt_entry *script = mien_psbt_find(map, MIEN_PSBT_IN_FINAL_SCRIPTSIG);
        const mien_psbt_entry *witness = mien_psbt_find(map, MIEN_PSBT_IN_FINAL_SCRIPTWITNESS);
        if (!is_final(map))
            return mien_fail(error, MIEN_FORMAT,
                             "input %zu is not finished: signatures are missing", i);
        final.inputs[i] = psbt->transaction.inputs[i];
        if (script != NULL) final.inputs[i].script = script->value;
        if (witness != NULL && witness->value.data[0] != 0)
            final.inputs[i].witness = witness->value;
    }
    size_t size = mien_bitcoin_transaction_size(&final, true);
    MIEN_TRY(mien_arena_take(&psbt->arena, &memory, size, 1));
    mien_writer writer = mien_writer_of(memory, size);
    MIEN_TRY(mien_bitcoin_transaction_write(&writer, &final, true));
    *bytes = mien_view_of(memory, writer.used);
    return MIEN_OK;
}
