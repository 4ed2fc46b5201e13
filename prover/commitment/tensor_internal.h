/* SPDX-License-Identifier: MIT */
/* Inside the long commitment: matrices that are encoded, hashed and opened column by column, and
 * the inner levels. */
#ifndef MIEN_PROVER_COMMITMENT_TENSOR_INTERNAL_H
#define MIEN_PROVER_COMMITMENT_TENSOR_INTERNAL_H

#include "prover/commitment/tensor.h"
#include "prover/ligero/arena.h"

/* The sumcheck over u leaves a row while it still runs on vectors (sumcheck/rounds.h). */
#define MIEN_TENSOR_INNER_ROW_MIN 6u

/* eq of the bits of `index` at `point`, one product a bit. */
static inline mien_k mien_tensor_equality_at(const mien_k *point, unsigned bits, uint32_t index) {
    mien_k product = MIEN_K_ONE;
    for (unsigned i = 0; i < bits; i++) {
        mien_k factor = index >> i & 1 ? point[i] : mien_k_sub(MIEN_K_ONE, point[i]);
        product = mien_k_mul(product, factor);
    }
    return product;
}

/* ---- prover: a matrix over F and its tree */
typedef struct mien_tensor_matrix {
    unsigned log2_row, log2_columns;
    const mien_ntt *ntt; /* of the columns' points */
    const mien_hash_kernels *hash;
    const mien_field_kernels *field;
    uint32_t tree, elements; /* of a column */
    size_t tail;             /* coefficients of a row past 2^log2_row */
    mien_f *codewords;       /* row groups */
    uint8_t *nodes;
    const uint8_t *salts; /* NULL: zeros, which are not sent */
    uint8_t *scratch;     /* mien_tensor_encode_scratch_size bytes for each thread */
    /* Coefficients of rows 16 group .. side by side: [2^log2_row][16] and [tail][16]. */
    void (*pack)(const void *rows, const mien_field_kernels *field, mien_f *out, mien_f *tail,
                 size_t group);
    const void *rows;
} mien_tensor_matrix;

size_t mien_tensor_encode_scratch_size(unsigned log2_row, size_t tail);
/* Fill codewords and nodes. */
void mien_tensor_encode(const mien_tensor_matrix *matrix, mien_pool *pool);
/* Salts, elements and the tree's opening. columns ascending; `scratch` holds `count` words. */
MIEN_MUST_CHECK mien_status mien_tensor_send_columns(const mien_tensor_matrix *matrix,
                                                     mien_sender *sender, const uint32_t *columns,
                                                     uint32_t count, uint32_t *scratch);
/* Grind, absorb and write. */
MIEN_MUST_CHECK mien_status mien_tensor_send_nonce(mien_sender *sender, const char *label,
                                                   unsigned bits);

/* ---- prover: what tests may look at and change on the way. A commitment with the mask may have an
 * observer; programs have none. */
typedef enum mien_tensor_step {
    MIEN_TENSOR_STEP_RESPONSE, /* u is there */
    MIEN_TENSOR_STEP_ENCODED,  /* an inner matrix and its tree, before the root is sent */
    MIEN_TENSOR_STEP_VALUE,    /* z, before it is sent */
    MIEN_TENSOR_STEP_SUMCHECK, /* u and L, before the first round */
    MIEN_TENSOR_STEP_ROW       /* what opens an inner matrix, before it is committed or sent */
} mien_tensor_step;
typedef struct mien_tensor_view {
    unsigned level; /* inner level */
    mien_k_block *u, *l, *row;
    mien_k *z;
    const mien_tensor_matrix *inner;
} mien_tensor_view;
struct mien_tensor_observer {
    void (*look)(void *context, mien_tensor_step step, const mien_tensor_view *view);
    void *context;
};
static inline void mien_tensor_look(const struct mien_tensor_observer *observer,
                                    mien_tensor_step step, const mien_tensor_view *view) {
    if (observer != NULL) observer->look(observer->context, step, view);
}

