/* SPDX-License-Identifier: MIT */
#include "wallet/cli/sign.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wallet/cli/prove.h"

const mien_cli_option mien_cli_sign_options[] = {
    {"proof", 0, "FILE", false,
     "write a proof that your face matched, bound to this transaction's digest"},
    {"statement", 0, "NAME", false,
     "of that proof: match (default), or face: the network computed it from a frame"},
    {"bits", 0, "100|128", false, "soundness of a face proof without grinding (default 128)"},
    {"record-out", 0, "FILE", false, "write the public record that the proof is checked against"},
    {"out", 'o', "FILE", false, "write the result there instead of stdout"},
    MIEN_CLI_OPTIONS_END};

/* Make the proof and see that it holds; it counts as one of the means then. */
static mien_status prove_and_check(mien_cli *cli, mien_cli_proof *proof, unsigned *means,
                                   const mien_cli_unlocked *unlocked,
                                   const mien_cli_statement *statement, const uint8_t digest[32],
                                   const uint8_t nonce[MIEN_PROOF_NONCE_SIZE], uint64_t expiry,
                                   const uint8_t *service, mien_error *error) {
    mien_cli_verdict verdict;
    mien_progress progress = mien_cli_progress(cli);
    MIEN_TRY(mien_cli_prove_statement(proof, unlocked, statement, digest, nonce, expiry, service,
                                      &progress, error));
    mien_status status = mien_cli_verify_any(&verdict, proof->bytes, proof->length, &proof->record,
                                             digest, 0, statement->options.models, NULL, error);
    if (status == MIEN_OK) *means |= mien_cli_statement_means(statement);
    return status;
}

/* For --proof, or for the challenge. */
static mien_status prove(mien_cli *cli, unsigned *means, const mien_cli_unlocked *unlocked,
                         const uint8_t digest[32], mien_cli_challenge *challenge,
                         mien_error *error) {
    static const uint8_t no_nonce[MIEN_PROOF_NONCE_SIZE];
    const char *path = mien_cli_value(cli, "proof"), *record = mien_cli_value(cli, "record-out");
    mien_cli_statement statement;
    if (challenge != NULL)
        return prove_and_check(cli, &challenge->proof, means, unlocked, &challenge->statement,
                               digest, challenge->nonce, challenge->expiry, challenge->service,
                               error);
    if (path == NULL) return MIEN_OK;
    mien_cli_proof proof = {0};
    MIEN_TRY(mien_cli_statement_read(&statement, cli, error));
    mien_status status =
        prove_and_check(cli, &proof, means, unlocked, &statement, digest, no_nonce, 0, NULL, error);
    if (status == MIEN_OK) status = mien_cli_proof_report(cli, &proof, path, error);
    if (status == MIEN_OK && record != NULL)
        status = mien_cli_record_write(&proof.record, record, error);
    free(proof.bytes);
    return status;
}

/* Before anybody is asked. */
static mien_status check_proof_options(mien_cli *cli, mien_error *error) {
    static const char *const names[] = {"record-out", "statement", "bits"};
    mien_cli_statement statement;
    MIEN_TRY(mien_cli_statement_read(&statement, cli, error));
    if (mien_cli_value(cli, "proof") != NULL) {
        cli->proof_means = mien_cli_statement_means(&statement);
        return MIEN_OK;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (mien_cli_value(cli, names[i]) != NULL)
            return mien_fail(error, MIEN_USAGE, "--%s goes with --proof", names[i]);
    return MIEN_OK;
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

/* Prove, be allowed, sign. */
static mien_status sign_unlocked(mien_cli *cli, const mien_cli_unlocked *unlocked,
                                 const mien_policy_request *request, mien_cli_challenge *challenge,
                                 mien_status (*action)(void *context, const mien_cli_root *root,
                                                       mien_error *error),
                                 void *context, mien_error *error) {
    const uint8_t *seed = mien_wallet_session_seed(unlocked->session);
    unsigned means = MIEN_MEANS_FACE | (unlocked->pin ? MIEN_MEANS_PIN : 0u);
    mien_cli_root root;
    MIEN_TRY(prove(cli, &means, unlocked, request->digest, challenge, error));
    MIEN_TRY(mien_cli_policy_authorise(cli, seed, request, means, error));
    MIEN_TRY(mien_cli_root_open(&root, seed, error));
    mien_status status = action(context, &root, error);
    mien_cli_root_close(&root);
    return status;
}

/* Shown, agreed to and, with a challenge, that fetched: then the face. */
static mien_status unlock_and_sign(mien_cli *cli, const mien_policy_request *request,
                                   const mien_accounts *shown, mien_cli_challenge *challenge,
                                   mien_status (*action)(void *context, const mien_cli_root *root,
                                                         mien_error *error),
                                   void *context, mien_error *error) {
    mien_cli_unlocked unlocked;
    MIEN_TRY(mien_cli_unlock(cli, &unlocked, error));
    /* What a person was told is theirs must be theirs, whatever the file of public keys said. */
    mien_status status =
        mien_accounts_check(shown, mien_wallet_session_seed(unlocked.session), error);
    if (status == MIEN_OK)
        status = sign_unlocked(cli, &unlocked, request, challenge, action, context, error);
    mien_cli_unlocked_end(&unlocked);
    return status;
}

mien_status mien_cli_sign(mien_cli *cli, const char *words, const mien_policy_request *request,
                          const mien_accounts *shown,
                          mien_status (*action)(void *context, const mien_cli_root *root,
                                                mien_error *error),
                          void *context, mien_error *error) {
    MIEN_TRY(check_proof_options(cli, error));
    MIEN_TRY(mien_cli_policy_before(cli, request, error));
    MIEN_TRY(show_and_ask(cli, words, error));
    return unlock_and_sign(cli, request, shown, NULL, action, context, error);
}

mien_status mien_cli_sign_challenged(
    mien_cli *cli, const char *words, const mien_policy_request *request,
    const mien_accounts *shown, mien_cli_challenge *challenge,
    mien_status (*ask)(void *context, mien_cli_challenge *challenge, mien_error *error),
    mien_status (*action)(void *context, const mien_cli_root *root, mien_error *error),
    void *context, mien_error *error) {
    cli->proof_means = mien_cli_statement_means(&challenge->statement);
    MIEN_TRY(mien_cli_policy_before(cli, request, error));
    MIEN_TRY(show_and_ask(cli, words, error));
    MIEN_TRY(ask(context, challenge, error));
    return unlock_and_sign(cli, request, shown, challenge, action, context, error);
}
