/* SPDX-License-Identifier: MIT */
/* PSBTs made to measure, honest and otherwise. Coins come from made-up previous transactions. */
#ifndef MIEN_TESTS_WALLET_PSBT_BUILDER_H
#define MIEN_TESTS_WALLET_PSBT_BUILDER_H

#include "tests/harness.h"
#include "wallet/bip39/bip39.h"
#include "wallet/bitcoin/psbt_input.h"
#include "wallet/bitcoin/review.h"
#include "wallet/hash/hash.h"

#define BUILDER_SIZE ((size_t)4 << 20)

/* How one input or output is to look. Zeroed means: honest p2pkh at m/44'/0'/0'/0/0. */
typedef struct builder_coin {
    mien_bitcoin_script_type type;
    uint64_t amount;
    uint32_t account, chain, index;
    bool foreign;              /* a key of another wallet */
    bool no_origin;            /* leave the key origin out */
    bool no_previous;          /* leave the previous transaction out */
    bool no_witness_utxo;      /* leave the witness UTXO out */
    uint64_t claimed;          /* amount in the witness UTXO, when it lies */
    bool other_previous;       /* a previous transaction that is not the one spent */
    const uint8_t *pays;       /* output: pay this key, claim ours */
    bool other_path;           /* origin names an index one higher than the key's */
    uint32_t sighash;          /* 0: no field */
    uint32_t sequence;         /* 0: final */
    const mien_script *script; /* output: this script instead */
    uint32_t purpose;          /* instead of the type's own */
} builder_coin;

typedef struct builder {
    const mien_curve *curve;
    const mien_hd_private *root, *stranger;
    uint32_t version; /* of the PSBT: 0 or 2 */
    mien_bitcoin_network network;
    uint32_t lock_time;
    const builder_coin *inputs, *outputs;
    size_t input_count, output_count;
    bool repeat_input; /* the last input spends what the first does */
    uint8_t *bytes;    /* the PSBT */
    size_t length;
} builder;

