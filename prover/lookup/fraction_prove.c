/* SPDX-License-Identifier: MIT */
#include "prover/ligero/arena.h"
#include "prover/lookup/fraction_tree.h"

/* Layers with at most 2^SMALL nodes are done one element at a time: two rounds of vectors, of 16
 * pairs at least, need one more. */
enum { SMALL = 5 };
/* Above leaves given by columns, in trees with more than this many levels, the level above the
 * leaves is never stored. */
enum { STORED = SMALL + 2 };

typedef struct prover {
    unsigned log2_size;
    bool ones;
    const mien_fraction_leaves *leaves;
    const mien_machine *machine;
    mien_sender *sender;
    /* Level k at level[k]; stored are 0 .. top. Once a layer is done, the level below it, which it
     * has folded, and all above are free. */
    unsigned top;
    mien_k_block *p[MIEN_FRACTION_LOG2_MAX + 1], *q[MIEN_FRACTION_LOG2_MAX + 1];
    void *equality_memory;
    /* p and q of the left child at the end of the layer before */
    mien_k left[2];
    /* the layer at work */
    mien_equality_split equality;
    mien_k lambda, *point;
    mien_k start; /* h(0) of round 0 */
    mien_k_block *column[4];
    mien_leaf_columns shifted;
    mien_small small;
} prover;

static unsigned stored_levels(unsigned log2_size, bool ones) {
    if (!ones) return log2_size;
    return log2_size > STORED ? log2_size - 2 : log2_size - 1;
}

static void carve(prover *s, mien_arena *arena) {
    s->top = stored_levels(s->log2_size, s->ones);
    for (unsigned k = 0; k <= s->top; k++) {
        size_t blocks = mien_k_blocks((size_t)1 << k);
        s->p[k] = mien_arena_take(arena, blocks, sizeof(mien_k_block));
        s->q[k] = mien_arena_take(arena, blocks, sizeof(mien_k_block));
    }
    s->equality_memory = mien_arena_take(arena, mien_equality_split_size(s->log2_size), 1);
}

size_t mien_fraction_workspace_size(unsigned log2_size, bool ones) {
    if (log2_size < 1 || log2_size > MIEN_FRACTION_LOG2_MAX) return 0;
    prover s = {.log2_size = log2_size, .ones = ones};
    mien_arena arena = {NULL, 0};
    carve(&s, &arena);
    return arena.used;
}

size_t mien_fraction_message_count(unsigned log2_size, bool ones) {
    size_t rounds = (size_t)log2_size * (log2_size - 1) / 2;
    return 2 + 2 * rounds + 4 * (size_t)log2_size - (ones ? 2 : 0);
}

/* ---- the tree */

/* Denominator of a leaf, from its columns. */
static mien_k leaf_value(const mien_leaf_columns *leaves, size_t i) {
    mien_k sum = leaves->constant;
    size_t half = leaves->size / 2;
    if (i % half >= leaves->present) return sum;
    for (int k = 0; k < MIEN_LEAF_COLUMNS; k++) {
        bool above = k == MIEN_LEAF_COLUMNS - 1 && leaves->lower_only && i >= half;
        if (leaves->column[k] == NULL || above) continue;
        mien_k scale = k == 0 ? MIEN_K_ONE : leaves->scale[k];
        sum = mien_k_add(sum, mien_k_mul_f(scale, leaves->column[k][i]));
    }
    return sum;
}

static void small_level(const prover *s, unsigned k) {
    size_t width = (size_t)1 << k;
    for (size_t i = 0; i < width; i++) {
        mien_k pl = MIEN_K_ONE, pr = MIEN_K_ONE, ql, qr;
        if (s->ones && k == s->log2_size - 1) {
            ql = leaf_value(s->leaves->columns, i);
            qr = leaf_value(s->leaves->columns, i + width);
        } else {
            pl = mien_k_block_get(s->p[k + 1], i);
            pr = mien_k_block_get(s->p[k + 1], i + width);
            ql = mien_k_block_get(s->q[k + 1], i);
            qr = mien_k_block_get(s->q[k + 1], i + width);
        }
        mien_k_block_set(s->p[k], i, mien_k_add(mien_k_mul(pl, qr), mien_k_mul(pr, ql)));
        mien_k_block_set(s->q[k], i, mien_k_mul(ql, qr));
    }
}

static void copy_leaves(const prover *s, size_t first, size_t count) {
    size_t blocks = mien_k_blocks(count);
    mien_k_block *p = s->p[s->top] + first / MIEN_LANES;
    memcpy(s->q[s->top] + first / MIEN_LANES, s->leaves->denominators + first / MIEN_LANES,
           blocks * sizeof *p);
    memset(p, 0, blocks * sizeof *p);
    for (size_t i = 0; i < count; i++)
        p[i / MIEN_LANES].c[0][i % MIEN_LANES] = s->leaves->numerators[first + i];
}

/* Nodes of level k and what is below them, depth first: a level is read while it is in the cache.
 */
