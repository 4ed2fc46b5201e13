/* SPDX-License-Identifier: MIT */
/* `mien model info|compile|import|fit-whitening`. */
#ifndef MIEN_WALLET_CLI_MODEL_H
#define MIEN_WALLET_CLI_MODEL_H

#include "wallet/cli/cli.h"

extern const mien_cli_option *const mien_cli_model_import_tables[];
extern const mien_cli_option *const mien_cli_model_whitening_tables[];
MIEN_MUST_CHECK mien_status mien_cli_model_compile(mien_cli *cli, mien_error *error);
MIEN_MUST_CHECK mien_status mien_cli_model_info(mien_cli *cli, mien_error *error);
MIEN_MUST_CHECK mien_status mien_cli_model_import(mien_cli *cli, mien_error *error);
MIEN_MUST_CHECK mien_status mien_cli_model_whitening(mien_cli *cli, mien_error *error);

#endif
