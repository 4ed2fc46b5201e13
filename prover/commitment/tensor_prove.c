/* SPDX-License-Identifier: MIT */
#include "prover/commitment/tensor.h"
#include "prover/ligero/arena.h"

static size_t row_length(const mien_tensor_shape *shape) {
    return (size_t)1 << shape->log2_row;
}
static size_t polynomial_length(const mien_tensor_shape *shape) {
    return row_length(shape) + shape->queries;
}
static size_t groups_of(const mien_tensor_shape *shape) {
    return mien_k_blocks(mien_tensor_column_elements(shape));
}
static size_t columns_of(const mien_tensor_shape *shape) {
    return (size_t)1 << shape->log2_columns;
}
static mien_rs_shape code_shape(const mien_tensor_shape *shape) {
    mien_rs_shape code = {shape->log2_row, shape->log2_columns, shape->queries};
    return code;
}
/* A thread's coefficients of one group, then the leaf states of one block of columns or, when it is
 * opened, the combined row. */
static size_t coefficients_size(const mien_tensor_shape *shape) {
    return polynomial_length(shape) * MIEN_LANES * sizeof(mien_f);
}
static size_t scratch_size(const mien_tensor_shape *shape) {
    size_t states = row_length(shape) / MIEN_LANES * sizeof(mien_leaf_state);
    size_t combined = mien_k_blocks(polynomial_length(shape)) * sizeof(mien_k_block);
    return coefficients_size(shape) + (states > combined ? states : combined);
}

static void carve(mien_tensor_commitment *c, mien_arena *arena, unsigned threads) {
    const mien_tensor_shape *shape = &c->shape;
    mien_rs_shape code = code_shape(shape);
    size_t columns = columns_of(shape);
    c->tables = mien_arena_take(arena, mien_rs_table_length(&code), sizeof(mien_f));
    c->randomness =
        mien_arena_take(arena, (size_t)shape->row_count * shape->queries, sizeof(mien_f));
    c->mask = mien_arena_take(arena, MIEN_K_DEGREE * polynomial_length(shape), sizeof(mien_f));
    c->codewords = mien_arena_take(arena, groups_of(shape) * columns, MIEN_LANES * sizeof(mien_f));
    c->salts = mien_arena_take(arena, columns, MIEN_MERKLE_SALT);
    c->nodes = mien_arena_take(arena, mien_merkle_nodes_size(shape->log2_columns), 1);
    c->scratch = mien_arena_take(arena, threads, scratch_size(shape));
}

size_t mien_tensor_memory_size(const mien_tensor_shape *shape, unsigned threads) {
    if (mien_tensor_shape_check(shape) != MIEN_OK) return 0;
    mien_tensor_commitment c = {.shape = *shape};
    mien_arena arena = {NULL, 0};
    carve(&c, &arena, threads);
    return arena.used;
}

/* Coefficients of element e of a column: a row's message and random part, a word of the mask, or
 * zeros behind the last. */
static void element_parts(const mien_tensor_commitment *c, uint32_t e, const mien_f **message,
                          const mien_f **random) {
    const mien_tensor_shape *shape = &c->shape;
    *message = *random = NULL;
    if (e < shape->row_count) {
        *message = c->w + ((size_t)shape->rows[e] << shape->log2_row);
        *random = c->randomness + (size_t)e * shape->queries;
    } else if (e < mien_tensor_column_elements(shape)) {
        *message = c->mask + (e - shape->row_count) * polynomial_length(shape);
        *random = *message + row_length(shape);
    }
}

/* The group's coefficients side by side: [m + q][16]. */
static void pack_group(const mien_tensor_commitment *c, const mien_field_kernels *kernels,
                       mien_f *out, size_t group) {
    const mien_tensor_shape *shape = &c->shape;
    uint32_t first = (uint32_t)group * MIEN_LANES;
    size_t m = row_length(shape);
    bool together = first + MIEN_LANES <= shape->row_count &&
                    shape->rows[first + MIEN_LANES - 1] - shape->rows[first] == MIEN_LANES - 1;
    if (together)
        kernels->group_pack(out, c->w + ((size_t)shape->rows[first] << shape->log2_row), m,
                            MIEN_LANES, m);
    for (uint32_t lane = 0; lane < MIEN_LANES; lane++) {
        const mien_f *message, *random;
        mien_f *to = out + lane;
        element_parts(c, first + lane, &message, &random);
        for (size_t j = 0; j < m && !together; j++)
            to[j * MIEN_LANES] = message != NULL ? message[j] : MIEN_F_ZERO;
        for (size_t j = 0; j < shape->queries; j++)
            to[(m + j) * MIEN_LANES] = random != NULL ? random[j] : MIEN_F_ZERO;
    }
}

