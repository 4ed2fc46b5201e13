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

const char mien_words_face_proved[] =
    "the network named in the record, run bit for bit on one crop of 112 x 112 pixels, gave an "
    "embedding that matches the template behind the record's commitment at least as well as the "
    "threshold demands; and whoever made this knows that template and the key that blinds it, and "
    "meant exactly this digest, this nonce and this record.";

const char mien_words_face_committed[] =
    "the network: it was computed from the frame behind the commitment C_x. Whoever made C_x "
    "vouches for the frame; made by the wallet itself it says only that one frame was used.";

const char mien_words_face_public[] =
    "the network: it was computed from the very picture that was given with --frame.";

const char mien_words_face_not_proved[] =
    "that a living person stood before a camera, that the crop is from a camera and not a drawn "
    "or edited picture, or that the wallet's owner agreed.";

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
