/* SPDX-License-Identifier: MIT */
/* Payments from a shared wallet, wsh(sortedmulti(...)), made to measure. */
#ifndef MIEN_TESTS_WALLET_COSIGN_SHARED_PAYMENT_H
#define MIEN_TESTS_WALLET_COSIGN_SHARED_PAYMENT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wallet/bip32/bip32.h"
#include "wallet/bitcoin/descriptor.h"
#include "wallet/bitcoin/psbt.h"
#include "wallet/encoding/hex.h"

#define PERSON_DO(expression)                                                                      \
    do {                                                                                           \
        mien_status person_status_ = (expression);                                                 \
        if (person_status_ != MIEN_OK) {                                                           \
            printf("%s:%d: %s\n", __FILE__, __LINE__, mien_status_name(person_status_));           \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* "[fingerprint/48'/1'/0'/2']tpub..." of a root. */
static inline void key_expression(char out[256], const mien_curve *curve,
                                  const mien_hd_private *root) {
    mien_hd_path path = {
        4, {MIEN_HARDENED | 48, MIEN_HARDENED | 1, MIEN_HARDENED | 0, MIEN_HARDENED | 2}};
    mien_hd_private key;
    mien_hd_public public, top;
    uint8_t fingerprint[4];
    char text[MIEN_HD_TEXT], hex[9];
    PERSON_DO(mien_hd_private_derive(curve, &key, root, &path));
    PERSON_DO(mien_hd_neuter(curve, &public, &key));
    PERSON_DO(mien_hd_neuter(curve, &top, root));
    mien_hd_fingerprint(fingerprint, top.key);
    mien_hex_encode(hex, fingerprint, 4);
    PERSON_DO(mien_hd_public_text(text, &public, MIEN_HD_TPUB));
    snprintf(out, 256, "[%s/48'/1'/0'/2']%s", hex, text);
}

/* Key origins of all keys of the descriptor at chain/index. */
static inline void put_origins(mien_psbt *psbt, mien_psbt_map *map, uint8_t type,
                               const mien_descriptor *d, uint32_t chain, uint32_t index) {
    for (int i = 0; i < d->key_count; i++) {
        const mien_descriptor_key *k = &d->keys[i];
        const uint32_t steps[2] = {chain, index};
        mien_hd_public key;
        uint8_t value[4 + 4 * 8];
        mien_writer w = mien_writer_of(value, sizeof value);
        PERSON_DO(mien_hd_public_derive(&key, &k->extended, steps, 2));
        PERSON_DO(mien_write_bytes(&w, k->fingerprint, 4));
        for (int j = 0; j < k->origin.depth; j++)
            PERSON_DO(mien_write_le32(&w, k->origin.index[j]));
        PERSON_DO(mien_write_le32(&w, chain));
        PERSON_DO(mien_write_le32(&w, index));
        PERSON_DO(
            mien_psbt_set(psbt, map, type, mien_view_of(key.key, 33), mien_view_of(value, w.used)));
    }
}

typedef struct shared_payment {
    uint64_t amount;               /* of the coin that is spent */
    uint64_t pays;                 /* to somebody else */
    uint64_t fee;                  /* the rest comes back as change */
    uint32_t index;                /* of the coin's address */
    size_t inputs;                 /* 0: one; more have no previous transaction either */
    const mien_descriptor *change; /* NULL: the wallet's own */
} shared_payment;

/* Base64 of a version 0 PSBT, malloc'ed. */
static inline char *shared_psbt(const mien_descriptor *d, const shared_payment *payment) {
    static const uint8_t other[20] = {0x6d, 0x69, 0x65, 0x6e};
    const mien_descriptor *back = payment->change != NULL ? payment->change : d;
    size_t inputs = payment->inputs != 0 ? payment->inputs : 1;
    mien_script coin, witness, change, change_witness, pays = {.length = 22};
    mien_psbt psbt;
    char *text;
    pays.bytes[1] = 20;
    memcpy(pays.bytes + 2, other, 20);
    PERSON_DO(mien_descriptor_script(&coin, &witness, d, 0, payment->index));
    PERSON_DO(mien_descriptor_script(&change, &change_witness, back, 1, 3));
    mien_bitcoin_input spends[8];
    memset(spends, 0, sizeof spends);
    for (size_t i = 0; i < inputs; i++) {
        memset(spends[i].txid, (int)(0x77 + i), sizeof spends[i].txid);
        spends[i].sequence = 0xffffffff;
    }
    mien_bitcoin_output outputs[2] = {
        {.amount = payment->pays, .script = mien_script_view(&pays)},
        {.amount = inputs * payment->amount - payment->pays - payment->fee,
         .script = mien_script_view(&change)}};
    mien_bitcoin_transaction transaction = {.version = 2,
                                            .inputs = spends,
                                            .input_count = inputs,
                                            .outputs = outputs,
                                            .output_count = 2};
    PERSON_DO(mien_psbt_create(&psbt, &transaction));
    uint8_t utxo[8 + 1 + 34];
    mien_store_le64(utxo, payment->amount);
    utxo[8] = 34;
    memcpy(utxo + 9, coin.bytes, 34);
    for (size_t i = 0; i < inputs; i++) {
        mien_psbt_map *map = &psbt.inputs[i];
        PERSON_DO(mien_psbt_set(&psbt, map, MIEN_PSBT_IN_WITNESS_UTXO, mien_view_of(NULL, 0),
                                mien_view_of(utxo, sizeof utxo)));
        PERSON_DO(mien_psbt_set(&psbt, map, MIEN_PSBT_IN_WITNESS_SCRIPT, mien_view_of(NULL, 0),
                                mien_script_view(&witness)));
        put_origins(&psbt, map, MIEN_PSBT_IN_BIP32_DERIVATION, d, 0, payment->index);
    }
    PERSON_DO(mien_psbt_set(&psbt, &psbt.outputs[1], MIEN_PSBT_OUT_WITNESS_SCRIPT,
                            mien_view_of(NULL, 0), mien_script_view(&change_witness)));
    put_origins(&psbt, &psbt.outputs[1], MIEN_PSBT_OUT_BIP32_DERIVATION, d, 1, 3);
    PERSON_DO(mien_psbt_base64(&text, &psbt));
    text = strdup(text);
    mien_psbt_destroy(&psbt);
    return text;
}

#endif
