/* SPDX-License-Identifier: MIT */
/* What each known field of a PSBT must look like; inside wallet/bitcoin only. */
#ifndef MIEN_WALLET_BITCOIN_PSBT_FIELDS_H
#define MIEN_WALLET_BITCOIN_PSBT_FIELDS_H

#include "wallet/bitcoin/psbt.h"

/* Check every field of every map: allowed in this version, key data and value well formed, required
 * fields there. */
MIEN_MUST_CHECK mien_status mien_psbt_check_fields(mien_psbt *psbt, size_t inputs, size_t outputs,
                                                   mien_error *error);
/* Put the unsigned transaction of a version 2 PSBT together, lock time included. */
MIEN_MUST_CHECK mien_status mien_psbt_build_transaction(mien_psbt *psbt, size_t inputs,
                                                        size_t outputs, mien_error *error);

#endif
