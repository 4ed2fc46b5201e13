/* SPDX-License-Identifier: MIT */
/* Where no agent runs, `mien` itself does the work: it shows, asks at the terminal, looks at the
 * face, obeys the policy and signs. This process never holds a key. */
#ifndef MIEN_WALLET_HWI_RUN_H
#define MIEN_WALLET_HWI_RUN_H

#include "platform/json/json.h"

/* Run the program `mien` that lies beside this one with these arguments (NULL-terminated, without
 * its own name; --json is added) and `input` as its standard input. Its questions go to the
 * terminal. *result is the object it printed, for the caller to release. What it refuses comes back
 * as the same status with the same words. */
MIEN_MUST_CHECK mien_status mien_hwi_run(json_t **result, const char *const *arguments,
                                         const void *input, size_t length, mien_error *error);

#endif
