/* SPDX-License-Identifier: MIT */
/* The life of a wallet: init, enrol, unlock, test, lock, status, forget. */
#include <stdlib.h>
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/files/file.h"
#include "platform/memory/secret.h"
#include "wallet/agent/client.h"
#include "wallet/bip39/bip39.h"
#include "wallet/bitcoin/script.h"
#include "wallet/cli/accounts.h"
#include "wallet/cli/backup.h"
#include "wallet/cli/common.h"
#include "wallet/cli/policy.h"
#include "wallet/cli/verbs.h"
#include "wallet/ethereum/address.h"

/* Pictures of a folder that are looked at for an enrolment; more than the recommended five, so that
 * outliers can be dropped. */
#define ENROL_FRAMES_TAKEN 12

static const mien_cli_option init_options[] = {
    {"restore", 0, NULL, false, "as mien restore: the backup of an earlier wallet"},
    {"words", 0, "12|24", false, "how many words a new wallet has (default 24)"},
    MIEN_CLI_OPTIONS_END};

static const mien_cli_option no_pin_options[] = {
    {"no-pin", 0, NULL, false, "open with face and device alone: the least safe way"},
    MIEN_CLI_OPTIONS_END};

/* What init works with; everything secret. */
typedef struct init_secrets {
    mien_cli_secret mnemonic, passphrase, pin;
    uint8_t *seed; /* guarded, MIEN_WALLET_SEED_SIZE bytes */
} init_secrets;

static void init_secrets_free(init_secrets *secrets) {
    mien_cli_secret_free(&secrets->mnemonic);
    mien_cli_secret_free(&secrets->passphrase);
    mien_cli_secret_free(&secrets->pin);
    mien_secret_free(secrets->seed);
    secrets->seed = NULL;
}

static mien_status new_mnemonic(mien_cli *cli, init_secrets *secrets, mien_error *error) {
    uint64_t words;
    void *memory;
    MIEN_TRY(mien_cli_number(cli, "words", &words, 24, 12, 24, error));
    if (words != 12 && words != 24) return mien_fail(error, MIEN_USAGE, "--words must be 12 or 24");
    MIEN_TRY(mien_secret_alloc(&memory, MIEN_BIP39_SENTENCE_SIZE, error));
    secrets->mnemonic.text = memory;
    mien_random random = mien_random_system();
    MIEN_TRY(mien_bip39_generate(secrets->mnemonic.text, (int)words, &random));
    secrets->mnemonic.length = strlen(secrets->mnemonic.text);
    return MIEN_OK;
}

/* Twice the same on a terminal; from a descriptor once. */
static mien_status new_secret(mien_cli *cli, mien_cli_secret *secret, size_t capacity,
                              const char *option, const char *prompt, const char *again,
                              mien_error *error) {
    MIEN_TRY(mien_cli_secret_read(cli, secret, capacity, option, prompt, error));
    if (mien_cli_value(cli, option) != NULL) return MIEN_OK;
    mien_cli_secret second = {0};
    MIEN_TRY(mien_cli_secret_read(cli, &second, capacity, option, again, error));
    bool same =
        second.length == secret->length && mien_equal_ct(second.text, secret->text, secret->length);
    mien_cli_secret_free(&second);
    return same ? MIEN_OK : mien_fail(error, MIEN_USER_REFUSED, "the two entries differ");
}

static bool is_restore(const mien_cli *cli) {
    return mien_cli_flag(cli, "restore") || strcmp(cli->verb->words, "restore") == 0;
}

static mien_status ask_seed(mien_cli *cli, init_secrets *secrets, mien_error *error) {
    void *memory;
    MIEN_TRY(mien_secret_alloc(&memory, MIEN_WALLET_SEED_SIZE, error));
    secrets->seed = memory;
    if (is_restore(cli)) return mien_cli_backup_read(cli, secrets->seed, error);
    MIEN_TRY(new_mnemonic(cli, secrets, error));
    MIEN_TRY(mien_cli_passphrase_read(cli, &secrets->passphrase, error));
    return mien_bip39_seed(secrets->seed, secrets->mnemonic.text,
                           secrets->passphrase.text != NULL ? secrets->passphrase.text : "", error);
}

