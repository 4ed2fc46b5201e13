/* SPDX-License-Identifier: MIT */
/* Polar codes of up to 128 bits with a successive-cancellation list decoder whose control flow and
 * memory accesses depend on nothing but the code.
 *
 * Source: Arikan 2009 (transform), Tal and Vardy 2015 (list decoding), Balatsoukas-Stimming,
 * Bastani Parizi and Burg 2015 (metrics from min-sum values). */
#ifndef MIEN_WALLET_KEY_POLAR_H
#define MIEN_WALLET_KEY_POLAR_H

#include <stddef.h>
#include <stdint.h>

#define MIEN_POLAR_MAX_LENGTH 128
#define MIEN_POLAR_LIST 32
/* Largest size of a soft value; keeps every sum below 2^31. */
#define MIEN_POLAR_SOFT_MAX 32767

/* Length 2^levels, levels 1..7; bit i of information (word i / 64) says that row i of the transform
 * carries a message bit, the first row the lowest one. At most 63 message bits. Public. */
typedef struct mien_polar_code {
    unsigned levels;
    uint64_t information[2];
} mien_polar_code;

unsigned mien_polar_message_bits(const mien_polar_code *code);

/* bits[2^levels], each 0 or 1: the codeword of `message`. Message and codeword are secret. */
void mien_polar_encode(uint8_t *bits, const mien_polar_code *code, uint64_t message);

/* 64-byte aligned memory for one decoding; wiped before return. */
size_t mien_polar_workspace_size(void);

/* The MIEN_POLAR_LIST most likely messages, in no particular order, and what each costs: the sum of
 * |soft| over the positions where its codeword and the signs of `soft` differ. A positive soft
 * value speaks for bit 0. All messages are distinct when the code has at least 5 message bits; with
 * fewer, the lanes left over cost 2^30 or more. soft[2^levels] in
 * -MIEN_POLAR_SOFT_MAX..MIEN_POLAR_SOFT_MAX is secret, and so are messages and costs. */
void mien_polar_decode(uint64_t messages[MIEN_POLAR_LIST], int32_t costs[MIEN_POLAR_LIST],
                       const mien_polar_code *code, const int32_t *soft, void *workspace);

#endif
