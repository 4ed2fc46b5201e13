/* SPDX-License-Identifier: MIT */
/* The word list as a table; inside wallet/bip39 only. */
#ifndef MIEN_WALLET_BIP39_WORDS_H
#define MIEN_WALLET_BIP39_WORDS_H

#include "wallet/bip39/bip39.h"

/* Sorted, lower case, filled up with zeros. */
extern const char mien_bip39_english[MIEN_BIP39_WORDS][MIEN_BIP39_WORD_MAX + 1];

#endif
