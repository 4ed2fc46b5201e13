/* SPDX-License-Identifier: MIT */
/* The messages of interactive protocols over K, so made that all of them can be one-time padded.
 *
 * The prover sends elements of K; where pads are given, the wire and the transcript carry message +
 * pad. Challenges depend on what is on the wire, so nothing else changes for the prover.
 *
 * The verifier numbers the messages 0, 1, .. in the order in which they arrive. What it has to
 * check are statements
 *     constant + sum c_i m_i + sum d_j m_(a_j) m_(b_j) = 0
 * with coefficients that everybody knows, and it hands each of them to a checker. Where messages
 * are sent in the clear (tests, inner levels), the checker computes the sum. Where they are padded,
 * the checker substitutes m_i = wire_i - pad_i and leaves the statement, linear and quadratic in
 * the committed pads, to the proof about the pads. No check of these protocols has a higher degree.
 *
 * Freestanding on the verifier's side. */
#ifndef MIEN_PROVER_SUMCHECK_MESSAGES_H
#define MIEN_PROVER_SUMCHECK_MESSAGES_H

#include "prover/transcript/transcript.h"

/* ---- prover */
typedef struct mien_sender {
    mien_transcript *transcript;
    mien_writer *writer;
    const mien_k *pads; /* secret, each for one message only; NULL: in the clear */
    size_t pad_count, sent;
} mien_sender;

/* Append `count` messages. MIEN_TOO_LARGE when the writer is full, MIEN_ARGUMENT when there are not
 * enough pads: no pad is ever used twice. `values` may be secret when there are pads. */
MIEN_MUST_CHECK mien_status mien_send(mien_sender *sender, const char *label, const mien_k *values,
                                      size_t count);

/* ---- verifier */
typedef struct mien_receiver {
    mien_transcript *transcript;
    mien_reader *reader;
    mien_k *values; /* as on the wire */
    size_t capacity, received;
} mien_receiver;

/* Read `count` messages; *first is the number of the first of them. MIEN_TRUNCATED, MIEN_FORMAT, or
 * MIEN_ARGUMENT when `values` is full. */
MIEN_MUST_CHECK mien_status mien_receive(mien_receiver *receiver, const char *label, size_t count,
                                         uint32_t *first);

/* An affine form in the messages. Sumchecks over up to 32 variables fit. */
#define MIEN_FORM_TERMS 96
typedef struct mien_form {
    mien_k constant;
    uint32_t count;
    uint32_t message[MIEN_FORM_TERMS];
    mien_k coefficient[MIEN_FORM_TERMS];
} mien_form;

typedef struct mien_form_product {
    uint32_t left, right; /* messages */
    mien_k coefficient;
} mien_form_product;

/* The messages of a product, without a coefficient. */
typedef struct mien_form_pair {
    uint32_t left, right;
} mien_form_pair;

void mien_form_constant(mien_form *form, mien_k value);
/* form += coefficient * message. Protocols add at most MIEN_FORM_TERMS terms (asserted). */
void mien_form_add(mien_form *form, mien_k coefficient, uint32_t message);
/* form += coefficient * other. */
void mien_form_add_form(mien_form *form, mien_k coefficient, const mien_form *other);
void mien_form_scale(mien_form *form, mien_k factor);

typedef struct mien_checker {
    /* form + products = 0? MIEN_PROOF_INVALID when it does not hold and this can be seen now. */
    mien_status (*check)(void *context, const mien_form *form, const mien_form_product *products,
                         size_t product_count);
    void *context;
} mien_checker;

/* Value of a statement's left side, with these messages. */
mien_k mien_form_value(const mien_form *form, const mien_form_product *products,
                       size_t product_count, const mien_k *messages);
/* The same statement about the pads: put m_i = wire_i - pad_i in. The left side of the result is a
 * form in the pads, numbered as the messages, with the products unchanged. */
void mien_form_on_pads(mien_form *pads, const mien_form *form, const mien_form_product *products,
                       size_t product_count, const mien_k *wire);
/* A checker for messages in the clear. */
mien_checker mien_checker_clear(const mien_receiver *receiver);

#endif
