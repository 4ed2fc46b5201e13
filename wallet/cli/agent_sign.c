/* SPDX-License-Identifier: MIT */
/* Commands that sign, with the keys of a running agent. */
#include "wallet/cli/agent_sign.h"

#include <stdlib.h>
#include <string.h>

#include "wallet/cli/eth_agent.h"

const mien_cli_option mien_cli_agent_options[] = {
    {"agent", 0, NULL, false,
     "have the running agent sign, which asks at its own prompt (default without --source)"},
    MIEN_CLI_OPTIONS_END};

static mien_status connect_agent(mien_cli *cli, mien_agent_client **client, mien_error *error) {
    const bool wanted = mien_cli_flag(cli, "agent"), here = mien_cli_value(cli, "source") != NULL;
    *client = NULL;
    if (wanted && here)
        return mien_fail(error, MIEN_USAGE, "--agent or --source: who is to look at your face?");
    if (here) return MIEN_OK;
    mien_status status = mien_agent_connect(client, error);
    if (status != MIEN_NOT_FOUND || wanted) return status;
    /* Said before the person reads and decides, not after. */
    return mien_fail(error, MIEN_USAGE,
                     "--source is missing: a photo, a folder, a video or camera; without it an "
                     "agent signs, and none runs (mien agent run)");
}

mien_status mien_cli_find_agent(mien_cli *cli, mien_agent_client **client, mien_error *error) {
    static const char *const others[] = {"proof", "statement", "bits", "record-out",
                                         "max-fee-percent"};
    MIEN_TRY(connect_agent(cli, client, error));
    if (*client == NULL) return MIEN_OK;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (mien_cli_value(cli, others[i]) == NULL) continue;
        mien_agent_disconnect(*client);
        *client = NULL;
        return mien_fail(error, MIEN_USAGE, "--%s is not for the agent: add --source to sign here",
                         others[i]);
    }
    mien_cli_say(cli, "The agent asks at its own terminal.");
    return MIEN_OK;
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
                                    mien_agent_client *client, mien_rpc_kind kind,
                                    mien_view payload, mien_error *error) {
    mien_ethereum_limits limits;
    MIEN_TRY(mien_cli_ethereum_limits(cli, &limits, error));
    mien_rpc_job *asked = calloc(1, sizeof *asked);
    if (asked == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the request");
    asked->kind = kind;
    asked->index = job->index;
    asked->payload = payload;
    asked->arena = &job->arena;
    asked->transaction = job->transaction;
    asked->authorization = job->authorization;
    memcpy(asked->from, job->from, sizeof asked->from);
    memcpy(asked->typed.digest, job->hash, sizeof asked->typed.digest);
    mien_status status = mien_cli_agent_sign(client, asked, &limits,
                                             mien_cli_value(cli, "max-fee-wei") != NULL, error);
    if (status == MIEN_OK) {
        if (kind == MIEN_RPC_TRANSACTION) {
            job->raw = asked->raw;
            memcpy(job->hash, asked->hash, sizeof job->hash);
        }
        job->authorization = asked->authorization;
        memcpy(job->signature, asked->signature, sizeof job->signature);
    }
    free(asked);
    return status;
}
