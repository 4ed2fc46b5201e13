/* SPDX-License-Identifier: MIT */
/* A hiding commitment to a long vector w of 2^n elements of F, opened at a point of K^n (Ligero and
 * Brakedown's tensor opening; longfellow's zero knowledge).
 *
 * w is cut into 2^(n - a) rows of m = 2^a; rows that hold only zeros are not committed (`rows`
 * lists those that are, and everybody knows the list). Row i is the polynomial p_i(X) = sum_j w(i m
 * + j) X^j + X^m rho_i(X),   rho_i uniform of degree < q, evaluated on the N = 2^log2_columns
 * points of mien_rs_point. A mask g, uniform over K of degree < m + q, adds five rows. A column
 * holds the rows, then the five words of g; columns are the leaves of a Merkle tree with number
 * `tree`.
 *
 * Opening at r, r_low the first a coordinates, with the claim w(r) = v, v being message `value`:
 *   prover:   message y = sum_(j < m) g_j eq(r_low, j)
 *   verifier: beta
 *   prover:   in the clear u = g + beta sum_i eq(r_high, i) p_i, m + q coefficients
 *   prover:   nonce; verifier: q distinct columns
 *   prover:   their salts and elements, and the Merkle opening
 *   verifier: in each column c, u(x_c) = g(x_c) + beta sum_i eq(r_high, i) p_i(x_c); and
 *             sum_(j < m) u_j eq(r_low, j) = y + beta v.
 * y must be sent before beta is drawn: otherwise any v could be claimed. u tells nothing, as g is
 * uniform; q columns tell nothing, as rho_i is. One commitment serves one opening.
 *
 * Bytes, soundness (unique decoding, r_high drawn after the commitment): docs/ARGUMENT.md. */
#ifndef MIEN_PROVER_COMMITMENT_TENSOR_H
#define MIEN_PROVER_COMMITMENT_TENSOR_H

#include "platform/base/progress.h"
#include "prover/code/reed_solomon.h"
#include "prover/hash/leaves.h"
#include "prover/sumcheck/messages.h"
#include "prover/sumcheck/rounds.h"

typedef struct mien_tensor_shape {
    unsigned log2_size, log2_row, log2_columns; /* n, a, log2 N */
    uint32_t queries;                           /* q */
    unsigned grinding_bits;                     /* at most 20 */
    uint32_t tree;
    const uint32_t *rows; /* ascending, distinct, below 2^(n - a) */
    uint32_t row_count;   /* >= 1 */
} mien_tensor_shape;

/* MIEN_ARGUMENT unless a <= n <= 32, 4 <= a, m + q <= N / 2, N <= 2^24, 1 <= q <= m, and the list
 * is as said. */
MIEN_MUST_CHECK mien_status mien_tensor_shape_check(const mien_tensor_shape *shape);
/* Absorb the shape: part of the public input. */
void mien_tensor_absorb_shape(mien_transcript *transcript, const mien_tensor_shape *shape);
/* Elements of a column. */
static inline uint32_t mien_tensor_column_elements(const mien_tensor_shape *shape) {
    return shape->row_count + MIEN_K_DEGREE;
}
/* Upper bound of the bytes of an opening. */
size_t mien_tensor_opening_max_size(const mien_tensor_shape *shape);

/* ---- prover */
typedef struct mien_tensor_commitment {
    mien_tensor_shape shape;
    mien_rs_code code;
    const mien_f *w; /* secret */
    mien_f *tables;
    mien_f *randomness; /* secret: rho, row after row */
    mien_f *mask;       /* secret: five rows of m + q */
    mien_f *codewords;  /* secret but for opened columns: groups as prover/hash/leaves.h has them */
    uint8_t *salts;     /* secret but for opened columns */
    uint8_t *nodes;
    uint8_t *scratch; /* of each thread */
    bool opened;
} mien_tensor_commitment;

/* Bytes of memory for the commitment with this many threads, 64-byte aligned; 0 for a bad shape. */
size_t mien_tensor_memory_size(const mien_tensor_shape *shape, unsigned threads);
/* Commit. w and shape->rows stay the caller's and must outlive the commitment; `memory` holds
 * secrets until it is wiped. Constant time in w. MIEN_ARGUMENT, MIEN_RANDOM, MIEN_INTERRUPTED. */
MIEN_MUST_CHECK mien_status mien_tensor_commit(
    mien_tensor_commitment *commitment, uint8_t root[MIEN_MERKLE_DIGEST], const mien_f *w,
    const mien_tensor_shape *shape, void *memory, size_t memory_size, const mien_machine *machine,
    const mien_hash_kernels *hash, const mien_random *random, const mien_progress *progress);
/* Append the opening at `point` (n coordinates): one message through `sender`, the rest to its
 * writer. MIEN_ARGUMENT on the second call: rows are never opened twice. */
MIEN_MUST_CHECK mien_status mien_tensor_open(mien_tensor_commitment *commitment,
                                             mien_sender *sender, const mien_k *point,
                                             const mien_machine *machine);

/* ---- verifier */
/* Bytes of workspace, 64-byte aligned; 0 for a bad shape. */
size_t mien_tensor_verify_workspace_size(const mien_tensor_shape *shape);
/* Read an opening that message `value` is w(point). MIEN_PROOF_INVALID, MIEN_FORMAT or
 * MIEN_TRUNCATED for bytes that are wrong; the equation between messages goes to the checker. */
MIEN_MUST_CHECK mien_status mien_tensor_verify(const mien_tensor_shape *shape,
                                               const uint8_t root[MIEN_MERKLE_DIGEST],
                                               const mien_k *point, uint32_t value,
                                               mien_receiver *receiver, const mien_checker *checker,
                                               void *workspace, size_t workspace_size);

#endif
