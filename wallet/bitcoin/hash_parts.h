/* SPDX-License-Identifier: MIT */
/* Pieces of transactions as they enter hashes; inside wallet/bitcoin only. */
#ifndef MIEN_WALLET_BITCOIN_HASH_PARTS_H
#define MIEN_WALLET_BITCOIN_HASH_PARTS_H

#include "wallet/bitcoin/transaction.h"
#include "wallet/hash/hash.h"

static inline void hash_le32(mien_sha256_state *state, uint32_t value) {
    uint8_t bytes[4];
    mien_store_le32(bytes, value);
    mien_sha256_update(state, bytes, sizeof bytes);
}

static inline void hash_le64(mien_sha256_state *state, uint64_t value) {
    uint8_t bytes[8];
    mien_store_le64(bytes, value);
    mien_sha256_update(state, bytes, sizeof bytes);
}

static inline void hash_compact(mien_sha256_state *state, uint64_t value) {
    uint8_t bytes[9];
    mien_writer writer = mien_writer_of(bytes, sizeof bytes);
    if (mien_compact_write(&writer, value) == MIEN_OK)
        mien_sha256_update(state, bytes, writer.used);
}

static inline void hash_view(mien_sha256_state *state, mien_view view) {
    hash_compact(state, view.length);
    mien_sha256_update(state, view.data, view.length);
}

static inline void hash_outpoint(mien_sha256_state *state, const mien_bitcoin_input *input) {
    mien_sha256_update(state, input->txid, sizeof input->txid);
    hash_le32(state, input->index);
}

static inline void hash_output(mien_sha256_state *state, const mien_bitcoin_output *output) {
    hash_le64(state, output->amount);
    hash_view(state, output->script);
}

#endif
