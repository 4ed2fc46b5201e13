/* SPDX-License-Identifier: MIT */
#include "wallet/cli/demo/payments.h"

#include <stdio.h>
#include <string.h>

#include "wallet/bitcoin/psbt.h"
#include "wallet/bitcoin/script.h"

#define COINS 1250000u
#define FEE 1410u
#define TRANSACTION_MAX 512

typedef struct payment {
    mien_script ours, change, stranger;
    uint8_t our_key[MIEN_PUBLIC_KEY_SIZE], change_key[MIEN_PUBLIC_KEY_SIZE];
    uint8_t previous[TRANSACTION_MAX], unsigned_bytes[TRANSACTION_MAX];
    size_t previous_length, unsigned_length;
    mien_bitcoin_output spent;
} payment;

static mien_status make_scripts(payment *p, const mien_bitcoin_account *account) {
    static const uint8_t stranger[20] = {0x6d, 0x69, 0x65, 0x6e, 1,  2,  3,  4,  5,  6,
                                         7,    8,    9,    10,   11, 12, 13, 14, 15, 16};
    MIEN_TRY(mien_bitcoin_account_key(p->our_key, account, 0, 0));
    MIEN_TRY(mien_bitcoin_account_key(p->change_key, account, 1, 0));
    MIEN_TRY(mien_script_of_key(&p->ours, MIEN_SCRIPT_P2WPKH, p->our_key));
    MIEN_TRY(mien_script_of_key(&p->change, MIEN_SCRIPT_P2WPKH, p->change_key));
    mien_script_witness(&p->stranger, 0, stranger, sizeof stranger);
    return MIEN_OK;
}

/* Where the coins come from: a transaction of nobody that pays our first address. */
static mien_status make_previous(payment *p, uint8_t txid[MIEN_TXID_SIZE]) {
    mien_bitcoin_input input = {.sequence = MIEN_SEQUENCE_FINAL};
    memset(input.txid, 0x42, sizeof input.txid);
    p->spent = (mien_bitcoin_output){COINS, mien_script_view(&p->ours)};
    mien_bitcoin_transaction transaction = {
        .version = 2, .input_count = 1, .output_count = 1, .inputs = &input, .outputs = &p->spent};
    mien_writer writer = mien_writer_of(p->previous, sizeof p->previous);
    MIEN_TRY(mien_bitcoin_transaction_write(&writer, &transaction, true));
    p->previous_length = writer.used;
    mien_bitcoin_txid(txid, &transaction);
    return MIEN_OK;
}

static mien_status make_unsigned(payment *p, uint64_t satoshis) {
    mien_bitcoin_input input = {.sequence = MIEN_SEQUENCE_FINAL};
    MIEN_TRY(make_previous(p, input.txid));
    mien_bitcoin_output outputs[2] = {{satoshis, mien_script_view(&p->stranger)},
                                      {COINS - FEE - satoshis, mien_script_view(&p->change)}};
    mien_bitcoin_transaction transaction = {
        .version = 2, .input_count = 1, .output_count = 2, .inputs = &input, .outputs = outputs};
    mien_writer writer = mien_writer_of(p->unsigned_bytes, sizeof p->unsigned_bytes);
    MIEN_TRY(mien_bitcoin_transaction_write(&writer, &transaction, false));
    p->unsigned_length = writer.used;
    return MIEN_OK;
}

/* <key length> <type> <key data> <value length> <value> */
static mien_status write_entry(mien_writer *writer, uint8_t type, mien_view data, mien_view value) {
    MIEN_TRY(mien_compact_write(writer, 1 + data.length));
    MIEN_TRY(mien_write_u8(writer, type));
    MIEN_TRY(mien_write_bytes(writer, data.data, data.length));
    return mien_compact_write_view(writer, value);
}

