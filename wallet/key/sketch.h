/* SPDX-License-Identifier: MIT */
/* The hypersphere sketch: a face and a random message become a rotation; the rotation and a similar
 * face give the message back.
 *
 * Enrolment draws a message m of 40 bits, takes its polar codeword s in {+-1/sqrt 128}^128 and a
 * random orthonormal P with P t = s, Haar distributed given that, where t is the direction of the
 * face. Whoever has P and an embedding y near t computes z = P y, which is near s, and decodes. P
 * is secret: it is stored sealed, never in the clear, and it is never kept in compressed form (a
 * single Householder reflection that takes t to s is (t - s)(t - s)^T / c, which shows t; so does
 * anything drawn from a public seed).
 *
 * Everything in here is secret except the sizes. No allocation. Control flow and memory accesses do
 * not depend on secrets (tests/wallet/key/constant_time.c; what that leaves is in
 * docs/THREAT-MODEL.md). */
#ifndef MIEN_WALLET_KEY_SKETCH_H
#define MIEN_WALLET_KEY_SKETCH_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/random.h"
#include "platform/base/status.h"

#define MIEN_SKETCH_SIZE 128
#define MIEN_SKETCH_MESSAGE_BITS 40
#define MIEN_SKETCH_CANDIDATES 32

/* T of the statement match: cos^2 >= T / 2^16, that is cos >= 0.59. At that cosine the message is
 * recovered in at least 99 % of the cases (test-wallet-sketch measures it and fails otherwise), so
 * whoever proves is not let in more easily than whoever unlocks. */
#define MIEN_SKETCH_THRESHOLD 22814

/* P as Q15: row[i][j] is 2^15 P_ij, rounded. */
typedef struct mien_sketch_rotation {
    int16_t row[MIEN_SKETCH_SIZE][MIEN_SKETCH_SIZE];
} mien_sketch_rotation;

/* 64-byte aligned memory for one call of make or recover; wiped before return. */
size_t mien_sketch_make_workspace_size(void);
size_t mien_sketch_recover_workspace_size(void);

/* Fresh message and rotation for a face; embedding: any length but zero, only its direction counts
 * (MIEN_ARGUMENT when it is zero). MIEN_RANDOM when randomness fails; outputs are zeroed then. */
MIEN_MUST_CHECK mien_status mien_sketch_make(mien_sketch_rotation *rotation, uint64_t *message,
                                             const int8_t embedding[MIEN_SKETCH_SIZE],
                                             const mien_random *random, void *workspace);

/* The 32 messages that fit best, in no particular order, all different. One of them is the enrolled
 * one if the face is near enough; which one, only a tag can tell. */
void mien_sketch_recover(uint64_t messages[MIEN_SKETCH_CANDIDATES],
                         const mien_sketch_rotation *rotation,
                         const int8_t embedding[MIEN_SKETCH_SIZE], void *workspace);

/* The template t = clamp(round(32 sqrt(128) P^T s), -127, 127) in integers: the same bytes each
 * time and on each machine. This, not the enrolled mean, is what C_t commits to; their cosine is
 * above 0.999. */
void mien_sketch_template(int8_t vector[MIEN_SKETCH_SIZE], const mien_sketch_rotation *rotation,
                          uint64_t message);

/* The information set, for the tests. */
struct mien_polar_code;
const struct mien_polar_code *mien_sketch_code(void);

/* Square root of 0 or a normal positive number, to a few units in the last place (of 0: below
 * 2^-500). The C library's looks at its argument. */
double mien_sketch_square_root(double x);

/* count Gaussian numbers, mean 0 and variance 1, from the random source, by Box and Muller's
 * transform with branch-free logarithm, sine and cosine. count is even; bytes[8 * count] is scratch
 * memory that the caller wipes. */
MIEN_MUST_CHECK mien_status mien_sketch_gaussians(double *out, size_t count, uint8_t *bytes,
                                                  const mien_random *random);

#endif
