/* SPDX-License-Identifier: MIT */
/* Building the public vector L of an inner product from claims whose functionals have rank one. */
#ifndef MIEN_PROVER_SUMCHECK_PIECES_H
#define MIEN_PROVER_SUMCHECK_PIECES_H

#include "prover/sumcheck/rounds.h"

/* scale delta[s] alpha[c] at position base + s 2^log2_channels + c, s < sites, c < channels. */
typedef struct mien_piece {
    size_t base; /* a multiple of 2^log2_channels */
    uint32_t sites, channels;
    unsigned log2_channels; /* channels <= 2^log2_channels */
    const mien_k *alpha;    /* [channels] */
    const mien_k *delta;    /* [sites] */
    mien_k scale;
} mien_piece;

/* Bytes of scratch memory, 64-byte aligned. */
size_t mien_piece_scratch_size(const mien_piece *piece);
/* l += piece. Everything is public: sites whose delta is zero are skipped. */
void mien_piece_add(mien_k_block *l, const mien_machine *machine, const mien_piece *piece,
                    void *scratch);

/* What a depthwise kernel claims about its input, as one: the sum over taps t of the pieces with
 * alpha[c] weight[t][c] and delta[t]. A position costs
 * one product in K and one with F a tap in place of one in K a tap. */
typedef struct mien_tap_piece {
    size_t base;
    uint32_t sites, channels, taps;
    unsigned log2_channels; /* at least 4 */
    const mien_k *alpha;    /* [channels] */
    const mien_f *weights;  /* [taps][channels] */
    const mien_k *delta;    /* [taps][sites] */
    mien_k scale;
} mien_tap_piece;

size_t mien_tap_piece_scratch_size(const mien_tap_piece *piece);
/* l += piece, all public. */
void mien_tap_piece_add(mien_k_block *l, const mien_machine *machine, const mien_tap_piece *piece,
                        void *scratch);

#endif
