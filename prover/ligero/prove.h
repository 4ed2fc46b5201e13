/* SPDX-License-Identifier: MIT */
/* zk-Ligero, the prover. */
#ifndef MIEN_PROVER_LIGERO_PROVE_H
#define MIEN_PROVER_LIGERO_PROVE_H

#include "platform/base/bytes.h"
#include "platform/base/progress.h"
#include "platform/base/random.h"
#include "platform/threads/pool.h"
#include "prover/ligero/challenges.h"

/* Moments of a proof at which an observer is called, in order: X(name). */
#define MIEN_LIGERO_STEPS(X)                                                                       \
    X(SEED)        /* the seed of the proof's randomness is made */                                \
    X(RANDOMNESS)  /* `random_words` hold the random parts of rows and masks */                    \
    X(POLYNOMIALS) /* `polynomials` hold all rows and masks */                                     \
    X(CODEWORDS)   /* `codewords` and `salts` are final */                                         \
    X(TREE)        /* `nodes` hold the Merkle tree; the root goes out next */                      \
    X(CHALLENGES)  /* `challenges` were drawn */                                                   \
    X(RESPONSES)   /* `responses` go out next */                                                   \
    X(NONCE)       /* `nonce` goes out next */                                                     \
    X(COLUMNS)     /* `columns` were drawn; salts and codewords there go out next */

typedef enum mien_ligero_step {
#define X(name) MIEN_LIGERO_STEP_##name,
    MIEN_LIGERO_STEPS(X)
#undef X
        MIEN_LIGERO_STEP_COUNT
} mien_ligero_step;

/* What the prover holds. Element e of a column is a row of the circuit, then five words a mask. */
typedef struct mien_ligero_view {
    const mien_proof_parameters *parameters;
    const mien_ligero_system *system;
    size_t groups;        /* of 16 elements */
    uint8_t seed[32];     /* secret */
    mien_f *random_words; /* secret: rows * q, then 5 masks * 5 * (m + q) */
    mien_f *polynomials;  /* secret: coefficient i of element e at [e / 16][i][e % 16], i < m + q */
    mien_f *codewords;    /* secret but for opened columns: [e / 16][column][e % 16] */
    uint8_t (*salts)[32]; /* secret but for opened columns */
    uint8_t *nodes;       /* prover/hash/merkle.h */
    mien_ligero_challenges *challenges; /* and what it points to */
    mien_k *responses;                  /* proximity, linear, product */
    uint64_t nonce;
    uint32_t *columns;
    mien_transcript *transcript;
} mien_ligero_view;

/* Watches a proof being made; may change what it sees. Tests use it to cheat, to look at
 * distributions, and to tell valgrind what has become public. Programs pass NULL. */
typedef struct mien_ligero_observer {
    void (*at)(void *context, mien_ligero_step step, mien_ligero_view *view);
    void *context;
} mien_ligero_observer;

/* Bytes of workspace, 64-byte aligned; 0 when parameters and system do not fit. */
size_t mien_ligero_prove_workspace_size(const mien_proof_parameters *parameters,
                                        const mien_ligero_system *system);
/* Upper bound of the bytes that are written. */
size_t mien_ligero_proof_max_size(const mien_proof_parameters *parameters,
                                  const mien_ligero_system *system);

/* Append a proof that `rows` (system->rows times system->slots elements, row after row; secret)
 * satisfies the system. A witness that does not satisfy it gives a proof that does not verify.
 * Randomness is derived from `random`, the rows and the transcript together, so that a generator
 * that repeats itself does not repeat masks under another statement. Constant time in the rows but
 * for the number of random words rejected (independent of them). The workspace holds secrets
 * afterwards: the caller wipes it. */
MIEN_MUST_CHECK mien_status mien_ligero_prove(mien_transcript *transcript, mien_writer *writer,
                                              const mien_proof_parameters *parameters,
                                              const mien_ligero_system *system, const mien_f *rows,
                                              void *workspace, size_t workspace_size,
                                              const mien_random *random, mien_pool *pool,
                                              const mien_progress *progress,
                                              const mien_ligero_observer *observer);

/* The same in two parts. mien_ligero_commit writes and absorbs the root; the caller then goes on
 * with the same transcript and writer, and later calls mien_ligero_respond, once, for challenges,
 * responses, nonce and columns. The system's constraints need not be known before that; its
 * products and sizes must not change, and system, parameters, pool, observer and workspace must
 * live until then. Only mien_ligero_commit reads `rows`. *prover lies in the workspace. */
typedef struct mien_ligero_prover mien_ligero_prover;
MIEN_MUST_CHECK mien_status mien_ligero_commit(
    mien_ligero_prover **prover, mien_transcript *transcript, mien_writer *writer,
    const mien_proof_parameters *parameters, const mien_ligero_system *system, const mien_f *rows,
    void *workspace, size_t workspace_size, const mien_random *random, mien_pool *pool,
    const mien_progress *progress, const mien_ligero_observer *observer);
/* MIEN_ARGUMENT on the second call: masks serve once. */
MIEN_MUST_CHECK mien_status mien_ligero_respond(mien_ligero_prover *prover,
                                                mien_transcript *transcript, mien_writer *writer,
                                                const mien_progress *progress);

#endif
