/* SPDX-License-Identifier: MIT */
/* What a PSBT would do, checked and in words, before anybody signs it; then the signing itself.
 *
 * Checks, each a refusal with words: every spent output known; previous transactions have the txid
 * their input names and agree with the witness UTXO; an amount that no previous transaction vouches
 * for is accepted only where our signatures commit to it (a single input, or taproot alone: the way
 * around CVE-2020-14199); no output spent twice; no amount or sum above 21 million coins, no
 * negative fee; the fee below an absolute and a relative limit; sighash type ALL only (DEFAULT too
 * for taproot); every input that names our fingerprint has a key that we derive ourselves to the
 * same value, a standard path of this network and the script that goes with both. An output counts
 * as ours only when its key and script were derived again by us, never because a path says so. */
#ifndef MIEN_WALLET_BITCOIN_REVIEW_H
#define MIEN_WALLET_BITCOIN_REVIEW_H

#include "platform/base/error.h"
#include "platform/base/random.h"
#include "wallet/bitcoin/descriptor.h"
#include "wallet/bitcoin/keys.h"
#include "wallet/bitcoin/psbt.h"
#include "wallet/bitcoin/script.h"

typedef struct mien_bitcoin_limits {
    uint64_t fee_satoshis; /* refuse a higher fee; 0 for no limit */
    uint32_t fee_percent;  /* of all inputs, 1..100; 0 for no limit */
    bool unproven_amounts; /* accept segwit inputs without their previous transaction */
    bool any_path;         /* accept paths that are not purpose'/coin'/account'/chain/index */
    /* Descriptors of shared wallets the person has registered; only through them an output of a
     * multisig can be shown as coming back. May be NULL. */
    const mien_descriptor *shared;
    size_t shared_count;
} mien_bitcoin_limits;
/* 0.01 coins, 25 per cent, nothing else allowed. */
mien_bitcoin_limits mien_bitcoin_limits_default(void);

typedef enum mien_bitcoin_owner {
    MIEN_OWNER_OTHER,
    MIEN_OWNER_RECEIVE, /* ours, chain 0: shown as a payment to ourselves */
    MIEN_OWNER_CHANGE,  /* ours, chain 1 of an account that also pays */
    MIEN_OWNER_SHARED   /* an input of a multisig that we are part of */
} mien_bitcoin_owner;

typedef struct mien_bitcoin_review_input {
    uint64_t amount;
    mien_bitcoin_script_type type;
    mien_bitcoin_owner owner; /* OTHER, RECEIVE (ours) or SHARED */
    bool proven;              /* the previous transaction was there */
    bool is_signed;           /* carries a signature of our key already, or is final */
    mien_hd_path path;        /* when ours */
    uint8_t key[MIEN_PUBLIC_KEY_SIZE];
    char address[MIEN_ADDRESS_TEXT]; /* empty when the script has none */
} mien_bitcoin_review_input;

typedef struct mien_bitcoin_review_output {
    uint64_t amount;
    mien_bitcoin_script_type type;
    mien_bitcoin_owner owner;
    mien_hd_path path;
    char address[MIEN_ADDRESS_TEXT]; /* empty when the script has none */
    mien_view script;
} mien_bitcoin_review_output;

typedef enum mien_bitcoin_note {
    MIEN_NOTE_REPLACEABLE = 1 << 0,    /* some sequence below 0xfffffffe (BIP-125) */
    MIEN_NOTE_LOCKED = 1 << 1,         /* lock time in force */
    MIEN_NOTE_FOREIGN_INPUTS = 1 << 2, /* not all inputs are ours */
    MIEN_NOTE_UNPROVEN = 1 << 3,       /* an amount rests on the witness UTXO alone */
    MIEN_NOTE_RELATIVE_LOCK = 1 << 4,  /* BIP-68 in force */
    MIEN_NOTE_MULTISIG = 1 << 5,       /* we are one of several signers */
    MIEN_NOTE_HIGH_INDEX = 1 << 6, /* an output of ours beyond index 10000 may not be found again */
    MIEN_NOTE_DATA = 1 << 7,       /* carries data (OP_RETURN) */
    MIEN_NOTE_DUST = 1 << 8        /* an output too small to be relayed */
} mien_bitcoin_note;

typedef struct mien_bitcoin_review {
    mien_arena arena; /* owns the arrays */
    mien_bitcoin_network network;
    size_t input_count, output_count;
    mien_bitcoin_review_input *inputs;
    mien_bitcoin_review_output *outputs;
    uint32_t version, lock_time;
    uint64_t input_total, output_total, fee;
    uint64_t spent;      /* leaves us: outputs that are not ours */
    uint64_t returned;   /* outputs that are ours */
    size_t virtual_size; /* estimate of the signed size, in vbytes */
    uint64_t fee_rate;   /* 1/1000 satoshi per vbyte */
    size_t ours;         /* inputs we can sign */
    unsigned notes;      /* of mien_bitcoin_note */
    uint8_t
        txid[MIEN_TXID_SIZE]; /* of the unsigned transaction; final when all inputs are segwit */
    /* What a face proof is bound to: docs/FORMATS.md "Digest of a Bitcoin transaction". */
    uint8_t digest[32];
} mien_bitcoin_review;

/* Check and describe. On a refusal (MIEN_POLICY_DENIED for limits, MIEN_AUTHENTICATION where data
 * contradict each other, MIEN_OVERFLOW, MIEN_UNSUPPORTED, ...) `error` has the words and *out is
 * empty. Destroy in either case. */
MIEN_MUST_CHECK mien_status mien_bitcoin_review_psbt(mien_bitcoin_review *out, mien_psbt *psbt,
                                                     mien_bitcoin_network network,
                                                     const mien_bitcoin_keys *keys,
                                                     const mien_bitcoin_limits *limits,
                                                     mien_error *error);
void mien_bitcoin_review_destroy(mien_bitcoin_review *review);
/* The digest alone, for who checks a proof and has no keys. It says what the PSBT says is spent:
 * where an input comes without its previous transaction (*proven false), compare amount and script
 * with the chain. MIEN_FORMAT, MIEN_AUTHENTICATION where the PSBT contradicts itself. */
MIEN_MUST_CHECK mien_status mien_bitcoin_psbt_digest(uint8_t out[32], bool *proven, mien_psbt *psbt,
                                                     mien_bitcoin_network network,
                                                     mien_error *error);
/* The review as lines of text for a person, NUL-terminated, in the review's arena. */
MIEN_MUST_CHECK mien_status mien_bitcoin_review_words(const char **out,
                                                      mien_bitcoin_review *review);
/* "0.00012345 BTC" */
#define MIEN_AMOUNT_TEXT 32
void mien_bitcoin_amount_text(char out[MIEN_AMOUNT_TEXT], uint64_t satoshis,
                              mien_bitcoin_network network);

/* Review again with the root's own keys, insist on the digest that was shown and proven (NULL to
 * take it as it is now), then sign every input of ours that is not signed yet. *signed_inputs
 * counts the new signatures. `random` feeds BIP-340's auxiliary data. On an error the PSBT is
 * unchanged. Secrets live in guarded memory inside and are wiped.
 * The digest does not say whose the outputs are: who has shown a review made with stored public
 * keys first compares those keys with the root's (wallet/cli/sign.h). */
MIEN_MUST_CHECK mien_status mien_bitcoin_sign_psbt(
    mien_psbt *psbt, size_t *signed_inputs, const mien_curve *curve, const mien_hd_private *root,
    mien_bitcoin_network network, const mien_bitcoin_limits *limits, const uint8_t *digest,
    const mien_random *random, mien_error *error);

#endif
