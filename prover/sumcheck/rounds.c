/* SPDX-License-Identifier: MIT */
#include "prover/sumcheck/rounds.h"

#define MAX_THREADS 64 /* of a pool */

typedef struct round_work {
    mien_block_function function;
    void *context;
    size_t sums;
    const mien_equality_split *equality;
    const mien_k *rho;
    size_t half, block_size, blocks, blocks_in_task;
    unsigned bits;
    struct {
        _Alignas(64) mien_k sum[MIEN_ROUND_SUMS];
    } worker[MAX_THREADS];
} round_work;

static void round_task(void *context, size_t task, unsigned worker) {
    round_work *work = context;
    size_t begin = task * work->blocks_in_task, left = work->blocks - begin;
    size_t blocks = left < work->blocks_in_task ? left : work->blocks_in_task;
    size_t low = work->block_size;
    mien_round_block block = {work->half, begin * low, blocks * low, low, NULL, NULL, work->rho};
    if (work->equality != NULL) {
        block.eq = work->equality->low[mien_equality_low_bits(work->bits)];
        if (work->bits > MIEN_EQUALITY_LOW_BITS) block.high = work->equality->high[work->bits];
    }
    mien_k out[MIEN_ROUND_SUMS];
    work->function(work->context, out, &block);
    for (size_t k = 0; k < work->sums; k++)
        work->worker[worker].sum[k] = mien_k_add(work->worker[worker].sum[k], out[k]);
}

void mien_round(mien_k *out, size_t sums, const mien_machine *machine, mien_block_function function,
                void *context, unsigned bits, const mien_k *rho,
                const mien_equality_split *equality) {
    round_work work;
    unsigned threads = mien_pool_threads(machine->pool), low = mien_equality_low_bits(bits);
    size_t half = (size_t)1 << bits, block = (size_t)1 << low;
    size_t blocks = half >> low, each = blocks / (8 * threads);
    memset(&work, 0, sizeof work);
    work.function = function;
    work.context = context;
    work.sums = sums;
    work.equality = equality;
    work.rho = rho;
    work.half = half;
    work.bits = bits;
    work.block_size = block;
    work.blocks = blocks;
    work.blocks_in_task = each < 4 ? (blocks < 8 ? blocks : 4) : each;
    size_t tasks = (blocks + work.blocks_in_task - 1) / work.blocks_in_task;
    mien_pool_run(tasks > 1 ? machine->pool : NULL, round_task, &work, tasks);
    for (size_t k = 0; k < sums; k++) {
        out[k] = MIEN_K_ZERO;
        for (unsigned t = 0; t < threads; t++) out[k] = mien_k_add(out[k], work.worker[t].sum[k]);
    }
    mien_wipe(&work, sizeof work);
}

typedef struct range_work {
    mien_range_function function;
    void *context;
    size_t count, piece;
} range_work;

static void range_task(void *context, size_t task, unsigned worker) {
    range_work *work = context;
    size_t first = task * work->piece, left = work->count - first;
    (void)worker;
    work->function(work->context, first, left < work->piece ? left : work->piece);
}

static void run_range(const mien_machine *machine, range_work *work) {
    size_t tasks = (work->count + work->piece - 1) / work->piece;
    mien_pool_run(tasks > 1 ? machine->pool : NULL, range_task, work, tasks);
}

void mien_range(const mien_machine *machine, mien_range_function function, void *context,
                size_t count) {
    size_t pieces = 8 * (size_t)mien_pool_threads(machine->pool);
    range_work work = {function, context, count, (count / pieces + 15) / 16 * 16};
    if (work.piece < 1024) work.piece = 1024;
    run_range(machine, &work);
}

void mien_range_of(const mien_machine *machine, mien_range_function function, void *context,
                   size_t count, size_t least) {
    size_t pieces = 8 * (size_t)mien_pool_threads(machine->pool);
    range_work work = {function, context, count, (count + pieces - 1) / pieces};
    if (work.piece < least) work.piece = least;
    if (work.piece < 1) work.piece = 1;
    run_range(machine, &work);
}

void mien_small_fold(mien_small *small, mien_k rho) {
    small->size /= 2;
    for (unsigned k = 0; k < small->columns; k++) {
        mien_k *v = small->column[k];
        for (size_t i = 0; i < small->size; i++) {
            mien_k slope = mien_k_sub(v[i + small->size], v[i]);
            v[i] = mien_k_add(v[i], mien_k_mul(rho, slope));
        }
    }
}

static mien_k small_value(const mien_k c[4], unsigned columns) {
    if (columns == 2) return mien_k_mul(c[0], c[1]);
    return mien_k_add(mien_k_mul(c[0], c[3]), mien_k_mul(c[2], c[1]));
}

void mien_small_round(mien_k out[2], const mien_small *small, const mien_equality_split *equality) {
    size_t half = small->size / 2;
    unsigned bits = (unsigned)__builtin_ctzll(half);
    out[0] = out[1] = MIEN_K_ZERO;
    for (size_t i = 0; i < half; i++) {
        mien_k start[4], slope[4];
        for (unsigned k = 0; k < small->columns; k++) {
            start[k] = small->column[k][i];
            slope[k] = mien_k_sub(small->column[k][i + half], start[k]);
        }
        mien_k value[2] = {small_value(start, small->columns), small_value(slope, small->columns)};
        mien_k weight = equality != NULL ? mien_k_block_get(equality->low[bits], i) : MIEN_K_ONE;
        for (int k = 0; k < 2; k++) out[k] = mien_k_add(out[k], mien_k_mul(weight, value[k]));
    }
}
