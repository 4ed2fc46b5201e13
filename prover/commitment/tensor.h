/* SPDX-License-Identifier: MIT */
/* A hiding commitment to a long vector w of 2^n elements of F, opened at a point of K^n (Ligero and
 * Brakedown's tensor opening; longfellow's zero knowledge; Ligerito's second level).
 *
 * w is cut into 2^(n - a) rows of m = 2^a. A committed row i is the polynomial
 *     p_i(X) = sum_j w(i m + j) X^j + X^m rho_i(X),   rho_i uniform of degree < t q,
 * evaluated on the N = 2^log2_columns points of mien_rs_point. Rows are committed in parts: each
 * part is a list of rows with a Merkle tree of its own, made at a time of its own, perhaps by
 * somebody else (the rows of a frame by the camera, those of weights once for t proofs). One part,
 * made for this proof, also holds a mask g, uniform over K of degree < m + tail, tail >= t q of
 * every part; g adds five rows. A column of a part holds its rows, then the five words of g;
 * columns are the leaves of the tree with number `tree`. Rows that no part lists are not committed:
 * they hold zeros, or values that the verifier knows (it subtracts what they add to w(r) from the
 * claim).
 *
 * Opening at r, r_low the first a coordinates, with the claim w(r) = v, v an affine form in the
 * messages:
 *   prover:   message y = sum_(j < m) g_j eq(r_low, j)
 *   verifier: beta
 *   prover:   in the clear u = g + beta sum_i eq(r_high, i) p_i, m + tail coefficients
 *   prover:   nonce; verifier: q distinct columns, the same in all parts
 *   prover:   part after part, their salts and elements, and the Merkle opening
 *   verifier: in each column c, u(x_c) = g(x_c) + beta sum_i eq(r_high, i) p_i(x_c); and
 *             sum_(j < m) u_j eq(r_low, j) = y + beta v.
 * y must be sent before beta is drawn: otherwise any v could be claimed. u tells nothing, as g is
 * uniform; t q columns tell nothing, as rho_i is. So a part serves t openings, and its commitment
 * refuses more; the part with the mask serves one.
 *
 * Inner levels: u_1 = u, which is public, is not sent but committed as a matrix of its own (no
 * mask, no salts), with z = sum_(j < m) u_j eq(r_low, j) in the clear. z and the values u(x_c) that
 * the columns give are claims about inner products of u_1, shown by one sumcheck in the clear,
 * which ends at a point s, and by opening that matrix at s with a combined row u_2. u_2 may be
 * committed in its turn. So long rows cost little, and the proof is less than half as long.
 *
 * Bytes, soundness (unique decoding, r_high drawn after all roots): docs/ARGUMENT.md. */
#ifndef MIEN_PROVER_COMMITMENT_TENSOR_H
#define MIEN_PROVER_COMMITMENT_TENSOR_H

#include "platform/base/progress.h"
#include "prover/code/reed_solomon.h"
#include "prover/hash/leaves.h"
#include "prover/sumcheck/messages.h"
#include "prover/sumcheck/rounds.h"

#define MIEN_TENSOR_PARTS_MAX 8

/* Bytes of a salt that are drawn and sent. Unopened columns stay hidden from whoever makes fewer
 * than 2^128 guesses (docs/ARGUMENT.md, 4). */
#define MIEN_TENSOR_SALT 16

/* The matrix that holds u_i, i >= 1; all zero where there is none. */
#define MIEN_TENSOR_INNER_MAX 3
typedef struct mien_tensor_inner {
    unsigned log2_row, log2_columns;
    uint32_t queries, tree;
} mien_tensor_inner;

/* One part. All parts of an opening agree in all but tree, rows, openings and unmasked. */
typedef struct mien_tensor_shape {
    unsigned log2_size, log2_row, log2_columns; /* n, a, log2 N */
    uint32_t queries;                           /* q */
    unsigned grinding_bits;                     /* at most 20, before each set of columns */
    uint32_t tree;
    const uint32_t *rows; /* ascending, distinct, below 2^(n - a) */
    uint32_t row_count;   /* >= 1; a part with the mask may have none */
    /* Zeros from here on: the only part, with its mask, opened once, no inner level. */
    uint32_t openings; /* t; 0 stands for 1, and a part with the mask has 1 */
    uint32_t tail;     /* 0 stands for t q */
    bool unmasked;     /* rows only */
    mien_tensor_inner inner[MIEN_TENSOR_INNER_MAX];
} mien_tensor_shape;

