/* SPDX-License-Identifier: MIT */
/* Enrolment: a new vault is made in memory, opened there with the very face it was made for,
 * written, and read back, in this order of files, so that a power cut anywhere leaves one enrolment
 * that opens: device secrets (new and old), attempt counter, vault (the old one stays beside it),
 * mark against rollback, record. */
#include <stdlib.h>

#include "platform/base/bytes.h"
#include "platform/memory/secret.h"
#include "wallet/vault/state.h"
#include "wallet/wallet.h"

/* A new vault file under way. */
typedef struct draft {
    mien_vault vault;
    mien_vault_parts parts;
    uint8_t bytes[MIEN_VAULT_MAX_SIZE];
    size_t length;
    mien_device_secrets *secrets; /* guarded: [0] the new one */
    mien_wallet_session *session; /* guarded: what the new vault holds */
    mien_vault_scratch scratch;
} draft;

static mien_status combine(mien_wallet_session *session, mien_wallet_enrolment *enrolment,
                           const mien_combine_frame *frames, size_t count, mien_error *error) {
    mien_combined combined;
    memset(enrolment, 0, sizeof *enrolment);
    if (count < 1 || count > MIEN_WALLET_MAX_FRAMES) return MIEN_ARGUMENT;
    mien_status status =
        mien_combine_frames(&combined, frames, count, MIEN_COMBINE_ENROL_COSINE, error);
    if (status == MIEN_OK || status == MIEN_FACES_DIFFER) {
        enrolment->frames_used = combined.used;
        enrolment->frames_dropped = count - combined.used;
        enrolment->mean_cosine = (float)combined.mean_cosine;
    }
    if (status == MIEN_OK)
        memcpy(session->embedding, combined.embedding, sizeof session->embedding);
    mien_wipe(&combined, sizeof combined);
    return status;
}

static mien_status draft_create(draft **out, mien_error *error) {
    void *secrets;
    draft *d = calloc(1, sizeof *d);
    *out = NULL;
    if (d == NULL) return MIEN_MEMORY;
    mien_status status = mien_secret_alloc(&secrets, sizeof *d->secrets, error);
    if (status == MIEN_OK) {
        d->secrets = secrets;
        status = mien_wallet_session_create(&d->session, error);
    }
    if (status == MIEN_OK) status = mien_vault_scratch_create(&d->scratch, 1, error);
    if (status == MIEN_OK) {
        *out = d;
        return MIEN_OK;
    }
    mien_wallet_lock(d->session);
    mien_secret_free(d->secrets);
    free(d);
    return status;
}

static void draft_destroy(draft *d) {
    mien_vault_scratch_destroy(&d->scratch);
    mien_wallet_lock(d->session);
    mien_secret_free(d->secrets);
    free(d);
}

/* ---- making ---- */

static uint64_t next_revision(const mien_wallet_state *old) {
    uint64_t last = old->vault.revision;
    return (last > old->attempts.revision ? last : old->attempts.revision) + 1;
}

/* The new device secret, and the one of the enrolment that is kept: if the last one was never
 * unlocked, that is still the one before it. */
static mien_status choose_secrets(draft *d, const mien_wallet_state *old, bool previous_kept,
                                  const mien_random *random) {
    uint32_t kept = 0;
    if (previous_kept && old->secrets->count == 2)
        kept = old->secret == old->secrets->secret[0];
    else
        kept = old->secret != old->secrets->secret[0];
    MIEN_TRY(mien_random_fill(random, d->secrets->secret[0], MIEN_KEY_SIZE));
    memcpy(d->secrets->secret[1], old->secrets->secret[kept], MIEN_KEY_SIZE);
    d->secrets->count = 2;
    return MIEN_OK;
}

static mien_status fill_core(draft *d, const mien_wallet *wallet, const mien_wallet_state *old,
                             const mien_pin *pin, const uint8_t model_digest[32],
                             const uint8_t service[32]) {
    mien_vault_core *core = &d->vault.core;
    core->pin = pin != NULL;
    core->epoch = old->vault.core.epoch + 1;
    core->threshold = MIEN_SKETCH_THRESHOLD;
    memcpy(core->service, service, sizeof core->service);
    memcpy(core->model_digest, model_digest, sizeof core->model_digest);
    mien_device_name(core->device_name, d->secrets->secret[0]);
    d->vault.revision = next_revision(old);
    if (!core->pin) return MIEN_OK;
    core->cost = wallet->cost;
    MIEN_TRY(mien_random_fill(&wallet->random, core->pin_salt, sizeof core->pin_salt));
    return mien_vault_pin_key(d->session->content.pin_key, core, pin->text, pin->length);
}

