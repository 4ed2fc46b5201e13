/* SPDX-License-Identifier: MIT */
/* The wallet of this user as the agent opens it. */
#include <stdlib.h>
#include <time.h>

#include "wallet/cli/agent.h"
#include "wallet/cli/common.h"
#include "wallet/cli/prove.h"

static mien_status ready(void *context, bool *pin, mien_error *error) {
    mien_wallet *wallet;
    mien_wallet_status status = {0};
    (void)context;
    MIEN_TRY(mien_cli_wallet_open(&wallet, error));
    mien_status result = mien_cli_wallet_expect(wallet, &status, MIEN_WALLET_LOCKED, error);
    mien_wallet_close(wallet);
    if (result != MIEN_OK) return result;
    *pin = status.pin;
    if (status.wait_seconds < 0)
        return mien_fail(error, MIEN_LOCKED, "%u failed attempts: only the words open it now",
                         (unsigned)status.failures);
    if (status.wait_seconds > 0)
        return mien_fail(error, MIEN_RATE_LIMITED,
                         "%u failed attempts: the next one is allowed in %lld seconds",
                         (unsigned)status.failures, (long long)status.wait_seconds);
    return MIEN_OK;
}

static mien_status open_keys(void *context, mien_agent_keys **keys, const mien_agent_faces *faces,
                             const mien_pin *pin, mien_error *error) {
    mien_wallet *wallet;
    mien_wallet_session *session = NULL;
    (void)context;
    MIEN_TRY(mien_cli_wallet_open(&wallet, error));
    mien_status status = mien_wallet_unlock(wallet, &session, faces->frames, faces->count, pin,
                                            faces->model_digest, error);
    mien_wallet_close(wallet);
    if (status != MIEN_OK) return status;
    return mien_agent_keys_open(keys, mien_wallet_session_seed(session), session,
                                MIEN_MEANS_FACE | (pin != NULL ? MIEN_MEANS_PIN : 0u), NULL, error);
}

/* Made and verified: what the policy counts as a proof. */
static mien_status prove(void *context, uint8_t **bytes, size_t *length,
                         const mien_wallet_session *session, const uint8_t bind[32],
                         const uint8_t nonce[32], uint64_t expiry, const uint8_t *service,
                         mien_error *error) {
    mien_cli_proof proof;
    mien_cli_verdict verdict;
    (void)context;
    MIEN_TRY(mien_cli_prove(&proof, session, bind, nonce, expiry, service, NULL, error));
    mien_status status = mien_cli_verify(&verdict, proof.bytes, proof.length, &proof.record, bind,
                                         (uint64_t)time(NULL), error);
    if (status != MIEN_OK) {
        free(proof.bytes);
        return status;
    }
    *bytes = proof.bytes;
    *length = proof.length;
    return MIEN_OK;
}

mien_agent_opener mien_cli_agent_opener(void) {
    const mien_agent_opener opener = {NULL, ready, open_keys, prove};
    return opener;
}
