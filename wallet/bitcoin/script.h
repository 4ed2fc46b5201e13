/* SPDX-License-Identifier: MIT */
/* Output scripts and their addresses. */
#ifndef MIEN_WALLET_BITCOIN_SCRIPT_H
#define MIEN_WALLET_BITCOIN_SCRIPT_H

#include "wallet/bitcoin/network.h"
#include "wallet/encoding/view.h"

/* Longest script this file makes: OP_m, 15 keys, OP_n, OP_CHECKMULTISIG. */
#define MIEN_SCRIPT_MAX 520
#define MIEN_MULTISIG_KEYS 15
#define MIEN_ADDRESS_TEXT 91 /* with NUL */

typedef struct mien_script {
    uint8_t bytes[MIEN_SCRIPT_MAX];
    size_t length;
} mien_script;

static inline mien_view mien_script_view(const mien_script *script) {
    return mien_view_of(script->bytes, script->length);
}

/* Output script of one of the first four types for a compressed key; for P2TR the key is internal
 * and commits to no script. MIEN_ARGUMENT for other types, MIEN_FORMAT when the key is no point. */
MIEN_MUST_CHECK mien_status mien_script_of_key(mien_script *out, mien_bitcoin_script_type type,
                                               const uint8_t key[MIEN_PUBLIC_KEY_SIZE]);
/* The pieces: each cannot fail. */
void mien_script_p2pkh(mien_script *out, const uint8_t hash[20]);
void mien_script_p2sh(mien_script *out, const uint8_t hash[20]);
/* version 0 or 1, length 20 or 32. */
void mien_script_witness(mien_script *out, int version, const uint8_t *program, size_t length);

/* Recognise an output script. *hash (may be NULL) becomes a view of the 20- or 32-byte payload. */
mien_bitcoin_script_type mien_script_classify(mien_view script, mien_view *hash);
/* Bare OP_m key.. OP_n OP_CHECKMULTISIG with compressed keys. MIEN_FORMAT when it is not. */
typedef struct mien_multisig {
    int required, count;
    const uint8_t *key[MIEN_MULTISIG_KEYS]; /* views into the script */
} mien_multisig;
MIEN_MUST_CHECK mien_status mien_script_multisig(mien_multisig *out, mien_view script);

/* Address of an output script; MIEN_UNSUPPORTED when it has none (OP_RETURN, bare multisig). */
MIEN_MUST_CHECK mien_status mien_script_address(char out[MIEN_ADDRESS_TEXT],
                                                mien_bitcoin_network network, mien_view script);
/* Output script of an address of that network: base58check, bech32 (version 0), bech32m (1..16).
 * MIEN_FORMAT or MIEN_AUTHENTICATION as the encodings say, MIEN_UNSUPPORTED for another network. */
MIEN_MUST_CHECK mien_status mien_script_of_address(mien_script *out, mien_bitcoin_network network,
                                                   const char *text, size_t length);
/* Address of a key. */
MIEN_MUST_CHECK mien_status mien_bitcoin_address(char out[MIEN_ADDRESS_TEXT],
                                                 mien_bitcoin_network network,
                                                 mien_bitcoin_script_type type,
                                                 const uint8_t key[MIEN_PUBLIC_KEY_SIZE]);

/* Wallet import format. The text is secret. */
#define MIEN_WIF_TEXT 64
MIEN_MUST_CHECK mien_status mien_wif_encode(char out[MIEN_WIF_TEXT], mien_bitcoin_network network,
                                            const uint8_t secret[MIEN_SECRET_KEY_SIZE],
                                            bool compressed);
MIEN_MUST_CHECK mien_status mien_wif_decode(uint8_t secret[MIEN_SECRET_KEY_SIZE], bool *compressed,
                                            mien_bitcoin_network network, const char *text,
                                            size_t length);

#endif
