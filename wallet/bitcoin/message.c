/* SPDX-License-Identifier: MIT */
/* BIP-322 is a PSBT of one input in disguise: signing makes one and finishes it, verifying takes
 * the signature apart into one, finishes that (which checks every signature) and compares. */
#include "wallet/bitcoin/message.h"

#include "wallet/bitcoin/hash_parts.h"
#include "wallet/encoding/hex.h"

#define LEGACY_SIZE 65
#define SIGNATURE_MAX (64u * 1024)
#define OP_RETURN 0x6a
#define STACK_MAX (MIEN_MULTISIG_KEYS + 2)

void mien_message_hash_legacy(uint8_t out[32], mien_view message) {
    static const char magic[] = "\x18"
                                "Bitcoin Signed Message:\n";
    mien_sha256_state state;
    mien_sha256_init(&state);
    mien_sha256_update(&state, magic, sizeof magic - 1);
    hash_view(&state, message);
    mien_sha256_final_double(&state, out);
}

/* to_spend: one input with the message's hash, one output with the address's script. */
typedef struct to_spend {
    mien_bitcoin_transaction transaction;
    mien_bitcoin_input input;
    mien_bitcoin_output output;
    uint8_t script[34];
} to_spend;

static void make_to_spend(to_spend *t, mien_view message, mien_view script) {
    mien_sha256_state state;
    memset(t, 0, sizeof *t);
    t->script[0] = 0x00;
    t->script[1] = 32;
    mien_sha256_init_tagged(&state, "BIP0322-signed-message");
    mien_sha256_update(&state, message.data, message.length);
    mien_sha256_final(&state, t->script + 2);
    t->input.index = UINT32_MAX;
    t->input.script = mien_view_of(t->script, sizeof t->script);
    t->output.script = script;
    t->transaction.input_count = t->transaction.output_count = 1;
    t->transaction.inputs = &t->input;
    t->transaction.outputs = &t->output;
}

void mien_message_to_spend(uint8_t txid[MIEN_TXID_SIZE], mien_view message, mien_view script) {
    to_spend t;
    make_to_spend(&t, message, script);
    mien_bitcoin_txid(txid, &t.transaction);
}

/* A PSBT of to_sign with the previous transaction in it. */
static mien_status open_psbt(mien_psbt *psbt, const mien_bitcoin_transaction *to_sign,
                             const to_spend *t) {
    mien_view nothing = {NULL, 0};
    uint8_t *bytes;
    size_t size = mien_bitcoin_transaction_size(&t->transaction, false);
    MIEN_TRY(mien_psbt_create(psbt, to_sign));
    MIEN_TRY(mien_arena_take(&psbt->arena, &bytes, size, 1));
    mien_writer writer = mien_writer_of(bytes, size);
    MIEN_TRY(mien_bitcoin_transaction_write(&writer, &t->transaction, false));
    return mien_psbt_set(psbt, &psbt->inputs[0], MIEN_PSBT_IN_NON_WITNESS_UTXO, nothing,
                         mien_view_of(bytes, writer.used));
}

static void make_to_sign(mien_bitcoin_transaction *out, mien_bitcoin_input *input,
                         mien_bitcoin_output *output, const to_spend *t) {
    static const uint8_t op_return[1] = {OP_RETURN};
    memset(out, 0, sizeof *out);
    memset(input, 0, sizeof *input);
    mien_bitcoin_txid(input->txid, &t->transaction);
    output->amount = 0;
    output->script = mien_view_of(op_return, 1);
    out->input_count = out->output_count = 1;
    out->inputs = input;
    out->outputs = output;
}

static mien_status encode(const char **out, mien_arena *arena, const char *prefix,
                          mien_view bytes) {
    size_t head = strlen(prefix), capacity = mien_base64_encoded_size(bytes.length);
    char *text;
    MIEN_TRY(mien_arena_take(arena, &text, head + capacity, 1));
    memcpy(text, prefix, head);
    mien_base64_encode(text + head, capacity, bytes.data, bytes.length);
    *out = text;
    return MIEN_OK;
}

