/* SPDX-License-Identifier: MIT */
/* mien-prompt: the trusted prompt. Started by the agent, never by who asks. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/console/console.h"
#include "platform/memory/process.h"
#include "wallet/agent/prompt.h"

int main(int argc, char **argv) {
    mien_error error = {0};
    if (argc != 3 || strcmp(argv[1], "--tty") != 0) {
        fputs("usage: mien-prompt --tty DEVICE  (started by mien agent)\n", stderr);
        return 2;
    }
    mien_console_watch_signals();
    mien_status status = mien_process_harden(&error);
    if (status == MIEN_OK) status = mien_prompt_run(STDIN_FILENO, STDOUT_FILENO, argv[2], &error);
    if (status == MIEN_OK) return 0;
    fprintf(stderr, "mien-prompt: %s\n", mien_error_words(&error));
    return mien_status_exit_code(status);
}
