/* SPDX-License-Identifier: MIT */
/* The methods that end in a signature: read and check, put into words, have it signed. */
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/memory/secret.h"
#include "wallet/encoding/hex.h"
#include "wallet/rpc/rpc_parts.h"

/* Enough for the largest transaction with its arrays, words and signed bytes. */
#define ARENA_LIMIT ((size_t)16 << 20)

/* Have the job signed; its arena is cleared by the caller. */
static mien_status have_signed(mien_rpc_call *call, mien_rpc_job *job) {
    return call->service->sign(call->service->sign_context, job, &call->error);
}

static mien_status read_transaction(mien_rpc_call *call, mien_rpc_job *job, const json_t *object) {
    char *text;
    uint8_t named[MIEN_ETHEREUM_ADDRESS_SIZE];
    bool has_from;
    mien_view copy;
    MIEN_TRY(mien_json_print(&text, object, false));
    mien_status status = mien_arena_copy(job->arena, &copy, text, strlen(text));
    free(text);
    MIEN_TRY(status);
    job->payload = copy;
    MIEN_TRY(mien_ethereum_read_json(&job->transaction, named, &has_from, job->arena,
                                     (const char *)copy.data, copy.length, &call->error));
    MIEN_TRY(mien_ethereum_review_transaction(&job->review, job->arena, &job->transaction,
                                              job->from, &call->service->limits, &call->error));
    job->words = job->review.words;
    memcpy(job->digest, job->review.digest, sizeof job->digest);
    return MIEN_OK;
}

static mien_status sign_transaction(mien_rpc_call *call, mien_rpc_job *job) {
    json_t *object;
    job->kind = MIEN_RPC_TRANSACTION;
    MIEN_TRY(mien_rpc_fill(call, &object, &job->index, job->from));
    mien_status status = read_transaction(call, job, object);
    json_decref(object);
    MIEN_TRY(status);
    return have_signed(call, job);
}

mien_status mien_rpc_sign_transaction(mien_rpc_call *call) {
    mien_arena arena = mien_arena_of(ARENA_LIMIT);
    mien_rpc_job job = {.arena = &arena};
    mien_status status = sign_transaction(call, &job);
    if (status == MIEN_OK) call->result = mien_rpc_bytes(job.raw.data, job.raw.length);
    mien_arena_clear(&arena);
    return status;
}

/* The hash is ours, and the node must know the transaction by the same. */
static mien_status send_raw(mien_rpc_call *call, const mien_rpc_job *job) {
    json_t *answer, *hash = mien_rpc_bytes(job->hash, sizeof job->hash);
    mien_status status =
        mien_rpc_ask(call, &answer, "eth_sendRawTransaction",
                     json_pack("[o]", mien_rpc_bytes(job->raw.data, job->raw.length)));
    if (status == MIEN_OK && !json_equal(answer, hash))
        status = mien_rpc_fail(call, MIEN_RPC_DISCONNECTED,
                               "the node answers with the hash of another transaction");
    json_decref(answer);
    if (status == MIEN_OK)
        call->result = hash;
    else
        json_decref(hash);
    return status;
}

mien_status mien_rpc_send_transaction(mien_rpc_call *call) {
    mien_arena arena = mien_arena_of(ARENA_LIMIT);
    mien_rpc_job job = {.arena = &arena};
    mien_status status = sign_transaction(call, &job);
    if (status == MIEN_OK) status = send_raw(call, &job);
    mien_arena_clear(&arena);
    return status;
}

/* Hex with 0x is bytes, as clients send texts too; anything else is the text itself. */
static mien_status read_message(mien_rpc_call *call, mien_view *out, mien_arena *arena,
                                const json_t *value) {
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);
    uint8_t *bytes;
    if (text == NULL)
        return mien_rpc_fail(call, MIEN_RPC_INVALID_PARAMS,
                             "the message comes first, as text or 0x hex");
    if (length < 2 || memcmp(text, "0x", 2) != 0) return mien_arena_copy(arena, out, text, length);
    MIEN_TRY(mien_arena_take(arena, &bytes, length / 2, 1));
    if (mien_hex_decode(bytes, length / 2 - 1, text + 2, length - 2) != MIEN_OK)
        return mien_arena_copy(arena, out, text, length);
    *out = mien_view_of(bytes, length / 2 - 1);
    return MIEN_OK;
}

