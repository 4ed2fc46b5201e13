/* SPDX-License-Identifier: MIT */
/* mien-hwi: what Bitcoin Core's external signer interface and HWI's clients (Sparrow, Specter) run.
 *
 * One command a call, one line of JSON on standard output, exit code 0 also for refusals, which are
 * {"error":words,"code":number} with HWI's numbers. Talks to the agent when one runs; otherwise it
 * shows the transaction on the terminal, asks, and looks at the face itself. `enumerate` reads a
 * file of public keys and nothing else.
 *
 *     enumerate
 *     --fingerprint F --chain C getdescriptors --account 0
 *     --fingerprint F --chain C displayaddress --desc D
 *     --stdin --fingerprint F --chain C      with "signtx PSBT" on standard input
 *     getmasterxpub, getxpub PATH, signmessage MESSAGE PATH as HWI has them */
#ifndef MIEN_WALLET_HWI_HWI_H
#define MIEN_WALLET_HWI_HWI_H

#include <stdio.h>

#include "platform/json/json.h"
#include "wallet/agent/client.h"
#include "wallet/cli/accounts.h"

/* HWI's error codes (hwilib/errors.py). */
typedef enum mien_hwi_code {
    MIEN_HWI_NO_DEVICE_TYPE = -1,
    MIEN_HWI_MISSING_ARGUMENTS = -2,
    MIEN_HWI_NOT_FOUND = -3, /* no device of this fingerprint */
    MIEN_HWI_UNKNOWN_TYPE = -4,
    MIEN_HWI_BAD_ARGUMENT = -7,
    MIEN_HWI_NOT_IMPLEMENTED = -8,
    MIEN_HWI_UNAVAILABLE = -9,
    MIEN_HWI_NOT_READY = -12, /* locked, no match, waiting */
    MIEN_HWI_UNKNOWN = -13,
    MIEN_HWI_CANCELLED = -14,
    MIEN_HWI_BUSY = -15,
    MIEN_HWI_NOT_INITIALISED = -18
} mien_hwi_code;

#define MIEN_HWI_WORDS_MAX 512 /* arguments of one call, those on standard input included */
#define MIEN_HWI_INPUT_MAX ((size_t)48 << 20) /* a PSBT of 32 MiB in base64 */

/* One call, taken apart. Views into argv and `input`. */
typedef struct mien_hwi_call {
    const char *words[MIEN_HWI_WORDS_MAX]; /* operands: the command and what stands behind it */
    size_t word_count;
    const char *fingerprint, *chain, *type, *path; /* of the device */
    const char *address_type, *account, *descriptor, *key_path;
    const char *source, *models; /* for the eyes, where no agent runs */
    bool version, help;
    char *input; /* standard input, cut into words; owned */
} mien_hwi_call;

/* Read arguments (and, with --stdin, words on `input`, quoted as in a shell). On an error *code
 * says which, `error` has words. Release in either case. */
MIEN_MUST_CHECK mien_status mien_hwi_read(mien_hwi_call *call, mien_hwi_code *code, int argc,
                                          char *const *argv, FILE *input, mien_error *error);
void mien_hwi_release(mien_hwi_call *call);

/* Do it: the line of the answer, an error's included, as JSON for the caller to release. NULL only
 * without memory. */
json_t *mien_hwi_answer(const mien_hwi_call *call);
/* {"error":...,"code":...} */
json_t *mien_hwi_refusal(mien_hwi_code code, const char *words);
/* HWI's code for a status. */
mien_hwi_code mien_hwi_code_of(mien_status status);

/* ---- inside ---- */

/* What a command works with. */
typedef struct mien_hwi_job {
    const mien_hwi_call *call;
    mien_bitcoin_network network;
    mien_accounts accounts;
    mien_agent_client *agent; /* NULL: none runs */
    mien_hwi_code code;       /* set where the status alone does not tell */
} mien_hwi_job;

/* Each fills *answer. */
MIEN_MUST_CHECK mien_status mien_hwi_descriptors(mien_hwi_job *job, json_t **answer,
                                                 mien_error *error);
MIEN_MUST_CHECK mien_status mien_hwi_master_xpub(mien_hwi_job *job, json_t **answer,
                                                 mien_error *error);
MIEN_MUST_CHECK mien_status mien_hwi_xpub(mien_hwi_job *job, json_t **answer, mien_error *error);
MIEN_MUST_CHECK mien_status mien_hwi_display(mien_hwi_job *job, json_t **answer, mien_error *error);
MIEN_MUST_CHECK mien_status mien_hwi_sign(mien_hwi_job *job, json_t **answer, mien_error *error);
MIEN_MUST_CHECK mien_status mien_hwi_sign_message(mien_hwi_job *job, json_t **answer,
                                                  mien_error *error);

/* A decimal number below 2^31, 0 for NULL. */
MIEN_MUST_CHECK mien_status mien_hwi_number(uint32_t *out, const char *text, mien_error *error);
/* m/purpose'/coin'/account'/chain/index of this network; MIEN_ARGUMENT with words otherwise. */
typedef struct mien_hwi_place {
    mien_bitcoin_script_type type;
    uint32_t account, chain, index;
} mien_hwi_place;
MIEN_MUST_CHECK mien_status mien_hwi_place_of(mien_hwi_place *place, const mien_hd_path *path,
                                              mien_bitcoin_network network, mien_error *error);

#endif