static mien_status sign_psbt(const char **signature, mien_arena *arena, mien_psbt *psbt,
                             const mien_curve *curve, mien_bitcoin_script_type type,
                             const uint8_t secret[MIEN_SECRET_KEY_SIZE],
                             const uint8_t auxiliary[32]) {
    bool simple = type == MIEN_SCRIPT_P2WPKH || type == MIEN_SCRIPT_P2TR, proven;
    mien_sighash_cache cache;
    mien_bitcoin_output spent;
    mien_lock lock;
    mien_view raw;
    size_t finished;
    MIEN_TRY(mien_psbt_spent_output(&spent, &proven, psbt, 0, NULL));
    mien_sighash_cache_init(&cache, &psbt->transaction, &spent);
    MIEN_TRY(mien_lock_of_input(&lock, psbt, 0, &spent, NULL));
    uint32_t hash_type = type == MIEN_SCRIPT_P2TR ? MIEN_SIGHASH_DEFAULT : MIEN_SIGHASH_ALL;
    MIEN_TRY(mien_psbt_sign_input(psbt, 0, &lock, &cache, 0, hash_type, curve, secret, auxiliary));
    MIEN_TRY(mien_psbt_finalize(psbt, &finished, NULL));
    if (finished != 1) return MIEN_INTERNAL;
    if (simple) {
        const mien_psbt_entry *witness =
            mien_psbt_find(&psbt->inputs[0], MIEN_PSBT_IN_FINAL_SCRIPTWITNESS);
        return witness != NULL ? encode(signature, arena, "smp", witness->value) : MIEN_INTERNAL;
    }
    MIEN_TRY(mien_psbt_extract(&raw, psbt, NULL));
    return encode(signature, arena, "ful", raw);
}

static mien_status sign_bip322(const char **signature, mien_arena *arena, const mien_curve *curve,
                               mien_bitcoin_script_type type,
                               const uint8_t secret[MIEN_SECRET_KEY_SIZE], mien_view message,
                               const uint8_t auxiliary[32]) {
    uint8_t key[MIEN_PUBLIC_KEY_SIZE];
    mien_script script, redeem;
    to_spend t;
    mien_bitcoin_transaction to_sign;
    mien_bitcoin_input input;
    mien_bitcoin_output output;
    mien_psbt psbt;
    MIEN_TRY(mien_curve_public_key(curve, key, secret));
    MIEN_TRY(mien_script_of_key(&script, type, key));
    MIEN_TRY(mien_script_of_key(&redeem, MIEN_SCRIPT_P2WPKH, key));
    make_to_spend(&t, message, mien_script_view(&script));
    make_to_sign(&to_sign, &input, &output, &t);
    mien_status status = open_psbt(&psbt, &to_sign, &t);
    if (status == MIEN_OK && type == MIEN_SCRIPT_P2SH_P2WPKH)
        status = mien_psbt_set(&psbt, &psbt.inputs[0], MIEN_PSBT_IN_REDEEM_SCRIPT,
                               mien_view_of(NULL, 0), mien_script_view(&redeem));
    if (status == MIEN_OK)
        status = sign_psbt(signature, arena, &psbt, curve, type, secret, auxiliary);
    mien_psbt_destroy(&psbt);
    return status;
}

/* BIP-137: the first byte tells the recovery id and the type of address. */
static mien_status sign_legacy(const char **signature, mien_arena *arena, const mien_curve *curve,
                               mien_bitcoin_script_type type,
                               const uint8_t secret[MIEN_SECRET_KEY_SIZE], mien_view message) {
    uint8_t bytes[LEGACY_SIZE], hash[32];
    int id, base = type == MIEN_SCRIPT_P2PKH ? 31 : type == MIEN_SCRIPT_P2SH_P2WPKH ? 35 : 39;
    if (type > MIEN_SCRIPT_P2WPKH) return MIEN_UNSUPPORTED;
    mien_message_hash_legacy(hash, message);
    MIEN_TRY(mien_ecdsa_sign(curve, bytes + 1, &id, hash, secret));
    bytes[0] = (uint8_t)(base + id);
    return encode(signature, arena, "", mien_view_of(bytes, sizeof bytes));
}