typedef struct commit_work {
    mien_tensor_commitment *commitment;
    const mien_machine *machine;
    const mien_hash_kernels *hash;
} commit_work;

/* One block of m columns: group after group is encoded and absorbed while it is in the cache. */
static void commit_block(void *context, size_t block, unsigned worker) {
    const commit_work *work = context;
    mien_tensor_commitment *c = work->commitment;
    const mien_tensor_shape *shape = &c->shape;
    size_t m = row_length(shape), first = block * m, columns = columns_of(shape);
    uint32_t elements = mien_tensor_column_elements(shape);
    uint8_t *scratch = c->scratch + worker * scratch_size(shape);
    mien_f *coefficients = (mien_f *)(void *)scratch;
    mien_leaf_state *states = (mien_leaf_state *)(void *)(scratch + coefficients_size(shape));
    for (size_t t = 0; t < m; t += MIEN_LANES)
        work->hash->leaf_start(&states[t / MIEN_LANES], shape->tree, (uint32_t)(first + t),
                               elements, c->salts + (first + t) * MIEN_MERKLE_SALT);
    for (size_t g = 0; g < groups_of(shape); g++) {
        mien_f *out = c->codewords + (g * columns + first) * MIEN_LANES;
        pack_group(c, work->machine->field, coefficients, g);
        mien_rs_encode_block(&c->code, work->machine->field, out, coefficients,
                             polynomial_length(shape), MIEN_LANES, block);
        for (size_t t = 0; t < m; t += MIEN_LANES)
            work->hash->leaf_absorb(&states[t / MIEN_LANES], out + t * MIEN_LANES, (uint32_t)g,
                                    elements);
    }
    for (size_t t = 0; t < m; t += MIEN_LANES)
        work->hash->leaf_finish(c->nodes + (first + t) * MIEN_MERKLE_DIGEST,
                                &states[t / MIEN_LANES]);
}

mien_status mien_tensor_commit(mien_tensor_commitment *commitment, uint8_t root[MIEN_MERKLE_DIGEST],
                               const mien_f *w, const mien_tensor_shape *shape, void *memory,
                               size_t memory_size, const mien_machine *machine,
                               const mien_hash_kernels *hash, const mien_random *random,
                               const mien_progress *progress) {
    unsigned threads = mien_pool_threads(machine->pool);
    size_t needed = mien_tensor_memory_size(shape, threads);
    if (needed == 0 || memory_size < needed) return MIEN_ARGUMENT;
    mien_tensor_commitment *c = commitment;
    *c = (mien_tensor_commitment){.shape = *shape, .w = w};
    mien_arena arena = {memory, 0};
    mien_rs_shape code = code_shape(shape);
    carve(c, &arena, threads);
    MIEN_TRY(mien_rs_init(&c->code, c->tables, &code));
    MIEN_TRY(mien_f_random(c->randomness, (size_t)shape->row_count * shape->queries, random));
    MIEN_TRY(mien_f_random(c->mask, MIEN_K_DEGREE * polynomial_length(shape), random));
    MIEN_TRY(mien_random_fill(random, c->salts, columns_of(shape) * MIEN_MERKLE_SALT));
    if (!mien_progress_report(progress, "commit", 0, 1)) return MIEN_INTERRUPTED;
    commit_work work = {c, machine, hash};
    mien_pool_run(machine->pool, commit_block, &work,
                  (size_t)1 << (shape->log2_columns - shape->log2_row));
    mien_merkle_build_with(hash, c->nodes, shape->tree, shape->log2_columns);
    memcpy(root, mien_merkle_root(c->nodes, shape->log2_columns), MIEN_MERKLE_DIGEST);
    return MIEN_OK;
}

/* ---- opening; the codewords' memory is still needed, the threads' scratch is free */

static mien_k mask_coefficient(const mien_tensor_commitment *c, size_t j) {
    mien_k g;
    size_t length = polynomial_length(&c->shape);
    for (size_t k = 0; k < MIEN_K_DEGREE; k++) g.c[k] = c->mask[k * length + j];
    return g;
}

static mien_k mask_value(const mien_tensor_commitment *c, const mien_k *point) {
    mien_k *equality = (mien_k *)(void *)c->scratch, sum = MIEN_K_ZERO;
    mien_equality_vector(equality, point, c->shape.log2_row);
    for (size_t j = 0; j < row_length(&c->shape); j++)
        sum = mien_k_add(sum, mien_k_mul(equality[j], mask_coefficient(c, j)));
    return sum;
}