static mien_status make_vault(draft *d, const mien_random *random) {
    mien_vault_content *content = &d->session->content;
    MIEN_TRY(mien_random_fill(random, content->data_key, sizeof content->data_key));
    MIEN_TRY(mien_random_fill(random, content->body.key_z, sizeof content->body.key_z));
    MIEN_TRY(mien_vault_make_slot(&d->vault, &d->parts, content, 0, d->session->embedding,
                                  d->secrets->secret[0], &d->scratch, random));
    d->vault.slots = 1;
    return mien_vault_finish(d->bytes, sizeof d->bytes, &d->length, &d->vault, content,
                             d->secrets->secret[0], random);
}

/* Open what was made, from its bytes, as an unlock would; it must give back the same content. */
static mien_status try_out(draft *d, const uint8_t device_secret[MIEN_KEY_SIZE],
                           mien_error *error) {
    mien_vault vault;
    mien_wallet_session *opened;
    const mien_vault_content *expected = &d->session->content;
    MIEN_TRY(mien_vault_decode(&vault, d->bytes, d->length));
    MIEN_TRY(mien_vault_check(&vault, device_secret));
    MIEN_TRY(mien_wallet_session_create(&opened, error));
    memcpy(opened->content.pin_key, expected->pin_key, MIEN_KEY_SIZE);
    mien_status status = mien_vault_open(&vault, &opened->content, d->session->embedding,
                                         device_secret, &d->scratch);
    if (status == MIEN_OK && !mien_equal_ct(&opened->content, expected, sizeof *expected))
        status = MIEN_INTERNAL;
    mien_wallet_lock(opened);
    if (status == MIEN_OK) return MIEN_OK;
    return mien_fail(error, MIEN_INTERNAL,
                     "the new vault does not open with the face it was made for; nothing was "
                     "changed");
}

/* ---- writing ---- */

static mien_status read_back(const draft *d, const char *path, mien_error *error) {
    uint8_t *bytes;
    size_t length;
    MIEN_TRY(mien_file_read(&bytes, &length, path, MIEN_VAULT_MAX_SIZE,
                            MIEN_FILE_NO_LINKS | MIEN_FILE_ONLY_MINE, error));
    int same = length == d->length && memcmp(bytes, d->bytes, length) == 0;
    free(bytes);
    if (same) return MIEN_OK;
    return mien_fail(error, MIEN_IO, "%.200s does not read back as it was written", path);
}

static mien_status write_vault(mien_wallet *wallet, const draft *d, bool previous_kept,
                               mien_error *error) {
    unsigned flags = previous_kept ? 0 : MIEN_FILE_KEEP_PREVIOUS;
    MIEN_TRY(mien_file_write(wallet->vault_path, d->bytes, d->length, flags, error));
    return read_back(d, wallet->vault_path, error);
}

static mien_status write_record(mien_wallet *wallet, mien_record *record, const draft *d,
                                uint32_t slot, mien_error *error) {
    uint8_t bytes[MIEN_RECORD_SIZE];
    MIEN_TRY(mien_wallet_session_record(d->session, record, NULL));
    if (memcmp(record->template_commitment, d->vault.slot[slot].template_commitment,
               MIEN_DIGEST_SIZE) != 0)
        return MIEN_INTERNAL;
    MIEN_TRY(mien_record_encode(bytes, record));
    return mien_file_write(wallet->record_path[slot], bytes, sizeof bytes, MIEN_FILE_PUBLIC, error);
}

/* state: the old one, which becomes the new one's. */
static mien_status persist(mien_wallet *wallet, mien_wallet_state *state, draft *d,
                           bool previous_kept, mien_error *error) {
    MIEN_TRY(wallet->device.store(wallet->device.context, d->secrets, error));
    MIEN_TRY(
        mien_attempts_store(wallet->attempts_path, &state->attempts, d->secrets->secret[0], error));
    MIEN_TRY(write_vault(wallet, d, previous_kept, error));
    *state->secrets = *d->secrets;
    state->secret = state->secrets->secret[0];
    state->vault.revision = d->vault.revision;
    return mien_wallet_count_success(wallet, state, error);
}

static void finish_session(draft *d, uint32_t slot) {
    d->session->core = d->vault.core;
    memcpy(d->session->template_commitment, d->vault.slot[slot].template_commitment,
           MIEN_DIGEST_SIZE);
}