mien_status mien_message_sign(const char **signature, mien_arena *arena, const mien_curve *curve,
                              mien_message_form form, mien_bitcoin_script_type type,
                              const uint8_t secret[MIEN_SECRET_KEY_SIZE], mien_view message,
                              const uint8_t auxiliary[32]) {
    if (type >= MIEN_SCRIPT_TYPES) return MIEN_ARGUMENT;
    if (form == MIEN_MESSAGE_LEGACY)
        return sign_legacy(signature, arena, curve, type, secret, message);
    MIEN_TRY(sign_bip322(signature, arena, curve, type, secret, message, auxiliary));
    if (form == MIEN_MESSAGE_BIP322_BARE) *signature += 3;
    return MIEN_OK;
}

/* Does the script pay this key in one of the ways a BIP-137 signature may mean? Many wallets use
 * the headers of p2pkh for segwit addresses, so for a compressed key all three are tried. */
static bool pays_key(mien_view script, const uint8_t key[MIEN_PUBLIC_KEY_SIZE], bool compressed) {
    uint8_t point[65], hash[20];
    mien_script made;
    if (!compressed) {
        if (mien_curve_uncompress(point, key) != MIEN_OK) return false;
        mien_hash160(hash, point, sizeof point);
        mien_script_p2pkh(&made, hash);
        return mien_view_equal(mien_script_view(&made), script);
    }
    for (int t = MIEN_SCRIPT_P2PKH; t <= MIEN_SCRIPT_P2WPKH; t++)
        if (mien_script_of_key(&made, (mien_bitcoin_script_type)t, key) == MIEN_OK &&
            mien_view_equal(mien_script_view(&made), script))
            return true;
    return false;
}

static mien_status verify_legacy(const uint8_t bytes[LEGACY_SIZE], mien_view script,
                                 mien_view message) {
    uint8_t hash[32], key[MIEN_PUBLIC_KEY_SIZE];
    if (bytes[0] < 27 || bytes[0] > 42) return MIEN_FORMAT;
    mien_message_hash_legacy(hash, message);
    if (mien_ecdsa_recover(key, bytes + 1, (bytes[0] - 27) % 4, hash) != MIEN_OK ||
        !pays_key(script, key, bytes[0] >= 31))
        return MIEN_AUTHENTICATION;
    return MIEN_OK;
}

/* A scriptSig of plain pushes, or a witness stack, as items. */
typedef struct stack {
    size_t count;
    mien_view item[STACK_MAX];
} stack;

static mien_status read_pushes(stack *out, mien_view script) {
    mien_reader reader = mien_reader_of(script.data, script.length);
    memset(out, 0, sizeof *out);
    while (reader.left != 0) {
        uint8_t code, wide = 0;
        uint16_t length;
        MIEN_TRY(mien_read_u8(&reader, &code));
        length = code;
        if (code == 0x4c) {
            MIEN_TRY(mien_read_u8(&reader, &wide));
            length = wide;
        } else if (code == 0x4d) {
            MIEN_TRY(mien_read_le16(&reader, &length));
        } else if (code > 0x4d) {
            return MIEN_FORMAT;
        }
        if (out->count == STACK_MAX) return MIEN_TOO_LARGE;
        mien_view *item = &out->item[out->count++];
        MIEN_TRY(mien_read_view(&reader, &item->data, length));
        item->length = length;
    }
    return MIEN_OK;
}

