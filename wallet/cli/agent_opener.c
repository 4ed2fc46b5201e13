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
    status =
        mien_agent_keys_open(keys, mien_wallet_session_seed(session), session,
                             MIEN_MEANS_FACE | (pin != NULL ? MIEN_MEANS_PIN : 0u), NULL, error);
    if (status == MIEN_OK) status = mien_agent_keys_keep(*keys, faces, error);
    if (status != MIEN_OK) {
        mien_agent_keys_close(*keys);
        *keys = NULL;
    }
    return status;
}

static mien_status make(mien_cli_proof *proof, const mien_agent_keys *keys, const char *models,
                        mien_agent_statement statement, const uint8_t bind[32],
                        const uint8_t nonce[32], uint64_t expiry, const uint8_t *service,
                        mien_error *error) {
    const mien_cli_face_options options = {.models = models, .parameters = (uint32_t)statement};
    const uint8_t *crops[MIEN_AGENT_FACES_MAX];
    if (statement == MIEN_AGENT_MATCH)
        return mien_cli_prove(proof, keys->session, bind, nonce, expiry, service, NULL, error);
    if (keys->faces == NULL)
        return mien_fail(error, MIEN_UNSUPPORTED, "no frame was kept: no face proof can be made");
    const mien_cli_seen seen = {keys->faces->frames, crops, keys->faces->count};
    for (size_t i = 0; i < seen.count; i++) crops[i] = keys->faces->crops[i];
    return mien_cli_prove_face(proof, keys->session, &seen, &options, bind, nonce, expiry, service,
                               NULL, error);
}

/* Made and verified: what the policy counts as a proof. */
static mien_status prove(void *context, uint8_t **bytes, size_t *length,
                         const mien_agent_keys *keys, mien_agent_statement statement,
                         const uint8_t bind[32], const uint8_t nonce[32], uint64_t expiry,
                         const uint8_t *service, mien_error *error) {
    mien_cli_proof proof;
    mien_cli_verdict verdict;
    const char *models = ((const mien_cli_agent_wallet *)context)->models;
    MIEN_TRY(make(&proof, keys, models, statement, bind, nonce, expiry, service, error));
    mien_status status = mien_cli_verify_any(&verdict, proof.bytes, proof.length, &proof.record,
                                             bind, (uint64_t)time(NULL), models, NULL, error);
    if (status != MIEN_OK) {
        free(proof.bytes);
        return status;
    }
    *bytes = proof.bytes;
    *length = proof.length;
    return MIEN_OK;
}

mien_agent_opener mien_cli_agent_opener(mien_cli_agent_wallet *place, const char *models) {
    place->models = models;
    const mien_agent_opener opener = {place, ready, open_keys, prove};
    return opener;
}