static mien_status init_ask(mien_cli *cli, init_secrets *secrets, mien_error *error) {
    MIEN_TRY(ask_seed(cli, secrets, error));
    if (mien_cli_flag(cli, "no-pin")) {
        mien_cli_say(cli, "Without a PIN, a thief of this computer's disk who has a photo of you\n"
                          "opens the wallet; a face alone is worth 13 to 20 bits.");
        return MIEN_OK;
    }
    MIEN_TRY(new_secret(cli, &secrets->pin, MIEN_WALLET_MAX_PIN + 1, "pin-fd",
                        "PIN for this wallet: ", "PIN again: ", error));
    if (secrets->pin.length == 0)
        return mien_fail(error, MIEN_USAGE,
                         "the PIN is empty; --no-pin goes without one, with a warning");
    return MIEN_OK;
}

/* Show new words, once, and have it confirmed that they were written down. */
static mien_status show_words(mien_cli *cli, const mien_cli_secret *mnemonic, mien_error *error) {
    if (is_restore(cli)) return MIEN_OK;
    if (cli->json || mien_cli_flag(cli, "yes")) {
        fprintf(cli->text, "mnemonic: %s\n", mnemonic->text);
        return mien_json_set(cli->result, "mnemonic", json_string(mnemonic->text));
    }
    fputs("\nWrite these words down, in this order, on paper. They are the wallet; they are shown\n"
          "only now. Who has them has the money, and without them a lost computer or a changed\n"
          "face loses it.\n\n",
          stderr);
    const char *word = mnemonic->text;
    for (int i = 1; *word != '\0'; i++) {
        size_t length = strcspn(word, " ");
        fprintf(stderr, "  %2d. %-10.*s%s", i, (int)length, word, i % 4 == 0 ? "\n" : "");
        word += length + (word[length] == ' ');
    }
    mien_status status = mien_cli_confirm(cli, "\nAre they written down?", error);
    if (status != MIEN_OK)
        mien_cli_say(cli, "No wallet was made: these words are void, and new ones come next time.");
    else
        mien_cli_say(cli, "Making the wallet ...");
    return status;
}

static mien_status init_make(mien_cli *cli, mien_wallet *wallet, const init_secrets *secrets,
                             mien_error *error) {
    mien_pin view = {secrets->pin.text, secrets->pin.length};
    const mien_pin *pin = secrets->pin.text != NULL ? &view : NULL;
    mien_accounts accounts;
    MIEN_TRY(mien_accounts_of_seed(&accounts, secrets->seed, error));
    if (is_restore(cli))
        MIEN_TRY(mien_wallet_restore(wallet, secrets->seed, pin, error));
    else
        MIEN_TRY(mien_wallet_init(wallet, secrets->seed, pin, error));
    MIEN_TRY(mien_accounts_write(&accounts, error));
    MIEN_TRY(mien_cli_policy_begin(secrets->seed, error));
    MIEN_TRY(
        mien_json_set_hex(cli->result, "fingerprint", accounts.fingerprint, MIEN_FINGERPRINT_SIZE));
    MIEN_TRY(mien_json_set(cli->result, "pin", json_boolean(pin != NULL)));
    fprintf(cli->text, "The wallet %02x%02x%02x%02x is made. Now: mien enrol --source camera\n",
            accounts.fingerprint[0], accounts.fingerprint[1], accounts.fingerprint[2],
            accounts.fingerprint[3]);
    return MIEN_OK;
}

