/* SPDX-License-Identifier: MIT */
#include "wallet/agent/job.h"

#include "wallet/encoding/hex.h"

/* Words of the largest request, and what comes out of it. */
#define ARENA_LIMIT ((size_t)64 << 20)

mien_status mien_agent_job_secret(const mien_agent_job *job, mien_agent_keys *keys) {
    return mien_bitcoin_root_secret(keys->scratch, keys->cache, &job->path);
}

static void grant_words(mien_text *text, const mien_agent_grant *grant) {
    static const char *const purposes[] = {"Bitcoin transactions", "plain Ethereum transfers",
                                           "messages", "typed data (may move tokens)",
                                           "face proofs"};
    char amount[MIEN_AMOUNT_TEXT], wei[MIEN_UINT256_TEXT];
    mien_text_append(text, "A program asks for a grant: to use your keys without asking again.\n");
    for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++)
        if ((grant->purposes >> i & 1) != 0) mien_text_append(text, "For: %s\n", purposes[i]);
    mien_text_append(text, "At most %u times, for %u seconds.\n", (unsigned)grant->count,
                     (unsigned)grant->seconds);
    if ((grant->purposes & MIEN_PURPOSE_BITCOIN) != 0) {
        mien_bitcoin_amount_text(amount, grant->satoshis, grant->network);
        mien_text_append(text, "Altogether up to %s, fees included.\n", amount);
    }
    if ((grant->purposes & MIEN_PURPOSE_ETHEREUM) != 0) {
        mien_uint256_text(wei, &grant->wei, 18);
        mien_text_append(text,
                         "Altogether up to %s ether (or the coin of chain %llu), fees "
                         "included.\n",
                         wei, (unsigned long long)grant->chain_id);
    }
    if ((grant->purposes & (MIEN_PURPOSE_BITCOIN | MIEN_PURPOSE_MESSAGE)) != 0)
        mien_text_append(text, "On Bitcoin's %s.\n", mien_bitcoin_parameters(grant->network)->name);
}

static mien_status start_grant(mien_agent_job *job, mien_agent_keys *keys, mien_error *error) {
    (void)keys;
    mien_text text = {.arena = &job->arena};
    grant_words(&text, &job->request->grant);
    if (text.status != MIEN_OK) return mien_fail(error, text.status, "no memory for words");
    job->words = text.start;
    return MIEN_OK;
}

static mien_status start_prove(mien_agent_job *job, mien_agent_keys *keys, mien_error *error) {
    const mien_agent_request *request = job->request;
    mien_text text = {.arena = &job->arena};
    char hex[65];
    if (keys->session == NULL)
        return mien_fail(error, MIEN_UNSUPPORTED, "no face opened this wallet: nothing to prove");
    mien_text_append(
        &text, "A program asks for a proof that your face matched%s.\n",
        request->statement == MIEN_AGENT_MATCH ? "" : ", and that the network saw it in one frame");
    mien_hex_encode(hex, request->bind, 32);
    mien_text_append(&text, "Bound to: %s\n", hex);
    mien_hex_encode(hex, request->nonce, 32);
    mien_text_append(&text, "Challenge: %s\n", hex);
    mien_hex_encode(hex, request->service, 32);
    mien_text_append(&text, "For: %s%s\n",
                     request->has_service ? "service "
                                          : "the service of the "
                                            "enrolment",
                     request->has_service ? hex : "");
    if (request->expiry != 0)
        mien_text_append(&text, "Holds until: %llu (seconds since 1970)\n",
                         (unsigned long long)request->expiry);
    if (text.status != MIEN_OK) return mien_fail(error, text.status, "no memory for words");
    job->words = text.start;
    job->use.purpose = MIEN_PURPOSE_PROOF;
    memcpy(job->digest, request->bind, sizeof job->digest);
    return MIEN_OK;
}

static const mien_agent_action other_actions[] = {
    {MIEN_AGENT_GRANT, start_grant, NULL}, {MIEN_AGENT_PROVE, start_prove, NULL}, {0, NULL, NULL}};

static const mien_agent_action *find_action(mien_agent_operation operation) {
    const mien_agent_action *const tables[] = {mien_agent_bitcoin_actions,
                                               mien_agent_ethereum_actions, other_actions};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const mien_agent_action *action = tables[i]; action->start != NULL; action++)
            if (action->operation == operation) return action;
    return NULL;
}

mien_status mien_agent_job_start(mien_agent_job *job, const mien_agent_request *request,
                                 mien_agent_keys *keys, mien_error *error) {
    const mien_agent_action *action = find_action(request->operation);
    memset(job, 0, sizeof *job);
    job->request = request;
    job->arena = mien_arena_of(ARENA_LIMIT);
    if (action == NULL) return mien_fail(error, MIEN_UNSUPPORTED, "nothing that a job can do");
    return action->start(job, keys, error);
}

mien_status mien_agent_job_finish(mien_agent_job *job, mien_agent_reply *reply,
                                  mien_agent_keys *keys, mien_error *error) {
    const mien_agent_action *action = find_action(job->request->operation);
    if (action == NULL || action->finish == NULL)
        return mien_fail(error, MIEN_UNSUPPORTED, "nothing that a job can do");
    memcpy(reply->hash, job->digest, sizeof reply->hash);
    mien_status status = action->finish(job, reply, keys, error);
    mien_wipe(keys->scratch, MIEN_AGENT_SCRATCH);
    return status;
}

void mien_agent_job_end(mien_agent_job *job) {
    mien_bitcoin_review_destroy(&job->bitcoin);
    mien_psbt_destroy(&job->psbt);
    mien_arena_clear(&job->arena);
    memset(job, 0, sizeof *job);
}
