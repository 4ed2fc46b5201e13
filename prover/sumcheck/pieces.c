/* SPDX-License-Identifier: MIT */
#include "prover/sumcheck/pieces.h"

#include "prover/ligero/arena.h"

size_t mien_piece_scratch_size(const mien_piece *piece) {
    return mien_k_blocks((size_t)1 << piece->log2_channels) * sizeof(mien_k_block);
}

/* Sites that are worth a thread's while. */
static size_t sites_together(uint32_t log2_channels) {
    return log2_channels < 12 ? (size_t)4096 >> log2_channels : 1;
}

typedef struct piece_work {
    mien_k_block *l;
    const mien_field_kernels *kernels;
    const mien_piece *piece;
    const mien_k_block *alpha; /* zeros behind the channels */
} piece_work;

/* Sites of 16 positions and more: whole blocks. */
static void wide_sites(void *context, size_t first, size_t count) {
    const piece_work *work = context;
    const mien_piece *piece = work->piece;
    size_t width = (size_t)1 << piece->log2_channels;
    for (size_t s = first; s < first + count; s++) {
        if (mien_k_is_zero(piece->delta[s])) continue;
        work->kernels->k_axpy(work->l + (piece->base + s * width) / MIEN_LANES,
                              mien_k_mul(piece->scale, piece->delta[s]), work->alpha,
                              piece->channels);
    }
}

/* Several sites share a block, or a site starts inside of one. */
static void narrow_sites(const piece_work *work) {
    const mien_piece *piece = work->piece;
    for (size_t s = 0; s < piece->sites; s++) {
        if (mien_k_is_zero(piece->delta[s])) continue;
        mien_k factor = mien_k_mul(piece->scale, piece->delta[s]);
        size_t at = piece->base + (s << piece->log2_channels);
        for (size_t c = 0; c < piece->channels; c++) {
            mien_k sum = mien_k_block_get(work->l, at + c);
            sum = mien_k_add(sum, mien_k_mul(factor, piece->alpha[c]));
            mien_k_block_set(work->l, at + c, sum);
        }
    }
}

void mien_piece_add(mien_k_block *l, const mien_machine *machine, const mien_piece *piece,
                    void *scratch) {
    mien_k_block *alpha = scratch;
    piece_work work = {l, machine->field, piece, alpha};
    if (piece->log2_channels < 4) {
        narrow_sites(&work);
        return;
    }
    memset(alpha, 0, mien_piece_scratch_size(piece));
    for (size_t c = 0; c < piece->channels; c++) mien_k_block_set(alpha, c, piece->alpha[c]);
    mien_range_of(machine, wide_sites, &work, piece->sites, sites_together(piece->log2_channels));
}

/* ---- depthwise kernels */
typedef struct tap_work {
    mien_k_block *l;
    const mien_sum_kernels *kernels;
    const mien_tap_piece *piece;
    mien_k_block *alpha; /* scaled; zeros behind the channels, as in the weights */
    mien_f *weights;
} tap_work;

static void carve_taps(tap_work *work, mien_arena *arena, const mien_tap_piece *piece) {
    size_t width = (size_t)1 << piece->log2_channels;
    work->alpha = mien_arena_take(arena, mien_k_blocks(width), sizeof(mien_k_block));
    work->weights = mien_arena_take(arena, piece->taps * width, sizeof(mien_f));
}

size_t mien_tap_piece_scratch_size(const mien_tap_piece *piece) {
    tap_work work;
    mien_arena arena = {NULL, 0};
    carve_taps(&work, &arena, piece);
    return arena.used;
}

static void tap_sites(void *context, size_t first, size_t count) {
    const tap_work *work = context;
    const mien_tap_piece *piece = work->piece;
    size_t width = (size_t)1 << piece->log2_channels;
    for (size_t s = first; s < first + count; s++)
        work->kernels->tap_site(work->l + (piece->base + s * width) / MIEN_LANES, work->alpha,
                                width, work->weights, piece->delta + s, piece->sites, piece->taps);
}

void mien_tap_piece_add(mien_k_block *l, const mien_machine *machine, const mien_tap_piece *piece,
                        void *scratch) {
    size_t width = (size_t)1 << piece->log2_channels;
    tap_work work = {.l = l, .kernels = machine->sum, .piece = piece};
    mien_arena arena = {scratch, 0};
    carve_taps(&work, &arena, piece);
    memset(scratch, 0, arena.used);
    for (size_t c = 0; c < piece->channels; c++)
        mien_k_block_set(work.alpha, c, mien_k_mul(piece->scale, piece->alpha[c]));
    for (size_t t = 0; t < piece->taps; t++)
        memcpy(work.weights + t * width, piece->weights + t * piece->channels,
               piece->channels * sizeof *work.weights);
    mien_range_of(machine, tap_sites, &work, piece->sites, sites_together(piece->log2_channels));
}
