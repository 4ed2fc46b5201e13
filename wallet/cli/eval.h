/* SPDX-License-Identifier: MIT */
#ifndef MIEN_WALLET_CLI_EVAL_H
#define MIEN_WALLET_CLI_EVAL_H

#include "wallet/cli/cli.h"

extern const mien_cli_option *const mien_cli_eval_tables[];
/* `mien eval`: the measurement of wallet/eval with a progress bar. */
MIEN_MUST_CHECK mien_status mien_cli_eval(mien_cli *cli, mien_error *error);

#endif