/* A new wallet only where there is none; restoring asks before it replaces one. */
static mien_status init_check(mien_cli *cli, mien_wallet *wallet, mien_error *error) {
    mien_wallet_status status;
    if (!is_restore(cli)) {
        if (mien_cli_flag(cli, "mnemonic-fd") || mien_cli_flag(cli, "shares") ||
            mien_cli_flag(cli, "shares-fd"))
            return mien_fail(error, MIEN_USAGE, "a backup goes with --restore");
        return mien_cli_wallet_expect(wallet, &status, MIEN_WALLET_ABSENT, error);
    }
    MIEN_TRY(mien_wallet_get_status(wallet, &status, error));
    if (status.stage == MIEN_WALLET_ABSENT) return MIEN_OK;
    return mien_cli_confirm(
        cli, "There is a wallet here. Erase it and make the one of your backup instead?", error);
}

/* Every file of the wallet. */
static mien_status erase_wallet(mien_wallet *wallet, mien_error *error) {
    MIEN_TRY(mien_wallet_forget(wallet, error));
    MIEN_TRY(mien_accounts_remove(error));
    return mien_policy_store_erase(NULL, error);
}

/* Words that nobody has seen restore nothing: without them there must be no wallet that money could
 * go to. It was absent before, so nothing else is lost. */
static void init_undo(const mien_cli *cli) {
    mien_wallet *wallet;
    mien_error error = {0};
    mien_status status = mien_cli_wallet_open(&wallet, &error);
    if (status == MIEN_OK) {
        status = erase_wallet(wallet, &error);
        mien_wallet_close(wallet);
    }
    mien_cli_say(cli, status == MIEN_OK
                          ? "The words could not be shown, so no wallet was made."
                          : "The words of this wallet could not be shown: do not use it; mien "
                            "forget erases it.");
}

static mien_status run_init(mien_cli *cli, mien_error *error) {
    mien_wallet *wallet;
    init_secrets secrets = {0};
    MIEN_TRY(mien_cli_wallet_open(&wallet, error));
    mien_status status = init_check(cli, wallet, error);
    if (status == MIEN_OK) status = init_ask(cli, &secrets, error);
    if (status == MIEN_OK) status = show_words(cli, &secrets.mnemonic, error);
    if (status == MIEN_OK) status = init_make(cli, wallet, &secrets, error);
    bool words_in_result = cli->json || mien_cli_flag(cli, "yes");
    if (!is_restore(cli) && words_in_result) cli->unseen = init_undo;
    init_secrets_free(&secrets);
    mien_wallet_close(wallet);
    return status;
}

static const mien_cli_option enrol_options[] = {
    {"again", 0, NULL, false, "as mien rotate"},
    {"appearance", 0, NULL, false, "add a second look (glasses); each look adds its false accepts"},
    MIEN_CLI_OPTIONS_END};

static const mien_cli_option rotate_options[] = {
    {"new-pin", 0, NULL, false, "ask for a new PIN, too"},
    {"new-pin-fd", 0, "N", false, "read the new PIN from file descriptor N"},
    {"no-pin", 0, NULL, false, "go on without a PIN"},
    MIEN_CLI_OPTIONS_END};

static const mien_cli_option current_options[] = {
    {"current", 0, "SOURCE", true, "frames that open the wallet now (default: --source)"},
    {"service", 0, "NAME", false, "who checks the proofs (default \"mien\")"},
    MIEN_CLI_OPTIONS_END};

typedef struct enrol_state {
    mien_wallet *wallet;
    mien_wallet_session *session;
    mien_cli_faces faces, current;
    mien_cli_secret pin, new_pin;
    mien_wallet_enrolment enrolment;
} enrol_state;

static bool is_rotation(const mien_cli *cli) {
    return mien_cli_flag(cli, "again") || strcmp(cli->verb->words, "rotate") == 0;
}