static mien_status read_witness(stack *out, mien_view witness) {
    mien_reader reader = mien_reader_of(witness.data, witness.length);
    uint64_t count = 0;
    memset(out, 0, sizeof *out);
    if (witness.length == 0) return MIEN_OK;
    MIEN_TRY(mien_compact_read(&reader, &count));
    if (count > STACK_MAX) return MIEN_TOO_LARGE;
    out->count = (size_t)count;
    for (size_t i = 0; i < out->count; i++)
        MIEN_TRY(mien_compact_read_view(&reader, &out->item[i]));
    return mien_read_end(&reader);
}

/* What taking a signature apart needs. */
typedef struct opening {
    mien_psbt *psbt;
    mien_bitcoin_output spent;
    stack pushes, witness;
} opening;

static mien_status put(const opening *o, uint8_t type, mien_view data, mien_view value) {
    return mien_psbt_set(o->psbt, &o->psbt->inputs[0], type, data, value);
}

/* BIP-322 wants SIGHASH_ALL of every ECDSA signature. */
static bool signs_all(uint8_t signature[MIEN_SIGNATURE_SIZE], mien_view value) {
    return value.length >= 2 && value.data[value.length - 1] == MIEN_SIGHASH_ALL &&
           mien_ecdsa_from_der(signature, value.data, value.length - 1) == MIEN_OK;
}

/* Signature and key; what is no signature or no key is simply not put in, and nothing is finished.
 */
static mien_status put_pair(const opening *o, const stack *s) {
    uint8_t signature[MIEN_SIGNATURE_SIZE];
    if (s->count != 2 || s->item[1].length != MIEN_PUBLIC_KEY_SIZE ||
        !signs_all(signature, s->item[0]))
        return MIEN_AUTHENTICATION;
    return put(o, MIEN_PSBT_IN_PARTIAL_SIG, s->item[1], s->item[0]);
}

/* Signatures of a multisig come in the order of its keys: each goes to the next key it is valid
 * for. */
static mien_status put_multisig(const opening *o, const stack *s) {
    mien_sighash_cache cache;
    mien_lock lock;
    int key = 0;
    MIEN_TRY(mien_lock_of_input(&lock, o->psbt, 0, &o->spent, NULL));
    if (!lock.has_multisig) return MIEN_UNSUPPORTED;
    mien_sighash_cache_init(&cache, &o->psbt->transaction, &o->spent);
    for (size_t i = 1; i + 1 < s->count; i++) {
        uint8_t signature[MIEN_SIGNATURE_SIZE], hash[32];
        mien_view value = s->item[i];
        if (!signs_all(signature, value)) return MIEN_AUTHENTICATION;
        MIEN_TRY(mien_lock_sighash(hash, &lock, &cache, 0, 0, MIEN_SIGHASH_ALL));
        while (key < lock.multisig.count &&
               !mien_ecdsa_verify(signature, hash, lock.multisig.key[key], MIEN_PUBLIC_KEY_SIZE))
            key++;
        if (key == lock.multisig.count) return MIEN_AUTHENTICATION;
        MIEN_TRY(put(o, MIEN_PSBT_IN_PARTIAL_SIG,
                     mien_view_of(lock.multisig.key[key++], MIEN_PUBLIC_KEY_SIZE), value));
    }
    return MIEN_OK;
}

static mien_status open_witness_script(const opening *o) {
    if (o->witness.count < 2) return MIEN_AUTHENTICATION;
    MIEN_TRY(put(o, MIEN_PSBT_IN_WITNESS_SCRIPT, mien_view_of(NULL, 0),
                 o->witness.item[o->witness.count - 1]));
    return put_multisig(o, &o->witness);
}

static mien_status open_p2sh(const opening *o) {
    mien_view nothing = {NULL, 0};
    if (o->pushes.count < 1) return MIEN_AUTHENTICATION;
    mien_view redeem = o->pushes.item[o->pushes.count - 1];
    MIEN_TRY(put(o, MIEN_PSBT_IN_REDEEM_SCRIPT, nothing, redeem));
    switch (mien_script_classify(redeem, NULL)) {
    case MIEN_SCRIPT_P2WPKH:
        return put_pair(o, &o->witness);
    case MIEN_SCRIPT_P2WSH:
        return open_witness_script(o);
    default:
        return put_multisig(o, &o->pushes);
    }
}

