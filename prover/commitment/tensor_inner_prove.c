/* SPDX-License-Identifier: MIT */
/* Inner levels. u is public from here on: nothing is secret. */
#include "prover/commitment/tensor_internal.h"
#include "prover/sumcheck/inner_product.h"

enum { CHUNK_LOG2_MAX = 9 }; /* positions of L that stay in the cache while all columns add to it */

/* A set of columns that were drawn, and the code that they belong to. */
typedef struct drawn {
    const uint32_t *columns;
    uint32_t count;
    unsigned log2_columns;
} drawn;

static unsigned chunk_bits(unsigned variables) {
    return variables < CHUNK_LOG2_MAX ? variables : CHUNK_LOG2_MAX;
}
static size_t lane_groups(uint32_t queries) {
    return mien_k_blocks(queries);
}

static void carve_level(mien_tensor_inner_prover *p, unsigned i, mien_arena *arena,
                        unsigned threads) {
    const mien_tensor_inner *inner = &p->shape->inner[i];
    mien_tensor_level *level = &p->level[i];
    mien_tensor_matrix *matrix = &level->matrix;
    size_t length = (size_t)1 << inner->log2_row;
    *matrix = (mien_tensor_matrix){.log2_row = inner->log2_row,
                                   .log2_columns = inner->log2_columns,
                                   .tree = inner->tree,
                                   .elements = MIEN_K_DEGREE * mien_tensor_inner_rows(p->shape, i)};
    size_t groups = mien_k_blocks(matrix->elements);
    matrix->codewords =
        mien_arena_take(arena, groups << inner->log2_columns, MIEN_LANES * sizeof(mien_f));
    matrix->nodes = mien_arena_take(arena, mien_merkle_nodes_size(inner->log2_columns), 1);
    matrix->scratch =
        mien_arena_take(arena, threads, mien_tensor_encode_scratch_size(inner->log2_row, 0));
    level->packed = mien_arena_take(arena, groups * length, MIEN_LANES * sizeof(mien_f));
    level->tables =
        mien_arena_take(arena, mien_ntt_forward_table_length(inner->log2_columns), sizeof(mien_f));
    level->row = mien_arena_take(arena, length / MIEN_LANES, sizeof(mien_k_block));
    if (i + 1 < MIEN_TENSOR_INNER_MAX) p->level[i + 1].u = level->row;
}

void mien_tensor_inner_carve(mien_tensor_inner_prover *p, mien_arena *arena, unsigned threads) {
    uint32_t queries = p->shape->queries;
    unsigned count = mien_tensor_inner_count(p->shape);
    if (count == 0) return;
    for (unsigned i = 0; i < count; i++) {
        carve_level(p, i, arena, threads);
        if (p->shape->inner[i].queries > queries) queries = p->shape->inner[i].queries;
    }
    p->powers =
        mien_arena_take(arena, lane_groups(queries) << CHUNK_LOG2_MAX, MIEN_LANES * sizeof(mien_f));
    p->gammas = mien_arena_take(arena, queries, sizeof(mien_k));
    p->steps = mien_arena_take(arena, queries, sizeof(mien_f));
    p->columns = mien_arena_take(arena, queries, sizeof(uint32_t));
    p->scratch = mien_arena_take(arena, queries, sizeof(uint32_t));
}

/* Element e of a column is word e % 5 of row e / 5 of u. */
static void pack_words(void *context, size_t group, unsigned worker) {
    const mien_tensor_level *level = context;
    size_t length = (size_t)1 << level->matrix.log2_row;
    mien_f *out = level->packed + group * length * MIEN_LANES;
    (void)worker;
    for (size_t lane = 0; lane < MIEN_LANES; lane++) {
        size_t e = group * MIEN_LANES + lane;
        bool there = e < level->matrix.elements;
        const mien_k_block *row = level->u + (there ? e / MIEN_K_DEGREE * length / MIEN_LANES : 0);
        for (size_t j = 0; j < length; j++)
            out[j * MIEN_LANES + lane] =
                there ? row[j / MIEN_LANES].c[e % MIEN_K_DEGREE][j % MIEN_LANES] : MIEN_F_ZERO;
    }
}