/* t q: random coefficients of a row of this part. */
static inline uint32_t mien_tensor_row_randomness(const mien_tensor_shape *shape) {
    return shape->queries * (shape->openings > 1 ? shape->openings : 1);
}
static inline uint32_t mien_tensor_tail(const mien_tensor_shape *shape) {
    return shape->tail != 0 ? shape->tail : mien_tensor_row_randomness(shape);
}
/* m + tail: coefficients of u. */
static inline size_t mien_tensor_length(const mien_tensor_shape *shape) {
    return ((size_t)1 << shape->log2_row) + mien_tensor_tail(shape);
}
/* Elements of a column. */
static inline uint32_t mien_tensor_column_elements(const mien_tensor_shape *shape) {
    return shape->row_count + (shape->unmasked ? 0 : MIEN_K_DEGREE);
}
/* How many inner levels there are. */
static inline unsigned mien_tensor_inner_count(const mien_tensor_shape *shape) {
    unsigned count = 0;
    while (count < MIEN_TENSOR_INNER_MAX && shape->inner[count].log2_row != 0) count++;
    return count;
}
/* Coefficients of u_(i + 1), which inner level i holds (i = the number of levels: which is sent).
 */
static inline size_t mien_tensor_inner_length(const mien_tensor_shape *shape, unsigned i) {
    return i == 0 ? mien_tensor_length(shape) : (size_t)1 << shape->inner[i - 1].log2_row;
}
/* Rows of its matrix: as many as hold them. */
static inline uint32_t mien_tensor_inner_rows(const mien_tensor_shape *shape, unsigned i) {
    size_t row = (size_t)1 << shape->inner[i].log2_row;
    return (uint32_t)((mien_tensor_inner_length(shape, i) + row - 1) / row);
}
/* Variables of the sumcheck about u_(i + 1): bits of a position in these rows. */
unsigned mien_tensor_inner_variables(const mien_tensor_shape *shape, unsigned i);

/* MIEN_ARGUMENT unless a <= n <= 32, 4 <= a, N <= 2^24, 1 <= q, t q <= tail, m + tail <= N / 2, and
 * the list is as said; of inner levels, each with 6 <= log2_row, rows no longer than those of the
 * level before, log2_row < log2_columns <= 24, 1 <= queries <= half the columns, trees distinct. */
MIEN_MUST_CHECK mien_status mien_tensor_shape_check(const mien_tensor_shape *shape);
/* MIEN_ARGUMENT unless each of 1 .. MIEN_TENSOR_PARTS_MAX parts is right by itself, they agree,
 * trees are distinct, one part has the mask, and no row is in two parts. */
MIEN_MUST_CHECK mien_status mien_tensor_parts_check(const mien_tensor_shape *parts, size_t count);
/* Absorb the shape of a part: part of the public input. */
void mien_tensor_absorb_shape(mien_transcript *transcript, const mien_tensor_shape *shape);
/* Upper bound of the bytes of an opening of one part; of several. */
size_t mien_tensor_opening_max_size(const mien_tensor_shape *shape);
size_t mien_tensor_parts_opening_max_size(const mien_tensor_shape *parts, size_t count);

/* ---- prover */
typedef struct mien_tensor_commitment {
    mien_tensor_shape shape;
    mien_ntt ntt;
    const mien_hash_kernels *hash;
    const mien_f *w;        /* secret */
    const uint32_t *w_rows; /* where the rows are in w; shape.rows is where they count */
    mien_f *tables;
    mien_k *weights;    /* of the rows, in an opening */
    mien_f *randomness; /* secret: rho, row after row */
    mien_f *mask;       /* secret: five rows of m + tail, each up to a multiple of 16; or NULL */
    mien_f *codewords;  /* secret but for opened columns: groups as prover/hash/leaves.h has them */
    uint8_t *salts;     /* MIEN_MERKLE_SALT bytes a column, of which the first MIEN_TENSOR_SALT are
                           drawn and the others zero; secret but for opened columns */
    uint8_t *nodes;
    uint8_t
        *scratch; /* of each thread while committing; of the opening in the part with the mask */
    size_t scratch_size;
    unsigned threads;
    uint32_t opened;                             /* openings so far */
    const struct mien_tensor_observer *observer; /* NULL but in tests: tensor_internal.h */
} mien_tensor_commitment;

/* Bytes of memory for the commitment with this many threads, 64-byte aligned; 0 for a bad shape. */
size_t mien_tensor_memory_size(const mien_tensor_shape *shape, unsigned threads);
/* Commit to a part. Salts and coefficients are streams of ChaCha20 with seeds from `random`. w and
 * shape->rows stay the caller's and must outlive the commitment; `memory`
 * holds secrets until it is wiped. Constant time in w. MIEN_ARGUMENT, MIEN_RANDOM,
 * MIEN_INTERRUPTED. */
