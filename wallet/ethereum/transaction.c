/* SPDX-License-Identifier: MIT */
/* Transactions as RLP: reading, writing, signing. */
#include "wallet/ethereum/transaction.h"

#include "wallet/hash/hash.h"

/* Fields between nonce and data, in each type's order; lists are handled apart. */

static mien_status read_to(mien_reader *items, mien_ethereum_transaction *t) {
    mien_view to;
    MIEN_TRY(mien_rlp_read_string(items, &to));
    t->creates_contract = to.length == 0;
    if (to.length == 0) return MIEN_OK;
    if (to.length != MIEN_ETHEREUM_ADDRESS_SIZE) return MIEN_FORMAT;
    memcpy(t->to, to.data, sizeof t->to);
    return MIEN_OK;
}

static size_t count_items(mien_reader items) {
    size_t count = 0;
    bool is_list;
    mien_view payload;
    while (items.left != 0 && mien_rlp_read(&items, &is_list, &payload) == MIEN_OK) count++;
    return count;
}

static mien_status read_access(mien_ethereum_access *access, mien_arena *arena, mien_reader *list) {
    mien_reader entry, keys;
    uint8_t *copy;
    MIEN_TRY(mien_rlp_read_list(list, &entry));
    MIEN_TRY(mien_rlp_read_fixed(&entry, access->address, sizeof access->address));
    MIEN_TRY(mien_rlp_read_list(&entry, &keys));
    MIEN_TRY(mien_read_end(&entry));
    if (keys.left % 33 != 0) return MIEN_FORMAT;
    access->key_count = keys.left / 33;
    MIEN_TRY(mien_arena_take(arena, &copy, access->key_count, 32));
    for (size_t i = 0; i < access->key_count; i++)
        MIEN_TRY(mien_rlp_read_fixed(&keys, copy + 32 * i, 32));
    access->keys = copy;
    return MIEN_OK;
}

static mien_status read_access_list(mien_reader *items, mien_ethereum_transaction *t,
                                    mien_arena *arena) {
    mien_reader list;
    MIEN_TRY(mien_rlp_read_list(items, &list));
    t->access_count = count_items(list);
    MIEN_TRY(mien_arena_take(arena, &t->access, t->access_count, sizeof *t->access));
    for (size_t i = 0; i < t->access_count; i++) MIEN_TRY(read_access(&t->access[i], arena, &list));
    return mien_read_end(&list);
}

/* y parity, r and s; r and s as numbers of at most 32 bytes. */
static mien_status read_signature(mien_reader *items, uint8_t *y_parity, uint8_t r[32],
                                  uint8_t s[32]) {
    uint64_t parity;
    mien_uint256 number;
    MIEN_TRY(mien_rlp_read_u64(items, &parity));
    if (parity > 1) return MIEN_FORMAT;
    *y_parity = (uint8_t)parity;
    MIEN_TRY(mien_rlp_read_uint256(items, &number));
    mien_uint256_to_bytes(r, &number);
    MIEN_TRY(mien_rlp_read_uint256(items, &number));
    mien_uint256_to_bytes(s, &number);
    return MIEN_OK;
}

static mien_status read_authorization(mien_ethereum_authorization *a, mien_reader *list) {
    mien_reader entry;
    MIEN_TRY(mien_rlp_read_list(list, &entry));
    MIEN_TRY(mien_rlp_read_u64(&entry, &a->chain_id));
    MIEN_TRY(mien_rlp_read_fixed(&entry, a->delegate, sizeof a->delegate));
    MIEN_TRY(mien_rlp_read_u64(&entry, &a->nonce));
    MIEN_TRY(read_signature(&entry, &a->y_parity, a->r, a->s));
    return mien_read_end(&entry);
}

static mien_status read_authorizations(mien_reader *items, mien_ethereum_transaction *t,
                                       mien_arena *arena) {
    mien_reader list;
    MIEN_TRY(mien_rlp_read_list(items, &list));
    t->authorization_count = count_items(list);
    MIEN_TRY(mien_arena_take(arena, &t->authorizations, t->authorization_count,
                             sizeof *t->authorizations));
    for (size_t i = 0; i < t->authorization_count; i++)
        MIEN_TRY(read_authorization(&t->authorizations[i], &list));
    return mien_read_end(&list);
}

