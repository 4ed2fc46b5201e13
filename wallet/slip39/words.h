/* SPDX-License-Identifier: MIT */
/* The word list as a table; inside wallet/slip39 only. */
#ifndef MIEN_WALLET_SLIP39_WORDS_H
#define MIEN_WALLET_SLIP39_WORDS_H

#define MIEN_SLIP39_WORDS 1024
#define MIEN_SLIP39_WORD_MAX 8

/* Sorted, lower case, filled up with zeros; the first four letters tell words apart. */
extern const char mien_slip39_words[MIEN_SLIP39_WORDS][MIEN_SLIP39_WORD_MAX + 1];

#endif