static void build_below(const prover *s, unsigned k, size_t first, size_t count) {
    size_t width = (size_t)1 << k;
    if (k == s->top) {
        if (s->ones)
            s->machine->sum->tree_nodes(s->p[k], s->q[k], s->leaves->columns, first, count);
        else
            copy_leaves(s, first, count);
        return;
    }
    build_below(s, k + 1, first, count);
    build_below(s, k + 1, first + width, count);
    s->machine->sum->tree_level(s->p[k], s->q[k], s->p[k + 1], s->q[k + 1], width, first, count);
}

typedef struct build_work {
    const prover *s;
    unsigned level;
} build_work;

static void build_range(void *context, size_t first, size_t count) {
    enum { CHUNK = 256 };
    const build_work *work = context;
    for (size_t end = first + count; first < end; first += CHUNK)
        build_below(work->s, work->level, first, end - first < CHUNK ? end - first : CHUNK);
}

static void build(prover *s) {
    enum { DEPTH = 3 };
    unsigned k = s->top;
    if (s->ones && s->top == s->log2_size - 1) {
        small_level(s, k);
    } else if (k < SMALL) {
        copy_leaves(s, 0, (size_t)1 << k);
    } else {
        k = k > SMALL + DEPTH ? k - DEPTH : SMALL;
        build_work work = {s, k};
        mien_range(s->machine, build_range, &work, (size_t)1 << k);
    }
    while (k-- > 0) {
        if (k < SMALL)
            small_level(s, k);
        else
            s->machine->sum->tree_level(s->p[k], s->q[k], s->p[k + 1], s->q[k + 1], (size_t)1 << k,
                                        0, (size_t)1 << k);
    }
}

/* ---- rounds */
static void fraction_block(void *context, mien_k *out, const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->fraction(out, s->column, block);
}
static void first_fraction_block(void *context, mien_k *out, const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->fraction_first(out, s->column, s->lambda, block);
}
static void second_fraction_block(void *context, mien_k *out, const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->fraction_second(out, s->column, s->lambda, block);
}
static void first_node_block(void *context, mien_k *out, const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->node_first(out, s->leaves->columns, s->lambda, block);
}
static void second_node_block(void *context, mien_k *out, const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->node_fold(out, s->column, s->leaves->columns, s->lambda, block);
}
static void first_leaf_block(void *context, mien_k *out, const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->leaf_first(out, &s->shifted, block);
}
static void second_leaf_block(void *context, mien_k *out, const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->leaf_fold(out, s->column[0], s->column[1], &s->shifted, block);
}
static void product_block(void *context, mien_k *out, const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->product(out, s->column[0], s->column[1], block);
}

/* What the rounds of a layer run over; the small ones have loaded `small` already. */
typedef struct layer_kind {
    unsigned columns;
    mien_block_function first, second, rest;
} layer_kind;
static const layer_kind stored_kind = {4, first_fraction_block, second_fraction_block,
                                       fraction_block};
static const layer_kind node_kind = {4, first_node_block, second_node_block, fraction_block};
static const layer_kind leaf_kind = {2, first_leaf_block, second_leaf_block, product_block};

static void load_small(prover *s, unsigned columns, size_t size) {
    s->small.columns = columns;
    s->small.size = size;
    for (unsigned k = 0; k < columns; k++)
        for (size_t i = 0; i < size; i++) s->small.column[k][i] = mien_k_block_get(s->column[k], i);
}

/* Send the sums, draw rho into the place of the bit that it binds. */
static mien_status exchange(prover *s, const mien_k sums[2], unsigned bit) {
    MIEN_TRY(mien_send(s->sender, "round", sums, 2));
    mien_transcript_draw_k(s->sender->transcript, "rho", &s->point[bit], 1);
    return MIEN_OK;
}

/* Rounds of 16 pairs and more: h(0) of round 0 is known, rho of a round is the fold of the next. */
static mien_status vector_rounds(prover *s, unsigned bits, const layer_kind *kind) {
    mien_k sums[2];
    for (unsigned bit = bits; bit-- > 4;) {
        const mien_k *rho = bit < bits - 1 ? &s->point[bit + 1] : NULL;
        mien_block_function function = bit == bits - 1   ? kind->first
                                       : bit == bits - 2 ? kind->second
                                                         : kind->rest;
        mien_round(sums, 2, s->machine, function, s, bit, rho, &s->equality);
        if (rho == NULL) sums[0] = s->start;
        MIEN_TRY(exchange(s, sums, bit));
    }
    load_small(s, kind->columns, 32);
    mien_small_fold(&s->small, s->point[4]);
    return MIEN_OK;
}

/* At the end small holds single values. */
static mien_status rounds(prover *s, unsigned bits, const layer_kind *kind) {
    mien_k sums[2];
    if (bits > SMALL) MIEN_TRY(vector_rounds(s, bits, kind));
    for (unsigned bit = bits > SMALL ? 4 : bits; bit-- > 0;) {
        mien_small_round(sums, &s->small, &s->equality);
        MIEN_TRY(exchange(s, sums, bit));
        mien_small_fold(&s->small, s->point[bit]);
    }
    return MIEN_OK;
}

