/* SPDX-License-Identifier: MIT */
/* The Fiat-Shamir transcript: a chain of BLAKE2s-256 digests, one a message. Prover and verifier
 * put in the same messages in the same order; a challenge depends on everything before it.
 *
 *   start:   state = zeros, then absorb text "protocol"
 *   absorb:  state = H("mien-abs"; state, type, |label|, label, |data|, data)
 *   squeeze: state = H("mien-sqz"; state, type, |label|, label, count);
 *            block i = H("mien-out"; state, i)
 * H("..."; ...) is BLAKE2s-256 with that personalisation and no salt; type and |label| are one
 * byte, |data|, count and i eight bytes, little-endian. type: 'B' bytes, 'U' an integer of eight
 * bytes, 'D' a digest, 'F' elements of F, 'K' elements of K, 'C' columns. |data| counts bytes,
 * count the values that are drawn.
 *
 * Elements are drawn from the blocks' bytes as 32-bit little-endian words, the top bit cleared,
 * words >= p left out; five make an element of K. No secret enters the transcript. */
#ifndef MIEN_PROVER_TRANSCRIPT_TRANSCRIPT_H
#define MIEN_PROVER_TRANSCRIPT_TRANSCRIPT_H

#include "prover/field/field.h"
#include "prover/hash/blake2s.h"

typedef struct mien_transcript {
    uint8_t state[MIEN_BLAKE2S_DIGEST];
} mien_transcript;

/* `protocol` and all labels: constant text of 1..255 characters. */
void mien_transcript_start(mien_transcript *transcript, const char *protocol);

void mien_transcript_bytes(mien_transcript *transcript, const char *label, const uint8_t *bytes,
                           size_t length);
void mien_transcript_integer(mien_transcript *transcript, const char *label, uint64_t value);
void mien_transcript_digest(mien_transcript *transcript, const char *label,
                            const uint8_t digest[32]);
/* Canonical encodings of elements, as they stand on the wire; the caller has checked them. */
void mien_transcript_f(mien_transcript *transcript, const char *label, const uint8_t *encoded,
                       size_t count);
void mien_transcript_k(mien_transcript *transcript, const char *label, const uint8_t *encoded,
                       size_t count);

/* Independent uniform elements of K. */
void mien_transcript_draw_k(mien_transcript *transcript, const char *label, mien_k *out,
                            size_t count);
/* `count` distinct indices below 2^log2_bound, uniform among such sets, ascending. Needs
 * 1 <= count <= 2^log2_bound, log2_bound <= 32. Words are masked to log2_bound bits; repetitions
 * are left out. */
void mien_transcript_draw_columns(mien_transcript *transcript, const char *label, uint32_t *out,
                                  size_t count, unsigned log2_bound);

/* Proof of work: absorb the integer `nonce` and look whether the first `bits` bits (lowest bits of
 * the first eight bytes, little-endian) of the new state are zero. bits 0..63. */
int mien_transcript_grind_check(mien_transcript *transcript, const char *label, uint64_t nonce,
                                unsigned bits);

#endif
