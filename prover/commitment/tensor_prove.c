/* SPDX-License-Identifier: MIT */
#include "prover/commitment/tensor_internal.h"

static size_t row_length(const mien_tensor_shape *shape) {
    return (size_t)1 << shape->log2_row;
}
static size_t columns_of(const mien_tensor_shape *shape) {
    return (size_t)1 << shape->log2_columns;
}
static uint32_t groups_of_rows(const mien_tensor_shape *shape) {
    return (shape->row_count + MIEN_LANES - 1) / MIEN_LANES;
}
/* From one word of the mask to the next; zeros fill what is past m + tail. */
static size_t mask_stride(const mien_tensor_shape *shape) {
    return mien_k_blocks(mien_tensor_length(shape)) * MIEN_LANES;
}
/* Coefficients past m of what this part holds. */
static size_t tail_length(const mien_tensor_shape *shape) {
    return shape->unmasked ? mien_tensor_row_randomness(shape) : mien_tensor_tail(shape);
}

/* Where an opening works: u, eq(r_low), columns, and the inner levels. */
typedef struct opening {
    mien_k_block *u, *equality;
    uint32_t *columns, *scratch;
    mien_tensor_inner_prover inner;
} opening;

static size_t carve_opening(opening *o, mien_arena *arena, const mien_tensor_shape *shape,
                            unsigned threads) {
    o->u = mien_arena_take(arena, mien_tensor_u_blocks(shape), sizeof(mien_k_block));
    o->equality = mien_arena_take(arena, mien_tensor_u_blocks(shape), sizeof(mien_k_block));
    o->columns = mien_arena_take(arena, shape->queries, sizeof(uint32_t));
    o->scratch = mien_arena_take(arena, shape->queries, sizeof(uint32_t));
    o->inner.shape = shape;
    o->inner.level[0].u = o->u;
    o->inner.l = o->equality;
    mien_tensor_inner_carve(&o->inner, arena, threads);
    return arena->used;
}

static size_t scratch_size(const mien_tensor_shape *shape, unsigned threads) {
    opening o;
    mien_arena arena = {NULL, 0};
    size_t commit = threads * mien_tensor_encode_scratch_size(shape->log2_row, tail_length(shape));
    size_t open = shape->unmasked ? 0 : carve_opening(&o, &arena, shape, threads);
    return commit > open ? commit : open;
}

static void carve(mien_tensor_commitment *c, mien_arena *arena, unsigned threads) {
    const mien_tensor_shape *shape = &c->shape;
    size_t columns = columns_of(shape);
    size_t groups = mien_k_blocks(mien_tensor_column_elements(shape));
    size_t randomness = (size_t)shape->row_count * mien_tensor_row_randomness(shape);
    c->tables =
        mien_arena_take(arena, mien_ntt_forward_table_length(shape->log2_columns), sizeof(mien_f));
    c->weights = mien_arena_take(arena, (size_t)groups_of_rows(shape) * MIEN_LANES, sizeof(mien_k));
    c->randomness = mien_arena_take(arena, randomness, sizeof(mien_f));
    c->mask = NULL;
    if (!shape->unmasked)
        c->mask = mien_arena_take(arena, MIEN_K_DEGREE * mask_stride(shape), sizeof(mien_f));
    c->codewords = mien_arena_take(arena, groups * columns, MIEN_LANES * sizeof(mien_f));
    c->salts = mien_arena_take(arena, columns, MIEN_MERKLE_SALT);
    c->nodes = mien_arena_take(arena, mien_merkle_nodes_size(shape->log2_columns), 1);
    c->scratch_size = scratch_size(shape, threads);
    c->scratch = mien_arena_take(arena, c->scratch_size, 1);
}

size_t mien_tensor_memory_size(const mien_tensor_shape *shape, unsigned threads) {
    if (mien_tensor_shape_check(shape) != MIEN_OK) return 0;
    mien_tensor_commitment c = {.shape = *shape};
    mien_arena arena = {NULL, 0};
    carve(&c, &arena, threads);
    return arena.used;
}