static mien_status open_signature(const opening *o) {
    mien_view nothing = {NULL, 0};
    switch (mien_script_classify(o->spent.script, NULL)) {
    case MIEN_SCRIPT_P2PKH:
        return put_pair(o, &o->pushes);
    case MIEN_SCRIPT_P2WPKH:
        return put_pair(o, &o->witness);
    case MIEN_SCRIPT_P2TR:
        if (o->witness.count != 1) return MIEN_UNSUPPORTED; /* a script path */
        if (o->witness.item[0].length != 64 &&
            (o->witness.item[0].length != 65 || o->witness.item[0].data[64] != MIEN_SIGHASH_ALL))
            return MIEN_AUTHENTICATION;
        return put(o, MIEN_PSBT_IN_TAP_KEY_SIG, nothing, o->witness.item[0]);
    case MIEN_SCRIPT_P2WSH:
        return open_witness_script(o);
    case MIEN_SCRIPT_P2SH:
        return open_p2sh(o);
    default:
        return MIEN_UNSUPPORTED;
    }
}

static mien_view final_value(const mien_psbt *psbt, uint64_t type) {
    const mien_psbt_entry *entry = mien_psbt_find(&psbt->inputs[0], type);
    return entry != NULL ? entry->value : mien_view_of(NULL, 0);
}

/* The transaction's one input must open the output it spends. */
static mien_status verify_input(const mien_bitcoin_transaction *signed_transaction,
                                const to_spend *t) {
    mien_bitcoin_transaction bare = *signed_transaction;
    mien_bitcoin_input input = signed_transaction->inputs[0];
    mien_psbt psbt;
    opening o = {.psbt = &psbt, .spent = t->output};
    size_t finished = 0;
    MIEN_TRY(read_pushes(&o.pushes, input.script));
    MIEN_TRY(read_witness(&o.witness, input.witness));
    input.script = input.witness = mien_view_of(NULL, 0);
    bare.inputs = &input;
    mien_status status = open_psbt(&psbt, &bare, t);
    if (status == MIEN_OK) status = open_signature(&o);
    if (status == MIEN_OK) status = mien_psbt_finalize(&psbt, &finished, NULL);
    if (status == MIEN_OK && (finished != 1 ||
                              !mien_view_equal(final_value(&psbt, MIEN_PSBT_IN_FINAL_SCRIPTSIG),
                                               signed_transaction->inputs[0].script) ||
                              !mien_view_equal(final_value(&psbt, MIEN_PSBT_IN_FINAL_SCRIPTWITNESS),
                                               signed_transaction->inputs[0].witness)))
        status = MIEN_AUTHENTICATION;
    mien_psbt_destroy(&psbt);
    return status;
}

static mien_status verify_simple(mien_view witness, const to_spend *t) {
    mien_bitcoin_transaction to_sign;
    mien_bitcoin_input input;
    mien_bitcoin_output output;
    mien_bitcoin_script_type type = mien_script_classify(t->output.script, NULL);
    if (type != MIEN_SCRIPT_P2WPKH && type != MIEN_SCRIPT_P2WSH && type != MIEN_SCRIPT_P2TR)
        return MIEN_AUTHENTICATION;
    make_to_sign(&to_sign, &input, &output, t);
    input.witness = witness;
    return verify_input(&to_sign, t);
}

static mien_status verify_full(mien_message_times *times, mien_arena *arena, mien_view bytes,
                               const to_spend *t) {
    mien_bitcoin_transaction to_sign;
    uint8_t txid[MIEN_TXID_SIZE];
    if (mien_bitcoin_transaction_parse(&to_sign, arena, bytes) != MIEN_OK) return MIEN_FORMAT;
    mien_bitcoin_txid(txid, &t->transaction);
    if (to_sign.input_count != 1) return MIEN_UNSUPPORTED;
    if ((to_sign.version != 0 && to_sign.version != 2) || to_sign.output_count != 1 ||
        to_sign.outputs[0].amount != 0 || to_sign.outputs[0].script.length != 1 ||
        to_sign.outputs[0].script.data[0] != OP_RETURN || to_sign.inputs[0].index != 0 ||
        memcmp(to_sign.inputs[0].txid, txid, sizeof txid) != 0)
        return MIEN_AUTHENTICATION;
    times->lock_time = to_sign.lock_time;
    times->sequence = to_sign.inputs[0].sequence;
    return verify_input(&to_sign, t);
}

