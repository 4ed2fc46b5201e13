/* SPDX-License-Identifier: MIT */
/* Backups: shares out of an open wallet, and whether a backup is one of this wallet. */
#include <string.h>

#include "platform/base/bytes.h"
#include "platform/memory/secret.h"
#include "wallet/cli/accounts.h"
#include "wallet/cli/backup.h"
#include "wallet/cli/verbs.h"

static mien_status run_shares(mien_cli *cli, mien_error *error) {
    mien_cli_split split;
    mien_cli_unlocked unlocked;
    MIEN_TRY(mien_cli_split_read(cli, &split, error));
    MIEN_TRY(mien_cli_confirm(
        cli, "Show shares of the whole wallet? Nobody else may see the screen.", error));
    MIEN_TRY(mien_cli_unlock(cli, &unlocked, error));
    mien_status status =
        mien_cli_shares_show(cli, &split, mien_wallet_session_seed(unlocked.session), error);
    mien_cli_unlocked_end(&unlocked);
    MIEN_TRY(status);
    fputs("Check them one day, without showing them: mien backup check --shares\n", cli->text);
    return MIEN_OK;
}

/* ---- check ---- */

/* Against the seed itself behind the face, or against the file of public keys. */
static mien_status compare(mien_cli *cli, bool *same, const uint8_t *seed, mien_error *error) {
    mien_accounts stored;
    mien_cli_unlocked unlocked;
    if (mien_cli_value(cli, "source") == NULL) {
        MIEN_TRY(mien_accounts_read(&stored, error));
        *same = mien_accounts_check(&stored, seed, NULL) == MIEN_OK;
        return MIEN_OK;
    }
    MIEN_TRY(mien_cli_unlock(cli, &unlocked, error));
    *same =
        mien_equal_ct(seed, mien_wallet_session_seed(unlocked.session), MIEN_WALLET_SEED_SIZE) != 0;
    mien_cli_unlocked_end(&unlocked);
    return MIEN_OK;
}

static mien_status judge(mien_cli *cli, const uint8_t *seed, mien_error *error) {
    mien_accounts made;
    bool same, sure = mien_cli_value(cli, "source") != NULL;
    MIEN_TRY(mien_accounts_of_seed(&made, seed, error));
    MIEN_TRY(compare(cli, &same, seed, error));
    const uint8_t *f = made.fingerprint;
    if (!same)
        return mien_fail(error, MIEN_AUTHENTICATION,
                         "this backup makes another wallet, with the fingerprint %02x%02x%02x%02x: "
                         "a word, the passphrase or the whole backup is another one",
                         f[0], f[1], f[2], f[3]);
    fprintf(cli->text, "This backup makes this wallet, %02x%02x%02x%02x%s.\n", f[0], f[1], f[2],
            f[3],
            sure ? "" : " (compared with its public keys; --source compares behind your face)");
    MIEN_TRY(mien_json_set(cli->result, "matches", json_true()));
    MIEN_TRY(mien_json_set(cli->result, "verified", json_boolean(sure)));
    return mien_json_set_hex(cli->result, "fingerprint", f, MIEN_FINGERPRINT_SIZE);
}

static mien_status run_check(mien_cli *cli, mien_error *error) {
    void *seed;
    MIEN_TRY(mien_secret_alloc(&seed, MIEN_WALLET_SEED_SIZE, error));
    mien_status status = mien_cli_backup_read(cli, seed, error);
    if (status == MIEN_OK) status = judge(cli, seed, error);
    mien_secret_free(seed);
    return status;
}

static const mien_cli_option passphrase_options[] = {
    {"passphrase", 0, NULL, false, "protect the shares with a passphrase of their own (SLIP-39)"},
    {"passphrase-fd", 0, "N", false, "read it from file descriptor N"},
    MIEN_CLI_OPTIONS_END};

static const mien_cli_option *const shares_tables[] = {
    mien_cli_split_options, passphrase_options,   mien_cli_source_options,
    mien_cli_pin_options,   mien_cli_yes_options, NULL};
static const mien_cli_option *const check_tables[] = {
    mien_cli_backup_options, mien_cli_source_options, mien_cli_pin_options, NULL};

const mien_cli_verb mien_cli_backup_verbs[] = {
    {"backup shares", "the wallet in shares (SLIP-39), shown once, behind your face", NULL, 0, 0,
     shares_tables,
     "Any M of N shares bring the wallet back, fewer tell nothing. With groups, so many groups "
     "with\n"
     "so many shares each. Each share is 59 words; what they hold is the seed that words and\n"
     "passphrase made, so neither is needed with them.",
     "mien backup shares --source camera                                  # 2of3\n"
     "mien backup shares --groups 1of1,2of3,3of5 --threshold 2 --source camera",
     run_shares},
    {"backup check", "prove that a backup is one of this wallet, without showing it", NULL, 0, 0,
     check_tables, "Asks for words or shares without echo, and says whether they make this wallet.",
     "mien backup check\nmien backup check --shares --source camera", run_check},
    {0}};