/* Common to the first enrolment and later ones; d->session has seed and embedding. */
static mien_status enrol(mien_wallet *wallet, mien_wallet_state *state, draft *d,
                         mien_wallet_enrolment *enrolment, const mien_pin *pin,
                         const uint8_t model_digest[32], const uint8_t service[32],
                         mien_error *error) {
    bool previous_kept = mien_file_exists(wallet->previous_path);
    MIEN_TRY(choose_secrets(d, state, previous_kept, &wallet->random));
    MIEN_TRY(fill_core(d, wallet, state, pin, model_digest, service));
    MIEN_TRY(make_vault(d, &wallet->random));
    MIEN_TRY(try_out(d, d->secrets->secret[0], error));
    MIEN_TRY(persist(wallet, state, d, previous_kept, error));
    finish_session(d, 0);
    mien_status status = mien_file_erase(wallet->record_path[1], error);
    if (status != MIEN_OK && status != MIEN_NOT_FOUND) return status;
    return write_record(wallet, &enrolment->record, d, 0, error);
}

/* ---- first enrolment ---- */

/* The seed out of the faceless vault. A wrong PIN counts as an attempt like any other. */
static mien_status open_faceless(mien_wallet *wallet, mien_wallet_state *state,
                                 mien_wallet_session *session, const mien_pin *pin,
                                 mien_error *error) {
    mien_vault_content *content = &session->content;
    mien_status status =
        mien_vault_pin_key(content->pin_key, &state->vault.core, pin != NULL ? pin->text : NULL,
                           pin != NULL ? pin->length : 0);
    if (status == MIEN_USAGE) return mien_fail(error, status, "the PIN given at init is needed");
    MIEN_TRY(status);
    MIEN_TRY(mien_wallet_count_attempt(wallet, state, error));
    status = mien_vault_open_faceless(&state->vault, content, state->secret);
    if (status == MIEN_NO_MATCH) return mien_wallet_no_match(wallet, state, error);
    MIEN_TRY(status);
    return mien_wallet_count_success(wallet, state, error);
}

static mien_status enrol_first(mien_wallet *wallet, mien_wallet_state *state, draft *d,
                               mien_wallet_enrolment *enrolment, const mien_combine_frame *frames,
                               size_t count, const mien_pin *pin, const uint8_t model_digest[32],
                               const uint8_t service[32], mien_error *error) {
    if (state->vault.slots != 0)
        return mien_fail(error, MIEN_EXISTS,
                         "a face is enrolled already; unlock first to enrol it again");
    MIEN_TRY(combine(d->session, enrolment, frames, count, error));
    MIEN_TRY(mien_wallet_check_attempts(wallet, state, error));
    MIEN_TRY(open_faceless(wallet, state, d->session, pin, error));
    MIEN_TRY(enrol(wallet, state, d, enrolment, state->vault.core.pin ? pin : NULL, model_digest,
                   service, error));
    /* The faceless vault is no enrolment to go back to, and weaker: it goes at once. */
    return mien_wallet_drop_previous(wallet, state, error);
}

static void hand_over(mien_wallet_session **session, draft *d) {
    if (session == NULL) return;
    *session = d->session;
    d->session = NULL;
}

mien_status mien_wallet_enrol(mien_wallet *wallet, mien_wallet_session **session,
                              mien_wallet_enrolment *enrolment, const mien_combine_frame *frames,
                              size_t count, const mien_pin *pin, const uint8_t model_digest[32],
                              const uint8_t service[32], mien_error *error) {
    mien_wallet_state state = {0};
    draft *d;
    memset(enrolment, 0, sizeof *enrolment);
    if (session != NULL) *session = NULL;
    MIEN_TRY(draft_create(&d, error));
    mien_status status = mien_wallet_take_lock(wallet, error);
    if (status == MIEN_OK) {
        status = mien_wallet_load(wallet, &state, error);
        if (status == MIEN_OK)
            status = enrol_first(wallet, &state, d, enrolment, frames, count, pin, model_digest,
                                 service, error);
        mien_wallet_release(&state);
        mien_wallet_drop_lock(wallet);
    }
    if (status == MIEN_OK) hand_over(session, d);
    draft_destroy(d);
    return status;
}

/* ---- later enrolments ---- */

