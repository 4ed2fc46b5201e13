/* SPDX-License-Identifier: MIT */
/* Made, described, forgotten: everything that needs no face. */
#include "wallet/wallet.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "platform/base/bytes.h"
#include "platform/memory/secret.h"
#include "wallet/vault/state.h"

static int64_t system_now(void *context) {
    (void)context;
    return (int64_t)time(NULL);
}

/* ---- open and close ---- */

static mien_status choose_folder(char folder[MIEN_PATH_SIZE], const char *given, const char *name,
                                 mien_error *error) {
    char base[MIEN_PATH_SIZE];
    if (given == NULL) {
        MIEN_TRY(mien_folder_of(base, MIEN_FOLDER_STATE, error));
        return mien_path_join(folder, base, name);
    }
    size_t length = strlen(given);
    if (length == 0 || length >= MIEN_PATH_SIZE) return MIEN_ARGUMENT;
    memcpy(folder, given, length + 1);
    return MIEN_OK;
}

static mien_status make_paths(mien_wallet *w) {
    MIEN_TRY(mien_path_join(w->vault_path, w->vault_folder, "vault.mien"));
    MIEN_TRY(mien_path_join(w->previous_path, w->vault_folder, "vault.mien.previous"));
    MIEN_TRY(mien_path_join(w->record_path[0], w->vault_folder, "record.mien"));
    MIEN_TRY(mien_path_join(w->record_path[1], w->vault_folder, "record-2.mien"));
    MIEN_TRY(mien_path_join(w->key_path, w->state_folder, "device.key"));
    MIEN_TRY(mien_path_join(w->attempts_path, w->state_folder, "attempts"));
    return mien_path_join(w->lock_path, w->state_folder, "lock");
}

static mien_status open_folders(mien_wallet *w, const mien_wallet_options *options,
                                mien_error *error) {
    MIEN_TRY(choose_folder(w->vault_folder, options->vault_folder, "vault", error));
    MIEN_TRY(choose_folder(w->state_folder, options->state_folder, "device", error));
    if (strcmp(w->vault_folder, w->state_folder) == 0)
        return mien_fail(error, MIEN_ARGUMENT,
                         "vault and device secret need two folders: a copy of one must not bring "
                         "the other");
    MIEN_TRY(make_paths(w));
    MIEN_TRY(mien_folder_create(w->vault_folder, error));
    return mien_folder_create(w->state_folder, error);
}

static mien_status set_cost(mien_wallet *w, const mien_wallet_options *options) {
    uint32_t memory = options->argon2_memory_kib, passes = options->argon2_passes;
    w->cost.memory_kib = memory != 0 ? memory : MIEN_ARGON2_DEFAULT_MEMORY_KIB;
    w->cost.passes = passes != 0 ? passes : MIEN_ARGON2_DEFAULT_PASSES;
    if (w->cost.memory_kib < MIEN_ARGON2_MIN_MEMORY_KIB ||
        w->cost.memory_kib > MIEN_ARGON2_MAX_MEMORY_KIB || w->cost.passes > MIEN_ARGON2_MAX_PASSES)
        return MIEN_ARGUMENT;
    return MIEN_OK;
}

mien_status mien_wallet_open(mien_wallet **wallet, const mien_wallet_options *options,
                             mien_error *error) {
    const mien_clock system_clock = {system_now, NULL};
    *wallet = NULL;
    mien_wallet *w = calloc(1, sizeof *w);
    if (w == NULL) return MIEN_MEMORY;
    w->random = options->random != NULL ? *options->random : mien_random_system();
    w->clock = options->clock != NULL ? *options->clock : system_clock;
    w->device = mien_device_key_file(w->key_path);
    mien_status status = set_cost(w, options);
    if (status == MIEN_OK) status = open_folders(w, options, error);
    if (status == MIEN_OK)
        *wallet = w;
    else
        free(w);
    return status;
}

void mien_wallet_close(mien_wallet *wallet) {
    if (wallet == NULL) return;
    mien_wallet_drop_lock(wallet);
    free(wallet);
}

/* ---- status ---- */

