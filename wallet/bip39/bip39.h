/* SPDX-License-Identifier: MIT */
/* Mnemonic sentences (BIP-39, English list). Entropy, sentence and seed are secrets: the caller
 * keeps them in guarded memory; whatever is needed in between is wiped. Looking a word up takes the
 * same time for every word. */
#ifndef MIEN_WALLET_BIP39_H
#define MIEN_WALLET_BIP39_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"
#include "platform/base/random.h"
#include "platform/base/status.h"

#define MIEN_BIP39_WORDS 2048
#define MIEN_BIP39_WORD_MAX 8 /* letters of the longest word */
#define MIEN_BIP39_ENTROPY_MAX 32
/* 24 words of 8 letters, 23 spaces and a NUL. */
#define MIEN_BIP39_SENTENCE_SIZE 216
#define MIEN_BIP39_SEED_SIZE 64
/* Longest passphrase in UTF-8, before and after normalisation. */
#define MIEN_BIP39_PASSPHRASE_MAX 1024

/* Word number 0..2047, NUL-terminated, static. */
const char *mien_bip39_word(size_t index);

/* Sentence of entropy: 16, 20, 24, 28 or 32 bytes give 12, 15, 18, 21 or 24 words separated by one
 * space, NUL-terminated, the rest of `sentence` zero. MIEN_ARGUMENT for another length. */
MIEN_MUST_CHECK mien_status mien_bip39_sentence(char sentence[MIEN_BIP39_SENTENCE_SIZE],
                                                const uint8_t *entropy, size_t length);
/* New sentence of 12 or 24 words. MIEN_RANDOM leaves it zeroed. */
MIEN_MUST_CHECK mien_status mien_bip39_generate(char sentence[MIEN_BIP39_SENTENCE_SIZE], int words,
                                                const mien_random *random);
/* Entropy of a sentence as a person types it: any mix of case, blanks and line ends around the
 * words. Errors name the position of the word that is wrong and the list's nearest word, never the
 * other words: MIEN_FORMAT for an unknown word or a wrong number of words, MIEN_AUTHENTICATION when
 * all words are known but the checksum does not fit. Outputs are zeroed then. */
MIEN_MUST_CHECK mien_status mien_bip39_entropy(uint8_t entropy[MIEN_BIP39_ENTROPY_MAX],
                                               size_t *length, const char *sentence,
                                               mien_error *error);
/* Seed of a sentence, which is checked first and brought into the form of mien_bip39_sentence, and
 * a passphrase in UTF-8 (NULL or "" for none), normalised to NFKD as the BIP says. MIEN_FORMAT when
 * the passphrase is no UTF-8, MIEN_TOO_LARGE when it is longer than MIEN_BIP39_PASSPHRASE_MAX. */
MIEN_MUST_CHECK mien_status mien_bip39_seed(uint8_t seed[MIEN_BIP39_SEED_SIZE],
                                            const char *sentence, const char *passphrase,
                                            mien_error *error);

#endif
