/* SPDX-License-Identifier: MIT */
#include "wallet/bitcoin/transaction.h"

#include <stdlib.h>

#include "wallet/bitcoin/hash_parts.h"
#include "wallet/encoding/hex.h"

/* Fewest bytes an input or output takes, so that a count cannot make us allocate more than a small
 * multiple of what was sent. */
#define INPUT_MIN 41
#define OUTPUT_MIN 9

mien_status mien_compact_read(mien_reader *reader, uint64_t *value) {
    mien_reader copy = *reader;
    uint8_t first;
    const uint8_t *rest;
    uint64_t number = 0;
    MIEN_TRY(mien_read_u8(&copy, &first));
    size_t size = first < 0xfd ? 0 : (size_t)2 << (first - 0xfd);
    MIEN_TRY(mien_read_view(&copy, &rest, size));
    for (size_t i = size; i-- > 0;) number = number << 8 | rest[i];
    if (size == 0) number = first;
    if (mien_compact_size(number) != 1 + size) return MIEN_FORMAT;
    *reader = copy;
    *value = number;
    return MIEN_OK;
}

size_t mien_compact_size(uint64_t value) {
    return value < 0xfd ? 1 : value <= 0xffff ? 3 : value <= 0xffffffff ? 5 : 9;
}

mien_status mien_compact_write(mien_writer *writer, uint64_t value) {
    uint8_t bytes[9];
    size_t size = mien_compact_size(value);
    mien_store_le64(bytes + 1, value);
    bytes[0] = size == 1 ? (uint8_t)value : size == 3 ? 0xfd : size == 5 ? 0xfe : 0xff;
    return mien_write_bytes(writer, bytes, size);
}

mien_status mien_compact_read_view(mien_reader *reader, mien_view *out) {
    mien_reader copy = *reader;
    uint64_t length;
    const uint8_t *bytes;
    MIEN_TRY(mien_compact_read(&copy, &length));
    if (length > copy.left) return MIEN_TRUNCATED;
    MIEN_TRY(mien_read_view(&copy, &bytes, (size_t)length));
    *reader = copy;
    *out = mien_view_of(bytes, (size_t)length);
    return MIEN_OK;
}

mien_status mien_compact_write_view(mien_writer *writer, mien_view view) {
    MIEN_TRY(mien_compact_write(writer, view.length));
    return mien_write_bytes(writer, view.data, view.length);
}

static mien_status read_count(mien_reader *reader, size_t *count, size_t smallest) {
    uint64_t value;
    MIEN_TRY(mien_compact_read(reader, &value));
    if (value > reader->left / smallest) return MIEN_TRUNCATED;
    *count = (size_t)value;
    return MIEN_OK;
}

static mien_status read_inputs(mien_bitcoin_transaction *out, mien_arena *arena,
                               mien_reader *reader) {
    MIEN_TRY(read_count(reader, &out->input_count, INPUT_MIN));
    MIEN_TRY(mien_arena_take(arena, &out->inputs, out->input_count, sizeof *out->inputs));
    for (size_t i = 0; i < out->input_count; i++) {
        mien_bitcoin_input *input = &out->inputs[i];
        MIEN_TRY(mien_read_bytes(reader, input->txid, sizeof input->txid));
        MIEN_TRY(mien_read_le32(reader, &input->index));
        MIEN_TRY(mien_compact_read_view(reader, &input->script));
        MIEN_TRY(mien_read_le32(reader, &input->sequence));
    }
    return MIEN_OK;
}

static mien_status read_outputs(mien_bitcoin_transaction *out, mien_arena *arena,
                                mien_reader *reader) {
    MIEN_TRY(read_count(reader, &out->output_count, OUTPUT_MIN));
    MIEN_TRY(mien_arena_take(arena, &out->outputs, out->output_count, sizeof *out->outputs));
    for (size_t i = 0; i < out->output_count; i++) {
        MIEN_TRY(mien_read_le64(reader, &out->outputs[i].amount));
        MIEN_TRY(mien_compact_read_view(reader, &out->outputs[i].script));
    }
    return MIEN_OK;
}

