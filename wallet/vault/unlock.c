/* SPDX-License-Identifier: MIT */
#include "platform/base/bytes.h"
#include "platform/memory/secret.h"
#include "wallet/vault/state.h"
#include "wallet/wallet.h"

/* The frames' mean, into the session. */
static mien_status combine(mien_wallet_session *session, const mien_combine_frame *frames,
                           size_t count, mien_error *error) {
    mien_combined combined;
    if (count < 1 || count > MIEN_WALLET_MAX_FRAMES) return MIEN_ARGUMENT;
    mien_status status =
        mien_combine_frames(&combined, frames, count, MIEN_COMBINE_UNLOCK_COSINE, error);
    if (status == MIEN_OK)
        memcpy(session->embedding, combined.embedding, sizeof session->embedding);
    mien_wipe(&combined, sizeof combined);
    return status;
}

static mien_status check_enrolled(const mien_wallet_state *state, const uint8_t model_digest[32],
                                  mien_error *error) {
    const mien_vault *vault = &state->vault;
    if (vault->slots == 0)
        return mien_fail(error, MIEN_NOT_ENROLLED,
                         "no face is enrolled yet; enrol is the next step");
    if (memcmp(vault->core.model_digest, model_digest, 32) != 0)
        return mien_fail(error, MIEN_WRONG_MODEL,
                         "the face was enrolled with another face model; use that one, or restore "
                         "the wallet from its mnemonic and enrol again");
    return MIEN_OK;
}

/* Words for what mien_vault_open can say besides MIEN_NO_MATCH: the file's tag was right, so only
 * whoever has the device secret could have made it so. */
static mien_status open_vault(mien_wallet *wallet, mien_wallet_state *state,
                              mien_wallet_session *session, mien_vault_scratch *scratch,
                              mien_error *error) {
    mien_status status = mien_vault_open(&state->vault, &session->content, session->embedding,
                                         state->secret, scratch);
    if (status == MIEN_NO_MATCH) return mien_wallet_no_match(wallet, state, error);
    if (status == MIEN_AUTHENTICATION)
        return mien_fail(error, status, "the vault's parts do not belong together");
    return status;
}

static mien_status attempt(mien_wallet *wallet, mien_wallet_state *state,
                           mien_wallet_session *session, const mien_pin *pin, mien_error *error) {
    mien_vault_scratch scratch;
    const mien_vault_core *core = &state->vault.core;
    mien_status status =
        mien_vault_pin_key(session->content.pin_key, core, pin != NULL ? pin->text : NULL,
                           pin != NULL ? pin->length : 0);
    if (status == MIEN_USAGE) return mien_fail(error, status, "a PIN is needed");
    MIEN_TRY(status);
    MIEN_TRY(mien_vault_scratch_create(&scratch, 0, error));
    status = mien_wallet_count_attempt(wallet, state, error);
    if (status == MIEN_OK) status = open_vault(wallet, state, session, &scratch, error);
    mien_vault_scratch_destroy(&scratch);
    MIEN_TRY(status);
    session->core = *core;
    memcpy(session->template_commitment,
           state->vault.slot[session->content.slot].template_commitment, MIEN_DIGEST_SIZE);
    MIEN_TRY(mien_wallet_count_success(wallet, state, error));
    return mien_wallet_drop_previous(wallet, state, error);
}

static mien_status unlock(mien_wallet *wallet, mien_wallet_session *session,
                          const mien_combine_frame *frames, size_t count, const mien_pin *pin,
                          const uint8_t model_digest[32], mien_error *error) {
    mien_wallet_state state;
    MIEN_TRY(mien_wallet_load(wallet, &state, error));
    mien_status status = check_enrolled(&state, model_digest, error);
    if (status == MIEN_OK) status = combine(session, frames, count, error);
    if (status == MIEN_OK) status = mien_wallet_check_attempts(wallet, &state, error);
    if (status == MIEN_OK) status = attempt(wallet, &state, session, pin, error);
    mien_wallet_release(&state);
    return status;
}

mien_status mien_wallet_unlock(mien_wallet *wallet, mien_wallet_session **session,
                               const mien_combine_frame *frames, size_t count, const mien_pin *pin,
                               const uint8_t model_digest[32], mien_error *error) {
    mien_wallet_session *made;
    *session = NULL;
    MIEN_TRY(mien_wallet_session_create(&made, error));
    mien_status status = mien_wallet_take_lock(wallet, error);
    if (status == MIEN_OK) {
        status = unlock(wallet, made, frames, count, pin, model_digest, error);
        mien_wallet_drop_lock(wallet);
    }
    if (status == MIEN_OK)
        *session = made;
    else
        mien_wallet_lock(made);
    return status;
}

void mien_wallet_lock(mien_wallet_session *session) {
    mien_secret_free(session);
}

const uint8_t *mien_wallet_session_seed(const mien_wallet_session *session) {
    return session->content.body.seed;
}

mien_status mien_wallet_session_witness(const mien_wallet_session *session,
                                        mien_match_witness *witness, const mien_random *random) {
    memset(witness, 0, sizeof *witness);
    MIEN_TRY(mien_match_blinding(witness->embedding_blinding, random));
    memcpy(witness->template_vector, session->content.template_vector, MIEN_SKETCH_SIZE);
    memcpy(witness->embedding, session->embedding, MIEN_SKETCH_SIZE);
    memcpy(witness->key_z, session->content.body.key_z, MIEN_KEY_Z_SIZE);
    return MIEN_OK;
}

mien_status mien_wallet_session_record(const mien_wallet_session *session, mien_record *record,
                                       const uint8_t *service) {
    const mien_vault_core *core = &session->core;
    memset(record, 0, sizeof *record);
    record->epoch = core->epoch;
    record->slot = session->content.slot;
    record->threshold = core->threshold;
    memcpy(record->model_digest, core->model_digest, sizeof record->model_digest);
    memcpy(record->service, service != NULL ? service : core->service, sizeof record->service);
    mien_status status = mien_match_commit_template(
        record->template_commitment, record->key_check, record->service, record->epoch,
        record->slot, session->content.template_vector, session->content.body.key_z);
    if (status != MIEN_OK) memset(record, 0, sizeof *record);
    return status;
}

float mien_wallet_session_cosine(const mien_wallet_session *session) {
    return (float)mien_combine_cosine(session->embedding, session->content.template_vector);
}
