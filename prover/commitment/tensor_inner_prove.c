/* SPDX-License-Identifier: MIT */
/* The second level. u is public from here on: nothing is secret. */
#include "prover/commitment/tensor_internal.h"
#include "prover/sumcheck/inner_product.h"

enum { CHUNK_LOG2_MAX = 9 }; /* positions of L that stay in the cache while all columns add to it */

static unsigned chunk_bits(const mien_tensor_shape *shape) {
    unsigned bits = mien_tensor_inner_variables(shape);
    return bits < CHUNK_LOG2_MAX ? bits : CHUNK_LOG2_MAX;
}
static uint32_t query_groups(const mien_tensor_shape *shape) {
    return (shape->queries + MIEN_LANES - 1) / MIEN_LANES;
}

void mien_tensor_inner_carve(mien_tensor_inner_prover *p, mien_arena *arena, unsigned threads) {
    const mien_tensor_shape *shape = p->shape;
    const mien_tensor_inner *inner = &shape->inner;
    mien_rs_shape code = {inner->log2_row, inner->log2_columns, 0};
    size_t length = (size_t)1 << inner->log2_row;
    mien_tensor_matrix *matrix = &p->matrix;
    *matrix = (mien_tensor_matrix){.tree = inner->tree,
                                   .elements = MIEN_K_DEGREE * mien_tensor_inner_rows(shape),
                                   .length = length};
    size_t columns = mien_k_blocks(matrix->elements) << inner->log2_columns;
    matrix->codewords = mien_arena_take(arena, columns, MIEN_LANES * sizeof(mien_f));
    matrix->nodes = mien_arena_take(arena, mien_merkle_nodes_size(inner->log2_columns), 1);
    matrix->scratch =
        mien_arena_take(arena, threads, mien_tensor_encode_scratch_size(inner->log2_row, length));
    p->tables = mien_arena_take(arena, mien_rs_table_length(&code), sizeof(mien_f));
    p->row = mien_arena_take(arena, length / MIEN_LANES, sizeof(mien_k_block));
    p->powers = mien_arena_take(arena, (size_t)query_groups(shape) << chunk_bits(shape),
                                MIEN_LANES * sizeof(mien_f));
    p->gammas = mien_arena_take(arena, shape->queries, sizeof(mien_k));
    p->steps = mien_arena_take(arena, shape->queries, sizeof(mien_f));
    p->columns = mien_arena_take(arena, inner->queries, sizeof(uint32_t));
    p->scratch = mien_arena_take(arena, inner->queries, sizeof(uint32_t));
}

/* Element e of a column is word e % 5 of row e / 5 of u. */
static void pack_words(const void *rows, const mien_field_kernels *kernels, mien_f *out,
                       size_t group) {
    const mien_tensor_inner_prover *p = rows;
    size_t blocks = p->matrix.length / MIEN_LANES;
    (void)kernels;
    for (size_t lane = 0; lane < MIEN_LANES; lane++) {
        size_t e = group * MIEN_LANES + lane;
        bool there = e < p->matrix.elements;
        const mien_k_block *row = p->u + (there ? e / MIEN_K_DEGREE * blocks : 0);
        for (size_t j = 0; j < p->matrix.length; j++)
            out[j * MIEN_LANES + lane] =
                there ? row[j / MIEN_LANES].c[e % MIEN_K_DEGREE][j % MIEN_LANES] : MIEN_F_ZERO;
    }
}

static mien_sender in_the_clear(const mien_sender *sender) {
    mien_sender clear = {sender->transcript, sender->writer, NULL, 0, 0};
    return clear;
}

mien_status mien_tensor_inner_commit(mien_tensor_inner_prover *p, const mien_hash_kernels *hash,
                                     mien_sender *sender) {
    const mien_tensor_shape *shape = p->shape;
    mien_rs_shape code = {shape->inner.log2_row, shape->inner.log2_columns, 0};
    mien_sender clear = in_the_clear(sender);
    MIEN_TRY(mien_rs_init(&p->code, p->tables, &code));
    p->matrix.code = &p->code;
    p->matrix.hash = hash;
    p->matrix.field = p->machine->field;
    p->matrix.pack = pack_words;
    p->matrix.rows = p;
    mien_tensor_encode(&p->matrix, p->machine->pool);
    const uint8_t *root = mien_merkle_root(p->matrix.nodes, shape->inner.log2_columns);
    MIEN_TRY(mien_write_bytes(sender->writer, root, MIEN_MERKLE_DIGEST));
    mien_transcript_digest(sender->transcript, "combined root", root);
    mien_k z = p->machine->field->k_dot(p->u, p->l, (size_t)1 << shape->log2_row);
    return mien_send(&clear, "combined value", &z, 1);
}

