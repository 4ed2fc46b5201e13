/* SPDX-License-Identifier: MIT */
/* What a proof says and does not say, in the same words wherever a person reads it. */
#ifndef MIEN_WALLET_CLI_WORDS_H
#define MIEN_WALLET_CLI_WORDS_H

#include <stdint.h>
#include <stdio.h>

extern const char mien_words_proved[];
extern const char mien_words_bound[];
extern const char mien_words_not_proved[];
/* The same of a face proof, the frame behind C_x or known to the verifier. */
extern const char mien_words_face_proved[];
extern const char mien_words_face_committed[], mien_words_face_public[];
extern const char mien_words_face_not_proved[];
/* A label and ASCII words behind it, wrapped at 96 columns, further lines indented by two. */
void mien_words_print(FILE *out, const char *label, const char *words);
/* Lowest cosine that a threshold T accepts: sqrt(T / 2^16). */
double mien_words_cosine(uint32_t threshold);

#endif