static void describe(mien_wallet_status *status, const mien_wallet *wallet,
                     const mien_wallet_state *state) {
    const mien_vault *vault = &state->vault;
    status->stage = vault->slots == 0 ? MIEN_WALLET_NO_FACE : MIEN_WALLET_LOCKED;
    status->pin = vault->core.pin;
    status->epoch = vault->core.epoch;
    status->appearances = vault->slots;
    status->failures = state->attempts.failures;
    status->wait_seconds = mien_attempts_wait(&state->attempts, mien_wallet_now(wallet));
    memcpy(status->model_digest, vault->core.model_digest, sizeof status->model_digest);
    status->argon2_memory_kib = vault->core.cost.memory_kib;
    status->argon2_passes = vault->core.cost.passes;
}

mien_status mien_wallet_get_status(mien_wallet *wallet, mien_wallet_status *status,
                                   mien_error *error) {
    mien_wallet_state state;
    memset(status, 0, sizeof *status);
    status->device_secret = wallet->device.kind;
    snprintf(status->vault_path, sizeof status->vault_path, "%s", wallet->vault_path);
    snprintf(status->device_path, sizeof status->device_path, "%s", wallet->key_path);
    snprintf(status->record_path, sizeof status->record_path, "%s", wallet->record_path[0]);
    status->previous_kept = mien_file_exists(wallet->previous_path);
    MIEN_TRY(mien_file_lock_take(&wallet->lock, wallet->lock_path, 5000, error));
    mien_status problem = mien_wallet_load(wallet, &state, &status->problem);
    mien_wallet_drop_lock(wallet);
    if (problem == MIEN_OK) {
        describe(status, wallet, &state);
        memset(&status->problem, 0, sizeof status->problem);
        mien_wallet_release(&state);
    } else if (problem == MIEN_NOT_ENROLLED) {
        status->stage = MIEN_WALLET_ABSENT;
        memset(&status->problem, 0, sizeof status->problem);
    } else {
        status->stage = MIEN_WALLET_BROKEN;
        status->problem.status = problem;
    }
    return MIEN_OK;
}

/* ---- init and restore ---- */

/* A vault without a face, in memory. */
static mien_status make_faceless(uint8_t *bytes, size_t *length, mien_wallet *wallet,
                                 mien_vault_content *content, const mien_device_secrets *secrets,
                                 const mien_pin *pin, uint32_t epoch) {
    mien_vault vault = {
        .core = {.pin = pin != NULL, .epoch = epoch, .threshold = MIEN_SKETCH_THRESHOLD}};
    mien_vault_parts parts;
    vault.revision = 1;
    mien_device_name(vault.core.device_name, secrets->secret[0]);
    if (pin != NULL) {
        vault.core.cost = wallet->cost;
        MIEN_TRY(mien_random_fill(&wallet->random, vault.core.pin_salt, MIEN_PIN_SALT_SIZE));
        MIEN_TRY(mien_vault_pin_key(content->pin_key, &vault.core, pin->text, pin->length));
    }
    MIEN_TRY(mien_random_fill(&wallet->random, content->data_key, MIEN_KEY_SIZE));
    MIEN_TRY(
        mien_vault_make_faceless(&vault, &parts, content, secrets->secret[0], &wallet->random));
    return mien_vault_finish(bytes, MIEN_VAULT_MAX_SIZE, length, &vault, content,
                             secrets->secret[0], &wallet->random);
}

static mien_status store_new(mien_wallet *wallet, const uint8_t *bytes, size_t length,
                             const mien_device_secrets *secrets, mien_error *error) {
    mien_attempts attempts = {.revision = 1};
    mien_attempts_succeed(&attempts, mien_wallet_now(wallet));
    MIEN_TRY(mien_attempts_store(wallet->attempts_path, &attempts, secrets->secret[0], error));
    MIEN_TRY(wallet->device.store(wallet->device.context, secrets, error));
    return mien_file_write(wallet->vault_path, bytes, length, 0, error);
}

typedef struct init_secrets {
    mien_vault_content content;
    mien_device_secrets device;
} init_secrets;

static mien_status init(mien_wallet *wallet, const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                        const mien_pin *pin, uint32_t epoch, mien_error *error) {
    void *memory;
    size_t length;
    uint8_t *bytes = malloc(MIEN_VAULT_MAX_SIZE);
    if (bytes == NULL) return MIEN_MEMORY;
    mien_status status = mien_secret_alloc(&memory, sizeof(init_secrets), error);
    if (status == MIEN_OK) {
        init_secrets *s = memory;
        memcpy(s->content.body.seed, seed, MIEN_WALLET_SEED_SIZE);
        s->device.count = 1;
        status = mien_random_fill(&wallet->random, s->device.secret[0], MIEN_KEY_SIZE);
        if (status == MIEN_OK)
            status = make_faceless(bytes, &length, wallet, &s->content, &s->device, pin, epoch);
        if (status == MIEN_OK) status = store_new(wallet, bytes, length, &s->device, error);
        mien_secret_free(memory);
    }
    free(bytes);
    return status;
}

