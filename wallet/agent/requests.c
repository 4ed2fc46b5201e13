/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <time.h>

#include "wallet/agent/server_parts.h"

static void reply_state(mien_agent_server *s, mien_agent_connection *c) {
    const int64_t now = mien_agent_now(s);
    uint8_t bytes[MIEN_AGENT_STATE_SIZE];
    mien_agent_state state = {.unlocked = s->keys != NULL, .served = s->served};
    if (s->keys != NULL) {
        memcpy(state.fingerprint, s->keys->fingerprint, sizeof state.fingerprint);
        state.seconds_left = s->ends > now ? (uint32_t)((s->ends - now + 999) / 1000) : 0;
        state.idle_left = s->idle_ends > now ? (uint32_t)((s->idle_ends - now + 999) / 1000) : 0;
    }
    state.grants = mien_agent_grants_count(&s->grants, now);
    for (size_t i = 0; i < MIEN_AGENT_CLIENTS_MAX; i++) {
        state.clients += s->clients[i].descriptor >= 0;
        state.waiting +=
            s->clients[i].descriptor >= 0 && s->clients[i].phase == MIEN_CLIENT_WAITING;
    }
    mien_agent_state_write(bytes, &state);
    const mien_agent_reply reply = {.status = MIEN_OK,
                                    .payload = mien_view_of(bytes, sizeof bytes)};
    mien_agent_connection_reply(c, &reply);
}

/* ---- proofs and policy ---- */

static mien_status make_proof(mien_agent_server *s, const mien_agent_job *job, uint8_t **bytes,
                              size_t *length, mien_agent_statement statement,
                              const uint8_t bind[32], mien_error *error) {
    const mien_agent_request *request = job->request;
    const bool asked_for = request->operation == MIEN_AGENT_PROVE;
    static const uint8_t no_nonce[32];
    if (s->options->opener.prove == NULL || s->keys->session == NULL)
        return mien_fail(error, MIEN_UNSUPPORTED, "this agent makes no face proofs");
    return s->options->opener.prove(
        s->options->opener.context, bytes, length, s->keys, statement, bind,
        asked_for ? request->nonce : no_nonce, asked_for ? request->expiry : 0,
        asked_for && request->has_service ? request->service : NULL, error);
}

/* Could the policy be content without the person bringing anything else? */
static bool within_reach(const mien_agent_server *s, const mien_policy_decision *decision) {
    const unsigned proofs = MIEN_MEANS_MATCH_PROOF | MIEN_MEANS_FACE_PROOF;
    if (decision->verdict == MIEN_VERDICT_ALLOWED) return true;
    return decision->verdict == MIEN_VERDICT_NEEDS_MORE && (decision->missing & ~proofs) == 0 &&
           s->options->opener.prove != NULL && s->keys->session != NULL;
}

/* Make the proof that the policy misses; it is bound to what was shown, verified, and dropped. */
static mien_status add_proof(mien_agent_server *s, const mien_agent_job *job, unsigned *means,
                             const mien_policy_decision *decision, mien_error *error) {
    const bool face = (decision->missing & MIEN_MEANS_FACE_PROOF) != 0;
    uint8_t *proof;
    size_t length;
    MIEN_TRY(make_proof(s, job, &proof, &length, face ? MIEN_AGENT_FACE_128 : MIEN_AGENT_MATCH,
                        job->digest, error));
    free(proof);
    *means |= face ? MIEN_MEANS_FACE_PROOF : MIEN_MEANS_MATCH_PROOF;
    return MIEN_OK;
}

static mien_status decide(mien_agent_server *s, const mien_agent_job *job,
                          mien_policy_decision *decision, mien_error *error) {
    return mien_policy_store_decide(s->keys->policy, decision, &job->policy, s->keys->means,
                                    (int64_t)time(NULL), error);
}