#define BUILDER_DO(expression)                                                                     \
    do {                                                                                           \
        if ((expression) != MIEN_OK) {                                                             \
            printf("%s:%d: builder failed\n", __FILE__, __LINE__);                                 \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static inline void builder_path(mien_hd_path *path, const builder *b, const builder_coin *coin) {
    mien_bitcoin_account_path(path, b->network, coin->type, coin->account);
    if (coin->purpose != 0) path->index[0] = MIEN_HARDENED | coin->purpose;
    BUILDER_DO(mien_hd_path_push(path, coin->chain));
    BUILDER_DO(mien_hd_path_push(path, coin->index));
}

static inline void builder_key(uint8_t key[33], const builder *b, const builder_coin *coin) {
    mien_hd_private node;
    mien_hd_public public;
    mien_hd_path path;
    builder_path(&path, b, coin);
    BUILDER_DO(
        mien_hd_private_derive(b->curve, &node, coin->foreign ? b->stranger : b->root, &path));
    BUILDER_DO(mien_hd_neuter(b->curve, &public, &node));
    memcpy(key, public.key, 33);
}

static inline void builder_script(mien_script *script, const builder *b, const builder_coin *coin) {
    uint8_t key[33];
    if (coin->script != NULL) {
        *script = *coin->script;
        return;
    }
    builder_key(key, b, coin);
    BUILDER_DO(mien_script_of_key(script, coin->type, coin->pays != NULL ? coin->pays : key));
}

/* The transaction that made the coin of input i; its number keeps them different. */
static inline void builder_previous(mien_writer *w, const builder *b, size_t i, bool other) {
    const builder_coin *coin = &b->inputs[i];
    uint8_t txid[32] = {0};
    mien_script script;
    size_t number = b->repeat_input && i + 1 == b->input_count ? 0 : i;
    mien_store_le32(txid, (uint32_t)number + 1 + (other ? 1000000 : 0));
    builder_script(&script, b, coin);
    BUILDER_DO(mien_write_le32(w, 2));
    BUILDER_DO(mien_compact_write(w, 1));
    BUILDER_DO(mien_write_bytes(w, txid, 32));
    BUILDER_DO(mien_write_le32(w, 0));
    BUILDER_DO(mien_compact_write(w, 0));
    BUILDER_DO(mien_write_le32(w, 0xffffffff));
    BUILDER_DO(mien_compact_write(w, 2));
    BUILDER_DO(mien_write_le64(w, 12345));
    BUILDER_DO(mien_compact_write_view(w, mien_script_view(&script)));
    BUILDER_DO(mien_write_le64(w, coin->amount));
    BUILDER_DO(mien_compact_write_view(w, mien_script_view(&script)));
    BUILDER_DO(mien_write_le32(w, 0));
}

static inline void builder_txid(uint8_t txid[32], const builder *b, size_t i) {
    uint8_t bytes[1024];
    mien_writer w = mien_writer_of(bytes, sizeof bytes);
    builder_previous(&w, b, i, false);
    mien_sha256_double(txid, bytes, w.used);
}

static inline uint32_t builder_sequence(const builder_coin *coin) {
    return coin->sequence != 0 ? coin->sequence : 0xffffffff;
}

static inline void builder_unsigned(mien_writer *w, const builder *b) {
    BUILDER_DO(mien_write_le32(w, 2));
    BUILDER_DO(mien_compact_write(w, b->input_count));
    for (size_t i = 0; i < b->input_count; i++) {
        uint8_t txid[32];
        builder_txid(txid, b, i);
        BUILDER_DO(mien_write_bytes(w, txid, 32));
        BUILDER_DO(mien_write_le32(w, 1));
        BUILDER_DO(mien_compact_write(w, 0));
        BUILDER_DO(mien_write_le32(w, builder_sequence(&b->inputs[i])));
    }
    BUILDER_DO(mien_compact_write(w, b->output_count));
    for (size_t i = 0; i < b->output_count; i++) {
        mien_script script;
        builder_script(&script, b, &b->outputs[i]);
        BUILDER_DO(mien_write_le64(w, b->outputs[i].amount));
        BUILDER_DO(mien_compact_write_view(w, mien_script_view(&script)));
    }
    BUILDER_DO(mien_write_le32(w, b->lock_time));
}

static inline void builder_field(mien_writer *w, uint8_t type, const void *data, size_t data_length,
                                 const void *value, size_t length) {
    BUILDER_DO(mien_compact_write(w, 1 + data_length));
    BUILDER_DO(mien_write_u8(w, type));
    BUILDER_DO(mien_write_bytes(w, data, data_length));
    BUILDER_DO(mien_compact_write_view(w, mien_view_of(value, length)));
}

static inline void builder_u32(mien_writer *w, uint8_t type, uint32_t value) {
    uint8_t bytes[4];
    mien_store_le32(bytes, value);
    builder_field(w, type, NULL, 0, bytes, 4);
}

/* Fingerprint and path; for taproot with no leaves in front. */
static inline void builder_origin(mien_writer *w, const builder *b, const builder_coin *coin,
                                  bool output) {
    uint8_t key[33], value[64], root_key[33];
    mien_writer v = mien_writer_of(value, sizeof value);
    mien_hd_path path;
    bool taproot = coin->type == MIEN_SCRIPT_P2TR;
    if (coin->no_origin) return;
    builder_key(key, b, coin);
    builder_path(&path, b, coin);
    if (coin->other_path) path.index[4]++;
    if (taproot) BUILDER_DO(mien_write_u8(&v, 0));
    BUILDER_DO(
        mien_curve_public_key(b->curve, root_key, (coin->foreign ? b->stranger : b->root)->key));
    mien_hd_fingerprint(value + v.used, root_key);
    v.used += 4;
    for (int i = 0; i < path.depth; i++) BUILDER_DO(mien_write_le32(&v, path.index[i]));
    uint8_t type = taproot ? (output ? 0x07 : 0x16) : (output ? 0x02 : 0x06);
    builder_field(w, type, taproot ? key + 1 : key, taproot ? 32 : 33, value, v.used);
}

static inline void builder_input(mien_writer *w, const builder *b, size_t i) {
    static uint8_t scratch[1024];
    const builder_coin *coin = &b->inputs[i];
    mien_writer s = mien_writer_of(scratch, sizeof scratch);
    mien_script script;
    builder_script(&script, b, coin);
    if (!coin->no_previous) {
        builder_previous(&s, b, i, coin->other_previous);
        builder_field(w, MIEN_PSBT_IN_NON_WITNESS_UTXO, NULL, 0, scratch, s.used);
    }
    if (!coin->no_witness_utxo && coin->type != MIEN_SCRIPT_P2PKH) {
        s.used = 0;
        BUILDER_DO(mien_write_le64(&s, coin->claimed != 0 ? coin->claimed : coin->amount));
        BUILDER_DO(mien_compact_write_view(&s, mien_script_view(&script)));
        builder_field(w, MIEN_PSBT_IN_WITNESS_UTXO, NULL, 0, scratch, s.used);
    }
    if (coin->sighash != 0) builder_u32(w, MIEN_PSBT_IN_SIGHASH_TYPE, coin->sighash);
    if (coin->type == MIEN_SCRIPT_P2SH_P2WPKH) {
        mien_script redeem;
        uint8_t key[33];
        builder_key(key, b, coin);
        BUILDER_DO(mien_script_of_key(&redeem, MIEN_SCRIPT_P2WPKH, key));
        builder_field(w, MIEN_PSBT_IN_REDEEM_SCRIPT, NULL, 0, redeem.bytes, redeem.length);
    }
    builder_origin(w, b, coin, false);
    if (b->version == 2) {
        uint8_t txid[32];
        builder_txid(txid, b, i);
        builder_field(w, MIEN_PSBT_IN_PREVIOUS_TXID, NULL, 0, txid, 32);
        builder_u32(w, MIEN_PSBT_IN_OUTPUT_INDEX, 1);
        if (coin->sequence != 0) builder_u32(w, MIEN_PSBT_IN_SEQUENCE, coin->sequence);
    }
    builder_field(w, 0xfc, "\x04mien\x00kept", 10, "as it came", 10); /* proprietary */
    BUILDER_DO(mien_write_u8(w, 0));
}

static inline void builder_output(mien_writer *w, const builder *b, size_t i) {
    const builder_coin *coin = &b->outputs[i];
    uint8_t amount[8];
    mien_script script;
    if (coin->script == NULL && (!coin->foreign || coin->pays != NULL))
        builder_origin(w, b, coin, true);
    if (b->version == 2) {
        builder_script(&script, b, coin);
        mien_store_le64(amount, coin->amount);
        builder_field(w, MIEN_PSBT_OUT_AMOUNT, NULL, 0, amount, 8);
        builder_field(w, MIEN_PSBT_OUT_SCRIPT, NULL, 0, script.bytes, script.length);
    }
    BUILDER_DO(mien_write_u8(w, 0));
}

static inline void builder_global(mien_writer *w, const builder *b) {
    if (b->version == 0) {
        uint8_t *bytes = malloc(BUILDER_SIZE);
        mien_writer t = mien_writer_of(bytes, BUILDER_SIZE);
        builder_unsigned(&t, b);
        builder_field(w, MIEN_PSBT_GLOBAL_UNSIGNED_TX, NULL, 0, bytes, t.used);
        free(bytes);
    } else {
        uint8_t counts[2] = {(uint8_t)b->input_count, (uint8_t)b->output_count}, flags = 3;
        uint8_t wide[3] = {0xfd, (uint8_t)b->input_count, (uint8_t)(b->input_count >> 8)};
        builder_u32(w, MIEN_PSBT_GLOBAL_TX_VERSION, 2);
        builder_u32(w, MIEN_PSBT_GLOBAL_FALLBACK_LOCKTIME, b->lock_time);
        builder_field(w, MIEN_PSBT_GLOBAL_INPUT_COUNT, NULL, 0,
                      b->input_count < 0xfd ? counts : wide, b->input_count < 0xfd ? 1 : 3);
        builder_field(w, MIEN_PSBT_GLOBAL_OUTPUT_COUNT, NULL, 0, counts + 1, 1);
        builder_field(w, MIEN_PSBT_GLOBAL_TX_MODIFIABLE, NULL, 0, &flags, 1);
        builder_u32(w, MIEN_PSBT_GLOBAL_VERSION, 2);
    }
    builder_field(w, 0xf0, NULL, 0, "unknown", 7);
    BUILDER_DO(mien_write_u8(w, 0));
}

/* Fills b->bytes and b->length; the caller frees. */
static inline void builder_make(builder *b) {
    b->bytes = malloc(BUILDER_SIZE);
    mien_writer w = mien_writer_of(b->bytes, BUILDER_SIZE);
    BUILDER_DO(mien_write_bytes(&w, "psbt\xff", 5));
    builder_global(&w, b);
    for (size_t i = 0; i < b->input_count; i++) builder_input(&w, b, i);
    for (size_t i = 0; i < b->output_count; i++) builder_output(&w, b, i);
    b->length = w.used;
}

#endif
