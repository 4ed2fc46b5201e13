/* SPDX-License-Identifier: MIT */
/* Ethereum: transactions, messages, typed data, authorisations. */
#include "wallet/agent/job.h"

static mien_status find_sender(mien_agent_job *job, mien_agent_keys *keys, mien_error *error) {
    uint8_t key[MIEN_PUBLIC_KEY_SIZE];
    mien_ethereum_path(&job->path, job->request->index);
    mien_status status = keys->bitcoin.public_key(keys->bitcoin.context, key, &job->path);
    if (status == MIEN_OK) status = mien_ethereum_address(job->from, key);
    if (status != MIEN_OK) return mien_fail(error, status, "this address cannot be derived");
    return MIEN_OK;
}

static void take_limits(mien_agent_job *job) {
    const mien_agent_request *request = job->request;
    job->ethereum_limits = mien_ethereum_limits_default();
    if (!mien_uint256_is_zero(&request->fee_wei)) job->ethereum_limits.fee_wei = request->fee_wei;
    job->ethereum_limits.blind_signing = (request->allow & MIEN_ALLOW_BLIND) != 0;
    job->ethereum_limits.unknown_delegates = (request->allow & MIEN_ALLOW_DELEGATES) != 0;
    job->ethereum_limits.any_chain = (request->allow & MIEN_ALLOW_ANY_CHAIN) != 0;
}

/* A grant is for plain transfers within the usual limits; all else a person looks at. */
static void take_use(mien_agent_job *job) {
    const mien_agent_request *request = job->request;
    const bool usual = request->allow == 0 && mien_uint256_is_zero(&request->fee_wei) &&
                       job->ethereum.action == MIEN_ACTION_TRANSFER;
    job->use.purpose = usual ? MIEN_PURPOSE_ETHEREUM : 0;
    job->use.on_ethereum = true;
    job->use.chain_id = job->transaction.chain_id;
    job->use.wei = job->ethereum.total;
}

static mien_status start_transaction(mien_agent_job *job, mien_agent_keys *keys,
                                     mien_error *error) {
    const mien_view text = job->request->payload;
    uint8_t named[MIEN_ETHEREUM_ADDRESS_SIZE];
    bool has_from = false;
    MIEN_TRY(find_sender(job, keys, error));
    take_limits(job);
    MIEN_TRY(mien_ethereum_read_text(&job->transaction, named, &has_from, &job->arena,
                                     (const char *)text.data, text.length, error));
    if (has_from && memcmp(named, job->from, sizeof named) != 0)
        return mien_fail(error, MIEN_ARGUMENT,
                         "the transaction names another sender than address %u of this wallet",
                         (unsigned)job->request->index);
    MIEN_TRY(mien_ethereum_review_transaction(&job->ethereum, &job->arena, &job->transaction,
                                              job->from, &job->ethereum_limits, error));
    job->words = job->ethereum.words;
    memcpy(job->digest, job->ethereum.digest, sizeof job->digest);
    MIEN_TRY(mien_policy_of_ethereum(&job->policy, &job->arena, &job->ethereum));
    job->has_policy = true;
    take_use(job);
    return MIEN_OK;
}

static mien_status finish_transaction(mien_agent_job *job, mien_agent_reply *reply,
                                      mien_agent_keys *keys, mien_error *error) {
    mien_ethereum_signature signature;
    mien_status status = mien_agent_job_secret(job, keys);
    if (status == MIEN_OK)
        status = mien_ethereum_sign(&reply->payload, reply->hash, &signature, &job->arena,
                                    keys->curve, &job->transaction, keys->scratch);
    if (status != MIEN_OK) return mien_fail(error, status, "the transaction could not be signed");
    return MIEN_OK;
}

static mien_status start_message(mien_agent_job *job, mien_agent_keys *keys, mien_error *error) {
    const mien_view message = job->request->payload;
    if (message.length > MIEN_AGENT_MESSAGE_MAX)
        return mien_fail(error, MIEN_TOO_LARGE, "a message of more than %zu bytes",
                         MIEN_AGENT_MESSAGE_MAX);
    MIEN_TRY(find_sender(job, keys, error));
    MIEN_TRY(
        mien_ethereum_review_message(&job->words, job->digest, &job->arena, message, job->from));
    mien_ethereum_message_hash(job->hash, message);
    mien_policy_of_message(&job->policy, (mien_policy_chain){true, 0}, job->digest);
    job->has_policy = true;
    job->use.purpose = MIEN_PURPOSE_MESSAGE;
    return MIEN_OK;
}

