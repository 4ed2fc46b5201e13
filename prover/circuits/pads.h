/* SPDX-License-Identifier: MIT */
/* The end of an argument with padded messages (prover/sumcheck/messages.h): the verifier's
 * statements about messages, proved by zk-Ligero as statements about the committed pads.
 *
 *   prover                                    verifier
 *   draws pads, mien_pads_assign
 *   mien_ligero_commit                        mien_ligero_verify_start
 *   the argument, messages + pads             the argument, its checks given to mien_pads_checker
 *   (replay: the same checks)
 *   mien_ligero_respond                       mien_pads_complete, mien_ligero_verify_finish
 *
 * The checker puts m_i = wire_i - pad_i into each statement and keeps what is left: a constant and
 * the coefficients of pads and of products of pads. After the last check they are known to both
 * sides, and are the linear constraints of the section below.
 *
 * Replay. The prover has to have the coefficients of its own proof. It gets them by running the
 * verifier's code over the bytes that it wrote: keep a copy of the transcript from behind
 * mien_ligero_commit, and afterwards let a mien_receiver with that copy read from there, its checks
 * going to the prover's mien_pads; both transcripts must be equal then. Only coefficients count on
 * the prover's side, constants may be anything: what is costly to evaluate and ends in a constant
 * need not be.
 *
 * Layout, m slots a row. Message number i has pad i; pairs are the products of messages that the
 * statements have, in the order in which the checker is given them.
 *   rows 0 .. R - 1, R = ceil(5 P / m): word k of pad i (coefficient of X^k) in slot 5 i + k,
 *     counted through the rows;
 *   then ceil(9 n / m) groups of three rows (left, right, result), left * right = result: point t
 *     of pair j, t = 0 .. 8, in slot 9 j + t, counted through the groups: the two pads, as
 *     polynomials in X, at t. Their product has degree 8, so that nine results determine it (Toom
 *     and Cook), and a form in them is a form in the product of the pads.
 * Linear constraints: 18 j + t and 18 j + 9 + t, left and right at point t of pair j are the pads'
 * polynomials there; 18 n + 5 f + l, coefficient l of statement f is zero. Slots behind 5 P and 9 n
 * are free.
 *
 * A statement may be linked: form(messages) = sum over c of coefficient_c slot_c, slots of another
 * section, which stands behind this one (prover/ligero/sections.h; this is the first section).
 *
 * Everything that is not the pads themselves is public. Freestanding, no allocation. */
#ifndef MIEN_PROVER_CIRCUITS_PADS_H
#define MIEN_PROVER_CIRCUITS_PADS_H

#include "prover/ligero/system.h"
#include "prover/sumcheck/messages.h"
#include "prover/transcript/transcript.h"

enum { MIEN_PADS_POINTS = 2 * MIEN_K_DEGREE - 1 };

/* Known from the public input before anything is committed to. */
typedef struct mien_pads_shape {
    unsigned log2_slots;         /* m, as the parameters have it */
    uint32_t pad_count;          /* P, 1 .. 2^18: messages */
    const mien_form_pair *pairs; /* each use of a product by itself */
    uint32_t pair_count;         /* n, at most 2^16 */
    uint32_t form_count;         /* statements, 1 .. 2^16, a linked one included */
    /* Linked slots: slot c % m of row link_row + c / m of the joined system. */
    uint32_t link_row, link_count; /* link_count 0: no statement is linked */
} mien_pads_shape;

/* MIEN_ARGUMENT when a number is out of bounds, a pair names a message that is not there, or there
 * are more rows than zk-Ligero takes. */
MIEN_MUST_CHECK mien_status mien_pads_check_shape(const mien_pads_shape *shape);
size_t mien_pads_rows(const mien_pads_shape *shape);
/* Row products, for arrays. */
size_t mien_pads_product_count(const mien_pads_shape *shape);
/* Linear constraints. */
size_t mien_pads_constraint_count(const mien_pads_shape *shape);
/* Absorb it: part of the public input. */
void mien_pads_absorb_shape(mien_transcript *transcript, const mien_pads_shape *shape);

/* What the checker keeps. */
typedef struct mien_pads {
    const mien_pads_shape *shape;
    const mien_k *wire;                  /* messages as on the wire, mien_receiver.values */
    uint32_t forms, terms, pairs, links; /* given so far */
    mien_k *constant;                    /* of each form */
    uint32_t *terms_end;                 /* of each form */
    uint32_t *term_pad;
    mien_k *term;        /* coefficients */
    uint32_t *pair_form; /* of each pair */
    mien_k *pair;        /* coefficient */
    uint32_t link_form;
    mien_k *link; /* coefficient of each linked slot */
    mien_form scratch;
} mien_pads;

/* Bytes of workspace, 64-byte aligned; 0 for a bad shape. */
size_t mien_pads_workspace_size(const mien_pads_shape *shape);
/* shape, wire and workspace must outlive *pads; wire needs no contents before the first check.
 * MIEN_ARGUMENT for a bad shape or too little workspace. */
MIEN_MUST_CHECK mien_status mien_pads_init(mien_pads *pads, const mien_pads_shape *shape,
                                           const mien_k *wire, void *workspace,
                                           size_t workspace_size);
/* Takes statements; MIEN_ARGUMENT when one has a pair that is not the next of the shape's, or is
 * one too many; it is left out then. */
mien_checker mien_pads_checker(mien_pads *pads);
/* The linked statement: form = sum over c < link_count of coefficients[c] slot_c. Counts as one
 * form. `coefficients` are copied. MIEN_ARGUMENT when nothing is to be linked or it has been. */
MIEN_MUST_CHECK mien_status mien_pads_link(mien_pads *pads, const mien_form *form,
                                           const mien_k *coefficients);
/* MIEN_PROOF_INVALID unless exactly the shape's forms, pairs and link were given. Both sides call
 * it before zk-Ligero's challenges. */
MIEN_MUST_CHECK mien_status mien_pads_complete(const mien_pads *pads);

/* The section; `pads` may be empty as long as only the commitment is made. `products`:
 * mien_pads_product_count elements, filled here. Both must outlive the system. */
mien_ligero_system mien_pads_system(const mien_pads *pads, mien_ligero_product *products);

#endif
