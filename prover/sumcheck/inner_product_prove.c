/* SPDX-License-Identifier: MIT */
#include "prover/sumcheck/inner_product.h"

/* Rounds 0 and 1 are one pass over squares of four positions; with round 2 of at least 16 pairs
 * that needs one variable more than this. */
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
    unsigned bits;
    const mien_progress *progress;
    mien_small small;
} prover;

size_t mien_inner_product_workspace_size(unsigned log2_size) {
    if (log2_size > MIEN_INNER_PRODUCT_LOG2_MAX) return 0;
    return mien_k_blocks(((size_t)1 << log2_size) / 4 + 1) * sizeof(mien_k_block);
}

static void square_block(void *context, mien_k *out, const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->square_f(out, s->w, s->l, block);
}
static void fold_block(void *context, mien_k *out, const mien_round_block *block) {
    prover *s = context;
    s->machine->sum->square_fold_f(out, s->folded, s->w, s->l, block);
}
static void later_block(void *context, mien_k *out, const mien_round_block *block) {
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
    if (!mien_progress_report(s->progress, "claims", s->bits - bit, s->bits))
        return MIEN_INTERRUPTED;
    return MIEN_OK;
}

/* A polynomial of degree 2 at rho, from its values at 0 and 1 and its coefficient of X^2. */
static mien_k at_challenge(mien_k zero, mien_k one, mien_k square, mien_k rho) {
    mien_k linear = mien_k_sub(mien_k_sub(one, zero), square);
    return mien_k_add(zero, mien_k_mul(rho, mien_k_add(linear, mien_k_mul(rho, square))));
}

static mien_status first_two_rounds(prover *s) {
    mien_k f[MIEN_ROUND_SUMS], sums[2], rho;
    unsigned bit = s->bits - 1;
    mien_round(f, MIEN_ROUND_SUMS, s->machine, square_block, s, s->bits - 2, NULL, NULL);
    for (int k = 0; k < 2; k++) sums[k] = mien_k_add(f[6 * k], f[6 * k + 1]);
    mien_status status = exchange(s, sums, bit);
    if (status == MIEN_OK) {
        rho = s->point[bit];
        for (int k = 0; k < 2; k++)
            sums[k] = at_challenge(f[2 * k], f[3 + 2 * k], f[6 + 2 * k], rho);
        status = exchange(s, sums, bit - 1);
    }
    mien_wipe(f, sizeof f);
    return status;
}

static void keep(prover *s, unsigned log2_size) {
    if (s->kept != NULL && log2_size == s->log2_kept)
        memcpy(s->kept, s->folded, sizeof *s->kept * mien_k_blocks((size_t)1 << log2_size));
}

/* Rounds of 16 pairs and more; rho of a round is the fold of the next. */
static mien_status vector_rounds(prover *s) {
    unsigned first = s->bits - 1;
    if (s->w != NULL) {
        MIEN_TRY(first_two_rounds(s));
        first -= 2;
    }
    for (unsigned bit = first + 1; bit-- > 4;) {
        mien_k sums[2];
        bool words = s->w != NULL && bit == first;
        const mien_k *rho = bit + 1 < s->bits ? &s->point[bit + 1] : NULL;
        mien_round(sums, 2, s->machine, words ? fold_block : later_block, s, bit, rho, NULL);
        keep(s, bit + 1);
        MIEN_TRY(exchange(s, sums, bit));
    }
    load_small(s, 32, false);
    mien_small_fold(&s->small, s->point[4]);
    return MIEN_OK;
}

static mien_status rounds(prover *s) {
    mien_k sums[2];
    bool vectors = s->bits > SMALL || s->w == NULL;
    if (vectors)
        MIEN_TRY(vector_rounds(s));
    else
        load_small(s, (size_t)1 << s->bits, true);
    for (unsigned bit = vectors ? 4 : s->bits; bit-- > 0;) {
        mien_small_round(sums, &s->small, NULL);
        MIEN_TRY(exchange(s, sums, bit));
        mien_small_fold(&s->small, s->point[bit]);
    }
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
                .point = point,
                .bits = log2_size};
    MIEN_TRY(rounds(&s));
    *value = s.small.column[0][0];
    return mien_send(sender, "value", value, 1);
}

mien_status mien_inner_product_prove(mien_sender *sender, mien_k *point, mien_k *value,
                                     const mien_f *w, mien_k_block *l, unsigned log2_size,
                                     void *workspace, size_t workspace_size,
                                     const mien_machine *machine, const mien_progress *progress) {
    size_t needed = mien_inner_product_workspace_size(log2_size);
    if (needed == 0 || workspace_size < needed) return MIEN_ARGUMENT;
    prover s = {.machine = machine,
                .sender = sender,
                .w = w,
                .folded = workspace,
                .l = l,
                .point = point,
                .bits = log2_size,
                .progress = progress};
    mien_status status = rounds(&s);
    if (status == MIEN_OK) {
        *value = s.small.column[0][0];
        mien_k_block_set(l, 0, s.small.column[1][0]);
        status = mien_send(sender, "value", value, 1);
    }
    mien_wipe(&s.small, sizeof s.small);
    return status;
}
