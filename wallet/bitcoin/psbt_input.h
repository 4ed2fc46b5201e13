/* SPDX-License-Identifier: MIT */
/* One input of a PSBT: how its output is locked, signing it with a key, finishing it. */
#ifndef MIEN_WALLET_BITCOIN_PSBT_INPUT_H
#define MIEN_WALLET_BITCOIN_PSBT_INPUT_H

#include "wallet/bitcoin/psbt.h"
#include "wallet/bitcoin/script.h"
#include "wallet/bitcoin/sighash.h"
#include "wallet/curve/curve.h"

typedef enum mien_sighash_algorithm {
    MIEN_ALGORITHM_LEGACY,
    MIEN_ALGORITHM_SEGWIT0,
    MIEN_ALGORITHM_TAPROOT
} mien_sighash_algorithm;

/* How a spent output is locked, all the way down through redeem and witness script. */
typedef struct mien_lock {
    mien_bitcoin_script_type type; /* one of the first four, P2SH or P2WSH (multisig), or OTHER */
    mien_sighash_algorithm algorithm;
    bool nested;       /* P2WSH inside P2SH */
    bool has_multisig; /* then multisig is filled */
    mien_multisig multisig;
    mien_view hash;            /* of the key, or the taproot output key */
    mien_view redeem, witness; /* the scripts of the PSBT, where the lock has them */
    mien_script script_code;   /* what is hashed; not for taproot */
} mien_lock;

/* MIEN_AUTHENTICATION when a redeem or witness script is not the one the output commits to;
 * type OTHER when it is missing or of a form we do not sign. Views point into the PSBT. */
MIEN_MUST_CHECK mien_status mien_lock_of_input(mien_lock *out, const mien_psbt *psbt, size_t input,
                                               const mien_bitcoin_output *spent, mien_error *error);
/* Can this key open the lock, alone or with others? For taproot `key` is the internal key without
 * scripts. */
bool mien_lock_fits(const mien_lock *lock, const uint8_t key[MIEN_PUBLIC_KEY_SIZE]);

/* Hash that is signed. MIEN_ARGUMENT for a type that the algorithm does not have. */
MIEN_MUST_CHECK mien_status mien_lock_sighash(uint8_t out[32], const mien_lock *lock,
                                              const mien_sighash_cache *cache, size_t input,
                                              uint64_t amount, uint32_t type);

/* Sign one input with one key and put the signature in: nothing is checked here but that the key
 * opens the lock (MIEN_ARGUMENT) — mien_bitcoin_sign_psbt is the function that reviews first.
 * `auxiliary` as in mien_schnorr_sign. Version 2: the modifiable flags are cleared (BIP-370). */
MIEN_MUST_CHECK mien_status mien_psbt_sign_input(mien_psbt *psbt, size_t input,
                                                 const mien_lock *lock,
                                                 const mien_sighash_cache *cache, uint64_t amount,
                                                 uint32_t type, const mien_curve *curve,
                                                 const uint8_t secret[MIEN_SECRET_KEY_SIZE],
                                                 const uint8_t auxiliary[32]);

/* Finish every input that has its signatures: p2pkh, p2sh-p2wpkh, p2wpkh, p2tr key path, multisig
 * in p2sh, p2wsh and both nested. Each signature is checked first: a wrong one is
 * MIEN_AUTHENTICATION. Inputs that cannot be finished stay as they are; *finished counts those that
 * are final at the end. */
MIEN_MUST_CHECK mien_status mien_psbt_finalize(mien_psbt *psbt, size_t *finished,
                                               mien_error *error);
/* The network transaction; every input must be finished (MIEN_FORMAT). *bytes lives in the PSBT. */
MIEN_MUST_CHECK mien_status mien_psbt_extract(mien_view *bytes, mien_psbt *psbt, mien_error *error);

#endif