/* The PIN from now on: the same, another, or none. */
static mien_status choose_pin(mien_cli *cli, enrol_state *state, mien_pin *view,
                              const mien_pin **pin, mien_error *error) {
    bool another = mien_cli_flag(cli, "new-pin") || mien_cli_value(cli, "new-pin-fd") != NULL;
    if (another && mien_cli_flag(cli, "no-pin"))
        return mien_fail(error, MIEN_USAGE, "a new PIN or none: which of the two?");
    if (mien_cli_flag(cli, "no-pin")) *pin = NULL;
    if (!another) return MIEN_OK;
    MIEN_TRY(new_secret(cli, &state->new_pin, MIEN_WALLET_MAX_PIN + 1, "new-pin-fd",
                        "New PIN: ", "New PIN again: ", error));
    if (state->new_pin.length == 0) return mien_fail(error, MIEN_USAGE, "the new PIN is empty");
    *view = (mien_pin){state->new_pin.text, state->new_pin.length};
    *pin = view;
    return MIEN_OK;
}

static mien_status enrol_later(mien_cli *cli, enrol_state *state, const mien_pin *pin,
                               const uint8_t service[32], mien_error *error) {
    bool other = mien_cli_value(cli, "current") != NULL;
    if (other)
        MIEN_TRY(
            mien_cli_faces_read(cli, &state->current, MIEN_CLI_UNLOCK_FRAMES, "current", error));
    const mien_cli_faces *now = other ? &state->current : &state->faces;
    mien_pin new_view;
    const mien_pin *new_pin = pin;
    MIEN_TRY(choose_pin(cli, state, &new_view, &new_pin, error));
    MIEN_TRY(mien_wallet_unlock(state->wallet, &state->session, now->list, now->count, pin,
                                now->model_digest, error));
    if (mien_cli_flag(cli, "appearance"))
        return mien_wallet_add_appearance(state->wallet, state->session, &state->enrolment,
                                          state->faces.list, state->faces.count, error);
    return mien_wallet_enrol_again(state->wallet, state->session, &state->enrolment,
                                   state->faces.list, state->faces.count, new_pin,
                                   state->faces.model_digest, service, error);
}

static mien_status enrol_result(mien_cli *cli, enrol_state *state, mien_error *error) {
    mien_wallet_status status;
    const mien_wallet_enrolment *done = &state->enrolment;
    uint8_t digest[32];
    MIEN_TRY(mien_wallet_get_status(state->wallet, &status, error));
    MIEN_TRY(mien_record_digest(digest, &done->record));
    MIEN_TRY(
        mien_json_set(cli->result, "frames_used", json_integer((json_int_t)done->frames_used)));
    MIEN_TRY(mien_json_set(cli->result, "frames_dropped",
                           json_integer((json_int_t)done->frames_dropped)));
    MIEN_TRY(mien_json_set(cli->result, "mean_cosine", json_real((double)done->mean_cosine)));
    MIEN_TRY(mien_json_set(cli->result, "epoch", json_integer((json_int_t)status.epoch)));
    MIEN_TRY(mien_json_set(cli->result, "record", mien_cli_json_text(status.record_path)));
    MIEN_TRY(mien_json_set_hex(cli->result, "record_digest", digest, sizeof digest));
    MIEN_TRY(mien_cli_faces_json(&state->faces, cli->result));
    fprintf(cli->text,
            "Enrolled from %zu frames (%zu left out); they agree with a mean cosine of %.2f.\n"
            "Public record for who checks proofs: %s\n",
            done->frames_used, done->frames_dropped, (double)done->mean_cosine, status.record_path);
    if (done->frames_used < MIEN_WALLET_ENROL_FRAMES)
        mien_cli_say(cli,
                     "Five frames over different poses and light are better than %zu: mien enrol "
                     "--again",
                     done->frames_used);
    return MIEN_OK;
}