static mien_status read_fields(mien_reader *items, mien_ethereum_transaction *t,
                               mien_arena *arena) {
    bool dynamic = t->type == MIEN_ETHEREUM_DYNAMIC_FEE || t->type == MIEN_ETHEREUM_SET_CODE;
    if (t->type != MIEN_ETHEREUM_LEGACY) MIEN_TRY(mien_rlp_read_u64(items, &t->chain_id));
    MIEN_TRY(mien_rlp_read_u64(items, &t->nonce));
    if (dynamic) MIEN_TRY(mien_rlp_read_uint256(items, &t->max_priority_fee));
    MIEN_TRY(mien_rlp_read_uint256(items, &t->max_fee));
    MIEN_TRY(mien_rlp_read_u64(items, &t->gas_limit));
    MIEN_TRY(read_to(items, t));
    MIEN_TRY(mien_rlp_read_uint256(items, &t->value));
    MIEN_TRY(mien_rlp_read_string(items, &t->data));
    if (t->type != MIEN_ETHEREUM_LEGACY) MIEN_TRY(read_access_list(items, t, arena));
    if (t->type == MIEN_ETHEREUM_SET_CODE) MIEN_TRY(read_authorizations(items, t, arena));
    return MIEN_OK;
}

/* Type byte and the list behind it. A list without type byte is a legacy transaction. */
static mien_status open_envelope(mien_reader *items, mien_ethereum_type *type, mien_view bytes,
                                 mien_error *error) {
    mien_reader reader = mien_reader_of(bytes.data, bytes.length);
    uint8_t first;
    *type = MIEN_ETHEREUM_LEGACY;
    if (bytes.length > MIEN_ETHEREUM_TRANSACTION_MAX)
        return mien_fail(error, MIEN_TOO_LARGE, "the transaction is larger than 128 KiB");
    if (bytes.length == 0) return mien_fail(error, MIEN_TRUNCATED, "the transaction is empty");
    if (bytes.data[0] < 0xc0) {
        MIEN_TRY(mien_read_u8(&reader, &first));
        if (first != 1 && first != 2 && first != 4)
            return mien_fail(error, MIEN_UNSUPPORTED,
                             "transactions of type 0x%02x are not supported", first);
        *type = (mien_ethereum_type)first;
    }
    mien_status status = mien_rlp_read_list(&reader, items);
    if (status == MIEN_OK) status = mien_read_end(&reader);
    return status == MIEN_OK ? status
                             : mien_fail(error, status, "the transaction is no canonical RLP");
}

/* EIP-155: chain id and two empty items behind the six fields. */
static mien_status read_chain_id(mien_reader *items, mien_ethereum_transaction *t) {
    uint64_t zero;
    if (items->left == 0) return MIEN_OK;
    MIEN_TRY(mien_rlp_read_u64(items, &t->chain_id));
    for (int i = 0; i < 2; i++) {
        MIEN_TRY(mien_rlp_read_u64(items, &zero));
        if (zero != 0) return MIEN_FORMAT;
    }
    return t->chain_id != 0 ? MIEN_OK : MIEN_FORMAT;
}

mien_status mien_ethereum_read_unsigned(mien_ethereum_transaction *out, mien_arena *arena,
                                        mien_view bytes, mien_error *error) {
    mien_ethereum_transaction t = {0};
    mien_reader items;
    MIEN_TRY(open_envelope(&items, &t.type, bytes, error));
    mien_status status = read_fields(&items, &t, arena);
    if (status == MIEN_OK && t.type == MIEN_ETHEREUM_LEGACY) status = read_chain_id(&items, &t);
    if (status == MIEN_OK) status = mien_read_end(&items);
    if (status != MIEN_OK)
        return mien_fail(error, status, "a field of the transaction is missing or malformed");
    *out = t;
    return MIEN_OK;
}

/* v of a legacy signature: 27 or 28, or 35 + 2 chain id + parity, which may need 65 bits. */
static mien_status legacy_v(mien_uint256 *v, uint64_t chain_id, uint8_t y_parity) {
    mien_uint256 add = mien_uint256_of((chain_id != 0 ? 35u : 27u) + y_parity);
    *v = mien_uint256_of(chain_id);
    MIEN_TRY(mien_uint256_multiply(v, v, 2));
    return mien_uint256_add(v, v, &add);
}

static mien_status split_v(uint64_t *chain_id, uint8_t *y_parity, const mien_uint256 *v) {
    uint64_t low = v->limb[0], high = v->limb[1];
    if ((v->limb[2] | v->limb[3]) != 0 || high > 2) return MIEN_FORMAT;
    bool plain = high == 0 && (low == 27 || low == 28);
    if (!plain && high == 0 && low < 37) return MIEN_FORMAT;
    uint64_t rest = low - (plain ? 27 : 35); /* borrows from the high limb below */
    if (!plain && low < 35) high--;
    if (high > 1) return MIEN_FORMAT;
    *y_parity = (uint8_t)(rest & 1);
    *chain_id = plain ? 0 : rest >> 1 | high << 63;
    return MIEN_OK;
}

