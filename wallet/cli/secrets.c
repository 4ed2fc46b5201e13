/* SPDX-License-Identifier: MIT */
/* Secrets and consent from a person: never from the arguments, which every process can read. */
#include <stdlib.h>

#include "platform/base/bytes.h"
#include "platform/memory/secret.h"
#include "wallet/cli/common.h"

const mien_cli_option mien_cli_pin_options[] = {
    {"pin-fd", 0, "N", false, "read the PIN from file descriptor N instead of the terminal"},
    MIEN_CLI_OPTIONS_END};

const mien_cli_option mien_cli_yes_options[] = {
    {"yes", 'y', NULL, false, "do not ask; for scripts that have shown it themselves"},
    MIEN_CLI_OPTIONS_END};

void mien_cli_secret_free(mien_cli_secret *secret) {
    mien_secret_free(secret->text);
    secret->text = NULL;
    secret->length = 0;
}

mien_status mien_cli_secret_read(mien_cli *cli, mien_cli_secret *secret, size_t capacity,
                                 const char *option, const char *prompt, mien_error *error) {
    uint64_t descriptor = 0;
    bool given = mien_cli_value(cli, option) != NULL;
    MIEN_TRY(mien_cli_number(cli, option, &descriptor, 0, 0, 1u << 20, error));
    void *memory;
    MIEN_TRY(mien_secret_alloc(&memory, capacity, error));
    secret->text = memory;
    mien_status status = mien_console_secret(secret->text, &secret->length, capacity,
                                             given ? (int)descriptor : -1, prompt, error);
    if (status != MIEN_OK) mien_cli_secret_free(secret);
    if (status == MIEN_IO && !given)
        return mien_fail(error, status,
                         "there is no terminal to ask at; --%s N reads it from file descriptor N",
                         option);
    return status;
}

mien_status mien_cli_pin_read(mien_cli *cli, mien_cli_secret *secret, mien_pin *view,
                              const mien_pin **pin, bool needed, mien_error *error) {
    *pin = NULL;
    if (!needed) return MIEN_OK;
    MIEN_TRY(mien_cli_secret_read(cli, secret, MIEN_WALLET_MAX_PIN + 1, "pin-fd", "PIN: ", error));
    if (secret->length == 0) {
        mien_cli_secret_free(secret);
        return mien_fail(error, MIEN_USAGE, "the PIN is empty");
    }
    mien_cli_say(cli, "Stretching the PIN; that takes seconds, for a thief too.");
    view->text = secret->text;
    view->length = secret->length;
    *pin = view;
    return MIEN_OK;
}

mien_status mien_cli_confirm(mien_cli *cli, const char *question, mien_error *error) {
    if (mien_cli_flag(cli, "yes")) return MIEN_OK;
    mien_status status = mien_console_confirm(-1, question, error);
    if (status != MIEN_IO) return status;
    return mien_fail(error, MIEN_IO,
                     "there is no terminal to ask at; --yes goes on without asking, for scripts");
}