static mien_status personal_sign(mien_rpc_call *call, mien_rpc_job *job) {
    job->kind = MIEN_RPC_MESSAGE;
    MIEN_TRY(mien_rpc_account(call, mien_rpc_param(call, 1), &job->index, job->from));
    MIEN_TRY(read_message(call, &job->payload, job->arena, mien_rpc_param(call, 0)));
    MIEN_TRY(mien_ethereum_review_message(&job->words, job->digest, job->arena, job->payload,
                                          job->from));
    return have_signed(call, job);
}

mien_status mien_rpc_personal_sign(mien_rpc_call *call) {
    mien_arena arena = mien_arena_of(ARENA_LIMIT);
    mien_rpc_job job = {.arena = &arena};
    mien_status status = personal_sign(call, &job);
    if (status == MIEN_OK) call->result = mien_rpc_bytes(job.signature, sizeof job.signature);
    mien_arena_clear(&arena);
    return status;
}

/* Typed data comes as an object or as its text. */
static mien_status typed_text(mien_rpc_call *call, mien_view *out, mien_arena *arena,
                              const json_t *value) {
    char *text;
    if (json_is_string(value))
        return mien_arena_copy(arena, out, json_string_value(value), json_string_length(value));
    if (!json_is_object(value))
        return mien_rpc_fail(call, MIEN_RPC_INVALID_PARAMS, "typed data comes second");
    MIEN_TRY(mien_json_print(&text, value, false));
    mien_status status = mien_arena_copy(arena, out, text, strlen(text));
    free(text);
    return status;
}

static mien_status sign_typed_data(mien_rpc_call *call, mien_rpc_job *job) {
    job->kind = MIEN_RPC_TYPED_DATA;
    MIEN_TRY(mien_rpc_account(call, mien_rpc_param(call, 0), &job->index, job->from));
    MIEN_TRY(typed_text(call, &job->payload, job->arena, mien_rpc_param(call, 1)));
    MIEN_TRY(mien_typed_data_read(&job->typed, job->arena, (const char *)job->payload.data,
                                  job->payload.length, &call->error));
    if (job->typed.has_chain_id && job->typed.chain_id != call->service->chain_id)
        return mien_rpc_fail(call, MIEN_RPC_INVALID_PARAMS,
                             "the typed data is for another chain; this wallet serves %llu",
                             (unsigned long long)call->service->chain_id);
    job->words = job->typed.words;
    mien_ethereum_message_digest(job->digest, job->from, job->typed.digest);
    return have_signed(call, job);
}

mien_status mien_rpc_sign_typed_data(mien_rpc_call *call) {
    mien_arena arena = mien_arena_of(ARENA_LIMIT);
    mien_rpc_job job = {.arena = &arena};
    mien_status status = sign_typed_data(call, &job);
    if (status == MIEN_OK) call->result = mien_rpc_bytes(job.signature, sizeof job.signature);
    mien_arena_clear(&arena);
    return status;
}

static mien_status optional_number(mien_rpc_call *call, uint64_t *out, const json_t *object,
                                   const char *key) {
    const json_t *value = json_object_get(object, key);
    mien_uint256 number;
    if (value == NULL || json_is_null(value)) return MIEN_OK;
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *out = (uint64_t)json_integer_value(value);
        return MIEN_OK;
    }
    if (json_is_string(value) &&
        mien_uint256_parse(&number, json_string_value(value), json_string_length(value)) ==
            MIEN_OK &&
        mien_uint256_to_u64(out, &number) == MIEN_OK)
        return MIEN_OK;
    return mien_rpc_fail(call, MIEN_RPC_INVALID_PARAMS, "\"%s\" is no number", key);
}

/* Nonce of an authorisation: as given, or the account's next one; one more when the account itself
 * sends the transaction that carries it ("executor": "self"), because that comes first. */
static mien_status authorization_nonce(mien_rpc_call *call, mien_rpc_job *job,
                                       const json_t *object) {
    const json_t *executor = json_object_get(object, "executor");
    uint64_t nonce = UINT64_MAX;
    MIEN_TRY(optional_number(call, &nonce, object, "nonce"));
    bool self = json_is_string(executor) && strcmp(json_string_value(executor), "self") == 0;
    if (executor != NULL && !self)
        return mien_rpc_fail(call, MIEN_RPC_INVALID_PARAMS, "\"executor\" can only be \"self\"");
    if (nonce == UINT64_MAX) {
        MIEN_TRY(mien_rpc_next_nonce(call, &nonce, job->from));
        nonce += self;
    }
    job->authorization.nonce = nonce;
    return MIEN_OK;
}