/* The matrix of a commitment, to encode it (again, in tests) or to open it. */
mien_tensor_matrix mien_tensor_matrix_of(const mien_tensor_commitment *commitment,
                                         const mien_machine *machine);

/* ---- prover: inner levels. u_1 and all that follows from it is public. */
typedef struct mien_tensor_level {
    mien_ntt ntt;
    mien_tensor_matrix matrix;
    mien_f *packed;    /* the matrix's coefficients, group after group */
    mien_k_block *u;   /* what the matrix holds, zeros behind; its sumcheck overwrites it */
    mien_k_block *row; /* the next level's u */
    mien_f *tables;
} mien_tensor_level;

typedef struct mien_tensor_inner_prover {
    const mien_tensor_shape *shape;
    const mien_machine *machine;
    const mien_hash_kernels *hash;
    const struct mien_tensor_observer *observer;
    mien_tensor_level level[MIEN_TENSOR_INNER_MAX];
    mien_k_block *l; /* eq of the point in the positions of a row, zeros behind; overwritten */
    mien_f *powers;  /* x_c^j, lane after lane, for a chunk of positions */
    mien_k *gammas;  /* gamma^(c + 1) */
    mien_f *steps;   /* x_c^chunk */
    uint32_t *columns, *scratch;
} mien_tensor_inner_prover;

/* Blocks of u and of l. */
static inline size_t mien_tensor_u_blocks(const mien_tensor_shape *shape) {
    return mien_tensor_inner_count(shape) > 0
               ? ((size_t)1 << mien_tensor_inner_variables(shape, 0)) / MIEN_LANES
               : mien_k_blocks(mien_tensor_length(shape));
}
/* Everything but u of the first level, l, and the first level's columns. */
void mien_tensor_inner_carve(mien_tensor_inner_prover *prover, mien_arena *arena, unsigned threads);
/* Commit to u, send root and z. */
MIEN_MUST_CHECK mien_status mien_tensor_inner_commit(mien_tensor_inner_prover *prover,
                                                     mien_sender *sender);
/* After the columns of the matrix of w: sumchecks and openings. */
MIEN_MUST_CHECK mien_status mien_tensor_inner_open(mien_tensor_inner_prover *prover,
                                                   mien_sender *sender, const uint32_t *columns);

/* ---- verifier */
typedef struct mien_tensor_verifier {
    const mien_tensor_shape *parts; /* the first speaks for all */
    size_t count;
    mien_receiver *receiver;
    mien_k *row;      /* u, or the last of its kind: what is sent */
    mien_k *equality; /* eq over its positions */
    mien_k *weights;  /* of the rows of a matrix */
    mien_k *values;   /* u(x_c), or u_i(x_c), as the columns have it */
    mien_f *column, *points;
    mien_k_block *evaluated; /* `row` at the columns */
    uint32_t *columns;
    mien_merkle_entry *entries;
} mien_tensor_verifier;

/* Read a nonce and draw columns into verifier->columns. */
MIEN_MUST_CHECK mien_status mien_tensor_read_nonce(mien_tensor_verifier *verifier,
                                                   const char *label, const char *columns_label,
                                                   uint32_t queries, unsigned log2_columns);
/* sum of row[j] equality[j], j < 2^bits, after equality was set to eq(point). */
mien_k mien_tensor_inner_product(mien_tensor_verifier *verifier, const mien_k *point,
                                 unsigned bits);
/* The inner levels, behind the columns of w: z and verifier->values are claims about the matrix
 * under `root`. Ends with verifier->row read and verifier->values those it has to have. */
MIEN_MUST_CHECK mien_status mien_tensor_inner_verify(mien_tensor_verifier *verifier, mien_k z,
                                                     const uint8_t root[MIEN_MERKLE_DIGEST],
                                                     const mien_k *point);

#endif
