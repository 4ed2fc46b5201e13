/* SPDX-License-Identifier: MIT */
#include "wallet/cli/sign.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wallet/cli/prove.h"

const mien_cli_option mien_cli_sign_options[] = {
    {"proof", 0, "FILE", false, "write a face proof that is bound to this transaction's digest"},
    {"record-out", 0, "FILE", false, "write the public record that the proof is checked against"},
    {"out", 'o', "FILE", false, "write the result there instead of stdout"},
    MIEN_CLI_OPTIONS_END};

static mien_status prove(mien_cli *cli, const mien_cli_unlocked *unlocked, const uint8_t digest[32],
                         mien_error *error) {
    static const uint8_t no_nonce[MIEN_PROOF_NONCE_SIZE];
    const char *path = mien_cli_value(cli, "proof"), *record = mien_cli_value(cli, "record-out");
    if (path == NULL) return MIEN_OK;
    mien_cli_proof proof;
    mien_progress progress = mien_cli_progress(cli);
    MIEN_TRY(
        mien_cli_prove(&proof, unlocked->session, digest, no_nonce, 0, NULL, &progress, error));
    mien_status status = mien_cli_proof_report(cli, &proof, path, error);
    if (status == MIEN_OK && record != NULL)
        status = mien_cli_record_write(&proof.record, record, error);
    free(proof.bytes);
    return status;
}

/* What a person was told is theirs must be theirs, whatever the file of public keys said. */
static mien_status check_shown(const mien_accounts *shown, const mien_cli_unlocked *unlocked,
                               mien_error *error) {
    mien_accounts own;
    MIEN_TRY(mien_accounts_of_seed(&own, mien_wallet_session_seed(unlocked->session), error));
    if (mien_accounts_equal(&own, shown)) return MIEN_OK;
    return mien_fail(error, MIEN_AUTHENTICATION,
                     "the file of public keys holds other keys than this wallet's: what was shown "
                     "as yours may be somebody else's. Nothing was signed; mien unlock mends it");
}

/* The question must not be asked where the words were not shown: with stderr elsewhere they come
 * with it. */
static mien_status show_and_ask(mien_cli *cli, const char *words, mien_error *error) {
    static const char question[] = "Sign this?";
    fprintf(stderr, "%s\n", words);
    if (isatty(STDERR_FILENO) == 1) return mien_cli_confirm(cli, question, error);
    size_t size = strlen(words) + sizeof question + 1;
    char *both = malloc(size);
    if (both == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the question");
    snprintf(both, size, "%s\n%s", words, question);
    mien_status status = mien_cli_confirm(cli, both, error);
    free(both);
    return status;
}

mien_status mien_cli_sign(mien_cli *cli, const char *words, const uint8_t digest[32],
                          const mien_accounts *shown,
                          mien_status (*action)(void *context, const mien_cli_root *root,
                                                mien_error *error),
                          void *context, mien_error *error) {
    mien_cli_unlocked unlocked;
    mien_cli_root root = {0};
    if (mien_cli_value(cli, "record-out") != NULL && mien_cli_value(cli, "proof") == NULL)
        return mien_fail(error, MIEN_USAGE, "--record-out goes with --proof");
    MIEN_TRY(show_and_ask(cli, words, error));
    MIEN_TRY(mien_cli_unlock(cli, &unlocked, error));
    mien_status status = check_shown(shown, &unlocked, error);
    if (status == MIEN_OK)
        status = mien_cli_root_open(&root, mien_wallet_session_seed(unlocked.session), error);
    if (status == MIEN_OK) status = prove(cli, &unlocked, digest, error);
    if (status == MIEN_OK) status = action(context, &root, error);
    mien_cli_root_close(&root);
    mien_cli_unlocked_end(&unlocked);
    return status;
}