/* Before anybody is asked: refuse what the policy would refuse afterwards, and note it. */
static mien_status refuse_early(mien_agent_server *s, const mien_agent_job *job,
                                mien_error *error) {
    mien_policy_decision decision;
    if (!job->has_policy) return MIEN_OK;
    MIEN_TRY(decide(s, job, &decision, error));
    if (within_reach(s, &decision)) return MIEN_OK;
    return mien_policy_store_authorise(s->keys->policy, NULL, &job->policy, s->keys->means,
                                       (int64_t)time(NULL), error);
}

/* What stands behind the request by now; a proof is made where the policy misses one. */
static mien_status gather_means(mien_agent_server *s, const mien_agent_job *job, unsigned *means,
                                mien_error *error) {
    mien_policy_decision decision;
    *means = s->keys->means;
    MIEN_TRY(decide(s, job, &decision, error));
    if (decision.verdict == MIEN_VERDICT_NEEDS_MORE && within_reach(s, &decision))
        MIEN_TRY(add_proof(s, job, means, &decision, error));
    return MIEN_OK;
}

/* ---- the end of a request ---- */

static void reply_proof(mien_agent_server *s, mien_agent_connection *c) {
    mien_agent_reply reply = {.status = MIEN_OK};
    mien_error error = {0};
    uint8_t *bytes = NULL;
    size_t length = 0;
    mien_status status =
        make_proof(s, &c->job, &bytes, &length, c->request.statement, c->request.bind, &error);
    reply.payload = mien_view_of(bytes, length);
    memcpy(reply.hash, c->request.bind, sizeof reply.hash);
    if (status == MIEN_OK)
        mien_agent_connection_reply(c, &reply);
    else
        mien_agent_connection_refuse(c, status, &error);
    free(bytes);
}

static void reply_grant(mien_agent_server *s, mien_agent_connection *c) {
    uint8_t token[MIEN_AGENT_TOKEN_SIZE];
    const mien_random random = mien_random_system();
    mien_error error = {0};
    mien_agent_reply reply = {.status = MIEN_OK, .payload = mien_view_of(token, sizeof token)};
    mien_status status = mien_agent_grants_add(&s->grants, token, &c->request.grant,
                                               mien_agent_now(s), &random, &error);
    if (status == MIEN_OK)
        mien_agent_connection_reply(c, &reply);
    else
        mien_agent_connection_refuse(c, status, &error);
    mien_wipe(token, sizeof token);
}

static void sign_and_reply(mien_agent_server *s, mien_agent_connection *c) {
    mien_agent_reply reply = {.status = MIEN_OK};
    mien_error error = {0};
    mien_status status = mien_agent_job_finish(&c->job, &reply, s->keys, &error);
    if (status == MIEN_OK)
        mien_agent_connection_reply(c, &reply);
    else
        mien_agent_connection_refuse(c, status, &error);
}

static void wait_for_the_log(mien_agent_server *s, mien_agent_connection *c) {
    c->phase = MIEN_CLIENT_ALLOWED;
    c->deadline = 0;
    s->allowed[s->allowed_count++] = c;
}

/* One after the other, each with those before it counted. What comes out is for mien_agent_sign_*
 * below: nobody is told anything before all lines are on the disk. */
static void decide_allowed(mien_agent_server *s, const unsigned *means, mien_status *status,
                           mien_error *errors) {
    for (size_t i = 0; i < s->allowed_count; i++)
        if (status[i] == MIEN_OK)
            status[i] = mien_policy_store_add(s->keys->policy, NULL, &s->allowed[i]->job.policy,
                                              means[i], (int64_t)time(NULL), &errors[i]);
}

/* Decide, write, and let go of the log. */
static mien_status write_allowed(mien_agent_server *s, const unsigned *means, mien_status *status,
                                 mien_error *errors, mien_error *why) {
    struct timespec start, end;
    MIEN_TRY(mien_policy_store_begin(s->keys->policy, why));
    decide_allowed(s, means, status, errors);
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    mien_status written = mien_policy_store_flush(s->keys->policy, why);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    mien_policy_store_end(s->keys->policy);
    s->together = s->allowed_count;
    s->writing = (int64_t)(end.tv_sec - start.tv_sec) * 1000000000 + end.tv_nsec - start.tv_nsec;
    return written;
}