MIEN_MUST_CHECK mien_status mien_tensor_commit(
    mien_tensor_commitment *commitment, uint8_t root[MIEN_MERKLE_DIGEST], const mien_f *w,
    const mien_tensor_shape *shape, void *memory, size_t memory_size, const mien_machine *machine,
    const mien_hash_kernels *hash, const mien_random *random, const mien_progress *progress);
/* Append the opening of the only part at `point` (n coordinates): one message through `sender`, the
 * rest to its writer. MIEN_ARGUMENT when the budget is spent: a part is never opened more than t
 * times. */
MIEN_MUST_CHECK mien_status mien_tensor_open(mien_tensor_commitment *commitment,
                                             mien_sender *sender, const mien_k *point,
                                             const mien_machine *machine);
/* The same for several parts, in the order in which the verifier lists them. On any error but
 * MIEN_ARGUMENT an opening of each part is spent. */
MIEN_MUST_CHECK mien_status mien_tensor_open_parts(mien_tensor_commitment *const *parts,
                                                   size_t count, mien_sender *sender,
                                                   const mien_k *point,
                                                   const mien_machine *machine);

/* ---- prover: commitments that outlive a process */

/* What a commitment is made again from, besides w and the shape. Secret: who knows it and a proof
 * knows the rows. `opened` must be on durable storage before a proof leaves, counting that proof.
 */
typedef struct mien_tensor_secret {
    uint8_t seed[32]; /* uniform */
    uint32_t opened;
} mien_tensor_secret;
#define MIEN_TENSOR_SECRET_BYTES 40
void mien_tensor_secret_encode(uint8_t out[MIEN_TENSOR_SECRET_BYTES],
                               const mien_tensor_secret *secret);
/* MIEN_FORMAT for bytes that are not such a secret; *secret is then zeroed. */
MIEN_MUST_CHECK mien_status mien_tensor_secret_decode(
    mien_tensor_secret *secret, const uint8_t bytes[MIEN_TENSOR_SECRET_BYTES]);

/* mien_tensor_commit with all randomness derived from the seed, the rows' values and the shape, so
 * that the same call gives the same root, and one seed under two vectors gives independent
 * randomness. For parts without the mask, whose w and tree stay the same: MIEN_ARGUMENT for others.
 * The commitment's count starts at secret->opened. */
MIEN_MUST_CHECK mien_status mien_tensor_commit_again(
    mien_tensor_commitment *commitment, uint8_t root[MIEN_MERKLE_DIGEST], const mien_f *w,
    const mien_tensor_shape *shape, const mien_tensor_secret *secret, void *memory,
    size_t memory_size, const mien_machine *machine, const mien_hash_kernels *hash,
    const mien_progress *progress);
/* Let a commitment made before count as rows shape->rows of a longer vector, `shape` being the
 * part's in that opening. MIEN_ARGUMENT unless row length, columns, queries, tree, openings and
 * number of rows are the commitment's. */
MIEN_MUST_CHECK mien_status mien_tensor_place(mien_tensor_commitment *commitment,
                                              const mien_tensor_shape *shape);

/* ---- verifier */
/* Bytes of workspace, 64-byte aligned; 0 for a bad shape. */
size_t mien_tensor_verify_workspace_size(const mien_tensor_shape *shape);
size_t mien_tensor_parts_verify_workspace_size(const mien_tensor_shape *parts, size_t count);
/* Read an opening that message `value` is w(point). MIEN_PROOF_INVALID, MIEN_FORMAT or
 * MIEN_TRUNCATED for bytes that are wrong; the equation between messages goes to the checker. */
MIEN_MUST_CHECK mien_status mien_tensor_verify(const mien_tensor_shape *shape,
                                               const uint8_t root[MIEN_MERKLE_DIGEST],
                                               const mien_k *point, uint32_t value,
                                               mien_receiver *receiver, const mien_checker *checker,
                                               void *workspace, size_t workspace_size);
/* The same for several parts with their roots and the claim that the listed rows' share of w(point)
 * is `claim`, which leaves one term free. */
MIEN_MUST_CHECK mien_status mien_tensor_verify_parts(
    const mien_tensor_shape *parts, const uint8_t (*roots)[MIEN_MERKLE_DIGEST], size_t count,
    const mien_k *point, const mien_form *claim, mien_receiver *receiver,
    const mien_checker *checker, void *workspace, size_t workspace_size);

#endif
