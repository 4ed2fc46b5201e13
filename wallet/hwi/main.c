/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>

#include "platform/console/console.h"
#include "platform/memory/process.h"
#include "wallet/hwi/hwi.h"

static const char usage[] = "usage: mien-hwi [--fingerprint F] [--chain "
                            "main|test|testnet4|signet|regtest] [--stdin] COMMAND\n"
                            "  enumerate\n"
                            "  getdescriptors [--account N]\n"
                            "  getmasterxpub [--addr-type legacy|wit|sh_wit|tap] [--account N]\n"
                            "  getxpub PATH\n"
                            "  displayaddress --desc DESCRIPTOR | --path PATH\n"
                            "  signtx PSBT\n"
                            "  signmessage MESSAGE PATH\n"
                            "For Bitcoin Core: bitcoind -signer=/usr/bin/mien-hwi. Uses the agent "
                            "when one runs (mien agent\n"
                            "run); else it asks at the terminal and looks through --source SOURCE, "
                            "$MIEN_SOURCE or the camera.\n";

static json_t *answer(const mien_hwi_call *call, mien_hwi_code code, mien_status status,
                      mien_error *error) {
    if (status == MIEN_OK)
        status = mien_process_harden(error);
    else
        return mien_hwi_refusal(code, mien_error_words(error));
    return status == MIEN_OK ? mien_hwi_answer(call)
                             : mien_hwi_refusal(MIEN_HWI_UNKNOWN, mien_error_words(error));
}

/* Always exactly one line, and exit code 0: callers give up on anything else without reading it. */
int main(int argc, char **argv) {
    static mien_hwi_call call;
    mien_hwi_code code;
    mien_error error = {0};
    signal(SIGPIPE, SIG_IGN);
    mien_console_watch_signals();
    mien_status status = mien_hwi_read(&call, &code, argc, argv, stdin, &error);
    if (status == MIEN_OK && (call.version || call.help)) {
        fputs(call.help ? usage : "mien-hwi " MIEN_PROJECT_VERSION "\n", stdout);
        mien_hwi_release(&call);
        return 0;
    }
    json_t *line = answer(&call, code, status, &error);
    if (line == NULL || mien_json_print_to(stdout, line, false) != MIEN_OK)
        puts("{\"error\":\"no memory\",\"code\":-13}");
    json_decref(line);
    mien_hwi_release(&call);
    return fflush(stdout) == 0 ? 0 : 1;
}
