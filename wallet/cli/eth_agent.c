/* SPDX-License-Identifier: MIT */
#include "wallet/cli/eth_agent.h"

#include <string.h>

#include "wallet/agent/client.h"
#include "wallet/hash/hash.h"

static mien_status account_of(mien_agent_client *client, mien_hd_public *account,
                              mien_error *error) {
    mien_agent_request request = {
        .operation = MIEN_AGENT_PUBLIC,
        .network = MIEN_BITCOIN_MAINNET,
        .path = {3, {MIEN_HARDENED | 44, MIEN_HARDENED | 60, MIEN_HARDENED | 0}}};
    mien_agent_reply reply;
    mien_hd_version version;
    MIEN_TRY(mien_agent_unlock(client, error));
    MIEN_TRY(mien_agent_call(client, &reply, &request, error));
    mien_status status = mien_hd_public_parse(account, &version, (const char *)reply.payload.data,
                                              reply.payload.length);
    return status == MIEN_OK ? status
                             : mien_fail(error, status, "the agent's answer is no public key");
}

mien_status mien_cli_agent_accounts(mien_rpc_service *service, uint32_t first, uint32_t count,
                                    mien_error *error) {
    mien_agent_client *client;
    mien_hd_public account;
    MIEN_TRY(mien_agent_connect(&client, error));
    mien_status status = account_of(client, &account, error);
    mien_agent_disconnect(client);
    for (uint32_t i = 0; status == MIEN_OK && i < count; i++) {
        service->indices[i] = first + i;
        status = mien_ethereum_account_address(service->accounts[i], &account, first + i);
    }
    if (status == MIEN_OK) service->account_count = count;
    return status;
}

static mien_status wrong(mien_error *error) {
    return mien_fail(error, MIEN_AUTHENTICATION,
                     "the agent has signed something else than it was asked to");
}

/* The transaction that was asked for, with a signature of the account. */
static mien_status take_transaction(mien_rpc_job *job, const mien_agent_reply *reply,
                                    mien_error *error) {
    mien_ethereum_transaction sent;
    mien_ethereum_signature signature;
    uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE], asked[32], got[32];
    MIEN_TRY(mien_arena_copy(job->arena, &job->raw, reply->payload.data, reply->payload.length));
    MIEN_TRY(mien_ethereum_read_signed(&sent, &signature, from, job->arena, job->raw, error));
    MIEN_TRY(mien_ethereum_signing_hash(asked, &job->transaction));
    MIEN_TRY(mien_ethereum_signing_hash(got, &sent));
    if (memcmp(asked, got, 32) != 0 || memcmp(from, job->from, sizeof from) != 0)
        return wrong(error);
    mien_keccak256(job->hash, job->raw.data, job->raw.length);
    return MIEN_OK;
}

static mien_status take_signature(mien_rpc_job *job, const mien_agent_reply *reply,
                                  mien_error *error) {
    uint8_t hash[32], from[MIEN_ETHEREUM_ADDRESS_SIZE];
    if (reply->payload.length != sizeof job->signature) return wrong(error);
    memcpy(job->signature, reply->payload.data, sizeof job->signature);
    if (job->kind == MIEN_RPC_MESSAGE)
        mien_ethereum_message_hash(hash, job->payload);
    else
        memcpy(hash, job->typed.digest, 32);
    if (mien_ethereum_recover(from, job->signature, hash) != MIEN_OK ||
        memcmp(from, job->from, sizeof from) != 0)
        return wrong(error);
    return MIEN_OK;
}

static mien_status take_authorization(mien_rpc_job *job, const mien_agent_reply *reply,
                                      mien_error *error) {
    uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE];
    if (reply->payload.length != MIEN_ETHEREUM_SIGNATURE_SIZE) return wrong(error);
    memcpy(job->authorization.r, reply->payload.data, 32);
    memcpy(job->authorization.s, reply->payload.data + 32, 32);
    job->authorization.y_parity = reply->payload.data[64];
    if (mien_ethereum_authority(from, &job->authorization) != MIEN_OK ||
        memcmp(from, job->from, sizeof from) != 0)
        return wrong(error);
    return MIEN_OK;
}

static mien_status take(mien_rpc_job *job, const mien_agent_reply *reply, mien_error *error) {
    switch (job->kind) {
    case MIEN_RPC_TRANSACTION:
        return take_transaction(job, reply, error);
    case MIEN_RPC_AUTHORIZATION:
        return take_authorization(job, reply, error);
    default:
        return take_signature(job, reply, error);
    }
}

mien_status mien_cli_agent_sign(mien_agent_client *client, mien_rpc_job *job,
                                const mien_ethereum_limits *limits, bool fee_given,
                                mien_error *error) {
    static const mien_agent_operation operations[] = {
        [MIEN_RPC_TRANSACTION] = MIEN_AGENT_SIGN_ETHEREUM_TRANSACTION,
        [MIEN_RPC_MESSAGE] = MIEN_AGENT_SIGN_ETHEREUM_MESSAGE,
        [MIEN_RPC_TYPED_DATA] = MIEN_AGENT_SIGN_TYPED_DATA,
        [MIEN_RPC_AUTHORIZATION] = MIEN_AGENT_SIGN_AUTHORIZATION};
    mien_agent_request request = {.operation = operations[job->kind],
                                  .index = job->index,
                                  .allow = (limits->blind_signing ? MIEN_ALLOW_BLIND : 0u) |
                                           (limits->unknown_delegates ? MIEN_ALLOW_DELEGATES : 0u) |
                                           (limits->any_chain ? MIEN_ALLOW_ANY_CHAIN : 0u),
                                  .authorization = job->authorization,
                                  .payload = job->payload};
    mien_agent_reply reply;
    if (fee_given) request.fee_wei = limits->fee_wei;
    MIEN_TRY(mien_agent_call_unlocked(client, &reply, &request, error));
    return take(job, &reply, error);
}
