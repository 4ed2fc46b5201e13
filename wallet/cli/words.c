/* SPDX-License-Identifier: MIT */
#include "wallet/cli/words.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define COLUMNS 96

const char mien_words_proved[] =
    "whoever made this knows the template behind the record's commitment and the key that blinds "
    "it, and an embedding behind the proof's own commitment that matches it at least as well as "
    "the threshold demands, and meant exactly this digest, this nonce and this record.";

const char mien_words_bound[] =
    "nothing outside the prover's own machine. The embedding is committed to, but no camera and no "
    "attestation vouches for it: the statement trusts the wallet that ran the network.";

const char mien_words_not_proved[] =
    "that a living person stood before a camera, that the embedding came from a picture at all, or "
    "that the wallet's owner agreed. Who has stolen the template and its key can make such proofs "
    "without the face.";

double mien_words_cosine(uint32_t threshold) {
    return sqrt((double)threshold / 65536.0);
}

void mien_words_print(FILE *out, const char *label, const char *words) {
    size_t column = strlen(label);
    fputs(label, out);
    while (*words != '\0') {
        size_t length = strcspn(words, " ");
        bool fits = column + 1 + length <= COLUMNS;
        fprintf(out, "%s%.*s", fits ? " " : "\n  ", (int)length, words);
        column = fits ? column + 1 + length : 2 + length;
        words += length + strspn(words + length, " ");
    }
    fputc('\n', out);
}
