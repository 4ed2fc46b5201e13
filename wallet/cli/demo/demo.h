/* SPDX-License-Identifier: MIT */
/* `mien demo`: the whole story on sample pictures, and a report about it. */
#ifndef MIEN_WALLET_CLI_DEMO_DEMO_H
#define MIEN_WALLET_CLI_DEMO_DEMO_H

#include "wallet/cli/cli.h"

extern const mien_cli_option *const mien_demo_tables[];
/* Operands: none, or folders of photos of person A and person B. Each step is checked; a step that
 * does not end as it should makes the demo fail (MIEN_INTERNAL, the step is named) after the report
 * was written. */
MIEN_MUST_CHECK mien_status mien_demo_run(mien_cli *cli, mien_error *error);

#endif