/* Positions first .. of rows 16 group .. side by side: messages (below m) or random coefficients
 * (`first` counts from m then); zeros in the lanes behind the last row. */
static void pack_rows(const mien_tensor_commitment *c, const mien_field_kernels *kernels,
                      mien_f *out, uint32_t group, size_t first, size_t count, bool message) {
    const mien_tensor_shape *shape = &c->shape;
    uint32_t row = group * MIEN_LANES, left = shape->row_count - row;
    uint32_t lanes = left < MIEN_LANES ? left : MIEN_LANES;
    size_t stride = mien_tensor_row_randomness(shape), m = row_length(shape);
    const uint32_t *rows = c->w_rows + row;
    if (!message) {
        kernels->group_pack(out, c->randomness + row * stride + first, stride, lanes, count);
    } else if (rows[lanes - 1] - rows[0] == lanes - 1) {
        kernels->group_pack(out, c->w + rows[0] * m + first, m, lanes, count);
    } else {
        for (uint32_t lane = 0; lane < MIEN_LANES; lane++)
            for (size_t j = 0; j < count; j++)
                out[j * MIEN_LANES + lane] =
                    lane < lanes ? c->w[rows[lane] * m + first + j] : MIEN_F_ZERO;
    }
}

/* The group's coefficients: rows, words of the mask behind them, then zeros. */
static void pack_group(const void *rows, const mien_field_kernels *kernels, mien_f *out,
                       mien_f *tail, size_t group) {
    const mien_tensor_commitment *c = rows;
    const mien_tensor_shape *shape = &c->shape;
    size_t m = row_length(shape), randomness = mien_tensor_row_randomness(shape);
    memset(tail, 0, tail_length(shape) * MIEN_LANES * sizeof *tail);
    if (group < groups_of_rows(shape)) {
        pack_rows(c, kernels, out, (uint32_t)group, 0, m, true);
        pack_rows(c, kernels, tail, (uint32_t)group, 0, randomness, false);
    } else {
        memset(out, 0, m * MIEN_LANES * sizeof *out);
    }
    for (size_t k = 0; k < MIEN_K_DEGREE && c->mask != NULL; k++) {
        size_t element = shape->row_count + k, lane = element % MIEN_LANES;
        const mien_f *word = c->mask + k * mask_stride(shape);
        if (element / MIEN_LANES != group) continue;
        for (size_t j = 0; j < m; j++) out[j * MIEN_LANES + lane] = word[j];
        for (size_t j = 0; j < tail_length(shape); j++) tail[j * MIEN_LANES + lane] = word[m + j];
    }
}

mien_tensor_matrix mien_tensor_matrix_of(const mien_tensor_commitment *c,
                                         const mien_machine *machine) {
    mien_tensor_matrix matrix = {.log2_row = c->shape.log2_row,
                                 .log2_columns = c->shape.log2_columns,
                                 .ntt = &c->ntt,
                                 .hash = c->hash,
                                 .field = machine->field,
                                 .tree = c->shape.tree,
                                 .elements = mien_tensor_column_elements(&c->shape),
                                 .tail = tail_length(&c->shape),
                                 .codewords = c->codewords,
                                 .nodes = c->nodes,
                                 .salts = c->salts,
                                 .scratch = c->scratch,
                                 .pack = pack_group,
                                 .rows = c};
    return matrix;
}

/* Salts are a stream for each piece, so that threads can share the work. */
enum { SALTS_LOG2 = 12 };
typedef struct salt_work {
    const mien_tensor_commitment *commitment;
    uint8_t seed[32]; /* secret */
    mien_status status[64];
} salt_work;

