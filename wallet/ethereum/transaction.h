/* SPDX-License-Identifier: MIT */
/* Ethereum transactions: legacy (with EIP-155), access lists (2930), dynamic fees (1559) and code
 * delegation (7702). Read from RLP or JSON, checked, shown in words, signed. */
#ifndef MIEN_WALLET_ETHEREUM_TRANSACTION_H
#define MIEN_WALLET_ETHEREUM_TRANSACTION_H

#include "platform/base/error.h"
#include "wallet/encoding/arena.h"
#include "wallet/ethereum/address.h"
#include "wallet/ethereum/rlp.h"
#include "wallet/ethereum/uint256.h"

/* Largest transaction taken, in bytes of RLP: what nodes accept into their pool. */
#define MIEN_ETHEREUM_TRANSACTION_MAX (128u * 1024)

typedef enum mien_ethereum_type {
    MIEN_ETHEREUM_LEGACY = 0,
    MIEN_ETHEREUM_ACCESS_LIST = 1,
    MIEN_ETHEREUM_DYNAMIC_FEE = 2,
    MIEN_ETHEREUM_SET_CODE = 4
} mien_ethereum_type;

typedef struct mien_ethereum_access {
    uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE];
    size_t key_count;
    const uint8_t *keys; /* key_count times 32 bytes */
} mien_ethereum_access;

/* One EIP-7702 authorisation, signed by the account that delegates. */
typedef struct mien_ethereum_authorization {
    uint64_t chain_id; /* 0: valid on every chain */
    uint8_t delegate[MIEN_ETHEREUM_ADDRESS_SIZE];
    uint64_t nonce;
    uint8_t y_parity;
    uint8_t r[32], s[32];
} mien_ethereum_authorization;

typedef struct mien_ethereum_transaction {
    mien_ethereum_type type;
    uint64_t chain_id; /* 0 only in a legacy transaction without EIP-155 */
    uint64_t nonce, gas_limit;
    mien_uint256 max_fee;          /* per gas; the gas price of the older types */
    mien_uint256 max_priority_fee; /* per gas; 0 in the older types */
    bool creates_contract;         /* then `to` is zero */
    uint8_t to[MIEN_ETHEREUM_ADDRESS_SIZE];
    mien_uint256 value;
    mien_view data;
    size_t access_count, authorization_count;
    mien_ethereum_access *access;
    mien_ethereum_authorization *authorizations;
} mien_ethereum_transaction;

typedef struct mien_ethereum_signature {
    uint8_t y_parity; /* 0 or 1 */
    uint8_t r[32], s[32];
} mien_ethereum_signature;

/* Unsigned transaction from its RLP (type byte first, except legacy: then six items, or nine with
 * chain id, 0, 0). Views point into `bytes`, arrays come from the arena. Strict; blob transactions
 * are MIEN_UNSUPPORTED. */
MIEN_MUST_CHECK mien_status mien_ethereum_read_unsigned(mien_ethereum_transaction *out,
                                                        mien_arena *arena, mien_view bytes,
                                                        mien_error *error);
/* Signed transaction, and the address that signed it. High S is refused (EIP-2). */
MIEN_MUST_CHECK mien_status mien_ethereum_read_signed(mien_ethereum_transaction *out,
                                                      mien_ethereum_signature *signature,
                                                      uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE],
                                                      mien_arena *arena, mien_view bytes,
                                                      mien_error *error);
/* The object that wallets exchange: {"type","chainId","nonce","to","value","gas" or "gasLimit",
 * "maxFeePerGas","maxPriorityFeePerGas","gasPrice","data" or "input","accessList",
 * "authorizationList","from"}. Numbers are JSON integers below 2^53 or texts, decimal or 0x hex.
 * Required: chainId, nonce, gas, fees, `to` (null or absent creates a contract and needs data).
 * Unknown or repeated fields are refused. *from (may be NULL) is set and *has_from true when the
 * object names a sender. */
MIEN_MUST_CHECK mien_status mien_ethereum_read_json(mien_ethereum_transaction *out,
                                                    uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE],
                                                    bool *has_from, mien_arena *arena,
                                                    const char *text, size_t length,
                                                    mien_error *error);
/* 0x hex, bare hex (both RLP) or JSON, as found in a file; blanks around are allowed. */
MIEN_MUST_CHECK mien_status mien_ethereum_read_text(mien_ethereum_transaction *out,
                                                    uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE],
                                                    bool *has_from, mien_arena *arena,
                                                    const char *text, size_t length,
                                                    mien_error *error);

/* Bytes that are hashed for signing; with a signature the bytes that are sent. */
MIEN_MUST_CHECK mien_status mien_ethereum_write(mien_writer *writer,
                                                const mien_ethereum_transaction *transaction,
                                                const mien_ethereum_signature *signature);
/* Keccak-256 of the unsigned bytes. */
MIEN_MUST_CHECK mien_status
mien_ethereum_signing_hash(uint8_t out[32], const mien_ethereum_transaction *transaction);
/* Bytes ready to send, in the arena, and their hash, by which the network knows them. The secret is
 * in guarded memory of the caller. */
MIEN_MUST_CHECK mien_status mien_ethereum_sign(mien_view *raw, uint8_t hash[32],
                                               mien_ethereum_signature *signature,
                                               mien_arena *arena, const mien_curve *curve,
                                               const mien_ethereum_transaction *transaction,
                                               const uint8_t secret[MIEN_SECRET_KEY_SIZE]);

#endif