static mien_status verify_decoded(mien_message_times *times, mien_arena *arena, const char *prefix,
                                  mien_view bytes, mien_view script, mien_view message) {
    to_spend t;
    make_to_spend(&t, message, script);
    if (strcmp(prefix, "smp") == 0) return verify_simple(bytes, &t);
    if (strcmp(prefix, "ful") == 0) return verify_full(times, arena, bytes, &t);
    if (bytes.length == LEGACY_SIZE && verify_legacy(bytes.data, script, message) == MIEN_OK)
        return MIEN_OK;
    if (verify_simple(bytes, &t) == MIEN_OK) return MIEN_OK;
    mien_status status = verify_full(times, arena, bytes, &t);
    return status == MIEN_FORMAT ? MIEN_AUTHENTICATION : status;
}

static mien_status verify_text(mien_message_times *times, mien_arena *arena, const char *signature,
                               mien_view script, mien_view message) {
    char prefix[4] = "";
    size_t length = strlen(signature), capacity;
    uint8_t *bytes;
    if (length > SIGNATURE_MAX) return MIEN_TOO_LARGE;
    if (length >= 3 && strncmp(signature, "pof", 3) == 0 && length % 4 == 3)
        return MIEN_UNSUPPORTED;
    if (length % 4 == 3 &&
        (strncmp(signature, "smp", 3) == 0 || strncmp(signature, "ful", 3) == 0)) {
        memcpy(prefix, signature, 3);
        signature += 3;
        length -= 3;
    }
    capacity = length / 4 * 3 + 3;
    MIEN_TRY(mien_arena_take(arena, &bytes, capacity, 1));
    MIEN_TRY(mien_base64_decode(bytes, &length, capacity, signature, length));
    if (length == 0) return MIEN_FORMAT;
    return verify_decoded(times, arena, prefix, mien_view_of(bytes, length), script, message);
}

mien_status mien_message_verify(mien_message_times *times, mien_bitcoin_network network,
                                const char *address, const char *signature, mien_view message,
                                mien_error *error) {
    mien_message_times found = {0, 0};
    mien_script script;
    if (mien_script_of_address(&script, network, address, strlen(address)) != MIEN_OK)
        return mien_fail(error, MIEN_FORMAT, "this is no address of that network");
    mien_arena arena = mien_arena_of((size_t)4 << 20);
    mien_status status = verify_text(&found, &arena, signature, mien_script_view(&script), message);
    mien_arena_clear(&arena);
    if (status == MIEN_AUTHENTICATION)
        return mien_fail(error, status, "the signature is not valid for this address and message");
    if (status == MIEN_UNSUPPORTED)
        return mien_fail(error, status, "signatures of this kind cannot be judged here");
    if (status != MIEN_OK) return mien_fail(error, status, "this is no signature of a message");
    *times = found;
    return MIEN_OK;
}

mien_status mien_message_digest(uint8_t out[32], mien_bitcoin_network network, const char *address,
                                mien_view message) {
    mien_script script;
    mien_sha256_state state;
    MIEN_TRY(mien_script_of_address(&script, network, address, strlen(address)));
    mien_sha256_init_tagged(&state, "mien/bitcoin-message/v1");
    mien_sha256_update(&state, mien_bitcoin_parameters(network)->magic, 4);
    hash_view(&state, mien_script_view(&script));
    mien_sha256_update(&state, message.data, message.length);
    mien_sha256_final(&state, out);
    return MIEN_OK;
}
