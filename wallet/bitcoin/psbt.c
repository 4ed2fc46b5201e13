/* SPDX-License-Identifier: MIT */
/* Reading: maps of entries first, then what each known field must look like (psbt_fields.c). */
#include "wallet/bitcoin/psbt.h"

#include <stdlib.h>

#include "wallet/bitcoin/psbt_fields.h"
#include "wallet/encoding/hex.h"

static const uint8_t magic[5] = {'p', 's', 'b', 't', 0xff};

static mien_status add_entry(mien_arena *arena, mien_psbt_map *map, mien_psbt_entry entry,
                             size_t at) {
    if (map->count == map->capacity) {
        mien_psbt_entry *larger;
        size_t capacity = map->capacity == 0 ? 4 : 2 * map->capacity;
        MIEN_TRY(mien_arena_take(arena, &larger, capacity, sizeof *larger));
        if (map->count != 0) memcpy(larger, map->entries, map->count * sizeof *larger);
        map->entries = larger;
        map->capacity = capacity;
    }
    memmove(map->entries + at + 1, map->entries + at, (map->count - at) * sizeof *map->entries);
    map->entries[at] = entry;
    map->count++;
    return MIEN_OK;
}

/* Split a key into type and data. */
static mien_status split_key(mien_psbt_entry *entry) {
    mien_reader reader = mien_reader_of(entry->key.data, entry->key.length);
    MIEN_TRY(mien_compact_read(&reader, &entry->type));
    entry->data = mien_view_of(reader.next, reader.left);
    return MIEN_OK;
}