static mien_status enrol_steps(mien_cli *cli, enrol_state *state, mien_error *error) {
    bool later = is_rotation(cli) || mien_cli_flag(cli, "appearance");
    mien_wallet_status status;
    mien_pin view;
    const mien_pin *pin;
    uint8_t service[32];
    const char *name = mien_cli_value(cli, "service");
    if (name == NULL) name = "mien";
    mien_record_service(service, name, strlen(name));
    MIEN_TRY(mien_cli_wallet_open(&state->wallet, error));
    MIEN_TRY(mien_cli_wallet_expect(state->wallet, &status,
                                    later ? MIEN_WALLET_LOCKED : MIEN_WALLET_NO_FACE, error));
    MIEN_TRY(mien_cli_faces_read(cli, &state->faces, ENROL_FRAMES_TAKEN, "source", error));
    MIEN_TRY(mien_cli_pin_read(cli, &state->pin, &view, &pin, status.pin, error));
    if (later)
        MIEN_TRY(enrol_later(cli, state, pin, service, error));
    else
        MIEN_TRY(mien_wallet_enrol(state->wallet, NULL, &state->enrolment, state->faces.list,
                                   state->faces.count, pin, state->faces.model_digest, service,
                                   error));
    return enrol_result(cli, state, error);
}

static mien_status run_enrol(mien_cli *cli, mien_error *error) {
    enrol_state state = {0};
    if (mien_cli_flag(cli, "again") && mien_cli_flag(cli, "appearance"))
        return mien_fail(error, MIEN_USAGE, "--again or --appearance, not both");
    mien_status status = enrol_steps(cli, &state, error);
    status = mien_cli_faces_name_odd(&state.faces, status, MIEN_COMBINE_ENROL_COSINE, error);
    mien_wallet_lock(state.session);
    mien_wallet_close(state.wallet);
    mien_cli_faces_free(&state.faces);
    mien_cli_faces_free(&state.current);
    mien_cli_secret_free(&state.pin);
    mien_cli_secret_free(&state.new_pin);
    return status;
}

/* First addresses, from the seed itself. */
static mien_status unlock_addresses(mien_cli *cli, const mien_accounts *accounts) {
    uint8_t key[MIEN_PUBLIC_KEY_SIZE], address[MIEN_ETHEREUM_ADDRESS_SIZE];
    char bitcoin[MIEN_ADDRESS_TEXT], ethereum[MIEN_ETHEREUM_ADDRESS_TEXT];
    mien_bitcoin_account account =
        mien_accounts_bitcoin(accounts, MIEN_BITCOIN_MAINNET, MIEN_SCRIPT_P2WPKH);
    MIEN_TRY(mien_bitcoin_account_key(key, &account, 0, 0));
    MIEN_TRY(mien_bitcoin_address(bitcoin, MIEN_BITCOIN_MAINNET, MIEN_SCRIPT_P2WPKH, key));
    MIEN_TRY(mien_ethereum_account_address(address, &accounts->ethereum, 0));
    mien_ethereum_address_text(ethereum, address);
    MIEN_TRY(mien_json_set_hex(cli->result, "fingerprint", accounts->fingerprint,
                               MIEN_FINGERPRINT_SIZE));
    MIEN_TRY(mien_json_set(cli->result, "bitcoin", json_string(bitcoin)));
    MIEN_TRY(mien_json_set(cli->result, "ethereum", json_string(ethereum)));
    fprintf(cli->text, "Fingerprint %02x%02x%02x%02x\nBitcoin     %s\nEthereum    %s\n",
            accounts->fingerprint[0], accounts->fingerprint[1], accounts->fingerprint[2],
            accounts->fingerprint[3], bitcoin, ethereum);
    return MIEN_OK;
}

/* Write the file of public keys again when it is missing, damaged or not ours. */
static mien_status mend_accounts(mien_cli *cli, const mien_accounts *accounts, const uint8_t *seed,
                                 mien_error *error) {
    mien_accounts stored;
    mien_error why = {0};
    mien_status status = mien_accounts_read(&stored, &why);
    if (status == MIEN_OK && mien_accounts_check(&stored, seed, &why) == MIEN_OK) return MIEN_OK;
    mien_cli_say(cli, status == MIEN_OK
                          ? "The file of public keys held other keys than this wallet's: somebody "
                            "changed it. It is mended; addresses shown before may be wrong."
                          : "The file of public keys is written again.");
    return mien_accounts_write(accounts, error);
}