static mien_status read_legacy_signature(mien_reader *items, mien_ethereum_transaction *t,
                                         mien_ethereum_signature *signature) {
    mien_uint256 number;
    MIEN_TRY(mien_rlp_read_uint256(items, &number));
    MIEN_TRY(split_v(&t->chain_id, &signature->y_parity, &number));
    MIEN_TRY(mien_rlp_read_uint256(items, &number));
    mien_uint256_to_bytes(signature->r, &number);
    MIEN_TRY(mien_rlp_read_uint256(items, &number));
    mien_uint256_to_bytes(signature->s, &number);
    return MIEN_OK;
}

/* Address that made a signature over a hash; high S is refused (EIP-2). */
static mien_status recover(uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE],
                           const mien_ethereum_signature *signature, const uint8_t hash[32]) {
    uint8_t compact[MIEN_SIGNATURE_SIZE], key[MIEN_PUBLIC_KEY_SIZE];
    memcpy(compact, signature->r, 32);
    memcpy(compact + 32, signature->s, 32);
    MIEN_TRY(mien_ecdsa_recover(key, compact, signature->y_parity, hash));
    if (!mien_ecdsa_verify(compact, hash, key, sizeof key)) return MIEN_AUTHENTICATION;
    return mien_ethereum_address(from, key);
}

mien_status mien_ethereum_read_signed(mien_ethereum_transaction *out,
                                      mien_ethereum_signature *signature,
                                      uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE], mien_arena *arena,
                                      mien_view bytes, mien_error *error) {
    mien_ethereum_transaction t = {0};
    mien_ethereum_signature s;
    mien_reader items;
    uint8_t hash[32];
    MIEN_TRY(open_envelope(&items, &t.type, bytes, error));
    mien_status status = read_fields(&items, &t, arena);
    if (status == MIEN_OK)
        status = t.type == MIEN_ETHEREUM_LEGACY ? read_legacy_signature(&items, &t, &s)
                                                : read_signature(&items, &s.y_parity, s.r, s.s);
    if (status == MIEN_OK) status = mien_read_end(&items);
    if (status != MIEN_OK)
        return mien_fail(error, status, "a field of the transaction is missing or malformed");
    MIEN_TRY(mien_ethereum_signing_hash(hash, &t));
    if (recover(from, &s, hash) != MIEN_OK)
        return mien_fail(error, MIEN_AUTHENTICATION, "the transaction's signature is not valid");
    *out = t;
    *signature = s;
    return MIEN_OK;
}

static mien_status write_access_list(mien_writer *writer, const mien_ethereum_transaction *t) {
    size_t list = writer->used;
    for (size_t i = 0; i < t->access_count; i++) {
        const mien_ethereum_access *access = &t->access[i];
        size_t entry = writer->used;
        MIEN_TRY(mien_rlp_write_string(writer, access->address, sizeof access->address));
        MIEN_TRY(mien_rlp_write_list_head(writer, 33 * access->key_count));
        for (size_t j = 0; j < access->key_count; j++)
            MIEN_TRY(mien_rlp_write_string(writer, access->keys + 32 * j, 32));
        MIEN_TRY(mien_rlp_wrap_list(writer, entry));
    }
    return mien_rlp_wrap_list(writer, list);
}

/* A 32-byte number without its leading zeros. */
static mien_status write_number(mien_writer *writer, const uint8_t bytes[32]) {
    mien_uint256 number;
    MIEN_TRY(mien_uint256_from_bytes(&number, bytes, 32));
    return mien_rlp_write_uint256(writer, &number);
}

static mien_status write_authorizations(mien_writer *writer, const mien_ethereum_transaction *t) {
    size_t list = writer->used;
    for (size_t i = 0; i < t->authorization_count; i++) {
        const mien_ethereum_authorization *a = &t->authorizations[i];
        size_t entry = writer->used;
        MIEN_TRY(mien_rlp_write_u64(writer, a->chain_id));
        MIEN_TRY(mien_rlp_write_string(writer, a->delegate, sizeof a->delegate));
        MIEN_TRY(mien_rlp_write_u64(writer, a->nonce));
        MIEN_TRY(mien_rlp_write_u64(writer, a->y_parity));
        MIEN_TRY(write_number(writer, a->r));
        MIEN_TRY(write_number(writer, a->s));
        MIEN_TRY(mien_rlp_wrap_list(writer, entry));
    }
    return mien_rlp_wrap_list(writer, list);
}