/* Step over one witness stack and keep a view of it. */
static mien_status read_witness(mien_bitcoin_input *input, mien_reader *reader) {
    const uint8_t *start = reader->next;
    size_t items;
    mien_view item;
    MIEN_TRY(read_count(reader, &items, 1));
    for (size_t i = 0; i < items; i++) MIEN_TRY(mien_compact_read_view(reader, &item));
    if (items != 0) input->witness = mien_view_of(start, (size_t)(reader->next - start));
    return MIEN_OK;
}

static mien_status read_witnesses(mien_bitcoin_transaction *out, mien_reader *reader) {
    bool any = false;
    for (size_t i = 0; i < out->input_count; i++) {
        MIEN_TRY(read_witness(&out->inputs[i], reader));
        any |= out->inputs[i].witness.length != 0;
    }
    return any ? MIEN_OK : MIEN_FORMAT; /* BIP-144: the old form is due then */
}

mien_status mien_bitcoin_transaction_read(mien_bitcoin_transaction *out, mien_arena *arena,
                                          mien_reader *reader, bool witness) {
    mien_bitcoin_transaction made = {0};
    MIEN_TRY(mien_read_le32(reader, &made.version));
    bool extended = witness && reader->left >= 2 && reader->next[0] == 0;
    if (extended) {
        const uint8_t *marker;
        MIEN_TRY(mien_read_view(reader, &marker, 2));
        if (marker[1] != 1) return MIEN_FORMAT;
    }
    MIEN_TRY(read_inputs(&made, arena, reader));
    MIEN_TRY(read_outputs(&made, arena, reader));
    if (extended) MIEN_TRY(read_witnesses(&made, reader));
    MIEN_TRY(mien_read_le32(reader, &made.lock_time));
    *out = made;
    return MIEN_OK;
}

mien_status mien_bitcoin_transaction_parse(mien_bitcoin_transaction *out, mien_arena *arena,
                                           mien_view bytes) {
    mien_bitcoin_transaction made;
    mien_reader reader = mien_reader_of(bytes.data, bytes.length);
    if (bytes.length > MIEN_TRANSACTION_MAX) return MIEN_TOO_LARGE;
    MIEN_TRY(mien_bitcoin_transaction_read(&made, arena, &reader, true));
    MIEN_TRY(mien_read_end(&reader));
    if (made.input_count == 0 || made.output_count == 0) return MIEN_FORMAT;
    *out = made;
    return MIEN_OK;
}

static bool has_witness(const mien_bitcoin_transaction *transaction) {
    for (size_t i = 0; i < transaction->input_count; i++)
        if (transaction->inputs[i].witness.length != 0) return true;
    return false;
}

size_t mien_bitcoin_transaction_size(const mien_bitcoin_transaction *transaction, bool witness) {
    size_t size = 8 + mien_compact_size(transaction->input_count) +
                  mien_compact_size(transaction->output_count);
    bool extended = witness && has_witness(transaction);
    if (extended) size += 2;
    for (size_t i = 0; i < transaction->input_count; i++) {
        const mien_bitcoin_input *input = &transaction->inputs[i];
        size += 40 + mien_compact_size(input->script.length) + input->script.length;
        if (extended) size += input->witness.length != 0 ? input->witness.length : 1;
    }
    for (size_t i = 0; i < transaction->output_count; i++) {
        size_t length = transaction->outputs[i].script.length;
        size += 8 + mien_compact_size(length) + length;
    }
    return size;
}

size_t mien_bitcoin_transaction_weight(const mien_bitcoin_transaction *transaction) {
    return 3 * mien_bitcoin_transaction_size(transaction, false) +
           mien_bitcoin_transaction_size(transaction, true);
}

static mien_status write_inputs(mien_writer *writer, const mien_bitcoin_transaction *transaction) {
    MIEN_TRY(mien_compact_write(writer, transaction->input_count));
    for (size_t i = 0; i < transaction->input_count; i++) {
        const mien_bitcoin_input *input = &transaction->inputs[i];
        MIEN_TRY(mien_write_bytes(writer, input->txid, sizeof input->txid));
        MIEN_TRY(mien_write_le32(writer, input->index));
        MIEN_TRY(mien_compact_write_view(writer, input->script));
        MIEN_TRY(mien_write_le32(writer, input->sequence));
    }
    return MIEN_OK;
}