static mien_status start_typed(mien_agent_job *job, mien_agent_keys *keys, mien_error *error) {
    const mien_view text = job->request->payload;
    mien_typed_data data;
    char address[MIEN_ETHEREUM_ADDRESS_TEXT];
    mien_text words = {.arena = &job->arena};
    MIEN_TRY(find_sender(job, keys, error));
    MIEN_TRY(mien_typed_data_read(&data, &job->arena, (const char *)text.data, text.length, error));
    mien_ethereum_address_text(address, job->from);
    mien_text_append(&words, "Sign typed data as %s\n%s", address, data.words);
    MIEN_TRY(words.status);
    job->words = words.start;
    memcpy(job->hash, data.digest, sizeof job->hash);
    mien_ethereum_message_digest(job->digest, job->from, job->hash);
    mien_policy_of_typed_data(&job->policy, &data, job->digest);
    job->has_policy = true;
    job->use.purpose = MIEN_PURPOSE_TYPED;
    job->use.on_ethereum = true; /* data without a chain id is valid on every chain: ask */
    job->use.chain_id = data.has_chain_id ? data.chain_id : 0;
    return MIEN_OK;
}

static mien_status finish_hash(mien_agent_job *job, mien_agent_reply *reply, mien_agent_keys *keys,
                               mien_error *error) {
    uint8_t signature[MIEN_ETHEREUM_SIGNATURE_SIZE];
    mien_status status = mien_agent_job_secret(job, keys);
    if (status == MIEN_OK)
        status = mien_ethereum_sign_hash(signature, keys->curve, job->hash, keys->scratch);
    if (status == MIEN_OK)
        status = mien_arena_copy(&job->arena, &reply->payload, signature, sizeof signature);
    if (status != MIEN_OK) return mien_fail(error, status, "the message could not be signed");
    return MIEN_OK;
}

static mien_status start_authorization(mien_agent_job *job, mien_agent_keys *keys,
                                       mien_error *error) {
    MIEN_TRY(find_sender(job, keys, error));
    take_limits(job);
    job->authorization = job->request->authorization;
    MIEN_TRY(mien_ethereum_review_authorization(&job->words, job->digest, &job->arena,
                                                &job->authorization, job->from,
                                                &job->ethereum_limits, error));
    mien_policy_of_authorization(&job->policy, &job->authorization, job->digest);
    job->has_policy = true;
    return MIEN_OK;
}

/* r || s || y parity, as the field of a transaction wants it. */
static mien_status finish_authorization(mien_agent_job *job, mien_agent_reply *reply,
                                        mien_agent_keys *keys, mien_error *error) {
    uint8_t signature[MIEN_ETHEREUM_SIGNATURE_SIZE];
    mien_status status = mien_agent_job_secret(job, keys);
    if (status == MIEN_OK)
        status = mien_ethereum_sign_authorization(&job->authorization, keys->curve, keys->scratch);
    memcpy(signature, job->authorization.r, 32);
    memcpy(signature + 32, job->authorization.s, 32);
    signature[64] = job->authorization.y_parity;
    if (status == MIEN_OK)
        status = mien_arena_copy(&job->arena, &reply->payload, signature, sizeof signature);
    if (status != MIEN_OK) return mien_fail(error, status, "the authorisation was not signed");
    return MIEN_OK;
}

const mien_agent_action mien_agent_ethereum_actions[] = {
    {MIEN_AGENT_SIGN_ETHEREUM_TRANSACTION, start_transaction, finish_transaction},
    {MIEN_AGENT_SIGN_ETHEREUM_MESSAGE, start_message, finish_hash},
    {MIEN_AGENT_SIGN_TYPED_DATA, start_typed, finish_hash},
    {MIEN_AGENT_SIGN_AUTHORIZATION, start_authorization, finish_authorization},
    {0, NULL, NULL}};