static int compare_views(mien_view a, mien_view b) {
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter != 0 ? memcmp(a.data, b.data, shorter) : 0;
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare_keys(const void *a, const void *b) {
    return compare_views((*(const mien_psbt_entry *const *)a)->key,
                         (*(const mien_psbt_entry *const *)b)->key);
}

static mien_status refuse_duplicates(mien_arena *arena, const mien_psbt_map *map,
                                     mien_error *error) {
    const mien_psbt_entry **sorted;
    MIEN_TRY(mien_arena_take(arena, &sorted, map->count, sizeof *sorted));
    for (size_t i = 0; i < map->count; i++) sorted[i] = &map->entries[i];
    qsort(sorted, map->count, sizeof *sorted, compare_keys);
    for (size_t i = 1; i < map->count; i++)
        if (compare_keys(&sorted[i - 1], &sorted[i]) == 0)
            return mien_fail(error, MIEN_FORMAT, "PSBT: a key appears twice in one map");
    return MIEN_OK;
}

/* One map up to and with its separator. */
static mien_status read_map(mien_psbt *psbt, mien_psbt_map *map, mien_reader *reader,
                            mien_error *error) {
    for (;;) {
        mien_psbt_entry entry;
        mien_status status = mien_compact_read_view(reader, &entry.key);
        if (status == MIEN_OK && entry.key.length == 0) break;
        if (status == MIEN_OK) status = split_key(&entry);
        if (status == MIEN_OK) status = mien_compact_read_view(reader, &entry.value);
        if (status != MIEN_OK) return mien_fail(error, status, "PSBT: a map is cut short");
        if (map->count == MIEN_PSBT_MAP_ENTRIES)
            return mien_fail(error, MIEN_TOO_LARGE, "PSBT: more than %u fields in one map",
                             MIEN_PSBT_MAP_ENTRIES);
        MIEN_TRY(add_entry(&psbt->arena, map, entry, map->count));
    }
    return refuse_duplicates(&psbt->arena, map, error);
}

static mien_status read_maps(mien_psbt *psbt, mien_psbt_map **maps, size_t count,
                             mien_reader *reader, mien_error *error) {
    if (count > reader->left) return mien_fail(error, MIEN_TRUNCATED, "PSBT: maps are missing");
    MIEN_TRY(mien_arena_take(&psbt->arena, maps, count, sizeof **maps));
    for (size_t i = 0; i < count; i++) MIEN_TRY(read_map(psbt, &(*maps)[i], reader, error));
    return MIEN_OK;
}

static mien_status read_version(mien_psbt *psbt, mien_error *error) {
    const mien_psbt_entry *entry = mien_psbt_find(&psbt->global, MIEN_PSBT_GLOBAL_VERSION);
    psbt->version = 0;
    if (entry == NULL) return MIEN_OK;
    if (entry->value.length != 4)
        return mien_fail(error, MIEN_FORMAT, "PSBT: the version is not 4 bytes");
    psbt->version = mien_load_le32(entry->value.data);
    if (psbt->version == 0 || psbt->version == 2) return MIEN_OK;
    return mien_fail(error, MIEN_VERSION, "PSBT: version %u is unknown; 0 and 2 are supported",
                     (unsigned)psbt->version);
}

/* Version 0: the unsigned transaction is a field. */
static mien_status read_unsigned(mien_psbt *psbt, mien_error *error) {
    const mien_psbt_entry *entry = mien_psbt_find(&psbt->global, MIEN_PSBT_GLOBAL_UNSIGNED_TX);
    if (entry == NULL) return mien_fail(error, MIEN_FORMAT, "PSBT: no unsigned transaction");
    mien_reader reader = mien_reader_of(entry->value.data, entry->value.length);
    mien_status status =
        mien_bitcoin_transaction_read(&psbt->transaction, &psbt->arena, &reader, false);
    if (status == MIEN_OK) status = mien_read_end(&reader);
    if (status != MIEN_OK)
        return mien_fail(error, status, "PSBT: the unsigned transaction is damaged");
    for (size_t i = 0; i < psbt->transaction.input_count; i++)
        if (psbt->transaction.inputs[i].script.length != 0)
            return mien_fail(error, MIEN_FORMAT, "PSBT: the unsigned transaction has a scriptSig");
    return MIEN_OK;
}

static mien_status read_count(size_t *out, const mien_psbt *psbt, uint64_t type,
                              mien_error *error) {
    const mien_psbt_entry *entry = mien_psbt_find(&psbt->global, type);
    uint64_t count = 0;
    if (entry == NULL)
        return mien_fail(error, MIEN_FORMAT, "PSBT: version 2 needs its input and output counts");
    mien_reader reader = mien_reader_of(entry->value.data, entry->value.length);
    mien_status status = mien_compact_read(&reader, &count);
    if (status == MIEN_OK) status = mien_read_end(&reader);
    if (status == MIEN_OK && count > MIEN_PSBT_SIZE_MAX) status = MIEN_TOO_LARGE;
    if (status != MIEN_OK) return mien_fail(error, status, "PSBT: an input or output count is bad");
    *out = (size_t)count;
    return MIEN_OK;
}

static mien_status previous_output(mien_bitcoin_output *out, const mien_psbt *psbt,
                                   const mien_psbt_entry *entry, size_t input, mien_error *error) {
    const mien_bitcoin_input *spending = &psbt->transaction.inputs[input];
    mien_arena arena = mien_arena_of((1u << 20) + 64 * entry->value.length);
    mien_bitcoin_transaction previous;
    uint8_t txid[MIEN_TXID_SIZE];
    mien_status status = mien_bitcoin_transaction_parse(&previous, &arena, entry->value);
    if (status != MIEN_OK) {
        status = mien_fail(error, status, "input %zu: its previous transaction is damaged", input);
    } else {
        mien_bitcoin_txid(txid, &previous);
        if (memcmp(txid, spending->txid, sizeof txid) != 0)
            status =
                mien_fail(error, MIEN_AUTHENTICATION,
                          "input %zu: the previous transaction is not the one it spends", input);
        else if (spending->index >= previous.output_count)
            status = mien_fail(error, MIEN_AUTHENTICATION,
                               "input %zu spends an output that does not exist", input);
        else
            *out = previous.outputs[spending->index];
    }
    mien_arena_clear(&arena);
    return status;
}

/* A previous transaction that is not the one an input spends makes the whole PSBT a lie. */
static mien_status check_previous(const mien_psbt *psbt, mien_error *error) {
    for (size_t i = 0; i < psbt->transaction.input_count; i++) {
        mien_bitcoin_output output;
        const mien_psbt_entry *entry =
            mien_psbt_find(&psbt->inputs[i], MIEN_PSBT_IN_NON_WITNESS_UTXO);
        if (entry != NULL) MIEN_TRY(previous_output(&output, psbt, entry, i, error));
    }
    return MIEN_OK;
}

static mien_status read_everything(mien_psbt *psbt, mien_reader *reader, mien_error *error) {
    size_t inputs, outputs;
    uint8_t head[sizeof magic];
    if (mien_read_bytes(reader, head, sizeof head) != MIEN_OK ||
        memcmp(head, magic, sizeof magic) != 0)
        return mien_fail(error, MIEN_FORMAT, "this is no PSBT: its first bytes are wrong");
    MIEN_TRY(read_map(psbt, &psbt->global, reader, error));
    MIEN_TRY(read_version(psbt, error));
    if (psbt->version == 0) {
        MIEN_TRY(read_unsigned(psbt, error));
        inputs = psbt->transaction.input_count;
        outputs = psbt->transaction.output_count;
    } else {
        MIEN_TRY(read_count(&inputs, psbt, MIEN_PSBT_GLOBAL_INPUT_COUNT, error));
        MIEN_TRY(read_count(&outputs, psbt, MIEN_PSBT_GLOBAL_OUTPUT_COUNT, error));
    }
    MIEN_TRY(read_maps(psbt, &psbt->inputs, inputs, reader, error));
    MIEN_TRY(read_maps(psbt, &psbt->outputs, outputs, reader, error));
    if (mien_read_end(reader) != MIEN_OK)
        return mien_fail(error, MIEN_TRAILING, "PSBT: bytes behind the last map");
    MIEN_TRY(mien_psbt_check_fields(psbt, inputs, outputs, error));
    if (psbt->version == 2) MIEN_TRY(mien_psbt_build_transaction(psbt, inputs, outputs, error));
    return check_previous(psbt, error);
}

static bool is_blank(uint8_t c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The binary form, copied or decoded into the arena. */
static mien_status take_bytes(mien_psbt *psbt, mien_view *out, const uint8_t *bytes,
                              size_t length) {
    if (length >= sizeof magic && memcmp(bytes, magic, sizeof magic) == 0)
        return mien_arena_copy(&psbt->arena, out, bytes, length);
    while (length > 0 && is_blank(bytes[0])) bytes++, length--;
    while (length > 0 && is_blank(bytes[length - 1])) length--;
    uint8_t *decoded;
    size_t size, capacity = length / 4 * 3 + 3;
    MIEN_TRY(mien_arena_take(&psbt->arena, &decoded, capacity, 1));
    MIEN_TRY(mien_base64_decode(decoded, &size, capacity, (const char *)bytes, length));
    *out = mien_view_of(decoded, size);
    return MIEN_OK;
}

mien_status mien_psbt_parse(mien_psbt *out, const uint8_t *bytes, size_t length,
                            mien_error *error) {
    mien_view binary;
    memset(out, 0, sizeof *out);
    if (length > MIEN_PSBT_SIZE_MAX)
        return mien_fail(error, MIEN_TOO_LARGE, "PSBT: larger than %u bytes", MIEN_PSBT_SIZE_MAX);
    out->arena = mien_arena_of((1u << 20) + 64 * length);
    mien_status status = take_bytes(out, &binary, bytes, length);
    if (status != MIEN_OK) {
        status = mien_fail(error, status, "this is no PSBT: neither binary nor base64");
    } else {
        mien_reader reader = mien_reader_of(binary.data, binary.length);
        status = read_everything(out, &reader, error);
    }
    if (status != MIEN_OK) {
        mien_psbt_destroy(out);
        if (error != NULL) error->status = status;
    } else {
        out->arena.limit = SIZE_MAX; /* from here on it is us who add */
    }
    return status;
}

void mien_psbt_destroy(mien_psbt *psbt) {
    mien_arena_clear(&psbt->arena);
    memset(psbt, 0, sizeof *psbt);
}

static mien_status write_created(mien_writer *writer, const mien_bitcoin_transaction *transaction) {
    static const uint8_t unsigned_key[2] = {1, MIEN_PSBT_GLOBAL_UNSIGNED_TX};
    size_t size = mien_bitcoin_transaction_size(transaction, false);
    MIEN_TRY(mien_write_bytes(writer, magic, sizeof magic));
    MIEN_TRY(mien_write_bytes(writer, unsigned_key, sizeof unsigned_key));
    MIEN_TRY(mien_compact_write(writer, size));
    MIEN_TRY(mien_bitcoin_transaction_write(writer, transaction, false));
    for (size_t i = 0; i < 1 + transaction->input_count + transaction->output_count; i++)
        MIEN_TRY(mien_write_u8(writer, 0));
    return MIEN_OK;
}

mien_status mien_psbt_create(mien_psbt *out, const mien_bitcoin_transaction *transaction) {
    mien_bitcoin_transaction bare = *transaction;
    mien_arena arena = mien_arena_of(SIZE_MAX);
    uint8_t *bytes = NULL;
    memset(out, 0, sizeof *out);
    mien_status status =
        mien_arena_take(&arena, &bare.inputs, bare.input_count, sizeof *bare.inputs);
    for (size_t i = 0; status == MIEN_OK && i < bare.input_count; i++) {
        bare.inputs[i] = transaction->inputs[i];
        bare.inputs[i].script = bare.inputs[i].witness = mien_view_of(NULL, 0);
    }
    size_t size = 32 + bare.input_count + bare.output_count;
    if (status == MIEN_OK) size += mien_bitcoin_transaction_size(&bare, false);
    if (status == MIEN_OK) status = mien_arena_take(&arena, &bytes, size, 1);
    mien_writer writer = mien_writer_of(bytes, size);
    if (status == MIEN_OK) status = write_created(&writer, &bare);
    if (status == MIEN_OK) status = mien_psbt_parse(out, bytes, writer.used, NULL);
    mien_arena_clear(&arena);
    return status;
}

static size_t map_size(const mien_psbt_map *map) {
    size_t size = 1;
    for (size_t i = 0; i < map->count; i++) {
        size_t key = map->entries[i].key.length, value = map->entries[i].value.length;
        size += mien_compact_size(key) + key + mien_compact_size(value) + value;
    }
    return size;
}

size_t mien_psbt_size(const mien_psbt *psbt) {
    size_t size = sizeof magic + map_size(&psbt->global);
    for (size_t i = 0; i < psbt->transaction.input_count; i++) size += map_size(&psbt->inputs[i]);
    for (size_t i = 0; i < psbt->transaction.output_count; i++) size += map_size(&psbt->outputs[i]);
    return size;
}

static mien_status write_map(mien_writer *writer, const mien_psbt_map *map) {
    for (size_t i = 0; i < map->count; i++) {
        MIEN_TRY(mien_compact_write_view(writer, map->entries[i].key));
        MIEN_TRY(mien_compact_write_view(writer, map->entries[i].value));
    }
    return mien_write_u8(writer, 0);
}

mien_status mien_psbt_write(mien_writer *writer, const mien_psbt *psbt) {
    MIEN_TRY(mien_write_bytes(writer, magic, sizeof magic));
    MIEN_TRY(write_map(writer, &psbt->global));
    for (size_t i = 0; i < psbt->transaction.input_count; i++)
        MIEN_TRY(write_map(writer, &psbt->inputs[i]));
    for (size_t i = 0; i < psbt->transaction.output_count; i++)
        MIEN_TRY(write_map(writer, &psbt->outputs[i]));
    return MIEN_OK;
}

mien_status mien_psbt_base64(char **out, mien_psbt *psbt) {
    size_t size = mien_psbt_size(psbt), capacity = mien_base64_encoded_size(size);
    uint8_t *bytes;
    char *text;
    MIEN_TRY(mien_arena_take(&psbt->arena, &bytes, size, 1));
    mien_writer writer = mien_writer_of(bytes, size);
    MIEN_TRY(mien_psbt_write(&writer, psbt));
    MIEN_TRY(mien_arena_take(&psbt->arena, &text, capacity, 1));
    mien_base64_encode(text, capacity, bytes, writer.used);
    *out = text;
    return MIEN_OK;
}

const mien_psbt_entry *mien_psbt_find_keyed(const mien_psbt_map *map, uint64_t type,
                                            mien_view data) {
    for (size_t i = 0; i < map->count; i++)
        if (map->entries[i].type == type && mien_view_equal(map->entries[i].data, data))
            return &map->entries[i];
    return NULL;
}

const mien_psbt_entry *mien_psbt_find(const mien_psbt_map *map, uint64_t type) {
    return mien_psbt_find_keyed(map, type, mien_view_of(NULL, 0));
}

/* Add or replace by whole key. */
static mien_status set_key(mien_psbt *psbt, mien_psbt_map *map, mien_view key, mien_view value) {
    mien_psbt_entry entry;
    size_t at = 0;
    MIEN_TRY(mien_arena_copy(&psbt->arena, &entry.key, key.data, key.length));
    MIEN_TRY(mien_arena_copy(&psbt->arena, &entry.value, value.data, value.length));
    MIEN_TRY(split_key(&entry));
    for (size_t i = 0; i < map->count; i++) {
        if (map->entries[i].type <= entry.type) at = i + 1;
        if (!mien_view_equal(map->entries[i].key, entry.key)) continue;
        map->entries[i] = entry;
        return MIEN_OK;
    }
    return add_entry(&psbt->arena, map, entry, at);
}

mien_status mien_psbt_set(mien_psbt *psbt, mien_psbt_map *map, uint8_t type, mien_view data,
                          mien_view value) {
    uint8_t key[1 + MIEN_PSBT_KEY_DATA_MAX];
    if (data.length > MIEN_PSBT_KEY_DATA_MAX) return MIEN_TOO_LARGE;
    key[0] = type;
    if (data.length != 0) memcpy(key + 1, data.data, data.length);
    return set_key(psbt, map, mien_view_of(key, 1 + data.length), value);
}

void mien_psbt_remove(mien_psbt_map *map, uint64_t type) {
    size_t kept = 0;
    for (size_t i = 0; i < map->count; i++)
        if (map->entries[i].type != type) map->entries[kept++] = map->entries[i];
    map->count = kept;
}

static mien_status witness_utxo(mien_bitcoin_output *out, mien_view value) {
    mien_reader reader = mien_reader_of(value.data, value.length);
    MIEN_TRY(mien_read_le64(&reader, &out->amount));
    MIEN_TRY(mien_compact_read_view(&reader, &out->script));
    return mien_read_end(&reader);
}

mien_status mien_psbt_spent_output(mien_bitcoin_output *out, bool *proven, mien_psbt *psbt,
                                   size_t input, mien_error *error) {
    const mien_psbt_map *map = &psbt->inputs[input];
    const mien_psbt_entry *whole = mien_psbt_find(map, MIEN_PSBT_IN_NON_WITNESS_UTXO);
    const mien_psbt_entry *brief = mien_psbt_find(map, MIEN_PSBT_IN_WITNESS_UTXO);
    mien_bitcoin_output from_whole, from_brief;
    if (whole == NULL && brief == NULL)
        return mien_fail(error, MIEN_NOT_FOUND, "input %zu: the output it spends is not known",
                         input);
    if (whole != NULL) MIEN_TRY(previous_output(&from_whole, psbt, whole, input, error));
    if (brief != NULL) MIEN_TRY(witness_utxo(&from_brief, brief->value));
    if (whole != NULL && brief != NULL &&
        (from_whole.amount != from_brief.amount ||
         !mien_view_equal(from_whole.script, from_brief.script)))
        return mien_fail(error, MIEN_AUTHENTICATION,
                         "input %zu: witness UTXO and previous transaction contradict each other",
                         input);
    *out = whole != NULL ? from_whole : from_brief;
    *proven = whole != NULL;
    return MIEN_OK;
}

static bool same_transaction(const mien_psbt *a, const mien_psbt *b) {
    uint8_t x[MIEN_TXID_SIZE], y[MIEN_TXID_SIZE];
    mien_bitcoin_txid(x, &a->transaction);
    mien_bitcoin_txid(y, &b->transaction);
    return a->version == b->version && a->transaction.input_count == b->transaction.input_count &&
           memcmp(x, y, sizeof x) == 0;
}

static mien_status merge_map(mien_psbt *psbt, mien_psbt_map *map, const mien_psbt_map *other) {
    for (size_t i = 0; i < other->count; i++) {
        const mien_psbt_entry *entry = &other->entries[i];
        bool known = false;
        for (size_t j = 0; j < map->count && !known; j++)
            known = mien_view_equal(map->entries[j].key, entry->key);
        if (!known) MIEN_TRY(set_key(psbt, map, entry->key, entry->value));
    }
    return MIEN_OK;
}

/* BIP-370: what either side no longer allows to modify stays fixed; a SINGLE signature stays noted.
 */
static mien_status merge_modifiable(mien_psbt *psbt, const mien_psbt *other) {
    const mien_psbt_entry *ours = mien_psbt_find(&psbt->global, MIEN_PSBT_GLOBAL_TX_MODIFIABLE);
    const mien_psbt_entry *theirs = mien_psbt_find(&other->global, MIEN_PSBT_GLOBAL_TX_MODIFIABLE);
    uint8_t a = ours != NULL ? ours->value.data[0] : 0;
    uint8_t b = theirs != NULL ? theirs->value.data[0] : 0;
    uint8_t merged = (uint8_t)((a & b & 3) | ((a | b) & ~3));
    if (ours == NULL && theirs == NULL) return MIEN_OK;
    return mien_psbt_set(psbt, &psbt->global, MIEN_PSBT_GLOBAL_TX_MODIFIABLE, mien_view_of(NULL, 0),
                         mien_view_of(&merged, 1));
}

mien_status mien_psbt_combine(mien_psbt *psbt, const mien_psbt *other, mien_error *error) {
    if (!same_transaction(psbt, other))
        return mien_fail(error, MIEN_ARGUMENT,
                         "these PSBTs are of different versions or transactions");
    if (psbt->version == 2) MIEN_TRY(merge_modifiable(psbt, other));
    MIEN_TRY(merge_map(psbt, &psbt->global, &other->global));
    for (size_t i = 0; i < psbt->transaction.input_count; i++)
        MIEN_TRY(merge_map(psbt, &psbt->inputs[i], &other->inputs[i]));
    for (size_t i = 0; i < psbt->transaction.output_count; i++)
        MIEN_TRY(merge_map(psbt, &psbt->outputs[i], &other->outputs[i]));
    return MIEN_OK;
}
