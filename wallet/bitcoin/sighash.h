/* SPDX-License-Identifier: MIT */
/* Signature hashes: legacy, BIP-143 (segwit 0) and BIP-341 (taproot). The hashes over all inputs
 * and outputs are computed once per transaction, so signing n inputs takes time linear in n. */
#ifndef MIEN_WALLET_BITCOIN_SIGHASH_H
#define MIEN_WALLET_BITCOIN_SIGHASH_H

#include "wallet/bitcoin/transaction.h"
#include "wallet/hash/hash.h"

#define MIEN_SIGHASH_DEFAULT 0u /* taproot only: like ALL, signature of 64 bytes */
#define MIEN_SIGHASH_ALL 1u
#define MIEN_SIGHASH_NONE 2u
#define MIEN_SIGHASH_SINGLE 3u
#define MIEN_SIGHASH_ANYONECANPAY 0x80u

/* What is hashed once. Single SHA-256 of each list; BIP-143 hashes them once more. */
typedef struct mien_sighash_cache {
    const mien_bitcoin_transaction *transaction;
    const mien_bitcoin_output *spent; /* previous outputs, one an input; NULL without taproot */
    uint8_t prevouts[32], sequences[32], outputs[32];
    uint8_t amounts[32], scripts[32]; /* of the spent outputs */
} mien_sighash_cache;

/* The transaction and `spent` must outlive the cache. */
void mien_sighash_cache_init(mien_sighash_cache *cache, const mien_bitcoin_transaction *transaction,
                             const mien_bitcoin_output *spent);

/* Any sighash type the old interpreter knows, including SINGLE's answer 1 for a missing output.
 * OP_CODESEPARATOR is taken out of the script code as consensus does. index < input count. */
void mien_sighash_legacy(uint8_t out[32], const mien_bitcoin_transaction *transaction, size_t index,
                         mien_view script_code, uint32_t type);
void mien_sighash_segwit0(uint8_t out[32], const mien_sighash_cache *cache, size_t index,
                          mien_view script_code, uint64_t amount, uint32_t type);
/* Key path without annex. MIEN_ARGUMENT for a type BIP-341 does not define, or SINGLE without its
 * output. The cache must have been made with the spent outputs. */
MIEN_MUST_CHECK mien_status mien_sighash_taproot(uint8_t out[32], const mien_sighash_cache *cache,
                                                 size_t index, uint8_t type);

#endif