static mien_status write_fields(mien_writer *writer, const mien_ethereum_transaction *t) {
    bool dynamic = t->type == MIEN_ETHEREUM_DYNAMIC_FEE || t->type == MIEN_ETHEREUM_SET_CODE;
    if (t->type != MIEN_ETHEREUM_LEGACY) MIEN_TRY(mien_rlp_write_u64(writer, t->chain_id));
    MIEN_TRY(mien_rlp_write_u64(writer, t->nonce));
    if (dynamic) MIEN_TRY(mien_rlp_write_uint256(writer, &t->max_priority_fee));
    MIEN_TRY(mien_rlp_write_uint256(writer, &t->max_fee));
    MIEN_TRY(mien_rlp_write_u64(writer, t->gas_limit));
    MIEN_TRY(mien_rlp_write_string(writer, t->to, t->creates_contract ? 0 : sizeof t->to));
    MIEN_TRY(mien_rlp_write_uint256(writer, &t->value));
    MIEN_TRY(mien_rlp_write_string(writer, t->data.data, t->data.length));
    if (t->type != MIEN_ETHEREUM_LEGACY) MIEN_TRY(write_access_list(writer, t));
    if (t->type == MIEN_ETHEREUM_SET_CODE) MIEN_TRY(write_authorizations(writer, t));
    return MIEN_OK;
}

static mien_status write_signature(mien_writer *writer, const mien_ethereum_transaction *t,
                                   const mien_ethereum_signature *signature) {
    mien_uint256 v = mien_uint256_of(signature->y_parity);
    if (t->type == MIEN_ETHEREUM_LEGACY) MIEN_TRY(legacy_v(&v, t->chain_id, signature->y_parity));
    MIEN_TRY(mien_rlp_write_uint256(writer, &v));
    MIEN_TRY(write_number(writer, signature->r));
    return write_number(writer, signature->s);
}

/* What EIP-155 adds to the bytes that are signed. */
static mien_status write_chain_id(mien_writer *writer, const mien_ethereum_transaction *t) {
    if (t->type != MIEN_ETHEREUM_LEGACY || t->chain_id == 0) return MIEN_OK;
    MIEN_TRY(mien_rlp_write_u64(writer, t->chain_id));
    MIEN_TRY(mien_rlp_write_u64(writer, 0));
    return mien_rlp_write_u64(writer, 0);
}

mien_status mien_ethereum_write(mien_writer *writer, const mien_ethereum_transaction *transaction,
                                const mien_ethereum_signature *signature) {
    if (transaction->type != MIEN_ETHEREUM_LEGACY)
        MIEN_TRY(mien_write_u8(writer, (uint8_t)transaction->type));
    size_t start = writer->used;
    MIEN_TRY(write_fields(writer, transaction));
    if (signature != NULL)
        MIEN_TRY(write_signature(writer, transaction, signature));
    else
        MIEN_TRY(write_chain_id(writer, transaction));
    return mien_rlp_wrap_list(writer, start);
}

/* More than any form of the transaction takes. */
static size_t size_bound(const mien_ethereum_transaction *t) {
    size_t size = 1024 + t->data.length + 160 * t->authorization_count;
    for (size_t i = 0; i < t->access_count; i++) size += 64 + 33 * t->access[i].key_count;
    return size;
}

mien_status mien_ethereum_signing_hash(uint8_t out[32],
                                       const mien_ethereum_transaction *transaction) {
    mien_arena arena = mien_arena_of(SIZE_MAX);
    size_t capacity = size_bound(transaction);
    uint8_t *memory;
    mien_status status = mien_arena_take(&arena, &memory, capacity, 1);
    if (status == MIEN_OK) {
        mien_writer writer = mien_writer_of(memory, capacity);
        status = mien_ethereum_write(&writer, transaction, NULL);
        if (status == MIEN_OK) mien_keccak256(out, memory, writer.used);
    }
    mien_arena_clear(&arena);
    return status;
}

mien_status mien_ethereum_sign(mien_view *raw, uint8_t hash[32], mien_ethereum_signature *signature,
                               mien_arena *arena, const mien_curve *curve,
                               const mien_ethereum_transaction *transaction,
                               const uint8_t secret[MIEN_SECRET_KEY_SIZE]) {
    uint8_t digest[32], compact[MIEN_SIGNATURE_SIZE], *memory;
    size_t capacity = size_bound(transaction);
    mien_ethereum_signature made;
    int id;
    MIEN_TRY(mien_ethereum_signing_hash(digest, transaction));
    MIEN_TRY(mien_ecdsa_sign(curve, compact, &id, digest, secret));
    if (id > 1) return MIEN_INTERNAL; /* r above the group order: once in 2^127 */
    made.y_parity = (uint8_t)id;
    memcpy(made.r, compact, 32);
    memcpy(made.s, compact + 32, 32);
    MIEN_TRY(mien_arena_take(arena, &memory, capacity, 1));
    mien_writer writer = mien_writer_of(memory, capacity);
    MIEN_TRY(mien_ethereum_write(&writer, transaction, &made));
    mien_keccak256(hash, memory, writer.used);
    *raw = mien_view_of(memory, writer.used);
    *signature = made;
    return MIEN_OK;
}