/* The session must have been opened from this very enrolment. */
static mien_status check_session(const mien_wallet_state *state, const mien_wallet_session *session,
                                 mien_error *error) {
    if (mien_vault_check_data_key(&state->vault, session->content.data_key) == MIEN_OK)
        return MIEN_OK;
    return mien_fail(error, MIEN_LOCKED,
                     "the wallet was enrolled anew since it was unlocked; unlock it again");
}

static mien_status enrol_next(mien_wallet *wallet, mien_wallet_state *state, draft *d,
                              const mien_wallet_session *session, mien_wallet_enrolment *enrolment,
                              const mien_combine_frame *frames, size_t count, const mien_pin *pin,
                              const uint8_t model_digest[32], const uint8_t service[32],
                              mien_error *error) {
    MIEN_TRY(check_session(state, session, error));
    MIEN_TRY(combine(d->session, enrolment, frames, count, error));
    memcpy(d->session->content.body.seed, session->content.body.seed, MIEN_WALLET_SEED_SIZE);
    return enrol(wallet, state, d, enrolment, pin, model_digest, service, error);
}

mien_status mien_wallet_enrol_again(mien_wallet *wallet, mien_wallet_session *session,
                                    mien_wallet_enrolment *enrolment,
                                    const mien_combine_frame *frames, size_t count,
                                    const mien_pin *pin, const uint8_t model_digest[32],
                                    const uint8_t service[32], mien_error *error) {
    mien_wallet_state state = {0};
    draft *d;
    memset(enrolment, 0, sizeof *enrolment);
    MIEN_TRY(draft_create(&d, error));
    mien_status status = mien_wallet_take_lock(wallet, error);
    if (status == MIEN_OK) {
        status = mien_wallet_load(wallet, &state, error);
        if (status == MIEN_OK)
            status = enrol_next(wallet, &state, d, session, enrolment, frames, count, pin,
                                model_digest, service, error);
        mien_wallet_release(&state);
        mien_wallet_drop_lock(wallet);
    }
    if (status == MIEN_OK) *session = *d->session;
    draft_destroy(d);
    return status;
}

/* ---- second appearance ---- */

static mien_status make_second_slot(draft *d, const mien_wallet_state *state,
                                    const mien_wallet_session *session, const mien_random *random) {
    mien_vault_content *content = &d->session->content;
    *content = session->content;
    d->vault = state->vault; /* slot 0 keeps pointing into the old bytes */
    d->vault.revision = next_revision(state);
    MIEN_TRY(mien_vault_make_slot(&d->vault, &d->parts, content, 1, d->session->embedding,
                                  state->secret, &d->scratch, random));
    d->vault.slots = 2;
    return mien_vault_finish(d->bytes, sizeof d->bytes, &d->length, &d->vault, content,
                             state->secret, random);
}

static mien_status add(mien_wallet *wallet, mien_wallet_state *state, draft *d,
                       const mien_wallet_session *session, mien_wallet_enrolment *enrolment,
                       const mien_combine_frame *frames, size_t count, mien_error *error) {
    bool previous_kept = mien_file_exists(wallet->previous_path);
    MIEN_TRY(check_session(state, session, error));
    if (state->vault.slots >= MIEN_VAULT_SLOTS)
        return mien_fail(error, MIEN_EXISTS, "two appearances are enrolled already");
    MIEN_TRY(combine(d->session, enrolment, frames, count, error));
    MIEN_TRY(make_second_slot(d, state, session, &wallet->random));
    MIEN_TRY(try_out(d, state->secret, error));
    MIEN_TRY(write_vault(wallet, d, previous_kept, error));
    state->vault.revision = d->vault.revision;
    MIEN_TRY(mien_wallet_count_success(wallet, state, error));
    finish_session(d, 1);
    return write_record(wallet, &enrolment->record, d, 1, error);
}

mien_status mien_wallet_add_appearance(mien_wallet *wallet, mien_wallet_session *session,
                                       mien_wallet_enrolment *enrolment,
                                       const mien_combine_frame *frames, size_t count,
                                       mien_error *error) {
    mien_wallet_state state = {0};
    draft *d;
    memset(enrolment, 0, sizeof *enrolment);
    MIEN_TRY(draft_create(&d, error));
    mien_status status = mien_wallet_take_lock(wallet, error);
    if (status == MIEN_OK) {
        status = mien_wallet_load(wallet, &state, error);
        if (status == MIEN_OK)
            status = add(wallet, &state, d, session, enrolment, frames, count, error);
        mien_wallet_release(&state);
        mien_wallet_drop_lock(wallet);
    }
    if (status == MIEN_OK) *session = *d->session;
    draft_destroy(d);
    return status;
}
