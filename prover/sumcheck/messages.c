/* SPDX-License-Identifier: MIT */
#include "prover/sumcheck/messages.h"

#include <assert.h>

mien_status mien_send(mien_sender *sender, const char *label, const mien_k *values, size_t count) {
    const uint8_t *encoded = sender->writer->bytes + sender->writer->used;
    if (sender->pads != NULL && count > sender->pad_count - sender->sent) return MIEN_ARGUMENT;
    if (count > (sender->writer->capacity - sender->writer->used) / MIEN_K_BYTES)
        return MIEN_TOO_LARGE;
    for (size_t i = 0; i < count; i++) {
        mien_k wire = values[i];
        if (sender->pads != NULL) wire = mien_k_add(wire, sender->pads[sender->sent + i]);
        MIEN_TRY(mien_write_k(sender->writer, &wire, 1));
    }
    sender->sent += count;
    mien_transcript_k(sender->transcript, label, encoded, count);
    return MIEN_OK;
}

mien_status mien_receive(mien_receiver *receiver, const char *label, size_t count,
                         uint32_t *first) {
    const uint8_t *encoded = receiver->reader->next;
    if (count > receiver->capacity - receiver->received) return MIEN_ARGUMENT;
    MIEN_TRY(mien_read_k(receiver->reader, receiver->values + receiver->received, count));
    *first = (uint32_t)receiver->received;
    receiver->received += count;
    mien_transcript_k(receiver->transcript, label, encoded, count);
    return MIEN_OK;
}

void mien_form_constant(mien_form *form, mien_k value) {
    form->constant = value;
    form->count = 0;
}

void mien_form_add(mien_form *form, mien_k coefficient, uint32_t message) {
    assert(form->count < MIEN_FORM_TERMS);
    form->message[form->count] = message;
    form->coefficient[form->count++] = coefficient;
}

void mien_form_add_form(mien_form *form, mien_k coefficient, const mien_form *other) {
    form->constant = mien_k_add(form->constant, mien_k_mul(coefficient, other->constant));
    for (uint32_t i = 0; i < other->count; i++)
        mien_form_add(form, mien_k_mul(coefficient, other->coefficient[i]), other->message[i]);
}

void mien_form_scale(mien_form *form, mien_k factor) {
    form->constant = mien_k_mul(form->constant, factor);
    for (uint32_t i = 0; i < form->count; i++)
        form->coefficient[i] = mien_k_mul(form->coefficient[i], factor);
}

mien_k mien_form_value(const mien_form *form, const mien_form_product *products,
                       size_t product_count, const mien_k *messages) {
    mien_k sum = form->constant;
    for (uint32_t i = 0; i < form->count; i++)
        sum = mien_k_add(sum, mien_k_mul(form->coefficient[i], messages[form->message[i]]));
    for (size_t i = 0; i < product_count; i++) {
        mien_k product = mien_k_mul(messages[products[i].left], messages[products[i].right]);
        sum = mien_k_add(sum, mien_k_mul(products[i].coefficient, product));
    }
    return sum;
}

/* d (w_a - p_a)(w_b - p_b) = d w_a w_b - d w_b p_a - d w_a p_b + d p_a p_b */
void mien_form_on_pads(mien_form *pads, const mien_form *form, const mien_form_product *products,
                       size_t product_count, const mien_k *wire) {
    mien_form_constant(pads, mien_form_value(form, products, product_count, wire));
    for (uint32_t i = 0; i < form->count; i++)
        mien_form_add(pads, mien_k_neg(form->coefficient[i]), form->message[i]);
    for (size_t i = 0; i < product_count; i++) {
        mien_k minus = mien_k_neg(products[i].coefficient);
        uint32_t left = products[i].left, right = products[i].right;
        mien_form_add(pads, mien_k_mul(minus, wire[right]), left);
        mien_form_add(pads, mien_k_mul(minus, wire[left]), right);
    }
}

static mien_status check_clear(void *context, const mien_form *form,
                               const mien_form_product *products, size_t product_count) {
    const mien_receiver *receiver = context;
    mien_k value = mien_form_value(form, products, product_count, receiver->values);
    return mien_k_is_zero(value) ? MIEN_OK : MIEN_PROOF_INVALID;
}

mien_checker mien_checker_clear(const mien_receiver *receiver) {
    mien_checker checker = {check_clear, (void *)receiver};
    return checker;
}