static mien_status unlock_figures(mien_cli *cli, const mien_cli_unlocked *unlocked) {
    double cosine = (double)mien_wallet_session_cosine(unlocked->session);
    MIEN_TRY(mien_json_set(cli->result, "unlocked", json_true()));
    MIEN_TRY(mien_json_set(cli->result, "cosine", json_real(cosine)));
    MIEN_TRY(mien_json_set(cli->result, "unlock_milliseconds", json_real(unlocked->milliseconds)));
    fprintf(cli->text, "It is you: cosine %.2f from %zu frames; opened in %.0f ms.\n", cosine,
            unlocked->faces.count, unlocked->milliseconds);
    return mien_cli_faces_json(&unlocked->faces, cli->result);
}

static mien_status run_unlock(mien_cli *cli, mien_error *error) {
    mien_cli_unlocked unlocked;
    mien_accounts accounts;
    MIEN_TRY(mien_cli_unlock(cli, &unlocked, error));
    const uint8_t *seed = mien_wallet_session_seed(unlocked.session);
    mien_status status = unlock_figures(cli, &unlocked);
    if (status == MIEN_OK) status = mien_accounts_of_seed(&accounts, seed, error);
    if (status == MIEN_OK) status = mend_accounts(cli, &accounts, seed, error);
    if (status == MIEN_OK) status = unlock_addresses(cli, &accounts);
    mien_cli_unlocked_end(&unlocked);
    return status;
}

static mien_status run_test(mien_cli *cli, mien_error *error) {
    mien_cli_unlocked unlocked;
    MIEN_TRY(mien_cli_unlock(cli, &unlocked, error));
    mien_status status = unlock_figures(cli, &unlocked);
    mien_cli_unlocked_end(&unlocked);
    return status;
}

static mien_status run_lock(mien_cli *cli, mien_error *error) {
    mien_agent_client *agent;
    mien_status status = mien_agent_connect(&agent, error);
    if (status == MIEN_OK) {
        status = mien_agent_command(agent, MIEN_AGENT_LOCK, error);
        mien_agent_disconnect(agent);
    }
    if (status != MIEN_OK && status != MIEN_NOT_FOUND) return status;
    fputs(status == MIEN_OK ? "Locked. The agent has wiped keys and grants.\n"
                            : "Locked. Each command forgets the keys before it ends; nothing stays "
                              "open between them.\n",
          cli->text);
    return mien_json_set(cli->result, "locked", json_true());
}

static const char *stage_word(mien_wallet_stage stage) {
    switch (stage) {
    case MIEN_WALLET_ABSENT:
        return "absent";
    case MIEN_WALLET_NO_FACE:
        return "no face";
    case MIEN_WALLET_LOCKED:
        return "locked";
    default:
        return "broken";
    }
}

static mien_status status_json(json_t *out, const mien_wallet_status *status) {
    MIEN_TRY(mien_json_set(out, "stage", json_string(stage_word(status->stage))));
    if (status->stage == MIEN_WALLET_BROKEN)
        MIEN_TRY(
            mien_json_set(out, "problem", mien_cli_json_text(mien_error_words(&status->problem))));
    MIEN_TRY(mien_json_set(out, "pin", json_boolean(status->pin)));
    MIEN_TRY(mien_json_set(out, "epoch", json_integer((json_int_t)status->epoch)));
    MIEN_TRY(mien_json_set(out, "appearances", json_integer((json_int_t)status->appearances)));
    MIEN_TRY(mien_json_set(out, "failures", json_integer((json_int_t)status->failures)));
    MIEN_TRY(mien_json_set(out, "wait_seconds", json_integer((json_int_t)status->wait_seconds)));
    MIEN_TRY(mien_json_set(out, "previous_kept", json_boolean(status->previous_kept)));
    MIEN_TRY(
        mien_json_set(out, "device_secret",
                      json_string(status->device_secret != NULL ? status->device_secret : "none")));
    if (status->epoch != 0)
        MIEN_TRY(mien_json_set_hex(out, "model_digest", status->model_digest, 32));
    MIEN_TRY(mien_json_set(out, "argon2_memory_kib",
                           json_integer((json_int_t)status->argon2_memory_kib)));
    MIEN_TRY(mien_json_set(out, "argon2_passes", json_integer((json_int_t)status->argon2_passes)));
    MIEN_TRY(mien_json_set(out, "vault", mien_cli_json_text(status->vault_path)));
    MIEN_TRY(mien_json_set(out, "device", mien_cli_json_text(status->device_path)));
    return mien_json_set(out, "record", mien_cli_json_text(status->record_path));
}

