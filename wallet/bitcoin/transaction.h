/* SPDX-License-Identifier: MIT */
/* Bitcoin transactions: strict reading, writing, identifiers. */
#ifndef MIEN_WALLET_BITCOIN_TRANSACTION_H
#define MIEN_WALLET_BITCOIN_TRANSACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/bytes.h"
#include "wallet/encoding/arena.h"
#include "wallet/encoding/view.h"

#define MIEN_SATOSHIS_MAX 2100000000000000u /* 21 million coins */
#define MIEN_TXID_SIZE 32
#define MIEN_SEQUENCE_FINAL 0xffffffffu
/* Consensus: 4 million weight units. */
#define MIEN_TRANSACTION_MAX 4000000u

typedef struct mien_bitcoin_input {
    uint8_t txid[MIEN_TXID_SIZE]; /* in the order of the wire; people read it backwards */
    uint32_t index;
    uint32_t sequence;
    mien_view script;  /* scriptSig */
    mien_view witness; /* the stack as on the wire (count, then items), empty for none */
} mien_bitcoin_input;

typedef struct mien_bitcoin_output {
    uint64_t amount; /* satoshis; whatever the bytes say, see mien_bitcoin_check_amounts */
    mien_view script;
} mien_bitcoin_output;

typedef struct mien_bitcoin_transaction {
    uint32_t version, lock_time;
    size_t input_count, output_count;
    mien_bitcoin_input *inputs;
    mien_bitcoin_output *outputs;
} mien_bitcoin_transaction;

/* Read one transaction from the front of the reader. The arrays come from the arena, scripts are
 * views into the bytes, which must outlive the transaction. Lengths must be in their shortest form.
 * With `witness` false the extended form (BIP-144) is not tried, so that a transaction without
 * inputs can be read (BIP-174's unsigned transaction). MIEN_TRUNCATED, MIEN_FORMAT or what the
 * arena says. */
MIEN_MUST_CHECK mien_status mien_bitcoin_transaction_read(mien_bitcoin_transaction *out,
                                                          mien_arena *arena, mien_reader *reader,
                                                          bool witness);
/* All bytes of a network transaction; also refuses no inputs and no outputs. */
MIEN_MUST_CHECK mien_status mien_bitcoin_transaction_parse(mien_bitcoin_transaction *out,
                                                           mien_arena *arena, mien_view bytes);
size_t mien_bitcoin_transaction_size(const mien_bitcoin_transaction *transaction, bool witness);
/* BIP-144 weight: 3 x size without witness + size with it. */
size_t mien_bitcoin_transaction_weight(const mien_bitcoin_transaction *transaction);
/* Extended form when `witness` and any input has one. MIEN_TOO_LARGE when it does not fit. */
MIEN_MUST_CHECK mien_status mien_bitcoin_transaction_write(
    mien_writer *writer, const mien_bitcoin_transaction *transaction, bool witness);
/* Double SHA-256 of the form without witness, in the order of the wire. */
void mien_bitcoin_txid(uint8_t out[MIEN_TXID_SIZE], const mien_bitcoin_transaction *transaction);
/* 64 hex digits in the order people read, and NUL. */
void mien_bitcoin_txid_text(char out[2 * MIEN_TXID_SIZE + 1], const uint8_t txid[MIEN_TXID_SIZE]);

/* Every output and their sum at most 21 million coins: MIEN_OVERFLOW otherwise. *sum is set. */
MIEN_MUST_CHECK mien_status mien_bitcoin_output_sum(uint64_t *sum,
                                                    const mien_bitcoin_transaction *transaction);
/* MIEN_FORMAT when two inputs spend the same output (CVE-2018-17144). Scratch from the arena. */
MIEN_MUST_CHECK mien_status
mien_bitcoin_check_duplicates(const mien_bitcoin_transaction *transaction, mien_arena *arena);

/* CompactSize: reading refuses longer than needed forms. */
MIEN_MUST_CHECK mien_status mien_compact_read(mien_reader *reader, uint64_t *value);
MIEN_MUST_CHECK mien_status mien_compact_write(mien_writer *writer, uint64_t value);
size_t mien_compact_size(uint64_t value);
/* A length and as many bytes, as a view. */
MIEN_MUST_CHECK mien_status mien_compact_read_view(mien_reader *reader, mien_view *out);
MIEN_MUST_CHECK mien_status mien_compact_write_view(mien_writer *writer, mien_view view);

#endif
