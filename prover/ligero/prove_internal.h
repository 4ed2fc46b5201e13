/* SPDX-License-Identifier: MIT */
/* State of a proof in the making, shared by the prover's two files. */
#ifndef MIEN_PROVER_LIGERO_PROVE_INTERNAL_H
#define MIEN_PROVER_LIGERO_PROVE_INTERNAL_H

#include "prover/ligero/arena.h"
#include "prover/ligero/prove.h"

struct mien_ligero_prover {
    mien_ligero_view view;
    mien_ligero_challenges challenges;
    const mien_ligero_observer *observer;
    bool responded;
    const mien_field_kernels *kernels;
    mien_pool *pool;
    mien_rs_code code;
    mien_f *tables;
    unsigned log2_prefix; /* the first 2^log2_prefix columns determine every response */
    size_t random_count;  /* of view.random_words */
    void *scratch;        /* of the system */
    mien_f *column;       /* one, gathered */
    /* linear response: coefficients [row / 16][slot] and values [prefix column], lane = row % 16 */
    mien_k_block *weights, *weight_values, *sums;
    mien_k_block *linear;    /* its values on the prefix */
    mien_k_block *product;   /* values of the product response times X^m - 1, on the prefix */
    mien_f *row_values;      /* rows on the prefix, row after row */
    mien_f *product_values;  /* one product on the prefix */
    mien_f *pair;            /* linear and product response, lanes 0..4 and 5..9 */
    mien_k_block *proximity; /* coefficients */
};

/* The memory of the responses' computation. */
void mien_ligero_respond_layout(mien_ligero_prover *p, mien_arena *arena);
/* Fill view.responses from view.polynomials, view.codewords and view.challenges. */
void mien_ligero_compute_responses(mien_ligero_prover *p);

#endif
