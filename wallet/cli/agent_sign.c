/* SPDX-License-Identifier: MIT */
/* Commands that sign, with the keys of a running agent. */
#include "wallet/cli/agent_sign.h"

#include <string.h>

mien_status mien_cli_find_agent(mien_cli *cli, mien_agent_client **client, mien_error *error) {
    *client = NULL;
    if (mien_cli_value(cli, "source") != NULL) return MIEN_OK;
    mien_status status = mien_agent_connect(client, error);
    if (status != MIEN_OK) return status == MIEN_NOT_FOUND ? MIEN_OK : status;
    const bool proof = mien_cli_value(cli, "proof") != NULL;
    const bool beyond = mien_cli_value(cli, "max-fee-percent") != NULL;
    if (!proof && !beyond) {
        mien_cli_say(cli, "The agent asks at its own terminal.");
        return MIEN_OK;
    }
    mien_agent_disconnect(*client);
    *client = NULL;
    return mien_fail(error, MIEN_USAGE, "--%s is not for the agent: add --source to sign here",
                     proof ? "proof" : "max-fee-percent");
}

/* What came back must be the transaction that was sent, with signatures. */
static mien_status take_psbt(mien_cli_psbt_job *job, const mien_agent_reply *reply,
                             mien_error *error) {
    mien_psbt got;
    mien_status status = mien_psbt_parse(&got, reply->payload.data, reply->payload.length, error);
    if (status == MIEN_OK) status = mien_psbt_combine(&job->psbt, &got, error);
    mien_psbt_destroy(&got);
    if (status == MIEN_OK) job->signed_inputs = reply->number;
    return status;
}

mien_status mien_cli_agent_psbt(mien_cli_psbt_job *job, mien_agent_client *client,
                                mien_error *error) {
    uint8_t *bytes;
    mien_agent_reply reply;
    mien_agent_request request = {.operation = MIEN_AGENT_SIGN_PSBT, .network = job->network};
    const size_t size = mien_psbt_size(&job->psbt);
    if (mien_cli_value(job->cli, "max-fee") != NULL)
        request.fee_satoshis = job->limits.fee_satoshis;
    if (job->limits.unproven_amounts) request.allow = MIEN_ALLOW_UNPROVEN;
    if (mien_arena_take(&job->arena, &bytes, size, 1) != MIEN_OK)
        return mien_fail(error, MIEN_MEMORY, "no memory for the transaction");
    mien_writer writer = mien_writer_of(bytes, size);
    MIEN_TRY(mien_psbt_write(&writer, &job->psbt));
    request.payload = mien_view_of(bytes, writer.used);
    MIEN_TRY(mien_agent_call_unlocked(client, &reply, &request, error));
    return take_psbt(job, &reply, error);
}

mien_status mien_cli_agent_ethereum(mien_cli *cli, mien_cli_ethereum_job *job,
                                    mien_agent_client *client, mien_error *error) {
    mien_agent_reply reply;
    mien_agent_request request = {
        .operation = MIEN_AGENT_SIGN_ETHEREUM_TRANSACTION,
        .index = job->index,
        .payload = mien_view_of(job->text, job->text_length),
        .allow = (mien_cli_flag(cli, "allow-blind") ? MIEN_ALLOW_BLIND : 0u) |
                 (mien_cli_flag(cli, "allow-delegates") ? MIEN_ALLOW_DELEGATES : 0u) |
                 (mien_cli_flag(cli, "allow-any-chain") ? MIEN_ALLOW_ANY_CHAIN : 0u)};
    mien_ethereum_limits limits;
    MIEN_TRY(mien_cli_ethereum_limits(cli, &limits, error));
    if (mien_cli_value(cli, "max-fee-wei") != NULL) request.fee_wei = limits.fee_wei;
    MIEN_TRY(mien_agent_call_unlocked(client, &reply, &request, error));
    memcpy(job->hash, reply.hash, sizeof job->hash);
    return mien_arena_copy(&job->arena, &job->raw, reply.payload.data, reply.payload.length);
}