static void draw_salts(void *context, size_t piece, unsigned worker) {
    salt_work *work = context;
    size_t columns = columns_of(&work->commitment->shape), first = piece << SALTS_LOG2;
    size_t count =
        columns - first < (size_t)1 << SALTS_LOG2 ? columns - first : (size_t)1 << SALTS_LOG2;
    mien_random_seeded_state state;
    mien_random random = mien_random_seeded(&state, work->seed);
    state.block = piece;
    mien_status status = mien_random_fill(
        &random, work->commitment->salts + first * MIEN_MERKLE_SALT, count * MIEN_MERKLE_SALT);
    for (size_t i = first; i < first + count; i++)
        memset(work->commitment->salts + i * MIEN_MERKLE_SALT + MIEN_TENSOR_SALT, 0,
               MIEN_MERKLE_SALT - MIEN_TENSOR_SALT);
    if (status != MIEN_OK) work->status[worker] = status;
    mien_wipe(&state, sizeof state);
}

static mien_status fill_salts(mien_tensor_commitment *c, const mien_machine *machine,
                              const mien_random *random) {
    salt_work work = {.commitment = c};
    mien_status status = mien_random_fill(random, work.seed, sizeof work.seed);
    size_t pieces = (columns_of(&c->shape) + (1 << SALTS_LOG2) - 1) >> SALTS_LOG2;
    if (status == MIEN_OK) mien_pool_run(machine->pool, draw_salts, &work, pieces);
    for (size_t i = 0; i < 64 && status == MIEN_OK; i++) status = work.status[i];
    mien_wipe(work.seed, sizeof work.seed);
    return status;
}

/* From a stream as well: the system's generator is too slow for megabytes. */
static mien_status draw_randomness(mien_tensor_commitment *c, const mien_machine *machine,
                                   const mien_random *random) {
    const mien_tensor_shape *shape = &c->shape;
    size_t length = mien_tensor_length(shape), stride = mask_stride(shape);
    size_t count = (size_t)shape->row_count * mien_tensor_row_randomness(shape);
    uint8_t seed[32];
    MIEN_TRY(mien_random_fill(random, seed, sizeof seed));
    mien_random_seeded_state state;
    mien_random stream = mien_random_seeded(&state, seed);
    mien_status status = mien_f_random(c->randomness, count, &stream);
    for (size_t k = 0; k < MIEN_K_DEGREE && c->mask != NULL && status == MIEN_OK; k++) {
        status = mien_f_random(c->mask + k * stride, length, &stream);
        memset(c->mask + k * stride + length, 0, (stride - length) * sizeof *c->mask);
    }
    mien_wipe(seed, sizeof seed);
    mien_wipe(&state, sizeof state);
    return status == MIEN_OK ? fill_salts(c, machine, random) : status;
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
    *c = (mien_tensor_commitment){
        .shape = *shape, .w = w, .w_rows = shape->rows, .hash = hash, .threads = threads};
    mien_arena arena = {memory, 0};
    carve(c, &arena, threads);
    MIEN_TRY(mien_ntt_init_forward(&c->ntt, c->tables, shape->log2_columns, MIEN_F_GENERATOR));
    MIEN_TRY(draw_randomness(c, machine, random));
    if (!mien_progress_report(progress, "commit", 0, 1)) return MIEN_INTERRUPTED;
    mien_tensor_matrix matrix = mien_tensor_matrix_of(c, machine);
    mien_tensor_encode(&matrix, machine->pool);
    memcpy(root, mien_merkle_root(c->nodes, shape->log2_columns), MIEN_MERKLE_DIGEST);
    return MIEN_OK;
}

/* ---- opening; the codewords' memory is still needed, the threads' scratch is free */

/* sum_(j < m) g_j eq_j; the mask's words one after the other. */
static mien_k mask_value(const mien_tensor_commitment *c, const mien_field_kernels *kernels,
                         const mien_k_block *equality) {
    mien_k sum = MIEN_K_ZERO;
    for (size_t k = 0; k < MIEN_K_DEGREE; k++) {
        mien_k unit = MIEN_K_ZERO;
        unit.c[k] = MIEN_F_ONE;
        mien_k share =
            kernels->k_dot_f(equality, c->mask + k * mask_stride(&c->shape), row_length(&c->shape));
        sum = mien_k_add(sum, mien_k_mul(unit, share));
    }
    return sum;
}

