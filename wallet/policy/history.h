/* SPDX-License-Identifier: MIT */
/* What of the log limits are counted against, in memory. Internal to wallet/policy. Grows with the
 * number of payments within two days, of different transactions and of different destinations. */
#ifndef MIEN_WALLET_POLICY_HISTORY_H
#define MIEN_WALLET_POLICY_HISTORY_H

#include "wallet/policy/policy.h"

typedef struct mien_policy_past mien_policy_past;

MIEN_MUST_CHECK mien_status mien_policy_past_create(mien_policy_past **past);
void mien_policy_past_destroy(mien_policy_past *past); /* NULL is fine */

/* A payment that was signed at `time`: of one digest only the first counts. Destinations count as
 * asked for. */
MIEN_MUST_CHECK mien_status mien_policy_past_signed(mien_policy_past *past,
                                                    const mien_policy_request *request,
                                                    int64_t time);
/* Destinations that were asked for. */
MIEN_MUST_CHECK mien_status mien_policy_past_asked(mien_policy_past *past,
                                                   const mien_policy_request *request,
                                                   int64_t time);
/* The questions of a decision; `past` must outlive it. */
mien_policy_history mien_policy_past_answers(mien_policy_past *past);

#endif