/* ---- L += sum_i gamma^(i + 1) x_i^position, chunk after chunk */

static void add_powers(void *context, size_t chunk, unsigned worker) {
    const mien_tensor_inner_prover *p = context;
    size_t length = (size_t)1 << chunk_bits(p->shape);
    (void)worker;
    for (size_t g = 0; g < query_groups(p->shape); g++) {
        mien_k weights[MIEN_LANES];
        for (size_t lane = 0; lane < MIEN_LANES; lane++) {
            size_t i = g * MIEN_LANES + lane;
            weights[lane] = MIEN_K_ZERO;
            if (i < p->shape->queries)
                weights[lane] =
                    mien_k_mul_f(p->gammas[i], mien_f_power(p->steps[i], (uint32_t)chunk));
        }
        p->machine->field->group_combine(p->l + chunk * (length / MIEN_LANES), weights,
                                         p->powers + g * length * MIEN_LANES, length);
    }
}

/* x_i^j in lane i of group i / 16, below the length of a chunk; x_i^chunk. */
static void fill_powers(mien_tensor_inner_prover *p, const uint32_t *columns) {
    size_t length = (size_t)1 << chunk_bits(p->shape);
    memset(p->powers, 0, query_groups(p->shape) * length * MIEN_LANES * sizeof *p->powers);
    for (size_t i = 0; i < p->shape->queries; i++) {
        mien_f *out = p->powers + i / MIEN_LANES * length * MIEN_LANES + i % MIEN_LANES;
        mien_f x = mien_ntt_point(p->shape->log2_columns, MIEN_F_GENERATOR, columns[i]);
        mien_f power = MIEN_F_ONE;
        for (size_t j = 0; j < length; j++, power = mien_f_mul(power, x))
            out[j * MIEN_LANES] = power;
        p->steps[i] = power;
    }
}

static void batch_claims(mien_tensor_inner_prover *p, mien_k gamma, const uint32_t *columns) {
    mien_k power = MIEN_K_ONE;
    fill_powers(p, columns);
    for (size_t i = 0; i < p->shape->queries; i++) {
        power = mien_k_mul(power, gamma);
        p->gammas[i] = power;
    }
    mien_pool_run(p->machine->pool, add_powers, p,
                  (size_t)1 << (mien_tensor_inner_variables(p->shape) - chunk_bits(p->shape)));
}

static mien_status send_row(mien_tensor_inner_prover *p, mien_sender *sender) {
    const uint8_t *encoded = sender->writer->bytes + sender->writer->used;
    for (size_t j = 0; j < p->matrix.length; j++) {
        mien_k element = mien_k_block_get(p->row, j);
        MIEN_TRY(mien_write_k(sender->writer, &element, 1));
    }
    mien_transcript_k(sender->transcript, "inner row", encoded, p->matrix.length);
    return MIEN_OK;
}

mien_status mien_tensor_inner_open(mien_tensor_inner_prover *p, mien_sender *sender,
                                   const uint32_t *columns) {
    const mien_tensor_shape *shape = p->shape;
    const mien_tensor_inner *inner = &shape->inner;
    mien_sender clear = in_the_clear(sender);
    mien_k gamma, value, s[MIEN_F_TWO_ADICITY];
    mien_transcript_draw_k(sender->transcript, "gamma", &gamma, 1);
    batch_claims(p, gamma, columns);
    MIEN_TRY(mien_inner_product_prove_k(&clear, s, &value, p->u, p->l,
                                        mien_tensor_inner_variables(shape), p->row, inner->log2_row,
                                        p->machine));
    MIEN_TRY(send_row(p, sender));
    MIEN_TRY(mien_tensor_send_nonce(sender, "inner nonce", shape->grinding_bits));
    mien_transcript_draw_columns(sender->transcript, "inner columns", p->columns, inner->queries,
                                 inner->log2_columns);
    return mien_tensor_send_columns(&p->matrix, sender, p->columns, inner->queries, p->scratch);
}