/* The sum over the half of the positions where the highest bit is zero, weighed with eq of the
 * other bits, is the value of this level's extensions where that bit is zero: the left child at the
 * end of the layer before. */
static mien_status begin_layer(prover *s, unsigned k) {
    mien_transcript_draw_k(s->sender->transcript, "lambda", &s->lambda, 1);
    mien_equality_split_make(&s->equality, s->equality_memory, s->point, k);
    s->start = mien_k_add(s->left[0], mien_k_mul(s->lambda, s->left[1]));
    return mien_k_is_zero(s->lambda) ? MIEN_ARGUMENT : MIEN_OK;
}

static mien_status end_layer(prover *s, const mien_k *values, size_t count, unsigned k) {
    MIEN_TRY(mien_send(s->sender, "children", values, count));
    mien_transcript_draw_k(s->sender->transcript, "tau", &s->point[k], 1);
    return MIEN_OK;
}

static void load_small_layer(prover *s, unsigned k) {
    size_t width = (size_t)1 << k;
    s->small.columns = 4;
    s->small.size = width;
    for (size_t i = 0; i < width; i++) {
        mien_k q_left = mien_k_block_get(s->q[k + 1], i);
        s->small.column[0][i] =
            mien_k_add(mien_k_block_get(s->p[k + 1], i), mien_k_mul(s->lambda, q_left));
        s->small.column[1][i] = q_left;
        s->small.column[2][i] = mien_k_block_get(s->p[k + 1], i + width);
        s->small.column[3][i] = mien_k_block_get(s->q[k + 1], i + width);
    }
}

static mien_status layer(prover *s, unsigned k) {
    bool stored = k < s->top;
    /* columns of 2^k elements in the level below; or of half that, in level k */
    unsigned level = stored ? k + 1 : k;
    size_t length = mien_k_blocks((size_t)1 << (level - 1));
    MIEN_TRY(begin_layer(s, k));
    if (k <= SMALL) load_small_layer(s, k);
    s->column[0] = s->p[level];
    s->column[1] = s->q[level];
    s->column[2] = s->p[level] + length;
    s->column[3] = s->q[level] + length;
    MIEN_TRY(rounds(s, k, stored ? &stored_kind : &node_kind));
    mien_k values[4];
    for (int i = 0; i < 4; i++) values[i] = s->small.column[i][0];
    s->left[0] = mien_k_sub(values[0], mien_k_mul(s->lambda, values[1]));
    s->left[1] = values[1];
    return end_layer(s, values, 4, k);
}

/* The last layer over leaves with numerators one: product of the denominators + 1 / lambda. */
static mien_status leaf_layer(prover *s) {
    unsigned k = s->log2_size - 1;
    size_t width = (size_t)1 << k;
    MIEN_TRY(begin_layer(s, k));
    mien_k shift = mien_k_inverse(s->lambda);
    s->start = mien_k_mul(mien_k_add(s->start, shift), shift);
    s->shifted = *s->leaves->columns;
    s->shifted.constant = mien_k_add(s->shifted.constant, shift);
    if (k <= SMALL) {
        s->small.columns = 2;
        s->small.size = width;
        for (size_t i = 0; i < 2 * width; i++)
            s->small.column[i / width][i % width] = leaf_value(&s->shifted, i);
    }
    s->column[0] = s->p[s->top]; /* half as many as leaves, or a quarter */
    s->column[1] = s->q[s->top];
    MIEN_TRY(rounds(s, k, &leaf_kind));
    mien_k values[2];
    for (int i = 0; i < 2; i++) values[i] = mien_k_sub(s->small.column[i][0], shift);
    return end_layer(s, values, 2, k);
}

mien_status mien_fraction_prove(mien_sender *sender, mien_k *point,
                                const mien_fraction_leaves *leaves, void *workspace,
                                size_t workspace_size, const mien_machine *machine,
                                const mien_progress *progress) {
    bool ones = leaves->columns != NULL;
    size_t needed = mien_fraction_workspace_size(leaves->log2_size, ones);
    if (needed == 0 || workspace_size < needed) return MIEN_ARGUMENT;
    prover s = {.log2_size = leaves->log2_size, .ones = ones, .leaves = leaves};
    mien_arena arena = {workspace, 0};
    mien_status status = MIEN_OK;
    carve(&s, &arena);
    s.machine = machine;
    s.sender = sender;
    s.point = point;
    build(&s);
    mien_k root[2] = {mien_k_block_get(s.p[0], 0), mien_k_block_get(s.q[0], 0)};
    MIEN_TRY_GOTO(status, done, mien_send(sender, "root", root, 2));
    for (unsigned k = 0; k < s.log2_size && status == MIEN_OK; k++) {
        if (!mien_progress_report(progress, "lookups", k, s.log2_size))
            status = MIEN_INTERRUPTED;
        else
            status = ones && k == s.log2_size - 1 ? leaf_layer(&s) : layer(&s, k);
    }
done:
    mien_wipe(&s, sizeof s);
    return status;
}