static mien_status read_authorization(mien_rpc_call *call, mien_rpc_job *job) {
    static const char *const keys[] = {"address", "chainId", "nonce", "executor", "from", NULL};
    const json_t *object = mien_rpc_param(call, 0), *address, *from;
    if (!json_is_object(object))
        return mien_rpc_fail(call, MIEN_RPC_INVALID_PARAMS, "an authorisation object is expected");
    if (mien_json_only_keys(object, keys, &call->error) != MIEN_OK) {
        call->code = MIEN_RPC_INVALID_PARAMS;
        return MIEN_FORMAT;
    }
    from = json_object_get(object, "from");
    job->index = call->service->indices[0];
    memcpy(job->from, call->service->accounts[0], sizeof job->from);
    if (from != NULL) MIEN_TRY(mien_rpc_account(call, from, &job->index, job->from));
    address = json_object_get(object, "address");
    if (!json_is_string(address) ||
        mien_ethereum_address_parse(job->authorization.delegate, json_string_value(address),
                                    json_string_length(address)) != MIEN_OK)
        return mien_rpc_fail(call, MIEN_RPC_INVALID_PARAMS,
                             "\"address\" is the code's address, zero to revoke");
    job->authorization.chain_id = call->service->chain_id;
    MIEN_TRY(optional_number(call, &job->authorization.chain_id, object, "chainId"));
    if (job->authorization.chain_id != call->service->chain_id && job->authorization.chain_id != 0)
        return mien_rpc_fail(call, MIEN_RPC_INVALID_PARAMS,
                             "the authorisation is for another chain");
    return authorization_nonce(call, job, object);
}

static mien_status sign_authorization(mien_rpc_call *call, mien_rpc_job *job) {
    job->kind = MIEN_RPC_AUTHORIZATION;
    MIEN_TRY(read_authorization(call, job));
    MIEN_TRY(mien_ethereum_review_authorization(&job->words, job->digest, job->arena,
                                                &job->authorization, job->from,
                                                &call->service->limits, &call->error));
    return have_signed(call, job);
}

static json_t *authorization_json(const mien_ethereum_authorization *a) {
    char delegate[MIEN_ETHEREUM_ADDRESS_TEXT];
    mien_ethereum_address_text(delegate, a->delegate);
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "chainId", mien_rpc_quantity(a->chain_id),
                     "address", delegate, "nonce", mien_rpc_quantity(a->nonce), "yParity",
                     mien_rpc_quantity(a->y_parity), "r", mien_rpc_bytes(a->r, 32), "s",
                     mien_rpc_bytes(a->s, 32));
}

mien_status mien_rpc_sign_authorization(mien_rpc_call *call) {
    mien_arena arena = mien_arena_of(ARENA_LIMIT);
    mien_rpc_job job = {.arena = &arena};
    mien_status status = sign_authorization(call, &job);
    if (status == MIEN_OK) call->result = authorization_json(&job.authorization);
    mien_arena_clear(&arena);
    return status;
}

/* ---- signing, for who has the keys ---- */

static mien_status sign_with(mien_rpc_job *job, const mien_curve *curve, const uint8_t *secret) {
    mien_ethereum_signature signature;
    uint8_t hash[32];
    switch (job->kind) {
    case MIEN_RPC_TRANSACTION:
        return mien_ethereum_sign(&job->raw, job->hash, &signature, job->arena, curve,
                                  &job->transaction, secret);
    case MIEN_RPC_MESSAGE:
        mien_ethereum_message_hash(hash, job->payload);
        return mien_ethereum_sign_hash(job->signature, curve, hash, secret);
    case MIEN_RPC_TYPED_DATA:
        return mien_ethereum_sign_hash(job->signature, curve, job->typed.digest, secret);
    case MIEN_RPC_AUTHORIZATION:
        return mien_ethereum_sign_authorization(&job->authorization, curve, secret);
    }
    return MIEN_ARGUMENT;
}

mien_status mien_rpc_job_sign(mien_rpc_job *job, const mien_curve *curve,
                              const mien_hd_private *root, mien_error *error) {
    mien_hd_private *key;
    MIEN_TRY(mien_ethereum_account_key(&key, curve, root, job->index, job->from, error));
    mien_status status = sign_with(job, curve, key->key);
    mien_secret_free(key);
    return status;
}
