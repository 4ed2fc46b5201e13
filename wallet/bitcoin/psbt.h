/* SPDX-License-Identifier: MIT */
/* Partially signed transactions, version 0 (BIP-174, 371) and version 2 (BIP-370). What comes in is
 * kept byte for byte, unknown and proprietary fields included, and goes out in the same version. */
#ifndef MIEN_WALLET_BITCOIN_PSBT_H
#define MIEN_WALLET_BITCOIN_PSBT_H

#include "platform/base/error.h"
#include "wallet/bitcoin/transaction.h"

#define MIEN_PSBT_SIZE_MAX (32u << 20)
#define MIEN_PSBT_MAP_ENTRIES 4096u
/* Longest key data that mien_psbt_set writes. */
#define MIEN_PSBT_KEY_DATA_MAX 128

enum { /* global key types */
       MIEN_PSBT_GLOBAL_UNSIGNED_TX = 0x00,
       MIEN_PSBT_GLOBAL_XPUB = 0x01,
       MIEN_PSBT_GLOBAL_TX_VERSION = 0x02,
       MIEN_PSBT_GLOBAL_FALLBACK_LOCKTIME = 0x03,
       MIEN_PSBT_GLOBAL_INPUT_COUNT = 0x04,
       MIEN_PSBT_GLOBAL_OUTPUT_COUNT = 0x05,
       MIEN_PSBT_GLOBAL_TX_MODIFIABLE = 0x06,
       MIEN_PSBT_GLOBAL_VERSION = 0xfb
};
enum { /* per input */
       MIEN_PSBT_IN_NON_WITNESS_UTXO = 0x00,
       MIEN_PSBT_IN_WITNESS_UTXO = 0x01,
       MIEN_PSBT_IN_PARTIAL_SIG = 0x02,
       MIEN_PSBT_IN_SIGHASH_TYPE = 0x03,
       MIEN_PSBT_IN_REDEEM_SCRIPT = 0x04,
       MIEN_PSBT_IN_WITNESS_SCRIPT = 0x05,
       MIEN_PSBT_IN_BIP32_DERIVATION = 0x06,
       MIEN_PSBT_IN_FINAL_SCRIPTSIG = 0x07,
       MIEN_PSBT_IN_FINAL_SCRIPTWITNESS = 0x08,
       MIEN_PSBT_IN_PREVIOUS_TXID = 0x0e,
       MIEN_PSBT_IN_OUTPUT_INDEX = 0x0f,
       MIEN_PSBT_IN_SEQUENCE = 0x10,
       MIEN_PSBT_IN_REQUIRED_TIME_LOCKTIME = 0x11,
       MIEN_PSBT_IN_REQUIRED_HEIGHT_LOCKTIME = 0x12,
       MIEN_PSBT_IN_TAP_KEY_SIG = 0x13,
       MIEN_PSBT_IN_TAP_SCRIPT_SIG = 0x14,
       MIEN_PSBT_IN_TAP_LEAF_SCRIPT = 0x15,
       MIEN_PSBT_IN_TAP_BIP32_DERIVATION = 0x16,
       MIEN_PSBT_IN_TAP_INTERNAL_KEY = 0x17,
       MIEN_PSBT_IN_TAP_MERKLE_ROOT = 0x18
};
enum { /* per output */
       MIEN_PSBT_OUT_REDEEM_SCRIPT = 0x00,
       MIEN_PSBT_OUT_WITNESS_SCRIPT = 0x01,
       MIEN_PSBT_OUT_BIP32_DERIVATION = 0x02,
       MIEN_PSBT_OUT_AMOUNT = 0x03,
       MIEN_PSBT_OUT_SCRIPT = 0x04,
       MIEN_PSBT_OUT_TAP_INTERNAL_KEY = 0x05,
       MIEN_PSBT_OUT_TAP_TREE = 0x06,
       MIEN_PSBT_OUT_TAP_BIP32_DERIVATION = 0x07
};

/* One key-value pair. `key` includes the type; `data` is the key without it. */
typedef struct mien_psbt_entry {
    mien_view key, data, value;
    uint64_t type;
} mien_psbt_entry;

typedef struct mien_psbt_map {
    mien_psbt_entry *entries; /* in the order of the file */
    size_t count, capacity;
} mien_psbt_map;

typedef struct mien_psbt {
    mien_arena arena; /* owns everything below */
    uint32_t version; /* 0 or 2 */
    /* The unsigned transaction: as given (0) or put together from the fields (2). */
    mien_bitcoin_transaction transaction;
    mien_psbt_map global;
    mien_psbt_map *inputs, *outputs; /* as many as the transaction has */
} mien_psbt;

/* Read binary or base64 (line ends and blanks around it are allowed). The bytes are copied.
 * Refused, with words: duplicate keys, keys and values of wrong size for their type, fields of the
 * other version, scriptSigs in the unsigned transaction, counts that do not fit, anything after the
 * last map. After an error the PSBT is empty. Destroy it in either case. */
MIEN_MUST_CHECK mien_status mien_psbt_parse(mien_psbt *out, const uint8_t *bytes, size_t length,
                                            mien_error *error);
void mien_psbt_destroy(mien_psbt *psbt);
/* A version 0 PSBT of a transaction, with nothing in it yet (BIP-174 creator). scriptSigs and
 * witnesses are left out. Destroy it also after an error. */
MIEN_MUST_CHECK mien_status mien_psbt_create(mien_psbt *out,
                                             const mien_bitcoin_transaction *transaction);

size_t mien_psbt_size(const mien_psbt *psbt);
MIEN_MUST_CHECK mien_status mien_psbt_write(mien_writer *writer, const mien_psbt *psbt);
/* Base64 with NUL, allocated in the PSBT's arena. */
MIEN_MUST_CHECK mien_status mien_psbt_base64(char **out, mien_psbt *psbt);

/* The entry without key data of that type, NULL when absent. */
const mien_psbt_entry *mien_psbt_find(const mien_psbt_map *map, uint64_t type);
/* The entry of that type and key data. */
const mien_psbt_entry *mien_psbt_find_keyed(const mien_psbt_map *map, uint64_t type,
                                            mien_view data);
/* Add or replace one entry; key data and value are copied. New entries go behind the last one of a
 * lower or equal type. */
MIEN_MUST_CHECK mien_status mien_psbt_set(mien_psbt *psbt, mien_psbt_map *map, uint8_t type,
                                          mien_view data, mien_view value);
/* Take all entries of a type out. */
void mien_psbt_remove(mien_psbt_map *map, uint64_t type);

/* Output spent by an input, from the previous transaction (whose txid must be the one the input
 * names) or, without it, the witness UTXO; when both are there they must agree. *proven tells
 * whether the previous transaction vouches for it. Views live in the PSBT. */
MIEN_MUST_CHECK mien_status mien_psbt_spent_output(mien_bitcoin_output *out, bool *proven,
                                                   mien_psbt *psbt, size_t input,
                                                   mien_error *error);

/* Merge what `other` knows into `psbt` (BIP-174 combiner): same version and same transaction, or
 * MIEN_ARGUMENT. Where both have a key, the value of `psbt` stays. */
MIEN_MUST_CHECK mien_status mien_psbt_combine(mien_psbt *psbt, const mien_psbt *other,
                                              mien_error *error);
#endif