static void status_text(FILE *out, const mien_wallet_status *status) {
    fprintf(out, "Wallet         %s\n", stage_word(status->stage));
    if (status->stage == MIEN_WALLET_BROKEN)
        fprintf(out, "Problem        %s\n", mien_error_words(&status->problem));
    if (status->stage == MIEN_WALLET_ABSENT) {
        fputs("Next           mien init makes one, mien restore brings one back\n", out);
        return;
    }
    if (status->stage == MIEN_WALLET_NO_FACE)
        fputs("Next           mien enrol --source camera\n", out);
    fprintf(out, "PIN            %s\n", status->pin ? "needed" : "declined");
    fprintf(out, "Device secret  %s\n",
            status->device_secret != NULL ? status->device_secret : "-");
    fprintf(out, "Enrolments     %u, %u of %d appearances\n", (unsigned)status->epoch,
            (unsigned)status->appearances, MIEN_WALLET_APPEARANCES);
    fprintf(out, "Failures       %u since the last success\n", (unsigned)status->failures);
    if (status->wait_seconds > 0)
        fprintf(out, "Waiting        %lld seconds until the next attempt\n",
                (long long)status->wait_seconds);
    if (status->wait_seconds < 0) fputs("Waiting        only the words open it now\n", out);
    if (status->previous_kept)
        fputs("Previous       the enrolment before is kept until this one was unlocked\n", out);
    fprintf(out, "Vault          %s\nDevice file    %s\nRecord         %s\n", status->vault_path,
            status->device_path, status->record_path);
}

static mien_status run_status(mien_cli *cli, mien_error *error) {
    mien_wallet *wallet;
    mien_wallet_status status;
    MIEN_TRY(mien_cli_wallet_open(&wallet, error));
    mien_status result = mien_wallet_get_status(wallet, &status, error);
    if (result == MIEN_OK) result = status_json(cli->result, &status);
    if (result == MIEN_OK) status_text(cli->text, &status);
    if (result == MIEN_OK && status.stage != MIEN_WALLET_ABSENT)
        result = mien_cli_policy_status(cli->result, cli->text);
    mien_wallet_close(wallet);
    return result;
}

static const mien_cli_option revert_options[] = {
    {"revert", 0, NULL, false, "go back to the enrolment before the last one, while it is kept"},
    MIEN_CLI_OPTIONS_END};

static mien_status run_forget(mien_cli *cli, mien_error *error) {
    mien_wallet *wallet;
    bool revert = mien_cli_flag(cli, "revert");
    MIEN_TRY(mien_cli_confirm(cli,
                              revert ? "Drop the last enrolment and use the one before again?"
                                     : "Erase the wallet from this computer? Only the words bring "
                                       "it back.",
                              error));
    MIEN_TRY(mien_cli_wallet_open(&wallet, error));
    mien_status status = revert ? mien_wallet_revert(wallet, error) : erase_wallet(wallet, error);
    mien_wallet_close(wallet);
    if (status != MIEN_OK) return status;
    fputs(revert ? "The enrolment before is in use again.\n"
                 : "Forgotten. Backups and snapshots of the vault stay closed without the device "
                   "secret that was erased here.\n",
          cli->text);
    return mien_json_set(cli->result, revert ? "reverted" : "forgotten", json_true());
}

static const mien_cli_option *const init_tables[] = {
    init_options,         no_pin_options,       mien_cli_backup_options,
    mien_cli_pin_options, mien_cli_yes_options, NULL};
