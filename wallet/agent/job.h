/* SPDX-License-Identifier: MIT */
/* A request on its way: read and reviewed with the wallet's own keys, put into words for the person
 * and into amounts for grants and policy, and, once all of them agree, done. The two halves may lie
 * minutes apart; what is done is what was reviewed. */
#ifndef MIEN_WALLET_AGENT_JOB_H
#define MIEN_WALLET_AGENT_JOB_H

#include "wallet/agent/grants.h"
#include "wallet/agent/keys.h"
#include "wallet/bitcoin/review.h"
#include "wallet/ethereum/review.h"
#include "wallet/policy/request.h"

/* Longest message (not transaction) that is put before a person. */
#define MIEN_AGENT_MESSAGE_MAX ((size_t)64 << 10)

typedef struct mien_agent_job {
    const mien_agent_request *request; /* must outlive the job, with its payload */
    mien_arena arena;                  /* owns words and results */
    const char *words;                 /* lines of text; NULL: nobody needs to be asked */
    uint8_t digest[32];                /* what was shown, as face proofs are bound to it */
    bool has_policy;                   /* something is signed: the policy decides too */
    mien_policy_request policy;
    mien_agent_use use; /* purpose 0: no grant is enough, the person is asked */

    mien_psbt psbt; /* SIGN_PSBT */
    mien_bitcoin_limits bitcoin_limits;
    mien_bitcoin_review bitcoin;
    char address[MIEN_ADDRESS_TEXT]; /* Bitcoin messages and addresses */
    mien_hd_path path;               /* of the key that signs, but for SIGN_PSBT */

    mien_ethereum_transaction transaction;
    mien_ethereum_review ethereum;
    mien_ethereum_limits ethereum_limits;
    mien_ethereum_authorization authorization;
    uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE];
    uint8_t hash[32]; /* what is signed, for messages */
} mien_agent_job;

/* Review. On an error `error` has the words for the client. End the job in either case. */
MIEN_MUST_CHECK mien_status mien_agent_job_start(mien_agent_job *job,
                                                 const mien_agent_request *request,
                                                 mien_agent_keys *keys, mien_error *error);
/* Sign (or answer, for requests that ask nobody). Checks neither grant nor policy: that is the
 * server's part. Not for GRANT and PROVE. The payload of *reply lives in the job. */
MIEN_MUST_CHECK mien_status mien_agent_job_finish(mien_agent_job *job, mien_agent_reply *reply,
                                                  mien_agent_keys *keys, mien_error *error);
void mien_agent_job_end(mien_agent_job *job); /* a zeroed job is fine */

/* ---- inside ---- */

/* One operation: its review and its end. */
typedef struct mien_agent_action {
    mien_agent_operation operation;
    mien_status (*start)(mien_agent_job *job, mien_agent_keys *keys, mien_error *error);
    mien_status (*finish)(mien_agent_job *job, mien_agent_reply *reply, mien_agent_keys *keys,
                          mien_error *error);
} mien_agent_action;
extern const mien_agent_action mien_agent_bitcoin_actions[];  /* end with start == NULL */
extern const mien_agent_action mien_agent_ethereum_actions[]; /* end with start == NULL */

/* The secret key of job->path in keys->scratch; the caller wipes it. */
MIEN_MUST_CHECK mien_status mien_agent_job_secret(const mien_agent_job *job, mien_agent_keys *keys);

#endif
