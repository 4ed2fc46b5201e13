/* SPDX-License-Identifier: MIT */
/* What review and signing share; inside wallet/bitcoin only. */
#ifndef MIEN_WALLET_BITCOIN_REVIEW_PARTS_H
#define MIEN_WALLET_BITCOIN_REVIEW_PARTS_H

#include "wallet/bitcoin/psbt_input.h"
#include "wallet/bitcoin/review.h"

/* Value of a key origin field. */
typedef struct mien_key_origin {
    uint8_t fingerprint[MIEN_FINGERPRINT_SIZE];
    mien_hd_path path;
    bool in_script; /* taproot: the key stands in a leaf */
} mien_key_origin;

/* MIEN_TOO_LARGE for a path that is longer than mien_hd_path holds. */
MIEN_MUST_CHECK mien_status mien_origin_parse(mien_key_origin *out, const mien_psbt_entry *entry,
                                              bool taproot);
/* The type the input asks for, or the usual one. */
uint32_t mien_input_sighash_type(const mien_psbt *psbt, size_t input, const mien_lock *lock);
/* Final, or signed with this key. */
bool mien_input_is_signed(const mien_psbt *psbt, size_t input,
                          const uint8_t key[MIEN_PUBLIC_KEY_SIZE], const mien_lock *lock);
/* Weight units that the input's scriptSig and witness will add to its unsigned form (the length
 * byte of an empty scriptSig is counted there). An estimate: signatures have 72 or 64 bytes. */
size_t mien_input_weight(const mien_psbt *psbt, size_t input, const mien_lock *lock);
/* Smallest amount that nodes relay for this script (3 satoshis a byte of what spending takes). */
uint64_t mien_dust_limit(mien_view script);

#endif
