/* SPDX-License-Identifier: MIT */
/* Output descriptors (BIP-380 to 386, 389) of the forms this wallet has or co-signs:
 *
 *   pkh(KEY)  wpkh(KEY)  sh(wpkh(KEY))  tr(KEY)
 *   wsh(sortedmulti(k,KEY,...))  sh(wsh(sortedmulti(k,KEY,...)))  and multi in the same places
 *
 * KEY is a compressed key in hex or [fingerprint/path]xpub/steps, where the steps are unhardened
 * and may contain one <a;b> and end in *. */
#ifndef MIEN_WALLET_BITCOIN_DESCRIPTOR_H
#define MIEN_WALLET_BITCOIN_DESCRIPTOR_H

#include "platform/base/error.h"
#include "wallet/bitcoin/keys.h"
#include "wallet/bitcoin/script.h"

#define MIEN_DESCRIPTOR_STEPS 8
#define MIEN_DESCRIPTOR_CHECKSUM 8
/* Longest descriptor taken; 15 keys with origins fit. */
#define MIEN_DESCRIPTOR_MAX 4096
/* Text of mien_descriptor_of_account, with NUL. */
#define MIEN_DESCRIPTOR_TEXT 256

typedef struct mien_descriptor_key {
    bool has_origin, is_extended, wildcard;
    uint8_t fingerprint[MIEN_FINGERPRINT_SIZE];
    mien_hd_path origin;
    uint8_t raw[MIEN_PUBLIC_KEY_SIZE]; /* when it is not extended */
    mien_hd_public extended;
    uint8_t step_count;
    int8_t fork; /* which step is <a;b>; -1 for none */
    uint32_t steps[MIEN_DESCRIPTOR_STEPS], fork_second;
} mien_descriptor_key;

typedef struct mien_descriptor {
    mien_bitcoin_network network; /* of its extended keys: mainnet, or testnet for all the others */
    mien_bitcoin_script_type type; /* one of the first four, or P2WSH */
    bool nested;                   /* P2WSH inside P2SH */
    bool sorted;
    int required, key_count;
    mien_descriptor_key keys[MIEN_MULTISIG_KEYS];
} mien_descriptor;

/* Checksum of a descriptor without its own "#...": 8 characters and NUL. MIEN_FORMAT for a
 * character outside the descriptor alphabet. */
MIEN_MUST_CHECK mien_status mien_descriptor_checksum(char out[MIEN_DESCRIPTOR_CHECKSUM + 1],
                                                     const char *text, size_t length);
/* With or without checksum; a wrong one is MIEN_AUTHENTICATION. MIEN_UNSUPPORTED for forms that are
 * not in the list above, MIEN_FORMAT for what is no descriptor, both with words. */
MIEN_MUST_CHECK mien_status mien_descriptor_parse(mien_descriptor *out, const char *text,
                                                  size_t length, mien_error *error);
/* Scripts of one address. `chain` chooses in <a;b>: 0 the first, 1 the second (MIEN_ARGUMENT for
 * chain 1 without a fork); `index` stands for *, below 2^31. *witness (may be NULL) becomes the
 * script behind a P2WSH hash, empty for other types. */
MIEN_MUST_CHECK mien_status mien_descriptor_script(mien_script *out, mien_script *witness,
                                                   const mien_descriptor *descriptor, int chain,
                                                   uint32_t index);
/* Look for the script among the addresses of both chains with indices below `count`. MIEN_NOT_FOUND
 * when it is not among them. */
MIEN_MUST_CHECK mien_status mien_descriptor_find(int *chain, uint32_t *index,
                                                 const mien_descriptor *descriptor,
                                                 mien_view script, uint32_t count);

/* Descriptor of an account with checksum, as wallets import it: chain 0 or 1, or -1 for both as
 * <0;1>. */
MIEN_MUST_CHECK mien_status mien_descriptor_of_account(char out[MIEN_DESCRIPTOR_TEXT],
                                                       const mien_bitcoin_account *account,
                                                       int chain);

#endif
