/* SPDX-License-Identifier: MIT */
/* What a match proof says and does not say, in the same words wherever a person reads it. */
#ifndef MIEN_WALLET_CLI_WORDS_H
#define MIEN_WALLET_CLI_WORDS_H

#include <stdint.h>

extern const char mien_words_proved[];
extern const char mien_words_bound[];
extern const char mien_words_not_proved[];
/* Lowest cosine that a threshold T accepts: sqrt(T / 2^16). */
double mien_words_cosine(uint32_t threshold);

#endif