static mien_status write_outputs(mien_writer *writer, const mien_bitcoin_transaction *transaction) {
    MIEN_TRY(mien_compact_write(writer, transaction->output_count));
    for (size_t i = 0; i < transaction->output_count; i++) {
        MIEN_TRY(mien_write_le64(writer, transaction->outputs[i].amount));
        MIEN_TRY(mien_compact_write_view(writer, transaction->outputs[i].script));
    }
    return MIEN_OK;
}

static mien_status write_witnesses(mien_writer *writer,
                                   const mien_bitcoin_transaction *transaction) {
    for (size_t i = 0; i < transaction->input_count; i++) {
        mien_view witness = transaction->inputs[i].witness;
        if (witness.length == 0)
            MIEN_TRY(mien_write_u8(writer, 0));
        else
            MIEN_TRY(mien_write_bytes(writer, witness.data, witness.length));
    }
    return MIEN_OK;
}

mien_status mien_bitcoin_transaction_write(mien_writer *writer,
                                           const mien_bitcoin_transaction *transaction,
                                           bool witness) {
    bool extended = witness && has_witness(transaction);
    MIEN_TRY(mien_write_le32(writer, transaction->version));
    if (extended) MIEN_TRY(mien_write_le16(writer, 0x0100));
    MIEN_TRY(write_inputs(writer, transaction));
    MIEN_TRY(write_outputs(writer, transaction));
    if (extended) MIEN_TRY(write_witnesses(writer, transaction));
    return mien_write_le32(writer, transaction->lock_time);
}

/* Hashed piece by piece, so that it needs no memory and cannot fail. */
void mien_bitcoin_txid(uint8_t out[MIEN_TXID_SIZE], const mien_bitcoin_transaction *transaction) {
    mien_sha256_state state;
    mien_sha256_init(&state);
    hash_le32(&state, transaction->version);
    hash_compact(&state, transaction->input_count);
    for (size_t i = 0; i < transaction->input_count; i++) {
        const mien_bitcoin_input *input = &transaction->inputs[i];
        hash_outpoint(&state, input);
        hash_view(&state, input->script);
        hash_le32(&state, input->sequence);
    }
    hash_compact(&state, transaction->output_count);
    for (size_t i = 0; i < transaction->output_count; i++)
        hash_output(&state, &transaction->outputs[i]);
    hash_le32(&state, transaction->lock_time);
    mien_sha256_final_double(&state, out);
}

void mien_bitcoin_txid_text(char out[2 * MIEN_TXID_SIZE + 1], const uint8_t txid[MIEN_TXID_SIZE]) {
    uint8_t reversed[MIEN_TXID_SIZE];
    for (int i = 0; i < MIEN_TXID_SIZE; i++) reversed[i] = txid[MIEN_TXID_SIZE - 1 - i];
    mien_hex_encode(out, reversed, sizeof reversed);
}

mien_status mien_bitcoin_output_sum(uint64_t *sum, const mien_bitcoin_transaction *transaction) {
    uint64_t total = 0;
    for (size_t i = 0; i < transaction->output_count; i++) {
        uint64_t amount = transaction->outputs[i].amount;
        if (amount > MIEN_SATOSHIS_MAX || total + amount > MIEN_SATOSHIS_MAX) return MIEN_OVERFLOW;
        total += amount;
    }
    *sum = total;
    return MIEN_OK;
}

static int compare_outpoints(const void *a, const void *b) {
    const mien_bitcoin_input *x = *(const mien_bitcoin_input *const *)a;
    const mien_bitcoin_input *y = *(const mien_bitcoin_input *const *)b;
    int order = memcmp(x->txid, y->txid, MIEN_TXID_SIZE);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

mien_status mien_bitcoin_check_duplicates(const mien_bitcoin_transaction *transaction,
                                          mien_arena *arena) {
    const mien_bitcoin_input **sorted;
    size_t count = transaction->input_count;
    MIEN_TRY(mien_arena_take(arena, &sorted, count, sizeof *sorted));
    for (size_t i = 0; i < count; i++) sorted[i] = &transaction->inputs[i];
    qsort(sorted, count, sizeof *sorted, compare_outpoints);
    for (size_t i = 1; i < count; i++)
        if (compare_outpoints(&sorted[i - 1], &sorted[i]) == 0) return MIEN_FORMAT;
    return MIEN_OK;
}