static const mien_cli_option *const restore_tables[] = {
    mien_cli_backup_options, no_pin_options, mien_cli_pin_options, mien_cli_yes_options, NULL};
static const mien_cli_option *const enrol_tables[] = {mien_cli_source_options, enrol_options,
                                                      current_options, mien_cli_pin_options, NULL};
static const mien_cli_option *const rotate_tables[] = {mien_cli_source_options, rotate_options,
                                                       current_options, mien_cli_pin_options, NULL};
static const mien_cli_option *const unlock_tables[] = {mien_cli_source_options,
                                                       mien_cli_pin_options, NULL};
static const mien_cli_option *const forget_tables[] = {revert_options, mien_cli_yes_options, NULL};

const mien_cli_verb mien_cli_wallet_verbs[] = {
    {"init", "make a wallet, or restore one from its words", NULL, 0, 0, init_tables,
     "A new wallet is 24 words (BIP-39). They are shown once; write them on paper. The PIN is\n"
     "asked twice and stretched with Argon2id; without one (--no-pin) whoever has this computer's\n"
     "disk needs nothing but pictures that look like you.",
     "mien init\n"
     "mien init --restore          # type the words of an earlier wallet\n"
     "mien init --no-pin --json    # for scripts; the words are in the result",
     run_init},
    {"restore", "bring a wallet back from its words or shares", NULL, 0, 0, restore_tables,
     "Asks for the words (BIP-39, with --passphrase if there was one) or, with --shares, for as "
     "many\n"
     "SLIP-39 shares as it takes. What is here is erased, the policy too: a new wallet's comes "
     "into\n"
     "force. Then enrol your face.",
     "mien restore\nmien restore --shares\nmien restore --passphrase", run_init},
    {"enrol", "show the wallet your face", NULL, 0, 0, enrol_tables,
     "Five frames over different poses and light are good. The face is kept as a sealed rotation\n"
     "that only the same face, this device and the PIN undo; no picture and no template is kept.",
     "mien enrol --source camera\n"
     "mien enrol --source photos/                      # a folder of JPEG and PNG files\n"
     "mien enrol --again --source camera               # renew it: the old enrolment is revoked\n"
     "mien enrol --appearance --source glasses/ --current photos/",
     run_enrol},
    {"rotate", "renew the enrolment: new keys for your face, the same addresses", NULL, 0, 0,
     rotate_tables,
     "Opens the wallet with your face as it is enrolled now and enrols it again: new device "
     "secret,\n"
     "rotation, K_z, commitments and epoch, so earlier copies of the vault and earlier records "
     "are\n"
     "worth nothing; the seed and the policy stay. The enrolment before is kept until the new one\n"
     "was unlocked once.",
     "mien rotate --source camera\nmien rotate --source new/ --current old/ --new-pin", run_enrol},
    {"unlock", "see that the wallet opens for you, and its first addresses", NULL, 0, 0,
     unlock_tables,
     "Proves that face, device and PIN still open the wallet and forgets the keys again. Commands\n"
     "that sign unlock it themselves. Five failed attempts make it wait, longer each time.",
     "mien unlock --source camera\n"
     "mien unlock --source evening.jpg --source other.jpg --json",
     run_unlock},
    {"test", "does the face match? figures only, no keys", NULL, 0, 0, unlock_tables,
     "Counts as an attempt like unlock does.", "mien test --source camera", run_test},
    {"lock", "see to it that nothing is open", NULL, 0, 0, NULL,
     "Without an agent no process holds keys between commands. A running one wipes them now.",
     "mien lock", run_lock},
    {"status", "what is here, without opening it", NULL, 0, 0, NULL, NULL,
     "mien status\nmien status --json", run_status},
    {"forget", "erase the wallet from this computer", NULL, 0, 0, forget_tables,
     "Removes vault, device secret, counter, record, public keys, policy and audit log. The words\n"
     "bring it back.",
     "mien forget\nmien forget --revert    # only drop the last enrolment", run_forget},
    {0}};