static void copy_packed(const void *rows, const mien_field_kernels *kernels, mien_f *out,
                        mien_f *tail, size_t group) {
    const mien_tensor_level *level = rows;
    size_t words = MIEN_LANES << level->matrix.log2_row;
    (void)kernels, (void)tail;
    memcpy(out, level->packed + group * words, words * sizeof *out);
}

static void look(mien_tensor_inner_prover *p, mien_tensor_step step, unsigned i, mien_k *z) {
    mien_tensor_level *level = &p->level[i];
    mien_tensor_view view = {i, level->u, p->l, level->row, z, &level->matrix};
    mien_tensor_look(p->observer, step, &view);
}

static mien_sender in_the_clear(const mien_sender *sender) {
    mien_sender clear = {sender->transcript, sender->writer, NULL, 0, 0};
    return clear;
}

/* Commit to level i's u. */
static mien_status commit(mien_tensor_inner_prover *p, unsigned i, mien_sender *sender) {
    const mien_tensor_inner *inner = &p->shape->inner[i];
    mien_tensor_level *level = &p->level[i];
    MIEN_TRY(
        mien_ntt_init_forward(&level->ntt, level->tables, inner->log2_columns, MIEN_F_GENERATOR));
    level->matrix.ntt = &level->ntt;
    level->matrix.hash = p->hash;
    level->matrix.field = p->machine->field;
    level->matrix.pack = copy_packed;
    level->matrix.rows = level;
    mien_pool_run(p->machine->pool, pack_words, level, mien_k_blocks(level->matrix.elements));
    mien_tensor_encode(&level->matrix, p->machine->pool);
    look(p, MIEN_TENSOR_STEP_ENCODED, i, NULL);
    const uint8_t *root = mien_merkle_root(level->matrix.nodes, inner->log2_columns);
    MIEN_TRY(mien_write_bytes(sender->writer, root, MIEN_MERKLE_DIGEST));
    mien_transcript_digest(sender->transcript, "combined root", root);
    return MIEN_OK;
}

mien_status mien_tensor_inner_commit(mien_tensor_inner_prover *p, mien_sender *sender) {
    mien_sender clear = in_the_clear(sender);
    MIEN_TRY(commit(p, 0, sender));
    mien_k z = p->machine->field->k_dot(p->level[0].u, p->l, (size_t)1 << p->shape->log2_row);
    look(p, MIEN_TENSOR_STEP_VALUE, 0, &z);
    return mien_send(&clear, "combined value", &z, 1);
}

/* ---- L += sum_c gamma^(c + 1) x_c^position, chunk after chunk */

typedef struct power_work {
    const mien_tensor_inner_prover *prover;
    uint32_t queries;
    size_t length; /* of a chunk */
} power_work;

static void add_powers(void *context, size_t chunk, unsigned worker) {
    const power_work *work = context;
    const mien_tensor_inner_prover *p = work->prover;
    (void)worker;
    for (size_t g = 0; g < lane_groups(work->queries); g++) {
        mien_k weights[MIEN_LANES];
        for (size_t lane = 0; lane < MIEN_LANES; lane++) {
            size_t c = g * MIEN_LANES + lane;
            weights[lane] = MIEN_K_ZERO;
            if (c < work->queries)
                weights[lane] =
                    mien_k_mul_f(p->gammas[c], mien_f_power(p->steps[c], (uint32_t)chunk));
        }
        p->machine->field->group_combine(p->l + chunk * (work->length / MIEN_LANES), weights,
                                         p->powers + g * work->length * MIEN_LANES, work->length);
    }
}