/* Fingerprint and path of chain/0 of the account, as BIP-174 stores them. */
static mien_status write_derivation(mien_writer *writer, uint8_t type, const uint8_t *key,
                                    const mien_bitcoin_account *account, uint32_t chain) {
    uint8_t bytes[4 + 4 * MIEN_HD_PATH_MAX];
    mien_hd_path path;
    mien_bitcoin_account_path(&path, account->network, account->type, account->number);
    MIEN_TRY(mien_hd_path_push(&path, chain));
    MIEN_TRY(mien_hd_path_push(&path, 0));
    memcpy(bytes, account->fingerprint, 4);
    for (size_t i = 0; i < path.depth; i++) mien_store_le32(bytes + 4 + 4 * i, path.index[i]);
    return write_entry(writer, type, mien_view_of(key, MIEN_PUBLIC_KEY_SIZE),
                       mien_view_of(bytes, 4 + 4 * (size_t)path.depth));
}

static mien_status write_witness_output(mien_writer *writer, const mien_bitcoin_output *output) {
    uint8_t bytes[64];
    mien_writer value = mien_writer_of(bytes, sizeof bytes);
    MIEN_TRY(mien_write_le64(&value, output->amount));
    MIEN_TRY(mien_compact_write_view(&value, output->script));
    return write_entry(writer, MIEN_PSBT_IN_WITNESS_UTXO, mien_view_of(NULL, 0),
                       mien_view_of(bytes, value.used));
}

static mien_status write_psbt(mien_writer *writer, const payment *p,
                              const mien_bitcoin_account *account) {
    const mien_view none = mien_view_of(NULL, 0);
    MIEN_TRY(mien_write_bytes(writer, "psbt\xff", 5));
    MIEN_TRY(write_entry(writer, MIEN_PSBT_GLOBAL_UNSIGNED_TX, none,
                         mien_view_of(p->unsigned_bytes, p->unsigned_length)));
    MIEN_TRY(mien_write_u8(writer, 0));
    MIEN_TRY(write_entry(writer, MIEN_PSBT_IN_NON_WITNESS_UTXO, none,
                         mien_view_of(p->previous, p->previous_length)));
    MIEN_TRY(write_witness_output(writer, &p->spent));
    MIEN_TRY(write_derivation(writer, MIEN_PSBT_IN_BIP32_DERIVATION, p->our_key, account, 0));
    MIEN_TRY(mien_write_u8(writer, 0));
    MIEN_TRY(mien_write_u8(writer, 0)); /* the stranger's output: nothing to say */
    MIEN_TRY(write_derivation(writer, MIEN_PSBT_OUT_BIP32_DERIVATION, p->change_key, account, 1));
    return mien_write_u8(writer, 0);
}

mien_status mien_demo_psbt(uint8_t bytes[MIEN_DEMO_PSBT_MAX], size_t *length,
                           const mien_bitcoin_account *account, uint64_t satoshis) {
    payment p = {0};
    if (satoshis == 0 || satoshis > COINS - FEE - 1000) return MIEN_ARGUMENT;
    MIEN_TRY(make_scripts(&p, account));
    MIEN_TRY(make_unsigned(&p, satoshis));
    mien_writer writer = mien_writer_of(bytes, MIEN_DEMO_PSBT_MAX);
    MIEN_TRY(write_psbt(&writer, &p, account));
    *length = writer.used;
    return MIEN_OK;
}

void mien_demo_ethereum(char text[MIEN_DEMO_JSON_MAX],
                        const uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE], uint64_t gwei) {
    char sender[MIEN_ETHEREUM_ADDRESS_TEXT];
    mien_ethereum_address_text(sender, from);
    snprintf(text, MIEN_DEMO_JSON_MAX,
             "{\"type\":2,\"chainId\":11155111,\"nonce\":0,\"from\":\"%s\","
             "\"to\":\"0x6d69656e0102030405060708090a0b0c0d0e0f10\",\"value\":\"%llu000000000\","
             "\"gas\":21000,\"maxFeePerGas\":\"30000000000\",\"maxPriorityFeePerGas\":"
             "\"1000000000\"}",
             sender, (unsigned long long)gwei);
}