static void set_weights(mien_tensor_commitment *c, const mien_k *point) {
    const mien_tensor_shape *shape = &c->shape;
    unsigned high = shape->log2_size - shape->log2_row;
    memset(c->weights, 0, (size_t)groups_of_rows(shape) * MIEN_LANES * sizeof *c->weights);
    for (uint32_t i = 0; i < shape->row_count; i++)
        c->weights[i] = mien_tensor_equality_at(point + shape->log2_row, high, shape->rows[i]);
}

typedef struct combine_work {
    mien_tensor_commitment *const *parts;
    size_t count;
    const mien_tensor_commitment *masked;
    const mien_field_kernels *kernels;
    mien_k_block *u;
    mien_k beta;
} combine_work;

enum { PIECE = 256 };

/* u at positions first .. first + count - 1, all below m or all from m on. */
static void add_rows(const combine_work *work, size_t first, size_t count) {
    _Alignas(64) mien_f group[PIECE * MIEN_LANES]; /* secret */
    mien_k_block *out = work->u + first / MIEN_LANES;
    size_t m = row_length(&work->masked->shape);
    for (size_t p = 0; p < work->count; p++) {
        const mien_tensor_commitment *c = work->parts[p];
        size_t from = first < m ? first : first - m,
               randomness = mien_tensor_row_randomness(&c->shape);
        size_t left = first < m ? m - first : randomness > from ? randomness - from : 0;
        size_t length = left < count ? left : count;
        for (uint32_t g = 0; g < groups_of_rows(&c->shape) && length > 0; g++) {
            pack_rows(c, work->kernels, group, g, from, length, first < m);
            work->kernels->group_combine(out, c->weights + g * MIEN_LANES, group, length);
        }
    }
    mien_wipe(group, sizeof group);
}

static void combine_range(void *context, size_t first, size_t count) {
    const combine_work *work = context;
    const mien_tensor_shape *shape = &work->masked->shape;
    size_t end = first + count, length = mien_k_blocks(mien_tensor_length(shape)) * MIEN_LANES;
    memset(work->u + first / MIEN_LANES, 0, mien_k_blocks(count) * sizeof *work->u);
    if (end > length) end = length; /* zeros stay behind the last coefficient */
    for (size_t at = first; at < end; at += PIECE) {
        size_t piece = end - at < PIECE ? end - at : PIECE;
        mien_k_block *out = work->u + at / MIEN_LANES;
        size_t m = row_length(shape), below = at >= m ? 0 : m - at < piece ? m - at : piece;
        if (below > 0) add_rows(work, at, below);
        if (below < piece) add_rows(work, at + below, piece - below);
        work->kernels->k_scale(out, out, work->beta, piece);
        for (size_t b = 0; b < mien_k_blocks(piece); b++)
            for (size_t k = 0; k < MIEN_K_DEGREE; k++)
                work->kernels->f_add(
                    out[b].c[k], out[b].c[k],
                    work->masked->mask + k * mask_stride(shape) + at + b * MIEN_LANES, MIEN_LANES);
    }
}

/* u, position by position. */
static mien_status send_response(const mien_tensor_shape *shape, mien_sender *sender,
                                 const mien_k_block *u) {
    size_t length = mien_tensor_length(shape);
    const uint8_t *encoded = sender->writer->bytes + sender->writer->used;
    for (size_t j = 0; j < length; j++) {
        mien_k element = mien_k_block_get(u, j);
        MIEN_TRY(mien_write_k(sender->writer, &element, 1));
    }
    mien_transcript_k(sender->transcript, "combined row", encoded, length);
    return MIEN_OK;
}

