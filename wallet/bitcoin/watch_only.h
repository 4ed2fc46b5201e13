/* SPDX-License-Identifier: MIT */
/* Accounts for programs that may look but not sign. What is written is public, though whoever has
 * it sees every address of the account. */
#ifndef MIEN_WALLET_BITCOIN_WATCH_ONLY_H
#define MIEN_WALLET_BITCOIN_WATCH_ONLY_H

#include "wallet/bitcoin/keys.h"
#include "wallet/bitcoin/script.h"

/* Argument of Bitcoin Core's importdescriptors: a list with the receiving and the change
 * descriptor, active, of the given birth time (unix seconds; 0 means "now": no rescan). The caller
 * frees *text. */
MIEN_MUST_CHECK mien_status mien_watch_only_core(char **text, const mien_bitcoin_account *account,
                                                 uint64_t birth);
/* Wallet file of Electrum with a keystore that knows the extended public key, its fingerprint and
 * path. MIEN_UNSUPPORTED for taproot, which Electrum has not. The caller frees *text. */
MIEN_MUST_CHECK mien_status mien_watch_only_electrum(char **text,
                                                     const mien_bitcoin_account *account);
/* The JSON that hardware wallets export and Sparrow (and others) import: "xfp", "chain", "account"
 * and one object a script type ("bip44", "bip49", "bip84", "bip86"), for all accounts of the list,
 * which must be of one network, root and number (MIEN_ARGUMENT). The caller frees *text. */
MIEN_MUST_CHECK mien_status mien_watch_only_generic(char **text,
                                                    const mien_bitcoin_account *accounts,
                                                    size_t count);

/* Version bytes of SLIP-132 for an account: zpub for p2wpkh on mainnet and so on. */
mien_hd_version mien_slip132_version(mien_bitcoin_network network, mien_bitcoin_script_type type);

#endif
