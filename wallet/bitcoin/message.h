/* SPDX-License-Identifier: MIT */
/* Signed messages: BIP-322 (simple and full) and the older form with a recoverable signature
 * (Bitcoin Core's signmessage, BIP-137). A proof of funds (BIP-322, "pof") is not supported. */
#ifndef MIEN_WALLET_BITCOIN_MESSAGE_H
#define MIEN_WALLET_BITCOIN_MESSAGE_H

#include "platform/base/error.h"
#include "wallet/bitcoin/psbt_input.h"
#include "wallet/encoding/arena.h"

typedef enum mien_message_form {
    MIEN_MESSAGE_LEGACY,     /* 65 bytes; p2pkh, and by BIP-137 p2sh-p2wpkh and p2wpkh */
    MIEN_MESSAGE_BIP322,     /* simple for p2wpkh and p2tr, full for p2pkh and p2sh-p2wpkh */
    MIEN_MESSAGE_BIP322_BARE /* the same without prefix, for verifiers of the BIP's first text */
} mien_message_form;

/* What the old form signs: double SHA-256 of the magic line, the length and the message. */
void mien_message_hash_legacy(uint8_t out[32], mien_view message);
/* Transaction that BIP-322 pretends to spend; its id, in the order of the wire. */
void mien_message_to_spend(uint8_t txid[MIEN_TXID_SIZE], mien_view message, mien_view script);

/* Sign for the address of this key and type. *signature is base64 (with BIP-322's prefix "smp" or
 * "ful"), NUL-terminated, in the arena. MIEN_UNSUPPORTED for the old form with taproot. The secret
 * is in guarded memory of the caller; `auxiliary` as in mien_schnorr_sign. */
MIEN_MUST_CHECK mien_status mien_message_sign(const char **signature, mien_arena *arena,
                                              const mien_curve *curve, mien_message_form form,
                                              mien_bitcoin_script_type type,
                                              const uint8_t secret[MIEN_SECRET_KEY_SIZE],
                                              mien_view message, const uint8_t auxiliary[32]);

/* What a valid signature says about time (BIP-322): zero for always. */
typedef struct mien_message_times {
    uint32_t lock_time, sequence;
} mien_message_times;

/* Is this a signature of the message for the address? With or without prefix. MIEN_AUTHENTICATION
 * when it is not; MIEN_FORMAT when it is no signature; MIEN_UNSUPPORTED when the address has a
 * script that cannot be judged here (anything but single keys and multisig). */
MIEN_MUST_CHECK mien_status mien_message_verify(mien_message_times *times,
                                                mien_bitcoin_network network, const char *address,
                                                const char *signature, mien_view message,
                                                mien_error *error);

/* What a face proof is bound to: docs/FORMATS.md "Digest of a Bitcoin message". */
MIEN_MUST_CHECK mien_status mien_message_digest(uint8_t out[32], mien_bitcoin_network network,
                                                const char *address, mien_view message);

#endif