static mien_k row_weight(const mien_tensor_shape *shape, const mien_k *point, uint32_t row) {
    mien_k product = MIEN_K_ONE;
    for (unsigned i = shape->log2_row; i < shape->log2_size; i++) {
        uint32_t bit = row >> (i - shape->log2_row) & 1;
        mien_k factor = bit ? point[i] : mien_k_sub(MIEN_K_ONE, point[i]);
        product = mien_k_mul(product, factor);
    }
    return product;
}

/* Write u, position by position. `combined` and `group` lie in the scratch. */
static mien_status send_response(mien_tensor_commitment *c, mien_sender *sender,
                                 const mien_k *point, mien_k beta, const mien_machine *machine,
                                 mien_k_block *combined, mien_f *group) {
    const mien_tensor_shape *shape = &c->shape;
    size_t length = polynomial_length(shape);
    memset(combined, 0, mien_k_blocks(length) * sizeof *combined);
    for (uint32_t first = 0; first < shape->row_count; first += MIEN_LANES) {
        mien_k weights[MIEN_LANES];
        for (uint32_t lane = 0; lane < MIEN_LANES; lane++)
            weights[lane] = first + lane < shape->row_count
                                ? row_weight(shape, point, shape->rows[first + lane])
                                : MIEN_K_ZERO;
        pack_group(c, machine->field, group, first / MIEN_LANES);
        machine->field->group_combine(combined, weights, group, length);
    }
    const uint8_t *encoded = sender->writer->bytes + sender->writer->used;
    for (size_t j = 0; j < length; j++) {
        mien_k u = mien_k_mul(beta, mien_k_block_get(combined, j));
        u = mien_k_add(u, mask_coefficient(c, j));
        MIEN_TRY(mien_write_k(sender->writer, &u, 1));
    }
    mien_transcript_k(sender->transcript, "combined row", encoded, length);
    return MIEN_OK;
}

static mien_status send_nonce(mien_sender *sender, unsigned bits) {
    for (uint64_t nonce = 0;; nonce++) {
        mien_transcript trial = *sender->transcript;
        if (!mien_transcript_grind_check(&trial, "nonce", nonce, bits)) continue;
        *sender->transcript = trial;
        return mien_write_le64(sender->writer, nonce);
    }
}

static mien_status send_columns(mien_tensor_commitment *c, mien_sender *sender, uint32_t *columns,
                                uint32_t *scratch) {
    const mien_tensor_shape *shape = &c->shape;
    mien_transcript_draw_columns(sender->transcript, "columns", columns, shape->queries,
                                 shape->log2_columns);
    for (uint32_t i = 0; i < shape->queries; i++) {
        size_t column = columns[i];
        MIEN_TRY(mien_write_bytes(sender->writer, c->salts + column * MIEN_MERKLE_SALT,
                                  MIEN_MERKLE_SALT));
        for (uint32_t e = 0; e < mien_tensor_column_elements(shape); e++) {
            size_t at = (e / MIEN_LANES * columns_of(shape) + column) * MIEN_LANES;
            MIEN_TRY(mien_write_f(sender->writer, &c->codewords[at + e % MIEN_LANES], 1));
        }
    }
    return mien_merkle_open(sender->writer, scratch, c->nodes, shape->log2_columns, columns,
                            shape->queries);
}

mien_status mien_tensor_open(mien_tensor_commitment *commitment, mien_sender *sender,
                             const mien_k *point, const mien_machine *machine) {
    const mien_tensor_shape *shape = &commitment->shape;
    if (commitment->opened) return MIEN_ARGUMENT;
    commitment->opened = true;
    mien_k y = mask_value(commitment, point), beta;
    MIEN_TRY(mien_send(sender, "mask value", &y, 1));
    mien_transcript_draw_k(sender->transcript, "beta", &beta, 1);
    mien_f *group = (mien_f *)(void *)commitment->scratch;
    mien_k_block *combined =
        (mien_k_block *)(void *)(commitment->scratch + coefficients_size(shape));
    MIEN_TRY(send_response(commitment, sender, point, beta, machine, combined, group));
    MIEN_TRY(send_nonce(sender, shape->grinding_bits));
    uint32_t *columns = (uint32_t *)(void *)commitment->scratch;
    return send_columns(commitment, sender, columns, columns + shape->queries);
}
