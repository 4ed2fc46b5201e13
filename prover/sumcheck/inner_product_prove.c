/* SPDX-License-Identifier: MIT */
#include "prover/sumcheck/inner_product.h"

/* Two vector rounds need this many variables. */
enum { SMALL = 6 };

typedef struct prover {
    const mien_machine *machine;
    mien_sender *sender;
    const mien_f *w;      /* NULL: the vector is over K, in `folded` from the start */
    mien_k_block *folded; /* w with the coordinates bound so far */
    mien_k_block *l;
    mien_k_block *kept; /* NULL, or where `folded` goes when it has 2^log2_kept positions */
    unsigned log2_kept;
    mien_k *point;
    mien_small small;
} prover;

size_t mien_inner_product_workspace_size(unsigned log2_size) {
    if (log2_size > MIEN_INNER_PRODUCT_LOG2_MAX) return 0;
    return mien_k_blocks(((size_t)1 << log2_size) / 2 + 1) * sizeof(mien_k_block);
}

static void first_block(void *context, mien_k out[2], const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->product_f(out, s->w, s->l, block);
}
static void second_block(void *context, mien_k out[2], const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->fold_f(out, s->folded, s->w, s->l, block);
}
static void later_block(void *context, mien_k out[2], const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->product(out, s->folded, s->l, block);
}

static void load_small(prover *s, size_t size, bool from_words) {
    s->small.columns = 2;
    s->small.size = size;
    for (size_t i = 0; i < size; i++) {
        s->small.column[0][i] =
            from_words ? mien_k_from_f(s->w[i]) : mien_k_block_get(s->folded, i);
        s->small.column[1][i] = mien_k_block_get(s->l, i);
    }
}

static mien_status exchange(prover *s, const mien_k sums[2], unsigned bit) {
    MIEN_TRY(mien_send(s->sender, "round", sums, 2));
    mien_transcript_draw_k(s->sender->transcript, "rho", &s->point[bit], 1);
    return MIEN_OK;
}

static mien_status rounds(prover *s, unsigned bits, const mien_progress *progress) {
    bool small = bits < SMALL;
    if (small) load_small(s, (size_t)1 << bits, true);
    for (unsigned j = 0; j < bits; j++) {
        mien_k sums[2];
        unsigned bit = bits - 1 - j;
        const mien_k *rho = j > 0 ? &s->point[bit + 1] : NULL;
        if (!small && bit < 4) {
            load_small(s, (size_t)4 << bit, false);
            small = true;
        }
        if (small) {
            if (rho != NULL) mien_small_fold(&s->small, *rho);
            mien_small_round(sums, &s->small, NULL);
        } else {
            mien_block_function block = s->w == NULL || j > 1 ? later_block
                                        : j == 0              ? first_block
                                                              : second_block;
            mien_round(sums, s->machine, block, s, bit, rho, NULL);
        }
        if (s->kept != NULL && bit + 1 == s->log2_kept)
            memcpy(s->kept, s->folded, sizeof *s->kept * mien_k_blocks((size_t)2 << bit));
        MIEN_TRY(exchange(s, sums, bit));
        if (!mien_progress_report(progress, "claims", j + 1, bits)) return MIEN_INTERRUPTED;
    }
    if (bits > 0) mien_small_fold(&s->small, s->point[0]);
    return MIEN_OK;
}

mien_status mien_inner_product_prove_k(mien_sender *sender, mien_k *point, mien_k *value,
                                       mien_k_block *a, mien_k_block *l, unsigned log2_size,
                                       mien_k_block *kept, unsigned log2_kept,
                                       const mien_machine *machine) {
    if (log2_size < SMALL || log2_size > MIEN_INNER_PRODUCT_LOG2_MAX || log2_kept < SMALL ||
        log2_kept > log2_size)
        return MIEN_ARGUMENT;
    prover s = {.machine = machine,
                .sender = sender,
                .folded = a,
                .l = l,
                .kept = kept,
                .log2_kept = log2_kept,
                .point = point};
    MIEN_TRY(rounds(&s, log2_size, NULL));
    *value = s.small.column[0][0];
    return mien_send(sender, "value", value, 1);
}

mien_status mien_inner_product_prove(mien_sender *sender, mien_k *point, mien_k *value,
                                     const mien_f *w, mien_k_block *l, unsigned log2_size,
                                     void *workspace, size_t workspace_size,
                                     const mien_machine *machine, const mien_progress *progress) {
    size_t needed = mien_inner_product_workspace_size(log2_size);
    if (needed == 0 || workspace_size < needed) return MIEN_ARGUMENT;
    prover s = {
        .machine = machine, .sender = sender, .w = w, .folded = workspace, .l = l, .point = point};
    mien_status status = rounds(&s, log2_size, progress);
    if (status == MIEN_OK) {
        *value = s.small.column[0][0];
        status = mien_send(sender, "value", value, 1);
    }
    mien_wipe(&s.small, sizeof s.small);
    return status;
}
