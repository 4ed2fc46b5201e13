/* SPDX-License-Identifier: MIT */
#include "prover/sumcheck/pieces.h"

size_t mien_piece_scratch_size(const mien_piece *piece) {
    return mien_k_blocks((size_t)1 << piece->log2_channels) * sizeof(mien_k_block);
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
    mien_range(machine, wide_sites, &work, piece->sites);
}