static mien_status send_all_columns(const combine_work *work, opening *o, mien_sender *sender,
                                    const mien_machine *machine) {
    const mien_tensor_shape *shape = &work->masked->shape;
    MIEN_TRY(mien_tensor_send_nonce(sender, "nonce", shape->grinding_bits));
    mien_transcript_draw_columns(sender->transcript, "columns", o->columns, shape->queries,
                                 shape->log2_columns);
    for (size_t p = 0; p < work->count; p++) {
        mien_tensor_matrix matrix = mien_tensor_matrix_of(work->parts[p], machine);
        MIEN_TRY(mien_tensor_send_columns(&matrix, sender, o->columns, shape->queries, o->scratch));
    }
    return MIEN_OK;
}

static mien_status open_parts(combine_work *work, opening *o, mien_sender *sender,
                              const mien_k *point, const mien_machine *machine) {
    const mien_tensor_shape *shape = &work->masked->shape;
    bool inner = mien_tensor_inner_count(shape) > 0;
    size_t blocks = mien_tensor_u_blocks(shape);
    memset(o->equality, 0, blocks * sizeof *o->equality);
    mien_equality_blocks(o->equality, machine->field, point, shape->log2_row);
    mien_k y = mask_value(work->masked, machine->field, o->equality);
    MIEN_TRY(mien_send(sender, "mask value", &y, 1));
    mien_transcript_draw_k(sender->transcript, "beta", &work->beta, 1);
    for (size_t p = 0; p < work->count; p++) set_weights(work->parts[p], point);
    mien_range(machine, combine_range, work, blocks * MIEN_LANES);
    mien_tensor_view view = {.u = o->u};
    mien_tensor_look(work->masked->observer, MIEN_TENSOR_STEP_RESPONSE, &view);
    if (inner)
        MIEN_TRY(mien_tensor_inner_commit(&o->inner, sender));
    else
        MIEN_TRY(send_response(shape, sender, o->u));
    MIEN_TRY(send_all_columns(work, o, sender, machine));
    return inner ? mien_tensor_inner_open(&o->inner, sender, o->columns) : MIEN_OK;
}

/* Which of the parts has the mask; NULL when they may not be opened together, or no more. */
static const mien_tensor_commitment *masked_part(mien_tensor_commitment *const *parts,
                                                 size_t count) {
    mien_tensor_shape shapes[MIEN_TENSOR_PARTS_MAX];
    const mien_tensor_commitment *masked = NULL;
    if (count < 1 || count > MIEN_TENSOR_PARTS_MAX) return NULL;
    for (size_t p = 0; p < count; p++) {
        shapes[p] = parts[p]->shape;
        if (!shapes[p].unmasked) masked = parts[p];
        if (parts[p]->opened >= (shapes[p].openings > 1 ? shapes[p].openings : 1)) return NULL;
    }
    return mien_tensor_parts_check(shapes, count) == MIEN_OK ? masked : NULL;
}

mien_status mien_tensor_open_parts(mien_tensor_commitment *const *parts, size_t count,
                                   mien_sender *sender, const mien_k *point,
                                   const mien_machine *machine) {
    const mien_tensor_commitment *masked = masked_part(parts, count);
    if (masked == NULL || mien_pool_threads(machine->pool) > masked->threads) return MIEN_ARGUMENT;
    for (size_t p = 0; p < count; p++) parts[p]->opened++;
    opening o;
    mien_arena arena = {masked->scratch, 0};
    carve_opening(&o, &arena, &masked->shape, masked->threads);
    o.inner.machine = machine;
    o.inner.hash = masked->hash;
    o.inner.observer = masked->observer;
    combine_work work = {parts, count, masked, machine->field, o.u, MIEN_K_ZERO};
    return open_parts(&work, &o, sender, point, machine);
}

mien_status mien_tensor_open(mien_tensor_commitment *commitment, mien_sender *sender,
                             const mien_k *point, const mien_machine *machine) {
    return mien_tensor_open_parts(&commitment, 1, sender, point, machine);
}