void mien_agent_sign_allowed(mien_agent_server *s) {
    mien_status status[MIEN_AGENT_CLIENTS_MAX];
    mien_error errors[MIEN_AGENT_CLIENTS_MAX] = {{0}}, why = {0};
    unsigned means[MIEN_AGENT_CLIENTS_MAX];
    if (s->allowed_count == 0) return;
    for (size_t i = 0; i < s->allowed_count; i++)
        status[i] = gather_means(s, &s->allowed[i]->job, &means[i], &errors[i]);
    const mien_status written = write_allowed(s, means, status, errors, &why);
    for (size_t i = 0; i < s->allowed_count; i++) {
        mien_agent_connection *c = s->allowed[i];
        if (status[i] == MIEN_OK && written == MIEN_OK)
            sign_and_reply(s, c);
        else if (status[i] != MIEN_OK)
            mien_agent_connection_refuse(c, status[i], &errors[i]);
        else
            mien_agent_connection_refuse(c, written, &why);
    }
    s->allowed_count = 0;
}

void mien_agent_complete(mien_agent_server *s, mien_agent_connection *c) {
    s->idle_ends = mien_agent_now(s) + (int64_t)s->options->idle_seconds * 1000;
    s->served++;
    if (c->request.operation == MIEN_AGENT_GRANT)
        reply_grant(s, c);
    else if (c->request.operation == MIEN_AGENT_PROVE)
        reply_proof(s, c);
    else if (c->job.has_policy)
        wait_for_the_log(s, c);
    else
        sign_and_reply(s, c); /* an address, a public key */
}

/* ---- the start of a request ---- */

static void wait_for_person(mien_agent_server *s, mien_agent_connection *c) {
    c->phase = MIEN_CLIENT_WAITING;
    c->deadline = 0;
    c->turn = s->turns++;
}

static void start_job(mien_agent_server *s, mien_agent_connection *c) {
    mien_error error = {0};
    if (s->keys == NULL) {
        mien_agent_connection_refuse(c, MIEN_LOCKED, NULL);
        return;
    }
    mien_status status = mien_agent_job_start(&c->job, &c->request, s->keys, &error);
    if (status == MIEN_OK) status = refuse_early(s, &c->job, &error);
    if (status != MIEN_OK) {
        mien_agent_connection_refuse(c, status, &error);
        return;
    }
    const bool asks = c->job.words != NULL;
    if (!asks ||
        mien_agent_grants_spend(&s->grants, c->request.token, &c->job.use, mien_agent_now(s)))
        mien_agent_complete(s, c);
    else
        wait_for_person(s, c);
}

static void start_unlock(mien_agent_server *s, mien_agent_connection *c) {
    const mien_agent_reply done = {.status = MIEN_OK};
    if (s->keys != NULL)
        mien_agent_connection_reply(c, &done);
    else
        wait_for_person(s, c);
}

void mien_agent_handle(mien_agent_server *s, mien_agent_connection *c) {
    const mien_agent_reply done = {.status = MIEN_OK};
    mien_status status = mien_agent_request_read(&c->request, c->body, c->body_length);
    if (status != MIEN_OK) {
        c->last = true; /* who does not speak our language is not listened to any longer */
        mien_agent_connection_refuse(c, status, NULL);
        return;
    }
    switch (c->request.operation) {
    case MIEN_AGENT_STATE:
        reply_state(s, c);
        break;
    case MIEN_AGENT_STOP:
        s->stopping = true;
        /* fall through */
    case MIEN_AGENT_LOCK:
        mien_agent_lock_now(s, MIEN_LOCKED);
        mien_agent_connection_reply(c, &done);
        break;
    case MIEN_AGENT_UNLOCK:
        start_unlock(s, c);
        break;
    default:
        start_job(s, c);
    }
}