mien_status mien_wallet_init(mien_wallet *wallet, const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                             const mien_pin *pin, mien_error *error) {
    mien_status status;
    MIEN_TRY(mien_wallet_take_lock(wallet, error));
    if (mien_file_exists(wallet->vault_path) || mien_file_exists(wallet->previous_path))
        status =
            mien_fail(error, MIEN_EXISTS,
                      "there is a wallet in %.200s already; forget it first, or restore over it",
                      wallet->vault_path);
    else
        status = init(wallet, seed, pin, 0, error);
    mien_wallet_drop_lock(wallet);
    return status;
}

/* Epochs go on counting over a restore, as far as the old vault can be read. */
static uint32_t old_epoch(mien_wallet *wallet) {
    mien_vault vault;
    uint8_t *bytes;
    size_t length;
    uint32_t epoch = 0;
    if (mien_file_read(&bytes, &length, wallet->vault_path, MIEN_VAULT_MAX_SIZE, MIEN_FILE_NO_LINKS,
                       NULL) != MIEN_OK)
        return 0;
    if (mien_vault_decode(&vault, bytes, length) == MIEN_OK) epoch = vault.core.epoch;
    free(bytes);
    return epoch < UINT32_MAX - 1000 ? epoch : 0;
}

/* MIEN_OK when all of them are gone; *found counts those that were there. Device secret first: from
 * then on nothing that is left opens. */
static mien_status erase_all(mien_wallet *wallet, size_t *found, mien_error *error) {
    const char *paths[] = {wallet->vault_path, wallet->previous_path, wallet->record_path[0],
                           wallet->record_path[1], wallet->attempts_path};
    mien_status first = wallet->device.erase(wallet->device.context, error);
    *found = first == MIEN_OK;
    if (first == MIEN_NOT_FOUND) first = MIEN_OK;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        mien_status status = mien_file_erase(paths[i], first == MIEN_OK ? error : NULL);
        *found += status == MIEN_OK;
        if (status != MIEN_NOT_FOUND && first == MIEN_OK) first = status;
    }
    return first;
}

mien_status mien_wallet_restore(mien_wallet *wallet, const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                                const mien_pin *pin, mien_error *error) {
    size_t found;
    MIEN_TRY(mien_wallet_take_lock(wallet, error));
    uint32_t epoch = old_epoch(wallet);
    mien_status status = erase_all(wallet, &found, error);
    if (status == MIEN_OK) status = init(wallet, seed, pin, epoch, error);
    mien_wallet_drop_lock(wallet);
    return status;
}

mien_status mien_wallet_forget(mien_wallet *wallet, mien_error *error) {
    size_t found;
    MIEN_TRY(mien_wallet_take_lock(wallet, error));
    mien_status status = erase_all(wallet, &found, error);
    mien_wallet_drop_lock(wallet);
    if (status == MIEN_OK && found == 0)
        return mien_fail(error, MIEN_NOT_FOUND, "there is no wallet in %.200s",
                         wallet->vault_folder);
    return status;
}

/* ---- revert ---- */

/* The vault goes back before the newer secret goes, so that a power cut leaves one of the two
 * enrolments whole. */
static mien_status put_back(mien_wallet *wallet, mien_wallet_state *state, mien_error *error) {
    state->attempts.revision = state->vault.revision;
    MIEN_TRY(mien_attempts_store(wallet->attempts_path, &state->attempts, state->secret, error));
    MIEN_TRY(mien_file_write(wallet->vault_path, state->bytes, state->length, 0, error));
    return mien_wallet_drop_previous(wallet, state, error);
}

mien_status mien_wallet_revert(mien_wallet *wallet, mien_error *error) {
    mien_wallet_state state;
    MIEN_TRY(mien_wallet_take_lock(wallet, error));
    mien_status status = mien_wallet_load_vault(wallet, &state, wallet->previous_path, error);
    if (status == MIEN_OK) {
        status = put_back(wallet, &state, error);
        mien_wallet_release(&state);
    } else if (status == MIEN_NOT_ENROLLED) {
        status = mien_fail(error, MIEN_NOT_FOUND, "no earlier enrolment is kept");
    }
    mien_wallet_drop_lock(wallet);
    return status;
}