/* x_c^j in lane c % 16 of group c / 16, below the length of a chunk; x_c^chunk. */
static void fill_powers(mien_tensor_inner_prover *p, const drawn *from, size_t length) {
    memset(p->powers, 0, lane_groups(from->count) * length * MIEN_LANES * sizeof *p->powers);
    for (size_t c = 0; c < from->count; c++) {
        mien_f *out = p->powers + c / MIEN_LANES * length * MIEN_LANES + c % MIEN_LANES;
        mien_f x = mien_ntt_point(from->log2_columns, MIEN_F_GENERATOR, from->columns[c]);
        mien_f power = MIEN_F_ONE;
        for (size_t j = 0; j < length; j++) {
            out[j * MIEN_LANES] = power;
            power = mien_f_mul(power, x);
        }
        p->steps[c] = power;
    }
}

static void batch_claims(mien_tensor_inner_prover *p, mien_k gamma, const drawn *from,
                         unsigned variables) {
    mien_k power = MIEN_K_ONE;
    power_work work = {p, from->count, (size_t)1 << chunk_bits(variables)};
    fill_powers(p, from, work.length);
    for (size_t c = 0; c < from->count; c++) {
        power = mien_k_mul(power, gamma);
        p->gammas[c] = power;
    }
    mien_pool_run(p->machine->pool, add_powers, &work, ((size_t)1 << variables) / work.length);
}

static mien_status send_row(const mien_tensor_level *level, mien_sender *sender) {
    const uint8_t *encoded = sender->writer->bytes + sender->writer->used;
    size_t length = (size_t)1 << level->matrix.log2_row;
    for (size_t j = 0; j < length; j++) {
        mien_k element = mien_k_block_get(level->row, j);
        MIEN_TRY(mien_write_k(sender->writer, &element, 1));
    }
    mien_transcript_k(sender->transcript, "inner row", encoded, length);
    return MIEN_OK;
}

/* Sumcheck and opening of level i; `from` are the columns that it speaks of, then those of its own.
 */
static mien_status open_level(mien_tensor_inner_prover *p, unsigned i, mien_sender *sender,
                              drawn *from) {
    const mien_tensor_inner *inner = &p->shape->inner[i];
    mien_tensor_level *level = &p->level[i];
    mien_sender clear = in_the_clear(sender);
    unsigned variables = mien_tensor_inner_variables(p->shape, i);
    mien_k gamma, value, s[MIEN_F_TWO_ADICITY];
    mien_transcript_draw_k(sender->transcript, "gamma", &gamma, 1);
    batch_claims(p, gamma, from, variables);
    look(p, MIEN_TENSOR_STEP_SUMCHECK, i, NULL);
    MIEN_TRY(mien_inner_product_prove_k(&clear, s, &value, level->u, p->l, variables, level->row,
                                        inner->log2_row, p->machine));
    look(p, MIEN_TENSOR_STEP_ROW, i, NULL);
    if (i + 1 < mien_tensor_inner_count(p->shape)) {
        mien_equality_blocks(p->l, p->machine->field, s, inner->log2_row);
        MIEN_TRY(commit(p, i + 1, sender));
    } else {
        MIEN_TRY(send_row(level, sender));
    }
    MIEN_TRY(mien_tensor_send_nonce(sender, "inner nonce", p->shape->grinding_bits));
    mien_transcript_draw_columns(sender->transcript, "inner columns", p->columns, inner->queries,
                                 inner->log2_columns);
    *from = (drawn){p->columns, inner->queries, inner->log2_columns};
    return mien_tensor_send_columns(&level->matrix, sender, p->columns, inner->queries, p->scratch);
}

mien_status mien_tensor_inner_open(mien_tensor_inner_prover *p, mien_sender *sender,
                                   const uint32_t *columns) {
    drawn from = {columns, p->shape->queries, p->shape->log2_columns};
    for (unsigned i = 0; i < mien_tensor_inner_count(p->shape); i++)
        MIEN_TRY(open_level(p, i, sender, &from));
    return MIEN_OK;
}
