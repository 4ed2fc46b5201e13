/* SPDX-License-Identifier: MIT */
#include "prover/ligero/arena.h"
#include "prover/lookup/fraction_tree.h"

/* Layers below this one have vectors shorter than one vector round needs. */
enum { SMALL = 5 };

typedef struct prover {
    unsigned log2_size;
    bool ones;
    const mien_fraction_leaves *leaves;
    const mien_machine *machine;
    mien_sender *sender;
    /* Level k at level[k]; stored are 0 .. top. */
    unsigned top;
    mien_k_block *p[MIEN_FRACTION_LOG2_MAX + 1], *q[MIEN_FRACTION_LOG2_MAX + 1];
    mien_k_block *folded[2]; /* of the leaves, when numerators are one */
    void *equality_memory;
    /* the layer at work */
    mien_equality_split equality;
    mien_k lambda, *point;
    mien_k_block *column[4];
    mien_leaf_columns shifted;
    mien_small small;
} prover;

static void carve(prover *s, mien_arena *arena) {
    s->top = s->ones ? s->log2_size - 1 : s->log2_size;
    for (unsigned k = 0; k <= s->top; k++) {
        size_t blocks = mien_k_blocks((size_t)1 << k);
        s->p[k] = mien_arena_take(arena, blocks, sizeof(mien_k_block));
        s->q[k] = mien_arena_take(arena, blocks, sizeof(mien_k_block));
    }
    for (int side = 0; side < 2; side++) {
        size_t blocks = s->ones ? mien_k_blocks(((size_t)1 << s->log2_size) / 4 + 1) : 0;
        s->folded[side] = mien_arena_take(arena, blocks, sizeof(mien_k_block));
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
typedef struct level_work {
    const prover *s;
    unsigned level;
} level_work;

static void level_range(void *context, size_t first, size_t count) {
    const level_work *work = context;
    const prover *s = work->s;
    unsigned k = work->level;
    if (s->ones && k == s->top)
        s->machine->sum->tree_leaves(s->p[k], s->q[k], s->leaves->columns, first, count);
    else
        s->machine->sum->tree_level(s->p[k], s->q[k], s->p[k + 1], s->q[k + 1], (size_t)1 << k,
                                    first, count);
}

/* Denominator of a leaf, from its columns. */
static mien_k leaf_value(const mien_leaf_columns *leaves, size_t i) {
    mien_k sum = leaves->constant;
    for (int k = 0; k < MIEN_LEAF_COLUMNS; k++) {
        if (leaves->column[k] == NULL) continue;
        mien_k scale = k == 0 ? MIEN_K_ONE : leaves->scale[k];
        sum = mien_k_add(sum, mien_k_mul_f(scale, leaves->column[k][i]));
    }
    return sum;
}

static void small_level(const prover *s, unsigned k) {
    size_t width = (size_t)1 << k;
    for (size_t i = 0; i < width; i++) {
        mien_k pl = MIEN_K_ONE, pr = MIEN_K_ONE, ql, qr;
        if (s->ones && k == s->top) {
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

static void copy_leaves(void *context, size_t first, size_t count) {
    const prover *s = context;
    size_t blocks = mien_k_blocks(count);
    mien_k_block *p = s->p[s->top] + first / MIEN_LANES;
    memcpy(s->q[s->top] + first / MIEN_LANES, s->leaves->denominators + first / MIEN_LANES,
           blocks * sizeof *p);
    memset(p, 0, blocks * sizeof *p);
    for (size_t i = 0; i < count; i++)
        p[i / MIEN_LANES].c[0][i % MIEN_LANES] = s->leaves->numerators[first + i];
}

static void build(prover *s) {
    if (!s->ones) mien_range(s->machine, copy_leaves, s, (size_t)1 << s->top);
    for (unsigned k = s->ones ? s->top : s->top - 1;; k--) {
        level_work work = {s, k};
        if (k < 4)
            small_level(s, k);
        else
            mien_range(s->machine, level_range, &work, (size_t)1 << k);
        if (k == 0) break;
    }
}

/* ---- rounds */
static void fraction_block(void *context, mien_k out[2], const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->fraction(out, s->column, block);
}
static void first_fraction_block(void *context, mien_k out[2], const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->fraction_first(out, s->column, s->lambda, block);
}
static void leaf_block(void *context, mien_k out[2], const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->leaf_product(out, &s->shifted, block);
}
static void leaf_fold_block(void *context, mien_k out[2], const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->leaf_fold(out, s->column[0], s->column[1], &s->shifted, block);
}
static void product_block(void *context, mien_k out[2], const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->product(out, s->column[0], s->column[1], block);
}

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

/* All `bits` rounds. rho of a round is the fold of the next. At the end small holds single values.
 * `first` and `second` do rounds 0 and 1, `rest` the others, while there are 16 pairs; small: small
 * is loaded already. */
static mien_status rounds(prover *s, unsigned bits, bool small, unsigned columns,
                          mien_block_function first, mien_block_function second,
                          mien_block_function rest) {
    mien_k sums[2];
    for (unsigned j = 0; j < bits; j++) {
        unsigned bit = bits - 1 - j;
        const mien_k *rho = j > 0 ? &s->point[bit + 1] : NULL;
        if (!small && bit < 4) {
            load_small(s, columns, (size_t)4 << bit);
            small = true;
        }
        if (small) {
            if (rho != NULL) mien_small_fold(&s->small, *rho);
            mien_small_round(sums, &s->small, &s->equality);
        } else {
            mien_round(sums, s->machine,
                       j == 0   ? first
                       : j == 1 ? second
                                : rest,
                       s, bit, rho, &s->equality);
        }
        MIEN_TRY(exchange(s, sums, bit));
    }
    if (bits > 0) mien_small_fold(&s->small, s->point[0]);
    return MIEN_OK;
}

static mien_status begin_layer(prover *s, unsigned k) {
    mien_transcript_draw_k(s->sender->transcript, "lambda", &s->lambda, 1);
    mien_equality_split_make(&s->equality, s->equality_memory, s->point, k);
    return mien_k_is_zero(s->lambda) ? MIEN_ARGUMENT : MIEN_OK;
}

static mien_status end_layer(prover *s, const mien_k *values, size_t count, unsigned k) {
    MIEN_TRY(mien_send(s->sender, "children", values, count));
    mien_transcript_draw_k(s->sender->transcript, "tau", &s->point[k], 1);
    return MIEN_OK;
}

static mien_status layer(prover *s, unsigned k) {
    size_t width = (size_t)1 << k;
    MIEN_TRY(begin_layer(s, k));
    if (k < SMALL) {
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
    } else {
        s->column[0] = s->p[k + 1];
        s->column[1] = s->q[k + 1];
        s->column[2] = s->p[k + 1] + width / MIEN_LANES;
        s->column[3] = s->q[k + 1] + width / MIEN_LANES;
    }
    MIEN_TRY(rounds(s, k, k < SMALL, 4, first_fraction_block, fraction_block, fraction_block));
    mien_k values[4];
    for (int i = 0; i < 4; i++) values[i] = s->small.column[i][0];
    return end_layer(s, values, 4, k);
}

/* The last layer over leaves with numerators one: product of the denominators + 1 / lambda. */
static mien_status leaf_layer(prover *s) {
    unsigned k = s->log2_size - 1;
    size_t width = (size_t)1 << k;
    MIEN_TRY(begin_layer(s, k));
    mien_k shift = mien_k_inverse(s->lambda);
    s->shifted = *s->leaves->columns;
    s->shifted.constant = mien_k_add(s->shifted.constant, shift);
    if (k <= SMALL) {
        s->small.columns = 2;
        s->small.size = width;
        for (size_t i = 0; i < 2 * width; i++)
            s->small.column[i / width][i % width] = leaf_value(&s->shifted, i);
    }
    s->column[0] = s->folded[0];
    s->column[1] = s->folded[1];
    MIEN_TRY(rounds(s, k, k <= SMALL, 2, leaf_block, leaf_fold_block, product_block));
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
